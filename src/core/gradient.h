/* Floor 5: the gradient of the loss, positive minus negative phase.
 *
 *   gW = -<v p(h|v)'>_data + <v p(h|v)'>_negative
 *   gb = -<v>_data + <v>_negative
 *   gc = -<p(h|v)>_data + <p(h|v)>_negative
 *
 * as one vector [gW by rows | gb | gc]. The means of the hidden layer stand for
 * its draws in every average: the same expectation with less noise. What the
 * negative phase is, an estimator says, see estimator.h.
 *
 * Sums over the cases of one piece are in single precision, of at most
 * HM_GRADIENT_ROOM numbers from 0 to 1, which makes them right to one part in
 * 130 000; pieces are added in double. Real-valued data are lists of what is
 * not 0, with values. The positive phase alone, hm_data_gradient, is in double
 * throughout, and goes through BLAS for real data.
 */
#ifndef HM_GRADIENT_H
#define HM_GRADIENT_H

#include "cases.h"
#include "sample.h"

#define HM_GRADIENT_ROOM 128

typedef struct hm_estimator hm_estimator;

/* Settings of estimators; each reads those it knows. */
typedef struct {
  int k;            /* Gibbs sweeps, or mean-field passes */
  int chains;       /* persistent ones */
  int temperatures; /* of each of these, in parallel tempering */
  int most_sweeps;  /* after which chains that have not met are given up */
} hm_estimator_options;

/* What an estimator keeps from one update to the next. */
typedef struct {
  uint32_t *words;
  double *numbers;
} hm_particles;

/* One update: all that its gradient is made from. */
typedef struct {
  const hm_estimator *estimator;
  const hm_estimator_options *options;
  const hm_working *working; /* the model, */
  const hm_working *sampled; /* the one that the negative phase is drawn from,
                                mostly the same, */
  const hm_model *model;     /* and in double where the estimator needs it */
  const float *base;         /* biases of independent units, in whole panels */
  const hm_cases *cases;
  const hm_rows *rows;
  const hm_chance *chance;
  hm_particles *particles;
  const hm_watch *watch;
  hm_hardware hw;
} hm_update;

typedef struct {
  int room;
  hm_chains chains;       /* the cases, then the draws */
  hm_panels data_mean_h;  /* p(h | v) of the data */
  hm_lists data_by_unit;  /* nv lists: the cases in which a unit is on */
  hm_lists draws_by_unit; /* and of the negative phase */
  hm_lists all_data;      /* one list each: all cases of the piece */
  hm_lists all_draws;
  float *data_value; /* of data_by_unit, for real data */
  float
      *draws_value; /* and of draws_by_unit and all_draws, where draws count */
  float *draw_weight;  /* more or less than 1 */
  double data_share;   /* what one case counts, */
  double draws_share;  /* and one draw */
  double *sum;         /* earlier pieces, and what an estimator adds; null where
                          there can be none */
  int summed;          /* whether there is any */
  double *data_mean;   /* nv + nh: the means of v and of p(h | v) in the data */
  double *free_energy; /* F(v) of each persistent chain */
  hm_particles after;  /* what the particles become */
  void *own;           /* the estimator's */
  double tally[4];     /* and what it counts, see its file */
} hm_gradient_work;

/* For gradients over at most `most` cases, which may be real. */
void hm_gradient_lay(hm_arena *arena, const hm_model *shape,
                     const hm_estimator *estimator,
                     const hm_estimator_options *options, int most, int reals,
                     hm_hardware hw, hm_gradient_work *work);

/* Both phases, in pieces of work->room cases, left in work for the functions
 * below. On HM_INTERRUPTED they are not whole, and the particles are as they
 * were. */
hm_status hm_gradient_phases(const hm_update *update, hm_gradient_work *work);

/* Weights that go together: those of visible units top to top + high - 1, at
 * most 32, and of hidden units 32 column and on, in `tiles` tiles of 32. */
enum { HM_STRIP = 4 };

typedef struct {
  int top;
  int high;
  int column;
  int tiles;
} hm_strip;

/* How many strips W falls into, and strip i of them. */
int hm_strips(int nv, int nh);
hm_strip hm_strip_at(int nv, int nh, int i);

/* What the two phases add up to: `high` rows of the strip's panels, side by
 * side. */
typedef struct {
  float data[HM_PANEL * HM_STRIP * HM_PANEL];
  float draws[HM_PANEL * HM_STRIP * HM_PANEL];
} hm_strip_sums;

void hm_gradient_strip(hm_level level, const hm_strip *strip,
                       const hm_gradient_work *work, hm_strip_sums *sums);

/* g (`high` rows of 32) := the gradient of the weights of tile q of the strip;
 * what of it lies beyond the layer is not for use. */
void hm_gradient_tile(hm_level level, const hm_strip *strip, int q,
                      const hm_strip_sums *sums, const hm_gradient_work *work,
                      double *g);

/* Those of the biases. */
void hm_gradient_biases(hm_level level, const hm_gradient_work *work,
                        double *gb, double *gc);

/* gradient := all of it. */
hm_status hm_gradient(const hm_update *update, hm_gradient_work *work,
                      double *gradient);

/* For estimators. ------------------------------------------------------------
 */

/* The draws of the negative phase := those in work->chains, whose mean_h is p(h
 * | v), each counted by work->draw_weight where `weighted`. */
void hm_gradient_draws(const hm_update *update, int weighted,
                       hm_gradient_work *work);

/* Adds data and draws as they stand to work->sum, and takes them away. */
void hm_gradient_gather(const hm_update *update, hm_gradient_work *work);

/* work->sum, 0 where nothing was added, to add to. */
double *hm_gradient_sum(hm_gradient_work *work);

/* Takes the data away. */
void hm_gradient_drop_data(hm_gradient_work *work);

/* The positive phase alone. --------------------------------------------------
 */

typedef struct {
  int room;
  hm_states v;
  double *x;      /* room cases of nv */
  double *mean_h; /* room cases of nh */
  hm_lists by_unit;
} hm_data_work;

void hm_data_lay(hm_arena *arena, int nv, int nh, int most, hm_data_work *work);

/* gradient := the positive phase alone, over all cases. */
hm_status hm_data_gradient(const hm_model *model, const hm_cases *cases,
                           const hm_watch *watch, hm_hardware hw,
                           hm_data_work *work, double *gradient);

#endif
