#' Compare two models on held-out cases
#'
#' Computes the log-probability of each case under two models, and tells which
#' model is better, by how many nats per case, and how sure that is.
#'
#' The comparison is paired: the difference \eqn{d_n = \log p_a(v_n) - \log
#' p_b(v_n)}{d_n = log p_a(v_n) - log p_b(v_n)} is computed case by case. What
#' makes a case improbable under both models cancels, so that the standard error
#' is much smaller than those of two separate log-likelihoods.
#'
#' The variance of the mean difference is the variance of \eqn{d_n} divided by
#' the number of cases, plus the variances of the two \eqn{\log Z}{log Z} where
#' these are estimated. The error of \eqn{\log Z}{log Z} is the same for all
#' cases, so more cases do not reduce it: use a smaller `tol`. The interval is
#' that of Student's t with one degree of freedom less than there are cases. It
#' is right for cases that are independent of each other.
#'
#' Use cases that neither model was fitted to. On training cases the larger
#' model wins by overfitting; `print()` says so where `data` are the training
#' data of a model.
#'
#' @param a A model from [rbm()] or [rbm_fit()].
#' @param b Another model of the same columns, or `"independent"`: independent
#'   columns with the means of the training data of `a`, where half a case on
#'   and half a case off are added to each column.
#' @param data Cases in rows, at least 2, each value 0 or 1.
#' @param level Level of the interval, above 0 and below 1.
#' @param ... For `rbm_compare()`, passed on to [rbm_log_z()] for both models;
#'   for `print()`, must be empty.
#' @param x A comparison.
#' @param digits Digits to print.
#' @return A list of class `rbm_compare`:
#'   * `difference`: mean of \eqn{d_n}, in nats per case, positive where `a` is
#'     better.
#'   * `se`: its standard error. `se_cases` is the part that comes from the
#'     choice of cases, `se_log_z` the part that comes from \eqn{\log Z}{log Z}.
#'   * `interval`: two numbers, at `level`.
#'   * `better`: `"a"`, `"b"`, or `"neither"` where the interval has 0 in it.
#'   * `log_prob`: a matrix with columns `a` and `b` and a row for each case.
#'   * `log_z`: a list of two results of [rbm_log_z()], `a` and `b`.
#'   * `n`, `level`: the number of cases, and the level.
#'   * `names`: what the models are called in print.
#'   * `fitted`: whether `data` are the training data of `a` and of `b`.
#'
#'   Where a \eqn{\log Z}{log Z} is estimated, the call uses two numbers from
#'   R's random number stream for each.
#' @section Errors:
#' Of class `harmonium_error`: models with different columns, by number or by
#' name; data that are not 0 and 1, or fewer than 2 cases; `"independent"` with
#' a model from [rbm()], which has no training data; and those of
#' [rbm_log_z()].
#' @seealso [logLik.rbm()], [rbm_tune()]
#' @examples
#' x <- digits8$x[, 19:30] > 0.5
#' set.seed(1)
#' small <- rbm_fit(x[1:300, ], hidden = 1, starts = 1, weight_decay = 0.01)
#' large <- rbm_fit(x[1:300, ], hidden = 4, starts = 1, weight_decay = 0.01)
#' found <- rbm_compare(a = large, b = small, data = x[301:600, ],
#'                      level = 0.95)
#' print(x = found, digits = 3)
#' rbm_compare(small, "independent", x[301:600, ])
#' @references Vuong (1989), Likelihood ratio tests for model selection and
#'   non-nested hypotheses, *Econometrica* 57, 307-333, \doi{10.2307/1912557}.
#' @export
rbm_compare <- function(a, b, data, level = 0.95, ...) {
  check_given(missing(a), "a", "a model")
  check_given(missing(b), "b", "a model, or \"independent\"")
  check_given(missing(data), "data", "the cases to compare on")
  called <- c(a = name_of(substitute(a), "a"), b = name_of(substitute(b), "b"))
  if (called[["a"]] == called[["b"]]) {
    called[] <- c("a", "b")
  }
  check_model(a, "a")
  if (identical(b, "independent")) {
    called[["b"]] <- "independent columns"
  }
  b <- resolve_rival(b, a)
  level <- check_number(level, "level", positive = TRUE, below = 1)
  check_same_columns(a, b)
  cases <- as_states(a, data, "data", missing = TRUE)
  by_b <- as_states(b, data, "data", missing = TRUE)
  check_unit_names(cases$dimnames[[2L]], names(b$b), "data")
  if (cases$n < 2L) {
    abort(
      "compare_cases",
      "`data` has 1 row: a standard error needs at least 2 cases.",
      "Give more held-out cases."
    )
  }
  log_z <- list(a = resolve_log_z(a, NULL, ...))
  same <- identical(parameter_checksum(a), parameter_checksum(b))
  log_z$b <- if (same) log_z$a else resolve_log_z(b, NULL, ...)
  log_prob <- cbind(
    a = -free_energy(a, cases) - log_z$a$log_z - log_scale(a, cases),
    b = -free_energy(b, by_b) - log_z$b$log_z - log_scale(b, by_b)
  )
  gaps <- log_prob[, "a"] - log_prob[, "b"]
  difference <- mean(gaps)
  se_cases <- stats::sd(gaps) / sqrt(cases$n)
  se_log_z <- if (same) 0 else sqrt(log_z$a$se^2 + log_z$b$se^2)
  se <- sqrt(se_cases^2 + se_log_z^2)
  reach <- stats::qt(1 - (1 - level) / 2, cases$n - 1) * se
  interval <- difference + c(-reach, reach)
  mark <- fingerprint(list(cases = cases))
  fitted <- vapply(list(a = a, b = b), function(model) {
    identical(model$training$data[1L], mark[1L])
  }, NA)
  structure(
    list(
      difference = difference, se = se, se_cases = se_cases,
      se_log_z = se_log_z, interval = interval,
      better = if (interval[1L] > 0) "a" else if (interval[2L] < 0) "b" else
        "neither",
      log_prob = log_prob, log_z = log_z, n = cases$n, level = level,
      names = called, fitted = fitted
    ),
    class = "rbm_compare"
  )
}

