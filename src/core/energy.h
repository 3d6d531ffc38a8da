/* Floor 4: energies and free energies, in nats.
 *
 *   E(v, h) = - b'v - c'h - v'Wh - B(v) - B(h)
 *   F(v)    = - b'v - B(v) - A(c + W'v),  exp(-F(v)) = Z p(v)
 *
 * with A and B of the kinds of unit, see unit.h: for binary units A is the sum
 * of softplus, and B is 0. States may be lists or reals.
 */
#ifndef HM_ENERGY_H
#define HM_ENERGY_H

#include "cases.h"
#include "conditional.h"

/* energy[s] := E of case s; input (room for n cases of nh) is overwritten. */
void hm_energy(const hm_model *model, const hm_states *v, const hm_states *h,
               hm_hardware hw, double *input, double *energy);

/* free_energy[s] := F of case s, `summed` being the layer that is summed out:
 * the hidden one for F(v), given the states of the other, whose side of the
 * link is `of`. input has room for n cases of summed->units. */
void hm_free_energy(const hm_link *summed, const hm_link *of,
                    const hm_states *given, hm_hardware hw, double *input,
                    double *free_energy);

typedef struct {
  hm_reader v;
  hm_reader h;
  double *input; /* room cases of nh */
} hm_energy_work;

/* `hidden` is null where free energies are wanted. */
void hm_energy_lay(hm_arena *arena, const hm_model *model,
                   const hm_cases *visible, const hm_cases *hidden,
                   hm_energy_work *work);

/* The same of all cases of data sets. */
hm_status hm_energy_cases(const hm_model *model, const hm_cases *visible,
                          const hm_cases *hidden, const hm_watch *watch,
                          hm_hardware hw, hm_energy_work *work, double *energy);
hm_status hm_free_energy_cases(const hm_model *model, const hm_cases *visible,
                               const hm_watch *watch, hm_hardware hw,
                               hm_energy_work *work, double *free_energy);

#endif
