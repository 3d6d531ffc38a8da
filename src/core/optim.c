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
    double *first = memory + whole * slots;
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

/* A rule and, where there is a penalty, the shrinking after it. */
static double penalised(rule_kernel *kernel, int slots, hm_level level,
                        ptrdiff_t n, const double *numbers, double reach,
                        double *g, double *memory, double *theta) {
  static rule_kernel *const shrink[] = HM_LEVELS(shrink);
  const double sum = in_eights(kernel, slots, n, numbers, g, memory, theta);
  if (!(reach > 0.0)) {
    return sum;
  }
  return in_eights(shrink[level], 0, n, &reach, g, memory, theta);
}

static double sgd(hm_level level, ptrdiff_t n, const hm_optim_options *options,
                  double decay, double l1, double *g, double *memory,
                  double *theta) {
  static rule_kernel *const kernel[] = HM_LEVELS(sgd);
  const double numbers[] = {decay, options->learning_rate, options->momentum};
  return penalised(kernel[level], 1, level, n, numbers,
                   options->learning_rate * l1, g, memory, theta);
}

static double nesterov(hm_level level, ptrdiff_t n,
                       const hm_optim_options *options, double decay, double l1,
                       double *g, double *memory, double *theta) {
  static rule_kernel *const kernel[] = HM_LEVELS(nesterov);
  const double numbers[] = {decay, options->learning_rate, options->momentum};
  return penalised(kernel[level], 1, level, n, numbers,
                   options->learning_rate * l1, g, memory, theta);
}

/* rate m^ / (sqrt(v^) + epsilon) is (rate r / c) m / (sqrt(v) + epsilon r),
 * where c = 1 - beta1^t and r = sqrt(1 - beta2^t). */
static double adam(hm_level level, ptrdiff_t n, const hm_optim_options *options,
                   double decay, double l1, double *g, double *memory,
                   double *theta) {
  static rule_kernel *const kernel[] = HM_LEVELS(adam);
  const double c = 1.0 - pow(options->beta1, options->t);
  const double r = sqrt(1.0 - pow(options->beta2, options->t));
  const double numbers[] = {decay, -options->learning_rate * r / c,
                            options->epsilon * r, options->beta1,
                            options->beta2};
  return penalised(kernel[level], 2, level, n, numbers,
                   options->learning_rate * l1, g, memory, theta);
}

static const hm_optimiser table[] = {
    {"sgd", 1, sgd}, {"nesterov", 1, nesterov}, {"adam", 2, adam}};

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

void hm_max_norm(int n, double limit, const double *squares, double *factor) {
  for (int j = 0; j < n; j++) {
    const double norm = sqrt(squares[j]);
    factor[j] = norm > limit ? limit / norm : 1.0;
  }
}

int hm_within(ptrdiff_t n, const double *x, double limit) {
  int beyond = 0;
  for (ptrdiff_t i = 0; i < n; i++) {
    beyond |= !(fabs(x[i]) <= limit);
  }
  return !beyond;
}
