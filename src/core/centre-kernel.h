/* Kernels of centre.c, see simd.h. All are for n rows of 32 numbers. */

/* g -= mu gc' + gb lambda': the gradient of W where units are centred. */
KERNEL_ATTRIBUTE static void KERNEL(centre)(int n, const double *mu,
                                            const double *gb, const double *gc,
                                            const double *lambda, double *g) {
  for (int i = 0; i < n; i++, g += HM_PANEL) {
    const double m = mu[i], b = gb[i];
    for (int j = 0; j < HM_PANEL; j += double_lanes) {
      store_doubles(
          g + j, load_doubles(g + j) - (APART(m * load_doubles(gc + j)) +
                                        APART(b * load_doubles(lambda + j))));
    }
  }
}

/* by_row[i] := sum_j d[i, j] lambda[j], in eight lanes; by_column[j] := sum_i
 * d[i, j] mu[i]. */
KERNEL_ATTRIBUTE static void KERNEL(shift)(int n, const double *mu,
                                           const double *lambda,
                                           const double *d, double *by_row,
                                           double *by_column) {
  enum { vectors = 8 / double_lanes };
  for (int j = 0; j < HM_PANEL; j++) {
    by_column[j] = 0.0;
  }
  for (int i = 0; i < n; i++, d += HM_PANEL) {
    const double m = mu[i];
    doubles sum[vectors];
    double lane[8];
    HM_UNROLL for (int p = 0; p < vectors; p++) { sum[p] = (doubles){0.0}; }
    for (int j = 0; j < HM_PANEL; j += 8) {
      HM_UNROLL for (int p = 0; p < vectors; p++) {
        const int at = j + p * double_lanes;
        const doubles now = load_doubles(d + at);
        sum[p] += APART(now * load_doubles(lambda + at));
        store_doubles(by_column + at,
                      load_doubles(by_column + at) + APART(now * m));
      }
    }
    memcpy(lane, sum, sizeof lane);
    by_row[i] = ((lane[0] + lane[1]) + (lane[2] + lane[3])) +
                ((lane[4] + lane[5]) + (lane[6] + lane[7]));
  }
}

/* x (32 numbers) -= each of `count` rows, one after another. */
KERNEL_ATTRIBUTE static void KERNEL(subtract_rows)(int count, ptrdiff_t stride,
                                                   const double *rows,
                                                   double *x) {
  for (int j = 0; j < HM_PANEL; j += double_lanes) {
    doubles left = load_doubles(x + j);
    for (int i = 0; i < count; i++) {
      left -= load_doubles(rows + i * stride + j);
    }
    store_doubles(x + j, left);
  }
}
