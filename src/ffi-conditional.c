#include "core/conditional.h"

#include <R.h>

#include "core/column.h"
#include "core/sample.h"
#include "ffi.h"

typedef struct {
  hm_reader from;
  hm_states drawn;
  double *mean;
} conditional_work;

static void lay(hm_arena *arena, const hm_cases *given, const hm_link *target,
                int room, conditional_work *work) {
  hm_reader_lay(arena, given, room, &work->from);
  hm_states_lay(arena, target->units, room, &work->drawn);
  work->drawn.x = NULL;
  if (target->layer->valued) {
    work->drawn.x =
        hm_allot(arena, (ptrdiff_t)room * target->units, sizeof(double));
  }
  work->mean = hm_allot(arena, (ptrdiff_t)room * target->units, sizeof(double));
}

/* Draws of a layer of any kinds given inputs, written over these. */
static void draw_columns(const hm_layer *layer, const hm_stream *stream,
                         SEXP input) {
  const int N = Rf_nrows(input), units = layer->units;
  hm_column *column =
      (hm_column *)R_alloc((size_t)layer->columns, sizeof *column);
  double *a = (double *)R_alloc(2 * (size_t)units, sizeof *a), *x = a + units;
  hm_layer_columns(layer, column);
  for (int s = 0; s < N; s++) {
    for (ptrdiff_t i = 0; i < units; i++) {
      a[i] = REAL(input)[i * N + s];
    }
    hm_columns_draw(layer->columns, column, a, NULL, stream, (uint32_t)s, x);
    for (ptrdiff_t i = 0; i < units; i++) {
      REAL(input)[i * N + s] = x[i];
    }
  }
}

/* W by rows has no part in what visible units are given hidden ones, and is not
 * worth making for few 0/1 cases. */
static hm_model model_for(SEXP model, int to_hidden, SEXP cases) {
  enum { few = 4 };
  const hm_model view = ffi_as_model_by_columns(model);
  if (to_hidden) {
    const hm_cases given = ffi_as_states(cases, "cases", view.visible);
    if (given.N > few || !hm_cases_binary(&given)) {
      return ffi_as_any_model(model);
    }
  }
  return view;
}

/* One layer given the other, which `cases` are the states of: a matrix of means
 * or inputs, or draws as cases; draws of kinds that chains cannot have are a
 * matrix. */
SEXP ffi_conditional(SEXP model, SEXP layer, SEXP cases, SEXP type, SEXP key,
                     SEXP hardware) {
  const int to_hidden = ffi_same(layer, "layer", "hidden");
  const hm_model view = model_for(model, to_hidden, cases);
  const hm_link target =
      to_hidden ? hm_link_to_hidden(&view) : hm_link_to_visible(&view);
  const hm_cases given = to_hidden ? ffi_as_states(cases, "cases", view.visible)
                                   : ffi_as_means(cases, "cases", view.hidden);
  const int wants_input = ffi_same(type, "type", "input");
  const int draws = ffi_same(type, "type", "sample");
  const int wants_draw = draws && target.layer->counted;
  const int by_columns = draws && !target.layer->counted;
  const hm_hardware hw = ffi_as_hardware(hardware);
  const int room = hm_cases_at_once(view.nv, view.nh, given.N);
  hm_stream stream = {{0, 0}, 0, 0};
  conditional_work work;
  hm_arena measured = {NULL, 0};
  lay(&measured, &given, &target, room, &work);
  hm_arena arena = ffi_arena(&measured);
  lay(&arena, &given, &target, room, &work);
  if (draws) {
    uint32_t words[2];
    ffi_key(key, words);
    stream =
        hm_stream_of(words, to_hidden ? HM_DRAW_HIDDEN : HM_DRAW_VISIBLE, 0, 0);
  }

  uint64_t *bits = NULL;
  double *x = NULL;
  const SEXP result =
      PROTECT(wants_draw ? ffi_new_states(given.N, target.layer, &bits, &x)
                         : Rf_allocMatrix(REALSXP, given.N, target.units));
  hm_rows rows;
  for (int at = 0; hm_read(&given, at, &work.from, &rows); at += rows.n) {
    hm_input(&target, &work.from.states, hw, work.mean);
    if (!wants_input && !by_columns) {
      hm_mean(&target, rows.n, work.mean, hw, work.mean);
    }
    if (wants_draw) {
      hm_draw(&target, &rows, work.mean, &stream, hw, &work.drawn);
      if (x) {
        ffi_put(ffi_element(result, "reals"), &rows, work.drawn.x);
      } else {
        hm_pack_lists(&rows, target.units, &work.drawn.on, bits);
      }
    } else {
      ffi_put(result, &rows, work.mean);
    }
    ffi_worked(rows.n);
  }
  if (by_columns) {
    draw_columns(target.layer, &stream, result);
  }

  UNPROTECT(1);
  return result;
}
