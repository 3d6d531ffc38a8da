/* Gaussian columns: real numbers with the base measure - exp(d) x^2 / 2, d
 * being the log of the precision. Given an input a the mean is a exp(-d) and
 * the variance exp(-d).
 */
#include <math.h>

#include "column.h"

static const double log_two_pi = 1.83787706640934548356;

static int one(int size) {
  (void)size;
  return 1;
}

static double log_sum_at(const hm_column *column, const double *a) {
  const double tau = column->d[0];
  return 0.5 * (a[0] * a[0] * exp(-tau) + log_two_pi - tau);
}

static void mean_at(const hm_column *column, const double *a, double *mean,
                    double *variance, double *base_slope) {
  const double tau = column->d[0], spread = exp(-tau), at = a[0] * spread;
  mean[0] = at;
  if (variance) {
    variance[0] = spread;
  }
  if (base_slope) {
    base_slope[0] = -0.5 * (exp(tau) * at * at + 1.0);
  }
}

static void draw_at(const hm_column *column, const double *a, const double u[2],
                    double *x) {
  static const double two_pi = 6.28318530717958647692;
  const double tau = column->d[0];
  x[0] = a[0] * exp(-tau) +
         exp(-0.5 * tau) * sqrt(-2.0 * log(u[0])) * cos(two_pi * u[1]);
}

static double base_at(const hm_column *column, const double *x,
                      double *base_slope) {
  const double base = -0.5 * exp(column->d[0]) * x[0] * x[0];
  if (base_slope) {
    base_slope[0] = base;
  }
  return base;
}

static int is_state(const hm_column *column, const double *x) {
  (void)column;
  return fabs(x[0]) < HUGE_VAL;
}

/* In panels what depends on the precision alone is found once for all cases. */
static void mean_panels(hm_level level, const hm_run *run, int from, int to,
                        const hm_panels *input, hm_panels *mean) {
  (void)level;
  for (int first = 0; first < run->units; first += HM_PANEL) {
    const int q = (run->place + first) / HM_PANEL, left = run->units - first;
    float spread[HM_PANEL] = {0.0f};
    for (int i = 0; i < HM_PANEL && i < left; i++) {
      spread[i] = (float)exp(-run->d[run->extra + first + i]);
    }
    for (int s = from; s < to; s++) {
      const float *a = hm_panel_row(input, q, s);
      float *at = hm_panel_row(mean, q, s);
      for (int i = 0; i < HM_PANEL; i++) {
        at[i] = spread[i] * a[i];
      }
    }
  }
}

/* Means tell all. */
static void draw_panels(hm_level level, const hm_run *run,
                        const hm_drawing *drawing, const hm_panels *input,
                        const hm_panels *mean, hm_bits *bits) {
  enum { together = 2 * HM_PANEL };
  (void)input;
  for (int first = 0; first < run->units; first += together) {
    const int left = run->units - first;
    const int wide = left < together ? left : together;
    double sd[together], z[together];
    for (int i = 0; i < wide; i++) {
      sd[i] = exp(-0.5 * run->d[run->extra + first + i]);
    }
    for (int s = drawing->from; s < drawing->to; s++) {
      hm_normals_from(level, drawing->stream,
                      (uint32_t)hm_row(drawing->rows, s), run->place + first,
                      wide, z);
      for (int i = 0; i < wide; i++) {
        const int place = run->place + first + i;
        *hm_panels_at(&bits->value, s, place) =
            (float)((double)*hm_panels_at(mean, s, place) + sd[i] * z[i]);
      }
    }
  }
}

const hm_kind hm_unit_gaussian = {.name = "gaussian",
                                  .two_numbers = 1,
                                  .extras = one,
                                  .log_sum_at = log_sum_at,
                                  .mean_at = mean_at,
                                  .draw_at = draw_at,
                                  .base_at = base_at,
                                  .is_state = is_state,
                                  .precise = 1,
                                  .mean_panels = mean_panels,
                                  .draw_panels = draw_panels};
