/* Floor 4: the pseudo-log-likelihood of a case,
 *
 *   sum_i log p(v_i | all other v),
 *
 * every unit counted. With a_j the input to hidden unit j and d_j what unit i
 * adds to it when it is turned on,
 *
 *   log p(v_i = 1 | rest) / p(v_i = 0 | rest)
 *     = b_i + sum_j softplus(a_j with i on) - softplus(a_j with i off).
 *
 * A case of intensities is scored by v_i log p(1 | rest) + (1 - v_i) log p(0 |
 * rest), which is the same for 0 and 1. Binary layers only.
 */
#ifndef HM_PSEUDO_H
#define HM_PSEUDO_H

#include "model.h"

/* up := exp(W) - 1 and down := exp(-W) - 1, each nv rows of nh: what 0/1 cases
 * need in place of exponentials of their own. Returns how many factors may be
 * multiplied before the product could leave the range of a double, a multiple
 * of eight: 0 where even eight could. */
int hm_pseudo_tables(const hm_model *model, hm_level level, double *up,
                     double *down);

/* value[s] := the pseudo-log-likelihood of case s in nats. `input` is that of
 * the hidden layer given these cases and may be overwritten; x are the cases as
 * reals. `factors` is what hm_pseudo_tables returned, and 0 for cases that are
 * not all 0 and 1: then the tables are not read. */
void hm_pseudo_log_lik(const hm_model *model, int n, const double *x,
                       double *input, const double *up, const double *down,
                       int factors, hm_hardware hw, double *value);

#endif
