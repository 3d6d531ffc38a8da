#include "rng.h"

#include <math.h>
#include <string.h>

static const uint32_t multiplier[2] = {0xD2511F53u, 0xCD9E8D57u};
static const uint32_t weyl[2] = {0x9E3779B9u, 0xBB67AE85u};

/* Pairs of normal numbers that are made together. */
enum { pairs = 16 };

#define HM_KERNEL_FILE "rng-kernel.h"
#include "simd-each-kernel.h"

void hm_philox(const uint32_t counter[4], const uint32_t key[2],
               uint32_t out[4]) {
  uint32_t x0 = counter[0], x1 = counter[1], x2 = counter[2], x3 = counter[3];
  uint32_t k0 = key[0], k1 = key[1];
  for (int round = 0; round < 10; round++) {
    const uint64_t left = (uint64_t)multiplier[0] * x0;
    const uint64_t right = (uint64_t)multiplier[1] * x2;
    x0 = (uint32_t)(right >> 32) ^ x1 ^ k0;
    x1 = (uint32_t)right;
    x2 = (uint32_t)(left >> 32) ^ x3 ^ k1;
    x3 = (uint32_t)left;
    k0 += weyl[0];
    k1 += weyl[1];
  }
  out[0] = x0;
  out[1] = x1;
  out[2] = x2;
  out[3] = x3;
}

hm_stream hm_stream_of(const uint32_t key[2], hm_purpose purpose, uint32_t step,
                       uint32_t sweep) {
  hm_stream stream;
  stream.key[0] = key[0];
  stream.key[1] = key[1];
  stream.step = step;
  stream.purpose_and_sweep = ((uint32_t)purpose << 24) | (sweep & 0xFFFFFFu);
  return stream;
}

static void four_words(const hm_stream *stream, uint32_t which_case,
                       uint32_t block, uint32_t out[4]) {
  const uint32_t counter[4] = {block, which_case, stream->step,
                               stream->purpose_and_sweep};
  hm_philox(counter, stream->key, out);
}

static double to_unit_interval(uint32_t word) {
  return ((double)word + 0.5) * 0x1p-32;
}

/* The numbers of 32 units, as they come from the generator. */
static void panel_words(const hm_stream *stream, uint32_t which_case,
                        uint32_t panel, uint32_t number[32]) {
  for (uint32_t block = 0; block < 8; block++) {
    uint32_t word[4];
    four_words(stream, which_case, 8 * panel + block, word);
    for (uint32_t w = 0; w < 4; w++) {
      number[8 * w + block] = word[w];
    }
  }
}

void hm_uniforms(const hm_stream *stream, uint32_t which_case, int first, int n,
                 double *u) {
  for (int i = 0; i < n; i += 32) {
    uint32_t number[32];
    panel_words(stream, which_case, (uint32_t)(first + i) / 32, number);
    for (int unit = 0; unit < 32 && i + unit < n; unit++) {
      u[i + unit] = to_unit_interval(number[unit]);
    }
  }
}

static void bernoulli_plain(const hm_drawing *drawing, int panel,
                            const float *p, uint32_t *bits, ptrdiff_t stride) {
  for (int s = drawing->from; s < drawing->to; s++) {
    const uint32_t which_case = (uint32_t)hm_row(drawing->rows, s);
    const float *mean = p + (ptrdiff_t)s * 32;
    uint32_t number[32], word = 0;
    panel_words(drawing->stream, which_case, (uint32_t)panel, number);
    for (int i = 0; i < 32; i++) {
      const int certain = mean[i] >= 1.0f;
      /* False too where the mean of a huge machine is not a number. */
      const int possible = mean[i] > 0.0f && !certain;
      const uint32_t limit = possible ? (uint32_t)(mean[i] * 0x1p31f) : 0;
      word |= (uint32_t)(certain || number[i] >> 1 < limit) << i;
    }
    bits[s * stride] = word;
  }
}

