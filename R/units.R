# Kinds of visible units, by column: what `units` of rbm() and rbm_fit() says,
# and as a model keeps it. A model's `units` has two texts, `visible` and
# `hidden`: the name of a kind, or, where units have sizes, the name and all of
# these, "binomial(10,1,3)". A 0/1 column among sized units has size 1.

# The `units` of a model from what a user said of its `count` columns, whose
# names are these.
resolve_units <- function(units, names, count) {
  if (is.null(units)) {
    return(default_units())
  }
  check_kinds(units)
  place_units(parse_units(units), names(units), names, count)
}

# A kind with sizes that is named without one counts up to the largest value of
# its column, which is said. Whatever else is wrong is left to others.
units_by_data <- function(units, x, names, count) {
  kind <- sized_kind()
  if (!is.character(units) || !any(units %in% kind)) {
    return(units)
  }
  if (is.null(names(units)) && length(units) == 1L) {
    units <- rep(units, count)
  }
  at <- if (is.null(names(units))) {
    seq_along(units)
  } else {
    match(names(units), names)
  }
  open <- which(units %in% kind & at %in% seq_len(count))
  if (length(dim(x)) != 2L) {
    units[open] <- sprintf("%s(1)", kind)
    return(units)
  }
  largest <- vapply(at[open], function(j) {
    column <- if (is.data.frame(x)) x[[j]] else x[, j]
    most <- if (is.numeric(column)) suppressWarnings(max(column, na.rm = TRUE))
    if (is.null(most) || !is.finite(most)) 1 else max(1, floor(most))
  }, 0)
  units[open] <- sprintf("%s(%.0f)", kind, largest)
  if (length(open)) {
    name <- if (is.null(names)) as.character(at[open]) else names[at[open]]
    message(sprintf(
      paste0("The largest value is taken for the most that a column can count:",
             " %s.\nWhere more is possible, say how much, as in \"%s(%.0f)\"."),
      quote_names(sprintf("%s: %.0f", name, largest)), kind,
      2 * largest[1L]
    ))
  }
  units
}

# Kinds with sizes; there is one.
sized_kind <- function() {
  kinds <- .Call(ffi_kinds)
  kinds$unit[kinds$most_size > 0L][1L]
}

# The size of each: 1 for binary.
parse_units <- function(units) {
  kind <- sized_kind()
  binary <- default_units()[["visible"]]
  pattern <- sprintf("^%s\\(([0-9]{1,4})\\)$", kind)
  sized <- grepl(pattern, units)
  size <- ifelse(units == binary, 1L, NA_integer_)
  size[sized] <- as.integer(sub(pattern, "\\1", units[sized]))
  most <- .Call(ffi_limits)$size
  bad <- is.na(size) | size < 1L | size > most
  if (any(bad)) {
    abort(
      "units_kind",
      sprintf("`units` has %s, which is no kind of unit.",
              describe(units[bad][1L])),
      sprintf("Known are \"%s\" and \"%s(m)\", with m from 1 to %.0f.", binary,
              kind, most)
    )
  }
  size
}

# Sizes to columns, by name, or all of them in order.
place_units <- function(size, given, names, count) {
  check_kinds_named(stats::setNames(size, given), names, count, "visible unit")
  if (is.null(given)) {
    return(units_of_sizes(rep_len(size, count)))
  }
  all <- rep(1L, count)
  all[match(given, names)] <- size
  units_of_sizes(all)
}

check_kinds <- function(units) {
  if (!is.character(units) || is.object(units) || !is.null(dim(units)) ||
        anyNA(units)) {
    abort(
      "units",
      sprintf("`units` must be strings such as c(visits = \"%s(10)\"), not %s.",
              sized_kind(), describe(units))
    )
  }
}

# One kind for all of `count` columns, one for each, or kinds by name.
check_kinds_named <- function(units, names, count, noun) {
  given <- names(units)
  if (is.null(given)) {
    if (!length(units) %in% c(1L, count)) {
      abort(
        "units_count",
        sprintf("`units` has %s without names; there are %s.",
                counted(length(units), "kind"), counted(count, noun)),
        "Give one for all, one for each, or names of columns."
      )
    }
    return(invisible())
  }
  unknown <- setdiff(given, names)
  if (length(unknown) || anyDuplicated(given)) {
    abort(
      "units_names",
      sprintf("`units` names %s, which %s.",
              quote_names(c(unknown, given[duplicated(given)])[1L]),
              if (length(unknown)) "is no column" else "it names twice"),
      if (is.null(names)) {
        "The columns have no names."
      } else {
        sprintf("The columns are %s.", quote_names(names))
      }
    )
  }
}

