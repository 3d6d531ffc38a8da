#' A restricted Boltzmann machine from known parameters
#'
#' Makes a model of binary units from its weights and biases, for example to
#' sample from it, or to look at parameters that were learned elsewhere. Use
#' [rbm_fit()] to learn them from data.
#'
#' The machine gives visible states \eqn{v} and hidden states \eqn{h}, each 0 or
#' 1, the probability
#' \deqn{p(v, h) = \exp(-E(v, h)) / Z, \qquad
#'   E(v, h) = -b'v - c'h - v'Wh,}{p(v, h) = exp(-E(v, h)) / Z,
#'   E(v, h) = -b'v - c'h - v'Wh,}
#' where \eqn{Z} makes the probabilities sum to 1. The hidden units have no
#' order of their own: the same machine can be written with its columns of
#' \eqn{W} in any order, and with any hidden unit's 0 and 1 exchanged.
#'
#' @param W Weights, a numeric matrix with a row for each visible and a column
#'   for each hidden unit. Its dimnames become the names of the units.
#' @param b Visible biases, a number for each row of `W`. 0 where not given.
#' @param c Hidden biases, a number for each column of `W`. 0 where not given.
#' @param image_dim Where a case is a picture, its numbers of rows and columns,
#'   `c(rows, columns)`: the visible units are its pixels, row after row. Used
#'   by [plot.rbm()].
#' @param object,x A model.
#' @param ... Not used.
#'
#' @return `rbm()` gives an object of class `rbm`, a list with elements `W` (nv
#'   x nh matrix), `b` and `c` (vectors of length nv and nh), `units` (the kinds
#'   of the two layers), `image_dim`, and `training` and `x`, which are `NULL`
#'   here and filled by [rbm_fit()]. `coef()` gives `list(W, b, c)`.
#'
#' @section Errors:
#' All errors have class `harmonium_error`. Non-finite parameters, and biases
#' whose number or names do not match `W`, are errors.
#'
#' @source Smolensky (1986), Information processing in dynamical systems:
#'   foundations of harmony theory. In *Parallel Distributed Processing*, volume
#'   1, chapter 6, MIT Press.
#'
#' @seealso [rbm_fit()], [rbm_hidden()], [rbm_sample()], [plot.rbm()]
#' @examples
#' # Two hidden units: one likes the left pair on, one the right pair.
#' W <- cbind(left = c(4, 4, -4, -4), right = c(-4, -4, 4, 4))
#' machine <- rbm(W, b = rep(0, 4), c = c(-4, -4), image_dim = c(1, 4))
#' print(x = machine)
#' coef(object = machine)$c
#' @export
rbm <- function(W, b = NULL, c = NULL, image_dim = NULL) {
  check_given(missing(W), "W", "a matrix of weights")
  check_weights(W)
  check_size(nrow(W), ncol(W))
  b <- check_bias(b, "b", nrow(W), rownames(W), "rows")
  c <- check_bias(c, "c", ncol(W), colnames(W), "columns")
  storage.mode(W) <- "double"
  new_rbm(W, b, c, image_dim = check_image_dim(image_dim, nrow(W)))
}

# The one place where an object of class rbm is made.
new_rbm <- function(W, b, c, units = c(visible = "binary", hidden = "binary"),
                    image_dim = NULL, training = NULL, x = NULL) {
  if (is.null(rownames(W))) {
    rownames(W) <- names(b)
  }
  if (is.null(colnames(W))) {
    colnames(W) <- names(c)
  }
  names(b) <- rownames(W)
  names(c) <- colnames(W)
  structure(
    list(W = W, b = b, c = c, units = units, image_dim = image_dim,
         training = training, x = x),
    class = "rbm"
  )
}

check_weights <- function(W) {
  if (!is.matrix(W) || !is.numeric(W)) {
    abort(
      "weights",
      sprintf(paste("`W` must be a numeric matrix, a row a visible and a",
                    "column a hidden unit, not %s."), describe(W))
    )
  }
  if (nrow(W) == 0L || ncol(W) == 0L) {
    abort(
      "weights_empty",
      sprintf("`W` is %d x %d: each layer needs a unit.", nrow(W), ncol(W))
    )
  }
  if (!all(is.finite(W))) {
    abort(
      "weights_finite",
      sprintf("`W` has %s that %s not finite.",
              counted(sum(!is.finite(W)), "value"),
              if (sum(!is.finite(W)) == 1L) "is" else "are")
    )
  }
}

