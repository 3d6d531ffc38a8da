#' Effective couplings of the visible units
#'
#' How strongly each pair of visible units, or of columns of a table, depends on
#' each other in a model, once the hidden units are summed out: the log odds
#' ratio of the pair given all others, averaged over the states of these.
#'
#' With hidden units summed out, \eqn{\log p(v) = b'v + \sum_j
#' \mathrm{softplus}(c_j + W_j'v) - \log Z}{log p(v) = b'v + sum_j softplus(c_j
#' + W_j'v) - log Z}, where \eqn{W_j} is column j of `W`. The coupling of units
#' i and k is the mixed second difference
#' \deqn{J_{ik} = \langle \log p(1, 1) - \log p(1, 0) - \log p(0, 1) + \log
#' p(0, 0) \rangle,}{J_ik = mean of log p(1, 1) - log p(1, 0) - log p(0, 1) +
#' log p(0, 0),}
#' where the two numbers are the states of i and k. The mean is over all states
#' of the other units, each with the same weight. \eqn{J_{ik}}{J_ik} is
#' positive where the units tend to be equal, and 0 for all pairs of a model
#' without weights. Biases `b` do not matter.
#'
#' If the model has couplings of pairs only (a Boltzmann machine without hidden
#' units, also called an Ising model), \eqn{J_{ik}}{J_ik} is the coupling of
#' that model for states 0 and 1; for states -1 and 1 divide by 4. If the model
#' also has couplings of three or more units, the log odds ratio changes with
#' the states of the others, and \eqn{J_{ik}}{J_ik} is its mean. That mean is
#' over uniform states, not over states that are probable in the data.
#'
#' Up to 16 visible units the answer is exact, from all states. For more units
#' `draws` uniform states are drawn. For each unit, the difference of \eqn{\log
#' p} between on and off is regressed on the states of the other units: the
#' coefficients are the couplings, and the standard error comes from the
#' residuals. Time and memory grow with `draws` times the number of visible
#' units.
#'
#' @section Models of tables:
#' With hidden units summed out, \eqn{\log p(v) = b'v + B(v) + \sum_j A_j(c_j +
#' W_j'v) - \log Z}{log p(v) = b'v + B(v) + sum_j A_j(c_j + W_j'v) - log Z}. For
#' columns i and k take \eqn{\log p}{log p} as a matrix over their values a and
#' b, its mean over the values of all other columns, each with the same weight,
#' and subtract the means of rows and of columns:
#' \deqn{J_{ik}(a, b) = f(a, b) - f(a, \cdot) - f(\cdot, b) + f(\cdot,
#' \cdot).}{J_ik(a, b) = f(a, b) - f(a, .) - f(., b) + f(., .).}
#' This is the zero-sum gauge of Potts models. If the model has couplings of
#' pairs only, these are its couplings in that gauge.
#'
#' The values are the levels of binary, categorical and ordinal columns, and all
#' values of binomial and count columns (101 of them, evenly spaced, where there
#' are more). A Gaussian column has two values, `location` minus and plus one
#' `scale` of [rbm_units()]. A Poisson column has two counts, its mean under the
#' model minus and plus one standard deviation, rounded. That mean is exact for
#' up to 65,536 states of the hidden layer and else from short chains.
#'
#' A pair of columns has one number, `coupling`:
#'   * Where both columns have an order, which are all kinds but categorical, it
#'     has a sign. Values are scaled from 0, the lowest, to 1, the highest, and
#'     \eqn{J_{ik}}{J_ik} is regressed on the product of the two scores. The
#'     slope is the log odds ratio between the ends of both columns, if it is
#'     linear in between. For two binary columns it is the coupling as above.
#'   * Otherwise it is the Frobenius norm of the block, \eqn{\sqrt{\sum_{a,b}
#'     J_{ik}(a, b)^2}}{sqrt(sum_ab J_ik(a, b)^2)}. For two columns of two
#'     levels that is half the size of their log odds ratio.
#'
#' Up to 65,536 joint values the answer is exact. Otherwise `draws` uniform
#' states are drawn. For each column, the differences of \eqn{\log p}{log p}
#' between its values are regressed on the values of all other columns. Norms
#' from draws are too large on average, most where they are not much larger than
#' their standard errors.
#'
#' @param object A model from [rbm()] or [rbm_fit()].
#' @param draws How many uniform states to draw where there are more than 16
#'   visible units; at least twice the number of visible units, plus 10. For
#'   tables, where there are more than 65,536 joint values; at least twice the
#'   number of values of all columns, and 30 for each value of any one.
#' @param x Couplings.
#' @param n How many pairs to print or to draw, strongest first.
#' @param digits Significant digits to print.
#' @param row.names,optional As in [as.data.frame()]; not used.
#' @param main A title in place of the picture's own.
#' @param cex How much larger than usual words and points are.
#' @param ... Must be empty.
#' @return `rbm_couplings()` gives a list of class `rbm_couplings`:
#'   * `matrix`: a symmetric matrix of couplings in nats, with the names of the
#'     visible units; its diagonal is 0. For tables it has a row for each value,
#'     named `"column=value"`, and blocks of 0 for each column with itself.
#'   * `se`: a matrix of their standard errors, 0 where exact.
#'   * `method`: `"exact"` or `"monte_carlo"`.
#'   * `draws`: how many states were used.
#'   * `columns`, `pairs`: for tables, the names of the columns; and a data
#'     frame with a row for each pair, the numbers `i` and `k` of its columns,
#'     `coupling`, `se`, and whether it is `signed`.
#'
#'   `as.data.frame()` gives a row for each pair, strongest first, with columns
#'   `first`, `second` (names or numbers of units, or names of columns),
#'   `coupling` and `se`.
#'   `plot()` draws the units on a circle, and a line for each of the `n`
#'   strongest pairs, whose width is the size of the coupling: orange lines for
#'   positive couplings, dashed blue lines for negative ones, grey lines for
#'   couplings without sign.
#'
#'   A Monte Carlo answer uses two numbers from R's random number stream, an
#'   exact one none.
#' @section Errors:
#' Of class `harmonium_error`: not a model, or too few `draws`.
#' @seealso [plot.rbm()] with `type = "weights"`, [rbm_moments()]
#' @examples
#' x <- digits8$x[1:300, 19:30] > 0.5
#' set.seed(1)
#' fit <- rbm_fit(x, hidden = 4, starts = 1, weight_decay = 0.01)
#' found <- rbm_couplings(object = fit)
#' print(x = found, n = 5, digits = 2)
#' plot(x = found, n = 20, main = "Couplings", cex = 0.9)
#' head(as.data.frame(x = found, row.names = NULL, optional = FALSE))
#'
#' # More than 16 columns.
#' larger <- rbm_fit(digits8$x[1:300, ] > 0.5, hidden = 4, epochs = 20)
#' rbm_couplings(larger, draws = 1000)
#'
#' # Columns of a table.
#' flowers <- rbm_fit(iris, hidden = 2, starts = 1, weight_decay = 0.01)
#' found <- rbm_couplings(flowers)
#' found
#' round(found$matrix["Species=setosa", ], 2)
#' @references Decelle, Furtlehner, Navas Gomez and Seoane (2024), Inferring
#'   effective couplings with restricted Boltzmann machines, *SciPost Physics*
#'   16, 095, \doi{10.21468/SciPostPhys.16.4.095}.
#'
#'   Cossu, Del Debbio, Giani, Khamseh and Wilson (2019), Machine learning
#'   determination of dynamical parameters: the Ising model case, *Physical
#'   Review B* 100, 064304, \doi{10.1103/PhysRevB.100.064304}.
#'
#'   Ekeberg, Lovkvist, Lan, Weigt and Aurell (2013), Improved contact
#'   prediction in proteins: using pseudolikelihoods to infer Potts models,
#'   *Physical Review E* 87, 012707, \doi{10.1103/PhysRevE.87.012707}, for the
#'   zero-sum gauge and the norm.
#' @export
rbm_couplings <- function(object, draws = 10000) {
  check_given(missing(object), "object", "a model")
  check_model(object)
  draws <- check_count(draws, "draws", max = 1e8)
  if (is_general(object) || !is.null(sizes_of(object))) {
    return(couplings_of_table(object, draws))
  }
  nv <- nrow(object$W)
  exact <- nv <= few_coupled
  if (!exact && draws < 2 * nv + 10) {
    abort(
      "couplings_draws",
      sprintf("`draws` is %d: couplings of %d visible units need %d or more.",
              draws, nv, 2L * nv + 10L),
      "The default is 10000."
    )
  }
  found <- if (exact) {
    couplings_exact(object)
  } else {
    couplings_sampled(object, draws, draw_key())
  }
  names <- list(rownames(object$W), rownames(object$W))
  if (is.null(names[[1L]]) && !is.null(names(object$b))) {
    names <- list(names(object$b), names(object$b))
  }
  if (!is.null(names[[1L]])) {
    dimnames(found$matrix) <- dimnames(found$se) <- names
  }
  structure(c(found, list(method = if (exact) "exact" else "monte_carlo")),
            class = "rbm_couplings")
}

