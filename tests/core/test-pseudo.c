/* The pseudo-log-likelihood, both ways, against sums over all states. */
#include "pseudo.h"

#include <float.h>

#include "check.h"
#include "conditional.h"
#include "twin.h"

static uint64_t chance = 71;

/* log sum_h exp(-E(v, h)), largest term first. */
static double log_sum_h(const hm_model *model, const double *v) {
  const int states = 1 << model->nh;
  double *h = twin_reals(model->nh), *term = twin_reals(states);
  double largest = -HUGE_VAL, sum = 0.0;
  for (int state = 0; state < states; state++) {
    twin_state(model->nh, state, h);
    term[state] = -twin_energy(model, v, h);
    largest = fmax(largest, term[state]);
  }
  for (int state = 0; state < states; state++) {
    sum += exp(term[state] - largest);
  }
  return largest + log(sum);
}

/* The definition: v_i on and off, all h summed out. */
static double by_states(const hm_model *model, const double *v) {
  double *changed = twin_copy(model->nv, v);
  double sum = 0.0;
  for (int i = 0; i < model->nv; i++) {
    changed[i] = 1.0;
    const double on = log_sum_h(model, changed);
    changed[i] = 0.0;
    const double off = log_sum_h(model, changed);
    changed[i] = v[i];
    const double both = fmax(on, off) + log1p(exp(-fabs(on - off)));
    sum += v[i] * (on - both) + (1.0 - v[i]) * (off - both);
  }
  return sum;
}

static hm_flips new_flips(const hm_model *model, hm_level level) {
  hm_arena measured = {NULL, 0};
  hm_flips flips;
  hm_flips_lay(&measured, model->nv, model->nh, &flips);
  hm_arena arena = twin_arena(&measured);
  hm_flips_lay(&arena, model->nv, model->nh, &flips);
  hm_flips_set(model, level, &flips);
  return flips;
}

/* The core's value for n cases, by flips where these are not null. */
static double *by_core(const hm_model *model, int n, double *x,
                       const hm_flips *flips, hm_hardware hw) {
  const hm_link hidden = hm_link_to_hidden(model);
  const hm_states states = twin_real_states(n, model->nv, x);
  double *input = twin_reals((ptrdiff_t)n * model->nh), *value = twin_reals(n);
  double *tail = twin_reals(flips ? (ptrdiff_t)n * flips->wide : 0);
  hm_input(&hidden, &states, twin_hw(1), input);
  hm_pseudo_log_lik(model, n, x, input, flips, hw, tail, value);
  return value;
}

/* The same of a data set. */
static double *of_cases(const hm_model *model, const hm_cases *cases,
                        hm_hardware hw) {
  hm_arena measured = {NULL, 0};
  hm_pseudo_work work;
  hm_pseudo_lay(&measured, model, cases, &work);
  hm_arena arena = twin_arena(&measured);
  hm_pseudo_lay(&arena, model, cases, &work);
  const hm_watch patient = {NULL, NULL, NULL};
  double *value = twin_reals(cases->N);
  CHECK(arena.used == measured.used, "laying takes what was measured");
  CHECK(hm_pseudo_cases(model, cases, &patient, hw, &work, value) == HM_OK,
        "a data set goes through");
  for (int pieces = 1; pieces < 3 && work.v.room > 1; pieces++) {
    double *again = twin_reals(cases->N);
    work.v.room = (work.v.room + 1) / 2;
    hm_pseudo_cases(model, cases, &patient, hw, &work, again);
    CHECK(twin_same_bits(cases->N, value, again), "also in pieces");
  }
  twin_patience patience = {0, 1};
  const hm_watch watch = {twin_ask, &patience, NULL};
  CHECK(hm_pseudo_cases(model, cases, &watch, hw, &work,
                        twin_reals(cases->N)) == HM_INTERRUPTED,
        "a stop comes through");
  return value;
}

/* That it is the same at every level, by one thread and by two. */
static void check_same(const hm_model *model, int n, double *x,
                       const hm_flips *flips, const double *value) {
  const hm_cases cases = flips ? twin_packed_cases(n, model->nv, x)
                               : twin_real_cases(n, model->nv, x);
  hm_hardware way[8];
  const int ways = twin_ways(way);
  for (int i = 0; i < ways; i++) {
    CHECK(twin_same_bits(n, value, by_core(model, n, x, flips, way[i])),
          "all levels and threads give the same bits");
  }
  CHECK_NEAR(twin_gap(n, of_cases(model, &cases, twin_hw(2)), value), 0.0,
             1e-10);
}

