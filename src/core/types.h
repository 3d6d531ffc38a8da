/* Floor 0: what every file of the core may rely on.
 *
 * The core is a library of plain C. It knows no host: it never allocates,
 * prints, raises or keeps state between calls. Memory comes from the caller,
 * a function that can fail returns a status, and a long one asks its watch
 * whether to go on.
 *
 * Symbols, in every file:
 *   nv, nh     numbers of visible and of hidden units
 *   v, h       states of the visible and of the hidden units, 0 or 1, or
 *              counts where their kind has these, see unit.h
 *   b, c       visible and hidden biases, of length nv and nh
 *   W          weights, nv x nh
 *   E(v, h)    = - b'v - c'h - v'Wh, the energy; p(v, h) = exp(-E) / Z
 *   p          probability that a unit is on
 *   n          number of cases in a batch, N in the whole data set
 *   k          Gibbs sweeps of contrastive divergence
 *
 * Reals of a batch are stored case by case: unit i of case s is x[s * units +
 * i], so that one case is contiguous.
 */
#ifndef HM_TYPES_H
#define HM_TYPES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef enum {
  HM_OK = 0,
  HM_INTERRUPTED, /* the watch said stop: see each function for what stands */
  HM_DIVERGED     /* a parameter left the range in which a model makes sense */
} hm_status;

/* Asked between pieces of work of some milliseconds, never inside a parallel
 * region. `stop` returns non-zero to end the work early. It may also never
 * return: the core holds nothing that would leak. Where `worked` is not null
 * the pieces that are done are added to it: cases, or chains by sweeps, or
 * states.
 */
typedef struct {
  int (*stop)(void *data);
  void *data;
  double *worked;
} hm_watch;

static inline int hm_stopped(const hm_watch *watch) {
  return watch->stop && watch->stop(watch->data);
}

static inline int hm_stopped_after(double work, const hm_watch *watch) {
  if (watch->worked) {
    *watch->worked += work;
  }
  return hm_stopped(watch);
}

/* Which cases of a data set: row[0..n-1], or from `first` on where row is null.
 */
typedef struct {
  const int *row;
  int first;
  int n;
} hm_rows;

static inline int hm_row(const hm_rows *rows, int s) {
  return rows->row ? rows->row[s] : rows->first + s;
}

/* The part of `rows` that starts at its row `from`, at most `most` long. */
static inline hm_rows hm_rows_from(const hm_rows *rows, int from, int most) {
  const int left = rows->n - from;
  hm_rows part = {rows->row ? rows->row + from : NULL, rows->first + from,
                  left < most ? left : most};
  return part;
}

/* The names of a table's rows: that of row i, or null past its end. */
typedef const char *hm_name_of(int i);

/* The row of that name, or -1. */
static inline int hm_row_named(hm_name_of *name_of, const char *name) {
  const char *here = name_of(0);
  for (int i = 0; here; here = name_of(++i)) {
    if (strcmp(here, name) == 0) {
      return i;
    }
  }
  return -1;
}

/* Room in one block of the caller's memory, handed out piece by piece. With a
 * null base it only counts, so one layout function both measures and lays out:
 *   hm_arena measure = {NULL, 0};  lay(&measure);
 *   hm_arena arena = {block of measure.used bytes, 0};  lay(&arena); */
typedef struct {
  char *base;
  size_t used;
} hm_arena;

static inline void *hm_allot(hm_arena *arena, ptrdiff_t count, size_t size) {
  const size_t line = 64;
  char *piece = arena->base ? arena->base + arena->used : NULL;
  arena->used += ((size_t)count * size + line - 1) / line * line;
  return piece;
}

/* Multiply-and-add operations in one piece of work: the grain at which long
 * work is cut, asked about, and shared between threads. */
#define HM_PIECE ((ptrdiff_t)100 * 1000 * 1000)

/* Less work than this stays on one thread. */
#define HM_WORTH_THREADS ((ptrdiff_t)200 * 1000)

#endif
