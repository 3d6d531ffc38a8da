#include "likelihood.h"

#include <string.h>

void hm_likelihood_lay(hm_arena *arena, const hm_model *shape,
                       const hm_cases *cases, hm_hardware hw,
                       hm_likelihood_work *work) {
  const int N = cases->N, reals = !hm_cases_binary(cases);
  const ptrdiff_t size = hm_parameters(shape->nv, shape->nh);
  hm_moments_lay(arena, shape, hw, &work->moments);
  hm_lists_lay(arena, N, shape->nv, &work->v);
  const ptrdiff_t cells = reals ? (ptrdiff_t)N * shape->nv : 0;
  float *value = hm_allot(arena, cells, sizeof *value);
  work->v.value = reals ? value : NULL;
  work->average = hm_allot(arena, size, sizeof(double));
  work->sum = hm_allot(arena, HM_PARTS * (size + 1), sizeof(double));
  work->input =
      hm_allot(arena, HM_PARTS * 2 * (ptrdiff_t)shape->nh, sizeof(double));
}

static void add_row(int n, double weight, const double *x, double *sum) {
  for (int j = 0; j < n; j++) {
    sum[j] += weight * x[j];
  }
}

/* Adds case s to the sums [W | b | c | L]. */
static void add_case(const hm_model *model, const hm_lists *v, int s,
                     double weight, hm_level level, double *input,
                     double *sum) {
  const int nv = model->nv, nh = model->nh;
  const ptrdiff_t first = (ptrdiff_t)s * v->stride;
  const int *on = v->item + first;
  const float *value = v->value ? v->value + first : NULL;
  double *mean = input + nh;
  double *gb = sum + (ptrdiff_t)nv * nh, *gc = gb + nv;
  double of_b = 0.0;
  memcpy(input, model->c, (size_t)nh * sizeof *input);
  for (int t = 0; t < v->count[s]; t++) {
    const double x = value ? (double)value[t] : 1.0;
    of_b += x * model->b[on[t]];
    add_row(nh, x, model->W_rows + (ptrdiff_t)on[t] * nh, input);
  }
  hm_layer_mean(level, model->hidden, input, mean);
  for (int t = 0; t < v->count[s]; t++) {
    const double x = value ? weight * (double)value[t] : weight;
    add_row(nh, x, mean, sum + (ptrdiff_t)on[t] * nh);
    gb[on[t]] += x;
  }
  add_row(nh, weight, mean, gc);
  gc[nh] += weight * (of_b + hm_layer_log_base_listed(model->visible, v, s) +
                      hm_layer_log_sum(level, model->hidden, input));
}

hm_status hm_likelihood(const hm_model *model, const hm_cases *cases,
                        const double *weight, const hm_watch *watch,
                        hm_hardware hw, hm_likelihood_work *work,
                        double *log_lik, double *gradient) {
  const int nv = model->nv, nh = model->nh, N = cases->N;
  const hm_rows all = {NULL, 0, N};
  const ptrdiff_t size = hm_parameters(nv, nh);
  const int shared = (ptrdiff_t)N * nv * nh >= HM_WORTH_THREADS;
  double *average = work->average, total = 0.0, log_z;
  hm_walk_set(model, &work->moments.walk);
  const hm_status status =
      hm_moments(watch, &work->moments, average + (ptrdiff_t)nv * nh,
                 average + (ptrdiff_t)nv * nh + nv, average, &log_z);
  if (status != HM_OK) {
    return status;
  }
  hm_take_lists(cases, &all, &work->v);
  memset(work->sum, 0, (size_t)(HM_PARTS * (size + 1)) * sizeof(double));
#ifdef _OPENMP
#pragma omp parallel for num_threads(hw.threads) if (shared)
#endif
  for (int part = 0; part < HM_PARTS; part++) {
    for (int s = part; s < N; s += HM_PARTS) {
      add_case(model, &work->v, s, weight[s], hw.level,
               work->input + (ptrdiff_t)part * 2 * nh,
               work->sum + part * (size + 1));
    }
  }
  (void)shared;
  for (int part = 1; part < HM_PARTS; part++) {
    for (ptrdiff_t i = 0; i <= size; i++) {
      work->sum[i] += work->sum[part * (size + 1) + i];
    }
  }
  for (int s = 0; s < N; s++) {
    total += weight[s];
  }
  for (ptrdiff_t i = 0; i < size; i++) {
    gradient[i] = average[i] - work->sum[i] / total;
  }
  *log_lik = work->sum[size] / total - log_z;
  return HM_OK;
}
