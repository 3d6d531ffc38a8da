# Models of tables: what is computed of cases of which cells may be missing.

# Whether the visible layer has kinds that chains cannot have, or the hidden
# one.
is_general <- function(object) {
  any(grepl("+", object$units, fixed = TRUE)) ||
    !all(sub("\\(.*", "", object$units) %in% counted_kinds())
}

counted_kinds <- function() {
  kinds <- .Call(ffi_kinds)
  kinds$unit[kinds$counted]
}

# Models of other units are not for this function.
check_plain_units <- function(object, what) {
  if (is_general(object)) {
    abort(
      "units_general",
      sprintf("%s is for models of binary and binomial units.", what),
      sprintf("This one has %s.", kinds_in_words(object)),
      "For columns of all kinds there are rbm_hidden(), rbm_conditional(),",
      "rbm_impute(), predict(), logLik(), rbm_log_z(), rbm_sample(),",
      "rbm_moments(), rbm_check() and rbm_couplings()."
    )
  }
}

# Cells of which may be missing, coded as the model's units.
table_cases <- function(coded, rows, columns) {
  cases <- new_cases(nrow(coded), ncol(coded), list(rows, columns),
                     reals = coded)
  cases$table <- TRUE
  cases
}

is_table <- function(cases) isTRUE(cases$table)

# How many of these cases lack a cell.
count_incomplete <- function(cases, rows = TRUE) {
  sum(rowSums(is.na(cases$reals[rows, , drop = FALSE])) > 0)
}

has_columns <- function(object) !is.null(object$columns)

# `x` as the units of a model of a table. Without missing cells and other kinds
# than chains know, as other cases are.
read_columns <- function(object, x, name) {
  data <- as_table(x, name)
  coded <- code_table(data, object$columns, name,
                      fresh = identical(x, object$x))
  rows <- names_of_rows(data)
  if (anyNA(coded) || is_general(object)) {
    return(table_cases(coded, rows, names(object$b)))
  }
  size <- sizes_of(object)
  cases <- as_cases(coded, name, size = size)
  cases$dimnames <- list(rows, names(object$b))
  cases
}

names_of_rows <- function(data) {
  rows <- attr(data, "row.names")
  if (is.character(rows)) rows else NULL
}

# Cases of a model without a table, of which cells may be missing: a matrix with
# a column for each unit.
read_units <- function(object, x, name) {
  x <- as_plain_matrix(x, name)
  check_columns(ncol(x), colnames(x), object$b, name)
  storage.mode(x) <- "double"
  x[is.nan(x)] <- NA
  check_unit_values(object, x, name)
  table_cases(unname(x), rownames(x), names(object$b))
}

# States of each column of units, or missing throughout.
check_unit_values <- function(object, x, name) {
  columns <- layer_columns(object$units[["visible"]], ncol(x))
  first <- cumsum(c(1L, columns$rows))
  for (i in seq_len(nrow(columns))) {
    at <- seq.int(first[i], length.out = columns$rows[i])
    part <- x[, at, drop = FALSE]
    missing <- rowSums(is.na(part))
    K <- columns$size[i]
    good <- switch(
      columns$kind[i],
      binary = part[, 1L] %in% c(0, 1),
      categorical = rowSums(part == 1 | part == 0) == K & rowSums(part) == 1,
      binomial = , count = part[, 1L] %in% 0:K,
      poisson = part[, 1L] >= 0 & part[, 1L] == round(part[, 1L]),
      gaussian = is.finite(part[, 1L]),
      are_scores(part, K)
    )
    bad <- missing > 0L & missing < length(at) | (missing == 0L & !(good %in%
                                                                      TRUE))
    if (any(bad)) {
      abort(
        "unit_values",
        sprintf("`%s` has values that are no states of %s unit, %s.", name,
                switch(columns$kind[i], ordinal = , ordinal2 = "an ordinal",
                       paste("a", columns$kind[i])),
                places(at[1L], sum(bad), 1L, names(object$b))),
        wanted_states(columns$kind[i], K)
      )
    }
  }
}

# Whether rows are the score of a level, and its square where there is one.
are_scores <- function(x, K) {
  codes <- ordinal_codes(K, ncol(x))
  level <- pmin(pmax(round(x[, 1L] * (K - 1)), 0), K - 1) + 1
  rowSums(abs(x - codes[level, , drop = FALSE]) >= 1e-9) == 0
}

