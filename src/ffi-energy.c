#include "core/energy.h"

#include <R.h>

#include "core/sample.h"
#include "ffi.h"

static hm_chains make_chains(const hm_model *model, int room) {
  hm_chains chains;
  hm_arena measured = {NULL, 0};
  hm_chains_lay(&measured, model->nv, model->nh, room, &chains);
  hm_arena arena = ffi_arena(&measured);
  hm_chains_lay(&arena, model->nv, model->nh, room, &chains);
  return chains;
}

/* E(v, h) of each pair of cases. */
SEXP ffi_energy(SEXP model, SEXP v, SEXP h, SEXP threads) {
  const hm_model view = ffi_as_model(model);
  const hm_cases visible = ffi_as_cases(v), hidden = ffi_as_cases(h);
  const int room = hm_chains_at_once(view.nv, view.nh, visible.N);
  hm_chains chains = make_chains(&view, room);
  double *x = (double *)R_alloc((size_t)room * (size_t)view.nh, sizeof(double));

  const SEXP energy = PROTECT(Rf_allocVector(REALSXP, visible.N));
  const hm_rows all = {NULL, 0, visible.N};
  for (int first = 0; first < visible.N; first += room) {
    const hm_rows rows = hm_rows_from(&all, first, room);
    chains.v.x = chains.x;
    chains.h.x = x;
    hm_take(&visible, &rows, &chains.v);
    hm_take(&hidden, &rows, &chains.h);
    hm_energy(&view, &chains.v, &chains.h, Rf_asInteger(threads), chains.mean_h,
              REAL(energy) + first);
    R_CheckUserInterrupt();
  }
  UNPROTECT(1);
  return energy;
}

/* F(v) of each case. */
SEXP ffi_free_energy(SEXP model, SEXP v, SEXP threads) {
  const hm_model view = ffi_as_model(model);
  const hm_layer layer = hm_hidden_layer(&view);
  const hm_cases visible = ffi_as_cases(v);
  const int room = hm_chains_at_once(view.nv, view.nh, visible.N);
  hm_chains chains = make_chains(&view, room);

  const SEXP energy = PROTECT(Rf_allocVector(REALSXP, visible.N));
  const hm_rows all = {NULL, 0, visible.N};
  for (int first = 0; first < visible.N; first += room) {
    const hm_rows rows = hm_rows_from(&all, first, room);
    chains.v.x = chains.x;
    hm_take(&visible, &rows, &chains.v);
    hm_free_energy(&layer, view.b, &chains.v, Rf_asInteger(threads),
                   chains.mean_h, REAL(energy) + first);
    R_CheckUserInterrupt();
  }
  UNPROTECT(1);
  return energy;
}
