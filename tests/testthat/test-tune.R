# Folds, scores by hand, seeds, and what print and plot make of them.

# Two classes: one hidden unit is needed, and enough.
classes <- function(n) {
  class <- rbinom(n, 1, 0.5)
  x <- vapply(c(0.9, 0.8, 0.85, 0.9, 0.75), function(q) {
    rbinom(n, 1, ifelse(class == 1, q, 1 - q))
  }, integer(n))
  colnames(x) <- letters[1:5]
  x
}

tuned <- function(x, ...) {
  set.seed(2)
  rbm_tune(x, 1:2, ..., folds = 3, weight_decay = 0.01, starts = 1)
}

test_that("scores are held-out log-likelihoods of fits with the job's seed", {
  set.seed(1)
  x <- classes(61)
  found <- tuned(x)
  set.seed(2)
  key <- draw_key()
  plan <- seeded(key[1] %/% 2, tune_plan(as_cases(x), 1:2, 3L, NULL))
  expect_identical(found$fold, plan$fold)
  expect_identical(sort(tabulate(found$fold)), c(20L, 20L, 21L))
  for (job in plan$jobs) {
    held <- found$fold == job$part
    fit <- seeded(job$seed, rbm_fit(x[!held, ], job$hidden, starts = 1,
                                    weight_decay = 0.01))
    expect_near(found$by_fold[job$part, job$hidden],
                as.numeric(logLik(fit, x[held, ])) / sum(held), 1e-10)
  }
  sizes <- tabulate(found$fold)
  expect_near(found$table$score, colSums(found$by_fold * sizes) / 61, 1e-10)
  expect_near(found$table$se, apply(found$by_fold, 2, sd) / sqrt(3), 1e-10)
  independent <- vapply(1:3, function(k) {
    p <- (colSums(x[found$fold != k, ]) + 0.5) / (61 - sizes[k] + 1)
    sum(x[found$fold == k, ] %*% log(p) +
          (1 - x[found$fold == k, ]) %*% log(1 - p))
  }, 0)
  expect_near(found$independent[["score"]], sum(independent) / 61, 1e-10)
  expect_gt(max(found$table$score), found$independent[["score"]])
})

test_that("the model is refitted with the chosen number, and can be updated", {
  set.seed(1)
  x <- classes(60)
  found <- tuned(x)
  expect_identical(ncol(found$fit$W), found$chosen)
  expect_identical(rownames(found$fit$W), letters[1:5])
  expect_identical(found$fit$x, x)
  expect_identical(nobs(found$fit), 60L)
  expect_identical(found$fit$training$call,
                   quote(rbm_fit(x = x, hidden = 1L, weight_decay = 0.01,
                                 starts = 1))[c(1:5)], ignore_attr = TRUE)
  expect_identical(ncol(update(found$fit, hidden = 3)$W), 3L)
  expect_null(tuned(x, refit = FALSE)$fit)
})

test_that("the chosen number is the smallest within one standard error", {
  set.seed(1)
  found <- rbm_tune(classes(200), c(4, 1, 2, 2), folds = 4, starts = 1,
                    weight_decay = 0.001)
  expect_identical(found$table$hidden, c(1L, 2L, 4L))
  best <- which.max(found$table$score)
  expect_identical(found$best, found$table$hidden[best])
  expect_identical(found$chosen, min(found$table$hidden[
    found$table$behind <= found$table$behind_se
  ]))
  expect_near(found$table$behind, found$table$score[best] - found$table$score,
              1e-10)
  expect_identical(found$table$behind_se[best], 0)
})

test_that("differences to the best are paired, with the errors of log Z", {
  jobs <- list(list(part = 1L, hidden = 1L), list(part = 2L, hidden = 1L),
               list(part = 1L, hidden = 3L), list(part = 2L, hidden = 3L))
  set.seed(8)
  a <- rnorm(50)
  b <- a + rnorm(50, 0.1, 0.01)
  results <- list(list(log_prob = a[1:20], log_z_se = 0.1),
                  list(log_prob = a[21:50], log_z_se = 0.2),
                  list(log_prob = b[1:20], log_z_se = 0),
                  list(log_prob = b[21:50], log_z_se = 0.05))
  found <- behind_best(results, jobs, c(1L, 3L), 2L)
  expect_near(found$behind, c(mean(b - a), 0))
  variance <- var(b - a) / 50 +
    (0.4 * 0.1)^2 + (0.6 * 0.2)^2 + (0.6 * 0.05)^2
  expect_near(found$behind_se, c(sqrt(variance), 0))
  # Of exact models the pairing leaves almost nothing of the spread of cases.
  results <- lapply(results, replace, "log_z_se", 0)
  found <- behind_best(results, jobs, c(1L, 3L), 2L)
  expect_lt(found$behind_se[1], 0.02 * sd(a) / sqrt(50) * 1.5)
})

