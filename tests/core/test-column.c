/* Columns of every kind: what they are against sums over their states, or over
 * a fine grid of these, and against differences; draws against their law. */
#include "column.h"

#include "check.h"
#include "twin.h"

static uint64_t chance = 77;
static const uint32_t key[2] = {8u, 5u};

/* A layer of one run, of three columns of some sizes of this kind. */
typedef struct {
  hm_run run;
  hm_layer layer;
  hm_column column[3];
  int size[3];
  double *d;
} trio;

static trio *new_trio(const hm_kind *kind) {
  static const int sizes[] = {5, 3, 4};
  trio *of = twin_room(1, sizeof *of);
  memset(of, 0, sizeof *of);
  of->d = twin_random(30, -0.7, 0.7, &chance);
  of->run.kind = kind;
  of->run.columns = 3;
  of->run.d = of->d;
  for (int q = 0; q < 3; q++) {
    of->size[q] = kind->most_size > 0 ? sizes[q] : 1;
    of->run.units += kind->width ? kind->width(of->size[q]) : 1;
  }
  of->run.size = kind->most_size > 0 ? of->size : NULL;
  of->layer = hm_layer_of(1, &of->run);
  hm_layer_columns(&of->layer, of->column);
  return of;
}

static void check_places(const hm_kind *kind) {
  const trio *of = new_trio(kind);
  int first = 0, extra = 0;
  for (int q = 0; q < 3; q++) {
    const hm_column *column = of->column + q;
    CHECK(column->first == first && column->extra == extra,
          "columns stand side by side");
    CHECK(column->extras == 0 || column->d == of->d + extra,
          "with their extra parameters");
    first += column->width;
    extra += column->extras;
  }
  CHECK(of->layer.units == first && of->layer.extras == extra &&
            of->layer.columns == 3,
        "and are all of the layer");
}

/* The states of a column, or a fine grid over most of them: number k as units,
 * with the log of its weight, or 0 past the last. */
static int state_of(const hm_column *column, const double *a, int k, double *x,
                    double *log_weight) {
  const hm_kind *kind = column->kind;
  double grain = 0.0;
  if (kind == &hm_unit_relu) { /* by Simpson's rule */
    const int last = 16000;
    const double wide = (14.0 + fmax(a[0], 0.0)) / last;
    if (k > last) {
      return 0;
    }
    x[0] = wide * k;
    grain = log(wide / 3.0 * (k == 0 || k == last ? 1.0 : k % 2 ? 4.0 : 2.0));
  } else if (kind->by_nodes) {
    if (k > 400) {
      return 0;
    }
    x[0] = a[0] + 0.05 * (k - 200);
    grain = log(0.05);
  } else if (kind->levels) {
    if (k == kind->levels(column)) {
      return 0;
    }
    kind->code(column, k, x);
  } else if (kind == &hm_unit_poisson) {
    x[0] = k;
    if (k == 400) {
      return 0;
    }
  } else {
    const double sd = exp(-0.5 * column->d[0]), mean = a[0] * sd * sd;
    const double step = 20.0 / 4000.0;
    x[0] = mean + sd * (-10.0 + step * k);
    grain = log(step * sd);
    if (k > 4000) {
      return 0;
    }
  }
  *log_weight = hm_column_base(column, x, NULL) + grain;
  for (int i = 0; i < column->width; i++) {
    *log_weight += a[i] * x[i];
  }
  return 1;
}

typedef struct {
  double log_sum;
  double mean[8];
  double variance[8];
  double slope[8];
} summed;

static summed by_states(const hm_column *column, const double *a) {
  summed of = {0.0, {0.0}, {0.0}, {0.0}};
  double x[8], slope[8] = {0.0}, weight, total = 0.0, square[8] = {0.0};
  const double shift = column->kind->log_sum_at(column, a);
  for (int k = 0; state_of(column, a, k, x, &weight); k++) {
    const double p = exp(weight - shift);
    hm_column_base(column, x, slope);
    total += p;
    for (int i = 0; i < column->width; i++) {
      of.mean[i] += p * x[i];
      square[i] += p * x[i] * x[i];
    }
    for (int e = 0; e < column->extras; e++) {
      of.slope[e] += p * slope[e];
    }
  }
  of.log_sum = shift + log(total);
  for (int i = 0; i < column->width; i++) {
    of.variance[i] = square[i] - of.mean[i] * of.mean[i];
  }
  return of;
}

