# Plain R twins of the core: the formulas as they stand on paper, slow and
# short. States are matrices with a row a case; a model is any list with W, b
# and c.

sigm <- function(a) 1 / (1 + exp(-a))

softplus <- function(a) pmax(a, 0) + log1p(exp(-abs(a)))

hidden_input <- function(model, v) {
  unname(sweep(v %*% model$W, 2L, model$c, "+"))
}

visible_input <- function(model, h) {
  unname(sweep(h %*% t(model$W), 2L, model$b, "+"))
}

hidden_mean <- function(model, v) sigm(hidden_input(model, v))

visible_mean <- function(model, h) sigm(visible_input(model, h))

# Means as they enter a gradient, at the nearest multiples of 2^-16. Those that
# lie in the middle between two may go to the other one in the core, whose means
# are in single precision.
on_grid <- function(p) round(p * 65536) / 65536

reconstruction <- function(model, v) visible_mean(model, hidden_mean(model, v))

# F(v) = -b'v - sum_j softplus(c_j + (W'v)_j), of each row.
free_energy <- function(model, v) {
  -drop(v %*% model$b) - rowSums(softplus(hidden_input(model, v)))
}

# Chance -----------------------------------------------------------------------

purposes <- c(hidden = 1, visible = 2, start = 3, weights = 4, order = 5,
              monitor = 6)

philox <- function(counter, key) {
  .Call(harmonium:::ffi_philox, as.double(counter), as.double(key))
}

# Four random words for a case and a block.
four_words <- function(key, purpose, step, sweep, which_case, block) {
  philox(c(block, which_case, step, purposes[[purpose]] * 2^24 + sweep), key)
}

# Those of units 32 panel to 32 panel + 31: eight blocks serve them, the first
# word of each the first eight units.
panel_words <- function(key, purpose, step, sweep, which_case, panel) {
  words <- vapply(8 * panel + 0:7, function(block) {
    four_words(key, purpose, step, sweep, which_case, block)
  }, numeric(4L))
  as.vector(t(words))
}

# The uniforms that the core draws `units` units of cases 1 to `cases` with.
uniforms <- function(key, purpose, step, sweep, cases, units) {
  .Call(harmonium:::ffi_uniforms, as.double(key), purpose, as.double(step),
        as.double(sweep), as.integer(cases), as.integer(units))
}

# States drawn from the probabilities `p`, whose rows are the cases `rows`.
draw_states <- function(p, key, purpose, step, sweep, rows = seq_len(nrow(p))) {
  u <- uniforms(key, purpose, step, sweep, max(rows), ncol(p))
  (u[rows, , drop = FALSE] < p) + 0
}

# A whole number from 0 to bound - 1.
draw_below <- function(key, purpose, step, which_case, bound) {
  word <- four_words(key, purpose, step, 0, which_case, 0)
  floor((word[1L] * bound + floor(word[2L] * bound / 2^32)) / 2^32)
}

# The key that the package draws next; R's stream is left as it was.
next_key <- function() {
  before <- get(".Random.seed", envir = globalenv())
  on.exit(assign(".Random.seed", before, envir = globalenv()))
  floor(stats::runif(2L) * 2^32)
}

# Sampling and training --------------------------------------------------------

# `sweeps` sweeps from v: the last v, and the p(v | h) that it was drawn from.
twin_chains <- function(model, v, sweeps, key, step = 0,
                        rows = seq_len(nrow(v))) {
  mean <- NULL
  for (sweep in seq_len(sweeps) - 1) {
    h <- draw_states(hidden_mean(model, v), key, "hidden", step, sweep, rows)
    mean <- visible_mean(model, h)
    v <- draw_states(mean, key, "visible", step, sweep, rows)
  }
  list(v = v, mean = mean)
}

# Means over the cases of v p(h | v)', v and p(h | v).
phase <- function(model, v) {
  h <- hidden_mean(model, v)
  list(W = crossprod(v, h) / nrow(v), b = colMeans(v), c = colMeans(h))
}

# The same of means as training has them.
grid_phase <- function(model, v) {
  h <- on_grid(hidden_mean(model, v))
  list(W = crossprod(v, h) / nrow(v), b = colMeans(v), c = colMeans(h))
}

# Gradient of the loss by CD-k: the negative minus the positive phase.
twin_gradient <- function(model, v, k, key, step = 0,
                          rows = seq_len(nrow(v))) {
  Map("-", grid_phase(model, twin_chains(model, v, k, key, step, rows)$v),
      grid_phase(model, v))
}

