/* What a scan counts, and that packed, sparse or real data come back as they
 * were. */
#include "cases.h"

#include <limits.h>

#include "check.h"
#include "twin.h"

static uint64_t chance = 31;

static void check_found(const hm_column_scan found, int missing, int infinite,
                        int outside, int between) {
  CHECK_NEAR(found.missing, missing, 0.0);
  CHECK_NEAR(found.infinite, infinite, 0.0);
  CHECK_NEAR(found.outside, outside, 0.0);
  CHECK_NEAR(found.between, between, 0.0);
}

static void check_scan_reals(void) {
  const double inf = HUGE_VAL, nan = inf - inf;
  const double x[] = {0.0,     1.0,  -0.0,   1.0,         0.0,
                      nan,     inf,  -inf,   nan,         nan,
                      -1e-300, 0.5,  1e-300, 1.0 + 1e-15, 1.0 - 1e-15,
                      2.0,     -3.0, 1e308,  -1e308,      0.25};
  const hm_matrix matrix = {5, 4, x, NULL, NULL};
  check_found(hm_scan_column(&matrix, 0), 0, 0, 0, 0);
  check_found(hm_scan_column(&matrix, 1), 3, 2, 0, 0);
  check_found(hm_scan_column(&matrix, 2), 0, 0, 2, 3);
  check_found(hm_scan_column(&matrix, 3), 0, 0, 4, 1);
}

static void check_scan_ints(void) {
  const int x[] = {0,  1,       0,       1,           INT_MIN, 2,
                   -1, INT_MAX, INT_MIN, INT_MIN + 1, 0,       1};
  const hm_matrix matrix = {4, 3, NULL, x, NULL};
  check_found(hm_scan_column(&matrix, 0), 0, 0, 0, 0);
  check_found(hm_scan_column(&matrix, 1), 1, 0, 3, 0);
  check_found(hm_scan_column(&matrix, 2), 1, 0, 1, 0);
}

static void check_scan_bytes(void) {
  const unsigned char x[] = {0, 1, 1, 0, 2, 255, 1, 128};
  const hm_matrix matrix = {4, 2, NULL, NULL, x};
  check_found(hm_scan_column(&matrix, 0), 0, 0, 0, 0);
  check_found(hm_scan_column(&matrix, 1), 0, 0, 3, 0);
}

/* All cases taken as lists, back to reals. */
static int comes_back(const hm_cases *cases, const double *x) {
  const int N = cases->N, nv = cases->nv;
  const hm_rows all = {NULL, 0, N};
  double *cells = twin_zeros((ptrdiff_t)N * nv),
         *out = twin_reals((ptrdiff_t)N * nv);
  hm_states states = twin_lists(N, nv, cells);
  states.x = cells;
  hm_take(cases, &all, &states);
  if (states.x || states.units != nv || states.on.n != N) {
    return 0;
  }
  hm_states_to_reals(&states, out);
  return twin_same_bits((ptrdiff_t)N * nv, out, x);
}

/* One data set from each storage type, packed in two parts. */
static void check_pack(int N, int nv) {
  const ptrdiff_t cells = (ptrdiff_t)N * nv, words = hm_words(nv);
  double *x = twin_cells(cells, 0.5, &chance);
  const hm_cases host = twin_real_cases(N, nv, x);
  int *ints = twin_ints(cells);
  unsigned char *bytes = twin_room((size_t)cells, 1);
  for (ptrdiff_t i = 0; i < cells; i++) {
    ints[i] = host.reals[i] > 0.0;
    bytes[i] = host.reals[i] > 0.0;
  }
  const hm_matrix matrix[] = {{N, nv, host.reals, NULL, NULL},
                              {N, nv, NULL, ints, NULL},
                              {N, nv, NULL, NULL, bytes}};
  for (int type = 0; type < 3; type++) {
    for (int middle = 0; middle <= N; middle += (N + 2) / 3) {
      uint64_t *bits = twin_room((size_t)(N * words), sizeof *bits);
      const hm_cases cases = {.N = N, .nv = nv, .bits = bits};
      hm_pack(&matrix[type], middle, N, bits);
      hm_pack(&matrix[type], 0, middle, bits);
      CHECK(comes_back(&cases, x), "packed cases come back as they were");
    }
  }
}

/* Lists come back from the rows that they were packed to, whatever stood there.
 */
