/* What a test of the core needs, without R: include this, define
 *
 *   static void checks(void) { ... }
 *
 * with CHECK(condition, "what should hold"), CHECK_NEAR(value, expected,
 * tolerance) and CHECK_SKIP("why"), and tests/core/run builds and runs it.
 * Each CHECK counts once. `main` closes with one line of counts, and returns 1
 * where a check failed or none ran. */
#ifndef CHECK_H
#define CHECK_H

#include <math.h>
#include <stdio.h>

static long checks_passed, checks_failed, checks_skipped;

static void checks(void);

/* True where the check failed and is one of the first, which are printed. */
static inline int check_count(int good) {
  if (good) {
    checks_passed++;
    return 0;
  }
  return ++checks_failed <= 20;
}

static inline void check_that(int good, const char *what, const char *file,
                              int line) {
  if (check_count(good)) {
    printf("%s:%d: failed: %s\n", file, line, what);
  }
}

/* Equal infinities are near; NaN is near nothing. */
static inline void check_near(double value, double expected, double tolerance,
                              const char *what, const char *file, int line) {
  const double gap = fabs(value - expected);
  const int same = value >= expected && value <= expected;
  if (check_count(same || gap <= tolerance)) {
    printf("%s:%d: failed: %s is %.17g, not %.17g: off by %.3g, allowed %.3g\n",
           file, line, what, value, expected, gap, tolerance);
  }
}

static inline void check_skip(const char *why, const char *file, int line) {
  checks_skipped++;
  printf("%s:%d: skipped: %s\n", file, line, why);
}

#define CHECK(condition, what) \
  check_that((condition) ? 1 : 0, (what), __FILE__, __LINE__)
#define CHECK_NEAR(value, expected, tolerance) \
  check_near((value), (expected), (tolerance), #value, __FILE__, __LINE__)
#define CHECK_SKIP(why) check_skip((why), __FILE__, __LINE__)

int main(void) {
  setvbuf(stdout, NULL, _IONBF, 0); /* a crash loses nothing printed before */
  checks();
  printf("checks: %ld good, %ld bad, %ld skipped\n", checks_passed,
         checks_failed, checks_skipped);
  return checks_failed > 0 || checks_passed + checks_skipped == 0;
}

#endif
