/* Kernels of optim.c, see simd.h. n is a multiple of eight; `numbers` are the
 * settings of the rule, in the order in which its first lines take them. */
#include "split-vectors-kernel.h"

KERNEL_INLINE double KERNEL(sum_of_lanes)(const doubles *sum) {
  double lane[8];
  memcpy(lane, sum, sizeof lane);
  return ((lane[0] + lane[1]) + (lane[2] + lane[3])) +
         ((lane[4] + lane[5]) + (lane[6] + lane[7]));
}

/* The nearest to each lane's root, as IEEE 754 has it. */
KERNEL_INLINE doubles KERNEL(sqrt_doubles)(doubles x) {
#if defined(HM_X86) && KERNEL_BYTES == 32
  return (doubles)_mm256_sqrt_pd((__m256d)x);
#elif defined(HM_X86) && KERNEL_BYTES == 64
  return (doubles)_mm512_sqrt_pd((__m512d)x);
#elif defined(HM_X86) && KERNEL_BYTES == 16
  return (doubles)_mm_sqrt_pd((__m128d)x);
#else
  double lane[double_lanes];
  memcpy(lane, &x, sizeof lane);
  for (int i = 0; i < double_lanes; i++) {
    lane[i] = sqrt(lane[i]);
  }
  memcpy(&x, lane, sizeof lane);
  return x;
#endif
}

/* x drawn to 0 by `reach`, and no further. What is not a number stays so: the
 * trainer looks for it. */
KERNEL_INLINE doubles KERNEL(shrunk)(doubles x, doubles reach) {
  const uint64_t sign = UINT64_C(1) << 63;
  const longs bits = KERNEL(as_longs)(x);
  const doubles size = KERNEL(as_doubles)(bits & ~sign);
  const longs left = KERNEL(as_longs)(size - reach) | (bits & sign);
  return KERNEL(as_doubles)(left & ~MASK_OF(longs, size <= reach));
}

/* What each rule adds to x down the slope g, by what it remembers, which moves
 * on; and how far a penalty of `pull` reaches after it. */

KERNEL_INLINE doubles KERNEL(sgd_change)(const double *numbers, doubles x,
                                         doubles g, doubles *kept) {
  const double decay = numbers[0], learning_rate = numbers[1],
               momentum = numbers[2];
  const doubles slope = g + APART(decay * x);
  kept[0] = APART(momentum * kept[0]) - APART(learning_rate * slope);
  return kept[0];
}

KERNEL_INLINE doubles KERNEL(nesterov_change)(const double *numbers, doubles x,
                                              doubles g, doubles *kept) {
  const double decay = numbers[0], learning_rate = numbers[1],
               momentum = numbers[2];
  const doubles slope = g + APART(decay * x);
  const doubles push = APART(learning_rate * slope);
  kept[0] = APART(momentum * kept[0]) - push;
  return APART(momentum * kept[0]) - push;
}

KERNEL_INLINE doubles KERNEL(adam_change)(const double *numbers, doubles x,
                                          doubles g, doubles *kept) {
  const double decay = numbers[0], descent = numbers[1], epsilon = numbers[2];
  const double beta1 = numbers[3], new1 = 1.0 - beta1;
  const double beta2 = numbers[4], new2 = 1.0 - beta2;
  const doubles slope = g + APART(decay * x);
  kept[0] = APART(beta1 * kept[0]) + APART(new1 * slope);
  kept[1] = APART(beta2 * kept[1]) + APART(new2 * (slope * slope));
  return (descent * kept[0]) / (KERNEL(sqrt_doubles)(kept[1]) + epsilon);
}

KERNEL_INLINE doubles KERNEL(same_reach)(const double *numbers, double pull,
                                         const doubles *kept) {
  (void)numbers;
  (void)kept;
  return (doubles){0.0} + pull;
}

KERNEL_INLINE doubles KERNEL(adam_reach)(const double *numbers, double pull,
                                         const doubles *kept) {
  return pull / (KERNEL(sqrt_doubles)(kept[1]) + numbers[2]);
}

/* A step of n parameters by a rule, and of n that are two floats each, see
 * split.h, which are put together and split again on the way. */
