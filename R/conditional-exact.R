# Some visible units given the others: the machine that is left when known units
# are put in is a machine too, with fewer visible units and other hidden biases.

#' Visible units given other visible units, exactly
#'
#' What the machine says of units that are not known from those that are: the
#' probability of each, a draw of all of them together, or how likely the known
#' ones are; for classification with label units, for filling in missing values,
#' and for measuring how a part predicts the rest.
#'
#' With the known units \eqn{g} put in, the free ones \eqn{f} are those of a
#' smaller machine, of weights \eqn{W_f}, biases \eqn{b_f} and hidden biases
#' \eqn{c + W_g'v_g}, whose states can be enumerated where the smaller of the
#' numbers of free and of hidden units is at most 25:
#' \deqn{p(v_f | v_g) = \frac{\exp(-F(v_f, v_g))}{\sum_{v_f'} \exp(-F(v_f',
#'   v_g))}.}{p(v_f | v_g) = exp(-F(v_f, v_g)) / sum_{v_f'} exp(-F(v_f', v_g)).}
#' Each further one of these doubles the time of a row; rows that are alike are
#' done once, and those with few free units many at a time.
#'
#' @param object A model from [rbm()] or [rbm_fit()].
#' @param given What is known: a vector or a matrix of 0, 1 and `NA` for free
#'   units, a row a case, with a value or column for each visible unit in their
#'   order or, where both sides have names, by name, free where left out. For a
#'   model of a table, some of its columns, as a data frame or a list.
#' @param type `"probability"` of each unit to be on; a `"sample"`, one draw of
#'   the free units of each row, from R's random numbers; or `"log_prob"`,
#'   \eqn{\log p(v_g)}{log p(v_g)} of what is known in each row, in nats. For a
#'   model of a table means of its units, of Gaussian columns in the user's
#'   units, and samples as a table.
#' @param ... For `"log_prob"`, arguments of [logLik.rbm()]: `log_z`, or those
#'   of [rbm_log_z()]. Otherwise must be empty.
#'
#' @return For N rows, an N x nv matrix, named as `given` and the model's units,
#'   with known units as they are: real probabilities, each unit's own
#'   (marginal) one; or integer 0 and 1. For `"log_prob"` a vector of N numbers,
#'   with attributes `se` and `method` as of [predict.rbm()] where \eqn{\log
#'   Z}{log Z} is estimated.
#' @inheritSection rbm_moments Last digits
#' @section Errors:
#' Of class `harmonium_error`: values other than 0, 1 and `NA`, names that are
#' not the model's, and rows with more than 25 free units for a machine of more
#' than 25 hidden ones; [rbm_sample()] with `given` does these.
#' @source Larochelle and Bengio (2008), Classification using discriminative
#'   restricted Boltzmann machines, ICML, \doi{10.1145/1390156.1390224}, for
#'   labels; the enumeration is that of [rbm_log_z()].
#' @seealso [rbm_sample()], [rbm_hidden()]
#' @examples
#' machine <- rbm(W = cbind(c(a = 3, b = 3, c = -3), c(-3, -3, 3)))
#' # The third unit given the first, the second not known either.
#' rbm_conditional(object = machine, given = rbind(c(1, NA, NA), c(0, NA, NA)))
#' set.seed(1)
#' rbm_conditional(machine, given = c(a = 1), type = "sample")
#' exp(rbm_conditional(machine, given = c(a = 1), type = "log_prob"))
#'
#' # Fill in what is missing by a machine of the complete cases: by draws, or by
#' # probabilities, which a fit takes as intensities.
#' x <- digits8$x[1:200, ] > 0.5
#' x[1:20, 30:40] <- NA
#' fit <- rbm_fit(x[complete.cases(x), ], hidden = 10, epochs = 20)
#' drawn <- rbm_conditional(fit, given = x, type = "sample")
#' expected <- rbm_conditional(fit, given = x)
#' refit <- rbm_fit(drawn, hidden = 10, epochs = 20)
#' @export
rbm_conditional <- function(object, given,
                            type = c("probability", "sample", "log_prob"),
                            ...) {
  check_given(missing(object), "object", "a model")
  check_given(missing(given), "given", "known units, a case a row")
  check_model(object)
  type <- check_choice(type, c("probability", "sample", "log_prob"), "type")
  if (type != "log_prob") {
    check_dots_empty(...)
  }
  if (is_general(object) || has_columns(object)) {
    return(conditional_general(object, given, type, ...))
  }
  given <- as_given(given, object$b, size = sizes_of(object))
  check_absent_given(given)
  check_walks_given(object, given)
  resolve_hardware() # what is wrong with it is said before chance is used
  if (type == "log_prob") {
    return(log_prob_given(object, given, ...))
  }
  out <- if (type == "probability") {
    rows <- distinct_rows(given)
    means <- laws_given(object, given[rows$first, , drop = FALSE])$mean
    means[rows$of, , drop = FALSE]
  } else {
    draws_given(object, given, draw_key())
  }
  name_cases(out, rownames(given), names(object$b))
}

