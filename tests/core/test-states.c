/* Lists of units against plain loops. */
#include "states.h"

#include "check.h"
#include "simd.h"
#include "twin.h"

/* The kernel in each width, of which the library uses one on each machine; and
 * in 64 bytes also where those are done in parts. */
enum { columns_at_once = 16 };
#define HM_KERNEL_FILE "states-kernel.h"
#include "simd-each-kernel.h"
#ifdef HM_VECTORS
#pragma GCC diagnostic ignored "-Wpsabi"
#define KERNEL(name) name##_long
#define KERNEL_ATTRIBUTE
#define KERNEL_BYTES 64
#include "simd-kernel.h"

#include "states-kernel.h"

#include "simd-end-kernel.h"
#endif

static uint64_t chance = 23;

/* n cases of `units`, of which the first has nothing on and the second all. */
static double *some_cells(int n, int units) {
  double *x = twin_cells((ptrdiff_t)n * units, 0.4, &chance);
  for (int i = 0; i < units; i++) {
    x[i] = 0.0;
    x[units + i] = 1.0;
  }
  return x;
}

static void check_sum_rows(int n, int units, int width, double alpha,
                           double beta) {
  const ptrdiff_t cells = (ptrdiff_t)n * width;
  double *x = some_cells(n, units);
  const hm_states states = twin_lists(n, units, x);
  double *rows = twin_random((ptrdiff_t)units * width, -1.0, 1.0, &chance);
  double *old = twin_random(cells, -1.0, 1.0, &chance);
  double *naive = twin_reals(cells);
  double *first = NULL;
  for (int s = 0; s < n; s++) {
    for (int j = 0; j < width; j++) {
      double sum = 0.0;
      for (int i = 0; i < units; i++) {
        sum += x[(ptrdiff_t)s * units + i] * rows[(ptrdiff_t)i * width + j];
      }
      naive[(ptrdiff_t)s * width + j] =
          beta * old[(ptrdiff_t)s * width + j] + alpha * sum;
    }
  }
  hm_hardware way[8];
  const int ways = twin_ways(way);
  for (int i = 0; i < ways; i++) {
    /* With beta of 0, NaN in out must not be read. */
    double *mine = beta == 0.0 ? twin_reals(cells) : twin_copy(cells, old);
    hm_sum_rows(&states.on, width, alpha, rows, beta, mine, way[i]);
    CHECK_NEAR(twin_gap(cells, mine, naive), 0.0, 1e-12);
    /* Where no product is rounded, items added in order give these bits. */
    CHECK(alpha < 1.0 || alpha > 1.0 || twin_same_bits(cells, mine, naive),
          "items are added in order");
    first = first ? first : mine;
    CHECK(twin_same_bits(cells, first, mine),
          "all levels and threads give the same bits");
  }
}

typedef void (*kernel)(int, const int *, ptrdiff_t, const double *, double *);

/* A kernel that makes `wide` sums at a time. */
static void check_kernel(kernel sum_columns, int wide) {
  enum { rows = 9, width = 70, most = 5, widest = 64 };
  const int item[most] = {0, 3, 4, 7, 8};
  const double *x = twin_random(rows * width, -1.0, 1.0, &chance);
  for (int count = 0; count <= most; count++) {
    double out[widest], naive[widest];
    for (int j = 0; j < wide; j++) {
      naive[j] = 0.0;
      for (int t = 0; t < count; t++) {
        naive[j] += x[item[t] * width + j];
      }
    }
    sum_columns(count, item, width, x, out);
    CHECK(twin_same_bits(wide, out, naive),
          "each width of vector adds items in order");
  }
}

