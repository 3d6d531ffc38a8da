/* The trainer: against an epoch written out, and on data whose likelihood can
 * be enumerated. */
#include "fit.h"

#include "linalg.h"

#include "check.h"
#include "twin-fit.h"
#include "twin-step.h"
#include "twin.h"

static uint64_t chance = 127;
static const hm_watch patient = {NULL, NULL, NULL};

static hm_plan new_plan(const char *estimator, int nv, int nh, int batch_size) {
  hm_plan plan = {
      .nh = nh,
      .visible = twin_binary(nv),
      .hidden = twin_binary(nh),
      .estimator = hm_estimator_named(estimator),
      .estimation = {.k = 2, .chains = 7, .temperatures = 3, .max_sweeps = 20},
      .rule = {.optimiser = hm_optimiser_named("sgd"),
               .options = {.learning_rate = 0.1,
                           .momentum = 0.5,
                           .beta1 = 0.9,
                           .beta2 = 0.99,
                           .epsilon = 1e-8,
                           .weight_decay = 0.001},
               .centring = HM_UNCENTRED,
               .offset_rate = 0.2,
               .fast = hm_estimator_named(estimator)->fast,
               .fast_rate = 0.1,
               .fast_decay = 0.9,
               .sparsity_target = 0.1},
      .batch_size = batch_size,
      .looks = 1,
      .key = {987u, 1597u},
      .base = twin_zeros(1000),
      .hw = twin_hw(1)};
  return plan;
}

static double *start_of(const hm_plan *plan, const hm_cases *cases, double sd) {
  double *theta = twin_reals(hm_parameters(cases->nv, plan->nh));
  hm_fit_start(cases, plan->nh, sd, plan->key, plan->hw, theta);
  return theta;
}

static hm_state begun_at(const hm_plan *plan, const hm_cases *cases,
                         const double *theta) {
  hm_fit_work work = twin_fit_work(plan, cases);
  hm_state state = twin_fit_state(plan, cases->nv);
  memcpy(state.theta, theta,
         (size_t)hm_parameters(cases->nv, plan->nh) * sizeof *theta);
  hm_fit_begin(plan, cases, &work, &state);
  return state;
}

static hm_state begun(const hm_plan *plan, const hm_cases *cases) {
  return twin_begun(plan, cases, 0.1);
}

static void copy_state(const hm_plan *plan, int nv, const hm_state *from,
                       hm_state *to) {
  const twin_lengths of = twin_lengths_of(plan, nv);
  const size_t each = sizeof(double);
  memcpy(to->theta, from->theta, (size_t)of.theta * each);
  memcpy(to->memory, from->memory, (size_t)of.memory * each);
  memcpy(to->offsets, from->offsets, (size_t)of.offsets * each);
  memcpy(to->fast, from->fast, (size_t)of.fast * each);
  memcpy(to->particles.words, from->particles.words,
         (size_t)of.words * sizeof(uint32_t));
  memcpy(to->particles.numbers, from->particles.numbers,
         (size_t)of.numbers * each);
  memcpy(to->tally, from->tally, HM_TALLY * each);
}

/* Everything there is to say of one epoch, or of a part of it. */
typedef struct {
  hm_status status;
  int batch;
  hm_epoch_report report;
} outcome;

static hm_status run(const hm_plan *plan, const hm_cases *cases, int epoch,
                     const hm_watch *watch, hm_state *state, outcome *of) {
  hm_fit_work work = twin_fit_work(plan, cases);
  memset(&of->report, 0, sizeof of->report);
  hm_fit_open(plan, cases, state, &work);
  of->status = hm_fit_epoch(plan, cases, epoch, watch, &work, &of->batch, state,
                            &of->report);
  return of->status;
}

static outcome nothing_yet(void) {
  const outcome of = {0};
  return of;
}

/* NaN is one number. */
static int same_number(double a, double b) {
  return (isnan(a) && isnan(b)) || twin_same_bits(1, &a, &b);
}

