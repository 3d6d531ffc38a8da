/* log Z, moments and draws against sums over all states. */
#include "partition.h"

#include "check.h"
#include "special.h"
#include "twin.h"

static uint64_t chance = 173;
static const hm_watch patient = {NULL, NULL, NULL};

static hm_partition_work new_work(const hm_model *model, hm_hardware hw) {
  hm_partition_work work;
  hm_arena measured = {NULL, 0};
  hm_partition_lay(&measured, model, hw, &work);
  hm_arena arena = twin_arena(&measured);
  hm_partition_lay(&arena, model, hw, &work);
  CHECK(arena.used == measured.used, "laying takes what was measured");
  hm_walk_prepare(&work.walk);
  return work;
}

static hm_moments_work new_moments_work(const hm_model *model, hm_hardware hw) {
  hm_moments_work work;
  hm_arena measured = {NULL, 0};
  hm_moments_lay(&measured, model, hw, &work);
  hm_arena arena = twin_arena(&measured);
  hm_moments_lay(&arena, model, hw, &work);
  CHECK(arena.used == measured.used, "laying takes what was measured");
  hm_walk_prepare(&work.walk);
  return work;
}

/* log Z and what the model expects, by all pairs of states. */
typedef struct {
  double log_z;
  double *v, *h, *vh, *vv, *hh;
} averages;

static averages new_averages(int nv, int nh) {
  averages of = {0.0,
                 twin_zeros(nv),
                 twin_zeros(nh),
                 twin_zeros((ptrdiff_t)nv * nh),
                 twin_zeros((ptrdiff_t)nv * nv),
                 twin_zeros((ptrdiff_t)nh * nh)};
  return of;
}

static averages by_pairs(const hm_model *model) {
  const int nv = model->nv, nh = model->nh;
  averages of = new_averages(nv, nh);
  double *v = twin_reals(nv), *h = twin_reals(nh), Z = 0.0, peak = -HUGE_VAL;
  for (int pass = 0; pass < 2; pass++) {
    for (int state = 0; state < 1 << (nv + nh); state++) {
      twin_state(nv, state, v);
      twin_state(nh, state >> nv, h);
      const double log_weight = -twin_energy(model, v, h);
      if (pass == 0) {
        peak = fmax(peak, log_weight);
        continue;
      }
      const double weight = exp(log_weight - peak);
      Z += weight;
      for (int i = 0; i < nv; i++) {
        of.v[i] += weight * v[i];
        for (int k = 0; k < nv; k++) {
          of.vv[i * nv + k] += weight * v[i] * v[k];
        }
        for (int j = 0; j < nh; j++) {
          of.vh[i * nh + j] += weight * v[i] * h[j];
        }
      }
      for (int j = 0; j < nh; j++) {
        of.h[j] += weight * h[j];
        for (int k = 0; k < nh; k++) {
          of.hh[j * nh + k] += weight * h[j] * h[k];
        }
      }
    }
  }
  double *all[] = {of.v, of.h, of.vh, of.vv, of.hh};
  const int count[] = {nv, nh, nv * nh, nv * nv, nh * nh};
  for (int part = 0; part < 5; part++) {
    for (int i = 0; i < count[part]; i++) {
      all[part][i] /= Z;
    }
  }
  of.log_z = peak + log(Z);
  return of;
}

/* The same from the core; the diagonals of pairs are set by the caller. */
static averages by_core(const hm_model *model, hm_hardware hw) {
  const int nv = model->nv, nh = model->nh;
  averages of = new_averages(nv, nh);
  hm_moments_work work = new_moments_work(model, hw);
  double *rows = twin_reals((ptrdiff_t)2 * HM_PAIR_STATES * (nv + nh));
  CHECK(hm_moments(&patient, &work, of.v, of.h, of.vh, &of.log_z) == HM_OK,
        "moments go through");
  CHECK(hm_pair_moments(&patient, &work, of.log_z, rows, of.vv, of.hh) == HM_OK,
        "pairs go through");
  for (int i = 0; i < nv; i++) {
    of.vv[i * nv + i] = of.v[i];
  }
  for (int j = 0; j < nh; j++) {
    of.hh[j * nh + j] = of.h[j];
  }
  return of;
}

