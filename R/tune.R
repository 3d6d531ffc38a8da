#' Choose the number of hidden units
#'
#' Fits models with several numbers of hidden units, scores each by the
#' log-likelihood of cases that it was not fitted to, and refits the chosen one
#' on all cases.
#'
#' The score is the mean held-out log-likelihood in nats per case. Its standard
#' error comes from the means of the folds or, with `validation`, from the
#' cases. `best` has the highest score. `chosen` is the smallest number of
#' hidden units that is at most one standard error behind the best: a smaller
#' model that cannot be told from the best one.
#'
#' What counts is the standard error of the difference, not that of a score. All
#' numbers are scored on the same cases, so the difference to the best is
#' computed case by case, as in [rbm_compare()]; what makes a case improbable
#' under both models cancels. The standard errors of \eqn{\log Z}{log Z} are
#' added where these are estimated. Models of different folds share most of
#' their training cases, so with `folds` the standard error is a little too
#' small.
#'
#' The score of the best number is a little too high, because it was chosen as
#' the highest. Keep cases apart for a final [rbm_compare()].
#'
#' Every fit has a seed of its own, drawn before the first fit starts, and R's
#' default kinds of random numbers. The result is therefore the same for any
#' `map`, in any order and in any number of processes.
#'
#' There are `length(hidden) * folds` fits, and one more with `refit`. Where
#' \eqn{\log Z}{log Z} cannot be enumerated it is estimated for each fit, and
#' its error is part of the score.
#'
#' @param x Cases in rows, each value 0 or 1 or a count of its `units`, in any
#'   form that [rbm_fit()] takes.
#' @param hidden The numbers of hidden units to try, whole numbers.
#' @param ... For `rbm_tune()`, arguments and settings of [rbm_fit()], except
#'   `init`, `checkpoint` and `keep_x`; otherwise must be empty.
#' @param folds Number of folds for cross-validation, at least 2. Not used with
#'   `validation`.
#' @param validation Held-out cases to score on in place of folds: a matrix or
#'   data frame, or the fraction of `x` to hold out at random.
#' @param map A function like [lapply()], called as `map(jobs, f)`, which must
#'   return the list of `f(job)` in the same order. For several processes:
#'   `function(x, f) parallel::mclapply(x, f)`, or
#'   `function(x, f) parallel::parLapply(cluster, x, f)`.
#' @param refit Whether to fit the chosen number of hidden units to all cases of
#'   `x`.
#' @param main A title in place of the picture's own.
#' @param cex How much larger than usual words and points are.
#' @param digits Digits after the decimal point to print.
#' @return A list of class `rbm_tune`:
#'   * `table`: a data frame with a row for each number of hidden units, in
#'     rising order: `hidden`, `score` and `se`, in nats per case; and `behind`
#'     and `behind_se`, the mean difference to the best number and its standard
#'     error.
#'   * `best`, `chosen`: numbers of hidden units, see above.
#'   * `independent`: score and se of independent columns with the means of the
#'     same training cases, where half a case on and half a case off are added
#'     to each column.
#'   * `by_fold`: a matrix of scores, a row for each fold and a column for each
#'     number of hidden units; one row with `validation`.
#'   * `fold`: the fold of each case of `x`; `NULL` with `validation`.
#'   * `fit`: the model with the chosen number, or `NULL`.
#'   * `n`, `held_out`: how many cases `x` has, and how many were scored.
#'
#'   The call uses exactly two numbers from R's random number stream.
#' @section Errors:
#' Of class `harmonium_error`: more folds than cases; numbers of hidden units
#' that are not whole; a `map` that is not a function, returns another number
#' of results or returns errors; intensities; arguments that
#' cannot be passed on; and those of [rbm_fit()].
#' @seealso [rbm_compare()], [logLik.rbm()], [update.rbm()]
#' @examples
#' x <- digits8$x[1:200, 19:26] > 0.5
#' set.seed(1)
#' tuned <- rbm_tune(x, hidden = c(1, 2, 4), folds = 3, starts = 1,
#'                   weight_decay = 0.01)
#' print(x = tuned, digits = 3)
#' plot(x = tuned, main = "How many units?", cex = 0.9)
#' tuned$fit
#'
#' # A validation set, another map, and no model at the end.
#' map <- function(x, f) lapply(x, f)
#' rbm_tune(x = x, hidden = 1:2, starts = 1, weight_decay = 0.01,
#'          validation = 0.25, map = map, refit = FALSE)
#' @references Hastie, Tibshirani and Friedman (2009), *The elements of
#'   statistical learning*, second edition, Springer, section 7.10, for the
#'   choice within one standard error.
#' @export
rbm_tune <- function(x, hidden = c(2, 4, 8), ..., folds = 5, validation = NULL,
                     map = lapply, refit = TRUE) {
  check_given(missing(x), "x", "the data, a case a row")
  hidden <- check_hidden_numbers(hidden)
  dots <- check_tune_dots(...)
  refit <- check_flag(refit, "refit")
  map <- check_map(map, "Fitting")
  if (wants_table(x, dots$units, NULL, dots$weights) || !is.null(dots$target)) {
    dots$units <- tune_columns(x, dots)
    cases <- framed_cases(x, dots$units, "x")
    valid <- if (is.null(validation) || is_number(validation)) {
      check_validation(validation, cases)
    } else {
      framed_cases(validation, dots$units, "validation")
    }
  } else {
    units <- fit_units(dots$units, NULL, x)
    dots$units <- units_by_column(list(units = units))
    size <- sizes_of(list(units = units))
    cases <- as_binary_cases(x, "x", NULL, size)
    valid <- check_validation(validation, cases, size)
    if (is.list(valid)) {
      valid <- as_binary_cases(validation, "validation", NULL, size)
    }
  }
  folds <- if (is.null(validation)) check_folds(folds, cases)

  key <- draw_key()
  plan <- seeded(key[1L] %/% 2, tune_plan(cases, hidden, folds, valid))
  worker <- tune_worker(cases, valid, plan$parts, dots)
  results <- withCallingHandlers(map(plan$jobs, worker), error = map_failed)
  check_map_results(results, plan)
  scores <- lapply(results, `[[`, "log_prob")
  by_fold <- matrix(vapply(scores, mean, 0), length(plan$parts),
                    dimnames = list(NULL, hidden))
  summed <- lapply(seq_along(hidden), function(i) {
    rows <- vapply(plan$jobs, function(job) job$hidden == hidden[i], NA)
    score_of(scores[rows], sum(vapply(results[rows], `[[`, 0, "log_z_se")))
  })
  table <- data.frame(hidden = hidden,
                      score = vapply(summed, `[[`, 0, "score"),
                      se = vapply(summed, `[[`, 0, "se"))
  best <- which.max(table$score)
  table <- cbind(table, behind_best(results, plan$jobs, hidden, best))
  margin <- ifelse(is.na(table$behind_se), 0, table$behind_se)
  chosen <- hidden[which(table$behind <= margin)[1L]]
  fit <- NULL
  if (refit) {
    fit <- seeded(plan$refit_seed,
                  do.call(rbm_fit, c(list(x, chosen), dots), quote = TRUE))
    fit$training$call <- refit_call(match.call(), chosen)
  }
  independent <- lapply(plan$parts, function(part) {
    here <- part_cases(cases, valid, part)
    independent_log_prob(here, dots$units)
  })
  structure(
    list(
      table = table, best = hidden[best], chosen = chosen,
      independent = unlist(score_of(independent, 0)), by_fold = by_fold,
      fold = plan$fold, fit = fit, n = cases$n,
      held_out = sum(lengths(independent))
    ),
    class = "rbm_tune"
  )
}

