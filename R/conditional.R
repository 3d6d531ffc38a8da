#' One layer given the other
#'
#' `rbm_hidden()` gives what the hidden units make of the data: the features
#' that the machine has learned. `rbm_visible()` goes the other way.
#'
#' Given the visible units the hidden ones are independent, and the reverse:
#' \deqn{p(h_j = 1 | v) = \mathrm{sigm}(c_j + (W'v)_j), \qquad
#'   p(v_i = 1 | h) = \mathrm{sigm}(b_i + (Wh)_i),}{p(h_j = 1 | v) = sigm(c_j +
#'   (W'v)_j),  p(v_i = 1 | h) = sigm(b_i + (Wh)_i),}
#' with \eqn{\mathrm{sigm}(a) = 1 / (1 + \exp(-a))}{sigm(a) = 1 / (1 +
#' exp(-a))}. The order of the hidden units means nothing, and neither does
#' which of its two states is called 1.
#'
#' @param object A model from [rbm()] or [rbm_fit()].
#' @param x Visible states, a case a row, in any form that [rbm_fit()] takes,
#'   also with missing cells, which are summed out: exact where the hidden layer
#'   has at most 65,536 states or what is missing in a case at most 64, and else
#'   by clamped chains, with a message that gives the standard error.
#'   Values between 0 and 1 enter the sums as they are.
#' @param h Hidden states, likewise, with a column for each hidden unit.
#' @param type What to give for each unit: `"probability"` of being on, a
#'   `"sample"` of it (0 or 1, from R's random numbers, two draws of which are
#'   used), or its `"input"`, the sum inside sigm, which is the log odds.
#'
#' @return A matrix with a row a case, named as the input's, and a column a
#'   unit, named as the model's: N x nh from `rbm_hidden()`, N x nv from
#'   `rbm_visible()`. Real for probabilities and inputs, integer for samples.
#'
#' @inheritSection rbm_moments Last digits
#' @section Errors:
#' Of class `harmonium_error`: input that is not as above, has missing values or
#' values outside \[0, 1\], or whose columns are not the model's units by number
#' or, where both have names, by name.
#'
#' @source Freund and Haussler (1994), *Unsupervised learning of distributions
#'   on binary vectors using two layer networks*, UCSC-CRL-94-25.
#' @seealso [predict.rbm()], [rbm_sample()]
#' @examples
#' machine <- rbm(W = cbind(c(4, 4, -4, -4), c(-4, -4, 4, 4)), c = c(-4, -4))
#' x <- rbind(left = c(1, 1, 0, 0), right = c(0, 0, 1, 1))
#' h <- rbm_hidden(object = machine, x = x, type = "probability")
#' round(h, 3)
#' rbm_visible(object = machine, h = h, type = "input")
#' rbm_visible(machine, h, type = "sample")
#' @export
rbm_hidden <- function(object, x, type = c("probability", "sample", "input")) {
  check_given(missing(object), "object", "a model")
  check_given(missing(x), "x", "visible states, a case a row")
  check_model(object)
  type <- check_choice(type, c("probability", "sample", "input"), "type")
  conditional(object, "hidden", as_visible(object, x, "x", missing = TRUE),
              type)
}

#' @rdname rbm_hidden
#' @export
rbm_visible <- function(object, h, type = c("probability", "sample", "input")) {
  check_given(missing(object), "object", "a model")
  check_given(missing(h), "h", "hidden states, a case a row")
  check_model(object)
  type <- check_choice(type, c("probability", "sample", "input"), "type")
  visible_given(object, as_hidden(object, h, "h"), type)
}

# Hidden states, or their means, as cases.
as_hidden <- function(object, h, name) {
  if (!is_general(object)) {
    return(as_cases(h, name, object$c))
  }
  h <- as_plain_matrix(h, name)
  check_columns(ncol(h), colnames(h), object$c, name)
  storage.mode(h) <- "double"
  bounded <- !has_real_units(object)
  wrong <- is.na(h) | is.infinite(h) | (bounded & (h < 0 | h > 1))
  if (any(wrong)) {
    abort("hidden_values",
          sprintf("`%s` has %s missing or %s.", name,
                  counted(sum(wrong), "value"),
                  if (bounded) "outside 0 to 1" else "infinite"),
          "Give states of hidden units, or their means.")
  }
  table_cases(unname(h), rownames(h), colnames(h))
}

