/* Categorical columns: one of K levels, a unit for each, of which one is on. A
 * is the log of the sum of exp(a_k). A level's inputs may all move by a
 * constant, and nothing changes.
 */
#include <math.h>
#include <string.h>

#include "column.h"
#include "special.h"

static int width(int size) { return size; }

static int levels(const hm_column *column) { return column->size; }

static double code(const hm_column *column, int level, double *x) {
  for (int k = 0; k < column->size; k++) {
    x[k] = k == level;
  }
  return 0.0;
}

static double log_sum_at(const hm_column *column, const double *a) {
  return hm_log_sum_exp(column->size, a);
}

static void mean_at(const hm_column *column, const double *a, double *mean,
                    double *variance, double *base_slope) {
  double largest = a[0], sum = 0.0;
  (void)base_slope;
  for (int k = 1; k < column->size; k++) {
    largest = fmax(largest, a[k]);
  }
  for (int k = 0; k < column->size; k++) {
    mean[k] = exp(a[k] - largest);
    sum += mean[k];
  }
  for (int k = 0; k < column->size; k++) {
    mean[k] /= sum;
    if (variance) {
      variance[k] = mean[k] * (1.0 - mean[k]);
    }
  }
}

static void draw_at(const hm_column *column, const double *a, const double u[2],
                    double *x) {
  double p[HM_WIDEST] = {0.0}, passed = 0.0;
  int k = -1;
  mean_at(column, a, p, NULL, NULL);
  do {
    passed += p[++k];
  } while (passed < u[0] && k < column->size - 1);
  code(column, k, x);
}

static int is_state(const hm_column *column, const double *x) {
  int on = 0;
  for (int k = 0; k < column->size; k++) {
    if (x[k] != 0.0 && x[k] != 1.0) {
      return 0;
    }
    on += x[k] > 0.0;
  }
  return on == 1;
}

/* In panels a column's exponentials are taken together with those of its
 * neighbours, each panel at once. */
static void mean_panels(hm_level level, const hm_run *run, int from, int to,
                        const hm_panels *input, hm_panels *mean) {
  hm_columns_mean_panels(level, run, from, to, input, mean);
}

/* By one number, that of the column's first place. */
static void draw_panels(hm_level level, const hm_run *run,
                        const hm_stream *stream, const hm_rows *rows, int from,
                        int to, const hm_panels *input, const hm_panels *mean,
                        hm_bits *bits) {
  const int q = run->place / HM_PANEL;
  (void)level;
  (void)input;
  for (int s = from; s < to; s++) {
    uint32_t *word = bits->word + s * bits->stride;
    hm_column column = hm_run_first(run, run->place);
    double u[HM_PANEL];
    memset(word + q, 0, (size_t)hm_panels_across(run->units) * sizeof *word);
    for (int m = 0, has = -1; m < run->columns; m = hm_run_next(&column)) {
      const int now = column.first / HM_PANEL;
      int k = -1;
      double passed = 0.0;
      if (now != has) {
        hm_uniforms(stream, (uint32_t)hm_row(rows, s), now * HM_PANEL, HM_PANEL,
                    u);
        has = now;
      }
      do {
        k++;
        passed += (double)*hm_panels_at(mean, s, column.first + k);
      } while (passed < u[column.first % HM_PANEL] && k < column.size - 1);
      const int on = column.first + k;
      word[on / HM_PANEL] |= 1u << on % HM_PANEL;
    }
  }
}

const hm_kind hm_unit_categorical = {
    .name = "categorical",
    .listed = 1,
    .least_size = 2,
    .most_size = HM_WIDEST,
    .width = width,
    .log_sum_at = log_sum_at,
    .mean_at = mean_at,
    .draw_at = draw_at,
    .is_state = is_state,
    .levels = levels,
    .code = code,
    .mean_panels = mean_panels,
    .draw_panels = draw_panels,
    .log_sum_panels = hm_columns_log_sum_panels,
    .anneal_panels = hm_columns_anneal_panels};
