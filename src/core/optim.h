/* Floor 5: update rules on one flat vector of parameters.
 *
 *   sgd:  u := momentum u - learning_rate (g + weight_decay W),  W := W + u,
 *         without the decay for biases. Plain descent where momentum is 0.
 *
 * A new rule is one function and one row of the table in optim.c, and one row
 * in the tests. */
#ifndef HM_OPTIM_H
#define HM_OPTIM_H

#include "simd.h"

typedef struct {
  double learning_rate;
  double momentum;
  double weight_decay;
} hm_optim_options;

typedef struct {
  const char *name;
  int slots; /* numbers remembered per parameter, zero at the start */

  /* theta changes by one step down the gradient. Remembered numbers are
   * `memory`, `slots` for each of the n parameters in turn; `decay` is the rate
   * at which these parameters are drawn to 0. Returns the sum of squared
   * changes. */
  double (*step)(hm_level level, ptrdiff_t n, const hm_optim_options *options,
                 double decay, const double *gradient, double *memory,
                 double *theta);
} hm_optimiser;

/* The table: row i, or null past its end. */
const hm_optimiser *hm_optimiser_row(int i);

/* The row of that name, or null. */
const hm_optimiser *hm_optimiser_named(const char *name);

/* Whether every number is at most `limit` in size: NaN is not. */
int hm_within(ptrdiff_t n, const double *x, double limit);

#endif
