/* A machine of binomial units over binary ones is the machine in which each
 * binomial unit of size m is m binary units that share a row of W: the same Z,
 * moments, likelihood and gradients. And its chains have its law. */
#include "ais.h"
#include "check.h"
#include "draws.h"
#include "energy.h"
#include "estimate.h"
#include "likelihood.h"
#include "pseudo.h"
#include "twin.h"

static uint64_t chance = 83;
static const uint32_t key[2] = {21u, 34u};
static const hm_watch patient = {NULL, NULL, NULL};

/* A machine and the one with tied units: those of unit i are `first[i]` to
 * first[i + 1] - 1. */
typedef struct {
  hm_model model;
  hm_model tied;
  const int *size;
  int first[64];
} pair;

static pair new_pair(int nv, const int *size, int nh, double scale) {
  hm_run *run = twin_room(1, sizeof *run);
  hm_layer *layer = twin_room(1, sizeof *layer);
  pair of = {.model = twin_machine(nv, nh, scale, &chance), .size = size};
  const hm_run units = {.kind = &hm_unit_binomial, .units = nv, .size = size};
  *run = units;
  *layer = hm_layer_of(1, run);
  of.model.visible = layer;
  for (int i = 0; i < nv; i++) {
    of.first[i + 1] = of.first[i] + size[i];
  }
  const int all = of.first[nv];
  double *theta = twin_reals(hm_parameters(all, nh));
  double *b = theta + (ptrdiff_t)all * nh;
  for (int i = 0; i < nv; i++) {
    for (int t = of.first[i]; t < of.first[i + 1]; t++) {
      memcpy(theta + (ptrdiff_t)t * nh, of.model.W_rows + (ptrdiff_t)i * nh,
             (size_t)nh * sizeof *theta);
      b[t] = of.model.b[i];
    }
  }
  memcpy(b + all, of.model.c, (size_t)nh * sizeof *b);
  of.tied = twin_model(all, nh, theta);
  return of;
}

/* Cases of counts, and as the tied machine has them. */
static double *new_counts(const pair *of, int n, double **tied) {
  const int nv = of->model.nv, all = of->tied.nv;
  double *x = twin_reals(n * nv);
  *tied = twin_zeros(n * all);
  for (int s = 0; s < n; s++) {
    for (int i = 0; i < nv; i++) {
      const int m = of->size[i];
      x[s * nv + i] = floor((m + 1) * twin_uniform(&chance));
      for (int t = 0; t < (int)x[s * nv + i]; t++) {
        (*tied)[s * all + of->first[i] + t] = 1.0;
      }
    }
  }
  return x;
}

/* log choose(m, x) of all units. */
static double log_ways(const pair *of, const double *x) {
  double sum = 0.0;
  for (int i = 0; i < of->model.nv; i++) {
    sum += lgamma(of->size[i] + 1.0) - lgamma(x[i] + 1.0) -
           lgamma(of->size[i] - x[i] + 1.0);
  }
  return sum;
}

/* theta of the tied machine's shape, summed over what is tied. */
static double *untied(const pair *of, const double *x) {
  const int nv = of->model.nv, nh = of->model.nh, all = of->tied.nv;
  double *sum = twin_zeros(hm_parameters(nv, nh));
  for (int i = 0; i < nv; i++) {
    for (int t = of->first[i]; t < of->first[i + 1]; t++) {
      for (int j = 0; j < nh; j++) {
        sum[i * nh + j] += x[t * nh + j];
      }
      sum[nv * nh + i] += x[all * nh + t];
    }
  }
  for (int j = 0; j < nh; j++) {
    sum[nv * nh + nv + j] = x[all * nh + all + j];
  }
  return sum;
}

typedef struct {
  double log_z, log_lik;
  double *average, *gradient, *free_energy, *vv;
} answers;