# Without sizes above 1 all are binary.
units_of_sizes <- function(size) {
  units <- default_units()
  if (any(size > 1L)) {
    units[["visible"]] <- sprintf("%s(%s)", sized_kind(),
                                  paste(size, collapse = ","))
  }
  units
}

# The sizes of the visible units, or NULL where these are binary. Who asks works
# with units of 0, 1 and counts alone, and is stopped here for other models.
sizes_of <- function(object) {
  if (is_general(object)) {
    called <- sub("[.]rbm(_[a-z]+)?$", "", deparse(entry_call()[[1L]]))
    check_plain_units(object, paste0(called, "()"))
  }
  visible <- object$units["visible"]
  if (is.null(visible) || !grepl("(", visible, fixed = TRUE)) {
    return(NULL)
  }
  sizes <- strsplit(gsub("^[^(]*\\(|\\)$", "", visible), ",")[[1L]]
  suppressWarnings(as.integer(sizes)) # NA where a model was changed by hand
}

# What `units` of rbm_fit() would say, a kind for each column; or NULL.
units_by_column <- function(object) {
  size <- sizes_of(object)
  if (is.null(size)) {
    return(NULL)
  }
  sized <- sprintf("%s(%d)", sized_kind(), size)
  ifelse(size > 1L, sized, default_units()[["visible"]])
}

# Whether `units` is that of a model of so many visible units.
are_units <- function(units, count, hidden = 1L) {
  if (is_text_pair(units) && is_general(list(units = units))) {
    return(are_layers(units, count, hidden))
  }
  is.character(units) && !is.object(units) &&
    identical(names(units), names(default_units())) && is.null(dim(units)) &&
    units[["hidden"]] == default_units()[["hidden"]] &&
    (identical(units, default_units()) ||
       identical(units, units_of_sizes(checked_sizes(units, count))))
}

is_text_pair <- function(units) {
  is.character(units) && !is.object(units) && is.null(dim(units)) &&
    !anyNA(units) && identical(names(units), names(default_units()))
}

# Whether texts of general kinds are those of layers of so many units.
are_layers <- function(units, visible, hidden) {
  ours <- vapply(units, function(text) {
    columns <- layer_columns(text, 1L)
    text == default_units()[["visible"]] ||
      identical(text, layer_text(columns$kind, columns$size)) ||
      startsWith(text, sized_kind())
  }, NA)
  wide <- function(text, count) {
    !grepl("(", text, fixed = TRUE) ||
      sum(layer_columns(text, 1L)$rows) == count
  }
  all(ours) && wide(units[["visible"]], visible) &&
    wide(units[["hidden"]], hidden)
}

checked_sizes <- function(units, count) {
  size <- sizes_of(list(units = units))
  if (length(size) == count && !anyNA(size) && all(size >= 1L) &&
        all(size <= .Call(ffi_limits)$size)) {
    size
  } else {
    1L
  }
}

# "2 binomial and 3 binary", of visible units.
visible_in_words <- function(object) {
  if (is_general(object)) {
    return(columns_in_words(layer_columns(object$units[["visible"]],
                                          length(object$b))))
  }
  size <- sizes_of(object)
  if (is.null(size)) {
    return(object$units[["visible"]])
  }
  if (all(size > 1L)) {
    return(sized_kind())
  }
  sprintf("%s %s and %s %s", big(sum(size > 1L)), sized_kind(),
          big(sum(size == 1L)), default_units()[["visible"]])
}

# "2 binary, 1 categorical", in the order of the first of each.
columns_in_words <- function(columns) {
  kinds <- sub("normal", "gaussian", sub("2$", "", columns$kind))
  counts <- table(factor(kinds, unique(kinds)))
  if (length(counts) == 1L) {
    return(if (counts == 1L) paste("1", names(counts)) else names(counts))
  }
  paste(paste(counts, names(counts)), collapse = ", ")
}

# Counts from 0 to the size of their column.
check_counts <- function(x, size, name) {
  check_scan(.Call(ffi_cases_scan, x), colnames(x), name,
             plain_advice(name, x)["missing"])
  top <- rep(size, each = nrow(x))
  bad <- x < 0 | x > top | x != round(x)
  if (any(bad)) {
    counts <- colSums(bad)
    at <- utils::head(which(counts > 0), 5L)
    abort(
      "counts",
      sprintf(paste("`%s` has values that are not whole numbers from 0 to the",
                    "size of their column, %s in all: %s."), name,
              big(sum(bad)),
              places(at, counts[at], sum(counts > 0), colnames(x))),
      sprintf("The sizes of these columns are %s.",
              paste(size[at], collapse = ", "))
    )
  }
  storage.mode(x) <- "double"
  x
}

# The sums over units of log choose(size, x) of each row.
log_ways <- function(x, size) {
  rowSums(matrix(lchoose(rep(size, each = nrow(x)), x), nrow(x)))
}
