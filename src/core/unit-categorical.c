/* Categorical columns: one of K levels, a unit for each, of which one is on. A
 * is the log of the sum of exp(a_k). A level's inputs may all move by a
 * constant, and nothing changes.
 */
#include <math.h>
#include <string.h>

#include "column.h"
#include "special.h"

static int width(int size) { return size; }

static int levels(const hm_column *column) { return column->size; }

static double code(const hm_column *column, int level, double *x) {
  for (int k = 0; k < column->size; k++) {
    x[k] = k == level;
  }
  return 0.0;
}

static double log_sum_at(const hm_column *column, const double *a) {
  return hm_log_sum_exp(column->size, a);
}

static void mean_at(const hm_column *column, const double *a, double *mean,
                    double *variance, double *base_slope) {
  double largest = a[0], sum = 0.0;
  (void)base_slope;
  for (int k = 1; k < column->size; k++) {
    largest = fmax(largest, a[k]);
  }
  for (int k = 0; k < column->size; k++) {
    mean[k] = exp(a[k] - largest);
    sum += mean[k];
  }
  for (int k = 0; k < column->size; k++) {
    mean[k] /= sum;
    if (variance) {
      variance[k] = mean[k] * (1.0 - mean[k]);
    }
  }
}

static void draw_at(const hm_column *column, const double *a, const double u[2],
                    double *x) {
  double p[HM_WIDEST] = {0.0}, passed = 0.0;
  int k = -1;
  mean_at(column, a, p, NULL, NULL);
  do {
    passed += p[++k];
  } while (passed < u[0] && k < column->size - 1);
  code(column, k, x);
}

static int is_state(const hm_column *column, const double *x) {
  int on = 0;
  for (int k = 0; k < column->size; k++) {
    if (x[k] != 0.0 && x[k] != 1.0) {
      return 0;
    }
    on += x[k] > 0.0;
  }
  return on == 1;
}

/* Columns in a row of panels: mostly all units of one stand in one panel, side
 * by side; else they are copied there and back. */
static inline int is_whole(int place, int K) {
  return place % HM_PANEL + K <= HM_PANEL;
}

static float *copy_out(const hm_panels *panels, int s, int place, int K,
                       float *room) {
  for (int k = 0; k < K; k++) {
    room[k] = *hm_panels_at(panels, s, place + k);
  }
  return room;
}

static void copy_back(int s, int place, int K, const float *x,
                      hm_panels *panels) {
  for (int k = 0; k < K; k++) {
    *hm_panels_at(panels, s, place + k) = x[k];
  }
}

static inline float *gather(const hm_panels *panels, int s, int place, int K,
                            float *room) {
  return is_whole(place, K) ? hm_panels_at(panels, s, place)
                            : copy_out(panels, s, place, K, room);
}

static inline void scatter(int s, int place, int K, const float *x,
                           hm_panels *panels) {
  if (!is_whole(place, K)) {
    copy_back(s, place, K, x, panels);
  }
}

/* to := x less its largest number. Four at a time do not wait for one another,
 * here and below. */
static inline void take_largest(int K, const float *x, float *to) {
  float most[4] = {x[0], x[0], x[0], x[0]};
  int k = 0;
  for (; k + 4 <= K; k += 4) {
    for (int l = 0; l < 4; l++) {
      most[l] = x[k + l] > most[l] ? x[k + l] : most[l];
    }
  }
  for (; k < K; k++) {
    most[0] = x[k] > most[0] ? x[k] : most[0];
  }
  most[0] = most[1] > most[0] ? most[1] : most[0];
  most[2] = most[3] > most[2] ? most[3] : most[2];
  most[0] = most[2] > most[0] ? most[2] : most[0];
  for (k = 0; k < K; k++) {
    to[k] = x[k] - most[0];
  }
}

static inline void share_out(int K, float *x) {
  float sum[4] = {0.0f, 0.0f, 0.0f, 0.0f};
  int k = 0;
  for (; k + 4 <= K; k += 4) {
    for (int l = 0; l < 4; l++) {
      sum[l] += x[k + l];
    }
  }
  for (; k < K; k++) {
    sum[0] += x[k];
  }
  const float share = 1.0f / ((sum[0] + sum[1]) + (sum[2] + sum[3]));
  for (k = 0; k < K; k++) {
    x[k] *= share;
  }
}

/* In panels the exponentials of all columns are taken together, each less the
 * largest input of its column. */
static void mean_panels(hm_level level, const hm_run *run, int from, int to,
                        const hm_panels *input, hm_panels *mean) {
  const int across = hm_panels_across(run->units);
  float room[HM_WIDEST] = {0.0f}, out[HM_WIDEST] = {0.0f};
  for (int s = from; s < to; s++) {
    int place = run->place;
    for (int m = 0; m < run->columns; m++) {
      const int K = run->size[m];
      float *at = gather(mean, s, place, K, out);
      take_largest(K, gather(input, s, place, K, room), at);
      scatter(s, place, K, at, mean);
      place += K;
    }
    for (; place < run->place + across * HM_PANEL; place++) {
      *hm_panels_at(mean, s, place) = -HUGE_VALF; /* no unit: 0 */
    }
  }
  for (int q = run->place / HM_PANEL; q < run->place / HM_PANEL + across; q++) {
    float *row = hm_panel_row(mean, q, from);
    hm_exp_singles(level, (ptrdiff_t)(to - from) * HM_PANEL, row, row);
  }
  for (int s = from; s < to; s++) {
    for (int m = 0, place = run->place; m < run->columns; m++) {
      const int K = run->size[m];
      float *at = gather(mean, s, place, K, out);
      share_out(K, at);
      scatter(s, place, K, at, mean);
      place += K;
    }
  }
}

/* Which of K states: as many as the shares of all before do not pass u. */
static inline int pick(int K, const float *share, float u) {
  float passed = 0.0f;
  int on = 0;
  for (int k = 0; k < K - 1; k++) {
    passed += share[k];
    on += passed <= u;
  }
  return on;
}

/* By one number, that of the column's first place. */
static void draw_panels(hm_level level, const hm_run *run,
                        const hm_drawing *drawing, const hm_panels *input,
                        const hm_panels *mean, hm_bits *bits) {
  enum { together = 2 * HM_PANEL };
  const int across = hm_panels_across(run->units);
  float u[together] = {0.0f}, room[HM_WIDEST] = {0.0f};
  (void)input;
  for (int s = drawing->from; s < drawing->to; s++) {
    uint32_t *word = bits->word + s * bits->stride;
    int has = run->place - together;
    memset(word + run->place / HM_PANEL, 0, (size_t)across * sizeof *word);
    for (int m = 0, place = run->place; m < run->columns; m++) {
      const int K = run->size[m];
      while (place - has >= together) {
        has += together;
        hm_singles_from(level, drawing->stream,
                        (uint32_t)hm_row(drawing->rows, s), has, together, u);
      }
      const int on =
          place + pick(K, gather(mean, s, place, K, room), u[place - has]);
      word[on / HM_PANEL] |= 1u << on % HM_PANEL;
      place += K;
    }
  }
}

const hm_kind hm_unit_categorical = {.name = "categorical",
                                     .listed = 1,
                                     .least_size = 2,
                                     .most_size = HM_WIDEST,
                                     .width = width,
                                     .log_sum_at = log_sum_at,
                                     .mean_at = mean_at,
                                     .draw_at = draw_at,
                                     .is_state = is_state,
                                     .levels = levels,
                                     .code = code,
                                     .mean_panels = mean_panels,
                                     .draw_panels = draw_panels};
