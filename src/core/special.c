#include "special.h"

#include <math.h>

/* exp is only ever taken of -|x|, which cannot overflow. */
double hm_sigm(double x) {
  const double e = exp(-fabs(x));
  return (x >= 0.0 ? 1.0 : e) / (1.0 + e);
}

double hm_softplus(double x) {
  return (x > 0.0 ? x : 0.0) + log1p(exp(-fabs(x)));
}

double hm_log_sum_exp(ptrdiff_t n, const double *x) {
  double largest = -HUGE_VAL;
  for (ptrdiff_t i = 0; i < n; i++) {
    if (isnan(x[i])) {
      return x[i];
    }
    if (x[i] > largest) {
      largest = x[i];
    }
  }
  if (isinf(largest)) {
    return largest; /* none, all -Inf, or some +Inf: the shift would be NaN */
  }
  double sum = 0.0;
  for (ptrdiff_t i = 0; i < n; i++) {
    sum += exp(x[i] - largest);
  }
  return largest + log(sum);
}
