#include <R.h>
#include <string.h>

#include "core/draws.h"
#include "ffi.h"

static int part(SEXP x, const char *name, int least, int most) {
  return ffi_int(ffi_element(x, name), name, least, most);
}

static hm_draws_plan as_plan(SEXP x) {
  const hm_draws_plan plan = {
      .chains = part(x, "chains", 1, INT_MAX),
      .steps = part(x, "steps", 0, FFI_SWEEPS),
      .looks = part(x, "looks", 0, FFI_SWEEPS),
      .look_every = part(x, "look_every", 1, FFI_SWEEPS),
      .draws = part(x, "draws", 1, INT_MAX),
      .thin = part(x, "thin", 1, FFI_SWEEPS),
      .looked_at = part(x, "looked_at", 0, INT_MAX)};
  const double sweeps = plan.steps + (plan.draws - 1) * (double)plan.thin;
  const double looked = (plan.looks - 1) * (double)plan.look_every;
  const int half = plan.steps - plan.steps / 2;
  if ((double)plan.chains * plan.draws > INT_MAX || sweeps > FFI_SWEEPS ||
      looked > half || plan.looked_at > plan.chains ||
      plan.looked_at > INT_MAX / 2) {
    ffi_refuse("how", "a plan whose numbers go together");
  }
  return plan;
}

/* Null for no start. */
static const hm_cases *as_start(SEXP start, const hm_draws_plan *plan,
                                const hm_layer *visible, hm_cases *cases) {
  if (start == R_NilValue) {
    return NULL;
  }
  *cases = ffi_as_states(start, "start", visible);
  if (cases->N != 1 && cases->N != plan->chains) {
    ffi_refuse("start", "one case, or one for each chain");
  }
  return cases;
}

/* A list of the draws, as cases or as means; of F of each; of `trace` and
 * `sums`, see hm_draws; and of `tempering`, which is for ladders to set. */
static SEXP new_draws(SEXP type, const hm_draws_plan *plan,
                      const hm_layer *visible, hm_draws *draws) {
  const int nv = visible->units;
  static const char *names[] = {"x",    "free_energy", "trace",
                                "sums", "tempering",   ""};
  const SEXP list = PROTECT(Rf_mkNamed(VECSXP, names));
  const int n = plan->chains * plan->draws;
  memset(draws, 0, sizeof *draws);
  if (ffi_same(type, "type", "sample")) {
    SET_VECTOR_ELT(list, 0,
                   ffi_new_states(n, visible, &draws->bits, &draws->x));
  } else {
    SET_VECTOR_ELT(list, 0, Rf_allocMatrix(REALSXP, n, nv));
    draws->mean = REAL(VECTOR_ELT(list, 0));
  }
  SET_VECTOR_ELT(list, 1, Rf_allocVector(REALSXP, n));
  SET_VECTOR_ELT(list, 2,
                 Rf_allocMatrix(REALSXP, plan->looks, plan->looked_at));
  SET_VECTOR_ELT(list, 3, Rf_allocMatrix(REALSXP, nv, 2 * plan->looked_at));
  draws->free_energy = REAL(VECTOR_ELT(list, 1));
  draws->trace = REAL(VECTOR_ELT(list, 2));
  draws->sums = REAL(VECTOR_ELT(list, 3));
  UNPROTECT(1);
  return list;
}

static void make_work(const hm_model *model, int room, int reals,
                      hm_level level, hm_draws_work *work) {
  hm_arena measured = {NULL, 0};
  hm_draws_lay(&measured, model, room, reals, work);
  hm_arena arena = ffi_arena(&measured);
  hm_draws_lay(&arena, model, room, reals, work);
  hm_draws_prepare(model, level, work);
}

/* Chains of block Gibbs sampling by a plan, from the cases of `start`, its only
 * one, or, where it is NULL, from draws given no hidden unit on. */
