# What is 1 and what is 0 is a matter of taste: with units centred, a fit to
# recoded data is the recoded fit.

# Dozens of fits take their time.
testthat::skip_on_cran()

# The same machine for data whose columns `flip` are 1 - x: (1 - v)'W is
# 1'W - v'W.
recoded <- function(model, flip) {
  sign <- ifelse(flip, -1, 1)
  rbm(model$W * sign, b = model$b * sign,
      c = model$c + drop(flip %*% model$W))
}

recode <- function(x, flip) {
  x[, flip] <- 1 - x[, flip]
  x
}

# Start values are multiples of 2^-10, which stay exact when recoded.
coarse_model <- function(nv, nh) {
  coarse <- function(n) round(stats::rnorm(n, sd = 0.2) * 2^10) / 2^10
  rbm(matrix(coarse(nv * nh), nv), b = coarse(nv), c = coarse(nh))
}

test_that("recoding a machine is to recode its law", {
  set.seed(601)
  model <- random_model(5, 3)
  flip <- c(TRUE, FALSE, TRUE, TRUE, FALSE)
  v <- all_states(5)
  expect_near(log_lik(recoded(model, flip), recode(v, flip)),
              log_lik(model, v))
})

# No chance but the order of the cases, which is the same. Means are in single
# precision, so that the two differ by about 1e-7 a step; epsilon keeps adam
# from making much of gradients that small.
recoding_gap <- function(flip, estimator, rule, parameterisation) {
  nv <- length(flip)
  x <- (matrix(stats::runif(60 * nv), 60) < 0.85) * 1
  start <- coarse_model(nv, 4)
  key <- sample.int(1e6, 1)
  fit <- function(x, start) {
    set.seed(key)
    rbm_fit(x, 4, init = start, estimator = estimator, optimiser = rule,
            parameterisation = parameterisation, k = 3, epochs = 5,
            batch_size = 15, learning_rate = if (rule == "adam") 0.01 else 0.1,
            schedule = "constant", epsilon = 1e-2, weight_decay = 0.01,
            offset_rate = 0.1)
  }
  one <- recoded(fit(x, start), flip)
  other <- fit(recode(x, flip), recoded(start, flip))
  max(abs(one$W - other$W), abs(one$b - other$b), abs(one$c - other$c))
}

test_that("without chance, a recoded fit is the fit recoded", {
  set.seed(602)
  for (flip in list(rep(TRUE, 7), c(TRUE, FALSE, TRUE, TRUE, FALSE, TRUE,
                                    FALSE))) {
    for (estimator in c("exact", "mf")) {
      for (rule in c("sgd", "nesterov", "adam")) {
        for (way in c("centred", "enhanced")) {
          expect_lt(recoding_gap(flip, estimator, rule, way), 2e-5)
        }
        expect_gt(recoding_gap(flip, estimator, rule, "plain"), 1e-2)
      }
    }
  }
})

# Columns of the digits that are mostly off, and the same mostly on. Over eight
# seeds each, means differ by chance alone by more than 5 standard errors with
# probability 2e-4 (Student's t of 14 degrees of freedom).
test_that("by sampling, recoded digits are learned as well if centred", {
  x <- (digits8$x[1:500, ] > 0.5) * 1
  x <- x[, colMeans(x) > 0 & colMeans(x) < 0.5]
  reached <- function(x, parameterisation) {
    vapply(1:8, function(seed) {
      set.seed(seed)
      fit <- rbm_fit(x, 10, estimator = "pcd", epochs = 40, batch_size = 20,
                     learning_rate = 0.3, keep_x = FALSE,
                     parameterisation = parameterisation)
      as.numeric(logLik(fit, x)) / nrow(x)
    }, 0)
  }
  apart <- function(one, other) {
    (mean(one) - mean(other)) /
      sqrt((stats::var(one) + stats::var(other)) / 8)
  }
  some <- rep(c(TRUE, FALSE), length.out = ncol(x))
  centred <- reached(x, "centred")
  expect_lt(abs(apart(centred, reached(1 - x, "centred"))), 5)
  expect_lt(abs(apart(centred, reached(recode(x, some), "centred"))), 5)
  # Without, -8.42 becomes -8.84, 12 standard errors.
  plain <- reached(x, "plain")
  expect_gt(apart(plain, reached(1 - x, "plain")), 5)
  expect_gt(apart(centred, reached(1 - x, "plain")), 5)
})
