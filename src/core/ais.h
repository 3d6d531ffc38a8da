/* Floor 5: annealed importance sampling (Neal 2001; Salakhutdinov and Murray
 * 2008).
 *
 * Between a base model A and the target B lie the laws
 *
 *   p*_t(v) = exp((1 - t) b_A'v + t b_B'v)
 *             prod_j (1 + exp((1 - t) (c_A + W_A'v)_j))
 *             prod_j (1 + exp(t (c_B + W_B'v)_j)),      t from 0 to 1,
 *
 * that of A times 2^nh_B at t = 0 and that of B times 2^nh_A at t = 1. A run
 * starts at a draw from p_{t[0]} and, at each temperature, is first weighed,
 *
 *   log w += log p*_{t[k]}(v) - log p*_{t[k-1]}(v),
 *
 * and then moved by one Gibbs sweep that leaves p_{t[k]} as it is. The mean of
 * w over runs is unbiased for the ratio of the sums of p*_{t[K]} and p*_{t[0]}:
 * up the ladder for Z_B / Z_A, down it for Z_A / Z_B.
 *
 * For other kinds of unit the factors are exp(A) of each, and all have the base
 * measure of the visible layer, which is one for both models. The base may have
 * no hidden units. Sums over units are in single precision, so that log w is
 * that of a machine whose weights differ in the seventh digit; weights and
 * their logs are in double.
 */
#ifndef HM_AIS_H
#define HM_AIS_H

#include "sample.h"

/* The way from one machine to the other, which have the same visible layer. */
typedef struct {
  const hm_model *base;
  const hm_model *target;
  int K;          /* steps, at least 1 */
  const float *t; /* K + 1 temperatures */
} hm_ais_path;

typedef struct {
  hm_working target;
  hm_working base;
  hm_chains chains; /* of the target */
  hm_lists h_base;
  hm_panels input_h_base; /* room cases: c_A + W_A'v, */
  hm_panels mean_h_base;  /* and the means of these units */
  hm_panels input_v_base; /* b_A + W_A h_A */
  hm_bits bits_base;
  hm_panels at_h; /* inputs times their temperature, where hidden units are */
  hm_panels at_h_base; /* drawn from these; else the inputs themselves */
  int room;
} hm_ais_work;

void hm_ais_lay(hm_arena *arena, const hm_model *base, const hm_model *target,
                int runs, hm_ais_work *work);

/* Sets the working copies. Call once, after the room is real. */
void hm_ais_prepare(const hm_model *base, const hm_model *target,
                    hm_level level, hm_ais_work *work);

/* The runs `rows`, from the states in work->chains.v, which end as the last
 * states. What work->chains.clamp holds stays as it is: Z is then that of what
 * is free. log_weight[s] := log w of run s. The path is between the machines
 * of the working copies. */
hm_status hm_ais(const hm_ais_path *path, const hm_rows *rows,
                 const hm_chance *chance, const hm_watch *watch, hm_hardware hw,
                 hm_ais_work *work, double *log_weight);

#endif
