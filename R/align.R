#' Match the hidden units of two models
#'
#' Reorders the hidden units of a model, and exchanges on and off where needed,
#' so that its weights are as close as possible to those of another model. The
#' distribution of the visible units stays the same.
#'
#' The hidden units of a model have no order and no sign. Exchanging on and off
#' of hidden unit j, that is \eqn{h_j \to 1 - h_j}{h_j -> 1 - h_j}, means
#' \deqn{W_j \to -W_j, \quad c_j \to -c_j, \quad b \to b + W_j,}{W_j -> -W_j,
#'   c_j -> -c_j, b -> b + W_j,}
#' where \eqn{W_j} is column j of `W`; \eqn{p(v)} does not change. Two fits to
#' the same data can therefore be compared unit by unit only after matching.
#' Gaussian hidden units change sign instead, \eqn{h_j \to -h_j}{h_j -> -h_j},
#' with `b` as it is, and ReLU units have no other side. Visible units may be of
#' any kinds, the same in both models; hidden ones of one kind, which is not
#' categorical.
#'
#' Units are matched one to one. Order and signs minimise the sum over all units
#' of the squared distance between weights, \eqn{\sum_{ij} (W^a_{ij} -
#' W^b_{ij})^2}{sum_ij (Wa_ij - Wb_ij)^2}; units without a partner count as if
#' they were matched with weights of 0. The minimum is exact: it is found by the
#' Hungarian method, in time that grows with the cube of the number of hidden
#' units (0.1 seconds for 300). Biases are not used for matching.
#'
#' @param a A model from [rbm()] or [rbm_fit()].
#' @param b A model of the same columns, whose hidden units are reordered. It
#'   may have another number of hidden units.
#' @param x A result of `rbm_align()`.
#' @param digits Digits to print.
#' @param ... Must be empty.
#' @return A list of class `rbm_align`:
#'   * `model`: `b` with its hidden units reordered, a model like one from
#'     [rbm()]: without the history of its training. First come the partners of
#'     the units of `a`, in the order of `a`, then units without a partner.
#'   * `units`: a data frame with a row for each pair: `a` and `b`, the numbers
#'     of the units, `NA` where there is no partner; `flipped`, whether on and
#'     off were exchanged; and `similarity`, the cosine of the angle between the
#'     two columns of weights, from 0 to 1, `NA` without a partner or where all
#'     weights of a unit are 0.
#'   * `permutation`: the numbers of the units of `b` in their new order.
#'   * `distance`: the root of the sum of squares after matching.
#' @section Errors:
#' Of class `harmonium_error`: not a model, models with different columns, by
#' number, name or kind, or with hidden units of several kinds.
#' @seealso [rbm_bootstrap()], which tells how stable hidden units are
#' @examples
#' x <- digits8$x[1:300, 19:30] > 0.5
#' set.seed(1)
#' first <- rbm_fit(x, hidden = 3, starts = 1, weight_decay = 0.01)
#' second <- rbm_fit(x, hidden = 3, starts = 1, weight_decay = 0.01)
#' found <- rbm_align(a = first, b = second)
#' print(x = found, digits = 3)
#' round(coef(found$model)$W - coef(first)$W, 2)
#' @references Kuhn (1955), The Hungarian method for the assignment problem,
#'   *Naval Research Logistics Quarterly* 2, 83-97,
#'   \doi{10.1002/nav.3800020109}.
#' @export
rbm_align <- function(a, b) {
  check_given(missing(a), "a", "a model")
  check_given(missing(b), "b", "another model")
  check_model(a, "a")
  check_model(b, "b")
  check_same_columns(a, b)
  check_alignable(a, b)
  align(a, b)
}

# Hidden units of one kind, of which each has a column of W of its own.
check_alignable <- function(a, b) {
  kinds <- unique(c(kinds_of_hidden(a), kinds_of_hidden(b)))
  if (length(kinds) > 1L || kinds == "categorical") {
    abort("align_hidden",
          paste("rbm_align() matches hidden units of one kind: binary,",
                "Gaussian or ReLU."),
          sprintf("`a` has %s; `b` has %s.", kinds_in_words(a),
                  kinds_in_words(b)))
  }
}

kinds_of_hidden <- function(object) {
  unique(layer_columns(object$units[["hidden"]], ncol(object$W))$kind)
}

