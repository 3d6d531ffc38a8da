#include "core/ais.h"

#include <R.h>

#include "core/cases.h"
#include "ffi.h"

static const float *as_temperatures(SEXP t) {
  if (TYPEOF(t) != REALSXP || Rf_xlength(t) < 2 || Rf_xlength(t) > FFI_SWEEPS) {
    ffi_refuse("t", "two temperatures or more");
  }
  const R_xlen_t n = Rf_xlength(t);
  float *at = (float *)R_alloc((size_t)n, sizeof(float));
  for (R_xlen_t k = 0; k < n; k++) {
    at[k] = (float)REAL(t)[k];
  }
  return at;
}

/* One run of annealed importance sampling from each case of `start`, along the
 * temperatures t, with what is in `given`, see ffi_as_clamp(), held: log_weight
 * of each run, and the last states, as cases. */
SEXP ffi_ais(SEXP base, SEXP target, SEXP t, SEXP start, SEXP key, SEXP step,
             SEXP given, SEXP hardware) {
  const hm_model below = ffi_as_any_model(base);
  const hm_model view = ffi_as_any_model(target);
  const hm_cases from = ffi_as_states(start, "start", view.visible);
  const hm_hardware hw = ffi_as_hardware(hardware);
  const hm_watch watch = ffi_watch();
  const char *names[] = {"log_weight", "last", ""};
  uint32_t words[2];
  const hm_chance chance = {words, ffi_word(ffi_real(step, "step"), "step")};
  const float *temperatures = as_temperatures(t);
  const hm_ais_path path = {&below, &view, (int)Rf_xlength(t) - 1,
                            temperatures};
  if (below.nv != view.nv || below.visible->valued != view.visible->valued ||
      (!hm_cases_binary(&from) && !view.visible->valued)) {
    ffi_refuse("base",
               "of the same visible units, and `start` states of these");
  }
  hm_ais_work work;
  hm_arena measured = {NULL, 0};
  hm_ais_lay(&measured, &below, &view, from.N, &work);
  hm_arena arena = ffi_arena(&measured);
  hm_ais_lay(&arena, &below, &view, from.N, &work);
  hm_ais_prepare(&below, &view, hw.level, &work);
  hm_clamp held;
  const hm_clamp *clamp = ffi_as_clamp(given, from.N, view.visible, &held);
  ffi_key(key, words);

  const SEXP result = PROTECT(Rf_mkNamed(VECSXP, names));
  SET_VECTOR_ELT(result, 0, Rf_allocVector(REALSXP, from.N));
  uint64_t *last;
  double *x;
  SET_VECTOR_ELT(result, 1, ffi_new_states(from.N, view.visible, &last, &x));
  const hm_rows all = {NULL, 0, from.N};
  for (int first = 0; first < from.N; first += work.room) {
    const hm_rows rows = hm_rows_from(&all, first, work.room);
    hm_clamp here;
    if (clamp) {
      here = hm_clamp_from(clamp, first);
    }
    work.chains.clamp = clamp ? &here : NULL;
    hm_chains_take(&from, &rows, &work.chains);
    hm_ais(&path, &rows, &chance, &watch, hw, &work,
           REAL(VECTOR_ELT(result, 0)) + first);
    if (x) {
      hm_put_lists(from.N, &rows, &work.chains.v, x);
    } else {
      hm_pack_lists(&rows, view.nv, &work.chains.v, last);
    }
  }
  if (x) {
    hm_columns_round(view.visible, from.N, x);
  }
  UNPROTECT(1);
  return result;
}
