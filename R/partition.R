#' The log of the partition function
#'
#' \eqn{\log Z}{log Z}, the constant that turns energies into probabilities:
#' exact where the smaller layer can be enumerated, with an interval where it
#' cannot.
#'
#' \deqn{Z = \sum_{v,h} \exp(-E(v, h)).}{Z = sum_{v,h} exp(-E(v, h)).}
#'
#' `"exact"` walks all states of the smaller layer, with the other one summed
#' out. Every further unit doubles the time; up to 30 are allowed.
#'
#' `"ais"` is annealed importance sampling, from both ends. Forward runs start
#' at a base model whose \eqn{Z} is known and are warmed step by step to the
#' model; the mean of their weights is unbiased for the ratio of the two
#' \eqn{Z}, and so its log is more often too low than too high. Reverse runs
#' start at samples from the model and are cooled; the mean of their weights is
#' unbiased for the inverse ratio, and so minus its log is more often too high.
#' The estimate takes both ways together, by the acceptance ratio of Bennett:
#' which way a weight came from is a logistic regression whose intercept is
#' \eqn{\log Z}{log Z}, and weights that both ways have in common count most. It
#' needs far fewer temperatures than either answer alone. Where the two ways
#' have too little in common, it is the mean of the two answers weighted by
#' their precision, with a standard error of at least half the gap between them.
#'
#' The first turn has 250 temperatures. Later ones have as many as the width of
#' the interval asks for, up to eight times those before, and as the `budget`
#' allows, and they are closest where the weights of the turn before spread
#' most. They end when the interval is as narrow as `tol` and enough runs count.
#' Where the last three answers differ by more than their standard errors let
#' expect, that of the last is enlarged in proportion (by the Birge ratio). The
#' interval is one of Student's t, so that it is wide where few runs count, and
#' is opened where the forward answer is above it by more than its standard
#' error, or the reverse one below it. Where the model is too large for exact
#' draws, reverse runs start at cold ends of parallel tempering (in the first
#' turn at ends of the forward runs, resampled by weight and moved on by Gibbs
#' sampling), and the standard error is taken a quarter larger.
#' Sums over units are in single precision, so that the estimate is that of a
#' machine whose parameters differ in the seventh digit: an error of some 1e-6
#' of their sums, which is small beside the interval.
#'
#' Models of columns of other kinds than 0, 1 and counts of trials are exact up
#' to 65,536 states of the hidden layer where nothing else is asked for, and
#' with `"exact"` up to 2^25. They are annealed from independent columns with
#' the means that the model gives given mean hidden units, and the same extra
#' parameters, and modes are not looked for.
#'
#' @section Modes that annealing does not reach:
#' A mode far from where the base model has its states can be missed by all
#' runs, without a trace in their weights. Modes are therefore looked for: the
#' likeliest visible states given each hidden unit alone (and each pair, for at
#' most 16 hidden units), training rows where the model keeps them, and where
#' both lead when \eqn{p(v, h)} is climbed. Short Gibbs chains start there and
#' are grouped, and short annealing from independent units with the means of a
#' group estimates what \eqn{Z} has near it. Where the runs from the base model
#' end there too seldom, that group becomes a part of its own: the states to
#' which its base gives a larger probability than all others do. Each part has
#' its own runs both ways, of which those count that end in it, so that the sum
#' over parts is unbiased for \eqn{Z}. Finding modes takes sweeps of its own,
#' some 30,000, beside the `budget`.
#'
#' For any distinct states \eqn{s}, \eqn{\log Z \ge \log \sum_s
#' \exp(-F(s))}{log Z >= log sum_s exp(-F(s))}. All states that were met are put
#' into this bound. If it is above the interval, print says that part of the
#' model was not seen, and the interval is opened upwards. A mode that neither
#' hidden units, training rows nor chains lead to remains unknown.
#'
#' @section Coverage:
#' Share of 95 % intervals that hold the exact value, with reverse runs started
#' at chains, budget 2e5, ten models of each kind (`bench/coverage.R`). A far
#' miss is one by more than three widths.
#'
#' | models | intervals | cover | far misses | median width | widest |
#' |:--|--:|--:|--:|--:|--:|
#' | digits8 | 300 | 98.7 % | 0 | 0.074 | 0.47 |
#' | digits8, parameters times 2 | 300 | 98.3 % | 0 | 0.31 | 2.1 |
#' | bars and stripes | 300 | 97.7 % | 0 | 0.022 | 0.034 |
#' | bars and stripes, times 2 | 300 | 99.0 % | 0 | 0.076 | 0.23 |
#' | shifter | 300 | 99.0 % | 0 | 0.024 | 0.028 |
#' | Ising | 300 | 99.3 % | 0 | 0.082 | 0.4 |
#' | Ising, times 2 | 300 | 99.0 % | 0 | 0.16 | 0.43 |
#' | constant columns | 300 | 98.7 % | 0 | 0.086 | 0.39 |
#' | far modes, made by hand | 300 | 98.7 % | 0 | 0.013 | 0.13 |
#' | clusters, fitted | 300 | 97.0 % | 0 | 0.067 | 5.1 |
#'
#' @param object A model from [rbm()] or [rbm_fit()].
#' @param method `"exact"`, `"ais"`, or `"auto"`: exact where the smaller layer
#'   has at most 20 units.
#' @param tol For `"ais"`, the width of the interval to reach, in nats.
#' @param budget For `"ais"`, the most Gibbs sweeps to spend in all, over runs
#'   and temperatures, in both directions and on where reverse runs start: at
#'   least 500 for each of `runs`.
#' @param runs For `"ais"`, runs in each direction.
#' @param base For `"ais"`, the base model: one with the same visible units,
#'   whose smaller layer has at most 20 units. By default a model of
#'   independent units, with the frequencies of the training data or, for a
#'   model that was not fitted here, of a short Gibbs sample, drawn towards 1/2.
#' @param level Confidence level of the interval.
#' @param verbose Whether to show progress of a long computation. Nothing is
#'   shown where R is not interactive.
#' @param x An answer of `rbm_log_z()`.
#' @param digits Digits to print.
#' @param ... Must be empty.
#'
#' @return An object of class `rbm_log_z`, a list with `log_z` (nats), `se` (its
#'   standard error, 0 where exact), `interval` (two numbers at the given
#'   `level`), `method`, `seconds`, `states` (visited, where exact); and for
#'   `"ais"`: `forward` and `reverse`, each a list of `log_z`, `se`, `ess` (the
#'   effective sample size, of `runs`) and `log_weights`; `runs`;
#'   `temperatures`; `sweeps` spent; `reached`, whether `tol` was met; `path`, a
#'   data frame with a row for each number of temperatures tried, each with the
#'   standard error of its own runs; `draws`, `"exact"` or `"chains"`, where
#'   reverse runs started; `parts`, a data frame with the runs each way and the
#'   share of \eqn{Z} of each part, that of the base model first; `bound`, a
#'   rigorous lower bound on \eqn{\log Z}{log Z}, but for rounding; and
#'   `below_bound`, whether the annealing runs' own interval was below it. Every
#'   answer has `model`, a checksum of the parameters, by which [logLik.rbm()]
#'   and others know their own.
#'
#' @section Errors:
#' Of class `harmonium_error`: an exact answer for more than 30 units, which
#' says how many states it would take; a budget too small for one step; a base
#' model with other units, or one whose own \eqn{Z} cannot be had exactly; and,
#' for `"ais"`, a parameter beyond 1e28, whose sums single precision cannot
#' hold.
#'
#' @source Salakhutdinov and Murray (2008), On the quantitative analysis of deep
#'   belief networks, ICML, \doi{10.1145/1390156.1390266}. Neal (2001), Annealed
#'   importance sampling, \doi{10.1023/A:1008923215028}. Burda, Grosse and
#'   Salakhutdinov (2015), Accurate and conservative estimates of MRF
#'   log-likelihood using reverse annealing, AISTATS. Bennett (1976), Efficient
#'   estimation of free energy differences from Monte Carlo data,
#'   \doi{10.1016/0021-9991(76)90078-4}, and Shirts, Bair, Hooker and Pande
#'   (2003), Equilibrium free energies from nonequilibrium measurements using
#'   maximum-likelihood methods, \doi{10.1103/PhysRevLett.91.140601}. Birge
#'   (1932), The
#'   calculation of errors by the method of least squares, Physical Review 40,
#'   207-227, \doi{10.1103/PhysRev.40.207}.
#' @seealso [logLik.rbm()]; [plot.rbm_log_z()]
#' @examples
#' fit <- rbm_fit(digits8$x > 0.5, hidden = 12, epochs = 5)
#' exact <- rbm_log_z(object = fit, method = "exact", verbose = FALSE)
#' print(x = exact, digits = 8)
#' set.seed(1)
#' rbm_log_z(fit, method = "ais", tol = 0.5, budget = 1e5, runs = 50,
#'           base = NULL, level = 0.95)
#' @export
rbm_log_z <- function(object, method = c("auto", "exact", "ais"), tol = 0.1,
                      budget = 2e6, runs = 100, base = NULL, level = 0.95,
                      verbose = TRUE) {
  check_given(missing(object), "object", "a model")
  check_model(object)
  method <- check_choice(method, c("auto", "exact", "ais"), "method")
  tol <- check_number(tol, "tol", positive = TRUE)
  runs <- check_count(runs, "runs", min = 2)
  budget <- check_count(budget, "budget", max = 1e12)
  level <- check_number(level, "level", positive = TRUE, below = 1)
  verbose <- check_flag(verbose, "verbose")
  base <- check_base(base, object)
  muted(!verbose, new_estimate(object, method, tol, budget, runs, base, level))
}

