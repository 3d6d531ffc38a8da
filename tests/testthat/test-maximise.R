# The maximum of the exact likelihood, against other ways to find it.

latent <- function() {
  set.seed(11)
  class <- rbinom(1000, 1, 0.4)
  vapply(c(0.95, 0.75, 0.6, 0.8, 0.9), function(q) {
    rbinom(1000, 1, ifelse(class == 1, q, q - 0.22))
  }, integer(1000))
}

# Two latent classes by EM, from the best of some starts.
em_two_classes <- function(x, starts = 5, steps = 3000) {
  max(vapply(seq_len(starts), function(start) {
    p <- matrix(runif(2 * ncol(x), 0.2, 0.8), 2L)
    share <- c(0.5, 0.5)
    for (step in seq_len(steps)) {
      joint <- sweep(exp(x %*% t(log(p)) + (1 - x) %*% t(log1p(-p))), 2L,
                     share, "*")
      total <- rowSums(joint)
      member <- joint / total
      share <- colMeans(member)
      p <- pmin(pmax(t(member) %*% x / colSums(member), 1e-9), 1 - 1e-9)
    }
    sum(log(total))
  }, 0))
}

parity <- function(n) {
  a <- rbinom(n, 1, 0.5)
  b <- rbinom(n, 1, 0.5)
  cbind(a = a, b = b, c = as.integer(a != b))
}

test_that("one hidden unit without a penalty is two latent classes", {
  x <- latent()
  set.seed(1)
  best <- em_two_classes(x)
  fit <- rbm_fit(x, 1, weight_decay = 0)
  expect_near(as.numeric(logLik(fit)), best, 2e-3 / abs(best))
  expect_identical(fit$training$settings$optimiser, "lbfgs")
  expect_true(fit$training$maximum$converged)
  expect_lt(fit$training$maximum$gradient, 1e-5)
  gradient <- rbm_gradient(fit, x)
  expect_lt(max(abs(unlist(gradient[c("W", "b", "c")]))), 1e-5)
  default <- rbm_fit(x, 1)
  expect_gt(as.numeric(logLik(default)), best - 2)
})

test_that("interactions of three columns are found", {
  set.seed(1)
  x <- parity(400)
  best <- sum(table(paste(x[, 1], x[, 2])) / 400 *
                log(table(paste(x[, 1], x[, 2])) / 400))
  expect_near(as.numeric(logLik(rbm_fit(x, 3, weight_decay = 0))) / 400, best,
              1e-4)
  expect_gt(as.numeric(logLik(rbm_fit(x, 3))) / 400, best - 0.01)
})

problem_setup <- function(hidden, units = default_units()) {
  list(hidden = hidden, units = units, hardware = resolve_hardware())
}

# Minus the penalised log-likelihood against its gradient, by differences.
expect_gradient <- function(problem) {
  theta <- rnorm(length(problem$size) * (problem$hidden + 1) + problem$hidden) *
    plain_scale(problem)
  for (decay in c(0, 0.03)) {
    found <- penalised_loss(theta, problem, decay)
    slope <- vapply(seq_along(theta), function(i) {
      at <- function(step) {
        moved <- replace(theta, i, theta[i] + step)
        penalised_loss(moved, problem, decay)$value
      }
      (at(1e-5) - at(-1e-5)) / 2e-5
    }, 0)
    expect_near(found$gradient, slope, 1e-8)
  }
}

test_that("the penalised loss has the gradient of its differences", {
  set.seed(3)
  x <- matrix(rbinom(120, 1, 0.4), 20)
  distinct <- distinct_cases(as_cases(x))
  problem <- likelihood_problem(distinct, distinct$counts, problem_setup(3L))
  theta <- rnorm(6 * 3 + 9)
  expect_gradient(problem)
  # The model's own log-likelihood, and back from it.
  found <- penalised_loss(theta, problem, 0)
  parts <- uncentred(theta, problem)
  model <- rbm(parts$W, parts$b, parts$c)
  expect_near(found$log_lik, as.numeric(logLik(model, x)) / 20, 1e-12)
  expect_near(centred(model, problem), theta, 1e-12)
  # Of counts too.
  size <- c(12L, 1L, 3L)
  x <- matrix(rbinom(60, rep(size, each = 20), 0.4), 20)
  distinct <- distinct_cases(as_cases(x, size = size))
  expect_gradient(likelihood_problem(distinct, distinct$counts, problem_setup(
    2L, units_of_sizes(size)
  )))
})

