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
 * rest), which is the same for 0 and 1. In a layer with other kinds a column
 * goes through all of its states, which must be finitely many: with f(v) =
 * -F(v),
 *
 *   log p(v_i = x | rest) = f(v with v_i = x) - log sum_y exp(f(v with v_i =
 * y)).
 */
#ifndef HM_PSEUDO_H
#define HM_PSEUDO_H

#include "cases.h"
#include "column.h"
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

/* Whether all visible units are binary, of one run: then flips tell all. */
int hm_flips_tell(const hm_layer *visible);

/* Whether all columns have finitely many states; and how many these are in all,
 * or as many as units where flips tell all. */
int hm_layer_finite(const hm_layer *layer);
ptrdiff_t hm_pseudo_states(const hm_layer *visible);

/* A column that is in one state, x of its units, and could be in others: */
typedef struct {
  const hm_column *column;
  const double *base; /* B of all states */
  const double *x;
} hm_choice;

/* p[k] := p(state k | all other columns), given the input to the hidden layer;
 * returns the log of that of the state that it is in. `moved` has room for nh
 * numbers, p for HM_LARGEST_SIZE + 1. */
double hm_states_of_column(const hm_model *model, hm_level level,
                           const hm_choice *choice, const double *input,
                           double *moved, double *p);

/* base := B of all states of a column. */
void hm_column_bases(const hm_column *column, double *base);

/* by := state k less x, and moved := the input to the hidden layer there.
 * Returns 0 where the two are one state. */
int hm_move_column(const hm_model *model, const hm_column *column, int k,
                   const double *x, const double *input, double *by,
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