# Visible units whose states are all visited.
few_coupled <- 16L

# The mean of the mixed difference over the other units is 4 times the mean of
# s_i s_k log p over all states, s being -1 for off and 1 for on. b drops out.
couplings_exact <- function(object) {
  nv <- nrow(object$W)
  states <- all_visible_states(nv)
  flat <- new_rbm(unname(object$W), numeric(nv), unname(object$c))
  value <- -unname(free_energy(flat, as_cases(states)))
  value <- value - value[1L]
  signs <- 2 * states - 1
  found <- 4 * crossprod(signs, signs * value) / nrow(states)
  found <- (found + t(found)) / 2
  diag(found) <- 0
  list(matrix = found, se = matrix(0, nv, nv), draws = nrow(states))
}

all_visible_states <- function(nv) {
  number <- seq_len(2^nv) - 1
  matrix(vapply(seq_len(nv), function(i) {
    as.integer(number %/% 2^(i - 1) %% 2)
  }, integer(2^nv)), ncol = nv)
}

# The difference of log p between unit i on and off, regressed on the signs of
# all units: 2 times the coefficient of s_k is J_ik. Unit i itself does not
# matter for the difference, and its own coefficient, 0, is left out of sight.
couplings_sampled <- function(object, draws, key) {
  W <- unname(object$W)
  nv <- nrow(W)
  states <- .Call(ffi_uniforms, key, "start", 0, 0, as.integer(draws), nv) < 0.5
  signs <- 2 * states - 1
  input <- sweep(states %*% W, 2L, object$c, "+")
  gain <- lapply_told("Couplings", seq_len(nv), function(i) {
    off <- input - outer(as.double(states[, i]), W[i, ])
    on <- off + rep(W[i, ], each = draws)
    rowSums(softplus(on) - softplus(off))
  })
  gain <- matrix(unlist(gain), draws)
  design <- cbind(1, signs)
  inverse <- chol2inv(chol(crossprod(design)))
  coefficients <- inverse %*% crossprod(design, gain)
  residual <- gain - design %*% coefficients
  slope <- coefficients[-1L, , drop = FALSE]
  spread <- sqrt(outer(diag(inverse)[-1L],
                       colSums(residual^2) / (draws - nv - 1)))
  # The two estimates of a pair may be correlated, at most by 1.
  found <- slope + t(slope)
  se <- spread + t(spread)
  diag(found) <- diag(se) <- 0
  list(matrix = found, se = se, draws = draws)
}

