# What an epoch is judged by, when training ends, and what it starts from.

seeded <- function(seed, ...) {
  set.seed(seed)
  rbm_fit(...)
}

at_epoch <- function(seed, epoch, ...) {
  seeded(seed, ..., callback = function(info) info$epoch < epoch)
}

# Validation -------------------------------------------------------------------

test_that("what is left to us is chosen by the cases that are trained on", {
  set.seed(1)
  fit <- rbm_fit(diag(30), 2, epochs = 1, validation = 0.5)
  expect_identical(fit$training$settings$batch_size, 15L)
})

test_that("a fraction is held out of training, by R's random numbers", {
  set.seed(501)
  x <- random_bits(40, 5)
  fit <- seeded(1, x, 3, epochs = 2, validation = 0.3, batch_size = 10)
  rows <- fit$training$held_out
  expect_length(rows, 12L)
  expect_identical(rows, sort(unique(rows)))
  expect_identical(nobs(fit), 28L)
  expect_identical(fit$x, x)
  # The same cases as data of their own: only the draws differ.
  set.seed(1)
  key <- next_key()
  runif(2)
  expect_identical(sort(sample.int(40, 12)), rows)
  expect_identical(fit$training$key, key)
  own <- seeded(1, x[-rows, ], 3, epochs = 2, validation = x[rows, ],
                batch_size = 10)
  expect_identical(own$training$held_out, "data")
  expect_identical(coef(own), coef(fit))
  expect_identical(own$training$history[-2L], fit$training$history[-2L])
  # Looking changes nothing.
  blind <- seeded(1, x[-rows, ], 3, epochs = 2, batch_size = 10)
  expect_identical(coef(blind), coef(fit))
  expect_true(all(is.na(blind$training$history$valid_pseudo_log_lik)))
  expect_true(all(is.na(blind$training$history$free_energy_gap)))
  expect_draws(rbm_fit(x, 3, epochs = 1, validation = x), 2)
  # Another seed, other rows.
  expect_false(identical(seeded(2, x, 3, epochs = 1,
                                validation = 0.3)$training$held_out, rows))
})

test_that("held-out scores are those of the model at the end of the epoch", {
  set.seed(502)
  x <- random_bits(30, 6)
  held <- random_bits(11, 6)
  arguments <- list(x, 4, epochs = 5, evaluate_every = 2, validation = held,
                    batch_size = 10, learning_rate = 0.3)
  fit <- do.call(seeded, c(3, arguments))
  history <- fit$training$history
  due <- c(FALSE, TRUE, FALSE, TRUE, TRUE)
  for (column in c("log_lik", "log_lik_se", "valid_log_lik",
                   "valid_log_lik_se")) {
    expect_identical(!is.na(history[[column]]), due)
  }
  expect_identical(c(history$log_lik_se[due], history$valid_log_lik_se[due]),
                   numeric(6))
  for (epoch in 1:5) {
    model <- do.call(at_epoch, c(3, epoch, arguments))
    expect_near(history$valid_pseudo_log_lik[epoch],
                mean(twin_pseudo(model, held)))
    expect_near(history$free_energy_gap[epoch],
                mean(free_energy(model, held)) - mean(free_energy(model, x)),
                1e-10)
    if (due[epoch]) {
      expect_near(history$log_lik[epoch], mean(log_lik(model, x)), 1e-10)
      expect_near(history$valid_log_lik[epoch], mean(log_lik(model, held)),
                  1e-10)
    }
  }
})

test_that("intensities have a held-out score, but no free energies", {
  set.seed(503)
  x <- random_intensities(30, 6)
  held <- random_intensities(11, 6)
  fit <- seeded(4, x, 3, epochs = 2, validation = held)
  history <- fit$training$history
  expect_near(history$valid_pseudo_log_lik[2L],
              mean(twin_pseudo(fit, held)))
  expect_true(all(is.na(history$free_energy_gap)))
  mixed <- seeded(4, x, 3, epochs = 1, validation = held > 0.5)
  expect_true(is.finite(mixed$training$history$valid_pseudo_log_lik))
  expect_true(is.na(mixed$training$history$free_energy_gap))
})

