#include "column.h"

#include <math.h>
#include <string.h>

hm_layer hm_layer_of(int runs, hm_run *run) {
  hm_layer layer = {.counted = 1, .runs = runs, .run = run};
  for (int r = 0; r < runs; r++) {
    const hm_kind *kind = run[r].kind;
    run[r].columns = kind->width ? run[r].columns : run[r].units;
    run[r].size = kind->most_size > 0 ? run[r].size : NULL;
    run[r].first = layer.units;
    run[r].place = hm_panels_across(layer.places) * HM_PANEL;
    run[r].extra = layer.extras;
    layer.units += run[r].units;
    layer.valued = layer.valued || !run[r].kind->listed;
    layer.places = run[r].place + run[r].units;
    layer.columns += run[r].columns;
    layer.counted = layer.counted && hm_unit_counted(kind);
    layer.by_input = layer.by_input || kind->by_input;
    for (int q = 0; kind->extras && q < run[r].columns; q++) {
      layer.extras += kind->extras(run[r].size ? run[r].size[q] : 1);
    }
  }
  return layer;
}

hm_layer hm_layer_with(const hm_layer *layer, const double *d, hm_run *run) {
  hm_layer other = *layer;
  memcpy(run, layer->run, (size_t)layer->runs * sizeof *run);
  for (int r = 0; r < layer->runs; r++) {
    run[r].d = d;
  }
  other.run = run;
  return other;
}

hm_span hm_layer_panel(const hm_layer *layer, int q) {
  const int place = q * HM_PANEL;
  const hm_run *run = layer->run;
  while (place - run->place >= run->units) {
    run++;
  }
  const int at = place - run->place, left = run->units - at;
  hm_span span = {run->first + at, left < HM_PANEL ? left : HM_PANEL};
  return span;
}

const hm_run *hm_layer_run(const hm_layer *layer, int i) {
  const hm_run *run = layer->run;
  while (i - run->first >= run->units) {
    run++;
  }
  return run;
}

void hm_layer_set_singles(const hm_layer *layer, const double *from,
                          float *to) {
  for (int q = 0; q < hm_panels_across(layer->places); q++) {
    const hm_span span = hm_layer_panel(layer, q);
    hm_set_singles(span.units, from + span.first, to + (ptrdiff_t)q * HM_PANEL);
  }
}

void hm_layer_get(const hm_layer *layer, int n, const hm_panels *panels,
                  double *x) {
  for (int q = 0; q < hm_panels_across(layer->places); q++) {
    const hm_span span = hm_layer_panel(layer, q);
    for (int s = 0; s < n; s++) {
      const float *row = hm_panel_row(panels, q, s);
      double *to = x + (ptrdiff_t)s * layer->units + span.first;
      for (int i = 0; i < span.units; i++) {
        to[i] = (double)row[i];
      }
    }
  }
}

/* Appends the units of a run whose bits are on, from `word` on. */
static int list_run(const hm_run *run, const uint32_t *word, int *item) {
  const int across = hm_panels_across(run->units);
  const uint32_t in_last = 0xFFFFFFFFu >> (across * HM_PANEL - run->units);
  int count = 0;
  for (int q = 0; q < across; q++) {
    uint32_t left = word[q] & (q == across - 1 ? in_last : 0xFFFFFFFFu);
    for (; left; left &= left - 1) {
      item[count++] = run->first + q * HM_PANEL + hm_lowest_bit(left);
    }
  }
  return count;
}

/* Appends the units of a run that are not 0 in row s of panels of values. */
static int list_values(const hm_run *run, const hm_panels *panels, int s,
                       int *item, float *value) {
  int count = 0;
  for (int i = 0; i < run->units; i++) {
    const float now = *hm_panels_at(panels, s, run->place + i);
    item[count] = run->first + i;
    value[count] = now;
    count += now != 0.0f;
  }
  return count;
}

void hm_list_bits(int from, int to, const hm_layer *layer, const hm_bits *bits,
                  hm_lists *lists) {
  for (int s = from; s < to; s++) {
    const uint32_t *word = bits->word + s * bits->stride;
    const ptrdiff_t first = (ptrdiff_t)s * lists->stride;
    int *item = lists->item + first;
    int count = 0;
    for (int r = 0; r < layer->runs; r++) {
      const hm_run *run = layer->run + r;
      const int before = count;
      if (!run->kind->listed) {
        count += list_values(run, &bits->value, s, item + count,
                             lists->value + first + count);
        continue;
      }
      count += list_run(run, word + run->place / HM_PANEL, item + count);
      for (int t = before; layer->valued && t < count; t++) {
        lists->value[first + t] = 1.0f;
      }
    }
    lists->count[s] = count;
  }
}

void hm_bits_of_list(const hm_layer *layer, const hm_lists *lists, int s,
                     uint32_t *word) {
  const int *item = lists->item + (ptrdiff_t)s * lists->stride;
  memset(word, 0, (size_t)hm_panels_across(layer->places) * sizeof *word);
  for (int t = 0; t < lists->count[s]; t++) {
    const int place = hm_layer_place(layer, item[t]);
    word[place / HM_PANEL] |= 1u << place % HM_PANEL;
  }
}

