#include "fit.h"

#include <math.h>
#include <string.h>

#include "linalg.h"

#define HM_KERNEL_FILE "fit-kernel.h"
#include "simd-each-kernel.h"

static hm_model model_of(const hm_plan *plan, int nv, const double *theta) {
  return hm_model_of(nv, plan->nh, plan->visible, plan->hidden, theta);
}

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

static hm_model shape_of(const hm_plan *plan, const hm_cases *cases) {
  hm_model shape = {cases->nv, plan->nh, NULL,          NULL,        NULL,
                    NULL,      NULL,     plan->visible, plan->hidden};
  return shape;
}

void hm_fit_begin_lay(hm_arena *arena, const hm_plan *plan,
                      const hm_cases *cases, hm_fit_work *work) {
  const hm_model shape = shape_of(plan, cases);
  hm_gradient_lay(arena, &shape, plan->estimator, &plan->estimation,
                  plan->batch_size, !hm_cases_binary(cases), plan->hw,
                  &work->phases);
  hm_working_lay(arena, &shape, &work->working);
  work->base = hm_singles_lay(arena, cases->nv);
}

void hm_fit_lay(hm_arena *arena, const hm_plan *plan, const hm_cases *cases,
                hm_fit_work *work) {
  const int nv = cases->nv, nh = plan->nh;
  const hm_model shape = shape_of(plan, cases);
  const hm_estimator *estimator = plan->estimator;
  hm_fit_begin_lay(arena, plan, cases, work);
  hm_monitor_lay(arena, cases, nh, &work->monitor_work);
  work->W = hm_allot(arena, in_panels(nv, nh), sizeof(double));
  work->memory = hm_allot(arena, in_panels(nv, nh) * plan->optimiser->slots,
                          sizeof(double));
  if (estimator->fast) {
    hm_working_lay(arena, &shape, &work->sampled);
    work->fast = hm_allot(arena, in_panels(nv, nh), sizeof(double));
  }
  if (estimator->needs_model) {
    work->W_cols = hm_allot(arena, (ptrdiff_t)nv * nh, sizeof(double));
  }
  work->of_biases =
      hm_allot(arena, (ptrdiff_t)nv + whole_panels(nh), sizeof(double));
  work->goal = hm_allot(arena, (ptrdiff_t)nv + nh, sizeof(double));
  work->lambda = hm_allot(arena, whole_panels(nh), sizeof(double));
  work->sums =
      hm_allot(arena, hm_strips(plan->visible, plan->hidden), sizeof(double));
  work->shift = hm_allot(arena, (ptrdiff_t)tiles_of(nv, nh) * 2 * HM_PANEL,
                         sizeof(double));
  work->order = hm_allot(arena, cases->N, sizeof(int));
}

void hm_fit_start(const hm_cases *cases, int nh, double sd,
                  const uint32_t key[2], hm_hardware hw, double *theta) {
  const hm_stream stream = hm_stream_of(key, HM_DRAW_WEIGHTS, 0, 0);
  double *b = theta + (ptrdiff_t)cases->nv * nh;
  double *c = b + cases->nv;
  const int parallel = (ptrdiff_t)cases->nv * nh >= HM_WORTH_THREADS / 8;
#ifdef _OPENMP
#pragma omp parallel for num_threads(hw.threads) if (parallel)
#endif
  for (int i = 0; i < cases->nv; i++) {
    double *row = theta + (ptrdiff_t)i * nh;
    hm_normals(hw.level, &stream, (uint32_t)i, nh, row);
    for (int j = 0; j < nh; j++) {
      row[j] *= sd;
    }
  }
  hm_unit_sums(cases, b);
  for (int i = 0; i < cases->nv; i++) {
    b[i] = log((b[i] + 0.5) / (cases->N - b[i] + 0.5));
  }
  memset(c, 0, (size_t)nh * sizeof *c);
  (void)hw;
  (void)parallel;
}

/* Between x (nv rows of nh groups of `each` numbers) and panels, in which the
 * 32 columns of a tile are one run of memory, so that a step goes straight
 * through it. */
