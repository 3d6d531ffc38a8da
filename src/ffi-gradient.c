#include "core/gradient.h"

#include <R.h>

#include "core/partition.h"
#include "ffi.h"

/* gradient += the model's averages, the exact negative phase. */
static void add_moments(const hm_model *model, const hm_watch *watch,
                        int threads, double *gradient) {
  const ptrdiff_t n = hm_parameters(model->nv, model->nh);
  const ptrdiff_t weights = (ptrdiff_t)model->nv * model->nh;
  double *average = (double *)R_alloc((size_t)n, sizeof(double));
  double log_z;
  hm_moments_work work;
  hm_arena measured = {NULL, 0};
  hm_moments_lay(&measured, model, threads, &work);
  hm_arena arena = ffi_arena(&measured);
  hm_moments_lay(&arena, model, threads, &work);
  hm_walk_prepare(&work.walk);
  hm_moments(watch, &work, average + weights, average + weights + model->nv,
             average, &log_z);
  for (ptrdiff_t i = 0; i < n; i++) {
    gradient[i] += average[i];
  }
}

/* The gradient over all cases as one vector [gW by rows | gb | gc]. */
SEXP ffi_gradient(SEXP model, SEXP cases, SEXP estimator, SEXP k, SEXP key,
                  SEXP step, SEXP threads) {
  const hm_model view = ffi_as_model(model);
  const hm_cases data = ffi_as_cases(cases);
  const int exact = ffi_same(estimator, "exact");
  const int many = Rf_asInteger(threads);
  const hm_rows all = {NULL, 0, data.N};
  const hm_watch watch = ffi_watch();
  uint32_t words[2] = {0, 0};
  const hm_chance chance = {words, (uint32_t)Rf_asReal(step)};
  hm_gradient_work work;
  hm_arena measured = {NULL, 0};
  hm_gradient_lay(&measured, view.nv, view.nh, data.N, &work);
  hm_arena arena = ffi_arena(&measured);
  hm_gradient_lay(&arena, view.nv, view.nh, data.N, &work);
  if (!exact) {
    ffi_key(key, words);
  }

  const SEXP gradient =
      PROTECT(Rf_allocVector(REALSXP, hm_parameters(view.nv, view.nh)));
  hm_gradient(&view, &data, &all,
              exact ? NULL : hm_estimator_named(ffi_string(estimator)),
              Rf_asInteger(k), &chance, &watch, many, &work, REAL(gradient));
  if (exact) {
    add_moments(&view, &watch, many, REAL(gradient));
  }
  UNPROTECT(1);
  return gradient;
}