static void check_pack_lists(int N, int nv) {
  const double *x = twin_cells((ptrdiff_t)N * nv, 0.5, &chance);
  const hm_states states = twin_lists(N, nv, x);
  const ptrdiff_t words = N * hm_words(nv);
  uint64_t *bits = twin_room((size_t)words, sizeof *bits);
  int *row = twin_ints(N);
  double *moved = twin_reals((ptrdiff_t)N * nv);
  for (ptrdiff_t w = 0; w < words; w++) {
    bits[w] = ~(uint64_t)0;
  }
  for (int s = 0; s < N; s++) {
    row[s] = N - 1 - s;
    memcpy(moved + (ptrdiff_t)row[s] * nv, x + (ptrdiff_t)s * nv,
           (size_t)nv * sizeof *x);
  }
  const hm_rows rows = {row, 0, N};
  const hm_cases cases = {.N = N, .nv = nv, .bits = bits};
  hm_pack_lists(&rows, nv, &states.on, bits);
  CHECK(comes_back(&cases, moved), "lists are packed to their rows");
}

/* A reader goes through all cases, piece by piece. */
static void check_reader(const hm_cases *cases, const double *x, int room) {
  hm_arena measured = {NULL, 0};
  hm_reader reader;
  hm_reader_lay(&measured, cases, room, &reader);
  hm_arena arena = twin_arena(&measured);
  hm_reader_lay(&arena, cases, room, &reader);
  double *out = twin_reals((ptrdiff_t)cases->N * cases->nv);
  int pieces = 0;
  hm_rows rows;
  CHECK(arena.used == measured.used, "laying takes what was measured");
  for (int at = 0; hm_read(cases, at, &reader, &rows); at += rows.n) {
    CHECK(rows.first == at && !rows.row && rows.n <= room,
          "a piece begins where the last one ended");
    hm_states_to_reals(&reader.states, out + (ptrdiff_t)at * cases->nv);
    pieces++;
  }
  CHECK(pieces == (cases->N + room - 1) / room, "no piece is missing");
  CHECK(twin_same_bits((ptrdiff_t)cases->N * cases->nv, out, x),
        "and none is changed");
}

static void check_readers(int N, int nv) {
  double *x = twin_cells((ptrdiff_t)N * nv, 0.5, &chance);
  double *between = twin_random((ptrdiff_t)N * nv, 0.0, 1.0, &chance);
  const hm_cases packed = twin_packed_cases(N, nv, x);
  const hm_cases sparse = twin_sparse_cases(N, nv, x);
  const hm_cases real = twin_real_cases(N, nv, between);
  for (int room = 1; room <= N + 1; room += 3) {
    check_reader(&packed, x, room);
    check_reader(&sparse, x, room);
    check_reader(&real, between, room);
  }
}

static void check_sums(const hm_cases *cases, const double *x) {
  double *sum = twin_reals(cases->nv), *naive = twin_zeros(cases->nv);
  for (int s = 0; s < cases->N; s++) {
    for (int i = 0; i < cases->nv; i++) {
      naive[i] += x[(ptrdiff_t)s * cases->nv + i];
    }
  }
  hm_unit_sums(cases, sum);
  CHECK(twin_same_bits(cases->nv, sum, naive), "sums of units");
}

/* More cases than counters of eight bits hold, and as many as they just hold.
 */
static void check_many_sums(void) {
  static const int many[] = {254, 255, 256, 511, 1000};
  for (int k = 0; k < 5; k++) {
    for (int full = 0; full < 2; full++) {
      enum { nv = 70 };
      const double *x =
          twin_cells((ptrdiff_t)many[k] * nv, full ? 1.0 : 0.6, &chance);
      const hm_cases packed = twin_packed_cases(many[k], nv, x);
      check_sums(&packed, x);
    }
  }
}

/* Sparse data of every kind, without and with zeros among their entries, are
 * the cells they were made of. */
static void check_sparse(int N, int nv, double p) {
  double *x = twin_cells((ptrdiff_t)N * nv, p, &chance);
  const hm_cases packed = twin_packed_cases(N, nv, x);
  const hm_cases real = twin_real_cases(N, nv, x);
  check_sums(&packed, x);
  check_sums(&real, x);
  for (int by_row = 0; by_row < 2; by_row++) {
    for (int zeros = 0; zeros < 2; zeros++) {
      hm_sparse sparse = twin_sparse(N, nv, by_row, 0.2 * zeros, x, &chance);
      int *ints = twin_ints(sparse.room);
      for (ptrdiff_t t = 0; t < sparse.room; t++) {
        ints[t] = sparse.reals[t] > 0.0;
      }
      for (int type = 0; type < 3 - zeros; type++) {
        sparse.reals = type == 0 ? sparse.reals : NULL;
        sparse.ints = type == 1 ? ints : NULL;
        CHECK(!hm_sparse_fault(&sparse), "no fault where there is none");
        const hm_cases cases = twin_listed(&sparse);
        CHECK(hm_cases_binary(&cases) && comes_back(&cases, x),
              "sparse cases come back as they were");
        check_sums(&cases, x);
      }
    }
  }
}

