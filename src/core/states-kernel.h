/* Kernel of hm_sum_rows, see simd.h. */

/* total := sum of the listed rows, so many vectors of its columns. The sums
 * stay in registers while the list runs through the rows. */
#define SUM_COLUMNS(name, vectors)                                             \
  KERNEL_ATTRIBUTE static void KERNEL(name)(                                   \
      int count, const int *item, ptrdiff_t width, const double *rows,         \
      double *total) {                                                         \
    doubles sum[vectors];                                                      \
    HM_UNROLL for (int p = 0; p < (vectors); p++) { sum[p] = (doubles){0.0}; } \
    for (int t = 0; t < count; t++) {                                          \
      const double *row = rows + item[t] * width;                              \
      HM_UNROLL for (int p = 0; p < (vectors); p++) {                          \
        sum[p] += load_doubles(row + p * double_lanes);                        \
      }                                                                        \
    }                                                                          \
    HM_UNROLL for (int p = 0; p < (vectors); p++) {                            \
      store_doubles(total + p * double_lanes, sum[p]);                         \
    }                                                                          \
  }

SUM_COLUMNS(sum_columns, columns_at_once / double_lanes)
SUM_COLUMNS(sum_wide, (double_lanes < 2 ? 16 : 8))

#undef SUM_COLUMNS
