#include "gradient.h"

#include <string.h>

#include "estimator.h"
#include "linalg.h"

#define HM_KERNEL_FILE "gradient-kernel.h"
#include "simd-each-kernel.h"

static void lay_by_unit(hm_arena *arena, int units, int room, hm_lists *lists) {
  lists->n = units;
  lists->stride = room;
  lists->count = hm_room(arena, units, sizeof(int));
  lists->item = hm_room(arena, (ptrdiff_t)units * room, sizeof(int));
  lists->value = NULL;
}

void hm_gradient_lay(hm_arena *arena, const hm_model *shape,
                     const hm_estimator *estimator,
                     const hm_estimator_options *options, int most, int reals,
                     hm_hardware hw, hm_gradient_work *work) {
  const int nv = shape->nv, nh = shape->nh;
  const int chains = estimator->persistent ? options->chains : 0;
  const int more = most > chains ? most : chains;
  const int limit = more < HM_GRADIENT_ROOM ? more : HM_GRADIENT_ROOM;
  const int room = hm_chains_at_once(nv, nh, limit);
  work->room = room;
  hm_chains_lay(arena, nv, nh, room, reals || estimator->weighs, &work->chains);
  hm_panels_lay(arena, room, nh, &work->data_mean_h);
  lay_by_unit(arena, nv, room, &work->data_by_unit);
  lay_by_unit(arena, nv, room, &work->draws_by_unit);
  lay_by_unit(arena, 1, room, &work->all_data);
  lay_by_unit(arena, 1, room, &work->all_draws);
  work->data_value = work->draws_value = work->draw_weight = NULL;
  if (reals) {
    work->data_value = hm_room(arena, (ptrdiff_t)nv * room, sizeof(float));
  }
  if (estimator->weighs) {
    work->draws_value = hm_room(arena, (ptrdiff_t)nv * room, sizeof(float));
    work->draw_weight = hm_room(arena, room, sizeof(float));
  }
  work->sum = NULL;
  if (more > room || estimator->adds) {
    work->sum = hm_room(arena, hm_parameters(nv, nh), sizeof(double));
  }
  work->data_mean = hm_room(arena, (ptrdiff_t)nv + nh, sizeof(double));
  work->free_energy = hm_room(arena, chains, sizeof(double));
  work->after.words = hm_room(
      arena, hm_estimator_words(estimator, nv, nh, options), sizeof(uint32_t));
  work->after.numbers = hm_room(
      arena, hm_estimator_numbers(estimator, nv, nh, options), sizeof(double));
  work->own = NULL;
  if (estimator->lay) {
    estimator->lay(arena, shape, options, hw, work);
  }
}

static void (*const sum_rows[])(const hm_lists *, int, int, int, ptrdiff_t,
                                const float *, float *) = HM_LEVELS(sum_rows);

/* sums := those of the rows that the two lists have, over the strip's panels.
 */
static void sum_phases(hm_level level, const hm_lists *data,
                       const hm_lists *draws, const hm_strip *strip,
                       const hm_gradient_work *work, hm_strip_sums *sums) {
  const hm_panels *of_data = &work->data_mean_h;
  const hm_panels *of_draws = &work->chains.mean_h;
  const int n = strip->high, tiles = strip->tiles, column = strip->column;
  sum_rows[level](data, strip->top, n, tiles, (ptrdiff_t)of_data->n * HM_PANEL,
                  hm_panel_row(of_data, column, 0), sums->data);
  sum_rows[level](draws, strip->top, n, tiles,
                  (ptrdiff_t)of_draws->n * HM_PANEL,
                  hm_panel_row(of_draws, column, 0), sums->draws);
}

/* g := the difference of the sums of tile q. */
static void subtract_phases(hm_level level, const hm_strip *strip, int q,
                            const hm_strip_sums *sums,
                            const hm_gradient_work *work, double *g) {
  static void (*const subtract[])(int, ptrdiff_t, double, double, const float *,
                                  const float *, double *) =
      HM_LEVELS(subtract);
  subtract[level](strip->high, (ptrdiff_t)strip->tiles * HM_PANEL,
                  work->data_share, work->draws_share,
                  sums->data + q * HM_PANEL, sums->draws + q * HM_PANEL, g);
}

