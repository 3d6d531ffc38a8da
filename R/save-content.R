# A model as what a file of rbm_save() holds, arrays and JSON, and the model
# made of these again. Vectors of numbers are arrays, named by their place in
# the model; the rest is JSON:
#
#   null, true, 7, 7.0, "a"            NULL, vectors of length 1; 7 an integer
#   ["a", null], {"$double": "Inf"}    strings; numbers that JSON does not have
#   {"n": 20, "stopped": "epochs"}     a list with names
#   {"$tensor": "W"}                   an array; "$type", where it is of another
#   {"$value": ..., "$attributes": {"class": "data.frame", ...}}
#   {"$list": [...]}, {"$logical": [...]}, {"$S4": "dgCMatrix", ...}
#
# There are no functions, no code, no environments and no pointers. The call of
# the fit is a string, which is parsed and not evaluated; a schedule that was a
# function is the string `own_schedule`.

model_format <- 6L

# The longest call in bytes. R's parser nests calls as deep as half of it, and
# what walks along code in C would leave its stack at some 100,000.
most_call <- 20000L

# From a model to the bytes of a file; an ordinary error says what cannot be
# kept.
model_to_bytes <- function(object) {
  model <- unclass(object)
  if (is.list(model$training)) {
    model$training <- without_code(model$training)
  }
  store <- new_store()
  json <- encode(model, "", store)
  write_safetensors(store$tensors, c(
    format = as.character(model_format),
    harmonium = as.character(utils::packageVersion("harmonium")),
    model = json
  ))
}

# And back, from the JSON and the named arrays; an error of class
# harmonium_error_unfit, or of R, says what is wrong with them.
parts_to_model <- function(json, tensors) {
  store <- new_store(tensors)
  model <- decode(parse_json(json), "", store)
  if (!setequal(store$used, names(tensors))) {
    unfit("it has tensors that no part of the model refers to")
  }
  parts <- names(formals(new_rbm))
  always <- setdiff(parts, c("d", "columns"))
  if (!is.list(model) || is.object(model) || anyDuplicated(names(model)) ||
        !all(always %in% names(model)) ||
        !identical(names(model), intersect(parts, names(model)))) {
    unfit("the model does not have the parts that it should")
  }
  if (is.list(model$training) && is_text(model$training$call)) {
    model$training$call <- text_to_call(model$training$call)
  }
  model <- do.call(new_rbm, model, quote = TRUE)
  fault <- model_fault(model, "load")
  if (!is.null(fault)) {
    unfit(fault)
  }
  model
}

# Arrays by their names, which of them were used, and how deep we are.
new_store <- function(tensors = list()) {
  list2env(list(tensors = tensors, used = character(), depth = 0L))
}

# Classes that parts of a model have; data frames among the data, and their
# columns, are looked at where all data are. Anything that is asked of an object
# of another class would be answered by methods of that class.
check_known_class <- function(class, at) {
  known <- is.null(class) || startsWith(at, "x.") || at == "x" ||
    (is.character(class) && length(class) == 1L &&
       class %in% c("data.frame", "rbm_control")) ||
    (at == "columns" && identical(class, c("rbm_units", "data.frame")))
  if (!known) {
    unfit(sprintf("`%s` is of class %s", legible(at),
                 paste(legible(as.character(class)), collapse = ", ")))
  }
}

# What a fit keeps, without what is code.
without_code <- function(training) {
  if (is.call(training$call)) {
    training$call <- call_to_text(training$call)
  }
  for (part in c("control", "settings")) {
    if (is.function(training[[part]]$schedule)) {
      training[[part]]$schedule <- own_schedule
    }
  }
  training
}

# A call as text. do.call() puts values into calls: an argument that is not code
# or a short vector is replaced by its name, as in rbm_fit(x = x, hidden = 3).
call_to_text <- function(call) {
  parts <- as.list(unclass(call))
  names <- names(parts)
  short <- vapply(parts, is_short_code, NA)
  if (!short[1L]) {
    parts[[1L]] <- quote(rbm_fit)
  }
  for (i in setdiff(which(!short), 1L)) {
    parts[[i]] <- as.name(if (isTRUE(nzchar(names[i]))) names[i] else "...")
  }
  text <- deparsed(as.call(parts))
  if (nchar(text, "bytes") > most_call) {
    unfit("its call is too long")
  }
  text
}

# Code, or up to ten values, of up to 2000 bytes that can be parsed again.
is_short_code <- function(value) {
  tryCatch(
    {
      few <- is.null(value) || (is.atomic(value) && length(value) <= 10L &&
                                  is.null(attributes(value)))
      text <- if (few || is.language(value)) deparsed(value)
      is_string(text) && nchar(text, "bytes") <= most_call / 10 &&
        length(parse(text = text, keep.source = FALSE)) == 1L
    },
    error = function(error) FALSE # an argument that is empty, an environment
  )
}

