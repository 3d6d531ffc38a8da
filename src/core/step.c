#include "step.h"

#include <math.h>
#include <string.h>

#include "linalg.h"

static int whole_panels(const hm_layer *layer) {
  return hm_panels_across(layer->places) * HM_PANEL;
}

/* Numbers in the panels of W. */
static ptrdiff_t in_panels(const hm_layer *visible, const hm_layer *hidden) {
  return (ptrdiff_t)visible->units * whole_panels(hidden);
}

static int is_precise(const hm_layer *layer) {
  int precise = 0;
  for (int r = 0; r < layer->runs; r++) {
    precise = precise || layer->run[r].kind->precise;
  }
  return precise;
}

/* How many of the first so many hidden units are real: their states are numbers
 * without a bound. */
static int count_real(const hm_layer *hidden, int units) {
  int real = 0;
  for (int r = 0; r < hidden->runs && hidden->run[r].first < units; r++) {
    const int here = units - hidden->run[r].first;
    if (hidden->run[r].kind->by_nodes) {
      real += here < hidden->run[r].units ? here : hidden->run[r].units;
    }
  }
  return real;
}

/* The first real hidden unit from j on, or how many units there are. */
static int next_real(const hm_layer *hidden, int j) {
  for (int r = 0; r < hidden->runs; r++) {
    const hm_run *run = hidden->run + r;
    if (run->kind->by_nodes && j < run->first + run->units) {
      return j > run->first ? j : run->first;
    }
  }
  return hidden->units;
}

/* What a step reads and writes together must not stand at the same places
 * modulo 4096: caches would have one set of lines for all of it. */
static void space_out(hm_arena *arena, int lines) {
  hm_allot(arena, lines, 64);
}

void hm_trained_lay(hm_arena *arena, const hm_model *shape, const hm_rule *rule,
                    hm_trained *trained) {
  const hm_layer *visible = shape->visible, *hidden = shape->hidden;
  const int nv = shape->nv, nh = shape->nh, slots = rule->optimiser->slots;
  const ptrdiff_t weights = in_panels(visible, hidden);
  const ptrdiff_t units = (ptrdiff_t)nv + nh, all = units + visible->extras;
  const ptrdiff_t tiles = (ptrdiff_t)hm_panels_across(visible->places) *
                          hm_panels_across(hidden->places);
  const size_t each = sizeof(double);
  hm_working_lay(arena, shape, &trained->working);
  space_out(arena, 21);
  trained->low = hm_allot(arena, weights, sizeof(float));
  space_out(arena, 17);
  trained->memory = hm_allot(arena, weights * slots, sizeof(float));
  trained->biases = hm_allot(arena, all, each);
  trained->bias_memory = hm_allot(arena, all * slots, each);
  trained->fast = trained->bias_fast = NULL;
  if (rule->fast) {
    hm_working_lay(arena, shape, &trained->sampled);
    trained->fast = hm_allot(arena, weights, each);
    trained->bias_fast = hm_allot(arena, units, each);
  }
  trained->offsets = hm_allot(arena, hm_offsets(nv, nh), each);
  trained->share = NULL;
  trained->mu = trained->offsets;
  if (rule->share) {
    trained->share = hm_allot(arena, nv, each);
    trained->mu = hm_allot(arena, nv, each);
  }
  trained->of_biases = hm_allot(arena, all, each);
  trained->of_hidden = hm_allot(arena, whole_panels(hidden), each);
  trained->single = hm_allot(arena, 2 * ((ptrdiff_t)nv + whole_panels(hidden)),
                             sizeof(float));
  trained->goal = hm_allot(arena, units, each);
  trained->lambda = hm_allot(arena, whole_panels(hidden), each);
  trained->sums = hm_allot(arena, tiles, each);
  trained->shift = hm_allot(arena, tiles * 2 * HM_PANEL, each);
  trained->along = trained->spread = NULL;
  if (is_precise(visible)) {
    const ptrdiff_t real = count_real(hidden, shape->nh);
    trained->along = hm_allot(arena, tiles * HM_PANEL, each);
    if (real > 0) {
      trained->spread = hm_allot(arena, 2 * real * real, each);
    }
  }
}

/* Between x (nv rows of nh groups of `each` numbers) and panels, in which the
 * 32 columns of a tile are one run of memory, so that a step goes straight
 * through it. Where there is no unit they are 0. */
static void to_panels(int nv, const hm_layer *hidden, int each, const double *x,
                      double *panels) {
  const size_t size = (size_t)each * sizeof *x;
  for (int q = 0; q < hm_panels_across(hidden->places); q++) {
    const hm_span span = hm_layer_panel(hidden, q);
    for (int i = 0; i < nv; i++) {
      double *to = panels + ((ptrdiff_t)q * nv + i) * HM_PANEL * each;
      memcpy(to, x + ((ptrdiff_t)i * hidden->units + span.first) * each,
             (size_t)span.units * size);
      memset(to + (ptrdiff_t)span.units * each, 0,
             (size_t)(HM_PANEL - span.units) * size);
    }
  }
}

static void from_panels(int nv, const hm_layer *hidden, int each,
                        const double *panels, double *x) {
  const size_t size = (size_t)each * sizeof *x;
  for (int q = 0; q < hm_panels_across(hidden->places); q++) {
    const hm_span span = hm_layer_panel(hidden, q);
    for (int i = 0; i < nv; i++) {
      memcpy(x + ((ptrdiff_t)i * hidden->units + span.first) * each,
             panels + ((ptrdiff_t)q * nv + i) * HM_PANEL * each,
             (size_t)span.units * size);
    }
  }
}

