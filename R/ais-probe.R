# Where else a model may have its states than where annealing from one base
# model ends: states found by climbing, and what is near each of them.
#
# A part of the states is those to which the base model of that part gives more
# than all others do. Runs up from that base, of which those count that end in
# the part, are unbiased for what Z has there, so that the sum over parts is
# unbiased for Z, wherever the parts are.

most_rows <- 1000L
most_units <- 256L
most_climbed <- 48L
most_parts <- 16L
# Sweeps before the first of `probe_draws` draws of each chain, and between
# them.
probe_plan <- c(steps = 20L, draws = 10L, thin = 5L)
pilot_runs <- 24L
pilot_temperatures <- 60L
# The least share of Z that a part of its own is made for.
least_share <- 5e-4

# The part to which all states belong, as long as no others are known. At its
# end of the ladder each model's sum also counts the states of the other's
# hidden units.
main_part <- function(object, base, runs, other) {
  below <- if (is.null(base)) {
    independent(hot_rates(object, other()), object$units)
  } else {
    unclass(base)
  }
  new_part(below, base, runs, ncol(object$W))
}

new_part <- function(below, base, runs, hidden) {
  log_z <- if (is.null(base)) {
    size <- sizes_of(below)
    sum((if (is.null(size)) 1 else size) * softplus(below$b))
  } else {
    exact_log_z(base)$log_z
  }
  list(below = below, base = base, runs = runs, log_z = log_z,
       offset = log_z + (hidden - ncol(below$W)) * log(2))
}

# The log-probability of each state under the base model of a part.
part_log_prob <- function(part, x) {
  if (is.null(part$base)) {
    drop(x %*% part$below$b) - part$log_z
  } else {
    -free_energy(part$base, as_cases(x)) - part$log_z
  }
}

nearest_part <- function(x, parts) {
  if (length(parts) == 1L) {
    return(rep(1L, nrow(x)))
  }
  scores <- vapply(parts, part_log_prob, numeric(nrow(x)), x = x)
  max.col(matrix(scores, nrow(x)), ties.method = "first")
}

distinct_states <- function(x) x[distinct_rows(x)$first, , drop = FALSE]

evenly <- function(count, most) {
  unique(round(seq(1, count, length.out = min(count, most))))
}

# Distinct visible states where the model may have a mode: the likeliest ones
# given each hidden unit alone (and each pair of few), and rows of the training
# data, each as it is and after a climb. An integer matrix.
probe_states <- function(object, key) {
  nh <- ncol(object$W)
  single <- evenly(nh, most_units)
  h <- matrix(0L, length(single), nh)
  h[cbind(seq_along(single), single)] <- 1L
  if (nh <= 16L && nh > 1L) {
    pairs <- utils::combn(nh, 2L)
    both <- matrix(0L, ncol(pairs), nh)
    both[cbind(rep(seq_len(ncol(pairs)), each = 2L), c(pairs))] <- 1L
    h <- rbind(h, both)
  }
  h <- rbind(h, 0L, 1L)
  v <- likeliest(object, "visible", h, key)
  v <- rbind(v, training_states(object))
  v <- distinct_states(v)
  if (!is.null(sizes_of(object))) {
    return(v)
  }
  distinct_states(rbind(v, climb(object, v, key)))
}

# Training rows, evenly spread, rounded to states; none where none are kept.
training_states <- function(object) {
  if (is.null(object$x)) {
    return(NULL)
  }
  size <- sizes_of(object)
  cases <- tryCatch(as_cases(object$x, size = size),
                    harmonium_error = function(e) NULL)
  if (is.null(cases) || cases$units != nrow(object$W)) {
    return(NULL)
  }
  x <- pick_rows(cases, evenly(cases$n, most_rows))
  x <- unname(if (is.null(size)) x > 0.5 else x)
  storage.mode(x) <- "integer"
  distinct_states(x)
}

# The likeliest states of a layer given states of the other one.
likeliest <- function(object, layer, states, key) {
  p <- .Call(ffi_conditional, unclass(object), layer, as_cases(states),
             "probability", key, resolve_hardware())
  p <- unname(if (layer == "visible" && !is.null(sizes_of(object))) {
    round(p)
  } else {
    p > 0.5
  })
  storage.mode(p) <- "integer"
  p
}

