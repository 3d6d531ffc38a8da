/* The look at a model against plain sums over the cases it chose. */
#include "monitor.h"

#include "check.h"
#include "twin.h"

static uint64_t chance = 113;
static const uint32_t key[2] = {377u, 610u};

static hm_monitor_work new_work(const hm_cases *cases, int nh) {
  hm_arena measured = {NULL, 0};
  hm_monitor_work work;
  hm_monitor_lay(&measured, cases, twin_binary(cases->nv), nh, &work);
  hm_arena arena = twin_arena(&measured);
  hm_monitor_lay(&arena, cases, twin_binary(cases->nv), nh, &work);
  CHECK(work.count == hm_monitor_count(cases, twin_binary(cases->nv), nh) &&
            work.room >= 1 && work.room <= work.count,
        "there is room for some of the monitored cases");
  return work;
}

/* One row from each of `count` stretches that are equal up to rounding. */
static void check_choice(int N, int count) {
  hm_cases cases = {.N = N, .nv = 1};
  hm_monitor_work work = {.row = twin_ints(count), .count = count};
  hm_monitor_choose(&cases, key, &work);
  int rising = work.row[0] >= 0 && work.row[count - 1] < N, placed = 1;
  for (int s = 1; s < count; s++) {
    rising = rising && work.row[s - 1] < work.row[s];
  }
  for (int s = 0; s < count; s++) {
    placed = placed && work.row[s] > (double)s * N / count - 1.0 &&
             work.row[s] < (double)(s + 1) * N / count;
  }
  CHECK(rising, "monitored rows are in range and rise");
  CHECK(placed, "monitored rows are spread evenly");
  int *again = twin_ints(count);
  memcpy(again, work.row, (size_t)count * sizeof *again);
  hm_monitor_choose(&cases, key, &work);
  CHECK(memcmp(again, work.row, (size_t)count * sizeof *again) == 0,
        "the same rows are chosen every time");
}

/* Within its stretch a row is chosen evenly. */
static void check_choice_law(void) {
  enum { count = 3000, long_one = 10 };
  hm_cases cases = {.N = count * long_one, .nv = 1};
  hm_monitor_work work = {.row = twin_ints(count), .count = count};
  long *seen = twin_counts(long_one);
  hm_monitor_choose(&cases, key, &work);
  for (int s = 0; s < count; s++) {
    seen[work.row[s] - s * long_one]++;
  }
  CHECK(twin_uneven(long_one, seen) <= 1.0, "a stretch is used evenly");
}

/* Data in one form, and x the same cells; `most` cases are looked at. */
static void check_report(const hm_cases *cases, const double *x, int nh,
                         int most) {
  const int N = cases->N, nv = cases->nv;
  const hm_model model = twin_machine(nv, nh, 1.0, &chance);
  const hm_watch patient = {NULL, NULL, NULL};
  hm_monitor_work work = new_work(cases, nh);
  hm_monitor_report report[8];
  double *p = twin_reals(nh), *q = twin_reals(nv);
  double error = 0.0, activity = 0.0, sum = 0.0, squares = 0.0;
  const int n = work.count < most ? work.count : most;
  work.count = n;
  hm_monitor_choose(cases, key, &work);
  for (int s = 0; s < n; s++) {
    const double *v = x + (ptrdiff_t)work.row[s] * nv;
    const double value = twin_pseudo_log_lik(&model, v);
    twin_mean_h(&model, v, p);
    twin_mean_v(&model, p, q);
    for (int i = 0; i < nv; i++) {
      error += (v[i] - q[i]) * (v[i] - q[i]) / ((double)n * nv);
    }
    for (int j = 0; j < nh; j++) {
      activity += p[j] / ((double)n * nh);
    }
    sum += value;
    squares += value * value;
  }
  /* The mean of n of N cases, drawn without taking one twice. */
  const double variance = (squares - sum * sum / n) / (n - 1.0);
  const double se = n == N  ? 0.0
                    : n > 1 ? sqrt(variance / n * (1.0 - (double)n / N))
                            : HUGE_VAL;
  hm_hardware way[8];
  const int ways = twin_ways(way);
  for (int i = 0; i < ways; i++) {
    hm_monitor_report *mine = &report[i];
    memset(mine, 0xFF, sizeof *mine);
    CHECK(hm_monitor(&model, cases, &patient, way[i], &work, mine) == HM_OK,
          "the look goes through");
    CHECK_NEAR(mine->reconstruction_error, error, 1e-11);
    CHECK_NEAR(mine->hidden_activity, activity, 1e-11);
    CHECK_NEAR(mine->pseudo_log_lik, sum / n, 1e-10 * fabs(sum / n));
    CHECK_NEAR(mine->pseudo_log_lik_se, se, 1e-7 * se);
    CHECK(memcmp(&report[0], mine, sizeof *mine) == 0,
          "all levels and threads give the same bits");
  }
}

