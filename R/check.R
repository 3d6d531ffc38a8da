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

# A warning of class harmonium_warning_<id>, harmonium_warning.
warn <- function(id, ...) {
  warning(warningCondition(
    paste(c(...), collapse = "\n"),
    class = c(paste0("harmonium_warning_", id), "harmonium_warning"),
    call = entry_call()
  ))
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
  as.vector(value)
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
      paste0("Unknown argument ", quote_names(unknown),
             meant_by(unknown[1L], c(known, others))),
      if (unknown[1L] %in% names(no_such)) {
        no_such[[unknown[1L]]]
      } else if (length(known) > 10L) {
        "?rbm_control describes all settings."
      } else {
        sprintf("Known are %s.", quote_names(known, Inf))
      }
    )
  }
}

# What other packages call the same, and what there is in place of some of their
# arguments.
other_words <- c(
  n_iter = "epochs", niter = "epochs", iter = "epochs", iterations = "epochs",
  max_iter = "epochs", maxit = "epochs", n_epochs = "epochs",
  num_epochs = "epochs", nepochs = "epochs", lrate = "learning_rate",
  learn_rate = "learning_rate", eta = "learning_rate",
  step_size = "learning_rate", n_hidden = "hidden", num_hidden = "hidden",
  nhidden = "hidden", n_components = "hidden", hidden_units = "hidden",
  minibatch = "batch_size", minibatch_size = "batch_size",
  lambda = "weight_decay", l2 = "weight_decay", penalty = "weight_decay",
  weight_cost = "weight_decay", nthreads = "threads", n_threads = "threads",
  num_threads = "threads", ncores = "threads", n_cores = "threads",
  cores = "threads", n_jobs = "threads", data = "x", newdata = "x",
  formula = "x", cd_k = "k", n_gibbs = "k", gibbs_steps = "k",
  n_chains = "chains", nchains = "chains", algorithm = "estimator",
  method = "estimator", nstart = "starts", n_starts = "starts",
  trace = "verbose", quiet = "verbose", silent = "verbose",
  validation_split = "validation", validation_data = "validation",
  holdout = "validation", early_stopping = "patience", optimizer = "optimiser"
)
no_such <- list(
  seed = "Random numbers are R's: call set.seed() before.",
  random_state = "Random numbers are R's: call set.seed() before.",
  weights = "Weights of cases are an argument of rbm_fit().",
  cd = "Contrastive divergence is estimator = \"cd\"."
)

# What the user is likely to have meant, or nothing.
meant_by <- function(name, known) {
  if (name %in% names(no_such)) {
    return(".")
  }
  word <- unname(other_words[name])
  if (word %in% known) {
    return(sprintf(". Here `%s` is called `%s`.", name, word))
  }
  near <- nearest(name, setdiff(known, "..."))
  if (is.na(near)) "." else sprintf(". Did you mean `%s`?", near)
}

# The known name that `name` is near to: its beginning, one of its words, its
# initials, or it with a few letters changed; else NA.
nearest <- function(name, known) {
  name <- tolower(name)
  initials <- gsub("(^|_)(.)[^_]*", "\\2", known)
  has_word <- vapply(strsplit(known, "_"), function(word) name %in% word, NA)
  likely <- c(known[startsWith(known, name)], known[initials == name],
              known[has_word])
  distance <- drop(utils::adist(name, known))
  close <- distance <= 1 + nchar(name) %/% 5 & distance < nchar(name) - 1
  c(likely, known[close][which.min(distance[close])], NA)[1L]
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

# Stops where `sound`, a test of an object of ours that was changed by hand, is
# FALSE, or cannot even be made. For models see schema.R.
check_sound <- function(sound, name, class, instead) {
  if (!isTRUE(tryCatch(sound, error = function(error) FALSE))) {
    abort(
      "object_changed",
      sprintf("`%s` is not a valid %s: its parts do not fit together.", name,
              class),
      sprintf("Was it changed by hand? Make it anew with %s.", instead)
    )
  }
}

is_plain_list <- function(value, names) {
  own <- attr(value, "names", exact = TRUE)
  is.list(value) && !isS4(value) && !inherits(value, "data.frame") &&
    all(names %in% own) && !anyDuplicated(own)
}

# A data frame whose columns are as long as it says.
is_frame <- function(value) {
  is.list(value) && is.data.frame(value) &&
    !is.null(attr(value, "names", exact = TRUE)) &&
    all(vapply(unclass(value), function(column) length(unclass(column)), 1) ==
          .row_names_info(value, 2L))
}

# As many finite numbers, without a class.
is_finite <- function(value, count = 1L, min = -Inf) {
  typeof(value) %in% c("integer", "double") && !is.object(value) &&
    length(value) == count && all(is.finite(value)) && all(value >= min)
}

# A number, which may be missing, but is not infinite.
is_known_or_na <- function(value) {
  is.numeric(value) && !is.object(value) && length(value) == 1L &&
    is.null(dim(value)) && (is.finite(value) || is.na(value))
}

# One text, or NULL where it may be `absent`.
check_text <- function(value, name, absent = FALSE) {
  if (!is_text(value) && !(absent && is.null(value))) {
    abort("text", sprintf("`%s` must be one text%s, not %s.", name,
                          if (absent) " or NULL" else "", describe(value)))
  }
  value
}

is_text <- function(value) {
  is.character(value) && !is.object(value) && length(value) == 1L &&
    !is.na(value) && is_legible(value)
}

are_all <- function(test, values) all(vapply(values, test, NA))

# How many digits a number is printed with.
check_digits <- function(digits) check_count(digits, "digits", max = 15)

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
