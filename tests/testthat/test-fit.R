# Settings of plain contrastive divergence, on top of which a test says what it
# is about.
plain_control <- function(...) {
  settings <- list(estimator = "cd", optimiser = "sgd", weight_decay = 0,
                   parameterisation = "plain", k = 1,
                   epochs = 50, batch_size = 20, chains = 5,
                   learning_rate = 0.05, momentum = 0.5,
                   schedule = "constant", fast_rate = 0.01)
  do.call(rbm_control, utils::modifyList(settings, list(...)))
}

# What a fit may be off from its twin in double. In each step a mean of each
# phase may go to the next multiple of 2^-16, of which momentum carries 1 / (1 -
# momentum). Adam divides by the root of the gradient's square, some 0.1 here.
twin_error <- function(control, n) {
  steps <- control$epochs * ceiling(n / control$batch_size)
  far <- if (control$optimiser == "adam") 10 else 1 / (1 - control$momentum)
  2e-6 + steps * control$learning_rate * far * 2 * 2^-16
}

expect_twin <- function(x, hidden, control) {
  force(x)
  key <- next_key()
  fit <- rbm_fit(x, hidden, control = control)
  control$batch_size <- min(control$batch_size, nrow(x))
  twin <- twin_fit(x, hidden, key, control)
  expect_identical(fit$training$key, key)
  near <- twin_error(control, nrow(x))
  expect_close(fit$W, twin$model$W, near)
  expect_close(fit$b, twin$model$b, near)
  expect_close(fit$c, twin$model$c, near)
  for (column in names(twin$history)) {
    expect_close(fit$training$history[[column]], twin$history[[column]], near)
  }
}

test_that("a whole short fit equals its R twin, random numbers and all", {
  set.seed(1)
  settings <- list(
    plain_control(epochs = 2, batch_size = 3, momentum = 0.7,
                  weight_decay = 0.02, learning_rate = 0.3, init_sd = 0.5),
    plain_control(epochs = 3, batch_size = 100, momentum = 0.9, k = 2),
    plain_control(epochs = 2, batch_size = 1, momentum = 0, k = 3,
                  weight_decay = 0.1, learning_rate = 0.05, init_sd = 1)
  )
  for (shape in list(c(6, 4), c(66, 17), c(1, 1))) {
    for (control in settings) {
      for (x in list(random_bits(10, shape[1L]),
                     random_intensities(10, shape[1L]))) {
        expect_twin(x, shape[2L], control)
      }
    }
  }
})

test_that("so does one with centred units, whatever the rule of its steps", {
  set.seed(31)
  for (shape in list(c(6, 4), c(66, 33))) {
    for (way in c("plain", "centred", "enhanced")) {
      for (rule in c("sgd", "nesterov", "adam")) {
        for (estimator in c("cd", "pcd")) {
          expect_twin(random_bits(10, shape[1L]), shape[2L], plain_control(
            epochs = 2, batch_size = 4, parameterisation = way, init_sd = 0.3,
            optimiser = rule, estimator = estimator, offset_rate = 0.2,
            learning_rate = if (rule == "adam") 0.02 else 0.2,
            weight_decay = 0.01
          ))
        }
      }
    }
  }
})

test_that("penalties, the limit of norms and the pull to a target too", {
  set.seed(32)
  for (way in c("plain", "centred")) {
    for (more in list(list(l1 = 0.05), list(max_norm = 0.8),
                      list(sparsity_cost = 0.5, sparsity_target = 0.2))) {
      control <- c(list(epochs = 3, batch_size = 4, parameterisation = way,
                        init_sd = 0.3, learning_rate = 0.2), more)
      expect_twin(random_bits(10, 40), 35, do.call(plain_control, control))
    }
  }
})

