# What a file of rbm_save() holds: plain data made of a model, what such content
# must be before it is used, and the model made of it again.

# What a file holds, with nothing but plain data in it.
model_content <- function(object) {
  model <- unclass(object)
  if (!is.null(model$training)) {
    model$training <- plain(model$training)
    # do.call() puts values into the call.
    call <- object$training$call
    plain_call <- is.call(call) && !is.object(call)
    if (plain_call && is.function(call[[1L]])) {
      model$training$call[[1L]] <- quote(rbm_fit)
    }
    if (plain_call && is.null(model$x) && !is.null(call$x) &&
          !is.language(call$x)) {
      model$training$call$x <- quote(x)
    }
  }
  model[c("W", "b", "c", "x")] <- lapply(model[c("W", "b", "c", "x")], plain)
  list(
    harmonium = as.character(utils::packageVersion("harmonium")),
    parameters = parameter_checksum(object),
    model = model
  )
}

# A value as plain data: functions as lists, text in UTF-8, and neither
# environments nor pointers.
plain <- function(value) {
  kept <- switch(
    typeof(value),
    "NULL" = , logical = , integer = , double = , raw = , S4 = value,
    character = enc2utf8(value),
    list = {
      parts <- lapply(unclass(value), plain)
      attributes(parts) <- attributes(value)
      parts
    },
    symbol = , language = , pairlist = plain_code(value),
    closure = , builtin = , special = plain_function(value)
  )
  if (is.atomic(kept) || is.list(kept)) plain_attributes(kept) else kept
}

plain_attributes <- function(value) {
  old <- attributes(value)
  new <- lapply(old, plain)
  new <- new[!vapply(new, is.null, NA)]
  if (!identical(new, old) && length(old)) {
    attributes(value) <- new
  }
  value
}

# Code without what the parser notes on its source, and without objects in it.
plain_code <- function(code) {
  if (is.symbol(code)) {
    return(code)
  }
  parts <- as.list(unclass(code))
  attributes(parts) <- list(names = names(parts))
  if (identical(parts[1L], list(quote(`function`)))) {
    parts <- parts[1:3]
  }
  for (i in seq_along(parts)) {
    if (!is_missing_argument(parts[[i]])) {
      parts[i] <- list(plain_part(parts[[i]]))
    }
  }
  if (is.call(code)) as.call(parts) else as.pairlist(parts)
}

is_missing_argument <- function(code) {
  identical(code, formals(function(x) NULL)$x)
}

plain_part <- function(part) {
  if (is.primitive(part)) {
    as.name(primitive_name(part))
  } else if (is.function(part)) {
    plain_code(call("function", formals(part), body(part)))
  } else if (is.environment(part)) {
    quote(`<environment>`)
  } else {
    plain(part)
  }
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

# What a function needs to be made again by revive().
plain_function <- function(value) {
  name <- if (is.primitive(value)) {
    as.name(primitive_name(value))
  } else {
    name_in_package(value)
  }
  if (!is.null(name)) {
    formals <- as.list(formals(function(...) NULL))
    body <- as.call(list(name, quote(...)))
    values <- list()
  } else {
    formals <- as.list(plain_code(as.pairlist(formals(value))))
    body <- plain_part(body(value))
    names <- c(all.names(body), unlist(lapply(formals, all.names)))
    values <- used_values(names, environment(value))
  }
  structure(
    list(formals = formals, body = body, values = values),
    class = "harmonium_function"
  )
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
    values[here[small]] <- lapply(found[small], plain)
    environment <- parent.env(environment)
  }
  values
}

revive <- function(value) {
  if (inherits(value, "harmonium_function")) {
    around <- globalenv()
    if (length(value$values)) {
      around <- list2env(value$values, parent = around)
    }
    return(as.function(c(value$formals, list(value$body)), envir = around))
  }
  if (is.list(value)) {
    functions <- vapply(unclass(value), is.list, NA)
    revived <- unclass(value)
    revived[functions] <- lapply(revived[functions], revive)
    attributes(revived) <- attributes(value)
    value <- revived
  }
  value
}

