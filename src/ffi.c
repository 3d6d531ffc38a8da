#include "ffi.h"

#include <R.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/column.h"
#include "core/linalg.h"
#include "core/pseudo.h"
#include "core/walk.h"

NORET void ffi_refuse(const char *name, const char *wanted) {
  Rf_error("harmonium internal: `%s` is not %s", name, wanted);
}

SEXP ffi_part(SEXP list, const char *name) {
  const SEXP names = Rf_getAttrib(list, R_NamesSymbol);
  for (R_xlen_t i = 0; TYPEOF(list) == VECSXP && i < Rf_xlength(names); i++) {
    if (strcmp(CHAR(STRING_ELT(names, i)), name) == 0) {
      return VECTOR_ELT(list, i);
    }
  }
  return R_NilValue;
}

SEXP ffi_element(SEXP list, const char *name) {
  const SEXP names =
      TYPEOF(list) == VECSXP ? Rf_getAttrib(list, R_NamesSymbol) : R_NilValue;
  if (TYPEOF(names) == STRSXP) {
    for (R_xlen_t i = 0; i < Rf_xlength(list); i++) {
      if (strcmp(CHAR(STRING_ELT(names, i)), name) == 0) {
        return VECTOR_ELT(list, i);
      }
    }
  }
  Rf_error("harmonium internal: no element `%s` in what should be a list",
           name);
}

const char *ffi_string(SEXP x, const char *name) {
  if (TYPEOF(x) != STRSXP || Rf_xlength(x) != 1) {
    ffi_refuse(name, "one text");
  }
  return CHAR(STRING_ELT(x, 0));
}

int ffi_same(SEXP x, const char *name, const char *text) {
  return strcmp(ffi_string(x, name), text) == 0;
}

double ffi_real(SEXP x, const char *name) {
  const int whole = TYPEOF(x) == INTSXP;
  if ((!whole && TYPEOF(x) != REALSXP) || Rf_xlength(x) != 1) {
    ffi_refuse(name, "one number");
  }
  return whole ? (double)INTEGER_ELT(x, 0) : REAL_ELT(x, 0);
}

int ffi_int(SEXP x, const char *name, int least, int most) {
  const double value = ffi_real(x, name);
  if (!(value >= least && value <= most)) {
    ffi_refuse(name, "a whole number in its range");
  }
  return (int)value;
}

double *ffi_reals(SEXP x, const char *name, R_xlen_t length) {
  if (TYPEOF(x) != REALSXP || Rf_xlength(x) != length) {
    ffi_refuse(name, "as many reals as are wanted");
  }
  return REAL(x);
}

int *ffi_ints(SEXP x, const char *name, R_xlen_t length) {
  if (TYPEOF(x) != INTSXP || Rf_xlength(x) != length) {
    ffi_refuse(name, "as many integers as are wanted");
  }
  return INTEGER(x);
}

uint32_t ffi_word(double x, const char *name) {
  if (!(x >= 0.0 && x < 4294967296.0)) {
    ffi_refuse(name, "of numbers from 0 to below 2^32");
  }
  return (uint32_t)x;
}

void ffi_key(SEXP x, uint32_t key[2]) {
  const double *numbers = ffi_reals(x, "key", 2);
  key[0] = ffi_word(numbers[0], "key");
  key[1] = ffi_word(numbers[1], "key");
}

/* No bit beyond the last unit, in any case. */
static void check_bits(const hm_cases *cases, const char *name) {
  const ptrdiff_t words = hm_words(cases->nv);
  const uint64_t beyond =
      cases->nv % 64 ? ~(uint64_t)0 << cases->nv % 64 : (uint64_t)0;
  for (ptrdiff_t s = 0; beyond && s < cases->N; s++) {
    if (cases->bits[s * words + words - 1] & beyond) {
      ffi_refuse(name, "packed as ffi_cases_pack() does");
    }
  }
}

