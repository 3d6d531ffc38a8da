/* Binary units: states 0 and 1, p(on | input a) = sigm(a). */
#include "special.h"
#include "unit.h"

static void mean(hm_level level, const hm_run *run, const double *input,
                 double *out) {
  hm_sigm_all(level, run->units, input, out);
}

static double log_sum(hm_level level, const hm_run *run, const double *input) {
  return hm_softplus_sum(level, run->units, input);
}

static int draw(const hm_run *run, const double *p, const hm_stream *stream,
                uint32_t which_case, int *on) {
  enum { at_once = 64 };
  int count = 0;
  for (int first = 0; first < run->units; first += at_once) {
    double u[at_once];
    const int left = run->units - first;
    const int wide = left < at_once ? left : at_once;
    hm_uniforms(stream, which_case, run->place + first, wide, u);
    for (int i = 0; i < wide; i++) {
      /* Written always, kept only where on: no branch to mispredict. */
      on[count] = run->first + first + i;
      count += u[i] < p[first + i];
    }
  }
  return count;
}

static void mean_panels(hm_level level, const hm_run *run, int from, int to,
                        const hm_panels *input, hm_panels *out) {
  const int first = run->place / HM_PANEL;
  for (int q = first; q < first + hm_panels_across(run->units); q++) {
    hm_sigm_singles(level, (ptrdiff_t)(to - from) * HM_PANEL,
                    hm_panel_row(input, q, from), hm_panel_row(out, q, from));
  }
}

static void draw_panels(hm_level level, const hm_run *run,
                        const hm_stream *stream, const hm_rows *rows, int from,
                        int to, const hm_panels *p, hm_bits *bits) {
  const int first = run->place / HM_PANEL;
  for (int q = first; q < first + hm_panels_across(run->units); q++) {
    hm_bernoulli(level, stream, rows, from, to, q, hm_panel_row(p, q, 0),
                 bits->word + q, bits->stride);
  }
}

const hm_kind hm_unit_binary = {.name = "binary",
                                .mean = mean,
                                .log_sum = log_sum,
                                .draw = draw,
                                .mean_panels = mean_panels,
                                .draw_panels = draw_panels};
