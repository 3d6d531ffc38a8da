#' A restricted Boltzmann machine from known parameters
#'
#' Makes a model from its weights and biases, for example to sample from it, or
#' to look at parameters that were learned elsewhere. Use [rbm_fit()] to learn
#' them from data.
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
#' @param units Kinds of the visible units: `NULL` for binary ones, or strings
#'   `"binary"` and `"binomial(m)"`, the latter for counts from 0 to `m`, which
#'   is at most 1000. With names of rows of `W`, for these, and the others are
#'   binary; without names one for all units, or one for each.
#'   Or of all kinds of [rbm_units()], a string for each column of a table, in
#'   order, with numbers: `"categorical(3)"` has a row of `W` for each level,
#'   `"ordinal(levels = 5, degree = 2)"` two rows, others one; or a table of
#'   [rbm_units()].
#' @param hidden Kinds of the hidden units: `NULL` for binary ones, or such as
#'   `list(binary = 2, categorical = c(3, 4))`: the columns of `W` are those of
#'   two binary units, then three levels of a categorical unit, then four of
#'   another. Also `gaussian`, real numbers of variance 1 given the visible
#'   layer, and `relu`, such numbers of at least 0. Few of these two, some four,
#'   are integrated over; more are for chains and annealing.
#' @param d Extra parameters of the columns, in their order: the log of the
#'   precision of a Gaussian one, and a number for each inner level of an
#'   ordinal one. 0 where not given.
#' @param object,x A model.
#' @param scale For `coef()`: `"units"` for the parameters as they are, or
#'   `"data"` for those by which Gaussian columns have the user's units.
#' @param ... Not used.
#'
#' @return `rbm()` gives an object of class `rbm`, a list with elements `W` (nv
#'   x nh matrix), `b` and `c` (vectors of length nv and nh), `units` (the kinds
#'   of the two layers), `image_dim`, and `training` and `x`, which are `NULL`
#'   here and filled by [rbm_fit()]. Models of tables also have `columns` (see
#'   [rbm_units()]) and, where kinds have extra parameters, `d`. `coef()` gives
#'   `list(W, b, c)`, and `d` where there is one.
#'
#' @section Counts:
#' A binomial unit of size \eqn{m} has states 0 to \eqn{m} and one row of
#' \eqn{W}. It stands for \eqn{m} binary units with that row and one bias, of
#' which only the sum is known:
#' \deqn{p(v, h) \propto \exp(-E(v, h)) \prod_i {m_i \choose v_i},}{p(v, h) ~
#'   exp(-E(v, h)) prod_i choose(m_i, v_i),}
#' and given the hidden units it is binomial with \eqn{m} trials. Energies, free
#' energies and likelihoods include \eqn{-\log {m \choose v}}{-log choose(m,
#' v)}. Means of such units, where others have probabilities, are expected
#' counts. Hidden units are binary. Functions about pairs, goodness of fit and
#' the bootstrap, and `optimiser = "lbfgs"`, are for binary units alone.
#'
#' @section Errors:
#' All errors have class `harmonium_error`. Non-finite parameters, parameters
#' whose sizes add up to more than 1e300, biases whose number or names do not
#' match `W`, and unknown `units`, are errors.
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
#'
#' # A number and three levels above a hidden unit of two levels.
#' W <- rbind(c(1, -1), c(1, 0), c(0, 0), c(0, 1))
#' mixed <- rbm(W, units = c("gaussian", "categorical(3)"),
#'              hidden = list(categorical = 2), d = 0.5)
#' coef(object = mixed, scale = "units")$d
#' rbm_log_z(mixed)
#'
#' # A count of up to 10 beside a 0/1 column.
#' W <- matrix(c(0.3, 1), dimnames = list(c("visits", "member"), NULL))
#' counts <- rbm(W, units = c(visits = "binomial(10)"))
#' rbm_visible(counts, matrix(1))
#' @export
rbm <- function(W, b = NULL, c = NULL, image_dim = NULL, units = NULL,
                hidden = NULL, d = NULL) {
  check_given(missing(W), "W", "a matrix of weights")
  check_weights(W)
  check_size(nrow(W), ncol(W))
  b <- check_bias(b, "b", nrow(W), rownames(W), "rows")
  c <- check_bias(c, "c", ncol(W), colnames(W), "columns")
  storage.mode(W) <- "double"
  check_sums(W, b, c)
  kinds <- resolve_kinds(units, names(b), nrow(W))
  kinds$units[["hidden"]] <- check_hidden_kinds(hidden, ncol(W))
  d <- check_extras(d, kinds)
  check_exists(W, d, kinds$units)
  new_rbm(W, b, c, kinds$units, check_image_dim(image_dim, nrow(W)), d = d,
          columns = kinds$columns)
}

