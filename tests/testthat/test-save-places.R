# Folders that are gone, devices, and two Rs in one place.

test_that("a working folder that is gone is no matter, or told", {
  skip_on_os("windows")
  folder <- tempfile("gone-")
  dir.create(folder)
  old <- setwd(folder) # nolint: undesirable_function_linter.
  on.exit(setwd(old)) # nolint: undesirable_function_linter.
  unlink(folder, recursive = TRUE)
  skip_if(dir.exists(folder), "a working folder cannot be removed here")
  file <- tempfile(fileext = ".rbm")
  on.exit(unlink(file), add = TRUE)
  set.seed(611)
  x <- random_bits(30, 6)
  fit <- rbm_fit(x, 3, epochs = 2, checkpoint = file)
  expect_identical(coef(rbm_load(file)), coef(fit))
  expect_identical(nrow(rbm_resume(file, 1, x = x)$training$history), 3L)
  rbm_save(fit, file)
  expect_identical(rbm_load(file), fit)
  expect_output(print(fit), "2 of 2 epochs")
  expect_output(print(summary(fit)), "Settings")
  expect_identical(dim(rbm_sample(fit, 2, steps = 2)), c(2L, 6L))
  said <- c(
    refused(rbm_save(fit, "m.rbm"), "save"),
    refused(rbm_load("m.rbm"), "load"),
    refused(rbm_fit(x, 3, checkpoint = "m.rbm"), "save")
  )
  # In the folder above, which may be there for some systems.
  refused(rbm_save(fit, file.path("..", "none", "m.rbm")), "save")
  expect_said(said)
})

test_that("devices and pipes are neither read nor replaced", {
  skip_on_os("windows")
  skip_if_not(file.exists("/dev/full"))
  model <- rbm(matrix(1, 2, 2))
  said <- unlist(lapply(c("/dev/full", "/dev/zero"), function(path) {
    c(refused(rbm_save(model, path), "save"),
      refused(rbm_load(path), "load"),
      refused(rbm_fit(diag(2), 1, checkpoint = path), "save"))
  }))
  expect_said(said)
  pipe <- tempfile("pipe")
  on.exit(unlink(pipe))
  skip_if(system2("mkfifo", shQuote(pipe)) != 0L)
  expect_match(refused(rbm_load(pipe), "load"), "a pipe")
  expect_match(refused(rbm_save(model, pipe), "save"), "a pipe")
})

test_that("two Rs at once in one place leave whole files", {
  skip_on_cran()
  skip_on_os("windows")
  found <- fit_at_once(epochs = 40L)
  expect_identical(found$status, c(0L, 0L, 0L, 0L))
  expect_gt(found$loads, 0)
  expect_identical(found$broken, 0L)
  expect_identical(found$left, character())
  expect_identical(found$own, c(TRUE, TRUE))
  expect_true(found$shared %in% 1:2)
})