static void check_sums(const hm_column *column, const double *a) {
  const summed of = by_states(column, a);
  double mean[8], variance[8], slope[8];
  const double size = column->kind->most_size > 0 ? column->size : 20.0;
  CHECK_NEAR(column->kind->log_sum_at(column, a), of.log_sum,
             1e-13 * (1.0 + fabs(of.log_sum)));
  column->kind->mean_at(column, a, mean, variance, slope);
  for (int i = 0; i < column->width; i++) {
    CHECK_NEAR(mean[i], of.mean[i], 1e-12 * size);
    CHECK_NEAR(variance[i], of.variance[i], 1e-11 * size * size);
  }
  for (int e = 0; e < column->extras; e++) {
    CHECK_NEAR(slope[e], of.slope[e], 1e-11);
  }
}

/* The means are the slopes of A, in the inputs and in the extra parameters. */
static void check_slopes(const hm_column *column, double *a, double *d) {
  const double step = 1e-5;
  double mean[8], slope[8];
  column->kind->mean_at(column, a, mean, NULL, slope);
  for (int i = 0; i < column->width; i++) {
    const double at = a[i];
    a[i] = at + step;
    const double above = column->kind->log_sum_at(column, a);
    a[i] = at - step;
    const double below = column->kind->log_sum_at(column, a);
    a[i] = at;
    CHECK_NEAR((above - below) / (2.0 * step), mean[i],
               1e-8 * (1.0 + fabs(mean[i])));
  }
  for (int e = 0; e < column->extras; e++) {
    double *one = d + column->extra + e, at = *one;
    *one = at + step;
    const double above = column->kind->log_sum_at(column, a);
    *one = at - step;
    const double below = column->kind->log_sum_at(column, a);
    *one = at;
    CHECK_NEAR((above - below) / (2.0 * step), slope[e], 1e-8);
  }
}

/* All states are states, and what lies between them is none. */
static void check_states(const hm_column *column) {
  double x[8], a[8] = {0.0}, weight;
  int good = 1;
  for (int k = 0; state_of(column, a, k, x, &weight); k++) {
    good = good && column->kind->is_state(column, x);
  }
  CHECK(good, "states are states");
  x[0] = 0.37;
  const int real = column->kind == &hm_unit_gaussian || column->kind->by_nodes;
  CHECK(real || !column->kind->is_state(column, x), "and others are none");
  x[0] = (double)NAN;
  CHECK(!column->kind->is_state(column, x), "what is no number is none");
  x[0] = HUGE_VAL;
  CHECK(!column->kind->is_state(column, x), "nor is what is infinite");
  x[0] = -1.0;
  CHECK((real && column->kind != &hm_unit_relu) ||
            !column->kind->is_state(column, x),
        "nor what is below 0");
}

/* Of finitely many states each as often as its law says; of others mean and
 * variance. False alarms: one in a million for each check. */
