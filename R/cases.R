# A data set as the core takes it: 0/1 data packed to one bit a cell, or lists
# of what is on where they come sparse; intensities as the user's own matrix of
# reals, never a second copy.

# `x` is what the user gave under `name`; `bias` is that of the layer it must
# fit, or NULL where any number of columns will do; `hidden` how many units are
# to be fitted to it, or NULL, so that what is too large is refused unread.
as_cases <- function(x, name = "x", bias = NULL, hidden = NULL, size = NULL) {
  if (!is.null(size)) {
    return(read_counts(x, name, bias, hidden, size))
  }
  if (is.null(compressed_class(x)) && is_of_matrix_package(x)) {
    x <- from_matrix_package(x, name)
  }
  read <- if (is.null(compressed_class(x))) read_plain else read_sparse
  read(x, name, bias, hidden)
}

# Cases of sized units: reals, which are states of theirs, and the sizes.
read_counts <- function(x, name, bias, hidden, size) {
  if (is_of_matrix_package(x) || !is.null(compressed_class(x))) {
    abort(
      "counts_sparse",
      sprintf("`%s` is a sparse matrix, which is for 0/1 data.", name),
      sprintf("Give as.matrix(%s).", name)
    )
  }
  x <- as_plain_matrix(x, name)
  if (is.raw(x)) {
    storage.mode(x) <- "integer"
  }
  columns <- colnames(x)
  check_columns(ncol(x), columns, bias, name)
  check_size(ncol(x), hidden)
  if (is.null(bias) && ncol(x) != length(size)) {
    check_columns(ncol(x), columns, numeric(length(size)), name)
  }
  cases <- new_cases(nrow(x), ncol(x), list(rownames(x), columns),
                     reals = check_counts(x, size, name))
  cases$size <- as.integer(size)
  cases
}

# Exactly one of bits, reals and start is not NULL; item goes with start.
new_cases <- function(n, units, dimnames, bits = NULL, reals = NULL,
                      start = NULL, item = NULL) {
  list(n = n, units = units, bits = bits, reals = reals, start = start,
       item = item, dimnames = dimnames)
}

# Whether all are 0 or 1.
is_binary <- function(cases) is.null(cases$reals)

read_plain <- function(x, name, bias, hidden) {
  x <- as_plain_matrix(x, name)
  columns <- colnames(x)
  check_columns(ncol(x), columns, bias, name)
  check_size(ncol(x), hidden)
  found <- .Call(ffi_cases_scan, x)
  check_scan(found, columns, name, plain_advice(name, x))
  binary <- found$total[4L] == 0
  new_cases(
    nrow(x), ncol(x), list(rownames(x), columns),
    bits = if (binary) .Call(ffi_cases_pack, x),
    reals = if (!binary) x
  )
}

# Whether all are states, which have a probability, and not intensities.
are_states <- function(cases) {
  is_binary(cases) || !is.null(cases$size) || is_table(cases)
}

# How many units of a machine on states the core would walk at least: of the
# smaller layer, but never valued ones.
fewest_walked <- function(cases, hidden) {
  if (is.null(cases$size)) min(cases$units, hidden) else hidden
}

layer_walked <- function(cases) {
  if (is.null(cases$size)) "the smaller layer" else "the hidden layer"
}

# These rows as a plain matrix, without names.
pick_rows <- function(cases, rows) {
  if (is_binary(cases)) {
    .Call(ffi_cases_rows, cases, as.integer(rows))
  } else {
    x <- unname(cases$reals[rows, , drop = FALSE])
    if (!is.null(cases$size)) {
      storage.mode(x) <- "integer"
    }
    x
  }
}

# All of them.
all_rows <- function(cases) pick_rows(cases, seq_len(cases$n))

# These rows, as cases again.
take_cases <- function(cases, rows) {
  bits <- start <- item <- NULL
  if (!is.null(cases$bits)) {
    bits <- as.vector(matrix(cases$bits, ncol = cases$n)[, rows])
  } else if (!is.null(cases$start)) {
    counts <- diff(cases$start)[rows]
    start <- c(0L, cumsum(counts))
    item <- cases$item[sequence(counts, cases$start[rows] + 1L)]
  }
  taken <- new_cases(
    length(rows), cases$units,
    list(cases$dimnames[[1L]][rows], cases$dimnames[[2L]]), bits = bits,
    reals = if (!is_binary(cases)) cases$reals[rows, , drop = FALSE],
    start = start, item = item
  )
  taken$size <- cases$size
  taken$table <- cases$table
  taken$weight <- cases$weight[rows]
  if (!is.null(cases$by_case)) {
    taken <- lay_by_case(taken)
  }
  taken$frame <- if (!is.null(cases$frame)) cases$frame[rows, , drop = FALSE]
  taken
}

