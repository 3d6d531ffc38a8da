test_that("settings are kept as the types that C reads", {
  expect_identical(
    unclass(rbm_control()),
    list(estimator = NULL, k = NULL, chains = NULL, temperatures = 10L,
         max_sweeps = 1000L, fast_rate = NULL, fast_decay = 0.95,
         parameterisation = "centred", offset_rate = 0.01, epochs = NULL,
         batch_size = NULL, optimiser = NULL, learning_rate = NULL,
         schedule = NULL, decay = 0.1, momentum = 0.5, beta1 = 0.9,
         beta2 = 0.999, epsilon = 1e-8, weight_decay = NULL, l1 = 0,
         max_norm = Inf, sparsity_target = 0.1, sparsity_cost = 0,
         init_sd = 0.01, evaluate_every = 0L, monitor_every = NULL,
         patience = Inf, checkpoint_every = 1L, average = NULL, starts = NULL,
         threads = NULL)
  )
  control <- rbm_control(
    estimator = "fpcd", k = 5, chains = 30, temperatures = 4, max_sweeps = 50L,
    fast_rate = 0L, fast_decay = 0L, parameterisation = "plain",
    offset_rate = 1L, epochs = 3L, batch_size = 1e3, optimiser = "adam",
    learning_rate = 1L, schedule = "inverse", decay = 0L, momentum = 0,
    beta1 = 0L, beta2 = 0L, epsilon = 1L, weight_decay = 1L, l1 = 1L,
    max_norm = 2L, sparsity_target = 1L, sparsity_cost = 1L, init_sd = 0L,
    evaluate_every = 7, monitor_every = 3, patience = 4, checkpoint_every = 2,
    average = TRUE, starts = 3, threads = 2
  )
  expect_s3_class(control, "rbm_control", exact = TRUE)
  expect_identical(
    unclass(control),
    list(estimator = "fpcd", k = 5L, chains = 30L, temperatures = 4L,
         max_sweeps = 50L, fast_rate = 0, fast_decay = 0,
         parameterisation = "plain", offset_rate = 1, epochs = 3L,
         batch_size = 1000L, optimiser = "adam", learning_rate = 1,
         schedule = "inverse", decay = 0, momentum = 0, beta1 = 0, beta2 = 0,
         epsilon = 1, weight_decay = 1, l1 = 1, max_norm = 2,
         sparsity_target = 1, sparsity_cost = 1, init_sd = 0,
         evaluate_every = 7L, monitor_every = 3L, patience = 4L,
         checkpoint_every = 2L, average = TRUE, starts = 3L, threads = 2L)
  )
})