# The visible layer given the hidden one: draws of a table's model as a table.
visible_given <- function(object, cases, type) {
  out <- conditional(object, "visible", cases, type)
  if (type == "sample" && has_columns(object)) {
    return(decode_table(unname(out), object$columns, cases$dimnames[[1L]]))
  }
  if (type == "probability") in_user_units(object, out) else out
}

# Cases of the visible layer of a model.
as_visible <- function(object, x, name = "x", missing = FALSE) {
  cases <- if (has_columns(object) && !is_in_units(object, x)) {
    read_columns(object, x, name)
  } else if (is_general(object) || (missing && has_missing(x))) {
    read_units(object, x, name)
  } else {
    as_cases(x, name, object$b, size = sizes_of(object))
  }
  if (!missing && is_table(cases) && anyNA(cases$reals)) {
    abort(
      "missing_cells",
      sprintf("`%s` has missing values, in %s.", name,
              counted(sum(rowSums(is.na(cases$reals)) > 0), "row")),
      "This needs complete cases. rbm_impute() fills them in."
    )
  }
  cases
}

# Whether a matrix or a data frame of plain numbers has missing values, and of
# which kind it would be read.
has_missing <- function(x) {
  is.null(compressed_class(x)) && !is_of_matrix_package(x) &&
    (is.matrix(x) || is.data.frame(x)) && anyNA(x)
}

# States of it that are ours, without names.
visible_states <- function(object, x) {
  as_cases(unname(x), size = sizes_of(object))
}

conditional <- function(object, layer, cases, type) {
  if (layer == "hidden" && is_table(cases)) {
    return(table_hidden(object, cases, type))
  }
  hardware <- resolve_hardware()
  key <- if (type == "sample") draw_key()
  out <- with_progress("Conditionals", cases$n, .Call(
    ffi_conditional, unclass(object), layer, cases, type, key, hardware
  ))
  if (type == "sample" && is.list(out)) {
    out <- all_rows(out)
    storage.mode(out) <- "integer"
  }
  name_cases(out, cases$dimnames[[1L]],
             if (layer == "hidden") names(object$c) else names(object$b))
}

# Row and column names, none where neither has any.
name_cases <- function(out, rows, columns) {
  if (!is.null(rows) || !is.null(columns)) {
    dimnames(out) <- list(rows, columns)
  }
  out
}

# p(v | p(h | v)): the means of the visible units given those of the hidden.
reconstruct <- function(object, cases) {
  h <- conditional(object, "hidden", cases, "probability")
  in_user_units(object, conditional(object, "visible",
                                    as_hidden(object, h, "h"), "probability"))
}

