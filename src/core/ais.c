#include "ais.h"

#include <string.h>

#define HM_KERNEL_FILE "ais-kernel.h"
#include "simd-each-kernel.h"

void hm_ais_lay(hm_arena *arena, const hm_model *base, const hm_model *target,
                int runs, hm_ais_work *work) {
  const int nv = target->nv, of_h = base->hidden->places;
  const int room = hm_chains_at_once(nv, target->nh + base->nh, runs);
  work->room = room;
  hm_working_lay(arena, target, &work->target);
  hm_working_lay(arena, base, &work->base);
  hm_chains_lay(arena, target->visible, target->hidden, room, 0, &work->chains);
  hm_lists_lay(arena, room, base->nh, &work->h_base);
  hm_panels_lay(arena, room, of_h, &work->input_h_base);
  hm_panels_lay(arena, room, of_h, &work->mean_h_base);
  hm_panels_lay(arena, room, of_h > 0 ? target->visible->places : 0,
                &work->input_v_base);
  hm_bits_lay(arena, room, of_h, base->hidden->valued, &work->bits_base);
  if (base->hidden->valued) {
    work->h_base.value =
        hm_allot(arena, (ptrdiff_t)room * base->nh, sizeof(float));
  }
  work->at_h = work->chains.input_h;
  if (target->hidden->by_input) {
    hm_panels_lay(arena, room, target->hidden->places, &work->at_h);
  }
  work->at_h_base = work->input_h_base;
  if (base->hidden->by_input) {
    hm_panels_lay(arena, room, of_h, &work->at_h_base);
  }
}

void hm_ais_prepare(const hm_model *base, const hm_model *target,
                    hm_level level, hm_ais_work *work) {
  hm_working_set(target, level, &work->target);
  hm_working_set(base, level, &work->base);
}

/* (b_B - b_A)'v of case s. */
static double bias_gap(const hm_lists *on, int s, const double *b,
                       const double *b_base) {
  const ptrdiff_t first = (ptrdiff_t)s * on->stride;
  const int *item = on->item + first;
  double sum = 0.0;
  for (int i = 0; i < on->count[s]; i++) {
    const double gap = b[item[i]] - b_base[item[i]];
    sum += on->value ? (double)on->value[first + i] * gap : gap;
  }
  return sum;
}

/* The means of the visible layer given both hidden layers at t. */
static void mean_visible(hm_level level, double t, int from, int to,
                         hm_ais_work *work) {
  static void (*const blends[])(ptrdiff_t, float, const float *, int, float *) =
      HM_LEVELS(blend);
  const hm_side visible = hm_visible_side(&work->target);
  const hm_side visible_base = hm_visible_side(&work->base);
  const int alone = work->base.nh == 0;
  const ptrdiff_t n = (ptrdiff_t)(to - from) * HM_PANEL;
  hm_panels *input = &work->chains.input_v, *mean = &work->chains.mean_v;
  hm_sweep_input(level, &visible, &work->chains.h, from, to, input);
  if (!alone) {
    hm_sweep_input(level, &visible_base, &work->h_base, from, to,
                   &work->input_v_base);
  }
  for (int q = 0; q < hm_panels_across(mean->width); q++) {
    const float *other = alone ? work->base.b + (ptrdiff_t)q * HM_PANEL
                               : hm_panel_row(&work->input_v_base, q, from);
    blends[level](n, (float)t, other, alone, hm_panel_row(input, q, from));
  }
  hm_sweep_mean(level, &visible, from, to, input, mean);
}

/* to := t times the rows `first` to `end` - 1 of x, where hidden units are
 * drawn from these: else there is no room for it, and `to` is x. */
static void scale(double t, int first, int end, const hm_panels *x,
                  hm_panels *to) {
  for (int q = 0; to->x != x->x && q < hm_panels_across(x->width); q++) {
    const float *from = hm_panel_row(x, q, first);
    float *out = hm_panel_row(to, q, first);
    for (ptrdiff_t i = 0; i < (ptrdiff_t)(end - first) * HM_PANEL; i++) {
      out[i] = (float)t * from[i];
    }
  }
}

