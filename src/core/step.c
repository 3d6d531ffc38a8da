#include "step.h"

#include <math.h>
#include <string.h>

/* Numbers in the panels of W. */
static ptrdiff_t in_panels(int nv, int nh) {
  return (ptrdiff_t)nv * hm_panels_across(nh) * HM_PANEL;
}

static int tiles_of(int nv, int nh) {
  return hm_panels_across(nv) * hm_panels_across(nh);
}

static int whole_panels(int units) {
  return hm_panels_across(units) * HM_PANEL;
}

void hm_trained_lay(hm_arena *arena, const hm_model *shape, const hm_rule *rule,
                    hm_trained *trained) {
  const int nv = shape->nv, nh = shape->nh, slots = rule->optimiser->slots;
  const ptrdiff_t weights = in_panels(nv, nh), units = (ptrdiff_t)nv + nh;
  const size_t each = sizeof(double);
  hm_working_lay(arena, shape, &trained->working);
  trained->W = hm_allot(arena, weights, each);
  trained->memory = hm_allot(arena, weights * slots, each);
  trained->biases = hm_allot(arena, units, each);
  trained->bias_memory = hm_allot(arena, units * slots, each);
  trained->fast = trained->bias_fast = NULL;
  if (rule->fast) {
    hm_working_lay(arena, shape, &trained->sampled);
    trained->fast = hm_allot(arena, weights, each);
    trained->bias_fast = hm_allot(arena, units, each);
  }
  trained->offsets = hm_allot(arena, hm_offsets(nv, nh), each);
  trained->share = NULL;
  trained->mu = trained->offsets;
  if (shape->visible->valued) {
    trained->share = hm_allot(arena, nv, each);
    trained->mu = hm_allot(arena, nv, each);
  }
  trained->of_biases = hm_allot(arena, nv + (ptrdiff_t)whole_panels(nh), each);
  trained->goal = hm_allot(arena, units, each);
  trained->lambda = hm_allot(arena, whole_panels(nh), each);
  trained->sums =
      hm_allot(arena, hm_strips(shape->visible, shape->hidden), each);
  trained->shift =
      hm_allot(arena, (ptrdiff_t)tiles_of(nv, nh) * 2 * HM_PANEL, each);
}

/* Between x (nv rows of nh groups of `each` numbers) and panels, in which the
 * 32 columns of a tile are one run of memory, so that a step goes straight
 * through it. What lies beyond the width is 0. */
static void to_panels(int nv, int nh, int each, const double *x,
                      double *panels) {
  const ptrdiff_t run = (ptrdiff_t)HM_PANEL * each, row = (ptrdiff_t)nh * each;
  for (int i = 0; i < nv; i++) {
    for (ptrdiff_t at = 0; at < row; at += run) {
      const ptrdiff_t left = row - at < run ? row - at : run;
      double *to = panels + at * nv + i * run;
      memcpy(to, x + i * row + at, (size_t)left * sizeof *x);
      memset(to + left, 0, (size_t)(run - left) * sizeof *x);
    }
  }
}

static void from_panels(int nv, int nh, int each, const double *panels,
                        double *x) {
  const ptrdiff_t run = (ptrdiff_t)HM_PANEL * each, row = (ptrdiff_t)nh * each;
  for (int i = 0; i < nv; i++) {
    for (ptrdiff_t at = 0; at < row; at += run) {
      const ptrdiff_t left = row - at < run ? row - at : run;
      memcpy(x + i * row + at, panels + at * nv + i * run,
             (size_t)left * sizeof *x);
    }
  }
}

/* A step on its way. */
typedef struct {
  const hm_rule *rule;
  hm_level level;
  const hm_phases *phases;
  hm_trained *to;
} descent;

/* Tile q of a strip: those of its panels, and where it begins in them. */
typedef struct {
  int row;
  int column;
  int top;  /* its first visible unit, */
  int high; /* how many it has, */
  int left; /* its first hidden unit, */
  int wide; /* and how many */
  ptrdiff_t first;
  double *shift; /* 64 numbers */
} tile_place;

