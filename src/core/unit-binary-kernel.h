/* Kernels of unit-binary.c, see simd.h. Panels begin each `stride` numbers
 * after the last. */
#include "special-vectors-kernel.h"

/* Both of these go over the first 8 `groups` numbers of one row of panels, in
 * eight lanes. */

/* lane[i] += what of x lies above 0. */
KERNEL_ATTRIBUTE static void KERNEL(add_above)(int groups, ptrdiff_t stride,
                                               const float *x, double *lane) {
  enum { vectors = 8 / double_lanes };
  doubles sum[vectors];
  HM_UNROLL for (int p = 0; p < vectors; p++) {
    sum[p] = load_doubles(lane + p * double_lanes);
  }
  for (int g = 0; g < groups; g++) {
    const float *from = x + g / 4 * stride + g % 4 * 8;
    HM_UNROLL for (int p = 0; p < vectors; p++) {
      const doubles input = KERNEL(widen)(from + p * double_lanes);
      const longs positive = MASK_OF(longs, input > 0.0);
      sum[p] += KERNEL(as_doubles)(positive & KERNEL(as_longs)(input));
    }
  }
  HM_UNROLL for (int p = 0; p < vectors; p++) {
    store_doubles(lane + p * double_lanes, sum[p]);
  }
}

/* lane[i] times the larger of m and 1 - m, for means m. */
KERNEL_ATTRIBUTE static void KERNEL(multiply_larger)(int groups,
                                                     ptrdiff_t stride,
                                                     const float *mean,
                                                     double *lane) {
  enum { vectors = 8 / double_lanes };
  doubles product[vectors];
  HM_UNROLL for (int p = 0; p < vectors; p++) {
    product[p] = load_doubles(lane + p * double_lanes);
  }
  for (int g = 0; g < groups; g++) {
    const float *from = mean + g / 4 * stride + g % 4 * 8;
    HM_UNROLL for (int p = 0; p < vectors; p++) {
      const doubles on = KERNEL(widen)(from + p * double_lanes);
      const doubles off = 1.0 - on;
      const longs larger = MASK_OF(longs, on > off);
      product[p] *= KERNEL(as_doubles)((larger & KERNEL(as_longs)(on)) |
                                       (~larger & KERNEL(as_longs)(off)));
    }
  }
  HM_UNROLL for (int p = 0; p < vectors; p++) {
    store_doubles(lane + p * double_lanes, product[p]);
  }
}

/* sum_j softplus(to x_j) - softplus(from x_j) over `across` panels, and mean_j
 * := sigm(to x_j). The factors 1 + exp(-|y|), each from 1 to 2, are multiplied
 * in eight lanes, and logs taken of up to 512 of them at once. */
KERNEL_ATTRIBUTE static double KERNEL(weigh)(int across, ptrdiff_t stride,
                                             const float *x, double from,
                                             double to, float *mean) {
  enum { vectors = 8 / double_lanes, together = 16 };
  double logs = 0.0;
  for (int first = 0; first < across; first += together) {
    const int end = across - first < together ? across : first + together;
    doubles above[vectors], below[vectors], linear[vectors];
    double lane[3][8];
    HM_UNROLL for (int p = 0; p < vectors; p++) {
      above[p] = below[p] = (doubles){0.0} + 1.0;
      linear[p] = (doubles){0.0};
    }
    for (int q = first; q < end; q++) {
      for (int j = 0; j < HM_PANEL; j += 8) {
        HM_UNROLL for (int p = 0; p < vectors; p++) {
          const ptrdiff_t at = q * stride + j + p * double_lanes;
          const doubles input = KERNEL(widen)(x + at);
          const doubles new = to *input, old = from *input;
          const doubles e = KERNEL(exp_doubles)(KERNEL(below_doubles)(new));
          const longs positive = MASK_OF(longs, input > 0.0);
          above[p] *= 1.0 + e;
          below[p] *= 1.0 + KERNEL(exp_doubles)(KERNEL(below_doubles)(old));
          linear[p] += KERNEL(as_doubles)(positive & KERNEL(as_longs)(input));
          KERNEL(narrow)(mean + at, KERNEL(on_doubles)(new, e) / (1.0 + e));
        }
      }
    }
    memcpy(lane[0], above, sizeof lane[0]);
    memcpy(lane[1], below, sizeof lane[1]);
    memcpy(lane[2], linear, sizeof lane[2]);
    double ratio = 1.0, sum = 0.0;
    for (int i = 0; i < 8; i++) {
      ratio *= lane[0][i] / lane[1][i];
      sum += lane[2][i];
    }
    logs += log(ratio) + APART((to - from) * sum);
  }
  return logs;
}