test_that("equal cases count as often as they come", {
  x <- rbind(c(0, 1, 1), c(1, 0, 0), c(0, 1, 1), c(0, 1, 1))
  distinct <- distinct_cases(as_cases(x))
  expect_identical(distinct$counts, c(3, 1))
  expect_identical(pick_rows(distinct$cases, 1:2),
                   matrix(c(0L, 1L, 1L, 0L, 1L, 0L), 2L))
})

test_that("where there is nothing to learn the columns stay independent", {
  set.seed(5)
  x <- matrix(rbinom(300 * 6, 1, 0.3), 300)
  set.seed(6)
  fit <- rbm_fit(x, 3)
  path <- fit$training$maximum$path
  kept <- path[[as.character(fit$training$maximum$spread)]]
  expect_gte(kept, path[["0"]])
  test <- matrix(rbinom(20000 * 6, 1, 0.3), 20000)
  p <- (colSums(x) + 0.5) / 301
  columns <- sum(colMeans(test) * log(p) + colMeans(1 - test) * log(1 - p))
  expect_gt(as.numeric(logLik(fit, test)) / 20000, columns - 0.01)
})

test_that("columns are independent unless a gain is more than noise", {
  held_out <- function(gain, se) {
    list(path = c(tree = -1, "0" = -2, "2" = -2.1, "0.4" = -2 + gain),
         se = c("2" = 0.05, "0.4" = se), n = 100)
  }
  expect_identical(choose_spread(held_out(0, 0)), 0)
  expect_identical(choose_spread(held_out(9e-5, 0)), 0)
  expect_identical(choose_spread(held_out(2e-4, 0)), 0.4)
  expect_identical(choose_spread(held_out(0.009, 0.02)), 0)
  expect_identical(choose_spread(held_out(0.011, 0.02)), 0.4)
})

test_that("cases of counts are one where all columns agree", {
  x <- rbind(c(1, 11), c(11, 1), c(1, 11), c(0, 0))
  distinct <- distinct_cases(as_cases(x, size = c(11L, 11L)))
  expect_identical(distinct$counts, c(2, 1, 1))
  expect_equal(all_rows(distinct$cases), x[c(1, 2, 4), ])
})

# Two classes of binomial counts by EM.
em_of_counts <- function(x, size, steps = 500) {
  p <- rbind(rep(0.4, ncol(x)), 0.6)
  share <- c(0.5, 0.5)
  for (step in seq_len(steps)) {
    joint <- vapply(1:2, function(k) {
      log(share[k]) + colSums(stats::dbinom(t(x), size, p[k, ], log = TRUE))
    }, numeric(nrow(x)))
    total <- apply(joint, 1, log_sum_exp)
    member <- exp(joint - total)
    share <- colMeans(member)
    p <- t(member) %*% x / colSums(member) / rep(size, each = 2)
  }
  sum(total)
}