test_that("what is left open is chosen by the data, the rest kept", {
  choose <- function(n, ...) choose_settings(rbm_control(...), n)
  optional <- names(Filter(is.null, rbm_control()))
  for (estimator in .Call(ffi_kinds)$estimator) {
    for (n in c(1, 5, 1000, 1e6)) {
      chosen <- choose(n, estimator = estimator)
      expect_identical(names(Filter(is.null, chosen)),
                       c("monitor_every", "threads"))
      expect_lte(chosen$batch_size, n)
      # What is chosen would have been taken.
      expect_identical(unclass(do.call(rbm_control, unclass(chosen))),
                       unclass(chosen))
      # And stays where it is given.
      expect_identical(choose_settings(chosen, n), chosen)
    }
  }
  given <- list(estimator = "mf", k = 3L, chains = 7L, fast_rate = 0.5,
                epochs = 2L, batch_size = 8L, optimiser = "nesterov",
                learning_rate = 0.3, schedule = "constant",
                weight_decay = 0.01, average = TRUE, starts = 2L,
                monitor_every = 4L)
  expect_setequal(c(names(given), "threads"), optional)
  expect_identical(
    unclass(choose_settings(do.call(rbm_control, given), 100))[names(given)],
    given
  )
  # Where all is left open, rates are larger and parameters averaged.
  silent <- function(hidden, automatic) {
    choose_settings(rbm_control(), 1999, hidden = hidden,
                    automatic = automatic)
  }
  tempered <- silent(45, "pt")
  expect_identical(
    tempered[c("estimator", "temperatures", "k", "chains", "average")],
    list(estimator = "pt", temperatures = 20L, k = 1L, chains = 20L,
         average = TRUE)
  )
  expect_equal(tempered$learning_rate, 2 * 0.1 * 0.2^(1 / 4))
  expect_equal(silent(5, "pt")$learning_rate, 3 * 0.1 * 0.2^(1 / 4))
  # Plain chains come first where a likelihood can tell that they fail.
  ten <- matrix(0:1, 10, 4)
  expect_identical(first_chains(as_cases(ten), 5), "pcd")
  expect_identical(first_chains(as_cases(ten[1:9, ]), 5), "pt")
  expect_identical(first_chains(as_cases(ten / 2), 5), "pt")
  expect_identical(first_chains(as_cases(ten / 2), 5001), "pcd")
  plain <- silent(45, "pcd")
  expect_identical(plain[c("estimator", "k", "chains", "average")],
                   list(estimator = "pcd", k = 5L, chains = 20L,
                        average = TRUE))
  expect_identical(plain$learning_rate, tempered$learning_rate)
  expect_equal(silent(200, "pcd")$learning_rate, 0.1 * 0.2^(1 / 4))
  many <- function(...) choose_settings(rbm_control(), 2e4, hidden = 50, ...)
  expect_identical(many(automatic = "pcd")$epochs, 2L * many()$epochs)
  # As the help says.
  sweeps <- function(estimator) choose(1999, estimator = estimator)$k
  expect_identical(sweeps("pcd"), 5L)
  expect_identical(sweeps("fpcd"), 5L)
  expect_identical(sweeps("mf"), 10L)
  expect_identical(sweeps("cd"), 1L)
  small <- choose(1999)[c("batch_size", "chains", "epochs", "schedule")]
  expect_identical(small, list(batch_size = 20L, chains = 20L, epochs = 50L,
                               schedule = "linear"))
  expect_equal(choose(1999)$learning_rate, 0.1 * 0.2^(1 / 4))
  large <- choose(20000)[c("batch_size", "chains", "epochs", "learning_rate")]
  expect_identical(large, list(batch_size = 100L, chains = 100L, epochs = 50L,
                               learning_rate = 0.1))
  expect_lt(choose(1000, optimiser = "adam")$learning_rate,
            choose(1000)$learning_rate)
})

