# Training by steps of tables of all kinds of columns, with missing cells,
# weights and held-out cases, against what the exact likelihood says.

steps_of <- function(x, hidden, ..., seed = 1) {
  set.seed(seed)
  suppressMessages(rbm_fit(x, hidden, ...))
}

# Columns of most kinds that go together, of which cells are missing by what a
# column that is seen says.
linked_table <- function(n, missing = TRUE, seed = 1) {
  set.seed(seed)
  u <- rbinom(n, 1, 0.5) * 1.6 - 0.8
  x <- data.frame(
    seen = rbinom(n, 1, plogis(1.5 * u)) == 1,
    kind = factor(ifelse(runif(n) < plogis(2 * u), "a",
                         sample(c("b", "c"), n, TRUE))),
    grade = factor(pmin(5, pmax(1, round(3 + u + rnorm(n)))), 1:5,
                   ordered = TRUE),
    size = u + rnorm(n, sd = 0.6),
    count = rpois(n, exp(0.5 + 0.5 * u))
  )
  if (missing) {
    for (name in names(x)[-1]) {
      x[[name]][runif(n) < ifelse(x$seen, 0.5, 0.1)] <- NA
    }
  }
  x
}

units_of_linked <- c(count = "poisson")

test_that("steps with cells missing come to the observed-data maximum", {
  skip_on_cran()
  x <- linked_table(1200)
  exact <- steps_of(x, 1, units = units_of_linked, weight_decay = 0, starts = 3)
  best <- as.numeric(logLik(exact)) / 1200
  alone <- exact$training$independent_log_lik
  for (estimator in c("pcd", "pt")) {
    fit <- steps_of(x, 1, units = units_of_linked, estimator = estimator,
                    average = TRUE, temperatures = 5, epochs = 120)
    expect_lt(best - as.numeric(logLik(fit)) / 1200, 0.01)
  }
  # Leaving out what is incomplete misses it, and so does filling in means.
  whole <- steps_of(x[complete.cases(x), ], 1, units = units_of_linked,
                    weight_decay = 0, starts = 3)
  expect_gt(best - as.numeric(logLik(whole, x)) / 1200, 0.02)
  filled <- x
  filled$size[is.na(x$size)] <- mean(x$size, na.rm = TRUE)
  other <- steps_of(filled, 1, units = units_of_linked, weight_decay = 0,
                    starts = 3)
  expect_gt(best - as.numeric(logLik(other, x)) / 1200, 0.02)
  expect_lt(best - alone, 2)
  # What it says of a margin and of a pair.
  expect_near(fit$d, exact$d, 0.15)
})

test_that("a fit by steps is the same in parts, from files and on threads", {
  x <- linked_table(90)
  fit_for <- function(epochs, ...) {
    steps_of(x, list(categorical = 2, binary = 2, gaussian = 1),
             epochs = epochs, units = c(count = "count(40)"),
             schedule = "constant", batch_size = 16, ...)
  }
  for (estimator in c("cd", "pcd", "fpcd", "pt")) {
    whole <- fit_for(6, estimator = estimator, temperatures = 3)
    part <- fit_for(2, estimator = estimator, temperatures = 3)
    file <- tempfile(fileext = ".rbm")
    rbm_save(part, file)
    expect_identical(rbm_load(file), part)
    expect_identical(coef(suppressMessages(rbm_resume(part, epochs = 4))),
                     coef(whole))
    expect_identical(coef(suppressMessages(rbm_resume(file, epochs = 4))),
                     coef(whole))
    expect_identical(
      coef(fit_for(6, estimator = estimator, temperatures = 3, threads = 1)),
      coef(whole)
    )
  }
  wide <- steps_of(x, 40, epochs = 2, estimator = "pcd", batch_size = 16,
                   units = units_of_linked, threads = 2)
  one <- steps_of(x, 40, epochs = 2, estimator = "pcd", batch_size = 16,
                  units = units_of_linked, threads = 1)
  expect_identical(coef(wide), coef(one))
})

