test_that("rbm() keeps what it is given, and fills in zeros", {
  W <- matrix(c(1, -2, 3, 0.5, 0, 1), 3)
  model <- rbm(W, b = 1:3, c = c(0.5, -0.5), image_dim = c(1, 3))
  expect_s3_class(model, "rbm", exact = TRUE)
  expect_named(model, c("W", "b", "c", "units", "image_dim", "training", "x"))
  expect_identical(unclass(coef(model)),
                   list(W = W, b = c(1, 2, 3), c = c(0.5, -0.5)))
  expect_identical(model$image_dim, c(1L, 3L))
  expect_identical(model$units, c(visible = "binary", hidden = "binary"))
  expect_null(model$training)
  expect_null(model$x)
  expect_identical(unclass(coef(rbm(W))),
                   list(W = W, b = numeric(3), c = numeric(2)))
  expect_identical(coef(rbm(matrix(1:2, 1)))$W, matrix(c(1, 2), 1))
  expect_identical(dim(rbm(matrix(1))$W), c(1L, 1L))
})

test_that("units are named by W, or else by the biases", {
  W <- matrix(0, 2, 3, dimnames = list(c("a", "b"), c("x", "y", "z")))
  model <- rbm(W, b = c(1, 2), c = c(x = 1, y = 2, z = 3))
  expect_identical(names(model$b), c("a", "b"))
  expect_identical(names(model$c), c("x", "y", "z"))
  model <- rbm(unname(W), b = c(a = 1, b = 2))
  expect_identical(dimnames(model$W), list(c("a", "b"), NULL))
  expect_identical(names(model$c), NULL)
  model <- rbm(unname(W), c = c(x = 1, y = 2, z = 3))
  expect_identical(dimnames(model$W), list(NULL, c("x", "y", "z")))
  expect_null(dimnames(rbm(unname(W))$W))
})

test_that("wrong parameters are refused", {
  W <- matrix(0, 3, 2, dimnames = list(c("p", "q", "r"), c("h1", "h2")))
  expect_said(c(
    refused(rbm(), "absent"),
    refused(rbm(1:3), "weights"),
    refused(rbm(NULL), "weights"),
    refused(rbm(as.data.frame(W)), "weights"),
    refused(rbm(W == 0), "weights"),
    refused(rbm(matrix("a")), "weights"),
    refused(rbm(matrix(0, 0, 2)), "weights_empty"),
    refused(rbm(matrix(0, 2, 0)), "weights_empty"),
    refused(rbm(W + NA), "weights_finite"),
    refused(rbm(W + c(0, 0, Inf)), "weights_finite"),
    refused(rbm(W, b = 1), "bias"),
    refused(rbm(W, b = c(1, 2, NA)), "bias"),
    refused(rbm(W, b = c("a", "b", "c")), "bias"),
    refused(rbm(W, c = 1:3), "bias"),
    refused(rbm(W, c = c(0, -Inf)), "bias"),
    refused(rbm(W, c = list(0, 0)), "bias"),
    refused(rbm(W, b = c(p = 1, r = 2, q = 3)), "bias_names"),
    refused(rbm(W, c = c(a = 1, b = 2)), "bias_names"),
    refused(rbm(W, image_dim = 3), "image_dim"),
    refused(rbm(W, image_dim = c(2, 2)), "image_dim"),
    refused(rbm(W, image_dim = c(1.5, 2)), "image_dim"),
    refused(rbm(W, image_dim = c(-1, -3)), "image_dim"),
    refused(rbm(W, image_dim = c(NA, 3)), "image_dim"),
    refused(rbm(W, image_dim = "3x1"), "image_dim"),
    refused(coef(rbm(W), "W"), "dots"),
    refused(coef(rbm(W), complete = TRUE), "dots"),
    refused(print(rbm(W), digits = 3), "dots"),
    refused(summary(rbm(W), digits = 3), "dots"),
    refused(print(summary(rbm(W)), digits = 3), "dots")
  ))
})

