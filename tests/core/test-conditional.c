/* One layer given the other, against the sums of the formulas. */
#include "conditional.h"

#include "check.h"
#include "twin.h"

static uint64_t chance = 53;
static const uint32_t key[2] = {5u, 8u};

/* Inputs and means of both layers for n cases x of the other layer. */
static void naive_hidden(const hm_model *model, int n, const double *v,
                         double *input, double *mean) {
  for (int s = 0; s < n; s++) {
    for (int j = 0; j < model->nh; j++) {
      input[s * model->nh + j] = twin_to_hidden(model, v + s * model->nv, j);
    }
    twin_mean_h(model, v + s * model->nv, mean + s * model->nh);
  }
}

static void naive_visible(const hm_model *model, int n, const double *h,
                          double *input, double *mean) {
  for (int s = 0; s < n; s++) {
    for (int i = 0; i < model->nv; i++) {
      input[s * model->nv + i] = twin_to_visible(model, h + s * model->nh, i);
    }
    twin_mean_v(model, h + s * model->nh, mean + s * model->nv);
  }
}

static void check_layer(const hm_link *layer, const hm_states *given,
                        const double *input, const double *mean) {
  const ptrdiff_t cells = (ptrdiff_t)given->on.n * layer->units;
  double *first = NULL;
  hm_hardware way[8];
  const int ways = twin_ways(way);
  for (int i = 0; i < ways; i++) {
    double *mine = twin_reals(cells), *both = twin_reals(cells);
    hm_input(layer, given, way[i], mine);
    CHECK_NEAR(twin_gap(cells, mine, input), 0.0, 1e-12);
    hm_mean(layer, given->on.n, mine, way[i], mine);
    CHECK_NEAR(twin_gap(cells, mine, mean), 0.0, 1e-12);
    hm_mean_given(layer, given, way[i], both);
    CHECK(twin_same_bits(cells, both, mine),
          "input and mean together are one after the other");
    first = first ? first : mine;
    CHECK(twin_same_bits(cells, first, mine),
          "all levels and threads give the same bits");
  }
}

static void check_both_layers(int n, int nv, int nh) {
  const hm_model model = twin_machine(nv, nh, 1.0, &chance);
  const hm_link hidden = hm_link_to_hidden(&model);
  const hm_link visible = hm_link_to_visible(&model);
  double *v = twin_cells((ptrdiff_t)n * nv, 0.5, &chance);
  double *h = twin_cells((ptrdiff_t)n * nh, 0.5, &chance);
  double *p = twin_random((ptrdiff_t)n * nv, 0.0, 1.0, &chance);
  double *q = twin_random((ptrdiff_t)n * nh, 0.0, 1.0, &chance);
  double *input = twin_reals((ptrdiff_t)n * (nv + nh));
  double *mean = twin_reals((ptrdiff_t)n * (nv + nh));
  const hm_states lists_v = twin_lists(n, nv, v),
                  lists_h = twin_lists(n, nh, h);
  const hm_states real_v = twin_real_states(n, nv, v);
  const hm_states real_h = twin_real_states(n, nh, h);
  const hm_states between_v = twin_real_states(n, nv, p);
  const hm_states between_h = twin_real_states(n, nh, q);

  naive_hidden(&model, n, v, input, mean);
  check_layer(&hidden, &lists_v, input, mean);
  check_layer(&hidden, &real_v, input, mean);
  naive_visible(&model, n, h, input, mean);
  check_layer(&visible, &lists_h, input, mean);
  check_layer(&visible, &real_h, input, mean);
  naive_hidden(&model, n, p, input, mean);
  check_layer(&hidden, &between_v, input, mean);
  naive_visible(&model, n, q, input, mean);
  check_layer(&visible, &between_h, input, mean);

  /* Reals go through W in either order. */
  hm_model by_rows = model, by_cols = model;
  by_rows.W_cols = NULL;
  by_cols.W_rows = NULL;
  const hm_link of_rows = hm_link_to_visible(&by_rows);
  const hm_link of_cols = hm_link_to_visible(&by_cols);
  check_layer(&of_rows, &between_h, input, mean);
  check_layer(&of_cols, &between_h, input, mean);
}

