# What is said of work that goes on, told to a recorder in place of a bar.

# The names of the bars that were opened, and the shares that each was told.
record <- function(code) {
  seen <- list()
  kept <- mget(c("wanted", "open"), envir = progress)
  on.exit(list2env(kept, progress))
  progress$wanted <- function() TRUE
  progress$open <- function(doing, frame) {
    seen[[length(seen) + 1L]] <<- list(doing = doing, shares = numeric())
    number <- length(seen)
    function(share) {
      seen[[number]]$shares <<- c(seen[[number]]$shares, share)
    }
  }
  force(code)
  expect_null(progress$tell)
  expect_null(progress$in_c)
  expect_null(progress$done)
  seen
}

names_of_bars <- function(seen) vapply(seen, `[[`, "", "doing")

expect_rising <- function(shares) {
  expect_gt(length(shares), 1L)
  expect_true(all(diff(shares) >= 0))
  expect_gte(shares[1L], 0)
  expect_lte(shares[length(shares)], 1)
}

test_that("work in C is counted as it goes on", {
  object <- rbm(matrix(rnorm(400 * 300, sd = 0.01), 400))
  seen <- record(rbm_sample(object, 100, steps = 3000))
  expect_identical(names_of_bars(seen)[1L], "Sampling")
  expect_rising(seen[[1L]]$shares)
  tempered <- record(rbm_sample(object, 20, steps = 2000, method = "pt"))
  expect_rising(tempered[[which.max(lengths(lapply(tempered, `[[`,
                                                   "shares")))]]$shares)
})

test_that("annealing tells how much of its budget is spent, and nothing else", {
  object <- rbm(matrix(rnorm(30 * 30), 30))
  seen <- record(rbm_log_z(object, "ais", budget = 5e4))
  expect_identical(names_of_bars(seen), "Annealing, at most")
  expect_rising(seen[[1L]]$shares)
  expect_length(record(rbm_log_z(object, "ais", budget = 5e4,
                                 verbose = FALSE)), 0L)
})

test_that("parts of work are parts of its bar", {
  seen <- record(out <- lapply_told("All", 1:4, function(i) {
    with_progress("One", 2, {
      progress$tell(0.5)
      i^2
    })
  }))
  expect_identical(out, as.list((1:4)^2))
  expect_identical(names_of_bars(seen), "All")
  expect_equal(seen[[1L]]$shares, c(0.125, 0.25, 0.375, 0.5, 0.625, 0.75,
                                    0.875, 1))
})

test_that("imputation, tuning, the bootstrap and fits have one bar each", {
  set.seed(1)
  x <- random_bits(30, 5) > 0
  fit <- record(fit <- rbm_fit(x, 2))
  expect_identical(names_of_bars(fit), "Fitting")
  expect_rising(fit[[1L]]$shares)
  expect_equal(max(fit[[1L]]$shares), 1)
  fit <- rbm_fit(as.data.frame(x), 2, starts = 1, weight_decay = 0.1)
  x[1:4, 2] <- NA
  seen <- record(rbm_impute(fit, as.data.frame(x), m = 3))
  expect_identical(names_of_bars(seen), "Filling in")
  expect_equal(seen[[1L]]$shares[seen[[1L]]$shares * 3 ==
                                   round(seen[[1L]]$shares * 3)],
               1:3 / 3)
  tuned <- record(rbm_tune(na.omit(x), 1:2, folds = 2, epochs = 2))
  expect_identical(names_of_bars(tuned)[1L], "Fitting")
  expect_equal(max(tuned[[1L]]$shares), 1)
})

test_that("gradients and couplings tell", {
  set.seed(5)
  object <- rbm(matrix(rnorm(18 * 20, sd = 0.2), 18))
  x <- random_bits(30, 18)
  seen <- record(rbm_gradient(object, x, estimator = "cd", repeats = 4))
  expect_identical(names_of_bars(seen)[1L], "Gradients")
  expect_equal(seen[[1L]]$shares, 1:4 / 4)
  expect_identical(names_of_bars(record(rbm_gradient(object, x))),
                   "Enumerating states")
  coupled <- record(rbm_couplings(object, draws = 100))
  expect_identical(names_of_bars(coupled), "Couplings")
  expect_equal(coupled[[1L]]$shares, 1:18 / 18)
})

test_that("a fit that is not to say anything has no bar", {
  set.seed(2)
  x <- random_bits(60, 30)
  quiet <- record(rbm_fit(x, 25, epochs = 3, verbose = FALSE))
  expect_length(quiet, 0L)
  expect_length(record(rbm_fit(x > 0, 2, verbose = FALSE)), 0L)
  automatic <- record(capture.output(suppressMessages(
    rbm_fit(x, 25, verbose = FALSE)
  )))
  expect_length(automatic, 0L)
})

test_that("a bar is closed by an error, and the next one is its own", {
  expect_length(record(try(with_progress("Fails", 1, stop("no")),
                           silent = TRUE)), 1L)
  expect_length(record(try(lapply_told("Fails", 1:2, function(i) stop("no")),
                           silent = TRUE)), 1L)
  expect_length(record(rbm_free_energy(rbm(matrix(0, 2, 2)), diag(2))), 1L)
})
