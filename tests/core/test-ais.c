/* Annealed importance sampling: runs against plain loops with the same random
 * numbers, and the law and the mean of their weights against enumeration. */
#include "ais.h"

#include "check.h"
#include "twin.h"

static uint64_t chance = 191;
static const hm_watch patient = {NULL, NULL, NULL};
static const float halves[] = {0.0f, 0.5f, 1.0f};
static const float halves_down[] = {1.0f, 0.5f, 0.0f};

static hm_ais_work new_work(const hm_model *base, const hm_model *target,
                            int runs) {
  hm_ais_work work;
  hm_arena measured = {NULL, 0};
  hm_ais_lay(&measured, base, target, runs, &work);
  hm_arena arena = twin_arena(&measured);
  hm_ais_lay(&arena, base, target, runs, &work);
  hm_ais_prepare(base, target, twin_hw(1).level, &work);
  CHECK(arena.used == measured.used, "laying takes what was measured");
  CHECK(work.room >= 1 && work.room <= runs, "there is room for some runs");
  return work;
}

/* log p*_t(v), as ais.h has it. */
static double log_between(const hm_model *base, const hm_model *target,
                          double t, const double *v) {
  double sum = 0.0;
  for (int i = 0; i < target->nv; i++) {
    sum += ((1.0 - t) * base->b[i] + t * target->b[i]) * v[i];
  }
  for (int j = 0; j < base->nh; j++) {
    sum += twin_softplus((1.0 - t) * twin_to_hidden(base, v, j));
  }
  for (int j = 0; j < target->nh; j++) {
    sum += twin_softplus(t * twin_to_hidden(target, v, j));
  }
  return sum;
}

/* p_t(v) of all states, and in `log_sum` the log of the sum of p*_t. */
static double *law_between(const hm_model *base, const hm_model *target,
                           double t, double *log_sum) {
  const int nv = target->nv, states = 1 << nv;
  double *p = twin_reals(states), *v = twin_reals(nv), sum = 0.0;
  for (int state = 0; state < states; state++) {
    twin_state(nv, state, v);
    p[state] = exp(log_between(base, target, t, v));
    sum += p[state];
  }
  for (int state = 0; state < states; state++) {
    p[state] /= sum;
  }
  *log_sum = log(sum);
  return p;
}

/* Puts the cases v into the work's chains. */
static void set_start(hm_ais_work *work, int n, const double *v) {
  const hm_states given = twin_lists(n, work->chains.visible->units, v);
  const size_t cells = (size_t)n * (size_t)given.units;
  work->chains.v.n = n;
  memcpy(work->chains.v.count, given.on.count, (size_t)n * sizeof(int));
  memcpy(work->chains.v.item, given.on.item, cells * sizeof(int));
}

/* The same in exact arithmetic, but from inputs in single precision, which is
 * how the core has them: sums over units are single, all else is double. */
static double log_between_singles(const hm_model *base, const hm_model *target,
                                  double t, const double *v) {
  float *x = twin_layer(target->nh), *y = twin_layer(base->nh);
  double sum = 0.0;
  twin_single_to_hidden(target, v, x);
  twin_single_to_hidden(base, v, y);
  for (int i = 0; i < target->nv; i++) {
    sum += ((1.0 - t) * base->b[i] + t * target->b[i]) * v[i];
  }
  for (int j = 0; j < base->nh; j++) {
    sum += twin_softplus((1.0 - t) * (double)y[j]);
  }
  for (int j = 0; j < target->nh; j++) {
    sum += twin_softplus(t * (double)x[j]);
  }
  return sum;
}

/* How far the two may be apart in log w, from one end of the ladder to the
 * other: an input of n + 1 numbers of size S is off by (n + 1) 2^-24 S, see
 * twin_single_error, and the slope of softplus(t x) - softplus(0) in x is at
 * most 1. */
static double single_error(const hm_model *model) {
  double sum = 0.0;
  for (int j = 0; j < model->nh; j++) {
    double S = fabs(model->c[j]);
    for (int i = 0; i < model->nv; i++) {
      S += fabs(twin_W(model, i, j));
    }
    sum += 1.001 * 0x1p-24 * (model->nv + 1) * S;
  }
  return sum;
}

/* One run from v, which ends as the last state; returns log w. Draws are from
 * means in single precision, as those of chains. */