# The kinds of the columns of a table, from all of it.
tune_columns <- function(x, dots) {
  if (!is.null(dots$weights)) {
    abort("tune_weights",
          "rbm_tune() does not know `weights`.",
          "Give whole numbers of cases as rows: x[rep(1:n, weights), ].")
  }
  data <- as_table(x, "x")
  rbm_units_of(data, dots$units)
}

# The cases of a table, which go with rows of the table itself.
framed_cases <- function(x, columns, name) {
  data <- as_table(x, name)
  cases <- table_cases(code_table(data, columns, name, fresh = TRUE),
                       names_of_rows(data),
                       coded_names(columns))
  cases$frame <- x
  cases
}

# The log-probabilities of held-out cases under independent columns.
independent_log_prob <- function(here, columns) {
  if (!is_table(here$train)) {
    return(columns_log_prob(column_rates(here$train), here$test))
  }
  setup <- list(
    table = c(table_shape(columns, default_units()[["hidden"]], 1L),
              list(objective = "joint")),
    hardware = resolve_hardware(), columns = columns
  )
  problem <- function(cases) {
    likelihood_problem(list(cases = cases), rep(1, cases$n), setup)
  }
  train <- problem(here$train)
  train$law$alone_log_prob(train, problem(here$test))
}

check_hidden_numbers <- function(hidden) {
  if (!is.numeric(hidden) || is.object(hidden) || length(hidden) == 0L ||
        !all(is.finite(hidden)) || any(hidden < 1) ||
        any(hidden != round(hidden)) || any(hidden > .Machine$integer.max)) {
    abort(
      "tune_hidden",
      sprintf("`hidden` must be whole numbers of at least 1, not %s.",
              if (is.numeric(hidden) && !is.object(hidden) &&
                    length(hidden) > 0L) {
                paste(format(utils::head(hidden, 5L), trim = TRUE),
                      collapse = ", ")
              } else {
                describe(hidden)
              }),
      "Give the numbers of hidden units to try, as in hidden = c(2, 4, 8)."
    )
  }
  as.integer(sort(unique(as.vector(hidden))))
}

