/* Binary units: states 0 and 1, p(on | input a) = sigm(a). */
#include "special.h"
#include "unit.h"

static void mean(int n, const double *input, double *out) {
  for (int i = 0; i < n; i++) {
    out[i] = hm_sigm(input[i]);
  }
}

static double log_sum(int n, const double *input) {
  double sum = 0.0;
  for (int i = 0; i < n; i++) {
    sum += hm_softplus(input[i]);
  }
  return sum;
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

const hm_unit_kind hm_unit_binary = {"binary", mean, log_sum, draw};
