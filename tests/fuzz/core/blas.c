/* The one routine of BLAS that the core calls, as plain loops that sanitizers
 * see into. */
#include "fuzz.h"

void dgemm_(const char *transa, const char *transb, const int *m, const int *n,
            const int *k, const double *alpha, const double *a, const int *lda,
            const double *b, const int *ldb, const double *beta, double *c,
            const int *ldc);

void dgemm_(const char *transa, const char *transb, const int *m, const int *n,
            const int *k, const double *alpha, const double *a, const int *lda,
            const double *b, const int *ldb, const double *beta, double *c,
            const int *ldc) {
  const int over = *transa == 'T', across = *transb == 'T';
  FUZZ_CHECK(*m >= 0 && *n >= 0 && *k >= 0, "sizes are sizes");
  FUZZ_CHECK(*lda >= (over ? *k : *m) && *ldb >= (across ? *n : *k) &&
                 *ldc >= *m && *lda > 0 && *ldb > 0 && *ldc > 0,
             "and fit what they are in");
  for (ptrdiff_t j = 0; j < *n; j++) {
    for (ptrdiff_t i = 0; i < *m; i++) {
      double sum = 0.0, *out = c + j * *ldc + i;
      for (ptrdiff_t l = 0; l < *k; l++) {
        sum += a[over ? i * *lda + l : l * *lda + i] *
               b[across ? l * *ldb + j : j * *ldb + l];
      }
      *out = *alpha * sum + (*beta == 0.0 ? 0.0 : *beta * *out);
    }
  }
}