/* What the optimiser remembers of the weights, likewise, as `slots` numbers of
 * each eight neighbours, slot by slot; of the last ones in a row of x there may
 * be fewer. */
static void memory_to_panels(int nv, const hm_layer *hidden, int slots,
                             const double *x, float *panels) {
  memset(panels, 0,
         (size_t)nv * (size_t)whole_panels(hidden) * (size_t)slots *
             sizeof *panels);
  for (int q = 0; q < hm_panels_across(hidden->places); q++) {
    const hm_span span = hm_layer_panel(hidden, q);
    for (int i = 0; i < nv; i++) {
      const double *from =
          x + ((ptrdiff_t)i * hidden->units + span.first) * slots;
      float *to = panels + ((ptrdiff_t)q * nv + i) * HM_PANEL * slots;
      for (int j = 0; j < span.units; j += 8) {
        const int here = span.units - j < 8 ? span.units - j : 8;
        for (int k = 0; k < slots; k++) {
          hm_narrow(HM_BASELINE, here, from + j * slots + here * k,
                    to + j * slots + 8 * k);
        }
      }
    }
  }
}

static void memory_from_panels(int nv, const hm_layer *hidden, int slots,
                               const float *panels, double *x) {
  for (int q = 0; q < hm_panels_across(hidden->places); q++) {
    const hm_span span = hm_layer_panel(hidden, q);
    for (int i = 0; i < nv; i++) {
      const float *from = panels + ((ptrdiff_t)q * nv + i) * HM_PANEL * slots;
      double *to = x + ((ptrdiff_t)i * hidden->units + span.first) * slots;
      for (int j = 0; j < span.units; j += 8) {
        const int here = span.units - j < 8 ? span.units - j : 8;
        for (int k = 0; k < slots; k++) {
          hm_widen(HM_BASELINE, here, from + j * slots + 8 * k,
                   to + j * slots + here * k);
        }
      }
    }
  }
}

/* to := the hidden units' numbers by places, 0 where there is no unit. */
static void to_places(const hm_layer *hidden, const double *x, double *to) {
  for (int q = 0; q < hm_panels_across(hidden->places); q++) {
    const hm_span span = hm_layer_panel(hidden, q);
    double *panel = to + (ptrdiff_t)q * HM_PANEL;
    memcpy(panel, x + span.first, (size_t)span.units * sizeof *x);
    memset(panel + span.units, 0, (size_t)(HM_PANEL - span.units) * sizeof *x);
  }
}

/* What stands in panels without a copy of its own beside it: the weight of
 * visible unit i at a place of the hidden layer. */
static double weight_at(const hm_trained *trained, ptrdiff_t i, int place) {
  const ptrdiff_t at =
      ((ptrdiff_t)(place / HM_PANEL) * trained->working.nv + i) * HM_PANEL +
      place % HM_PANEL;
  return hm_join_one(trained->working.W.x[at], trained->low[at]);
}

/* A step on its way. */
typedef struct {
  const hm_rule *rule;
  hm_level level;
  const hm_phases *phases;
  hm_trained *to;
} descent;

/* Tile q of a strip: those of its panels, and where it begins in them. */
typedef struct {
  int row;
  int column;
  int top;  /* its first visible unit, */
  int high; /* how many it has, */
  int wide; /* and how many hidden ones */
  ptrdiff_t first;
  double *shift; /* 64 numbers */
  double *along; /* 32, null where its columns have no precision */
  int real;      /* whether its hidden units are real numbers, */
  int before;    /* and how many of these are before it */
} tile_place;

/* What the tile's change moves biases by. */
static double *shift_of(const hm_trained *trained, int row, int column) {
  const int down = hm_panels_across(trained->working.visible->places);
  return trained->shift + (row + (ptrdiff_t)column * down) * 2 * HM_PANEL;
}

static tile_place place_of(const hm_trained *trained, const hm_strip *strip,
                           int q) {
  const hm_working *shape = &trained->working;
  const int column = strip->column + q;
  const int down = hm_panels_across(shape->visible->places);
  const ptrdiff_t tile = strip->row + (ptrdiff_t)column * down;
  const hm_run *run = hm_layer_run(shape->visible, strip->top);
  const hm_span left = hm_layer_panel(shape->hidden, column);
  const tile_place place = {
      .row = strip->row,
      .column = column,
      .top = strip->top,
      .high = strip->high,
      .wide = left.units,
      .real = hm_layer_run(shape->hidden, left.first)->kind->by_nodes,
      .before = count_real(shape->hidden, left.first),
      .first = ((ptrdiff_t)column * shape->nv + strip->top) * HM_PANEL,
      .shift = shift_of(trained, strip->row, column),
      .along = run->kind->precise ? trained->along + tile * HM_PANEL : NULL};
  return place;
}

static void set_sampled_tile(hm_level level, const tile_place *at,
                             hm_trained *trained) {
  double both[HM_PANEL * HM_PANEL];
  hm_join(level, (ptrdiff_t)at->high * HM_PANEL,
          trained->working.W.x + at->first, trained->low + at->first, both);
  for (int i = 0; i < at->high; i++) {
    for (int j = 0; j < at->wide; j++) {
      const int w = i * HM_PANEL + j;
      both[w] += trained->fast[at->first + w];
    }
  }
  hm_working_set_tile(level, HM_PANEL, both, at->row, at->column,
                      &trained->sampled);
}