hm_cases ffi_as_cases(SEXP x, const char *name, int units) {
  const SEXP bits = ffi_element(x, "bits"), reals = ffi_element(x, "reals");
  hm_cases cases = {
      .N = ffi_int(ffi_element(x, "n"), "n", 1, INT_MAX),
      .nv = ffi_int(ffi_element(x, "units"), "units", 1, INT_MAX)};
  const R_xlen_t N = cases.N;
  if (units > 0 && cases.nv != units) {
    ffi_refuse(name, "of as many units as the layer");
  }
  if (bits != R_NilValue) {
    if (TYPEOF(bits) != RAWSXP ||
        Rf_xlength(bits) != N * hm_words(cases.nv) * 8) {
      ffi_refuse(name, "packed to as many bytes as it says");
    }
    cases.bits = (const uint64_t *)(const void *)RAW(bits);
    check_bits(&cases, name);
  } else if (reals != R_NilValue) {
    cases.reals = ffi_reals(reals, "reals", N * cases.nv);
  } else {
    const SEXP item = ffi_element(x, "item");
    cases.start = ffi_ints(ffi_element(x, "start"), "start", N + 1);
    cases.item = ffi_ints(item, "item", Rf_xlength(item));
    const hm_sparse lists = {.N = cases.N,
                             .nv = cases.nv,
                             .by_row = 1,
                             .room = Rf_xlength(item),
                             .start = cases.start,
                             .index = cases.item};
    if (hm_sparse_fault(&lists)) {
      ffi_refuse(name, "of sound lists of what is on");
    }
  }
  return cases;
}

/* The run that a text such as "ordinal(3,5)+..." begins with, which is followed
 * by the next one; a kind alone, without columns, is one of `count` units. */
static const char *as_run(const char *text, int count, const double *d,
                          hm_run *run) {
  char name[16] = "", *end;
  const size_t length = strcspn(text, "(+");
  if (length < sizeof name) {
    memcpy(name, text, length);
  }
  const hm_kind *kind = hm_unit_named(name);
  if (!kind) {
    ffi_refuse("units", "known kinds of unit");
  }
  const hm_run none = {.kind = kind, .d = d};
  *run = none;
  text += length;
  if (*text == '\0' && kind->most_size == 0) {
    run->units = run->columns = count;
    return text;
  }
  int *size = (int *)R_alloc((size_t)count, sizeof *size);
  for (const char *before = text; *text == (text == before ? '(' : ',');
       text = end) {
    const long now = strtol(text + 1, &end, 10);
    const long least = kind->most_size > 0 ? kind->least_size : 1;
    const long most = kind->most_size > 0 ? kind->most_size : 1;
    if (now < least || now > most || run->columns == count) {
      ffi_refuse("units", "of columns with sound sizes");
    }
    size[run->columns++] = (int)now;
    run->units += kind->width ? kind->width((int)now) : 1;
  }
  run->size = kind->most_size > 0 ? size : NULL;
  if (*text != ')' || run->columns == 0) {
    ffi_refuse("units", "of columns with sizes");
  }
  return text + 1;
}

/* A layer without units is one that a base model of annealing may have. Where d
 * is no R object, extra parameters are for others to set. */
static const hm_layer *as_layer_with(SEXP units, int which, int count, SEXP d) {
  if (TYPEOF(units) != STRSXP || Rf_xlength(units) != 2) {
    ffi_refuse("units", "the kinds of two layers");
  }
  const char *text = CHAR(STRING_ELT(units, which));
  const int none = !d || d == R_NilValue;
  const double *extra = none ? NULL : REAL(d);
  const R_xlen_t known = none ? 0 : Rf_xlength(d);
  int runs = 1;
  for (const char *at = text; *at != '\0'; at++) {
    runs += *at == '+';
  }
  hm_run *run = (hm_run *)R_alloc((size_t)runs, sizeof *run);
  hm_layer *layer = (hm_layer *)R_alloc(1, sizeof *layer);
  for (int r = 0; r < runs; r++) {
    text = as_run(text, count, extra, run + r);
    const hm_kind *kind = run[r].kind;
    if ((which == 1 && !kind->listed && !kind->by_nodes) ||
        (which == 0 && kind->by_nodes) ||
        *text != (r < runs - 1 ? '+' : '\0')) {
      ffi_refuse("units", "of kinds that the layer can have");
    }
    text += r < runs - 1;
  }
  *layer = hm_layer_of(runs, run);
  if (layer->units != count) {
    ffi_refuse("units", "of as many units as the layer");
  }
  if (d && layer->extras != known) {
    ffi_refuse("d", "as many extra parameters as the kinds have");
  }
  return layer;
}

const hm_layer *ffi_as_layer(SEXP units, int which, int count) {
  return as_layer_with(units, which, count, NULL);
}