#' Features and reconstructions
#'
#' What a model makes of data: the hidden units' probabilities, or the data as
#' seen through the hidden layer and back, \eqn{p(v | p(h | v))}. Both are fixed
#' numbers, with no chance in them.
#'
#' `fitted()` is the reconstruction of the training data and `residuals()` what
#' it misses, `x - fitted`; with `type = "pearson"` in standard deviations of
#' the units given the hidden layer, and with `"deviance"` as signed roots of
#' what each cell adds to the deviance. These two are for binary, categorical,
#' binomial, Poisson and Gaussian columns. A good reconstruction does not mean a
#' good model of the data: a machine can copy what it is shown and still give
#' most of its probability to something else.
#'
#' @param object A model from [rbm()] or [rbm_fit()]; for `fitted()` and
#'   `residuals()` one that keeps its training data.
#' @param newdata Cases in rows, in any form that [rbm_fit()] takes. Where it is
#'   left out, the training data, if the model keeps them.
#' @param type `"hidden"` for features, `"reconstruction"` for the data as
#'   reconstructed; and, a number for each case, in nats: `"free_energy"`,
#'   `"log_prob"`, which is \eqn{\log p(v) = -F(v) - \log Z}{log p(v) = -F(v) -
#'   log Z}, and `"pseudo_log_lik"`, \eqn{\sum_i \log p(v_i | v_{-i})}{sum_i
#'   log p(v_i | all other v)} with every unit counted, which needs no
#'   \eqn{Z}. It takes intensities as well, each counted as a share of 1 and a
#'   share of 0. Of target columns given all others: `"class"`, the most
#'   probable level, and `"response"`, a matrix of the probabilities of the
#'   levels, or a data frame of `mean` and `sd` of numbers, exact. Of
#'   `residuals()` see above.
#' @param target For `"class"` and `"response"`, the names of the columns to
#'   predict: by default the `target` of the fit. What `newdata` has of them is
#'   not looked at, and it need not have them.
#' @param unseen What levels are that the model does not know: an `"error"`, or
#'   `"missing"` values.
#' @param ... For `"log_prob"`, arguments of [logLik.rbm()]: `log_z`, or those
#'   of [rbm_log_z()]. Otherwise must be empty.
#'
#' @return A real matrix with a row a case: N x nh probabilities for `"hidden"`,
#'   N x nv probabilities for `"reconstruction"` and `fitted()`, N x nv
#'   differences for `residuals()`. Rows and columns are named as the data and
#'   the units. A vector of N numbers for the other types; where \eqn{\log
#'   Z}{log Z} is estimated, that of `"log_prob"` has attributes `se`, the
#'   standard error that all share, and `method`. Of several targets a data
#'   frame of classes, or a list.
#'
#'   Missing cells are summed out, exactly, for `"hidden"`, `"free_energy"`,
#'   `"log_prob"`, `"class"` and `"response"`. Densities of Gaussian columns are
#'   in the user's units for `"log_prob"`, and in standard deviations for
#'   `"free_energy"`.
#' @inheritSection rbm_moments Last digits
#' @section Errors:
#' Of class `harmonium_error`, as for [rbm_hidden()], and where the training
#' data are needed but not kept.
#' @seealso [rbm_hidden()], [rbm_visible()]
#' @examples
#' fit <- rbm_fit(digits8$x[1:200, ], hidden = 16, epochs = 5)
#' features <- predict(object = fit, newdata = digits8$x[201:210, ],
#'                     type = "hidden")
#' dim(features)
#' again <- predict(fit, digits8$x[201:210, ], type = "reconstruction")
#' mean((digits8$x[201:210, ] - again)^2)
#' mean(residuals(fit)^2)
#' mean(residuals(object = fit, type = "pearson")^2)
#' all.equal(fitted(fit), predict(fit, type = "reconstruction"))
#' summary(predict(fit, digits8$x[201:210, ] > 0.5, type = "log_prob"))
#'
#' # A class given numbers, some of them missing.
#' fit <- suppressMessages(rbm_fit(iris, hidden = 2, starts = 1,
#'                                 weight_decay = 0.01))
#' flowers <- data.frame(Petal.Length = c(1.4, 5.1), Petal.Width = c(0.2, NA))
#' predict(fit, flowers, type = "response", target = "Species",
#'         unseen = "missing")
#' @export
predict.rbm <- function(object, newdata,
                        type = c("hidden", "reconstruction", "free_energy",
                                 "log_prob", "pseudo_log_lik", "class",
                                 "response"), ..., target = NULL,
                        unseen = c("error", "missing")) {
  check_model(object)
  type <- check_choice(type, c("hidden", "reconstruction", "free_energy",
                               "log_prob", "pseudo_log_lik", "class",
                               "response"), "type")
  if (type != "log_prob") {
    check_dots_empty(...)
  }
  if (missing(newdata)) {
    check_kept(object, "predict() without `newdata`")
    newdata <- object$x
  }
  unseen <- check_choice(unseen, c("error", "missing"), "unseen")
  if (unseen == "missing") {
    newdata <- forget_unseen(object, newdata)
  }
  if (type %in% c("class", "response")) {
    check_dots_empty(...)
    return(predict_target(object, newdata, target, type))
  }
  if (type == "pseudo_log_lik") {
    check_has_pseudo(object)
  }
  probability <- type %in% c("free_energy", "log_prob")
  cases <- if (probability) {
    as_states(object, newdata, "newdata", missing = TRUE)
  } else {
    as_visible(object, newdata, "newdata",
               missing = type %in% c("hidden", "reconstruction"))
  }
  switch(
    type,
    hidden = conditional(object, "hidden", cases, "probability"),
    reconstruction = reconstruct(object, cases),
    free_energy = free_energy(object, cases),
    log_prob = log_prob(object, cases, ...),
    pseudo_log_lik = pseudo_log_lik(object, cases)
  )
}

