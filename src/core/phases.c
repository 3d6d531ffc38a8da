#include "phases.h"

#include <string.h>

#define HM_UNROLL_ALL
#define HM_KERNEL_FILE "phases-kernel.h"
#include "simd-each-kernel.h"

void hm_phases_lay(hm_arena *arena, const hm_layer *visible,
                   const hm_layer *hidden, const hm_phases_needs *needs,
                   hm_phases *phases) {
  const int nv = visible->units, nh = hidden->units;
  const int more = needs->cases > needs->chains ? needs->cases : needs->chains;
  /* Values take as much room again. */
  const int most =
      needs->reals || visible->valued ? HM_PHASES_ROOM / 2 : HM_PHASES_ROOM;
  const int limit = more < most ? more : most;
  const int room = hm_chains_at_once(nv, nh, limit);
  phases->visible = visible;
  phases->hidden = hidden;
  phases->room = room;
  hm_chains_lay(arena, visible, hidden, room, needs->reals || needs->weighs,
                &phases->chains);
  hm_panels_lay(arena, room, hidden->places, &phases->data_mean_h);
  hm_lists_lay(arena, nv, room, &phases->data_by_unit);
  hm_lists_lay(arena, nv, room, &phases->draws_by_unit);
  hm_lists_lay(arena, 1, room, &phases->all_data);
  hm_lists_lay(arena, 1, room, &phases->all_draws);
  phases->data_value = phases->draws_value = phases->draw_weight = NULL;
  if (needs->reals) {
    phases->data_value = hm_allot(arena, (ptrdiff_t)nv * room, sizeof(float));
  }
  if (needs->weighs || visible->valued) {
    phases->draws_value = hm_allot(arena, (ptrdiff_t)nv * room, sizeof(float));
  }
  if (needs->weighs) {
    phases->draw_weight = hm_allot(arena, room, sizeof(float));
  }
  phases->sum = phases->pieces = NULL;
  if (more > room || needs->gathers) {
    phases->pieces = hm_allot(arena, hm_parameters(nv, nh), sizeof(double));
  }
  if (needs->adds) {
    phases->sum = hm_allot(arena, hm_parameters(nv, nh), sizeof(double));
  }
  phases->data_mean = hm_allot(arena, (ptrdiff_t)nv + nh, sizeof(double));
  phases->of_extras = hm_allot(arena, visible->extras, sizeof(double));
  phases->data_weight = hm_allot(arena, room, sizeof(float));
  phases->weighs_data = 0;
  phases->after.words = hm_allot(arena, needs->words, sizeof(uint32_t));
  phases->after.numbers = hm_allot(arena, needs->numbers, sizeof(double));
  phases->own = NULL;
}

/* Whether something is added up that is not 0, 1, or a mean between them. */
static int has_values(const hm_phases *phases) {
  return phases->hidden->valued || phases->weighs_data ||
         phases->data_by_unit.value || phases->draws_by_unit.value ||
         phases->all_draws.value;
}

/* The rows of a panel that lists name, from the strip's column on. */
typedef struct {
  const hm_lists *lists;
  int cases;
  int exact; /* whether they and their sums are so in single precision */
  const hm_panels *mean_h;
} addends;

static void sum_exact(hm_level level, const addends *of, const hm_strip *strip,
                      const float *less, float *sum) {
  static void (*const sum_rows[])(const hm_lists *, const hm_strip *,
                                  const hm_panels *, const float *, float *) =
      HM_LEVELS(sum_rows);
  sum_rows[level](of->lists, strip, of->mean_h, less, sum);
}

/* sum += `share` times their sums, in double precision. */
static void add_in_double(hm_level level, const addends *of,
                          const hm_strip *strip, double share, double *sum) {
  static void (*const add_values[])(const hm_lists *, const hm_strip *,
                                    const hm_panels *, int, double, double *) =
      HM_LEVELS(add_values);
  static void (*const add_singles[])(ptrdiff_t, double, const float *,
                                     double *) = HM_LEVELS(add_singles);
  if (!of->exact) {
    add_values[level](of->lists, strip, of->mean_h, of->cases, share, sum);
    return;
  }
  float part[HM_PANEL * HM_STRIP * HM_PANEL];
  sum_exact(level, of, strip, NULL, part);
  add_singles[level]((ptrdiff_t)strip->high * strip->tiles * HM_PANEL, share,
                     part, sum);
}

