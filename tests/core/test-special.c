/* sigm, softplus and log-sum-exp against values with twenty digits, where they
 * are small or large, and where they have no finite argument. */
#include "special.h"

#include <float.h>

#include "check.h"
#include "twin.h"

#define CHECK_DIGITS(value, expected) \
  CHECK_NEAR((value), (expected), 4.0 * DBL_EPSILON * fabs(expected))

static const double infinity = HUGE_VAL;

static void check_values(void) {
  static const struct {
    double x, sigm, softplus;
  } known[] = {{0.0, 0.5, 0.69314718055994530942},
               {1.0, 0.73105857863000487925, 1.313261687518222834},
               {-1.0, 0.26894142136999512075, 0.31326168751822283405},
               {0.5, 0.62245933120185456464, 0.97407698418010668087},
               {-0.5, 0.37754066879814543536, 0.47407698418010668087},
               {20.0, 0.99999999793884638181, 20.00000000206115362},
               {-20.0, 2.0611536181902035814e-9, 2.0611536203143807032e-9},
               {40.0, 1.0, 40.0},
               {-40.0, 4.2483542552915889773e-18, 4.2483542552915889863e-18},
               {700.0, 1.0, 700.0},
               {-700.0, 9.8596765437597708567e-305, 9.8596765437597708567e-305},
               {800.0, 1.0, 800.0},
               {-800.0, 0.0, 0.0},
               {1e308, 1.0, 1e308},
               {-1e308, 0.0, 0.0}};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    CHECK_DIGITS(hm_sigm(known[i].x), known[i].sigm);
    CHECK_DIGITS(hm_softplus(known[i].x), known[i].softplus);
  }
  CHECK(hm_sigm(-740.0) > 0.0, "sigm(-740) is small, not 0");
  CHECK(hm_softplus(-740.0) > 0.0, "softplus(-740) is small, not 0");
}

static void check_laws(void) {
  double last = 0.0;
  for (int i = -400; i <= 400; i++) {
    const double x = i / 10.0, p = hm_sigm(x);
    CHECK_NEAR(p + hm_sigm(-x), 1.0, DBL_EPSILON);
    CHECK_NEAR(hm_softplus(x) - hm_softplus(-x), x, 1e-14);
    CHECK(p >= last, "sigm does not fall");
    last = p;
  }
}

static void check_not_finite(void) {
  const double nan = infinity - infinity;
  CHECK(isnan(hm_sigm(nan)), "sigm(NaN) is NaN");
  CHECK(isnan(hm_softplus(nan)), "softplus(NaN) is NaN");
  CHECK_NEAR(hm_sigm(infinity), 1.0, 0.0);
  CHECK_NEAR(hm_sigm(-infinity), 0.0, 0.0);
  CHECK_NEAR(hm_softplus(infinity), infinity, 0.0);
  CHECK_NEAR(hm_softplus(-infinity), 0.0, 0.0);
}

/* Sums of logs, and 1e6! to 17 digits. */
static void check_log_factorial(void) {
  double sum = 0.0;
  for (int x = 0; x <= 300; x++) {
    sum += x > 1 ? log((double)x) : 0.0;
    CHECK_NEAR(hm_log_factorial(x), sum, 1e-15 * (1.0 + x) * (1.0 + sum));
  }
  CHECK_DIGITS(hm_log_factorial(1e6), 12815518.384658169624);
}

static void check_log_sum_exp(void) {
  const double log_2 = 0.69314718055994530942;
  const double three[] = {1.0, 2.0, 3.0}, back[] = {3.0, 2.0, 1.0};
  const double far[] = {-800.0, 800.0}, large[] = {1e300, 1e300};
  const double high[] = {800.0, 800.0}, low[] = {-800.0, -800.0};
  const double gone[] = {-infinity, 3.0, -infinity};
  CHECK_DIGITS(hm_log_sum_exp(3, three), 3.4076059644443803045);
  CHECK_DIGITS(hm_log_sum_exp(3, back), 3.4076059644443803045);
  CHECK_DIGITS(hm_log_sum_exp(1, three), 1.0);
  CHECK_DIGITS(hm_log_sum_exp(2, far), 800.0);
  CHECK_DIGITS(hm_log_sum_exp(2, large), 1e300);
  CHECK_DIGITS(hm_log_sum_exp(2, high), 800.0 + log_2);
  CHECK_DIGITS(hm_log_sum_exp(2, low), -800.0 + log_2);
  CHECK_DIGITS(hm_log_sum_exp(3, gone), 3.0);
}

