# What rbm_fit(x, hidden) does where the machine is too large to be enumerated.

clusters <- function(n) {
  set.seed(1)
  patterns <- matrix(rbinom(500, 1, 0.5), 5)
  kind <- sample(5, n, TRUE, prob = 5:1)
  abs(patterns[kind, ] - matrix(rbinom(n * 100, 1, 0.02), n))
}

test_that("clusters are learned by default", {
  skip_on_cran()
  x <- clusters(2000)
  set.seed(1)
  fit <- rbm_fit(x[1:1000, ], 22, keep_x = FALSE)
  expect_identical(fit$training$settings$estimator, "pt")
  set.seed(2)
  score <- logLik(fit, x[1001:2000, ])
  # The best possible is -11.38, independent columns have -56.97; 0.1.0 ended
  # below these. Seeds 1 to 3 gave -11.4 to -11.9.
  expect_gt(as.numeric(score) / 1000, -13)
  pilots <- fit$training$pilots
  expect_true(pilots$kept)
  expect_gt(max(pilots$score), pilots$tree)
  expect_output(print(fit), "held out, then all refitted")
})

test_that("where nothing is learned the model is that of independent columns", {
  set.seed(4)
  x <- matrix(rbinom(60 * 60, 1, 0.3), 60)
  set.seed(1)
  fit <- rbm_fit(x, 25)
  pilots <- fit$training$pilots
  if (pilots$kept) {
    expect_gt(max(pilots$score), pilots$independent)
  } else {
    expect_true(all(fit$W == 0))
    expect_near(plogis(fit$b), (colSums(x) + 0.5) / 61, 1e-12)
    expect_output(print(fit), "nothing was learned")
  }
  # Held to it, whatever the pilots were.
  settled <- settle(
    list(pilots = list(kept = FALSE, independent = -1), hidden = 2L,
         cases = as_cases(x[, 1:3]), base_rates = c(1, 2, 3)),
    list(theta = as.double(1:11), epoch = 4L)
  )
  expect_identical(settled$best$theta, c(numeric(6), 1, 2, 3, 0, 0))
})

test_that("the mean is over the last quarter of the epochs", {
  control <- list(average = TRUE, epochs = 8)
  state <- list(epoch = 6L, theta = 5)
  expect_null(average_along(control, state)$mean)
  state <- average_along(control, list(epoch = 7L, theta = 2))
  expect_identical(state$mean, 2)
  state$epoch <- 8L
  state$theta <- 5
  expect_identical(average_along(control, state)$mean, 3.5)
  expect_null(average_along(list(average = FALSE, epochs = 8), state[1])$mean)
})

test_that("an averaged fit is saved, resumed and the same for any threads", {
  set.seed(3)
  x <- matrix(rbinom(1200 * 6, 1, 0.4), 1200)
  x[, 2] <- x[, 1]
  fit <- function(...) {
    set.seed(5)
    rbm_fit(x, 4, epochs = 4, average = TRUE, ...)
  }
  one <- fit(threads = 1)
  expect_identical(coef(one), coef(fit(threads = 2)))
  more <- rbm_resume(one, epochs = 4)
  expect_identical(nrow(more$training$history), 8L)
  file <- tempfile(fileext = ".rbm")
  on.exit(unlink(file))
  rbm_save(one, file)
  expect_identical(coef(rbm_resume(file, epochs = 4, x = x)), coef(more))
})

test_that("cases are scarce by number and by hidden units", {
  expect_true(is_scarce(1000, 1))
  expect_false(is_scarce(1001, 20))
  expect_true(is_scarce(4999, 100))
  expect_false(is_scarce(5000, 100))
})
