#include "sweep.h"

#include <math.h>
#include <string.h>

#define HM_KERNEL_FILE "sweep-kernel.h"
#include "simd-each-kernel.h"

void hm_sweep_input(hm_level level, const hm_side *side, const hm_lists *given,
                    int from, int to, hm_panels *input) {
  hm_sum_panels(level, given, from, to, side->rows, side->bias, input);
}

void hm_sweep_mean(hm_level level, const hm_side *side, int from, int to,
                   const hm_panels *input, hm_panels *mean) {
  for (int r = 0; r < side->layer->runs; r++) {
    const hm_run *run = side->layer->run + r;
    run->kind->mean_panels(level, run, from, to, input, mean);
  }
}

void hm_clamp_bits(const hm_clamp *clamp, int from, int to, int places,
                   hm_bits *bits) {
  for (int s = from; s < to; s++) {
    uint32_t *word = bits->word + s * bits->stride;
    for (int q = 0; q < hm_panels_across(places); q++) {
      const ptrdiff_t at = hm_clamp_at(clamp, s) + q;
      word[q] = (word[q] & clamp->free[at]) | clamp->held[at];
    }
  }
}

void hm_sweep_draw_free(hm_level level, const hm_side *side,
                        const hm_rows *rows, const hm_stream *stream,
                        const hm_clamp *clamp, int from, int to,
                        const hm_panels *mean, hm_bits *bits,
                        hm_lists *states) {
  for (int r = 0; r < side->layer->runs; r++) {
    const hm_run *run = side->layer->run + r;
    run->kind->draw_panels(level, run, stream, rows, from, to, mean, bits);
  }
  if (clamp) {
    hm_clamp_bits(clamp, from, to, side->layer->places, bits);
  }
  hm_list_bits(from, to, side->layer, bits, states);
}

void hm_sweep_draw(hm_level level, const hm_side *side, const hm_rows *rows,
                   const hm_stream *stream, int from, int to,
                   const hm_panels *mean, hm_bits *bits, hm_lists *states) {
  hm_sweep_draw_free(level, side, rows, stream, NULL, from, to, mean, bits,
                     states);
}

/* The sum of what of the inputs of case s lies above 0. */
static double sum_above(hm_level level, const hm_panels *input, int s) {
  static void (*const add[])(int, ptrdiff_t, const float *, double *) =
      HM_LEVELS(add_above);
  const ptrdiff_t stride = (ptrdiff_t)input->n * HM_PANEL;
  const int groups = input->width / 8;
  double lane[8] = {0.0};
  add[level](groups, stride, hm_panel_row(input, 0, s), lane);
  for (int j = groups * 8; j < input->width; j++) {
    const float x = *hm_panels_at(input, s, j);
    lane[j % 8] += x > 0.0f ? (double)x : 0.0;
  }
  return ((lane[0] + lane[1]) + (lane[2] + lane[3])) +
         ((lane[4] + lane[5]) + (lane[6] + lane[7]));
}

/* The sum of the logs of the larger of m and 1 - m, over the means m of case s.
 * Each factor is at least 1/2: 512 of them stay within the range of a double.
 */
static double sum_log_larger(hm_level level, const hm_panels *mean, int s) {
  static void (*const multiply[])(int, ptrdiff_t, const float *, double *) =
      HM_LEVELS(multiply_larger);
  enum { together = 64 };
  const ptrdiff_t stride = (ptrdiff_t)mean->n * HM_PANEL;
  const int groups = mean->width / 8;
  double logs = 0.0;
  for (int first = 0; first * 8 < mean->width; first += together) {
    const int left = groups - first;
    double lane[8] = {1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0};
    multiply[level](left < together ? left : together, stride,
                    hm_panel_row(mean, first / 4, s), lane);
    for (int j = groups * 8; left < together && j < mean->width; j++) {
      const double on = (double)*hm_panels_at(mean, s, j);
      lane[j % 8] *= on > 0.5 ? on : 1.0 - on;
    }
    logs += log(((lane[0] * lane[1]) * (lane[2] * lane[3])) *
                ((lane[4] * lane[5]) * (lane[6] * lane[7])));
  }
  return logs;
}

void hm_sweep_free_energy(hm_level level, const float *bias,
                          const hm_lists *given, int from, int to,
                          const hm_panels *input, const hm_panels *mean,
                          double *F) {
  for (int s = from; s < to; s++) {
    const ptrdiff_t at = (ptrdiff_t)s * given->stride;
    double linear = 0.0;
    for (int t = 0; t < given->count[s]; t++) {
      const double b = (double)bias[given->item[at + t]];
      linear += given->value ? (double)given->value[at + t] * b : b;
    }
    F[s] = sum_log_larger(level, mean, s) - sum_above(level, input, s) - linear;
  }
}
