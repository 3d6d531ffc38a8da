/* Kernel of monitor.c, see simd.h: out[l] += sum_j w[j] x[l][j] for each case l
 * of those side by side, each sum in eight lanes. n is a multiple of eight. */
KERNEL_ATTRIBUTE static void KERNEL(add_products)(int n, const double *w,
                                                  const double *const *x,
                                                  double *out) {
  enum { vectors = 8 / double_lanes };
  doubles sum[cases_together][vectors];
  HM_UNROLL for (int l = 0; l < cases_together; l++) {
    HM_UNROLL for (int p = 0; p < vectors; p++) { sum[l][p] = (doubles){0.0}; }
  }
  for (int j = 0; j < n; j += 8) {
    HM_UNROLL for (int p = 0; p < vectors; p++) {
      const int at = j + p * double_lanes;
      const doubles by = load_doubles(w + at);
      HM_UNROLL for (int l = 0; l < cases_together; l++) {
        sum[l][p] += APART(by * load_doubles(x[l] + at));
      }
    }
  }
  for (int l = 0; l < cases_together; l++) {
    double lane[8];
    memcpy(lane, sum[l], sizeof lane);
    out[l] += ((lane[0] + lane[1]) + (lane[2] + lane[3])) +
              ((lane[4] + lane[5]) + (lane[6] + lane[7]));
  }
}