align <- function(a, b) {
  scale_of <- function(model) max(abs(model$W), .Machine$double.xmin)
  products <- crossprod(unname(a$W) / scale_of(a), unname(b$W) / scale_of(b))
  if ("relu" %in% kinds_of_hidden(a)) {
    products <- pmax(products, 0) # which have no other side
  }
  count <- max(dim(products))
  padded <- matrix(0, count, count)
  padded[seq_len(nrow(products)), seq_len(ncol(products))] <- abs(products)
  partner <- assign_rows(-padded)
  own <- seq_len(ncol(a$W))
  partner <- c(partner[own], setdiff(partner[-own], partner[own]))
  units <- data.frame(a = seq_len(count), b = partner)
  units$a[units$a > ncol(a$W)] <- NA
  units$b[units$b > ncol(b$W)] <- NA
  units <- units[!is.na(units$a) | !is.na(units$b), ]
  at <- cbind(units$a, units$b)
  norms <- outer(norms_of(unname(a$W) / scale_of(a)),
                 norms_of(unname(b$W) / scale_of(b)))
  units$flipped <- !is.na(products[at]) & products[at] < 0
  similarity <- abs(products[at]) / norms[at]
  units$similarity <- ifelse(is.finite(similarity), pmin(similarity, 1),
                             NA_real_)
  rownames(units) <- NULL
  order <- units$b[!is.na(units$b)]
  flipped <- units$flipped[!is.na(units$b)]
  model <- reorder_hidden(b, order, flipped)
  matched <- matrix(0, nrow(a$W), nrow(units))
  matched[, !is.na(units$b)] <- model$W
  matched[, !is.na(units$a)] <- matched[, !is.na(units$a)] - a$W
  scale <- max(abs(matched), .Machine$double.xmin)
  structure(
    list(model = model, units = units, permutation = order,
         distance = scale * sqrt(sum((matched / scale)^2))),
    class = "rbm_align"
  )
}

norms_of <- function(W) sqrt(colSums(W^2))

# The model with its hidden units in another order, and the two sides of those
# that are `flipped` (of the new order) exchanged: on and off of binary units,
# signs of Gaussian ones.
reorder_hidden <- function(object, order, flipped) {
  sign <- ifelse(flipped, -1, 1)
  W <- object$W[, order, drop = FALSE]
  moved <- if ("binary" %in% kinds_of_hidden(object)) {
    rowSums(W[, flipped, drop = FALSE])
  } else {
    0
  }
  new_rbm(sweep(W, 2L, sign, "*"), object$b + moved, object$c[order] * sign,
          object$units, object$image_dim, d = object$d,
          columns = object$columns)
}

# The column of each row of a square matrix of costs, each column once, with the
# least sum. Rows are added one at a time, along the shortest augmenting path;
# `u` and `v` are the duals of rows and columns.
assign_rows <- function(cost) {
  n <- nrow(cost)
  u <- numeric(n)
  v <- numeric(n)
  row_of <- integer(n) # the row that a column has, 0 for none
  for (new in seq_len(n)) {
    shortest <- rep(Inf, n)
    before <- integer(n)
    done <- logical(n)
    row <- new
    column <- 0L
    repeat {
      reduced <- cost[row, ] - u[row] - v
      closer <- !done & reduced < shortest
      shortest[closer] <- reduced[closer]
      before[closer] <- column
      open <- which(!done)
      nearest <- open[which.min(shortest[open])]
      step <- shortest[nearest]
      # Rows in the tree are the new one and those of the columns done.
      u[new] <- u[new] + step
      u[row_of[done]] <- u[row_of[done]] + step
      v[done] <- v[done] - step
      shortest[open] <- shortest[open] - step
      done[nearest] <- TRUE
      column <- nearest
      if (row_of[column] == 0L) {
        break
      }
      row <- row_of[column]
    }
    while (column != 0L) {
      from <- before[column]
      row_of[column] <- if (from == 0L) new else row_of[from]
      column <- from
    }
  }
  order(row_of)
}

is_align <- function(x) {
  is_plain_list(x, c("model", "units", "permutation", "distance")) &&
    has_sound_parameters(x$model) && is_frame(x$units) &&
    identical(names(x$units), c("a", "b", "flipped", "similarity")) &&
    is.integer(x$units$a) && is.integer(x$units$b) &&
    is.logical(x$units$flipped) && is.double(x$units$similarity) &&
    are_all(function(column) is.null(attributes(column)), unclass(x$units)) &&
    is_finite(x$distance, min = 0)
}

#' @rdname rbm_align
#' @export
print.rbm_align <- function(x, digits = 2L, ...) {
  check_dots_empty(...)
  check_sound(is_align(x), "x", "result of rbm_align()", "rbm_align()")
  digits <- check_digits(digits)
  units <- x$units
  paired <- !is.na(units$a) & !is.na(units$b)
  cat(sprintf("%s of hidden units, %d with on and off exchanged\n",
              counted(sum(paired), "pair"), sum(units$flipped)))
  known <- units$similarity[!is.na(units$similarity)]
  if (length(known)) {
    cat(sprintf("Similarity (cosine of weights): median %.*f, smallest %.*f\n",
                digits, stats::median(known), digits, min(known)))
  }
  shown <- utils::head(units, 20L)
  number <- function(value) ifelse(is.na(value), "none", value)
  cat(sprintf("  a: %s  b: %s  %s%s\n", formatC(number(shown$a), width = 4L),
              formatC(number(shown$b), width = 4L),
              ifelse(is.na(shown$similarity), "",
                     formatC(shown$similarity, digits = digits, format = "f")),
              ifelse(shown$flipped, "  exchanged", "")), sep = "")
  if (nrow(shown) < nrow(units)) {
    cat(sprintf("  and %d more, see `units`\n", nrow(units) - nrow(shown)))
  }
  invisible(x)
}
