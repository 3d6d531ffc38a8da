/* Draws by a plan: those of chains and ladders that are moved by hand to each
 * look and draw, in pieces, from any start, with units held. */
#include "draws.h"

#include "check.h"
#include "twin-ladders.h"

static uint64_t chance = 61;
static const uint32_t key[2] = {21u, 12u};
static const hm_watch patient = {NULL, NULL, NULL};

static hm_draws_work new_work(const hm_model *model, int room, int reals) {
  hm_arena measured = {NULL, 0};
  hm_draws_work work;
  hm_draws_lay(&measured, model, room, reals, &work);
  hm_arena arena = twin_arena(&measured);
  hm_draws_lay(&arena, model, room, reals, &work);
  CHECK(arena.used == measured.used, "laying takes what was measured");
  hm_draws_prepare(model, HM_PLAIN, &work);
  return work;
}

static hm_draws new_draws(const hm_draws_plan *plan, int nv) {
  const ptrdiff_t N = (ptrdiff_t)plan->chains * plan->draws;
  hm_draws draws = {
      .bits = twin_room((size_t)(N * hm_words(nv)), sizeof(uint64_t)),
      .mean = twin_reals(N * nv),
      .free_energy = twin_reals(N),
      .trace = twin_reals((ptrdiff_t)plan->looks * plan->looked_at),
      .sums = twin_reals(2 * (ptrdiff_t)plan->looked_at * nv)};
  return draws;
}

/* x (N cases of nv) := the draws. */
static double *unpacked(int N, int nv, const uint64_t *bits) {
  const hm_cases cases = {.N = N, .nv = nv, .bits = bits};
  const hm_rows all = {NULL, 0, N};
  double *x = twin_reals((ptrdiff_t)N * nv);
  hm_states states = twin_lists(N, nv, twin_zeros((ptrdiff_t)N * nv));
  hm_take(&cases, &all, &states);
  hm_states_to_reals(&states, x);
  return x;
}

/* Sets of words that hold some units, for each chain or for all. */
static hm_clamp new_clamp(int chains, int nv, int each) {
  const ptrdiff_t words = hm_chain_words(twin_binary(nv));
  const int sets = each ? chains : 1;
  uint32_t *is_free = twin_room((size_t)(sets * words), sizeof *is_free);
  uint32_t *held = twin_room((size_t)(sets * words), sizeof *held);
  for (ptrdiff_t w = 0; w < sets * words; w++) {
    is_free[w] = 0xFFFFFF0Fu >> w % 3;
    held[w] = ~is_free[w] & (w % 2 ? 0x50u : 0x01u) &
              (w % words == words - 1 && nv % 32 ? (1u << nv % 32) - 1u : ~0u);
  }
  const hm_clamp clamp = {each ? words : 0, 1, is_free, held, NULL};
  return clamp;
}

/* All that one look or draw of chain m shows, by hand. */
typedef struct {
  const double *v;
  const double *mean;
  double F;
} sight;

/* Holds the draws to what `see` shows of chain m after so many sweeps. */
static void compare(const hm_draws_plan *plan, int nv, const hm_draws *draws,
                    sight (*see)(void *of, int m, int sweeps), void *of) {
  const int N = plan->chains * plan->draws;
  const double *x = unpacked(N, nv, draws->bits);
  int same = 1, means = 1, energies = 1, traced = 1;
  double *sums = twin_zeros(2 * (ptrdiff_t)plan->looked_at * nv);
  for (int m = 0; m < plan->chains; m++) {
    for (int l = 0; l < plan->looks && m < plan->looked_at; l++) {
      const int at = plan->steps - (plan->looks - 1 - l) * plan->look_every;
      const sight here = see(of, m, at);
      const int half = plan->looks / 2, last = l >= plan->looks - half;
      traced = traced &&
               twin_same_bits(1, draws->trace + m * plan->looks + l, &here.F);
      for (int i = 0; i < nv && (last || l < half); i++) {
        sums[(2 * m + last) * nv + i] += here.v[i];
      }
    }
    for (int d = 0; d < plan->draws; d++) {
      const sight here = see(of, m, plan->steps + d * plan->thin);
      const int row = m * plan->draws + d;
      same = same && twin_same_bits(nv, x + (ptrdiff_t)row * nv, here.v);
      energies =
          energies && twin_same_bits(1, draws->free_energy + row, &here.F);
      for (int i = 0; i < nv; i++) {
        means = means && twin_same_bits(1, draws->mean + (ptrdiff_t)i * N + row,
                                        here.mean + i);
      }
    }
  }
  CHECK(same, "draws are the states of the chains, in their order");
  CHECK(means, "with the means that they were drawn by");
  CHECK(energies, "and their free energies");
  CHECK(traced, "looks are free energies on the way");
  CHECK(twin_same_bits(2 * (ptrdiff_t)plan->looked_at * nv, draws->sums, sums),
        "and how often units were on");
}

