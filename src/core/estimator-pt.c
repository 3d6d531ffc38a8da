/* Persistent chains with parallel tempering (Desjardins et al. 2010; Cho, Raiko
 * and Ilin 2010): each chain is a ladder of replicas from independent units to
 * the model, and the draws are those of the coldest. The rungs move towards
 * equal rates of refusal, less and less. */
#include "estimator.h"
#include "temper.h"

static ptrdiff_t words(const hm_layer *visible,
                       const hm_estimator_options *options) {
  return hm_temper_words(visible, options->chains, options->temperatures);
}

static ptrdiff_t numbers(const hm_estimator_options *options) {
  return hm_temper_numbers(options->chains, options->temperatures);
}

static void lay(hm_arena *arena, const hm_model *shape,
                const hm_estimator_options *options, hm_hardware hw,
                hm_phases *phases) {
  hm_temper_work *own = hm_allot(arena, 1, sizeof *own);
  hm_temper_work measured;
  (void)hw;
  phases->own = own;
  hm_temper_lay(arena, shape->visible, shape->hidden, options->chains,
                options->temperatures, own ? own : &measured);
}

static void start(const hm_update *update, hm_phases *phases) {
  hm_temper_work *own = phases->own;
  own->b0 = update->base;
  hm_temper_fresh(own);
  hm_temper_start(update->working, update->chance, update->hw, own);
  hm_temper_save(own, update->particles->words, update->particles->numbers);
}

static hm_status negative_phase(const hm_update *update, int from,
                                hm_phases *phases) {
  static const double share = 0.1, keep = 0.99;
  hm_temper_work *own = phases->own;
  if (from >= update->options->chains) {
    return HM_OK;
  }
  if (from == 0) {
    own->b0 = update->base;
    /* No update leaves numbers that are not those of ladders: where a host has
     * others, these start anew. */
    if (!hm_temper_load(update->particles->words, update->particles->numbers,
                        own->ladders, own)) {
      hm_temper_start(update->working, update->chance, update->hw, own);
    }
    const hm_status status =
        hm_temper(update->working, update->chance, 0, update->options->k,
                  update->watch, update->hw, own);
    if (status != HM_OK) {
      return status;
    }
    hm_temper_adapt(share, keep, own);
    hm_temper_save(own, phases->after.words, phases->after.numbers);
  }
  hm_temper_cold(own, from, phases->room, &phases->chains);
  hm_chains_mean_h(update->working, update->hw, &phases->chains);
  hm_phases_set_draws(update->hw.level, HM_ALIKE, phases);
  return HM_OK;
}

static void report(const hm_estimator_options *options,
                   const hm_particles *particles, const double tally[HM_COUNTS],
                   hm_chain_report *of) {
  (void)tally;
  of->swap_rate =
      hm_temper_swap_rate(options->temperatures, particles->numbers);
}

const hm_estimator hm_estimator_pt = {.name = "pt",
                                      .persistent = 1,
                                      .ladders = 1,
                                      .words = words,
                                      .numbers = numbers,
                                      .start = start,
                                      .lay = lay,
                                      .negative_phase = negative_phase,
                                      .report = report};
