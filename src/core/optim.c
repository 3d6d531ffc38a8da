#include "optim.h"

#include <math.h>
#include <string.h>

#define HM_KERNEL_FILE "optim-kernel.h"
#include "simd-each-kernel.h"

typedef double rule_kernel(ptrdiff_t n, const double *numbers, double pull,
                           double *g, double *memory, double *theta);
typedef double weights_kernel(ptrdiff_t n, const double *numbers, double pull,
                              double *g, float *memory, float *high,
                              float *low);

/* Whole groups of eight by the kernel, and the rest in a group of its own,
 * filled up with zeros, which a kernel leaves as they are. */
static double in_eights(rule_kernel *kernel, int slots, ptrdiff_t n,
                        const double *numbers, double pull, double *g,
                        double *memory, double *theta) {
  const ptrdiff_t whole = n / 8 * 8, rest = n - whole;
  const size_t left = (size_t)rest * sizeof *theta;
  double sum = kernel(whole, numbers, pull, g, memory, theta);
  if (left > 0) {
    double slope[8] = {0.0}, kept[8 * HM_MOST_SLOTS] = {0.0}, x[8] = {0.0};
    double *first = memory + whole * slots;
    memcpy(slope, g + whole, left);
    memcpy(x, theta + whole, left);
    for (int slot = 0; slot < slots; slot++) {
      memcpy(kept + 8 * slot, first + rest * slot, left);
    }
    sum += kernel(8, numbers, pull, slope, kept, x);
    memcpy(g + whole, slope, left);
    memcpy(theta + whole, x, left);
    for (int slot = 0; slot < slots; slot++) {
      memcpy(first + rest * slot, kept + 8 * slot, left);
    }
  }
  return sum;
}

/* The settings of a rule as its kernels take them. */
typedef struct {
  double number[5];
  double pull; /* how far the penalty l1 reaches, or what of it adam divides */
} settings;

/* While g stays what it is, the step of sgd and nesterov grows to rate g / (1 -
 * momentum): so must the reach, for theta to rest where the penalised loss is
 * least. */
static settings of_momentum(const hm_optim_options *options, double decay,
                            double l1) {
  const settings set = {
      {decay, options->learning_rate, options->momentum},
      options->learning_rate * l1 / (1.0 - options->momentum)};
  return set;
}

/* rate m^ / (sqrt(v^) + epsilon) is (rate r / c) m / (sqrt(v) + epsilon r),
 * where c = 1 - beta1^t and r = sqrt(1 - beta2^t). */
static settings of_adam(const hm_optim_options *options, double decay,
                        double l1) {
  const double c = 1.0 - pow(options->beta1, options->t);
  const double r = sqrt(1.0 - pow(options->beta2, options->t));
  const double rate = options->learning_rate * r;
  const settings set = {
      {decay, -rate / c, options->epsilon * r, options->beta1, options->beta2},
      rate * l1};
  return set;
}

/* A rule's two steps, see optim.h, by its kernels and settings. */
#define STEPS_OF(rule, slots, settings_of)                                     \
  static double rule##_step(                                                   \
      hm_level level, ptrdiff_t n, const hm_optim_options *options,            \
      double decay, double l1, double *g, double *memory, double *theta) {     \
    static rule_kernel *const kernels[] = HM_LEVELS(rule);                     \
    const settings set = settings_of(options, decay, l1);                      \
    return in_eights(kernels[level], slots, n, set.number, set.pull, g,        \
                     memory, theta);                                           \
  }                                                                            \
                                                                               \
  static double rule##_step_weights(                                           \
      hm_level level, ptrdiff_t n, const hm_optim_options *options, double *g, \
      float *memory, float *high, float *low) {                                \
    static weights_kernel *const kernels[] = HM_LEVELS(rule##_weights);        \
    const settings set =                                                       \
        settings_of(options, options->weight_decay, options->l1);              \
    return kernels[level](n, set.number, set.pull, g, memory, high, low);      \
  }

STEPS_OF(sgd, 1, of_momentum)
STEPS_OF(nesterov, 1, of_momentum)
STEPS_OF(adam, 2, of_adam)

#undef STEPS_OF

static double sgd_step_tile(hm_level level, const hm_optim_options *options,
                            const hm_optim_tile *tile) {
  static double (*const kernels[])(const double *, const hm_optim_tile *) =
      HM_LEVELS(sgd_tile);
  const settings set = of_momentum(options, options->weight_decay, 0.0);
  return kernels[level](set.number, tile);
}

static const hm_optimiser table[] = {
    {"sgd", 1, sgd_step, sgd_step_weights, sgd_step_tile},
    {"nesterov", 1, nesterov_step, nesterov_step_weights, NULL},
    {"adam", 2, adam_step, adam_step_weights, NULL}};

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
