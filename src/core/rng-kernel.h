/* Kernel of rng.c, see simd.h: Bernoulli draws of 32 units, which eight
 * counters serve, in vectors of counters. */
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
  out[0] = (words)((x0[0] & 0xFFFFFFFFu) | (x0[1] << 32));
  out[1] = (words)((x1[0] & 0xFFFFFFFFu) | (x1[1] << 32));
  out[2] = (words)((x2[0] & 0xFFFFFFFFu) | (x2[1] << 32));
  out[3] = (words)((x3[0] & 0xFFFFFFFFu) | (x3[1] << 32));
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
  return KERNEL(load_floats)(p + s * 32);
#endif
}

/* Where vectors are wide enough, two cases at a time; the last one may have no
 * other, and is then its own. */
KERNEL_ATTRIBUTE static void KERNEL(bernoulli)(const hm_stream *stream,
                                               const hm_rows *rows, int from,
                                               int to, int panel,
                                               const float *p, uint32_t *bits,
                                               ptrdiff_t stride) {
  enum { lanes = double_lanes < 4 ? double_lanes : 4 };
  enum { each = 2 * lanes, cases = double_lanes / lanes };
  longs even = {0}, of_first = {0};
  for (int lane = 0; lane < double_lanes; lane++) {
    even[lane] = (uint64_t)panel * 8 + 2 * (uint64_t)(lane % lanes);
    of_first[lane] = lane < lanes ? ~UINT64_C(0) : 0;
  }
  for (int s = from; s < to; s += cases) {
    const int other = s + 1 < to ? s + 1 : s;
    uint32_t word[2] = {0, 0};
    const longs which_case = (of_first & (uint32_t)hm_row(rows, s)) |
                             (~of_first & (uint32_t)hm_row(rows, other));
    for (int first = 0; first < 8; first += each) {
      words number[4];
      KERNEL(philox)(stream, even + (uint64_t)first, which_case, number);
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

#endif
