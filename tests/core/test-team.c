/* Updates by a team of threads are those that are made step by step, to the
 * bit, however many threads there are. */
#include "team.h"

#include "check.h"
#include "twin-fit.h"

static uint64_t chance = 613;
static const hm_watch patient = {NULL, NULL, NULL};

static hm_plan new_plan(const char *estimator, int nv, int nh, int size) {
  const hm_plan plan = {.nh = nh,
                        .visible = twin_binary(nv),
                        .hidden = twin_binary(nh),
                        .estimator = hm_estimator_named(estimator),
                        .estimation = {.k = 2, .chains = 12},
                        .rule = {.optimiser = hm_optimiser_named("sgd"),
                                 .options = {.learning_rate = 0.1,
                                             .momentum = 0.5,
                                             .weight_decay = 0.001},
                                 .centring = HM_CENTRED,
                                 .offset_rate = 0.2},
                        .batch_size = size,
                        .key = {13u, 21u},
                        .base = twin_zeros(nv),
                        .hw = twin_hw(1)};
  return plan;
}

/* How the watch of an interrupted epoch counts. */
static int calls_left;

static int stop_when_none(void *data) {
  (void)data;
  return calls_left-- <= 0;
}

/* `epochs` epochs from a start; where `stops`, each is interrupted as often as
 * the watch is asked, and goes on. */
static hm_state trained(const hm_plan *plan, const hm_cases *cases, double sd,
                        int epochs, int stops, double *norm) {
  const hm_watch watch = {stops ? stop_when_none : NULL, NULL, NULL};
  hm_state state = twin_begun(plan, cases, sd);
  hm_fit_work work = twin_fit_work(plan, cases);
  hm_fit_open(plan, cases, &state, &work);
  for (int epoch = 0; epoch < epochs; epoch++) {
    hm_epoch_report report = {.step_norm = -1.0};
    hm_status status = HM_INTERRUPTED;
    int batch = 0, rounds = 0;
    while (status == HM_INTERRUPTED && rounds++ < 1000) {
      calls_left = 0;
      status = hm_fit_epoch(plan, cases, epoch, &watch, &work, &batch, &state,
                            &report);
      if (status == HM_INTERRUPTED) {
        /* What is left goes on from the state alone. */
        work = twin_fit_work(plan, cases);
        hm_fit_open(plan, cases, &state, &work);
      }
      if (status == HM_INTERRUPTED &&
          batch == (cases->N - 1) / plan->batch_size + 1) {
        status = hm_fit_epoch(plan, cases, epoch, &patient, &work, &batch,
                              &state, &report);
      }
    }
    CHECK(status == HM_OK, "an epoch goes through");
    *norm = report.step_norm;
  }
  return state;
}

static hm_team_plan team_plan_of(const hm_plan *plan) {
  const hm_team_plan team = {
      .rule = &plan->rule,
      .batch_size = plan->batch_size,
      .k = plan->estimation.k,
      .chains = plan->estimator->persistent ? plan->estimation.chains : 0};
  return team;
}

static int is_for_team(const hm_plan *plan, const hm_cases *cases) {
  const hm_team_plan team = team_plan_of(plan);
  return hm_team_can(&team, plan->visible, plan->hidden, cases);
}

/* A limit of norms that nothing comes to keeps a plan from the team. */
static void check_same(const char *estimator, int nv, int nh, int N, int size,
                       double density, double sd, int k, int sparse) {
  hm_plan plan = new_plan(estimator, nv, nh, size), slow;
  const double *x = twin_cells((ptrdiff_t)N * nv, density, &chance);
  const hm_cases cases =
      sparse ? twin_sparse_cases(N, nv, x) : twin_packed_cases(N, nv, x);
  plan.estimation.k = k;
  plan.estimation.chains = size % 2 ? 12 : size;
  plan.rule.centring = (hm_centring)(nv % 3);
  plan.rule.options.momentum = nh % 2 ? 0.5 : 0.0;
  plan.rule.sparsity_cost = k > 1 ? 0.1 : 0.0;
  slow = plan;
  slow.rule.max_norm = 1e30;
  CHECK(is_for_team(&plan, &cases) && !is_for_team(&slow, &cases),
        "one is for a team, the other is not");
  double norm, other;
  const hm_state alone = trained(&slow, &cases, sd, 2, 0, &norm);
  hm_hardware way[8];
  const int ways = twin_ways(way);
  for (int i = 0; i < ways; i++) {
    plan.hw = way[i];
    const hm_state team = trained(&plan, &cases, sd, 2, 0, &other);
    CHECK(twin_same_state(&plan, nv, &alone, &team),
          "a team's updates are those made step by step");
    CHECK(twin_same_bits(1, &norm, &other), "as are the norms of its steps");
  }
}

/* More threads than cores, and than panels, which only wait for one another. */
static void check_crowd(void) {
  enum { nv = 300, nh = 100, N = 500 };
  hm_plan plan = new_plan("pcd", nv, nh, 100);
  const hm_cases cases =
      twin_packed_cases(N, nv, twin_cells(N * nv, 0.3, &chance));
  double norm;
  plan.estimation.chains = 90;
  const hm_state alone = trained(&plan, &cases, 0.1, 2, 0, &norm);
  for (int threads = 2; threads <= 32; threads *= 4) {
    plan.hw.threads = threads;
    const hm_state team = trained(&plan, &cases, 0.1, 2, 0, &norm);
    CHECK(twin_same_state(&plan, nv, &alone, &team),
          "any number may be in a team");
  }
}

