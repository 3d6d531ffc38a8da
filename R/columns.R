# Columns of a table as units: which kind each is, how its values are coded, and
# back. A model of a table keeps this in its element `columns`, by which all
# that comes later is coded.

#' How the columns of a table become units
#'
#' The kind of each column and how its values are coded, as [rbm_fit()] would
#' choose them. The answer can be changed and given to [rbm_fit()] as `units`.
#'
#' @section Kinds:
#' | kind | columns | units (rows of `W`) |
#' |:--|:--|:--|
#' | `binary` | logical, 0 and 1, two levels | 1; the second counts as 1 |
#' | `categorical` | factors, text | one for each level, of which one is on |
#' | `ordinal` | ordered factors | the score from 0 to 1; also its square |
#' | `gaussian` | numbers | 1: standardised |
#' | `binomial` | counts of `size` trials | 1 |
#' | `count` | counts from 0 to `size` | 1 |
#' | `poisson` | counts without a largest one | 1 |
#' | `constant` | columns of one value | 0 |
#'
#' A numeric column that is not 0 and 1 is Gaussian, also where all its numbers
#' are whole: counts are never guessed. One of at most three distinct values is
#' an error unless `units` says what it is, as a normal distribution does not
#' describe it. Levels that do not occur are dropped. Labelled columns of the
#' haven package are categorical where all values have labels; values that are
#' declared missing are missing.
#'
#' `units` takes a string for each column that is to be something else:
#' `"binary"`, `"categorical"`, `"ordinal(1)"` (the score alone) or
#' `"ordinal(2)"` (with its square, as from four levels on), `"gaussian"`,
#' `"binomial(10)"`, `"count(20)"` or `"count(max = 20)"`, `"poisson"`. Without
#' a number `"binomial"` and `"count"` go up to the largest value of the column,
#' and a message says so.
#'
#' @param data A data frame, or a matrix of numbers.
#' @param units Kinds of columns by their names; or an answer of `rbm_units()`,
#'   which is then checked and applied to `data`.
#' @param x An answer of `rbm_units()`.
#' @param ... Must be empty.
#' @return A data frame of class `rbm_units`, with a row for each column of the
#'   table: `column`, `kind`, `size` (levels, trials or largest count), `rows`
#'   (of `W`), `location` and `scale` (of Gaussian columns), `class` (of the
#'   column), and `levels`, a list. `kind`, `size`, `rows` (of ordinal columns,
#'   1 or 2), `location` and `scale` may be changed.
#' @section Errors:
#' Of class `harmonium_error`, which name the column: dates and
#' times, lists, matrices and complex numbers; infinite values; more than 100
#' levels, or more than half as many as there are rows; numbers of at most three
#' distinct values; kinds that do not suit a column; a column of which all is
#' missing.
#' @seealso [rbm_fit()]
#' @examples
#' units <- rbm_units(data = iris)
#' print(x = units)
#' # Petal widths in tenths of a centimetre as counts
#' flowers <- transform(iris, Petal.Width = round(10 * Petal.Width))
#' rbm_units(flowers, units = c(Petal.Width = "count(max = 30)"))
#' @export
rbm_units <- function(data, units = NULL) {
  check_given(missing(data), "data", "a data frame")
  data <- as_table(data, "data")
  if (inherits(units, "rbm_units")) {
    check_units_table(units, names(data))
    code_table(data, units, "data", fresh = TRUE)
    return(units)
  }
  asked <- check_asked(units, names(data))
  columns <- lapply(names(data), function(name) {
    describe_column(data[[name]], name, asked[[name]], nrow(data))
  })
  out <- do.call(rbind, lapply(columns, function(column) {
    data.frame(column[c("column", "kind", "size", "rows", "location", "scale",
                        "class")])
  }))
  out$levels <- lapply(columns, `[[`, "levels")
  tell_of_columns(columns)
  structure(out, class = c("rbm_units", "data.frame"),
            shape = attr(data, "shape"))
}

