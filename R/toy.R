#' Data whose law is known
#'
#' Small binary data sets with a known law, and so with a known best
#' log-likelihood: to see how far a model is from what can be reached.
#'
#' @details
#' `"bars_and_stripes"` has pictures of `size` x `size` pixels in which each row
#' is on or off as a whole, or each column is. Pictures all on and all off are
#' both, and there are three ways of counting them, which give different
#' likelihoods for the same model. With D for `size`:
#' * `count = "rows"`: first rows or columns are chosen, then which are on, so
#'   \eqn{2 \cdot 2^D}{2 2^D} cases are generated, and the two that are both
#'   come twice. The best sum over the cases is that of the law `p`, which gives
#'   these two double weight: -41.588831 for D = 3 and -108.130960 for D = 4;
#' * `count = "distinct"`: the \eqn{2^{D+1} - 2}{2^(D+1) - 2} different pictures
#'   once each: -102.035921 for D = 4;
#' * `count = "proper"`: without the two that are both, \eqn{2^{D+1} -
#'   4}{2^(D+1) - 4} pictures.
#'
#' Say which when you compare.
#'
#' `"shifter"` has a pattern of `size` bits, the same pattern moved left, not
#' moved, or moved right by one place around a ring, and three more bits that
#' say which: all \eqn{3 \cdot 2^D}{3 2^D} cases, equally likely. Only triples
#' of units tell the shift; no pair of units does.
#'
#' `"parity"` has all \eqn{2^{D-1}}{2^(D-1)} rows of `size` bits with an even
#' number on, equally likely. Any `size` - 1 of the bits are independent.
#'
#' `"ising"` is a random sample of `n` states of the Ising model on a square
#' lattice of `size` x `size` spins with periodic edges, at inverse temperature
#' `beta`: \eqn{p(s) \propto \exp(\beta \sum s_i s_k)}{p(s) proportional to
#' exp(beta sum s_i s_k)} over neighbours, spins of -1 and 1 written as 0 and 1.
#' (At `size = 2` two spins are neighbours on both sides, and count twice.)
#' Draws are exact and independent, by transfer matrix. The best expected
#' log-likelihood of a case is minus the entropy, which is exact too. The
#' lattice orders above \eqn{\beta = \log(1 + \sqrt 2) / 2 = 0.4407}{beta =
#' log(1 + sqrt(2)) / 2 = 0.4407}.
#'
#' @param name Which: `"bars_and_stripes"`, `"shifter"`, `"parity"` or
#'   `"ising"`.
#' @param size Side of the picture or lattice, or number of bits; from 2, to 12
#'   for bars and stripes and the shifter, 20 for parity, 8 for the lattice.
#' @param count For bars and stripes, which pictures: see below.
#' @param n For `"ising"`, the number of draws.
#' @param beta For `"ising"`, the inverse temperature, from 0 to below 100.
#' @return A list: `x`, an integer matrix of 0 and 1, a case a row; `image_dim`;
#'   `best`, the largest attainable mean log-likelihood of a case in nats (for
#'   `"ising"` in expectation); `best_sum`, that times the number of rows; and
#'   `probability`, that of each row under the law.
#' @section Errors:
#' Of class `harmonium_error`, for a size out of range.
#' @source MacKay (2003), *Information theory, inference, and learning
#'   algorithms*, section 43, for bars and stripes and the shifter. Hinton and
#'   Sejnowski (1986), Learning and relearning in Boltzmann machines, for the
#'   shifter. Kramers and Wannier (1941), \doi{10.1103/PhysRev.60.252}, for the
#'   transfer matrix.
#' @seealso [logLik.rbm()]
#' @examples
#' bars <- rbm_data(name = "bars_and_stripes", size = 3, count = "rows")
#' dim(bars$x)
#' bars$best
#' set.seed(1)
#' ising <- rbm_data("ising", size = 4, n = 500, beta = 0.3)
#' c(best = ising$best, independent = -16 * log(2))
#' @export
rbm_data <- function(name = c("bars_and_stripes", "shifter", "parity", "ising"),
                     size = 4, count = c("rows", "distinct", "proper"),
                     n = 1000, beta = 0.4) {
  name <- check_choice(name, c("bars_and_stripes", "shifter", "parity",
                               "ising"), "name")
  most <- c(bars_and_stripes = 12, shifter = 12, parity = 20, ising = 8)
  size <- check_count(size, "size", min = 2, max = most[[name]])
  count <- check_choice(count, c("rows", "distinct", "proper"), "count")
  n <- check_count(n, "n")
  beta <- check_number(beta, "beta", below = 100)
  made <- switch(
    name,
    bars_and_stripes = bars_and_stripes(size, count),
    shifter = shifter(size),
    parity = parity(size),
    ising = ising(size, n, beta)
  )
  storage.mode(made$x) <- "integer"
  if (is.null(made$best)) {
    made$best <- mean(log(made$probability))
  }
  made$best_sum <- made$best * nrow(made$x)
  made[c("x", "image_dim", "best", "best_sum", "probability")]
}

