/* Kernels of special.c, see simd.h. Numbers come in whole groups of eight. */
#include "special-vectors-kernel.h"

/* out := sigm(x). */
KERNEL_ATTRIBUTE static void KERNEL(sigm_floats)(ptrdiff_t n, const float *x,
                                                 float *out) {
  for (ptrdiff_t i = 0; i < n; i += float_lanes) {
    const floats input = load_floats(x + i);
    const floats e = KERNEL(exp_floats)(KERNEL(below_floats)(input));
    store_floats(out + i, KERNEL(on_floats)(input, e) / (1.0f + e));
  }
}

/* out := exp(x), x <= 0. */
KERNEL_ATTRIBUTE static void KERNEL(exp_all)(ptrdiff_t n, const float *x,
                                             float *out) {
  for (ptrdiff_t i = 0; i < n; i += float_lanes) {
    store_floats(out + i, KERNEL(exp_floats)(load_floats(x + i)));
  }
}

/* out := sigm(x). */
KERNEL_ATTRIBUTE static void KERNEL(sigm_doubles)(ptrdiff_t n, const double *x,
                                                  double *out) {
  for (ptrdiff_t i = 0; i < n; i += double_lanes) {
    const doubles input = load_doubles(x + i);
    const doubles e = KERNEL(exp_doubles)(KERNEL(below_doubles)(input));
    store_doubles(out + i, KERNEL(on_doubles)(input, e) / (1.0 + e));
  }
}

/* The part of x above 0, added to linear[lane], and the factors 1 + exp(-|x|),
 * multiplied into product[lane], for eight lanes. */
KERNEL_ATTRIBUTE static void KERNEL(gather_softplus)(ptrdiff_t n,
                                                     const double *x,
                                                     double *linear,
                                                     double *product) {
  enum { vectors = 8 / double_lanes };
  doubles sum[vectors], factor[vectors];
  HM_UNROLL for (int p = 0; p < vectors; p++) {
    sum[p] = load_doubles(linear + p * double_lanes);
    factor[p] = load_doubles(product + p * double_lanes);
  }
  for (ptrdiff_t i = 0; i < n; i += 8) {
    HM_UNROLL for (int p = 0; p < vectors; p++) {
      const doubles input = load_doubles(x + i + p * double_lanes);
      const longs positive = MASK_OF(longs, input > 0.0);
      factor[p] *= 1.0 + KERNEL(exp_doubles)(KERNEL(below_doubles)(input));
      sum[p] += KERNEL(as_doubles)(positive & KERNEL(as_longs)(input));
    }
  }
  HM_UNROLL for (int p = 0; p < vectors; p++) {
    store_doubles(linear + p * double_lanes, sum[p]);
    store_doubles(product + p * double_lanes, factor[p]);
  }
}
