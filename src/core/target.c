#include "target.h"

#include <math.h>
#include <string.h>

#include "column.h"
#include "special.h"

/* The columns of the targets, one after the other, out of all. */
static hm_column next_target(const hm_layer *visible, int number, hm_column *at,
                             int *passed) {
  while (*passed < number) {
    hm_column_next(visible, at);
    ++*passed;
  }
  return *at;
}

int hm_target_states(const hm_layer *visible, int columns, const int *column) {
  hm_column at = hm_column_first(visible);
  int states = 1, passed = 0;
  for (int q = 0; q < columns; q++) {
    const hm_column now = next_target(visible, column[q], &at, &passed);
    const int levels =
        now.kind->levels && !now.kind->by_nodes ? now.kind->levels(&now) : 0;
    if (levels == 0 || levels > HM_TARGET_STATES / states) {
      return 0;
    }
    states *= levels;
  }
  return states;
}

static int units_of(const hm_layer *visible, int columns, const int *column) {
  hm_column at = hm_column_first(visible);
  int units = 0, passed = 0;
  for (int q = 0; q < columns; q++) {
    units += next_target(visible, column[q], &at, &passed).width;
  }
  return units;
}

void hm_target_lay(hm_arena *arena, const hm_layer *visible,
                   const hm_layer *hidden, int columns, const int *column,
                   int room, hm_target *target) {
  const int states = hm_target_states(visible, columns, column);
  const int units = units_of(visible, columns, column);
  const ptrdiff_t each = (ptrdiff_t)states * units;
  target->states = states;
  target->units = units;
  target->unit = hm_allot(arena, units, sizeof(int));
  target->code = hm_allot(arena, each, sizeof(float));
  target->base = hm_allot(arena, states, sizeof(double));
  target->log_weight = hm_allot(arena, states, sizeof(double));
  target->slope =
      hm_allot(arena, (ptrdiff_t)states * visible->extras, sizeof(double));
  hm_panels_lay(arena, room * states, hidden->places, &target->input);
  hm_panels_lay(arena, room * states, hidden->places, &target->mean);
  target->share = hm_allot(arena, (ptrdiff_t)room * states, sizeof(double));
  target->weight = hm_allot(arena, room, sizeof(float));
  target->rows =
      hm_allot(arena, (ptrdiff_t)units * hidden->units, sizeof(double));
  target->extras = hm_allot(arena, visible->extras, sizeof(double));
  target->means = hm_allot(arena, (ptrdiff_t)visible->units + hidden->units,
                           sizeof(double));
  target->before = hm_allot(arena, (ptrdiff_t)visible->units + visible->extras,
                            sizeof(double));
}

/* State `state` of the targets, as units; B of it, and its slopes. */
static double code_state(const hm_layer *visible, int columns,
                         const int *column, int state, float *code,
                         double *slope) {
  hm_column at = hm_column_first(visible);
  double base = 0.0, x[HM_WIDEST] = {0.0};
  int passed = 0;
  for (int e = 0; e < visible->extras; e++) {
    slope[e] = 0.0;
  }
  for (int q = 0, first = 0; q < columns; q++) {
    const hm_column now = next_target(visible, column[q], &at, &passed);
    const int levels = now.kind->levels(&now);
    base += now.kind->code(&now, state % levels, x);
    state /= levels;
    hm_column_base(&now, x, now.extras > 0 ? slope + now.extra : NULL);
    for (int i = 0; i < now.width; i++) {
      code[first + i] = (float)x[i];
    }
    first += now.width;
  }
  return base;
}

void hm_target_set(const hm_layer *visible, int columns, const int *column,
                   hm_target *target) {
  hm_column at = hm_column_first(visible);
  int passed = 0;
  for (int q = 0, first = 0; q < columns; q++) {
    const hm_column now = next_target(visible, column[q], &at, &passed);
    for (int i = 0; i < now.width; i++) {
      target->unit[first + i] = now.first + i;
    }
    first += now.width;
  }
  for (int k = 0; k < target->states; k++) {
    target->base[k] =
        code_state(visible, columns, column, k,
                   target->code + (ptrdiff_t)k * target->units,
                   target->slope + (ptrdiff_t)k * visible->extras);
  }
}

/* Whether a case lacks one of the targets. */
static int lacks(const hm_cases *cases, int row, const hm_target *target) {
  const int end = cases->hole_start ? cases->hole_start[row + 1] : 0;
  for (int t = cases->hole_start ? cases->hole_start[row] : 0; t < end; t++) {
    for (int u = 0; u < target->units; u++) {
      if (cases->hole[t] == target->unit[u]) {
        return 1;
      }
    }
  }
  return 0;
}

