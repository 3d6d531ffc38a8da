test_that("a log-likelihood is the sum of exact log-probabilities", {
  set.seed(1)
  for (size in list(c(1, 1), c(4, 9), c(10, 3))) {
    model <- random_model(size[1L], size[2L], sd = 2)
    x <- random_bits(7, size[1L])
    twin <- log_lik(model, x)
    ll <- logLik(model, x)
    expect_s3_class(ll, c("rbm_log_lik", "logLik"), exact = TRUE)
    expect_near(c(ll), sum(twin), 1e-11)
    expect_identical(attr(ll, "df"), length(unlist(coef(model))))
    expect_identical(attr(ll, "nobs"), 7L)
    expect_identical(attr(ll, "se"), 0)
    expect_identical(attr(ll, "method"), "exact")
    log_p <- predict(model, x, type = "log_prob")
    expect_near(log_p, twin, 1e-11)
    expect_null(attributes(log_p)) # nothing to add where it is exact
    expect_identical(predict(model, x, type = "free_energy"),
                     rbm_free_energy(model, x))
  }
  # A number for each case, named as the rows.
  rownames(x) <- letters[1:7]
  expect_named(predict(model, x, type = "log_prob"), letters[1:7])
  expect_named(predict(model, x, type = "free_energy"), letters[1:7])
  expect_named(predict(model, x, type = "pseudo_log_lik"), letters[1:7])
})

test_that("the training data are taken where no others are given", {
  set.seed(2)
  x <- random_bits(30, 6)
  fit <- rbm_fit(x, 3, epochs = 2)
  expect_identical(logLik(fit), logLik(fit, x))
  expect_identical(nobs(logLik(fit)), 30L)
  for (type in c("free_energy", "log_prob", "pseudo_log_lik")) {
    expect_identical(predict(fit, type = type), predict(fit, x, type = type))
  }
})

test_that("AIC and BIC are what they are by definition", {
  set.seed(3)
  x <- random_bits(40, 5)
  fit <- rbm_fit(x, 2, epochs = 3)
  total <- sum(log_lik(fit, x))
  df <- 5 * 2 + 5 + 2
  expect_near(AIC(fit), -2 * total + 2 * df, 1e-11)
  expect_near(BIC(fit), -2 * total + log(40) * df, 1e-11)
  expect_near(AIC(logLik(fit, x[1:9, ])),
              -2 * sum(log_lik(fit, x[1:9, ])) + 2 * df, 1e-11)
  expect_near(BIC(logLik(fit, x[1:9, ])),
              -2 * sum(log_lik(fit, x[1:9, ])) + log(9) * df, 1e-11)
})

test_that("with annealing the standard error is that of log Z, times N", {
  set.seed(4)
  model <- random_model(8, 6, sd = 1.5)
  x <- random_bits(20, 8)
  log_z <- rbm_log_z(model, "ais", runs = 20, budget = 1e4)
  ll <- logLik(model, x, log_z = log_z)
  expect_near(c(ll), -sum(free_energy(model, x)) - 20 * log_z$log_z)
  expect_identical(attr(ll, "se"), 20 * log_z$se)
  expect_identical(attr(ll, "method"), "ais")
  expect_lt(abs(c(ll) - sum(log_lik(model, x))), 3 * attr(ll, "se"))
  log_p <- predict(model, x, type = "log_prob", log_z = log_z)
  expect_near(c(log_p), -free_energy(model, x) - log_z$log_z)
  expect_identical(attr(log_p, "se"), log_z$se)
  expect_identical(attr(log_p, "method"), "ais")
  # A log Z that is there is not made again; other arguments go to rbm_log_z().
  expect_draws(logLik(model, x, log_z = log_z), 0)
  expect_draws(logLik(model, x), 0)
  anneal <- function(what) {
    set.seed(5)
    what(model, x, method = "ais", runs = 20, budget = 1e4)
  }
  expect_draws(logLik(model, x, method = "ais", runs = 20, budget = 1e4), 2)
  ll <- anneal(logLik)
  log_p <- anneal(function(...) predict(..., type = "log_prob"))
  expect_near(sum(log_p), c(ll))
  expect_identical(attr(ll, "se"), 20 * attr(log_p, "se"))
})

test_that("arithmetic on a log-likelihood gives plain numbers", {
  model <- rbm(matrix(0, 3, 2))
  ll <- logLik(model, diag(3))
  for (plain in list(ll / 3, 2 * ll, -ll, ll - ll, ll + 1)) {
    expect_null(attributes(plain))
  }
  expect_near(ll / 3, -3 * log(2))
  expect_near(-ll, 9 * log(2))
  expect_identical(ll - ll, 0)
  expect_true(ll < 0)
})

