/* Dense products against plain loops. */
#include "linalg.h"

#include "check.h"
#include "twin.h"

static uint64_t chance = 11;

static void check_add_product(int n, int m, int width) {
  double *x = twin_random((ptrdiff_t)n * m, -1.0, 1.0, &chance);
  double *rows = twin_random((ptrdiff_t)m * width, -1.0, 1.0, &chance);
  double *out = twin_random((ptrdiff_t)n * width, -1.0, 1.0, &chance);
  double *naive = twin_copy((ptrdiff_t)n * width, out);
  for (int s = 0; s < n; s++) {
    for (int j = 0; j < width; j++) {
      for (int i = 0; i < m; i++) {
        naive[s * width + j] += x[s * m + i] * rows[i * width + j];
      }
    }
  }
  double *cols = twin_reals((ptrdiff_t)m * width);
  for (int i = 0; i < m; i++) {
    for (int j = 0; j < width; j++) {
      cols[j * m + i] = rows[i * width + j];
    }
  }
  double *turned = twin_copy((ptrdiff_t)n * width, out);
  double *both = twin_copy((ptrdiff_t)n * width, out);
  hm_add_product(n, m, width, x, rows, NULL, out);
  CHECK_NEAR(twin_gap((ptrdiff_t)n * width, out, naive), 0.0, 1e-12);
  hm_add_product(n, m, width, x, NULL, cols, turned);
  CHECK_NEAR(twin_gap((ptrdiff_t)n * width, turned, naive), 0.0, 1e-12);
  hm_add_product(n, m, width, x, rows, cols, both);
  CHECK_NEAR(twin_gap((ptrdiff_t)n * width, both, naive), 0.0, 1e-12);
}

static void check_outer_products(int n, int m, int width, double beta) {
  const double alpha = -0.75;
  const ptrdiff_t cells = (ptrdiff_t)m * width;
  double *x = twin_random((ptrdiff_t)n * m, -1.0, 1.0, &chance);
  double *y = twin_random((ptrdiff_t)n * width, -1.0, 1.0, &chance);
  double *out = twin_random(cells, -1.0, 1.0, &chance);
  double *naive = twin_copy(cells, out);
  for (int i = 0; i < m; i++) {
    for (int j = 0; j < width; j++) {
      double sum = 0.0;
      for (int s = 0; s < n; s++) {
        sum += x[s * m + i] * y[s * width + j];
      }
      naive[i * width + j] = beta * naive[i * width + j] + alpha * sum;
    }
  }
  if (beta == 0.0) {
    out = twin_reals(cells); /* NaN, which must not be read */
  }
  hm_outer_products(n, m, width, alpha, x, y, beta, out);
  CHECK_NEAR(twin_gap(cells, out, naive), 0.0, 1e-12);
}

static void check_transpose(int n, int m) {
  const ptrdiff_t cells = (ptrdiff_t)n * m;
  double *x = twin_random(cells, -1.0, 1.0, &chance);
  double *naive = twin_reals(cells);
  for (int row = 0; row < n; row++) {
    for (int col = 0; col < m; col++) {
      naive[(ptrdiff_t)col * n + row] = x[(ptrdiff_t)row * m + col];
    }
  }
  double *out = twin_reals(cells);
  hm_transpose(n, m, x, out);
  CHECK(twin_same_bits(cells, out, naive), "a transpose moves every cell");
}

static void check_sum_squares(int n) {
  double *x = twin_random(n, -1.0, 1.0, &chance);
  double naive = 0.0;
  for (int i = 0; i < n; i++) {
    naive += x[i] * x[i];
  }
  CHECK_NEAR(hm_sum_squares(n, x), naive, 1e-12);
}

/* Against the largest eigenvalue by many products with a vector. */
static void check_largest(int n, int rows) {
  const double *x = twin_random((ptrdiff_t)rows * n, -2.0, 2.0, &chance);
  double *A = twin_zeros((ptrdiff_t)n * n),
         *v = twin_random(n, 0.5, 1.0, &chance);
  double *w = twin_reals(n), largest = 0.0;
  hm_outer_products(rows, n, n, 1.0, x, x, 0.0, A);
  for (int t = 0; t < 5000; t++) {
    largest = 0.0;
    for (int i = 0; i < n; i++) {
      w[i] = 0.0;
      for (int j = 0; j < n; j++) {
        w[i] += A[(ptrdiff_t)i * n + j] * v[j];
      }
      largest += w[i] * w[i];
    }
    largest = sqrt(largest);
    for (int i = 0; i < n; i++) {
      v[i] = w[i] / largest;
    }
  }
  const double bound = hm_largest_bound(n, A, twin_reals((ptrdiff_t)n * n));
  double trace = 0.0;
  for (int i = 0; i < n; i++) {
    trace += A[(ptrdiff_t)i * n + i];
  }
  CHECK_NEAR(trace, 1.0, 1e-12);
  CHECK(bound >= largest * (1.0 - 1e-10), "it is no less");
  CHECK(bound <= largest * pow(n, 1.0 / 256.0) * (1.0 + 1e-10),
        "and little more");
}

static void checks(void) {
  double none = 0.0, room;
  CHECK_NEAR(hm_largest_bound(1, &none, &room), 0.0, 0.0);
  check_largest(1, 2);
  check_largest(3, 1);
  check_largest(7, 9);
  check_largest(20, 40);
  static const int sizes[][3] = {{0, 3, 2}, {1, 1, 1}, {1, 5, 3},   {5, 1, 3},
                                 {5, 3, 1}, {4, 6, 9}, {33, 17, 20}};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    check_add_product(sizes[i][0], sizes[i][1], sizes[i][2]);
    check_outer_products(sizes[i][0], sizes[i][1], sizes[i][2], 0.0);
    check_outer_products(sizes[i][0], sizes[i][1], sizes[i][2], 1.0);
    check_outer_products(sizes[i][0], sizes[i][1], sizes[i][2], 0.5);
  }
  static const int shapes[][2] = {{1, 1},   {1, 40},  {40, 1},   {15, 17},
                                  {16, 16}, {33, 31}, {501, 401}};
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
    check_transpose(shapes[i][0], shapes[i][1]);
  }
  for (int n = 0; n <= 9; n++) {
    check_sum_squares(n);
  }
  check_sum_squares(1003);
}
