/* What fills missing cells, against the exact law of these given what is seen:
 * cells that are seen stay, and the others are drawn as often as they should,
 * whatever the threads; a batch is kept as a whole or not at all. */
#include "fill.h"

#include "check.h"
#include "observed.h"
#include "twin.h"

static uint64_t chance = 99;
static const hm_watch patient = {NULL, NULL, NULL};
static const uint32_t key[2] = {3u, 8u};

enum { N = 3000, moves = 30 };

/* A machine of columns of several kinds under two hidden ones, and N equal
 * cases of it with columns `first` and `second` missing. */
typedef struct {
  hm_layer visible;
  hm_layer hidden;
  hm_run run[3];
  hm_run below[2];
  hm_column column[8];
  hm_model model;
  double *theta;
  double *x; /* columns of N */
  int *start;
  int *hole;
} machine;

static const int levels3[] = {3}, counts[] = {2, 4};

static machine *new_machine(int listed, int first, int second) {
  machine *of = twin_room(1, sizeof *of);
  of->run[0] = (hm_run){.kind = &hm_unit_binary, .units = 2};
  of->run[1] = (hm_run){
      .kind = &hm_unit_categorical, .units = 3, .size = levels3, .columns = 1};
  of->run[2] = (hm_run){.kind = &hm_unit_count, .units = 2, .size = counts};
  of->below[0] = (hm_run){.kind = &hm_unit_binary, .units = 2};
  of->below[1] = (hm_run){
      .kind = &hm_unit_categorical, .units = 3, .size = levels3, .columns = 1};
  of->visible = hm_layer_of(listed ? 2 : 3, of->run);
  of->hidden = hm_layer_of(2, of->below);
  hm_layer_columns(&of->visible, of->column);
  const int nv = of->visible.units, nh = of->hidden.units;
  of->theta = twin_random(hm_parameters(nv, nh), -0.8, 0.8, &chance);
  of->model = hm_model_of(nv, nh, &of->visible, &of->hidden, of->theta);
  of->x = twin_zeros((ptrdiff_t)N * nv);
  of->start = twin_ints(N + 1);
  of->hole = twin_ints(N * nv);
  of->start[0] = 0;
  for (int s = 0; s < N; s++) {
    int holes = of->start[s];
    for (int q = 0; q < of->visible.columns; q++) {
      const hm_column *column = of->column + q;
      double x[8];
      column->kind->code(column, 1, x);
      for (int i = 0; i < column->width; i++) {
        const int missing = q == first || q == second;
        of->x[(ptrdiff_t)(column->first + i) * N + s] =
            missing ? (double)NAN : x[i];
        of->hole[holes] = column->first + i;
        holes += missing;
      }
    }
    of->start[s + 1] = holes;
  }
  return of;
}

static hm_cases cases_of(const machine *of) {
  const hm_cases cases = {.N = N,
                          .nv = of->visible.units,
                          .reals = of->x,
                          .hole_start = of->start,
                          .hole = of->hole};
  return cases;
}

/* p[k] := the exact law of column q given what is seen. */
static void law_of(const machine *of, int q, double *p) {
  const hm_cases all = cases_of(of);
  double *one = twin_reals(all.nv);
  for (int i = 0; i < all.nv; i++) {
    one[i] = of->x[(ptrdiff_t)i * N];
  }
  const hm_cases cases = {.N = 1, .nv = all.nv, .reals = one};
  const int levels = of->column[q].kind->levels(of->column + q);
  hm_observed_answer answer = {.law = p, .column = q};
  hm_observed_work work;
  hm_arena measured = {NULL, 0};
  hm_observed_lay(&measured, &of->model, &cases, levels, 0, &work);
  hm_arena arena = twin_arena(&measured);
  hm_observed_lay(&arena, &of->model, &cases, levels, 0, &work);
  hm_observed_answer_cases(&of->model, &cases, &patient, twin_hw(1), &work,
                           &answer);
}

/* A fill of these cases after some moves. */
static hm_fill filled(const machine *of, hm_hardware hw, int keeps) {
  const hm_cases cases = cases_of(of);
  hm_fill fill;
  hm_chains chains;
  hm_arena measured = {NULL, 0};
  hm_fill_lay(&measured, &cases, &of->visible, N, N, &fill);
  hm_chains_lay(&measured, &of->visible, &of->hidden, N, 1, &chains);
  hm_arena arena = twin_arena(&measured);
  hm_fill_lay(&arena, &cases, &of->visible, N, N, &fill);
  hm_chains_lay(&arena, &of->visible, &of->hidden, N, 1, &chains);
  CHECK(arena.used == measured.used, "laying takes what was measured");
  const hm_working working = twin_working(&of->model);
  const hm_rows rows = {NULL, 0, N};
  hm_fill_start(&of->visible, of->model.b, key, &fill);
  for (uint32_t t = 0; t < moves; t++) {
    const hm_chance step = {key, t};
    hm_chains_take(&fill.cases, &rows, &chains);
    hm_chains_mean_h(&working, hw, &chains);
    CHECK(hm_fill_move(&working, &rows, 0, &step, &patient, hw, &fill,
                       &chains) == HM_OK,
          "a move is done");
    if (keeps) {
      hm_fill_keep(&rows, &fill);
    }
  }
  return fill;
}

static void check_law(const machine *of, int q, const hm_fill *fill) {
  const hm_column *column = of->column + q;
  const int levels = column->kind->levels(column);
  double *p = twin_reals(levels), x[8] = {0.0}, code[8];
  long *seen = twin_counts(levels);
  law_of(of, q, p);
  for (int s = 0; s < N; s++) {
    for (int t = of->start[s]; t < of->start[s + 1]; t++) {
      const int i = of->hole[t] - column->first;
      if (i >= 0 && i < column->width) {
        x[i] = fill->filled[t];
      }
    }
    for (int k = 0; k < levels; k++) {
      column->kind->code(column, k, code);
      seen[k] += twin_same_bits(column->width, code, x);
    }
  }
  CHECK(twin_misfit(levels, seen, p) < twin_chi_square_limit(levels - 1),
        "missing cells have their law given what is seen");
}

static void check_machine(int listed, int first, int second) {
  const machine *of = new_machine(listed, first, second);
  const hm_fill fill = filled(of, twin_hw(1), 1);
  hm_hardware way[8];
  const int ways = twin_ways(way);
  const int holes = of->start[N];
  check_law(of, first, &fill);
  check_law(of, second, &fill);
  CHECK(fill.most == of->start[1] && hm_most_holes(&fill.cases) == fill.most,
        "cases have so many holes");
  for (int i = 0; i < ways; i++) {
    const hm_fill other = filled(of, way[i], 1);
    CHECK(twin_same_bits(holes, fill.filled, other.filled),
          "all levels and threads give the same bits");
  }
  const hm_fill begun = filled(of, twin_hw(1), 0);
  double *start = twin_copy(holes, begun.filled);
  hm_fill again = begun;
  hm_fill_start(&of->visible, of->model.b, key, &again);
  CHECK(twin_same_bits(holes, start, again.filled),
        "what is not kept changes nothing");
}

static void checks(void) {
  check_machine(1, 0, 2);
  check_machine(1, 1, 2);
  check_machine(0, 2, 4);
  check_machine(0, 0, 3);
}
