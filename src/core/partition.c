#include "partition.h"

#include <math.h>
#include <string.h>

#include "linalg.h"
#include "special.h"

void hm_partition_lay(hm_arena *arena, const hm_model *model, hm_hardware hw,
                      hm_partition_work *work) {
  hm_walk_lay(arena, model, hw.level, &work->walk);
  work->threads = hw.threads;
  work->e = hm_allot(arena, (ptrdiff_t)hw.threads * 2 * work->walk.width,
                     sizeof(double));
  work->log_weight =
      hm_allot(arena, (ptrdiff_t)hw.threads * HM_WALK_BLOCK, sizeof(double));
}

hm_status hm_partition_blocks(int64_t first, int n, const hm_watch *watch,
                              hm_partition_work *work, double *block_log) {
  const hm_walk *walk = &work->walk;
  const int size = hm_walk_block_size(walk);
  const int threads = work->threads;
  const ptrdiff_t cost = (ptrdiff_t)size * walk->width;
  const int at_once =
      cost * threads < HM_PIECE ? (int)(HM_PIECE / cost) : threads;
  for (int from = 0; from < n; from += at_once) {
    const int end = n - from < at_once ? n : from + at_once;
    const int parallel = cost * (end - from) >= HM_WORTH_THREADS;
#ifdef _OPENMP
#pragma omp parallel for num_threads(threads) schedule(static, 1) if (parallel)
#endif
    for (int lane = 0; lane < threads; lane++) {
      double *e = work->e + (ptrdiff_t)lane * 2 * walk->width;
      double *log_weight = work->log_weight + (ptrdiff_t)lane * HM_WALK_BLOCK;
      for (int t = from + lane; t < end; t += threads) {
        hm_walk_log_weights(walk, first + t, e, log_weight);
        block_log[t] = hm_log_sum_exp(size, log_weight);
      }
    }
    (void)parallel;
    if (hm_stopped_after(end - from, watch)) {
      return HM_INTERRUPTED;
    }
  }
  return HM_OK;
}

enum { e_rows = 2, level_rows = HM_WALK_BITS + 1 };

static ptrdiff_t part_rows(const hm_walk *walk) {
  return e_rows + level_rows + 1 + walk->bits;
}

void hm_moments_lay(hm_arena *arena, const hm_model *model, hm_hardware hw,
                    hm_moments_work *work) {
  hm_walk_lay(arena, model, hw.level, &work->walk);
  work->threads = hw.threads;
  work->shift = hm_allot(arena, HM_PARTS, sizeof(double));
  work->part =
      hm_allot(arena, HM_PARTS * part_rows(&work->walk) * work->walk.width,
               sizeof(double));
  work->log_weight =
      hm_allot(arena, (ptrdiff_t)HM_PARTS * HM_WALK_BLOCK, sizeof(double));
}

static double largest_of(int n, const double *x) {
  double largest = x[0];
  for (int i = 1; i < n; i++) {
    largest = fmax(largest, x[i]);
  }
  return largest;
}

static void scale(ptrdiff_t n, double factor, double *x) {
  for (ptrdiff_t i = 0; i < n; i++) {
    x[i] *= factor;
  }
}

/* Rows of one part: e, levels, then total and cross, which are sums counted
 * exp(log weight - shift). A block with a larger weight than any before moves
 * the shift, so no count is above 1 and none is lost that matters. */
static void add_block(const hm_walk *walk, int64_t block, double *rows,
                      double *log_weight, double *shift) {
  const ptrdiff_t width = walk->width;
  double *levels = rows + e_rows * width;
  double *total = levels + level_rows * width;
  hm_walk_log_weights(walk, block, rows, log_weight);
  const double largest = largest_of(hm_walk_block_size(walk), log_weight);
  if (largest > *shift) {
    scale((1 + walk->bits) * width, exp(*shift - largest), total);
    *shift = largest;
  }
  hm_walk_sum(walk, block, log_weight, *shift, rows, levels, total,
              total + width);
}

/* The parts' sums, brought to one shift, in part 0. Returns the shift. */
static double join_parts(const hm_moments_work *work) {
  const ptrdiff_t width = work->walk.width;
  const ptrdiff_t stride = part_rows(&work->walk) * width;
  const ptrdiff_t sums = (1 + work->walk.bits) * width;
  const double shift = largest_of(HM_PARTS, work->shift);
  double *joint = work->part + (e_rows + level_rows) * width;
  scale(sums, exp(work->shift[0] - shift), joint);
  for (int part = 1; part < HM_PARTS; part++) {
    const double share = exp(work->shift[part] - shift);
    const double *from = joint + part * stride;
    for (ptrdiff_t i = 0; i < sums; i++) {
      joint[i] += share * from[i];
    }
  }
  return shift;
}

