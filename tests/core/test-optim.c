/* Steps of the optimisers against the rules written out, and where they lead.
 */
#include "optim.h"

#include "split.h"

#include "check.h"
#include "twin.h"

static uint64_t chance = 101;

static const hm_optim_options usual = {.learning_rate = 0.1,
                                       .momentum = 0.9,
                                       .beta1 = 0.9,
                                       .beta2 = 0.999,
                                       .epsilon = 1e-8};

static void check_table(void) {
  static const char *const names[] = {"sgd", "nesterov", "adam"};
  static const int slots[] = {1, 1, 2};
  int rows = 0, most = 0;
  for (const hm_optimiser *row; (row = hm_optimiser_row(rows)); rows++) {
    CHECK(hm_optimiser_named(row->name) == row, "each row has its own name");
    CHECK(row->slots >= 0, "a rule says what it remembers");
    most = row->slots > most ? row->slots : most;
  }
  CHECK(most == HM_MOST_SLOTS, "which is room for each, and no more");
  CHECK(rows == 3, "the table has three rows");
  for (int i = 0; i < 3; i++) {
    const hm_optimiser *row = hm_optimiser_named(names[i]);
    CHECK(row && row->slots == slots[i], "each rule is there");
  }
  CHECK(!hm_optimiser_row(-1) && !hm_optimiser_row(rows + 1),
        "there are no more rows");
  CHECK(!hm_optimiser_named("") && !hm_optimiser_named("sg") &&
            !hm_optimiser_named("sgdm") && !hm_optimiser_named("SGD"),
        "names are whole names");
}

/* Where number i of a slot stands among what n parameters remember. */
static ptrdiff_t place(ptrdiff_t n, int slots, ptrdiff_t i, int slot) {
  const ptrdiff_t first = i / 8 * 8, together = n - first < 8 ? n - first : 8;
  return first * slots + slot * together + (i - first);
}

/* One parameter's step by the rule as on paper; what it remembers is in u. */
static void naive_step(const char *rule, const hm_optim_options *options,
                       double decay, double l1, double g, double *u,
                       double *x) {
  const double rate = options->learning_rate, momentum = options->momentum;
  double reach = rate * l1 / (1.0 - momentum);
  g += decay * *x;
  if (strcmp(rule, "sgd") == 0) {
    u[0] = momentum * u[0] - rate * g;
    *x += u[0];
  } else if (strcmp(rule, "nesterov") == 0) {
    u[0] = momentum * u[0] - rate * g;
    *x += momentum * u[0] - rate * g;
  } else {
    double power1 = 1.0, power2 = 1.0;
    for (int t = 0; t < (int)options->t; t++) {
      power1 *= options->beta1;
      power2 *= options->beta2;
    }
    u[0] = options->beta1 * u[0] + (1.0 - options->beta1) * g;
    u[1] = options->beta2 * u[1] + (1.0 - options->beta2) * g * g;
    const double m = u[0] / (1.0 - power1), v = u[1] / (1.0 - power2);
    *x -= rate * m / (sqrt(v) + options->epsilon);
    reach = rate * l1 / (sqrt(v) + options->epsilon);
  }
  if (l1 > 0.0) {
    *x = *x > reach ? *x - reach : *x < -reach ? *x + reach : 0.0;
  }
}

/* Four steps of n parameters at each level. What stands beyond them is left
 * alone. Returns how many became 0. */
