#include "energy.h"

/* Inner product of the states of case s with x. */
static double dot(const hm_states *states, int s, const double *x) {
  double sum = 0.0;
  if (states->x) {
    const double *state = states->x + (ptrdiff_t)s * states->units;
    for (int i = 0; i < states->units; i++) {
      sum += state[i] * x[i];
    }
    return sum;
  }
  const int *item = states->on.item + (ptrdiff_t)s * states->on.stride;
  for (int t = 0; t < states->on.count[s]; t++) {
    sum += x[item[t]];
  }
  return sum;
}

void hm_energy(const hm_model *model, const hm_states *v, const hm_states *h,
               hm_hardware hw, double *input, double *energy) {
  const hm_layer hidden = hm_hidden_layer(model);
  hm_input(&hidden, v, hw, input);
  for (int s = 0; s < v->on.n; s++) {
    energy[s] =
        -dot(v, s, model->b) - dot(h, s, input + (ptrdiff_t)s * model->nh);
  }
}

void hm_free_energy(const hm_layer *layer, const double *bias,
                    const hm_states *given, hm_hardware hw, double *input,
                    double *free_energy) {
  hm_input(layer, given, hw, input);
  for (int s = 0; s < given->on.n; s++) {
    const double *a = input + (ptrdiff_t)s * layer->units;
    free_energy[s] =
        -dot(given, s, bias) - layer->kind->log_sum(hw.level, layer->units, a);
  }
}
