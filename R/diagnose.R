# How far draws of chains can be trusted. A trace is a matrix, a row for each
# draw and a column for each chain, of one number that the chains visit.

#' Diagnostics of chains
#'
#' Whether chains have mixed, and how many independent draws theirs are worth:
#' for the free energy of the draws, for each visible unit, or for any number
#' that was written down along several chains.
#'
#' Each chain is split in two, so that one which still drifts shows. With
#' \eqn{W} the mean variance within halves, \eqn{B} the variance of their means
#' and \eqn{n} draws in each,
#' \deqn{\hat R = \sqrt{(n - 1) / n + B / W},}{R-hat = sqrt((n - 1) / n + B /
#' W),}
#' which is near 1 where the chains visit the same
#' states: above 1.05 they do not, or were not run for long enough to tell. The
#' effective sample size is the number of draws divided by \eqn{1 + 2 \sum_t
#' \rho_t}{1 + 2 sum_t rho_t}, where the autocorrelations \eqn{\rho_t}{rho_t},
#' which count differences between chains too, are summed in pairs as long as
#' these are positive, and made to fall (Geyer 1992).
#'
#' No diagnostic sees a state that no chain has visited. Chains that start in
#' different places say more than chains from the same one.
#'
#' @param x An [rbm_sample()] of at least 2 chains with at least 4 draws each;
#'   or a numeric matrix, a row a draw, a column a chain; or a model, of which
#'   `rbm_sample(x, n = 4000, chains = 4, method = "gibbs")` is then made, as
#'   probabilities where it is of a table: from where four of the persistent
#'   chains of its training are, where it has these and its units are 0 and 1.
#'   Of draws that are a table each level
#'   of a factor is a row of the answer.
#' @return A data frame with a row for the free energy, if that of the draws is
#'   known, and for each visible unit, or one row for a matrix; and columns
#'   `mean`, `sd`, `rhat`, `rhat_folded` (R-hat of the distance from the median
#'   of all draws, which shows chains that differ in spread, not in place),
#'   `ess` (effective sample size for the mean), `autocorrelation` (from one
#'   draw to the next) and `mcse`, the standard error of the mean, `sd /
#'   sqrt(ess)`. `NA` where a number never changes, or by rounding errors alone.
#' @section Errors:
#' Of class `harmonium_error`: fewer than 2 chains, or than 4 draws in each.
#' @source Vehtari, Gelman, Simpson, Carpenter and Bürkner (2021),
#'   Rank-normalization, folding, and localization: an improved R-hat,
#'   \doi{10.1214/20-BA1221}, section 3, without rank-normalization. Geyer
#'   (1992), Practical Markov chain Monte Carlo, \doi{10.1214/ss/1177011137}.
#' @seealso [rbm_sample()]
#' @examples
#' machine <- rbm(W = cbind(c(4, 4, -4, -4), c(-4, -4, 4, 4)), c = c(-4, -4))
#' set.seed(1)
#' x <- rbm_sample(machine, n = 400, chains = 4, steps = 100)
#' rbm_diagnose(x = x)
#' rbm_diagnose(machine)
#' @export
rbm_diagnose <- function(x) {
  check_given(missing(x), "x", "draws of chains")
  if (inherits(x, "rbm")) {
    check_model(x, "x")
    x <- rbm_sample(x, n = 4000, chains = 4, method = "gibbs",
                    start = chains_of_fit(x),
                    type = if (is_general(x)) "probability" else "sample")
  }
  if (inherits(x, "rbm_sample")) {
    check_sample(x)
    draws <- sample_array(x)
    check_trace(dim(draws)[1:2], "x")
    energy <- attr(x, "free_energy")
    traces <- lapply(seq_len(dim(draws)[3L]), function(i) draws[, , i])
    names(traces) <- dimnames(draws)[[3L]]
    if (!is.null(energy)) {
      traces <- c(list(free_energy = matrix(energy, dim(draws)[1L])), traces)
    }
  } else if (is_drawn_table(x)) {
    draws <- nrow(x) %/% max(attr(x, "chain"))
    check_trace(c(draws, nrow(x) %/% draws), "x")
    columns <- c(list(free_energy = attr(x, "free_energy")),
                 do.call(c, lapply(names(x), function(name) {
                   numbers_of(x[[name]], name)
                 })))
    traces <- lapply(columns, matrix, nrow = draws)
  } else {
    if (!is.matrix(x) || !is.numeric(x) || !all(is.finite(x))) {
      abort(
        "trace",
        sprintf(paste("`x` must be draws from rbm_sample(), or a matrix of",
                      "finite numbers, a row a draw and a column a chain, not",
                      "%s."), describe(x)),
        if (is.data.frame(x)) {
          paste("Exact draws are of no chain, and parts of a table do not say",
                "of which: give\nall that rbm_sample(method = \"gibbs\") drew,",
                "or the model itself.")
        }
      )
    }
    check_trace(dim(x), "x")
    traces <- list(x = x)
  }
  rows <- lapply(traces, function(trace) {
    found <- chain_diagnostics(trace)
    sd <- stats::sd(trace)
    data.frame(mean = mean(trace), sd = sd, rhat = found$rhat,
               rhat_folded = folded_rhat(trace), ess = found$ess,
               autocorrelation = found$autocorrelation,
               mcse = sd / sqrt(found$ess))
  })
  do.call(rbind, rows)
}

