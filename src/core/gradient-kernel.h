/* Kernel of gradient.c, see simd.h.
 *
 * g (n rows of 32) := for each of n units, the draws' share of the sum of the
 * rows that `draws` lists less the data's share of the sum of those that `data`
 * lists, by their values where these have any. Two sums without values run side
 * by side, so that neither waits for its own additions. */
KERNEL_ATTRIBUTE static void KERNEL(subtract_sums)(
    const hm_lists *data, const hm_lists *draws, int first, int n,
    const float *data_rows, const float *draws_rows, double data_share,
    double draws_share, double *g) {
  enum { vectors = HM_PANEL / float_lanes };
  for (int i = first; i < first + n; i++, g += HM_PANEL) {
    const int most = data->count[i], most_draws = draws->count[i];
    const float *weight =
        data->value ? data->value + (ptrdiff_t)i * data->stride : NULL;
    const float *count =
        draws->value ? draws->value + (ptrdiff_t)i * draws->stride : NULL;
    const int both = weight || count     ? 0
                     : most < most_draws ? most
                                         : most_draws;
    const int *item = data->item + (ptrdiff_t)i * data->stride;
    const int *drawn = draws->item + (ptrdiff_t)i * draws->stride;
    floats sum[vectors], sum_draws[vectors];
    float out[2][HM_PANEL];
    HM_UNROLL for (int p = 0; p < vectors; p++) {
      sum[p] = sum_draws[p] = (floats){0.0f};
    }
    for (int t = 0; weight && t < most; t++) {
      const float *row = data_rows + (ptrdiff_t)item[t] * HM_PANEL;
      HM_UNROLL for (int p = 0; p < vectors; p++) {
        sum[p] += weight[t] * KERNEL(load_floats)(row + p * float_lanes);
      }
    }
    for (int t = 0; t < both; t++) {
      const float *row = data_rows + (ptrdiff_t)item[t] * HM_PANEL;
      const float *other = draws_rows + (ptrdiff_t)drawn[t] * HM_PANEL;
      HM_UNROLL for (int p = 0; p < vectors; p++) {
        sum[p] += KERNEL(load_floats)(row + p * float_lanes);
        sum_draws[p] += KERNEL(load_floats)(other + p * float_lanes);
      }
    }
    for (int t = both; !weight && t < most; t++) {
      const float *row = data_rows + (ptrdiff_t)item[t] * HM_PANEL;
      HM_UNROLL for (int p = 0; p < vectors; p++) {
        sum[p] += KERNEL(load_floats)(row + p * float_lanes);
      }
    }
    for (int t = 0; count && t < most_draws; t++) {
      const float *other = draws_rows + (ptrdiff_t)drawn[t] * HM_PANEL;
      HM_UNROLL for (int p = 0; p < vectors; p++) {
        sum_draws[p] += count[t] * KERNEL(load_floats)(other + p * float_lanes);
      }
    }
    for (int t = both; !count && t < most_draws; t++) {
      const float *other = draws_rows + (ptrdiff_t)drawn[t] * HM_PANEL;
      HM_UNROLL for (int p = 0; p < vectors; p++) {
        sum_draws[p] += KERNEL(load_floats)(other + p * float_lanes);
      }
    }
    HM_UNROLL for (int p = 0; p < vectors; p++) {
      KERNEL(store_floats)(out[0] + p * float_lanes, sum[p]);
      KERNEL(store_floats)(out[1] + p * float_lanes, sum_draws[p]);
    }
    for (int j = 0; j < HM_PANEL; j += double_lanes) {
      KERNEL(store_doubles)
      (g + j, draws_share * KERNEL(widen)(out[1] + j) -
                  data_share * KERNEL(widen)(out[0] + j));
    }
  }
}