/* Cells of a layer whose kinds are no states of 0 and 1 alone, column by
 * column.
 */
static void check_columns(const hm_cases *cases, const char *name,
                          const hm_layer *layer, int may_miss) {
  hm_column *column =
      (hm_column *)R_alloc((size_t)layer->columns, sizeof *column);
  double x[HM_WIDEST];
  hm_layer_columns(layer, column);
  for (int q = 0; q < layer->columns; q++) {
    for (int s = 0; s < cases->N; s++) {
      int missing = 0;
      for (int i = 0; i < column[q].width; i++) {
        x[i] = cases->reals[(ptrdiff_t)(column[q].first + i) * cases->N + s];
        missing += ISNAN(x[i]) != 0;
      }
      if (may_miss && missing == column[q].width) {
        continue;
      }
      if (missing > 0 || !column[q].kind->is_state(column + q, x)) {
        ffi_refuse(name, "of states of the layer");
      }
    }
  }
}

void ffi_check_table(const hm_cases *cases, const char *name,
                     const hm_layer *layer) {
  check_columns(cases, name, layer, 1);
}

hm_cases ffi_as_table(SEXP x, const char *name, const hm_layer *layer) {
  const hm_cases cases = ffi_as_cases(x, name, layer->units);
  if (!cases.reals) {
    ffi_refuse(name, "of reals");
  }
  check_columns(&cases, name, layer, 1);
  return cases;
}

void ffi_check_states(const hm_cases *cases, const char *name,
                      const hm_layer *layer) {
  if (!layer->valued) {
    return;
  }
  if (!cases->reals) {
    ffi_refuse(name, "of reals, as the layer has values");
  }
  check_columns(cases, name, layer, 0);
}

hm_cases ffi_as_states(SEXP x, const char *name, const hm_layer *layer) {
  const hm_cases cases = ffi_as_cases(x, name, layer->units);
  ffi_check_states(&cases, name, layer);
  return cases;
}

hm_cases ffi_as_data(SEXP x) {
  hm_cases cases = ffi_as_cases(x, "cases", 0);
  const SEXP weight = ffi_part(x, "weight"), start = ffi_part(x, "hole_start");
  const SEXP turned = ffi_part(x, "by_case");
  if (turned != R_NilValue && cases.reals) {
    cases.by_case = ffi_reals(turned, "by_case", (R_xlen_t)cases.N * cases.nv);
  }
  if (weight != R_NilValue) {
    cases.weight = ffi_reals(weight, "weight", cases.N);
  }
  if (start != R_NilValue) {
    const SEXP hole = ffi_element(x, "hole");
    const hm_sparse lists = {
        .N = cases.N,
        .nv = cases.nv,
        .by_row = 1,
        .room = Rf_xlength(hole),
        .start = ffi_ints(start, "hole_start", cases.N + (R_xlen_t)1),
        .index = ffi_ints(hole, "hole", Rf_xlength(hole))};
    if (!cases.reals || hm_sparse_fault(&lists)) {
      ffi_refuse("hole", "of sound lists of what is missing");
    }
    ptrdiff_t unknown = 0;
    for (R_xlen_t i = 0; i < cases.N * (R_xlen_t)cases.nv; i++) {
      unknown += ISNAN(cases.reals[i]) != 0;
    }
    for (int s = 0; s < cases.N; s++) {
      for (int t = lists.start[s]; t < lists.start[s + 1]; t++) {
        unknown -=
            ISNAN(cases.reals[s + (R_xlen_t)lists.index[t] * cases.N]) != 0;
      }
    }
    if (unknown != 0) {
      ffi_refuse("hole", "where cells are missing, and nowhere else");
    }
    cases.hole_start = lists.start;
    cases.hole = lists.index;
  }
  return cases;
}

void ffi_check_data(const hm_cases *cases, const hm_layer *visible) {
  if (cases->hole_start) {
    ffi_check_table(cases, "cases", visible);
  } else {
    ffi_check_states(cases, "cases", visible);
  }
}

hm_cases ffi_as_means(SEXP x, const char *name, const hm_layer *layer) {
  const hm_cases cases = ffi_as_cases(x, name, layer->units);
  if (layer->valued) {
    if (!cases.reals) {
      ffi_refuse(name, "of reals, as the layer has values");
    }
    for (ptrdiff_t i = 0; i < (ptrdiff_t)cases.N * layer->units; i++) {
      if (!R_FINITE(cases.reals[i])) {
        ffi_refuse(name, "of finite numbers");
      }
    }
  }
  return cases;
}

