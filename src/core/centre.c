#include "centre.h"

#include <string.h>

#define HM_KERNEL_FILE "centre-kernel.h"
#include "simd-each-kernel.h"

void hm_offsets_start(hm_centring centring, int nv, const hm_layer *hidden,
                      const double *mean_v, double *offsets) {
  const int nh = hidden->units;
  double *lambda = offsets + nv, *activity = lambda + nh;
  for (int i = 0; i < nv; i++) {
    offsets[i] = centring == HM_UNCENTRED ? 0.0 : mean_v[i];
  }
  for (int j = 0; j < nh; j++) {
    lambda[j] = 0.0;
  }
  hm_layer_mean(HM_PLAIN, hidden, lambda, activity);
  for (int j = 0; j < nh && centring != HM_UNCENTRED; j++) {
    lambda[j] = activity[j];
  }
}

void hm_offsets_goal(hm_centring centring, int units, const double *data_mean,
                     const double *slope, double *goal) {
  const double share = centring == HM_ENHANCED ? 0.5 : 0.0;
  for (int i = 0; i < units; i++) {
    goal[i] = data_mean[i] + share * slope[i];
  }
}

void hm_offsets_move(hm_centring centring, double rate, int nv, int nh,
                     const double *goal, const double *mean_h,
                     double *offsets) {
  static const double activity_rate = 0.05;
  double *activity = offsets + nv + nh;
  for (int i = 0; i < nv + nh && centring != HM_UNCENTRED; i++) {
    offsets[i] += rate * (goal[i] - offsets[i]);
  }
  for (int j = 0; j < nh; j++) {
    activity[j] += activity_rate * (mean_h[j] - activity[j]);
  }
}

void hm_centre(hm_level level, int n, const double *mu, const double *gb,
               const double *gc, const double *lambda, double *g) {
  static void (*const centre[])(int, const double *, const double *,
                                const double *, const double *, double *) =
      HM_LEVELS(centre);
  centre[level](n, mu, gb, gc, lambda, g);
}

void hm_centre_shift(hm_level level, int n, const double *mu,
                     const double *lambda, const double *d, double *by_row,
                     double *by_column) {
  static void (*const shift[])(int, const double *, const double *,
                               const double *, double *, double *) =
      HM_LEVELS(shift);
  shift[level](n, mu, lambda, d, by_row, by_column);
}

/* x (n of at most 32 numbers) -= each of `count` rows, which begin `stride`
 * numbers after one another. */
static void subtract_rows(hm_level level, int n, int count, ptrdiff_t stride,
                          const double *rows, double *x) {
  static void (*const subtract[])(int, ptrdiff_t, const double *, double *) =
      HM_LEVELS(subtract_rows);
  double whole[HM_PANEL] = {0.0};
  memcpy(whole, x, (size_t)n * sizeof *x);
  subtract[level](count, stride, rows, whole);
  memcpy(x, whole, (size_t)n * sizeof *x);
}

void hm_centre_visible(hm_level level, const hm_layer *visible,
                       const hm_layer *hidden, int p, const double *shift,
                       double *b) {
  const ptrdiff_t down = hm_panels_across(visible->places);
  subtract_rows(level, hm_layer_panel(visible, p).units,
                hm_panels_across(hidden->places), down * 2 * HM_PANEL,
                shift + (ptrdiff_t)p * 2 * HM_PANEL, b);
}

void hm_centre_hidden(hm_level level, const hm_layer *visible,
                      const hm_layer *hidden, int q, const double *shift,
                      double *c) {
  const int down = hm_panels_across(visible->places);
  subtract_rows(level, hm_layer_panel(hidden, q).units, down, 2 * HM_PANEL,
                shift + ((ptrdiff_t)q * down * 2 + 1) * HM_PANEL, c);
}

void hm_centre_biases(hm_level level, const hm_layer *visible,
                      const hm_layer *hidden, const double *shift, double *b,
                      double *c) {
  for (int p = 0; p < hm_panels_across(visible->places); p++) {
    hm_centre_visible(level, visible, hidden, p, shift,
                      b + hm_layer_panel(visible, p).first);
  }
  for (int q = 0; q < hm_panels_across(hidden->places); q++) {
    hm_centre_hidden(level, visible, hidden, q, shift,
                     c + hm_layer_panel(hidden, q).first);
  }
}
