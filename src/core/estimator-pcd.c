/* Persistent contrastive divergence (Younes 1989; Tieleman 2008): k Gibbs
 * sweeps from where the last update left the chains. With fast weights
 * (Tieleman and Hinton 2009) the chains run on the weights plus others that
 * learn faster and fade, which the trainer keeps. */
#include <string.h>

#include "estimator.h"

static ptrdiff_t words(const hm_layer *visible,
                       const hm_estimator_options *options) {
  return hm_chain_words(visible) * options->chains;
}

static hm_rows chains_from(const hm_update *update, int from,
                           const hm_phases *phases) {
  const hm_rows all = {NULL, 0, update->options->chains};
  return hm_rows_from(&all, from, phases->room);
}

static void start(const hm_update *update, hm_phases *phases) {
  const ptrdiff_t each = hm_chain_words(update->working->visible);
  for (int from = 0; from < update->options->chains; from += phases->room) {
    const hm_rows rows = chains_from(update, from, phases);
    hm_start(update->working, &rows, update->chance, update->hw,
             &phases->chains);
    hm_chains_save(&phases->chains, update->particles->words + from * each);
  }
}

static hm_status negative_phase(const hm_update *update, int from,
                                hm_phases *phases) {
  const ptrdiff_t first = from * hm_chain_words(update->working->visible);
  hm_chains *chains = &phases->chains;
  if (from >= update->options->chains) {
    return HM_OK;
  }
  const hm_rows rows = chains_from(update, from, phases);
  hm_chains_load(update->particles->words + first, rows.n, chains);
  hm_chains_mean_h(update->sampled, update->hw, chains);
  const hm_status status =
      hm_gibbs(update->sampled, &rows, update->chance, 0, update->options->k,
               update->watch, update->hw, chains);
  hm_chains_save(chains, phases->after.words + first);
  hm_phases_set_draws(update->hw.level, HM_ALIKE, phases);
  return status;
}

const hm_estimator hm_estimator_pcd = {.name = "pcd",
                                       .persistent = 1,
                                       .words = words,
                                       .start = start,
                                       .negative_phase = negative_phase};

const hm_estimator hm_estimator_fpcd = {.name = "fpcd",
                                        .persistent = 1,
                                        .fast = 1,
                                        .words = words,
                                        .start = start,
                                        .negative_phase = negative_phase};
