#include "core/checksum.h"

#include "ffi.h"

/* The sum after all elements of one vector, in pieces between which R may be
 * interrupted. */
static uint64_t add_vector(uint64_t sum, SEXP x, const hm_watch *watch) {
  const size_t piece = 1 << 20, n = (size_t)Rf_xlength(x);
  for (size_t from = 0; from < n; from += piece) {
    const size_t part = n - from < piece ? n - from : piece;
    switch (TYPEOF(x)) {
      case RAWSXP:
        sum = hm_checksum_bytes(sum, part, RAW(x) + from);
        break;
      case INTSXP:
        sum = hm_checksum_ints(sum, part, INTEGER(x) + from);
        break;
      case REALSXP:
        sum = hm_checksum_reals(sum, part, REAL(x) + from);
        break;
      default:
        break;
    }
    hm_stopped(watch);
  }
  return sum;
}

/* Raw, integer and real vectors in a list, one after the other: 16 digits. */
SEXP ffi_checksum(SEXP parts) {
  const hm_watch watch = ffi_watch();
  uint64_t sum = HM_CHECKSUM_START;
  char digits[FFI_DIGITS];
  if (TYPEOF(parts) != VECSXP) {
    ffi_refuse("parts", "a list");
  }
  for (R_xlen_t i = 0; i < Rf_xlength(parts); i++) {
    const int type = TYPEOF(VECTOR_ELT(parts, i));
    if (type != RAWSXP && type != INTSXP && type != REALSXP) {
      ffi_refuse("parts", "of raw, integer and real vectors");
    }
  }
  for (R_xlen_t i = 0; i < Rf_xlength(parts); i++) {
    sum = add_vector(sum, VECTOR_ELT(parts, i), &watch);
  }
  ffi_write_digits(sum, digits);
  return Rf_mkString(digits);
}
