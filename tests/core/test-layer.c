/* Layers of several runs: where units stand, and that a machine whose layers
 * are cut into runs is the machine whose layers are not. */
#include "layer.h"

#include "ais.h"
#include "check.h"
#include "energy.h"
#include "gradient.h"
#include "likelihood.h"
#include "twin.h"

static uint64_t chance = 61;
static const uint32_t key[2] = {5u, 8u};
static const hm_watch patient = {NULL, NULL, NULL};

/* Each unit has a place of its own, in a panel of its run. */
static void check_places(int runs, const int *units) {
  const hm_layer *layer = twin_runs(runs, units);
  int unit = 0, covered = 0, sound = 1;
  CHECK(layer->runs == runs && layer->extras == 0,
        "binary units have no extra parameters");
  for (int r = 0; r < runs; r++) {
    const hm_run *run = layer->run + r;
    CHECK(run->first == unit && run->place % HM_PANEL == 0,
          "a run begins a panel");
    CHECK(r == 0 || run->place - run[-1].place - run[-1].units < HM_PANEL,
          "and the next one after the run before it");
    for (int i = 0; i < run->units; i++, unit++) {
      sound = sound && hm_layer_place(layer, unit) == run->place + i;
    }
  }
  CHECK(sound && unit == layer->units, "units are numbered run after run");
  CHECK(layer->places == hm_layer_place(layer, unit - 1) + 1,
        "places go up to the last unit");
  for (int q = 0; q < hm_panels_across(layer->places); q++) {
    const hm_span span = hm_layer_panel(layer, q);
    sound = sound && span.first == covered && span.units > 0 &&
            span.units <= HM_PANEL &&
            hm_layer_place(layer, span.first) == q * HM_PANEL;
    covered += span.units;
  }
  CHECK(sound && covered == unit, "panels cover all units, each once");
}

/* Numbers go to their places and come back; there is 0 elsewhere. */
static void check_numbers(int runs, const int *units) {
  enum { n = 3 };
  const hm_layer *layer = twin_runs(runs, units);
  const double *x = twin_random(layer->units, 1.0, 2.0, &chance);
  float *at = twin_layer(layer->places);
  int sound = 1, zeros = 0;
  hm_layer_set_singles(layer, x, at);
  for (int i = 0; i < layer->units; i++) {
    const float single = (float)x[i];
    sound =
        sound && twin_same_singles(1, at + hm_layer_place(layer, i), &single);
  }
  const int whole = hm_panels_across(layer->places) * HM_PANEL;
  for (int i = 0; i < whole; i++) {
    zeros += at[i] <= 0.0f && at[i] >= 0.0f;
  }
  CHECK(sound && zeros == whole - layer->units,
        "a number stands at its unit's place, and 0 where there is none");

  const hm_panels panels = twin_panels(n, layer->places);
  double *back = twin_reals((ptrdiff_t)n * layer->units);
  for (int q = 0; q < hm_panels_across(layer->places); q++) {
    for (int s = 0; s < n; s++) {
      memcpy(hm_panel_row(&panels, q, s), at + q * HM_PANEL,
             HM_PANEL * sizeof *at);
    }
  }
  hm_layer_get(layer, n, &panels, back);
  for (int s = 0; s < n; s++) {
    for (int i = 0; i < layer->units; i++) {
      const double single = (double)(float)x[i];
      sound = sound && twin_same_bits(1, back + s * layer->units + i, &single);
    }
  }
  CHECK(sound, "panels give the numbers of units");
}

