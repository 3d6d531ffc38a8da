/* Contrastive divergence (Hinton 2002): k Gibbs sweeps from the data. */
#include "estimator.h"

static hm_status negative_phase(const hm_model *model, const hm_rows *rows,
                                const hm_chance *chance, int k,
                                const hm_watch *watch, int threads,
                                hm_chains *chains) {
  return hm_gibbs(model, rows, chance, 0, k, watch, threads, chains);
}

const hm_estimator hm_estimator_cd = {"cd", negative_phase};
