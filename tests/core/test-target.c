/* Columns that are predicted from the others: the gradient against that of the
 * exact likelihood of all columns less that of the rest, with weights, missing
 * targets, pieces and a share of the joint gradient; and equal bits. */
#include "target.h"

#include "check.h"
#include "gradient.h"
#include "observed.h"
#include "twin.h"

static uint64_t chance = 31;
static const hm_watch patient = {NULL, NULL, NULL};
static const uint32_t key[2] = {6u, 2u};

static const int levels3[] = {3}, levels4[] = {4};

typedef struct {
  hm_layer visible;
  hm_layer hidden;
  hm_run run[4];
  hm_run below[2];
  hm_column column[8];
  double *theta;
  int nv;
  int nh;
} machine;

static machine *new_machine(int real) {
  machine *of = twin_room(1, sizeof *of);
  of->run[0] = (hm_run){.kind = &hm_unit_binary, .units = 3};
  of->run[1] = (hm_run){
      .kind = &hm_unit_categorical, .units = 3, .size = levels3, .columns = 1};
  of->run[2] = (hm_run){
      .kind = &hm_unit_ordinal2, .units = 2, .size = levels4, .columns = 1};
  of->run[3] = (hm_run){.kind = &hm_unit_gaussian, .units = 1};
  of->below[0] = (hm_run){.kind = &hm_unit_binary, .units = 35};
  of->below[1] = (hm_run){
      .kind = &hm_unit_categorical, .units = 3, .size = levels3, .columns = 1};
  of->visible = hm_layer_of(real ? 4 : 2, of->run);
  of->hidden = hm_layer_of(2, of->below);
  hm_layer_columns(&of->visible, of->column);
  of->nv = of->visible.units;
  of->nh = of->hidden.units;
  const ptrdiff_t size = hm_parameters(of->nv, of->nh);
  of->theta = twin_random(size + of->visible.extras, -0.6, 0.6, &chance);
  for (int r = 0; r < of->visible.runs; r++) {
    of->run[r].d = of->theta + size;
  }
  hm_layer_columns(&of->visible, of->column);
  return of;
}

/* N cases, columns of N, whole. */
static double *new_cases(const machine *of, int N) {
  double *x = twin_reals((ptrdiff_t)N * of->nv), code[8];
  for (int q = 0; q < of->visible.columns; q++) {
    const hm_column *column = of->column + q;
    for (int s = 0; s < N; s++) {
      if (column->kind->levels) {
        const int levels = column->kind->levels(column);
        column->kind->code(column, (int)(twin_uniform(&chance) * levels), code);
      } else {
        code[0] = twin_uniform(&chance) * 3.0 - 1.5;
      }
      for (int i = 0; i < column->width; i++) {
        x[(ptrdiff_t)(column->first + i) * N + s] = code[i];
      }
    }
  }
  return x;
}

/* The mean of -log p(targets | rest), weighted, by all states of the targets.
 */
static double score(const machine *of, int N, const double *x,
                    const double *weight, int targets, const int *target) {
  const hm_layer *visible = &of->visible;
  const hm_model model =
      hm_model_of(of->nv, of->nh, visible, &of->hidden, of->theta);
  const int states = hm_target_states(visible, targets, target);
  double *v = twin_reals(of->nv), *a = twin_reals(of->nh), sum = 0.0;
  double *logs = twin_reals(states);
  for (int s = 0; s < N; s++) {
    double own = 0.0;
    for (int k = 0; k < states; k++) {
      int state = k, same = 1;
      for (int i = 0; i < of->nv; i++) {
        v[i] = x[(ptrdiff_t)i * N + s];
      }
      for (int q = 0; q < targets; q++) {
        const hm_column *column = of->column + target[q];
        const int levels = column->kind->levels(column);
        double code[8];
        column->kind->code(column, state % levels, code);
        state /= levels;
        same = same && twin_same_bits(column->width, code, v + column->first);
        memcpy(v + column->first, code, (size_t)column->width * sizeof *code);
      }
      memcpy(a, model.c, (size_t)of->nh * sizeof *a);
      logs[k] = 0.0;
      for (int i = 0; i < of->nv; i++) {
        logs[k] += model.b[i] * v[i];
        for (int j = 0; j < of->nh; j++) {
          a[j] += v[i] * model.W_rows[i * of->nh + j];
        }
      }
      for (int q = 0; q < visible->columns; q++) {
        logs[k] +=
            hm_column_base(of->column + q, v + of->column[q].first, NULL);
      }
      logs[k] += hm_layer_log_sum(HM_PLAIN, &of->hidden, a);
      own = same ? logs[k] : own;
    }
    double largest = logs[0], total = 0.0;
    for (int k = 1; k < states; k++) {
      largest = fmax(largest, logs[k]);
    }
    for (int k = 0; k < states; k++) {
      total += exp(logs[k] - largest);
    }
    sum -= weight[s] * (own - largest - log(total)) / N;
  }
  return sum;
}

