test_that("settings are kept as the types that C reads", {
  expect_identical(
    unclass(rbm_control()),
    list(estimator = "cd", k = 1L, epochs = 50L, batch_size = 20L,
         optimiser = "sgd", learning_rate = 0.05, momentum = 0.5,
         weight_decay = 0, init_sd = 0.01, evaluate_every = 0L, threads = NULL)
  )
  control <- rbm_control(k = 5, epochs = 3L, batch_size = 1e3,
                         learning_rate = 1L, momentum = 0, weight_decay = 1L,
                         init_sd = 0L, evaluate_every = 7, threads = 2)
  expect_s3_class(control, "rbm_control", exact = TRUE)
  expect_identical(
    unclass(control),
    list(estimator = "cd", k = 5L, epochs = 3L, batch_size = 1000L,
         optimiser = "sgd", learning_rate = 1, momentum = 0, weight_decay = 1,
         init_sd = 0, evaluate_every = 7L, threads = 2L)
  )
})

test_that("choices are the names in C's tables", {
  kinds <- .Call(harmonium:::ffi_kinds)
  expect_identical(kinds$unit, "binary")
  for (estimator in kinds$estimator) {
    expect_identical(rbm_control(estimator = estimator)$estimator, estimator)
  }
  for (optimiser in kinds$optimiser) {
    expect_identical(rbm_control(optimiser = optimiser)$optimiser, optimiser)
  }
})

test_that("settings come in `control` or directly, to the same effect", {
  set.seed(1)
  x <- random_bits(8, 5)
  fit <- function(...) {
    set.seed(2)
    rbm_fit(x, 3, ...)
  }
  one <- fit(epochs = 3, k = 2, momentum = 0.9)
  two <- fit(control = rbm_control(epochs = 3, k = 2, momentum = 0.9))
  expect_identical(coef(one), coef(two))
  expect_identical(one$training$control, two$training$control)
})

test_that("settings out of range are refused", {
  expect_said(c(
    refused(rbm_control(estimator = "pcd"), "choice"),
    refused(rbm_control(estimator = NULL), "choice"),
    refused(rbm_control(optimiser = "rprop"), "choice"),
    refused(rbm_control(optimiser = c("sgd", "rprop")), "choice"),
    refused(rbm_control(k = 0), "count"),
    refused(rbm_control(k = 1.5), "count"),
    refused(rbm_control(k = 2^24), "count"),
    refused(rbm_control(epochs = 0), "count"),
    refused(rbm_control(epochs = "a"), "count"),
    refused(rbm_control(epochs = 2^31), "count"),
    refused(rbm_control(batch_size = -1), "count"),
    refused(rbm_control(batch_size = NA), "count"),
    refused(rbm_control(batch_size = TRUE), "count"),
    refused(rbm_control(learning_rate = 0), "number"),
    refused(rbm_control(learning_rate = -0.1), "number"),
    refused(rbm_control(learning_rate = Inf), "number"),
    refused(rbm_control(learning_rate = NULL), "number"),
    refused(rbm_control(learning_rate = c(0.1, 0.2)), "number"),
    refused(rbm_control(momentum = 1), "number"),
    refused(rbm_control(momentum = -0.5), "number"),
    refused(rbm_control(momentum = "0.5"), "number"),
    refused(rbm_control(weight_decay = -1), "number"),
    refused(rbm_control(weight_decay = NaN), "number"),
    refused(rbm_control(init_sd = -1), "number"),
    refused(rbm_control(init_sd = NA), "number"),
    refused(rbm_control(evaluate_every = -1), "count"),
    refused(rbm_control(evaluate_every = NA), "count"),
    refused(rbm_control(threads = 0), "count"),
    refused(rbm_control(threads = 1.5), "count")
  ))
})

test_that("unknown settings are refused with the nearest known name", {
  x <- diag(2)
  expect_said(c(
    refused(rbm_control(0.1), "unnamed"),
    refused(rbm_control(k = 1, 0.1), "unnamed"),
    refused(rbm_control(learning_rat = 0.1), "unknown"),
    refused(rbm_control(epoch = 3), "unknown"),
    refused(rbm_control(K = 3), "unknown"),
    refused(rbm_fit(x, 2, 5), "unnamed"),
    refused(rbm_fit(x, 2, learningrate = 0.1), "unknown"),
    refused(rbm_fit(x, 2, lr = 0.1), "unknown"),
    refused(rbm_fit(x, 2, rate = 0.1), "unknown"),
    refused(rbm_fit(x, 2, optimizer = "sgd"), "unknown"),
    refused(rbm_fit(x, 2, n_hidden = 3), "unknown"),
    refused(rbm_fit(x, 2, keepx = TRUE), "unknown"),
    refused(rbm_fit(x, 2, batchsize = 1, epoch = 3), "unknown")
  ))
})

test_that("`control` is what rbm_control() gives, or nothing", {
  x <- diag(2)
  expect_said(c(
    refused(rbm_fit(x, 2, control = list(k = 2)), "control"),
    refused(rbm_fit(x, 2, control = "cd"), "control"),
    refused(rbm_fit(x, 2, control = rbm_control(), epochs = 2, k = 1),
            "control_twice"),
    refused(rbm_fit(x, 2, control = rbm_control(), 5), "unnamed"),
    refused(rbm_fit(x, 2, control = rbm_control(), lr = 5), "unknown")
  ))
})