/* Row s of a matrix of `rows` := what a clamp holds. A column is free or held
 * as a whole. */
static void hold_row(const double *given, int rows, int s,
                     const hm_layer *visible, uint32_t *is_free, uint32_t *held,
                     float *value) {
  hm_column column = hm_column_first(visible);
  for (; column.kind; hm_column_next(visible, &column)) {
    double x[HM_WIDEST];
    int missing = 0;
    for (int i = 0; i < column.width; i++) {
      x[i] = given[(ptrdiff_t)(column.first + i) * rows + s];
      missing += ISNAN(x[i]) != 0;
    }
    if (missing > 0 ? missing < column.width
                    : !column.kind->is_state(&column, x)) {
      ffi_refuse("given", "of states of the layer");
    }
    for (int i = 0; i < column.width; i++) {
      const int place = hm_layer_place(visible, column.first + i);
      const uint32_t bit = (uint32_t)1 << place % HM_PANEL;
      is_free[place / HM_PANEL] |= missing > 0 ? bit : 0;
      held[place / HM_PANEL] |= missing == 0 && x[i] == 1.0 ? bit : 0;
      if (value) {
        value[place] = missing > 0 ? 0.0f : (float)x[i];
      }
    }
  }
}

const hm_clamp *ffi_as_clamp(SEXP given, int chains, const hm_layer *visible,
                             hm_clamp *clamp) {
  const int nv = visible->units;
  if (given == R_NilValue) {
    return NULL;
  }
  if (TYPEOF(given) != REALSXP || !Rf_isMatrix(given) ||
      Rf_ncols(given) != nv ||
      (Rf_nrows(given) != 1 && Rf_nrows(given) != chains)) {
    ffi_refuse("given", "a matrix of reals with a row for each chain");
  }
  const int rows = Rf_nrows(given);
  const size_t words = (size_t)hm_panels_across(visible->places);
  const size_t all = (size_t)rows * words, each = words * HM_PANEL;
  uint32_t *is_free = (uint32_t *)R_alloc(all, sizeof *is_free);
  uint32_t *held = (uint32_t *)R_alloc(all, sizeof *held);
  float *value = NULL;
  memset(is_free, 0, all * sizeof *is_free);
  memset(held, 0, all * sizeof *held);
  if (visible->valued) {
    value = (float *)R_alloc((size_t)rows * each, sizeof *value);
    memset(value, 0, (size_t)rows * each * sizeof *value);
  }
  for (int s = 0; s < rows; s++) {
    hold_row(REAL(given), rows, s, visible, is_free + (size_t)s * words,
             held + (size_t)s * words, value ? value + (size_t)s * each : NULL);
  }
  clamp->value = value;
  clamp->stride = rows > 1 ? (ptrdiff_t)words : 0;
  clamp->cases = 1;
  clamp->free = is_free;
  clamp->held = held;
  return clamp;
}

/* The element `d` of a model, or NULL where it has none. */
static SEXP extras_of(SEXP x) {
  const SEXP d = ffi_part(x, "d");
  if (d != R_NilValue && TYPEOF(d) != REALSXP) {
    ffi_refuse("d", "of reals");
  }
  return d;
}

hm_model ffi_as_model_by_columns(SEXP x) {
  const SEXP W = ffi_element(x, "W"), units = ffi_element(x, "units");
  if (TYPEOF(W) != REALSXP || !Rf_isMatrix(W) || Rf_nrows(W) < 1 ||
      Rf_xlength(W) > INT_MAX) {
    ffi_refuse("W", "a matrix of reals");
  }
  const int nv = Rf_nrows(W), nh = Rf_ncols(W);
  const SEXP d = extras_of(x);
  const hm_model model = {nv,
                          nh,
                          NULL,
                          REAL(W),
                          ffi_reals(ffi_element(x, "b"), "b", nv),
                          ffi_reals(ffi_element(x, "c"), "c", nh),
                          NULL,
                          as_layer_with(units, 0, nv, d),
                          as_layer_with(units, 1, nh, R_NilValue)};
  return model;
}

