#include "core/observed.h"

#include <R.h>

#include "ffi.h"

static hm_observed_work new_work(const hm_model *model, const hm_cases *cases,
                                 int levels, int gradient) {
  hm_observed_work work;
  hm_arena measured = {NULL, 0};
  if (hm_observed_states(model, cases) > HM_OBSERVED_MOST) {
    ffi_refuse("hidden", "of few enough states");
  }
  hm_observed_lay(&measured, model, cases, levels, gradient, &work);
  hm_arena arena = ffi_arena(&measured);
  hm_observed_lay(&arena, model, cases, levels, gradient, &work);
  return work;
}

/* How many hidden states are visited for these cases: Inf where these are more
 * than can be, or Z is not finite. */
SEXP ffi_observed_states(SEXP model, SEXP cases) {
  const hm_model view = ffi_as_any_model(model);
  const hm_cases data = ffi_as_table(cases, "cases", view.visible);
  const int64_t states = hm_observed_states(&view, &data);
  return Rf_ScalarReal(states > HM_OBSERVED_MOST ? R_PosInf : (double)states);
}

/* The mean log-likelihood of cases with missing cells, each counted by its
 * weight, and the gradient of minus it, [gW by rows | gb | gc | gd]. */
SEXP ffi_observed_likelihood(SEXP model, SEXP cases, SEXP weight,
                             SEXP hardware) {
  const hm_model view = ffi_as_any_model(model);
  const hm_cases data = ffi_as_table(cases, "cases", view.visible);
  const double *counts = ffi_reals(weight, "weight", data.N);
  const hm_hardware hw = ffi_as_hardware(hardware);
  const hm_watch watch = ffi_watch();
  const char *names[] = {"log_lik", "gradient", ""};
  hm_observed_work work = new_work(&view, &data, 0, 1);
  double log_lik;
  const SEXP result = PROTECT(Rf_mkNamed(VECSXP, names));
  SET_VECTOR_ELT(result, 1,
                 Rf_allocVector(REALSXP, hm_parameters(view.nv, view.nh) +
                                             view.visible->extras));
  hm_observed_likelihood(&view, &data, counts, &watch, hw, &work, &log_lik,
                         REAL(VECTOR_ELT(result, 1)));
  SET_VECTOR_ELT(result, 0, Rf_ScalarReal(log_lik));
  UNPROTECT(1);
  return result;
}

/* What is asked of each case by names: "log_sum", "h", "v", "square", "draw",
 * "law", the last of visible column `column`, counted from 1. A list, in the
 * order of the question. */
SEXP ffi_observed(SEXP model, SEXP cases, SEXP what, SEXP column, SEXP key,
                  SEXP hardware) {
  const hm_model view = ffi_as_any_model(model);
  const hm_cases data = ffi_as_table(cases, "cases", view.visible);
  const hm_hardware hw = ffi_as_hardware(hardware);
  const hm_watch watch = ffi_watch();
  hm_observed_answer answer = {0};
  int levels = 0;
  if (TYPEOF(what) != STRSXP) {
    ffi_refuse("what", "names of what there is");
  }
  const SEXP result = PROTECT(Rf_allocVector(VECSXP, Rf_xlength(what)));
  Rf_setAttrib(result, R_NamesSymbol, what);
  for (R_xlen_t i = 0; i < Rf_xlength(what); i++) {
    const char *name = CHAR(STRING_ELT(what, i));
    double **to = strcmp(name, "log_sum") == 0  ? &answer.log_sum
                  : strcmp(name, "h") == 0      ? &answer.h
                  : strcmp(name, "v") == 0      ? &answer.v
                  : strcmp(name, "square") == 0 ? &answer.square
                  : strcmp(name, "draw") == 0   ? &answer.draw
                  : strcmp(name, "law") == 0    ? &answer.law
                                                : NULL;
    int units = to == &answer.h ? view.nh : view.nv;
    if (!to || *to) {
      ffi_refuse("what", "names of what there is");
    }
    if (to == &answer.law) {
      hm_column *all =
          (hm_column *)R_alloc((size_t)view.visible->columns, sizeof *all);
      hm_layer_columns(view.visible, all);
      answer.column = ffi_int(column, "column", 1, view.visible->columns) - 1;
      if (!all[answer.column].kind->levels) {
        ffi_refuse("column", "one of finitely many states");
      }
      units = levels = all[answer.column].kind->levels(all + answer.column);
    }
    if (to == &answer.draw) {
      uint32_t words[2];
      ffi_key(key, words);
      answer.stream = hm_stream_of(words, HM_DRAW_VISIBLE, 0, 0);
    }
    SET_VECTOR_ELT(result, i,
                   to == &answer.log_sum
                       ? Rf_allocVector(REALSXP, data.N)
                       : Rf_allocMatrix(REALSXP, data.N, units));
    *to = REAL(VECTOR_ELT(result, i));
  }
  hm_observed_work work = new_work(&view, &data, levels, 0);
  hm_observed_answer_cases(&view, &data, &watch, hw, &work, &answer);
  UNPROTECT(1);
  return result;
}
