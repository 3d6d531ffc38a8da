/* Ordinal columns: levels 0 to K - 1 in order, coded by the score s = k / (K -
 * 1), and by a second unit where the effect may bend, the square of 2 s - 1
 * less its mean over the levels. Neighbouring levels have log odds that are
 * linear in the inputs (adjacent-category logits), and free but for those by
 * the base measure, B(k) = d_k of the inner levels; B is 0 at both ends.
 */
#include <math.h>

#include "column.h"

static int extras(int size) { return size - 2; }

static int two(int size) {
  (void)size;
  return 2;
}

static int levels(const hm_column *column) { return column->size; }

static double score(const hm_column *column, int level) {
  return (double)level / (column->size - 1);
}

/* The mean over the levels of (2 s - 1)^2 is (K + 1) / (3 (K - 1)). */
static double bend(const hm_column *column, int level) {
  const double K = column->size, centred = 2.0 * score(column, level) - 1.0;
  return centred * centred - (K + 1.0) / (3.0 * (K - 1.0));
}

static double code(const hm_column *column, int level, double *x) {
  const int inner = level > 0 && level < column->size - 1;
  x[0] = score(column, level);
  if (column->width == 2) {
    x[1] = bend(column, level);
  }
  return inner ? column->d[level - 1] : 0.0;
}

/* The level of a score, which is right to rounding. */
static int level_of(const hm_column *column, double x) {
  return (int)floor(x * (column->size - 1) + 0.5);
}

static double base_at(const hm_column *column, const double *x,
                      double *base_slope) {
  const int level = level_of(column, x[0]);
  const int inner = level > 0 && level < column->size - 1;
  for (int e = 0; base_slope && e < column->extras; e++) {
    base_slope[e] = e == level - 1;
  }
  return inner ? column->d[level - 1] : 0.0;
}

static int is_state(const hm_column *column, const double *x) {
  if (!(x[0] >= -0.1 && x[0] <= 1.1)) {
    return 0;
  }
  const int level = level_of(column, x[0]);
  return level >= 0 && level < column->size &&
         fabs(x[0] - score(column, level)) < 1e-9 &&
         (column->width == 1 || fabs(x[1] - bend(column, level)) < 1e-9);
}

const hm_kind hm_unit_ordinal = {.name = "ordinal",
                                 .least_size = 2,
                                 .most_size = HM_WIDEST,
                                 .extras = extras,
                                 .log_sum_at = hm_levels_log_sum,
                                 .mean_at = hm_levels_mean,
                                 .draw_at = hm_levels_draw,
                                 .base_at = base_at,
                                 .is_state = is_state,
                                 .levels = levels,
                                 .code = code,
                                 .by_input = 1};

const hm_kind hm_unit_ordinal2 = {.name = "ordinal2",
                                  .least_size = 3,
                                  .most_size = HM_WIDEST,
                                  .width = two,
                                  .extras = extras,
                                  .log_sum_at = hm_levels_log_sum,
                                  .mean_at = hm_levels_mean,
                                  .draw_at = hm_levels_draw,
                                  .base_at = base_at,
                                  .is_state = is_state,
                                  .levels = levels,
                                  .code = code,
                                  .by_input = 1};
