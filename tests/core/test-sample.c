/* Gibbs sampling: laws on machines small enough to go through all states. */
#include "sample.h"

#include "check.h"
#include "energy.h"
#include "twin.h"

static uint64_t chance = 61;
static const uint32_t key[2] = {13u, 21u};
static const hm_watch patient = {NULL, NULL, NULL};

static hm_chains new_chains(const hm_model *model, int room, int reals) {
  hm_arena measured = {NULL, 0};
  hm_chains chains;
  hm_chains_lay(&measured, model->visible, model->hidden, room, reals, &chains);
  hm_arena arena = twin_arena(&measured);
  hm_chains_lay(&arena, model->visible, model->hidden, room, reals, &chains);
  CHECK(arena.used == measured.used, "laying takes what was measured");
  return chains;
}

/* Chains at the n cases x. */
static hm_chains chains_at(const hm_model *model, const hm_working *working,
                           int n, const double *x) {
  hm_chains chains = new_chains(model, n, 0);
  const hm_cases cases = twin_packed_cases(n, model->nv, x);
  const hm_rows all = {NULL, 0, n};
  hm_chains_take(&cases, &all, &chains);
  hm_chains_mean_h(working, twin_hw(1), &chains);
  return chains;
}

/* n states drawn from a law, as reals. */
static double *drawn_from(const double *law, int n, int units) {
  double *x = twin_reals((ptrdiff_t)n * units);
  for (int s = 0; s < n; s++) {
    twin_state(units, twin_draw(1 << units, law, &chance),
               x + (ptrdiff_t)s * units);
  }
  return x;
}

static void sweep(const hm_working *working, int n, int first, int sweeps,
                  hm_chains *chains) {
  const hm_rows all = {NULL, 0, n};
  const hm_chance at = {key, 4};
  CHECK(hm_gibbs(working, &all, &at, first, sweeps, &patient, twin_hw(2),
                 chains) == HM_OK,
        "sampling goes through");
}

/* Chains that start from the model's law keep it: after one sweep (v, h) has
 * the joint law, and after three. */
static void check_no_drift(void) {
  enum { nv = 3, nh = 2, n = 40000, joint = 1 << (nv + nh) };
  const hm_model model = twin_machine(nv, nh, 1.5, &chance);
  const hm_working working = twin_working(&model);
  const double *law = twin_joint_law(&model);
  const double *of_v = twin_marginal_v(nv, nh, law);
  hm_chains chains = chains_at(&model, &working, n, drawn_from(of_v, n, nv));
  static const int sweeps[] = {1, 2};
  for (int more = 0; more < 2; more++) {
    long *seen = twin_counts(joint);
    sweep(&working, n, more, sweeps[more], &chains);
    for (int s = 0; s < n; s++) {
      seen[twin_number(&chains.v, s) | twin_number(&chains.h, s) << nv]++;
    }
    CHECK(twin_misfit(joint, seen, law) <= 1.0, "sweeps keep the joint law");
  }
}

/* Nor do they with 12 + 12 units, most of whose 4096 visible states are rare.
 */
static void check_no_drift_larger(void) {
  enum { nv = 12, nh = 12, n = 60000 };
  const hm_model model = twin_machine(nv, nh, 0.8, &chance);
  const hm_working working = twin_working(&model);
  const double *law = twin_visible_law(&model);
  hm_chains chains = chains_at(&model, &working, n, drawn_from(law, n, nv));
  long *seen = twin_counts(1 << nv);
  sweep(&working, n, 0, 1, &chains);
  for (int s = 0; s < n; s++) {
    seen[twin_number(&chains.v, s)]++;
  }
  CHECK(twin_misfit(1 << nv, seen, law) <= 1.0, "a sweep keeps the law of v");
}

/* From one state, the law of (v, h) after a sweep, and of v after two: a kernel
 * that keeps the law but does not move is found out here. */
