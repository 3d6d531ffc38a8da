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

void hm_centre_biases(const hm_layer *visible, const hm_layer *hidden,
                      const double *shift, double *b, double *c) {
  const int rows = hm_panels_across(visible->places);
  const int tiles = rows * hm_panels_across(hidden->places);
  for (int tile = 0; tile < tiles; tile++, shift += 2 * HM_PANEL) {
    const hm_span top = hm_layer_panel(visible, tile % rows);
    const hm_span left = hm_layer_panel(hidden, tile / rows);
    for (int i = 0; i < top.units; i++) {
      b[top.first + i] -= shift[i];
    }
    for (int j = 0; j < left.units; j++) {
      c[left.first + j] -= shift[HM_PANEL + j];
    }
  }
}
