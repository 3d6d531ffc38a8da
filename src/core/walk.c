#include "walk.h"

#include <math.h>
#include <string.h>

#include "special.h"

static const double log_2 = 0.693147180559945309417232121458;

#define HM_KERNEL_FILE "walk-kernel.h"
#include "simd-each-kernel.h"

int hm_walk_block_size(const hm_walk *walk) {
  return 1 << (walk->bits < HM_WALK_BITS ? walk->bits : HM_WALK_BITS);
}

int64_t hm_walk_blocks(const hm_walk *walk) {
  return ((int64_t)1 << walk->bits) / hm_walk_block_size(walk);
}

static void point(const hm_model *model, hm_walk *walk) {
  walk->walked_bias = walk->walks_hidden ? model->c : model->b;
  walk->summed_bias = walk->walks_hidden ? model->b : model->c;
  walk->rows = walk->walks_hidden ? model->W_cols : model->W_rows;
  walk->summed = walk->walks_hidden ? model->visible : model->hidden;
  walk->alone =
      walk->summed->runs == 1 && walk->summed->run->kind == &hm_unit_binary;
}

void hm_walk_lay(hm_arena *arena, const hm_model *model, hm_level level,
                 hm_walk *walk) {
  const int walks_hidden = model->nh <= model->nv || model->visible->valued;
  walk->level = level;
  walk->walks_hidden = walks_hidden;
  walk->bits = walks_hidden ? model->nh : model->nv;
  walk->units = walks_hidden ? model->nv : model->nh;
  walk->width = (walk->units + 1 + 7) / 8 * 8;
  point(model, walk);
  walk->up =
      hm_allot(arena, (ptrdiff_t)walk->bits * walk->width, sizeof(double));
  walk->down =
      hm_allot(arena, (ptrdiff_t)walk->bits * walk->width, sizeof(double));
}

void hm_walk_prepare(hm_walk *walk) {
  double largest = 0.0;
  for (int i = 0; i < walk->units; i++) {
    double bound = fabs(walk->summed_bias[i]);
    for (int j = 0; j < walk->bits; j++) {
      bound += fabs(walk->rows[(ptrdiff_t)j * walk->units + i]);
    }
    largest = fmax(largest, bound);
  }
  /* Every e is between exp(-largest) and exp(largest), 1 + e below twice that;
   * the range of a double ends at exp(709). */
  walk->factors =
      !walk->alone || largest > 650.0 ? 0 : (int)(700.0 / (largest + 0.7));
  for (int j = 0; j < walk->bits; j++) {
    const double *row = walk->rows + (ptrdiff_t)j * walk->units;
    double *up = walk->up + (ptrdiff_t)j * walk->width;
    double *down = walk->down + (ptrdiff_t)j * walk->width;
    for (int i = 0; i < walk->width; i++) {
      const double w = i < walk->units ? row[i] : 0.0;
      up[i] = walk->factors > 0 ? exp(w) : w;
      down[i] = walk->factors > 0 ? exp(-w) : -w;
    }
  }
}

void hm_walk_set(const hm_model *model, hm_walk *walk) {
  point(model, walk);
  hm_walk_prepare(walk);
}

uint32_t hm_walk_state(int64_t index) {
  return (uint32_t)(index ^ (index >> 1));
}

/* The unit whose flip leads to state number `index`, above 0. */
static int flipped(int64_t index) {
  int unit = 0;
  while (!((index >> unit) & 1)) {
    unit++;
  }
  return unit;
}

static const double *factors_of(const hm_walk *walk, int unit, uint32_t state) {
  const double *table = (state >> unit) & 1u ? walk->up : walk->down;
  return table + (ptrdiff_t)unit * walk->width;
}

/* input[i] := d_i + (Ws)_i of the given state, from the definition. */
static void input_of(const hm_walk *walk, uint32_t state, double *input) {
  memcpy(input, walk->summed_bias, (size_t)walk->units * sizeof *input);
  for (int j = 0; j < walk->bits; j++) {
    if ((state >> j) & 1u) {
      const double *row = walk->rows + (ptrdiff_t)j * walk->units;
      for (int i = 0; i < walk->units; i++) {
        input[i] += row[i];
      }
    }
  }
}

/* The means of the summed layer; mean may be input. One run of binary units
 * keeps to the functions of the system, whatever its range. */
static void means_of(const hm_walk *walk, const double *input, double *mean) {
  if (!walk->alone) {
    hm_layer_mean(walk->level, walk->summed, input, mean);
    return;
  }
  for (int i = 0; i < walk->units; i++) {
    mean[i] = hm_sigm(input[i]);
  }
}

/* Its A, likewise. */
static double log_sum_of(const hm_walk *walk, const double *input) {
  if (!walk->alone) {
    return hm_layer_log_sum(walk->level, walk->summed, input);
  }
  double sum = 0.0;
  for (int i = 0; i < walk->units; i++) {
    sum += hm_softplus(input[i]);
  }
  return sum;
}