# A matrix of type double, integer, logical or raw.
as_plain_matrix <- function(x, name) {
  if (is.data.frame(x)) {
    x <- frame_to_matrix(x, name)
  }
  types <- c("double", "integer", "logical", "raw")
  # By its attributes: a class may have its own dim(), which C does not ask.
  if (!typeof(x) %in% types || length(attr(x, "dim", exact = TRUE)) != 2L) {
    abort(
      "data",
      sprintf(paste("`%s` must be a matrix or data frame of numbers, TRUE and",
                    "FALSE, or raw bytes, not %s."), name, describe(x)),
      data_advice(x)
    )
  }
  check_plain_numbers(x, name)
  x <- unclass(x)
  check_not_empty(dim(x), name)
  x
}

# Classes whose bits are not the numbers that they show, or that are not plain
# numbers: a matrix of these is refused as columns of a data frame are.
not_numbers <- c("integer64", "difftime", "Date", "POSIXct", "POSIXlt",
                 "factor", "nanotime", "nanoduration", "ITime", "times",
                 "yearmon", "yearqtr")

check_plain_numbers <- function(x, name) {
  bad <- intersect(attr(x, "class", exact = TRUE), not_numbers)
  if (length(bad)) {
    abort(
      "class_of_numbers",
      sprintf(paste("`%s` is a matrix of class \"%s\", whose values are not",
                    "plain numbers."), name, bad[1L]),
      sprintf("Turn it into 0 and 1 first, as in %s > threshold.", name)
    )
  }
}

check_not_empty <- function(dim, name) {
  if (any(dim == 0L)) {
    abort(
      "empty",
      sprintf("`%s` has %d rows and %d columns: nothing to work on.", name,
              dim[1L], dim[2L])
    )
  }
}

# `bias` is as in as_cases(). Where there is no model yet, `data` names what the
# columns must be those of.
check_columns <- function(units, columns, bias, name, data = NULL) {
  if (!is.null(bias) && units != length(bias)) {
    abort(
      "columns",
      sprintf("`%s` has %s; %s.", name, counted(units, "column"),
              if (is.null(data)) {
                sprintf("the model has %s there",
                        counted(length(bias), "unit"))
              } else {
                sprintf("`%s` has %s", data, big(length(bias)))
              }),
      sprintf("Give a column for each %s, in the same order.",
              if (is.null(data)) "unit" else sprintf("of `%s`", data))
    )
  }
  check_unit_names(columns, names(bias), name, data)
}

data_advice <- function(x) {
  if (is.matrix(x) && is.character(x)) {
    "Code each category as a 0/1 column of its own."
  } else if ((is.numeric(x) || is.logical(x) || is.raw(x)) && !is.object(x) &&
               is.null(dim(x))) {
    "A single case is a matrix of one row: matrix(x, nrow = 1)."
  }
}

# Columns are looked at one by one, so that the message can name them; and
# without the methods of the classes that extend data frames, which differ.
frame_to_matrix <- function(x, name) {
  columns <- unclass(x)
  check_sound(is.list(x) && !is.null(names(columns)), name, "data frame",
              "data.frame()")
  plain <- vapply(columns, function(column) {
    is.null(attr(column, "dim", exact = TRUE)) && !is.list(column) &&
      (is.numeric(column) || is.logical(column) || is.raw(column)) &&
      !inherits(column, "integer64")
  }, NA)
  if (!all(plain)) {
    bad <- columns[!plain]
    types <- vapply(bad, function(column) class(column)[1L], "")
    abort(
      "frame",
      sprintf("`%s` has columns that are not numbers, TRUE/FALSE or raw: %s.",
              name, paste0("`", legible(names(bad)), "` (",
                           legible(types), ")",
                           collapse = ", ")),
      "Leave them out, or code each category as a 0/1 column of its own."
    )
  }
  check_sound(is_frame(x), name, "data frame", "data.frame()")
  types <- vapply(columns, typeof, "")
  filling <- if (any(types == "double")) {
    NA_real_
  } else if (any(types == "integer") || length(unique(types)) > 1L) {
    NA_integer_
  } else if (length(types) && types[1L] == "raw") {
    as.raw(0L)
  } else {
    NA
  }
  n <- .row_names_info(x, 2L)
  rows <- if (.row_names_info(x) > 0L) {
    as.character(attr(x, "row.names", exact = TRUE))
  }
  out <- matrix(filling, n, length(columns),
                dimnames = list(rows, names(columns)))
  for (i in seq_along(columns)) {
    out[, i] <- as.vector(unclass(columns[[i]]), mode = typeof(filling))
  }
  out
}

# What to do about values of `x` that are missing, and out of range. Both are
# asked for only where there are such values.
plain_advice <- function(name, x) {
  list(missing = function() missing_advice(name, x),
       range = function() range_advice(name, x))
}

missing_advice <- function(name, x) {
  complete <- sum(stats::complete.cases(x))
  if (complete == 0) {
    return(paste(
      "No row is complete. Leave out the columns where most is missing first,",
      "or fill them in."
    ))
  }
  sprintf(
    paste("Leave out their rows, %s[complete.cases(%s), , drop = FALSE], which",
          "keeps %s of %s, or fill them in."), name, name, big(complete),
    big(nrow(x))
  )
}

