/* Numbers as two floats: exact, in one way only, at every level. */
#include "split.h"

#include <float.h>

#include "check.h"
#include "twin.h"

static uint64_t chance = 379;

/* Joined and split again they are as they were, whatever they were made from;
 * the higher one is the nearest float. */
static void check_numbers(int n, const double *x, double error) {
  float *high = twin_singles(n), *low = twin_singles(n);
  float *again = twin_singles(n), *rest = twin_singles(n);
  double *sum = twin_reals(n);
  hm_level level[4];
  const int levels = twin_levels(level);
  for (int l = 0; l < levels; l++) {
    int nearest = 1, near = 1, alone = 1;
    hm_split(level[l], n, x, high, low);
    hm_join(level[l], n, high, low, sum);
    hm_split(level[l], n, sum, again, rest);
    for (int i = 0; i < n; i++) {
      float one, other;
      hm_split_one(x[i], &one, &other);
      nearest = nearest && high[i] == (float)sum[i];
      near = near && fabs(sum[i] - x[i]) <= error * fabs(x[i]);
      alone = alone && memcmp(&one, high + i, sizeof one) == 0 &&
              memcmp(&other, low + i, sizeof other) == 0 &&
              hm_join_one(one, other) == sum[i];
    }
    CHECK(nearest, "the higher one is the nearest float");
    CHECK(near, "the sum is right to the bits of two floats");
    CHECK(alone, "numbers alone are split as vectors are");
    CHECK(twin_same_singles(n, high, again) && twin_same_singles(n, low, rest),
          "there is one way to split a sum");
  }
}

/* Near the middle between two floats, where rounding what is left leads to the
 * other one. */
static void check_middles(void) {
  enum { n = 64 };
  double x[n];
  for (int i = 0; i < n; i++) {
    const double odd = 1.0 + (2 * (i / 8) + 1) * (double)FLT_EPSILON;
    const double middle = odd + 0.5 * (double)FLT_EPSILON;
    x[i] = (i % 2 ? -1.0 : 1.0) *
           (middle + (i / 2 % 2 ? -1.0 : 1.0) * ldexp(1.0, -49 - i / 4 % 4));
  }
  check_numbers(n, x, 0x1p-48);
}

static void check_widths(void) {
  const double x[3] = {0.1, -2.5, 1e-30};
  float few[4] = {9.0f, 9.0f, 9.0f, 9.0f};
  double back[4] = {7.0, 7.0, 7.0, 7.0};
  hm_narrow(HM_PLAIN, 3, x, few);
  hm_widen(HM_PLAIN, 3, few, back);
  for (int i = 0; i < 3; i++) {
    CHECK(few[i] == (float)x[i] && back[i] == (double)(float)x[i],
          "doubles go to the nearest float");
  }
  CHECK(few[3] == 9.0f && back[3] == 7.0, "and none beyond");
}

static void checks(void) {
  for (int n = 0; n < 20; n++) {
    check_numbers(n, twin_random(n, -1.0, 1.0, &chance), 0x1p-48);
  }
  check_numbers(5000, twin_random(5000, -1e-3, 1e-3, &chance), 0x1p-48);
  check_numbers(5000, twin_random(5000, -1e5, 1e5, &chance), 0x1p-48);
  const double whole[] = {0.0, 1.0, -3.0, 0x1p-40, 0x1p40, 1.0 + 0x1p-30};
  check_numbers(6, whole, 0.0);
  check_middles();
  check_widths();
}