/* Whether the units of a tile go down all of their gradient. */
static int has_all(const hm_trained *trained, const tile_place *at) {
  int all = 1;
  for (int i = 0; i < at->high && trained->share; i++) {
    all = all && trained->share[at->top + i] >= 1.0 &&
          trained->share[at->top + i] <= 1.0;
  }
  return all;
}

/* Whether a tile may be stepped in one way through memory: nothing may have to
 * look at its gradient. */
static int in_one_way(const descent *step, const tile_place *at) {
  const hm_rule *rule = step->rule;
  return rule->optimiser->step_tile && rule->options.l1 == 0.0 && !rule->fast &&
         !step->phases->summed && !step->phases->gathered && !at->along &&
         !step->to->spread && has_all(step->to, at);
}

/* Sums are 0 beyond the hidden layer, so that what stands there never learns.
 */
static void clear_beyond(const hm_strip *strip, int q, int wide, float *sums) {
  for (int i = 0; i < strip->high; i++) {
    float *row = sums + ((ptrdiff_t)i * strip->tiles + q) * HM_PANEL;
    memset(row + wide, 0, (size_t)(HM_PANEL - wide) * sizeof *row);
  }
}

/* Rows of 32 := those of the tile in single precision, and 0 beyond the layer.
 */
static void narrow_tile(hm_level level, const tile_place *at,
                        const double *difference, ptrdiff_t stride,
                        float *rows) {
  for (int i = 0; i < at->high; i++, rows += HM_PANEL) {
    hm_narrow(level, HM_PANEL, difference + i * stride, rows);
    memset(rows + at->wide, 0, (size_t)(HM_PANEL - at->wide) * sizeof *rows);
  }
}

double hm_step_sums(const hm_rule *rule, hm_level level, int row, int column,
                    const hm_tile_sums *sums, hm_trained *to) {
  const int centred = rule->centring != HM_UNCENTRED;
  const hm_span span = hm_layer_panel(to->working.visible, row);
  const int top = span.first;
  const ptrdiff_t nv = to->working.nv, place = (ptrdiff_t)column * HM_PANEL;
  const ptrdiff_t first = (column * nv + top) * HM_PANEL;
  const float *gc = to->single + 2 * nv + place;
  double *shift = shift_of(to, row, column);
  const hm_optim_tile tile = {.n = span.units,
                              .stride = sums->stride,
                              .data = sums->data,
                              .draws = sums->draws,
                              .data_share = sums->data_share,
                              .draws_share = sums->draws_share,
                              .mu = centred ? to->single + top : NULL,
                              .gb = to->single + nv + top,
                              .gc = gc,
                              .lambda = gc + whole_panels(to->working.hidden),
                              .memory = to->memory + first,
                              .high = to->working.W.x + first,
                              .low = to->low + first,
                              .by_row = shift,
                              .by_column = shift + HM_PANEL};
  return rule->optimiser->step_tile(level, &rule->options, &tile);
}

static double step_in_one_way(const descent *step, const tile_place *at,
                              const hm_strip *strip, int q,
                              hm_strip_sums *sums) {
  const hm_shares *shares = &step->phases->shares;
  float *data = sums->of.sums.data, *draws = sums->of.sums.draws;
  float room[HM_PANEL * HM_PANEL];
  hm_tile_sums tile = {.stride = (ptrdiff_t)strip->tiles * HM_PANEL,
                       .data = sums->apart ? data + q * HM_PANEL : NULL,
                       .draws = draws + q * HM_PANEL,
                       .data_share = shares->data,
                       .draws_share = shares->draws};
  if (sums->in_double) {
    narrow_tile(step->level, at, sums->of.difference + q * HM_PANEL,
                tile.stride, room);
    tile = (hm_tile_sums){
        .stride = HM_PANEL, .draws = room, .draws_share = shares->unit};
  } else if (at->wide < HM_PANEL) {
    clear_beyond(strip, q, at->wide, data);
    clear_beyond(strip, q, at->wide, draws);
  }
  const double sum = hm_step_sums(step->rule, step->level, at->row, at->column,
                                  &tile, step->to);
  hm_working_turn_tile(step->level, at->row, at->column, &step->to->working);
  return sum;
}

/* along[i] := W gW of row i, or half of it, see hold_means. */
static void multiply_rows(const tile_place *at, const hm_trained *trained,
                          const double *g) {
  const float *high = trained->working.W.x + at->first;
  const float *low = trained->low + at->first;
  for (int i = 0; i < at->high; i++) {
    double sum = 0.0;
    for (int j = 0; j < at->wide; j++) {
      const int w = i * HM_PANEL + j;
      sum += hm_join_one(high[w], low[w]) * g[w];
    }
    at->along[i] = at->real ? 0.5 * sum : sum;
  }
}

/* g, of n real hidden units of which `spread` has rows of `across`, times
 * I - W'SW. */
static HM_UNFUSED void calm(int n, const double *spread, int across,
                            double *g) {
  double before[HM_PANEL];
  memcpy(before, g, (size_t)n * sizeof *g);
  for (int j = 0; j < n; j++) {
    for (int l = 0; l < n; l++) {
      const double part = spread[(ptrdiff_t)j * across + l] * before[l];
      g[j] -= part;
    }
  }
}

