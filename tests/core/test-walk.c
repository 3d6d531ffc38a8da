/* The walk against the definition, state by state; and its kernels for all
 * widths of vector against plain loops, bit by bit. */
#include "walk.h"

#include <string.h>

#include "check.h"
#include "simd.h"
#include "twin.h"

static uint64_t chance = 151;

/* Kernels ------------------------------------------------------------------ */

static const double log_2 = 0.693147180559945309417232121458;

#define HM_KERNEL_FILE "walk-kernel.h"
#include "simd-each-kernel.h"
/* And in 64 bytes a vector, as the source allows. */
#ifdef HM_VECTORS
#pragma GCC diagnostic ignored "-Wpsabi"
#define KERNEL(name) name##_long
#define KERNEL_ATTRIBUTE
#define KERNEL_BYTES 64
#include "simd-kernel.h"

#include "walk-kernel.h"

#include "simd-end-kernel.h"
#endif

/* Eight running products, each of every eighth factor. What is taken out of
 * them after every `factors` factors are powers of two, which changes no bit of
 * the rest. */
static double plain_step(int width, int factors, const double *by, double *e) {
  double product[8] = {1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0};
  double rest = 1.0, twos = 0.0;
  for (int i = 0; i < width; i++) {
    double *lane = &product[i % 8];
    e[i] *= by[i];
    *lane *= 1.0 + e[i];
    if ((i / 8 + 1) % factors == 0 || i + 8 >= width) {
      int power;
      *lane = 2.0 * frexp(*lane, &power);
      twos += power - 1;
    }
  }
  for (int lane = 0; lane < 8; lane++) {
    rest *= product[lane];
  }
  return log(rest) + log_2 * twos;
}

static void plain_spread(int width, double weight, const double *by, double *e,
                         double *out) {
  for (int i = 0; i < width; i++) {
    e[i] *= by[i];
    out[i] = weight * (e[i] / (1.0 + e[i]));
  }
}

static void plain_add(int width, const double *x, double *sum) {
  for (int i = 0; i < width; i++) {
    sum[i] += x[i];
  }
}

typedef struct {
  double (*step)(int, int, const double *, double *);
  void (*spread)(int, double, const double *, double *, double *);
  void (*add)(int, const double *, double *);
} kernels;

/* Inputs up to +-`reach` make e; `factors` are as many as fit. */
static void check_kernels(const kernels *with, int width, double reach) {
  const int factors = (int)(700.0 / (reach + 0.7));
  const double weight = 0.37;
  double *e = twin_random(width, -reach / 2.0, reach / 2.0, &chance);
  double *by = twin_random(width, -reach / 2.0, reach / 2.0, &chance);
  for (int i = 0; i < width; i++) {
    e[i] = exp(e[i]);
    by[i] = exp(by[i]);
  }
  double *theirs = twin_copy(width, e), *own = twin_copy(width, e);
  double *out = twin_reals(width), *plain = twin_reals(width);
  double *sum = twin_copy(width, by), *plain_sum = twin_copy(width, by);
  const double log_sum = with->step(width, factors, by, theirs);
  const double expected = plain_step(width, factors, by, own);
  CHECK(twin_same_bits(1, &log_sum, &expected), "a step gives the same bits");
  CHECK(twin_same_bits(width, theirs, own), "and leaves the same e");
  with->spread(width, weight, by, theirs, out);
  plain_spread(width, weight, by, own, plain);
  CHECK(twin_same_bits(width, out, plain), "means have the same bits");
  CHECK(twin_same_bits(width, theirs, own), "and so has what they leave");
  with->add(width, out, sum);
  plain_add(width, plain, plain_sum);
  CHECK(twin_same_bits(width, sum, plain_sum), "sums have the same bits");
}

static void check_all_kernels(const kernels *with) {
  static const double reach[] = {0.0, 1.0, 30.0, 250.0, 649.0};
  for (int width = 8; width <= 88; width += 8) {
    for (int i = 0; i < 5; i++) {
      check_kernels(with, width, reach[i]);
    }
  }
  check_kernels(with, 792, 2.0);
  check_kernels(with, 792, 400.0);
}

static void check_vectors(void) {
  static double (*const steps[])(int, int, const double *, double *) =
      HM_LEVELS(step);
  static void (*const spreads[])(int, double, const double *, double *,
                                 double *) = HM_LEVELS(spread);
  static void (*const adds[])(int, const double *, double *) = HM_LEVELS(add);
  hm_level level[4];
  const int levels = twin_levels(level);
  for (int i = 0; i < levels; i++) {
    const kernels at_level = {steps[level[i]], spreads[level[i]],
                              adds[level[i]]};
    check_all_kernels(&at_level);
  }
#ifdef HM_VECTORS
  const kernels in_long = {step_long, spread_long, add_long};
  check_all_kernels(&in_long);
#endif
}

/* The walk ----------------------------------------------------------------- */

typedef struct {
  hm_walk walk;
  double *e;
  double *log_weight;
  double *levels;
  double *total;
  double *cross;
} walker;

