# Plain R twins of exact answers, and laws of counts.

# Every pair of states: log Z and p(v, h), a row for each v, from the energies.
twin_joint <- function(model) {
  v <- all_states(nrow(model$W))
  h <- all_states(ncol(model$W))
  log_weight <- outer(drop(v %*% model$b), drop(h %*% model$c), "+") +
    v %*% tcrossprod(model$W, h)
  log_z <- log_sum_exp(log_weight)
  list(log_z = log_z, p = exp(log_weight - log_z), v = v, h = h)
}

# log Z, and averages over the model by all its states.
twin_by_pairs <- function(model) {
  joint <- twin_joint(model)
  p_v <- rowSums(joint$p)
  p_h <- colSums(joint$p)
  list(
    log_z = joint$log_z,
    v = colSums(p_v * joint$v), h = colSums(p_h * joint$h),
    vh = crossprod(joint$v, joint$p %*% joint$h),
    vv = crossprod(joint$v, p_v * joint$v),
    hh = crossprod(joint$h, p_h * joint$h)
  )
}

# The other way about: visible units as hidden ones.
turned <- function(model) {
  rbm(t(model$W), b = unname(model$c), c = unname(model$b))
}

turned_moments <- function(found) {
  list(log_z = found$log_z, v = found$h, h = found$v, vh = t(found$vh),
       vv = found$hh, hh = found$vv)
}

# The same for a larger model, by the states of its smaller layer, with the
# other one summed out. Written for the hidden layer; the other way by turning.
twin_by_layer <- function(model) {
  if (ncol(model$W) > nrow(model$W)) {
    return(turned_moments(twin_by_layer(turned(model))))
  }
  h <- all_states(ncol(model$W))
  input <- visible_input(model, h)
  log_weight <- drop(h %*% model$c) + rowSums(softplus(input))
  log_z <- log_sum_exp(log_weight)
  p <- exp(log_weight - log_z)
  mean <- stats::plogis(input)
  vv <- crossprod(mean, p * mean)
  diag(vv) <- colSums(p * mean)
  list(log_z = log_z, v = colSums(p * mean), h = colSums(p * h),
       vh = crossprod(mean, p * h), vv = vv, hh = crossprod(h, p * h))
}

# Gradient of the loss: what the model expects minus the averages of the data.
twin_exact_gradient <- function(model, x) {
  Map("-", twin_by_layer(model)[c("vh", "v", "h")], phase(model, x)) |>
    stats::setNames(c("W", "b", "c"))
}

# How far numbers are from those of a twin, relative to the largest where that
# is above 1; infinite where one is not finite or the shapes differ. Many of
# these in one expectation take much less time than as many expectations.
gap <- function(found, twin) {
  if (!identical(dim(found), dim(twin)) || length(found) != length(twin) ||
        !all(is.finite(found))) {
    return(Inf)
  }
  max(abs(unname(found) - unname(twin))) / max(1, abs(twin))
}

# Gaps of log Z and of all moments.
moment_gaps <- function(model, twin) {
  found <- c(rbm_moments(model, pairs = TRUE),
             log_z = rbm_log_z(model)$log_z)
  mapply(gap, found, twin[names(found)])
}

# `count` machines for which R can do this, from 1 + 1 units up: the one or the
# other layer is the smaller, weights are from tiny to very large.
random_shapes <- function(count, most = 8L) {
  lapply(seq_len(count), function(i) {
    smaller <- if (i <= 3L) 1L else sample(most, 1L)
    larger <- smaller +
      if (i == 1L) 0L else sample(c(0:4, 7L, 8L, 15L, 31L), 1L)
    size <- if (i %% 2L == 0L) c(smaller, larger) else c(larger, smaller)
    random_model(size[1L], size[2L], sd = 10^stats::runif(1L, -4, 3))
  })
}

# `code` under another number of threads.
with_threads <- function(threads, code) {
  before <- options(harmonium.threads = threads)
  on.exit(options(before))
  force(code)
}

# The p-value of numbers of states, 1 up, against their law; states of which
# fewer than 50 are expected are one cell, so that the law of chi-square is
# close to its limit. Anything impossible that was seen gives 0.
law_p_value <- function(numbers, law) {
  counts <- tabulate(numbers, length(law))
  if (any(counts[law == 0] > 0)) {
    return(0)
  }
  due <- law * length(numbers)
  cell <- ifelse(due < 50, 0L, seq_along(law))
  if (sum(due[cell == 0L]) < 50) {
    cell[cell == 0L] <- which.min(ifelse(cell == 0L, Inf, due))
  }
  stats::chisq.test(tapply(counts, cell, sum),
                    p = tapply(law, cell, sum))$p.value
}

# Smallest two-sided exact binomial p-value of the columns of 0/1 `events`.
least_binomial_p <- function(events, p) {
  n <- nrow(events)
  count <- colSums(events)
  p <- pmin(pmax(p, 0), 1)
  tail <- pmin(stats::pbinom(count, n, p),
               stats::pbinom(count - 1, n, p, lower.tail = FALSE))
  min(2 * tail, 1)
}