test_that("weights, held-out cases and files go together", {
  x <- linked_table(60)
  weights <- rep(c(0, 1, 2), 20)
  file <- tempfile(fileext = ".rbm")
  fit_for <- function(epochs, ...) {
    steps_of(x, 3, weights = weights, estimator = "pcd", validation = 0.25,
             epochs = epochs, units = units_of_linked, schedule = "constant",
             evaluate_every = 2, ...)
  }
  part <- fit_for(2, checkpoint = file)
  whole <- fit_for(4)
  more <- suppressMessages(rbm_resume(file, epochs = 2, x = x))
  expect_identical(coef(more), coef(whole))
  expect_identical(whole$training$weights, as.double(weights))
  expect_identical(nobs(whole), 30L)
  expect_identical(is.na(whole$training$history$valid_log_lik),
                   c(TRUE, FALSE, TRUE, FALSE))
  expect_output(print(whole), "Cases weigh 60 in all")
  expect_output(print(whole), "10 cases held out")
  expect_output(print(whole), "of the cells are missing")
  own <- steps_of(x, 3, estimator = "pcd", validation = linked_table(20),
                  epochs = 4, evaluate_every = 1, patience = 2,
                  units = units_of_linked)
  expect_false(anyNA(own$training$history$valid_log_lik))
  refused(rbm_resume(own, epochs = 1), "resume_validation")
  refused(rbm_resume(file, epochs = 1, x = x[-1, ]), "resume_rows")
  other <- x
  other$size[is.na(other$size)] <- 1
  refused(rbm_resume(file, epochs = 1, x = other), "resume_other")
})

test_that("weighted cases are learned as repeated ones", {
  skip_on_cran()
  x <- linked_table(200, seed = 3)
  weights <- ifelse(x$seen, 1, 5)
  repeated <- x[rep(1:200, weights), ]
  n <- nrow(repeated)
  exact <- steps_of(x, 1, weights = weights, units = units_of_linked,
                    weight_decay = 0, starts = 3)
  best <- as.numeric(logLik(exact, repeated)) / n
  fit <- steps_of(x, 1, weights = weights, estimator = "pcd", average = TRUE,
                  units = units_of_linked)
  light <- steps_of(x, 1, units = units_of_linked, weight_decay = 0,
                    starts = 3)
  found <- as.numeric(logLik(fit, repeated)) / n
  expect_lt(best - found, 0.02)
  expect_gt(found, as.numeric(logLik(light, repeated)) / n)
})

test_that("a wide hidden layer over a table is chosen by held-out cases", {
  skip_on_cran()
  x <- linked_table(150, missing = FALSE)
  fit <- steps_of(x, 17, units = units_of_linked)
  expect_identical(fit$training$settings$estimator, "pcd")
  expect_true(fit$training$pilots$kept)
  expect_gt(max(fit$training$pilots$score), fit$training$pilots$independent)
  expect_output(print(fit), "30 cases held out")
  expect_output(print(summary(fit)), "estimator = pcd")
  expect_s3_class(generics::glance(fit), "data.frame")
  set.seed(1)
  free <- data.frame(a = factor(sample(letters[1:4], 150, TRUE)),
                     b = rnorm(150), c = runif(150) < 0.3)
  nothing <- steps_of(free, 17)
  gain <- max(nothing$training$pilots$score) -
    nothing$training$pilots$independent
  expect_lt(gain, 0.03)
  expect_gt(as.numeric(logLik(nothing)) / 150,
            nothing$training$independent_log_lik - 0.02)
})

