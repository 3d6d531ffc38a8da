/* The pseudo-log-likelihood, both ways, against sums over all states. */
#include "pseudo.h"

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
                       int threads) {
  const hm_layer hidden = hm_hidden_layer(model);
  const hm_states states = twin_real_states(n, model->nv, x);
  double *input = twin_reals((ptrdiff_t)n * model->nh), *value = twin_reals(n);
  hm_input(&hidden, &states, 1, input);
  hm_pseudo_log_lik(model, n, x, input, up, down, factors, threads, value);
  return value;
}

/* Both ways against `twin`; the way by products is left out where the weights
 * are too large for it. */
static void check_both(const hm_model *model, int n, double *x,
                       double (*twin)(const hm_model *, const double *)) {
  const ptrdiff_t cells = (ptrdiff_t)model->nv * model->nh;
  double *up = twin_reals(cells), *down = twin_reals(cells);
  double *naive = twin_reals(n);
  const int factors = hm_pseudo_tables(model, up, down);
  CHECK(factors >= 0 && factors <= 256, "as many factors as a double can take");
  for (int s = 0; s < n; s++) {
    naive[s] = twin(model, x + (ptrdiff_t)s * model->nv);
  }
  const double *direct = by_core(model, n, x, NULL, NULL, 0, 1);
  CHECK_NEAR(twin_gap(n, direct, naive), 0.0, 1e-10);
  if (factors > 0) {
    const double *tabled = by_core(model, n, x, up, down, factors, 1);
    CHECK_NEAR(twin_gap(n, tabled, naive), 0.0, 1e-10);
    CHECK(twin_same_bits(n, tabled, by_core(model, n, x, up, down, factors, 2)),
          "one thread and two give the same bits");
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

static void check_tables(void) {
  const double theta[] = {0.5, -2.0, 0.0, 50.0, 1.0, 1.0, 1.0, 1.0};
  const hm_model model = twin_model(2, 2, theta);
  double up[4], down[4];
  const int factors = hm_pseudo_tables(&model, up, down);
  for (int i = 0; i < 4; i++) {
    CHECK_NEAR(up[i], expm1(theta[i]), 1e-14 * fabs(up[i]));
    CHECK_NEAR(down[i], expm1(-theta[i]), 1e-14 * fabs(down[i]));
  }
  CHECK(factors >= 2 && factors * 50.0 < 709.0,
        "a product of so many factors fits a double");
  const double far[] = {0.5, -2.0, 0.0, -1000.0, 1.0, 1.0, 1.0, 1.0};
  const hm_model large = twin_model(2, 2, far);
  CHECK(hm_pseudo_tables(&large, up, down) == 0,
        "exp(1000) does not fit a double");
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
    const double *one = by_core(&model, n, x, NULL, NULL, 0, 1);
    CHECK_NEAR(twin_gap(n, one, naive), 0.0, 1e-10);
    CHECK(twin_same_bits(n, one, by_core(&model, n, x, NULL, NULL, 0, 2)),
          "one thread and two give the same bits");
  }
}

static void checks(void) {
  check_tables();
  check_sizes();
  check_many_hidden();
  check_certain_hidden();
  check_intensities();
}
