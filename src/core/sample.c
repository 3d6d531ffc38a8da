#include "sample.h"

#include "column.h"

#include <string.h>

void hm_chains_lay(hm_arena *arena, const hm_layer *visible,
                   const hm_layer *hidden, int room, int reals,
                   hm_chains *chains) {
  const int of_v = visible->places, of_h = hidden->places, nv = visible->units;
  chains->visible = visible;
  chains->hidden = hidden;
  hm_lists_lay(arena, room, nv, &chains->v);
  hm_lists_lay(arena, room, hidden->units, &chains->h);
  chains->v.n = chains->h.n = 0;
  hm_panels_lay(arena, room, of_v, &chains->mean_v);
  chains->input_v = chains->mean_v;
  if (visible->by_input) {
    hm_panels_lay(arena, room, of_v, &chains->input_v);
  }
  hm_panels_lay(arena, room, of_h, &chains->input_h);
  hm_panels_lay(arena, room, of_h, &chains->mean_h);
  hm_bits_lay(arena, room, of_v > of_h ? of_v : of_h,
              visible->valued || hidden->valued, &chains->bits);
  chains->value = NULL;
  if (reals || visible->valued) {
    chains->value = hm_allot(arena, (ptrdiff_t)room * nv, sizeof(float));
  }
  chains->value_h = NULL;
  if (hidden->valued) {
    chains->value_h =
        hm_allot(arena, (ptrdiff_t)room * hidden->units, sizeof(float));
  }
  chains->h.value = chains->value_h;
  chains->clamp = NULL;
  chains->free_energy = NULL;
}

/* v is drawn, and has values where its kinds do. */
static void begin_draws(int n, hm_chains *chains) {
  chains->v.n = n;
  chains->v.value = chains->visible->valued ? chains->value : NULL;
}

/* List s := values, a word for each place, and the other way. */
static void load_values(const uint32_t *words, int s, hm_chains *chains) {
  hm_lists *v = &chains->v;
  const ptrdiff_t first = (ptrdiff_t)s * v->stride;
  int count = 0;
  for (int i = 0; i < chains->visible->units; i++) {
    const float now =
        hm_value_of_word(words[hm_layer_place(chains->visible, i)]);
    v->item[first + count] = i;
    v->value[first + count] = now;
    count += now != 0.0f;
  }
  v->count[s] = count;
}

static void save_values(const hm_chains *chains, int s, uint32_t *words) {
  const hm_lists *v = &chains->v;
  const ptrdiff_t first = (ptrdiff_t)s * v->stride;
  memset(words, 0, (size_t)hm_chain_words(chains->visible) * sizeof *words);
  for (int t = 0; t < v->count[s]; t++) {
    memcpy(words + hm_layer_place(chains->visible, v->item[first + t]),
           v->value + first + t, sizeof *words);
  }
}

void hm_chains_load(const uint32_t *words, int n, hm_chains *chains) {
  const ptrdiff_t each = hm_chain_words(chains->visible);
  begin_draws(n, chains);
  for (int s = 0; s < n && chains->visible->valued; s++) {
    load_values(words + s * each, s, chains);
  }
  if (chains->visible->valued) {
    return;
  }
  for (int s = 0; s < n; s++) {
    memcpy(chains->bits.word + s * chains->bits.stride, words + s * each,
           (size_t)each * sizeof *words);
  }
  hm_list_bits(0, n, chains->visible, &chains->bits, &chains->v);
}

/* A value in single precision has lost what a state in double has beyond it. */
static int is_state(const hm_column *column, const double *x) {
  double of_level[HM_WIDEST] = {0.0};
  if (!column->kind->levels) {
    return column->kind->is_state(column, x);
  }
  for (int k = 0; k < column->kind->levels(column); k++) {
    int same = 1;
    column->kind->code(column, k, of_level);
    for (int i = 0; i < column->width; i++) {
      const double gap = x[i] - of_level[i];
      same = same && gap < 1e-6 && gap > -1e-6;
    }
    if (same) {
      return 1;
    }
  }
  return 0;
}