static void check_draws(const trio *of, int q, const double *input) {
  enum { N = 20000 };
  const hm_column *column = of->column + q;
  const hm_kind *kind = column->kind;
  const hm_stream stream = hm_stream_of(key, HM_DRAW_VISIBLE, 3, (uint32_t)q);
  double *x = twin_reals(of->layer.units), sum = 0.0, square = 0.0;
  const double *a = input + column->first;
  const int few = kind->levels && !kind->by_nodes;
  long *seen = twin_counts(20);
  for (uint32_t s = 0; s < N; s++) {
    hm_columns_draw(3, of->column, input, NULL, &stream, s, x);
    const double *at = x + column->first;
    CHECK(kind->is_state(column, at), "draws are states");
    sum += at[0];
    square += at[0] * at[0];
    double other[8];
    for (int k = 0; few && k < kind->levels(column); k++) {
      kind->code(column, k, other);
      seen[k] += twin_same_bits(column->width, other, at);
    }
  }
  if (few) {
    double *p = twin_reals(kind->levels(column));
    hm_levels_law(column, a, p);
    const int cells = kind->levels(column);
    CHECK(twin_misfit(cells, seen, p) < twin_chi_square_limit(cells - 1),
          "states are drawn as often as they should be");
    return;
  }
  double mean, variance;
  kind->mean_at(column, a, &mean, &variance, NULL);
  CHECK_NEAR(sum / N, mean, 5.0 * sqrt(variance / N));
  const double fourth = kind == &hm_unit_poisson
                            ? variance * (1.0 + 3.0 * variance)
                            : 3.0 * variance * variance;
  CHECK_NEAR(square / N - mean * mean, variance,
             5.0 * sqrt((fourth - variance * variance) / N) +
                 10.0 * fabs(mean) * sqrt(variance / N));
}

/* Far inputs give an end of the support, and nothing that is not a number. */
static void check_extremes(const hm_column *column) {
  static const double far[] = {-700.0, -30.0, 30.0, 700.0};
  double mean[8], variance[8], slope[8], a[8];
  for (int i = 0; i < 4 && column->kind != &hm_unit_poisson; i++) {
    for (int j = 0; j < column->width; j++) {
      a[j] = j == 0 ? far[i] : 0.0;
    }
    column->kind->mean_at(column, a, mean, variance, slope);
    const double A = column->kind->log_sum_at(column, a);
    CHECK(fabs(A) < HUGE_VAL && fabs(mean[0]) < HUGE_VAL && variance[0] >= 0.0,
          "far inputs give numbers");
  }
}

/* The functions of a run are those of its columns, over their inputs too. */
static void check_run(const trio *of, const double *input) {
  const int units = of->layer.units;
  const hm_run *run = &of->run;
  double *mean = twin_reals(units), *slope = twin_reals(units), sum = 0.0;
  double *over = twin_copy(units, input), *other = twin_reals(units);
  hm_columns_mean(HM_PLAIN, run, input, mean);
  hm_columns_slope(HM_PLAIN, run, input, slope);
  for (int q = 0; q < 3; q++) {
    const hm_column *column = of->column + q;
    double at[8], variance[8];
    run->kind->mean_at(column, input + column->first, at, variance, NULL);
    CHECK(twin_same_bits(column->width, at, mean + column->first) &&
              twin_same_bits(column->width, variance, slope + column->first),
          "runs have the means of their columns");
    sum += run->kind->log_sum_at(column, input + column->first);
  }
  CHECK_NEAR(hm_columns_log_sum(HM_PLAIN, run, input), sum, 0.0);
  hm_columns_mean(HM_PLAIN, run, over, over);
  CHECK(twin_same_bits(units, over, mean), "also over the inputs");
  memcpy(other, input, (size_t)units * sizeof *other);
  hm_columns_slope(HM_PLAIN, run, other, other);
  CHECK(twin_same_bits(units, other, slope), "and so are slopes");
}

/* Three columns behind a run of binary ones, and over the end of a panel where
 * they are wide. */
static hm_layer *new_layer(const hm_kind *kind, int columns) {
  hm_run *run = twin_room(2, sizeof *run);
  hm_layer *layer = twin_room(1, sizeof *layer);
  int *size = twin_ints(columns);
  run[0] = (hm_run){.kind = &hm_unit_binary, .units = 3};
  run[1] = (hm_run){.kind = kind, .columns = columns};
  for (int q = 0; q < columns; q++) {
    size[q] = kind->most_size > 0 ? 3 + q % 3 : 1;
    run[1].units += kind->width ? kind->width(size[q]) : 1;
  }
  run[1].size = kind->most_size > 0 ? size : NULL;
  run[0].d = run[1].d = twin_random(4 * columns, -0.7, 0.7, &chance);
  *layer = hm_layer_of(2, run);
  return layer;
}