static tile_place place_of(const hm_trained *trained, const hm_strip *strip,
                           int q) {
  const int nv = trained->working.nv, nh = trained->working.nh;
  const int column = strip->column + q, left = column * HM_PANEL;
  const int row = strip->top / HM_PANEL;
  const ptrdiff_t tile = row + (ptrdiff_t)column * hm_panels_across(nv);
  const tile_place place = {
      .row = row,
      .column = column,
      .top = strip->top,
      .high = strip->high,
      .left = left,
      .wide = nh - left < HM_PANEL ? nh - left : HM_PANEL,
      .first = ((ptrdiff_t)column * nv + strip->top) * HM_PANEL,
      .shift = trained->shift + tile * 2 * HM_PANEL};
  return place;
}

static void set_sampled_tile(hm_level level, const tile_place *at,
                             hm_trained *trained) {
  double both[HM_PANEL * HM_PANEL];
  for (int i = 0; i < at->high; i++) {
    for (int j = 0; j < at->wide; j++) {
      const ptrdiff_t w = at->first + i * HM_PANEL + j;
      both[i * HM_PANEL + j] = trained->W[w] + trained->fast[w];
    }
  }
  hm_working_set_tile(level, HM_PANEL, both, at->row, at->column,
                      &trained->sampled);
}

/* Whether a tile may be stepped in one way through memory: nothing may have to
 * look at its gradient. */
static int in_one_way(const descent *step, const tile_place *at) {
  const hm_rule *rule = step->rule;
  return rule->optimiser->step_tile && at->wide == HM_PANEL &&
         rule->options.l1 == 0.0 && !rule->fast && !step->phases->summed &&
         !step->to->share;
}

static double step_in_one_way(const descent *step, const tile_place *at,
                              const hm_strip *strip, int q,
                              const hm_strip_sums *sums) {
  const hm_rule *rule = step->rule;
  hm_trained *to = step->to;
  const int centred = rule->centring != HM_UNCENTRED;
  const hm_optim_tile tile = {
      .n = at->high,
      .stride = (ptrdiff_t)strip->tiles * HM_PANEL,
      .data = sums->data + q * HM_PANEL,
      .draws = sums->draws + q * HM_PANEL,
      .data_share = step->phases->data_share,
      .draws_share = step->phases->draws_share,
      .mu = centred ? to->mu + at->top : NULL,
      .gb = to->of_biases + at->top,
      .gc = to->of_biases + to->working.nv + at->left,
      .lambda = to->lambda + at->left,
      .memory = to->memory + at->first,
      .theta = to->W + at->first,
      .single = hm_panel_row(&to->working.W, at->column, at->top),
      .by_row = at->shift,
      .by_column = at->shift + HM_PANEL};
  const double sum = rule->optimiser->step_tile(
      step->level, &rule->options, rule->options.weight_decay, &tile);
  hm_working_turn_tile(step->level, at->row, at->column, &to->working);
  return sum;
}

/* g := the gradient of the tile, each row's share of it, centred, and 0 beyond
 * the layer; fast weights learn from it as it is before. A whole tile is one
 * run of `length` numbers, another one `runs` rows. */
