/* Parallel tempering: the laws of all rungs on machines small enough to go
 * through all states, and a machine that a plain chain cannot cross. */
#include "temper.h"

#include "check.h"
#include "twin-ladders.h"

static uint64_t chance = 97;
static const uint32_t key[2] = {34u, 55u};
static const hm_watch patient = {NULL, NULL, NULL};
static const hm_chance at = {key, 6};

static hm_chains new_chains(const hm_model *model, int room) {
  hm_arena measured = {NULL, 0};
  hm_chains chains;
  hm_chains_lay(&measured, model->visible, model->hidden, room, 0, &chains);
  hm_arena arena = twin_arena(&measured);
  hm_chains_lay(&arena, model->visible, model->hidden, room, 0, &chains);
  return chains;
}

/* Biases of a base law, in whole panels. */
static float *new_base(int nv, double size) {
  float *b0 = twin_layer(nv);
  for (int i = 0; i < hm_panels_across(nv) * HM_PANEL; i++) {
    b0[i] = i < nv ? (float)(size * (2.0 * twin_uniform(&chance) - 1.0)) : 0.0f;
  }
  return b0;
}

/* The machine whose law is p_beta: its parameters are a blend. */
static hm_model tempered(const hm_model *model, const float *b0, double beta) {
  const int nv = model->nv, nh = model->nh;
  double *theta = twin_reals(hm_parameters(nv, nh));
  for (ptrdiff_t i = 0; i < (ptrdiff_t)nv * nh; i++) {
    theta[i] = beta * model->W_rows[i];
  }
  for (int i = 0; i < nv; i++) {
    theta[nv * nh + i] = beta * model->b[i] + (1.0 - beta) * (double)b0[i];
  }
  for (int j = 0; j < nh; j++) {
    theta[nv * nh + nv + j] = beta * model->c[j];
  }
  return twin_model(nv, nh, theta);
}

/* Replica s := state number v. */
static void put_state(hm_temper_work *work, int s, int v) {
  hm_lists *on = &work->chains.v;
  int count = 0;
  for (int i = 0; i < work->chains.visible->units; i++) {
    if (v >> i & 1) {
      on->item[(ptrdiff_t)s * on->stride + count++] = i;
    }
  }
  on->count[s] = count;
}

/* The row of ladder m's replica on rung r. */
static int row_of(const hm_temper_work *work, int m, int r) {
  int s = m * work->rungs;
  while (work->rung[s] != r) {
    s++;
  }
  return s;
}

static int labels_are_whole(const hm_temper_work *work) {
  int good = 1;
  for (int m = 0; m < work->ladders; m++) {
    unsigned seen = 0;
    for (int q = 0; q < work->rungs; q++) {
      seen |= 1u << work->rung[m * work->rungs + q];
    }
    good = good && seen == (1u << work->rungs) - 1u;
  }
  return good;
}

/* Replicas that start from the laws of their rungs keep them: (v, h) on each
 * rung has its joint law, and the rungs of a ladder stay independent, which
 * they do not where places are changed by another rule. */
