#include "column.h"

#include <math.h>
#include <string.h>

static hm_column column_at(const hm_run *run, int number, int first,
                           int extra) {
  const int size = run->size ? run->size[number] : 1;
  const hm_kind *kind = run->kind;
  hm_column column = {.kind = kind,
                      .run = run,
                      .number = number,
                      .size = size,
                      .first = first,
                      .width = kind->width ? kind->width(size) : 1,
                      .extra = extra,
                      .extras = kind->extras ? kind->extras(size) : 0};
  column.d = column.extras > 0 ? run->d + extra : NULL;
  return column;
}

static const hm_column none = {.kind = NULL};

hm_column hm_column_first(const hm_layer *layer) {
  return layer->columns > 0 ? column_at(layer->run, 0, 0, 0) : none;
}

void hm_column_next(const hm_layer *layer, hm_column *column) {
  const hm_run *run = column->run;
  const int first = column->first + column->width;
  const int extra = column->extra + column->extras;
  if (column->number + 1 < run->columns) {
    *column = column_at(run, column->number + 1, first, extra);
  } else if (run + 1 < layer->run + layer->runs) {
    *column = column_at(run + 1, 0, first, extra);
  } else {
    *column = none;
  }
}

void hm_layer_columns(const hm_layer *layer, hm_column *column) {
  for (hm_column at = hm_column_first(layer); at.kind;
       hm_column_next(layer, &at)) {
    *column++ = at;
  }
}

/* The log weight of a state, of which x are the units, given their inputs. */
static double log_weight(const hm_column *column, const double *a, int level,
                         double *x) {
  double sum = column->kind->code(column, level, x);
  for (int i = 0; i < column->width; i++) {
    sum += a[i] * x[i];
  }
  return sum;
}

/* Both are of the states in turn: the largest weight is taken out first, so
 * that nothing overflows. */
static double largest_weight(const hm_column *column, const double *a) {
  double x[2], largest = -HUGE_VAL;
  for (int k = 0; k < column->kind->levels(column); k++) {
    largest = fmax(largest, log_weight(column, a, k, x));
  }
  return largest;
}

double hm_levels_log_sum(const hm_column *column, const double *a) {
  const double largest = largest_weight(column, a);
  double x[2], sum = 0.0;
  for (int k = 0; k < column->kind->levels(column); k++) {
    sum += exp(log_weight(column, a, k, x) - largest);
  }
  return largest + log(sum);
}

/* Variances are about the mean, in a second pass. */
void hm_levels_mean(const hm_column *column, const double *a, double *mean,
                    double *variance, double *base_slope) {
  const double log_sum = column->kind->log_sum_at(column, a);
  const int levels = column->kind->levels(column);
  const int width = column->width < 2 ? 1 : 2;
  double x[2] = {0.0, 0.0}, center[2] = {0.0, 0.0}, square[2] = {0.0, 0.0};
  double slope[HM_WIDEST] = {0.0};
  for (int e = 0; base_slope && e < column->extras; e++) {
    base_slope[e] = 0.0;
  }
  for (int k = 0; k < levels; k++) {
    const double p = exp(log_weight(column, a, k, x) - log_sum);
    for (int i = 0; i < width; i++) {
      center[i] += p * x[i];
    }
    if (base_slope) {
      hm_column_base(column, x, slope);
      for (int e = 0; e < column->extras; e++) {
        base_slope[e] += p * slope[e];
      }
    }
  }
  for (int k = 0; variance && k < levels; k++) {
    const double p = exp(log_weight(column, a, k, x) - log_sum);
    for (int i = 0; i < width; i++) {
      square[i] += p * (x[i] - center[i]) * (x[i] - center[i]);
    }
  }
  for (int i = 0; i < width; i++) {
    mean[i] = center[i];
    if (variance) {
      variance[i] = square[i];
    }
  }
}

void hm_levels_law(const hm_column *column, const double *a, double *p) {
  const double log_sum = column->kind->log_sum_at(column, a);
  double x[HM_WIDEST] = {0.0};
  for (int k = 0; k < column->kind->levels(column); k++) {
    p[k] = exp(log_weight(column, a, k, x) - log_sum);
  }
}

