#include "core/sample.h"

#include <R.h>
#include <string.h>

#include "ffi.h"

/* n chains of `steps` sweeps, from the n cases of `start`, its only one, or,
 * where it is NULL, from draws given no hidden unit on. */
SEXP ffi_sample(SEXP model, SEXP start, SEXP n, SEXP steps, SEXP type, SEXP key,
                SEXP threads) {
  const hm_model view = ffi_as_model(model);
  const hm_layer hidden = hm_hidden_layer(&view);
  const int N = Rf_asInteger(n), sweeps = Rf_asInteger(steps);
  const int many = Rf_asInteger(threads);
  const int room = hm_chains_at_once(view.nv, view.nh, N);
  const hm_watch watch = ffi_watch();
  uint32_t words[2];
  const hm_chance chance = {words, 0};
  hm_cases from = {.N = 0};
  hm_chains chains;
  hm_arena measured = {NULL, 0};
  hm_chains_lay(&measured, view.nv, view.nh, room, &chains);
  hm_arena arena = ffi_arena(&measured);
  hm_chains_lay(&arena, view.nv, view.nh, room, &chains);
  ffi_key(key, words);
  int *only = (int *)R_alloc((size_t)room, sizeof(int));
  memset(only, 0, (size_t)room * sizeof(int));
  if (start != R_NilValue) {
    from = ffi_as_cases(start);
  }

  const SEXP result = PROTECT(ffi_result(type, N, view.nv));
  const hm_rows all = {NULL, 0, N};
  for (int first = 0; first < N; first += room) {
    const hm_rows rows = hm_rows_from(&all, first, room);
    if (start == R_NilValue) {
      hm_start(&view, &rows, &chance, many, &chains);
    } else {
      chains.v.x = chains.x;
      const hm_rows same = {only, 0, rows.n};
      hm_take(&from, from.N == 1 ? &same : &rows, &chains.v);
    }
    hm_mean_given(&hidden, &chains.v, many, chains.mean_h);
    hm_gibbs(&view, &rows, &chance, 0, sweeps, &watch, many, &chains);
    ffi_put(result, &rows, chains.mean_v, &chains.v.on);
  }

  UNPROTECT(1);
  return result;
}
