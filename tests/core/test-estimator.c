/* The table of estimators, and what a negative phase leaves behind. */
#include "estimator.h"

#include "cases.h"
#include "check.h"
#include "twin.h"

enum { nv = 6, nh = 4, n = 30 };

static uint64_t chance = 83;
static const uint32_t key[2] = {34u, 55u};

static void check_table(void) {
  int rows = 0;
  for (const hm_estimator *row; (row = hm_estimator_row(rows)); rows++) {
    CHECK(hm_estimator_named(row->name) == row, "each row has its own name");
  }
  CHECK(rows == 1, "the table has one row");
  CHECK(hm_estimator_named("cd") == &hm_estimator_cd,
        "contrastive divergence is there");
  CHECK(!hm_estimator_row(-1) && !hm_estimator_row(rows + 1),
        "there are no more rows");
  CHECK(!hm_estimator_named("") && !hm_estimator_named("c") &&
            !hm_estimator_named("cd1") && !hm_estimator_named("CD"),
        "names are whole names");
}

/* Chains after a positive phase at n cases. */
static hm_chains after_positive_phase(const hm_working *working,
                                      const double *x) {
  const hm_cases cases = twin_packed_cases(n, nv, x);
  const hm_rows all = {NULL, 0, n};
  hm_arena measured = {NULL, 0};
  hm_chains chains;
  hm_chains_lay(&measured, nv, nh, n, 0, &chains);
  hm_arena arena = twin_arena(&measured);
  hm_chains_lay(&arena, nv, nh, n, 0, &chains);
  hm_take(&cases, &all, &chains.v);
  hm_chains_mean_h(working, twin_hw(1), &chains);
  return chains;
}

/* k sweeps from the data, and p(h | v) of where they end. */
static void check_cd(int k) {
  const hm_model model = twin_machine(nv, nh, 1.0, &chance);
  const hm_working working = twin_working(&model);
  const double *x = twin_cells(n * nv, 0.5, &chance);
  const hm_rows all = {NULL, 0, n};
  const hm_chance at = {key, 2};
  const hm_watch patient = {NULL, NULL};
  hm_chains chains = after_positive_phase(&working, x);
  hm_chains swept = after_positive_phase(&working, x);
  double v[n * nv], expected[n * nv], mean_h[n * nh];
  CHECK(hm_estimator_cd.negative_phase(&working, &all, &at, k, &patient,
                                       twin_hw(1), &chains) == HM_OK,
        "the negative phase goes through");
  hm_gibbs(&working, &all, &at, 0, k, &patient, twin_hw(1), &swept);
  CHECK(!chains.v.x, "a negative phase is draws");
  hm_states_to_reals(&chains.v, v);
  hm_states_to_reals(&swept.v, expected);
  CHECK(twin_same_bits(n * nv, v, expected), "cd is k sweeps from the cases");
  for (int s = 0; s < n; s++) {
    twin_mean_h(&model, v + s * nv, mean_h + s * nh);
  }
  CHECK_NEAR(twin_gap(n * nh, twin_from_panels(n, &chains.mean_h), mean_h), 0.0,
             twin_mean_error(&model));
}

static void check_stop(void) {
  const hm_model model = twin_machine(nv, nh, 1.0, &chance);
  const hm_working working = twin_working(&model);
  hm_chains chains =
      after_positive_phase(&working, twin_cells(n * nv, 0.5, &chance));
  const hm_rows all = {NULL, 0, n};
  const hm_chance at = {key, 2};
  twin_patience patience = {0, 3};
  const hm_watch watch = {twin_ask, &patience};
  CHECK(hm_estimator_cd.negative_phase(&working, &all, &at, 9, &watch,
                                       twin_hw(1), &chains) == HM_INTERRUPTED,
        "the watch stops a negative phase");
  CHECK(patience.asked == 3, "the watch is asked once a sweep");
}

static void checks(void) {
  check_table();
  check_cd(1);
  check_cd(3);
  check_stop();
}
