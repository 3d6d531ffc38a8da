#include "linalg.h"

#include <math.h>
#include <string.h>

#ifdef HM_WITHOUT_R
#define FCONE
void dgemm_(const char *transa, const char *transb, const int *m, const int *n,
            const int *k, const double *alpha, const double *a, const int *lda,
            const double *b, const int *ldb, const double *beta, double *c,
            const int *ldc);
#define F77_CALL(name) name##_
#else
#define USE_FC_LEN_T
#include <Rconfig.h>

#include <R_ext/BLAS.h>
#ifndef FCONE
#define FCONE
#endif
#endif

/* To BLAS, which reads columns, "n rows of m" is an m x n matrix. */

void hm_add_product(int n, int m, int width, const double *x,
                    const double *rows, const double *cols, double *out) {
  const double one = 1.0;
  if (n == 0) {
    return;
  }
  F77_CALL(dgemm)
  (rows ? "N" : "T", "N", &width, &n, &m, &one, rows ? rows : cols,
   rows ? &width : &m, x, &m, &one, out, &width FCONE FCONE);
}

void hm_outer_products(int n, int m, int width, double alpha, const double *x,
                       const double *y, double beta, double *out) {
  F77_CALL(dgemm)
  ("N", "T", &width, &m, &n, &alpha, y, &width, x, &m, &beta, out,
   &width FCONE FCONE);
}

void hm_transpose(int n, int m, const double *x, double *out) {
  enum { tile = 16 };
  for (int row = 0; row < n; row += tile) {
    const int row_end = n - row < tile ? n : row + tile;
    for (int col = 0; col < m; col += tile) {
      const int col_end = m - col < tile ? m : col + tile;
      for (int j = col; j < col_end; j++) {
        for (int i = row; i < row_end; i++) {
          out[(ptrdiff_t)j * n + i] = x[(ptrdiff_t)i * m + j];
        }
      }
    }
  }
}

/* Four running sums: the additions do not wait for one another, and the order
 * is fixed, so the bits are. */
double hm_sum_squares(ptrdiff_t n, const double *x) {
  double sum[4] = {0.0, 0.0, 0.0, 0.0};
  ptrdiff_t i = 0;
  for (; i + 4 <= n; i += 4) {
    for (int lane = 0; lane < 4; lane++) {
      sum[lane] += x[i + lane] * x[i + lane];
    }
  }
  for (; i < n; i++) {
    sum[0] += x[i] * x[i];
  }
  return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/* out := A A, for symmetric A. */
static HM_UNFUSED void square(int n, const double *A, double *out) {
  for (ptrdiff_t i = 0; i < n; i++) {
    for (ptrdiff_t j = 0; j <= i; j++) {
      double sum = 0.0;
      for (ptrdiff_t l = 0; l < n; l++) {
        const double part = A[i * n + l] * A[j * n + l];
        sum += part;
      }
      out[i * n + j] = out[j * n + i] = sum;
    }
  }
}

/* A := A over its trace, which is returned. */
static double normalise(int n, double *A) {
  double trace = 0.0;
  for (ptrdiff_t i = 0; i < n; i++) {
    trace += A[i * n + i];
  }
  for (ptrdiff_t i = 0; trace > 0.0 && i < (ptrdiff_t)n * n; i++) {
    A[i] /= trace;
  }
  return trace;
}

/* The trace of A^k is the sum of the k-th powers of the eigenvalues. */
double hm_largest_bound(int n, double *A, double *room) {
  enum { squarings = 8 };
  double share = 1.0, logs = log(normalise(n, A));
  for (int m = 0; m < squarings && logs > -HUGE_VAL; m++) {
    square(n, A, room);
    memcpy(A, room, (size_t)n * (size_t)n * sizeof *A);
    share /= 2.0;
    logs += share * log(normalise(n, A));
  }
  return exp(logs);
}
