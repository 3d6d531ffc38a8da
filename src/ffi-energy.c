#include "core/energy.h"

#include <R.h>

#include "core/cases.h"
#include "ffi.h"

/* E(v, h) of each pair of cases. */
SEXP ffi_energy(SEXP model, SEXP v, SEXP h, SEXP hardware) {
  const hm_model view = ffi_as_any_model(model);
  const hm_cases visible = ffi_as_states(v, "v", view.visible);
  const hm_cases hidden = ffi_as_cases(h, "h", view.nh);
  const hm_hardware hw = ffi_as_hardware(hardware);
  const hm_watch watch = ffi_watch();
  hm_energy_work work;
  if (visible.N != hidden.N) {
    ffi_refuse("h", "of as many cases as `v`");
  }
  hm_arena measured = {NULL, 0};
  hm_energy_lay(&measured, &view, &visible, &hidden, &work);
  hm_arena arena = ffi_arena(&measured);
  hm_energy_lay(&arena, &view, &visible, &hidden, &work);
  const SEXP energy = PROTECT(Rf_allocVector(REALSXP, visible.N));
  hm_energy_cases(&view, &visible, &hidden, &watch, hw, &work, REAL(energy));
  UNPROTECT(1);
  return energy;
}

/* F(v) of each case. */
SEXP ffi_free_energy(SEXP model, SEXP v, SEXP hardware) {
  const hm_model view = ffi_as_any_model(model);
  const hm_cases visible = ffi_as_states(v, "v", view.visible);
  const hm_hardware hw = ffi_as_hardware(hardware);
  const hm_watch watch = ffi_watch();
  hm_energy_work work;
  hm_arena measured = {NULL, 0};
  hm_energy_lay(&measured, &view, &visible, NULL, &work);
  hm_arena arena = ffi_arena(&measured);
  hm_energy_lay(&arena, &view, &visible, NULL, &work);
  const SEXP energy = PROTECT(Rf_allocVector(REALSXP, visible.N));
  hm_free_energy_cases(&view, &visible, &watch, hw, &work, REAL(energy));
  UNPROTECT(1);
  return energy;
}
