#include "working.h"

#include <string.h>

#define HM_KERNEL_FILE "working-kernel.h"
#include "simd-each-kernel.h"

void hm_working_lay(hm_arena *arena, const hm_model *model,
                    hm_working *working) {
  working->nv = model->nv;
  working->nh = model->nh;
  working->visible = model->visible;
  working->hidden = model->hidden;
  hm_panels_lay(arena, model->nv, model->hidden->places, &working->W);
  hm_panels_lay(arena, model->nh, model->visible->places, &working->Wt);
  working->b = hm_singles_lay(arena, model->visible->places);
  working->c = hm_singles_lay(arena, model->hidden->places);
}

static void turn_part(int high, int wide, const float *tile, float *turned) {
  for (int j = 0; j < wide; j++) {
    float *row = turned + (ptrdiff_t)j * HM_PANEL;
    for (int i = 0; i < high; i++) {
      row[i] = tile[(ptrdiff_t)i * HM_PANEL + j];
    }
    memset(row + high, 0, (size_t)(HM_PANEL - high) * sizeof *row);
  }
}

/* One that is not whole, at the end of a run. */
static void set_part(int high, int wide, ptrdiff_t stride, const double *W,
                     float *tile, float *turned) {
  for (int i = 0; i < high; i++) {
    float *row = tile + (ptrdiff_t)i * HM_PANEL;
    for (int j = 0; j < wide; j++) {
      row[j] = (float)W[i * stride + j];
    }
    memset(row + wide, 0, (size_t)(HM_PANEL - wide) * sizeof *row);
  }
  turn_part(high, wide, tile, turned);
}

void hm_working_set_tile(hm_level level, ptrdiff_t stride, const double *W,
                         int row, int column, hm_working *working) {
  static void (*const set_tile[])(ptrdiff_t, const double *, float *, float *) =
      HM_LEVELS(set_tile);
  const hm_span top = hm_layer_panel(working->visible, row);
  const hm_span left = hm_layer_panel(working->hidden, column);
  float *tile = hm_panel_row(&working->W, column, top.first);
  float *turned = hm_panel_row(&working->Wt, row, left.first);
  if (top.units == HM_PANEL && left.units == HM_PANEL) {
    set_tile[level](stride, W, tile, turned);
  } else {
    set_part(top.units, left.units, stride, W, tile, turned);
  }
}

static void (*const turn_tile[])(const float *, float *) = HM_LEVELS(turn);

void hm_turn(hm_level level, int high, const float *tile, float *turned) {
  if (high == HM_PANEL) {
    turn_tile[level](tile, turned);
  } else {
    turn_part(high, HM_PANEL, tile, turned);
  }
}

void hm_working_turn_tile(hm_level level, int row, int column,
                          hm_working *working) {
  const hm_span top = hm_layer_panel(working->visible, row);
  const hm_span left = hm_layer_panel(working->hidden, column);
  const float *tile = hm_panel_row(&working->W, column, top.first);
  float *turned = hm_panel_row(&working->Wt, row, left.first);
  if (top.units == HM_PANEL && left.units == HM_PANEL) {
    turn_tile[level](tile, turned);
  } else {
    turn_part(top.units, left.units, tile, turned);
  }
}

void hm_working_set_biases(const double *b, const double *c,
                           hm_working *working) {
  hm_layer_set_singles(working->visible, b, working->b);
  hm_layer_set_singles(working->hidden, c, working->c);
}

void hm_working_set(const hm_model *model, hm_level level,
                    hm_working *working) {
  const hm_layer *visible = model->visible, *hidden = model->hidden;
  for (int row = 0; row < hm_panels_across(visible->places); row++) {
    const ptrdiff_t top = hm_layer_panel(visible, row).first;
    for (int column = 0; column < hm_panels_across(hidden->places); column++) {
      const int left = hm_layer_panel(hidden, column).first;
      hm_working_set_tile(level, model->nh,
                          model->W_rows + top * model->nh + left, row, column,
                          working);
    }
  }
  hm_working_set_biases(model->b, model->c, working);
}
