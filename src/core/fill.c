#include "fill.h"

#include <string.h>

/* A sweep that no estimator makes. */
static const int filling = 1 << 23;

void hm_fill_lay(hm_arena *arena, const hm_cases *cases,
                 const hm_layer *visible, int most, int room, hm_fill *fill) {
  const ptrdiff_t across = hm_panels_across(visible->places);
  const int holes = cases->hole_start ? cases->hole_start[cases->N] : 0;
  const int some = holes > 0;
  fill->most = hm_most_holes(cases);
  fill->filled = hm_allot(arena, holes, sizeof(double));
  fill->next = hm_allot(arena, (ptrdiff_t)most * fill->most, sizeof(double));
  fill->is_free = hm_allot(arena, some * room * across, sizeof(uint32_t));
  fill->held = hm_allot(arena, some * room * across, sizeof(uint32_t));
  fill->value = hm_allot(
      arena, some * visible->valued * room * across * HM_PANEL, sizeof(float));
  fill->column =
      hm_allot(arena, (ptrdiff_t)some * visible->columns, sizeof(hm_column));
  fill->x = hm_allot(arena, (ptrdiff_t)some * visible->units, sizeof(double));
  fill->cases = *cases;
  fill->cases.filled = fill->filled;
}

void hm_fill_start(const hm_layer *visible, const double *b,
                   const uint32_t key[2], hm_fill *fill) {
  const hm_stream stream = hm_stream_of(key, HM_DRAW_START, 0, 2);
  const hm_cases *cases = &fill->cases;
  if (fill->most > 0) {
    hm_layer_columns(visible, fill->column);
  }
  for (int s = 0; fill->most > 0 && s < cases->N; s++) {
    const int from = cases->hole_start[s], to = cases->hole_start[s + 1];
    if (from < to) {
      hm_columns_draw(visible->columns, fill->column, b, NULL, &stream,
                      (uint32_t)s, fill->x);
    }
    for (int t = from; t < to; t++) {
      fill->filled[t] = fill->x[cases->hole[t]];
    }
  }
}

/* Words and numbers of case s of a piece, which is case `row` of the data. */
static void hold(const hm_layer *visible, int row, const hm_lists *v, int s,
                 hm_fill *fill) {
  const ptrdiff_t across = hm_panels_across(visible->places);
  const ptrdiff_t first = (ptrdiff_t)s * v->stride;
  uint32_t *is_free = fill->is_free + s * across;
  uint32_t *held = fill->held + s * across;
  float *value = visible->valued ? fill->value + s * across * HM_PANEL : NULL;
  const hm_cases *cases = &fill->cases;
  memset(is_free, 0, (size_t)across * sizeof *is_free);
  memset(held, 0, (size_t)across * sizeof *held);
  if (value) {
    memset(value, 0, (size_t)across * HM_PANEL * sizeof *value);
  }
  for (int t = 0; t < v->count[s]; t++) {
    const int place = hm_layer_place(visible, v->item[first + t]);
    held[place / HM_PANEL] |= 1u << place % HM_PANEL;
    if (value) {
      value[place] = v->value[first + t];
    }
  }
  for (int t = cases->hole_start[row]; t < cases->hole_start[row + 1]; t++) {
    const int place = hm_layer_place(visible, cases->hole[t]);
    is_free[place / HM_PANEL] |= 1u << place % HM_PANEL;
    held[place / HM_PANEL] &= ~(1u << place % HM_PANEL);
  }
}

/* next (as many as there are holes in case `row`) := what list s has there. */
static void read_holes(int row, const hm_lists *v, int s, const hm_cases *cases,
                       double *next) {
  const ptrdiff_t first = (ptrdiff_t)s * v->stride;
  const int from = cases->hole_start[row], to = cases->hole_start[row + 1];
  for (int t = from, at = 0; t < to; t++) {
    while (at < v->count[s] && v->item[first + at] < cases->hole[t]) {
      at++;
    }
    const int on = at < v->count[s] && v->item[first + at] == cases->hole[t];
    next[t - from] = !on ? 0.0 : v->value ? (double)v->value[first + at] : 1.0;
  }
}

hm_status hm_fill_move(const hm_working *working, const hm_rows *rows,
                       int first, const hm_chance *chance,
                       const hm_watch *watch, hm_hardware hw, hm_fill *fill,
                       hm_chains *chains) {
  const hm_layer *visible = working->visible;
  const hm_clamp clamp = {.stride = hm_panels_across(visible->places),
                          .cases = 1,
                          .free = fill->is_free,
                          .held = fill->held,
                          .value = fill->value};
  for (int s = 0; s < rows->n; s++) {
    hold(visible, hm_row(rows, s), &chains->v, s, fill);
  }
  chains->clamp = &clamp;
  const hm_status status =
      hm_gibbs(working, rows, chance, filling, 1, watch, hw, chains);
  chains->clamp = NULL;
  for (int s = 0; s < rows->n; s++) {
    read_holes(hm_row(rows, s), &chains->v, s, &fill->cases,
               fill->next + (ptrdiff_t)(first + s) * fill->most);
  }
  return status;
}

void hm_fill_keep(const hm_rows *batch, hm_fill *fill) {
  const int *start = fill->cases.hole_start;
  for (int s = 0; fill->most > 0 && s < batch->n; s++) {
    const int row = hm_row(batch, s);
    memcpy(fill->filled + start[row], fill->next + (ptrdiff_t)s * fill->most,
           (size_t)(start[row + 1] - start[row]) * sizeof *fill->filled);
  }
}
