#' Confidence intervals by bootstrap
#'
#' Intervals and covariances of what a model says about its columns: how often
#' each is on, how strongly pairs are associated, or any function of the model,
#' such as a conditional probability.
#'
#' The parameters `W`, `b` and `c` have no intervals. They are not identified:
#' models with other parameters have the same distribution, since hidden units
#' can be reordered and exchanged (see [rbm_align()]), and some cannot be told
#' from each other by any data. What the distribution of the visible units
#' determines is identified:
#'
#' * `"margins"`: \eqn{p(v_i = 1)}, for each column.
#' * `"pairs"`: for each pair of columns the log odds ratio
#'   \deqn{\log \frac{p_{11}\, p_{00}}{p_{10}\, p_{01}}}{log(p11 p00 / (p10
#'   p01))}
#'   of their joint distribution under the model, with the other columns summed
#'   out. Half a case is added to each of the four probabilities (0.5 / N for N
#'   training cases), so that it is finite.
#' * A function of a model that returns numbers, the same number each time. It
#'   must not depend on the order of hidden units.
#'
#' The model is fitted again to samples of its cases, see [rbm_bootstrap()].
#' The interval goes from quantile to quantile of the refits (the percentile
#' interval); `vcov()` is their covariance. The penalty of a fit draws pairs
#' towards 0: the interval then holds what the fit estimates, and can miss the
#' truth more often than `level` says.
#'
#' Margins and pairs are exact where the smaller layer has at most 20 units. For
#' larger models they are averages of conditional probabilities over 2000 Gibbs
#' chains for each refit; a message says so, and the error of these averages
#' makes the interval a little wider.
#'
#' @param object A model from [rbm_fit()], or a bootstrap from
#'   [rbm_bootstrap()], which saves the fits where several answers are wanted.
#' @param parm `"margins"`, `"pairs"`, or a function of a model.
#' @param level Confidence level.
#' @param ... For a model, passed on to [rbm_bootstrap()]: `times`, `x`, `map`
#'   and settings; else must be empty.
#' @return `confint()` gives a matrix with a row for each number and two
#'   columns, the ends of its interval, named by their levels. `vcov()` gives
#'   the covariance matrix. Names of rows are those of columns, pairs as
#'   `"first:second"`, or those of the function's result. The attribute
#'   `estimate` of `confint()` has the numbers of the fit itself.
#'
#'   Where the bootstrap is not given, the call uses two numbers from R's random
#'   number stream; where margins or pairs are sampled, two more.
#' @section Errors:
#' Of class `harmonium_error`: those of [rbm_bootstrap()]; a function that fails
#' or returns other than finite numbers, as many for every refit.
#' @seealso [rbm_bootstrap()], [rbm_conditional()], [rbm_moments()]
#' @examples
#' x <- digits8$x[1:300, 19:24] > 0.5
#' set.seed(1)
#' fit <- rbm_fit(x, hidden = 2, starts = 1, weight_decay = 0.01)
#' confint(object = fit, parm = "margins", level = 0.9, times = 20)
#' vcov(object = fit, parm = "margins", times = 20)
#'
#' # Several answers from one bootstrap.
#' found <- rbm_bootstrap(fit, times = 20)
#' confint(object = found, parm = "pairs", level = 0.9)
#' # The probability of the first column given that the second is on.
#' given <- function(model) rbm_conditional(model, c(NA, 1, rep(NA, 4)))[1]
#' confint(found, given)
#' vcov(object = found, parm = given)
#' @references Efron and Tibshirani (1993), *An introduction to the bootstrap*,
#'   Chapman and Hall, chapter 13.
#' @name confint.rbm
NULL

#' @rdname confint.rbm
#' @importFrom stats confint
#' @export
confint.rbm <- function(object, parm = c("margins", "pairs"), level = 0.95,
                        ...) {
  parm <- check_parm(parm)
  level <- check_number(level, "level", positive = TRUE, below = 1)
  confint(rbm_bootstrap(object, ...), parm, level)
}

#' @rdname confint.rbm
#' @export
confint.rbm_bootstrap <- function(object, parm = c("margins", "pairs"),
                                  level = 0.95, ...) {
  check_dots_empty(...)
  check_bootstrap(object, "object")
  parm <- check_parm(parm)
  level <- check_number(level, "level", positive = TRUE, below = 1)
  found <- bootstrap_values(object, parm)
  ends <- c((1 - level) / 2, 1 - (1 - level) / 2)
  out <- t(apply(found$values, 2L, stats::quantile, ends, names = FALSE))
  dimnames(out) <- list(
    names(found$estimate),
    paste(format(100 * ends, trim = TRUE, digits = 3L), "%")
  )
  structure(out, estimate = found$estimate)
}

#' @rdname confint.rbm
#' @importFrom stats vcov
#' @export
vcov.rbm <- function(object, parm = c("margins", "pairs"), ...) {
  parm <- check_parm(parm)
  vcov(rbm_bootstrap(object, ...), parm)
}

