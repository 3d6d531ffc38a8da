/* Floor 5: ways to estimate the negative phase, the average over the model in
 *
 *   dl/dW = -<v sigm(c + W'v)'>_D + <v sigm(c + W'v)'>_p
 *
 * A new estimator is one file estimator-<name>.c, one row of the table in
 * estimator.c, and one row in the tests. */
#ifndef HM_ESTIMATOR_H
#define HM_ESTIMATOR_H

#include "gradient.h"

struct hm_estimator {
  const char *name;
  int persistent;  /* whether it has chains of its own, */
  int fast;        /* which run on weights with faster ones on top */
  int needs_model; /* whether it reads the model in double */
  int adds;        /* whether it adds to hm_gradient_sum */
  int weighs;      /* whether draws have values or weights */

  /* How many words and numbers it keeps from update to update, and their start.
   * All four are null where it keeps nothing. */
  ptrdiff_t (*words)(int nv, int nh, const hm_estimator_options *options);
  ptrdiff_t (*numbers)(int nv, int nh, const hm_estimator_options *options);
  void (*start)(const hm_update *update, hm_gradient_work *work);

  /* Lays out work->own; null where it needs none. */
  void (*lay)(hm_arena *arena, const hm_model *shape,
              const hm_estimator_options *options, hm_hardware hw,
              hm_gradient_work *work);

  /* Called for each piece of the data and of the chains, which begin at `from`.
   * On entry work->chains.v are the cases of this piece, chains.mean_h is p(h |
   * v) and there are no draws; on return there are those of the piece. What is
   * kept goes to work->after. */
  hm_status (*negative_phase)(const hm_update *update, int from,
                              hm_gradient_work *work);
};

extern const hm_estimator hm_estimator_cd;
extern const hm_estimator hm_estimator_exact;
extern const hm_estimator hm_estimator_fpcd;
extern const hm_estimator hm_estimator_mf;
extern const hm_estimator hm_estimator_pcd;
extern const hm_estimator hm_estimator_pl;
extern const hm_estimator hm_estimator_pt;
extern const hm_estimator hm_estimator_ucd;

/* The table: row i, or null past its end. */
const hm_estimator *hm_estimator_row(int i);

/* The row of that name, or null. */
const hm_estimator *hm_estimator_named(const char *name);

/* How much it keeps. */
ptrdiff_t hm_estimator_words(const hm_estimator *estimator, int nv, int nh,
                             const hm_estimator_options *options);
ptrdiff_t hm_estimator_numbers(const hm_estimator *estimator, int nv, int nh,
                               const hm_estimator_options *options);

#endif
