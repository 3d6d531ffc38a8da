#include "core/cases.h"

#include <R.h>
#include <string.h>

#include "ffi.h"

static hm_matrix as_matrix(SEXP x) {
  if (!Rf_isMatrix(x)) {
    ffi_refuse("x", "a matrix");
  }
  hm_matrix matrix = {Rf_nrows(x), Rf_ncols(x), NULL, NULL, NULL};
  switch (TYPEOF(x)) {
    case REALSXP:
      matrix.reals = REAL(x);
      break;
    case LGLSXP:
      matrix.ints = LOGICAL(x);
      break;
    case INTSXP:
      matrix.ints = INTEGER(x);
      break;
    case RAWSXP:
      matrix.bytes = RAW(x);
      break;
    default:
      ffi_refuse("x", "of numbers, logical or raw");
  }
  return matrix;
}

enum { kinds = 4, shown = 5 };

/* Four kinds of what columns hold: missing, infinite, outside, between. */
typedef struct {
  double *total;   /* how many cells there are of each kind, */
  double *columns; /* in how many columns; */
  int *first;      /* the first `shown` of these, from 1, */
  int *count;      /* and how many cells there */
} tally;

/* A list of these, a column of the last two a kind: little, however many
 * columns there are. */
static SEXP new_tally(tally *found) {
  const char *names[] = {"total", "columns", "first", "count", ""};
  const SEXP list = PROTECT(Rf_mkNamed(VECSXP, names));
  SET_VECTOR_ELT(list, 0, Rf_allocVector(REALSXP, kinds));
  SET_VECTOR_ELT(list, 1, Rf_allocVector(REALSXP, kinds));
  SET_VECTOR_ELT(list, 2, Rf_allocMatrix(INTSXP, shown, kinds));
  SET_VECTOR_ELT(list, 3, Rf_allocMatrix(INTSXP, shown, kinds));
  found->total = REAL(VECTOR_ELT(list, 0));
  found->columns = REAL(VECTOR_ELT(list, 1));
  found->first = INTEGER(VECTOR_ELT(list, 2));
  found->count = INTEGER(VECTOR_ELT(list, 3));
  for (int kind = 0; kind < kinds; kind++) {
    found->total[kind] = found->columns[kind] = 0.0;
  }
  memset(found->first, 0, kinds * shown * sizeof(int));
  memset(found->count, 0, kinds * shown * sizeof(int));
  UNPROTECT(1);
  return list;
}

static void note(int column, const hm_column_scan *scan, tally *found) {
  const int here[] = {scan->missing, scan->infinite, scan->outside,
                      scan->between};
  for (int kind = 0; kind < kinds; kind++) {
    if (here[kind] == 0) {
      continue;
    }
    if (found->columns[kind] < shown) {
      const int at = kind * shown + (int)found->columns[kind];
      found->first[at] = column + 1;
      found->count[at] = here[kind];
    }
    found->total[kind] += here[kind];
    found->columns[kind] += 1.0;
  }
}

/* What there is in the columns of a matrix. */
SEXP ffi_cases_scan(SEXP x) {
  const hm_matrix matrix = as_matrix(x);
  const ptrdiff_t at_once = 1 << 22;
  ptrdiff_t left = at_once;
  tally found;
  const SEXP list = PROTECT(new_tally(&found));
  for (int i = 0; i < matrix.nv; i++) {
    const hm_column_scan scan = hm_scan_column(&matrix, i);
    note(i, &scan, &found);
    left -= (ptrdiff_t)matrix.N + 1;
    if (left < 0) {
      R_CheckUserInterrupt();
      left = at_once;
    }
  }
  UNPROTECT(1);
  return list;
}

SEXP ffi_cases_pack(SEXP x) {
  const hm_matrix matrix = as_matrix(x);
  const R_xlen_t bytes = (R_xlen_t)matrix.N * hm_words(matrix.nv) * 8;
  const SEXP packed = PROTECT(Rf_allocVector(RAWSXP, bytes));
  uint64_t *bits = (uint64_t *)(void *)RAW(packed);
  /* At least a tile of rows, and no more than some milliseconds of work. */
  const ptrdiff_t fit = (1 << 24) / (ptrdiff_t)(matrix.nv < 1 ? 1 : matrix.nv);
  const int at_once = fit > 8192 ? 8192 : fit < 512 ? 512 : (int)fit;
  for (int first = 0; first < matrix.N; first += at_once) {
    const int left = matrix.N - first;
    hm_pack(&matrix, first, first + (left < at_once ? left : at_once), bits);
    R_CheckUserInterrupt();
  }
  UNPROTECT(1);
  return packed;
}

/* From a list of n, units, by_row, start, index and value, of the right types
 * and lengths; what `index` and `start` hold is for hm_sparse_fault(). */