/* What a draw at one temperature is for. */
typedef struct {
  hm_stream h;
  hm_stream h_base;
  hm_stream v;
} streams;

static streams streams_of(const hm_chance *chance, int k) {
  const uint32_t sweep = (uint32_t)k;
  streams all = {
      hm_stream_of(chance->key, HM_DRAW_HIDDEN, chance->step, sweep),
      hm_stream_of(chance->key, HM_DRAW_BASE, chance->step, sweep),
      hm_stream_of(chance->key, HM_DRAW_VISIBLE, chance->step, sweep)};
  return all;
}

/* Weighs the runs `first` to `end` - 1 by step k of the path. */
static void weigh_runs(const hm_ais_path *path, int k, int first, int end,
                       hm_level level, hm_ais_work *work, double *log_weight) {
  const double from = (double)path->t[k - 1], to = (double)path->t[k];
  const hm_side hidden = hm_hidden_side(&work->target);
  const hm_side hidden_base = hm_hidden_side(&work->base);
  const hm_lists *v = &work->chains.v;
  hm_sweep_input(level, &hidden, v, first, end, &work->chains.input_h);
  hm_sweep_input(level, &hidden_base, v, first, end, &work->input_h_base);
  for (int s = first; s < end; s++) {
    log_weight[s] +=
        hm_layer_anneal_panels(level, hidden.layer, s, from, to,
                               &work->chains.input_h, &work->chains.mean_h) +
        hm_layer_anneal_panels(level, hidden_base.layer, s, 1.0 - from,
                               1.0 - to, &work->input_h_base,
                               &work->mean_h_base) +
        (to - from) * bias_gap(v, s, path->target->b, path->base->b);
  }
}

/* Moves them by one sweep at temperature t, given the means of hidden units. */
static void move_runs(const hm_rows *rows, const streams *draws, int first,
                      int end, double t, hm_level level, hm_ais_work *work) {
  const hm_side visible = hm_visible_side(&work->target);
  const hm_side hidden = hm_hidden_side(&work->target);
  const hm_side hidden_base = hm_hidden_side(&work->base);
  hm_chains *chains = &work->chains;
  scale(t, first, end, &chains->input_h, &work->at_h);
  const hm_drawing of_h = {&draws->h, rows, first, end};
  const hm_drawing of_base = {&draws->h_base, rows, first, end};
  const hm_drawing of_v = {&draws->v, rows, first, end};
  hm_sweep_draw(level, &hidden, &of_h, &work->at_h, &chains->mean_h,
                &chains->bits, &chains->h);
  if (work->base.nh > 0) {
    scale(1.0 - t, first, end, &work->input_h_base, &work->at_h_base);
    hm_sweep_draw(level, &hidden_base, &of_base, &work->at_h_base,
                  &work->mean_h_base, &work->bits_base, &work->h_base);
  }
  mean_visible(level, t, first, end, work);
  hm_sweep_draw_free(level, &visible, &of_v, chains->clamp, &chains->input_v,
                     &chains->mean_v, &chains->bits, &chains->v);
}

hm_status hm_ais(const hm_ais_path *path, const hm_rows *rows,
                 const hm_chance *chance, const hm_watch *watch, hm_hardware hw,
                 hm_ais_work *work, double *log_weight) {
  const int n = rows->n;
  const int parallel =
      hm_chains_worth_threads(path->target->nv, path->target->nh, n);
  const int parts = parallel ? hw.threads : 1;
  memset(log_weight, 0, (size_t)n * sizeof *log_weight);
  for (int k = 1; k <= path->K; k++) {
    const streams draws = streams_of(chance, k);
#ifdef _OPENMP
#pragma omp parallel for num_threads(parts) if (parts > 1) schedule(static, 1)
#endif
    for (int part = 0; part < parts; part++) {
      const int first = hm_share(n, part, parts);
      const int end = hm_share(n, part + 1, parts);
      weigh_runs(path, k, first, end, hw.level, work, log_weight);
      if (k < path->K) {
        move_runs(rows, &draws, first, end, (double)path->t[k], hw.level, work);
      }
    }
    if (hm_stopped_after(n, watch)) {
      return HM_INTERRUPTED;
    }
  }
  return HM_OK;
}