static void check_no_drift(int held) {
  enum { nv = 4, nh = 2, M = 15000, R = 4, joint = 1 << (nv + nh) };
  enum { of_v = 1 << nv };
  static const double beta[R] = {0.0, 0.25, 0.6, 1.0};
  const uint32_t is_free = held ? 0x0Bu : 0x0Fu, is_held = held ? 0x04u : 0u;
  const hm_clamp clamp = {0, 1, &is_free, &is_held, NULL};
  const hm_model model = twin_machine(nv, nh, 2.5, &chance);
  const hm_working working = twin_working(&model);
  const float *b0 = new_base(nv, 1.0);
  hm_temper_work work = twin_ladders(model.nv, model.nh, M, R);
  work.b0 = b0;
  double *law[R], *of[R];
  hm_temper_fresh(&work);
  memcpy(work.beta, beta, sizeof beta);
  work.chains.clamp = held ? &clamp : NULL;
  for (int r = 0; r < R; r++) {
    const hm_model warm = tempered(&model, b0, beta[r]);
    double total = 0.0;
    law[r] = twin_joint_law(&warm);
    for (uint32_t state = 0; state < joint; state++) {
      const uint32_t v = state & (of_v - 1);
      law[r][state] = (v & ~is_free) == is_held ? law[r][state] : 0.0;
      total += law[r][state];
    }
    for (int state = 0; state < joint; state++) {
      law[r][state] /= total;
    }
    of[r] = twin_marginal_v(nv, nh, law[r]);
    for (int m = 0; m < M; m++) {
      put_state(&work, m * R + r, twin_draw(of_v, of[r], &chance));
    }
  }
  static const int sweeps[] = {1, 1, 3};
  int done = 0;
  for (int more = 0; more < 3; more++) {
    CHECK(hm_temper(&working, &at, done, sweeps[more], &patient, twin_hw(2),
                    &work) == HM_OK,
          "tempering goes through");
    done += sweeps[more];
    CHECK(labels_are_whole(&work), "every rung has one replica");
    for (int r = 0; r < R; r++) {
      long *seen = twin_counts(joint);
      for (int m = 0; m < M; m++) {
        const int s = row_of(&work, m, r);
        seen[twin_number(&work.chains.v, s) | twin_number(&work.chains.h, s)
                                                  << nv]++;
      }
      CHECK(twin_misfit(joint, seen, law[r]) <= 1.0, "a rung keeps its law");
    }
    for (int r = 0; r + 1 < R; r++) {
      long *seen = twin_counts(of_v * of_v);
      double *both = twin_reals(of_v * of_v);
      for (int v = 0; v < of_v * of_v; v++) {
        both[v] = of[r][v % of_v] * of[r + 1][v / of_v];
      }
      for (int m = 0; m < M; m++) {
        const hm_lists *on = &work.chains.v;
        seen[twin_number(on, row_of(&work, m, r)) +
             of_v * twin_number(on, row_of(&work, m, r + 1))]++;
      }
      CHECK(twin_misfit(of_v * of_v, seen, both) <= 1.0,
            "neighbours stay independent");
    }
  }
}

/* What one pair refuses is what its laws say: the mean of 1 - min(1, exp((beta1
 * - beta2) (D2 - D1))) over independent draws of both, in TWIN_Z standard
 * errors; and pairs take turns. */
static void check_refused(void) {
  enum { nv = 4, nh = 3, M = 20000, R = 3, joint = 1 << (nv + nh) };
  const hm_model model = twin_machine(nv, nh, 2.0, &chance);
  const hm_working working = twin_working(&model);
  const float *b0 = new_base(nv, 1.0);
  hm_temper_work work = twin_ladders(model.nv, model.nh, M, R);
  work.b0 = b0;
  double *law[R], D[joint], v[nv], h[nh];
  hm_temper_fresh(&work);
  for (int state = 0; state < joint; state++) {
    twin_state(nv, state & ((1 << nv) - 1), v);
    twin_state(nh, state >> nv, h);
    D[state] = -twin_energy(&model, v, h);
    for (int i = 0; i < nv; i++) {
      D[state] -= (double)b0[i] * v[i];
    }
  }
  for (int r = 0; r < R; r++) {
    const hm_model warm = tempered(&model, b0, work.beta[r]);
    law[r] = twin_joint_law(&warm);
    const double *of_v = twin_marginal_v(nv, nh, law[r]);
    for (int m = 0; m < M; m++) {
      put_state(&work, m * R + r, twin_draw(1 << nv, of_v, &chance));
    }
  }
  for (int r = 0; r < R - 1; r++) {
    double mean = 0.0, square = 0.0;
    for (int one = 0; one < joint; one++) {
      for (int two = 0; two < joint; two++) {
        const double gap =
            (work.beta[r] - work.beta[r + 1]) * (D[two] - D[one]);
        const double refuse = gap < 0.0 ? 1.0 - exp(gap) : 0.0;
        mean += law[r][one] * law[r + 1][two] * refuse;
        square += law[r][one] * law[r + 1][two] * refuse * refuse;
      }
    }
    hm_temper(&working, &at, r, 1, &patient, twin_hw(1), &work);
    CHECK_NEAR(work.tried[r], M, 0.0);
    CHECK_NEAR(work.refused[r] / M, mean,
               TWIN_Z * sqrt((square - mean * mean) / M));
  }
}

/* A machine of two far patterns, all units on and all off, between which a
 * plain chain does not go: ladders whose replicas all start off find both by
 * their weights, and so do those from draws of the base law. */
