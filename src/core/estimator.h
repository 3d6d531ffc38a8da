/* Floor 5: ways to estimate the negative phase, the average over the model in
 *
 *   dl/dW = -<v sigm(c + W'v)'>_D + <v sigm(c + W'v)'>_p
 *
 * A new estimator is one file estimator-<name>.c, one row of the table in
 * estimator.c, and one row in the tests. */
#ifndef HM_ESTIMATOR_H
#define HM_ESTIMATOR_H

#include "sample.h"

typedef struct {
  const char *name;

  /* Turns a positive phase into a negative one. On entry chains->v are the
   * cases and chains->mean_h is p(h | v); on return chains->v are draws that
   * stand for the model, and chains->mean_h is p(h | v) of these. */
  hm_status (*negative_phase)(const hm_working *working, const hm_rows *rows,
                              const hm_chance *chance, int k,
                              const hm_watch *watch, hm_hardware hw,
                              hm_chains *chains);
} hm_estimator;

extern const hm_estimator hm_estimator_cd;

/* The table: row i, or null past its end. */
const hm_estimator *hm_estimator_row(int i);

/* The row of that name, or null. */
const hm_estimator *hm_estimator_named(const char *name);

#endif