/* Numbers by places of one run as n rows of panels. */
static hm_panels rows_of(const hm_run *run, int n, const double *x) {
  hm_panels panels = twin_panels(n, run->place + run->units);
  for (int s = 0; s < n; s++) {
    for (int i = 0; i < hm_panels_across(run->units) * HM_PANEL; i++) {
      *hm_panels_at(&panels, s, run->place + i) =
          i < run->units ? (float)x[i] : 0.0f;
    }
  }
  return panels;
}

/* In panels a run has the means and sums of its columns, to single precision,
 * and its draws have their law, as states, whatever the level and the parts.
 */
static void check_panels(const hm_kind *kind, int columns) {
  enum { n = 6000 };
  const hm_layer *layer = new_layer(kind, columns);
  const hm_run *run = layer->run + 1;
  const hm_layer alone = {.runs = 1, .run = run}; /* where it stands */
  const hm_stream stream = hm_stream_of(key, HM_DRAW_VISIBLE, 9, 2);
  const hm_rows rows = {NULL, 5, n};
  const double *a = twin_random(run->units, -2.0, 2.0, &chance);
  double *mean = twin_reals(run->units), sum = 0.0, rise = 0.0;
  double *twice = twin_copy(run->units, a), *x = twin_reals(run->units);
  const hm_panels input = rows_of(run, n, a);
  hm_panels means = twin_panels(n, layer->places);
  hm_level level[4];
  const int levels = twin_levels(level);
  hm_bits bits[2];
  int same = 1, states = 1;
  for (int i = 0; i < run->units; i++) {
    twice[i] = 0.75 * (double)(float)a[i];
  }
  hm_columns_mean(HM_PLAIN, run, a, mean);
  hm_layer_mean_panels(HM_PLAIN, &alone, 0, n / 2, &input, &means);
  hm_layer_mean_panels(HM_PLAIN, &alone, n / 2, n, &input, &means);
  for (int i = 0; i < run->units; i++) {
    CHECK_NEAR((double)*hm_panels_at(&means, n - 1, run->place + i), mean[i],
               1e-6 * (1.0 + fabs(mean[i])));
  }
  sum = hm_columns_log_sum(HM_PLAIN, run, a);
  CHECK_NEAR(hm_layer_log_sum_panels(HM_PLAIN, &alone, 1, &input, &means), sum,
             1e-5 * (columns + fabs(sum)));
  rise = hm_columns_log_sum(HM_PLAIN, run, twice);
  for (int i = 0; i < run->units; i++) {
    twice[i] /= 3.0;
  }
  rise -= hm_columns_log_sum(HM_PLAIN, run, twice);
  hm_panels annealed = twin_panels(n, layer->places);
  CHECK_NEAR(hm_layer_anneal_panels(HM_PLAIN, &alone, 1, 0.25, 0.75, &input,
                                    &annealed),
             rise, 1e-5 * (columns + fabs(rise)));
  for (int i = 0; i < 2; i++) {
    bits[i].stride = hm_panels_across(layer->places);
    bits[i].word = twin_room((size_t)(n * bits[i].stride), sizeof(uint32_t));
    bits[i].value = twin_panels(n, layer->places);
  }
  for (int i = 0; i < levels; i++) {
    hm_bits *here = bits + (i > 0);
    const hm_drawing some = {&stream, &rows, 0, n / 3};
    const hm_drawing others = {&stream, &rows, n / 3, n};
    hm_layer_draw_panels(level[i], &alone, &some, &input, &means, here);
    hm_layer_draw_panels(level[i], &alone, &others, &input, &means, here);
    for (int s = 0; s < n && i > 0; s++) {
      for (int j = run->place; j < layer->places; j++) {
        const ptrdiff_t at = s * bits[0].stride + j / HM_PANEL;
        same = same &&
               (kind->listed
                    ? bits[0].word[at] == here->word[at]
                    : twin_same_singles(1, hm_panels_at(&bits[0].value, s, j),
                                        hm_panels_at(&here->value, s, j)));
      }
    }
  }
  CHECK(same, "draws have the same bits at every level and in any parts");
  hm_column column = hm_run_first(run, 0);
  for (int q = 0; q < columns; q = hm_run_next(&column)) {
    double center[HM_WIDEST], variance[HM_WIDEST], total = 0.0, square = 0.0;
    kind->mean_at(&column, a + column.first, center, variance, NULL);
    for (int s = 0; s < n; s++) {
      for (int i = 0; i < column.width; i++) {
        const int place = run->place + column.first + i;
        x[i] = kind->listed
                   ? bits[0].word[s * bits[0].stride + place / HM_PANEL] >>
                             place % HM_PANEL &
                         1u
                   : (double)*hm_panels_at(&bits[0].value, s, place);
      }
      states = states && (kind->levels && !kind->listed && !kind->by_nodes
                              ? x[0] >= 0.0
                              : kind->is_state(&column, x));
      total += x[0] / n;
      square += x[0] * x[0] / n;
    }
    CHECK_NEAR(total, center[0], 5.0 * sqrt(variance[0] / n));
    CHECK_NEAR(square - total * total, variance[0], 0.2 * (variance[0] + 0.05));
  }
  CHECK(states, "draws are states");
}

