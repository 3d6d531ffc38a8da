#' Bootstrap of a fit
#'
#' Fits a model again to many samples of its cases, drawn with replacement, to
#' tell how much the answers would vary with other data: for
#' [confint()][confint.rbm] and [vcov()][confint.rbm], and for how stable hidden
#' units are.
#'
#' Each refit uses the settings of the fit, as in `training$settings`, from a
#' start of its own. What was chosen from the data, such as `weight_decay`, is
#' kept at its value, so that the error of that choice is not in the answer;
#' give it in `...` to change it. A penalty draws estimates towards independent
#' columns; the bootstrap shows their spread, not that bias. Where all weights
#' of the fit are 0, since nothing was learned, refits are independent columns
#' too. Where the fit held out a fraction of its cases, each refit holds out as
#' many of the cases that its sample does not contain.
#'
#' Each refit is matched to the fit by [rbm_align()]. The similarity of a hidden
#' unit to its match tells how stable the unit is: near 1 it is found again in
#' almost every sample, and near 0.5 or below it is not to be interpreted.
#'
#' All seeds are drawn before the work goes out, so the result is the same for
#' any `map` and any number of processes.
#'
#' @param object A model from [rbm_fit()]. For `print()`, a bootstrap is `x`.
#' @param times How many samples to draw and fit, at least 2. A confidence
#'   interval needs a few hundred.
#' @param x The training data, where the model does not keep them. For
#'   `print()`, a bootstrap.
#' @param ... For `rbm_bootstrap()`, settings of [rbm_control()] to change, such
#'   as `starts` or `threads`; for `print()`, must be empty.
#' @param map A function that is called as `map(jobs, f)` and returns the list
#'   of `f(job)`: [lapply()], or one that uses several processes, such as
#'   `parallel::mclapply` or `future.apply::future_lapply`.
#' @param digits Digits to print.
#' @return A list of class `rbm_bootstrap`:
#'   * `models`: a list of `times` models, matched to the fit, without their
#'     training.
#'   * `object`: the fit.
#'   * `similarity`: a matrix of cosines between the weights of each hidden unit
#'     and its match, a row for each sample and a column for each hidden unit;
#'     `NA` where all weights of a unit are 0.
#'   * `n`: the number of cases in each sample.
#'
#'   The call uses two numbers from R's random number stream.
#' @section Errors:
#' Of class `harmonium_error`: a model that was not fitted here; no training
#' data, or data that are not those of the fit; a fit that was judged by a
#' validation set of its own; unknown settings; and a `map` that fails or
#' returns other than it should. A refit that diverges stops the call.
#' @seealso [confint.rbm()], [rbm_align()]
#' @examples
#' x <- digits8$x[1:300, 19:24] > 0.5
#' set.seed(1)
#' fit <- rbm_fit(x, hidden = 2, starts = 2, weight_decay = 0.01)
#' map <- function(jobs, f) lapply(jobs, f)
#' found <- rbm_bootstrap(object = fit, times = 20, x = x, map = map,
#'                        starts = 1)
#' print(x = found, digits = 3)
#' confint(found, parm = "margins")
#' @references Efron and Tibshirani (1993), *An introduction to the bootstrap*,
#'   Chapman and Hall.
#' @export
rbm_bootstrap <- function(object, times = 200, x = NULL, ..., map = lapply) {
  check_given(missing(object), "object", "a model from rbm_fit()")
  check_trained(object, "rbm_bootstrap()")
  check_binary_units(object, "rbm_bootstrap()")
  times <- check_count(times, "times", min = 2, max = 1e6)
  map <- check_map(map, "Fitting")
  settings <- bootstrap_settings(object, ...)
  cases <- bootstrap_cases(object, x)
  held <- check_bootstrap_held(object)
  key <- draw_key()
  jobs <- seeded(key[1L] %/% 2, lapply(seq_len(times), function(i) {
    list(rows = sample.int(cases$n, replace = TRUE),
         seed = floor(stats::runif(1L) * 2^31))
  }))
  worker <- bootstrap_worker(cases, ncol(object$W), settings, held,
                             all(object$W == 0))
  results <- withCallingHandlers(map(jobs, worker), error = map_failed)
  check_map_length(results, times)
  for (i in seq_len(times)) {
    if (!has_sound_parameters(results[[i]]) ||
          !identical(dim(results[[i]]$W), dim(object$W))) {
      abort_map_result(results[[i]], i)
    }
  }
  matched <- lapply(results, function(parts) {
    align(object, new_rbm(parts$W, stats::setNames(parts$b, names(object$b)),
                          stats::setNames(parts$c, names(object$c)),
                          image_dim = object$image_dim))
  })
  similarity <- t(vapply(matched, function(one) one$units$similarity,
                         numeric(ncol(object$W))))
  dim(similarity) <- c(times, ncol(object$W))
  colnames(similarity) <- names(object$c)
  structure(
    list(models = lapply(matched, `[[`, "model"), object = object,
         similarity = similarity, n = cases$n),
    class = "rbm_bootstrap"
  )
}