void hm_layer_mean(hm_level level, const hm_layer *layer, const double *input,
                   double *mean) {
  for (int r = 0; r < layer->runs; r++) {
    const hm_run *run = layer->run + r;
    (run->kind->mean ? run->kind->mean : hm_columns_mean)(
        level, run, input + run->first, mean + run->first);
  }
}

void hm_layer_slope(hm_level level, const hm_layer *layer, const double *input,
                    double *slope) {
  for (int r = 0; r < layer->runs; r++) {
    const hm_run *run = layer->run + r;
    (run->kind->slope ? run->kind->slope : hm_columns_slope)(
        level, run, input + run->first, slope + run->first);
  }
}

double hm_layer_log_sum(hm_level level, const hm_layer *layer,
                        const double *input) {
  double sum = 0.0;
  for (int r = 0; r < layer->runs; r++) {
    const hm_run *run = layer->run + r;
    sum += (run->kind->log_sum ? run->kind->log_sum : hm_columns_log_sum)(
        level, run, input + run->first);
  }
  return sum;
}

void hm_layer_mean_panels(hm_level level, const hm_layer *layer, int from,
                          int to, const hm_panels *input, hm_panels *mean) {
  for (int r = 0; r < layer->runs; r++) {
    const hm_run *run = layer->run + r;
    (run->kind->mean_panels ? run->kind->mean_panels : hm_columns_mean_panels)(
        level, run, from, to, input, mean);
  }
}

void hm_layer_draw_panels(hm_level level, const hm_layer *layer,
                          const hm_drawing *drawing, const hm_panels *input,
                          const hm_panels *mean, hm_bits *bits) {
  for (int r = 0; r < layer->runs; r++) {
    const hm_run *run = layer->run + r;
    (run->kind->draw_panels ? run->kind->draw_panels : hm_columns_draw_panels)(
        level, run, drawing, input, mean, bits);
  }
}

double hm_layer_log_sum_panels(hm_level level, const hm_layer *layer, int s,
                               const hm_panels *input, const hm_panels *mean) {
  double sum = 0.0;
  for (int r = 0; r < layer->runs; r++) {
    const hm_run *run = layer->run + r;
    sum += (run->kind->log_sum_panels
                ? run->kind->log_sum_panels
                : hm_columns_log_sum_panels)(level, run, s, input, mean);
  }
  return sum;
}

double hm_layer_anneal_panels(hm_level level, const hm_layer *layer, int s,
                              double from, double to, const hm_panels *input,
                              hm_panels *mean) {
  double sum = 0.0;
  for (int r = 0; r < layer->runs; r++) {
    const hm_run *run = layer->run + r;
    sum += (run->kind->anneal_panels ? run->kind->anneal_panels
                                     : hm_columns_anneal_panels)(
        level, run, s, from, to, input, mean);
  }
  return sum;
}

/* Lists without values are of states of 0 and 1, of kinds whose B is 0. */
double hm_layer_log_base(const hm_layer *layer, const hm_states *states,
                         int s) {
  double sum = 0.0;
  for (int r = 0; states->x && r < layer->runs; r++) {
    const hm_run *run = layer->run + r;
    const double *x = states->x + (ptrdiff_t)s * states->units + run->first;
    if (run->kind->log_base) {
      sum += run->kind->log_base(run, x);
    } else if (run->kind->base_at) {
      sum += hm_columns_log_base(run, x);
    }
  }
  return sum;
}

/* x (column->width) := those of list s from item *t on, which moves past them.
 */
static void column_of_list(const hm_column *column, const hm_lists *lists,
                           int s, int *t, double *x) {
  const ptrdiff_t first = (ptrdiff_t)s * lists->stride;
  const int end = column->first + column->width;
  memset(x, 0, (size_t)column->width * sizeof *x);
  for (; *t < lists->count[s] && lists->item[first + *t] < end; ++*t) {
    x[lists->item[first + *t] - column->first] =
        lists->value ? (double)lists->value[first + *t] : 1.0;
  }
}

