/* Fits ready to begin, for tests of the trainer and of its teams. */
#ifndef HM_TWIN_FIT_H
#define HM_TWIN_FIT_H

#include "fit.h"

#include "twin.h"

/* Room for one fit at a time, full of bits that make NaN each time. */
static inline hm_fit_work twin_fit_work(const hm_plan *plan,
                                        const hm_cases *cases) {
  static hm_arena room;
  hm_arena measured = {NULL, 0};
  hm_fit_work work;
  memset(&work, 0, sizeof work);
  hm_fit_lay(&measured, plan, cases, &work);
  if (measured.used > room.used) {
    room = twin_arena(&measured);
    room.used = measured.used;
  }
  memset(room.base, 0xFF, room.used);
  hm_arena arena = {room.base, 0};
  hm_fit_lay(&arena, plan, cases, &work);
  CHECK(arena.used == measured.used, "laying takes what was measured");
  return work;
}

/* How long the arrays of a state are. */
typedef struct {
  ptrdiff_t theta, memory, offsets, fast, words, numbers;
} twin_lengths;

static inline twin_lengths twin_lengths_of(const hm_plan *plan, int nv) {
  const int nh = plan->nh;
  const ptrdiff_t size = hm_parameters(nv, nh);
  const twin_lengths of = {
      size,
      size * plan->rule.optimiser->slots,
      (ptrdiff_t)nv + 2 * nh,
      plan->estimator->fast ? size : 0,
      hm_estimator_words(plan->estimator, twin_binary(nv), &plan->estimation),
      hm_estimator_numbers(plan->estimator, &plan->estimation)};
  return of;
}

static inline hm_state twin_fit_state(const hm_plan *plan, int nv) {
  const twin_lengths of = twin_lengths_of(plan, nv);
  hm_state state = {.theta = twin_reals(of.theta),
                    .memory = twin_reals(of.memory),
                    .offsets = twin_reals(of.offsets),
                    .fast = twin_reals(of.fast),
                    .particles = {twin_room((size_t)of.words, sizeof(uint32_t)),
                                  twin_reals(of.numbers)},
                    .tally = twin_reals(HM_TALLY)};
  return state;
}

static inline int twin_same_state(const hm_plan *plan, int nv,
                                  const hm_state *a, const hm_state *b) {
  const twin_lengths of = twin_lengths_of(plan, nv);
  return twin_same_bits(of.theta, a->theta, b->theta) &&
         twin_same_bits(of.memory, a->memory, b->memory) &&
         twin_same_bits(of.offsets, a->offsets, b->offsets) &&
         twin_same_bits(of.fast, a->fast, b->fast) &&
         memcmp(a->particles.words, b->particles.words,
                (size_t)of.words * sizeof(uint32_t)) == 0 &&
         twin_same_bits(of.numbers, a->particles.numbers,
                        b->particles.numbers) &&
         twin_same_bits(HM_TALLY, a->tally, b->tally);
}

/* A state where a fit from small weights begins. */
static inline hm_state twin_begun(const hm_plan *plan, const hm_cases *cases,
                                  double sd) {
  hm_fit_work work = twin_fit_work(plan, cases);
  hm_state state = twin_fit_state(plan, cases->nv);
  hm_fit_start(cases, plan->nh, sd, plan->key, plan->hw, state.theta);
  hm_fit_begin(plan, cases, &work, &state);
  return state;
}

#endif
