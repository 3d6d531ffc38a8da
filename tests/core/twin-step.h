/* One step of all parameters in plain loops, for tests of steps and of epochs.
 */
#ifndef HM_TWIN_STEP_H
#define HM_TWIN_STEP_H

#include "step.h"

#include "twin.h"

/* One step written out: offsets mu and lambda, plain descent with momentum in
 * W, b + W lambda and c + W'mu, and what comes after it. `memory` is u, theta
 * row by row. Visible unit i goes down one part in size_of[i] of its gradient,
 * all of it where that is null. Returns the norm of the change of W by the
 * rule. */
static inline double twin_step(const hm_rule *rule, int nv, int nh,
                               const double *size_of, const double *g,
                               const double *data_mean, hm_state *state) {
  const int weights = nv * nh, size = weights + nv + nh;
  double *W = state->theta, *b = W + weights, *c = b + nv;
  double *u = state->memory, *mu = state->offsets, *lambda = mu + nv;
  double *activity = lambda + nh, squares = 0.0;
  const double *gb = g + weights, *gc = gb + nv;
  double *slope = twin_copy(size, g), *before = twin_copy(weights, W);
  const hm_optim_options *options = &rule->options;
  for (int i = 0; size_of && i < nv; i++) {
    slope[weights + i] /= size_of[i];
    for (int j = 0; j < nh; j++) {
      slope[i * nh + j] /= size_of[i];
    }
  }
  for (int i = 0; rule->fast && i < size; i++) {
    state->fast[i] =
        rule->fast_decay * state->fast[i] - rule->fast_rate * slope[i];
  }
  for (int i = 0; i < nv; i++) {
    const double m = size_of ? size_of[i] : 1.0;
    for (int j = 0; j < nh; j++) {
      slope[i * nh + j] += options->weight_decay * W[i * nh + j] -
                           (mu[i] * gc[j] + gb[i] * lambda[j]) / m;
    }
  }
  for (int j = 0; j < nh; j++) {
    slope[weights + nv + j] +=
        rule->sparsity_cost * (activity[j] - rule->sparsity_target);
  }
  for (int i = 0; i < size; i++) {
    u[i] = options->momentum * u[i] - options->learning_rate * slope[i];
    state->theta[i] += u[i];
    squares += i < weights ? u[i] * u[i] : 0.0;
  }
  for (int j = 0; rule->max_norm > 0.0 && j < nh; j++) {
    double norm = 0.0;
    for (int i = 0; i < nv; i++) {
      norm += W[i * nh + j] * W[i * nh + j];
    }
    for (int i = 0; i < nv && sqrt(norm) > rule->max_norm; i++) {
      W[i * nh + j] *= rule->max_norm / sqrt(norm);
    }
  }
  for (int i = 0; i < nv; i++) {
    for (int j = 0; j < nh; j++) {
      const double change = W[i * nh + j] - before[i * nh + j];
      b[i] -= change * lambda[j];
      c[j] -= change * mu[i];
    }
  }
  const double share = rule->centring == HM_ENHANCED ? 0.5 : 0.0;
  for (int i = 0; rule->centring != HM_UNCENTRED && i < nv + nh; i++) {
    mu[i] += rule->offset_rate * (data_mean[i] + share * gb[i] - mu[i]);
  }
  for (int j = 0; j < nh; j++) {
    activity[j] += 0.05 * (data_mean[nv + j] - activity[j]);
  }
  return sqrt(squares);
}

#endif
