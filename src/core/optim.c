#include "optim.h"

#include <math.h>
#include <string.h>

#ifdef HM_X86
#include <immintrin.h>
#endif

#define HM_KERNEL_FILE "optim-kernel.h"
#include "simd-each-kernel.h"

typedef double rule_kernel(ptrdiff_t n, const double *numbers, double *g,
                           double *memory, double *theta);

/* Whole groups of eight by the kernel, and the rest in a group of its own,
 * filled up with zeros, which a kernel leaves as they are. */
static double in_eights(rule_kernel *kernel, int slots, ptrdiff_t n,
                        const double *numbers, double *g, double *memory,
                        double *theta) {
  const ptrdiff_t whole = n / 8 * 8, rest = n - whole;
  const size_t left = (size_t)rest * sizeof *theta;
  double sum = kernel(whole, numbers, g, memory, theta);
  if (left > 0) {
    double slope[8] = {0.0}, kept[8 * HM_MOST_SLOTS] = {0.0}, x[8] = {0.0};
    double *first = slots > 0 ? memory + whole * slots : NULL;
    memcpy(slope, g + whole, left);
    memcpy(x, theta + whole, left);
    for (int slot = 0; slot < slots; slot++) {
      memcpy(kept + 8 * slot, first + rest * slot, left);
    }
    sum += kernel(8, numbers, slope, kept, x);
    memcpy(g + whole, slope, left);
    memcpy(theta + whole, x, left);
    for (int slot = 0; slot < slots; slot++) {
      memcpy(first + rest * slot, kept + 8 * slot, left);
    }
  }
  return sum;
}

/* What follows sgd and nesterov where l1 > 0. While g stays what it is, their
 * step grows to rate g / (1 - momentum): so must the reach, for theta to rest
 * where the penalised loss is least. */
static double shrink(hm_level level, ptrdiff_t n,
                     const hm_optim_options *options, double l1, double *g,
                     double *theta) {
  static rule_kernel *const kernels[] = HM_LEVELS(shrink);
  const double reach = options->learning_rate * l1 / (1.0 - options->momentum);
  return in_eights(kernels[level], 0, n, &reach, g, NULL, theta);
}

static double sgd(hm_level level, ptrdiff_t n, const hm_optim_options *options,
                  double decay, double l1, double *g, double *memory,
                  double *theta) {
  static rule_kernel *const kernels[] = HM_LEVELS(sgd);
  const double numbers[] = {decay, options->learning_rate, options->momentum};
  const double sum = in_eights(kernels[level], 1, n, numbers, g, memory, theta);
  return l1 > 0.0 ? shrink(level, n, options, l1, g, theta) : sum;
}

static double sgd_tile(hm_level level, const hm_optim_options *options,
                       double decay, const hm_optim_tile *tile) {
  static double (*const kernels[])(const double *, const hm_optim_tile *) =
      HM_LEVELS(sgd_tile);
  const double numbers[] = {decay, options->learning_rate, options->momentum};
  return kernels[level](numbers, tile);
}

static double nesterov(hm_level level, ptrdiff_t n,
                       const hm_optim_options *options, double decay, double l1,
                       double *g, double *memory, double *theta) {
  static rule_kernel *const kernels[] = HM_LEVELS(nesterov);
  const double numbers[] = {decay, options->learning_rate, options->momentum};
  const double sum = in_eights(kernels[level], 1, n, numbers, g, memory, theta);
  return l1 > 0.0 ? shrink(level, n, options, l1, g, theta) : sum;
}

/* rate m^ / (sqrt(v^) + epsilon) is (rate r / c) m / (sqrt(v) + epsilon r),
 * where c = 1 - beta1^t and r = sqrt(1 - beta2^t). */
static double adam(hm_level level, ptrdiff_t n, const hm_optim_options *options,
                   double decay, double l1, double *g, double *memory,
                   double *theta) {
  static rule_kernel *const kernels[] = HM_LEVELS(adam);
  static rule_kernel *const shrinks[] = HM_LEVELS(adam_shrink);
  const double c = 1.0 - pow(options->beta1, options->t);
  const double r = sqrt(1.0 - pow(options->beta2, options->t));
  const double rate = options->learning_rate * r,
               epsilon = options->epsilon * r;
  const double numbers[] = {decay, -rate / c, epsilon, options->beta1,
                            options->beta2};
  const double pull[] = {rate * l1, epsilon};
  const double sum = in_eights(kernels[level], 2, n, numbers, g, memory, theta);
  return l1 > 0.0 ? in_eights(shrinks[level], 2, n, pull, g, memory, theta)
                  : sum;
}

static const hm_optimiser table[] = {{"sgd", 1, sgd, sgd_tile},
                                     {"nesterov", 1, nesterov, NULL},
                                     {"adam", 2, adam, NULL}};

const hm_optimiser *hm_optimiser_row(int i) {
  const int rows = (int)(sizeof table / sizeof *table);
  return i >= 0 && i < rows ? table + i : NULL;
}

const char *hm_optimiser_name(int i) {
  const hm_optimiser *row = hm_optimiser_row(i);
  return row ? row->name : NULL;
}

const hm_optimiser *hm_optimiser_named(const char *name) {
  return hm_optimiser_row(hm_row_named(hm_optimiser_name, name));
}

void hm_step_fast(ptrdiff_t n, double rate, double decay, const double *g,
                  double *fast) {
  for (ptrdiff_t i = 0; i < n; i++) {
    fast[i] = decay * fast[i] - rate * g[i];
  }
}

int hm_within(ptrdiff_t n, const double *x, double limit) {
  int beyond = 0;
  for (ptrdiff_t i = 0; i < n; i++) {
    beyond |= !(fabs(x[i]) <= limit);
  }
  return !beyond;
}