static void to_panels(int nv, int nh, int each, const double *x,
                      double *panels) {
  const ptrdiff_t run = (ptrdiff_t)HM_PANEL * each, row = (ptrdiff_t)nh * each;
  for (int i = 0; i < nv; i++) {
    for (ptrdiff_t at = 0; at < row; at += run) {
      const ptrdiff_t left = row - at < run ? row - at : run;
      memcpy(panels + at * nv + i * run, x + i * row + at,
             (size_t)left * sizeof *x);
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

/* What one update is made from, but for its rows and its chance. */
static hm_update update_of(const hm_plan *plan, const hm_cases *cases,
                           const hm_watch *watch, hm_state *state,
                           hm_fit_work *work) {
  hm_update update = {
      .options = &plan->estimation,
      .working = &work->working,
      .sampled = plan->estimator->fast ? &work->sampled : &work->working,
      .base = work->base,
      .cases = cases,
      .particles = &state->particles,
      .watch = watch,
      .hw = plan->hw};
  return update;
}

void hm_fit_begin(const hm_plan *plan, const hm_cases *cases, hm_fit_work *work,
                  hm_state *state) {
  const int nv = cases->nv, nh = plan->nh;
  const hm_watch patient = {NULL, NULL};
  const hm_model model = model_of(plan, nv, state->theta);
  double *mu = state->offsets, *lambda = mu + nv;
  memset(state->memory, 0,
         (size_t)hm_parameters(nv, nh) * (size_t)plan->optimiser->slots *
             sizeof(double));
  hm_unit_sums(cases, mu);
  for (int i = 0; i < nv; i++) {
    mu[i] = plan->centring == HM_UNCENTRED ? 0.0 : mu[i] / cases->N;
  }
  for (int j = 0; j < nh; j++) {
    lambda[j] = plan->centring == HM_UNCENTRED ? 0.0 : 0.5;
    lambda[nh + j] = 0.5;
  }
  if (plan->estimator->fast) {
    memset(state->fast, 0, (size_t)hm_parameters(nv, nh) * sizeof(double));
  }
  memset(state->tally, 0, HM_TALLY * sizeof(double));
  if (plan->estimator->start) {
    const hm_chance chance = {plan->key, 0};
    hm_update update = update_of(plan, cases, &patient, state, work);
    update.chance = &chance;
    hm_set_singles(nv, plan->base, work->base);
    hm_working_set(&model, plan->hw.level, &work->working);
    plan->estimator->start(&update, &work->phases);
  }
}

static void set_sampled_tile(const hm_plan *plan, int row, int column, int high,
                             int wide, ptrdiff_t first, hm_fit_work *work) {
  double both[HM_PANEL * HM_PANEL];
  for (int i = 0; i < high; i++) {
    for (int j = 0; j < wide; j++) {
      const ptrdiff_t at = first + i * HM_PANEL + j;
      both[i * HM_PANEL + j] = work->W[at] + work->fast[at];
    }
  }
  hm_working_set_tile(plan->hw.level, HM_PANEL, both, row, column,
                      &work->sampled);
}

/* Whether a tile of so many columns may be stepped in one way through memory:
 * nothing may have to look at its gradient. */
static int in_one_way(const hm_plan *plan, int wide, const hm_fit_work *work) {
  return plan->optimiser->step_tile && wide == HM_PANEL &&
         plan->options.l1 == 0.0 && !plan->estimator->fast &&
         !work->phases.summed;
}

static double step_in_one_way(const hm_plan *plan, const hm_strip *strip, int q,
                              const hm_strip_sums *sums, const double *mu,
                              hm_fit_work *work) {
  const hm_phases *phases = &work->phases;
  const int nv = work->working.nv, top = strip->top;
  const int column = strip->column + q, left = column * HM_PANEL;
  const ptrdiff_t first = ((ptrdiff_t)column * nv + top) * HM_PANEL;
  const int centred = plan->centring != HM_UNCENTRED;
  const int row = top / HM_PANEL;
  const int at = row + column * hm_panels_across(nv);
  double *by_row = work->shift + (ptrdiff_t)at * 2 * HM_PANEL;
  const hm_optim_tile tile = {
      .n = strip->high,
      .stride = (ptrdiff_t)strip->tiles * HM_PANEL,
      .data = sums->data + q * HM_PANEL,
      .draws = sums->draws + q * HM_PANEL,
      .data_share = phases->data_share,
      .draws_share = phases->draws_share,
      .mu = centred ? mu + top : NULL,
      .gb = work->of_biases + top,
      .gc = work->of_biases + nv + left,
      .lambda = work->lambda + left,
      .memory = work->memory + first,
      .theta = work->W + first,
      .single = hm_panel_row(&work->working.W, column, top),
      .by_row = by_row,
      .by_column = by_row + HM_PANEL};
  const double sum = plan->optimiser->step_tile(
      plan->hw.level, &plan->options, plan->options.weight_decay, &tile);
  hm_working_turn_tile(plan->hw.level, row, column, &work->working);
  return sum;
}

/* One step of the weights of tile q of a strip, and their working copies after
 * it. Returns the sum of squared changes. */
static double step_tile(const hm_plan *plan, const hm_strip *strip, int q,
                        const hm_strip_sums *sums, const double *mu,
                        hm_fit_work *work) {
  static void (*const centre[])(int, const double *, const double *,
                                const double *, const double *, double *) =
      HM_LEVELS(centre);
  static void (*const shift[])(int, const double *, const double *,
                               const double *, double *, double *) =
      HM_LEVELS(shift);
  const int nv = work->working.nv, nh = plan->nh;
  const int slots = plan->optimiser->slots;
  const int top = strip->top, high = strip->high, row = top / HM_PANEL;
  const int column = strip->column + q, left = column * HM_PANEL;
  const int wide = nh - left < HM_PANEL ? nh - left : HM_PANEL;
  const ptrdiff_t first = ((ptrdiff_t)column * nv + top) * HM_PANEL;
  const double *lambda = work->lambda + left;
  const int tile = row + column * hm_panels_across(nv);
  double g[HM_PANEL * HM_PANEL], sum = 0.0;
  if (in_one_way(plan, wide, work)) {
    return step_in_one_way(plan, strip, q, sums, mu, work);
  }
  hm_phases_tile(plan->hw.level, strip, q, sums, &work->phases, g);
  for (int i = 0; i < high && wide < HM_PANEL; i++) {
    memset(g + i * HM_PANEL + wide, 0, (size_t)(HM_PANEL - wide) * sizeof *g);
  }
  /* A whole tile is one run of memory. */
  const int whole = wide == HM_PANEL;
  const int runs = whole ? 1 : high, length = whole ? high * HM_PANEL : wide;
  for (int i = 0; i < runs && plan->estimator->fast; i++) {
    hm_step_fast(length, plan->fast_rate, plan->fast_decay, g + i * HM_PANEL,
                 work->fast + first + i * HM_PANEL);
  }
  if (plan->centring != HM_UNCENTRED) {
    centre[plan->hw.level](high, mu + top, work->of_biases + top,
                           work->of_biases + nv + left, lambda, g);
  }
  for (int i = 0; i < runs; i++) {
    const ptrdiff_t at = first + i * HM_PANEL;
    sum += plan->optimiser->step(plan->hw.level, length, &plan->options,
                                 plan->options.weight_decay, plan->options.l1,
                                 g + i * HM_PANEL, work->memory + at * slots,
                                 work->W + at);
  }
  if (plan->centring != HM_UNCENTRED) {
    double *by_row = work->shift + (ptrdiff_t)tile * 2 * HM_PANEL;
    shift[plan->hw.level](high, mu + top, lambda, g, by_row, by_row + HM_PANEL);
  }
  hm_working_set_tile(plan->hw.level, HM_PANEL, work->W + first, row, column,
                      &work->working);
  if (plan->estimator->fast) {
    set_sampled_tile(plan, row, column, high, wide, first, work);
  }
  return sum;
}

/* The same for all tiles of a strip. */
static double step_strip(const hm_plan *plan, const hm_strip *strip,
                         const double *mu, hm_fit_work *work) {
  hm_strip_sums sums;
  double sum = 0.0;
  hm_phases_strip(plan->hw.level, strip, &work->phases, &sums);
  for (int q = 0; q < strip->tiles; q++) {
    sum += step_tile(plan, strip, q, &sums, mu, work);
  }
  return sum;
}

/* b* and c* stay where the step took them while W changed: b -= dW lambda, c -=
 * dW'mu, dW being what each tile left in work->shift. */
static void shift_biases(int nv, int nh, const double *shift, double *b,
                         double *c) {
  const int rows = hm_panels_across(nv);
  for (int tile = 0; tile < tiles_of(nv, nh); tile++, shift += 2 * HM_PANEL) {
    const int top = tile % rows * HM_PANEL, left = tile / rows * HM_PANEL;
    for (int i = top; i < nv && i < top + HM_PANEL; i++) {
      b[i] -= shift[i - top];
    }
    for (int j = left; j < nh && j < left + HM_PANEL; j++) {
      c[j] -= shift[HM_PANEL + j - left];
    }
  }
}

/* Weights of hidden units of a norm above the largest allowed are scaled down
 * to it, b* and c* staying as they are. */
static void limit_norms(const hm_plan *plan, const double *mu,
                        hm_fit_work *work, double *b, double *c) {
  const int nv = work->working.nv, nh = plan->nh;
  for (int j = 0; j < nh; j++) {
    double *column =
        work->W + (ptrdiff_t)(j / HM_PANEL) * nv * HM_PANEL + j % HM_PANEL;
    double squares = 0.0;
    for (int i = 0; i < nv; i++) {
      squares +=
          column[(ptrdiff_t)i * HM_PANEL] * column[(ptrdiff_t)i * HM_PANEL];
    }
    if (squares <= plan->max_norm * plan->max_norm) {
      continue;
    }
    const double share = 1.0 - plan->max_norm / sqrt(squares);
    for (int i = 0; i < nv; i++) {
      double *w = column + (ptrdiff_t)i * HM_PANEL;
      b[i] += share * *w * work->lambda[j];
      c[j] += share * *w * mu[i];
      *w -= share * *w;
      *hm_panels_at(&work->working.W, i, j) = (float)*w;
      *hm_panels_at(&work->working.Wt, j, i) = (float)*w;
      if (plan->estimator->fast) {
        const double both = *w + work->fast[w - work->W];
        *hm_panels_at(&work->sampled.W, i, j) = (float)both;
        *hm_panels_at(&work->sampled.Wt, j, i) = (float)both;
      }
    }
  }
}

/* Where the running means are to go: the means of this batch, or half of the
 * way from them to those of the model, `slope` away. */
static void set_goals(const hm_plan *plan, hm_fit_work *work) {
  const double share = plan->centring == HM_ENHANCED ? 0.5 : 0.0;
  for (int i = 0; i < work->working.nv + plan->nh; i++) {
    work->goal[i] = work->phases.data_mean[i] + share * work->of_biases[i];
  }
}

/* They go a little way. */
static void move_offsets(const hm_plan *plan, const hm_fit_work *work,
                         double *offsets) {
  static const double activity_rate = 0.05;
  const int nv = work->working.nv, nh = plan->nh;
  const double *mean_h = work->phases.data_mean + nv;
  double *activity = offsets + nv + nh;
  for (int i = 0; i < nv + nh && plan->centring != HM_UNCENTRED; i++) {
    offsets[i] += plan->offset_rate * (work->goal[i] - offsets[i]);
  }
  for (int j = 0; j < nh; j++) {
    activity[j] += activity_rate * (mean_h[j] - activity[j]);
  }
}

/* One step of the biases down their gradient, in work->of_biases. */
static void step_biases(const hm_plan *plan, hm_fit_work *work,
                        hm_state *state) {
  const int nv = work->working.nv, nh = plan->nh;
  const ptrdiff_t weights = (ptrdiff_t)nv * nh;
  const double *activity = state->offsets + nv + nh;
  double *b = state->theta + weights, *c = b + nv, *g = work->of_biases;
  if (plan->estimator->fast) {
    hm_step_fast(nv + nh, plan->fast_rate, plan->fast_decay, g,
                 state->fast + weights);
  }
  for (int j = 0; j < nh && plan->sparsity_cost > 0.0; j++) {
    g[nv + j] += plan->sparsity_cost * (activity[j] - plan->sparsity_target);
  }
  plan->optimiser->step(plan->hw.level, nv + nh, &plan->options, 0.0, 0.0, g,
                        state->memory + weights * plan->optimiser->slots, b);
  if (plan->centring != HM_UNCENTRED) {
    shift_biases(nv, nh, work->shift, b, c);
  }
}

static void set_working_biases(const hm_plan *plan, const hm_state *state,
                               hm_fit_work *work) {
  const int nv = work->working.nv, nh = plan->nh;
  const double *b = state->theta + (ptrdiff_t)nv * nh, *c = b + nv;
  hm_working_set_biases(b, c, &work->working);
  if (plan->estimator->fast) {
    const double *fast = state->fast + (ptrdiff_t)nv * nh;
    for (int i = 0; i < nv; i++) {
      work->sampled.b[i] = (float)(b[i] + fast[i]);
    }
    for (int j = 0; j < nh; j++) {
      work->sampled.c[j] = (float)(c[j] + fast[nv + j]);
    }
  }
}

/* One step of all parameters down the gradient that stands in work: the weights
 * in their panels, the biases at the end of theta and memory. Strips are of one
 * size, so the sums have the same bits for any number of threads. Returns the
 * norm of the change of W. */
static double step(const hm_plan *plan, hm_fit_work *work, hm_state *state) {
  const int nv = work->working.nv, nh = plan->nh;
  const int strips = hm_strips(plan->visible, plan->hidden);
  const ptrdiff_t weights = (ptrdiff_t)nv * nh;
  const double *mu = state->offsets;
  double *b = state->theta + weights, *c = b + nv, *gb = work->of_biases;
  double sum = 0.0;
  hm_phases_biases(plan->hw.level, &work->phases, gb, gb + nv);
  set_goals(plan, work);
  memset(gb + nv + nh, 0, (size_t)(whole_panels(nh) - nh) * sizeof *gb);
  memset(work->lambda, 0, (size_t)whole_panels(nh) * sizeof *work->lambda);
  memcpy(work->lambda, mu + nv, (size_t)nh * sizeof *work->lambda);
#ifdef _OPENMP
#pragma omp parallel for num_threads( \
    plan->hw.threads) if (weights >= HM_WORTH_THREADS / 8)
#endif
  for (int i = 0; i < strips; i++) {
    const hm_strip strip = hm_strip_at(plan->visible, plan->hidden, i);
    work->sums[i] = step_strip(plan, &strip, mu, work);
  }
  for (int i = 0; i < strips; i++) {
    sum += work->sums[i];
  }
  step_biases(plan, work, state);
  if (plan->max_norm > 0.0) {
    limit_norms(plan, mu, work, b, c);
  }
  set_working_biases(plan, state, work);
  return sqrt(sum);
}

/* All batches of an epoch that are left. */
static hm_status take_steps(const hm_plan *plan, const hm_cases *cases,
                            int epoch, const hm_watch *watch, hm_fit_work *work,
                            int *batch, hm_state *state) {
  const int nv = cases->nv, nh = plan->nh;
  const hm_rows all = {work->order, 0, cases->N};
  const int batches = (cases->N - 1) / plan->batch_size + 1;
  hm_phases *phases = &work->phases;
  hm_model model = model_of(plan, nv, state->theta);
  hm_update update = update_of(plan, cases, watch, state, work);
  hm_plan now = *plan;
  model.W_cols = work->W_cols;
  memcpy(phases->tally, state->tally + 1, sizeof phases->tally);
  for (; *batch < batches; ++*batch) {
    const uint32_t number =
        (uint32_t)epoch * (uint32_t)batches + (uint32_t)*batch;
    const hm_rows rows =
        hm_rows_from(&all, *batch * plan->batch_size, plan->batch_size);
    const hm_chance chance = {plan->key, number};
    update.rows = &rows;
    update.chance = &chance;
    if (plan->estimator->needs_model) {
      from_panels(nv, nh, 1, work->W, state->theta);
      hm_transpose(nv, nh, state->theta, work->W_cols);
      update.model = &model;
    }
    const hm_status status =
        hm_gradient_phases(plan->estimator, &update, phases);
    if (status != HM_OK) {
      return status;
    }
    now.options.t = number + 1.0;
    const double norm = step(&now, work, state);
    if (!(norm <= HM_LARGEST_PARAMETER)) {
      return HM_DIVERGED; /* or no longer a number */
    }
    move_offsets(plan, work, state->offsets);
    state->tally[0] += norm;
    memcpy(state->tally + 1, phases->tally, sizeof phases->tally);
  }
  return HM_OK;
}

/* W and its companions, from the state to panels and back. */
static void take_state(const hm_plan *plan, int nv, const hm_state *state,
                       hm_fit_work *work) {
  const int nh = plan->nh, slots = plan->optimiser->slots;
  const hm_model model = model_of(plan, nv, state->theta);
  to_panels(nv, nh, 1, state->theta, work->W);
  to_panels(nv, nh, slots, state->memory, work->memory);
  hm_working_set(&model, plan->hw.level, &work->working);
  if (plan->estimator->fast) {
    const int rows = hm_panels_across(nv);
    to_panels(nv, nh, 1, state->fast, work->fast);
    memset(work->sampled.b, 0, (size_t)whole_panels(nv) * sizeof(float));
    memset(work->sampled.c, 0, (size_t)whole_panels(nh) * sizeof(float));
    for (int tile = 0; tile < tiles_of(nv, nh); tile++) {
      const int row = tile % rows, column = tile / rows;
      const int top = row * HM_PANEL, left = column * HM_PANEL;
      set_sampled_tile(plan, row, column,
                       nv - top < HM_PANEL ? nv - top : HM_PANEL,
                       nh - left < HM_PANEL ? nh - left : HM_PANEL,
                       ((ptrdiff_t)column * nv + top) * HM_PANEL, work);
    }
    set_working_biases(plan, state, work);
  }
}

static void give_state(const hm_plan *plan, int nv, const hm_fit_work *work,
                       hm_state *state) {
  from_panels(nv, plan->nh, 1, work->W, state->theta);
  from_panels(nv, plan->nh, plan->optimiser->slots, work->memory,
              state->memory);
  if (plan->estimator->fast) {
    from_panels(nv, plan->nh, 1, work->fast, state->fast);
  }
}

hm_status hm_fit_epoch(const hm_plan *plan, const hm_cases *cases, int epoch,
                       const hm_watch *watch, hm_fit_work *work, int *batch,
                       hm_state *state, hm_epoch_report *report) {
  const int nv = cases->nv, nh = plan->nh;
  const int batches = (cases->N - 1) / plan->batch_size + 1;
  const hm_model model = model_of(plan, nv, state->theta);
  const hm_stream order =
      hm_stream_of(plan->key, HM_DRAW_ORDER, (uint32_t)epoch, 0);

  hm_shuffle(&order, cases->N, work->order);
  hm_set_singles(nv, plan->base, work->base);
  if (*batch == 0) {
    memset(state->tally, 0, HM_TALLY * sizeof(double));
  }
  take_state(plan, nv, state, work);
  const hm_status status =
      take_steps(plan, cases, epoch, watch, work, batch, state);
  give_state(plan, nv, work, state);
  if (!hm_within(hm_parameters(nv, nh), state->theta, HM_LARGEST_PARAMETER)) {
    return HM_DIVERGED;
  }
  if (status != HM_OK) {
    return status;
  }

  report->chains = (hm_chain_report){NAN, NAN, NAN};
  if (plan->estimator->report) {
    plan->estimator->report(&plan->estimation, &state->particles,
                            state->tally + 1, &report->chains);
  }
  report->batches = batches;
  report->weight_norm = sqrt(hm_sum_squares((ptrdiff_t)nv * nh, state->theta));
  report->step_norm = state->tally[0] / batches;
  hm_monitor_choose(cases, plan->key, &work->monitor_work);
  return hm_monitor(&model, cases, watch, plan->hw, &work->monitor_work,
                    &report->monitor);
}
