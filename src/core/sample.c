#include "sample.h"

#include <string.h>

int hm_chains_at_once(int nv, int nh, int most) {
  enum { plenty = 512 };
  const ptrdiff_t fit = HM_PIECE / ((ptrdiff_t)nv * nh);
  const int limit = most < plenty ? most : plenty;
  return fit < 1 ? 1 : fit < limit ? (int)fit : limit;
}

void hm_chains_lay(hm_arena *arena, int nv, int nh, int room,
                   hm_chains *chains) {
  hm_states_lay(arena, nv, room, &chains->v);
  hm_states_lay(arena, nh, room, &chains->h);
  chains->x = hm_room(arena, (ptrdiff_t)room * nv, sizeof(double));
  chains->mean_v = hm_room(arena, (ptrdiff_t)room * nv, sizeof(double));
  chains->mean_h = hm_room(arena, (ptrdiff_t)room * nh, sizeof(double));
}

hm_status hm_gibbs(const hm_model *model, const hm_rows *rows,
                   const hm_chance *chance, int first_sweep, int sweeps,
                   const hm_watch *watch, int threads, hm_chains *chains) {
  const hm_layer visible = hm_visible_layer(model);
  const hm_layer hidden = hm_hidden_layer(model);
  for (int sweep = first_sweep; sweep < first_sweep + sweeps; sweep++) {
    const hm_stream for_h = hm_stream_of(chance->key, HM_DRAW_HIDDEN,
                                         chance->step, (uint32_t)sweep);
    const hm_stream for_v = hm_stream_of(chance->key, HM_DRAW_VISIBLE,
                                         chance->step, (uint32_t)sweep);
    hm_draw(&hidden, rows, chains->mean_h, &for_h, threads, &chains->h);
    hm_mean_given(&visible, &chains->h, threads, chains->mean_v);
    hm_draw(&visible, rows, chains->mean_v, &for_v, threads, &chains->v);
    hm_mean_given(&hidden, &chains->v, threads, chains->mean_h);
    if (hm_stopped(watch)) {
      return HM_INTERRUPTED;
    }
  }
  return HM_OK;
}

void hm_start(const hm_model *model, const hm_rows *rows,
              const hm_chance *chance, int threads, hm_chains *chains) {
  const hm_layer visible = hm_visible_layer(model);
  const hm_stream stream =
      hm_stream_of(chance->key, HM_DRAW_START, chance->step, 0);
  memset(chains->h.on.count, 0, (size_t)rows->n * sizeof(int));
  chains->h.on.n = rows->n;
  hm_mean_given(&visible, &chains->h, threads, chains->mean_v);
  hm_draw(&visible, rows, chains->mean_v, &stream, threads, &chains->v);
}
