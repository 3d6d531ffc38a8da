/* The gradient: one run against plain loops with the same random numbers, and
 * the mean of many runs against the exact expectation. */
#include "gradient.h"

#include "check.h"
#include "estimator.h"
#include "twin.h"

static uint64_t chance = 97;
static const hm_watch patient = {NULL, NULL, NULL};

static hm_phases new_work(int nv, int nh, int most, int reals) {
  const hm_model shape = {.nv = nv,
                          .nh = nh,
                          .visible = twin_binary(nv),
                          .hidden = twin_binary(nh)};
  const hm_estimator_options options = {1, 1, 2, 1};
  const hm_gradient_needs needs = {.cases = most, .reals = reals};
  hm_arena measured = {NULL, 0};
  hm_phases work;
  hm_gradient_lay(&measured, &shape, &hm_estimator_cd, &options, &needs,
                  twin_hw(1), &work);
  hm_arena arena = twin_arena(&measured);
  hm_gradient_lay(&arena, &shape, &hm_estimator_cd, &options, &needs,
                  twin_hw(1), &work);
  CHECK(arena.used == measured.used, "laying takes what was measured");
  CHECK(work.room <= most && work.room <= HM_PHASES_ROOM,
        "work is laid out for at most so many cases");
  return work;
}

/* The same that takes its cases in pieces of so many, of which the library has
 * no need below HM_PHASES_ROOM. */
static hm_phases new_work_in_pieces(int nv, int nh, int piece, int reals) {
  hm_phases work = new_work(nv, nh, HM_PHASES_ROOM + 1, reals);
  CHECK(work.pieces && work.room >= piece, "more than one piece needs room");
  work.room = piece;
  return work;
}