#' @rdname rbm_units
#' @export
print.rbm_units <- function(x, ...) {
  check_dots_empty(...)
  shown <- as.data.frame(unclass(x)[setdiff(names(x), c("levels", "class"))])
  shown$size[!shown$kind %in% c("categorical", "ordinal", "binomial",
                                "count")] <- NA
  plain <- shown$kind != "gaussian"
  shown[plain, c("location", "scale")] <- NA
  words <- format(shown, digits = 3L, na.encode = FALSE)
  words[is.na(shown)] <- ""
  words$levels <- vapply(x$levels, function(levels) {
    text <- paste(legible(levels), collapse = ", ")
    if (nchar(text) > 30L) paste0(strtrim(text, 27L), "...") else text
  }, "")
  words$levels[x$kind == "binary"] <- vapply(
    x$levels[x$kind == "binary"], function(levels) {
      sprintf("%s counts as 1", strtrim(legible(levels[2L]), 20L))
    }, ""
  )
  print(words, row.names = FALSE, right = FALSE)
  invisible(x)
}

# What comes as a table: a data frame of plain columns. A matrix of numbers has
# its own way in, and becomes one here.
as_table <- function(data, name) {
  if (is.matrix(data) && (is.numeric(data) || is.logical(data) ||
                            is.raw(data)) && !is.object(data)) {
    names <- colnames(data)
    shape <- if (is.null(names)) "matrix" else "named matrix"
    if (is.raw(data)) storage.mode(data) <- "integer"
    rows <- rownames(data)
    data <- as.data.frame(unname(data))
    names(data) <- if (is.null(names)) paste0("V", seq_along(data)) else names
    data <- structure(data, row.names = if (is.null(rows)) {
      seq_len(nrow(data))
    } else {
      rows
    })
    attr(data, "shape") <- shape
  }
  if (!is.data.frame(data)) {
    abort(
      "table",
      sprintf("`%s` must be a data frame or a matrix of numbers, not %s.", name,
              describe(data))
    )
  }
  # Matrices as columns are longer than their table, and are told of as such.
  for (column in names(data)[vapply(unclass(data), is.matrix, NA)]) {
    check_column_class(unclass(data)[[column]], column, name)
  }
  check_sound(is_frame(data), name, "data frame", "data.frame()")
  check_not_empty(dim(data), name)
  twice <- unique(names(data)[duplicated(names(data))])
  if (length(twice)) {
    abort(
      "table_names",
      sprintf("Columns of `%s` share a name: %s.", name, quote_names(twice)),
      "Columns of a table need names of their own."
    )
  }
  shape <- attr(data, "shape")
  rows <- attr(data, "row.names")
  out <- lapply(stats::setNames(nm = names(data)), function(column) {
    as_column(data[[column]], column, name)
  })
  structure(out, class = "data.frame", row.names = rows,
            shape = if (is.null(shape)) "data frame" else shape)
}

# A column without what its class adds to plain values: logical, numbers, text,
# factors. Missing values of labelled columns are missing.
as_column <- function(x, column, name) {
  bad <- intersect(class(x), setdiff(not_numbers, "factor"))
  if (length(bad)) {
    abort(
      "column_time",
      sprintf("Column `%s` of `%s` is of class %s, which is no kind of unit.",
              legible(column), name, bad[1L]),
      sprintf("Turn it into a number first, as in as.numeric(%s$%s).", name,
              legible(column))
    )
  }
  check_column_class(x, column, name)
  if (inherits(x, "haven_labelled")) {
    return(as_labelled(x))
  }
  if (is.factor(x)) {
    return(structure(x, class = intersect(class(x), c("ordered", "factor"))))
  }
  if (is.raw(x)) x <- as.integer(x)
  x <- as.vector(unclass(x))
  if (is.double(x)) {
    x[is.nan(x)] <- NA
    check_no_infinite(x, column, name)
  }
  x
}

check_column_class <- function(x, column, name) {
  if (!is.null(dim(x)) || !is.atomic(x) || is.complex(x)) {
    abort(
      "column_class",
      sprintf("Column `%s` of `%s` is %s, which is no kind of unit.",
              legible(column), name, describe(x)),
      "Give columns of numbers, TRUE and FALSE, text or factors."
    )
  }
}

check_no_infinite <- function(x, column, name) {
  if (any(is.infinite(x))) {
    abort(
      "column_infinite",
      sprintf("`%s` has infinite values, %d in column `%s`.", name,
              sum(is.infinite(x)), legible(column)),
      "Find out where they come from, often a division by 0 or log(0)."
    )
  }
}

