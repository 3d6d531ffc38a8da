# Argument checks: one function a kind of argument, each the one place where its
# errors are worded. `name` is the argument as the user wrote it.

# Stops with a condition of class harmonium_error_<id>, harmonium_error. The
# lines say what came, what is wanted, and what can be done.
abort <- function(id, ..., fields = list(), class = character()) {
  condition <- errorCondition(
    paste(c(...), collapse = "\n"),
    class = c(class, paste0("harmonium_error_", id), "harmonium_error"),
    call = entry_call()
  )
  condition[names(fields)] <- fields
  stop(condition)
}

# The call of the package's outermost function on the stack, without arguments:
# these may be large, and the message names the one that matters.
entry_call <- function() {
  for (frame in seq_len(sys.nframe())) {
    if (identical(topenv(environment(sys.function(frame))), topenv())) {
      name <- sys.call(frame)[[1L]]
      return(if (is.name(name)) as.call(list(name)))
    }
  }
  NULL
}

# What came, in a few words.
describe <- function(value) {
  if (is.null(value)) {
    return("NULL")
  }
  if (is.atomic(value) && !is.object(value) && is.null(dim(value)) &&
        length(value) == 1L) {
    if (is.character(value) && !is.na(value)) {
      return(encodeString(strtrim(spelled(value), 40), quote = "\""))
    }
    return(format(value, digits = 15))
  }
  kind <- if (is.object(value)) class(value)[1L] else typeof(value)
  if (is.function(value)) {
    return("a function")
  }
  size <- tryCatch(
    if (is.null(dim(value))) {
      paste("length", length(value))
    } else {
      paste(dim(value), collapse = " x ")
    },
    error = function(error) "damaged"
  )
  kind <- legible(strtrim(spelled(kind), 60))
  paste0("an object of type ", kind, " (", size, ")")
}

# Text from data and files as it can be shown: what would steer a terminal as R
# prints it, \033, and bytes that are no letters here as <ff>.
legible <- function(text) {
  text <- spelled(text)
  steers <- grepl("[[:cntrl:]]", text)
  text[steers] <- encodeString(text[steers])
  text
}

spelled <- function(text) {
  bad <- !is_legible(text)
  text[bad] <- vapply(text[bad], function(one) {
    iconv(rawToChar(charToRaw(one)), "ASCII", "ASCII", sub = "byte")
  }, "")
  text
}

is_legible <- function(text) validEnc(text) & Encoding(text) != "bytes"

quote_names <- function(names, most = 5L) {
  shown <- legible(as.character(utils::head(names, most)))
  shown <- paste0("`", shown, "`", collapse = ", ")
  rest <- length(names) - most
  if (rest > 0L) paste0(shown, " and ", rest, " more") else shown
}

is_number <- function(value) {
  !is.object(value) && is.numeric(value) && length(value) == 1L &&
    is.null(dim(value)) && is.finite(value)
}

check_count <- function(value, name, min = 1, max = .Machine$integer.max) {
  if (!is_number(value) || value != round(value) || value < min ||
        value > max) {
    abort(
      "count",
      sprintf("`%s` must be one whole number from %.0f to %.0f, not %s.",
              name, min, max, describe(value))
    )
  }
  if (max > .Machine$integer.max) as.double(value) else as.integer(value)
}

check_number <- function(value, name, min = 0, below = Inf, most = Inf,
                         positive = FALSE) {
  if (!is_number(value) || value < min || value >= below || value > most ||
        (positive && value == min)) {
    abort(
      "number",
      sprintf("`%s` must be one finite number %s %s%s%s, not %s.",
              name, if (positive) "above" else "of at least", format(min),
              if (is.finite(below)) paste(" and below", format(below)) else "",
              if (is.finite(most)) paste(" and at most", format(most)) else "",
              describe(value))
    )
  }
  as.double(value)
}

# A positive number, or Inf for none.
check_limit <- function(value, name) {
  if (identical(value, Inf)) Inf else check_number(value, name, positive = TRUE)
}

is_flag <- function(value) {
  !is.object(value) && (isTRUE(value) || isFALSE(value))
}

check_flag <- function(value, name) {
  if (!is_flag(value)) {
    abort(
      "flag",
      sprintf("`%s` must be TRUE or FALSE, not %s.", name, describe(value))
    )
  }
  value
}

# The first choice where the whole default vector came.
check_choice <- function(value, choices, name) {
  if (identical(value, choices)) {
    return(choices[1L])
  }
  if (!is.character(value) || is.object(value) || length(value) != 1L ||
        is.na(value) || !is_legible(value) || !value %in% choices) {
    abort(
      "choice",
      sprintf("`%s` must be one of %s, not %s.", name,
              paste0("\"", choices, "\"", collapse = ", "), describe(value))
    )
  }
  as.vector(value)
}

check_function <- function(value, name) {
  if (!is.null(value) && !is.function(value)) {
    abort(
      "function",
      sprintf("`%s` must be a function or NULL, not %s.", name,
              describe(value))
    )
  }
  value
}

# The path of a file, which need not be there.
check_path <- function(value, name) {
  if (!is.character(value) || is.object(value) || length(value) != 1L ||
        is.na(value) || !nzchar(value) || !is_legible(value) ||
        nchar(value, "bytes") > 4000) {
    abort(
      "path",
      sprintf("`%s` must be the path of a file, one text, not %s.", name,
              describe(value))
    )
  }
  as.vector(value)
}