/* The two phases' lists; one list of all cases each, or one of each unit. */
static addends of_data(const hm_phases *phases, const hm_lists *lists) {
  const addends of = {
      lists, phases->all_data.count[0],
      !lists->value && !phases->weighs_data && !phases->hidden->valued,
      &phases->data_mean_h};
  return of;
}

static addends of_draws(const hm_phases *phases, const hm_lists *lists) {
  const addends of = {lists, phases->all_draws.count[0],
                      !lists->value && !phases->hidden->valued,
                      &phases->chains.mean_h};
  return of;
}

/* sums := those of the rows that data and draws have, over the strip's panels,
 * or their difference where a draw counts as much as a case: what of it is
 * exact stays so. */
static void sum_phases(hm_level level, const addends *data,
                       const addends *draws, const hm_strip *strip,
                       const hm_phases *phases, hm_strip_sums *sums) {
  const double less = phases->shares.data_units;
  const double more = phases->shares.draws_units;
  sums->in_double = has_values(phases);
  sums->apart = less < more || less > more;
  if (sums->in_double) {
    double *difference = sums->of.difference;
    memset(
        difference, 0,
        (size_t)(strip->high * strip->tiles * HM_PANEL) * sizeof *difference);
    add_in_double(level, data, strip, -less, difference);
    add_in_double(level, draws, strip, more, difference);
  } else {
    float *of_data_alone = sums->of.sums.data;
    sum_exact(level, data, strip, NULL, of_data_alone);
    sum_exact(level, draws, strip, sums->apart ? NULL : of_data_alone,
              sums->of.sums.draws);
  }
}

/* g := the difference of the sums of tile q, in units, each of which is so
 * much.
 */
static void subtract_phases(hm_level level, const hm_strip *strip, int q,
                            const hm_strip_sums *sums, const hm_phases *phases,
                            double unit, double *g) {
  static void (*const subtract[])(int, ptrdiff_t, double, double, double,
                                  const float *, const float *, double *) =
      HM_LEVELS(subtract);
  static void (*const scale[])(int, ptrdiff_t, double, const double *,
                               double *) = HM_LEVELS(scale);
  const ptrdiff_t stride = (ptrdiff_t)strip->tiles * HM_PANEL;
  if (!sums->in_double) {
    subtract[level](strip->high, stride, phases->shares.data_units,
                    phases->shares.draws_units, unit,
                    sums->apart ? sums->of.sums.data + q * HM_PANEL : NULL,
                    sums->of.sums.draws + q * HM_PANEL, g);
    return;
  }
  scale[level](strip->high, stride, unit, sums->of.difference + q * HM_PANEL,
               g);
}

int hm_strips(const hm_layer *visible, const hm_layer *hidden) {
  const int across = hm_panels_across(hidden->places);
  return hm_panels_across(visible->places) *
         (across / HM_STRIP + (across % HM_STRIP > 0));
}

/* One row of the panels from `column` on. */
static hm_strip panels_from(int column, const hm_layer *hidden) {
  const int left = hm_panels_across(hidden->places) - column;
  hm_strip strip = {0, 0, 1, column, left < HM_STRIP ? left : HM_STRIP};
  return strip;
}

hm_strip hm_strip_at(const hm_layer *visible, const hm_layer *hidden, int i) {
  const int rows = hm_panels_across(visible->places);
  const hm_span span = hm_layer_panel(visible, i % rows);
  hm_strip strip = panels_from(i / rows * HM_STRIP, hidden);
  strip.row = i % rows;
  strip.top = span.first;
  strip.high = span.units;
  return strip;
}