static void check_transitions(void) {
  enum { nv = 3, nh = 2, n = 20000, joint = 1 << (nv + nh) };
  const hm_model model = twin_machine(nv, nh, 1.5, &chance);
  const hm_working working = twin_working(&model);
  for (int start = 0; start < 1 << nv; start++) {
    double *law = twin_zeros(1 << nv), *x = twin_reals(n * nv);
    long *seen = twin_counts(joint), *later = twin_counts(1 << nv);
    law[start] = 1.0;
    for (int s = 0; s < n; s++) {
      twin_state(nv, start, x + s * nv);
    }
    hm_chains chains = chains_at(&model, &working, n, x);
    sweep(&working, n, 0, 1, &chains);
    for (int s = 0; s < n; s++) {
      seen[twin_number(&chains.v, s) | twin_number(&chains.h, s) << nv]++;
    }
    const double *once = twin_sweep_law(&model, law);
    CHECK(twin_misfit(joint, seen, once) <= 1.0, "one sweep has its law");
    const double *twice = twin_sweep_law(&model, twin_marginal_v(nv, nh, once));
    sweep(&working, n, 1, 1, &chains);
    for (int s = 0; s < n; s++) {
      later[twin_number(&chains.v, s)]++;
    }
    CHECK(twin_misfit(1 << nv, later, twin_marginal_v(nv, nh, twice)) <= 1.0,
          "two sweeps have their law");
  }
}

/* What a call leaves is what the next one needs. */
static void check_two_calls(void) {
  enum { nv = 7, nh = 5, n = 50 };
  const hm_model model = twin_machine(nv, nh, 1.0, &chance);
  const hm_working working = twin_working(&model);
  const double *x = twin_cells(n * nv, 0.5, &chance);
  hm_chains once = chains_at(&model, &working, n, x),
            twice = chains_at(&model, &working, n, x);
  double v[2][n * nv], h[2][n * nh];
  double *mean_v = twin_reals(n * nv), *mean_h = twin_reals(n * nh);
  sweep(&working, n, 0, 5, &once);
  sweep(&working, n, 0, 2, &twice);
  sweep(&working, n, 2, 3, &twice);
  twin_spread(nv, &once.v, v[0]);
  twin_spread(nh, &once.h, h[0]);
  twin_spread(nv, &twice.v, v[1]);
  twin_spread(nh, &twice.h, h[1]);
  CHECK(twin_same_bits(n * nv, v[0], v[1]), "two calls draw v as one does");
  CHECK(twin_same_bits(n * nh, h[0], h[1]), "two calls draw h as one does");
  const double *once_v = twin_from_panels(n, &once.mean_v);
  const double *once_h = twin_from_panels(n, &once.mean_h);
  CHECK(twin_same_bits(n * nv, once_v, twin_from_panels(n, &twice.mean_v)),
        "and p(v | h)");
  CHECK(twin_same_bits(n * nh, once_h, twin_from_panels(n, &twice.mean_h)),
        "and p(h | v)");
  hm_chains_mean_v(&working, twin_hw(1), &once);
  CHECK(twin_same_bits(n * nv, once_v, twin_from_panels(n, &once.mean_v)),
        "which can be had again");
  for (int s = 0; s < n; s++) {
    twin_mean_v(&model, h[0] + s * nh, mean_v + s * nv);
    twin_mean_h(&model, v[0] + s * nv, mean_h + s * nh);
  }
  const double near = twin_mean_error(&model);
  CHECK_NEAR(twin_gap(n * nv, once_v, mean_v), 0.0, near);
  CHECK_NEAR(twin_gap(n * nh, once_h, mean_h), 0.0, near);
  sweep(&working, n, 5, 0, &once);
  twin_spread(nv, &once.v, v[1]);
  CHECK(twin_same_bits(n * nv, v[0], v[1]), "no sweep changes nothing");
}

/* Chains taken in any parts, or for another update. */
static void check_parts(void) {
  enum { nv = 6, nh = 4, n = 40 };
  const hm_model model = twin_machine(nv, nh, 1.0, &chance);
  const hm_working working = twin_working(&model);
  const double *x = twin_cells(n * nv, 0.5, &chance);
  hm_chains all = chains_at(&model, &working, n, x);
  hm_chains tail = chains_at(&model, &working, 10, x + 30 * nv);
  hm_chains other = chains_at(&model, &working, n, x);
  const hm_rows last = {NULL, 30, 10}, every = {NULL, 0, n};
  const hm_chance at = {key, 4}, elsewhere = {key, 5};
  double v[n * nv], part[n * nv];
  sweep(&working, n, 0, 3, &all);
  hm_gibbs(&working, &last, &at, 0, 3, &patient, twin_hw(1), &tail);
  hm_gibbs(&working, &every, &elsewhere, 0, 3, &patient, twin_hw(1), &other);
  twin_spread(nv, &all.v, v);
  twin_spread(nv, &tail.v, part);
  CHECK(twin_same_bits(10 * nv, part, v + 30 * nv),
        "a chain depends on its own number only");
  twin_spread(nv, &other.v, part);
  CHECK(!twin_same_bits(n * nv, part, v), "another step draws anew");
}

