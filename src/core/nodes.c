#include "nodes.h"

#include <math.h>
#include <string.h>

/* Standard deviations beyond which there is no mass that a double sees. */
static const double far = 9.0;

static const double most_step = 0.5;

enum { in_panel = 10 };

/* Adds to low and high what hidden unit j gets from a column of the other layer
 * at the least and at the most. */
static void widen(const hm_column *column, const double *W, ptrdiff_t stride,
                  double *low, double *high) {
  double x[HM_WIDEST], least = HUGE_VAL, most = -HUGE_VAL;
  for (int k = 0; k < column->kind->levels(column); k++) {
    double sum = 0.0;
    column->kind->code(column, k, x);
    for (int i = 0; i < column->width; i++) {
      sum += x[i] * W[(column->first + i) * stride];
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

/* What the trainer of a range looks at: the columns of both layers. */
typedef struct {
  const hm_model *model;
  const hm_column *visible;
  const hm_column *hidden;
} layers;

static int is_gaussian(const hm_column *column) {
  return column->kind == &hm_unit_gaussian;
}

/* The range of the input of unit j, what a case shows of the visible layer
 * apart: from its bias, columns of few states, finite hidden units by way of
 * Gaussian columns, and the means of these. */
static void input_range(const layers *of, int j, double *low, double *high) {
  const hm_model *model = of->model;
  const ptrdiff_t nh = model->nh;
  *low = *high = model->c[j];
  for (int q = 0; q < model->visible->columns; q++) {
    const hm_column *column = of->visible + q;
    if (!is_gaussian(column)) {
      widen(column, model->W_rows + j, nh, low, high);
      continue;
    }
    const double *row = model->W_rows + column->first * nh;
    const double by = row[j] * exp(-column->d[0]);
    *low += by * model->b[column->first];
    *high += by * model->b[column->first];
    for (int p = 0; p < model->hidden->columns; p++) {
      const hm_column *below = of->hidden + p;
      for (int i = 0; !below->kind->by_nodes && i < below->width; i++) {
        const double sent = by * row[below->first + i];
        *low += fmin(0.0, sent);
        *high += fmax(0.0, sent);
      }
    }
  }
}

/* Whether a case has some Gaussian columns seen while it is not complete. */
static int is_partly_seen(const layers *of, const hm_cases *cases, int s) {
  int seen = 0, missing = 0;
  for (int q = 0; q < of->model->visible->columns; q++) {
    const ptrdiff_t i = of->visible[q].first;
    if (isnan(cases->reals[i * cases->N + s])) {
      missing = 1;
    } else if (is_gaussian(of->visible + q)) {
      seen = 1;
    }
  }
  return seen && missing;
}

/* Widens the range by what the cases show of Gaussian columns; what they show
 * of others is in it. */
static void widen_by_cases(const layers *of, const hm_cases *cases, int j,
                           double *low, double *high) {
  const hm_model *model = of->model;
  double least = 0.0, most = 0.0;
  for (int s = 0; s < cases->N; s++) {
    double sum = 0.0;
    if (!is_partly_seen(of, cases, s)) {
      continue;
    }
    for (int q = 0; q < model->visible->columns; q++) {
      const int i = of->visible[q].first;
      const double x = cases->reals[(ptrdiff_t)i * cases->N + s];
      if (is_gaussian(of->visible + q) && !isnan(x)) {
        sum += x * model->W_rows[(ptrdiff_t)i * model->nh + j];
      }
    }
    least = fmin(least, sum);
    most = fmax(most, sum);
  }
  *low += least;
  *high += most;
}

static int any_partly_seen(const layers *of, const hm_cases *cases) {
  for (int s = 0; cases && s < cases->N; s++) {
    if (is_partly_seen(of, cases, s)) {
      return 1;
    }
  }
  return 0;
}

/* Spread and reach are those of the normal law that Gaussian columns and these
 * units have together: with S the variances of the columns, the inverse of I -
 * W'SW. */
hm_node_range hm_nodes(const hm_model *model, const hm_cases *cases) {
  hm_node_range range = {.proper = 1};
  double M[HM_NODES_UNITS][HM_NODES_UNITS];
  double low[HM_NODES_UNITS], high[HM_NODES_UNITS];
  hm_column visible[64], hidden[64];
  const layers of = {model, visible, hidden};
  if (model->visible->columns > 64 || model->hidden->columns > 64) {
    range.proper = 0;
    return range;
  }
  hm_layer_columns(model->visible, visible);
  hm_layer_columns(model->hidden, hidden);
  for (int p = 0; p < model->hidden->columns; p++) {
    if (hidden[p].kind->by_nodes && range.units < HM_NODES_UNITS) {
      range.unit[range.units] = hidden[p].first;
      range.kind[range.units++] = hidden[p].kind;
    }
  }
  for (int k = 0; k < range.units; k++) {
    for (int l = 0; l < range.units; l++) {
      M[k][l] = k == l;
    }
  }
  for (int q = 0; q < model->visible->columns; q++) {
    const double *row = model->W_rows + (ptrdiff_t)visible[q].first * model->nh;
    for (int k = 0; is_gaussian(visible + q) && k < range.units; k++) {
      for (int l = 0; l < range.units; l++) {
        M[k][l] -=
            row[range.unit[k]] * row[range.unit[l]] * exp(-visible[q].d[0]);
      }
    }
  }
  const int partly = any_partly_seen(&of, cases);
  for (int k = 0; k < range.units; k++) {
    const double left = partly ? 1.0 : fmin(1.0, M[k][k]);
    range.step[k] = left > 0.0 ? most_step / sqrt(left) : most_step;
  }
  range.proper = invert(range.units, M);
  for (int k = 0; range.proper && k < range.units; k++) {
    input_range(&of, range.unit[k], low + k, high + k);
    if (cases) {
      widen_by_cases(&of, cases, range.unit[k], low + k, high + k);
    }
  }
  for (int k = 0; range.proper && k < range.units; k++) {
    const double reach = far * sqrt(M[k][k]);
    range.low[k] = -reach;
    range.high[k] = reach;
    for (int l = 0; l < range.units; l++) {
      range.low[k] += fmin(M[k][l] * low[l], M[k][l] * high[l]);
      range.high[k] += fmax(M[k][l] * low[l], M[k][l] * high[l]);
    }
  }
  return range;
}

static int panels_of(const hm_node_range *range, int k) {
  return (int)ceil(fmax(range->high[k], far));
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
      const int panel = i / in_panel;
      d[i] = panel + 0.5 + 0.5 * side * at[pair];
      share = 0.5 * weight[pair];
    }
    d[count + i] = log(share) - 0.5 * d[i] * d[i];
  }
}
