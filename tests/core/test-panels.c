/* Matrices in panels: where their numbers stand, and sums of their rows, by all
 * kernels bit by bit, and within their bound of sums in double precision. */
#include "panels.h"

#include "check.h"
#include "twin.h"

/* The source of the kernels in 64 bytes a vector, which a machine without such
 * vectors does in parts, with products kept out of sums as in the core. */
#ifdef HM_VECTORS
#pragma GCC diagnostic ignored "-Wpsabi"
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif
#define KERNEL(name) name##_long
#define KERNEL_ATTRIBUTE HM_UNFUSED
#define KERNEL_BYTES 64
#include "simd-kernel.h"

#include "panels-kernel.h"

#include "simd-end-kernel.h"
#endif

static uint64_t chance = 211;
static const int widths[] = {1, 31, 32, 33, 64, 100};
enum { width_count = sizeof widths / sizeof *widths };

/* Layout ------------------------------------------------------------------- */

static void check_layout(int n, int width) {
  const int across = (width + 31) / 32;
  hm_arena measured = {NULL, 0};
  hm_panels panels = {-1, -1, NULL};
  hm_panels_lay(&measured, n, width, &panels);
  CHECK(hm_panels_across(width) == across, "the last panel is whole too");
  CHECK(measured.used >= (size_t)n * (size_t)across * 32 * sizeof(float),
        "there is room for whole panels");
  CHECK(panels.n == n && panels.width == width, "panels know their size");
  const hm_panels real = twin_panels(n, width);
  int placed = 1;
  for (int i = 0; i < n; i++) {
    for (int j = 0; j < width; j++) {
      const ptrdiff_t place = ((ptrdiff_t)(j / 32) * n + i) * HM_PANEL + j % 32;
      placed = placed && hm_panels_at(&real, i, j) == real.x + place &&
               hm_panel_row(&real, j / 32, i) + j % 32 == real.x + place;
    }
  }
  CHECK(placed, "numbers stand where the header says");
  hm_arena singles = {NULL, 0};
  hm_singles_lay(&singles, width);
  CHECK(singles.used >= (size_t)across * 32 * sizeof(float),
        "singles come in whole panels");
}

/* n of `room` rows go in and come out, rounded; the others stay. */
static void check_set_get(int room, int n, int width) {
  const ptrdiff_t cells = (ptrdiff_t)n * width;
  const hm_panels panels = twin_panels(room, width);
  const double *x = twin_random(cells, -3.0, 3.0, &chance);
  hm_panels copy = panels;
  int set = 1, beyond = 1, others = 1;
  hm_panels_set(n, x, &copy);
  for (int i = 0; i < room; i++) {
    for (int j = 0; j < hm_panels_across(width) * HM_PANEL; j++) {
      const float value = *hm_panels_at(&panels, i, j);
      if (i >= n) {
        others = others && isnan(value);
      } else if (j >= width) {
        beyond = beyond && value >= 0.0f && value <= 0.0f;
      } else {
        const float rounded = (float)x[(ptrdiff_t)i * width + j];
        set = set && twin_same_singles(1, &value, &rounded);
      }
    }
  }
  CHECK(set, "numbers are rounded to singles");
  CHECK(beyond, "what stands beyond the width is 0");
  CHECK(others, "rows from n on are left alone");
  const double *back = twin_from_panels(n, &panels);
  int same = 1;
  for (ptrdiff_t i = 0; i < cells; i++) {
    const double rounded = (double)(float)x[i];
    same = same && twin_same_bits(1, back + i, &rounded);
  }
  CHECK(same, "and come back as they are");
}

/* Sums --------------------------------------------------------------------- */

/* Lists of items below n, each with probability p, but none in every fifth list
 * and all in the one after it. */
static hm_lists some_lists(int lists, int n, double p) {
  double *x = twin_cells((ptrdiff_t)lists * n, p, &chance);
  for (int s = 0; s < lists; s++) {
    for (int i = 0; i < n && s % 5 < 2 && lists > 1; i++) {
      x[(ptrdiff_t)s * n + i] = s % 5 == 0 ? 0.0 : 1.0;
    }
  }
  return twin_lists(lists, n, x).on;
}