/* The weights of real hidden units, and those of columns with a precision as if
 * it were its square root. */
static void calm_rows(const tile_place *at, const hm_trained *trained,
                      double *g) {
  const hm_working *shape = &trained->working;
  const hm_run *run = hm_layer_run(shape->visible, at->top);
  const double *d = trained->biases + shape->nv + shape->nh + run->extra;
  const int real = count_real(shape->hidden, shape->nh);
  const double *spread = trained->spread + (ptrdiff_t)at->before * (real + 1);
  for (int i = 0; i < at->high; i++) {
    calm(at->wide, spread, real, g + (ptrdiff_t)i * HM_PANEL);
    if (at->along) {
      const double by = exp(-0.5 * d[at->top - run->first + i]);
      for (int j = 0; j < at->wide; j++) {
        g[i * HM_PANEL + j] *= by;
      }
    }
  }
}

/* g := the gradient of the tile, each row's share of it, centred, and 0 beyond
 * the layer; fast weights learn from it as it is before. */
static void gradient_of_tile(const descent *step, const tile_place *at,
                             const hm_strip *strip, int q,
                             const hm_strip_sums *sums, double *g) {
  const hm_rule *rule = step->rule;
  hm_trained *to = step->to;
  hm_phases_tile(step->level, strip, q, sums, step->phases, g);
  for (int i = 0; i < at->high && at->wide < HM_PANEL; i++) {
    memset(g + i * HM_PANEL + at->wide, 0,
           (size_t)(HM_PANEL - at->wide) * sizeof *g);
  }
  if (at->along) {
    multiply_rows(at, to, g);
  }
  for (int i = 0; i < at->high && to->share; i++) {
    for (int j = 0; j < HM_PANEL; j++) {
      g[i * HM_PANEL + j] *= to->share[at->top + i];
    }
  }
  if (rule->fast) {
    hm_step_fast((ptrdiff_t)at->high * HM_PANEL, rule->fast_rate,
                 rule->fast_decay, g, to->fast + at->first);
  }
  if (rule->centring != HM_UNCENTRED) {
    hm_centre(step->level, at->high, to->mu + at->top, to->of_biases + at->top,
              to->of_hidden + (ptrdiff_t)at->column * HM_PANEL,
              to->lambda + (ptrdiff_t)at->column * HM_PANEL, g);
  }
  if (to->spread && at->real) {
    calm_rows(at, to, g);
  }
}

/* One step of the weights of a tile whose gradient is written down, and their
 * working copies after it. What lies beyond the layer stays 0. */
static double step_by_gradient(const descent *step, const tile_place *at,
                               const hm_strip *strip, int q,
                               const hm_strip_sums *sums) {
  const hm_rule *rule = step->rule;
  hm_trained *to = step->to;
  double g[HM_PANEL * HM_PANEL];
  gradient_of_tile(step, at, strip, q, sums, g);
  const double sum = rule->optimiser->step_weights(
      step->level, (ptrdiff_t)at->high * HM_PANEL, &rule->options, g,
      to->memory + at->first * rule->optimiser->slots,
      to->working.W.x + at->first, to->low + at->first);
  if (rule->centring != HM_UNCENTRED) {
    hm_centre_shift(step->level, at->high, to->offsets + at->top,
                    to->lambda + (ptrdiff_t)at->column * HM_PANEL, g, at->shift,
                    at->shift + HM_PANEL);
  }
  hm_working_turn_tile(step->level, at->row, at->column, &to->working);
  if (rule->fast) {
    set_sampled_tile(step->level, at, to);
  }
  return sum;
}

/* The same for all tiles of a strip. */
static double step_strip(const descent *step, const hm_strip *strip) {
  hm_strip_sums sums;
  double sum = 0.0;
  hm_phases_strip(step->level, strip, step->phases, &sums);
  for (int q = 0; q < strip->tiles; q++) {
    const tile_place at = place_of(step->to, strip, q);
    sum += in_one_way(step, &at) ? step_in_one_way(step, &at, strip, q, &sums)
                                 : step_by_gradient(step, &at, strip, q, &sums);
  }
  return sum;
}

/* The weight of visible unit i and hidden unit j, which stands at `place`, :=
 * w, in all copies. */
static void set_weight(const hm_rule *rule, int i, int j, int place, double w,
                       hm_trained *trained) {
  const int at = hm_layer_place(trained->working.visible, i);
  float *high = hm_panels_at(&trained->working.W, i, place);
  const ptrdiff_t here = high - trained->working.W.x;
  hm_split_one(w, high, trained->low + here);
  *hm_panels_at(&trained->working.Wt, j, at) = *high;
  if (rule->fast) {
    const double both =
        hm_join_one(*high, trained->low[here]) + trained->fast[here];
    *hm_panels_at(&trained->sampled.W, i, place) = (float)both;
    *hm_panels_at(&trained->sampled.Wt, j, at) = (float)both;
  }
}

/* The weight of visible unit i and hidden unit j becomes less by so much, b*
 * and c* staying as they are. */
static void lessen(const hm_rule *rule, int i, int j, double by,
                   hm_trained *trained) {
  const int place = hm_layer_place(trained->working.hidden, j);
  trained->biases[i] += by * trained->lambda[place];
  trained->biases[trained->working.nv + j] += by * trained->offsets[i];
  set_weight(rule, i, j, place, weight_at(trained, i, place) - by, trained);
}