# Of large values only the beginning, which is too long as it is.
deparsed <- function(code) {
  lines <- deparse(code, width.cutoff = 500L, nlines = 1000L)
  enc2utf8(paste(lines, collapse = "\n"))
}

text_to_call <- function(text) {
  if (nchar(text, "bytes") > most_call) {
    unfit("its call is too long")
  }
  # Letters that this locale does not have would be no letters to the parser.
  text <- iconv(text, "UTF-8", "", sub = "X")
  code <- tryCatch(parse(text = text, keep.source = FALSE),
                   error = function(error) NULL)
  if (length(code) != 1L || !is.call(code[[1L]])) {
    unfit("its call is not one call of R")
  }
  code[[1L]]
}

below <- function(at, names) paste0(at, if (nzchar(at)) ".", names)

# To JSON ----------------------------------------------------------------------

# `at` is the place in the model; arrays go into the store.
encode <- function(value, at, store) {
  switch(
    typeof(value),
    logical = , integer = , double = , raw = , character = , list = {
      check_known_class(attr(value, "class", exact = TRUE), at)
      bare <- strip(value)
      with_attributes(if (is.list(bare)) encode_list(bare, at, store) else
                        encode_vector(bare, at, store),
                      value, names(attributes(bare)), at, store)
    },
    S4 = encode_s4(value, at, store),
    "null"
  )
}

# Without the attributes that are not part of an array, or the names of a list
# which are those of a JSON object.
strip <- function(value) {
  dim <- attr(value, "dim", exact = TRUE)
  names <- if (is.list(value)) attr(value, "names", exact = TRUE)
  attributes(value) <- NULL
  array <- length(dim) > 1L && !is.list(value) && !is.character(value) &&
    (!is.logical(value) || !anyNA(value))
  if (array) {
    dim(value) <- dim
  }
  if (length(names) > 0L && !anyNA(names) && all(nzchar(names)) &&
        !anyDuplicated(names) && !any(startsWith(names, "$"))) {
    names(value) <- names
  }
  value
}

with_attributes <- function(json, value, done, at, store) {
  others <- attributes(value)
  others <- others[setdiff(names(others), done)]
  if (length(others) == 0L) {
    return(json)
  }
  if (!is.null(others$row.names)) {
    rows <- .row_names_info(value, 0L)
    # Compact ones are NA and their number.
    others$row.names <- if (is.integer(rows) && anyNA(rows)) rows[2L] else rows
  }
  parts <- mapply(encode, others, below(at, names(others)),
                  MoreArgs = list(store = store))
  parts <- parts[parts != "null"]
  if (length(parts) == 0L) {
    return(json)
  }
  sprintf("{\"$value\":%s,\"$attributes\":%s}", json,
          json_object(names(parts), parts))
}

json_object <- function(names, parts) {
  sprintf("{%s}", paste0(json_strings(names), ":", parts, collapse = ","))
}

json_array <- function(parts) sprintf("[%s]", paste(parts, collapse = ","))

# Each level takes two of JSON, or a few more where there are attributes.
deeper <- function(store, by = 1L) {
  store$depth <- store$depth + by
  if (store$depth > most_depth %/% 2L - 8L) {
    unfit("it is nested too deeply")
  }
}

encode_list <- function(value, at, store) {
  names <- names(value)
  if (length(value) == 0L) {
    return("{\"$list\":[]}")
  }
  words <- if (is.null(names)) as.character(seq_along(value)) else names
  odd <- !grepl("^[A-Za-z][A-Za-z0-9_.]*$", words)
  words[odd] <- which(odd)
  parts <- character(length(value))
  deeper(store)
  for (i in seq_along(value)) {
    parts[i] <- encode(value[[i]], below(at, words[i]), store)
  }
  deeper(store, -1L)
  if (is.null(names)) {
    sprintf("{\"$list\":%s}", json_array(parts))
  } else {
    json_object(names, parts)
  }
}

encode_vector <- function(value, at, store) {
  single <- length(value) == 1L && is.null(dim(value)) && !anyNA(value)
  if (is.character(value)) {
    parts <- json_strings(value)
    parts[is.na(value)] <- "null"
    return(if (single) parts else json_array(parts))
  }
  if (is.logical(value) && (single || anyNA(value) || !length(value))) {
    parts <- c("false", "true")[value + 1L]
    parts[is.na(value)] <- "null"
    return(if (single) parts else
             sprintf("{\"$logical\":%s}", json_array(parts)))
  }
  if (is.integer(value) && single) {
    return(sprintf("%d", value))
  }
  if (is.double(value) && length(value) == 1L && is.null(dim(value))) {
    return(json_double(value))
  }
  while (at %in% names(store$tensors)) {
    at <- paste0(at, "_")
  }
  type <- typeof(value)
  # Data are mostly 0 and 1, and take a byte each.
  small <- startsWith(at, "x") && is_small(value)
  if (small) {
    dim <- dim(value)
    value <- as.raw(value)
    dim(value) <- dim
  }
  store$tensors[[at]] <- value
  json_object(c("$tensor", if (small) "$type"),
              json_strings(c(at, if (small) type)))
}

