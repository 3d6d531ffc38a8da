ink <- digits8$x > 0.5

small_fit <- function(...) {
  set.seed(1)
  rbm_fit(ink[1:60, ], 4, epochs = 4, verbose = FALSE, ...)
}

on_device <- function(code) {
  grDevices::pdf(NULL, 7, 5)
  on.exit(grDevices::dev.off())
  code
}

test_that("the likelihood along training is drawn where it was computed", {
  fit <- small_fit(evaluate_every = 2)
  before <- on_device(graphics::par(no.readonly = TRUE))
  after <- on_device({
    expect_identical(withVisible(plot(fit, "log_lik"))$visible, FALSE)
    graphics::par(no.readonly = TRUE)
  })
  expect_identical(after[c("mar", "cex", "xpd", "pty")],
                   before[c("mar", "cex", "xpd", "pty")])
  words <- log_lik_picture(fit)$note
  history <- fit$training$history
  expect_match(words, format(round(history$log_lik[4], 2)), fixed = TRUE)
  expect_match(words, "after 4 epochs", fixed = TRUE)
  expect_no_match(words, "s.e.", fixed = TRUE) # which an exact one has not
  estimated <- fit
  estimated$training$history$log_lik_se[4] <- 0.2549
  expect_match(log_lik_picture(estimated)$note, "after 4 epochs (s.e. 0.25)",
               fixed = TRUE)
  expect_error(plot(small_fit(), "log_lik"),
               class = "harmonium_error_plot_log_lik")
  expect_snapshot(plot(small_fit(), "log_lik"), error = TRUE)
  expect_error(plot(rbm(matrix(1, 2, 2)), "log_lik"),
               class = "harmonium_error_untrained")
})

test_that("free energies of two data sets are compared", {
  fit <- small_fit()
  picture <- free_energy_picture(fit, against = ink[61:160, ])
  expect_identical(unname(lengths(picture$groups)), c(60L, 100L))
  expect_equal(picture$groups[[1]], rbm_free_energy(fit, ink[1:60, ]))
  expect_equal(picture$groups[[2]], rbm_free_energy(fit, ink[61:160, ]))
  gap <- mean(picture$groups[[2]]) - mean(picture$groups[[1]])
  expect_match(picture$note, sprintf("%.2f nats", abs(gap)), fixed = TRUE)
  on_device({
    expect_no_error(plot(fit, "free_energy", against = ink[61:160, ]))
    expect_no_error(plot(fit, "free_energy", newdata = ink[1, , drop = FALSE]))
    expect_no_error(plot(fit, "free_energy", newdata = ink[1:5, ],
                         against = ink[1, , drop = FALSE]))
  })
  expect_error(plot(fit, "free_energy", newdata = digits8$x),
               class = "harmonium_error_not_binary")
})

test_that("the weights of an estimate are drawn, an exact answer has none", {
  fit <- small_fit()
  set.seed(2)
  estimate <- rbm_log_z(fit, "ais", tol = 1, runs = 20)
  on_device(
    expect_identical(withVisible(plot(estimate))$value, estimate)
  )
  expect_error(plot(rbm_log_z(fit)), class = "harmonium_error_plot_exact")
  refused(plot(estimate, type = "b"), "dots")
  expect_snapshot(plot(rbm_log_z(fit)), error = TRUE)
})
