#include "draws.h"

#include <string.h>

void hm_draws_lay(hm_arena *arena, const hm_model *model, int room, int reals,
                  hm_draws_work *work) {
  work->room = room;
  hm_working_lay(arena, model, &work->working);
  hm_chains_lay(arena, model->visible, model->hidden, room, reals,
                &work->chains);
  work->chains.free_energy = hm_allot(arena, room, sizeof(double));
  work->mean = hm_allot(arena, (ptrdiff_t)room * model->nv, sizeof(double));
  work->row = hm_allot(arena, room, sizeof(int));
  work->only = hm_allot(arena, room, sizeof(int));
}

void hm_draws_prepare(const hm_model *model, hm_level level,
                      hm_draws_work *work) {
  hm_working_set(model, level, &work->working);
  memset(work->only, 0, (size_t)work->room * sizeof *work->only);
}

/* The sweep after which look or draw `i` is due, looks first. */
static int due(const hm_draws_plan *plan, int i) {
  return i < plan->looks
             ? plan->steps - (plan->looks - 1 - i) * plan->look_every
             : plan->steps + (i - plan->looks) * plan->thin;
}

static void clear_sums(const hm_draws_plan *plan, int nv, hm_draws *draws) {
  for (ptrdiff_t i = 0; i < 2 * (ptrdiff_t)plan->looked_at * nv; i++) {
    draws->sums[i] = 0.0;
  }
}

/* Adds the states of list s, at look i of this chain. */
static void add_look(const hm_draws_plan *plan, int i, int chain,
                     const hm_chains *chains, int s, hm_draws *draws) {
  const hm_lists *v = &chains->v;
  const int half = plan->looks / 2, late = i >= plan->looks - half;
  const int *item = v->item + (ptrdiff_t)s * v->stride;
  double *sum =
      draws->sums + (2 * (ptrdiff_t)chain + late) * chains->visible->units;
  for (int t = 0; (late || i < half) && t < v->count[s]; t++) {
    sum[item[t]] +=
        v->value ? (double)v->value[(ptrdiff_t)s * v->stride + t] : 1.0;
  }
}

static void put_means(ptrdiff_t N, const hm_rows *rows, hm_draws_work *work,
                      double *mean) {
  const int nv = work->chains.visible->units;
  hm_layer_get(work->chains.visible, rows->n, &work->chains.mean_v, work->mean);
  for (int i = 0; i < nv; i++) {
    for (int s = 0; s < rows->n; s++) {
      mean[i * N + hm_row(rows, s)] = work->mean[(ptrdiff_t)s * nv + i];
    }
  }
}

/* Writes down look or draw `i` of the chains from `first` on. */
static void put(const hm_draws_plan *plan, int i, int first,
                hm_draws_work *work, hm_draws *draws) {
  const hm_chains *chains = &work->chains;
  const int n = chains->v.n, draw = i - plan->looks;
  const hm_rows rows = {work->row, 0, n};
  for (int s = 0; draw < 0 && s < n && first + s < plan->looked_at; s++) {
    draws->trace[(ptrdiff_t)(first + s) * plan->looks + i] =
        chains->free_energy[s];
    add_look(plan, i, first + s, chains, s, draws);
  }
  if (draw < 0) {
    return;
  }
  for (int s = 0; s < n; s++) {
    work->row[s] = (first + s) * plan->draws + draw;
    draws->free_energy[work->row[s]] = chains->free_energy[s];
  }
  if (draws->bits) {
    hm_pack_lists(&rows, chains->visible->units, &chains->v, draws->bits);
  }
  if (draws->x) {
    hm_put_lists((ptrdiff_t)plan->chains * plan->draws, &rows, &chains->v,
                 draws->x);
  }
  if (draws->mean) {
    put_means((ptrdiff_t)plan->chains * plan->draws, &rows, work, draws->mean);
  }
}

/* The chains `rows` := their cases of `start`, or its only one. */
static void take_start(const hm_cases *start, const hm_rows *rows,
                       hm_draws_work *work) {
  const hm_rows same = {work->only, 0, rows->n};
  hm_chains_take(start, start->N == 1 ? &same : rows, &work->chains);
  hm_chains_hold(&work->chains);
}