static int values_sound(const hm_layer *visible, const uint32_t *words) {
  hm_column column = hm_column_first(visible);
  int place = 0;
  for (; column.kind; hm_column_next(visible, &column)) {
    double x[HM_WIDEST] = {0.0};
    for (; place < hm_layer_place(visible, column.first); place++) {
      if (words[place] != 0) {
        return 0;
      }
    }
    for (int i = 0; i < column.width; i++, place++) {
      x[i] = (double)hm_value_of_word(words[place]);
    }
    if (!is_state(&column, x)) {
      return 0;
    }
  }
  return 1;
}

static int bits_sound(const hm_layer *visible, const uint32_t *words) {
  for (int q = 0; q < hm_panels_across(visible->places); q++) {
    const int units = hm_layer_panel(visible, q).units;
    if (units < HM_PANEL && words[q] >> units) {
      return 0;
    }
  }
  return 1;
}

int hm_chain_words_sound(const hm_layer *visible, ptrdiff_t n,
                         const uint32_t *words) {
  for (ptrdiff_t s = 0; s < n; s++, words += hm_chain_words(visible)) {
    if (!(visible->valued ? values_sound : bits_sound)(visible, words)) {
      return 0;
    }
  }
  return 1;
}

void hm_chains_save(const hm_chains *chains, uint32_t *words) {
  for (int s = 0; s < chains->v.n; s++) {
    uint32_t *to = words + s * hm_chain_words(chains->visible);
    if (chains->visible->valued) {
      save_values(chains, s, to);
    } else {
      hm_bits_of_list(chains->visible, &chains->v, s, to);
    }
  }
}

/* The values of list s := the same with what is held put in. */
static void hold_values(const hm_clamp *clamp, const hm_layer *visible, int s,
                        hm_lists *v) {
  float *value = v->value + (ptrdiff_t)s * v->stride;
  hm_spread_values(visible->units, s, v);
  for (int i = 0; i < visible->units; i++) {
    const int place = hm_layer_place(visible, i), bit = place % HM_PANEL;
    const ptrdiff_t at = hm_clamp_at(clamp, s) + place / HM_PANEL;
    if (!(clamp->free[at] >> bit & 1u)) {
      value[i] = visible->valued ? clamp->value[at * HM_PANEL + bit]
                 : clamp->held[at] >> bit & 1u ? 1.0f
                                               : 0.0f;
    }
  }
  hm_gather_values(visible->units, s, v);
}

void hm_chains_take(const hm_cases *cases, const hm_rows *rows,
                    hm_chains *chains) {
  const int values = !hm_cases_binary(cases) || chains->visible->valued;
  chains->v.value = values ? chains->value : NULL;
  hm_take_lists(cases, rows, &chains->v);
}

void hm_chains_hold(hm_chains *chains) {
  hm_lists *v = &chains->v;
  if (!chains->clamp) {
    return;
  }
  for (int s = 0; s < v->n; s++) {
    if (v->value) {
      hold_values(chains->clamp, chains->visible, s, v);
    } else {
      hm_bits_of_list(chains->visible, v, s,
                      chains->bits.word + s * chains->bits.stride);
    }
  }
  if (!v->value) {
    hm_clamp_bits(chains->clamp, 0, v->n, chains->visible, &chains->bits);
    hm_list_bits(0, v->n, chains->visible, &chains->bits, v);
  }
}

/* p(h | v) of the chains from `from` to `to` - 1, and F(v) where wanted. */
static void mean_h(const hm_working *working, int from, int to, hm_level level,
                   hm_chains *chains) {
  const hm_side hidden = hm_hidden_side(working);
  const hm_lists *v = &chains->v;
  hm_sweep_input(level, &hidden, v, from, to, &chains->input_h);
  hm_sweep_mean(level, &hidden, from, to, &chains->input_h, &chains->mean_h);
  if (chains->free_energy) {
    hm_sweep_free_energy(level, working, v, from, to, &chains->input_h,
                         &chains->mean_h, chains->free_energy);
  }
}

