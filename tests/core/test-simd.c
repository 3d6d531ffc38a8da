/* Levels: their names and which are here; and how threads share cases. */
#include "simd.h"

#include <limits.h>

#include "check.h"
#include "twin.h"

static void check_names(void) {
  static const char *const names[] = {"plain", "baseline", "avx2", "avx512"};
  for (int i = 0; i < 4; i++) {
    const char *name = hm_level_name(i);
    CHECK(name && strcmp(name, names[i]) == 0, "levels have their names");
  }
  CHECK(strcmp(hm_level_name(HM_PLAIN), "plain") == 0 &&
            strcmp(hm_level_name(HM_AVX512), "avx512") == 0,
        "and stand in their order");
  CHECK(!hm_level_name(-1) && !hm_level_name(4) && !hm_level_name(INT_MAX) &&
            !hm_level_name(INT_MIN),
        "there are no more levels");
}

static void check_here(void) {
  hm_level level[4];
  const int n = twin_levels(level);
  CHECK(hm_level_here(HM_PLAIN) == 1, "plain C is always here");
  CHECK(n >= 1 && level[0] == HM_PLAIN, "and the first");
#if defined(__GNUC__)
  CHECK(hm_level_here(HM_BASELINE) == 1, "this compiler has vectors");
#else
  CHECK(n == 1, "no other level without this compiler's vectors");
#endif
#if defined(__GNUC__) && defined(__x86_64__) && !defined(_WIN32)
  CHECK(!hm_level_here(HM_AVX512) || hm_level_here(HM_AVX2),
        "machines with AVX-512 have AVX2");
  CHECK(hm_level_here(HM_AVX2) == (__builtin_cpu_supports("avx2") != 0),
        "AVX2 is here where the machine has it");
#else
  CHECK(!hm_level_here(HM_AVX2) && !hm_level_here(HM_AVX512),
        "these vectors are those of x86");
#endif
  for (int i = HM_PLAIN; i <= HM_AVX512; i++) {
    const int here = hm_level_here((hm_level)i);
    CHECK(here == 0 || here == 1, "a level is here or not");
  }
  CHECK(twin_hw(3).threads == 3 && hm_level_here(twin_hw(3).level),
        "the widest level that is here is one of them");
}

/* A table has a function for each level, whether it is here or not. */
static int one_plain(void) { return 0; }
#if defined(HM_VECTORS)
static int one_baseline(void) { return 1; }
#endif
#if defined(HM_X86)
static int one_avx2(void) { return 2; }
static int one_avx512(void) { return 3; }
#endif

static void check_tables(void) {
  static int (*const each[])(void) = HM_LEVELS(one);
  CHECK(sizeof each / sizeof *each == 4, "tables have a row for each level");
  for (int i = 0; i < 4; i++) {
    CHECK(each[i]() <= i, "no level gets a wider kernel");
    if (hm_level_here((hm_level)i)) {
      CHECK(each[i]() == i, "a level that is here has its own kernel");
    }
  }
}

/* Parts are runs that follow one another, hold all n, and are as long as one
 * another up to one. */
static void check_share(int n, int parts) {
  int good = hm_share(n, 0, parts) == 0 && hm_share(n, parts, parts) == n;
  for (int part = 0; part < parts; part++) {
    const int count = hm_share(n, part + 1, parts) - hm_share(n, part, parts);
    good = good && count >= n / parts && count - n / parts <= 1;
  }
  CHECK(good, "threads share all cases evenly");
}

static void checks(void) {
  static const int n[] = {0, 1, 2, 3, 7, 64, 1000003, INT_MAX - 1, INT_MAX};
  check_names();
  check_here();
  check_tables();
  for (int i = 0; i < 9; i++) {
    for (int parts = 1; parts <= 9; parts++) {
      check_share(n[i], parts);
    }
    check_share(n[i], 1024);
  }
}
