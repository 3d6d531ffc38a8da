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

/* Three steps: u := momentum u - rate (g + decay W), W := W + u. */
static void check_sgd(ptrdiff_t weights, ptrdiff_t biases,
                      const hm_optim_options *options) {
  const ptrdiff_t n = weights + biases;
  const hm_optimiser *rule = hm_optimiser_named("sgd");
  const double *start = twin_random(n, -1.0, 1.0, &chance);
  double *naive = twin_copy(n, start), *u = twin_zeros(n);
  double *theta[2], *memory[2], *sums = twin_reals(hm_optim_blocks(weights));
  for (int i = 0; i < 2; i++) {
    theta[i] = twin_copy(n, start);
    memory[i] = twin_zeros(n);
  }
  for (int step = 0; step < 3; step++) {
    const double *g = twin_random(n, -1.0, 1.0, &chance);
    double squares = 0.0, norm[2];
    for (ptrdiff_t i = 0; i < n; i++) {
      const double decay = i < weights ? options->weight_decay : 0.0;
      u[i] = options->momentum * u[i] -
             options->learning_rate * (g[i] + decay * naive[i]);
      naive[i] += u[i];
      squares += i < weights ? u[i] * u[i] : 0.0;
    }
    for (int i = 0; i < 2; i++) {
      norm[i] = hm_optim_step(rule, options, weights, biases, g, memory[i],
                              theta[i], sums, i + 1);
    }
    CHECK_NEAR(twin_gap(n, theta[0], naive), 0.0, 1e-13);
    CHECK_NEAR(twin_gap(n, memory[0], u), 0.0, 1e-13);
    CHECK_NEAR(norm[0], sqrt(squares), 1e-12 * sqrt(squares));
    CHECK(twin_same_bits(1, &norm[0], &norm[1]) &&
              twin_same_bits(n, theta[0], theta[1]) &&
              twin_same_bits(n, memory[0], memory[1]),
          "one thread and two give the same bits");
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
    check_sgd(1, 2, &options[i]);
    check_sgd(35, 12, &options[i]);
    check_sgd(4096, 5, &options[i]);
    check_sgd(4097, 5, &options[i]);
  }
  check_sgd(250001, 5000, &options[3]); /* enough for threads */
  check_within();
}
