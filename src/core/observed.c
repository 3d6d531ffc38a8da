#include "observed.h"

#include <math.h>
#include <string.h>

#include "special.h"

/* How many states a hidden column has, if these are its nodes. */
static int states_of(const hm_column *column, const hm_node_range *range) {
  for (int k = 0; column->kind->by_nodes && k < range->units; k++) {
    if (range->unit[k] == column->first) {
      return hm_nodes_count(range, k);
    }
  }
  return column->kind->by_nodes ? 0 : column->kind->levels(column);
}

static int64_t count_states(const hm_model *model, const hm_node_range *range) {
  int64_t states = 1;
  int first = 0;
  for (int r = 0; r < model->hidden->runs; r++) {
    const hm_run *run = model->hidden->run + r;
    for (int q = 0; q < run->columns; q++) {
      hm_column column = {.kind = run->kind,
                          .size = run->size ? run->size[q] : 1,
                          .first = first};
      const int count = states_of(&column, range);
      first += run->kind->width ? run->kind->width(column.size) : 1;
      states *= count;
      if (count == 0 || states > HM_OBSERVED_MOST) {
        return HM_OBSERVED_MOST + 1;
      }
    }
  }
  return range->proper ? states : HM_OBSERVED_MOST + 1;
}

static int has_real_units(const hm_layer *layer) {
  for (int r = 0; r < layer->runs; r++) {
    if (layer->run[r].kind->by_nodes) {
      return 1;
    }
  }
  return 0;
}

/* Those for these cases, or where they are null for one of which nothing is
 * seen. */
static hm_observed_set set_for(const hm_model *model, const hm_cases *cases) {
  hm_observed_set set = {.range = {.proper = 1}};
  if (has_real_units(model->hidden)) {
    set.range =
        cases ? hm_nodes_of_cases(model, cases) : hm_nodes_of_nothing(model);
  }
  set.states = count_states(model, &set.range);
  return set;
}

int64_t hm_observed_states(const hm_model *model, const hm_cases *cases) {
  const int64_t of_cases = set_for(model, cases).states;
  const int64_t of_nothing = set_for(model, NULL).states;
  return of_cases > of_nothing ? of_cases : of_nothing;
}

static void lay_set(hm_arena *arena, hm_observed_set *set) {
  for (int k = 0; k < set->range.units; k++) {
    set->node[k] = hm_allot(
        arena, 2 * (ptrdiff_t)hm_nodes_count(&set->range, k), sizeof(double));
  }
}

/* Numbers that are kept from the first look at all states to the second. */
static const ptrdiff_t most_kept = 8 * 1000 * 1000;

void hm_observed_lay(hm_arena *arena, const hm_model *model,
                     const hm_cases *cases, int levels, int gradient,
                     hm_observed_work *work) {
  const ptrdiff_t nv = model->nv, nh = model->nh, N = cases->N;
  const ptrdiff_t columns = model->visible->columns;
  const ptrdiff_t extras = model->visible->extras;
  work->of_cases = set_for(model, cases);
  work->of_nothing = set_for(model, NULL);
  lay_set(arena, &work->of_cases);
  lay_set(arena, &work->of_nothing);
  const int64_t most = work->of_cases.states > work->of_nothing.states
                           ? work->of_cases.states
                           : work->of_nothing.states;
  const ptrdiff_t room =
      most < HM_OBSERVED_BLOCK ? (ptrdiff_t)most : HM_OBSERVED_BLOCK;
  work->room = (int)room;
  work->levels = levels;
  work->column = hm_allot(arena, columns, sizeof *work->column);
  work->hidden = hm_allot(arena, model->hidden->columns, sizeof *work->hidden);
  work->h = hm_allot(arena, nh * room, sizeof(double));
  work->log_weight = hm_allot(arena, room, sizeof(double));
  work->input = hm_allot(arena, nv * room, sizeof(double));
  work->A = hm_allot(arena, columns * room, sizeof(double));
  work->mean = hm_allot(arena, nv * room, sizeof(double));
  work->variance = hm_allot(arena, nv * room, sizeof(double));
  work->base_slope = hm_allot(arena, extras * room, sizeof(double));
  work->law = hm_allot(arena, levels * room, sizeof(double));
  work->largest = hm_allot(arena, N + 1, sizeof(double));
  work->sum = hm_allot(arena, N + 1, sizeof(double));
  work->log_sum = hm_allot(arena, N + 1, sizeof(double));
  work->kept = NULL;
  if (most == room && (N + 1) * room <= most_kept) {
    work->kept = hm_allot(arena, (N + 1) * room, sizeof(double));
  }
  /* What a case sends, its weights and its draw, and then the sums of a
   * gradient: theta, L, and a row of weights for each column. */
  work->length = 2 * nh + room + nv + columns;
  if (gradient) {
    work->length +=
        hm_parameters(model->nv, model->nh) + extras + 1 + columns * room;
  }
  work->part =
      hm_allot(arena, HM_OBSERVED_PARTS * work->length, sizeof(double));
}

