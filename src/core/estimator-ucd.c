/* Unbiased contrastive divergence (Qiu, Zhang and Wang 2020, after Jacob,
 * O'Leary and Atchade 2020). From each case go two Gibbs chains, X one sweep
 * ahead of Y, and with f(v) = (v p(h | v)', v, p(h | v)) the draws are
 *
 *   f(X_k) + sum over t from k + 1 to tau - 1 of (f(X_t) - f(Y_{t - 1})),
 *
 * tau being the first t at which X_t = Y_{t - 1}. X_t and Y_t have the same
 * law, so in the mean this is f(X_k) + (f(X_{k + 1}) - f(X_k)) + ..., the
 * average over the model. (X_{t + 1}, Y_t) are drawn by the same uniforms,
 * being one case and one sweep to the counters of chance: of all ways to draw a
 * unit in two chains this one makes them differ least often. Once met they stay
 * together.
 *
 * Chains that have not met after options->max_sweeps are given up, and what
 * would have followed is missing. phases->tally counts the pairs. */
#include <string.h>

#include "estimator.h"

typedef struct {
  hm_chains pairs; /* rows 2 m and 2 m + 1 are X and Y of pair m */
  int *row;  /* the case of each row, so that a pair has the same chance */
  int *real; /* whether case m is no state that a chain could be in */
  int *met;  /* whether pair m has */
} ucd_work;

static void lay_own(hm_arena *arena, const hm_model *shape, int room,
                    ucd_work *own) {
  hm_chains_lay(arena, shape->visible, shape->hidden, 2 * room, 0, &own->pairs);
  own->row = hm_allot(arena, 2 * (ptrdiff_t)room, sizeof(int));
  own->real = hm_allot(arena, room, sizeof(int));
  own->met = hm_allot(arena, room, sizeof(int));
}

static void lay(hm_arena *arena, const hm_model *shape,
                const hm_estimator_options *options, hm_hardware hw,
                hm_phases *phases) {
  ucd_work *own = hm_allot(arena, 1, sizeof *own);
  ucd_work measured;
  (void)options;
  (void)hw;
  phases->own = own;
  lay_own(arena, shape, phases->room, own ? own : &measured);
}

/* v and p(h | v) of one chain as those of another, which may be among the same
 * ones. */
static void copy_chain(const hm_chains *from, int s, hm_chains *to, int t) {
  hm_copy_list(&from->v, s, t, &to->v);
  for (int q = 0; q < hm_panels_across(from->mean_h.width); q++) {
    memmove(hm_panel_row(&to->mean_h, q, t), hm_panel_row(&from->mean_h, q, s),
            HM_PANEL * sizeof(float));
  }
}

/* Whether the chains of pair m are in one state. */
static int together(const hm_chains *pairs, int m) {
  const hm_lists *v = &pairs->v;
  const int *x = v->item + 2 * (ptrdiff_t)m * v->stride;
  const int count = v->count[2 * m];
  int same = count == v->count[2 * m + 1] &&
             memcmp(x, x + v->stride, (size_t)count * sizeof *x) == 0;
  for (int t = 0; v->value && same && t < count; t++) {
    const float *value = v->value + 2 * (ptrdiff_t)m * v->stride + t;
    same = value[0] >= value[v->stride] && value[0] <= value[v->stride];
  }
  return same;
}

/* The draws so far go into the sum where there is no room for another one. */
static void add_draw(const hm_update *update, int s, float weight,
                     hm_phases *phases) {
  const ucd_work *own = phases->own;
  hm_lists *draws = &phases->chains.v;
  if (draws->n == phases->room) {
    hm_phases_set_draws(update->hw.level, HM_WEIGHTED, phases);
    hm_phases_gather(update->hw, phases);
    draws->n = 0;
  }
  phases->draw_weight[draws->n] =
      update->cases->weight ? weight * (float)update->cases->weight[own->row[s]]
                            : weight;
  copy_chain(&own->pairs, s, &phases->chains, draws->n);
  draws->n++;
}