test_that("of counts of any size the default is the maximum too", {
  for (m in c(8, 100, 1000)) {
    set.seed(31)
    often <- runif(300) < 0.4
    size <- c(m, m, 1, 5)
    x <- vapply(1:4, function(j) {
      rbinom(300, size[j], ifelse(often, 0.7, 0.3))
    }, numeric(300))
    units <- c(sprintf("binomial(%d)", m), sprintf("binomial(%d)", m),
               "binary", "binomial(5)")
    best <- em_of_counts(x, size)
    plain <- rbm_fit(x, 1, units = units, weight_decay = 0, verbose = FALSE)
    expect_lte(abs(as.numeric(logLik(plain)) - best), 2e-3)
    fit <- rbm_fit(x, 3, units = units, verbose = FALSE)
    expect_gt(as.numeric(logLik(fit)), best - 3)
    expect_identical(fit$units, plain$units)
    expect_output(print(fit), "Held out, nats per case: [-.0-9]+; independent")
  }
  # Where nothing is to be learned.
  set.seed(32)
  x <- matrix(rbinom(600, 30, 0.4), 200)
  expect_output(print(rbm_fit(x, 2, units = "binomial(30)")),
                "best described as independent")
})

test_that("counts are penalised as tied columns of 0 and 1", {
  set.seed(33)
  x <- cbind(rbinom(40, 3, 0.4), rbinom(40, 1, 0.5))
  parts <- list(W = matrix(rnorm(4), 2), b = c(0.3, -1), c = c(0.2, 0.1))
  loss <- function(x, units, rows) {
    cases <- as_cases(x, size = sizes_of(list(units = units)))
    distinct <- list(cases = cases, counts = rep(1, 40))
    problem <- likelihood_problem(distinct, distinct$counts,
                                  problem_setup(2L, units))
    at <- function(decay) {
      penalised_loss(c(parts$W[rows, ], parts$b[rows], parts$c), problem,
                     decay)$value
    }
    # The biases' penalty is a case's, of as many units as there are.
    bias <- c(parts$b[rows], parts$c)
    at(0.3) - at(0) - sum(softplus(bias) + softplus(-bias)) / 2 / 40
  }
  cells <- cbind(t(vapply(x[, 1], function(on) rep(1:0, c(on, 3 - on)),
                          integer(3))), x[, 2])
  expect_near(loss(x, units_of_sizes(c(3L, 1L)), 1:2),
              loss(cells, default_units(), c(1, 1, 1, 2)))
})

test_that("held-out gains have the errors of their cases", {
  x <- latent()[1:60, ]
  distinct <- distinct_cases(as_cases(x))
  effort <- list(folds = 5L, used = 2L, fold_starts = 1L, rough = 1e-6,
                 paths = list(wider = 5))
  key <- c(3, 4)
  found <- cross_validate(distinct, problem_setup(2L), effort, key, 1000)
  # The same folds and fits, a case at a time.
  u <- drop(.Call(ffi_uniforms, c(3, 4 + 2^29), "start", 0, 0, 60, 1L))
  fold <- integer(60)
  fold[order(u)] <- rep_len(1:5, 60)
  cases <- pick_rows(distinct$cases, rep(seq_along(distinct$counts),
                                         distinct$counts))
  by_case <- lapply(1:2, function(k) {
    train <- distinct_cases(as_cases(cases[fold != k, ]))
    problem <- likelihood_problem(train, train$counts, problem_setup(2L))
    model <- uncentred(spread_path(problem, effort, key, 1000)[["5"]]$theta,
                       problem)
    out <- cases[fold == k, ]
    p <- (colSums(cases[fold != k, ]) + 0.5) / (sum(fold != k) + 1)
    cbind(drop(out %*% log(p) + (1 - out) %*% log1p(-p)),
          -rbm_free_energy(do.call(rbm, model[c("W", "b", "c")]), out) -
            exact_log_z(do.call(rbm, model[c("W", "b", "c")]))$log_z)
  })
  by_case <- do.call(rbind, by_case)
  n <- nrow(by_case)
  expect_near(found$path[["0"]], mean(by_case[, 1]), 1e-12)
  expect_near(found$path[["5"]], mean(by_case[, 2]), 1e-5)
  gain <- by_case[, 2] - by_case[, 1]
  expect_near(found$se[["5"]], stats::sd(gain) * sqrt((n - 1) / n) / sqrt(n),
              1e-4)
})

