#include "working.h"

#include <string.h>

#ifdef HM_X86
#include <immintrin.h>
#endif

#define HM_KERNEL_FILE "working-kernel.h"
#include "simd-each-kernel.h"

void hm_working_lay(hm_arena *arena, const hm_model *model,
                    hm_working *working) {
  working->nv = model->nv;
  working->nh = model->nh;
  working->visible = model->visible;
  working->hidden = model->hidden;
  hm_panels_lay(arena, model->nv, model->nh, &working->W);
  hm_panels_lay(arena, model->nh, model->nv, &working->Wt);
  working->b = hm_singles_lay(arena, model->nv);
  working->c = hm_singles_lay(arena, model->nh);
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

/* One at the end of W, which is not whole. */
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
  const int nv = working->nv, nh = working->nh;
  const int top = row * HM_PANEL, left = column * HM_PANEL;
  float *tile = hm_panel_row(&working->W, column, top);
  float *turned = hm_panel_row(&working->Wt, row, left);
  if (nv - top >= HM_PANEL && nh - left >= HM_PANEL) {
    set_tile[level](stride, W, tile, turned);
  } else {
    set_part(nv - top < HM_PANEL ? nv - top : HM_PANEL,
             nh - left < HM_PANEL ? nh - left : HM_PANEL, stride, W, tile,
             turned);
  }
}

void hm_working_turn_tile(hm_level level, int row, int column,
                          hm_working *working) {
  static void (*const turn[])(const float *, float *) = HM_LEVELS(turn);
  const int nv = working->nv, nh = working->nh;
  const int top = row * HM_PANEL, left = column * HM_PANEL;
  const float *tile = hm_panel_row(&working->W, column, top);
  float *turned = hm_panel_row(&working->Wt, row, left);
  if (nv - top >= HM_PANEL && nh - left >= HM_PANEL) {
    turn[level](tile, turned);
  } else {
    turn_part(nv - top < HM_PANEL ? nv - top : HM_PANEL,
              nh - left < HM_PANEL ? nh - left : HM_PANEL, tile, turned);
  }
}

void hm_set_singles(int units, const double *from, float *to) {
  const int whole = hm_panels_across(units) * HM_PANEL;
  for (int i = 0; i < whole; i++) {
    to[i] = i < units ? (float)from[i] : 0.0f;
  }
}

void hm_working_set_biases(const double *b, const double *c,
                           hm_working *working) {
  hm_set_singles(working->nv, b, working->b);
  hm_set_singles(working->nh, c, working->c);
}

void hm_working_set(const hm_model *model, hm_level level,
                    hm_working *working) {
  for (int row = 0; row < hm_panels_across(model->nv); row++) {
    for (int column = 0; column < hm_panels_across(model->nh); column++) {
      const ptrdiff_t at = (ptrdiff_t)row * HM_PANEL * model->nh;
      hm_working_set_tile(level, model->nh,
                          model->W_rows + at + column * HM_PANEL, row, column,
                          working);
    }
  }
  hm_working_set_biases(model->b, model->c, working);
}
