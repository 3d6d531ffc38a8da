/* One step of all parameters: against plain loops, and what it leaves behind.
 */
#include "step.h"

#include "check.h"
#include "twin-step.h"
#include "twin.h"

static uint64_t chance = 223;

static hm_rule new_rule(const char *optimiser, hm_centring centring, int fast,
                        double max_norm) {
  const hm_rule rule = {.optimiser = hm_optimiser_named(optimiser),
                        .options = {.learning_rate = 0.1,
                                    .momentum = 0.5,
                                    .beta1 = 0.9,
                                    .beta2 = 0.99,
                                    .epsilon = 1e-8,
                                    .weight_decay = 0.01,
                                    .t = 1.0},
                        .centring = centring,
                        .offset_rate = 0.2,
                        .fast = fast,
                        .fast_rate = 0.1,
                        .fast_decay = 0.9,
                        .sparsity_target = 0.1,
                        .sparsity_cost = max_norm > 0.0 ? 0.2 : 0.0,
                        .max_norm = max_norm};
  return rule;
}

/* Full of bits that make NaN. */
static hm_trained new_trained(const hm_rule *rule, const hm_model *shape) {
  hm_trained trained;
  hm_arena measured = {NULL, 0};
  hm_trained_lay(&measured, shape, rule, &trained);
  hm_arena arena = twin_arena(&measured);
  memset(arena.base, 0xFF, measured.used);
  hm_trained_lay(&arena, shape, rule, &trained);
  CHECK(arena.used == measured.used, "laying takes what was measured");
  return trained;
}

/* Numbers := those that two floats add up to. */
static void round_weights(ptrdiff_t n, double *W) {
  float high, low;
  for (ptrdiff_t i = 0; i < n; i++) {
    hm_split_one(W[i], &high, &low);
    W[i] = hm_join_one(high, low);
  }
}

static hm_state new_state(const hm_rule *rule, int nv, int nh) {
  const ptrdiff_t size = hm_parameters(nv, nh);
  const int slots = rule->optimiser->slots;
  hm_state state = {
      .theta = twin_random(size, -1.0, 1.0, &chance),
      .memory = twin_random(size * slots, 0.0, 0.1, &chance),
      .offsets = twin_random(hm_offsets(nv, nh), 0.0, 1.0, &chance),
      .fast = twin_random(size, -0.1, 0.1, &chance)};
  const ptrdiff_t weights = (ptrdiff_t)nv * nh;
  round_weights(weights, state.theta);
  for (ptrdiff_t i = 0; i < weights * slots; i++) {
    state.memory[i] = (double)(float)state.memory[i];
  }
  for (int i = 0; i < nv + 2 * nh && rule->centring == HM_UNCENTRED; i++) {
    state.offsets[i] = i < nv + nh ? 0.0 : state.offsets[i];
  }
  return state;
}

static hm_state copy_of(const hm_rule *rule, int nv, int nh,
                        const hm_state *from) {
  const ptrdiff_t size = hm_parameters(nv, nh);
  hm_state copy = {
      .theta = twin_copy(size, from->theta),
      .memory = twin_copy(size * rule->optimiser->slots, from->memory),
      .offsets = twin_copy(hm_offsets(nv, nh), from->offsets),
      .fast = twin_copy(size, from->fast)};
  return copy;
}

/* Phases that add up to this gradient, without data or draws. */
static hm_phases phases_of(const hm_model *shape, const double *gradient,
                           const double *data_mean) {
  const int nv = shape->nv, nh = shape->nh;
  const hm_phases_needs needs = {.cases = 1, .adds = 1};
  hm_arena measured = {NULL, 0};
  hm_phases phases;
  hm_phases_lay(&measured, shape->visible, shape->hidden, &needs, &phases);
  hm_arena arena = twin_arena(&measured);
  hm_phases_lay(&arena, shape->visible, shape->hidden, &needs, &phases);
  hm_phases_begin(1, 1, &phases);
  for (int q = 0; q < hm_panels_across(shape->hidden->places); q++) {
    memset(hm_panel_row(&phases.data_mean_h, q, 0), 0,
           HM_PANEL * sizeof(float));
  }
  memcpy(hm_phases_sum(&phases), gradient,
         (size_t)hm_parameters(nv, nh) * sizeof *gradient);
  memcpy(phases.data_mean, data_mean, (size_t)(nv + nh) * sizeof *data_mean);
  return phases;
}

