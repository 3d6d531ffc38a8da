/* Floor 5: the gradient of the loss, positive minus negative phase.
 *
 *   gW = -<v p(h|v)'>_data + <v p(h|v)'>_negative
 *   gb = -<v>_data + <v>_negative
 *   gc = -<p(h|v)>_data + <p(h|v)>_negative
 *
 * as one vector [gW by rows | gb | gc]. The means of the hidden layer stand for
 * its draws in every average: the same expectation with less noise.
 */
#ifndef HM_GRADIENT_H
#define HM_GRADIENT_H

#include "cases.h"
#include "estimator.h"

typedef struct {
  hm_chains chains;
  hm_lists by_unit; /* nv lists of at most chains' room */
  int room;
} hm_gradient_work;

void hm_gradient_lay(hm_arena *arena, int nv, int nh, int most,
                     hm_gradient_work *work);

/* gradient := that of the mean loss over `rows`, taken in pieces of work->room
 * cases. Without an estimator it is the positive phase alone. On HM_INTERRUPTED
 * the gradient is not whole. */
hm_status hm_gradient(const hm_model *model, const hm_cases *cases,
                      const hm_rows *rows, const hm_estimator *estimator, int k,
                      const hm_chance *chance, const hm_watch *watch,
                      int threads, hm_gradient_work *work, double *gradient);

#endif
