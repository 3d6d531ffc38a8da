/* Kernels of the walk, for vectors of VECTOR doubles: see simd.h. Rows are of
 * whole groups of eight lanes. */

/* e := e by; returns the log of the product of all 1 + e. The exponents of the
 * running products are taken out after every `factors` factors. */
KERNEL_ATTRIBUTE static double KERNEL(step)(int width, int factors,
                                            const double *by, double *e) {
  typedef double reals __attribute__((vector_size(8 * VECTOR)));
  typedef int64_t words __attribute__((vector_size(8 * VECTOR)));
  enum { vectors = 8 / VECTOR };
  const words mantissa = (words){0} + 0xFFFFFFFFFFFFF;
  const words of_one = (words){0} + 0x3FF0000000000000;
  reals product[vectors];
  words exponent[vectors];
  HM_UNROLL for (int p = 0; p < vectors; p++) {
    product[p] = (reals){0.0} + 1.0;
    exponent[p] = (words){0};
  }
  for (int i = 0; i < width;) {
    const int end = width - i < 8 * factors ? width : i + 8 * factors;
    for (; i < end; i += 8) {
      HM_UNROLL for (int p = 0; p < vectors; p++) {
        reals x, factor;
        memcpy(&x, e + i + p * VECTOR, sizeof x);
        memcpy(&factor, by + i + p * VECTOR, sizeof factor);
        x *= factor;
        memcpy(e + i + p * VECTOR, &x, sizeof x);
        product[p] *= 1.0 + x;
      }
    }
    HM_UNROLL for (int p = 0; p < vectors; p++) {
      const words bits = (words)product[p];
      exponent[p] += (bits >> 52) - 1023;
      product[p] = (reals)((bits & mantissa) | of_one);
    }
  }
  double rest = 1.0;
  int64_t twos = 0;
  for (int p = 0; p < vectors; p++) {
    for (int lane = 0; lane < VECTOR; lane++) {
      rest *= product[p][lane];
      twos += exponent[p][lane];
    }
  }
  return log(rest) + log_2 * (double)twos;
}

/* e := e by; out := weight e / (1 + e). */
KERNEL_ATTRIBUTE static void KERNEL(spread)(int width, double weight,
                                            const double *by, double *e,
                                            double *out) {
  typedef double reals __attribute__((vector_size(8 * VECTOR)));
  for (int i = 0; i < width; i += VECTOR) {
    reals x, factor;
    memcpy(&x, e + i, sizeof x);
    memcpy(&factor, by + i, sizeof factor);
    x *= factor;
    memcpy(e + i, &x, sizeof x);
    x = weight * (x / (1.0 + x));
    memcpy(out + i, &x, sizeof x);
  }
}

/* sum += x. */
KERNEL_ATTRIBUTE static void KERNEL(add)(int width, const double *x,
                                         double *sum) {
  typedef double reals __attribute__((vector_size(8 * VECTOR)));
  for (int i = 0; i < width; i += VECTOR) {
    reals left, right;
    memcpy(&left, sum + i, sizeof left);
    memcpy(&right, x + i, sizeof right);
    left += right;
    memcpy(sum + i, &left, sizeof left);
  }
}

#undef VECTOR
#undef KERNEL
#undef KERNEL_ATTRIBUTE