void hm_target_weigh(const hm_cases *cases, const hm_rows *rows,
                     hm_target *target, hm_phases *phases) {
  for (int s = 0; s < rows->n; s++) {
    const int row = hm_row(rows, s);
    const double weight = cases->weight ? cases->weight[row] : 1.0;
    target->weight[s] = lacks(cases, row, target) ? 0.0f : (float)weight;
    phases->data_weight[s] = target->weight[s];
  }
  phases->weighs_data = 1;
}

/* Row `to` of `out` += by times row i of W, in all panels. */
static void add_row(const hm_panels *W, int i, float by, int to,
                    hm_panels *out) {
  for (int q = 0; by != 0.0f && q < hm_panels_across(W->width); q++) {
    const float *from = hm_panel_row(W, q, i);
    float *row = hm_panel_row(out, q, to);
    for (int j = 0; j < HM_PANEL; j++) {
      const float part = by * from[j];
      row[j] += part;
    }
  }
}

/* The inputs to the hidden layer of case s with each state of the targets. */
static void set_inputs(const hm_working *working, const hm_chains *chains,
                       int s, hm_target *target) {
  const hm_lists *v = &chains->v;
  const ptrdiff_t first = (ptrdiff_t)s * v->stride;
  const int states = target->states, top = s * states;
  for (int q = 0; q < hm_panels_across(target->input.width); q++) {
    memcpy(hm_panel_row(&target->input, q, top),
           hm_panel_row(&chains->input_h, q, s), HM_PANEL * sizeof(float));
  }
  for (int t = 0, u = 0; t < v->count[s]; t++) {
    const int i = v->item[first + t];
    while (u < target->units && target->unit[u] < i) {
      u++;
    }
    if (u < target->units && target->unit[u] == i) {
      add_row(&working->W, i, v->value ? -v->value[first + t] : -1.0f, top,
              &target->input);
    }
  }
  for (int q = 0; q < hm_panels_across(target->input.width); q++) {
    for (int k = 1; k < states; k++) {
      memcpy(hm_panel_row(&target->input, q, top + k),
             hm_panel_row(&target->input, q, top), HM_PANEL * sizeof(float));
    }
  }
  for (int k = 0; k < states; k++) {
    for (int u = 0; u < target->units; u++) {
      add_row(&working->W, target->unit[u],
              target->code[(ptrdiff_t)k * target->units + u], top + k,
              &target->input);
    }
  }
}

/* p(y | rest) of case s, and mean_h := p(h | rest), by the weight of the case.
 */
static void average(const hm_side *hidden, hm_level level, int s,
                    hm_target *target, hm_chains *chains) {
  const int states = target->states, top = s * states;
  double *share = target->share + top, log_sum;
  hm_sweep_mean(level, hidden, top, top + states, &target->input,
                &target->mean);
  for (int k = 0; k < states; k++) {
    share[k] = target->log_weight[k];
    share[k] += hm_layer_log_sum_panels(level, hidden->layer, top + k,
                                        &target->input, &target->mean);
  }
  log_sum = hm_log_sum_exp(states, share);
  for (int k = 0; k < states; k++) {
    share[k] = (double)target->weight[s] * exp(share[k] - log_sum);
  }
  for (int q = 0; q < hm_panels_across(target->mean.width); q++) {
    float *row = hm_panel_row(&chains->mean_h, q, s);
    memset(row, 0, HM_PANEL * sizeof *row);
    for (int k = 0; k < states; k++) {
      const float *of = hm_panel_row(&target->mean, q, top + k);
      for (int j = 0; j < HM_PANEL; j++) {
        const float part = (float)share[k] * of[j];
        row[j] += part;
      }
    }
  }
}

/* The lists of v without the targets. */
static void drop_targets(const hm_target *target, hm_lists *v) {
  for (int s = 0; s < v->n; s++) {
    const ptrdiff_t first = (ptrdiff_t)s * v->stride;
    int count = 0;
    for (int t = 0, u = 0; t < v->count[s]; t++) {
      const int i = v->item[first + t];
      while (u < target->units && target->unit[u] < i) {
        u++;
      }
      if (u == target->units || target->unit[u] != i) {
        v->item[first + count] = i;
        if (v->value) {
          v->value[first + count] = v->value[first + t];
        }
        count++;
      }
    }
    v->count[s] = count;
  }
}

/* What the rows of W of the targets add up to, in panel q of the hidden layer,
 * case after case. */