static void check_stop(void) {
  enum { nv = 6, nh = 4, n = 8 };
  const hm_model model = twin_machine(nv, nh, 1.0, &chance);
  const hm_working working = twin_working(&model);
  const double *x = twin_cells(n * nv, 0.5, &chance);
  hm_chains stopped = chains_at(&model, &working, n, x),
            whole = chains_at(&model, &working, n, x);
  twin_patience patience = {0, 2};
  const hm_watch watch = {twin_ask, &patience, NULL};
  const hm_rows all = {NULL, 0, n};
  const hm_chance at = {key, 4};
  double v[2][n * nv];
  CHECK(hm_gibbs(&working, &all, &at, 0, 9, &watch, twin_hw(1), &stopped) ==
            HM_INTERRUPTED,
        "the watch stops the chains");
  CHECK(patience.asked == 2, "the watch is asked once a sweep");
  sweep(&working, n, 0, 2, &whole);
  twin_spread(nv, &stopped.v, v[0]);
  twin_spread(nv, &whole.v, v[1]);
  CHECK(twin_same_bits(n * nv, v[0], v[1]), "stopped chains are whole sweeps");
}

/* A start is a draw of each unit by its bias alone, whatever the chains held,
 * and the sweep after it does not use its random numbers again: the pair of
 * both states has its law. */
static void check_start(void) {
  enum { nv = 3, nh = 2, n = 40000, of_v = 1 << nv };
  const hm_model model = twin_machine(nv, nh, 1.5, &chance);
  const hm_working working = twin_working(&model);
  const hm_rows all = {NULL, 0, n};
  const hm_chance at = {key, 4};
  hm_chains chains =
      chains_at(&model, &working, n, twin_cells(n * nv, 0.5, &chance));
  double *law = twin_reals(of_v * of_v), mean[nv];
  long *seen = twin_counts(of_v * of_v);
  int *start = twin_ints(n);
  for (int i = 0; i < nv; i++) {
    mean[i] = twin_sigm(model.b[i]);
  }
  for (int v = 0; v < of_v; v++) {
    double *from = twin_zeros(of_v);
    from[v] = twin_probability(nv, v, mean);
    const double *to = twin_marginal_v(nv, nh, twin_sweep_law(&model, from));
    memcpy(law + v * of_v, to, of_v * sizeof *law);
  }
  sweep(&working, n / 2, 0, 1, &chains);
  hm_start(&working, &all, &at, twin_hw(2), &chains);
  CHECK(!chains.v.value && chains.v.n == n, "a start is lists");
  for (int s = 0; s < n; s++) {
    start[s] = twin_number(&chains.v, s);
  }
  hm_chains_mean_h(&working, twin_hw(2), &chains);
  sweep(&working, n, 0, 1, &chains);
  for (int s = 0; s < n; s++) {
    seen[start[s] * of_v + twin_number(&chains.v, s)]++;
  }
  CHECK(twin_misfit(of_v * of_v, seen, law) <= 1.0,
        "a start and what follows have their law");
}

/* Sweeps of plain loops in single precision, draw by draw and bit by bit, at
 * every level, by one thread and by two. */
