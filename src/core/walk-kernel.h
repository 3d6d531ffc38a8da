/* Kernels of walk.c, see simd.h. Rows are of whole groups of eight lanes. */

/* e := e by; returns the log of the product of all 1 + e. The exponents of the
 * running products are taken out after every `factors` factors. */
KERNEL_ATTRIBUTE static double KERNEL(step)(int width, int factors,
                                            const double *by, double *e) {
  enum { vectors = 8 / double_lanes };
  const longs mantissa = (longs){0} + 0xFFFFFFFFFFFFFu;
  const longs of_one = (longs){0} + 0x3FF0000000000000u;
  doubles product[vectors];
  longs exponent[vectors];
  HM_UNROLL for (int p = 0; p < vectors; p++) {
    product[p] = (doubles){0.0} + 1.0;
    exponent[p] = (longs){0};
  }
  for (int i = 0; i < width;) {
    const int end = width - i < 8 * factors ? width : i + 8 * factors;
    for (; i < end; i += 8) {
      HM_UNROLL for (int p = 0; p < vectors; p++) {
        const int at = i + p * double_lanes;
        const doubles x = APART(load_doubles(e + at) * load_doubles(by + at));
        store_doubles(e + at, x);
        product[p] *= 1.0 + x;
      }
    }
    HM_UNROLL for (int p = 0; p < vectors; p++) {
      const longs bits = KERNEL(as_longs)(product[p]);
      exponent[p] += (bits >> 52) - 1023;
      product[p] = KERNEL(as_doubles)((bits & mantissa) | of_one);
    }
  }
  double rest = 1.0, lane[8];
  uint64_t power[8], twos = 0;
  memcpy(lane, product, sizeof lane);
  memcpy(power, exponent, sizeof power);
  for (int i = 0; i < 8; i++) {
    rest *= lane[i];
    twos += power[i];
  }
  return log(rest) + APART(log_2 * (double)(int64_t)twos);
}

/* e := e by; out := weight e / (1 + e). */
KERNEL_ATTRIBUTE static void KERNEL(spread)(int width, double weight,
                                            const double *by, double *e,
                                            double *out) {
  for (int i = 0; i < width; i += double_lanes) {
    const doubles x = APART(load_doubles(e + i) * load_doubles(by + i));
    store_doubles(e + i, x);
    store_doubles(out + i, weight * (x / (1.0 + x)));
  }
}

/* sum += x. */
KERNEL_ATTRIBUTE static void KERNEL(add)(int width, const double *x,
                                         double *sum) {
  for (int i = 0; i < width; i += double_lanes) {
    store_doubles(sum + i, load_doubles(sum + i) + load_doubles(x + i));
  }
}