# The kinds of the visible layer of rbm(): of plain units as they always were, a
# string for each row of `W`; of others a string for each column of a table, or
# a table of rbm_units().
resolve_kinds <- function(units, names, count) {
  if (inherits(units, "rbm_units")) {
    check_units_table(units, units$column)
    text <- units_text(units)
    check_rows_of_units(sum(units$rows), count)
    return(list(units = replace(default_units(), "visible", text),
                columns = units))
  }
  if (is.null(units) || !is.character(units) || anyNA(units) ||
        all(grepl("^(binary|binomial)", units))) {
    return(list(units = resolve_units(units, names, count)))
  }
  said <- lapply(unname(units), read_kind)
  if (!is.null(names(units))) {
    abort(
      "units_named",
      sprintf("`units` has names, `%s`, and kinds that go by order.",
              legible(names(units)[1L])),
      "Give a string for each column, in order and without names, or a table",
      "of rbm_units()."
    )
  }
  kind <- vapply(said, `[[`, "", "kind")
  size <- vapply(said, `[[`, 0L, "size")
  open <- is.na(size) & kind %in% c("categorical", "ordinal", "binomial",
                                    "count")
  if (any(open)) {
    abort(
      "units_size",
      sprintf("`units` has \"%s\" without a number.", units[open][1L]),
      paste0("Say how many levels, as in \"categorical(3)\" and ",
             "\"ordinal(levels = 5, degree = 2)\",\nor how many there can be, ",
             "as in \"count(20)\".")
    )
  }
  degree <- vapply(said, `[[`, 0L, "degree")
  two <- kind == "ordinal" & (degree %in% 2L | (is.na(degree) & size >= 4L))
  rows <- ifelse(kind == "categorical", size, ifelse(two, 2L, 1L))
  if (length(units) == 1L && is.null(names(units)) && rows == 1L) {
    rows <- rep(rows, count)
    kind <- rep(kind, count)
    size <- rep(size, count)
  }
  check_rows_of_units(sum(rows), count)
  list(units = replace(default_units(), "visible",
                       layer_text(core_kind(kind, rows), size)))
}

check_rows_of_units <- function(rows, count) {
  if (rows != count) {
    abort(
      "units_rows",
      sprintf("`units` stands for %s of `W`; it has %s.",
              counted(rows, "row"), big(count)),
      "A categorical column has a row for each level, an ordinal one of degree",
      "2 has two, others have one."
    )
  }
}

# Kinds of hidden units, as the text of their layer: a number, or numbers by
# kind, with the levels of each categorical unit. `count`, where it is known, is
# how many columns of weights there are.
check_hidden_kinds <- function(hidden, count = NULL) {
  if (is.null(hidden)) {
    return(default_units()[["hidden"]])
  }
  kinds <- names(hidden)
  known <- hidden_kinds
  if (is_number(hidden) && !isTRUE(kinds %in% known)) {
    hidden <- list(binary = hidden)
    kinds <- "binary"
  }
  given <- hidden
  hidden <- as.list(hidden)
  if (!length(hidden) || is.null(kinds) || !all(kinds %in% known) ||
        anyDuplicated(kinds)) {
    abort(
      "hidden_kind",
      sprintf("`hidden` must be a number of units, or numbers by kind, not %s.",
              describe(given)),
      "As in `hidden = list(binary = 10, categorical = c(4, 4))`, where each",
      "categorical unit has its number of levels."
    )
  }
  sizes <- unlist(lapply(kinds, function(kind) {
    sizes <- hidden[[kind]]
    if (kind != "categorical") {
      return(rep(1L, check_count(sizes, "hidden")))
    }
    if (!is.numeric(sizes) || !length(sizes) ||
          !all(sizes %in% seq.int(2L, size_range("categorical")[2L]))) {
      abort("hidden_levels",
            sprintf(paste("A categorical hidden unit has from 2 to %d levels,",
                          "not %s."), size_range("categorical")[2L],
                    if (is.numeric(sizes) && length(sizes)) {
                      paste(format(sizes, trim = TRUE), collapse = ", ")
                    } else {
                      describe(sizes)
                    }),
            "As in `hidden = list(categorical = c(4, 4))`.")
    }
    as.integer(sizes)
  }))
  of <- rep(kinds, vapply(kinds, function(kind) {
    if (kind == "categorical") {
      length(hidden[[kind]])
    } else {
      as.integer(hidden[[kind]])
    }
  }, 0L))
  if (all(of == "binary")) {
    sizes <- rep(1L, length(of))
    text <- default_units()[["hidden"]]
  } else {
    text <- layer_text(ifelse(of == "gaussian", "normal", of), sizes)
  }
  if (!is.null(count) && sum(sizes) != count) {
    abort(
      "hidden_columns",
      sprintf("`hidden` stands for %s of `W`; it has %s.",
              counted(sum(sizes), "column"), big(count))
    )
  }
  if (is.null(count)) list(text = text, kinds = of, sizes = sizes) else text
}

