/* What the tests of the core share: memory, a source of chance that is not the
 * core's, limits for laws, and the model written out plainly, with one loop for
 * each sum of a formula. A state of some units stands also as a number: bit i
 * is unit i. */
#ifndef TWIN_H
#define TWIN_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "check.h"
#include "model.h"
#include "special.h"
#include "working.h"

/* Memory that lives as long as the program, full of bits that make NaN of a
 * double and -1 of an int: what is read before it is set shows. */
static inline void *twin_room(size_t count, size_t size) {
  static void **kept;
  static size_t blocks;
  const size_t bytes = count * size > 0 ? count * size : 1;
  void **more = realloc(kept, (blocks + 1) * sizeof *kept);
  void *block = malloc(bytes);
  if (!more || !block) {
    puts("out of memory");
    exit(2);
  }
  kept = more;
  kept[blocks++] = block;
  memset(block, 0xFF, bytes);
  return block;
}

static inline double *twin_reals(ptrdiff_t n) {
  return twin_room((size_t)n, sizeof(double));
}

static inline int *twin_ints(ptrdiff_t n) {
  return twin_room((size_t)n, sizeof(int));
}

static inline double *twin_zeros(ptrdiff_t n) {
  double *x = twin_reals(n);
  for (ptrdiff_t i = 0; i < n; i++) {
    x[i] = 0.0;
  }
  return x;
}

static inline double *twin_copy(ptrdiff_t n, const double *x) {
  return memcpy(twin_reals(n), x, (size_t)n * sizeof *x);
}

/* Singles, which are NaN too until they are set. */
static inline float *twin_singles(ptrdiff_t n) {
  return twin_room((size_t)n, sizeof(float));
}

/* An arena as large as was measured. */
static inline hm_arena twin_arena(const hm_arena *measured) {
  hm_arena arena = {twin_room(measured->used, 1), 0};
  return arena;
}

