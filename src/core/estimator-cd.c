/* Contrastive divergence (Hinton 2002): k Gibbs sweeps from the data. */
#include "estimator.h"

static hm_status negative_phase(const hm_working *working, const hm_rows *rows,
                                const hm_chance *chance, int k,
                                const hm_watch *watch, hm_hardware hw,
                                hm_chains *chains) {
  return hm_gibbs(working, rows, chance, 0, k, watch, hw, chains);
}

const hm_estimator hm_estimator_cd = {"cd", negative_phase};