static void check_two_modes(void) {
  enum { nv = 8, nh = 1, M = 1000, R = 8, of_v = 1 << nv };
  double theta[nv * nh + nv + nh];
  for (int i = 0; i < nv; i++) {
    theta[i] = 8.0;
    theta[nv + i] = -4.0;
  }
  theta[2 * nv] = -32.2;
  const hm_model model = twin_model(nv, nh, theta);
  const hm_working working = twin_working(&model);
  const float *b0 = new_base(nv, 0.0);
  const double *law = twin_visible_law(&model);
  const hm_rows all = {NULL, 0, M};
  hm_chains plain = new_chains(&model, M);
  plain.v.n = M;
  memset(plain.v.count, 0, M * sizeof(int));
  hm_chains_mean_h(&working, twin_hw(2), &plain);
  hm_gibbs(&working, &all, &at, 0, 400, &patient, twin_hw(2), &plain);
  long crossed = 0;
  for (int s = 0; s < M; s++) {
    crossed += plain.v.count[s] > nv / 2;
  }
  CHECK((double)crossed < 0.02 * M, "a plain chain hardly crosses");
  for (int from_base = 0; from_base < 2; from_base++) {
    hm_temper_work work = twin_ladders(model.nv, model.nh, M, R);
    work.b0 = b0;
    if (from_base) {
      hm_temper_start(&working, &at, twin_hw(2), &work);
    } else {
      hm_temper_fresh(&work);
      memset(work.chains.v.count, 0, M * R * sizeof(int));
    }
    hm_temper(&working, &at, 0, 400, &patient, twin_hw(2), &work);
    hm_chains cold = new_chains(&model, M);
    hm_temper_cold(&work, 0, work.ladders, &cold);
    long *seen = twin_counts(of_v);
    double trips = 0.0;
    for (int m = 0; m < M; m++) {
      const int s = row_of(&work, m, R - 1);
      CHECK(twin_number(&cold.v, m) == twin_number(&work.chains.v, s),
            "the cold ones are those on the last rung");
      CHECK(twin_number(&cold.h, m) == twin_number(&work.chains.h, s),
            "with their hidden units");
      seen[twin_number(&cold.v, m)]++;
      trips += work.trips[m];
    }
    CHECK(twin_misfit(of_v, seen, law) <= 1.0, "ladders reach both patterns");
    CHECK(trips > 5.0 * M, "replicas go from end to end");
  }
}

/* One sweep by plain loops in single precision, and what is offered after it.
 */
typedef struct {
  int nv, nh, R;
  double *v, *h, *D; /* R states */
  int *rung;
} ladder;

static void plain_sweep(const hm_model *model, const float *b0, int m, int t,
                        int turn, const double *beta, ladder *of) {
  const int nv = of->nv, nh = of->nh, R = of->R;
  const hm_stream for_h =
      hm_stream_of(key, HM_DRAW_HIDDEN, at.step, (uint32_t)t);
  const hm_stream for_v =
      hm_stream_of(key, HM_DRAW_VISIBLE, at.step, (uint32_t)t);
  const hm_stream for_swap =
      hm_stream_of(key, HM_DRAW_SWAP, at.step, (uint32_t)t);
  float *to_h = twin_layer(nh), *to_v = twin_layer(nv);
  double u[64];
  for (int q = 0; q < R; q++) {
    double *v = of->v + q * nv, *h = of->h + q * nh;
    const float warm = (float)beta[of->rung[q]];
    const uint32_t row = (uint32_t)(m * R + q);
    twin_single_to_hidden(model, v, to_h);
    for (int j = 0; j < hm_panels_across(nh) * HM_PANEL; j++) {
      to_h[j] = warm * to_h[j];
    }
    hm_sigm_singles(HM_PLAIN, hm_panels_across(nh) * HM_PANEL, to_h, to_h);
    twin_single_draw(nh, to_h, &for_h, row, h);
    twin_single_to_visible(model, h, to_v);
    for (int i = 0; i < hm_panels_across(nv) * HM_PANEL; i++) {
      const float mine = warm * to_v[i], other = (1.0f - warm) * b0[i];
      to_v[i] = mine + other;
    }
    hm_sigm_singles(HM_PLAIN, hm_panels_across(nv) * HM_PANEL, to_v, to_v);
    twin_single_draw(nv, to_v, &for_v, row, v);
    twin_single_to_hidden(model, v, to_h);
    of->D[q] = 0.0;
    for (int i = 0; i < nv; i++) {
      of->D[q] += v[i] > 0.0 ? (double)(float)model->b[i] - (double)b0[i] : 0.0;
    }
    for (int j = 0; j < nh; j++) {
      of->D[q] += h[j] > 0.0 ? (double)to_h[j] : 0.0;
    }
  }
  hm_uniforms(&for_swap, (uint32_t)m, 0, R, u);
  for (int r = turn; r + 1 < R; r += 2) {
    int hot = 0, cold = 0;
    for (int q = 0; q < R; q++) {
      hot = of->rung[q] == r ? q : hot;
      cold = of->rung[q] == r + 1 ? q : cold;
    }
    if (u[r] < exp((beta[r] - beta[r + 1]) * (of->D[cold] - of->D[hot]))) {
      of->rung[hot] = r + 1;
      of->rung[cold] = r;
    }
  }
}

