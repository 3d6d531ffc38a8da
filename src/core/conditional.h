/* Floor 3: one layer given the other.
 *
 *   input to hidden unit j  = c_j + (W'v)_j,   p(h_j = 1 | v) = sigm(input)
 *   input to visible unit i = b_i + (Wh)_i,    p(v_i = 1 | h) = sigm(input)
 *
 * and so on for other kinds of unit. Inputs and means are n cases of
 * layer->units reals.
 */
#ifndef HM_CONDITIONAL_H
#define HM_CONDITIONAL_H

#include "model.h"

void hm_input(const hm_link *layer, const hm_states *given, hm_hardware hw,
              double *input);

/* mean may be input. */
void hm_mean(const hm_link *layer, int n, const double *input, hm_hardware hw,
             double *mean);

/* The two together: mean of the layer given the other's states. */
void hm_mean_given(const hm_link *layer, const hm_states *given, hm_hardware hw,
                   double *mean);

/* states := a draw of the layer, as lists; of a valued layer as reals in
 * states->x, which must then have room for them. The draw for a case depends on
 * its row number and on the stream only. */
void hm_draw(const hm_link *layer, const hm_rows *rows, const double *mean,
             const hm_stream *stream, hm_hardware hw, hm_states *states);

#endif