static double naive_run(const hm_model *base, const hm_model *target, int K,
                        const float *ladder, const hm_chance *at, uint32_t row,
                        double *v) {
  float *p = twin_layer(target->nh), *r = twin_layer(base->nh);
  float *q = twin_layer(target->nv), *q_base = twin_layer(target->nv);
  double h[64], g[64], log_weight = 0.0;
  for (int k = 1; k <= K; k++) {
    const double from = (double)ladder[k - 1];
    const double t = (double)ladder[k];
    log_weight += log_between_singles(base, target, t, v) -
                  log_between_singles(base, target, from, v);
    if (k == K) {
      break;
    }
    const uint32_t sweep = (uint32_t)k;
    const hm_stream for_h =
        hm_stream_of(at->key, HM_DRAW_HIDDEN, at->step, sweep);
    const hm_stream for_g =
        hm_stream_of(at->key, HM_DRAW_BASE, at->step, sweep);
    const hm_stream for_v =
        hm_stream_of(at->key, HM_DRAW_VISIBLE, at->step, sweep);
    twin_single_to_hidden(target, v, p);
    for (int j = 0; j < target->nh; j++) {
      p[j] = (float)twin_sigm(t * (double)p[j]);
    }
    twin_single_draw(target->nh, p, &for_h, row, h);
    twin_single_to_hidden(base, v, r);
    for (int j = 0; j < base->nh; j++) {
      r[j] = (float)twin_sigm((1.0 - t) * (double)r[j]);
    }
    twin_single_draw(base->nh, r, &for_g, row, g);
    twin_single_to_visible(target, h, q);
    twin_single_to_visible(base, g, q_base);
    for (int i = 0; i < hm_panels_across(target->nv) * HM_PANEL; i++) {
      q[i] = (float)t * q[i] + (1.0f - (float)t) * q_base[i];
    }
    hm_sigm_singles(HM_PLAIN, hm_panels_across(target->nv) * HM_PANEL, q, q);
    twin_single_draw(target->nv, q, &for_v, row, v);
  }
  return log_weight;
}

/* n runs up a ladder of K steps and down again, the cases numbered from
 * `first`; by every level, by one thread and by two. */
static void check_runs(int nv, int nh, int nh_base, int n, int K, int first,
                       double size) {
  static const uint32_t key[2] = {55u, 21u};
  const hm_chance at = {key, 8};
  const hm_rows rows = {NULL, first, n};
  const hm_model base = twin_machine(nv, nh_base, size, &chance);
  const hm_model target = twin_machine(nv, nh, size, &chance);
  const ptrdiff_t cells = (ptrdiff_t)n * nv;
  double *v = twin_cells(cells, 0.5, &chance), *last = twin_reals(cells);
  float *t = twin_room((size_t)K + 1, sizeof *t);
  float *back = twin_room((size_t)K + 1, sizeof *back);
  double *naive = twin_reals(n);
  for (int k = 0; k <= K; k++) {
    t[k] = (float)pow((double)k / K, 1.7);
    back[K - k] = t[k];
  }
  for (int down = 0; down <= 1; down++) {
    const float *ladder = down ? back : t;
    double *naive_last = twin_copy(cells, v), largest = 1.0;
    for (int s = 0; s < n; s++) {
      naive[s] = naive_run(&base, &target, K, ladder, &at,
                           (uint32_t)(first + s), naive_last + s * nv);
      largest = fmax(largest, fabs(naive[s]));
    }
    const hm_ais_path path = {&base, &target, K, ladder};
    hm_hardware way[8];
    const int ways = twin_ways(way);
    double *out = NULL;
    for (int i = 0; i < ways; i++) {
      hm_ais_work work = new_work(&base, &target, n);
      double *mine = twin_reals(n);
      CHECK(work.room == n, "few runs are done at once");
      set_start(&work, n, v);
      CHECK(hm_ais(&path, &rows, &at, &patient, way[i], &work, mine) == HM_OK,
            "runs go through");
      twin_spread(nv, &work.chains.v, last);
      CHECK(twin_same_bits(cells, last, naive_last),
            "last states are those of the plain loops");
      CHECK_NEAR(twin_gap(n, mine, naive), 0.0, 1e-12 * K * largest);
      out = out ? out : mine;
      CHECK(twin_same_bits(n, out, mine),
            "all levels and threads give the same bits");
    }
  }
}

/* T[v, v'], one sweep at t = 1/2 with both hidden layers, from the state
 * `from`: p(v') = sum over h and g of p(h | v) p(g | v) p(v' | h, g). */