# Values that are declared missing are missing; where all others have labels
# these are levels, in the order of the values.
as_labelled <- function(x) {
  labels <- attr(x, "labels", exact = TRUE)
  range <- attr(x, "na_range", exact = TRUE)
  values <- as.vector(unclass(x))
  attributes(values) <- NULL
  gone <- values %in% attr(x, "na_values", exact = TRUE)
  if (length(range) == 2L) {
    gone <- gone | (!is.na(values) & values >= range[1L] & values <= range[2L])
  }
  values[gone] <- NA
  if (is.null(labels) || !all(values[!is.na(values)] %in% labels)) {
    return(values)
  }
  labels <- sort(labels)
  labels <- labels[labels %in% values]
  factor(values, labels, names(labels))
}

# A string for each column that is named, as a list.
check_asked <- function(units, names) {
  if (is.null(units)) {
    return(list())
  }
  check_kinds(units)
  check_kinds_named(units, names, length(names), "column")
  if (is.null(names(units))) {
    return(stats::setNames(as.list(rep_len(units, length(names))), names))
  }
  as.list(units)
}

# "count(max = 20)" as a kind and its number, which is NA where none is said.
read_kind <- function(text) {
  parts <- regmatches(text, regexec("^([a-z]+)(\\((.*)\\))?$", text))[[1L]]
  kind <- if (length(parts)) parts[2L] else ""
  allowed <- list(binary = character(), categorical = "levels",
                  ordinal = c("degree", "levels"), binomial = "trials",
                  count = "max", poisson = character(), gaussian = character())
  values <- list(degree = NA_integer_, levels = NA_integer_,
                 trials = NA_integer_, max = NA_integer_)
  known <- allowed[[kind]]
  good <- kind %in% names(allowed)
  said <- if (good && nzchar(parts[4L])) strsplit(parts[4L], ",")[[1L]]
  for (i in seq_along(said)) {
    pair <- trimws(strsplit(said[i], "=", fixed = TRUE)[[1L]])
    name <- if (length(pair) == 2L) pair[1L] else known[i]
    number <- suppressWarnings(as.integer(pair[length(pair)]))
    good <- good && name %in% known && !is.na(number) &&
      grepl("^[0-9]+$", pair[length(pair)])
    if (good) values[[name]] <- number
  }
  if (!good) {
    abort(
      "units_unknown",
      sprintf("`units` calls a column %s, which is no kind of unit.",
              describe(text)),
      paste0("Known are \"binary\", \"categorical\", \"ordinal\", ",
             "\"ordinal(1)\", \"gaussian\",\n\"binomial(m)\", \"count(m)\" ",
             "and \"poisson\".")
    )
  }
  size <- switch(kind, binomial = values$trials, count = values$max,
                 values$levels)
  range <- size_range(kind, values$degree)
  if (!is.na(size) && (size < range[1L] || size > range[2L])) {
    abort(
      "units_range",
      sprintf("`units` has %s; the number must be from %d to %d.",
              describe(text), range[1L], range[2L])
    )
  }
  list(kind = kind, size = size, degree = values$degree)
}

# The least and the largest size of a kind, as C has them.
size_range <- function(kind, degree = NA) {
  kinds <- .Call(ffi_kinds)
  at <- match(core_kind(kind, if (identical(degree, 2L)) 2L else 1L),
              kinds$unit)
  c(kinds$least_size[at], kinds$most_size[at])
}

# One column of a table, as it will be: a list that becomes a row.
describe_column <- function(x, name, asked, n) {
  seen <- x[!is.na(x)]
  class <- class(x)[1L]
  out <- list(column = name, kind = "", size = 1L, rows = 1L, location = 0,
              scale = 1, class = class, levels = character(), told = NULL)
  if (!length(seen)) {
    abort(
      "column_empty",
      sprintf("Column `%s` is missing throughout.", legible(name)),
      "Leave it out."
    )
  }
  said <- if (!is.null(asked)) read_kind(asked)
  if (is.factor(x) || is.character(x) ||
        isTRUE(said$kind %in% c("categorical", "ordinal"))) {
    return(describe_levels(x, seen, out, said, n))
  }
  if (is.logical(x)) {
    out[c("kind", "size", "levels")] <-
      list("binary", 2L, c("FALSE", "TRUE"))
    check_suits(said, "binary", name, "TRUE and FALSE")
    return(out)
  }
  describe_numbers(seen, out, said)
}

