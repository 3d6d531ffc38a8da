/* Random numbers: the published values, the laws, and that no two draws share a
 * counter. */
#include "rng.h"

#include "check.h"
#include "twin.h"

static const uint32_t key[2] = {20240229u, 7u};

/* Known answers that come with Random123 (Salmon and others 2011). */
static void check_known_answers(void) {
  static const struct {
    uint32_t counter[4], key[2], out[4];
  } known[] = {{{0u, 0u, 0u, 0u},
                {0u, 0u},
                {0x6627E8D5u, 0xE169C58Du, 0xBC57AC4Cu, 0x9B00DBD8u}},
               {{0xFFFFFFFFu, 0xFFFFFFFFu, 0xFFFFFFFFu, 0xFFFFFFFFu},
                {0xFFFFFFFFu, 0xFFFFFFFFu},
                {0x408F276Du, 0x41C83B0Eu, 0xA20BC7C6u, 0x6D5451FDu}},
               {{0x243F6A88u, 0x85A308D3u, 0x13198A2Eu, 0x03707344u},
                {0xA4093822u, 0x299F31D0u},
                {0xD16CFE09u, 0x94FDCCEBu, 0x5001E420u, 0x24126EA1u}}};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    uint32_t out[4];
    hm_philox(known[i].counter, known[i].key, out);
    CHECK(memcmp(out, known[i].out, sizeof out) == 0,
          "Philox4x32-10 gives the published words");
  }
}

/* With the words at the documented counter, a uniform is the midpoint of one of
 * 2^32 cells: at least 2^-33 and at most 1 - 2^-33, whatever the word. */
static void check_counters(void) {
  static const uint32_t step = 0xFFFFFFF1u, sweep = 0xABCDEFu;
  const hm_stream stream = hm_stream_of(key, HM_DRAW_ORDER, step, sweep);
  const uint32_t which_case = 0x87654321u;
  double u[96], mid[96];
  hm_uniforms(&stream, which_case, 0, 96, u);
  for (uint32_t i = 0; i < 96; i++) {
    const uint32_t counter[4] = {8 * (i / 32) + i % 8, which_case, step,
                                 ((uint32_t)HM_DRAW_ORDER << 24) | sweep};
    uint32_t word[4];
    hm_philox(counter, key, word);
    mid[i] = (word[i / 8 % 4] + 0.5) / 4294967296.0;
  }
  CHECK(twin_same_bits(96, u, mid), "uniforms are midpoints of their words");
}

static void check_parts(void) {
  const hm_stream stream = hm_stream_of(key, HM_DRAW_VISIBLE, 3, 1);
  double whole[200];
  hm_uniforms(&stream, 9, 0, 200, whole);
  for (int first = 0; first <= 96; first += 32) {
    for (int n = 0; n <= 70; n++) {
      double part[72];
      part[n] = -1.0;
      hm_uniforms(&stream, 9, first, n, part);
      CHECK(twin_same_bits(n, part, whole + first),
            "uniforms from `first` on are a part of all");
      CHECK(part[n] < 0.0, "no more than n uniforms are written");
    }
  }
}

static int compare_blocks(const void *x, const void *y) {
  return memcmp(x, y, 4 * sizeof(double));
}

/* Philox is one to one for a key, so two blocks of four words are equal only
 * where their counters are: there is no false alarm. */
