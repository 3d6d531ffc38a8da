#include "pseudo.h"

#include <math.h>
#include <string.h>

#include "conditional.h"
#include "special.h"

#define HM_KERNEL_FILE "pseudo-kernel.h"
#include "simd-each-kernel.h"

void hm_flips_lay(hm_arena *arena, int rows, int nh, hm_flips *flips) {
  flips->wide = (nh + 7) / 8 * 8;
  flips->factors = 0;
  const ptrdiff_t cells = (ptrdiff_t)rows * flips->wide;
  flips->W = hm_allot(arena, cells, sizeof(double));
  flips->up = hm_allot(arena, cells, sizeof(double));
  flips->down = hm_allot(arena, cells, sizeof(double));
}

void hm_flips_set(const hm_model *model, hm_level level, hm_flips *flips) {
  static void (*const kernels[])(ptrdiff_t, const double *, double *,
                                 double *) = HM_LEVELS(tables);
  const int nv = model->nv, nh = model->nh, wide = flips->wide;
  double largest = 0.0;
  for (ptrdiff_t i = 0; i < nv; i++) {
    double *row = flips->W + i * wide;
    memcpy(row, model->W_rows + i * nh, (size_t)nh * sizeof *row);
    memset(row + nh, 0, (size_t)(wide - nh) * sizeof *row);
    for (int j = 0; j < nh; j++) {
      const double size = fabs(row[j]);
      largest = size > largest ? size : largest;
    }
  }
  kernels[level]((ptrdiff_t)nv * wide, flips->W, flips->up, flips->down);
  /* A factor lies between 1/2 and exp(largest), a double below exp(709). */
  const double factors = 700.0 / (largest + 1.0);
  flips->factors = factors < 256.0 ? (int)factors / 8 * 8 : 256;
}

/* sigm(-|input|), with the sign of the input: of 0 too, which it is where
 * |input| is very large. Or the inputs, where the tables are no good. */
void hm_flips_start(int nh, hm_level level, const hm_flips *flips,
                    const double *input, double *tail) {
  memset(tail, 0, (size_t)flips->wide * sizeof *tail);
  if (flips->factors == 0) {
    memcpy(tail, input, (size_t)nh * sizeof *tail);
    return;
  }
  for (int j = 0; j < nh; j++) {
    tail[j] = -fabs(input[j]);
  }
  hm_sigm_all(level, flips->wide, tail, tail);
  for (int j = 0; j < nh; j++) {
    tail[j] = copysign(tail[j], input[j]);
  }
}

/* From the definition, for weights out of the range of the tables. */
static double flip_by_definition(int nh, double sign, const double *w,
                                 const double *input, double *mean) {
  double sum = 0.0;
  for (int j = 0; j < nh; j++) {
    const double moved = input[j] + sign * w[j];
    sum += hm_softplus(moved) - hm_softplus(input[j]);
    if (mean) {
      mean[j] = hm_sigm(moved);
    }
  }
  return sum;
}

/* With a product in place of exponentials. Input a_j moves by d, which is w_j
 * or -w_j, and with r = sigm(-|a|)
 *
 *   softplus(a + d) - softplus(a) = log(1 + r (exp(-d) - 1)) + d   for a > 0
 *                                 = log(1 + r (exp(d) - 1))        otherwise,
 *
 * where r <= 1/2: no factor is below 1/2, so nothing cancels. */
