/* Kernels of temper.c, see simd.h: n rows of one panel. */

/* Row s of out := t[s] times row s of x. */
KERNEL_ATTRIBUTE static void KERNEL(scale_rows)(int n, const float *t,
                                                const float *x, float *out) {
  for (int s = 0; s < n; s++, x += HM_PANEL, out += HM_PANEL) {
    const floats by = (floats){0.0f} + t[s];
    HM_UNROLL for (int j = 0; j < HM_PANEL; j += float_lanes) {
      store_floats(out + j, by * load_floats(x + j));
    }
  }
}

/* Row s of x := t[s] x + (1 - t[s]) y. */
KERNEL_ATTRIBUTE static void KERNEL(blend_rows)(int n, const float *t,
                                                const float *y, float *x) {
  for (int s = 0; s < n; s++, x += HM_PANEL) {
    const floats by = (floats){0.0f} + t[s];
    const floats rest = 1.0f - by;
    HM_UNROLL for (int j = 0; j < HM_PANEL; j += float_lanes) {
      store_floats(x + j, APART(by * load_floats(x + j)) +
                              APART(rest * load_floats(y + j)));
    }
  }
}
