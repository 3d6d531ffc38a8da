#include "nodes.h"

#include <math.h>
#include <string.h>

/* Standard deviations beyond which there is no mass that a double sees. */
static const double far = 9.0;

static const double most_step = 0.5;

enum { in_panel = 10 };

/* Adds to low and high what a column of few states sends at the least and at
 * the most, its unit i by W[i * stride]. */
static void widen(const hm_column *column, const double *W, ptrdiff_t stride,
                  double *low, double *high) {
  double x[HM_WIDEST], least = HUGE_VAL, most = -HUGE_VAL;
  for (int k = 0; k < column->kind->levels(column); k++) {
    double sum = 0.0;
    column->kind->code(column, k, x);
    for (int i = 0; i < column->width; i++) {
      sum += x[i] * W[i * stride];
    }
    least = fmin(least, sum);
    most = fmax(most, sum);
  }
  *low += least;
  *high += most;
}

/* M := the inverse of M (n x n), symmetric; 0 where it is not positive. */
static int invert(int n, double M[HM_NODES_UNITS][HM_NODES_UNITS]) {
  for (int k = 0; k < n; k++) {
    const double pivot = M[k][k];
    if (!(pivot > 1e-10)) {
      return 0;
    }
    M[k][k] = 1.0;
    for (int j = 0; j < n; j++) {
      M[k][j] /= pivot;
    }
    for (int i = 0; i < n; i++) {
      const double times = M[i][k];
      if (i == k) {
        continue;
      }
      M[i][k] = 0.0;
      for (int j = 0; j < n; j++) {
        M[i][j] -= times * M[k][j];
      }
    }
  }
  return 1;
}

static int is_gaussian(const hm_column *column) {
  return column->kind == &hm_unit_gaussian;
}

static hm_node_range real_units(const hm_layer *hidden) {
  hm_node_range range = {.proper = 1};
  for (hm_column column = hm_column_first(hidden); column.kind;
       hm_column_next(hidden, &column)) {
    if (column.kind->by_nodes && range.units == HM_NODES_UNITS) {
      range.proper = 0;
    } else if (column.kind->by_nodes) {
      range.unit[range.units] = column.first;
      range.kind[range.units++] = column.kind;
    }
  }
  return range;
}

/* Whether a column of case s is missing: all are where there are no cases. */
static int is_missing(const hm_cases *cases, const hm_column *column, int s) {
  return !cases || isnan(cases->reals[(ptrdiff_t)column->first * cases->N + s]);
}

/* What case s, or one of which nothing is seen, gives the real units: the
 * precision of these, and where their inputs are at the least and at the most.
 */
typedef struct {
  double precision[HM_NODES_UNITS][HM_NODES_UNITS];
  double low[HM_NODES_UNITS];
  double high[HM_NODES_UNITS];
  int endless; /* whether a column sends without a bound, which none may */
} given;

/* Adds what a seen column sends. */
static void add_seen(const hm_model *model, const hm_cases *cases,
                     const hm_column *column, int s, const hm_node_range *range,
                     given *at) {
  for (int i = column->first; i < column->first + column->width; i++) {
    const double *row = model->W_rows + (ptrdiff_t)i * model->nh;
    const double x = cases->reals[(ptrdiff_t)i * cases->N + s];
    for (int k = 0; k < range->units; k++) {
      at->low[k] += x * row[range->unit[k]];
      at->high[k] += x * row[range->unit[k]];
    }
  }
}

/* Adds what a missing Gaussian column does: it makes the units depend on one
 * another and on other hidden units, and sends its mean. */
static void add_gaussian(const hm_model *model, const hm_column *column,
                         const hm_node_range *range, given *at) {
  const double *row = model->W_rows + (ptrdiff_t)column->first * model->nh;
  const double spread = exp(-column->d[0]), b = model->b[column->first];
  for (int k = 0; k < range->units; k++) {
    const double by = spread * row[range->unit[k]];
    at->low[k] += by * b;
    at->high[k] += by * b;
    for (int l = 0; l < range->units; l++) {
      at->precision[k][l] -= by * row[range->unit[l]];
    }
    for (hm_column below = hm_column_first(model->hidden); below.kind;
         hm_column_next(model->hidden, &below)) {
      for (int i = 0; !below.kind->by_nodes && i < below.width; i++) {
        const double sent = by * row[below.first + i];
        at->low[k] += fmin(0.0, sent);
        at->high[k] += fmax(0.0, sent);
      }
    }
  }
}

/* Whether anything is missing. */
static int look_at(const hm_model *model, const hm_cases *cases, int s,
                   const hm_node_range *range, given *at) {
  int missing = 0;
  at->endless = 0;
  for (int k = 0; k < range->units; k++) {
    at->low[k] = at->high[k] = model->c[range->unit[k]];
    for (int l = 0; l < range->units; l++) {
      at->precision[k][l] = k == l;
    }
  }
  for (hm_column column = hm_column_first(model->visible); column.kind;
       hm_column_next(model->visible, &column)) {
    if (!is_missing(cases, &column, s)) {
      add_seen(model, cases, &column, s, range, at);
      continue;
    }
    missing = 1;
    if (is_gaussian(&column)) {
      add_gaussian(model, &column, range, at);
      continue;
    }
    at->endless = at->endless || !column.kind->levels;
    for (int k = 0; k < range->units && !at->endless; k++) {
      widen(
          &column,
          model->W_rows + (ptrdiff_t)column.first * model->nh + range->unit[k],
          model->nh, at->low + k, at->high + k);
    }
  }
  return missing;
}