/* The working copies are the parameters in single precision, and what lies
 * beyond the layers never learns. */
static int are_copies(const hm_rule *rule, const hm_state *state,
                      const hm_trained *trained) {
  const int nv = trained->working.nv, nh = trained->working.nh;
  const ptrdiff_t weights = (ptrdiff_t)nv * nh;
  int same = 1;
  for (int i = 0; i < nv; i++) {
    for (int j = 0; j < hm_panels_across(nh) * HM_PANEL; j++) {
      const double w = j < nh ? state->theta[i * nh + j] : 0.0;
      const double fast = j < nh && rule->fast ? state->fast[i * nh + j] : 0.0;
      const ptrdiff_t at =
          ((ptrdiff_t)(j / HM_PANEL) * nv + i) * HM_PANEL + j % HM_PANEL;
      same = same && *hm_panels_at(&trained->working.W, i, j) == (float)w;
      same =
          same && hm_join_one(trained->working.W.x[at], trained->low[at]) == w;
      if (j < nh) {
        same = same && *hm_panels_at(&trained->working.Wt, j, i) == (float)w;
      }
      if (rule->fast) {
        same = same &&
               *hm_panels_at(&trained->sampled.W, i, j) == (float)(w + fast);
      }
    }
  }
  for (int i = 0; i < nv; i++) {
    same = same && trained->working.b[i] == (float)state->theta[weights + i];
  }
  return same;
}

static double largest_of(ptrdiff_t n, const double *x) {
  return twin_gap(n, x, twin_zeros(n));
}

/* A state comes out as it went in, and two steps are those of plain loops, of
 * binary units or of counts from 0 to 1, 2 and so on up to `most`. */
static void check_step(hm_centring centring, int fast, double max_norm, int nv,
                       int nh, int most) {
  hm_rule rule = new_rule("sgd", centring, fast, max_norm);
  int *counts = twin_ints(nv);
  double *sizes = twin_reals(nv), *shares = twin_reals(nv);
  for (int i = 0; i < nv; i++) {
    sizes[i] = counts[i] = 1 + i % most;
    shares[i] = 1.0 / sizes[i];
  }
  rule.share = most > 1 ? shares : NULL;
  hm_run run = {.kind = &hm_unit_binomial, .units = nv, .size = counts};
  const hm_layer counted = hm_layer_of(1, &run);
  const hm_model shape = {.nv = nv,
                          .nh = nh,
                          .visible = most > 1 ? &counted : twin_binary(nv),
                          .hidden = twin_binary(nh)};
  const ptrdiff_t size = hm_parameters(nv, nh);
  hm_trained trained = new_trained(&rule, &shape);
  hm_state state = new_state(&rule, nv, nh);
  hm_state twin = copy_of(&rule, nv, nh, &state);
  hm_trained_set(&rule, HM_PLAIN, &state, &trained);
  CHECK(are_copies(&rule, &state, &trained), "copies are in single precision");
  memset(state.theta, 0, (size_t)size * sizeof(double));
  hm_trained_get(&rule, &trained, &state);
  CHECK(twin_same_bits(size, state.theta, twin.theta) &&
            twin_same_bits(size, state.memory, twin.memory) &&
            twin_same_bits(size, state.fast, twin.fast),
        "a state comes out as it went in");
  for (int step = 0; step < 2; step++) {
    const double *g = twin_random(size, -1.0, 1.0, &chance);
    const double *mean = twin_random(nv + nh, 0.0, 1.0, &chance);
    const hm_phases phases = phases_of(&shape, g, mean);
    const double *before = twin_copy(size, twin.memory);
    const double norm =
        twin_step(&rule, nv, nh, most > 1 ? sizes : NULL, g, mean, &twin);
    /* The last u is in single precision, as it comes into W, and from there by
     * centring into biases. */
    const double near = step == 0 ? 1e-12
                                  : 0x1p-24 * largest_of(size, before) *
                                        fmax(1.0, fmax(nv, nh));
    CHECK_NEAR(hm_step(&rule, twin_hw(1), &phases, &trained), norm,
               near * sqrt((double)nv * nh));
    hm_offsets_move(centring, rule.offset_rate, nv, nh, trained.goal, mean + nv,
                    trained.offsets);
    hm_trained_get(&rule, &trained, &state);
    CHECK_NEAR(twin_gap(size, state.theta, twin.theta), 0.0, near);
    CHECK_NEAR(twin_gap(size, state.memory, twin.memory), 0.0,
               near + 0x1p-24 * largest_of(size, twin.memory));
    CHECK_NEAR(twin_gap(hm_offsets(nv, nh), state.offsets, twin.offsets), 0.0,
               1e-12);
    CHECK(!fast || twin_gap(size, state.fast, twin.fast) < 1e-12,
          "fast weights learn from the same gradient");
    CHECK(are_copies(&rule, &state, &trained), "copies follow");
  }
}

