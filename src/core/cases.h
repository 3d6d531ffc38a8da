/* Floor 2: a data set, one case a row, and batches taken from it.
 *
 * 0/1 data are packed to one bit a cell, case by case, or, where the host has
 * them sparse, are lists of what is on, case by case; data with values in
 * between are read where the host has them, in its column order. All give
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

/* A host's sparse matrix of N rows and nv columns, compressed by row or by
 * column: entries start[l] to start[l + 1] - 1 are those of line l, and `index`
 * says where across the line each stands. Values are reals or ints, as above;
 * where both are null every entry is 1. */
typedef struct {
  int N;
  int nv;
  int by_row;
  ptrdiff_t room;   /* length of index, and of the values */
  const int *start; /* one more than there are lines */
  const int *index;
  const double *reals;
  const int *ints;
} hm_sparse;

/* What a scan found in one column. */
typedef struct {
  int missing;  /* NA or NaN */
  int infinite; /* Inf or -Inf */
  int outside;  /* finite, below 0 or above 1 */
  int between;  /* above 0 and below 1 */
} hm_column_scan;

/* In one of three storages: exactly one of bits, reals and start is set. Reals
 * may have holes, cells that are not known, for which something stands in. */
typedef struct {
  int N;
  int nv;
  const uint64_t *bits;  /* N cases of hm_words(nv) */
  const double *reals;   /* column by column, */
  const double *by_case; /* and case by case, null where nobody turned them */
  const int *start;      /* N + 1 offsets: case s is item[start[s]] and on, */
  const int *item;       /* up to item[start[s + 1] - 1], ascending */

  const double *weight; /* N, of mean 1, or null where all cases count 1 */

  /* N + 1 offsets, or null where there are no holes: those of case s are its
   * units hole[hole_start[s]] and on, up to hole[hole_start[s + 1] - 1],
   * ascending, and what stands in for them is in `filled`, at the same places,
   * which changes while others read cases. */
  const int *hole_start;
  const int *hole;
  const double *filled;
} hm_cases;

/* The most holes that a case has. */
int hm_most_holes(const hm_cases *cases);

/* Whether every value is 0 or 1, as states are. */
static inline int hm_cases_binary(const hm_cases *cases) {
  return !cases->reals;
}

/* Counts what is unusable in column `column`. */
hm_column_scan hm_scan_column(const hm_matrix *matrix, int column);

/* Words that one packed case of nv cells takes. */
ptrdiff_t hm_words(int nv);

/* bits (N cases of hm_words(nv)) := the 0/1 cells of cases `first` to `last` -
 * 1 of the matrix, at their place. */
void hm_pack(const hm_matrix *matrix, int first, int last, uint64_t *bits);

/* Cases `rows` of bits := the lists, which have no values. */
void hm_pack_lists(const hm_rows *rows, int nv, const hm_lists *lists,
                   uint64_t *bits);

/* Cases `rows` of x, columns of N that are 0, := the lists by their values. */
void hm_put_lists(ptrdiff_t N, const hm_rows *rows, const hm_lists *lists,
                  double *x);

/* Null where the sparse matrix is as described above, else what is wrong with
 * it: "offsets" that do not ascend from 0 or go beyond its room, an index out
 * of "range", or two in one line not in ascending "order". All else that reads
 * a sparse matrix relies on it. */
const char *hm_sparse_fault(const hm_sparse *sparse);

/* found[i] := what the entries of column i hold, for all nv columns. */
void hm_scan_sparse(const hm_sparse *sparse, hm_column_scan *found);

/* How many entries are not 0. */
int hm_sparse_count(const hm_sparse *sparse);

/* start (N + 1), item (hm_sparse_count) := the entries that are not 0, as lists
 * by case. On HM_INTERRUPTED they are not whole. */
hm_status hm_list_sparse(const hm_sparse *sparse, const hm_watch *watch,
                         int *start, int *item);

/* sum[i] := the sum of unit i over all cases. */
void hm_unit_sums(const hm_cases *cases, double *sum);

/* states := the given cases. states->on must have room for rows->n lists of nv.
 * 0/1 data give lists, and states->x null; others give reals, in states->x,
 * which must then have room for rows->n cases of nv. */
void hm_take(const hm_cases *cases, const hm_rows *rows, hm_states *states);

/* The same as lists alone: of real cases with values in single precision, for
 * which there must be room then. Where there are values, 0/1 cases have them
 * too. */
void hm_take_lists(const hm_cases *cases, const hm_rows *rows, hm_lists *lists);

/* Room for `room` cases at a time. */
typedef struct {
  int room;
  hm_states states;
  double *x; /* room cases of nv, null for 0/1 cases */
} hm_reader;

void hm_reader_lay(hm_arena *arena, const hm_cases *cases, int room,
                   hm_reader *reader);

/* reader->states := the cases from `first` on, as many as there is room for,
 * and rows := which these are. 0 where there is none, so that a loop over a
 * data set is for (int at = 0; hm_read(cases, at, &reader, &rows); at +=
 * rows.n) */
int hm_read(const hm_cases *cases, int first, hm_reader *reader, hm_rows *rows);

#endif
