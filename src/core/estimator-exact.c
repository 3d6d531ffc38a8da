/* The average over the model itself, by every state of the smaller layer. */
#include "estimator.h"
#include "partition.h"

typedef struct {
  hm_moments_work moments;
  double *average; /* [<v h'> by rows | <v> | <h>] */
} exact_work;

static void lay_own(hm_arena *arena, const hm_model *shape, hm_hardware hw,
                    exact_work *own) {
  hm_moments_lay(arena, shape, hw, &own->moments);
  own->average =
      hm_allot(arena, hm_parameters(shape->nv, shape->nh), sizeof(double));
}

static void lay(hm_arena *arena, const hm_model *shape,
                const hm_estimator_options *options, hm_hardware hw,
                hm_phases *phases) {
  exact_work *own = hm_allot(arena, 1, sizeof *own);
  exact_work measured;
  (void)options;
  phases->own = own;
  lay_own(arena, shape, hw, own ? own : &measured);
}

static hm_status negative_phase(const hm_update *update, int from,
                                hm_phases *phases) {
  const hm_model *model = update->model;
  const int nv = model->nv, nh = model->nh;
  const ptrdiff_t weights = (ptrdiff_t)nv * nh;
  exact_work *own = phases->own;
  double log_z;
  if (from > 0) {
    return HM_OK;
  }
  hm_walk_set(model, &own->moments.walk);
  const hm_status status =
      hm_moments(update->watch, &own->moments, own->average + weights,
                 own->average + weights + nv, own->average, &log_z);
  double *sum = hm_phases_sum(phases);
  for (ptrdiff_t i = 0; i < hm_parameters(nv, nh); i++) {
    sum[i] += own->average[i];
  }
  return status;
}

const hm_estimator hm_estimator_exact = {.name = "exact",
                                         .counts = 1,
                                         .needs_model = 1,
                                         .adds = 1,
                                         .lay = lay,
                                         .negative_phase = negative_phase};