/* What sums are to be, in single precision: one addition after the other, or by
 * fours where there are many; and
 * the same in double, with the bound on how far apart they are: for n numbers,
 * of which the start is one, (n - 1) 2^-24 sum |w| to first order. */
static void naive_sums(const hm_lists *lists, int from, int to,
                       const hm_panels *rows, const float *start,
                       hm_panels *out) {
  int within = 1;
  for (int s = from; s < to; s++) {
    const int count = lists->count[s];
    const int *item = lists->item + (ptrdiff_t)s * lists->stride;
    for (int j = 0; j < hm_panels_across(rows->width) * HM_PANEL; j++) {
      const int by_fours = count * 8 >= rows->n * 3;
      float sum = start[j], of_four = 0.0f;
      double exact = (double)start[j], size = fabs(exact);
      for (int t = 0; t < count; t++) {
        const float w = *hm_panels_at(rows, item[t], j);
        const int last = t + 1 == count || item[t + 1] / 4 > item[t] / 4;
        of_four += w;
        sum += !by_fours ? w : last ? of_four : 0.0f;
        of_four = last ? 0.0f : of_four;
        exact += (double)w;
        size += fabs((double)w);
      }
      *hm_panels_at(out, s, j) = sum;
      within =
          within && fabs((double)sum - exact) <= 1.001 * 0x1p-24 * count * size;
    }
  }
  CHECK(within, "singles are within their bound of doubles");
}

#ifdef HM_VECTORS
/* out += the lists that go by fours, over panel q of the rows: by tables, or
 * from the rows themselves. */
static void add_long(const hm_lists *lists, int from, int to, int tabled,
                     const hm_panels *rows, int q, float *out) {
  enum { wide = HM_FOUR * HM_TABLES };
  uint16_t *place = twin_room((size_t)(to - from) * HM_TABLES, sizeof *place);
  int *which = twin_ints(to - from), n = 0;
  for (int s = from; s < to; s++) {
    if (lists->count[s] * 8 >= rows->n * 3) {
      which[n++] = s;
    }
  }
  for (int top = 0; top < rows->n; top += wide) {
    const int left = rows->n - top < wide ? rows->n - top : wide;
    for (int l = 0; l < n; l++) {
      const int *item = lists->item + (ptrdiff_t)which[l] * lists->stride;
      for (int g = 0; g < HM_TABLES; g++) {
        int subset = 0;
        for (int t = 0; t < lists->count[which[l]]; t++) {
          if (item[t] / 4 == top / 4 + g) {
            subset |= 1 << item[t] % 4;
          }
        }
        place[l * HM_TABLES + g] = (uint16_t)(512 * g + 32 * subset);
      }
    }
    if (tabled) {
      add_fours_long(n, which, place, left, hm_panel_row(rows, q, top), out);
    } else {
      add_subsets_long(n, which, place, left, hm_panel_row(rows, q, top), out);
    }
  }
}

