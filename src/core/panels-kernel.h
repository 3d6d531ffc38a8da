/* Kernels of panels.c, see simd.h. All three give the same bits, since each
 * adds the items of a list in their order. */
KERNEL_ATTRIBUTE static void KERNEL(sum_panel)(const hm_lists *lists, int from,
                                               int to, const float *rows,
                                               const float *start, float *out) {
  enum { vectors = HM_PANEL / float_lanes };
  for (int s = from; s < to; s++) {
    const int count = lists->count[s];
    const int *item = lists->item + (ptrdiff_t)s * lists->stride;
    float *here = out + (ptrdiff_t)s * HM_PANEL;
    floats sum[vectors];
    HM_UNROLL for (int p = 0; p < vectors; p++) {
      sum[p] = KERNEL(load_floats)(start + p * float_lanes);
    }
    for (int t = 0; t < count; t++) {
      const float *row = rows + (ptrdiff_t)item[t] * HM_PANEL;
      HM_UNROLL for (int p = 0; p < vectors; p++) {
        sum[p] += KERNEL(load_floats)(row + p * float_lanes);
      }
    }
    HM_UNROLL for (int p = 0; p < vectors; p++) {
      KERNEL(store_floats)(here + p * float_lanes, sum[p]);
    }
  }
}

/* For a panel that no near cache holds: rows are asked for before their turn.
 */
KERNEL_ATTRIBUTE static void KERNEL(sum_far)(const hm_lists *lists, int from,
                                             int to, const float *rows,
                                             const float *start, float *out) {
  enum { vectors = HM_PANEL / float_lanes, ahead = 16 };
  for (int s = from; s < to; s++) {
    const int count = lists->count[s];
    const int *item = lists->item + (ptrdiff_t)s * lists->stride;
    float *here = out + (ptrdiff_t)s * HM_PANEL;
    floats sum[vectors];
    HM_UNROLL for (int p = 0; p < vectors; p++) {
      sum[p] = KERNEL(load_floats)(start + p * float_lanes);
    }
    for (int t = 0; t < count; t++) {
      const float *row = rows + (ptrdiff_t)item[t] * HM_PANEL;
      if (t + ahead < count) {
        const float *later = rows + (ptrdiff_t)item[t + ahead] * HM_PANEL;
        HM_PREFETCH(later);
        HM_PREFETCH(later + HM_PANEL / 2);
      }
      HM_UNROLL for (int p = 0; p < vectors; p++) {
        sum[p] += KERNEL(load_floats)(row + p * float_lanes);
      }
    }
    HM_UNROLL for (int p = 0; p < vectors; p++) {
      KERNEL(store_floats)(here + p * float_lanes, sum[p]);
    }
  }
}

/* Rows below `end` only, from where the lists' cursors are; sums go on from
 * `out`. */
KERNEL_ATTRIBUTE static void KERNEL(sum_block)(const hm_lists *lists, int from,
                                               int to, int end, int *cursor,
                                               const float *rows, float *out) {
  enum { vectors = HM_PANEL / float_lanes };
  for (int s = from; s < to; s++) {
    const int count = lists->count[s];
    const int *item = lists->item + (ptrdiff_t)s * lists->stride;
    float *here = out + (ptrdiff_t)s * HM_PANEL;
    int t = cursor[s - from];
    floats sum[vectors];
    HM_UNROLL for (int p = 0; p < vectors; p++) {
      sum[p] = KERNEL(load_floats)(here + p * float_lanes);
    }
    for (; t < count && item[t] < end; t++) {
      const float *row = rows + (ptrdiff_t)item[t] * HM_PANEL;
      HM_UNROLL for (int p = 0; p < vectors; p++) {
        sum[p] += KERNEL(load_floats)(row + p * float_lanes);
      }
    }
    cursor[s - from] = t;
    HM_UNROLL for (int p = 0; p < vectors; p++) {
      KERNEL(store_floats)(here + p * float_lanes, sum[p]);
    }
  }
}

#if KERNEL_BYTES < 64
/* Items by their values. */
KERNEL_ATTRIBUTE static void KERNEL(sum_values)(const hm_lists *lists, int from,
                                                int to, const float *rows,
                                                const float *start,
                                                float *out) {
  enum { vectors = HM_PANEL / float_lanes };
  for (int s = from; s < to; s++) {
    const int count = lists->count[s];
    const int *item = lists->item + (ptrdiff_t)s * lists->stride;
    const float *value = lists->value + (ptrdiff_t)s * lists->stride;
    float *here = out + (ptrdiff_t)s * HM_PANEL;
    floats sum[vectors];
    HM_UNROLL for (int p = 0; p < vectors; p++) {
      sum[p] = KERNEL(load_floats)(start + p * float_lanes);
    }
    for (int t = 0; t < count; t++) {
      const float *row = rows + (ptrdiff_t)item[t] * HM_PANEL;
      HM_UNROLL for (int p = 0; p < vectors; p++) {
        sum[p] += value[t] * KERNEL(load_floats)(row + p * float_lanes);
      }
    }
    HM_UNROLL for (int p = 0; p < vectors; p++) {
      KERNEL(store_floats)(here + p * float_lanes, sum[p]);
    }
  }
}
#endif
