/* Floor 2: a data set, one case a row, and batches taken from it.
 *
 * 0/1 data are packed to one bit a cell, case by case; data with values in
 * between are read where the host has them, in its column order. Both give
 * batches of states.
 */
#ifndef HM_CASES_H
#define HM_CASES_H

#include "states.h"

/* A host's matrix of N rows and nv columns, column by column, as one of three
 * storage types: exactly one pointer is set. */
typedef struct {
  int N;
  int nv;
  const double *reals;
  const int *ints; /* INT_MIN is a missing value */
  const unsigned char *bytes;
} hm_matrix;

/* What a scan found in one column. */
typedef struct {
  int missing;  /* NA or NaN */
  int infinite; /* Inf or -Inf */
  int outside;  /* finite, below 0 or above 1 */
  int between;  /* above 0 and below 1 */
} hm_column_scan;

typedef struct {
  int N;
  int nv;
  const uint64_t *bits; /* N cases of hm_words(nv), or null */
  const double *reals;  /* column by column, or null */
} hm_cases;

/* Counts what is unusable in column `column`. */
hm_column_scan hm_scan_column(const hm_matrix *matrix, int column);

/* Words that one packed case of nv cells takes. */
ptrdiff_t hm_words(int nv);

/* bits (N cases of hm_words(nv)) := the 0/1 cells of cases `first` to `last` -
 * 1 of the matrix, at their place. */
void hm_pack(const hm_matrix *matrix, int first, int last, uint64_t *bits);

/* states := the given cases. states->on must have room for rows->n lists of nv.
 * Packed data give lists, and states->x null; others give reals, in states->x,
 * which must then have room for rows->n cases of nv. */
void hm_take(const hm_cases *cases, const hm_rows *rows, hm_states *states);

#endif
