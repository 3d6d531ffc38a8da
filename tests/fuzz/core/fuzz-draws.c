/* Draws by a plan, of chains and of ladders, from any start and with any units
 * held. */
#include "draws.h"

#include "fuzz.h"

typedef struct {
  hm_draws_plan plan;
  const float *b0;
  int rungs; /* 0 for chains */
  const uint32_t *key;
} script;

static hm_draws_plan plan_of(void) {
  hm_draws_plan plan = {.chains = fuzz_size(20),
                        .steps = fuzz_int(1, 12),
                        .look_every = 1,
                        .draws = fuzz_int(1, 4),
                        .thin = fuzz_int(1, 3)};
  plan.looks = fuzz_int(0, plan.steps - plan.steps / 2);
  plan.looked_at = fuzz_int(0, plan.chains);
  return plan;
}

static hm_clamp clamp_of(int sets, int nv) {
  const ptrdiff_t each = hm_chain_words(fuzz_binary(nv));
  uint32_t *is_free = FUZZ_NEW(uint32_t, sets * each);
  uint32_t *held = FUZZ_NEW(uint32_t, sets * each);
  for (ptrdiff_t w = 0; w < sets * each; w++) {
    const int last = w % each == each - 1 && nv % HM_PANEL;
    const uint32_t within = last ? (1u << nv % HM_PANEL) - 1u : ~0u;
    is_free[w] = (uint32_t)(fuzz_uniform() * 0x1p32);
    held[w] = ~is_free[w] & (uint32_t)(fuzz_uniform() * 0x1p32) & within;
  }
  const hm_clamp clamp = {sets > 1 ? each : 0, 1, is_free, held, NULL};
  return clamp;
}

/* Draws, on some hardware and in some pieces; 0 where it was stopped. */
static int run(const hm_model *model, const script *of, int stops,
               hm_draws *draws) {
  const hm_draws_plan *plan = &of->plan;
  const int nv = model->nv;
  const int reals = plan->start && !hm_cases_binary(plan->start);
  const ptrdiff_t N = (ptrdiff_t)plan->chains * plan->draws;
  const hm_hardware hw = fuzz_hardware();
  int left = stops ? fuzz_int(1, 20) : 0;
  const hm_watch watch = fuzz_watch(&left);
  hm_draws_work work;
  hm_temper_work ladders;
  hm_status status;
  const int room = of->rungs ? plan->chains : fuzz_int(1, plan->chains);
  draws->bits = FUZZ_NEW(uint64_t, N * hm_words(nv));
  draws->mean = FUZZ_NEW(double, N *nv);
  draws->free_energy = FUZZ_NEW(double, N);
  draws->trace = FUZZ_NEW(double, plan->looks * plan->looked_at);
  draws->sums = FUZZ_NEW(double, 2 * (ptrdiff_t)plan->looked_at * nv);
  FUZZ_LAY(hm_draws_lay(arena, model, room, reals, &work));
  hm_draws_prepare(model, hw.level, &work);
  if (of->rungs) {
    FUZZ_LAY(hm_temper_lay(arena, model->visible, model->hidden, plan->chains,
                           of->rungs, &ladders));
    ladders.b0 = of->b0;
    status = hm_draws_temper(plan, of->key, &watch, hw, &ladders, &work, draws);
  } else {
    status = hm_draws_gibbs(plan, of->key, &watch, hw, &work, draws);
  }
  FUZZ_CHECK(status == HM_OK || stops, "nobody stopped it");
  return status == HM_OK;
}

void fuzz(void) {
  const int nv = fuzz_size(70), nh = fuzz_size(70);
  const hm_model model = fuzz_model(nv, nh, 1.0);
  script of = {.plan = plan_of(), .key = fuzz_key()};
  const int n = of.plan.chains;
  float *b0 = FUZZ_NEW(float, hm_panels_across(nv) * HM_PANEL);
  of.rungs = fuzz_rarely(2) ? fuzz_int(2, 5) : 0;
  const hm_cases start =
      fuzz_cases(fuzz_rarely(2) ? 1 : n, nv, !of.rungs && fuzz_rarely(3));
  const hm_clamp clamp = clamp_of(fuzz_rarely(2) ? 1 : n, nv);
  hm_draws one = {0}, two = {0};
  hm_set_singles(nv, fuzz_reals(nv, -1.0, 1.0), b0);
  of.b0 = b0;
  of.plan.start =
      fuzz_rarely(2) && (!of.rungs || hm_cases_binary(&start)) ? &start : NULL;
  of.plan.clamp = fuzz_rarely(2) ? &clamp : NULL;
  if (!run(&model, &of, fuzz_rarely(4), &one) || !run(&model, &of, 0, &two) ||
      fuzz_wild) {
    return;
  }
  const ptrdiff_t N = (ptrdiff_t)n * of.plan.draws;
  FUZZ_CHECK(
      fuzz_same(N, one.free_energy, two.free_energy) &&
          fuzz_same(N * nv, one.mean, two.mean) &&
          fuzz_same(of.plan.looks * of.plan.looked_at, one.trace, two.trace) &&
          memcmp(one.bits, two.bits,
                 (size_t)(N * hm_words(nv)) * sizeof *one.bits) == 0,
      "the same bits on any hardware, in any pieces");
}
