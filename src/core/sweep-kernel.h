/* Kernels of sweep.c, see simd.h: both go over the first 8 `groups` numbers of
 * one row of panels, of which each begins `stride` numbers after the last, in
 * eight lanes. */

/* lane[i] += what of x lies above 0. */
KERNEL_ATTRIBUTE static void KERNEL(add_above)(int groups, ptrdiff_t stride,
                                               const float *x, double *lane) {
  enum { vectors = 8 / double_lanes };
  doubles sum[vectors];
  HM_UNROLL for (int p = 0; p < vectors; p++) {
    sum[p] = KERNEL(load_doubles)(lane + p * double_lanes);
  }
  for (int g = 0; g < groups; g++) {
    const float *from = x + g / 4 * stride + g % 4 * 8;
    HM_UNROLL for (int p = 0; p < vectors; p++) {
      const doubles input = KERNEL(widen)(from + p * double_lanes);
      const longs positive = MASK_OF(longs, input > 0.0);
      sum[p] += KERNEL(as_doubles)(positive & KERNEL(as_longs)(input));
    }
  }
  HM_UNROLL for (int p = 0; p < vectors; p++) {
    KERNEL(store_doubles)(lane + p * double_lanes, sum[p]);
  }
}

/* lane[i] times the larger of m and 1 - m, for means m. */
KERNEL_ATTRIBUTE static void KERNEL(multiply_larger)(int groups,
                                                     ptrdiff_t stride,
                                                     const float *mean,
                                                     double *lane) {
  enum { vectors = 8 / double_lanes };
  doubles product[vectors];
  HM_UNROLL for (int p = 0; p < vectors; p++) {
    product[p] = KERNEL(load_doubles)(lane + p * double_lanes);
  }
  for (int g = 0; g < groups; g++) {
    const float *from = mean + g / 4 * stride + g % 4 * 8;
    HM_UNROLL for (int p = 0; p < vectors; p++) {
      const doubles on = KERNEL(widen)(from + p * double_lanes);
      const doubles off = 1.0 - on;
      const longs larger = MASK_OF(longs, on > off);
      product[p] *= KERNEL(as_doubles)((larger & KERNEL(as_longs)(on)) |
                                       (~larger & KERNEL(as_longs)(off)));
    }
  }
  HM_UNROLL for (int p = 0; p < vectors; p++) {
    KERNEL(store_doubles)(lane + p * double_lanes, product[p]);
  }
}
