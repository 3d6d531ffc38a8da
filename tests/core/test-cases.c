/* What a scan counts, and that packed or real data come back as they were. */
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
      const hm_cases cases = {N, nv, bits, NULL};
      hm_pack(&matrix[type], middle, N, bits);
      hm_pack(&matrix[type], 0, middle, bits);
      CHECK(comes_back(&cases, x), "packed cases come back as they were");
    }
  }
}

static void check_lists_ascend(void) {
  const int nv = 200;
  double *x = twin_cells(nv, 0.5, &chance);
  const hm_cases cases = twin_packed_cases(1, nv, x);
  const hm_rows all = {NULL, 0, 1};
  hm_states states = twin_lists(1, nv, x);
  hm_take(&cases, &all, &states);
  for (int t = 1; t < states.on.count[0]; t++) {
    CHECK(states.on.item[t - 1] < states.on.item[t], "a list ascends");
  }
}

/* Rows by number, one of them twice, and rows from a first one on. */
static void check_rows(void) {
  enum { N = 20, nv = 67, n = 4 };
  static const int row[n] = {19, 3, 3, 0};
  const hm_rows some[] = {{row, 0, n}, {NULL, 11, n}};
  double *cells = twin_cells(N * nv, 0.3, &chance);
  double *between = twin_random(N * nv, 0.0, 1.0, &chance);
  const hm_cases packed = twin_packed_cases(N, nv, cells);
  const hm_cases real = twin_real_cases(N, nv, between);
  for (int way = 0; way < 2; way++) {
    double *out = twin_reals(n * nv), *mine = twin_reals(n * nv);
    hm_states states = twin_lists(n, nv, twin_zeros(n * nv));
    hm_take(&packed, &some[way], &states);
    hm_states_to_reals(&states, out);
    int same = 1;
    for (int s = 0; s < n; s++) {
      same = same && twin_same_bits(nv, out + s * nv,
                                    cells + hm_row(&some[way], s) * nv);
    }
    CHECK(same, "packed cases are those asked for");
    states.x = mine;
    hm_take(&real, &some[way], &states);
    same = states.x == mine && states.on.n == n && states.units == nv;
    for (int s = 0; s < n; s++) {
      same = same && twin_same_bits(nv, mine + s * nv,
                                    between + hm_row(&some[way], s) * nv);
    }
    CHECK(same, "real cases are those asked for");
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
  static const int nv[] = {1, 63, 64, 65, 130}, N[] = {1, 63, 64, 65};
  static const int words[] = {1, 1, 1, 2, 3};
  check_scan_reals();
  check_scan_ints();
  check_scan_bytes();
  for (int i = 0; i < 5; i++) {
    CHECK_NEAR((double)hm_words(nv[i]), words[i], 0.0);
    for (int s = 0; s < 4; s++) {
      check_pack(N[s], nv[i]);
    }
  }
  check_lists_ascend();
  check_rows();
  check_parts_of_rows();
}