static walker new_walker(const hm_model *model, hm_level level) {
  walker new;
  hm_arena measured = {NULL, 0};
  hm_walk_lay(&measured, model, level, &new.walk);
  hm_arena arena = twin_arena(&measured);
  hm_walk_lay(&arena, model, level, &new.walk);
  CHECK(arena.used == measured.used, "laying takes what was measured");
  hm_walk_prepare(&new.walk);
  const ptrdiff_t width = new.walk.width;
  CHECK(width > new.walk.units &&width % 8 == 0, "rows are whole vectors");
  CHECK(new.walk.bits == (model->nh < model->nv ? model->nh : model->nv) &&
            new.walk.units == (model->nh < model->nv ? model->nv : model->nh),
        "the smaller layer is walked");
  new.e = twin_reals(2 * width);
  new.log_weight = twin_reals(HM_WALK_BLOCK);
  new.levels = twin_reals((HM_WALK_BITS + 1) * width);
  new.total = twin_reals(width);
  new.cross = twin_reals(new.walk.bits *width);
  return new;
}

/* A walked state from its bits, what that sends to the summed units, and its
 * log weight. */
static double definition(const hm_model *model, const hm_walk *walk,
                         uint32_t state, double *s, double *input) {
  const double *bias = walk->walks_hidden ? model->c : model->b;
  double sum = 0.0;
  for (int j = 0; j < walk->bits; j++) {
    s[j] = (state >> j) & 1u ? 1.0 : 0.0;
    sum += s[j] * bias[j];
  }
  for (int i = 0; i < walk->units; i++) {
    input[i] = walk->walks_hidden ? twin_to_visible(model, s, i)
                                  : twin_to_hidden(model, s, i);
    sum += twin_softplus(input[i]);
  }
  return sum;
}

/* Each flip multiplies e by a rounded exp and rounds the product: with u =
 * 2^-53 at most 3 u relative, and as much in the log of 1 + e, for each summed
 * unit. Where logs are taken in place of tables a flip adds a rounding of the
 * size of the input. Half as much again is for the start and for the sum
 * itself. */
static double drift(const hm_walk *walk, double log_weight) {
  const double u = 0x1p-53, flips = hm_walk_block_size(walk) + 8.0;
  const double size = walk->factors > 0 ? 1.0 : 1.0 + fabs(log_weight);
  return 4.5 * u * (flips * walk->units * size + 8.0 * fabs(log_weight));
}

static void check_states(int bits) {
  const int64_t states = (int64_t)1 << bits;
  long *seen = twin_counts(1 << bits);
  int inside = 1, neighbours = 1, once = 1;
  for (int64_t index = 0; index < states; index++) {
    const uint32_t state = hm_walk_state(index);
    inside = inside && state < (uint32_t)states;
    if (!inside) {
      break;
    }
    seen[state]++;
    if (index > 0) {
      const uint32_t flip = state ^ hm_walk_state(index - 1);
      neighbours = neighbours && flip && !(flip & (flip - 1u));
    }
  }
  CHECK(inside, "no unit is on beyond those that are walked");
  CHECK(neighbours, "consecutive states differ in one unit");
  for (int64_t state = 0; state < states; state++) {
    once = once && seen[state] == 1;
  }
  CHECK(once, "every state comes once");
  CHECK(hm_walk_state(0) == 0u, "the first has all units off");
}

/* One block against the definition: log weights, means, and sums, which are
 * added to what is already there. */
static void check_block(const hm_model *model, walker *at, int64_t block) {
  const hm_walk *walk = &at->walk;
  const int size = hm_walk_block_size(walk), bits = walk->bits;
  const ptrdiff_t width = walk->width;
  double *s = twin_reals(bits), *input = twin_reals(walk->units);
  double *mean = twin_reals(walk->units);
  double *total = twin_random(width, 0.0, 1.0, &chance);
  double *cross = twin_random(bits * width, 0.0, 1.0, &chance);
  double shift = -HUGE_VAL, mass = 0.0, worst = 0.0, worst_mean = 0.0;
  hm_walk_log_weights(walk, block, at->e, at->log_weight);
  for (int t = 0; t < size; t++) {
    shift = fmax(shift, at->log_weight[t]);
  }
  memcpy(at->total, total, (size_t)width * sizeof *total);
  memcpy(at->cross, cross, (size_t)(bits * width) * sizeof *cross);
  hm_walk_sum(walk, block, at->log_weight, shift, at->e, at->levels, at->total,
              at->cross);
  for (int t = 0; t < size; t++) {
    const uint32_t state = hm_walk_state(block * size + t);
    const double exact = definition(model, walk, state, s, input);
    const double weight = exp(at->log_weight[t] - shift);
    worst = fmax(worst, fabs(at->log_weight[t] - exact) / drift(walk, exact));
    hm_walk_means(walk, state, mean);
    for (int i = 0; i < walk->units; i++) {
      const double p = twin_sigm(input[i]);
      worst_mean = fmax(worst_mean, fabs(mean[i] - p));
      total[i] += weight * p;
      for (int j = 0; j < bits; j++) {
        cross[j * width + i] += weight * p * s[j];
      }
    }
    total[walk->units] += weight;
    for (int j = 0; j < bits; j++) {
      cross[j * width + walk->units] += weight * s[j];
    }
    mass += weight;
  }
  CHECK(worst <= 1.0, "log weights are those of the definition");
  CHECK_NEAR(worst_mean, 0.0, 1e-12);
  CHECK_NEAR(twin_gap(width, at->total, total), 0.0, 1e-11 * mass);
  CHECK_NEAR(twin_gap(bits * width, at->cross, cross), 0.0, 1e-11 * mass);
}