# What a unit's values are, in words.
wanted_states <- function(kind, size) {
  switch(
    kind,
    binary = "They must be 0, 1 or NA.",
    categorical = paste("One of its levels must be 1 and the others 0, or all",
                        "be NA."),
    binomial = , count = sprintf(
      "They must be whole numbers from 0 to %d, or NA.", size
    ),
    poisson = "They must be whole numbers from 0, or NA.",
    gaussian = "They must be finite, or NA.",
    ordinal2 = paste("They must be the scores of its levels from 0 to 1 and",
                     "their squares\nabout the mean, or NA."),
    "They must be the scores of its levels from 0 to 1, or NA."
  )
}

# How many joint states the hidden layer has, Inf where too many; those of real
# units are nodes, which go as far as the cases want.
hidden_states <- function(object, cases = nothing_seen(object)) {
  .Call(ffi_observed_states, unclass(object), cases)
}

# A case of which nothing is seen.
nothing_seen <- function(object, n = 1L) {
  table_cases(matrix(NA_real_, n, nrow(object$W)), NULL, NULL)
}

# The most hidden states that are enumerated for each incomplete case.
most_hidden_states <- 2^16

check_hidden_states <- function(object, what = "An exact answer",
                                most = most_hidden_states) {
  states <- hidden_states(object)
  if (states > most) {
    abort(
      "hidden_states",
      sprintf("%s would visit %s states of the hidden layer.", what,
              if (is.finite(states)) {
                format(states, digits = 3L, big.mark = ",")
              } else {
                "more than 33 million"
              }),
      sprintf("At most %s are enumerated: use fewer hidden units.", big(most))
    )
  }
}

# `what` of cells that may be missing, as C has it.
observe <- function(object, cases, what, column = 1L, key = NULL) {
  if (hidden_states(object, cases) > most_hidden_states) {
    return(observe_otherwise(object, cases, what, column, key))
  }
  enumerate(object, cases, what, column, key)
}

enumerate <- function(object, cases, what, column = 1L, key = NULL) {
  hardware <- resolve_hardware()
  passes <- if (identical(what, "log_sum")) 1 else 2
  with_progress(
    "Enumerating states", passes * cases$n * hidden_states(object, cases),
    .Call(ffi_observed, unclass(object), cases, what, column, key, hardware)
  )
}

# -log sum_h,missing exp(-E) of each case. With all seen that takes no states.
table_free_energy <- function(object, cases) {
  if (!anyNA(cases$reals)) {
    return(.Call(ffi_free_energy, unclass(object), cases, resolve_hardware()))
  }
  -observe(object, cases, "log_sum")$log_sum
}

# log Z of a model with kinds that are not walked: a case of which nothing is
# seen.
table_log_z <- function(object) {
  check_hidden_states(object, "log Z", 2^25)
  enumerate(object, nothing_seen(object), "log_sum")$log_sum
}

# What the densities of Gaussian columns are less in the user's units: the log
# of their scale, for each seen cell.
log_scale <- function(object, cases) {
  if (!has_columns(object) || !is_table(cases)) {
    return(0)
  }
  columns <- object$columns
  at <- which(columns$kind == "gaussian")
  if (!length(at)) {
    return(0)
  }
  units <- vapply(at, function(i) units_of_column(columns, i)[1L], 0)
  drop((!is.na(cases$reals[, units, drop = FALSE])) %*% log(columns$scale[at]))
}

# The hidden layer given what is seen.
table_hidden <- function(object, cases, type) {
  if (type == "probability" && anyNA(cases$reals)) {
    out <- observe(object, cases, "h")$h
  } else if (type == "probability") {
    out <- .Call(ffi_conditional, unclass(object), "hidden", cases, type, NULL,
                 resolve_hardware())
  } else {
    complete <- cases
    if (anyNA(cases$reals)) {
      if (type == "input") {
        abort("missing_input",
              "The inputs of hidden units need cases without missing values.",
              "Use `type = \"probability\"`, which sums these out.")
      }
    }
    key <- if (type == "sample") draw_key()
    if (anyNA(cases$reals)) {
      complete$reals <- observe(object, cases, "draw", key = key)$draw
    }
    out <- .Call(ffi_conditional, unclass(object), "hidden", complete, type,
                 sub_key(key, "part"), resolve_hardware())
    if (is.list(out)) {
      out <- all_rows(out)
    }
    if (type == "sample" && !has_real_units(object)) {
      storage.mode(out) <- "integer"
    }
  }
  name_cases(out, cases$dimnames[[1L]], names(object$c))
}

