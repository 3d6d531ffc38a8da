/* The trainer: against an epoch written out, and on data whose likelihood can
 * be enumerated. */
#include "fit.h"

#include "check.h"
#include "twin.h"

static uint64_t chance = 127;
static const hm_watch patient = {NULL, NULL};

static hm_plan new_plan(int nh, int k, int batch_size) {
  hm_plan plan = {
      nh,
      &hm_unit_binary,
      &hm_unit_binary,
      &hm_estimator_cd,
      k,
      hm_optimiser_named("sgd"),
      {.learning_rate = 0.1, .momentum = 0.5, .weight_decay = 0.001},
      batch_size,
      {987u, 1597u},
      twin_hw(1)};
  return plan;
}

static hm_fit_work new_work(const hm_plan *plan, const hm_cases *cases) {
  hm_arena measured = {NULL, 0};
  hm_fit_work work;
  hm_fit_lay(&measured, plan, cases, &work);
  hm_arena arena = twin_arena(&measured);
  hm_fit_lay(&arena, plan, cases, &work);
  return work;
}

static double *start_of(const hm_plan *plan, const hm_cases *cases, double sd) {
  double *theta = twin_reals(hm_parameters(cases->nv, plan->nh));
  hm_fit_start(cases, plan->nh, sd, plan->key, plan->hw, theta);
  return theta;
}

/* W is sd times the normals of case i, b the log odds of on and half a case
 * more either way, c zero. */
static void check_start(void) {
  enum { N = 9, nv = 70, nh = 6 };
  const hm_plan plan = new_plan(nh, 1, 5);
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
      hm_normals(&stream, (uint32_t)i, nh, naive + i * nh);
      for (int j = 0; j < nh; j++) {
        naive[i * nh + j] *= 0.3;
      }
    }
    CHECK_NEAR(twin_gap(nv * nh + nv + nh, theta, naive), 0.0, 1e-14);
  }
}

/* An epoch written out: theta after each of its batches is kept at
 * path[batch + 1], and that at the start at path[0]. Returns the mean norm of
 * the changes of W. */
static double naive_epoch(const hm_plan *plan, const hm_cases *cases, int epoch,
                          const double *theta, double *u, double **path) {
  const int nv = cases->nv, nh = plan->nh, N = cases->N;
  const ptrdiff_t weights = (ptrdiff_t)nv * nh, size = hm_parameters(nv, nh);
  const int batches = (N + plan->batch_size - 1) / plan->batch_size;
  const hm_stream stream =
      hm_stream_of(plan->key, HM_DRAW_ORDER, (uint32_t)epoch, 0);
  hm_fit_work work = new_work(plan, cases);
  double *gradient = twin_reals(size), norms = 0.0;
  int *order = twin_ints(N);
  hm_shuffle(&stream, N, order);
  path[0] = twin_copy(size, theta);
  for (int batch = 0; batch < batches; batch++) {
    const int first = batch * plan->batch_size;
    const int end = N < first + plan->batch_size ? N : first + plan->batch_size;
    const hm_rows rows = {order + first, 0, end - first};
    const hm_chance at = {plan->key, (uint32_t)(epoch * batches + batch)};
    const hm_model model = twin_model(nv, nh, path[batch]);
    double *next = twin_copy(size, path[batch]), squares = 0.0;
    const hm_working working = twin_working(&model);
    hm_gradient(&working, cases, &rows, plan->estimator, plan->k, &at, &patient,
                twin_hw(1), &work.gradient_work, gradient);
    for (ptrdiff_t i = 0; i < size; i++) {
      const double decay = i < weights ? plan->options.weight_decay : 0.0;
      u[i] = plan->options.momentum * u[i] -
             plan->options.learning_rate * (gradient[i] + decay * next[i]);
      next[i] += u[i];
      squares += i < weights ? u[i] * u[i] : 0.0;
    }
    norms += sqrt(squares) / batches;
    path[batch + 1] = next;
  }
  return norms;
}

/* Two epochs, with a last batch that is short; the report is that of a look at
 * the model at the end of each. */
