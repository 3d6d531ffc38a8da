#include "fit.h"

#include <math.h>
#include <string.h>

#include "linalg.h"

static hm_model model_of(const hm_plan *plan, int nv, const double *theta) {
  const double *b = theta + (ptrdiff_t)nv * plan->nh;
  hm_model model = {nv, plan->nh, theta,         NULL,
                    b,  b + nv,   plan->visible, plan->hidden};
  return model;
}

/* Numbers in the panels of W. */
static ptrdiff_t in_panels(int nv, int nh) {
  return (ptrdiff_t)nv * hm_panels_across(nh) * HM_PANEL;
}

static int tiles_of(int nv, int nh) {
  return hm_panels_across(nv) * hm_panels_across(nh);
}

void hm_fit_lay(hm_arena *arena, const hm_plan *plan, const hm_cases *cases,
                hm_fit_work *work) {
  const int nv = cases->nv, nh = plan->nh;
  const hm_model shape = {nv,   nh,   NULL,          NULL,
                          NULL, NULL, plan->visible, plan->hidden};
  hm_gradient_lay(arena, nv, nh, plan->batch_size, !hm_cases_binary(cases),
                  &work->gradient_work);
  hm_monitor_lay(arena, cases, nh, &work->monitor_work);
  hm_working_lay(arena, &shape, &work->working);
  work->W = hm_room(arena, in_panels(nv, nh), sizeof(double));
  work->memory = hm_room(arena, in_panels(nv, nh) * plan->optimiser->slots,
                         sizeof(double));
  work->of_biases = hm_room(arena, (ptrdiff_t)nv + nh, sizeof(double));
  work->sums = hm_room(arena, tiles_of(nv, nh), sizeof(double));
  work->order = hm_room(arena, cases->N, sizeof(int));
}

