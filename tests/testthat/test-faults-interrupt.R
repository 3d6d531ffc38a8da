# Every kind of long work is interrupted in tests/faults/interrupt.R a thousand
# times; here a few are, once each.

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
