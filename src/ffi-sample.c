#include "core/sample.h"

#include <R.h>
#include <string.h>

#include "core/temper.h"
#include "ffi.h"

/* How chains run: `burn` sweeps, of which the last is looked at, and every
 * `apart`th before it, `looks` times in all; then `draws` draws, the first at
 * once and each later one after `thin` more sweeps. */
typedef struct {
  int chains;
  int burn;
  int looks;
  int apart;
  int draws;
  int thin;
  int looked_at; /* of the chains, the first so many */
} plan;

static int part(SEXP x, const char *name, int least, int most) {
  return ffi_int(ffi_element(x, name), name, least, most);
}

static plan as_plan(SEXP x) {
  const plan out = {.chains = part(x, "chains", 1, INT_MAX),
                    .burn = part(x, "burn", 0, FFI_SWEEPS),
                    .looks = part(x, "looks", 0, FFI_SWEEPS),
                    .apart = part(x, "apart", 1, FFI_SWEEPS),
                    .draws = part(x, "draws", 1, INT_MAX),
                    .thin = part(x, "thin", 1, FFI_SWEEPS),
                    .looked_at = part(x, "looked_at", 0, INT_MAX)};
  const double sweeps = out.burn + (out.draws - 1) * (double)out.thin;
  const double looked = (out.looks - 1) * (double)out.apart;
  const int half = out.burn - out.burn / 2;
  if ((double)out.chains * out.draws > INT_MAX || sweeps > FFI_SWEEPS ||
      looked > half || out.looked_at > out.chains ||
      out.looked_at > INT_MAX / 2) {
    ffi_refuse("how", "a plan whose numbers go together");
  }
  return out;
}

/* The sweep after which look or draw `i` is due, looks first. */
static int due(const plan *of, int i) {
  return i < of->looks ? of->burn - (of->looks - 1 - i) * of->apart
                       : of->burn + (i - of->looks) * of->thin;
}

/* What is held, from a matrix of 0, 1 and NA where a unit is free, with one row
 * for all chains or one for each; `copies` of each row. Null for no matrix. */
static const hm_clamp *as_clamp(SEXP given, const plan *of, int units,
                                int copies, hm_clamp *clamp) {
  if (given == R_NilValue) {
    return NULL;
  }
  if (TYPEOF(given) != INTSXP || !Rf_isMatrix(given) ||
      Rf_ncols(given) != units ||
      (Rf_nrows(given) != 1 && Rf_nrows(given) != of->chains)) {
    ffi_refuse("given", "an integer matrix with a row for each chain");
  }
  const int rows = Rf_nrows(given), nv = units;
  const int all = rows > 1 ? rows * copies : 1;
  const size_t words = (size_t)hm_chain_words(nv);
  uint32_t *is_free = (uint32_t *)R_alloc((size_t)all * words, 4);
  uint32_t *held = (uint32_t *)R_alloc((size_t)all * words, 4);
  memset(is_free, 0, (size_t)all * words * 4);
  memset(held, 0, (size_t)all * words * 4);
  for (int s = 0; s < all; s++) {
    const int row = rows > 1 ? s / copies : 0;
    for (int i = 0; i < nv; i++) {
      const int value = INTEGER(given)[(ptrdiff_t)i * rows + row];
      const size_t at = (size_t)s * words + (size_t)i / HM_PANEL;
      is_free[at] |= (uint32_t)(value == NA_INTEGER) << i % HM_PANEL;
      held[at] |= (uint32_t)(value == 1) << i % HM_PANEL;
    }
  }
  clamp->stride = rows > 1 ? (ptrdiff_t)words : 0;
  clamp->free = is_free;
  clamp->held = held;
  return clamp;
}

/* What comes out, a row for each draw, chain by chain. */
typedef struct {
  SEXP x;
  double *free_energy; /* of the draws */
  double *trace;       /* looks by chains that are looked at */
  double *sums;        /* nv by halves of looks and chains: how often on */
  double *mean_v;
  int *row;
} output;

/* A list of them, and of `tempering`, which is for ladders to set. */
static SEXP new_output(SEXP type, const plan *of, int nv, output *out) {
  static const char *names[] = {"x",    "free_energy", "trace",
                                "sums", "tempering",   ""};
  const SEXP list = PROTECT(Rf_mkNamed(VECSXP, names));
  const int n = of->chains * of->draws;
  out->x = ffi_result(type, n, nv);
  SET_VECTOR_ELT(list, 0, out->x);
  SET_VECTOR_ELT(list, 1, Rf_allocVector(REALSXP, n));
  SET_VECTOR_ELT(list, 2, Rf_allocMatrix(REALSXP, of->looks, of->looked_at));
  SET_VECTOR_ELT(list, 3, Rf_allocMatrix(REALSXP, nv, 2 * of->looked_at));
  out->free_energy = REAL(VECTOR_ELT(list, 1));
  out->trace = REAL(VECTOR_ELT(list, 2));
  out->sums = REAL(VECTOR_ELT(list, 3));
  memset(out->sums, 0, 2 * (size_t)of->looked_at * (size_t)nv * sizeof(double));
  UNPROTECT(1);
  return list;
}