static void check_kernels(void) {
  static const kernel at_level[] = HM_LEVELS(sum_columns);
  static const kernel wide_at_level[] = HM_LEVELS(sum_wide);
  static const int wide[] = {16, 16, 32, 64};
  for (int i = HM_PLAIN; i <= HM_AVX512; i++) {
    if (hm_level_here((hm_level)i)) {
      check_kernel(at_level[i], columns_at_once);
      check_kernel(wide_at_level[i],
                   wide_at_level[i] == wide_at_level[1] ? wide[1] : wide[i]);
    }
  }
#ifdef HM_VECTORS
  check_kernel(sum_columns_long, columns_at_once);
  check_kernel(sum_wide_long, 64);
#endif
  if (!hm_level_here(HM_AVX512)) {
    CHECK_SKIP("no AVX-512 here: its source was run in parts");
  }
}

/* Lists whose stride is longer than the longest of them. */
static void check_stride(void) {
  int count[] = {2, 0, 1},
      item[] = {0, 2, -9, -9, -9, -9, -9, -9, 1, -9, -9, -9};
  const hm_lists lists = {3, 4, count, item, NULL};
  const double rows[] = {1.0, 10.0, 2.0, 20.0, 4.0, 40.0};
  const double sums[] = {5.0, 50.0, 0.0, 0.0, 2.0, 20.0};
  double out[6];
  hm_sum_rows(&lists, 2, 1.0, rows, 0.0, out, twin_hw(1));
  CHECK_NEAR(twin_gap(6, out, sums), 0.0, 0.0);
}

static void check_no_lists(void) {
  const hm_lists none = {.stride = 3};
  double out = 7.0;
  hm_sum_rows(&none, 1, 1.0, &out, 0.0, &out, twin_hw(2));
  CHECK_NEAR(out, 7.0, 0.0);
}

static void check_by_unit(int n, int units) {
  double *x = some_cells(n, units);
  const hm_states states = twin_lists(n, units, x);
  hm_lists by_unit = {0, n + 1, twin_ints(units), twin_ints(units * (n + 1)),
                      NULL};
  int transposed = 1;
  hm_lists_by_unit(&states.on, units, &by_unit);
  CHECK(by_unit.n == units, "there is one list a unit");
  for (int i = 0; i < units; i++) {
    int count = 0;
    for (int s = 0; s < n; s++) {
      if (x[s * units + i] > 0.0) {
        transposed = transposed && by_unit.item[i * (n + 1) + count] == s;
        count++;
      }
    }
    transposed = transposed && by_unit.count[i] == count;
  }
  CHECK(transposed, "lists by unit are the transpose, in ascending order");
}

/* Reals as lists with values and back, by case and by unit. */
static void check_list_reals(int n, int units) {
  const int cells = n * units;
  double *x = twin_random(cells, -1.0, 1.0, &chance);
  hm_lists by_case = {0, units, twin_ints(n), twin_ints(cells),
                      twin_singles(cells)};
  hm_lists by_unit = {0, n, twin_ints(units), twin_ints(cells),
                      twin_singles(cells)};
  double *again = twin_zeros(cells), *turned = twin_zeros(cells);
  for (int i = 0; i < cells; i++) {
    x[i] = i % 3 == 1 ? 0.0 : (double)(float)x[i];
  }
  twin_list_reals(n, units, x, &by_case);
  hm_lists_by_unit(&by_case, units, &by_unit);
  CHECK(by_case.n == n && by_unit.n == units, "a list a case, a list a unit");
  for (int s = 0; s < n; s++) {
    for (int t = 0; t < by_case.count[s]; t++) {
      again[s * units + by_case.item[s * units + t]] =
          (double)by_case.value[s * units + t];
    }
  }
  for (int i = 0; i < units; i++) {
    for (int t = 0; t < by_unit.count[i]; t++) {
      turned[by_unit.item[i * n + t] * units + i] =
          (double)by_unit.value[i * n + t];
    }
  }
  CHECK_NEAR(twin_gap(cells, again, x), 0.0, 0.0);
  CHECK_NEAR(twin_gap(cells, turned, x), 0.0, 0.0);
  for (int s = 0; s < n; s++) {
    hm_spread_values(units, s, &by_case);
    for (int i = 0; i < units; i++) {
      again[s * units + i] = (double)by_case.value[s * units + i];
    }
  }
  CHECK(twin_same_bits(cells, again, x), "values are spread in place");
}

