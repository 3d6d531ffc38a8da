/* Energies and free energies against the formulas, from lists and from reals.
 */
#include "energy.h"

#include "check.h"
#include "twin.h"

static uint64_t chance = 131;

static double size_of(ptrdiff_t n, const double *x) {
  double largest = 1.0;
  for (ptrdiff_t i = 0; i < n; i++) {
    largest = fmax(largest, fabs(x[i]));
  }
  return largest;
}

/* Lists with lists, reals with reals and one of each; with `between`, states
 * that only reals can hold. */
static void check_energy(int nv, int nh, int n, double size) {
  const hm_model model = twin_machine(nv, nh, size, &chance);
  double *v = twin_cells((ptrdiff_t)n * nv, 0.5, &chance);
  double *h = twin_cells((ptrdiff_t)n * nh, 0.5, &chance);
  double *between = twin_random((ptrdiff_t)n * nv, 0.0, 1.0, &chance);
  double *naive = twin_reals(n), *mixed = twin_reals(n);
  double *input = twin_reals((ptrdiff_t)n * nh), *out = twin_reals(n);
  for (int s = 0; s < n; s++) {
    const double *of_h = h + (ptrdiff_t)s * nh;
    naive[s] = twin_energy(&model, v + (ptrdiff_t)s * nv, of_h);
    mixed[s] = twin_energy(&model, between + (ptrdiff_t)s * nv, of_h);
  }
  const double near = 1e-12 * size_of(n, naive);
  const hm_states lists_v = twin_lists(n, nv, v),
                  lists_h = twin_lists(n, nh, h);
  const hm_states reals_v = twin_real_states(n, nv, v);
  const hm_states reals_h = twin_real_states(n, nh, h);
  const hm_states gray_v = twin_real_states(n, nv, between);
  hm_energy(&model, &reals_v, &reals_h, twin_hw(1), input, out);
  CHECK_NEAR(twin_gap(n, out, naive), 0.0, near);
  hm_energy(&model, &lists_v, &reals_h, twin_hw(1), input, out);
  CHECK_NEAR(twin_gap(n, out, naive), 0.0, near);
  hm_energy(&model, &gray_v, &lists_h, twin_hw(1), input, out);
  CHECK_NEAR(twin_gap(n, out, mixed), 0.0, near);
  hm_energy(&model, &lists_v, &lists_h, twin_hw(1), input, out);
  CHECK_NEAR(twin_gap(n, out, naive), 0.0, near);
  hm_hardware way[8];
  const int ways = twin_ways(way);
  for (int i = 0; i < ways; i++) {
    double *again = twin_reals(n);
    hm_energy(&model, &lists_v, &lists_h, way[i], input, again);
    CHECK(twin_same_bits(n, out, again),
          "all levels and threads give the same bits");
  }
}

/* F(v), and the like with the visible layer summed out. */
static void check_free_energy(int nv, int nh, int n, double size) {
  const hm_model model = twin_machine(nv, nh, size, &chance);
  const hm_link hidden = hm_link_to_hidden(&model);
  const hm_link visible = hm_link_to_visible(&model);
  double *v = twin_cells((ptrdiff_t)n * nv, 0.5, &chance);
  double *h = twin_cells((ptrdiff_t)n * nh, 0.5, &chance);
  double *naive = twin_reals(n), *turned = twin_reals(n), *out = twin_reals(n);
  double *input = twin_reals((ptrdiff_t)n * (nv > nh ? nv : nh));
  for (int s = 0; s < n; s++) {
    naive[s] = -twin_log_weight(&model, v + (ptrdiff_t)s * nv);
    turned[s] = 0.0;
    for (int j = 0; j < nh; j++) {
      turned[s] -= model.c[j] * h[(ptrdiff_t)s * nh + j];
    }
    for (int i = 0; i < nv; i++) {
      turned[s] -=
          twin_softplus(twin_to_visible(&model, h + (ptrdiff_t)s * nh, i));
    }
  }
  const hm_states lists_v = twin_lists(n, nv, v),
                  lists_h = twin_lists(n, nh, h);
  const hm_states reals_v = twin_real_states(n, nv, v);
  const double near = 1e-12 * size_of(n, naive);
  hm_free_energy(&hidden, &visible, &reals_v, twin_hw(1), input, out);
  CHECK_NEAR(twin_gap(n, out, naive), 0.0, near);
  hm_free_energy(&hidden, &visible, &lists_v, twin_hw(1), input, out);
  CHECK_NEAR(twin_gap(n, out, naive), 0.0, near);
  hm_hardware way[8];
  const int ways = twin_ways(way);
  for (int i = 0; i < ways; i++) {
    double *again = twin_reals(n);
    hm_free_energy(&hidden, &visible, &lists_v, way[i], input, again);
    CHECK(twin_same_bits(n, out, again),
          "all levels and threads give the same bits");
  }
  hm_free_energy(&visible, &hidden, &lists_h, twin_hw(1), input, out);
  CHECK_NEAR(twin_gap(n, out, turned), 0.0, 1e-12 * size_of(n, turned));
}

