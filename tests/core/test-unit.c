/* The table of kinds of unit, and for each of its rows that chains can have:
 * sums over states, means and slopes by their definitions and as derivatives,
 * single precision beside double, the same bits at every level, and draws. */
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
  CHECK(rows == 10, "the table has ten rows");
  CHECK(hm_unit_named("binary") == &hm_unit_binary, "binary units are there");
  CHECK(!hm_unit_row(-1) && !hm_unit_row(rows + 1), "there are no more rows");
  CHECK(!hm_unit_named("") && !hm_unit_named("bin") &&
            !hm_unit_named("binary ") && !hm_unit_named("Binary"),
        "names are whole names");
}

/* A run of this kind, the `panel`th panel of a layer being its first. */
static hm_run new_run(const hm_kind *kind, int units, int panel) {
  static const int size[] = {5, 1, 2, 3, 12, 7};
  hm_run run = {.kind = kind,
                .units = units,
                .first = panel > 0 ? 7 : 0,
                .place = panel * HM_PANEL};
  if (kind->most_size > 0) {
    int *sizes = twin_ints(units);
    for (int i = 0; i < units; i++) {
      sizes[i] = size[i % 6];
    }
    run.size = sizes;
  }
  return run;
}

/* Unit i of a run, as a run. */
static hm_run unit_of(const hm_run *run, int i) {
  hm_run unit = *run;
  unit.units = 1;
  unit.size = run->size ? run->size + i : NULL;
  return unit;
}

/* How many states unit i has, and the log weight of one, given its input. */
static int states_of(const hm_run *run, int i) {
  return run->kind->support(run, i) + 1;
}

static double log_weight(const hm_run *run, int x, double input) {
  const double state = x;
  return input * state +
         (run->kind->log_base ? run->kind->log_base(run, &state) : 0.0);
}

/* A, mean and variance of the one unit of a run, state by state. */
static void sum_states(const hm_run *run, double input, double out[3]) {
  double sum = 0.0, first = 0.0, second = 0.0;
  for (int x = 0; x < states_of(run, 0); x++) {
    const double w = exp(log_weight(run, x, input));
    sum += w;
    first += w * x;
    second += w * x * x;
  }
  out[0] = log(sum);
  out[1] = first / sum;
  out[2] = second / sum - out[1] * out[1];
}

static void check_states(const hm_kind *kind, hm_level level) {
  const hm_run one = new_run(kind, 1, 0);
  const double most = states_of(&one, 0) - 1;
  for (int i = 0; i < 100; i++) {
    const double a = -3.0 + 6.0 * twin_uniform(&chance), h = 1e-4;
    const double up = a + h, down = a - h;
    double by_states[3], mean, slope, means[2];
    sum_states(&one, a, by_states);
    kind->mean(level, &one, &a, &mean);
    kind->slope(level, &one, &a, &slope);
    CHECK_NEAR(kind->log_sum(level, &one, &a), by_states[0],
               1e-14 * fmax(1.0, by_states[0]));
    CHECK_NEAR(mean, by_states[1], 1e-14 * most);
    CHECK_NEAR(slope, by_states[2], 1e-14 * most * most);

    /* The third derivative is at most that of most tied binary units, and a
     * difference of A loses what rounding takes of it. */
    const double step = up - down, lost = 4e-16 * most * 4.0 / step;
    const double rise =
        kind->log_sum(level, &one, &up) - kind->log_sum(level, &one, &down);
    CHECK_NEAR(rise / step, mean, most * h * h / 6.0 + lost);
    kind->mean(level, &one, &up, means);
    kind->mean(level, &one, &down, means + 1);
    CHECK_NEAR((means[0] - means[1]) / step, slope, most * h * h / 6.0 + lost);
  }
}

