/* Binomial units: states 0 to m, the unit's size, with the base measure log
 * choose(m, x): the sums of m binary units that share their input. A(a) = m
 * softplus(a), and p(x | a) is binomial with m trials of probability sigm(a).
 */
#include <math.h>

#include "column.h"
#include "special.h"

static int support(const hm_run *run, int i) { return run->size[i]; }

static void mean(hm_level level, const hm_run *run, const double *input,
                 double *out) {
  hm_sigm_all(level, run->units, input, out);
  for (int i = 0; i < run->units; i++) {
    out[i] *= run->size[i];
  }
}

static void slope(hm_level level, const hm_run *run, const double *input,
                  double *out) {
  for (int i = 0; i < run->units; i++) {
    out[i] = -fabs(input[i]); /* where 1 - sigm loses no digits */
  }
  hm_sigm_all(level, run->units, out, out);
  for (int i = 0; i < run->units; i++) {
    out[i] *= run->size[i] * (1.0 - out[i]);
  }
}

static HM_UNFUSED double log_sum(hm_level level, const hm_run *run,
                                 const double *input) {
  double sum = 0.0;
  (void)level;
  for (int i = 0; i < run->units; i++) {
    const double part = run->size[i] * hm_softplus(input[i]);
    sum += part;
  }
  return sum;
}

/* log choose(m, x). The numbers that are multiplied are whole after each step,
 * but for rounding, and at most choose(1000, 500), which is below 1e300. */
static double log_ways(int m, int x) {
  const int few = x < m - x ? x : m - x;
  double ways = 1.0;
  for (int k = 1; k <= few; k++) {
    ways = ways * (m - few + k) / k;
  }
  return log(ways);
}

static double log_base(const hm_run *run, const double *x) {
  double sum = 0.0;
  for (int i = 0; i < run->units; i++) {
    sum += log_ways(run->size[i], (int)x[i]);
  }
  return sum;
}

/* How many of m trials of probability p come true, by one uniform number: the
 * largest k with u < P(at least k). With one trial that is a binary unit's
 * draw. Sums begin at the end that is more likely, where no term is too small
 * for a double. */
static HM_UNFUSED int invert(int m, double p, double u) {
  const int turned = p > 0.5;
  const double rare = turned ? 1.0 - p : p, odds = rare / (1.0 - rare);
  const double share = turned ? u : 1.0 - u;
  double term = 1.0, sum;
  int k = 0;
  for (int i = 0; i < m; i++) {
    term *= 1.0 - rare;
  }
  sum = term;
  while (k < m && (turned ? share >= sum : share > sum)) {
    term = term * odds * (m - k) / (k + 1);
    sum += term;
    k++;
  }
  return turned ? m - k : k;
}

static void draw_values(const hm_run *run, const double *at,
                        const hm_stream *stream, uint32_t which_case,
                        double *x) {
  for (int first = 0; first < run->units; first += HM_PANEL) {
    const int left = run->units - first;
    const int wide = left < HM_PANEL ? left : HM_PANEL;
    double u[HM_PANEL];
    hm_uniforms(stream, which_case, run->place + first, wide, u);
    for (int i = first; i < first + wide; i++) {
      const int m = run->size[i];
      x[i] = invert(m, at[i] / m, u[i - first]);
    }
  }
}

/* One panel of a run: its place, first unit and how many units it has. */
typedef struct {
  int q;
  int first;
  int units;
} part;

static part part_of(const hm_run *run, int number) {
  const int first = number * HM_PANEL, left = run->units - first;
  const part of = {run->place / HM_PANEL + number, first,
                   left < HM_PANEL ? left : HM_PANEL};
  return of;
}

static void mean_panels(hm_level level, const hm_run *run, int from, int to,
                        const hm_panels *input, hm_panels *out) {
  for (int number = 0; number < hm_panels_across(run->units); number++) {
    const part of = part_of(run, number);
    hm_sigm_singles(level, (ptrdiff_t)(to - from) * HM_PANEL,
                    hm_panel_row(input, of.q, from),
                    hm_panel_row(out, of.q, from));
    for (int s = from; s < to; s++) {
      float *row = hm_panel_row(out, of.q, s);
      for (int i = 0; i < of.units; i++) {
        row[i] *= (float)run->size[of.first + i];
      }
    }
  }
}

