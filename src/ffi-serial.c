#include "core/serial.h"

#include "ffi.h"

/* What keeps a raw vector from being plain data, or NULL. */
SEXP ffi_serial_fault(SEXP bytes) {
  if (TYPEOF(bytes) != RAWSXP) {
    ffi_refuse("bytes", "a raw vector");
  }
  const char *fault = hm_serial_fault((size_t)Rf_xlength(bytes), RAW(bytes));
  return fault ? Rf_mkString(fault) : R_NilValue;
}