check_bias <- function(bias, name, count, names, side) {
  if (is.null(bias)) {
    return(stats::setNames(numeric(count), names))
  }
  if (!is.numeric(bias) || length(bias) != count || !all(is.finite(bias))) {
    abort(
      "bias",
      sprintf("`%s` must be %d finite numbers, one for each of the %s of `W`.",
              name, count, side)
    )
  }
  if (!is.null(names(bias)) && !is.null(names) &&
        !identical(names(bias), names)) {
    abort(
      "bias_names",
      sprintf("The names of `%s` are not those of the %s of `W`.", name, side)
    )
  }
  stats::setNames(as.double(bias), if (is.null(names)) names(bias) else names)
}

#' @rdname rbm
#' @export
coef.rbm <- function(object, ...) {
  check_dots_empty(...)
  object[c("W", "b", "c")]
}

#' @rdname rbm
#' @export
print.rbm <- function(x, ...) {
  check_dots_empty(...)
  cat(sprintf("<rbm> %s visible x %s, %s\n", big(nrow(x$W)),
              counted(ncol(x$W), "hidden unit"), kinds_in_words(x$units)))
  if (is.null(x$training)) {
    cat("Parameters as given, not trained here\n")
  } else {
    cat(training_in_words(x), sep = "\n")
  }
  invisible(x)
}

big <- function(n) format(n, big.mark = ",", trim = TRUE, scientific = FALSE)

# "1 case", "1,797 cases".
counted <- function(n, noun) paste0(big(n), " ", noun, if (n != 1) "s")

kinds_in_words <- function(units) {
  if (units[["visible"]] == units[["hidden"]]) {
    paste("both", units[["visible"]])
  } else {
    sprintf("%s and %s", units[["visible"]], units[["hidden"]])
  }
}

method_in_words <- function(control) {
  sweeps <- paste0(toupper(control$estimator), "-", control$k)
  switch(
    control$estimator,
    exact = "the exact gradient",
    pl = "pseudo-likelihood",
    cd = sweeps,
    mf = paste("mean-field", sub("MF", "CD", sweeps)),
    ucd = paste0("unbiased CD-", control$k),
    paste(sweeps, "on", counted(control$chains, "chain"))
  )
}

training_in_words <- function(object) {
  training <- object$training
  history <- training$history
  c(
    sprintf("Trained with %s on %s: %s of %s in %s",
            method_in_words(training$settings), counted(training$n, "case"),
            big(nrow(history)), counted(training$settings$epochs, "epoch"),
            seconds_in_words(training$seconds)),
    switch(training$stopped,
           interrupted = "INTERRUPTED: this is the model at that moment",
           callback = "Stopped by the callback",
           checkpoint = "A checkpoint of a fit under way",
           patience = sprintf(
             "Stopped: no better on held-out cases since epoch %d",
             training$best_epoch
           ),
           diverged = "Training then DIVERGED: this is the model before that"),
    if (nrow(history)) last_look_in_words(training),
    if (!is.null(training$best_epoch)) {
      sprintf("This is the model of epoch %d, the best on held-out cases",
              training$best_epoch)
    }
  )
}

seconds_in_words <- function(seconds) {
  if (seconds < 60) {
    sprintf("%.1f s", seconds)
  } else {
    sprintf("%d min %02d s", as.integer(seconds) %/% 60L,
            as.integer(seconds) %% 60L)
  }
}

last_look_in_words <- function(training) {
  last <- utils::tail(training$history, 1L)
  c(
    sprintf("Reconstruction error %.4f per unit (mean square)",
            last$reconstruction_error),
    sprintf("Pseudo-log-likelihood %.2f nats per case%s",
            last$pseudo_log_lik,
            if (last$pseudo_log_lik_se > 0) {
              sprintf(" (s.e. %.2f, from %s)", last$pseudo_log_lik_se,
                      counted(training$monitored, "case"))
            } else {
              " (all cases, all units)"
            }),
    sprintf("%s independent units with the data's means have %.2f",
            if (last$pseudo_log_lik < 1.01 * training$independent -
                  2 * min(last$pseudo_log_lik_se, 1)) {
              "WORSE than the baseline:"
            } else {
              "Baseline:"
            }, training$independent),
    likelihood_in_words(training$history),
    chains_in_words(training$settings, training$chains)
  )
}

