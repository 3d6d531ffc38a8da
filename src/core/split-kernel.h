/* Kernels of split.c, see simd.h. n is a multiple of eight. */

#include "split-vectors-kernel.h"

KERNEL_ATTRIBUTE static void KERNEL(join)(ptrdiff_t n, const float *high,
                                          const float *low, double *x) {
  for (ptrdiff_t i = 0; i < n; i += double_lanes) {
    store_doubles(x + i, KERNEL(join_from)(high + i, low + i));
  }
}

KERNEL_ATTRIBUTE static void KERNEL(split)(ptrdiff_t n, const double *x,
                                           float *high, float *low) {
  for (ptrdiff_t i = 0; i < n; i += double_lanes) {
    KERNEL(split_into)(load_doubles(x + i), high + i, low + i);
  }
}

KERNEL_ATTRIBUTE static void KERNEL(widen_all)(ptrdiff_t n, const float *from,
                                               double *to) {
  for (ptrdiff_t i = 0; i < n; i += double_lanes) {
    store_doubles(to + i, KERNEL(widen)(from + i));
  }
}

KERNEL_ATTRIBUTE static void KERNEL(narrow_all)(ptrdiff_t n, const double *from,
                                                float *to) {
  for (ptrdiff_t i = 0; i < n; i += double_lanes) {
    KERNEL(narrow)(to + i, load_doubles(from + i));
  }
}
