#include "gradient.h"

#include <string.h>

#include "linalg.h"

void hm_gradient_lay(hm_arena *arena, const hm_model *shape,
                     const hm_estimator *estimator,
                     const hm_estimator_options *options,
                     const hm_gradient_needs *needs, hm_hardware hw,
                     hm_phases *phases) {
  const hm_phases_needs of_phases = {
      .cases = needs->cases,
      .reals = needs->reals,
      .chains = estimator->persistent ? options->chains : 0,
      .weighs = estimator->weighs || needs->weighted ||
                (needs->predicts && needs->reals),
      .adds = estimator->adds,
      .gathers = estimator->gathers || needs->predicts,
      .words = hm_estimator_words(estimator, shape->visible, options),
      .numbers = hm_estimator_numbers(estimator, options)};
  hm_phases_lay(arena, shape->visible, shape->hidden, &of_phases, phases);
  if (estimator->lay) {
    estimator->lay(arena, shape, options, hw, phases);
  }
}

/* Data := the cases of the piece, which become chains->v. */
static hm_status positive_phase(const hm_update *update, int from,
                                hm_phases *phases) {
  const hm_rows piece = hm_rows_from(update->rows, from, phases->room);
  hm_chains_take(update->cases, &piece, &phases->chains);
  hm_chains_mean_h(update->working, update->hw, &phases->chains);
  if (update->fill) {
    const hm_status status =
        hm_fill_move(update->working, &piece, from, update->chance,
                     update->watch, update->hw, update->fill, &phases->chains);
    if (status != HM_OK) {
      return status;
    }
  }
  return HM_OK;
}

/* Data := the cases in phases->chains, by their weights. */
static void set_data(const hm_update *update, const hm_rows *piece,
                     hm_phases *phases) {
  phases->weighs_data = update->cases->weight != NULL;
  for (int s = 0; phases->weighs_data && s < piece->n; s++) {
    phases->data_weight[s] = (float)update->cases->weight[hm_row(piece, s)];
  }
  hm_phases_set_data(update->hw.level, phases);
}

/* The gradient of the targets given the rest, in phases->pieces. */
static void predict_targets(const hm_update *update, const hm_rows *piece,
                            hm_phases *phases) {
  hm_target *target = update->target;
  const hm_layer *visible = update->working->visible;
  const double data_share = phases->shares.data;
  const double draws_share = phases->shares.draws;
  for (int e = 0; e < visible->extras; e++) {
    target->extras[e] = phases->of_extras[e];
  }
  hm_phases_share(1.0 / update->rows->n, 1.0 / update->rows->n, phases);
  hm_target_weigh(update->cases, piece, target, phases);
  hm_phases_set_data(update->hw.level, phases);
  hm_target_phase(update->working, update->b, target->extras, update->hw,
                  target, phases);
  hm_phases_share(data_share, draws_share, phases);
}

/* The gradient of all columns on top, in which data and draws have smaller
 * shares; the means of the data stay as they are. */
static hm_status add_joint(const hm_estimator *estimator,
                           const hm_update *update, int from,
                           hm_phases *phases) {
  hm_target *target = update->target;
  const hm_rows piece = hm_rows_from(update->rows, from, phases->room);
  const size_t means =
      (size_t)(phases->visible->units + phases->hidden->units) *
      sizeof *phases->data_mean;
  const double data_share = phases->shares.data;
  const double draws_share = phases->shares.draws;
  hm_status status = HM_OK;
  if (target->joint_share <= 0.0) {
    return HM_OK;
  }
  hm_phases_share(data_share * target->joint_share,
                  draws_share * target->joint_share, phases);
  memcpy(target->means, phases->data_mean, means);
  if (from < update->rows->n) {
    hm_chains_take(update->cases, &piece, &phases->chains);
    hm_chains_mean_h(update->working, update->hw, &phases->chains);
    set_data(update, &piece, phases);
  }
  memcpy(phases->data_mean, target->means, means);
  status = estimator->negative_phase(update, from, phases);
  if (status == HM_OK) {
    hm_phases_gather(update->hw, phases);
  }
  hm_phases_share(data_share, draws_share, phases);
  return status;
}

/* What the estimator kept becomes what it starts from. */
static void commit(const hm_estimator *estimator, const hm_update *update,
                   const hm_phases *phases) {
  if (update->fill) {
    hm_fill_keep(update->rows, update->fill);
  }
  const ptrdiff_t words =
      hm_estimator_words(estimator, update->working->visible, update->options);
  const ptrdiff_t numbers = hm_estimator_numbers(estimator, update->options);
  if (words > 0) {
    memcpy(update->particles->words, phases->after.words,
           (size_t)words * sizeof *phases->after.words);
  }
  if (numbers > 0) {
    memcpy(update->particles->numbers, phases->after.numbers,
           (size_t)numbers * sizeof *phases->after.numbers);
  }
}