expect_printed <- function(x) {
  lines <- capture.output(print(x))
  expect_true(all(nchar(lines) <= 80))
  expect_snapshot_output(writeLines(mask_seconds(lines)))
}

test_that("print() says what a model is, how it was trained and how it does", {
  set.seed(1)
  x <- random_bits(30, 6)
  fit <- rbm_fit(x, 4, epochs = 3)
  fit$training$seconds <- 754.3
  expect_match(capture.output(print(fit))[2L], "in 12 min 34 s", fixed = TRUE)
  expect_identical(vapply(c(59.9, 60, 3600), seconds_in_words, ""),
                   c("59.9 s", "1 min 00 s", "60 min 00 s"))

  expect_printed(rbm(matrix(0, 3, 2)))
  expect_printed(rbm(matrix(0, 2500, 1)))
  expect_printed(rbm_fit(x, 4, estimator = "cd", epochs = 3))
  expect_printed(rbm_fit(x[1, , drop = FALSE], 1, estimator = "cd", k = 10,
                         epochs = 1))
  stop_early <- function(info) info$epoch < 2
  expect_printed(rbm_fit(x, 4, estimator = "cd", epochs = 3,
                         callback = stop_early))
  fit <- rbm_fit(x, 4, estimator = "cd", epochs = 3)
  fit$training$stopped <- "interrupted"
  expect_printed(fit)
  # Errors of estimates are told.
  expect_printed(rbm_fit(random_intensities(60, 150), 200, estimator = "cd",
                         epochs = 1))
})

test_that("a fit that learned nothing says so, and what to do", {
  said <- function(fit) paste(capture.output(print(fit)), collapse = "\n")
  set.seed(11)
  class <- rbinom(1000, 1, 0.4)
  x <- vapply(c(0.95, 0.75, 0.6, 0.8, 0.9), function(q) {
    rbinom(1000, 1, ifelse(class == 1, q, q - 0.22))
  }, numeric(1000))
  expect_match(said(rbm_fit(x, 1, epochs = 5)), "NO BETTER.*`learning_rate`")
  a <- rbinom(200, 1, 0.5)
  expect_match(said(rbm_fit(cbind(a, b = 1 - a), 2, epochs = 5)), "NO BETTER")
  learned <- rbm_fit(cbind(a, b = a), 2, epochs = 200, learning_rate = 0.5)
  expect_match(said(learned), "\nBaseline: ")
  # Nobody is told to leave out settings that were not given.
  learned$training$pilots <- list(automatic = TRUE)
  row <- list(pseudo_log_lik = learned$training$independent_log_lik,
              pseudo_log_lik_se = 0)
  expect_match(baseline_in_words(learned$training, row)[2L], "more cases")
  # Against the columns' own means, which are not smoothed for it.
  x <- matrix(0, 20, 300)
  x[cbind(rep(1:20, 9), 1:180)] <- 1
  fit <- rbm_fit(x, 5, epochs = 2)
  p <- 1 / 20
  expect_near(fit$training$independent_log_lik,
              180 * (p * log(p) + (1 - p) * log(1 - p)))
  # It stands in the picture, so that noise does not look like progress.
  panel <- trace_picture(fit)$panels[[2L]]
  expect_identical(panel$mark, fit$training$independent_log_lik)
  expect_gte(diff(panel$range), 0.01 * abs(panel$mark))
})

test_that("a fit is told to be worse beyond 1 % and two standard errors", {
  set.seed(3)
  fit <- rbm_fit(random_bits(30, 6), 4, epochs = 1, evaluate_every = 1)
  is_worse <- function(value, se, which) {
    fit$training$independent_log_lik <- -10
    fit$training$n <- 3000L # of fewer more is forgiven
    fit$training$history$pseudo_log_lik <- -5
    fit$training$history$pseudo_log_lik_se <- 0
    fit$training$history$log_lik <- -5
    fit$training$history[[which]] <- value
    fit$training$history[[paste0(which, "_se")]] <- se
    any(grepl("WORSE", capture.output(print(fit))))
  }
  for (which in c("pseudo_log_lik", "log_lik")) {
    expect_false(is_worse(-10.09, 0, which))
    expect_true(is_worse(-10.11, 0, which))
    expect_false(is_worse(-10.29, 0.1, which))
    expect_true(is_worse(-10.31, 0.1, which))
  }
  # A doubt of more than 1 nat excuses no more than that.
  expect_false(is_worse(-12.09, 5, "pseudo_log_lik"))
  expect_true(is_worse(-12.11, 5, "pseudo_log_lik"))
})