/* The first state at which the shares pass u; rounding may leave none. */
void hm_levels_draw(const hm_column *column, const double *a, const double u[2],
                    double *x) {
  const double log_sum = column->kind->log_sum_at(column, a);
  const int levels = column->kind->levels(column);
  double passed = 0.0;
  int k = -1;
  do {
    passed += exp(log_weight(column, a, ++k, x) - log_sum);
  } while (passed < u[0] && k < levels - 1);
}

hm_column hm_run_first(const hm_run *run, int first) {
  return column_at(run, 0, first, run->extra);
}

int hm_run_next(hm_column *column) {
  const int number = column->number + 1;
  if (number < column->run->columns) {
    *column = column_at(column->run, number, column->first + column->width,
                        column->extra + column->extras);
  }
  return number;
}

void hm_columns_mean(hm_level level, const hm_run *run, const double *input,
                     double *mean) {
  hm_column column = hm_run_first(run, 0);
  (void)level;
  for (int q = 0; q < run->columns; q = hm_run_next(&column)) {
    run->kind->mean_at(&column, input + column.first, mean + column.first, NULL,
                       NULL);
  }
}

void hm_columns_slope(hm_level level, const hm_run *run, const double *input,
                      double *slope) {
  hm_column column = hm_run_first(run, 0);
  double mean[HM_WIDEST];
  (void)level;
  for (int q = 0; q < run->columns; q = hm_run_next(&column)) {
    run->kind->mean_at(&column, input + column.first, mean,
                       slope + column.first, NULL);
  }
}

double hm_columns_log_sum(hm_level level, const hm_run *run,
                          const double *input) {
  hm_column column = hm_run_first(run, 0);
  double sum = 0.0;
  (void)level;
  for (int q = 0; q < run->columns; q = hm_run_next(&column)) {
    sum += run->kind->log_sum_at(&column, input + column.first);
  }
  return sum;
}

double hm_columns_log_base(const hm_run *run, const double *x) {
  hm_column column = hm_run_first(run, 0);
  double sum = 0.0;
  for (int q = 0; q < run->columns; q = hm_run_next(&column)) {
    sum += hm_column_base(&column, x + column.first, NULL);
  }
  return sum;
}

/* Each column has two numbers of its own, whichever are wanted. */
void hm_columns_draw(int columns, const hm_column *column, const double *input,
                     const int *wanted, const hm_stream *stream,
                     uint32_t which_case, double *x) {
  enum { at_once = HM_PANEL / 2 };
  double u[HM_PANEL];
  for (int q = 0; q < columns; q++) {
    const int first = column[q].first;
    if (q % at_once == 0) {
      hm_uniforms(stream, which_case, HM_PANEL * (1 + q / at_once), HM_PANEL,
                  u);
    }
    if (!wanted || wanted[q]) {
      column[q].kind->draw_at(column + q, input + first, u + 2 * (q % at_once),
                              x + first);
    }
  }
}

/* In panels the units of a column stand at places from run->place +
 * column->first on, which may go over from one panel to the next. */
static void get_units(const hm_panels *panels, int s, const hm_column *column,
                      double *x) {
  for (int i = 0; i < column->width; i++) {
    x[i] = (double)*hm_panels_at(panels, s,
                                 column->run->place + column->first + i);
  }
}

static void set_units(const hm_column *column, const double *x, int s,
                      hm_panels *panels) {
  for (int i = 0; i < column->width; i++) {
    *hm_panels_at(panels, s, column->run->place + column->first + i) =
        (float)x[i];
  }
}

/* What stands beyond the run is 0. */
static void clear_beyond(const hm_run *run, int s, hm_panels *panels) {
  const int end = run->place + run->units;
  for (int i = end; i < hm_panels_across(end) * HM_PANEL; i++) {
    *hm_panels_at(panels, s, i) = 0.0f;
  }
}

void hm_columns_mean_panels(hm_level level, const hm_run *run, int from, int to,
                            const hm_panels *input, hm_panels *mean) {
  hm_column column = hm_run_first(run, 0);
  double a[HM_WIDEST], at[HM_WIDEST];
  (void)level;
  for (int q = 0; q < run->columns; q = hm_run_next(&column)) {
    for (int s = from; s < to; s++) {
      get_units(input, s, &column, a);
      run->kind->mean_at(&column, a, at, NULL, NULL);
      set_units(&column, at, s, mean);
    }
  }
  for (int s = from; s < to; s++) {
    clear_beyond(run, s, mean);
  }
}

