# What the fuzzers throw: values as code, so that a finding can be shown as a
# call to copy, and damage(), which breaks a sound value somewhere inside.

# Values that are wrong nearly everywhere, as code.
# nolint start: line_length_linter.
hostile <- c(
  # Nothing, and not known.
  "NULL", "NA", "NA_integer_", "NA_real_", "NA_character_", "NaN",
  "logical(0)", "integer(0)", "numeric(0)", "character(0)", "raw(0)", "list()",
  # Numbers out of range, or of another kind.
  "-1", "0", "1", "1L", "2", "3.5", "2^31", "-2^31", "1e300", "-1e300", "Inf",
  "-Inf", "1e-320", ".Machine$integer.max", "-.Machine$integer.max", "3+2i",
  "as.raw(0:3)", "TRUE", "c(TRUE, NA)", "c(1, NA)", "c(0.5, 0.5)", "c(a = 1)",
  # Compact sequences, and texts that are made when they are looked at.
  "1:10", "seq_len(1e6)", "seq_len(0)", "as.character(1:5)",
  "as.character(seq_len(1e4))",
  # Text.
  "\"a\"", "\"\"", "strrep(\"x\", 1e5)", "\"\\u00e9\\u4e2d\"",
  "rawToChar(as.raw(c(255, 254)))", "`Encoding<-`(\"\\xe9\", \"latin1\")",
  "`Encoding<-`(\"\\xe9\", \"bytes\")", "c(\"a\", NA)", "\"%s %d\"",
  "\"a\\nb\"", "letters",
  # Classes of base R.
  "factor(c(\"a\", \"b\"))", "as.Date(\"2020-01-01\")",
  "as.POSIXct(0, origin = \"1970-01-01\")", "as.POSIXlt(0, origin = \"1970-01-01\")",
  "as.difftime(2, units = \"mins\")", "numeric_version(\"1.2\")", "table(c(1, 2))",
  "ts(1:4)", "structure(1, class = \"integer64\")", "structure(1, class = \"foo\")",
  "structure(1L, dim = 1L)", "structure(list(), class = \"foo\")", "an_s4",
  # Frames.
  "data.frame()", "data.frame(a = 1:3, b = letters[1:3])", "iris",
  "data.frame(a = I(list(1, 2)))", "data.frame(a = I(diag(2)))",
  "structure(list(a = 1:3), class = c(\"tbl_df\", \"tbl\", \"data.frame\"), row.names = 1:3)",
  "structure(list(a = 1:3, b = 1:2), class = \"data.frame\", row.names = 1:3)",
  "structure(list(1, 2), class = \"data.frame\")",
  "structure(1:6, class = \"data.frame\")",
  "data.frame(a = 0:1, a = 1:0, check.names = FALSE)",
  # Code and places.
  "function(x) x", "function() stop(\"no\")", "function(...) NULL", "sum", "`if`",
  "new.env()", "globalenv()", "y ~ x", "quote(a + b)", "quote(a)",
  "expression(a, 1)", "pairlist(a = 1)", "stdin()",
  # Matrices and arrays.
  "matrix(0, 0, 6)", "matrix(0, 6, 0)", "matrix(0, 0, 0)", "matrix(NA, 2, 6)",
  "matrix(NaN, 2, 6)", "matrix(Inf, 2, 6)", "matrix(2, 2, 6)", "matrix(-1L, 2, 6)",
  "matrix(\"a\", 2, 6)", "matrix(list(1), 2, 6)", "matrix(1i, 2, 6)",
  "matrix(as.raw(3), 2, 6)", "array(0, c(2, 6, 2))", "array(0, 6)",
  "matrix(0:1, 2, 6, dimnames = list(c(\"a\", \"a\"), NULL))",
  "matrix(0:1, 2, 6, dimnames = list(NULL, rep(NA_character_, 6)))",
  "matrix(0:1, 2, 6, dimnames = list(NULL, rep(\"\", 6)))",
  "matrix(0:1, 2, 6, dimnames = list(NULL, rep(\"v1\", 6)))",
  "matrix(0:1, 2, 6, dimnames = list(r = c(\"a\", \"b\"), c = letters[1:6]))",
  "matrix(0:1, 2, 6, dimnames = list(NULL, rep(\"\\xff\", 6)))",
  "structure(matrix(0:1, 2, 6), class = \"foo\")", "matrix(0:1, 2, 600)",
  "matrix(c(0, 1), 1e4, 6)", "matrix(0.5, 2, 6)",
  # Lists where numbers belong.
  "list(1)", "list(1, 2)", "list(a = 1, 2)", "list(W = 1)", "list(NULL)",
  "list(W = matrix(0, 6, 3), b = \"a\", c = NULL)", "list(list(list()))",
  # What says that it is ours, and is not.
  "structure(list(), class = \"rbm\")", "structure(1, class = \"rbm\")",
  "structure(list(W = 1), class = \"rbm\")", "structure(sum, class = \"rbm\")",
  "structure(list(W = matrix(0, 6, 3), b = 1:6, c = 1:3), class = \"rbm\")",
  "structure(list(), class = \"rbm_control\")",
  "structure(1, class = \"rbm_control\")", "structure(list(), class = \"rbm_log_z\")",
  "structure(1, class = \"rbm_log_z\")", "structure(1, class = \"rbm_sample\")",
  "structure(matrix(0, 2, 6), class = \"rbm_sample\")",
  "structure(list(), class = \"rbm_estimators\")",
  "structure(1, class = c(\"rbm_log_lik\", \"logLik\"))"
)
# nolint end

