/* Floor 8: the trainer.
 *
 * One call is one epoch, or what is left of one: every case once, in random
 * order, in batches; after each batch one step of the optimiser; then a look at
 * how the model does. All that carries over from step to step is the state, the
 * epoch's number and that of the batch, so that training can stop after any
 * step and go on to the bit.
 */
#ifndef HM_FIT_H
#define HM_FIT_H

#include "gradient.h"
#include "monitor.h"
#include "step.h"
#include "team.h"

/* What does not change while a model is trained, but for rates and looks. */
typedef struct {
  int nh;
  const hm_layer *visible; /* whose extra parameters are not read */
  const hm_layer *hidden;
  const hm_estimator *estimator;
  hm_estimator_options estimation;
  hm_rule rule;
  int batch_size;
  int targets; /* columns of the visible layer that are to be predicted from the
                  others, ascending; 0 for none */
  const int *target;
  double joint_share; /* see target.h */
  int looks;          /* whether an epoch ends with a look at the model */
  int from_data;      /* whether every second persistent chain, or the coldest
                         replica of every second ladder, begins as a 0/1 case */
  uint32_t key[2];
  const double *base; /* nv biases of independent units, where tempering starts
                       */
  hm_hardware hw;
} hm_plan;

typedef struct {
  hm_phases phases;
  hm_monitor_work monitor_work;
  hm_trained trained;
  hm_particles particles;
  hm_layer *visible; /* with the extra parameters as they are trained */
  hm_run *run;
  hm_fill fill;
  hm_target target;
  int by_team; /* whether updates are made by a team, see team.h */
  hm_team team;
  double norms;   /* the sum of the norms of the changes of W in this epoch */
  double *W_rows; /* nv rows of nh, where the estimator reads the model */
  double *W_cols; /* and nh rows of nv */
  float *base;    /* in whole panels */
  int *order;     /* N */
} hm_fit_work;

typedef struct {
  hm_monitor_report monitor; /* NaN where nobody looked */
  hm_chain_report chains;
  double weight_norm; /* Frobenius norm of W */
  double step_norm;   /* mean over the batches of that of the change of W */
  int batches;        /* how many there were */
} hm_epoch_report;

/* theta := start values: W normal with standard deviation `sd`, c zero, b the
 * log odds of each unit's mean over the data, with half a case added on and off
 * so that a constant unit's are finite. */
void hm_fit_start(const hm_cases *cases, int nh, double sd,
                  const uint32_t key[2], hm_hardware hw, double *theta);

/* Room for what follows. */
void hm_fit_lay(hm_arena *arena, const hm_plan *plan, const hm_cases *cases,
                hm_fit_work *work);

/* Start of all of the state but theta. */
void hm_fit_begin(const hm_plan *plan, const hm_cases *cases, hm_fit_work *work,
                  hm_state *state);

/* work := the state, from which the next epoch goes on. */
void hm_fit_open(const hm_plan *plan, const hm_cases *cases,
                 const hm_state *state, hm_fit_work *work);

/* Epoch number `epoch`, counted from 0, from batch number *batch on. `state`
 * becomes that of the end, or after HM_INTERRUPTED of the last whole step, and
 * *batch is the next one. After HM_DIVERGED it is what it was, and work is of
 * no use. Where the status is not HM_OK there is no report; where the look was
 * interrupted the epoch is over, and *batch the number of batches. */
hm_status hm_fit_epoch(const hm_plan *plan, const hm_cases *cases, int epoch,
                       const hm_watch *watch, hm_fit_work *work, int *batch,
                       hm_state *state, hm_epoch_report *report);

#endif
