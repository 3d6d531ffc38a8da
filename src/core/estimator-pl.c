/* Pseudo-likelihood (Besag 1975; Hyvarinen 2006; for these machines Marlin et
 * al. 2010): the gradient of another loss, -<sum_i log p(v_i | all other
 * v)>_data, which has no log Z and no chance in it. With v^i the case in which
 * unit i is flipped and r_i = sigm(F(v) - F(v^i)) = p(flipped | all other v),
 *
 *   gradient = <sum_i r_i (dF(v) - dF(v^i))>_data
 *   dF/dW = -v p(h|v)',  dF/db = -v,  dF/dc = -p(h|v)
 *
 * that is, with S = sum_i r_i p(h|v^i), R = sum_i r_i and T = S - R p(h|v), in
 * row i of W
 *
 *   (1 - 2 v_i) r_i p(h|v^i) + v_i T,
 *
 * (1 - 2 v_i) r_i for b_i, and T for c. One pass over W for each case: what one
 * flip does to all hidden units is made from tables of exp(W) and exp(-W), see
 * the kernel. In double throughout, positive phase and all, for data of
 * states. A unit with more of them goes through all, see turn_block(). */
#include <math.h>
#include <string.h>

#include "conditional.h"
#include "estimator.h"
#include "pseudo.h"
#include "special.h"

#define HM_KERNEL_FILE "estimator-pl-kernel.h"
#include "simd-each-kernel.h"

/* Cases side by side, so that each row of a table is fetched once for all; and
 * blocks of visible units, each with sums of its own, which threads share out.
 */
enum { cases_at_once = 16, blocks = 16 };

typedef struct {
  hm_flips flips;
  double *input; /* room cases of nh */
  double *T;     /* the same */
  double *state; /* cases_at_once of nv, */
  double *tail;  /* and of flips.wide: what their flips start from */
  double *S;     /* for each block, cases_at_once of `wide` */
  double *R;     /* for each block, cases_at_once */
  double *mean;  /* for each block, `wide` */
  double *row;   /* the same for each unit of a column */
  hm_column *column;
  int widest; /* of the columns */
} pl_work;

static void lay_own(hm_arena *arena, const hm_model *shape, ptrdiff_t room,
                    pl_work *own) {
  const ptrdiff_t nv = shape->nv, nh = shape->nh;
  hm_flips_lay(arena, shape->nv, shape->nh, &own->flips);
  const ptrdiff_t wide = own->flips.wide;
  own->input = hm_allot(arena, room * nh, sizeof(double));
  own->T = hm_allot(arena, room * nh, sizeof(double));
  own->state = hm_allot(arena, cases_at_once * nv, sizeof(double));
  own->tail = hm_allot(arena, cases_at_once * wide, sizeof(double));
  own->S = hm_allot(arena, blocks * cases_at_once * wide, sizeof(double));
  own->R = hm_allot(arena, blocks * cases_at_once, sizeof(double));
  own->mean = hm_allot(arena, blocks * wide, sizeof(double));
  own->widest = 1;
  hm_column column = hm_column_first(shape->visible);
  for (; column.kind; hm_column_next(shape->visible, &column)) {
    own->widest = column.width > own->widest ? column.width : own->widest;
  }
  own->row = hm_allot(arena, blocks * own->widest * wide, sizeof(double));
  own->column = hm_allot(arena, shape->visible->columns, sizeof(hm_column));
}

static void lay(hm_arena *arena, const hm_model *shape,
                const hm_estimator_options *options, hm_hardware hw,
                hm_phases *phases) {
  pl_work *own = hm_allot(arena, 1, sizeof *own);
  pl_work measured;
  (void)options;
  (void)hw;
  phases->own = own;
  lay_own(arena, shape, phases->room, own ? own : &measured);
}

/* The room of one block, and the columns in it. */
typedef struct {
  int from;
  int to;
  double *S;
  double *R;
  double *mean;
  double *row;
} block_room;

/* What the states of a column add to. */
typedef struct {
  int wide;
  double *mean; /* room for p(h | v) there */
  double *S;
  double *R;
  double *row;
  double *sum;
  double *slope;
} turns;