hm_status hm_gradient_phases(const hm_estimator *estimator,
                             const hm_update *update, hm_phases *phases) {
  const int n = update->rows->n;
  const int chains = estimator->persistent ? update->options->chains : 0;
  hm_phases_begin(n, chains > 0 ? chains : n, phases);
  if (update->target) {
    hm_phases_share(phases->shares.data, phases->shares.draws, phases);
  }
  for (int from = 0; from < n || from < chains; from += phases->room) {
    if (from > 0 && !update->target) {
      hm_phases_gather(update->hw, phases);
    }
    const hm_rows piece = hm_rows_from(update->rows, from, phases->room);
    hm_status status = from < n ? positive_phase(update, from, phases) : HM_OK;
    if (status == HM_OK && update->target) {
      if (from < n) {
        predict_targets(update, &piece, phases);
      }
      status = add_joint(estimator, update, from, phases);
    } else if (status == HM_OK) {
      if (from < n) {
        set_data(update, &piece, phases);
      }
      status = estimator->negative_phase(update, from, phases);
    }
    if (status != HM_OK) {
      return status;
    }
  }
  hm_phases_end_means(phases);
  commit(estimator, update, phases);
  return HM_OK;
}

hm_status hm_gradient(const hm_estimator *estimator, const hm_update *update,
                      hm_phases *phases, double *gradient) {
  const hm_status status = hm_gradient_phases(estimator, update, phases);
  if (status == HM_OK) {
    hm_phases_gradient(update->hw, phases, gradient);
  }
  return status;
}

static void add_columns(int n, int units, double scale, const double *x,
                        double *sum) {
  for (int s = 0; s < n; s++) {
    for (int i = 0; i < units; i++) {
      sum[i] += scale * x[(ptrdiff_t)s * units + i];
    }
  }
}

/* sum := beta sum + scale times the sums over n cases of v p(h|v)', v and
 * p(h|v), for real v; beta is 0 or 1. */
static void add_reals(const hm_model *model, int n, double scale,
                      const double *v, const double *mean_h, double beta,
                      double *sum) {
  const int nv = model->nv, nh = model->nh;
  double *of_b = sum + (ptrdiff_t)nv * nh;
  if (beta == 0.0) {
    memset(of_b, 0, (size_t)(nv + nh) * sizeof *of_b);
  }
  hm_outer_products(n, nv, nh, scale, v, mean_h, beta, sum);
  add_columns(n, nv, scale, v, of_b);
  add_columns(n, nh, scale, mean_h, of_b + nv);
}

void hm_data_lay(hm_arena *arena, const hm_cases *cases, int nh,
                 hm_data_work *work) {
  const int room = hm_cases_at_once(cases->nv, nh, cases->N);
  hm_reader_lay(arena, cases, room, &work->v);
  work->mean_h = hm_allot(arena, (ptrdiff_t)room * nh, sizeof(double));
  hm_lists_lay(arena, cases->nv, room, &work->by_unit);
}

hm_status hm_data_gradient(const hm_model *model, const hm_cases *cases,
                           const hm_watch *watch, hm_hardware hw,
                           hm_data_work *work, double *gradient) {
  const hm_link hidden = hm_link_to_hidden(model);
  const int nv = model->nv, nh = model->nh;
  const hm_states *v = &work->v.states;
  hm_rows rows;
  const double scale = -1.0 / cases->N;
  double *gb = gradient + (ptrdiff_t)nv * nh;
  memset(gb, 0, (size_t)(nv + nh) * sizeof *gb);
  for (int from = 0; hm_read(cases, from, &work->v, &rows); from += rows.n) {
    const double beta = from == 0 ? 0.0 : 1.0;
    hm_mean_given(&hidden, v, hw, work->mean_h);
    if (v->x) {
      add_reals(model, rows.n, scale, v->x, work->mean_h, beta, gradient);
    } else {
      hm_lists_by_unit(&v->on, nv, &work->by_unit);
      hm_sum_rows(&work->by_unit, nh, scale, work->mean_h, beta, gradient, hw);
      for (int i = 0; i < nv; i++) {
        gb[i] += scale * work->by_unit.count[i];
      }
      add_columns(rows.n, nh, scale, work->mean_h, gb + nv);
    }
    if (hm_stopped_after(rows.n, watch)) {
      return HM_INTERRUPTED;
    }
  }
  return HM_OK;
}