is_couplings <- function(x) {
  is_square <- function(value) {
    is.double(value) && is.matrix(value) && !is.object(value) &&
      nrow(value) == ncol(value) && nrow(value) > 0L &&
      all(is.finite(value)) &&
      identical(rownames(value), colnames(value)) &&
      (is.null(rownames(value)) || all(is_legible(rownames(value))))
  }
  is_plain_list(x, c("matrix", "se", "method", "draws")) &&
    is_square(x$matrix) && is_square(x$se) &&
    identical(dim(x$matrix), dim(x$se)) && all(x$se >= 0) &&
    is_text(x$method) && x$method %in% c("exact", "monte_carlo") &&
    is_finite(x$draws, min = 1) && are_coupled_columns(x)
}

check_couplings <- function(x) {
  check_sound(is_couplings(x), "x", "result of rbm_couplings()",
              "rbm_couplings()")
}

# All pairs, strongest first, as numbers of units or of columns.
pairs_of <- function(x) {
  if (!is.null(x$pairs)) {
    return(x$pairs)
  }
  at <- which(upper.tri(x$matrix), arr.ind = TRUE)
  at <- unname(at[order(-abs(x$matrix[at])), , drop = FALSE])
  data.frame(i = at[, 1L], k = at[, 2L], coupling = x$matrix[at],
             se = x$se[at], signed = rep(TRUE, nrow(at)))
}

