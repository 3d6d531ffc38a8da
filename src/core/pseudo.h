/* Floor 4: the pseudo-log-likelihood of a case,
 *
 *   sum_i log p(v_i | all other v),
 *
 * every unit counted, and what a flip of one visible unit does to the hidden
 * layer, of which it is made. With a_j the input to hidden unit j and d_j what
 * unit i adds to it when it is turned on,
 *
 *   log p(v_i = 1 | rest) / p(v_i = 0 | rest)
 *     = b_i + sum_j softplus(a_j with i on) - softplus(a_j with i off).
 *
 * A case of intensities is scored by v_i log p(1 | rest) + (1 - v_i) log p(0 |
 * rest), which is the same for 0 and 1. A unit of a valued layer goes through
 * all of its states: with f(v) = -F(v),
 *
 *   log p(v_i = x | rest) = f(v with v_i = x) - log sum_y exp(f(v with v_i =
 * y)).
 */
#ifndef HM_PSEUDO_H
#define HM_PSEUDO_H

#include "cases.h"
#include "model.h"

/* Flips of 0/1 cases need no exponentials of their own: tables of exp(W) - 1
 * and exp(-W) - 1, and products of `factors` factors. */
typedef struct {
  int wide;    /* nh in whole groups of eight: what is beyond nh is 0 in W */
  int factors; /* a multiple of eight; 0 where even eight could leave the range
                  of a double, and the definition stands in */
  double *W;   /* nv rows of `wide`, as are: */
  double *up;
  double *down;
} hm_flips;

/* For `rows` visible units, 0 where no table is wanted. */
void hm_flips_lay(hm_arena *arena, int rows, int nh, hm_flips *flips);
void hm_flips_set(const hm_model *model, hm_level level, hm_flips *flips);

/* tail (`wide` numbers) := what all flips of one case start from, given its
 * input to the hidden layer. */
void hm_flips_start(int nh, hm_level level, const hm_flips *flips,
                    const double *input, double *tail);

/* Unit i, which is v now, flips: returns log p(flipped) / p(not), given all
 * others, and mean (`wide` numbers) := p(h | v flipped), where it is not null.
 */
double hm_flip(const hm_model *model, hm_level level, const hm_flips *flips,
               int i, double v, const double *tail, double *mean);

/* p[x] := p(v_i = x | rest) of all states x of visible unit i, which is v now,
 * given B of these and the input to the hidden layer; returns the log of that
 * of v. `moved` has room for nh numbers, p for HM_LARGEST_SIZE + 1. */
double hm_states_of_unit(const hm_model *model, hm_level level, int i,
                         const double *base, double v, const double *input,
                         double *moved, double *p);

/* moved := the input to the hidden layer with v_i moved by `by`. */
void hm_move_input(const hm_model *model, int i, double by, const double *input,
                   double *moved);

/* value[s] := the pseudo-log-likelihood of case s in nats, given the cases as
 * reals and their input to the hidden layer. Cases that are not all 0 and 1 are
 * scored from the definition: then `flips` is null. tail has room for n cases
 * of nh in whole groups of eight. */
void hm_pseudo_log_lik(const hm_model *model, int n, const double *x,
                       const double *input, const hm_flips *flips,
                       hm_hardware hw, double *tail, double *value);

typedef struct {
  hm_reader v;
  double *x;     /* room cases of nv */
  double *input; /* room cases of nh */
  double *tail;  /* room cases of `wide` */
  hm_flips flips;
} hm_pseudo_work;

void hm_pseudo_lay(hm_arena *arena, const hm_model *model,
                   const hm_cases *cases, hm_pseudo_work *work);

/* value[s] := that of each case of a data set. */
hm_status hm_pseudo_cases(const hm_model *model, const hm_cases *cases,
                          const hm_watch *watch, hm_hardware hw,
                          hm_pseudo_work *work, double *value);

#endif
