# Annealed importance sampling, both ways; see rbm_log_z() for what is computed
# and src/core/ais.h for how.

first_temperatures <- 250L

# An effective sample of fewer runs than these is told.
few_count <- 10

# The core counts sweeps in 24 bits.
most_temperatures <- 2^23

# Temperatures from 0 to 1: dense at the cold end, where the first patterns
# form, and at the hot end.
ladder <- function(steps) {
  s <- seq(-4, 4, length.out = steps + 1L)
  t <- (stats::plogis(s) - stats::plogis(-4)) /
    (stats::plogis(4) - stats::plogis(-4))
  t <- (t + seq(0, 1, length.out = steps + 1L)) / 2
  t[c(1L, steps + 1L)] <- c(0, 1)
  t
}

check_base <- function(base, object) {
  if (is.null(base)) {
    return(NULL)
  }
  check_model(base, "base")
  if (nrow(base$W) != nrow(object$W)) {
    abort(
      "base",
      sprintf("`base` has %s, the model has %s.",
              counted(nrow(base$W), "visible unit"),
              counted(nrow(object$W), "visible unit"))
    )
  }
  if (!enumerable(base)) {
    abort(
      "base_large",
      sprintf(paste("The smaller layer of `base` has %d units; its own Z must",
                    "be exact, for which at most %d are allowed."),
              walked(base), few_walked)
    )
  }
  base
}

# Independent units, as a model without hidden ones.
independent <- function(log_odds) {
  list(W = matrix(0, length(log_odds), 0L), b = log_odds, c = numeric(),
       units = c("binary", "binary"))
}

# From log weights whose mean exp is unbiased for a ratio: its log, the standard
# error of that by the delta method, and the effective sample size.
log_mean_weight <- function(log_weights) {
  n <- length(log_weights)
  log_mean <- log_sum_exp(log_weights) - log(n)
  relative <- exp(log_weights - log_mean)
  list(log_mean = log_mean, se = stats::sd(relative) / sqrt(n),
       ess = n / mean(relative^2))
}

ais_log_z <- function(object, base, tol, budget, runs, level, key) {
  start <- proc.time()[["elapsed"]]
  target <- unclass(object)
  stage <- 0
  # Counts calls, so that no two share a random number.
  next_step <- function() stage <<- stage + 1
  other <- function() {
    stage <<- stage + 1
    c(key[1L], (key[2L] + stage) %% 2^32)
  }
  if (is.null(base)) {
    below <- independent(hot_rates(object, other()))
    log_z_base <- sum(softplus(below$b))
  } else {
    below <- unclass(base)
    log_z_base <- exact_log_z(base)$log_z
  }
  # At its end of the ladder each model's sum also counts the states of the
  # other's hidden units.
  offset <- log_z_base + (ncol(target$W) - ncol(below$W)) * log(2)
  path <- list()
  steps <- as.double(first_temperatures)
  spent <- 0
  repeat {
    t <- ladder(steps)
    up <- anneal(below, target, t, base_draws(base, below, runs, other()),
                 other(), next_step())
    cold <- if (enumerable(object)) {
      exact_draws(object, runs, other())
    } else {
      chain_draws(target, up, runs, steps, other())
    }
    down <- anneal(below, target, rev(t), cold, other(), next_step())
    spent <- spent + 2 * runs * steps
    forward <- log_mean_weight(up$log_weight)
    reverse <- log_mean_weight(down$log_weight)
    forward$log_z <- offset + forward$log_mean
    reverse$log_z <- offset - reverse$log_mean
    joint <- join_ways(forward, reverse)
    path[[length(path) + 1L]] <- data.frame(
      temperatures = steps, forward = forward$log_z, reverse = reverse$log_z,
      log_z = joint$log_z, se = joint$se
    )
    joint$se <- joint$se * disagreement(do.call(rbind, path))
    half <- half_width(joint, level)
    reached <- 2 * half <= tol
    if (reached || spent + 4 * runs * steps > budget ||
          steps > most_temperatures / 2) {
      break
    }
    steps <- 2L * steps
  }
  way <- function(found, weights) {
    list(log_z = found$log_z, se = found$se, ess = found$ess,
         log_weights = weights)
  }
  structure(
    list(
      log_z = joint$log_z, se = joint$se,
      interval = joint$log_z + c(-half, half), method = "ais", level = level,
      seconds = proc.time()[["elapsed"]] - start,
      forward = way(forward, offset + up$log_weight),
      reverse = way(reverse, offset - down$log_weight),
      runs = runs, temperatures = steps, sweeps = spent, tol = tol,
      reached = reached, path = do.call(rbind, path),
      draws = if (enumerable(object)) "exact" else "chains"
    ),
    class = "rbm_log_z"
  )
}

# The delta method trusts the weights seen; with few that count it is too
# trusting, and the gap between the two ways shows more. Nothing is taken off
# for there being two ways: their errors and their standard errors go together.
join_ways <- function(forward, reverse) {
  variance <- pmax(c(forward$se, reverse$se)^2, 1e-20)
  share <- (1 / variance) / sum(1 / variance)
  both <- c(forward$log_z, reverse$log_z)
  list(log_z = sum(share * both),
       se = max(sqrt(min(variance)), abs(diff(both)) / 2),
       ess = max(forward$ess, reverse$ess))
}

# How many times as far apart the last answers lie as their standard errors let
# expect, if that is more than once: the Birge ratio. Runs that do not see all
# of the model agree with each other, but not with the next.
disagreement <- function(path) {
  last <- utils::tail(path, 3L)
  if (nrow(last) == 1L) {
    return(1)
  }
  precision <- 1 / pmax(last$se^2, 1e-20)
  mean <- sum(precision * last$log_z) / sum(precision)
  off <- sum(precision * (last$log_z - mean)^2)
  max(1, sqrt(off / (nrow(last) - 1)))
}

# Half an interval: a standard error is known as well as its effective sample
# lets it be.
half_width <- function(joint, level) {
  stats::qt(0.5 + level / 2, max(1, joint$ess - 1)) * joint$se
}

anneal <- function(below, target, t, start, key, step) {
  .Call(ffi_ais, below, target, t, as_cases(start), key, step,
        resolve_hardware())
}

base_draws <- function(base, below, n, key) {
  if (!is.null(base)) {
    return(exact_draws(base, n, key))
  }
  u <- .Call(ffi_uniforms, key, "start", 0, 0, n, length(below$b))
  x <- u < rep(stats::plogis(below$b), each = n)
  storage.mode(x) <- "integer"
  x
}

# Forward ends, resampled by weight (systematically, with one uniform number),
# and moved on by Gibbs sweeps.
chain_draws <- function(target, up, n, sweeps, key) {
  weight <- exp(up$log_weight - max(up$log_weight))
  u <- .Call(ffi_uniforms, key, "start", 0, 0, 1L, 1L)
  pick <- findInterval((seq_len(n) - 1 + drop(u)) / n,
                       cumsum(weight) / sum(weight)) + 1L
  start <- up$last[pmin(pick, n), , drop = FALSE]
  run_chains(target, as_cases(start), chain_plan(n, sweeps), key)$x
}

softplus <- function(x) pmax(x, 0) + log1p(exp(-abs(x)))