static void check_scan_sparse(void) {
  const double inf = HUGE_VAL, nan = inf - inf;
  static const int start[] = {0, 3, 3, 7}, index[] = {0, 1, 3, 0, 1, 2, 3};
  static const int ints[] = {INT_MIN, 0, 2, 1, -1, INT_MIN, 1};
  const double reals[] = {nan, 0.5, 1.0, -inf, inf, 2.0, -1e-300};
  const hm_sparse by_column = {4, 3, 0, 7, start, index, reals, NULL};
  hm_column_scan found[4];
  hm_scan_sparse(&by_column, found);
  check_found(found[0], 1, 0, 0, 1);
  check_found(found[1], 0, 0, 0, 0);
  check_found(found[2], 0, 2, 2, 0);
  const hm_sparse by_row = {3, 4, 1, 7, start, index, NULL, ints};
  hm_scan_sparse(&by_row, found);
  check_found(found[0], 1, 0, 0, 0);
  check_found(found[1], 0, 0, 1, 0);
  check_found(found[2], 1, 0, 0, 0);
  check_found(found[3], 0, 0, 1, 0);
  const hm_sparse pattern = {3, 4, 1, 7, start, index, NULL, NULL};
  hm_scan_sparse(&pattern, found);
  check_found(found[3], 0, 0, 0, 0);
}

static int has_fault(const int *start, const int *index, const char *fault) {
  const hm_sparse sides[] = {{2, 3, 1, 4, start, index, NULL, NULL},
                             {3, 2, 0, 4, start, index, NULL, NULL}};
  int found = 0;
  for (int side = 0; side < 2; side++) {
    const char *said = hm_sparse_fault(&sides[side]);
    found += said && fault ? strcmp(said, fault) == 0 : said == fault;
  }
  return found == 2;
}

/* Two lines of three, from four entries. */
static void check_faults(void) {
  static const int index[] = {0, 2, 1, 2};
  static const int good[] = {0, 2, 4}, empty[] = {0, 0, 0}, some[] = {0, 2, 3};
  static const int late[] = {1, 2, 4}, falling[] = {0, 3, 2};
  static const int beyond[] = {0, 2, 5}, far[] = {0, 2, INT_MAX};
  static const int missing[] = {0, INT_MIN, 4}, below[] = {0, -1, 4};
  static const int high[] = {0, 3, 1, 2}, low[] = {0, 2, -1, 2};
  static const int absent[] = {0, 2, 1, INT_MIN}, twice[] = {0, 2, 1, 1};
  static const int turned[] = {2, 0, 1, 2}, rising[] = {0, 1, 2, 2};
  CHECK(has_fault(good, index, NULL), "a sound matrix has no fault");
  CHECK(has_fault(empty, index, NULL), "nor has one without entries");
  CHECK(has_fault(some, index, NULL), "nor one with room to spare");
  CHECK(has_fault(late, index, "offsets"), "offsets start at 0");
  CHECK(has_fault(beyond, index, "offsets"), "and end within the entries");
  CHECK(has_fault(far, index, "offsets"), "however far they go");
  CHECK(has_fault(missing, index, "offsets"), "none is missing");
  CHECK(has_fault(below, index, "offsets"), "or below 0");
  CHECK(has_fault(good, high, "range"), "an index is below its side's length");
  CHECK(has_fault(good, low, "range"), "and not below 0");
  CHECK(has_fault(good, absent, "range"), "or missing");
  CHECK(has_fault(good, twice, "order"), "an entry comes once");
  CHECK(has_fault(good, turned, "order"), "and in order");
  CHECK(has_fault(falling, rising, "offsets"), "offsets do not fall");
}

static void check_stopped_list(void) {
  enum { N = 3000, nv = 800 };
  uint64_t state = 1;
  const hm_sparse sparse =
      twin_sparse(N, nv, 0, 0.0, twin_cells(N * nv, 0.9, &state), &state);
  twin_patience patience = {0, 2};
  const hm_watch watch = {twin_ask, &patience, NULL};
  int *start = twin_ints(N + 1), *item = twin_ints(sparse.room);
  CHECK(hm_list_sparse(&sparse, &watch, start, item) == HM_INTERRUPTED &&
            patience.asked == 2,
        "the watch stops a long listing");
}

static void check_lists_ascend(void) {
  const int nv = 200;
  double *x = twin_cells(nv, 0.5, &chance);
  const hm_cases forms[] = {twin_packed_cases(1, nv, x),
                            twin_sparse_cases(1, nv, x)};
  const hm_rows all = {NULL, 0, 1};
  for (int form = 0; form < 2; form++) {
    hm_states states = twin_lists(1, nv, x);
    hm_take(&forms[form], &all, &states);
    for (int t = 1; t < states.on.count[0]; t++) {
      CHECK(states.on.item[t - 1] < states.on.item[t], "a list ascends");
    }
  }
}

