# Bootstraps of tables: refits by hand, samples of weighted cases, and columns
# that keep the coding of the fit.

mixed_table <- function(n = 60) {
  side <- runif(n) < 0.5
  x <- data.frame(
    colour = factor(ifelse(runif(n) < ifelse(side, 0.8, 0.2), "red",
                           sample(c("blue", "green"), n, TRUE))),
    size = rnorm(n, ifelse(side, 13, 10)),
    visits = rpois(n, ifelse(side, 4, 1)),
    member = runif(n) < ifelse(side, 0.8, 0.3)
  )
  x$size[1:4] <- NA
  x$colour[4:6] <- NA
  x
}

# Messages of rbm_fit() are not what is tested here.
table_fit <- function(x = mixed_table(), hidden = 1, ...) {
  settings <- utils::modifyList(
    list(starts = 1, weight_decay = 0.01, units = c(visits = "poisson")),
    list(...)
  )
  suppressMessages(do.call(rbm_fit, c(list(x, hidden, verbose = FALSE),
                                      settings)))
}

sampled_cases <- function(..., seed = 2) {
  set.seed(seed)
  rbm_bootstrap(...)
}

seeds_of <- function(times, seed = 2) {
  set.seed(seed)
  key <- draw_key()
  seeded(key[1] %/% 2, vapply(seq_len(times), function(i) {
    floor(runif(1) * 2^31)
  }, 0))
}

test_that("refits are fits to samples of the cases, coded as the fit", {
  set.seed(1)
  x <- mixed_table()
  fit <- table_fit(x, 2)
  found <- sampled_cases(fit, times = 3)
  seeds <- seeds_of(3)
  for (i in 1:3) {
    twin <- seeded(seeds[i], {
      counts <- tabulate(sample.int(60, replace = TRUE), 60)
      rbm_fit(x[counts > 0, ], 2, units = fit$columns, starts = 1,
              weight_decay = 0.01, weights = counts[counts > 0])
    })
    expect_near(predict(found$models[[i]], x, "log_prob"),
                predict(twin, x, "log_prob"), 1e-6)
    expect_identical(found$models[[i]]$columns, fit$columns)
    expect_identical(names(found$models[[i]]$d), names(fit$d))
    expect_near(found$similarity[i, ], rbm_align(fit, twin)$units$similarity,
                1e-8)
  }
  expect_identical(found$n, 60L)
  expect_output(print(found), "3 samples of 60 cases")
  expect_draws(rbm_bootstrap(fit, 2), 2)
})

test_that("any map, any order of columns and given data give the same", {
  set.seed(1)
  x <- mixed_table()
  fit <- table_fit(x)
  found <- sampled_cases(fit, times = 3)
  backwards <- function(jobs, f) {
    rev(lapply(rev(jobs), function(job) {
      runif(3)
      f(job)
    }))
  }
  expect_identical(sampled_cases(fit, times = 3, map = backwards), found)
  set.seed(1)
  lean <- table_fit(mixed_table(), keep_x = FALSE)
  expect_identical(sampled_cases(lean, times = 3, x = x)$models, found$models)
  expect_identical(sampled_cases(lean, times = 3, x = x[4:1])$models,
                   found$models)
  strong <- sampled_cases(fit, times = 2, weight_decay = 10)
  expect_lt(max(abs(strong$models[[1]]$W)), 0.2)
})

test_that("a level that a sample lacks does not stop a refit", {
  set.seed(3)
  x <- mixed_table(40)
  levels(x$colour) <- c(levels(x$colour), "rare")
  x$colour[40] <- "rare"
  fit <- table_fit(x)
  found <- sampled_cases(fit, times = 12)
  rare <- vapply(found$models, function(model) {
    rbm_moments(model)$v[["colour:rare"]]
  }, 0)
  expect_true(all(rare > 0))
  # All 12 have it with probability 1e-3 only.
  drawn <- vapply(seeds_of(12), function(seed) {
    seeded(seed, draw_sample(40, NULL))$counts[40]
  }, 0L)
  expect_true(any(drawn == 0))
  expect_lt(max(rare[drawn == 0]), min(rare[drawn > 0]))
})

