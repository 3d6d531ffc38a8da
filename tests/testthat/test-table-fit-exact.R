# Fits of tables against programs that statisticians trust, and against what
# must be the same fit. Values of other programs are in nats in total.

quietly <- function(code) suppressMessages(code)

plain_maximum <- function(x, hidden, ...) {
  set.seed(1)
  quietly(as.numeric(logLik(rbm_fit(x, hidden, weight_decay = 0, ...))))
}

test_that("Gaussian columns over levels are a mixture of normals", {
  # mclust, model EEI
  expect_near(plain_maximum(faithful, list(categorical = 2)), -1157.680, 1e-6)
  # A higher maximum than -361.430, that of mclust's start
  found <- plain_maximum(iris[1:4], list(categorical = 3), starts = 10)
  expect_gte(found, -361.480)
  expect_lte(found, -361.380)
})

test_that("0/1 columns over two levels are two latent classes", {
  lsat <- as.data.frame(shared_fixture("lsat.rds"))
  lsat[] <- lapply(lsat, factor)
  expect_near(plain_maximum(lsat, list(categorical = 2)), -2467.406, 1e-6)
  expect_near(plain_maximum(lsat, 1), -2467.406, 1e-6)
})

test_that("weights are repeated rows, in the gradient and in the fit", {
  set.seed(2)
  x <- data.frame(a = factor(sample(c("u", "v", "w"), 40, TRUE)),
                  b = rnorm(40), c = sample(c(TRUE, FALSE, NA), 40, TRUE))
  weights <- sample(0:3, 40, TRUE)
  twice <- x[rep(1:40, weights), ]
  units <- quietly(rbm_units(twice))
  one <- quietly(rbm_fit(x, 1, units = units, weights = weights,
                         weight_decay = 0.05, starts = 1, init = NULL))
  two <- quietly(rbm_fit(twice, 1, units = units, weight_decay = 0.05,
                         starts = 1, init = one))
  expect_near(as.numeric(logLik(one)), as.numeric(logLik(two)), 1e-9)
  expect_identical(attr(logLik(one), "nobs"), as.numeric(sum(weights)))
  cases <- function(x) {
    table_cases(code_table(as_table(x, "x"), units, "x"), NULL, NULL)
  }
  model <- unclass(one)
  by_weight <- .Call(ffi_observed_likelihood, model, cases(x),
                     as.double(weights), resolve_hardware())
  by_rows <- .Call(ffi_observed_likelihood, model, cases(twice),
                   rep(1, nrow(twice)), resolve_hardware())
  expect_near(by_weight$log_lik, by_rows$log_lik)
  expect_near(by_weight$gradient, by_rows$gradient)
})

test_that("the penalised loss has the gradient of its differences", {
  set.seed(3)
  n <- 60
  x <- data.frame(
    a = factor(sample(letters[1:3], n, TRUE)), b = rnorm(n),
    o = factor(sample(1:5, n, TRUE), ordered = TRUE),
    p = factor(sample(1:3, n, TRUE), ordered = TRUE),
    n = rpois(n, 2), m = rbinom(n, 4, 0.4), q = rpois(n, 3)
  )
  x[matrix(runif(n * 7) < 0.2, n)] <- NA
  data <- quietly(table_data(x, c(n = "count(12)", m = "binomial(4)",
                                  q = "poisson"), NULL))
  for (aim in c("joint", "conditional", "hybrid")) {
    kinds <- check_hidden_kinds(list(binary = 1, categorical = 3))
    setup <- list(
      table = c(table_shape(data$columns, kinds$text, 4L),
                list(target = "a", objective = aim)),
      hardware = resolve_hardware(), columns = data$columns
    )
    distinct <- distinct_cases(data$cases)
    problem <- likelihood_problem(distinct, distinct$counts, setup)
    theta <- table_start(1, problem, c(5, 6)) + 0.1
    found <- penalised_loss(theta, problem, 0.02)
    by_steps <- vapply(seq_along(theta), function(i) {
      moved <- function(by) {
        theta[i] <- theta[i] + by
        penalised_loss(theta, problem, 0.02)$value
      }
      (moved(1e-5) - moved(-1e-5)) / 2e-5
    }, 0)
    expect_near(found$gradient, by_steps, 1e-7)
    # From parameters to a model and back.
    expect_near(table_theta(table_model(theta, problem), problem), theta)
  }
})

