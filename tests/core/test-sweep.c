/* One layer given the other, for chains: inputs, means and draws against plain
 * loops, whole and in parts. */
#include "sweep.h"

#include "check.h"
#include "twin.h"

static uint64_t chance = 227;
static const uint32_t key[2] = {89u, 144u};

typedef struct {
  hm_panels mean;
  hm_bits bits;
  hm_states states;
} half;

static half new_half(int n, int units) {
  half of;
  of.mean = twin_panels(n, units);
  of.bits.stride = hm_panels_across(units);
  of.bits.word =
      twin_room((size_t)n * (size_t)of.bits.stride, sizeof(uint32_t));
  of.states = twin_lists(n, units, twin_zeros((ptrdiff_t)n * units));
  return of;
}

/* Whether two halves hold the same means and draws of n cases. */
static int same_halves(int n, const half *x, const half *y) {
  const int units = x->mean.width;
  int same = 1;
  for (int q = 0; q < hm_panels_across(units); q++) {
    same = same && twin_same_singles((ptrdiff_t)n * HM_PANEL,
                                     hm_panel_row(&x->mean, q, 0),
                                     hm_panel_row(&y->mean, q, 0));
  }
  double *drawn[2] = {twin_reals((ptrdiff_t)n * units),
                      twin_reals((ptrdiff_t)n * units)};
  hm_states_to_reals(&x->states, drawn[0]);
  hm_states_to_reals(&y->states, drawn[1]);
  return same && twin_same_bits((ptrdiff_t)n * units, drawn[0], drawn[1]);
}

static void sweep_part(hm_level level, const hm_side *side, const hm_rows *rows,
                       const hm_stream *stream, const hm_lists *given, int from,
                       int to, half *of) {
  hm_sweep_input(level, side, given, from, to, &of->mean);
  hm_sweep_mean(level, side, from, to, &of->mean, &of->mean);
  const hm_drawing drawing = {stream, rows, from, to};
  hm_sweep_draw(level, side, &drawing, &of->mean, &of->mean, &of->bits,
                &of->states.on);
}

/* The layer of `side` given x, cases of `from` units: inputs, means and draws
 * of plain loops; all at once, half by half, case by case backwards. */
static void check_side(const hm_model *model, int hidden, int n,
                       const hm_rows *rows) {
  const int sends = hidden ? model->nv : model->nh;
  const int units = hidden ? model->nh : model->nv;
  const hm_working working = twin_working(model);
  const hm_side side =
      hidden ? hm_hidden_side(&working) : hm_visible_side(&working);
  const hm_stream stream =
      hm_stream_of(key, hidden ? HM_DRAW_HIDDEN : HM_DRAW_VISIBLE, 3, 7);
  const double *x = twin_cells((ptrdiff_t)n * sends, 0.4, &chance);
  const hm_lists given = twin_lists(n, sends, x).on;
  const double near = twin_mean_error(model);
  const ptrdiff_t whole = (ptrdiff_t)hm_panels_across(units) * HM_PANEL;
  double *drawn = twin_reals((ptrdiff_t)n * units);
  hm_level level[4];
  const int levels = twin_levels(level);
  half first = new_half(n, units);
  for (int i = 0; i < levels; i++) {
    half all = new_half(n, units), halves = new_half(n, units);
    half single = new_half(n, units), input = new_half(n, units);
    sweep_part(level[i], &side, rows, &stream, &given, 0, n, &all);
    sweep_part(level[i], &side, rows, &stream, &given, 0, n / 2, &halves);
    CHECK(n < 2 || isnan(*hm_panels_at(&halves.mean, n / 2, 0)),
          "a part leaves the other cases alone");
    sweep_part(level[i], &side, rows, &stream, &given, n / 2, n, &halves);
    for (int s = n - 1; s >= 0; s--) {
      sweep_part(level[i], &side, rows, &stream, &given, s, s + 1, &single);
    }
    CHECK(same_halves(n, &all, &halves), "two halves are the whole");
    CHECK(same_halves(n, &all, &single), "and so are single cases");
    first = i == 0 ? all : first;
    CHECK(same_halves(n, &all, &first), "all levels give the same bits");

    int inputs = 1, means = 1, draws = 1, close = 1;
    hm_sweep_input(level[i], &side, &given, 0, n, &input.mean);
    hm_states_to_reals(&all.states, drawn);
    for (int s = 0; s < n; s++) {
      const double *of = x + (ptrdiff_t)s * sends;
      float *naive = twin_singles(whole), *mean = twin_singles(whole);
      double *on = twin_reals(units), *exact = twin_reals(units);
      if (hidden) {
        twin_single_to_hidden(model, of, naive);
        twin_single_mean_h(model, of, mean);
        twin_mean_h(model, of, exact);
      } else {
        twin_single_to_visible(model, of, naive);
        twin_single_mean_v(model, of, mean);
        twin_mean_v(model, of, exact);
      }
      twin_single_draw(units, mean, &stream, (uint32_t)hm_row(rows, s), on);
      draws = draws && twin_same_bits(units, on, drawn + (ptrdiff_t)s * units);
      for (int j = 0; j < units; j++) {
        const float *p = hm_panels_at(&all.mean, s, j);
        inputs = inputs && twin_same_singles(1, hm_panels_at(&input.mean, s, j),
                                             naive + j);
        means = means && twin_same_singles(1, p, mean + j);
        close = close && fabs((double)*p - exact[j]) <= near;
      }
    }
    CHECK(inputs, "an input is bias and weights in the order of the list");
    CHECK(means, "a mean is sigm of the input");
    CHECK(close, "within its bound of that in double precision");
    CHECK(draws, "a unit is on where its uniform is below its mean");
  }
}