static int check_steps(const hm_optimiser *rule, ptrdiff_t n, double decay,
                       double l1, hm_optim_options options) {
  enum { beyond = 9 };
  const int slots = rule->slots;
  const double *start = twin_random(n + beyond, -1.0, 1.0, &chance);
  double *naive = twin_copy(n, start), *u = twin_zeros(n * slots);
  double *theta[4], *memory[4] = {NULL}, *change[4] = {NULL};
  hm_level level[4];
  const int levels = twin_levels(level);
  int zeros = 0;
  for (int i = 0; i < levels; i++) {
    theta[i] = twin_copy(n + beyond, start);
    memory[i] = twin_zeros(n * slots + beyond);
    memcpy(memory[i] + n * slots, start, beyond * sizeof *start);
  }
  for (int step = 0; step < 4; step++) {
    const double *g = twin_random(n + beyond, -1.0, 1.0, &chance);
    const double *before = twin_copy(n, theta[0]);
    double squares = 0.0, sum[4], apart = 0.0, changes = 0.0;
    options.t = step + 1.0;
    for (ptrdiff_t i = 0; i < n; i++) {
      const double old = naive[i];
      naive_step(rule->name, &options, decay, l1, g[i], u + i * slots,
                 naive + i);
      squares += (naive[i] - old) * (naive[i] - old);
    }
    for (int i = 0; i < levels; i++) {
      change[i] = twin_copy(n + beyond, g);
      sum[i] = rule->step(level[i], n, &options, decay, l1, change[i],
                          memory[i], theta[i]);
      CHECK(twin_same_bits(1, &sum[0], &sum[i]) &&
                twin_same_bits(n, theta[0], theta[i]) &&
                twin_same_bits(n, change[0], change[i]) &&
                twin_same_bits(n * slots, memory[0], memory[i]),
            "all levels give the same bits");
      CHECK(twin_same_bits(beyond, theta[i] + n, start + n) &&
                twin_same_bits(beyond, change[i] + n, g + n) &&
                twin_same_bits(beyond, memory[i] + n * slots, start),
            "n parameters are changed");
    }
    for (ptrdiff_t i = 0; i < n; i++) {
      for (int slot = 0; slot < slots; slot++) {
        apart = fmax(apart, fabs(memory[0][place(n, slots, i, slot)] -
                                 u[i * slots + slot]));
      }
      CHECK((theta[0][i] == 0.0) == (naive[i] == 0.0),
            "what reaches 0 is exactly 0, and nothing else is");
      CHECK(theta[0][i] != 0.0 || !signbit(theta[0][i]), "0 has no sign");
      zeros += theta[0][i] == 0.0;
      changes = fmax(changes, fabs(change[0][i] - (theta[0][i] - before[i])));
    }
    CHECK_NEAR(twin_gap(n, theta[0], naive), 0.0, 1e-13);
    CHECK_NEAR(apart, 0.0, 1e-13);
    CHECK_NEAR(changes, 0.0, 1e-15); /* ulps of numbers below 4 */
    CHECK_NEAR(sum[0], squares, 2e-12 * squares);
  }
  return zeros;
}

static void check_rules(void) {
  static const double decays[] = {0.0, 0.02, 0.1}, l1[] = {0.0, 0.03, 0.2};
  static const double momenta[] = {0.0, 0.5, 0.9};
  const hm_optimiser *rule;
  for (int row = 0; (rule = hm_optimiser_row(row)); row++) {
    for (int i = 0; i < 9; i++) {
      hm_optim_options options = usual;
      const double decay = decays[i % 3], pull = l1[i / 3];
      options.momentum = momenta[(i + i / 3) % 3];
      options.beta1 = momenta[(i + 1) % 3];
      options.beta2 = 0.9 + 0.099 * (i % 2);
      for (int n = 0; n <= 20; n++) {
        check_steps(rule, n, decay, pull, options);
      }
      const int zeros = check_steps(rule, 1024, decay, pull, options) +
                        check_steps(rule, 1027, decay, pull, options);
      CHECK((zeros > 0) == (pull > 0.0), "a penalty makes zeros, alone");
    }
  }
}

/* A vector stepped in parts of whole eights is as one stepped at once, and an
 * l1 penalty changes nothing that is remembered. */