/* exp(-F(v)) = sum over h of exp(-E(v, h)), on a machine of 3 x 5. */
static void check_sum(void) {
  enum { nv = 3, nh = 5, states = 1 << nh };
  const hm_model model = twin_machine(nv, nh, 2.0, &chance);
  const hm_link hidden = hm_link_to_hidden(&model);
  const hm_link visible = hm_link_to_visible(&model);
  double h[states * nh], v[states * nv], input[states * nh], energy[states];
  for (int state = 0; state < states; state++) {
    twin_state(nh, state, h + state * nh);
  }
  const hm_states all_h = twin_lists(states, nh, h);
  for (int of_v = 0; of_v < 1 << nv; of_v++) {
    double free_energy, sum = 0.0;
    for (int state = 0; state < states; state++) {
      twin_state(nv, of_v, v + state * nv);
    }
    const hm_states same_v = twin_lists(states, nv, v);
    const hm_states one_v = twin_lists(1, nv, v);
    hm_energy(&model, &same_v, &all_h, twin_hw(1), input, energy);
    hm_free_energy(&hidden, &visible, &one_v, twin_hw(1), input, &free_energy);
    for (int state = 0; state < states; state++) {
      sum += exp(-energy[state]);
    }
    CHECK_NEAR(log(sum), -free_energy, 1e-13);
  }
}

/* Data sets, in pieces, of any storage. */
static void check_cases(int nv, int nh, int N) {
  const hm_model model = twin_machine(nv, nh, 1.0, &chance);
  double *x = twin_random((ptrdiff_t)N * nv, 0.0, 1.0, &chance);
  double *y = twin_cells((ptrdiff_t)N * nh, 0.5, &chance);
  const hm_cases visible = twin_real_cases(N, nv, x);
  const hm_cases hidden = twin_packed_cases(N, nh, y);
  const hm_watch patient = {NULL, NULL, NULL};
  double *E = twin_reals(N), *F = twin_reals(N);
  hm_arena measured = {NULL, 0};
  hm_energy_work work;
  hm_energy_lay(&measured, &model, &visible, &hidden, &work);
  hm_arena arena = twin_arena(&measured);
  hm_energy_lay(&arena, &model, &visible, &hidden, &work);
  CHECK(arena.used == measured.used, "laying takes what was measured");
  for (int room = 1; room <= N; room += 4) {
    work.v.room = work.h.room = room;
    CHECK(hm_energy_cases(&model, &visible, &hidden, &patient, twin_hw(1),
                          &work, E) == HM_OK &&
              hm_free_energy_cases(&model, &visible, &patient, twin_hw(1),
                                   &work, F) == HM_OK,
          "data sets go through");
    for (int s = 0; s < N; s++) {
      CHECK_NEAR(E[s], twin_energy(&model, x + s * nv, y + s * nh), 1e-12);
      CHECK_NEAR(F[s], -twin_log_weight(&model, x + s * nv), 1e-12);
    }
  }
  twin_patience patience = {0, 1}, other = {0, 1};
  const hm_watch watch = {twin_ask, &patience, NULL},
                 second = {twin_ask, &other, NULL};
  CHECK(hm_energy_cases(&model, &visible, &hidden, &watch, twin_hw(1), &work,
                        E) == HM_INTERRUPTED &&
            hm_free_energy_cases(&model, &visible, &second, twin_hw(1), &work,
                                 F) == HM_INTERRUPTED,
        "a stop comes through");
}

static void checks(void) {
  check_cases(5, 3, 9);
  check_energy(1, 1, 1, 1.0);
  check_energy(9, 4, 7, 0.5);
  check_energy(4, 17, 30, 2.0);
  check_energy(200, 40, 60, 900.0);
  check_free_energy(1, 1, 1, 1.0);
  check_free_energy(9, 4, 7, 0.5);
  check_free_energy(4, 17, 30, 2.0);
  check_free_energy(200, 40, 60, 900.0); /* inputs no exp can take */
  check_sum();
}