test_that("levels stay about 0, and Gaussian columns above their floor", {
  x <- linked_table(300, missing = FALSE)
  x$size <- round(2 * x$size) / 2
  fit <- steps_of(x, 4, estimator = "pcd", epochs = 60,
                  units = units_of_linked)
  at <- grep("kind", rownames(fit$W))
  expect_near(colMeans(fit$W[at, ]), numeric(4))
  set.seed(5)
  flat <- data.frame(a = rep(c(0, 1, 2, 3), 50), b = rep(1:0, 100) == 1)
  low <- suppressWarnings(steps_of(flat, 8, estimator = "pcd", epochs = 300,
                                   units = c(a = "gaussian")))
  expect_lte(max(low$d), harmonium:::most_precision)
})

# The mean of log p(target | rest) over cases that have one.
mean_log_p <- function(fit, x, target) {
  p <- predict(fit, x, type = "response", target = target)
  own <- p[cbind(seq_len(nrow(p)), match(x[[target]], colnames(p)))]
  mean(log(own), na.rm = TRUE)
}

test_that("targets are learned by steps as by their exact likelihood", {
  skip_on_cran()
  x <- linked_table(500, missing = FALSE)
  units <- c(count = "count(40)")
  exact <- steps_of(x, 1, target = "kind", objective = "conditional",
                    units = units, weight_decay = 0, starts = 3)
  best <- mean_log_p(exact, x, "kind")
  fit <- steps_of(x, 1, target = "kind", objective = "conditional",
                  units = units, learning_rate = 2, epochs = 600)
  expect_identical(fit$training$settings$estimator, "cd")
  expect_lt(best - mean_log_p(fit, x, "kind"), 0.01)
  expect_gt(mean_log_p(fit, x, "kind"), fit$training$independent_log_lik)
  expect_output(print(fit), "Of `kind` given the other columns")
  # With little of the joint likelihood it is nearly as good, and more than that
  # a model of all columns.
  both <- steps_of(x, 1, target = "kind", objective = "hybrid", units = units,
                   learning_rate = 0.2, epochs = 300, average = TRUE)
  expect_lt(best - mean_log_p(both, x, "kind"), 0.06)
  expect_gt(as.numeric(logLik(both)), as.numeric(logLik(fit)))
})

test_that("targets that are missing, weights and files go with objectives", {
  x <- linked_table(80, missing = FALSE)
  x$kind[1:20] <- NA
  x$seen[10:30] <- NA
  fit_for <- function(epochs, objective, ...) {
    steps_of(x, 20, target = c("kind", "seen"), objective = objective,
             epochs = epochs, units = units_of_linked, schedule = "constant",
             validation = 0.25, evaluate_every = 1, weights = rep(1:2, 40), ...)
  }
  for (objective in c("conditional", "hybrid")) {
    whole <- fit_for(4, objective)
    part <- fit_for(2, objective)
    more <- suppressMessages(rbm_resume(part, epochs = 2))
    expect_identical(coef(more), coef(whole))
    expect_identical(coef(fit_for(4, objective, threads = 1)), coef(whole))
    expect_false(anyNA(whole$training$history$valid_log_lik))
    expect_identical(whole$training$history$valid_log_lik_se, numeric(4))
  }
  class <- predict(whole, x, type = "class")
  expect_identical(names(class), c("kind", "seen"))
  expect_false(anyNA(class))
})

test_that("weights of tables are drawn as they compare", {
  fit <- steps_of(linked_table(80, missing = FALSE), 2, starts = 1,
                  weight_decay = 0.1, units = units_of_linked)
  picture <- harmonium:::weights_picture(fit)
  visible <- levels(picture$data$visible)
  expect_setequal(visible, rownames(fit$W))
  at <- match("size", visible)
  order <- order(-colSums(fit$W^2))
  W <- t(fit$W[visible, order]) * ifelse(picture$turned, -1, 1)
  expect_near(picture$values[, at], W[, at] / exp(fit$d[["size"]]))
  expect_near(picture$values[, -at], W[, -at])
  expect_true(all(apply(picture$values, 1, max) ==
                    apply(abs(picture$values), 1, max)))
  expect_match(picture$note, "shifts of means")
  pdf(NULL)
  on.exit(dev.off())
  expect_silent(plot(fit, type = "weights"))
})

