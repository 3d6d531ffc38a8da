/* Kernels of ais.c, see simd.h. */
#include "special-vectors-kernel.h"

/* sum_j softplus(to x_j) - softplus(from x_j) over `across` panels, of which
 * each begins `stride` numbers after the last, and mean_j := sigm(to x_j). The
 * factors 1 + exp(-|y|), each from 1 to 2, are multiplied in eight lanes, and
 * logs taken of up to 512 of them at once. */
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

/* x := t x + (1 - t) y for n numbers, whole panels of them; y has as many, or
 * HM_PANEL that serve all panels where `same`. */
KERNEL_ATTRIBUTE static void KERNEL(blend)(ptrdiff_t n, float t, const float *y,
                                           int same, float *x) {
  for (ptrdiff_t i = 0; i < n; i += HM_PANEL) {
    const float *other = same ? y : y + i;
    for (int j = 0; j < HM_PANEL; j += float_lanes) {
      KERNEL(store_floats)
      (x + i + j, APART(t * KERNEL(load_floats)(x + i + j)) +
                      APART((1.0f - t) * KERNEL(load_floats)(other + j)));
    }
  }
}
