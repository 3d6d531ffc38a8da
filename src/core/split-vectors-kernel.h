/* Vectors of doubles as two of floats, for kernels, see split.h. */

KERNEL_INLINE void KERNEL(split_into)(doubles x, float *high, float *low) {
  const few_floats first = KERNEL(few_of)(x);
  const few_floats rest = KERNEL(few_of)(x - KERNEL(doubles_of)(first));
  /* The rest may have been rounded up to half of what first is rounded by. */
  const few_floats nearest = first + rest;
  const few_floats left = rest - (nearest - first);
  memcpy(high, &nearest, sizeof nearest);
  memcpy(low, &left, sizeof left);
}

KERNEL_INLINE doubles KERNEL(join_from)(const float *high, const float *low) {
  return KERNEL(widen)(high) + KERNEL(widen)(low);
}
