/* Floor 6: the trainer.
 *
 * One call is one epoch: every case once, in random order, in batches; after
 * each batch one step of the optimiser; then a look at how the model does. All
 * that carries over from epoch to epoch is theta, memory and the epoch's
 * number.
 */
#ifndef HM_FIT_H
#define HM_FIT_H

#include "gradient.h"
#include "monitor.h"
#include "optim.h"

/* A parameter beyond this means divergence: every probability is then 0 or 1.
 */
#define HM_LARGEST_PARAMETER 1e4

/* What does not change while a model is trained. */
typedef struct {
  int nh;
  const hm_unit_kind *visible;
  const hm_unit_kind *hidden;
  const hm_estimator *estimator;
  int k;
  const hm_optimiser *optimiser;
  hm_optim_options options;
  int batch_size;
  uint32_t key[2];
  hm_hardware hw;
} hm_plan;

typedef struct {
  hm_gradient_work gradient_work;
  hm_monitor_work monitor_work;
  hm_working working;
  double *W;         /* panels of 32 columns, each of nv rows */
  double *memory;    /* likewise, `slots` numbers for one */
  double *of_biases; /* nv + nh: their gradient */
  double *sums;      /* a number for each tile of 32 by 32 weights */
  int *order;        /* N */
} hm_fit_work;

typedef struct {
  hm_monitor_report monitor;
  double weight_norm; /* Frobenius norm of W */
  double step_norm;   /* mean over the batches of that of the change of W */
} hm_epoch_report;

void hm_fit_lay(hm_arena *arena, const hm_plan *plan, const hm_cases *cases,
                hm_fit_work *work);

/* theta := start values: W normal with standard deviation `sd`, c zero, b the
 * log odds of each unit's mean over the data, with half a case added on and off
 * so that a constant unit's are finite. */
void hm_fit_start(const hm_cases *cases, int nh, double sd,
                  const uint32_t key[2], hm_hardware hw, double *theta);

/* Epoch number `epoch`, counted from 0. Where the status is not HM_OK the
 * report is not whole; after HM_INTERRUPTED theta is that of the last whole
 * step. */
hm_status hm_fit_epoch(const hm_plan *plan, const hm_cases *cases, int epoch,
                       const hm_watch *watch, hm_fit_work *work, double *theta,
                       double *memory, hm_epoch_report *report);

#endif
