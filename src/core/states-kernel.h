/* Kernel of hm_sum_rows, for vectors of VECTOR doubles: see simd.h. */

/* out := beta out + alpha (sum of the listed rows), HM_PANEL columns of it. The
 * sums of a panel stay in registers while the list runs through the rows. */
KERNEL_ATTRIBUTE static void KERNEL(sum_panel)(int count, const int *item,
                                               ptrdiff_t width, double alpha,
                                               const double *rows, double beta,
                                               double *out) {
  typedef double reals __attribute__((vector_size(8 * VECTOR)));
  enum { vectors = HM_PANEL / VECTOR };
  reals sum[vectors];
  HM_UNROLL for (int p = 0; p < vectors; p++) { sum[p] = (reals){0.0}; }
  for (int t = 0; t < count; t++) {
    const double *row = rows + item[t] * width;
    HM_UNROLL for (int p = 0; p < vectors; p++) {
      reals x;
      memcpy(&x, row + p * VECTOR, sizeof x);
      sum[p] += x;
    }
  }
  HM_UNROLL for (int p = 0; p < vectors; p++) {
    reals old = {0.0};
    if (beta != 0.0) {
      memcpy(&old, out + p * VECTOR, sizeof old);
    }
    old *= beta;
    old += alpha * sum[p];
    memcpy(out + p * VECTOR, &old, sizeof old);
  }
}

#undef VECTOR
#undef KERNEL
#undef KERNEL_ATTRIBUTE
