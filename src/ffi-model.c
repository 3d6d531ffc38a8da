#include <string.h>

#include "core/estimator.h"
#include "core/fit.h"
#include "core/linalg.h"
#include "core/optim.h"
#include "core/walk.h"
#include "ffi.h"

/* The names in the core's tables: what R offers as choices. And the sizes of
 * kinds of unit, which of these have states 0, 1, and so on, which of the
 * estimators have chains of their own, and which are for such units alone, for
 * columns of finitely many states, or for hidden units that are no reals. */
SEXP ffi_kinds(void) {
  const char *names[] = {"unit",      "least_size", "most_size", "estimator",
                         "optimiser", "persistent", "counted",   "counts",
                         "finite",    "meets",      ""};
  const SEXP kinds = PROTECT(Rf_mkNamed(VECSXP, names));
  SET_VECTOR_ELT(kinds, 0, ffi_names(hm_unit_name));
  const R_xlen_t units = Rf_xlength(VECTOR_ELT(kinds, 0));
  SET_VECTOR_ELT(kinds, 1, Rf_allocVector(INTSXP, units));
  SET_VECTOR_ELT(kinds, 2, Rf_allocVector(INTSXP, units));
  SET_VECTOR_ELT(kinds, 6, Rf_allocVector(LGLSXP, units));
  for (int i = 0; i < units; i++) {
    const hm_kind *kind = hm_unit_row(i);
    INTEGER(VECTOR_ELT(kinds, 1))[i] = kind->least_size;
    INTEGER(VECTOR_ELT(kinds, 2))[i] = kind->most_size;
    LOGICAL(VECTOR_ELT(kinds, 6))[i] = hm_unit_counted(kind);
  }
  SET_VECTOR_ELT(kinds, 3, ffi_names(hm_estimator_name));
  SET_VECTOR_ELT(kinds, 4, ffi_names(hm_optimiser_name));
  const R_xlen_t estimators = Rf_xlength(VECTOR_ELT(kinds, 3));
  SET_VECTOR_ELT(kinds, 5, Rf_allocVector(LGLSXP, estimators));
  for (int k = 7; k < 10; k++) {
    SET_VECTOR_ELT(kinds, k, Rf_allocVector(LGLSXP, estimators));
  }
  for (int i = 0; i < estimators; i++) {
    const hm_estimator *estimator = hm_estimator_row(i);
    LOGICAL(VECTOR_ELT(kinds, 5))[i] = estimator->persistent;
    LOGICAL(VECTOR_ELT(kinds, 7))[i] = estimator->counts;
    LOGICAL(VECTOR_ELT(kinds, 8))[i] = estimator->finite;
    LOGICAL(VECTOR_ELT(kinds, 9))[i] = estimator->meets;
  }
  UNPROTECT(1);
  return kinds;
}

/* What the core and the border take at most. */
SEXP ffi_limits(void) {
  const char *names[] = {
      "sweeps", "chains",          "temperatures",   "replicas",   "parameter",
      "walked", "walked_averages", "walked_unasked", "block_bits", "size",
      ""};
  const double value[] = {
      FFI_SWEEPS,           FFI_CHAINS,     FFI_TEMPERATURES, FFI_REPLICAS,
      HM_LARGEST_PARAMETER, HM_WALK_MOST,   HM_WALK_AVERAGES, HM_WALK_UNASKED,
      HM_WALK_BITS,         HM_LARGEST_SIZE};
  const SEXP limits = PROTECT(Rf_mkNamed(VECSXP, names));
  for (R_xlen_t i = 0; i < Rf_xlength(limits); i++) {
    SET_VECTOR_ELT(limits, i, Rf_ScalarReal(value[i]));
  }
  UNPROTECT(1);
  return limits;
}

/* W as a matrix, b, c and d, from one vector [W by rows | b | c | d]. */
SEXP ffi_model_split(SEXP theta, SEXP visible, SEXP hidden) {
  const int nv = ffi_int(visible, "visible", 1, INT_MAX);
  const int nh = ffi_int(hidden, "hidden", 1, INT_MAX / nv);
  const ptrdiff_t extras = Rf_xlength(theta) - hm_parameters(nv, nh);
  const double *rows = ffi_reals(theta, "theta", Rf_xlength(theta));
  const double *b = rows + (ptrdiff_t)nv * nh;
  const char *names[] = {"W", "b", "c", extras > 0 ? "d" : "", ""};
  if (extras < 0) {
    ffi_refuse("theta", "of all parameters");
  }
  const SEXP parts = PROTECT(Rf_mkNamed(VECSXP, names));
  SET_VECTOR_ELT(parts, 0, Rf_allocMatrix(REALSXP, nv, nh));
  SET_VECTOR_ELT(parts, 1, Rf_allocVector(REALSXP, nv));
  SET_VECTOR_ELT(parts, 2, Rf_allocVector(REALSXP, nh));
  hm_transpose(nv, nh, rows, REAL(VECTOR_ELT(parts, 0)));
  memcpy(REAL(VECTOR_ELT(parts, 1)), b, (size_t)nv * sizeof *b);
  memcpy(REAL(VECTOR_ELT(parts, 2)), b + nv, (size_t)nh * sizeof *b);
  if (extras > 0) {
    SET_VECTOR_ELT(parts, 3, Rf_allocVector(REALSXP, extras));
    memcpy(REAL(VECTOR_ELT(parts, 3)), b + nv + nh, (size_t)extras * sizeof *b);
  }
  UNPROTECT(1);
  return parts;
}

/* The other way; d may be NULL. */
SEXP ffi_model_join(SEXP W, SEXP b, SEXP c, SEXP d) {
  if (TYPEOF(W) != REALSXP || !Rf_isMatrix(W)) {
    ffi_refuse("W", "a matrix of reals");
  }
  const int nv = Rf_nrows(W), nh = Rf_ncols(W);
  const double *of_b = ffi_reals(b, "b", nv), *of_c = ffi_reals(c, "c", nh);
  const R_xlen_t extras = Rf_xlength(d);
  const SEXP theta =
      PROTECT(Rf_allocVector(REALSXP, hm_parameters(nv, nh) + extras));
  double *to = REAL(theta) + (ptrdiff_t)nv * nh;
  hm_transpose(nh, nv, REAL(W), REAL(theta));
  memcpy(to, of_b, (size_t)nv * sizeof *to);
  memcpy(to + nv, of_c, (size_t)nh * sizeof *to);
  if (extras > 0) {
    memcpy(to + nv + nh, ffi_reals(d, "d", extras),
           (size_t)extras * sizeof *to);
  }
  UNPROTECT(1);
  return theta;
}
