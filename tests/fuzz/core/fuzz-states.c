/* Lists, their transposes, sums of rows and panels of them. */
#include "states.h"

#include <math.h>

#include "fuzz.h"
#include "panels.h"

static void check_by_unit(const hm_states *v, const double *x) {
  const int n = v->on.n, units = v->units, stride = n + fuzz_int(0, 3);
  hm_lists by_unit = {units, stride, FUZZ_NEW(int, units),
                      FUZZ_NEW(int, (ptrdiff_t)units *stride), NULL};
  by_unit.value =
      v->on.value ? FUZZ_NEW(float, (ptrdiff_t)units *stride) : NULL;
  hm_lists_by_unit(&v->on, units, &by_unit);
  FUZZ_CHECK(fuzz_sound_lists(&by_unit, n), "lists of cases ascend");
  for (int i = 0; i < units; i++) {
    int count = 0;
    for (int s = 0; s < n; s++) {
      count += (float)x[(ptrdiff_t)s * units + i] != 0.0f;
    }
    FUZZ_CHECK(count == by_unit.count[i], "each is there once");
  }
}

/* Values that are spread and gathered again are as they were. */
static void check_spread(const hm_lists *lists, int units, const double *x) {
  for (int s = 0; s < lists->n; s++) {
    hm_lists copy = {lists->n, lists->stride, lists->count,
                     FUZZ_NEW(int, (ptrdiff_t)lists->n * lists->stride),
                     FUZZ_NEW(float, (ptrdiff_t)lists->n * lists->stride)};
    hm_copy_list(lists, s, s, &copy);
    hm_spread_values(units, s, &copy);
    for (int i = 0; i < units; i++) {
      const double now = (double)copy.value[(ptrdiff_t)s * copy.stride + i];
      const double single = (double)(float)x[(ptrdiff_t)s * units + i];
      FUZZ_CHECK(
          (now >= single && now <= single) || (isnan(now) && isnan(single)),
          "values are spread");
    }
  }
}

static void check_sums(const hm_states *v, int width) {
  const int n = v->on.n;
  const hm_hardware one = fuzz_hardware(), other = fuzz_hardware();
  const double *rows = fuzz_reals((ptrdiff_t)v->units * width, -9.0, 9.0);
  double *x = fuzz_reals((ptrdiff_t)n * width, -1.0, 1.0);
  double *y = FUZZ_NEW(double, (ptrdiff_t)n *width);
  const double alpha = fuzz_any(), beta = fuzz_int(-1, 1);
  memcpy(y, x, (size_t)n * (size_t)width * sizeof *y);
  hm_sum_rows(&v->on, width, alpha, rows, beta, x, one);
  hm_sum_rows(&v->on, width, alpha, rows, beta, y, other);
  FUZZ_CHECK(fuzz_same((ptrdiff_t)n * width, x, y), "sums have the same bits");
}

static void check_panels(const hm_states *v, int width) {
  const int n = v->on.n, from = fuzz_int(0, n), to = fuzz_int(from, n);
  const double *x = fuzz_reals((ptrdiff_t)v->units * width, -9.0, 9.0);
  const float *start = fuzz_singles(width, -1.0, 1.0);
  hm_panels rows, sum[2];
  FUZZ_LAY(hm_panels_lay(arena, v->units, width, &rows));
  FUZZ_LAY(hm_panels_lay(arena, n, width, sum));
  FUZZ_LAY(hm_panels_lay(arena, n, width, sum + 1));
  hm_panels_set(v->units, x, &rows);
  double *out[2];
  for (int i = 0; i < 2; i++) {
    out[i] = FUZZ_NEW(double, (ptrdiff_t)n *width);
    hm_sum_panels(fuzz_hardware().level, &v->on, from, to, &rows, start,
                  sum + i);
    hm_panels_get(n, sum + i, out[i]);
  }
  FUZZ_CHECK(fuzz_same((ptrdiff_t)(to - from) * width, out[0] + from * width,
                       out[1] + from * width),
             "sums of panels have the same bits");
  double *back = FUZZ_NEW(double, (ptrdiff_t)v->units *width);
  hm_panels_get(v->units, &rows, back);
  for (ptrdiff_t i = 0; i < (ptrdiff_t)v->units * width; i++) {
    const double single = (double)(float)x[i];
    FUZZ_CHECK(fuzz_same(1, back + i, &single), "panels keep singles");
  }
}

static void check_bits(int n, int units) {
  hm_bits bits;
  hm_states states;
  FUZZ_LAY(hm_bits_lay(arena, n, units, 0, &bits));
  FUZZ_LAY(hm_states_lay(arena, units, n, &states));
  for (ptrdiff_t i = 0; i < n * bits.stride; i++) {
    bits.word[i] = (uint32_t)(fuzz_uniform() * 0x1p32);
  }
  hm_list_bits(0, n, fuzz_binary(units), &bits, &states.on);
  states.on.n = n;
  FUZZ_CHECK(fuzz_sound_lists(&states.on, units), "bits give lists");
}

void fuzz(void) {
  const int n = fuzz_size(150), units = fuzz_size(300), width = fuzz_size(80);
  double *x = fuzz_cells(n, units);
  hm_states v = fuzz_lists(n, units, x);
  if (fuzz_rarely(3)) {
    x = fuzz_reals((ptrdiff_t)n * units, 0.0, 1.0);
    v.on.value = FUZZ_NEW(float, (ptrdiff_t)n *units);
    for (ptrdiff_t i = 0; i < (ptrdiff_t)n * units; i++) {
      v.on.value[i] = (float)x[i];
    }
    for (int s = 0; s < n; s++) {
      hm_gather_values(units, s, &v.on);
    }
    FUZZ_CHECK(fuzz_sound_lists(&v.on, units), "lists ascend");
    check_spread(&v.on, units, x);
  } else {
    check_sums(&v, width);
  }
  check_by_unit(&v, x);
  check_panels(&v, width);
  check_bits(n, units);
}