log_prob_given <- function(object, given, log_z = NULL, ...) {
  log_z <- resolve_log_z(object, log_z, ...)
  rows <- distinct_rows(given)
  laws <- laws_given(object, given[rows$first, , drop = FALSE], FALSE)
  out <- stats::setNames(laws$log_sum[rows$of] - log_z$log_z, rownames(given))
  if (log_z$method == "exact") {
    return(out)
  }
  structure(out, se = log_z$se, method = log_z$method)
}

# Checks -----------------------------------------------------------------------

# An integer matrix of 0, 1 and NA, a column a unit; NULL for NULL.
as_given <- function(given, bias, name = "given", size = NULL) {
  if (is.null(given)) {
    return(NULL)
  }
  if (is.atomic(given) && is.null(dim(given)) && !is.object(given)) {
    given <- matrix(given, 1L, dimnames = list(NULL, names(given)))
  }
  if (is_of_matrix_package(given)) {
    given <- as.matrix(given)
  }
  given <- as_plain_matrix(given, name)
  given <- place_given(given, names(bias), length(bias), name)
  not <- if (is.null(size)) {
    !is.na(given) & given != 0 & given != 1 | is.nan(given)
  } else {
    top <- rep(size, each = nrow(given))
    is.nan(given) | (!is.na(given) &
                       (given < 0 | given > top | given != round(given)))
  }
  if (any(not)) {
    counts <- colSums(not)
    at <- utils::head(which(counts > 0), 5L)
    abort(
      "given_values",
      sprintf(paste("`%s` has values other than %s and NA, such as %s; %s in",
                    "all: %s."),
              name, if (is.null(size)) "0, 1" else "counts up to their size",
              format(given[not][1L], digits = 4L), big(sum(not)),
              places(at, counts[at], sum(counts > 0), names(bias))),
      sprintf("Known units are %s; free ones are NA.",
              if (is.null(size)) "0 or 1" else "counts up to their size")
    )
  }
  storage.mode(given) <- "integer"
  name_cases(unname(given), rownames(given), names(bias))
}

# Columns by name where both sides have names, and by place otherwise.
place_given <- function(given, units, nv, name) {
  columns <- colnames(given)
  if (typeof(given) == "raw") {
    storage.mode(given) <- "integer"
  }
  blank <- is.na(columns) | columns == ""
  if (any(blank) && !is.null(units) && ncol(given) == nv) {
    columns[blank] <- units[blank] # some have names, all have a place
  }
  if (!is.null(columns) && !is.null(units) &&
        (!any(blank) || ncol(given) == nv)) {
    unknown <- setdiff(columns, units)
    if (length(unknown)) {
      abort(
        "given_names",
        sprintf("`%s` names %s, which %s of the model.", name,
                quote_names(unknown),
                if (length(unknown) == 1L) "is no unit" else "are no units"),
        sprintf("Its visible units are %s.", quote_names(units))
      )
    }
    if (identical(columns, units)) {
      return(given)
    }
    shared <- intersect(columns, units[duplicated(units)])
    if (length(shared)) {
      abort(
        "given_shared",
        sprintf("`%s` names %s, which several units of the model are called.",
                name, quote_names(shared)),
        "Give a value or column for each unit, in their order, without names."
      )
    }
    if (anyDuplicated(columns)) {
      abort(
        "given_twice",
        sprintf("`%s` has %s more than once.", name,
                quote_names(unique(columns[duplicated(columns)])))
      )
    }
    out <- matrix(given[0L][NA], nrow(given), nv,
                  dimnames = list(rownames(given), units))
    out[, columns] <- given
    return(out)
  }
  if (ncol(given) != nv) {
    abort(
      "given_columns",
      sprintf("`%s` has %s; the model has %s.", name,
              counted(ncol(given), "column"), counted(nv, "visible unit")),
      "Give one for each, NA where it is free, or names on both sides."
    )
  }
  given
}