static double log_z_of(const hm_model *model, hm_hardware hw) {
  hm_partition_work work = new_work(model, hw);
  const int blocks = (int)hm_walk_blocks(&work.walk);
  double *block_log = twin_reals(blocks);
  CHECK(hm_partition_blocks(0, blocks, &patient, &work, block_log) == HM_OK,
        "blocks go through");
  return hm_log_sum_exp(blocks, block_log);
}

static void check_same(int nv, int nh, const averages *one,
                       const averages *other, double near) {
  CHECK_NEAR(one->log_z, other->log_z, near * (1.0 + fabs(other->log_z)));
  CHECK_NEAR(twin_gap(nv, one->v, other->v), 0.0, near);
  CHECK_NEAR(twin_gap(nh, one->h, other->h), 0.0, near);
  CHECK_NEAR(twin_gap(nv * nh, one->vh, other->vh), 0.0, near);
  CHECK_NEAR(twin_gap(nv * nv, one->vv, other->vv), 0.0, near);
  CHECK_NEAR(twin_gap(nh * nh, one->hh, other->hh), 0.0, near);
}

static void check_small(int nv, int nh, double size) {
  const hm_model model = twin_machine(nv, nh, size, &chance);
  const averages naive = by_pairs(&model), core = by_core(&model, twin_hw(1));
  CHECK_NEAR(log_z_of(&model, twin_hw(1)), naive.log_z,
             1e-12 * (1.0 + fabs(naive.log_z)));
  check_same(nv, nh, &core, &naive, 1e-11);
}

/* The machine with the layers exchanged. */
static hm_model turned(const hm_model *model) {
  const int nv = model->nv, nh = model->nh;
  double *theta = twin_reals(hm_parameters(nv, nh));
  memcpy(theta, model->W_cols, (size_t)nv * (size_t)nh * sizeof *theta);
  memcpy(theta + nv * nh, model->c, (size_t)nh * sizeof *theta);
  memcpy(theta + nv * nh + nh, model->b, (size_t)nv * sizeof *theta);
  return twin_model(nh, nv, theta);
}

/* Averages of the turned machine (nh x nv) as those of the machine itself. */
static averages turned_back(int nv, int nh, const averages *of) {
  averages back = {of->log_z, of->h, of->v, NULL, of->hh, of->vv};
  back.vh = twin_reals((ptrdiff_t)nv * nh);
  for (int i = 0; i < nv; i++) {
    for (int j = 0; j < nh; j++) {
      back.vh[i * nh + j] = of->vh[j * nv + i];
    }
  }
  return back;
}

static void check_same_bits(int nv, int nh, const averages *one,
                            const averages *other) {
  CHECK(twin_same_bits(1, &one->log_z, &other->log_z) &&
            twin_same_bits(nv, one->v, other->v) &&
            twin_same_bits(nh, one->h, other->h) &&
            twin_same_bits((ptrdiff_t)nv * nh, one->vh, other->vh) &&
            twin_same_bits((ptrdiff_t)nv * nv, one->vv, other->vv) &&
            twin_same_bits((ptrdiff_t)nh * nh, one->hh, other->hh),
        "all levels and threads give the same bits");
}

/* A machine of several blocks: log Z and moments by one thread and by more, and
 * turned about. Errors of rounding are some 1e-12, see test-walk.c. */