# All rows of `bits` bits, the first bit changing fastest.
all_states <- function(bits) {
  states <- seq_len(2^bits) - 1
  out <- matrix(0L, 2^bits, bits)
  for (bit in seq_len(bits)) {
    out[, bit] <- as.integer(states %/% 2^(bit - 1) %% 2)
  }
  out
}

bars_and_stripes <- function(size, count) {
  lines <- all_states(size)
  # Pixels run row after row: a row's pixels are neighbours.
  across <- lines[, rep(seq_len(size), each = size)]
  down <- lines[, rep(seq_len(size), times = size)]
  both <- c(1L, nrow(lines))
  x <- switch(count, rows = rbind(across, down),
              distinct = rbind(across, down[-both, , drop = FALSE]),
              proper = rbind(across[-both, , drop = FALSE],
                             down[-both, , drop = FALSE]))
  probability <- rep(1 / nrow(x), nrow(x))
  if (count == "rows") {
    probability[rowSums(x) %in% c(0, size^2)] <- 2 / nrow(x)
  }
  list(x = x, image_dim = c(size, size), probability = probability)
}

shifter <- function(size) {
  pattern <- all_states(size)
  moved <- lapply(c(1L, 0L, -1L), function(by) {
    (seq_len(size) - 1L + by) %% size + 1L
  })
  x <- do.call(rbind, lapply(1:3, function(way) {
    label <- matrix(as.integer(1:3 == way), nrow(pattern), 3L, byrow = TRUE)
    cbind(pattern, pattern[, moved[[way]], drop = FALSE], label)
  }))
  list(x = x, image_dim = NULL, probability = rep(1 / nrow(x), nrow(x)))
}

parity <- function(size) {
  x <- all_states(size)
  x <- x[rowSums(x) %% 2 == 0, , drop = FALSE]
  list(x = x, image_dim = NULL, probability = rep(1 / nrow(x), nrow(x)))
}

# One row of the lattice has 2^size states. With within[a] the sum of products
# of neighbours in row a, and between[a, d] that of rows a and d,
# T[a, d] = exp(beta (within[a] + between[a, d])) and Z = trace(T^size).
ising <- function(size, n, beta) {
  spins <- 2 * all_states(size) - 1
  within <- rowSums(spins * spins[, c(2:size, 1L), drop = FALSE])
  between <- spins %*% t(spins)
  # Divided by the largest entry, so that no power overflows.
  peak <- beta * 2 * size
  transfer <- exp(beta * (within + between) - peak)
  powers <- vector("list", size)
  powers[[1L]] <- transfer
  for (k in seq_len(size)[-1L]) {
    powers[[k]] <- powers[[k - 1L]] %*% transfer
  }
  z <- sum(diag(powers[[size]]))
  log_z <- log(z) + size * peak
  rest <- if (size > 1L) t(powers[[size - 1L]])
  mean_sum <- size * sum(transfer * (within + between) * rest) / z
  entropy <- log_z - beta * mean_sum

  states <- seq_len(nrow(spins))
  row <- matrix(0L, n, size)
  row[, 1L] <- sample(states, n, replace = TRUE, prob = diag(powers[[size]]))
  for (k in seq_len(size)[-1L]) {
    # Given the row above and the first, through which the lattice closes.
    left <- powers[[size - k + 1L]]
    pairs <- split(seq_len(n), list(row[, k - 1L], row[, 1L]), drop = TRUE)
    for (at in pairs) {
      weight <- transfer[row[at[1L], k - 1L], ] * left[, row[at[1L], 1L]]
      row[at, k] <- sample(states, length(at), replace = TRUE, prob = weight)
    }
  }
  x <- do.call(cbind, lapply(seq_len(size), function(k) {
    (spins[row[, k], , drop = FALSE] + 1) / 2
  }))
  next_row <- row[, c(2:size, 1L), drop = FALSE]
  sums <- rowSums(matrix(within[row], n) +
                    matrix(between[cbind(c(row), c(next_row))], n))
  list(x = x, image_dim = c(size, size), best = -entropy,
       probability = exp(beta * sums - log_z))
}