/* The same as lists, with room for values or none. */
static void check_lists(const hm_cases *cases, const hm_rows *rows,
                        const double *x, float *value) {
  const int n = rows->n, nv = cases->nv;
  double *out = twin_reals((ptrdiff_t)n * nv);
  hm_lists lists = {0, nv, twin_ints(n), twin_ints(n * nv), value};
  hm_take_lists(cases, rows, &lists);
  twin_spread(nv, &lists, out);
  int same = lists.n == n;
  for (int s = 0; s < n; s++) {
    for (int i = 0; i < nv; i++) {
      const double single =
          (double)(float)x[(ptrdiff_t)hm_row(rows, s) * nv + i];
      same = same && twin_same_bits(1, out + (ptrdiff_t)s * nv + i, &single);
    }
  }
  CHECK(same, "cases are listed, in single precision");
}

/* Rows by number, one of them twice, and rows from a first one on. */
static void check_rows(void) {
  enum { N = 20, nv = 67, n = 4 };
  static const int row[n] = {19, 3, 3, 0};
  const hm_rows some[] = {{row, 0, n}, {NULL, 11, n}};
  double *cells = twin_cells(N * nv, 0.3, &chance);
  double *between = twin_random(N * nv, 0.0, 1.0, &chance);
  const hm_cases binary[] = {twin_packed_cases(N, nv, cells),
                             twin_sparse_cases(N, nv, cells)};
  const hm_cases real = twin_real_cases(N, nv, between);
  for (int way = 0; way < 2; way++) {
    double *out = twin_reals(n * nv), *mine = twin_reals(n * nv);
    hm_states states = twin_lists(n, nv, twin_zeros(n * nv));
    for (int form = 0; form < 2; form++) {
      hm_take(&binary[form], &some[way], &states);
      hm_states_to_reals(&states, out);
      int same = 1;
      for (int s = 0; s < n; s++) {
        same = same && twin_same_bits(nv, out + s * nv,
                                      cells + hm_row(&some[way], s) * nv);
      }
      CHECK(same, "0/1 cases are those asked for");
    }
    states.x = mine;
    hm_take(&real, &some[way], &states);
    int same = states.x == mine && states.on.n == n && states.units == nv;
    for (int s = 0; s < n; s++) {
      same = same && twin_same_bits(nv, mine + s * nv,
                                    between + hm_row(&some[way], s) * nv);
    }
    CHECK(same, "real cases are those asked for");
    check_lists(&binary[way], &some[way], cells, NULL);
    check_lists(&binary[way], &some[way], cells, twin_singles(n * nv));
    check_lists(&real, &some[way], between, twin_singles(n * nv));
    hm_cases by_case = real;
    by_case.by_case = between;
    check_lists(&by_case, &some[way], between, twin_singles(n * nv));
  }
}

static void check_parts_of_rows(void) {
  static const int row[] = {4, 9, 2, 7, 7};
  const hm_rows listed = {row, 0, 5}, run = {NULL, 30, 5};
  const hm_rows head = hm_rows_from(&listed, 0, 2);
  const hm_rows tail = hm_rows_from(&listed, 2, 9);
  const hm_rows part = hm_rows_from(&run, 3, 2);
  CHECK(head.n == 2 && hm_row(&head, 0) == 4 && hm_row(&head, 1) == 9,
        "a part is at most as long as asked");
  CHECK(tail.n == 3 && hm_row(&tail, 0) == 2 && hm_row(&tail, 2) == 7,
        "a part ends where the rows end");
  CHECK(part.n == 2 && hm_row(&part, 0) == 33 && hm_row(&part, 1) == 34,
        "a part of a run of rows is a run");
}

static void checks(void) {
  check_readers(1, 1);
  check_readers(10, 70);
  check_pack_lists(1, 1);
  check_pack_lists(9, 64);
  check_pack_lists(12, 130);
  static const int nv[] = {1, 63, 64, 65, 130}, N[] = {1, 63, 64, 65};
  static const int words[] = {1, 1, 1, 2, 3};
  check_scan_reals();
  check_scan_ints();
  check_scan_bytes();
  for (int i = 0; i < 5; i++) {
    CHECK_NEAR((double)hm_words(nv[i]), words[i], 0.0);
    for (int s = 0; s < 4; s++) {
      check_pack(N[s], nv[i]);
      check_sparse(N[s], nv[i], 0.3);
    }
  }
  check_sparse(7, 9, 0.0);
  check_sparse(7, 9, 1.0);
  check_many_sums();
  check_scan_sparse();
  check_faults();
  check_stopped_list();
  check_lists_ascend();
  check_rows();
  check_parts_of_rows();
}