# Levels in the order of a factor, or sorted.
describe_levels <- function(x, seen, out, said, n) {
  name <- out$column
  levels <- if (is.factor(x)) levels(x) else sort(unique(seen))
  used <- levels[levels %in% as.character(seen) | levels %in% seen]
  if (length(used) < length(levels)) {
    out$told <- "unused"
  }
  levels <- plain_text(used)
  if (any(levels %in% c("", "NA", "N/A", "NaN"))) {
    out$told <- c(out$told, "blank")
  }
  count <- length(levels)
  kind <- if (!is.null(said)) said$kind else if (is.ordered(x)) "ordinal" else
    "categorical"
  if (!kind %in% c("categorical", "ordinal", "binary")) {
    check_suits(said, "categorical", name, "levels")
  }
  if (kind == "binary" && count > 2L) {
    check_suits(said, "categorical", name, sprintf("%d levels", count))
  }
  if (count > 100L || (count > max(3L, n / 2) && kind != "ordinal")) {
    abort(
      "column_levels",
      sprintf("Column `%s` has %s in %s%s.", legible(name),
              counted(count, "level"), counted(n, "row"),
              if (count > max(3L, n / 2)) {
                ": it looks like a name of each case"
              } else {
                ""
              }),
      "Leave it out, or join levels; at most 100 are possible."
    )
  }
  if (count == 1L) {
    return(utils::modifyList(out, list(
      kind = "constant", size = 1L, rows = 0L, levels = levels,
      told = c(out$told, "constant")
    )))
  }
  if (count == 2L && !isTRUE(said$kind == "categorical")) {
    kind <- "binary"
  }
  degree <- if (isTRUE(said$degree %in% 1:2)) said$degree else
    if (count >= 4L) 2L else 1L
  rows <- switch(kind, binary = 1L, categorical = count,
                 ordinal = min(degree, if (count > 2L) 2L else 1L))
  utils::modifyList(out, list(kind = kind, size = count, rows = rows,
                              levels = levels, told = out$told))
}

describe_numbers <- function(seen, out, said) {
  name <- out$column
  distinct <- unique(seen)
  kind <- if (!is.null(said)) {
    said$kind
  } else if (all(distinct %in% c(0, 1))) {
    "binary"
  } else if (length(distinct) == 1L) {
    "constant"
  } else {
    "gaussian"
  }
  if (kind == "binary") {
    if (!all(distinct %in% c(0, 1))) {
      check_suits(list(kind = "binary"), "gaussian", name,
                  sprintf("values other than 0 and 1, such as %s",
                          format(distinct[!distinct %in% c(0, 1)][1L])))
    }
    return(utils::modifyList(out, list(kind = kind, size = 2L,
                                       levels = c("0", "1"))))
  }
  if (kind == "constant") {
    return(utils::modifyList(out, list(
      kind = kind, rows = 0L, levels = format(distinct, digits = 17L),
      location = as.double(distinct), told = "constant"
    )))
  }
  if (kind == "gaussian") {
    if (is.null(said) && length(distinct) <= 3L) {
      abort(
        "column_few",
        sprintf(paste("Column `%s` is numeric and has only %d distinct values:",
                      "%s."), legible(name), length(distinct),
                paste(format(sort(distinct), trim = TRUE), collapse = ", ")),
        sprintf(paste0("A normal distribution does not describe it. Turn it ",
                       "into levels, as in\nfactor(%s), or say what it is: ",
                       "units = c(%s = \"ordinal\")."), legible(name),
                legible(name))
      )
    }
    spread <- sqrt(mean((seen - mean(seen))^2))
    out$told <- if (is.null(said)) {
      if (all(seen == round(seen))) "whole" else "gaussian"
    }
    return(utils::modifyList(out, list(
      kind = kind, location = mean(as.double(seen)),
      scale = if (spread > 0) spread else 1, told = out$told
    )))
  }
  describe_counts(seen, utils::modifyList(out, list(kind = kind)), said)
}

describe_counts <- function(seen, out, said) {
  name <- out$column
  if (any(seen < 0 | seen != round(seen))) {
    wrong <- seen[seen < 0 | seen != round(seen)]
    abort(
      "column_counts",
      sprintf("Column `%s` is to be counts and has %s, such as %s.",
              legible(name), counted(length(wrong), "other value"),
              format(wrong[1L])),
      "Counts are whole numbers from 0."
    )
  }
  if (out$kind == "poisson") {
    return(out)
  }
  size <- said$size
  if (is.na(size)) {
    size <- as.integer(max(1, seen))
    out$told <- "largest"
  }
  if (max(seen) > size || size > size_range(out$kind)[2L]) {
    abort(
      "column_most",
      sprintf("Column `%s` is to count up to %d and has %s.", legible(name),
              size, format(max(seen))),
      sprintf("Give its largest count, at most %d, or call it \"poisson\".",
              size_range(out$kind)[2L])
    )
  }
  out$size <- size
  out
}

