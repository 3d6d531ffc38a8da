# What is missing in a table, filled in.

#' Fill in missing cells
#'
#' Draws what is missing from its distribution given what is seen, or gives its
#' mean, its most probable value or its median. One table, or several for
#' multiple imputation.
#'
#' The distribution is that of the model, \eqn{p(v_{mis} | v_{obs})}{p(v_mis |
#' v_obs)}: exact where the hidden layer or what is missing in a case has few
#' states, at most 65,536 and 64; else by clamped chains, with a message that
#' gives the standard error of means. It is right where cells are missing at
#' random: whether one is missing may depend on what is seen, and
#' not on the value that is missing.
#'
#' Several draws from one fit leave out that the parameters are themselves
#' estimates. With `refit = TRUE` each table is drawn from a model of its own,
#' fitted to a bootstrap sample of the cases of the training, so that intervals
#' pooled over the tables also have this part of the uncertainty.
#'
#' @param object A model from [rbm_fit()].
#' @param data A table with missing cells, with the columns of the fit; by
#'   default the data of the fit.
#' @param m How many tables.
#' @param value `"draw"`; `"mean"`, which for columns of levels is the most
#'   probable one; `"mode"`, which for Gaussian columns is the mean; or
#'   `"median"`, by the order of ordinal levels and numbers. `m` above 1 is for
#'   draws only.
#' @param refit Whether to fit the model again for each table.
#' @param x,row.names,optional An answer with `m` above 1; the others are not
#'   used.
#' @param action `"long"`: all tables below one another, with the number of the
#'   table in `.imp` and that of the row in `.id`.
#' @param include Whether to put the table with its missing cells first, as
#'   number 0. So `mice::as.mids(as.data.frame(x, include = TRUE))` is what mice
#'   pools.
#' @param ... Must be empty.
#' @return For `m = 1` a table as `data`, in which seen cells are as they were
#'   and others have values of their column's class. Else a list of these of
#'   class `rbm_imputations`, with methods for `print()`, `with()`, which gives
#'   a list of what an expression is in each table, and `as.data.frame()`.
#' @section Errors:
#' Of class `harmonium_error`: data with other columns, levels or classes than
#' those of the fit; `m` above 1 for other values than draws.
#' @source Rubin (1987), *Multiple Imputation for Nonresponse in Surveys*,
#'   Wiley. van Buuren and Groothuis-Oudshoorn (2011), mice: Multivariate
#'   Imputation by Chained Equations in R, *Journal of Statistical Software*
#'   45(3), \doi{10.18637/jss.v045.i03}.
#' @seealso [rbm_conditional()] for the distributions themselves
#' @examples
#' set.seed(1)
#' air <- airquality[c("Ozone", "Solar.R", "Wind", "Temp")]
#' fit <- suppressMessages(rbm_fit(air, hidden = 2))
#' filled <- rbm_impute(object = fit, data = air, m = 1, value = "mean")
#' head(cbind(before = air$Ozone, after = filled$Ozone))
#'
#' # Five tables, and a mean pooled by Rubin's rules
#' tables <- rbm_impute(fit, m = 5, refit = FALSE)
#' print(x = tables)
#' found <- with(data = tables, expr = c(mean(Ozone), var(Ozone) / 153))
#' found <- do.call(rbind, found)
#' c(mean = mean(found[, 1]),
#'   se = sqrt(mean(found[, 2]) + (1 + 1 / 5) * var(found[, 1])))
#' long <- as.data.frame(x = tables, row.names = NULL, optional = FALSE,
#'                       action = "long", include = TRUE)
#' table(long$.imp)
#' if (requireNamespace("mice", quietly = TRUE)) {
#'   mice::as.mids(long)
#' }
#' @export
rbm_impute <- function(object, data, m = 1,
                       value = c("draw", "mean", "mode", "median"),
                       refit = FALSE) {
  check_given(missing(object), "object", "a model")
  check_model(object)
  m <- check_count(m, "m")
  value <- check_choice(value, c("draw", "mean", "mode", "median"), "value")
  refit <- check_flag(refit, "refit")
  if (m > 1L && value != "draw") {
    abort("impute_value",
          sprintf("`m` is %d, and `value = \"%s\"` is the same each time.", m,
                  value),
          "Use `value = \"draw\"`, or `m = 1`.")
  }
  if (missing(data)) {
    check_kept(object, "rbm_impute() without `data`", "give `data`")
    data <- object$x
    if (has_columns(object) && is_in_units(object, data)) {
      data <- decode_table(data, object$columns, rownames(data))
    }
  }
  if (refit) {
    check_refit(object)
  }
  object <- with_own_columns(object, data)
  cases <- read_impute(object, data)
  key <- draw_key()
  tables <- lapply_told("Filling in", seq_len(m), function(i) {
    own <- sub_key(key, "part", i)
    model <- if (refit) refit_to_sample(object, own) else object
    fill_in(model, data, cases, value, sub_key(own, "split"))
  })
  if (m == 1L) {
    return(tables[[1L]])
  }
  structure(tables, class = "rbm_imputations",
            missing = sum(is.na(as_table(data, "data"))), data = data,
            refit = refit)
}