# What a sound content is ------------------------------------------------------

# What keeps this from being the content of a file, or NULL.
content_fault <- function(content) {
  tryCatch(
    {
      fault <- class_fault(content)
      if (!is.null(fault)) {
        fault
      } else if (!is_list_of(content, c("harmonium", "parameters", "model")) ||
                   !is_text(content$harmonium)) {
        "it is not a model with a version and a checksum"
      } else {
        model_fault(content$model, content$parameters)
      }
    },
    error = conditionMessage
  )
}

# The first part of a class that no model has there, or NULL. It is found before
# anything else is asked of the content, since what is asked of an object of a
# class is answered by methods of that class. Data are left to data_fault().
class_fault <- function(value, place = "its content") {
  known <- c("rbm_control", "data.frame", "harmonium_function")
  class <- attr(value, "class", exact = TRUE)
  if (isS4(value) || (is.object(value) &&
                        (length(class) != 1L || !class %in% known))) {
    return(sprintf("%s is of class %s", legible(place),
                   paste(legible(class), collapse = ", ")))
  }
  if (typeof(value) == "list") {
    parts <- unclass(value)
    names <- names(parts)
    for (i in seq_along(parts)) {
      name <- if (is.null(names)) "a part" else sprintf("`%s`", names[i])
      is_data <- place == "`model`" && name == "`x`"
      fault <- if (!is_data) class_fault(parts[[i]], name)
      if (!is.null(fault)) {
        return(fault)
      }
    }
  }
}

# A list of nothing else than elements of these names, in this order.
is_list_of <- function(value, names) {
  is.list(value) && !is.object(value) && identical(names(value), names) &&
    identical(names(attributes(value)), "names")
}

model_fault <- function(model, sum) {
  if (!is_list_of(model, names(new_rbm(matrix(0), 0, 0)))) {
    return("the model does not have the parts that it should")
  }
  if (!is_reals(model$W) || !is_reals(model$b) || !is_reals(model$c) ||
        !is.null(dim(model$b)) || !is.null(dim(model$c))) {
    return("the parameters are not numbers, or of a class of their own")
  }
  check_parameters(model, "model")
  made <- with(model, new_rbm(W, b, c, units, image_dim, training, x))
  if (!identical(unclass(made), model)) {
    return("the names of W, b and c do not agree")
  }
  if (!identical(sum, parameter_checksum(model))) {
    return("the parameters do not have the checksum that they should have")
  }
  if (!identical(model$image_dim,
                 check_image_dim(model$image_dim, nrow(model$W)))) {
    return("image_dim is not two whole numbers")
  }
  fault <- if (!is.null(model$training)) training_fault(model)
  if (is.null(fault) && !is.null(model$x)) {
    fault <- data_fault(model)
  }
  fault
}

is_reals <- function(value) {
  is.double(value) && !is.object(value) &&
    all(names(attributes(value)) %in% c("dim", "dimnames", "names"))
}

# As many finite numbers, without a class.
is_finite <- function(value, count = 1L, min = -Inf) {
  typeof(value) %in% c("integer", "double") && !is.object(value) &&
    length(value) == count && all(is.finite(value)) && all(value >= min)
}

is_text <- function(value) {
  is.character(value) && !is.object(value) && length(value) == 1L &&
    !is.na(value) && is_legible(value)
}

training_fault <- function(model) {
  training <- model$training
  if (!is.list(training) || is.object(training) || is.null(names(training)) ||
        anyDuplicated(names(training))) {
    return("training is not a list with names")
  }
  sound <- c(
    call = is.call(training$call),
    n = is_finite(training$n, min = 1),
    hidden = is_finite(training$hidden) && training$hidden == ncol(model$W),
    control = is_control(training$control),
    history = is_history(training$history),
    stopped = is_text(training$stopped),
    seconds = is_finite(training$seconds, min = 0),
    monitored = is_finite(training$monitored, min = 0),
    key = is_finite(training$key, 2L, min = 0) && all(training$key < 2^32),
    base_log_odds = is_finite(training$base_log_odds, nrow(model$W)),
    independent_log_lik = is_finite(training$independent_log_lik),
    settings = is.null(training$settings) || is_control(training$settings),
    held_out = is.null(training$held_out) ||
      identical(training$held_out, "data") ||
      is_held_out(training$held_out, training$n),
    state = is.null(training$state) || is_state(training$state, model)
  )
  others <- training[setdiff(names(training), names(sound))]
  sound <- c(sound, vapply(others, is_plain, NA))
  if (!all(sound)) {
    sprintf("training has no sound part %s", quote_names(names(which(!sound))))
  }
}

