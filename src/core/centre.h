/* Floor 5: centring. With offsets mu and lambda the energy can be written
 *
 *   E(v, h) = -(v - mu)'b* - c*'(h - lambda) - (v - mu)'W (h - lambda),
 *   b* = b + W lambda,  c* = c + W'mu,
 *
 * the same machine up to a constant. Steps are made in W, b* and c*, whose
 * gradients are gW - mu gc' - gb lambda', gb and gc; what is kept is W, b and
 * c. The offsets follow the means of the units, in the data (centred; Melchior,
 * Fischer and Wiskott 2016) or halfway between data and model (enhanced; Cho,
 * Raiko and Ilin 2011), and moving them does not change the machine.
 *
 * Offsets are one vector, [mu | lambda | running means of p(h | v) in the
 * data].
 */
#ifndef HM_CENTRE_H
#define HM_CENTRE_H

#include "layer.h"

typedef enum { HM_UNCENTRED, HM_CENTRED, HM_ENHANCED } hm_centring;

static inline ptrdiff_t hm_offsets(int nv, int nh) {
  return nv + 2 * (ptrdiff_t)nh;
}

/* At the start: mu is the mean of each visible unit over the data, and all else
 * that of each hidden unit without any input; mu and lambda are 0 where units
 * are not centred. */
void hm_offsets_start(hm_centring centring, int nv, const hm_layer *hidden,
                      const double *mean_v, double *offsets);

/* goal (nv + nh) := where mu and lambda are to go: the means in this batch of
 * data, or half of the way from them to those of the model, `slope` away. */
void hm_offsets_goal(hm_centring centring, int units, const double *data_mean,
                     const double *slope, double *goal);

/* They go the share `rate` of the way; running means of hidden units go a
 * twentieth of that to mean_h. */
void hm_offsets_move(hm_centring centring, double rate, int nv, int nh,
                     const double *goal, const double *mean_h, double *offsets);

/* g (n rows of 32) -= mu gc' + gb lambda'. */
void hm_centre(hm_level level, int n, const double *mu, const double *gb,
               const double *gc, const double *lambda, double *g);

/* What W's change d (n rows of 32) moves the biases by: by_row := d lambda and
 * by_column := d'mu. */
void hm_centre_shift(hm_level level, int n, const double *mu,
                     const double *lambda, const double *d, double *by_row,
                     double *by_column);

/* b* and c* stay where a step took them while W changed: b -= dW lambda, c -=
 * dW'mu. `shift` has for each tile of 32 by 32, column of tiles by column,
 * by_row and by_column, 32 numbers each. */
void hm_centre_biases(hm_level level, const hm_layer *visible,
                      const hm_layer *hidden, const double *shift, double *b,
                      double *c);

/* The same for the visible units of panel p alone, whose biases are at b; and
 * for the hidden ones of panel q. */
void hm_centre_visible(hm_level level, const hm_layer *visible,
                       const hm_layer *hidden, int p, const double *shift,
                       double *b);
void hm_centre_hidden(hm_level level, const hm_layer *visible,
                      const hm_layer *hidden, int q, const double *shift,
                      double *c);

#endif
