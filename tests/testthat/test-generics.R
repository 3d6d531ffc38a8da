# What users of other model functions try first.

small_fit <- function(...) {
  set.seed(1)
  x <- matrix(rbinom(240, 1, 0.5), 60, dimnames = list(NULL, letters[1:4]))
  rbm_fit(x, 2, epochs = 3, ...)
}

test_that("a model says what it is in one line, and its parts in six", {
  fit <- small_fit()
  expect_identical(format(fit), "<rbm> 4 visible x 2 hidden units, both binary")
  expect_output(print(fit), format(fit), fixed = TRUE)
  lines <- capture.output(shown <- str(fit))
  expect_identical(shown, fit)
  expect_lte(length(lines), 6L)
  expect_match(lines, "4 x 2 weights", all = FALSE)
  expect_match(capture.output(str(rbm(fit$W))), "not fitted", all = FALSE)
  expect_match(capture.output(str(list(a = fit, b = 1))), "<rbm> 4 visible",
               all = FALSE)
  expect_identical(variable.names(fit), letters[1:4])
  expect_null(variable.names(rbm(matrix(0, 2, 1))))
  expect_identical(getCall(fit)[[1L]], quote(rbm_fit))
  expect_null(getCall(rbm(matrix(0, 2, 1))))
})

test_that("criteria are those of the log-likelihood, with its error", {
  fit <- small_fit()
  found <- logLik(fit)
  df <- 4 * 2 + 4 + 2
  expect_near(deviance(fit), -2 * as.numeric(found))
  expect_near(AIC(fit), -2 * as.numeric(found) + 2 * df)
  expect_near(AIC(fit, k = 3), -2 * as.numeric(found) + 3 * df)
  expect_near(BIC(fit), -2 * as.numeric(found) + log(60) * df)
  other <- small_fit(estimator = "cd")
  both <- AIC(fit, other)
  expect_identical(names(both), c("df", "AIC"))
  expect_near(both$AIC, c(AIC(fit), AIC(other)))
  expect_identical(names(BIC(fit, other)), c("df", "BIC"))
  estimate <- function(f) f(fit, method = "ais", runs = 10, budget = 1e4)
  for (f in list(deviance, AIC, BIC)) {
    expect_warning(estimate(f), class = "harmonium_warning_estimate")
  }
  expect_said(c(
    refused(anova(fit), "anova"), refused(as.matrix(fit), "as_matrix"),
    refused(AIC(fit, k = "a"), "number"), refused(getCall(fit, 1), "dots"),
    refused(variable.names(fit, 1), "dots")
  ))
})

test_that("settings print what differs from the defaults", {
  expect_output(print(rbm_control()), "all settings are the defaults")
  lines <- capture.output(print(rbm_control(estimator = "cd", k = 10)))
  expect_identical(lines, "<rbm_control> estimator = \"cd\", k = 10L")
  long <- rbm_control(schedule = function(epoch) {
    rate <- 0.1
    rate / epoch
  })
  expect_match(paste(capture.output(print(long)), collapse = " "),
               "schedule = function")
})

test_that("samples become plain data frames, and have a summary", {
  fit <- small_fit()
  drawn <- rbm_sample(fit, 8, steps = 5)
  frame <- as.data.frame(drawn)
  expect_identical(as.matrix(frame), as.matrix(drawn))
  expect_identical(unname(vapply(frame, class, "")), rep("integer", 4))
  found <- summary(drawn)
  expect_identical(rownames(found), letters[1:4])
  expect_near(found$mean, colMeans(as.matrix(drawn)))
  bare <- rbm_sample(rbm(matrix(0, 2, 1)), 4, steps = 5)
  expect_identical(rownames(summary(bare)), c("v[1]", "v[2]"))
  skip_if_not_installed("tibble")
  tibble <- tibble::as_tibble(drawn)
  expect_identical(as.data.frame(tibble), frame)
  expect_output(print(tibble), "8 . 4")
})

test_that("units with names are a table, unless a picture is asked for", {
  fit <- small_fit()
  expect_null(picture_shape(fit, NULL)$dim)
  expect_identical(picture_shape(fit, c(2, 2))$dim, c(2L, 2L))
  fit$image_dim <- c(1L, 4L)
  expect_identical(picture_shape(fit, NULL)$dim, c(1L, 4L))
  expect_identical(picture_shape(rbm(matrix(0, 4, 1)), NULL)$dim, c(2L, 2L))
})