/* Room of one part. */
typedef struct {
  double *sent;   /* nh: W'x of what is seen, */
  double *h;      /* nh: a mean, */
  double *weight; /* a number for each state of a block, */
  double *x;      /* nv: a draw, */
  int *wanted;    /* which columns this is of, */
  double *theta;  /* sums, in the order of parameters, */
  double *L;      /* of the log-likelihood, */
  double *missed; /* and of the weights of states, a row a column */
} part_room;

static part_room part_at(const hm_model *model, const hm_observed_work *work,
                         int part) {
  const ptrdiff_t nh = model->nh;
  double *at = work->part + part * work->length;
  part_room room = {.sent = at, .h = at + nh, .weight = at + 2 * nh};
  room.x = room.weight + work->room;
  room.wanted = (int *)(void *)(room.x + model->nv);
  room.theta = room.x + model->nv + model->visible->columns;
  room.L =
      room.theta + hm_parameters(model->nv, model->nh) + model->visible->extras;
  room.missed = room.L + 1;
  return room;
}

/* State number `index` of the hidden layer in place t of the block: digits, the
 * first column's least. */
static void set_state(const hm_model *model, int64_t index, int t,
                      hm_observed_work *work) {
  double log_weight = 0.0, x[HM_WIDEST];
  for (int q = 0; q < model->hidden->columns; q++) {
    const hm_column *column = work->hidden + q;
    const int levels = column->kind->levels(column);
    log_weight += column->kind->code(column, (int)(index % levels), x);
    index /= levels;
    for (int j = 0; j < column->width; j++) {
      const int unit = column->first + j;
      work->h[(ptrdiff_t)unit * work->room + t] = x[j];
      log_weight += model->c[unit] * x[j];
    }
  }
  work->log_weight[t] = log_weight;
}

/* What the visible layer does given state t. */
static void set_given(const hm_model *model, int t, hm_observed_work *work) {
  const ptrdiff_t room = work->room;
  double *input = work->input + (ptrdiff_t)t * model->nv;
  double mean[HM_WIDEST], variance[HM_WIDEST] = {0.0};
  double slope[HM_WIDEST] = {0.0};
  memcpy(input, model->b, (size_t)model->nv * sizeof *input);
  for (int i = 0; i < model->nv; i++) {
    const double *row = model->W_rows + (ptrdiff_t)i * model->nh;
    for (int j = 0; j < model->nh; j++) {
      input[i] += row[j] * work->h[j * room + t];
    }
  }
  for (int q = 0; q < model->visible->columns; q++) {
    const hm_column *column = work->column + q;
    const double *a = input + column->first;
    work->A[q * room + t] = column->kind->log_sum_at(column, a);
    column->kind->mean_at(column, a, mean, variance,
                          column->extras > 0 ? slope : NULL);
    for (int i = 0; i < column->width; i++) {
      work->mean[(column->first + i) * room + t] = mean[i];
      work->variance[(column->first + i) * room + t] = variance[i];
    }
    for (int e = 0; e < column->extras; e++) {
      work->base_slope[(column->extra + e) * room + t] = slope[e];
    }
  }
}

