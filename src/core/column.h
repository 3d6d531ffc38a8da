/* Floor 2: the columns of a layer, one by one, and what kinds of few states
 * share: their sums over states, written once.
 */
#ifndef HM_COLUMN_H
#define HM_COLUMN_H

#include "layer.h"

/* The columns of a layer in turn: the first, and from each the next, whose kind
 * is null past the last. And all of them. */
hm_column hm_column_first(const hm_layer *layer);
void hm_column_next(const hm_layer *layer, hm_column *column);
void hm_layer_columns(const hm_layer *layer, hm_column *column);

/* Those of a run: the first, whose units are numbered from `first` on, and from
 * each the next, which returns how many are behind it. */
hm_column hm_run_first(const hm_run *run, int first);
int hm_run_next(hm_column *column);

/* B(x), and dB/dd, which may be null. */
static inline double hm_column_base(const hm_column *column, const double *x,
                                    double *base_slope) {
  return column->kind->base_at ? column->kind->base_at(column, x, base_slope)
                               : 0.0;
}

/* Whether x is a whole number from 0 to `most`. */
static inline int hm_is_count(double x, double most) {
  return x >= 0.0 && x <= most && (double)(int64_t)x >= x;
}

/* Functions of a kind whose columns are coded by one or two units and have a
 * few states, by its `levels` and `code`; and how often each state is. */
double hm_levels_log_sum(const hm_column *column, const double *a);
void hm_levels_mean(const hm_column *column, const double *a, double *mean,
                    double *variance, double *base_slope);
void hm_levels_draw(const hm_column *column, const double *a, const double u[2],
                    double *x);

/* p (as many as there are states) := the law of a column of finitely many. */
void hm_levels_law(const hm_column *column, const double *a, double *p);

/* x (columns of N cases) := the states that it has in single precision, as they
 * are in double. */
void hm_columns_round(const hm_layer *layer, ptrdiff_t N, double *x);

/* x := a draw of each column given the inputs of its units, by numbers for this
 * case alone; only of columns for which `wanted` is not 0, where it is not
 * null.
 */
void hm_columns_draw(int columns, const hm_column *column, const double *input,
                     const int *wanted, const hm_stream *stream,
                     uint32_t which_case, double *x);

/* Functions of a run, see unit.h, by those of its columns. */
void hm_columns_mean(hm_level level, const hm_run *run, const double *input,
                     double *mean);
void hm_columns_slope(hm_level level, const hm_run *run, const double *input,
                      double *slope);
double hm_columns_log_sum(hm_level level, const hm_run *run,
                          const double *input);
double hm_columns_log_base(const hm_run *run, const double *x);
void hm_columns_mean_panels(hm_level level, const hm_run *run, int from, int to,
                            const hm_panels *input, hm_panels *mean);
void hm_columns_draw_panels(hm_level level, const hm_run *run,
                            const hm_drawing *drawing, const hm_panels *input,
                            const hm_panels *mean, hm_bits *bits);
double hm_columns_log_sum_panels(hm_level level, const hm_run *run, int s,
                                 const hm_panels *input, const hm_panels *mean);
double hm_columns_anneal_panels(hm_level level, const hm_run *run, int s,
                                double from, double to, const hm_panels *input,
                                hm_panels *mean);

#endif
