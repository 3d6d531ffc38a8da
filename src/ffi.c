#include "ffi.h"

#include <R.h>
#include <string.h>
#include <time.h>

#include "core/linalg.h"

SEXP ffi_element(SEXP list, const char *name) {
  const SEXP names = Rf_getAttrib(list, R_NamesSymbol);
  for (R_xlen_t i = 0; i < Rf_xlength(list); i++) {
    if (strcmp(CHAR(STRING_ELT(names, i)), name) == 0) {
      return VECTOR_ELT(list, i);
    }
  }
  Rf_error("harmonium: no element `%s` at the border", name);
}

const char *ffi_string(SEXP x) { return CHAR(STRING_ELT(x, 0)); }

int ffi_same(SEXP x, const char *text) {
  return strcmp(ffi_string(x), text) == 0;
}

void ffi_key(SEXP x, uint32_t key[2]) {
  key[0] = (uint32_t)REAL(x)[0];
  key[1] = (uint32_t)REAL(x)[1];
}

hm_cases ffi_as_cases(SEXP x) {
  const SEXP bits = ffi_element(x, "bits"), reals = ffi_element(x, "reals");
  hm_cases cases = {.N = Rf_asInteger(ffi_element(x, "n")),
                    .nv = Rf_asInteger(ffi_element(x, "units"))};
  if (bits != R_NilValue) {
    cases.bits = (const uint64_t *)(const void *)RAW(bits);
  } else if (reals != R_NilValue) {
    cases.reals = REAL(reals);
  } else {
    cases.start = INTEGER(ffi_element(x, "start"));
    cases.item = INTEGER(ffi_element(x, "item"));
  }
  return cases;
}

hm_model ffi_as_model(SEXP x) {
  const SEXP W = ffi_element(x, "W");
  const SEXP units = ffi_element(x, "units");
  const int nv = Rf_nrows(W), nh = Rf_ncols(W);
  double *W_rows = (double *)R_alloc((size_t)nv * (size_t)nh, sizeof(double));
  hm_model model = {nv,
                    nh,
                    W_rows,
                    REAL(W),
                    REAL(ffi_element(x, "b")),
                    REAL(ffi_element(x, "c")),
                    hm_unit_named(CHAR(STRING_ELT(units, 0))),
                    hm_unit_named(CHAR(STRING_ELT(units, 1)))};
  hm_transpose(nh, nv, REAL(W), W_rows);
  return model;
}

hm_hardware ffi_as_hardware(SEXP x) {
  hm_hardware hw = {Rf_asInteger(ffi_element(x, "threads")), HM_PLAIN};
  const SEXP level = ffi_element(x, "level");
  while (!ffi_same(level, hm_level_name((int)hw.level))) {
    hw.level++;
  }
  return hw;
}

hm_estimator_options ffi_as_estimation(SEXP x) {
  hm_estimator_options options = {Rf_asInteger(ffi_element(x, "k")),
                                  Rf_asInteger(ffi_element(x, "chains")),
                                  Rf_asInteger(ffi_element(x, "temperatures")),
                                  Rf_asInteger(ffi_element(x, "most_sweeps"))};
  return options;
}

SEXP ffi_result(SEXP type, int N, int units) {
  if (!ffi_same(type, "sample")) {
    return Rf_allocMatrix(REALSXP, N, units);
  }
  const SEXP result = PROTECT(Rf_allocMatrix(INTSXP, N, units));
  memset(INTEGER(result), 0, (size_t)N * (size_t)units * sizeof(int));
  UNPROTECT(1);
  return result;
}

/* From case by case to R's column by column. */
void ffi_put(SEXP result, const hm_rows *rows, const double *x,
             const hm_lists *on) {
  const ptrdiff_t N = Rf_nrows(result), units = Rf_ncols(result);
  if (TYPEOF(result) == INTSXP) {
    for (int s = 0; s < rows->n; s++) {
      const int *item = on->item + (ptrdiff_t)s * on->stride;
      for (int t = 0; t < on->count[s]; t++) {
        INTEGER(result)[item[t] * N + hm_row(rows, s)] = 1;
      }
    }
    return;
  }
  for (ptrdiff_t i = 0; i < units; i++) {
    for (int s = 0; s < rows->n; s++) {
      REAL(result)[i * N + hm_row(rows, s)] = x[s * units + i];
    }
  }
}

hm_arena ffi_arena(const hm_arena *measured) {
  const size_t line = 64;
  const uintptr_t base = (uintptr_t)R_alloc(measured->used + line, 1);
  hm_arena arena = {(char *)((base + line - 1) / line * line), 0};
  return arena;
}

static int jump(void *data) {
  (void)data;
  R_CheckUserInterrupt();
  return 0;
}

hm_watch ffi_watch(void) {
  hm_watch watch = {jump, NULL};
  return watch;
}

static void check(void *data) {
  (void)data;
  R_CheckUserInterrupt();
}

static double seconds(void) {
#ifdef CLOCK_MONOTONIC
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
#else
  return (double)clock() / CLOCKS_PER_SEC;
#endif
}

/* A check runs the event loop of a front end: fifty a second are enough. */
static int ask(void *data) {
  double *last = data;
  const double now = seconds();
  if (now - *last < 0.02 && now >= *last) {
    return 0;
  }
  *last = now;
  return !R_ToplevelExec(check, NULL);
}

hm_watch ffi_returning_watch(double *clock) {
  hm_watch watch = {ask, clock};
  *clock = 0.0;
  return watch;
}