coupled_names <- function(x) {
  if (!is.null(x$columns)) {
    return(x$columns)
  }
  names <- rownames(x$matrix)
  if (is.null(names)) as.character(seq_len(nrow(x$matrix))) else names
}

#' @rdname rbm_couplings
#' @export
print.rbm_couplings <- function(x, n = 10, digits = 3, ...) {
  check_dots_empty(...)
  check_couplings(x)
  n <- check_count(n, "n")
  digits <- check_digits(digits)
  pairs <- pairs_of(x)
  noun <- if (is.null(x$columns)) "visible unit" else "column"
  cat(sprintf("Effective couplings of %s, %s, in nats\n",
              counted(length(coupled_names(x)), noun),
              counted(nrow(pairs), "pair")))
  cat(if (x$method == "exact") {
    sprintf("Exact, from all %s\n", counted(x$draws, "state"))
  } else {
    sprintf("Monte Carlo from %s uniform states, s.e. up to %.2g\n",
            big(x$draws), max(0, pairs$se))
  })
  if (nrow(pairs) == 0L) {
    return(invisible(x))
  }
  shown <- utils::head(pairs, n)
  if (nrow(shown) < nrow(pairs)) {
    cat(sprintf("The %d strongest:\n", nrow(shown)))
  }
  names <- legible(coupled_names(x))
  words <- paste(names[shown$i], "-", names[shown$k])
  # Decimals for `digits` digits of the largest.
  largest <- max(abs(shown$coupling))
  places <- if (largest > 0) digits - 1 - floor(log10(largest)) else 1
  number <- function(values) {
    formatC(values, digits = min(max(places, 0), 15), format = "f")
  }
  values <- number(shown$coupling)
  cat(sprintf("  %s  %s%s\n", formatC(words, width = -max(nchar(words))),
              formatC(values, width = max(nchar(values))),
              if (x$method == "exact") "" else
                sprintf("  s.e. %.2g", shown$se)), sep = "")
  if (!all(shown$signed)) {
    cat("Pairs with a categorical column have no sign: the norm of their",
        "block\n")
  }
  invisible(x)
}

#' @rdname rbm_couplings
#' @export
as.data.frame.rbm_couplings <- function(x, row.names = NULL, # nolint
                                        optional = FALSE, ...) {
  check_dots_empty(...)
  check_couplings(x)
  pairs <- pairs_of(x)
  names <- if (is.null(x$columns)) rownames(x$matrix) else x$columns
  if (is.null(names)) {
    names <- seq_len(nrow(x$matrix))
  }
  data.frame(first = names[pairs$i], second = names[pairs$k],
             coupling = pairs$coupling, se = pairs$se)
}

