/* Floor 3: every state of one layer, with the other layer summed out.
 *
 * The layer with fewer units, or the hidden one below a valued layer, is walked
 * in Gray-code order, so that consecutive states differ in one unit j. Each
 * state s has the log weight
 *
 *   log w(s) = a's + A(d + Ws),   Z = sum_s w(s),
 *
 * a being the biases of the walked layer, whose units are 0 or 1, d those of
 * the summed one, and A its log_sum. Where unit j flips, row j of W is added to
 * the inputs of the summed layer or taken away. Where that layer is one run of
 * binary units, e_i = exp(d_i + (Ws)_i) is multiplied by exp(W_ij) or
 * exp(-W_ij) instead: there is no exp in the loop, and one log for each state.
 * States are taken in blocks of HM_WALK_BLOCK, and each block starts from exact
 * numbers, so errors of rounding do not add up.
 */
#ifndef HM_WALK_H
#define HM_WALK_H

#include "model.h"

#define HM_WALK_BITS 12
#define HM_WALK_BLOCK (1 << HM_WALK_BITS)

/* The most units that can be walked; that a host should walk where averages are
 * wanted too, which take some ten times as long; and where nobody asked for
 * what is exact. */
#define HM_WALK_MOST 30
#define HM_WALK_AVERAGES 25
#define HM_WALK_UNASKED 20

typedef struct {
  int bits;  /* units walked */
  int units; /* units summed out */
  int width; /* more than `units`, and whole vectors */
  int walks_hidden;
  hm_level level;
  const hm_layer *summed;
  int alone;                 /* whether that is one run of binary units */
  const double *walked_bias; /* a */
  const double *summed_bias; /* d */
  const double *rows;        /* `bits` rows of `units`: W or its transpose */
  double *up;                /* `bits` rows of width: exp(W), */
  double *down;              /* and exp(-W); without factors W and -W */
  int factors; /* how many 1 + e can be multiplied in the range of a double; 0
                  where even one could leave it, or the summed layer has other
                  units: then e are the inputs, and kinds give A */
} hm_walk;

/* How many blocks of how many states. */
int64_t hm_walk_blocks(const hm_walk *walk);
int hm_walk_block_size(const hm_walk *walk);

void hm_walk_lay(hm_arena *arena, const hm_model *model, hm_level level,
                 hm_walk *walk);

/* Fills the tables. Call once, after the room is real. */
void hm_walk_prepare(hm_walk *walk);

/* The same for a model of this shape, which need not be the one that the walk
 * was laid out for. */
void hm_walk_set(const hm_model *model, hm_walk *walk);

/* The walked units that are on in state number `index`, as bits. */
uint32_t hm_walk_state(int64_t index);

/* mean[i] := the mean of summed unit i given the state. */
void hm_walk_means(const hm_walk *walk, uint32_t state, double *mean);

/* slope[i] := its variance. */
void hm_walk_slopes(const hm_walk *walk, uint32_t state, double *slope);

/* log_weight[t] := log w of each state t of block number `block`. `e` has room
 * for two rows of width. */
void hm_walk_log_weights(const hm_walk *walk, int64_t block, double *e,
                         double *log_weight);

/* total += and cross += sums over the states of one block, each state counted
 * exp(log_weight - shift). For summed unit i and walked unit j:
 *
 *   total[i]           sum of the mean of i given the state
 *   cross[j, i]        the same over the states where j is on
 *   total[units]       sum of 1, and
 *   cross[j, units]    the same where j is on
 *
 * total is one row, cross `bits` rows of width. `levels` has room for
 * HM_WALK_BITS + 1 rows. */
void hm_walk_sum(const hm_walk *walk, int64_t block, const double *log_weight,
                 double shift, double *e, double *levels, double *total,
                 double *cross);

#endif
