/* Floor 2: a view of a model, and of one layer as the target of the other. */
#ifndef HM_MODEL_H
#define HM_MODEL_H

#include "layer.h"

/* W stands in memory twice, since a sum of rows of W and a sum of columns each
 * want what they add to be contiguous. Either may be missing where only reals
 * are sent through it, which BLAS takes in both orders. */
typedef struct {
  int nv;
  int nh;
  const double *W_rows; /* nv rows of nh */
  const double *W_cols; /* nh columns of nv */
  const double *b;
  const double *c;
  const double *d; /* extra parameters of both layers, visible first */
  const hm_layer *visible;
  const hm_layer *hidden;
} hm_model;

/* The model of parameters [W by rows | b | c | d], without W by columns. */
static inline hm_model hm_model_of(int nv, int nh, const hm_layer *visible,
                                   const hm_layer *hidden,
                                   const double *theta) {
  const double *b = theta + (ptrdiff_t)nv * nh;
  hm_model model = {nv,     nh,          theta,   NULL,  b,
                    b + nv, b + nv + nh, visible, hidden};
  return model;
}

/* The way from one layer to the other: `from` units send to `units`. */
typedef struct {
  int from;
  int units;
  const double *rows; /* `from` rows of `units`, or null for few cases */
  const double *cols; /* `units` rows of `from`, the same numbers */
  const double *bias;
  const hm_layer *layer;
} hm_link;

static inline hm_link hm_link_to_hidden(const hm_model *model) {
  hm_link link = {model->nv,     model->nh, model->W_rows,
                  model->W_cols, model->c,  model->hidden};
  return link;
}

static inline hm_link hm_link_to_visible(const hm_model *model) {
  hm_link link = {model->nh,     model->nv, model->W_cols,
                  model->W_rows, model->b,  model->visible};
  return link;
}

/* As many cases as make one piece of work, at least 1, at most `most`. */
static inline int hm_cases_at_once(int nv, int nh, int most) {
  const int plenty = 512;
  const int64_t fit = HM_PIECE / ((int64_t)nv * nh);
  const int limit = most < plenty ? most : plenty;
  return fit < 1 ? 1 : fit < limit ? (int)fit : limit;
}

/* All parameters in one vector, as the trainer and the optimisers see them:
 * [W by rows | b | c | d]: how many there are before d, which has
 * visible->extras + hidden->extras. */
static inline ptrdiff_t hm_parameters(int nv, int nh) {
  return (ptrdiff_t)nv * nh + nv + nh;
}

#endif
