#' Confidence intervals by bootstrap
#'
#' Intervals and covariances of what a model says about its columns: how often
#' each has which value, how strongly pairs are associated, or any function of
#' the model, such as a conditional probability.
#'
#' The parameters `W`, `b`, `c` and `d` have no intervals. They are not
#' identified: models with other parameters have the same distribution, since
#' hidden units can be reordered and exchanged (see [rbm_align()]), and some
#' cannot be told from each other by any data. What the distribution of the
#' visible units determines is identified:
#'
#' * `"margins"`: for a binary column \eqn{p(v_i = 1)}; for a categorical or
#'   ordinal one the probability of each level; for numbers, that is Gaussian,
#'   binomial, count and Poisson columns, the mean in the unit of the data.
#' * `"pairs"`: for each pair of columns one measure of association in their
#'   joint distribution under the model, with the other columns summed out. It
#'   depends on the kinds, see below.
#' * A function of a model that returns numbers, the same number each time. It
#'   must not depend on the order of hidden units.
#'
#' The measure of two binary columns is the log odds ratio
#' \deqn{\log \frac{p_{11}\, p_{00}}{p_{10}\, p_{01}}}{log(p11 p00 / (p10
#'   p01))}
#' and of two columns of levels (binary, categorical, ordinal) it is
#' \deqn{\log \frac{p_{kl}\, p_{11}}{p_{k1}\, p_{1l}}}{log(p_kl p_11 / (p_k1
#'   p_1l))}
#' for each level k of the one and l of the other but the first, with which they
#' are compared. Half a case is added to each of the probabilities (0.5 / N for
#' N training cases), so that it is finite. Of a column of levels and one of
#' numbers it is the mean of the numbers given each level minus their mean given
#' the first level; half a case with the mean of all is added to each level. Of
#' two columns of numbers it is their correlation.
#'
#' The model is fitted again to samples of its cases, see [rbm_bootstrap()].
#' The interval goes from quantile to quantile of the refits (the percentile
#' interval); `vcov()` is their covariance. The penalty of a fit draws pairs
#' towards 0: the interval then holds what the fit estimates, and can miss the
#' truth more often than `level` says.
#'
#' Margins and pairs are exact where the smaller layer has at most 20 units, and
#' for columns of other kinds than binary where the hidden layer has at most
#' 65,536 states. For larger models they are averages of conditional
#' probabilities over 2000 Gibbs chains for each refit; a message says so, and
#' the error of these averages makes the interval a little wider.
#'
#' A fit with `objective = "conditional"` describes its targets given the other
#' columns, and not these: it has no margins and no pairs. Give a function, such
#' as the probability of a class for a case.
#'
#' @param object A model from [rbm_fit()], or a bootstrap from
#'   [rbm_bootstrap()], which saves the fits where several answers are wanted.
#' @param parm `"margins"`, `"pairs"`, or a function of a model.
#' @param level Confidence level.
#' @param ... For a model, passed on to [rbm_bootstrap()]: `times`, `x`, `map`
#'   and settings; else must be empty.
#' @return `confint()` gives a matrix with a row for each number and two
#'   columns, the ends of its interval, named by their levels. `vcov()` gives
#'   the covariance matrix. Names of rows are those of columns, with the level
#'   of a categorical or ordinal one as `"column:level"`, pairs as
#'   `"first:second"`, or those of the function's result. The attribute
#'   `estimate` of `confint()` has the numbers of the fit itself.
#'
#'   Where the bootstrap is not given, the call uses two numbers from R's random
#'   number stream; where margins or pairs are sampled, two more.
#' @section Errors:
#' Of class `harmonium_error`: those of [rbm_bootstrap()]; margins or pairs of a
#' fit with `objective = "conditional"`, and pairs of a single column; a
#' function that returns other than finite numbers, as many for every refit.
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
#'
#' # Columns of several kinds: probabilities of levels, and means.
#' fit <- rbm_fit(iris[c("Species", "Sepal.Length", "Petal.Width")], hidden = 2,
#'                starts = 1, weight_decay = 0.003)
#' found <- rbm_bootstrap(fit, times = 20)
#' confint(found, "margins")
#' confint(found, "pairs")
#' # The probabilities of the species given the width of a petal.
#' wide <- data.frame(Species = NA, Sepal.Length = NA, Petal.Width = 1.7)
#' confint(found, function(model) {
#'   predict(model, wide, "response", target = "Species")[1, ]
#' })
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
  check_trained(object, "rbm_bootstrap()")
  check_has_margins(object, parm)
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
  check_trained(object, "rbm_bootstrap()")
  check_has_margins(object, parm)
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

# What is learned of targets given the rest says nothing of how often the rest
# is what.
check_has_margins <- function(object, parm) {
  if (!is.function(parm) &&
        identical(object$training$table$objective, "conditional")) {
    abort(
      "parm_conditional",
      sprintf("The fit has `objective = \"conditional\"`, and so no %s.", parm),
      "Give a function, such as one of the predictions of a model, or fit",
      "with `objective = \"joint\"`."
    )
  }
}

