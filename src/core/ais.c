#include "ais.h"

#include <math.h>

void hm_ais_lay(hm_arena *arena, const hm_model *base, const hm_model *target,
                int runs, hm_ais_work *work) {
  const int nv = target->nv, nh = target->nh;
  work->room = hm_chains_at_once(nv, nh + base->nh, runs);
  hm_chains_lay(arena, nv, nh, work->room, &work->chains);
  hm_states_lay(arena, base->nh, work->room, &work->h_base);
  work->input = hm_room(arena, (ptrdiff_t)work->room * nh, sizeof(double));
  work->input_base =
      hm_room(arena, (ptrdiff_t)work->room * base->nh, sizeof(double));
  work->mean_base = hm_room(arena, (ptrdiff_t)work->room * nv, sizeof(double));
}

/* sum_j softplus(to x_j) - softplus(from x_j), and p[j] = sigm(to x_j). The
 * logs of up to `together` factors 1 + exp(-|y|), each from 1 to 2, are taken
 * at once. */
static double weigh(int n, const double *x, double from, double to, double *p) {
  enum { together = 512 };
  double sum = 0.0;
  for (int first = 0; first < n; first += together) {
    const int end = n - first < together ? n : first + together;
    double above = 1.0, below = 1.0, linear = 0.0;
    for (int j = first; j < end; j++) {
      const double e = exp(-fabs(to * x[j]));
      const double on = to * x[j] >= 0.0 ? 1.0 : e;
      above *= 1.0 + e;
      below *= 1.0 + exp(-fabs(from * x[j]));
      linear += x[j] > 0.0 ? x[j] : 0.0;
      p[j] = on / (1.0 + e);
    }
    sum += (to - from) * linear + log(above / below);
  }
  return sum;
}

/* Products of the lists' units with the biases, which hm_input has not. */
static double dot(const hm_lists *on, int s, const double *bias) {
  const int *item = on->item + (ptrdiff_t)s * on->stride;
  double sum = 0.0;
  for (int i = 0; i < on->count[s]; i++) {
    sum += bias[item[i]];
  }
  return sum;
}

/* Weighs each run from t `from` to t `to`, given the inputs of its state, and
 * leaves the means of the hidden layers at `to`. */
static void weigh_runs(const hm_model *base, const hm_model *target, int n,
                       double from, double to, int threads, hm_ais_work *work,
                       double *log_weight) {
  hm_chains *chains = &work->chains;
  const int many = (ptrdiff_t)n * target->nh * 20 >= HM_WORTH_THREADS;
#ifdef _OPENMP
#pragma omp parallel for num_threads(threads) if (many)
#endif
  for (int s = 0; s < n; s++) {
    const ptrdiff_t row = (ptrdiff_t)s * target->nh;
    double *input_base = work->input_base + (ptrdiff_t)s * base->nh;
    log_weight[s] +=
        weigh(target->nh, work->input + row, from, to, chains->mean_h + row);
    log_weight[s] +=
        weigh(base->nh, input_base, 1.0 - from, 1.0 - to, input_base);
    log_weight[s] += (to - from) * (dot(&chains->v.on, s, target->b) -
                                    dot(&chains->v.on, s, base->b));
  }
  (void)threads;
  (void)many;
}

/* mean_v := the means of the visible layer given both hidden layers at t. */
static void mean_visible(const hm_model *base, const hm_model *target, int n,
                         double t, int threads, hm_ais_work *work) {
  const hm_layer visible = hm_visible_layer(target);
  const hm_layer visible_base = hm_visible_layer(base);
  const int nv = target->nv;
  double *mean = work->chains.mean_v;
  hm_input(&visible, &work->chains.h, threads, mean);
  if (base->nh > 0) {
    hm_input(&visible_base, &work->h_base, threads, work->mean_base);
  }
  for (int s = 0; s < n; s++) {
    const ptrdiff_t row = (ptrdiff_t)s * nv;
    const double *of_base = base->nh > 0 ? work->mean_base + row : base->b;
    for (int i = 0; i < nv; i++) {
      mean[row + i] = t * mean[row + i] + (1.0 - t) * of_base[i];
    }
  }
  hm_mean(&visible, n, mean, threads, mean);
}

hm_status hm_ais(const hm_model *base, const hm_model *target, int K,
                 const double *t, const hm_rows *rows, const hm_chance *chance,
                 const hm_watch *watch, int threads, hm_ais_work *work,
                 double *log_weight) {
  const hm_layer visible = hm_visible_layer(target);
  const hm_layer hidden = hm_hidden_layer(target);
  const hm_layer hidden_base = hm_hidden_layer(base);
  hm_chains *chains = &work->chains;
  for (int s = 0; s < rows->n; s++) {
    log_weight[s] = 0.0;
  }
  for (int k = 1; k <= K; k++) {
    const uint32_t sweep = (uint32_t)k;
    hm_input(&hidden, &chains->v, threads, work->input);
    if (base->nh > 0) {
      hm_input(&hidden_base, &chains->v, threads, work->input_base);
    }
    weigh_runs(base, target, rows->n, t[k - 1], t[k], threads, work,
               log_weight);
    if (hm_stopped(watch)) {
      return HM_INTERRUPTED;
    }
    if (k == K) {
      break;
    }
    const hm_stream for_h =
        hm_stream_of(chance->key, HM_DRAW_HIDDEN, chance->step, sweep);
    const hm_stream for_base =
        hm_stream_of(chance->key, HM_DRAW_BASE, chance->step, sweep);
    const hm_stream for_v =
        hm_stream_of(chance->key, HM_DRAW_VISIBLE, chance->step, sweep);
    hm_draw(&hidden, rows, chains->mean_h, &for_h, threads, &chains->h);
    if (base->nh > 0) {
      hm_draw(&hidden_base, rows, work->input_base, &for_base, threads,
              &work->h_base);
    }
    mean_visible(base, target, rows->n, t[k], threads, work);
    hm_draw(&visible, rows, chains->mean_v, &for_v, threads, &chains->v);
  }
  return HM_OK;
}