hm_status hm_moments(const hm_watch *watch, hm_moments_work *work, double *v,
                     double *h, double *vh, double *log_z) {
  const hm_walk *walk = &work->walk;
  const int64_t blocks = hm_walk_blocks(walk);
  const ptrdiff_t width = walk->width;
  const ptrdiff_t stride = part_rows(walk) * width;
  const int parallel =
      blocks * hm_walk_block_size(walk) * width >= HM_WORTH_THREADS;
  memset(work->part, 0, (size_t)(HM_PARTS * stride) * sizeof(double));
  for (int part = 0; part < HM_PARTS; part++) {
    work->shift[part] = -HUGE_VAL;
  }
  for (int64_t first = 0; first < blocks; first += HM_PARTS) {
#ifdef _OPENMP
#pragma omp parallel for num_threads(work->threads) if (parallel)
#endif
    for (int part = 0; part < HM_PARTS; part++) {
      if (first + part < blocks) {
        add_block(walk, first + part, work->part + part * stride,
                  work->log_weight + (ptrdiff_t)part * HM_WALK_BLOCK,
                  work->shift + part);
      }
    }
    if (hm_stopped_after(HM_PARTS, watch)) {
      return HM_INTERRUPTED;
    }
  }
  (void)parallel;

  const double shift = join_parts(work);
  const double *total = work->part + (e_rows + level_rows) * width;
  const double mass = total[walk->units];
  double *walked = walk->walks_hidden ? h : v;
  double *summed = walk->walks_hidden ? v : h;
  for (int i = 0; i < walk->units; i++) {
    summed[i] = total[i] / mass;
  }
  for (int j = 0; j < walk->bits; j++) {
    const double *cross = total + (j + 1) * width;
    walked[j] = cross[walk->units] / mass;
    for (int i = 0; i < walk->units; i++) {
      const ptrdiff_t cell = walk->walks_hidden
                                 ? (ptrdiff_t)i * walk->bits + j
                                 : (ptrdiff_t)j * walk->units + i;
      vh[cell] = cross[i] / mass;
    }
  }
  *log_z = shift + log(mass);
  return HM_OK;
}

/* What the mean of the square of each summed unit has beyond that of the square
 * of its mean. `slope` has room for these units. */
static void add_slopes(const hm_walk *walk, uint32_t state, double p,
                       double *slope, double *summed) {
  hm_walk_slopes(walk, state, slope);
  for (ptrdiff_t i = 0; i < walk->units; i++) {
    summed[i * (walk->units + 1)] += p * slope[i];
  }
}

/* A state's rows are its walked units as 0 and 1, and the means of the summed
 * ones, which are independent given the state. Where a summed unit meets itself
 * the product of means is not the mean of the product: for units of 0 and 1 the
 * caller puts the marginals on the diagonal, for others it is set here. */
hm_status hm_pair_moments(const hm_watch *watch, const hm_moments_work *work,
                          double log_z, double *rows, double *vv, double *hh) {
  const hm_walk *walk = &work->walk;
  const int m = walk->bits, w = walk->units, size = hm_walk_block_size(walk);
  double *walked = walk->walks_hidden ? hh : vv;
  double *summed = walk->walks_hidden ? vv : hh;
  double *bits = rows, *bits_counted = bits + (ptrdiff_t)HM_PAIR_STATES * m;
  double *mean = bits_counted + (ptrdiff_t)HM_PAIR_STATES * m;
  double *mean_counted = mean + (ptrdiff_t)HM_PAIR_STATES * w;
  memset(walked, 0, (size_t)m * (size_t)m * sizeof *walked);
  memset(summed, 0, (size_t)w * (size_t)w * sizeof *summed);
  for (int64_t block = 0; block < hm_walk_blocks(walk); block++) {
    hm_walk_log_weights(walk, block, work->part, work->log_weight);
    for (int first = 0; first < size; first += HM_PAIR_STATES) {
      const int n =
          size - first < HM_PAIR_STATES ? size - first : HM_PAIR_STATES;
      for (int t = 0; t < n; t++) {
        const uint32_t state = hm_walk_state(block * size + first + t);
        const double p = exp(work->log_weight[first + t] - log_z);
        hm_walk_means(walk, state, mean + (ptrdiff_t)t * w);
        if (walk->summed->valued) {
          add_slopes(walk, state, p, mean_counted + (ptrdiff_t)t * w, summed);
        }
        for (int i = 0; i < w; i++) {
          mean_counted[(ptrdiff_t)t * w + i] = p * mean[(ptrdiff_t)t * w + i];
        }
        for (int j = 0; j < m; j++) {
          bits[t * m + j] = (state >> j) & 1u;
          bits_counted[t * m + j] = p * bits[t * m + j];
        }
      }
      hm_outer_products(n, m, m, 1.0, bits, bits_counted, 1.0, walked);
      hm_outer_products(n, w, w, 1.0, mean, mean_counted, 1.0, summed);
      if (hm_stopped(watch)) {
        return HM_INTERRUPTED;
      }
    }
  }
  return HM_OK;
}

void hm_partition_draw(int n, const double *block, const double *u,
                       hm_partition_work *work, double *state) {
  const hm_walk *walk = &work->walk;
  const int size = hm_walk_block_size(walk);
  double *weight = work->log_weight;
  double all = 0.0;
  for (int t = 0; t < n; t++) {
    const int64_t at = (int64_t)block[t];
    if (t == 0 || at != (int64_t)block[t - 1]) {
      hm_walk_log_weights(walk, at, work->e, weight);
      const double largest = largest_of(size, weight);
      all = 0.0;
      for (int s = 0; s < size; s++) {
        weight[s] = exp(weight[s] - largest);
        all += weight[s];
      }
    }
    double passed = weight[0];
    int s = 0;
    while (s < size - 1 && passed < u[t] * all) {
      passed += weight[++s];
    }
    state[t] = hm_walk_state(at * size + s);
  }
}
