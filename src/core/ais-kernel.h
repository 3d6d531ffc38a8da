/* Kernel of ais.c, see simd.h. */

/* x := t x + (1 - t) y for n numbers, whole panels of them; y has as many, or
 * HM_PANEL that serve all panels where `same`. */
KERNEL_ATTRIBUTE static void KERNEL(blend)(ptrdiff_t n, float t, const float *y,
                                           int same, float *x) {
  for (ptrdiff_t i = 0; i < n; i += HM_PANEL) {
    const float *other = same ? y : y + i;
    for (int j = 0; j < HM_PANEL; j += float_lanes) {
      store_floats(x + i + j, APART(t * load_floats(x + i + j)) +
                                  APART((1.0f - t) * load_floats(other + j)));
    }
  }
}
