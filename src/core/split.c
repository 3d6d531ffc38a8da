#include "split.h"

#include <string.h>

#define HM_KERNEL_FILE "split-kernel.h"
#include "simd-each-kernel.h"

void hm_join(hm_level level, ptrdiff_t n, const float *high, const float *low,
             double *x) {
  static void (*const join[])(ptrdiff_t, const float *, const float *,
                              double *) = HM_LEVELS(join);
  const ptrdiff_t whole = n / 8 * 8;
  join[level](whole, high, low, x);
  for (ptrdiff_t i = whole; i < n; i++) {
    x[i] = hm_join_one(high[i], low[i]);
  }
}

void hm_split(hm_level level, ptrdiff_t n, const double *x, float *high,
              float *low) {
  static void (*const split[])(ptrdiff_t, const double *, float *, float *) =
      HM_LEVELS(split);
  const ptrdiff_t whole = n / 8 * 8;
  split[level](whole, x, high, low);
  for (ptrdiff_t i = whole; i < n; i++) {
    hm_split_one(x[i], high + i, low + i);
  }
}

void hm_widen(hm_level level, ptrdiff_t n, const float *from, double *to) {
  static void (*const widen[])(ptrdiff_t, const float *, double *) =
      HM_LEVELS(widen_all);
  const ptrdiff_t whole = n / 8 * 8;
  widen[level](whole, from, to);
  for (ptrdiff_t i = whole; i < n; i++) {
    to[i] = (double)from[i];
  }
}

void hm_narrow(hm_level level, ptrdiff_t n, const double *from, float *to) {
  static void (*const narrow[])(ptrdiff_t, const double *, float *) =
      HM_LEVELS(narrow_all);
  const ptrdiff_t whole = n / 8 * 8;
  narrow[level](whole, from, to);
  for (ptrdiff_t i = whole; i < n; i++) {
    to[i] = (float)from[i];
  }
}