hm_status hm_draws_gibbs(const hm_draws_plan *plan, const uint32_t key[2],
                         const hm_watch *watch, hm_hardware hw,
                         hm_draws_work *work, hm_draws *draws) {
  const hm_rows all = {NULL, 0, plan->chains};
  const hm_chance chance = {key, 0};
  const hm_clamp *clamp = plan->clamp;
  hm_chains *chains = &work->chains;
  clear_sums(plan, work->working.nv, draws);
  for (int first = 0; first < plan->chains; first += work->room) {
    const hm_rows rows = hm_rows_from(&all, first, work->room);
    hm_clamp here;
    if (clamp) {
      here = hm_clamp_from(clamp, first);
    }
    chains->clamp = clamp ? &here : NULL;
    if (plan->start) {
      take_start(plan->start, &rows, work);
    } else {
      hm_start(&work->working, &rows, &chance, hw, chains);
    }
    hm_chains_mean_h(&work->working, hw, chains);
    for (int i = 0, done = 0; i < plan->looks + plan->draws; i++) {
      const hm_status status = hm_gibbs(&work->working, &rows, &chance, done,
                                        due(plan, i) - done, watch, hw, chains);
      if (status != HM_OK) {
        chains->clamp = NULL;
        return status;
      }
      done = due(plan, i);
      put(plan, i, first, work, draws);
    }
  }
  chains->clamp = NULL;
  return HM_OK;
}

/* All replicas of each ladder := what its chain holds. */
static void spread(const hm_chains *chains, hm_temper_work *ladders) {
  hm_lists *to = &ladders->chains.v;
  to->value = chains->visible->valued ? ladders->chains.value : NULL;
  for (int s = 0; s < ladders->ladders * ladders->rungs; s++) {
    hm_copy_list(&chains->v, s / ladders->rungs, s, to);
  }
}

hm_status hm_draws_ladders(const hm_draws_plan *plan, int done,
                           const hm_chance *chance, const hm_watch *watch,
                           hm_hardware hw, hm_temper_work *ladders,
                           hm_draws_work *work, hm_draws *draws) {
  const hm_working *working = &work->working;
  clear_sums(plan, working->nv, draws);
  for (int i = 0; i < plan->looks + plan->draws; i++) {
    const hm_status status = hm_temper(working, chance, done,
                                       due(plan, i) - done, watch, hw, ladders);
    if (status != HM_OK) {
      return status;
    }
    done = due(plan, i);
    hm_temper_cold(ladders, 0, ladders->ladders, &work->chains);
    hm_chains_mean_v(working, hw, &work->chains);
    hm_chains_mean_h(working, hw, &work->chains);
    put(plan, i, 0, work, draws);
  }
  return HM_OK;
}

hm_status hm_draws_temper(const hm_draws_plan *plan, const uint32_t key[2],
                          const hm_watch *watch, hm_hardware hw,
                          hm_temper_work *ladders, hm_draws_work *work,
                          hm_draws *draws) {
  const hm_rows all = {NULL, 0, plan->chains};
  const hm_chance chance = {key, 0};
  hm_clamp of_replicas;
  if (plan->clamp) {
    of_replicas = *plan->clamp;
    of_replicas.cases = ladders->rungs;
    ladders->chains.clamp = &of_replicas;
  }
  if (plan->start) {
    hm_temper_fresh(ladders);
    work->chains.clamp = plan->clamp;
    take_start(plan->start, &all, work);
    work->chains.clamp = NULL;
    spread(&work->chains, ladders);
  } else {
    hm_temper_start(&work->working, &chance, hw, ladders);
  }
  const int settling = plan->steps / 2;
  hm_status status = hm_temper_settle(&work->working, &chance, 0, settling,
                                      watch, hw, ladders);
  if (status == HM_OK) {
    status = hm_draws_ladders(plan, settling, &chance, watch, hw, ladders, work,
                              draws);
  }
  ladders->chains.clamp = NULL;
  return status;
}
