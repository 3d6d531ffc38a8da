/* Nodes of real hidden units against the integrals that they stand for, and
 * machines that have none. */
#include "nodes.h"

#include "check.h"
#include "twin.h"

/* A machine of `binary` 0/1 columns or one Gaussian column above one hidden
 * unit of this kind, with equal weights. */
typedef struct {
  hm_run visible_run;
  hm_run hidden_run;
  hm_layer visible;
  hm_layer hidden;
  double theta[16];
  double d[1];
} machine;

static machine *new_machine(const hm_kind *kind, int binary, double w,
                            double c) {
  machine *of = twin_room(1, sizeof *of);
  const int nv = binary > 0 ? binary : 1;
  memset(of, 0, sizeof *of);
  of->visible_run.kind = binary > 0 ? &hm_unit_binary : &hm_unit_gaussian;
  of->visible_run.units = nv;
  of->visible_run.d = of->d;
  of->hidden_run.kind = kind;
  of->hidden_run.units = 1;
  of->visible = hm_layer_of(1, &of->visible_run);
  of->hidden = hm_layer_of(1, &of->hidden_run);
  for (int i = 0; i < nv; i++) {
    of->theta[i] = w;
  }
  of->theta[2 * nv] = c;
  return of;
}

static hm_model model_of(const machine *of) {
  return hm_model_of(of->visible.units, 1, &of->visible, &of->hidden,
                     of->theta);
}

/* log Z by the nodes. */
static double by_nodes(const machine *of, const hm_node_range *range) {
  const int count = hm_nodes_count(range, 0), nv = of->visible.units;
  const double w = of->theta[0], c = of->theta[2 * nv];
  double *d = twin_reals(2 * count), sum = 0.0;
  hm_nodes_set(range, 0, d);
  for (int k = 0; k < count; k++) {
    const double x = d[k];
    const double A = of->visible_run.kind == &hm_unit_binary
                         ? nv * twin_softplus(w * x)
                         : 0.5 * (w * x * w * x + log(2.0 * acos(-1.0)));
    sum += exp(c * x + d[count + k] + A);
  }
  return log(sum);
}

/* And by all states of the binary columns, or in closed form. */
static double in_truth(const machine *of) {
  const int nv = of->visible.units;
  const double w = of->theta[0], c = of->theta[2 * nv];
  const double two_pi = 2.0 * acos(-1.0);
  double sum = 0.0, ways = 1.0;
  if (of->visible_run.kind == &hm_unit_gaussian) {
    return log(two_pi) - 0.5 * log(1.0 - w * w) + 0.5 * c * c / (1.0 - w * w);
  }
  const hm_column column = {.kind = of->hidden_run.kind, .size = 1, .width = 1};
  for (int on = 0; on <= nv; on++) {
    const double a = c + on * w;
    sum += ways * exp(column.kind->log_sum_at(&column, &a));
    ways = ways * (nv - on) / (on + 1);
  }
  return log(sum);
}

static void check_integral(const hm_kind *kind, int binary, double w,
                           double c) {
  const machine *of = new_machine(kind, binary, w, c);
  const hm_model model = model_of(of);
  const hm_node_range range = hm_nodes_of_nothing(&model);
  CHECK(range.proper && range.units == 1 && range.unit[0] == 0,
        "there is one real unit");
  const double log_z = in_truth(of);
  CHECK_NEAR(by_nodes(of, &range), log_z, 1e-13 * fmax(1.0, fabs(log_z)));
}

static void checks(void) {
  for (int i = -2; i <= 2; i++) {
    check_integral(&hm_unit_normal, 3, 1.5 * i, 0.3 * i);
    check_integral(&hm_unit_relu, 3, 1.5 * i, 0.3 * i);
    check_integral(&hm_unit_normal, 6, 0.5 * i, 2.0);
    check_integral(&hm_unit_relu, 4, 2.0 * i, -15.0 * i * i);
  }
  check_integral(&hm_unit_normal, 0, 0.5, 0.4);
  check_integral(&hm_unit_normal, 0, 0.97, -0.2);
  const machine *of = new_machine(&hm_unit_normal, 0, 1.01, 0.0);
  const hm_model model = model_of(of);
  CHECK(!hm_nodes_of_nothing(&model).proper,
        "where Z is infinite that is told");
}
