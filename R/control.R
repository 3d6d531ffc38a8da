#' Settings of the training
#'
#' All tuning numbers of [rbm_fit()], which takes them directly as well:
#' `rbm_fit(x, 50, epochs = 20)` is `rbm_fit(x, 50, control =
#' rbm_control(epochs = 20))`.
#'
#' @param ... Must be empty: arguments are named in full, and unknown names are
#'   errors, so that a slip of the pen does not train with a default.
#' @param estimator How the negative phase of the gradient is estimated.
#'   `"cd"` is contrastive divergence: `k` sweeps of block Gibbs sampling from
#'   the data.
#' @param k Gibbs sweeps of the estimator, a whole number from 1. More are
#'   slower and less biased.
#' @param epochs How often every case is used.
#' @param batch_size Cases in one step of the optimiser. Where it is larger than
#'   the data, each step uses all cases.
#' @param optimiser The update rule. `"sgd"` is gradient descent with momentum:
#'   the step is \eqn{u \leftarrow momentum \cdot u - learning\_rate \cdot (g +
#'   weight\_decay \cdot W)}{u := momentum u - learning_rate (g + weight_decay
#'   W)}, without the decay for biases.
#' @param learning_rate Above 0. Typical values are 0.01 to 0.5; halve it when
#'   the pseudo-log-likelihood jumps about or training diverges.
#' @param momentum From 0 (none) to below 1.
#' @param weight_decay Rate at which weights are drawn to 0, at least 0.
#' @param init_sd Standard deviation of the normal start values of `W`. Hidden
#'   biases start at 0, and visible ones at the log odds of the unit's mean.
#' @param evaluate_every After how many epochs the log-likelihood of the
#'   training data is computed, exactly or by annealed importance sampling, as
#'   [rbm_log_z()] does; and after the last; 0 for never. For 0/1 data. It takes
#'   the time that it takes.
#' @param threads Threads to use. `NULL` stands for `getOption(
#'   "harmonium.threads")`, then for the environment variable
#'   `HARMONIUM_NUM_THREADS`, then for 2. Never more than OpenMP allows, and 1
#'   where R was built without it. The result is the same, to the bit, for any
#'   number.
#'
#' @return A list of class `rbm_control` with these settings, checked.
#'
#' @section Errors:
#' Of class `harmonium_error`, for a setting outside the range above and for an
#' unknown name, where the nearest known name is told.
#'
#' @source Hinton (2002), Training products of experts by minimizing contrastive
#'   divergence, *Neural Computation* 14, 1771-1800,
#'   \doi{10.1162/089976602760128018}. Hinton (2012), A practical guide to
#'   training restricted Boltzmann machines, \doi{10.1007/978-3-642-35289-8_32}.
#' @seealso [rbm_fit()]
#' @examples
#' control <- rbm_control(
#'   estimator = "cd", k = 2, epochs = 5, batch_size = 50,
#'   optimiser = "sgd", learning_rate = 0.05, momentum = 0.8,
#'   weight_decay = 1e-4, init_sd = 0.02, evaluate_every = 0, threads = 1
#' )
#' fit <- rbm_fit(digits8$x[1:200, ], hidden = 10, control = control)
#' try(rbm_control(learning_rat = 0.1))
#' @export
rbm_control <- function(..., estimator = NULL, k = NULL, chains = NULL,
                        temperatures = 10, max_sweeps = 1000,
                        fast_rate = NULL, fast_decay = 0.95,
                        parameterisation = c("centred", "enhanced", "plain"),
                        offset_rate = 0.01, epochs = NULL, batch_size = NULL,
                        optimiser = "sgd", learning_rate = NULL,
                        schedule = NULL, decay = 0.1, momentum = 0.5,
                        beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weight_decay = 0,
                        l1 = 0, max_norm = Inf, sparsity_target = 0.1,
                        sparsity_cost = 0, init_sd = 0.01, evaluate_every = 0,
                        patience = Inf, checkpoint_every = 1, threads = NULL) {
  if (...length()) {
    check_known(names(list(...)), control_names(), "Settings")
  }
  kinds <- .Call(ffi_kinds)
  optional <- function(value, check, name, ...) {
    if (!is.null(value)) check(value, name, ...)
  }
  structure(
    list(
      estimator = optional(estimator, check_choice, "estimator",
                           choices = kinds$estimator),
      k = optional(k, check_count, "k", max = 2^24 - 1),
      chains = optional(chains, check_count, "chains", max = 2^20),
      temperatures = check_count(temperatures, "temperatures", min = 2,
                                 max = 1000),
      max_sweeps = check_count(max_sweeps, "max_sweeps", max = 2^24 - 1),
      fast_rate = optional(fast_rate, check_number, "fast_rate"),
      fast_decay = check_number(fast_decay, "fast_decay", below = 1),
      parameterisation = check_choice(parameterisation,
                                      c("centred", "enhanced", "plain"),
                                      "parameterisation"),
      offset_rate = check_number(offset_rate, "offset_rate", most = 1),
      epochs = optional(epochs, check_count, "epochs"),
      batch_size = optional(batch_size, check_count, "batch_size"),
      optimiser = check_choice(optimiser, kinds$optimiser, "optimiser"),
      learning_rate = optional(learning_rate, check_number, "learning_rate",
                               positive = TRUE),
      schedule = optional(schedule, check_schedule, "schedule"),
      decay = check_number(decay, "decay"),
      momentum = check_number(momentum, "momentum", below = 1),
      beta1 = check_number(beta1, "beta1", below = 1),
      beta2 = check_number(beta2, "beta2", below = 1),
      epsilon = check_number(epsilon, "epsilon", positive = TRUE),
      weight_decay = check_number(weight_decay, "weight_decay"),
      l1 = check_number(l1, "l1"),
      max_norm = check_limit(max_norm, "max_norm"),
      sparsity_target = check_number(sparsity_target, "sparsity_target",
                                     most = 1),
      sparsity_cost = check_number(sparsity_cost, "sparsity_cost"),
      init_sd = check_number(init_sd, "init_sd"),
      evaluate_every = check_count(evaluate_every, "evaluate_every", min = 0),
      patience = if (identical(patience, Inf)) {
        Inf
      } else {
        check_count(patience, "patience")
      },
      checkpoint_every = check_count(checkpoint_every, "checkpoint_every"),
      threads = optional(threads, check_count, "threads")
    ),
    class = "rbm_control"
  )
}

