#include "pseudo.h"

#include <math.h>
#include <string.h>

#include "special.h"

#define HM_KERNEL_FILE "pseudo-kernel.h"
#include "simd-each-kernel.h"

/* Tables of eight numbers at a time; the last ones in a group of their own. */
static void fill_tables(hm_level level, ptrdiff_t n, const double *w,
                        double *up, double *down) {
  static void (*const kernels[])(ptrdiff_t, const double *, double *,
                                 double *) = HM_LEVELS(tables);
  const ptrdiff_t whole = n / 8 * 8;
  const size_t left = (size_t)(n - whole) * sizeof *w;
  double rest[3][8] = {{0.0}};
  kernels[level](whole, w, up, down);
  memcpy(rest[0], w + whole, left);
  kernels[level](8, rest[0], rest[1], rest[2]);
  memcpy(up + whole, rest[1], left);
  memcpy(down + whole, rest[2], left);
}

int hm_pseudo_tables(const hm_model *model, hm_level level, double *up,
                     double *down) {
  const ptrdiff_t cells = (ptrdiff_t)model->nv * model->nh;
  double largest = 0.0;
  for (ptrdiff_t i = 0; i < cells; i++) {
    const double size = fabs(model->W_rows[i]);
    largest = size > largest ? size : largest;
  }
  fill_tables(level, cells, model->W_rows, up, down);
  /* A factor lies between 1/2 and exp(largest), a double below exp(709). */
  const double factors = 700.0 / (largest + 1.0);
  return factors < 256.0 ? (int)factors / 8 * 8 : 256;
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
static double flip(hm_level level, int nh, double v, const double *w,
                   const double *tail, const double *up, const double *down,
                   int factors) {
  static void (*const kernels[])(ptrdiff_t, const double *, const double *,
                                 const double *, const double *, double *,
                                 double *) = HM_LEVELS(flip);
  const double *grows = v == 0.0 ? up : down;
  const double *shrinks = v == 0.0 ? down : up;
  double logs = 0.0, moved[8] = {0.0};
  for (int first = 0; first < nh; first += factors) {
    const int n = nh - first < factors ? nh - first : factors;
    const int whole = n / 8 * 8;
    const int at = first + whole;
    const size_t left = (size_t)(n - whole) * sizeof *w;
    double product[8] = {1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0};
    kernels[level](whole, w + first, tail + first, grows + first,
                   shrinks + first, product, moved);
    if (left > 0) {
      double rest[4][8] = {{0.0}};
      memcpy(rest[0], w + at, left);
      memcpy(rest[1], tail + at, left);
      memcpy(rest[2], grows + at, left);
      memcpy(rest[3], shrinks + at, left);
      kernels[level](8, rest[0], rest[1], rest[2], rest[3], product, moved);
    }
    logs += log(((product[0] * product[1]) * (product[2] * product[3])) *
                ((product[4] * product[5]) * (product[6] * product[7])));
  }
  const double sum = ((moved[0] + moved[1]) + (moved[2] + moved[3])) +
                     ((moved[4] + moved[5]) + (moved[6] + moved[7]));
  return v == 0.0 ? logs + sum : logs - sum;
}

/* Cases side by side, so that each row of a table is fetched once for all. */
enum { cases_at_once = 16 };

static void score(const hm_model *model, hm_level level, int n, const double *x,
                  double *input, const double *up, const double *down,
                  int factors, double *value) {
  const int nv = model->nv, nh = model->nh;
  for (int s = 0; s < n; s++) {
    value[s] = 0.0;
    if (factors > 0) {
      signed_tails(nh, input + (ptrdiff_t)s * nh);
    }
  }
  for (int i = 0; i < nv; i++) {
    const ptrdiff_t row = (ptrdiff_t)i * nh;
    const double *w = model->W_rows + row;
    for (int s = 0; s < n; s++) {
      const double v = x[(ptrdiff_t)s * nv + i];
      const double *to_hidden = input + (ptrdiff_t)s * nh;
      if (factors > 0) {
        const double sign = v == 0.0 ? 1.0 : -1.0;
        value[s] -= hm_softplus(sign * model->b[i] + flip(level, nh, v, w,
                                                          to_hidden, up + row,
                                                          down + row, factors));
      } else {
        const double odds = log_odds(nh, v, model->b[i], w, to_hidden);
        value[s] -= v * hm_softplus(-odds) + (1.0 - v) * hm_softplus(odds);
      }
    }
  }
}

void hm_pseudo_log_lik(const hm_model *model, int n, const double *x,
                       double *input, const double *up, const double *down,
                       int factors, hm_hardware hw, double *value) {
  const int many = (ptrdiff_t)n * model->nv * model->nh >= HM_WORTH_THREADS;
  const int share = (n + hw.threads - 1) / hw.threads;
  const int at_once = share < cases_at_once ? share : cases_at_once;
#ifdef _OPENMP
#pragma omp parallel for num_threads(hw.threads) if (many)
#endif
  for (int first = 0; first < n; first += at_once) {
    score(model, hw.level, n - first < at_once ? n - first : at_once,
          x + (ptrdiff_t)first * model->nv,
          input + (ptrdiff_t)first * model->nh, up, down, factors,
          value + first);
  }
  (void)many;
}