test_that("a fit keeps its settings, its data and its history", {
  set.seed(2)
  x <- random_bits(12, 6)
  colnames(x) <- paste0("item", 1:6)
  fit <- rbm_fit(x, 3, epochs = 4, learning_rate = 0.2,
                 schedule = "constant", image_dim = c(2, 3))
  expect_s3_class(fit, "rbm", exact = TRUE)
  expect_identical(dimnames(fit$W), list(colnames(x), c("h1", "h2", "h3")))
  expect_identical(names(fit$b), colnames(x))
  expect_identical(names(fit$c), c("h1", "h2", "h3"))
  expect_identical(fit$image_dim, c(2L, 3L))
  expect_identical(fit$x, x)
  training <- fit$training
  expect_setequal(names(training),
                  c("call", "n", "hidden", "control", "settings", "history",
                    "stopped", "seconds", "best_epoch", "monitored", "key",
                    "base_log_odds", "independent_log_lik", "held_out", "data",
                    "chains",
                    "state", "pilots"))
  expect_identical(training$call[[1L]], quote(rbm_fit))
  expect_identical(training$n, 12L)
  expect_identical(training$hidden, 3L)
  expect_identical(training$monitored, 12L)
  expect_identical(training$control,
                   rbm_control(epochs = 4, learning_rate = 0.2,
                               schedule = "constant"))
  expect_identical(training$stopped, "epochs")
  history <- training$history
  expect_s3_class(history, "data.frame", exact = TRUE)
  expect_named(history, c("epoch", "seconds", "learning_rate",
                          "reconstruction_error", "pseudo_log_lik",
                          "pseudo_log_lik_se", "log_lik", "log_lik_se",
                          "valid_pseudo_log_lik", "free_energy_gap",
                          "valid_log_lik", "valid_log_lik_se", "valid_accuracy",
                          "valid_calibration", "weight_norm",
                          "step_norm", "hidden_activity",
                          "chain_rhat", "chain_ess", "chain_autocorrelation",
                          "swap_rate", "meeting_time", "unmet"))
  expect_identical(history$epoch, 1:4)
  expect_identical(history$learning_rate, rep(0.2, 4))
  expect_identical(history$pseudo_log_lik_se, numeric(4))
  expect_false(is.unsorted(history$seconds))
  expect_identical(history$seconds[4L], training$seconds)
  expect_null(rbm_fit(x, 3, epochs = 1, keep_x = FALSE)$x)
})

test_that("nobs() counts the cases", {
  set.seed(3)
  fit <- rbm_fit(random_bits(7, 3), 2, epochs = 1)
  expect_identical(nobs(fit), 7L)
  expect_said(c(
    refused(nobs(rbm(fit$W)), "untrained"),
    refused(nobs(fit, use.fallback = TRUE), "dots")
  ))
})

test_that("a fit is silent where nobody looks on", {
  skip_if(interactive())
  set.seed(4)
  expect_silent(rbm_fit(diag(3), 2, epochs = 2, verbose = TRUE))
  expect_silent(rbm_fit(diag(3), 2, epochs = 2, verbose = FALSE))
})

test_that("training gains on the digits", {
  set.seed(5)
  x <- digits8$x[1:400, ] > 0.5
  fit <- rbm_fit(x, 32, epochs = 60, threads = 2)
  history <- fit$training$history
  p <- colMeans(x)
  own <- p[p > 0 & p < 1] # constant columns add nothing
  alone <- sum(own * log(own) + (1 - own) * log(1 - own))
  expect_equal(fit$training$independent_log_lik, alone)
  expect_gt(history$pseudo_log_lik[60L], alone + 5)
  expect_lt(history$reconstruction_error[60L],
            0.7 * history$reconstruction_error[1L])
})

# Seeds ------------------------------------------------------------------------

seeded <- function(seed, ...) {
  set.seed(seed)
  rbm_fit(...)
}

# At the same rate in every epoch, however many there are.
steady <- function(...) seeded(..., schedule = "constant")

test_that("a fit of more epochs goes through the shorter ones", {
  set.seed(6)
  x <- random_bits(11, 5)
  long <- steady(7, x, 4, epochs = 6, batch_size = 4)
  seen <- list()
  steady(7, x, 4, epochs = 6, batch_size = 4, callback = function(info) {
    seen[[info$epoch]] <<- info$model()
  })
  for (epochs in c(1, 3, 6)) {
    short <- steady(7, x, 4, epochs = epochs, batch_size = 4)
    expect_identical(coef(seen[[epochs]]), coef(short))
    expect_identical(seen[[epochs]]$training$history[-2L],
                     short$training$history[-2L])
    expect_identical(short$training$history[-2L],
                     long$training$history[seq_len(epochs), -2L])
  }
})

# Callbacks --------------------------------------------------------------------

