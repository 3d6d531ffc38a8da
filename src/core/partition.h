/* Floor 5: the partition function and the moments of the model, by walking all
 * states of its smaller layer; and exact draws.
 *
 *   log Z = log sum_v sum_h exp(-E(v, h))
 *   <v>_p, <h>_p, <v h'>_p    averages over the model
 *
 * The work is cut into blocks of states, see walk.h. A block's result does not
 * depend on the others', and sums over blocks are made in an order that does
 * not depend on the number of threads.
 */
#ifndef HM_PARTITION_H
#define HM_PARTITION_H

#include "walk.h"

/* Sums over blocks are made in this many parts, each in order. */
#define HM_PARTS 8

typedef struct {
  hm_walk walk;
  int threads;
  double *e;          /* `threads` times two rows of walk.width */
  double *log_weight; /* `threads` blocks */
} hm_partition_work;

void hm_partition_lay(hm_arena *arena, const hm_model *model, hm_hardware hw,
                      hm_partition_work *work);

/* block_log[t] := the log of the summed weights of block first + t, t from 0 to
 * n - 1. log Z is the log-sum-exp over all blocks. */
hm_status hm_partition_blocks(int64_t first, int n, const hm_watch *watch,
                              hm_partition_work *work, double *block_log);

typedef struct {
  hm_walk walk;
  int threads;
  double *shift; /* a number for each part */
  double *part;  /* HM_PARTS times (2 + levels + 1 + bits) rows of walk.width */
  double *log_weight; /* HM_PARTS blocks */
} hm_moments_work;

void hm_moments_lay(hm_arena *arena, const hm_model *model, hm_hardware hw,
                    hm_moments_work *work);

/* v, h and vh (rows of nh) := the model's averages; returns through log_z. */
hm_status hm_moments(const hm_watch *watch, hm_moments_work *work, double *v,
                     double *h, double *vh, double *log_z);

/* The averages <v v'>_p (nv rows of nv) and <h h'>_p (nh rows of nh), given
 * log_z from hm_moments; what the
 * diagonals hold of units of 0 and 1 is not to be used, <v> and <h> stand
 * there. `rows` has room
 * for 2 x HM_PAIR_STATES rows of nv + nh. */
#define HM_PAIR_STATES 64
hm_status hm_pair_moments(const hm_watch *watch, const hm_moments_work *work,
                          double log_z, double *rows, double *vv, double *hh);

/* state[t] := the walked units that are on, as bits, in a state drawn from
 * block block[t]: the one at which the block's cumulated weights pass the share
 * u[t]. Blocks ascend. */
void hm_partition_draw(int n, const double *block, const double *u,
                       hm_partition_work *work, double *state);

#endif