check_absent_given <- function(given) {
  if (is.null(given)) {
    abort("given_null", "`given` must be known units, not NULL.")
  }
}

# What is left must be small enough to enumerate, in every row.
check_walks_given <- function(object, given,
                              most = most_averaged()) {
  free <- max(rowSums(is.na(given)))
  hidden <- ncol(object$W)
  walks <- if (is.null(sizes_of(object))) min(free, hidden) else hidden
  if (walks > most) {
    abort(
      "too_free",
      sprintf(paste("`given` leaves %s free, and the model has %s: an exact",
                    "answer would visit 2^%d states."),
              counted(free, "visible unit"), counted(hidden, "hidden unit"),
              walks),
      sprintf(paste("At most %d of either are enumerated. Give more units, or",
                    "draw with rbm_sample(object, n, given = )."), most)
    )
  }
}

# Laws -------------------------------------------------------------------------

# Which rows are the first of their kind, and of which kind each is: by the
# bytes of a row, since paste() would take as many strings as there are cells.
distinct_rows <- function(x) {
  if (length(x) && max(x, 0L, na.rm = TRUE) > 1L) {
    text <- apply(x, 1L, paste, collapse = " ")
    kinds <- unique(text)
    return(list(first = match(kinds, text), of = match(text, kinds)))
  }
  code <- as.raw(t(ifelse(is.na(x), 2L, x)) + 48L)
  text <- readChar(code, rep(ncol(x), nrow(x)), useBytes = TRUE)
  kinds <- unique(text)
  list(first = match(kinds, text), of = match(text, kinds))
}

# Free units up to which all their states are written down.
few_free <- 6L

# Of units with more than two states only where none is free.
few_free_of <- function(object) if (is.null(sizes_of(object))) few_free else 0L

# The machine that is left when the units of one row are put in.
left_machine <- function(object, row) {
  free <- is.na(row)
  known <- object$W[!free, , drop = FALSE]
  list(W = unname(object$W[free, , drop = FALSE]), b = unname(object$b[free]),
       c = unname(object$c + drop(crossprod(known, row[!free]))),
       units = left_units(object, free))
}

left_units <- function(object, free) {
  size <- sizes_of(object)
  if (is.null(size)) object$units else units_of_sizes(size[free])
}

# Of each row: the means of its units, and log_sum, the log of the sum of
# exp(-F) over the states of what is free.
laws_given <- function(object, given, means = TRUE) {
  mean <- unname(given) + 0
  log_sum <- numeric(nrow(given))
  kinds <- distinct_rows(is.na(given) + 0L)
  lapply_told("Enumerating states", seq_along(kinds$first), function(kind) {
    rows <- which(kinds$of == kind)
    free <- which(is.na(given[rows[1L], ]))
    found <- if (length(free) <= few_free_of(object)) {
      laws_by_states(object, given[rows, , drop = FALSE], free)
    } else {
      laws_by_walk(object, given[rows, , drop = FALSE], means)
    }
    mean[rows, free] <<- found$mean
    log_sum[rows] <<- found$log_sum
  })
  list(mean = mean, log_sum = log_sum)
}

