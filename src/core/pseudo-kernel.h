/* Kernels of pseudo.c, see simd.h. n is a multiple of eight. */
#include "special-vectors-kernel.h"

/* up := exp(w) - 1, down := exp(-w) - 1, both off by some 1e-16 times the
 * larger of 1 and their size. */
KERNEL_ATTRIBUTE static void KERNEL(tables)(ptrdiff_t n, const double *w,
                                            double *up, double *down) {
  for (ptrdiff_t i = 0; i < n; i += double_lanes) {
    const doubles x = load_doubles(w + i);
    const doubles e = KERNEL(exp_doubles)(KERNEL(below_doubles)(x));
    const longs positive = MASK_OF(longs, x >= 0.0);
    const longs small = KERNEL(as_longs)(e - 1.0);
    const longs large = KERNEL(as_longs)(1.0 / e - 1.0);
    store_doubles(up + i,
                  KERNEL(as_doubles)((positive & large) | (~positive & small)));
    store_doubles(down + i,
                  KERNEL(as_doubles)((positive & small) | (~positive & large)));
  }
}

/* One unit flips, and moves the input to a hidden unit from a to a + d. With r
 * = sigm(-|a|) at most 1/2, of which `tail` has the sign of a too,
 *
 *   sigm(a + d) = (1 - r) / (1 + r (exp(-d) - 1))           for a > 0
 *               = (r + r (exp(d) - 1)) / (1 + r (exp(d) - 1))  otherwise.
 *
 * mean := that, for every hidden unit, where it is not null; product[lane]
 * times the denominators, none of which is below 1/2, and moved[lane] plus w
 * where a > 0, for eight lanes: their logs and d are by how much softplus
 * grows. `grows` is exp(d) - 1, `shrinks` exp(-d) - 1. */
KERNEL_ATTRIBUTE static void KERNEL(flip)(ptrdiff_t n, const double *w,
                                          const double *tail,
                                          const double *grows,
                                          const double *shrinks, double *mean,
                                          double *product, double *moved) {
  enum { vectors = 8 / double_lanes };
  doubles factor[vectors], sum[vectors];
  HM_UNROLL for (int p = 0; p < vectors; p++) {
    factor[p] = load_doubles(product + p * double_lanes);
    sum[p] = load_doubles(moved + p * double_lanes);
  }
  for (ptrdiff_t j = 0; j < n; j += 8) {
    HM_UNROLL for (int p = 0; p < vectors; p++) {
      const ptrdiff_t at = j + p * double_lanes;
      const longs bits = KERNEL(as_longs)(load_doubles(tail + at));
      const longs grown = (longs){0} - (bits >> 63);
      const doubles r = KERNEL(as_doubles)(bits & 0x7FFFFFFFFFFFFFFFu);
      const doubles up = load_doubles(grows + at);
      const doubles down = load_doubles(shrinks + at);
      const doubles d = KERNEL(as_doubles)((grown & KERNEL(as_longs)(up)) |
                                           (~grown & KERNEL(as_longs)(down)));
      const doubles by = load_doubles(w + at);
      const doubles share = APART(r * d), below = 1.0 + share;
      if (mean) {
        const doubles on =
            KERNEL(as_doubles)((grown & KERNEL(as_longs)(r + share)) |
                               (~grown & KERNEL(as_longs)(1.0 - r)));
        store_doubles(mean + at, on / below);
      }
      factor[p] *= below;
      sum[p] += KERNEL(as_doubles)(~grown & KERNEL(as_longs)(by));
    }
  }
  HM_UNROLL for (int p = 0; p < vectors; p++) {
    store_doubles(product + p * double_lanes, factor[p]);
    store_doubles(moved + p * double_lanes, sum[p]);
  }
}