/* The same block at every level, bit by bit. */
static void check_levels(const hm_model *model, int64_t block) {
  hm_level level[4];
  const int levels = twin_levels(level);
  walker first = new_walker(model, level[0]);
  for (int i = 0; i < levels; i++) {
    walker at = new_walker(model, level[i]);
    const ptrdiff_t width = at.walk.width, cells = at.walk.bits * width;
    const int size = hm_walk_block_size(&at.walk);
    double *total = twin_zeros(width), *cross = twin_zeros(cells);
    hm_walk_log_weights(&at.walk, block, at.e, at.log_weight);
    hm_walk_sum(&at.walk, block, at.log_weight, at.log_weight[0], at.e,
                at.levels, total, cross);
    if (i == 0) {
      memcpy(first.log_weight, at.log_weight, (size_t)size * sizeof *total);
      memcpy(first.total, total, (size_t)width * sizeof *total);
      memcpy(first.cross, cross, (size_t)cells * sizeof *total);
    }
    CHECK(twin_same_bits(size, first.log_weight, at.log_weight),
          "all levels give the same weights");
    CHECK(twin_same_bits(width, first.total, total) &&
              twin_same_bits(cells, first.cross, cross),
          "and the same sums");
  }
}

/* All blocks of a machine, or the first, the last and two in between. */
static void check_walk(int nv, int nh, double size) {
  const hm_model model = twin_machine(nv, nh, size, &chance);
  walker at = new_walker(&model, twin_hw(1).level);
  const int64_t blocks = hm_walk_blocks(&at.walk);
  CHECK(blocks * hm_walk_block_size(&at.walk) == (int64_t)1 << at.walk.bits,
        "blocks hold all states");
  CHECK(hm_walk_block_size(&at.walk) <= HM_WALK_BLOCK,
        "no block is larger than its room");
  for (int64_t block = 0; block < blocks; block++) {
    if (blocks <= 4 || block < 1 || block == blocks - 1 ||
        block == blocks / 3 || block == blocks / 2) {
      check_block(&model, &at, block);
    }
  }
  check_levels(&model, blocks - 1);
}

/* Every sum into summed unit i is +-reach with all walked units on, and for the
 * negative sign 0 with all off: the ends of the range of the tables, and beyond
 * it. */
static void check_reach(int nv, int nh, double reach, int tables) {
  const int bits = nh <= nv ? nh : nv;
  double *theta = twin_zeros(hm_parameters(nv, nh));
  for (int i = 0; i < nv; i++) {
    for (int j = 0; j < nh; j++) {
      const int summed = nh <= nv ? i : j;
      theta[i * nh + j] = (summed % 2 ? -reach : reach) / bits;
    }
  }
  const hm_model model = twin_model(nv, nh, theta);
  walker at = new_walker(&model, twin_hw(1).level);
  CHECK((at.walk.factors > 0) == tables, "tables are used where they can be");
  CHECK(at.walk.factors * (reach + 0.7) <= 700.1,
        "as many factors as a double can take");
  check_block(&model, &at, 0);
  check_levels(&model, 0);
}

static void checks(void) {
  static const double sizes[] = {0.0, 1e-8, 0.3, 5.0, 120.0, 3000.0};
  check_vectors();
  for (int bits = 1; bits <= 14; bits++) {
    check_states(bits);
  }
  for (int width = 1; width <= 17; width++) {
    for (int bits = 1; bits <= 5; bits++) {
      check_walk(width, bits, sizes[(width + bits) % 6]);
      check_walk(bits, width, sizes[(width + 2 * bits + 3) % 6]);
    }
  }
  check_walk(784, 3, 0.2);
  check_walk(4, 784, 60.0);
  check_walk(16, 12, 0.7);
  check_walk(13, 13, 0.4);
  check_walk(13, 17, 400.0);
  check_walk(15, 14, 2.0);
  check_walk(15, 16, 1e-3);
  for (int units = 5; units <= 33; units += 14) {
    check_reach(units, 4, 649.9, 1);
    check_reach(units, 4, 349.0, 1);
    check_reach(3, units, 233.0, 1);
    check_reach(units, 4, 651.0, 0);
    check_reach(3, units, 1e5, 0);
  }
}