/* Runs are their units, wherever they stand; results may be inputs. */
static void check_units(const hm_kind *kind, hm_level level, int units) {
  const hm_run run = new_run(kind, units, 2);
  const double *input = twin_random(units, -20.0, 20.0, &chance);
  double *mean = twin_reals(units + 1), *slope = twin_reals(units + 1);
  double *naive = twin_reals(units), *naive_slope = twin_reals(units);
  double sum = 0.0;
  mean[units] = slope[units] = -1.0;
  kind->mean(level, &run, input, mean);
  kind->slope(level, &run, input, slope);
  for (int i = 0; i < units; i++) {
    const hm_run one = unit_of(&run, i);
    kind->mean(level, &one, input + i, naive + i);
    kind->slope(level, &one, input + i, naive_slope + i);
    sum += kind->log_sum(level, &one, input + i);
  }
  CHECK(twin_same_bits(units, mean, naive) && mean[units] < 0.0,
        "means are those of the units, and no more");
  CHECK(twin_same_bits(units, slope, naive_slope) && slope[units] < 0.0,
        "and so are slopes");
  CHECK_NEAR(kind->log_sum(level, &run, input), sum, 1e-13 * fmax(1.0, sum));
  memcpy(mean, input, (size_t)units * sizeof *mean);
  memcpy(slope, input, (size_t)units * sizeof *slope);
  kind->mean(level, &run, mean, mean);
  kind->slope(level, &run, slope, slope);
  CHECK(twin_same_bits(units, mean, naive) &&
            twin_same_bits(units, slope, naive_slope),
        "results may be written over the inputs");
}

/* At the ends of the range a unit is at an end of its support. */
static void check_extremes(const hm_kind *kind, hm_level level) {
  const hm_run one = new_run(kind, 1, 0);
  const double far[] = {1e3, 1e300, HUGE_VAL};
  const double most = states_of(&one, 0) - 1;
  for (int i = 0; i < 3; i++) {
    for (int sign = -1; sign <= 1; sign += 2) {
      const double input = sign * far[i];
      double mean, slope;
      kind->mean(level, &one, &input, &mean);
      kind->slope(level, &one, &input, &slope);
      CHECK_NEAR(mean, sign > 0 ? most : 0.0, 0.0);
      CHECK_NEAR(slope, 0.0, 0.0);
      CHECK_NEAR(kind->log_sum(level, &one, &input),
                 sign > 0 ? most * input : 0.0, 0.0);
    }
  }
}

enum { cases = 5 };

/* A panel's numbers of all kinds of a run in single precision. */
typedef struct {
  hm_panels input, mean, mean_to;
  double log_sum[cases], rise[cases];
} singles;

static const double from_t = 0.25, to_t = 0.5;

/* In two parts, and, where `parts`, in one for each case. */
static singles new_singles(const hm_run *run, hm_level level, const double *x,
                           int parts) {
  const int places = run->place + run->units;
  singles of = {twin_panels(cases, places),
                twin_panels(cases, places),
                twin_panels(cases, places),
                {0.0},
                {0.0}};
  const hm_kind *kind = run->kind;
  for (int q = 0; q < hm_panels_across(places); q++) {
    for (int s = 0; s < cases; s++) {
      for (int i = 0; i < HM_PANEL; i++) {
        const int at = q * HM_PANEL + i - run->place;
        const int is_unit = at >= 0 && at < run->units;
        hm_panel_row(&of.input, q, s)[i] =
            is_unit ? (float)x[s * run->units + at] : 0.0f;
      }
    }
  }
  for (int s = 0; s < cases && parts; s++) {
    kind->mean_panels(level, run, s, s + 1, &of.input, &of.mean);
  }
  if (!parts) {
    kind->mean_panels(level, run, 0, 2, &of.input, &of.mean);
    kind->mean_panels(level, run, 2, cases, &of.input, &of.mean);
  }
  for (int s = 0; s < cases; s++) {
    of.log_sum[s] = kind->log_sum_panels(level, run, s, &of.input, &of.mean);
    of.rise[s] = kind->anneal_panels(level, run, s, from_t, to_t, &of.input,
                                     &of.mean_to);
  }
  return of;
}

static int same_panels(const hm_run *run, const hm_panels *x,
                       const hm_panels *y) {
  int same = 1;
  for (int s = 0; s < cases; s++) {
    for (int i = 0; i < run->units; i++) {
      same = same && twin_same_singles(1, hm_panels_at(x, s, run->place + i),
                                       hm_panels_at(y, s, run->place + i));
    }
  }
  return same;
}

/* Single precision is double precision of the same inputs, to its bounds: of
 * means 4e-7 relative, of log_sum some 1e-6 a unit. What annealing adds up is
 * in double. */
