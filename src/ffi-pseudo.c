#include "core/pseudo.h"

#include <R.h>

#include "core/conditional.h"
#include "ffi.h"

typedef struct {
  hm_states v;
  double *x;     /* room cases of nv */
  double *input; /* room cases of nh */
} pseudo_work;

static void lay(hm_arena *arena, const hm_model *model, int room,
                pseudo_work *work) {
  hm_states_lay(arena, model->nv, room, &work->v);
  work->x = hm_room(arena, (ptrdiff_t)room * model->nv, sizeof(double));
  work->input = hm_room(arena, (ptrdiff_t)room * model->nh, sizeof(double));
}

/* Pseudo-log-likelihood of each case; `tabled` asks for the way by products,
 * for cases of 0 and 1. */
SEXP ffi_pseudo_log_lik(SEXP model, SEXP cases, SEXP tabled, SEXP hardware) {
  const hm_model view = ffi_as_model(model);
  const hm_layer hidden = hm_hidden_layer(&view);
  const hm_cases data = ffi_as_cases(cases, "cases", view.nv);
  const size_t cells = (size_t)view.nv * (size_t)view.nh;
  const int room = hm_cases_at_once(view.nv, view.nh, data.N);
  const hm_hardware hw = ffi_as_hardware(hardware);
  double *up = NULL, *down = NULL;
  int factors = 0;
  pseudo_work work;
  hm_arena measured = {NULL, 0};
  lay(&measured, &view, room, &work);
  hm_arena arena = ffi_arena(&measured);
  lay(&arena, &view, room, &work);
  if (Rf_asLogical(tabled) && hm_cases_binary(&data)) {
    up = (double *)R_alloc(cells, sizeof(double));
    down = (double *)R_alloc(cells, sizeof(double));
    factors = hm_pseudo_tables(&view, hw.level, up, down);
  }

  /* Without tables a product costs some hundred times as much. */
  const ptrdiff_t fit = HM_PIECE / 128 / (ptrdiff_t)cells;
  const int least = hw.threads < room ? hw.threads : room;
  const int few = factors > 0 || fit > room ? room
                  : fit < least             ? least
                                            : (int)fit;
  const SEXP value = PROTECT(Rf_allocVector(REALSXP, data.N));
  const hm_rows all = {NULL, 0, data.N};
  for (int first = 0; first < data.N; first += room) {
    const hm_rows rows = hm_rows_from(&all, first, room);
    work.v.x = work.x;
    hm_take(&data, &rows, &work.v);
    hm_states_to_reals(&work.v, work.x);
    hm_input(&hidden, &work.v, hw, work.input);
    for (int from = 0; from < rows.n; from += few) {
      hm_pseudo_log_lik(&view, rows.n - from < few ? rows.n - from : few,
                        work.x + (ptrdiff_t)from * view.nv,
                        work.input + (ptrdiff_t)from * view.nh, up, down,
                        factors, hw, REAL(value) + first + from);
      R_CheckUserInterrupt();
    }
  }
  UNPROTECT(1);
  return value;
}