static answers new_answers(const hm_model *model, const hm_cases *cases) {
  const int nv = model->nv, nh = model->nh, n = cases->N;
  const ptrdiff_t size = hm_parameters(nv, nh);
  const hm_hardware hw = twin_hw(2);
  answers of = {.average = twin_reals(size),
                .gradient = twin_reals(size),
                .free_energy = twin_reals(n),
                .vv = twin_reals(nv * nv)};
  double *b = of.average + (ptrdiff_t)nv * nh, *weight = twin_reals(n);
  hm_likelihood_work likelihood;
  hm_energy_work energy;
  hm_arena measured = {NULL, 0};
  hm_likelihood_lay(&measured, model, cases, hw, &likelihood);
  hm_energy_lay(&measured, model, cases, NULL, &energy);
  hm_arena arena = twin_arena(&measured);
  hm_likelihood_lay(&arena, model, cases, hw, &likelihood);
  hm_energy_lay(&arena, model, cases, NULL, &energy);
  for (int s = 0; s < n; s++) {
    weight[s] = 1.0 + s % 3;
  }
  hm_likelihood(model, cases, weight, &patient, hw, &likelihood, &of.log_lik,
                of.gradient);
  hm_moments(&patient, &likelihood.moments, b, b + nv, of.average, &of.log_z);
  hm_pair_moments(&patient, &likelihood.moments, of.log_z,
                  twin_reals(2 * HM_PAIR_STATES * (nv + nh)), of.vv,
                  twin_reals(nh * nh));
  for (int i = 0; i < nv && !model->visible->valued; i++) {
    of.vv[i * (nv + 1)] = b[i]; /* of units of 0 and 1 */
  }
  hm_free_energy_cases(model, cases, &patient, hw, &energy, of.free_energy);
  return of;
}

static void check_exact(int nv, const int *size, int nh) {
  enum { n = 12 };
  const pair of = new_pair(nv, size, nh, 1.0);
  double *tied, ways = 0.0, weights = 0.0;
  const double *x = new_counts(&of, n, &tied);
  const hm_cases counts = twin_real_cases(n, nv, x);
  const hm_cases cells = twin_packed_cases(n, of.tied.nv, tied);
  const answers mine = new_answers(&of.model, &counts);
  const answers theirs = new_answers(&of.tied, &cells);
  const ptrdiff_t parameters = hm_parameters(nv, nh);
  for (int s = 0; s < n; s++) {
    const double more = log_ways(&of, x + s * nv);
    CHECK_NEAR(mine.free_energy[s], theirs.free_energy[s] - more, 1e-11);
    ways += (1.0 + s % 3) * more;
    weights += 1.0 + s % 3;
  }
  CHECK_NEAR(mine.log_z, theirs.log_z, 1e-11);
  CHECK_NEAR(mine.log_lik, theirs.log_lik + ways / weights, 1e-11);
  CHECK_NEAR(twin_gap(parameters, mine.average, untied(&of, theirs.average)),
             0.0, 1e-11);
  CHECK_NEAR(twin_gap(parameters, mine.gradient, untied(&of, theirs.gradient)),
             0.0, 1e-11);
  for (int i = 0; i < nv; i++) {
    for (int k = 0; k < nv; k++) {
      double sum = 0.0;
      for (int t = of.first[i]; t < of.first[i + 1]; t++) {
        for (int u = of.first[k]; u < of.first[k + 1]; u++) {
          sum += theirs.vv[t * of.tied.nv + u];
        }
      }
      CHECK_NEAR(mine.vv[i * nv + k], sum, 1e-11);
    }
  }
}

/* The states of the visible layer, one after another, and their number. */
static int next_state(const pair *of, double *x) {
  for (int i = 0; i < of->model.nv; i++) {
    x[i] += 1.0;
    if (x[i] <= of->size[i]) {
      return 1;
    }
    x[i] = 0.0;
  }
  return 0;
}

static int number_of(const pair *of, const double *x) {
  int number = 0;
  for (int i = of->model.nv - 1; i >= 0; i--) {
    number = number * (of->size[i] + 1) + (int)x[i];
  }
  return number;
}

static int states_of(const pair *of) {
  int states = 1;
  for (int i = 0; i < of->model.nv; i++) {
    states *= of->size[i] + 1;
  }
  return states;
}

