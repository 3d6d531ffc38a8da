/* The check of vectors against plain C: all levels agree, nothing is left out
 * of the digests, and they are as quick as they must be. */
#include "selfcheck.h"

#include <limits.h>
#include <time.h>

#include "check.h"
#include "twin.h"

static void check_names(void) {
  for (int i = 0; i < HM_SELFCHECKS; i++) {
    const char *name = hm_selfcheck_name(i);
    CHECK(name && strlen(name) > 0, "checks have names");
    for (int other = 0; other < i; other++) {
      CHECK(strcmp(name, hm_selfcheck_name(other)) != 0, "each its own");
    }
  }
  CHECK(!hm_selfcheck_name(-1) && !hm_selfcheck_name(HM_SELFCHECKS) &&
            !hm_selfcheck_name(INT_MAX) && !hm_selfcheck_name(INT_MIN),
        "there are no more");
}

static void check_levels(void) {
  uint64_t plain[HM_SELFCHECKS], mine[HM_SELFCHECKS];
  hm_level level[4];
  const int levels = twin_levels(level);
  hm_selfcheck(HM_PLAIN, plain);
  for (int i = 0; i < HM_SELFCHECKS; i++) {
    CHECK(plain[i] != 0 && plain[i] != UINT64_C(0xCBF29CE484222325),
          "a digest is of something");
    for (int other = 0; other < i; other++) {
      CHECK(plain[i] != plain[other], "each of something else");
    }
  }
  for (int l = 0; l < levels; l++) {
    for (int repeat = 0; repeat < 2; repeat++) {
      memset(mine, 0xFF, sizeof mine);
      hm_selfcheck(level[l], mine);
      for (int i = 0; i < HM_SELFCHECKS; i++) {
        CHECK(mine[i] == plain[i], "every level gives the bits of plain C");
      }
    }
  }
}

/* Loading waits for it. Processor time, since a machine may be busy; emulated
 * ones are slower. */
static void check_time(void) {
  uint64_t digest[HM_SELFCHECKS];
  const clock_t begin = clock();
  for (int i = 0; i < 10; i++) {
    hm_selfcheck(twin_hw(1).level, digest);
  }
  CHECK((double)(clock() - begin) / CLOCKS_PER_SEC < 10 * 0.05,
        "the check takes no time that is noticed");
}

static void checks(void) {
  check_names();
  check_levels();
  check_time();
}
