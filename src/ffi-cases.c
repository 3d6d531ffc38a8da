#include "core/cases.h"

#include <R.h>

#include "ffi.h"

static hm_matrix as_matrix(SEXP x) {
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
    default:
      matrix.bytes = RAW(x);
  }
  return matrix;
}

static void put_scan(SEXP found, int column, const hm_column_scan *scan) {
  const ptrdiff_t nv = Rf_nrows(found);
  int *out = INTEGER(found) + column;
  out[0] = scan->missing;
  out[nv] = scan->infinite;
  out[2 * nv] = scan->outside;
  out[3 * nv] = scan->between;
}

/* An integer matrix, a row a column of x: missing, infinite, outside, between.
 */
SEXP ffi_cases_scan(SEXP x) {
  const hm_matrix matrix = as_matrix(x);
  const SEXP found = PROTECT(Rf_allocMatrix(INTSXP, matrix.nv, 4));
  for (int i = 0; i < matrix.nv; i++) {
    const hm_column_scan scan = hm_scan_column(&matrix, i);
    put_scan(found, i, &scan);
  }
  UNPROTECT(1);
  return found;
}

SEXP ffi_cases_pack(SEXP x) {
  const hm_matrix matrix = as_matrix(x);
  const R_xlen_t bytes = (R_xlen_t)matrix.N * hm_words(matrix.nv) * 8;
  const SEXP packed = PROTECT(Rf_allocVector(RAWSXP, bytes));
  uint64_t *bits = (uint64_t *)(void *)RAW(packed);
  const int at_once = 8192;
  for (int first = 0; first < matrix.N; first += at_once) {
    const int left = matrix.N - first;
    hm_pack(&matrix, first, first + (left < at_once ? left : at_once), bits);
    R_CheckUserInterrupt();
  }
  UNPROTECT(1);
  return packed;
}

/* From a list of n, units, by_row, start, index and value, of the right types
 * and lengths. */
static hm_sparse as_sparse(SEXP x) {
  const SEXP index = ffi_element(x, "index"), value = ffi_element(x, "value");
  hm_sparse sparse = {.N = Rf_asInteger(ffi_element(x, "n")),
                      .nv = Rf_asInteger(ffi_element(x, "units")),
                      .by_row = Rf_asLogical(ffi_element(x, "by_row")),
                      .room = Rf_xlength(index),
                      .start = INTEGER(ffi_element(x, "start")),
                      .index = INTEGER(index)};
  if (TYPEOF(value) == REALSXP) {
    sparse.reals = REAL(value);
  } else if (TYPEOF(value) == LGLSXP) {
    sparse.ints = LOGICAL(value);
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
  const hm_sparse sparse = as_sparse(x);
  hm_column_scan *scan =
      (hm_column_scan *)R_alloc((size_t)sparse.nv, sizeof *scan);
  hm_scan_sparse(&sparse, scan);
  const SEXP found = PROTECT(Rf_allocMatrix(INTSXP, sparse.nv, 4));
  for (int i = 0; i < sparse.nv; i++) {
    put_scan(found, i, &scan[i]);
  }
  UNPROTECT(1);
  return found;
}

/* start and item of the lists by case: x's own where these are such lists. */
SEXP ffi_cases_list(SEXP x) {
  const hm_sparse sparse = as_sparse(x);
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
  const hm_cases data = ffi_as_cases(cases);
  const int n = Rf_length(rows);
  hm_states states;
  hm_arena measured = {NULL, 0};
  hm_states_lay(&measured, data.nv, 1, &states);
  hm_arena arena = ffi_arena(&measured);
  hm_states_lay(&arena, data.nv, 1, &states);

  const SEXP type = PROTECT(Rf_mkString("sample"));
  const SEXP result = PROTECT(ffi_result(type, n, data.nv));
  for (int s = 0; s < n; s++) {
    const hm_rows from = {NULL, INTEGER(rows)[s] - 1, 1}, to = {NULL, s, 1};
    hm_take(&data, &from, &states);
    ffi_put(result, &to, NULL, &states.on);
  }
  UNPROTECT(2);
  return result;
}
