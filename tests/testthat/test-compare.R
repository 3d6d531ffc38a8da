# Log-probabilities by brute force, and what a comparison says of them.

log_p <- function(model, x) {
  states <- as.matrix(expand.grid(rep(list(0:1), length(model$b))))
  score <- function(v) {
    input <- sweep(v %*% model$W, 2L, model$c, "+")
    drop(v %*% model$b) + rowSums(log1p(exp(input)))
  }
  unname(score(x) - log(sum(exp(score(states)))))
}

two_models <- function() {
  set.seed(1)
  list(a = rbm(matrix(rnorm(15), 5), rnorm(5), rnorm(3)),
       b = rbm(matrix(rnorm(10), 5), rnorm(5), rnorm(2)))
}

test_that("the mean difference is that of enumerated probabilities", {
  both <- two_models()
  set.seed(2)
  x <- matrix(rbinom(200, 1, 0.5), 40)
  found <- rbm_compare(both$a, both$b, x, level = 0.9)
  gaps <- log_p(both$a, x) - log_p(both$b, x)
  expect_near(found$log_prob, cbind(log_p(both$a, x), log_p(both$b, x)))
  expect_near(found$difference, mean(gaps))
  test <- stats::t.test(gaps, conf.level = 0.9)
  expect_near(found$interval, as.numeric(test$conf.int), 1e-10)
  expect_near(found$se, unname(test$stderr), 1e-10)
  expect_identical(found$se_log_z, 0)
  other <- rbm_compare(both$b, both$a, x, level = 0.9)
  expect_near(other$difference, -found$difference)
  expect_draws(rbm_compare(both$a, both$b, x), 0)
})

test_that("the errors of two estimates of log Z are in the interval", {
  both <- two_models()
  set.seed(3)
  x <- matrix(rbinom(200, 1, 0.5), 40)
  exact <- rbm_compare(both$a, both$b, x)
  found <- rbm_compare(both$a, both$b, x, method = "ais", runs = 20,
                       verbose = FALSE)
  expect_equal(found$se_log_z,
               sqrt(found$log_z$a$se^2 + found$log_z$b$se^2))
  expect_equal(found$se, sqrt(found$se_cases^2 + found$se_log_z^2))
  expect_near(found$se_cases, exact$se_cases, 1e-10)
  expect_lt(abs(found$difference - exact$difference),
            5 * found$se_log_z + 1e-3)
  expect_output(print(found), "log Z is estimated")
  expect_draws(rbm_compare(both$a, both$b, x, method = "ais", runs = 20,
                           verbose = FALSE), 4)
})

test_that("independent columns have the smoothed means of the training data", {
  set.seed(4)
  x <- matrix(rbinom(300, 1, 0.3), 60, dimnames = list(NULL, letters[1:5]))
  fit <- rbm_fit(x, 2, epochs = 5, verbose = FALSE)
  test <- matrix(rbinom(100, 1, 0.3), 20)
  found <- rbm_compare(fit, "independent", test)
  p <- (colSums(x) + 0.5) / 61
  twin <- drop(test %*% log(p) + (1 - test) %*% log1p(-p))
  expect_near(found$log_prob[, "b"], twin)
  expect_identical(found$names[["b"]], "independent columns")
  expect_identical(found$fitted, c(a = FALSE, b = FALSE))
  fitted <- rbm_compare(fit, "independent", x)
  expect_identical(fitted$fitted, c(a = TRUE, b = FALSE))
  expect_output(print(fitted), "training data of fit")
})

test_that("a model is not better than itself", {
  a <- two_models()$a
  x <- rbind(c(0, 1, 0, 1, 0), 1, 0)
  found <- rbm_compare(a, a, x)
  expect_identical(found$difference, 0)
  expect_identical(found$se, 0)
  expect_identical(found$better, "neither")
  found <- rbm_compare(a, a, x, method = "ais", verbose = FALSE)
  expect_identical(found$se, 0)
})

test_that("intervals hold the true difference as often as they say", {
  both <- two_models()
  states <- as.matrix(expand.grid(rep(list(0:1), 5)))
  p <- rep(1 / 32, 32)
  truth <- sum(p * (log_p(both$a, states) - log_p(both$b, states)))
  set.seed(5)
  held <- replicate(400, {
    x <- states[sample.int(32, 50, TRUE, p), ]
    interval <- rbm_compare(both$a, both$b, x, level = 0.8)$interval
    interval[1] < truth && truth < interval[2]
  })
  expect_lt(abs(mean(held) - 0.8), 4 * sqrt(0.8 * 0.2 / 400))
})

test_that("print says which is better, or that nobody knows", {
  both <- two_models()
  large <- both$a
  small <- both$b
  states <- as.matrix(expand.grid(rep(list(0:1), 5)))
  p <- exp(log_p(large, states))
  set.seed(6)
  x <- unname(states[sample.int(32, 300, TRUE, p), ])
  shown <- withVisible(print(rbm_compare(large, small, x)))
  expect_false(shown$visible)
  expect_snapshot(rbm_compare(large, small, x))
  expect_snapshot(rbm_compare(small, large, x, level = 0.99))
  expect_snapshot(rbm_compare(small, large, x[1:4, ]))
  expect_snapshot(print(rbm_compare(small, small, x), digits = 3))
})

test_that("errors say what cannot be compared", {
  a <- two_models()$a
  x <- matrix(0:1, 4, 5)
  named <- function(names) {
    rbm(matrix(0, 5, 1, dimnames = list(names, NULL)))
  }
  changed <- rbm_compare(a, a, x)
  changed$interval <- NULL
  expect_said(c(
    refused(rbm_compare(b = a, data = x), "absent"),
    refused(rbm_compare(a, data = x), "absent"),
    refused(rbm_compare(a, a), "absent"),
    refused(rbm_compare(1, a, x), "model"),
    refused(rbm_compare(a, "tree", x), "compare_b"),
    refused(rbm_compare(a, "independent", x), "untrained"),
    refused(rbm_compare(a, rbm(matrix(0, 4, 2)), x), "compare_columns"),
    refused(rbm_compare(named(letters[1:5]), named(letters[2:6]), x),
            "compare_names"),
    refused(rbm_compare(a, a, x / 2), "not_binary"),
    refused(rbm_compare(a, a, x[1, , drop = FALSE]), "compare_cases"),
    refused(rbm_compare(a, a, x, level = 1), "number"),
    refused(rbm_compare(a, a, x, tols = 1), "unknown"),
    refused(print(changed), "object_changed")
  ))
})
