/* Centring: each function against plain loops, by every level. */
#include "centre.h"

#include "check.h"
#include "twin.h"

static uint64_t chance = 211;

static void check_tile(hm_level level, int n) {
  const double *mu = twin_random(n, 0.0, 1.0, &chance);
  const double *gb = twin_random(n, -1.0, 1.0, &chance);
  const double *gc = twin_random(HM_PANEL, -1.0, 1.0, &chance);
  const double *lambda = twin_random(HM_PANEL, 0.0, 1.0, &chance);
  const double *d = twin_random((ptrdiff_t)n * HM_PANEL, -1.0, 1.0, &chance);
  double *g = twin_copy((ptrdiff_t)n * HM_PANEL, d);
  double by_row[HM_PANEL], by_column[HM_PANEL], column[HM_PANEL] = {0.0};
  hm_centre(level, n, mu, gb, gc, lambda, g);
  hm_centre_shift(level, n, mu, lambda, d, by_row, by_column);
  for (int i = 0; i < n; i++) {
    double row = 0.0;
    for (int j = 0; j < HM_PANEL; j++) {
      const int at = i * HM_PANEL + j;
      CHECK_NEAR(g[at], d[at] - mu[i] * gc[j] - gb[i] * lambda[j], 1e-15);
      row += d[at] * lambda[j];
      column[j] += d[at] * mu[i];
    }
    CHECK_NEAR(by_row[i], row, 1e-13);
  }
  for (int j = 0; j < HM_PANEL; j++) {
    CHECK_NEAR(by_column[j], column[j], 1e-13);
  }
}

/* Biases in tiles, of which the last are not whole. */
static void check_biases(int nv, int nh) {
  const int rows = hm_panels_across(nv), tiles = rows * hm_panels_across(nh);
  const double *shift =
      twin_random((ptrdiff_t)tiles * 2 * HM_PANEL, -1.0, 1.0, &chance);
  double *b = twin_random(nv, -1.0, 1.0, &chance), *old_b = twin_copy(nv, b);
  double *c = twin_random(nh, -1.0, 1.0, &chance), *old_c = twin_copy(nh, c);
  hm_centre_biases(HM_PLAIN, twin_binary(nv), twin_binary(nh), shift, b, c);
  for (int i = 0; i < nv; i++) {
    for (int tile = i / HM_PANEL; tile < tiles; tile += rows) {
      old_b[i] -= shift[tile * 2 * HM_PANEL + i % HM_PANEL];
    }
  }
  for (int j = 0; j < nh; j++) {
    for (int row = 0; row < rows; row++) {
      const int tile = j / HM_PANEL * rows + row;
      old_c[j] -= shift[(tile * 2 + 1) * HM_PANEL + j % HM_PANEL];
    }
  }
  CHECK_NEAR(twin_gap(nv, b, old_b), 0.0, 1e-14);
  CHECK_NEAR(twin_gap(nh, c, old_c), 0.0, 1e-14);
}

static void check_offsets(hm_centring centring) {
  enum { nv = 3, nh = 2 };
  const double mean_v[nv] = {0.1, 0.2, 0.9}, mean_h[nh] = {0.25, 0.75};
  const double data_mean[nv + nh] = {0.1, 0.2, 0.9, 0.25, 0.75};
  const double slope[nv + nh] = {0.2, 0.0, -0.2, 0.1, -0.1};
  const double half = centring == HM_ENHANCED ? 0.5 : 0.0;
  const double on = centring == HM_UNCENTRED ? 0.0 : 1.0;
  double offsets[nv + 2 * nh], goal[nv + nh];
  CHECK(hm_offsets(nv, nh) == nv + 2 * nh, "mu, lambda and means");
  hm_offsets_start(centring, nv, twin_binary(nh), mean_v, offsets);
  hm_offsets_goal(centring, nv + nh, data_mean, slope, goal);
  for (int i = 0; i < nv + nh; i++) {
    CHECK_NEAR(offsets[i], on * (i < nv ? mean_v[i] : 0.5), 0.0);
    CHECK_NEAR(goal[i], data_mean[i] + half * slope[i], 1e-16);
  }
  hm_offsets_move(centring, 0.1, nv, nh, goal, mean_h, offsets);
  for (int i = 0; i < nv + nh; i++) {
    const double start = i < nv ? mean_v[i] : 0.5;
    CHECK_NEAR(offsets[i], on * (0.9 * start + 0.1 * goal[i]), 1e-15);
  }
  for (int j = 0; j < nh; j++) {
    CHECK_NEAR(offsets[nv + nh + j], 0.95 * 0.5 + 0.05 * mean_h[j], 1e-15);
  }
}

static void checks(void) {
  hm_level level[4];
  const int levels = twin_levels(level);
  for (int l = 0; l < levels; l++) {
    check_tile(level[l], HM_PANEL);
    check_tile(level[l], 5);
  }
  check_biases(70, 33);
  check_biases(32, 64);
  check_offsets(HM_UNCENTRED);
  check_offsets(HM_CENTRED);
  check_offsets(HM_ENHANCED);
}