/* The weights of hidden unit j become less by that share of them. */
static void shrink(const hm_rule *rule, int j, double share,
                   hm_trained *trained) {
  const int place = hm_layer_place(trained->working.hidden, j);
  for (int i = 0; i < trained->working.nv; i++) {
    lessen(rule, i, j, share * weight_at(trained, i, place), trained);
  }
}

/* Weights of hidden units of a norm above the largest allowed are scaled down
 * to it. */
static void limit_norms(const hm_rule *rule, hm_trained *trained) {
  for (int j = 0; j < trained->working.nh; j++) {
    const int place = hm_layer_place(trained->working.hidden, j);
    double squares = 0.0;
    for (int i = 0; i < trained->working.nv; i++) {
      const double w = weight_at(trained, i, place);
      squares += w * w;
    }
    if (squares > rule->max_norm * rule->max_norm) {
      shrink(rule, j, 1.0 - rule->max_norm / sqrt(squares), trained);
    }
  }
}

/* w[.] := the weights of visible unit i to the real hidden units. */
static void real_weights(const hm_trained *trained, ptrdiff_t i, double *w) {
  const hm_layer *hidden = trained->working.hidden;
  int j = next_real(hidden, 0);
  for (; j < hidden->units; j = next_real(hidden, j + 1)) {
    *w++ = weight_at(trained, i, hm_layer_place(hidden, j));
  }
}

/* The first numbers of trained->spread := W'SW of the real hidden units. */
static HM_UNFUSED void set_spread(int real, hm_trained *trained) {
  const hm_working *shape = &trained->working;
  const hm_layer *visible = shape->visible;
  const double *d = trained->biases + shape->nv + shape->nh;
  double *G = trained->spread, *w = G + (ptrdiff_t)real * real;
  memset(G, 0, (size_t)real * (size_t)real * sizeof *G);
  for (int r = 0; r < visible->runs; r++) {
    const hm_run *run = visible->run + r;
    for (int i = 0; run->kind->precise && i < run->units; i++) {
      const double variance = exp(-d[run->extra + i]);
      real_weights(trained, run->first + i, w);
      for (ptrdiff_t j = 0; j < real; j++) {
        for (ptrdiff_t l = 0; l < real; l++) {
          const double part = variance * w[j] * w[l];
          G[j * real + l] += part;
        }
      }
    }
  }
}

/* The weights of real hidden units become less by a share of what they are in
 * the first direction, onto which the first numbers of trained->spread project:
 * W := W - share W P. */
static HM_UNFUSED void shrink_first(const hm_rule *rule, int real, double share,
                                    hm_trained *trained) {
  const hm_layer *hidden = trained->working.hidden;
  const double *P = trained->spread;
  double *w = trained->spread + (ptrdiff_t)real * real;
  for (int i = 0; i < trained->working.nv; i++) {
    const double *row = P;
    int j = next_real(hidden, 0);
    real_weights(trained, i, w);
    for (; j < hidden->units; j = next_real(hidden, j + 1)) {
      double sum = 0.0;
      for (int l = 0; l < real; l++) {
        const double part = row[l] * w[l];
        sum += part;
      }
      lessen(rule, i, j, share * sum, trained);
      row += real;
    }
  }
}

/* The weights of real hidden units become so small that there is a Z, in few
 * directions where that will do. */
static void limit_spread(const hm_rule *rule, hm_trained *trained) {
  const hm_layer *hidden = trained->working.hidden;
  const int real = count_real(hidden, trained->working.nh);
  double *G = trained->spread;
  for (int turn = 0; turn <= real; turn++) {
    set_spread(real, trained);
    const double largest =
        hm_largest_bound(real, G, G + (ptrdiff_t)real * real);
    if (largest <= HM_LARGEST_SPREAD) {
      return;
    }
    const double share = 1.0 - sqrt(HM_LARGEST_SPREAD / largest);
    if (turn < real) {
      shrink_first(rule, real, share, trained);
    } else {
      int j = next_real(hidden, 0);
      for (; j < hidden->units; j = next_real(hidden, j + 1)) {
        shrink(rule, j, share, trained);
      }
    }
  }
}

/* The inputs of column i after a change of its log precision, see hold_means.
 */
static void multiply_inputs(const hm_rule *rule, int i, double change,
                            hm_trained *trained) {
  const hm_layer *hidden = trained->working.hidden;
  const double whole = exp(change), half = exp(0.5 * change);
  trained->biases[i] *= whole;
  for (int r = 0; r < hidden->runs; r++) {
    const hm_run *run = hidden->run + r;
    for (int j = run->first; j < run->first + run->units; j++) {
      const int place = hm_layer_place(hidden, j);
      const double by = run->kind->by_nodes ? half : whole;
      set_weight(rule, i, j, place, by * weight_at(trained, i, place), trained);
    }
  }
}

/* What is done with the extra parameters of columns that have a precision. */
typedef void with_precision(const descent *step, int unit, int extra);

static void each_precision(const descent *step, with_precision *what) {
  const hm_layer *visible = step->to->working.visible;
  for (int r = 0; r < visible->runs; r++) {
    const hm_run *run = visible->run + r;
    for (int i = 0; run->kind->precise && i < run->units; i++) {
      what(step, run->first + i, run->extra + i);
    }
  }
}

