#include <R.h>
#include <string.h>

#include "core/estimate.h"
#include "ffi.h"

static void exact(const hm_model *model, const hm_cases *cases, hm_hardware hw,
                  double *gradient) {
  const hm_watch watch = ffi_watch();
  hm_exact_work work;
  ffi_check_walk(model->visible, model->nh);
  hm_arena measured = {NULL, 0};
  hm_exact_lay(&measured, model, cases, hw, &work);
  hm_arena arena = ffi_arena(&measured);
  hm_exact_lay(&arena, model, cases, hw, &work);
  hm_exact_gradient(model, cases, &watch, hw, &work, gradient);
}

static hm_estimate_plan as_plan(SEXP x, const hm_model *model,
                                const hm_cases *cases, const uint32_t *key) {
  const hm_estimate_plan plan = {
      .estimator = ffi_as_estimator(x, cases, model->visible, model->hidden),
      .options = ffi_as_estimation(x),
      .base = ffi_reals(ffi_element(x, "base"), "base", model->nv),
      .warmup = ffi_int(ffi_element(x, "warmup"), "warmup", 0, FFI_SWEEPS),
      .fast_rate = ffi_real(ffi_element(x, "fast_rate"), "fast_rate"),
      .fast_decay = ffi_real(ffi_element(x, "fast_decay"), "fast_decay"),
      .key = key};
  return plan;
}

static void estimate(const hm_model *model, const hm_cases *cases, SEXP how,
                     SEXP key, double number, hm_hardware hw, double *gradient,
                     double tally[HM_COUNTS]) {
  uint32_t words[2];
  const hm_estimate_plan plan = as_plan(how, model, cases, words);
  const hm_watch watch = ffi_watch();
  hm_estimate_work work = {0};
  if (plan.estimator->counts && !model->hidden->counted) {
    ffi_refuse("estimator", "one for units of these kinds");
  }
  ffi_key(key, words);
  ffi_word((number + 1.0) * (plan.warmup + 1.0) - 1.0, "number");
  hm_arena measured = {NULL, 0};
  hm_estimate_lay(&measured, model, cases, &plan, hw, &work);
  hm_arena arena = ffi_arena(&measured);
  hm_estimate_lay(&arena, model, cases, &plan, hw, &work);
  hm_estimate(model, cases, &plan, ffi_word(number, "number"), &watch, hw,
              &work, gradient);
  memcpy(tally, work.phases.tally, sizeof work.phases.tally);
}

/* What was counted of coupled chains, by name. */
static SEXP wrap_tally(const double tally[HM_COUNTS]) {
  static const char *const name[HM_COUNTS] = {[HM_PAIRS] = "pairs",
                                              [HM_SWEEPS_TO_MEET] = "sweeps",
                                              [HM_UNMET] = "unmet",
                                              [HM_LONGEST] = "longest"};
  const SEXP out = PROTECT(Rf_allocVector(REALSXP, HM_COUNTS));
  const SEXP names = PROTECT(Rf_allocVector(STRSXP, HM_COUNTS));
  for (int i = 0; i < HM_COUNTS; i++) {
    REAL(out)[i] = tally[i];
    SET_STRING_ELT(names, i, Rf_mkChar(name[i]));
  }
  Rf_setAttrib(out, R_NamesSymbol, names);
  UNPROTECT(2);
  return out;
}

static hm_cases as_own_data(SEXP x, const hm_layer *visible) {
  const hm_cases cases = ffi_as_data(x);
  if (cases.nv != visible->units) {
    ffi_refuse("cases", "of as many units as the model");
  }
  ffi_check_data(&cases, visible);
  return cases;
}

/* A list of the gradient over all cases as one vector [gW by rows | gb | gc |
 * gd], and of what the estimator counted. */
SEXP ffi_gradient(SEXP model, SEXP cases, SEXP plan, SEXP key, SEXP number,
                  SEXP hardware) {
  const int is_exact =
      ffi_same(ffi_element(plan, "estimator"), "estimator", "exact");
  const hm_model view =
      is_exact ? ffi_as_model(model) : ffi_as_any_model(model);
  const hm_cases data = is_exact ? ffi_as_states(cases, "cases", view.visible)
                                 : as_own_data(cases, view.visible);
  const hm_hardware hw = ffi_as_hardware(hardware);
  const char *names[] = {"gradient", "tally", ""};
  const SEXP result = PROTECT(Rf_mkNamed(VECSXP, names));
  SET_VECTOR_ELT(result, 0,
                 Rf_allocVector(REALSXP, hm_parameters(view.nv, view.nh) +
                                             view.visible->extras));
  double *gradient = REAL(VECTOR_ELT(result, 0));
  double tally[HM_COUNTS] = {0.0};
  if (is_exact) {
    exact(&view, &data, hw, gradient);
  } else {
    estimate(&view, &data, plan, key, ffi_real(number, "number"), hw, gradient,
             tally);
  }
  SET_VECTOR_ELT(result, 1, wrap_tally(tally));
  UNPROTECT(1);
  return result;
}