test_that("weights say how many cases there are to draw", {
  # A table of counts has the samples of the cases that it counts: counts of a
  # multinomial. Their mean over 2000 samples is off by 5 standard errors with
  # probability 6e-7; the variance of a variance is some 2 / 2000.
  set.seed(4)
  weights <- c(0, 1, 5, 30)
  counts <- replicate(2000, draw_sample(4, weights)$counts)
  expect_true(all(colSums(counts) == 36))
  expect_true(all(counts[1, ] == 0))
  p <- weights / 36
  variance <- 36 * p * (1 - p)
  off <- abs(rowMeans(counts) - weights)
  expect_true(all(off <= 5 * sqrt(variance / 2000)))
  ratio <- apply(counts, 1, var)[-1] / variance[-1]
  expect_lt(max(abs(ratio - 1)), 5 * sqrt(3 / 2000))
  # Weights that are not whole: the sum stays.
  expect_near(sum(draw_sample(3, c(0.4, 1, 2.2))$counts), 3.6)
  # Rows that judge are not drawn.
  some <- draw_sample(50, NULL, held = 10L)
  expect_length(some$judge, 10L)
  expect_true(all(some$counts[some$judge] == 0))
  expect_identical(sum(some$counts), 40L)

  titanic <- as.data.frame(Titanic)
  fit <- rbm_fit(titanic[c("Sex", "Age", "Survived")], 1, starts = 1,
                 weights = titanic$Freq, weight_decay = 1e-4)
  found <- sampled_cases(fit, times = 30)
  expect_identical(found$n, 2201)
  # As of single cases: standard errors of p (1 - p) / n, within 5 of theirs,
  # which are 1 / sqrt(2 * 29) of them.
  male <- vapply(found$models, function(m) {
    unname(rbm_moments(m)$v[1])
  }, 0)
  share <- sum(titanic$Freq[titanic$Sex == "Female"]) / 2201
  se <- sqrt(share * (1 - share) / 2201)
  expect_lt(abs(sd(male) / se - 1), 5 / sqrt(58))
})

test_that("fits by steps, with targets, and of other hidden units", {
  set.seed(5)
  x <- mixed_table()
  steps <- table_fit(x, estimator = "pcd", epochs = 5)
  found <- sampled_cases(steps, times = 2)
  twin <- seeded(seeds_of(2)[1], {
    rows <- rep(1:60, tabulate(sample.int(60, replace = TRUE), 60))
    table_fit(x[rows, ], estimator = "pcd", epochs = 5, units = steps$columns)
  })
  expect_near(predict(found$models[[1]], x, "log_prob"),
              predict(twin, x, "log_prob"), 1e-8)
  held <- table_fit(x, estimator = "pcd", epochs = 4, validation = 0.2,
                    patience = 2, evaluate_every = 2)
  expect_identical(sampled_cases(held, times = 2)$n, 48L)
  aimed <- table_fit(x, target = "colour", objective = "conditional")
  found <- sampled_cases(aimed, times = 2)
  # Refits are conditional too.
  twin <- seeded(seeds_of(2)[1], {
    counts <- tabulate(sample.int(60, replace = TRUE), 60)
    table_fit(x[counts > 0, ], target = "colour", objective = "conditional",
              units = aimed$columns, weights = counts[counts > 0])
  })
  expect_near(predict(found$models[[1]], x, "response", target = "colour"),
              predict(twin, x, "response", target = "colour"), 1e-6)
  told <- table_fit(x, missing = "indicator")
  expect_identical(sampled_cases(told, times = 2)$models[[2]]$columns,
                   told$columns)
  for (hidden in list(list(categorical = 3), list(binary = 1,
                                                  categorical = 2))) {
    other <- table_fit(x, hidden)
    found <- sampled_cases(other, times = 2)
    expect_true(all(is.na(found$similarity)))
    expect_identical(found$models[[1]]$units, other$units)
  }
  expect_snapshot(print(found))
  real <- table_fit(x[-3], list(gaussian = 1), units = NULL)
  expect_false(anyNA(sampled_cases(real, times = 2)$similarity))
})