# Two values are two states, whatever they are called; a few whole numbers are
# counts or categories; only measurements can be divided.
range_advice <- function(name, x) {
  outside <- unname(which(colSums(x < 0 | x > 1, na.rm = TRUE) > 0))
  values <- sort(as.numeric(unique(as.vector(x[, outside]))))
  if (length(values) == 2L && all(values == round(values))) {
    column <- if (length(outside) < ncol(x)) sprintf("[, %d]", outside[1L])
    return(sprintf("Two values are TRUE and FALSE: %s%s == %.0f.", name,
                   paste0("", column), values[length(values)]))
  }
  if (length(values) %in% 3:50 && all(values == round(values))) {
    return(paste0(
      if (values[1L] >= 0) {
        sprintf(paste0("Counts up to m: units = \"%s(m)\" in rbm_fit(), for ",
                       "single columns by name.\n"), sized_kind())
      },
      "Categories: a 0/1 column for each of them."
    ))
  }
  sprintf(
    paste("Binary units take 0, 1 and intensities in between. Divide",
          "measurements by the largest possible value, or cut in two:",
          "%s > threshold."), name
  )
}

# "a (3), b (1) and 2 more columns": columns in which something was found, and
# how often, the first few of `all`. `columns` are names of columns or NULL.
places <- function(at, counts, all, columns) {
  names <- if (is.null(columns)) paste("column", at) else legible(columns[at])
  more <- all - length(at)
  paste0(
    paste0(names, " (", counts, ")", collapse = ", "),
    if (more > 0) paste(" and", counted(more, "more column"))
  )
}

# `found` is what ffi_cases_scan() gives; `columns` are names or NULL.
check_scan <- function(found, columns, name, advice) {
  has <- function(kind) found$total[kind] > 0
  where <- function(kind) {
    shown <- found$first[, kind] > 0L
    sprintf("%s in all: %s", big(found$total[kind]),
            places(found$first[shown, kind], found$count[shown, kind],
                   found$columns[kind], columns))
  }
  if (has(1L)) {
    abort(
      "missing",
      sprintf("`%s` has missing values (NA or NaN), %s.", name, where(1L)),
      advice$missing()
    )
  }
  if (has(2L)) {
    abort(
      "infinite",
      sprintf("`%s` has infinite values, %s.", name, where(2L)),
      "Find out where they come from, often a division by 0 or log(0)."
    )
  }
  if (!is.null(advice$range) && has(3L)) {
    abort(
      "range",
      sprintf("`%s` has values outside [0, 1], %s.", name, where(3L)),
      advice$range()
    )
  }
  if (!is.null(advice$between) && has(4L)) {
    abort(
      "sparse_between",
      sprintf("`%s` is sparse and has values between 0 and 1, %s.", name,
              where(4L)),
      advice$between()
    )
  }
}

# Columns are matched by place. Names, where both sides have them, must agree.
check_unit_names <- function(given, wanted, name, data = NULL) {
  if (is.null(given) || is.null(wanted) || identical(given, wanted)) {
    return(invisible())
  }
  theirs <- if (is.null(data)) "the model's units" else
    sprintf("those of `%s`", data)
  if (setequal(given, wanted)) {
    abort(
      "names_order",
      sprintf("The columns of `%s` are %s in another order.", name, theirs),
      sprintf("Put them in order, %s[, %s].", name,
              if (is.null(data)) "<names of the units>" else
                sprintf("colnames(%s)", data))
    )
  }
  abort(
    "names",
    sprintf("The columns of `%s` are not %s: %s instead of %s.", name, theirs,
            quote_names(setdiff(given, wanted), 3L),
            quote_names(setdiff(wanted, given), 3L)),
    "Rename them, or remove the names to match by place."
  )
}

# Parameters beyond what the integers of BLAS can index, weights standing in
# whole panels of 32 units of either layer. `nh` may be NULL, for not known.
check_size <- function(nv, nh) {
  weights <- prod(32 * ceiling(c(nv, nh) / 32))
  if (!is.null(nh) && weights > .Machine$integer.max) {
    abort(
      "size",
      sprintf(paste("%.0f visible by %.0f hidden units take %.3g weights, in",
                    "whole panels of 32 units; at most %.0f can be indexed."),
              nv, nh, weights, .Machine$integer.max),
      "Use fewer hidden units, or fewer columns."
    )
  }
}

# So many columns, and so many times as many as cases, that a table may lie on
# its side.
most_columns <- c(count = 500, times = 8)

tell_of_sides <- function(n, columns) {
  if (columns < most_columns[["count"]] ||
        columns < most_columns[["times"]] * n) {
    return(invisible())
  }
  message(structure(
    class = c("harmonium_message_sides", "simpleMessage", "message",
              "condition"),
    list(message = sprintf("%s of %s; cases go in rows, else t() turns it.\n",
                           counted(n, "case"), counted(columns, "column")),
         call = NULL)
  ))
}
