#include "core/energy.h"

#include <R.h>

#include "ffi.h"

typedef struct {
  hm_states v;
  hm_states h;
  double *x;     /* room cases of nv */
  double *y;     /* room cases of nh */
  double *input; /* as many */
} energy_work;

static void lay(hm_arena *arena, const hm_model *model, int room,
                energy_work *work) {
  const ptrdiff_t n = room;
  hm_states_lay(arena, model->nv, room, &work->v);
  hm_states_lay(arena, model->nh, room, &work->h);
  work->x = hm_room(arena, n * model->nv, sizeof(double));
  work->y = hm_room(arena, n * model->nh, sizeof(double));
  work->input = hm_room(arena, n * model->nh, sizeof(double));
}

static energy_work make_work(const hm_model *model, int room) {
  energy_work work;
  hm_arena measured = {NULL, 0};
  lay(&measured, model, room, &work);
  hm_arena arena = ffi_arena(&measured);
  lay(&arena, model, room, &work);
  return work;
}

/* E(v, h) of each pair of cases. */
SEXP ffi_energy(SEXP model, SEXP v, SEXP h, SEXP hardware) {
  const hm_model view = ffi_as_model(model);
  const hm_cases visible = ffi_as_cases(v, "v", view.nv);
  const hm_cases hidden = ffi_as_cases(h, "h", view.nh);
  if (visible.N != hidden.N) {
    ffi_refuse("h", "of as many cases as `v`");
  }
  const int room = hm_cases_at_once(view.nv, view.nh, visible.N);
  const hm_hardware hw = ffi_as_hardware(hardware);
  energy_work work = make_work(&view, room);

  const SEXP energy = PROTECT(Rf_allocVector(REALSXP, visible.N));
  const hm_rows all = {NULL, 0, visible.N};
  for (int first = 0; first < visible.N; first += room) {
    const hm_rows rows = hm_rows_from(&all, first, room);
    work.v.x = work.x;
    work.h.x = work.y;
    hm_take(&visible, &rows, &work.v);
    hm_take(&hidden, &rows, &work.h);
    hm_energy(&view, &work.v, &work.h, hw, work.input, REAL(energy) + first);
    R_CheckUserInterrupt();
  }
  UNPROTECT(1);
  return energy;
}

/* F(v) of each case. */
SEXP ffi_free_energy(SEXP model, SEXP v, SEXP hardware) {
  const hm_model view = ffi_as_model(model);
  const hm_layer layer = hm_hidden_layer(&view);
  const hm_cases visible = ffi_as_cases(v, "v", view.nv);
  const int room = hm_cases_at_once(view.nv, view.nh, visible.N);
  const hm_hardware hw = ffi_as_hardware(hardware);
  energy_work work = make_work(&view, room);

  const SEXP energy = PROTECT(Rf_allocVector(REALSXP, visible.N));
  const hm_rows all = {NULL, 0, visible.N};
  for (int first = 0; first < visible.N; first += room) {
    const hm_rows rows = hm_rows_from(&all, first, room);
    work.v.x = work.x;
    hm_take(&visible, &rows, &work.v);
    hm_free_energy(&layer, view.b, &work.v, hw, work.input,
                   REAL(energy) + first);
    R_CheckUserInterrupt();
  }
  UNPROTECT(1);
  return energy;
}
