/* Kernels of phases.c, see simd.h. */

/* out (rows of the strip's panels side by side) := for each list of a unit of
 * the strip, the sum of the rows of mean_h that it has, less the row of `less`
 * where that is not null. As many panels as fill the registers go together, so
 * that an addition need not wait for the one before it. */
KERNEL_ATTRIBUTE static void KERNEL(sum_rows)(const hm_lists *lists,
                                              const hm_strip *strip,
                                              const hm_panels *mean_h,
                                              const float *less, float *out) {
  const int first = strip->top, n = strip->high, panels = strip->tiles;
  const ptrdiff_t stride = (ptrdiff_t)mean_h->n * HM_PANEL;
  const float *rows = hm_panel_row(mean_h, strip->column, 0);
  enum { vectors = HM_PANEL / float_lanes };
  enum { together = vectors < 8 ? 8 / vectors : 1 };
  const ptrdiff_t width = (ptrdiff_t)panels * HM_PANEL;
  for (int i = first; i < first + n; i++, out += width) {
    const float *below = less ? less + (i - first) * width : NULL;
    const int count = lists->count[i];
    const int *item = lists->item + (ptrdiff_t)i * lists->stride;
    for (int q = 0; q < panels; q += together) {
      const float *panel[together];
      floats sum[together][vectors];
      HM_UNROLL for (int l = 0; l < together; l++) {
        /* Beyond the last panel, the last again. */
        const int here = q + l < panels ? q + l : panels - 1;
        panel[l] = rows + here * stride;
        HM_UNROLL for (int p = 0; p < vectors; p++) {
          const ptrdiff_t at = here * HM_PANEL + p * float_lanes;
          sum[l][p] = below ? -load_floats(below + at) : (floats){0.0f};
        }
      }
      for (int t = 0; t < count; t++) {
        const ptrdiff_t at = (ptrdiff_t)item[t] * HM_PANEL;
        HM_UNROLL for (int l = 0; l < together; l++) {
          HM_UNROLL for (int p = 0; p < vectors; p++) {
            sum[l][p] += load_floats(panel[l] + at + p * float_lanes);
          }
        }
      }
      HM_UNROLL for (int l = 0; l < together; l++) {
        HM_UNROLL for (int p = 0; p < vectors; p++) {
          if (q + l < panels) {
            store_floats(out + (q + l) * HM_PANEL + p * float_lanes, sum[l][p]);
          }
        }
      }
    }
  }
}

/* sum += by times a row of 32 numbers. */
KERNEL_INLINE void KERNEL(add_times)(double by, const double *row,
                                     doubles *sum) {
  HM_UNROLL for (int p = 0; p < HM_PANEL / double_lanes; p++) {
    sum[p] += APART(by * load_doubles(row + p * double_lanes));
  }
}

/* out, laid out as above, += `share` times the sums of the first `cases` rows
 * in double precision, by their values where lists have any: two sums of every
 * other item each. */
KERNEL_ATTRIBUTE static void KERNEL(add_values)(const hm_lists *lists,
                                                const hm_strip *strip,
                                                const hm_panels *mean_h,
                                                int cases, double share,
                                                double *out) {
  const int first = strip->top, n = strip->high, panels = strip->tiles;
  const ptrdiff_t stride = (ptrdiff_t)mean_h->n * HM_PANEL;
  const float *rows = hm_panel_row(mean_h, strip->column, 0);
  enum { vectors = HM_PANEL / double_lanes };
  enum { line = 8 };
  double room[HM_PHASES_ROOM * HM_PANEL + line];
  /* A vector that lies across two lines of a cache takes two loads. */
  double *panel = room + (line - (uintptr_t)room / sizeof *room % line) % line;
  for (int q = 0; q < panels; q++) {
    for (ptrdiff_t i = 0; i < (ptrdiff_t)cases * HM_PANEL; i += double_lanes) {
      store_doubles(panel + i, KERNEL(widen)(rows + q * stride + i));
    }
    for (int i = 0; i < n; i++) {
      const ptrdiff_t begin = (ptrdiff_t)(first + i) * lists->stride;
      const int *item = lists->item + begin;
      const float *value = lists->value ? lists->value + begin : NULL;
      const int count = lists->count[first + i];
      double *to = out + ((ptrdiff_t)i * panels + q) * HM_PANEL;
      doubles even[vectors], odd[vectors];
      HM_UNROLL for (int p = 0; p < vectors; p++) {
        even[p] = odd[p] = (doubles){0.0};
      }
      for (int t = 0; t + 1 < count; t += 2) {
        const double *row = panel + (ptrdiff_t)item[t] * HM_PANEL;
        const double *next = panel + (ptrdiff_t)item[t + 1] * HM_PANEL;
        KERNEL(add_times)(value ? (double)value[t] : 1.0, row, even);
        KERNEL(add_times)(value ? (double)value[t + 1] : 1.0, next, odd);
      }
      if (count % 2) {
        KERNEL(add_times)
        (value ? (double)value[count - 1] : 1.0,
         panel + (ptrdiff_t)item[count - 1] * HM_PANEL, even);
      }
      HM_UNROLL for (int p = 0; p < vectors; p++) {
        double *at = to + p * double_lanes;
        store_doubles(at, load_doubles(at) + APART(share * (even[p] + odd[p])));
      }
    }
  }
}

/* sum += `share` times n numbers; n is a multiple of 32. */
KERNEL_ATTRIBUTE static void KERNEL(add_singles)(ptrdiff_t n, double share,
                                                 const float *x, double *sum) {
  for (ptrdiff_t i = 0; i < n; i += double_lanes) {
    store_doubles(sum + i,
                  load_doubles(sum + i) + APART(share * KERNEL(widen)(x + i)));
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
      store_doubles(g + j, APART(unit * part));
    }
  }
}

/* g (n rows of 32) := `unit` times rows of which each begins `stride` numbers
 * after the last. */
KERNEL_ATTRIBUTE static void KERNEL(scale)(int n, ptrdiff_t stride, double unit,
                                           const double *rows, double *g) {
  for (int i = 0; i < n; i++, rows += stride, g += HM_PANEL) {
    for (int j = 0; j < HM_PANEL; j += double_lanes) {
      store_doubles(g + j, unit * load_doubles(rows + j));
    }
  }
}

/* to := each of n numbers at the nearest multiple of 2^-16, of numbers below 64
 * in size; n is a multiple of 32. */
KERNEL_ATTRIBUTE static void KERNEL(snap)(ptrdiff_t n, const float *from,
                                          float *to) {
  const floats grid = (floats){0.0f} + 192.0f;
  for (ptrdiff_t i = 0; i < n; i += float_lanes) {
    store_floats(to + i, (load_floats(from + i) + grid) - grid);
  }
}