# Up in p(v, h), one layer after the other, until nothing changes.
climb <- function(object, v, key, most = 25L) {
  for (i in seq_len(most)) {
    before <- v
    v <- likeliest(object, "visible", likeliest(object, "hidden", v, key), key)
    if (identical(v, before)) {
      break
    }
  }
  v
}

# Chains from where a mode may be, put together to what may be parts; and of
# these, the ones that the runs up from the first base missed.
unseen_parts <- function(object, main, up, known, chance) {
  target <- unclass(object)
  energy <- free_energy(object, as_cases(known))
  high <- known[utils::head(order(energy), most_climbed), , drop = FALSE]
  starts <- rbind(known[evenly(nrow(known), 2L * most_climbed), , drop = FALSE],
                  high, up$last[evenly(nrow(up$last), 16L), , drop = FALSE])
  starts <- distinct_states(starts)
  plan <- chain_plan(nrow(starts), probe_plan[["steps"]], probe_plan[["draws"]],
                     probe_plan[["thin"]])
  key <- chance$key()
  draws <- run_chains(object, as_cases(starts), plan, key)$x
  known <- distinct_states(rbind(known, all_rows(draws)))
  blobs <- gather_chains(target, main, draws, plan, chance$key())
  none <- list(parts = list(), known = known)
  if (!length(blobs)) {
    return(none)
  }
  t <- ladder(pilot_temperatures)
  # Without the heaviest runs: one that came to a mode by chance can outweigh
  # all others by far.
  usual <- sort(up$log_weight)[seq_len(ceiling(0.95 * length(up$log_weight)))]
  main_log_z <- main$offset + log_mean_weight(usual)$log_mean
  parts <- list()
  for (log_odds in blobs) {
    part <- new_part(independent(log_odds), NULL, pilot_runs, ncol(target$W))
    both <- list(main, part)
    pilot <- anneal_up(part, target, t, chance)
    found <- masked_mean(pilot$log_weight,
                         nearest_part(pilot$last, both) == 2L)
    if (is.null(found)) {
      next
    }
    share <- stats::plogis(part$offset + found$log_mean - main_log_z)
    ends <- sum(nearest_part(up$last, both) == 2L)
    runs <- main$runs
    if (share > least_share &&
          (ends == 0 || stats::ppois(ends, runs * share) < 0.01)) {
      part$runs <- as.integer(max(16, ceiling(runs * share)))
      parts <- c(parts, list(part))
    }
  }
  list(parts = parts, known = known)
}

# Log odds of each group of chains that one model of independent units fits
# better than the base model does; the weightiest first. `cases` are the draws
# of one chain after those of another.
gather_chains <- function(target, main, cases, plan, key) {
  draws <- plan$draws
  chain <- rep(seq_len(plan$chains), each = draws)
  hardware <- resolve_hardware()
  h <- .Call(ffi_conditional, target, "hidden", cases, "sample", key, hardware)
  means <- .Call(ffi_conditional, target, "visible", h, "probability", key,
                 hardware)
  x <- all_rows(cases)
  profile <- rowsum(means, chain) / draws
  mean_x <- rowsum(x + 0, chain) / draws
  shrunk <- function(p) stats::qlogis((draws * p + 0.1) / (draws + 0.2))
  base <- drop(rowsum(part_log_prob(main, x), chain)) / draws
  gain <- -drop(rowsum(free_energy(target, cases), chain)) / draws
  entropy <- -rowSums(profile * log(pmax(profile, 1e-300)) +
                        (1 - profile) * log(pmax(1 - profile, 1e-300)))
  # What a chain's own profile gains over the base: one that a group does not
  # come near is another mode, not of that group.
  centres <- shrunk(profile)
  own <- rowSums(mean_x * centres) - rowSums(softplus(centres)) - base
  left <- order(-(gain + entropy))
  blobs <- list()
  while (length(left) && length(blobs) < most_parts) {
    centre <- centres[left[1L], ]
    fit <- drop(mean_x[left, , drop = FALSE] %*% centre) -
      sum(softplus(centre))
    joins <- fit - base[left] > pmax(0, pmin(own[left] - 5, 0.7 * own[left]))
    if (joins[1L]) {
      members <- left[joins]
      mean <- colMeans(profile[members, , drop = FALSE])
      blobs <- c(blobs, list(shrunk(mean)))
      left <- left[!joins]
    } else {
      left <- left[-1L]
    }
  }
  blobs
}