has_real_units <- function(object) {
  grepl("normal|relu", object$units[["hidden"]])
}

# How many parameters are free: the levels of a categorical unit may move
# together, the square of an ordinal one is as good as its extras, and normal
# hidden units may be moved and turned.
free_parameters <- function(object) {
  if (!is_general(object)) {
    return(length(object$W) + length(object$b) + length(object$c))
  }
  visible <- layer_columns(object$units[["visible"]], nrow(object$W))
  hidden <- layer_columns(object$units[["hidden"]], ncol(object$W))
  loose <- function(columns) sum(columns$kind == "categorical")
  nv <- nrow(object$W) - loose(visible)
  nh <- ncol(object$W) - loose(hidden)
  normal <- sum(hidden$kind == "normal")
  nv * nh + nv + nh + length(object$d) - sum(visible$kind == "ordinal2") -
    normal - normal * (normal - 1) / 2
}

# Whether `x` is a matrix that has a column for each unit of a table's model.
is_in_units <- function(object, x) {
  is.matrix(x) && ncol(x) == nrow(object$W) &&
    (is.null(colnames(x)) || identical(colnames(x), names(object$b))) &&
    (identical(attr(object$columns, "shape"), "data frame") ||
       is_general(object))
}

# Independent draws of the visible layer, given some of it, exact: as a table of
# the user's classes where the model has one.
sample_general <- function(object, n, type, given) {
  check_hidden_states(object, "An exact draw")
  cases <- if (is.null(given)) {
    nothing_seen(object, n)
  } else {
    known_rows(object, given, n, "samples")
  }
  key <- draw_key()
  draw_missing(object, cases, key, type)
}

# What is given of `n` draws or chains: a row for each, or one for all.
known_rows <- function(object, given, n, of) {
  known <- as_cells(object, as_given_table(object, given), "given")
  if (!known$n %in% c(1L, n)) {
    abort("given_rows_many",
          sprintf("`given` has %s; there are %s.",
                  counted(known$n, "row"), paste(big(n), of)),
          sprintf("Give one row for all %s, or a row for each.", of),
          several_in_words(known$n, of))
  }
  if (known$n == n) known else take_cases(known, rep(1L, n))
}

# What is missing drawn, or as means, the rest as it is.
draw_missing <- function(object, cases, key, type) {
  rows <- cases$dimnames[[1L]]
  if (type == "probability") {
    out <- in_user_units(object, observe(object, cases, "v")$v)
    return(name_cases(out, rows, names(object$b)))
  }
  out <- if (anyNA(cases$reals)) {
    observe(object, cases, "draw", key = key)$draw
  } else {
    cases$reals
  }
  if (has_columns(object)) {
    return(decode_table(out, object$columns, rows))
  }
  name_cases(out, rows, names(object$b))
}

# Some columns of a table, the others missing; a named vector is one row.
as_given_table <- function(object, given, name = "given") {
  columns <- object$columns
  if (is.null(columns)) {
    if (is.null(dim(given)) && is.atomic(given)) {
      given <- matrix(given, 1L, dimnames = list(NULL, names(given)))
    }
    return(place_given(as_plain_matrix(given, name), names(object$b),
                       length(object$b), name))
  }
  if (is_in_units(object, given)) {
    return(given)
  }
  if (!is.data.frame(given) && is.null(dim(given))) {
    given <- as.list(given)
  }
  if (is.list(given) && !is.data.frame(given)) {
    given <- as.data.frame(given, optional = TRUE, stringsAsFactors = FALSE)
  }
  if (!is.data.frame(given)) {
    return(given)
  }
  unknown <- setdiff(names(given), columns$column)
  if (length(unknown)) {
    abort(
      "given_unknown",
      sprintf("`%s` names %s that the model lacks: %s.", name,
              counted(length(unknown), "column"), quote_names(unknown)),
      sprintf("Its columns are %s.", quote_names(columns$column))
    )
  }
  given[setdiff(columns$column, names(given))] <- NA
  given[columns$column]
}

# The core's flat vector [W by rows | b | c | d] as its parts.
parts_from <- function(theta, nv, nh) {
  size <- nv * nh
  list(W = matrix(theta[seq_len(size)], nv, nh, byrow = TRUE),
       b = theta[size + seq_len(nv)], c = theta[size + nv + seq_len(nh)],
       d = theta[seq_len(length(theta) - size - nv - nh) + size + nv + nh])
}