/* A draw is that of the unit kind for the row's number, whatever else is drawn
 * beside it, and for any number of threads. */
static void check_draws(void) {
  enum { N = 300, units = 80, n = 5 };
  static const int row[n] = {299, 0, 7, 8, 150};
  const hm_rows all = {NULL, 0, N}, some = {row, 0, n}, run = {NULL, 60, n};
  const hm_model model = twin_machine(3, units, 1.0, &chance);
  const hm_link hidden = hm_link_to_hidden(&model);
  const hm_stream stream = hm_stream_of(key, HM_DRAW_HIDDEN, 1, 0);
  double *mean = twin_random(N * units, 0.0, 1.0, &chance);
  double *picked = twin_reals(n * units);
  double *whole = NULL, *part = twin_reals(n * units);
  int same = 1;
  hm_hardware hw[8];
  const int all_ways = twin_ways(hw);
  for (int i = 0; i < all_ways; i++) {
    hm_states states = twin_lists(N, units, twin_zeros(N * units));
    states.x = picked; /* as left by real data */
    states.units = states.on.n = 0;
    hm_draw(&hidden, &all, mean, &stream, hw[i], &states);
    CHECK(!states.x && states.units == units && states.on.n == N,
          "a draw leaves lists");
    double *mine = twin_reals(N * units);
    hm_states_to_reals(&states, mine);
    whole = whole ? whole : mine;
    CHECK(twin_same_bits(N * units, whole, mine),
          "all levels and threads draw the same");
  }
  for (int s = 0; s < N; s++) {
    int on[units];
    const double *case_of = whole + s * units;
    const int count =
        hm_layer_draw(hidden.layer, mean + s * units, &stream, (uint32_t)s, on);
    for (int t = 0; t < count; t++) {
      same = same && case_of[on[t]] > 0.0;
    }
  }
  CHECK(same, "a case is drawn by its layer and row number");

  const hm_rows *rows[] = {&some, &run};
  for (int way = 0; way < 2; way++) {
    hm_states states = twin_lists(n, units, twin_zeros(n * units));
    for (int s = 0; s < n; s++) {
      memcpy(picked + s * units, mean + hm_row(rows[way], s) * units,
             units * sizeof *mean);
    }
    hm_draw(&hidden, rows[way], picked, &stream, twin_hw(1), &states);
    hm_states_to_reals(&states, part);
    for (int s = 0; s < n; s++) {
      CHECK(twin_same_bits(units, part + s * units,
                           whole + hm_row(rows[way], s) * units),
            "some rows are drawn as they are among all");
    }
  }
}

static void one_layer(int n, int threads) {
  const hm_model model = twin_machine(40, 40, 0.1, &chance);
  const hm_link hidden = hm_link_to_hidden(&model);
  const hm_stream stream = hm_stream_of(key, HM_DRAW_HIDDEN, 0, 0);
  const hm_rows all = {NULL, 0, n};
  const double *v = twin_cells((ptrdiff_t)n * 40, 0.5, &chance);
  const hm_states given = twin_lists(n, 40, v);
  hm_states drawn = twin_lists(n, 40, v);
  double *mean = twin_reals((ptrdiff_t)n * 40);
  hm_mean_given(&hidden, &given, twin_hw(threads), mean);
  hm_draw(&hidden, &all, mean, &stream, twin_hw(threads), &drawn);
}

static void checks(void) {
  twin_check_threads(one_layer, 7, 2000);
  check_both_layers(1, 1, 1);
  check_both_layers(7, 3, 20);
  check_both_layers(7, 33, 5);
  check_both_layers(230, 90, 100); /* enough for threads */
  check_draws();
}
