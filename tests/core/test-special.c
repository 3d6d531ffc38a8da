/* sigm, softplus and log-sum-exp against values with twenty digits, where they
 * are small or large, and where they have no finite argument. */
#include "special.h"

#include <float.h>

#include "check.h"

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

static void checks(void) {
  check_values();
  check_laws();
  check_not_finite();
  check_log_sum_exp();
  check_log_sum_exp_not_finite();
}
