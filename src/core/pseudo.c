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

int hm_flips_tell(const hm_layer *visible) {
  return visible->runs == 1 && visible->run->kind == &hm_unit_binary;
}

int hm_layer_finite(const hm_layer *layer) {
  int finite = 1;
  for (int r = 0; r < layer->runs; r++) {
    finite =
        finite && layer->run[r].kind->levels && !layer->run[r].kind->by_nodes;
  }
  return finite;
}

void hm_column_bases(const hm_column *column, double *base) {
  double x[HM_WIDEST];
  for (int k = 0; k < column->kind->levels(column); k++) {
    base[k] = column->kind->code(column, k, x);
  }
}

int hm_move_column(const hm_model *model, const hm_column *column, int k,
                   const double *x, const double *input, double *by,
                   double *moved) {
  const int nh = model->nh;
  int moves = 0;
  column->kind->code(column, k, by);
  for (int r = 0; r < column->width; r++) {
    const double *w = model->W_rows + (ptrdiff_t)(column->first + r) * nh;
    by[r] -= x[r];
    if (by[r] < 0.0 || by[r] > 0.0) {
      for (int j = 0; j < nh; j++) {
        moved[j] = (moves ? moved[j] : input[j]) + by[r] * w[j];
      }
      moves = 1;
    }
  }
  if (!moves) {
    memcpy(moved, input, (size_t)nh * sizeof *moved);
  }
  return moves;
}

double hm_states_of_column(const hm_model *model, hm_level level,
                           const hm_choice *choice, const double *input,
                           double *moved, double *p) {
  const hm_column *column = choice->column;
  const int levels = column->kind->levels(column);
  double by[HM_WIDEST];
  int now = 0;
  p[0] = 0.0; /* there is a state */
  for (int k = 0; k < levels; k++) {
    double sum = 0.0;
    if (!hm_move_column(model, column, k, choice->x, input, by, moved)) {
      now = k;
    }
    for (int r = 0; r < column->width; r++) {
      sum += (choice->x[r] + by[r]) * model->b[column->first + r];
    }
    p[k] =
        sum + hm_layer_log_sum(level, model->hidden, moved) + choice->base[k];
  }
  const double sum = hm_log_sum_exp(levels, p), log_p = p[now] - sum;
  for (int k = 0; k < levels; k++) {
    p[k] = exp(p[k] - sum);
  }
  return log_p;
}

static void score_states(const hm_model *model, hm_level level, int n,
                         const double *x, const double *input, double *moved,
                         double *value) {
  double base[HM_LARGEST_SIZE + 1] = {0.0}, p[HM_LARGEST_SIZE + 1];
  memset(value, 0, (size_t)n * sizeof *value);
  hm_column column = hm_column_first(model->visible);
  for (; column.kind; hm_column_next(model->visible, &column)) {
    hm_column_bases(&column, base);
    for (int s = 0; s < n; s++) {
      const hm_choice choice = {&column, base,
                                x + (ptrdiff_t)s * model->nv + column.first};
      value[s] += hm_states_of_column(
          model, level, &choice, input + (ptrdiff_t)s * model->nh, moved, p);
    }
  }
}

ptrdiff_t hm_pseudo_states(const hm_layer *visible) {
  ptrdiff_t states = 0;
  if (hm_flips_tell(visible)) {
    return visible->units;
  }
  hm_column column = hm_column_first(visible);
  for (; column.kind; hm_column_next(visible, &column)) {
    states += column.kind->levels(&column);
  }
  return states;
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
  const ptrdiff_t states = hm_pseudo_states(model->visible);
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
    if (!hm_flips_tell(model->visible)) {
      score_states(model, hw.level, some, v, a, tail + room, value + first);
    } else if (flips) {
      score(model, hw.level, some, v, a, flips, tail + room, value + first);
    } else {
      score_reals(model, some, v, a, value + first);
    }
  }
  (void)parallel;
}

static int are_flips(const hm_model *model, const hm_cases *cases) {
  return hm_flips_tell(model->visible) && hm_cases_binary(cases);
}

void hm_pseudo_lay(hm_arena *arena, const hm_model *model,
                   const hm_cases *cases, hm_pseudo_work *work) {
  const int nv = model->nv, nh = model->nh, binary = are_flips(model, cases);
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
  const ptrdiff_t states = hm_pseudo_states(model->visible);
  const ptrdiff_t each = states * model->nh;
  const ptrdiff_t fit = HM_PIECE / 128 / (each > 0 ? each : 1);
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
  const int binary = are_flips(model, cases);
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
