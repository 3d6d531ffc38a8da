#include "monitor.h"

#include <math.h>
#include <string.h>

/* Cases whose products with a row of W go side by side. */
enum { cases_together = 4 };

#define HM_KERNEL_FILE "monitor-kernel.h"
#include "simd-each-kernel.h"

/* Products, and softplus differences for intensities and counts, that one look
 * may cost:
 * some milliseconds, and little beside an epoch over large data. */
static const double most_products = 2e7;
static const double most_softplus = 1e6;

int hm_monitor_count(const hm_cases *cases, const hm_layer *visible, int nh) {
  const double most = hm_cases_binary(cases) ? most_products : most_softplus;
  const double each =
      visible->counted ? (double)hm_pseudo_states(visible) : cases->nv;
  const double fit = most / (each * nh);
  return fit < 1.0 ? 1 : fit < cases->N ? (int)fit : cases->N;
}

void hm_monitor_lay(hm_arena *arena, const hm_cases *cases,
                    const hm_layer *visible, int nh, hm_monitor_work *work) {
  const int nv = cases->nv;
  const int binary = hm_cases_binary(cases) && visible->counted;
  work->count = hm_monitor_count(cases, visible, nh);
  work->room = hm_cases_at_once(nv, nh, work->count);
  hm_states_lay(arena, nv, work->room, &work->v);
  work->x = hm_allot(arena, (ptrdiff_t)work->room * nv, sizeof(double));
  work->mean_v = hm_allot(arena, (ptrdiff_t)work->room * nv, sizeof(double));
  work->input = hm_allot(arena, (ptrdiff_t)work->room * nh, sizeof(double));
  work->mean_h = hm_allot(arena, (ptrdiff_t)work->room * nh, sizeof(double));
  hm_flips_lay(arena, binary ? nv : 0, nh, &work->flips);
  work->tail =
      hm_allot(arena, (ptrdiff_t)work->room * work->flips.wide, sizeof(double));
  work->value = hm_allot(arena, work->count, sizeof(double));
  work->row = hm_allot(arena, work->count, sizeof(int));
}

void hm_monitor_choose(const hm_cases *cases, const uint32_t key[2],
                       hm_monitor_work *work) {
  const hm_stream stream = hm_stream_of(key, HM_DRAW_MONITOR, 0, 0);
  for (int s = 0; s < work->count; s++) {
    const int64_t first = (int64_t)s * cases->N / work->count;
    const int64_t end = (int64_t)(s + 1) * cases->N / work->count;
    work->row[s] = (int)first +
                   (int)hm_below(&stream, (uint32_t)s, (uint32_t)(end - first));
  }
}

static double mean_of(int n, const double *value) {
  double sum = 0.0;
  for (int s = 0; s < n; s++) {
    sum += value[s];
  }
  return sum / n;
}

/* Standard error of the mean of n values, as an estimate of that of the N they
 * were drawn from: none is left where all are looked at. */
static double error_of_mean(int n, int N, const double *value) {
  const double mean = mean_of(n, value);
  double squares = 0.0;
  if (n == N) {
    return 0.0;
  }
  if (n == 1) {
    return HUGE_VAL;
  }
  for (int s = 0; s < n; s++) {
    squares += (value[s] - mean) * (value[s] - mean);
  }
  return sqrt(squares / (n - 1) / n * (1.0 - (double)n / N));
}

/* input := b + W p, see below, for visible units `top` to `bottom` - 1 of at
 * most cases_together cases from case `first` on. */
static void input_of_some(const hm_model *model, hm_level level, int top,
                          int bottom, int first, int n, const double *p,
                          double *input) {
  static void (*const add_products[])(int, const double *,
                                      const double *const *, double *) =
      HM_LEVELS(add_products);
  const int nv = model->nv, nh = model->nh, whole = nh / 8 * 8;
  const size_t left = (size_t)(nh - whole) * sizeof *p;
  double rest[cases_together + 1][8] = {{0.0}};
  const double *x[cases_together], *end[cases_together];
  for (int l = 0; l < cases_together; l++) {
    /* Beyond the last case, the last again. */
    const int s = first + l < n ? first + l : n - 1;
    x[l] = p + (ptrdiff_t)s * nh;
    memcpy(rest[l], x[l] + whole, left);
    end[l] = rest[l];
  }
  for (int i = top; i < bottom; i++) {
    const double *w = model->W_rows + (ptrdiff_t)i * nh;
    double sum[cases_together];
    for (int l = 0; l < cases_together; l++) {
      sum[l] = model->b[i];
    }
    memcpy(rest[cases_together], w + whole, left);
    add_products[level](whole, w, x, sum);
    add_products[level](8, rest[cases_together], end, sum);
    for (int l = 0; l < cases_together && first + l < n; l++) {
      input[(ptrdiff_t)(first + l) * nv + i] = sum[l];
    }
  }
}