/* All levels and threads give the same bits, by every rule. */
static void check_bits(const char *optimiser, int nv, int nh) {
  const hm_rule rule = new_rule(optimiser, HM_CENTRED, 0, 0.5);
  const hm_model shape = {.nv = nv,
                          .nh = nh,
                          .visible = twin_binary(nv),
                          .hidden = twin_binary(nh)};
  const ptrdiff_t size = hm_parameters(nv, nh);
  const double *g = twin_random(size, -1.0, 1.0, &chance);
  const double *mean = twin_random(nv + nh, 0.0, 1.0, &chance);
  const hm_phases phases = phases_of(&shape, g, mean);
  const hm_state start = new_state(&rule, nv, nh);
  hm_state first = start;
  hm_hardware way[8];
  const int ways = twin_ways(way);
  for (int i = 0; i < ways; i++) {
    hm_state state = copy_of(&rule, nv, nh, &start);
    hm_trained trained = new_trained(&rule, &shape);
    hm_trained_set(&rule, way[i].level, &state, &trained);
    hm_step(&rule, way[i], &phases, &trained);
    hm_trained_get(&rule, &trained, &state);
    first = i == 0 ? state : first;
    CHECK(twin_same_bits(size, state.theta, first.theta) &&
              twin_same_bits(size * rule.optimiser->slots, state.memory,
                             first.memory),
          "all levels and threads give the same bits");
  }
}

/* Layers of several runs, one of columns with a precision: a step of plain
 * gradient descent, which leaves the means of these where b and W alone would
 * take them, and the precision no larger than it may be. */
