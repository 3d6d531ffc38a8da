/* Floor 1: the special functions of the model, in forms that neither overflow
 * nor lose their small results. */
#ifndef HM_SPECIAL_H
#define HM_SPECIAL_H

#include "simd.h"

/* sigm(x) = 1 / (1 + exp(-x)). */
double hm_sigm(double x);

/* softplus(x) = log(1 + exp(x)). */
double hm_softplus(double x);

/* log x!, of a whole number that is not below 0. lgamma() of the system may
 * keep a sign between calls, which threads would share. */
double hm_log_factorial(double x);

/* log sum_i exp(x[i]); -Inf where n is 0. */
double hm_log_sum_exp(ptrdiff_t n, const double *x);

/* The same in vectors, with an exp of their own: out[i] := sigm(x[i]) to a few
 * units in the last place, 0 below exp(-707); out may be x. */
void hm_sigm_all(hm_level level, ptrdiff_t n, const double *x, double *out);

/* sum_i softplus(x[i]), each term off by some 1e-16. */
double hm_softplus_sum(hm_level level, ptrdiff_t n, const double *x);

/* out[i] := sigm(x[i]) in single precision, to a relative error of 4e-7; 0
 * below exp(-86). n is a multiple of 16; out may be x. */
void hm_sigm_singles(hm_level level, ptrdiff_t n, const float *x, float *out);

/* out[i] := exp(x[i]) of x[i] <= 0, to the same; 0 below exp(-86), and where
 * x[i] is not a number. n is a multiple of 16; out may be x. */
void hm_exp_singles(hm_level level, ptrdiff_t n, const float *x, float *out);

#endif
