#include "fit.h"

#include <math.h>
#include <string.h>

#include "linalg.h"

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

/* A copy of the plan's visible layer, and room for its runs. */
static const hm_layer *own_layer(hm_arena *arena, const hm_layer *layer,
                                 hm_fit_work *work) {
  work->visible = hm_allot(arena, 1, sizeof *work->visible);
  work->run = hm_allot(arena, layer->runs, sizeof *work->run);
  if (!work->visible) {
    return layer;
  }
  *work->visible = hm_layer_with(layer, NULL, work->run);
  return work->visible;
}

/* The plan as a team has it. */
static hm_team_plan team_plan_of(const hm_plan *plan) {
  const hm_team_plan team = {
      .rule = &plan->rule,
      .batch_size = plan->batch_size,
      .k = plan->estimation.k,
      .chains = plan->estimator->persistent ? plan->estimation.chains : 0,
      .most = plan->hw.threads,
      .key = {plan->key[0], plan->key[1]}};
  return team;
}

static int can_be_by_team(const hm_plan *plan, const hm_cases *cases) {
  const hm_team_plan team = team_plan_of(plan);
  return (plan->estimator == &hm_estimator_cd ||
          plan->estimator == &hm_estimator_pcd) &&
         plan->targets == 0 &&
         hm_team_can(&team, plan->visible, plan->hidden, cases);
}

/* A team has no need of them, but for the start of chains. */
static void lay_phases(hm_arena *arena, const hm_plan *plan,
                       const hm_cases *cases, const hm_model *shape,
                       hm_fit_work *work) {
  enum { few = 16 };
  hm_estimator_options options = plan->estimation;
  hm_gradient_needs needs = {.cases = plan->batch_size,
                             .reals = !hm_cases_binary(cases),
                             .predicts = plan->targets > 0,
                             .weighted = cases->weight != NULL};
  if (work->by_team) {
    options.chains = options.chains < few ? options.chains : few;
    needs.cases = needs.cases < few ? needs.cases : few;
  }
  hm_gradient_lay(arena, shape, plan->estimator, &options, &needs, plan->hw,
                  &work->phases);
}

void hm_fit_lay(hm_arena *arena, const hm_plan *plan, const hm_cases *cases,
                hm_fit_work *work) {
  const int nv = cases->nv, nh = plan->nh;
  const hm_layer *visible = own_layer(arena, plan->visible, work);
  const hm_model shape = {
      .nv = nv, .nh = nh, .visible = visible, .hidden = plan->hidden};
  const hm_estimator *estimator = plan->estimator;
  const hm_estimator_options *options = &plan->estimation;
  work->by_team = can_be_by_team(plan, cases);
  lay_phases(arena, plan, cases, &shape, work);
  hm_monitor_lay(arena, cases, visible, nh, &work->monitor_work);
  hm_trained_lay(arena, &shape, &plan->rule, &work->trained);
  hm_fill_lay(arena, cases, visible, plan->batch_size, work->phases.room,
              &work->fill);
  if (plan->targets > 0) {
    hm_target_lay(arena, visible, plan->hidden, plan->targets, plan->target,
                  work->phases.room, &work->target);
    work->target.joint_share = plan->joint_share;
  }
  work->particles.words = hm_allot(
      arena, hm_estimator_words(estimator, visible, options), sizeof(uint32_t));
  work->particles.numbers =
      hm_allot(arena, hm_estimator_numbers(estimator, options), sizeof(double));
  if (work->by_team) {
    const hm_team_plan team = team_plan_of(plan);
    hm_team_lay(arena, &team, nv, nh, &work->team);
  }
  if (estimator->needs_model) {
    work->W_rows = hm_allot(arena, (ptrdiff_t)nv * nh, sizeof(double));
    work->W_cols = hm_allot(arena, (ptrdiff_t)nv * nh, sizeof(double));
  }
  work->base = hm_singles_lay(arena, visible->places);
  work->order = hm_allot(arena, cases->N, sizeof(int));
  for (int r = 0; work->visible && r < visible->runs; r++) {
    work->run[r].d = work->trained.biases + nv + nh;
  }
}

static void copy_particles(const hm_plan *plan, const hm_particles *from,
                           hm_particles *to) {
  const hm_estimator_options *options = &plan->estimation;
  const ptrdiff_t words =
      hm_estimator_words(plan->estimator, plan->visible, options);
  const ptrdiff_t numbers = hm_estimator_numbers(plan->estimator, options);
  if (words > 0) {
    memcpy(to->words, from->words, (size_t)words * sizeof *to->words);
  }
  if (numbers > 0) {
    memcpy(to->numbers, from->numbers, (size_t)numbers * sizeof *to->numbers);
  }
}

