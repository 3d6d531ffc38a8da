#include "temper.h"

#include <math.h>
#include <string.h>

#define HM_KERNEL_FILE "temper-kernel.h"
#include "simd-each-kernel.h"

void hm_temper_lay(hm_arena *arena, const hm_layer *visible,
                   const hm_layer *hidden, int ladders, int rungs,
                   hm_temper_work *work) {
  const int room = ladders * rungs;
  work->ladders = ladders;
  work->rungs = rungs;
  hm_chains_lay(arena, visible, hidden, room, 0, &work->chains);
  work->beta = hm_allot(arena, rungs, sizeof(double));
  work->refused = hm_allot(arena, rungs - 1, sizeof(double));
  work->tried = hm_allot(arena, rungs - 1, sizeof(double));
  work->rung = hm_allot(arena, room, sizeof(int));
  work->from = hm_allot(arena, room, sizeof(int));
  work->trips = hm_allot(arena, ladders, sizeof(double));
  work->swept = 0.0;
  work->b0 = NULL;
  work->at_h = work->chains.mean_h;
  if (hidden->by_input) {
    hm_panels_lay(arena, room, hidden->places, &work->at_h);
  }
  work->at = hm_allot(arena, room, sizeof(float));
  work->D = hm_allot(arena, room, sizeof(double));
  work->on_rung = hm_allot(arena, room, sizeof(int));
  work->refuse = hm_allot(arena, room, sizeof(double));
  work->next = hm_allot(arena, 2 * (ptrdiff_t)rungs, sizeof(double));
}

ptrdiff_t hm_temper_words(const hm_layer *visible, int ladders, int rungs) {
  return (ptrdiff_t)ladders * rungs * hm_chain_words(visible);
}

/* beta, refused, tried, rung and end of each replica, trips, swept. */
ptrdiff_t hm_temper_numbers(int ladders, int rungs) {
  return 3 * (ptrdiff_t)rungs - 2 + (ptrdiff_t)ladders * rungs + ladders + 1;
}

void hm_temper_save(const hm_temper_work *work, uint32_t *words,
                    double *numbers) {
  const int rungs = work->rungs, room = work->ladders * rungs;
  const size_t pairs = (size_t)rungs - 1;
  hm_chains_save(&work->chains, words);
  memcpy(numbers, work->beta, (size_t)rungs * sizeof *numbers);
  memcpy(numbers + rungs, work->refused, pairs * sizeof *numbers);
  memcpy(numbers + rungs + pairs, work->tried, pairs * sizeof *numbers);
  numbers += 3 * (ptrdiff_t)rungs - 2;
  for (int s = 0; s < room; s++) {
    numbers[s] = (double)work->rung[s] + (double)work->from[s] * rungs;
  }
  memcpy(numbers + room, work->trips, (size_t)work->ladders * sizeof *numbers);
  numbers[room + work->ladders] = work->swept;
}

/* Whether x is a count, of less than `below`. */
static int is_count(double x, double below) {
  return x >= 0.0 && x < below && x <= floor(x);
}

/* Rungs that ascend from 0 to 1, and counts that are counts. */
static int sound_rungs(int rungs, const double *numbers) {
  const double *refused = numbers + rungs, *tried = refused + rungs - 1;
  int sound = numbers[0] >= 0.0 && numbers[0] <= 0.0 &&
              numbers[rungs - 1] >= 1.0 && numbers[rungs - 1] <= 1.0;
  for (int r = 0; r < rungs - 1; r++) {
    sound = sound && numbers[r] < numbers[r + 1] && refused[r] >= 0.0 &&
            tried[r] < HUGE_VAL && refused[r] <= tried[r];
  }
  return sound;
}

/* Every ladder with one replica on each rung. */
static int sound_labels(int ladders, int rungs, const double *labels,
                        int *taken) {
  for (int m = 0; m < ladders; m++, labels += rungs) {
    memset(taken, 0, (size_t)rungs * sizeof *taken);
    for (int q = 0; q < rungs; q++) {
      if (!is_count(labels[q], 3.0 * rungs) ||
          taken[(int)labels[q] % rungs]++ > 0) {
        return 0;
      }
    }
  }
  return 1;
}

int hm_temper_sound(int ladders, int rungs, const double *numbers, int *taken) {
  const double *labels = numbers + 3 * (ptrdiff_t)rungs - 2;
  const double *trips = labels + (ptrdiff_t)ladders * rungs;
  int sound = sound_rungs(rungs, numbers) &&
              sound_labels(ladders, rungs, labels, taken);
  for (int i = 0; i <= ladders; i++) {
    sound = sound && is_count(trips[i], HUGE_VAL); /* the last is swept */
  }
  return sound;
}