/* A flip leads to the means of the case in which it was made, and back. */
static void check_means(const hm_model *model, int n, const double *x,
                        const hm_flips *flips) {
  const int nv = model->nv, nh = model->nh;
  double *input = twin_reals(nh), *mean = twin_reals(flips->wide);
  double *there = twin_reals(flips->wide), *back = twin_reals(flips->wide);
  double *naive = twin_reals(nh);
  int same = 1;
  for (int s = 0; s < n; s++) {
    double *v = twin_copy(nv, x + (ptrdiff_t)s * nv);
    for (int j = 0; j < nh; j++) {
      input[j] = twin_to_hidden(model, v, j);
    }
    hm_flips_start(nh, HM_PLAIN, flips, input, there);
    for (int i = 0; i < nv; i++) {
      const double odds = hm_flip(model, HM_PLAIN, flips, i, v[i], there, mean);
      const double silent =
          hm_flip(model, HM_PLAIN, flips, i, v[i], there, NULL);
      same = same && twin_same_bits(1, &odds, &silent);
      v[i] = 1.0 - v[i];
      twin_mean_h(model, v, naive);
      CHECK_NEAR(twin_gap(nh, mean, naive), 0.0, 1e-12);
      for (int j = 0; j < nh; j++) {
        input[j] = twin_to_hidden(model, v, j);
      }
      hm_flips_start(nh, HM_PLAIN, flips, input, back);
      CHECK_NEAR(hm_flip(model, HM_PLAIN, flips, i, v[i], back, NULL), -odds,
                 1e-10 * (1.0 + fabs(odds)));
      v[i] = 1.0 - v[i];
      for (int j = 0; j < nh; j++) {
        input[j] = twin_to_hidden(model, v, j);
      }
    }
  }
  CHECK(same, "with means or without, the odds are the same");
}

/* By flips and from the definition against `twin`. */
static void check_both(const hm_model *model, int n, double *x,
                       double (*twin)(const hm_model *, const double *)) {
  const hm_flips flips = new_flips(model, HM_PLAIN);
  const ptrdiff_t cells = (ptrdiff_t)model->nv * flips.wide;
  double *naive = twin_reals(n);
  CHECK(flips.factors >= 0 && flips.factors <= 256 && flips.factors % 8 == 0,
        "as many factors as a double can take, in whole groups");
  hm_level level[4];
  const int levels = twin_levels(level);
  for (int i = 0; i < levels; i++) {
    const hm_flips other = new_flips(model, level[i]);
    CHECK(other.factors == flips.factors &&
              twin_same_bits(cells, flips.up, other.up) &&
              twin_same_bits(cells, flips.down, other.down),
          "tables are the same at every level");
  }
  for (int s = 0; s < n; s++) {
    naive[s] = twin(model, x + (ptrdiff_t)s * model->nv);
  }
  const double *direct = by_core(model, n, x, NULL, twin_hw(1));
  CHECK_NEAR(twin_gap(n, direct, naive), 0.0, 1e-10);
  check_same(model, n, x, NULL, direct);
  const double *flipped = by_core(model, n, x, &flips, twin_hw(1));
  CHECK_NEAR(twin_gap(n, flipped, naive), 0.0, 1e-10);
  check_same(model, n, x, &flips, flipped);
  check_means(model, n, x, &flips);
}

/* All states of v, one case each. */
static double *all_states(int nv) {
  double *x = twin_reals((ptrdiff_t)nv << nv);
  for (int state = 0; state < 1 << nv; state++) {
    twin_state(nv, state, x + (ptrdiff_t)state * nv);
  }
  return x;
}

/* Off by some 1e-16 times the larger of 1 and their size: four roundings are
 * allowed for. */
static void check_tables(int nv, int nh, double size) {
  const hm_model model = twin_machine(nv, nh, size, &chance);
  const hm_flips flips = new_flips(&model, twin_hw(1).level);
  int near = 1, none = 1;
  for (int i = 0; i < nv; i++) {
    for (int j = 0; j < flips.wide; j++) {
      const ptrdiff_t at = (ptrdiff_t)i * flips.wide + j;
      const double w = j < nh ? model.W_rows[(ptrdiff_t)i * nh + j] : 0.0;
      const double grows = expm1(w), shrinks = expm1(-w);
      const double up = fabs(flips.up[at] - grows);
      const double down = fabs(flips.down[at] - shrinks);
      near = near && up <= 4.0 * DBL_EPSILON * fmax(1.0, fabs(grows)) &&
             down <= 4.0 * DBL_EPSILON * fmax(1.0, fabs(shrinks));
      none = none && (j < nh || (up <= 0.0 && down <= 0.0));
    }
  }
  CHECK(near, "tables are exp(W) - 1 and exp(-W) - 1");
  CHECK(none, "and nothing beyond the layer");
}

