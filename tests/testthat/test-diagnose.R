# Traces of autoregressive chains, some of which differ in their means.
random_trace <- function(draws, chains, slope, apart = 0) {
  one <- function(i) {
    stats::filter(stats::rnorm(draws), slope, "recursive") + apart * i
  }
  matrix(vapply(seq_len(chains), one, numeric(draws)), draws)
}

diagnose <- harmonium:::chain_diagnostics

# The definitions, with loops.
twin_diagnose <- function(trace) {
  half <- nrow(trace) %/% 2L
  x <- cbind(utils::head(trace, half), utils::tail(trace, half))
  within <- mean(apply(x, 2L, stats::var))
  between <- stats::var(apply(x, 2L, mean))
  rho <- vapply(seq_len(half) - 1L, function(lag) {
    product <- function(y) {
      y <- y - mean(y)
      sum(utils::head(y, half - lag) * utils::tail(y, half - lag)) / half
    }
    1 - (within - mean(apply(x, 2L, product))) /
      (within * (half - 1) / half + between)
  }, 1)
  rho[1L] <- 1
  t <- 0
  total <- -1
  before <- Inf
  repeat {
    pair <- rho[t + 1] + rho[t + 2]
    if (pair <= 0 || t + 6 > half) {
      total <- total + max(rho[t + 1], 0)
      break
    }
    before <- min(before, pair)
    total <- total + 2 * before
    t <- t + 2
  }
  list(rhat = sqrt((half - 1) / half + between / within),
       ess = length(x) / max(total, 1 / log10(length(x))))
}

shapes <- list(c(13, 2), c(40, 3), c(101, 2), c(400, 4))
slopes <- c(0, 0.5, 0.95, -0.5)

test_that("R-hat and effective sample size are as defined", {
  set.seed(1)
  for (shape in shapes) {
    for (slope in slopes) {
      trace <- random_trace(shape[1L], shape[2L], slope, apart = 0.3)
      found <- diagnose(trace)
      twin <- twin_diagnose(trace)
      expect_near(found$rhat, twin$rhat)
      expect_near(found$ess, twin$ess, 1e-10)
    }
  }
})

test_that("they are those of posterior", {
  skip_if_not_installed("posterior")
  set.seed(2)
  for (shape in shapes) {
    for (slope in slopes) {
      trace <- random_trace(shape[1L], shape[2L], slope, apart = 0.1)
      found <- diagnose(trace)
      expect_near(found$rhat, posterior::rhat_basic(trace), 1e-10)
      expect_near(found$ess,
                  suppressWarnings(posterior::ess_basic(trace)), 1e-10)
    }
  }
})

test_that("they are near what is known of autoregressive chains", {
  set.seed(3)
  for (slope in c(0, 0.6, 0.9)) {
    trace <- random_trace(10000, 4, slope)
    found <- diagnose(trace)
    # 1 + 2 sum of slope^t = (1 + slope) / (1 - slope); off by some percent.
    expect_equal(found$ess / 40000, (1 - slope) / (1 + slope), tolerance = 0.15)
    expect_lt(abs(found$autocorrelation - slope), 0.02)
    expect_lt(found$rhat, 1.01)
  }
  apart <- diagnose(random_trace(1000, 4, 0, apart = 3))
  expect_gt(apart$rhat, 2)
  expect_lt(apart$ess, 20)
  expect_gt(apart$autocorrelation, 0.8)
  drift <- diagnose(random_trace(1000, 4, 0) + seq(0, 9, length.out = 1000))
  expect_gt(drift$rhat, 1.5)
})

test_that("what cannot be told is NA", {
  none <- list(rhat = NA_real_, ess = NA_real_, autocorrelation = NA_real_)
  expect_identical(diagnose(matrix(stats::rnorm(10), 10, 1)), none)
  expect_identical(diagnose(matrix(stats::rnorm(9), 3, 3)), none)
  expect_identical(diagnose(matrix(2, 8, 3)), none)
  expect_identical(diagnose(matrix(c(NaN, 1:15), 8)), none)
  # Chains that sit still in different places are infinitely far apart.
  expect_identical(diagnose(matrix(rep(1:2, each = 8), 8))$rhat, Inf)
  set.seed(4)
  short <- diagnose(matrix(stats::rnorm(8), 4))
  expect_lte(short$ess, 8)
})

test_that("draws are diagnosed unit by unit", {
  set.seed(5)
  model <- rbm(matrix(0.3, 3, 2, dimnames = list(c("a", "b", "c"), NULL)))
  x <- rbm_sample(model, 200, chains = 4, steps = 20, given = c(c = 1))
  found <- rbm_diagnose(x)
  expect_identical(rownames(found), c("free_energy", "a", "b", "c"))
  of_b <- diagnose(matrix(x[, "b"], 50))
  expect_identical(found["b", "rhat"], of_b$rhat)
  expect_identical(found["b", "ess"], of_b$ess)
  expect_near(found["b", "mcse"], stats::sd(x[, "b"]) / sqrt(of_b$ess))
  expect_identical(found["c", "rhat"], NA_real_)
  energy <- diagnose(matrix(attr(x, "free_energy"), 50))
  expect_identical(found["free_energy", "ess"], energy$ess)
  expect_identical(attr(x, "diagnostics")$ess, energy$ess)
  trace <- matrix(stats::rnorm(40), 10)
  expect_identical(rbm_diagnose(trace)$ess, diagnose(trace)$ess)
})