test_that("estimators have their names", {
  named <- function(...) {
    method_in_words(choose_settings(rbm_control(...), 1000))
  }
  estimators <- .Call(ffi_kinds)$estimator
  words <- vapply(estimators, function(estimator) {
    named(estimator = estimator, k = 2, chains = 30, temperatures = 5)
  }, "")
  expect_identical(
    words[c("cd", "pcd", "fpcd", "pt", "ucd", "mf", "pl", "exact")],
    c(cd = "CD-2", pcd = "PCD-2 on 30 chains", fpcd = "FPCD-2 on 30 chains",
      pt = "PT-2 on 30 ladders of 5 temperatures", ucd = "unbiased CD-2",
      mf = "mean-field CD-2", pl = "pseudo-likelihood",
      exact = "the exact gradient")
  )
  expect_length(words, 8L)
  expect_identical(named(estimator = "pcd", k = 1, chains = 1),
                   "PCD-1 on 1 chain")
})

test_that("print() speaks of the model that was kept, and by what", {
  set.seed(6)
  x <- random_bits(40, 5)
  # Held-out cases unlike the rest soon get worse.
  fit <- rbm_fit(x, 4, estimator = "exact", epochs = 30, validation = 1 - x,
                 evaluate_every = 2, patience = 4, learning_rate = 0.5)
  training <- fit$training
  expect_lt(training$best_epoch, nrow(training$history))
  row <- training$history[training$best_epoch, ]
  lines <- capture.output(print(fit))
  expect_match(lines, sprintf("error %.4f ", row$reconstruction_error),
               all = FALSE)
  expect_match(lines, sprintf("^Log-likelihood %.2f nats per case after %s",
                              row$log_lik, counted(row$epoch, "epoch")),
               all = FALSE)
  expect_match(lines, sprintf("^  %.2f .exact.; independent",
                              row$valid_log_lik), all = FALSE)
  expect_printed(fit)
  fit$training$stopped <- "interrupted"
  expect_printed(fit)
  expect_printed(rbm_fit(x, 4, epochs = 2, validation = 0.5))
})

# A model whose chains have just told this of themselves.
with_chains <- function(fit, ..., known = nrow(fit$training$history)) {
  told <- list(...)
  fit$training["chains"] <- list(NULL)
  fit$training$history[known, names(told)] <- told
  fit
}

