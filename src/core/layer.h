/* Floor 2: a layer of units, as runs of units of one kind side by side.
 *
 * Units are numbered from 0 on, run after run. In single precision each run
 * begins a panel, so that a panel, and with it a tile or a strip of weights,
 * holds units of one kind: unit i of a run stands at place run->place + i. What
 * lies between the last unit of a run and the next panel is no unit. In a layer
 * of one run the places are the numbers of the units. The layer is a view: it
 * owns neither runs nor parameters.
 */
#ifndef HM_LAYER_H
#define HM_LAYER_H

#include "unit.h"

typedef struct {
  int units;
  int places; /* up to the last unit: the width of its panels */
  int columns;
  int extras;   /* how many extra parameters its runs have */
  int counted;  /* whether all its units have states 0, 1, ... see unit.h */
  int valued;   /* whether a run is of a valued kind, */
  int by_input; /* or of one that is drawn from inputs */
  int runs;
  const hm_run *run;
} hm_layer;

/* The layer of these runs, of which `kind`, `units` and, for kinds with sizes,
 * `size` are set, and `columns` and `d` for those with a width and with extra
 * parameters: sets where each begins. */
hm_layer hm_layer_of(int runs, hm_run *run);

/* The same layer with other extra parameters, of which `run` has room for
 * layer->runs runs. */
hm_layer hm_layer_with(const hm_layer *layer, const double *d, hm_run *run);

/* Units that share a panel. */
typedef struct {
  int first;
  int units;
} hm_span;

/* Those of panel q. */
hm_span hm_layer_panel(const hm_layer *layer, int q);

/* The run that unit i is of. */
const hm_run *hm_layer_run(const hm_layer *layer, int i);

/* The place of unit i. */
static inline int hm_layer_place(const hm_layer *layer, int i) {
  const hm_run *run = layer->run;
  while (i - run->first >= run->units) {
    run++;
  }
  return run->place + (i - run->first);
}

/* to := a number for each unit at its place, in whole panels, 0 where there is
 * no unit. */
void hm_layer_set_singles(const hm_layer *layer, const double *from, float *to);

/* x (n cases of layer->units) := the first n rows of panels of the layer. */
void hm_layer_get(const hm_layer *layer, int n, const hm_panels *panels,
                  double *x);

/* The lists from `from` to `to` - 1 := the units whose bits are on, one bit for
 * each place; and, with values, those of valued kinds that are not 0. lists of
 * a valued layer have room for values. */
void hm_list_bits(int from, int to, const hm_layer *layer, const hm_bits *bits,
                  hm_lists *lists);

/* The functions of kinds, see unit.h, run after run, for all units of the layer
 * in one case. */
void hm_layer_mean(hm_level level, const hm_layer *layer, const double *input,
                   double *mean);
void hm_layer_slope(hm_level level, const hm_layer *layer, const double *input,
                    double *slope);
double hm_layer_log_sum(hm_level level, const hm_layer *layer,
                        const double *input);
double hm_layer_log_base(const hm_layer *layer, const hm_states *states, int s);
int hm_layer_draw(const hm_layer *layer, const double *mean,
                  const hm_stream *stream, uint32_t which_case, int *on);
void hm_layer_draw_values(const hm_layer *layer, const double *mean,
                          const hm_stream *stream, uint32_t which_case,
                          double *x);

/* The same in single precision, for the cases from `from` to `to` - 1 of panels
 * of the layer, or case s. */
void hm_layer_mean_panels(hm_level level, const hm_layer *layer, int from,
                          int to, const hm_panels *input, hm_panels *mean);
void hm_layer_draw_panels(hm_level level, const hm_layer *layer,
                          const hm_drawing *drawing, const hm_panels *input,
                          const hm_panels *mean, hm_bits *bits);
double hm_layer_log_sum_panels(hm_level level, const hm_layer *layer, int s,
                               const hm_panels *input, const hm_panels *mean);
double hm_layer_anneal_panels(hm_level level, const hm_layer *layer, int s,
                              double from, double to, const hm_panels *input,
                              hm_panels *mean);

/* B of the units of list s, whose values are states of valued kinds. */
double hm_layer_log_base_listed(const hm_layer *layer, const hm_lists *lists,
                                int s);

/* sum (layer->extras) += share times the sum over cases of dB/dd, each counted
 * by its weight where there are any, before hm_layer_scale_slopes(); by_unit
 * has the cases as hm_lists_by_unit() turns them. With values and weights on
 * the grid of hm_on_grid(), sums are exact. */
void hm_layer_base_slopes(const hm_layer *layer, const hm_lists *by_case,
                          const hm_lists *by_unit, const float *weight,
                          double share, double *sum);

/* The same of n cases that are means of units given these inputs: the means of
 * dB/dd, each on the grid. */
void hm_layer_mean_slopes(const hm_layer *layer, int n, const hm_panels *input,
                          const float *weight, double share, double *sum);

/* slope := share times these sums, each by what all its cases have in common.
 * slope may be sum. */
void hm_layer_scale_slopes(const hm_layer *layer, double share,
                           const double *sum, double *slope);

/* word (hm_panels_across(layer->places) of them) := such bits of list s. */
void hm_bits_of_list(const hm_layer *layer, const hm_lists *lists, int s,
                     uint32_t *word);

#endif