void hm_phases_strip(hm_level level, const hm_strip *strip,
                     const hm_phases *phases, hm_strip_sums *sums) {
  const addends data = of_data(phases, &phases->data_by_unit);
  const addends draws = of_draws(phases, &phases->draws_by_unit);
  sum_phases(level, &data, &draws, strip, phases, sums);
}

/* The same with earlier pieces. */
static void add_up_tile(hm_level level, const hm_strip *strip, int q,
                        const hm_strip_sums *sums, const hm_phases *phases,
                        double *g) {
  const int nh = phases->hidden->units;
  const hm_span left = hm_layer_panel(phases->hidden, strip->column + q);
  subtract_phases(level, strip, q, sums, phases, 1.0, g);
  for (int i = 0; phases->gathered && i < strip->high; i++) {
    const double *earlier =
        phases->pieces + (ptrdiff_t)(strip->top + i) * nh + left.first;
    for (int j = 0; j < left.units; j++) {
      g[i * HM_PANEL + j] += earlier[j];
    }
  }
}

void hm_phases_tile(hm_level level, const hm_strip *strip, int q,
                    const hm_strip_sums *sums, const hm_phases *phases,
                    double *g) {
  const int nh = phases->hidden->units;
  const hm_span left = hm_layer_panel(phases->hidden, strip->column + q);
  if (phases->gathered) {
    add_up_tile(level, strip, q, sums, phases, g);
    for (int i = 0; i < strip->high * HM_PANEL; i++) {
      g[i] *= phases->shares.unit;
    }
  } else {
    subtract_phases(level, strip, q, sums, phases, phases->shares.unit, g);
  }
  for (int i = 0; phases->summed && i < strip->high; i++) {
    const double *sum =
        phases->sum + (ptrdiff_t)(strip->top + i) * nh + left.first;
    for (int j = 0; j < left.units; j++) {
      g[i * HM_PANEL + j] += sum[j];
    }
  }
}

/* How much the items of list i count, each by its weight where there are any.
 */
static double sum_list(const hm_lists *lists, int i, const float *weight) {
  const ptrdiff_t first = (ptrdiff_t)i * lists->stride;
  double sum = 0.0;
  for (int t = 0; weight && t < lists->count[i]; t++) {
    const double value = lists->value ? (double)lists->value[first + t] : 1.0;
    sum += value * (double)weight[lists->item[first + t]];
  }
  if (weight) {
    return sum;
  }
  if (!lists->value) {
    return lists->count[i];
  }
  for (int t = 0; t < lists->count[i]; t++) {
    sum += (double)lists->value[first + t];
  }
  return sum;
}

static const float *weight_of(const hm_phases *phases) {
  return phases->weighs_data ? phases->data_weight : NULL;
}

/* Those of the biases in units, with earlier pieces, in place of which they may
 * be put. */
static void add_up_biases(hm_level level, const hm_phases *phases, double *gb,
                          double *gc) {
  const int nv = phases->visible->units, nh = phases->hidden->units;
  const int across = hm_panels_across(phases->hidden->places);
  const addends data = of_data(phases, &phases->all_data);
  const addends draws = of_draws(phases, &phases->all_draws);
  const double *earlier =
      phases->gathered ? phases->pieces + (ptrdiff_t)nv * nh : NULL;
  for (int i = 0; i < nv; i++) {
    gb[i] =
        phases->shares.draws_units * sum_list(&phases->draws_by_unit, i, NULL) -
        phases->shares.data_units *
            sum_list(&phases->data_by_unit, i, weight_of(phases)) +
        (earlier ? earlier[i] : 0.0);
  }
  for (int q = 0; q < across; q += HM_STRIP) {
    const hm_strip strip = panels_from(q, phases->hidden);
    hm_strip_sums sums;
    sum_phases(level, &data, &draws, &strip, phases, &sums);
    for (int p = 0; p < strip.tiles; p++) {
      const hm_span span = hm_layer_panel(phases->hidden, q + p);
      double g[HM_PANEL];
      subtract_phases(level, &strip, p, &sums, phases, 1.0, g);
      for (int j = 0; j < span.units; j++) {
        const int unit = span.first + j;
        gc[unit] = g[j] + (earlier ? earlier[nv + unit] : 0.0);
      }
    }
  }
}

