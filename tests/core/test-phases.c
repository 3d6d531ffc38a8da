/* Phases, apart from the updates that test-gradient.c makes of them: data and
 * draws by hand, against plain loops in double precision. */
#include "phases.h"

#include "check.h"
#include "twin.h"

static uint64_t chance = 53;

static hm_phases new_phases(int nv, int nh, int cases, int adds) {
  const hm_phases_needs needs = {.cases = cases, .adds = adds, .gathers = adds};
  hm_arena measured = {NULL, 0};
  hm_phases phases;
  hm_phases_lay(&measured, twin_binary(nv), twin_binary(nh), &needs, &phases);
  hm_arena arena = twin_arena(&measured);
  hm_phases_lay(&arena, twin_binary(nv), twin_binary(nh), &needs, &phases);
  CHECK(arena.used == measured.used, "laying takes what was measured");
  CHECK(!phases.sum == !adds, "a sum is there where something is added");
  return phases;
}

/* chains->v := the cases, mean_h := p in single precision; p comes onto the
 * grid on which it enters the gradient. */
static void set_chains(int n, const hm_cases *cases, double *p,
                       hm_chains *chains) {
  const hm_rows all = {NULL, 0, n};
  const int nh = chains->mean_h.width;
  hm_chains_take(cases, &all, chains);
  hm_panels_set(n, p, &chains->mean_h);
  for (int i = 0; i < n * nh; i++) {
    p[i] = twin_on_grid((float)p[i]);
  }
}

static void add_cases(int nv, int nh, int n, double scale, const double *v,
                      const double *p, double *gradient) {
  for (int s = 0; s < n; s++) {
    for (int i = 0; i < nv; i++) {
      for (int j = 0; j < nh; j++) {
        gradient[i * nh + j] += scale * v[s * nv + i] * p[s * nh + j];
      }
      gradient[nv * nh + i] += scale * v[s * nv + i];
    }
    for (int j = 0; j < nh; j++) {
      gradient[nv * nh + nv + j] += scale * p[s * nh + j];
    }
  }
}

/* Data and draws, then again after a gather, with a sum that was added to. */
static void check_by_hand(int nv, int nh, int n) {
  const ptrdiff_t size = hm_parameters(nv, nh);
  double *v = twin_cells((ptrdiff_t)n * nv, 0.4, &chance);
  double *w = twin_cells((ptrdiff_t)n * nv, 0.4, &chance);
  double *p = twin_random((ptrdiff_t)n * nh, 0.0, 1.0, &chance);
  double *q = twin_random((ptrdiff_t)n * nh, 0.0, 1.0, &chance);
  double *expected = twin_zeros(size), *found = twin_reals(size);
  const hm_cases data = twin_packed_cases(n, nv, v);
  const hm_cases draws = twin_packed_cases(n, nv, w);
  const hm_hardware hw = twin_hw(1);
  hm_phases phases = new_phases(nv, nh, n, 1);
  const double error = 1e-14; /* what doubles lose by the shares */
  hm_phases_begin(2 * n, 3 * n, &phases);
  hm_phases_gradient(hw, &phases, found);
  CHECK(twin_same_bits(size, found, expected), "nothing adds up to 0");
  set_chains(n, &data, p, &phases.chains);
  hm_phases_set_data(hw.level, &phases);
  set_chains(n, &draws, q, &phases.chains);
  hm_phases_set_draws(hw.level, HM_ALIKE, &phases);
  add_cases(nv, nh, n, -0.5 / n, v, p, expected);
  add_cases(nv, nh, n, 1.0 / (3 * n), w, q, expected);
  hm_phases_gradient(hw, &phases, found);
  CHECK_NEAR(twin_gap(size, found, expected), 0.0, error);
  hm_phases_gather(hw, &phases);
  hm_phases_sum(&phases)[size - 1] += 0.25;
  expected[size - 1] += 0.25;
  hm_phases_gradient(hw, &phases, found);
  CHECK_NEAR(twin_gap(size, found, expected), 0.0, error);
  set_chains(n, &data, p, &phases.chains);
  hm_phases_set_data(hw.level, &phases);
  hm_phases_drop_data(&phases);
  hm_phases_gradient(hw, &phases, found);
  CHECK_NEAR(twin_gap(size, found, expected), 0.0, error);
}