static void check_kind(const hm_kind *kind) {
  trio *of = new_trio(kind);
  check_places(kind);
  for (int i = 0; i < 40; i++) {
    double *input = twin_random(of->layer.units, -3.0, 3.0, &chance);
    for (int q = 0; q < 3; q++) {
      double *a = input + of->column[q].first;
      check_sums(of->column + q, a);
      check_slopes(of->column + q, a, of->d);
    }
    check_run(of, input);
  }
  double *input = twin_random(of->layer.units, -2.0, 2.0, &chance);
  for (int q = 0; q < 3; q++) {
    check_states(of->column + q);
    check_draws(of, q, input);
    check_extremes(of->column + q);
  }
  check_panels(kind, 3);
  check_panels(kind, 40);
}

/* An ordinal column of two levels is a binary one. */
static void check_two_levels(void) {
  const hm_column two = {.kind = &hm_unit_ordinal, .size = 2, .width = 1};
  const hm_column one = {.kind = &hm_unit_binary, .size = 1, .width = 1};
  for (double a = -5.0; a < 5.0; a += 0.7) {
    CHECK_NEAR(two.kind->log_sum_at(&two, &a), one.kind->log_sum_at(&one, &a),
               1e-14);
  }
}

/* Rectified units far below 0 are nearly exponential: the logs to 17
 * digits, by numbers of 30 digits. */
static void check_rectified(void) {
  const hm_column column = {.kind = &hm_unit_relu, .size = 1, .width = 1};
  static const double at[] = {-40.0, -10.0, -6.0, -4.0, 0.0, 3.0, 40.0};
  static const double A[] = {-3.6895034805491154, -2.3123466173077978,
                             -1.8178304167700329, -1.4411629533226181,
                             0.22579135264472743, 5.4175877232399245,
                             800.91893853320467};
  for (int i = 0; i < 7; i++) {
    CHECK_NEAR(column.kind->log_sum_at(&column, at + i), A[i],
               1e-12 * fabs(A[i]));
  }
}

/* Where a Poisson mean is large draws are normal numbers, rounded. */
static void check_large_counts(void) {
  const hm_column column = {.kind = &hm_unit_poisson, .size = 1, .width = 1};
  const double a = log(2000.0);
  double sum = 0.0, x;
  for (int i = 0; i < 4000; i++) {
    const double u[2] = {twin_uniform(&chance), twin_uniform(&chance)};
    column.kind->draw_at(&column, &a, u, &x);
    sum += x / 4000.0;
  }
  CHECK_NEAR(sum, 2000.0, 5.0 * sqrt(2000.0 / 4000.0) + 0.05);
}

static void checks(void) {
  for (int i = 0; hm_unit_row(i); i++) {
    check_kind(hm_unit_row(i));
  }
  check_two_levels();
  check_large_counts();
  check_rectified();
}