# What was asked for does not suit what is there.
check_suits <- function(said, kind, name, has) {
  if (!is.null(said) && said$kind != kind) {
    abort(
      "units_suit",
      sprintf("`units` calls column `%s` %s; it has %s.", legible(name),
              said$kind, has),
      sprintf("Leave it out of `units`, or call it \"%s\".", kind)
    )
  }
}

# One message for all that was found about columns.
tell_of_columns <- function(columns) {
  named <- function(what) {
    found <- vapply(columns, function(column) what %in% column$told, NA)
    vapply(columns[found], `[[`, "", "column")
  }
  whole <- named("whole")
  numbers <- vapply(columns, `[[`, "", "column")
  numbers <- numbers[numbers %in% c(whole, named("gaussian"))]
  lines <- c(
    if (length(numbers)) {
      sprintf("Numbers are taken as Gaussian: %s.", quote_names(numbers))
    },
    if (length(whole)) {
      sprintf("Where whole numbers are counts, say so: units = c(%s = \"%s\").",
              legible(whole[1L]), "count")
    },
    if (length(named("largest"))) {
      sprintf(paste("The largest value is taken for the most that a column can",
                    "count: %s."), quote_names(named("largest")))
    },
    if (length(named("unused"))) {
      sprintf("Levels that do not occur are left out: %s.",
              quote_names(named("unused")))
    },
    if (length(named("constant"))) {
      sprintf("Columns of one value take no part: %s.",
              quote_names(named("constant")))
    },
    if (length(named("blank"))) {
      sprintf(paste("Levels that look like missing values are levels: %s.\nUse",
                    "NA for what is missing."), quote_names(named("blank")))
    }
  )
  if (length(lines)) {
    message(paste(lines, collapse = "\n"))
  }
}

# How many extra parameters each column has, by the kinds and sizes of a table
# of units or of a layer.
extras_of <- function(columns) {
  ifelse(columns$kind == "gaussian", 1L,
         ifelse(grepl("^ordinal", columns$kind), columns$size - 2L, 0L))
}

count_extras <- function(text, count) sum(extras_of(layer_columns(text, count)))

is_units_table <- function(units) {
  inherits(units, "rbm_units") &&
    !inherits(try(check_units_table(units, units$column), TRUE), "try-error")
}

# A table of units that a user may have changed.
check_units_table <- function(units, names) {
  check_sound(
    is.data.frame(units) &&
      all(c("column", "kind", "size", "rows", "location", "scale", "class",
            "levels") %in% names(units)),
    "units", "table of units", "rbm_units()"
  )
  if (!identical(units$column, names)) {
    abort(
      "units_columns",
      sprintf("`units` is for the columns %s; the data have %s.",
              quote_names(units$column), quote_names(names)),
      "Make it from these data, rbm_units(data)."
    )
  }
  kinds <- c("binary", "categorical", "ordinal", "gaussian", "binomial",
             "count", "poisson", "constant")
  for (i in seq_along(units$column)) {
    kind <- units$kind[i]
    rows <- switch(kind, categorical = units$size[i], constant = 0L,
                   ordinal = units$rows[i], 1L)
    range <- if (kind %in% kinds[c(2L, 3L, 5L, 6L)]) {
      size_range(kind, units$rows[i])
    } else {
      c(-Inf, Inf)
    }
    levels <- switch(kind, binary = 2L, constant = 1L, categorical = ,
                     ordinal = units$size[i], 0L)
    if (!kind %in% kinds || !isTRUE(length(units$levels[[i]]) >= levels) ||
          !isTRUE(units$rows[i] == rows) ||
          !isTRUE(rows %in% 0:100) ||
          !isTRUE(units$size[i] >= range[1L] && units$size[i] <= range[2L]) ||
          !isTRUE(is.finite(units$location[i]) && units$scale[i] > 0)) {
      abort(
        "units_row",
        sprintf("`units` has no sound row for column `%s`.",
                legible(units$column[i])),
        "Change `kind`, `size`, `rows`, `location` and `scale` to what goes",
        "together, or make it anew with rbm_units()."
      )
    }
  }
  units
}

