/* Kernels of working.c, see simd.h: a whole tile of 32 by 32 weights. */

/* turned := the tile with rows and columns exchanged. */
KERNEL_ATTRIBUTE static void KERNEL(turn)(const float *tile, float *turned) {
#if KERNEL_BYTES > 0 && defined(HM_X86)
  for (int j = 0; j < HM_PANEL; j += 4) {
    for (int i = 0; i < HM_PANEL; i += 4) {
      const float *from = tile + i * HM_PANEL + j;
      float *to = turned + j * HM_PANEL + i;
      __m128 row0 = _mm_loadu_ps(from);
      __m128 row1 = _mm_loadu_ps(from + HM_PANEL);
      __m128 row2 = _mm_loadu_ps(from + 2 * HM_PANEL);
      __m128 row3 = _mm_loadu_ps(from + 3 * HM_PANEL);
      _MM_TRANSPOSE4_PS(row0, row1, row2, row3);
      _mm_storeu_ps(to, row0);
      _mm_storeu_ps(to + HM_PANEL, row1);
      _mm_storeu_ps(to + 2 * HM_PANEL, row2);
      _mm_storeu_ps(to + 3 * HM_PANEL, row3);
    }
  }
#else
  for (int j = 0; j < HM_PANEL; j++) {
    for (int i = 0; i < HM_PANEL; i++) {
      turned[j * HM_PANEL + i] = tile[i * HM_PANEL + j];
    }
  }
#endif
}

/* tile := weights whose rows in W begin `stride` numbers after one another, in
 * single precision; and turned over as `turned`. */
KERNEL_ATTRIBUTE static void KERNEL(set_tile)(ptrdiff_t stride, const double *W,
                                              float *tile, float *turned) {
  for (int i = 0; i < HM_PANEL; i++) {
    for (int j = 0; j < HM_PANEL; j += double_lanes) {
      KERNEL(narrow)
      (tile + i * HM_PANEL + j, KERNEL(load_doubles)(W + i * stride + j));
    }
  }
  KERNEL(turn)(tile, turned);
}
