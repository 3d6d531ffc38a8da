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
  if (!identical(base$units, object$units)) {
    abort("base_units",
          "`base` has other kinds of visible units than the model.")
  }
  if (!enumerable(base)) {
    abort(
      "base_large",
      sprintf(paste("The smaller layer of `base` has %d units; its own Z must",
                    "be exact, for which at most %d are allowed."),
              walked(base), few_walked())
    )
  }
  base
}

# Independent units, as a model without hidden ones.
independent <- function(log_odds, units = default_units()) {
  list(W = matrix(0, length(log_odds), 0L), b = log_odds, c = numeric(),
       units = units)
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

ais_log_z <- function(object, base, tol, budget, runs, level, key,
                      draws = NULL) {
  telling("Annealing, at most", function(tell) {
    anneal_both_ways(object, base, tol, budget, runs, level, key, tell, draws)
  })
}

anneal_both_ways <- function(object, base, tol, budget, runs, level, key, tell,
                             draws) {
  start <- proc.time()[["elapsed"]]
  if (is.null(draws)) {
    draws <- if (enumerable(object)) "exact" else "chains"
  }
  target <- unclass(object)
  stage <- 0
  # Counts calls, so that no two share a random number.
  next_step <- function() stage <<- stage + 1
  other <- function() {
    stage <<- stage + 1
    sub_key(key, "part", stage)
  }
  chance <- list(key = other, step = next_step)
  parts <- list(main_part(object, base, runs, other))
  known <- probe_states(object, other())
  bound <- log_sum_exp(-free_energy(object, visible_states(object, known)))
  weighed <- NULL
  steps <- as.double(first_temperatures)
  t <- ladder(steps)
  spent <- 0
  repeat {
    ups <- lapply(parts, anneal_up, target, t, chance)
    if (is.null(weighed)) {
      tell(runs * steps / budget)
      more <- if (is.null(sizes_of(object))) {
        unseen_parts(object, parts[[1L]], ups[[1L]], known, chance)
      } else {
        list(known = known) # what may be missed is looked for among 0 and 1
      }
      known <- more$known
      parts <- c(parts, more$parts)
      ups <- c(ups, lapply(more$parts, anneal_up, target, t, chance))
    }
    known <- distinct_states(rbind(
      known, do.call(rbind, lapply(ups, `[[`, "last"))
    ))
    bound <- max(bound, log_sum_exp(
      -free_energy(object, visible_states(object, known))
    ))
    spent <- spent + runs_of(parts) * steps
    tell(spent / budget)
    inside <- lapply(seq_along(parts), function(k) {
      nearest_part(ups[[k]]$last, parts) == k
    })
    pool <- if (draws == "exact") {
      exact_draws(object, if (length(parts) > 1L) 4L * runs else runs, other())
    } else if (!is.null(weighed)) {
      spent <- spent + runs * steps
      tempered_draws(object, ups[[1L]]$last, steps, other())
    }
    downs <- lapply(seq_along(parts), function(k) {
      cold <- cold_starts(k, parts, ups, inside, pool, target, steps, other())
      if (!is.null(cold)) {
        anneal(parts[[k]]$below, target, rev(t), cold, other(), next_step())
      }
    })
    spent <- spent + runs_of(parts) * steps
    tell(spent / budget)
    weights <- lapply(downs, `[[`, "log_weight")
    forward <- sum_forward(parts, ups, inside)
    reverse <- sum_reverse(parts, weights, inside)
    weighed <- weigh_ways(weighed$path, steps, forward, reverse, level, draws,
                          sum_both(parts, ups, weights, inside),
                          share_beyond(pool, parts, inside))
    further <- next_temperatures(weighed, tol, runs, budget - spent, steps,
                                 runs_of(parts) *
                                   if (draws == "exact") 2 else 3)
    if (is.null(further)) {
      break
    }
    t <- respaced(t, ups[[1L]]$spread, downs[[1L]]$spread, further)
    steps <- further
  }
  new_log_z(weighed, bound, tol, list(
    level = level, seconds = proc.time()[["elapsed"]] - start,
    forward = forward, reverse = reverse,
    runs = runs, temperatures = steps, sweeps = spent, draws = draws,
    parts = data.frame(
      runs = vapply(parts, function(part) as.integer(part$runs), 0L),
      share = exp(forward$parts - log_sum_exp(forward$parts))
    ), model = parameter_checksum(object)
  ))
}

# What runs both ways of so many temperatures say, and whether it agrees with
# what fewer temperatures said before. `both` is what they say together, or NULL
# where they have too little in common; `beyond` is the share of Z that neither
# way takes into account, by which the truth may be larger.
weigh_ways <- function(path, steps, forward, reverse, level, draws, both,
                       beyond = 0) {
  joint <- if (is.null(both)) join_ways(forward, reverse) else both
  if (!is.null(both) && draws == "chains") {
    joint$se <- of_chains * joint$se
  }
  path[[length(path) + 1L]] <- data.frame(
    temperatures = steps, forward = forward$log_z, reverse = reverse$log_z,
    log_z = joint$log_z, se = joint$se
  )
  enlarged <- disagreement(do.call(rbind, path))
  joint$se <- joint$se * enlarged
  interval <- if (is.null(both)) {
    ais_interval(joint, forward, reverse, enlarged, level, draws)
  } else {
    joint_interval(joint, forward, reverse, enlarged, level)
  }
  interval[2L] <- interval[2L] - log1p(-beyond)
  list(path = path, joint = joint, interval = interval,
       joined = !is.null(both))
}

# Reverse runs from ends of chains are not quite independent, nor quite from the
# model: standard errors are taken so many times as large, with which intervals
# hold (bench/coverage.R).
of_chains <- 1.25

# So many times as many temperatures there are in the next turn, at most.
most_growth <- 8

# How many temperatures the next turn has, by how much wider the interval is
# than wanted: its square falls as their number. NULL where it is narrow enough
# and enough runs count, or what is `left` of the budget, at `price` sweeps a
# temperature, does not do for twice as many.
next_temperatures <- function(weighed, tol, runs, left, steps, price) {
  width <- diff(weighed$interval)
  least <- if (weighed$joined) few_count else min(50, runs / 2)
  if (width <= tol && weighed$joint$ess >= least) {
    return(NULL)
  }
  wanted <- steps * min(max(2, 1.5 * (width / tol)^2), most_growth)
  most <- left / price
  if (most < 3 * wanted) {
    wanted <- max(wanted, most) # no turn would come after it
  }
  further <- floor(min(wanted, most, most_temperatures))
  if (further >= 2 * steps) further
}

# The answer, with `facts` about how it was found. Where states that were seen
# have more than it alone, what was annealed is not all there is, and nothing
# says how much more.
new_log_z <- function(weighed, bound, tol, facts) {
  joint <- weighed$joint
  interval <- weighed$interval
  below_bound <- bound > interval[2L] + 1e-5 * max(1, abs(bound))
  reached <- diff(interval) <= tol && !below_bound
  if (below_bound) {
    gap <- bound - joint$log_z
    joint$log_z <- bound
    joint$se <- max(joint$se, gap)
    interval <- c(min(interval[1L], bound), bound + 2 * gap)
  }
  found <- c(
    list(log_z = joint$log_z, se = joint$se, interval = interval,
         method = "ais", tol = tol, reached = reached,
         path = do.call(rbind, weighed$path), bound = bound,
         below_bound = below_bound), facts
  )
  structure(found[log_z_parts], class = "rbm_log_z")
}

log_z_parts <- c(
  "log_z", "se", "interval", "method", "level", "seconds", "forward", "reverse",
  "runs", "temperatures", "sweeps", "tol", "reached", "path", "draws", "parts",
  "bound", "below_bound", "model"
)

runs_of <- function(parts) {
  sum(vapply(parts, function(part) as.double(part$runs), 0))
}

# Runs of one part, from its base model up.
anneal_up <- function(part, target, t, chance) {
  found <- anneal(part$below, target, t,
                  base_draws(part$base, part$below, part$runs, chance$key()),
                  chance$key(), chance$step())
  found$last <- all_rows(found$last)
  found
}

# What runs of one way say, whose log weights go up (sign 1) or down (-1).
one_way <- function(log_weights, sign) {
  found <- log_mean_weight(log_weights)
  list(log_z = sign * found$log_mean, se = found$se, ess = found$ess,
       log_weights = sign * log_weights, parts = sign * found$log_mean)
}

# What the log weights of runs amount to, with 0 for those that are not kept.
# NULL for none that is.
masked_mean <- function(log_weights, kept) {
  if (any(kept)) {
    log_mean_weight(ifelse(kept, log_weights, -Inf))
  }
}

# Z is the sum over parts of what lies in each: the mean weight of the runs that
# end there is unbiased for its share.
sum_forward <- function(parts, ups, inside) {
  found <- lapply(seq_along(parts), function(k) {
    masked_mean(ups[[k]]$log_weight, inside[[k]])
  })
  sum_parts(parts, found, 1, function(k) 0, function(k) {
    parts[[k]]$offset + log(runs_of(parts) / length(inside[[k]])) +
      ups[[k]]$log_weight[inside[[k]]]
  })
}

# A run from the model's own states in a part: its mean weight is unbiased for
# Z of the base model times q over Z of the part, where q is the share of
# forward runs, without weights, that end in the part. Where none does, there is
# nothing to say of it.
sum_reverse <- function(parts, downs, inside) {
  found <- lapply(seq_along(downs), function(k) {
    if (!is.null(downs[[k]]) && any(inside[[k]])) log_mean_weight(downs[[k]])
  })
  share <- vapply(inside, mean, 0)
  sum_parts(parts, found, -1, function(k) log(share[k]), function(k) {
    parts[[k]]$offset + log(share[k]) - downs[[k]]
  }, (1 - share) / share / lengths(inside))
}

sum_parts <- function(parts, found, sign, shift, weights, more = NULL) {
  there <- !vapply(found, is.null, NA)
  logs <- rep(-Inf, length(parts))
  variance <- numeric(length(parts))
  ess <- rep(1, length(parts))
  for (k in which(there)) {
    logs[k] <- parts[[k]]$offset + sign * found[[k]]$log_mean + shift(k)
    variance[k] <- found[[k]]$se^2 + if (is.null(more)) 0 else more[k]
    ess[k] <- found[[k]]$ess
  }
  log_z <- log_sum_exp(logs)
  share <- exp(logs - log_z)
  list(log_z = log_z, se = sqrt(sum(share^2 * variance)),
       ess = 1 / sum(share^2 / ess),
       log_weights = unlist(lapply(which(there), weights)), parts = logs)
}

# The share of the model's draws that lie in parts where no run up ended, of
# which nothing else is known; never quite 1.
share_beyond <- function(pool, parts, inside) {
  reached <- vapply(inside, any, NA)
  if (is.null(pool) || all(reached)) {
    return(0)
  }
  mine <- nearest_part(all_rows(pool), parts)
  sum(!reached[mine]) / (length(mine) + 1)
}

# Both ways together, part by part: the acceptance ratio of Bennett or, where in
# a part the two ways have too little in common, what each says. NULL where
# little of Z is in parts of the first kind.
sum_both <- function(parts, ups, downs, inside) {
  logs <- rep(-Inf, length(parts))
  variance <- numeric(length(parts))
  ess <- rep(1, length(parts))
  joined <- logical(length(parts))
  for (k in which(vapply(inside, any, NA))) {
    up <- ups[[k]]$log_weight[inside[[k]]]
    down <- downs[[k]]
    share <- mean(inside[[k]])
    found <- if (!is.null(down)) bennett(up, -down)
    joined[k] <- !is.null(found) && found$ess >= few_count
    missed <- (1 - share) / share / length(inside[[k]])
    if (!joined[k]) {
      found <- way_up(ups[[k]]$log_weight, inside[[k]], share)
      if (!is.null(down)) {
        found <- join_ways(found, one_way(down, -1))
      }
      missed <- 0
    }
    logs[k] <- parts[[k]]$offset + found$log_z + log(share)
    variance[k] <- found$se^2 + missed
    ess[k] <- found$ess
  }
  log_z <- log_sum_exp(logs)
  share <- exp(logs - log_z)
  if (sum(share[joined]) < 0.5) {
    return(NULL)
  }
  list(log_z = log_z, se = sqrt(sum(share^2 * variance)),
       ess = 1 / sum(share^2 / ess))
}

# Runs up that end in a part, of which they are a share.
way_up <- function(log_weights, inside, share) {
  found <- masked_mean(log_weights, inside)
  found$log_z <- found$log_mean - log(share)
  found
}

# log Z from log weights of runs up and of runs down, each as the log Z that it
# would give alone: which way a weight w came from has log odds w - log Z, but
# for the numbers of runs, so that log Z is the intercept of a logistic
# regression; its standard error, and twice its information, which is the number
# of runs of a way where both ways agree.
bennett <- function(up, down) {
  odds <- log(length(up) / length(down))
  balance <- function(log_z) {
    sum(stats::plogis(up - log_z - odds)) -
      sum(stats::plogis(log_z + odds - down))
  }
  log_z <- stats::uniroot(balance, range(up, down) + c(-50, 50),
                          tol = 1e-10)$root
  p <- stats::plogis(c(up, down) - log_z - odds)
  information <- sum(p * (1 - p))
  list(log_z = log_z, ess = 2 * information,
       se = sqrt(max(1 / information - 1 / length(up) - 1 / length(down), 0)))
}

# With exact draws, what runs up give is too low and what runs down give is too
# high, but for chance: the truth lies between. Elsewhere the mean of both,
# which must reach each answer and two of its own standard errors.
ais_interval <- function(joint, forward, reverse, enlarged, level, draws) {
  half <- half_width(joint, level)
  if (draws == "chains") {
    return(range(joint$log_z + c(-half, half),
                 forward$log_z - 2 * enlarged * forward$se,
                 reverse$log_z + 2 * enlarged * reverse$se))
  }
  low <- forward$log_z - enlarged * half_width(forward, level)
  high <- reverse$log_z + enlarged * half_width(reverse, level)
  range(low, high, if (low > high) joint$log_z + c(-half, half))
}

# Of the answer of both ways. Runs up alone are seldom above the truth, and runs
# down alone seldom below it: an answer of theirs that is beyond the interval by
# more than its error is a sign that the other way has not seen all.
joint_interval <- function(joint, forward, reverse, enlarged, level) {
  half <- half_width(joint, level)
  ends <- joint$log_z + c(-half, half)
  c(if (isTRUE(reverse$log_z + reverse$se < ends[1L])) {
    reverse$log_z - 2 * enlarged * reverse$se
  } else {
    ends[1L]
  }, if (isTRUE(forward$log_z - forward$se > ends[2L])) {
    forward$log_z + 2 * enlarged * forward$se
  } else {
    ends[2L]
  })
}

# Cold ends of ladders of parallel tempering that start where runs up ended, as
# long as a way of annealing takes.
tempered_draws <- function(object, start, steps, key) {
  most <- .Call(ffi_limits)$replicas %/% tempered_replicas
  start <- start[seq_len(min(nrow(start), most)), , drop = FALSE]
  plan <- chain_plan(nrow(start), max(1, steps %/% tempered_replicas))
  start <- if (is_general(object)) {
    chain_cases(object, start)
  } else {
    visible_states(object, start)
  }
  run_ladders(object, start, plan, key, "sample", NULL, tempered_replicas)$x
}

tempered_replicas <- 10L

# Where reverse runs of part k start, as cases: exact draws that lie in it, or
# the ends of its forward runs. NULL where there are none.
cold_starts <- function(k, parts, ups, inside, pool, target, steps, key) {
  runs <- parts[[k]]$runs
  if (!is.null(pool)) {
    mine <- which(nearest_part(all_rows(pool), parts) == k)
    if (length(mine) >= 2L) {
      return(take_cases(pool, utils::head(mine, runs)))
    }
  }
  ends <- list(log_weight = ups[[k]]$log_weight[inside[[k]]],
               last = ups[[k]]$last[inside[[k]], , drop = FALSE])
  if (!length(ends$log_weight)) {
    return(NULL)
  }
  moved <- chain_draws(target, ends, runs, steps, key)
  stayed <- which(nearest_part(all_rows(moved), parts) == k)
  if (length(stayed) >= 2L) {
    take_cases(moved, stayed)
  } else {
    take_cases(visible_states(target, ends$last),
               rep_len(seq_along(ends$log_weight), runs))
  }
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

# Stretches of a ladder whose weights are looked at by themselves.
stretches <- 32L

# Annealing along `t`, stretch by stretch: log weights, where runs ended, and
# the variance between runs of what each stretch adds.
anneal <- function(below, target, t, start, key, step) {
  hardware <- resolve_hardware()
  ends <- unique(round(seq(1, length(t), length.out = stretches + 1L)))
  last <- length(ends) - 1L
  added <- matrix(0, start$n, last)
  for (s in seq_len(last)) {
    rungs <- t[ends[s]:ends[s + 1L]]
    if (s < last) {
      rungs <- c(rungs, rungs[length(rungs)]) # a sweep there too
    }
    found <- .Call(ffi_ais, below, target, rungs, start,
                   sub_key(key, "part", s), step, NULL, hardware)
    added[, s] <- found$log_weight
    start <- found$last
  }
  list(log_weight = rowSums(added), last = start,
       spread = apply(added, 2L, stats::var))
}

# A ladder of `steps` with rungs closer together where weights spread: where a
# stretch of n rungs adds a variance of A / n, the sum is least for n as the
# square root of A. A tenth is spread evenly.
respaced <- function(t, up, down, steps) {
  spread <- if (is.null(down)) up else (up + rev(down)) / 2
  rungs <- length(t) - 1L
  ends <- unique(round(seq(0, rungs, length.out = length(spread) + 1L)))
  dense <- sqrt(spread * diff(ends))
  if (!all(is.finite(dense)) || sum(dense) == 0) {
    dense <- diff(ends)
  }
  dense <- dense / sum(dense) + 0.1 * diff(ends) / rungs
  at <- stats::approx(c(0, cumsum(dense)) / sum(dense), ends,
                      seq(0, 1, length.out = steps + 1L), rule = 2)$y
  out <- stats::approx(0:rungs, t, at)$y
  out[c(1L, steps + 1L)] <- c(0, 1)
  out
}

base_draws <- function(base, below, n, key) {
  if (!is.null(base)) {
    return(exact_draws(base, n, key))
  }
  u <- .Call(ffi_uniforms, key, "start", 0, 0, n, length(below$b))
  size <- sizes_of(below)
  if (!is.null(size)) {
    x <- stats::qbinom(u, rep(size, each = n), rep(stats::plogis(below$b),
                                                   each = n))
    return(visible_states(below, matrix(x, n)))
  }
  as_cases(u < rep(stats::plogis(below$b), each = n))
}

# Forward ends, resampled by weight (systematically, with one uniform number),
# and moved on by Gibbs sweeps.
chain_draws <- function(target, up, n, sweeps, key) {
  weight <- exp(up$log_weight - max(up$log_weight))
  u <- .Call(ffi_uniforms, key, "start", 0, 0, 1L, 1L)
  pick <- findInterval((seq_len(n) - 1 + drop(u)) / n,
                       cumsum(weight) / sum(weight)) + 1L
  start <- up$last[pmin(pick, length(weight)), , drop = FALSE]
  run_chains(target, visible_states(target, start), chain_plan(n, sweeps),
             key)$x
}

softplus <- function(x) pmax(x, 0) + log1p(exp(-abs(x)))