#define STEPS(rule, slots, reach)                                            \
  /* x := the parameters after the step, which change by so much. */         \
  KERNEL_INLINE doubles KERNEL(rule##_move)(const double *numbers,           \
                                            double pull, doubles g,          \
                                            doubles *kept, doubles *x) {     \
    const doubles change = KERNEL(rule##_change)(numbers, *x, g, kept);      \
    const doubles moved = *x + change;                                       \
    *x = moved;                                                              \
    if (pull > 0.0) {                                                        \
      *x = KERNEL(shrunk)(moved, KERNEL(reach)(numbers, pull, kept));        \
      return change + (*x - moved);                                          \
    }                                                                        \
    return change;                                                           \
  }                                                                          \
                                                                             \
  KERNEL_ATTRIBUTE static double KERNEL(rule)(                               \
      ptrdiff_t n, const double *numbers, double pull, double *g,            \
      double *memory, double *theta) {                                       \
    enum { vectors = 8 / double_lanes };                                     \
    doubles sum[vectors];                                                    \
    HM_UNROLL for (int p = 0; p < vectors; p++) { sum[p] = (doubles){0.0}; } \
    for (ptrdiff_t i = 0; i < n; i += 8) {                                   \
      HM_UNROLL for (int p = 0; p < vectors; p++) {                          \
        const ptrdiff_t at = i + p * double_lanes;                           \
        double *of_first = memory + i * (slots) + p * double_lanes;          \
        doubles x = load_doubles(theta + at), kept[slots];                   \
        for (int k = 0; k < (slots); k++) {                                  \
          kept[k] = load_doubles(of_first + 8 * k);                          \
        }                                                                    \
        const doubles change = KERNEL(rule##_move)(                          \
            numbers, pull, load_doubles(g + at), kept, &x);                  \
        for (int k = 0; k < (slots); k++) {                                  \
          store_doubles(of_first + 8 * k, kept[k]);                          \
        }                                                                    \
        store_doubles(theta + at, x);                                        \
        store_doubles(g + at, change);                                       \
        sum[p] += APART(change * change);                                    \
      }                                                                      \
    }                                                                        \
    return KERNEL(sum_of_lanes)(sum);                                        \
  }                                                                          \
                                                                             \
  KERNEL_ATTRIBUTE static double KERNEL(rule##_weights)(                     \
      ptrdiff_t n, const double *numbers, double pull, double *g,            \
      float *memory, float *high, float *low) {                              \
    enum { vectors = 8 / double_lanes };                                     \
    doubles sum[vectors];                                                    \
    HM_UNROLL for (int p = 0; p < vectors; p++) { sum[p] = (doubles){0.0}; } \
    for (ptrdiff_t i = 0; i < n; i += 8) {                                   \
      HM_UNROLL for (int p = 0; p < vectors; p++) {                          \
        const ptrdiff_t at = i + p * double_lanes;                           \
        float *of_first = memory + i * (slots) + p * double_lanes;           \
        doubles x = KERNEL(join_from)(high + at, low + at), kept[slots];     \
        for (int k = 0; k < (slots); k++) {                                  \
          kept[k] = KERNEL(widen)(of_first + 8 * k);                         \
        }                                                                    \
        const doubles change = KERNEL(rule##_move)(                          \
            numbers, pull, load_doubles(g + at), kept, &x);                  \
        for (int k = 0; k < (slots); k++) {                                  \
          KERNEL(narrow)(of_first + 8 * k, kept[k]);                         \
        }                                                                    \
        KERNEL(split_into)(x, high + at, low + at);                          \
        store_doubles(g + at, change);                                       \
        sum[p] += APART(change * change);                                    \
      }                                                                      \
    }                                                                        \
    return KERNEL(sum_of_lanes)(sum);                                        \
  }

STEPS(sgd, 1, same_reach)
STEPS(nesterov, 1, same_reach)
STEPS(adam, 2, adam_reach)

#undef STEPS

/* sum[i] := what the sixteen lanes of row i of `lane` add up to, for all rows
 * of a tile: lane l with lane l + 8, these with those four on, and so on by
 * halves.
 */
KERNEL_INLINE void KERNEL(sum_lanes)(const float *lane, float *sum) {
#if defined(HM_X86) && KERNEL_BYTES == 64
  /* Sixteen rows at once, two in each vector, then four, eight, sixteen. The
   * bits of row 8 a + 4 b + 2 c + d come to stand as b, a, d, c. */
  const __m512i place =
      _mm512_set_epi32(15, 13, 14, 12, 7, 5, 6, 4, 11, 9, 10, 8, 3, 1, 2, 0);
  for (int first = 0; first < HM_TILE; first += 16) {
    __m512 half[8], quarter[4], two[2];
    HM_UNROLL for (int i = 0; i < 8; i++) {
      const __m512 a = _mm512_loadu_ps(lane + 16 * (first + i));
      const __m512 b = _mm512_loadu_ps(lane + 16 * (first + i + 8));
      half[i] = _mm512_add_ps(_mm512_shuffle_f32x4(a, b, 0x44),
                              _mm512_shuffle_f32x4(a, b, 0xEE));
    }
    HM_UNROLL for (int i = 0; i < 4; i++) {
      const __m512 a = half[i], b = half[i + 4];
      quarter[i] = _mm512_add_ps(_mm512_shuffle_f32x4(a, b, 0x88),
                                 _mm512_shuffle_f32x4(a, b, 0xDD));
    }
    HM_UNROLL for (int i = 0; i < 2; i++) {
      const __m512 a = quarter[i], b = quarter[i + 2];
      two[i] = _mm512_add_ps(_mm512_shuffle_ps(a, b, 0x44),
                             _mm512_shuffle_ps(a, b, 0xEE));
    }
    const __m512 mixed = _mm512_add_ps(_mm512_shuffle_ps(two[0], two[1], 0x88),
                                       _mm512_shuffle_ps(two[0], two[1], 0xDD));
    _mm512_storeu_ps(sum + first, _mm512_permutexvar_ps(place, mixed));
  }
#else
  for (int i = 0; i < HM_TILE; i++, lane += 16) {
    float part[8];
    for (int l = 0; l < 8; l++) {
      part[l] = lane[l] + lane[l + 8];
    }
    for (int l = 0; l < 4; l++) {
      part[l] += part[l + 4];
    }
    sum[i] = (part[0] + part[2]) + (part[1] + part[3]);
  }
#endif
}

KERNEL_INLINE void KERNEL(widen_row)(const float *row, double *x) {
  for (int j = 0; j < HM_TILE; j += double_lanes) {
    store_doubles(x + j, KERNEL(widen)(row + j));
  }
}

/* What the loop over rows below calls is inlined always, so that its arrays of
 * vectors stay in registers.
 *
 * high + low := high + low + u, where x is high. What x + u loses, with what
 * was lost before, is cut so that the sum of high and low is a double. */
HM_INLINED KERNEL_INLINE void KERNEL(add_change)(floats x, floats u,
                                                 float *high, float *low) {
  const floats s = x + u, z = s - x;
  floats e = (x - (s - z)) + (u - z);
  e += load_floats(low);
  const floats cut = APART(s * 0x1p-27f);
  e = (e + cut) - cut;
  const floats h = s + e;
  store_floats(high, h);
  store_floats(low, e - (h - s));
}

/* by_row and by_column of a centred tile := the sums of its rows, by their 16
 * lanes, which become 0 beyond the n rows, and the sums of its columns. */
HM_INLINED KERNEL_INLINE void KERNEL(put_sums)(int n, float *lane,
                                               const floats *by_column,
                                               const hm_optim_tile *tile) {
  float row[HM_TILE];
  memset(lane + 16 * n, 0, (size_t)(HM_TILE - n) * 16 * sizeof *lane);
  KERNEL(sum_lanes)(lane, row);
  KERNEL(widen_row)(row, tile->by_row);
  memcpy(row, by_column, sizeof row);
  KERNEL(widen_row)(row, tile->by_column);
}

/* The sum of squares, whose lanes stand as the columns of a row. They change,
 * and so do 16 numbers of `lane`: with room of its own it is slower. */
HM_INLINED KERNEL_INLINE double KERNEL(sum_squares)(floats *squares,
                                                    float *lane) {
  enum { vectors = HM_TILE / float_lanes, lanes = 16 / float_lanes };
  HM_UNROLL for (int p = lanes; p < vectors; p++) {
    squares[p % lanes] += squares[p];
  }
  memcpy(lane, squares, 16 * sizeof *lane);
  double total = 0.0;
  for (int l = 0; l < 16; l++) {
    total += (double)lane[l];
  }
  return total;
}

/* Whether units are centred is known wherever this is inlined, where vectors
 * are wide: none asks. It is long because it is one loop, of which all that the
 * rows share stays in registers. */
#if KERNEL_BYTES >= 32
#define SGD_ROWS HM_INLINED KERNEL_INLINE
#else
#define SGD_ROWS KERNEL_ATTRIBUTE static
#endif
SGD_ROWS double KERNEL(sgd_rows)(const double *numbers, int centred,
                                 const hm_optim_tile *tile) {
  const int two = tile->data != NULL, remembers = numbers[2] > 0.0;
  enum { vectors = HM_TILE / float_lanes, lanes = 16 / float_lanes };
  const double rate = numbers[1];
  const float decay = (float)(rate * numbers[0]), momentum = (float)numbers[2];
  const float draws_share = (float)(rate * tile->draws_share);
  const float data_share = (float)(rate * tile->data_share);
  const int n = tile->n;
  const ptrdiff_t stride = tile->stride;
  const float *data = tile->data, *draws = tile->draws;
  float *high = tile->high, *low = tile->low, *memory = tile->memory;
  const float *mu = tile->mu, *gb = tile->gb;
  float lane[HM_TILE * 16];
  floats squares[vectors], by_column[vectors];
  floats gc[vectors], lambda[vectors], pull[vectors];
  HM_UNROLL for (int p = 0; p < vectors; p++) {
    squares[p] = by_column[p] = (floats){0.0f};
    gc[p] = lambda[p] = pull[p] = (floats){0.0f};
    if (centred) {
      gc[p] = (float)rate * load_floats(tile->gc + p * float_lanes);
      lambda[p] = load_floats(tile->lambda + p * float_lanes);
      pull[p] = (float)rate * lambda[p];
    }
  }
  for (int i = 0; i < n; i++) {
    const float m = centred ? mu[i] : 0.0f, b = centred ? gb[i] : 0.0f;
    const ptrdiff_t here = (ptrdiff_t)i * HM_TILE, from = i * stride;
    floats sum[lanes];
    HM_UNROLL for (int p = 0; p < lanes; p++) { sum[p] = (floats){0.0f}; }
    HM_UNROLL for (int p = 0; p < vectors; p++) {
      const ptrdiff_t j = p * float_lanes, at = here + j;
      const floats x = load_floats(high + at);
      floats down = APART(draws_share * load_floats(draws + from + j));
      if (two) {
        down -= APART(data_share * load_floats(data + from + j));
      }
      if (centred) {
        down -= APART(m * gc[p]) + APART(b * pull[p]);
      }
      down += APART(decay * x);
      floats u = -down;
      if (remembers) {
        u = APART(momentum * load_floats(memory + at)) - down;
        store_floats(memory + at, u);
      }
      KERNEL(add_change)(x, u, high + at, low + at);
      squares[p] += APART(u * u);
      if (centred) {
        sum[p % lanes] += APART(u * lambda[p]);
        by_column[p] += APART(u * m);
      }
    }
    if (centred) {
      HM_UNROLL for (int p = 0; p < lanes; p++) {
        store_floats(lane + 16 * i + p * float_lanes, sum[p]);
      }
    }
  }
  if (centred) {
    KERNEL(put_sums)(n, lane, by_column, tile);
  }
  return KERNEL(sum_squares)(squares, lane);
}

#undef SGD_ROWS

KERNEL_ATTRIBUTE static double KERNEL(sgd_tile)(const double *numbers,
                                                const hm_optim_tile *tile) {
  return tile->mu ? KERNEL(sgd_rows)(numbers, 1, tile)
                  : KERNEL(sgd_rows)(numbers, 0, tile);
}
