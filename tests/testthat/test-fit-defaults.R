# What rbm_fit(x, hidden) reaches with nothing else said, in exact nats per
# held-out case. bench/defaults.R compares it with the best settings of a grid.
testthat::skip_on_cran()

held_out_score <- function(train, test, hidden, seed = 1) {
  set.seed(seed)
  fit <- rbm_fit(train, hidden, keep_x = FALSE)
  score <- logLik(fit, test)
  expect_identical(attr(score, "method"), "exact")
  as.numeric(score) / nrow(test)
}

# Independent columns, smoothed by a case on and a case off.
independent <- function(train, test) {
  p <- (colSums(train == 1) + 1) / (nrow(train) + 2)
  on <- colMeans(test == 1)
  sum(on * log(p) + (1 - on) * log(1 - p))
}

test_that("defaults learn the digits", {
  # Over seeds 1 to 3 the median is -18.74, of what tuning brings to -18.50.
  x <- (digits8$x > 0.5) + 0L
  train <- x[1:1197, ]
  test <- x[1438:1797, ]
  expect_lt(independent(train, test), -24)
  expect_gt(held_out_score(train, test, 16), -19)
})

test_that("defaults learn a survey of 16 questions", {
  # Over seeds 1 to 3 the median is -6.03, of what tuning brings to -5.99.
  nltcs <- shared_data("nltcs.rds")
  expect_near(independent(nltcs$train, nltcs$test), -9.234, 1e-4)
  expect_gte(held_out_score(nltcs$train, nltcs$test, 20), -6.08)
})