test_that("the print says how sure it is", {
  exact <- structure(-1234.5678, df = 1200L, nobs = 10000L, se = 0,
                     method = "exact", class = c("rbm_log_lik", "logLik"))
  expect_said(capture.output(shown <- print(exact)))
  expect_identical(shown, exact)
  annealed <- structure(exact, se = 250, method = "ais")
  expect_said(capture.output(print(annealed, digits = 3)))
})

# Pseudo-log-likelihood
# ---------------------------------------------------------

test_that("the pseudo-log-likelihood of cases is that of the twin", {
  set.seed(6)
  for (shape in list(c(1, 1, 1), c(9, 5, 6), c(5, 9, 600), c(40, 30, 4))) {
    for (sd in c(0.3, 3, 900)) {
      model <- random_model(shape[1L], shape[2L], sd)
      for (x in list(random_bits(shape[3L], shape[1L]),
                     random_intensities(shape[3L], shape[1L]))) {
        found <- predict(model, x, type = "pseudo_log_lik")
        expect_lte(gap(found, twin_pseudo(model, x)), 1e-11)
      }
    }
  }
  expect_draws(predict(model, x, type = "pseudo_log_lik"), 0)
  # Units without weights do not know of each other: then it is the likelihood.
  alone <- rbm(matrix(0, 5, 3), b = c(-1, 0, 1, 2, 3))
  x <- random_bits(8, 5)
  expect_near(predict(alone, x, type = "pseudo_log_lik"),
              c(predict(alone, x, type = "log_prob")))
})

test_that("a case scores the same in any company, so data sets compare", {
  set.seed(7)
  model <- random_model(12, 7)
  x <- random_bits(700, 12)
  gray <- random_intensities(3, 12)
  score <- function(x) predict(model, x, type = "pseudo_log_lik")
  all <- score(x)
  expect_identical(score(x[300:310, ]), all[300:310])
  expect_identical(score(x[700:1, ]), rev(all))
  expect_identical(score(rbind(x, x))[701:1400], all)
  # Beside intensities too, but then by another way.
  expect_near(score(rbind(gray, x))[-(1:3)], all)
  # And it is what the history of a fit averages.
  fit <- rbm_fit(x, 4, epochs = 2)
  expect_near(mean(predict(fit, type = "pseudo_log_lik")),
              fit$training$history$pseudo_log_lik[2L])
})

# Along the training
# ------------------------------------------------------------

test_that("evaluating shows the exact log-likelihood and changes nothing", {
  set.seed(8)
  x <- random_bits(50, 9)
  train <- function(...) {
    set.seed(9)
    rbm_fit(x, 4, learning_rate = 0.3, schedule = "constant", ...)
  }
  silent <- train(epochs = 7)
  history <- silent$training$history
  expect_true(all(is.na(history$log_lik)))
  expect_true(all(is.na(history$log_lik_se)))
  expect_type(history$log_lik, "double")

  fit <- train(epochs = 7, evaluate_every = 3)
  expect_identical(coef(fit), coef(silent))
  seen <- fit$training$history
  expect_named(seen, harmonium:::history_columns)
  others <- setdiff(names(seen), c("seconds", "log_lik", "log_lik_se"))
  expect_identical(seen[others], history[others])
  # Every third epoch, and the last.
  expect_identical(which(!is.na(seen$log_lik)), c(3L, 6L, 7L))
  expect_identical(is.na(seen$log_lik_se), is.na(seen$log_lik))
  expect_identical(seen$log_lik_se[c(3, 6, 7)], c(0, 0, 0))
  for (epoch in c(3, 6, 7)) {
    then <- train(epochs = epoch)
    expect_near(seen$log_lik[epoch], logLik(then) / 50)
    expect_near(seen$log_lik[epoch], mean(log_lik(then, x)))
  }
  # More cases than epochs: only the last.
  late <- train(epochs = 2, evaluate_every = 100)$training$history
  expect_identical(is.na(late$log_lik), c(TRUE, FALSE))
  every <- train(epochs = 2, evaluate_every = 1)$training$history
  expect_false(anyNA(every$log_lik))
})

