/* Annealing between any two machines along any temperatures. */
#include "ais.h"

#include "fuzz.h"

static double *run(const hm_ais_path *path, const hm_cases *start, int stop_at,
                   const hm_chance *chance) {
  const hm_model *base = path->base, *target = path->target;
  const hm_hardware hw = fuzz_hardware();
  const hm_rows all = {NULL, 0, start->N};
  double *log_weight = FUZZ_NEW(double, start->N);
  int left = stop_at;
  const hm_watch watch = fuzz_watch(&left);
  hm_ais_work work;
  FUZZ_LAY(hm_ais_lay(arena, base, target, start->N, &work));
  hm_ais_prepare(base, target, hw.level, &work);
  for (int first = 0; first < start->N; first += work.room) {
    const hm_rows rows = hm_rows_from(&all, first, work.room);
    hm_chains_take(start, &rows, &work.chains);
    const hm_status status =
        hm_ais(path, &rows, chance, &watch, hw, &work, log_weight + first);
    FUZZ_CHECK(status == HM_OK || stop_at, "nobody stopped it");
    FUZZ_CHECK(fuzz_sound_lists(&work.chains.v, target->nv),
               "states are lists");
  }
  return log_weight;
}

void fuzz(void) {
  const int nv = fuzz_size(70), N = fuzz_size(40), K = fuzz_int(1, 6);
  const int nh_base = fuzz_rarely(2) ? 0 : fuzz_size(70);
  const double size = fuzz_rarely(4) ? 900.0 : 2.0;
  const hm_model target = fuzz_model(nv, fuzz_size(70), size);
  const hm_model base = fuzz_model(nv, nh_base, size);
  const hm_cases start = fuzz_cases(N, nv, 0);
  const int stop_at = fuzz_rarely(6) ? fuzz_int(1, 5) : 0;
  const hm_chance chance = {fuzz_key(), (uint32_t)fuzz_byte()};
  float *t = FUZZ_NEW(float, K + 1);
  for (int k = 0; k <= K; k++) {
    t[k] =
        fuzz_wild && fuzz_rarely(3) ? (float)fuzz_any() : (float)fuzz_uniform();
  }
  const hm_ais_path path = {&base, &target, K, t};
  const double *x = run(&path, &start, stop_at, &chance);
  const double *y = run(&path, &start, stop_at, &chance);
  if (fuzz_wild || stop_at) {
    return;
  }
  FUZZ_CHECK(fuzz_finite(N, x), "weights are finite");
  FUZZ_CHECK(fuzz_same(N, x, y), "the same bits on any hardware");
}
