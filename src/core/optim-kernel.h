/* Kernel of optim.c, see simd.h. n is a multiple of eight. */
KERNEL_ATTRIBUTE static double KERNEL(sgd)(ptrdiff_t n, double learning_rate,
                                           double momentum, double decay,
                                           const double *gradient,
                                           double *memory, double *theta) {
  enum { vectors = 8 / double_lanes };
  doubles sum[vectors];
  double lane[8];
  HM_UNROLL for (int p = 0; p < vectors; p++) { sum[p] = (doubles){0.0}; }
  for (ptrdiff_t i = 0; i < n; i += 8) {
    HM_UNROLL for (int p = 0; p < vectors; p++) {
      const ptrdiff_t at = i + p * double_lanes;
      const doubles x = KERNEL(load_doubles)(theta + at);
      const doubles g = KERNEL(load_doubles)(gradient + at);
      const doubles u = momentum * KERNEL(load_doubles)(memory + at) -
                        learning_rate * (g + decay * x);
      KERNEL(store_doubles)(memory + at, u);
      KERNEL(store_doubles)(theta + at, x + u);
      sum[p] += u * u;
    }
  }
  memcpy(lane, sum, sizeof lane);
  return ((lane[0] + lane[1]) + (lane[2] + lane[3])) +
         ((lane[4] + lane[5]) + (lane[6] + lane[7]));
}