#' @rdname confint.rbm
#' @export
vcov.rbm_bootstrap <- function(object, parm = c("margins", "pairs"), ...) {
  check_dots_empty(...)
  check_bootstrap(object, "object")
  parm <- check_parm(parm)
  found <- bootstrap_values(object, parm)
  out <- stats::cov(found$values)
  dimnames(out) <- rep(list(names(found$estimate)), 2L)
  out
}

check_parm <- function(parm) {
  if (is.function(parm)) {
    return(parm)
  }
  known <- c("margins", "pairs")
  if (is.character(parm) && any(parm %in% c("W", "b", "c"))) {
    abort(
      "parm_parameters",
      sprintf("`parm` is %s: parameters of the model have no intervals.",
              describe(parm)),
      paste("Models with other parameters have the same distribution. Use",
            "\"margins\", \"pairs\" or a function.")
    )
  }
  if (!identical(parm, known) &&
        !(is.character(parm) && length(parm) == 1L && parm %in% known)) {
    abort(
      "parm",
      sprintf("`parm` must be \"margins\", \"pairs\" or a function, not %s.",
              describe(parm)),
      "A function takes a model and returns numbers."
    )
  }
  as.vector(parm)[1L]
}

# Of the fit, and a row for each refit. What is sampled has a seed for each
# model.
bootstrap_values <- function(object, parm) {
  fit <- object$object
  if (is.function(parm)) {
    estimate <- call_parm(parm, fit, NULL)
    values <- lapply(object$models, function(model) {
      call_parm(parm, model, estimate)
    })
  } else {
    exact <- enumerable(fit)
    if (!exact) {
      check_single(fit)
      for (model in object$models) {
        check_single(model)
      }
      say_sampled(parm)
    }
    key <- if (!exact) draw_key()
    pair_names <- parm == "pairs"
    value <- function(model, i) {
      moments <- if (exact) {
        rbm_moments(model, pairs = pair_names)
      } else {
        sampled_moments(model, sub_key(key, "part", i))
      }
      if (pair_names) log_odds_of(moments, object$n) else moments$v
    }
    estimate <- value(fit, 0)
    names(estimate) <- value_names(fit$b, pair_names)
    values <- Map(value, object$models, seq_along(object$models))
  }
  list(estimate = estimate,
       values = matrix(unlist(values), length(values), byrow = TRUE))
}

call_parm <- function(parm, model, like) {
  value <- parm(model)
  if (!is.numeric(value) || length(value) == 0L || !all(is.finite(value))) {
    abort(
      "parm_value",
      sprintf("`parm` must return finite numbers for a model, not %s.",
              describe(value))
    )
  }
  if (!is.null(like) && length(value) != length(like)) {
    abort(
      "parm_length",
      sprintf("`parm` returned %s for the fit and %d for a refit.",
              counted(length(like), "number"), length(value)),
      "It must return as many numbers for every model."
    )
  }
  names <- names(value)
  value <- as.double(value)
  names(value) <- names
  value
}

value_names <- function(bias, pairs) {
  names <- names(bias)
  if (is.null(names)) {
    names <- as.character(seq_along(bias))
  }
  if (!pairs) {
    return(names)
  }
  at <- which(upper.tri(diag(length(bias))), arr.ind = TRUE)
  paste(names[at[, 1L]], names[at[, 2L]], sep = ":")
}

# Log odds ratios of all pairs, half a case added to each of four cells.
log_odds_of <- function(moments, n) {
  at <- which(upper.tri(moments$vv), arr.ind = TRUE)
  both <- moments$vv[at]
  first <- moments$v[at[, 1L]]
  second <- moments$v[at[, 2L]]
  cell <- function(p) log(pmax(unname(p), 0) + 0.5 / n)
  cell(both) + cell(1 - first - second + both) - cell(first - both) -
    cell(second - both)
}

# Chains and sweeps of each, where moments are sampled.
moment_chains <- 2000L
moment_sweeps <- 200L

# Averages of p(v | h) and, columns being independent given h, of its products.
sampled_moments <- function(object, key) {
  start <- .Call(ffi_uniforms, key, "start", 1, 0, moment_chains,
                 length(object$b)) < 0.5
  mean <- run_chains(object, as_cases(start),
                     chain_plan(moment_chains, moment_sweeps), key,
                     "probability")$x
  list(v = colMeans(mean), vv = crossprod(mean) / nrow(mean))
}

say_sampled <- function(parm) {
  text <- sprintf(paste("%s of a model too large to enumerate are estimated",
                        "from %d Gibbs chains of %d sweeps each.\n"),
                  capital(parm), moment_chains, moment_sweeps)
  message(structure(
    list(message = text, call = NULL),
    class = c("harmonium_message_sampled", "simpleMessage", "message",
              "condition")
  ))
}
