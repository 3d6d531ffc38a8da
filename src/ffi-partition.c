#include "core/partition.h"

#include <R.h>

#include "ffi.h"

static hm_partition_work prepare(const hm_model *model, hm_hardware hw) {
  ffi_check_walk(model->visible, model->nh);
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
  const int count = ffi_int(n, "n", 0, INT_MAX);
  const double from = ffi_real(first, "first");
  if (!(from >= 0.0 && from + count <= (double)hm_walk_blocks(&work.walk))) {
    ffi_refuse("first", "the first of so many blocks");
  }
  const SEXP logs = PROTECT(Rf_allocVector(REALSXP, count));
  hm_partition_blocks((int64_t)from, count, &watch, &work, REAL(logs));
  UNPROTECT(1);
  return logs;
}

/* A state of the smaller layer from each block, as cases. */
SEXP ffi_partition_draw(SEXP model, SEXP block, SEXP u) {
  const hm_model view = ffi_as_model(model);
  const int n = Rf_xlength(block) < INT_MAX ? (int)Rf_xlength(block) : -1;
  const double *at = ffi_reals(block, "block", n);
  const double *share = ffi_reals(u, "u", n);
  hm_partition_work work = prepare(&view, (hm_hardware){1, HM_PLAIN});
  const double blocks = (double)hm_walk_blocks(&work.walk);
  for (int t = 0; t < n; t++) {
    if (!(at[t] >= 0.0 && at[t] < blocks)) {
      ffi_refuse("block", "of numbers of blocks");
    }
  }
  double *state = (double *)R_alloc((size_t)n, sizeof(double));
  /* Few blocks at a time, each walked once for all the draws from it that stand
   * together. */
  for (int from = 0, end = 0; from < n; from = end) {
    for (int walked = 0; end < n; end++) {
      walked += end == from || at[end] != at[end - 1];
      if (walked > 8) {
        break;
      }
    }
    hm_partition_draw(end - from, at + from, share + from, &work, state + from);
    R_CheckUserInterrupt();
  }

  uint64_t *bits;
  const SEXP drawn = PROTECT(ffi_new_cases(n, work.walk.bits, &bits));
  for (int t = 0; t < n; t++) {
    bits[t] = (uint64_t)state[t];
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
  ffi_check_walk(view.visible, view.nh);
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
