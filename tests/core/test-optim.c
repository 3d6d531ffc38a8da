/* Steps of the optimiser against the rule written out. */
#include "optim.h"

#include "check.h"
#include "twin.h"

static uint64_t chance = 101;

static void check_table(void) {
  int rows = 0;
  for (const hm_optimiser *row; (row = hm_optimiser_row(rows)); rows++) {
    CHECK(hm_optimiser_named(row->name) == row, "each row has its own name");
    CHECK(row->slots >= 0, "a rule says what it remembers");
  }
  CHECK(rows == 1, "the table has one row");
  CHECK(hm_optimiser_named("sgd") && hm_optimiser_named("sgd")->slots == 1,
        "sgd is there and remembers its last change");
  CHECK(!hm_optimiser_row(-1) && !hm_optimiser_row(rows + 1),
        "there are no more rows");
  CHECK(!hm_optimiser_named("") && !hm_optimiser_named("sg") &&
            !hm_optimiser_named("sgdm") && !hm_optimiser_named("SGD"),
        "names are whole names");
}

/* Three steps of n parameters: u := momentum u - rate (g + decay W), W := W +
 * u, at each level. What stands beyond them is left alone. */
static void check_sgd(ptrdiff_t n, double decay,
                      const hm_optim_options *options) {
  enum { beyond = 9 };
  const hm_optimiser *rule = hm_optimiser_named("sgd");
  const double *start = twin_random(n + beyond, -1.0, 1.0, &chance);
  double *naive = twin_copy(n, start), *u = twin_zeros(n);
  double *theta[4], *memory[4];
  hm_level level[4];
  const int levels = twin_levels(level);
  for (int i = 0; i < levels; i++) {
    theta[i] = twin_copy(n + beyond, start);
    memory[i] = twin_copy(n + beyond, start);
    memset(memory[i], 0, (size_t)n * sizeof *u);
  }
  for (int step = 0; step < 3; step++) {
    const double *g = twin_random(n, -1.0, 1.0, &chance);
    double squares = 0.0, sum[4];
    for (ptrdiff_t i = 0; i < n; i++) {
      u[i] = options->momentum * u[i] -
             options->learning_rate * (g[i] + decay * naive[i]);
      naive[i] += u[i];
      squares += u[i] * u[i];
    }
    for (int i = 0; i < levels; i++) {
      sum[i] = rule->step(level[i], n, options, decay, g, memory[i], theta[i]);
      CHECK(twin_same_bits(1, &sum[0], &sum[i]) &&
                twin_same_bits(n, theta[0], theta[i]) &&
                twin_same_bits(n, memory[0], memory[i]),
            "all levels give the same bits");
      CHECK(twin_same_bits(beyond, theta[i] + n, start + n) &&
                twin_same_bits(beyond, memory[i] + n, start + n),
            "n parameters are changed");
    }
    CHECK_NEAR(twin_gap(n, theta[0], naive), 0.0, 1e-13);
    CHECK_NEAR(twin_gap(n, memory[0], u), 0.0, 1e-13);
    CHECK_NEAR(sum[0], squares, 2e-12 * squares);
  }
}

static void check_within(void) {
  const double inf = HUGE_VAL, bad[] = {inf - inf, inf, -inf, 10.5, -10.5};
  double x[7] = {0.0, -10.0, 10.0, 3.0, -3.0, 1e-300, 9.9};
  CHECK(hm_within(0, x, 1.0), "nothing is beyond a limit");
  CHECK(hm_within(7, x, 10.0), "the limit itself is within");
  CHECK(!hm_within(7, x, 9.95), "either side counts");
  for (int i = 0; i < 7; i++) {
    for (int kind = 0; kind < 5; kind++) {
      const double kept = x[i];
      x[i] = bad[kind];
      CHECK(!hm_within(7, x, 10.0), "one number beyond is enough");
      CHECK(hm_within(i, x, 10.0), "numbers past the end do not count");
      x[i] = kept;
    }
  }
}

static void checks(void) {
  static const hm_optim_options options[] = {
      {0.1, 0.0, 0.0}, {0.1, 0.9, 0.0}, {0.3, 0.0, 0.02}, {0.3, 0.5, 0.1}};
  check_table();
  for (int i = 0; i < 4; i++) {
    for (int n = 0; n <= 20; n++) {
      check_sgd(n, options[i].weight_decay, &options[i]);
    }
    check_sgd(35, options[i].weight_decay, &options[i]);
    check_sgd(4096, options[i].weight_decay, &options[i]);
    check_sgd(4097, options[i].weight_decay, &options[i]);
    check_sgd(47, 0.0, &options[i]); /* biases are not drawn to 0 */
  }
  check_within();
}
