/* Updates by each estimator, with any options in their ranges, on any data,
 * stopped at any time. */
#include "gradient.h"

#include "estimator.h"
#include "fuzz.h"

typedef struct {
  const hm_estimator *estimator;
  hm_estimator_options options;
  hm_cases cases;
  hm_rows rows[3];
  int updates, stop_at;
  const uint32_t *key;
  const float *base;
} script;

static double *run(const hm_model *model, const script *of, int *stopped) {
  const hm_hardware hw = fuzz_hardware();
  const int nv = model->nv, nh = model->nh;
  const ptrdiff_t size = hm_parameters(nv, nh);
  int left = of->stop_at, most = 1;
  const hm_watch watch = fuzz_watch(&left);
  hm_working working;
  hm_phases work;
  for (int i = 0; i < of->updates; i++) {
    most = of->rows[i].n > most ? of->rows[i].n : most;
  }
  FUZZ_LAY(hm_working_lay(arena, model, &working));
  const hm_gradient_needs needs = {.cases = most,
                                   .reals = !hm_cases_binary(&of->cases)};
  FUZZ_LAY(hm_gradient_lay(arena, model, of->estimator, &of->options, &needs,
                           hw, &work));
  hm_working_set(model, hw.level, &working);
  memset(work.tally, 0, sizeof work.tally);
  hm_particles particles = {
      FUZZ_NEW(uint32_t, hm_estimator_words(of->estimator, fuzz_binary(nv),
                                            &of->options)),
      FUZZ_NEW(double, hm_estimator_numbers(of->estimator, &of->options))};
  double *gradient = FUZZ_NEW(double, size);
  for (int i = 0; i < of->updates; i++) {
    const hm_chance chance = {of->key, (uint32_t)i};
    hm_update update = {.options = &of->options,
                        .working = &working,
                        .sampled = &working,
                        .model = model,
                        .base = of->base,
                        .cases = &of->cases,
                        .rows = of->rows + i,
                        .chance = &chance,
                        .particles = &particles,
                        .watch = &watch,
                        .hw = hw};
    if (i == 0 && of->estimator->start) {
      of->estimator->start(&update, &work);
    }
    if (hm_gradient(of->estimator, &update, &work, gradient) != HM_OK) {
      FUZZ_CHECK(of->stop_at, "nobody stopped it");
      *stopped = 1;
    }
  }
  return gradient;
}

static void check_data(const hm_model *model, const hm_cases *cases) {
  double *gradient = FUZZ_NEW(double, hm_parameters(model->nv, model->nh));
  int never = 0;
  const hm_watch watch = fuzz_watch(&never);
  hm_data_work work;
  FUZZ_LAY(hm_data_lay(arena, cases, model->nh, &work));
  hm_data_gradient(model, cases, &watch, fuzz_hardware(), &work, gradient);
  FUZZ_CHECK(fuzz_wild || fuzz_within(hm_parameters(model->nv, model->nh),
                                      gradient, -1.0 - 1e-9, 1e-9),
             "the positive phase is an average");
}

void fuzz(void) {
  int rows = 0;
  while (hm_estimator_row(rows)) {
    rows++;
  }
  script of = {.estimator = hm_estimator_row(fuzz_int(0, rows - 1)),
               .options = {fuzz_int(1, 3),
                           fuzz_rarely(8) ? fuzz_int(1, 300) : fuzz_int(1, 6),
                           fuzz_int(2, 4), fuzz_int(1, 8)},
               .updates = fuzz_int(1, 3),
               .stop_at = fuzz_rarely(4) ? fuzz_int(1, 8) : 0,
               .key = fuzz_key()};
  const int exact = of.estimator == &hm_estimator_exact;
  const int nv = fuzz_size(exact ? 6 : 70), nh = fuzz_size(exact ? 60 : 70);
  const int N = fuzz_rarely(8) ? fuzz_int(1, 300) : fuzz_size(40);
  const hm_model model = fuzz_model(nv, nh, fuzz_rarely(4) ? 900.0 : 2.0);
  of.cases = fuzz_cases(N, nv, of.estimator != &hm_estimator_pl);
  of.base = fuzz_singles(nv, -2.0, 2.0);
  for (int i = 0; i < of.updates; i++) {
    of.rows[i] = fuzz_rows(N, N);
  }
  int stopped = 0;
  const double *x = run(&model, &of, &stopped);
  const double *y = run(&model, &of, &stopped);
  const ptrdiff_t size = hm_parameters(nv, nh);
  check_data(&model, &of.cases);
  if (fuzz_wild || stopped) {
    return;
  }
  FUZZ_CHECK(fuzz_finite(size, x), "a gradient is finite");
  FUZZ_CHECK(fuzz_same(size, x, y), "the same bits on any hardware");
}
