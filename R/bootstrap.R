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
#' Fits of tables, with columns of any kinds, missing cells, weights and a
#' target, keep their kinds, levels and units of measurement, those of
#' [rbm_units()], so that the parameters of all models have the same meaning. A
#' sample may lack a level: the refit then gives it a small probability. Missing
#' cells are drawn with their cases. Weights say how often a case counts: a
#' sample has as many cases as the weights add up to, each drawn with
#' probability in proportion to its weight. A table of counts therefore has the
#' same bootstrap as the table of its single cases. Where the fit of a table
#' held out a fraction of its cases, each refit first holds out as many, chosen
#' at random, and its sample is drawn from the others.
#'
#' Each refit is matched to the fit by [rbm_align()]. The similarity of a hidden
#' unit to its match tells how stable the unit is: near 1 it is found again in
#' almost every sample, and near 0.5 or below it is not to be interpreted.
#' Categorical hidden units, and those of several kinds, are not matched.
#' Several Gaussian hidden units can be rotated without a change of the
#' distribution, so that their similarity says little.
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
#'     `NA` where all weights of a unit are 0 or units are not matched.
#'   * `n`: the number of cases in each sample, with weights their sum.
#'
#'   The call uses two numbers from R's random number stream.
#' @section Errors:
#' Of class `harmonium_error`: a model that was not fitted here; no training
#' data, or data that are not those of the fit; a fit that was judged by a
#' validation set of its own; weights that add up to less than two cases;
#' unknown settings; and a `map` that fails or returns other than it should. A
#' refit that diverges stops the call.
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
#'
#' # A table with missing cells.
#' air <- airquality[c("Ozone", "Wind", "Temp")]
#' fit <- rbm_fit(air, hidden = 1, starts = 1, weight_decay = 0.003)
#' confint(rbm_bootstrap(fit, times = 20), "pairs")
#' @references Efron and Tibshirani (1993), *An introduction to the bootstrap*,
#'   Chapman and Hall.
#' @export
rbm_bootstrap <- function(object, times = 200, x = NULL, ..., map = lapply) {
  check_given(missing(object), "object", "a model from rbm_fit()")
  check_trained(object, "rbm_bootstrap()")
  times <- check_count(times, "times", min = 2, max = 1e6)
  map <- check_map(map, "Fitting")
  settings <- bootstrap_settings(object, ...)
  plan <- if (is_table_fit(object)) {
    table_bootstrap(object, x, settings)
  } else {
    plain_bootstrap(object, x, settings)
  }
  key <- draw_key()
  jobs <- seeded(key[1L] %/% 2, lapply(seq_len(times), function(i) {
    list(rows = plan$rows(), seed = floor(stats::runif(1L) * 2^31))
  }))
  results <- withCallingHandlers(map(jobs, plan$worker), error = map_failed)
  check_map_length(results, times)
  for (i in seq_len(times)) {
    if (!has_sound_parameters(results[[i]]) ||
          !identical(dim(results[[i]]$W), dim(object$W)) ||
          !identical(results[[i]]$units, object$units)) {
      abort_map_result(results[[i]], i)
    }
  }
  matched <- lapply(results, match_refit, object)
  similarity <- t(vapply(matched, function(one) one$similarity,
                         numeric(ncol(object$W))))
  dim(similarity) <- c(times, ncol(object$W))
  colnames(similarity) <- names(object$c)
  structure(
    list(models = lapply(matched, `[[`, "model"), object = object,
         similarity = similarity, n = plan$n),
    class = "rbm_bootstrap"
  )
}

# Whether the fit is one of fit_table(), see R/table-fit.R.
is_table_fit <- function(object) !is.null(object$training$table)

# The parameters of a refit as a model of the columns of the fit, with its
# hidden units matched to those of the fit where their kinds have matches.
match_refit <- function(parts, object) {
  refit <- new_rbm(
    parts$W, stats::setNames(parts$b, names(object$b)),
    stats::setNames(parts$c, names(object$c)), units = object$units,
    image_dim = object$image_dim,
    d = if (length(parts$d)) stats::setNames(parts$d, names(object$d)),
    columns = object$columns
  )
  if (!has_matches(object)) {
    return(list(model = refit, similarity = rep(NA_real_, ncol(object$W))))
  }
  found <- align(object, refit)
  list(model = found$model, similarity = found$units$similarity)
}

