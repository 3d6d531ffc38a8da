/* The gradient: one run against plain loops with the same random numbers, and
 * the mean of many runs against the exact expectation. */
#include "gradient.h"

#include "check.h"
#include "twin.h"

static uint64_t chance = 97;
static const hm_watch patient = {NULL, NULL};

static hm_gradient_work new_work(int nv, int nh, int most) {
  hm_arena measured = {NULL, 0};
  hm_gradient_work work;
  hm_gradient_lay(&measured, nv, nh, most, &work);
  hm_arena arena = twin_arena(&measured);
  hm_gradient_lay(&arena, nv, nh, most, &work);
  return work;
}

/* gradient += scale times (v p', v, p). */
static void add_case(int nv, int nh, double scale, const double *v,
                     const double *p, double *gradient) {
  for (int i = 0; i < nv; i++) {
    for (int j = 0; j < nh; j++) {
      gradient[i * nh + j] += scale * v[i] * p[j];
    }
    gradient[nv * nh + i] += scale * v[i];
  }
  for (int j = 0; j < nh; j++) {
    gradient[nv * nh + nv + j] += scale * p[j];
  }
}

/* CD-k with the uniforms of the core: a unit is on where its own is below p. */
static double *naive_cd(const hm_model *model, const double *x,
                        const hm_rows *rows, int k, const hm_chance *at) {
  const int nv = model->nv, nh = model->nh;
  double *gradient = twin_zeros(hm_parameters(nv, nh));
  double *v = twin_reals(nv), *h = twin_reals(nh), *p = twin_reals(nh);
  double *q = twin_reals(nv), *u = twin_reals(nv > nh ? nv : nh);
  for (int s = 0; s < rows->n; s++) {
    const uint32_t row = (uint32_t)hm_row(rows, s);
    memcpy(v, x + (ptrdiff_t)row * nv, (size_t)nv * sizeof *v);
    twin_mean_h(model, v, p);
    add_case(nv, nh, -1.0 / rows->n, v, p, gradient);
    for (uint32_t sweep = 0; sweep < (uint32_t)k; sweep++) {
      const hm_stream for_h =
          hm_stream_of(at->key, HM_DRAW_HIDDEN, at->step, sweep);
      const hm_stream for_v =
          hm_stream_of(at->key, HM_DRAW_VISIBLE, at->step, sweep);
      hm_uniforms(&for_h, row, 0, nh, u);
      for (int j = 0; j < nh; j++) {
        h[j] = u[j] < p[j] ? 1.0 : 0.0;
      }
      twin_mean_v(model, h, q);
      hm_uniforms(&for_v, row, 0, nv, u);
      for (int i = 0; i < nv; i++) {
        v[i] = u[i] < q[i] ? 1.0 : 0.0;
      }
      twin_mean_h(model, v, p);
    }
    add_case(nv, nh, 1.0 / rows->n, v, p, gradient);
  }
  return gradient;
}

static double *by_core(const hm_model *model, const hm_cases *cases,
                       const hm_rows *rows, int k, const hm_chance *at,
                       int most, int threads) {
  hm_gradient_work work = new_work(model->nv, model->nh, most);
  double *gradient = twin_reals(hm_parameters(model->nv, model->nh));
  CHECK(work.room <= most, "work is laid out for at most so many cases");
  CHECK(hm_gradient(model, cases, rows, &hm_estimator_cd, k, at, &patient,
                    threads, &work, gradient) == HM_OK,
        "the gradient goes through");
  return gradient;
}

/* Lists and reals, in one piece and in several, by one thread and by two. */
static void check_one_run(int nv, int nh, int N, int k) {
  static const uint32_t key[2] = {89u, 144u};
  const hm_chance at = {key, 6};
  const hm_model model = twin_machine(nv, nh, 0.8, &chance);
  const ptrdiff_t size = hm_parameters(nv, nh);
  double *x = twin_cells((ptrdiff_t)N * nv, 0.5, &chance);
  double *between = twin_random((ptrdiff_t)N * nv, 0.0, 1.0, &chance);
  const hm_cases packed = twin_packed_cases(N, nv, x);
  const hm_cases real = twin_real_cases(N, nv, x);
  const hm_cases intensities = twin_real_cases(N, nv, between);
  int *row = twin_ints(N);
  for (int s = 0; s < N; s++) {
    row[s] = (s * 7 + 3) % N; /* some order, with 7 and N coprime */
  }
  const hm_rows ways[] = {{NULL, 0, N}, {row, 0, N}, {row, 0, (N + 1) / 2}};
  for (int way = 0; way < 3; way++) {
    const hm_rows *rows = &ways[way];
    const int most = rows->n, few = (rows->n + 2) / 3;
    const double *naive = naive_cd(&model, x, rows, k, &at);
    const double *lists = by_core(&model, &packed, rows, k, &at, most, 1);
    const double *reals = by_core(&model, &real, rows, k, &at, most, 1);
    const double *pieces = by_core(&model, &packed, rows, k, &at, few, 1);
    const double *real_pieces = by_core(&model, &real, rows, k, &at, few, 1);
    const double *two = by_core(&model, &packed, rows, k, &at, most, 2);
    CHECK_NEAR(twin_gap(size, lists, naive), 0.0, 1e-12);
    CHECK_NEAR(twin_gap(size, reals, naive), 0.0, 1e-12);
    CHECK_NEAR(twin_gap(size, pieces, naive), 0.0, 1e-12);
    CHECK_NEAR(twin_gap(size, real_pieces, naive), 0.0, 1e-12);
    CHECK(twin_same_bits(size, lists, two),
          "one thread and two give the same bits");
    const double *gray = by_core(&model, &intensities, rows, k, &at, few, 2);
    CHECK_NEAR(twin_gap(size, gray, naive_cd(&model, between, rows, k, &at)),
               0.0, 1e-12);
  }
}