hm_model ffi_as_any_model(SEXP x) {
  hm_model model = ffi_as_model_by_columns(x);
  const size_t cells = (size_t)model.nv * (size_t)model.nh;
  double *W_rows = (double *)R_alloc(cells, sizeof(double));
  hm_transpose(model.nh, model.nv, model.W_cols, W_rows);
  model.W_rows = W_rows;
  return model;
}

hm_model ffi_as_model(SEXP x) {
  const hm_model model = ffi_as_any_model(x);
  if (!model.visible->counted || !model.hidden->counted) {
    ffi_refuse("units", "whose units have states 0, 1, and so on");
  }
  return model;
}

int ffi_as_threads(SEXP x) {
  const int limit = ffi_thread_limit();
  const int threads = ffi_int(x, "threads", 1, INT_MAX);
  return threads < limit ? threads : limit;
}

hm_hardware ffi_as_hardware(SEXP x) {
  hm_hardware hw = {ffi_as_threads(ffi_element(x, "threads")),
                    ffi_as_level(ffi_element(x, "level"))};
  return hw;
}

hm_level ffi_as_level(SEXP x) {
  const int level = hm_row_named(hm_level_name, ffi_string(x, "level"));
  if (level < 0 || !hm_level_here((hm_level)level)) {
    ffi_refuse("level", "one that is here");
  }
  return (hm_level)level;
}

SEXP ffi_names(hm_name_of *name_of) {
  int count = 0;
  while (name_of(count)) {
    count++;
  }
  const SEXP names = PROTECT(Rf_allocVector(STRSXP, count));
  for (int i = 0; i < count; i++) {
    SET_STRING_ELT(names, i, Rf_mkChar(name_of(i)));
  }
  UNPROTECT(1);
  return names;
}

void ffi_write_digits(uint64_t sum, char digits[FFI_DIGITS]) {
  (void)snprintf(digits, FFI_DIGITS, "%08lx%08lx", (unsigned long)(sum >> 32),
                 (unsigned long)(sum & 0xFFFFFFFFu));
}

hm_estimator_options ffi_as_estimation(SEXP x) {
  hm_estimator_options options = {
      ffi_int(ffi_element(x, "k"), "k", 1, FFI_SWEEPS),
      ffi_int(ffi_element(x, "chains"), "chains", 1, FFI_CHAINS),
      ffi_int(ffi_element(x, "temperatures"), "temperatures", 2,
              FFI_TEMPERATURES),
      ffi_int(ffi_element(x, "max_sweeps"), "max_sweeps", 1, FFI_SWEEPS)};
  return options;
}

const hm_estimator *ffi_as_estimator(SEXP plan, const hm_cases *cases,
                                     const hm_layer *visible,
                                     const hm_layer *hidden) {
  const hm_estimator *estimator = hm_estimator_named(
      ffi_string(ffi_element(plan, "estimator"), "estimator"));
  if (!estimator) {
    ffi_refuse("estimator", "the name of one");
  }
  if ((estimator->counts && !visible->counted) ||
      (estimator->finite && (!hm_layer_finite(visible) || cases->hole_start)) ||
      (estimator->meets && !hm_layer_finite(hidden))) {
    ffi_refuse("estimator", "one for units of these kinds");
  }
  if (estimator == &hm_estimator_exact) {
    ffi_check_walk(visible, hidden->units);
  }
  if (estimator == &hm_estimator_pl && !hm_cases_binary(cases) &&
      !visible->valued) {
    ffi_refuse("cases", "of 0 and 1");
  }
  return estimator;
}

void ffi_check_walk(const hm_layer *visible, int nh) {
  const int nv = visible->units;
  if ((nv < nh && !visible->valued ? nv : nh) > HM_WALK_MOST) {
    ffi_refuse("model", "small enough to be enumerated");
  }
}

/* Cases without anything in them. */
static SEXP empty_cases(int N, int units) {
  const char *names[] = {"n",     "units", "bits",     "reals",
                         "start", "item",  "dimnames", ""};
  const SEXP cases = PROTECT(Rf_mkNamed(VECSXP, names));
  SET_VECTOR_ELT(cases, 0, Rf_ScalarInteger(N));
  SET_VECTOR_ELT(cases, 1, Rf_ScalarInteger(units));
  SET_VECTOR_ELT(cases, 6, Rf_allocVector(VECSXP, 2));
  UNPROTECT(1);
  return cases;
}

