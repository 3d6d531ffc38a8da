/* Contrastive divergence (Hinton 2002): k Gibbs sweeps from the data. */
#include "estimator.h"

static hm_status negative_phase(const hm_update *update, int from,
                                hm_phases *phases) {
  const hm_rows piece = hm_rows_from(update->rows, from, phases->room);
  const hm_status status =
      hm_gibbs(update->sampled, &piece, update->chance, 0, update->options->k,
               update->watch, update->hw, &phases->chains);
  hm_phases_set_draws(update->hw.level, HM_OF_CASES, phases);
  return status;
}

const hm_estimator hm_estimator_cd = {.name = "cd",
                                      .negative_phase = negative_phase};
