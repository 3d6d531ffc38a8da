#include "pseudo.h"

#include <math.h>

#include "special.h"

int hm_pseudo_tables(const hm_model *model, double *up, double *down) {
  const ptrdiff_t cells = (ptrdiff_t)model->nv * model->nh;
  double largest = 0.0;
  for (ptrdiff_t i = 0; i < cells; i++) {
    up[i] = expm1(model->W_rows[i]);
    down[i] = expm1(-model->W_rows[i]);
    largest = fmax(largest, fabs(model->W_rows[i]));
  }
  /* A factor lies between 1/2 and exp(largest), a double below exp(709). */
  const double factors = 700.0 / (largest + 1.0);
  return factors < 256.0 ? (int)factors : 256;
}

/* Log odds of "on", from the definition. `w` is row i of W. */
static double log_odds(int nh, double v, double bias, const double *w,
                       const double *input) {
  double sum = bias;
  for (int j = 0; j < nh; j++) {
    const double off = input[j] - v * w[j];
    sum += hm_softplus(off + w[j]) - hm_softplus(off);
  }
  return sum;
}

/* input[j] := r_j = sigm(-|a_j|), with the sign of a_j: of 0 too, which r_j is
 * where |a_j| is very large. */
static void signed_tails(int nh, double *input) {
  for (int j = 0; j < nh; j++) {
    input[j] = copysign(hm_sigm(-fabs(input[j])), input[j]);
  }
}

/* How the log of the hidden units' sum changes when unit i, now v, flips: with
 * a product in place of exponentials. Input a_j moves by d, which is w_j or
 * -w_j, and
 *
 *   softplus(a + d) - softplus(a) = log(1 + r (exp(-d) - 1)) + d   for a > 0
 *                                 = log(1 + r (exp(d) - 1))        otherwise,
 *
 * where r <= 1/2: no factor is below 1/2, so nothing cancels. */
static double flip(int nh, double v, const double *w, const double *tail,
                   const double *up, const double *down, int factors) {
  const double *grows = v == 0.0 ? up : down;
  const double *shrinks = v == 0.0 ? down : up;
  double logs = 0.0, moved = 0.0;
  for (int first = 0; first < nh; first += factors) {
    const int end = nh - first < factors ? nh : first + factors;
    double product[2] = {1.0, 1.0};
    for (int j = first; j < end; j++) {
      const int falls = !signbit(tail[j]);
      product[j & 1] *= 1.0 + fabs(tail[j]) * (falls ? shrinks[j] : grows[j]);
      moved += falls ? w[j] : 0.0;
    }
    logs += log(product[0]) + log(product[1]);
  }
  return v == 0.0 ? logs + moved : logs - moved;
}

static double score(const hm_model *model, const double *x, double *input,
                    const double *up, const double *down, int factors) {
  double sum = 0.0;
  if (factors > 0) {
    signed_tails(model->nh, input);
  }
  for (int i = 0; i < model->nv; i++) {
    const ptrdiff_t row = (ptrdiff_t)i * model->nh;
    const double *w = model->W_rows + row;
    if (factors > 0) {
      const double sign = x[i] == 0.0 ? 1.0 : -1.0;
      sum -=
          hm_softplus(sign * model->b[i] + flip(model->nh, x[i], w, input,
                                                up + row, down + row, factors));
    } else {
      const double odds = log_odds(model->nh, x[i], model->b[i], w, input);
      sum -= x[i] * hm_softplus(-odds) + (1.0 - x[i]) * hm_softplus(odds);
    }
  }
  return sum;
}

void hm_pseudo_log_lik(const hm_model *model, int n, const double *x,
                       double *input, const double *up, const double *down,
                       int factors, int threads, double *value) {
  const int many = (ptrdiff_t)n * model->nv * model->nh >= HM_WORTH_THREADS;
#ifdef _OPENMP
#pragma omp parallel for num_threads(threads) if (many)
#endif
  for (int s = 0; s < n; s++) {
    value[s] = score(model, x + (ptrdiff_t)s * model->nv,
                     input + (ptrdiff_t)s * model->nh, up, down, factors);
  }
  (void)threads;
  (void)many;
}
