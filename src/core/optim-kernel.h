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

/* What sgd adds to x, which it remembers in place of u. */
KERNEL_INLINE doubles KERNEL(sgd_change)(const double *numbers, doubles x,
                                         doubles g, doubles u) {
  const double decay = numbers[0], learning_rate = numbers[1],
               momentum = numbers[2];
  const doubles slope = g + APART(decay * x);
  return APART(momentum * u) - APART(learning_rate * slope);
}

KERNEL_ATTRIBUTE static double KERNEL(sgd)(ptrdiff_t n, const double *numbers,
                                           double *g, double *memory,
                                           double *theta) {
  enum { vectors = 8 / double_lanes };
  doubles sum[vectors];
  HM_UNROLL for (int p = 0; p < vectors; p++) { sum[p] = (doubles){0.0}; }
  for (ptrdiff_t i = 0; i < n; i += 8) {
    HM_UNROLL for (int p = 0; p < vectors; p++) {
      const ptrdiff_t at = i + p * double_lanes;
      const doubles x = KERNEL(load_doubles)(theta + at);
      const doubles u =
          KERNEL(sgd_change)(numbers, x, KERNEL(load_doubles)(g + at),
                             KERNEL(load_doubles)(memory + at));
      KERNEL(store_doubles)(memory + at, u);
      KERNEL(store_doubles)(theta + at, x + u);
      KERNEL(store_doubles)(g + at, u);
      sum[p] += APART(u * u);
    }
  }
  return KERNEL(sum_of_lanes)(sum);
}

/* Sums over the columns of a row are in eight lanes, as those of the shift in
 * fit-kernel.h are. */
KERNEL_INLINE double KERNEL(sgd_rows)(const double *numbers, int centred,
                                      const hm_optim_tile *tile) {
  enum { wide = 32, vectors = wide / double_lanes, lanes = 8 / double_lanes };
  doubles squares[vectors], by_column[vectors];
  HM_UNROLL for (int p = 0; p < vectors; p++) {
    squares[p] = by_column[p] = (doubles){0.0};
  }
  for (int i = 0; i < tile->n; i++) {
    const double m = centred ? tile->mu[i] : 0.0;
    const double b = centred ? tile->gb[i] : 0.0;
    const ptrdiff_t row = (ptrdiff_t)i * wide, from = i * tile->stride;
    doubles sum[lanes];
    HM_UNROLL for (int p = 0; p < lanes; p++) { sum[p] = (doubles){0.0}; }
    HM_UNROLL for (int p = 0; p < vectors; p++) {
      const int j = p * double_lanes;
      doubles g =
          APART(tile->draws_share * KERNEL(widen)(tile->draws + from + j)) -
          APART(tile->data_share * KERNEL(widen)(tile->data + from + j));
      if (centred) {
        g -= APART(m * KERNEL(load_doubles)(tile->gc + j)) +
             APART(b * KERNEL(load_doubles)(tile->lambda + j));
      }
      const doubles x = KERNEL(load_doubles)(tile->theta + row + j);
      const doubles u = KERNEL(sgd_change)(
          numbers, x, g, KERNEL(load_doubles)(tile->memory + row + j));
      KERNEL(store_doubles)(tile->memory + row + j, u);
      KERNEL(store_doubles)(tile->theta + row + j, x + u);
      KERNEL(narrow)(tile->single + row + j, x + u);
      squares[p] += APART(u * u);
      if (centred) {
        sum[p % lanes] += APART(u * KERNEL(load_doubles)(tile->lambda + j));
        by_column[p] += APART(u * m);
      }
    }
    if (centred) {
      tile->by_row[i] = KERNEL(sum_of_lanes)(sum);
    }
  }
  for (int p = 0; centred && p < vectors; p++) {
    KERNEL(store_doubles)(tile->by_column + p * double_lanes, by_column[p]);
  }
  HM_UNROLL for (int p = lanes; p < vectors; p++) {
    squares[p % lanes] += squares[p];
  }
  return KERNEL(sum_of_lanes)(squares);
}

KERNEL_ATTRIBUTE static double KERNEL(sgd_tile)(const double *numbers,
                                                const hm_optim_tile *tile) {
  return tile->mu ? KERNEL(sgd_rows)(numbers, 1, tile)
                  : KERNEL(sgd_rows)(numbers, 0, tile);
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