void hm_chains_mean_h(const hm_working *working, hm_hardware hw,
                      hm_chains *chains) {
  const int n = chains->v.n;
  const int parts =
      hm_chains_worth_threads(working->nv, working->nh, n) ? hw.threads : 1;
#ifdef _OPENMP
#pragma omp parallel for num_threads(parts) if (parts > 1) schedule(static, 1)
#endif
  for (int part = 0; part < parts; part++) {
    const int from = hm_share(n, part, parts);
    const int to = hm_share(n, part + 1, parts);
    mean_h(working, from, to, hw.level, chains);
  }
}

void hm_chains_mean_v(const hm_working *working, hm_hardware hw,
                      hm_chains *chains) {
  const hm_side visible = hm_visible_side(working);
  const int n = chains->h.n;
  hm_sweep_input(hw.level, &visible, &chains->h, 0, n, &chains->input_v);
  hm_sweep_mean(hw.level, &visible, 0, n, &chains->input_v, &chains->mean_v);
}

/* One sweep of the chains from `from` to `to` - 1. */
static void sweep(const hm_working *working, const hm_rows *rows,
                  const hm_stream *for_h, const hm_stream *for_v, int from,
                  int to, hm_level level, hm_chains *chains) {
  const hm_side visible = hm_visible_side(working);
  const hm_side hidden = hm_hidden_side(working);
  hm_lists *h = &chains->h;
  const hm_drawing of_h = {for_h, rows, from, to};
  const hm_drawing of_v = {for_v, rows, from, to};
  hm_sweep_draw(level, &hidden, &of_h, &chains->input_h, &chains->mean_h,
                &chains->bits, h);
  hm_sweep_input(level, &visible, h, from, to, &chains->input_v);
  hm_sweep_mean(level, &visible, from, to, &chains->input_v, &chains->mean_v);
  hm_sweep_draw_free(level, &visible, &of_v, chains->clamp, &chains->input_v,
                     &chains->mean_v, &chains->bits, &chains->v);
  mean_h(working, from, to, level, chains);
}

hm_status hm_gibbs(const hm_working *working, const hm_rows *rows,
                   const hm_chance *chance, int first_sweep, int sweeps,
                   const hm_watch *watch, hm_hardware hw, hm_chains *chains) {
  const int n = rows->n;
  const int parts =
      hm_chains_worth_threads(working->nv, working->nh, n) ? hw.threads : 1;
  chains->h.n = n;
  begin_draws(n, chains);
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
    if (hm_stopped_after(n, watch)) {
      return HM_INTERRUPTED;
    }
  }
  return HM_OK;
}

void hm_start(const hm_working *working, const hm_rows *rows,
              const hm_chance *chance, hm_hardware hw, hm_chains *chains) {
  const hm_side visible = hm_visible_side(working);
  hm_start_by(&visible, rows, chance, hw, chains);
}

void hm_start_by(const hm_side *visible, const hm_rows *rows,
                 const hm_chance *chance, hm_hardware hw, hm_chains *chains) {
  const hm_stream stream =
      hm_stream_of(chance->key, HM_DRAW_START, chance->step, 0);
  const int n = rows->n;
  memset(chains->h.count, 0, (size_t)n * sizeof(int));
  chains->h.n = n;
  begin_draws(n, chains);
  hm_sweep_input(hw.level, visible, &chains->h, 0, n, &chains->input_v);
  hm_sweep_mean(hw.level, visible, 0, n, &chains->input_v, &chains->mean_v);
  const hm_drawing drawing = {&stream, rows, 0, n};
  hm_sweep_draw_free(hw.level, visible, &drawing, chains->clamp,
                     &chains->input_v, &chains->mean_v, &chains->bits,
                     &chains->v);
}