# As many more of the Matrix package.
hostile_sparse <- c(
  "as(x_sparse, \"TsparseMatrix\")", "Matrix::Diagonal(6)", "x_sparse[0, ]",
  "Matrix::Matrix(0.5, 2, 6)", "as(Matrix::Diagonal(6), \"CsparseMatrix\")",
  "as(as(x_sparse > 0, \"nMatrix\"), \"RsparseMatrix\")",
  "Matrix::sparseMatrix(1, 1, x = NA, dims = c(2, 6))",
  "Matrix::sparseMatrix(1, 1, x = 2, dims = c(2, 6))",
  "Matrix::crossprod(x_sparse)", "as(2:1, \"pMatrix\")"
)

setClass("fuzz_s4", representation(a = "numeric"))
an_s4 <- new("fuzz_s4", a = 1)

pick <- function(values) values[[sample.int(length(values), 1L)]]

# Damage -----------------------------------------------------------------------

# `value` with one thing wrong in it, by chance of its own.
damage <- function(value, seed) {
  old <- get0(".Random.seed", globalenv(), inherits = FALSE)
  on.exit(assign(".Random.seed", old, globalenv()))
  set.seed(seed)
  for (time in seq_len(sample(1:2, 1L, prob = c(4, 1)))) {
    value <- damage_somewhere(value)
  }
  value
}

any_value <- function() eval(str2lang(pick(hostile)), globalenv())

damage_somewhere <- function(value, deep = 0L) {
  if (is.environment(value)) {
    return(any_value()) # it is no copy, but the thing itself
  }
  if (is.object(value) && (any(Encoding(class(value)) == "bytes") ||
        any(nchar(class(value), "bytes") > 1000L, na.rm = TRUE))) {
    return(any_value()) # with which R itself cannot go on
  }
  inner <- is.list(value) && length(unclass(value)) > 0L
  if (inner && runif(1L) < 0.75) {
    class <- oldClass(value)
    value <- unclass(value)
    at <- sample.int(length(value), 1L)
    value[at] <- list(damage_somewhere(value[[at]], deep + 1L))
    oldClass(value) <- class
    return(value)
  }
  if (isS4(value) && runif(1L) < 0.7 && length(methods::slotNames(value))) {
    slot <- pick(methods::slotNames(value))
    attr(value, slot) <- damage_somewhere(attr(value, slot), deep + 1L)
    return(value)
  }
  ways <- c("replace", if (deep > 0L) "null", "attribute", "class",
            if (inner) c("drop", "double", "names"),
            if (is.atomic(value) && length(value)) {
              c("element", "element", "shorten", "lengthen", "type", "dim",
                "attributes")
            },
            if (is.numeric(value) && length(value)) c("number", "number"))
  tryCatch(suppressWarnings(damage_by(value, pick(ways))),
           error = function(error) any_value())
}