/* Where each chain is after each sweep, 0 to `most`. */
typedef struct {
  int nv;
  int chains;
  double *v, *mean, *F;
} film;

static film new_film(int nv, int chains, int most) {
  const ptrdiff_t n = (ptrdiff_t)(most + 1) * chains;
  const film of = {nv, chains, twin_reals(n * nv), twin_reals(n * nv),
                   twin_reals(n)};
  return of;
}

static void shoot(film *of, int sweep, const hm_chains *chains) {
  const ptrdiff_t at = (ptrdiff_t)sweep * of->chains;
  twin_spread(of->nv, &chains->v, of->v + at * of->nv);
  hm_panels_get(of->chains, &chains->mean_v, of->mean + at * of->nv);
  memcpy(of->F + at, chains->free_energy, (size_t)of->chains * sizeof *of->F);
}

static sight see_film(void *x, int m, int sweeps) {
  const film *of = x;
  const ptrdiff_t at = (ptrdiff_t)sweeps * of->chains + m;
  const sight here = {of->v + at * of->nv, of->mean + at * of->nv, of->F[at]};
  return here;
}

/* start: 0 none, 1 one case for all, 2 one for each, 3 the same of reals. */
static void check_gibbs(hm_draws_plan plan, int nv, int nh, int room, int start,
                        int held) {
  const int n = plan.chains, most = plan.steps + (plan.draws - 1) * plan.thin;
  const int cases = start == 1 ? 1 : n;
  const hm_model model = twin_machine(nv, nh, 1.0, &chance);
  const double *x = start == 3 ? twin_random(cases * nv, 0.0, 1.0, &chance)
                               : twin_cells(cases * nv, 0.5, &chance);
  const hm_cases from = start == 3 ? twin_real_cases(cases, nv, x)
                                   : twin_packed_cases(cases, nv, x);
  const hm_clamp clamp = new_clamp(n, nv, held == 2);
  const hm_rows all = {NULL, 0, n};
  const hm_chance at = {key, 0};
  hm_draws_work by_hand = new_work(&model, n, start == 3);
  hm_chains *chains = &by_hand.chains;
  film of = new_film(nv, n, most);
  int *row = twin_ints(n);
  for (int s = 0; s < n; s++) {
    row[s] = start == 1 ? 0 : s;
  }
  chains->clamp = held ? &clamp : NULL;
  if (start) {
    const hm_rows rows = {row, 0, n};
    hm_chains_take(&from, &rows, chains);
    hm_chains_hold(chains);
  } else {
    hm_start(&by_hand.working, &all, &at, twin_hw(1), chains);
  }
  hm_chains_mean_h(&by_hand.working, twin_hw(1), chains);
  for (int t = 0; t <= most; t++) {
    if (t > 0) {
      hm_gibbs(&by_hand.working, &all, &at, t - 1, 1, &patient, twin_hw(1),
               chains);
      shoot(&of, t, chains);
    }
  }
  hm_draws_work work = new_work(&model, room, start == 3);
  hm_draws draws = new_draws(&plan, nv);
  plan.start = start ? &from : NULL;
  plan.clamp = held ? &clamp : NULL;
  CHECK(
      hm_draws_gibbs(&plan, key, &patient, twin_hw(2), &work, &draws) == HM_OK,
      "chains run through");
  CHECK(!work.chains.clamp, "no clamp is left behind");
  compare(&plan, nv, &draws, see_film, &of);
}

