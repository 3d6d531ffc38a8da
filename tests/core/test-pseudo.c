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

/* The core's value for n cases, by products where `factors` is not 0. */
static double *by_core(const hm_model *model, int n, double *x,
                       const double *up, const double *down, int factors,
                       hm_hardware hw) {
  const hm_layer hidden = hm_hidden_layer(model);
  const hm_states states = twin_real_states(n, model->nv, x);
  double *input = twin_reals((ptrdiff_t)n * model->nh), *value = twin_reals(n);
  hm_input(&hidden, &states, twin_hw(1), input);
  hm_pseudo_log_lik(model, n, x, input, up, down, factors, hw, value);
  return value;
}

/* That it is the same at every level, by one thread and by two. */
static void check_same(const hm_model *model, int n, double *x,
                       const double *up, const double *down, int factors,
                       const double *value) {
  hm_hardware way[8];
  const int ways = twin_ways(way);
  for (int i = 0; i < ways; i++) {
    CHECK(twin_same_bits(n, value,
                         by_core(model, n, x, up, down, factors, way[i])),
          "all levels and threads give the same bits");
  }
}

/* Both ways against `twin`; the way by products is left out where the weights
 * are too large for it. */
static void check_both(const hm_model *model, int n, double *x,
                       double (*twin)(const hm_model *, const double *)) {
  const ptrdiff_t cells = (ptrdiff_t)model->nv * model->nh;
  double *up = twin_reals(cells), *down = twin_reals(cells);
  double *naive = twin_reals(n);
  const int factors = hm_pseudo_tables(model, HM_PLAIN, up, down);
  CHECK(factors >= 0 && factors <= 256 && factors % 8 == 0,
        "as many factors as a double can take, in whole groups");
  hm_level level[4];
  const int levels = twin_levels(level);
  for (int i = 0; i < levels; i++) {
    double *other_up = twin_reals(cells), *other_down = twin_reals(cells);
    CHECK(hm_pseudo_tables(model, level[i], other_up, other_down) == factors &&
              twin_same_bits(cells, up, other_up) &&
              twin_same_bits(cells, down, other_down),
          "tables are the same at every level");
  }
  for (int s = 0; s < n; s++) {
    naive[s] = twin(model, x + (ptrdiff_t)s * model->nv);
  }
  const double *direct = by_core(model, n, x, NULL, NULL, 0, twin_hw(1));
  CHECK_NEAR(twin_gap(n, direct, naive), 0.0, 1e-10);
  check_same(model, n, x, NULL, NULL, 0, direct);
  if (factors > 0) {
    const double *tabled = by_core(model, n, x, up, down, factors, twin_hw(1));
    CHECK_NEAR(twin_gap(n, tabled, naive), 0.0, 1e-10);
    check_same(model, n, x, up, down, factors, tabled);
  }
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
  const ptrdiff_t cells = (ptrdiff_t)nv * nh;
  const hm_model model = twin_machine(nv, nh, size, &chance);
  double *up = twin_reals(cells + 1), *down = twin_reals(cells + 1);
  int near = 1;
  hm_pseudo_tables(&model, twin_hw(1).level, up, down);
  for (ptrdiff_t i = 0; i < cells; i++) {
    const double grows = expm1(model.W_rows[i]);
    const double shrinks = expm1(-model.W_rows[i]);
    near =
        near &&
        fabs(up[i] - grows) <= 4.0 * DBL_EPSILON * fmax(1.0, fabs(grows)) &&
        fabs(down[i] - shrinks) <= 4.0 * DBL_EPSILON * fmax(1.0, fabs(shrinks));
  }
  CHECK(near, "tables are exp(W) - 1 and exp(-W) - 1");
  CHECK(isnan(up[cells]) && isnan(down[cells]), "and end where W does");
}

static void check_factors(void) {
  const double theta[] = {0.5, -2.0, 0.0, 50.0, 1.0, 1.0, 1.0, 1.0};
  const hm_model model = twin_model(2, 2, theta);
  double up[4], down[4];
  const int factors = hm_pseudo_tables(&model, twin_hw(1).level, up, down);
  CHECK(factors >= 8 && factors * 50.0 < 709.0,
        "a product of so many factors fits a double");
  CHECK(up[2] >= 0.0 && up[2] <= 0.0 && down[2] >= 0.0 && down[2] <= 0.0,
        "no weight makes no difference");
  const double far[] = {0.5, -2.0, 0.0, -100.0, 1.0, 1.0, 1.0, 1.0};
  const hm_model large = twin_model(2, 2, far);
  CHECK(hm_pseudo_tables(&large, twin_hw(1).level, up, down) == 0,
        "exp(800) does not fit a double");
  const double further[] = {0.5, -2.0, 0.0, -1000.0, 1.0, 1.0, 1.0, 1.0};
  const hm_model largest = twin_model(2, 2, further);
  CHECK(hm_pseudo_tables(&largest, twin_hw(1).level, up, down) == 0,
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
    const double *one = by_core(&model, n, x, NULL, NULL, 0, twin_hw(1));
    CHECK_NEAR(twin_gap(n, one, naive), 0.0, 1e-10);
    check_same(&model, n, x, NULL, NULL, 0, one);
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
