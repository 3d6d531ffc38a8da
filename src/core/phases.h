/* Floor 5: the two phases of a gradient, positive and negative, as what they
 * add up to.
 *
 *   gW = -<v p(h|v)'>_data + <v p(h|v)'>_negative
 *   gb = -<v>_data + <v>_negative
 *   gc = -<p(h|v)>_data + <p(h|v)>_negative
 *   gd = -<dB(v)/dd>_data + <dB(v)/dd>_negative
 *
 * as one vector [gW by rows | gb | gc | gd]. The means of the hidden layer
 * stand for its draws in every average: the same expectation with less noise.
 * An estimator makes the negative phase, see estimator.h; gradient.h puts the
 * two together.
 *
 * Probabilities p(h | v) enter the gradient as the nearest multiples of 2^-16;
 * states of h are drawn from them as they are. Sums over the cases of one piece
 * are in single precision, of at most HM_PHASES_ROOM numbers from 0 to 1: on
 * that grid they are exact, in whatever order, by any number of threads. So are
 * those of pieces, which are added in double, each counted by a whole number.
 * They are multiplied once, at the end. Real values, the means of hidden units
 * that have some, and weights come onto the same grid, with all sums in double
 * precision then: exact as long as they stay below 2^21.
 */
#ifndef HM_PHASES_H
#define HM_PHASES_H

#include "cases.h"
#include "sample.h"

#define HM_PHASES_ROOM 256

/* to := n numbers from 0 to 1 at the nearest multiples of 2^-16; n is a
 * multiple of 32. */
void hm_to_grid(hm_level level, ptrdiff_t n, const float *from, float *to);

/* What an estimator keeps from one update to the next. */
typedef struct {
  uint32_t *words;
  double *numbers;
} hm_particles;

/* What may be counted of pairs of chains that are to meet: how many there were,
 * the sum of the sweeps until they met, or were given up, how many were given
 * up, and the longest of these times. */
enum { HM_PAIRS, HM_SWEEPS_TO_MEET, HM_UNMET, HM_LONGEST, HM_COUNTS };

/* What one case and one draw count in a gradient; and the same as so many
 * units, which are whole numbers where all cases count alike, and all draws. */
typedef struct {
  double data;
  double draws;
  double unit;
  double data_units;
  double draws_units;
} hm_shares;

/* Those of means over so many of each. */
hm_shares hm_shares_of(int cases, int draws);

typedef struct {
  const hm_layer *visible;
  const hm_layer *hidden;
  int room;
  hm_chains chains;       /* the cases, then the draws */
  hm_panels data_mean_h;  /* p(h | v) of the data */
  hm_lists data_by_unit;  /* nv lists: the cases in which a unit is on */
  hm_lists draws_by_unit; /* and of the negative phase */
  hm_lists all_data;      /* one list each: all cases of the piece */
  hm_lists all_draws;
  float *data_value; /* of data_by_unit, for real data */
  float
      *draws_value; /* and of draws_by_unit and all_draws, where draws count */
  float *draw_weight; /* more or less than 1 */
  hm_shares shares;
  double *pieces; /* earlier pieces, in units; null where there can be none */
  int gathered;   /* whether there are any */
  double *sum;    /* what an estimator adds; null where that is nothing */
  int summed;     /* whether there is any */
  double *data_mean; /* nv + nh: the means of v and of p(h | v) in the data;
                        sums before hm_phases_end_means() */
  double
      *of_extras; /* sums for the gradient of the extra parameters, in units */
  float *data_weight;      /* what the cases of the piece count, */
  int weighs_data;         /* where they do not all count 1 */
  hm_particles after;      /* what the particles become */
  void *own;               /* the estimator's */
  double tally[HM_COUNTS]; /* and what it counts of coupled chains */
} hm_phases;