#' @rdname rbm_couplings
#' @export
plot.rbm_couplings <- function(x, n = 50, main = NULL, cex = 1, ...) {
  check_dots_empty(...)
  check_titling(main, cex)
  check_couplings(x)
  n <- check_count(n, "n")
  pairs <- pairs_of(x)
  shown <- utils::head(pairs[pairs$coupling != 0, ], n)
  draw_picture(list(
    title = sprintf("Effective couplings of %s",
                    if (is.null(x$columns)) "visible units" else "columns"),
    note = if (nrow(shown) == 0L) {
      "all couplings are 0"
    } else {
      sprintf("%s%s, largest %.3g nats%s",
              if (nrow(shown) < nrow(pairs)) {
                sprintf("%d strongest of ", nrow(shown))
              } else {
                ""
              },
              counted(nrow(pairs), "pair"), max(abs(shown$coupling)),
              if (x$method == "exact") "" else
                sprintf("; s.e. up to %.2g", max(0, pairs$se)))
    },
    tiled = TRUE,
    draw = function(region) draw_couplings(x, shown, region)
  ), main, cex)
  invisible(x)
}

# Units on a circle, the first one at the top, clockwise; strong lines on top.
draw_couplings <- function(x, shown, region) {
  line <- line_height(small)
  names <- legible(coupled_names(x))
  box <- check_room(region + line * c(0, 0, 1.4, 0))
  room <- min(widest(names, small), 0.22 * min(width_of(box), height_of(box)))
  radius <- min(width_of(box), height_of(box)) / 2 - room - 0.9 * line
  middle <- c(mean(box[1:2]), mean(box[3:4]))
  angle <- pi / 2 - 2 * pi * (seq_along(names) - 1) / length(names)
  across <- middle[1L] + radius * cos(angle)
  up <- middle[2L] + radius * sin(angle)
  if (nrow(shown) > 0L) {
    weak_first <- shown[rev(seq_len(nrow(shown))), ]
    sign <- sign_of(weak_first)
    share <- abs(weak_first$coupling) / max(abs(shown$coupling))
    graphics::segments(
      across[weak_first$i], up[weak_first$i], across[weak_first$k],
      up[weak_first$k], lwd = pmax(6 * share, 0.3), lend = 1L,
      col = sign_ink()[sign], lty = sign_lines[sign]
    )
  }
  graphics::points(across, up, pch = 21, bg = "white", col = style$frame,
                   cex = 1.1, lwd = 1.5)
  # Names along the radius where they would run into each other.
  gap <- 2 * pi * radius / length(names)
  if (gap > 0.7 * line) {
    draw_round_names(shorten(names, room, small), angle, middle,
                     radius + 0.5 * line, gap < 1.3 * line)
  }
  draw_sign_key(region, line, if (all(pairs_of(x)$signed)) 1:2 else 1:3)
}

# Positive, negative, and pairs whose coupling has no sign.
sign_of <- function(pairs) {
  ifelse(!pairs$signed, 3L, ifelse(pairs$coupling > 0, 1L, 2L))
}

sign_ink <- function() c(style$alert, style$line, style$text)

sign_lines <- c("solid", "42", "solid")

draw_round_names <- function(names, angle, middle, radius, turned) {
  for (i in seq_along(names)) {
    side <- cos(angle[i])
    left <- side < -1e-9
    graphics::text(
      middle[1L] + radius * side, middle[2L] + radius * sin(angle[i]),
      names[i], cex = small,
      adj = if (turned) {
        c(if (left) 1 else 0, 0.5)
      } else {
        c((1 - side) / 2, (1 - sin(angle[i])) / 2)
      },
      srt = if (turned) angle[i] * 180 / pi + (if (left) 180 else 0) else 0
    )
  }
}

draw_sign_key <- function(region, line, signs = 1:2) {
  words <- c("positive", "negative", "without sign")[signs]
  wide <- widths(words, small) + 2.8 * line
  left <- mean(region[1:2]) - sum(wide) / 2 +
    cumsum(c(0, wide[-length(wide)]))
  y <- region[3L] + 0.5 * line
  graphics::segments(left, y, left + 1.6 * line, lwd = 3, lend = 1L,
                     lty = sign_lines[signs], col = sign_ink()[signs])
  graphics::text(left + 1.9 * line, y, words, adj = c(0, 0.5), cex = small)
}