static int same_outcome(const outcome *a, const outcome *b) {
  const hm_epoch_report *x = &a->report, *y = &b->report;
  return a->status == b->status && a->batch == b->batch &&
         x->batches == y->batches &&
         same_number(x->weight_norm, y->weight_norm) &&
         same_number(x->step_norm, y->step_norm) &&
         same_number(x->chains.swap_rate, y->chains.swap_rate) &&
         same_number(x->chains.meeting_time, y->chains.meeting_time) &&
         same_number(x->chains.unmet, y->chains.unmet) &&
         memcmp(&x->monitor, &y->monitor, sizeof x->monitor) == 0;
}

/* W is sd times the normals of case i, b the log odds of on and half a case
 * more either way, c zero. */
static void check_start(void) {
  enum { N = 9, nv = 70, nh = 6 };
  const hm_plan plan = new_plan("cd", nv, nh, 5);
  const hm_stream stream = hm_stream_of(plan.key, HM_DRAW_WEIGHTS, 0, 0);
  double *x = twin_cells(N * nv, 0.5, &chance);
  double *between = twin_random(N * nv, 0.0, 1.0, &chance);
  for (int s = 0; s < N; s++) {
    x[s * nv] = between[s * nv] = 0.0;
    x[s * nv + 1] = between[s * nv + 1] = 1.0;
  }
  const double *data[] = {x, x, x, between};
  const hm_cases cases[] = {
      twin_packed_cases(N, nv, x), twin_sparse_cases(N, nv, x),
      twin_real_cases(N, nv, x), twin_real_cases(N, nv, between)};
  for (int form = 0; form < 4; form++) {
    const double *theta = start_of(&plan, &cases[form], 0.3);
    double naive[nv * nh + nv + nh] = {0.0};
    for (int i = 0; i < nv; i++) {
      double on = 0.5, off = 0.5;
      for (int s = 0; s < N; s++) {
        on += data[form][s * nv + i];
        off += 1.0 - data[form][s * nv + i];
      }
      naive[nv * nh + i] = log(on / off);
      hm_normals(HM_PLAIN, &stream, (uint32_t)i, nh, naive + i * nh);
      for (int j = 0; j < nh; j++) {
        naive[i * nh + j] *= 0.3;
      }
    }
    CHECK_NEAR(twin_gap(nv * nh + nv + nh, theta, naive), 0.0, 1e-14);
  }
}

/* The means of v and of p(h | v) in these cases. */
static double *means(const hm_model *model, const double *x, int n,
                     const int *row) {
  const int nv = model->nv, nh = model->nh;
  double *mean = twin_zeros((ptrdiff_t)nv + nh), *p = twin_reals(nh);
  for (int s = 0; s < n; s++) {
    const double *v = x + (ptrdiff_t)row[s] * nv;
    twin_mean_h(model, v, p);
    for (int i = 0; i < nv + nh; i++) {
      mean[i] += (i < nv ? v[i] : p[i - nv]) / n;
    }
  }
  return mean;
}

/* An epoch written out, with the core's gradients, from a state that has what
 * the estimator keeps. Returns the mean norm of the changes of W. */
