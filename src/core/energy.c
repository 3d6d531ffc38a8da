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
  const hm_link hidden = hm_link_to_hidden(model);
  hm_input(&hidden, v, hw, input);
  for (int s = 0; s < v->on.n; s++) {
    energy[s] = -dot(v, s, model->b) -
                dot(h, s, input + (ptrdiff_t)s * model->nh) -
                hm_layer_log_base(model->visible, v, s) -
                hm_layer_log_base(model->hidden, h, s);
  }
}

void hm_free_energy(const hm_link *summed, const hm_link *of,
                    const hm_states *given, hm_hardware hw, double *input,
                    double *free_energy) {
  hm_input(summed, given, hw, input);
  for (int s = 0; s < given->on.n; s++) {
    const double *a = input + (ptrdiff_t)s * summed->units;
    free_energy[s] = -dot(given, s, of->bias) -
                     hm_layer_log_base(of->layer, given, s) -
                     hm_layer_log_sum(hw.level, summed->layer, a);
  }
}

void hm_energy_lay(hm_arena *arena, const hm_model *model,
                   const hm_cases *visible, const hm_cases *hidden,
                   hm_energy_work *work) {
  const int room = hm_cases_at_once(model->nv, model->nh, visible->N);
  hm_reader_lay(arena, visible, room, &work->v);
  if (hidden) {
    hm_reader_lay(arena, hidden, room, &work->h);
  }
  work->input = hm_allot(arena, (ptrdiff_t)room * model->nh, sizeof(double));
}

hm_status hm_energy_cases(const hm_model *model, const hm_cases *visible,
                          const hm_cases *hidden, const hm_watch *watch,
                          hm_hardware hw, hm_energy_work *work,
                          double *energy) {
  hm_rows rows;
  for (int at = 0; hm_read(visible, at, &work->v, &rows); at += rows.n) {
    hm_read(hidden, at, &work->h, &rows);
    hm_energy(model, &work->v.states, &work->h.states, hw, work->input,
              energy + at);
    if (hm_stopped_after(rows.n, watch)) {
      return HM_INTERRUPTED;
    }
  }
  return HM_OK;
}

hm_status hm_free_energy_cases(const hm_model *model, const hm_cases *visible,
                               const hm_watch *watch, hm_hardware hw,
                               hm_energy_work *work, double *free_energy) {
  const hm_link hidden = hm_link_to_hidden(model);
  const hm_link given = hm_link_to_visible(model);
  hm_rows rows;
  for (int at = 0; hm_read(visible, at, &work->v, &rows); at += rows.n) {
    hm_free_energy(&hidden, &given, &work->v.states, hw, work->input,
                   free_energy + at);
    if (hm_stopped_after(rows.n, watch)) {
      return HM_INTERRUPTED;
    }
  }
  return HM_OK;
}