test_that("a callback sees every epoch and changes nothing", {
  set.seed(8)
  x <- random_bits(9, 4)
  rows <- list()
  look <- function(info) {
    rows[[info$epoch]] <<- as.data.frame(info[names(info) != "model"])
    expect_s3_class(info$model(), "rbm")
    expect_identical(nrow(info$model()$training$history), info$epoch)
    runif(3)
    if (info$epoch == 2L) NA else if (info$epoch == 3L) "go on"
  }
  with_look <- seeded(9, x, 3, epochs = 4, callback = look)
  without <- seeded(9, x, 3, epochs = 4)
  expect_identical(coef(with_look), coef(without))
  expect_identical(with_look$training$stopped, "epochs")
  expect_equal(do.call(rbind, rows), with_look$training$history)
})

test_that("a callback that returns FALSE ends the training", {
  set.seed(10)
  x <- random_bits(9, 4)
  short <- steady(11, x, 3, epochs = 8, callback = function(info) {
    info$epoch < 3
  })
  expect_identical(short$training$stopped, "callback")
  expect_identical(coef(short), coef(steady(11, x, 3, epochs = 3)))
  expect_identical(short$training$history$epoch, 1:3)
  # How many epochs there could have been costs nothing.
  one <- steady(11, x, 3, epochs = 2^31 - 1, callback = function(info) FALSE)
  expect_identical(nrow(one$training$history), 1L)
})

test_that("an error in a callback carries the model so far", {
  set.seed(12)
  x <- random_bits(9, 4)
  error <- expect_error(
    steady(13, x, 3, epochs = 8, callback = function(info) {
      if (info$epoch == 2) stop("no more paper")
    }),
    class = "harmonium_error_callback"
  )
  expect_s3_class(error, "harmonium_error")
  expect_identical(error$epoch, 2L)
  expect_identical(coef(error$model), coef(steady(13, x, 3, epochs = 2)))
  expect_identical(conditionMessage(error$parent), "no more paper")
  expect_said(conditionMessage(error))
})

# Divergence -------------------------------------------------------------------

test_that("a learning rate of 1e6 ends with the last finite model", {
  set.seed(14)
  for (x in list(random_bits(20, 6), random_intensities(20, 6))) {
    error <- expect_error(seeded(15, x, 3, learning_rate = 1e6, epochs = 5),
                          class = "harmonium_diverged")
    expect_s3_class(error, "harmonium_error_diverged")
    expect_s3_class(error, "harmonium_error")
    expect_identical(error$epoch, 1L)
    expect_s3_class(error$model, "rbm")
    expect_true(all(is.finite(unlist(coef(error$model)))))
    expect_identical(nrow(error$model$training$history), 0L)
    expect_true(all(is.finite(rbm_hidden(error$model, x))))
    expect_output(print(error$model), "0 of 5 epochs")
    expect_output(print(summary(error$model)), "0 of 5 epochs")
  }
  expect_said(conditionMessage(error))
})

test_that("late divergence gives the model of the epoch before", {
  set.seed(16)
  x <- random_bits(20, 6)
  fit <- function(epochs) {
    suppressWarnings(
      steady(17, x, 3, learning_rate = 200, momentum = 0.99,
             epochs = epochs, batch_size = 20),
      classes = "harmonium_warning_lost"
    )
  }
  error <- expect_error(fit(1000), class = "harmonium_diverged")
  expect_gt(error$epoch, 2L)
  before <- fit(error$epoch - 1)
  expect_identical(coef(error$model), coef(before))
  expect_identical(error$model$training$history[-2L],
                   before$training$history[-2L])
  expect_true(all(abs(unlist(coef(error$model))) <= 1e4))
})

test_that("a model far worse than independent units comes with a warning", {
  set.seed(27)
  x <- random_bits(20, 6)
  warning <- expect_warning(
    fit <- seeded(28, x, 3, learning_rate = 100, epochs = 3, batch_size = 5),
    class = "harmonium_warning_lost"
  )
  expect_s3_class(warning, "harmonium_warning")
  expect_s3_class(fit, "rbm")
  expect_true(all(is.finite(unlist(coef(fit)))))
  expect_output(print(fit), "WORSE than independent units")
})

test_that("the likelihood is found along the way, and changes nothing", {
  set.seed(29)
  x <- random_bits(15, 6)
  fit <- steady(30, x, 4, epochs = 5, evaluate_every = 2)
  plain <- steady(30, x, 4, epochs = 5)
  expect_identical(coef(fit), coef(plain))
  history <- fit$training$history
  expect_identical(is.na(history$log_lik), c(TRUE, FALSE, TRUE, FALSE, FALSE))
  expect_near(history$log_lik[5L], mean(log_lik(fit, x)))
  expect_identical(history$log_lik_se[c(2L, 4L, 5L)], numeric(3))
  at_two <- steady(30, x, 4, epochs = 2)
  expect_near(history$log_lik[2L], mean(log_lik(at_two, x)))
  expect_true(all(is.na(plain$training$history$log_lik)))
  expect_said(refused(rbm_fit(x / 2, 4, evaluate_every = 1), "evaluate"))
})

