#include "gradient.h"

#include <string.h>

#include "linalg.h"

void hm_gradient_lay(hm_arena *arena, int nv, int nh, int most,
                     hm_gradient_work *work) {
  work->room = hm_chains_at_once(nv, nh, most);
  hm_chains_lay(arena, nv, nh, work->room, &work->chains);
  work->by_unit.n = nv;
  work->by_unit.stride = work->room;
  work->by_unit.count = hm_room(arena, nv, sizeof(int));
  work->by_unit.item = hm_room(arena, (ptrdiff_t)nv * work->room, sizeof(int));
}

static void add_columns(int n, int units, double scale, const double *x,
                        double *sum) {
  for (int s = 0; s < n; s++) {
    for (int i = 0; i < units; i++) {
      sum[i] += scale * x[(ptrdiff_t)s * units + i];
    }
  }
}

/* gradient += scale times the sums over the cases of v p(h|v)', v and p(h|v).
 * `beta` of 0 says that the part of W is not yet set. */
static void add_phase(const hm_model *model, double scale, double beta,
                      int threads, hm_gradient_work *work, double *gradient) {
  const int nv = model->nv, nh = model->nh;
  const hm_states *v = &work->chains.v;
  const double *mean_h = work->chains.mean_h;
  double *gb = gradient + (ptrdiff_t)nv * nh;
  double *gc = gb + nv;
  if (v->x) {
    hm_outer_products(v->on.n, nv, nh, scale, v->x, mean_h, beta, gradient);
    add_columns(v->on.n, nv, scale, v->x, gb);
  } else {
    hm_lists_by_unit(&v->on, nv, &work->by_unit);
    hm_sum_rows(&work->by_unit, nh, scale, mean_h, beta, gradient, threads);
    for (int i = 0; i < nv; i++) {
      gb[i] += scale * work->by_unit.count[i];
    }
  }
  add_columns(v->on.n, nh, scale, mean_h, gc);
}

hm_status hm_gradient(const hm_model *model, const hm_cases *cases,
                      const hm_rows *rows, const hm_estimator *estimator, int k,
                      const hm_chance *chance, const hm_watch *watch,
                      int threads, hm_gradient_work *work, double *gradient) {
  const hm_layer hidden = hm_hidden_layer(model);
  const double share = 1.0 / rows->n;
  const ptrdiff_t weights = (ptrdiff_t)model->nv * model->nh;
  hm_chains *chains = &work->chains;
  memset(gradient + weights, 0,
         (size_t)(model->nv + model->nh) * sizeof *gradient);
  for (int from = 0; from < rows->n; from += work->room) {
    const hm_rows piece = hm_rows_from(rows, from, work->room);
    chains->v.x = chains->x;
    hm_take(cases, &piece, &chains->v);
    hm_mean_given(&hidden, &chains->v, threads, chains->mean_h);
    add_phase(model, -share, from == 0 ? 0.0 : 1.0, threads, work, gradient);
    if (!estimator) {
      continue;
    }
    const hm_status status = estimator->negative_phase(model, &piece, chance, k,
                                                       watch, threads, chains);
    if (status != HM_OK) {
      return status;
    }
    add_phase(model, share, 1.0, threads, work, gradient);
  }
  return HM_OK;
}