core_gradient <- function(model, x, k, key, step = 0, threads = 1L,
                          level = harmonium:::resolve_level(),
                          estimator = "cd") {
  plan <- list(estimator = estimator, k = as.integer(k), chains = 1L,
               temperatures = 2L, max_sweeps = 1L, warmup = 0L,
               base = numeric(nrow(model$W)), fast_rate = 0,
               fast_decay = 0)
  flat <- .Call(harmonium:::ffi_gradient, unclass(model),
                harmonium:::as_cases(x), plan, as.double(key),
                as.double(step),
                list(threads = threads, level = level))$gradient
  nv <- nrow(model$W)
  nh <- ncol(model$W)
  list(W = matrix(flat[seq_len(nv * nh)], nv, nh, byrow = TRUE),
       b = flat[nv * nh + seq_len(nv)],
       c = flat[nv * nh + nv + seq_len(nh)])
}

# Standard normal numbers, a row for each visible unit (Box and Muller).
twin_normals <- function(key, nv, nh) {
  one_row <- function(i) {
    words <- vapply(seq_len(ceiling(nh / 32)) - 1, function(panel) {
      panel_words(key, "weights", 0, 0, i, panel)
    }, numeric(32L))
    u <- matrix((words + 0.5) / 2^32, 2L)
    radius <- sqrt(-2 * log(u[1L, ]))
    z <- rbind(radius * cos(2 * pi * u[2L, ]), radius * sin(2 * pi * u[2L, ]))
    z[seq_len(nh)]
  }
  matrix(unlist(lapply(seq_len(nv) - 1, one_row)), nv, nh, byrow = TRUE)
}

twin_order <- function(key, epoch, n) {
  order <- seq_len(n)
  for (last in rev(seq_len(n - 1))) {
    other <- draw_below(key, "order", epoch, last, last + 1)
    order[c(last, other) + 1] <- order[c(other, last) + 1]
  }
  order
}

twin_start <- function(x, hidden, init_sd, key) {
  on <- colSums(x)
  list(W = init_sd * twin_normals(key, ncol(x), hidden),
       b = unname(log((on + 0.5) / (nrow(x) - on + 0.5))), c = numeric(hidden))
}

# The negative phase of an update: the v that stand for the model, and what the
# persistent chains become.
twin_negative <- function(model, x, rows, chains, control, key, step) {
  if (control$estimator == "cd") {
    return(list(v = twin_chains(model, x, control$k, key, step, rows)$v))
  }
  v <- twin_chains(model, chains, control$k, key, step)$v
  list(v = v, chains = v)
}

# The averages over cases of (v - mu)(h - lambda)', v and h, with h the means.
centred_phase <- function(model, v, mu, lambda) {
  h <- on_grid(hidden_mean(model, v))
  list(W = crossprod(sweep(v, 2L, mu), sweep(h, 2L, lambda)) / nrow(v),
       b = colMeans(v), c = colMeans(h))
}

# One step of each rule: what is added to a parameter, and what is remembered.
twin_rules <- list(
  sgd = function(g, memory, control, t) {
    u <- control$momentum * memory[[1L]] - control$learning_rate * g
    list(change = u, memory = list(u, 0))
  },
  nesterov = function(g, memory, control, t) {
    u <- control$momentum * memory[[1L]] - control$learning_rate * g
    list(change = control$momentum * u - control$learning_rate * g,
         memory = list(u, 0))
  },
  adam = function(g, memory, control, t) {
    m <- control$beta1 * memory[[1L]] + (1 - control$beta1) * g
    v <- control$beta2 * memory[[2L]] + (1 - control$beta2) * g^2
    up <- m / (1 - control$beta1^t)
    down <- sqrt(v / (1 - control$beta2^t)) + control$epsilon
    list(change = -control$learning_rate * up / down, memory = list(m, v))
  }
)