static void check_plain(int nv, int nh, int n, int sweeps, double size) {
  const hm_model model = twin_machine(nv, nh, size, &chance);
  const hm_working working = twin_working(&model);
  const double *x = twin_cells((ptrdiff_t)n * nv, 0.5, &chance);
  const hm_rows rows = {NULL, 70, n};
  const hm_chance at = {key, 4};
  double *v = twin_copy((ptrdiff_t)n * nv, x);
  double *h = twin_reals((ptrdiff_t)n * nh);
  double *mean_v = twin_reals((ptrdiff_t)n * nv);
  double *mean_h = twin_reals((ptrdiff_t)n * nh);
  float *p = twin_layer(nh), *q = twin_layer(nv);
  for (int s = 0; s < n; s++) {
    double *of_v = v + (ptrdiff_t)s * nv, *of_h = h + (ptrdiff_t)s * nh;
    const uint32_t row = (uint32_t)hm_row(&rows, s);
    for (uint32_t t = 2; t < (uint32_t)sweeps + 2; t++) {
      const hm_stream for_h = hm_stream_of(key, HM_DRAW_HIDDEN, 4, t);
      const hm_stream for_v = hm_stream_of(key, HM_DRAW_VISIBLE, 4, t);
      twin_single_mean_h(&model, of_v, p);
      twin_single_draw(nh, p, &for_h, row, of_h);
      twin_single_mean_v(&model, of_h, q);
      twin_single_draw(nv, q, &for_v, row, of_v);
    }
    twin_single_mean_h(&model, of_v, p);
    for (int j = 0; j < nh; j++) {
      mean_h[(ptrdiff_t)s * nh + j] = (double)p[j];
    }
    for (int i = 0; i < nv; i++) {
      mean_v[(ptrdiff_t)s * nv + i] = (double)q[i];
    }
  }
  hm_hardware way[8];
  const int ways = twin_ways(way);
  for (int i = 0; i < ways; i++) {
    double *mine_v = twin_reals((ptrdiff_t)n * nv);
    double *mine_h = twin_reals((ptrdiff_t)n * nh);
    hm_chains chains = chains_at(&model, &working, n, x);
    hm_chains_mean_h(&working, way[i], &chains);
    hm_gibbs(&working, &rows, &at, 2, sweeps, &patient, way[i], &chains);
    twin_spread(nv, &chains.v, mine_v);
    twin_spread(nh, &chains.h, mine_h);
    CHECK(twin_same_bits((ptrdiff_t)n * nv, mine_v, v) &&
              twin_same_bits((ptrdiff_t)n * nh, mine_h, h),
          "chains are those of plain loops");
    CHECK(twin_same_bits((ptrdiff_t)n * nv, mean_v,
                         twin_from_panels(n, &chains.mean_v)) &&
              twin_same_bits((ptrdiff_t)n * nh, mean_h,
                             twin_from_panels(n, &chains.mean_h)),
          "and so are the means they leave");
  }
}

/* Real starts are sent as lists of values, which bounds the error of the means
 * like that of lists, with a rounding more for each value and each product. */
static void check_real_start(void) {
  enum { nv = 40, nh = 35, n = 9 };
  const hm_model model = twin_machine(nv, nh, 1.0, &chance);
  const hm_working working = twin_working(&model);
  const double *x = twin_random(n * nv, 0.0, 1.0, &chance);
  const hm_cases cases = twin_real_cases(n, nv, x);
  const hm_rows all = {NULL, 0, n};
  const hm_chance at = {key, 4};
  hm_chains chains = new_chains(&model, n, 1);
  double mean_h[n * nh];
  hm_chains_take(&cases, &all, &chains);
  hm_chains_mean_h(&working, twin_hw(2), &chains);
  for (int s = 0; s < n; s++) {
    twin_mean_h(&model, x + s * nv, mean_h + s * nh);
  }
  CHECK_NEAR(twin_gap(n * nh, twin_from_panels(n, &chains.mean_h), mean_h), 0.0,
             2.0 * twin_mean_error(&model));
  CHECK(hm_gibbs(&working, &all, &at, 0, 1, &patient, twin_hw(2), &chains) ==
                HM_OK &&
            !chains.v.value,
        "a sweep leaves lists");
  const hm_chains without = new_chains(&model, n, 0);
  CHECK(!without.value, "no room for reals unless asked for");
}

/* How far F(v) in single precision may be off: for each hidden unit that of its
 * input, whose slope in softplus is at most 1, and that of its mean; and the
 * rounding of b. */
static double free_energy_error(const hm_model *model) {
  double error = 0.0;
  for (int i = 0; i < model->nv; i++) {
    error += 0x1p-24 * fabs(model->b[i]);
  }
  for (int j = 0; j < model->nh; j++) {
    double S = fabs(model->c[j]);
    for (int i = 0; i < model->nv; i++) {
      S += fabs(twin_W(model, i, j));
    }
    error += 1.001 * 0x1p-24 * (model->nv + 1) * S + 4e-7;
  }
  return 1.001 * error;
}