static void check_streams_do_not_overlap(void) {
  static const uint32_t step[] = {0, 1, 2, 0xFFFFFFFFu};
  static const uint32_t sweep[] = {0, 1, 2, 0xFFFFFFu};
  static const uint32_t which_case[] = {0, 1, 2, 0x7FFFFFFFu};
  static const int first[] = {0, 32, 64, 1024};
  static const hm_purpose purpose[] = {
      HM_DRAW_HIDDEN, HM_DRAW_VISIBLE, HM_DRAW_START, HM_DRAW_WEIGHTS,
      HM_DRAW_ORDER,  HM_DRAW_MONITOR, HM_DRAW_BASE};
  const int purposes = (int)(sizeof purpose / sizeof *purpose);
  const int streams = purposes * 256 * 8;
  double *block = twin_reals((ptrdiff_t)streams * 4), *next = block;
  for (int what = 0; what < purposes; what++) {
    for (int i = 0; i < 256; i++) {
      const hm_stream stream =
          hm_stream_of(key, purpose[what], step[i & 3], sweep[i >> 2 & 3]);
      double u[32];
      hm_uniforms(&stream, which_case[i >> 4 & 3], first[i >> 6], 32, u);
      for (int unit = 0; unit < 8; unit++, next += 4) {
        for (int word = 0; word < 4; word++) {
          next[word] = u[8 * word + unit];
        }
      }
    }
  }
  qsort(block, (size_t)streams, 4 * sizeof *block, compare_blocks);
  int same = 0;
  for (int i = 1; i < streams; i++) {
    same += compare_blocks(block + 4 * i - 4, block + 4 * i) == 0;
  }
  CHECK(same == 0, "draws for different things have different counters");
}

static void check_keys_differ(void) {
  static const uint32_t other[2][2] = {{20240230u, 7u}, {20240229u, 8u}};
  double u[3][4];
  const hm_stream stream = hm_stream_of(key, HM_DRAW_HIDDEN, 0, 0);
  hm_uniforms(&stream, 0, 0, 4, u[2]);
  for (int i = 0; i < 2; i++) {
    const hm_stream changed = hm_stream_of(other[i], HM_DRAW_HIDDEN, 0, 0);
    hm_uniforms(&changed, 0, 0, 4, u[i]);
    CHECK(!twin_same_bits(4, u[i], u[2]), "each word of the key matters");
  }
}

/* Two lists of numbers in (0, 1) fill the 16 x 16 cells of a square evenly. */
static double dependence(ptrdiff_t n, const double *x, const double *y,
                         ptrdiff_t by) {
  long *seen = twin_counts(256);
  for (ptrdiff_t i = 0; i < n; i += by) {
    seen[(int)(x[i] * 16.0) * 16 + (int)(y[i] * 16.0)]++;
  }
  return twin_uneven(256, seen);
}

/* Mean 1/2, variance 1/12; (u - 1/2)^2 has the variance 1/180. */
static void check_uniform_law(void) {
  enum { cases = 4096, units = 64, n = cases * units };
  const hm_stream stream = hm_stream_of(key, HM_DRAW_HIDDEN, 12, 0);
  const hm_stream later = hm_stream_of(key, HM_DRAW_HIDDEN, 12, 1);
  double *u = twin_reals(n), *after = twin_reals(n);
  long *seen = twin_counts(1024);
  double sum = 0.0, squares = 0.0;
  int inside = 1;
  for (int s = 0; s < cases; s++) {
    hm_uniforms(&stream, (uint32_t)s, 0, units, u + s * units);
    hm_uniforms(&later, (uint32_t)s, 0, units, after + s * units);
  }
  for (int i = 0; i < n; i++) {
    inside = inside && u[i] > 0.0 && u[i] < 1.0;
    sum += u[i] - 0.5;
    squares += (u[i] - 0.5) * (u[i] - 0.5);
    seen[(int)(u[i] * 1024.0)]++;
  }
  CHECK(inside, "uniforms are strictly between 0 and 1");
  CHECK_NEAR(sum / n, 0.0, TWIN_Z * sqrt(1.0 / 12.0 / n));
  CHECK_NEAR(squares / n, 1.0 / 12.0, TWIN_Z * sqrt(1.0 / 180.0 / n));
  CHECK(twin_uneven(1024, seen) <= 1.0, "uniforms fill 1024 cells evenly");
  CHECK(dependence(n, u, u + 1, 2) <= 1.0, "units next to each other");
  CHECK(dependence(n - 2, u + 1, u + 2, 2) <= 1.0, "and the other pairs");
  double *left = twin_reals(n / 2), *right = twin_reals(n / 2);
  for (int i = 0; i < n / 2; i++) {
    left[i] = u[i / 8 * 16 + i % 8];
    right[i] = u[i / 8 * 16 + 8 + i % 8];
  }
  CHECK(dependence(n / 2, left, right, 1) <= 1.0, "units of one block");
  CHECK(dependence(n - units, u, u + units, 1) <= 1.0, "cases in a row");
  CHECK(dependence(n, u, after, 1) <= 1.0, "sweeps in a row");
}

