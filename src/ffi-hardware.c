#ifdef _OPENMP
#include <omp.h>
#endif

#include "ffi.h"

/* The names of the SIMD levels that are here, narrowest first. */
static SEXP levels_here(void) {
  int count = 0;
  for (int i = 0; hm_level_name(i); i++) {
    count += hm_level_here((hm_level)i);
  }
  const SEXP names = PROTECT(Rf_allocVector(STRSXP, count));
  for (int i = 0, at = 0; hm_level_name(i); i++) {
    if (hm_level_here((hm_level)i)) {
      SET_STRING_ELT(names, at++, Rf_mkChar(hm_level_name(i)));
    }
  }
  UNPROTECT(1);
  return names;
}

int ffi_thread_limit(void) {
#ifdef _OPENMP
  const int most = omp_get_max_threads();
  const int limit = omp_get_thread_limit();
  return most < limit ? most : limit;
#else
  return 1;
#endif
}

/* What of the hardware can be used: the SIMD levels; the most threads that the
 * system and its settings allow, 1 without OpenMP; and whether that is there.
 */
SEXP ffi_hardware(void) {
  const char *names[] = {"levels", "threads", "openmp", ""};
  const SEXP list = PROTECT(Rf_mkNamed(VECSXP, names));
  SET_VECTOR_ELT(list, 0, levels_here());
  SET_VECTOR_ELT(list, 1, Rf_ScalarInteger(ffi_thread_limit()));
#ifdef _OPENMP
  SET_VECTOR_ELT(list, 2, Rf_ScalarLogical(1));
#else
  SET_VECTOR_ELT(list, 2, Rf_ScalarLogical(0));
#endif
  UNPROTECT(1);
  return list;
}
