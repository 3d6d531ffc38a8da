/* Kernels of optim.c, see simd.h. n is a multiple of eight; `numbers` are the
 * settings of the rule, in the order in which its first lines take them. */

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

KERNEL_ATTRIBUTE static double KERNEL(sgd)(ptrdiff_t n, const double *numbers,
                                           double *g, double *memory,
                                           double *theta) {
  const double decay = numbers[0], learning_rate = numbers[1],
               momentum = numbers[2];
  enum { vectors = 8 / double_lanes };
  doubles sum[vectors];
  HM_UNROLL for (int p = 0; p < vectors; p++) { sum[p] = (doubles){0.0}; }
  for (ptrdiff_t i = 0; i < n; i += 8) {
    HM_UNROLL for (int p = 0; p < vectors; p++) {
      const ptrdiff_t at = i + p * double_lanes;
      const doubles x = KERNEL(load_doubles)(theta + at);
      const doubles slope = KERNEL(load_doubles)(g + at) + APART(decay * x);
      const doubles u = APART(momentum * KERNEL(load_doubles)(memory + at)) -
                        APART(learning_rate * slope);
      KERNEL(store_doubles)(memory + at, u);
      KERNEL(store_doubles)(theta + at, x + u);
      KERNEL(store_doubles)(g + at, u);
      sum[p] += APART(u * u);
    }
  }
  return KERNEL(sum_of_lanes)(sum);
}

/* part[l] := what the sums of sixteen lanes add up to in four: lane l is added
 * to lane l + 8, and these to one another likewise. */
KERNEL_INLINE void KERNEL(fold)(const floats *sum, float *part) {
#if KERNEL_BYTES == 64
  few_floats half[2];
  memcpy(half, sum, sizeof half);
  half[0] += half[1];
  float lane[8];
  memcpy(lane, half, sizeof lane);
#else
  float lane[16];
  memcpy(lane, sum, sizeof lane);
  for (int l = 0; l < 8; l++) {
    lane[l] += lane[l + 8];
  }
#endif
  for (int l = 0; l < 4; l++) {
    part[l] = lane[l] + lane[l + 4];
  }
}

/* 32 numbers, or 0. */
KERNEL_INLINE void KERNEL(narrow_row)(const double *x, floats *row) {
  float few[HM_TILE] = {0.0f};
  for (int j = 0; x && j < HM_TILE; j += double_lanes) {
    KERNEL(narrow)(few + j, KERNEL(load_doubles)(x + j));
  }
  memcpy(row, few, sizeof few);
}

/* Whether units are centred, sums are of two phases, and changes are remembered
 * is known wherever this is inlined: no vector asks. */
