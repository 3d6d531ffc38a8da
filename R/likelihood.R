#' Log-likelihood of a model
#'
#' The summed log-probability of cases, \eqn{\sum_n \log p(v_n) = -\sum_n F(v_n)
#' - N \log Z}{sum_n log p(v_n) = - sum_n F(v_n) - N log Z}, in nats: exact
#' where \eqn{\log Z}{log Z} is, with its standard error where that is
#' estimated.
#'
#' The likelihood of cases that were not used in the fit is the honest measure
#' of a model. [stats::AIC()] and [stats::BIC()] work on the result, but their
#' theory does not hold here: different parameters give the same law (hidden
#' units can be exchanged, and units can be idle), so that the model is singular
#' and its parameters do not count as in a regular one. Take held-out likelihood
#' where you can.
#'
#' @param object A model from [rbm()] or [rbm_fit()].
#' @param newdata Cases in rows, each value 0 or 1, or a table of the columns of
#'   the fit. What is missing is summed out, and of Gaussian columns it is the
#'   density in the user's units. Where it is left out, the training data with
#'   their weights, if the model keeps them.
#' @param log_z The result of [rbm_log_z()] for this model, where there already
#'   is one; otherwise it is computed.
#' @param x A log-likelihood.
#' @param digits Digits to print.
#' @param ... For `logLik()`, passed on to [rbm_log_z()]; else must be empty.
#' @return `logLik()` gives a number of class `logLik`, with attributes `df`
#'   (the number of parameters), `nobs`, `se` (standard error in nats, N times
#'   that of \eqn{\log Z}{log Z}) and `method`.
#' @section Errors:
#' Of class `harmonium_error`: cases that are not 0 and 1, missing training
#' data, a `log_z` of another model, and those of [rbm_log_z()].
#' @source Watanabe (2009), *Algebraic geometry and statistical learning
#'   theory*, Cambridge University Press, for singular models.
#' @seealso [rbm_log_z()], [predict.rbm()] with `type = "log_prob"`
#' @examples
#' x <- digits8$x > 0.5
#' fit <- rbm_fit(x[1:1500, ], hidden = 12, epochs = 5)
#' held_out <- logLik(object = fit, newdata = x[1501:1797, ])
#' print(x = held_out, digits = 5)
#' log_z <- rbm_log_z(fit)
#' logLik(fit, log_z = log_z) / nobs(fit)
#' @importFrom stats logLik
#' @export
logLik.rbm <- function(object, newdata, log_z = NULL, ...) {
  check_model(object)
  weights <- NULL
  if (missing(newdata)) {
    check_kept(object, "logLik() without `newdata`")
    newdata <- object$x
    weights <- object$training$weights
  }
  cases <- as_states(object, newdata, "newdata", missing = TRUE)
  log_z <- resolve_log_z(object, log_z, ...)
  if (is.null(weights)) {
    weights <- rep(1, cases$n)
  }
  n <- if (all(weights == 1)) cases$n else sum(weights)
  energy <- free_energy(object, cases)
  each <- attr(energy, "each") # standard errors, where cases were annealed
  own <- if (is.null(each)) 0 else sum((weights * each)^2)
  structure(
    -sum(weights * (energy + log_scale(object, cases))) - n * log_z$log_z,
    df = free_parameters(object),
    nobs = n,
    se = sqrt((n * log_z$se)^2 + own),
    method = log_z$method,
    class = c("rbm_log_lik", "logLik")
  )
}

resolve_log_z <- function(object, log_z, ...) {
  if (is.null(log_z)) {
    if (...length()) {
      known <- setdiff(names(formals(rbm_log_z)), "object")
      check_known(names(list(...)), known, "Arguments for rbm_log_z()")
    }
    return(rbm_log_z(object, ...))
  }
  check_dots_empty(...)
  if (!inherits(log_z, "rbm_log_z")) {
    abort(
      "log_z",
      sprintf("`log_z` must come from rbm_log_z(), not be %s.",
              describe(log_z))
    )
  }
  check_log_z(log_z, "log_z")
  if (!identical(log_z$model, parameter_checksum(object))) {
    abort(
      "log_z_other",
      paste("`log_z` is not that of this model: it was computed for other",
            "parameters."),
      paste("Compute it again with rbm_log_z(), or leave `log_z` out. A model",
            "that was trained on has a new log Z.")
    )
  }
  log_z
}

#' @rdname logLik.rbm
#' @param e1,e2 Numbers, one of which is a log-likelihood: arithmetic gives
#'   plain numbers.
#' @export
Ops.rbm_log_lik <- function(e1, e2) {
  plain <- function(x) if (inherits(x, "rbm_log_lik")) as.numeric(x) else x
  if (missing(e2)) {
    get(.Generic)(plain(e1))
  } else {
    get(.Generic)(plain(e1), plain(e2))
  }
}

#' @rdname logLik.rbm
#' @export
print.rbm_log_lik <- function(x, digits = 6L, ...) {
  check_dots_empty(...)
  check_sound(is.numeric(x) && is_text(attr(x, "method", exact = TRUE)), "x",
              "log-likelihood of a model", "logLik()")
  digits <- check_digits(digits)
  n <- attr(x, "nobs")
  cat(sprintf("Log-likelihood %s nats (df = %s), %s per case, N = %s\n",
              format(c(x), digits = digits), big(attr(x, "df")),
              format(c(x) / n, digits = digits), big(n)))
  if (attr(x, "method") == "exact") {
    cat("log Z is exact\n")
  } else {
    cat(sprintf("log Z is estimated: s.e. %.3g nats, %.3g per case\n",
                attr(x, "se"), attr(x, "se") / n))
  }
  invisible(x)
}