# That the columns have finitely many states.
check_has_pseudo <- function(object) {
  kinds <- layer_columns(object$units[["visible"]], length(object$b))$kind
  endless <- intersect(c("gaussian", "poisson"), kinds)
  if (length(endless)) {
    abort("pseudo_kinds",
          sprintf(paste("The pseudo-log-likelihood goes through all states of",
                        "each column, and the model has %s columns."),
                  c(gaussian = "Gaussian", poisson = "Poisson")[[endless[1L]]]),
          "Use type = \"log_prob\", or \"free_energy\".")
  }
}

pseudo_log_lik <- function(object, cases) {
  stats::setNames(
    with_progress("Pseudo-likelihoods", cases$n, .Call(
      ffi_pseudo_log_lik, unclass(object), cases, resolve_hardware()
    )),
    cases$dimnames[[1L]]
  )
}

log_prob <- function(object, cases, log_z = NULL, ...) {
  log_z <- resolve_log_z(object, log_z, ...)
  out <- -free_energy(object, cases) - log_z$log_z - log_scale(object, cases)
  if (log_z$method == "exact") {
    return(out)
  }
  structure(out, se = log_z$se, method = log_z$method)
}

#' @rdname predict.rbm
#' @export
fitted.rbm <- function(object, ...) {
  check_dots_empty(...)
  check_kept(object, "fitted()")
  reconstruct(object, as_visible(object, object$x, "x", missing = TRUE))
}

#' @rdname predict.rbm
#' @export
residuals.rbm <- function(object, type = c("response", "pearson", "deviance"),
                          ...) {
  check_dots_empty(...)
  type <- check_choice(type, c("response", "pearson", "deviance"), "type")
  check_kept(object, "residuals()")
  cases <- as_visible(object, object$x, "x", missing = TRUE)
  mean <- reconstruct(object, cases)
  x <- in_user_units(object, pick_rows(cases, seq_len(cases$n)) + 0)
  if (type == "response") x - mean else scaled_residuals(object, x, mean, type)
}

# Differences in standard deviations, or roots of deviances, of what units are
# given the hidden layer.
scaled_residuals <- function(object, x, mean, type) {
  columns <- layer_columns(object$units[["visible"]], nrow(object$W))
  kind <- rep(columns$kind, columns$rows)
  known <- c("binary", "categorical", "binomial", "poisson", "gaussian")
  if (!all(kind %in% known)) {
    abort("residual_kinds",
          sprintf("`type = \"%s\"` is not for columns of the kind %s.", type,
                  quote_names(unique(sub("2$", "", setdiff(kind, known))))),
          "Use `type = \"response\"`.")
  }
  size <- ifelse(kind == "binomial", rep(columns$size, columns$rows), 1)
  spread <- rep(1, length(kind))
  at <- gaussian_units(object)
  if (length(at)) {
    spread[at] <- exp(-object$d[gaussian_extras(object)] / 2)
  }
  if (has_columns(object)) {
    used <- object$columns[object$columns$rows > 0L, ]
    spread[at] <- spread[at] * rep(used$scale, used$rows)[at]
  }
  for (i in seq_along(kind)) {
    x[, i] <- one_residual(x[, i], mean[, i], kind[i], size[i], spread[i], type)
  }
  dimnames(x) <- dimnames(mean)
  x
}

one_residual <- function(x, mean, kind, size, spread, type) {
  off <- x - mean
  if (kind == "gaussian") {
    return(off / spread)
  }
  if (type == "pearson") {
    variance <- if (kind == "poisson") mean else mean * (1 - mean / size)
    return(ifelse(off == 0, 0, off / sqrt(variance)))
  }
  times_log <- function(x, ratio) ifelse(x == 0, 0, x * log(ratio))
  half <- times_log(x, x / mean) + if (kind == "poisson") {
    -off
  } else {
    times_log(size - x, (size - x) / (size - mean))
  }
  sign(off) * sqrt(2 * pmax(half, 0))
}
