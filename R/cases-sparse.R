# Classes of the Matrix package: compressed ones are read from their slots, for
# which that package need not be there; others are coerced by it first.

compressed_classes <- c("dgCMatrix", "lgCMatrix", "ngCMatrix", "dgRMatrix",
                        "lgRMatrix", "ngRMatrix")

# Which of these `x` is, or NULL. Its own class is looked at first: to ask about
# inheritance makes R attach the package of an S4 class.
compressed_class <- function(x) {
  if (!isS4(x)) {
    return(NULL)
  }
  own <- class(x)
  found <- if (any(own %in% compressed_classes) || is_from_matrix(own)) {
    intersect(own, compressed_classes)
  } else {
    compressed_classes[inherits(x, compressed_classes, TRUE) > 0L]
  }
  if (length(found)) found[1L]
}

is_from_matrix <- function(class) identical(attr(class, "package"), "Matrix")

is_of_matrix_package <- function(x) {
  isS4(x) && (is_from_matrix(class(x)) || inherits(x, "Matrix"))
}

# A compressed or a plain matrix; `x` itself where it is no matrix at all.
from_matrix_package <- function(
    x, name, installed = requireNamespace("Matrix", quietly = TRUE)) {
  if (!installed) {
    abort(
      "matrix_package",
      sprintf("`%s` is of class %s, which the package Matrix reads.", name,
              class(x)[1L]),
      "Install it, or give a dgCMatrix or a plain matrix."
    )
  }
  if (!inherits(x, "Matrix")) {
    return(x)
  }
  fault <- tryCatch(methods::validObject(x, test = TRUE),
                    error = conditionMessage)
  if (!isTRUE(fault)) {
    abort_damaged(x, name, fault[1L])
  }
  if (!inherits(x, "sparseMatrix")) {
    return(as.matrix(x))
  }
  methods::as(methods::as(x, "CsparseMatrix"), "generalMatrix")
}

read_sparse <- function(x, name, bias, hidden) {
  slots <- sparse_slots(x, name)
  check_not_empty(c(slots$n, slots$units), name)
  columns <- slots$dimnames[[2L]]
  check_columns(slots$units, columns, bias, name)
  check_size(slots$units, hidden)
  found <- .Call(ffi_cases_scan_sparse, slots)
  check_scan(found, columns, name, sparse_advice(name))
  lists <- .Call(ffi_cases_list, slots)
  new_cases(slots$n, slots$units, slots$dimnames, start = lists$start,
            item = lists$item)
}

# The slots of a compressed matrix, checked as far as C relies on them: objects
# are damaged by hand, or on their way through a file.
sparse_slots <- function(x, name) {
  slot <- function(slot) {
    value <- attr(x, slot, exact = TRUE)
    if (is.object(value)) {
      abort_damaged(x, name, sprintf("slot %s is of class %s.", slot,
                                     quote_names(class(value))))
    }
    value
  }
  kind <- compressed_class(x)
  by_row <- substr(kind, 3L, 3L) == "R"
  pattern <- startsWith(kind, "n")
  size <- slot("Dim")
  if (!is.integer(size) || length(size) != 2L || anyNA(size) ||
        any(size < 0L)) {
    abort_damaged(x, name, "slot Dim is not two whole numbers of at least 0.")
  }
  slots <- list(
    n = size[1L], units = size[2L], by_row = by_row, start = slot("p"),
    index = slot(if (by_row) "j" else "i"),
    value = if (!pattern) slot("x"),
    dimnames = sparse_names(slot("Dimnames"), size)
  )
  lines <- as.double(size[if (by_row) 1L else 2L])
  type <- c(d = "double", l = "logical", n = "NULL")[[substr(kind, 1L, 1L)]]
  fault <- if (!is.integer(slots$start) || length(slots$start) != lines + 1) {
    sprintf("slot p is not %.0f whole numbers.", lines + 1)
  } else if (!is.integer(slots$index)) {
    sprintf("slot %s is not whole numbers.", if (by_row) "j" else "i")
  } else if (typeof(slots$value) != type ||
               (!pattern && length(slots$value) != length(slots$index))) {
    sprintf("slot x is not one value of type %s for each index.", type)
  } else if (is.null(slots$dimnames)) {
    "slot Dimnames does not fit its rows and columns."
  } else {
    found <- .Call(ffi_cases_fault, slots)
    if (!is.null(found)) {
      switch(found,
             offsets = "slot p does not ascend from 0 to the count of indices.",
             range = "an index is not within its rows and columns.",
             order = "its indices do not ascend.")
    }
  }
  if (!is.null(fault)) {
    abort_damaged(x, name, fault)
  }
  slots
}

# NULL where the names do not fit.
sparse_names <- function(names, size) {
  fits <- function(names, count) {
    is.null(names) || (is.character(names) && length(names) %in% c(0L, count))
  }
  if (!is.list(names) || length(names) != 2L || !fits(names[[1L]], size[1L]) ||
        !fits(names[[2L]], size[2L])) {
    return(NULL)
  }
  lapply(unname(names), function(side) if (length(side)) side)
}

abort_damaged <- function(x, name, fault) {
  abort(
    "sparse_damaged",
    sprintf("`%s` is no sound %s: %s", name, class(x)[1L], fault),
    "Make it anew, for example with Matrix::sparseMatrix()."
  )
}

sparse_advice <- function(name) {
  fixed <- function(text) function() gsub("%s", name, text, fixed = TRUE)
  list(
    missing = fixed(paste(
      "Leave out their rows, %s[!is.na(Matrix::rowSums(%s)), , drop = FALSE],",
      "or fill them in."
    )),
    range = fixed("Sparse data are 0 and 1: %s > 0 keeps what is present."),
    between = fixed(paste(
      "Sparse data are 0 and 1: %s > 0 keeps what is present; as.matrix(%s) is",
      "read as intensities."
    ))
  )
}