static double naive_epoch(const hm_plan *plan, const hm_cases *cases,
                          const double *x, int epoch, hm_state *state) {
  const int nv = cases->nv, nh = plan->nh, N = cases->N;
  const int size = nv * nh + nv + nh;
  const int batches = (N + plan->batch_size - 1) / plan->batch_size;
  const hm_stream stream =
      hm_stream_of(plan->key, HM_DRAW_ORDER, (uint32_t)epoch, 0);
  hm_fit_work work = twin_fit_work(plan, cases);
  double norms = 0.0;
  float *base = twin_layer(nv);
  int *order = twin_ints(N);
  hm_shuffle(&stream, N, order);
  for (int i = 0; i < hm_panels_across(nv) * HM_PANEL; i++) {
    base[i] = i < nv ? (float)plan->base[i] : 0.0f;
  }
  work.phases.tally[0] = 0.0;
  for (int batch = 0; batch < batches; batch++) {
    const int first = batch * plan->batch_size;
    const int end = N < first + plan->batch_size ? N : first + plan->batch_size;
    const hm_rows rows = {order + first, 0, end - first};
    const hm_chance at = {plan->key, (uint32_t)(epoch * batches + batch)};
    const hm_model model = twin_model(nv, nh, state->theta);
    double *both = twin_copy(size, state->theta), *gradient = twin_reals(size);
    for (int i = 0; plan->estimator->fast && i < size; i++) {
      both[i] += state->fast[i];
    }
    const hm_model faster = twin_model(nv, nh, both);
    const hm_working working = twin_working(&model);
    const hm_working sampled = twin_working(&faster);
    const hm_update update = {.options = &plan->estimation,
                              .working = &working,
                              .sampled = &sampled,
                              .model = &model,
                              .base = base,
                              .cases = cases,
                              .rows = &rows,
                              .chance = &at,
                              .particles = &state->particles,
                              .watch = &patient,
                              .hw = plan->hw};
    CHECK(
        hm_gradient(plan->estimator, &update, &work.phases, gradient) == HM_OK,
        "the gradient goes through");
    norms += twin_step(&plan->rule, nv, nh, NULL, gradient,
                       means(&model, x, rows.n, order + first), state) /
             batches;
  }
  return norms;
}

/* The memory of a rule with one slot is in the order of theta. */
static double state_gap(const hm_plan *plan, int nv, const hm_state *state,
                        const hm_state *twin) {
  const twin_lengths of = twin_lengths_of(plan, nv);
  double gap = twin_gap(of.theta, state->theta, twin->theta);
  gap = fmax(gap, twin_gap(of.memory, state->memory, twin->memory));
  gap = fmax(gap, twin_gap(of.offsets, state->offsets, twin->offsets));
  return fmax(gap, twin_gap(of.fast, state->fast, twin->fast));
}

/* Two epochs by every estimator and centring, with a last batch that is short;
 * the report is that of a look at the model at the end of each. */
static void check_epochs(int nv, int nh) {
  enum { N = 23, batches = 4 };
  const double *x = twin_cells((ptrdiff_t)N * nv, 0.4, &chance);
  const hm_cases cases = twin_packed_cases(N, nv, x);
  const hm_estimator *estimator;
  for (int e = 0; (estimator = hm_estimator_row(e)); e++) {
    for (int c = 0; c < 6; c++) {
      hm_plan plan = new_plan(estimator->name, nv, nh, 6);
      plan.rule.centring = (hm_centring)(c % 3);
      plan.rule.max_norm = c < 3 ? 0.0 : 0.4;
      plan.rule.sparsity_cost = c < 3 ? 0.0 : 0.3;
      hm_state state = begun(&plan, &cases), twin = begun(&plan, &cases);
      CHECK(twin_same_state(&plan, nv, &state, &twin),
            "a start is always the same");
      for (int epoch = 0; epoch < 2; epoch++) {
        outcome of = nothing_yet();
        const double norm = naive_epoch(&plan, &cases, x, epoch, &twin);
        CHECK(run(&plan, &cases, epoch, &patient, &state, &of) == HM_OK,
              "an epoch goes through");
        CHECK(of.batch == batches && of.report.batches == batches,
              "to its last batch");
        CHECK((isnan(of.report.chains.swap_rate) != 0) == !estimator->ladders,
              "ladders tell how often their rungs swap");
        CHECK((isnan(of.report.chains.unmet) != 0) ==
                  (estimator != &hm_estimator_ucd),
              "coupled chains whether they met");
        /* The data's means are in single precision, and each at the nearest
         * multiple of 2^-16. */
        CHECK_NEAR(state_gap(&plan, nv, &state, &twin), 0.0, 1e-6 + 0x1p-17);
        CHECK_NEAR(of.report.step_norm, norm, 1e-6);
        CHECK_NEAR(of.report.weight_norm,
                   sqrt(hm_sum_squares((ptrdiff_t)nv * nh, state.theta)),
                   1e-12);
        const hm_model model = twin_model(nv, nh, state.theta);
        hm_fit_work work = twin_fit_work(&plan, &cases);
        hm_monitor_report look;
        hm_monitor_choose(&cases, plan.key, &work.monitor_work);
        hm_monitor(&model, &cases, &patient, twin_hw(1), &work.monitor_work,
                   &look);
        CHECK_NEAR(of.report.monitor.pseudo_log_lik, look.pseudo_log_lik,
                   1e-10);
        CHECK_NEAR(of.report.monitor.reconstruction_error,
                   look.reconstruction_error, 1e-12);
        CHECK_NEAR(of.report.monitor.hidden_activity, look.hidden_activity,
                   1e-12);
        copy_state(&plan, nv, &state, &twin);
      }
    }
  }
}

