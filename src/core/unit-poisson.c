/* Poisson columns: states 0, 1, 2 and so on with the base measure - log x!. A
 * is exp(a), and so are mean and variance.
 */
#include <math.h>

#include "column.h"
#include "special.h"

/* States beyond this are no counts that a double tells apart. */
static const double most = 1e15;

static double log_sum_at(const hm_column *column, const double *a) {
  (void)column;
  return exp(a[0]);
}

static void mean_at(const hm_column *column, const double *a, double *mean,
                    double *variance, double *base_slope) {
  (void)column;
  (void)base_slope;
  mean[0] = exp(a[0]);
  if (variance) {
    variance[0] = mean[0];
  }
}

/* By the law turned round: for a large mean by a normal number, which is
 * rounded and off by less than a draw's own error; else state by state. */
static void draw_at(const hm_column *column, const double *a, const double u[2],
                    double *x) {
  static const double two_pi = 6.28318530717958647692;
  const double mean = exp(a[0]);
  double term = exp(-mean), passed = term;
  (void)column;
  x[0] = 0.0;
  if (mean > 500.0) {
    const double normal = sqrt(-2.0 * log(u[0])) * cos(two_pi * u[1]);
    x[0] = fmin(most, fmax(0.0, floor(mean + sqrt(mean) * normal + 0.5)));
    return;
  }
  while (passed < u[0] && x[0] < 2000.0) {
    x[0] += 1.0;
    term *= mean / x[0];
    passed += term;
  }
}

static double base_at(const hm_column *column, const double *x,
                      double *base_slope) {
  (void)column;
  (void)base_slope;
  return -hm_log_factorial(x[0]);
}

static int is_state(const hm_column *column, const double *x) {
  (void)column;
  return hm_is_count(x[0], most);
}

const hm_kind hm_unit_poisson = {.name = "poisson",
                                 .two_numbers = 1,
                                 .log_sum_at = log_sum_at,
                                 .mean_at = mean_at,
                                 .draw_at = draw_at,
                                 .base_at = base_at,
                                 .is_state = is_state,
                                 .by_input = 1};