static void check_precise(void) {
  enum { binary = 33, real = 3, nv = binary + real, above = 3, nh = above + 2 };
  enum { weights = nv * nh, before = weights + nv + nh, size = before + real };
  hm_rule rule = new_rule("sgd", HM_UNCENTRED, 0, 0.0);
  const double rate = 0.05;
  double share[nv], *theta = twin_random(size, -1.0, 1.0, &chance);
  double *start = twin_copy(size, theta), *memory = twin_zeros(size);
  double *g = twin_random(size, -1.0, 1.0, &chance);
  const double *mean = twin_random(nv + nh, 0.0, 1.0, &chance);
  double *offsets = twin_zeros(hm_offsets(nv, nh));
  hm_run visible[2] = {{.kind = &hm_unit_binary, .units = binary},
                       {.kind = &hm_unit_gaussian, .units = real}};
  hm_run hidden[2] = {{.kind = &hm_unit_binary, .units = above},
                      {.kind = &hm_unit_normal, .units = nh - above}};
  const hm_layer v = hm_layer_of(2, visible), h = hm_layer_of(2, hidden);
  const hm_model shape = {.nv = nv, .nh = nh, .visible = &v, .hidden = &h};
  for (int i = 0; i < nv; i++) {
    share[i] = i % 2 ? 1.0 : 0.25;
    for (int j = above; j < nh; j++) {
      theta[i * nh + j] = start[i * nh + j] *= 0.1; /* so that there is a Z */
    }
  }
  rule.options = (hm_optim_options){.learning_rate = rate, .t = 1.0};
  rule.share = share;
  rule.sparsity_cost = 0.0;
  rule.most_precision = start[before + real - 1];
  g[before + real - 1] = -100.0; /* which would take it further */
  hm_trained trained = new_trained(&rule, &shape);
  hm_state state = {.theta = theta, .memory = memory, .offsets = offsets};
  hm_trained_set(&rule, HM_PLAIN, &state, &trained);
  hm_phases phases = phases_of(&shape, g, mean);
  visible[1].d = start + before;
  phases.of_extras = twin_zeros(nv - binary);
  for (int i = 0; i < nv - binary; i++) { /* which come times exp(d) */
    phases.of_extras[i] = g[before + i] * exp(-start[before + i]);
  }
  hm_step(&rule, twin_hw(1), &phases, &trained);
  hm_trained_get(&rule, &trained, &state);
  double G[2][2] = {{0.0}};
  for (int i = binary; i < nv; i++) {
    const double *w = start + i * nh + above;
    for (int j = 0; j < 4; j++) {
      G[j / 2][j % 2] += exp(-start[before + i - binary]) * w[j / 2] * w[j % 2];
    }
  }
  for (int j = 0; j < 2; j++) {
    const double *gc = g + weights + nv + above;
    const int at = weights + nv + above + j;
    const double calm = gc[j] - G[j][0] * gc[0] - G[j][1] * gc[1];
    CHECK_NEAR(theta[at], start[at] - rate * calm, 1e-12);
  }
  for (int i = 0; i < nv; i++) {
    const double tau = i < binary ? 0.0 : start[before + i - binary];
    const double *w = start + i * nh, *gw = g + i * nh;
    const double part = rate * share[i] * exp(tau);
    double slope = i < binary ? 0.0 : g[before + i - binary];
    double change = 0.0;
    slope += start[weights + i] * g[weights + i];
    for (int j = 0; j < nh; j++) {
      slope += w[j] * gw[j] * (j < above ? 1.0 : 0.5);
    }
    if (i >= binary) {
      change = fmax(-HM_LARGEST_TURN, fmin(HM_LARGEST_TURN, -rate * slope));
      change = fmin(change, rule.most_precision - tau);
      CHECK_NEAR(theta[before + i - binary], tau + change, 1e-12);
    }
    CHECK_NEAR(theta[weights + i],
               exp(change) * (start[weights + i] - part * g[weights + i]),
               1e-12);
    for (int j = 0; j < nh; j++) {
      const double now = theta[i * nh + j];
      const int place = hm_layer_place(&h, j), at = hm_layer_place(&v, i);
      double down = part * gw[j], kept = exp(change);
      if (j >= above) {
        const double *of = G[j - above];
        down -= part * (of[0] * gw[above] + of[1] * gw[above + 1]);
        down *= exp(-0.5 * tau);
        kept = exp(0.5 * change);
      }
      CHECK_NEAR(now, kept * (w[j] - down), 1e-12);
      CHECK_NEAR(*hm_panels_at(&trained.working.W, i, place), (float)now, 0.0);
      CHECK_NEAR(*hm_panels_at(&trained.working.Wt, j, at), (float)now, 0.0);
    }
  }
}

/* The eigenvalues of W'SW of two real hidden units over nv Gaussian columns,
 * the larger first. */
