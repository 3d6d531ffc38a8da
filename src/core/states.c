#include "states.h"

#include <string.h>

#include "simd.h"

void hm_lists_lay(hm_arena *arena, int n, int stride, hm_lists *lists) {
  lists->n = n;
  lists->stride = stride;
  lists->count = hm_allot(arena, n, sizeof(int));
  lists->item = hm_allot(arena, (ptrdiff_t)n * stride, sizeof(int));
  lists->value = NULL;
}

void hm_states_lay(hm_arena *arena, int units, int room, hm_states *states) {
  states->units = units;
  hm_lists_lay(arena, room, units, &states->on);
  states->on.n = 0;
  states->x = NULL;
}

/* Columns whose sums stay in registers at the same time: 16, or, since an
 * addition waits for the one before it, eight vectors where these are wide. */
enum { columns_at_once = 16, most_at_once = 64 };
static const int wide_at_once[] = {16, 16, 32, most_at_once};

#define HM_UNROLL_ALL
#define HM_KERNEL_FILE "states-kernel.h"
#include "simd-each-kernel.h"

static void sum_column(int count, const int *item, ptrdiff_t width,
                       double alpha, const double *rows, double beta,
                       double *out) {
  double sum = 0.0;
  for (int t = 0; t < count; t++) {
    sum += rows[item[t] * width];
  }
  *out = (beta == 0.0 ? 0.0 : beta * *out) + alpha * sum;
}

/* What becomes of lists, see hm_sum_rows(). */
typedef struct {
  ptrdiff_t width;
  double alpha;
  const double *rows;
  double beta;
  hm_level level;
} product;

/* Columns first to last - 1 of one list's sum, and of every list's. */
static void sum_list(int count, const int *item, int first, int last,
                     const product *of, double *out) {
  typedef void sum_kernel(int, const int *, ptrdiff_t, const double *,
                          double *);
  static sum_kernel *const few[] = HM_LEVELS(sum_columns);
  static sum_kernel *const many[] = HM_LEVELS(sum_wide);
  const ptrdiff_t width = of->width;
  const double alpha = of->alpha, beta = of->beta, *rows = of->rows;
  const hm_level level = of->level;
  while (last - first >= columns_at_once) {
    const int wide = last - first >= wide_at_once[level] ? wide_at_once[level]
                                                         : columns_at_once;
    double total[most_at_once] = {0.0};
    (wide > columns_at_once ? many : few)[level](count, item, width,
                                                 rows + first, total);
    for (int j = 0; j < wide; j++) {
      out[first + j] =
          (beta == 0.0 ? 0.0 : beta * out[first + j]) + alpha * total[j];
    }
    first += wide;
  }
  for (int j = first; j < last; j++) {
    sum_column(count, item, width, alpha, rows + j, beta, out + j);
  }
}

static void sum_some(const hm_lists *lists, int first, int last,
                     const product *of, double *out) {
  for (int s = 0; s < lists->n; s++) {
    sum_list(lists->count[s], lists->item + (ptrdiff_t)s * lists->stride, first,
             last, of, out + s * of->width);
  }
}

/* Panel by panel, all lists in each: what a panel reads of the rows is small
 * enough to stay in cache from one list to the next. */
void hm_sum_rows(const hm_lists *lists, int width, double alpha,
                 const double *rows, double beta, double *out, hm_hardware hw) {
  ptrdiff_t items = 0;
  for (int s = 0; s < lists->n; s++) {
    items += lists->count[s];
  }
  const int parallel = (items + lists->n) * width >= HM_WORTH_THREADS;
  const int wide = wide_at_once[hw.level];
  const product of = {width, alpha, rows, beta, hw.level};
#ifdef _OPENMP
#pragma omp parallel for num_threads(hw.threads) if (parallel) schedule(dynamic)
#endif
  for (int first = 0; first < width; first += wide) {
    const int last = width - first < wide ? width : first + wide;
    sum_some(lists, first, last, &of, out);
  }
  (void)parallel;
}

void hm_sum_columns(const hm_lists *lists, int n, int width, const double *cols,
                    double *out) {
  for (int s = 0; s < lists->n; s++) {
    const int *item = lists->item + (ptrdiff_t)s * lists->stride;
    for (ptrdiff_t j = 0; j < width; j++) {
      sum_column(lists->count[s], item, 1, 1.0, cols + j * n, 1.0,
                 out + s * (ptrdiff_t)width + j);
    }
  }
}

void hm_gather_values(int units, int s, hm_lists *lists) {
  int *item = lists->item + (ptrdiff_t)s * lists->stride, count = 0;
  float *value = lists->value + (ptrdiff_t)s * lists->stride;
  for (int i = 0; i < units; i++) {
    /* Written always, kept only where not 0: no branch to mispredict. */
    const float now = value[i];
    item[count] = i;
    value[count] = now;
    count += now != 0.0f;
  }
  lists->count[s] = count;
}

/* From the last on: an item stands where its unit will, or before. */
void hm_spread_values(int units, int s, hm_lists *lists) {
  const int *item = lists->item + (ptrdiff_t)s * lists->stride;
  float *value = lists->value + (ptrdiff_t)s * lists->stride;
  for (int i = units - 1, t = lists->count[s] - 1; i >= 0; i--) {
    const int has = t >= 0 && item[t] == i;
    value[i] = has ? value[t] : 0.0f;
    t -= has;
  }
}

void hm_copy_list(const hm_lists *from, int s, int m, hm_lists *to) {
  to->count[m] = from->count[s];
  memmove(to->item + (ptrdiff_t)m * to->stride,
          from->item + (ptrdiff_t)s * from->stride,
          (size_t)from->count[s] * sizeof *to->item);
  if (from->value && to->value) {
    memmove(to->value + (ptrdiff_t)m * to->stride,
            from->value + (ptrdiff_t)s * from->stride,
            (size_t)from->count[s] * sizeof *to->value);
  }
}

void hm_lists_by_unit(const hm_lists *by_case, int units, hm_lists *by_unit) {
  by_unit->n = units;
  memset(by_unit->count, 0, (size_t)units * sizeof *by_unit->count);
  for (int s = 0; s < by_case->n; s++) {
    const int *item = by_case->item + (ptrdiff_t)s * by_case->stride;
    for (int t = 0; t < by_case->count[s]; t++) {
      const int unit = item[t];
      const ptrdiff_t at =
          (ptrdiff_t)unit * by_unit->stride + by_unit->count[unit]++;
      by_unit->item[at] = s;
      if (by_case->value) {
        by_unit->value[at] = by_case->value[(ptrdiff_t)s * by_case->stride + t];
      }
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