/* gd := the gradient with what is held: the means that binary hidden units
 * make, and what real ones explain of the column's variance. */
static void hold_means(const descent *step, int unit, int extra) {
  hm_trained *to = step->to;
  const hm_layer *visible = to->working.visible;
  const int nv = to->working.nv, place = hm_layer_place(visible, unit);
  const int down = hm_panels_across(visible->places);
  const int across = hm_panels_across(to->working.hidden->places);
  double *gd = to->of_biases + nv + to->working.nh + extra;
  *gd += to->biases[unit] * to->of_biases[unit] / to->share[unit];
  for (int column = 0; column < across; column++) {
    const ptrdiff_t tile = place / HM_PANEL + (ptrdiff_t)column * down;
    *gd += to->along[tile * HM_PANEL + place % HM_PANEL];
  }
}

/* After a step of d by what stands in gd: neither far at once nor further than
 * is allowed. */
static void keep_means(const descent *step, int unit, int extra) {
  hm_trained *to = step->to;
  const ptrdiff_t at = to->working.nv + (ptrdiff_t)to->working.nh + extra;
  const double most = step->rule->most_precision;
  const double before = to->biases[at] - to->of_biases[at];
  double change = to->of_biases[at];
  change = fmax(-HM_LARGEST_TURN, fmin(HM_LARGEST_TURN, change));
  change = fmin(change, most - before);
  to->biases[at] = before + change;
  multiply_inputs(step->rule, unit, change, to);
}

/* The precision that b and W are in units of is that before the step. */
static void set_share(const descent *step, int unit, int extra) {
  const hm_working *shape = &step->to->working;
  step->to->share[unit] *=
      exp(step->to->biases[shape->nv + (ptrdiff_t)shape->nh + extra]);
}

/* gc of n hidden units from `first` on += the pull of their means to the
 * target.
 */
static void pull_to_target(const hm_rule *rule, const hm_trained *trained,
                           int first, int n, double *gc) {
  const hm_working *shape = &trained->working;
  const double *activity = trained->offsets + shape->nv + shape->nh + first;
  for (int j = 0; j < n && rule->sparsity_cost > 0.0; j++) {
    gc[j] += rule->sparsity_cost * (activity[j] - rule->sparsity_target);
  }
}

/* One step of the biases and the extra parameters down their gradient, in
 * to->of_biases, which becomes their changes. */
static void step_biases(const descent *step) {
  const hm_rule *rule = step->rule;
  hm_trained *to = step->to;
  const hm_layer *visible = to->working.visible;
  const int nv = to->working.nv, nh = to->working.nh;
  double *g = to->of_biases;
  if (rule->fast) {
    hm_step_fast(nv + nh, rule->fast_rate, rule->fast_decay, g, to->bias_fast);
  }
  pull_to_target(rule, to, 0, nh, g + nv);
  rule->optimiser->step(step->level, (ptrdiff_t)nv + nh + visible->extras,
                        &rule->options, 0.0, 0.0, g, to->bias_memory,
                        to->biases);
  if (rule->centring != HM_UNCENTRED) {
    hm_centre_biases(step->level, visible, to->working.hidden, to->shift,
                     to->biases, to->biases + nv);
  }
}

static void set_working_biases(const hm_rule *rule, hm_trained *trained) {
  const hm_layer *visible = trained->working.visible;
  const hm_layer *hidden = trained->working.hidden;
  const int nv = trained->working.nv, nh = trained->working.nh;
  const double *b = trained->biases, *c = b + nv;
  hm_working_set_biases(b, c, &trained->working);
  if (rule->fast) {
    const double *fast = trained->bias_fast;
    for (int i = 0; i < nv; i++) {
      trained->sampled.b[hm_layer_place(visible, i)] = (float)(b[i] + fast[i]);
    }
    for (int j = 0; j < nh; j++) {
      trained->sampled.c[hm_layer_place(hidden, j)] =
          (float)(c[j] + fast[nv + j]);
    }
  }
}

/* The spread of real hidden units, and their biases' part of the gradient. */
static void calm_biases(hm_trained *trained, double *gc) {
  const hm_layer *hidden = trained->working.hidden;
  const int real = count_real(hidden, trained->working.nh);
  set_spread(real, trained);
  for (int i = 0; i < hm_panels_across(hidden->places); i++) {
    const hm_span span = hm_layer_panel(hidden, i);
    if (hm_layer_run(hidden, span.first)->kind->by_nodes) {
      const ptrdiff_t before = count_real(hidden, span.first);
      calm(span.units, trained->spread + before * (real + 1), real,
           gc + span.first);
    }
  }
}

/* The gradient of the biases, each visible one's share of it, the goal, and
 * what stands by places. */
static void prepare_step(const descent *step) {
  hm_trained *to = step->to;
  const hm_layer *hidden = to->working.hidden;
  const int nv = to->working.nv, nh = to->working.nh;
  double *gb = to->of_biases;
  hm_phases_biases(step->level, step->phases, gb, gb + nv);
  hm_phases_extras(step->phases, gb + nv + nh);
  hm_offsets_goal(step->rule->centring, nv + nh, step->phases->data_mean, gb,
                  to->goal);
  for (int q = 0; q < hm_panels_across(hidden->places); q++) {
    hm_step_hidden(step->level, q, to);
  }
  if (to->spread) {
    calm_biases(to, gb + nv);
  }
  if (to->share) {
    memcpy(to->share, step->rule->share, (size_t)nv * sizeof *to->share);
    each_precision(step, set_share);
  }
  for (int i = 0; i < nv && to->share; i++) {
    gb[i] *= to->share[i];
    to->mu[i] = to->share[i] * to->offsets[i];
  }
  hm_step_visible(step->level, 0, nv, to);
  hm_step_offsets(step->level, to);
}