/* Ladders are those of plain loops, bit by bit, at every level, by one thread
 * and by two; in one call and in two; and with what was saved in between. */
static void check_plain(int nv, int nh, int M, int R, double size) {
  enum { sweeps = 5 };
  const hm_model model = twin_machine(nv, nh, size, &chance);
  const hm_working working = twin_working(&model);
  const float *b0 = new_base(nv, 1.0);
  const int room = M * R;
  double *v = twin_reals((ptrdiff_t)room * nv);
  double *h = twin_reals((ptrdiff_t)room * nh), *D = twin_reals(room);
  int *rung = twin_ints(room);
  hm_temper_work start = twin_ladders(model.nv, model.nh, M, R);
  start.b0 = b0;
  hm_temper_start(&working, &at, twin_hw(1), &start);
  twin_spread(nv, &start.chains.v, v);
  for (int m = 0; m < M; m++) {
    ladder of = {nv,
                 nh,
                 R,
                 v + (ptrdiff_t)m * R * nv,
                 h + (ptrdiff_t)m * R * nh,
                 D + m * R,
                 rung + m * R};
    for (int q = 0; q < R; q++) {
      of.rung[q] = q;
    }
    for (int t = 0; t < sweeps; t++) {
      plain_sweep(&model, b0, m, t + 3, t % 2, start.beta, &of);
    }
  }
  const ptrdiff_t numbers = hm_temper_numbers(M, R);
  const ptrdiff_t words = hm_temper_words(twin_binary(nv), M, R);
  double *first = NULL;
  hm_hardware way[8];
  const int ways = twin_ways(way);
  for (int i = 0; i < ways; i++) {
    hm_temper_work once = twin_ladders(model.nv, model.nh, M, R);
    hm_temper_work half = twin_ladders(model.nv, model.nh, M, R);
    hm_temper_work rest = twin_ladders(model.nv, model.nh, M, R);
    once.b0 = half.b0 = rest.b0 = b0;
    double *mine_v = twin_reals((ptrdiff_t)room * nv);
    double *mine_h = twin_reals((ptrdiff_t)room * nh);
    double *kept = twin_reals(numbers), *again = twin_reals(numbers);
    uint32_t *bits = twin_room((size_t)words, sizeof *bits);
    uint32_t *bits_again = twin_room((size_t)words, sizeof *bits);
    hm_temper_start(&working, &at, way[i], &once);
    hm_temper(&working, &at, 3, sweeps, &patient, way[i], &once);
    twin_spread(nv, &once.chains.v, mine_v);
    twin_spread(nh, &once.chains.h, mine_h);
    CHECK(twin_same_bits((ptrdiff_t)room * nv, mine_v, v) &&
              twin_same_bits((ptrdiff_t)room * nh, mine_h, h) &&
              memcmp(once.rung, rung, (size_t)room * sizeof(int)) == 0,
          "ladders are those of plain loops");
    hm_temper_start(&working, &at, way[i], &half);
    hm_temper(&working, &at, 3, 2, &patient, way[i], &half);
    hm_temper_save(&half, bits, kept);
    CHECK(hm_temper_load(bits, kept, rest.ladders, &rest),
          "what was saved is sound");
    hm_temper_save(&rest, bits_again, again);
    CHECK(twin_same_bits(numbers, kept, again) &&
              memcmp(bits, bits_again, (size_t)words * sizeof *bits) == 0,
          "and comes back bit by bit");
    hm_temper(&working, &at, 5, sweeps - 2, &patient, way[i], &rest);
    hm_temper_save(&rest, bits_again, again);
    hm_temper_save(&once, bits, kept);
    CHECK(twin_same_bits(numbers, kept, again) &&
              memcmp(bits, bits_again, (size_t)words * sizeof *bits) == 0,
          "to go on as if it had never been away");
    first = first ? first : kept;
    CHECK(twin_same_bits(numbers, kept, first),
          "numbers do not depend on the hardware");
  }
}