static void spread_of(int nv, const double *theta, double *eigen) {
  const double *d = theta + nv * 2 + nv + 2;
  double G[3] = {0.0};
  for (int i = 0; i < nv; i++) {
    const double variance = exp(-d[i]);
    G[0] += variance * theta[i * 2] * theta[i * 2];
    G[1] += variance * theta[i * 2] * theta[i * 2 + 1];
    G[2] += variance * theta[i * 2 + 1] * theta[i * 2 + 1];
  }
  const double half = 0.5 * (G[0] - G[2]), mean = 0.5 * (G[0] + G[2]);
  const double root = sqrt(half * half + G[1] * G[1]);
  eigen[0] = mean + root;
  eigen[1] = mean - root;
}

/* Real hidden units over columns with a precision: a step that changes nothing
 * else leaves no eigenvalue of W'SW that is too large, and others as they
 * are. */
static void check_spread(double size) {
  enum { nv = 4, nh = 2, weights = nv * nh, before = weights + nv + nh };
  hm_rule rule = new_rule("sgd", HM_CENTRED, 0, 0.0);
  double *theta = twin_random(before + nv, -0.5, 0.5, &chance);
  double *memory = twin_zeros(before + nv), were[2], are[2];
  double *offsets = twin_zeros(hm_offsets(nv, nh));
  const double *g = twin_zeros(before + nv), share[nv] = {1.0, 1.0, 1.0, 1.0};
  hm_run real = {.kind = &hm_unit_gaussian, .units = nv};
  hm_run above = {.kind = &hm_unit_normal, .units = nh};
  const hm_layer v = hm_layer_of(1, &real), h = hm_layer_of(1, &above);
  const hm_model shape = {.nv = nv, .nh = nh, .visible = &v, .hidden = &h};
  rule.options.weight_decay = rule.sparsity_cost = 0.0;
  rule.share = share;
  rule.most_precision = 6.0;
  spread_of(nv, theta, were);
  for (int i = 0; i < weights; i++) {
    theta[i] *= sqrt(size / were[0]); /* so that the larger one is that */
  }
  spread_of(nv, theta, were);
  hm_trained trained = new_trained(&rule, &shape);
  hm_state state = {.theta = theta, .memory = memory, .offsets = offsets};
  hm_trained_set(&rule, HM_PLAIN, &state, &trained);
  hm_phases phases = phases_of(&shape, g, g);
  real.d = twin_zeros(nv);
  phases.of_extras = twin_zeros(nv);
  hm_step(&rule, twin_hw(1), &phases, &trained);
  hm_trained_get(&rule, &trained, &state);
  spread_of(nv, theta, are);
  CHECK(are[0] <= HM_LARGEST_SPREAD + 1e-12, "there is a Z");
  for (int m = 0; m < 2; m++) {
    const double kept = fmin(were[m], HM_LARGEST_SPREAD);
    CHECK(are[m] <= kept + 1e-9 && are[m] >= 0.99 * kept, "and no less");
  }
}

/* Phases of 0/1 cases and draws, in one piece: what a step in one way through
 * memory is made from. */
static hm_phases phases_of_cases(const hm_model *shape, int n) {
  const int nv = shape->nv, nh = shape->nh;
  const hm_phases_needs needs = {.cases = n};
  const hm_rows all = {NULL, 0, n};
  hm_arena measured = {NULL, 0};
  hm_phases phases;
  hm_phases_lay(&measured, shape->visible, shape->hidden, &needs, &phases);
  hm_arena arena = twin_arena(&measured);
  memset(arena.base, 0xFF, measured.used);
  hm_phases_lay(&arena, shape->visible, shape->hidden, &needs, &phases);
  hm_phases_begin(n, n, &phases);
  for (int draws = 0; draws < 2; draws++) {
    const hm_cases cases =
        twin_packed_cases(n, nv, twin_cells(n * nv, 0.4, &chance));
    hm_chains_take(&cases, &all, &phases.chains);
    hm_panels_set(n, twin_random(n * nh, 0.0, 1.0, &chance),
                  &phases.chains.mean_h);
    if (draws) {
      hm_phases_set_draws(HM_PLAIN, HM_ALIKE, &phases);
    } else {
      hm_phases_set_data(HM_PLAIN, &phases);
    }
  }
  return phases;
}

