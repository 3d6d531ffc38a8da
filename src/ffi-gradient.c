#include "core/gradient.h"

#include <R.h>

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

typedef struct {
  hm_working working;
  hm_gradient_work gradient;
} sampled_work;

static void lay(hm_arena *arena, const hm_model *model, const hm_cases *cases,
                sampled_work *work) {
  hm_working_lay(arena, model, &work->working);
  hm_gradient_lay(arena, model->nv, model->nh, cases->N,
                  !hm_cases_binary(cases), &work->gradient);
}

static void sampled(const hm_model *model, const hm_cases *cases,
                    const hm_estimator *estimator, int k,
                    const hm_chance *chance, hm_hardware hw, double *gradient) {
  const hm_watch watch = ffi_watch();
  const hm_rows all = {NULL, 0, cases->N};
  sampled_work work;
  hm_arena measured = {NULL, 0};
  lay(&measured, model, cases, &work);
  hm_arena arena = ffi_arena(&measured);
  lay(&arena, model, cases, &work);
  hm_working_set(model, hw.level, &work.working);
  hm_gradient(&work.working, cases, &all, estimator, k, chance, &watch, hw,
              &work.gradient, gradient);
}

/* The gradient over all cases as one vector [gW by rows | gb | gc]. */
SEXP ffi_gradient(SEXP model, SEXP cases, SEXP estimator, SEXP k, SEXP key,
                  SEXP step, SEXP hardware) {
  const hm_model view = ffi_as_model(model);
  const hm_cases data = ffi_as_cases(cases);
  const hm_hardware hw = ffi_as_hardware(hardware);
  const SEXP gradient =
      PROTECT(Rf_allocVector(REALSXP, hm_parameters(view.nv, view.nh)));
  if (ffi_same(estimator, "exact")) {
    exact(&view, &data, hw, REAL(gradient));
  } else {
    uint32_t words[2];
    const hm_chance chance = {words, (uint32_t)Rf_asReal(step)};
    ffi_key(key, words);
    sampled(&view, &data, hm_estimator_named(ffi_string(estimator)),
            Rf_asInteger(k), &chance, hw, REAL(gradient));
  }
  UNPROTECT(1);
  return gradient;
}
