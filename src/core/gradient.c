#include "gradient.h"

#include <string.h>

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

void hm_gradient_lay(hm_arena *arena, int nv, int nh, int most, int reals,
                     hm_gradient_work *work) {
  const int limit = most < HM_GRADIENT_ROOM ? most : HM_GRADIENT_ROOM;
  const int room = hm_chains_at_once(nv, nh, limit);
  work->room = room;
  hm_chains_lay(arena, nv, nh, room, reals, &work->chains);
  hm_panels_lay(arena, room, nh, &work->data_mean_h);
  lay_by_unit(arena, nv, room, &work->data_by_unit);
  lay_by_unit(arena, nv, room, &work->draws_by_unit);
  lay_by_unit(arena, 1, room, &work->all_data);
  lay_by_unit(arena, 1, room, &work->all_draws);
  work->value = NULL;
  if (reals) {
    work->value = hm_room(arena, (ptrdiff_t)nv * room, sizeof(float));
  }
  work->sum = NULL;
  if (most > room) {
    work->sum = hm_room(arena, hm_parameters(nv, nh), sizeof(double));
  }
}

static void (*const subtract_sums[])(const hm_lists *, const hm_lists *, int,
                                     int, const float *, const float *, double,
                                     double *) = HM_LEVELS(subtract_sums);

void hm_gradient_tile(hm_level level, double share, int row, int column,
                      const hm_gradient_work *work, double *g) {
  const int nv = work->data_by_unit.n, nh = work->data_mean_h.width;
  const int top = row * HM_PANEL, left = column * HM_PANEL;
  const int high = nv - top < HM_PANEL ? nv - top : HM_PANEL;
  subtract_sums[level](&work->data_by_unit, &work->draws_by_unit, top, high,
                       hm_panel_row(&work->data_mean_h, column, 0),
                       hm_panel_row(&work->chains.mean_h, column, 0), share, g);
  for (int i = top; work->summed && i < nv && i < top + HM_PANEL; i++) {
    for (int j = left; j < nh && j < left + HM_PANEL; j++) {
      g[(i - top) * HM_PANEL + j - left] +=
          share * work->sum[(ptrdiff_t)i * nh + j];
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

void hm_gradient_biases(hm_level level, double share,
                        const hm_gradient_work *work, double *gb, double *gc) {
  const int nv = work->data_by_unit.n, nh = work->data_mean_h.width;
  const double *sum_b = work->sum + (ptrdiff_t)nv * nh;
  for (int i = 0; i < nv; i++) {
    const double on =
        sum_list(&work->draws_by_unit, i) - sum_list(&work->data_by_unit, i);
    gb[i] = share * (work->summed ? sum_b[i] + on : on);
  }
  for (int q = 0; q < hm_panels_across(nh); q++) {
    double g[HM_PANEL];
    subtract_sums[level](&work->all_data, &work->all_draws, 0, 1,
                         hm_panel_row(&work->data_mean_h, q, 0),
                         hm_panel_row(&work->chains.mean_h, q, 0), share, g);
    for (int j = q * HM_PANEL; j < nh && j < (q + 1) * HM_PANEL; j++) {
      gc[j] = g[j % HM_PANEL] + (work->summed ? share * sum_b[nv + j] : 0.0);
    }
  }
}

/* The whole of `gradient`, which may be work->sum, tile by tile. */
static void gather(double share, hm_hardware hw, const hm_gradient_work *work,
                   double *gradient) {
  const int nv = work->data_by_unit.n, nh = work->data_mean_h.width;
  const int rows = hm_panels_across(nv), columns = hm_panels_across(nh);
  const int many = (ptrdiff_t)work->room * nv * nh / 8 >= HM_WORTH_THREADS;
  double *gb = gradient + (ptrdiff_t)nv * nh;
#ifdef _OPENMP
#pragma omp parallel for num_threads(hw.threads) if (many)
#endif
  for (int tile = 0; tile < rows * columns; tile++) {
    const int top = tile % rows * HM_PANEL, left = tile / rows * HM_PANEL;
    const int wide = nh - left < HM_PANEL ? nh - left : HM_PANEL;
    double g[HM_PANEL * HM_PANEL];
    hm_gradient_tile(hw.level, share, tile % rows, tile / rows, work, g);
    for (int i = top; i < nv && i < top + HM_PANEL; i++) {
      memcpy(gradient + (ptrdiff_t)i * nh + left, g + (i - top) * HM_PANEL,
             (size_t)wide * sizeof *g);
    }
  }
  hm_gradient_biases(hw.level, share, work, gb, gb + nv);
  (void)many;
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

/* The positive phase of the cases in chains->v. */
static void positive_phase(const hm_working *working, hm_hardware hw,
                           hm_gradient_work *work) {
  hm_chains *chains = &work->chains;
  const int n = chains->v.on.n;
  hm_chains_mean_h(working, hw, chains);
  work->data_by_unit.value = chains->v.on.value ? work->value : NULL;
  hm_lists_by_unit(&chains->v.on, working->nv, &work->data_by_unit);
  list_all(n, &work->all_data);
  for (int q = 0; q < hm_panels_across(working->nh); q++) {
    memcpy(hm_panel_row(&work->data_mean_h, q, 0),
           hm_panel_row(&chains->mean_h, q, 0),
           (size_t)n * HM_PANEL * sizeof(float));
  }
}

hm_status hm_gradient_phases(const hm_working *working, const hm_cases *cases,
                             const hm_rows *rows, const hm_estimator *estimator,
                             int k, const hm_chance *chance,
                             const hm_watch *watch, hm_hardware hw,
                             hm_gradient_work *work) {
  hm_chains *chains = &work->chains;
  work->summed = 0;
  for (int from = 0; from < rows->n; from += work->room) {
    const hm_rows piece = hm_rows_from(rows, from, work->room);
    if (from > 0) {
      gather(1.0, hw, work, work->sum);
      work->summed = 1;
    }
    chains->v.x = chains->x;
    hm_take(cases, &piece, &chains->v);
    positive_phase(working, hw, work);
    const hm_status status = estimator->negative_phase(working, &piece, chance,
                                                       k, watch, hw, chains);
    if (status != HM_OK) {
      return status;
    }
    hm_lists_by_unit(&chains->v.on, working->nv, &work->draws_by_unit);
    list_all(piece.n, &work->all_draws);
  }
  return HM_OK;
}

hm_status hm_gradient(const hm_working *working, const hm_cases *cases,
                      const hm_rows *rows, const hm_estimator *estimator, int k,
                      const hm_chance *chance, const hm_watch *watch,
                      hm_hardware hw, hm_gradient_work *work,
                      double *gradient) {
  const hm_status status = hm_gradient_phases(working, cases, rows, estimator,
                                              k, chance, watch, hw, work);
  if (status == HM_OK) {
    gather(1.0 / rows->n, hw, work, gradient);
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