test_that("other columns, wrong fractions and too few cases are refused", {
  set.seed(504)
  x <- random_bits(10, 3)
  colnames(x) <- c("a", "b", "c")
  expect_said(c(
    refused(rbm_fit(x, 2, validation = 0), "validation"),
    refused(rbm_fit(x, 2, validation = 1), "validation"),
    refused(rbm_fit(x, 2, validation = -0.1), "validation"),
    refused(rbm_fit(x, 2, validation = 20), "validation"),
    refused(rbm_fit(x, 2, validation = 0.01), "validation"),
    refused(rbm_fit(x, 2, validation = 0.99), "validation"),
    refused(rbm_fit(x[1, , drop = FALSE], 2, validation = 0.5), "validation"),
    refused(rbm_fit(x, 2, validation = "some"), "data"),
    refused(rbm_fit(x, 2, validation = TRUE), "data"),
    refused(rbm_fit(x, 2, validation = x[, -1]), "columns"),
    refused(rbm_fit(x, 2, validation = x[, 3:1]), "names_order"),
    refused(rbm_fit(x, 2, validation = cbind(x[, 1:2], d = 0)), "names"),
    refused(rbm_fit(x, 2, validation = x[0, ]), "empty"),
    refused(rbm_fit(x, 2, validation = replace(x, 2, NA)), "missing"),
    refused(rbm_fit(x, 2, validation = x / 2, evaluate_every = 1), "evaluate"),
    refused(rbm_fit(x, 2, patience = 3), "patience"),
    refused(rbm_fit(x, 2, patience = 0, validation = 0.5), "count"),
    refused(rbm_fit(x / 2, 2, estimator = "pl"), "pl_intensities"),
    refused(rbm_fit(matrix(0, 2, 26), 26, estimator = "exact"), "exact_fit")
  ))
})

# Patience ---------------------------------------------------------------------

# Where patience ends the training, by the scores of a fit that has none.
twin_patience <- function(score, patience) {
  best <- NA
  for (epoch in which(!is.na(score))) {
    if (is.na(best) || score[epoch] > score[best]) {
      best <- epoch
    }
    if (epoch - best >= patience) {
      break
    }
  }
  c(best, epoch)
}

test_that("patience ends the training, and the best model is what is left", {
  set.seed(505)
  x <- random_bits(40, 6)
  ended <- 0L
  for (every in c(0, 3)) {
    arguments <- list(x, 8, epochs = 40, evaluate_every = every,
                      validation = 0.4, learning_rate = 0.5, batch_size = 5,
                      schedule = "constant")
    free <- do.call(seeded, c(5, arguments))
    score <- free$training$history[[if (every > 0) {
      "valid_log_lik"
    } else {
      "valid_pseudo_log_lik"
    }]]
    for (patience in c(1, 2, 5, 39)) {
      fit <- do.call(seeded, c(5, arguments, patience = patience))
      twin <- twin_patience(score, patience)
      expect_identical(fit$training$best_epoch, as.integer(twin[1L]))
      expect_identical(nrow(fit$training$history), as.integer(twin[2L]))
      best <- do.call(at_epoch, c(5, twin[1L], arguments))
      expect_identical(coef(fit), coef(best))
      stopped <- fit$training$stopped
      expect_identical(stopped, if (twin[2L] < 40) "patience" else stopped)
      ended <- ended + (stopped == "patience")
    }
  }
  expect_gte(ended, 4L)
  expect_output(print(fit), "epoch")
})

# Start values -----------------------------------------------------------------

test_that("a fit starts from the parameters or the seed that it is given", {
  set.seed(506)
  x <- random_bits(20, 4)
  start <- random_model(4, 3)
  # A step of next to nothing shows where it starts: what is not exactly zero
  # stays as it is, and zero moves by less than 1e-290.
  expect_still <- function(object, twin) {
    numbers <- function(x) unlist(x, use.names = FALSE)
    expect_lte(max(abs(numbers(object) - numbers(twin))), 1e-290)
  }
  still <- function(...) {
    seeded(6, x, 3, epochs = 1, learning_rate = 1e-300, ...)
  }
  # Weights are two numbers in single precision, which keep 48 bits.
  given <- still(init = start)
  expect_lte(max(abs(given$W / start$W - 1)), 2^-48)
  expect_identical(unname(given$b), unname(start$b))
  expect_identical(unname(given$c), unname(start$c))
  as_list <- coef(start)
  expect_identical(coef(still(init = as_list)), coef(still(init = start)))
  only <- still(init = list(W = start$W))
  expect_still(c(only$b, only$c), numeric(7))
  # hidden may be left out, where the parameters tell.
  set.seed(6)
  short <- rbm_fit(x, init = start, epochs = 1, learning_rate = 1e-300)
  expect_identical(coef(short), coef(still(init = start)))
  expect_identical(update(short, epochs = 2)$training$hidden, 3L)
  # What the data say is the same from any start.
  expect_identical(still(init = start)$training$base_log_odds,
                   still()$training$base_log_odds)
  # A seed fixes the start alone.
  a <- still(init = 1)
  set.seed(7)
  b <- rbm_fit(x, 3, epochs = 1, learning_rate = 1e-300, init = 1)
  expect_still(coef(a), coef(b))
  expect_false(identical(a$training$key, b$training$key))
  expect_false(identical(coef(still(init = 2)), coef(a)))
  expect_false(identical(coef(still()), coef(a)))
  expect_draws(rbm_fit(x, 3, epochs = 1, init = 1), 2)
  # From a fit: as a new one, with its parameters.
  fit <- still()
  expect_still(coef(still(init = fit)), coef(fit))
  expect_identical(nrow(still(init = fit)$training$history), 1L)
})