/* The first item of list s that is of unit `first` or a later one. */
static int item_from(const hm_lists *lists, int s, int first) {
  const int *item = lists->item + (ptrdiff_t)s * lists->stride;
  int low = 0, high = lists->count[s];
  while (low < high) {
    const int middle = low + (high - low) / 2;
    if (item[middle] < first) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

double hm_layer_log_base_listed(const hm_layer *layer, const hm_lists *lists,
                                int s) {
  double x[HM_WIDEST], sum = 0.0;
  for (int r = 0; r < layer->runs; r++) {
    const hm_run *run = layer->run + r;
    if (!run->kind->base_at) {
      continue;
    }
    hm_column column = hm_run_first(run, run->first);
    int t = item_from(lists, s, run->first);
    for (int q = 0; q < run->columns; q = hm_run_next(&column)) {
      column_of_list(&column, lists, s, &t, x);
      sum += run->kind->base_at(&column, x, NULL);
    }
  }
  return sum;
}

/* The sum of the squares of list i, by weights of its items. */
static double sum_squares(const hm_lists *lists, int i, const float *weight) {
  const ptrdiff_t first = (ptrdiff_t)i * lists->stride;
  double sum = 0.0;
  for (int t = 0; t < lists->count[i]; t++) {
    const double x = lists->value ? (double)lists->value[first + t] : 1.0;
    const double square = hm_on_grid(x * x);
    sum += weight ? (double)weight[lists->item[first + t]] * square : square;
  }
  return sum;
}

/* Those of the columns of a run in case s. */
static void add_slopes(const hm_run *run, const hm_lists *lists, int s,
                       double weight, double *sum) {
  double x[HM_WIDEST], slope[HM_WIDEST] = {0.0};
  hm_column column = hm_run_first(run, run->first);
  int t = item_from(lists, s, run->first);
  for (int q = 0; q < run->columns; q = hm_run_next(&column)) {
    column_of_list(&column, lists, s, &t, x);
    run->kind->base_at(&column, x, slope);
    for (int e = 0; e < column.extras; e++) {
      sum[column.extra + e] += weight * slope[e];
    }
  }
}

void hm_layer_base_slopes(const hm_layer *layer, const hm_lists *by_case,
                          const hm_lists *by_unit, const float *weight,
                          double share, double *sum) {
  for (int r = 0; r < layer->runs; r++) {
    const hm_run *run = layer->run + r;
    for (int i = 0; run->kind->precise && i < run->units; i++) {
      sum[run->extra + i] -=
          0.5 * share * sum_squares(by_unit, run->first + i, weight);
    }
    for (int s = 0; !run->kind->precise && run->kind->extras && s < by_case->n;
         s++) {
      add_slopes(run, by_case, s, weight ? share * (double)weight[s] : share,
                 sum);
    }
  }
}

void hm_layer_mean_slopes(const hm_layer *layer, int n, const hm_panels *input,
                          const float *weight, double share, double *sum) {
  double a[HM_WIDEST], mean[HM_WIDEST], slope[HM_WIDEST] = {0.0};
  hm_column column = hm_column_first(layer);
  for (; column.kind; hm_column_next(layer, &column)) {
    const double scale =
        column.kind->precise ? share * exp(-column.d[0]) : share;
    for (int s = 0; column.extras > 0 && s < n; s++) {
      for (int i = 0; i < column.width; i++) {
        const int place = hm_layer_place(layer, column.first + i);
        a[i] = (double)*hm_panels_at(input, s, place);
      }
      column.kind->mean_at(&column, a, mean, NULL, slope);
      for (int e = 0; e < column.extras; e++) {
        const double counted = scale * (weight ? (double)weight[s] : 1.0);
        sum[column.extra + e] += hm_on_grid(counted * slope[e]);
      }
    }
  }
}

void hm_layer_scale_slopes(const hm_layer *layer, double share,
                           const double *sum, double *slope) {
  for (int r = 0; r < layer->runs; r++) {
    const hm_run *run = layer->run + r;
    const int end = r + 1 < layer->runs ? run[1].extra : layer->extras;
    for (int e = run->extra; e < end; e++) {
      slope[e] = share * sum[e] * (run->kind->precise ? exp(run->d[e]) : 1.0);
    }
  }
}

/* Listed units of a valued layer are drawn as lists on the way. */
static void draw_listed(const hm_run *run, const double *mean,
                        const hm_stream *stream, uint32_t which_case,
                        double *x) {
  enum { at_once = 64 };
  for (int first = 0; first < run->units; first += at_once) {
    const int left = run->units - first;
    const hm_run part = {
        .kind = run->kind,
        .units = left < at_once ? left : at_once,
        .place = run->place + first,
    };
    int on[at_once];
    const int count =
        part.kind->draw(&part, mean + first, stream, which_case, on);
    for (int i = 0; i < part.units; i++) {
      x[first + i] = 0.0;
    }
    for (int t = 0; t < count; t++) {
      x[first + on[t]] = 1.0;
    }
  }
}

void hm_layer_draw_values(const hm_layer *layer, const double *mean,
                          const hm_stream *stream, uint32_t which_case,
                          double *x) {
  for (int r = 0; r < layer->runs; r++) {
    const hm_run *run = layer->run + r;
    if (run->kind->listed) {
      draw_listed(run, mean + run->first, stream, which_case, x + run->first);
    } else {
      run->kind->draw_values(run, mean + run->first, stream, which_case,
                             x + run->first);
    }
  }
}

int hm_layer_draw(const hm_layer *layer, const double *mean,
                  const hm_stream *stream, uint32_t which_case, int *on) {
  int count = 0;
  for (int r = 0; r < layer->runs; r++) {
    const hm_run *run = layer->run + r;
    count +=
        run->kind->draw(run, mean + run->first, stream, which_case, on + count);
  }
  return count;
}