# A model without columns of its own takes those of a matrix.
with_own_columns <- function(object, data) {
  if (has_columns(object)) {
    return(object)
  }
  if (is_general(object)) {
    abort("impute_columns",
          "`object` does not know the columns of a table.",
          "Give rbm() a table of rbm_units() as `units`.")
  }
  names <- names(object$b)
  count <- nrow(object$W)
  size <- sizes_of(object)
  if (is.null(size)) size <- rep(1L, count)
  columns <- data.frame(
    column = if (is.null(names)) paste0("V", seq_len(count)) else names,
    kind = ifelse(size > 1L, sized_kind(), "binary"),
    size = ifelse(size > 1L, size, 2L), rows = 1L, location = 0, scale = 1,
    class = "numeric"
  )
  columns$levels <- rep(list(c("0", "1")), count)
  columns$levels[size > 1L] <- list(character())
  object$columns <- structure(
    columns, class = c("rbm_units", "data.frame"),
    shape = if (is.null(names)) "matrix" else "named matrix"
  )
  object
}

read_impute <- function(object, data) {
  table <- as_table(data, "data")
  coded <- code_table(table, object$columns, "data",
                      fresh = identical(data, object$x))
  table_cases(coded, names_of_rows(table), names(object$b))
}

# The data with what is missing filled in by the model.
fill_in <- function(object, data, cases, value, key) {
  columns <- object$columns
  missing <- vapply(seq_len(nrow(columns)), function(i) {
    at <- units_of_column(columns, i)
    length(at) > 0L && anyNA(cases$reals[, at[1L]])
  }, NA)
  units <- cases$reals
  if (value == "draw") {
    units <- observe(object, cases, "draw", key = key)$draw
  } else if (any(missing)) {
    units <- observe(object, cases, "v")$v
  }
  filled <- decode_table(units, unshaped(columns))
  for (i in which(missing)) {
    if (value != "draw") {
      filled[[i]] <- best_value(object, cases, units, i, value)
    }
  }
  put_in(data, filled, columns)
}

unshaped <- function(columns) structure(columns, shape = "data frame")

# Into the cells that are missing, and a column's one value where it had one.
put_in <- function(data, filled, columns) {
  if (is.matrix(data)) {
    at <- which(is.na(data), arr.ind = TRUE)
    for (column in unique(at[, 2L])) {
      rows <- at[at[, 2L] == column, 1L]
      data[rows, column] <- alike(filled[[column]][rows], data)
    }
    return(data)
  }
  used <- setdiff(columns$column, pattern_name(attr(columns, "patterns")))
  by_name <- all(used %in% names(data))
  for (i in match(used, columns$column)) {
    at <- if (by_name) columns$column[i] else i
    x <- data[[at]]
    gone <- is.na(as_column(x, columns$column[i], "data"))
    if (all(gone) && !is.factor(x) && !inherits(x, "haven_labelled")) {
      data[[at]] <- filled[[i]]
    } else if (any(gone)) {
      data[[at]] <- put_in_column(x, gone, filled[[i]][gone])
    }
  }
  data
}

# Values of a column's class into some of its cells: a factor may lack levels
# that the model has.
put_in_column <- function(x, gone, values) {
  if (inherits(x, "haven_labelled") && is.factor(values)) {
    values <- attr(x, "labels", exact = TRUE)[as.character(values)]
  }
  if (is.factor(x)) {
    levels(x) <- union(levels(x), as.character(values))
  }
  x[gone] <- alike(values, x)
  x
}

# Values as plain ones of the type of `x`.
alike <- function(values, x) {
  if (is.factor(values)) {
    values <- as.character(values)
  }
  if (is.factor(x) || is.character(x)) {
    as.character(values)
  } else if (is.logical(x)) {
    as.logical(values)
  } else {
    values <- as.double(values)
    if (is.integer(x) && all(values == round(values))) {
      as.integer(values)
    } else {
      values
    }
  }
}

# The most probable value of a column given what is seen, or its median, or its
# mean.
best_value <- function(object, cases, units, i, value) {
  columns <- object$columns
  kind <- columns$kind[i]
  at <- units_of_column(columns, i)
  numbers <- kind %in% c("gaussian", "count", "binomial", "poisson")
  if (numbers && (value == "mean" || (kind == "gaussian" && value == "mode"))) {
    out <- units[, at] * columns$scale[i] + columns$location[i]
    return(if (columns$class[i] == "integer" && kind != "gaussian") {
      as.integer(round(out))
    } else {
      out
    })
  }
  if (kind == "gaussian") {
    return(median_of_draws(object, cases, at) * columns$scale[i] +
             columns$location[i])
  }
  law <- if (kind == "poisson") {
    poisson_law(object, cases, at)
  } else {
    law_of(object, cases, i)
  }
  level <- if (value == "median" && kind != "categorical") {
    rowSums(t(apply(law, 1L, cumsum)) < 0.5) + 1L
  } else {
    max.col(law, "first")
  }
  as_class(if (!numbers) level, columns$levels[[i]], level - 1,
           columns$class[i], kind)
}