static void check_large(int nv, int nh, double size) {
  const hm_model model = twin_machine(nv, nh, size, &chance);
  const hm_model other = turned(&model);
  const averages one = by_core(&model, twin_hw(1)),
                 two = by_core(&model, twin_hw(2));
  const averages about = by_core(&other, twin_hw(3));
  const averages back = turned_back(nv, nh, &about);
  check_same(nv, nh, &one, &back, 1e-10);
  check_same_bits(nv, nh, &one, &two);
  hm_level level[4];
  const int levels = twin_levels(level);
  for (int i = 0; i < levels - 1; i++) { /* the widest is above */
    const hm_hardware hw = {1, level[i]};
    const averages other_level = by_core(&model, hw);
    check_same_bits(nv, nh, &one, &other_level);
  }
  CHECK_NEAR(log_z_of(&model, twin_hw(2)), one.log_z,
             1e-10 * (1.0 + one.log_z));

  hm_partition_work single = new_work(&model, twin_hw(1)),
                    three = new_work(&model, twin_hw(3));
  const int blocks = (int)hm_walk_blocks(&single.walk);
  double *whole = twin_reals(blocks), *parts = twin_reals(blocks);
  double log_weight[HM_WALK_BLOCK];
  hm_partition_blocks(0, blocks, &patient, &single, whole);
  for (int first = 0, n = 1; first < blocks; first += n, n++) {
    n = n < blocks - first ? n : blocks - first;
    hm_partition_blocks(first, n, &patient, &three, parts + first);
  }
  CHECK(twin_same_bits(blocks, whole, parts),
        "blocks are the same alone, and by any number of threads");
  for (int i = 0; i < levels; i++) {
    const hm_hardware hw = {1, level[i]};
    hm_partition_work at_level = new_work(&model, hw);
    hm_partition_blocks(0, blocks, &patient, &at_level, parts);
    CHECK(twin_same_bits(blocks, whole, parts), "and at any level");
  }
  for (int block = 0; block < blocks; block++) {
    const int size_of = hm_walk_block_size(&single.walk);
    hm_walk_log_weights(&single.walk, block, single.e, log_weight);
    CHECK_NEAR(whole[block], hm_log_sum_exp(size_of, log_weight), 0.0);
  }
}

/* The same by the states of the hidden layer, without pairs within layers. */
static averages by_layer(const hm_model *model) {
  const int nv = model->nv, nh = model->nh;
  averages of = new_averages(nv, nh);
  double *h = twin_reals(nh), *mean = twin_reals(nv);
  double Z = 0.0, peak = -HUGE_VAL;
  for (int pass = 0; pass < 2; pass++) {
    for (int state = 0; state < 1 << nh; state++) {
      double log_weight = 0.0;
      twin_state(nh, state, h);
      for (int j = 0; j < nh; j++) {
        log_weight += model->c[j] * h[j];
      }
      for (int i = 0; i < nv; i++) {
        mean[i] = twin_to_visible(model, h, i);
        log_weight += twin_softplus(mean[i]);
        mean[i] = twin_sigm(mean[i]);
      }
      if (pass == 0) {
        peak = fmax(peak, log_weight);
        continue;
      }
      const double weight = exp(log_weight - peak);
      Z += weight;
      for (int i = 0; i < nv; i++) {
        of.v[i] += weight * mean[i];
        for (int j = 0; j < nh; j++) {
          of.vh[i * nh + j] += weight * mean[i] * h[j];
        }
      }
      for (int j = 0; j < nh; j++) {
        of.h[j] += weight * h[j];
      }
    }
  }
  for (int i = 0; i < nv; i++) {
    of.v[i] /= Z;
  }
  for (int j = 0; j < nh; j++) {
    of.h[j] /= Z;
  }
  for (int i = 0; i < nv * nh; i++) {
    of.vh[i] /= Z;
  }
  of.log_z = peak + log(Z);
  return of;
}

/* Sixteen blocks, two for each part of the sum. Biases of the units that tell
 * the blocks apart make later ones heavier than earlier ones, or lighter, by
 * little or by so much that the others do not count. */