static void check_sides(int nv, int nh, int n, double size) {
  const hm_model model = twin_machine(nv, nh, size, &chance);
  int *row = twin_ints(n);
  for (int s = 0; s < n; s++) {
    row[s] = 1000 * s + 17;
  }
  const hm_rows run = {NULL, 12, n}, listed = {row, 0, n};
  check_side(&model, 1, n, &run);
  check_side(&model, 0, n, &listed);
}

/* Biases so large that sigm of them is 1, or 0: on always, and never. */
static void check_certain(void) {
  enum { nv = 40, nh = 3, n = 500 };
  double *theta = twin_zeros(nv * nh + nv + nh);
  for (int i = 0; i < nv; i++) {
    theta[nv * nh + i] = i % 2 ? 90.0 : -90.0;
  }
  const hm_model model = twin_model(nv, nh, theta);
  const hm_working working = twin_working(&model);
  const hm_side side = hm_visible_side(&working);
  const hm_rows rows = {NULL, 0, n};
  const hm_lists none = twin_lists(n, nh, twin_zeros(n * nh)).on;
  hm_level level[4];
  const int levels = twin_levels(level);
  for (int i = 0; i < levels; i++) {
    half of = new_half(n, nv);
    int good = 1;
    for (uint32_t sweep = 0; sweep < 20; sweep++) {
      const hm_stream stream = hm_stream_of(key, HM_DRAW_START, 0, sweep);
      sweep_part(level[i], &side, &rows, &stream, &none, 0, n, &of);
      for (int s = 0; s < n; s++) {
        const int *item = of.states.on.item + s * of.states.on.stride;
        good = good && of.states.on.count[s] == nv / 2;
        for (int t = 0; good && t < nv / 2; t++) {
          good = item[t] == 2 * t + 1;
        }
      }
    }
    CHECK(good, "a mean of 1 is always on, one of 0 never");
  }
}

static void checks(void) {
  check_sides(1, 1, 1, 1.0);
  check_sides(7, 5, 2, 3.0);
  check_sides(31, 33, 9, 1.0);
  check_sides(64, 32, 17, 0.5);
  check_sides(100, 65, 21, 2.0);
  check_sides(300, 40, 5, 0.3); /* dense enough for blocks of rows */
  check_sides(1100, 33, 3, 0.3);
  check_certain();
}