/* The range of the units given this; proper where their law exists. */
static hm_node_range range_given(const given *at, hm_node_range range) {
  double M[HM_NODES_UNITS][HM_NODES_UNITS];
  memcpy(M, at->precision, sizeof M);
  for (int k = 0; k < range.units; k++) {
    const double left = at->precision[k][k];
    range.step[k] = left > 0.0 ? most_step / sqrt(left) : most_step;
  }
  range.proper = range.proper && !at->endless && invert(range.units, M);
  for (int k = 0; range.proper && k < range.units; k++) {
    const double reach = far * sqrt(M[k][k]);
    double least = 0.0, most = 0.0;
    for (int l = 0; l < range.units; l++) {
      const double one = M[k][l] * at->low[l], other = M[k][l] * at->high[l];
      least += fmin(one, other);
      most += fmax(one, other);
    }
    range.low[k] = least - reach;
    range.high[k] = most + reach;
    if (range.kind[k] == &hm_unit_relu && most < 0.0) {
      /* Far from its mode at 0 the law is as improbable as others are there. */
      range.high[k] = most + sqrt(most * most + reach * reach);
    }
  }
  return range;
}

/* The most that is looked at coarsely, so many times coarser than nodes are. */
enum { most_looked = 1 << 16, coarser = 8, most_hidden = 256 };

/* log of the weight of hidden states h, the visible layer summed out. */
static double log_weight_of(const hm_model *model, const hm_node_range *range,
                            const double *h) {
  double sum = 0.0, a[HM_WIDEST];
  for (int k = 0; k < range->units; k++) {
    sum -= 0.5 * h[range->unit[k]] * h[range->unit[k]];
  }
  for (int j = 0; j < model->nh; j++) {
    sum += model->c[j] * h[j];
  }
  for (hm_column column = hm_column_first(model->visible); column.kind;
       hm_column_next(model->visible, &column)) {
    for (int i = 0; i < column.width; i++) {
      const double *row =
          model->W_rows + (ptrdiff_t)(column.first + i) * model->nh;
      a[i] = model->b[column.first + i];
      for (int j = 0; j < model->nh; j++) {
        a[i] += row[j] * h[j];
      }
    }
    sum += column.kind->log_sum_at(&column, a);
  }
  return sum;
}

/* How many coarse nodes unit k has, and where number i is. */
static double coarse_count(const hm_node_range *range, int k) {
  return ceil((range->high[k] - range->low[k]) / (coarser * range->step[k])) +
         1.0;
}

static double coarse_at(const hm_node_range *range, int k, int i) {
  const double at = range->low[k] + coarser * range->step[k] * i;
  return range->kind[k] == &hm_unit_relu ? fmax(0.0, at) : at;
}

/* State number `index` of all: nodes of real units, then states of others. */
static void set_coarse(const hm_model *model, const hm_node_range *range,
                       int64_t index, double *h) {
  for (int k = 0; k < range->units; k++) {
    const int count = (int)coarse_count(range, k);
    h[range->unit[k]] = coarse_at(range, k, (int)(index % count));
    index /= count;
  }
  for (hm_column column = hm_column_first(model->hidden); column.kind;
       hm_column_next(model->hidden, &column)) {
    if (!column.kind->by_nodes) {
      const int levels = column.kind->levels(&column);
      column.kind->code(&column, (int)(index % levels), h + column.first);
      index /= levels;
    }
  }
}

/* How many there are; more than most_looked where they are too many. */
static int64_t coarse_states(const hm_model *model,
                             const hm_node_range *range) {
  double states = 1.0;
  for (int k = 0; k < range->units; k++) {
    states *= coarse_count(range, k);
  }
  for (hm_column column = hm_column_first(model->hidden); column.kind;
       hm_column_next(model->hidden, &column)) {
    if (!column.kind->by_nodes) {
      states *= column.kind->levels(&column);
    }
  }
  return states > most_looked ? most_looked + 1 : (int64_t)states;
}

/* Of the widest range what matters: along a unit the log weight falls from any
 * mode at most as fast as a normal law of the step's standard deviation, so
 * that a node nearby, at most two of these away in each direction, is less than
 * `lost` below it. */
