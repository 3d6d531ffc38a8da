/* Floor 6: the exact mean log-likelihood of weighted cases, and its gradient.
 *
 *   L(theta) = sum_n w_n log p(v_n) / sum_n w_n,
 *   log p(v) = b'v + B(v) + A(c + W'v) - log Z,
 *
 * with log Z and the averages over the model by walking all states of the
 * smaller layer, see partition.h. All in double. Sums over cases are made in
 * HM_PARTS parts, each in order, so that no bit depends on the number of
 * threads.
 */
#ifndef HM_LIKELIHOOD_H
#define HM_LIKELIHOOD_H

#include "cases.h"
#include "partition.h"

typedef struct {
  hm_moments_work moments;
  hm_lists v;      /* all cases, with values where they are real */
  double *average; /* [<v h'> by rows | <v> | <h>] of the model */
  double *sum;     /* HM_PARTS times the same sums over cases, and L */
  double *input;   /* HM_PARTS times c + W'v and p(h | v) */
} hm_likelihood_work;

/* For these cases, which are states of the visible layer. */
void hm_likelihood_lay(hm_arena *arena, const hm_model *shape,
                       const hm_cases *cases, hm_hardware hw,
                       hm_likelihood_work *work);

/* log_lik := L, gradient := that of -L, [gW by rows | gb | gc]. weight has
 * cases->N numbers, at least 0, not all 0. On HM_INTERRUPTED neither is set. */
hm_status hm_likelihood(const hm_model *model, const hm_cases *cases,
                        const double *weight, const hm_watch *watch,
                        hm_hardware hw, hm_likelihood_work *work,
                        double *log_lik, double *gradient);

#endif
