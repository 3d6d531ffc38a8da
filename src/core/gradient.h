/* Floor 5: the gradient of the loss, positive minus negative phase.
 *
 *   gW = -<v p(h|v)'>_data + <v p(h|v)'>_negative
 *   gb = -<v>_data + <v>_negative
 *   gc = -<p(h|v)>_data + <p(h|v)>_negative
 *
 * as one vector [gW by rows | gb | gc]. The means of the hidden layer stand for
 * its draws in every average: the same expectation with less noise.
 *
 * Sums over the cases of one piece are in single precision, of at most
 * HM_GRADIENT_ROOM numbers from 0 to 1, which makes them right to one part in
 * 130 000; pieces are added in double. Real-valued data are lists of what is
 * not 0, with values. The positive phase alone is in double throughout, and
 * goes through BLAS for real data.
 */
#ifndef HM_GRADIENT_H
#define HM_GRADIENT_H

#include "cases.h"
#include "estimator.h"

#define HM_GRADIENT_ROOM 128

typedef struct {
  int room;
  hm_chains chains;       /* the negative phase */
  hm_panels data_mean_h;  /* p(h | v) of the data */
  hm_lists data_by_unit;  /* nv lists: the cases in which a unit is on */
  hm_lists draws_by_unit; /* and of the negative phase */
  hm_lists all_data;      /* one list each: all cases of the piece */
  hm_lists all_draws;
  float *value; /* of data_by_unit, for real data */
  double *sum;  /* earlier pieces; null where there can be none */
  int summed;   /* whether there is any */
} hm_gradient_work;

/* For gradients over at most `most` cases, which may be real. */
void hm_gradient_lay(hm_arena *arena, int nv, int nh, int most, int reals,
                     hm_gradient_work *work);

/* Both phases over `rows`, in pieces of work->room cases, left in work for the
 * functions below. On HM_INTERRUPTED it is not whole. */
hm_status hm_gradient_phases(const hm_working *working, const hm_cases *cases,
                             const hm_rows *rows, const hm_estimator *estimator,
                             int k, const hm_chance *chance,
                             const hm_watch *watch, hm_hardware hw,
                             hm_gradient_work *work);

/* g (32 rows of 32) := `share` times the gradient of the weights of visible
 * units 32 row and on, and hidden units 32 column and on; what of it lies
 * beyond the layers is not for use. */
void hm_gradient_tile(hm_level level, double share, int row, int column,
                      const hm_gradient_work *work, double *g);

/* gb and gc := `share` times those of the biases. */
void hm_gradient_biases(hm_level level, double share,
                        const hm_gradient_work *work, double *gb, double *gc);

/* gradient := that of the mean loss over `rows`, all of it. */
hm_status hm_gradient(const hm_working *working, const hm_cases *cases,
                      const hm_rows *rows, const hm_estimator *estimator, int k,
                      const hm_chance *chance, const hm_watch *watch,
                      hm_hardware hw, hm_gradient_work *work, double *gradient);

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