/* What is left of a step once all weights have made theirs. */
static void finish_step(const descent *step) {
  const hm_rule *rule = step->rule;
  hm_trained *to = step->to;
  each_precision(step, hold_means);
  step_biases(step);
  each_precision(step, keep_means);
  if (rule->max_norm > 0.0) {
    limit_norms(rule, to);
  }
  if (to->spread) {
    limit_spread(rule, to);
  }
  set_working_biases(rule, to);
}

void hm_step_offsets(hm_level level, hm_trained *trained) {
  const hm_working *shape = &trained->working;
  const int places = whole_panels(shape->hidden);
  to_places(shape->hidden, trained->offsets + shape->nv, trained->lambda);
  hm_narrow(level, shape->nv, trained->mu, trained->single);
  hm_narrow(level, places, trained->lambda,
            trained->single + 2 * (ptrdiff_t)shape->nv + places);
}

void hm_step_visible(hm_level level, int first, int end, hm_trained *trained) {
  hm_narrow(level, end - first, trained->of_biases + first,
            trained->single + trained->working.nv + first);
}

void hm_step_hidden(hm_level level, int q, hm_trained *trained) {
  const hm_span span = hm_layer_panel(trained->working.hidden, q);
  const ptrdiff_t nv = trained->working.nv, place = (ptrdiff_t)q * HM_PANEL;
  double *gc = trained->of_hidden + place;
  memcpy(gc, trained->of_biases + nv + span.first,
         (size_t)span.units * sizeof *gc);
  memset(gc + span.units, 0, (size_t)(HM_PANEL - span.units) * sizeof *gc);
  hm_narrow(level, HM_PANEL, gc, trained->single + 2 * nv + place);
}

/* n biases from number `first` on, of nv + nh, go down their gradient. */
static void step_some_biases(const hm_rule *rule, hm_level level, int first,
                             int n, hm_trained *trained) {
  rule->optimiser->step(level, n, &rule->options, 0.0, 0.0,
                        trained->of_biases + first,
                        trained->bias_memory + first, trained->biases + first);
}

void hm_step_hidden_biases(const hm_rule *rule, hm_level level, int q,
                           const double *data_mean, hm_trained *trained) {
  hm_working *working = &trained->working;
  const hm_span span = hm_layer_panel(working->hidden, q);
  const int first = working->nv + span.first;
  double *g = trained->of_biases + first, *c = trained->biases + first;
  hm_offsets_goal(rule->centring, span.units, data_mean + first, g,
                  trained->goal + first);
  pull_to_target(rule, trained, span.first, span.units, g);
  step_some_biases(rule, level, first, span.units, trained);
  if (rule->centring != HM_UNCENTRED) {
    hm_centre_hidden(level, working->visible, working->hidden, q,
                     trained->shift, c);
  }
  hm_narrow(level, span.units, c, working->c + (ptrdiff_t)q * HM_PANEL);
}

double hm_step_end(const hm_rule *rule, hm_level level, const double *data_mean,
                   hm_trained *trained) {
  hm_working *working = &trained->working;
  const hm_layer *visible = working->visible, *hidden = working->hidden;
  const int down = hm_panels_across(visible->places);
  double total = 0.0;
  hm_offsets_goal(rule->centring, working->nv, data_mean, trained->of_biases,
                  trained->goal);
  step_some_biases(rule, level, 0, working->nv, trained);
  for (int p = 0; p < down && rule->centring != HM_UNCENTRED; p++) {
    hm_centre_visible(level, visible, hidden, p, trained->shift,
                      trained->biases + hm_layer_panel(visible, p).first);
  }
  hm_layer_set_singles(visible, trained->biases, working->b);
  for (int i = 0; i < hm_strips(visible, hidden); i++) {
    const hm_strip strip = hm_strip_at(visible, hidden, i);
    double sum = 0.0;
    for (int q = 0; q < strip.tiles; q++) {
      sum += trained->sums[strip.row + (ptrdiff_t)(strip.column + q) * down];
    }
    total += sum;
  }
  return sqrt(total);
}

/* Strips are of one size, whatever the number of threads. */
double hm_step(const hm_rule *rule, hm_hardware hw, const hm_phases *phases,
               hm_trained *trained) {
  const int nv = trained->working.nv, nh = trained->working.nh;
  const hm_layer *visible = trained->working.visible;
  const hm_layer *hidden = trained->working.hidden;
  const int strips = hm_strips(visible, hidden);
  const int parallel = (ptrdiff_t)nv * nh >= HM_WORTH_THREADS / 8;
  const descent step = {rule, hw.level, phases, trained};
  double sum = 0.0;
  prepare_step(&step);
#ifdef _OPENMP
#pragma omp parallel for num_threads(hw.threads) if (parallel)
#endif
  for (int i = 0; i < strips; i++) {
    const hm_strip strip = hm_strip_at(visible, hidden, i);
    trained->sums[i] = step_strip(&step, &strip);
  }
  for (int i = 0; i < strips; i++) {
    sum += trained->sums[i];
  }
  finish_step(&step);
  (void)parallel;
  return sqrt(sum);
}

