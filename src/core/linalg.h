/* Floor 1: dense products of a batch, and the only caller of BLAS.
 *
 * Matrices here are named as their rows lie in memory: "n rows of nx" is n
 * contiguous runs of nx numbers. No output may overlap an input.
 */
#ifndef HM_LINALG_H
#define HM_LINALG_H

#include "simd.h"

/* out (n rows of `width`) += x (n rows of m) times rows (m rows of `width`):
 * what each case's states send through the weights. Where `rows` is null its
 * transpose `cols` (`width` rows of m) is taken. */
void hm_add_product(int n, int m, int width, const double *x,
                    const double *rows, const double *cols, double *out);

/* out (m rows of `width`) = beta out + alpha x'y, with x: n rows of m and y:
 * n rows of `width`: the sum over cases of the outer products x y'. */
void hm_outer_products(int n, int m, int width, double alpha, const double *x,
                       const double *y, double beta, double *out);

/* out (m rows of n) := the transpose of x (n rows of m). */
void hm_transpose(int n, int m, const double *x, double *out);

/* A number that is at least the largest eigenvalue of A (n rows of n), which is
 * symmetric and has none below 0, and at most n^(1/256) times that. A becomes
 * what projects onto the first direction, and is shared by those that are as
 * good as the first: A^256 over its trace. `room` is for as many numbers. */
double hm_largest_bound(int n, double *A, double *room);

/* Sum of squares of x, summed in fixed blocks. */
double hm_sum_squares(ptrdiff_t n, const double *x);

#endif