/* The tables of the states from `first` on; returns how many these are. */
static int set_block(const hm_model *model, int64_t first, hm_hardware hw,
                     hm_observed_work *work) {
  const int64_t left = work->states - first;
  const int n = left < work->room ? (int)left : work->room;
  const int parallel =
      (ptrdiff_t)n * model->nv * (model->nh + 20) >= HM_WORTH_THREADS;
#ifdef _OPENMP
#pragma omp parallel for num_threads(hw.threads) if (parallel)
#endif
  for (int t = 0; t < n; t++) {
    set_state(model, first + t, t, work);
    set_given(model, t, work);
  }
  (void)hw;
  (void)parallel;
  return n;
}

/* Whether cases are shared out between threads, by what a block of n states
 * costs them. */
static int worth_threads(const hm_model *model, int N, int n) {
  const ptrdiff_t sent = (ptrdiff_t)model->nv * model->nh;
  const ptrdiff_t weighed = (ptrdiff_t)n * (model->nh + 20);
  return N * (sent + weighed) >= 20 * HM_WORTH_THREADS;
}

/* From here on the states are those of a set. */
static void use(const hm_model *model, const hm_observed_set *set,
                hm_observed_work *work) {
  work->states = set->states;
  hm_layer_columns(model->visible, work->column);
  hm_layer_columns(model->hidden, work->hidden);
  for (int k = 0; k < set->range.units; k++) {
    hm_nodes_set(&set->range, k, set->node[k]);
  }
  for (int q = 0; q < model->hidden->columns; q++) {
    hm_column *column = work->hidden + q;
    for (int k = 0; column->kind->by_nodes && k < set->range.units; k++) {
      if (set->range.unit[k] == column->first) {
        column->size = hm_nodes_count(&set->range, k);
        column->d = set->node[k];
      }
    }
  }
}

/* Whether column q of case s is missing; all are of case N. */
static int is_missing(const hm_cases *cases, const hm_column *column, int s) {
  return s == cases->N ||
         isnan(cases->reals[(ptrdiff_t)column->first * cases->N + s]);
}

static int is_complete(const hm_model *model, const hm_cases *cases, int s,
                       const hm_observed_work *work) {
  for (int q = 0; q < model->visible->columns; q++) {
    if (is_missing(cases, work->column + q, s)) {
      return 0;
    }
  }
  return 1;
}

/* x := the units of a column of case s. */
static void take(const hm_cases *cases, const hm_column *column, int s,
                 double *x) {
  for (int i = 0; i < column->width; i++) {
    x[i] = cases->reals[(ptrdiff_t)(column->first + i) * cases->N + s];
  }
}

/* sent := W'x of what is seen; returns b'x + B(x) of it. */
static double send(const hm_model *model, const hm_cases *cases, int s,
                   const hm_observed_work *work, double *sent) {
  double own = 0.0, x[HM_WIDEST];
  memset(sent, 0, (size_t)model->nh * sizeof *sent);
  for (int q = 0; q < model->visible->columns; q++) {
    const hm_column *column = work->column + q;
    if (is_missing(cases, column, s)) {
      continue;
    }
    take(cases, column, s, x);
    own += hm_column_base(column, x, NULL);
    for (int i = 0; i < column->width; i++) {
      const double *row =
          model->W_rows + (ptrdiff_t)(column->first + i) * model->nh;
      own += x[i] * model->b[column->first + i];
      for (int j = 0; j < model->nh && x[i] != 0.0; j++) {
        sent[j] += x[i] * row[j];
      }
    }
  }
  return own;
}