static void check_parts(void) {
  enum { n = 77, first = 32, most = n * HM_MOST_SLOTS };
  const hm_optimiser *rule;
  for (int row = 0; (rule = hm_optimiser_row(row)); row++) {
    hm_optim_options options = usual;
    const double *start = twin_random(n, -1.0, 1.0, &chance);
    const double *g = twin_random(n, -1.0, 1.0, &chance);
    double *theta[3], *memory[3], *change[3];
    for (int i = 0; i < 3; i++) {
      theta[i] = twin_copy(n, start);
      memory[i] = twin_zeros(most);
      change[i] = twin_copy(n, g);
    }
    options.t = 1.0;
    rule->step(HM_PLAIN, n, &options, 0.1, 0.2, change[0], memory[0], theta[0]);
    rule->step(HM_PLAIN, first, &options, 0.1, 0.2, change[1], memory[1],
               theta[1]);
    rule->step(HM_PLAIN, n - first, &options, 0.1, 0.2, change[1] + first,
               memory[1] + first * rule->slots, theta[1] + first);
    rule->step(HM_PLAIN, n, &options, 0.1, 0.0, change[2], memory[2], theta[2]);
    CHECK(twin_same_bits(n, theta[0], theta[1]) &&
              twin_same_bits(n, change[0], change[1]) &&
              twin_same_bits(most, memory[0], memory[1]),
          "parts make the whole");
    CHECK(twin_same_bits(most, memory[0], memory[2]),
          "l1 leaves what is remembered alone");
    CHECK(!twin_same_bits(n, theta[0], theta[2]), "but not theta");
  }
}

/* Divergence must show: what is no number is not shrunk to 0. */
static void check_not_numbers(void) {
  const double inf = HUGE_VAL, bad[] = {inf - inf, inf, -inf};
  const hm_optimiser *rule;
  hm_level level[4];
  const int levels = twin_levels(level);
  for (int row = 0; (rule = hm_optimiser_row(row)); row++) {
    for (int kind = 0; kind < 3; kind++) {
      for (int i = 0; i < 2 * levels; i++) {
        hm_optim_options options = usual;
        double x[11] = {0.0}, g[11] = {0.0}, memory[22] = {0.0};
        const int at = i % 2 ? 10 : 3;
        options.t = 1.0;
        g[at] = bad[kind];
        const double sum =
            rule->step(level[i / 2], 11, &options, 0.1, 0.2, g, memory, x);
        CHECK(!isfinite(x[at]) && !isfinite(sum), "divergence shows");
        CHECK(x[at - 1] == 0.0, "in one place");
      }
    }
  }
}

/* The form of Sutskever et al.: v := mu v - rate g(y + mu v), y := y + v. Our
 * theta is y + mu v all along. */
static void check_look_ahead(void) {
  enum { n = 5 };
  const hm_optimiser *rule = hm_optimiser_named("nesterov");
  const double mu = usual.momentum, rate = usual.learning_rate;
  const double *slope = twin_random(n, 0.5, 2.0, &chance);
  double *theta = twin_random(n, -1.0, 1.0, &chance), *memory = twin_zeros(n);
  double *y = twin_copy(n, theta), *v = twin_zeros(n), *ahead = twin_zeros(n);
  for (int step = 0; step < 50; step++) {
    double g[n];
    for (int i = 0; i < n; i++) {
      g[i] = sin(slope[i] * theta[i]);
      v[i] = mu * v[i] - rate * sin(slope[i] * (y[i] + mu * v[i]));
      y[i] += v[i];
      ahead[i] = y[i] + mu * v[i];
    }
    rule->step(HM_PLAIN, n, &usual, 0.0, 0.0, g, memory, theta);
    CHECK_NEAR(twin_gap(n, theta, ahead), 0.0, 1e-12);
  }
}

/* Each rule comes to rest at the least of sum_i a_i (x_i - s_i)^2 / 2 + decay
 * x_i^2 / 2 + l1 |x_i|, which is the soft threshold of a_i s_i by l1, divided
 * by a_i + decay. The rate of adam falls, whose steps do not become small by
 * themselves. */
static void check_rest(double decay, double l1) {
  enum { n = 19 };
  const hm_optimiser *rule;
  const double *a = twin_random(n, 0.5, 2.0, &chance);
  const double *s = twin_random(n, -1.0, 1.0, &chance);
  for (int row = 0; (rule = hm_optimiser_row(row)); row++) {
    hm_optim_options options = usual;
    double *theta = twin_random(n, -1.0, 1.0, &chance);
    double *memory = twin_zeros(n * rule->slots), best[n];
    const int falls = strcmp(rule->name, "adam") == 0;
    for (int i = 0; i < n; i++) {
      const double pull = fmax(fabs(a[i] * s[i]) - l1, 0.0);
      best[i] = copysign(pull, s[i]) / (a[i] + decay);
    }
    for (int step = 0; step < 4000; step++) {
      double g[n];
      for (int i = 0; i < n; i++) {
        g[i] = a[i] * (theta[i] - s[i]);
      }
      options.t = step + 1.0;
      options.learning_rate = falls ? 0.1 / (1.0 + 0.01 * step) : 0.1;
      rule->step(twin_hw(1).level, n, &options, decay, l1, g, memory, theta);
    }
    CHECK_NEAR(twin_gap(n, theta, best), 0.0, 1e-6);
    for (int i = 0; i < n; i++) {
      CHECK((theta[i] == 0.0) == (best[i] == 0.0), "zeros are where they are");
    }
  }
}