static void check_below(void) {
  enum { n = 60000 };
  const hm_stream stream = hm_stream_of(key, HM_DRAW_MONITOR, 0, 0);
  static const uint32_t bounds[] = {1u,    2u,          7u,
                                    1000u, 0x80000000u, 0xFFFFFFFFu};
  for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
    const uint32_t bound = bounds[i];
    const int cells = bound < 1000u ? (int)bound : 1000;
    long *seen = twin_counts(cells);
    int below = 1;
    for (uint32_t s = 0; s < n; s++) {
      const uint32_t drawn = hm_below(&stream, s, bound);
      below = below && drawn < bound;
      seen[(int)((double)drawn / bound * cells) % cells]++;
    }
    CHECK(below, "hm_below stays below its bound");
    CHECK(bound == 1 || twin_uneven(cells, seen) <= 1.0, "hm_below is uniform");
  }
  /* With 32 random bits only, half of the numbers below 3 2^30 that can be
   * drawn would be multiples of 3. */
  long *rest = twin_counts(3);
  for (uint32_t s = 0; s < n; s++) {
    rest[hm_below(&stream, s, 0xC0000000u) % 3u]++;
  }
  CHECK(twin_uneven(3, rest) <= 1.0, "hm_below uses more than 32 bits");
}

static void check_shuffle(void) {
  static const int sizes[] = {1, 2, 5, 1000};
  for (int i = 0; i < 4; i++) {
    const int n = sizes[i];
    const hm_stream stream = hm_stream_of(key, HM_DRAW_ORDER, 5, 0);
    int *order = twin_ints(n + 1), *times = twin_ints(n), once = 1;
    memset(times, 0, (size_t)n * sizeof *times);
    hm_shuffle(&stream, n, order);
    for (int s = 0; s < n; s++) {
      if (order[s] >= 0 && order[s] < n) {
        times[order[s]]++;
      }
    }
    for (int s = 0; s < n; s++) {
      once = once && times[s] == 1;
    }
    CHECK(once, "a shuffle is a permutation");
    CHECK(order[n] == -1, "a shuffle writes n numbers");
  }
}

/* All 24 orders of four are equally likely. At each of 10 places each of 10
 * numbers is; each is at one place only, so that (10 - 1) / 10 of the
 * chi-square has 9 x 9 degrees of freedom. */
static void check_shuffle_law(void) {
  enum { n = 10, runs = 30000 };
  long *orders = twin_counts(256), *whole = twin_counts(24);
  long *seen = twin_counts(n * n);
  int used = 0;
  double square = 0.0;
  for (uint32_t run = 0; run < runs; run++) {
    const hm_stream stream = hm_stream_of(key, HM_DRAW_ORDER, run, 0);
    int order[n];
    hm_shuffle(&stream, 4, order);
    orders[order[0] + 4 * order[1] + 16 * order[2] + 64 * order[3]]++;
    hm_shuffle(&stream, n, order);
    for (int place = 0; place < n; place++) {
      seen[place * n + order[place]]++;
    }
  }
  for (int i = 0; i < 256; i++) {
    if (orders[i] > 0 && used < 24) {
      whole[used++] = orders[i];
    }
  }
  CHECK(twin_uneven(24, whole) <= 1.0, "all orders of four are equally likely");
  for (int i = 0; i < n * n; i++) {
    const double due = (double)runs / n, off = (double)seen[i] - due;
    square += off * off / due * (n - 1) / n;
  }
  CHECK(square <= twin_chi_square_limit((n - 1) * (n - 1)),
        "each number is equally likely at each place");
}

/* The first four moments, with their standard errors, and 64 cells that are
 * equally likely. */