void hm_fit_start(const hm_cases *cases, int nh, double sd,
                  const uint32_t key[2], hm_hardware hw, double *theta) {
  const hm_stream stream = hm_stream_of(key, HM_DRAW_WEIGHTS, 0, 0);
  double *b = theta + (ptrdiff_t)cases->nv * nh;
  double *c = b + cases->nv;
  const int many = (ptrdiff_t)cases->nv * nh >= HM_WORTH_THREADS / 8;
#ifdef _OPENMP
#pragma omp parallel for num_threads(hw.threads) if (many)
#endif
  for (int i = 0; i < cases->nv; i++) {
    double *row = theta + (ptrdiff_t)i * nh;
    hm_normals(&stream, (uint32_t)i, nh, row);
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
  (void)many;
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

/* One step of the weights of a tile, and their working copies after it. Returns
 * the sum of squared changes. */
static double step_tile(const hm_plan *plan, int row, int column, double share,
                        hm_fit_work *work) {
  const int nv = work->working.nv, nh = plan->nh;
  const int slots = plan->optimiser->slots;
  const int top = row * HM_PANEL, left = column * HM_PANEL;
  const int high = nv - top < HM_PANEL ? nv - top : HM_PANEL;
  const int wide = nh - left < HM_PANEL ? nh - left : HM_PANEL;
  const ptrdiff_t first = ((ptrdiff_t)column * nv + top) * HM_PANEL;
  double g[HM_PANEL * HM_PANEL], sum = 0.0;
  hm_gradient_tile(plan->hw.level, share, row, column, &work->gradient_work, g);
  /* A whole tile is one run of memory. */
  const int whole = wide == HM_PANEL;
  const int runs = whole ? 1 : high, length = whole ? high * HM_PANEL : wide;
  for (int i = 0; i < runs; i++) {
    const ptrdiff_t at = first + i * HM_PANEL;
    sum += plan->optimiser->step(plan->hw.level, length, &plan->options,
                                 plan->options.weight_decay, plan->options.l1,
                                 g + i * HM_PANEL, work->memory + at * slots,
                                 work->W + at);
  }
  hm_working_set_tile(plan->hw.level, HM_PANEL, work->W + first, row, column,
                      &work->working);
  return sum;
}

/* One step of all parameters down the gradient that stands in work, of n cases:
 * the weights in their panels, the biases at the end of theta and memory. Tiles
 * are of one size, so the sums have the same bits for any number of threads.
 * Returns the norm of the change of W. */
static double step(const hm_plan *plan, int n, hm_fit_work *work, double *theta,
                   double *memory) {
  const int nv = work->working.nv, nh = plan->nh;
  const int rows = hm_panels_across(nv), tiles = tiles_of(nv, nh);
  const ptrdiff_t weights = (ptrdiff_t)nv * nh;
  const double share = 1.0 / n;
  double sum = 0.0;
#ifdef _OPENMP
#pragma omp parallel for num_threads( \
    plan->hw.threads) if (weights >= HM_WORTH_THREADS / 8)
#endif
  for (int tile = 0; tile < tiles; tile++) {
    work->sums[tile] = step_tile(plan, tile % rows, tile / rows, share, work);
  }
  for (int tile = 0; tile < tiles; tile++) {
    sum += work->sums[tile];
  }
  hm_gradient_biases(plan->hw.level, share, &work->gradient_work,
                     work->of_biases, work->of_biases + nv);
  plan->optimiser->step(
      plan->hw.level, nv + nh, &plan->options, 0.0, 0.0, work->of_biases,
      memory + weights * plan->optimiser->slots, theta + weights);
  hm_working_set_biases(theta + weights, theta + weights + nv, &work->working);
  return sqrt(sum);
}

/* All batches of an epoch. norms := the sum of those of the steps. */
static hm_status take_steps(const hm_plan *plan, const hm_cases *cases,
                            int epoch, const hm_watch *watch, hm_fit_work *work,
                            double *theta, double *memory, double *norms) {
  const hm_rows all = {work->order, 0, cases->N};
  const int batches = (cases->N - 1) / plan->batch_size + 1;
  *norms = 0.0;
  for (int batch = 0; batch < batches; batch++) {
    const hm_rows rows =
        hm_rows_from(&all, batch * plan->batch_size, plan->batch_size);
    const hm_chance chance = {
        plan->key, (uint32_t)epoch * (uint32_t)batches + (uint32_t)batch};
    const hm_status status = hm_gradient_phases(
        &work->working, cases, &rows, plan->estimator, plan->k, &chance, watch,
        plan->hw, &work->gradient_work);
    if (status != HM_OK) {
      return status;
    }
    hm_plan now = *plan;
    now.options.t = (double)epoch * batches + batch + 1.0;
    const double norm = step(&now, rows.n, work, theta, memory);
    if (!(norm <= HM_LARGEST_PARAMETER)) {
      return HM_DIVERGED; /* or no longer a number */
    }
    *norms += norm;
  }
  return HM_OK;
}

hm_status hm_fit_epoch(const hm_plan *plan, const hm_cases *cases, int epoch,
                       const hm_watch *watch, hm_fit_work *work, double *theta,
                       double *memory, hm_epoch_report *report) {
  const int nv = cases->nv, nh = plan->nh, slots = plan->optimiser->slots;
  const int batches = (cases->N - 1) / plan->batch_size + 1;
  const hm_model model = model_of(plan, nv, theta);
  const hm_stream order =
      hm_stream_of(plan->key, HM_DRAW_ORDER, (uint32_t)epoch, 0);
  double norms;

  hm_shuffle(&order, cases->N, work->order);
  hm_working_set(&model, plan->hw.level, &work->working);
  to_panels(nv, nh, 1, theta, work->W);
  to_panels(nv, nh, slots, memory, work->memory);
  const hm_status status =
      take_steps(plan, cases, epoch, watch, work, theta, memory, &norms);
  from_panels(nv, nh, 1, work->W, theta);
  from_panels(nv, nh, slots, work->memory, memory);
  if (status != HM_OK) {
    return status;
  }
  if (!hm_within(hm_parameters(nv, nh), theta, HM_LARGEST_PARAMETER)) {
    return HM_DIVERGED;
  }

  report->weight_norm = sqrt(hm_sum_squares((ptrdiff_t)nv * nh, theta));
  report->step_norm = norms / batches;
  hm_monitor_choose(cases, plan->key, &work->monitor_work);
  return hm_monitor(&model, cases, watch, plan->hw, &work->monitor_work,
                    &report->monitor);
}
