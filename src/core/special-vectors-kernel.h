/* exp of x <= 0 in vectors, part of the kernels that need it: exp(x) = 2^n
 * exp(r) with n whole and |r| <= log(2) / 2, and exp(r) by its series, whose
 * next term is below half a unit in the last place. Adding 1.5 times 2^23, or
 * 2^52, rounds to whole numbers and leaves n in the lowest bits. Where exp(x)
 * nears the smallest normal number it is 0. */

KERNEL_INLINE floats KERNEL(exp_floats)(floats x) {
  const words kept = ~MASK_OF(words, x < -86.0f); /* NaN too */
  const floats bounded = KERNEL(as_floats)(KERNEL(as_words)(x) & kept);
  const floats shifted = APART(bounded * 0x1.715476p0f) + 12582912.0f;
  const words power = KERNEL(as_words)(shifted) << 23;
  const floats n = shifted - 12582912.0f;
  /* log(2) in two parts, of which the first times n is exact. */
  const floats r =
      bounded - APART(n * 0.693359375f) + APART(n * 2.12194440e-4f);
  floats sum = APART(r * (1.0f / 5040.0f)) + 1.0f / 720.0f;
  sum = APART(sum * r) + 1.0f / 120.0f;
  sum = APART(sum * r) + 1.0f / 24.0f;
  sum = APART(sum * r) + 1.0f / 6.0f;
  sum = APART(sum * r) + 0.5f;
  sum = APART(sum * r) + 1.0f;
  sum = APART(sum * r) + 1.0f;
  return KERNEL(as_floats)((KERNEL(as_words)(sum) + power) & kept);
}

KERNEL_INLINE doubles KERNEL(exp_doubles)(doubles x) {
  const longs kept = ~MASK_OF(longs, x < -707.0);
  const doubles bounded = KERNEL(as_doubles)(KERNEL(as_longs)(x) & kept);
  const doubles shifted =
      APART(bounded * 0x1.71547652b82fep0) + 6755399441055744.0;
  const longs power = KERNEL(as_longs)(shifted) << 52;
  const doubles n = shifted - 6755399441055744.0;
  const doubles r =
      bounded - APART(n * 0x1.62e42feep-1) - APART(n * 0x1.a39ef35793c76p-33);
  doubles sum = APART(r * (1.0 / 6227020800.0)) + 1.0 / 479001600.0;
  sum = APART(sum * r) + 1.0 / 39916800.0;
  sum = APART(sum * r) + 1.0 / 3628800.0;
  sum = APART(sum * r) + 1.0 / 362880.0;
  sum = APART(sum * r) + 1.0 / 40320.0;
  sum = APART(sum * r) + 1.0 / 5040.0;
  sum = APART(sum * r) + 1.0 / 720.0;
  sum = APART(sum * r) + 1.0 / 120.0;
  sum = APART(sum * r) + 1.0 / 24.0;
  sum = APART(sum * r) + 1.0 / 6.0;
  sum = APART(sum * r) + 0.5;
  sum = APART(sum * r) + 1.0;
  sum = APART(sum * r) + 1.0;
  return KERNEL(as_doubles)((KERNEL(as_longs)(sum) + power) & kept);
}

/* -|x| */
KERNEL_INLINE floats KERNEL(below_floats)(floats x) {
  return KERNEL(as_floats)(KERNEL(as_words)(x) | 0x80000000u);
}

KERNEL_INLINE doubles KERNEL(below_doubles)(doubles x) {
  return KERNEL(as_doubles)(KERNEL(as_longs)(x) | 0x8000000000000000u);
}

/* What of 1 + exp(-|x|) belongs to "on": 1 where x >= 0, and e = exp(-|x|)
 * otherwise. */
KERNEL_INLINE floats KERNEL(on_floats)(floats x, floats e) {
  const words positive = MASK_OF(words, x >= 0.0f);
  const words one = KERNEL(as_words)((floats){0.0f} + 1.0f);
  return KERNEL(as_floats)((positive & one) |
                           (~positive & KERNEL(as_words)(e)));
}

KERNEL_INLINE doubles KERNEL(on_doubles)(doubles x, doubles e) {
  const longs positive = MASK_OF(longs, x >= 0.0);
  const longs one = KERNEL(as_longs)((doubles){0.0} + 1.0);
  return KERNEL(as_doubles)((positive & one) |
                            (~positive & KERNEL(as_longs)(e)));
}