/* What one update is made from, but for its rows and its chance. */
static hm_update update_of(const hm_plan *plan, const hm_watch *watch,
                           hm_particles *particles, hm_fit_work *work) {
  const hm_trained *trained = &work->trained;
  hm_update update = {
      .options = &plan->estimation,
      .working = &trained->working,
      .sampled = plan->rule.fast ? &trained->sampled : &trained->working,
      .base = work->base,
      .cases = &work->fill.cases,
      .fill = work->fill.most > 0 ? &work->fill : NULL,
      .target = plan->targets > 0 ? &work->target : NULL,
      .b = trained->biases,
      .particles = particles,
      .watch = watch,
      .hw = plan->hw};
  return update;
}

/* Some chains begin as cases of the data, drawn by chance: the others may not
 * come to all modes of a model that is not new. */
static void start_from_data(const hm_plan *plan, const hm_cases *cases,
                            hm_chains *chains, hm_particles *particles) {
  const hm_stream stream = hm_stream_of(plan->key, HM_DRAW_START, 0, 1);
  const hm_estimator *estimator = plan->estimator;
  const int rungs = estimator->ladders ? plan->estimation.temperatures : 1;
  for (int m = 0; m < plan->estimation.chains; m += 2) {
    const ptrdiff_t replica = (ptrdiff_t)m * rungs + rungs - 1;
    const int row = (int)hm_below(&stream, (uint32_t)m, (uint32_t)cases->N);
    const hm_rows one = {&row, 0, 1};
    hm_chains_take(cases, &one, chains);
    hm_bits_of_list(plan->visible, &chains->v, 0,
                    particles->words + replica * hm_chain_words(plan->visible));
  }
}

static ptrdiff_t holes_of(const hm_cases *cases) {
  return cases->hole_start ? cases->hole_start[cases->N] : 0;
}

static void copy_numbers(ptrdiff_t n, const double *from, double *to) {
  if (n > 0) {
    memcpy(to, from, (size_t)n * sizeof *to);
  }
}

void hm_fit_begin(const hm_plan *plan, const hm_cases *cases, hm_fit_work *work,
                  hm_state *state) {
  const int nv = cases->nv, nh = plan->nh;
  const hm_watch patient = {NULL, NULL, NULL};
  const hm_model model =
      hm_model_of(nv, nh, work->visible, plan->hidden, state->theta);
  const size_t size = (size_t)hm_parameters(nv, nh) * sizeof(double);
  const size_t all = size + (size_t)work->visible->extras * sizeof(double);
  double *mean_v = work->trained.goal;
  memset(state->memory, 0, all * (size_t)plan->rule.optimiser->slots);
  copy_numbers(work->visible->extras, model.d, work->trained.biases + nv + nh);
  hm_fill_start(work->visible, model.b, plan->key, &work->fill);
  copy_numbers(holes_of(cases), work->fill.filled, state->filled);
  hm_unit_sums(&work->fill.cases, mean_v);
  for (int i = 0; i < nv; i++) {
    mean_v[i] /= cases->N;
  }
  hm_offsets_start(plan->rule.centring, nv, plan->hidden, mean_v,
                   state->offsets);
  if (plan->rule.fast) {
    memset(state->fast, 0, size);
  }
  memset(state->tally, 0, HM_TALLY * sizeof(double));
  if (plan->estimator->start) {
    const hm_chance chance = {plan->key, 0};
    hm_update update = update_of(plan, &patient, &state->particles, work);
    update.chance = &chance;
    hm_layer_set_singles(plan->visible, plan->base, work->base);
    hm_working_set(&model, plan->hw.level, &work->trained.working);
    plan->estimator->start(&update, &work->phases);
    if (plan->from_data && !plan->visible->valued && hm_cases_binary(cases)) {
      start_from_data(plan, cases, &work->phases.chains, &state->particles);
    }
  }
}

void hm_fit_open(const hm_plan *plan, const hm_cases *cases,
                 const hm_state *state, hm_fit_work *work) {
  hm_trained_set(&plan->rule, plan->hw.level, state, &work->trained);
  copy_particles(plan, &state->particles, &work->particles);
  copy_numbers(holes_of(cases), state->filled, work->fill.filled);
  work->norms = state->tally[0];
  memcpy(work->phases.tally, state->tally + 1, sizeof work->phases.tally);
  hm_layer_set_singles(plan->visible, plan->base, work->base);
  hm_monitor_choose(cases, plan->key, &work->monitor_work);
}

/* The state as it is now. */
static void give_state(const hm_plan *plan, const hm_fit_work *work,
                       hm_state *state) {
  hm_trained_get(&plan->rule, &work->trained, state);
  copy_particles(plan, &work->particles, &state->particles);
  copy_numbers(holes_of(&work->fill.cases), work->fill.filled, state->filled);
  state->tally[0] = work->norms;
  memcpy(state->tally + 1, work->phases.tally, sizeof work->phases.tally);
}

/* The model in double, by rows and by columns, once these are set. */
static hm_model model_of(const hm_plan *plan, int nv, const hm_fit_work *work) {
  const double *b = work->trained.biases;
  const hm_model model = {
      nv,     plan->nh,          work->W_rows,  work->W_cols, b,
      b + nv, b + nv + plan->nh, work->visible, plan->hidden};
  return model;
}