static hm_node_range trim(const hm_model *model, const hm_node_range *widest) {
  const double lost = 2.0 * widest->units * widest->units, enough = 45.0;
  const int64_t states = coarse_states(model, widest);
  double h[most_hidden] = {0.0}, best = -HUGE_VAL;
  hm_node_range range = *widest;
  if (states > most_looked || model->nh > most_hidden) {
    return range;
  }
  for (int64_t t = 0; t < states; t++) {
    set_coarse(model, widest, t, h);
    const double weight = log_weight_of(model, widest, h);
    best = fmax(best, weight);
  }
  for (int k = 0; k < range.units; k++) {
    range.low[k] = HUGE_VAL;
    range.high[k] = -HUGE_VAL;
  }
  for (int64_t t = 0; t < states; t++) {
    set_coarse(model, widest, t, h);
    const double weight = log_weight_of(model, widest, h);
    for (int k = 0; weight > best - enough - lost && k < range.units; k++) {
      const double at = h[widest->unit[k]], wide = coarser * widest->step[k];
      range.low[k] = fmin(range.low[k], fmax(at - wide, widest->low[k]));
      range.high[k] = fmax(range.high[k], fmin(at + wide, widest->high[k]));
    }
  }
  for (int k = 0; k < range.units; k++) { /* which says how steep it falls */
    if (range.kind[k] == &hm_unit_relu) {
      range.low[k] = widest->low[k];
    }
  }
  return range;
}

hm_node_range hm_nodes_of_nothing(const hm_model *model) {
  const hm_node_range units = real_units(model->hidden);
  given at;
  look_at(model, NULL, 0, &units, &at);
  const hm_node_range widest = range_given(&at, units);
  return widest.proper ? trim(model, &widest) : widest;
}

static int is_empty(const hm_model *model, const hm_cases *cases, int s) {
  for (hm_column column = hm_column_first(model->visible); column.kind;
       hm_column_next(model->visible, &column)) {
    if (!is_missing(cases, &column, s)) {
      return 0;
    }
  }
  return 1;
}

/* all := what is in either. */
static void join(const hm_node_range *one, int first, hm_node_range *all) {
  for (int k = 0; k < one->units; k++) {
    all->low[k] = first ? one->low[k] : fmin(all->low[k], one->low[k]);
    all->high[k] = first ? one->high[k] : fmax(all->high[k], one->high[k]);
    all->step[k] = first ? one->step[k] : fmin(all->step[k], one->step[k]);
  }
  all->proper = all->proper && one->proper;
}

/* Cases of which all is seen need no nodes; where all are such, one is there.
 */
hm_node_range hm_nodes_of_cases(const hm_model *model, const hm_cases *cases) {
  const hm_node_range units = real_units(model->hidden);
  hm_node_range all = units;
  int joined = 0, empty = 0;
  for (int k = 0; k < units.units; k++) {
    all.low[k] = all.high[k] = 0.0;
    all.step[k] = most_step;
  }
  for (int s = 0; s < cases->N; s++) {
    given at;
    if (is_empty(model, cases, s)) {
      empty = 1;
    } else if (look_at(model, cases, s, &units, &at)) {
      const hm_node_range one = range_given(&at, units);
      join(&one, joined++ == 0, &all);
    }
  }
  if (empty) {
    const hm_node_range one = hm_nodes_of_nothing(model);
    join(&one, joined == 0, &all);
  }
  return all;
}

/* Panels of a rectified unit: of width 1, of which the first is halved towards
 * 0 until an input as low as there may be, by which the density falls there,
 * makes it fall by no more than exp(10) in one. */
static int halvings_of(const hm_node_range *range, int k) {
  const double steep = fmax(1.0, -range->low[k] / 10.0);
  return (int)fmin(40.0, ceil(log(steep) / log(2.0)));
}

static int panels_of(const hm_node_range *range, int k) {
  return (int)ceil(fmax(range->high[k], 1.0)) + halvings_of(range, k);
}

/* Where panel number `panel` begins, and how wide it is. */
static double panel_at(int halvings, int panel, double *wide) {
  if (panel > halvings) {
    *wide = 1.0;
    return panel - halvings;
  }
  *wide = ldexp(1.0, panel == 0 ? -halvings : panel - 1 - halvings);
  return panel == 0 ? 0.0 : *wide;
}

int hm_nodes_count(const hm_node_range *range, int k) {
  if (range->kind[k] == &hm_unit_relu) {
    return in_panel * panels_of(range, k);
  }
  return (int)ceil((range->high[k] - range->low[k]) / range->step[k]) + 1;
}

void hm_nodes_set(const hm_node_range *range, int k, double *d) {
  static const double at[] = {0.1488743389816312, 0.4333953941292472,
                              0.6794095682990244, 0.8650633666889845,
                              0.9739065285171717};
  static const double weight[] = {0.2955242247147529, 0.2692667193099963,
                                  0.2190863625159820, 0.1494513491505806,
                                  0.0666713443086881};
  const int count = hm_nodes_count(range, k);
  for (int i = 0; i < count; i++) {
    double share = range->step[k];
    d[i] = range->low[k] + share * i;
    if (range->kind[k] == &hm_unit_relu) {
      const int node = i % in_panel, pair = node / 2;
      const double side = node % 2 ? 1.0 : -1.0;
      double wide;
      const double begin = panel_at(halvings_of(range, k), i / in_panel, &wide);
      d[i] = begin + 0.5 * wide * (1.0 + side * at[pair]);
      share = 0.5 * wide * weight[pair];
    }
    d[count + i] = log(share) - 0.5 * d[i] * d[i];
  }
}
