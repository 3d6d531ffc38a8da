/* Floor 2: a working copy of a model in single precision, for what only draws:
 * training, chains and annealing. Its sums take half the time of sums in double
 * precision; the parameters themselves stay in double. W is there in both
 * orders, since a sum of rows of W and a sum of columns each want what they add
 * to be contiguous.
 */
#ifndef HM_WORKING_H
#define HM_WORKING_H

#include "model.h"

typedef struct {
  int nv;
  int nh;
  hm_panels W;  /* nv rows of the places of the hidden layer */
  hm_panels Wt; /* nh rows of those of the visible one */
  float *b;     /* in whole panels, 0 where there is no unit */
  float *c;
  const hm_layer *visible;
  const hm_layer *hidden;
} hm_working;

/* A layer seen from the other one. */
typedef struct {
  const hm_panels *rows; /* a row for each unit that sends */
  const float *bias;
  const hm_layer *layer;
} hm_side;

static inline hm_side hm_hidden_side(const hm_working *working) {
  hm_side side = {&working->W, working->c, working->hidden};
  return side;
}

static inline hm_side hm_visible_side(const hm_working *working) {
  hm_side side = {&working->Wt, working->b, working->visible};
  return side;
}

void hm_working_lay(hm_arena *arena, const hm_model *model,
                    hm_working *working);

/* turned (32 rows of 32) := a tile of W of `high` rows turned over, 0 beyond
 * them. */
void hm_turn(hm_level level, int high, const float *tile, float *turned);

/* Copies the weights between the visible units of panel `row` and the hidden
 * ones of panel `column`, whose rows begin at W, `stride` numbers after one
 * another; and the biases. */
void hm_working_set_tile(hm_level level, ptrdiff_t stride, const double *W,
                         int row, int column, hm_working *working);

/* Copies such weights from W, where they stand, to Wt. */
void hm_working_turn_tile(hm_level level, int row, int column,
                          hm_working *working);
void hm_working_set_biases(const double *b, const double *c,
                           hm_working *working);

/* All of it. */
void hm_working_set(const hm_model *model, hm_level level, hm_working *working);

#endif