static void check_epochs(void) {
  enum { N = 23, nv = 9, nh = 5, size = nv * nh + nv + nh, batches = 4 };
  const hm_plan plan = new_plan(nh, 2, 6);
  const hm_cases cases =
      twin_packed_cases(N, nv, twin_cells(N * nv, 0.4, &chance));
  hm_fit_work work = new_work(&plan, &cases);
  double *theta = start_of(&plan, &cases, 0.1), *memory = twin_zeros(size);
  double *u = twin_zeros(size), *path[batches + 1];
  for (int epoch = 0; epoch < 2; epoch++) {
    hm_epoch_report report;
    hm_monitor_report look;
    const double norm = naive_epoch(&plan, &cases, epoch, theta, u, path);
    const double *end = path[batches];
    CHECK(hm_fit_epoch(&plan, &cases, epoch, &patient, &work, theta, memory,
                       &report) == HM_OK,
          "an epoch goes through");
    CHECK_NEAR(twin_gap(size, theta, end), 0.0, 1e-12);
    CHECK_NEAR(twin_gap(size, memory, u), 0.0, 1e-12);
    CHECK_NEAR(report.step_norm, norm, 1e-12);
    double squares = 0.0;
    for (int i = 0; i < nv * nh; i++) {
      squares += end[i] * end[i];
    }
    CHECK_NEAR(report.weight_norm, sqrt(squares), 1e-12);
    const hm_model model = twin_model(nv, nh, theta);
    hm_monitor_choose(&cases, plan.key, &work.monitor_work);
    hm_monitor(&model, &cases, &patient, twin_hw(1), &work.monitor_work, &look);
    CHECK_NEAR(report.monitor.pseudo_log_lik, look.pseudo_log_lik, 1e-10);
    CHECK_NEAR(report.monitor.pseudo_log_lik_se, look.pseudo_log_lik_se, 0.0);
    CHECK_NEAR(report.monitor.reconstruction_error, look.reconstruction_error,
               1e-12);
    CHECK_NEAR(report.monitor.hidden_activity, look.hidden_activity, 1e-12);
  }
}

/* An estimator that only keeps account of what it is shown. */
enum { most_seen = 64 };
static int seen_row[most_seen], seen_at[most_seen], seen, seen_most;
static uint32_t seen_step[most_seen];

static hm_status keep_account(const hm_working *working, const hm_rows *rows,
                              const hm_chance *at, int k, const hm_watch *watch,
                              hm_hardware hw, hm_chains *chains) {
  (void)working;
  (void)k;
  (void)watch;
  (void)hw;
  (void)chains;
  seen_most = rows->n > seen_most ? rows->n : seen_most;
  for (int s = 0; s < rows->n && seen < most_seen; s++) {
    seen_row[seen] = hm_row(rows, s);
    seen_step[seen] = at->step;
    seen_at[seen_row[seen]]++;
    seen++;
  }
  return HM_OK;
}

/* Every case once an epoch, in another order each time, and no two updates with
 * the same number. */