# Updating ---------------------------------------------------------------------

test_that("a whole number as `init` is a seed of the start alone", {
  x <- random_bits(10, 4)
  start <- function(init, seed) {
    set.seed(seed)
    rbm_fit(x, 3, init = init, epochs = 1, learning_rate = 1e-9)$W
  }
  expect_equal(start(7, 1), start(7, 2), tolerance = 1e-6)
  expect_gt(max(abs(start(7, 1) - start(8, 1))), 1e-3)
  expect_identical(start(7, 1), start(7, 1))
})

test_that("a single case can be held out, or a single one kept", {
  x <- random_bits(10, 4)
  held <- function(share) {
    length(rbm_fit(x, 2, epochs = 1, validation = share)$training$held_out)
  }
  expect_identical(held(0.1), 1L)
  expect_identical(held(0.9), 9L)
  for (share in c(0, 0.04, 0.96, 1)) {
    refused(rbm_fit(x, 2, validation = share), "validation")
  }
  refused(rbm_fit(x, 2, validation = .Machine$integer.max), "validation")
})

test_that("update() fits again with some arguments changed", {
  set.seed(18)
  x <- random_bits(9, 4)
  fit <- rbm_fit(x, 3, epochs = 2, image_dim = c(2, 2))
  changed <- function(...) {
    set.seed(19)
    update(fit, ...)
  }
  expect_identical(coef(changed()),
                   coef(seeded(19, x, 3, epochs = 2)))
  again <- changed(hidden = 5, learning_rate = 0.4)
  expect_identical(
    coef(again), coef(seeded(19, x, 5, epochs = 2, learning_rate = 0.4))
  )
  expect_identical(again$image_dim, c(2L, 2L))
  expect_identical(
    again$training$call,
    quote(rbm_fit(x = x, hidden = 5, epochs = 2, image_dim = c(2, 2),
                  learning_rate = 0.4))
  )
  expect_null(changed(image_dim = NULL)$image_dim)
  expect_null(changed(keep_x = FALSE)$x)
  expect_identical(changed(callback = function(info) FALSE)$training$stopped,
                   "callback")
})

test_that("update() changes settings wherever they came from", {
  set.seed(20)
  x <- random_bits(9, 4)
  direct <- rbm_fit(x, 3, epochs = 2, k = 2, threads = 1)
  control <- rbm_fit(x, 3, control = rbm_control(epochs = 2, k = 2,
                                                 threads = 1))
  for (fit in list(direct, control)) {
    more <- update(fit, epochs = 3)$training$control
    expect_identical(more, rbm_control(epochs = 3, k = 2, threads = 1))
    free <- update(fit, threads = NULL)$training$control
    expect_identical(free, rbm_control(epochs = 2, k = 2))
    new <- update(fit, control = rbm_control(epochs = 1))$training$control
    expect_identical(new, rbm_control(epochs = 1))
  }
  expect_identical(
    update(direct, control = rbm_control(k = 3), evaluate = FALSE),
    quote(rbm_fit(x = x, hidden = 3, control = rbm_control(k = 3)))
  )
  # What is shown is a call that gives the same fit.
  for (fit in list(direct, control)) {
    call <- update(fit, learning_rate = 0.3, evaluate = FALSE)
    expect_true(is.call(call))
    set.seed(21)
    one <- eval(call)
    set.seed(21)
    expect_identical(coef(update(fit, learning_rate = 0.3)), coef(one))
  }
})

test_that("update() uses the data that the model keeps, or those it is given", {
  set.seed(22)
  x <- random_bits(9, 4)
  other <- random_bits(5, 4)
  fit <- rbm_fit(x, 3, epochs = 2)
  careless <- rbm_fit(x, 3, epochs = 2, keep_x = FALSE)
  kept <- x
  expected <- coef(seeded(23, kept, 3, epochs = 2))
  x <- other
  set.seed(23)
  expect_identical(coef(update(fit)), expected)
  rm(x)
  set.seed(23)
  again <- update(fit)
  expect_identical(coef(again), expected)
  expect_identical(again$x, kept)
  set.seed(23)
  new <- update(again, x = other)
  expect_identical(coef(new), coef(seeded(23, other, 3, epochs = 2)))
  expect_identical(nobs(new), 5L)
  expect_identical(new$x, other)
  # A model that keeps no data looks them up where update() is called.
  x <- other
  set.seed(23)
  expect_identical(coef(update(careless)), coef(new))
  expect_null(update(careless)$x)
})