double hm_flip(const hm_model *model, hm_level level, const hm_flips *flips,
               int i, double v, const double *tail, double *mean) {
  static void (*const kernels[])(ptrdiff_t, const double *, const double *,
                                 const double *, const double *, double *,
                                 double *, double *) = HM_LEVELS(flip);
  const ptrdiff_t row = (ptrdiff_t)i * flips->wide;
  const double *w = flips->W + row;
  const double *grows = (v == 0.0 ? flips->up : flips->down) + row;
  const double *shrinks = (v == 0.0 ? flips->down : flips->up) + row;
  const double sign = 1.0 - 2.0 * v;
  double logs = 0.0, moved[8] = {0.0};
  if (flips->factors == 0) {
    return sign * model->b[i] +
           flip_by_definition(model->nh, sign, w, tail, mean);
  }
  for (int at = 0; at < flips->wide; at += flips->factors) {
    const int left = flips->wide - at;
    double product[8] = {1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0};
    kernels[level](left < flips->factors ? left : flips->factors, w + at,
                   tail + at, grows + at, shrinks + at, mean ? mean + at : NULL,
                   product, moved);
    logs += log(((product[0] * product[1]) * (product[2] * product[3])) *
                ((product[4] * product[5]) * (product[6] * product[7])));
  }
  const double sum = ((moved[0] + moved[1]) + (moved[2] + moved[3])) +
                     ((moved[4] + moved[5]) + (moved[6] + moved[7]));
  return sign * (model->b[i] + sum) + logs;
}

/* Log odds of "on", from the definition, for intensities. */
static double log_odds(int nh, double v, double bias, const double *w,
                       const double *input) {
  double sum = bias;
  for (int j = 0; j < nh; j++) {
    const double off = input[j] - v * w[j];
    sum += hm_softplus(off + w[j]) - hm_softplus(off);
  }
  return sum;
}

/* Cases side by side, so that each row of a table is fetched once for all. */
enum { cases_at_once = 16 };

static void score_reals(const hm_model *model, int n, const double *x,
                        const double *input, double *value) {
  const int nv = model->nv, nh = model->nh;
  memset(value, 0, (size_t)n * sizeof *value);
  for (int i = 0; i < nv; i++) {
    for (int s = 0; s < n; s++) {
      const double v = x[(ptrdiff_t)s * nv + i];
      const double odds =
          log_odds(nh, v, model->b[i], model->W_rows + (ptrdiff_t)i * nh,
                   input + (ptrdiff_t)s * nh);
      value[s] -= v * hm_softplus(-odds) + (1.0 - v) * hm_softplus(odds);
    }
  }
}

void hm_move_input(const hm_model *model, int i, double by, const double *input,
                   double *moved) {
  const double *w = model->W_rows + (ptrdiff_t)i * model->nh;
  for (int j = 0; j < model->nh; j++) {
    moved[j] = input[j] + by * w[j];
  }
}

double hm_states_of_unit(const hm_model *model, hm_level level, int i,
                         const double *base, double v, const double *input,
                         double *moved, double *p) {
  const int most = hm_layer_support(model->visible, i);
  for (int x = 0; x <= most; x++) {
    hm_move_input(model, i, x - v, input, moved);
    p[x] = x * model->b[i] + hm_layer_log_sum(level, model->hidden, moved) +
           base[x];
  }
  const double sum = hm_log_sum_exp(most + 1, p), log_p = p[(int)v] - sum;
  for (int x = 0; x <= most; x++) {
    p[x] = exp(p[x] - sum);
  }
  return log_p;
}

static void score_states(const hm_model *model, hm_level level, int n,
                         const double *x, const double *input, double *moved,
                         double *value) {
  double base[HM_LARGEST_SIZE + 1], p[HM_LARGEST_SIZE + 1];
  memset(value, 0, (size_t)n * sizeof *value);
  for (int i = 0; i < model->nv; i++) {
    hm_layer_log_bases(model->visible, i, base);
    for (int s = 0; s < n; s++) {
      value[s] += hm_states_of_unit(model, level, i, base,
                                    x[(ptrdiff_t)s * model->nv + i],
                                    input + (ptrdiff_t)s * model->nh, moved, p);
    }
  }
}

static void score(const hm_model *model, hm_level level, int n, const double *x,
                  const double *input, const hm_flips *flips, double *tail,
                  double *value) {
  const int nv = model->nv, nh = model->nh, wide = flips->wide;
  for (int s = 0; s < n; s++) {
    value[s] = 0.0;
    hm_flips_start(nh, level, flips, input + (ptrdiff_t)s * nh,
                   tail + (ptrdiff_t)s * wide);
  }
  for (int i = 0; i < nv; i++) {
    for (int s = 0; s < n; s++) {
      value[s] -=
          hm_softplus(hm_flip(model, level, flips, i, x[(ptrdiff_t)s * nv + i],
                              tail + (ptrdiff_t)s * wide, NULL));
    }
  }
}