static void check_step_fast(void) {
  const double g[] = {1.0, -2.0, 0.5};
  double fast[] = {4.0, 0.0, -1.0, 7.0};
  hm_step_fast(3, 0.25, 0.5, g, fast);
  CHECK(fast[0] == 1.75 && fast[1] == 0.5 && fast[2] == -0.625,
        "fast weights fade, and go down the gradient");
  CHECK(fast[3] == 7.0, "those past the end stay");
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

/* A step of weights that are two floats each is that of their sums in double,
 * split again, and what it remembers is the nearest float, to the bit. */
static void check_weights(const hm_optimiser *rule, int n, double decay,
                          double l1) {
  const int slots = rule->slots;
  hm_optim_options options = usual;
  float *high = twin_singles(n), *low = twin_singles(n);
  float *memory = twin_singles(n * slots);
  double *x = twin_random(n, -1.0, 1.0, &chance), *u = twin_zeros(n * slots);
  hm_level level[4];
  const int levels = twin_levels(level);
  options.weight_decay = decay;
  options.l1 = l1;
  for (int i = 0; i < levels; i++) {
    hm_split(HM_PLAIN, n, x, high, low);
    memset(memory, 0, (size_t)(n * slots) * sizeof *memory);
    memset(u, 0, (size_t)(n * slots) * sizeof *u);
    for (int step = 0; step < 4; step++) {
      double *g = twin_random(n, -1.0, 1.0, &chance), *mine = twin_copy(n, g);
      double *theta = twin_reals(n);
      float *to_high = twin_singles(n), *to_low = twin_singles(n);
      float *kept = twin_singles(n * slots);
      options.t = step + 1.0;
      hm_join(HM_PLAIN, n, high, low, theta);
      const double sum =
          rule->step(HM_PLAIN, n, &options, decay, l1, g, u, theta);
      hm_split(HM_PLAIN, n, theta, to_high, to_low);
      hm_narrow(HM_PLAIN, n * slots, u, kept);
      hm_widen(HM_PLAIN, n * slots, kept, u);
      const double other =
          rule->step_weights(level[i], n, &options, mine, memory, high, low);
      CHECK(twin_same_singles(n, high, to_high) &&
                twin_same_singles(n, low, to_low) &&
                twin_same_singles(n * slots, memory, kept) &&
                twin_same_bits(n, mine, g) && twin_same_bits(1, &sum, &other),
            "weights are stepped in double, and kept as floats");
    }
  }
}

/* How far a change may be off that is found in single precision: each of its
 * terms by some units in its own last place, of which there are at most 12. */
static double change_error(const hm_optim_options *options, double largest) {
  return 12.0 * 0x1p-24 *
         (options->momentum + options->learning_rate * largest);
}

/* All that a tile of n rows needs, against its parts one after another in
 * double; `two` phases, or one that is their difference already. */
static void check_tile(const hm_optimiser *rule, int n, int centred, int two,
                       double momentum, double decay) {
  enum { wide = 32, tall = 32, cells = tall * wide, stride = 2 * wide };
  enum { size = 2 * cells + tall + wide + 1 };
  hm_optim_options options = usual;
  float *data = twin_singles(tall * stride), *draws = twin_singles(cells * 2);
  const double *sums = twin_random(2 * tall * stride, 0.0, 100.0, &chance);
  double *start = twin_random(2 * cells, -1.0, 1.0, &chance);
  const double *mu = twin_random(4 * tall, -1.0, 1.0, &chance);
  const double *gb = mu + tall, *gc = gb + tall, *lambda = gc + wide;
  float *singles = twin_singles(4 * tall);
  const double share = 0.01, other = 1.0 / 70.0;
  double *g = twin_zeros(cells), *by_row = twin_zeros(tall);
  double *by_column = twin_zeros(wide), largest = 0.0;
  float *first_high = twin_singles(cells), *first_low = twin_singles(cells);
  float *first_memory = twin_singles(cells);
  hm_level level[4];
  const int levels = twin_levels(level);
  options.momentum = momentum;
  options.weight_decay = decay;
  hm_narrow(HM_PLAIN, 4 * tall, mu, singles);
  hm_split(HM_PLAIN, cells, start, first_high, first_low);
  hm_join(HM_PLAIN, cells, first_high, first_low, start);
  hm_narrow(HM_PLAIN, cells, start + cells, first_memory);
  hm_widen(HM_PLAIN, cells, first_memory, start + cells);
  double *x = twin_copy(cells, start), *u = twin_copy(cells, start + cells);
  for (int i = 0; i < tall * stride; i++) {
    data[i] = (float)sums[i];
    draws[i] = (float)sums[tall * stride + i];
  }
  for (int i = 0; i < n; i++) {
    for (int j = 0; j < wide; j++) {
      g[i * wide + j] = other * (double)draws[i * stride + j] -
                        (two ? share * (double)data[i * stride + j] : 0.0) -
                        (centred ? mu[i] * gc[j] + gb[i] * lambda[j] : 0.0);
      largest = fmax(largest, 2.0 + other * (double)draws[i * stride + j]);
    }
  }
  const double squares =
      rule->step(HM_PLAIN, n * wide, &options, decay, 0.0, g, u, x);
  const double near = change_error(&options, largest);
  for (int i = 0; i < n; i++) {
    for (int j = 0; j < wide; j++) {
      by_row[i] += g[i * wide + j] * lambda[j];
      by_column[j] += g[i * wide + j] * mu[i];
    }
  }
  double of_first[size];
  for (int i = 0; i < levels; i++) {
    double *mine = twin_zeros(size);
    double *rows = mine + 2 * cells, *columns = rows + tall;
    float *high = twin_singles(cells), *low = twin_singles(cells);
    float *again = twin_singles(cells), *rest = twin_singles(cells);
    float *memory = twin_singles(cells);
    memcpy(high, first_high, cells * sizeof *high);
    memcpy(low, first_low, cells * sizeof *low);
    memcpy(memory, first_memory, cells * sizeof *memory);
    const hm_optim_tile tile = {.n = n,
                                .stride = stride,
                                .data = two ? data : NULL,
                                .draws = draws,
                                .data_share = share,
                                .draws_share = other,
                                .mu = centred ? singles : NULL,
                                .gb = singles + tall,
                                .gc = singles + 2 * tall,
                                .lambda = singles + 3 * tall,
                                .memory = memory,
                                .high = high,
                                .low = low,
                                .by_row = rows,
                                .by_column = columns};
    columns[wide] = rule->step_tile(level[i], &options, &tile);
    hm_join(HM_PLAIN, cells, high, low, mine);
    hm_widen(HM_PLAIN, cells, memory, mine + cells);
    CHECK_NEAR(twin_gap(cells, mine, x), 0.0, near);
    if (momentum > 0.0) {
      CHECK_NEAR(twin_gap(n * wide, mine + cells, u), 0.0, near);
    }
    CHECK(momentum > 0.0 || twin_same_singles(cells, memory, first_memory),
          "nothing is remembered without momentum");
    CHECK_NEAR(sqrt(columns[wide]), sqrt(squares), near * sqrt(n * wide));
    if (centred) {
      CHECK_NEAR(twin_gap(n, rows, by_row), 0.0, 2.0 * wide * near);
      CHECK_NEAR(twin_gap(wide, columns, by_column), 0.0, 2.0 * tall * near);
    }
    CHECK(twin_same_singles(cells - n * wide, high + n * wide,
                            first_high + n * wide),
          "rows past the end stay");
    hm_split(HM_PLAIN, cells, mine, again, rest);
    CHECK(twin_same_singles(cells, high, again) &&
              twin_same_singles(cells, low, rest),
          "high and low are what their sum is split into");
    if (i == 0) {
      memcpy(of_first, mine, sizeof of_first);
    }
    CHECK(twin_same_bits(size, of_first, mine),
          "all levels give the same bits");
  }
}

/* After 20 000 steps with the same gradients the weights are those of a twin in
 * double, to less than half a unit in the last place of their root mean square
 * in single precision. A step errs by what rounding u costs, some 2^-24 of it;
 * momentum carries that on 1 / (1 - momentum) times, as it does the step; and
 * at random that makes 2^-24 sqrt(20 000) |u| / (1 - momentum). Gradients have
 * the noise of batches of 100, a hundredth, and the rate takes all momenta
 * equally far. */
static void check_many_steps(double momentum, double decay) {
  enum { wide = 32, cells = wide * wide, steps = 20000 };
  hm_optim_options options = usual;
  float *high = twin_singles(cells), *low = twin_singles(cells);
  float *memory = twin_singles(cells), *draws = twin_singles(cells);
  double *x = twin_random(cells, -1.0, 1.0, &chance), *g = twin_reals(cells);
  double *u = twin_zeros(cells), *aim = twin_copy(cells, x);
  hm_level level[4];
  const int levels = twin_levels(level);
  const hm_level fastest = level[levels - 1];
  const hm_optimiser *sgd = hm_optimiser_named("sgd");
  options.momentum = momentum;
  options.weight_decay = decay;
  options.learning_rate = (double)(float)(0.1 * (1.0 - momentum));
  hm_split(HM_PLAIN, cells, x, high, low);
  hm_join(HM_PLAIN, cells, high, low, x);
  memset(memory, 0, cells * sizeof *memory);
  for (int t = 0; t < steps; t++) {
    /* Noise, and a slope to where the weights come to rest: whole numbers of
     * 2^-16, as sums over cases are. */
    for (int i = 0; i < cells; i++) {
      const double pull = 0.01 * (x[i] - aim[i]) * 100.0;
      const double noise = sqrt(12.0) * (twin_uniform(&chance) - 0.5);
      draws[i] = (float)(rint((pull + noise) * 65536.0) / 65536.0);
      g[i] = (double)(float)0.01 * (double)draws[i];
    }
    const hm_optim_tile tile = {.n = wide,
                                .stride = wide,
                                .draws = draws,
                                .draws_share = 0.01,
                                .memory = memory,
                                .high = high,
                                .low = low};
    sgd->step_tile(fastest, &options, &tile);
    sgd->step(HM_PLAIN, cells, &options, (double)(float)decay, 0.0, g, u, x);
  }
  double errors = 0.0, squares = 0.0, lost = 0.0;
  for (int i = 0; i < cells; i++) {
    const double error = hm_join_one(high[i], low[i]) - x[i];
    errors += error * error;
    squares += x[i] * x[i];
    lost += low[i] != 0.0f;
  }
  CHECK_NEAR(sqrt(errors / squares), 0.0, 0x1p-24);
  CHECK(lost > cells / 2, "which is due to what is kept of them");
}

static void check_tiles(void) {
  const hm_optimiser *rule;
  for (int row = 0; (rule = hm_optimiser_row(row)); row++) {
    check_weights(rule, 8, 0.0, 0.0);
    check_weights(rule, 96, 0.02, 0.0);
    check_weights(rule, 640, 0.02, 0.03);
    for (int i = 0; rule->step_tile && i < 32; i++) {
      check_tile(rule, i % 2 ? 32 : 1 + i, i / 2 % 2, i / 4 % 2,
                 i / 8 % 2 ? 0.0 : 0.5, i < 16 ? 0.0 : 0.02);
    }
  }
  CHECK(hm_optimiser_named("sgd")->step_tile != NULL,
        "plain descent steps a tile in one way");
  check_many_steps(0.0, 0.0);
  check_many_steps(0.5, 1e-4);
  check_many_steps(0.9, 0.0);
}

static void checks(void) {
  check_table();
  check_rules();
  check_tiles();
  check_parts();
  check_not_numbers();
  check_look_ahead();
  check_rest(0.0, 0.0);
  check_rest(0.3, 0.0);
  check_rest(0.0, 0.4);
  check_rest(0.3, 0.4);
  check_step_fast();
  check_within();
}