static void check_log_sum_exp_not_finite(void) {
  const double nan = infinity - infinity;
  const double none[] = {-infinity, -infinity};
  const double mixed[] = {0.0, infinity, -infinity, infinity};
  const double first[] = {nan, infinity}, last[] = {infinity, nan};
  CHECK_NEAR(hm_log_sum_exp(0, none), -infinity, 0.0);
  CHECK_NEAR(hm_log_sum_exp(1, none), -infinity, 0.0);
  CHECK_NEAR(hm_log_sum_exp(2, none), -infinity, 0.0);
  CHECK_NEAR(hm_log_sum_exp(4, mixed), infinity, 0.0);
  CHECK(isnan(hm_log_sum_exp(2, first)), "a NaN at the start gives NaN");
  CHECK(isnan(hm_log_sum_exp(2, last)), "a NaN at the end gives NaN");
}

/* In vectors --------------------------------------------------------------- */

static uint64_t chance = 229;

/* Numbers of every size and kind, small ones and those at the ends of the range
 * in which exp(-|x|) is not 0, followed by random ones. */
static double *some_reals(int n) {
  static const double edge[] = {
      0.0,       -0.0,   1.0,   -1.0,   1e-300,  -1e-300,   1e-17,
      -1e-17,    90.0,   -90.0, 707.0,  -707.0,  707.0001,  -707.01,
      710.0,     -710.0, 746.0, -746.0, 1e308,   -1e308,    HUGE_VAL,
      -HUGE_VAL, 36.7,   -36.7, 0.3466, -0.3466, 0x1p-1074, -0x1p-1074};
  const int edges = (int)(sizeof edge / sizeof *edge);
  double *x = twin_random(n, -1.0, 1.0, &chance);
  for (int i = 0; i < n; i++) {
    static const double reach[] = {1.0, 10.0, 40.0, 720.0};
    x[i] = i < edges ? edge[i] : x[i] * reach[i % 4];
  }
  return x;
}

static long double exact_sigm(double x) {
  return 1.0L / (1.0L + expl(-(long double)x));
}

/* To four units in the last place, 0 below exp(-707). */
static void check_sigm_all(void) {
  enum { n = 20000 };
  const double *x = some_reals(n);
  double *first = twin_reals(n);
  hm_level level[4];
  const int levels = twin_levels(level);
  for (int i = 0; i < levels; i++) {
    double *out = twin_reals(n), *in_place = twin_copy(n, x);
    int near = 1, none = 1;
    hm_sigm_all(level[i], n, x, out);
    hm_sigm_all(level[i], n, in_place, in_place);
    CHECK(twin_same_bits(n, out, in_place), "out may be x");
    memcpy(first, i == 0 ? out : first, n * sizeof *out);
    CHECK(twin_same_bits(n, out, first), "all levels give the same bits");
    for (int s = 0; s < n; s++) {
      if (x[s] < -707.0) {
        none = none && out[s] >= 0.0 && out[s] <= 0.0;
        continue;
      }
      const double p = (double)exact_sigm(x[s]);
      near = near && fabs(out[s] - p) <= 4.0 * DBL_EPSILON * p &&
             fabs(out[s] - hm_sigm(x[s])) <= 6.0 * DBL_EPSILON * p;
    }
    CHECK(near, "sigm in vectors is sigm");
    CHECK(none, "and 0 below exp(-707)");
  }
}

/* Of any length, alone or among others, a number has the same sigm. */
static void check_lengths(void) {
  enum { most = 40 };
  const double *x = some_reals(most);
  double whole[most];
  hm_level level[4];
  const int levels = twin_levels(level);
  hm_sigm_all(HM_PLAIN, most, x, whole);
  for (int i = 0; i < levels; i++) {
    for (int n = 0; n <= 20; n++) {
      for (int from = 0; from <= 20; from += 5) {
        double out[most + 1];
        out[n] = -1.0;
        hm_sigm_all(level[i], n, x + from, out);
        CHECK(twin_same_bits(n, out, whole + from) && out[n] < 0.0,
              "n numbers, whatever stands beside them");
      }
    }
  }
}

/* Each term 1 + e, with e = exp(-|x|), is off by a rounding and by two units in
 * the last place of e, which is at most 1, and each factor adds a rounding: in
 * all under 4e-16 a term. The parts above 0, in eight lanes, add roundings of
 * their sum. */
static void check_softplus_sum(int n, double low, double high) {
  double *x = twin_random(n, low, high, &chance);
  long double exact = 0.0L, size = 0.0L;
  for (int i = 0; i < n; i++) {
    exact += (x[i] > 0.0 ? (long double)x[i] : 0.0L) +
             log1pl(expl(-fabsl((long double)x[i])));
    size += fabsl((long double)x[i]);
  }
  /* The twin's own sum rounds as doubles do where nothing is wider, as on arm64
   * and under valgrind. */
  volatile long double one = 1.0L;
  const double own =
      one + 0x1p-60L > one ? 0.0 : DBL_EPSILON * n * (double)exact;
  const double near =
      4e-16 * n + DBL_EPSILON * (n / 8 + 4) * (double)size + own;
  double first = 0.0;
  hm_level level[4];
  const int levels = twin_levels(level);
  for (int i = 0; i < levels; i++) {
    const double sum = hm_softplus_sum(level[i], n, x);
    first = i == 0 ? sum : first;
    CHECK_NEAR(sum, (double)exact, near);
    CHECK(twin_same_bits(1, &sum, &first), "all levels give the same bits");
  }
}