static void gradient_of_tile(const descent *step, const tile_place *at,
                             const hm_strip *strip, int q,
                             const hm_strip_sums *sums, double *g) {
  const hm_rule *rule = step->rule;
  hm_trained *to = step->to;
  const int whole = at->wide == HM_PANEL;
  const int runs = whole ? 1 : at->high;
  const int length = whole ? at->high * HM_PANEL : at->wide;
  hm_phases_tile(step->level, strip, q, sums, step->phases, g);
  for (int i = 0; i < at->high && !whole; i++) {
    memset(g + i * HM_PANEL + at->wide, 0,
           (size_t)(HM_PANEL - at->wide) * sizeof *g);
  }
  for (int i = 0; i < at->high && to->share; i++) {
    for (int j = 0; j < HM_PANEL; j++) {
      g[i * HM_PANEL + j] *= to->share[at->top + i];
    }
  }
  for (int i = 0; i < runs && rule->fast; i++) {
    hm_step_fast(length, rule->fast_rate, rule->fast_decay, g + i * HM_PANEL,
                 to->fast + at->first + i * HM_PANEL);
  }
  if (rule->centring != HM_UNCENTRED) {
    hm_centre(step->level, at->high, to->mu + at->top, to->of_biases + at->top,
              to->of_biases + to->working.nv + at->left, to->lambda + at->left,
              g);
  }
}

/* One step of the weights of tile q of a strip, and their working copies after
 * it. Returns the sum of squared changes. */
static double step_tile(const descent *step, const hm_strip *strip, int q,
                        const hm_strip_sums *sums) {
  const hm_rule *rule = step->rule;
  hm_trained *to = step->to;
  const tile_place at = place_of(to, strip, q);
  const int slots = rule->optimiser->slots;
  const int whole = at.wide == HM_PANEL;
  const int runs = whole ? 1 : at.high;
  const int length = whole ? at.high * HM_PANEL : at.wide;
  double g[HM_PANEL * HM_PANEL], sum = 0.0;
  if (in_one_way(step, &at)) {
    return step_in_one_way(step, &at, strip, q, sums);
  }
  gradient_of_tile(step, &at, strip, q, sums, g);
  for (int i = 0; i < runs; i++) {
    const ptrdiff_t first = at.first + i * HM_PANEL;
    sum += rule->optimiser->step(step->level, length, &rule->options,
                                 rule->options.weight_decay, rule->options.l1,
                                 g + i * HM_PANEL, to->memory + first * slots,
                                 to->W + first);
  }
  if (rule->centring != HM_UNCENTRED) {
    hm_centre_shift(step->level, at.high, to->offsets + at.top,
                    to->lambda + at.left, g, at.shift, at.shift + HM_PANEL);
  }
  hm_working_set_tile(step->level, HM_PANEL, to->W + at.first, at.row,
                      at.column, &to->working);
  if (rule->fast) {
    set_sampled_tile(step->level, &at, to);
  }
  return sum;
}

/* The same for all tiles of a strip. */
static double step_strip(const descent *step, const hm_strip *strip) {
  hm_strip_sums sums;
  double sum = 0.0;
  hm_phases_strip(step->level, strip, step->phases, &sums);
  for (int q = 0; q < strip->tiles; q++) {
    sum += step_tile(step, strip, q, &sums);
  }
  return sum;
}

static double *column_of(const hm_trained *trained, int j) {
  return trained->W +
         (ptrdiff_t)(j / HM_PANEL) * trained->working.nv * HM_PANEL +
         j % HM_PANEL;
}

/* The weights of hidden unit j become less by that share of them, b* and c*
 * staying as they are. */
static void shrink(const hm_rule *rule, int j, double share,
                   hm_trained *trained) {
  const int nv = trained->working.nv;
  double *b = trained->biases, *c = b + nv, *column = column_of(trained, j);
  for (int i = 0; i < nv; i++) {
    double *w = column + (ptrdiff_t)i * HM_PANEL;
    b[i] += share * *w * trained->lambda[j];
    c[j] += share * *w * trained->offsets[i];
    *w -= share * *w;
    *hm_panels_at(&trained->working.W, i, j) = (float)*w;
    *hm_panels_at(&trained->working.Wt, j, i) = (float)*w;
    if (rule->fast) {
      const double both = *w + trained->fast[w - trained->W];
      *hm_panels_at(&trained->sampled.W, i, j) = (float)both;
      *hm_panels_at(&trained->sampled.Wt, j, i) = (float)both;
    }
  }
}

