/* Cases with missing cells against sums over all states of both layers, the
 * gradient against differences, draws against their law, and equal bits for all
 * threads. */
#include "observed.h"

#include "check.h"
#include "twin.h"

static uint64_t chance = 4242;
static const hm_watch patient = {NULL, NULL, NULL};
static const uint32_t key[2] = {1u, 9u};

/* A machine of all kinds of few states, with a Gaussian and a Poisson column
 * where `wide`. */
typedef struct {
  hm_layer visible;
  hm_layer hidden;
  hm_run run[7];
  hm_run below[2];
  hm_column column[16];
  double *theta; /* [W by rows | b | c | d] */
  int nv;
  int nh;
} machine;

static const int levels3[] = {3}, levels4[] = {4}, trials[] = {3},
                 counts[] = {2};
static const int two_three[] = {2, 3};

static machine *new_machine(int wide, int binary) {
  machine *of = twin_room(1, sizeof *of);
  const hm_run runs[7] = {
      {.kind = &hm_unit_binary, .units = 2},
      {.kind = &hm_unit_categorical, .units = 3, .size = levels3, .columns = 1},
      {.kind = &hm_unit_ordinal2, .units = 2, .size = levels4, .columns = 1},
      {.kind = &hm_unit_binomial, .units = 1, .size = trials},
      {.kind = &hm_unit_count, .units = 1, .size = counts},
      {.kind = &hm_unit_gaussian, .units = 1},
      {.kind = &hm_unit_poisson, .units = 1}};
  const hm_run below[2] = {{.kind = &hm_unit_binary, .units = binary},
                           {.kind = &hm_unit_categorical,
                            .units = 5,
                            .size = two_three,
                            .columns = 2}};
  memcpy(of->run, runs, sizeof runs);
  memcpy(of->below, below, sizeof below);
  of->visible = hm_layer_of(wide ? 7 : 5, of->run);
  of->hidden = hm_layer_of(2, of->below);
  of->nv = of->visible.units;
  of->nh = of->hidden.units;
  const ptrdiff_t size = hm_parameters(of->nv, of->nh);
  of->theta = twin_random(size + of->visible.extras, -0.6, 0.6, &chance);
  for (int r = 0; r < of->visible.runs; r++) {
    of->run[r].d = of->theta + size;
  }
  hm_layer_columns(&of->visible, of->column);
  return of;
}

static hm_model model_of(const machine *of) {
  return hm_model_of(of->nv, of->nh, &of->visible, &of->hidden, of->theta);
}

/* State number `index` of a layer of few states, as units; 0 past the last. */
static int state_of(const hm_layer *layer, int index, double *x) {
  hm_column column[16];
  hm_layer_columns(layer, column);
  for (int q = 0; q < layer->columns; q++) {
    const int levels = column[q].kind->levels(column + q);
    column[q].kind->code(column + q, index % levels, x + column[q].first);
    index /= levels;
  }
  return index == 0;
}

static double minus_energy(const machine *of, const double *v,
                           const double *h) {
  const hm_model model = model_of(of);
  double sum = 0.0;
  for (int q = 0; q < of->visible.columns; q++) {
    const hm_column *column = of->column + q;
    sum += hm_column_base(column, v + column->first, NULL);
  }
  for (int i = 0; i < of->nv; i++) {
    sum += model.b[i] * v[i];
    for (int j = 0; j < of->nh; j++) {
      sum += v[i] * model.W_rows[(ptrdiff_t)i * of->nh + j] * h[j];
    }
  }
  for (int j = 0; j < of->nh; j++) {
    sum += model.c[j] * h[j];
  }
  return sum;
}

/* Whether state v agrees with the cells of a case that are seen. */
static int agrees(int nv, const double *v, const double *seen) {
  for (int i = 0; i < nv; i++) {
    if (!isnan(seen[i]) && fabs(seen[i] - v[i]) > 1e-12) {
      return 0;
    }
  }
  return 1;
}

/* log of the sum of exp(-E) over what is missing and h; and means of h and v.
 */
static double log_weight_of(const machine *of, const double *seen, double *h_at,
                            double *v_at) {
  double *v = twin_reals(of->nv), *h = twin_reals(of->nh), sum = 0.0;
  memset(h_at, 0, (size_t)of->nh * sizeof *h_at);
  memset(v_at, 0, (size_t)of->nv * sizeof *v_at);
  for (int i = 0; state_of(&of->visible, i, v); i++) {
    if (!agrees(of->nv, v, seen)) {
      continue;
    }
    for (int j = 0; state_of(&of->hidden, j, h); j++) {
      const double w = exp(minus_energy(of, v, h));
      sum += w;
      for (int l = 0; l < of->nh; l++) {
        h_at[l] += w * h[l];
      }
      for (int l = 0; l < of->nv; l++) {
        v_at[l] += w * v[l];
      }
    }
  }
  for (int l = 0; l < of->nh; l++) {
    h_at[l] /= sum;
  }
  for (int l = 0; l < of->nv; l++) {
    v_at[l] /= sum;
  }
  return log(sum);
}

