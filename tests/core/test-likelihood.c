/* The exact mean log-likelihood against sums over all pairs of states, its
 * gradient against differences, and equal bits for all hardware. */
#include "likelihood.h"

#include "check.h"
#include "twin.h"

static uint64_t chance = 911;
static const hm_watch patient = {NULL, NULL, NULL};

static hm_status likelihood(const hm_model *model, const hm_cases *cases,
                            const double *weight, const hm_watch *watch,
                            hm_hardware hw, double *log_lik, double *gradient) {
  hm_likelihood_work work;
  hm_arena measured = {NULL, 0};
  hm_likelihood_lay(&measured, model, cases, hw, &work);
  hm_arena arena = twin_arena(&measured);
  hm_likelihood_lay(&arena, model, cases, hw, &work);
  CHECK(arena.used == measured.used, "laying takes what was measured");
  return hm_likelihood(model, cases, weight, watch, hw, &work, log_lik,
                       gradient);
}

/* The sum over h of exp(-E(v, h)), state by state. */
static double weight_of(const hm_model *model, const double *v) {
  double *h = twin_reals(model->nh), sum = 0.0;
  for (int state = 0; state < 1 << model->nh; state++) {
    twin_state(model->nh, state, h);
    sum += exp(-twin_energy(model, v, h));
  }
  return sum;
}

static double by_states(const hm_model *model, int N, const double *x,
                        const double *weight) {
  double *v = twin_reals(model->nv), Z = 0.0, sum = 0.0, total = 0.0;
  for (int state = 0; state < 1 << model->nv; state++) {
    twin_state(model->nv, state, v);
    Z += weight_of(model, v);
  }
  for (int s = 0; s < N; s++) {
    sum += weight[s] * log(weight_of(model, x + (ptrdiff_t)s * model->nv) / Z);
    total += weight[s];
  }
  return sum / total;
}

static void check_machine(int nv, int nh, int N, int sparse) {
  const hm_model model = twin_machine(nv, nh, 1.5, &chance);
  const ptrdiff_t size = hm_parameters(nv, nh);
  double *x = twin_cells((ptrdiff_t)N * nv, 0.4, &chance);
  double *weight = twin_random(N, 0.0, 3.0, &chance);
  double *gradient = twin_reals(size), *other = twin_reals(size);
  double *theta = twin_copy(size, model.W_rows);
  const hm_cases cases =
      sparse ? twin_sparse_cases(N, nv, x) : twin_packed_cases(N, nv, x);
  double log_lik, again;
  hm_hardware way[8];
  const int ways = twin_ways(way);
  weight[0] = 0.0;
  CHECK(likelihood(&model, &cases, weight, &patient, way[0], &log_lik,
                   gradient) == HM_OK,
        "the whole is done");
  CHECK_NEAR(log_lik, by_states(&model, N, x, weight), 1e-11);
  for (ptrdiff_t i = 0; i < size; i++) {
    const double step = 1e-5, at = theta[i];
    theta[i] = at + step;
    hm_model moved = twin_model(nv, nh, theta);
    const double above = by_states(&moved, N, x, weight);
    theta[i] = at - step;
    moved = twin_model(nv, nh, theta);
    const double below = by_states(&moved, N, x, weight);
    theta[i] = at;
    CHECK_NEAR(gradient[i], -(above - below) / (2.0 * step), 1e-8);
  }
  for (int i = 1; i < ways; i++) {
    likelihood(&model, &cases, weight, &patient, way[i], &again, other);
    CHECK(twin_same_bits(1, &log_lik, &again), "the same value");
    CHECK(twin_same_bits(size, gradient, other), "the same gradient");
  }
}

/* A case of weight 2 is two cases. */
static void check_weights(void) {
  enum { nv = 5, nh = 3, N = 6 };
  const hm_model model = twin_machine(nv, nh, 1.0, &chance);
  const ptrdiff_t size = hm_parameters(nv, nh);
  double *x = twin_cells(N * nv, 0.5, &chance);
  double *twice = twin_reals(2 * N * nv);
  const double weight[N] = {2, 2, 2, 2, 2, 2};
  const double ones[2 * N] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  double *gradient = twin_reals(size), *other = twin_reals(size), a, b;
  memcpy(twice, x, N * nv * sizeof *x);
  memcpy(twice + N * nv, x, N * nv * sizeof *x);
  const hm_cases once = twin_packed_cases(N, nv, x);
  const hm_cases both = twin_packed_cases(2 * N, nv, twice);
  likelihood(&model, &once, weight, &patient, twin_hw(1), &a, gradient);
  likelihood(&model, &both, ones, &patient, twin_hw(1), &b, other);
  CHECK_NEAR(a, b, 1e-13);
  CHECK_NEAR(twin_gap(size, gradient, other), 0.0, 1e-14);
}

static void check_interrupt(void) {
  enum { nv = 4, nh = 3, N = 2 };
  const hm_model model = twin_machine(nv, nh, 1.0, &chance);
  const hm_cases cases =
      twin_packed_cases(N, nv, twin_cells(N * nv, 0.5, &chance));
  const double weight[N] = {1, 1};
  twin_patience patience = {0, 1};
  const hm_watch watch = {twin_ask, &patience, NULL};
  double log_lik;
  CHECK(likelihood(&model, &cases, weight, &watch, twin_hw(1), &log_lik,
                   twin_reals(hm_parameters(nv, nh))) == HM_INTERRUPTED,
        "it stops where it is told to");
}

static void checks(void) {
  check_machine(1, 1, 3, 0);
  check_machine(5, 3, 17, 0);
  check_machine(3, 6, 9, 1);
  check_machine(7, 5, 40, 1);
  check_weights();
  check_interrupt();
}