# The settings of the fit, with those changed that are given.
bootstrap_settings <- function(object, ...) {
  changes <- list(...)
  settings <- unclass(object$training$settings)
  if (length(changes)) {
    check_known(names(changes), control_names(), "Settings to change")
    settings[names(changes)] <- changes
  }
  settings$checkpoint_every <- NULL
  settings$evaluate_every <- 0
  if (is.null(object$training$held_out)) {
    settings$patience <- NULL
  }
  do.call(rbm_control, settings, quote = TRUE)
}

bootstrap_cases <- function(object, x) {
  if (is.null(x)) {
    check_kept(object, "rbm_bootstrap() without `x`", "give `x`")
    x <- object$x
  }
  cases <- as_cases(x, "x", object$b)
  held <- object$training$held_out
  wanted <- object$training$n + if (is.numeric(held)) length(held) else 0
  if (cases$n != wanted) {
    abort(
      "bootstrap_cases",
      sprintf("`x` has %s; the model was fitted to %s.",
              counted(cases$n, "case"), big(wanted)),
      "Give the training data of this model."
    )
  }
  cases
}

# How many cases the fit held out.
check_bootstrap_held <- function(object) {
  held <- object$training$held_out
  if (identical(held, "data")) {
    abort(
      "bootstrap_held",
      paste("The fit was judged by a validation set of its own, which the",
            "model does not keep."),
      "Fit with a fraction as `validation`, or without, to bootstrap it."
    )
  }
  length(held)
}

# A function of a job that can be sent to another process.
bootstrap_worker <- function(cases, hidden, settings, held, is_flat) {
  force(cases)
  force(hidden)
  force(settings)
  force(held)
  function(job) {
    sample <- plain_rows(take_cases(cases, job$rows))
    if (is_flat) {
      on <- (colSums(sample) + 0.5) / (nrow(sample) + 1)
      return(list(W = matrix(0, ncol(sample), hidden), b = stats::qlogis(on),
                  c = numeric(hidden),
                  units = default_units()))
    }
    fit <- seeded(job$seed, {
      valid <- if (held > 0L) {
        left <- setdiff(seq_len(cases$n), job$rows)
        left <- left[order(stats::runif(length(left)))]
        plain_rows(take_cases(cases, utils::head(left, held)))
      }
      rbm_fit(sample, hidden, control = settings, validation = valid,
              verbose = FALSE, keep_x = FALSE)
    })
    parts <- unclass(fit)[c("W", "b", "c", "units")]
    parts$W <- unname(parts$W)
    parts
  }
}

is_bootstrap <- function(x) {
  is_plain_list(x, c("models", "object", "similarity", "n")) &&
    inherits(x$object, "rbm") && has_sound_parameters(x$object) &&
    is.list(x$models) && length(x$models) > 1L &&
    are_all(function(model) {
      inherits(model, "rbm") && has_sound_parameters(model) &&
        identical(dim(model$W), dim(x$object$W))
    }, x$models) &&
    is.double(x$similarity) && !is.object(x$similarity) &&
    identical(dim(x$similarity), c(length(x$models), ncol(x$object$W))) &&
    is_number(x$n) && x$n >= 1
}

check_bootstrap <- function(x, name = "x") {
  check_sound(is_bootstrap(x), name, "result of rbm_bootstrap()",
              "rbm_bootstrap()")
}

#' @rdname rbm_bootstrap
#' @export
print.rbm_bootstrap <- function(x, digits = 2L, ...) {
  check_dots_empty(...)
  check_bootstrap(x)
  digits <- check_digits(digits)
  cat(sprintf("Bootstrap: the fit repeated on %s of %s\n",
              counted(length(x$models), "sample"), counted(x$n, "case")))
  known <- colSums(!is.na(x$similarity)) > 0L
  if (!any(known)) {
    cat("No hidden unit has weights: nothing to match\n")
    return(invisible(x))
  }
  cat("Similarity of each hidden unit to its match (cosine of weights):\n")
  at <- function(p) {
    apply(x$similarity, 2L, stats::quantile, p, na.rm = TRUE, names = FALSE)
  }
  middle <- at(0.5)
  low <- at(0.05)
  names <- colnames(x$similarity)
  if (is.null(names)) {
    names <- paste0("h", seq_along(middle))
  }
  shown <- utils::head(order(-middle, na.last = TRUE), 20L)
  names <- legible(names[shown])
  number <- function(value) {
    ifelse(is.na(value), "none", formatC(value, digits = digits, format = "f"))
  }
  cat(sprintf("  %s  median %s, 5 %% of samples below %s\n",
              formatC(names, width = -max(nchar(names))),
              number(middle[shown]), number(low[shown])), sep = "")
  if (length(shown) < length(middle)) {
    cat(sprintf("  and %d more, see `similarity`\n",
                length(middle) - length(shown)))
  }
  cat(sprintf("%d of %s found again: similarity above 0.9 in most samples\n",
              sum(middle > 0.9, na.rm = TRUE),
              counted(length(middle), "hidden unit")))
  invisible(x)
}