static void check_forms(int N, int nv, int nh) {
  const double *x = twin_cells((ptrdiff_t)N * nv, 0.4, &chance);
  const double *between = twin_random((ptrdiff_t)N * nv, 0.0, 1.0, &chance);
  const hm_cases packed = twin_packed_cases(N, nv, x);
  const hm_cases sparse = twin_sparse_cases(N, nv, x);
  const hm_cases real = twin_real_cases(N, nv, between);
  check_report(&packed, x, nh, N);
  check_report(&sparse, x, nh, N);
  check_report(&packed, x, nh, 1);
  check_report(&real, between, nh, N);
}

/* How many cases are looked at depends on their cost. */
static void check_how_many(void) {
  const uint64_t bits = 0;
  const double real = 0.0;
  const int start = 0;
  const hm_cases small = {.N = 300, .nv = 8, .bits = &bits};
  const hm_cases wide = {.N = 9, .nv = 70000, .bits = &bits};
  const hm_cases packed = {.N = 100000, .nv = 784, .bits = &bits};
  const hm_cases sparse = {.N = 100000, .nv = 784, .start = &start};
  const hm_cases reals = {.N = 100000, .nv = 784, .reals = &real};
  CHECK(hm_monitor_count(&small, twin_binary(small.nv), 10) == 300,
        "all where there are few");
  CHECK(hm_monitor_count(&wide, twin_binary(wide.nv), 70000) == 1,
        "one where one is much");
  const int some = hm_monitor_count(&packed, twin_binary(packed.nv), 500);
  const int fewer = hm_monitor_count(&reals, twin_binary(reals.nv), 500);
  CHECK(some > 1 && some < 100000, "some where there are many");
  CHECK(hm_monitor_count(&sparse, twin_binary(sparse.nv), 500) == some,
        "as many where sparse");
  CHECK(fewer >= 1 && fewer < some, "fewer where they cost more");
}

static void check_stop(void) {
  const double *x = twin_cells(600 * 4, 0.4, &chance);
  const hm_cases cases = twin_packed_cases(600, 4, x);
  const hm_model model = twin_machine(4, 3, 1.0, &chance);
  hm_monitor_work work = new_work(&cases, 3);
  hm_monitor_report report;
  twin_patience patience = {0, 2};
  const hm_watch watch = {twin_ask, &patience, NULL};
  hm_monitor_choose(&cases, key, &work);
  CHECK(work.room < work.count, "these cases are looked at in pieces");
  CHECK(hm_monitor(&model, &cases, &watch, twin_hw(1), &work, &report) ==
            HM_INTERRUPTED,
        "the watch stops the look");
  CHECK(patience.asked == 2, "the watch is asked once a piece");
}

static void checks(void) {
  check_choice(1, 1);
  check_choice(10, 1);
  check_choice(10, 10);
  check_choice(10, 7);
  check_choice(1000, 33);
  check_choice(2147483647, 1000);
  check_choice_law();
  check_forms(1, 3, 2);
  check_forms(40, 10, 7);
  check_forms(9, 33, 21);
  check_forms(600, 12, 5);   /* two pieces */
  check_forms(60, 20, 1000); /* of the reals, 50 are looked at */
  check_how_many();
  check_stop();
}