# To C and back ----------------------------------------------------------------

# The kind that C has for a column of so many rows.
core_kind <- function(kind, rows) {
  ifelse(kind == "ordinal" & rows == 2L, "ordinal2", kind)
}

# The kinds of the visible layer as a model keeps them: "binary", or the sizes
# of binomial units, where there are no others; else runs of columns.
units_text <- function(columns) {
  columns <- columns[columns$kind != "constant", ]
  if (all(columns$kind %in% c("binary", sized_kind()))) {
    sizes <- ifelse(columns$kind == "binary", 1L, as.integer(columns$size))
    return(units_of_sizes(sizes)[["visible"]])
  }
  layer_text(core_kind(columns$kind, columns$rows), columns$size)
}

# Runs of columns of one kind with their sizes; those of kinds without are 1.
layer_text <- function(kinds, sizes) {
  known <- .Call(ffi_kinds)
  sized <- known$most_size[match(kinds, known$unit)] > 0
  sizes <- ifelse(sized, sizes, 1L)
  runs <- rle(kinds)
  ends <- cumsum(runs$lengths)
  paste(vapply(seq_along(ends), function(r) {
    at <- seq.int(ends[r] - runs$lengths[r] + 1L, ends[r])
    sprintf("%s(%s)", runs$values[r], paste(sizes[at], collapse = ","))
  }, ""), collapse = "+")
}

# The kind and size of each column of a layer, from its text.
layer_columns <- function(text, count) {
  if (!grepl("(", text, fixed = TRUE)) {
    return(data.frame(kind = rep(text, count), size = rep(1L, count),
                      rows = rep(1L, count)))
  }
  runs <- strsplit(text, "+", fixed = TRUE)[[1L]]
  do.call(rbind, lapply(runs, function(run) {
    kind <- sub("\\(.*", "", run)
    size <- as.integer(strsplit(gsub("^[^(]*\\(|\\)$", "", run), ",")[[1L]])
    data.frame(kind = kind, size = size,
               rows = switch(kind, categorical = size, ordinal2 = 2L, 1L))
  }))
}

# The names of the units that code the columns.
coded_names <- function(columns) {
  unlist(lapply(seq_len(nrow(columns)), function(i) {
    name <- columns$column[i]
    if (columns$rows[i] == 0L) {
      character()
    } else if (columns$kind[i] == "categorical") {
      paste0(name, ":", columns$levels[[i]])
    } else if (columns$kind[i] == "ordinal" && columns$rows[i] == 2L) {
      paste0(name, c("", "^2"))
    } else {
      name
    }
  }))
}

# The names of extra parameters.
extra_names <- function(columns) {
  unlist(lapply(seq_len(nrow(columns)), function(i) {
    switch(
      columns$kind[i],
      gaussian = columns$column[i],
      ordinal = if (columns$size[i] > 2L) {
        paste0(columns$column[i], ":",
               columns$levels[[i]][seq_len(columns$size[i] - 2L) + 1L])
      }
    )
  }))
}

# Which units code column i, and which extra parameters it has.
units_of_column <- function(columns, i) {
  seq_len(columns$rows[i]) + sum(columns$rows[seq_len(i - 1L)])
}

# The levels of an ordinal column as its units: scores from 0 to 1, and where
# there are two rows the square of 2 s - 1 about its mean.
ordinal_codes <- function(size, rows) {
  score <- (seq_len(size) - 1) / (size - 1)
  bend <- (2 * score - 1)^2 - (size + 1) / (3 * (size - 1))
  cbind(score, bend, deparse.level = 0)[, seq_len(rows), drop = FALSE]
}

# A column's values as its units: a matrix of as many columns, NA where missing.
code_column <- function(x, row, name) {
  level <- NULL
  if (length(row$levels[[1L]]) && row$kind != "constant") {
    level <- match(plain_text(x, row$levels[[1L]]), row$levels[[1L]])
    check_known_levels(x, level, row, name)
  }
  switch(
    row$kind,
    constant = {
      check_constant(x, row, name)
      matrix(0, length(x), 0L)
    },
    binary = matrix(as.double(level - 1L)),
    categorical = outer(level, seq_len(row$size), `==`) + 0,
    ordinal = ordinal_codes(row$size, row$rows)[level, , drop = FALSE],
    gaussian = {
      check_numeric_column(x, row, name)
      matrix((as.double(x) - row$location) / row$scale)
    },
    {
      check_numeric_column(x, row, name)
      check_count_column(x, row, name)
      matrix(as.double(x))
    }
  )
}