/* Draws that count more or less than 1: each unit's list has the weights of the
 * draws in which it is on. No weight is written beyond a list, not even where
 * the last draw has all units on. */
static void check_weighted_draws(void) {
  enum { nv = 16, nh = 3, n = 5 };
  const hm_phases_needs needs = {.cases = n, .weighs = 1};
  double *x = twin_cells(n * nv, 0.5, &chance), sum[nv] = {0.0};
  hm_arena measured = {NULL, 0};
  hm_phases work;
  hm_phases_lay(&measured, twin_binary(nv), twin_binary(nh), &needs, &work);
  hm_arena arena = twin_arena(&measured);
  hm_phases_lay(&arena, twin_binary(nv), twin_binary(nh), &needs, &work);
  for (int i = 0; i < nv; i++) {
    x[(n - 1) * nv + i] = 1.0;
  }
  const hm_cases cases = twin_packed_cases(n, nv, x);
  const hm_rows all = {NULL, 0, n};
  hm_chains_take(&cases, &all, &work.chains);
  const ptrdiff_t room = (ptrdiff_t)n * work.chains.v.stride;
  work.chains.value = twin_singles(room + 1);
  work.chains.value[room] = 7.0f;
  for (int s = 0; s < n; s++) {
    work.draw_weight[s] = (float)(s - 2);
    for (int i = 0; i < nv; i++) {
      sum[i] += x[s * nv + i] * (s - 2);
    }
  }
  hm_phases_set_draws(HM_PLAIN, HM_WEIGHTED, &work);
  CHECK(work.chains.value[room] == 7.0f, "no weight beyond the lists");
  const hm_lists *lists = &work.draws_by_unit;
  for (int i = 0; i < nv; i++) {
    double found = 0.0;
    for (int t = 0; t < lists->count[i]; t++) {
      found += (double)lists->value[(ptrdiff_t)i * lists->stride + t];
    }
    CHECK_NEAR(found, sum[i], 0.0);
  }
  for (int s = 0; s < n; s++) {
    CHECK(work.all_draws.item[s] == s &&
              work.all_draws.value[s] == work.draw_weight[s],
          "and all draws count by their weights");
  }
}

/* What the cases from `from` to `to` - 1 of all add to the sums, in pieces of
 * at most `most`, as whole numbers of 2^-16 units. */
static void add_part(int nv, int nh, int n, int from, int to, int most,
                     hm_level level, const double *x, const double *p,
                     const double *y, const double *q, hm_phases *phases,
                     int64_t *sum) {
  const hm_hardware hw = {1, level};
  const ptrdiff_t size = hm_parameters(nv, nh);
  hm_phases_begin(n, 3 * n, phases);
  for (int first = from; first < to; first += most) {
    const int here = to - first < most ? to - first : most;
    const hm_cases data = twin_packed_cases(here, nv, x + first * nv);
    const hm_cases draws = twin_packed_cases(here, nv, y + first * nv);
    set_chains(here, &data, twin_copy(here * nh, p + first * nh),
               &phases->chains);
    hm_phases_set_data(level, phases);
    set_chains(here, &draws, twin_copy(here * nh, q + first * nh),
               &phases->chains);
    hm_phases_set_draws(level, HM_ALIKE, phases);
    hm_phases_gather(hw, phases);
  }
  int whole = 1;
  for (ptrdiff_t i = 0; i < size && to > from; i++) {
    const double units = phases->pieces[i] * 65536.0;
    whole = whole && units == rint(units) && fabs(units) < 0x1p53;
    sum[i] += (int64_t)units;
  }
  CHECK(whole, "sums are whole numbers of 2^-16 units");
}

/* Any number of parts, each at a level of its own and in pieces of its own
 * size, whose sums are added in any order, make one gradient, to the bit. Means
 * that were not on the grid would not. */