static void check_softplus_not_finite(void) {
  hm_level level[4];
  const int levels = twin_levels(level);
  for (int i = 0; i < levels; i++) {
    for (int n = 1; n <= 20; n++) {
      double *x = twin_zeros(n);
      x[n - 1] = -infinity;
      CHECK_NEAR(hm_softplus_sum(level[i], n, x), (n - 1) * log(2.0), 1e-14);
      x[n - 1] = infinity;
      CHECK_NEAR(hm_softplus_sum(level[i], n, x), infinity, 0.0);
      x[n - 1] = -0.0;
      CHECK_NEAR(hm_softplus_sum(level[i], n, x), n * log(2.0), 1e-14);
      x[n - 1] = 1e308;
      CHECK_NEAR(hm_softplus_sum(level[i], n, x), 1e308, 0.0);
      x[n - 1] = -1e308;
      CHECK_NEAR(hm_softplus_sum(level[i], n, x), (n - 1) * log(2.0), 1e-14);
    }
  }
}

/* To 4e-7, and 0 below exp(-86); over the whole range, step by step. */
static void check_sigm_singles(void) {
  enum { edges = 16, n = 200000 };
  static const float edge[edges] = {
      0.0f,  -0.0f,  1.0f,   -1.0f,   90.0f, -90.0f, 710.0f, -710.0f,
      86.0f, -86.0f, 1e-30f, -1e-30f, 1e38f, -1e38f, 17.4f,  -17.4f};
  float *x = twin_singles(n), *first = twin_singles(n);
  hm_level level[4];
  const int levels = twin_levels(level);
  for (int i = 0; i < n; i++) {
    x[i] = i < edges ? edge[i] : 95.0f * (2.0f * (float)i / n - 1.0f);
  }
  for (int i = 0; i < levels; i++) {
    float *out = twin_singles(n + 1);
    int near = 1, none = 1;
    memcpy(out, x, n * sizeof *out);
    hm_sigm_singles(level[i], n, out, out);
    memcpy(first, i == 0 ? out : first, n * sizeof *out);
    CHECK(twin_same_singles(n, out, first), "all levels give the same bits");
    CHECK(isnan(out[n]), "n numbers are written");
    for (int s = 0; s < n; s++) {
      if (x[s] < -86.0f) {
        none = none && out[s] >= 0.0f && out[s] <= 0.0f;
        continue;
      }
      const double p = twin_sigm((double)x[s]);
      near = near && fabs((double)out[s] - p) <= 4e-7 * p;
      near = near && out[s] <= 1.0f;
    }
    CHECK(near, "sigm of singles is within its bound");
    CHECK(none, "and 0 below exp(-86)");
    float ends[16] = {0.0f};
    ends[3] = HUGE_VALF;
    ends[7] = -HUGE_VALF;
    hm_sigm_singles(level[i], 16, ends, ends);
    CHECK(ends[3] >= 1.0f && ends[3] <= 1.0f, "sigm of infinity is 1");
    CHECK(ends[7] >= 0.0f && ends[7] <= 0.0f, "and of minus infinity 0");
    CHECK(ends[0] >= 0.5f && ends[0] <= 0.5f, "sigm(0) is a half");
    for (int count = 0; count <= 64; count += 16) {
      float some[80];
      memcpy(some, x, sizeof some);
      hm_sigm_singles(level[i], count, some, some);
      CHECK(twin_same_singles(count, some, first) &&
                twin_same_singles(80 - count, some + count, x + count),
            "whole groups of 16");
    }
  }
}

static void checks(void) {
  check_values();
  check_laws();
  check_not_finite();
  check_log_factorial();
  check_log_sum_exp();
  check_log_sum_exp_not_finite();
  check_sigm_all();
  check_lengths();
  for (int n = 0; n <= 20; n++) {
    check_softplus_sum(n, -3.0, 3.0);
    check_softplus_sum(n, -740.0, 740.0);
  }
  check_softplus_sum(511, -1.0, 1.0); /* logs are taken of 512 at once */
  check_softplus_sum(512, -1e-3, 1e-3);
  check_softplus_sum(513, -1.0, 1.0);
  check_softplus_sum(3001, -0.5, 0.5);
  check_softplus_sum(1025, -90.0, 90.0);
  check_softplus_not_finite();
  check_sigm_singles();
}
