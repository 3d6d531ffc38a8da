#include "optim.h"

#include <math.h>
#include <string.h>

static double sgd(ptrdiff_t n, const hm_optim_options *options, double decay,
                  const double *gradient, double *memory, double *theta) {
  double sum = 0.0;
  for (ptrdiff_t i = 0; i < n; i++) {
    memory[i] = options->momentum * memory[i] -
                options->learning_rate * (gradient[i] + decay * theta[i]);
    theta[i] += memory[i];
    sum += memory[i] * memory[i];
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

/* Blocks are cut by size alone, so the sums have the same bits for any number
 * of threads. */
enum { block = 4096 };

ptrdiff_t hm_optim_blocks(ptrdiff_t n) { return (n + block - 1) / block; }

double hm_optim_step(const hm_optimiser *rule, const hm_optim_options *options,
                     ptrdiff_t weights, ptrdiff_t biases,
                     const double *gradient, double *memory, double *theta,
                     double *sums, int threads) {
  const ptrdiff_t blocks = hm_optim_blocks(weights);
#ifdef _OPENMP
#pragma omp parallel for num_threads(threads) if (weights >= HM_WORTH_THREADS)
#endif
  for (ptrdiff_t t = 0; t < blocks; t++) {
    const ptrdiff_t first = t * block;
    const ptrdiff_t n = weights - first < block ? weights - first : block;
    sums[t] = rule->step(n, options, options->weight_decay, gradient + first,
                         memory + first * rule->slots, theta + first);
  }
  rule->step(biases, options, 0.0, gradient + weights,
             memory + weights * rule->slots, theta + weights);
  double sum = 0.0;
  for (ptrdiff_t t = 0; t < blocks; t++) {
    sum += sums[t];
  }
  (void)threads;
  return sqrt(sum);
}

int hm_within(ptrdiff_t n, const double *x, double limit) {
  int beyond = 0;
  for (ptrdiff_t i = 0; i < n; i++) {
    beyond |= !(fabs(x[i]) <= limit);
  }
  return !beyond;
}