static void check_normals(hm_level level) {
  enum { cases = 4096, units = 50, n = cases * units };
  const hm_stream stream = hm_stream_of(key, HM_DRAW_WEIGHTS, 0, 0);
  double *x = twin_reals(n), *below = twin_reals(n);
  double moment[4] = {0.0, 0.0, 0.0, 0.0};
  long *seen = twin_counts(64);
  for (int s = 0; s < cases; s++) {
    hm_normals(level, &stream, (uint32_t)s, units, x + s * units);
  }
  for (int i = 0; i < n; i++) {
    moment[0] += x[i] / n;
    moment[1] += pow(x[i], 2.0) / n;
    moment[2] += pow(x[i], 3.0) / n;
    moment[3] += pow(x[i], 4.0) / n;
    below[i] = 0.5 * erfc(-x[i] / sqrt(2.0));
    seen[(int)(below[i] * 64.0)]++;
  }
  CHECK_NEAR(moment[0], 0.0, TWIN_Z * sqrt(1.0 / n));
  CHECK_NEAR(moment[1], 1.0, TWIN_Z * sqrt(2.0 / n));
  CHECK_NEAR(moment[2], 0.0, TWIN_Z * sqrt(15.0 / n));
  CHECK_NEAR(moment[3], 3.0, TWIN_Z * sqrt(96.0 / n));
  CHECK(twin_uneven(64, seen) <= 1.0, "normals fill 64 cells evenly");
  CHECK(dependence(n, below, below + 1, 2) <= 1.0, "normals of a pair");
  CHECK(dependence(n - 2, below + 1, below + 2, 2) <= 1.0,
        "normals of two pairs");
  double u[units + 14], apart = 0.0;
  for (int s = 0; s < cases; s++) {
    hm_uniforms(&stream, (uint32_t)s, 0, units, u);
    for (int i = 0; i < units; i += 2) {
      const double *z = x + s * units + i;
      const double radius = sqrt(-2.0 * log(u[i]));
      const double angle = 2.0 * 3.14159265358979323846 * u[i + 1];
      apart = fmax(apart, fabs(z[0] - radius * cos(angle)) / radius);
      apart = fmax(apart, fabs(z[1] - radius * sin(angle)) / radius);
    }
  }
  /* The angle's own roundings are most of it. */
  CHECK_NEAR(apart, 0.0, 2e-15);
  for (int few = 0; few <= 40; few++) {
    double part[41];
    part[few] = 99.0;
    hm_normals(level, &stream, 0, few, part);
    CHECK(twin_same_bits(few, part, x) && part[few] > 98.0,
          "n normals are the first n of more");
  }
  double *plain = twin_reals(200), *mine = twin_reals(200);
  for (int s = 0; s < cases; s++) {
    hm_normals(HM_PLAIN, &stream, (uint32_t)s, 200, plain);
    hm_normals(level, &stream, (uint32_t)s, 200, mine);
    CHECK(twin_same_bits(200, plain, mine), "all levels give the same bits");
  }
}

/* Bit i is on where the uniform of unit 32 panel + i is below its mean, both to
 * 31 bits; for some rows only, whose bits alone are written. */
static void check_bernoulli(hm_level level, const hm_rows *rows, int from,
                            int to, int panel) {
  enum { most = 12, stride = 3 };
  static const float edge[] = {0.0f,     1.0f,     0x1p-31f, 0x1p-32f,
                               0x1p-30f, 0x1p-24f, 0.5f,     1.0f - 0x1p-24f};
  const hm_stream stream =
      hm_stream_of(key, HM_DRAW_HIDDEN, 0xFFFFFFF0u, 0xABCDEFu);
  float p[most * 32];
  uint32_t bits[most * stride + 1];
  int same = 1, others = 1;
  memset(p, 0xFF, sizeof p); /* NaN where there is nothing to read */
  memset(bits, 0x5A, sizeof bits);
  static uint64_t chance = 233;
  for (int i = from * 32; i < to * 32; i++) {
    p[i] = (float)twin_uniform(&chance);
    if (i % 5 == 0) {
      p[i] = edge[i / 5 % 8];
    }
  }
  const hm_drawing drawing = {&stream, rows, from, to};
  hm_bernoulli(level, &drawing, panel, p, bits, stride);
  for (int s = 0; s < most; s++) {
    for (int word = 1; word < stride; word++) {
      others = others && bits[s * stride + word] == 0x5A5A5A5Au;
    }
    if (s < from || s >= to) {
      others = others && bits[s * stride] == 0x5A5A5A5Au;
      continue;
    }
    double u[32];
    uint32_t expected = 0;
    hm_uniforms(&stream, (uint32_t)hm_row(rows, s), 32 * panel, 32, u);
    for (int i = 0; i < 32; i++) {
      expected |= (uint32_t)twin_is_on(u[i], p[s * 32 + i]) << i;
    }
    same = same && bits[s * stride] == expected;
  }
  CHECK(same, "a unit is on where its uniform is below its mean");
  CHECK(others, "nothing else is written");
}