# What `hidden` may name.
hidden_kinds <- c("binary", "categorical", "gaussian", "relu")

# Whether Z is finite: Poisson columns need bounded hidden units, and Gaussian
# ones not too much of real ones, the largest eigenvalue of W'SW below 1 where S
# are their variances.
check_exists <- function(W, d, texts) {
  visible <- layer_columns(texts[["visible"]], nrow(W))
  hidden <- layer_columns(texts[["hidden"]], ncol(W))
  real <- which(rep(hidden$kind %in% c("normal", "relu"), hidden$rows))
  if (!length(real)) {
    return(invisible())
  }
  if (any(visible$kind == "poisson")) {
    abort(
      "z_poisson",
      "Poisson columns over Gaussian or rectified hidden units have no",
      "distribution: Z is infinite. Use \"count(max)\", or binary hidden units."
    )
  }
  largest <- largest_eigenvalue(W, d, visible, real)
  if (largest >= 1) {
    abort(
      "z_improper",
      sprintf(paste("Gaussian columns over these hidden units have no",
                    "distribution: the largest eigenvalue of W'SW is %.3g,",
                    "where S are the variances of the columns."), largest),
      sprintf("It must be below 1: multiply their weights by %.2g.",
              sqrt(0.99 / largest))
    )
  }
}

largest_eigenvalue <- function(W, d, visible, real) {
  rows <- rep(visible$kind == "gaussian", visible$rows)
  if (!any(rows)) {
    return(0)
  }
  tau <- d[rep(visible$kind == "gaussian", extras_of(visible))]
  part <- W[rows, real, drop = FALSE] * exp(-tau / 2)
  max(eigen(crossprod(part), TRUE, only.values = TRUE)$values)
}

# Extra parameters of the kinds of both layers.
check_extras <- function(d, kinds) {
  count <- count_extras(kinds$units[["visible"]], 1L)
  if (is.null(d)) {
    d <- numeric(count)
  }
  if (!is.numeric(d) || length(d) != count || !all(is.finite(d))) {
    abort(
      "extras",
      sprintf("`d` must be %s, not %s.", counted(count, "finite number"),
              describe(d)),
      "The log precision of each Gaussian column, and a number for each inner",
      "level of an ordinal one, in the order of the columns."
    )
  }
  if (count > 0L) stats::setNames(as.double(d), names(d))
}

# The one place where an object of class rbm is made.
new_rbm <- function(W, b, c, units = NULL, image_dim = NULL, training = NULL,
                    x = NULL, d = NULL, columns = NULL) {
  if (is.null(units)) {
    units <- default_units()
  }
  if (is.null(rownames(W))) {
    rownames(W) <- names(b)
  }
  if (is.null(colnames(W))) {
    colnames(W) <- names(c)
  }
  names(b) <- rownames(W)
  names(c) <- colnames(W)
  # What only models of tables have.
  more <- list(d = d, columns = columns)
  structure(
    c(list(W = W, b = b, c = c, units = units, image_dim = image_dim,
           training = training, x = x), more[!vapply(more, is.null, NA)]),
    class = "rbm"
  )
}

