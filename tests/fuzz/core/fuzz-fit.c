/* Epochs by any plan, stopped at any time and gone on with. */
#include "fit.h"

#include "fuzz.h"

typedef struct {
  ptrdiff_t size, memory, words, numbers;
} lengths;

static lengths lengths_of(const hm_plan *plan, int nv) {
  const ptrdiff_t size = hm_parameters(nv, plan->nh);
  const lengths of = {
      size, size * plan->rule.optimiser->slots,
      hm_estimator_words(plan->estimator, fuzz_binary(nv), &plan->estimation),
      hm_estimator_numbers(plan->estimator, &plan->estimation)};
  return of;
}

static double number(double low, double high) {
  return fuzz_wild && fuzz_rarely(4) ? fuzz_any()
                                     : low + (high - low) * fuzz_uniform();
}

static hm_plan plan_of(int nv, int nh, int binary) {
  int rules = 0, estimators = 0;
  while (hm_optimiser_row(rules)) {
    rules++;
  }
  while (hm_estimator_row(estimators)) {
    estimators++;
  }
  hm_plan plan = {
      .nh = nh,
      .visible = fuzz_binary(nv),
      .hidden = fuzz_binary(nh),
      .estimator = hm_estimator_row(fuzz_int(0, estimators - 1)),
      .estimation = {fuzz_int(1, 2),
                     fuzz_rarely(8) ? fuzz_int(1, 200) : fuzz_int(1, 6),
                     fuzz_int(2, 4), fuzz_int(1, 6)},
      .rule = {.optimiser = hm_optimiser_row(fuzz_int(0, rules - 1)),
               .options = {.learning_rate = number(0.0, 0.5),
                           .momentum = number(0.0, 0.95),
                           .beta1 = number(0.0, 0.95),
                           .beta2 = number(0.5, 0.999),
                           .epsilon = number(1e-8, 1e-3),
                           .weight_decay = number(0.0, 0.01),
                           .l1 = fuzz_rarely(2) ? number(0.0, 0.01) : 0.0},
               .centring = (hm_centring)fuzz_int(HM_UNCENTRED, HM_ENHANCED),
               .offset_rate = number(0.0, 1.0),
               .fast_rate = number(0.0, 0.1),
               .fast_decay = number(0.5, 1.0),
               .sparsity_target = number(0.01, 0.5),
               .sparsity_cost = fuzz_rarely(2) ? number(0.0, 1.0) : 0.0,
               .max_norm = fuzz_rarely(2) ? number(0.01, 2.0) : 0.0},
      .looks = fuzz_int(0, 1),
      .from_data = binary && fuzz_rarely(2),
      .batch_size = fuzz_rarely(6) ? fuzz_int(1, 1 << 20) : fuzz_int(1, 9),
      .base = fuzz_reals(nv, -2.0, 2.0)};
  if ((plan.estimator == &hm_estimator_exact && (nv < nh ? nv : nh) > 7) ||
      (plan.estimator == &hm_estimator_pl && !binary)) {
    plan.estimator = &hm_estimator_cd;
  }
  plan.rule.fast = plan.estimator->fast;
  memcpy(plan.key, fuzz_key(), sizeof plan.key);
  return plan;
}

/* A state that was begun, and may have been changed since: only the bits of
 * chains are looked at before it is gone on from. */
static hm_state begin(const hm_plan *plan, const hm_cases *cases,
                      const double *theta) {
  const lengths of = lengths_of(plan, cases->nv);
  hm_state state = {
      .theta = FUZZ_NEW(double, of.size),
      .memory = FUZZ_NEW(double, of.memory),
      .offsets = FUZZ_NEW(double, cases->nv + 2 * (ptrdiff_t)plan->nh),
      .fast = plan->estimator->fast ? FUZZ_NEW(double, of.size) : NULL,
      .particles = {FUZZ_NEW(uint32_t, of.words), FUZZ_NEW(double, of.numbers)},
      .tally = FUZZ_NEW(double, HM_TALLY)};
  hm_fit_work work = {0};
  memcpy(state.theta, theta, (size_t)of.size * sizeof *theta);
  FUZZ_LAY(hm_fit_lay(arena, plan, cases, &work));
  hm_fit_begin(plan, cases, &work, &state);
  return state;
}

