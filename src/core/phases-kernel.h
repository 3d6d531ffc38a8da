/* Kernels of phases.c, see simd.h. */

/* out (n rows of panels side by side, `each` numbers a row) := for each of n
 * lists from `first` on, the sum of the rows that it has, by their values where
 * it has any, less the row of `less` where that is not null, over `panels`
 * panels of which each begins `stride` numbers after the last. As many panels
 * as fill the registers go together, so that an addition need not wait for the
 * one before it. */
KERNEL_ATTRIBUTE static void KERNEL(sum_rows)(const hm_lists *lists, int first,
                                              int n, int panels,
                                              ptrdiff_t stride,
                                              const float *rows,
                                              const float *less, float *out) {
  enum { vectors = HM_PANEL / float_lanes };
  enum { together = vectors < 8 ? 8 / vectors : 1 };
  const ptrdiff_t width = (ptrdiff_t)panels * HM_PANEL;
  for (int i = first; i < first + n; i++, out += width) {
    const float *below = less ? less + (i - first) * width : NULL;
    const int count = lists->count[i];
    const int *item = lists->item + (ptrdiff_t)i * lists->stride;
    const float *value =
        lists->value ? lists->value + (ptrdiff_t)i * lists->stride : NULL;
    for (int q = 0; q < panels; q += together) {
      const float *panel[together];
      floats sum[together][vectors];
      HM_UNROLL for (int l = 0; l < together; l++) {
        /* Beyond the last panel, the last again. */
        const int here = q + l < panels ? q + l : panels - 1;
        panel[l] = rows + here * stride;
        HM_UNROLL for (int p = 0; p < vectors; p++) {
          const ptrdiff_t at = here * HM_PANEL + p * float_lanes;
          sum[l][p] = below ? -KERNEL(load_floats)(below + at) : (floats){0.0f};
        }
      }
      for (int t = 0; !value && t < count; t++) {
        const ptrdiff_t at = (ptrdiff_t)item[t] * HM_PANEL;
        HM_UNROLL for (int l = 0; l < together; l++) {
          HM_UNROLL for (int p = 0; p < vectors; p++) {
            sum[l][p] += KERNEL(load_floats)(panel[l] + at + p * float_lanes);
          }
        }
      }
      for (int t = 0; value && t < count; t++) {
        const ptrdiff_t at = (ptrdiff_t)item[t] * HM_PANEL;
        HM_UNROLL for (int l = 0; l < together; l++) {
          HM_UNROLL for (int p = 0; p < vectors; p++) {
            sum[l][p] += APART(value[t] * KERNEL(load_floats)(panel[l] + at +
                                                              p * float_lanes));
          }
        }
      }
      HM_UNROLL for (int l = 0; l < together; l++) {
        HM_UNROLL for (int p = 0; p < vectors; p++) {
          if (q + l < panels) {
            KERNEL(store_floats)
            (out + (q + l) * HM_PANEL + p * float_lanes, sum[l][p]);
          }
        }
      }
    }
  }
}

/* g (n rows of 32) := `unit` times the draws' share of their sums less the
 * data's share of theirs, where `data` is not null, of which each row begins
 * `stride` numbers after the last. */
KERNEL_ATTRIBUTE static void KERNEL(subtract)(int n, ptrdiff_t stride,
                                              double data_share,
                                              double draws_share, double unit,
                                              const float *data,
                                              const float *draws, double *g) {
  for (int i = 0; i < n; i++, g += HM_PANEL) {
    for (int j = 0; j < HM_PANEL; j += double_lanes) {
      doubles part = APART(draws_share * KERNEL(widen)(draws + i * stride + j));
      if (data) {
        part -= APART(data_share * KERNEL(widen)(data + i * stride + j));
      }
      KERNEL(store_doubles)(g + j, APART(unit * part));
    }
  }
}

/* to := each of n numbers at the nearest multiple of 2^-16, of numbers below 64
 * in size; n is a multiple of 32. */
KERNEL_ATTRIBUTE static void KERNEL(snap)(ptrdiff_t n, const float *from,
                                          float *to) {
  const floats grid = (floats){0.0f} + 192.0f;
  for (ptrdiff_t i = 0; i < n; i += float_lanes) {
    KERNEL(store_floats)
    (to + i, (KERNEL(load_floats)(from + i) + grid) - grid);
  }
}
