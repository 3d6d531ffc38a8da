/* Dense matrices of any numbers, and sparse ones whose offsets and indices are
 * anything, held against plain loops. */
#include "cases.h"

#include <limits.h>

#include "fuzz.h"

static hm_matrix matrix_of(int N, int nv) {
  const ptrdiff_t cells = (ptrdiff_t)N * nv;
  const double *x = fuzz_cells(N, nv);
  hm_matrix matrix = {N, nv, NULL, NULL, NULL};
  double *reals = FUZZ_NEW(double, cells);
  int *ints = FUZZ_NEW(int, cells);
  unsigned char *bytes = FUZZ_NEW(unsigned char, cells);
  for (ptrdiff_t i = 0; i < cells; i++) {
    const int odd = fuzz_wild && fuzz_uniform() < 0.1;
    reals[i] = odd ? fuzz_any() : x[i];
    ints[i] = odd && fuzz_uniform() < 0.5 ? INT_MIN
              : odd                       ? fuzz_int(-3, 3)
                                          : (int)x[i];
    bytes[i] = (unsigned char)(odd ? fuzz_byte() : (int)x[i]);
  }
  switch (fuzz_int(0, 2)) {
    case 0:
      matrix.reals = reals;
      break;
    case 1:
      matrix.ints = ints;
      break;
    default:
      matrix.bytes = bytes;
  }
  return matrix;
}

/* As a real, with the missing value of whole numbers as NaN. */
static double cell(const double *reals, const int *ints, ptrdiff_t at) {
  return reals                 ? reals[at]
         : !ints               ? 1.0
         : ints[at] == INT_MIN ? (double)NAN
                               : ints[at];
}

static void look(double x, hm_column_scan *found) {
  found->missing += isnan(x);
  found->infinite += isinf(x) != 0;
  found->outside += isfinite(x) && (x < 0.0 || x > 1.0);
  found->between += x > 0.0 && x < 1.0;
}

static void check_scan(const hm_column_scan *x, const hm_column_scan *y) {
  FUZZ_CHECK(x->missing == y->missing && x->infinite == y->infinite &&
                 x->outside == y->outside && x->between == y->between,
             "a scan counts what is there");
}

/* x (N rows of nv) are the cells that are on. */
static void check_cases(const hm_cases *cases, const double *x) {
  const int N = cases->N, nv = cases->nv;
  double *sum = FUZZ_NEW(double, nv);
  hm_unit_sums(cases, sum);
  for (int i = 0; i < nv; i++) {
    double total = 0.0;
    for (int s = 0; s < N; s++) {
      total += x[(ptrdiff_t)s * nv + i];
    }
    FUZZ_CHECK(total == sum[i], "sums of units");
  }
  if (N < 1 || nv < 1) {
    return;
  }
  const hm_rows rows = fuzz_rows(N, 20);
  hm_states states;
  FUZZ_LAY(hm_states_lay(arena, nv, rows.n, &states));
  hm_take(cases, &rows, &states);
  FUZZ_CHECK(fuzz_sound_lists(&states.on, nv), "lists ascend");
  double *back = FUZZ_NEW(double, (ptrdiff_t)rows.n *nv);
  hm_states_to_reals(&states, back);
  for (int s = 0; s < rows.n; s++) {
    FUZZ_CHECK(fuzz_same(nv, back + (ptrdiff_t)s * nv,
                         x + (ptrdiff_t)hm_row(&rows, s) * nv),
               "what is taken is what is there");
  }
}

static void check_dense(void) {
  const int N = fuzz_rarely(9) ? fuzz_int(0, 1100) : fuzz_size(70);
  const int nv = fuzz_size(N > 100 ? 10 : 140);
  const hm_matrix matrix = matrix_of(N, nv);
  double *on = FUZZ_NEW(double, (ptrdiff_t)N *nv);
  for (int i = 0; i < nv; i++) {
    hm_column_scan twin = {0, 0, 0, 0};
    for (int s = 0; s < N; s++) {
      const ptrdiff_t at = (ptrdiff_t)i * N + s;
      const double x = matrix.bytes ? (double)matrix.bytes[at]
                                    : cell(matrix.reals, matrix.ints, at);
      look(x, &twin);
      on[(ptrdiff_t)s * nv + i] = x != 0.0;
    }
    const hm_column_scan found = hm_scan_column(&matrix, i);
    check_scan(&found, &twin);
  }
  uint64_t *bits = FUZZ_NEW(uint64_t, N * hm_words(nv));
  for (int first = 0; first < N;) {
    const int last = fuzz_rarely(2) ? fuzz_int(first + 1, N) : N;
    hm_pack(&matrix, first, last, bits);
    first = last;
  }
  const hm_cases cases = {.N = N, .nv = nv, .bits = bits};
  check_cases(&cases, on);
}