/* That of one block, S and R being 0. */
static block_room room_of(const pl_work *own, int columns, int block) {
  const int wide = own->flips.wide;
  const block_room room = {
      .from = hm_share(columns, block, blocks),
      .to = hm_share(columns, block + 1, blocks),
      .S = own->S + (ptrdiff_t)block * cases_at_once * wide,
      .R = own->R + (ptrdiff_t)block * cases_at_once,
      .mean = own->mean + (ptrdiff_t)block * wide,
      .row = own->row + (ptrdiff_t)block * own->widest * wide};
  memset(room.S, 0, (size_t)cases_at_once * (size_t)wide * sizeof *room.S);
  memset(room.R, 0, cases_at_once * sizeof *room.R);
  memset(room.mean, 0, (size_t)wide * sizeof *room.mean);
  return room;
}

/* Row i of the gradient, but for v_i T, and its bias. */
static void add_unit(const hm_model *model, int i, double scale,
                     const double *row, double sum, double *gradient) {
  const int nh = model->nh;
  for (int j = 0; j < nh; j++) {
    gradient[(ptrdiff_t)i * nh + j] += scale * row[j];
  }
  gradient[(ptrdiff_t)model->nv * nh + i] += scale * sum;
}

static void (*const add_twice[])(ptrdiff_t, double, double, const double *,
                                 double *, double *) = HM_LEVELS(add_twice);

/* The units of one block, in n cases: their rows of the gradient, but for v_i
 * T, and the block's S and R. */
static void flip_block(const hm_model *model, hm_level level, int block, int n,
                       double scale, const pl_work *own, double *gradient) {
  const int nv = model->nv, wide = own->flips.wide;
  const block_room room = room_of(own, nv, block);
  for (int i = room.from; i < room.to; i++) {
    double sum = 0.0;
    memset(room.row, 0, (size_t)wide * sizeof *room.row);
    for (int s = 0; s < n; s++) {
      const double v = own->state[(ptrdiff_t)s * nv + i];
      const double odds = hm_flip(model, level, &own->flips, i, v,
                                  own->tail + (ptrdiff_t)s * wide, room.mean);
      const double r = hm_sigm(odds), turned = (1.0 - 2.0 * v) * r;
      room.R[s] += r;
      sum += turned;
      add_twice[level](wide, r, turned, room.mean, room.S + (ptrdiff_t)s * wide,
                       room.row);
    }
    add_unit(model, i, scale, room.row, sum, gradient);
  }
}

/* Column `column` of case s, which counts `weight`: the states that it is not
 * in, each by its probability given all else. `row` has `wide` numbers for each
 * of the column's units, sum and slope one for each unit and extra parameter.
 */
static void turn_column(const hm_model *model, hm_level level,
                        const hm_choice *choice, const double *input,
                        double weight, const turns *to) {
  const hm_column *column = choice->column;
  double by[HM_WIDEST], there[HM_WIDEST];
  double slope[HM_WIDEST] = {0.0}, now[HM_WIDEST] = {0.0};
  double p[HM_LARGEST_SIZE + 1];
  hm_states_of_column(model, level, choice, input, to->mean, p);
  hm_column_base(column, choice->x, now);
  for (int k = 0; k < column->kind->levels(column); k++) {
    const double r = weight * p[k];
    if (!hm_move_column(model, column, k, choice->x, input, by, to->mean)) {
      continue;
    }
    hm_layer_mean(level, model->hidden, to->mean, to->mean);
    *to->R += r;
    for (int i = 0; i < column->width; i++) {
      to->sum[i] += by[i] * r;
      there[i] = choice->x[i] + by[i];
      if (i == 0 || by[i] < 0.0 || by[i] > 0.0) {
        add_twice[level](to->wide, i == 0 ? r : 0.0, by[i] * r, to->mean, to->S,
                         to->row + (ptrdiff_t)i * to->wide);
      }
    }
    hm_column_base(column, there, slope);
    for (int e = 0; e < column->extras; e++) {
      to->slope[e] += r * (slope[e] - now[e]);
    }
  }
}