static void check_visits(void) {
  enum { N = 23, nv = 4, nh = 3, size = nv * nh + nv + nh };
  static const hm_estimator account = {"account", keep_account};
  hm_plan plan = new_plan(nh, 1, 6);
  const hm_cases cases =
      twin_packed_cases(N, nv, twin_cells(N * nv, 0.4, &chance));
  hm_fit_work work = new_work(&plan, &cases);
  double *theta = start_of(&plan, &cases, 0.1), *memory = twin_zeros(size);
  int first_order[N];
  uint32_t last_step = 0;
  plan.estimator = &account;
  for (int epoch = 0; epoch < 3; epoch++) {
    hm_epoch_report report;
    int once = 1;
    memset(seen_at, 0, sizeof seen_at);
    seen = seen_most = 0;
    hm_fit_epoch(&plan, &cases, epoch, &patient, &work, theta, memory, &report);
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

/* By every level, by one thread and by two. */
static void check_hardware(int N, int nv, int nh) {
  const double *x = twin_cells((ptrdiff_t)N * nv, 0.4, &chance);
  const hm_cases cases = twin_packed_cases(N, nv, x);
  const ptrdiff_t size = hm_parameters(nv, nh);
  double *first_theta = NULL, *first_memory = NULL;
  hm_epoch_report report[8];
  hm_hardware way[8];
  const int ways = twin_ways(way);
  for (int i = 0; i < ways; i++) {
    hm_plan plan = new_plan(nh, 1, 40);
    plan.hw = way[i];
    hm_fit_work work = new_work(&plan, &cases);
    double *theta = start_of(&plan, &cases, 0.05), *memory = twin_zeros(size);
    memset(&report[i], 0, sizeof report[i]);
    CHECK(hm_fit_epoch(&plan, &cases, 0, &patient, &work, theta, memory,
                       &report[i]) == HM_OK,
          "an epoch goes through");
    first_theta = first_theta ? first_theta : theta;
    first_memory = first_memory ? first_memory : memory;
    CHECK(twin_same_bits(size, theta, first_theta) &&
              twin_same_bits(size, memory, first_memory),
          "all levels and threads give the same bits");
    CHECK(memcmp(&report[0], &report[i], sizeof report[0]) == 0,
          "and the same report");
  }
}

/* Stopped wherever it asks, a fit leaves whole steps. */
static void check_stop(void) {
  enum { N = 23, nv = 9, nh = 5, size = nv * nh + nv + nh, batches = 4, k = 2 };
  const hm_plan plan = new_plan(nh, k, 6);
  const hm_cases cases =
      twin_packed_cases(N, nv, twin_cells(N * nv, 0.4, &chance));
  hm_fit_work work = new_work(&plan, &cases);
  double *u = twin_zeros(size), *path[batches + 1];
  naive_epoch(&plan, &cases, 0, start_of(&plan, &cases, 0.1), u, path);
  for (int stop_at = 1; stop_at <= batches * k + 2; stop_at++) {
    twin_patience patience = {0, stop_at};
    const hm_watch watch = {twin_ask, &patience};
    double *theta = start_of(&plan, &cases, 0.1), *memory = twin_zeros(size);
    hm_epoch_report report;
    const hm_status status =
        hm_fit_epoch(&plan, &cases, 0, &watch, &work, theta, memory, &report);
    /* k asks a batch, and one more by the look at the end. */
    CHECK(status == (stop_at <= batches * k + 1 ? HM_INTERRUPTED : HM_OK),
          "the watch stops an epoch");
    const int whole = (stop_at - 1) / k < batches ? (stop_at - 1) / k : batches;
    CHECK_NEAR(twin_gap(size, theta, path[whole]), 0.0, 1e-12);
  }
}

static void check_divergence(void) {
  enum { N = 23, nv = 9, nh = 5, size = nv * nh + nv + nh };
  hm_plan plan = new_plan(nh, 1, 6);
  const hm_cases cases =
      twin_packed_cases(N, nv, twin_cells(N * nv, 0.4, &chance));
  hm_fit_work work = new_work(&plan, &cases);
  double *theta = start_of(&plan, &cases, 0.1), *memory = twin_zeros(size);
  hm_epoch_report report;
  plan.options.learning_rate = 1e6;
  CHECK(hm_fit_epoch(&plan, &cases, 0, &patient, &work, theta, memory,
                     &report) == HM_DIVERGED,
        "a rate of a million diverges");
  /* Biases are watched as well as weights. */
  plan.options.learning_rate = 0.0;
  for (int i = 0; i < size; i += size - 1) {
    theta = start_of(&plan, &cases, 0.1);
    theta[i] = -2.0 * HM_LARGEST_PARAMETER;
    CHECK(hm_fit_epoch(&plan, &cases, 0, &patient, &work, theta,
                       twin_zeros(size), &report) == HM_DIVERGED,
          "no parameter may be too large");
  }
}

/* Lists that come sparse and lists from packed bits are the same lists. */
static void check_storages(void) {
  enum { N = 23, nv = 70, nh = 5, size = nv * nh + nv + nh };
  const double *x = twin_cells(N * nv, 0.1, &chance);
  const hm_cases cases[] = {twin_packed_cases(N, nv, x),
                            twin_sparse_cases(N, nv, x)};
  const hm_plan plan = new_plan(nh, 2, 6);
  double *theta[2];
  hm_epoch_report report[2];
  for (int form = 0; form < 2; form++) {
    hm_fit_work work = new_work(&plan, &cases[form]);
    double *memory = twin_zeros(size);
    theta[form] = start_of(&plan, &cases[form], 0.1);
    memset(&report[form], 0, sizeof report[form]);
    for (int epoch = 0; epoch < 2; epoch++) {
      hm_fit_epoch(&plan, &cases[form], epoch, &patient, &work, theta[form],
                   memory, &report[form]);
    }
  }
  CHECK(twin_same_bits(size, theta[0], theta[1]),
        "packed and sparse data give the same bits");
  CHECK(memcmp(&report[0], &report[1], sizeof report[0]) == 0,
        "and the same report");
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
 * independent units reach -2.55. Where a fit ends depends on its key; of 60
 * keys the worst ended at -1.51. */
static void check_learning(void) {
  enum { N = 6, nv = 4, nh = 4, size = nv * nh + nv + nh };
  const double x[N * nv] = {1, 1, 0, 0, 0, 0, 1, 1, 1, 0, 0, 1,
                            1, 1, 0, 0, 0, 0, 1, 1, 1, 0, 0, 1};
  const hm_cases forms[] = {twin_packed_cases(N, nv, x),
                            twin_real_cases(N, nv, x)};
  for (int form = 0; form < 2; form++) {
    hm_plan plan = new_plan(nh, 1, 3);
    plan.options.weight_decay = 0.0;
    hm_fit_work work = new_work(&plan, &forms[form]);
    double *theta = start_of(&plan, &forms[form], 0.1);
    double *memory = twin_zeros(size);
    const double before = mean_log_lik(nv, nh, theta, N, x);
    for (int epoch = 0; epoch < 1000; epoch++) {
      hm_epoch_report report;
      hm_fit_epoch(&plan, &forms[form], epoch, &patient, &work, theta, memory,
                   &report);
    }
    const double after = mean_log_lik(nv, nh, theta, N, x);
    CHECK(before > -2.65 && before < -2.45, "a fit starts from the means");
    CHECK(after > -2.0, "a fit learns what goes with what");
  }
}

static void checks(void) {
  check_start();
  check_epochs();
  check_visits();
  check_hardware(60, 501, 400); /* every part is worth threads */
  check_hardware(90, 64, 33);
  check_stop();
  check_divergence();
  check_storages();
  check_learning();
}
