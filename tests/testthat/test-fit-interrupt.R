# An interrupt is sent by a shell to a fresh R, at a time when it is training.
# The child prints numbers, which are looked at here.

test_that("SIGINT gives the model so far, soon, and the session goes on", {
  output <- interrupted_run(c(
    "set.seed(1)",
    "x <- matrix(as.raw(runif(2e6) < 0.2), 5000)",
    "interrupt_after(1.5)",
    "fit <- rbm_fit(x, 200, epochs = 10000)",
    "cat('late=', late(), '\\n', sep = '')",
    "cat('stopped=', fit$training$stopped, '\\n', sep = '')",
    "cat('finite=', all(is.finite(unlist(coef(fit)))), '\\n', sep = '')",
    "cat('rows=', nrow(fit$training$history), '\\n', sep = '')",
    "set.seed(2)",
    "again <- rbm_fit(x[1:50, 1:20], 5, epochs = 3)",
    "cat('sum=', sprintf('%.17g', sum(again$W)), '\\n', sep = '')",
    "set.seed(1)",
    "x <- matrix(as.raw(runif(2e6) < 0.2), 5000)",
    "set.seed(2)",
    "same <- rbm_fit(x[1:50, 1:20], 5, epochs = 3)",
    "cat('repeats=', identical(coef(again), coef(same)), '\\n', sep = '')"
  ))
  expect_lt(as.numeric(value_of(output, "late")), 0.5)
  expect_identical(value_of(output, "stopped"), "interrupted")
  expect_identical(value_of(output, "finite"), "TRUE")
  expect_true(as.integer(value_of(output, "rows")) >= 0L)
  expect_identical(value_of(output, "repeats"), "TRUE")
  expect_true(any(grepl("^Interrupted in epoch [0-9]+ of 10000", output)))
})

test_that("SIGINT is heeded in one large batch, and in sampling", {
  output <- interrupted_run(c(
    "set.seed(1)",
    "x <- matrix(as.raw(runif(8e6) < 0.5), 20000)",
    "interrupt_after(1)",
    "fit <- rbm_fit(x, 300, epochs = 100, batch_size = 20000, k = 20)",
    "cat('late=', late(), '\\n', sep = '')",
    "cat('stopped=', fit$training$stopped, '\\n', sep = '')",
    "interrupt_after(1)",
    "got <- tryCatch(rbm_sample(fit, 500, steps = 1e6),",
    "                interrupt = function(i) 'interrupt')",
    "cat('sampling=', got, '\\n', sep = '')",
    "cat('sampling_late=', late(), '\\n', sep = '')"
  ))
  expect_lt(as.numeric(value_of(output, "late")), 0.5)
  expect_identical(value_of(output, "stopped"), "interrupted")
  expect_identical(value_of(output, "sampling"), "interrupt")
  expect_lt(as.numeric(value_of(output, "sampling_late")), 0.5)
})

test_that("an interrupt inside a callback keeps the model", {
  output <- interrupted_run(c(
    "x <- matrix(as.raw(runif(600) < 0.5), 30)",
    "interrupt_after(1)",
    "fit <- rbm_fit(x, 3, epochs = 5, callback = function(info) Sys.sleep(9))",
    "cat('stopped=', fit$training$stopped, '\\n', sep = '')",
    "cat('rows=', nrow(fit$training$history), '\\n', sep = '')",
    "cat('late=', late(), '\\n', sep = '')"
  ))
  expect_identical(value_of(output, "stopped"), "interrupted")
  expect_identical(value_of(output, "rows"), "1")
  expect_lt(as.numeric(value_of(output, "late")), 0.5)
})

test_that("long work is left soon, and leaves nothing behind", {
  skip_on_os(c("windows", "mac"))
  skip_on_cran()
  set.seed(601)
  work <- c("fit pt", "fit pl", "fit judged", "fit checkpoint", "resume",
            "sample exact", "sample pt", "log_z ais", "log_z exact",
            "gradient ucd", "moments", "hidden",
            "predict pseudo_log_lik reals", "conditional", "save")
  found <- interrupt_work(work, times = 1L, most_seconds = 0.2, cases = 2000L)
  expect_identical(found$table$work, work)
  expect_true(all(found$table$how %in% c("kept", "left")))
  # One of them may have had to wait for a processor.
  expect_lt(sort(found$table$late, decreasing = TRUE)[2L], 0.5)
  signs <- found$signs
  expect_identical(unique(signs$probe), memory_probe())
  expect_lte(max(signs$open), signs$open[1L])
  expect_lte(max(signs$threads), max(2L, signs$threads[1L]))
  expect_lt(max(signs$heap), signs$heap[1L] + 20)
})
