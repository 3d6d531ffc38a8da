#include "optim.h"

#include <math.h>
#include <string.h>

#define HM_KERNEL_FILE "optim-kernel.h"
#include "simd-each-kernel.h"

/* Whole groups of eight by the kernel, and the rest in a group of its own. */
static double sgd(hm_level level, ptrdiff_t n, const hm_optim_options *options,
                  double decay, const double *gradient, double *memory,
                  double *theta) {
  static double (*const kernels[])(ptrdiff_t, double, double, double,
                                   const double *, double *, double *) =
      HM_LEVELS(sgd);
  const ptrdiff_t whole = n / 8 * 8;
  const size_t left = (size_t)(n - whole) * sizeof *theta;
  double sum = kernels[level](whole, options->learning_rate, options->momentum,
                              decay, gradient, memory, theta);
  if (left > 0) {
    double g[8] = {0.0}, u[8] = {0.0}, x[8] = {0.0};
    memcpy(g, gradient + whole, left);
    memcpy(u, memory + whole, left);
    memcpy(x, theta + whole, left);
    sum += kernels[level](8, options->learning_rate, options->momentum, decay,
                          g, u, x);
    memcpy(memory + whole, u, left);
    memcpy(theta + whole, x, left);
  }
  return sum;
}

static const hm_optimiser table[] = {{"sgd", 1, sgd}};

const hm_optimiser *hm_optimiser_row(int i) {
  const int rows = (int)(sizeof table / sizeof *table);
  return i >= 0 && i < rows ? table + i : NULL;
}

const hm_optimiser *hm_optimiser_named(const char *name) {
  const hm_optimiser *row;
  for (int i = 0; (row = hm_optimiser_row(i)); i++) {
    if (strcmp(row->name, name) == 0) {
      return row;
    }
  }
  return NULL;
}

int hm_within(ptrdiff_t n, const double *x, double limit) {
  int beyond = 0;
  for (ptrdiff_t i = 0; i < n; i++) {
    beyond |= !(fabs(x[i]) <= limit);
  }
  return !beyond;
}