/* weight[t] := the log weight of each of n states, given what is seen. */
static void weigh(const hm_model *model, const hm_cases *cases, int s, int n,
                  const double *sent, const hm_observed_work *work,
                  double *weight) {
  memcpy(weight, work->log_weight, (size_t)n * sizeof *weight);
  for (int j = 0; j < model->nh; j++) {
    const double *h = work->h + (ptrdiff_t)j * work->room;
    for (int t = 0; t < n && sent[j] != 0.0; t++) {
      weight[t] += sent[j] * h[t];
    }
  }
  for (int q = 0; q < model->visible->columns; q++) {
    const double *A = work->A + (ptrdiff_t)q * work->room;
    if (is_missing(cases, work->column + q, s)) {
      for (int t = 0; t < n; t++) {
        weight[t] += A[t];
      }
    }
  }
}

/* Puts a block of n log weights into the running log-sum-exp of case s; they
 * become what is summed. */
static void gather(int n, double *weight, int s, hm_observed_work *work) {
  double largest = work->largest[s], sum = 0.0;
  for (int t = 0; t < n; t++) {
    largest = weight[t] > largest ? weight[t] : largest;
  }
  for (int t = 0; t < n; t++) {
    weight[t] = exp(weight[t] - largest);
    sum += weight[t];
  }
  work->sum[s] = work->sum[s] * exp(work->largest[s] - largest) + sum;
  work->largest[s] = largest;
}

static double log_sum_of(const hm_observed_work *work, int s) {
  return work->largest[s] + log(work->sum[s]);
}

/* Cases `from` to `to` - 1, of which case N is one of which nothing is seen. */
typedef struct {
  int from;
  int to;
} span;

/* All states of a set, as log_sum_of() then tells, of cases with something
 * missing. */
static hm_status sum_all(const hm_model *model, const hm_cases *cases,
                         const hm_observed_set *set, span of,
                         const hm_watch *watch, hm_hardware hw,
                         hm_observed_work *work) {
  use(model, set, work);
  for (int s = of.from; s < of.to; s++) {
    work->largest[s] = -HUGE_VAL;
    work->sum[s] = 0.0;
  }
  for (int64_t first = 0; first < work->states; first += work->room) {
    const int n = set_block(model, first, hw, work);
    const int parallel = worth_threads(model, of.to - of.from, n);
#ifdef _OPENMP
#pragma omp parallel for num_threads(hw.threads) if (parallel)
#endif
    for (int part = 0; part < HM_OBSERVED_PARTS; part++) {
      const part_room room = part_at(model, work, part);
      for (int s = of.from + part; s < of.to; s += HM_OBSERVED_PARTS) {
        if (is_complete(model, cases, s, work)) {
          continue;
        }
        double *weight =
            work->kept ? work->kept + (ptrdiff_t)s * work->room : room.weight;
        send(model, cases, s, work, room.sent);
        weigh(model, cases, s, n, room.sent, work, weight);
        gather(n, weight, s, work);
      }
    }
    (void)parallel;
    if (hm_stopped_after((double)(of.to - of.from) * n, watch)) {
      return HM_INTERRUPTED;
    }
  }
  return HM_OK;
}

/* h := E(h | v) of a case of which all is seen; returns A of the hidden layer.
 */
static double complete(const hm_model *model, hm_level level, double *sent,
                       double *h) {
  for (int j = 0; j < model->nh; j++) {
    sent[j] += model->c[j];
  }
  hm_layer_mean(level, model->hidden, sent, h);
  return hm_layer_log_sum(level, model->hidden, sent);
}

/* The share of each of n states in case s, what it sends being known; h := the
 * mean of the hidden units in this block. */