/* An estimator that only keeps account of what it is shown. */
enum { most_seen = 64 };
static int seen_row[most_seen], seen_at[most_seen], seen, seen_most;
static uint32_t seen_step[most_seen];

static hm_status keep_account(const hm_update *update, int from,
                              hm_phases *phases) {
  const hm_rows *rows = update->rows;
  (void)from;
  seen_most = rows->n > seen_most ? rows->n : seen_most;
  for (int s = 0; s < rows->n && seen < most_seen; s++) {
    seen_row[seen] = hm_row(rows, s);
    seen_step[seen] = update->chance->step;
    seen_at[seen_row[seen]]++;
    seen++;
  }
  hm_phases_set_draws(HM_PLAIN, HM_ALIKE, phases);
  return HM_OK;
}

/* Every case once an epoch, in another order each time, and no two updates with
 * the same number. */
static void check_visits(void) {
  enum { N = 23, nv = 4, nh = 3 };
  static const hm_estimator account = {.name = "account",
                                       .negative_phase = keep_account};
  hm_plan plan = new_plan("cd", nv, nh, 6);
  const hm_cases cases =
      twin_packed_cases(N, nv, twin_cells(N * nv, 0.4, &chance));
  plan.estimator = &account;
  hm_state state = begun(&plan, &cases);
  int first_order[N];
  uint32_t last_step = 0;
  for (int epoch = 0; epoch < 3; epoch++) {
    outcome of = nothing_yet();
    int once = 1;
    memset(seen_at, 0, sizeof seen_at);
    seen = seen_most = 0;
    run(&plan, &cases, epoch, &patient, &state, &of);
    for (int s = 0; s < N; s++) {
      once = once && seen_at[s] == 1;
    }
    CHECK(seen == N && once, "an epoch visits every case once");
    CHECK(seen_most == 6, "in batches of the size asked for");
    CHECK(seen_step[0] == (uint32_t)epoch * 4 &&
              seen_step[N - 1] == (uint32_t)epoch * 4 + 3,
          "updates are numbered through");
    CHECK(epoch == 0 || seen_step[0] == last_step + 1, "from epoch to epoch");
    last_step = seen_step[N - 1];
    if (epoch == 0) {
      memcpy(first_order, seen_row, sizeof first_order);
    } else {
      CHECK(memcmp(first_order, seen_row, sizeof first_order) != 0,
            "each epoch has its own order");
    }
  }
}

/* One estimator with every level, by one thread and by two. */
static void check_hardware(const char *estimator, hm_centring centring, int N,
                           int nv, int nh) {
  const double *x = twin_cells((ptrdiff_t)N * nv, 0.4, &chance);
  const hm_cases cases = twin_packed_cases(N, nv, x);
  hm_state first_state;
  outcome first;
  hm_hardware way[8];
  const int ways = twin_ways(way);
  for (int i = 0; i < ways; i++) {
    hm_plan plan = new_plan(estimator, nv, nh, 40);
    plan.hw = way[i];
    plan.rule.centring = centring;
    plan.rule.max_norm = 0.3;
    plan.rule.sparsity_cost = 0.1;
    hm_state state = begun(&plan, &cases);
    outcome of = nothing_yet();
    CHECK(run(&plan, &cases, 0, &patient, &state, &of) == HM_OK,
          "an epoch goes through");
    if (i == 0) {
      first_state = state;
      first = of;
    }
    CHECK(twin_same_state(&plan, nv, &state, &first_state),
          "all levels and threads give the same bits");
    CHECK(same_outcome(&of, &first), "and the same report");
  }
}