# Values as the text of their levels.
plain_text <- function(x, levels = NULL) {
  if (identical(levels, c("0", "1")) && is.logical(x)) {
    x <- as.integer(x)
  } else if (identical(levels, c("FALSE", "TRUE")) && is.numeric(x)) {
    x <- ifelse(x %in% c(0, 1, NA), as.logical(x), x)
  }
  if (!is.double(x)) {
    return(as.character(x))
  }
  # One by one: the text of a number must not depend on those beside it.
  values <- unique(x)
  text <- vapply(values, format, "", digits = 15L, trim = TRUE,
                 scientific = FALSE, drop0trailing = TRUE)
  text[is.na(values)] <- NA_character_
  text[match(x, values)]
}

check_known_levels <- function(x, level, row, name) {
  unknown <- which(is.na(level) & !is.na(x))
  if (length(unknown)) {
    abort(
      "levels_unknown",
      sprintf("Column `%s` of `%s` has %s that the model does not know: %s.",
              legible(row$column), name,
              counted(length(unique(x[unknown])), "level"),
              paste0("\"", utils::head(legible(unique(plain_text(x[unknown]))),
                                       3L), "\"", collapse = ", ")),
      sprintf("It knows %s. Set others to NA, or fit again.",
              paste0("\"", utils::head(legible(row$levels[[1L]]), 6L), "\"",
                     collapse = ", "))
    )
  }
}

check_constant <- function(x, row, name) {
  text <- if (is.numeric(x)) format(x, digits = 17L, trim = TRUE) else
    as.character(x)
  other <- !is.na(x) & !trimws(text) %in% trimws(row$levels[[1L]])
  if (any(other)) {
    abort(
      "column_constant",
      sprintf(paste("Column `%s` of `%s` had one value in the data of the fit,",
                    "%s, and has %s here."), legible(row$column), name,
              row$levels[[1L]], format(x[other][1L])),
      "Set it to NA, or fit again."
    )
  }
}

check_numeric_column <- function(x, row, name) {
  if (!is.numeric(x) && !is.logical(x)) {
    abort(
      "column_kind",
      sprintf("Column `%s` of `%s` must be numbers, as in the fit, not %s.",
              legible(row$column), name, describe(x)),
      "Turn it into numbers, with NA for what is missing."
    )
  }
  check_no_infinite(x, row$column, name)
}

check_count_column <- function(x, row, name) {
  most <- if (row$kind == "poisson") Inf else row$size
  bad <- !is.na(x) & (x < 0 | x > most | x != round(x))
  if (any(bad)) {
    abort(
      "counts_new",
      sprintf(paste("Column `%s` of `%s` has values that are no counts%s, such",
                    "as %s."), legible(row$column), name,
              if (is.finite(most)) sprintf(" from 0 to %.0f", most) else "",
              format(x[bad][1L])),
      "Set them to NA, or fit again."
    )
  }
}

# A table as the units of a model's columns: a matrix with a row a case, and NA
# where a column is missing. Of the `fresh` data of the fit nothing is told.
code_table <- function(data, columns, name, fresh = FALSE) {
  data <- order_table(data, columns, name)
  parts <- lapply(seq_len(nrow(columns)), function(i) {
    row <- list(column = columns$column[i], kind = columns$kind[i],
                size = columns$size[i], rows = columns$rows[i],
                location = columns$location[i], scale = columns$scale[i],
                levels = columns$levels[i])
    code_column(data[[i]], row, name)
  })
  out <- do.call(cbind, parts)
  dimnames(out) <- NULL
  if (!fresh) {
    tell_of_far(out, columns, name)
  }
  out
}

# Numbers far from those of the fit are allowed, and told.
far_away <- 8

tell_of_far <- function(coded, columns, name) {
  numbers <- which(columns$kind == "gaussian")
  at <- vapply(numbers, function(i) units_of_column(columns, i)[1L], 0)
  counts <- colSums(abs(coded[, at, drop = FALSE]) > far_away, na.rm = TRUE)
  if (any(counts > 0)) {
    found <- which(counts > 0)
    message(sprintf(
      "Numbers of `%s` are more than %d s.d. from those of the fit: %s.", name,
      far_away, places(found, counts[found], length(found),
                       columns$column[numbers])
    ))
  }
}

