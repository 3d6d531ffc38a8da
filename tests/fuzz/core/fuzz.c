#include "fuzz.h"

#include <limits.h>
#include <sanitizer/asan_interface.h>
#include <stdio.h>

ptrdiff_t fuzz_piece = 1000;
int fuzz_wild;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const unsigned char *next, *end;
static uint64_t chance;

enum { most_blocks = 4096 };
static void *block[most_blocks];
static int blocks;

void fuzz_failed(const char *what, const char *file, int line) {
  fprintf(stderr, "%s:%d: failed: %s\n", file, line, what);
  abort();
}

void *fuzz_allot(hm_arena *arena, ptrdiff_t count, size_t size) {
  const size_t line = 64, bytes = (size_t)count * size;
  char *room = arena->base ? arena->base + arena->used : NULL;
  FUZZ_CHECK(count >= 0, "a room has a size");
  arena->used += (bytes + line - 1) / line * line + line;
  if (room) {
    ASAN_POISON_MEMORY_REGION(
        room + bytes, (size_t)(arena->base + arena->used - room) - bytes);
  }
  return room;
}

static void *keep(void *memory, size_t bytes) {
  FUZZ_CHECK(memory && blocks < most_blocks, "there is memory");
  block[blocks++] = memory;
  return memset(memory, 0xFF, bytes);
}

void *fuzz_memory(ptrdiff_t count, size_t size) {
  const size_t bytes = (size_t)count * size;
  return keep(malloc(bytes), bytes);
}

hm_arena fuzz_arena(const hm_arena *measured) {
  const size_t bytes = measured->used + 64;
  hm_arena arena = {keep(aligned_alloc(64, bytes), bytes), 0};
  return arena;
}

int fuzz_byte(void) { return next < end ? *next++ : 0; }

const unsigned char *fuzz_rest(size_t *n) {
  const unsigned char *from = next;
  *n = (size_t)(end - next);
  next = end;
  return from;
}

int fuzz_int(int least, int most) {
  const uint32_t range = (uint32_t)most - (uint32_t)least;
  uint32_t x = (uint32_t)fuzz_byte();
  for (uint32_t left = range >> 8; left > 0; left >>= 8) {
    x = x << 8 | (uint32_t)fuzz_byte();
  }
  return range == UINT32_MAX ? (int)x : (int)((int64_t)least + x % (range + 1));
}

int fuzz_rarely(int of) { return fuzz_int(0, of - 1) == of - 1; }

int fuzz_size(int most) {
  const int few = most < 9 ? most : 9;
  return fuzz_rarely(12) ? fuzz_int(1, most) : fuzz_int(1, few);
}

