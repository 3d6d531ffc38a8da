/* Floor 4: block Gibbs sampling.
 *
 * A sweep draws h from p(h | v), then v from p(v | h). Chains are independent,
 * one for each case of a batch, and threads share them out. Their sums are in
 * single precision.
 */
#ifndef HM_SAMPLE_H
#define HM_SAMPLE_H

#include "conditional.h"
#include "sweep.h"

/* Chains side by side, with room for `room` of them. */
typedef struct {
  hm_states v;
  hm_states h;
  hm_panels mean_v; /* room cases */
  hm_panels mean_h;
  hm_bits bits;
  double *x;    /* room cases of nv: what v.x points to while v is real */
  float *value; /* as many: what v.on.value points to, then */
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

/* x and value are null unless v may start from `reals`. */
void hm_chains_lay(hm_arena *arena, int nv, int nh, int room, int reals,
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

/* `sweeps` sweeps, numbered from `first_sweep`, from the states in chains->v,
 * for which chains->mean_h is already p(h | v). Leaves the last draw in v and
 * h, p(v | h) in mean_v, and p(h | v) of the new v in mean_h, so that the next
 * call can go on. */
hm_status hm_gibbs(const hm_working *working, const hm_rows *rows,
                   const hm_chance *chance, int first_sweep, int sweeps,
                   const hm_watch *watch, hm_hardware hw, hm_chains *chains);

/* v := a start for each chain, each unit drawn given no hidden unit on. */
void hm_start(const hm_working *working, const hm_rows *rows,
              const hm_chance *chance, hm_hardware hw, hm_chains *chains);

#endif