# The kinds of both layers, where nothing else is said: the first that C knows.
default_units <- function() {
  kind <- .Call(ffi_kinds)$unit[1L]
  c(visible = kind, hidden = kind)
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

# Energies are sums of any of the parameters, and products of sums with few more
# numbers than these: what is left up to the largest double, 1.8e308, is enough.
most_sum <- 1e300

check_sums <- function(W, b, c) {
  total <- sum(abs(W)) + sum(abs(b)) + sum(abs(c))
  if (total > most_sum) {
    abort(
      "parameters_large",
      sprintf(paste("The sizes of all parameters add up to %s; at most %g can",
                    "be added up safely. The largest is %.3g."),
              if (is.finite(total)) sprintf("%.3g", total) else
                "more than the largest number",
              most_sum, max(abs(W), abs(b), abs(c))),
      "Scale the parameters down: rbm(W / 1e10, b / 1e10, c / 1e10)."
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
coef.rbm <- function(object, ..., scale = c("units", "data")) {
  check_dots_empty(...)
  check_model(object)
  scale <- check_choice(scale, c("units", "data"), "scale")
  if (scale == "data" && has_columns(object)) {
    object <- in_data_units(object)
  }
  structure(unclass(object)[c("W", "b", "c", if (!is.null(object$d)) "d")],
            class = c("rbm_coef", "list"))
}

#' @export
print.rbm_coef <- function(x, digits = 3, ...) {
  check_dots_empty(...)
  digits <- check_count(digits, "digits", max = 15)
  about <- c(W = "weights, visible units by hidden", b = "biases of visible",
             c = "biases of hidden", d = "log precisions and the like")
  for (name in intersect(names(about), names(x))) {
    value <- x[[name]]
    size <- if (is.matrix(value)) dim(value) else length(value)
    cat(sprintf("$%s: %s %s\n", name, paste(size, collapse = " x "),
                about[[name]]))
    rows <- utils::head(seq_len(NROW(value)), 6L)
    columns <- utils::head(seq_len(NCOL(value)), 6L)
    shown <- if (is.matrix(value)) value[rows, columns, drop = FALSE] else
      value[rows]
    print(signif(shown, digits), digits = digits)
    if (any(size > 6L)) {
      cat("...\n")
    }
  }
  invisible(x)
}

# The same model of columns that are not standardised: with x = (y - m) / s an
# input a of x is a / s of y, and m moves what x sends to the hidden units.
in_data_units <- function(object) {
  columns <- object$columns
  extra <- extra_names(columns)
  for (i in which(columns$kind == "gaussian")) {
    at <- units_of_column(columns, i)
    s <- columns$scale[i]
    m <- columns$location[i]
    d <- match(columns$column[i], extra)
    object$c <- object$c - object$W[at, ] * m / s
    object$W[at, ] <- object$W[at, ] / s
    object$d[d] <- object$d[d] - 2 * log(s)
    object$b[at] <- object$b[at] / s + exp(object$d[d]) * m
  }
  object
}

#' @rdname rbm
#' @export
print.rbm <- function(x, ...) {
  check_dots_empty(...)
  check_model(x, "x", "show")
  cat(format(x), "\n", sep = "")
  if (is.null(x$training)) {
    cat("Parameters as given, not trained here\n")
  } else {
    cat(training_in_words(x), sep = "\n")
  }
  invisible(x)
}

# Whole numbers, whatever mark for decimals the options ask for.
big <- function(n) {
  format(n, big.mark = ",", decimal.mark = ".", trim = TRUE, scientific = FALSE)
}

# "1 case", "1,797 cases".
counted <- function(n, noun) paste0(big(n), " ", noun, if (n != 1) "s")

kinds_in_words <- function(object) {
  visible <- visible_in_words(object)
  hidden <- object$units[["hidden"]]
  if (is_general(object)) {
    count <- length(object$c)
    hidden <- columns_in_words(layer_columns(hidden, count))
  }
  if (visible == hidden) {
    paste("both", visible)
  } else {
    sprintf("visible %s, hidden %s", visible, hidden)
  }
}

# The estimator with its numbers: "CD-5", "PCD-1 on 100 chains".
method_in_words <- function(control) {
  sweeps <- paste0("CD-", control$k)
  switch(
    control$estimator,
    exact = "the exact gradient",
    pl = "pseudo-likelihood",
    cd = sweeps,
    mf = paste("mean-field", sweeps),
    ucd = paste("unbiased", sweeps),
    pcd = sprintf("P%s on %s", sweeps, counted(control$chains, "chain")),
    fpcd = sprintf("FP%s on %s", sweeps, counted(control$chains, "chain")),
    pt = sprintf("PT-%d on %s of %d temperatures", control$k,
                 counted(control$chains, "ladder"), control$temperatures)
  )
}

training_in_words <- function(object) {
  training <- object$training
  if (!is.null(training$maximum)) {
    return(maximum_in_words(training))
  }
  history <- training$history
  by <- sprintf("Trained with %s on %s:", method_in_words(training$settings),
                counted(training$n, "case"))
  done <- sprintf("%s of %s in %s", big(nrow(history)),
                  counted(training$settings$epochs, "epoch"),
                  seconds_in_words(training$seconds))
  c(
    if (nchar(by) + nchar(done) < 80L) {
      paste(by, done)
    } else {
      c(by, paste0("  ", done))
    },
    ending_in_words(training),
    if (!is.null(training$best_epoch) && !isTRUE(training$settings$average)) {
      sprintf("This is the model of epoch %s, the best on held-out cases",
              big(training$best_epoch))
    },
    if (nrow(history) && !identical(training$pilots$kept, FALSE)) {
      last_look_in_words(training)
    },
    pilots_in_words(training)
  )
}

# How the training ended, where not after its last epoch.
ending_in_words <- function(training) {
  switch(
    training$stopped,
    interrupted = if (is.null(training$best_epoch)) {
      "INTERRUPTED: this is the model at that moment"
    } else {
      "INTERRUPTED"
    },
    callback = "Stopped by the callback",
    checkpoint = "A checkpoint of a fit under way",
    patience = sprintf("Stopped: no better on held-out cases in %s",
                       counted(training$settings$patience, "epoch")),
    diverged = "Training then DIVERGED: this is the model before that"
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

# The row of the history that is about this model: the best one's, where that
# was kept, and else the last; with what was monitored last where it was not
# then.
row_of_model <- function(training) {
  history <- training$history
  epoch <- c(training$best_epoch, nrow(history))[1L]
  row <- history[epoch, ]
  if (nrow(row) && is.na(row$pseudo_log_lik)) {
    seen <- c("reconstruction_error", "pseudo_log_lik", "pseudo_log_lik_se",
              "hidden_activity", "valid_pseudo_log_lik", "free_energy_gap")
    known <- newest_row(history[seq_len(epoch), ], "pseudo_log_lik")
    if (nrow(known)) row[seen] <- known[seen]
    of_kinds <- grep("deviance_", names(history), value = TRUE, fixed = TRUE)
    if (length(of_kinds)) {
      known <- newest_row(history[seq_len(epoch), ], of_kinds[1L])
      if (nrow(known)) row[of_kinds] <- known[of_kinds]
    }
  }
  row
}

last_look_in_words <- function(training) {
  row <- row_of_model(training)
  if (!is.null(training$table) && !is.na(row$reconstruction_error)) {
    return(c(
      table_in_words(training$table),
      sprintf("Reconstruction error %.4f per unit (mean square)",
              row$reconstruction_error),
      if (!learns_targets(training$table)) {
        c(deviance_in_words(row, training$table$deviance),
          sprintf("Log-likelihood of independent columns %.4f nats per case",
                  training$independent_log_lik))
      },
      likelihood_in_words(training), classes_in_words(row),
      chains_in_words(training)
    ))
  }
  if (is.na(row$pseudo_log_lik)) {
    return(chains_in_words(training)) # stopped before the first look
  }
  c(
    sprintf("Reconstruction error %.4f per unit (mean square)",
            row$reconstruction_error),
    sprintf("Pseudo-log-likelihood %.2f nats per case%s",
            row$pseudo_log_lik,
            if (row$pseudo_log_lik_se > 0) {
              sprintf(" (s.e. %.2f, from %s)", row$pseudo_log_lik_se,
                      counted(training$monitored, "case"))
            } else {
              " (all cases, all units)"
            }),
    baseline_in_words(training, row),
    likelihood_in_words(training),
    if (is.null(training$pilots$score) || training$pilots$refitted) {
      held_out_in_words(row)
    },
    chains_in_words(training)
  )
}

# What independent columns have, and what to do where the model is no better. A
# gain is nothing where it is below one per cent and below what so many weights
# gain from noise, half a nat each in total.
baseline_in_words <- function(training, row) {
  baseline <- training$independent_log_lik
  gain <- row$pseudo_log_lik - baseline
  doubt <- 2 * min(row$pseudo_log_lik_se, 1)
  weights <- length(training$base_log_odds) * training$hidden
  least <- min(0.01 * abs(baseline), 0.5 * weights / training$n)
  units <- "independent units with the data's means"
  if (gain < -worse_by(training) - doubt) {
    c(sprintf("WORSE than %s, which have %.2f", units, baseline),
      "  Use a smaller `learning_rate`, a `weight_decay`, or no setting at all")
  } else if (gain + doubt < least) {
    c(sprintf("NO BETTER than %s, which have %.2f", units, baseline),
      if (isTRUE(training$pilots$automatic)) {
        "  The columns may be independent; more cases would tell"
      } else {
        c("  Nothing is learned yet: use more `epochs`, a larger",
          "  `learning_rate` or no setting at all; or columns are independent")
      })
  } else {
    sprintf("Baseline: %s have %.2f", units, baseline)
  }
}

# How far below its columns' own means a model is worse than they: one per cent,
# and what half a case on and off, which it starts from, costs at most.
worse_by <- function(training) {
  0.01 * abs(training$independent_log_lik) +
    0.5 * length(training$base_log_odds) / training$n
}

# The newest likelihood up to the epoch that the model is of.
likelihood_in_words <- function(training) {
  history <- training$history
  known <- which(!is.na(history$log_lik) &
                   history$epoch <= row_of_model(training)$epoch)
  if (length(known)) {
    last <- history[max(known), ]
    c(sprintf("Log-likelihood%s %.2f nats per case after %s%s",
              if (learns_targets(training$table)) " of targets" else "",
              last$log_lik,
              counted(last$epoch, "epoch"), doubt_in_words(last$log_lik_se)),
      if (learns_targets(training$table)) {
        sprintf("  %.2f of their frequencies alone",
                training$independent_log_lik)
      },
      if (last$log_lik + 2 * last$log_lik_se <
            training$independent_log_lik - worse_by(training)) {
        "  This is WORSE than independent units"
      })
  }
}

doubt_in_words <- function(se) {
  if (se > 0) sprintf(" (s.e. %.2g)", se) else " (exact)"
}

# What the history says of held-out targets.
classes_in_words <- function(row) {
  if (isTRUE(is.finite(row$valid_accuracy))) {
    sprintf(paste("Held-out targets have log-likelihood %.2f, %.1f %% are",
                  "right"), row$valid_log_lik, 100 * row$valid_accuracy)
  }
}

held_out_in_words <- function(row) {
  if (!is.na(row$valid_log_lik)) {
    sprintf("Held-out cases have log-likelihood %.2f%s", row$valid_log_lik,
            doubt_in_words(row$valid_log_lik_se))
  } else if (!is.na(row$valid_pseudo_log_lik)) {
    sprintf("Held-out cases have pseudo-log-likelihood %.2f",
            row$valid_pseudo_log_lik)
  }
}

# The R-hat of a fit's chains from which on they are out of equilibrium.
out_of_step <- 1.1

# Whether the negative phase stands for the model, as far as its chains tell.
chains_in_words <- function(training) {
  switch(
    training$settings$estimator,
    pcd = ,
    fpcd = look_in_words(training),
    pt = c(look_in_words(training), ladders_in_words(training)),
    ucd = meetings_in_words(training)
  )
}

# What the last look at persistent chains has found.
look_in_words <- function(training) {
  control <- training$settings
  if (control$chains < least_chains) {
    return(paste("Whether one chain is in equilibrium cannot be told:",
                 "use more `chains`"))
  }
  last <- training$chains
  when <- ""
  if (is.null(last)) {
    last <- newest_row(training$history, "chain_rhat")
    if (nrow(last) && last$epoch < nrow(training$history)) {
      when <- sprintf(" in epoch %s", big(last$epoch))
    }
  }
  if (length(last$chain_rhat) == 0L || is.na(last$chain_rhat)) {
    return(NULL)
  }
  about <- sprintf("R-hat %.2f, autocorrelation %.2f%s", last$chain_rhat,
                   round(last$chain_autocorrelation, 2L) + 0, when)
  if (last$chain_rhat <= out_of_step) {
    return(paste("Chains mix:", about))
  }
  c(paste("Chains OUT OF EQUILIBRIUM:", about),
    if (control$estimator == "pt") {
      "  Use more `temperatures`, a smaller `learning_rate`, or a larger `k`"
    } else {
      "  Use `estimator = \"pt\"`, a smaller `learning_rate`, or a larger `k`"
    })
}

# The last row of a history in which this column was found, or none.
newest_row <- function(history, column) {
  history[max(which(!is.na(history[[column]])), 0L), ]
}

# How often neighbours on a ladder should change places at least.
rare_swaps <- 0.2

ladders_in_words <- function(training) {
  rate <- newest_row(training$history, "swap_rate")$swap_rate
  if (length(rate) == 0L) {
    return(NULL)
  }
  about <- sprintf("change places in %.0f %% of tries, where rarest",
                   100 * rate)
  if (rate >= rare_swaps) {
    return(paste("Neighbours on the ladders", about))
  }
  c(paste("Ladders have a GAP: neighbours", about), "  Use more `temperatures`")
}

meetings_in_words <- function(training) {
  row <- newest_row(training$history, "meeting_time")
  if (nrow(row) == 0L) {
    return(NULL)
  }
  if (row$unmet == 0) {
    return(sprintf("Coupled chains met after %.1f sweeps on average",
                   row$meeting_time))
  }
  c(sprintf(paste("Coupled chains ran for %.1f sweeps on average; %.2g %% did",
                  "NOT MEET"), row$meeting_time, 100 * row$unmet),
    sprintf("  in %s, so that the gradient is biased: use more `max_sweeps`",
            counted(training$settings$max_sweeps, "sweep")))
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
  check_model(object, need = "show")
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
  check_sound(is_plain_list(x, c("sizes", "parameters", "words")), "x",
              "summary of a model", "summary()")
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
    cat("", strwrap(paste("Settings:", settings_in_words(x$training$settings)),
                    width = 76L, exdent = 2L), sep = "\n")
  }
  invisible(x)
}

# The settings that this estimator, this optimiser and this schedule read.
settings_that_matter <- function(control) {
  estimator <- control$estimator
  if (control$optimiser == "lbfgs") {
    return(c("estimator", "optimiser", "epochs", "weight_decay", "starts",
             if (!is.null(control$threads)) "threads"))
  }
  own <- list(
    average = isTRUE(control$average),
    starts = FALSE,
    k = !estimator %in% c("pl", "exact"),
    chains = is_persistent(estimator),
    temperatures = estimator == "pt",
    max_sweeps = estimator == "ucd",
    fast_rate = estimator == "fpcd",
    fast_decay = estimator == "fpcd",
    offset_rate = control$parameterisation != "plain",
    learning_rate = !is_own_schedule(control$schedule),
    decay = any(c("exponential", "inverse") %in% list(control$schedule)),
    momentum = control$optimiser != "adam",
    beta1 = control$optimiser == "adam",
    beta2 = control$optimiser == "adam",
    epsilon = control$optimiser == "adam",
    weight_decay = control$weight_decay > 0,
    l1 = control$l1 > 0,
    max_norm = is.finite(control$max_norm),
    sparsity_target = control$sparsity_cost > 0,
    sparsity_cost = control$sparsity_cost > 0,
    evaluate_every = control$evaluate_every > 0,
    monitor_every = isTRUE(control$monitor_every > 1),
    patience = is.finite(control$patience),
    checkpoint_every = control$checkpoint_every > 1,
    threads = !is.null(control$threads)
  )
  names <- names(control)
  names[!names %in% names(own)[!unlist(own)]]
}

settings_in_words <- function(control) {
  names <- settings_that_matter(control)
  values <- vapply(unclass(control)[names], function(value) {
    if (is.function(value)) "a function" else format(value)
  }, "")
  if (identical(control$schedule, own_schedule)) {
    values["schedule"] <- "a function (not saved)"
  }
  paste(names, values, sep = " = ", collapse = ", ")
}