static void check_factors(void) {
  const double theta[] = {0.5, -2.0, 0.0, 50.0, 1.0, 1.0, 1.0, 1.0};
  const hm_model model = twin_model(2, 2, theta);
  const hm_flips flips = new_flips(&model, twin_hw(1).level);
  CHECK(flips.factors >= 8 && flips.factors * 50.0 < 709.0,
        "a product of so many factors fits a double");
  const double far[] = {0.5, -2.0, 0.0, -100.0, 1.0, 1.0, 1.0, 1.0};
  const hm_model large = twin_model(2, 2, far);
  CHECK(new_flips(&large, twin_hw(1).level).factors == 0,
        "exp(800) does not fit a double");
  const double further[] = {0.5, -2.0, 0.0, -1000.0, 1.0, 1.0, 1.0, 1.0};
  const hm_model largest = twin_model(2, 2, further);
  CHECK(new_flips(&largest, twin_hw(1).level).factors == 0,
        "nor does exp(1000)");
}

static void check_sizes(void) {
  static const double sizes[] = {0.0, 0.1, 1.0, 5.0, 50.0, 300.0, 1000.0};
  for (int i = 0; i < 7; i++) {
    const hm_model model = twin_machine(4, 3, sizes[i], &chance);
    check_both(&model, 1 << 4, all_states(4), by_states);
  }
  const hm_model one = twin_machine(1, 1, 2.0, &chance);
  check_both(&one, 2, all_states(1), by_states);
}

/* More hidden units than factors in a product, with weights of one sign, so
 * that a product taken too far would leave the range of a double. */
static void check_many_hidden(void) {
  const int sizes[] = {15, 90, 1100};
  const double high[] = {50.0, 8.0, 0.5};
  for (int i = 0; i < 3; i++) {
    const int nv = 3, nh = sizes[i];
    double *theta =
        twin_random(hm_parameters(nv, nh), 0.9 * high[i], high[i], &chance);
    for (int j = 0; j < nh; j++) {
      theta[nv * nh + nv + j] = -1.2 * high[i];
    }
    const hm_model model = twin_model(nv, nh, theta);
    check_both(&model, 1 << nv, all_states(nv), twin_pseudo_log_lik);
    for (int cell = 0; cell < nv * nh; cell++) {
      theta[cell] = -theta[cell];
    }
    for (int j = 0; j < nh; j++) {
      theta[nv * nh + nv + j] = 1.2 * high[i];
    }
    const hm_model opposite = twin_model(nv, nh, theta);
    check_both(&opposite, 1 << nv, all_states(nv), twin_pseudo_log_lik);
  }
}

/* Hidden units that are certain: sigm(-|a|) is 0, or too small to be exact. */
static void check_certain_hidden(void) {
  static const double c[] = {-5000.0, -760.0, -740.0, -720.0, -40.0,
                             40.0,    720.0,  740.0,  760.0,  5000.0};
  for (int i = 0; i < 10; i++) {
    double *theta = twin_random(hm_parameters(3, 2), -1.0, 1.0, &chance);
    theta[3 * 2 + 3] = c[i];
    const hm_model model = twin_model(3, 2, theta);
    check_both(&model, 1 << 3, all_states(3), by_states);
  }
}

static void check_intensities(void) {
  enum { n = 20, nv = 5, nh = 3 };
  static const double sizes[] = {0.5, 3.0, 50.0};
  for (int i = 0; i < 3; i++) {
    const hm_model model = twin_machine(nv, nh, sizes[i], &chance);
    double *x = twin_random(n * nv, 0.0, 1.0, &chance), *naive = twin_reals(n);
    for (int s = 0; s < n; s++) {
      x[s * nv] = s % 2;
      naive[s] = by_states(&model, x + s * nv);
    }
    const double *one = by_core(&model, n, x, NULL, twin_hw(1));
    CHECK_NEAR(twin_gap(n, one, naive), 0.0, 1e-10);
    check_same(&model, n, x, NULL, one);
  }
}

static void checks(void) {
  for (int nh = 1; nh <= 17; nh++) {
    check_tables(1, nh, 2.0);
  }
  check_tables(5, 7, 1e-9);
  check_tables(5, 7, 80.0);
  check_tables(50, 20, 600.0);
  check_factors();
  check_sizes();
  check_many_hidden();
  check_certain_hidden();
  check_intensities();
}
