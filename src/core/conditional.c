#include "conditional.h"

#include <string.h>

#include "linalg.h"

/* exp, or a draw, costs some ten multiply-and-adds. */
enum { per_unit = 10 };

void hm_input(const hm_link *layer, const hm_states *given, hm_hardware hw,
              double *input) {
  const int n = given->on.n;
  for (int s = 0; s < n; s++) {
    memcpy(input + (ptrdiff_t)s * layer->units, layer->bias,
           (size_t)layer->units * sizeof *input);
  }
  if (given->x) {
    hm_add_product(n, layer->from, layer->units, given->x, layer->rows,
                   layer->cols, input);
  } else if (layer->rows) {
    hm_sum_rows(&given->on, layer->units, 1.0, layer->rows, 1.0, input, hw);
  } else {
    hm_sum_columns(&given->on, layer->from, layer->units, layer->cols, input);
  }
}

void hm_mean(const hm_link *layer, int n, const double *input, hm_hardware hw,
             double *mean) {
  const int parallel =
      (ptrdiff_t)n * layer->units * per_unit >= HM_WORTH_THREADS;
#ifdef _OPENMP
#pragma omp parallel for num_threads(hw.threads) if (parallel)
#endif
  for (int s = 0; s < n; s++) {
    const ptrdiff_t start = (ptrdiff_t)s * layer->units;
    hm_layer_mean(hw.level, layer->layer, input + start, mean + start);
  }
  (void)hw;
  (void)parallel;
}

void hm_mean_given(const hm_link *layer, const hm_states *given, hm_hardware hw,
                   double *mean) {
  hm_input(layer, given, hw, mean);
  hm_mean(layer, given->on.n, mean, hw, mean);
}

void hm_draw(const hm_link *layer, const hm_rows *rows, const double *mean,
             const hm_stream *stream, hm_hardware hw, hm_states *states) {
  states->units = layer->units;
  states->on.n = rows->n;
  states->x = layer->layer->valued ? states->x : NULL;
  const int parallel =
      (ptrdiff_t)rows->n * layer->units * per_unit >= HM_WORTH_THREADS;
#ifdef _OPENMP
#pragma omp parallel for num_threads(hw.threads) if (parallel)
#endif
  for (int s = 0; s < rows->n; s++) {
    if (states->x) {
      const ptrdiff_t start = (ptrdiff_t)s * layer->units;
      hm_layer_draw_values(layer->layer, mean + start, stream,
                           (uint32_t)hm_row(rows, s), states->x + start);
      continue;
    }
    states->on.count[s] =
        hm_layer_draw(layer->layer, mean + (ptrdiff_t)s * layer->units, stream,
                      (uint32_t)hm_row(rows, s),
                      states->on.item + (ptrdiff_t)s * states->on.stride);
  }
  (void)hw;
  (void)parallel;
}
