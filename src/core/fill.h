/* Floor 5: what stands in for cells that are not known, while a model is
 * trained.
 *
 * The gradient of log p of what is seen of a case is an average over what is
 * not, given the case. Each hole keeps a draw from update to update, as
 * persistent chains keep theirs, and moves by one sweep each time that its case
 * comes by, with all that is seen held.
 */
#ifndef HM_FILL_H
#define HM_FILL_H

#include "column.h"
#include "sample.h"

typedef struct {
  hm_cases cases; /* the data, with what is in `filled` */
  double *filled; /* a number for each hole */
  double *next;   /* what becomes of the holes of a batch, case after case, */
  int most;       /* of which each has at most so many */
  uint32_t *is_free; /* of one piece: words and numbers, as a clamp has them */
  uint32_t *held;
  float *value;
  hm_column *column; /* of the visible layer */
  double *x;         /* nv numbers */
} hm_fill;

/* For batches of at most `most` cases, in pieces of `room`. */
void hm_fill_lay(hm_arena *arena, const hm_cases *cases,
                 const hm_layer *visible, int most, int room, hm_fill *fill);

/* Each hole := a draw by the biases b alone. */
void hm_fill_start(const hm_layer *visible, const double *b,
                   const uint32_t key[2], hm_fill *fill);

/* v of the chains, the cases `rows` with what fills them, := after one sweep,
 * with p(h | v) in mean_h, as it must be before. `first` is the place of the
 * piece in its batch. */
hm_status hm_fill_move(const hm_working *working, const hm_rows *rows,
                       int first, const hm_chance *chance,
                       const hm_watch *watch, hm_hardware hw, hm_fill *fill,
                       hm_chains *chains);

/* What the moves of a batch came to is what fills its cases from now on. */
void hm_fill_keep(const hm_rows *batch, hm_fill *fill);

#endif