# Levels that the model does not know as missing values.
forget_unseen <- function(object, newdata) {
  if (!has_columns(object) || !is.data.frame(newdata)) {
    return(newdata)
  }
  columns <- object$columns
  for (i in which(columns$kind %in% c("binary", "categorical", "ordinal"))) {
    name <- columns$column[i]
    x <- newdata[[name]]
    levels <- columns$levels[[i]]
    if (!is.null(x)) {
      newdata[[name]][!plain_text(x, levels) %in% levels] <- NA
    }
  }
  newdata
}

# The table with columns that say whether values of others are missing, beside
# those that are there already.
with_patterns <- function(data, patterns) {
  if (!length(patterns)) {
    return(data)
  }
  all <- unclass(data)
  for (name in patterns) {
    pattern <- pattern_name(name)
    if (is.null(all[[pattern]]) && name %in% names(data)) {
      all[[pattern]] <- is.na(data[[name]])
    }
  }
  structure(all[unique(c(names(data), pattern_name(patterns)))],
            class = "data.frame", row.names = attr(data, "row.names"),
            shape = attr(data, "shape"))
}

pattern_name <- function(name) if (length(name)) paste(name, "missing")

# The columns of a table in the order of the model's, by name where it has
# names.
order_table <- function(data, columns, name) {
  data <- with_patterns(data, attr(columns, "patterns"))
  if ("matrix" %in% c(attr(data, "shape"), attr(columns, "shape")) &&
        length(data) == nrow(columns)) {
    return(data)
  }
  absent <- setdiff(columns$column, names(data))
  if (length(absent)) {
    abort(
      "table_absent",
      sprintf("`%s` has no %s %s of the model.", name,
              if (length(absent) == 1L) "column" else "columns",
              quote_names(absent)),
      "Give all columns of the fit; missing values are NA."
    )
  }
  more <- setdiff(names(data), columns$column)
  if (length(more)) {
    abort(
      "table_more",
      sprintf("`%s` has %s that the model does not know: %s.", name,
              counted(length(more), "column"), quote_names(more)),
      sprintf("Leave them out, %s[c(<columns of the model>)].", name)
    )
  }
  shape <- attr(data, "shape")
  out <- unclass(data)[columns$column]
  structure(out, class = "data.frame",
            row.names = attr(data, "row.names"), shape = shape)
}

# Units as values of the classes that the columns had. `rows` are names or NULL.
decode_table <- function(units, columns, rows = NULL) {
  out <- lapply(seq_len(nrow(columns)), function(i) {
    at <- units_of_column(columns, i)
    decode_column(units[, at, drop = FALSE], columns, i)
  })
  names(out) <- columns$column
  out <- out[setdiff(columns$column, pattern_name(attr(columns, "patterns")))]
  shape <- attr(columns, "shape")
  if (!is.null(shape) && shape != "data frame") {
    out <- do.call(cbind, out)
    dimnames(out) <- if (shape == "named matrix" || !is.null(rows)) {
      list(rows, if (shape == "named matrix") columns$column)
    }
    return(out)
  }
  structure(out, class = "data.frame",
            row.names = if (is.null(rows)) seq_len(nrow(units)) else rows)
}

decode_column <- function(x, columns, i) {
  levels <- columns$levels[[i]]
  level <- level_of(x, columns, i)
  values <- if (is.null(level)) {
    x[, 1L] * columns$scale[i] + columns$location[i]
  }
  as_class(level, levels, values, columns$class[i], columns$kind[i])
}

# Which level of its column each row is, NULL where it has none.
level_of <- function(x, columns, i) {
  switch(
    columns$kind[i],
    constant = rep(1L, nrow(x)),
    binary = x[, 1L] + 1,
    categorical = drop(x %*% seq_len(ncol(x))),
    ordinal = round(x[, 1L] * (columns$size[i] - 1)) + 1
  )
}

# Levels, or numbers, as values of a class.
as_class <- function(level, levels, values, class, kind) {
  text <- if (!is.null(level)) levels[level]
  switch(
    class,
    factor = factor(text, levels),
    ordered = factor(text, levels, ordered = TRUE),
    character = text,
    logical = as.logical(text),
    integer = if (!is.null(text)) as.integer(text) else if (kind == "gaussian")
      values else as.integer(values),
    if (!is.null(text)) as.double(text) else values
  )
}