/* Copies with fast weights on top. */
static void set_sampled(const hm_rule *rule, hm_level level,
                        hm_trained *trained) {
  const hm_layer *visible = trained->working.visible;
  const hm_layer *hidden = trained->working.hidden;
  memset(trained->sampled.b, 0, (size_t)whole_panels(visible) * sizeof(float));
  memset(trained->sampled.c, 0, (size_t)whole_panels(hidden) * sizeof(float));
  for (int i = 0; i < hm_strips(visible, hidden); i++) {
    const hm_strip strip = hm_strip_at(visible, hidden, i);
    for (int q = 0; q < strip.tiles; q++) {
      const tile_place at = place_of(trained, &strip, q);
      set_sampled_tile(level, &at, trained);
    }
  }
  set_working_biases(rule, trained);
}

/* The weights and all working copies := those of a model. */
static void set_weights(hm_level level, const hm_model *model,
                        hm_trained *trained) {
  const hm_layer *visible = model->visible, *hidden = model->hidden;
  hm_working *working = &trained->working;
  memset(trained->low, 0,
         (size_t)in_panels(visible, hidden) * sizeof *trained->low);
  hm_working_set(model, level, working);
  for (int q = 0; q < hm_panels_across(hidden->places); q++) {
    const hm_span span = hm_layer_panel(hidden, q);
    for (int i = 0; i < model->nv; i++) {
      float *high = hm_panel_row(&working->W, q, i);
      hm_split(level, span.units,
               model->W_rows + (ptrdiff_t)i * model->nh + span.first, high,
               trained->low + (high - working->W.x));
    }
    for (int row = 0; row < hm_panels_across(visible->places); row++) {
      hm_working_turn_tile(level, row, q, working);
    }
  }
}

static void copy(ptrdiff_t n, const double *from, double *to) {
  memcpy(to, from, (size_t)n * sizeof *to);
}

void hm_trained_set(const hm_rule *rule, hm_level level, const hm_state *state,
                    hm_trained *trained) {
  const hm_working *shape = &trained->working;
  const hm_layer *visible = shape->visible, *hidden = shape->hidden;
  const int nv = shape->nv, nh = shape->nh, slots = rule->optimiser->slots;
  const ptrdiff_t units = (ptrdiff_t)nv + nh, all = units + visible->extras;
  const ptrdiff_t weights = (ptrdiff_t)nv * nh;
  const hm_model model = hm_model_of(nv, nh, visible, hidden, state->theta);
  set_weights(level, &model, trained);
  memory_to_panels(nv, hidden, slots, state->memory, trained->memory);
  copy(all, state->theta + weights, trained->biases);
  copy(all * slots, state->memory + weights * slots, trained->bias_memory);
  copy(hm_offsets(nv, nh), state->offsets, trained->offsets);
  if (rule->fast) {
    to_panels(nv, hidden, 1, state->fast, trained->fast);
    copy(units, state->fast + weights, trained->bias_fast);
    set_sampled(rule, level, trained);
  }
}

void hm_trained_weights(const hm_trained *trained, double *W) {
  const hm_working *shape = &trained->working;
  const hm_layer *hidden = shape->hidden;
  for (int q = 0; q < hm_panels_across(hidden->places); q++) {
    const hm_span span = hm_layer_panel(hidden, q);
    for (int i = 0; i < shape->nv; i++) {
      const ptrdiff_t from = ((ptrdiff_t)q * shape->nv + i) * HM_PANEL;
      hm_join(HM_BASELINE, span.units, shape->W.x + from, trained->low + from,
              W + (ptrdiff_t)i * shape->nh + span.first);
    }
  }
}

void hm_trained_get(const hm_rule *rule, const hm_trained *trained,
                    hm_state *state) {
  const hm_layer *visible = trained->working.visible;
  const hm_layer *hidden = trained->working.hidden;
  const int nv = trained->working.nv, nh = trained->working.nh;
  const int slots = rule->optimiser->slots;
  const ptrdiff_t units = (ptrdiff_t)nv + nh, all = units + visible->extras;
  const ptrdiff_t weights = (ptrdiff_t)nv * nh;
  hm_trained_weights(trained, state->theta);
  memory_from_panels(nv, hidden, slots, trained->memory, state->memory);
  copy(all, trained->biases, state->theta + weights);
  copy(all * slots, trained->bias_memory, state->memory + weights * slots);
  copy(hm_offsets(nv, nh), trained->offsets, state->offsets);
  if (rule->fast) {
    from_panels(nv, hidden, 1, trained->fast, state->fast);
    copy(units, trained->bias_fast, state->fast + weights);
  }
}

int hm_trained_within(const hm_trained *trained, double limit) {
  const hm_layer *visible = trained->working.visible;
  const hm_layer *hidden = trained->working.hidden;
  const ptrdiff_t units = (ptrdiff_t)trained->working.nv + trained->working.nh;
  const ptrdiff_t weights = in_panels(visible, hidden);
  int beyond = 0;
  for (ptrdiff_t i = 0; i < weights; i++) {
    const double w = hm_join_one(trained->working.W.x[i], trained->low[i]);
    beyond |= !(fabs(w) <= limit);
  }
  return !beyond && hm_within(units + visible->extras, trained->biases, limit);
}
