#include "states.h"

#include <string.h>

void hm_states_lay(hm_arena *arena, int units, int room, hm_states *states) {
  states->units = units;
  states->on.n = 0;
  states->on.stride = units;
  states->on.count = hm_room(arena, room, sizeof(int));
  states->on.item = hm_room(arena, (ptrdiff_t)room * units, sizeof(int));
  states->x = NULL;
}

/* A panel of sums stays in registers while the list runs through the rows:
 * sixteen doubles are eight vectors of the two that every x86-64 and arm64
 * machine has. Named variables, since compilers keep small arrays in memory. */
#if defined(__GNUC__)
#define HM_PANEL 16
typedef double pair __attribute__((vector_size(16)));

static inline pair load(const double *x) {
  pair value;
  memcpy(&value, x, sizeof value);
  return value;
}

static inline void blend(double *out, pair sum, double alpha, double beta) {
  const pair old = beta == 0.0 ? (pair){0.0, 0.0} : load(out);
  const pair value = beta * old + alpha * sum;
  memcpy(out, &value, sizeof value);
}

static void sum_panel(int count, const int *item, ptrdiff_t width, double alpha,
                      const double *rows, double beta, double *out) {
  pair s0 = {0.0, 0.0}, s1 = s0, s2 = s0, s3 = s0;
  pair s4 = s0, s5 = s0, s6 = s0, s7 = s0;
  for (int t = 0; t < count; t++) {
    const double *row = rows + item[t] * width;
    s0 += load(row);
    s1 += load(row + 2);
    s2 += load(row + 4);
    s3 += load(row + 6);
    s4 += load(row + 8);
    s5 += load(row + 10);
    s6 += load(row + 12);
    s7 += load(row + 14);
  }
  blend(out, s0, alpha, beta);
  blend(out + 2, s1, alpha, beta);
  blend(out + 4, s2, alpha, beta);
  blend(out + 6, s3, alpha, beta);
  blend(out + 8, s4, alpha, beta);
  blend(out + 10, s5, alpha, beta);
  blend(out + 12, s6, alpha, beta);
  blend(out + 14, s7, alpha, beta);
}
#else
#define HM_PANEL 16
static void sum_panel(int count, const int *item, ptrdiff_t width, double alpha,
                      const double *rows, double beta, double *out) {
  double sum[HM_PANEL] = {0.0};
  for (int t = 0; t < count; t++) {
    const double *row = rows + item[t] * width;
    for (int j = 0; j < HM_PANEL; j++) {
      sum[j] += row[j];
    }
  }
  for (int j = 0; j < HM_PANEL; j++) {
    out[j] = (beta == 0.0 ? 0.0 : beta * out[j]) + alpha * sum[j];
  }
}
#endif

static void sum_column(int count, const int *item, ptrdiff_t width,
                       double alpha, const double *rows, double beta,
                       double *out) {
  double sum = 0.0;
  for (int t = 0; t < count; t++) {
    sum += rows[item[t] * width];
  }
  *out = (beta == 0.0 ? 0.0 : beta * *out) + alpha * sum;
}

/* Columns first to last - 1 of every list's sum. */
static void sum_columns(const hm_lists *lists, int first, int last,
                        ptrdiff_t width, double alpha, const double *rows,
                        double beta, double *out) {
  for (int s = 0; s < lists->n; s++) {
    const int count = lists->count[s];
    const int *item = lists->item + (ptrdiff_t)s * lists->stride;
    double *sums = out + s * width;
    if (last - first == HM_PANEL) {
      sum_panel(count, item, width, alpha, rows + first, beta, sums + first);
      continue;
    }
    for (int j = first; j < last; j++) {
      sum_column(count, item, width, alpha, rows + j, beta, sums + j);
    }
  }
}

/* Panel by panel, all lists in each: what a panel reads of the rows is small
 * enough to stay in cache from one list to the next. */
void hm_sum_rows(const hm_lists *lists, int width, double alpha,
                 const double *rows, double beta, double *out, int threads) {
  ptrdiff_t items = 0;
  for (int s = 0; s < lists->n; s++) {
    items += lists->count[s];
  }
  const int many = (items + lists->n) * width >= HM_WORTH_THREADS;
#ifdef _OPENMP
#pragma omp parallel for num_threads(threads) if (many) schedule(dynamic)
#endif
  for (int first = 0; first < width; first += HM_PANEL) {
    const int last = width - first < HM_PANEL ? width : first + HM_PANEL;
    sum_columns(lists, first, last, width, alpha, rows, beta, out);
  }
  (void)threads;
  (void)many;
}

void hm_lists_by_unit(const hm_lists *by_case, int units, hm_lists *by_unit) {
  by_unit->n = units;
  memset(by_unit->count, 0, (size_t)units * sizeof *by_unit->count);
  for (int s = 0; s < by_case->n; s++) {
    const int *item = by_case->item + (ptrdiff_t)s * by_case->stride;
    for (int t = 0; t < by_case->count[s]; t++) {
      const int unit = item[t];
      const ptrdiff_t list = (ptrdiff_t)unit * by_unit->stride;
      by_unit->item[list + by_unit->count[unit]++] = s;
    }
  }
}

void hm_states_to_reals(const hm_states *states, double *x) {
  const size_t cells = (size_t)states->on.n * (size_t)states->units;
  if (states->x) {
    memcpy(x, states->x, cells * sizeof *x);
    return;
  }
  for (size_t i = 0; i < cells; i++) {
    x[i] = 0.0;
  }
  for (int s = 0; s < states->on.n; s++) {
    const int *item = states->on.item + (ptrdiff_t)s * states->on.stride;
    for (int t = 0; t < states->on.count[s]; t++) {
      x[(ptrdiff_t)s * states->units + item[t]] = 1.0;
    }
  }
}