/* Bits in, lists out, and back. */
static void check_bits(int runs, const int *units, double p) {
  enum { n = 9, from = 2, to = 8 };
  const hm_layer *layer = twin_runs(runs, units);
  const int all = layer->units;
  const int across = hm_panels_across(layer->places);
  hm_arena measured = {NULL, 0};
  hm_bits bits;
  hm_bits_lay(&measured, n, layer->places + 40, 0, &bits);
  hm_arena arena = twin_arena(&measured);
  hm_bits_lay(&arena, n, layer->places + 40, 0, &bits); /* more than is used */
  CHECK(arena.used == measured.used &&
            measured.used >= (size_t)n * (size_t)bits.stride * 4 &&
            bits.stride >= hm_panels_across(layer->places + 40),
        "there is room for the bits of every case");
  double *x = twin_cells(n * all, p, &chance);
  for (int s = 0; s < n; s++) {
    uint32_t *word = bits.word + s * bits.stride;
    /* Where there is no unit all are on, and must not be read. */
    memset(word, 0xFF, (size_t)across * sizeof *word);
    for (int i = 0; i < all; i++) {
      const int place = hm_layer_place(layer, i);
      const uint32_t bit = (uint32_t)1 << (place % 32);
      word[place / 32] &= x[s * all + i] > 0.0 ? ~(uint32_t)0 : ~bit;
    }
  }
  const hm_states expected = twin_lists(n, all, x);
  hm_lists lists = {n, all + 1, twin_ints(n), twin_ints(n * (all + 1)), NULL};
  int same = 1;
  hm_list_bits(from, to, layer, &bits, &lists);
  for (int s = from; s < to; s++) {
    same = same && lists.count[s] == expected.on.count[s] &&
           memcmp(lists.item + s * lists.stride,
                  expected.on.item + s * expected.on.stride,
                  (size_t)lists.count[s] * sizeof(int)) == 0;
  }
  CHECK(same, "lists are of the units whose bits are on, ascending");
  for (int s = 0; s < n; s++) {
    const int *item = lists.item + s * lists.stride;
    const int first = s < from || s >= to ? 0 : lists.count[s];
    int left = s >= from && s < to ? 1 : lists.count[s] == -1;
    for (int i = first; i <= all; i++) {
      left = left && item[i] == -1;
    }
    CHECK(left, "nothing else is written");
  }
  for (int s = from; s < to; s++) {
    hm_bits_of_list(layer, &lists, s, bits.word);
    for (int i = 0; i < across * HM_PANEL; i++) {
      int listed = 0;
      for (int t = 0; t < lists.count[s]; t++) {
        const int item = lists.item[s * lists.stride + t];
        listed = listed || hm_layer_place(layer, item) == i;
      }
      same = same && (int)(bits.word[i / 32] >> i % 32 & 1u) == listed;
    }
  }
  CHECK(same, "and lists give these bits");
}

/* Inputs, means and gradients are those of layers that are not cut. */
static void check_machine(int of_v, const int *v_units, int of_h,
                          const int *h_units) {
  enum { n = 21 };
  const hm_layer *visible = twin_runs(of_v, v_units);
  const hm_layer *hidden = twin_runs(of_h, h_units);
  const int nv = visible->units, nh = hidden->units;
  const hm_model whole = twin_machine(nv, nh, 0.7, &chance);
  hm_model cut = whole;
  cut.visible = visible;
  cut.hidden = hidden;
  const hm_model *model[] = {&whole, &cut};
  const ptrdiff_t size = hm_parameters(nv, nh);
  const double *x = twin_cells(n * nv, 0.4, &chance);
  const hm_cases cases = twin_packed_cases(n, nv, x);
  const hm_estimator_options options = {.k = 2};
  const hm_rows all = {NULL, 0, n};
  const hm_chance at = {key, 0};
  double *gradient[2], *mean[2], *input[2];
  for (int i = 0; i < 2; i++) {
    const hm_working working = twin_working(model[i]);
    const hm_side side = hm_hidden_side(&working);
    const hm_link link = hm_link_to_hidden(model[i]);
    const hm_states v = twin_lists(n, nv, x);
    hm_panels sums = twin_panels(n, model[i]->hidden->places);
    hm_sweep_input(HM_PLAIN, &side, &v.on, 0, n, &sums);
    input[i] = twin_reals(n * nh);
    mean[i] = twin_reals(n * nh);
    gradient[i] = twin_reals(size);
    hm_layer_get(model[i]->hidden, n, &sums, input[i]);
    hm_mean_given(&link, &v, twin_hw(1), mean[i]);
    const hm_gradient_needs needs = {.cases = n};
    hm_phases phases;
    hm_arena measured = {NULL, 0};
    hm_gradient_lay(&measured, model[i], &hm_estimator_mf, &options, &needs,
                    twin_hw(1), &phases);
    hm_arena arena = twin_arena(&measured);
    hm_gradient_lay(&arena, model[i], &hm_estimator_mf, &options, &needs,
                    twin_hw(1), &phases);
    const hm_update update = {.options = &options,
                              .working = &working,
                              .sampled = &working,
                              .model = model[i],
                              .cases = &cases,
                              .rows = &all,
                              .chance = &at,
                              .watch = &patient,
                              .hw = twin_hw(1)};
    CHECK(hm_gradient(&hm_estimator_mf, &update, &phases, gradient[i]) == HM_OK,
          "a gradient is made");
  }
  CHECK(twin_same_bits(n * nh, input[0], input[1]), "inputs are the same");
  CHECK_NEAR(twin_gap(n * nh, mean[0], mean[1]), 0.0, 0.0);
  CHECK(twin_same_bits(size, gradient[0], gradient[1]),
        "and so are gradients, of which each tile has units of one run");
}

/* What is exact of a machine whose layers are walked and summed out. */
typedef struct {
  double log_z, log_lik;
  double *average, *vv, *hh, *gradient, *free_energy, *log_weight;
} answers;

