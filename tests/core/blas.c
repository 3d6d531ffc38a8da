/* The one routine of BLAS that the core calls, written out plainly, for
 * machines that tools/cross builds for and that have no BLAS here. Linked by
 * hand: not a test, and not part of the package. */
#include <stddef.h>

void dgemm_(const char *transa, const char *transb, const int *m, const int *n,
            const int *k, const double *alpha, const double *a, const int *lda,
            const double *b, const int *ldb, const double *beta, double *c,
            const int *ldc);

/* Element (i, j) of a matrix or of its transpose, stored by columns. */
static double element(const double *x, int ld, char trans, int i, int j) {
  return trans == 'N' ? x[(ptrdiff_t)j * ld + i] : x[(ptrdiff_t)i * ld + j];
}

/* C := alpha op(A) op(B) + beta C; C is not read where beta is 0. */
void dgemm_(const char *transa, const char *transb, const int *m, const int *n,
            const int *k, const double *alpha, const double *a, const int *lda,
            const double *b, const int *ldb, const double *beta, double *c,
            const int *ldc) {
  for (int j = 0; j < *n; j++) {
    for (int i = 0; i < *m; i++) {
      double *out = c + (ptrdiff_t)j * *ldc + i;
      double sum = 0.0;
      for (int l = 0; l < *k; l++) {
        sum +=
            element(a, *lda, *transa, i, l) * element(b, *ldb, *transb, l, j);
      }
      *out = *alpha * sum + (*beta < 0.0 || *beta > 0.0 ? *beta * *out : 0.0);
    }
  }
}
