/* Kernels of rng.c, see simd.h: draws of 32 units, which eight counters serve,
 * in vectors of counters. */

/* lengths := -2 log u, for 0 < u < 1, of `pairs` numbers. u is 2^n m, where m
 * lies about 1, and with s = (m - 1) / (m + 1)
 *
 *   log m = 2 s (1 + s^2 / 3 + s^4 / 5 + ...),
 *
 * whose next term is below half a unit in the last place, as are those below.
 */
KERNEL_ATTRIBUTE static void KERNEL(squares)(const double *u, double *lengths) {
  for (int i = 0; i < pairs; i += double_lanes) {
    const uint64_t one = UINT64_C(0x3FF0000000000000);
    const uint64_t root_of_half = UINT64_C(0x3FE6A09E667F3BCD);
    const longs bits = KERNEL(as_longs)(load_doubles(u + i));
    const longs power = (bits + (one - root_of_half)) >> 52;
    const doubles m = KERNEL(as_doubles)(bits - (power << 52) + one);
    const longs shifted = power | UINT64_C(0x4330000000000000);
    const doubles n =
        KERNEL(as_doubles)(shifted) - (4503599627370496.0 + 1023.0);
    const doubles s = (m - 1.0) / (m + 1.0);
    const doubles z = s * s;
    doubles sum = APART(z * (1.0 / 19.0)) + 1.0 / 17.0;
    sum = APART(sum * z) + 1.0 / 15.0;
    sum = APART(sum * z) + 1.0 / 13.0;
    sum = APART(sum * z) + 1.0 / 11.0;
    sum = APART(sum * z) + 1.0 / 9.0;
    sum = APART(sum * z) + 1.0 / 7.0;
    sum = APART(sum * z) + 1.0 / 5.0;
    sum = APART(sum * z) + 1.0 / 3.0;
    sum = APART(sum * z) + 1.0;
    /* log(2) in two parts, of which the first times n is exact. */
    const doubles log_m =
        APART(2.0 * s * sum) + APART(n * 0x1.a39ef35793c76p-33);
    store_doubles(lengths + i, -2.0 * (log_m + APART(n * 0x1.62e42feep-1)));
  }
}

/* x, y := the point of the unit circle a share u of the way round it. */
KERNEL_ATTRIBUTE static void KERNEL(circle)(const double *u, double *x,
                                            double *y) {
  for (int i = 0; i < pairs; i += double_lanes) {
    /* The nearest quarter, see exp_doubles(), and the rest. */
    const doubles turn = APART(4.0 * load_doubles(u + i));
    const doubles shifted = turn + 6755399441055744.0;
    const longs quarter = KERNEL(as_longs)(shifted);
    const doubles angle =
        APART((turn - (shifted - 6755399441055744.0)) * 1.57079632679489661923);
    const doubles z = angle * angle;
    doubles sine = APART(z * (-1.0 / 1307674368000.0)) + 1.0 / 6227020800.0;
    sine = APART(sine * z) - 1.0 / 39916800.0;
    sine = APART(sine * z) + 1.0 / 362880.0;
    sine = APART(sine * z) - 1.0 / 5040.0;
    sine = APART(sine * z) + 1.0 / 120.0;
    sine = APART(sine * z) - 1.0 / 6.0;
    sine = APART(sine * z * angle) + angle;
    doubles cosine = APART(z * (1.0 / 20922789888000.0)) - 1.0 / 87178291200.0;
    cosine = APART(cosine * z) + 1.0 / 479001600.0;
    cosine = APART(cosine * z) - 1.0 / 3628800.0;
    cosine = APART(cosine * z) + 1.0 / 40320.0;
    cosine = APART(cosine * z) - 1.0 / 720.0;
    cosine = APART(cosine * z) + 1.0 / 24.0;
    cosine = APART(cosine * z) - 0.5;
    cosine = APART(cosine * z) + 1.0;
    /* A quarter more turns (x, y) to (-y, x). */
    const longs odd = (longs){0} - (quarter & 1u);
    const longs of_sine = KERNEL(as_longs)(sine);
    const longs of_cosine = KERNEL(as_longs)(cosine);
    const longs minus_x = ((quarter + 1u) & 2u) << 62;
    const longs minus_y = (quarter & 2u) << 62;
    const longs x_size = (odd & of_sine) | (~odd & of_cosine);
    const longs y_size = (odd & of_cosine) | (~odd & of_sine);
    store_doubles(x + i, KERNEL(as_doubles)(x_size ^ minus_x));
    store_doubles(y + i, KERNEL(as_doubles)(y_size ^ minus_y));
  }
}