# What the user called a model, where that is a short name.
name_of <- function(code, otherwise) {
  text <- if (is.name(code) || is.call(code)) deparse(code, nlines = 2L)
  if (length(text) == 1L && nchar(text) <= 30L) legible(text) else otherwise
}

# A model to compare with, that of independent columns where asked for.
resolve_rival <- function(b, a) {
  if (identical(b, "independent")) {
    check_trained(a, "b = \"independent\"")
    rates <- a$training$base_log_odds
    units <- a$units
    units[["hidden"]] <- default_units()[["hidden"]]
    return(new_rbm(matrix(0, length(rates), 1L), unname(rates), 0, units,
                   d = a$training$table$alone_d, columns = a$columns))
  }
  if (!inherits(b, "rbm")) {
    abort(
      "compare_b",
      sprintf("`b` must be a model or \"independent\", not %s.", describe(b))
    )
  }
  check_model(b, "b")
}

check_same_columns <- function(a, b) {
  if (a$units[["visible"]] != b$units[["visible"]]) {
    abort("compare_units", "`a` and `b` have other kinds of visible units.")
  }
  if (length(a$b) != length(b$b)) {
    abort(
      "compare_columns",
      sprintf("`a` has %s and `b` has %s.",
              counted(length(a$b), "visible unit"),
              big(length(b$b))),
      "Probabilities can be compared for models of the same columns only."
    )
  }
  mine <- names(a$b)
  theirs <- names(b$b)
  if (!is.null(mine) && !is.null(theirs) && !identical(mine, theirs)) {
    abort(
      "compare_names",
      sprintf("The visible units of `b` are not those of `a`: %s, not %s.",
              quote_names(theirs[theirs != mine], 3L),
              quote_names(mine[theirs != mine], 3L)),
      "Fit both models to the same columns in the same order."
    )
  }
}

