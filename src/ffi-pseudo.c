#include "core/pseudo.h"

#include <R.h>

#include "core/conditional.h"
#include "core/sample.h"
#include "ffi.h"

/* Pseudo-log-likelihood of each case; `tabled` asks for the way by products,
 * for cases of 0 and 1. */
SEXP ffi_pseudo_log_lik(SEXP model, SEXP cases, SEXP tabled, SEXP threads) {
  const hm_model view = ffi_as_model(model);
  const hm_layer hidden = hm_hidden_layer(&view);
  const hm_cases data = ffi_as_cases(cases);
  const size_t cells = (size_t)view.nv * (size_t)view.nh;
  const int room = hm_chains_at_once(view.nv, view.nh, data.N);
  const int many = Rf_asInteger(threads);
  double *up = NULL, *down = NULL;
  int factors = 0;
  hm_chains chains;
  hm_arena measured = {NULL, 0};
  hm_chains_lay(&measured, view.nv, view.nh, room, &chains);
  hm_arena arena = ffi_arena(&measured);
  hm_chains_lay(&arena, view.nv, view.nh, room, &chains);
  if (Rf_asLogical(tabled) && hm_cases_binary(&data)) {
    up = (double *)R_alloc(cells, sizeof(double));
    down = (double *)R_alloc(cells, sizeof(double));
    factors = hm_pseudo_tables(&view, up, down);
  }

  const SEXP value = PROTECT(Rf_allocVector(REALSXP, data.N));
  const hm_rows all = {NULL, 0, data.N};
  for (int first = 0; first < data.N; first += room) {
    const hm_rows rows = hm_rows_from(&all, first, room);
    chains.v.x = chains.x;
    hm_take(&data, &rows, &chains.v);
    hm_states_to_reals(&chains.v, chains.mean_v);
    hm_input(&hidden, &chains.v, many, chains.mean_h);
    hm_pseudo_log_lik(&view, rows.n, chains.mean_v, chains.mean_h, up, down,
                      factors, many, REAL(value) + first);
    R_CheckUserInterrupt();
  }
  UNPROTECT(1);
  return value;
}
