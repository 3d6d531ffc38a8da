/* Categorical columns: one of K levels, a unit for each, of which one is on. A
 * is the log of the sum of exp(a_k). A level's inputs may all move by a
 * constant, and nothing changes.
 */
#include <math.h>

#include "column.h"
#include "special.h"

static int width(int size) { return size; }

static int levels(const hm_column *column) { return column->size; }

static double code(const hm_column *column, int level, double *x) {
  for (int k = 0; k < column->size; k++) {
    x[k] = k == level;
  }
  return 0.0;
}

static double log_sum_at(const hm_column *column, const double *a) {
  return hm_log_sum_exp(column->size, a);
}

static void mean_at(const hm_column *column, const double *a, double *mean,
                    double *variance, double *base_slope) {
  double largest = a[0], sum = 0.0;
  (void)base_slope;
  for (int k = 1; k < column->size; k++) {
    largest = fmax(largest, a[k]);
  }
  for (int k = 0; k < column->size; k++) {
    mean[k] = exp(a[k] - largest);
    sum += mean[k];
  }
  for (int k = 0; k < column->size; k++) {
    mean[k] /= sum;
    if (variance) {
      variance[k] = mean[k] * (1.0 - mean[k]);
    }
  }
}

static void draw_at(const hm_column *column, const double *a, const double u[2],
                    double *x) {
  double p[HM_WIDEST] = {0.0}, passed = 0.0;
  int k = -1;
  mean_at(column, a, p, NULL, NULL);
  do {
    passed += p[++k];
  } while (passed < u[0] && k < column->size - 1);
  code(column, k, x);
}

static int is_state(const hm_column *column, const double *x) {
  int on = 0;
  for (int k = 0; k < column->size; k++) {
    if (x[k] != 0.0 && x[k] != 1.0) {
      return 0;
    }
    on += x[k] > 0.0;
  }
  return on == 1;
}

const hm_kind hm_unit_categorical = {.name = "categorical",
                                     .listed = 1,
                                     .least_size = 2,
                                     .most_size = HM_WIDEST,
                                     .width = width,
                                     .log_sum_at = log_sum_at,
                                     .mean_at = mean_at,
                                     .draw_at = draw_at,
                                     .is_state = is_state,
                                     .levels = levels,
                                     .code = code};