test_that("Gaussian columns under real hidden units stay models with a Z", {
  skip_on_cran()
  set.seed(11)
  z <- rnorm(400)
  x <- outer(z, (1:6 - 3.5) / 2) + rnorm(2400)
  found <- stats::factanal(x, 1)
  sd <- sqrt(diag(cov(x)) * 399 / 400)
  sigma <- outer(sd, sd) * (tcrossprod(found$loadings) +
                              diag(found$uniquenesses))
  best <- mean(-mahalanobis(x, colMeans(x), sigma) / 2) -
    as.numeric(determinant(2 * pi * sigma)$modulus) / 2
  fit <- steps_of(as.data.frame(x), c(gaussian = 1), estimator = "pcd",
                  epochs = 100)
  expect_gt(as.numeric(logLik(fit)) / 400, best - 0.01)

  close <- as.data.frame(outer(z, c(1, -1, 1, 1)) + rnorm(1600, sd = 0.04))
  set.seed(1)
  expect_message(
    expect_message(
      fit <- rbm_fit(close, c(gaussian = 1), estimator = "pcd", epochs = 100),
      class = "harmonium_message_spread"
    ), "as Gaussian"
  )
  largest <- sum(exp(-fit$d) * fit$W^2)
  expect_lt(largest, 0.99 + 1e-9)
  expect_gt(largest, 0.97)
  expect_true(is.finite(logLik(fit)))
})

test_that("the history of targets has likelihood, accuracy and calibration", {
  set.seed(5)
  x <- data.frame(kind = factor(sample(c("a", "b", "c"), 400, TRUE)))
  x$size <- rnorm(400) + 2 * (x$kind == "a")
  x$here <- runif(400) < ifelse(x$kind == "b", 0.9, 0.2)
  x$kind[1:9] <- NA
  fit <- steps_of(x, 20, target = c("kind", "here"), objective = "conditional",
                  epochs = 45, learning_rate = 0.3, validation = 0.25)
  history <- fit$training$history
  found <- which(!is.na(history$valid_accuracy))
  expect_identical(found, as.integer(c(seq(3, 45, 3))))
  last <- history[45, ]
  held <- x[fit$training$held_out, ]
  right <- predict(fit, held, type = "class", target = c("kind", "here"))
  law <- predict(fit, held, type = "response", target = c("kind", "here"))
  share <- mean(c(mean(right$kind == held$kind, na.rm = TRUE),
                  mean(right$here == held$here)))
  expect_equal(last$valid_accuracy, share)
  apart <- function(law, right, true) {
    says <- apply(law, 1, max)
    group <- cut(says, seq(0, 1, 0.1), right = FALSE, include.lowest = TRUE)
    seen <- !is.na(true)
    sum(abs(tapply(((right == true) - says)[seen], group[seen], sum)),
        na.rm = TRUE) / sum(seen)
  }
  expect_equal(last$valid_calibration,
               mean(c(apart(law$kind, right$kind, held$kind),
                      apart(law$here, right$here, held$here))))
  expect_gt(last$valid_log_lik, fit$training$independent_log_lik)
  expect_gt(share, 0.5)
  said <- capture.output(print(fit))
  expect_match(said, "Log-likelihood of targets", all = FALSE)
  expect_match(said, sprintf("%.1f %% are right", 100 * share), all = FALSE)
  expect_false(any(grepl("of independent columns", said)))
})

test_that("columns that predict() does not know are those of `newdata`", {
  x <- data.frame(kind = factor(rep(c("a", "b", "c"), 20)), y = rep(0:1, 30))
  fit <- steps_of(x, 2, epochs = 2, learning_rate = 0.1)
  expect_error(predict(fit, cbind(x, q = 1), type = "class", target = "kind"),
               "`newdata` names 1 column that the model lacks: `q`",
               class = "harmonium_error_given_unknown")
})
