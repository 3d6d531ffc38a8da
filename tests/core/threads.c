/* A team whose threads and barriers are those of POSIX, which ThreadSanitizer
 * sees into: the build `threads` of tests/core/run. No two threads may touch
 * the same number without a barrier between them, and all teams come to the
 * same model. */
#include <pthread.h>

static pthread_barrier_t gate;
#define HM_WAIT_FOR_ALL pthread_barrier_wait(&gate)

#include "team.c"

#include "check.h"
#include "twin-fit.h"

enum { nv = 300, nh = 150, N = 330, most = 7 };

typedef struct {
  const hm_team_plan *plan;
  const hm_team_task *task;
  hm_fit_work *work;
  double *norms;
  int part;
  int parts;
} place;

static void *join(void *data) {
  const place *at = data;
  member one = {.plan = at->plan,
                .task = at->task,
                .team = &at->work->team,
                .trained = &at->work->trained,
                .level = HM_BASELINE,
                .part = at->part,
                .parts = at->parts};
  set_own(&one);
  make_updates(&one, 0, at->task->batches, at->norms);
  return NULL;
}

static double *trained_by(int threads, const char *estimator, int k,
                          const hm_cases *cases) {
  hm_plan plan = {.nh = nh,
                  .visible = twin_binary(nv),
                  .hidden = twin_binary(nh),
                  .estimator = hm_estimator_named(estimator),
                  .estimation = {.k = k, .chains = 70},
                  .rule = {.optimiser = hm_optimiser_named("sgd"),
                           .options = {.learning_rate = 0.05, .momentum = 0.5},
                           .centring = HM_CENTRED,
                           .offset_rate = 0.1},
                  .batch_size = 64,
                  .key = {34u, 55u},
                  .base = twin_zeros(nv),
                  .hw = {threads, HM_BASELINE}};
  const int persistent = plan.estimator->persistent;
  const hm_team_plan team = {.rule = &plan.rule,
                             .batch_size = plan.batch_size,
                             .k = k,
                             .chains = persistent ? plan.estimation.chains : 0,
                             .most = threads,
                             .key = {34u, 55u}};
  hm_state state = twin_begun(&plan, cases, 0.1);
  hm_fit_work work = twin_fit_work(&plan, cases);
  hm_fit_open(&plan, cases, &state, &work);
  int *order = twin_ints(N);
  for (int s = 0; s < N; s++) {
    order[s] = s * 7 % N;
  }
  const hm_team_task task = {.cases = cases,
                             .order = order,
                             .batches = (N - 1) / plan.batch_size + 1,
                             .chains = work.particles.words};
  pthread_t thread[most];
  place at[most] = {{NULL, NULL, NULL, NULL, 0, 0}};
  double norms = 0.0;
  work.team.status = HM_OK;
  hm_step_offsets(HM_BASELINE, &work.trained);
  pthread_barrier_init(&gate, NULL, (unsigned)threads);
  for (int part = threads - 1; part >= 0; part--) {
    at[part] = (place){&team, &task, &work, &norms, part, threads};
    if (part > 0) {
      pthread_create(thread + part, NULL, join, at + part);
    }
  }
  join(at);
  for (int part = 1; part < threads; part++) {
    pthread_join(thread[part], NULL);
  }
  pthread_barrier_destroy(&gate);
  hm_trained_get(&plan.rule, &work.trained, &state);
  CHECK(norms > 0.0, "steps were made");
  return state.theta;
}

static void checks(void) {
  static const char *const name[] = {"cd", "pcd"};
  static const int teams[] = {2, 3, 7};
  uint64_t chance = 89;
  const hm_cases cases =
      twin_packed_cases(N, nv, twin_cells(N * nv, 0.3, &chance));
  for (int way = 0; way < 4; way++) {
    const double *alone = trained_by(1, name[way % 2], 1 + way / 2, &cases);
    for (int i = 0; i < 3; i++) {
      CHECK(twin_same_bits(
                hm_parameters(nv, nh), alone,
                trained_by(teams[i], name[way % 2], 1 + way / 2, &cases)),
            "any team comes to the same model");
    }
  }
}