static void add_rows(const hm_layer *hidden, int q, int n, hm_target *target) {
  const hm_span span = hm_layer_panel(hidden, q);
  for (int u = 0; u < target->units; u++) {
    double *row = target->rows + (ptrdiff_t)u * hidden->units + span.first;
    double sum[HM_PANEL] = {0.0};
    for (int at = 0; at < n * target->states; at++) {
      const int k = at % target->states;
      const double by = target->share[at] *
                        (double)target->code[(ptrdiff_t)k * target->units + u];
      const float *of = hm_panel_row(&target->mean, q, at);
      for (int j = 0; by != 0.0 && j < span.units; j++) {
        const double part = by * (double)of[j];
        sum[j] += part;
      }
    }
    memcpy(row, sum, (size_t)span.units * sizeof *row);
  }
}

static int is_target(const hm_target *target, int unit) {
  for (int u = 0; u < target->units; u++) {
    if (target->unit[u] == unit) {
      return 1;
    }
  }
  return 0;
}

/* Biases and extra parameters of the rest have no part in the conditional law;
 * those of the targets have the shares of their states. */
static void set_biases(int n, const hm_target *target, const double *before,
                       hm_phases *phases) {
  const hm_layer *visible = phases->visible, *hidden = phases->hidden;
  double *sum = phases->pieces;
  double *gb = sum + (ptrdiff_t)visible->units * hidden->units;
  const double draws_share = phases->shares.draws;
  for (int i = 0; i < visible->units; i++) {
    gb[i] = is_target(target, i) ? gb[i] : before[i];
  }
  for (int u = 0; u < target->units; u++) {
    const int unit = target->unit[u];
    double *row = sum + (ptrdiff_t)unit * hidden->units;
    for (int j = 0; j < hidden->units; j++) {
      row[j] += draws_share * target->rows[(ptrdiff_t)u * hidden->units + j];
    }
    for (int at = 0; at < n * target->states; at++) {
      const int k = at % target->states;
      gb[unit] += draws_share * target->share[at] *
                  (double)target->code[(ptrdiff_t)k * target->units + u];
    }
  }
}

static void set_extras(const hm_layer *visible, int n, const hm_target *target,
                       const double *before, hm_phases *phases) {
  hm_column column = hm_column_first(visible);
  for (; column.kind; hm_column_next(visible, &column)) {
    const int aimed = is_target(target, column.first);
    for (int e = column.extra; e < column.extra + column.extras; e++) {
      for (int at = 0; aimed && at < n * target->states; at++) {
        const int k = at % target->states;
        phases->of_extras[e] +=
            phases->shares.draws * target->share[at] *
            target->slope[(ptrdiff_t)k * visible->extras + e];
      }
      if (!aimed) {
        phases->of_extras[e] = before[e];
      }
    }
  }
}

void hm_target_phase(const hm_working *working, const double *b,
                     const double *extras, hm_hardware hw, hm_target *target,
                     hm_phases *phases) {
  const hm_layer *visible = working->visible;
  const hm_side hidden = hm_hidden_side(working);
  hm_chains *chains = &phases->chains;
  const int nv = visible->units, n = chains->v.n;
  const int across = hm_panels_across(working->hidden->places);
  const int parallel =
      hm_chains_worth_threads(target->states, working->nh, 8 * n);
  const int parts = parallel ? hw.threads : 1;
  const double *of_b = phases->pieces + (ptrdiff_t)nv * working->nh;
  for (int i = 0; i < nv; i++) {
    target->before[i] = phases->gathered ? of_b[i] : 0.0;
  }
  memcpy(target->before + nv, extras, (size_t)visible->extras * sizeof *extras);
  for (int k = 0; k < target->states; k++) {
    target->log_weight[k] = target->base[k];
    for (int u = 0; u < target->units; u++) {
      target->log_weight[k] +=
          b[target->unit[u]] *
          (double)target->code[(ptrdiff_t)k * target->units + u];
    }
  }
#ifdef _OPENMP
#pragma omp parallel for num_threads(parts) if (parts > 1) schedule(static, 1)
#endif
  for (int part = 0; part < parts; part++) {
    const int end = hm_share(n, part + 1, parts);
    for (int s = hm_share(n, part, parts); s < end; s++) {
      set_inputs(working, chains, s, target);
      average(&hidden, hw.level, s, target, chains);
    }
  }
#ifdef _OPENMP
#pragma omp parallel for num_threads(hw.threads) if (parallel)
#endif
  for (int q = 0; q < across; q++) {
    add_rows(working->hidden, q, n, target);
  }
  drop_targets(target, &chains->v);
  hm_phases_set_draws(hw.level, HM_ALIKE, phases);
  hm_phases_gather(hw, phases);
  set_biases(n, target, target->before, phases);
  set_extras(visible, n, target, target->before + nv, phases);
  (void)parallel;
}