static void share(const hm_model *model, const hm_cases *cases, int s, int n,
                  double log_sum, const hm_observed_work *work,
                  const part_room *room) {
  double *weight = room->weight, *h = room->h;
  if (work->kept) {
    const double *kept = work->kept + (ptrdiff_t)s * work->room;
    const double scale = exp(work->largest[s] - log_sum);
    for (int t = 0; t < n; t++) {
      weight[t] = kept[t] * scale;
    }
  } else {
    weigh(model, cases, s, n, room->sent, work, weight);
    for (int t = 0; t < n; t++) {
      weight[t] = exp(weight[t] - log_sum);
    }
  }
  for (int j = 0; j < model->nh; j++) {
    const double *state = work->h + (ptrdiff_t)j * work->room;
    double sum = 0.0;
    for (int t = 0; t < n; t++) {
      sum += weight[t] * state[t];
    }
    h[j] = sum;
  }
}

/* Adds what a case's seen columns and its hidden means h give to the sums:
 * `times` the statistics; b and d only where `own`. */
static void add_seen(const hm_model *model, const hm_cases *cases, int s,
                     double times, int own, const double *h,
                     const hm_observed_work *work, double *theta) {
  const ptrdiff_t nv = model->nv, nh = model->nh;
  double *gb = theta + nv * nh, *gc = gb + nv, *gd = gc + nh;
  double x[HM_WIDEST], slope[HM_WIDEST] = {0.0};
  for (int q = 0; q < model->visible->columns; q++) {
    const hm_column *column = work->column + q;
    if (is_missing(cases, column, s)) {
      continue;
    }
    take(cases, column, s, x);
    for (int i = 0; i < column->width; i++) {
      double *row = theta + (column->first + i) * nh;
      const double counted = times * x[i];
      for (int j = 0; j < nh && x[i] != 0.0; j++) {
        row[j] += counted * h[j];
      }
      gb[column->first + i] += own ? counted : 0.0;
    }
    if (own && column->extras > 0) {
      hm_column_base(column, x, slope);
      for (int e = 0; e < column->extras; e++) {
        gd[column->extra + e] += times * slope[e];
      }
    }
  }
  for (int j = 0; j < nh; j++) {
    gc[j] += times * h[j];
  }
}

/* A block of the states of a set. */
typedef struct {
  int n;
  int begins; /* whether it is the first */
} block;

/* One case and one block of states; complete cases with the first block. */
static void add_case(const hm_model *model, const hm_cases *cases, int s,
                     double weight, block states, hm_level level,
                     const hm_observed_work *work, const part_room *room) {
  const double own = send(model, cases, s, work, room->sent);
  if (is_complete(model, cases, s, work)) {
    if (states.begins) {
      const double A = complete(model, level, room->sent, room->h);
      *room->L += weight * (own + A);
      add_seen(model, cases, s, weight, 1, room->h, work, room->theta);
    }
    return;
  }
  const double log_sum = log_sum_of(work, s);
  share(model, cases, s, states.n, log_sum, work, room);
  add_seen(model, cases, s, weight, states.begins, room->h, work, room->theta);
  *room->L += states.begins ? weight * (own + log_sum) : 0.0;
  for (int q = 0; q < model->visible->columns; q++) {
    double *missed = room->missed + (ptrdiff_t)q * work->room;
    if (is_missing(cases, work->column + q, s)) {
      for (int t = 0; t < states.n; t++) {
        missed[t] += weight * room->weight[t];
      }
    }
  }
}

/* What the missing columns of all cases give, from the weights of states. */
static void add_missed(const hm_model *model, int n,
                       const hm_observed_work *work, const part_room *all) {
  const ptrdiff_t nv = model->nv, nh = model->nh, room = work->room;
  double *gb = all->theta + nv * nh, *gd = gb + nv + nh;
  double counted[HM_OBSERVED_BLOCK];
  for (int q = 0; q < model->visible->columns; q++) {
    const hm_column *column = work->column + q;
    const double *missed = all->missed + q * room;
    for (int i = column->first; i < column->first + column->width; i++) {
      const double *mean = work->mean + i * room;
      for (int t = 0; t < n; t++) {
        counted[t] = missed[t] * mean[t];
        gb[i] += counted[t];
      }
      for (int j = 0; j < nh; j++) {
        double sum = 0.0;
        for (int t = 0; t < n; t++) {
          sum += counted[t] * work->h[j * room + t];
        }
        all->theta[i * nh + j] += sum;
      }
    }
    for (int e = column->extra; e < column->extra + column->extras; e++) {
      for (int t = 0; t < n; t++) {
        gd[e] += missed[t] * work->base_slope[e * room + t];
      }
    }
  }
}

