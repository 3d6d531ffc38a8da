/* Mean-field contrastive divergence (Welling and Hinton 2002): k passes from
 * the data in which each layer takes its means where Gibbs sampling draws. No
 * chance, and no error bar: the means know nothing of how units go together. */
#include "estimator.h"

static void lay(hm_arena *arena, const hm_model *shape,
                const hm_estimator_options *options, hm_hardware hw,
                hm_phases *phases) {
  (void)options;
  (void)hw;
  phases->own =
      hm_allot(arena, (ptrdiff_t)phases->room * shape->nh, sizeof(float));
}

/* lists := all units of the cases from `from` to `to` - 1, by their means. */
static void list_means(const hm_layer *layer, int from, int to,
                       const hm_panels *mean, hm_lists *lists) {
  for (int s = from; s < to; s++) {
    const ptrdiff_t first = (ptrdiff_t)s * lists->stride;
    for (int i = 0; i < layer->units; i++) {
      lists->item[first + i] = i;
      lists->value[first + i] =
          *hm_panels_at(mean, s, hm_layer_place(layer, i));
    }
    lists->count[s] = layer->units;
  }
}

static void pass(const hm_working *working, hm_level level, int from, int to,
                 hm_chains *chains) {
  const hm_side visible = hm_visible_side(working);
  const hm_side hidden = hm_hidden_side(working);
  list_means(working->hidden, from, to, &chains->mean_h, &chains->h);
  hm_sweep_input(level, &visible, &chains->h, from, to, &chains->input_v);
  hm_sweep_mean(level, &visible, from, to, &chains->input_v, &chains->mean_v);
  list_means(working->visible, from, to, &chains->mean_v, &chains->v);
  hm_sweep_input(level, &hidden, &chains->v, from, to, &chains->input_h);
  hm_sweep_mean(level, &hidden, from, to, &chains->input_h, &chains->mean_h);
}

static hm_status negative_phase(const hm_update *update, int from,
                                hm_phases *phases) {
  const hm_working *working = update->working;
  const hm_hardware hw = update->hw;
  hm_chains *chains = &phases->chains;
  const int n = hm_rows_from(update->rows, from, phases->room).n;
  const int parts =
      hm_chains_worth_threads(working->nv, working->nh, n) ? hw.threads : 1;
  chains->h.n = n;
  chains->h.value = phases->own;
  chains->v.value = chains->value;
  for (int t = 0; t < update->options->k; t++) {
#ifdef _OPENMP
#pragma omp parallel for num_threads(parts) if (parts > 1) schedule(static, 1)
#endif
    for (int part = 0; part < parts; part++) {
      pass(working, hw.level, hm_share(n, part, parts),
           hm_share(n, part + 1, parts), chains);
    }
    if (hm_stopped(update->watch)) {
      return HM_INTERRUPTED;
    }
  }
  chains->h.value = chains->value_h;
  hm_phases_set_draws(update->hw.level, HM_MEANS, phases);
  return HM_OK;
}

const hm_estimator hm_estimator_mf = {
    .name = "mf", .weighs = 1, .lay = lay, .negative_phase = negative_phase};