/* Stopped wherever it asks, a fit leaves whole steps, and goes on to the bits
 * of one that was not stopped: by every estimator, rule and centring, now with
 * one thread and now with two, in plain C and in the widest vectors. */
static void check_stop(const char *estimator, const char *rule,
                       hm_centring centring, int nv, int nh) {
  enum { N = 23, batches = 4, epoch = 1 };
  const hm_hardware ways[] = {twin_hw(2), {1, HM_PLAIN}};
  const hm_cases cases =
      twin_packed_cases(N, nv, twin_cells((ptrdiff_t)N * nv, 0.4, &chance));
  hm_plan plan = new_plan(estimator, nv, nh, 6);
  plan.rule.optimiser = hm_optimiser_named(rule);
  plan.rule.centring = centring;
  plan.rule.max_norm = 0.4;
  plan.rule.sparsity_cost = 0.1;
  plan.rule.options.l1 = 1e-3;
  hm_state before = begun(&plan, &cases), whole = twin_fit_state(&plan, nv);
  hm_state state = twin_fit_state(&plan, nv);
  outcome early = nothing_yet();
  run(&plan, &cases, 0, &patient, &before, &early);
  copy_state(&plan, nv, &before, &whole);
  outcome uninterrupted = nothing_yet();
  twin_patience count = {0, 0};
  const hm_watch counting = {twin_ask, &count, NULL};
  run(&plan, &cases, epoch, &counting, &whole, &uninterrupted);
  CHECK(count.asked > batches, "a watch is asked in every step, and after");
  outcome of = nothing_yet();
  int last_batch = 0;
  for (int stop_at = 1; stop_at <= count.asked; stop_at++) {
    twin_patience patience = {0, stop_at};
    const hm_watch watch = {twin_ask, &patience, NULL};
    copy_state(&plan, nv, &before, &state);
    memset(&of, 0, sizeof of);
    plan.hw = ways[stop_at % 2];
    CHECK(run(&plan, &cases, epoch, &watch, &state, &of) == HM_INTERRUPTED,
          "the watch stops an epoch");
    CHECK(of.batch >= last_batch && of.batch <= last_batch + 1,
          "after a whole number of steps");
    last_batch = of.batch;
    plan.hw = ways[(stop_at + 1) % 2];
    CHECK(run(&plan, &cases, epoch, &patient, &state, &of) == HM_OK,
          "and goes on");
    CHECK(twin_same_state(&plan, nv, &state, &whole), "to the same bits");
    CHECK(same_outcome(&of, &uninterrupted), "and the same report");
  }
  CHECK(last_batch == batches, "the last stop is after the last step");
}

/* Every second chain, or the coldest replica of every second ladder, is a case
 * where that is asked for, and all else is as it was. */
static void check_from_data(const char *estimator) {
  enum { N = 40, nv = 70, nh = 5 };
  const double *x = twin_cells(N * nv, 0.4, &chance);
  const hm_cases forms[] = {twin_packed_cases(N, nv, x),
                            twin_sparse_cases(N, nv, x)};
  hm_plan plan = new_plan(estimator, nv, nh, 6);
  const int rungs = plan.estimator->ladders ? plan.estimation.temperatures : 1;
  const ptrdiff_t each = hm_chain_words(plan.visible);
  const double *theta = start_of(&plan, &forms[0], 0.1);
  const hm_state usual = begun_at(&plan, &forms[0], theta);
  plan.from_data = 1;
  for (int form = 0; form < 2; form++) {
    const hm_state state = begun_at(&plan, &forms[form], theta);
    for (int s = 0; s < plan.estimation.chains * rungs; s++) {
      const uint32_t *word = state.particles.words + s * each;
      const int same = memcmp(word, usual.particles.words + s * each,
                              (size_t)each * sizeof *word) == 0;
      int cases = 0;
      for (int row = 0; row < N; row++) {
        int equal = 1;
        for (int i = 0; i < nv; i++) {
          equal =
              equal && (x[row * nv + i] > 0.0) == (word[i / 32] >> i % 32 & 1u);
        }
        cases += equal;
      }
      const int chosen = s % rungs == rungs - 1 && s / rungs % 2 == 0;
      CHECK(chosen ? cases == 1 : same, "chains begin where they should");
    }
  }
}

