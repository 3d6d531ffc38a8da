/* Chains from any start, with units held, stopped at any time, saved and
 * loaded.
 */
#include "sample.h"

#include "fuzz.h"

typedef struct {
  int from_start, sweeps, stop_at;
  hm_rows rows;
  hm_cases start;
  hm_clamp clamp;
  int clamped, wants_energy;
  hm_chance chance;
} script;

static hm_clamp clamp_of(int n, int nv) {
  const ptrdiff_t words = hm_chain_words(fuzz_binary(nv));
  const int shared = fuzz_int(0, 1), rows = shared ? 1 : n;
  uint32_t *is_free = FUZZ_NEW(uint32_t, rows * words);
  uint32_t *held = FUZZ_NEW(uint32_t, rows * words);
  memset(is_free, 0, (size_t)(rows * words) * sizeof *is_free);
  memset(held, 0, (size_t)(rows * words) * sizeof *held);
  for (int s = 0; s < rows; s++) {
    for (int i = 0; i < nv; i++) {
      const int kind = (int)(3.0 * fuzz_uniform());
      is_free[s * words + i / 32] |= (uint32_t)(kind == 0) << i % 32;
      held[s * words + i / 32] |= (uint32_t)(kind == 1) << i % 32;
    }
  }
  hm_clamp clamp = {shared ? 0 : words, 1, is_free, held, NULL};
  return clamp;
}

/* Units that are held are as they are held, in states that were drawn. */
static void check_held(const hm_clamp *clamp, const hm_chains *chains) {
  const int n = chains->v.n, nv = chains->visible->units;
  uint32_t *words = FUZZ_NEW(uint32_t, n * hm_chain_words(fuzz_binary(nv)));
  hm_chains_save(chains, words);
  for (int s = 0; s < n; s++) {
    for (ptrdiff_t w = 0; w < hm_chain_words(fuzz_binary(nv)); w++) {
      const uint32_t on = words[s * hm_chain_words(fuzz_binary(nv)) + w];
      const uint32_t is_free = clamp->free[s * clamp->stride + w];
      const ptrdiff_t left = nv - 32 * w;
      const uint32_t within = left < 32 ? (1u << left) - 1u : ~0u;
      FUZZ_CHECK(
          ((on ^ clamp->held[s * clamp->stride + w]) & ~is_free & within) == 0,
          "what is held stays");
    }
  }
}

static hm_chains run(const hm_model *model, const script *of,
                     double **free_energy) {
  const hm_hardware hw = fuzz_hardware();
  const int n = of->rows.n, room = n + fuzz_int(0, 2);
  int left = of->stop_at;
  const hm_watch watch = fuzz_watch(&left);
  hm_working working;
  hm_chains chains;
  FUZZ_LAY(hm_working_lay(arena, model, &working));
  FUZZ_LAY(hm_chains_lay(arena, model->visible, model->hidden, room,
                         !hm_cases_binary(&of->start), &chains));
  hm_working_set(model, hw.level, &working);
  *free_energy = FUZZ_NEW(double, room);
  chains.clamp = of->clamped ? &of->clamp : NULL;
  chains.free_energy = of->wants_energy ? *free_energy : NULL;
  if (of->from_start) {
    hm_chains_take(&of->start, &of->rows, &chains);
    hm_chains_hold(&chains);
  } else {
    hm_start(&working, &of->rows, &of->chance, hw, &chains);
  }
  hm_chains_mean_h(&working, hw, &chains);
  const hm_status status = hm_gibbs(&working, &of->rows, &of->chance, 0,
                                    of->sweeps, &watch, hw, &chains);
  FUZZ_CHECK(status == HM_OK || of->stop_at, "nobody stopped it");
  if (of->sweeps > 0 && status == HM_OK) {
    FUZZ_CHECK(fuzz_sound_lists(&chains.v, model->nv) &&
                   fuzz_sound_lists(&chains.h, model->nh),
               "states are lists");
    if (of->clamped) {
      check_held(&of->clamp, &chains);
    }
  }
  chains.clamp = NULL;
  return chains;
}

void fuzz(void) {
  const int nv = fuzz_size(70), nh = fuzz_size(70), N = fuzz_size(40);
  const hm_model model = fuzz_model(nv, nh, fuzz_rarely(4) ? 900.0 : 2.0);
  script of = {.from_start = fuzz_int(0, 1),
               .sweeps = fuzz_int(0, 3),
               .stop_at = fuzz_rarely(4) ? fuzz_int(1, 4) : 0,
               .rows = fuzz_rows(N, N),
               .start = fuzz_cases(N, nv, 1),
               .clamped = fuzz_rarely(3),
               .wants_energy = fuzz_int(0, 1),
               .chance = {fuzz_key(), (uint32_t)fuzz_byte()}};
  if (of.clamped) {
    of.clamp = clamp_of(of.rows.n, nv);
  }
  double *F[2];
  const hm_chains x = run(&model, &of, F), y = run(&model, &of, F + 1);
  if (fuzz_wild || of.stop_at || of.sweeps == 0) {
    return;
  }
  const int n = of.rows.n;
  double *mean[2] = {FUZZ_NEW(double, (ptrdiff_t)n *nh),
                     FUZZ_NEW(double, (ptrdiff_t)n *nh)};
  hm_panels_get(n, &x.mean_h, mean[0]);
  hm_panels_get(n, &y.mean_h, mean[1]);
  FUZZ_CHECK(fuzz_within((ptrdiff_t)n * nh, mean[0], 0.0, 1.0),
             "means are probabilities");
  FUZZ_CHECK(fuzz_same_lists(&x.v, &y.v) && fuzz_same_lists(&x.h, &y.h) &&
                 fuzz_same((ptrdiff_t)n * nh, mean[0], mean[1]) &&
                 (!of.wants_energy || fuzz_same(n, F[0], F[1])),
             "the same bits on any hardware");
  FUZZ_CHECK(!of.wants_energy || fuzz_finite(n, F[0]),
             "free energies are finite");
  /* There and back. */
  uint32_t *words = FUZZ_NEW(uint32_t, n * hm_chain_words(fuzz_binary(nv)));
  hm_chains again;
  FUZZ_LAY(hm_chains_lay(arena, model.visible, model.hidden, n, 0, &again));
  hm_chains_save(&x, words);
  hm_chains_load(words, n, &again);
  FUZZ_CHECK(fuzz_same_lists(&x.v, &again.v), "words keep states");
}