/* The same of columns of other kinds: a turn to each of the other states of a
 * column, x, with r = p(x | all other columns) and (x - v) r in place of 1 - 2
 * v. */
static void turn_block(const hm_update *update, int block, int first, int n,
                       double scale, hm_phases *phases, double *gradient) {
  const pl_work *own = phases->own;
  const hm_model *model = update->model;
  const int nv = model->nv, nh = model->nh, wide = own->flips.wide;
  block_room room = room_of(own, model->visible->columns, block);
  double base[HM_LARGEST_SIZE + 1] = {0.0};
  double sum[HM_WIDEST], slope[HM_WIDEST];
  for (int q = room.from; q < room.to; q++) {
    const hm_column *column = own->column + q;
    hm_column_bases(column, base);
    memset(sum, 0, sizeof sum);
    memset(slope, 0, sizeof slope);
    memset(room.row, 0,
           (size_t)column->width * (size_t)wide * sizeof *room.row);
    for (int s = 0; s < n; s++) {
      const hm_choice choice = {column, base,
                                own->state + (ptrdiff_t)s * nv + column->first};
      const turns to = {wide,       room.mean, room.S + (ptrdiff_t)s * wide,
                        room.R + s, room.row,  sum,
                        slope};
      turn_column(
          model, update->hw.level, &choice,
          own->input + (ptrdiff_t)(first + s) * nh,
          phases->weighs_data ? (double)phases->data_weight[first + s] : 1.0,
          &to);
    }
    for (int i = 0; i < column->width; i++) {
      add_unit(model, column->first + i, scale, room.row + (ptrdiff_t)i * wide,
               sum[i], gradient);
    }
    for (int e = 0; e < column->extras; e++) {
      phases->of_extras[column->extra + e] +=
          phases->shares.data_units * slope[e];
    }
  }
}

/* T of case s of this group, whose input to the hidden layer is given. */
static void set_T(const hm_update *update, const pl_work *own, int s,
                  const double *input, double *T) {
  const int nh = update->model->nh;
  double R = 0.0;
  for (int block = 0; block < blocks; block++) {
    R += own->R[block * cases_at_once + s];
  }
  const int binary = hm_flips_tell(update->model->hidden);
  if (!binary) {
    hm_layer_mean(update->hw.level, update->model->hidden, input, T);
  }
  for (int j = 0; j < nh; j++) {
    T[j] = -R * (binary ? hm_sigm(input[j]) : T[j]);
  }
  for (int block = 0; block < blocks; block++) {
    const double *S =
        own->S + ((ptrdiff_t)block * cases_at_once + s) * own->flips.wide;
    for (int j = 0; j < nh; j++) {
      T[j] += S[j];
    }
  }
}

/* Adds v_i T of a case to row i. */
static void add_T(const hm_model *model, double scale, const double *v,
                  const double *T, double *gradient) {
  for (int i = 0; i < model->nv; i++, gradient += model->nh) {
    for (int j = 0; j < model->nh && (v[i] < 0.0 || v[i] > 0.0); j++) {
      gradient[j] += scale * v[i] * T[j];
    }
  }
}

