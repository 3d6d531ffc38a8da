#include "core/estimator.h"
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
