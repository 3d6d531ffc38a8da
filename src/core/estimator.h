/* Floor 6: ways to estimate the negative phase, the average over the model in
 *
 *   dl/dW = -<v sigm(c + W'v)'>_D + <v sigm(c + W'v)'>_p
 *
 * A new estimator is one file estimator-<name>.c, one row of the table in
 * estimator.c, and one row in the tests. */
#ifndef HM_ESTIMATOR_H
#define HM_ESTIMATOR_H

#include "fill.h"
#include "target.h"

/* Settings of estimators; each reads those it knows. */
typedef struct {
  int k;            /* Gibbs sweeps, or mean-field passes */
  int chains;       /* persistent ones */
  int temperatures; /* of each of these, in parallel tempering */
  int max_sweeps;   /* after which chains that have not met are given up */
} hm_estimator_options;

/* One update: all that its gradient is made from. */
typedef struct {
  const hm_estimator_options *options;
  const hm_working *working; /* the model, */
  const hm_working *sampled; /* the one that the negative phase is drawn from,
                                mostly the same, */
  const hm_model *model;     /* and in double where the estimator needs it */
  const float *base;         /* biases of independent units, in whole panels */
  const hm_cases *cases;
  hm_fill *fill;     /* what stands in for their holes, or null */
  hm_target *target; /* columns to be predicted, or null, */
  const double *b;   /* and the visible biases in double, then */
  const hm_rows *rows;
  const hm_chance *chance;
  hm_particles *particles;
  const hm_watch *watch;
  hm_hardware hw;
} hm_update;

/* What its chains tell of an epoch's updates: NaN where there is nothing. */
typedef struct {
  double swap_rate;    /* see hm_temper_swap_rate */
  double meeting_time; /* the mean of the sweeps until coupled chains met */
  double unmet;        /* the share of those that were given up */
} hm_chain_report;

typedef struct {
  const char *name;
  int persistent;  /* whether it has chains of its own, */
  int ladders;     /* which are ladders of parallel tempering, */
  int fast;        /* or run on weights with faster ones on top */
  int needs_model; /* whether it reads the model in double */
  int adds;        /* whether it adds to hm_phases_sum, */
  int gathers;     /* or gathers draws by itself */
  int weighs;      /* whether draws have values or weights */
  int counts;      /* whether units must have states 0, 1, ..., see unit.h, */
  int finite;      /* or columns finitely many, of which none is missing, */
  int meets;       /* or hidden units finitely many */

  /* How many words and numbers it keeps from update to update, and their start.
   * All four are null where it keeps nothing. */
  ptrdiff_t (*words)(const hm_layer *visible,
                     const hm_estimator_options *options);
  ptrdiff_t (*numbers)(const hm_estimator_options *options);
  void (*start)(const hm_update *update, hm_phases *phases);

  /* Lays out phases->own; null where it needs none. */
  void (*lay)(hm_arena *arena, const hm_model *shape,
              const hm_estimator_options *options, hm_hardware hw,
              hm_phases *phases);

  /* Called for each piece of the data and of the chains, which begin at `from`.
   * On entry phases->chains.v are the cases of this piece, chains.mean_h is p(h
   * | v) and there are no draws; on return there are those of the piece. What
   * is kept goes to phases->after. */
  hm_status (*negative_phase)(const hm_update *update, int from,
                              hm_phases *phases);

  /* Sets what it has to tell in the report; null where that is nothing. */
  void (*report)(const hm_estimator_options *options,
                 const hm_particles *particles, const double tally[HM_COUNTS],
                 hm_chain_report *report);
} hm_estimator;

extern const hm_estimator hm_estimator_cd;
extern const hm_estimator hm_estimator_exact;
extern const hm_estimator hm_estimator_fpcd;
extern const hm_estimator hm_estimator_mf;
extern const hm_estimator hm_estimator_pcd;
extern const hm_estimator hm_estimator_pl;
extern const hm_estimator hm_estimator_pt;
extern const hm_estimator hm_estimator_ucd;

/* The table: row i and its name, or null past its end. */
const hm_estimator *hm_estimator_row(int i);
const char *hm_estimator_name(int i);

/* The row of that name, or null. */
const hm_estimator *hm_estimator_named(const char *name);

/* How much it keeps. */
ptrdiff_t hm_estimator_words(const hm_estimator *estimator,
                             const hm_layer *visible,
                             const hm_estimator_options *options);
ptrdiff_t hm_estimator_numbers(const hm_estimator *estimator,
                               const hm_estimator_options *options);

#endif
