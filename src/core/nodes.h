/* Floor 4: hidden units that are real numbers, as states: the nodes by which
 * sums over the hidden layer integrate over them.
 *
 * Given v a normal unit has variance 1, so that what is integrated is a mixture
 * of normal densities of at least that variance, and of that which Gaussian
 * columns leave where none of them is seen; the trapezoid rule with steps of
 * half a standard deviation, given the other units, is right to the last digits
 * for these. A rectified unit begins at 0, and has panels of ten nodes of Gauss
 * and Legendre. Nodes go as far as the mass of any case does, of which the seen
 * part is given.
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

/* cases may be null. Their cells that are missing are not numbers. */
hm_node_range hm_nodes(const hm_model *model, const hm_cases *cases);

/* How many nodes unit number k of a range has; and d := these, and then the
 * logs of their weights. */
int hm_nodes_count(const hm_node_range *range, int k);
void hm_nodes_set(const hm_node_range *range, int k, double *d);

#endif
