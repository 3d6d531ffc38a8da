#include "core/fit.h"

#include <R.h>
#include <string.h>

#include "ffi.h"

/* Start values as one vector [W by rows | b | c]. */
SEXP ffi_fit_start(SEXP cases, SEXP hidden, SEXP init_sd, SEXP key,
                   SEXP hardware) {
  const hm_cases data = ffi_as_cases(cases);
  const int nh = Rf_asInteger(hidden);
  uint32_t words[2];
  ffi_key(key, words);
  const SEXP theta =
      PROTECT(Rf_allocVector(REALSXP, hm_parameters(data.nv, nh)));
  hm_fit_start(&data, nh, Rf_asReal(init_sd), words, ffi_as_hardware(hardware),
               REAL(theta));
  UNPROTECT(1);
  return theta;
}

static hm_plan as_plan(SEXP x) {
  const SEXP units = ffi_element(x, "units");
  hm_plan plan = {Rf_asInteger(ffi_element(x, "hidden")),
                  hm_unit_named(CHAR(STRING_ELT(units, 0))),
                  hm_unit_named(CHAR(STRING_ELT(units, 1))),
                  hm_estimator_named(ffi_string(ffi_element(x, "estimator"))),
                  Rf_asInteger(ffi_element(x, "k")),
                  hm_optimiser_named(ffi_string(ffi_element(x, "optimiser"))),
                  {Rf_asReal(ffi_element(x, "learning_rate")),
                   Rf_asReal(ffi_element(x, "momentum")), 0.9, 0.999, 1e-8,
                   Rf_asReal(ffi_element(x, "weight_decay")), 0.0, 1.0},
                  Rf_asInteger(ffi_element(x, "batch_size")),
                  {0, 0},
                  ffi_as_hardware(ffi_element(x, "hardware"))};
  ffi_key(ffi_element(x, "key"), plan.key);
  return plan;
}

static SEXP as_report(const hm_epoch_report *report) {
  const char *names[] = {"reconstruction_error",
                         "pseudo_log_lik",
                         "pseudo_log_lik_se",
                         "weight_norm",
                         "step_norm",
                         "hidden_activity",
                         ""};
  const double value[] = {report->monitor.reconstruction_error,
                          report->monitor.pseudo_log_lik,
                          report->monitor.pseudo_log_lik_se,
                          report->weight_norm,
                          report->step_norm,
                          report->monitor.hidden_activity};
  const SEXP list = PROTECT(Rf_mkNamed(VECSXP, names));
  for (R_xlen_t i = 0; i < Rf_xlength(list); i++) {
    SET_VECTOR_ELT(list, i, Rf_ScalarReal(value[i]));
  }
  UNPROTECT(1);
  return list;
}

/* What the optimiser remembers: a copy, or zeros where that is NULL. */
static SEXP memory_from(SEXP memory, const hm_optimiser *rule, R_xlen_t n) {
  if (memory != R_NilValue) {
    return Rf_duplicate(memory);
  }
  const SEXP zeros = Rf_allocVector(REALSXP, n * rule->slots);
  memset(REAL(zeros), 0, (size_t)Rf_xlength(zeros) * sizeof(double));
  return zeros;
}

/* One epoch from theta and memory, which stay as they are: the new ones are in
 * the list that comes back, with the status and, where it is "ok", a report. */
SEXP ffi_fit_epoch(SEXP plan, SEXP cases, SEXP epoch, SEXP theta, SEXP memory) {
  const hm_cases data = ffi_as_cases(cases);
  const hm_plan how = as_plan(plan);
  const char *names[] = {"status", "theta", "memory", "report", ""};
  const SEXP result = PROTECT(Rf_mkNamed(VECSXP, names));
  SET_VECTOR_ELT(result, 1, Rf_duplicate(theta));
  SET_VECTOR_ELT(result, 2,
                 memory_from(memory, how.optimiser, Rf_xlength(theta)));
  double clock;
  const hm_watch watch = ffi_returning_watch(&clock);
  hm_epoch_report report;
  hm_fit_work work;
  hm_arena measured = {NULL, 0};
  hm_fit_lay(&measured, &how, &data, &work);
  hm_arena arena = ffi_arena(&measured);
  hm_fit_lay(&arena, &how, &data, &work);

  const hm_status status = hm_fit_epoch(
      &how, &data, Rf_asInteger(epoch), &watch, &work,
      REAL(VECTOR_ELT(result, 1)), REAL(VECTOR_ELT(result, 2)), &report);

  SET_VECTOR_ELT(result, 0,
                 Rf_mkString(status == HM_OK         ? "ok"
                             : status == HM_DIVERGED ? "diverged"
                                                     : "interrupted"));
  if (status == HM_OK) {
    SET_VECTOR_ELT(result, 3, as_report(&report));
  }
  UNPROTECT(1);
  return result;
}

SEXP ffi_fit_monitored(SEXP cases, SEXP hidden) {
  const hm_cases data = ffi_as_cases(cases);
  return Rf_ScalarInteger(hm_monitor_count(&data, Rf_asInteger(hidden)));
}
