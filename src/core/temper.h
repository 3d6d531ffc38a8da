/* Floor 4: parallel tempering (Swendsen and Wang 1986; for these machines
 * Desjardins et al. 2010, and Cho, Raiko and Ilin 2010).
 *
 * A ladder is a chain that runs at several temperatures at once, its rungs
 * 0 = beta[0] < ... < beta[rungs - 1] = 1, between a base law of independent
 * visible units with biases b0 and the model:
 *
 *   p_beta(v, h) ~ exp((1 - beta) b0'v + beta (b'v + c'h + v'Wh))
 *                = exp(b0'v + beta D(v, h)),  D = (b - b0)'v + c'h + v'Wh
 *
 * A sweep moves the replica on each rung by block Gibbs sampling,
 *
 *   p(h_j = 1 | v) = sigm(beta (c + W'v)_j)
 *   p(v_i = 1 | h) = sigm((1 - beta) b0_i + beta (b + Wh)_i)
 *
 * and then offers neighbours on the ladder to change places, even pairs and odd
 * pairs in turn, which is accepted with probability min(1, exp((beta1 - beta2)
 * (D2 - D1))). The labels move, not the states. What a cold chain cannot cross
 * it goes around, by way of the hot rungs.
 *
 * Ladders are independent, and threads share them out. Base measures are the
 * same on all rungs. Sums are in single precision, so that the laws are those
 * of a machine whose weights differ in the seventh digit.
 */
#ifndef HM_TEMPER_H
#define HM_TEMPER_H

#include "sample.h"

typedef struct {
  int ladders;
  int rungs;        /* of each ladder, at least 2 */
  hm_chains chains; /* replicas: ladder m has rows m rungs to (m + 1) rungs - 1;
                       clamp may be set, with words for each row */
  double *beta;     /* rungs */
  double *refused;  /* rungs - 1: for pair r, r + 1, how much of the chances to
                       change places was refused, */
  double *tried;    /* and of how many */
  int *rung;        /* where each replica stands */
  int *from;        /* the end it was at last: 0 neither, 1 hot, 2 cold */
  double *trips;    /* of each ladder: replicas that came to its cold end from
                       its hot one */
  double swept;     /* sweeps since the start, which says whose turn it is */
  const float *b0;  /* biases of the base law, in whole panels, 0 where there is
                       no unit: the caller sets them after laying */

  /* Within a sweep: */
  hm_panels at_h; /* inputs times beta, where hidden units are drawn from them
                   */
  float *at;      /* beta of each replica */
  double *D;      /* and its D */
  int *on_rung;   /* the other way: rows by ladder and rung */
  double *refuse; /* by ladder and pair */
  double *next;   /* twice rungs */
} hm_temper_work;

void hm_temper_lay(hm_arena *arena, const hm_layer *visible,
                   const hm_layer *hidden, int ladders, int rungs,
                   hm_temper_work *work);

/* All that lives on between calls, as words and as numbers for a host to keep:
 * how many of each, and there and back, to the same bits. Loading takes the
 * first ladders of `saved` that were saved, and gives 0, and loads nothing,
 * where the numbers are not those of such ladders. */
ptrdiff_t hm_temper_words(const hm_layer *visible, int ladders, int rungs);
ptrdiff_t hm_temper_numbers(int ladders, int rungs);
void hm_temper_save(const hm_temper_work *work, uint32_t *words,
                    double *numbers);
int hm_temper_load(const uint32_t *words, const double *numbers, int saved,
                   hm_temper_work *work);

/* Whether numbers are those of such ladders; `taken` has room for `rungs`. */
int hm_temper_sound(int ladders, int rungs, const double *numbers, int *taken);

/* The share of changes of places that was accepted between the two rungs where
 * it is smallest, by such numbers. */
double hm_temper_swap_rate(int rungs, const double *numbers);

/* Evenly spaced rungs, and nothing counted. The states are the caller's to set,
 * in chains.v, */
void hm_temper_fresh(hm_temper_work *work);

/* unless they are to be draws of the base law. */
void hm_temper_start(const hm_working *working, const hm_chance *chance,
                     hm_hardware hw, hm_temper_work *work);

/* `sweeps` sweeps, numbered from `first_sweep`. The watch is asked once a
 * sweep, and within one that is long; where it says stop, the state is not to
 * be used any more. */
hm_status hm_temper(const hm_working *working, const hm_chance *chance,
                    int first_sweep, int sweeps, const hm_watch *watch,
                    hm_hardware hw, hm_temper_work *work);

/* v and h of the chains := the coldest replicas of the ladders from `first` on,
 * at most `most` of them, to go on with hm_chains_mean_h. All of h is off where
 * there was no sweep. */
void hm_temper_cold(const hm_temper_work *work, int first, int most,
                    hm_chains *chains);

/* beta := inner rungs moved `share` of the way to where all pairs would refuse
 * equally often, if what was refused grew evenly between two rungs (Syed,
 * Bouchard-Cote, Deligiannidis and Doucet 2021). refused has rungs - 1 shares,
 * room is for as many numbers as there are rungs. */
void hm_ladder_adapt(int rungs, const double *refused, double share,
                     double *room, double *beta);

/* The same by what was counted, once every pair was tried; then `keep` times
 * what was counted stays. */
void hm_temper_adapt(double share, double keep, hm_temper_work *work);

/* `sweeps` sweeps in which the rungs find their places: in rounds of double
 * length, after each of which they move, and what was counted is forgotten. */
hm_status hm_temper_settle(const hm_working *working, const hm_chance *chance,
                           int first_sweep, int sweeps, const hm_watch *watch,
                           hm_hardware hw, hm_temper_work *work);

#endif