/* Y_0 := the cases, X_1 := one sweep from them. */
static hm_status begin(const hm_update *update, const hm_rows *piece,
                       hm_phases *phases) {
  ucd_work *own = phases->own;
  hm_chains *cases = &phases->chains, *pairs = &own->pairs;
  const hm_lists *v = &cases->v;
  const int valued = cases->visible->valued;
  const int intensities = v->value && !valued;
  pairs->v.value = valued ? pairs->value : NULL;
  for (int m = 0; m < piece->n; m++) {
    const ptrdiff_t first = (ptrdiff_t)m * v->stride;
    own->row[2 * m] = own->row[2 * m + 1] = hm_row(piece, m);
    own->met[m] = own->real[m] = 0;
    for (int t = 0; intensities && t < v->count[m]; t++) {
      own->real[m] = own->real[m] || v->value[first + t] < 1.0f;
    }
    copy_chain(cases, m, pairs, 2 * m + 1);
  }
  const hm_status status = hm_gibbs(update->working, piece, update->chance, 0,
                                    1, update->watch, update->hw, cases);
  for (int m = 0; m < piece->n; m++) {
    copy_chain(cases, m, pairs, 2 * m);
  }
  cases->v.n = 0;
  return status;
}

/* Takes note of the pairs that meet at t, of `count`. */
static void meet(int t, int count, hm_phases *phases) {
  ucd_work *own = phases->own;
  for (int m = 0; m < count; m++) {
    if (own->met[m] || (t == 1 && own->real[m]) || !together(&own->pairs, m)) {
      continue;
    }
    own->met[m] = 1;
    phases->tally[HM_SWEEPS_TO_MEET] += t;
    phases->tally[HM_LONGEST] =
        phases->tally[HM_LONGEST] > t ? phases->tally[HM_LONGEST] : t;
  }
}

/* Those that have met are done with. Returns how many are left. */
static int compact(int count, ucd_work *own) {
  int left = 0;
  for (int m = 0; m < count; m++) {
    if (own->met[m]) {
      continue;
    }
    if (m > left) {
      copy_chain(&own->pairs, 2 * m, &own->pairs, 2 * left);
      copy_chain(&own->pairs, 2 * m + 1, &own->pairs, 2 * left + 1);
      own->row[2 * left] = own->row[2 * left + 1] = own->row[2 * m];
      own->met[left] = 0;
    }
    left++;
  }
  return left;
}

static hm_status negative_phase(const hm_update *update, int from,
                                hm_phases *phases) {
  const int k = update->options->k, most = update->options->max_sweeps;
  const int last = k > most ? k : most;
  const hm_rows piece = hm_rows_from(update->rows, from, phases->room);
  ucd_work *own = phases->own;
  hm_status status = begin(update, &piece, phases);
  int left = piece.n;
  for (int t = 1; status == HM_OK; t++) {
    meet(t, left, phases);
    for (int m = 0; t == k && m < left; m++) {
      add_draw(update, 2 * m, 1.0f, phases);
    }
    left = t < k ? left : compact(left, own);
    for (int m = 0; t > k && m < left; m++) {
      add_draw(update, 2 * m, 1.0f, phases);
      add_draw(update, 2 * m + 1, -1.0f, phases);
    }
    if (t == last || left == 0) {
      phases->tally[HM_PAIRS] += piece.n;
      phases->tally[HM_SWEEPS_TO_MEET] += (double)left * t;
      phases->tally[HM_UNMET] += left;
      phases->tally[HM_LONGEST] = left > 0 && t > phases->tally[HM_LONGEST]
                                      ? t
                                      : phases->tally[HM_LONGEST];
      hm_phases_set_draws(update->hw.level, HM_WEIGHTED, phases);
      break;
    }
    const hm_rows rows = {own->row, 0, 2 * left};
    status = hm_gibbs(update->working, &rows, update->chance, t, 1,
                      update->watch, update->hw, &own->pairs);
  }
  return status;
}

static void report(const hm_estimator_options *options,
                   const hm_particles *particles, const double tally[HM_COUNTS],
                   hm_chain_report *of) {
  const double pairs = tally[HM_PAIRS] > 1.0 ? tally[HM_PAIRS] : 1.0;
  (void)options;
  (void)particles;
  of->meeting_time = tally[HM_SWEEPS_TO_MEET] / pairs;
  of->unmet = tally[HM_UNMET] / pairs;
}

const hm_estimator hm_estimator_ucd = {.name = "ucd",
                                       .meets = 1,
                                       .gathers = 1,
                                       .weighs = 1,
                                       .lay = lay,
                                       .negative_phase = negative_phase,
                                       .report = report};
