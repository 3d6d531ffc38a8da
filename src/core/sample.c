#include "sample.h"

#include <string.h>

void hm_chains_lay(hm_arena *arena, int nv, int nh, int room, int reals,
                   hm_chains *chains) {
  hm_states_lay(arena, nv, room, &chains->v);
  hm_states_lay(arena, nh, room, &chains->h);
  hm_panels_lay(arena, room, nv, &chains->mean_v);
  hm_panels_lay(arena, room, nh, &chains->mean_h);
  hm_bits_lay(arena, room, nv > nh ? nv : nh, &chains->bits);
  chains->x = NULL;
  chains->value = NULL;
  if (reals) {
    chains->x = hm_room(arena, (ptrdiff_t)room * nv, sizeof(double));
    chains->value = hm_room(arena, (ptrdiff_t)room * nv, sizeof(float));
  }
}

/* Whether n chains of this size are worth more than one thread, by the sums of
 * one layer with every eighth unit on. */
static int worth_threads(const hm_working *working, int n) {
  return (ptrdiff_t)n * working->nv * working->nh / 8 >= HM_WORTH_THREADS;
}

void hm_chains_mean_h(const hm_working *working, hm_hardware hw,
                      hm_chains *chains) {
  const int n = chains->v.on.n;
  chains->v.on.value = NULL;
  if (chains->v.x) {
    chains->v.on.value = chains->value;
    hm_list_reals(n, working->nv, chains->v.x, &chains->v.on);
  }
  const hm_side hidden = hm_hidden_side(working);
  const int parts = worth_threads(working, n) ? hw.threads : 1;
#ifdef _OPENMP
#pragma omp parallel for num_threads(parts) if (parts > 1) schedule(static, 1)
#endif
  for (int part = 0; part < parts; part++) {
    const int from = hm_share(n, part, parts);
    const int to = hm_share(n, part + 1, parts);
    hm_sweep_input(hw.level, &hidden, &chains->v.on, from, to, &chains->mean_h);
    hm_sweep_mean(hw.level, &hidden, from, to, &chains->mean_h);
  }
}

/* One sweep of the chains from `from` to `to` - 1. */
static void sweep(const hm_working *working, const hm_rows *rows,
                  const hm_stream *for_h, const hm_stream *for_v, int from,
                  int to, hm_level level, hm_chains *chains) {
  const hm_side visible = hm_visible_side(working);
  const hm_side hidden = hm_hidden_side(working);
  hm_lists *v = &chains->v.on, *h = &chains->h.on;
  hm_sweep_draw(level, &hidden, rows, for_h, from, to, &chains->mean_h,
                &chains->bits, h);
  hm_sweep_input(level, &visible, h, from, to, &chains->mean_v);
  hm_sweep_mean(level, &visible, from, to, &chains->mean_v);
  hm_sweep_draw(level, &visible, rows, for_v, from, to, &chains->mean_v,
                &chains->bits, v);
  hm_sweep_input(level, &hidden, v, from, to, &chains->mean_h);
  hm_sweep_mean(level, &hidden, from, to, &chains->mean_h);
}

hm_status hm_gibbs(const hm_working *working, const hm_rows *rows,
                   const hm_chance *chance, int first_sweep, int sweeps,
                   const hm_watch *watch, hm_hardware hw, hm_chains *chains) {
  const int n = rows->n;
  const int parts = worth_threads(working, n) ? hw.threads : 1;
  chains->v.on.n = chains->h.on.n = n;
  chains->v.x = NULL;
  chains->v.on.value = NULL; /* all are 0 or 1 from the first draw on */
  for (int t = first_sweep; t < first_sweep + sweeps; t++) {
    const hm_stream for_h =
        hm_stream_of(chance->key, HM_DRAW_HIDDEN, chance->step, (uint32_t)t);
    const hm_stream for_v =
        hm_stream_of(chance->key, HM_DRAW_VISIBLE, chance->step, (uint32_t)t);
#ifdef _OPENMP
#pragma omp parallel for num_threads(parts) if (parts > 1) schedule(static, 1)
#endif
    for (int part = 0; part < parts; part++) {
      sweep(working, rows, &for_h, &for_v, hm_share(n, part, parts),
            hm_share(n, part + 1, parts), hw.level, chains);
    }
    if (hm_stopped(watch)) {
      return HM_INTERRUPTED;
    }
  }
  return HM_OK;
}

void hm_start(const hm_working *working, const hm_rows *rows,
              const hm_chance *chance, hm_hardware hw, hm_chains *chains) {
  const hm_side visible = hm_visible_side(working);
  const hm_stream stream =
      hm_stream_of(chance->key, HM_DRAW_START, chance->step, 0);
  const int n = rows->n;
  memset(chains->h.on.count, 0, (size_t)n * sizeof(int));
  chains->v.on.n = chains->h.on.n = n;
  chains->v.x = NULL;
  chains->v.on.value = NULL;
  hm_sweep_input(hw.level, &visible, &chains->h.on, 0, n, &chains->mean_v);
  hm_sweep_mean(hw.level, &visible, 0, n, &chains->mean_v);
  hm_sweep_draw(hw.level, &visible, rows, &stream, 0, n, &chains->mean_v,
                &chains->bits, &chains->v.on);
}
