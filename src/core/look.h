/* Floor 7: a look at persistent chains while the model stands still.
 *
 * Copies of the chains run on from where they are, and their free energies on
 * the way tell whether they mix: while the model moves, chains that it drives
 * from state to state look as if they did so by themselves.
 */
#ifndef HM_LOOK_H
#define HM_LOOK_H

#include "draws.h"
#include "estimator.h"

typedef struct {
  const hm_estimator *estimator;
  hm_estimator_options options;
  int chains; /* looked at, the first so many */
  hm_draws_work draws;
  hm_temper_work ladders; /* where the chains are such: the caller then sets
                             ladders.b0 after laying */
  uint64_t *bits;         /* the states that they start from, */
  double *x;              /* or, of a valued layer, columns of them */
} hm_look_work;

/* For a look at `chains` chains of an estimator that has at least so many. */
void hm_look_lay(hm_arena *arena, const hm_model *model,
                 const hm_estimator *estimator,
                 const hm_estimator_options *options, int chains,
                 hm_look_work *work);

/* F (work->chains columns of `sweeps`) := the free energy of each chain after
 * each sweep, from the particles that the estimator keeps. The rungs of ladders
 * stay where they are. */
hm_status hm_look(const hm_model *model, const hm_particles *particles,
                  int sweeps, const uint32_t key[2], const hm_watch *watch,
                  hm_hardware hw, hm_look_work *work, double *F);

#endif
