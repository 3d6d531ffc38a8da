/* Floor 1: the special functions of the model, in forms that neither overflow
 * nor lose their small results. */
#ifndef HM_SPECIAL_H
#define HM_SPECIAL_H

#include "types.h"

/* sigm(x) = 1 / (1 + exp(-x)). */
double hm_sigm(double x);

/* softplus(x) = log(1 + exp(x)). */
double hm_softplus(double x);

/* log sum_i exp(x[i]); -Inf where n is 0. */
double hm_log_sum_exp(ptrdiff_t n, const double *x);

#endif