void hm_phases_biases(hm_level level, const hm_phases *phases, double *gb,
                      double *gc) {
  const int nv = phases->visible->units, nh = phases->hidden->units;
  const ptrdiff_t first = (ptrdiff_t)nv * nh;
  add_up_biases(level, phases, gb, gc);
  for (int i = 0; i < nv + nh; i++) {
    double *g = i < nv ? gb + i : gc + i - nv;
    *g = phases->shares.unit * *g +
         (phases->summed ? phases->sum[first + i] : 0.0);
  }
}

typedef void tile_maker(hm_level, const hm_strip *, int, const hm_strip_sums *,
                        const hm_phases *, double *);

/* The weights' part of theta, strip by strip. */
static void fill_weights(hm_hardware hw, const hm_phases *phases,
                         tile_maker *make, double *theta) {
  const int nv = phases->visible->units, nh = phases->hidden->units;
  const int strips = hm_strips(phases->visible, phases->hidden);
  const int parallel = hm_chains_worth_threads(nv, nh, phases->room);
#ifdef _OPENMP
#pragma omp parallel for num_threads(hw.threads) if (parallel)
#endif
  for (int i = 0; i < strips; i++) {
    const hm_strip strip = hm_strip_at(phases->visible, phases->hidden, i);
    hm_strip_sums sums;
    hm_phases_strip(hw.level, &strip, phases, &sums);
    for (int q = 0; q < strip.tiles; q++) {
      const hm_span span = hm_layer_panel(phases->hidden, strip.column + q);
      double g[HM_PANEL * HM_PANEL];
      make(hw.level, &strip, q, &sums, phases, g);
      for (int row = 0; row < strip.high; row++) {
        memcpy(theta + (ptrdiff_t)(strip.top + row) * nh + span.first,
               g + row * HM_PANEL, (size_t)span.units * sizeof *g);
      }
    }
  }
  (void)parallel;
}

void hm_phases_extras(const hm_phases *phases, double *gd) {
  hm_layer_scale_slopes(phases->visible, phases->shares.unit, phases->of_extras,
                        gd);
}

void hm_phases_gradient(hm_hardware hw, const hm_phases *phases,
                        double *gradient) {
  const int nv = phases->visible->units, nh = phases->hidden->units;
  double *gb = gradient + (ptrdiff_t)nv * nh;
  fill_weights(hw, phases, hm_phases_tile, gradient);
  hm_phases_biases(hw.level, phases, gb, gb + nv);
  hm_phases_extras(phases, gb + nv + nh);
}

static void empty(hm_lists *lists) {
  memset(lists->count, 0, (size_t)lists->n * sizeof *lists->count);
}

void hm_phases_drop_data(hm_phases *phases) {
  empty(&phases->data_by_unit);
  empty(&phases->all_data);
}

static void drop_draws(hm_phases *phases) {
  empty(&phases->draws_by_unit);
  empty(&phases->all_draws);
  phases->draws_by_unit.value = phases->all_draws.value = NULL;
}

double *hm_phases_sum(hm_phases *phases) {
  if (!phases->summed) {
    const int nv = phases->visible->units, nh = phases->hidden->units;
    memset(phases->sum, 0, (size_t)hm_parameters(nv, nh) * sizeof *phases->sum);
    phases->summed = 1;
  }
  return phases->sum;
}

void hm_phases_gather(hm_hardware hw, hm_phases *phases) {
  const int nv = phases->visible->units, nh = phases->hidden->units;
  if (!phases->pieces) {
    return; /* nobody gathers who did not say so when the room was laid out */
  }
  double *of_biases = phases->pieces + (ptrdiff_t)nv * nh;
  fill_weights(hw, phases, add_up_tile, phases->pieces);
  add_up_biases(hw.level, phases, of_biases, of_biases + nv);
  phases->gathered = 1;
  hm_phases_drop_data(phases);
  drop_draws(phases);
}