/* One update. On HM_INTERRUPTED nothing has changed. */
static hm_status update_once(const hm_plan *plan, const hm_update *update,
                             hm_fit_work *work) {
  const int nv = update->cases->nv, nh = plan->nh;
  const hm_rule *rule = &plan->rule;
  const double *mean_h = work->phases.data_mean + nv;
  hm_trained *trained = &work->trained;
  hm_rule now = *rule;
  double tally[HM_COUNTS];
  memcpy(tally, work->phases.tally, sizeof tally);
  if (update->target) {
    hm_target_set(work->visible, plan->targets, plan->target, update->target);
  }
  if (update->model) {
    hm_trained_weights(trained, work->W_rows);
    hm_transpose(nv, nh, work->W_rows, work->W_cols);
  }
  const hm_status status =
      hm_gradient_phases(plan->estimator, update, &work->phases);
  if (status != HM_OK) {
    memcpy(work->phases.tally, tally, sizeof tally);
    return status;
  }
  now.options.t = update->chance->step + 1.0;
  const double norm = hm_step(&now, plan->hw, &work->phases, trained);
  if (!(norm <= HM_LARGEST_PARAMETER)) {
    return HM_DIVERGED; /* or no longer a number */
  }
  hm_offsets_move(rule->centring, rule->offset_rate, nv, nh, trained->goal,
                  mean_h, trained->offsets);
  work->norms += norm;
  return HM_OK;
}

/* All batches of an epoch that are left. */
static hm_status update_all(const hm_plan *plan, const hm_cases *cases,
                            int epoch, const hm_watch *watch, hm_fit_work *work,
                            int *batch) {
  const hm_rows all = {work->order, 0, cases->N};
  const int batches = (cases->N - 1) / plan->batch_size + 1;
  const hm_stream order =
      hm_stream_of(plan->key, HM_DRAW_ORDER, (uint32_t)epoch, 0);
  const hm_model model = model_of(plan, cases->nv, work);
  hm_update update = update_of(plan, watch, &work->particles, work);
  update.model = plan->estimator->needs_model ? &model : NULL;
  hm_shuffle(&order, cases->N, work->order);
  if (work->by_team) {
    const hm_team_plan team = team_plan_of(plan);
    const hm_team_task task = {.cases = cases,
                               .order = work->order,
                               .number = (uint32_t)epoch * (uint32_t)batches,
                               .batches = batches,
                               .chains = work->particles.words};
    return hm_team_train(&team, &task, watch, plan->hw, &work->team,
                         &work->trained, batch, &work->norms);
  }
  for (; *batch < batches; ++*batch) {
    const uint32_t number =
        (uint32_t)epoch * (uint32_t)batches + (uint32_t)*batch;
    const hm_rows rows =
        hm_rows_from(&all, *batch * plan->batch_size, plan->batch_size);
    const hm_chance chance = {plan->key, number};
    update.rows = &rows;
    update.chance = &chance;
    const hm_status status = update_once(plan, &update, work);
    if (status != HM_OK) {
      return status;
    }
  }
  return HM_OK;
}

/* What there is to tell of an epoch, but for the look at its end. */
static void tell(const hm_plan *plan, const hm_cases *cases,
                 const hm_state *state, hm_epoch_report *report) {
  const ptrdiff_t weights = (ptrdiff_t)cases->nv * plan->nh;
  const double none = (double)NAN;
  report->monitor = (hm_monitor_report){none, none, none, none};
  report->chains = (hm_chain_report){none, none, none};
  if (plan->estimator->report) {
    plan->estimator->report(&plan->estimation, &state->particles,
                            state->tally + 1, &report->chains);
  }
  report->batches = (cases->N - 1) / plan->batch_size + 1;
  report->weight_norm = sqrt(hm_sum_squares(weights, state->theta));
  report->step_norm = state->tally[0] / report->batches;
}

hm_status hm_fit_epoch(const hm_plan *plan, const hm_cases *cases, int epoch,
                       const hm_watch *watch, hm_fit_work *work, int *batch,
                       hm_state *state, hm_epoch_report *report) {
  const int nv = cases->nv;
  const hm_model model =
      hm_model_of(nv, plan->nh, work->visible, plan->hidden, state->theta);
  if (*batch == 0) {
    work->norms = 0.0;
    memset(work->phases.tally, 0, sizeof work->phases.tally);
  }
  hm_status status = update_all(plan, cases, epoch, watch, work, batch);
  if (!hm_trained_within(&work->trained, HM_LARGEST_PARAMETER)) {
    status = HM_DIVERGED;
  }
  if (status == HM_DIVERGED) {
    return status;
  }
  give_state(plan, work, state);
  if (status != HM_OK) {
    return status;
  }
  tell(plan, cases, state, report);
  return plan->looks ? hm_monitor(&model, &work->fill.cases, watch, plan->hw,
                                  &work->monitor_work, &report->monitor)
                     : HM_OK;
}