int hm_strips(int nv, int nh) {
  const int across = hm_panels_across(nh);
  return hm_panels_across(nv) * (across / HM_STRIP + (across % HM_STRIP > 0));
}

/* One row of the panels from `column` on. */
static hm_strip panels_from(int column, int nh) {
  const int left = hm_panels_across(nh) - column;
  hm_strip strip = {0, 1, column, left < HM_STRIP ? left : HM_STRIP};
  return strip;
}

hm_strip hm_strip_at(int nv, int nh, int i) {
  const int rows = hm_panels_across(nv), top = i % rows * HM_PANEL;
  hm_strip strip = panels_from(i / rows * HM_STRIP, nh);
  strip.top = top;
  strip.high = nv - top < HM_PANEL ? nv - top : HM_PANEL;
  return strip;
}

void hm_gradient_strip(hm_level level, const hm_strip *strip,
                       const hm_gradient_work *work, hm_strip_sums *sums) {
  sum_phases(level, &work->data_by_unit, &work->draws_by_unit, strip, work,
             sums);
}

void hm_gradient_tile(hm_level level, const hm_strip *strip, int q,
                      const hm_strip_sums *sums, const hm_gradient_work *work,
                      double *g) {
  const int nh = work->data_mean_h.width, left = (strip->column + q) * HM_PANEL;
  subtract_phases(level, strip, q, sums, work, g);
  for (int i = 0; work->summed && i < strip->high; i++) {
    const double *sum = work->sum + (ptrdiff_t)(strip->top + i) * nh;
    for (int j = left; j < nh && j < left + HM_PANEL; j++) {
      g[i * HM_PANEL + j - left] += sum[j];
    }
  }
}

/* How much the items of list i count. */
static double sum_list(const hm_lists *lists, int i) {
  double sum = 0.0;
  if (!lists->value) {
    return lists->count[i];
  }
  for (int t = 0; t < lists->count[i]; t++) {
    sum += (double)lists->value[(ptrdiff_t)i * lists->stride + t];
  }
  return sum;
}

void hm_gradient_biases(hm_level level, const hm_gradient_work *work,
                        double *gb, double *gc) {
  const int nv = work->data_by_unit.n, nh = work->data_mean_h.width;
  const double *sum = work->summed ? work->sum + (ptrdiff_t)nv * nh : NULL;
  for (int i = 0; i < nv; i++) {
    gb[i] = work->draws_share * sum_list(&work->draws_by_unit, i) -
            work->data_share * sum_list(&work->data_by_unit, i) +
            (sum ? sum[i] : 0.0);
  }
  for (int q = 0; q < hm_panels_across(nh); q += HM_STRIP) {
    const hm_strip strip = panels_from(q, nh);
    hm_strip_sums sums;
    sum_phases(level, &work->all_data, &work->all_draws, &strip, work, &sums);
    for (int p = 0; p < strip.tiles; p++) {
      const int left = (q + p) * HM_PANEL;
      double g[HM_PANEL];
      subtract_phases(level, &strip, p, &sums, work, g);
      for (int j = left; j < nh && j < left + HM_PANEL; j++) {
        gc[j] = g[j - left] + (sum ? sum[nv + j] : 0.0);
      }
    }
  }
}

/* The whole of `gradient`, which may be work->sum, strip by strip. */
static void gather(hm_hardware hw, const hm_gradient_work *work,
                   double *gradient) {
  const int nv = work->data_by_unit.n, nh = work->data_mean_h.width;
  const int strips = hm_strips(nv, nh);
  const int many = hm_chains_worth_threads(nv, nh, work->room);
  double *gb = gradient + (ptrdiff_t)nv * nh;
#ifdef _OPENMP
#pragma omp parallel for num_threads(hw.threads) if (many)
#endif
  for (int i = 0; i < strips; i++) {
    const hm_strip strip = hm_strip_at(nv, nh, i);
    hm_strip_sums sums;
    hm_gradient_strip(hw.level, &strip, work, &sums);
    for (int q = 0; q < strip.tiles; q++) {
      const int left = (strip.column + q) * HM_PANEL;
      const int wide = nh - left < HM_PANEL ? nh - left : HM_PANEL;
      double g[HM_PANEL * HM_PANEL];
      hm_gradient_tile(hw.level, &strip, q, &sums, work, g);
      for (int row = 0; row < strip.high; row++) {
        memcpy(gradient + (ptrdiff_t)(strip.top + row) * nh + left,
               g + row * HM_PANEL, (size_t)wide * sizeof *g);
      }
    }
  }
  hm_gradient_biases(hw.level, work, gb, gb + nv);
  (void)many;
}