void hm_to_grid(hm_level level, ptrdiff_t n, const float *from, float *to) {
  static void (*const snap[])(ptrdiff_t, const float *, float *) =
      HM_LEVELS(snap);
  snap[level](n, from, to);
}

static void reals_to_grid(ptrdiff_t n, const float *from, float *to) {
  for (ptrdiff_t i = 0; i < n; i++) {
    to[i] = (float)hm_on_grid((double)from[i]);
  }
}

/* The values of the lists come onto the grid. */
static void lists_to_grid(hm_lists *lists) {
  for (int i = 0; lists->value && i < lists->n; i++) {
    float *value = lists->value + (ptrdiff_t)i * lists->stride;
    reals_to_grid(lists->count[i], value, value);
  }
}

/* The first n rows of to := those of from, on the grid. */
static void set_on_grid(hm_level level, const hm_layer *hidden, int n,
                        const hm_panels *from, hm_panels *to) {
  const ptrdiff_t length = (ptrdiff_t)n * HM_PANEL;
  for (int q = 0; q < hm_panels_across(hidden->places); q++) {
    const int first = hm_layer_panel(hidden, q).first;
    const float *row = hm_panel_row(from, q, 0);
    if (hm_layer_run(hidden, first)->kind->listed) {
      hm_to_grid(level, length, row, hm_panel_row(to, q, 0));
    } else {
      reals_to_grid(length, row, hm_panel_row(to, q, 0));
    }
  }
}

/* The one list := n cases from 0 on. */
static void list_all(int n, hm_lists *lists) {
  lists->count[0] = n;
  for (int s = 0; s < n; s++) {
    lists->item[s] = s;
  }
}

/* Draws by unit. */
static void turn_draws(hm_phases *phases) {
  const hm_lists *v = &phases->chains.v;
  phases->draws_by_unit.value = v->value ? phases->draws_value : NULL;
  hm_lists_by_unit(v, phases->draws_by_unit.n, &phases->draws_by_unit);
  lists_to_grid(&phases->draws_by_unit);
}

/* What these give the extra parameters, as they are turned, each counted by its
 * weight where there are any. */
static void add_draw_slopes(hm_draws_are what, const float *weight,
                            hm_phases *phases) {
  const hm_lists *v = &phases->chains.v;
  const double share = phases->shares.draws_units;
  if (what == HM_MEANS) {
    hm_layer_mean_slopes(phases->visible, v->n, &phases->chains.input_v, weight,
                         share, phases->of_extras);
  } else {
    hm_layer_base_slopes(phases->visible, v, &phases->draws_by_unit, weight,
                         share, phases->of_extras);
  }
}

/* The values of each draw := its weight, times what they are where they are
 * real. */
static void weigh_draws(int real, hm_phases *phases) {
  hm_lists *v = &phases->chains.v;
  v->value = phases->chains.value;
  for (int s = 0; s < v->n; s++) {
    float *value = v->value + (ptrdiff_t)s * v->stride;
    const float weight = phases->draw_weight[s];
    for (int t = 0; t < v->count[s]; t++) {
      value[t] = real ? value[t] * weight : weight;
    }
  }
  phases->all_draws.value = phases->draw_weight;
}

void hm_phases_set_draws(hm_level level, hm_draws_are what, hm_phases *phases) {
  const hm_lists *v = &phases->chains.v;
  const int of_cases = what == HM_OF_CASES || what == HM_MEANS;
  if (of_cases && phases->weighs_data) {
    memcpy(phases->draw_weight, phases->data_weight,
           (size_t)v->n * sizeof *phases->draw_weight);
  }
  turn_draws(phases);
  if (what == HM_WEIGHTED || (of_cases && phases->weighs_data)) {
    reals_to_grid(v->n, phases->draw_weight, phases->draw_weight);
    add_draw_slopes(what, phases->draw_weight, phases);
    weigh_draws(phases->visible->valued || what == HM_MEANS, phases);
    turn_draws(phases);
  } else {
    add_draw_slopes(what, NULL, phases);
  }
  list_all(v->n, &phases->all_draws);
  set_on_grid(level, phases->hidden, v->n, &phases->chains.mean_h,
              &phases->chains.mean_h);
}

