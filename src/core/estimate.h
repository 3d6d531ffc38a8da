/* Floor 8: the gradient over all cases while the model stands still, exactly or
 * as an estimator sees it.
 *
 * An estimator with chains of its own starts these anew, and lets them run for
 * `warmup` updates, in which nothing but they, and fast weights, move, before
 * the update that counts. So do draws for cells that are missing, see fill.h,
 * by any estimator. Gradients are [gW by rows | gb | gc | gd].
 */
#ifndef HM_ESTIMATE_H
#define HM_ESTIMATE_H

#include "fill.h"
#include "gradient.h"
#include "partition.h"

typedef struct {
  const hm_estimator *estimator;
  hm_estimator_options options;
  const double *base; /* nv biases of independent units */
  int warmup;
  double fast_rate; /* as in a fit, see fit.h */
  double fast_decay;
  const uint32_t *key; /* of its random numbers, two words */
} hm_estimate_plan;

typedef struct {
  hm_working working;
  hm_working sampled;
  hm_phases phases; /* its tally is what this estimate counted */
  double *both;     /* theta with fast weights on top */
  double *fast;
  float *base;
  hm_fill fill;
  hm_particles particles;
} hm_estimate_work;

void hm_estimate_lay(hm_arena *arena, const hm_model *model,
                     const hm_cases *cases, const hm_estimate_plan *plan,
                     hm_hardware hw, hm_estimate_work *work);

/* gradient := estimate number `number` of several by one key, which use as many
 * updates each; in all there may be 2^32. */
hm_status hm_estimate(const hm_model *model, const hm_cases *cases,
                      const hm_estimate_plan *plan, uint32_t number,
                      const hm_watch *watch, hm_hardware hw,
                      hm_estimate_work *work, double *gradient);

typedef struct {
  hm_data_work data;
  hm_moments_work moments;
  double *average;
} hm_exact_work;

void hm_exact_lay(hm_arena *arena, const hm_model *model, const hm_cases *cases,
                  hm_hardware hw, hm_exact_work *work);

/* gradient := by the data, and by every state of the smaller layer, in double
 * throughout, of layers without extra parameters. */
hm_status hm_exact_gradient(const hm_model *model, const hm_cases *cases,
                            const hm_watch *watch, hm_hardware hw,
                            hm_exact_work *work, double *gradient);

#endif
