#include "core/sample.h"

#include <R.h>
#include <string.h>

#include "ffi.h"

typedef struct {
  hm_working working;
  hm_chains chains;
  double *mean_v; /* room cases of nv */
  int *only;      /* room times case 0 */
} sample_work;

static void lay(hm_arena *arena, const hm_model *model, int room, int reals,
                sample_work *work) {
  hm_working_lay(arena, model, &work->working);
  hm_chains_lay(arena, model->nv, model->nh, room, reals, &work->chains);
  work->mean_v = hm_room(arena, (ptrdiff_t)room * model->nv, sizeof(double));
  work->only = hm_room(arena, room, sizeof(int));
}

/* n chains of `steps` sweeps, from the n cases of `start`, its only one, or,
 * where it is NULL, from draws given no hidden unit on. */
SEXP ffi_sample(SEXP model, SEXP start, SEXP n, SEXP steps, SEXP type, SEXP key,
                SEXP hardware) {
  const hm_model view = ffi_as_model(model);
  const int N = Rf_asInteger(n), sweeps = Rf_asInteger(steps);
  const hm_hardware hw = ffi_as_hardware(hardware);
  const int room = hm_chains_at_once(view.nv, view.nh, N);
  const hm_watch watch = ffi_watch();
  const int given = start != R_NilValue;
  const hm_cases from = given ? ffi_as_cases(start) : (hm_cases){.N = 0};
  uint32_t words[2];
  const hm_chance chance = {words, 0};
  sample_work work;
  hm_arena measured = {NULL, 0};
  lay(&measured, &view, room, given && !hm_cases_binary(&from), &work);
  hm_arena arena = ffi_arena(&measured);
  lay(&arena, &view, room, given && !hm_cases_binary(&from), &work);
  hm_working_set(&view, hw.level, &work.working);
  hm_chains *chains = &work.chains;
  ffi_key(key, words);
  memset(work.only, 0, (size_t)room * sizeof(int));

  const SEXP result = PROTECT(ffi_result(type, N, view.nv));
  const hm_rows all = {NULL, 0, N};
  for (int first = 0; first < N; first += room) {
    const hm_rows rows = hm_rows_from(&all, first, room);
    if (given) {
      const hm_rows same = {work.only, 0, rows.n};
      chains->v.x = chains->x;
      hm_take(&from, from.N == 1 ? &same : &rows, &chains->v);
    } else {
      hm_start(&work.working, &rows, &chance, hw, chains);
    }
    hm_chains_mean_h(&work.working, hw, chains);
    hm_gibbs(&work.working, &rows, &chance, 0, sweeps, &watch, hw, chains);
    hm_panels_get(rows.n, &chains->mean_v, work.mean_v);
    ffi_put(result, &rows, work.mean_v, &chains->v.on);
  }

  UNPROTECT(1);
  return result;
}
