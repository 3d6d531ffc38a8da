/* Floor 4: block Gibbs sampling.
 *
 * A sweep draws h from p(h | v), then v from p(v | h). Chains are independent,
 * one for each case of a batch, and threads share them out. Their sums are in
 * single precision.
 */
#ifndef HM_SAMPLE_H
#define HM_SAMPLE_H

#include "cases.h"
#include "conditional.h"
#include "sweep.h"

/* Chains side by side, with room for `room` of them. */
typedef struct {
  const hm_layer *visible;
  const hm_layer *hidden;
  hm_lists v;
  hm_lists h;
  hm_panels mean_v;  /* room cases */
  hm_panels input_v; /* b + Wh, of the h that mean_v is given; mean_v itself
                        where no visible kind is drawn from it */
  hm_panels input_h; /* c + W'v, of the v that mean_h is given */
  hm_panels mean_h;
  hm_bits bits;
  float *value;   /* room cases of nv: what v.value is where v has values */
  float *value_h; /* room cases of nh: what h.value is, null where hidden units
                     have no values */

  /* What the caller may set after laying: null says that it is not wanted. */
  const hm_clamp *clamp; /* visible units that are held */
  double *free_energy; /* room numbers: F of v, each time that mean_h is set */
} hm_chains;

/* As many chains as make one piece of work, at least 1, at most `most`. Their
 * sums leave out what is off and go by vectors, so that a piece is some 32
 * times that of hm_cases_at_once. */
static inline int hm_chains_at_once(int nv, int nh, int most) {
  const int plenty = 512;
  const int64_t fit = 32 * (int64_t)HM_PIECE / ((int64_t)nv * nh);
  const int limit = most < plenty ? most : plenty;
  return fit < 1 ? 1 : fit < limit ? (int)fit : limit;
}

/* Whether n chains of this size are worth more than one thread, by the sums of
 * one layer with every eighth unit on. */
static inline int hm_chains_worth_threads(int nv, int nh, int n) {
  return (ptrdiff_t)n * nv * nh / 8 >= HM_WORTH_THREADS;
}

/* value is null unless v may start from `reals`, or has values; nothing is
 * held, and no free energy wanted. */
void hm_chains_lay(hm_arena *arena, const hm_layer *visible,
                   const hm_layer *hidden, int room, int reals,
                   hm_chains *chains);

/* v := the same with what is held put in, where anything is: for states that
 * were not drawn by the functions below. */
void hm_chains_hold(hm_chains *chains);

/* v of n chains as words, of which each chain has hm_chain_words(visible): the
 * unit at place i is bit i % 32 of word i / 32, or, in a valued layer, word i,
 * which has the bits of its value. Loading holds nothing by itself. */
static inline ptrdiff_t hm_chain_words(const hm_layer *visible) {
  return visible->valued ? visible->places : hm_panels_across(visible->places);
}
static inline float hm_value_of_word(uint32_t word) {
  float value;
  memcpy(&value, &word, sizeof value);
  return value;
}

/* Whether n chains of words are states of the layer, which has its extra
 * parameters, and 0 where there is no unit. */
int hm_chain_words_sound(const hm_layer *visible, ptrdiff_t n,
                         const uint32_t *words);

void hm_chains_load(const uint32_t *words, int n, hm_chains *chains);
void hm_chains_save(const hm_chains *chains, uint32_t *words);

/* v := these cases, listed with values where they are real. Without reals no
 * case may be. */
void hm_chains_take(const hm_cases *cases, const hm_rows *rows,
                    hm_chains *chains);

/* What a draw is for: sweep `sweep` of update or run `step`. */
typedef struct {
  const uint32_t *key; /* two words */
  uint32_t step;
} hm_chance;

/* mean_h := p(h | v). Where v is real it is listed with its values on the way.
 */
void hm_chains_mean_h(const hm_working *working, hm_hardware hw,
                      hm_chains *chains);

/* mean_v := p(v | h), for h that were not drawn by the function below. */
void hm_chains_mean_v(const hm_working *working, hm_hardware hw,
                      hm_chains *chains);

/* `sweeps` sweeps, numbered from `first_sweep`, from the states in chains->v,
 * for which chains->mean_h is already p(h | v). Leaves the last draw in v and
 * h, p(v | h) in mean_v, and p(h | v) of the new v in mean_h, so that the next
 * call can go on. */
hm_status hm_gibbs(const hm_working *working, const hm_rows *rows,
                   const hm_chance *chance, int first_sweep, int sweeps,
                   const hm_watch *watch, hm_hardware hw, hm_chains *chains);

/* v := a start for each chain, each free unit drawn given no hidden unit on. */
void hm_start(const hm_working *working, const hm_rows *rows,
              const hm_chance *chance, hm_hardware hw, hm_chains *chains);

/* The same by any side's biases, such as those of another law. */
void hm_start_by(const hm_side *visible, const hm_rows *rows,
                 const hm_chance *chance, hm_hardware hw, hm_chains *chains);

#endif
