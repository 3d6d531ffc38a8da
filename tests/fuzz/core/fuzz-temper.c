/* Ladders from any words and numbers, through any steps. */
#include "temper.h"

#include "fuzz.h"

enum { most_steps = 5 };

typedef struct {
  int ladders, rungs, steps[most_steps], sweeps[most_steps], stop_at;
  const uint32_t *words;
  const double *numbers, *b0;
  hm_chance chance;
} script;

static void make_state(script *of, int nv) {
  const ptrdiff_t words =
      hm_temper_words(fuzz_binary(nv), of->ladders, of->rungs);
  const ptrdiff_t numbers = hm_temper_numbers(of->ladders, of->rungs);
  uint32_t *bits = FUZZ_NEW(uint32_t, words);
  double *x = FUZZ_NEW(double, numbers);
  const int room = of->ladders * of->rungs, rungs = of->rungs;
  for (ptrdiff_t i = 0; i < words; i++) {
    const ptrdiff_t left = nv - 32 * (i % hm_chain_words(fuzz_binary(nv)));
    bits[i] = (uint32_t)(fuzz_uniform() * 0x1p32);
    bits[i] &= left < 32 ? (1u << left) - 1u : ~0u;
  }
  for (int r = 0; r < rungs; r++) {
    x[r] = (double)r / (rungs - 1);
  }
  for (int r = 0; r < rungs - 1; r++) {
    x[2 * rungs - 1 + r] = fuzz_int(0, 9);
    x[rungs + r] = x[2 * rungs - 1 + r] * fuzz_uniform();
  }
  for (int s = 0; s < room; s++) {
    x[3 * rungs - 2 + s] = s % rungs + rungs * fuzz_int(0, 2);
  }
  for (int m = 0; m <= of->ladders; m++) {
    x[3 * rungs - 2 + room + m] = fuzz_int(0, 1000);
  }
  for (int spots = fuzz_wild ? fuzz_int(0, 3) : 0; spots > 0; spots--) {
    x[fuzz_int(0, (int)numbers - 1)] = fuzz_any();
  }
  of->words = bits;
  of->numbers = x;
}

static double *run(const hm_model *model, const float *b0, const script *of) {
  const hm_hardware hw = fuzz_hardware();
  const int nv = model->nv, room = of->ladders * of->rungs;
  hm_working working;
  hm_temper_work work;
  hm_chains cold;
  int left = of->stop_at, at = 0;
  const hm_watch watch = fuzz_watch(&left);
  FUZZ_LAY(hm_working_lay(arena, model, &working));
  FUZZ_LAY(hm_temper_lay(arena, model->visible, model->hidden, of->ladders,
                         of->rungs, &work));
  FUZZ_LAY(hm_chains_lay(arena, model->visible, model->hidden, of->ladders, 0,
                         &cold));
  hm_working_set(model, hw.level, &working);
  work.b0 = b0;
  if (!hm_temper_load(of->words, of->numbers, work.ladders, &work)) {
    FUZZ_CHECK(fuzz_wild, "what is sound is loaded");
    hm_temper_start(&working, &of->chance, hw, &work);
  }
  for (int i = 0; i < most_steps; i++) {
    hm_status status = HM_OK;
    switch (of->steps[i]) {
      case 0:
        status = hm_temper(&working, &of->chance, at, of->sweeps[i], &watch, hw,
                           &work);
        break;
      case 1:
        status = hm_temper_settle(&working, &of->chance, at, 3 * of->sweeps[i],
                                  &watch, hw, &work);
        break;
      case 2:
        hm_temper_adapt(0.25 * of->sweeps[i], 0.5, &work);
        break;
      default:
        hm_temper_cold(&work, of->sweeps[i] % of->ladders, 1 + of->sweeps[i],
                       &cold);
        hm_chains_mean_v(&working, hw, &cold);
        hm_chains_mean_h(&working, hw, &cold);
    }
    FUZZ_CHECK(status == HM_OK || of->stop_at, "nobody stopped it");
    at += 3 * of->sweeps[i];
  }
  FUZZ_CHECK(fuzz_sound_lists(&work.chains.v, nv), "states are lists");
  uint32_t *words = FUZZ_NEW(uint32_t, room * hm_chain_words(fuzz_binary(nv)));
  double *numbers = FUZZ_NEW(double, hm_temper_numbers(of->ladders, of->rungs));
  hm_temper_save(&work, words, numbers);
  /* Refusals that are not numbers come from machines whose energies are none.
   */
  FUZZ_CHECK(fuzz_wild || hm_temper_load(words, numbers, work.ladders, &work),
             "what is saved is sound");
  return numbers;
}

void fuzz(void) {
  const int nv = fuzz_size(70), nh = fuzz_size(70);
  const hm_model model = fuzz_model(nv, nh, fuzz_rarely(4) ? 900.0 : 2.0);
  const float *b0 = fuzz_singles(nv, -2.0, 2.0);
  script of = {.ladders = fuzz_int(1, 4),
               .rungs = fuzz_rarely(16) ? fuzz_int(2, 70) : fuzz_int(2, 5),
               .stop_at = fuzz_rarely(4) ? fuzz_int(1, 9) : 0,
               .chance = {fuzz_key(), (uint32_t)fuzz_byte()}};
  for (int i = 0; i < most_steps; i++) {
    of.steps[i] = fuzz_int(0, 3);
    of.sweeps[i] = fuzz_int(0, 4);
  }
  make_state(&of, nv);
  const double *x = run(&model, b0, &of), *y = run(&model, b0, &of);
  FUZZ_CHECK(fuzz_wild || of.stop_at ||
                 fuzz_same(hm_temper_numbers(of.ladders, of.rungs), x, y),
             "the same bits on any hardware");
}