# What goes on to rbm_fit(), with all that can be checked before the first fit.
check_tune_dots <- function(...) {
  dots <- list(...)
  one_fit <- c("init", "checkpoint", "keep_x")
  refused <- intersect(names(dots), one_fit)
  if (length(refused)) {
    abort(
      "tune_dots",
      sprintf("rbm_tune() cannot pass %s on to every fit.",
              quote_names(refused)),
      sprintf("Leave %s out, or fit the chosen number with rbm_fit().",
              if (length(refused) == 1L) "it" else "them")
    )
  }
  if (length(dots)) {
    own <- setdiff(names(formals(rbm_fit)),
                   c("x", "hidden", "...", "validation", one_fit))
    check_known(names(dots), c(own, control_names()), "Arguments for rbm_fit()")
  }
  do.call(resolve_control, c(
    list(control = dots$control), dots[names(dots) %in% control_names()]
  ), quote = TRUE)
  if (is.null(dots$verbose)) {
    dots$verbose <- FALSE
  }
  dots
}

# lapply() itself says how far it is.
check_map <- function(map, doing) {
  if (identical(map, lapply)) {
    return(function(jobs, f) lapply_told(doing, jobs, f))
  }
  if (!is.function(map)) {
    abort(
      "tune_map",
      sprintf("`map` must be a function like lapply(), not %s.", describe(map)),
      "It is called as map(jobs, f)."
    )
  }
  map
}

check_folds <- function(folds, cases) {
  folds <- check_count(folds, "folds", min = 2)
  if (folds > cases$n) {
    abort(
      "tune_folds",
      sprintf("`folds` is %d, but `x` has %s: every fold needs a case.",
              folds, counted(cases$n, "case")),
      sprintf("Use at most %d.", cases$n)
    )
  }
  folds
}

# Errors of the fits are our own; others are those of the map.
map_failed <- function(error) {
  if (!inherits(error, "harmonium_error")) {
    abort(
      "tune_map_failed",
      sprintf("`map` failed: %s", legible(conditionMessage(error))),
      "Try `map = lapply` first.",
      fields = list(parent = error)
    )
  }
}