new_estimate <- function(object, method, tol, budget, runs, base, level) {
  if (is_general(object)) {
    return(general_log_z(object, method, tol, budget, runs, level, draw_key))
  }
  if (method == "auto") {
    method <- if (enumerable(object)) "exact" else "ais"
  }
  if (method == "exact") {
    check_walk(object, most_walked())
    return(exact_log_z(object))
  }
  check_budget(budget, runs)
  check_single(object)
  if (!is.null(base)) {
    check_single(base, "base")
  }
  ais_log_z(object, base, tol, budget, runs, level, draw_key())
}

check_budget <- function(budget, runs) {
  least <- 2 * runs * first_temperatures
  if (budget < least) {
    abort(
      "budget",
      sprintf(paste("`budget` is %.0f sweeps; one step of %d runs each way at",
                    "%d temperatures takes %.0f."),
              budget, runs, first_temperatures, least),
      "Give more, or ask for fewer `runs`."
    )
  }
}

# Above valued units the hidden ones are walked, however few those are.
walked <- function(object) {
  if (walks_hidden(object)) ncol(object$W) else nrow(object$W)
}

walks_hidden <- function(object) {
  ncol(object$W) <= nrow(object$W) || !is.null(sizes_of(object))
}

# Units of the smaller layer that the core can walk; that are walked for
# averages, and without being asked for.
most_walked <- function() .Call(ffi_limits)$walked
most_averaged <- function() .Call(ffi_limits)$walked_averages
few_walked <- function() .Call(ffi_limits)$walked_unasked

