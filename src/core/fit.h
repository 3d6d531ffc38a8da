/* Floor 8: the trainer.
 *
 * One call is one epoch, or what is left of one: every case once, in random
 * order, in batches; after each batch one step of the optimiser; then a look at
 * how the model does. All that carries over from step to step is the state, the
 * epoch's number and that of the batch, so that training can stop after any
 * step and go on to the bit.
 *
 * Centring. With offsets mu and lambda the energy can be written
 *
 *   E(v, h) = -(v - mu)'b* - c*'(h - lambda) - (v - mu)'W (h - lambda),
 *   b* = b + W lambda,  c* = c + W'mu,
 *
 * the same machine up to a constant. Steps are made in W, b* and c*, whose
 * gradients are gW - mu gc' - gb lambda', gb and gc; what is kept is W, b and
 * c. The offsets follow the means of the units, in the data (centred; Melchior,
 * Fischer and Wiskott 2016) or halfway between data and model (enhanced; Cho,
 * Raiko and Ilin 2011), and moving them does not change the machine.
 */
#ifndef HM_FIT_H
#define HM_FIT_H

#include "gradient.h"
#include "monitor.h"
#include "optim.h"

/* A parameter beyond this means divergence: every probability is then 0 or 1.
 */
#define HM_LARGEST_PARAMETER 1e4

typedef enum { HM_UNCENTRED, HM_CENTRED, HM_ENHANCED } hm_centring;

/* What does not change while a model is trained, but for rates. */
typedef struct {
  int nh;
  const hm_layer *visible; /* of one run each */
  const hm_layer *hidden;
  const hm_estimator *estimator;
  hm_estimator_options estimation;
  const hm_optimiser *optimiser;
  hm_optim_options options;
  hm_centring centring;
  double offset_rate;     /* share of a batch in the running means */
  double fast_rate;       /* learning rate of fast weights, */
  double fast_decay;      /* and what is left of them after a step */
  double sparsity_target; /* mean that hidden units are pulled to, */
  double sparsity_cost;   /* how strongly */
  double max_norm;        /* largest norm of a hidden unit's weights */
  int batch_size;
  uint32_t key[2];
  const double *base; /* nv biases of independent units, where tempering starts
                       */
  hm_hardware hw;
} hm_plan;

/* All that carries over from step to step. */
typedef struct {
  double *theta;   /* [W by rows | b | c] */
  double *memory;  /* of the optimiser, `slots` numbers for each parameter */
  double *offsets; /* [mu | lambda | running means of p(h | v) in the data] */
  double *fast;    /* like theta; null where the estimator has no use for it */
  hm_particles particles;
  double *tally; /* HM_TALLY sums over the steps of the epoch so far */
} hm_state;

/* tally[0] is that of the norms of the changes of W, the rest the estimator's.
 */
#define HM_TALLY (1 + HM_COUNTS)

typedef struct {
  hm_phases phases;
  hm_monitor_work monitor_work;
  hm_working working;
  hm_working sampled; /* with fast weights on top */
  double *W;          /* panels of 32 columns, each of nv rows */
  double *memory;     /* likewise, `slots` numbers for one */
  double *fast;       /* likewise */
  double *W_cols;     /* nh rows of nv, where the estimator reads the model */
  float *base;        /* in whole panels */
  double *of_biases;  /* nv + nh, in whole panels: their gradient */
  double *goal;       /* nv + nh: where the running means go */
  double *lambda;     /* nh, in whole panels */
  double *sums;       /* a number for each strip of weights */
  double *shift;      /* 64 for each tile of 32 by 32 */
  int *order;         /* N */
} hm_fit_work;

typedef struct {
  hm_monitor_report monitor;
  hm_chain_report chains;
  double weight_norm; /* Frobenius norm of W */
  double step_norm;   /* mean over the batches of that of the change of W */
  int batches;        /* how many there were */
} hm_epoch_report;

/* Room for hm_fit_begin, and for all. */
void hm_fit_begin_lay(hm_arena *arena, const hm_plan *plan,
                      const hm_cases *cases, hm_fit_work *work);
void hm_fit_lay(hm_arena *arena, const hm_plan *plan, const hm_cases *cases,
                hm_fit_work *work);

/* theta := start values: W normal with standard deviation `sd`, c zero, b the
 * log odds of each unit's mean over the data, with half a case added on and off
 * so that a constant unit's are finite. */
void hm_fit_start(const hm_cases *cases, int nh, double sd,
                  const uint32_t key[2], hm_hardware hw, double *theta);

/* Start of all of the state but theta. */
void hm_fit_begin(const hm_plan *plan, const hm_cases *cases, hm_fit_work *work,
                  hm_state *state);

/* Epoch number `epoch`, counted from 0, from batch number *batch on. Where the
 * status is not HM_OK there is no report; after HM_INTERRUPTED the state is
 * that of the last whole step, and *batch the next one. */
hm_status hm_fit_epoch(const hm_plan *plan, const hm_cases *cases, int epoch,
                       const hm_watch *watch, hm_fit_work *work, int *batch,
                       hm_state *state, hm_epoch_report *report);

#endif
