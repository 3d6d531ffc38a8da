# Large enough for every parallel loop: the core shares work from some 200,000
# multiply-and-adds on.
large_bits <- function() {
  set.seed(1)
  random_bits(600, 700, 0.3)
}

test_that("a fit has the same bits with 1 and with 2 threads", {
  skip_on_one_thread()
  x <- large_bits()
  fit <- function(threads) {
    set.seed(2)
    rbm_fit(x, 320, epochs = 2, batch_size = 200, k = 2, momentum = 0.5,
            weight_decay = 1e-3, threads = threads)
  }
  one <- fit(1)
  two <- fit(2)
  expect_identical(coef(one), coef(two))
  results <- setdiff(names(one$training$history), "seconds")
  expect_identical(one$training$history[results], two$training$history[results])
})

test_that("conditionals and samples have the same bits for any number", {
  skip_on_one_thread()
  x <- large_bits()
  set.seed(3)
  model <- random_model(700, 320, sd = 0.1)
  results <- function(threads) {
    before <- options(harmonium.threads = threads)
    on.exit(options(before))
    set.seed(4)
    list(
      rbm_hidden(model, x),
      rbm_hidden(model, x, "input"),
      rbm_hidden(model, x, "sample"),
      rbm_visible(model, rbm_hidden(model, x, "sample"), "sample"),
      rbm_sample(model, 600, steps = 3),
      rbm_sample(model, 600, steps = 2, start = x, type = "probability")
    )
  }
  one <- results(1L)
  expect_identical(one, results(2L))
  expect_identical(one, results(1000L))
})

test_that("a single case and a few rows do not depend on threads either", {
  skip_on_one_thread()
  set.seed(5)
  for (n in c(1, 3, 31)) {
    x <- random_bits(n, 40)
    fit <- function(threads) {
      set.seed(6)
      coef(rbm_fit(x, 7, epochs = 3, threads = threads))
    }
    expect_identical(fit(1), fit(2))
  }
})

test_that("threads come from the argument, the option, the environment", {
  limit <- .Call(harmonium:::ffi_thread_limit)
  expect_gte(limit, 1L)
  name <- "HARMONIUM_NUM_THREADS"
  options_before <- options(harmonium.threads = NULL)
  before <- Sys.getenv(name, NA)
  on.exit({
    options(options_before)
    if (is.na(before)) {
      Sys.unsetenv(name)
    } else {
      do.call(Sys.setenv, stats::setNames(list(before), name))
    }
  })
  set_variable <- function(value) {
    do.call(Sys.setenv, stats::setNames(list(value), name))
  }
  Sys.unsetenv(name)
  expect_identical(harmonium:::resolve_threads(), min(2L, limit))
  set_variable("1")
  expect_identical(harmonium:::resolve_threads(), 1L)
  options(harmonium.threads = 1000)
  expect_identical(harmonium:::resolve_threads(), limit)
  expect_identical(harmonium:::resolve_threads(1), 1L)

  model <- rbm(matrix(1, 2, 1))
  x <- diag(2)
  options(harmonium.threads = "many")
  said <- c(
    refused(rbm_hidden(model, x), "count"),
    refused(rbm_hidden(model, x, "sample"), "count"),
    refused(rbm_sample(model, 3), "count"),
    refused(rbm_fit(x, 1), "count")
  )
  options(harmonium.threads = NULL)
  set_variable("0")
  said <- c(said, refused(rbm_sample(model, 3), "count"))
  set_variable("two")
  said <- c(said, refused(rbm_visible(model, t(1), "sample"), "count"))
  expect_said(said)
})

test_that("a child process works after its parent used threads", {
  skip_on_os("windows")
  x <- large_bits()
  fit <- function() {
    set.seed(7)
    coef(rbm_fit(x, 320, epochs = 1, batch_size = 200, threads = 2))
  }
  here <- fit()
  job <- parallel::mcparallel(fit())
  # A child that waits for threads it does not have would wait for ever.
  there <- parallel::mccollect(job, wait = FALSE, timeout = 60)
  if (is.null(there)) {
    tools::pskill(job$pid, tools::SIGKILL)
    suppressWarnings(parallel::mccollect(job))
  }
  expect_identical(there[[1L]], here)
  expect_identical(
    parallel::mclapply(1:2, function(i) fit(), mc.cores = 2),
    list(here, here)
  )
})