/* Counts what is on in list s, look i of this chain: in the first half of the
 * looks or in the second, without the middle one of an odd number. */
static void add_look(const plan *of, int i, int chain, const hm_states *v,
                     int s, const output *out) {
  const int late = i >= of->looks - of->looks / 2;
  const int *item = v->on.item + (ptrdiff_t)s * v->on.stride;
  double *sum = out->sums + (2 * (ptrdiff_t)chain + late) * v->units;
  for (int t = 0; (late || i < of->looks / 2) && t < v->on.count[s]; t++) {
    sum[item[t]] += 1.0;
  }
}

/* Writes down look or draw `i` of the chains from `first` on. */
static void put(const plan *of, int i, int first, const hm_chains *chains,
                const output *out) {
  const int n = chains->v.on.n, draw = i - of->looks;
  if (draw < 0) {
    for (int s = 0; s < n && first + s < of->looked_at; s++) {
      out->trace[(ptrdiff_t)(first + s) * of->looks + i] =
          chains->free_energy[s];
      add_look(of, i, first + s, &chains->v, s, out);
    }
    return;
  }
  for (int s = 0; s < n; s++) {
    out->row[s] = (first + s) * of->draws + draw;
    out->free_energy[out->row[s]] = chains->free_energy[s];
  }
  const hm_rows rows = {out->row, 0, n};
  if (TYPEOF(out->x) == REALSXP) {
    hm_panels_get(n, &chains->mean_v, out->mean_v);
  }
  ffi_put(out->x, &rows, out->mean_v, &chains->v.on);
}

static hm_cases as_start(SEXP start, const plan *of, int units) {
  const hm_cases from = ffi_as_cases(start, "start", units);
  if (from.N != 1 && from.N != of->chains) {
    ffi_refuse("start", "one case, or one for each chain");
  }
  return from;
}

/* A start of the chains `rows`: their cases, or the only one for all of them.
 */
static void take(const hm_cases *from, const hm_rows *rows, const int *only,
                 hm_chains *chains) {
  const hm_rows same = {only, 0, rows->n};
  chains->v.x = chains->x;
  hm_take(from, from->N == 1 ? &same : rows, &chains->v);
  hm_chains_hold(chains);
}

typedef struct {
  hm_working working;
  hm_chains chains;
  double *free_energy;
  double *mean_v; /* room cases of nv */
  int *row;
  int *only; /* room times case 0 */
} sample_work;

static void lay(hm_arena *arena, const hm_model *model, int room, int reals,
                sample_work *work) {
  hm_working_lay(arena, model, &work->working);
  hm_chains_lay(arena, model->nv, model->nh, room, reals, &work->chains);
  work->free_energy = hm_room(arena, room, sizeof(double));
  work->mean_v = hm_room(arena, (ptrdiff_t)room * model->nv, sizeof(double));
  work->row = hm_room(arena, room, sizeof(int));
  work->only = hm_room(arena, room, sizeof(int));
}

static void make(const hm_model *model, int room, int reals, hm_level level,
                 sample_work *work, output *out) {
  hm_arena measured = {NULL, 0};
  lay(&measured, model, room, reals, work);
  hm_arena arena = ffi_arena(&measured);
  lay(&arena, model, room, reals, work);
  hm_working_set(model, level, &work->working);
  memset(work->only, 0, (size_t)room * sizeof(int));
  work->chains.free_energy = work->free_energy;
  out->mean_v = work->mean_v;
  out->row = work->row;
}

/* Chains of block Gibbs sampling by a plan, from the cases of `start`, its only
 * one, or, where it is NULL, from draws given no hidden unit on. */