static void check_many_blocks(double bias) {
  enum { nv = 16, nh = 16 };
  const ptrdiff_t size = hm_parameters(nv, nh);
  double *theta = twin_random(size, -0.4, 0.4, &chance);
  for (int j = HM_WALK_BITS; j < nh; j++) {
    theta[nv * nh + nv + j] = bias;
  }
  const hm_model model = twin_model(nv, nh, theta);
  const averages naive = by_layer(&model), core = by_core(&model, twin_hw(2));
  CHECK_NEAR(log_z_of(&model, twin_hw(2)), naive.log_z,
             1e-12 * (1.0 + naive.log_z));
  CHECK_NEAR(core.log_z, naive.log_z, 1e-12 * (1.0 + naive.log_z));
  CHECK_NEAR(twin_gap(nv, core.v, naive.v), 0.0, 1e-11);
  CHECK_NEAR(twin_gap(nh, core.h, naive.h), 0.0, 1e-11);
  CHECK_NEAR(twin_gap(nv * nh, core.vh, naive.vh), 0.0, 1e-11);
}

/* Without weights log Z is a sum of softplus, and all units are independent. */
static void check_no_weights(int nv, int nh) {
  double *theta = twin_random(hm_parameters(nv, nh), -3.0, 3.0, &chance);
  for (int i = 0; i < nv * nh; i++) {
    theta[i] = 0.0;
  }
  const hm_model model = twin_model(nv, nh, theta);
  const averages core = by_core(&model, twin_hw(2));
  double sum = 0.0, worst = 0.0;
  for (int i = 0; i < nv; i++) {
    sum += twin_softplus(model.b[i]);
    worst = fmax(worst, fabs(core.v[i] - twin_sigm(model.b[i])));
    for (int j = 0; j < nh; j++) {
      worst = fmax(worst, fabs(core.vh[i * nh + j] - core.v[i] * core.h[j]));
    }
  }
  for (int j = 0; j < nh; j++) {
    sum += twin_softplus(model.c[j]);
    worst = fmax(worst, fabs(core.h[j] - twin_sigm(model.c[j])));
  }
  CHECK_NEAR(log_z_of(&model, twin_hw(1)), sum, 1e-14 * (nv + nh + sum));
  CHECK_NEAR(core.log_z, sum, 1e-14 * (nv + nh + sum));
  CHECK_NEAR(worst, 0.0, 1e-12);
}

/* A watch is asked between pieces. */
static void check_stop(void) {
  const hm_model model = twin_machine(14, 16, 0.5, &chance);
  hm_partition_work work = new_work(&model, twin_hw(2));
  hm_moments_work moments = new_moments_work(&model, twin_hw(2));
  averages of = new_averages(14, 16);
  double block_log[4], rows[2 * HM_PAIR_STATES * 30];
  twin_patience patience = {0, 1};
  const hm_watch watch = {twin_ask, &patience, NULL};
  CHECK(hm_partition_blocks(0, 4, &watch, &work, block_log) == HM_INTERRUPTED,
        "blocks can be stopped");
  patience.asked = 0;
  CHECK(hm_moments(&watch, &moments, of.v, of.h, of.vh, &of.log_z) ==
            HM_INTERRUPTED,
        "moments can be stopped");
  CHECK(hm_moments(&patient, &moments, of.v, of.h, of.vh, &of.log_z) == HM_OK,
        "and made anew");
  static const int stop_at[] = {1, 100, 256, 257};
  for (int i = 0; i < 4; i++) {
    patience.asked = 0;
    patience.stop_at = stop_at[i];
    CHECK(hm_pair_moments(&watch, &moments, of.log_z, rows, of.vv, of.hh) ==
              (stop_at[i] <= 256 ? HM_INTERRUPTED : HM_OK),
          "pairs ask after every 64 of 16384 states");
  }
  /* 784 x 16 has 16 blocks, and 32 make one piece of work: 784 x 17 is two. */
  const hm_model wide = twin_machine(784, 17, 0.1, &chance);
  hm_partition_work large = new_work(&wide, twin_hw(2));
  double logs[32], alone = 0.0;
  twin_patience counting = {0, 0};
  const hm_watch count = {twin_ask, &counting, NULL};
  CHECK(hm_walk_blocks(&large.walk) == 32, "there are 32 blocks");
  hm_partition_blocks(0, 32, &count, &large, logs);
  CHECK(counting.asked == 2, "long work is asked about between its pieces");
  for (int block = 0; block < 32; block++) {
    hm_partition_blocks(block, 1, &patient, &large, &alone);
    CHECK(twin_same_bits(1, &alone, logs + block), "and each piece is done");
  }
}

