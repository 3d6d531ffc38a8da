/* Floor 7: updates of binary machines by a team of threads, each of which owns
 * what it computes.
 *
 * Contrastive divergence, from the data or by persistent chains, with steps of
 * sgd. A thread has panels of hidden units, whose inputs, means, draws, sums
 * and steps it makes, and panels of visible units, which it draws: so a weight
 * is written by one thread only. W is there once, by rows, and goes through the
 * cache twice an update: its tiles are turned over as visible units are drawn;
 * and panel by panel, while it is near, the last draws have their means,
 * weights make their step, and the next cases have their means. All threads
 * meet a few times a sweep.
 *
 * The bits are those of hm_gradient_phases() and hm_step(), whatever the number
 * of threads: a sum over lists is made in the same order, and a sum over cases
 * is exact in any.
 */
#ifndef HM_TEAM_H
#define HM_TEAM_H

#include "cases.h"
#include "step.h"

typedef struct {
  const hm_rule *rule;
  int batch_size;
  int k;      /* Gibbs sweeps */
  int chains; /* persistent ones, or 0 */
  int most;   /* threads that there is room for */
  uint32_t key[2];
} hm_team_plan;

/* Visible units that are on, case by case. */
typedef struct {
  hm_lists on;
  uint32_t *bits; /* those of panel p of case s are at p * room + s */
  int *begin; /* where block b of HM_ROWS_AT_ONCE units begins in list s, at b *
                 room + s, and where the last one ends */
} hm_team_states;

typedef struct {
  int room; /* for so many cases, or chains */
  hm_team_states data;
  hm_team_states draws;
  uint32_t *hidden_bits; /* like bits above, of hidden units that are drawn */
  hm_panels data_mean;   /* p(h | v) of the data, on the grid, and a row of 0 */
  hm_panels mean;        /* and as states are drawn from it */
  hm_lists by_unit;      /* of each visible unit, rows that are added up, */
  hm_lists drawn;        /* and of the draws where the two are apart */
  int *order;            /* of both, by lengths, panel by panel */
  double *data_total;    /* nv + nh: means in the data */
  float *own;            /* `each` numbers for each thread */
  int *own_order;        /* and `orders`, see team.c */
  ptrdiff_t each;
  ptrdiff_t orders;
  hm_status status;
} hm_team;

/* Whether a team can train a machine of these layers on these cases: all else
 * is for those who make an update step by step. */
int hm_team_can(const hm_team_plan *plan, const hm_layer *visible,
                const hm_layer *hidden, const hm_cases *cases);

void hm_team_lay(hm_arena *arena, const hm_team_plan *plan, int nv, int nh,
                 hm_team *team);

/* What a run is about: batch number *batch and on, up to `batches`, of the
 * cases in `order`, whose first update has the number `number`. */
typedef struct {
  const hm_cases *cases;
  const int *order;
  uint32_t number;
  int batches;
  uint32_t *chains; /* hm_chain_words() each */
} hm_team_task;

/* *norms += the norms of the changes of W. On HM_INTERRUPTED the last update is
 * whole, and *batch the next one. */
hm_status hm_team_train(const hm_team_plan *plan, const hm_team_task *task,
                        const hm_watch *watch, hm_hardware hw, hm_team *team,
                        hm_trained *trained, int *batch, double *norms);

#endif