static void check_to_reals(int n, int units) {
  const ptrdiff_t cells = (ptrdiff_t)n * units;
  double *x = some_cells(n, units), *out = twin_reals(cells);
  const hm_states lists = twin_lists(n, units, x);
  hm_states_to_reals(&lists, out);
  CHECK(twin_same_bits(cells, out, x), "lists become 0 and 1");
  double *between = twin_random(cells, 0.0, 1.0, &chance);
  const hm_states reals = twin_real_states(n, units, between);
  hm_states_to_reals(&reals, out);
  CHECK(twin_same_bits(cells, out, between), "reals stay as they are");
}

static void check_lay(void) {
  hm_arena measured = {NULL, 0};
  hm_states states = {0, {.n = 0}, &(double){0.0}};
  hm_states_lay(&measured, 7, 5, &states);
  CHECK(measured.used >= (5 + 5 * 7) * sizeof(int), "there is room for lists");
  hm_arena arena = twin_arena(&measured);
  hm_states_lay(&arena, 7, 5, &states);
  CHECK(arena.used == measured.used, "laying takes what was measured");
  CHECK(!states.x && states.units == 7 && states.on.n == 0 &&
            states.on.stride == 7,
        "states begin as no lists of their units");
  memset(states.on.item, 0, 5 * 7 * sizeof(int));
  memset(states.on.count, 1, 5 * sizeof(int));
  for (int i = 0; i < 5 * 7; i++) {
    CHECK(states.on.item[i] == 0, "counts and items do not overlap");
  }
}

/* Sums of columns are those of rows, to the bit. */
static void check_columns(int lists, int n, int width) {
  const double *x = twin_cells((ptrdiff_t)lists * n, 0.4, &chance);
  const hm_states on = twin_lists(lists, n, x);
  const double *rows = twin_random((ptrdiff_t)n * width, -1.0, 1.0, &chance);
  double *cols = twin_reals((ptrdiff_t)n * width);
  double *out = twin_random((ptrdiff_t)lists * width, -1.0, 1.0, &chance);
  double *other = twin_copy((ptrdiff_t)lists * width, out);
  for (int i = 0; i < n; i++) {
    for (int j = 0; j < width; j++) {
      cols[(ptrdiff_t)j * n + i] = rows[(ptrdiff_t)i * width + j];
    }
  }
  hm_hardware way[8];
  const int ways = twin_ways(way);
  hm_sum_columns(&on.on, n, width, cols, other);
  for (int i = 0; i < ways; i++) {
    double *mine = twin_copy((ptrdiff_t)lists * width, out);
    hm_sum_rows(&on.on, width, 1.0, rows, 1.0, mine, way[i]);
    CHECK(twin_same_bits((ptrdiff_t)lists * width, mine, other),
          "columns add up to what rows do");
  }
}

static void checks(void) {
  check_columns(3, 40, 1);
  check_columns(2, 33, 150);
  check_columns(1, 5, 97);
  static const int widths[] = {1, 2, 15, 16, 17, 33};
  for (int i = 0; i < 6; i++) {
    check_sum_rows(9, 20, widths[i], 1.0, 1.0);
    check_sum_rows(9, 20, widths[i], 1.0, 0.0);
    check_sum_rows(9, 20, widths[i], -0.3, 1.0);
    check_sum_rows(9, 20, widths[i], 0.7, 0.0);
    check_sum_rows(9, 20, widths[i], -2.0, 0.5);
  }
  check_sum_rows(300, 120, 33, 0.7, 0.0); /* enough for threads */
  check_sum_rows(300, 120, 33, -2.0, 0.5);
  check_kernels();
  check_stride();
  check_no_lists();
  check_by_unit(2, 1);
  check_by_unit(40, 23);
  check_list_reals(1, 1);
  check_list_reals(7, 40);
  check_to_reals(2, 1);
  check_to_reals(6, 70);
  check_lay();
}
