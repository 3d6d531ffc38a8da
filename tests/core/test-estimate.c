/* Estimates of the gradient: updates made by hand, one after another, and the
 * exact gradient against differences of the log-likelihood. */
#include "estimate.h"

#include "check.h"
#include "optim.h"
#include "twin.h"

static uint64_t chance = 71;
static const uint32_t key[2] = {7u, 3u};
static const hm_watch patient = {NULL, NULL, NULL};

static hm_estimate_work new_work(const hm_model *model, const hm_cases *cases,
                                 const hm_estimate_plan *plan, hm_hardware hw) {
  hm_arena measured = {NULL, 0};
  hm_estimate_work work = {0};
  hm_estimate_lay(&measured, model, cases, plan, hw, &work);
  hm_arena arena = twin_arena(&measured);
  hm_estimate_lay(&arena, model, cases, plan, hw, &work);
  CHECK(arena.used == measured.used, "laying takes what was measured");
  return work;
}

/* theta of a model, and the model with something on top. */
static double *theta_of(const hm_model *model) {
  const int nv = model->nv, nh = model->nh;
  double *theta = twin_reals(hm_parameters(nv, nh));
  for (int i = 0; i < nv * nh + nv + nh; i++) {
    theta[i] = i < nv * nh        ? model->W_rows[i]
               : i < nv * nh + nv ? model->b[i - nv * nh]
                                  : model->c[i - nv * nh - nv];
  }
  return theta;
}

/* Update by update, with a work of its own: [gW by rows | gb | gc | gd]. */
static double *by_hand(const hm_model *model, const hm_cases *cases,
                       const hm_estimate_plan *plan, uint32_t number) {
  const hm_layer *visible = model->visible;
  const ptrdiff_t size = hm_parameters(model->nv, model->nh);
  const hm_estimator *estimator = plan->estimator;
  const hm_rows all = {NULL, 0, cases->N};
  const uint32_t own[2] = {key[0], key[1] + number};
  const int holes = cases->hole_start != NULL;
  const hm_working working = twin_working(model);
  const double *theta = theta_of(model);
  hm_estimate_work room = new_work(model, cases, plan, twin_hw(1));
  double *gradient = twin_reals(size + visible->extras);
  double *fast = twin_zeros(size);
  float *base =
      twin_singles((ptrdiff_t)hm_panels_across(visible->places) * HM_PANEL);
  hm_layer_set_singles(visible, plan->base, base);
  memset(room.phases.tally, 0, sizeof room.phases.tally);
  if (holes) {
    hm_fill_start(visible, plan->base, own, &room.fill);
  }
  for (int i = 0; i <= plan->warmup; i++) {
    const hm_chance at = {key,
                          number * (uint32_t)(plan->warmup + 1) + (uint32_t)i};
    double *both = twin_copy(size, theta);
    for (ptrdiff_t j = 0; j < size; j++) {
      both[j] += fast[j];
    }
    const hm_model faster =
        hm_model_of(model->nv, model->nh, visible, model->hidden, both);
    const hm_working sampled = twin_working(&faster);
    const hm_update update = {.options = &plan->options,
                              .working = &working,
                              .sampled = &sampled,
                              .model = model,
                              .base = base,
                              .cases = holes ? &room.fill.cases : cases,
                              .fill = holes ? &room.fill : NULL,
                              .rows = &all,
                              .chance = &at,
                              .particles = &room.particles,
                              .watch = &patient,
                              .hw = twin_hw(1)};
    if (i == 0 && estimator->start) {
      estimator->start(&update, &room.phases);
    }
    hm_gradient(estimator, &update, &room.phases, gradient);
    for (ptrdiff_t j = 0; j < size && estimator->fast; j++) {
      fast[j] = plan->fast_decay * fast[j] - plan->fast_rate * gradient[j];
    }
  }
  return gradient;
}

static void check_by_hand(int nv, int nh, int N) {
  const ptrdiff_t size = hm_parameters(nv, nh);
  const hm_model model = twin_machine(nv, nh, 0.8, &chance);
  const hm_cases cases =
      twin_packed_cases(N, nv, twin_cells((ptrdiff_t)N * nv, 0.4, &chance));
  const double *base = twin_random(nv, -1.0, 1.0, &chance);
  const hm_estimator *row;
  hm_hardware way[8];
  const int ways = twin_ways(way);
  for (int e = 0; (row = hm_estimator_row(e)); e++) {
    const hm_estimate_plan plan = {.estimator = row,
                                   .options = {2, 5, 3, 20},
                                   .base = base,
                                   .warmup = row->persistent ? 4 : 0,
                                   .fast_rate = 0.1,
                                   .fast_decay = 0.9,
                                   .key = key};
    const double *naive = by_hand(&model, &cases, &plan, 3);
    for (int i = 0; i < ways; i++) {
      double *found = twin_reals(size);
      hm_estimate_work work = new_work(&model, &cases, &plan, way[i]);
      for (int again = 0; again < 2; again++) {
        CHECK(hm_estimate(&model, &cases, &plan, 3, &patient, way[i], &work,
                          found) == HM_OK,
              "an estimate goes through");
        CHECK(twin_same_bits(size, found, naive),
              "it is the last of so many updates");
      }
      CHECK((work.phases.tally[HM_PAIRS] > 0.0) == (row == &hm_estimator_ucd),
            "coupled chains are counted");
    }
    twin_patience patience = {0, 1};
    const hm_watch watch = {twin_ask, &patience, NULL};
    double *found = twin_reals(size);
    hm_estimate_work work = new_work(&model, &cases, &plan, twin_hw(1));
    CHECK(hm_estimate(&model, &cases, &plan, 3, &watch, twin_hw(1), &work,
                      found) == HM_INTERRUPTED,
          "a stop comes through");
  }
}