/* p of each state, or F of each where `p` is 0, by the tied machine. */
static double *new_law(const pair *of, int wants_F) {
  const int nv = of->model.nv, states = states_of(of);
  double *x = twin_zeros(nv), *law = twin_reals(states), Z = 0.0;
  do {
    double *cells = twin_zeros(of->tied.nv);
    for (int i = 0; i < nv; i++) {
      for (int t = 0; t < (int)x[i]; t++) {
        cells[of->first[i] + t] = 1.0;
      }
    }
    const double f = twin_log_weight(&of->tied, cells) + log_ways(of, x);
    law[number_of(of, x)] = wants_F ? -f : exp(f);
    Z += exp(f);
  } while (next_state(of, x));
  for (int state = 0; state < states && !wants_F; state++) {
    law[state] /= Z;
  }
  return law;
}

static double *state_of(const pair *of, int number) {
  double *x = twin_reals(of->model.nv);
  for (int i = 0; i < of->model.nv; i++) {
    x[i] = number % (of->size[i] + 1);
    number /= of->size[i] + 1;
  }
  return x;
}

/* Draws of chains that start from the law keep to it; F of each is its own; and
 * what is held is held. By Gibbs sampling, and by ladders. */
static void check_chains(int tempered, int clamped) {
  enum { nv = 3, nh = 2, n = 4000, rungs = 3 };
  static const int size[] = {2, 3, 1};
  const pair of = new_pair(nv, size, nh, 0.8);
  const int states = states_of(&of);
  double *law = new_law(&of, 0), *F = new_law(&of, 1);
  double *start = twin_reals(n * nv), *x = twin_zeros(n * nv);
  double *free_energy = twin_reals(n);
  long *seen = twin_counts(states);
  const uint32_t is_free = clamped ? 5u : 7u, held = 0u;
  float value[HM_PANEL] = {0.0f, 2.0f};
  const hm_clamp clamp = {0, 1, &is_free, &held, value};
  double kept = 0.0, near = 0.0;
  for (int state = 0; state < states && clamped; state++) {
    law[state] *= state_of(&of, state)[1] == 2.0;
    kept += law[state];
  }
  for (int state = 0; state < states && clamped; state++) {
    law[state] /= kept;
  }
  for (int s = 0; s < n; s++) {
    memcpy(start + s * nv, state_of(&of, twin_draw(states, law, &chance)),
           nv * sizeof *start);
  }
  const hm_cases cases = twin_real_cases(n, nv, start);
  const hm_draws_plan plan = {.chains = n,
                              .steps = 8,
                              .look_every = 1,
                              .draws = 1,
                              .thin = 1,
                              .start = &cases,
                              .clamp = clamped ? &clamp : NULL};
  hm_draws draws = {.x = x, .free_energy = free_energy};
  hm_draws_work work;
  hm_temper_work ladders;
  float b0[HM_PANEL] = {0.25f, -0.5f, 0.125f};
  hm_arena measured = {NULL, 0};
  hm_draws_lay(&measured, &of.model, n, 1, &work);
  hm_temper_lay(&measured, of.model.visible, of.model.hidden, n, rungs,
                &ladders);
  hm_arena arena = twin_arena(&measured);
  hm_draws_lay(&arena, &of.model, n, 1, &work);
  hm_temper_lay(&arena, of.model.visible, of.model.hidden, n, rungs, &ladders);
  hm_draws_prepare(&of.model, HM_PLAIN, &work);
  if (tempered) {
    ladders.b0 = b0;
    hm_draws_temper(&plan, key, &patient, twin_hw(2), &ladders, &work, &draws);
  } else {
    hm_draws_gibbs(&plan, key, &patient, twin_hw(2), &work, &draws);
  }
  for (int s = 0; s < n; s++) {
    const double row[nv] = {x[s], x[n + s], x[2 * n + s]};
    seen[number_of(&of, row)]++;
    near = fmax(near, fabs(free_energy[s] - F[number_of(&of, row)]));
  }
  CHECK(twin_misfit(states, seen, law) <= 1.0, "chains keep to their law");
  CHECK_NEAR(near, 0.0, 1e-4);
}

