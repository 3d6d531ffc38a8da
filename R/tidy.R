# Fits as data frames: for the generics of broom, and by themselves.

#' Fits as data frames
#'
#' Weights, history and hidden units of a model as data frames, a summary of a
#' fit in one row, and cases with what the model says of them.
#'
#' `tidy()`, `glance()` and `augment()` are generics of the package generics,
#' which broom re-exports; `as_tibble()` is tibble's. `glance()` is quick: its
#' log-likelihood is that of the kept data where it can be enumerated (at most
#' 20 units in the smaller layer), and else the last one in the history, `NA`
#' where there is none; of targets learned by themselves that of the targets.
#' For the same reason `.log_prob` of `augment()` is `NA`
#' where \eqn{\log Z}{log Z} would have to be estimated, unless `log_z` is
#' given.
#'
#' @param x A model of class `rbm`, from [rbm_fit()], or from [rbm()] where no
#'   history is asked for.
#' @param what,matrix What a row stands for: `"weights"` (a pair of a visible
#'   and a hidden unit), `"history"` (an epoch) or `"hidden"` (a hidden unit).
#' @param data Cases to describe, in any form that [rbm_fit()] takes; by default
#'   those that the fit kept.
#' @param log_z A result of [rbm_log_z()] for this model, or `NULL`.
#' @param row.names,optional Not used.
#' @param picture A `type` of [plot.rbm()], for what that picture shows, in the
#'   columns that [autoplot.rbm()] names, in place of `what`.
#' @param ... With `picture` the arguments of that picture; else must be empty.
#' @return Data frames; `as_tibble()` gives a tibble.
#' * `"weights"`: `visible`, `hidden` and `weight`, a row for each weight.
#' * `"history"`: the history, see [rbm_fit()].
#' * `"hidden"`: `hidden`, `bias`, `norm` (that of the weights) and, where the
#'   data were kept, `activity` (mean probability over the cases).
#' * `glance()`: `visible`, `hidden` (numbers of units), `n`, `epochs`,
#'   `log_lik` and its `se` in nats per case, `method` of training,
#'   `pseudo_log_lik`, `baseline` (of independent units) and `rhat` at the end,
#'   and `stopped`, why training ended.
#' * `augment()`: the columns of the data with `.log_prob`, `.free_energy` in
#'   nats, and the probability of each hidden unit, `.h1`, `.h2` and so on.
#' @section Errors:
#' Of class `harmonium_error`: an unknown `what` or `matrix`, a model that was
#' not fitted where the history is asked for, no data, and those of
#' [predict()][predict.rbm].
#' @examples
#' set.seed(1)
#' x <- data.frame(digits8$x[1:100, 19:26] > 0.5)
#' fit <- rbm_fit(x, hidden = 2)
#' head(as.data.frame(x = fit, what = "weights"))
#' as.data.frame(fit, what = "hidden")
#' head(as.data.frame(fit, picture = "moments", n = 100))
#' if (requireNamespace("generics", quietly = TRUE)) {
#'   head(generics::tidy(x = fit, matrix = "history"))
#'   generics::glance(x = fit)
#'   head(generics::augment(x = fit, data = x, log_z = rbm_log_z(fit)))
#' }
#' if (requireNamespace("tibble", quietly = TRUE)) {
#'   tibble::as_tibble(x = fit, what = "weights")
#' }
#' @export
as.data.frame.rbm <- function(x, row.names = NULL, # nolint
                              optional = FALSE,
                              what = c("history", "weights", "hidden"), ...,
                              picture = NULL) {
  check_model(x, "x")
  if (!is.null(picture)) {
    return(picture_of(x, check_choice(picture, names(picture_makers()),
                                      "picture"), ...)$data)
  }
  check_dots_empty(...)
  what <- check_choice(what, c("history", "weights", "hidden"), "what")
  switch(what, history = history_of(x), weights = weights_of(x),
         hidden = hidden_of(x))
}