/* N cases, columns of N: states of the layer, of which a share is missing; the
 * last one whole, and the one before it missing throughout. */
static double *new_cases(const machine *of, int N, double missing) {
  double *x = twin_reals((ptrdiff_t)N * of->nv), *v = twin_reals(of->nv);
  for (int s = 0; s < N; s++) {
    for (int q = 0; q < of->visible.columns; q++) {
      const hm_column *column = of->column + q;
      const double u[2] = {twin_uniform(&chance), twin_uniform(&chance)};
      double a[8] = {0.0};
      const int gone = twin_uniform(&chance) < missing;
      column->kind->draw_at(column, a, u, v + column->first);
      for (int i = column->first; i < column->first + column->width; i++) {
        x[(ptrdiff_t)i * N + s] =
            (gone && s < N - 1) || s == N - 2 ? (double)NAN : v[i];
      }
    }
  }
  return x;
}

static hm_observed_work work_of(const hm_model *model, const hm_cases *cases,
                                int levels, int gradient) {
  hm_observed_work work;
  hm_arena measured = {NULL, 0};
  hm_observed_lay(&measured, model, cases, levels, gradient, &work);
  hm_arena arena = twin_arena(&measured);
  hm_observed_lay(&arena, model, cases, levels, gradient, &work);
  CHECK(arena.used == measured.used, "laying takes what was measured");
  return work;
}

static double likelihood(const machine *of, const hm_cases *cases,
                         const double *weight, hm_hardware hw,
                         double *gradient) {
  const hm_model model = model_of(of);
  hm_observed_work work = work_of(&model, cases, 0, 1);
  double log_lik;
  CHECK(hm_observed_likelihood(&model, cases, weight, &patient, hw, &work,
                               &log_lik, gradient) == HM_OK,
        "the whole is done");
  return log_lik;
}

static void check_likelihood(int wide, int binary) {
  enum { N = 9 };
  machine *of = new_machine(wide, binary);
  const ptrdiff_t size = hm_parameters(of->nv, of->nh) + of->visible.extras;
  const double *x = new_cases(of, N, 0.4);
  const hm_cases cases = {.N = N, .nv = of->nv, .reals = x};
  double *weight = twin_random(N, 0.0, 3.0, &chance);
  double *gradient = twin_reals(size), *other = twin_reals(size);
  const hm_hardware one = twin_hw(1);
  const double log_lik = likelihood(of, &cases, weight, one, gradient);
  if (!wide && binary <= 2) {
    double *h = twin_reals(of->nh), *v = twin_reals(of->nv);
    double *seen = twin_reals(of->nv), sum = 0.0, total = 0.0;
    for (int i = 0; i < of->nv; i++) {
      seen[i] = (double)NAN;
    }
    const double log_z = log_weight_of(of, seen, h, v);
    for (int s = 0; s < N; s++) {
      for (int i = 0; i < of->nv; i++) {
        seen[i] = x[(ptrdiff_t)i * N + s];
      }
      sum += weight[s] * (log_weight_of(of, seen, h, v) - log_z);
      total += weight[s];
    }
    CHECK_NEAR(log_lik, sum / total, 1e-12);
  }
  for (ptrdiff_t i = 0; i < size; i++) {
    const double step = 1e-5, at = of->theta[i];
    of->theta[i] = at + step;
    const double above = likelihood(of, &cases, weight, one, other);
    of->theta[i] = at - step;
    const double below = likelihood(of, &cases, weight, one, other);
    of->theta[i] = at;
    CHECK_NEAR(gradient[i], -(above - below) / (2.0 * step), 1e-8);
  }
  const hm_hardware two = twin_hw(2);
  const double again = likelihood(of, &cases, weight, two, other);
  CHECK(twin_same_bits(1, &log_lik, &again) &&
            twin_same_bits(size, gradient, other),
        "two threads give the same bits");
}