/* The kernels, panel by panel and `block` rows at a time. */
static void check_long(const hm_lists *lists, int from, int to, int block,
                       const hm_panels *rows, const float *start,
                       const hm_panels *expected) {
  const ptrdiff_t all = (ptrdiff_t)lists->n * HM_PANEL;
  const ptrdiff_t first = (ptrdiff_t)from * HM_PANEL;
  const ptrdiff_t beyond = (ptrdiff_t)to * HM_PANEL;
  for (int q = 0; q < hm_panels_across(rows->width); q++) {
    float *out = twin_singles(all), *untouched = twin_singles(all);
    int *begin = twin_ints(to - from), *end = twin_ints(to - from);
    int *order = twin_ints(to - from);
    for (int s = from; s < to; s++) {
      begin[s - from] = end[s - from] = 0;
      order[s - from] = (s - from + q) % (to - from);
      memcpy(out + (ptrdiff_t)s * HM_PANEL, start + q * HM_PANEL,
             HM_PANEL * sizeof *out);
    }
    for (int top = 0; top < rows->n; top += block) {
      for (int s = from; s < to; s++) {
        const int *item = lists->item + (ptrdiff_t)s * lists->stride;
        int t = begin[s - from] = end[s - from];
        while (t < lists->count[s] && item[t] < top + block) {
          t++;
        }
        end[s - from] = t;
        if (lists->count[s] * 8 >= rows->n * 3) {
          begin[s - from] = t;
        }
      }
      add_rows_long(lists, from, to - from, order, begin, end,
                    hm_panel_row(rows, q, 0), out);
    }
    add_long(lists, from, to, block == 7, rows, q, out);
    CHECK(twin_same_singles(beyond - first, out + first,
                            hm_panel_row(expected, q, from)),
          "a panel is summed in the order of the list");
    CHECK(twin_same_singles(first, out, untouched) &&
              twin_same_singles(all - beyond, out + beyond, untouched + beyond),
          "other lists are left alone");
  }
}
#endif

/* Lists from `from` to `to` - 1 over n rows. */
static void check_sums(int n, int width, int lists, int from, int to,
                       double p) {
  const int across = hm_panels_across(width);
  const hm_lists on = some_lists(lists, n, p);
  hm_panels rows = twin_panels(n, width);
  const hm_panels expected = twin_panels(lists, width);
  const double *w = twin_random((ptrdiff_t)n * width, -1.0, 1.0, &chance);
  float *start = twin_layer(width);
  hm_level level[4];
  const int levels = twin_levels(level);
  hm_panels_set(n, w, &rows);
  for (int j = 0; j < across * HM_PANEL; j++) {
    start[j] = (float)twin_uniform(&chance) - 0.5f;
  }
  hm_panels out = expected;
  naive_sums(&on, from, to, &rows, start, &out);
  for (int i = 0; i < levels; i++) {
    hm_panels mine = twin_panels(lists, width);
    hm_sum_panels(level[i], &on, from, to, &rows, start, &mine);
    CHECK(twin_same_singles((ptrdiff_t)across * lists * HM_PANEL, mine.x,
                            expected.x),
          "all panels have the same bits at each level, and nothing else is "
          "written");
  }
#ifdef HM_VECTORS
  check_long(&on, from, to, n, &rows, start, &expected);
  check_long(&on, from, to, 7, &rows, start, &expected);
#endif
}

/* Every way that hm_sum_panels has: at once where lists hold less than one row
 * in sixteen, and else in blocks of 256 rows, 128 lists at a time. */
static void check_ways(void) {
  for (int i = 0; i < width_count; i++) {
    check_sums(1, widths[i], 1, 0, 1, 1.0);
    check_sums(40, widths[i], 11, 2, 9, 0.4);
    check_sums(300, widths[i], 7, 0, 7, 0.6);
    check_sums(1100, widths[i], 5, 1, 4, 0.02);
  }
  check_sums(256, 40, 9, 0, 9, 0.9);     /* one block */
  check_sums(257, 40, 9, 0, 9, 0.9);     /* and one row of another */
  check_sums(512, 40, 300, 3, 295, 0.5); /* more lists than are done at once */
  check_sums(512, 33, 128, 0, 128, 0.3);
  check_sums(512, 33, 128, 0, 128, 0.375); /* some of them by fours */
  for (int n = 30; n < 40; n++) {
    check_sums(n, 33, 9, 0, 9, 0.5); /* whole tables, and less */
    check_sums(n, 33, 9, 3, 6, 0.5); /* few lists for them */
  }
  check_sums(512, 33, 129, 0, 129, 0.3);
  check_sums(513, 33, 9, 0, 9, 0.05); /* many rows, but few items */
  check_sums(1025, 33, 9, 2, 7, 0.05);
  check_sums(1500, 33, 9, 2, 7, 0.7);
  check_sums(1500, 64, 6, 3, 3, 0.7); /* no list at all */
}