#if KERNEL_BYTES > 0

/* Products of the low halves. */
KERNEL_INLINE longs KERNEL(times)(longs x, longs y) {
#if KERNEL_BYTES == 64 && defined(HM_X86)
  return (longs)_mm512_mul_epu32((__m512i)x, (__m512i)y);
#elif KERNEL_BYTES == 32 && defined(HM_X86)
  return (longs)_mm256_mul_epu32((__m256i)x, (__m256i)y);
#elif KERNEL_BYTES == 16 && defined(HM_X86)
  return (longs)_mm_mul_epu32((__m128i)x, (__m128i)y);
#else
  return (x & 0xFFFFFFFFu) * (y & 0xFFFFFFFFu);
#endif
}

/* The highest bit of each lane, that of lane 0 lowest. */
KERNEL_INLINE uint32_t KERNEL(gather_bits)(words x) {
#if KERNEL_BYTES == 64 && defined(HM_X86)
  return _mm512_cmplt_epi32_mask((__m512i)x, _mm512_setzero_si512());
#elif KERNEL_BYTES == 32 && defined(HM_X86)
  return (uint32_t)_mm256_movemask_ps((__m256)x);
#elif KERNEL_BYTES == 16 && defined(HM_X86)
  return (uint32_t)_mm_movemask_ps((__m128)x);
#else
  uint32_t bits = 0;
  for (int lane = 0; lane < float_lanes; lane++) {
    bits |= (x[lane] >> 31) << lane;
  }
  return bits;
#endif
}

/* The low halves of both, in turn: even, odd, even, ... A lane of longs is two
 * lanes of words, of which the machine's byte order says which comes first. */
KERNEL_INLINE words KERNEL(interleave)(longs even, longs odd) {
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  return (words)((even << 32) | (odd & 0xFFFFFFFFu));
#else
  return (words)((even & 0xFFFFFFFFu) | (odd << 32));
#endif
}

/* out[w] := word w of the counters (even, even + 1; which_case, step, purpose),
 * two for each lane of longs, side by side. They are made in the low halves of
 * longs; what stands in the high halves is never read. */
KERNEL_INLINE void KERNEL(philox)(const hm_stream *stream, longs even,
                                  longs which_case, words out[4]) {
  const longs zero = {0};
  const longs left = zero + multiplier[0], right = zero + multiplier[1];
  longs x0[2] = {even, even + 1}, x1[2], x2[2], x3[2];
  uint32_t k0 = stream->key[0], k1 = stream->key[1];
  HM_UNROLL for (int i = 0; i < 2; i++) {
    x1[i] = which_case;
    x2[i] = zero + stream->step;
    x3[i] = zero + stream->purpose_and_sweep;
  }
  for (int round = 0; round < 10; round++) {
    HM_UNROLL for (int i = 0; i < 2; i++) {
      const longs a = KERNEL(times)(x0[i], left);
      const longs b = KERNEL(times)(x2[i], right);
      x0[i] = (b >> 32) ^ x1[i] ^ (zero + k0);
      x2[i] = (a >> 32) ^ x3[i] ^ (zero + k1);
      x1[i] = b;
      x3[i] = a;
    }
    k0 += weyl[0];
    k1 += weyl[1];
  }
  out[0] = KERNEL(interleave)(x0[0], x0[1]);
  out[1] = KERNEL(interleave)(x1[0], x1[1]);
  out[2] = KERNEL(interleave)(x2[0], x2[1]);
  out[3] = KERNEL(interleave)(x3[0], x3[1]);
}

/* Bit i on where the 31 high bits of number i are below 2^31 mean[i]. */
KERNEL_INLINE uint32_t KERNEL(compare)(words number, floats mean) {
  typedef int32_t whole __attribute__((vector_size(KERNEL_BYTES)));
  const floats scaled = mean * 0x1p31f;
  /* All that is 1 stays on: 2^31 itself has no place in 32 signed bits. */
  const words certain = MASK_OF(words, mean >= 1.0f);
  const words in_range = KERNEL(as_words)(scaled) & ~certain;
  const whole limit = CONVERT(whole, KERNEL(as_floats)(in_range));
  const words on = MASK_OF(words, (whole)(number >> 1) < limit);
  return KERNEL(gather_bits)(on | certain);
}