/* The weights of states of all parts, in the first. */
static void join_missed(const hm_model *model, const hm_observed_work *work) {
  const ptrdiff_t cells = (ptrdiff_t)model->visible->columns * work->room;
  const part_room all = part_at(model, work, 0);
  for (int part = 1; part < HM_OBSERVED_PARTS; part++) {
    const part_room room = part_at(model, work, part);
    for (ptrdiff_t i = 0; i < cells; i++) {
      all.missed[i] += room.missed[i];
    }
  }
}

/* Adds what cases give to the sums of the parts, once sum_all() has looked at
 * them; tables are still those of its only block where it has one. */
static hm_status add_all(const hm_model *model, const hm_cases *cases,
                         const double *weight, double of_nothing, span of,
                         const hm_watch *watch, hm_hardware hw,
                         hm_observed_work *work) {
  const int N = cases->N;
  const ptrdiff_t cells = (ptrdiff_t)model->visible->columns * work->room;
  const part_room all = part_at(model, work, 0);
  for (int64_t first = 0; first < work->states; first += work->room) {
    const int again = work->states > work->room;
    const int n = again ? set_block(model, first, hw, work) : (int)work->states;
    const block states = {n, first == 0};
    const int parallel = worth_threads(model, of.to - of.from, n);
#ifdef _OPENMP
#pragma omp parallel for num_threads(hw.threads) if (parallel)
#endif
    for (int part = 0; part < HM_OBSERVED_PARTS; part++) {
      const part_room room = part_at(model, work, part);
      memset(room.missed, 0, (size_t)cells * sizeof(double));
      for (int s = of.from + part; s < of.to; s += HM_OBSERVED_PARTS) {
        add_case(model, cases, s, s < N ? weight[s] : of_nothing, states,
                 hw.level, work, &room);
      }
    }
    (void)parallel;
    join_missed(model, work);
    add_missed(model, n, work, &all);
    if (hm_stopped_after((double)(of.to - of.from) * n, watch)) {
      return HM_INTERRUPTED;
    }
  }
  return HM_OK;
}

/* The sums of the parts, the case of which nothing is seen counting against all
 * others. It goes with these where they have the same states. */
static hm_status sum_parts(const hm_model *model, const hm_cases *cases,
                           const double *weight, double of_nothing,
                           const hm_watch *watch, hm_hardware hw,
                           hm_observed_work *work) {
  const int N = cases->N, apart = work->of_cases.range.units > 0;
  const span first = {0, apart ? N : N + 1}, rest = {N, N + 1};
  memset(work->part, 0,
         (size_t)(HM_OBSERVED_PARTS * work->length) * sizeof(double));
  hm_status status =
      sum_all(model, cases, &work->of_cases, first, watch, hw, work);
  if (status == HM_OK) {
    status = add_all(model, cases, weight, of_nothing, first, watch, hw, work);
  }
  if (status == HM_OK && apart) {
    status = sum_all(model, cases, &work->of_nothing, rest, watch, hw, work);
  }
  if (status == HM_OK && apart) {
    status = add_all(model, cases, weight, of_nothing, rest, watch, hw, work);
  }
  return status;
}