enumerable <- function(object) {
  if (is_general(object)) {
    return(hidden_states(object) <= most_hidden_states)
  }
  walked(object) <= few_walked()
}

# Seconds that walking all states takes, to an order of magnitude.
walk_seconds <- function(object) {
  2^walked(object) * (max(dim(object$W)) + 50) / 2e9
}

check_walk <- function(object, most, instead = "method = \"ais\"") {
  if (walked(object) > most) {
    abort(
      "too_large",
      sprintf(paste("The smaller layer has %d units: an exact answer would",
                    "visit 2^%d states, which takes %s."),
              walked(object), walked(object),
              time_in_words(walk_seconds(object))),
      sprintf("At most %d units are enumerated. Use %s.", most, instead)
    )
  }
}

time_in_words <- function(seconds) {
  if (seconds > 1e15) {
    return("longer than anybody has")
  }
  scale <- c(second = 1, minute = 60, hour = 3600, day = 86400,
             year = 365.25 * 86400)
  unit <- max(1L, findInterval(seconds, scale))
  amount <- signif(max(seconds / scale[[unit]], 1), 2L)
  paste("some", counted(amount, names(scale)[unit]))
}

log_sum_exp <- function(x) {
  largest <- max(x)
  largest + log(sum(exp(x - largest)))
}

# The logs of the summed weights of all blocks of states.
block_logs <- function(object) {
  blocks <- blocks_of(object)
  hardware <- resolve_hardware()
  with_progress("Enumerating states", blocks, .Call(
    ffi_partition_blocks, unclass(object), 0, blocks, hardware
  ))
}

blocks_of <- function(object) {
  2^max(0L, walked(object) - .Call(ffi_limits)$block_bits)
}

averages <- function(object, pairs) {
  hardware <- resolve_hardware()
  with_progress("Enumerating states", blocks_of(object), .Call(
    ffi_moments, unclass(object), pairs, hardware
  ))
}

exact_log_z <- function(object) {
  if (is_general(object)) {
    return(general_log_z(object, "exact"))
  }
  start <- proc.time()[["elapsed"]]
  log_z <- log_sum_exp(block_logs(object))
  structure(
    list(
      log_z = log_z, se = 0, interval = c(log_z, log_z), method = "exact",
      seconds = proc.time()[["elapsed"]] - start, states = 2^walked(object),
      model = parameter_checksum(object)
    ),
    class = "rbm_log_z"
  )
}