/* Free energies beside the core's own in double, of starts, real ones too, and
 * of what sweeps make of them; to the same bits at every level and number of
 * threads, and whatever they were before. */
static void check_free_energy(int nv, int nh, int n, double size, int reals) {
  const hm_model model = twin_machine(nv, nh, size, &chance);
  const hm_working working = twin_working(&model);
  double *x = reals ? twin_random((ptrdiff_t)n * nv, 0.0, 1.0, &chance)
                    : twin_cells((ptrdiff_t)n * nv, 0.5, &chance);
  const hm_cases cases =
      reals ? twin_real_cases(n, nv, x) : twin_packed_cases(n, nv, x);
  const hm_link hidden = hm_link_to_hidden(&model);
  const hm_link visible = hm_link_to_visible(&model);
  const hm_rows all = {NULL, 0, n};
  const hm_chance at = {key, 4};
  const double near = (reals ? 3.0 : 1.0) * free_energy_error(&model);
  double *input = twin_reals((ptrdiff_t)n * nh), *exact = twin_reals(n);
  double *first = NULL;
  hm_hardware way[8];
  const int ways = twin_ways(way);
  for (int i = 0; i < ways; i++) {
    hm_chains chains = new_chains(&model, n, reals);
    double *found = chains.free_energy = twin_reals(2 * (ptrdiff_t)n);
    hm_chains_take(&cases, &all, &chains);
    hm_chains_mean_h(&working, way[i], &chains);
    const hm_states start = twin_states(nv, &chains.v);
    hm_free_energy(&hidden, &visible, &start, way[i], input, exact);
    CHECK_NEAR(twin_gap(n, found, exact), 0.0, near);
    chains.free_energy += n;
    hm_gibbs(&working, &all, &at, 0, 2, &patient, way[i], &chains);
    const hm_states end = twin_states(nv, &chains.v);
    hm_free_energy(&hidden, &visible, &end, way[i], input, exact);
    CHECK_NEAR(twin_gap(n, found + n, exact), 0.0, near);
    first = first ? first : found;
    CHECK(twin_same_bits(2 * (ptrdiff_t)n, found, first),
          "free energies do not depend on the hardware");
  }
}

/* Masks for chains of nv units: about a third is held, at 0 and at 1. */
typedef struct {
  hm_clamp clamp;
  uint32_t *free;
  uint32_t *held;
} masks;

static masks new_masks(int n, int nv) {
  const size_t words = (size_t)n * (size_t)hm_chain_words(twin_binary(nv));
  masks new = {
      {n > 1 ? hm_chain_words(twin_binary(nv)) : 0, 1, NULL, NULL, NULL},
      twin_room(words, sizeof(uint32_t)),
      twin_room(words, sizeof(uint32_t))};
  for (size_t w = 0; w < words; w++) {
    new.free[w] = new.held[w] = 0;
    for (int i = 0; i < 32; i++) {
      const int is_free = twin_uniform(&chance) < 2.0 / 3.0;
      const int is_on = !is_free && twin_uniform(&chance) < 0.5;
      new.free[w] |= (uint32_t)is_free << i;
      new.held[w] |= (uint32_t)is_on << i;
    }
  }
  new.clamp.free = new.free;
  new.clamp.held = new.held;
  return new;
}

static int keeps(const masks *mask, int nv, int n, const hm_lists *v) {
  int good = 1;
  double *x = twin_reals((ptrdiff_t)n * nv);
  twin_spread(nv, v, x);
  for (int s = 0; s < n; s++) {
    for (int i = 0; i < nv; i++) {
      const ptrdiff_t at = s * mask->clamp.stride + i / 32;
      if (!(mask->free[at] >> i % 32 & 1u)) {
        const double held = mask->held[at] >> i % 32 & 1u ? 1.0 : 0.0;
        good = good && x[(ptrdiff_t)s * nv + i] >= held &&
               x[(ptrdiff_t)s * nv + i] <= held;
      }
    }
  }
  return good;
}

/* What is held stands in starts of every kind and after every sweep, by chain
 * or for all; the draws of what is free are those without a clamp. */