/* Lists at exactly one row in sixteen, and at three in eight, on either side of
 * them, and all empty or full; on their own, and fewer and more than go side by
 * side. */
static void check_density(void) {
  static const int on[] = {0, 31, 32, 33, 191, 192, 193, 512};
  for (int k = 0; k < 16; k++) {
    enum { n = 512, width = 33 };
    const int lists = k < 8 ? 3 : 9;
    double *x = twin_zeros((ptrdiff_t)lists * n);
    for (int s = 0; s < lists; s++) {
      for (int i = 0; i < on[k % 8]; i++) {
        x[s * n + (s * 7 + i * 11) % n] = 1.0;
      }
    }
    const hm_lists given = twin_lists(lists, n, x).on;
    hm_panels rows = twin_panels(n, width);
    hm_panels expected = twin_panels(lists, width);
    hm_panels_set(n, twin_random(n * width, -1.0, 1.0, &chance), &rows);
    float start[64] = {0.0f};
    hm_level level[4];
    const int levels = twin_levels(level);
    naive_sums(&given, 0, lists, &rows, start, &expected);
    for (int i = 0; i < levels; i++) {
      hm_panels mine = twin_panels(lists, width);
      hm_sum_panels(level[i], &given, 0, lists, &rows, start, &mine);
      CHECK(twin_same_singles((ptrdiff_t)2 * lists * HM_PANEL, mine.x,
                              expected.x),
            "sums are the same about the limits");
    }
  }
}

/* Counts in rising order, each once; those above 255 nearly so. */
static void check_order(int n, int most) {
  int *count = twin_ints(n), *order = twin_ints(n), *seen = twin_ints(n);
  int rising = 1, once = 1, bin = 1;
  for (int i = 0; i < n; i++) {
    count[i] = (int)(twin_uniform(&chance) * (most + 1));
    seen[i] = 0;
  }
  while (most / bin >= 256) {
    bin *= 2;
  }
  hm_order_by_count(n, count, order);
  for (int i = 0; i < n; i++) {
    once = once && order[i] >= 0 && order[i] < n && seen[order[i]]++ == 0;
    rising = rising &&
             (i == 0 || count[order[i - 1]] / bin <= count[order[i]] / bin);
  }
  CHECK(once, "an order has each list once");
  CHECK(rising, "the shortest first");
}

/* A panel put together from its parts is that of the whole: blocks of rows for
 * lists that go singly, tiles of 32 rows by bits for those by fours, or for
 * all. */