control_names <- function() setdiff(names(formals(rbm_control)), "...")

# The settings of one fit: from `control` or from `...`, not from both.
resolve_control <- function(control, ...) {
  if (is.null(control)) {
    if (...length()) {
      check_known(names(list(...)), control_names(), "Settings after `hidden`",
                  names(formals(rbm_fit)))
    }
    return(rbm_control(...))
  }
  if (!inherits(control, "rbm_control")) {
    abort(
      "control",
      sprintf("`control` must come from rbm_control(), not be %s.",
              describe(control))
    )
  }
  if (...length()) {
    check_known(names(list(...)), control_names(), "Settings after `hidden`",
                names(formals(rbm_fit)))
    abort(
      "control_twice",
      sprintf("Settings came both in `control` and directly: %s.",
              quote_names(names(list(...)))),
      "Put them all inside rbm_control()."
    )
  }
  control
}

# What was left to us, for n cases: some ten thousand updates in all, whose
# rate grows with the root of the batch as their noise falls. Figures behind
# these numbers: bench/decisions.md and bench/results/defaults.csv.
choose_settings <- function(control, n) {
  fill <- function(name, value) {
    if (is.null(control[[name]])) control[[name]] <<- value
  }
  fill("estimator", "pcd")
  fill("batch_size", if (n < 2000) 20L else 100L)
  control$batch_size <- as.integer(min(control$batch_size, n))
  updates <- ceiling(n / control$batch_size)
  fill("k", if (control$estimator == "mf") 10L else 1L)
  fill("chains", max(control$batch_size, 20L))
  fill("epochs", as.integer(min(max(ceiling(10000 / updates), 5), 200)))
  fill("learning_rate", sqrt(control$batch_size) *
         if (control$optimiser == "adam") 0.001 else 0.01)
  fill("schedule", "linear")
  fill("fast_rate", control$learning_rate)
  control
}
