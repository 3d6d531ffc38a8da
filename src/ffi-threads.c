#ifdef _OPENMP
#include <omp.h>
#endif

#include "ffi.h"

/* The most threads that the system and its settings allow; 1 without OpenMP. */
SEXP ffi_thread_limit(void) {
#ifdef _OPENMP
  const int most = omp_get_max_threads();
  const int limit = omp_get_thread_limit();
  return Rf_ScalarInteger(most < limit ? most : limit);
#else
  return Rf_ScalarInteger(1);
#endif
}
