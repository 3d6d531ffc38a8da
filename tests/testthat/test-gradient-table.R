# Estimates of the gradient of models of tables against the exact one, which is
# tested in test-table-exact.R. Many draws take their time.
testthat::skip_on_cran()

test_that("estimators come to the exact gradient of columns of every kind", {
  # One column of each kind, above hidden units that forget within some ten
  # sweeps: what is left of the start after 30 is far below chance.
  machine <- table_machine(1)
  set.seed(2)
  x <- table_states(machine$columns, 40, 0)
  target <- all_parts(rbm_gradient(machine$object, x))
  expect_length(target, 55 + 11 + 5 + 6)
  repeats <- 20
  found <- rbm_gradient(machine$object, x, "cd", k = 30, repeats = repeats)
  expect_lt(misfit(found, target, repeats), 1)
  expect_near(all_parts(found$bias), all_parts(found) - target)
  expect_identical(names(found$se), c("W", "b", "c", "d"))
  # The bound can tell CD-1 from it, for extra parameters too.
  rough <- rbm_gradient(machine$object, x[rep(1:40, 20), ], "cd",
                        repeats = 100)
  expect_gt(misfit(rough, target, 100), 1)
  expect_gt(max(abs(rough$bias$d / rough$se$d)), 4)
  for (estimator in c("pcd", "fpcd", "pt")) {
    found <- rbm_gradient(machine$object, x, estimator, k = 2, chains = 100,
                          repeats = repeats, warmup = 20, temperatures = 3,
                          fast_rate = 0)
    expect_lt(misfit(found, target, repeats), 1)
  }
})

test_that("missing cells are drawn, and weights count", {
  machine <- table_machine(3)
  set.seed(4)
  x <- table_states(machine$columns, 30, 0.3)
  weights <- rep(c(0.5, 1, 3, 0, 2), 6)
  exact <- rbm_gradient(machine$object, x, weights = weights)
  twin <- weighted_gradient(machine$object, x, weights)
  expect_near(all_parts(exact), all_parts(twin))
  # A weight of 2 is a row that is there twice.
  expect_near(all_parts(rbm_gradient(machine$object, x[c(1, 1, 2), ])),
              all_parts(rbm_gradient(machine$object, x[1:2, ],
                                     weights = 2:1)))
  repeats <- 20
  for (estimator in c("cd", "pcd")) {
    found <- rbm_gradient(machine$object, x, estimator, weights = weights,
                          k = if (estimator == "cd") 25 else 2, chains = 100,
                          repeats = repeats, warmup = 25)
    expect_lt(misfit(found, all_parts(exact), repeats), 1)
  }
  # Without a warmup missing cells are as of independent columns, one sweep on.
  tied <- rbm(matrix(4, 2, 1), b = c(-2, -2), c = -4)
  half <- cbind(rep(1, 300), NA)
  target <- all_parts(rbm_gradient(tied, half))
  estimate <- function(warmup) {
    rbm_gradient(tied, half, "pcd", repeats = repeats, warmup = warmup,
                 k = if (warmup) 1 else 60)
  }
  expect_lt(misfit(estimate(60), target, repeats), 1)
  expect_gt(misfit(estimate(0), target, repeats), 1)
})

test_that("units of 0 and 1 have missing cells and weights too", {
  set.seed(5)
  model <- random_model(6, 3, sd = 0.7)
  x <- random_bits(40, 6)
  weights <- rep(1:2, 20)
  target <- all_parts(rbm_gradient(model, x, weights = weights))
  twice <- x[rep(1:40, weights), ]
  expect_near(target, all_parts(rbm_gradient(model, twice)))
  found <- rbm_gradient(model, x, "cd", k = 20, repeats = 30,
                        weights = weights)
  expect_lt(misfit(found, target, 30), 1)
  # Weights that are all the same say nothing.
  set.seed(6)
  same <- rbm_gradient(model, x, "pcd", repeats = 3, weights = rep(7, 40))
  expect_draws(rbm_gradient(model, x, "pcd", repeats = 2), 2)
  set.seed(6)
  expect_identical(same[c("W", "b", "c")],
                   rbm_gradient(model, x, "pcd", repeats = 3,
                                weights = NULL)[c("W", "b", "c")])
  x[runif(240) < 0.2] <- NA
  target <- all_parts(rbm_gradient(model, x))
  found <- rbm_gradient(model, x, "cd", k = 20, repeats = 30, warmup = 20)
  expect_lt(misfit(found, target, 30), 1)
})

test_that("fits of tables take their data, and repeats are independent", {
  set.seed(7)
  x <- data.frame(a = factor(rep(c("p", "q", "r"), 20)), b = rnorm(60),
                  c = rpois(60, 2))
  x$a[1:3] <- NA
  x$b[3:6] <- NA
  fit <- suppressMessages(rbm_fit(x, 2, units = c(c = "poisson"), starts = 1,
                                  weight_decay = 0.01))
  exact <- rbm_gradient(fit, x)
  expect_identical(names(exact$d), "b")
  expect_identical(rownames(exact$W), names(fit$b))
  # At the maximum the gradient is that of the penalty alone.
  expect_lt(max(abs(exact$b)), 0.1)
  expect_draws(found <- rbm_gradient(fit, x, "pt", repeats = 4, chains = 30,
                                     warmup = 10, temperatures = 3), 2)
  expect_true(all(all_parts(found$se) > 0))
  set.seed(20)
  expect_identical(rbm_gradient(fit, x, "pt", repeats = 4, chains = 30,
                                warmup = 10, temperatures = 3), found)
  real <- suppressMessages(rbm_fit(x[c("a", "b")], list(gaussian = 1),
                                   starts = 1, weight_decay = 0.01))
  target <- all_parts(rbm_gradient(real, x[c("a", "b")]))
  found <- rbm_gradient(real, x[c("a", "b")], "cd", k = 20, repeats = 20,
                        warmup = 20)
  expect_lt(misfit(found, target, 20), 1)
})

test_that("errors say what tables cannot have", {
  machine <- table_machine(1)
  set.seed(8)
  x <- table_states(machine$columns, 3, 0)
  bits <- random_bits(3, 4)
  model <- random_model(4, 2)
  wide <- rbm(matrix(0, 3, 18), units = c("categorical(2)", "gaussian"),
              d = 0)
  expect_said(c(
    refused(rbm_gradient(machine$object, x, "pl"), "table_estimator"),
    refused(rbm_gradient(machine$object, x, "cd", weights = 1:2),
            "weights_cases"),
    refused(rbm_gradient(machine$object, x, weights = c(1, 1, NA)),
            "weights_values"),
    refused(rbm_gradient(model, bits / 2, weights = 1:3), "unit_values"),
    refused(rbm_gradient(machine$object, x + 0.5, "cd"), "unit_values"),
    refused(rbm_gradient(wide, cbind(1, 0, 0.3)), "hidden_states")
  ))
  set.seed(9)
  many <- rbm_gradient(wide, cbind(1, 0, 0.3), "cd", repeats = 2)
  expect_null(many$bias)
})
