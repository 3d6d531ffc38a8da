# Fits as data frames, and for the generics of broom.

named_fit <- function(...) {
  set.seed(1)
  x <- data.frame(a = rbinom(60, 1, 0.5), b = rbinom(60, 1, 0.3))
  x$c <- x$a
  rbm_fit(x, 2, epochs = 3, ...)
}

test_that("weights, history and hidden units are data frames", {
  fit <- named_fit()
  weights <- as.data.frame(fit, what = "weights")
  expect_identical(weights$visible, rep(c("a", "b", "c"), 2))
  expect_identical(weights$hidden, rep(c("h1", "h2"), each = 3))
  expect_identical(weights$weight, as.vector(fit$W))
  expect_identical(as.data.frame(fit), fit$training$history)
  hidden <- as.data.frame(fit, what = "hidden")
  expect_identical(hidden$bias, unname(fit$c))
  expect_near(hidden$norm, sqrt(colSums(fit$W^2)))
  expect_near(hidden$activity, colMeans(rbm_hidden(fit, fit$x)))
  bare <- named_fit(keep_x = FALSE)
  expect_null(as.data.frame(bare, what = "hidden")$activity)
  bare <- as.data.frame(rbm(matrix(1:4 / 9, 2)), what = "weights")
  expect_identical(bare$visible, c("v1", "v2", "v1", "v2"))
  expect_said(c(
    refused(as.data.frame(fit, what = "bias"), "choice"),
    refused(as.data.frame(rbm(fit$W)), "untrained"),
    refused(as.data.frame(fit, 1, 2, "weights", 3), "dots")
  ))
  skip_if_not_installed("tibble")
  expect_s3_class(tibble::as_tibble(fit), "tbl_df")
  expect_identical(as.data.frame(tibble::as_tibble(fit, what = "weights")),
                   weights)
})

test_that("broom's generics know models", {
  skip_if_not_installed("generics")
  fit <- named_fit()
  expect_identical(generics::tidy(fit), as.data.frame(fit, what = "weights"))
  expect_identical(generics::tidy(fit, "history"), fit$training$history)
  row <- generics::glance(fit)
  expect_identical(nrow(row), 1L)
  expect_identical(c(row$visible, row$hidden, row$n, row$epochs),
                   c(3L, 2L, 60L, 3L))
  expect_near(row$log_lik, as.numeric(logLik(fit)) / 60)
  expect_identical(row$se, 0)
  expect_identical(row$stopped, "epochs")
  expect_true(is.na(generics::glance(named_fit(keep_x = FALSE))$log_lik))
  # The maximum has neither chains nor pseudo-likelihoods.
  best <- generics::glance(rbm_fit(fit$x, 1))
  expect_true(is.na(best$rhat) && is.na(best$pseudo_log_lik))
  grey <- generics::glance(rbm_fit(as.matrix(fit$x) / 2, 1, epochs = 1))
  expect_true(is.na(grey$log_lik))

  more <- generics::augment(fit)
  expect_identical(more[1:3], fit$x)
  expect_near(more$.log_prob, predict(fit, fit$x, type = "log_prob"))
  expect_near(more$.free_energy, rbm_free_energy(fit, fit$x))
  expect_near(as.matrix(more[c(".h1", ".h2")]), rbm_hidden(fit, fit$x))
  expect_identical(generics::augment(fit, fit$x[1:2, ]), more[1:2, ])
  large <- rbm(matrix(0, 22, 22))
  x <- matrix(0:1, 4, 22)
  expect_true(all(is.na(generics::augment(large, x)$.log_prob)))
  log_z <- rbm_log_z(large, verbose = FALSE)
  expect_near(generics::augment(large, x, log_z = log_z)$.log_prob,
              -rbm_free_energy(large, x) - log_z$log_z)
  bare <- named_fit(keep_x = FALSE)
  expect_said(c(
    refused(generics::tidy(fit, "bias"), "choice"),
    refused(generics::glance(rbm(fit$W)), "untrained"),
    refused(generics::augment(large), "untrained"),
    refused(generics::augment(bare), "not_kept")
  ))
})

test_that("glance() of targets by themselves has their likelihood", {
  skip_if_not_installed("generics")
  table <- as.data.frame(Titanic)
  fit <- rbm_fit(table[1:4], 1, weights = table$Freq, target = "Survived",
                 objective = "conditional", starts = 1, weight_decay = 0.01)
  found <- generics::glance(fit)
  p <- predict(fit, table[1:3], type = "response")
  expect_equal(found$log_lik,
               weighted.mean(log(p[cbind(1:32, as.integer(table$Survived))]),
                             table$Freq))
  expect_gt(found$log_lik, found$baseline)
})

test_that("what a picture shows is a data frame", {
  fit <- named_fit()
  expect_identical(as.data.frame(fit, picture = "biplot", n = 9),
                   picture_of(fit, "biplot", n = 9)$data)
  expect_named(as.data.frame(fit, picture = "weights", cluster = FALSE),
               c("hidden", "visible", "weight"))
  expect_error(as.data.frame(fit, picture = "circles"),
               class = "harmonium_error_choice")
  expect_error(as.data.frame(fit, picture = "trace", n = 3),
               class = "harmonium_error_plot_argument")
  expect_error(as.data.frame(fit, n = 3), class = "harmonium_error_dots")
})

test_that("data that augment() cannot take are refused in our words", {
  fit <- named_fit()
  expect_s3_class(tryCatch(
    generics::augment(fit, structure(1, class = "foo")), error = identity
  ), "harmonium_error")
})
