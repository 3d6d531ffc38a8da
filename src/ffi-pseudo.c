#include "core/pseudo.h"

#include <R.h>

#include "ffi.h"

/* Pseudo-log-likelihood of each case. */
SEXP ffi_pseudo_log_lik(SEXP model, SEXP cases, SEXP hardware) {
  const hm_model view = ffi_as_any_model(model);
  if (!hm_layer_finite(view.visible)) {
    ffi_refuse("units", "of finitely many states");
  }
  const hm_cases data = ffi_as_states(cases, "cases", view.visible);
  const hm_hardware hw = ffi_as_hardware(hardware);
  const hm_watch watch = ffi_watch();
  hm_pseudo_work work;
  hm_arena measured = {NULL, 0};
  hm_pseudo_lay(&measured, &view, &data, &work);
  hm_arena arena = ffi_arena(&measured);
  hm_pseudo_lay(&arena, &view, &data, &work);
  const SEXP value = PROTECT(Rf_allocVector(REALSXP, data.N));
  hm_pseudo_cases(&view, &data, &watch, hw, &work, REAL(value));
  UNPROTECT(1);
  return value;
}
