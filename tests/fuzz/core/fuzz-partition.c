/* Every state of small machines: log Z in blocks, moments, pairs and draws. */
#include "partition.h"

#include "fuzz.h"
#include "special.h"

static double log_z_of(const hm_model *model) {
  int never = 0;
  const hm_watch watch = fuzz_watch(&never);
  hm_partition_work work;
  const hm_hardware laid = fuzz_hardware();
  FUZZ_LAY(hm_partition_lay(arena, model, laid, &work));
  hm_walk_set(model, &work.walk);
  const int blocks = (int)hm_walk_blocks(&work.walk);
  double *logs = FUZZ_NEW(double, blocks);
  const int cut = fuzz_int(0, blocks);
  hm_partition_blocks(0, cut, &watch, &work, logs);
  hm_partition_blocks(cut, blocks - cut, &watch, &work, logs + cut);
  return hm_log_sum_exp(blocks, logs);
}

static double *moments_of(const hm_model *model, double *log_z) {
  const int nv = model->nv, nh = model->nh;
  int never = 0;
  const hm_watch watch = fuzz_watch(&never);
  double *average = FUZZ_NEW(double, hm_parameters(nv, nh));
  double *v = average + (ptrdiff_t)nv * nh;
  hm_moments_work work;
  const hm_hardware laid = fuzz_hardware();
  FUZZ_LAY(hm_moments_lay(arena, model, laid, &work));
  hm_walk_set(model, &work.walk);
  hm_moments(&watch, &work, v, v + nv, average, log_z);
  double *rows = FUZZ_NEW(double, 2 * HM_PAIR_STATES * ((ptrdiff_t)nv + nh));
  double *vv = FUZZ_NEW(double, (ptrdiff_t)nv *nv);
  double *hh = FUZZ_NEW(double, (ptrdiff_t)nh *nh);
  hm_pair_moments(&watch, &work, *log_z, rows, vv, hh);
  FUZZ_CHECK(fuzz_wild || fuzz_within((ptrdiff_t)nv * nv, vv, 0.0, 1.0 + 1e-9),
             "pairs are probabilities");
  return average;
}

static void check_draws(const hm_model *model) {
  const int n = fuzz_size(20);
  hm_partition_work work;
  const hm_hardware laid = fuzz_hardware();
  FUZZ_LAY(hm_partition_lay(arena, model, laid, &work));
  hm_walk_set(model, &work.walk);
  const int blocks = (int)hm_walk_blocks(&work.walk);
  double *block = FUZZ_NEW(double, n), *state = FUZZ_NEW(double, n);
  const double *u = fuzz_reals(n, 0.0, 1.0);
  for (int t = 0; t < n; t++) {
    block[t] = t > 0 ? fuzz_int((int)block[t - 1], blocks - 1) : 0.0;
  }
  hm_partition_draw(n, block, u, &work, state);
  FUZZ_CHECK(fuzz_within(n, state, 0.0, (double)(1u << work.walk.bits) - 1.0),
             "draws are states");
}

void fuzz(void) {
  static const double sizes[] = {1.0, 1.0, 60.0, 900.0};
  const int less = fuzz_rarely(200) ? 13 : fuzz_int(1, 6);
  const int more = less + (less > 8 ? 0 : fuzz_size(40));
  const int turn = fuzz_int(0, 1);
  const hm_model model =
      fuzz_model(turn ? more : less, turn ? less : more, sizes[fuzz_int(0, 3)]);
  const double one = log_z_of(&model), two = log_z_of(&model);
  double by_moments, again;
  const double *x = moments_of(&model, &by_moments);
  const double *y = moments_of(&model, &again);
  const ptrdiff_t size = hm_parameters(model.nv, model.nh);
  check_draws(&model);
  if (fuzz_wild) {
    return;
  }
  FUZZ_CHECK(isfinite(one) && fuzz_within(size, x, 0.0, 1.0 + 1e-9),
             "averages are of 0 and 1");
  FUZZ_CHECK(fabs(one - by_moments) <= 1e-9 * (1.0 + fabs(one)),
             "both ways give one log Z");
  FUZZ_CHECK(fuzz_same(1, &one, &two) && fuzz_same(1, &by_moments, &again) &&
                 fuzz_same(size, x, y),
             "the same bits on any hardware");
}