laws_by_walk <- function(object, given, means) {
  free <- is.na(given[1L, ])
  mean <- matrix(NA_real_, nrow(given), sum(free))
  log_sum <- numeric(nrow(given))
  lapply_told("Enumerating states", seq_len(nrow(given)), function(i) {
    left <- left_machine(object, given[i, ])
    known <- sum(object$b[!free] * given[i, !free]) +
      ways_given(object, given[i, !free, drop = FALSE], !free)
    if (means) {
      found <- averages(left, FALSE)
      mean[i, ] <<- found$v
      log_sum[i] <<- known + found$log_z
    } else {
      log_sum[i] <<- known + log_sum_exp(block_logs(left))
    }
  })
  list(mean = mean, log_sum = log_sum)
}

# B of what is given.
ways_given <- function(object, row, known) {
  size <- sizes_of(object)
  if (is.null(size)) 0 else log_ways(row, size[known])
}

laws_by_states <- function(object, given, free) {
  states <- free_states(length(free))
  log_weights <- weights_by_states(object, given, free, states)
  largest <- apply(log_weights, 1L, max)
  weights <- exp(log_weights - largest)
  list(mean = (weights / rowSums(weights)) %*% states,
       log_sum = largest + log(rowSums(weights)))
}

free_states <- function(free) {
  if (free == 0L) {
    return(matrix(0L, 1L, 0L))
  }
  unname(as.matrix(expand.grid(rep(list(0:1), free))))
}

# -F of each row with each state put in: a row each, a column a state. So many
# rows at a time that they take some tens of megabytes.
weights_by_states <- function(object, given, free, states) {
  out <- matrix(0, nrow(given), nrow(states))
  at_once <- max(1, 4e6 %/% (ncol(given) * nrow(states)))
  for (first in seq(1, nrow(given), by = at_once)) {
    rows <- first:min(first + at_once - 1, nrow(given))
    x <- given[rep(rows, nrow(states)), , drop = FALSE]
    x[, free] <- states[rep(seq_len(nrow(states)), each = length(rows)), ]
    out[rows, ] <- -free_energy(object, visible_states(object, x))
  }
  out
}

# A draw for each row.
draws_given <- function(object, given, key, type = "sample") {
  out <- unname(given)
  rows <- distinct_rows(given)
  free <- rowSums(is.na(given))[rows$first]
  kinds <- distinct_rows(is.na(given[rows$first, , drop = FALSE]) + 0L)$of
  u <- drop(.Call(ffi_uniforms, key, "start", 0, 0, nrow(given), 1L))
  if (type == "probability") {
    storage.mode(out) <- "double"
  }
  lapply_told("Enumerating states", unique(kinds), function(kind) {
    some <- which(kinds == kind)
    if (free[some[1L]] <= few_free_of(object) && type == "sample") {
      out <<- draw_by_states(object, given, rows, some, u, out)
      return()
    }
    lapply_told("Enumerating states", some, function(i) {
      mine <- which(rows$of == i)
      row <- given[mine[1L], ]
      if (anyNA(row)) {
        drawn <- exact_draws(left_machine(object, row), length(mine),
                             sub_key(key, "part", i), type)
        if (type == "sample") {
          drawn <- all_rows(drawn)
          storage.mode(drawn) <- "integer"
        }
        out[mine, is.na(row)] <<- drawn
      }
    })
  })
  out
}

draw_by_states <- function(object, given, rows, some, u, out) {
  first <- rows$first[some]
  free <- which(is.na(given[first[1L], ]))
  states <- free_states(length(free))
  log_weights <- weights_by_states(object, given[first, , drop = FALSE], free,
                                   states)
  share <- exp(log_weights - apply(log_weights, 1L, max))
  share <- t(apply(share / rowSums(share), 1L, cumsum))
  dim(share) <- dim(log_weights)
  mine <- which(rows$of %in% some)
  of <- match(rows$of[mine], some)
  pick <- pmin(rowSums(u[mine] >= share[of, , drop = FALSE]) + 1L,
               nrow(states))
  out[mine, free] <- states[pick, ]
  out
}