static void check_parts_of_data(void) {
  enum { nv = 40, nh = 37, n = 1000, size = nv * nh + nv + nh };
  static const int ranks[] = {1, 2, 3, 7, 64, 1000};
  const double *x = twin_cells(n * nv, 0.3, &chance);
  const double *y = twin_cells(n * nv, 0.4, &chance);
  const double *p = twin_random(n * nh, 0.0, 1.0, &chance);
  const double *q = twin_random(n * nh, 0.0, 1.0, &chance);
  hm_phases phases = new_phases(nv, nh, HM_PHASES_ROOM, 1);
  hm_level level[4];
  const int levels = twin_levels(level);
  int64_t first[size];
  float alone[nh] = {0.0f};
  int differ = 0;
  for (int k = 0; k < 6; k++) {
    const int parts = ranks[k];
    int64_t sum[size] = {0};
    float total[nh] = {0.0f};
    for (int part = 0; part < parts; part++) {
      const int which = (int)((int64_t)part * 617 % parts); /* a prime */
      const int from = hm_share(n, which, parts);
      const int to = hm_share(n, which + 1, parts);
      float off_grid[nh] = {0.0f};
      add_part(nv, nh, n, from, to, 1 + (which * 37 + 250) % 256,
               level[which % levels], x, p, y, q, &phases, sum);
      for (int s = from; s < to; s++) {
        for (int j = 0; j < nh; j++) {
          off_grid[j] += (float)p[s * nh + j];
        }
      }
      for (int j = 0; j < nh; j++) {
        total[j] += off_grid[j];
      }
    }
    if (k == 0) {
      memcpy(first, sum, sizeof first);
      memcpy(alone, total, sizeof alone);
    }
    CHECK(memcmp(first, sum, sizeof sum) == 0,
          "sums do not depend on who adds them");
    differ = differ || memcmp(alone, total, sizeof total) != 0;
  }
  CHECK(differ, "which those of other numbers do");
}

/* The same of a layer of 0/1 units and real ones under another such, in
 * weighted cases and draws: everything comes onto the grid, so that sums of
 * products are whole numbers of 2^-32 units, and those of the extra parameters
 * too. */
typedef struct {
  hm_layer visible;
  hm_layer hidden;
  int n;
  double *x; /* n cases, */
  double *y; /* and draws */
  double *p; /* and their means */
  double *q;
  float *weight;
  float *share;
} mixed;

enum { some = 35, more = 6, mixed_nv = some + more, mixed_nh = 34 + 3 };
enum { real_place = 2 * HM_PANEL, mixed_places = real_place + 3 };
enum { mixed_size = mixed_nv * mixed_nh + mixed_nv + mixed_nh };

static void add_mixed_part(const mixed *all, int from, int to, int most,
                           hm_level level, hm_phases *phases, int64_t *sum) {
  const hm_hardware hw = {1, level};
  hm_chains *chains = &phases->chains;
  int whole = 1;
  hm_phases_begin(all->n, all->n, phases);
  for (int first = from; first < to; first += most) {
    const int here = to - first < most ? to - first : most;
    const hm_rows rows = {NULL, first, here};
    const hm_cases data = twin_real_cases(all->n, mixed_nv, all->x);
    const hm_cases draws = twin_real_cases(all->n, mixed_nv, all->y);
    hm_chains_take(&data, &rows, chains);
    hm_panels_set(here, all->p + first * mixed_places, &chains->mean_h);
    memcpy(phases->data_weight, all->weight + first,
           (size_t)here * sizeof *all->weight);
    phases->weighs_data = 1;
    hm_phases_set_data(level, phases);
    hm_chains_take(&draws, &rows, chains);
    hm_panels_set(here, all->q + first * mixed_places, &chains->mean_h);
    memcpy(phases->draw_weight, all->share + first,
           (size_t)here * sizeof *all->share);
    hm_phases_set_draws(level, HM_WEIGHTED, phases);
    hm_phases_gather(hw, phases);
  }
  for (ptrdiff_t i = 0; i < mixed_size + more && to > from; i++) {
    const double of_part =
        i < mixed_size ? phases->pieces[i] : phases->of_extras[i - mixed_size];
    const double units = of_part * 0x1p33; /* the halves of squares too */
    whole = whole && units == rint(units) && fabs(units) < 0x1p53;
    sum[i] += (int64_t)units;
  }
  CHECK(whole, "sums are whole numbers of 2^-33 units");
}