#' @rdname as.data.frame.rbm
#' @exportS3Method tibble::as_tibble
as_tibble.rbm <- function(x, ..., # nolint: object_name_linter.
                          what = c("history", "weights", "hidden")) {
  check_dots_empty(...)
  tibble::as_tibble(as.data.frame(x, what = what))
}

#' @rdname as.data.frame.rbm
#' @exportS3Method generics::tidy
tidy.rbm <- function(x, # nolint: object_name_linter.
                     matrix = c("weights", "history", "hidden"), ...) {
  check_dots_empty(...)
  check_model(x, "x")
  matrix <- check_choice(matrix, c("weights", "history", "hidden"), "matrix")
  as.data.frame(x, what = matrix)
}

# Whether the likelihood of the data of a fit is exact and quick.
has_exact_value <- function(x) {
  if (is.null(x$x) || is.null(training_table(x))) {
    return(!is.null(x$x) && enumerable(x) &&
             are_states(as_cases(x$x, size = sizes_of(x))))
  }
  TRUE
}

training_table <- function(x) x$training$table

#' @rdname as.data.frame.rbm
#' @exportS3Method generics::glance
glance.rbm <- function(x, ...) { # nolint: object_name_linter.
  check_dots_empty(...)
  check_trained(x, "glance()")
  training <- x$training
  row <- row_of_model(training)
  known <- newest_row(training$history, "log_lik")
  value <- if (nrow(known)) known$log_lik else NA_real_
  se <- if (nrow(known)) known$log_lik_se else NA_real_
  if (has_exact_value(x) && !learns_targets(training$table)) {
    found <- stats::logLik(x)
    value <- as.numeric(found) / attr(found, "nobs")
    se <- 0
  }
  first <- function(value) if (length(value)) value[[1L]] else NA_real_
  data.frame(
    visible = nrow(x$W), hidden = ncol(x$W), n = training$n,
    epochs = nrow(training$history), log_lik = value, se = se,
    method = method_in_words(training$settings),
    pseudo_log_lik = first(row$pseudo_log_lik),
    baseline = training$independent_log_lik,
    rhat = first(training$chains$chain_rhat), stopped = training$stopped
  )
}

#' @rdname as.data.frame.rbm
#' @exportS3Method generics::augment
augment.rbm <- function(x, data = x$x, # nolint: object_name_linter.
                        log_z = NULL, ...) {
  check_dots_empty(...)
  check_model(x, "x")
  if (is.null(data)) {
    check_kept(x, "augment() without `data`", "give `data`")
  }
  free_energy <- unname(stats::predict(x, data, type = "free_energy"))
  frame <- as.data.frame(if (isS4(data)) as.matrix(data) else data)
  if (!is.null(log_z) || enumerable(x)) {
    frame$.log_prob <- unname(stats::predict(x, data, type = "log_prob",
                                             log_z = log_z))
  } else {
    frame$.log_prob <- NA_real_
  }
  frame$.free_energy <- free_energy
  h <- stats::predict(x, data, type = "hidden")
  frame[paste0(".h", seq_len(ncol(h)))] <- unname(as.data.frame(h))
  frame
}

history_of <- function(x) {
  check_trained(x, "The history")
  x$training$history
}

weights_of <- function(x) {
  data.frame(visible = rep(named_units(x$b, "v"), ncol(x$W)),
             hidden = rep(named_units(x$c, "h"), each = nrow(x$W)),
             weight = as.vector(x$W))
}

hidden_of <- function(x) {
  found <- data.frame(hidden = named_units(x$c, "h"), bias = unname(x$c),
                      norm = unname(sqrt(colSums(x$W^2))))
  if (!is.null(x$x)) {
    found$activity <- unname(colMeans(rbm_hidden(x, x$x)))
  }
  found
}

# "v1", "v2" where units have no names.
named_units <- function(bias, letter) {
  if (is.null(names(bias))) paste0(letter, seq_along(bias)) else names(bias)
}
