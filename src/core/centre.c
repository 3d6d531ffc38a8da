#include "centre.h"

#include <string.h>

#define HM_KERNEL_FILE "centre-kernel.h"
#include "simd-each-kernel.h"

void hm_offsets_start(hm_centring centring, int nv, int nh,
                      const double *mean_v, double *offsets) {
  double *lambda = offsets + nv;
  for (int i = 0; i < nv; i++) {
    offsets[i] = centring == HM_UNCENTRED ? 0.0 : mean_v[i];
  }
  for (int j = 0; j < nh; j++) {
    lambda[j] = centring == HM_UNCENTRED ? 0.0 : 0.5;
    lambda[nh + j] = 0.5;
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

void hm_centre_biases(int nv, int nh, const double *shift, double *b,
                      double *c) {
  const int rows = hm_panels_across(nv);
  const int tiles = rows * hm_panels_across(nh);
  for (int tile = 0; tile < tiles; tile++, shift += 2 * HM_PANEL) {
    const int top = tile % rows * HM_PANEL, left = tile / rows * HM_PANEL;
    for (int i = top; i < nv && i < top + HM_PANEL; i++) {
      b[i] -= shift[i - top];
    }
    for (int j = left; j < nh && j < left + HM_PANEL; j++) {
      c[j] -= shift[HM_PANEL + j - left];
    }
  }
}
