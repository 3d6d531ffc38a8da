/* Kernels of panels.c, see simd.h. Both give the same bits, since each adds the
 * items of a list in their order. */

/* One row of a panel in registers. */
KERNEL_INLINE void KERNEL(load_row)(const float *row, floats *sum) {
  HM_UNROLL for (int p = 0; p < HM_PANEL / float_lanes; p++) {
    sum[p] = KERNEL(load_floats)(row + p * float_lanes);
  }
}

KERNEL_INLINE void KERNEL(store_row)(const floats *sum, float *row) {
  HM_UNROLL for (int p = 0; p < HM_PANEL / float_lanes; p++) {
    KERNEL(store_floats)(row + p * float_lanes, sum[p]);
  }
}

KERNEL_INLINE void KERNEL(add_row)(const float *row, floats *sum) {
  HM_UNROLL for (int p = 0; p < HM_PANEL / float_lanes; p++) {
    sum[p] += KERNEL(load_floats)(row + p * float_lanes);
  }
}

/* The first list from `next` on that has anything to add, or `to`. */
KERNEL_INLINE int KERNEL(next_list)(int next, int from, int to,
                                    const int *begin, const int *end) {
  while (next < to && begin[next - from] == end[next - from]) {
    next++;
  }
  return next;
}

/* out row s += the rows that list s has from its place begin[s] to end[s] - 1,
 * both counted from list `from`. An addition waits for the one before it in its
 * column, so there are always eight vectors of sums at work: those of several
 * lists side by side where vectors are wide. A list that ends makes room for
 * the next. */
KERNEL_ATTRIBUTE static void KERNEL(add_rows)(const hm_lists *lists, int from,
                                              int to, const int *begin,
                                              const int *end, const float *rows,
                                              float *out) {
  enum { vectors = HM_PANEL / float_lanes };
  enum { side_by_side = vectors < 8 ? 8 / vectors : 1 };
  floats sum[side_by_side][vectors];
  const int *item[side_by_side];
  int left[side_by_side] = {0};
  float *to_row[side_by_side];
  float unused[HM_PANEL] = {0.0f};
  int next = from, together = 0;
  HM_UNROLL for (int l = 0; l < side_by_side; l++) {
    item[l] = lists->item;
    to_row[l] = unused;
    KERNEL(load_row)(unused, sum[l]);
  }
  do {
    HM_UNROLL for (int l = 0; l < side_by_side; l++) {
      next = KERNEL(next_list)(next, from, to, begin, end);
      if (left[l] == 0 && next < to) {
        KERNEL(store_row)(sum[l], to_row[l]);
        item[l] =
            lists->item + (ptrdiff_t)next * lists->stride + begin[next - from];
        left[l] = end[next - from] - begin[next - from];
        to_row[l] = out + (ptrdiff_t)next * HM_PANEL;
        KERNEL(load_row)(to_row[l], sum[l]);
        next++;
      }
      together = l == 0 || left[l] < together ? left[l] : together;
    }
    for (int t = 0; t < together; t++) {
      HM_UNROLL for (int l = 0; l < side_by_side; l++) {
        KERNEL(add_row)(rows + (ptrdiff_t)item[l][t] * HM_PANEL, sum[l]);
      }
    }
    HM_UNROLL for (int l = 0; l < side_by_side; l++) {
      item[l] += together;
      left[l] -= together;
    }
  } while (together > 0);
  /* No list is waiting: those that are left go on one by one. */
  HM_UNROLL for (int l = 0; l < side_by_side; l++) {
    for (int t = 0; t < left[l]; t++) {
      KERNEL(add_row)(rows + (ptrdiff_t)item[l][t] * HM_PANEL, sum[l]);
    }
    KERNEL(store_row)(sum[l], to_row[l]);
  }
}

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
    KERNEL(load_row)(start, sum);
    for (int t = 0; t < count; t++) {
      const float *row = rows + (ptrdiff_t)item[t] * HM_PANEL;
      HM_UNROLL for (int p = 0; p < vectors; p++) {
        sum[p] += APART(value[t] * KERNEL(load_floats)(row + p * float_lanes));
      }
    }
    KERNEL(store_row)(sum, here);
  }
}