/* A fit that stays open goes through the states of one that is opened for each
 * epoch, whether anybody looks or not; one that diverges leaves its state as it
 * was. */
static void check_open(const char *estimator, const char *rule,
                       hm_centring centring, int nv) {
  enum { N = 23, nh = 37, epochs = 3 };
  const hm_cases cases =
      twin_packed_cases(N, nv, twin_cells((ptrdiff_t)N * nv, 0.4, &chance));
  hm_plan plan = new_plan(estimator, nv, nh, 6);
  plan.rule.optimiser = hm_optimiser_named(rule);
  plan.rule.centring = centring;
  hm_state state = begun(&plan, &cases), again = twin_fit_state(&plan, nv);
  copy_state(&plan, nv, &state, &again);
  outcome last = nothing_yet(), of = nothing_yet();
  for (int epoch = 0; epoch < epochs; epoch++) {
    last = nothing_yet();
    run(&plan, &cases, epoch, &patient, &again, &last);
  }
  hm_fit_work work = twin_fit_work(&plan, &cases);
  hm_fit_open(&plan, &cases, &state, &work);
  for (int epoch = 0; epoch < epochs; epoch++) {
    plan.looks = epoch == epochs - 1;
    of.batch = 0;
    of.status = hm_fit_epoch(&plan, &cases, epoch, &patient, &work, &of.batch,
                             &state, &of.report);
    CHECK((isnan(of.report.monitor.pseudo_log_lik) != 0) == !plan.looks,
          "there is a look where one is asked for");
  }
  CHECK(twin_same_state(&plan, nv, &state, &again),
        "epochs go on in their place");
  CHECK(same_outcome(&of, &last), "with the same report");
  copy_state(&plan, nv, &state, &again);
  of.batch = 0;
  plan.rule.options.learning_rate = 1e6;
  CHECK(hm_fit_epoch(&plan, &cases, epochs, &patient, &work, &of.batch, &state,
                     &of.report) == HM_DIVERGED,
        "a rate of a million diverges");
  CHECK(twin_same_state(&plan, nv, &state, &again), "and the state stands");
}

static void check_divergence(void) {
  enum { N = 23, nv = 9, nh = 5, size = nv * nh + nv + nh };
  hm_plan plan = new_plan("cd", nv, nh, 6);
  const hm_cases cases =
      twin_packed_cases(N, nv, twin_cells(N * nv, 0.4, &chance));
  hm_state state = begun(&plan, &cases);
  outcome of = nothing_yet();
  plan.rule.options.learning_rate = 1e6;
  CHECK(run(&plan, &cases, 0, &patient, &state, &of) == HM_DIVERGED,
        "a rate of a million diverges");
  /* Biases are watched as well as weights, whether it comes to the end or is
   * stopped. */
  plan.rule.options.learning_rate = 0.0;
  for (int i = 0; i < size; i += size - 1) {
    for (int stop_at = 0; stop_at <= 4; stop_at += 4) {
      twin_patience patience = {0, stop_at};
      const hm_watch watch = {twin_ask, &patience, NULL};
      double *theta = start_of(&plan, &cases, 0.1);
      theta[i] = -2.0 * HM_LARGEST_PARAMETER;
      state = begun_at(&plan, &cases, theta);
      of = nothing_yet();
      CHECK(run(&plan, &cases, 0, &watch, &state, &of) == HM_DIVERGED,
            "no parameter may be too large");
    }
  }
}

