/* Binary units: states 0 and 1, p(on | input a) = sigm(a). */
#include <math.h>
#include <string.h>

#include "column.h"
#include "special.h"

#define HM_KERNEL_FILE "unit-binary-kernel.h"
#include "simd-each-kernel.h"

static int support(const hm_run *run, int i) {
  (void)run;
  (void)i;
  return 1;
}

static void mean(hm_level level, const hm_run *run, const double *input,
                 double *out) {
  hm_sigm_all(level, run->units, input, out);
}

static void slope(hm_level level, const hm_run *run, const double *input,
                  double *out) {
  for (int i = 0; i < run->units; i++) {
    out[i] = -fabs(input[i]); /* where 1 - sigm loses no digits */
  }
  hm_sigm_all(level, run->units, out, out);
  for (int i = 0; i < run->units; i++) {
    out[i] *= 1.0 - out[i];
  }
}

static double log_sum(hm_level level, const hm_run *run, const double *input) {
  return hm_softplus_sum(level, run->units, input);
}

static int draw(const hm_run *run, const double *p, const hm_stream *stream,
                uint32_t which_case, int *on) {
  enum { at_once = 64 };
  int count = 0;
  for (int first = 0; first < run->units; first += at_once) {
    double u[at_once];
    const int left = run->units - first;
    const int wide = left < at_once ? left : at_once;
    hm_uniforms(stream, which_case, run->place + first, wide, u);
    for (int i = 0; i < wide; i++) {
      /* Written always, kept only where on: no branch to mispredict. */
      on[count] = run->first + first + i;
      count += u[i] < p[first + i];
    }
  }
  return count;
}

static void mean_panels(hm_level level, const hm_run *run, int from, int to,
                        const hm_panels *input, hm_panels *out) {
  const int first = run->place / HM_PANEL;
  for (int q = first; q < first + hm_panels_across(run->units); q++) {
    hm_sigm_singles(level, (ptrdiff_t)(to - from) * HM_PANEL,
                    hm_panel_row(input, q, from), hm_panel_row(out, q, from));
  }
}

static void draw_panels(hm_level level, const hm_run *run,
                        const hm_drawing *drawing, const hm_panels *input,
                        const hm_panels *p, hm_bits *bits) {
  (void)input;
  const int first = run->place / HM_PANEL;
  for (int q = first; q < first + hm_panels_across(run->units); q++) {
    hm_bernoulli(level, drawing, q, hm_panel_row(p, q, 0), bits->word + q,
                 bits->stride);
  }
}

/* The sum of what of the inputs of case s lies above 0. */
static double sum_above(hm_level level, const hm_run *run, int s,
                        const hm_panels *input) {
  static void (*const add[])(int, ptrdiff_t, const float *, double *) =
      HM_LEVELS(add_above);
  const ptrdiff_t stride = (ptrdiff_t)input->n * HM_PANEL;
  const int groups = run->units / 8;
  double lane[8] = {0.0};
  add[level](groups, stride, hm_panel_row(input, run->place / HM_PANEL, s),
             lane);
  for (int j = groups * 8; j < run->units; j++) {
    const float x = *hm_panels_at(input, s, run->place + j);
    lane[j % 8] += x > 0.0f ? (double)x : 0.0;
  }
  return ((lane[0] + lane[1]) + (lane[2] + lane[3])) +
         ((lane[4] + lane[5]) + (lane[6] + lane[7]));
}

/* The sum of the logs of the larger of m and 1 - m, over the means m of case s.
 * Each factor is at least 1/2: 512 of them stay within the range of a double.
 */
static double sum_log_larger(hm_level level, const hm_run *run, int s,
                             const hm_panels *p) {
  static void (*const multiply[])(int, ptrdiff_t, const float *, double *) =
      HM_LEVELS(multiply_larger);
  enum { together = 64 };
  const ptrdiff_t stride = (ptrdiff_t)p->n * HM_PANEL;
  const int groups = run->units / 8;
  double logs = 0.0;
  for (int first = 0; first * 8 < run->units; first += together) {
    const int left = groups - first;
    double lane[8] = {1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0};
    multiply[level](left < together ? left : together, stride,
                    hm_panel_row(p, run->place / HM_PANEL + first / 4, s),
                    lane);
    for (int j = groups * 8; left < together && j < run->units; j++) {
      const double on = (double)*hm_panels_at(p, s, run->place + j);
      lane[j % 8] *= on > 0.5 ? on : 1.0 - on;
    }
    logs += log(((lane[0] * lane[1]) * (lane[2] * lane[3])) *
                ((lane[4] * lane[5]) * (lane[6] * lane[7])));
  }
  return logs;
}

/* softplus(x) = max(0, x) - log max(m, 1 - m), where m is sigm(x): the
 * exponentials of the means serve. A mean is right to 4e-7, so each unit adds
 * at most some 1e-6 to the error that its input brings. */
static double log_sum_panels(hm_level level, const hm_run *run, int s,
                             const hm_panels *input, const hm_panels *p) {
  return sum_above(level, run, s, input) - sum_log_larger(level, run, s, p);
}

/* What stands in the last panel beyond the run is 0, and adds as much at one
 * end as at the other. */
static double anneal_panels(hm_level level, const hm_run *run, int s,
                            double from, double to, const hm_panels *input,
                            hm_panels *out) {
  static double (*const kernels[])(int, ptrdiff_t, const float *, double,
                                   double, float *) = HM_LEVELS(weigh);
  const int q = run->place / HM_PANEL;
  return kernels[level](
      hm_panels_across(run->units), (ptrdiff_t)input->n * HM_PANEL,
      hm_panel_row(input, q, s), from, to, hm_panel_row(out, q, s));
}

static int levels(const hm_column *column) {
  (void)column;
  return 2;
}

static double code(const hm_column *column, int level, double *x) {
  (void)column;
  x[0] = level;
  return 0.0;
}

static double log_sum_at(const hm_column *column, const double *a) {
  (void)column;
  return hm_softplus(a[0]);
}

static void mean_at(const hm_column *column, const double *a, double *at,
                    double *variance, double *base_slope) {
  const double p = hm_sigm(a[0]), q = hm_sigm(-a[0]);
  (void)column;
  (void)base_slope;
  at[0] = p;
  if (variance) {
    variance[0] = p * q;
  }
}

static void draw_at(const hm_column *column, const double *a, const double u[2],
                    double *x) {
  (void)column;
  x[0] = u[0] < hm_sigm(a[0]);
}

static int is_state(const hm_column *column, const double *x) {
  (void)column;
  return !(x[0] > 0.0 && x[0] < 1.0) && x[0] >= 0.0 && x[0] <= 1.0;
}

const hm_kind hm_unit_binary = {.name = "binary",
                                .listed = 1,
                                .log_sum_at = log_sum_at,
                                .mean_at = mean_at,
                                .draw_at = draw_at,
                                .is_state = is_state,
                                .levels = levels,
                                .code = code,
                                .support = support,
                                .mean = mean,
                                .slope = slope,
                                .log_sum = log_sum,
                                .draw = draw,
                                .mean_panels = mean_panels,
                                .draw_panels = draw_panels,
                                .log_sum_panels = log_sum_panels,
                                .anneal_panels = anneal_panels};
