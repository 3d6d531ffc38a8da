/* Floor 2: the states of one layer over a batch of cases.
 *
 * Chains and training keep them as lists of the units that are not 0, with
 * their values where these may be other than 1: a product with them is a sum of
 * rows, with no work for what is off. What is computed in double has real
 * states as they are, and goes through BLAS. The caller owns all memory.
 */
#ifndef HM_STATES_H
#define HM_STATES_H

#include "simd.h"

/* `n` lists; list s has count[s] items, from item[s * stride] on, ascending.
 * Where there are values, each item counts so much, and otherwise 1. */
typedef struct {
  int n;
  int stride;
  int *count;   /* n */
  int *item;    /* n x stride */
  float *value; /* n x stride, or null */
} hm_lists;

/* Room for n lists of up to `stride` items, without values. */
void hm_lists_lay(hm_arena *arena, int n, int stride, hm_lists *lists);

/* Place of the lowest bit of a word that is not 0. */
static inline int hm_lowest_bit(uint64_t word) {
#if defined(__GNUC__)
  return __builtin_ctzll(word);
#else
  int bit = 0;
  while (!((word >> bit) & 1u)) {
    bit++;
  }
  return bit;
#endif
}

/* One batch of one layer: lists where `x` is null, reals otherwise. */
typedef struct {
  int units;
  hm_lists on;
  double *x; /* n cases of `units`, or null */
} hm_states;

/* Room for the lists of `room` cases; x is left null. */
void hm_states_lay(hm_arena *arena, int units, int room, hm_states *states);

/* For each list s, without values, with out and rows as rows of `width`:
 *   out[s] := beta out[s] + alpha (sum over the items t of rows[t]).
 * Items are added in order, whatever the number of threads. */
void hm_sum_rows(const hm_lists *lists, int width, double alpha,
                 const double *rows, double beta, double *out, hm_hardware hw);

/* The same out += sums, of rows that are the columns of cols (`width` columns
 * of `n` numbers): for few lists, for which turning them over is not worth
 * while. */
void hm_sum_columns(const hm_lists *lists, int n, int width, const double *cols,
                    double *out);

/* List s := those of `units` units of which its values are not 0, where these
 * stand one beside the other; and the other way. The lists have room for all
 * units. */
void hm_gather_values(int units, int s, hm_lists *lists);
void hm_spread_values(int units, int s, hm_lists *lists);

/* List m of `to` := list s of `from`, which may be among the same ones, with
 * its values where both have any. */
void hm_copy_list(const hm_lists *from, int s, int m, hm_lists *to);

/* by_unit := for each of `units` units, the list of cases in which it is on,
 * with values where by_case has any. by_unit->stride must be at least
 * by_case->n. */
void hm_lists_by_unit(const hm_lists *by_case, int units, hm_lists *by_unit);

/* x (n cases of `units`) := the states as 0 and 1. */
void hm_states_to_reals(const hm_states *states, double *x);

#endif
