/* Counts up to a largest one, M: states 0 to M with the base measure - log x!,
 * a Poisson law that is cut off there.
 */
#include <math.h>

#include "column.h"
#include "special.h"

static int levels(const hm_column *column) { return column->size + 1; }

static double code(const hm_column *column, int level, double *x) {
  (void)column;
  x[0] = level;
  return -hm_log_factorial(level);
}

static double base_at(const hm_column *column, const double *x,
                      double *base_slope) {
  (void)column;
  (void)base_slope;
  return -hm_log_factorial(x[0]);
}

static int is_state(const hm_column *column, const double *x) {
  return hm_is_count(x[0], column->size);
}

const hm_kind hm_unit_count = {.name = "count",
                               .least_size = 1,
                               .most_size = HM_LARGEST_SIZE,
                               .log_sum_at = hm_levels_log_sum,
                               .mean_at = hm_levels_mean,
                               .draw_at = hm_levels_draw,
                               .base_at = base_at,
                               .is_state = is_state,
                               .levels = levels,
                               .code = code,
                               .by_input = 1};
