learning_rate_at <- harmonium:::learning_rate_at
check_schedule <- harmonium:::check_schedule
schedules <- harmonium:::schedules

control_of <- function(schedule, learning_rate = 0.3, decay = 0.25,
                       epochs = 8L) {
  list(schedule = schedule, learning_rate = learning_rate, decay = decay,
       epochs = epochs)
}

rates <- function(..., at = 1:8) {
  vapply(at, learning_rate_at, 0, control = control_of(...))
}

test_that("each schedule follows its formula", {
  expect_identical(rates("constant"), rep(0.3, 8))
  expect_equal(rates("linear"), 0.3 * (8:1) / 8, tolerance = 1e-15)
  # Each rate from the one before it.
  expect_equal(rates("exponential"),
               Reduce(`*`, rep(exp(-0.25), 7), 0.3, accumulate = TRUE),
               tolerance = 1e-14)
  expect_equal(1 / rates("inverse"), 1 / 0.3 + 0:7 * 0.25 / 0.3,
               tolerance = 1e-14)
})

test_that("every schedule starts at the learning rate and never rises", {
  for (schedule in schedules) {
    rate <- rates(schedule)
    expect_identical(rate[1L], 0.3)
    expect_true(all(diff(rate) <= 0))
    expect_true(all(rate > 0))
    expect_identical(rates(schedule, epochs = 1L, at = 1L), 0.3)
  }
  for (schedule in c("exponential", "inverse")) {
    expect_identical(rates(schedule, decay = 0), rep(0.3, 8))
  }
})

test_that("a linear schedule stays above 0 past its epochs", {
  expect_equal(rates("linear", at = 8:10), rep(0.3 / 8, 3), tolerance = 1e-15)
})

test_that("large numbers of epochs do not overflow", {
  last <- .Machine$integer.max
  for (schedule in c("constant", "linear", "inverse")) {
    rate <- rates(schedule, epochs = last, at = last)
    expect_true(is.finite(rate) && rate > 0)
  }
})

test_that("a function gives the rate itself", {
  steps <- function(epoch) if (epoch <= 3) 0.2 else 0.02
  expect_identical(rates(steps), rep(c(0.2, 0.02), c(3, 5)))
  expect_identical(rates(function(epoch) 2L, at = 1L), 2)
  seen <- NULL
  rates(function(epoch) {
    seen <<- c(seen, epoch)
    1
  })
  expect_identical(seen, 1:8)
})

test_that("schedules are names or functions", {
  for (schedule in schedules) {
    expect_identical(check_schedule(schedule, "schedule"), schedule)
  }
  own <- function(epoch) 0.1 / epoch
  expect_identical(check_schedule(own, "schedule"), own)
  expect_said(c(
    refused(check_schedule("step", "schedule"), "schedule"),
    refused(check_schedule("Linear", "schedule"), "schedule"),
    refused(check_schedule("lin", "schedule"), "schedule"),
    refused(check_schedule(NA_character_, "schedule"), "schedule"),
    refused(check_schedule(schedules, "schedule"), "schedule"),
    refused(check_schedule(NULL, "schedule"), "schedule"),
    refused(check_schedule(0.1, "schedule"), "schedule"),
    refused(check_schedule(list(own), "schedule"), "schedule"),
    refused(check_schedule("function", "schedule"), "schedule_absent")
  ))
})

test_that("what a function gives is checked, with the epoch", {
  at_five <- function(value) {
    control <- control_of(function(epoch) if (epoch == 5) value else 0.1)
    learning_rate_at(control, 4L)
    learning_rate_at(control, 5L)
  }
  failing <- control_of(function(epoch) stop("no rate for ", epoch))
  expect_said(c(
    refused(at_five(0), "schedule_rate"),
    refused(at_five(-0.1), "schedule_rate"),
    refused(at_five(NaN), "schedule_rate"),
    refused(at_five(NA), "schedule_rate"),
    refused(at_five(Inf), "schedule_rate"),
    refused(at_five(c(0.1, 0.2)), "schedule_rate"),
    refused(at_five(NULL), "schedule_rate"),
    refused(at_five("0.1"), "schedule_rate"),
    refused(at_five(TRUE), "schedule_rate"),
    refused(at_five(list(0.1)), "schedule_rate"),
    refused(learning_rate_at(failing, 7L), "schedule_failed"),
    refused(learning_rate_at(control_of(function() 0.1), 1L),
            "schedule_failed")
  ))
  error <- tryCatch(learning_rate_at(failing, 7L), error = identity)
  expect_identical(error$epoch, 7L)
  expect_identical(conditionMessage(error$parent), "no rate for 7")
})

test_that("a fit that diverges names the rate of its schedule", {
  set.seed(1)
  x <- matrix(rbinom(60, 1, 0.5), 20)
  error <- expect_error(
    rbm_fit(x, 3, epochs = 2, schedule = function(epoch) 1e10),
    class = "harmonium_diverged"
  )
  expect_match(conditionMessage(error), "epoch 1 with learning rate 1e\\+10",
               all = FALSE)
  expect_match(conditionMessage(error), "`schedule`", fixed = TRUE)
})
