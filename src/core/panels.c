#include "panels.h"

#include <string.h>

#define HM_KERNEL_FILE "panels-kernel.h"
#define HM_KERNEL_SUMS
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

void hm_sum_panel(hm_level level, const hm_lists *lists, int from, int to,
                  const float *rows, const float *start, float *out) {
  static void (*const sum[])(const hm_lists *, int, int, const float *,
                             const float *, float *) =
      HM_LEVELS_OF_SUMS(sum_panel);
  sum[level](lists, from, to, rows, start, out);
}

static void sum_far(hm_level level, const hm_lists *lists, int from, int to,
                    const float *rows, const float *start, float *out) {
  static void (*const sum[])(const hm_lists *, int, int, const float *,
                             const float *, float *) =
      HM_LEVELS_OF_SUMS(sum_far);
  sum[level](lists, from, to, rows, start, out);
}

static void sum_values(hm_level level, const hm_lists *lists, int from, int to,
                       const float *rows, const float *start, float *out) {
  static void (*const sum[])(const hm_lists *, int, int, const float *,
                             const float *, float *) = HM_LEVELS(sum_values);
  sum[level](lists, from, to, rows, start, out);
}

/* Rows that the nearest cache holds, one panel of them: 32 kB. */
enum { rows_at_once = 256, lists_at_once = 128 };

static void sum_blocks(hm_level level, const hm_lists *lists, int from, int to,
                       int n, const float *rows, const float *start,
                       float *out) {
  static void (*const sum[])(const hm_lists *, int, int, int, int *,
                             const float *, float *) =
      HM_LEVELS_OF_SUMS(sum_block);
  for (int first = from; first < to; first += lists_at_once) {
    const int last = to - first < lists_at_once ? to : first + lists_at_once;
    int cursor[lists_at_once] = {0};
    for (int s = first; s < last; s++) {
      memcpy(out + (ptrdiff_t)s * HM_PANEL, start, HM_PANEL * sizeof *out);
    }
    for (int top = 0; top < n; top += rows_at_once) {
      const int end = n - top < rows_at_once ? n : top + rows_at_once;
      sum[level](lists, first, last, end, cursor, rows, out);
    }
  }
}

/* Going through the rows in blocks pays where a list has many items in each. */
void hm_sum_panels(hm_level level, const hm_lists *lists, int from, int to,
                   const hm_panels *rows, const float *start, hm_panels *out) {
  const int n = rows->n, far = n > 4 * rows_at_once;
  int64_t items = 0;
  for (int s = from; s < to; s++) {
    items += lists->count[s];
  }
  const int dense = n > rows_at_once && items * 4 >= (int64_t)(to - from) * n;
  for (int q = 0; q < hm_panels_across(rows->width); q++) {
    const float *panel = hm_panel_row(rows, q, 0);
    const float *bias = start + (ptrdiff_t)q * HM_PANEL;
    float *sums = hm_panel_row(out, q, 0);
    if (lists->value) {
      sum_values(level, lists, from, to, panel, bias, sums);
    } else if (dense) {
      sum_blocks(level, lists, from, to, n, panel, bias, sums);
    } else if (far) {
      sum_far(level, lists, from, to, panel, bias, sums);
    } else {
      hm_sum_panel(level, lists, from, to, panel, bias, sums);
    }
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
