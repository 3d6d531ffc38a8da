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

/* mean := the means given these inputs, in place. */
void hm_sweep_mean(hm_level level, const hm_side *side, int from, int to,
                   hm_panels *mean);

/* states := draws with these means, as lists. `bits` has room for them. */
void hm_sweep_draw(hm_level level, const hm_side *side, const hm_rows *rows,
                   const hm_stream *stream, int from, int to,
                   const hm_panels *mean, hm_bits *bits, hm_lists *states);

#endif