static void empty(hm_lists *lists) {
  memset(lists->count, 0, (size_t)lists->n * sizeof *lists->count);
}

void hm_gradient_drop_data(hm_gradient_work *work) {
  empty(&work->data_by_unit);
  empty(&work->all_data);
}

static void drop_draws(hm_gradient_work *work) {
  empty(&work->draws_by_unit);
  empty(&work->all_draws);
  work->draws_by_unit.value = work->all_draws.value = NULL;
}

double *hm_gradient_sum(hm_gradient_work *work) {
  if (!work->summed) {
    const int nv = work->data_by_unit.n, nh = work->data_mean_h.width;
    memset(work->sum, 0, (size_t)hm_parameters(nv, nh) * sizeof *work->sum);
    work->summed = 1;
  }
  return work->sum;
}

void hm_gradient_gather(const hm_update *update, hm_gradient_work *work) {
  gather(update->hw, work, work->sum);
  work->summed = 1;
  hm_gradient_drop_data(work);
  drop_draws(work);
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

/* The one list := n cases from 0 on. */
static void list_all(int n, hm_lists *lists) {
  lists->count[0] = n;
  for (int s = 0; s < n; s++) {
    lists->item[s] = s;
  }
}

void hm_gradient_draws(const hm_update *update, int weighted,
                       hm_gradient_work *work) {
  hm_lists *v = &work->chains.v.on;
  if (weighted) {
    v->value = work->chains.value;
    for (int s = 0; s < v->n; s++) {
      float *value = v->value + (ptrdiff_t)s * v->stride;
      for (int t = 0; t < v->count[s]; t++) {
        value[t] = work->draw_weight[s];
      }
    }
    work->all_draws.value = work->draw_weight;
  }
  work->draws_by_unit.value = v->value ? work->draws_value : NULL;
  hm_lists_by_unit(v, update->working->nv, &work->draws_by_unit);
  list_all(v->n, &work->all_draws);
}

/* data_mean += the share of the cases as they stand. */
static void add_data_mean(hm_level level, hm_gradient_work *work) {
  const int nv = work->data_by_unit.n, nh = work->data_mean_h.width;
  for (int i = 0; i < nv; i++) {
    work->data_mean[i] += work->data_share * sum_list(&work->data_by_unit, i);
  }
  for (int q = 0; q < hm_panels_across(nh); q += HM_STRIP) {
    const hm_strip strip = panels_from(q, nh);
    float sum[HM_STRIP * HM_PANEL];
    sum_rows[level](&work->all_data, 0, 1, strip.tiles,
                    (ptrdiff_t)work->data_mean_h.n * HM_PANEL,
                    hm_panel_row(&work->data_mean_h, q, 0), sum);
    for (int j = q * HM_PANEL; j < nh && j < (q + HM_STRIP) * HM_PANEL; j++) {
      work->data_mean[nv + j] +=
          work->data_share * (double)sum[j - q * HM_PANEL];
    }
  }
}

/* Data := the cases of the piece, which become chains->v. */
static void positive_phase(const hm_update *update, int from,
                           hm_gradient_work *work) {
  const hm_rows piece = hm_rows_from(update->rows, from, work->room);
  hm_chains *chains = &work->chains;
  chains->v.x = chains->x;
  hm_take(update->cases, &piece, &chains->v);
  hm_chains_mean_h(update->working, update->hw, chains);
  work->data_by_unit.value = chains->v.on.value ? work->data_value : NULL;
  hm_lists_by_unit(&chains->v.on, update->working->nv, &work->data_by_unit);
  list_all(piece.n, &work->all_data);
  for (int q = 0; q < hm_panels_across(update->working->nh); q++) {
    memcpy(hm_panel_row(&work->data_mean_h, q, 0),
           hm_panel_row(&chains->mean_h, q, 0),
           (size_t)piece.n * HM_PANEL * sizeof(float));
  }
  add_data_mean(update->hw.level, work);
}

static void begin(const hm_update *update, int chains, hm_gradient_work *work) {
  const int nv = update->working->nv, nh = update->working->nh;
  const int draws = chains > 0 ? chains : update->rows->n;
  work->data_share = 1.0 / update->rows->n;
  work->draws_share = 1.0 / draws;
  work->summed = 0;
  memset(work->data_mean, 0, (size_t)(nv + nh) * sizeof *work->data_mean);
  hm_gradient_drop_data(work);
  drop_draws(work);
}

/* What the estimator kept becomes what it starts from. */
static void commit(const hm_update *update, const hm_gradient_work *work) {
  const int nv = update->working->nv, nh = update->working->nh;
  const ptrdiff_t words =
      hm_estimator_words(update->estimator, nv, nh, update->options);
  const ptrdiff_t numbers =
      hm_estimator_numbers(update->estimator, nv, nh, update->options);
  if (words > 0) {
    memcpy(update->particles->words, work->after.words,
           (size_t)words * sizeof *work->after.words);
  }
  if (numbers > 0) {
    memcpy(update->particles->numbers, work->after.numbers,
           (size_t)numbers * sizeof *work->after.numbers);
  }
}

hm_status hm_gradient_phases(const hm_update *update, hm_gradient_work *work) {
  const int n = update->rows->n;
  const int chains =
      update->estimator->persistent ? update->options->chains : 0;
  begin(update, chains, work);
  for (int from = 0; from < n || from < chains; from += work->room) {
    if (from > 0) {
      hm_gradient_gather(update, work);
    }
    if (from < n) {
      positive_phase(update, from, work);
    }
    const hm_status status =
        update->estimator->negative_phase(update, from, work);
    if (status != HM_OK) {
      return status;
    }
  }
  commit(update, work);
  return HM_OK;
}

hm_status hm_gradient(const hm_update *update, hm_gradient_work *work,
                      double *gradient) {
  const hm_status status = hm_gradient_phases(update, work);
  if (status == HM_OK) {
    gather(update->hw, work, gradient);
  }
  return status;
}

void hm_data_lay(hm_arena *arena, int nv, int nh, int most,
                 hm_data_work *work) {
  const int room = hm_cases_at_once(nv, nh, most);
  work->room = room;
  hm_states_lay(arena, nv, room, &work->v);
  work->x = hm_room(arena, (ptrdiff_t)room * nv, sizeof(double));
  work->mean_h = hm_room(arena, (ptrdiff_t)room * nh, sizeof(double));
  lay_by_unit(arena, nv, room, &work->by_unit);
}

hm_status hm_data_gradient(const hm_model *model, const hm_cases *cases,
                           const hm_watch *watch, hm_hardware hw,
                           hm_data_work *work, double *gradient) {
  const hm_layer hidden = hm_hidden_layer(model);
  const hm_rows all = {NULL, 0, cases->N};
  const int nv = model->nv, nh = model->nh;
  const double scale = -1.0 / cases->N;
  double *gb = gradient + (ptrdiff_t)nv * nh;
  memset(gb, 0, (size_t)(nv + nh) * sizeof *gb);
  for (int from = 0; from < cases->N; from += work->room) {
    const hm_rows rows = hm_rows_from(&all, from, work->room);
    const double beta = from == 0 ? 0.0 : 1.0;
    work->v.x = work->x;
    hm_take(cases, &rows, &work->v);
    hm_mean_given(&hidden, &work->v, hw, work->mean_h);
    if (work->v.x) {
      add_reals(model, rows.n, scale, work->v.x, work->mean_h, beta, gradient);
    } else {
      hm_lists_by_unit(&work->v.on, nv, &work->by_unit);
      hm_sum_rows(&work->by_unit, nh, scale, work->mean_h, beta, gradient, hw);
      for (int i = 0; i < nv; i++) {
        gb[i] += scale * work->by_unit.count[i];
      }
      add_columns(rows.n, nh, scale, work->mean_h, gb + nv);
    }
    if (hm_stopped(watch)) {
      return HM_INTERRUPTED;
    }
  }
  return HM_OK;
}