numbers <- list(NA, -1, 0, 1, 2, 7, 0.5, 64, 1000, 2^20, 2^24, 2^31 - 1, 2^31,
                -2^31, 2^32, 2^53, 1e300, Inf, -Inf, NaN, 1e-310)

damage_by <- function(value, way) {
  size <- length(value)
  switch(
    way,
    replace = any_value(),
    null = NULL,
    attribute = {
      name <- pick(c("dim", "dimnames", "names", "class", "levels", "row.names",
                     "diagnostics", "free_energy", "chain", "se", "nobs",
                     "method", "tsp", "foo"))
      new <- if (runif(1L) < 0.5) any_value()
      # R itself cannot look for methods of a class that is bytes.
      if (name != "class" || !any(Encoding(as.character(new)) == "bytes")) {
        attr(value, name) <- new
      }
      value
    },
    class = `oldClass<-`(value, pick(list(NULL, "foo", "factor", "rbm",
                                          "data.frame", "Date"))),
    drop = `oldClass<-`(unclass(value)[-sample.int(size, 1L)], oldClass(value)),
    double = unclass(value)[c(seq_len(size), sample.int(size, 1L))],
    names = `names<-`(value, sample(names(value))),
    element = {
      at <- sample.int(size, 1L)
      value[at] <- if (is.numeric(value)) pick(numbers) else NA
      value
    },
    number = {
      value[] <- pick(numbers)
      if (is.integer(value) || runif(1L) < 0.5) value else as.integer(value)
    },
    shorten = value[seq_len(sample(0:(size - 1L), 1L))],
    lengthen = value[c(seq_len(size), 1L)],
    type = `attributes<-`(
      as.vector(value, pick(c("list", "character", "double", "integer",
                              "logical", "raw", "complex"))),
      attributes(value)
    ),
    dim = `dim<-`(as.vector(value), pick(list(
      c(1L, size), c(size, 1L), size, c(1L, size, 1L), c(0L, 0L)
    ))),
    attributes = `attributes<-`(value, NULL)
  )
}

# What must be as it was after any call. ---------------------------------------

watched <- function() {
  settings <- graphics::par(no.readonly = TRUE)
  list(
    options = options(), folder = getwd(), random = RNGkind(),
    par = settings[c("cex", "mar", "oma", "mfrow", "mfg", "pty", "xpd", "new",
                     "bg", "fg", "las", "ps", "lwd", "family")],
    devices = grDevices::dev.list(), device = grDevices::dev.cur(),
    connections = length(getAllConnections()), locale = Sys.getlocale(),
    environment = Sys.getenv(c("HARMONIUM_NUM_THREADS", "HARMONIUM_SIMD",
                               "OMP_NUM_THREADS", "TZ")),
    workspace = setdiff(ls(globalenv(), all.names = TRUE), ".Random.seed"),
    files = list.files(all.files = TRUE), search = search(),
    sinks = sink.number()
  )
}

what_changed <- function(before, after) {
  same <- mapply(identical, before, after)
  if (!same[["options"]]) {
    names <- union(names(before$options), names(after$options))
    which <- !mapply(identical, before$options[names], after$options[names])
    return(paste("options:", paste(names[which], collapse = ", ")))
  }
  names(before)[!same]
}