SEXP ffi_new_cases(int N, int units, uint64_t **bits) {
  const SEXP cases = PROTECT(empty_cases(N, units));
  SET_VECTOR_ELT(cases, 2,
                 Rf_allocVector(RAWSXP, (R_xlen_t)N * hm_words(units) * 8));
  *bits = (uint64_t *)(void *)RAW(VECTOR_ELT(cases, 2));
  UNPROTECT(1);
  return cases;
}

SEXP ffi_new_states(int N, const hm_layer *layer, uint64_t **bits, double **x) {
  *bits = NULL;
  *x = NULL;
  if (!layer->valued) {
    return ffi_new_cases(N, layer->units, bits);
  }
  const SEXP cases = PROTECT(empty_cases(N, layer->units));
  SET_VECTOR_ELT(cases, 3, Rf_allocMatrix(REALSXP, N, layer->units));
  *x = REAL(VECTOR_ELT(cases, 3));
  memset(*x, 0, (size_t)N * (size_t)layer->units * sizeof **x);
  UNPROTECT(1);
  return cases;
}

/* From case by case to R's column by column, a few columns at a time: what is
 * read of a case is then a line of the cache. */
void ffi_put(SEXP matrix, const hm_rows *rows, const double *x) {
  enum { at_once = 8 };
  const ptrdiff_t N = Rf_nrows(matrix), units = Rf_ncols(matrix);
  double *to = REAL(matrix);
  for (ptrdiff_t first = 0; first < units; first += at_once) {
    const ptrdiff_t left = units - first;
    const ptrdiff_t here = left < at_once ? left : at_once;
    for (int s = 0; s < rows->n; s++) {
      const double *from = x + s * units + first;
      double *row = to + first * N + hm_row(rows, s);
      for (ptrdiff_t i = 0; i < here; i++) {
        row[i * N] = from[i];
      }
    }
  }
}

enum { line = 64 };

static hm_arena arena_at(char *base) {
  const hm_arena arena = {base + (line - (uintptr_t)base % line), 0};
  return arena;
}

hm_arena ffi_arena(const hm_arena *measured) {
  return arena_at(R_alloc(measured->used + line, 1));
}

SEXP ffi_kept_arena(const hm_arena *measured, hm_arena *arena) {
  const SEXP room = Rf_allocVector(RAWSXP, (R_xlen_t)(measured->used + line));
  *arena = arena_at((char *)RAW(room));
  return room;
}

/* A function of R that is told of work in C while it goes on, or null; the work
 * since it was set; and when it was last told. */
static SEXP teller = NULL;
static double worked, told;

static double seconds(void);

void ffi_worked(double work) {
  worked += work;
  R_CheckUserInterrupt();
  if (!teller) {
    return;
  }
  const double now = seconds();
  if (now - told < 0.1 && now >= told) {
    return;
  }
  told = now;
  const SEXP amount = PROTECT(Rf_ScalarReal(worked));
  const SEXP call = PROTECT(Rf_lang2(teller, amount));
  Rf_eval(call, R_BaseEnv);
  UNPROTECT(2);
}

SEXP ffi_tell(SEXP told_to) {
  if (teller) {
    R_ReleaseObject(teller);
  }
  teller = NULL;
  if (told_to != R_NilValue) {
    if (!Rf_isFunction(told_to)) {
      ffi_refuse("tell", "a function or NULL");
    }
    R_PreserveObject(told_to);
    teller = told_to;
  }
  worked = 0.0;
  return R_NilValue;
}

static int jump(void *data) {
  (void)data;
  ffi_worked(0.0);
  return 0;
}

hm_watch ffi_watch(void) {
  hm_watch watch = {jump, NULL, &worked};
  return watch;
}

static void check(void *data) {
  (void)data;
  R_CheckUserInterrupt();
}

static double seconds(void) {
#ifdef CLOCK_MONOTONIC
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
#else
  return (double)clock() / CLOCKS_PER_SEC;
#endif
}

/* A check runs the event loop of a front end: fifty a second are enough. */
static int ask(void *data) {
  double *last = data;
  const double now = seconds();
  if (now - *last < 0.02 && now >= *last) {
    return 0;
  }
  *last = now;
  return !R_ToplevelExec(check, NULL);
}

hm_watch ffi_returning_watch(double *clock) {
  hm_watch watch = {ask, clock, NULL};
  *clock = 0.0;
  return watch;
}