static void check_singles(const hm_kind *kind, int units, int panel) {
  const hm_run run = new_run(kind, units, panel);
  const double *x = twin_random(cases * units, -30.0, 30.0, &chance);
  double *a = twin_reals(units), *mean = twin_reals(units);
  hm_level level[4];
  const int levels = twin_levels(level);
  singles first = new_singles(&run, HM_PLAIN, x, 1);
  for (int s = 0; s < cases; s++) {
    int near = 1;
    double rise = 0.0, most = 0.0;
    for (int i = 0; i < units; i++) {
      a[i] = (double)(float)x[s * units + i];
      most += states_of(&run, i) - 1;
    }
    kind->mean(HM_PLAIN, &run, a, mean);
    for (int i = 0; i < units; i++) {
      const float p = *hm_panels_at(&first.mean, s, run.place + i);
      near = near && fabs((double)p - mean[i]) <= 4e-7 * mean[i];
    }
    CHECK(near, "means in single precision are within their bound");
    CHECK_NEAR(first.log_sum[s], kind->log_sum(HM_PLAIN, &run, a), 1e-6 * most);
    for (int way = 0; way < 2; way++) {
      double *at = twin_reals(units);
      for (int i = 0; i < units; i++) {
        at[i] = (way ? to_t : from_t) * a[i];
      }
      rise += (way ? 1.0 : -1.0) * kind->log_sum(HM_PLAIN, &run, at);
      kind->mean(HM_PLAIN, &run, at, mean);
    }
    CHECK_NEAR(first.rise[s], rise, 1e-13 * most * 30.0);
    for (int i = 0; i < units; i++) {
      const float p = *hm_panels_at(&first.mean_to, s, run.place + i);
      near = near && fabs((double)p - mean[i]) <= 1e-7 * mean[i];
    }
    CHECK(near, "and so are means on the way");
  }
  for (int i = 0; i < levels; i++) {
    const singles again = new_singles(&run, level[i], x, 0);
    double *in_double[2] = {twin_reals(units), twin_reals(units)};
    CHECK(same_panels(&run, &first.mean, &again.mean) &&
              same_panels(&run, &first.mean_to, &again.mean_to),
          "means have the same bits at every level and in any parts");
    CHECK(twin_same_bits(cases, first.log_sum, again.log_sum) &&
              twin_same_bits(cases, first.rise, again.rise),
          "and so have sums");
    kind->mean(HM_PLAIN, &run, x, in_double[0]);
    kind->mean(level[i], &run, x, in_double[1]);
    CHECK(twin_same_bits(units, in_double[0], in_double[1]),
          "and means in double precision");
    kind->slope(HM_PLAIN, &run, x, in_double[0]);
    kind->slope(level[i], &run, x, in_double[1]);
    CHECK(twin_same_bits(units, in_double[0], in_double[1]), "and slopes");
    in_double[0][0] = kind->log_sum(HM_PLAIN, &run, x);
    in_double[1][0] = kind->log_sum(level[i], &run, x);
    CHECK(twin_same_bits(1, in_double[0], in_double[1]), "and log_sum");
  }
}

/* Draws, by case and in panels, at every level; and the law of both, unit by
 * unit. */
