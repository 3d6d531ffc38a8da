#include "states.h"

#include <string.h>

#include "simd.h"

void hm_states_lay(hm_arena *arena, int units, int room, hm_states *states) {
  states->units = units;
  states->on.n = 0;
  states->on.stride = units;
  states->on.count = hm_room(arena, room, sizeof(int));
  states->on.item = hm_room(arena, (ptrdiff_t)room * units, sizeof(int));
  states->x = NULL;
}

/* Sixteen doubles fill eight vectors of the two that every x86-64 and arm64
 * machine has, or four of the four that wider ones have. */
#define HM_PANEL 16

#if defined(__GNUC__)
#define VECTOR 2
#define KERNEL(name) name##_narrow
#define KERNEL_ATTRIBUTE
#include "states-kernel.h"
#else
static void sum_panel_narrow(int count, const int *item, ptrdiff_t width,
                             double alpha, const double *rows, double beta,
                             double *out) {
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

#ifdef HM_WIDE
#define VECTOR 4
#define KERNEL(name) name##_wide
#define KERNEL_ATTRIBUTE HM_WIDE
#include "states-kernel.h"
#else
#define sum_panel_wide sum_panel_narrow
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
  void (*panel)(int, const int *, ptrdiff_t, double, const double *, double,
                double *) = hm_wide() ? sum_panel_wide : sum_panel_narrow;
  for (int s = 0; s < lists->n; s++) {
    const int count = lists->count[s];
    const int *item = lists->item + (ptrdiff_t)s * lists->stride;
    double *sums = out + s * width;
    if (last - first == HM_PANEL) {
      panel(count, item, width, alpha, rows + first, beta, sums + first);
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
  if (states->x == x) {
    return; /* they are there already */
  }
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