test_that("chains out of equilibrium are told, with what to do", {
  set.seed(7)
  x <- random_bits(30, 6)
  pcd <- rbm_fit(x, 4, epochs = 3, estimator = "pcd")
  last <- pcd$training$chains
  chains <- function(fit) {
    grep("hain|Use", capture.output(print(fit))[-2L], value = TRUE)
  }
  expect_identical(chains(pcd),
                   sprintf("Chains mix: R-hat %.2f, autocorrelation %.2f",
                           last$chain_rhat,
                           round(last$chain_autocorrelation, 2L) + 0))
  expect_length(chains(with_chains(pcd)), 0L)
  expect_identical(
    chains(with_chains(pcd, chain_rhat = 1.1, chain_autocorrelation = 0.25)),
    "Chains mix: R-hat 1.10, autocorrelation 0.25"
  )
  # What was seen last counts, also where training ended before another look.
  expect_identical(
    chains(with_chains(pcd, chain_rhat = 1.02, chain_autocorrelation = 0.5,
                       known = 2L)),
    "Chains mix: R-hat 1.02, autocorrelation 0.50 in epoch 2"
  )
  expect_printed(with_chains(pcd, chain_rhat = 12.341,
                             chain_autocorrelation = 0.991))
  one <- rbm_fit(x, 4, epochs = 3, estimator = "pcd", chains = 1)
  expect_identical(chains(one), paste("Whether one chain is in equilibrium",
                                      "cannot be told: use more `chains`"))
  pt <- rbm_fit(x, 4, epochs = 3, estimator = "pt", temperatures = 3)
  expect_printed(with_chains(pt, chain_rhat = 1.2, chain_autocorrelation = 0.8,
                             swap_rate = 0.2))
  expect_printed(with_chains(pt, chain_rhat = 1.2, chain_autocorrelation = 0.8,
                             swap_rate = 0.194))
  expect_match(capture.output(print(pt)), sprintf(
    "on the ladders change places in %.0f %% of tries, where rarest",
    100 * utils::tail(pt$training$history$swap_rate, 1)
  ), all = FALSE)
  ucd <- rbm_fit(x, 4, epochs = 3, estimator = "ucd", max_sweeps = 20)
  expect_printed(with_chains(ucd, meeting_time = 3.25, unmet = 0))
  expect_printed(with_chains(ucd, meeting_time = 12.5, unmet = 0.034))
})

test_that("settings without effect are not in the summary", {
  said <- function(...) {
    settings_in_words(choose_settings(rbm_control(...), 1000))
  }
  own <- list(
    cd = "k", pcd = c("k", "chains"),
    fpcd = c("k", "chains", "fast_rate", "fast_decay"),
    pt = c("k", "chains", "temperatures"), ucd = c("k", "max_sweeps"),
    mf = "k", pl = NULL, exact = NULL
  )
  of_estimators <- unique(unlist(own))
  for (estimator in names(own)) {
    named <- settings_that_matter(
      choose_settings(rbm_control(estimator = estimator), 1000)
    )
    expect_setequal(intersect(named, of_estimators),
                    as.character(own[[estimator]]))
  }
  expect_match(said(), "momentum")
  expect_no_match(said(), "beta|decay|l1|max_norm|sparsity|patience|threads")
  adam <- said(optimiser = "adam", schedule = "inverse", l1 = 0.1,
               max_norm = 3, sparsity_cost = 0.1, patience = 5, threads = 2,
               weight_decay = 0.01, checkpoint_every = 3, evaluate_every = 2,
               parameterisation = "plain")
  expect_no_match(adam, "momentum|offset")
  for (name in c("beta1", "beta2", "epsilon", "decay", "weight_decay", "l1",
                 "max_norm", "sparsity_target", "sparsity_cost", "patience",
                 "threads", "checkpoint_every", "evaluate_every")) {
    expect_match(adam, paste0(" ", name, " = "))
  }
  own_schedule <- said(schedule = function(epoch) 1 / epoch)
  expect_match(own_schedule, "schedule = a function", fixed = TRUE)
  expect_no_match(own_schedule, "learning_rate")
})

test_that("update() judges by the same held-out cases, from the same start", {
  set.seed(8)
  x <- random_bits(30, 4)
  start <- list(W = matrix(0.1, 4, 2))
  file <- tempfile(fileext = ".rbm")
  fit <- rbm_fit(x, 2, epochs = 2, validation = 1 - x, patience = 5,
                 init = start, learning_rate = 1e-9, checkpoint = file)
  again <- update(fit, epochs = 3)
  expect_equal(again$W, fit$W, tolerance = 1e-6, ignore_attr = TRUE)
  expect_identical(nrow(again$training$history), 3L)
  expect_false(anyNA(again$training$history$valid_pseudo_log_lik))
  expect_null(again$training$call$checkpoint)
})