# Of the fit, and a row for each refit. What is sampled has a seed for each
# model.
bootstrap_values <- function(object, parm) {
  fit <- object$object
  check_has_margins(fit, parm)
  if (is.function(parm)) {
    estimate <- call_parm(parm, fit, NULL)
    values <- lapply(object$models, function(model) {
      call_parm(parm, model, estimate)
    })
  } else {
    exact <- are_enumerable(object)
    if (!exact) {
      check_single(fit)
      for (model in object$models) {
        check_single(model)
      }
      say_sampled(parm)
    }
    key <- if (!exact) draw_key()
    value <- function(model, i) {
      own <- if (!exact) sub_key(key, "part", i)
      if (has_other_units(fit)) {
        table_values(model, parm, object$n, own)
      } else {
        binary_values(model, parm, object$n, own)
      }
    }
    estimate <- value(fit, 0)
    if (!length(estimate)) {
      abort("parm_pairs",
            "`parm` is \"pairs\", and the model has one column.",
            "Use \"margins\" or a function.")
    }
    values <- Map(value, object$models, seq_along(object$models))
  }
  list(estimate = estimate,
       values = matrix(unlist(values), length(values), byrow = TRUE))
}

# Whether columns are other than 0 and 1, or hidden units are not binary.
has_other_units <- function(object) {
  is_general(object) || !is.null(sizes_of(object))
}

# Real hidden units have as many nodes as the weights of a model want.
are_enumerable <- function(object) {
  enumerable(object$object) && (!has_other_units(object$object) ||
                                  are_all(enumerable, object$models))
}