/* The gradient as training has it. */
static double *gradient_of(const machine *of, const hm_cases *cases,
                           int targets, const int *target, double joint,
                           hm_hardware hw) {
  const hm_estimator_options options = {.k = 1};
  const hm_model model =
      hm_model_of(of->nv, of->nh, &of->visible, &of->hidden, of->theta);
  const hm_working working = twin_working(&model);
  const hm_rows rows = {NULL, 0, cases->N};
  const hm_chance step = {key, 0};
  const hm_gradient_needs needs = {
      .cases = cases->N, .reals = cases->reals != NULL, .predicts = 1};
  hm_phases phases;
  hm_target work;
  hm_arena measured = {NULL, 0};
  hm_gradient_lay(&measured, &model, &hm_estimator_cd, &options, &needs, hw,
                  &phases);
  hm_target_lay(&measured, &of->visible, &of->hidden, targets, target,
                phases.room, &work);
  hm_arena arena = twin_arena(&measured);
  hm_gradient_lay(&arena, &model, &hm_estimator_cd, &options, &needs, hw,
                  &phases);
  hm_target_lay(&arena, &of->visible, &of->hidden, targets, target, phases.room,
                &work);
  CHECK(arena.used == measured.used, "laying takes what was measured");
  hm_target_set(&of->visible, targets, target, &work);
  work.joint_share = joint;
  const hm_update update = {.options = &options,
                            .working = &working,
                            .sampled = &working,
                            .cases = cases,
                            .target = &work,
                            .b = model.b,
                            .rows = &rows,
                            .chance = &step,
                            .watch = &patient,
                            .hw = hw};
  double *gradient =
      twin_reals(hm_parameters(of->nv, of->nh) + of->visible.extras);
  CHECK(hm_gradient(&hm_estimator_cd, &update, &phases, gradient) == HM_OK,
        "a gradient is done");
  return gradient;
}

static void check_gradient(int real, int N, int targets, const int *target,
                           int weighted) {
  machine *of = new_machine(real);
  double *x = new_cases(of, N), *weight = twin_reals(N);
  const ptrdiff_t size = hm_parameters(of->nv, of->nh) + of->visible.extras;
  for (int s = 0; s < N; s++) {
    weight[s] = weighted ? 0.5 + s % 3 / 2.0 : 1.0;
  }
  hm_cases cases = {.N = N, .nv = of->nv, .reals = x};
  if (weighted) {
    cases.weight = weight;
  }
  const double *found =
      gradient_of(of, &cases, targets, target, 0.0, twin_hw(1));
  for (ptrdiff_t i = 0; i < size; i += i < size - 12 ? 7 : 1) {
    const double at = of->theta[i], step = 1e-4;
    of->theta[i] = at + step;
    const double above = score(of, N, x, weight, targets, target);
    of->theta[i] = at - step;
    const double below = score(of, N, x, weight, targets, target);
    of->theta[i] = at;
    CHECK_NEAR(found[i], (above - below) / (2.0 * step), 3e-6 + 0x1p-16);
  }
  hm_hardware way[8];
  const int ways = twin_ways(way);
  for (int i = 0; i < ways; i++) {
    CHECK(twin_same_bits(size, found,
                         gradient_of(of, &cases, targets, target, 0.0, way[i])),
          "all levels and threads give the same bits");
  }
  /* A share of the joint gradient is added as it is. */
  const double *half =
      gradient_of(of, &cases, targets, target, 0.5, twin_hw(1));
  const double *one = gradient_of(of, &cases, targets, target, 1.0, twin_hw(1));
  for (ptrdiff_t i = 0; i < size; i++) {
    CHECK_NEAR(half[i] - found[i], 0.5 * (one[i] - found[i]), 1e-6);
  }
}

/* Cases that lack a target have no part. */
static void check_missing(void) {
  enum { N = 20 };
  static const int target[] = {3};
  machine *of = new_machine(1);
  double *x = new_cases(of, N), *filled = twin_reals(3 * N);
  int *start = twin_ints(N + 1), *hole = twin_ints(3 * N);
  double *weight = twin_reals(N);
  start[0] = 0;
  for (int s = 0; s < N; s++) {
    start[s + 1] = start[s];
    weight[s] = s % 2;
    for (int i = 0; i < 3 && s % 2 == 0; i++) {
      hole[start[s + 1]] = 3 + i;
      filled[start[s + 1]++] = i == 1;
    }
  }
  const hm_cases cases = {.N = N,
                          .nv = of->nv,
                          .reals = x,
                          .hole_start = start,
                          .hole = hole,
                          .filled = filled};
  const hm_cases other = {.N = N, .nv = of->nv, .reals = x, .weight = weight};
  const ptrdiff_t size = hm_parameters(of->nv, of->nh) + of->visible.extras;
  const double *one = gradient_of(of, &cases, 1, target, 0.0, twin_hw(1));
  const double *two = gradient_of(of, &other, 1, target, 0.0, twin_hw(1));
  CHECK_NEAR(twin_gap(size, one, two), 0.0, 1e-7);
}

static void check_states(void) {
  static const int sets[][2] = {{0, 3}, {3, 4}, {4, 5}};
  static const int states[] = {6, 12, 0};
  const machine *of = new_machine(1);
  for (int i = 0; i < 3; i++) {
    CHECK(hm_target_states(&of->visible, 2, sets[i]) == states[i],
          "targets have so many joint states, if few");
  }
}

static void checks(void) {
  static const int last[] = {3}, two[] = {0, 4}, both[] = {3, 4};
  check_gradient(0, 30, 1, last, 0);
  check_gradient(1, 30, 1, last, 1);
  check_gradient(1, 30, 2, both, 1);
  check_gradient(1, 150, 2, two, 0); /* in pieces */
  check_missing();
  check_states();
}