# A number with a decimal point or an exponent, in as few digits as it takes.
json_double <- function(value) {
  if (!is.finite(value)) {
    return(json_object("$double", json_strings(format(value))))
  }
  for (digits in c("%.15g", "%.17g")) {
    text <- sprintf(digits, value)
    if (!grepl("[.e]", text)) {
      text <- paste0(text, ".0")
    }
    if (identical(jsonlite::parse_json(text), value)) {
      break
    }
  }
  text
}

# Whole numbers that a byte can hold, none of them -0.
is_small <- function(value) {
  is.numeric(value) && length(value) > 0L && !anyNA(value) &&
    all(value >= 0 & value <= 255) && all(value == trunc(value)) &&
    all(1 / value[value == 0] > 0)
}

encode_s4 <- function(value, at, store) {
  class <- class(value)
  if (!startsWith(at, "x") || !is_from_matrix(class)) {
    unfit(sprintf("`%s` is of class %s", at, class[1L]))
  }
  slots <- attributes(value)
  slots$class <- NULL
  if (!is.null(slots$factors)) {
    slots$factors <- list() # no part of the matrix
  }
  json_object(c("$S4", "slots"), c(json_strings(class),
                                   encode(slots, at, store)))
}

# From JSON --------------------------------------------------------------------

decode <- function(node, at, store) {
  if (!is.list(node)) {
    return(node)
  }
  names <- names(node)
  if (is.null(names)) {
    return(decode_strings(node, at))
  }
  if (anyDuplicated(names)) {
    unfit(sprintf("`%s` has a name twice", at))
  }
  if (length(names) == 0L || !startsWith(names[1L], "$")) {
    return(mapply(decode, node, below(at, names),
                  MoreArgs = list(store = store), SIMPLIFY = FALSE))
  }
  inside <- node[[1L]]
  switch(
    names[1L],
    "$tensor" = decode_tensor(inside, node[["$type"]], store),
    "$value" = set_attributes(decode(inside, at, store), node[["$attributes"]],
                              at, store),
    "$list" = decode_parts(inside, at, store),
    "$logical" = as.logical(decode_parts(lapply(inside, function(one) {
      if (is.null(one)) NA else one
    }), at, store)),
    "$double" = c("NA" = NA_real_, "NaN" = NaN, "Inf" = Inf,
                  "-Inf" = -Inf)[[inside]],
    "$S4" = decode_s4(node, at, store),
    unfit(sprintf("`%s` is of a kind that is not known", at))
  )
}

decode_strings <- function(node, at) {
  absent <- vapply(node, is.null, NA)
  if (!all(absent | vapply(node, is_string, NA))) {
    unfit(sprintf("`%s` is an array of other things than strings", at))
  }
  strings <- rep(NA_character_, length(node))
  strings[!absent] <- unlist(node)
  strings
}

decode_tensor <- function(name, type, store) {
  if (!is_string(name) || !name %in% names(store$tensors)) {
    unfit("a part of the model is a tensor that is not there")
  }
  value <- store$tensors[[name]]
  store$used <- c(store$used, name)
  if (!is.null(type)) {
    if (!is.raw(value) || !type %in% c("double", "integer")) {
      unfit(sprintf("tensor `%s` is of no known type", name))
    }
    storage.mode(value) <- type
  }
  value
}

decode_parts <- function(nodes, at, store) {
  if (!is.list(nodes) || !is.null(names(nodes))) {
    unfit(sprintf("`%s` is not a JSON array", at))
  }
  lapply(nodes, decode, at, store)
}

set_attributes <- function(value, nodes, at, store) {
  check_object(nodes, "set of attributes")
  attributes <- decode(nodes, at, store)
  check_known_class(attributes$class, at)
  rows <- attributes$row.names
  if (is.integer(rows) && length(rows) == 1L) {
    attributes$row.names <- c(NA, rows)
  }
  attributes(value) <- c(attributes(value), attributes)
  value
}

# Only objects of classes of the Matrix package are made, slot by slot.
decode_s4 <- function(node, at, store) {
  if (at != "x" || !requireNamespace("Matrix", quietly = TRUE)) {
    unfit("its data are an object that needs the package Matrix")
  }
  class <- methods::getClassDef(node[[1L]], where = asNamespace("Matrix"))
  slots <- decode(node[["slots"]], at, store)
  if (is.null(class) || class@package != "Matrix" || class@virtual ||
        !setequal(names(slots), names(class@slots))) {
    unfit("its data are of no class of the package Matrix")
  }
  object <- methods::new(class)
  for (name in names(slots)) {
    methods::slot(object, name) <- slots[[name]]
  }
  object
}