# What rbm_align() can match: hidden units of one kind that is not categorical.
has_matches <- function(object) {
  kinds <- kinds_of_hidden(object)
  length(kinds) == 1L && kinds != "categorical"
}

# The settings of the fit, with those changed that are given. Of a maximum for a
# table only few of those in effect are taken: others, such as `batch_size`,
# would ask for training by steps.
bootstrap_settings <- function(object, ...) {
  changes <- list(...)
  settings <- unclass(object$training$settings)
  if (has_columns(object) && !is.null(object$training$maximum)) {
    chosen <- settings[c("weight_decay", "starts", "estimator", "optimiser")]
    settings <- unclass(object$training$control)
    settings[names(chosen)] <- chosen
  }
  if (length(changes)) {
    check_known(names(changes), control_names(), "Settings to change")
    settings[names(changes)] <- changes
  }
  settings$checkpoint_every <- NULL
  if (is.null(object$training$held_out)) {
    settings$patience <- NULL
  }
  if (!is_table_fit(object) || is.null(settings$patience) ||
        is.infinite(settings$patience)) {
    settings$evaluate_every <- 0 # but for `patience` of a table
  }
  do.call(rbm_control, settings, quote = TRUE)
}

bootstrap_data <- function(object, x) {
  if (is.null(x)) {
    check_kept(object, "rbm_bootstrap() without `x`", "give `x`")
    x <- object$x
  }
  x
}