test_that("summary() counts, describes the parameters, tells of activity", {
  set.seed(2)
  x <- random_bits(40, 6)
  x[, 1] <- 1
  fit <- rbm_fit(x, 4, estimator = "cd", epochs = 20, learning_rate = 0.1,
                 threads = 1)
  about <- summary(fit)
  expect_s3_class(about, "summary.rbm", exact = TRUE)
  expect_identical(about$sizes, c(visible = 6L, hidden = 4L, parameters = 34L))
  expect_identical(about$training, fit$training)
  expect_identical(about$activity, colMeans(rbm_hidden(fit, x)))
  expect_equal(about$parameters["W", ], stats::fivenum(fit$W),
               ignore_attr = TRUE)
  expect_equal(about$parameters["b", ], stats::fivenum(fit$b),
               ignore_attr = TRUE)
  expect_equal(about$parameters["c", ], stats::fivenum(fit$c),
               ignore_attr = TRUE)

  # Without data no activity; without training no settings.
  without <- summary(update(fit, keep_x = FALSE))
  expect_null(without$activity)
  given <- summary(rbm(fit$W, fit$b, fit$c))
  expect_null(given$training)
  expect_printed(about)
  expect_printed(without)
  expect_printed(given)
})

test_that("units that are always on or off are counted", {
  set.seed(3)
  fit <- rbm_fit(random_bits(20, 5), 3, epochs = 1)
  fit$c[] <- c(0, 20, -20)
  expect_match(capture.output(summary(fit)), "^2 of 3 are nearly always",
               all = FALSE)
  fit$c[] <- c(0, 0, -20)
  expect_match(capture.output(summary(fit)), "^1 of 3 is nearly always",
               all = FALSE)
})

test_that("print() returns its argument, and is quiet about it", {
  set.seed(4)
  fit <- rbm_fit(random_bits(5, 3), 2, epochs = 1)
  capture.output({
    printed <- withVisible(print(fit))
    about <- summary(fit)
    summed <- withVisible(print(about))
  })
  expect_identical(printed, list(value = fit, visible = FALSE))
  expect_identical(summed, list(value = about, visible = FALSE))
})

test_that("order and sign of hidden units change no answer about the data", {
  set.seed(5)
  model <- random_model(5, 3)
  x <- all_states(5)
  turned <- rbm(model$W[, c(3, 1, 2)], model$b, model$c[c(3, 1, 2)])
  expect_near(log_lik(turned, x), log_lik(model, x))
  # 0 and 1 of hidden unit 1 exchanged: h = 1 - g.
  flipped <- rbm(model$W %*% diag(c(-1, 1, 1)), model$b + model$W[, 1],
                 model$c * c(-1, 1, 1))
  expect_near(log_lik(flipped, x), log_lik(model, x))
  expect_near(rbm_hidden(flipped, x)[, 1], 1 - rbm_hidden(model, x)[, 1])
  expect_near(rbm_hidden(flipped, x)[, -1], rbm_hidden(model, x)[, -1])
})

test_that("parameters whose sums overflow are refused", {
  expect_said(c(
    refused(rbm(matrix(c(1e308, -1e308, 1e308, -1e308), 2)),
            "parameters_large"),
    refused(rbm(matrix(0, 2, 2), b = c(2e300, 0)), "parameters_large")
  ))
  large <- rbm(matrix(c(1e299, -1e299, 1e299, -1e299), 2))
  expect_true(is.finite(rbm_log_z(large)$log_z))
  expect_true(all(is.finite(unlist(rbm_moments(large, TRUE)))))
})

test_that("coef() prints its corners and is a list", {
  model <- rbm(matrix(1:80 / 7, 10, 8))
  expect_identical(coef(model)$W, model$W)
  expect_named(coef(model), c("W", "b", "c"))
  text <- capture.output(expect_invisible(print(coef(model))))
  expect_lte(length(text), 16L)
  expect_identical(text[1L], "$W: 10 x 8 weights, visible units by hidden")
  expect_true(any(text == "..."))
  small <- capture.output(print(coef(rbm(matrix(1.23456, 2, 2))), digits = 2))
  expect_false(any(small == "..."))
  expect_match(small, "1\\.2 +1\\.2$", all = FALSE)
  expect_error(print(coef(model), digits = 0), class = "harmonium_error_count")
})
