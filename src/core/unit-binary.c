/* Binary units: states 0 and 1, p(on | input a) = sigm(a). */
#include "special.h"
#include "unit.h"

static void mean(hm_level level, int n, const double *input, double *out) {
  hm_sigm_all(level, n, input, out);
}

static double log_sum(hm_level level, int n, const double *input) {
  return hm_softplus_sum(level, n, input);
}

static int draw(int n, const double *p, const hm_stream *stream,
                uint32_t which_case, int *on) {
  enum { at_once = 64 };
  int count = 0;
  for (int first = 0; first < n; first += at_once) {
    double u[at_once];
    const int wide = n - first < at_once ? n - first : at_once;
    hm_uniforms(stream, which_case, first, wide, u);
    for (int i = 0; i < wide; i++) {
      /* Written always, kept only where on: no branch to mispredict. */
      on[count] = first + i;
      count += u[i] < p[first + i];
    }
  }
  return count;
}

const hm_unit_kind hm_unit_binary = {
    "binary", mean, log_sum, draw, hm_sigm_singles, hm_bernoulli};
