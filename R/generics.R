# Generics that users of other model functions try first: what a model is in one
# line, its call and its columns, criteria that rest on the likelihood, and
# answers to what it cannot do.

#' Short answers about a model
#'
#' Methods of R's generics: the call of a fit, the names of its columns, its
#' deviance and information criteria, and the settings that differ from the
#' defaults.
#'
#' The deviance is \eqn{-2} times the log-likelihood in total, in nats. Where
#' the log-likelihood is an estimate, so are deviance, `AIC()` and `BIC()`: they
#' are given with a warning that has their standard error. The criteria penalise
#' by the number of parameters, which is too much for an RBM with redundant
#' hidden units and too little for one at the edge of the parameter space. A
#' comparison on held-out cases needs no such correction: [rbm_compare()],
#' [rbm_tune()].
#'
#' There is no `anova()`: a smaller RBM lies where the parameters of the larger
#' one are not identified, so that the likelihood ratio has no chi-squared
#' distribution.
#'
#' @param object,x A model of class `rbm` from [rbm_fit()] or [rbm()]; for
#'   `print()`, settings from [rbm_control()].
#' @param k The penalty for each parameter, a number; 2 is Akaike's.
#' @param ... For `AIC()` and `BIC()`, more models; for these and `deviance()`,
#'   arguments for [logLik()][logLik.rbm]. `format()` and `str()` take what
#'   their generics pass on and do not use it. Otherwise must be empty.
#' @return
#' * `getCall()`: the call of [rbm_fit()], or `NULL`.
#' * `variable.names()`: the names of the visible units, or `NULL`.
#' * `format()`: one string.
#' * `deviance()`, `AIC()`, `BIC()`: one number; of several models a data frame
#'   with `df` and the criterion, a row for each.
#' * `str()` and `print()` of settings show their argument and return it
#'   invisibly.
#' @section Errors:
#' Of class `harmonium_error`: `anova()` and `as.matrix()` of a model, with what
#' to use; those of [logLik()][logLik.rbm].
#' @seealso [logLik.rbm()], [rbm_compare()], [coef()][coef.rbm]
#' @examples
#' set.seed(1)
#' fit <- rbm_fit(digits8$x[1:100, 19:26] > 0.5, hidden = 2)
#' getCall(x = fit)
#' variable.names(object = fit)
#' format(x = fit)
#' str(object = fit)
#' deviance(object = fit)
#' AIC(object = fit, k = 2)
#' BIC(object = fit)
#' try(anova(object = fit))
#' rbm_control(estimator = "cd", k = 10)
#' @name rbm_generics
NULL

#' @rdname rbm_generics
#' @importFrom stats getCall
#' @export
getCall.rbm <- function(x, ...) {
  check_dots_empty(...)
  check_model(x, "x")
  x$training$call
}

#' @rdname rbm_generics
#' @importFrom stats variable.names
#' @export
variable.names.rbm <- function(object, ...) {
  check_dots_empty(...)
  check_model(object)
  names(object$b)
}

#' @rdname rbm_generics
#' @export
format.rbm <- function(x, ...) {
  check_model(x, "x", "show")
  sprintf("<rbm> %s visible x %s, %s", big(nrow(x$W)),
          counted(ncol(x$W), "hidden unit"), kinds_in_words(x))
}

#' @rdname rbm_generics
#' @importFrom utils str
#' @export
str.rbm <- function(object, ...) {
  cat(format(object), "\n", sep = "")
  shown <- unclass(object)[c("W", "b", "c", "training", "x")]
  inner <- object$training
  cat(sprintf(" $ %-8s: %s\n", c("W", "b, c", "training", "x"), c(
    sprintf("%s x %s weights", big(nrow(object$W)), big(ncol(object$W))),
    "biases of visible and of hidden units",
    if (is.null(inner)) {
      "NULL, the model was not fitted"
    } else {
      sprintf("list of %d: history, settings, ...", length(inner))
    },
    if (is.null(shown$x)) "NULL, the data were not kept" else "the data"
  )), sep = "")
  invisible(object)
}

#' @rdname rbm_generics
#' @importFrom stats deviance
#' @export
deviance.rbm <- function(object, ...) {
  found <- stats::logLik(object, ...)
  warn_estimate(found, 2, "deviance")
  -2 * as.numeric(found)
}

#' @rdname rbm_generics
#' @importFrom stats AIC
#' @export
AIC.rbm <- function(object, ..., k = 2) {
  k <- check_number(k, "k")
  criterion(list(object, ...), "AIC", function(n) k)
}

#' @rdname rbm_generics
#' @importFrom stats BIC
#' @export
BIC.rbm <- function(object, ...) {
  criterion(list(object, ...), "BIC", log)
}

# A criterion of the models among these; the others are arguments for logLik().
# `penalty` is that of a parameter by the number of cases.
criterion <- function(given, name, penalty) {
  are_models <- vapply(given, inherits, NA, "rbm")
  found <- lapply(given[are_models], function(model) {
    do.call(stats::logLik, c(list(model), given[!are_models]), quote = TRUE)
  })
  df <- vapply(found, attr, 0, "df")
  value <- vapply(found, function(log_lik) {
    warn_estimate(log_lik, 2, name)
    -2 * as.numeric(log_lik) + penalty(attr(log_lik, "nobs")) *
      attr(log_lik, "df")
  }, 0)
  if (length(value) == 1L) {
    return(value)
  }
  stats::setNames(data.frame(df, value), c("df", name))
}

# That a number rests on an estimated likelihood, of which it is `times` one.
warn_estimate <- function(log_lik, times, what) {
  se <- attr(log_lik, "se")
  if (is.null(se) || is.na(se) || se == 0) {
    return(invisible())
  }
  warning(warningCondition(
    sprintf(paste("This %s rests on an estimated likelihood: its standard",
                  "error is %.2g nats."), what, times * se),
    class = c("harmonium_warning_estimate", "harmonium_warning"),
    call = entry_call()
  ))
}

#' @rdname rbm_generics
#' @importFrom stats anova
#' @export
anova.rbm <- function(object, ...) {
  abort(
    "anova",
    paste("A likelihood ratio of two RBMs has no chi-squared distribution:",
          "there is no anova()."),
    "Compare on held-out cases: rbm_compare(a, b, data), or rbm_tune(data)."
  )
}

#' @rdname rbm_generics
#' @export
as.matrix.rbm <- function(x, ...) {
  abort(
    "as_matrix",
    "A model is no matrix.",
    "Its weights are x$W; coef(x) has all parameters."
  )
}

#' @rdname rbm_generics
#' @export
print.rbm_control <- function(x, ...) {
  check_dots_empty(...)
  check_sound(is_plain_list(x, control_names()), "x", "list of settings",
              "rbm_control()")
  usual <- unclass(rbm_control())
  given <- unclass(x)[names(usual)]
  changed <- !mapply(identical, given, usual)
  said <- if (any(changed)) {
    paste(sprintf("%s = %s", names(usual)[changed],
                  vapply(given[changed], deparse_short, "")), collapse = ", ")
  } else {
    "all settings are the defaults"
  }
  cat(strwrap(paste("<rbm_control>", said), 76, exdent = 2), sep = "\n")
  invisible(x)
}

deparse_short <- function(value) {
  text <- deparse(value, nlines = 2L)
  if (length(text) > 1L) paste(text[1L], "...") else text
}
