# A model as what a file of rbm_save() holds, arrays and JSON, and the model
# made of these again. Vectors of numbers are arrays, named by their place in
# the model; the rest is JSON:
#
#   null, true, 7, 7.0, "a"            NULL, vectors of length 1; 7 an integer
#   ["a", null], {"$double": "Inf"}    strings; numbers that JSON does not have
#   {"n": 20, "stopped": "epochs"}     a list with names
#   {"$tensor": "W"}                   an array; "$type", where it is of another
#   {"$value": ..., "$attributes": {"class": "data.frame", ...}}
#   {"$list": [...]}, {"$logical": [...]}, {"$symbol": "x"}, {"$call": [...]},
#   {"$pairlist": [...]}, {"$function": {...}}, {"$S4": "dgCMatrix", ...}
#
# Functions are kept as code. There are no environments and no pointers.

model_format <- 4L

# From a model to the bytes of a file; an ordinary error says what cannot be
# kept.
model_to_bytes <- function(object) {
  model <- unclass(object)
  # do.call() puts values into the call.
  call <- model$training$call
  if (is.call(call) && is.function(call[[1L]])) {
    model$training$call[[1L]] <- quote(rbm_fit)
  }
  if (is.call(call) && is.null(model$x) && !is.null(call$x) &&
        !is.language(call$x)) {
    model$training$call$x <- quote(x)
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
  if (!is.list(model) || is.object(model) || !identical(names(model), parts)) {
    unfit("the model does not have the parts that it should")
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
       class %in% c("data.frame", "rbm_control"))
  if (!known) {
    unfit(sprintf("`%s` is of class %s", legible(at),
                 paste(legible(as.character(class)), collapse = ", ")))
  }
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
    symbol = , language = , pairlist = encode_code(value, at, store),
    closure = , builtin = , special = encode_function(value, at, store),
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

encode_code <- function(code, at, store) {
  if (is.symbol(code)) {
    return(json_object("$symbol", json_strings(as.character(code))))
  }
  # Without what the parser notes on its source, and without a class.
  parts <- as.list(unclass(code))
  names <- names(parts)
  if (identical(unname(parts[1L]), list(quote(`function`)))) {
    parts <- parts[1:3]
  }
  json <- character(length(parts))
  deeper(store)
  for (i in seq_along(parts)) {
    json[i] <- if (is_missing_argument(parts[[i]])) {
      json_object("$symbol", "\"\"")
    } else {
      encode_part(parts[[i]], below(at, i), store)
    }
  }
  deeper(store, -1L)
  json_object(
    c(if (is.call(code)) "$call" else "$pairlist",
      if (!is.null(names)) "names"),
    c(json_array(json),
      if (!is.null(names)) json_array(json_strings(names[seq_along(parts)])))
  )
}

is_missing_argument <- function(code) {
  identical(code, formals(function(x) NULL)$x)
}

# A part of code, in which functions and environments are code too.
encode_part <- function(part, at, store) {
  if (is.primitive(part)) {
    part <- as.name(primitive_name(part))
  } else if (is.function(part)) {
    part <- call("function", formals(part), body(part))
  } else if (is.environment(part)) {
    part <- quote(`<environment>`)
  }
  encode(part, at, store)
}

primitive_name <- function(value) {
  sub("^\\.Primitive\\(\"(.*)\"\\)$", "\\1", deparse(value))
}

# As in stats::plogis, or NULL for a function that no package exports.
name_in_package <- function(value) {
  space <- environment(value)
  if (!isNamespace(space)) {
    return(NULL)
  }
  names <- getNamespaceExports(space)
  same <- vapply(names, function(name) {
    identical(get0(name, space, inherits = FALSE), value)
  }, NA)
  if (any(same)) {
    call("::", as.name(getNamespaceName(space)), as.name(names[same][1L]))
  }
}

# What a function needs to be made again: arguments, a body, and the small
# vectors that it uses from the function that made it.
function_parts <- function(value) {
  name <- if (is.primitive(value)) {
    as.name(primitive_name(value))
  } else {
    name_in_package(value)
  }
  if (!is.null(name)) {
    return(list(formals = formals(function(...) NULL),
                body = as.call(list(name, quote(...))), values = list()))
  }
  formals <- formals(value)
  names <- c(all.names(body(value)), unlist(lapply(formals, all.names)))
  list(formals = formals, body = body(value),
       values = used_values(names, environment(value)))
}

encode_function <- function(value, at, store) {
  parts <- function_parts(value)
  json <- c(encode(parts$formals, below(at, "formals"), store),
            encode_part(parts$body, below(at, "body"), store),
            encode(parts$values, below(at, "values"), store))
  json_object("$function", json_object(names(parts), json))
}

# Vectors of these names between a function and the workspace or its package.
used_values <- function(names, environment) {
  values <- list()
  while (!nzchar(environmentName(environment))) {
    here <- intersect(setdiff(names, names(values)),
                      ls(environment, all.names = TRUE))
    found <- mget(here, envir = environment)
    small <- vapply(found, function(value) {
      is.atomic(value) && !is.null(value) && !is.object(value) &&
        utils::object.size(value) <= 2^20
    }, NA)
    values[here[small]] <- found[small]
    environment <- parent.env(environment)
  }
  values
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
    "$symbol" = if (identical(inside, "")) {
      formals(function(x) NULL)$x # an argument that is missing
    } else {
      as.name(inside)
    },
    "$call" = as.call(decode_code(node, at, store)),
    "$pairlist" = as.pairlist(decode_code(node, at, store)),
    "$function" = decode_function(inside, at, store),
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

decode_code <- function(node, at, store) {
  parts <- decode_parts(node[[1L]], at, store)
  if (!is.null(node[["names"]])) {
    names(parts) <- decode_strings(node[["names"]], at)
  }
  parts
}

# Such a function finds the vectors kept with it, and else what is in the
# workspace.
decode_function <- function(node, at, store) {
  formals <- as.list(decode(node[["formals"]], at, store))
  body <- decode(node[["body"]], at, store)
  values <- decode(node[["values"]], at, store)
  around <- globalenv()
  if (length(values)) {
    around <- list2env(values, parent = around)
  }
  as.function(c(formals, list(body)), envir = around)
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
