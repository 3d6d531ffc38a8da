/* Floor 5: cases of which cells may be missing, for layers of every kind: what
 * is missing is summed out, exactly.
 *
 *   log p(v_seen) = log sum_h exp(c'h + B(h) + sum over seen columns {b'x +
 * B(x)
 *                   + x'Wh} + sum over missing columns A(b + Wh)) - log Z
 *
 * with log Z the same of a case of which nothing is seen. The hidden layer, of
 * kinds of few states, is enumerated in blocks of HM_OBSERVED_BLOCK states; a
 * case of which all is seen takes A of the hidden layer instead. Cases are
 * shared out between threads in parts that do not depend on these.
 */
#ifndef HM_OBSERVED_H
#define HM_OBSERVED_H

#include "nodes.h"

#define HM_OBSERVED_BLOCK 512

/* The most hidden states that are enumerated. */
#define HM_OBSERVED_MOST ((int64_t)1 << 25)

/* How many states the hidden layer has for these cases, nodes of real units
 * among them; more than HM_OBSERVED_MOST where there are more, or where Z is
 * not finite. */
int64_t hm_observed_states(const hm_model *model, const hm_cases *cases);

/* States of the hidden layer, of which real units have nodes. */
typedef struct {
  int64_t states;
  hm_node_range range;
  double *node[HM_NODES_UNITS];
} hm_observed_set;

typedef struct {
  hm_observed_set of_cases;
  hm_observed_set of_nothing; /* of a case of which nothing is seen */
  int64_t states;             /* of the set in use */
  hm_column *column;          /* of the visible layer, */
  hm_column *hidden; /* and of the hidden one, whose real units have nodes */
  int room;          /* states in a block */

  /* Of each state of a block, which stand side by side: */
  double *h;          /* nh rows: the state, */
  double *log_weight; /* c'h + B(h), */
  double *input;      /* room times nv: b + Wh, */
  double *A;          /* a row a column: A(b + Wh), */
  double *mean;       /* nv rows: p(v | h), */
  double *variance;   /* nv rows, */
  double *base_slope; /* a row an extra parameter: the mean of dB/dd, */
  double *law;        /* and a row for each level of one column */
  int levels;         /* how many the last has, at most */

  /* Of each case, and of one of which nothing is seen: */
  double *largest; /* N + 1: the largest log weight so far, */
  double *sum;     /* and the sum of exp of what others are less than it; */
  double *log_sum; /* the log of it all; */
  double *kept; /* and what is summed, `room` for each case, where one block is
                   all and they are not too many; else null */

  double *part; /* HM_OBSERVED_PARTS times `length` numbers */
  ptrdiff_t length;
} hm_observed_work;

#define HM_OBSERVED_PARTS 8

/* `levels` is how many rows `law` needs; with `gradient` there is room for one.
 */
void hm_observed_lay(hm_arena *arena, const hm_model *model,
                     const hm_cases *cases, int levels, int gradient,
                     hm_observed_work *work);

/* The mean log-likelihood of cases, each counted by its weight, and the
 * gradient of minus it, [gW by rows | gb | gc | gd] with d of the visible
 * layer. The cells of a missing column are not numbers. */
hm_status hm_observed_likelihood(const hm_model *model, const hm_cases *cases,
                                 const double *weight, const hm_watch *watch,
                                 hm_hardware hw, hm_observed_work *work,
                                 double *log_lik, double *gradient);

/* What is asked of each case, columns of N; null where not wanted. */
typedef struct {
  double *log_sum; /* log sum_h,missing exp(-E) */
  double *h;       /* nh columns: E(h | seen) */
  double *v;       /* nv columns: E(x | seen), of seen columns x */
  double *square;  /* nv columns: E(x^2 | seen) */
  double *law;     /* a column for each state of visible column `column` */
  int column;
  double *draw; /* nv columns: a draw of what is missing beside the rest */
  hm_stream stream;
} hm_observed_answer;

hm_status hm_observed_answer_cases(const hm_model *model, const hm_cases *cases,
                                   const hm_watch *watch, hm_hardware hw,
                                   hm_observed_work *work,
                                   const hm_observed_answer *answer);

#endif
