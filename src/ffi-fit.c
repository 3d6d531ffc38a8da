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
  const hm_layer *hidden = ffi_as_layer(units, 1, nh);
  const hm_estimator *estimator = ffi_as_estimator(x, cases, visible, hidden);
  const SEXP share = ffi_element(x, "share");
  ffi_check_data(cases, visible);
  const hm_rule rule = {
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
      .fast = estimator->fast,
      .fast_rate = number(x, "fast_rate"),
      .fast_decay = number(x, "fast_decay"),
      .sparsity_target = number(x, "sparsity_target"),
      .sparsity_cost = number(x, "sparsity_cost"),
      .max_norm = number(x, "max_norm"),
      .most_precision = number(x, "most_precision"),
      .share =
          share == R_NilValue ? NULL : ffi_reals(share, "share", cases->nv)};
  if (visible->valued && !rule.share) {
    ffi_refuse("share", "of numbers, as the layer has values");
  }
  hm_plan plan = {
      .nh = nh,
      .visible = visible,
      .hidden = hidden,
      .estimator = estimator,
      .estimation = ffi_as_estimation(x),
      .rule = rule,
      .batch_size =
          ffi_int(ffi_element(x, "batch_size"), "batch_size", 1, INT_MAX),
      .from_data = ffi_int(ffi_element(x, "from_data"), "from_data", 0, 1),
      .base = ffi_reals(ffi_element(x, "base"), "base", cases->nv),
      .hw = ffi_as_hardware(ffi_element(x, "hardware"))};
  if (!rule.optimiser) {
    ffi_refuse("optimiser", "the name of one");
  }
  const SEXP target = ffi_element(x, "target");
  plan.targets = (int)Rf_xlength(target);
  plan.target = ffi_ints(target, "target", plan.targets);
  plan.joint_share = number(x, "joint_share");
  for (int q = 0; q < plan.targets; q++) {
    if (plan.target[q] >= visible->columns ||
        plan.target[q] < (q > 0 ? plan.target[q - 1] + 1 : 0)) {
      ffi_refuse("target", "of columns in their order");
    }
  }
  if (plan.targets > 0 &&
      hm_target_states(visible, plan.targets, plan.target) == 0) {
    ffi_refuse("target", "of columns of few states");
  }
  ffi_key(ffi_element(x, "key"), plan.key);
  return plan;
}

static hm_fit_work new_work(const hm_plan *plan, const hm_cases *cases) {
  hm_fit_work work = {0};
  hm_arena measured = {NULL, 0};
  hm_fit_lay(&measured, plan, cases, &work);
  hm_arena arena = ffi_arena(&measured);
  hm_fit_lay(&arena, plan, cases, &work);
  return work;
}

/* A state's arrays, in the order of their names. */
enum { theta, memory, offsets, fast, filled, chains, ladders, tally, parts };
static const char *const part_name[parts] = {"theta",   "memory", "offsets",
                                             "fast",    "filled", "chains",
                                             "ladders", "tally"};

typedef struct {
  ptrdiff_t length[parts];
} lengths;

static lengths lengths_of(const hm_plan *plan, const hm_cases *cases) {
  const int nv = cases->nv;
  const ptrdiff_t size = hm_parameters(nv, plan->nh);
  const ptrdiff_t all = size + plan->visible->extras;
  const lengths of = {
      {[theta] = all,
       [memory] = all * plan->rule.optimiser->slots,
       [filled] = cases->hole_start ? cases->hole_start[cases->N] : 0,
       [offsets] = hm_offsets(nv, plan->nh),
       [fast] = plan->estimator->fast ? size : 0,
       [chains] = hm_estimator_words(plan->estimator, plan->visible,
                                     &plan->estimation),
       [ladders] = hm_estimator_numbers(plan->estimator, &plan->estimation),
       [tally] = HM_TALLY}};
  return of;
}

static hm_state as_state(SEXP x) {
  hm_state state = {.theta = REAL(ffi_element(x, part_name[theta])),
                    .memory = REAL(ffi_element(x, part_name[memory])),
                    .offsets = REAL(ffi_element(x, part_name[offsets])),
                    .fast = REAL(ffi_element(x, part_name[fast])),
                    .filled = REAL(ffi_element(x, part_name[filled])),
                    .particles = {(uint32_t *)(void *)INTEGER(
                                      ffi_element(x, part_name[chains])),
                                  REAL(ffi_element(x, part_name[ladders]))},
                    .tally = REAL(ffi_element(x, part_name[tally]))};
  return state;
}