hm_status hm_observed_likelihood(const hm_model *model, const hm_cases *cases,
                                 const double *weight, const hm_watch *watch,
                                 hm_hardware hw, hm_observed_work *work,
                                 double *log_lik, double *gradient) {
  const ptrdiff_t size =
      hm_parameters(model->nv, model->nh) + model->visible->extras;
  const part_room all = part_at(model, work, 0);
  double total = 0.0;
  for (int s = 0; s < cases->N; s++) {
    total += weight[s];
  }
  if (sum_parts(model, cases, weight, -total, watch, hw, work) != HM_OK) {
    return HM_INTERRUPTED;
  }
  for (int part = 1; part < HM_OBSERVED_PARTS; part++) {
    const part_room room = part_at(model, work, part);
    for (ptrdiff_t i = 0; i <= size; i++) {
      all.theta[i] += room.theta[i];
    }
  }
  for (ptrdiff_t i = 0; i < size; i++) {
    gradient[i] = -all.theta[i] / total;
  }
  *log_lik = *all.L / total;
  return HM_OK;
}

/* Answers of a case of which all is seen. */
static void answer_complete(const hm_model *model, const hm_cases *cases, int s,
                            double own, hm_level level, const part_room *room,
                            const hm_observed_answer *answer) {
  const ptrdiff_t N = cases->N;
  const double A = complete(model, level, room->sent, room->h);
  if (answer->log_sum) {
    answer->log_sum[s] = own + A;
  }
  for (ptrdiff_t j = 0; answer->h && j < model->nh; j++) {
    answer->h[j * N + s] = room->h[j];
  }
}

/* A state for case s where the shares pass its uniform number in this block,
 * and a draw of what is missing given that state. `passed` is the share of the
 * blocks before. */
static void draw_missing(const hm_model *model, const hm_cases *cases, int s,
                         int n, double passed, const hm_observed_work *work,
                         const part_room *room,
                         const hm_observed_answer *answer) {
  const double *weight = room->weight;
  double first[2];
  int t = 0;
  hm_uniforms(&answer->stream, (uint32_t)s, 0, 2, first);
  if (first[0] < passed) {
    return; /* drawn before */
  }
  for (passed += weight[0]; t < n - 1 && passed <= first[0];) {
    passed += weight[++t];
  }
  for (int q = 0; q < model->visible->columns; q++) {
    room->wanted[q] = is_missing(cases, work->column + q, s);
  }
  hm_columns_draw(model->visible->columns, work->column,
                  work->input + (ptrdiff_t)t * model->nv, room->wanted,
                  &answer->stream, (uint32_t)s, room->x);
  for (int q = 0; q < model->visible->columns; q++) {
    const hm_column *column = work->column + q;
    for (int i = column->first;
         room->wanted[q] && i < column->first + column->width; i++) {
      answer->draw[(ptrdiff_t)i * cases->N + s] = room->x[i];
    }
  }
}

/* Adds the means of the missing columns of case s over the states of a block.
 */
static void add_means(const hm_model *model, const hm_cases *cases, int s,
                      int n, const hm_observed_work *work, const double *weight,
                      const hm_observed_answer *answer) {
  const ptrdiff_t N = cases->N, room = work->room;
  for (int q = 0; q < model->visible->columns; q++) {
    const hm_column *column = work->column + q;
    if (!is_missing(cases, column, s)) {
      continue;
    }
    for (int i = column->first; i < column->first + column->width; i++) {
      const double *mean = work->mean + i * room;
      const double *variance = work->variance + i * room;
      double first = 0.0, second = 0.0;
      for (int t = 0; t < n; t++) {
        first += weight[t] * mean[t];
        second += weight[t] * (mean[t] * mean[t] + variance[t]);
      }
      if (answer->v) {
        answer->v[i * N + s] += first;
      }
      if (answer->square) {
        answer->square[i * N + s] += second;
      }
    }
  }
}