static double *law_after(const hm_model *base, const hm_model *target,
                         int from) {
  const int nv = target->nv, nh = target->nh, ng = base->nh;
  double *p = twin_zeros((ptrdiff_t)1 << nv), *v = twin_reals(nv);
  double *h = twin_reals(nh), *g = twin_reals(ng), *mean_v = twin_reals(nv);
  double *mean_h = twin_reals(nh), *mean_g = twin_reals(ng);
  twin_state(nv, from, v);
  for (int j = 0; j < nh; j++) {
    mean_h[j] = twin_sigm(0.5 * twin_to_hidden(target, v, j));
  }
  for (int j = 0; j < ng; j++) {
    mean_g[j] = twin_sigm(0.5 * twin_to_hidden(base, v, j));
  }
  for (int hidden = 0; hidden < 1 << (nh + ng); hidden++) {
    const int of_h = hidden & ((1 << nh) - 1), of_g = hidden >> nh;
    const double both =
        twin_probability(nh, of_h, mean_h) * twin_probability(ng, of_g, mean_g);
    twin_state(nh, of_h, h);
    twin_state(ng, of_g, g);
    for (int i = 0; i < nv; i++) {
      mean_v[i] = twin_sigm(0.5 * twin_to_visible(target, h, i) +
                            0.5 * twin_to_visible(base, g, i));
    }
    for (int state = 0; state < 1 << nv; state++) {
      p[state] += both * twin_probability(nv, state, mean_v);
    }
  }
  return p;
}

/* Two steps on a machine that can be enumerated. From one state, the law of the
 * last: chi-square at 2.9e-7. From exact draws, the mean of w: its standard
 * error is exact too, and n is so large that the mean is nearly normal, beyond
 * 5 of them with probability 5.8e-7. */
static void check_two_steps(int nv, int nh, int nh_base, double size) {
  enum { n = 500, keys = 80 };
  const hm_rows rows = {NULL, 0, n};
  const hm_model base = twin_machine(nv, nh_base, size, &chance);
  const hm_model target = twin_machine(nv, nh, size, &chance);
  const int states = 1 << nv, from = (int)(states * twin_uniform(&chance));
  double log_sum[2], log_middle, *v = twin_reals((ptrdiff_t)n * nv);
  double *law[] = {law_between(&base, &target, 0.0, &log_sum[0]),
                   law_between(&base, &target, 1.0, &log_sum[1])};
  double log_weight[n], x[64];
  (void)law_between(&base, &target, 0.5, &log_middle);
  const hm_ais_path path = {&base, &target, 2, halves};
  hm_ais_work work = new_work(&base, &target, n);
  long *seen = twin_counts(states);
  for (uint32_t run = 0; run < keys; run++) {
    const uint32_t key[2] = {run, 34u};
    const hm_chance at = {key, 0};
    for (int s = 0; s < n; s++) {
      twin_state(nv, from, v + (ptrdiff_t)s * nv);
    }
    set_start(&work, n, v);
    hm_ais(&path, &rows, &at, &patient, twin_hw(1), &work, log_weight);
    for (int s = 0; s < n; s++) {
      seen[twin_number(&work.chains.v, s)]++;
    }
  }
  CHECK(twin_misfit(states, seen, law_after(&base, &target, from)) < 1.0,
        "the last state has the law of one sweep at t = 1/2");

  for (int down = 0; down <= 1; down++) {
    const float *t = down ? halves_down : halves;
    const hm_ais_path way = {&base, &target, 2, t};
    const double log_ratio = log_sum[!down] - log_sum[down];
    double square = 0.0, sum = 0.0;
    for (int first = 0; first < states; first++) {
      const double *after = law_after(&base, &target, first);
      twin_state(nv, first, x);
      const double start = log_between(&base, &target, 0.5, x) -
                           log_between(&base, &target, (double)t[0], x) -
                           log_ratio;
      for (int last = 0; last < states; last++) {
        twin_state(nv, last, x);
        const double log_w = start +
                             log_between(&base, &target, (double)t[2], x) -
                             log_between(&base, &target, 0.5, x);
        square += law[down][first] * after[last] * exp(2.0 * log_w);
        sum += law[down][first] * after[last] * exp(log_w);
      }
    }
    CHECK_NEAR(sum, 1.0, 1e-12); /* the algorithm itself is unbiased */
    const double error = sqrt((square - 1.0) / ((double)n * keys));
    sum = 0.0;
    for (uint32_t run = 0; run < keys; run++) {
      const uint32_t key[2] = {run, 33u - (uint32_t)down};
      const hm_chance at = {key, 3};
      for (int s = 0; s < n; s++) {
        twin_state(nv, twin_draw(states, law[down], &chance),
                   v + (ptrdiff_t)s * nv);
      }
      set_start(&work, n, v);
      hm_ais(&way, &rows, &at, &patient, twin_hw(1), &work, log_weight);
      for (int s = 0; s < n; s++) {
        sum += exp(log_weight[s] - log_ratio) / ((double)n * keys);
      }
    }
    CHECK(error < 0.02, "runs are enough to tell");
    CHECK_NEAR(sum, 1.0, TWIN_Z * error);
  }
}

