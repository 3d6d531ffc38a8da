#include "core/fit.h"

#include <R.h>

#include "ffi.h"

/* How many hidden units, so that weights can be counted. */
static int as_hidden(SEXP x, int nv) {
  return ffi_int(x, "hidden", 1, INT_MAX / nv);
}

/* Start values as one vector [W by rows | b | c]. */
SEXP ffi_fit_start(SEXP cases, SEXP hidden, SEXP init_sd, SEXP key,
                   SEXP hardware) {
  const hm_cases data = ffi_as_cases(cases, "cases", 0);
  const int nh = as_hidden(hidden, data.nv);
  uint32_t words[2];
  ffi_key(key, words);
  const SEXP theta =
      PROTECT(Rf_allocVector(REALSXP, hm_parameters(data.nv, nh)));
  hm_fit_start(&data, nh, ffi_real(init_sd, "init_sd"), words,
               ffi_as_hardware(hardware), REAL(theta));
  UNPROTECT(1);
  return theta;
}

static hm_centring as_centring(SEXP x) {
  const char *name = "parameterisation";
  return ffi_same(x, name, "centred")    ? HM_CENTRED
         : ffi_same(x, name, "enhanced") ? HM_ENHANCED
                                         : HM_PLAINLY;
}

static double number(SEXP list, const char *name) {
  return ffi_real(ffi_element(list, name), name);
}

static hm_plan as_plan(SEXP x, const hm_cases *cases) {
  const SEXP units = ffi_element(x, "units");
  const int nh = as_hidden(ffi_element(x, "hidden"), cases->nv);
  hm_plan plan = {.nh = nh,
                  .visible = ffi_as_unit(units, 0),
                  .hidden = ffi_as_unit(units, 1),
                  .estimator = ffi_as_estimator(x, cases, nh),
                  .estimation = ffi_as_estimation(x),
                  .optimiser = hm_optimiser_named(
                      ffi_string(ffi_element(x, "optimiser"), "optimiser")),
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
                  .batch_size = ffi_int(ffi_element(x, "batch_size"),
                                        "batch_size", 1, INT_MAX),
                  .base = ffi_reals(ffi_element(x, "base"), "base", cases->nv),
                  .hw = ffi_as_hardware(ffi_element(x, "hardware"))};
  if (!plan.optimiser) {
    ffi_refuse("optimiser", "the name of one");
  }
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

/* The lengths of a state's arrays, in the order of its names. */
typedef struct {
  ptrdiff_t theta, memory, offsets, fast, words, numbers, tally;
} lengths;

static lengths lengths_of(const hm_plan *plan, int nv) {
  const ptrdiff_t size = hm_parameters(nv, plan->nh);
  const lengths of = {
      size,
      size * plan->optimiser->slots,
      nv + 2 * (ptrdiff_t)plan->nh,
      plan->estimator->fast ? size : 0,
      hm_estimator_words(plan->estimator, nv, plan->nh, &plan->estimation),
      hm_estimator_numbers(plan->estimator, nv, plan->nh, &plan->estimation),
      HM_TALLY};
  return of;
}

/* States of chains with no bit beyond the last unit. */
static void check_words(const hm_state *state, ptrdiff_t count, int nv) {
  const ptrdiff_t words = hm_chain_words(nv);
  for (ptrdiff_t at = 0; at < count; at++) {
    const ptrdiff_t left = nv - at % words * HM_PANEL;
    const uint32_t beyond = left >= HM_PANEL ? 0u
                            : left > 0       ? ~0u << left
                                             : ~0u;
    if (state->particles.words[at] & beyond) {
      ffi_refuse("words", "states of chains");
    }
  }
}

static hm_state as_state(SEXP x, const hm_plan *plan, int nv) {
  const lengths of = lengths_of(plan, nv);
  hm_state state = {
      .theta = ffi_reals(ffi_element(x, "theta"), "theta", of.theta),
      .memory = ffi_reals(ffi_element(x, "memory"), "memory", of.memory),
      .offsets = ffi_reals(ffi_element(x, "offsets"), "offsets", of.offsets),
      .fast = ffi_reals(ffi_element(x, "fast"), "fast", of.fast),
      .particles = {(uint32_t *)(void *)ffi_ints(ffi_element(x, "words"),
                                                 "words", of.words),
                    ffi_reals(ffi_element(x, "numbers"), "numbers",
                              of.numbers)},
      .tally = ffi_reals(ffi_element(x, "tally"), "tally", of.tally)};
  return state;
}

/* The state of a fit at its start, by start values for theta: its arrays, and
 * the number of the next batch. */
SEXP ffi_fit_begin(SEXP plan, SEXP cases, SEXP theta) {
  const hm_cases data = ffi_as_cases(cases, "cases", 0);
  const hm_plan how = as_plan(plan, &data);
  const lengths of = lengths_of(&how, data.nv);
  const char *names[] = {"theta",   "memory", "offsets", "fast", "words",
                         "numbers", "tally",  "batch",   ""};
  const SEXP result = PROTECT(Rf_mkNamed(VECSXP, names));
  const ptrdiff_t length[] = {of.theta, of.memory,  of.offsets, of.fast,
                              of.words, of.numbers, of.tally};
  ffi_reals(theta, "theta", of.theta);
  for (int i = 0; i < 7; i++) {
    const SEXPTYPE type = i == 4 ? INTSXP : REALSXP;
    SET_VECTOR_ELT(result, i, i == 0 ? theta : Rf_allocVector(type, length[i]));
  }
  SET_VECTOR_ELT(result, 7, Rf_ScalarInteger(0));
  hm_state state = as_state(result, &how, data.nv);
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
  const hm_cases data = ffi_as_cases(cases, "cases", 0);
  const hm_plan how = as_plan(plan, &data);
  const int number = ffi_int(epoch, "epoch", 0, INT_MAX - 1);
  const int batches = (data.N - 1) / how.batch_size + 1;
  const char *names[] = {"status", "state", "report", "trace", ""};
  const SEXP result = PROTECT(Rf_mkNamed(VECSXP, names));
  SET_VECTOR_ELT(result, 1, Rf_duplicate(state));
  hm_state now = as_state(VECTOR_ELT(result, 1), &how, data.nv);
  check_words(&now, lengths_of(&how, data.nv).words, data.nv);
  int *batch =
      ffi_ints(ffi_element(VECTOR_ELT(result, 1), "batch"), "batch", 1);
  if (*batch < 0 || *batch > batches) {
    ffi_refuse("batch", "the number of one");
  }
  double clock;
  const hm_watch watch = ffi_returning_watch(&clock);
  hm_epoch_report report;
  hm_fit_work work = new_work(hm_fit_lay, &how, &data);

  const hm_status status =
      hm_fit_epoch(&how, &data, number, &watch, &work, batch, &now, &report);

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
  const hm_cases data = ffi_as_cases(cases, "cases", 0);
  return Rf_ScalarInteger(hm_monitor_count(&data, as_hidden(hidden, data.nv)));
}
