#include "core/estimator.h"
#include "core/linalg.h"
#include "core/optim.h"
#include "ffi.h"

/* The names in the core's tables: what R offers as choices. */
SEXP ffi_kinds(void) {
  const char *names[] = {"unit", "estimator", "optimiser", ""};
  const SEXP kinds = PROTECT(Rf_mkNamed(VECSXP, names));
  int units = 0, estimators = 0, optimisers = 0;
  while (hm_unit_row(units)) {
    units++;
  }
  while (hm_estimator_row(estimators)) {
    estimators++;
  }
  while (hm_optimiser_row(optimisers)) {
    optimisers++;
  }
  SET_VECTOR_ELT(kinds, 0, Rf_allocVector(STRSXP, units));
  SET_VECTOR_ELT(kinds, 1, Rf_allocVector(STRSXP, estimators));
  SET_VECTOR_ELT(kinds, 2, Rf_allocVector(STRSXP, optimisers));
  for (int i = 0; i < units; i++) {
    SET_STRING_ELT(VECTOR_ELT(kinds, 0), i, Rf_mkChar(hm_unit_row(i)->name));
  }
  for (int i = 0; i < estimators; i++) {
    SET_STRING_ELT(VECTOR_ELT(kinds, 1), i,
                   Rf_mkChar(hm_estimator_row(i)->name));
  }
  for (int i = 0; i < optimisers; i++) {
    SET_STRING_ELT(VECTOR_ELT(kinds, 2), i,
                   Rf_mkChar(hm_optimiser_row(i)->name));
  }
  UNPROTECT(1);
  return kinds;
}

/* W as a matrix, from a vector that begins with it, row by row. */
SEXP ffi_model_weights(SEXP theta, SEXP visible, SEXP hidden) {
  const int nv = ffi_int(visible, "visible", 1, INT_MAX);
  const int nh = ffi_int(hidden, "hidden", 1, INT_MAX / nv);
  const R_xlen_t length = Rf_xlength(theta);
  const double *rows = ffi_reals(theta, "theta", length);
  if (length < (R_xlen_t)nv * nh) {
    ffi_refuse("theta", "a vector that begins with W");
  }
  const SEXP W = PROTECT(Rf_allocMatrix(REALSXP, nv, nh));
  hm_transpose(nv, nh, rows, REAL(W));
  UNPROTECT(1);
  return W;
}