/* Draws at the middle of every state's share of its block give these states one
 * after the other; at the ends of the block, the first and the last state that
 * has any weight. States whose share is next to nothing have no middle. */
static void check_draw(int nv, int nh, double size) {
  const hm_model model = twin_machine(nv, nh, size, &chance);
  hm_partition_work work = new_work(&model, twin_hw(1));
  const hm_walk *walk = &work.walk;
  const int states = hm_walk_block_size(walk);
  const int blocks = (int)hm_walk_blocks(walk);
  const ptrdiff_t most = (ptrdiff_t)states * blocks;
  double *block = twin_reals(most), *u = twin_reals(most);
  double *due = twin_reals(most), *state = twin_reals(most);
  double log_weight[HM_WALK_BLOCK];
  int n = 0;
  for (int at = 0; at < blocks; at++) {
    double passed = 0.0;
    hm_walk_log_weights(walk, at, work.e, log_weight);
    const double log_sum = hm_log_sum_exp(states, log_weight);
    for (int t = 0; t < states; t++) {
      const double share = exp(log_weight[t] - log_sum);
      if (share > 1e-10) {
        block[n] = at;
        u[n] = passed + share / 2.0;
        due[n++] = hm_walk_state((int64_t)at * states + t);
      }
      passed += share;
    }
  }
  hm_partition_draw(n, block, u, &work, state);
  CHECK(n > 0 && twin_same_bits(n, state, due), "a draw is where its share is");
  const double ends[] = {0x1p-65, 1.0 - 0x1p-53};
  const double first[] = {0.0, 0.0};
  hm_partition_draw(2, first, ends, &work, state);
  for (int end = 0; end < 2; end++) {
    CHECK(state[end] >= 0.0 && state[end] < states, "ends are in the block");
  }
}

/* Some states, and the first among them, have weight exp(-900), which is 0. */
static void check_impossible(void) {
  enum { nv = 4, nh = 3 };
  double theta[nv * nh + nv + nh] = {0.0};
  const double block[] = {0.0, 0.0, 0.0}, u[] = {0x1p-65, 0.5, 1.0 - 0x1p-53};
  double state[3];
  theta[nv * nh + nv + 1] = 900.0;  /* c: unit 1 is on */
  theta[nv * nh + nv + 2] = -900.0; /* and unit 2 off */
  const hm_model model = twin_model(nv, nh, theta);
  hm_partition_work work = new_work(&model, twin_hw(1));
  hm_partition_draw(3, block, u, &work, state);
  for (int t = 0; t < 3; t++) {
    CHECK(((int)state[t] & 6) == 2, "what cannot be is not drawn");
  }
}

static void checks(void) {
  for (int nv = 1; nv <= 6; nv++) {
    for (int nh = 1; nh <= 6; nh++) {
      check_small(nv, nh, 0.5);
      check_small(nv, nh, 6.0);
    }
  }
  check_small(2, 8, 300.0);
  check_small(8, 3, 300.0);
  check_small(3, 9, 2000.0);
  check_large(13, 13, 0.4);
  check_large(20, 14, 1.5);
  check_large(13, 40, 300.0);
  check_many_blocks(0.3);
  check_many_blocks(3.0);
  check_many_blocks(-3.0);
  check_many_blocks(80.0);
  check_many_blocks(900.0);
  check_many_blocks(-900.0);
  check_no_weights(1, 1);
  check_no_weights(30, 13);
  check_no_weights(5, 40);
  check_stop();
  check_draw(1, 1, 1.0);
  check_draw(3, 7, 2.0);
  check_draw(20, 6, 5.0);
  check_draw(14, 13, 0.3);
  check_draw(13, 15, 0.5);
  check_impossible();
}
