#include "panels.h"

#include <string.h>

/* Lists for which the tables are filled. */
enum { worth_tables = 10, rows_in_tables = HM_FOUR * HM_TABLES };

#define HM_UNROLL_ALL
#define HM_KERNEL_FILE "panels-kernel.h"
#include "simd-each-kernel.h"

void hm_panels_lay(hm_arena *arena, int n, int width, hm_panels *panels) {
  const ptrdiff_t columns = (ptrdiff_t)hm_panels_across(width) * HM_PANEL;
  panels->n = n;
  panels->width = width;
  panels->x = hm_allot(arena, n * columns, sizeof(float));
}

float *hm_singles_lay(hm_arena *arena, int width) {
  return hm_allot(arena, (ptrdiff_t)hm_panels_across(width) * HM_PANEL,
                  sizeof(float));
}

void hm_set_singles(int n, const double *from, float *to) {
  const int whole = hm_panels_across(n) * HM_PANEL;
  for (int i = 0; i < whole; i++) {
    to[i] = i < n ? (float)from[i] : 0.0f;
  }
}

/* Rows of which the nearest cache holds one panel, 32 kB, and lists that are
 * gone through together. */
enum { lists_at_once = 128 };

/* The first place from `begin` on, in ascending items, that is not below
 * `limit`. */
static int place_of(int limit, int begin, int count, const int *item) {
  int below = begin, left = count - begin;
  while (left > 0) {
    const int half = left / 2;
    if (item[below + half] < limit) {
      below += half + 1;
      left -= half + 1;
    } else {
      left = half;
    }
  }
  return below;
}

/* From three in eight on that takes fewer additions. */
static int by_fours(const hm_lists *lists, int s, int n) {
  return hm_by_fours(lists->count[s], n);
}

void hm_order_by_count(int n, const int *count, int *order) {
  enum { bins = 256 };
  int first[bins + 1] = {0}, most = 0, shift = 0;
  for (int i = 0; i < n; i++) {
    most = count[i] > most ? count[i] : most;
  }
  while (most >> shift >= bins) {
    shift++;
  }
  for (int i = 0; i < n; i++) {
    first[(count[i] >> shift) + 1]++;
  }
  for (int bin = 1; bin <= most >> shift; bin++) {
    first[bin] += first[bin - 1];
  }
  for (int i = 0; i < n; i++) {
    order[first[count[i] >> shift]++] = i;
  }
}

static void (*const add_rows[])(const hm_lists *, int, int, const int *,
                                const int *, const int *, const float *,
                                float *) = HM_LEVELS(add_rows);

/* At most lists_at_once lists, those not by fours, `block` rows at a time. */
static void add_singly(hm_level level, const hm_lists *lists, int from, int to,
                       int block, const hm_panels *rows, hm_panels *out) {
  const int across = hm_panels_across(rows->width);
  int begin[lists_at_once] = {0}, end[lists_at_once], singly = 0;
  int count[lists_at_once], any[lists_at_once] = {0};
  int order[lists_at_once] = {0};
  for (int s = from; s < to; s++) {
    singly += !by_fours(lists, s, rows->n);
  }
  for (int top = 0; singly > 0 && top < rows->n; top += block) {
    const int last = rows->n - top <= block;
    int used = 0;
    for (int s = from; s < to; s++) {
      const int *item = lists->item + (ptrdiff_t)s * lists->stride;
      end[s - from] = by_fours(lists, s, rows->n) ? 0
                      : last                      ? lists->count[s]
                             : place_of(top + block, begin[s - from],
                                        lists->count[s], item);
      any[used] = s - from;
      count[used] = end[s - from] - begin[s - from];
      used += count[used] > 0;
    }
    hm_order_by_count(used, count, order);
    for (int l = 0; l < used; l++) {
      order[l] = any[order[l]];
    }
    for (int q = 0; q < across; q++) {
      add_rows[level](lists, from, used, order, begin, end,
                      hm_panel_row(rows, q, 0), hm_panel_row(out, q, 0));
    }
    memcpy(begin, end, (size_t)(to - from) * sizeof *begin);
  }
}

/* place[g] := where the sum for four g stands among the tables. Row i is
 * in its subset where bit i is on. */
static void places_of(uint64_t bits, uint16_t place[HM_TABLES]) {
  for (int g = 0; g < HM_TABLES; g++, bits >>= HM_FOUR) {
    const int subset = (int)(bits & (HM_SUBSETS - 1));
    place[g] = (uint16_t)((g * HM_SUBSETS + subset) * HM_PANEL);
  }
}