/* data_mean += the sums over the cases as they stand. */
static void add_data_mean(hm_level level, hm_phases *phases) {
  const int nv = phases->visible->units;
  const int across = hm_panels_across(phases->hidden->places);
  const addends data = of_data(phases, &phases->all_data);
  for (int i = 0; i < nv; i++) {
    phases->data_mean[i] +=
        sum_list(&phases->data_by_unit, i, weight_of(phases));
  }
  for (int q = 0; q < across; q++) {
    const hm_span span = hm_layer_panel(phases->hidden, q);
    const hm_strip strip = {0, 0, 1, q, 1};
    double sum[HM_PANEL] = {0.0};
    add_in_double(level, &data, &strip, 1.0, sum);
    for (int j = 0; j < span.units; j++) {
      phases->data_mean[nv + span.first + j] += sum[j];
    }
  }
}

void hm_phases_end_means(hm_phases *phases) {
  const int units = phases->visible->units + phases->hidden->units;
  for (int i = 0; i < units; i++) {
    phases->data_mean[i] *= phases->shares.data;
  }
}

hm_shares hm_shares_of(int cases, int draws) {
  const int alike = cases == draws;
  const hm_shares shares = {
      .data = 1.0 / cases,
      .draws = 1.0 / draws,
      .unit = alike ? 1.0 / cases : 1.0 / ((double)cases * draws),
      .data_units = alike ? 1.0 : draws,
      .draws_units = alike ? 1.0 : cases};
  return shares;
}

void hm_phases_begin(int cases, int draws, hm_phases *phases) {
  const int nv = phases->visible->units, nh = phases->hidden->units;
  phases->shares = hm_shares_of(cases, draws);
  phases->gathered = phases->summed = 0;
  memset(phases->data_mean, 0, (size_t)(nv + nh) * sizeof *phases->data_mean);
  memset(phases->of_extras, 0,
         (size_t)phases->visible->extras * sizeof *phases->of_extras);
  hm_phases_drop_data(phases);
  drop_draws(phases);
}

void hm_phases_share(double data_share, double draws_share, hm_phases *phases) {
  const hm_shares shares = {data_share, draws_share, 1.0, data_share,
                            draws_share};
  phases->shares = shares;
}

/* Row s of panels is so much more or less, on the grid. */
static void weigh(float weight, int s, hm_panels *panels) {
  for (int q = 0; q < hm_panels_across(panels->width); q++) {
    float *row = hm_panel_row(panels, q, s);
    for (int j = 0; j < HM_PANEL; j++) {
      row[j] *= weight;
    }
    reals_to_grid(HM_PANEL, row, row);
  }
}

void hm_phases_set_data(hm_level level, hm_phases *phases) {
  const int nv = phases->visible->units;
  const hm_chains *chains = &phases->chains;
  const int n = chains->v.n;
  phases->data_by_unit.value = chains->v.value ? phases->data_value : NULL;
  hm_lists_by_unit(&chains->v, nv, &phases->data_by_unit);
  lists_to_grid(&phases->data_by_unit);
  list_all(n, &phases->all_data);
  set_on_grid(level, phases->hidden, n, &chains->mean_h, &phases->data_mean_h);
  if (phases->weighs_data) {
    reals_to_grid(n, phases->data_weight, phases->data_weight);
  }
  for (int s = 0; phases->weighs_data && s < n; s++) {
    weigh(phases->data_weight[s], s, &phases->data_mean_h);
  }
  hm_layer_base_slopes(phases->visible, &chains->v, &phases->data_by_unit,
                       weight_of(phases), -phases->shares.data_units,
                       phases->of_extras);
  add_data_mean(level, phases);
}
