/* Draws of all kinds, and the special functions, at any number. */
#include "rng.h"

#include "fuzz.h"
#include "special.h"

static void check_draws(void) {
  const hm_stream stream = hm_stream_of(fuzz_key(), (hm_purpose)fuzz_int(1, 8),
                                        (uint32_t)fuzz_int(0, 1 << 30),
                                        (uint32_t)fuzz_int(0, (1 << 24) - 1));
  const int n = fuzz_size(200), first = 32 * fuzz_int(0, 9);
  const uint32_t which = (uint32_t)fuzz_int(0, 1 << 30);
  double *u = FUZZ_NEW(double, n), *x = FUZZ_NEW(double, n);
  int *order = FUZZ_NEW(int, n), *seen = FUZZ_NEW(int, n);
  hm_uniforms(&stream, which, first, n, u);
  for (int i = 0; i < n; i++) {
    FUZZ_CHECK(u[i] > 0.0 && u[i] < 1.0, "uniforms are within 0 and 1");
  }
  hm_normals(fuzz_hardware().level, &stream, which, n, x);
  FUZZ_CHECK(fuzz_within(n, x, -7.0, 7.0), "normals are finite");
  const uint32_t bound = 1 + (uint32_t)fuzz_int(0, 1 << 30);
  FUZZ_CHECK(hm_below(&stream, which, bound) < bound, "below the bound");
  hm_shuffle(&stream, n, order);
  memset(seen, 0, (size_t)n * sizeof *seen);
  for (int i = 0; i < n; i++) {
    FUZZ_CHECK(order[i] >= 0 && order[i] < n && !seen[order[i]]++,
               "an order has each once");
  }
}

static void check_bernoulli(void) {
  const hm_stream stream = hm_stream_of(fuzz_key(), HM_DRAW_HIDDEN, 1, 2);
  const int n = fuzz_size(50), from = fuzz_int(0, n), to = fuzz_int(from, n);
  const int panel = fuzz_int(0, 5), stride = fuzz_int(1, 3);
  const double *mean = fuzz_reals((ptrdiff_t)n * HM_PANEL, 0.0, 1.0);
  float *p = FUZZ_NEW(float, (ptrdiff_t)n *HM_PANEL);
  for (ptrdiff_t i = 0; i < (ptrdiff_t)n * HM_PANEL; i++) {
    p[i] = (float)mean[i];
  }
  const hm_rows rows = fuzz_rows(1000, n);
  const hm_rows all = {rows.row, rows.first, rows.row ? rows.n : n};
  const int end = to < all.n ? to : all.n;
  uint32_t *x = FUZZ_NEW(uint32_t, (ptrdiff_t)n * stride);
  uint32_t *y = FUZZ_NEW(uint32_t, (ptrdiff_t)n * stride);
  const hm_drawing drawing = {&stream, &all, from, end};
  hm_bernoulli(fuzz_hardware().level, &drawing, panel, p, x, stride);
  hm_bernoulli(fuzz_hardware().level, &drawing, panel, p, y, stride);
  FUZZ_CHECK(fuzz_wild || memcmp(x, y, (size_t)n * (size_t)stride * 4) == 0,
             "draws have the same bits");
}

static void check_special(void) {
  const int n = fuzz_size(100), singles = 16 * fuzz_int(1, 6);
  const double range = fuzz_rarely(2) ? 800.0 : 5.0;
  double *x = fuzz_reals(n, -range, range);
  double *one = FUZZ_NEW(double, n), *two = FUZZ_NEW(double, n);
  const hm_level level = fuzz_hardware().level, other = fuzz_hardware().level;
  hm_sigm_all(level, n, x, one);
  hm_sigm_all(other, n, x, two);
  for (int i = 0; i < n; i++) {
    const double p = hm_sigm(x[i]), q = hm_softplus(x[i]);
    FUZZ_CHECK(isnan(x[i]) || (p >= 0.0 && p <= 1.0), "sigm is in range");
    FUZZ_CHECK(isnan(x[i]) || (q >= 0.0 && q >= x[i]), "softplus is above");
    FUZZ_CHECK(isnan(x[i]) || fabs(one[i] - p) <= 1e-14 * p + 1e-307,
               "sigm in vectors is near");
    FUZZ_CHECK(isnan(x[i]) || fuzz_same(1, one + i, two + i),
               "and has the same bits");
  }
  const double sum = hm_softplus_sum(level, n, x);
  const double again = hm_softplus_sum(other, n, x);
  const double most = hm_log_sum_exp(n, x);
  FUZZ_CHECK(fuzz_same(1, &sum, &again), "sums have the same bits");
  for (int i = 0; i < n && !fuzz_wild; i++) {
    FUZZ_CHECK(most >= x[i] && most <= range + log((double)n) + 1e-9,
               "log-sum-exp is above all");
  }
  float *p = FUZZ_NEW(float, singles), *q = FUZZ_NEW(float, singles);
  for (int i = 0; i < singles; i++) {
    p[i] = q[i] = (float)x[i % n];
  }
  hm_sigm_singles(level, singles, p, p);
  hm_sigm_singles(other, singles, q, q);
  for (int i = 0; i < singles; i++) {
    FUZZ_CHECK(isnan(x[i % n]) || (p[i] >= 0.0f && p[i] <= 1.0f),
               "sigm of singles is in range");
    FUZZ_CHECK(isnan(x[i % n]) || fuzz_same_singles(1, p + i, q + i),
               "and has the same bits");
  }
}

void fuzz(void) {
  switch (fuzz_int(0, 2)) {
    case 0:
      check_draws();
      break;
    case 1:
      check_bernoulli();
      break;
    default:
      check_special();
  }
}