# The whole trainer, with steps in centred parameters as they stand on paper,
# for estimators "cd" and "pcd": the model, and its history but for the seconds.
# With offsets (mu, lambda) these are W, b* = b + W lambda and c* = c + W'mu.
twin_fit <- function(x, hidden, key, control) {
  model <- twin_start(x, hidden, control$init_sd, key)
  centred <- control$parameterisation != "plain"
  mu <- centred * colMeans(x)
  lambda <- rep(centred * 0.5, hidden)
  active <- rep(0.5, hidden)
  noise <- matrix(stats::plogis(model$b), control$chains, ncol(x), byrow = TRUE)
  chains <- draw_states(noise, key, "start", 0, 0)
  memory <- lapply(model, function(part) list(0 * part, 0 * part))
  batches <- ceiling(nrow(x) / control$batch_size)
  history <- NULL
  step <- 0
  for (epoch in seq_len(control$epochs) - 1) {
    order <- twin_order(key, epoch, nrow(x))
    steps <- numeric(batches)
    for (batch in seq_len(batches)) {
      first <- (batch - 1) * control$batch_size
      rows <- order[seq(first + 1, min(first + control$batch_size, nrow(x)))]
      v <- x[rows, , drop = FALSE]
      drawn <- twin_negative(model, v, rows, chains, control, key, step)
      chains <- drawn$chains
      step <- step + 1
      data <- centred_phase(model, v, mu, lambda)
      draws <- centred_phase(model, drawn$v, mu, lambda)
      slope <- Map("-", draws, data)
      slope$W <- slope$W + control$weight_decay * model$W
      slope$c <- slope$c +
        control$sparsity_cost * (active - control$sparsity_target)
      starred <- list(W = model$W, b = model$b + drop(model$W %*% lambda),
                      c = model$c + drop(mu %*% model$W))
      for (part in names(slope)) {
        one <- twin_rules[[control$optimiser]](slope[[part]], memory[[part]],
                                               control, step)
        memory[[part]] <- one$memory
        starred[[part]] <- starred[[part]] + one$change
      }
      W <- starred$W
      pull <- control$learning_rate * control$l1 / (1 - control$momentum)
      W <- sign(W) * pmax(abs(W) - pull, 0)
      steps[batch] <- sqrt(sum((W - model$W)^2))
      W <- sweep(W, 2L, pmax(1, sqrt(colSums(W^2)) / control$max_norm), "/")
      model <- list(W = W, b = starred$b - drop(W %*% lambda),
                    c = starred$c - drop(mu %*% W))
      if (centred) {
        half <- if (control$parameterisation == "enhanced") 0.5 else 0
        move <- function(at, part) {
          to <- data[[part]] + half * (draws[[part]] - data[[part]])
          at + control$offset_rate * (to - at)
        }
        mu <- move(mu, "b")
        lambda <- move(lambda, "c")
      }
      active <- active + 0.05 * (data$c - active)
    }
    history <- rbind(history, data.frame(
      epoch = epoch + 1L,
      learning_rate = control$learning_rate,
      reconstruction_error = mean((x - reconstruction(model, x))^2),
      pseudo_log_lik = mean(twin_pseudo(model, x)),
      pseudo_log_lik_se = 0,
      weight_norm = sqrt(sum(model$W^2)),
      step_norm = mean(steps),
      hidden_activity = mean(hidden_mean(model, x))
    ))
  }
  list(model = model, history = history)
}

# sum_i v_i log p(v_i = 1 | rest) + (1 - v_i) log p(v_i = 0 | rest), each row,
# from the free energies with unit i on and off.
twin_pseudo <- function(model, v) {
  total <- numeric(nrow(v))
  for (i in seq_len(ncol(v))) {
    on <- off <- v
    on[, i] <- 1
    off[, i] <- 0
    odds <- free_energy(model, off) - free_energy(model, on)
    total <- total - v[, i] * softplus(-odds) - (1 - v[, i]) * softplus(odds)
  }
  total
}

# Enumeration ------------------------------------------------------------------

# Every state of n units, a row each.
all_states <- function(n) {
  unname(as.matrix(expand.grid(rep(list(c(0, 1)), n))))
}

log_sum_exp <- function(x) max(x) + log(sum(exp(x - max(x))))

# log p(v) of each row, exact.
log_lik <- function(model, v) {
  -free_energy(model, v) -
    log_sum_exp(-free_energy(model, all_states(nrow(model$W))))
}

# p(v) of every visible state, in the order of all_states().
visible_law <- function(model) {
  exp(log_lik(model, all_states(nrow(model$W))))
}

# p(state | the probabilities in a row of `p`), a column for each state.
states_law <- function(p) {
  states <- all_states(ncol(p))
  exp(log(p) %*% t(states) + log1p(-p) %*% t(1 - states))
}

# T[v, v'] = sum_h p(h | v) p(v' | h): one sweep, from any state to any.
transitions <- function(model) {
  v <- all_states(nrow(model$W))
  h <- all_states(ncol(model$W))
  states_law(hidden_mean(model, v)) %*% states_law(visible_mean(model, h))
}

# Row numbers in all_states() of 0/1 cases.
state_numbers <- function(x) drop(x %*% 2^(seq_len(ncol(x)) - 1)) + 1

# Data and models --------------------------------------------------------------

random_model <- function(nv, nh, sd = 0.7) {
  rbm(matrix(stats::rnorm(nv * nh, sd = sd), nv, nh),
      b = stats::rnorm(nv), c = stats::rnorm(nh))
}

random_bits <- function(n, units, p = 0.5) {
  matrix(stats::rbinom(n * units, 1L, p) + 0, n, units)
}

# Intensities, with some exact zeros and ones among them.
random_intensities <- function(n, units) {
  x <- matrix(stats::runif(n * units, -0.2, 1.2), n, units)
  x[] <- pmin(pmax(x, 0), 1)
  x[1L] <- 0.5
  x
}

# The 8 row and 8 column patterns of a 3 x 3 picture; all off and all on are
# among both. No law of 16 equally likely rows does better than -2.599302 nats.
bars_and_stripes <- function() {
  lines <- all_states(3L)
  rbind(lines[, c(1, 1, 1, 2, 2, 2, 3, 3, 3)],
        lines[, c(1, 2, 3, 1, 2, 3, 1, 2, 3)])
}
