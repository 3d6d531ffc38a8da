/* Floor 2: matrices in single precision, in panels of 32 columns.
 *
 * A panel of all rows is contiguous and small enough for a cache, however wide
 * the matrix: element (i, j) of n rows stands at
 *
 *   x[((j / 32) * n + i) * 32 + j % 32].
 *
 * The last panel is whole too; nobody reads what stands beyond the width, but
 * it must be finite. A sum of rows keeps the sums of a panel in registers.
 *
 * A sum of n numbers w differs from that in exact arithmetic by at most
 * (n - 1) 2^-24 sum |w|, to first order, and typically by its square root's
 * share of that.
 */
#ifndef HM_PANELS_H
#define HM_PANELS_H

#include "states.h"

enum { HM_PANEL = 32 };

typedef struct {
  int n;
  int width;
  float *x;
} hm_panels;

static inline int hm_panels_across(int width) {
  return width / HM_PANEL + (width % HM_PANEL > 0);
}

/* Row i of panel q. */
static inline float *hm_panel_row(const hm_panels *panels, int q, int i) {
  return panels->x + ((ptrdiff_t)q * panels->n + i) * HM_PANEL;
}

static inline float *hm_panels_at(const hm_panels *panels, int i, int j) {
  return hm_panel_row(panels, j / HM_PANEL, i) + j % HM_PANEL;
}

/* The nearest multiple of 2^-16, of a number below 2^35 in size. Products of
 * two such numbers, and sums of products, are exact in double precision as long
 * as they stay below 2^21. */
static inline double hm_on_grid(double x) { return (x + 0x1.8p36) - 0x1.8p36; }

/* Rows whose sums are found together, how many sums that makes, and of how many
 * fours these stay in the nearest cache, of 2 kB each. */
enum { HM_FOUR = 4, HM_SUBSETS = 1 << HM_FOUR, HM_TABLES = 8 };

void hm_panels_lay(hm_arena *arena, int n, int width, hm_panels *panels);

/* Room for `width` numbers in whole panels. */
float *hm_singles_lay(hm_arena *arena, int width);

/* to := so many numbers, in whole panels, 0 beyond them. */
void hm_set_singles(int n, const double *from, float *to);

/* For each list s from `from` to `to` - 1, with its items t:
 *   out row s := start + sum over t of the rows t,
 * by their values where lists have any; `start` has one number for each column.
 *
 * Rows are added in their order, but where a list without values has three
 * rows in eight, or more, those of each four (0 to 3, 4 to
 * 7, ...) are added to 0, and their sum then to the rest: the sums of all
 * sixteen subsets of a four are found once for many lists. So the order depends
 * on the list and on nothing else. */
void hm_sum_panels(hm_level level, const hm_lists *lists, int from, int to,
                   const hm_panels *rows, const float *start, hm_panels *out);

/* The same for lists and rows of one panel, in parts. Lists may be in any
 * order, but neighbours are best of like length.
 *
 * out row s += the rows that list s has from its place begin[s] to end[s] - 1,
 * for the n lists in `order`. */
void hm_add_listed(hm_level level, const hm_lists *lists, int n,
                   const int *order, const int *begin, const int *end,
                   const float *rows, float *out);

/* out row which[l] += the sum of those of at most 32 rows whose bits are on in
 * bits[which[l]], for n lists: by fours, or singly one after another. */
void hm_add_tile(hm_level level, int by_fours, int n, const int *which,
                 const uint32_t *bits, int rows, const float *from, float *out);

/* Whether a list of so many of n rows goes by fours, and how many rows a part
 * should have otherwise. */
enum { HM_ROWS_AT_ONCE = 256 };

static inline int hm_by_fours(int count, int n) {
  return (int64_t)count * 8 >= (int64_t)n * 3;
}

/* How many lists may go side by side. */
enum { HM_ABREAST = 4 };

/* out row i := the sum of the rows of list i, for n lists from `first` on,
 * `order` being their numbers from there. Each HM_ABREAST of them in that order
 * are of one length, as are those that are left. All rows are of one panel. */
void hm_sum_groups(hm_level level, const hm_lists *lists, int first, int n,
                   const int *order, const float *rows, float *out);

/* order (n) := 0 to n - 1 by rising counts, nearly so where these are above
 * 255.
 */
void hm_order_by_count(int n, const int *count, int *order);

/* The first n rows := x, n rows of panels->width, 0 beyond the width. */
void hm_panels_set(int n, const double *x, hm_panels *panels);

/* The other way. */
void hm_panels_get(int n, const hm_panels *panels, double *x);

/* One bit for each column of a case: word q of case s is at word[s * stride +
 * q].
 */
typedef struct {
  ptrdiff_t stride;
  uint32_t *word;
  hm_panels value; /* where states have values; of no rows elsewhere */
} hm_bits;

/* Room for n cases of up to `width`, with values where `valued`. */
void hm_bits_lay(hm_arena *arena, int n, int width, int valued, hm_bits *bits);

#endif
