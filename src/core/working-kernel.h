/* Kernels of working.c, see simd.h: a whole tile of 32 by 32 weights. */

#if KERNEL_BYTES == 64 && defined(HM_X86)
/* Sixteen rows of sixteen: pairs of numbers change places between neighbours,
 * then pairs of pairs, then quarters of vectors, twice. */
KERNEL_INLINE void KERNEL(turn_sixteen)(const float *from, float *to) {
  __m512 row[16], next[16];
  HM_UNROLL for (int i = 0; i < 16; i += 4) {
    __m512 pair[4];
    HM_UNROLL for (int l = 0; l < 4; l++) {
      row[i + l] = _mm512_loadu_ps(from + (i + l) * HM_PANEL);
    }
    pair[0] = _mm512_unpacklo_ps(row[i], row[i + 1]);
    pair[1] = _mm512_unpackhi_ps(row[i], row[i + 1]);
    pair[2] = _mm512_unpacklo_ps(row[i + 2], row[i + 3]);
    pair[3] = _mm512_unpackhi_ps(row[i + 2], row[i + 3]);
    /* Vector l now has columns l, l + 4, l + 8 and l + 12 of four rows. */
    row[i] = _mm512_shuffle_ps(pair[0], pair[2], 0x44);
    row[i + 1] = _mm512_shuffle_ps(pair[0], pair[2], 0xEE);
    row[i + 2] = _mm512_shuffle_ps(pair[1], pair[3], 0x44);
    row[i + 3] = _mm512_shuffle_ps(pair[1], pair[3], 0xEE);
  }
  HM_UNROLL for (int l = 0; l < 4; l++) {
    next[l] = _mm512_shuffle_f32x4(row[l], row[l + 4], 0x88);
    next[l + 4] = _mm512_shuffle_f32x4(row[l], row[l + 4], 0xDD);
    next[l + 8] = _mm512_shuffle_f32x4(row[l + 8], row[l + 12], 0x88);
    next[l + 12] = _mm512_shuffle_f32x4(row[l + 8], row[l + 12], 0xDD);
  }
  HM_UNROLL for (int l = 0; l < 4; l++) {
    const __m512 a = next[l], b = next[l + 8];
    const __m512 c = next[l + 4], d = next[l + 12];
    _mm512_storeu_ps(to + l * HM_PANEL, _mm512_shuffle_f32x4(a, b, 0x88));
    _mm512_storeu_ps(to + (l + 8) * HM_PANEL, _mm512_shuffle_f32x4(a, b, 0xDD));
    _mm512_storeu_ps(to + (l + 4) * HM_PANEL, _mm512_shuffle_f32x4(c, d, 0x88));
    _mm512_storeu_ps(to + (l + 12) * HM_PANEL,
                     _mm512_shuffle_f32x4(c, d, 0xDD));
  }
}
#endif

/* turned := the tile with rows and columns exchanged. */
KERNEL_ATTRIBUTE static void KERNEL(turn)(const float *tile, float *turned) {
#if KERNEL_BYTES == 64 && defined(HM_X86)
  for (int j = 0; j < HM_PANEL; j += 16) {
    for (int i = 0; i < HM_PANEL; i += 16) {
      KERNEL(turn_sixteen)(tile + i * HM_PANEL + j, turned + j * HM_PANEL + i);
    }
  }
#elif KERNEL_BYTES > 0 && defined(HM_X86)
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
      (tile + i * HM_PANEL + j, load_doubles(W + i * stride + j));
    }
  }
  KERNEL(turn)(tile, turned);
}
