/* Kernels of estimator-pl.c, see simd.h. n is a multiple of eight. */

/* One unit flips, and moves the input to a hidden unit from a to a + d. With r
 * = sigm(-|a|) at most 1/2, of which `tail` has the sign of a too,
 *
 *   sigm(a + d) = (1 - r) / (1 + r (exp(-d) - 1))           for a > 0
 *               = (r + r (exp(d) - 1)) / (1 + r (exp(d) - 1))  otherwise.
 *
 * mean := that, for every hidden unit; product[lane] times the denominators,
 * none of which is below 1/2, and moved[lane] plus w where a > 0, for eight
 * lanes: their logs and d are by how much softplus grows. `grows` is exp(d) -
 * 1, `shrinks` exp(-d) - 1. */
KERNEL_ATTRIBUTE static void KERNEL(flip)(ptrdiff_t n, const double *w,
                                          const double *tail,
                                          const double *grows,
                                          const double *shrinks, double *mean,
                                          double *product, double *moved) {
  enum { vectors = 8 / double_lanes };
  doubles factor[vectors], sum[vectors];
  HM_UNROLL for (int p = 0; p < vectors; p++) {
    factor[p] = KERNEL(load_doubles)(product + p * double_lanes);
    sum[p] = KERNEL(load_doubles)(moved + p * double_lanes);
  }
  for (ptrdiff_t j = 0; j < n; j += 8) {
    HM_UNROLL for (int p = 0; p < vectors; p++) {
      const ptrdiff_t at = j + p * double_lanes;
      const longs bits = KERNEL(as_longs)(KERNEL(load_doubles)(tail + at));
      const longs grown = (longs){0} - (bits >> 63);
      const doubles r = KERNEL(as_doubles)(bits & 0x7FFFFFFFFFFFFFFFu);
      const doubles up = KERNEL(load_doubles)(grows + at);
      const doubles down = KERNEL(load_doubles)(shrinks + at);
      const doubles d = KERNEL(as_doubles)((grown & KERNEL(as_longs)(up)) |
                                           (~grown & KERNEL(as_longs)(down)));
      const doubles by = KERNEL(load_doubles)(w + at);
      const doubles share = APART(r * d), below = 1.0 + share;
      const doubles on =
          KERNEL(as_doubles)((grown & KERNEL(as_longs)(r + share)) |
                             (~grown & KERNEL(as_longs)(1.0 - r)));
      KERNEL(store_doubles)(mean + at, on / below);
      factor[p] *= below;
      sum[p] += KERNEL(as_doubles)(~grown & KERNEL(as_longs)(by));
    }
  }
  HM_UNROLL for (int p = 0; p < vectors; p++) {
    KERNEL(store_doubles)(product + p * double_lanes, factor[p]);
    KERNEL(store_doubles)(moved + p * double_lanes, sum[p]);
  }
}

/* one += alpha x, other += beta x. */
KERNEL_ATTRIBUTE static void KERNEL(add_twice)(ptrdiff_t n, double alpha,
                                               double beta, const double *x,
                                               double *one, double *other) {
  for (ptrdiff_t j = 0; j < n; j += double_lanes) {
    const doubles from = KERNEL(load_doubles)(x + j);
    const doubles first = KERNEL(load_doubles)(one + j) + APART(alpha * from);
    const doubles second = KERNEL(load_doubles)(other + j) + APART(beta * from);
    KERNEL(store_doubles)(one + j, first);
    KERNEL(store_doubles)(other + j, second);
  }
}