void hm_bernoulli(hm_level level, const hm_drawing *drawing, int panel,
                  const float *p, uint32_t *bits, ptrdiff_t stride) {
  static void (*const draw[])(const hm_drawing *, int, const float *,
                              uint32_t *, ptrdiff_t) = HM_LEVELS(bernoulli);
  draw[level](drawing, panel, p, bits, stride);
}

static void two_panels_plain(const hm_stream *stream, uint32_t which_case,
                             uint32_t panel, uint32_t number[64]) {
  panel_words(stream, which_case, panel, number);
  panel_words(stream, which_case, panel + 1, number + 32);
}

/* z := 32 normals by 32 numbers. */
static void to_normals(hm_level level, const uint32_t *number, double *z) {
  static void (*const squares[])(const double *, double *) = HM_LEVELS(squares);
  static void (*const circle[])(const double *, double *, double *) =
      HM_LEVELS(circle);
  double u[pairs], turn[pairs], square[pairs], x[pairs], y[pairs];
  for (int i = 0; i < pairs; i++) {
    u[i] = to_unit_interval(number[2 * i]);
    turn[i] = to_unit_interval(number[2 * i + 1]);
  }
  squares[level](u, square);
  circle[level](turn, x, y);
  for (int i = 0; i < pairs; i++) {
    const double radius = sqrt(square[i]);
    z[2 * i] = radius * x[i];
    z[2 * i + 1] = radius * y[i];
  }
}

void hm_normals_from(hm_level level, const hm_stream *stream,
                     uint32_t which_case, int first, int n, double *x) {
  static void (*const two_panels[])(const hm_stream *, uint32_t, uint32_t,
                                    uint32_t *) = HM_LEVELS(two_panels);
  for (int i = 0; i < n; i += 64) {
    uint32_t number[64];
    double z[64];
    const int left = n - i < 64 ? n - i : 64;
    two_panels[level](stream, which_case, (uint32_t)(first + i) / 32, number);
    to_normals(level, number, z);
    if (left > 32) {
      to_normals(level, number + 32, z + 32);
    }
    memcpy(x + i, z, (size_t)left * sizeof *x);
  }
}

void hm_singles_from(hm_level level, const hm_stream *stream,
                     uint32_t which_case, int first, int n, float *u) {
  static void (*const two_panels[])(const hm_stream *, uint32_t, uint32_t,
                                    uint32_t *) = HM_LEVELS(two_panels);
  for (int i = 0; i < n; i += 64) {
    uint32_t number[64];
    const int left = n - i < 64 ? n - i : 64;
    two_panels[level](stream, which_case, (uint32_t)(first + i) / 32, number);
    for (int unit = 0; unit < left; unit++) {
      u[i + unit] = ((float)(number[unit] >> 8) + 0.5f) * 0x1p-24f;
    }
  }
}

void hm_normals(hm_level level, const hm_stream *stream, uint32_t which_case,
                int n, double *x) {
  hm_normals_from(level, stream, which_case, 0, n, x);
}

uint32_t hm_below(const hm_stream *stream, uint32_t which_case,
                  uint32_t bound) {
  uint32_t word[4];
  four_words(stream, which_case, 0, word);
  /* The high 32 bits of a 64-bit fraction times the bound, in two halves so
   * that the product fits 64 bits. */
  const uint64_t low = (uint64_t)word[1] * bound;
  return (uint32_t)(((uint64_t)word[0] * bound + (low >> 32)) >> 32);
}

void hm_shuffle(const hm_stream *stream, int n, int *order) {
  for (int i = 0; i < n; i++) {
    order[i] = i;
  }
  for (int last = n - 1; last > 0; last--) {
    const uint32_t other =
        hm_below(stream, (uint32_t)last, (uint32_t)last + 1u);
    const int kept = order[last];
    order[last] = order[other];
    order[other] = kept;
  }
}