/* Words of chains give the chains back. */
static void check_words(void) {
  enum { nv = 40, n = 5 };
  static int size[nv];
  for (int i = 0; i < nv; i++) {
    size[i] = 1 + i % 9;
  }
  const pair of = new_pair(nv, size, 3, 0.5);
  double *tied;
  const double *x = new_counts(&of, n, &tied);
  const hm_cases cases = twin_real_cases(n, nv, x);
  const hm_rows all = {NULL, 0, n};
  hm_chains chains, again;
  hm_arena measured = {NULL, 0};
  hm_chains_lay(&measured, of.model.visible, of.model.hidden, n, 1, &chains);
  hm_chains_lay(&measured, of.model.visible, of.model.hidden, n, 0, &again);
  hm_arena arena = twin_arena(&measured);
  hm_chains_lay(&arena, of.model.visible, of.model.hidden, n, 1, &chains);
  hm_chains_lay(&arena, of.model.visible, of.model.hidden, n, 0, &again);
  const ptrdiff_t each = hm_chain_words(of.model.visible);
  uint32_t *words = twin_room((size_t)(n * each), sizeof *words);
  hm_chains_take(&cases, &all, &chains);
  hm_chains_save(&chains, words);
  hm_chains_load(words, n, &again);
  int same = 1;
  for (int s = 0; s < n; s++) {
    int t = 0;
    for (int i = 0; i < nv; i++) {
      if (x[s * nv + i] > 0.0) {
        const int at = s * again.v.stride + t++;
        same = same && again.v.item[at] == i &&
               (double)again.v.value[at] == x[s * nv + i];
      }
    }
    same = same && again.v.count[s] == t;
  }
  CHECK(same, "chains are what they were");
}

/* Annealing gives Z, to its error. */
static void check_ais(void) {
  enum { nv = 4, nh = 3, n = 2000, K = 30 };
  static const int size[] = {4, 1, 6, 2};
  const pair of = new_pair(nv, size, nh, 0.6);
  hm_model base = twin_model(nv, 1, twin_zeros(hm_parameters(nv, 1)));
  base.visible = of.model.visible;
  double *tied, *start = twin_zeros(n * nv), *log_weight = twin_reals(n);
  float t[K + 1];
  const double *x = new_counts(&of, 12, &tied);
  const hm_cases counts = twin_real_cases(12, nv, x);
  double log_z0 = log(2.0), log_za = nh * log(2.0), mean = 0.0, square = 0.0;
  for (int i = 0; i < nv; i++) {
    log_z0 += size[i] * log(2.0);
    for (int s = 0; s < n; s++) {
      for (int u = 0; u < size[i]; u++) {
        start[s * nv + i] += twin_uniform(&chance) < 0.5;
      }
    }
  }
  const hm_cases cases = twin_real_cases(n, nv, start);
  const hm_rows all = {NULL, 0, n};
  const hm_chance at = {key, 0};
  for (int k = 0; k <= K; k++) {
    t[k] = (float)k / K;
  }
  const hm_ais_path path = {&base, &of.model, K, t};
  hm_ais_work work;
  hm_arena measured = {NULL, 0};
  hm_ais_lay(&measured, &base, &of.model, n, &work);
  hm_arena arena = twin_arena(&measured);
  hm_ais_lay(&arena, &base, &of.model, n, &work);
  hm_ais_prepare(&base, &of.model, HM_PLAIN, &work);
  for (int first = 0; first < n; first += work.room) {
    const hm_rows rows = hm_rows_from(&all, first, work.room);
    hm_chains_take(&cases, &rows, &work.chains);
    hm_ais(&path, &rows, &at, &patient, twin_hw(2), &work, log_weight + first);
  }
  /* At the start the sum is Z of the base times 2^nh, at the end Z times 2. */
  const double exact = new_answers(&of.model, &counts).log_z + log(2.0);
  for (int s = 0; s < n; s++) {
    const double w = exp(log_weight[s] + log_z0 + log_za - exact);
    mean += w / n;
    square += w * w / n;
  }
  CHECK_NEAR(mean, 1.0, TWIN_Z * sqrt((square - mean * mean) / n));
}

