/* Kernels of team.c, see simd.h. Rows are of one panel. */

/* rows (three times n) := -x, y and y - x, for the means x in the data, which
 * are on the grid, and y := those of the draws on the grid; and the sums of y -
 * x, and of x. */
KERNEL_ATTRIBUTE static void KERNEL(pair_rows)(int n, const float *data,
                                               const float *draws, float *rows,
                                               float *more, float *total) {
  enum { vectors = HM_PANEL / float_lanes };
  const floats grid = (floats){0.0f} + 192.0f;
  const ptrdiff_t next = (ptrdiff_t)n * HM_PANEL;
  floats sum[2][vectors];
  HM_UNROLL for (int p = 0; p < vectors; p++) {
    sum[0][p] = sum[1][p] = (floats){0.0f};
  }
  for (ptrdiff_t s = 0; s < next; s += HM_PANEL) {
    HM_UNROLL for (int p = 0; p < vectors; p++) {
      const ptrdiff_t at = s + p * float_lanes;
      const floats x = load_floats(data + at);
      const floats y = (load_floats(draws + at) + grid) - grid;
      store_floats(rows + at, -x);
      store_floats(rows + next + at, y);
      store_floats(rows + 2 * next + at, y - x);
      sum[0][p] += y - x;
      sum[1][p] += x;
    }
  }
  HM_UNROLL for (int p = 0; p < vectors; p++) {
    store_floats(more + p * float_lanes, sum[0][p]);
    store_floats(total + p * float_lanes, sum[1][p]);
  }
}

/* total := the sum of n rows. */
KERNEL_ATTRIBUTE static void KERNEL(total_rows)(int n, const float *rows,
                                                float *total) {
  enum { vectors = HM_PANEL / float_lanes };
  floats sum[vectors];
  HM_UNROLL for (int p = 0; p < vectors; p++) { sum[p] = (floats){0.0f}; }
  for (ptrdiff_t s = 0; s < (ptrdiff_t)n * HM_PANEL; s += HM_PANEL) {
    HM_UNROLL for (int p = 0; p < vectors; p++) {
      sum[p] += load_floats(rows + s + p * float_lanes);
    }
  }
  HM_UNROLL for (int p = 0; p < vectors; p++) {
    store_floats(total + p * float_lanes, sum[p]);
  }
}