check_bootstrap_count <- function(n, object) {
  held <- object$training$held_out
  weights <- object$training$weights
  wanted <- if (is.null(weights)) {
    object$training$n + if (is.numeric(held)) length(held) else 0
  } else {
    length(weights)
  }
  if (n != wanted) {
    abort(
      "bootstrap_cases",
      sprintf("`x` has %s; the model was fitted to %s.",
              counted(n, "case"), big(wanted)),
      "Give the training data of this model."
    )
  }
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

# Units of 0, 1 and counts --------------------------------------------------

# Of a fit: a function that draws the rows of a sample, one of a job that can be
# sent to another process, and how many cases a sample has.
plain_bootstrap <- function(object, x, settings) {
  x <- bootstrap_data(object, x)
  cases <- if (has_columns(object)) {
    as_visible(object, x)
  } else {
    as_cases(x, "x", object$b, size = sizes_of(object))
  }
  n <- cases$n
  check_bootstrap_count(n, object)
  held <- check_bootstrap_held(object)
  list(
    n = n, rows = function() sample.int(n, replace = TRUE),
    worker = plain_worker(cases, ncol(object$W), settings, held,
                          all(object$W == 0), object$units)
  )
}

plain_worker <- function(cases, hidden, settings, held, is_flat, units) {
  force(cases)
  force(hidden)
  force(settings)
  force(held)
  kinds <- units_by_column(list(units = units))
  function(job) {
    sampled <- take_cases(cases, job$rows)
    sample <- plain_rows(sampled)
    if (is_flat) {
      most <- most_of(cases)
      on <- (colSums(sample) + 0.5) / (most * nrow(sample) + 1)
      return(list(W = matrix(0, ncol(sample), hidden), b = stats::qlogis(on),
                  c = numeric(hidden), units = units))
    }
    fit <- seeded(job$seed, {
      valid <- if (held > 0L) {
        left <- setdiff(seq_len(cases$n), job$rows)
        left <- left[order(stats::runif(length(left)))]
        plain_rows(take_cases(cases, utils::head(left, held)))
      }
      rbm_fit(sample, hidden, control = settings, validation = valid,
              verbose = FALSE, keep_x = FALSE, units = kinds)
    })
    parts <- unclass(fit)[c("W", "b", "c", "units")]
    parts$W <- unname(parts$W)
    parts
  }
}

# Tables --------------------------------------------------------------------

# The same of a fit of a table.
table_bootstrap <- function(object, x, settings) {
  data <- as_table(bootstrap_data(object, x), "x")
  data <- order_table(data, object$columns, "x")
  names(data) <- object$columns$column # a matrix may have come without
  n <- length(attr(data, "row.names"))
  check_bootstrap_count(n, object)
  code_table(data, object$columns, "x", fresh = TRUE)
  held <- check_bootstrap_held(object)
  weights <- object$training$weights
  check_bootstrap_weights(weights)
  cases <- if (is.null(weights)) {
    n - held
  } else {
    round(sum(weights) * (1 - held / sum(weights > 0)))
  }
  list(n = cases, rows = function() NULL,
       worker = table_worker(plan_of_refit(object), unclass(data), weights,
                             settings, held))
}

check_bootstrap_weights <- function(weights) {
  if (!is.null(weights) &&
        (round(sum(weights)) < 2 || sum(weights) > .Machine$integer.max)) {
    abort(
      "bootstrap_weights",
      sprintf("The weights of the fit add up to %s cases.",
              format(sum(weights), digits = 3L)),
      "A sample has as many cases: from 2 to 2,147,483,647 are possible.",
      "Fit with weights that say how often each case was seen."
    )
  }
}

# What a refit needs of the fit of a table, without its data.
plan_of_refit <- function(object) {
  objective <- object$training$table$objective
  list(hidden = hidden_in(object), units = object$columns,
       text = object$units[["hidden"]], count = ncol(object$W),
       target = object$training$target,
       objective = if (is.null(objective)) "joint" else objective,
       by_steps = is.null(object$training$maximum),
       is_flat = all(object$W == 0))
}

table_worker <- function(plan, data, weights, settings, held) {
  force(plan)
  force(data)
  force(weights)
  force(settings)
  force(held)
  function(job) {
    fit <- seeded(job$seed, {
      sample <- draw_sample(length(data[[1L]]), weights, held)
      refit_table(plan, data, sample, settings)
    })
    parts <- unclass(fit)[c("W", "b", "c", "d", "units")]
    parts$W <- unname(parts$W)
    parts
  }
}

# How often each of `n` rows is in a sample of as many cases, drawn with
# replacement: rows that count for several cases are as often repeated, so
# that a table of counts has the samples of the table that it counts. Of `held`
# rows, which judge the refit, none is drawn.
draw_sample <- function(n, weights, held = 0L) {
  shares <- if (is.null(weights)) rep(1, n) else weights
  judge <- NULL
  if (held > 0L) {
    kept <- which(shares > 0)
    judge <- sort(kept[sample.int(length(kept), held)])
    shares[judge] <- 0
  }
  if (is.null(weights)) {
    from <- which(shares > 0)
    drawn <- from[sample.int(length(from), replace = TRUE)]
    return(list(counts = tabulate(drawn, n), judge = judge, whole = TRUE))
  }
  total <- sum(shares)
  size <- max(1, round(total))
  counts <- drop(stats::rmultinom(1L, size, shares))
  list(counts = counts * (total / size), judge = judge, whole = FALSE)
}

# The fit of a table again, to a sample of its rows. Training by steps takes
# rows that are repeated, as many as the fit had, where none of them weighs
# more than another; else how often each is drawn is its weight.
refit_table <- function(plan, data, sample, settings, init = NULL) {
  n <- length(data[[1L]])
  rows <- if (plan$by_steps && sample$whole) {
    rep(seq_len(n), sample$counts)
  } else {
    which(sample$counts > 0)
  }
  weights <- if (!plan$by_steps || !sample$whole) sample$counts[rows]
  if (plan$is_flat) {
    return(flat_table(plan, rows_of_table(data, rows), weights))
  }
  without_notes(rbm_fit(
    rows_of_table(data, rows), plan$hidden, control = settings, init = init,
    validation = if (length(sample$judge)) rows_of_table(data, sample$judge),
    verbose = FALSE, keep_x = FALSE, units = plan$units, weights = weights,
    target = plan$target, objective = plan$objective
  ))
}

rows_of_table <- function(data, rows) {
  structure(lapply(data, function(column) column[rows]), class = "data.frame",
            row.names = seq_along(rows))
}

# Messages, and that a column is at its least standard deviation, were said of
# the fit.
without_notes <- function(code) {
  withCallingHandlers(
    suppressMessages(code),
    harmonium_warning_floor = function(warning) {
      invokeRestart("muffleWarning")
    }
  )
}

# Independent columns of a table.
flat_table <- function(plan, data, weights) {
  coded <- without_notes(table_data(data, plan$units, weights))
  setup <- list(
    table = c(table_shape(coded$columns, plan$text, plan$count),
              plan[c("target", "objective")]),
    hardware = resolve_hardware(), columns = coded$columns
  )
  problem <- likelihood_problem(list(cases = coded$cases), coded$weights, setup)
  table_model(problem$alone, problem)
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
  if (!has_matches(x$object)) {
    cat("Categorical hidden units, and those of several kinds, are not matched",
        "\n", sep = "")
    return(invisible(x))
  }
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
