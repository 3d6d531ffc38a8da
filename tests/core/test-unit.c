/* The table of unit kinds, and what a binary layer does with its input. */
#include "unit.h"

#include "check.h"
#include "twin.h"

static uint64_t chance = 41;
static const uint32_t key[2] = {3u, 1u};

static void check_table(void) {
  int rows = 0;
  for (const hm_kind *row; (row = hm_unit_row(rows)); rows++) {
    CHECK(hm_unit_named(row->name) == row, "each row has its own name");
  }
  CHECK(rows == 1, "the table has one row");
  CHECK(hm_unit_named("binary") == &hm_unit_binary, "binary units are there");
  CHECK(!hm_unit_row(-1) && !hm_unit_row(rows + 1), "there are no more rows");
  CHECK(!hm_unit_named("") && !hm_unit_named("bin") &&
            !hm_unit_named("binary ") && !hm_unit_named("Binary"),
        "names are whole names");
}

static void check_mean(hm_level level) {
  enum { n = 9 };
  const double input[n] = {0.0,   1.0,    -1.0,     800.0,    -800.0,
                           1e308, -1e308, HUGE_VAL, -HUGE_VAL};
  const double expected[n] = {0.5,
                              1.0 / (1.0 + exp(-1.0)),
                              1.0 / (1.0 + exp(1.0)),
                              1.0,
                              0.0,
                              1.0,
                              0.0,
                              1.0,
                              0.0};
  double mean[n + 1];
  mean[n] = -1.0;
  hm_layer_mean(level, twin_binary(n), input, mean);
  CHECK_NEAR(twin_gap(n, mean, expected), 0.0, 1e-15);
  CHECK(mean[n] < 0.0, "n means are written");
  memcpy(mean, input, sizeof input);
  hm_layer_mean(level, twin_binary(n), mean, mean);
  CHECK_NEAR(twin_gap(n, mean, expected), 0.0, 1e-15);
}

/* log sum over all states of exp(input . state): each unit's part is off by
 * some 1e-16, however small it is, see special.h. */
static void check_log_sum(hm_level level) {
  enum { most = 6 };
  const double far[] = {800.0, -800.0, 800.0}, low[] = {-40.0};
  double *input = twin_random(most, -3.0, 3.0, &chance), state[most];
  for (int n = 0; n <= most; n++) {
    double sum = 0.0;
    for (int on = 0; on < 1 << n; on++) {
      double product = 0.0;
      twin_state(n, on, state);
      for (int i = 0; i < n; i++) {
        product += input[i] * state[i];
      }
      sum += exp(product);
    }
    CHECK_NEAR(hm_layer_log_sum(level, twin_binary(n), input), log(sum), 1e-13);
  }
  CHECK_NEAR(hm_layer_log_sum(level, twin_binary(3), far), 1600.0, 0.0);
  CHECK_NEAR(hm_layer_log_sum(level, twin_binary(1), low), exp(-40.0), 2e-16);
}

/* A panel is drawn from its means in single precision, which are within their
 * bound of those in double, as hm_bernoulli draws it. */
static void check_panels(hm_level level) {
  enum { n = 3, units = 96 };
  const hm_layer *layer = twin_binary(units);
  const hm_stream stream = hm_stream_of(key, HM_DRAW_HIDDEN, 2, 5);
  const hm_rows rows = {NULL, 30, n};
  const double *input = twin_random(n * units, -20.0, 20.0, &chance);
  hm_panels mean = twin_panels(n, units);
  uint32_t word[n * 3] = {0}, expected[n] = {0};
  hm_bits bits = {3, word};
  int near = 1, same = 1;
  hm_panels_set(n, input, &mean);
  hm_unit_binary.mean_panels(level, layer->run, 0, n, &mean, &mean);
  for (int s = 0; s < n; s++) {
    for (int i = 0; i < units; i++) {
      const double p = twin_sigm((double)(float)input[s * units + i]);
      near = near && fabs((double)*hm_panels_at(&mean, s, i) - p) <= 4e-7 * p;
    }
  }
  CHECK(near, "means in single precision are within their bound");
  hm_unit_binary.draw_panels(level, layer->run, &stream, &rows, 0, n, &mean,
                             &bits);
  for (int panel = 0; panel < 3; panel++) {
    hm_bernoulli(HM_PLAIN, &stream, &rows, 0, n, panel,
                 hm_panel_row(&mean, panel, 0), expected, 1);
    for (int s = 0; s < n; s++) {
      same = same && word[s * 3 + panel] == expected[s];
    }
  }
  CHECK(same, "a panel's units are on with their means");
}

/* A unit is on where its uniform is below its mean, so never with a mean of 0
 * and always with one of 1. */
static void check_draw(int n) {
  const hm_stream stream = hm_stream_of(key, HM_DRAW_HIDDEN, 2, 5);
  double *mean = twin_random(n, 0.0, 1.0, &chance), *u = twin_reals(n);
  int *on = twin_ints(n), count = 0, same = 1;
  for (int i = 0; i < n; i += 3) {
    mean[i] = i % 2 ? 1.0 : 0.0;
  }
  hm_uniforms(&stream, 77, 0, n, u);
  const int drawn = hm_layer_draw(twin_binary(n), mean, &stream, 77, on);
  for (int i = 0; i < n; i++) {
    if (u[i] < mean[i]) {
      same = same && count < drawn && on[count] == i;
      count++;
    }
  }
  CHECK(same && count == drawn, "the units that are on are listed in order");
}

static void check_certain(void) {
  enum { n = 130 };
  const hm_stream stream = hm_stream_of(key, HM_DRAW_VISIBLE, 0, 0);
  double *all = twin_reals(n);
  int on[n], full = 1;
  for (int i = 0; i < n; i++) {
    all[i] = 1.0;
  }
  for (uint32_t s = 0; s < 200; s++) {
    full = full && hm_layer_draw(twin_binary(n), all, &stream, s, on) == n &&
           on[0] == 0 && on[n - 1] == n - 1;
    full = full &&
           hm_layer_draw(twin_binary(n), twin_zeros(n), &stream, s, on) == 0;
  }
  CHECK(full, "a mean of 1 is always on, a mean of 0 never");
}

/* (seen - due)^2 / variance, summed over n independent units, is chi-square
 * with n degrees of freedom. */
static void check_frequency(void) {
  enum { n = 70, cases = 20000 };
  const hm_stream stream = hm_stream_of(key, HM_DRAW_HIDDEN, 0, 0);
  double mean[n], square = 0.0;
  long *seen = twin_counts(n);
  int on[n];
  for (int i = 0; i < n; i++) {
    mean[i] = (i + 0.5) / n;
  }
  for (uint32_t s = 0; s < cases; s++) {
    const int count = hm_layer_draw(twin_binary(n), mean, &stream, s, on);
    for (int t = 0; t < count; t++) {
      seen[on[t]]++;
    }
  }
  for (int i = 0; i < n; i++) {
    const double off = (double)seen[i] - cases * mean[i];
    square += off * off / (cases * mean[i] * (1.0 - mean[i]));
  }
  CHECK(square <= twin_chi_square_limit(n),
        "units are on as often as they say");
}

static void checks(void) {
  check_table();
  hm_level level[4];
  const int levels = twin_levels(level);
  for (int i = 0; i < levels; i++) {
    check_mean(level[i]);
    check_log_sum(level[i]);
    check_panels(level[i]);
  }
  for (int n = 0; n <= 5; n++) {
    check_draw(n);
  }
  check_draw(63);
  check_draw(64);
  check_draw(65);
  check_draw(200);
  check_certain();
  check_frequency();
}
