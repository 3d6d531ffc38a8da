/* Floor 1: numbers as the sum of two in single precision.
 *
 *   x = high + low,  high being the float nearest to x.
 *
 * High alone is what chains and sums work with; low is what it lost. The sum is
 * a double exactly, and there is one way to split it: what is joined and split
 * again is as it was. A double that is no such sum comes within 2^-48 of its
 * size.
 */
#ifndef HM_SPLIT_H
#define HM_SPLIT_H

#include "simd.h"

/* x := high + low, and the other way, n numbers. */
void hm_join(hm_level level, ptrdiff_t n, const float *high, const float *low,
             double *x);
void hm_split(hm_level level, ptrdiff_t n, const double *x, float *high,
              float *low);

static inline double hm_join_one(float high, float low) {
  return (double)high + (double)low;
}

/* What is left of x may round to half a unit in high's last place, where the
 * nearest float to the sum may be another one. */
static inline void hm_split_one(double x, float *high, float *low) {
  const float first = (float)x;
  const double sum = hm_join_one(first, (float)(x - (double)first));
  *high = (float)sum;
  *low = (float)(sum - (double)*high);
}

/* Between doubles and the floats nearest to them. */
void hm_widen(hm_level level, ptrdiff_t n, const float *from, double *to);
void hm_narrow(hm_level level, ptrdiff_t n, const double *from, float *to);

#endif
