#include "look.h"

#include <string.h>

void hm_look_lay(hm_arena *arena, const hm_model *model,
                 const hm_estimator *estimator,
                 const hm_estimator_options *options, int chains,
                 hm_look_work *work) {
  const int nv = model->nv, nh = model->nh;
  const int room =
      estimator->ladders ? chains : hm_chains_at_once(nv, nh, chains);
  work->chains = chains;
  hm_draws_lay(arena, model, room, 0, &work->draws);
  if (estimator->ladders) {
    hm_temper_lay(arena, nv, nh, chains, options->temperatures, &work->ladders);
  }
  work->bits =
      hm_allot(arena, (ptrdiff_t)chains * hm_words(nv), sizeof(uint64_t));
}

/* bits := the states of n chains, two words in one. */
static void join_words(int n, int nv, const uint32_t *words, uint64_t *bits) {
  const ptrdiff_t halves = hm_chain_words(nv), whole = hm_words(nv);
  memset(bits, 0, (size_t)(n * whole) * sizeof *bits);
  for (int s = 0; s < n; s++) {
    for (ptrdiff_t q = 0; q < halves; q++) {
      bits[s * whole + q / 2] |= (uint64_t)words[s * halves + q]
                                 << (q % 2 * HM_PANEL);
    }
  }
}

hm_status hm_look(const hm_model *model, const hm_estimator *estimator,
                  const hm_estimator_options *options, const float *b0,
                  const hm_particles *particles, int sweeps,
                  const uint32_t key[2], const hm_watch *watch, hm_hardware hw,
                  hm_look_work *work, double *F) {
  /* A draw after each sweep is all that is wanted. */
  const hm_draws_plan plan = {.chains = work->chains,
                              .burn = 1,
                              .look_every = 1,
                              .draws = sweeps,
                              .thin = 1};
  hm_draws draws = {.free_energy = F};
  hm_draws_prepare(model, hw.level, &work->draws);
  if (!estimator->ladders) {
    const hm_cases start = {
        .N = work->chains, .nv = model->nv, .bits = work->bits};
    join_words(work->chains, model->nv, particles->words, work->bits);
    return hm_draws_gibbs(&plan, &start, NULL, key, watch, hw, &work->draws,
                          &draws);
  }
  const hm_chance chance = {key, 0};
  if (!hm_temper_load(particles->words, particles->numbers, options->chains,
                      &work->ladders)) {
    hm_temper_start(&work->draws.working, b0, &chance, hw, &work->ladders);
  }
  return hm_draws_ladders(&plan, b0, 0, &chance, watch, hw, &work->ladders,
                          &work->draws, &draws);
}