/* Weights of hidden units of a norm above the largest allowed are scaled down
 * to it. */
static void limit_norms(const hm_rule *rule, hm_trained *trained) {
  for (int j = 0; j < trained->working.nh; j++) {
    const double *w = column_of(trained, j);
    double squares = 0.0;
    for (int i = 0; i < trained->working.nv; i++, w += HM_PANEL) {
      squares += *w * *w;
    }
    if (squares > rule->max_norm * rule->max_norm) {
      shrink(rule, j, 1.0 - rule->max_norm / sqrt(squares), trained);
    }
  }
}

/* One step of the biases down their gradient, in to->of_biases. */
static void step_biases(const descent *step) {
  const hm_rule *rule = step->rule;
  hm_trained *to = step->to;
  const int nv = to->working.nv, nh = to->working.nh;
  const double *activity = to->offsets + nv + nh;
  double *g = to->of_biases;
  if (rule->fast) {
    hm_step_fast(nv + nh, rule->fast_rate, rule->fast_decay, g, to->bias_fast);
  }
  for (int j = 0; j < nh && rule->sparsity_cost > 0.0; j++) {
    g[nv + j] += rule->sparsity_cost * (activity[j] - rule->sparsity_target);
  }
  rule->optimiser->step(step->level, nv + nh, &rule->options, 0.0, 0.0, g,
                        to->bias_memory, to->biases);
  if (rule->centring != HM_UNCENTRED) {
    hm_centre_biases(nv, nh, to->shift, to->biases, to->biases + nv);
  }
}

static void set_working_biases(const hm_rule *rule, hm_trained *trained) {
  const int nv = trained->working.nv, nh = trained->working.nh;
  const double *b = trained->biases, *c = b + nv;
  hm_working_set_biases(b, c, &trained->working);
  if (rule->fast) {
    const double *fast = trained->bias_fast;
    for (int i = 0; i < nv; i++) {
      trained->sampled.b[i] = (float)(b[i] + fast[i]);
    }
    for (int j = 0; j < nh; j++) {
      trained->sampled.c[j] = (float)(c[j] + fast[nv + j]);
    }
  }
}

/* The gradient of the biases, the goal, and lambda, in whole panels. */
static void prepare_step(const descent *step) {
  hm_trained *to = step->to;
  const int nv = to->working.nv, nh = to->working.nh;
  double *gb = to->of_biases;
  hm_phases_biases(step->level, step->phases, gb, gb + nv);
  memset(gb + nv + nh, 0, (size_t)(whole_panels(nh) - nh) * sizeof *gb);
  hm_offsets_goal(step->rule->centring, nv + nh, step->phases->data_mean, gb,
                  to->goal);
  for (int i = 0; i < nv && to->share; i++) {
    gb[i] *= to->share[i];
    to->mu[i] = to->share[i] * to->offsets[i];
  }
  memset(to->lambda, 0, (size_t)whole_panels(nh) * sizeof *to->lambda);
  memcpy(to->lambda, to->offsets + nv, (size_t)nh * sizeof *to->lambda);
}

/* Strips are of one size, whatever the number of threads. */
double hm_step(const hm_rule *rule, hm_hardware hw, const hm_phases *phases,
               hm_trained *trained) {
  const int nv = trained->working.nv, nh = trained->working.nh;
  const hm_layer *visible = trained->working.visible;
  const hm_layer *hidden = trained->working.hidden;
  const int strips = hm_strips(visible, hidden);
  const int parallel = (ptrdiff_t)nv * nh >= HM_WORTH_THREADS / 8;
  const descent step = {rule, hw.level, phases, trained};
  double sum = 0.0;
  prepare_step(&step);
#ifdef _OPENMP
#pragma omp parallel for num_threads(hw.threads) if (parallel)
#endif
  for (int i = 0; i < strips; i++) {
    const hm_strip strip = hm_strip_at(visible, hidden, i);
    trained->sums[i] = step_strip(&step, &strip);
  }
  for (int i = 0; i < strips; i++) {
    sum += trained->sums[i];
  }
  step_biases(&step);
  if (rule->max_norm > 0.0) {
    limit_norms(rule, trained);
  }
  set_working_biases(rule, trained);
  (void)parallel;
  return sqrt(sum);
}

