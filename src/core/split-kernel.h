/* Kernels of split.c, see simd.h. n is a multiple of eight. */

KERNEL_ATTRIBUTE static void KERNEL(join)(ptrdiff_t n, const float *high,
                                          const float *low, double *x) {
  for (ptrdiff_t i = 0; i < n; i += double_lanes) {
    KERNEL(store_doubles)
    (x + i, KERNEL(widen)(high + i) + KERNEL(widen)(low + i));
  }
}

KERNEL_ATTRIBUTE static void KERNEL(split)(ptrdiff_t n, const double *x,
                                           float *high, float *low) {
  for (ptrdiff_t i = 0; i < n; i += double_lanes) {
    const doubles now = KERNEL(load_doubles)(x + i);
    KERNEL(narrow)(high + i, now);
    KERNEL(narrow)(low + i, now - KERNEL(widen)(high + i));
    const doubles sum = KERNEL(widen)(high + i) + KERNEL(widen)(low + i);
    KERNEL(narrow)(high + i, sum);
    KERNEL(narrow)(low + i, sum - KERNEL(widen)(high + i));
  }
}