/* SplitMix64 (Steele, Lea and Flood 2014). */
static uint64_t random_word(void) {
  uint64_t z = chance += 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

double fuzz_uniform(void) { return (double)(random_word() >> 11) * 0x1p-53; }

double fuzz_any(void) {
  static const double odd[] = {
      0.0,      -0.0,         1.0,         -1.0,  0.5,    1e-320,  -1e-320,
      1e-300,   88.0,         -88.0,       709.0, -746.0, 1e4,     -1e4,
      1e9,      2147483648.0, -1e18,       1e38,  4e38,   1.7e308, -1.7e308,
      HUGE_VAL, -HUGE_VAL,    (double)NAN, 1e-8,  -3.0,   20.0,    16777216,
      1e-40,    0x1p-1074,    650.0,       3e-5};
  const int which = fuzz_int(0, 39);
  double x = 0.0;
  if (which < 32) {
    return odd[which];
  }
  if (which < 36) {
    return fuzz_int(-1000, 1000) / 64.0;
  }
  for (size_t i = 0; i < sizeof x; i++) {
    ((unsigned char *)&x)[i] = (unsigned char)fuzz_byte();
  }
  return x;
}

double *fuzz_reals(ptrdiff_t n, double low, double high) {
  double *x = FUZZ_NEW(double, n);
  for (ptrdiff_t i = 0; i < n; i++) {
    x[i] = low + (high - low) * fuzz_uniform();
  }
  for (int spots = fuzz_wild && n > 0 ? fuzz_int(0, 4) : 0; spots > 0;
       spots--) {
    x[random_word() % (uint64_t)n] = fuzz_any();
  }
  return x;
}

float *fuzz_singles(int n, double low, double high) {
  const int room = hm_panels_across(n) * HM_PANEL;
  const double *x = fuzz_reals(n, low, high);
  float *out = FUZZ_NEW(float, room);
  for (int i = 0; i < room; i++) {
    out[i] = i < n ? (float)x[i] : 0.0f;
  }
  return out;
}

double *fuzz_cells(int n, int units) {
  const double share = fuzz_int(0, 16) / 16.0;
  double *x = FUZZ_NEW(double, (ptrdiff_t)n *units);
  for (ptrdiff_t i = 0; i < (ptrdiff_t)n * units; i++) {
    x[i] = fuzz_uniform() < share ? 1.0 : 0.0;
  }
  return x;
}

hm_states fuzz_lists(int n, int units, const double *cells) {
  hm_states states;
  FUZZ_LAY(hm_states_lay(arena, units, n, &states));
  states.on.n = n;
  for (int s = 0; s < n; s++) {
    int count = 0;
    for (int i = 0; i < units; i++) {
      if (cells[(ptrdiff_t)s * units + i] > 0.0) {
        states.on.item[(ptrdiff_t)s * states.on.stride + count++] = i;
      }
    }
    states.on.count[s] = count;
  }
  return states;
}

const hm_layer *fuzz_binary(int units) {
  hm_run *run = FUZZ_NEW(hm_run, 1);
  hm_layer *layer = FUZZ_NEW(hm_layer, 1);
  run->kind = &hm_unit_binary;
  run->units = units;
  *layer = hm_layer_of(1, run);
  return layer;
}

hm_model fuzz_model(int nv, int nh, double size) {
  const double *theta = fuzz_reals(hm_parameters(nv, nh), -size, size);
  const double *b = theta + (ptrdiff_t)nv * nh;
  double *W_cols = FUZZ_NEW(double, (ptrdiff_t)nv *nh);
  for (int i = 0; i < nv; i++) {
    for (int j = 0; j < nh; j++) {
      W_cols[(ptrdiff_t)j * nv + i] = theta[(ptrdiff_t)i * nh + j];
    }
  }
  hm_model model = {nv,     nh,   theta,           W_cols,         b,
                    b + nv, NULL, fuzz_binary(nv), fuzz_binary(nh)};
  return model;
}

hm_cases fuzz_cases(int N, int nv, int may_be_real) {
  hm_cases cases = {.N = N, .nv = nv};
  const int kind = fuzz_int(0, may_be_real ? 2 : 1);
  if (kind == 2) {
    cases.reals = fuzz_reals((ptrdiff_t)N * nv, 0.0, 1.0);
    return cases;
  }
  const double *x = fuzz_cells(N, nv);
  if (kind == 0) {
    uint64_t *bits = FUZZ_NEW(uint64_t, N * hm_words(nv));
    memset(bits, 0, (size_t)(N * hm_words(nv)) * sizeof *bits);
    for (int s = 0; s < N; s++) {
      for (int i = 0; i < nv; i++) {
        bits[s * hm_words(nv) + i / 64] |=
            (uint64_t)(x[(ptrdiff_t)s * nv + i] > 0.0) << i % 64;
      }
    }
    cases.bits = bits;
    return cases;
  }
  const hm_states lists = fuzz_lists(N, nv, x);
  int *start = FUZZ_NEW(int, N + 1), count = 0;
  for (int s = 0; s < N; s++) {
    start[s] = count;
    count += lists.on.count[s];
  }
  start[N] = count;
  int *item = FUZZ_NEW(int, count);
  for (int s = 0; s < N; s++) {
    memcpy(item + start[s], lists.on.item + (ptrdiff_t)s * lists.on.stride,
           (size_t)lists.on.count[s] * sizeof *item);
  }
  cases.start = start;
  cases.item = item;
  return cases;
}

hm_rows fuzz_rows(int N, int most) {
  const int n = fuzz_int(1, most);
  hm_rows rows = {NULL, 0, n < N ? n : N};
  if (fuzz_rarely(2)) {
    rows.first = fuzz_int(0, N - rows.n);
    return rows;
  }
  int *row = FUZZ_NEW(int, n);
  for (int s = 0; s < n; s++) {
    row[s] = fuzz_int(0, N - 1);
  }
  rows.row = row;
  rows.n = n;
  return rows;
}

hm_hardware fuzz_hardware(void) {
  hm_hardware hw = {fuzz_int(1, 3), (hm_level)fuzz_int(HM_PLAIN, HM_AVX512)};
  while (!hm_level_here(hw.level)) {
    hw.level--;
  }
  return hw;
}

const uint32_t *fuzz_key(void) {
  uint32_t *key = FUZZ_NEW(uint32_t, 2);
  key[0] = (uint32_t)random_word();
  key[1] = (uint32_t)fuzz_byte();
  return key;
}

static int ask(void *data) {
  int *left = data;
  return --*left == 0;
}

hm_watch fuzz_watch(int *left) {
  hm_watch watch = {ask, left, NULL};
  return watch;
}

int fuzz_same(ptrdiff_t n, const double *x, const double *y) {
  for (ptrdiff_t i = 0; i < n; i++) {
    if (memcmp(x + i, y + i, sizeof *x) != 0 && !(isnan(x[i]) && isnan(y[i]))) {
      return 0;
    }
  }
  return 1;
}

int fuzz_same_singles(ptrdiff_t n, const float *x, const float *y) {
  for (ptrdiff_t i = 0; i < n; i++) {
    if (memcmp(x + i, y + i, sizeof *x) != 0 && !(isnan(x[i]) && isnan(y[i]))) {
      return 0;
    }
  }
  return 1;
}

int fuzz_finite(ptrdiff_t n, const double *x) {
  return fuzz_within(n, x, -HUGE_VAL, HUGE_VAL);
}

int fuzz_within(ptrdiff_t n, const double *x, double low, double high) {
  for (ptrdiff_t i = 0; i < n; i++) {
    if (!(x[i] >= low && x[i] <= high && isfinite(x[i]))) {
      return 0;
    }
  }
  return 1;
}

int fuzz_sound_lists(const hm_lists *lists, int units) {
  for (int s = 0; s < lists->n; s++) {
    const int *item = lists->item + (ptrdiff_t)s * lists->stride;
    for (int t = 0; t < lists->count[s]; t++) {
      if (item[t] < (t > 0 ? item[t - 1] + 1 : 0) || item[t] >= units) {
        return 0;
      }
    }
  }
  return 1;
}

int fuzz_same_lists(const hm_lists *x, const hm_lists *y) {
  for (int s = 0; s < x->n; s++) {
    const size_t bytes = (size_t)x->count[s] * sizeof *x->item;
    if (x->count[s] != y->count[s] ||
        memcmp(x->item + (ptrdiff_t)s * x->stride,
               y->item + (ptrdiff_t)s * y->stride, bytes) != 0) {
      return 0;
    }
  }
  return x->n == y->n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  next = data;
  end = data + size;
  const int how = fuzz_byte();
  fuzz_wild = how % 3 == 2;
  fuzz_piece = how % 2 ? 1000000 : 1 + 37 * (how / 6);
  chance = (uint64_t)fuzz_byte() << 8 | (uint64_t)fuzz_byte();
  fuzz();
  for (int i = 0; i < blocks; i++) {
    free(block[i]);
  }
  blocks = 0;
  return 0;
}