test_that("what cannot be a start is refused", {
  set.seed(507)
  x <- random_bits(10, 4)
  named <- x
  colnames(named) <- letters[1:4]
  other <- rbm(matrix(0, 4, 2, dimnames = list(letters[4:1], NULL)))
  wider <- random_model(4, 3)
  longer <- random_model(5, 2)
  expect_said(c(
    refused(rbm_fit(x), "absent"),
    refused(rbm_fit(x, init = 1), "absent"),
    refused(rbm_fit(x, 2, init = "a"), "init"),
    refused(rbm_fit(x, 2, init = diag(4)), "init"),
    refused(rbm_fit(x, 2, init = data.frame(W = 1)), "init"),
    refused(rbm_fit(x, 2, init = 1.5), "count"),
    refused(rbm_fit(x, 2, init = -1), "count"),
    refused(rbm_fit(x, 2, init = list()), "unnamed"),
    refused(rbm_fit(x, 2, init = list(b = 1:4)), "weights"),
    refused(rbm_fit(x, 2, init = list(W = diag(4)[, 1:2], d = 1)), "unknown"),
    refused(rbm_fit(x, 2, init = list(W = diag(4)[, 1:2], b = 1:3)), "bias"),
    refused(rbm_fit(x, 2, init = list(W = matrix(NaN, 4, 2))),
            "weights_finite"),
    refused(rbm_fit(x, 2, init = wider), "init_size"),
    refused(rbm_fit(x, 2, init = longer), "init_size"),
    refused(rbm_fit(x, init = longer), "init_size"),
    refused(rbm_fit(x, 2, init = list(W = matrix(10001, 4, 2))), "init_large"),
    refused(rbm_fit(named, 2, init = other), "init_names")
  ))
})

test_that("half of the chains of a fit that goes on start from data", {
  # Two modes, all off and all on, of which chains come to the first alone.
  x <- matrix(rep(0:1, each = 20), 40, 6)
  model <- rbm(matrix(10, 6, 1), rep(-5, 6), -30)
  still <- function(init) {
    seeded(3, x, 1, init = init, epochs = 1, learning_rate = 1e-300,
           chains = 20, estimator = "pcd")
  }
  on <- function(fit) sum(fit$training$state$chains == 63L)
  fit <- still(model)
  expect_identical(on(fit), 0L)
  # Ten start from cases, of which one in two is on: fewer than 2 or more than 8
  # come once in 47 seeds.
  expect_true(on(still(fit)) %in% 2:8)
})

# Looks at the model -----------------------------------------------------------

test_that("monitor_every says when the model is looked at, and no more", {
  set.seed(508)
  x <- random_bits(60, 6)
  fit <- function(...) {
    seeded(1, x, 4, epochs = 7, estimator = "pcd", validation = 0.2, ...)
  }
  each <- fit()
  third <- fit(monitor_every = 3)
  seen <- c("reconstruction_error", "pseudo_log_lik", "pseudo_log_lik_se",
            "hidden_activity", "valid_pseudo_log_lik", "free_energy_gap")
  looks <- c(3L, 6L, 7L)
  expect_identical(coef(third), coef(each))
  expect_identical(each$training$settings$monitor_every, 1L)
  expect_identical(third$training$history[looks, ][seen],
                   each$training$history[looks, ][seen])
  expect_true(all(is.na(third$training$history[-looks, ][seen])))
  expect_false(anyNA(third$training$history[c("weight_norm", "step_norm")]))
  # What is said of a model that nobody looked at since is of the last look.
  stopped <- rbm_resume(third, epochs = 10, verbose = FALSE, x = x,
                        callback = function(info) info$epoch < 11)
  expect_identical(stopped$training$history$epoch, 1:11)
  expect_true(is.na(stopped$training$history$pseudo_log_lik[11L]))
  expect_match(capture.output(print(stopped)), all = FALSE, sprintf(
    "Pseudo-log-likelihood %.2f", stopped$training$history$pseudo_log_lik[9L]
  ))
  titles <- unlist(lapply(trace_picture(third)$panels, `[[`, "title"))
  expect_true(all(c("Pseudo-log-likelihood", "Free-energy gap") %in% titles))
})

