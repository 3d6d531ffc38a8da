#include "selfcheck.h"

#include <math.h>
#include <string.h>

#include "checksum.h"
#include "special.h"
#include "sweep.h"

/* A panel and a bit more of columns, more rows than the tables of panels.c take
 * at once, and fewer and more lists than go by them. */
enum { rows = 40, width = 35, across = 2, wide = across * HM_PANEL, lists = 9 };

static uint64_t add_floats(uint64_t sum, ptrdiff_t n, const float *x) {
  return hm_checksum_bytes(sum, (size_t)n * sizeof *x,
                           (const unsigned char *)x);
}

static uint64_t add_doubles(uint64_t sum, ptrdiff_t n, const double *x) {
  return hm_checksum_bytes(sum, (size_t)n * sizeof *x,
                           (const unsigned char *)x);
}

static uint64_t add_words(uint64_t sum, ptrdiff_t n, const uint32_t *x) {
  return hm_checksum_bytes(sum, (size_t)n * sizeof *x,
                           (const unsigned char *)x);
}

static hm_stream stream_of(hm_purpose purpose) {
  const uint32_t key[2] = {0x9E3779B9u, 0x7F4A7C15u};
  return hm_stream_of(key, purpose, 3, 5);
}

/* Numbers between -1 and 1 of many digits, always the same ones. */
static void fill(int which, int n, double *x) {
  const hm_stream stream = stream_of(HM_DRAW_WEIGHTS);
  hm_uniforms(&stream, (uint32_t)which, 0, n, x);
  for (int i = 0; i < n; i++) {
    x[i] = 2.0 * x[i] - 1.0;
  }
}

/* From where exp() leaves the range of a float, or a double, to where it does
 * so on the other side. */
static uint64_t check_sigm(hm_level level) {
  double x[width], out[width];
  float single[wide] = {0.0f};
  fill(0, width, x);
  for (int i = 0; i < width; i++) {
    single[i] = (float)(x[i] * 90.0);
    x[i] *= i % 3 == 0 ? 720.0 : 9.0;
  }
  hm_sigm_all(level, width, x, out);
  hm_sigm_singles(level, wide, single, single);
  return add_floats(add_doubles(HM_CHECKSUM_START, width, out), wide, single);
}

static uint64_t check_softplus(hm_level level) {
  double x[width], sum;
  fill(1, width, x);
  for (int i = 0; i < width; i++) {
    x[i] *= i % 3 == 0 ? 50.0 : 4.0;
  }
  sum = hm_softplus_sum(level, width, x);
  return add_doubles(HM_CHECKSUM_START, 1, &sum);
}

/* Means with both limits among them, for an odd number of cases. */
static uint64_t check_bernoulli(hm_level level) {
  const hm_stream stream = stream_of(HM_DRAW_HIDDEN);
  const hm_rows cases = {NULL, 7, lists};
  double x[HM_PANEL];
  float mean[lists * HM_PANEL];
  uint32_t bits[lists];
  for (int s = 0; s < lists; s++) {
    fill(2 + s, HM_PANEL, x);
    for (int i = 0; i < HM_PANEL; i++) {
      mean[s * HM_PANEL + i] = (float)fmin(fabs(1.2 * x[i]), 1.0);
    }
    mean[s * HM_PANEL + s] = 0.0f;
  }
  const hm_drawing drawing = {&stream, &cases, 0, lists};
  hm_bernoulli(level, &drawing, 1, mean, bits, 1);
  return add_words(HM_CHECKSUM_START, lists, bits);
}

static uint64_t check_normals(hm_level level) {
  const hm_stream stream = stream_of(HM_DRAW_WEIGHTS);
  double z[3 * HM_PANEL];
  hm_normals(level, &stream, 2, 3 * HM_PANEL, z);
  return add_doubles(HM_CHECKSUM_START, 3 * HM_PANEL, z);
}

/* Lists of every density: of s + 1 rows in ten. */
static void fill_lists(hm_lists *on) {
  for (int s = 0; s < lists; s++) {
    on->count[s] = 0;
    for (int i = 0; i < rows; i++) {
      if ((i * 7 + s) % 10 <= s) {
        on->item[s * on->stride + on->count[s]++] = i;
      }
    }
  }
}