binary_values <- function(model, parm, n, key) {
  pairs <- parm == "pairs"
  moments <- if (is.null(key)) {
    rbm_moments(model, pairs = pairs)
  } else {
    sampled_moments(model, key)
  }
  values <- if (pairs) log_odds_of(moments, n) else unname(moments$v)
  stats::setNames(values, value_names(model$b, pairs))
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

# Columns of any kinds ------------------------------------------------------

# What columns say, as statistics: for one of levels an indicator of each, and
# for numbers the number itself, in the user's unit. `column` is the number of
# the column, `levels` whether it has any, `label` the name; `unit` the unit of
# the model, and `off` whether that is 1 less the statistic.
statistics_of <- function(columns) {
  parts <- lapply(which(columns$rows > 0L), function(i) {
    kind <- columns$kind[i]
    units <- units_of_column(columns, i)
    label <- columns$column[i]
    if (kind == "binary") { # the second level counts as 1
      return(data.frame(column = i, levels = TRUE, label = label,
                        unit = rep(units, 2L), off = c(TRUE, FALSE)))
    }
    if (kind == "categorical") {
      label <- paste0(label, ":", columns$levels[[i]])
    }
    data.frame(column = i, levels = kind == "categorical", label = label,
               unit = units, off = FALSE)
  })
  do.call(rbind, parts)
}

# The same model with a unit for each level of ordinal columns, which are
# categorical ones whose parameters are bound to each other.
with_levels <- function(object) {
  columns <- object$columns
  ordinal <- which(columns$kind == "ordinal")
  if (!length(ordinal)) {
    return(object)
  }
  of_extra <- rep(seq_len(nrow(columns)),
                  ifelse(columns$rows > 0L, extras_of(columns), 0L))
  parts <- lapply(which(columns$rows > 0L), function(i) {
    at <- units_of_column(columns, i)
    W <- unname(object$W[at, , drop = FALSE])
    b <- unname(object$b[at])
    if (!i %in% ordinal) {
      return(list(W = W, b = b))
    }
    codes <- ordinal_codes(columns$size[i], columns$rows[i])
    list(W = codes %*% W,
         b = drop(codes %*% b) + c(0, object$d[of_extra == i], 0))
  })
  object$W <- do.call(rbind, lapply(parts, `[[`, "W"))
  object$b <- unlist(lapply(parts, `[[`, "b"))
  object$d <- unname(object$d[!of_extra %in% ordinal])
  if (!length(object$d)) object$d <- NULL
  columns$kind[ordinal] <- "categorical"
  columns$rows[ordinal] <- columns$size[ordinal]
  object$columns <- columns
  object$units[["visible"]] <- units_text(columns)
  object
}

# Margins, or measures of pairs, by name.
table_values <- function(model, parm, n, key) {
  model <- with_levels(with_own_columns(model))
  about <- statistics_of(model$columns)
  found <- statistics_in_user_units(model, about, if (is.null(key)) {
    exact_statistics(model, parm == "pairs")
  } else {
    sampled_statistics(model, key)
  })
  if (parm == "margins") {
    return(stats::setNames(found$mean, about$label)[!about$off])
  }
  pair_measures(about, found, n)
}

# For pairs of columns, in the order of the upper triangle: log odds ratios
# against the first levels, differences of means from that of the first level,
# and correlations. Half a case is added to each cell of levels, and to each
# level half a case with the mean of all.
pair_measures <- function(about, found, n) {
  odds_ratios <- function(i, j) {
    cells <- log(pmax(found$cross[i, j, drop = FALSE], 0) + 0.5 / n)
    odds <- cells - cells[, 1L]
    odds <- odds - rep(odds[1L, ], each = nrow(odds))
    odds[-1L, -1L]
  }
  differences <- function(levels, number) {
    mean <- found$mean[number]
    given <- (found$cross[levels, number] + 0.5 / n * mean) /
      (found$mean[levels] + 0.5 / n)
    given[-1L] - given[1L]
  }
  correlation <- function(i, j) {
    shared <- found$cross[i, j] - found$mean[i] * found$mean[j]
    variance <- diag(found$cross)[c(i, j)] - found$mean[c(i, j)]^2
    pmin(pmax(shared / sqrt(prod(pmax(variance, 0))), -1), 1)
  }
  measure <- function(i, j) {
    has_levels <- about$levels[c(i[1L], j[1L])]
    if (all(has_levels)) {
      odds_ratios(i, j)
    } else if (any(has_levels)) {
      if (has_levels[1L]) differences(i, j) else differences(j, i)
    } else {
      correlation(i, j)
    }
  }
  shown <- function(at) about$label[if (about$levels[at[1L]]) at[-1L] else at]
  units <- split(seq_len(nrow(about)), about$column)
  out <- list()
  for (second in seq_along(units)[-1L]) {
    for (first in seq_len(second - 1L)) {
      i <- units[[first]]
      j <- units[[second]]
      names <- outer(shown(i), shown(j), paste, sep = ":")
      out[[length(out) + 1L]] <- stats::setNames(as.vector(measure(i, j)),
                                                 as.vector(names))
    }
  }
  unlist(out)
}

# From means of units and of products of two to those of statistics: each is x
# = l + s v of a unit v, where l and s are the location and scale of a Gaussian
# column, or 1 and -1 for the first level of a binary one.
statistics_in_user_units <- function(object, about, found) {
  columns <- object$columns
  scale <- ifelse(about$off, -1, 1)
  shift <- ifelse(about$off, 1, 0)
  at <- which(columns$kind[about$column] == "gaussian")
  scale[at] <- columns$scale[about$column[at]]
  shift[at] <- columns$location[about$column[at]]
  mean <- scale * found$v[about$unit]
  list(mean = shift + mean,
       cross = if (!is.null(found$vv)) {
         outer(shift, shift) + outer(shift, mean) + outer(mean, shift) +
           outer(scale, scale) * found$vv[about$unit, about$unit]
       })
}

exact_statistics <- function(object, pairs) {
  found <- general_moments(object, pairs)
  list(v = unname(found$v), vv = if (pairs) unname(found$vv))
}

# The same over draws of the hidden layer, given which columns are independent,
# each with its own distribution. Products of units of one column are only used
# where both are the same unit.
sampled_statistics <- function(object, key) {
  v <- run_chains(object, NULL, chain_plan(moment_chains, moment_sweeps), key)$x
  h <- .Call(ffi_conditional, unclass(object), "hidden", v, "sample",
             sub_key(key, "split"), resolve_hardware())
  if (is.list(h)) h <- all_rows(h)
  input <- h %*% t(unname(object$W)) + rep(unname(object$b), each = nrow(h))
  columns <- object$columns
  mean <- square <- matrix(0, nrow(h), ncol(input))
  extras <- 0L
  for (i in which(columns$rows > 0L)) {
    at <- units_of_column(columns, i)
    is_gaussian <- columns$kind[i] == "gaussian"
    extras <- extras + is_gaussian
    found <- column_given_input(columns$kind[i], columns$size[i],
                                input[, at, drop = FALSE],
                                if (is_gaussian) exp(object$d[extras]))
    mean[, at] <- found$mean
    square[, at] <- found$square
  }
  vv <- crossprod(mean) / nrow(mean)
  diag(vv) <- colMeans(square)
  list(v = colMeans(mean), vv = vv)
}

# Means and mean squares of the units of a column that have these inputs, a row
# a case.
column_given_input <- function(kind, size, a, precision) {
  if (kind == "gaussian") {
    mean <- a / precision
    return(list(mean = mean, square = mean^2 + 1 / precision))
  }
  if (kind == "poisson") {
    return(list(mean = exp(a), square = exp(a) + exp(2 * a)))
  }
  codes <- codes_of_column(kind, size)
  base <- switch(kind, binomial = lchoose(size, 0:size),
                 count = -lfactorial(0:size), numeric(nrow(codes)))
  log_p <- a %*% t(codes) + rep(base, each = nrow(a))
  p <- exp(log_p - apply(log_p, 1L, max))
  p <- p / rowSums(p)
  list(mean = p %*% codes, square = p %*% codes^2)
}
