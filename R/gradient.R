#' The gradient of the loss
#'
#' \eqn{\partial l / \partial W}{dl/dW}, \eqn{\partial l / \partial b}{dl/db},
#' \eqn{\partial l / \partial c}{dl/dc} and that of extra parameters of the mean
#' negative log-likelihood of cases, exactly or as an estimator sees it.
#'
#' \deqn{\frac{\partial l}{\partial W} = -\langle v p(h|v)' \rangle_D + \langle
#'   v p(h|v)' \rangle_p, \quad \frac{\partial l}{\partial b} = -\langle v
#'   \rangle_D + \langle v \rangle_p, \quad \frac{\partial l}{\partial c} =
#'   -\langle p(h|v) \rangle_D + \langle p(h|v) \rangle_p.}{dl/dW = -<v
#'   p(h|v)'>_D + <v p(h|v)'>_p,  dl/db = -<v>_D + <v>_p,  dl/dc = -<p(h|v)>_D +
#'   <p(h|v)>_p.}
#'
#' Means of hidden units, real values and weights enter averages over data and
#' draws as multiples of \eqn{2^{-16}}{2^-16}, as in training, which makes sums
#' over cases exact. An average over cases of 0 and 1 is off by less than
#' \eqn{10^{-5}}{1e-5}, and one over larger numbers by as much more as they are
#' larger: the error of any estimate by chance is larger. `"exact"` and `"pl"`
#' are in double precision throughout.
#'
#' Models of tables have columns of other kinds, with extra parameters \eqn{d}:
#' log precisions \eqn{\tau}{tau} of Gaussian columns, and log weights of
#' ordinal levels but the first and the last. The energy of their states is less
#' by \eqn{B(v; d)}, which is the log weight of the level, or \eqn{-e^\tau v^2
#' / 2}{-exp(tau) v^2 / 2}. Their gradient is
#' \deqn{\frac{\partial l}{\partial d} = -\langle \frac{\partial B}{\partial d}
#'   \rangle_D + \langle \frac{\partial B}{\partial d} \rangle_p.}{dl/dd =
#'   -<dB/dd>_D + <dB/dd>_p.}
#' Gaussian columns are in the standardised unit of the model. Estimators for
#' these models, for cases with missing cells and for cases with weights are
#' `"cd"`, `"pcd"`, `"fpcd"` and `"pt"`.
#'
#' The loss of a case with missing cells is that of what is seen. `"exact"` sums
#' over what is missing. The others draw it, as in training: first from
#' independent columns, then by one Gibbs sweep in each of `warmup` updates and
#' in the one that counts. What is left of the start is bias, for `"cd"` too.
#'
#' Estimators with chains of their own start these anew in each of the `repeats`
#' and let them run for `warmup` updates, in which nothing else moves, before
#' the one that counts: what is left of the start is bias. For `"fpcd"` the fast
#' weights learn meanwhile, and with them come to rest near \eqn{f = -a
#' g(\theta + f)}{f = -a g(theta + f)}, \eqn{a = fast\_rate / (1 -
#' fast\_decay)}{a = fast_rate / (1 - fast_decay)}: a gradient is seen there
#' that differs from that of the model by the order of \eqn{a}{a}.
#'
#' @param object A model from [rbm()] or [rbm_fit()].
#' @param x The data, in any form that [rbm_fit()] takes. For intensities the
#'   first averages use them as they are; `"pl"` takes 0 and 1 only.
#' @param estimator One of [rbm_estimators()]. `"exact"` enumerates the smaller
#'   layer, of at most 25 units, and of models of tables the hidden layer, of at
#'   most 65,536 states.
#' @param k Gibbs sweeps of the estimator, or passes of `"mf"`, in each update.
#' @param repeats How many independent estimates are averaged, at least 2.
#'   `"mf"` and `"pl"` have no chance in them, and are computed once.
#' @param chains For `"pcd"`, `"fpcd"` and `"pt"`: how many chains.
#' @param warmup For these, and for cases with missing cells: how many updates
#'   chains and draws of missing cells run before the one that counts, at least
#'   0.
#' @param temperatures For `"pt"`: how many replicas each chain has, at least 2.
#' @param max_sweeps For `"ucd"`: after how many sweeps pairs of chains that
#'   have not met are given up. Fewer than `k` count as `k`.
#' @param fast_rate,fast_decay For `"fpcd"`: how fast the fast weights learn, at
#'   least 0, and what share of them stays from update to update, from 0 to
#'   below 1.
#' @param weights How often each case counts, a number of at least 0 for each
#'   row, as for [rbm_fit()]; `NULL` for once each.
#' @return A list of `W` (nv x nh), `b` (nv), `c` (nh) and, where the model has
#'   any, `d`, in nats per unit of the parameter; `estimator`; and for one that
#'   samples, `se`, a list like it of standard errors of the averages over
#'   `repeats`. For all but `"exact"` there is `bias`, a list like it of their
#'   differences from the exact gradient, or `NULL` where the smaller layer has
#'   more than 20 units, or for tables the hidden layer more than 65,536 states.
#'   For `"ucd"` there is `meeting`: the `mean` and the `longest` meeting time
#'   in sweeps, over all cases and repeats, pairs that were given up counted
#'   with the time they had; and how many of these there were, `unmet`. The
#'   order of the hidden units means nothing.
#' @inheritSection rbm_moments Last digits
#' @section Errors:
#' Of class `harmonium_error`: as for [rbm_fit()], a model too large for an
#' exact answer, intensities for `"pl"`, and estimators that are not for models
#' of tables, missing cells or weights.
#' @source Hinton (2002), see [rbm_fit()]. Bengio and Delalleau (2009),
#'   Justifying and generalizing contrastive divergence,
#'   \doi{10.1162/neco.2008.11-07-647}. The other estimators: see
#'   [rbm_estimators()].
#' @seealso [rbm_moments()], [rbm_estimators()]
#' @examples
#' x <- digits8$x > 0.5
#' fit <- rbm_fit(x, hidden = 8, epochs = 5)
#' exact <- rbm_gradient(object = fit, x = x)
#' set.seed(1)
#' rough <- rbm_gradient(fit, x, estimator = "cd", k = 1, repeats = 20)
#' # How far CD-1 is off, in all and by chance alone.
#' c(off = sqrt(sum(rough$bias$W^2)), chance = sqrt(sum(rough$se$W^2)))
#'
#' # Chains of their own, and pairs of chains that meet.
#' few <- x[1:100, ]
#' off <- function(gradient) sqrt(sum(gradient$bias$W^2))
#' off(rbm_gradient(fit, few, "pcd", repeats = 5, chains = 50, warmup = 20))
#' off(rbm_gradient(fit, few, "fpcd", repeats = 5, warmup = 20,
#'                  fast_rate = 0.01, fast_decay = 0.9))
#' off(rbm_gradient(fit, few, "pt", repeats = 5, chains = 20, warmup = 20,
#'                  temperatures = 5))
#' paired <- rbm_gradient(fit, few, "ucd", repeats = 5, max_sweeps = 500)
#' off(paired)
#' paired$meeting
#'
#' # A table with missing cells. The third case counts for three.
#' air <- airquality[c("Ozone", "Wind", "Temp")]
#' fit <- rbm_fit(air, hidden = 2, starts = 1, weight_decay = 0.003)
#' off(rbm_gradient(fit, air, "pcd", repeats = 5, warmup = 20,
#'                  weights = replace(rep(1, 153), 3, 3)))
#' @export
rbm_gradient <- function(object, x, estimator = "exact", k = 1, repeats = 10,
                         chains = 100, warmup = 100, temperatures = 10,
                         max_sweeps = 1000, fast_rate = 0.01,
                         fast_decay = 0.95, weights = NULL) {
  check_given(missing(object), "object", "a model")
  check_given(missing(x), "x", "the data, a case a row")
  check_model(object)
  kinds <- .Call(ffi_kinds)
  most <- .Call(ffi_limits)
  estimator <- check_choice(estimator, kinds$estimator, "estimator")
  plan <- list(
    estimator = estimator,
    k = check_count(k, "k", max = most$sweeps),
    chains = check_count(chains, "chains", max = most$chains),
    temperatures = check_count(temperatures, "temperatures", min = 2,
                               max = most$temperatures),
    max_sweeps = check_count(max_sweeps, "max_sweeps", max = most$sweeps),
    warmup = check_count(warmup, "warmup", min = 0, max = most$sweeps),
    fast_rate = check_number(fast_rate, "fast_rate"),
    fast_decay = check_number(fast_decay, "fast_decay", below = 1),
    base = NULL
  )
  repeats <- check_count(repeats, "repeats", min = 2)
  hardware <- resolve_hardware()
  cases <- as_visible(object, x, "x", missing = TRUE)
  task <- if (is_table(cases) || !is.null(weights)) {
    table_task(object, cases, weights, plan)
  } else {
    plain_task(object, cases, plan, hardware)
  }
  as_list <- function(theta) name_gradient(theta, object)
  once <- function(key, step = 0) {
    .Call(ffi_gradient, unclass(object), task$cases, task$plan, key, step,
          hardware)
  }
  if (estimator == "exact") {
    return(c(as_list(task$exactly()), list(estimator = estimator)))
  }
  if (estimator %in% c("mf", "pl")) {
    theta <- once(c(0, 0))$gradient
    return(c(as_list(theta), list(
      estimator = estimator,
      bias = if (task$can_be_exact) as_list(theta - task$exactly())
    )))
  }
  check_single(object)
  key <- draw_key()
  # Mean and spread step by step: all estimates at once would be large.
  mean <- 0
  squares <- 0
  met <- NULL
  lapply_told("Gradients", seq_len(repeats), function(step) {
    estimate <- once(key, step - 1)
    met <<- rbind(met, estimate$tally)
    new <- estimate$gradient
    gap <- new - mean
    mean <<- mean + gap / step
    squares <<- squares + gap * (new - mean)
    NULL
  })
  c(as_list(mean), list(
    estimator = estimator,
    se = as_list(sqrt(squares / (repeats - 1) / repeats)),
    bias = if (task$can_be_exact) as_list(mean - task$exactly())
  ), if (estimator == "ucd") list(meeting = meeting_of(met)))
}