double hm_temper_swap_rate(int rungs, const double *numbers) {
  const double *refused = numbers + rungs, *tried = refused + rungs - 1;
  double least = 1.0;
  for (int r = 0; r < rungs - 1; r++) {
    const double rate = 1.0 - refused[r] / tried[r];
    least = rate < least || isnan(rate) ? rate : least;
  }
  return least;
}

int hm_temper_load(const uint32_t *words, const double *numbers, int saved,
                   hm_temper_work *work) {
  const int rungs = work->rungs, room = work->ladders * rungs;
  const size_t pairs = (size_t)rungs - 1;
  const double *labels = numbers + 3 * (ptrdiff_t)rungs - 2;
  const double *trips = labels + (ptrdiff_t)saved * rungs;
  if (!hm_temper_sound(saved, rungs, numbers, work->on_rung)) {
    return 0;
  }
  hm_chains_load(words, room, &work->chains);
  memcpy(work->beta, numbers, (size_t)rungs * sizeof *numbers);
  memcpy(work->refused, numbers + rungs, pairs * sizeof *numbers);
  memcpy(work->tried, numbers + rungs + pairs, pairs * sizeof *numbers);
  for (int s = 0; s < room; s++) {
    work->rung[s] = (int)labels[s] % rungs;
    work->from[s] = (int)labels[s] / rungs;
    work->chains.h.count[s] = 0;
  }
  memcpy(work->trips, trips, (size_t)work->ladders * sizeof *trips);
  work->swept = trips[saved];
  return 1;
}

static void forget(double keep, hm_temper_work *work) {
  for (int r = 0; r < work->rungs - 1; r++) {
    work->refused[r] *= keep;
    work->tried[r] *= keep;
  }
}

void hm_temper_fresh(hm_temper_work *work) {
  for (int r = 0; r < work->rungs; r++) {
    work->beta[r] = (double)r / (work->rungs - 1);
  }
  for (int r = 0; r < work->rungs - 1; r++) {
    work->refused[r] = work->tried[r] = 0.0;
  }
  for (int s = 0; s < work->ladders * work->rungs; s++) {
    work->rung[s] = s % work->rungs;
    work->from[s] = 0;
    work->chains.h.count[s] = 0;
  }
  for (int m = 0; m < work->ladders; m++) {
    work->trips[m] = 0.0;
  }
  work->swept = 0.0;
}

void hm_temper_start(const hm_working *working, const hm_chance *chance,
                     hm_hardware hw, hm_temper_work *work) {
  const hm_rows rows = {NULL, 0, work->ladders * work->rungs};
  hm_side base = hm_visible_side(working);
  base.bias = work->b0;
  hm_start_by(&base, &rows, chance, hw, &work->chains);
  hm_temper_fresh(work);
}

/* D of the replicas `first` to `end` - 1, whose input_h is c + W'v. */
static void measure(const hm_working *working, int first, int end,
                    hm_temper_work *work) {
  const hm_lists *v = &work->chains.v, *h = &work->chains.h;
  const hm_layer *visible = working->visible, *hidden = working->hidden;
  for (int s = first; s < end; s++) {
    const int *on_v = v->item + (ptrdiff_t)s * v->stride;
    const int *on_h = h->item + (ptrdiff_t)s * h->stride;
    double sum = 0.0;
    for (int t = 0; t < v->count[s]; t++) {
      const int place = hm_layer_place(visible, on_v[t]);
      const double gap = (double)working->b[place] - (double)work->b0[place];
      sum +=
          v->value ? (double)v->value[(ptrdiff_t)s * v->stride + t] * gap : gap;
    }
    for (int t = 0; t < h->count[s]; t++) {
      const int place = hm_layer_place(hidden, on_h[t]);
      const double a = (double)*hm_panels_at(&work->chains.input_h, s, place);
      sum += h->value ? (double)h->value[(ptrdiff_t)s * h->stride + t] * a : a;
    }
    work->D[s] = sum;
  }
}

/* Pairs `first`, `first` + 2, ... of ladder m may change places. */
static void swap(const hm_stream *stream, int m, int first,
                 hm_temper_work *work) {
  const int rungs = work->rungs, row = m * rungs;
  int *on_rung = work->on_rung + row;
  double u[HM_PANEL];
  for (int q = 0; q < rungs; q++) {
    on_rung[work->rung[row + q]] = row + q;
  }
  for (int r = first; r + 1 < rungs; r += 2) {
    const int hot = on_rung[r], cold = on_rung[r + 1];
    const double gap =
        (work->beta[r] - work->beta[r + 1]) * (work->D[cold] - work->D[hot]);
    const double accept = gap < 0.0 ? exp(gap) : 1.0;
    if (r == first || r % HM_PANEL < 2) {
      hm_uniforms(stream, (uint32_t)m, r / HM_PANEL * HM_PANEL, HM_PANEL, u);
    }
    work->refuse[row + r] = 1.0 - accept;
    if (u[r % HM_PANEL] < accept) {
      work->rung[hot] = r + 1;
      work->rung[cold] = r;
      on_rung[r] = cold;
      on_rung[r + 1] = hot;
    }
  }
  work->from[on_rung[0]] = 1;
  work->trips[m] += work->from[on_rung[rungs - 1]] == 1;
  work->from[on_rung[rungs - 1]] = 2;
}

