/* The working copy: every weight and bias, rounded, in both orders. */
#include "working.h"

#include "check.h"
#include "twin.h"

static uint64_t chance = 223;

static hm_working new_working(const hm_model *model) {
  hm_working working;
  hm_arena measured = {NULL, 0};
  hm_working_lay(&measured, model, &working);
  hm_arena arena = twin_arena(&measured);
  hm_working_lay(&arena, model, &working);
  CHECK(arena.used == measured.used, "laying takes what was measured");
  CHECK(working.nv == model->nv && working.nh == model->nh &&
            working.visible == model->visible &&
            working.hidden == model->hidden,
        "a working copy is of the model's shape and kinds");
  CHECK(working.W.n == model->nv && working.W.width == model->nh &&
            working.Wt.n == model->nh && working.Wt.width == model->nv,
        "W is there by rows and by columns");
  return working;
}

static int is(float x, double of) {
  const float rounded = (float)of;
  return memcmp(&x, &rounded, sizeof x) == 0;
}

/* Whether W stands in `working` as it is in the model, 0 beyond. */
static int has_weights(const hm_working *working, const hm_model *model) {
  const int nv = model->nv, nh = model->nh;
  int same = 1;
  for (int i = 0; i < nv; i++) {
    for (int j = 0; j < hm_panels_across(nh) * HM_PANEL; j++) {
      same = same && is(*hm_panels_at(&working->W, i, j),
                        j < nh ? twin_W(model, i, j) : 0.0);
    }
  }
  for (int j = 0; j < nh; j++) {
    for (int i = 0; i < hm_panels_across(nv) * HM_PANEL; i++) {
      same = same && is(*hm_panels_at(&working->Wt, j, i),
                        i < nv ? twin_W(model, i, j) : 0.0);
    }
  }
  return same;
}

static int has_biases(const hm_working *working, const hm_model *model) {
  int same = 1;
  for (int i = 0; i < hm_panels_across(model->nv) * HM_PANEL; i++) {
    same = same && is(working->b[i], i < model->nv ? model->b[i] : 0.0);
  }
  for (int j = 0; j < hm_panels_across(model->nh) * HM_PANEL; j++) {
    same = same && is(working->c[j], j < model->nh ? model->c[j] : 0.0);
  }
  return same;
}

static void check_set(int nv, int nh) {
  const hm_model model = twin_machine(nv, nh, 1.0, &chance);
  hm_level level[4];
  const int levels = twin_levels(level);
  for (int i = 0; i < levels; i++) {
    hm_working working = new_working(&model);
    hm_working_set(&model, level[i], &working);
    CHECK(has_weights(&working, &model), "weights are rounded, in both orders");
    CHECK(has_biases(&working, &model), "and so are biases");
  }
}

static void set_tile(hm_level level, const hm_model *model, int row, int column,
                     hm_working *working) {
  const ptrdiff_t nh = model->nh;
  hm_working_set_tile(level, nh, model->W_rows + 32 * (row * nh + column), row,
                      column, working);
}

/* A tile is 32 by 32 weights, and no other is written with it. */
static void check_tile(int nv, int nh, int row, int column) {
  const hm_model old = twin_machine(nv, nh, 1.0, &chance);
  const hm_model new = twin_machine(nv, nh, 1.0, &chance);
  double *theta = twin_copy(hm_parameters(nv, nh), old.W_rows);
  for (int i = row * 32; i < nv && i < row * 32 + 32; i++) {
    for (int j = column * 32; j < nh && j < column * 32 + 32; j++) {
      theta[i * nh + j] = twin_W(&new, i, j);
    }
  }
  const hm_model both = twin_model(nv, nh, theta);
  hm_level level[4];
  const int levels = twin_levels(level);
  for (int i = 0; i < levels; i++) {
    hm_working working = new_working(&old);
    hm_working_set(&old, level[i], &working);
    set_tile(level[i], &new, row, column, &working);
    CHECK(has_weights(&working, &both), "one tile is set");
    CHECK(has_biases(&working, &old), "biases stay");
    const hm_panels turned = twin_panels(nh, nv);
    const size_t cells = (size_t)nh * (size_t)hm_panels_across(nv) * HM_PANEL;
    memcpy(turned.x, working.Wt.x, cells * sizeof *turned.x);
    for (int j = column * 32; j < nh && j < column * 32 + 32; j++) {
      memset(hm_panel_row(&working.Wt, row, j), 0xFF, 32 * sizeof(float));
    }
    hm_working_turn_tile(level[i], row, column, &working);
    CHECK(memcmp(turned.x, working.Wt.x, cells * sizeof *turned.x) == 0,
          "one tile is turned");
    hm_working_set_biases(new.b, new.c, &working);
    CHECK(has_weights(&working, &both), "weights stay");
    CHECK(has_biases(&working, &new), "biases are set");
  }
}

static void check_sides(void) {
  const hm_model model = twin_machine(4, 3, 1.0, &chance);
  const hm_working working = twin_working(&model);
  const hm_side hidden = hm_hidden_side(&working);
  const hm_side visible = hm_visible_side(&working);
  CHECK(hidden.rows == &working.W && hidden.bias == working.c &&
            hidden.layer == model.hidden,
        "the hidden side is sent rows of W");
  CHECK(visible.rows == &working.Wt && visible.bias == working.b &&
            visible.layer == model.visible,
        "the visible side is sent columns");
}

/* A tile of fewer rows is turned over with zeros. */
static void check_turn(void) {
  enum { wide = 32 };
  hm_level level[4];
  const int levels = twin_levels(level);
  for (int high = 1; high <= wide; high++) {
    float tile[wide * wide], turned[wide * wide];
    for (int i = 0; i < wide * wide; i++) {
      tile[i] = i < high * wide ? (float)twin_uniform(&chance) : (float)NAN;
    }
    for (int l = 0; l < levels; l++) {
      int same = 1;
      memset(turned, 0xFF, sizeof turned);
      hm_turn(level[l], high, tile, turned);
      for (int i = 0; i < wide * wide; i++) {
        const float wanted =
            i % wide < high ? tile[i % wide * wide + i / wide] : 0.0f;
        same = same && turned[i] == wanted;
      }
      CHECK(same, "rows become columns, and nothing else is there");
    }
  }
}

static void checks(void) {
  check_turn();
  static const int sizes[] = {1, 31, 32, 33, 64, 100};
  for (int i = 0; i < 6; i++) {
    for (int j = 0; j < 6; j++) {
      check_set(sizes[i], sizes[j]);
    }
    check_set(sizes[i], 0); /* as the base of annealing */
  }
  for (int row = 0; row < 4; row++) {
    for (int column = 0; column < 3; column++) {
      check_tile(100, 70, row, column);
    }
  }
  check_tile(64, 96, 1, 2);
  check_tile(7, 5, 0, 0);
  check_sides();
}