static uint64_t check_rows(hm_level level) {
  const hm_hardware hw = {1, level};
  int count[lists], item[lists * rows];
  double x[rows * width], out[lists * width];
  hm_lists on = {lists, rows, count, item, NULL};
  fill_lists(&on);
  for (int i = 0; i < rows; i++) {
    fill(20 + i, width, x + i * width);
  }
  memset(out, 0, sizeof out);
  hm_sum_rows(&on, width, 0.7, x, 0.0, out, hw);
  return add_doubles(HM_CHECKSUM_START, lists * width, out);
}

/* Sums of rows in panels, of lists without values and with them; x is all of
 * the panels' numbers. */
static uint64_t check_panels(hm_level level) {
  int count[lists], item[lists * rows];
  float value[lists * rows], start[wide], w[rows * wide], sums[lists * wide];
  double x[wide];
  hm_lists on = {lists, rows, count, item, NULL};
  const hm_panels from = {rows, width, w};
  hm_panels out = {lists, width, sums};
  uint64_t sum = HM_CHECKSUM_START;
  fill_lists(&on);
  for (int i = 0; i < rows * across; i++) {
    fill(70 + i, HM_PANEL, x);
    hm_set_singles(HM_PANEL, x, w + i * HM_PANEL);
  }
  fill(69, wide, x);
  hm_set_singles(wide, x, start);
  for (int i = 0; i < lists * rows; i++) {
    value[i] = 0.1f + w[i] * w[i];
  }
  for (int valued = 0; valued < 2; valued++) {
    on.value = valued ? value : NULL;
    memset(sums, 0, sizeof sums);
    hm_sum_panels(level, &on, 0, lists, &from, start, &out);
    sum = add_floats(sum, lists * wide, sums);
  }
  /* Few lists take their subsets from the rows, not from tables. */
  on.value = NULL;
  hm_sum_panels(level, &on, lists - 2, lists, &from, start, &out);
  return add_floats(sum, lists * wide, sums);
}

/* Free energies of inputs in panels. */
static uint64_t check_energy(hm_level level) {
  int count[lists], item[lists * rows];
  float bias[wide], input[lists * wide], mean[lists * wide];
  double x[wide], F[lists] = {0.0};
  const hm_lists on = {lists, rows, count, item, NULL};
  const hm_panels inputs = {lists, wide, input}, means = {lists, wide, mean};
  hm_run run[] = {{.kind = &hm_unit_binary, .units = rows},
                  {.kind = &hm_unit_binary, .units = width}};
  const hm_layer visible = hm_layer_of(1, run);
  const hm_layer hidden = hm_layer_of(1, run + 1);
  const hm_working working = {
      .b = bias, .visible = &visible, .hidden = &hidden};
  hm_lists given = on;
  fill_lists(&given);
  fill(160, wide, x);
  hm_set_singles(wide, x, bias);
  for (int i = 0; i < lists * across; i++) {
    fill(161 + i, HM_PANEL, x);
    for (int j = 0; j < HM_PANEL; j++) {
      x[j] *= 9.0;
    }
    hm_set_singles(HM_PANEL, x, input + i * HM_PANEL);
  }
  hm_sigm_singles(level, lists * wide, input, mean);
  hm_sweep_free_energy(level, &working, &given, 0, lists, &inputs, &means, F);
  return add_floats(add_doubles(HM_CHECKSUM_START, lists, F), lists * wide,
                    mean);
}

static const struct {
  const char *name;
  uint64_t (*digest)(hm_level level);
} checks[HM_SELFCHECKS] = {
    {"sigm", check_sigm},           {"softplus", check_softplus},
    {"bernoulli", check_bernoulli}, {"normals", check_normals},
    {"rows", check_rows},           {"panels", check_panels},
    {"energy", check_energy},
};

const char *hm_selfcheck_name(int i) {
  return i >= 0 && i < HM_SELFCHECKS ? checks[i].name : NULL;
}

void hm_selfcheck(hm_level level, uint64_t digest[HM_SELFCHECKS]) {
  for (int i = 0; i < HM_SELFCHECKS; i++) {
    digest[i] = checks[i].digest(level);
  }
}