SEXP ffi_sample(SEXP model, SEXP start, SEXP how, SEXP given, SEXP type,
                SEXP key, SEXP hardware) {
  const hm_model view = ffi_as_any_model(model);
  hm_draws_plan plan = as_plan(how);
  const hm_hardware hw = ffi_as_hardware(hardware);
  const int room = hm_chains_at_once(view.nv, view.nh, plan.chains);
  const hm_watch watch = ffi_watch();
  hm_cases cases;
  hm_clamp held;
  plan.start = as_start(start, &plan, view.visible, &cases);
  plan.clamp = ffi_as_clamp(given, plan.chains, view.visible, &held);
  uint32_t words[2];
  hm_draws_work work;
  hm_draws draws;
  ffi_key(key, words);
  make_work(&view, room, plan.start && !hm_cases_binary(plan.start), hw.level,
            &work);

  const SEXP result = PROTECT(new_draws(type, &plan, view.visible, &draws));
  hm_draws_gibbs(&plan, words, &watch, hw, &work, &draws);
  if (draws.x) {
    hm_columns_round(view.visible, (ptrdiff_t)plan.chains * plan.draws,
                     draws.x);
  }
  UNPROTECT(1);
  return result;
}

/* What ladders were like: their rungs, the share of what was refused between
 * them, and how often replicas came from the hot end to the cold one. */
static SEXP wrap_tempering(const hm_temper_work *ladders) {
  static const char *names[] = {"beta", "refused", "trips", ""};
  const SEXP list = PROTECT(Rf_mkNamed(VECSXP, names));
  SET_VECTOR_ELT(list, 0, Rf_allocVector(REALSXP, ladders->rungs));
  SET_VECTOR_ELT(list, 1, Rf_allocVector(REALSXP, ladders->rungs - 1));
  SET_VECTOR_ELT(list, 2, Rf_allocVector(REALSXP, ladders->ladders));
  memcpy(REAL(VECTOR_ELT(list, 0)), ladders->beta,
         (size_t)ladders->rungs * sizeof(double));
  memcpy(REAL(VECTOR_ELT(list, 2)), ladders->trips,
         (size_t)ladders->ladders * sizeof(double));
  for (int r = 0; r < ladders->rungs - 1; r++) {
    REAL(VECTOR_ELT(list, 1))
    [r] = ladders->tried[r] > 0.0 ? ladders->refused[r] / ladders->tried[r]
                                  : NA_REAL;
  }
  UNPROTECT(1);
  return list;
}

/* Ladders of parallel tempering by the same plan, of `rungs` rungs each, whose
 * base law has the log odds `base`. */
SEXP ffi_temper(SEXP model, SEXP base, SEXP rungs, SEXP start, SEXP how,
                SEXP given, SEXP type, SEXP key, SEXP hardware) {
  const hm_model view = ffi_as_any_model(model);
  hm_draws_plan plan = as_plan(how);
  const hm_hardware hw = ffi_as_hardware(hardware);
  const int high = ffi_int(rungs, "rungs", 2, FFI_TEMPERATURES);
  const double *log_odds = ffi_reals(base, "base", view.nv);
  const hm_watch watch = ffi_watch();
  hm_cases cases;
  hm_clamp held;
  plan.start = as_start(start, &plan, view.visible, &cases);
  plan.clamp = ffi_as_clamp(given, plan.chains, view.visible, &held);
  uint32_t words[2];
  hm_draws_work work;
  hm_temper_work ladders;
  hm_draws draws;
  if ((double)plan.chains * high > FFI_REPLICAS) {
    ffi_refuse("rungs", "few enough for so many chains");
  }
  if (plan.start && !hm_cases_binary(plan.start) && !view.visible->valued) {
    ffi_refuse("start", "of 0 and 1");
  }
  ffi_key(key, words);
  make_work(&view, plan.chains, 0, hw.level, &work);
  hm_arena measured = {NULL, 0};
  hm_temper_lay(&measured, view.visible, view.hidden, plan.chains, high,
                &ladders);
  hm_singles_lay(&measured, view.visible->places);
  hm_arena arena = ffi_arena(&measured);
  hm_temper_lay(&arena, view.visible, view.hidden, plan.chains, high, &ladders);
  float *b0 = hm_singles_lay(&arena, view.visible->places);
  hm_layer_set_singles(view.visible, log_odds, b0);
  ladders.b0 = b0;

  const SEXP result = PROTECT(new_draws(type, &plan, view.visible, &draws));
  hm_draws_temper(&plan, words, &watch, hw, &ladders, &work, &draws);
  if (draws.x) {
    hm_columns_round(view.visible, (ptrdiff_t)plan.chains * plan.draws,
                     draws.x);
  }
  SET_VECTOR_ELT(result, 4, wrap_tempering(&ladders));
  UNPROTECT(1);
  return result;
}