/* A block of states; the blocks before had `sum[s]` of the shares. */
static void answer_case(const hm_model *model, const hm_cases *cases, int s,
                        block states, hm_level level, hm_observed_work *work,
                        const part_room *room,
                        const hm_observed_answer *answer) {
  const ptrdiff_t N = cases->N;
  const double own = send(model, cases, s, work, room->sent);
  double here = 0.0;
  if (is_complete(model, cases, s, work)) {
    if (states.begins) {
      answer_complete(model, cases, s, own, level, room, answer);
    }
    return;
  }
  share(model, cases, s, states.n, work->log_sum[s], work, room);
  if (answer->log_sum) {
    answer->log_sum[s] = own + work->log_sum[s];
  }
  for (ptrdiff_t j = 0; answer->h && j < model->nh; j++) {
    answer->h[j * N + s] += room->h[j];
  }
  if (answer->v || answer->square) {
    add_means(model, cases, s, states.n, work, room->weight, answer);
  }
  for (int k = 0; answer->law && k < work->levels; k++) {
    for (int t = 0; t < states.n; t++) {
      answer->law[k * N + s] +=
          room->weight[t] * work->law[(ptrdiff_t)k * work->room + t];
    }
  }
  if (answer->draw) {
    draw_missing(model, cases, s, states.n, work->sum[s], work, room, answer);
    for (int t = 0; t < states.n; t++) {
      here += room->weight[t];
    }
    work->sum[s] += here;
  }
}

/* law := that of the column which is asked about, given each of n states. */
static void set_law(const hm_model *model, int n, int which,
                    hm_observed_work *work) {
  const hm_column *column = work->column + which;
  double p[HM_LARGEST_SIZE + 1];
  for (int t = 0; t < n; t++) {
    const double *a = work->input + (ptrdiff_t)t * model->nv + column->first;
    hm_levels_law(column, a, p);
    for (int k = 0; k < work->levels; k++) {
      work->law[(ptrdiff_t)k * work->room + t] = p[k];
    }
  }
}

/* Means begin at what is seen, and at 0 where something is summed up. */
static void begin_answer(const hm_model *model, const hm_cases *cases,
                         const hm_observed_work *work,
                         const hm_observed_answer *answer) {
  const ptrdiff_t N = cases->N;
  for (ptrdiff_t i = 0; i < N * model->nv; i++) {
    const double x = cases->reals[i];
    const double start = isnan(x) ? 0.0 : x;
    if (answer->v) {
      answer->v[i] = start;
    }
    if (answer->square) {
      answer->square[i] = start * start;
    }
    if (answer->draw) {
      answer->draw[i] = x;
    }
  }
  if (answer->h) {
    memset(answer->h, 0, (size_t)(N * model->nh) * sizeof(double));
  }
  if (answer->law) {
    memset(answer->law, 0, (size_t)(N * work->levels) * sizeof(double));
  }
}

hm_status hm_observed_answer_cases(const hm_model *model, const hm_cases *cases,
                                   const hm_watch *watch, hm_hardware hw,
                                   hm_observed_work *work,
                                   const hm_observed_answer *answer) {
  const span all = {0, cases->N};
  begin_answer(model, cases, work, answer);
  if (sum_all(model, cases, &work->of_cases, all, watch, hw, work) != HM_OK) {
    return HM_INTERRUPTED;
  }
  for (int s = 0; s < cases->N; s++) {
    work->log_sum[s] = log_sum_of(work, s);
    work->sum[s] = 0.0; /* from here on the share of the blocks before */
  }
  for (int64_t first = 0; first < work->states; first += work->room) {
    const int again = work->states > work->room;
    const int n = again ? set_block(model, first, hw, work) : (int)work->states;
    const block states = {n, first == 0};
    const int parallel = worth_threads(model, cases->N, n);
    if (answer->law) {
      set_law(model, n, answer->column, work);
    }
#ifdef _OPENMP
#pragma omp parallel for num_threads(hw.threads) if (parallel)
#endif
    for (int part = 0; part < HM_OBSERVED_PARTS; part++) {
      const part_room room = part_at(model, work, part);
      for (int s = part; s < cases->N; s += HM_OBSERVED_PARTS) {
        answer_case(model, cases, s, states, hw.level, work, &room, answer);
      }
    }
    (void)parallel;
    if (hm_stopped_after((double)cases->N * n, watch)) {
      return HM_INTERRUPTED;
    }
  }
  return HM_OK;
}