test_that("what is too large to enumerate is annealed, by numbers of its own", {
  set.seed(10)
  x <- random_bits(30, 22)
  train <- function(...) {
    set.seed(11)
    fit <- rbm_fit(x, 21, epochs = 2, learning_rate = 0.1, ...)
    list(fit = fit, after = stats::runif(1))
  }
  silent <- train()
  watched <- train(evaluate_every = 2)
  expect_identical(coef(watched$fit), coef(silent$fit))
  expect_identical(watched$after, silent$after)
  history <- watched$fit$training$history
  expect_identical(history$log_lik_se > 0, c(NA, TRUE))
  truth <- logLik(silent$fit, method = "exact") / 30
  expect_lt(abs(history$log_lik[2L] - truth), 3 * history$log_lik_se[2L])
  expect_identical(train(evaluate_every = 2)$fit$training$history$log_lik,
                   history$log_lik)
})

test_that("a callback sees the log-likelihood, in any form of 0/1 data", {
  set.seed(12)
  x <- random_bits(20, 5)
  seen <- list()
  look <- function(info) {
    seen[[info$epoch]] <<- c(info$log_lik, info$log_lik_se)
    info$epoch < 2
  }
  fit <- rbm_fit(x > 0, 3, epochs = 3, evaluate_every = 2, callback = look)
  expect_identical(seen[[1L]], c(NA_real_, NA_real_))
  expect_near(seen[[2L]], c(mean(log_lik(fit, x)), 0))
  # It ended the training, in an epoch that was not the last.
  expect_identical(nrow(fit$training$history), 2L)
  expect_near(fit$training$history$log_lik[2L], seen[[2L]][1L])
})

test_that("wrong arguments are refused", {
  set.seed(13)
  x <- random_bits(10, 3)
  model <- rbm(matrix(0.1, 3, 2))
  forgetful <- rbm_fit(x, 2, epochs = 1, keep_x = FALSE)
  gray <- rbm_fit(x / 2, 2, epochs = 1)
  log_z <- rbm_log_z(model)
  changed <- model
  changed$W[1] <- -Inf
  large <- rbm(matrix(0, 31, 31))
  expect_said(c(
    refused(logLik(model), "untrained"),
    refused(logLik(forgetful), "not_kept"),
    refused(logLik(gray), "not_binary"),
    refused(logLik(model, x / 2), "not_binary"),
    refused(logLik(model, x[, 1:2]), "columns"),
    refused(logLik(changed, x), "model_changed"),
    refused(logLik(model, x, log_z = log_z$log_z), "log_z"),
    refused(logLik(model, x, log_z = list()), "log_z"),
    refused(logLik(model, x, log_z = log_z, method = "ais"), "dots"),
    refused(logLik(model, x, metod = "exact"), "unknown"),
    refused(logLik(model, x, method = "best"), "choice"),
    refused(logLik(large, matrix(0, 1, 31), method = "exact"), "too_large"),
    refused(predict(model, x / 2, type = "log_prob"), "not_binary"),
    refused(predict(model, x / 2, type = "free_energy"), "not_binary"),
    refused(predict(model, x + 1, type = "pseudo_log_lik"), "range"),
    refused(predict(model, type = "log_prob"), "untrained"),
    refused(predict(forgetful, type = "free_energy"), "not_kept"),
    refused(predict(model, x, type = "log_prob", log_z = 3), "log_z"),
    refused(predict(model, x, type = "free_energy", log_z = log_z), "dots"),
    refused(predict(model, x, type = "likelihood"), "choice"),
    refused(print(logLik(model, x), n = 3), "dots"),
    refused(rbm_fit(x / 2, 2, evaluate_every = 1), "evaluate"),
    refused(rbm_fit(x, 2, evaluate_every = -1), "count"),
    refused(rbm_fit(x, 2, evaluate_every = TRUE), "count")
  ))
})

test_that("a log Z of another model is refused", {
  set.seed(31)
  model <- random_model(4, 3)
  other <- random_model(4, 3)
  x <- all_states(4)
  theirs <- rbm_log_z(other)
  expect_said(c(
    refused(logLik(model, x, log_z = theirs), "log_z_other"),
    refused(predict(model, x, "log_prob", log_z = theirs), "log_z_other")
  ))
  smaller <- rbm_log_z(random_model(4, 2))
  refused(logLik(model, x, log_z = smaller), "log_z_other")
  refused(rbm_conditional(model, c(1, NA, NA, NA), "log_prob", log_z = theirs),
          "log_z_other")
  expect_near(as.numeric(logLik(model, x, log_z = rbm_log_z(model))),
              as.numeric(logLik(model, x)))
  # Names are no parameters.
  named <- rbm(model$W, b = stats::setNames(model$b, letters[1:4]), c = model$c)
  expect_near(as.numeric(logLik(named, unname(x), log_z = rbm_log_z(model))),
              as.numeric(logLik(model, x)))
})
