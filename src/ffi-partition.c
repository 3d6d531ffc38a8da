#include "core/partition.h"

#include <R.h>

#include "ffi.h"

static hm_partition_work prepare(const hm_model *model, hm_hardware hw) {
  hm_partition_work work;
  hm_arena measured = {NULL, 0};
  hm_partition_lay(&measured, model, hw, &work);
  hm_arena arena = ffi_arena(&measured);
  hm_partition_lay(&arena, model, hw, &work);
  hm_walk_prepare(&work.walk);
  return work;
}

/* The logs of the summed weights of n blocks of states, from `first` on. */
SEXP ffi_partition_blocks(SEXP model, SEXP first, SEXP n, SEXP hardware) {
  const hm_model view = ffi_as_model(model);
  const hm_watch watch = ffi_watch();
  hm_partition_work work = prepare(&view, ffi_as_hardware(hardware));
  const SEXP logs = PROTECT(Rf_allocVector(REALSXP, Rf_asInteger(n)));
  hm_partition_blocks((int64_t)Rf_asReal(first), Rf_asInteger(n), &watch, &work,
                      REAL(logs));
  UNPROTECT(1);
  return logs;
}

/* A state of the smaller layer from each block, as a row of 0 and 1. */
SEXP ffi_partition_draw(SEXP model, SEXP block, SEXP u) {
  const hm_model view = ffi_as_model(model);
  const int n = (int)Rf_xlength(block);
  hm_partition_work work = prepare(&view, (hm_hardware){1, HM_PLAIN});
  double *state = (double *)R_alloc((size_t)n, sizeof(double));
  hm_partition_draw(n, REAL(block), REAL(u), &work, state);

  const SEXP drawn = PROTECT(Rf_allocMatrix(INTSXP, n, work.walk.bits));
  for (int j = 0; j < work.walk.bits; j++) {
    for (int t = 0; t < n; t++) {
      INTEGER(drawn)
      [(ptrdiff_t)j * n + t] = (int)(((uint32_t)state[t] >> j) & 1u);
    }
  }
  UNPROTECT(1);
  return drawn;
}

/* Averages over the model: v, h, vh (by rows), log_z and, where asked for, vv
 * and hh, whose diagonals are not set. */
SEXP ffi_moments(SEXP model, SEXP pairs, SEXP hardware) {
  const hm_model view = ffi_as_model(model);
  const hm_watch watch = ffi_watch();
  const char *names[] = {"v", "h", "vh", "log_z", "vv", "hh", ""};
  const hm_hardware hw = ffi_as_hardware(hardware);
  const R_xlen_t nv = view.nv, nh = view.nh;
  hm_moments_work work;
  hm_arena measured = {NULL, 0};
  hm_moments_lay(&measured, &view, hw, &work);
  hm_arena arena = ffi_arena(&measured);
  hm_moments_lay(&arena, &view, hw, &work);
  hm_walk_prepare(&work.walk);

  const SEXP result = PROTECT(Rf_mkNamed(VECSXP, names));
  double log_z;
  SET_VECTOR_ELT(result, 0, Rf_allocVector(REALSXP, nv));
  SET_VECTOR_ELT(result, 1, Rf_allocVector(REALSXP, nh));
  SET_VECTOR_ELT(result, 2, Rf_allocVector(REALSXP, nv * nh));
  hm_moments(&watch, &work, REAL(VECTOR_ELT(result, 0)),
             REAL(VECTOR_ELT(result, 1)), REAL(VECTOR_ELT(result, 2)), &log_z);
  SET_VECTOR_ELT(result, 3, Rf_ScalarReal(log_z));
  if (Rf_asLogical(pairs)) {
    double *rows = (double *)R_alloc(2 * HM_PAIR_STATES * (size_t)(nv + nh),
                                     sizeof(double));
    SET_VECTOR_ELT(result, 4, Rf_allocMatrix(REALSXP, view.nv, view.nv));
    SET_VECTOR_ELT(result, 5, Rf_allocMatrix(REALSXP, view.nh, view.nh));
    hm_pair_moments(&watch, &work, log_z, rows, REAL(VECTOR_ELT(result, 4)),
                    REAL(VECTOR_ELT(result, 5)));
  }
  UNPROTECT(1);
  return result;
}