HM_INLINED KERNEL_INLINE double KERNEL(sgd_rows)(const float *numbers,
                                                 int centred, int two,
                                                 int remembers,
                                                 const hm_optim_tile *tile) {
  enum { vectors = HM_TILE / float_lanes, lanes = 16 / float_lanes };
  const float decay = numbers[0], rate = numbers[1], momentum = numbers[2];
  const float draws_share = (float)tile->draws_share;
  const float data_share = (float)tile->data_share;
  const int n = tile->n;
  const ptrdiff_t stride = tile->stride;
  const float *data = tile->data, *draws = tile->draws;
  const double *mu = tile->mu, *gb = tile->gb;
  float *high = tile->high, *low = tile->low, *memory = tile->memory;
  float part[HM_TILE][4], lane[16];
  floats squares[vectors], by_column[vectors], gc[vectors], lambda[vectors];
  KERNEL(narrow_row)(centred ? tile->gc : NULL, gc);
  KERNEL(narrow_row)(centred ? tile->lambda : NULL, lambda);
  HM_UNROLL for (int p = 0; p < vectors; p++) {
    squares[p] = by_column[p] = (floats){0.0f};
  }
  for (int i = 0; i < n; i++) {
    const float m = centred ? (float)mu[i] : 0.0f;
    const float b = centred ? (float)gb[i] : 0.0f;
    const ptrdiff_t row = (ptrdiff_t)i * HM_TILE, from = i * stride;
    floats sum[lanes];
    HM_UNROLL for (int p = 0; p < lanes; p++) { sum[p] = (floats){0.0f}; }
    HM_UNROLL for (int p = 0; p < vectors; p++) {
      const ptrdiff_t j = p * float_lanes, at = row + j;
      floats g = KERNEL(load_floats)(draws + from + j);
      g = APART(draws_share * g);
      if (two) {
        g -= APART(data_share * KERNEL(load_floats)(data + from + j));
      }
      if (centred) {
        g -= APART(m * gc[p]) + APART(b * lambda[p]);
      }
      const floats x = KERNEL(load_floats)(high + at);
      g += APART(decay * x);
      floats u = -APART(rate * g);
      if (remembers) {
        u += APART(momentum * KERNEL(load_floats)(memory + at));
        KERNEL(store_floats)(memory + at, u);
      }
      /* What x + u loses, with what was lost before, cut so that the sum of
       * high and low is a double. */
      const floats s = x + u, z = s - x;
      floats e = (x - (s - z)) + (u - z);
      e += KERNEL(load_floats)(low + at);
      const floats cut = APART(s * 0x1p-27f);
      e = (e + cut) - cut;
      const floats h = s + e;
      KERNEL(store_floats)(high + at, h);
      KERNEL(store_floats)(low + at, e - (h - s));
      squares[p] += APART(u * u);
      if (centred) {
        sum[p % lanes] += APART(u * lambda[p]);
        by_column[p] += APART(u * m);
      }
    }
    if (centred) {
      KERNEL(fold)(sum, part[i]);
    }
  }
  for (int i = 0; centred && i < n; i++) {
    tile->by_row[i] =
        (double)((part[i][0] + part[i][1]) + (part[i][2] + part[i][3]));
  }
  for (int p = 0; centred && p < vectors; p++) {
    float few[float_lanes];
    KERNEL(store_floats)(few, by_column[p]);
    for (int l = 0; l < float_lanes; l++) {
      tile->by_column[p * float_lanes + l] = (double)few[l];
    }
  }
  HM_UNROLL for (int p = lanes; p < vectors; p++) {
    squares[p % lanes] += squares[p];
  }
  memcpy(lane, squares, sizeof lane);
  double total = 0.0;
  for (int l = 0; l < 16; l++) {
    total += (double)lane[l];
  }
  return total;
}

KERNEL_ATTRIBUTE static double KERNEL(sgd_tile)(const float *numbers,
                                                const hm_optim_tile *tile) {
  const int two = tile->data != NULL, remembers = numbers[2] > 0.0f;
  if (tile->mu) {
    return two         ? remembers ? KERNEL(sgd_rows)(numbers, 1, 1, 1, tile)
                                   : KERNEL(sgd_rows)(numbers, 1, 1, 0, tile)
                   : remembers ? KERNEL(sgd_rows)(numbers, 1, 0, 1, tile)
                       : KERNEL(sgd_rows)(numbers, 1, 0, 0, tile);
  }
  return two         ? remembers ? KERNEL(sgd_rows)(numbers, 0, 1, 1, tile)
                                 : KERNEL(sgd_rows)(numbers, 0, 1, 0, tile)
                 : remembers ? KERNEL(sgd_rows)(numbers, 0, 0, 1, tile)
                     : KERNEL(sgd_rows)(numbers, 0, 0, 0, tile);
}

KERNEL_ATTRIBUTE static double KERNEL(nesterov)(ptrdiff_t n,
                                                const double *numbers,
                                                double *g, double *memory,
                                                double *theta) {
  const double decay = numbers[0], learning_rate = numbers[1],
               momentum = numbers[2];
  enum { vectors = 8 / double_lanes };
  doubles sum[vectors];
  HM_UNROLL for (int p = 0; p < vectors; p++) { sum[p] = (doubles){0.0}; }
  for (ptrdiff_t i = 0; i < n; i += 8) {
    HM_UNROLL for (int p = 0; p < vectors; p++) {
      const ptrdiff_t at = i + p * double_lanes;
      const doubles x = KERNEL(load_doubles)(theta + at);
      const doubles slope = KERNEL(load_doubles)(g + at) + APART(decay * x);
      const doubles push = APART(learning_rate * slope);
      const doubles u =
          APART(momentum * KERNEL(load_doubles)(memory + at)) - push;
      const doubles change = APART(momentum * u) - push;
      KERNEL(store_doubles)(memory + at, u);
      KERNEL(store_doubles)(theta + at, x + change);
      KERNEL(store_doubles)(g + at, change);
      sum[p] += APART(change * change);
    }
  }
  return KERNEL(sum_of_lanes)(sum);
}