# Where four of the chains of the fit are, spread over all: NULL where it has
# none, or of other units than 0 and 1.
chains_of_fit <- function(object) {
  words <- object$training$state$chains
  kinds <- layer_columns(object$units[["visible"]], nrow(object$W))$kind
  count <- object$training$settings$chains
  if (!length(words) || !all(kinds == "binary") || is_general(object) ||
        is.null(count) || count < 4L || length(words) %% count != 0) {
    return(NULL)
  }
  t(chain_states(words, count)[seq_len(nrow(object$W)),
                               evenly(count, 4L), drop = FALSE])
}

# Words of chains, see src/core/sample.h, as a column of bits each.
chain_states <- function(words, count) {
  matrix(as.integer(intToBits(words)), ncol = count)
}

# Draws of chains as a table, all of them.
is_drawn_table <- function(x) {
  chain <- attr(x, "chain")
  is.data.frame(x) && is.numeric(chain) && length(chain) == nrow(x) &&
    length(attr(x, "free_energy")) == nrow(x)
}

# A column as numbers, levels of a factor each as 0 and 1.
numbers_of <- function(column, name) {
  if (is.numeric(column) || is.logical(column)) {
    return(stats::setNames(list(as.double(column)), name))
  }
  levels <- if (is.factor(column)) levels(column) else unique(column)
  stats::setNames(lapply(levels, function(level) as.double(column == level)),
                  paste(name, levels, sep = ":"))
}

least_draws <- 4L
least_chains <- 2L

# `size` is draws and chains.
check_trace <- function(size, name) {
  if (size[2L] < least_chains) {
    abort(
      "one_chain",
      sprintf(paste("`%s` has %s; R-hat compares chains, of which it takes %d",
                    "or more."), name, counted(size[2L], "chain"),
              least_chains),
      "Draw from several, as in rbm_sample(object, n = 400, chains = 4)."
    )
  }
  if (size[1L] < least_draws) {
    abort(
      "few_draws",
      sprintf("`%s` has %s of each chain; R-hat takes %d or more.", name,
              counted(size[1L], "draw"), least_draws),
      sprintf(paste("Draw more of each of fewer chains, as in",
                    "rbm_sample(object, n = %d, chains = 4)."),
              max(400L, as.integer(prod(size))))
    )
  }
}

# R-hat, effective sample size and lag-1 autocorrelation of a trace; NA where
# there are too few chains or draws, or nothing ever changes.
chain_diagnostics <- function(trace) {
  if (ncol(trace) < least_chains || nrow(trace) < least_draws ||
        !all(is.finite(trace)) || is_constant(trace)) {
    return(list(rhat = NA_real_, ess = NA_real_, autocorrelation = NA_real_))
  }
  halves <- split_chains(trace)
  list(rhat = r_hat(halves), ess = effective_size(halves),
       autocorrelation = autocorrelations(trace)[2L])
}

# Whether numbers differ by no more than rounding errors, which sums of many
# terms leave at some 1e-15 of their size.
is_constant <- function(trace) {
  diff(range(trace)) <= 1e-12 * max(abs(trace))
}

# R-hat of |x - median|. Of two values that are as often each way the distance
# never changes: NA.
folded_rhat <- function(trace) {
  folded <- abs(trace - stats::median(trace))
  if (is_constant(trace)) NA_real_ else chain_diagnostics(folded)$rhat
}

# Each chain as two, the first half and the second, without the middle draw of
# an odd number.
split_chains <- function(trace) {
  half <- nrow(trace) %/% 2L
  cbind(trace[seq_len(half), , drop = FALSE],
        trace[nrow(trace) - half + seq_len(half), , drop = FALSE])
}

column_variances <- function(x) {
  colSums(sweep(x, 2L, colMeans(x))^2) / (nrow(x) - 1)
}

r_hat <- function(halves) {
  n <- nrow(halves)
  within <- mean(column_variances(halves))
  sqrt((n - 1) / n + stats::var(colMeans(halves)) / within)
}

# Autocovariances of each column at all lags, over n, by Fourier transform: the
# zeros behind a column keep its end from meeting its beginning.
autocovariances <- function(x) {
  n <- nrow(x)
  long <- stats::nextn(2L * n)
  padded <- rbind(sweep(x, 2L, colMeans(x)), matrix(0, long - n, ncol(x)))
  power <- Mod(stats::mvfft(padded))^2
  Re(stats::mvfft(power, inverse = TRUE))[seq_len(n), , drop = FALSE] / long / n
}

# Of lags 0, 1, ...: what is left of the variance over all chains. What chains
# differ by on the whole never goes away.
autocorrelations <- function(x) {
  n <- nrow(x)
  covariance <- rowMeans(autocovariances(x))
  within <- covariance[1L] * n / (n - 1)
  rho <- 1 - (within - covariance) / (covariance[1L] + stats::var(colMeans(x)))
  rho[1L] <- 1
  rho
}

# Pairs of neighbouring lags have positive sums that fall, for a chain that runs
# the same backwards; the sum ends where noise makes one negative, or where
# there are too few draws to go on. Of the last pair the first half counts; with
# one pair alone, its second half too.
effective_size <- function(halves) {
  n <- nrow(halves)
  rho <- autocorrelations(halves)
  pairs <- max(1L, (n - 2L) %/% 2L)
  even <- rho[2L * seq_len(pairs) - 1L]
  sums <- even + rho[2L * seq_len(pairs)]
  last <- c(which(!(sums > 0)), pairs)[1L]
  total <- if (last == 1L) {
    1 + 2 * max(rho[2L], 0)
  } else {
    sum(cummin(sums[seq_len(last - 1L)])) * 2 + max(even[last], 0) - 1
  }
  # More than log10 times as many as there are draws cannot be told.
  length(halves) / max(total, 1 / log10(length(halves)))
}
