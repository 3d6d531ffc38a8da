#include "look.h"

#include <string.h>

void hm_look_lay(hm_arena *arena, const hm_model *model,
                 const hm_estimator *estimator,
                 const hm_estimator_options *options, int chains,
                 hm_look_work *work) {
  const int nv = model->nv, nh = model->nh;
  const int room =
      estimator->ladders ? chains : hm_chains_at_once(nv, nh, chains);
  work->estimator = estimator;
  work->options = *options;
  work->chains = chains;
  hm_draws_lay(arena, model, room, model->visible->valued, &work->draws);
  if (estimator->ladders) {
    hm_temper_lay(arena, model->visible, model->hidden, chains,
                  options->temperatures, &work->ladders);
  }
  work->bits =
      hm_allot(arena, (ptrdiff_t)chains * hm_words(nv), sizeof(uint64_t));
  work->x = hm_allot(arena, model->visible->valued ? (ptrdiff_t)chains * nv : 0,
                     sizeof(double));
}

/* x (columns of n) := the states of n chains of a valued layer. */
static void take_words(int n, const hm_layer *visible, const uint32_t *words,
                       double *x) {
  const ptrdiff_t each = hm_chain_words(visible);
  for (ptrdiff_t i = 0; i < visible->units; i++) {
    const int place = hm_layer_place(visible, (int)i);
    for (int s = 0; s < n; s++) {
      x[i * n + s] = (double)hm_value_of_word(words[s * each + place]);
    }
  }
}

/* bits := the states of n chains, packed as cases are. */
static void pack_words(int n, const hm_layer *visible, const uint32_t *words,
                       uint64_t *bits) {
  const ptrdiff_t each = hm_chain_words(visible);
  const ptrdiff_t packed = hm_words(visible->units);
  memset(bits, 0, (size_t)(n * packed) * sizeof *bits);
  for (int s = 0; s < n; s++, bits += packed, words += each) {
    for (int q = 0; q < each; q++) {
      const hm_span span = hm_layer_panel(visible, q);
      const int bit = span.first % 64;
      bits[span.first / 64] |= (uint64_t)words[q] << bit;
      if (bit + span.units > 64) {
        bits[span.first / 64 + 1] |= (uint64_t)words[q] >> (64 - bit);
      }
    }
  }
}

hm_status hm_look(const hm_model *model, const hm_particles *particles,
                  int sweeps, const uint32_t key[2], const hm_watch *watch,
                  hm_hardware hw, hm_look_work *work, double *F) {
  /* A draw after each sweep is all that is wanted. */
  hm_draws_plan plan = {.chains = work->chains,
                        .steps = 1,
                        .look_every = 1,
                        .draws = sweeps,
                        .thin = 1};
  hm_draws draws = {.free_energy = F};
  hm_draws_prepare(model, hw.level, &work->draws);
  if (!work->estimator->ladders) {
    const int valued = model->visible->valued;
    const hm_cases start = {.N = work->chains,
                            .nv = model->nv,
                            .bits = valued ? NULL : work->bits,
                            .reals = valued ? work->x : NULL};
    if (valued) {
      take_words(work->chains, model->visible, particles->words, work->x);
    } else {
      pack_words(work->chains, model->visible, particles->words, work->bits);
    }
    plan.start = &start;
    return hm_draws_gibbs(&plan, key, watch, hw, &work->draws, &draws);
  }
  const hm_chance chance = {key, 0};
  if (!hm_temper_load(particles->words, particles->numbers,
                      work->options.chains, &work->ladders)) {
    hm_temper_start(&work->draws.working, &chance, hw, &work->ladders);
  }
  return hm_draws_ladders(&plan, 0, &chance, watch, hw, &work->ladders,
                          &work->draws, &draws);
}