# An argument without a default, `absent` being missing() of it.
check_given <- function(absent, name, wanted) {
  if (absent) {
    abort("absent", sprintf("`%s` is missing: give %s.", name, wanted))
  }
}

# Names in `given` must be among `known`, in full; `others` are names that are
# not settings, but may have been meant.
check_known <- function(given, known, what, others = character()) {
  if (is.null(given) || any(given == "")) {
    abort(
      "unnamed",
      sprintf("%s must be named, as in %s = ...", what, known[1L])
    )
  }
  unknown <- setdiff(given, known)
  if (length(unknown)) {
    abort(
      "unknown",
      sprintf("Unknown argument %s. Did you mean `%s`?", quote_names(unknown),
              nearest(unknown[1L], c(known, others))),
      sprintf("Known are %s.", quote_names(known, Inf))
    )
  }
}

# The known name most like `name`: a part of it, its initials, or the one with
# the fewest letters to change for its length.
nearest <- function(name, known) {
  name <- tolower(name)
  initials <- gsub("(^|_)(.)[^_]*", "\\2", known)
  likely <- c(known[startsWith(known, name)], known[initials == name],
              known[grepl(name, known, fixed = TRUE)])
  distance <- drop(utils::adist(name, known)) / pmax(nchar(name), nchar(known))
  c(likely, known[which.min(distance)])[1L]
}

# Arguments caught by the dots of a method that has no use for them.
check_dots_empty <- function(...) {
  if (...length()) {
    names <- names(list(...))
    given <- if (is.null(names)) rep("", ...length()) else names
    abort(
      "dots",
      sprintf("Unused argument: %s.",
              quote_names(ifelse(given == "", "(unnamed)", given))),
      "Check its spelling; names must be given in full."
    )
  }
}

# A list is easily changed by hand, and C trusts what it is given.
check_model <- function(object, name = "object") {
  if (!inherits(object, "rbm")) {
    abort(
      "model",
      sprintf("`%s` must be a model from rbm() or rbm_fit(), not %s.", name,
              describe(object))
    )
  }
  check_parameters(object, name)
  trained <- !is.null(object$training)
  check_sound(
    (!trained || (!is.object(object$training) &&
                    is_plain_list(object$training, "base_log_odds"))) &&
      (!trained || is.null(object$training$base_log_odds) ||
         is_finite(object$training$base_log_odds, nrow(object$W))) &&
      (is.null(object$image_dim) ||
         (is_finite(object$image_dim, 2L, min = 1) &&
            prod(object$image_dim) == nrow(object$W))),
    name, "model", "rbm() or rbm_fit()"
  )
  object
}

check_parameters <- function(object, name = "object") {
  if (!has_sound_parameters(object)) {
    abort(
      "model_changed",
      sprintf(paste("`%s` has parameters that are not finite, or whose types",
                    "or lengths do not fit together."), name),
      "Make models with rbm(W, b, c) rather than by changing one in place."
    )
  }
}

has_sound_parameters <- function(object) {
  if (!is_plain_list(object, c("W", "b", "c", "units"))) {
    return(FALSE)
  }
  W <- object$W
  is.matrix(W) && is.double(W) && !is.object(W) && length(W) > 0L &&
    is.double(object$b) && !is.object(object$b) && is.null(dim(object$b)) &&
    length(object$b) == nrow(W) &&
    is.double(object$c) && !is.object(object$c) && is.null(dim(object$c)) &&
    length(object$c) == ncol(W) &&
    all(is.finite(W)) && all(is.finite(object$b)) &&
    all(is.finite(object$c)) &&
    identical(object$units, c(visible = "binary", hidden = "binary"))
}

# R's search for methods has room for 512 bytes, and stops at what is longer.
check_class_name <- function(value, name) {
  size <- max(0L, nchar(attr(value, "class", exact = TRUE), "bytes"))
  if (size > 450L) {
    abort(
      "class_name",
      sprintf(paste("`%s` has a class whose name, of %s, is too long for R to",
                    "look for methods; 450 at most."), name,
              counted(size, "byte")),
      sprintf("Take the class away: unclass(%s).", name)
    )
  }
}

# Rows and columns of the picture that a case is, or NULL.
check_image_dim <- function(image_dim, units) {
  if (is.null(image_dim)) {
    return(NULL)
  }
  if (is.object(image_dim) || !is.numeric(image_dim) ||
        length(image_dim) != 2L || !all(is.finite(image_dim)) ||
        any(image_dim < 1) || any(image_dim != round(image_dim)) ||
        prod(image_dim) != units) {
    abort(
      "image_dim",
      sprintf(paste("`image_dim` must be two whole numbers, rows and columns,",
                    "whose product is the number of visible units, %d."),
              units)
    )
  }
  as.integer(image_dim)
}

# Sums of parameters that chains and annealing can hold in single precision,
# whose largest number is 3.4e38, for any number of units.
check_single <- function(object, name = "object") {
  most <- 1e28
  largest <- max(abs(object$W), abs(object$b), abs(object$c))
  if (largest > most) {
    abort(
      "single",
      sprintf(paste("`%s` has a parameter of size %.3g. Chains add parameters",
                    "in single precision, which takes them up to %g."), name,
              largest, most),
      paste("Such a machine is all certainties: scale its parameters down, or",
            "use an exact method.")
    )
  }
  object
}