static void spoil(ptrdiff_t n, double *x) {
  if (n > 0 && x && fuzz_rarely(3)) {
    x[fuzz_int(0, (int)n - 1)] = fuzz_any();
  }
}

/* Epochs 0 and 1; returns the status of the last. */
static hm_status train(hm_plan plan, const hm_cases *cases, int stops,
                       hm_state *state, hm_epoch_report *report) {
  hm_status status = HM_OK;
  plan.hw = fuzz_hardware();
  for (int epoch = 0; epoch < 2 && status == HM_OK; epoch++) {
    int batch = 0, left = stops ? fuzz_int(1, 12) : 0;
    do {
      const hm_watch watch = fuzz_watch(&left);
      hm_fit_work work = {0};
      FUZZ_LAY(hm_fit_lay(arena, &plan, cases, &work));
      hm_fit_open(&plan, cases, state, &work);
      status = hm_fit_epoch(&plan, cases, epoch, &watch, &work, &batch, state,
                            report);
      FUZZ_CHECK(status != HM_INTERRUPTED || left == 0, "nobody stopped it");
      left = stops && fuzz_rarely(2) ? fuzz_int(1, 12) : 0;
    } while (status == HM_INTERRUPTED);
  }
  return status;
}

void fuzz(void) {
  const int nv = fuzz_size(70), nh = fuzz_size(70), N = fuzz_size(30);
  const hm_cases cases = fuzz_cases(N, nv, 1);
  const hm_plan plan = plan_of(nv, nh, hm_cases_binary(&cases));
  const lengths of = lengths_of(&plan, nv);
  double *theta = fuzz_reals(of.size, -1.0, 1.0);
  if (fuzz_rarely(2)) {
    hm_fit_start(&cases, nh, number(0.001, 1.0), plan.key, fuzz_hardware(),
                 theta);
  }
  hm_plan how = plan;
  how.hw = fuzz_hardware();
  hm_state x = begin(&how, &cases, theta);
  how.hw = fuzz_hardware();
  hm_state y = begin(&how, &cases, theta);
  hm_epoch_report one, two;
  if (fuzz_wild) {
    spoil(of.memory, x.memory);
    spoil(of.numbers, x.particles.numbers);
    spoil(nv + 2 * nh, x.offsets);
    spoil(of.size, x.fast);
    if (of.numbers > 1 && fuzz_rarely(3)) {
      double *numbers = x.particles.numbers;
      memmove(numbers, numbers + 1, (size_t)(of.numbers - 1) * sizeof *numbers);
    }
  }
  const hm_status status = train(plan, &cases, 0, &x, &one);
  FUZZ_CHECK(status == HM_DIVERGED ||
                 fuzz_within(of.size, x.theta, -HM_LARGEST_PARAMETER,
                             HM_LARGEST_PARAMETER),
             "parameters are in range, or it says that they are not");
  if (fuzz_wild) {
    return;
  }
  FUZZ_CHECK(train(plan, &cases, 1, &y, &two) == status, "one status");
  FUZZ_CHECK(
      fuzz_same(of.size, x.theta, y.theta) &&
          fuzz_same(of.memory, x.memory, y.memory) &&
          fuzz_same(nv + 2 * nh, x.offsets, y.offsets) &&
          fuzz_same(of.numbers, x.particles.numbers, y.particles.numbers) &&
          memcmp(x.particles.words, y.particles.words,
                 (size_t)of.words * sizeof *x.particles.words) == 0,
      "stopped and gone on with, on any hardware: the same bits");
  FUZZ_CHECK(status != HM_OK ||
                 (isfinite(one.monitor.pseudo_log_lik) == (plan.looks != 0) &&
                  fuzz_same(1, &one.weight_norm, &two.weight_norm) &&
                  fuzz_same(1, &one.step_norm, &two.step_norm)),
             "and the same report");
}