/* What the draws of one sweep are for. */
typedef struct {
  hm_stream h;
  hm_stream v;
  hm_stream swap;
} streams;

/* One sweep of the replicas `first` to `end` - 1, whole ladders, whose input_h
 * is c + W'v before and after. */
static void sweep(const hm_working *working, const streams *draws, int first,
                  int end, hm_level level, hm_temper_work *work) {
  static void (*const scale[])(int, const float *, const float *, float *) =
      HM_LEVELS(scale_rows);
  static void (*const blend[])(int, const float *, const float *, float *) =
      HM_LEVELS(blend_rows);
  const hm_side visible = hm_visible_side(working);
  const hm_side hidden = hm_hidden_side(working);
  const hm_rows rows = {NULL, 0, work->ladders * work->rungs};
  hm_chains *chains = &work->chains;
  for (int s = first; s < end; s++) {
    work->at[s] = (float)work->beta[work->rung[s]];
  }
  for (int q = 0; q < hm_panels_across(working->hidden->places); q++) {
    scale[level](end - first, work->at + first,
                 hm_panel_row(&chains->input_h, q, first),
                 hm_panel_row(&work->at_h, q, first));
  }
  hm_sweep_mean(level, &hidden, first, end, &work->at_h, &chains->mean_h);
  const hm_drawing of_h = {&draws->h, &rows, first, end};
  const hm_drawing of_v = {&draws->v, &rows, first, end};
  hm_sweep_draw(level, &hidden, &of_h, &work->at_h, &chains->mean_h,
                &chains->bits, &chains->h);
  hm_sweep_input(level, &visible, &chains->h, first, end, &chains->input_v);
  for (int q = 0; q < hm_panels_across(working->visible->places); q++) {
    blend[level](end - first, work->at + first,
                 work->b0 + (ptrdiff_t)q * HM_PANEL,
                 hm_panel_row(&chains->input_v, q, first));
  }
  hm_sweep_mean(level, &visible, first, end, &chains->input_v, &chains->mean_v);
  hm_sweep_draw_free(level, &visible, &of_v, chains->clamp, &chains->input_v,
                     &chains->mean_v, &chains->bits, &chains->v);
  hm_sweep_input(level, &hidden, &chains->v, first, end, &chains->input_h);
  measure(working, first, end, work);
}

/* Whether odd pairs are next. */
static int whose_turn(const hm_temper_work *work) {
  return work->swept - 2.0 * floor(work->swept / 2.0) > 0.0;
}

/* Ladders `from` to `to` - 1, a few at a time, so that what they read of one
 * another stays in cache. */
static void sweep_ladders(const hm_working *working, const streams *draws,
                          int from, int to, hm_level level,
                          hm_temper_work *work) {
  const int room = hm_chains_at_once(working->nv, working->nh, 1 << 20);
  const int some = room > work->rungs ? room / work->rungs : 1;
  const int turn = whose_turn(work);
  for (int m = from; m < to; m += some) {
    const int last = to - m < some ? to : m + some;
    sweep(working, draws, m * work->rungs, last * work->rungs, level, work);
    for (int ladder = m; ladder < last; ladder++) {
      swap(&draws->swap, ladder, turn, work);
    }
  }
}

/* In the order of the ladders, whatever threads did them. */
static void count(hm_temper_work *work) {
  const int turn = whose_turn(work);
  for (int r = turn; r + 1 < work->rungs; r += 2) {
    for (int m = 0; m < work->ladders; m++) {
      work->refused[r] += work->refuse[m * work->rungs + r];
    }
    work->tried[r] += work->ladders;
  }
  work->swept += 1.0;
}

/* Ladders that are swept between two looks at the watch, at least one for each
 * thread. */
static int ladders_at_once(const hm_working *working, int rungs, int parts) {
  const int64_t cost = (int64_t)working->nv * working->nh * rungs;
  const int64_t fit = 16 * (int64_t)HM_PIECE / cost;
  return fit < parts ? parts : fit < (1 << 20) ? (int)fit : 1 << 20;
}

