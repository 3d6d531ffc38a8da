#include "walk.h"

#include <math.h>
#include <string.h>

#include "simd.h"
#include "special.h"

static const double log_2 = 0.693147180559945309417232121458;

#if defined(__GNUC__)
#define VECTOR 2
#define KERNEL(name) name##_narrow
#define KERNEL_ATTRIBUTE
#include "walk-kernel.h"
#else
static double step_narrow(int width, int factors, const double *by, double *e) {
  double lane[8] = {1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0};
  int64_t twos = 0;
  double rest = 1.0;
  for (int i = 0; i < width; i++) {
    e[i] *= by[i];
    lane[i % 8] *= 1.0 + e[i];
    if (i / 8 % factors == factors - 1) {
      int power;
      lane[i % 8] = 2.0 * frexp(lane[i % 8], &power);
      twos += power - 1;
    }
  }
  for (int i = 0; i < 8; i++) {
    int power;
    rest *= 2.0 * frexp(lane[i], &power);
    twos += power - 1;
  }
  return log(rest) + log_2 * (double)twos;
}

static void spread_narrow(int width, double weight, const double *by, double *e,
                          double *out) {
  for (int i = 0; i < width; i++) {
    e[i] *= by[i];
    out[i] = weight * (e[i] / (1.0 + e[i]));
  }
}

static void add_narrow(int width, const double *x, double *sum) {
  for (int i = 0; i < width; i++) {
    sum[i] += x[i];
  }
}
#endif

#ifdef HM_WIDE
#define VECTOR 4
#define KERNEL(name) name##_wide
#define KERNEL_ATTRIBUTE HM_WIDE
#include "walk-kernel.h"
#else
#define step_wide step_narrow
#define spread_wide spread_narrow
#define add_wide add_narrow
#endif

int hm_walk_block_size(const hm_walk *walk) {
  return 1 << (walk->bits < HM_WALK_BITS ? walk->bits : HM_WALK_BITS);
}

int64_t hm_walk_blocks(const hm_walk *walk) {
  return ((int64_t)1 << walk->bits) / hm_walk_block_size(walk);
}

void hm_walk_lay(hm_arena *arena, const hm_model *model, hm_walk *walk) {
  const int walks_hidden = model->nh <= model->nv;
  walk->walks_hidden = walks_hidden;
  walk->bits = walks_hidden ? model->nh : model->nv;
  walk->units = walks_hidden ? model->nv : model->nh;
  walk->width = (walk->units + 1 + 7) / 8 * 8;
  walk->walked_bias = walks_hidden ? model->c : model->b;
  walk->summed_bias = walks_hidden ? model->b : model->c;
  walk->rows = walks_hidden ? model->W_cols : model->W_rows;
  walk->up =
      hm_room(arena, (ptrdiff_t)walk->bits * walk->width, sizeof(double));
  walk->down =
      hm_room(arena, (ptrdiff_t)walk->bits * walk->width, sizeof(double));
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
  walk->factors = largest > 650.0 ? 0 : (int)(700.0 / (largest + 0.7));
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

void hm_walk_means(const hm_walk *walk, uint32_t state, double *mean) {
  input_of(walk, state, mean);
  for (int i = 0; i < walk->units; i++) {
    mean[i] = hm_sigm(mean[i]);
  }
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
static double step(const hm_walk *walk, const double *by, double *e, int wide) {
  if (walk->factors > 0) {
    return wide ? step_wide(walk->width, walk->factors, by, e)
                : step_narrow(walk->width, walk->factors, by, e);
  }
  double sum = 0.0;
  for (int i = 0; i < walk->units; i++) {
    e[i] += by[i];
    sum += hm_softplus(e[i]);
  }
  return sum;
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
  const int wide = hm_wide();
  double *still = e + walk->width;
  neutral(walk, still);
  start(walk, hm_walk_state(first), e);
  for (int t = 0; t < size; t++) {
    const uint32_t state = hm_walk_state(first + t);
    const double *by =
        t == 0 ? still : factors_of(walk, flipped(first + t), state);
    log_weight[t] = log_of_walked(walk, state) + step(walk, by, e, wide);
  }
}

static void spread(const hm_walk *walk, double weight, const double *by,
                   double *e, double *out, int wide) {
  if (walk->factors > 0) {
    if (wide) {
      spread_wide(walk->width, weight, by, e, out);
    } else {
      spread_narrow(walk->width, weight, by, e, out);
    }
  } else {
    for (int i = 0; i < walk->units; i++) {
      e[i] += by[i];
      out[i] = weight * hm_sigm(e[i]);
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
  const int wide = hm_wide();
  const ptrdiff_t width = walk->width;
  void (*add)(int, const double *, double *) = wide ? add_wide : add_narrow;
  double *still = e + width;
  double *run = levels + bits * width;
  neutral(walk, still);
  start(walk, hm_walk_state(first), e);
  for (int t = 0; t < size; t++) {
    const uint32_t state = hm_walk_state(first + t);
    const double *by =
        t == 0 ? still : factors_of(walk, flipped(first + t), state);
    int level = 0;
    spread(walk, exp(log_weight[t] - shift), by, e, run, wide);
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
