#ifdef _OPENMP
#include <omp.h>
#ifndef _WIN32
#include <pthread.h>
#endif
#endif

#include <R.h>
#include <stdlib.h>

#include "core/selfcheck.h"
#include "ffi.h"

/* The SIMD levels that are here, narrowest first. */
static const char *name_here(int i) {
  for (int level = 0; hm_level_name(level); level++) {
    i -= hm_level_here((hm_level)level);
    if (i < 0) {
      return hm_level_name(level);
    }
  }
  return NULL;
}

/* More threads than processors only wait for one another. Tests of threads may
 * have them all the same, by an environment variable, so that they can run on a
 * machine with one processor. */
int ffi_thread_limit(void) {
#ifdef _OPENMP
  const int most = omp_get_max_threads();
  const int limit = omp_get_thread_limit();
  const char *wanted = getenv("HARMONIUM_TEST_THREADS");
  const long tried = wanted ? strtol(wanted, NULL, 10) : 0;
  if (tried >= 1 && tried <= 16) {
    return tried < limit ? (int)tried : limit;
  }
  const int processors = omp_get_num_procs();
  const int allowed = most < limit ? most : limit;
  return allowed < processors ? allowed : processors;
#else
  return 1;
#endif
}

#if defined(_OPENMP) && !defined(_WIN32)

static void *wait_at(void *gate) {
  pthread_mutex_lock(gate);
  pthread_mutex_unlock(gate);
  return NULL;
}

/* So many are started, to be there at the same time, and end. The stack of one
 * that has ended is kept for the next: OpenMP then gets what was tried. */
static int start_threads(int wanted) {
  pthread_t *thread = (pthread_t *)R_alloc((size_t)wanted, sizeof *thread);
  pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
  int count = 1; /* the one that this runs in */
  pthread_mutex_lock(&gate);
  while (count < wanted &&
         pthread_create(thread + count, NULL, wait_at, &gate) == 0) {
    count++;
  }
  pthread_mutex_unlock(&gate);
  for (int i = 1; i < count; i++) {
    pthread_join(thread[i], NULL);
  }
  pthread_mutex_destroy(&gate);
  return count;
}

#else

static int start_threads(int wanted) { return wanted; }

#endif

/* How many threads of those that are wanted can be had: where the system
 * refuses one, for want of memory or by a limit, OpenMP would end R. */
SEXP ffi_threads_here(SEXP wanted) {
  const int threads = ffi_int(wanted, "wanted", 1, INT_MAX);
  const int limit = ffi_thread_limit();
  return Rf_ScalarInteger(start_threads(threads < limit ? threads : limit));
}

/* What of the hardware can be used: the SIMD levels; the most threads that the
 * system and its settings allow, 1 without OpenMP; and whether that is there.
 */
SEXP ffi_hardware(void) {
  const char *names[] = {"levels", "threads", "openmp", ""};
  const SEXP list = PROTECT(Rf_mkNamed(VECSXP, names));
  SET_VECTOR_ELT(list, 0, ffi_names(name_here));
  SET_VECTOR_ELT(list, 1, Rf_ScalarInteger(ffi_thread_limit()));
#ifdef _OPENMP
  SET_VECTOR_ELT(list, 2, Rf_ScalarLogical(1));
#else
  SET_VECTOR_ELT(list, 2, Rf_ScalarLogical(0));
#endif
  UNPROTECT(1);
  return list;
}

/* What each check of the vector kernels gives at a level: its checksum, by the
 * name of the check. */
SEXP ffi_selfcheck(SEXP level) {
  uint64_t digest[HM_SELFCHECKS];
  hm_selfcheck(ffi_as_level(level), digest);
  const SEXP sums = PROTECT(Rf_allocVector(STRSXP, HM_SELFCHECKS));
  const SEXP names = PROTECT(Rf_allocVector(STRSXP, HM_SELFCHECKS));
  for (int i = 0; i < HM_SELFCHECKS; i++) {
    char digits[FFI_DIGITS];
    ffi_write_digits(digest[i], digits);
    SET_STRING_ELT(sums, i, Rf_mkChar(digits));
    SET_STRING_ELT(names, i, Rf_mkChar(hm_selfcheck_name(i)));
  }
  Rf_setAttrib(sums, R_NamesSymbol, names);
  UNPROTECT(2);
  return sums;
}