/* The means of the units that one vector of counters serves: those of case s,
 * and where it serves two, of case `other`. */
KERNEL_INLINE floats KERNEL(two_means)(const float *p, ptrdiff_t s,
                                       ptrdiff_t other) {
#if KERNEL_BYTES == 64 && defined(HM_X86)
  return (floats)_mm512_insertf64x4(
      _mm512_castpd256_pd512(_mm256_castps_pd(_mm256_loadu_ps(p + s * 32))),
      _mm256_castps_pd(_mm256_loadu_ps(p + other * 32)), 1);
#elif KERNEL_BYTES == 64
  floats mean;
  memcpy(&mean, p + s * 32, sizeof mean / 2);
  memcpy((char *)&mean + sizeof mean / 2, p + other * 32, sizeof mean / 2);
  return mean;
#else
  (void)other;
  return load_floats(p + s * 32);
#endif
}

/* Where vectors are wide enough, two cases at a time; the last one may have no
 * other, and is then its own. */
KERNEL_ATTRIBUTE static void KERNEL(bernoulli)(const hm_drawing *drawing,
                                               int panel, const float *p,
                                               uint32_t *bits,
                                               ptrdiff_t stride) {
  enum { lanes = double_lanes < 4 ? double_lanes : 4 };
  enum { each = 2 * lanes, cases = double_lanes / lanes };
  const hm_rows *rows = drawing->rows;
  const int to = drawing->to;
  longs even = {0}, of_first = {0};
  for (int lane = 0; lane < double_lanes; lane++) {
    even[lane] = (uint64_t)panel * 8 + 2 * (uint64_t)(lane % lanes);
    of_first[lane] = lane < lanes ? ~UINT64_C(0) : 0;
  }
  for (int s = drawing->from; s < to; s += cases) {
    const int other = s + 1 < to ? s + 1 : s;
    uint32_t word[2] = {0, 0};
    const longs which_case = (of_first & (uint32_t)hm_row(rows, s)) |
                             (~of_first & (uint32_t)hm_row(rows, other));
    for (int first = 0; first < 8; first += each) {
      words number[4];
      KERNEL(philox)
      (drawing->stream, even + (uint64_t)first, which_case, number);
      HM_UNROLL for (int w = 0; w < 4; w++) {
        const int unit = 8 * w + first;
        const uint32_t on =
            KERNEL(compare)(number[w], KERNEL(two_means)(p + unit, s, other));
        word[0] |= (on & ((1u << each) - 1)) << unit;
        word[1] |= on >> each << unit;
      }
    }
    bits[s * stride] = word[0];
    if (cases == 2) {
      bits[other * stride] = word[other - s];
    }
  }
}

/* number := those of panel `panel` of the case, and of the next one. */
KERNEL_ATTRIBUTE static void KERNEL(two_panels)(const hm_stream *stream,
                                                uint32_t which_case,
                                                uint32_t panel,
                                                uint32_t number[64]) {
  enum { lanes = double_lanes < 4 ? double_lanes : 4 };
  enum { each = 2 * lanes, panels = double_lanes / lanes };
  longs even = {0};
  for (int lane = 0; lane < double_lanes; lane++) {
    even[lane] = ((uint64_t)panel + (uint64_t)(lane / lanes)) * 8 +
                 2 * (uint64_t)(lane % lanes);
  }
  for (int p = 0; p < 2; p += panels) {
    for (int first = 0; first < 8; first += each) {
      words word[4];
      KERNEL(philox)
      (stream, even + (uint64_t)(8 * p + first),
       (longs){0} + (uint64_t)which_case, word);
      for (int w = 0; w < 4; w++) {
        uint32_t lane[float_lanes];
        memcpy(lane, &word[w], sizeof lane);
        for (int l = 0; l < float_lanes; l++) {
          number[32 * (p + l / each) + 8 * w + first + l % each] = lane[l];
        }
      }
    }
  }
}

#endif