static void check_answers(int binary) {
  enum { N = 8 };
  const machine *of = new_machine(0, binary);
  const hm_model model = model_of(of);
  const double *x = new_cases(of, N, 0.5);
  const hm_cases cases = {.N = N, .nv = of->nv, .reals = x};
  double *h = twin_reals(of->nh), *v = twin_reals(of->nv);
  double *seen = twin_reals(of->nv);
  hm_observed_answer answer = {.log_sum = twin_reals(N),
                               .h = twin_reals((ptrdiff_t)N * of->nh),
                               .v = twin_reals((ptrdiff_t)N * of->nv),
                               .square = twin_reals((ptrdiff_t)N * of->nv),
                               .law = twin_reals(N * 3),
                               .column = 2};
  hm_observed_work work = work_of(&model, &cases, 3, 0);
  hm_observed_answer_cases(&model, &cases, &patient, twin_hw(2), &work,
                           &answer);
  for (int s = 0; s < N; s++) {
    for (int i = 0; i < of->nv; i++) {
      seen[i] = x[(ptrdiff_t)i * N + s];
    }
    CHECK_NEAR(answer.log_sum[s], log_weight_of(of, seen, h, v), 1e-12);
    for (int j = 0; j < of->nh; j++) {
      CHECK_NEAR(answer.h[j * N + s], h[j], 1e-13);
    }
    for (int i = 0; i < of->nv; i++) {
      CHECK_NEAR(answer.v[i * N + s], v[i], 1e-13);
    }
    for (int k = 0; isnan(seen[2]) && k < 3; k++) {
      CHECK_NEAR(answer.law[k * N + s], v[2 + k], 1e-13);
      CHECK_NEAR(answer.square[(2 + k) * N + s], v[2 + k], 1e-13);
    }
  }
}

/* Draws of a case of which nothing is seen are draws from the model. */
static void check_draws(int binary) {
  enum { N = 4000, states = 2 * 2 * 3 };
  const machine *of = new_machine(0, binary);
  const hm_model model = model_of(of);
  double *x = twin_reals((ptrdiff_t)N * of->nv), *p = twin_zeros(states);
  double *v = twin_reals(of->nv), *h = twin_reals(of->nh), all = 0.0;
  long *seen = twin_counts(states);
  for (ptrdiff_t i = 0; i < (ptrdiff_t)N * of->nv; i++) {
    x[i] = (double)NAN;
  }
  const hm_cases cases = {.N = N, .nv = of->nv, .reals = x};
  hm_observed_answer answer = {
      .draw = twin_reals((ptrdiff_t)N * of->nv),
      .stream = hm_stream_of(key, HM_DRAW_VISIBLE, 0, 0)};
  hm_observed_work work = work_of(&model, &cases, 0, 0);
  hm_observed_answer_cases(&model, &cases, &patient, twin_hw(2), &work,
                           &answer);
  for (int i = 0; state_of(&of->visible, i, v); i++) {
    const int cell = (int)(v[0] + 2.0 * v[1] + 4.0 * (v[3] + 2.0 * v[4]));
    for (int j = 0; state_of(&of->hidden, j, h); j++) {
      const double w = exp(minus_energy(of, v, h));
      p[cell] += w;
      all += w;
    }
  }
  for (int k = 0; k < states; k++) {
    p[k] /= all;
  }
  for (int s = 0; s < N; s++) {
    const double *at = answer.draw + s;
    seen[(int)(at[0] + 2.0 * at[N] + 4.0 * (at[3 * N] + 2.0 * at[4 * N]))]++;
  }
  CHECK(twin_misfit(states, seen, p) < twin_chi_square_limit(states - 1),
        "draws have the law of the model");
}

static void check_interrupts(void) {
  machine *of = new_machine(1, 9);
  const hm_model model = model_of(of);
  const double *x = new_cases(of, 5, 0.3);
  const hm_cases cases = {.N = 5, .nv = of->nv, .reals = x};
  double weight[5] = {1.0, 1.0, 1.0, 1.0, 1.0}, log_lik;
  double *gradient =
      twin_reals(hm_parameters(of->nv, of->nh) + of->visible.extras);
  hm_observed_work work = work_of(&model, &cases, 0, 1);
  for (int asked = 1; asked < 8; asked++) {
    twin_patience patience = {0, asked};
    const hm_watch watch = {twin_ask, &patience, NULL};
    CHECK(hm_observed_likelihood(&model, &cases, weight, &watch, twin_hw(1),
                                 &work, &log_lik, gradient) == HM_INTERRUPTED,
          "the watch ends it");
  }
}

static void checks(void) {
  check_likelihood(0, 1);
  check_likelihood(0, 2);
  check_likelihood(1, 3);
  check_likelihood(1, 9); /* more states than a block has */
  check_answers(1);
  check_answers(8);
  check_draws(2);
  check_draws(8);
  check_interrupts();
}