# Rows of x, in order, of which `n` are others.
is_held_out <- function(rows, n) {
  is.integer(rows) && is.null(attributes(rows)) && length(rows) > 0L &&
    !anyNA(rows) && !is.unsorted(rows, strictly = TRUE) && rows[1L] >= 1L &&
    rows[length(rows)] <= n + length(rows)
}

# Whether rbm_control() takes all of it, and gives the same.
is_control <- function(control) {
  if (!identical(class(control), "rbm_control") || !is.list(control) ||
        !all(vapply(unclass(control), is_plain, NA))) {
    return(FALSE)
  }
  given <- unclass(revive(control))
  made <- unclass(do.call(rbm_control, given, quote = TRUE))
  data <- !vapply(given, is.function, NA)
  identical(made[names(given)][data], given[data])
}

is_history <- function(history) {
  identical(class(history), "data.frame") && is_frame(history) &&
    all(history_columns %in% names(history)) &&
    all(vapply(unclass(history), function(column) {
      !is.object(column) && is.numeric(column) && is.null(dim(column))
    }, NA))
}

# A data frame whose columns are as long as it says, whatever their classes have
# to say of it.
is_frame <- function(value) {
  is.list(value) && is.data.frame(value) &&
    !is.null(attr(value, "names", exact = TRUE)) &&
    all(vapply(unclass(value), function(column) length(unclass(column)), 1) ==
          .row_names_info(value, 2L))
}

# Vectors without a class, lists and data frames of them, and functions as
# plain_function() gives them.
is_plain <- function(value) {
  if (inherits(value, "harmonium_function")) {
    return(is_plain_function(value))
  }
  if (is.list(value)) {
    return((!is.object(value) || is_frame(value)) &&
             all(vapply(unclass(value), is_plain, NA)))
  }
  is.null(value) || (is.atomic(value) && !is.object(value))
}

is_plain_function <- function(value) {
  names <- c("formals", "body", "values")
  named <- function(part) {
    is.list(part) && !is.object(part) &&
      length(names(part)) == length(part) && all(nzchar(names(part)))
  }
  identical(class(value), "harmonium_function") && is.list(value) &&
    identical(names(value), names) && named(value$formals) &&
    named(value$values) &&
    all(vapply(value$values, function(x) is.atomic(x) && !is.object(x), NA)) &&
    (is.language(value$body) || is.atomic(value$body))
}

data_fault <- function(model) {
  x <- model$x
  classes <- list("data.frame", c("tbl_df", "tbl", "data.frame"),
                  c("data.table", "data.frame"))
  sound <- if (isS4(x)) {
    is_from_matrix(class(x))
  } else if (is.object(x)) {
    list(class(x)) %in% classes && is_frame(x)
  } else {
    is.atomic(x)
  }
  if (!sound) {
    return(sprintf("its data are of class %s",
                   paste(class(x), collapse = ", ")))
  }
  cases <- as_cases(x, "x", model$b)
  held_out <- model$training$held_out
  if (is.null(model$training) ||
        cases$n != model$training$n + length(held_out) * is.numeric(held_out)) {
    "its data are not as many cases as it was trained on"
  }
}

as_model <- function(model) {
  training <- model$training
  if (!is.null(training)) {
    others <- setdiff(names(training), "call")
    training[others] <- lapply(training[others], revive)
    training$control <- do.call(rbm_control, unclass(training$control),
                                quote = TRUE)
  }
  new_rbm(model$W, model$b, model$c, model$units, model$image_dim, training,
          model$x)
}
