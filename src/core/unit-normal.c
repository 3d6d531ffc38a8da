/* Hidden units that are real numbers with the base measure - x^2 / 2: normal
 * ones, of any sign, and rectified ones, which are not below 0. Given an input
 * a a normal one has mean a and variance 1, and a rectified one that law cut
 * off at 0. Where they are summed over together with what they send to, this is
 * by nodes, see observed.h, which then are their states: x in d, and the log of
 * its weight, with B, in the second half of d.
 */
#include <math.h>

#include "column.h"

static const double half_log_two_pi = 0.918938533204672741780;
static const double two_pi = 6.28318530717958647692;

static int levels(const hm_column *column) { return column->size; }

static double code(const hm_column *column, int level, double *x) {
  x[0] = column->d[level];
  return column->d[column->size + level];
}

static double base_at(const hm_column *column, const double *x,
                      double *base_slope) {
  (void)column;
  (void)base_slope;
  return -0.5 * x[0] * x[0];
}

static double normal_log_sum(const hm_column *column, const double *a) {
  (void)column;
  return 0.5 * a[0] * a[0] + half_log_two_pi;
}

static void normal_mean(const hm_column *column, const double *a, double *mean,
                        double *variance, double *base_slope) {
  (void)column;
  (void)base_slope;
  mean[0] = a[0];
  if (variance) {
    variance[0] = 1.0;
  }
}

static void normal_draw(const hm_column *column, const double *a,
                        const double u[2], double *x) {
  (void)column;
  x[0] = a[0] + sqrt(-2.0 * log(u[0])) * cos(two_pi * u[1]);
}

static int is_number(const hm_column *column, const double *x) {
  (void)column;
  return fabs(x[0]) < HUGE_VAL;
}

/* log of the normal distribution function at a. Far below 0 by the continued
 * fraction of Laplace, whose terms are enough there. */
static double log_below(double a) {
  if (a > -5.0) {
    return log(0.5 * erfc(-a * 0.70710678118654752440));
  }
  double tail = -a;
  for (int k = 60; k > 0; k--) {
    tail = -a + k / tail;
  }
  return -0.5 * a * a - half_log_two_pi - log(tail);
}

/* exp(a^2 / 2) times the mass above 0 of a normal law about a. */
static double rectified_log_sum(const hm_column *column, const double *a) {
  (void)column;
  return 0.5 * a[0] * a[0] + half_log_two_pi + log_below(a[0]);
}

/* The density at 0 over the mass above 0. */
static double hazard(double a) {
  return exp(-0.5 * a * a - half_log_two_pi - log_below(a));
}

/* Far below 0 the law is nearly exponential, and the difference of a and the
 * hazard would lose its digits. */
static void rectified_mean(const hm_column *column, const double *a,
                           double *mean, double *variance, double *base_slope) {
  (void)column;
  (void)base_slope;
  if (a[0] > -5.0) {
    const double rate = hazard(a[0]);
    mean[0] = a[0] + rate;
    if (variance) {
      variance[0] = 1.0 - rate * mean[0];
    }
    return;
  }
  const double b = -a[0];
  double tail = b;
  for (int k = 60; k > 1; k--) {
    tail = b + k / tail;
  }
  mean[0] = 1.0 / tail;
  if (variance) {
    variance[0] = 1.0 - (b + mean[0]) * mean[0];
  }
}

/* The a below 0 at which log_below is `goal`, at most log(1 / 2). The function
 * is concave: from the left Newton's steps do not pass what they look for. */
static double below_from(double goal) {
  double a = -sqrt(fmax(0.0, -2.0 * (goal + log(2.0))));
  for (int i = 0; i < 50; i++) {
    const double at = log_below(a);
    const double step = (goal - at) * exp(at + 0.5 * a * a + half_log_two_pi);
    a = fmin(a + step, 0.0);
    if (fabs(step) <= 1e-14 * (1.0 - a)) {
      break;
    }
  }
  return a;
}

/* By the law turned round: the mass above x is u of that above 0. */
static void rectified_draw(const hm_column *column, const double *a,
                           const double u[2], double *x) {
  const double goal = log(u[0]) + log_below(a[0]);
  (void)column;
  const double above =
      goal > -log(2.0) ? -below_from(log(-expm1(goal))) : below_from(goal);
  x[0] = fmax(0.0, a[0] - above);
}

static int is_above(const hm_column *column, const double *x) {
  (void)column;
  return x[0] >= 0.0 && x[0] < HUGE_VAL;
}

/* Inputs are the means. */
static void normal_draw_panels(hm_level level, const hm_run *run,
                               const hm_drawing *drawing,
                               const hm_panels *input, const hm_panels *mean,
                               hm_bits *bits) {
  enum { together = 2 * HM_PANEL };
  (void)input;
  for (int first = 0; first < run->units; first += together) {
    const int left = run->units - first;
    const int wide = left < together ? left : together;
    for (int s = drawing->from; s < drawing->to; s++) {
      double z[together];
      hm_normals_from(level, drawing->stream,
                      (uint32_t)hm_row(drawing->rows, s), run->place + first,
                      wide, z);
      for (int i = 0; i < wide; i++) {
        const int place = run->place + first + i;
        *hm_panels_at(&bits->value, s, place) =
            (float)((double)*hm_panels_at(mean, s, place) + z[i]);
      }
    }
  }
}

const hm_kind hm_unit_normal = {.name = "normal",
                                .two_numbers = 1,
                                .by_nodes = 1,
                                .log_sum_at = normal_log_sum,
                                .mean_at = normal_mean,
                                .draw_at = normal_draw,
                                .base_at = base_at,
                                .is_state = is_number,
                                .levels = levels,
                                .code = code,
                                .draw_panels = normal_draw_panels};

const hm_kind hm_unit_relu = {.name = "relu",
                              .by_nodes = 1,
                              .log_sum_at = rectified_log_sum,
                              .mean_at = rectified_mean,
                              .draw_at = rectified_draw,
                              .base_at = base_at,
                              .is_state = is_above,
                              .levels = levels,
                              .code = code,
                              .by_input = 1};