# The core's flat vector as parts with the names of the model's.
name_gradient <- function(theta, object) {
  parts <- split_parameters(theta, list(names(object$b), names(object$c)),
                            nrow(object$W), ncol(object$W))
  if (length(parts$d)) names(parts$d) <- names(object$d)
  parts
}

# What is asked of units of 0, 1, counts and intensities: cases and the plan as
# C has them, a function that gives the exact gradient, and whether that can be
# had as well as an estimate.
plain_task <- function(object, cases, plan, hardware) {
  check_estimation(plan, cases, ncol(object$W))
  plan["base"] <- list(base_log_odds_of(object, cases, hardware))
  if (!is_persistent(plan$estimator)) {
    plan$warmup <- 0L
  }
  exactly <- function() {
    with_progress(
      "Enumerating states", cases$n + blocks_of(object),
      .Call(ffi_gradient, unclass(object), cases,
            utils::modifyList(plan, list(estimator = "exact")), NULL, 0,
            hardware)$gradient
    )
  }
  list(cases = cases, plan = plan, exactly = exactly,
       can_be_exact = enumerable(object))
}

# The same of tables: columns of any kinds, missing cells, weights.
table_task <- function(object, cases, weights, plan) {
  weights <- check_weights_of_cases(weights, cases$n)
  check_estimator_of_table(
    plan$estimator,
    layer_columns(object$units[["visible"]], length(object$b))$kind,
    layer_columns(object$units[["hidden"]], length(object$c))$kind,
    if (is_table(cases)) count_incomplete(cases, weights > 0) else 0
  )
  if (!is_table(cases)) {
    x <- all_rows(cases) + 0
    check_unit_values(object, x, "x")
    cases <- table_cases(unname(x), cases$dimnames[[1L]], names(object$b))
  }
  cases <- take_cases(cases, which(weights > 0))
  weights <- weights[weights > 0]
  exactly <- function() exact_table_gradient(object, cases, weights)
  if (plan$estimator == "exact") {
    check_hidden_states(object, "The exact gradient")
    return(list(exactly = exactly))
  }
  if (!is_persistent(plan$estimator) && !anyNA(cases$reals)) {
    plan$warmup <- 0L
  }
  plan$base <- table_base(object)
  list(cases = step_cases(cases, weights, is_listed(object)), plan = plan,
       exactly = exactly,
       can_be_exact = hidden_states(object, cases) <= most_hidden_states)
}