hm_status hm_temper(const hm_working *working, const hm_chance *chance,
                    int first_sweep, int sweeps, const hm_watch *watch,
                    hm_hardware hw, hm_temper_work *work) {
  const int ladders = work->ladders, n = ladders * work->rungs;
  const int parallel =
      (ptrdiff_t)n * working->nv * working->nh / 8 >= HM_WORTH_THREADS;
  const int parts = parallel ? hw.threads : 1;
  const int at_once = ladders_at_once(working, work->rungs, parts);
  const hm_side hidden = hm_hidden_side(working);
  hm_chains *chains = &work->chains;
  chains->v.n = chains->h.n = n;
  for (int m = 0; m < ladders; m += at_once) {
    const int end = ladders - m < at_once ? ladders : m + at_once;
    hm_sweep_input(hw.level, &hidden, &chains->v, m * work->rungs,
                   end * work->rungs, &chains->input_h);
    if (hm_stopped(watch)) {
      return HM_INTERRUPTED;
    }
  }
  for (int t = first_sweep; t < first_sweep + sweeps; t++) {
    const uint32_t *key = chance->key;
    const uint32_t step = chance->step, at = (uint32_t)t;
    const streams draws = {hm_stream_of(key, HM_DRAW_HIDDEN, step, at),
                           hm_stream_of(key, HM_DRAW_VISIBLE, step, at),
                           hm_stream_of(key, HM_DRAW_SWAP, step, at)};
    for (int m = 0; m < ladders; m += at_once) {
      const int some = ladders - m < at_once ? ladders - m : at_once;
#ifdef _OPENMP
#pragma omp parallel for num_threads(parts) if (parts > 1) schedule(static, 1)
#endif
      for (int part = 0; part < parts; part++) {
        sweep_ladders(working, &draws, m + hm_share(some, part, parts),
                      m + hm_share(some, part + 1, parts), hw.level, work);
      }
      if (hm_stopped_after(some, watch)) {
        return HM_INTERRUPTED;
      }
    }
    count(work);
  }
  return HM_OK;
}

void hm_temper_cold(const hm_temper_work *work, int first, int most,
                    hm_chains *chains) {
  const int left = work->ladders - first, n = left < most ? left : most;
  chains->v.value = chains->visible->valued ? chains->value : NULL;
  chains->v.n = chains->h.n = n;
  for (int m = 0; m < n; m++) {
    int s = (first + m) * work->rungs;
    while (work->rung[s] != work->rungs - 1) {
      s++;
    }
    hm_copy_list(&work->chains.v, s, m, &chains->v);
    hm_copy_list(&work->chains.h, s, m, &chains->h);
  }
}

/* A small slope everywhere keeps the line ascending where nothing is refused.
 */
void hm_ladder_adapt(int rungs, const double *refused, double share,
                     double *room, double *beta) {
  const double slope = 1e-3;
  double total = 0.0, below = 0.0;
  int r = 0;
  for (int q = 0; q < rungs - 1; q++) {
    total += refused[q] + slope * (beta[q + 1] - beta[q]);
  }
  for (int q = 1; q < rungs - 1; q++) {
    const double height = total * q / (rungs - 1);
    double rise = refused[r] + slope * (beta[r + 1] - beta[r]);
    while (r < rungs - 2 && below + rise < height) {
      below += rise;
      r++;
      rise = refused[r] + slope * (beta[r + 1] - beta[r]);
    }
    room[q] = beta[r] + (beta[r + 1] - beta[r]) * (height - below) / rise;
  }
  for (int q = 1; q < rungs - 1; q++) {
    beta[q] += share * (room[q] - beta[q]);
  }
}

void hm_temper_adapt(double share, double keep, hm_temper_work *work) {
  double *refused = work->next + work->rungs;
  for (int r = 0; r < work->rungs - 1; r++) {
    if (work->tried[r] <= 0.0) {
      return;
    }
    refused[r] = work->refused[r] / work->tried[r];
  }
  hm_ladder_adapt(work->rungs, refused, share, work->next, work->beta);
  forget(keep, work);
}

hm_status hm_temper_settle(const hm_working *working, const hm_chance *chance,
                           int first_sweep, int sweeps, const hm_watch *watch,
                           hm_hardware hw, hm_temper_work *work) {
  const int shortest = 8;
  int halvings = 0, done = 0;
  forget(0.0, work);
  while (sweeps >> (halvings + 1) >= shortest) {
    halvings++;
  }
  for (; halvings >= 0; halvings--) {
    const int end = sweeps >> halvings;
    const hm_status status = hm_temper(working, chance, first_sweep + done,
                                       end - done, watch, hw, work);
    if (status != HM_OK) {
      return status;
    }
    hm_temper_adapt(1.0, 0.0, work);
    done = end;
  }
  return HM_OK;
}
