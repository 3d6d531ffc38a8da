/* Floor 6: one step of all parameters down a gradient that stands in phases.
 *
 * While a model is trained, its weights and what goes with them stand in panels
 * of 32 columns, each of nv rows, so that a step goes straight through memory.
 * A weight is two floats, see split.h, of which the higher one is the working
 * copy that chains read; what the optimiser remembers of it is in single
 * precision too. That is twelve bytes a weight. The biases, and the extra
 * parameters, are one vector of doubles [b | c | d].
 */
#ifndef HM_STEP_H
#define HM_STEP_H

#include "centre.h"
#include "optim.h"
#include "phases.h"
#include "split.h"
#include "working.h"

/* A parameter beyond this means divergence: every probability is then 0 or 1.
 */
#define HM_LARGEST_PARAMETER 1e4
#define HM_LARGEST_SPREAD 0.99
#define HM_LARGEST_TURN 0.1

/* How a step is made. */
typedef struct {
  const hm_optimiser *optimiser;
  hm_optim_options options;
  hm_centring centring;
  double offset_rate;     /* share of a batch in the running means */
  int fast;               /* whether there are fast weights, */
  double fast_rate;       /* their learning rate, */
  double fast_decay;      /* and what is left of them after a step */
  double sparsity_target; /* mean that hidden units are pulled to, */
  double sparsity_cost;   /* how strongly */
  double max_norm;        /* largest norm of a hidden unit's weights */
  double most_precision;  /* largest log precision of a column */
  const double *share;    /* nv: what of its gradient a visible unit goes down;
                             null where it is all */
} hm_rule;

/* All that carries over from step to step. */
typedef struct {
  double *theta;   /* [W by rows | b | c | d], W as two floats add up to it */
  double *memory;  /* of the optimiser, `slots` numbers for each parameter,
                      those of W in single precision */
  double *offsets; /* see centre.h */
  double *fast;    /* like theta without d; null where the estimator has no use
                      for it */
  double *filled;  /* what stands in for holes, see fill.h */
  hm_particles particles;
  double *tally; /* HM_TALLY sums over the steps of the epoch so far */
} hm_state;

/* tally[0] is that of the norms of the changes of W, the rest the estimator's.
 */
#define HM_TALLY (1 + HM_COUNTS)

/* The same but for what is no parameter, as steps are made in it. */
typedef struct {
  hm_working working;  /* W of which is the higher half of the weights */
  hm_working sampled;  /* with fast weights on top */
  float *low;          /* and the lower one, in panels */
  float *memory;       /* likewise, `slots` numbers for one */
  double *fast;        /* likewise */
  double *biases;      /* [b | c | d] */
  double *bias_memory; /* `slots` numbers for each */
  double *bias_fast;
  double *offsets;
  double *share;     /* nv: those of the rule, times the precision of columns
                        that have one; null where a unit goes down all */
  double *mu;        /* nv: mu times the share */
  double *of_biases; /* [gb | gc | gd]: their gradient */
  double *of_hidden; /* gc by places, */
  double *lambda;    /* and lambda, both 0 where there is no unit */
  float *single;  /* what steps in one way through memory read of these: mu and
                     gb, nv each, then gc and lambda by places */
  double *goal;   /* nv + nh: where the running means go */
  double *sums;   /* a number for each strip of weights, or tile */
  double *shift;  /* 64 for each tile of 32 by 32, */
  double *along;  /* and 32: the product of W and its gradient, by rows; null
                     where no column has a precision */
  double *spread; /* twice as many numbers as pairs of real hidden units; null
                     where W need not be kept small for Z to exist */
} hm_trained;

void hm_trained_lay(hm_arena *arena, const hm_model *shape, const hm_rule *rule,
                    hm_trained *trained);

/* trained := the state, and back. */
void hm_trained_set(const hm_rule *rule, hm_level level, const hm_state *state,
                    hm_trained *trained);
void hm_trained_get(const hm_rule *rule, const hm_trained *trained,
                    hm_state *state);

/* W by rows. */
void hm_trained_weights(const hm_trained *trained, double *W);

/* Whether every parameter is at most `limit` in size. */
int hm_trained_within(const hm_trained *trained, double limit);

/* One step. A visible unit that varies more than a binary one goes down a share
 * of its gradient, so that a rate that suits binary units suits it. One that
 * counts to m is trained as the mean of m tied binary ones, each of which has a
 * row of W and a bias of its own: its share is one part in m, and a weight
 * decay is that of the tied machine.
 *
 * A column with a log precision d has the means exp(-d) (b + Wh) given h. Its
 * inputs go down their gradient times the precision, which in terms of means is
 * the same step whatever the precision; and d goes down the gradient with means
 * held, gd + b gb + W gW, by at most HM_LARGEST_TURN at once, so that b and its
 * row of W become exp(change of d) times what they are.
 *
 * Real hidden units are normal given nothing but each other, with the variances
 * (I - W'SW)^-1, S being the variances of the columns with a precision given h.
 * They have a Z only where the largest eigenvalue of W'SW is below 1: their
 * weights become smaller where it may be above HM_LARGEST_SPREAD. W'SW stays as
 * d changes: weights to them become exp(change of d / 2) times what they are,
 * and count half in the gradient of d. As they can be large, their weights and
 * biases go down their gradient times I - W'SW, and times the root of the
 * precision rather than the precision.
 *
 * After the step the working copies are those of the new parameters and
 * trained->goal is where the running means are to go. The same bits for any
 * number of threads. Returns the norm of the change of W. */
double hm_step(const hm_rule *rule, hm_hardware hw, const hm_phases *phases,
               hm_trained *trained);

/* The same step of binary units in parts, for threads that make sums as they
 * please: of sgd without l1, max_norm or fast weights. What a tile's gradient
 * is made from, see hm_optim_tile; 0 beyond the hidden layer. */
typedef struct {
  ptrdiff_t stride;
  const float *data;
  const float *draws;
  double data_share;
  double draws_share;
} hm_tile_sums;

/* What goes with the offsets, once a step, before tiles. */
void hm_step_offsets(hm_level level, hm_trained *trained);

/* And with the gradient of the biases, of visible units `first` to `end` - 1 or
 * of the hidden ones of panel q: these are in trained->of_biases. */
void hm_step_visible(hm_level level, int first, int end, hm_trained *trained);
void hm_step_hidden(hm_level level, int q, hm_trained *trained);

/* One step of the weights of a tile, at most one thread each;
 * trained->of_biases and of_hidden have the gradient of the biases of its
 * units. trained->working .Wt stays behind. Returns what is to stand in
 * trained->sums, at row + column times the number of rows. */
double hm_step_sums(const hm_rule *rule, hm_level level, int row, int column,
                    const hm_tile_sums *sums, hm_trained *to);

/* Then the biases of the hidden units of panel q, once all tiles of the panel
 * have made their step, by the means of the data; */
void hm_step_hidden_biases(const hm_rule *rule, hm_level level, int q,
                           const double *data_mean, hm_trained *trained);

/* and once all have, those of visible units: that is a step. Returns the norm
 * of the change of W. */
double hm_step_end(const hm_rule *rule, hm_level level, const double *data_mean,
                   hm_trained *trained);

#endif
