#include "estimate.h"

#include <string.h>

#include "optim.h"

void hm_estimate_lay(hm_arena *arena, const hm_model *model,
                     const hm_cases *cases, const hm_estimate_plan *plan,
                     hm_hardware hw, hm_estimate_work *work) {
  const int nv = model->nv, nh = model->nh;
  const hm_estimator *estimator = plan->estimator;
  const hm_estimator_options *options = &plan->options;
  const hm_gradient_needs needs = {.cases = cases->N,
                                   .reals = !hm_cases_binary(cases),
                                   .weighted = cases->weight != NULL};
  const ptrdiff_t fast = estimator->fast ? hm_parameters(nv, nh) : 0;
  hm_working_lay(arena, model, &work->working);
  hm_gradient_lay(arena, model, estimator, options, &needs, hw, &work->phases);
  if (estimator->fast) {
    hm_working_lay(arena, model, &work->sampled);
  }
  work->both = hm_allot(arena, fast, sizeof(double));
  work->fast = hm_allot(arena, fast, sizeof(double));
  work->base = hm_singles_lay(arena, model->visible->places);
  hm_fill_lay(arena, cases, model->visible, cases->N, work->phases.room,
              &work->fill);
  work->particles.words =
      hm_allot(arena, hm_estimator_words(estimator, model->visible, options),
               sizeof(uint32_t));
  work->particles.numbers =
      hm_allot(arena, hm_estimator_numbers(estimator, options), sizeof(double));
}

/* The model with fast weights on top. */
static void set_sampled(const hm_model *model, hm_level level,
                        hm_estimate_work *work) {
  const ptrdiff_t weights = (ptrdiff_t)model->nv * model->nh;
  double *both = work->both;
  memcpy(both, model->W_rows, (size_t)weights * sizeof *both);
  memcpy(both + weights, model->b, (size_t)model->nv * sizeof *both);
  memcpy(both + weights + model->nv, model->c,
         (size_t)model->nh * sizeof *both);
  for (ptrdiff_t i = 0; i < hm_parameters(model->nv, model->nh); i++) {
    both[i] += work->fast[i];
  }
  const hm_model sum =
      hm_model_of(model->nv, model->nh, model->visible, model->hidden, both);
  hm_working_set(&sum, level, &work->sampled);
}

static void prepare(const hm_model *model, const hm_estimate_plan *plan,
                    hm_level level, hm_estimate_work *work) {
  hm_layer_set_singles(model->visible, plan->base, work->base);
  hm_working_set(model, level, &work->working);
  memset(work->phases.tally, 0, sizeof work->phases.tally);
  if (plan->estimator->fast) {
    memset(work->fast, 0,
           (size_t)hm_parameters(model->nv, model->nh) * sizeof *work->fast);
    set_sampled(model, level, work);
  }
}

hm_status hm_estimate(const hm_model *model, const hm_cases *cases,
                      const hm_estimate_plan *plan, uint32_t number,
                      const hm_watch *watch, hm_hardware hw,
                      hm_estimate_work *work, double *gradient) {
  const hm_estimator *estimator = plan->estimator;
  const hm_rows all = {NULL, 0, cases->N};
  const uint32_t updates = (uint32_t)plan->warmup + 1;
  /* Each estimate fills cells that are missing anew. */
  const uint32_t own[2] = {plan->key[0], plan->key[1] + number};
  prepare(model, plan, hw.level, work);
  hm_fill_start(model->visible, plan->base, own, &work->fill);
  hm_update update = {
      .options = &plan->options,
      .working = &work->working,
      .sampled = estimator->fast ? &work->sampled : &work->working,
      .model = model,
      .base = work->base,
      .cases = &work->fill.cases,
      .fill = work->fill.most > 0 ? &work->fill : NULL,
      .rows = &all,
      .particles = &work->particles,
      .watch = watch,
      .hw = hw};
  for (uint32_t i = 0; i < updates; i++) {
    const hm_chance chance = {plan->key, number * updates + i};
    update.chance = &chance;
    if (i == 0 && estimator->start) {
      estimator->start(&update, &work->phases);
    }
    const hm_status status =
        hm_gradient(estimator, &update, &work->phases, gradient);
    if (status != HM_OK) {
      return status;
    }
    if (estimator->fast) {
      hm_step_fast(hm_parameters(model->nv, model->nh), plan->fast_rate,
                   plan->fast_decay, gradient, work->fast);
      set_sampled(model, hw.level, work);
    }
  }
  return HM_OK;
}

void hm_exact_lay(hm_arena *arena, const hm_model *model, const hm_cases *cases,
                  hm_hardware hw, hm_exact_work *work) {
  hm_data_lay(arena, cases, model->nh, &work->data);
  hm_moments_lay(arena, model, hw, &work->moments);
  work->average =
      hm_allot(arena, hm_parameters(model->nv, model->nh), sizeof(double));
}

hm_status hm_exact_gradient(const hm_model *model, const hm_cases *cases,
                            const hm_watch *watch, hm_hardware hw,
                            hm_exact_work *work, double *gradient) {
  const int nv = model->nv;
  double *vh = work->average, *v = vh + (ptrdiff_t)nv * model->nh;
  double log_z;
  hm_status status =
      hm_data_gradient(model, cases, watch, hw, &work->data, gradient);
  if (status != HM_OK) {
    return status;
  }
  hm_walk_prepare(&work->moments.walk);
  status = hm_moments(watch, &work->moments, v, v + nv, vh, &log_z);
  for (ptrdiff_t i = 0; i < hm_parameters(nv, model->nh); i++) {
    gradient[i] += work->average[i];
  }
  return status;
}