/* An epoch that is stopped wherever it can be goes on to the same end. */
static void check_stops(const char *estimator, int k) {
  enum { nv = 784, nh = 500, N = 450 };
  hm_plan plan = new_plan(estimator, nv, nh, 100);
  const hm_cases cases =
      twin_packed_cases(N, nv, twin_cells(N * nv, 0.2, &chance));
  double norm, other;
  plan.estimation.k = k;
  const hm_state whole = trained(&plan, &cases, 0.01, 2, 0, &norm);
  const hm_state parts = trained(&plan, &cases, 0.01, 2, 1, &other);
  CHECK(twin_same_state(&plan, nv, &whole, &parts), "a stop changes nothing");
  CHECK_NEAR(norm, other, 0.0);
}

/* What stands beyond the last unit of a layer never learns: machines of more
 * units, of which the others are never on and have no weight, are the same. */
static void check_beyond(void) {
  enum { nv = 37, nh = 21, N = 60 };
  const hm_plan plan = new_plan("cd", nv, nh, 20);
  const hm_cases cases =
      twin_packed_cases(N, nv, twin_cells(N * nv, 0.4, &chance));
  hm_state state = twin_begun(&plan, &cases, 0.1);
  hm_fit_work work = twin_fit_work(&plan, &cases);
  hm_fit_open(&plan, &cases, &state, &work);
  int none = 1;
  for (int epoch = 0; epoch < 3; epoch++) {
    int batch = 0;
    hm_epoch_report report;
    CHECK(hm_fit_epoch(&plan, &cases, epoch, &patient, &work, &batch, &state,
                       &report) == HM_OK,
          "an epoch goes through");
    for (int i = 0; i < nv; i++) {
      for (int j = nh; j < HM_PANEL; j++) {
        const ptrdiff_t at = (ptrdiff_t)i * HM_PANEL + j;
        none = none && work.trained.working.W.x[at] == 0.0f &&
               work.trained.low[at] == 0.0f && work.trained.memory[at] == 0.0f;
      }
    }
    for (int j = nh; j < HM_PANEL; j++) {
      none = none && work.trained.working.c[j] == 0.0f;
    }
  }
  CHECK(none, "nothing beyond a layer learns");
}

/* Who cannot have a team. */
static void check_can(void) {
  enum { nv = 6, nh = 4, N = 10 };
  const double *x = twin_cells(N * nv, 0.5, &chance);
  const hm_cases cases = twin_packed_cases(N, nv, x);
  const hm_cases real = twin_real_cases(N, nv, x);
  hm_cases weighted = cases;
  weighted.weight = x;
  hm_plan plan = new_plan("cd", nv, nh, 5);
  CHECK(is_for_team(&plan, &cases), "binary units, 0/1 cases and sgd");
  CHECK(!is_for_team(&plan, &real), "but not with reals,");
  CHECK(!is_for_team(&plan, &weighted), "or weights,");
  plan.batch_size = HM_PHASES_ROOM + 1;
  CHECK(!is_for_team(&plan, &cases), "or more cases than have exact sums,");
  plan = new_plan("cd", nv, nh, 5);
  plan.rule.optimiser = hm_optimiser_named("adam");
  CHECK(!is_for_team(&plan, &cases), "or another rule,");
  plan = new_plan("cd", nv, nh, 5);
  plan.rule.options.l1 = 0.1;
  CHECK(!is_for_team(&plan, &cases), "or l1");
}

/* Weights that grow beyond all limits end the training, on all threads. */
static void check_divergence(void) {
  enum { nv = 300, nh = 100, N = 200 };
  hm_plan plan = new_plan("cd", nv, nh, 50);
  const hm_cases cases =
      twin_packed_cases(N, nv, twin_cells(N * nv, 0.5, &chance));
  plan.rule.options.learning_rate = 1e6;
  for (int threads = 1; threads <= 2; threads++) {
    plan.hw.threads = threads;
    hm_state state = twin_begun(&plan, &cases, 0.1);
    hm_fit_work work = twin_fit_work(&plan, &cases);
    hm_fit_open(&plan, &cases, &state, &work);
    int batch = 0;
    hm_epoch_report report;
    CHECK(hm_fit_epoch(&plan, &cases, 0, &patient, &work, &batch, &state,
                       &report) == HM_DIVERGED,
          "what diverges is stopped");
  }
}

static void checks(void) {
  static const char *const name[] = {"cd", "pcd"};
  for (int e = 0; e < 2; e++) {
    check_same(name[e], 5, 3, 11, 4, 0.5, 0.5, 1, 0);
    check_same(name[e], 33, 32, 20, 7, 0.1, 0.5, 3, 1);
    check_same(name[e], 64, 65, 40, 40, 0.9, 0.2, 1, 0);
    check_same(name[e], 70, 20, 9, 1, 0.4, 0.3, 2, 0);
    check_same(name[e], 300, 90, 130, 50, 0.3, 0.1, 1, 1);
    check_same(name[e], 520, 260, 300, 256, 0.4, 0.05, 1, 0);
    check_stops(name[e], 1);
    check_stops(name[e], 3);
  }
  check_crowd();
  check_beyond();
  check_can();
  check_divergence();
}
