# Whether a fit finds what it should: the parameters that data come from, with
# the precision that theory gives, and the same from any start.

parameters <- function(model) c(model$W, model$b, model$c)

# One hidden unit: its parameters are identified, but for its 0 and 1, which can
# be exchanged.
truth <- rbm(cbind(c(2, 2, 2, -2, 1)), b = c(-1, -1, -0.5, 1, 0), c = -1)

near_truth <- function(model) {
  exchanged <- rbm(-model$W, model$b + model$W[, 1L], -model$c)
  far <- function(one) sum((parameters(one) - parameters(truth))^2)
  if (far(exchanged) < far(model)) exchanged else model
}

# The information of one case: the covariance of vh, v and h, h averaged out.
information <- function(model) {
  v <- all_states(nrow(model$W))
  p <- exp(log_lik(model, v))
  h <- stats::plogis(drop(v %*% model$W[, 1L]) + model$c)
  score <- cbind(v * h, v, h)
  crossprod(score, p * score) - tcrossprod(colSums(p * score))
}

likeliest <- function(x, ...) {
  rbm_fit(x, 1, estimator = "exact", batch_size = nrow(x), epochs = 300,
          optimiser = "adam", learning_rate = 0.1, schedule = "linear",
          init_sd = 0.3, ...)
}

test_that("parameters are recovered, as well as the number of cases allows", {
  skip_on_cran()
  se <- sqrt(diag(solve(information(truth))))
  error <- list()
  for (n in c(400, 6400)) {
    for (seed in 1:4) {
      set.seed(seed)
      x <- rbm_sample(truth, n, method = "exact")
      fit <- likeliest(x)
      x <- as.matrix(x)
      slope <- rbm_gradient(fit, x)
      expect_lt(max(abs(parameters(slope))), 1e-3)
      # Twice the gain over the truth follows chi-squared: the likelihood is
      # highest here, and as much higher as 11 parameters make it.
      gain <- 2 * sum(log_lik(fit, x) - log_lik(truth, x))
      expect_gt(gain, stats::qchisq(1e-6, 11))
      expect_lt(gain, stats::qchisq(1 - 1e-6, 11))
      wrong <- parameters(near_truth(fit)) - parameters(truth)
      if (n == 6400) {
        expect_lt(max(abs(wrong) / se * sqrt(n)), 4.5)
      }
      error[[paste(n)]] <- c(error[[paste(n)]], wrong)
    }
  }
  # With 16 times the cases the error is a fourth.
  rms <- vapply(error, function(wrong) sqrt(mean(wrong^2)), 1)
  expect_lt(rms[["6400"]], 0.4 * rms[["400"]])
})

test_that("other seeds and starts give the same machine", {
  skip_on_cran()
  set.seed(11)
  x <- as.matrix(rbm_sample(truth, 1000, method = "exact"))
  fits <- lapply(1:3, function(seed) {
    set.seed(seed)
    near_truth(likeliest(x))
  })
  for (fit in fits[-1L]) {
    expect_near(parameters(fit), parameters(fits[[1L]]), 0.01)
    expect_near(mean(log_lik(fit, x)), mean(log_lik(fits[[1L]], x)), 1e-6)
  }
})

test_that("noise of rounding in the data changes nothing that matters", {
  set.seed(12)
  x <- random_intensities(30, 6)
  noisy <- pmin(pmax(x + .Machine$double.eps * (random_bits(30, 6) - 0.5), 0),
                1)
  expect_false(identical(noisy, x))
  fits <- lapply(list(x, noisy), function(x) {
    set.seed(13)
    rbm_fit(x, 4, epochs = 20, batch_size = 10)
  })
  expect_near(parameters(fits[[1L]]), parameters(fits[[2L]]), 1e-5)
  expect_near(rbm_hidden(fits[[1L]], x), rbm_hidden(fits[[1L]], noisy), 1e-12)
  expect_near(residuals(fits[[1L]]), residuals(fits[[2L]]), 1e-5)
})

test_that("every estimator learns in every parameterisation by every rule", {
  set.seed(14)
  patterns <- rbind(c(1, 1, 1, 1, 0, 0, 0, 0), c(0, 0, 0, 0, 1, 1, 1, 1),
                    c(1, 1, 0, 0, 1, 1, 0, 0))
  x <- abs(patterns[rep(1:3, 20), ] - random_bits(60, 8, 0.05))
  kinds <- expand.grid(
    estimator = c("cd", "pcd", "fpcd", "pt", "ucd", "mf", "pl", "exact"),
    parameterisation = c("centred", "enhanced", "plain"),
    optimiser = c("sgd", "nesterov", "adam"), stringsAsFactors = FALSE
  )
  gain <- vapply(seq_len(nrow(kinds)), function(i) {
    rate <- if (kinds$optimiser[i] == "adam") 0.02 else 0.1
    set.seed(15)
    fit <- do.call(rbm_fit, c(
      list(x, 3, epochs = 100, init_sd = 0.1, temperatures = 4,
           max_sweeps = 100, learning_rate = rate),
      kinds[i, ]
    ))
    mean(log_lik(fit, x)) - fit$training$independent_log_lik
  }, 1)
  # Of the 2.3 nats that the best of them gains over independent units.
  expect_identical(kinds[!is.finite(gain) | gain < 1.3, ], kinds[0L, ])
})

test_that("a batch is cases one by one, and all at once", {
  set.seed(16)
  model <- random_model(6, 3)
  x <- random_intensities(20, 6)
  each <- lapply(1:20, function(i) {
    parameters(rbm_gradient(model, x[i, , drop = FALSE]))
  })
  expect_near(parameters(rbm_gradient(model, x)), Reduce(`+`, each) / 20)
})

test_that("new cases are judged in far less time than a fit takes", {
  skip_on_cran()
  set.seed(17)
  x <- random_bits(2000, 60)
  used <- function(code) sum(system.time(code)[c("user.self", "sys.self")])
  fitting <- used(fit <- rbm_fit(x, 50, epochs = 20, threads = 1))
  new <- random_bits(2000, 60)
  expect_lt(used(predict(fit, new)), fitting / 4)
})