test_that("update() does not mistake its own names for the user's", {
  set.seed(24)
  data <- list(x = random_bits(6, 6), n = 2, dim = c(2, 3))
  fit <- rbm_fit(data$x, data$n, image_dim = data$dim, epochs = 1)
  expect_identical(update(fit)$image_dim, c(2L, 3L))
  object <- 4
  call <- 7
  expect_identical(ncol(update(fit, hidden = object)$W), 4L)
  expect_identical(ncol(update(fit, hidden = call)$W), 7L)
})

test_that("update() works far from where the fit was made", {
  set.seed(25)
  x <- random_bits(6, 3)
  fits <- lapply(2:3, function(h) rbm_fit(x, h, epochs = 1))
  expect_identical(ncol(update(fits[[1L]], epochs = 2)$W), 2L)
  expect_identical(vapply(fits, function(one) ncol(update(one)$W), 0L), 2:3)
  made <- do.call(rbm_fit, list(x, 4, epochs = 1))
  expect_identical(ncol(update(made)$W), 4L)
  error <- tryCatch(rbm_fit(x, 2, learning_rate = 1e6), error = identity)
  expect_s3_class(update(error$model, learning_rate = 0.1, epochs = 1), "rbm")
})

test_that("update() refuses what it cannot do", {
  set.seed(26)
  fit <- rbm_fit(diag(3), 2, epochs = 1)
  expect_said(c(
    refused(update(rbm(fit$W)), "untrained"),
    refused(update(fit, 5), "unnamed"),
    refused(update(fit, lr = 5), "unknown"),
    refused(update(fit, hiden = 5), "unknown"),
    refused(update(fit, evaluate = NA), "flag"),
    refused(update(fit, hidden = 0), "count"),
    refused(update(fit, x = diag(3) + NA), "column_empty"),
    refused(update(fit, control = rbm_control(), k = 2), "control_twice"),
    refused(update(fit, control = rbm_control(), k = quote(a)), "control_twice")
  ))
})

# Bars and stripes -------------------------------------------------------------

# The mean log-likelihood of a row, over other seeds than the test's:
#   CD-1, seeds 1 to 20:   median -2.738, from -2.948 to -2.687; 10 % were below
#                          -2.825, so the median of five has a margin of 0.1
#   CD-10, seeds 1 to 12:  median -2.681, from -2.717 to -2.645; 10 % were below
#                          -2.699, so the median of five has a margin of 0.02
# For CD-10 each batch is all 16 rows, which leaves the chains as the only
# noise.
test_that("bars and stripes are learned", {
  x <- bars_and_stripes()
  optimum <- 12 / 16 * log(1 / 16) + 4 / 16 * log(2 / 16)
  expect_equal(optimum, -2.599302, tolerance = 1e-6)
  reached <- function(copies, ...) {
    stats::median(vapply(21:25, function(seed) {
      fit <- seeded(seed, x[rep(1:16, copies), ], 9, keep_x = FALSE,
                    control = plain_control(init_sd = 0.1, threads = 1, ...))
      mean(log_lik(fit, x))
    }, 0))
  }
  one <- reached(50, k = 1, epochs = 300, batch_size = 32, momentum = 0.5,
                 learning_rate = 0.15, weight_decay = 3e-4)
  ten <- reached(1, k = 10, epochs = 15000, batch_size = 16, momentum = 0,
                 learning_rate = 0.096, weight_decay = 1e-4)
  expect_gt(one, -2.85)
  expect_gt(ten, -2.70)
  expect_true(all(c(one, ten) < optimum))
})

test_that("data that may lie on their side are told of", {
  x <- random_bits(20, 600)
  expect_message(rbm_fit(x, 1, epochs = 1, verbose = FALSE),
                 "20 cases of 600 columns; cases go in rows",
                 class = "harmonium_message_sides")
  expect_message(rbm_fit(as.data.frame(x > 0), 1, epochs = 1),
                 class = "harmonium_message_sides")
  expect_silent(rbm_fit(random_bits(80, 600), 1, epochs = 1))
  expect_silent(rbm_fit(random_bits(4, 300), 1, epochs = 1))
})
