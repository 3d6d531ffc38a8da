#include "core/gradient.h"

#include <R.h>
#include <string.h>

#include "core/partition.h"
#include "ffi.h"

/* gradient += the model's averages, the exact negative phase. */
static void add_moments(const hm_model *model, const hm_watch *watch,
                        hm_hardware hw, double *gradient) {
  const ptrdiff_t n = hm_parameters(model->nv, model->nh);
  const ptrdiff_t weights = (ptrdiff_t)model->nv * model->nh;
  double *average = (double *)R_alloc((size_t)n, sizeof(double));
  double log_z;
  hm_moments_work work;
  hm_arena measured = {NULL, 0};
  hm_moments_lay(&measured, model, hw, &work);
  hm_arena arena = ffi_arena(&measured);
  hm_moments_lay(&arena, model, hw, &work);
  hm_walk_prepare(&work.walk);
  hm_moments(watch, &work, average + weights, average + weights + model->nv,
             average, &log_z);
  for (ptrdiff_t i = 0; i < n; i++) {
    gradient[i] += average[i];
  }
}

/* Positive phase by the data and negative phase by every state. */
static void exact(const hm_model *model, const hm_cases *cases, hm_hardware hw,
                  double *gradient) {
  const hm_watch watch = ffi_watch();
  hm_data_work work;
  hm_arena measured = {NULL, 0};
  hm_data_lay(&measured, model->nv, model->nh, cases->N, &work);
  hm_arena arena = ffi_arena(&measured);
  hm_data_lay(&arena, model->nv, model->nh, cases->N, &work);
  hm_data_gradient(model, cases, &watch, hw, &work, gradient);
  add_moments(model, &watch, hw, gradient);
}

/* As the estimator sees it, after `warmup` updates in which nothing but the
 * estimator's own chains, and fast weights, move. */
typedef struct {
  hm_working working;
  hm_working sampled;
  hm_phases gradient;
  double *both; /* theta with fast weights on top */
  double *fast;
  float *base;
  hm_particles particles;
} sampled_work;

static void lay(hm_arena *arena, const hm_model *model, const hm_cases *cases,
                const hm_estimator *estimator,
                const hm_estimator_options *options, hm_hardware hw,
                sampled_work *work) {
  const int nv = model->nv, nh = model->nh;
  hm_working_lay(arena, model, &work->working);
  hm_working_lay(arena, model, &work->sampled);
  hm_gradient_lay(arena, model, estimator, options, cases->N,
                  !hm_cases_binary(cases), hw, &work->gradient);
  work->both = hm_room(arena, hm_parameters(nv, nh), sizeof(double));
  work->fast = hm_room(arena, hm_parameters(nv, nh), sizeof(double));
  work->base = hm_singles_lay(arena, nv);
  work->particles.words = hm_room(
      arena, hm_estimator_words(estimator, nv, nh, options), sizeof(uint32_t));
  work->particles.numbers = hm_room(
      arena, hm_estimator_numbers(estimator, nv, nh, options), sizeof(double));
}

/* fast := decay fast - rate gradient, and the model with it on top. */
static void step_fast(const hm_model *model, SEXP plan, hm_level level,
                      const double *gradient, sampled_work *work) {
  const double rate = ffi_real(ffi_element(plan, "fast_rate"), "fast_rate");
  const double decay = ffi_real(ffi_element(plan, "fast_decay"), "fast_decay");
  const int nv = model->nv, nh = model->nh;
  const ptrdiff_t weights = (ptrdiff_t)nv * nh;
  double *both = work->both, *fast = work->fast;
  hm_model sum = *model;
  for (ptrdiff_t i = 0; i < weights + nv + nh; i++) {
    const double own = i < weights        ? model->W_rows[i]
                       : i < weights + nv ? model->b[i - weights]
                                          : model->c[i - weights - nv];
    fast[i] = decay * fast[i] - rate * gradient[i];
    both[i] = own + fast[i];
  }
  sum.W_rows = both;
  sum.b = both + weights;
  sum.c = sum.b + nv;
  hm_working_set(&sum, level, &work->sampled);
}

