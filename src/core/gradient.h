/* Floor 7: the gradient of the loss, positive minus negative phase, see
 * phases.h, with the negative phase of an estimator.
 *
 * The positive phase alone, hm_data_gradient, is in double throughout, and goes
 * through BLAS for real data.
 */
#ifndef HM_GRADIENT_H
#define HM_GRADIENT_H

#include "estimator.h"

/* What the work is laid out for. */
typedef struct {
  int cases;    /* at most so many, */
  int reals;    /* which may be real */
  int predicts; /* whether columns are to be predicted */
  int weighted; /* whether cases have weights */
} hm_gradient_needs;

void hm_gradient_lay(hm_arena *arena, const hm_model *shape,
                     const hm_estimator *estimator,
                     const hm_estimator_options *options,
                     const hm_gradient_needs *needs, hm_hardware hw,
                     hm_phases *phases);

/* Both phases, in pieces of phases->room cases, left in phases. On
 * HM_INTERRUPTED they are not whole, and the particles are as they were. */
hm_status hm_gradient_phases(const hm_estimator *estimator,
                             const hm_update *update, hm_phases *phases);

/* gradient := all of it. */
hm_status hm_gradient(const hm_estimator *estimator, const hm_update *update,
                      hm_phases *phases, double *gradient);

/* The positive phase alone. --------------------------------------------------
 */

typedef struct {
  hm_reader v;
  double *mean_h; /* room cases of nh */
  hm_lists by_unit;
} hm_data_work;

void hm_data_lay(hm_arena *arena, const hm_cases *cases, int nh,
                 hm_data_work *work);

/* gradient := the positive phase alone, over all cases. */
hm_status hm_data_gradient(const hm_model *model, const hm_cases *cases,
                           const hm_watch *watch, hm_hardware hw,
                           hm_data_work *work, double *gradient);

#endif
