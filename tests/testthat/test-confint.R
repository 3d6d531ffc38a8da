# Intervals by hand from the refits, and how often they hold the truth.

table_fit <- function(hidden = 2) {
  set.seed(1)
  x <- random_bits(60, 4)
  x[, 2] <- ifelse(runif(60) < 0.8, x[, 1], x[, 2])
  colnames(x) <- letters[1:4]
  rbm_fit(x, hidden, starts = 1, weight_decay = 0.01)
}

made <- function(fit, times = 12) {
  set.seed(2)
  rbm_bootstrap(fit, times)
}

test_that("margins are quantiles of the refits' exact margins", {
  fit <- table_fit()
  boot <- made(fit)
  values <- t(vapply(boot$models, function(m) twin_by_pairs(m)$v, numeric(4)))
  found <- confint(boot, "margins", level = 0.8)
  expect_identical(dimnames(found), list(letters[1:4], c("10 %", "90 %")))
  expect_near(found[, 1], apply(values, 2, quantile, 0.1), 1e-10)
  expect_near(found[, 2], apply(values, 2, quantile, 0.9), 1e-10)
  expect_near(attr(found, "estimate"), twin_by_pairs(fit)$v, 1e-10)
  expect_near(vcov(boot), cov(values), 1e-10)
  expect_identical(rownames(vcov(boot)), letters[1:4])
  set.seed(2)
  expect_identical(confint(fit, level = 0.8, times = 12), found)
  set.seed(2)
  expect_identical(vcov(fit, times = 12), vcov(boot))
  expect_draws(confint(boot), 0)
  expect_draws(confint(fit, times = 2), 2)
})

test_that("pairs are log odds ratios of two columns of p(v)", {
  fit <- table_fit()
  boot <- made(fit, 5)
  log_odds <- function(model) {
    p <- visible_law(model)
    v <- all_states(4)
    out <- NULL
    for (k in 2:4) {
      for (i in seq_len(k - 1)) {
        cell <- function(a, b) sum(p[v[, i] == a & v[, k] == b]) + 0.5 / 60
        out <- c(out, log(cell(1, 1) * cell(0, 0) / cell(1, 0) / cell(0, 1)))
      }
    }
    out
  }
  found <- confint(boot, "pairs")
  expect_identical(rownames(found),
                   c("a:b", "a:c", "b:c", "a:d", "b:d", "c:d"))
  expect_near(attr(found, "estimate"), log_odds(fit), 1e-10)
  values <- t(vapply(boot$models, log_odds, numeric(6)))
  expect_near(found[, 1], apply(values, 2, quantile, 0.025), 1e-10)
  expect_gt(found["a:b", 1], 0)
  # Columns that are always equal have finite odds.
  equal <- list(v = c(0.5, 0.5), vv = matrix(0.5, 2, 2))
  expect_near(log_odds_of(equal, 100), 2 * log(0.505 / 0.005))
})

test_that("a function of the model can be asked", {
  fit <- table_fit()
  boot <- made(fit, 5)
  given <- function(model) {
    c(p = rbm_conditional(model, c(NA, 1, NA, NA))[1], log_z_free = 1)
  }
  found <- confint(boot, given)
  values <- vapply(boot$models, function(m) {
    joint <- twin_by_pairs(m)
    joint$vv[1, 2] / joint$v[2]
  }, 0)
  expect_identical(rownames(found)[1], "p")
  expect_near(found[1, ], quantile(values, c(0.025, 0.975)), 1e-10)
  expect_identical(unname(found[2, ]), c(1, 1))
  # What does not depend on the order of hidden units is the same for both.
  lone <- function(model) 2
  expect_near(vcov(boot, lone), matrix(0, 1, 1))
})

test_that("large models are sampled, with a message and an error that is small", {
  set.seed(3)
  model <- random_model(22, 21, sd = 0.3)
  exact <- rbm_moments(model, pairs = TRUE)
  found <- sampled_moments(model, c(1, 2))
  expect_lt(max(abs(found$v - exact$v)), 0.05)
  off <- upper.tri(exact$vv)
  expect_lt(max(abs(found$vv[off] - exact$vv[off])), 0.05)
  x <- random_bits(40, 22)
  fit <- rbm_fit(x, 21, epochs = 2, estimator = "cd", verbose = FALSE)
  boot <- rbm_bootstrap(fit, 2)
  expect_message(found <- confint(boot), class = "harmonium_message_sampled")
  expect_snapshot(invisible(confint(boot, "pairs")))
  expect_identical(dim(found), c(22L, 2L))
  expect_draws(suppressMessages(confint(boot)), 2)
})

test_that("intervals of independent columns hold the truth as they should", {
  # Columns alone have refits in closed form, so that many can be had. Quantiles
  # of B refits lie at 1 + (B - 1) p: the interval holds what it should in
  # level (B - 1) / (B + 1) of all data sets, but for means on a grid of 1 / n,
  # which is 0.12 of their s.e., 0.5 / sqrt(n).
  set.seed(6)
  truth <- c(0.5, 0.35)
  runs <- 120
  held <- replicate(runs, {
    x <- cbind(rbinom(300, 1, truth[1]), rbinom(300, 1, truth[2]))
    flat <- rbm_fit(x, 1, starts = 1, weight_decay = 10)
    flat$W[] <- 0
    ends <- confint(flat, "margins", level = 0.9, times = 40)
    ends[, 1] < truth & truth < ends[, 2]
  })
  due <- 0.9 * 39 / 41
  # False alarms of 4.5 standard errors in either column: 1.4e-5.
  off <- (rowMeans(held) - due) / sqrt(due * (1 - due) / runs)
  expect_lt(max(abs(off)), 4.5)
})

test_that("intervals of fits hold the truth about as often as they say", {
  truth <- rbm(matrix(c(2, -2, 1.5), 3), b = c(-0.8, 1, -0.5), c = -0.2)
  law <- visible_law(truth)
  v <- all_states(3)
  margins <- twin_by_pairs(truth)$v
  set.seed(6)
  held <- replicate(24, {
    x <- v[sample.int(8, 150, TRUE, law), ]
    fit <- rbm_fit(x, 1, starts = 1, weight_decay = 1e-4)
    ends <- confint(fit, "margins", level = 0.9, times = 30)
    ends[, 1] < margins & margins < ends[, 2]
  })
  # At most 1e-4 false alarms for each margin were each held in 0.82 of sets,
  # where 0.9 * 29 / 31 = 0.84 are due.
  least <- qbinom(1e-4, 24, 0.82)
  expect_true(all(rowSums(held) >= least))
})

test_that("errors say what has no interval", {
  fit <- table_fit(1)
  boot <- made(fit, 2)
  broken <- boot
  broken$n <- NULL
  several <- 0
  growing <- function(model) {
    several <<- several + 1
    seq_len(several)
  }
  expect_said(c(
    refused(confint(fit, "W"), "parm_parameters"),
    refused(confint(fit, "triples"), "parm"),
    refused(vcov(boot, 1), "parm"),
    refused(confint(boot, level = 1), "number"),
    refused(confint(boot, levels = 0.9), "dots"),
    refused(vcov(boot, "margins", times = 3), "dots"),
    refused(confint(rbm(matrix(1, 2, 2))), "untrained"),
    refused(confint(boot, function(model) "a"), "parm_value"),
    refused(confint(boot, growing), "parm_length"),
    refused(confint(broken), "object_changed")
  ))
})