static void check_held(int nv, int n, int by_chain) {
  const hm_model model = twin_machine(nv, 3, 1.0, &chance);
  const hm_working working = twin_working(&model);
  const masks mask = new_masks(by_chain ? n : 1, nv);
  double *x = twin_random((ptrdiff_t)n * nv, 0.0, 1.0, &chance);
  const hm_cases real = twin_real_cases(n, nv, x);
  const hm_cases binary =
      twin_packed_cases(n, nv, twin_cells((ptrdiff_t)n * nv, 0.5, &chance));
  const hm_rows all = {NULL, 0, n};
  const hm_chance at = {key, 4};
  hm_chains chains = new_chains(&model, n, 1), open = new_chains(&model, n, 0);
  chains.clamp = &mask.clamp;
  hm_start(&working, &all, &at, twin_hw(1), &chains);
  CHECK(keeps(&mask, nv, n, &chains.v), "a start keeps what is held");
  hm_start(&working, &all, &at, twin_hw(1), &open);
  open.clamp = &mask.clamp;
  hm_chains_hold(&open);
  double *held = twin_reals((ptrdiff_t)n * nv);
  double *drawn = twin_reals((ptrdiff_t)n * nv);
  twin_spread(nv, &chains.v, held);
  twin_spread(nv, &open.v, drawn);
  CHECK(twin_same_bits((ptrdiff_t)n * nv, held, drawn),
        "a clamp changes no draw of another unit");
  hm_chains_take(&binary, &all, &chains);
  hm_chains_hold(&chains);
  CHECK(keeps(&mask, nv, n, &chains.v), "lists are held");
  hm_chains_take(&real, &all, &chains);
  hm_chains_hold(&chains);
  CHECK(chains.v.value && keeps(&mask, nv, n, &chains.v), "so are reals");
  hm_chains_mean_h(&working, twin_hw(2), &chains);
  for (int t = 0; t < 3; t++) {
    hm_gibbs(&working, &all, &at, t, 1, &patient, twin_hw(2), &chains);
    CHECK(keeps(&mask, nv, n, &chains.v), "sweeps keep what is held");
  }
}

/* Held chains keep the law of the rest given what is held, and reach it. */
static void check_held_law(void) {
  enum { nv = 5, nh = 3, n = 40000, of_v = 1 << nv };
  static const uint32_t is_free = 0x16u, is_held = 0x08u; /* 0 off, 3 on */
  const hm_clamp clamp = {0, 1, &is_free, &is_held, NULL};
  const hm_model model = twin_machine(nv, nh, 1.5, &chance);
  const hm_working working = twin_working(&model);
  const hm_rows all = {NULL, 0, n};
  const hm_chance at = {key, 4};
  double *law = twin_visible_law(&model), total = 0.0;
  for (uint32_t v = 0; v < of_v; v++) {
    law[v] = (v & ~is_free) == is_held ? law[v] : 0.0;
    total += law[v];
  }
  for (int v = 0; v < of_v; v++) {
    law[v] /= total;
  }
  hm_chains kept = chains_at(&model, &working, n, drawn_from(law, n, nv));
  hm_chains reached = new_chains(&model, n, 0);
  kept.clamp = reached.clamp = &clamp;
  sweep(&working, n, 0, 2, &kept);
  hm_start(&working, &all, &at, twin_hw(2), &reached);
  hm_chains_mean_h(&working, twin_hw(2), &reached);
  sweep(&working, n, 0, 60, &reached);
  long *seen = twin_counts(of_v), *later = twin_counts(of_v);
  for (int s = 0; s < n; s++) {
    seen[twin_number(&kept.v, s)]++;
    later[twin_number(&reached.v, s)]++;
  }
  CHECK(twin_misfit(of_v, seen, law) <= 1.0, "held sweeps keep the law");
  CHECK(twin_misfit(of_v, later, law) <= 1.0, "and chains reach it");
}