test_that("where nothing was learned, refits are columns alone", {
  set.seed(6)
  x <- mixed_table()
  fit <- table_fit(x)
  fit$W[] <- 0
  found <- sampled_cases(fit, times = 2)
  expect_true(all(found$models[[1]]$W == 0))
  counts <- seeded(seeds_of(2)[1], draw_sample(60, NULL))$counts
  n <- sum(counts)
  expect_near(exp(found$models[[1]]$b[["visits"]]),
              sum(counts * x$visits) / n + 0.5 / n)
})

test_that("units of counts are fitted again as such", {
  set.seed(7)
  on <- runif(80) < 0.5
  x <- cbind(often = rbinom(80, 6, ifelse(on, 0.7, 0.2)), on = on)
  fit <- rbm_fit(x, 1, units = c(often = "binomial(6)"), starts = 1,
                 weight_decay = 0.01)
  found <- sampled_cases(fit, times = 3)
  expect_identical(found$models[[3]]$units, fit$units)
  expect_gt(min(found$similarity), 0.9)
  fit$W[] <- 0
  flat <- sampled_cases(fit, times = 2)
  p <- plogis(flat$models[[1]]$b) * c(6 * 80 + 1, 81) - 0.5
  expect_near(p, round(p), 1e-9)
  # Levels of a factor, which are 0 and 1 units with columns.
  table <- data.frame(a = factor(ifelse(on, "yes", "no")), b = x[, 1] > 3)
  fit <- rbm_fit(table, 1, starts = 1, weight_decay = 0.01)
  found <- sampled_cases(fit, times = 2)
  expect_identical(found$models[[1]]$columns, fit$columns)
  expect_identical(sampled_cases(fit, times = 2, x = table), found)
})

test_that("rbm_impute() refits to the same samples", {
  set.seed(9)
  x <- mixed_table()
  fit <- table_fit(x, weights = rep(1:3, 20), target = "colour")
  key <- c(6, 9)
  found <- refit_to_sample(fit, key)
  twin <- seeded(3, {
    counts <- rmultinom(1, 120, rep(1:3, 20))[, 1]
    table_fit(x[counts > 0, ], weights = counts[counts > 0], init = fit,
              units = fit$columns, target = "colour")
  })
  expect_near(predict(found, x, "log_prob"), predict(twin, x, "log_prob"),
              1e-8)
  # Where nothing was learned that is so of the refits.
  fit$W[] <- 0
  expect_true(all(refit_to_sample(fit, key)$W == 0))
  expect_false(anyNA(rbm_impute(fit, refit = TRUE)))
  plain <- data.frame(a = factor(rep(c("p", "q"), 20)), b = rep(0:1, each = 20))
  plain <- rbm_fit(plain, 1, starts = 1, weight_decay = 0.1)
  expect_null(refit_to_sample(plain, key)$training)
})

test_that("errors say what cannot be fitted again", {
  set.seed(8)
  x <- mixed_table()
  fit <- table_fit(x)
  lean <- table_fit(x, keep_x = FALSE)
  judged <- table_fit(x, estimator = "pcd", epochs = 2, validation = x[1:9, ])
  light <- table_fit(x, weights = rep(0.01, 60))
  other <- x
  other$colour <- sub("red", "rot", other$colour)
  expect_said(c(
    refused(rbm_bootstrap(lean, 2), "not_kept"),
    refused(rbm_bootstrap(lean, 2, x[1:9, ]), "bootstrap_cases"),
    refused(rbm_bootstrap(light, 2, x[1:9, ]), "bootstrap_cases"),
    refused(rbm_bootstrap(lean, 2, x[1:3]), "table_absent"),
    refused(rbm_bootstrap(lean, 2, other), "levels_unknown"),
    refused(rbm_bootstrap(lean, 2, 5), "table"),
    refused(rbm_bootstrap(judged, 2), "bootstrap_held"),
    refused(rbm_bootstrap(light, 2), "bootstrap_weights"),
    refused(rbm_bootstrap(fit, 2, epoch = 3), "unknown"),
    refused(rbm_bootstrap(fit, 2, map = 1), "tune_map")
  ))
  wrong <- function(jobs, f) {
    lapply(jobs, function(job) utils::modifyList(f(job), list(d = 1:2)))
  }
  expect_error(rbm_bootstrap(fit, 2, map = wrong),
               class = "harmonium_error_tune_map_result")
})