#' @rdname rbm_compare
#' @export
print.rbm_compare <- function(x, digits = 2L, ...) {
  check_dots_empty(...)
  check_sound(is_compare(x), "x", "result of rbm_compare()", "rbm_compare()")
  digits <- check_digits(digits)
  cat(compare_in_words(x, digits), "\n", sep = "")
  cat(sprintf("%s; s.e. %.2g nats per case\n", counted(x$n, "case"), x$se))
  means <- colMeans(x$log_prob)
  cat(sprintf("Log-likelihood per case: %s\n",
              paste(x$names, format(round(means, digits), nsmall = digits,
                                    trim = TRUE), collapse = ", ")))
  if (x$se_log_z > 0) {
    cat(sprintf("log Z is estimated: %.2g of the s.e. come from it\n",
                x$se_log_z))
  }
  for (side in c("a", "b")) {
    if (isTRUE(x$log_z[[side]]$below_bound)) {
      cat("PART OF", x$names[[side]], "WAS NOT SEEN by the annealing runs, see",
          "print() of `log_z`:\nits log-probabilities may be too high\n")
    }
  }
  if (any(x$fitted)) {
    cat(sprintf(paste("These are training data of %s: use held-out cases for",
                      "a fair comparison\n"),
                paste(x$names[x$fitted], collapse = " and ")))
  }
  invisible(x)
}

# "a is better by 0.21 nats per case, 95 % interval 0.12 to 0.30".
compare_in_words <- function(x, digits) {
  about <- function(values) {
    # Decimals enough for the first `digits` digits of the width.
    width <- diff(x$interval)
    places <- if (width > 0) digits - 1L - floor(log10(width)) else digits
    formatC(values, digits = min(max(places, digits), 15), format = "f")
  }
  better <- c(a = "a", b = "b")[x$better]
  if (is.na(better)) {
    return(sprintf(
      paste("%s and %s cannot be told apart: %s nats per case,",
            "%g %% interval %s to %s"),
      x$names[["a"]], x$names[["b"]], about(x$difference), 100 * x$level,
      about(x$interval[1L]), about(x$interval[2L])
    ))
  }
  ends <- sort(abs(x$interval))
  sprintf(
    "%s %s better than %s by %s nats per case, %g %% interval %s to %s",
    x$names[[better]],
    if (x$names[[better]] == "independent columns") "are" else "is",
    x$names[[setdiff(c("a", "b"), better)]], about(abs(x$difference)),
    100 * x$level, about(ends[1L]), about(ends[2L])
  )
}

is_compare <- function(x) {
  sides <- c("a", "b")
  is_plain_list(x, c("difference", "se", "se_cases", "se_log_z", "interval",
                     "better", "log_prob", "log_z", "n", "level", "names",
                     "fitted")) &&
    is_finite(x$difference) && is_finite(x$se, min = 0) &&
    is_finite(x$se_log_z, min = 0) && is_finite(x$interval, 2L) &&
    is_text(x$better) && x$better %in% c(sides, "neither") &&
    is.double(x$log_prob) && is.matrix(x$log_prob) &&
    is_finite(c(x$log_prob), 2L * nrow(x$log_prob)) &&
    is_plain_list(x$log_z, sides) && are_all(is_log_z, x$log_z[sides]) &&
    is_finite(x$n, min = 2) && is_finite(x$level, min = 0) &&
    is.character(x$names) && are_all(is_text, x$names) &&
    identical(names(x$names), sides) &&
    is.logical(x$fitted) && are_all(is_flag, unname(x$fitted)) &&
    length(x$fitted) == 2L
}
