#include "core/fit.h"

#include <R.h>

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

static hm_centring as_centring(SEXP x) {
  return ffi_same(x, "centred")    ? HM_CENTRED
         : ffi_same(x, "enhanced") ? HM_ENHANCED
                                   : HM_PLAINLY;
}

static double number(SEXP list, const char *name) {
  return Rf_asReal(ffi_element(list, name));
}

static hm_plan as_plan(SEXP x) {
  const SEXP units = ffi_element(x, "units");
  hm_plan plan = {
      .nh = Rf_asInteger(ffi_element(x, "hidden")),
      .visible = hm_unit_named(CHAR(STRING_ELT(units, 0))),
      .hidden = hm_unit_named(CHAR(STRING_ELT(units, 1))),
      .estimator = hm_estimator_named(ffi_string(ffi_element(x, "estimator"))),
      .estimation = ffi_as_estimation(x),
      .optimiser = hm_optimiser_named(ffi_string(ffi_element(x, "optimiser"))),
      .options = {.learning_rate = number(x, "learning_rate"),
                  .momentum = number(x, "momentum"),
                  .beta1 = number(x, "beta1"),
                  .beta2 = number(x, "beta2"),
                  .epsilon = number(x, "epsilon"),
                  .weight_decay = number(x, "weight_decay"),
                  .l1 = number(x, "l1")},
      .centring = as_centring(ffi_element(x, "parameterisation")),
      .offset_rate = number(x, "offset_rate"),
      .fast_rate = number(x, "fast_rate"),
      .fast_decay = number(x, "fast_decay"),
      .sparsity_target = number(x, "sparsity_target"),
      .sparsity_cost = number(x, "sparsity_cost"),
      .max_norm = number(x, "max_norm"),
      .batch_size = Rf_asInteger(ffi_element(x, "batch_size")),
      .base = REAL(ffi_element(x, "base")),
      .hw = ffi_as_hardware(ffi_element(x, "hardware"))};
  ffi_key(ffi_element(x, "key"), plan.key);
  return plan;
}

typedef void lay_function(hm_arena *, const hm_plan *, const hm_cases *,
                          hm_fit_work *);

static hm_fit_work new_work(lay_function *lay, const hm_plan *plan,
                            const hm_cases *cases) {
  hm_fit_work work = {0};
  hm_arena measured = {NULL, 0};
  lay(&measured, plan, cases, &work);
  hm_arena arena = ffi_arena(&measured);
  lay(&arena, plan, cases, &work);
  return work;
}

static hm_state as_state(SEXP x) {
  hm_state state = {
      .theta = REAL(ffi_element(x, "theta")),
      .memory = REAL(ffi_element(x, "memory")),
      .offsets = REAL(ffi_element(x, "offsets")),
      .fast = REAL(ffi_element(x, "fast")),
      .particles = {(uint32_t *)(void *)INTEGER(ffi_element(x, "words")),
                    REAL(ffi_element(x, "numbers"))},
      .tally = REAL(ffi_element(x, "tally"))};
  return state;
}

/* The state of a fit at its start, by start values for theta: its arrays, and
 * the number of the next batch. */
SEXP ffi_fit_begin(SEXP plan, SEXP cases, SEXP theta) {
  const hm_cases data = ffi_as_cases(cases);
  const hm_plan how = as_plan(plan);
  const ptrdiff_t size = hm_parameters(data.nv, how.nh);
  const char *names[] = {"theta",   "memory", "offsets", "fast", "words",
                         "numbers", "tally",  "batch",   ""};
  const SEXP result = PROTECT(Rf_mkNamed(VECSXP, names));
  const ptrdiff_t length[] = {
      size,
      size * how.optimiser->slots,
      data.nv + 2 * (ptrdiff_t)how.nh,
      how.estimator->fast ? size : 0,
      hm_estimator_words(how.estimator, data.nv, how.nh, &how.estimation),
      hm_estimator_numbers(how.estimator, data.nv, how.nh, &how.estimation),
      HM_TALLY};
  for (int i = 0; i < 7; i++) {
    const SEXPTYPE type = i == 4 ? INTSXP : REALSXP;
    SET_VECTOR_ELT(result, i, i == 0 ? theta : Rf_allocVector(type, length[i]));
  }
  SET_VECTOR_ELT(result, 7, Rf_ScalarInteger(0));
  hm_state state = as_state(result);
  hm_fit_work work = new_work(hm_fit_begin_lay, &how, &data);
  hm_fit_begin(&how, &data, &work, &state);
  UNPROTECT(1);
  return result;
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

/* Free energies of the persistent chains, a column each, at the updates that
 * were made, of the epoch's last. */
static SEXP as_trace(const hm_plan *plan, const hm_epoch_report *report,
                     const hm_fit_work *work) {
  const int chains = plan->estimator->persistent ? plan->estimation.chains : 0;
  const SEXP trace = PROTECT(Rf_allocMatrix(REALSXP, report->traced, chains));
  for (int m = 0; m < chains; m++) {
    for (int t = 0; t < report->traced; t++) {
      REAL(trace)
      [(ptrdiff_t)m * report->traced + t] =
          work->trace[(ptrdiff_t)(report->trace_from + t) * chains + m];
    }
  }
  UNPROTECT(1);
  return trace;
}

/* One epoch, or the rest of one, from a state that stays as it is: the new one
 * is in the list that comes back, with the status, a trace and, where the
 * status is "ok", a report. */
SEXP ffi_fit_epoch(SEXP plan, SEXP cases, SEXP epoch, SEXP state) {
  const hm_cases data = ffi_as_cases(cases);
  const hm_plan how = as_plan(plan);
  const char *names[] = {"status", "state", "report", "trace", ""};
  const SEXP result = PROTECT(Rf_mkNamed(VECSXP, names));
  SET_VECTOR_ELT(result, 1, Rf_duplicate(state));
  hm_state now = as_state(VECTOR_ELT(result, 1));
  int *batch = INTEGER(ffi_element(VECTOR_ELT(result, 1), "batch"));
  double clock;
  const hm_watch watch = ffi_returning_watch(&clock);
  hm_epoch_report report;
  hm_fit_work work = new_work(hm_fit_lay, &how, &data);

  const hm_status status = hm_fit_epoch(&how, &data, Rf_asInteger(epoch),
                                        &watch, &work, batch, &now, &report);

  SET_VECTOR_ELT(result, 0,
                 Rf_mkString(status == HM_OK         ? "ok"
                             : status == HM_DIVERGED ? "diverged"
                                                     : "interrupted"));
  if (status == HM_OK) {
    *batch = 0;
    SET_VECTOR_ELT(result, 2, as_report(&report));
  }
  SET_VECTOR_ELT(result, 3, as_trace(&how, &report, &work));
  UNPROTECT(1);
  return result;
}

SEXP ffi_fit_monitored(SEXP cases, SEXP hidden) {
  const hm_cases data = ffi_as_cases(cases);
  return Rf_ScalarInteger(hm_monitor_count(&data, Rf_asInteger(hidden)));
}
