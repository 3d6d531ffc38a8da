#include "panels.h"

#include <string.h>

#define HM_KERNEL_FILE "panels-kernel.h"
#include "simd-each-kernel.h"

void hm_panels_lay(hm_arena *arena, int n, int width, hm_panels *panels) {
  const ptrdiff_t columns = (ptrdiff_t)hm_panels_across(width) * HM_PANEL;
  panels->n = n;
  panels->width = width;
  panels->x = hm_room(arena, n * columns, sizeof(float));
}

float *hm_singles_lay(hm_arena *arena, int width) {
  return hm_room(arena, (ptrdiff_t)hm_panels_across(width) * HM_PANEL,
                 sizeof(float));
}

/* Rows of which the nearest cache holds one panel, 32 kB, and lists that are
 * gone through together. */
enum { rows_at_once = 256, lists_at_once = 128 };

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

/* At most lists_at_once lists without values, `block` rows at a time. */
static void sum_lists(hm_level level, const hm_lists *lists, int from, int to,
                      int block, const hm_panels *rows, const float *start,
                      hm_panels *out) {
  static void (*const add[])(const hm_lists *, int, int, const int *,
                             const int *, const float *, float *) =
      HM_LEVELS(add_rows);
  const int across = hm_panels_across(rows->width);
  int begin[lists_at_once] = {0}, end[lists_at_once];
  for (int q = 0; q < across; q++) {
    for (int s = from; s < to; s++) {
      memcpy(hm_panel_row(out, q, s), start + (ptrdiff_t)q * HM_PANEL,
             HM_PANEL * sizeof *start);
    }
  }
  for (int top = 0; top < rows->n; top += block) {
    const int last = rows->n - top <= block;
    for (int s = from; s < to; s++) {
      const int *item = lists->item + (ptrdiff_t)s * lists->stride;
      end[s - from] =
          last ? lists->count[s]
               : place_of(top + block, begin[s - from], lists->count[s], item);
    }
    for (int q = 0; q < across; q++) {
      add[level](lists, from, to, begin, end, hm_panel_row(rows, q, 0),
                 hm_panel_row(out, q, 0));
    }
    memcpy(begin, end, (size_t)(to - from) * sizeof *begin);
  }
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
  int64_t items = 0;
  for (int s = from; s < to; s++) {
    items += lists->count[s];
  }
  const int dense = items * 16 >= (int64_t)(to - from) * rows->n;
  const int block = dense ? rows_at_once : rows->n;
  if (lists->value) {
    sum_values(level, lists, from, to, rows, start, out);
    return;
  }
  for (int first = from; first < to; first += lists_at_once) {
    const int last = to - first < lists_at_once ? to : first + lists_at_once;
    sum_lists(level, lists, first, last, block, rows, start, out);
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

void hm_bits_lay(hm_arena *arena, int n, int units, hm_bits *bits) {
  bits->stride = hm_panels_across(units);
  bits->word = hm_room(arena, n * bits->stride, sizeof(uint32_t));
}

void hm_list_bits(int from, int to, int units, const hm_bits *bits,
                  hm_lists *lists) {
  const int across = hm_panels_across(units);
  const uint32_t in_last = 0xFFFFFFFFu >> (across * HM_PANEL - units);
  for (int s = from; s < to; s++) {
    int *item = lists->item + (ptrdiff_t)s * lists->stride;
    int count = 0;
    for (int q = 0; q < across; q++) {
      uint32_t left = bits->word[s * bits->stride + q];
      left &= q == across - 1 ? in_last : 0xFFFFFFFFu;
      for (; left; left &= left - 1) {
        item[count++] = q * HM_PANEL + hm_lowest_bit(left);
      }
    }
    lists->count[s] = count;
  }
}
