/* Floor 1: random numbers that depend on what they are for, not on when they
 * are drawn.
 *
 * Philox4x32-10 (Salmon, Moraes, Dror and Shaw 2011) maps a key and a counter
 * of four words to four random words, one to one for a fixed key. A counter
 * here is (block, case, step, purpose and sweep), so two draws for two
 * different things never share a counter, and a draw is the same whatever
 * thread, chunk or order it is made in. Eight blocks serve 32 units, so that
 * vectors of counters give runs of units: unit i has word (i / 8) % 4 of block
 * 8 (i / 32) + i % 8.
 */
#ifndef HM_RNG_H
#define HM_RNG_H

#include "simd.h"

typedef enum {
  HM_DRAW_HIDDEN = 1,
  HM_DRAW_VISIBLE,
  HM_DRAW_START,
  HM_DRAW_WEIGHTS,
  HM_DRAW_ORDER,
  HM_DRAW_MONITOR,
  HM_DRAW_BASE,
  HM_DRAW_SWAP
} hm_purpose;

/* A family of draws: one number for each (case, unit). `sweep` is below 2^24.
 */
typedef struct {
  uint32_t key[2];
  uint32_t step;
  uint32_t purpose_and_sweep;
} hm_stream;

void hm_philox(const uint32_t counter[4], const uint32_t key[2],
               uint32_t out[4]);

hm_stream hm_stream_of(const uint32_t key[2], hm_purpose purpose, uint32_t step,
                       uint32_t sweep);

/* u[i] uniform on (0, 1) for units first to first + n - 1 of one case: the
 * midpoints of 2^32 equal cells, so never 0 and never 1. `first` is a multiple
 * of 32. */
void hm_uniforms(const hm_stream *stream, uint32_t which_case, int first, int n,
                 double *u);

/* The same in single precision, the midpoints of 2^24 equal cells. */
void hm_singles_from(hm_level level, const hm_stream *stream,
                     uint32_t which_case, int first, int n, float *u);

/* Which cases are drawn for: `from` to `to` - 1 of those that rows name. */
typedef struct {
  const hm_stream *stream;
  const hm_rows *rows;
  int from;
  int to;
} hm_drawing;

/* Bit i of bits[s * stride] := whether unit 32 panel + i of case s is on, for
 * those that are drawn for: whether its u is below p[32 s + i], both to
 * 31 bits. Where p is 1 it is always on, and where p is not a number off. */
void hm_bernoulli(hm_level level, const hm_drawing *drawing, int panel,
                  const float *p, uint32_t *bits, ptrdiff_t stride);

/* x[i] standard normal for units 0 to n - 1 of one case (Box and Muller): those
 * of units i and i + 1, where i is even, come from their two uniforms. */
void hm_normals(hm_level level, const hm_stream *stream, uint32_t which_case,
                int n, double *x);

/* The same for the n units from `first` on, a multiple of 32. */
void hm_normals_from(hm_level level, const hm_stream *stream,
                     uint32_t which_case, int first, int n, double *x);

/* One number below `bound`, for (case, unit 0): off from uniform by at most
 * bound / 2^64 relative. */
uint32_t hm_below(const hm_stream *stream, uint32_t which_case, uint32_t bound);

/* order := a random permutation of 0 to n - 1 (Fisher and Yates). */
void hm_shuffle(const hm_stream *stream, int n, int *order);

#endif