check_map_length <- function(results, wanted) {
  if (!is.list(results) || is.object(results) || length(results) != wanted) {
    abort(
      "tune_map_length",
      sprintf("`map` must return a list of %s, not %s.",
              counted(wanted, "result"), describe(results)),
      "lapply() shows how: one result for each job, in the same order."
    )
  }
}

check_map_results <- function(results, plan) {
  wanted <- length(plan$jobs)
  check_map_length(results, wanted)
  sizes <- vapply(plan$parts[vapply(plan$jobs, `[[`, 0L, "part")],
                  function(part) part$count, 0)
  for (i in seq_len(wanted)) {
    result <- results[[i]]
    sound <- is_plain_list(result, c("log_prob", "log_z_se")) &&
      is_finite(result$log_prob, sizes[i]) && is_finite(result$log_z_se)
    if (!sound) {
      abort_map_result(result, i)
    }
  }
}

abort_map_result <- function(result, i) {
  abort(
    "tune_map_result",
    sprintf("`map` returned %s in place of result %d.",
            if (inherits(result, "try-error")) {
              sprintf("an error (%s)", legible(trimws(
                conditionMessage(attr(result, "condition"))
              )))
            } else {
              describe(result)
            }, i),
    "Try `map = lapply` to see whether the fit itself fails."
  )
}

# Runs code with a seed of its own, in R's default kinds of random numbers, and
# leaves R's stream and kinds as they were.
seeded <- function(seed, code) {
  before <- get0(".Random.seed", envir = globalenv(), inherits = FALSE)
  kinds <- RNGkind()
  on.exit({
    suppressWarnings(RNGkind(kinds[1L], kinds[2L], kinds[3L]))
    if (is.null(before)) {
      rm(".Random.seed", envir = globalenv())
    } else {
      assign(".Random.seed", before, envir = globalenv())
    }
  })
  set.seed(seed, "Mersenne-Twister", "Inversion", "Rejection")
  code
}

# Which cases are held out when, and a job with a seed for every fit. A part
# holds the rows that are scored, or NULL for a validation set of its own.
tune_plan <- function(cases, hidden, folds, valid) {
  fold <- NULL
  if (!is.null(folds)) {
    fold <- sample(rep_len(seq_len(folds), cases$n))
    parts <- lapply(seq_len(folds), function(k) {
      list(held = which(fold == k), count = sum(fold == k))
    })
  } else if (is.list(valid)) {
    parts <- list(list(held = NULL, count = valid$n))
  } else {
    parts <- list(list(held = sort(sample.int(cases$n, valid)), count = valid))
  }
  seeds <- floor(stats::runif(length(hidden) * length(parts) + 1L) * 2^31)
  grid <- expand.grid(part = seq_along(parts), hidden = hidden)
  jobs <- lapply(seq_len(nrow(grid)), function(i) {
    list(part = grid$part[i], hidden = grid$hidden[i], seed = seeds[i + 1L])
  })
  list(fold = fold, parts = parts, jobs = jobs, refit_seed = seeds[1L])
}

# The cases that a part is fitted to and scored on.
part_cases <- function(cases, valid, part) {
  if (is.null(part$held)) {
    return(list(train = cases, test = valid))
  }
  list(train = take_cases(cases, setdiff(seq_len(cases$n), part$held)),
       test = take_cases(cases, part$held))
}

# A function of a job that can be sent to another process: all that it needs is
# in its own environment and in this package.
tune_worker <- function(cases, valid, parts, dots) {
  force(cases)
  force(valid)
  force(parts)
  force(dots)
  function(job) {
    here <- part_cases(cases, valid, parts[[job$part]])
    seeded(job$seed, {
      fit <- do.call(rbm_fit, c(
        list(plain_rows(here$train), job$hidden, keep_x = FALSE), dots
      ), quote = TRUE)
      log_z <- rbm_log_z(fit, verbose = FALSE)
    })
    log_prob <- -free_energy(fit, here$test) - log_z$log_z -
      log_scale(fit, here$test)
    list(log_prob = unname(log_prob), log_z_se = log_z$se)
  }
}

