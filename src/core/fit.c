#include "fit.h"

#include <math.h>
#include <string.h>

#include "linalg.h"

void hm_fit_lay(hm_arena *arena, const hm_plan *plan, const hm_cases *cases,
                hm_fit_work *work) {
  const int nv = cases->nv, nh = plan->nh;
  const ptrdiff_t weights = (ptrdiff_t)nv * nh;
  hm_gradient_lay(arena, nv, nh, plan->batch_size, &work->gradient_work);
  hm_monitor_lay(arena, cases, nh, &work->monitor_work);
  work->gradient = hm_room(arena, hm_parameters(nv, nh), sizeof(double));
  work->W_cols = hm_room(arena, weights, sizeof(double));
  work->sums = hm_room(arena, hm_optim_blocks(weights), sizeof(double));
  work->order = hm_room(arena, cases->N, sizeof(int));
}

void hm_fit_start(const hm_cases *cases, int nh, double sd,
                  const uint32_t key[2], double *theta) {
  const hm_stream stream = hm_stream_of(key, HM_DRAW_WEIGHTS, 0, 0);
  double *b = theta + (ptrdiff_t)cases->nv * nh;
  double *c = b + cases->nv;
  for (int i = 0; i < cases->nv; i++) {
    double *row = theta + (ptrdiff_t)i * nh;
    hm_normals(&stream, (uint32_t)i, nh, row);
    for (int j = 0; j < nh; j++) {
      row[j] *= sd;
    }
  }
  hm_unit_sums(cases, b);
  for (int i = 0; i < cases->nv; i++) {
    b[i] = log((b[i] + 0.5) / (cases->N - b[i] + 0.5));
  }
  memset(c, 0, (size_t)nh * sizeof *c);
}

static hm_model model_of(const hm_plan *plan, int nv, const double *theta,
                         const double *W_cols) {
  const double *b = theta + (ptrdiff_t)nv * plan->nh;
  hm_model model = {nv, plan->nh, theta,         W_cols,
                    b,  b + nv,   plan->visible, plan->hidden};
  return model;
}

hm_status hm_fit_epoch(const hm_plan *plan, const hm_cases *cases, int epoch,
                       const hm_watch *watch, hm_fit_work *work, double *theta,
                       double *memory, hm_epoch_report *report) {
  const int nv = cases->nv, nh = plan->nh;
  const ptrdiff_t weights = (ptrdiff_t)nv * nh;
  const hm_model model = model_of(plan, nv, theta, work->W_cols);
  const hm_stream order =
      hm_stream_of(plan->key, HM_DRAW_ORDER, (uint32_t)epoch, 0);
  const hm_rows all = {work->order, 0, cases->N};
  const int batches = (cases->N - 1) / plan->batch_size + 1;
  double steps = 0.0;

  hm_shuffle(&order, cases->N, work->order);
  hm_transpose(nv, nh, theta, work->W_cols, plan->threads);
  for (int batch = 0; batch < batches; batch++) {
    const hm_rows rows =
        hm_rows_from(&all, batch * plan->batch_size, plan->batch_size);
    const hm_chance chance = {
        plan->key, (uint32_t)epoch * (uint32_t)batches + (uint32_t)batch};
    const hm_status status =
        hm_gradient(&model, cases, &rows, plan->estimator, plan->k, &chance,
                    watch, plan->threads, &work->gradient_work, work->gradient);
    if (status != HM_OK) {
      return status;
    }
    steps +=
        hm_optim_step(plan->optimiser, &plan->options, weights, nv + nh,
                      work->gradient, memory, theta, work->sums, plan->threads);
    if (!hm_within(hm_parameters(nv, nh), theta, HM_LARGEST_PARAMETER)) {
      return HM_DIVERGED;
    }
    hm_transpose(nv, nh, theta, work->W_cols, plan->threads);
  }

  report->weight_norm = sqrt(hm_sum_squares(weights, theta));
  report->step_norm = steps / batches;
  hm_monitor_choose(cases, plan->key, &work->monitor_work);
  return hm_monitor(&model, cases, watch, plan->threads, &work->monitor_work,
                    &report->monitor);
}
