/* Floor 5: draws of the visible layer by chains that run to a plan.
 *
 * Each chain makes `steps` sweeps. The last of these is looked at, and every
 * `look_every`th before it, `looks` times in all; then come `draws` draws, the
 * first at once and each later one after `thin` more sweeps.
 */
#ifndef HM_DRAWS_H
#define HM_DRAWS_H

#include "cases.h"
#include "temper.h"

typedef struct {
  int chains;
  int steps;
  int looks;
  int look_every; /* the looks go back to half of the burn-in at most */
  int draws;
  int thin;
  int looked_at; /* of the chains, the first so many */

  /* Where chains begin: at a case each, all at the only case, or, where it is
   * null, at draws given no hidden unit on; ladders then at draws of their base
   * law. Cases of ladders are 0/1. */
  const hm_cases *start;
  const hm_clamp *clamp; /* units that are held: words for each chain, or a
                            stride of 0; or null */
} hm_draws_plan;

/* What comes out. Draws stand chain by chain: draw d of chain m is row m draws
 * + d of N = chains draws. */
typedef struct {
  uint64_t *bits;      /* N cases, packed; null where not wanted, or where the
                          layer is valued, */
  double *x;           /* and they are nv columns of N, 0 at first */
  double *mean;        /* the p(v | h) that they were drawn by, nv columns of N;
                          null where not wanted, or where nothing is drawn
                          before the first of them */
  double *free_energy; /* N: F of each draw */
  double *trace;       /* of chains that are looked at, columns of `looks` F */
  double *sums;        /* of each of these chains two columns of nv: sums of
                          the states in the first half of the looks and in the
                          second, without the middle one of an odd number */
} hm_draws;

typedef struct {
  hm_working working;
  hm_chains chains; /* clamp is set by the functions below */
  double *mean;     /* room cases of nv */
  int *row;
  int *only; /* room times case 0 */
  int room;
} hm_draws_work;

/* For `room` chains at a time, which may start from reals; and the working
 * copy, once the room is real. */
void hm_draws_lay(hm_arena *arena, const hm_model *model, int room, int reals,
                  hm_draws_work *work);
void hm_draws_prepare(const hm_model *model, hm_level level,
                      hm_draws_work *work);

/* Chains of block Gibbs sampling. */
hm_status hm_draws_gibbs(const hm_draws_plan *plan, const uint32_t key[2],
                         const hm_watch *watch, hm_hardware hw,
                         hm_draws_work *work, hm_draws *draws);

/* Ladders of parallel tempering in their place, all at a time, by the base law
 * that ladders->b0 has. The first half of the burn-in is what the rungs have to
 * find their places. */
hm_status hm_draws_temper(const hm_draws_plan *plan, const uint32_t key[2],
                          const hm_watch *watch, hm_hardware hw,
                          hm_temper_work *ladders, hm_draws_work *work,
                          hm_draws *draws);

/* The same of ladders as they stand, from sweep `done` of the burn-in on, with
 * what their own chains.clamp holds. */
hm_status hm_draws_ladders(const hm_draws_plan *plan, int done,
                           const hm_chance *chance, const hm_watch *watch,
                           hm_hardware hw, hm_temper_work *ladders,
                           hm_draws_work *work, hm_draws *draws);

#endif
