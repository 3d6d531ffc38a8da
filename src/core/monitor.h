/* Floor 5: how a model does on some cases, at the end of an epoch.
 *
 * The same cases in every epoch, spread evenly over the data, so that a change
 * is a change of the model.
 */
#ifndef HM_MONITOR_H
#define HM_MONITOR_H

#include "cases.h"
#include "conditional.h"
#include "pseudo.h"

typedef struct {
  double reconstruction_error; /* mean over cases and units of
                                  (v - p(v | p(h | v)))^2 */
  double pseudo_log_lik;       /* mean over cases, in nats */
  double pseudo_log_lik_se;    /* its standard error as an estimate of the mean
                                  over the data: 0 where all cases are looked
                                  at, infinite for one case of many */
  double hidden_activity; /* mean over cases and hidden units of p(h | v) */
} hm_monitor_report;

typedef struct {
  hm_states v;
  double *x;      /* room cases of nv */
  double *mean_v; /* as many */
  double *input;  /* room cases of nh */
  double *mean_h; /* as many */
  hm_flips flips; /* for 0/1 data, as is: */
  double *tail;   /* room cases of flips.wide */
  double *value;  /* one number per monitored case */
  int *row;       /* as many row numbers */
  int count;      /* cases monitored */
  int room;       /* cases at once */
} hm_monitor_work;

/* How many cases of this data set are monitored: all, where that is cheap. */
int hm_monitor_count(const hm_cases *cases, const hm_layer *visible, int nh);

void hm_monitor_lay(hm_arena *arena, const hm_cases *cases,
                    const hm_layer *visible, int nh, hm_monitor_work *work);

/* Which cases: one at random from each of work->count equal stretches. */
void hm_monitor_choose(const hm_cases *cases, const uint32_t key[2],
                       hm_monitor_work *work);

hm_status hm_monitor(const hm_model *model, const hm_cases *cases,
                     const hm_watch *watch, hm_hardware hw,
                     hm_monitor_work *work, hm_monitor_report *report);

#endif