static void check_temper(hm_draws_plan plan, int nv, int nh, int rungs,
                         int start, int held) {
  const int n = plan.chains, most = plan.steps + (plan.draws - 1) * plan.thin;
  const int settled = plan.steps / 2;
  const hm_model model = twin_machine(nv, nh, 1.0, &chance);
  const double *x = twin_cells(n * nv, 0.5, &chance);
  const hm_cases from = twin_packed_cases(n, nv, x);
  const hm_clamp clamp = new_clamp(n, nv, held == 2);
  hm_clamp of_replicas = clamp;
  const hm_chance at = {key, 0};
  const hm_hardware hw = twin_hw(1);
  hm_draws_work work = new_work(&model, n, 0), by_hand = new_work(&model, n, 0);
  hm_temper_work ladders = twin_ladders(model.nv, model.nh, n, rungs);
  hm_temper_work mine = twin_ladders(model.nv, model.nh, n, rungs);
  hm_draws draws = new_draws(&plan, nv);
  float *b0 = twin_layer(nv);
  film of = new_film(nv, n, most);
  hm_set_singles(nv, twin_random(nv, -1.0, 1.0, &chance), b0);
  ladders.b0 = mine.b0 = b0;
  of_replicas.cases = rungs;
  mine.chains.clamp = held ? &of_replicas : NULL;
  if (start) {
    int *row = twin_ints(n * rungs);
    const hm_rows rows = {row, 0, n * rungs};
    for (int s = 0; s < n * rungs; s++) {
      row[s] = s / rungs;
    }
    hm_temper_fresh(&mine);
    hm_chains_take(&from, &rows, &mine.chains);
    hm_chains_hold(&mine.chains);
  } else {
    hm_temper_start(&by_hand.working, &at, hw, &mine);
  }
  hm_temper_settle(&by_hand.working, &at, 0, settled, &patient, hw, &mine);
  for (int t = settled; t <= most; t++) {
    if (t > settled) {
      hm_temper(&by_hand.working, &at, t - 1, 1, &patient, hw, &mine);
    }
    hm_temper_cold(&mine, 0, n, &by_hand.chains);
    hm_chains_mean_v(&by_hand.working, hw, &by_hand.chains);
    hm_chains_mean_h(&by_hand.working, hw, &by_hand.chains);
    shoot(&of, t, &by_hand.chains);
  }
  plan.start = start ? &from : NULL;
  plan.clamp = held ? &clamp : NULL;
  CHECK(hm_draws_temper(&plan, key, &patient, hw, &ladders, &work, &draws) ==
            HM_OK,
        "ladders run through");
  CHECK(!ladders.chains.clamp && !work.chains.clamp, "no clamp is left behind");
  compare(&plan, nv, &draws, see_film, &of);
  CHECK(twin_same_bits(n, ladders.trips, mine.trips), "trips are counted");
}

/* A stop comes through, from either, and no clamp is left. */
static void check_stop(void) {
  enum { nv = 5, nh = 3 };
  hm_draws_plan plan = {4, 6, 3, 1, 2, 2, 4, NULL, NULL};
  const hm_model model = twin_machine(nv, nh, 1.0, &chance);
  const hm_clamp clamp = new_clamp(4, nv, 1);
  hm_draws_work work = new_work(&model, 4, 0);
  hm_temper_work ladders = twin_ladders(model.nv, model.nh, 4, 3);
  hm_draws draws = new_draws(&plan, nv);
  float *b0 = twin_layer(nv);
  hm_set_singles(nv, twin_zeros(nv), b0);
  ladders.b0 = b0;
  plan.clamp = &clamp;
  for (int stop_at = 1; stop_at <= 8; stop_at++) {
    twin_patience patience = {0, stop_at}, other = {0, stop_at};
    const hm_watch watch = {twin_ask, &patience, NULL},
                   second = {twin_ask, &other, NULL};
    CHECK(hm_draws_gibbs(&plan, key, &watch, twin_hw(1), &work, &draws) ==
              HM_INTERRUPTED,
          "each sweep asks");
    CHECK(hm_draws_temper(&plan, key, &second, twin_hw(1), &ladders, &work,
                          &draws) == HM_INTERRUPTED,
          "of ladders too");
    CHECK(!work.chains.clamp && !ladders.chains.clamp,
          "no clamp is left behind");
  }
}

static void checks(void) {
  static const hm_draws_plan one = {1, 1, 1, 1, 1, 1, 1, NULL, NULL};
  static const hm_draws_plan some = {7, 12, 3, 2, 4, 3, 5, NULL, NULL};
  static const hm_draws_plan even = {3, 9, 4, 1, 1, 1, 3, NULL, NULL};
  static const hm_draws_plan blind = {5, 2, 0, 1, 2, 1, 0, NULL, NULL};
  check_gibbs(one, 1, 1, 1, 0, 0);
  for (int start = 0; start <= 3; start++) {
    check_gibbs(some, 40, 9, 3, start, 0); /* in pieces */
    check_gibbs(some, 40, 9, 7, start, 1);
    check_gibbs(some, 70, 33, 2, start, 2);
  }
  check_gibbs(even, 5, 40, 3, 0, 0);
  check_gibbs(blind, 64, 4, 2, 2, 2);
  check_temper(one, 3, 2, 2, 0, 0);
  check_temper(some, 40, 9, 4, 0, 0);
  check_temper(some, 40, 9, 3, 1, 1);
  check_temper(some, 70, 33, 3, 0, 2);
  check_temper(some, 70, 33, 3, 1, 2);
  check_temper(blind, 5, 3, 2, 1, 0);
  check_stop();
}