test_that("where nothing is learned print says so", {
  set.seed(9)
  x <- matrix(rbinom(2500, 1, 0.5), 250)
  weak <- vapply(1:4, function(seed) {
    set.seed(seed)
    fit <- rbm_fit(x[sample(250, 125), ], 4)
    said <- grepl("Nothing was learned",
                  paste(utils::capture.output(print(fit)), collapse = " "))
    identical(max(abs(fit$W)) < 1e-3, said)
  }, NA)
  expect_true(all(weak))
})

test_that("one key gives one answer for any threads and vectors", {
  x <- latent()[1:200, ]
  fit <- function(...) {
    set.seed(4)
    coef(rbm_fit(x, 2, ...))
  }
  expect_identical(fit(threads = 1), fit(threads = 2))
  expect_draws(rbm_fit(x, 2, starts = 2), 2)
})

test_that("settings of training by steps keep to these", {
  x <- latent()[1:100, ]
  expect_identical(rbm_fit(x, 2, epochs = 2)$training$settings$optimiser, "sgd")
  expect_null(rbm_fit(x, 2, learning_rate = 0.1)$training$maximum)
  wide <- matrix(rbinom(30 * 40, 1, 0.5), 30)
  expect_null(rbm_fit(wide, 25, validation = 0.2)$training$maximum)
  expect_null(rbm_fit(wide / 2, 2)$training$maximum)
})

test_that("an interrupted fit is a model, and is made whole by resuming", {
  x <- latent()[1:200, ]
  set.seed(7)
  whole <- rbm_fit(x, 2)
  half <- whole
  half$training$stopped <- "interrupted"
  half$training$settings$weight_decay <- 0
  expect_identical(coef(rbm_resume(half)), coef(whole))
  expect_s3_class(refuse <- tryCatch(rbm_resume(whole), error = identity),
                  "harmonium_error_resume_maximum")
})

test_that("a maximum is saved, loaded, shown and started from", {
  x <- latent()[1:200, ]
  set.seed(8)
  fit <- rbm_fit(x, 2, starts = 3, weight_decay = 0.01)
  file <- tempfile(fileext = ".rbm")
  on.exit(unlink(file))
  rbm_save(fit, file)
  expect_identical(rbm_load(file)$training$maximum, fit$training$maximum)
  expect_output(print(fit), "Converged")
  expect_output(print(summary(fit)), "optimiser = lbfgs")
  expect_output(print(rbm_fit(x, 2, weight_decay = 0)), "No penalty")
  expect_output(print(rbm_fit(x, 2, optimiser = "lbfgs", epochs = 1)),
                "NOT CONVERGED")
  again <- rbm_fit(x, init = fit, optimiser = "lbfgs", starts = 1,
                   weight_decay = fit$training$settings$weight_decay)
  expect_gte(as.numeric(logLik(again)), as.numeric(logLik(fit)) - 0.1)
  held <- rbm_fit(x, 2, optimiser = "lbfgs", validation = 0.3)
  last <- nrow(held$training$history)
  expect_near(held$training$history$valid_log_lik[last],
              as.numeric(logLik(held, x[held$training$held_out, ])) / 60,
              1e-10)
})

test_that("errors say what the maximum needs", {
  x <- latent()[1:50, ]
  done <- rbm_fit(x, 1, weight_decay = 0)
  expect_said(c(
    refused(rbm_fit(x / 2, 2, optimiser = "lbfgs"), "lbfgs_intensities"),
    refused(rbm_fit(x, 2, optimiser = "lbfgs", estimator = "cd"),
            "lbfgs_estimator"),
    refused(rbm_fit(matrix(1:0, 4, 30), 26, optimiser = "lbfgs"),
            "lbfgs_large"),
    refused(rbm_fit(x, 2, optimiser = "sgd", weight_decay = "auto"),
            "decay_auto"),
    refused(rbm_fit(x, 2, starts = 0), "count"),
    refused(rbm_resume(done), "resume_maximum")
  ))
})