/* The name of the first element that is not one of such a state, or null. */
static const char *fault_of(SEXP x, const hm_plan *plan,
                            const hm_cases *cases) {
  const lengths of = lengths_of(plan, cases);
  const int batches = (cases->N - 1) / plan->batch_size + 1;
  for (int i = 0; i < parts; i++) {
    const SEXP part = ffi_element(x, part_name[i]);
    if (TYPEOF(part) != (i == chains ? INTSXP : REALSXP) ||
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
  hm_run *run = (hm_run *)R_alloc((size_t)plan->visible->runs, sizeof *run);
  const hm_layer visible = hm_layer_with(
      plan->visible, state.theta + hm_parameters(cases->nv, plan->nh), run);
  if (!hm_chain_words_sound(&visible,
                            of.length[chains] / hm_chain_words(&visible),
                            state.particles.words)) {
    return part_name[chains];
  }
  for (ptrdiff_t i = 0; i < of.length[filled]; i++) {
    if (!R_FINITE(state.filled[i])) {
      return part_name[filled];
    }
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
      return part_name[ladders];
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
  const hm_cases data = ffi_as_data(cases);
  const hm_plan how = as_plan(plan, &data);
  const char *fault = fault_of(state, &how, &data);
  return fault ? Rf_mkString(fault) : R_NilValue;
}

/* The state of a fit at its start, by `start` values for theta: its arrays, and
 * the number of the next batch. */
SEXP ffi_fit_begin(SEXP plan, SEXP cases, SEXP start) {
  const hm_cases data = ffi_as_data(cases);
  const hm_plan how = as_plan(plan, &data);
  const lengths of = lengths_of(&how, &data);
  const char *names[parts + 2] = {NULL};
  memcpy(names, part_name, sizeof part_name);
  names[parts] = "batch";
  names[parts + 1] = "";
  ffi_reals(start, "start", of.length[theta]);
  const SEXP result = PROTECT(Rf_mkNamed(VECSXP, names));
  SET_VECTOR_ELT(result, theta, start);
  for (int i = theta + 1; i < parts; i++) {
    SET_VECTOR_ELT(
        result, i,
        Rf_allocVector(i == chains ? INTSXP : REALSXP, of.length[i]));
  }
  SET_VECTOR_ELT(result, parts, Rf_ScalarInteger(0));
  hm_state state = as_state(result);
  hm_fit_work work = new_work(&how, &data);
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

/* A fit that is under way. Its memory is one raw vector, which the pointer
 * keeps from being collected, with all that it points into. */
typedef struct {
  hm_plan plan;
  hm_cases cases;
  hm_fit_work work;
  hm_state state;
  int *batch;
  int epochs; /* how many it has made since it began */
  int lost;   /* whether it diverged */
  int given;  /* whether others may have the vectors of the state */
} fit;

enum { of_room, of_plan, of_cases, of_state, of_report, of_parts };

static SEXP fit_tag(void) { return Rf_install("harmonium_fit"); }

static fit *as_fit(SEXP x) {
  fit *going = TYPEOF(x) == EXTPTRSXP && R_ExternalPtrTag(x) == fit_tag()
                   ? R_ExternalPtrAddr(x)
                   : NULL;
  if (!going) {
    ffi_refuse("fit", "one that is under way");
  }
  return going;
}

/* The layer, in the room of the arena. */
static const hm_layer *keep_layer(hm_arena *arena, const hm_layer *layer) {
  hm_layer *kept = hm_allot(arena, 1, sizeof *kept);
  hm_run *run = hm_allot(arena, layer->runs, sizeof *run);
  if (kept) {
    memcpy(run, layer->run, (size_t)layer->runs * sizeof *run);
    *kept = *layer;
    kept->run = run;
  }
  for (int r = 0; r < layer->runs; r++) {
    const int *size = layer->run[r].size;
    int *own =
        size ? hm_allot(arena, layer->run[r].columns, sizeof *own) : NULL;
    if (own) {
      memcpy(own, size, (size_t)layer->run[r].columns * sizeof *own);
      run[r].size = own;
    }
  }
  return kept ? kept : layer;
}

/* All of a fit that is not in vectors of its own, in the room of the arena. */
static fit *lay_fit(hm_arena *arena, fit *going) {
  fit *place = hm_allot(arena, 1, sizeof *place);
  going->plan.visible = keep_layer(arena, going->plan.visible);
  going->plan.hidden = keep_layer(arena, going->plan.hidden);
  hm_fit_lay(arena, &going->plan, &going->cases, &going->work);
  return place;
}

/* Makes a state, which stays as it is, one that goes on from epoch to epoch;
 * `epoch` is how many have been made. */
SEXP ffi_fit_open(SEXP plan, SEXP cases, SEXP state, SEXP epoch) {
  const hm_cases data = ffi_as_data(cases);
  const hm_plan how = as_plan(plan, &data);
  const SEXP parts = PROTECT(Rf_allocVector(VECSXP, of_parts));
  SET_VECTOR_ELT(parts, of_plan, plan);
  SET_VECTOR_ELT(parts, of_cases, cases);
  SET_VECTOR_ELT(parts, of_state, state);
  fit going = {.plan = how,
               .cases = data,
               .given = 1,
               .epochs = ffi_int(epoch, "epoch", 0, INT_MAX - 1)};
  going.state = as_sound_state(VECTOR_ELT(parts, of_state), &how, &data);
  going.batch = INTEGER(ffi_element(VECTOR_ELT(parts, of_state), "batch"));
  hm_arena measured = {NULL, 0}, arena;
  lay_fit(&measured, &going);
  SET_VECTOR_ELT(parts, of_room, ffi_kept_arena(&measured, &arena));
  fit *place = lay_fit(&arena, &going);
  hm_fit_open(&going.plan, &data, &going.state, &going.work);
  *place = going;
  const SEXP result = R_MakeExternalPtr(place, fit_tag(), parts);
  UNPROTECT(1);
  return result;
}

/* The state in vectors that nobody else has. */
static void own_state(fit *going, SEXP parts) {
  if (going->given) {
    SET_VECTOR_ELT(parts, of_state, Rf_duplicate(VECTOR_ELT(parts, of_state)));
    going->state = as_state(VECTOR_ELT(parts, of_state));
    going->batch = INTEGER(ffi_element(VECTOR_ELT(parts, of_state), "batch"));
    going->given = 0;
  }
}

/* One epoch, or the rest of one, at this learning rate and on so many threads,
 * with a look at the model where `look` is 1: "ok", "diverged" or
 * "interrupted". */
SEXP ffi_fit_epoch(SEXP x, SEXP learning_rate, SEXP threads, SEXP look) {
  fit *going = as_fit(x);
  const SEXP parts = R_ExternalPtrProtected(x);
  double clock;
  const hm_watch watch = ffi_returning_watch(&clock);
  hm_epoch_report report;
  going->plan.rule.options.learning_rate =
      ffi_real(learning_rate, "learning_rate");
  going->plan.hw.threads = ffi_as_threads(threads);
  going->plan.looks = ffi_int(look, "look", 0, 1);
  if (going->lost || going->epochs == INT_MAX - 1) {
    ffi_refuse("fit", "one that can go on");
  }
  own_state(going, parts);
  const hm_status status =
      hm_fit_epoch(&going->plan, &going->cases, going->epochs, &watch,
                   &going->work, going->batch, &going->state, &report);
  if (status == HM_DIVERGED) {
    going->lost = 1;
    return Rf_mkString("diverged");
  }
  if (status == HM_INTERRUPTED) {
    return Rf_mkString("interrupted");
  }
  SET_VECTOR_ELT(parts, of_report, as_report(&report));
  *going->batch = 0;
  going->epochs++;
  return Rf_mkString("ok");
}

/* How many epochs a fit has made, and the report of the last. */
SEXP ffi_fit_report(SEXP x) {
  const fit *going = as_fit(x);
  const char *names[] = {"epoch", "report", ""};
  const SEXP result = PROTECT(Rf_mkNamed(VECSXP, names));
  SET_VECTOR_ELT(result, 0, Rf_ScalarInteger(going->epochs));
  SET_VECTOR_ELT(result, 1, VECTOR_ELT(R_ExternalPtrProtected(x), of_report));
  UNPROTECT(1);
  return result;
}

/* Its state now, which stays as it is. */
SEXP ffi_fit_state(SEXP x) {
  as_fit(x)->given = 1;
  return VECTOR_ELT(R_ExternalPtrProtected(x), of_state);
}

/* The first `looked_at` persistent chains of a state run on for `sweeps` sweeps
 * while the model stands still: their free energies, a column each. NULL for an
 * estimator without any. */
SEXP ffi_fit_look(SEXP plan, SEXP cases, SEXP state, SEXP looked_at,
                  SEXP sweeps, SEXP key) {
  const hm_cases data = ffi_as_data(cases);
  const hm_plan how = as_plan(plan, &data);
  const hm_state now = as_sound_state(state, &how, &data);
  const ptrdiff_t before = hm_parameters(data.nv, how.nh);
  hm_run *run = (hm_run *)R_alloc((size_t)how.visible->runs, sizeof *run);
  const hm_layer visible = hm_layer_with(how.visible, now.theta + before, run);
  const hm_model model =
      hm_model_of(data.nv, how.nh, &visible, how.hidden, now.theta);
  const hm_watch watch = ffi_watch();
  uint32_t key_words[2];
  if (!how.estimator->persistent) {
    return R_NilValue;
  }
  const int count = ffi_int(looked_at, "looked_at", 1, how.estimation.chains);
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
  work.ladders.b0 = b0;

  const SEXP F = PROTECT(Rf_allocMatrix(REALSXP, each, count));
  hm_look(&model, &now.particles, each, key_words, &watch, how.hw, &work,
          REAL(F));
  UNPROTECT(1);
  return F;
}

SEXP ffi_fit_monitored(SEXP cases, SEXP hidden, SEXP units) {
  const hm_cases data = ffi_as_data(cases);
  const hm_layer *visible = ffi_as_layer(units, 0, data.nv);
  return Rf_ScalarInteger(
      hm_monitor_count(&data, visible, as_hidden(hidden, data.nv)));
}
