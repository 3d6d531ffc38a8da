#include "special.h"

#include <math.h>
#include <string.h>

#define HM_KERNEL_FILE "special-kernel.h"
#include "simd-each-kernel.h"

/* exp is only ever taken of -|x|, which cannot overflow. */
double hm_sigm(double x) {
  const double e = exp(-fabs(x));
  return (x >= 0.0 ? 1.0 : e) / (1.0 + e);
}

double hm_softplus(double x) {
  return (x > 0.0 ? x : 0.0) + log1p(exp(-fabs(x)));
}

/* Products up to 18! are exact; then Stirling's series, whose next term is
 * below 1e-16 there. */
double hm_log_factorial(double x) {
  static const double half_log_two_pi = 0.918938533204672741780;
  if (x <= 18.0) {
    double product = 1.0;
    for (int k = 2; k <= (int)x; k++) {
      product *= k;
    }
    return log(product);
  }
  const double s = 1.0 / (x * x);
  const double series =
      (1.0 / 12.0 -
       s * (1.0 / 360.0 -
            s * (1.0 / 1260.0 - s * (1.0 / 1680.0 - s * (1.0 / 1188.0))))) /
      x;
  return (x + 0.5) * log(x) - x + half_log_two_pi + series;
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

void hm_sigm_all(hm_level level, ptrdiff_t n, const double *x, double *out) {
  static void (*const sigm[])(ptrdiff_t, const double *, double *) =
      HM_LEVELS(sigm_doubles);
  const ptrdiff_t whole = n / 8 * 8;
  const size_t left = (size_t)(n - whole) * sizeof *x;
  double rest[8] = {0.0};
  sigm[level](whole, x, out);
  memcpy(rest, x + whole, left);
  sigm[level](8, rest, rest);
  memcpy(out + whole, rest, left);
}

/* Each factor is from 1 to 2, so that 64 of them in each of eight lanes stay
 * far within the range of a double. */
double hm_softplus_sum(hm_level level, ptrdiff_t n, const double *x) {
  static void (*const gather[])(ptrdiff_t, const double *, double *, double *) =
      HM_LEVELS(gather_softplus);
  enum { together = 512 };
  double linear[8] = {0.0}, logs = 0.0;
  for (ptrdiff_t first = 0; first < n; first += together) {
    const ptrdiff_t left = n - first;
    const ptrdiff_t whole = left < together ? left / 8 * 8 : together;
    double product[8] = {1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0};
    gather[level](whole, x + first, linear, product);
    if (whole < left && whole < together) {
      double rest[8];
      for (int i = 0; i < 8; i++) {
        rest[i] = i < left - whole ? x[first + whole + i] : -HUGE_VAL;
      }
      gather[level](8, rest, linear, product);
    }
    logs += log(((product[0] * product[1]) * (product[2] * product[3])) *
                ((product[4] * product[5]) * (product[6] * product[7])));
  }
  return logs + (((linear[0] + linear[1]) + (linear[2] + linear[3])) +
                 ((linear[4] + linear[5]) + (linear[6] + linear[7])));
}

void hm_sigm_singles(hm_level level, ptrdiff_t n, const float *x, float *out) {
  static void (*const sigm[])(ptrdiff_t, const float *, float *) =
      HM_LEVELS(sigm_floats);
  sigm[level](n, x, out);
}

void hm_exp_singles(hm_level level, ptrdiff_t n, const float *x, float *out) {
  static void (*const all[])(ptrdiff_t, const float *, float *) =
      HM_LEVELS(exp_all);
  all[level](n, x, out);
}