static void check_parts_of_mixed_data(void) {
  enum { n = 300 };
  static const int ranks[] = {1, 2, 3, 7, 64, 300};
  static hm_run visible[2] = {{.kind = &hm_unit_binary, .units = some},
                              {.kind = &hm_unit_gaussian, .units = more}};
  static hm_run hidden[2] = {{.kind = &hm_unit_binary, .units = 34},
                             {.kind = &hm_unit_normal, .units = 3}};
  const double *d = twin_random(more, -0.5, 0.5, &chance);
  visible[0].d = visible[1].d = d;
  mixed all = {.visible = hm_layer_of(2, visible),
               .hidden = hm_layer_of(2, hidden),
               .n = n,
               .x = twin_random(n * mixed_nv, -3.0, 3.0, &chance),
               .y = twin_random(n * mixed_nv, -100.0, 100.0, &chance),
               .p = twin_random(n * mixed_places, 0.0, 1.0, &chance),
               .q = twin_random(n * mixed_places, 0.0, 1.0, &chance),
               .weight = twin_singles(n),
               .share = twin_singles(n)};
  for (int s = 0; s < n; s++) {
    all.weight[s] = (float)twin_random(1, 0.0, 4.0, &chance)[0];
    all.share[s] = (float)twin_random(1, -2.0, 2.0, &chance)[0];
    for (int i = 0; i < some; i++) {
      all.x[s * mixed_nv + i] = all.x[s * mixed_nv + i] > 0.0;
      all.y[s * mixed_nv + i] = all.y[s * mixed_nv + i] > 0.0;
    }
    for (int j = real_place; j < mixed_places; j++) {
      double *mean = all.p + s * mixed_places + j;
      *mean = 9.0 * *mean - 4.0;
    }
  }
  const hm_phases_needs needs = {
      .cases = HM_PHASES_ROOM, .reals = 1, .weighs = 1, .gathers = 1};
  hm_arena measured = {NULL, 0};
  hm_phases phases;
  hm_phases_lay(&measured, &all.visible, &all.hidden, &needs, &phases);
  hm_arena arena = twin_arena(&measured);
  hm_phases_lay(&arena, &all.visible, &all.hidden, &needs, &phases);
  hm_level level[4];
  const int levels = twin_levels(level);
  int64_t first[mixed_size + more];
  for (int k = 0; k < 6; k++) {
    const int parts = ranks[k];
    int64_t sum[mixed_size + more] = {0};
    for (int part = 0; part < parts; part++) {
      const int which = (int)((int64_t)part * 617 % parts);
      const int from = hm_share(n, which, parts);
      const int to = hm_share(n, which + 1, parts);
      add_mixed_part(&all, from, to, 1 + (which * 37 + 90) % phases.room,
                     level[which % levels], &phases, sum);
    }
    if (k == 0) {
      memcpy(first, sum, sizeof first);
    }
    CHECK(memcmp(first, sum, sizeof sum) == 0,
          "sums of real numbers do not depend on who adds them");
  }
  /* They are the sums of what came onto the grid. */
  double *gradient = twin_zeros(mixed_size);
  double gap = 0.0;
  for (int s = 0; s < n; s++) {
    double v[2][mixed_nv], h[2][mixed_nh];
    const double weight[2] = {hm_on_grid((double)all.weight[s]),
                              hm_on_grid((double)all.share[s])};
    for (int i = 0; i < mixed_nv; i++) {
      v[0][i] = all.x[s * mixed_nv + i];
      v[1][i] = all.y[s * mixed_nv + i];
    }
    for (int j = 0; j < mixed_nh; j++) {
      const int place = s * mixed_places + (j < 34 ? j : real_place + j - 34);
      h[0][j] = weight[0] * all.p[place];
      h[1][j] = all.q[place];
    }
    for (int i = 0; i < mixed_nv; i++) {
      v[0][i] = i < some ? v[0][i] : hm_on_grid(v[0][i]);
      v[1][i] = hm_on_grid(weight[1] * v[1][i]);
    }
    add_cases(mixed_nv, mixed_nh, 1, -1.0, v[0], h[0], gradient);
    add_cases(mixed_nv, mixed_nh, 1, 1.0, v[1], h[1], gradient);
  }
  for (int i = 0; i < mixed_nv * mixed_nh; i++) {
    const double found = (double)first[i] * 0x1p-33;
    gap = fmax(gap, fabs(found - gradient[i]));
  }
  /* Each mean and value is off by half a step of its grid, or of a float. */
  CHECK_NEAR(gap, 0.0, n * 0x1p-16 * (200.0 + 4.0));
}

static void checks(void) {
  check_parts_of_data();
  check_parts_of_mixed_data();
  check_by_hand(1, 1, 1);
  check_by_hand(7, 5, 11);
  check_by_hand(70, 40, 30);
  check_weighted_draws();
}