plain_rows <- function(cases) {
  if (is_table(cases)) {
    return(cases$frame)
  }
  rows <- pick_rows(cases, seq_len(cases$n))
  colnames(rows) <- cases$dimnames[[2L]]
  rows
}

# Mean over all cases. The means of folds vary by all that is random, log Z
# included; within one validation set its error is added.
score_of <- function(parts, log_z_se) {
  if (length(parts) > 1L) {
    means <- vapply(parts, mean, 0)
    se <- stats::sd(means) / sqrt(length(means))
  } else {
    part <- parts[[1L]]
    se <- sqrt(stats::var(part) / length(part) + log_z_se^2)
  }
  list(score = mean(unlist(parts)), se = se)
}

# How far each number is behind the best, over the same cases in the same order,
# and its standard error. The error of log Z is one for all cases of a fit.
behind_best <- function(results, jobs, hidden, best) {
  of <- vapply(jobs, `[[`, 0L, "hidden")
  per_case <- lapply(hidden, function(count) {
    unlist(lapply(results[of == count], `[[`, "log_prob"))
  })
  error <- vapply(hidden, function(count) {
    mine <- results[of == count]
    sum((lengths(lapply(mine, `[[`, "log_prob")) *
           vapply(mine, `[[`, 0, "log_z_se"))^2)
  }, 0)
  found <- lapply(seq_along(hidden), function(i) {
    gaps <- per_case[[best]] - per_case[[i]]
    n <- length(gaps)
    c(behind = mean(gaps),
      behind_se = if (i == best) 0 else
        sqrt(stats::var(gaps) / n + (error[i] + error[best]) / n^2))
  })
  as.data.frame(do.call(rbind, found))
}

# The call of rbm_fit() that the refit stands for, so that update() works.
refit_call <- function(call, chosen) {
  ours <- c("folds", "validation", "map", "refit", "hidden")
  kept <- as.list(call)[-1L]
  kept <- kept[!names(kept) %in% ours]
  as.call(c(list(quote(rbm_fit)), kept["x"], list(hidden = chosen),
            kept[names(kept) != "x"]))
}

is_tune <- function(x) {
  is_plain_list(x, c("table", "best", "chosen", "independent", "n",
                     "held_out")) &&
    is_frame(x$table) &&
    identical(names(x$table),
              c("hidden", "score", "se", "behind", "behind_se")) &&
    nrow(x$table) > 0L && are_all(function(column) {
      is.null(attributes(column))
    }, unclass(x$table)) && is.integer(x$table$hidden) &&
    is_finite(x$table$hidden, nrow(x$table), min = 1) &&
    is_finite(x$table$score, nrow(x$table)) && is.double(x$table$se) &&
    all(is.na(x$table$se) | is.finite(x$table$se)) &&
    is_finite(x$table$behind, nrow(x$table)) && is.double(x$table$behind_se) &&
    all(is.na(x$table$behind_se) | is.finite(x$table$behind_se)) &&
    !anyNA(match(c(x$best, x$chosen), x$table$hidden)) &&
    is_finite(x$best) && is.integer(x$chosen) &&
    is.null(attributes(x$chosen)) && is_finite(x$chosen) &&
    is.double(x$independent) && !is.object(x$independent) &&
    identical(attributes(x$independent), list(names = c("score", "se"))) &&
    length(x$independent) == 2L &&
    is.finite(x$independent[["score"]]) && is_finite(x$n, min = 1) &&
    is_finite(x$held_out, min = 1) &&
    (is.null(x$fold) ||
       (is.integer(x$fold) && is_finite(x$fold, x$n, min = 1)))
}

check_tune <- function(x) {
  check_sound(is_tune(x), "x", "result of rbm_tune()", "rbm_tune()")
}