static hm_sparse as_sparse(SEXP x) {
  const SEXP index = ffi_element(x, "index"), value = ffi_element(x, "value");
  const SEXP by_row = ffi_element(x, "by_row");
  const R_xlen_t room = Rf_xlength(index);
  hm_sparse sparse = {
      .N = ffi_int(ffi_element(x, "n"), "n", 0, INT_MAX),
      .nv = ffi_int(ffi_element(x, "units"), "units", 0, INT_MAX),
      .room = room,
      .index = ffi_ints(index, "index", room)};
  if (TYPEOF(by_row) != LGLSXP || Rf_xlength(by_row) != 1) {
    ffi_refuse("by_row", "TRUE or FALSE");
  }
  sparse.by_row = LOGICAL_ELT(by_row, 0) == 1;
  sparse.start = ffi_ints(ffi_element(x, "start"), "start",
                          (R_xlen_t)(sparse.by_row ? sparse.N : sparse.nv) + 1);
  if (TYPEOF(value) == LGLSXP && Rf_xlength(value) == room) {
    sparse.ints = LOGICAL(value);
  } else if (value != R_NilValue) {
    sparse.reals = ffi_reals(value, "value", room);
  }
  return sparse;
}

static hm_sparse as_sound_sparse(SEXP x) {
  const hm_sparse sparse = as_sparse(x);
  if (hm_sparse_fault(&sparse)) {
    ffi_refuse("x", "a sound sparse matrix");
  }
  return sparse;
}

/* What is wrong with the offsets and indices, or NULL. */
SEXP ffi_cases_fault(SEXP x) {
  const hm_sparse sparse = as_sparse(x);
  const char *fault = hm_sparse_fault(&sparse);
  return fault ? Rf_mkString(fault) : R_NilValue;
}

/* As ffi_cases_scan(). */
SEXP ffi_cases_scan_sparse(SEXP x) {
  const hm_sparse sparse = as_sound_sparse(x);
  hm_column_scan *scan =
      (hm_column_scan *)R_alloc((size_t)sparse.nv, sizeof *scan);
  hm_scan_sparse(&sparse, scan);
  tally found;
  const SEXP list = PROTECT(new_tally(&found));
  for (int i = 0; i < sparse.nv; i++) {
    note(i, &scan[i], &found);
  }
  UNPROTECT(1);
  return list;
}

/* start and item of the lists by case: x's own where these are such lists. */
SEXP ffi_cases_list(SEXP x) {
  const hm_sparse sparse = as_sound_sparse(x);
  const int count = hm_sparse_count(&sparse);
  const char *names[] = {"start", "item", ""};
  const SEXP lists = PROTECT(Rf_mkNamed(VECSXP, names));
  if (sparse.by_row && count == sparse.start[sparse.N]) {
    SET_VECTOR_ELT(lists, 0, ffi_element(x, "start"));
    SET_VECTOR_ELT(lists, 1, ffi_element(x, "index"));
  } else {
    const hm_watch watch = ffi_watch();
    SET_VECTOR_ELT(lists, 0, Rf_allocVector(INTSXP, (R_xlen_t)sparse.N + 1));
    SET_VECTOR_ELT(lists, 1, Rf_allocVector(INTSXP, count));
    hm_list_sparse(&sparse, &watch, INTEGER(VECTOR_ELT(lists, 0)),
                   INTEGER(VECTOR_ELT(lists, 1)));
  }
  UNPROTECT(1);
  return lists;
}

/* The rows with these numbers, from 1, of 0/1 cases. */
SEXP ffi_cases_rows(SEXP cases, SEXP rows) {
  const hm_cases data = ffi_as_cases(cases, "cases", 0);
  const R_xlen_t count = Rf_xlength(rows);
  const int *row = ffi_ints(rows, "rows", count);
  const int n = (int)count;
  if (!hm_cases_binary(&data) || count > INT_MAX) {
    ffi_refuse("cases", "of 0 and 1");
  }
  for (int s = 0; s < n; s++) {
    if (row[s] < 1 || row[s] > data.N) {
      ffi_refuse("rows", "of numbers of cases");
    }
  }
  hm_states states;
  hm_arena measured = {NULL, 0};
  hm_states_lay(&measured, data.nv, 1, &states);
  hm_arena arena = ffi_arena(&measured);
  hm_states_lay(&arena, data.nv, 1, &states);

  const SEXP result = PROTECT(Rf_allocMatrix(INTSXP, n, data.nv));
  memset(INTEGER(result), 0, (size_t)n * (size_t)data.nv * sizeof(int));
  for (int s = 0; s < n; s++) {
    const hm_rows from = {NULL, row[s] - 1, 1};
    hm_take(&data, &from, &states);
    for (int t = 0; t < states.on.count[0]; t++) {
      INTEGER(result)[(ptrdiff_t)states.on.item[t] * n + s] = 1;
    }
  }
  UNPROTECT(1);
  return result;
}