SEXP ffi_sample(SEXP model, SEXP start, SEXP how, SEXP given, SEXP type,
                SEXP key, SEXP hardware) {
  const hm_model view = ffi_as_model(model);
  const plan of = as_plan(how);
  const hm_hardware hw = ffi_as_hardware(hardware);
  const int room = hm_chains_at_once(view.nv, view.nh, of.chains);
  const hm_watch watch = ffi_watch();
  const int started = start != R_NilValue;
  const hm_cases from =
      started ? as_start(start, &of, view.nv) : (hm_cases){.N = 0};
  hm_clamp held = {0, NULL, NULL};
  const hm_clamp *clamp = as_clamp(given, &of, view.nv, 1, &held);
  uint32_t words[2];
  const hm_chance chance = {words, 0};
  sample_work work;
  output out;
  ffi_key(key, words);
  make(&view, room, started && !hm_cases_binary(&from), hw.level, &work, &out);
  hm_chains *chains = &work.chains;

  const SEXP result = PROTECT(new_output(type, &of, view.nv, &out));
  const hm_rows all = {NULL, 0, of.chains};
  for (int first = 0; first < of.chains; first += room) {
    const hm_rows rows = hm_rows_from(&all, first, room);
    hm_clamp here = held;
    if (clamp) {
      here.free += first * held.stride;
      here.held += first * held.stride;
      chains->clamp = &here;
    }
    if (started) {
      take(&from, &rows, work.only, chains);
    } else {
      hm_start(&work.working, &rows, &chance, hw, chains);
    }
    hm_chains_mean_h(&work.working, hw, chains);
    for (int i = 0, done = 0; i < of.looks + of.draws; i++) {
      hm_gibbs(&work.working, &rows, &chance, done, due(&of, i) - done, &watch,
               hw, chains);
      done = due(&of, i);
      put(&of, i, first, chains, &out);
    }
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

/* All replicas of each ladder := what its chain holds. */
static void spread(const hm_chains *chains, hm_temper_work *ladders) {
  const hm_lists *from = &chains->v.on;
  hm_lists *to = &ladders->chains.v.on;
  for (int s = 0; s < ladders->ladders * ladders->rungs; s++) {
    const int m = s / ladders->rungs;
    to->count[s] = from->count[m];
    memcpy(to->item + (ptrdiff_t)s * to->stride,
           from->item + (ptrdiff_t)m * from->stride,
           (size_t)from->count[m] * sizeof *to->item);
  }
}

/* Ladders of parallel tempering by the same plan, of `rungs` rungs each, whose
 * base law has the log odds `base`. The first half of the burn-in is what the
 * rungs have to find their places. */
SEXP ffi_temper(SEXP model, SEXP base, SEXP rungs, SEXP start, SEXP how,
                SEXP given, SEXP type, SEXP key, SEXP hardware) {
  const hm_model view = ffi_as_model(model);
  const plan of = as_plan(how);
  const hm_hardware hw = ffi_as_hardware(hardware);
  const int high = ffi_int(rungs, "rungs", 2, FFI_TEMPERATURES);
  const int M = of.chains;
  const double *log_odds = ffi_reals(base, "base", view.nv);
  if ((double)M * high > 1e6) {
    ffi_refuse("rungs", "few enough for so many chains");
  }
  const hm_watch watch = ffi_watch();
  hm_clamp held = {0, NULL, NULL}, held_all = held;
  uint32_t words[2];
  const hm_chance chance = {words, 0};
  const hm_rows all = {NULL, 0, M};
  sample_work work;
  hm_temper_work ladders;
  output out;
  ffi_key(key, words);
  make(&view, M, 0, hw.level, &work, &out);
  hm_arena measured = {NULL, 0};
  hm_temper_lay(&measured, view.nv, view.nh, M, high, &ladders);
  hm_singles_lay(&measured, view.nv);
  hm_arena arena = ffi_arena(&measured);
  hm_temper_lay(&arena, view.nv, view.nh, M, high, &ladders);
  float *b0 = hm_singles_lay(&arena, view.nv);
  hm_set_singles(view.nv, log_odds, b0);
  hm_chains *chains = &work.chains;
  chains->clamp = as_clamp(given, &of, view.nv, 1, &held);
  ladders.chains.clamp = as_clamp(given, &of, view.nv, high, &held_all);

  const SEXP result = PROTECT(new_output(type, &of, view.nv, &out));
  hm_temper_fresh(&ladders);
  if (start != R_NilValue) {
    const hm_cases from = as_start(start, &of, view.nv);
    if (!hm_cases_binary(&from)) {
      ffi_refuse("start", "of 0 and 1");
    }
    take(&from, &all, work.only, chains);
    spread(chains, &ladders);
  } else {
    hm_temper_start(&work.working, b0, &chance, hw, &ladders);
  }
  int done = of.burn / 2;
  hm_temper_settle(&work.working, b0, &chance, 0, done, &watch, hw, &ladders);
  for (int i = 0; i < of.looks + of.draws; i++) {
    hm_temper(&work.working, b0, &chance, done, due(&of, i) - done, &watch, hw,
              &ladders);
    done = due(&of, i);
    hm_temper_cold(&ladders, 0, ladders.ladders, chains);
    hm_chains_mean_v(&work.working, hw, chains);
    hm_chains_mean_h(&work.working, hw, chains);
    put(&of, i, 0, chains, &out);
  }
  SET_VECTOR_ELT(result, 4, wrap_tempering(&ladders));

  UNPROTECT(1);
  return result;
}