/* The cases from `first` on, n of them, of the piece. */
static void add_group(const hm_update *update, int first, int n, double scale,
                      hm_phases *phases, double *gradient) {
  const hm_model *model = update->model;
  const hm_lists *on = &phases->chains.v;
  pl_work *own = phases->own;
  const int flips = hm_flips_tell(model->visible) && !phases->weighs_data;
  const int nv = model->nv, nh = model->nh;
  const int parallel = (ptrdiff_t)n * nv * nh >= HM_WORTH_THREADS;
  memset(own->state, 0, (size_t)n * (size_t)nv * sizeof *own->state);
  for (int s = 0; s < n; s++) {
    const int *item = on->item + (ptrdiff_t)(first + s) * on->stride;
    for (int t = 0; t < on->count[first + s]; t++) {
      own->state[(ptrdiff_t)s * nv + item[t]] =
          on->value ? (double)on->value[(ptrdiff_t)(first + s) * on->stride + t]
                    : 1.0;
    }
    hm_columns_round(model->visible, 1, own->state + (ptrdiff_t)s * nv);
    if (flips) {
      hm_flips_start(nh, update->hw.level, &own->flips,
                     own->input + (ptrdiff_t)(first + s) * nh,
                     own->tail + (ptrdiff_t)s * own->flips.wide);
    }
  }
#ifdef _OPENMP
#pragma omp parallel for num_threads(update->hw.threads) if (parallel) \
    schedule(dynamic)
#endif
  for (int block = 0; block < blocks; block++) {
    if (flips) {
      flip_block(model, update->hw.level, block, n, scale, own, gradient);
    } else {
      turn_block(update, block, first, n, scale, phases, gradient);
    }
  }
  for (int s = 0; s < n; s++) {
    const ptrdiff_t at = (ptrdiff_t)(first + s) * nh;
    set_T(update, own, s, own->input + at, own->T + at);
    if (!flips) {
      add_T(model, scale, own->state + (ptrdiff_t)s * nv, own->T + at,
            gradient);
    }
  }
  (void)parallel;
}

/* input := c + W'v of all cases of the piece. */
static void set_input(const hm_model *model, const hm_lists *on, hm_hardware hw,
                      double *input) {
  const hm_link hidden = hm_link_to_hidden(model);
  const hm_states v = {model->nv, *on, NULL};
  const int nh = model->nh;
  if (!on->value) {
    hm_input(&hidden, &v, hw, input);
    return;
  }
  for (int s = 0; s < on->n; s++, input += nh) {
    const ptrdiff_t first = (ptrdiff_t)s * on->stride;
    memcpy(input, model->c, (size_t)nh * sizeof *input);
    for (int t = 0; t < on->count[s]; t++) {
      const double x = (double)on->value[first + t];
      const double *row = model->W_rows + (ptrdiff_t)on->item[first + t] * nh;
      for (int j = 0; j < nh; j++) {
        input[j] += x * row[j];
      }
    }
  }
}

/* Takes what the data gave the extra parameters away again. */
static void drop_slopes(hm_phases *phases) {
  hm_layer_base_slopes(phases->visible, &phases->chains.v,
                       &phases->data_by_unit,
                       phases->weighs_data ? phases->data_weight : NULL,
                       phases->shares.data_units, phases->of_extras);
}

static hm_status negative_phase(const hm_update *update, int from,
                                hm_phases *phases) {
  const int nv = update->model->nv, nh = update->model->nh;
  const double scale = phases->shares.data;
  const hm_lists *on = &phases->chains.v;
  pl_work *own = phases->own;
  if (from >= update->rows->n) {
    return HM_OK;
  }
  double *gradient = hm_phases_sum(phases);
  if (from == 0 && hm_flips_tell(update->model->visible)) {
    hm_flips_set(update->model, update->hw.level, &own->flips);
  }
  hm_layer_columns(update->model->visible, own->column);
  drop_slopes(phases);
  set_input(update->model, on, update->hw, own->input);
  for (int first = 0; first < on->n; first += cases_at_once) {
    const int left = on->n - first;
    add_group(update, first, left < cases_at_once ? left : cases_at_once, scale,
              phases, gradient);
    if (hm_stopped(update->watch)) {
      return HM_INTERRUPTED;
    }
  }
  if (hm_flips_tell(update->model->visible) && !phases->weighs_data) {
    hm_sum_rows(&phases->data_by_unit, nh, scale, own->T, 1.0, gradient,
                update->hw);
  }
  hm_sum_rows(&phases->all_data, nh, scale, own->T, 1.0,
              gradient + (ptrdiff_t)nv * nh + nv, update->hw);
  hm_phases_drop_data(phases);
  return HM_OK;
}

const hm_estimator hm_estimator_pl = {.name = "pl",
                                      .finite = 1,
                                      .needs_model = 1,
                                      .adds = 1,
                                      .lay = lay,
                                      .negative_phase = negative_phase};