/* States go to words and back, bit by bit. */
static void check_words(int nv, int n) {
  const hm_model model = twin_machine(nv, 2, 1.0, &chance);
  const hm_working working = twin_working(&model);
  const size_t words = (size_t)n * (size_t)hm_chain_words(twin_binary(nv));
  const double *x = twin_cells((ptrdiff_t)n * nv, 0.4, &chance);
  hm_chains from = chains_at(&model, &working, n, x);
  hm_chains to = new_chains(&model, n, 1);
  uint32_t *word = twin_room(words, sizeof *word);
  uint32_t *again = twin_room(words, sizeof *again);
  double *back = twin_reals((ptrdiff_t)n * nv);
  int good = 1;
  hm_chains_save(&from, word);
  for (int s = 0; s < n; s++) {
    for (int i = 0; i < (int)hm_chain_words(twin_binary(nv)) * 32; i++) {
      const uint32_t bit =
          word[s * hm_chain_words(twin_binary(nv)) + i / 32] >> i % 32 & 1u;
      good =
          good && bit == (i < nv && x[(ptrdiff_t)s * nv + i] > 0.0 ? 1u : 0u);
    }
  }
  CHECK(good, "unit i is bit i % 32 of word i / 32");
  hm_chains_load(word, n, &to);
  twin_spread(nv, &to.v, back);
  CHECK(!to.v.value && to.v.n == n, "loaded chains are lists");
  CHECK(twin_same_bits((ptrdiff_t)n * nv, x, back), "states come back");
  hm_chains_save(&to, again);
  CHECK(memcmp(word, again, words * sizeof *word) == 0, "and so do words");
}

static void check_at_once(void) {
  CHECK(hm_cases_at_once(1, 1, 1) == 1, "one chain is one piece");
  CHECK(hm_cases_at_once(10, 10, 7) == 7, "no more chains than there are");
  CHECK(hm_cases_at_once(1, 1, 100000) == 512, "nor more than are plenty");
  CHECK(hm_cases_at_once(100000, 100000, 9) == 1, "at least one chain");
  CHECK(hm_cases_at_once(65536, 65537, 9) == 1, "sizes are multiplied as long");
  CHECK(hm_chains_at_once(1, 1, 1) == 1, "one chain is one piece");
  CHECK(hm_chains_at_once(10, 10, 7) == 7, "no more chains than there are");
  CHECK(hm_chains_at_once(1, 1, 100000) == 512, "nor more than are plenty");
  CHECK(hm_chains_at_once(4096, 4096, 128) == 128, "a batch of a large model");
  CHECK(hm_chains_at_once(65536, 65537, 9) == 1,
        "sizes are multiplied as long");
  const int most = hm_cases_at_once(1000, 1000, 100000);
  CHECK(most >= 1 && (ptrdiff_t)most * 1000 * 1000 <= HM_PIECE,
        "chains make at most one piece of work");
}

static void few_sweeps(int n, int threads) {
  const hm_model model = twin_machine(40, 40, 0.1, &chance);
  const hm_working working = twin_working(&model);
  const hm_hardware hw = twin_hw(threads);
  const hm_rows all = {NULL, 0, n};
  const hm_chance at = {key, 4};
  hm_chains chains = new_chains(&model, n, 0);
  hm_start(&working, &all, &at, hw, &chains);
  hm_chains_mean_h(&working, hw, &chains);
  hm_gibbs(&working, &all, &at, 0, 2, &patient, hw, &chains);
}

static void check_threads(void) {
  CHECK(!hm_chains_worth_threads(40, 40, 999) &&
            hm_chains_worth_threads(40, 40, 1000),
        "a thread has as much to do as is worth it");
  twin_check_threads(few_sweeps, 7, 2000);
}

static void checks(void) {
  check_threads();
  check_no_drift();
  check_no_drift_larger();
  check_transitions();
  check_two_calls();
  check_parts();
  check_stop();
  check_start();
  check_plain(5, 3, 4, 3, 1.0);
  check_plain(33, 64, 7, 2, 0.5);
  check_plain(100, 31, 5, 4, 3.0);
  check_plain(120, 90, 200, 1, 0.3); /* enough for threads */
  check_real_start();
  check_free_energy(3, 2, 4, 2.0, 0);
  check_free_energy(9, 8, 3, 1.0, 0);
  check_free_energy(33, 64, 7, 0.5, 0);
  check_free_energy(60, 515, 5, 3.0, 0);
  check_free_energy(20, 1027, 4, 30.0, 0);
  check_free_energy(120, 90, 200, 0.3, 0); /* enough for threads */
  check_free_energy(17, 37, 6, 1.0, 1);
  check_held(5, 9, 0);
  check_held(70, 4, 1);
  check_held(64, 3, 0);
  check_held_law();
  check_words(1, 3);
  check_words(32, 5);
  check_words(75, 4);
  check_at_once();
}
