/* Floor 4: hidden units that are real numbers, as states: the nodes by which
 * sums over the hidden layer integrate over them.
 *
 * Given what a case shows, normal units are a mixture of normal laws, one for
 * each state of the other hidden units and of what is missing and has few
 * states. Each has the precision I - W'SW, S being the variances of Gaussian
 * columns that are missing. The trapezoid rule with steps of half a standard
 * deviation, given the other units, is right to the last digits for these. A
 * rectified unit begins at 0, and has panels of ten nodes of Gauss and
 * Legendre. Nodes go nine standard deviations beyond the means of all cases;
 * or, where nothing is seen, as far as a coarse look finds what matters.
 */
#ifndef HM_NODES_H
#define HM_NODES_H

#include "cases.h"
#include "column.h"
#include "model.h"

/* The most hidden units of these kinds. */
#define HM_NODES_UNITS 8

/* From where to where the nodes of each such unit go. */
typedef struct {
  int units;
  int unit[HM_NODES_UNITS]; /* its number in the hidden layer */
  const hm_kind *kind[HM_NODES_UNITS];
  double low[HM_NODES_UNITS];
  double high[HM_NODES_UNITS];
  double step[HM_NODES_UNITS];
  int proper; /* whether Z is finite */
} hm_node_range;

/* For a case of which nothing is seen; and for cases of which cells, that are
 * not numbers, are missing. */
hm_node_range hm_nodes_of_nothing(const hm_model *model);
hm_node_range hm_nodes_of_cases(const hm_model *model, const hm_cases *cases);

/* How many nodes unit number k of a range has; and d := these, and then the
 * logs of their weights. */
int hm_nodes_count(const hm_node_range *range, int k);
void hm_nodes_set(const hm_node_range *range, int k, double *d);

#endif
