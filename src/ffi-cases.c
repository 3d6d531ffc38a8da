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

/* An integer matrix, a row a column of x: missing, infinite, outside, between.
 */
SEXP ffi_cases_scan(SEXP x) {
  const hm_matrix matrix = as_matrix(x);
  const SEXP found = PROTECT(Rf_allocMatrix(INTSXP, matrix.nv, 4));
  int *out = INTEGER(found);
  for (int i = 0; i < matrix.nv; i++) {
    const hm_column_scan scan = hm_scan_column(&matrix, i);
    out[i] = scan.missing;
    out[i + (ptrdiff_t)matrix.nv] = scan.infinite;
    out[i + 2 * (ptrdiff_t)matrix.nv] = scan.outside;
    out[i + 3 * (ptrdiff_t)matrix.nv] = scan.between;
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