# Whether all hidden states take about a second at most.
is_quickly_exact <- function(object) {
  states <- hidden_states(object)
  states <= most_hidden_states || states * nrow(object$W) <= 2^22
}

# Of layers of any kinds, whose hidden states are enumerated.
general_log_z <- function(object, method, tol, budget, runs, level, key) {
  if (method == "ais" || (method == "auto" && !is_quickly_exact(object))) {
    check_budget(budget, runs)
    check_single(object)
    return(general_ais(object, tol, budget, runs, level, key()))
  }
  start <- proc.time()[["elapsed"]]
  log_z <- table_log_z(object)
  structure(
    list(
      log_z = log_z, se = 0, interval = c(log_z, log_z), method = "exact",
      seconds = proc.time()[["elapsed"]] - start,
      states = hidden_states(object), model = parameter_checksum(object)
    ),
    class = "rbm_log_z"
  )
}

check_log_z <- function(log_z, name = "x") {
  check_sound(is_log_z(log_z), name, "result of rbm_log_z()", "rbm_log_z()")
}

is_log_z <- function(x) {
  is_plain_list(x, c("log_z", "se", "interval", "method", "model")) &&
    is_finite(x$log_z) && is_finite(x$se, min = 0) && is_text(x$method) &&
    is_finite(x$seconds, min = 0)
}

#' @rdname rbm_log_z
#' @export
print.rbm_log_z <- function(x, digits = 6L, ...) {
  check_dots_empty(...)
  check_log_z(x)
  digits <- check_digits(digits)
  if (x$method == "exact") {
    cat(sprintf("log Z = %s nats, exact, from %s states in %s\n",
                format(x$log_z, digits = digits), big(x$states),
                seconds_in_words(x$seconds)))
    return(invisible(x))
  }
  ends <- format(x$interval, digits = digits, trim = TRUE)
  cat(sprintf("log Z = %s nats, s.e. %.3g, %g %% interval %s to %s\n",
              format(x$log_z, digits = digits), x$se, 100 * x$level,
              ends[1L], ends[2L]))
  cat(sprintf("Annealed importance sampling, %s, %s temperatures, %s\n",
              sprintf("%d runs each way", x$runs), big(x$temperatures),
              seconds_in_words(x$seconds)))
  for (way in c("forward", "reverse")) {
    cat(sprintf("  %s: %s, s.e. %.3g, effective sample size %.0f of %d\n", way,
                format(x[[way]]$log_z, digits = digits), x[[way]]$se,
                x[[way]]$ess, sum(x$parts$runs)))
  }
  cat("Reverse runs started at",
      if (x$draws == "exact") {
        "exact draws\n"
      } else if (isTRUE(nrow(x$path) > 1L)) {
        "cold ends of parallel tempering\n"
      } else {
        "ends of Gibbs chains\n"
      })
  more <- nrow(x$parts) - 1L
  if (more > 0L) {
    cat(sprintf(paste0("Runs from the base model did not reach %s of the ",
                       "model, with %s %% of Z:\nruns that start there are ",
                       "part of the answer\n"),
                if (more == 1L) "a part" else paste(more, "parts"),
                format(100 * sum(x$parts$share[-1L]), digits = 2L)))
  }
  if (x$below_bound) {
    cat("PART OF THE MODEL WAS NOT SEEN by the annealing runs: states that are",
        sprintf("known give log Z of at least %s, and the true value may be",
                format(x$bound, digits = digits)),
        "above the interval; use a larger `budget`, or another `base`",
        sep = "\n")
  }
  if (max(x$forward$ess, x$reverse$ess) < few_count) {
    cat("Few runs carry the answer: parts of the model may not be in it\n")
  }
  if (!x$reached && !x$below_bound) {
    cat(sprintf("The budget was spent: the interval is %.2g wide, not %.2g\n",
                diff(x$interval), x$tol))
  }
  invisible(x)
}

