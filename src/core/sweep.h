/* Floor 3: one layer given the other, in single precision, for chains. Each
 * function does the cases from `from` to `to` - 1, and these alone, so that
 * threads can share chains out and need not wait for one another.
 */
#ifndef HM_SWEEP_H
#define HM_SWEEP_H

#include "working.h"

/* input := bias + what the listed units send. */
void hm_sweep_input(hm_level level, const hm_side *side, const hm_lists *given,
                    int from, int to, hm_panels *input);

/* mean := the means given these inputs; mean may be input. */
void hm_sweep_mean(hm_level level, const hm_side *side, int from, int to,
                   const hm_panels *input, hm_panels *mean);

/* states := draws with these inputs and means, as lists. `bits` has room for
 * them. */
void hm_sweep_draw(hm_level level, const hm_side *side,
                   const hm_drawing *drawing, const hm_panels *input,
                   const hm_panels *mean, hm_bits *bits, hm_lists *states);

/* Units that are held as they are, one bit a place in words of 32: a draw is
 * kept where `free` has a bit, and `held` put in its place. One set of words
 * serves `cases` cases that stand together, and the sets begin `stride` words
 * after one another: with a stride of 0 one set serves all cases. */
typedef struct {
  ptrdiff_t stride;
  int cases;
  const uint32_t *free;
  const uint32_t *held;
  const float *value; /* of a valued layer a number for each place of a set, in
                         whole panels, in place of `held` */
} hm_clamp;

/* Where the words of case s begin. */
static inline ptrdiff_t hm_clamp_at(const hm_clamp *clamp, int s) {
  return s / clamp->cases * clamp->stride;
}

/* The part of a clamp that is for the cases from `first` on, where each has a
 * set of its own, or all have one. */
static inline hm_clamp hm_clamp_from(const hm_clamp *clamp, int first) {
  hm_clamp part = *clamp;
  part.free += first * clamp->stride;
  part.held += first * clamp->stride;
  if (clamp->value) {
    part.value += first * clamp->stride * HM_PANEL;
  }
  return part;
}

/* bits := the same with what is held put in. */
void hm_clamp_bits(const hm_clamp *clamp, int from, int to,
                   const hm_layer *layer, hm_bits *bits);

/* The same draws, but of what is free only; a null clamp holds nothing. */
void hm_sweep_draw_free(hm_level level, const hm_side *side,
                        const hm_drawing *drawing, const hm_clamp *clamp,
                        const hm_panels *input, const hm_panels *mean,
                        hm_bits *bits, hm_lists *states);

/* F[s] := the free energy of the listed visible units, given the inputs to the
 * hidden layer and its means:
 *
 *   F = - b'v - B(v) - A(input),  A being log_sum of the hidden layer. */
void hm_sweep_free_energy(hm_level level, const hm_working *working,
                          const hm_lists *given, int from, int to,
                          const hm_panels *input, const hm_panels *mean,
                          double *F);

#endif