/* Lists that come sparse and lists from packed bits are the same lists. */
static void check_storages(void) {
  enum { N = 23, nv = 70, nh = 5 };
  const double *x = twin_cells(N * nv, 0.1, &chance);
  const hm_cases cases[] = {twin_packed_cases(N, nv, x),
                            twin_sparse_cases(N, nv, x)};
  hm_plan plan = new_plan("cd", nv, nh, 6);
  plan.rule.centring = HM_ENHANCED;
  hm_state state[2];
  outcome of[2];
  for (int form = 0; form < 2; form++) {
    state[form] = begun(&plan, &cases[form]);
    for (int epoch = 0; epoch < 2; epoch++) {
      of[form] = nothing_yet();
      run(&plan, &cases[form], epoch, &patient, &state[form], &of[form]);
    }
  }
  CHECK(twin_same_state(&plan, nv, &state[0], &state[1]),
        "packed and sparse data give the same bits");
  CHECK(same_outcome(&of[0], &of[1]), "and the same report");
}

static double mean_log_lik(int nv, int nh, const double *theta, int N,
                           const double *x) {
  const hm_model model = twin_model(nv, nh, theta);
  const double *law = twin_visible_law(&model);
  double sum = 0.0;
  for (int s = 0; s < N; s++) {
    int state = 0;
    for (int i = 0; i < nv; i++) {
      state |= x[s * nv + i] > 0.0 ? 1 << i : 0;
    }
    sum += log(law[state]);
  }
  return sum / N;
}

/* Three patterns of four units: log(1/3) = -1.10 is the best there is, and
 * independent units reach -2.55. */
static void check_learning(hm_centring centring) {
  enum { N = 6, nv = 4, nh = 4 };
  const double x[N * nv] = {1, 1, 0, 0, 0, 0, 1, 1, 1, 0, 0, 1,
                            1, 1, 0, 0, 0, 0, 1, 1, 1, 0, 0, 1};
  const hm_cases forms[] = {twin_packed_cases(N, nv, x),
                            twin_real_cases(N, nv, x)};
  for (int form = 0; form < 2; form++) {
    hm_plan plan = new_plan("cd", nv, nh, 3);
    plan.estimation.k = 1;
    plan.rule.options.weight_decay = 0.0;
    plan.rule.centring = centring;
    hm_state state = begun(&plan, &forms[form]);
    outcome of = nothing_yet();
    const double before = mean_log_lik(nv, nh, state.theta, N, x);
    for (int epoch = 0; epoch < 1000; epoch++) {
      of.batch = 0;
      run(&plan, &forms[form], epoch, &patient, &state, &of);
    }
    const double after = mean_log_lik(nv, nh, state.theta, N, x);
    CHECK(before > -2.65 && before < -2.45, "a fit starts from the means");
    CHECK(after > -2.0, "a fit learns what goes with what");
  }
}

static void checks(void) {
  static const char *const rules[] = {"sgd", "nesterov", "adam"};
  const hm_estimator *row;
  check_start();
  check_epochs(9, 5);
  check_epochs(40, 7);
  check_visits();
  for (int e = 0; (row = hm_estimator_row(e)); e++) {
    const hm_centring centring = (hm_centring)(e % 3);
    check_hardware(row->name, centring, 90, 64, 9);
    if (!row->needs_model) {
      check_hardware(row->name, HM_CENTRED, 50, 301, 200);
    }
    for (int i = 0; i < 9; i++) {
      check_stop(row->name, rules[i % 3], (hm_centring)(i / 3), 9, 5);
    }
    check_stop(row->name, "adam", HM_ENHANCED, 34, 6);
    for (int i = 0; i < 3; i++) {
      check_open(row->name, rules[i], (hm_centring)((e + i) % 3),
                 row->needs_model ? 9 : 34);
    }
  }
  check_from_data("pcd");
  check_from_data("fpcd");
  check_from_data("pt");
  check_divergence();
  check_storages();
  for (int i = 0; i < 3; i++) {
    check_learning((hm_centring)i);
  }
}