/* One step moves nothing: w is a ratio of the state it is given. Among them
 * layers of more units than logs are taken of at once, and large inputs. */
static void check_one_step(int nv, int nh, int nh_base, double size) {
  enum { n = 5 };
  static const uint32_t key[2] = {3u, 5u};
  static const float t[] = {0.3f, 0.9f};
  const hm_chance at = {key, 0};
  const hm_rows rows = {NULL, 0, n};
  const hm_model base = twin_machine(nv, nh_base, size, &chance);
  const hm_model target = twin_machine(nv, nh, size, &chance);
  double *v = twin_cells(n * nv, 0.5, &chance), *last = twin_reals(n * nv);
  double log_weight[n], naive[n], exact[n], largest = 1.0;
  const hm_ais_path path = {&base, &target, 1, t};
  hm_ais_work work = new_work(&base, &target, n);
  set_start(&work, n, v);
  hm_ais(&path, &rows, &at, &patient, twin_hw(2), &work, log_weight);
  for (int s = 0; s < n; s++) {
    const double low = (double)t[0], high = (double)t[1];
    const double from = log_between_singles(&base, &target, low, v + s * nv);
    const double to = log_between_singles(&base, &target, high, v + s * nv);
    naive[s] = to - from;
    exact[s] = log_between(&base, &target, high, v + s * nv) -
               log_between(&base, &target, low, v + s * nv);
    largest = fmax(largest, fmax(fabs(from), fabs(to)));
  }
  twin_spread(nv, &work.chains.v, last);
  CHECK(twin_same_bits(n * nv, last, v), "the states are where they were");
  CHECK_NEAR(twin_gap(n, log_weight, naive), 0.0, 1e-13 * largest);
  CHECK_NEAR(twin_gap(n, log_weight, exact), 0.0,
             single_error(&base) + single_error(&target) + 1e-13 * largest);
}

static void check_stop(void) {
  static const uint32_t key[2] = {1u, 1u};
  const hm_chance at = {key, 0};
  const hm_rows rows = {NULL, 0, 2};
  const hm_model base = twin_machine(3, 0, 1.0, &chance);
  const hm_model target = twin_machine(3, 2, 1.0, &chance);
  const hm_ais_path path = {&base, &target, 2, halves};
  hm_ais_work work = new_work(&base, &target, 2);
  double *v = twin_cells(6, 0.5, &chance), log_weight[2];
  for (int stop_at = 1; stop_at <= 3; stop_at++) {
    twin_patience patience = {0, stop_at};
    const hm_watch watch = {twin_ask, &patience, NULL};
    set_start(&work, 2, v);
    CHECK(hm_ais(&path, &rows, &at, &watch, twin_hw(1), &work, log_weight) ==
              (stop_at <= 2 ? HM_INTERRUPTED : HM_OK),
          "every temperature asks");
  }
}

static void few_steps(int n, int threads) {
  static const uint32_t key[2] = {1u, 3u};
  const hm_model base = twin_machine(80, 0, 0.1, &chance);
  const hm_model target = twin_machine(80, 80, 0.1, &chance);
  const hm_rows all = {NULL, 0, n};
  const hm_chance at = {key, 0};
  const hm_ais_path path = {&base, &target, 2, halves};
  hm_ais_work work = new_work(&base, &target, n);
  set_start(&work, n, twin_cells((ptrdiff_t)n * 80, 0.5, &chance));
  hm_ais(&path, &all, &at, &patient, twin_hw(threads), &work, twin_reals(n));
}

static void checks(void) {
  twin_check_threads(few_steps, 7, 500);
  check_runs(1, 1, 0, 1, 1, 0, 1.0);
  check_runs(5, 3, 0, 9, 12, 0, 1.0);
  check_runs(5, 3, 2, 9, 12, 4, 1.0);
  check_runs(4, 9, 6, 7, 40, 0, 0.5);
  check_runs(6, 2, 13, 8, 5, 100, 2.0);
  check_runs(50, 60, 40, 300, 3, 0, 0.3); /* enough for threads */
  check_two_steps(3, 2, 0, 1.5);
  check_two_steps(3, 2, 3, 1.0);
  check_two_steps(2, 4, 1, 1.0);
  check_two_steps(4, 1, 4, 1.0);
  check_one_step(6, 600, 0, 0.4);
  check_one_step(6, 3, 1100, 0.4);
  check_one_step(9, 1030, 5, 40.0);
  check_one_step(20, 30, 10, 900.0);
  check_stop();
}