# The gradient of columns of any kinds by every hidden state, a flat vector.
exact_table_gradient <- function(object, cases, weights) {
  with_progress(
    "Enumerating states", 2 * (cases$n + 1) * hidden_states(object, cases),
    .Call(ffi_observed_likelihood, unclass(object), cases, weights,
          resolve_hardware())
  )$gradient
}

# Biases of independent columns, where tempering starts and cells that are
# missing are drawn first: those of the fit, or those that the model has given
# mean hidden units, which are exact or always of the same chains.
table_base <- function(object) {
  if (!is.null(object$training)) {
    return(unname(object$training$base_log_odds))
  }
  h <- if (hidden_states(object) <= most_hidden_states) {
    drop(enumerate(object, nothing_seen(object), "h")$h)
  } else {
    hidden_means(object, c(0, 0))
  }
  unname(base_biases(object, h))
}

# When coupled chains met, by what was counted in each of several estimates.
meeting_of <- function(met) {
  c(mean = sum(met[, "sweeps"]) / sum(met[, "pairs"]),
    longest = max(met[, "longest"]), unmet = sum(met[, "unmet"]))
}

# Biases of the independent units from which tempering starts: those of the
# data that a model was fitted to, or else of these.
base_log_odds_of <- function(object, cases, hardware) {
  rates <- object$training$base_log_odds
  if (is.null(rates) && !is.null(cases$size)) {
    rates <- stats::qlogis(column_rates(cases))
  }
  if (is.null(rates)) {
    start <- .Call(ffi_fit_start, cases, 1L, 0, c(0, 0), hardware)
    rates <- .Call(ffi_model_split, start, cases$units, 1L)$b
  }
  unname(rates)
}
