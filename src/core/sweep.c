#include "sweep.h"

void hm_sweep_input(hm_level level, const hm_side *side, const hm_lists *given,
                    int from, int to, hm_panels *input) {
  hm_sum_panels(level, given, from, to, side->rows, side->bias, input);
}

void hm_sweep_mean(hm_level level, const hm_side *side, int from, int to,
                   const hm_panels *input, hm_panels *mean) {
  hm_layer_mean_panels(level, side->layer, from, to, input, mean);
}

static void clamp_values(const hm_clamp *clamp, int s, int across,
                         hm_panels *value) {
  for (int q = 0; q < across; q++) {
    const ptrdiff_t at = hm_clamp_at(clamp, s) + q;
    float *row = hm_panel_row(value, q, s);
    for (int i = 0; i < HM_PANEL; i++) {
      if (!(clamp->free[at] >> i & 1u)) {
        row[i] = clamp->value[at * HM_PANEL + i];
      }
    }
  }
}

void hm_clamp_bits(const hm_clamp *clamp, int from, int to,
                   const hm_layer *layer, hm_bits *bits) {
  const int across = hm_panels_across(layer->places);
  for (int s = from; s < to; s++) {
    uint32_t *word = bits->word + s * bits->stride;
    for (int q = 0; q < across; q++) {
      const ptrdiff_t at = hm_clamp_at(clamp, s) + q;
      word[q] = (word[q] & clamp->free[at]) | clamp->held[at];
    }
    if (layer->valued) {
      clamp_values(clamp, s, across, &bits->value);
    }
  }
}

void hm_sweep_draw_free(hm_level level, const hm_side *side,
                        const hm_drawing *drawing, const hm_clamp *clamp,
                        const hm_panels *input, const hm_panels *mean,
                        hm_bits *bits, hm_lists *states) {
  const int from = drawing->from, to = drawing->to;
  hm_layer_draw_panels(level, side->layer, drawing, input, mean, bits);
  if (clamp) {
    hm_clamp_bits(clamp, from, to, side->layer, bits);
  }
  hm_list_bits(from, to, side->layer, bits, states);
}

void hm_sweep_draw(hm_level level, const hm_side *side,
                   const hm_drawing *drawing, const hm_panels *input,
                   const hm_panels *mean, hm_bits *bits, hm_lists *states) {
  hm_sweep_draw_free(level, side, drawing, NULL, input, mean, bits, states);
}

void hm_sweep_free_energy(hm_level level, const hm_working *working,
                          const hm_lists *given, int from, int to,
                          const hm_panels *input, const hm_panels *mean,
                          double *F) {
  const hm_layer *hidden = working->hidden;
  for (int s = from; s < to; s++) {
    const ptrdiff_t at = (ptrdiff_t)s * given->stride;
    double linear = 0.0;
    for (int t = 0; t < given->count[s]; t++) {
      const int place = hm_layer_place(working->visible, given->item[at + t]);
      const double b = (double)working->b[place];
      linear += given->value ? (double)given->value[at + t] * b : b;
    }
    F[s] = -hm_layer_log_sum_panels(level, hidden, s, input, mean);
    F[s] -= linear;
    if (working->visible->valued) {
      F[s] -= hm_layer_log_base_listed(working->visible, given, s);
    }
  }
}