/* Copies with fast weights on top. */
static void set_sampled(const hm_rule *rule, hm_level level,
                        hm_trained *trained) {
  const int nv = trained->working.nv, nh = trained->working.nh;
  memset(trained->sampled.b, 0, (size_t)whole_panels(nv) * sizeof(float));
  memset(trained->sampled.c, 0, (size_t)whole_panels(nh) * sizeof(float));
  const hm_layer *visible = trained->working.visible;
  const hm_layer *hidden = trained->working.hidden;
  for (int i = 0; i < hm_strips(visible, hidden); i++) {
    const hm_strip strip = hm_strip_at(visible, hidden, i);
    for (int q = 0; q < strip.tiles; q++) {
      const tile_place at = place_of(trained, &strip, q);
      set_sampled_tile(level, &at, trained);
    }
  }
  set_working_biases(rule, trained);
}

static void copy(ptrdiff_t n, const double *from, double *to) {
  memcpy(to, from, (size_t)n * sizeof *to);
}

void hm_trained_set(const hm_rule *rule, hm_level level, const hm_state *state,
                    hm_trained *trained) {
  const hm_working *shape = &trained->working;
  const int nv = shape->nv, nh = shape->nh, slots = rule->optimiser->slots;
  const int units = nv + nh;
  const ptrdiff_t weights = (ptrdiff_t)nv * nh;
  const hm_model model =
      hm_model_of(nv, nh, shape->visible, shape->hidden, state->theta);
  to_panels(nv, nh, 1, state->theta, trained->W);
  to_panels(nv, nh, slots, state->memory, trained->memory);
  copy(units, state->theta + weights, trained->biases);
  copy((ptrdiff_t)units * slots, state->memory + weights * slots,
       trained->bias_memory);
  copy(hm_offsets(nv, nh), state->offsets, trained->offsets);
  hm_working_set(&model, level, &trained->working);
  for (int i = 0; i < nv && trained->share; i++) {
    trained->share[i] = 1.0 / hm_layer_support(shape->visible, i);
  }
  if (rule->fast) {
    to_panels(nv, nh, 1, state->fast, trained->fast);
    copy(units, state->fast + weights, trained->bias_fast);
    set_sampled(rule, level, trained);
  }
}

void hm_trained_weights(const hm_trained *trained, double *W) {
  from_panels(trained->working.nv, trained->working.nh, 1, trained->W, W);
}

void hm_trained_get(const hm_rule *rule, const hm_trained *trained,
                    hm_state *state) {
  const int nv = trained->working.nv, nh = trained->working.nh;
  const int slots = rule->optimiser->slots, units = nv + nh;
  const ptrdiff_t weights = (ptrdiff_t)nv * nh;
  hm_trained_weights(trained, state->theta);
  from_panels(nv, nh, slots, trained->memory, state->memory);
  copy(units, trained->biases, state->theta + weights);
  copy((ptrdiff_t)units * slots, trained->bias_memory,
       state->memory + weights * slots);
  copy(hm_offsets(nv, nh), trained->offsets, state->offsets);
  if (rule->fast) {
    from_panels(nv, nh, 1, trained->fast, state->fast);
    copy(units, trained->bias_fast, state->fast + weights);
  }
}

int hm_trained_within(const hm_trained *trained, double limit) {
  const int nv = trained->working.nv, nh = trained->working.nh;
  return hm_within(in_panels(nv, nh), trained->W, limit) &&
         hm_within(nv + nh, trained->biases, limit);
}