/* input (n cases of nv) := b + W p, of means p in n cases of nh. Not by BLAS:
 * some take longer for it than for all the rest of a look. */
static void input_of_means(const hm_model *model, int n, const double *p,
                           hm_hardware hw, double *input) {
  enum { at_once = 4 };
  const int nv = model->nv;
  const int parallel = (ptrdiff_t)n * nv * model->nh >= HM_WORTH_THREADS;
#ifdef _OPENMP
#pragma omp parallel for num_threads(hw.threads) if (parallel)
#endif
  for (int top = 0; top < nv; top += at_once) {
    const int bottom = nv - top < at_once ? nv : top + at_once;
    for (int first = 0; first < n; first += cases_together) {
      input_of_some(model, hw.level, top, bottom, first, n, p, input);
    }
  }
  (void)parallel;
}

/* Cells that are not known are not missed: x := mean_v there. Returns how many.
 */
static ptrdiff_t fill_holes(const hm_cases *cases, const hm_rows *rows,
                            const double *mean_v, double *x) {
  ptrdiff_t holes = 0;
  for (int s = 0; cases->hole_start && s < rows->n; s++) {
    const int *at = cases->hole_start + hm_row(rows, s);
    for (int t = at[0]; t < at[1]; t++, holes++) {
      const ptrdiff_t cell = (ptrdiff_t)s * cases->nv + cases->hole[t];
      x[cell] = mean_v[cell];
    }
  }
  return holes;
}

hm_status hm_monitor(const hm_model *model, const hm_cases *cases,
                     const hm_watch *watch, hm_hardware hw,
                     hm_monitor_work *work, hm_monitor_report *report) {
  const hm_link hidden = hm_link_to_hidden(model);
  const hm_link visible = hm_link_to_visible(model);
  const hm_rows all = {work->row, 0, work->count};
  const int counted =
      model->visible->counted && model->hidden->counted && !cases->hole_start;
  const int binary = hm_cases_binary(cases) && counted;
  const hm_flips *flips = binary ? &work->flips : NULL;
  double error = 0.0, activity = 0.0, holes = 0.0;
  if (binary) {
    hm_flips_set(model, hw.level, &work->flips);
  }
  for (int from = 0; from < work->count; from += work->room) {
    const hm_rows rows = hm_rows_from(&all, from, work->room);
    work->v.x = work->x;
    hm_take(cases, &rows, &work->v);
    hm_states_to_reals(&work->v, work->x);
    hm_input(&hidden, &work->v, hw, work->input);
    hm_mean(&hidden, rows.n, work->input, hw, work->mean_h);

    input_of_means(model, rows.n, work->mean_h, hw, work->mean_v);
    hm_mean(&visible, rows.n, work->mean_v, hw, work->mean_v);
    holes += (double)fill_holes(cases, &rows, work->mean_v, work->x);
    const ptrdiff_t cells = (ptrdiff_t)rows.n * model->nv;
    for (ptrdiff_t i = 0; i < cells; i++) {
      const double miss = work->x[i] - work->mean_v[i];
      error += miss * miss;
    }
    for (ptrdiff_t j = 0; j < (ptrdiff_t)rows.n * model->nh; j++) {
      activity += work->mean_h[j];
    }
    if (counted) {
      hm_pseudo_log_lik(model, rows.n, work->x, work->input, flips, hw,
                        work->tail, work->value + from);
    }
    if (hm_stopped(watch)) {
      return HM_INTERRUPTED;
    }
  }
  report->reconstruction_error =
      error / ((double)work->count * model->nv - holes);
  report->hidden_activity = activity / ((double)work->count * model->nh);
  if (!counted) {
    report->pseudo_log_lik = report->pseudo_log_lik_se = (double)NAN;
    return HM_OK;
  }
  report->pseudo_log_lik = mean_of(work->count, work->value);
  report->pseudo_log_lik_se = error_of_mean(work->count, cases->N, work->value);
  return HM_OK;
}