static void draw_panels(hm_level level, const hm_run *run,
                        const hm_drawing *drawing, const hm_panels *input,
                        const hm_panels *at, hm_bits *bits) {
  (void)level;
  (void)input;
  for (int number = 0; number < hm_panels_across(run->units); number++) {
    const part of = part_of(run, number);
    for (int s = drawing->from; s < drawing->to; s++) {
      const float *p = hm_panel_row(at, of.q, s);
      float *x = hm_panel_row(&bits->value, of.q, s);
      double u[HM_PANEL];
      hm_uniforms(drawing->stream, (uint32_t)hm_row(drawing->rows, s),
                  of.q * HM_PANEL, of.units, u);
      for (int i = 0; i < of.units; i++) {
        const int m = run->size[of.first + i];
        x[i] = (float)invert(m, (double)p[i] / m, u[i]);
      }
    }
  }
}

static HM_UNFUSED double log_sum_panels(hm_level level, const hm_run *run,
                                        int s, const hm_panels *input,
                                        const hm_panels *at) {
  double sum = 0.0;
  (void)level;
  (void)at;
  for (int i = 0; i < run->units; i++) {
    const double a = (double)*hm_panels_at(input, s, run->place + i);
    const double one = run->size[i] * hm_softplus(a);
    sum += one;
  }
  return sum;
}

static HM_UNFUSED double anneal_panels(hm_level level, const hm_run *run, int s,
                                       double from, double to,
                                       const hm_panels *input, hm_panels *out) {
  double sum = 0.0;
  (void)level;
  for (int i = 0; i < run->units; i++) {
    const double a = (double)*hm_panels_at(input, s, run->place + i);
    const double rise = hm_softplus(to * a) - hm_softplus(from * a);
    const double one = run->size[i] * rise;
    sum += one;
    *hm_panels_at(out, s, run->place + i) =
        (float)(run->size[i] * hm_sigm(to * a));
  }
  return sum;
}

static int levels(const hm_column *column) { return column->size + 1; }

static double code(const hm_column *column, int level, double *x) {
  x[0] = level;
  return log_ways(column->size, level);
}

static double log_sum_at(const hm_column *column, const double *a) {
  return column->size * hm_softplus(a[0]);
}

static void mean_at(const hm_column *column, const double *a, double *at,
                    double *variance, double *base_slope) {
  const double p = hm_sigm(a[0]), q = hm_sigm(-a[0]);
  (void)base_slope;
  at[0] = column->size * p;
  if (variance) {
    variance[0] = column->size * p * q;
  }
}

static void draw_at(const hm_column *column, const double *a, const double u[2],
                    double *x) {
  x[0] = invert(column->size, hm_sigm(a[0]), u[0]);
}

static double base_at(const hm_column *column, const double *x,
                      double *base_slope) {
  (void)base_slope;
  return log_ways(column->size, (int)x[0]);
}

static int is_state(const hm_column *column, const double *x) {
  return hm_is_count(x[0], column->size);
}

const hm_kind hm_unit_binomial = {.name = "binomial",
                                  .least_size = 1,
                                  .most_size = HM_LARGEST_SIZE,
                                  .log_sum_at = log_sum_at,
                                  .mean_at = mean_at,
                                  .draw_at = draw_at,
                                  .base_at = base_at,
                                  .is_state = is_state,
                                  .levels = levels,
                                  .code = code,
                                  .support = support,
                                  .mean = mean,
                                  .slope = slope,
                                  .log_sum = log_sum,
                                  .log_base = log_base,
                                  .draw_values = draw_values,
                                  .mean_panels = mean_panels,
                                  .draw_panels = draw_panels,
                                  .log_sum_panels = log_sum_panels,
                                  .anneal_panels = anneal_panels};