test_that("fits do not depend on the units of numbers or the order of levels", {
  set.seed(4)
  h <- runif(200) < 0.4
  x <- data.frame(a = rnorm(200, ifelse(h, 2, 0)),
                  b = factor(ifelse(runif(200) < ifelse(h, 0.8, 0.2), "u",
                                    sample(c("v", "w"), 200, TRUE))),
                  c = runif(200) < ifelse(h, 0.7, 0.1))
  x$a[1:20] <- NA
  set.seed(5)
  one <- quietly(rbm_fit(x, 1, weight_decay = 0.01))
  other <- transform(x, a = 10 - 3 * a, b = factor(b, c("w", "u", "v")),
                     c = !c)
  set.seed(5)
  two <- quietly(rbm_fit(other, 1, weight_decay = 0.01))
  seen <- sum(!is.na(x$a))
  expect_near(as.numeric(logLik(two)), as.numeric(logLik(one)) - seen * log(3),
              1e-7)
  p <- predict(one, x[1:30, ], type = "response", target = "b")
  q <- predict(two, other[1:30, ], type = "response", target = "b")
  expect_near(q[, colnames(p)], p, 1e-4)
})

test_that("coefficients in the data's units give the same densities", {
  set.seed(6)
  fit <- quietly(rbm_fit(faithful, 2, weight_decay = 0.01, starts = 2))
  parts <- coef(fit, scale = "data")
  twin <- rbm(parts$W, parts$b, parts$c, units = "gaussian", d = parts$d)
  expect_near(predict(twin, as.matrix(faithful), type = "log_prob"),
              predict(fit, faithful, type = "log_prob"), 1e-9)
})

test_that("a machine is recovered from cases with holes at random", {
  known <- shared_fixture("recover_mixed.rds")
  set.seed(1)
  fit <- quietly(rbm_fit(known$train, 4, units = c(n1 = "count(4)")))
  score <- mean(predict(fit, known$test, type = "log_prob"))
  expect_gte(score, -6.38)
  expect_lte(score, known$true_mean_log_p_test + 4 * known$se)
  # Complete cases alone are another, worse answer.
  expect_gte(score, known$reached[["complete_cases"]] + 0.04)
})

test_that("resuming and threads leave the bits of a fit as they are", {
  set.seed(7)
  one <- quietly(rbm_fit(airquality[1:4], 2, threads = 1, starts = 3))
  set.seed(7)
  two <- quietly(rbm_fit(airquality[1:4], 2, threads = 2, starts = 3))
  expect_identical(one[c("W", "b", "c", "d")], two[c("W", "b", "c", "d")])
  file <- tempfile(fileext = ".rbm")
  rbm_save(one, file)
  again <- rbm_load(file)
  expect_identical(again[c("W", "b", "c", "d", "units")],
                   one[c("W", "b", "c", "d", "units")])
  expect_identical(as.numeric(logLik(again)), as.numeric(logLik(one)))
  expect_identical(predict(again, airquality[1:4], type = "log_prob"),
                   predict(one, airquality[1:4], type = "log_prob"))
})

# The maximal log-likelihood of factor analysis, by factanal().
factor_analysis <- function(x, factors) {
  found <- factanal(x, factors)
  n <- nrow(x)
  sigma <- tcrossprod(found$loadings) + diag(found$uniquenesses)
  spread <- sqrt(colMeans(scale(x, scale = FALSE)^2))
  -n / 2 * (ncol(x) * log(2 * pi) + as.numeric(determinant(sigma)$modulus) +
              sum(diag(solve(sigma, cor(x))))) - n * sum(log(spread))
}