static void check_parts(int n, int lists, double p, int by_bits) {
  const hm_lists on = some_lists(lists, n, p);
  hm_panels rows = twin_panels(n, HM_PANEL);
  hm_panels expected = twin_panels(lists, HM_PANEL);
  float start[HM_PANEL];
  int *order = twin_ints(lists), *fours = twin_ints(lists);
  int *begin = twin_ints(lists), *end = twin_ints(lists);
  int singly = 0, by_fours = 0;
  hm_level level[4];
  const int levels = twin_levels(level);
  hm_panels_set(n, twin_random(n * HM_PANEL, -1.0, 1.0, &chance), &rows);
  for (int j = 0; j < HM_PANEL; j++) {
    start[j] = (float)twin_uniform(&chance) - 0.5f;
  }
  naive_sums(&on, 0, lists, &rows, start, &expected);
  for (int s = lists - 1; s >= 0; s--) {
    if (hm_by_fours(on.count[s], n)) {
      fours[by_fours++] = s;
    } else {
      order[singly++] = s;
    }
  }
  for (int i = 0; i < levels; i++) {
    float *out = twin_singles((ptrdiff_t)lists * HM_PANEL);
    for (int s = 0; s < lists; s++) {
      begin[s] = 0;
      memcpy(out + s * HM_PANEL, start, sizeof start);
    }
    for (int top = 0; top < n && !by_bits; top += 100) {
      for (int s = 0; s < lists; s++) {
        const int *item = on.item + (ptrdiff_t)s * on.stride;
        end[s] = begin[s];
        while (end[s] < on.count[s] && item[end[s]] < top + 100) {
          end[s]++;
        }
      }
      hm_add_listed(level[i], &on, singly, order, begin, end, rows.x, out);
      memcpy(begin, end, (size_t)lists * sizeof *begin);
    }
    for (int top = 0; top < n; top += HM_PANEL) {
      const int here = n - top < HM_PANEL ? n - top : HM_PANEL;
      uint32_t *bits = twin_room((size_t)lists, sizeof *bits);
      for (int s = 0; s < lists; s++) {
        const int *item = on.item + (ptrdiff_t)s * on.stride;
        bits[s] = 0;
        for (int t = 0; t < on.count[s]; t++) {
          if (item[t] / HM_PANEL == top / HM_PANEL) {
            bits[s] |= 1u << item[t] % HM_PANEL;
          }
        }
      }
      hm_add_tile(level[i], 1, by_fours, fours, bits, here,
                  hm_panel_row(&rows, 0, top), out);
      if (by_bits) {
        hm_add_tile(level[i], 0, singly, order, bits, here,
                    hm_panel_row(&rows, 0, top), out);
      }
#ifdef HM_VECTORS
      if (i == 0) {
        float *one = twin_singles((ptrdiff_t)lists * HM_PANEL);
        float *other = twin_singles((ptrdiff_t)lists * HM_PANEL);
        memset(one, 0, (size_t)lists * HM_PANEL * sizeof *one);
        memset(other, 0, (size_t)lists * HM_PANEL * sizeof *one);
        add_tables_long(by_fours, fours, bits, here,
                        hm_panel_row(&rows, 0, top), one);
        add_bits_by_fours_long(by_fours, fours, bits, here,
                               hm_panel_row(&rows, 0, top), other);
        CHECK(twin_same_singles((ptrdiff_t)lists * HM_PANEL, one, other),
              "tables hold what subsets add up to");
        memset(one, 0, (size_t)lists * HM_PANEL * sizeof *one);
        memset(other, 0, (size_t)lists * HM_PANEL * sizeof *one);
        add_bits_long(singly, order, bits, here, hm_panel_row(&rows, 0, top),
                      one);
        hm_add_tile(HM_PLAIN, 0, singly, order, bits, here,
                    hm_panel_row(&rows, 0, top), other);
        CHECK(twin_same_singles((ptrdiff_t)lists * HM_PANEL, one, other),
              "bits are added alike in long vectors");
      }
#endif
    }
    CHECK(twin_same_singles((ptrdiff_t)lists * HM_PANEL, out, expected.x),
          "parts add up to the whole");
  }
}

/* Groups of lists of one length. */
static void check_groups(int n, int lists) {
  hm_lists on = some_lists(lists, n, 0.4);
  hm_panels rows = twin_panels(n, HM_PANEL);
  int *order = twin_ints(lists);
  hm_level level[4];
  const int levels = twin_levels(level);
  hm_panels_set(n, twin_random(n * HM_PANEL, -1.0, 1.0, &chance), &rows);
  hm_order_by_count(lists - 1, on.count + 1, order);
  for (int at = 0; at < lists - 1; at++) {
    const int first = at / HM_ABREAST * HM_ABREAST;
    on.count[1 + order[at]] = on.count[1 + order[first]];
  }
  float *expected = twin_singles((ptrdiff_t)lists * HM_PANEL);
  float *untouched = twin_singles(HM_PANEL);
  for (int i = 0; i < lists - 1; i++) {
    for (int j = 0; j < HM_PANEL; j++) {
      float sum = 0.0f;
      for (int t = 0; t < on.count[1 + i]; t++) {
        sum += *hm_panels_at(&rows, on.item[(ptrdiff_t)(1 + i) * on.stride + t],
                             j);
      }
      expected[i * HM_PANEL + j] = sum;
    }
  }
  for (int i = 0; i < levels + 1; i++) {
    float *out = twin_singles((ptrdiff_t)lists * HM_PANEL);
    if (i < levels) {
      hm_sum_groups(level[i], &on, 1, lists - 1, order, rows.x, out);
    } else {
#ifdef HM_VECTORS
      sum_groups_long(&on, 1, lists - 1, order, rows.x, out);
#else
      continue;
#endif
    }
    CHECK(twin_same_singles((ptrdiff_t)(lists - 1) * HM_PANEL, out, expected),
          "each is the sum of its rows in order");
    CHECK(twin_same_singles(HM_PANEL, out + (lists - 1) * HM_PANEL, untouched),
          "and no more are written");
  }
}