#' @rdname rbm_tune
#' @export
print.rbm_tune <- function(x, digits = 3L, ...) {
  check_dots_empty(...)
  check_tune(x)
  digits <- check_digits(digits)
  cat(tune_in_words(x), "\n", sep = "")
  cat("Mean held-out log-likelihood, nats per case:\n")
  number <- function(values) formatC(values, digits = digits, format = "f")
  rows <- c(paste(x$table$hidden, "hidden"), "independent")
  score <- number(c(x$table$score, x$independent[["score"]]))
  se <- number(c(x$table$se, x$independent[["se"]]))
  notes <- rep("", length(rows))
  notes[match(x$best, x$table$hidden)] <- "  best"
  at <- match(x$chosen, x$table$hidden)
  notes[at] <- if (x$best == x$chosen) "  best, chosen" else "  chosen"
  cat(sprintf("  %s  %s  s.e. %s%s\n", formatC(rows, width = max(nchar(rows))),
              formatC(score, width = max(nchar(score))),
              formatC(se, width = max(nchar(se))), notes), sep = "")
  if (x$best != x$chosen) {
    cat(sprintf(paste("The chosen number is the smallest within one standard",
                      "error of the best:\n%s behind, s.e. %s, paired case by",
                      "case\n"),
                number(x$table$behind[at]), number(x$table$behind_se[at])))
  }
  if (x$independent[["score"]] >= max(x$table$score)) {
    cat("NO MODEL IS BETTER than independent columns\n")
  } else if (x$best == max(x$table$hidden) && nrow(x$table) > 1L) {
    cat("The best is the largest tried: larger ones may be better still\n")
  }
  if (is.null(x$fit)) {
    cat("Not fitted to all cases: `refit` was FALSE\n")
  } else {
    cat(sprintf("`fit` is the model of %s, fitted to all %s\n",
                counted(x$chosen, "hidden unit"), counted(x$n, "case")))
  }
  invisible(x)
}

tune_in_words <- function(x) {
  how <- if (is.null(x$fold)) {
    sprintf("%s of a validation set", counted(x$held_out, "case"))
  } else {
    sprintf("%d-fold cross-validation of %s", max(x$fold),
            counted(x$n, "case"))
  }
  paste("Number of hidden units by", how)
}

#' @rdname rbm_tune
#' @export
plot.rbm_tune <- function(x, main = NULL, cex = 1, ...) {
  check_dots_empty(...)
  check_titling(main, cex)
  check_tune(x)
  draw_picture(list(
    title = "Held-out log-likelihood by number of hidden units",
    note = sprintf("chosen: %d; bars: one standard error; %s: independent %s",
                   x$chosen, "dashed", "columns"),
    draw = function(region) draw_tune(x, region)
  ), main, cex)
  invisible(x)
}

draw_tune <- function(x, region) {
  table <- x$table
  line <- line_height(small)
  inner <- check_room(region + line * c(5.4, -0.8, 2.6, -0.5))
  se <- ifelse(is.na(table$se), 0, table$se)
  values <- c(table$score - se, table$score + se, x$independent[["score"]])
  range <- spread(values, FALSE)
  range <- range + c(-0.04, 0.04) * diff(range)
  across <- place(seq_len(nrow(table)), c(0.5, nrow(table) + 0.5), inner[1:2])
  up <- function(y) place(y, range, inner[3:4])
  ticks <- grDevices::axisTicks(range, FALSE, nint = 5L)
  draw_axis_left(up(ticks), format(ticks, trim = TRUE), inner)
  draw_axis_below(across, as.character(table$hidden), inner)
  graphics::segments(inner[1L], up(x$independent[["score"]]), inner[2L],
                     lty = 2L, lwd = 1.5, col = style$frame)
  graphics::lines(across, up(table$score), col = style$band, lwd = 2)
  graphics::segments(across, up(table$score - se), y1 = up(table$score + se),
                     col = style$line, lwd = 2)
  chosen <- table$hidden == x$chosen
  graphics::points(across, up(table$score), pch = 19, col = style$line)
  graphics::points(across[chosen], up(table$score[chosen]), pch = 21, cex = 2,
                   bg = style$mark, col = style$text, lwd = 1.5)
  write_line("Hidden units", mean(inner[1:2]), inner[3L] - 2.1 * line,
             width_of(inner), small)
  graphics::text(region[1L] + 0.6 * line, mean(inner[3:4]), "Nats per case",
                 srt = 90, cex = small)
}