test_that("choices are the names in C's tables", {
  kinds <- .Call(harmonium:::ffi_kinds)
  expect_identical(
    kinds$unit, c("binary", "binomial", "categorical", "ordinal", "ordinal2",
                  "count", "poisson", "gaussian", "normal", "relu")
  )
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
    refused(rbm_control(estimator = "vcd"), "choice"),
    refused(rbm_control(estimator = c("cd", "pcd")), "choice"),
    refused(rbm_control(estimator = NA), "choice"),
    refused(rbm_control(k = 0), "count"),
    refused(rbm_control(monitor_every = 0), "count"),
    refused(rbm_control(k = 1.5), "count"),
    refused(rbm_control(k = 2^24), "count"),
    refused(rbm_control(chains = 0), "count"),
    refused(rbm_control(chains = 2^20 + 1), "count"),
    refused(rbm_control(chains = "a"), "count"),
    refused(rbm_control(temperatures = 1), "count"),
    refused(rbm_control(temperatures = 1001), "count"),
    refused(rbm_control(temperatures = NULL), "count"),
    refused(rbm_control(max_sweeps = 0), "count"),
    refused(rbm_control(max_sweeps = Inf), "count"),
    refused(rbm_control(fast_rate = -1), "number"),
    refused(rbm_control(fast_rate = "a"), "number"),
    refused(rbm_control(fast_decay = 1), "number"),
    refused(rbm_control(fast_decay = NULL), "number"),
    refused(rbm_control(parameterisation = "centered"), "choice"),
    refused(rbm_control(parameterisation = NULL), "choice"),
    refused(rbm_control(offset_rate = -0.1), "number"),
    refused(rbm_control(offset_rate = 1.1), "number"),
    refused(rbm_control(offset_rate = TRUE), "number"),
    refused(rbm_control(epochs = 0), "count"),
    refused(rbm_control(epochs = "a"), "count"),
    refused(rbm_control(epochs = 2^31), "count"),
    refused(rbm_control(batch_size = -1), "count"),
    refused(rbm_control(batch_size = NA), "count"),
    refused(rbm_control(batch_size = TRUE), "count"),
    refused(rbm_control(optimiser = "rprop"), "choice"),
    refused(rbm_control(optimiser = c("sgd", "rprop")), "choice"),
    refused(rbm_control(learning_rate = 0), "number"),
    refused(rbm_control(learning_rate = -0.1), "number"),
    refused(rbm_control(learning_rate = Inf), "number"),
    refused(rbm_control(learning_rate = c(0.1, 0.2)), "number"),
    refused(rbm_control(schedule = "step"), "schedule"),
    refused(rbm_control(schedule = 0.1), "schedule"),
    refused(rbm_control(decay = -1), "number"),
    refused(rbm_control(decay = Inf), "number"),
    refused(rbm_control(momentum = 1), "number"),
    refused(rbm_control(momentum = -0.5), "number"),
    refused(rbm_control(momentum = "0.5"), "number"),
    refused(rbm_control(beta1 = 1), "number"),
    refused(rbm_control(beta2 = 1), "number"),
    refused(rbm_control(beta2 = NA), "number"),
    refused(rbm_control(epsilon = 0), "number"),
    refused(rbm_control(epsilon = "a"), "number"),
    refused(rbm_control(weight_decay = -1), "number"),
    refused(rbm_control(weight_decay = NaN), "number"),
    refused(rbm_control(l1 = -1), "number"),
    refused(rbm_control(l1 = NULL), "number"),
    refused(rbm_control(max_norm = 0), "number"),
    refused(rbm_control(max_norm = -Inf), "number"),
    refused(rbm_control(max_norm = "a"), "number"),
    refused(rbm_control(sparsity_target = -0.1), "number"),
    refused(rbm_control(sparsity_target = 1.5), "number"),
    refused(rbm_control(sparsity_cost = -1), "number"),
    refused(rbm_control(sparsity_cost = NA), "number"),
    refused(rbm_control(init_sd = -1), "number"),
    refused(rbm_control(init_sd = NA), "number"),
    refused(rbm_control(evaluate_every = -1), "count"),
    refused(rbm_control(evaluate_every = NA), "count"),
    refused(rbm_control(patience = 0), "count"),
    refused(rbm_control(patience = 2.5), "count"),
    refused(rbm_control(patience = -Inf), "count"),
    refused(rbm_control(patience = NULL), "count"),
    refused(rbm_control(checkpoint_every = 0), "count"),
    refused(rbm_control(checkpoint_every = Inf), "count"),
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
    refused(rbm_fit(x, 2, seed = 1), "unknown"),
    refused(rbm_fit(x, hiden = 3), "unknown"),
    refused(rbm_fit(data = x, n_hidden = 3), "unknown"),
    refused(rbm_fit(x, 2, lambda = 1), "unknown"),
    refused(rbm_fit(x, 2, weights = 1), "weights_cases"),
    refused(rbm_control(weights = 1), "unknown"),
    refused(rbm_fit(x, 2, nthreads = 1), "unknown"),
    refused(rbm_fit(x, 2, n_iter = 1), "unknown"),
    refused(rbm_fit(x, 2, qwerty = 1), "unknown"),
    refused(rbm_fit(a ~ b, data = x), "formula"),
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

test_that("estimators that the data or the machine cannot have are refused", {
  x <- matrix(0, 3, 26)
  expect_said(c(
    refused(rbm_fit(x, 30, estimator = "exact"), "exact_fit"),
    refused(rbm_fit(x + 0.5, 2, estimator = "pl"), "pl_intensities"),
    refused(rbm_fit(x, 2, patience = 3), "patience"),
    refused(rbm_fit(x + 0.5, 2, evaluate_every = 1), "evaluate")
  ))
})

test_that("epochs make some ten thousand updates, and are 5 to 2500", {
  epochs <- function(n) {
    harmonium:::choose_settings(rbm_control(), n)$epochs
  }
  expect_identical(vapply(c(1, 20, 40, 60, 1999, 2000, 1e6), epochs, 1L),
                   c(2500L, 2500L, 2500L, 1667L, 50L, 500L, 5L))
})