/* Lists with values: the bound of panels.h, and a rounding more for each
 * product; the same bits at every level. */
static void check_values(int n, int m, int width) {
  const ptrdiff_t whole = (ptrdiff_t)hm_panels_across(width) * HM_PANEL;
  double *W = twin_random((ptrdiff_t)m * width, -1.0, 1.0, &chance);
  double *x = twin_random((ptrdiff_t)n * m, 0.0, 1.0, &chance);
  hm_lists lists = {0, m, twin_ints(n), twin_ints(n * m), twin_singles(n * m)};
  hm_panels rows = {m, width, twin_singles(m * whole)};
  float *start = twin_singles(whole);
  hm_level level[4];
  const int levels = twin_levels(level);
  hm_panels out[4];
  hm_panels_set(m, W, &rows);
  for (ptrdiff_t j = 0; j < whole; j++) {
    start[j] = 0.5f;
  }
  twin_list_reals(n, m, x, &lists);
  for (int i = 0; i < levels; i++) {
    const hm_panels here = {n, width, twin_singles(n * whole)};
    out[i] = here;
    hm_sum_panels(level[i], &lists, 0, n, &rows, start, &out[i]);
    CHECK(twin_same_singles(n * whole, out[i].x, out[0].x),
          "values have the same bits at every level");
  }
#ifdef HM_VECTORS
  for (int q = 0; q < hm_panels_across(width); q++) {
    float *sums = twin_singles((ptrdiff_t)n * HM_PANEL);
    sum_values_long(&lists, 0, n, hm_panel_row(&rows, q, 0),
                    start + q * HM_PANEL, sums);
    CHECK(twin_same_singles((ptrdiff_t)n * HM_PANEL, sums,
                            hm_panel_row(&out[0], q, 0)),
          "and so they have in long vectors");
  }
#endif
  for (int s = 0; s < n; s++) {
    for (int j = 0; j < width; j++) {
      double sum = 0.5, size = 0.5;
      for (int i = 0; i < m; i++) {
        sum += x[s * m + i] * W[i * width + j];
        size += fabs(x[s * m + i] * W[i * width + j]);
      }
      CHECK_NEAR((double)*hm_panels_at(&out[0], s, j), sum,
                 (m + 3) * 0x1p-24 * size);
    }
  }
}

static void checks(void) {
  for (int i = 0; i < width_count; i++) {
    check_layout(7, widths[i]);
    check_layout(1, widths[i]);
    check_set_get(5, 5, widths[i]);
    check_set_get(9, 4, widths[i]);
    check_set_get(3, 0, widths[i]);
  }
  check_layout(3, 0);
  check_ways();
  for (int n = 1; n < 40; n += 6) {
    check_order(n, 30);
    check_order(n, 4000);
    check_groups(20 + n, 1 + n);
    check_parts(n, 13, 0.5, n % 2);
    check_parts(n, 5, 0.3, n % 2);
  }
  check_parts(300, 17, 0.4, 0);
  check_parts(300, 17, 0.4, 1);
  check_values(3, 1, 1);
  check_values(5, 40, 70);
  check_density();
  if (!hm_level_here(HM_AVX512)) {
    CHECK_SKIP("no AVX-512 here: its source was run in parts");
  }
}