test_that("Gaussian hidden units over Gaussian columns are factor analysis", {
  expect_near(plain_maximum(swiss, list(gaussian = 1), starts = 3),
              factor_analysis(swiss, 1), 1e-6)
  expect_near(plain_maximum(attitude, list(gaussian = 2), units = "gaussian",
                            starts = 1),
              factor_analysis(attitude, 2), 1e-6)
})

test_that("a Gaussian hidden unit over 0/1 columns is an item response model", {
  lsat <- as.data.frame(shared_fixture("lsat.rds"))
  lsat[] <- lapply(lsat, factor)
  # The two-parameter logistic model of ltm, with other quadrature: -2466.653
  expect_near(plain_maximum(lsat, list(gaussian = 1), starts = 2), -2466.656,
              1e-6)
})

test_that("levels of a fit are about 0, and the model is the same", {
  set.seed(8)
  x <- data.frame(a = rnorm(60), b = factor(sample(letters[1:3], 60, TRUE)))
  x$a <- x$a + 2 * (x$b == "a")
  fit <- quietly(rbm_fit(x, list(binary = 1, categorical = 3), starts = 1,
                         weight_decay = 0.02))
  expect_near(colSums(fit$W[2:4, ]), numeric(4), 1e-12)
  expect_near(rowSums(fit$W[, 2:4]), numeric(4), 1e-12)
  expect_near(c(sum(fit$b[2:4]), sum(fit$c[2:4])), c(0, 0), 1e-12)
  last <- fit$training$history$log_lik[nrow(fit$training$history)]
  expect_near(as.numeric(logLik(fit)) / 60, last, 1e-8)
})

test_that("weights count in how numbers are standardised", {
  set.seed(9)
  x <- data.frame(a = rnorm(30), b = rnorm(30))
  weights <- sample(0:3, 30, TRUE)
  one <- quietly(rbm_fit(x, 1, weights = weights, weight_decay = 0.05,
                         starts = 1))
  two <- quietly(rbm_units(x[rep(1:30, weights), ]))
  expect_near(one$columns$location, two$location)
  expect_near(one$columns$scale, two$scale)
})

test_that("Gaussian hidden units go with holes in columns of other kinds", {
  set.seed(10)
  z <- rnorm(120)
  x <- data.frame(a = z + rnorm(120), b = rnorm(120) - z,
                  c = z + rnorm(120) > 0,
                  d = cut(z + rnorm(120), 3, c("u", "v", "w")))
  x[matrix(runif(480) < 0.2, 120)] <- NA
  fit <- quietly(rbm_fit(x, list(binary = 1, gaussian = 1), starts = 1,
                         weight_decay = 0.02))
  expect_true(fit$training$maximum$converged)
  # Its gradient is that of differences at the end too.
  cases <- table_cases(code_table(as_table(x, "x"), fit$columns, "x"), NULL,
                       NULL)
  likelihood <- function(model) {
    .Call(ffi_observed_likelihood, unclass(model), cases, rep(1, 120),
          resolve_hardware())
  }
  gradient <- parts_from(likelihood(fit)$gradient, nrow(fit$W), 2L)
  for (i in seq_along(fit$W)) {
    moved <- function(by) {
      fit$W[i] <- fit$W[i] + by
      likelihood(fit)$log_lik
    }
    expect_near(gradient$W[i], -(moved(1e-5) - moved(-1e-5)) / 2e-5, 1e-7)
  }
})

test_that("the data of a fit are not told to be far from themselves", {
  set.seed(11)
  x <- data.frame(a = c(rnorm(99), 100), b = rnorm(100))
  fit <- quietly(rbm_fit(x, 1, starts = 1, weight_decay = 0.05))
  expect_silent(logLik(fit))
  expect_silent(rbm_impute(fit))
  expect_message(predict(fit, transform(x, a = a + 1)), "8 s.d.")
})