/* The second number of a column is that of a place which no layer has. */
enum { far_place = 1 << 30 };

void hm_columns_draw_panels(hm_level level, const hm_run *run,
                            const hm_drawing *drawing, const hm_panels *input,
                            const hm_panels *mean, hm_bits *bits) {
  const int numbers = run->kind->two_numbers ? 2 : 1;
  (void)level;
  (void)mean;
  for (int s = drawing->from; s < drawing->to; s++) {
    hm_column column = hm_run_first(run, 0);
    double a[HM_WIDEST], x[HM_WIDEST], u[2][HM_PANEL] = {{0.0}};
    for (int q = 0, has = -1; q < run->columns; q = hm_run_next(&column)) {
      const int place = run->place + column.first, now = place / HM_PANEL;
      for (int l = 0; now != has && l < numbers; l++) {
        hm_uniforms(drawing->stream, (uint32_t)hm_row(drawing->rows, s),
                    l * far_place + now * HM_PANEL, HM_PANEL, u[l]);
      }
      has = now;
      const double two[2] = {u[0][place % HM_PANEL], u[1][place % HM_PANEL]};
      get_units(input, s, &column, a);
      run->kind->draw_at(&column, a, two, x);
      set_units(&column, x, s, &bits->value);
    }
  }
}

HM_UNFUSED double hm_columns_log_sum_panels(hm_level level, const hm_run *run,
                                            int s, const hm_panels *input,
                                            const hm_panels *mean) {
  hm_column column = hm_run_first(run, 0);
  double a[HM_WIDEST], sum = 0.0;
  (void)level;
  (void)mean;
  for (int q = 0; q < run->columns; q = hm_run_next(&column)) {
    get_units(input, s, &column, a);
    sum += run->kind->log_sum_at(&column, a);
  }
  return sum;
}

HM_UNFUSED double hm_columns_anneal_panels(hm_level level, const hm_run *run,
                                           int s, double from, double to,
                                           const hm_panels *input,
                                           hm_panels *mean) {
  hm_column column = hm_run_first(run, 0);
  double a[HM_WIDEST], old[HM_WIDEST], now[HM_WIDEST], sum = 0.0;
  (void)level;
  for (int q = 0; q < run->columns; q = hm_run_next(&column)) {
    get_units(input, s, &column, a);
    for (int i = 0; i < column.width; i++) {
      old[i] = from * a[i];
      now[i] = to * a[i];
    }
    sum += run->kind->log_sum_at(&column, now) -
           run->kind->log_sum_at(&column, old);
    run->kind->mean_at(&column, now, a, NULL, NULL);
    set_units(&column, a, s, mean);
  }
  clear_beyond(run, s, mean);
  return sum;
}

/* The level whose code is nearest. */
static void round_state(const hm_column *column, double *x) {
  const int width = column->width < 2 ? 1 : 2;
  double best = HUGE_VAL, code[2] = {0.0, 0.0}, nearest[2] = {0.0, 0.0};
  for (int k = 0; k < column->kind->levels(column); k++) {
    double gap = 0.0;
    column->kind->code(column, k, code);
    for (int i = 0; i < width; i++) {
      gap += fabs(code[i] - x[i]);
    }
    if (gap < best) {
      best = gap;
      memcpy(nearest, code, sizeof nearest);
    }
  }
  memcpy(x, nearest, (size_t)width * sizeof *x);
}

void hm_columns_round(const hm_layer *layer, ptrdiff_t N, double *x) {
  hm_column column = hm_column_first(layer);
  for (; column.kind; hm_column_next(layer, &column)) {
    const int scored = column.kind->extras && column.kind->levels;
    for (ptrdiff_t s = 0; s < N && scored; s++) {
      double state[2] = {0.0, 0.0};
      for (int i = 0; i < column.width; i++) {
        state[i] = x[(column.first + i) * N + s];
      }
      round_state(&column, state);
      for (int i = 0; i < column.width; i++) {
        x[(column.first + i) * N + s] = state[i];
      }
    }
  }
}