/* Where p is on the grid of 31 bits, as singles from 2^-8 on are, "below" is
 * u < p itself. */
static void check_bernoulli_is_below(hm_level level) {
  enum { n = 500 };
  const hm_stream stream = hm_stream_of(key, HM_DRAW_VISIBLE, 1, 1);
  const hm_rows rows = {NULL, 0, n};
  float *p = twin_singles(n * 32);
  uint32_t bits[n];
  uint64_t chance = 239;
  int same = 1;
  for (int i = 0; i < n * 32; i++) {
    p[i] = (float)(0x1p-8 + (1.0 - 0x1p-8) * twin_uniform(&chance));
  }
  const hm_drawing drawing = {&stream, &rows, 0, n};
  hm_bernoulli(level, &drawing, 2, p, bits, 1);
  for (int s = 0; s < n; s++) {
    double u[32];
    hm_uniforms(&stream, (uint32_t)s, 64, 32, u);
    for (int i = 0; i < 32; i++) {
      same = same && ((bits[s] >> i) & 1u) == (u[i] < (double)p[s * 32 + i]);
    }
  }
  CHECK(same, "below is below");
}

static void check_certain(hm_level level) {
  enum { n = 2000 };
  const hm_stream stream = hm_stream_of(key, HM_DRAW_HIDDEN, 9, 9);
  const hm_rows rows = {NULL, 0, n};
  float *p = twin_singles(n * 32);
  uint32_t bits[n];
  int good = 1;
  for (int i = 0; i < n * 32; i++) {
    p[i] = i % 2 ? 1.0f : 0.0f;
  }
  const hm_drawing drawing = {&stream, &rows, 0, n};
  for (int panel = 0; panel < 10; panel++) {
    hm_bernoulli(level, &drawing, panel, p, bits, 1);
    for (int s = 0; s < n; s++) {
      good = good && bits[s] == 0xAAAAAAAAu;
    }
  }
  CHECK(good, "a mean of 1 is always on, of 0 never");
  good = 1;
  for (int i = 0; i < n * 32; i++) {
    static const float odd[4] = {NAN, HUGE_VALF, -HUGE_VALF, -1.0f};
    p[i] = odd[i % 4];
  }
  hm_bernoulli(level, &drawing, 0, p, bits, 1);
  for (int s = 0; s < n; s++) {
    good = good && bits[s] == 0x22222222u;
  }
  CHECK(good, "what is no mean is off below 1 and where it is no number");
}

static void check_all_bernoulli(void) {
  enum { n = 12 };
  static const int row[n] = {5, 0, 2147483647, 7, 7, 1, 99, 3, 4, 8, 6, 100000};
  const hm_rows listed = {row, 0, n}, run = {NULL, 1000, n};
  hm_level level[4];
  const int levels = twin_levels(level);
  for (int i = 0; i < levels; i++) {
    for (int panel = 0; panel < 40; panel += 3) {
      check_bernoulli(level[i], &listed, 0, n, panel);
      check_bernoulli(level[i], &run, 0, n, panel);
      check_bernoulli(level[i], &listed, 3, 8, panel);
      check_bernoulli(level[i], &run, 11, 12, panel);
    }
    check_bernoulli(level[i], &run, 5, 5, 0);
    check_bernoulli_is_below(level[i]);
    check_certain(level[i]);
  }
}

static void checks(void) {
  check_known_answers();
  check_counters();
  check_parts();
  check_streams_do_not_overlap();
  check_keys_differ();
  check_uniform_law();
  check_below();
  check_shuffle();
  check_shuffle_law();
  hm_level level[4];
  const int levels = twin_levels(level);
  for (int i = 0; i < levels; i++) {
    check_normals(level[i]);
  }
  check_all_bernoulli();
}