test_that("looks take a tenth of the time where they are not asked for", {
  setup <- function(n, nv, nh, ..., callback = NULL) {
    list(control = choose_settings(rbm_control(...), n), hidden = nh,
         units = default_units(),
         cases = as_cases(matrix(0:1, n, nv)), callback = callback)
  }
  # Next to nothing; some seconds, were it in each of 2500 epochs; the same, but
  # somebody looks on; as long as one epoch of many cases.
  expect_identical(looks_apart(setup(20, 6, 4)), 1L)
  apart <- looks_apart(setup(100, 784, 500))
  expect_gt(apart, 10L)
  expect_lte(apart, 250L)
  expect_identical(looks_apart(setup(100, 784, 500, patience = 3)), 1L)
  expect_identical(looks_apart(setup(100, 784, 500, callback = print)), 1L)
  expect_identical(looks_apart(setup(100, 784, 500, epochs = 5)), 1L)
  expect_identical(looks_apart(setup(20000, 784, 500)), 1L)
})

# Looks at the chains ----------------------------------------------------------

# The trace behind the last look, by what the model knows of its training.
trace_of <- function(fit, x) {
  state <- fit$training$state
  state$theta <- c(t(fit$W), fit$b, fit$c)
  setup <- list(control = fit$training$settings, cases = as_cases(x),
                hidden = ncol(fit$W), units = fit$units,
                key = fit$training$key,
                base_log_odds = fit$training$base_log_odds,
                hardware = resolve_hardware())
  look_at_chains(setup, state)
}

test_that("chains are looked at while the model stands still", {
  x <- rbm_data("bars_and_stripes", size = 4)$x
  fit <- function(rate, ...) {
    seeded(1, x, 16, k = 1, epochs = 2000, learning_rate = rate,
           schedule = "constant", batch_size = 32, chains = 50, ...)
  }
  # A slow one mixes. One too fast is driven from state to state, and does not
  # move once it is let go.
  slow <- fit(0.03)
  fast <- fit(1)
  expect_lt(slow$training$chains$chain_rhat, 1.05)
  expect_gt(fast$training$chains$chain_rhat, 2)
  expect_gt(fast$training$chains$chain_autocorrelation, 0.9)
  expect_match(capture.output(print(fast)), "OUT OF EQUILIBRIUM", all = FALSE)
  expect_match(capture.output(print(slow)), "^Chains mix", all = FALSE)
  # Two temperatures are too far apart.
  gap <- fit(0.3, estimator = "pt", temperatures = 2)
  expect_lt(utils::tail(gap$training$history$swap_rate, 1), 0.01)
  expect_match(capture.output(print(gap)), "have a GAP", all = FALSE)
  # Every two thousand updates in the history too, and then it is the same look.
  looks <- fast$training$history[names(fast$training$chains)]
  expect_identical(which(!is.na(looks$chain_rhat)), 2000L)
  expect_identical(as.list(looks[2000L, ]), fast$training$chains)
  # The trace is of the model as it stands: its mean free energy is the exact
  # one, within 5 of its standard errors.
  model <- rbm(slow$W, slow$b, slow$c)
  states <- all_states(16)
  energy <- free_energy(model, states)
  law <- exp(-energy - log_sum_exp(-energy))
  trace <- trace_of(slow, x)
  expect_identical(dim(trace), c(200L, 50L))
  found <- rbm_diagnose(trace)
  expect_lt(abs(found$mean - sum(law * energy)), 5 * found$mcse)
  # Neither fast weights, momentum nor penalties have a part in it.
  for (estimator in c("fpcd", "pt")) {
    other <- fit(0.03, estimator = estimator, momentum = 0.9, l1 = 0.1,
                 weight_decay = 0.1, max_norm = 1, sparsity_cost = 1)
    model <- rbm(other$W, other$b, other$c)
    energy <- free_energy(model, states)
    law <- exp(-energy - log_sum_exp(-energy))
    found <- rbm_diagnose(trace_of(other, x))
    expect_lt(abs(found$mean - sum(law * energy)), 5 * found$mcse)
  }
})

test_that("seconds count from the start of the training", {
  start <- proc.time()[["elapsed"]]
  fit <- rbm_fit(random_bits(20, 4), 2, epochs = 2, verbose = FALSE)
  taken <- proc.time()[["elapsed"]] - start
  seconds <- fit$training$history$seconds
  expect_true(all(seconds >= 0 & seconds <= taken))
  expect_false(is.unsorted(seconds))
})