/* Numbers that are not those of ladders are not loaded. */
static void check_load(void) {
  enum { nv = 5, nh = 2, M = 3, R = 4 };
  const hm_model model = twin_machine(nv, nh, 1.0, &chance);
  const hm_working working = twin_working(&model);
  hm_temper_work work = twin_ladders(model.nv, model.nh, M, R);
  work.b0 = new_base(nv, 1.0);
  const ptrdiff_t numbers = hm_temper_numbers(M, R);
  double *good = twin_reals(numbers);
  uint32_t *words =
      twin_room((size_t)hm_temper_words(twin_binary(nv), M, R), sizeof *words);
  hm_temper_start(&working, &at, twin_hw(1), &work);
  hm_temper(&working, &at, 0, 9, &patient, twin_hw(1), &work);
  hm_temper_save(&work, words, good);
  CHECK(hm_temper_load(words, good, work.ladders, &work),
        "sound numbers are loaded");
  static const double wrong[] = {-1.0,     0.5,       1e9,
                                 HUGE_VAL, -HUGE_VAL, (double)NAN};
  const ptrdiff_t labels = 3 * R - 2;
  for (ptrdiff_t i = 0; i < numbers; i++) {
    for (size_t w = 0; w < sizeof wrong / sizeof *wrong; w++) {
      double *bad = twin_copy(numbers, good);
      bad[i] = wrong[w];
      const int inner = i < R ? i > 0 && i < R - 1 : i < labels;
      const int may =
          (inner && wrong[w] >= 0.5 && wrong[w] < HUGE_VAL) ||
          (i >= labels + M * R && wrong[w] >= 1e9 && wrong[w] < HUGE_VAL);
      CHECK(may || !hm_temper_load(words, bad, work.ladders, &work),
            "numbers that cannot be are refused");
    }
  }
  double *twice = twin_copy(numbers, good);
  twice[labels] = twice[labels + 1];
  CHECK(!hm_temper_load(words, twice, work.ladders, &work),
        "no rung has two replicas");
}

static void check_stop(void) {
  enum { nv = 6, nh = 4, M = 3, R = 3 };
  const hm_model model = twin_machine(nv, nh, 1.0, &chance);
  const hm_working working = twin_working(&model);
  hm_temper_work stopped = twin_ladders(model.nv, model.nh, M, R);
  stopped.b0 = new_base(nv, 1.0);
  twin_patience patience = {0, 2};
  const hm_watch watch = {twin_ask, &patience, NULL};
  hm_temper_start(&working, &at, twin_hw(1), &stopped);
  CHECK(hm_temper(&working, &at, 0, 9, &watch, twin_hw(1), &stopped) ==
            HM_INTERRUPTED,
        "the watch stops ladders");
  hm_temper_fresh(&stopped);
  patience.asked = 0;
  CHECK(hm_temper_settle(&working, &at, 0, 40, &watch, twin_hw(1), &stopped) ==
            HM_INTERRUPTED,
        "the watch stops settling");
}

/* Rungs by hand: refusals 0.1, 0.3, 0.2 and 0 sum to 0.6, and a fourth of that
 * is half way from 1/4 to 1/2 ... */
