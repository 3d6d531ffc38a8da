/* Floor 2: kinds of unit. A kind says what a layer does with its input, the
 * bias plus what the other layer sends: it knows neither weights nor model.
 * Each is an exponential family in its input a,
 *
 *   p(x | a) = exp(a'x + B(x; d) - A(a; d)),
 *
 * with the base measure B and the log of the sum over states A, whose first and
 * second derivative are the mean and its slope. A column of a table is coded by
 * one unit or by several, which then share A, and may have extra parameters d.
 * Functions are called once for a run, columns of one kind side by side in a
 * layer, see layer.h, or for a column. A new kind is one file unit-<kind>.c,
 * one row of the table in unit.c, and one row in the tests.
 */
#ifndef HM_UNIT_H
#define HM_UNIT_H

#include "panels.h"
#include "rng.h"

/* The most of what a sized column can count, and the most units that code one.
 */
#define HM_LARGEST_SIZE 1000
#define HM_WIDEST 100

typedef struct hm_kind hm_kind;

typedef struct {
  const hm_kind *kind;
  int units;
  int first;       /* the number of its first unit in the layer, */
  int place;       /* the place of that, which begins a panel, */
  int extra;       /* and where the run's extra parameters begin */
  const int *size; /* of each column; null for a kind without sizes */
  int columns;     /* as many as units, but for kinds that have a width */
  const double *d; /* the layer's extra parameters, null without any */
} hm_run;

/* One of the columns of a layer. */
typedef struct {
  const hm_kind *kind;
  const hm_run *run; /* that it is of, */
  int number;        /* and which of its columns */
  int size;          /* 1 for a kind without sizes */
  int first;         /* its first unit in the layer, */
  int width;         /* and how many it has */
  int extra;         /* the same of extra parameters */
  int extras;
  const double *d; /* its own extra parameters */
} hm_column;

struct hm_kind {
  const char *name;

  /* Whether states are 0 and 1, listed without values. The others are valued.
   */
  int listed;

  /* Whether units are hidden real numbers, whose states are nodes, see nodes.h.
   */
  int by_nodes;

  /* Whether chains draw from the inputs themselves, which means do not tell. */
  int by_input;

  /* Whether a draw of a column takes two numbers. */
  int two_numbers;

  /* Whether the one extra parameter d is the log of a precision, with B = -
   * exp(d) x^2 / 2: a step of it leaves the means where they are, see step.h.
   */
  int precise;

  /* The sizes of its columns: levels, trials, or the largest count. Both are 0
   * for a kind without sizes. */
  int least_size;
  int most_size;

  /* How many units code a column of this size, and how many extra parameters it
   * has; null where that is 1, and 0. */
  int (*width)(int size);
  int (*extras)(int size);

  /* Of one column, given the inputs a of its units. ---------------------------
   */

  /* A. */
  double (*log_sum_at)(const hm_column *column, const double *a);

  /* The means of x, its variances, and the means of dB/dd; the last two may be
   * null. */
  void (*mean_at)(const hm_column *column, const double *a, double *mean,
                  double *variance, double *base_slope);

  /* A draw, by two uniform numbers, of which only kinds of `two_numbers` read
   * the second. */
  void (*draw_at)(const hm_column *column, const double *a, const double u[2],
                  double *x);

  /* B(x), and dB/dd, which may be null; null for a kind whose B is 0. */
  double (*base_at)(const hm_column *column, const double *x,
                    double *base_slope);

  /* Whether x is a state. */
  int (*is_state)(const hm_column *column, const double *x);

  /* How many states there are, null for a kind that has infinitely many; and x
   * := that number `level`, returning B. */
  int (*levels)(const hm_column *column);
  double (*code)(const hm_column *column, int level, double *x);

  /* Of kinds whose units have the states 0, 1, ... up to this, each by itself:
   * unit i of a run. Null for all others. ------------------------------------
   */
  int (*support)(const hm_run *run, int i);

  /* In double precision, for the units of a run in one case: input, mean and
   * the like begin at its first unit. Where these are null the functions of the
   * columns do, see layer.h. ----------------------------------------
   */

  /* mean[i] := E(x | input[i]), dA/da; mean may be input. */
  void (*mean)(hm_level level, const hm_run *run, const double *input,
               double *mean);

  /* slope[i] := var(x | input[i]), d2A/da2; slope may be input. */
  void (*slope)(hm_level level, const hm_run *run, const double *input,
                double *slope);

  /* The sum of A over the units. */
  double (*log_sum)(hm_level level, const hm_run *run, const double *input);

  /* The sum of B(x); null where B is 0. */
  double (*log_base)(const hm_run *run, const double *x);

  /* Draws states given their means. Of a listed kind, as the list of the units
   * that are on, by their numbers in the layer, of which it returns the length;
   * `on` has room for all. Of a valued one, as they are. */
  int (*draw)(const hm_run *run, const double *mean, const hm_stream *stream,
              uint32_t which_case, int *on);
  void (*draw_values)(const hm_run *run, const double *mean,
                      const hm_stream *stream, uint32_t which_case, double *x);

  /* In single precision, for the cases from `from` to `to` - 1 of panels of the
   * layer, of which each does those of the run. Where these are null the
   * functions of the columns do, see layer.h. ------------------------------
   */

  /* The means given inputs; mean may be input. */
  void (*mean_panels)(hm_level level, const hm_run *run, int from, int to,
                      const hm_panels *input, hm_panels *mean);

  /* The states given inputs and means: of a listed kind as bits, see
   * hm_bernoulli, of a valued one as bits->value. Kinds that are not `by_input`
   * read means alone. */
  void (*draw_panels)(hm_level level, const hm_run *run,
                      const hm_drawing *drawing, const hm_panels *input,
                      const hm_panels *mean, hm_bits *bits);

  /* The sum of A over the units in case s, whose means are given too, so that
   * no exponential need be taken twice. */
  double (*log_sum_panels)(hm_level level, const hm_run *run, int s,
                           const hm_panels *input, const hm_panels *mean);

  /* The sum of A(to input) - A(from input) in case s; mean := the means given
   * `to` times the inputs. */
  double (*anneal_panels)(hm_level level, const hm_run *run, int s, double from,
                          double to, const hm_panels *input, hm_panels *mean);
};

extern const hm_kind hm_unit_binary;
extern const hm_kind hm_unit_binomial;
extern const hm_kind hm_unit_categorical;
extern const hm_kind hm_unit_ordinal;
extern const hm_kind hm_unit_ordinal2;
extern const hm_kind hm_unit_count;
extern const hm_kind hm_unit_poisson;
extern const hm_kind hm_unit_gaussian;
extern const hm_kind hm_unit_normal;
extern const hm_kind hm_unit_relu;

/* Whether each of its units has states 0, 1, ... up to a largest one. */
static inline int hm_unit_counted(const hm_kind *kind) {
  return kind->support != NULL;
}

/* The table: row i and its name, or null past its end. */
const hm_kind *hm_unit_row(int i);
const char *hm_unit_name(int i);

/* The row of that name, or null. */
const hm_kind *hm_unit_named(const char *name);

#endif
