#include "core/rng.h"

#include "ffi.h"

/* Four words and two words, as reals. */
SEXP ffi_philox(SEXP counter, SEXP key) {
  uint32_t words[2], from[4], to[4];
  const double *numbers = ffi_reals(counter, "counter", 4);
  ffi_key(key, words);
  for (int i = 0; i < 4; i++) {
    from[i] = ffi_word(numbers[i], "counter");
  }
  hm_philox(from, words, to);
  const SEXP out = PROTECT(Rf_allocVector(REALSXP, 4));
  for (int i = 0; i < 4; i++) {
    REAL(out)[i] = to[i];
  }
  UNPROTECT(1);
  return out;
}

static hm_purpose as_purpose(SEXP name) {
  return ffi_same(name, "purpose", "hidden")    ? HM_DRAW_HIDDEN
         : ffi_same(name, "purpose", "visible") ? HM_DRAW_VISIBLE
                                                : HM_DRAW_START;
}

/* A matrix of the uniforms that draw `units` units of `cases` cases. */
SEXP ffi_uniforms(SEXP key, SEXP purpose, SEXP step, SEXP sweep, SEXP cases,
                  SEXP units) {
  const int n = ffi_int(cases, "cases", 0, INT_MAX);
  const int wide = ffi_int(units, "units", 0, INT_MAX);
  uint32_t words[2];
  ffi_key(key, words);
  const hm_stream stream = hm_stream_of(
      words, as_purpose(purpose), ffi_word(ffi_real(step, "step"), "step"),
      ffi_word(ffi_real(sweep, "sweep"), "sweep"));
  double *u = (double *)R_alloc((size_t)wide, sizeof(double));
  const SEXP out = PROTECT(Rf_allocMatrix(REALSXP, n, wide));
  for (int s = 0; s < n; s++) {
    hm_uniforms(&stream, (uint32_t)s, 0, wide, u);
    for (int i = 0; i < wide; i++) {
      REAL(out)[(ptrdiff_t)i * n + s] = u[i];
    }
  }
  UNPROTECT(1);
  return out;
}