void hm_walk_slopes(const hm_walk *walk, uint32_t state, double *slope) {
  input_of(walk, state, slope);
  hm_layer_slope(walk->level, walk->summed, slope, slope);
}

void hm_walk_means(const hm_walk *walk, uint32_t state, double *mean) {
  input_of(walk, state, mean);
  means_of(walk, mean, mean);
}

/* e := that of the given state; in place of exp(input) the input itself, where
 * its exp could leave the range of a double. */
static void start(const hm_walk *walk, uint32_t state, double *e) {
  input_of(walk, state, e);
  for (int i = 0; i < walk->units && walk->factors > 0; i++) {
    e[i] = exp(e[i]);
  }
  for (int i = walk->units; i < walk->width; i++) {
    e[i] = 0.0; /* a factor of 1 + 0 */
  }
}

static double log_of_walked(const hm_walk *walk, uint32_t state) {
  double sum = 0.0;
  for (int j = 0; j < walk->bits; j++) {
    if ((state >> j) & 1u) {
      sum += walk->walked_bias[j];
    }
  }
  return sum;
}

/* Moves e to the next state and returns the log of the summed units' sum. */
static double step(const hm_walk *walk, const double *by, double *e) {
  static double (*const steps[])(int, int, const double *, double *) =
      HM_LEVELS(step);
  if (walk->factors > 0) {
    return steps[walk->level](walk->width, walk->factors, by, e);
  }
  for (int i = 0; i < walk->units; i++) {
    e[i] += by[i];
  }
  return log_sum_of(walk, e);
}

/* Where no unit flips: a row of ones, or of zeros, borrowed from `scratch`. */
static void neutral(const hm_walk *walk, double *scratch) {
  for (int i = 0; i < walk->width; i++) {
    scratch[i] = walk->factors > 0 ? 1.0 : 0.0;
  }
}

void hm_walk_log_weights(const hm_walk *walk, int64_t block, double *e,
                         double *log_weight) {
  const int size = hm_walk_block_size(walk);
  const int64_t first = block * size;
  double *still = e + walk->width;
  neutral(walk, still);
  start(walk, hm_walk_state(first), e);
  for (int t = 0; t < size; t++) {
    const uint32_t state = hm_walk_state(first + t);
    const double *by =
        t == 0 ? still : factors_of(walk, flipped(first + t), state);
    log_weight[t] = log_of_walked(walk, state) + step(walk, by, e);
  }
}

static void spread(const hm_walk *walk, double weight, const double *by,
                   double *e, double *out) {
  static void (*const spreads[])(int, double, const double *, double *,
                                 double *) = HM_LEVELS(spread);
  if (walk->factors > 0) {
    spreads[walk->level](walk->width, weight, by, e, out);
  } else {
    for (int i = 0; i < walk->units; i++) {
      e[i] += by[i];
    }
    means_of(walk, e, out);
    for (int i = 0; i < walk->units; i++) {
      out[i] *= weight;
    }
  }
  for (int i = walk->units; i < walk->width; i++) {
    out[i] = 0.0;
  }
  out[walk->units] = weight;
}

/* The states 2^l t to 2^l (t + 1) - 1 agree in unit l, for each l. So sums over
 * such runs, which are built from two of half the length as in a tree, go to
 * cross[l] whole: that makes some three additions a state, not one for each
 * unit that is on. */
void hm_walk_sum(const hm_walk *walk, int64_t block, const double *log_weight,
                 double shift, double *e, double *levels, double *total,
                 double *cross) {
  const int size = hm_walk_block_size(walk);
  const int bits = walk->bits < HM_WALK_BITS ? walk->bits : HM_WALK_BITS;
  const int64_t first = block * size;
  const ptrdiff_t width = walk->width;
  static void (*const adds[])(int, const double *, double *) = HM_LEVELS(add);
  void (*const add)(int, const double *, double *) = adds[walk->level];
  double *still = e + width;
  double *run = levels + bits * width;
  neutral(walk, still);
  start(walk, hm_walk_state(first), e);
  for (int t = 0; t < size; t++) {
    const uint32_t state = hm_walk_state(first + t);
    const double *by =
        t == 0 ? still : factors_of(walk, flipped(first + t), state);
    int level = 0;
    spread(walk, exp(log_weight[t] - shift), by, e, run);
    for (; level < bits && ((t >> level) & 1); level++) {
      if ((state >> level) & 1u) {
        add(walk->width, run, cross + level * width);
      }
      add(walk->width, levels + level * width, run);
    }
    if (level < bits) {
      if ((state >> level) & 1u) {
        add(walk->width, run, cross + level * width);
      }
      memcpy(levels + level * width, run, (size_t)width * sizeof *run);
    }
  }
  for (int j = bits; j < walk->bits; j++) {
    if ((hm_walk_state(first) >> j) & 1u) {
      add(walk->width, run, cross + j * width);
    }
  }
  add(walk->width, run, total);
}