/* The pseudo-likelihood by its definition, and its gradient as a difference. */
static double pseudo_of(const hm_model *model, const hm_cases *cases) {
  hm_pseudo_work work;
  double *value = twin_reals(cases->N), sum = 0.0;
  hm_arena measured = {NULL, 0};
  hm_pseudo_lay(&measured, model, cases, &work);
  hm_arena arena = twin_arena(&measured);
  hm_pseudo_lay(&arena, model, cases, &work);
  hm_pseudo_cases(model, cases, &patient, twin_hw(2), &work, value);
  for (int s = 0; s < cases->N; s++) {
    sum += value[s] / cases->N;
  }
  return sum;
}

static double *estimated(const hm_model *model, const hm_cases *cases,
                         const char *name, int warmup, uint32_t number) {
  const hm_estimate_plan plan = {.estimator = hm_estimator_named(name),
                                 .options = {1, 40, 3, 500},
                                 .base = twin_zeros(model->nv),
                                 .warmup = warmup,
                                 .fast_rate = 0.0,
                                 .fast_decay = 0.9,
                                 .key = key};
  hm_estimate_work work = {0};
  double *gradient = twin_reals(hm_parameters(model->nv, model->nh));
  hm_arena measured = {NULL, 0};
  hm_estimate_lay(&measured, model, cases, &plan, twin_hw(2), &work);
  hm_arena arena = twin_arena(&measured);
  hm_estimate_lay(&arena, model, cases, &plan, twin_hw(2), &work);
  CHECK(hm_estimate(model, cases, &plan, number, &patient, twin_hw(2), &work,
                    gradient) == HM_OK,
        name);
  return gradient;
}

static void check_pseudo(void) {
  enum { nv = 3, nh = 2, n = 7 };
  static const int size[] = {3, 1, 5};
  const pair of = new_pair(nv, size, nh, 1.0);
  const double *F = new_law(&of, 1);
  double *tied, sum = 0.0;
  const double *x = new_counts(&of, n, &tied);
  const hm_cases cases = twin_real_cases(n, nv, x);
  for (int s = 0; s < n; s++) {
    for (int i = 0; i < nv; i++) {
      double *other = twin_copy(nv, x + s * nv), all = 0.0;
      const double mine = -F[number_of(&of, other)];
      for (int state = 0; state <= size[i]; state++) {
        other[i] = state;
        all += exp(-F[number_of(&of, other)] - mine);
      }
      sum -= log(all) / n;
    }
  }
  CHECK_NEAR(pseudo_of(&of.model, &cases), sum, 1e-12);
  const double *gradient = estimated(&of.model, &cases, "pl", 0, 0), h = 1e-5;
  const ptrdiff_t parameters = hm_parameters(nv, nh);
  for (ptrdiff_t k = 0; k < parameters; k++) {
    double side[2];
    for (int way = 0; way < 2; way++) {
      double *theta = twin_copy(parameters, of.model.W_rows);
      theta[k] += way ? h : -h;
      hm_model moved = twin_model(nv, nh, theta);
      moved.visible = of.model.visible;
      side[way] = pseudo_of(&moved, &cases);
    }
    CHECK_NEAR(gradient[k], (side[0] - side[1]) / (2.0 * h), 1e-8);
  }
}

/* Estimators whose chains are in equilibrium, or that have no bias, have the
 * exact gradient as their mean, but for what means lose that go to the nearest
 * multiple of 2^-16, times counts of at most 4. */