/* What the work is laid out for. */
typedef struct {
  int cases;       /* at most so many, */
  int reals;       /* which may be real */
  int chains;      /* persistent ones, 0 for none */
  int weighs;      /* whether draws have values or weights */
  int adds;        /* whether there is something to add to the sum, */
  int gathers;     /* or pieces, even of few cases */
  ptrdiff_t words; /* what the particles are */
  ptrdiff_t numbers;
} hm_phases_needs;

void hm_phases_lay(hm_arena *arena, const hm_layer *visible,
                   const hm_layer *hidden, const hm_phases_needs *needs,
                   hm_phases *phases);

/* Neither data nor draws, of which there will be so many. */
void hm_phases_begin(int cases, int draws, hm_phases *phases);

/* The data of the positive phase := the cases in phases->chains, whose mean_h
 * is p(h | v), each counted by phases->data_weight where phases->weighs_data.
 */
void hm_phases_set_data(hm_level level, hm_phases *phases);

/* What draws are: states that all count 1; states that are counted by
 * phases->draw_weight; states that each go with a case of the piece and count
 * what it does; and the same of means, of units given phases->chains.input_v.
 */
typedef enum { HM_ALIKE, HM_WEIGHTED, HM_OF_CASES, HM_MEANS } hm_draws_are;

/* The draws of the negative phase := those in phases->chains, whose mean_h is
 * p(h | v), and comes onto the grid. */
void hm_phases_set_draws(hm_level level, hm_draws_are what, hm_phases *phases);

/* Cases and draws count so much from here on. */
void hm_phases_share(double data_share, double draws_share, hm_phases *phases);

/* Adds data and draws as they stand to phases->pieces, and takes them away. */
void hm_phases_gather(hm_hardware hw, hm_phases *phases);

/* phases->sum, 0 where nothing was added, to add to. */
double *hm_phases_sum(hm_phases *phases);

/* After the last data. */
void hm_phases_end_means(hm_phases *phases);

/* Takes the data away. */
void hm_phases_drop_data(hm_phases *phases);

/* What data, draws and sum add up to. ---------------------------------------
 */

/* Weights that go together: those of the visible units of panel `row`, which
 * are top to top + high - 1, and of the hidden ones of `tiles` panels from
 * `column` on. */
enum { HM_STRIP = 4 };

typedef struct {
  int row;
  int top;
  int high;
  int column;
  int tiles;
} hm_strip;

/* How many strips W falls into, and strip i of them. */
int hm_strips(const hm_layer *visible, const hm_layer *hidden);
hm_strip hm_strip_at(const hm_layer *visible, const hm_layer *hidden, int i);

/* What the two phases add up to: `high` rows of the strip's panels, side by
 * side. Their difference in units where numbers are other than 0 and 1, and it
 * is in double. Otherwise the sums in single precision; unless the two are
 * apart, `draws` is what the draws' sums have more than the data's. */
typedef struct {
  int in_double;
  int apart;
  union {
    double difference[HM_PANEL * HM_STRIP * HM_PANEL];
    struct {
      float data[HM_PANEL * HM_STRIP * HM_PANEL];
      float draws[HM_PANEL * HM_STRIP * HM_PANEL];
    } sums;
  } of;
} hm_strip_sums;

void hm_phases_strip(hm_level level, const hm_strip *strip,
                     const hm_phases *phases, hm_strip_sums *sums);

/* g (`high` rows of 32) := the gradient of the weights of tile q of the strip;
 * what of it lies beyond the layer is not for use. */
void hm_phases_tile(hm_level level, const hm_strip *strip, int q,
                    const hm_strip_sums *sums, const hm_phases *phases,
                    double *g);

/* Those of the biases. */
void hm_phases_biases(hm_level level, const hm_phases *phases, double *gb,
                      double *gc);

/* Those of the extra parameters. */
void hm_phases_extras(const hm_phases *phases, double *gd);

/* gradient := all of it. */
void hm_phases_gradient(hm_hardware hw, const hm_phases *phases,
                        double *gradient);

#endif
