/* Floor 6: columns that are to be predicted from the others.
 *
 * The gradient of log p(targets | rest) is that of log p(all) less that of
 * log p(rest), in which the part of the model cancels: the negative phase is an
 * average over the states of the targets given the rest,
 *
 *   p(y | rest) ~ exp(b_y'y + B(y) + A(c + W'(rest, y))),  A of the hidden
 * layer,
 *
 * a sum over their joint states, exact for any number of hidden units. A share
 * of the gradient of log p(all) may be added, by any estimator.
 */
#ifndef HM_TARGET_H
#define HM_TARGET_H

#include "phases.h"

/* The most joint states that targets may have. */
#define HM_TARGET_STATES 64

typedef struct {
  double joint_share; /* of the gradient of log p(all); may be 0 */
  int states;
  int units;
  int *unit;          /* the visible units of the targets, ascending */
  float *code;        /* states x units */
  double *base;       /* B of each state, */
  double *log_weight; /* and with b */
  double *slope;      /* states x extras: dB/dd */

  hm_panels input; /* of the hidden layer: states rows for each case */
  hm_panels mean;
  double *share;  /* p(y | rest), as many */
  float *weight;  /* of each case, 0 where a target is missing */
  double *rows;   /* units x nh: what the targets' rows of W have added up to */
  double *before; /* nv and extras: what biases had before */
  double *extras; /* as many as there are */
  double *means;  /* nv + nh */
} hm_target;

/* How many joint states these columns (of `columns`, ascending) have; 0 where
 * one has infinitely many or all together more than are taken. */
int hm_target_states(const hm_layer *visible, int columns, const int *column);

/* For pieces of `room` cases. */
void hm_target_lay(hm_arena *arena, const hm_layer *visible,
                   const hm_layer *hidden, int columns, const int *column,
                   int room, hm_target *target);

/* The states of these columns. */
void hm_target_set(const hm_layer *visible, int columns, const int *column,
                   hm_target *target);

/* What the cases of a piece count: 0 where a target of theirs is missing.
 * Sets phases->data_weight. */
void hm_target_weigh(const hm_cases *cases, const hm_rows *rows,
                     hm_target *target, hm_phases *phases);

/* Adds to phases->sum and phases->of_extras the gradient of -log p(targets |
 * rest) of the cases in phases->chains, which are the data of the positive
 * phase, with mean_h, and takes data and draws away. b is that of the model, in
 * double, and extras what phases->of_extras was before these data. */
void hm_target_phase(const hm_working *working, const double *b,
                     const double *extras, hm_hardware hw, hm_target *target,
                     hm_phases *phases);

#endif
