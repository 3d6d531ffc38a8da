/* A look at chains: free energies of copies that run on, by the functions that
 * move chains and ladders, and nothing else moves. */
#include "look.h"

#include "check.h"
#include "twin-ladders.h"

static uint64_t chance = 67;
static const uint32_t key[2] = {4u, 9u};
static const hm_watch patient = {NULL, NULL, NULL};

static hm_look_work new_work(const hm_model *model,
                             const hm_estimator *estimator,
                             const hm_estimator_options *options,
                             const float *b0, int chains) {
  hm_arena measured = {NULL, 0};
  hm_look_work work;
  hm_look_lay(&measured, model, estimator, options, chains, &work);
  hm_arena arena = twin_arena(&measured);
  hm_look_lay(&arena, model, estimator, options, chains, &work);
  CHECK(arena.used == measured.used, "laying takes what was measured");
  work.ladders.b0 = b0;
  return work;
}

static uint32_t *some_words(int n, int nv) {
  const ptrdiff_t each = hm_chain_words(twin_binary(nv));
  uint32_t *words = twin_room((size_t)(n * each), sizeof *words);
  for (ptrdiff_t w = 0; w < n * each; w++) {
    words[w] = (uint32_t)(twin_uniform(&chance) * 0x1p32);
    if (w % each == each - 1 && nv % 32) {
      words[w] &= (1u << nv % 32) - 1u;
    }
  }
  return words;
}

/* By every level and two threads the same bits, and what was kept stays. */
static void check_all_ways(const hm_model *model, const char *name,
                           const hm_estimator_options *options, const float *b0,
                           const hm_particles *particles, int chains,
                           int sweeps, const double *naive) {
  const hm_estimator *estimator = hm_estimator_named(name);
  hm_hardware way[8];
  const int ways = twin_ways(way);
  for (int i = 0; i < ways; i++) {
    hm_look_work work = new_work(model, estimator, options, b0, chains);
    double *F = twin_reals((ptrdiff_t)chains * sweeps);
    CHECK(hm_look(model, particles, sweeps, key, &patient, way[i], &work, F) ==
              HM_OK,
          "a look goes through");
    CHECK(twin_same_bits((ptrdiff_t)chains * sweeps, F, naive),
          "free energies are those of chains that run on");
  }
  twin_patience patience = {0, 2};
  const hm_watch watch = {twin_ask, &patience, NULL};
  hm_look_work work = new_work(model, estimator, options, b0, chains);
  double *F = twin_reals((ptrdiff_t)chains * sweeps);
  CHECK(hm_look(model, particles, sweeps, key, &watch, twin_hw(1), &work, F) ==
            HM_INTERRUPTED,
        "a stop comes through");
}

static void check_chains(const char *name, int nv, int nh, int all, int chains,
                         int sweeps) {
  const hm_model model = twin_machine(nv, nh, 1.0, &chance);
  const hm_working working = twin_working(&model);
  const hm_estimator_options options = {1, all, 2, 1};
  uint32_t *words = some_words(all, nv);
  const hm_particles particles = {words, NULL};
  const hm_rows rows = {NULL, 0, chains};
  const hm_chance at = {key, 0};
  double *F = twin_reals(chains), *naive = twin_reals(chains * sweeps);
  hm_arena measured = {NULL, 0};
  hm_chains by_hand;
  hm_chains_lay(&measured, twin_binary(nv), twin_binary(nh), chains, 0,
                &by_hand);
  hm_arena arena = twin_arena(&measured);
  hm_chains_lay(&arena, twin_binary(nv), twin_binary(nh), chains, 0, &by_hand);
  hm_chains_load(words, chains, &by_hand);
  by_hand.free_energy = F;
  hm_chains_mean_h(&working, twin_hw(1), &by_hand);
  for (int t = 0; t < sweeps; t++) {
    hm_gibbs(&working, &rows, &at, t, 1, &patient, twin_hw(1), &by_hand);
    for (int m = 0; m < chains; m++) {
      naive[m * sweeps + t] = F[m];
    }
  }
  check_all_ways(&model, name, &options, NULL, &particles, chains, sweeps,
                 naive);
}

static void check_ladders(int nv, int nh, int all, int chains, int rungs,
                          int sweeps) {
  const hm_model model = twin_machine(nv, nh, 1.0, &chance);
  const hm_working working = twin_working(&model);
  const hm_estimator_options options = {1, all, rungs, 1};
  const hm_chance at = {key, 0}, before = {key, 3};
  hm_temper_work kept = twin_ladders(model.nv, model.nh, all, rungs);
  hm_temper_work mine = twin_ladders(model.nv, model.nh, chains, rungs);
  float *b0 = twin_layer(nv);
  double *F = twin_reals(chains), *naive = twin_reals(chains * sweeps);
  hm_particles particles = {
      twin_room((size_t)hm_temper_words(twin_binary(nv), all, rungs),
                sizeof(uint32_t)),
      twin_reals(hm_temper_numbers(all, rungs))};
  hm_arena measured = {NULL, 0};
  hm_chains cold;
  hm_chains_lay(&measured, twin_binary(nv), twin_binary(nh), chains, 0, &cold);
  hm_arena arena = twin_arena(&measured);
  hm_chains_lay(&arena, twin_binary(nv), twin_binary(nh), chains, 0, &cold);
  cold.free_energy = F;
  hm_set_singles(nv, twin_random(nv, -1.0, 1.0, &chance), b0);
  kept.b0 = mine.b0 = b0;
  hm_temper_start(&working, &before, twin_hw(1), &kept);
  hm_temper(&working, &before, 0, 5, &patient, twin_hw(1), &kept);
  hm_temper_save(&kept, particles.words, particles.numbers);
  CHECK(hm_temper_load(particles.words, particles.numbers, all, &mine),
        "the first of the ladders are ladders");
  for (int t = 0; t < sweeps; t++) {
    hm_temper(&working, &at, t, 1, &patient, twin_hw(1), &mine);
    hm_temper_cold(&mine, 0, chains, &cold);
    hm_chains_mean_h(&working, twin_hw(1), &cold);
    for (int m = 0; m < chains; m++) {
      naive[m * sweeps + t] = F[m];
    }
  }
  check_all_ways(&model, "pt", &options, b0, &particles, chains, sweeps, naive);
}

static void checks(void) {
  check_chains("pcd", 1, 1, 1, 1, 3);
  check_chains("pcd", 70, 33, 9, 9, 5);
  check_chains("fpcd", 40, 5, 9, 4, 5);
  check_ladders(3, 2, 1, 1, 2, 3);
  check_ladders(70, 33, 6, 6, 3, 4);
  check_ladders(40, 5, 6, 2, 4, 4);
}
