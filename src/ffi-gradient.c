#include "core/gradient.h"

#include <R.h>

#include "ffi.h"

/* The gradient over all cases as one vector [gW by rows | gb | gc]. */
SEXP ffi_gradient(SEXP model, SEXP cases, SEXP estimator, SEXP k, SEXP key,
                  SEXP step, SEXP threads) {
  const hm_model view = ffi_as_model(model);
  const hm_cases data = ffi_as_cases(cases);
  const hm_rows all = {NULL, 0, data.N};
  const hm_watch watch = ffi_watch();
  uint32_t words[2];
  const hm_chance chance = {words, (uint32_t)Rf_asReal(step)};
  hm_gradient_work work;
  hm_arena measured = {NULL, 0};
  hm_gradient_lay(&measured, view.nv, view.nh, data.N, &work);
  hm_arena arena = ffi_arena(&measured);
  hm_gradient_lay(&arena, view.nv, view.nh, data.N, &work);
  ffi_key(key, words);

  const SEXP gradient =
      PROTECT(Rf_allocVector(REALSXP, hm_parameters(view.nv, view.nh)));
  hm_gradient(&view, &data, &all, hm_estimator_named(ffi_string(estimator)),
              Rf_asInteger(k), &chance, &watch, Rf_asInteger(threads), &work,
              REAL(gradient));
  UNPROTECT(1);
  return gradient;
}