# Whether the negative phase stands for the model, as far as its chains tell.
chains_in_words <- function(control, last) {
  if (!is.null(last$meeting_time)) {
    return(sprintf("Coupled chains met after %.1f sweeps on average%s",
                   last$meeting_time,
                   if (last$unmet > 0) {
                     sprintf(paste0("; %.2g %% did NOT MEET in %d, so that the",
                                    " gradient is biased"), 100 * last$unmet,
                             control$max_sweeps)
                   } else {
                     ""
                   }))
  }
  if (is.null(last$chain_rhat) || is.na(last$chain_rhat)) {
    return(NULL)
  }
  about <- sprintf("R-hat %.2f, autocorrelation %.2f in the last updates",
                   last$chain_rhat, last$chain_autocorrelation)
  if (last$chain_rhat > 1.1) {
    c(paste("Chains OUT OF EQUILIBRIUM:", about),
      paste("  Use a larger `k`, a smaller `learning_rate`,",
            if (control$estimator == "pt") {
              "or more `temperatures`"
            } else {
              "or `estimator = \"pt\"`"
            }))
  } else {
    paste("Chains mix:", about)
  }
}

likelihood_in_words <- function(history) {
  known <- which(!is.na(history$log_lik))
  if (length(known)) {
    last <- history[max(known), ]
    sprintf("Log-likelihood %.2f nats per case after %s%s", last$log_lik,
            counted(last$epoch, "epoch"),
            if (last$log_lik_se > 0) {
              sprintf(" (s.e. %.2g)", last$log_lik_se)
            } else {
              " (exact)"
            })
  }
}

#' Summary of a restricted Boltzmann machine
#'
#' Sizes, how training went, the spread of the parameters, and what the hidden
#' units do: whether some are never or always on, and so carry nothing.
#'
#' @param object A model from [rbm()] or [rbm_fit()].
#' @param x A summary.
#' @param ... Not used.
#'
#' @return An object of class `summary.rbm`: a list with `sizes` (named counts
#'   of units and parameters), `units`, `parameters` (a matrix, a row for each
#'   of `W`, `b` and `c`, columns smallest, quartiles, largest), `training` (as
#'   in the model, or `NULL`), `activity` (the mean of each hidden unit's
#'   probability over the training data, where the model keeps these, else
#'   `NULL`), and `words`, the lines of the model's print. The order and the
#'   sign of hidden units mean nothing, so neither is reported.
#' @seealso [rbm_fit()]
#' @examples
#' fit <- rbm_fit(digits8$x[1:200, ], hidden = 10, epochs = 5)
#' about <- summary(object = fit)
#' print(x = about)
#' range(about$activity)
#' @export
summary.rbm <- function(object, ...) {
  check_dots_empty(...)
  activity <- if (!is.null(object$x)) colMeans(rbm_hidden(object, object$x))
  structure(
    list(
      sizes = c(visible = nrow(object$W), hidden = ncol(object$W),
                parameters = length(object$W) + length(object$b) +
                  length(object$c)),
      units = object$units,
      parameters = rbind(W = stats::fivenum(object$W),
                         b = stats::fivenum(object$b),
                         c = stats::fivenum(object$c)),
      training = object$training,
      activity = activity,
      words = utils::capture.output(print(object))
    ),
    class = "summary.rbm"
  )
}

#' @rdname summary.rbm
#' @export
print.summary.rbm <- function(x, ...) {
  check_dots_empty(...)
  cat(x$words, sep = "\n")
  cat(sprintf("\n%s parameters\n", big(x$sizes[["parameters"]])))
  table <- x$parameters
  colnames(table) <- c("smallest", "1st quartile", "median", "3rd quartile",
                       "largest")
  print(round(table, 3L))
  if (!is.null(x$activity)) {
    cat(sprintf(
      "\nHidden units are on with mean probability %.2f (from %.2f to %.2f)\n",
      mean(x$activity), min(x$activity), max(x$activity)
    ))
    idle <- sum(x$activity < 0.01 | x$activity > 0.99)
    cat(sprintf("%d of %d %s nearly always on or nearly always off\n", idle,
                length(x$activity), if (idle == 1L) "is" else "are"))
  }
  if (!is.null(x$training)) {
    control <- x$training$settings
    settings <- paste(names(control), vapply(control, setting_in_words, ""),
                      sep = " = ", collapse = ", ")
    cat("", strwrap(paste("Settings:", settings), width = 76L, exdent = 2L),
        sep = "\n")
  }
  invisible(x)
}

setting_in_words <- function(value) {
  if (is.null(value)) "default" else format(value)
}