#' Exact moments of a model
#'
#' The averages that the model itself expects, by enumeration of its smaller
#' layer: to set beside those of the data, which a model at a maximum of the
#' likelihood reproduces.
#'
#' @section Models of tables:
#' For columns of other kinds than 0, 1 and counts of trials, and for other
#' kinds of hidden units, the hidden layer is enumerated, up to 2^25 states.
#' Gaussian and ReLU hidden units are integrated over by nodes, to the last
#' digits. Moments are those of the units, which are the rows of `W` (see
#' [rbm_units()]): levels of categorical columns are 0 and 1, scores of ordinal
#' columns go from 0 to 1, counts are counts, and Gaussian columns are
#' standardised by `location` and `scale`. The diagonal of `vv` is then
#' \eqn{\langle v_i^2 \rangle}{<v_i^2>}, and two levels of one categorical
#' column have 0. `pairs` takes as long as a few enumerations more: 20 seconds
#' for 50 columns and 20 hidden units.
#'
#' @param object A model from [rbm()] or [rbm_fit()] whose smaller layer has at
#'   most 25 units.
#' @param pairs Whether to give the moments within layers too. That takes
#'   longer, by the square of the larger layer.
#' @return A list of averages over the model, the second terms of the gradient
#'   in `b`, `c` and `W` (see [rbm_gradient()]): `v` (length nv), `h` (length
#'   nh), `vh` (nv x nh, \eqn{\langle v_i h_j \rangle}{<v_i h_j>}), and with
#'   `pairs` also `vv` (nv x nv) and `hh` (nh x nh), \eqn{\langle v_i v_k
#'   \rangle}{<v_i v_k>} and the like, not centred. In a binary model all are
#'   probabilities, with marginals on the diagonals. Order and sign of the
#'   hidden units mean nothing.
#' @section Last digits:
#' Products of real numbers go through the BLAS library behind R: with another
#' library, or another number of its threads, results can differ in their last
#' digits. [harmonium_info()] names the library.
#' @section Errors:
#' Of class `harmonium_error`, for a model too large to be enumerated.
#' @seealso [rbm_log_z()], [rbm_gradient()]
#' @examples
#' machine <- rbm(W = cbind(c(2, 2, -2), c(-1, 0, 1)), b = c(0, 0, 1))
#' rbm_moments(object = machine, pairs = TRUE)$vv
#'
#' # A table: the correlations that the model expects.
#' set.seed(1)
#' fit <- rbm_fit(iris, hidden = 2, starts = 1, weight_decay = 0.1)
#' moments <- rbm_moments(fit, pairs = TRUE)
#' round(cov2cor(moments$vv - outer(moments$v, moments$v)), 2)[1:4, 1:4]
#' @export
rbm_moments <- function(object, pairs = FALSE) {
  check_given(missing(object), "object", "a model")
  check_model(object)
  pairs <- check_flag(pairs, "pairs")
  if (is_general(object)) {
    return(general_moments(object, pairs))
  }
  check_walk(object, most_averaged(), "averages over rbm_sample()")
  found <- averages(object, pairs)
  visible <- names(object$b)
  hidden <- names(object$c)
  out <- list(
    v = stats::setNames(found$v, visible),
    h = stats::setNames(found$h, hidden),
    vh = matrix(found$vh, length(found$v), length(found$h), byrow = TRUE,
                dimnames = dimnames(object$W))
  )
  if (pairs) {
    if (is.null(sizes_of(object))) {
      diag(found$vv) <- found$v
    }
    diag(found$hh) <- found$h
    out$vv <- name_cases(found$vv, visible, visible)
    out$hh <- name_cases(found$hh, hidden, hidden)
  }
  out
}

# n independent draws from the model, as cases, or the means that they are drawn
# by: a block of states by its share of Z, a
# state of the walked layer within it, and the other layer given that.
exact_draws <- function(object, n, key, type = "sample") {
  hardware <- resolve_hardware()
  model <- unclass(object)
  logs <- block_logs(object)
  u <- .Call(ffi_uniforms, key, "start", 0, 0, n, 4L)
  share <- cumsum(exp(logs - log_sum_exp(logs)))
  block <- findInterval(finer(u[, 1L], u[, 2L]) * share[length(share)], share)
  order <- order(block)
  states <- .Call(ffi_partition_draw, model, as.double(block[order]),
                  finer(u[, 3L], u[, 4L])[order])
  states <- take_cases(states, order(order))
  if (!walks_hidden(object)) {
    if (type == "sample") {
      return(states)
    }
    states <- .Call(ffi_conditional, model, "hidden", states, "sample", key,
                    hardware)
  }
  .Call(ffi_conditional, model, "visible", states, type, key, hardware)
}

# Two uniform numbers, each the middle of one of 2^32 cells, as one: the second
# says where in its cell the first is. Alone it would leave gaps among many
# states.
finer <- function(first, second) first + (second - 0.5) * 2^-32