/* An update by CD-k. */
static hm_update new_update(const hm_working *working, const hm_cases *cases,
                            const hm_rows *rows,
                            const hm_estimator_options *options,
                            const hm_chance *at, hm_hardware hw) {
  hm_update update = {.options = options,
                      .working = working,
                      .sampled = working,
                      .cases = cases,
                      .rows = rows,
                      .chance = at,
                      .watch = &patient,
                      .hw = hw};
  return update;
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

static void add_singles(int nv, int nh, double scale, const double *v,
                        const float *p, double *gradient) {
  double *q = twin_reals(nh);
  for (int j = 0; j < nh; j++) {
    q[j] = twin_on_grid(p[j]);
  }
  add_case(nv, nh, scale, v, q, gradient);
}

/* CD-k with the draws of the core, whose means are in single precision; the
 * averages of them in double. */
static double *naive_cd(const hm_model *model, const double *x,
                        const hm_rows *rows, int k, const hm_chance *at) {
  const int nv = model->nv, nh = model->nh;
  double *gradient = twin_zeros(hm_parameters(nv, nh));
  double *v = twin_reals(nv), *h = twin_reals(nh);
  float *p = twin_layer(nh), *q = twin_layer(nv);
  for (int s = 0; s < rows->n; s++) {
    const uint32_t row = (uint32_t)hm_row(rows, s);
    memcpy(v, x + (ptrdiff_t)row * nv, (size_t)nv * sizeof *v);
    twin_single_mean_h(model, v, p);
    add_singles(nv, nh, -1.0 / rows->n, v, p, gradient);
    for (uint32_t sweep = 0; sweep < (uint32_t)k; sweep++) {
      const hm_stream for_h =
          hm_stream_of(at->key, HM_DRAW_HIDDEN, at->step, sweep);
      const hm_stream for_v =
          hm_stream_of(at->key, HM_DRAW_VISIBLE, at->step, sweep);
      twin_single_draw(nh, p, &for_h, row, h);
      twin_single_mean_v(model, h, q);
      twin_single_draw(nv, q, &for_v, row, v);
      twin_single_mean_h(model, v, p);
    }
    add_singles(nv, nh, 1.0 / rows->n, v, p, gradient);
  }
  return gradient;
}

static double *by_core(const hm_model *model, const hm_cases *cases,
                       const hm_rows *rows, int k, const hm_chance *at,
                       int most, hm_hardware hw) {
  const hm_working working = twin_working(model);
  const int reals = !hm_cases_binary(cases);
  hm_phases work = most < rows->n && most < HM_PHASES_ROOM
                       ? new_work_in_pieces(model->nv, model->nh, most, reals)
                       : new_work(model->nv, model->nh, most, reals);
  double *gradient = twin_reals(hm_parameters(model->nv, model->nh));
  const hm_estimator_options options = {.k = k};
  const hm_update update = new_update(&working, cases, rows, &options, at, hw);
  CHECK(hm_gradient(&hm_estimator_cd, &update, &work, gradient) == HM_OK,
        "the gradient goes through");
  return gradient;
}

/* Sums of n numbers from 0 to 1 in single precision: off by n 2^-24 of their
 * sum, see panels.h, which is at most n, and by two roundings more for values;
 * two phases, and the mean of them. What is summed in pieces is off by less. */
static double sum_error(int n) {
  const int most = n < HM_PHASES_ROOM ? n : HM_PHASES_ROOM;
  return 2.0 * 0x1p-24 * (most + 2) + 1e-12;
}

/* Reals are added in another order than lists: a mean that lies in the middle
 * between two multiples of 2^-16 may go to the other one, in each phase. */
static const double next_on_grid = 2.0 * 0x1p-16;

/* Lists, packed or sparse, and reals, in one piece and in several, at every
 * level, by one thread and by two. */
static void check_one_run(int nv, int nh, int N, int k) {
  static const uint32_t key[2] = {89u, 144u};
  const hm_chance at = {key, 6};
  const hm_model model = twin_machine(nv, nh, 0.8, &chance);
  const ptrdiff_t size = hm_parameters(nv, nh);
  double *x = twin_cells((ptrdiff_t)N * nv, 0.5, &chance);
  double *between = twin_random((ptrdiff_t)N * nv, 0.0, 1.0, &chance);
  const hm_cases packed = twin_packed_cases(N, nv, x);
  const hm_cases sparse = twin_sparse_cases(N, nv, x);
  const hm_cases real = twin_real_cases(N, nv, x);
  const hm_cases intensities = twin_real_cases(N, nv, between);
  const hm_hardware hw = twin_hw(1);
  hm_hardware each[8];
  const int each_count = twin_ways(each);
  int *row = twin_ints(N);
  for (int s = 0; s < N; s++) {
    row[s] = (s * 7 + 3) % N; /* some order, with 7 and N coprime */
  }
  const hm_rows ways[] = {{NULL, 0, N}, {row, 0, N}, {row, 0, (N + 1) / 2}};
  for (int way = 0; way < 3; way++) {
    const hm_rows *rows = &ways[way];
    const int most = rows->n, few = (rows->n + 2) / 3;
    const double *naive = naive_cd(&model, x, rows, k, &at);
    const double *lists = by_core(&model, &packed, rows, k, &at, most, hw);
    const double *same = by_core(&model, &sparse, rows, k, &at, most, hw);
    const double *pieces = by_core(&model, &packed, rows, k, &at, few, hw);
    CHECK_NEAR(twin_gap(size, lists, naive), 0.0, 1e-14);
    CHECK(twin_same_bits(size, lists, pieces), "sums of 0/1 cases are exact");
    CHECK(twin_same_bits(size, lists, same), "sparse data are lists as well");
    for (int i = 0; i < each_count; i++) {
      CHECK(
          twin_same_bits(size, lists,
                         by_core(&model, &packed, rows, k, &at, most, each[i])),
          "all levels and threads give the same bits");
    }
    const double *reals = by_core(&model, &real, rows, k, &at, most, hw);
    const double *real_pieces = by_core(&model, &real, rows, k, &at, few, hw);
    CHECK_NEAR(twin_gap(size, reals, naive), 0.0, next_on_grid);
    CHECK(twin_same_bits(size, reals, real_pieces),
          "as are those of whole ones");
    const double *gray = by_core(&model, &intensities, rows, k, &at, few, hw);
    CHECK_NEAR(twin_gap(size, gray, naive_cd(&model, between, rows, k, &at)),
               0.0, sum_error(few) + next_on_grid);
    for (int i = 0; i < each_count; i++) {
      CHECK(twin_same_bits(
                size, gray,
                by_core(&model, &intensities, rows, k, &at, few, each[i])),
            "intensities too have the same bits");
    }
  }
}

/* The means of v and p(h | v) in the data, in one piece and in several. */
static void check_data_mean(int nv, int nh, int N, int most) {
  static const uint32_t key[2] = {3u, 8u};
  const hm_chance at = {key, 0};
  const hm_model model = twin_machine(nv, nh, 0.8, &chance);
  const hm_working working = twin_working(&model);
  const hm_estimator_options options = {.k = 1};
  const hm_rows all = {NULL, 0, N};
  double *bits = twin_cells((ptrdiff_t)N * nv, 0.4, &chance);
  double *between = twin_random((ptrdiff_t)N * nv, 0.0, 1.0, &chance);
  for (int reals = 0; reals < 2; reals++) {
    const double *x = reals ? between : bits;
    const hm_cases cases = reals ? twin_real_cases(N, nv, between)
                                 : twin_packed_cases(N, nv, bits);
    double *mean = twin_zeros(nv + nh), *p = twin_reals(nh);
    hm_phases work = most < N ? new_work_in_pieces(nv, nh, most, reals)
                              : new_work(nv, nh, most, reals);
    const hm_update update =
        new_update(&working, &cases, &all, &options, &at, twin_hw(1));
    for (int s = 0; s < N; s++) {
      twin_mean_h(&model, x + (ptrdiff_t)s * nv, p);
      for (int i = 0; i < nv + nh; i++) {
        mean[i] += (i < nv ? x[(ptrdiff_t)s * nv + i] : p[i - nv]) / N;
      }
    }
    CHECK(hm_gradient_phases(&hm_estimator_cd, &update, &work) == HM_OK,
          "both phases go through");
    CHECK_NEAR(twin_gap(nv + nh, work.data_mean, mean), 0.0,
               sum_error(most) + 0x1p-17 + twin_mean_error(&model));
  }
}

/* Tiles and biases of a gradient are those of the whole. */
static void check_tiles(int nv, int nh, int most) {
  enum { N = 20 };
  static const uint32_t key[2] = {5u, 55u};
  const hm_chance at = {key, 1};
  const hm_model model = twin_machine(nv, nh, 0.5, &chance);
  const hm_working working = twin_working(&model);
  const hm_cases cases =
      twin_packed_cases(N, nv, twin_cells(N * nv, 0.3, &chance));
  const hm_rows all = {NULL, 0, N};
  const double *whole = by_core(&model, &cases, &all, 1, &at, most, twin_hw(1));
  hm_level level[4];
  const int levels = twin_levels(level);
  for (int l = 0; l < levels; l++) {
    const hm_hardware hw = {1, level[l]};
    hm_phases work = most < N ? new_work_in_pieces(nv, nh, most, 0)
                              : new_work(nv, nh, most, 0);
    double *gb = twin_reals(nv), *gc = twin_reals(nh), g[32 * 32];
    int same = 1;
    const hm_estimator_options options = {.k = 1};
    const hm_update update =
        new_update(&working, &cases, &all, &options, &at, hw);
    CHECK(hm_gradient_phases(&hm_estimator_cd, &update, &work) == HM_OK,
          "both phases go through");
    int covered = 0;
    for (int k = 0; k < hm_strips(work.visible, work.hidden); k++) {
      const hm_strip strip = hm_strip_at(work.visible, work.hidden, k);
      hm_strip_sums sums;
      hm_phases_strip(level[l], &strip, &work, &sums);
      for (int q = 0; q < strip.tiles; q++) {
        const int left = (strip.column + q) * 32;
        hm_phases_tile(level[l], &strip, q, &sums, &work, g);
        for (int i = 0; i < strip.high; i++) {
          for (int j = left; j < nh && j < left + 32; j++, covered++) {
            same = same &&
                   twin_same_bits(1, g + i * 32 + j - left,
                                  whole + (ptrdiff_t)(strip.top + i) * nh + j);
          }
        }
      }
    }
    CHECK(covered == nv * nh, "strips cover all weights, each once");
    CHECK(same, "tiles are those of the whole gradient");
    hm_phases_biases(level[l], &work, gb, gc);
    CHECK(twin_same_bits(nv, gb, whole + (ptrdiff_t)nv * nh) &&
              twin_same_bits(nh, gc, whole + (ptrdiff_t)nv * nh + nv),
          "and so are biases");
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
  const hm_working working = twin_working(&model);
  const hm_estimator_options options = {.k = k};
  hm_phases work = new_work(nv, nh, N, 0);
  double gradient[size], sum[size] = {0.0}, squares[size] = {0.0};
  for (uint32_t run = 0; run < keys; run++) {
    const uint32_t key[2] = {run, 233u};
    const hm_chance at = {key, 0};
    const hm_update update =
        new_update(&working, &cases, &all, &options, &at, twin_hw(1));
    hm_gradient(&hm_estimator_cd, &update, &work, gradient);
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

static hm_data_work new_data_work(const hm_cases *cases, int nh, int most) {
  hm_arena measured = {NULL, 0};
  hm_data_work work;
  hm_data_lay(&measured, cases, nh, &work);
  hm_arena arena = twin_arena(&measured);
  hm_data_lay(&arena, cases, nh, &work);
  CHECK(arena.used == measured.used, "laying takes what was measured");
  work.v.room = most < work.v.room ? most : work.v.room;
  return work;
}

/* The positive phase alone, in double precision: minus the averages over data,
 * in one piece and in several. */
static void check_positive_phase(int nv, int nh, int N) {
  const ptrdiff_t size = hm_parameters(nv, nh);
  const hm_model model = twin_machine(nv, nh, 1.0, &chance);
  const double *x = twin_cells((ptrdiff_t)N * nv, 0.5, &chance);
  const double *between = twin_random((ptrdiff_t)N * nv, 0.0, 1.0, &chance);
  const double *data[] = {x, x, x, between};
  const hm_cases cases[] = {
      twin_packed_cases(N, nv, x), twin_sparse_cases(N, nv, x),
      twin_real_cases(N, nv, x), twin_real_cases(N, nv, between)};
  for (int form = 0; form < 4; form++) {
    double *p = twin_reals(nh), *naive = twin_zeros(size);
    for (int s = 0; s < N; s++) {
      twin_mean_h(&model, data[form] + (ptrdiff_t)s * nv, p);
      add_case(nv, nh, -1.0 / N, data[form] + (ptrdiff_t)s * nv, p, naive);
    }
    hm_hardware way[8];
    const int ways = twin_ways(way);
    double *first = NULL;
    for (int i = 0; i < ways; i++) {
      for (int most = 4; most <= N; most += N - 4) {
        hm_data_work work = new_data_work(&cases[form], nh, most);
        double *gradient = twin_reals(size);
        CHECK(work.v.room == most, "few cases are one piece");
        CHECK(hm_data_gradient(&model, &cases[form], &patient, way[i], &work,
                               gradient) == HM_OK,
              "the positive phase goes through");
        CHECK_NEAR(twin_gap(size, gradient, naive), 0.0, 1e-12);
        if (most == 4 && form < 2) {
          first = first ? first : gradient;
          CHECK(twin_same_bits(size, gradient, first),
                "all levels and threads give the same bits");
        }
      }
    }
  }
}

static void check_positive_phase_stops(void) {
  enum { nv = 5, nh = 3, N = 11 };
  const hm_model model = twin_machine(nv, nh, 1.0, &chance);
  const hm_cases cases =
      twin_packed_cases(N, nv, twin_cells(N * nv, 0.5, &chance));
  hm_data_work work = new_data_work(&cases, nh, 4);
  double gradient[nv * nh + nv + nh];
  for (int stop_at = 1; stop_at <= 4; stop_at++) {
    twin_patience patience = {0, stop_at};
    const hm_watch watch = {twin_ask, &patience, NULL};
    CHECK(hm_data_gradient(&model, &cases, &watch, twin_hw(1), &work,
                           gradient) == (stop_at <= 3 ? HM_INTERRUPTED : HM_OK),
          "three pieces ask three times");
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
  const hm_working working = twin_working(&model);
  const hm_estimator_options options = {.k = 2};
  hm_phases work = new_work_in_pieces(nv, nh, 4, 0);
  double gradient[nv * nh + nv + nh];
  for (int stop_at = 1; stop_at <= 7; stop_at++) {
    twin_patience patience = {0, stop_at};
    const hm_watch watch = {twin_ask, &patience, NULL};
    hm_update update =
        new_update(&working, &cases, &all, &options, &at, twin_hw(1));
    update.watch = &watch;
    const hm_status status =
        hm_gradient(&hm_estimator_cd, &update, &work, gradient);
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
  check_one_run(33, 40, 300, 1);  /* more than one piece holds */
  check_tiles(7, 5, 20);
  check_tiles(64, 32, 20);
  check_tiles(70, 33, 20);
  check_tiles(70, 33, 6); /* in pieces */
  check_data_mean(7, 5, 20, 20);
  check_data_mean(40, 33, 20, 6);
  check_expectation(1);
  check_expectation(2);
  check_positive_phase(6, 4, 11);
  check_positive_phase(70, 90, 130);
  check_positive_phase_stops();
  check_stop();
}
