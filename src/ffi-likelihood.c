#include "core/likelihood.h"

#include <R.h>

#include "ffi.h"

/* The exact mean log-likelihood of cases of 0 and 1, each counted by its
 * weight, and the gradient of minus it, [gW by rows | gb | gc]. */
SEXP ffi_likelihood(SEXP model, SEXP cases, SEXP weight, SEXP hardware) {
  const hm_model view = ffi_as_model(model);
  const hm_cases data = ffi_as_states(cases, "cases", view.visible);
  const double *counts = ffi_reals(weight, "weight", data.N);
  const hm_hardware hw = ffi_as_hardware(hardware);
  const hm_watch watch = ffi_watch();
  const char *names[] = {"log_lik", "gradient", ""};
  double log_lik;
  ffi_check_walk(view.visible, view.nh);
  if (!hm_cases_binary(&data) && !view.visible->valued) {
    ffi_refuse("cases", "of 0 and 1");
  }
  hm_likelihood_work work;
  hm_arena measured = {NULL, 0};
  hm_likelihood_lay(&measured, &view, &data, hw, &work);
  hm_arena arena = ffi_arena(&measured);
  hm_likelihood_lay(&arena, &view, &data, hw, &work);

  const SEXP result = PROTECT(Rf_mkNamed(VECSXP, names));
  SET_VECTOR_ELT(result, 1,
                 Rf_allocVector(REALSXP, hm_parameters(view.nv, view.nh)));
  hm_likelihood(&view, &data, counts, &watch, hw, &work, &log_lik,
                REAL(VECTOR_ELT(result, 1)));
  SET_VECTOR_ELT(result, 0, Rf_ScalarReal(log_lik));
  UNPROTECT(1);
  return result;
}