# The probabilities of 0, 1 and so on of a Poisson unit where it is missing, as
# far as they matter.
poisson_law <- function(object, cases, at) {
  found <- observe(object, cases, c("v", "square"))
  rows <- which(is.na(cases$reals[, at]))
  mean <- found$v[rows, at]
  sd <- sqrt(pmax(found$square[rows, at] - mean^2, 0))
  most <- ceiling(max(0, mean + 10 * sd + 10))
  law <- matrix(0, cases$n, most + 1)
  law[, 1L] <- 1
  for (k in 0:most) {
    some <- take_cases(cases, rows)
    some$reals[, at] <- k
    law[rows, k + 1] <- -table_free_energy(object, some)
  }
  weights <- exp(law[rows, , drop = FALSE] - apply(law[rows, , drop = FALSE],
                                                   1L, max))
  law[rows, ] <- weights / rowSums(weights)
  law
}

# The median of draws of a Gaussian unit in the cases where it is missing:
# always of the same draws.
median_of_draws <- function(object, cases, at) {
  out <- cases$reals[, at]
  rows <- which(is.na(out))
  at_once <- max(1, 1e6 %/% (most_drawn * cases$units))
  for (first in seq(1, length(rows), by = at_once)) {
    some <- rows[first:min(first + at_once - 1, length(rows))]
    many <- take_cases(cases, rep(some, each = most_drawn))
    drawn <- observe(object, many, "draw", key = c(first, 0))$draw[, at]
    out[some] <- apply(matrix(drawn, most_drawn), 2L, stats::median)
  }
  out
}

# Draws behind a median that has no formula.
most_drawn <- 201L

# The probabilities of the states of column i given what is seen; of seen cells
# these are not to be used.
law_of <- function(object, cases, i) {
  columns <- object$columns
  observe(object, cases, "law",
          column = sum(columns$rows[seq_len(i)] > 0L))$law
}

check_refit <- function(object) {
  check_kept(object, "rbm_impute(refit = TRUE)", "leave `refit` out")
  if (!has_columns(object) || is.null(object$training$maximum)) {
    abort("impute_refit",
          "`refit = TRUE` is for fits of tables by rbm_fit().",
          "Leave it out.")
  }
}

# The fit again, to as many cases drawn with replacement, from the parameters
# that it has and with the same penalty.
refit_to_sample <- function(object, key) {
  x <- object$x
  if (is_in_units(object, x)) {
    x <- decode_table(x, object$columns)
  }
  data <- order_table(as_table(x, "object$x"), object$columns, "object$x")
  names(data) <- object$columns$column
  settings <- bootstrap_settings(object, starts = 1)
  refit <- seeded(key[1L] %/% 2, {
    sample <- draw_sample(NROW(object$x), object$training$weights)
    refit_table(plan_of_refit(object), unclass(data), sample, settings, object)
  })
  new_rbm(refit$W, refit$b, refit$c, refit$units, d = refit$d,
          columns = object$columns)
}

#' @rdname rbm_impute
#' @export
print.rbm_imputations <- function(x, ...) {
  check_dots_empty(...)
  check_sound(is.list(x) && length(x) > 0L, "x", "list of tables",
              "rbm_impute()")
  cat(sprintf("%s, each with %s filled in%s\n",
              counted(length(x), "table"),
              counted(attr(x, "missing"), "missing cell"),
              if (isTRUE(attr(x, "refit"))) {
                ", from a fit of its own"
              } else {
                ", all from one fit"
              }))
  invisible(x)
}

#' @rdname rbm_impute
#' @param expr An expression of columns of the tables.
#' @export
with.rbm_imputations <- function(data, expr, ...) {
  check_dots_empty(...)
  check_given(missing(expr), "expr", "code to run on each table")
  code <- substitute(expr)
  around <- parent.frame()
  lapply(unclass(data), function(table) {
    eval(code, as.data.frame(table), around)
  })
}

#' @rdname rbm_impute
#' @export
as.data.frame.rbm_imputations <- function(x, row.names = NULL, # nolint
                                          optional = FALSE, action = "long",
                                          include = FALSE, ...) {
  check_dots_empty(...)
  check_choice(action, "long", "action")
  include <- check_flag(include, "include")
  tables <- c(if (include) list(attr(x, "data")), unclass(x))
  number <- seq_along(tables) - include
  do.call(rbind, lapply(seq_along(tables), function(i) {
    table <- as.data.frame(tables[[i]])
    cbind(.imp = as.integer(number[i]), .id = seq_len(nrow(table)), table)
  }))
}