/* Minus the mean log-likelihood of x, by all states. */
static double loss(const hm_model *model, int N, const double *x) {
  const double *law = twin_visible_law(model);
  double sum = 0.0;
  for (int s = 0; s < N; s++) {
    int state = 0;
    for (int i = 0; i < model->nv; i++) {
      state |= x[s * model->nv + i] > 0.0 ? 1 << i : 0;
    }
    sum -= log(law[state]) / N;
  }
  return sum;
}

static void check_exact(int nv, int nh, int N) {
  const ptrdiff_t size = hm_parameters(nv, nh);
  const hm_model model = twin_machine(nv, nh, 1.0, &chance);
  const double *x = twin_cells(N * nv, 0.5, &chance);
  const hm_cases cases = twin_packed_cases(N, nv, x);
  const double *theta = theta_of(&model);
  double *gradient = twin_reals(size);
  hm_arena measured = {NULL, 0};
  hm_exact_work work;
  hm_exact_lay(&measured, &model, &cases, twin_hw(2), &work);
  hm_arena arena = twin_arena(&measured);
  hm_exact_lay(&arena, &model, &cases, twin_hw(2), &work);
  CHECK(arena.used == measured.used, "laying takes what was measured");
  CHECK(hm_exact_gradient(&model, &cases, &patient, twin_hw(2), &work,
                          gradient) == HM_OK,
        "the exact gradient goes through");
  for (ptrdiff_t i = 0; i < size; i++) {
    const double step = 1e-5;
    double *up = twin_copy(size, theta), *down = twin_copy(size, theta);
    up[i] += step;
    down[i] -= step;
    const hm_model above = twin_model(nv, nh, up);
    const hm_model below = twin_model(nv, nh, down);
    CHECK_NEAR(gradient[i],
               (loss(&above, N, x) - loss(&below, N, x)) / (2.0 * step), 1e-8);
  }
  for (int stop_at = 1; stop_at <= 2; stop_at++) {
    twin_patience patience = {0, stop_at};
    const hm_watch watch = {twin_ask, &patience, NULL};
    CHECK(hm_exact_gradient(&model, &cases, &watch, twin_hw(1), &work,
                            gradient) == HM_INTERRUPTED,
          "a stop comes through, by data and by states");
  }
}

/* Columns of several kinds, of which one has an extra parameter, with weights
 * and cells missing: what fills these moves from update to update. */
static void check_table(const hm_estimator *estimator) {
  enum { N = 9, nv = 7, nh = 4, size = nv * nh + nv + nh, holes = 6 };
  static const int levels[] = {3}, trials[] = {4, 2};
  static const int start[N + 1] = {0, 1, 1, 1, 5, 5, 5, 5, 5, 6};
  static const int hole[holes] = {0, 1, 2, 3, 6, 5};
  double *theta = twin_random(size + 1, -0.5, 0.5, &chance);
  hm_run run[] = {
      {.kind = &hm_unit_binary, .units = 1},
      {.kind = &hm_unit_categorical, .units = 3, .size = levels, .columns = 1},
      {.kind = &hm_unit_count, .units = 2, .size = trials},
      {.kind = &hm_unit_gaussian, .units = 1, .d = theta + size}};
  hm_run below[] = {{.kind = &hm_unit_binary, .units = nh}};
  const hm_layer visible = hm_layer_of(4, run), hidden = hm_layer_of(1, below);
  const hm_model model = hm_model_of(nv, nh, &visible, &hidden, theta);
  const double *base = twin_random(nv, -1.0, 1.0, &chance);
  const double *weight = twin_random(N, 0.0, 2.0, &chance);
  double *x = twin_zeros(N * nv);
  for (int s = 0; s < N; s++) {
    x[s] = s % 2;
    x[(1 + s % 3) * N + s] = 1.0;
    x[4 * N + s] = s % 5;
    x[5 * N + s] = s % 3;
    x[6 * N + s] = 0.3 * s - 1.0;
    for (int t = start[s]; t < start[s + 1]; t++) {
      x[hole[t] * N + s] = (double)NAN;
    }
  }
  const hm_cases cases = {.N = N,
                          .nv = nv,
                          .reals = x,
                          .weight = weight,
                          .hole_start = start,
                          .hole = hole};
  const hm_estimate_plan plan = {.estimator = estimator,
                                 .options = {2, 5, 3, 20},
                                 .base = base,
                                 .warmup = 3,
                                 .fast_rate = 0.1,
                                 .fast_decay = 0.9,
                                 .key = key};
  const uint32_t number = 2;
  const double *naive = by_hand(&model, &cases, &plan, number);
  hm_hardware way[8];
  const int ways = twin_ways(way);
  for (int i = 0; i < ways; i++) {
    double *found = twin_reals(size + 1);
    hm_estimate_work work = new_work(&model, &cases, &plan, way[i]);
    for (int again = 0; again < 2; again++) {
      CHECK(hm_estimate(&model, &cases, &plan, number, &patient, way[i], &work,
                        found) == HM_OK,
            "an estimate of a table goes through");
      CHECK(twin_same_bits(size + 1, found, naive),
            "it is the last of so many updates, extra parameters too");
    }
  }
}

static void checks(void) {
  check_by_hand(5, 3, 7);
  check_by_hand(40, 9, 12);
  check_table(&hm_estimator_cd);
  check_table(&hm_estimator_pcd);
  check_table(&hm_estimator_fpcd);
  check_table(&hm_estimator_pt);
  check_table(&hm_estimator_mf);
  check_table(&hm_estimator_ucd);
  check_exact(4, 3, 6);
  check_exact(3, 5, 4);
}