static void check_adapt(void) {
  enum { R = 5 };
  static const double refused[R - 1] = {0.1, 0.3, 0.2, 0.0};
  double beta[R] = {0.0, 0.25, 0.5, 0.75, 1.0}, room[R];
  const double wanted[R] = {0.0, 0.25 + 0.25 * 0.05 / 0.3,
                            0.25 + 0.25 * 0.2 / 0.3, 0.5 + 0.25 * 0.05 / 0.2,
                            1.0};
  hm_ladder_adapt(R, refused, 1.0, room, beta);
  CHECK_NEAR(twin_gap(R, beta, wanted), 0.0, 2e-3);
  double half[R] = {0.0, 0.25, 0.5, 0.75, 1.0};
  hm_ladder_adapt(R, refused, 0.5, room, half);
  for (int r = 0; r < R; r++) {
    CHECK_NEAR(half[r], 0.5 * (r / 4.0 + beta[r]), 1e-15);
  }
  static const double none[R - 1] = {0.0, 0.0, 0.0, 0.0};
  double uneven[R] = {0.0, 0.1, 0.2, 0.9, 1.0};
  hm_ladder_adapt(R, none, 1.0, room, uneven);
  for (int r = 0; r < R; r++) {
    CHECK_NEAR(uneven[r], r / 4.0, 1e-15);
  }
  static const double first[R - 1] = {1.0, 0.0, 0.0, 0.0};
  double crowd[R] = {0.0, 0.25, 0.5, 0.75, 1.0};
  for (int again = 0; again < 50; again++) {
    hm_ladder_adapt(R, first, 1.0, room, crowd);
    int ascends = 1;
    for (int r = 0; r < R - 1; r++) {
      ascends = ascends && crowd[r] < crowd[r + 1];
    }
    CHECK(ascends, "rungs stay in order");
  }
  static const double only[1] = {0.4};
  double two[2] = {0.0, 1.0};
  hm_ladder_adapt(2, only, 1.0, room, two);
  CHECK_NEAR(two[1] - two[0], 1.0, 0.0);
}

/* Settled ladders refuse equally often between all rungs, where even ones do
 * not, and what was counted on the way there is forgotten. */
static void check_settle(void) {
  enum { nv = 20, nh = 10, M = 20, R = 6, sweeps = 600 };
  const hm_model model = twin_machine(nv, nh, 4.0, &chance);
  const hm_working working = twin_working(&model);
  hm_temper_work work = twin_ladders(model.nv, model.nh, M, R);
  work.b0 = new_base(nv, 0.0);
  hm_temper_start(&working, &at, twin_hw(2), &work);
  double low[2], high[2];
  for (int settled = 0; settled < 2; settled++) {
    if (settled) {
      hm_temper_settle(&working, &at, 1000, sweeps, &patient, twin_hw(2),
                       &work);
      CHECK_NEAR(work.swept, 600.0 + sweeps, 0.0);
    }
    hm_temper(&working, &at, 3000 * settled, 600, &patient, twin_hw(2), &work);
    low[settled] = 1.0;
    high[settled] = 0.0;
    for (int r = 0; r < R - 1; r++) {
      const double share = work.refused[r] / work.tried[r];
      CHECK_NEAR(work.tried[r], M * 300.0, 0.0);
      low[settled] = fmin(low[settled], share);
      high[settled] = fmax(high[settled], share);
    }
  }
  CHECK(high[0] - low[0] > 0.3, "even rungs are uneven");
  CHECK(high[1] - low[1] < 0.1, "settled ones are not");
  const double before = work.beta[1];
  hm_temper_adapt(1.0, 0.25, &work);
  CHECK_NEAR(work.tried[0], M * 75.0, 0.0);
  CHECK(fabs(work.beta[1] - before) > 0.0, "counts move rungs");
  hm_temper_fresh(&work);
  hm_temper_adapt(1.0, 1.0, &work);
  CHECK_NEAR(work.beta[1], 1.0 / (R - 1), 0.0);
  hm_temper_settle(&working, &at, 0, 1, &patient, twin_hw(1), &work);
  CHECK_NEAR(work.beta[1], 1.0 / (R - 1), 0.0); /* not every pair was tried */
}

static void few_sweeps(int M, int threads) {
  const hm_model model = twin_machine(40, 40, 0.1, &chance);
  const hm_working working = twin_working(&model);
  hm_temper_work work = twin_ladders(model.nv, model.nh, M, 2);
  work.b0 = new_base(40, 1.0);
  hm_temper_start(&working, &at, twin_hw(threads), &work);
  hm_temper(&working, &at, 0, 2, &patient, twin_hw(threads), &work);
}

static void checks(void) {
  twin_check_threads(few_sweeps, 3, 1000);
  check_no_drift(0);
  check_no_drift(1);
  check_refused();
  check_two_modes();
  check_plain(5, 3, 4, 3, 1.0);
  check_plain(33, 64, 3, 2, 0.5);
  check_plain(100, 31, 2, 7, 2.0);
  check_plain(50, 70, 3, 40, 0.5);  /* more rungs than one panel of chances */
  check_plain(120, 90, 30, 6, 0.3); /* enough for threads */
  check_load();
  check_stop();
  check_adapt();
  check_settle();
}