static void check_estimators(void) {
  enum { nv = 3, nh = 2, n = 12, times = 60 };
  static const char *const name[] = {"pcd", "fpcd", "pt", "ucd", "exact"};
  static const int size[] = {3, 1, 4};
  const pair of = new_pair(nv, size, nh, 0.5);
  double *tied;
  const double *x = new_counts(&of, n, &tied);
  const hm_cases cases = twin_real_cases(n, nv, x);
  const ptrdiff_t parameters = hm_parameters(nv, nh);
  double *exact = twin_reals(parameters);
  hm_exact_work work;
  hm_arena measured = {NULL, 0};
  hm_exact_lay(&measured, &of.model, &cases, twin_hw(1), &work);
  hm_arena arena = twin_arena(&measured);
  hm_exact_lay(&arena, &of.model, &cases, twin_hw(1), &work);
  hm_exact_gradient(&of.model, &cases, &patient, twin_hw(1), &work, exact);
  for (int e = 0; e < 5; e++) {
    double *mean = twin_zeros(parameters), *square = twin_zeros(parameters);
    const int draws = e < 4 ? times : 2;
    double worst = 0.0;
    for (int i = 0; i < draws; i++) {
      const double *g =
          estimated(&of.model, &cases, name[e], e < 3 ? 30 : 0, (uint32_t)i);
      for (ptrdiff_t k = 0; k < parameters; k++) {
        mean[k] += g[k] / draws;
        square[k] += g[k] * g[k] / draws;
      }
    }
    for (ptrdiff_t k = 0; k < parameters; k++) {
      const double spread = sqrt(fmax(square[k] - mean[k] * mean[k], 0.0));
      worst = fmax(worst, (fabs(mean[k] - exact[k]) - 4.0 * 0x1p-17) /
                              (TWIN_Z * spread / sqrt(draws - 1.0) + 1e-12));
    }
    CHECK(worst <= 1.0, name[e]);
  }
}

/* Mean field is that of the tied machine. */
static void check_mean_field(void) {
  enum { nv = 3, nh = 4, n = 9 };
  static const int size[] = {3, 1, 4};
  const pair of = new_pair(nv, size, nh, 0.7);
  double *tied;
  const double *x = new_counts(&of, n, &tied);
  const hm_cases counts = twin_real_cases(n, nv, x);
  const hm_cases cells = twin_packed_cases(n, of.tied.nv, tied);
  const double *mine = estimated(&of.model, &counts, "mf", 0, 0);
  const double *theirs = estimated(&of.tied, &cells, "mf", 0, 0);
  CHECK_NEAR(twin_gap(hm_parameters(nv, nh), mine, untied(&of, theirs)), 0.0,
             1e-5);
}

/* A unit of size 1 is drawn as a binary one, and with the same uniforms no unit
 * falls while its mean grows: chains that are coupled by them meet. */
static void check_coupling(void) {
  enum { units = 40, steps = 50 };
  static int ones[units], sizes[units];
  const hm_stream stream = hm_stream_of(key, HM_DRAW_VISIBLE, 1, 2);
  int on[units], same = 1, ascends = 1;
  double mean[units], x[units], last[units] = {0.0};
  for (int i = 0; i < units; i++) {
    ones[i] = 1;
    sizes[i] = 1 + i;
  }
  const hm_run binary = {.kind = &hm_unit_binary, .units = units};
  hm_run run = {.kind = &hm_unit_binomial, .units = units};
  for (int step = 0; step <= steps; step++) {
    const double p = (double)step / steps;
    for (int i = 0; i < units; i++) {
      mean[i] = p;
    }
    run.size = ones;
    hm_unit_binomial.draw_values(&run, mean, &stream, 7, x);
    const int count = hm_unit_binary.draw(&binary, mean, &stream, 7, on);
    for (int i = 0, t = 0; i < units; i++) {
      const int listed = t < count && on[t] == i;
      same = same && (x[i] > 0.0) == listed;
      t += listed;
    }
    run.size = sizes;
    for (int i = 0; i < units; i++) {
      mean[i] = p * sizes[i];
    }
    hm_unit_binomial.draw_values(&run, mean, &stream, 7, x);
    for (int i = 0; i < units; i++) {
      ascends = ascends && x[i] >= last[i];
      last[i] = x[i];
    }
  }
  CHECK(same, "a unit of size 1 is drawn as a binary one");
  CHECK(ascends, "a state does not fall while its mean grows");
  for (int i = 0; i < units; i++) {
    ascends = ascends && last[i] >= sizes[i];
  }
  CHECK(ascends, "and ends at the size");
}

static void checks(void) {
  static const int size[] = {1, 2, 5, 3, 1};
  static const int large[] = {9, 4};
  check_exact(5, size, 3);
  check_exact(2, large, 5);
  check_exact(1, size + 2, 1);
  for (int way = 0; way < 4; way++) {
    check_chains(way / 2, way % 2);
  }
  check_words();
  check_coupling();
  check_ais();
  check_pseudo();
  check_estimators();
  check_mean_field();
}
