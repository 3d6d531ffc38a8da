# By tabled flips, or from the definition as for intensities.
core_pseudo <- function(model, x, tabled = TRUE) {
  cases <- harmonium:::as_cases(x)
  if (!tabled) {
    cases["bits"] <- list(NULL)
    cases$reals <- x + 0
  }
  .Call(harmonium:::ffi_pseudo_log_lik, unclass(model), cases,
        harmonium:::resolve_hardware(1))
}

test_that("the pseudo-log-likelihood equals its R twin, both ways", {
  set.seed(1)
  for (shape in list(c(1, 1, 1), c(4, 9, 5), c(17, 15, 6), c(33, 16, 3),
                     c(3, 300, 4), c(6, 5, 600))) {
    for (sd in c(0.1, 1, 4)) {
      model <- random_model(shape[1L], shape[2L], sd)
      x <- random_bits(shape[3L], shape[1L])
      expect_near(core_pseudo(model, x), twin_pseudo(model, x), 1e-11)
      expect_near(core_pseudo(model, x, FALSE), twin_pseudo(model, x), 1e-11)
      x <- random_intensities(shape[3L], shape[1L])
      expect_near(core_pseudo(model, x), twin_pseudo(model, x), 1e-11)
    }
  }
})

test_that("it is the sum of the logs of the conditional probabilities", {
  set.seed(2)
  model <- random_model(5, 4, sd = 1.5)
  v <- all_states(5)
  law <- visible_law(model)
  exact <- numeric(nrow(v))
  for (i in seq_len(5)) {
    flipped <- v
    flipped[, i] <- 1 - v[, i]
    exact <- exact + log(law / (law + law[state_numbers(flipped)]))
  }
  expect_near(core_pseudo(model, v), exact)
})

test_that("large weights neither overflow nor cancel", {
  set.seed(3)
  for (size in c(30, 300, 690, 800, 5000)) {
    model <- random_model(6, 20, sd = size)
    x <- random_bits(8, 6)
    expect_near(core_pseudo(model, x), twin_pseudo(model, x), 1e-9)
  }
})

test_that("a large data set is watched on a sample, with its standard error", {
  # 200 x 60 units: of intensities, 1e6 / 12000 = 83 cases are looked at, one
  # from each of 83 equal stretches of the data.
  set.seed(4)
  x <- random_intensities(150, 200)
  key <- next_key()
  fit <- rbm_fit(x, 60, epochs = 2, batch_size = 150)
  expect_identical(fit$training$monitored, 83L)
  edges <- floor((0:83) * 150 / 83)
  seen <- vapply(1:83, function(s) {
    edges[s] + draw_below(key, "monitor", 0, s - 1, edges[s + 1] - edges[s]) + 1
  }, 0)
  x <- x[seen, ]
  value <- twin_pseudo(fit, x)
  last <- fit$training$history[2L, ]
  expect_near(last$pseudo_log_lik, mean(value))
  expect_near(last$pseudo_log_lik_se,
              sqrt(stats::var(value) / 83 * (1 - 83 / 150)))
  expect_near(last$reconstruction_error, mean((x - reconstruction(fit, x))^2))
  expect_near(last$hidden_activity, mean(hidden_mean(fit, x)))
})