/* At most lists_at_once lists, those by fours. */
static void add_by_fours(hm_level level, const hm_lists *lists, int from,
                         int to, const hm_panels *rows, hm_panels *out) {
  static void (*const add_tables[])(int, const int *, const uint16_t *, int,
                                    const float *, float *) =
      HM_LEVELS(add_fours);
  static void (*const add_alone[])(int, const int *, const uint16_t *, int,
                                   const float *, float *) =
      HM_LEVELS(add_subsets);
  uint16_t place[lists_at_once * HM_TABLES];
  int which[lists_at_once], begin[lists_at_once], n = 0;
  for (int s = from; s < to; s++) {
    if (by_fours(lists, s, rows->n)) {
      begin[n] = 0;
      which[n++] = s;
    }
  }
  void (*const add)(int, const int *, const uint16_t *, int, const float *,
                    float *) =
      n < worth_tables ? add_alone[level] : add_tables[level];
  for (int top = 0; n > 0 && top < rows->n; top += rows_in_tables) {
    const int left = rows->n - top;
    for (int l = 0; l < n; l++) {
      const int count = lists->count[which[l]];
      const int *item = lists->item + (ptrdiff_t)which[l] * lists->stride;
      uint64_t bits = 0;
      int t = begin[l];
      for (; t < count && item[t] < top + rows_in_tables; t++) {
        bits |= UINT64_C(1) << (item[t] - top);
      }
      begin[l] = t;
      places_of(bits, place + l * HM_TABLES);
    }
    for (int q = 0; q < hm_panels_across(rows->width); q++) {
      add(n, which, place, left < rows_in_tables ? left : rows_in_tables,
          hm_panel_row(rows, q, top), hm_panel_row(out, q, 0));
    }
  }
}

void hm_add_listed(hm_level level, const hm_lists *lists, int n,
                   const int *order, const int *begin, const int *end,
                   const float *rows, float *out) {
  add_rows[level](lists, 0, n, order, begin, end, rows, out);
}

void hm_add_tile(hm_level level, int by_fours, int n, const int *which,
                 const uint32_t *bits, int rows, const float *from,
                 float *out) {
  typedef void add_kernel(int, const int *, const uint32_t *, int,
                          const float *, float *);
  static add_kernel *const singly[] = HM_LEVELS(add_bits);
  static add_kernel *const subsets[] = HM_LEVELS(add_bits_by_fours);
  static add_kernel *const tables[] = HM_LEVELS(add_tables);
  add_kernel *const *add = !by_fours          ? singly
                           : n < worth_tables ? subsets
                                              : tables;
  if (n > 0) {
    add[level](n, which, bits, rows, from, out);
  }
}

void hm_sum_groups(hm_level level, const hm_lists *lists, int first, int n,
                   const int *order, const float *rows, float *out) {
  static void (*const sum[])(const hm_lists *, int, int, const int *,
                             const float *, float *) = HM_LEVELS(sum_groups);
  sum[level](lists, first, n, order, rows, out);
}

static void sum_values(hm_level level, const hm_lists *lists, int from, int to,
                       const hm_panels *rows, const float *start,
                       hm_panels *out) {
  static void (*const sum[])(const hm_lists *, int, int, const float *,
                             const float *, float *) = HM_LEVELS(sum_values);
  for (int q = 0; q < hm_panels_across(rows->width); q++) {
    sum[level](lists, from, to, hm_panel_row(rows, q, 0),
               start + (ptrdiff_t)q * HM_PANEL, hm_panel_row(out, q, 0));
  }
}

/* Going through the rows in blocks pays where a list has some items in each. */
void hm_sum_panels(hm_level level, const hm_lists *lists, int from, int to,
                   const hm_panels *rows, const float *start, hm_panels *out) {
  if (lists->value) {
    sum_values(level, lists, from, to, rows, start, out);
    return;
  }
  int64_t items = 0;
  for (int s = from; s < to; s++) {
    items += lists->count[s];
  }
  const int dense = items * 16 >= (int64_t)(to - from) * rows->n;
  const int block = dense ? HM_ROWS_AT_ONCE : rows->n;
  for (int q = 0; q < hm_panels_across(rows->width); q++) {
    for (int s = from; s < to; s++) {
      memcpy(hm_panel_row(out, q, s), start + (ptrdiff_t)q * HM_PANEL,
             HM_PANEL * sizeof *start);
    }
  }
  for (int first = from; first < to; first += lists_at_once) {
    const int last = to - first < lists_at_once ? to : first + lists_at_once;
    add_singly(level, lists, first, last, block, rows, out);
    add_by_fours(level, lists, first, last, rows, out);
  }
}

/* Columns of panel q within the width. */
static int columns_of(const hm_panels *panels, int q) {
  const int left = panels->width - q * HM_PANEL;
  return left < HM_PANEL ? left : HM_PANEL;
}

void hm_panels_set(int n, const double *x, hm_panels *panels) {
  for (int q = 0; q < hm_panels_across(panels->width); q++) {
    const int columns = columns_of(panels, q);
    for (int i = 0; i < n; i++) {
      const double *from = x + (ptrdiff_t)i * panels->width + q * HM_PANEL;
      float *row = hm_panel_row(panels, q, i);
      for (int j = 0; j < columns; j++) {
        row[j] = (float)from[j];
      }
      memset(row + columns, 0, (size_t)(HM_PANEL - columns) * sizeof *row);
    }
  }
}

void hm_panels_get(int n, const hm_panels *panels, double *x) {
  for (int q = 0; q < hm_panels_across(panels->width); q++) {
    const int columns = columns_of(panels, q);
    for (int i = 0; i < n; i++) {
      const float *row = hm_panel_row(panels, q, i);
      double *to = x + (ptrdiff_t)i * panels->width + q * HM_PANEL;
      for (int j = 0; j < columns; j++) {
        to[j] = (double)row[j];
      }
    }
  }
}

void hm_bits_lay(hm_arena *arena, int n, int width, int valued, hm_bits *bits) {
  hm_panels_lay(arena, valued ? n : 0, width, &bits->value);
  bits->stride = hm_panels_across(width);
  bits->word = hm_allot(arena, n * bits->stride, sizeof(uint32_t));
}