static void sampled(const hm_model *model, const hm_cases *cases, SEXP plan,
                    const uint32_t key[2], double step, hm_hardware hw,
                    double *gradient, double tally[4]) {
  const hm_estimator *estimator = ffi_as_estimator(plan, cases, model->nh);
  const hm_estimator_options options = ffi_as_estimation(plan);
  const int updates =
      ffi_int(ffi_element(plan, "warmup"), "warmup", 0, FFI_SWEEPS) + 1;
  const double last = (step + 1.0) * updates - 1.0;
  const double *base = ffi_reals(ffi_element(plan, "base"), "base", model->nv);
  const hm_watch watch = ffi_watch();
  const hm_rows all = {NULL, 0, cases->N};
  ffi_word(step, "step");
  ffi_word(last, "step");
  sampled_work work = {0};
  hm_arena measured = {NULL, 0};
  lay(&measured, model, cases, estimator, &options, hw, &work);
  hm_arena arena = ffi_arena(&measured);
  lay(&arena, model, cases, estimator, &options, hw, &work);
  for (int i = 0; i < model->nv; i++) {
    work.base[i] = (float)base[i];
  }
  for (int i = model->nv; i < hm_panels_across(model->nv) * HM_PANEL; i++) {
    work.base[i] = 0.0f;
  }
  for (ptrdiff_t i = 0; i < hm_parameters(model->nv, model->nh); i++) {
    work.fast[i] = 0.0;
  }
  hm_working_set(model, hw.level, &work.working);
  hm_working_set(model, hw.level, &work.sampled);
  hm_update update = {.options = &options,
                      .working = &work.working,
                      .sampled = &work.sampled,
                      .model = model,
                      .base = work.base,
                      .cases = cases,
                      .rows = &all,
                      .particles = &work.particles,
                      .watch = &watch,
                      .hw = hw};
  for (int number = 0; number < updates; number++) {
    const hm_chance chance = {key, (uint32_t)(step * updates + number)};
    update.chance = &chance;
    if (number == 0 && estimator->start) {
      estimator->start(&update, &work.gradient);
    }
    hm_gradient(estimator, &update, &work.gradient, gradient);
    if (estimator->fast) {
      step_fast(model, plan, hw.level, gradient, &work);
    }
  }
  memcpy(tally, work.gradient.tally, sizeof work.gradient.tally);
}

/* A list of the gradient over all cases as one vector [gW by rows | gb | gc],
 * and of what the estimator counted. */
SEXP ffi_gradient(SEXP model, SEXP cases, SEXP plan, SEXP key, SEXP step,
                  SEXP hardware) {
  const hm_model view = ffi_as_model(model);
  const hm_cases data = ffi_as_cases(cases, "cases", view.nv);
  const hm_hardware hw = ffi_as_hardware(hardware);
  const char *names[] = {"gradient", "tally", ""};
  const SEXP result = PROTECT(Rf_mkNamed(VECSXP, names));
  SET_VECTOR_ELT(result, 0,
                 Rf_allocVector(REALSXP, hm_parameters(view.nv, view.nh)));
  SET_VECTOR_ELT(result, 1, Rf_allocVector(REALSXP, 4));
  double *gradient = REAL(VECTOR_ELT(result, 0));
  double *tally = REAL(VECTOR_ELT(result, 1));
  memset(tally, 0, 4 * sizeof *tally);
  if (ffi_same(ffi_element(plan, "estimator"), "estimator", "exact")) {
    ffi_check_walk(view.nv, view.nh);
    exact(&view, &data, hw, gradient);
  } else {
    uint32_t words[2];
    ffi_key(key, words);
    sampled(&view, &data, plan, words, ffi_real(step, "step"), hw, gradient,
            tally);
  }
  UNPROTECT(1);
  return result;
}