test_that("too few chains or draws are refused", {
  set.seed(6)
  model <- rbm(matrix(0.1, 3, 2))
  one <- rbm_sample(model, 9, chains = 1, steps = 2)
  short <- rbm_sample(model, 9, chains = 3, steps = 2)
  expect_said(c(
    refused(rbm_diagnose(), "absent"),
    refused(rbm_diagnose(one), "one_chain"),
    refused(rbm_diagnose(short), "few_draws"),
    refused(rbm_diagnose(rbm_sample), "trace"),
    refused(rbm_diagnose(matrix(NA_real_, 5, 5)), "trace"),
    refused(rbm_diagnose(matrix(0, 3, 5)), "few_draws"),
    refused(rbm_diagnose(matrix(0, 30, 1)), "one_chain")
  ))
})

test_that("rounding errors are no differences", {
  set.seed(32)
  trace <- -40 + matrix(stats::rnorm(80, sd = 1e-14), 20L)
  found <- rbm_diagnose(trace)
  expect_identical(found$rhat, NA_real_)
  expect_identical(found$rhat_folded, NA_real_)
  # What is small beside nothing else is not.
  expect_false(is.na(rbm_diagnose(trace + 40)$rhat))
})

test_that("folded R-hat shows chains that differ in spread", {
  set.seed(33)
  trace <- matrix(stats::rnorm(2000), 500L) * rep(c(1, 1, 1, 5), each = 500L)
  found <- rbm_diagnose(trace)
  expect_lt(found$rhat, 1.05)
  expect_gt(found$rhat_folded, 1.2)
  expect_near(found$rhat_folded,
              rbm_diagnose(abs(trace - stats::median(trace)))$rhat)
})

test_that("a model is diagnosed by chains of its own", {
  machine <- rbm(cbind(c(4, 4, -4, -4), c(-4, -4, 4, 4)), c = c(-4, -4))
  set.seed(1)
  found <- rbm_diagnose(machine)
  set.seed(1)
  expect_identical(found, rbm_diagnose(
    rbm_sample(machine, 4000, chains = 4, method = "gibbs")
  ))
  # That of a fit goes on where its chains are.
  x <- random_bits(200, 40)
  x[, 33] <- 1
  x[, 2] <- 0
  fit <- rbm_fit(x, 3, estimator = "pcd", chains = 1000, epochs = 20)
  states <- chain_states(fit$training$state$chains, 1000)[1:40, ]
  expect_lt(max(abs(rowMeans(states) - rbm_moments(fit)$v)), 4.5 * 0.5 / 31)
  expect_gt(mean(states[33, ]), 0.9)
  expect_lt(mean(states[2, ]), 0.1)
  expect_identical(chains_of_fit(fit), t(states[, c(1, 334, 667, 1000)]))
  set.seed(2)
  found <- rbm_diagnose(fit)
  set.seed(2)
  expect_identical(found, rbm_diagnose(rbm_sample(
    fit, 4000, chains = 4, start = chains_of_fit(fit)
  )))
  expect_null(chains_of_fit(machine))
  expect_null(chains_of_fit(rbm_fit(x, 3, estimator = "cd", epochs = 1)))
  expect_null(chains_of_fit(rbm_fit(x, 3, estimator = "pcd", chains = 2,
                                    epochs = 1)))
  table <- rbm(matrix(c(1, -1), 2), 0:1, 0, units = c("gaussian", "poisson"),
               d = 0)
  set.seed(1)
  found <- rbm_diagnose(table)
  expect_lt(found["free_energy", "rhat"], 1.05)
  expect_identical(nrow(found), 3L)
  x <- data.frame(a = factor(rep(c("x", "y", "z"), 20)), b = rnorm(60))
  fit <- suppressMessages(rbm_fit(x, 1, starts = 1))
  draws <- rbm_sample(fit, 40, method = "gibbs", chains = 4)
  found <- rbm_diagnose(draws)
  expect_identical(rownames(found), c("free_energy", "a:x", "a:y", "a:z", "b"))
  expect_equal(found["b", "mean"], mean(draws$b))
  expect_equal(found["a:y", "mean"], mean(draws$a == "y"))
  expect_equal(found["b", "rhat"], rbm_diagnose(matrix(draws$b, 10))$rhat)
  expect_error(rbm_diagnose(as.data.frame(unclass(draws))[1:9, ]),
               "or the model itself", class = "harmonium_error_trace")
  expect_identical(nrow(rbm_diagnose(fit)), 5L)
})