/* The same step by tiles in one way and by tiles in double,: shares
 * of 1 are as none, to the bit, and an l1 of next to nothing, which wants
 * doubles, is near. */
static void check_one_way(hm_centring centring, int nv, int nh) {
  enum { n = 20 };
  hm_rule rule = new_rule("sgd", centring, 0, 0.0);
  const hm_model shape = {.nv = nv,
                          .nh = nh,
                          .visible = twin_binary(nv),
                          .hidden = twin_binary(nh)};
  const ptrdiff_t size = hm_parameters(nv, nh);
  const hm_phases phases = phases_of_cases(&shape, n);
  const hm_state start = new_state(&rule, nv, nh);
  double *ones = twin_reals(nv);
  hm_state after[3];
  double norm[3];
  for (int i = 0; i < nv; i++) {
    ones[i] = 1.0;
  }
  for (int way = 0; way < 3; way++) {
    rule.share = way == 1 ? ones : NULL;
    rule.options.l1 = way == 2 ? 1e-30 : 0.0;
    after[way] = copy_of(&rule, nv, nh, &start);
    hm_trained trained = new_trained(&rule, &shape);
    hm_trained_set(&rule, HM_PLAIN, &after[way], &trained);
    norm[way] = hm_step(&rule, twin_hw(1), &phases, &trained);
    hm_trained_get(&rule, &trained, &after[way]);
  }
  CHECK(twin_same_bits(size, after[0].theta, after[1].theta) &&
            twin_same_bits(size, after[0].memory, after[1].memory) &&
            twin_same_bits(1, &norm[0], &norm[1]),
        "a share of 1 is as none");
  /* Changes are at most 1/2, each right to some units in its last place; those
   * of biases by centring add up over a layer. */
  const double near = 8.0 * 0x1p-24 * fmax(nv, nh);
  CHECK_NEAR(twin_gap(size, after[0].theta, after[2].theta), 0.0, near);
  CHECK_NEAR(twin_gap(size, after[0].memory, after[2].memory), 0.0, near);
  CHECK_NEAR(norm[0], norm[2], near * norm[2]);
}

static void check_limit(void) {
  enum { nv = 5, nh = 3, size = nv * nh + nv + nh };
  const hm_rule rule = new_rule("sgd", HM_UNCENTRED, 0, 0.0);
  const hm_model shape = {.nv = nv,
                          .nh = nh,
                          .visible = twin_binary(nv),
                          .hidden = twin_binary(nh)};
  const double bad[] = {2.0, -2.0, (double)NAN, (double)INFINITY};
  hm_trained trained = new_trained(&rule, &shape);
  hm_state state = new_state(&rule, nv, nh);
  hm_trained_set(&rule, HM_PLAIN, &state, &trained);
  CHECK(hm_trained_within(&trained, 1.0), "all are within a limit");
  for (int i = 0; i < size; i++) {
    const double kept = state.theta[i];
    state.theta[i] = bad[i % 4];
    hm_trained_set(&rule, HM_PLAIN, &state, &trained);
    CHECK(!hm_trained_within(&trained, 1.0), "or one is not");
    state.theta[i] = kept;
  }
}

static void checks(void) {
  check_precise();
  check_spread(0.5);
  check_spread(1.5);
  check_spread(40.0);
  static const char *const optimisers[] = {"sgd", "nesterov", "adam"};
  for (int c = 0; c < 3; c++) {
    check_step((hm_centring)c, 0, 0.0, 9, 5, 1);
    check_step((hm_centring)c, 1, 0.7, 34, 40, 1);
    check_step((hm_centring)c, 0, 0.0, 64, 64, 7);
    check_step((hm_centring)c, 1, 0.7, 34, 40, 7);
    check_bits(optimisers[c], 34, 40);
  }
  for (int c = 0; c < 3; c++) {
    check_one_way((hm_centring)c, 9, 5);
    check_one_way((hm_centring)c, 70, 65);
  }
  check_step(HM_CENTRED, 0, 0.0, 64, 64, 1);
  check_bits("sgd", 200, 301);
  check_limit();
}
