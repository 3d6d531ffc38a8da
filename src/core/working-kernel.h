/* Kernel of working.c, see simd.h: a whole tile of 32 by 32 weights, whose rows
 * in W begin `stride` numbers after one another, in single precision as `tile`,
 * and turned over as `turned`. */
KERNEL_ATTRIBUTE static void KERNEL(set_tile)(ptrdiff_t stride, const double *W,
                                              float *tile, float *turned) {
  for (int i = 0; i < HM_PANEL; i++) {
    for (int j = 0; j < HM_PANEL; j += double_lanes) {
      KERNEL(narrow)
      (tile + i * HM_PANEL + j, KERNEL(load_doubles)(W + i * stride + j));
    }
  }
  for (int j = 0; j < HM_PANEL; j++) {
    for (int i = 0; i < HM_PANEL; i += float_lanes) {
      float column[float_lanes];
      HM_UNROLL for (int lane = 0; lane < float_lanes; lane++) {
        column[lane] = tile[(i + lane) * HM_PANEL + j];
      }
      memcpy(turned + j * HM_PANEL + i, column, sizeof column);
    }
  }
}
