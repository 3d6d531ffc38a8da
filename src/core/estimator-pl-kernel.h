/* Kernel of estimator-pl.c, see simd.h. n is a multiple of eight. */

/* one += alpha x, other += beta x. */
KERNEL_ATTRIBUTE static void KERNEL(add_twice)(ptrdiff_t n, double alpha,
                                               double beta, const double *x,
                                               double *one, double *other) {
  for (ptrdiff_t j = 0; j < n; j += double_lanes) {
    const doubles from = load_doubles(x + j);
    const doubles first = load_doubles(one + j) + APART(alpha * from);
    const doubles second = load_doubles(other + j) + APART(beta * from);
    store_doubles(one + j, first);
    store_doubles(other + j, second);
  }
}