test_that("a number far behind in each case is not chosen for wide scores", {
  # Cases differ by nats, models by little, but in almost every case.
  set.seed(9)
  x <- classes(300)
  found <- rbm_tune(x, 1:2, validation = classes(300), starts = 2,
                    weight_decay = 0.001)
  row <- setdiff(1:2, match(found$best, found$table$hidden))
  expect_lt(found$table$behind_se[row], found$table$se[row] / 2)
})

test_that("a validation set is scored by its cases", {
  set.seed(1)
  x <- classes(60)
  y <- classes(30)
  found <- tuned(x, validation = y)
  expect_identical(found$held_out, 30L)
  expect_null(found$fold)
  p <- (colSums(x) + 0.5) / 61
  twin <- y %*% log(p) + (1 - y) %*% log(1 - p)
  expect_near(unname(found$independent), c(mean(twin), sd(twin) / sqrt(30)),
              1e-10)
  model <- seeded(1, rbm_fit(x, found$chosen, starts = 1, weight_decay = 0.01))
  each <- as.numeric(predict(model, y, type = "log_prob"))
  row <- found$table$hidden == found$chosen
  expect_near(found$table$score[row], mean(each), 1e-3)
  expect_near(found$table$se[row], sd(each) / sqrt(30), 1e-2)
  expect_identical(tuned(x, validation = 0.25)$held_out, 15L)
  one <- tuned(x, validation = y[1, , drop = FALSE])
  expect_true(all(is.na(one$table$se)))
  expect_output(print(one), "1 case of a validation set")
})

test_that("any map, order and kind of random numbers give the same answer", {
  set.seed(1)
  x <- classes(40)
  same <- c("table", "by_fold", "fold", "best", "chosen", "independent")
  sgd <- function(...) {
    set.seed(3)
    rbm_tune(x, 1:2, ..., folds = 2, epochs = 3)
  }
  found <- sgd()
  backwards <- function(x, f) rev(lapply(rev(x), f))
  expect_identical(sgd(map = backwards)[same], found[same])
  expect_identical(coef(sgd(map = backwards)$fit), coef(found$fit))
  stirred <- function(x, f) {
    old <- RNGkind("Wichmann-Hill", "Box-Muller", "Rounding")
    on.exit(RNGkind(old[1], old[2], old[3]))
    lapply(x, function(job) {
      runif(3)
      kinds <- RNGkind()
      result <- f(job)
      stopifnot(identical(RNGkind(), kinds))
      result
    })
  }
  expect_identical(suppressWarnings(sgd(map = stirred))[same], found[same])
  # As it would arrive in another process.
  posted <- function(x, f) {
    f <- unserialize(serialize(f, NULL))
    lapply(x, f)
  }
  expect_identical(sgd(map = posted)[same], found[same])
  expect_draws(rbm_tune(x, 1, folds = 2, epochs = 2), 2)
})

test_that("a seed of its own leaves no trace", {
  set.seed(7)
  before <- random_state()
  first <- seeded(1, runif(2))
  expect_identical(random_state(), before)
  expect_identical(seeded(1, runif(2)), first)
  expect_error(seeded(1, stop("no")), "no")
  expect_identical(random_state(), before)
})

test_that("data of all kinds are taken, settings are passed on", {
  set.seed(1)
  x <- classes(40)
  found <- tuned(x)
  expect_identical(tuned(as.data.frame(x))$table, found$table)
  expect_identical(tuned(x == 1)$table, found$table)
  set.seed(2)
  control <- rbm_control(weight_decay = 0.01, starts = 1)
  other <- rbm_tune(x, 1:2, control = control, folds = 3)
  expect_identical(other$table, found$table)
})