/* -<v p(h|v)>_data + <v p(h|v)>_k, where the law of v after k sweeps is found
 * by going through all states. */
static double *exact_cd(const hm_model *model, int N, const double *x, int k) {
  const int nv = model->nv, nh = model->nh;
  double *gradient = twin_zeros(hm_parameters(nv, nh));
  double *law = twin_zeros((ptrdiff_t)1 << nv);
  double *p = twin_reals(nh), *v = twin_reals(nv);
  for (int s = 0; s < N; s++) {
    int state = 0;
    for (int i = 0; i < nv; i++) {
      state |= x[s * nv + i] > 0.0 ? 1 << i : 0;
    }
    law[state] += 1.0 / N;
  }
  for (int sweep = 0; sweep <= k; sweep++) {
    for (int state = 0; state < 1 << nv; state++) {
      const double sign = sweep == 0 ? -1.0 : sweep == k ? 1.0 : 0.0;
      twin_state(nv, state, v);
      twin_mean_h(model, v, p);
      add_case(nv, nh, sign * law[state], v, p, gradient);
    }
    law = twin_marginal_v(nv, nh, twin_sweep_law(model, law));
  }
  return gradient;
}

/* The mean over many keys is off by its standard error, seen in the runs, times
 * a normal variable: beyond 6 with probability 2e-9, in one of the 22
 * parameters looked at with 4.4e-8. */
static void check_expectation(int k) {
  enum { nv = 3, nh = 2, N = 6, keys = 20000, size = nv * nh + nv + nh };
  const hm_model model = twin_machine(nv, nh, 1.5, &chance);
  const double *x = twin_cells(N * nv, 0.5, &chance);
  const hm_cases cases = twin_packed_cases(N, nv, x);
  const hm_rows all = {NULL, 0, N};
  const double *exact = exact_cd(&model, N, x, k);
  hm_gradient_work work = new_work(nv, nh, N);
  double gradient[size], sum[size] = {0.0}, squares[size] = {0.0};
  for (uint32_t run = 0; run < keys; run++) {
    const uint32_t key[2] = {run, 233u};
    const hm_chance at = {key, 0};
    hm_gradient(&model, &cases, &all, &hm_estimator_cd, k, &at, &patient, 1,
                &work, gradient);
    for (int i = 0; i < size; i++) {
      sum[i] += gradient[i] - exact[i];
      squares[i] += pow(gradient[i] - exact[i], 2.0);
    }
  }
  for (int i = 0; i < size; i++) {
    const double bias = sum[i] / keys;
    const double error = sqrt((squares[i] / keys - bias * bias) / keys);
    CHECK(error > 0.0 && error < 0.01, "runs differ, and enough were made");
    CHECK_NEAR(bias, 0.0, 6.0 * error);
  }
}

/* Without an estimator, and so without a sweep: minus the averages over data.
 */
static void check_positive_phase(void) {
  enum { nv = 6, nh = 4, N = 11, size = nv * nh + nv + nh };
  const hm_model model = twin_machine(nv, nh, 1.0, &chance);
  const double *x = twin_cells(N * nv, 0.5, &chance);
  const double *between = twin_random(N * nv, 0.0, 1.0, &chance);
  const double *data[] = {x, between};
  const hm_cases cases[] = {twin_packed_cases(N, nv, x),
                            twin_real_cases(N, nv, between)};
  const hm_rows all = {NULL, 0, N};
  for (int form = 0; form < 2; form++) {
    twin_patience patience = {0, 1};
    const hm_watch watch = {twin_ask, &patience};
    hm_gradient_work work = new_work(nv, nh, 4);
    double gradient[size], p[nh], *naive = twin_zeros(size);
    for (int s = 0; s < N; s++) {
      twin_mean_h(&model, data[form] + s * nv, p);
      add_case(nv, nh, -1.0 / N, data[form] + s * nv, p, naive);
    }
    CHECK(hm_gradient(&model, &cases[form], &all, NULL, 1, NULL, &watch, 1,
                      &work, gradient) == HM_OK,
          "the positive phase goes through");
    CHECK_NEAR(twin_gap(size, gradient, naive), 0.0, 1e-12);
  }
}

static void check_stop(void) {
  enum { nv = 5, nh = 3, N = 12 };
  static const uint32_t key[2] = {1u, 1u};
  const hm_model model = twin_machine(nv, nh, 1.0, &chance);
  const hm_cases cases =
      twin_packed_cases(N, nv, twin_cells(N * nv, 0.5, &chance));
  const hm_rows all = {NULL, 0, N};
  const hm_chance at = {key, 0};
  hm_gradient_work work = new_work(nv, nh, 4);
  double gradient[nv * nh + nv + nh];
  for (int stop_at = 1; stop_at <= 7; stop_at++) {
    twin_patience patience = {0, stop_at};
    const hm_watch watch = {twin_ask, &patience};
    const hm_status status = hm_gradient(&model, &cases, &all, &hm_estimator_cd,
                                         2, &at, &watch, 1, &work, gradient);
    CHECK(status == (stop_at <= 6 ? HM_INTERRUPTED : HM_OK),
          "three pieces of two sweeps ask six times");
  }
}

static void checks(void) {
  check_one_run(1, 1, 1, 1);
  check_one_run(5, 3, 11, 1);
  check_one_run(5, 18, 11, 2);
  check_one_run(70, 20, 16, 3);
  check_one_run(90, 110, 120, 1); /* enough for threads */
  check_expectation(1);
  check_expectation(2);
  check_positive_phase();
  check_stop();
}