/* Uniform on [0, 1): SplitMix64 (Steele, Lea and Flood 2014). */
static inline double twin_uniform(uint64_t *state) {
  uint64_t z = *state += 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

static inline double *twin_random(ptrdiff_t n, double low, double high,
                                  uint64_t *state) {
  double *x = twin_reals(n);
  for (ptrdiff_t i = 0; i < n; i++) {
    x[i] = low + (high - low) * twin_uniform(state);
  }
  return x;
}

/* The multiple of 2^-16 that is nearest, see phases.h. */
static inline double twin_on_grid(float p) {
  return rint((double)p * 65536.0) / 65536.0;
}

/* n cells that are 1 with probability p and 0 otherwise. */
static inline double *twin_cells(ptrdiff_t n, double p, uint64_t *state) {
  double *x = twin_reals(n);
  for (ptrdiff_t i = 0; i < n; i++) {
    x[i] = twin_uniform(state) < p ? 1.0 : 0.0;
  }
  return x;
}

/* A number below `cells`, drawn from the law p. */
static inline int twin_draw(int cells, const double *p, uint64_t *state) {
  double left = twin_uniform(state);
  int i = 0;
  while (i < cells - 1 && left >= p[i]) {
    left -= p[i++];
  }
  return i;
}

/* The largest distance of two vectors, infinite where a number is not finite.
 */
static inline double twin_gap(ptrdiff_t n, const double *x, const double *y) {
  double largest = 0.0;
  for (ptrdiff_t i = 0; i < n; i++) {
    if (!isfinite(x[i]) || !isfinite(y[i])) {
      return HUGE_VAL;
    }
    largest = fmax(largest, fabs(x[i] - y[i]));
  }
  return largest;
}

static inline int twin_same_bits(ptrdiff_t n, const double *x,
                                 const double *y) {
  return memcmp(x, y, (size_t)n * sizeof *x) == 0;
}

static inline int twin_same_singles(ptrdiff_t n, const float *x,
                                    const float *y) {
  return memcmp(x, y, (size_t)n * sizeof *x) == 0;
}

/* The levels that are here, plain C first; returns how many. */
static inline int twin_levels(hm_level level[4]) {
  int n = 0;
  for (int i = HM_PLAIN; i <= HM_AVX512; i++) {
    if (hm_level_here((hm_level)i)) {
      level[n++] = (hm_level)i;
    }
  }
  return n;
}

/* So many threads, at the widest level that is here. */
static inline hm_hardware twin_hw(int threads) {
  hm_level level[4];
  const int n = twin_levels(level);
  hm_hardware hw = {threads, level[n - 1]};
  return hw;
}

/* Every level with one thread and with two, plain C with one thread first;
 * returns how many ways there are. */
static inline int twin_ways(hm_hardware way[8]) {
  hm_level level[4];
  const int levels = twin_levels(level);
  for (int i = 0; i < 2 * levels; i++) {
    way[i].threads = i % 2 + 1;
    way[i].level = level[i / 2];
  }
  return 2 * levels;
}

/* The threads of this program, 0 where the system does not tell. OpenMP keeps
 * those that it has once started, so what asks for none must come first. */
static inline int twin_threads(void) {
#ifdef _WIN32
  return 0; /* wine has the file, but of another process */
#else
  FILE *status = fopen("/proc/self/status", "r");
  char line[256];
  int threads = 0;
  while (status && fgets(line, sizeof line, status)) {
    if (sscanf(line, "Threads: %d", &threads) == 1) {
      break;
    }
  }
  if (status) {
    fclose(status);
  }
  return threads;
#endif
}

/* Whether OpenMP starts the threads that are asked for. */
#ifdef _OPENMP
enum { twin_openmp = 1 };
#else
enum { twin_openmp = 0 };
#endif

/* Little work stays on one thread, and so does all where one is asked for; more
 * work, and two threads, are two. `work` does as many cases as it is told. */
static inline void twin_check_threads(void (*work)(int n, int threads),
                                      int little, int much) {
  const int before = twin_threads();
  work(little, 2);
  CHECK(twin_threads() == before, "little work starts no thread");
  work(much, 1);
  CHECK(twin_threads() == before, "nor does what is done by one");
  work(much, 2);
  CHECK(before == 0 || twin_threads() == before + twin_openmp,
        "two threads share more");
}

/* How far a law may be from what is expected, in standard errors: a normal
 * variable is beyond 5 of them with probability 5.8e-7, both sides taken
 * together. Keys are fixed, so a check that passes passes always; the rate is
 * that of a false alarm when a key or the order of draws is changed. */
#define TWIN_Z 5.0

/* Chi-square that is exceeded with probability at most 2.9e-7: the bound of
 * Wilson and Hilferty with TWIN_Z, which is wide of the exact quantile at every
 * number of degrees of freedom, and the more so the fewer there are. */
static inline double twin_chi_square_limit(int freedom) {
  const double spread = 2.0 / (9.0 * freedom);
  return freedom * pow(1.0 - spread + TWIN_Z * sqrt(spread), 3.0);
}

/* The chi-square of counts against a law, as a share of its limit: a misfit
 * where above 1. Cells in which fewer than 5 are expected are taken together,
 * and infinity says that something impossible was seen. */
static inline double twin_misfit(int cells, const long *seen, const double *p) {
  double n = 0.0, square = 0.0, rare_seen = 0.0, rare_due = 0.0;
  int used = 0;
  for (int i = 0; i < cells; i++) {
    n += (double)seen[i];
  }
  for (int i = 0; i < cells; i++) {
    const double due = n * p[i], count = (double)seen[i];
    if (due <= 0.0 && count > 0.0) {
      return HUGE_VAL;
    }
    if (due < 5.0) {
      rare_seen += count;
      rare_due += due;
    } else {
      square += (count - due) * (count - due) / due;
      used++;
    }
  }
  if (rare_due >= 5.0) {
    square += (rare_seen - rare_due) * (rare_seen - rare_due) / rare_due;
    used++;
  }
  return used > 1 ? square / twin_chi_square_limit(used - 1) : HUGE_VAL;
}

/* The same where all cells are equally likely. */
static inline double twin_uneven(int cells, const long *seen) {
  double *p = twin_reals(cells);
  for (int i = 0; i < cells; i++) {
    p[i] = 1.0 / cells;
  }
  return twin_misfit(cells, seen, p);
}

static inline long *twin_counts(int cells) {
  long *count = twin_room((size_t)cells, sizeof *count);
  for (int i = 0; i < cells; i++) {
    count[i] = 0;
  }
  return count;
}

/* A watch that says stop once, when it is asked for the `stop_at`th time; never
 * where that is 0. */
typedef struct {
  int asked;
  int stop_at;
} twin_patience;

static inline int twin_ask(void *data) {
  twin_patience *patience = data;
  patience->asked++;
  return patience->asked == patience->stop_at;
}

/* Lists of the units that are on in n cases of reals; x is null. */
static inline hm_states twin_lists(int n, int units, const double *x) {
  hm_arena measured = {NULL, 0};
  hm_states states;
  hm_states_lay(&measured, units, n, &states);
  hm_arena arena = twin_arena(&measured);
  hm_states_lay(&arena, units, n, &states);
  states.on.n = n;
  for (int s = 0; s < n; s++) {
    int count = 0;
    for (int i = 0; i < units; i++) {
      if (x[(ptrdiff_t)s * units + i] > 0.0) {
        states.on.item[(ptrdiff_t)s * units + count++] = i;
      }
    }
    states.on.count[s] = count;
  }
  return states;
}

/* The same cases as reals. */
static inline hm_states twin_real_states(int n, int units, double *x) {
  hm_states states = {units, {.n = n}, x};
  return states;
}

/* The states of lists, in double where they have values. */
static inline hm_states twin_states(int units, const hm_lists *lists) {
  hm_states states = {units, *lists, NULL};
  if (lists->value) {
    states.x = twin_reals((ptrdiff_t)lists->n * units);
    memset(states.x, 0, (size_t)(lists->n * units) * sizeof *states.x);
  }
  for (int s = 0; lists->value && s < lists->n; s++) {
    const int *item = lists->item + (ptrdiff_t)s * lists->stride;
    for (int t = 0; t < lists->count[s]; t++) {
      states.x[(ptrdiff_t)s * units + item[t]] =
          (double)lists->value[(ptrdiff_t)s * lists->stride + t];
    }
  }
  return states;
}

/* lists := the units that are not 0 in n cases of reals, with values. */
static inline void twin_list_reals(int n, int units, const double *x,
                                   hm_lists *lists) {
  lists->n = n;
  for (int s = 0; s < n; s++) {
    for (int i = 0; i < units; i++) {
      lists->value[(ptrdiff_t)s * lists->stride + i] =
          (float)x[(ptrdiff_t)s * units + i];
    }
    hm_gather_values(units, s, lists);
  }
}

/* x := those states, all numbers. */
static inline void twin_spread(int units, const hm_lists *lists, double *x) {
  const hm_states states = twin_states(units, lists);
  hm_states_to_reals(&states, x);
}

/* A data set of N cases of nv reals, which a host keeps column by column. */
static inline hm_cases twin_real_cases(int N, int nv, const double *x) {
  double *columns = twin_reals((ptrdiff_t)N * nv);
  for (int s = 0; s < N; s++) {
    for (int i = 0; i < nv; i++) {
      columns[(ptrdiff_t)i * N + s] = x[(ptrdiff_t)s * nv + i];
    }
  }
  hm_cases cases = {.N = N, .nv = nv, .reals = columns};
  return cases;
}

/* The same where all are 0 or 1, packed. */
static inline hm_cases twin_packed_cases(int N, int nv, const double *x) {
  const hm_cases host = twin_real_cases(N, nv, x);
  const hm_matrix matrix = {N, nv, host.reals, NULL, NULL};
  uint64_t *bits = twin_room((size_t)N * (size_t)hm_words(nv), sizeof *bits);
  hm_pack(&matrix, 0, N, bits);
  hm_cases cases = {.N = N, .nv = nv, .bits = bits};
  return cases;
}

/* The same from a host's sparse matrix, compressed by row or by column, with
 * the values that differ from 0 and some more, as far as `stored` goes. */
static inline hm_sparse twin_sparse(int N, int nv, int by_row, double stored,
                                    const double *x, uint64_t *state) {
  const int lines = by_row ? N : nv, across = by_row ? nv : N;
  int *start = twin_ints((ptrdiff_t)lines + 1);
  int *index = twin_ints((ptrdiff_t)N * nv);
  double *value = twin_reals((ptrdiff_t)N * nv);
  int room = 0;
  for (int line = 0; line < lines; line++) {
    start[line] = room;
    for (int i = 0; i < across; i++) {
      const double cell =
          by_row ? x[(ptrdiff_t)line * nv + i] : x[(ptrdiff_t)i * nv + line];
      if (cell != 0.0 || twin_uniform(state) < stored) {
        index[room] = i;
        value[room++] = cell;
      }
    }
  }
  start[lines] = room;
  hm_sparse sparse = {N, nv, by_row, room, start, index, value, NULL};
  return sparse;
}

static inline hm_cases twin_listed(const hm_sparse *sparse) {
  const hm_watch patient = {NULL, NULL, NULL};
  int *start = twin_ints((ptrdiff_t)sparse->N + 1);
  int *item = twin_ints(hm_sparse_count(sparse));
  hm_list_sparse(sparse, &patient, start, item);
  hm_cases cases = {
      .N = sparse->N, .nv = sparse->nv, .start = start, .item = item};
  return cases;
}

static inline hm_cases twin_sparse_cases(int N, int nv, const double *x) {
  uint64_t state = 5;
  const hm_sparse sparse = twin_sparse(N, nv, 0, 0.1, x, &state);
  return twin_listed(&sparse);
}

/* A layer of runs of binary units, of so many each, and one of a single run. */
static inline const hm_layer *twin_runs(int runs, const int *units) {
  hm_run *run = twin_room((size_t)runs, sizeof *run);
  hm_layer *layer = twin_room(1, sizeof *layer);
  for (int r = 0; r < runs; r++) {
    run[r].kind = &hm_unit_binary;
    run[r].units = units[r];
  }
  *layer = hm_layer_of(runs, run);
  return layer;
}

static inline const hm_layer *twin_binary(int units) {
  return twin_runs(1, &units);
}

/* The machine with parameters theta = [W by rows | b | c]. */
static inline hm_model twin_model(int nv, int nh, const double *theta) {
  const double *b = theta + (ptrdiff_t)nv * nh;
  double *W_cols = twin_reals((ptrdiff_t)nv * nh);
  for (int i = 0; i < nv; i++) {
    for (int j = 0; j < nh; j++) {
      W_cols[(ptrdiff_t)j * nv + i] = theta[(ptrdiff_t)i * nh + j];
    }
  }
  hm_model model = {nv,     nh,   theta,           W_cols,         b,
                    b + nv, NULL, twin_binary(nv), twin_binary(nh)};
  return model;
}

/* One with parameters uniform between -size and size. */
static inline hm_model twin_machine(int nv, int nh, double size,
                                    uint64_t *state) {
  return twin_model(nv, nh,
                    twin_random(hm_parameters(nv, nh), -size, size, state));
}

/* Panels of n rows of `width`, of which nothing is set. */
static inline hm_panels twin_panels(int n, int width) {
  hm_panels panels;
  hm_arena measured = {NULL, 0};
  hm_panels_lay(&measured, n, width, &panels);
  hm_arena arena = twin_arena(&measured);
  hm_panels_lay(&arena, n, width, &panels);
  return panels;
}

/* The numbers of n rows of panels, as reals. */
static inline double *twin_from_panels(int n, const hm_panels *panels) {
  double *x = twin_reals((ptrdiff_t)n * panels->width);
  hm_panels_get(n, panels, x);
  return x;
}

/* The working copy of a model. */
static inline hm_working twin_working(const hm_model *model) {
  hm_working working;
  hm_arena measured = {NULL, 0};
  hm_working_lay(&measured, model, &working);
  hm_arena arena = twin_arena(&measured);
  hm_working_lay(&arena, model, &working);
  hm_working_set(model, HM_PLAIN, &working);
  return working;
}

static inline double twin_W(const hm_model *model, int i, int j) {
  return model->W_rows[(ptrdiff_t)i * model->nh + j];
}

static inline double twin_sigm(double x) { return 1.0 / (1.0 + exp(-x)); }

static inline double twin_softplus(double x) {
  return x > 0.0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

/* c_j + (W'v)_j */
static inline double twin_to_hidden(const hm_model *model, const double *v,
                                    int j) {
  double sum = model->c[j];
  for (int i = 0; i < model->nv; i++) {
    sum += v[i] * twin_W(model, i, j);
  }
  return sum;
}

/* b_i + (Wh)_i */
static inline double twin_to_visible(const hm_model *model, const double *h,
                                     int i) {
  double sum = model->b[i];
  for (int j = 0; j < model->nh; j++) {
    sum += twin_W(model, i, j) * h[j];
  }
  return sum;
}

/* p(h_j = 1 | v) for all j, and p(v_i = 1 | h) for all i. */
static inline void twin_mean_h(const hm_model *model, const double *v,
                               double *mean) {
  for (int j = 0; j < model->nh; j++) {
    mean[j] = twin_sigm(twin_to_hidden(model, v, j));
  }
}

static inline void twin_mean_v(const hm_model *model, const double *h,
                               double *mean) {
  for (int i = 0; i < model->nv; i++) {
    mean[i] = twin_sigm(twin_to_visible(model, h, i));
  }
}

/* Room for the singles of so many units, in whole panels. */
static inline float *twin_layer(int units) {
  return twin_singles((ptrdiff_t)hm_panels_across(units) * HM_PANEL);
}

/* start + sum_i x[i] w[i stride] in single precision, as hm_sum_panels() adds:
 * in the order of i, but where three in eight or more of n states are on, and
 * all are 0 or 1, those of each four together first. */
static inline float twin_single_sum(int n, const double *x, float start,
                                    const double *w, ptrdiff_t stride) {
  int on = 0, binary = 1;
  for (int i = 0; i < n; i++) {
    on += x[i] > 0.0;
    binary = binary && (x[i] <= 0.0 || x[i] >= 1.0);
  }
  const int together = binary && on * 8 >= n * 3 ? 4 : 1;
  for (int first = 0; first < n; first += together) {
    float sum = 0.0f;
    for (int i = first; i < n && i < first + together; i++) {
      sum += x[i] > 0.0 ? (float)x[i] * (float)w[i * stride] : 0.0f;
    }
    start += sum;
  }
  return start;
}

/* The same inputs as chains have them: weights and biases rounded to single
 * precision, and added, in single precision, from the bias on. 0 beyond the
 * layer. */
static inline void twin_single_to_hidden(const hm_model *model, const double *v,
                                         float *input) {
  for (int j = 0; j < hm_panels_across(model->nh) * HM_PANEL; j++) {
    input[j] = j < model->nh ? twin_single_sum(model->nv, v, (float)model->c[j],
                                               model->W_rows + j, model->nh)
                             : 0.0f;
  }
}

static inline void twin_single_to_visible(const hm_model *model,
                                          const double *h, float *input) {
  for (int i = 0; i < hm_panels_across(model->nv) * HM_PANEL; i++) {
    input[i] = i < model->nv ? twin_single_sum(
                                   model->nh, h, (float)model->b[i],
                                   model->W_rows + (ptrdiff_t)i * model->nh, 1)
                             : 0.0f;
  }
}

/* And the means, by the core's own sigm, which test-special.c holds to its
 * bound. */
static inline void twin_single_mean_h(const hm_model *model, const double *v,
                                      float *mean) {
  twin_single_to_hidden(model, v, mean);
  hm_sigm_singles(HM_PLAIN, hm_panels_across(model->nh) * HM_PANEL, mean, mean);
}

static inline void twin_single_mean_v(const hm_model *model, const double *h,
                                      float *mean) {
  twin_single_to_visible(model, h, mean);
  hm_sigm_singles(HM_PLAIN, hm_panels_across(model->nv) * HM_PANEL, mean, mean);
}

/* Whether a unit with this uniform and this mean is on, both to 31 bits. */
static inline int twin_is_on(double u, float mean) {
  return mean >= 1.0f || floor(u * 0x1p31) < floor((double)mean * 0x1p31);
}

/* x[i] := whether unit i of case `row` is on, from singles as means. */
static inline void twin_single_draw(int n, const float *mean,
                                    const hm_stream *stream, uint32_t row,
                                    double *x) {
  double u[32];
  for (int i = 0; i < n; i++) {
    if (i % 32 == 0) {
      hm_uniforms(stream, row, i, 32, u);
    }
    x[i] = twin_is_on(u[i % 32], mean[i]) ? 1.0 : 0.0;
  }
}

/* How far a mean in single precision may be from that in exact arithmetic. An
 * input is a sum of n + 1 numbers of size S in all: off by n 2^-24 S for the
 * additions, see panels.h, and 2^-24 S for rounding the numbers themselves. The
 * slope of sigm is at most 1/4, and its error 4e-7, see special.h. */
static inline double twin_single_error(int n, double S) {
  return 1.001 * 0x1p-24 * (n + 1) * S / 4.0 + 4e-7;
}

/* A bound of that for both layers of a model. */
static inline double twin_mean_error(const hm_model *model) {
  double worst = 0.0;
  for (int i = 0; i < model->nv; i++) {
    double S = fabs(model->b[i]);
    for (int j = 0; j < model->nh; j++) {
      S += fabs(twin_W(model, i, j));
    }
    worst = fmax(worst, twin_single_error(model->nh, S));
  }
  for (int j = 0; j < model->nh; j++) {
    double S = fabs(model->c[j]);
    for (int i = 0; i < model->nv; i++) {
      S += fabs(twin_W(model, i, j));
    }
    worst = fmax(worst, twin_single_error(model->nv, S));
  }
  return worst;
}

/* E(v, h) = - b'v - c'h - v'Wh */
static inline double twin_energy(const hm_model *model, const double *v,
                                 const double *h) {
  double sum = 0.0;
  for (int i = 0; i < model->nv; i++) {
    sum -= model->b[i] * v[i];
    for (int j = 0; j < model->nh; j++) {
      sum -= v[i] * twin_W(model, i, j) * h[j];
    }
  }
  for (int j = 0; j < model->nh; j++) {
    sum -= model->c[j] * h[j];
  }
  return sum;
}

/* -F(v) = b'v + sum_j softplus(c_j + (W'v)_j), the log of p(v) up to log Z. */
static inline double twin_log_weight(const hm_model *model, const double *v) {
  double sum = 0.0;
  for (int i = 0; i < model->nv; i++) {
    sum += model->b[i] * v[i];
  }
  for (int j = 0; j < model->nh; j++) {
    sum += twin_softplus(twin_to_hidden(model, v, j));
  }
  return sum;
}

static inline void twin_state(int units, int state, double *x) {
  for (int i = 0; i < units; i++) {
    x[i] = (state >> i) & 1 ? 1.0 : 0.0;
  }
}

/* The number of the state of case s. */
static inline int twin_number(const hm_lists *on, int s) {
  int state = 0;
  for (int t = 0; t < on->count[s]; t++) {
    state |= 1 << on->item[(ptrdiff_t)s * on->stride + t];
  }
  return state;
}

/* Probability of a state of units that are on independently with these means.
 */
static inline double twin_probability(int units, int state,
                                      const double *mean) {
  double p = 1.0;
  for (int i = 0; i < units; i++) {
    p *= (state >> i) & 1 ? mean[i] : 1.0 - mean[i];
  }
  return p;
}

/* The law of v, p[state] for all 2^nv states. */
static inline double *twin_visible_law(const hm_model *model) {
  const int states = 1 << model->nv;
  double *p = twin_reals(states), *v = twin_reals(model->nv);
  double Z = 0.0;
  for (int state = 0; state < states; state++) {
    twin_state(model->nv, state, v);
    p[state] = exp(twin_log_weight(model, v));
    Z += p[state];
  }
  for (int state = 0; state < states; state++) {
    p[state] /= Z;
  }
  return p;
}

/* The joint law by the energies of all states, p[v + 2^nv h]. */
static inline double *twin_joint_law(const hm_model *model) {
  const int of_v = 1 << model->nv, states = of_v << model->nh;
  double *p = twin_reals(states);
  double *v = twin_reals(model->nv), *h = twin_reals(model->nh);
  double Z = 0.0;
  for (int state = 0; state < states; state++) {
    twin_state(model->nv, state % of_v, v);
    twin_state(model->nh, state / of_v, h);
    p[state] = exp(-twin_energy(model, v, h));
    Z += p[state];
  }
  for (int state = 0; state < states; state++) {
    p[state] /= Z;
  }
  return p;
}

/* The law of (v', h) after one sweep from the law p of v: h given v, then v'
 * given h; [v' + 2^nv h]. */
static inline double *twin_sweep_law(const hm_model *model, const double *p) {
  const int nv = model->nv, nh = model->nh;
  double *mean = twin_reals(nv > nh ? nv : nh);
  double *x = twin_reals(nv > nh ? nv : nh);
  double *joint = twin_reals((ptrdiff_t)1 << (nv + nh));
  for (int h = 0; h < 1 << nh; h++) {
    double p_h = 0.0;
    for (int v = 0; v < 1 << nv; v++) {
      twin_state(nv, v, x);
      twin_mean_h(model, x, mean);
      p_h += p[v] * twin_probability(nh, h, mean);
    }
    twin_state(nh, h, x);
    twin_mean_v(model, x, mean);
    for (int v = 0; v < 1 << nv; v++) {
      joint[v + (h << nv)] = p_h * twin_probability(nv, v, mean);
    }
  }
  return joint;
}

/* The law of v where `joint` is that of (v, h). */
static inline double *twin_marginal_v(int nv, int nh, const double *joint) {
  double *p = twin_zeros((ptrdiff_t)1 << nv);
  for (int state = 0; state < 1 << (nv + nh); state++) {
    p[state & ((1 << nv) - 1)] += joint[state];
  }
  return p;
}

/* sum_i v_i log p(v_i = 1 | rest) + (1 - v_i) log p(v_i = 0 | rest), from the
 * free energies with unit i on and off. */
static inline double twin_pseudo_log_lik(const hm_model *model,
                                         const double *v) {
  double *changed = twin_copy(model->nv, v);
  double sum = 0.0;
  for (int i = 0; i < model->nv; i++) {
    changed[i] = 1.0;
    const double on = twin_log_weight(model, changed);
    changed[i] = 0.0;
    const double off = twin_log_weight(model, changed);
    changed[i] = v[i];
    sum -= v[i] * twin_softplus(off - on);
    sum -= (1.0 - v[i]) * twin_softplus(on - off);
  }
  return sum;
}

#endif