test_that("print and plot show the table and the choice", {
  set.seed(1)
  x <- classes(60)
  found <- tuned(x)
  found$table <- data.frame(hidden = c(1L, 2L, 4L), score = c(-3.1, -3, -2.98),
                            se = c(0.05, 0.04, 0.05),
                            behind = c(0.12, 0.02, 0),
                            behind_se = c(0.03, 0.021, 0))
  found$independent <- c(score = -3.4, se = 0.03)
  found$best <- 4L
  found$chosen <- 2L
  expect_snapshot(found)
  found$independent[["score"]] <- -2
  found["fit"] <- list(NULL)
  expect_snapshot(print(found, digits = 1))
  expect_false(withVisible(print(found))$visible)
  page <- read_page(expect_identical(plot(found), found), 6, 4)
  words <- page$words$words
  expect_true(all(c("1", "2", "4", "Hidden units") %in% words))
  expect_no_error(read_page(plot(tuned(x, validation = x[1, , drop = FALSE])),
                            6, 4))
})

test_that("errors say what cannot be tuned", {
  set.seed(1)
  x <- classes(10)
  broken <- tuned(x, refit = FALSE)
  broken$best <- 7
  fails <- function(x, f) {
    lapply(x, function(job) try(stop("out of memory"), silent = TRUE))
  }
  expect_said(c(
    refused(rbm_tune(), "absent"),
    refused(rbm_tune(x, c(2, 2.5)), "tune_hidden"),
    refused(rbm_tune(x, 0), "tune_hidden"),
    refused(rbm_tune(x, "2"), "tune_hidden"),
    refused(rbm_tune(x, integer()), "tune_hidden"),
    refused(rbm_tune(x, folds = 11), "tune_folds"),
    refused(rbm_tune(x, folds = 1), "count"),
    refused(rbm_tune(x, map = 1), "tune_map"),
    refused(rbm_tune(x, map = NULL), "tune_map"),
    refused(rbm_tune(x / 2), "not_binary"),
    refused(rbm_tune(x, validation = x / 2), "not_binary"),
    refused(rbm_tune(x, validation = 1), "validation"),
    refused(rbm_tune(x, validation = x[, 1:4]), "columns"),
    refused(rbm_tune(x, epoch = 2), "unknown"),
    refused(rbm_tune(x, epochs = -1), "count"),
    refused(rbm_tune(x, init = 3, checkpoint = "a"), "tune_dots"),
    refused(rbm_tune(x, refit = 1), "flag"),
    refused(print(broken), "object_changed"),
    refused(plot(broken), "object_changed")
  ))
  expect_snapshot(rbm_tune(x, 1, map = function(x, f) 1:3), error = TRUE)
  expect_snapshot(rbm_tune(x, 1, map = fails), error = TRUE)
  expect_snapshot(rbm_tune(x, 1, map = sum), error = TRUE)
  expect_error(rbm_tune(x, 1, map = sum),
               class = "harmonium_error_tune_map_failed")
  expect_error(rbm_tune(x, 1, patience = 3), class = "harmonium_error")
  expect_error(rbm_tune(x, 1, map = function(x, f) list()),
               class = "harmonium_error_tune_map_length")
  expect_error(rbm_tune(x, 1, map = fails),
               class = "harmonium_error_tune_map_result")
})

test_that("columns of counts are tuned by their units", {
  set.seed(41)
  often <- runif(90) < 0.5
  x <- data.frame(visits = rbinom(90, 12, ifelse(often, 0.8, 0.2)),
                  member = rbinom(90, 1, 0.5),
                  calls = rbinom(90, 12, ifelse(often, 0.3, 0.7)))
  named <- rbm_tune(x, 1:2, folds = 3, starts = 2, weight_decay = 0.01,
                    units = c(visits = "binomial(12)", calls = "binomial(12)"))
  expect_gt(named$table$score[1], named$independent[["score"]] + 1)
  expect_identical(named$fit$units[["visible"]], "binomial(12,1,12)")
  expect_identical(eval(named$fit$training$call$units),
                   c(visits = "binomial(12)", calls = "binomial(12)"))
  # Sizes that are read from the data are those of all, not of a fold.
  set.seed(42)
  expect_message(open <- rbm_tune(x, 1, folds = 3, starts = 1, refit = FALSE,
                                  weight_decay = 0.01,
                                  units = c(visits = "binomial",
                                            calls = "binomial(12)")), "visits")
  expect_true(is.finite(open$table$score))
  refused(rbm_tune(x, 1, units = c(visits = "binomial(3)")), "counts")
})