# Some columns given others, of a model of a table: means of all units, a draw
# of the table, or the log-probability of what is given.
conditional_general <- function(object, given, type, ...) {
  check_absent_given(given)
  cases <- as_cells(object, as_given_table(object, given), "given")
  if (type == "log_prob") {
    return(log_prob(object, cases, ...))
  }
  draw_missing(object, cases, if (type == "sample") draw_key(), type)
}

# Cases with cells that may be missing, as such also where none is.
as_cells <- function(object, x, name) {
  cases <- as_visible(object, x, name, missing = TRUE)
  if (is_table(cases)) {
    return(cases)
  }
  table_cases(all_rows(cases) + 0, cases$dimnames[[1L]], names(object$b))
}

# What predict() says of the target columns given all others: the most probable
# value, or probabilities, or mean and standard deviation.
predict_target <- function(object, newdata, target, type) {
  target <- if (is.null(target)) object$training$target else target
  object <- with_own_columns(object, newdata)
  columns <- object$columns
  used <- columns$column[columns$rows > 0L]
  if (is.null(target)) {
    abort("target_missing",
          "`target` must name the columns to predict.",
          sprintf("The columns are %s.", quote_names(used)))
  }
  if (!is.character(target) || !length(target) || !all(target %in% used)) {
    abort("target_names",
          sprintf("`target` must name columns of the model, not %s.",
                  describe_names(target, used)),
          sprintf("The columns are %s.", quote_names(used)))
  }
  known <- as_given_table(object, newdata, "newdata")
  if (is.data.frame(known)) {
    known[target] <- NA
  }
  cases <- as_cells(object, known, "newdata")
  for (name in target) {
    i <- match(name, columns$column)
    cases$reals[, units_of_column(columns, i)] <- NA
  }
  cases$reals[] <- as.double(cases$reals)
  found <- lapply(stats::setNames(nm = target), function(name) {
    one_target(object, cases, match(name, columns$column), type)
  })
  if (length(target) == 1L) {
    return(found[[1L]])
  }
  if (type == "class") {
    structure(found, class = "data.frame",
              row.names = if (is.null(cases$dimnames[[1L]])) {
                seq_len(cases$n)
              } else {
                cases$dimnames[[1L]]
              })
  } else {
    found
  }
}

# Those of `names` that are not known, or what came in place of names.
describe_names <- function(names, known) {
  if (is.character(names) && length(names)) {
    quote_names(setdiff(names, known))
  } else {
    describe(names)
  }
}

one_target <- function(object, cases, i, type) {
  columns <- object$columns
  at <- units_of_column(columns, i)
  rows <- cases$dimnames[[1L]]
  if (columns$kind[i] %in% c("binary", "categorical", "ordinal")) {
    law <- law_of(object, cases, i)
    if (type == "class") {
      return(as_class(max.col(law, "first"), columns$levels[[i]], NULL,
                      columns$class[i], columns$kind[i]))
    }
    return(name_cases(law, rows, columns$levels[[i]]))
  }
  if (type == "class") {
    abort("target_class",
          sprintf("Column `%s` is %s, which has no classes.",
                  legible(columns$column[i]), columns$kind[i]),
          "Use `type = \"response\"`, which gives mean and s.d.")
  }
  found <- observe(object, cases, c("v", "square"))
  mean <- found$v[, at]
  sd <- sqrt(pmax(found$square[, at] - mean^2, 0))
  out <- data.frame(mean = mean * columns$scale[i] + columns$location[i],
                    sd = sd * columns$scale[i])
  if (!is.null(rows)) rownames(out) <- rows
  out
}

# Means of units, of Gaussian columns in the units of the user.
in_user_units <- function(object, means) {
  columns <- object$columns
  for (i in which(columns$kind == "gaussian")) {
    at <- units_of_column(columns, i)
    means[, at] <- means[, at] * columns$scale[i] + columns$location[i]
  }
  means
}

# A state of the visible layer: the first level of each column, and 0.
first_state <- function(object) {
  columns <- layer_columns(object$units[["visible"]], nrow(object$W))
  unlist(lapply(seq_len(nrow(columns)), function(i) {
    K <- columns$size[i]
    switch(columns$kind[i], categorical = c(1, numeric(K - 1)),
           ordinal2 = ordinal_codes(K, 2L)[1L, ], 0)
  }))
}