static void check_draws(const hm_kind *kind, int units, int panel) {
  enum { n = 4000, most = 13 };
  const hm_run run = new_run(kind, units, panel);
  const hm_stream stream = hm_stream_of(key, HM_DRAW_HIDDEN, 2, 5);
  const hm_rows rows = {NULL, 30, n};
  const double *input = twin_random(units, -2.0, 2.0, &chance);
  const int places = run.place + units;
  const ptrdiff_t words = hm_panels_across(places);
  double *mean = twin_reals(units), *x = twin_reals(units), worst[2] = {0.0};
  long *seen = twin_counts(2 * units * most);
  int *on = twin_ints(units), same = 1;
  hm_panels means = twin_panels(n, places);
  hm_bits bits[2];
  hm_level level[4];
  const int levels = twin_levels(level);
  for (int i = 0; i < 2; i++) {
    bits[i].stride = words;
    bits[i].word = twin_room((size_t)(n * words), sizeof(uint32_t));
    bits[i].value = twin_panels(kind->listed ? 0 : n, places);
  }
  kind->mean(HM_PLAIN, &run, input, mean);
  for (int s = 0; s < n; s++) {
    for (int i = 0; i < hm_panels_across(units) * HM_PANEL; i++) {
      *hm_panels_at(&means, s, run.place + i) = i < units ? (float)mean[i] : 0;
    }
  }
  for (int i = 0; i < levels; i++) {
    hm_bits *here = bits + (i > 0);
    const hm_drawing some = {&stream, &rows, 0, n / 3};
    const hm_drawing others = {&stream, &rows, n / 3, n};
    kind->draw_panels(level[i], &run, &some, &means, &means, here);
    kind->draw_panels(level[i], &run, &others, &means, &means, here);
    same = same && memcmp(bits->word, here->word,
                          (size_t)(n * words) * sizeof *here->word) == 0;
    for (int s = 0; s < n && !kind->listed; s++) {
      for (int j = run.place; j < places; j++) {
        same = same && twin_same_singles(1, hm_panels_at(&bits->value, s, j),
                                         hm_panels_at(&here->value, s, j));
      }
    }
  }
  CHECK(same, "draws have the same bits at every level and in any parts");
  for (int s = 0; s < n; s++) {
    if (kind->listed) {
      const int count = kind->draw(&run, mean, &stream, (uint32_t)s, on);
      for (int i = 0, t = 0; i < units; i++) {
        x[i] = t < count && on[t] == run.first + i ? 1.0 : 0.0;
        t += x[i] > 0.0;
      }
    } else {
      kind->draw_values(&run, mean, &stream, (uint32_t)s, x);
    }
    for (int i = 0; i < units; i++) {
      const int at = run.place + i;
      const double in_panel =
          kind->listed ? bits->word[s * words + at / 32] >> at % 32 & 1u
                       : (double)*hm_panels_at(&bits->value, s, at);
      seen[i * most + (int)x[i]]++;
      seen[(units + i) * most + (int)in_panel]++;
    }
  }
  for (int i = 0; i < units; i++) {
    const hm_run one = unit_of(&run, i);
    const double log_sum = kind->log_sum(HM_PLAIN, &one, input + i);
    double p[most];
    for (int state = 0; state < states_of(&one, 0); state++) {
      p[state] = exp(log_weight(&one, state, input[i]) - log_sum);
    }
    for (int way = 0; way < 2; way++) {
      worst[way] = fmax(
          worst[way],
          twin_misfit(states_of(&one, 0), seen + (way * units + i) * most, p));
    }
  }
  CHECK(worst[0] <= 1.0, "units are in their states as often as they should");
  CHECK(worst[1] <= 1.0, "in panels too");
}

static void check_kind(const hm_kind *kind) {
  hm_level level[4];
  const int levels = twin_levels(level);
  for (int i = 0; i < levels; i++) {
    check_states(kind, level[i]);
    check_extremes(kind, level[i]);
    for (int units = 1; units <= 9; units++) {
      check_units(kind, level[i], units);
    }
    check_units(kind, level[i], 600);
  }
  for (int panel = 0; panel <= 2; panel += 2) {
    check_singles(kind, 1, panel);
    check_singles(kind, 33, panel);
    check_singles(kind, 530, panel);
    check_draws(kind, 7, panel);
    check_draws(kind, 70, panel);
  }
}

/* Binary units ------------------------------------------------------------- */

/* A unit is on where its uniform is below its mean, so never with a mean of 0
 * and always with one of 1. */
static void check_binary_draw(int n) {
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

/* Where a mean is near 1 its slope keeps its digits. */
static void check_slope(void) {
  const hm_run one = new_run(&hm_unit_binary, 1, 0);
  for (int i = -40; i <= 40; i += 80) {
    const double input = i;
    double slope;
    hm_unit_binary.slope(HM_PLAIN, &one, &input, &slope);
    CHECK_NEAR(slope * exp(40.0), 1.0, 1e-14);
  }
}

static void checks(void) {
  check_table();
  for (int i = 0; hm_unit_row(i); i++) {
    if (hm_unit_counted(hm_unit_row(i))) {
      check_kind(hm_unit_row(i));
    }
  }
  for (int n = 0; n <= 5; n++) {
    check_binary_draw(n);
  }
  check_binary_draw(63);
  check_binary_draw(64);
  check_binary_draw(65);
  check_binary_draw(200);
  check_certain();
  check_slope();
}
