/* Floor 5: update rules on one flat vector of parameters.
 *
 * With g the gradient, to which weight decay has added `decay` theta, rate the
 * learning rate and t the number of the step:
 *
 *   sgd:       u := momentum u - rate g,  theta := theta + u.
 *              Plain descent where momentum is 0.
 *   nesterov:  u := momentum u - rate g,  theta := theta + momentum u - rate g.
 *              Sutskever et al. (2013) take the gradient at theta + momentum u;
 *              here theta is that point itself, as in Bengio et al. (2013).
 *   adam:      m := beta1 m + (1 - beta1) g,  v := beta2 v + (1 - beta2) g^2,
 *              theta := theta - rate m^ / (sqrt(v^) + epsilon), where
 *              m^ = m / (1 - beta1^t) and v^ = v / (1 - beta2^t). Kingma and Ba
 *              (2015).
 *
 * A penalty l1 |theta| follows as a proximal step, which draws theta to 0 and
 * no further and so makes zeros that are exact: by rate l1 / (1 - momentum), in
 * adam by rate l1 / (sqrt(v^) + epsilon) (Yun, Lozano and Yang 2021), so that
 * where theta comes to rest the penalised loss is least. It leaves what the
 * rule remembers alone.
 *
 * A new rule is a kernel in optim-kernel.h, a row of the table in optim.c, and
 * a twin in the tests. */
#ifndef HM_OPTIM_H
#define HM_OPTIM_H

#include "simd.h"

/* The slots of the rule that has most, and the columns of a tile. */
enum { HM_MOST_SLOTS = 2, HM_TILE = 32 };

/* HM_TILE columns of n rows, each of which begins 32 numbers after the last,
 * and what makes their gradient: `draws_share` times the sums `draws` less
 * `data_share` times the sums `data`, whose rows begin `stride` numbers after
 * one another; and where units are centred (mu is not null), less mu gc' + gb
 * lambda'. Where the two shares are equal `draws` may be the difference, and
 * `data` is null. */
typedef struct {
  int n;
  ptrdiff_t stride;
  const float *data;
  const float *draws;
  double data_share;
  double draws_share;
  const float *mu; /* n */
  const float *gb;
  const float *gc; /* 32 */
  const float *lambda;
  float *memory;
  float *high; /* theta, see split.h */
  float *low;
  double *by_row;    /* := changes times lambda, 32, where centred */
  double *by_column; /* := mu times changes, 32 */
} hm_optim_tile;

typedef struct {
  double learning_rate;
  double momentum; /* sgd, nesterov */
  double beta1;    /* adam: from 0 to below 1, like beta2 */
  double beta2;
  double epsilon;      /* adam: above 0 */
  double weight_decay; /* of weights: for biases a step is given 0 */
  double l1;           /* likewise */
  double t;            /* number of the step, from 1 */
} hm_optim_options;

typedef struct {
  const char *name;
  int slots; /* numbers remembered per parameter, zero at the start */

  /* theta changes by one step down the gradient g, and g becomes the change:
   * that which was added to theta, before the sum was rounded. `decay` and `l1`
   * are the penalties of these n parameters. Returns the sum of squared
   * changes.
   *
   * Remembered numbers are `memory`, slots n of them, those of each eight
   * neighbours together, slot by slot, and those of the rest likewise: a vector
   * may be stepped in parts where each part but the last is a multiple of
   * eight, and must then always be. */
  double (*step)(hm_level level, ptrdiff_t n, const hm_optim_options *options,
                 double decay, double l1, double *g, double *memory,
                 double *theta);

  /* The same of n weights, a multiple of eight, by the penalties of the
   * options. Each is two floats, see split.h, and what is remembered of it in
   * single precision; the step itself is in double. */
  double (*step_weights)(hm_level level, ptrdiff_t n,
                         const hm_optim_options *options, double *g,
                         float *memory, float *high, float *low);

  /* Where not null, all that a tile of weights needs in one way through memory,
   * where l1 is 0: the gradient is never written down. In single precision, but
   * for what a weight loses by it, which is kept:
   *
   *   high + low := high + low + u,
   *
   * the sum being right to 2^-46 of its size, and u to some units in its last
   * place. Nothing is remembered where momentum is 0. Returns the sum of
   * squared changes. */
  double (*step_tile)(hm_level level, const hm_optim_options *options,
                      const hm_optim_tile *tile);
} hm_optimiser;

/* The table: row i and its name, or null past its end. */
const hm_optimiser *hm_optimiser_row(int i);
const char *hm_optimiser_name(int i);

/* The row of that name, or null. */
const hm_optimiser *hm_optimiser_named(const char *name);

/* A step of fast weights, which learn from the same gradient at a rate of their
 * own and fade: fast := decay fast - rate g. */
void hm_step_fast(ptrdiff_t n, double rate, double decay, const double *g,
                  double *fast);

/* Whether every number is at most `limit` in size: NaN is not. */
int hm_within(ptrdiff_t n, const double *x, double limit);

#endif
