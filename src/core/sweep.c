#include "sweep.h"

void hm_sweep_input(hm_level level, const hm_side *side, const hm_lists *given,
                    int from, int to, hm_panels *input) {
  hm_sum_panels(level, given, from, to, side->rows, side->bias, input);
}

void hm_sweep_mean(hm_level level, const hm_side *side, int from, int to,
                   hm_panels *mean) {
  for (int q = 0; q < hm_panels_across(mean->width); q++) {
    side->kind->mean_singles(level, (ptrdiff_t)(to - from) * HM_PANEL,
                             hm_panel_row(mean, q, from));
  }
}

void hm_sweep_draw(hm_level level, const hm_side *side, const hm_rows *rows,
                   const hm_stream *stream, int from, int to,
                   const hm_panels *mean, hm_bits *bits, hm_lists *states) {
  for (int q = 0; q < hm_panels_across(mean->width); q++) {
    side->kind->draw_panel(level, stream, rows, from, to, q,
                           hm_panel_row(mean, q, 0), bits->word + q,
                           bits->stride);
  }
  hm_list_bits(from, to, mean->width, bits, states);
}
