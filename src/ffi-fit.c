#include "core/fit.h"

#include <R.h>
#include <string.h>

#include "core/look.h"
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
  uint32_t key_words[2];
  ffi_key(key, key_words);
  const SEXP start =
      PROTECT(Rf_allocVector(REALSXP, hm_parameters(data.nv, nh)));
  hm_fit_start(&data, nh, ffi_real(init_sd, "init_sd"), key_words,
               ffi_as_hardware(hardware), REAL(start));
  UNPROTECT(1);
  return start;
}

static hm_centring as_centring(SEXP x) {
  const char *name = "parameterisation";
  return ffi_same(x, name, "centred")    ? HM_CENTRED
         : ffi_same(x, name, "enhanced") ? HM_ENHANCED
                                         : HM_UNCENTRED;
}

static double number(SEXP list, const char *name) {
  return ffi_real(ffi_element(list, name), name);
}

static hm_plan as_plan(SEXP x, const hm_cases *cases) {
  const SEXP units = ffi_element(x, "units");
  const int nh = as_hidden(ffi_element(x, "hidden"), cases->nv);
  const hm_layer *visible = ffi_as_layer(units, 0, cases->nv);
  ffi_check_states(cases, "cases", visible);
  hm_plan plan = {.nh = nh,
                  .visible = visible,
                  .hidden = ffi_as_layer(units, 1, nh),
                  .estimator = ffi_as_estimator(x, cases, visible, nh),
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

/* A state's arrays, in the order of their names. */
enum { theta, memory, offsets, fast, words, numbers, tally, parts };
static const char *const part_name[parts] = {
    "theta", "memory", "offsets", "fast", "words", "numbers", "tally"};

typedef struct {
  ptrdiff_t length[parts];
} lengths;

static lengths lengths_of(const hm_plan *plan, int nv) {
  const ptrdiff_t size = hm_parameters(nv, plan->nh);
  const lengths of = {
      {[theta] = size,
       [memory] = size * plan->optimiser->slots,
       [offsets] = nv + 2 * (ptrdiff_t)plan->nh,
       [fast] = plan->estimator->fast ? size : 0,
       [words] = hm_estimator_words(plan->estimator, plan->visible,
                                    &plan->estimation),
       [numbers] = hm_estimator_numbers(plan->estimator, &plan->estimation),
       [tally] = HM_TALLY}};
  return of;
}

static hm_state as_state(SEXP x) {
  hm_state state = {.theta = REAL(ffi_element(x, part_name[theta])),
                    .memory = REAL(ffi_element(x, part_name[memory])),
                    .offsets = REAL(ffi_element(x, part_name[offsets])),
                    .fast = REAL(ffi_element(x, part_name[fast])),
                    .particles = {(uint32_t *)(void *)INTEGER(
                                      ffi_element(x, part_name[words])),
                                  REAL(ffi_element(x, part_name[numbers]))},
                    .tally = REAL(ffi_element(x, part_name[tally]))};
  return state;
}

/* Whether states of chains have a bit beyond the last unit. */
static int has_beyond(const uint32_t *words, ptrdiff_t count,
                      const hm_layer *visible) {
  const ptrdiff_t each = hm_chain_words(visible);
  for (ptrdiff_t at = 0; visible->valued && at < count; at++) {
    if (words[at] > (uint32_t)hm_layer_support(visible, (int)(at % each))) {
      return 1;
    }
  }
  if (visible->valued) {
    return 0;
  }
  for (int q = 0; q < each; q++) {
    const int units = hm_layer_panel(visible, q).units;
    const uint32_t beyond = units < HM_PANEL ? ~0u << units : 0u;
    for (ptrdiff_t at = q; at < count; at += each) {
      if (words[at] & beyond) {
        return 1;
      }
    }
  }
  return 0;
}

/* The name of the first element that is not one of such a state, or null. */
static const char *fault_of(SEXP x, const hm_plan *plan,
                            const hm_cases *cases) {
  const lengths of = lengths_of(plan, cases->nv);
  const int batches = (cases->N - 1) / plan->batch_size + 1;
  for (int i = 0; i < parts; i++) {
    const SEXP part = ffi_element(x, part_name[i]);
    if (TYPEOF(part) != (i == words ? INTSXP : REALSXP) ||
        Rf_xlength(part) != of.length[i]) {
      return part_name[i];
    }
  }
  const SEXP batch = ffi_element(x, "batch");
  if (TYPEOF(batch) != INTSXP || Rf_xlength(batch) != 1 ||
      INTEGER_ELT(batch, 0) < 0 || INTEGER_ELT(batch, 0) > batches) {
    return "batch";
  }
  const hm_state state = as_state(x);
  if (has_beyond(state.particles.words, of.length[words], plan->visible)) {
    return part_name[words];
  }
  for (int i = 0; i < HM_TALLY; i++) {
    if (!(state.tally[i] >= 0.0)) {
      return part_name[tally];
    }
  }
  if (plan->estimator->ladders) {
    const int rungs = plan->estimation.temperatures;
    int *taken = (int *)R_alloc((size_t)rungs, sizeof *taken);
    if (!hm_temper_sound(plan->estimation.chains, rungs,
                         state.particles.numbers, taken)) {
      return part_name[numbers];
    }
  }
  return NULL;
}

static hm_state as_sound_state(SEXP x, const hm_plan *plan,
                               const hm_cases *cases) {
  const char *fault = fault_of(x, plan, cases);
  if (fault) {
    ffi_refuse(fault, "that of a state of this fit");
  }
  return as_state(x);
}

/* What of a state is not such as these data and this plan leave it: the name of
 * the element, or NULL. */
SEXP ffi_fit_fault(SEXP plan, SEXP cases, SEXP state) {
  const hm_cases data = ffi_as_cases(cases, "cases", 0);
  const hm_plan how = as_plan(plan, &data);
  const char *fault = fault_of(state, &how, &data);
  return fault ? Rf_mkString(fault) : R_NilValue;
}

/* The state of a fit at its start, by `start` values for theta: its arrays, and
 * the number of the next batch. */
SEXP ffi_fit_begin(SEXP plan, SEXP cases, SEXP start) {
  const hm_cases data = ffi_as_cases(cases, "cases", 0);
  const hm_plan how = as_plan(plan, &data);
  const lengths of = lengths_of(&how, data.nv);
  const char *names[parts + 2] = {NULL};
  memcpy(names, part_name, sizeof part_name);
  names[parts] = "batch";
  names[parts + 1] = "";
  ffi_reals(start, "start", of.length[theta]);
  const SEXP result = PROTECT(Rf_mkNamed(VECSXP, names));
  SET_VECTOR_ELT(result, theta, start);
  for (int i = theta + 1; i < parts; i++) {
    SET_VECTOR_ELT(result, i,
                   Rf_allocVector(i == words ? INTSXP : REALSXP, of.length[i]));
  }
  SET_VECTOR_ELT(result, parts, Rf_ScalarInteger(0));
  hm_state state = as_state(result);
  hm_fit_work work = new_work(hm_fit_begin_lay, &how, &data);
  hm_fit_begin(&how, &data, &work, &state);
  UNPROTECT(1);
  return result;
}

/* What there is nothing to tell of is NA. */
static SEXP as_report(const hm_epoch_report *report) {
  const char *names[] = {"reconstruction_error",
                         "pseudo_log_lik",
                         "pseudo_log_lik_se",
                         "weight_norm",
                         "step_norm",
                         "hidden_activity",
                         "swap_rate",
                         "meeting_time",
                         "unmet",
                         ""};
  const double value[] = {report->monitor.reconstruction_error,
                          report->monitor.pseudo_log_lik,
                          report->monitor.pseudo_log_lik_se,
                          report->weight_norm,
                          report->step_norm,
                          report->monitor.hidden_activity,
                          report->chains.swap_rate,
                          report->chains.meeting_time,
                          report->chains.unmet};
  const SEXP list = PROTECT(Rf_mkNamed(VECSXP, names));
  for (R_xlen_t i = 0; i < Rf_xlength(list); i++) {
    SET_VECTOR_ELT(list, i,
                   Rf_ScalarReal(ISNAN(value[i]) ? NA_REAL : value[i]));
  }
  UNPROTECT(1);
  return list;
}

/* One epoch, or the rest of one, from a state that stays as it is: the new one
 * is in the list that comes back, with the status and, where that is "ok", a
 * report. */
SEXP ffi_fit_epoch(SEXP plan, SEXP cases, SEXP epoch, SEXP state) {
  const hm_cases data = ffi_as_cases(cases, "cases", 0);
  const hm_plan how = as_plan(plan, &data);
  const int number = ffi_int(epoch, "epoch", 0, INT_MAX - 1);
  const char *names[] = {"status", "state", "report", ""};
  const SEXP result = PROTECT(Rf_mkNamed(VECSXP, names));
  SET_VECTOR_ELT(result, 1, Rf_duplicate(state));
  hm_state now = as_sound_state(VECTOR_ELT(result, 1), &how, &data);
  int *batch = INTEGER(ffi_element(VECTOR_ELT(result, 1), "batch"));
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
  UNPROTECT(1);
  return result;
}

/* The first `chains` persistent chains of a state run on for `sweeps` sweeps
 * while the model stands still: their free energies, a column each. NULL for an
 * estimator without any. */
SEXP ffi_fit_look(SEXP plan, SEXP cases, SEXP state, SEXP chains, SEXP sweeps,
                  SEXP key) {
  const hm_cases data = ffi_as_cases(cases, "cases", 0);
  const hm_plan how = as_plan(plan, &data);
  const hm_state now = as_sound_state(state, &how, &data);
  const hm_model model =
      hm_model_of(data.nv, how.nh, how.visible, how.hidden, now.theta);
  const hm_watch watch = ffi_watch();
  uint32_t key_words[2];
  if (!how.estimator->persistent) {
    return R_NilValue;
  }
  const int count = ffi_int(chains, "chains", 1, how.estimation.chains);
  const int each = ffi_int(sweeps, "sweeps", 1, FFI_SWEEPS);
  if ((double)count * each > INT_MAX) {
    ffi_refuse("sweeps", "few enough for so many chains");
  }
  ffi_key(key, key_words);
  hm_look_work work;
  hm_arena measured = {NULL, 0};
  hm_look_lay(&measured, &model, how.estimator, &how.estimation, count, &work);
  hm_singles_lay(&measured, how.visible->places);
  hm_arena arena = ffi_arena(&measured);
  hm_look_lay(&arena, &model, how.estimator, &how.estimation, count, &work);
  float *b0 = hm_singles_lay(&arena, how.visible->places);
  hm_layer_set_singles(how.visible, how.base, b0);

  const SEXP F = PROTECT(Rf_allocMatrix(REALSXP, each, count));
  hm_look(&model, how.estimator, &how.estimation, b0, &now.particles, each,
          key_words, &watch, how.hw, &work, REAL(F));
  UNPROTECT(1);
  return F;
}

SEXP ffi_fit_monitored(SEXP cases, SEXP hidden) {
  const hm_cases data = ffi_as_cases(cases, "cases", 0);
  return Rf_ScalarInteger(hm_monitor_count(&data, as_hidden(hidden, data.nv)));
}