void hm_pseudo_log_lik(const hm_model *model, int n, const double *x,
                       const double *input, const hm_flips *flips,
                       hm_hardware hw, double *tail, double *value) {
  const int nv = model->nv, nh = model->nh;
  const ptrdiff_t states =
      model->visible->valued ? hm_layer_states(model->visible) : nv;
  const int parallel = n * states * nh >= HM_WORTH_THREADS;
  const int share = (n + hw.threads - 1) / hw.threads;
  const int at_once = share < cases_at_once ? share : cases_at_once;
#ifdef _OPENMP
#pragma omp parallel for num_threads(hw.threads) if (parallel)
#endif
  for (int first = 0; first < n; first += at_once) {
    const int some = n - first < at_once ? n - first : at_once;
    const double *v = x + (ptrdiff_t)first * nv;
    const double *a = input + (ptrdiff_t)first * nh;
    const ptrdiff_t room = first * (ptrdiff_t)((model->nh + 7) / 8 * 8);
    if (model->visible->valued) {
      score_states(model, hw.level, some, v, a, tail + room, value + first);
    } else if (flips) {
      score(model, hw.level, some, v, a, flips, tail + room, value + first);
    } else {
      score_reals(model, some, v, a, value + first);
    }
  }
  (void)parallel;
}

void hm_pseudo_lay(hm_arena *arena, const hm_model *model,
                   const hm_cases *cases, hm_pseudo_work *work) {
  const int nv = model->nv, nh = model->nh, binary = hm_cases_binary(cases);
  const ptrdiff_t room = hm_cases_at_once(nv, nh, cases->N);
  hm_reader_lay(arena, cases, (int)room, &work->v);
  hm_flips_lay(arena, binary ? nv : 0, nh, &work->flips);
  work->x = hm_allot(arena, room * nv, sizeof(double));
  work->input = hm_allot(arena, room * nh, sizeof(double));
  work->tail = hm_allot(arena, room * work->flips.wide, sizeof(double));
}

/* How many cases are scored between two looks at the watch: without tables a
 * product costs some hundred times as much. */
static int scored_at_once(const hm_model *model, int room, int threads,
                          const hm_flips *flips) {
  const ptrdiff_t states =
      model->visible->valued ? hm_layer_states(model->visible) : model->nv;
  const ptrdiff_t fit = HM_PIECE / 128 / (states * model->nh);
  const int least = threads < room ? threads : room;
  return flips && flips->factors > 0 ? room
         : fit > room                ? room
         : fit < least               ? least
                                     : (int)fit;
}

hm_status hm_pseudo_cases(const hm_model *model, const hm_cases *cases,
                          const hm_watch *watch, hm_hardware hw,
                          hm_pseudo_work *work, double *value) {
  const hm_link hidden = hm_link_to_hidden(model);
  const int binary = hm_cases_binary(cases);
  const hm_flips *flips = binary ? &work->flips : NULL;
  hm_rows rows;
  if (binary) {
    hm_flips_set(model, hw.level, &work->flips);
  }
  const int few = scored_at_once(model, work->v.room, hw.threads, flips);
  for (int first = 0; hm_read(cases, first, &work->v, &rows); first += rows.n) {
    hm_states_to_reals(&work->v.states, work->x);
    hm_input(&hidden, &work->v.states, hw, work->input);
    for (int from = 0; from < rows.n; from += few) {
      const int n = rows.n - from < few ? rows.n - from : few;
      hm_pseudo_log_lik(model, n, work->x + (ptrdiff_t)from * model->nv,
                        work->input + (ptrdiff_t)from * model->nh, flips, hw,
                        work->tail, value + first + from);
      if (hm_stopped_after(n, watch)) {
        return HM_INTERRUPTED;
      }
    }
  }
  return HM_OK;
}