static answers new_answers(const hm_model *model, const hm_cases *cases) {
  const int nv = model->nv, nh = model->nh, n = cases->N;
  const ptrdiff_t size = hm_parameters(nv, nh);
  const hm_hardware hw = twin_hw(1);
  answers of = {.average = twin_reals(size),
                .vv = twin_reals(nv * nv),
                .hh = twin_reals(nh * nh),
                .gradient = twin_reals(size),
                .free_energy = twin_reals(n),
                .log_weight = twin_reals(n)};
  hm_likelihood_work likelihood;
  hm_energy_work energy;
  hm_ais_work ais;
  double *b = of.average + (ptrdiff_t)nv * nh;
  const hm_model base = twin_model(nv, 1, twin_zeros(hm_parameters(nv, 1)));
  hm_arena measured = {NULL, 0};
  hm_likelihood_lay(&measured, model, cases, hw, &likelihood);
  hm_energy_lay(&measured, model, cases, NULL, &energy);
  hm_ais_lay(&measured, &base, model, n, &ais);
  hm_arena arena = twin_arena(&measured);
  hm_likelihood_lay(&arena, model, cases, hw, &likelihood);
  hm_energy_lay(&arena, model, cases, NULL, &energy);
  hm_ais_lay(&arena, &base, model, n, &ais);

  double *weight = twin_random(n, 0.5, 1.0, &(uint64_t){3});
  hm_likelihood(model, cases, weight, &patient, hw, &likelihood, &of.log_lik,
                of.gradient);
  hm_moments(&patient, &likelihood.moments, b, b + nv, of.average, &of.log_z);
  hm_pair_moments(&patient, &likelihood.moments, of.log_z,
                  twin_reals(2 * HM_PAIR_STATES * (nv + nh)), of.vv, of.hh);
  hm_free_energy_cases(model, cases, &patient, hw, &energy, of.free_energy);

  static const float t[] = {0.0f, 1.0f};
  const hm_rows all = {NULL, 0, n};
  const hm_chance at = {key, 0};
  const hm_ais_path path = {&base, model, 1, t};
  hm_ais_prepare(&base, model, hw.level, &ais);
  hm_chains_take(cases, &all, &ais.chains);
  hm_ais(&path, &all, &at, &patient, hw, &ais, of.log_weight);
  return of;
}

/* They are those of layers that are not cut, but for rounding. */
static void check_answers(int of_v, const int *v_units, int of_h,
                          const int *h_units) {
  enum { n = 12 };
  const hm_layer *visible = twin_runs(of_v, v_units);
  const hm_layer *hidden = twin_runs(of_h, h_units);
  const int nv = visible->units, nh = hidden->units;
  const hm_model whole = twin_machine(nv, nh, 1.0, &chance);
  hm_model cut = whole;
  cut.visible = visible;
  cut.hidden = hidden;
  const hm_cases cases =
      twin_packed_cases(n, nv, twin_cells(n * nv, 0.5, &chance));
  const answers x = new_answers(&whole, &cases), y = new_answers(&cut, &cases);
  CHECK_NEAR(x.log_z, y.log_z, 1e-12);
  CHECK_NEAR(x.log_lik, y.log_lik, 1e-12);
  CHECK_NEAR(twin_gap(hm_parameters(nv, nh), x.average, y.average), 0.0, 1e-13);
  CHECK_NEAR(twin_gap(hm_parameters(nv, nh), x.gradient, y.gradient), 0.0,
             1e-13);
  CHECK_NEAR(twin_gap(nv * nv, x.vv, y.vv), 0.0, 1e-13);
  CHECK_NEAR(twin_gap(nh * nh, x.hh, y.hh), 0.0, 1e-13);
  CHECK_NEAR(twin_gap(n, x.free_energy, y.free_energy), 0.0, 1e-12);
  CHECK_NEAR(twin_gap(n, x.log_weight, y.log_weight), 0.0, 1e-12);
}

static void checks(void) {
  static const int one[] = {70}, two[] = {5, 40}, three[] = {32, 1, 33};
  static const int four[] = {64, 31, 2, 100};
  static const int *const units[] = {one, two, three, four};
  for (int runs = 1; runs <= 4; runs++) {
    check_places(runs, units[runs - 1]);
    check_numbers(runs, units[runs - 1]);
    for (int i = 0; i <= 2; i++) {
      check_bits(runs, units[runs - 1], i * 0.5);
    }
    check_machine(runs, units[runs - 1], 5 - runs, units[4 - runs]);
  }
  static const int many[] = {3, 33, 2}, few[] = {2, 4};
  check_answers(3, many, 2, few);
  check_answers(2, few, 3, many);
  static const int widths[] = {1, 31, 32, 33, 64, 65, 100};
  for (int i = 0; i < 7; i++) {
    check_places(1, widths + i);
    for (int p = 0; p <= 2; p++) {
      check_bits(1, widths + i, p * 0.5);
    }
  }
}