/* Whether offsets and indices are sound, from the definition. */
static int is_sound(const hm_sparse *sparse) {
  const int lines = sparse->by_row ? sparse->N : sparse->nv;
  const int across = sparse->by_row ? sparse->nv : sparse->N;
  int sound = sparse->start[0] == 0;
  for (int l = 0; sound && l < lines; l++) {
    sound = sparse->start[l] <= sparse->start[l + 1] &&
            sparse->start[l + 1] <= sparse->room;
    for (int t = sparse->start[l]; sound && t < sparse->start[l + 1]; t++) {
      sound =
          sparse->index[t] >= 0 && sparse->index[t] < across &&
          (t == sparse->start[l] || sparse->index[t] > sparse->index[t - 1]);
    }
  }
  return sound;
}

static void check_sparse(void) {
  const int N = fuzz_int(0, 12), nv = fuzz_int(0, 12);
  hm_sparse sparse = {.N = N, .nv = nv, .by_row = fuzz_int(0, 1)};
  const int lines = sparse.by_row ? N : nv, across = sparse.by_row ? nv : N;
  const int room = fuzz_int(0, 40), ordered = fuzz_int(0, 3);
  int *start = FUZZ_NEW(int, lines + 1), *index = FUZZ_NEW(int, room);
  int *ints = FUZZ_NEW(int, room);
  for (int l = 0; l <= lines; l++) {
    start[l] = l > 0 ? start[l - 1] + fuzz_int(0, 3) : 0;
  }
  for (int t = 0; t < room; t++) {
    index[t] = fuzz_int(0, across > 0 ? across - 1 : 0);
    ints[t] = fuzz_uniform() < 0.1 ? INT_MIN : fuzz_int(0, 1);
  }
  /* Mostly sound but for a spot. */
  for (int l = 0; l < lines && ordered; l++) {
    for (int t = start[l]; t < start[l + 1] && t < room; t++) {
      index[t] = t - start[l] + (t > start[l] ? index[start[l]] : index[t] / 2);
    }
  }
  if (fuzz_wild) {
    start[fuzz_int(0, lines)] = fuzz_int(INT_MIN, INT_MAX);
    if (room > 0) {
      index[fuzz_int(0, room - 1)] = fuzz_int(INT_MIN, INT_MAX);
    }
  }
  sparse.room = room;
  sparse.start = start;
  sparse.index = index;
  const int kind = fuzz_int(0, 2);
  sparse.reals = kind == 1 ? fuzz_reals(room, -0.2, 1.2) : NULL;
  sparse.ints = kind == 2 ? ints : NULL;
  FUZZ_CHECK((hm_sparse_fault(&sparse) == NULL) == is_sound(&sparse),
             "faults are found, and only these");
  if (hm_sparse_fault(&sparse)) {
    return;
  }
  hm_column_scan *scan = FUZZ_NEW(hm_column_scan, nv);
  hm_column_scan *twin = FUZZ_NEW(hm_column_scan, nv);
  double *on = FUZZ_NEW(double, (ptrdiff_t)N *nv);
  memset(twin, 0, (size_t)nv * sizeof *twin);
  memset(on, 0, (size_t)N * (size_t)nv * sizeof *on);
  for (int l = 0; l < lines; l++) {
    for (int t = start[l]; t < start[l + 1]; t++) {
      const double x = cell(sparse.reals, sparse.ints, t);
      const int s = sparse.by_row ? l : index[t];
      const int i = sparse.by_row ? index[t] : l;
      look(x, twin + i);
      on[(ptrdiff_t)s * nv + i] = x != 0.0;
    }
  }
  hm_scan_sparse(&sparse, scan);
  for (int i = 0; i < nv; i++) {
    check_scan(scan + i, twin + i);
  }
  int never = 0;
  const hm_watch watch = fuzz_watch(&never);
  int *list_start = FUZZ_NEW(int, N + 1);
  int *item = FUZZ_NEW(int, hm_sparse_count(&sparse));
  FUZZ_CHECK(hm_list_sparse(&sparse, &watch, list_start, item) == HM_OK,
             "nobody stopped it");
  const hm_cases cases = {.N = N, .nv = nv, .start = list_start, .item = item};
  check_cases(&cases, on);
}

void fuzz(void) {
  if (fuzz_rarely(2)) {
    check_dense();
  } else {
    check_sparse();
  }
}
