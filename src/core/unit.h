/* Floor 2: kinds of unit. A kind says what a layer does with its input, the
 * bias plus what the other layer sends: it knows neither weights nor model.
 * A new kind is one file unit-<kind>.c, one row of the table in unit.c, and one
 * row in the tests. */
#ifndef HM_UNIT_H
#define HM_UNIT_H

#include "rng.h"
#include "states.h"

typedef struct {
  const char *name;

  /* mean[i] = E(state | input[i]) for one case of n units; mean may be input.
   */
  void (*mean)(hm_level level, int n, const double *input, double *mean);

  /* log of the sum over all states of exp(input . state), of one case. */
  double (*log_sum)(hm_level level, int n, const double *input);

  /* Draws the states of one case given their means, as the list of the units
   * that are on, and returns its length. `on` has room for n. */
  int (*draw)(int n, const double *mean, const hm_stream *stream,
              uint32_t which_case, int *on);

  /* Both in single precision, for panels of 32 units: the means given inputs, n
   * numbers in all; and the states of panel `panel` of the cases
   * from `from` to `to` - 1, as bits: see hm_bernoulli. */
  void (*mean_singles)(hm_level level, ptrdiff_t n, const float *input,
                       float *mean);
  void (*draw_panel)(hm_level level, const hm_stream *stream,
                     const hm_rows *rows, int from, int to, int panel,
                     const float *mean, uint32_t *bits, ptrdiff_t stride);
} hm_unit_kind;

extern const hm_unit_kind hm_unit_binary;

/* The table: row i and its name, or null past its end. */
const hm_unit_kind *hm_unit_row(int i);
const char *hm_unit_name(int i);

/* The row of that name, or null. */
const hm_unit_kind *hm_unit_named(const char *name);

#endif
