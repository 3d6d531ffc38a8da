/* Steps of each rule with any numbers: whole, in parts and on any hardware. */
#include "optim.h"

#include "fuzz.h"

static double positive(double tame) {
  return fuzz_wild ? fuzz_any() : tame * fuzz_uniform();
}

void fuzz(void) {
  int rows = 0;
  while (hm_optimiser_row(rows)) {
    rows++;
  }
  const hm_optimiser *rule = hm_optimiser_row(fuzz_int(0, rows - 1));
  const ptrdiff_t n = fuzz_int(0, 150);
  const size_t bytes = (size_t)n * sizeof(double);
  const hm_optim_options options = {.learning_rate = positive(1.0),
                                    .momentum = positive(0.999),
                                    .beta1 = positive(0.999),
                                    .beta2 = positive(0.999),
                                    .epsilon = 1e-12 + positive(1.0),
                                    .weight_decay = positive(1.0),
                                    .l1 = positive(1.0),
                                    .t = fuzz_int(1, 100000)};
  const double decay = fuzz_rarely(2) ? options.weight_decay : 0.0;
  const double l1 = fuzz_rarely(2) ? options.l1 : 0.0;
  const double *slope = fuzz_reals(n, -1.0, 1.0);
  const double *from = fuzz_reals(n, -3.0, 3.0);
  const double *kept = fuzz_reals(n * rule->slots, 0.0, 1.0);
  const ptrdiff_t part = fuzz_rarely(2) ? n : fuzz_int(0, (int)n) / 8 * 8;
  double *g[2], *theta[2], *memory[2], sum[2];
  for (int i = 0; i < 2; i++) {
    const ptrdiff_t first = i == 0 ? n : part;
    g[i] = memcpy(FUZZ_NEW(double, n), slope, bytes);
    theta[i] = memcpy(FUZZ_NEW(double, n), from, bytes);
    memory[i] = memcpy(FUZZ_NEW(double, n * rule->slots), kept,
                       bytes * (size_t)rule->slots);
    const hm_level level = fuzz_hardware().level;
    sum[i] = rule->step(level, first, &options, decay, l1, g[i], memory[i],
                        theta[i]);
    if (first < n) {
      sum[i] += rule->step(level, n - first, &options, decay, l1, g[i] + first,
                           memory[i] + first * rule->slots, theta[i] + first);
    }
  }
  FUZZ_CHECK(fuzz_wild || (fuzz_finite(n, theta[0]) && fuzz_finite(n, g[0])),
             "a step is finite");
  FUZZ_CHECK(fuzz_wild || (fuzz_same(n, theta[0], theta[1]) &&
                           fuzz_same(n, g[0], g[1]) &&
                           fuzz_same(n * rule->slots, memory[0], memory[1])),
             "parts make the whole, to the same bits");
  FUZZ_CHECK(fuzz_wild || fabs(sum[0] - sum[1]) <= 1e-9 * (1.0 + sum[0]),
             "and to the same sum");
  double *fast = fuzz_reals(n, -1.0, 1.0);
  hm_step_fast(n, fuzz_uniform(), fuzz_uniform(), g[0], fast);
  FUZZ_CHECK(fuzz_wild || fuzz_finite(n, fast),
             "and so is one of fast weights");
  FUZZ_CHECK(hm_within(n, theta[0], 1e4) == fuzz_within(n, theta[0], -1e4, 1e4),
             "a limit is a limit");
}