KERNEL_ATTRIBUTE static double KERNEL(adam)(ptrdiff_t n, const double *numbers,
                                            double *g, double *memory,
                                            double *theta) {
  const double decay = numbers[0], descent = numbers[1], epsilon = numbers[2];
  const double beta1 = numbers[3], new1 = 1.0 - beta1;
  const double beta2 = numbers[4], new2 = 1.0 - beta2;
  enum { vectors = 8 / double_lanes };
  doubles sum[vectors];
  HM_UNROLL for (int p = 0; p < vectors; p++) { sum[p] = (doubles){0.0}; }
  for (ptrdiff_t i = 0; i < n; i += 8) {
    HM_UNROLL for (int p = 0; p < vectors; p++) {
      const ptrdiff_t at = i + p * double_lanes;
      double *first = memory + i + at, *second = first + 8;
      const doubles x = KERNEL(load_doubles)(theta + at);
      const doubles slope = KERNEL(load_doubles)(g + at) + APART(decay * x);
      const doubles m =
          APART(beta1 * KERNEL(load_doubles)(first)) + APART(new1 * slope);
      const doubles v = APART(beta2 * KERNEL(load_doubles)(second)) +
                        APART(new2 * (slope * slope));
      const doubles change =
          (descent * m) / (KERNEL(sqrt_doubles)(v) + epsilon);
      KERNEL(store_doubles)(first, m);
      KERNEL(store_doubles)(second, v);
      KERNEL(store_doubles)(theta + at, x + change);
      KERNEL(store_doubles)(g + at, change);
      sum[p] += APART(change * change);
    }
  }
  return KERNEL(sum_of_lanes)(sum);
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

/* After a rule that left its change in g; reach is the same for all. */
KERNEL_ATTRIBUTE static double KERNEL(shrink)(ptrdiff_t n,
                                              const double *numbers, double *g,
                                              double *memory, double *theta) {
  const doubles reach = (doubles){0.0} + numbers[0];
  enum { vectors = 8 / double_lanes };
  doubles sum[vectors];
  HM_UNROLL for (int p = 0; p < vectors; p++) { sum[p] = (doubles){0.0}; }
  for (ptrdiff_t i = 0; i < n; i += 8) {
    HM_UNROLL for (int p = 0; p < vectors; p++) {
      const ptrdiff_t at = i + p * double_lanes;
      const doubles x = KERNEL(load_doubles)(theta + at);
      const doubles y = KERNEL(shrunk)(x, reach);
      const doubles change = KERNEL(load_doubles)(g + at) + (y - x);
      KERNEL(store_doubles)(theta + at, y);
      KERNEL(store_doubles)(g + at, change);
      sum[p] += APART(change * change);
    }
  }
  (void)memory;
  return KERNEL(sum_of_lanes)(sum);
}

/* Likewise after adam: the reach of each is as its step. */
KERNEL_ATTRIBUTE static double KERNEL(adam_shrink)(ptrdiff_t n,
                                                   const double *numbers,
                                                   double *g, double *memory,
                                                   double *theta) {
  const double pull = numbers[0], epsilon = numbers[1];
  enum { vectors = 8 / double_lanes };
  doubles sum[vectors];
  HM_UNROLL for (int p = 0; p < vectors; p++) { sum[p] = (doubles){0.0}; }
  for (ptrdiff_t i = 0; i < n; i += 8) {
    HM_UNROLL for (int p = 0; p < vectors; p++) {
      const ptrdiff_t at = i + p * double_lanes;
      const doubles v = KERNEL(load_doubles)(memory + i + at + 8);
      const doubles x = KERNEL(load_doubles)(theta + at);
      const doubles y =
          KERNEL(shrunk)(x, pull / (KERNEL(sqrt_doubles)(v) + epsilon));
      const doubles change = KERNEL(load_doubles)(g + at) + (y - x);
      KERNEL(store_doubles)(theta + at, y);
      KERNEL(store_doubles)(g + at, change);
      sum[p] += APART(change * change);
    }
  }
  return KERNEL(sum_of_lanes)(sum);
}
