same_gradient <- function(ours, twin) {
  expect_close(ours$W, twin$W)
  expect_close(ours$b, twin$b)
  expect_close(ours$c, twin$c)
}

test_that("one CD-k gradient, its random numbers given, equals its R twin", {
  set.seed(1)
  shapes <- list(c(1, 1, 1), c(1, 3, 1), c(3, 1, 4), c(15, 16, 7), c(16, 17, 3),
                 c(17, 33, 5), c(33, 15, 12), c(2, 40, 6), c(70, 20, 9),
                 c(5, 4, 700))
  for (shape in shapes) {
    model <- random_model(shape[1L], shape[2L])
    key <- harmonium:::draw_key()
    for (x in list(random_bits(shape[3L], shape[1L]),
                   random_intensities(shape[3L], shape[1L]))) {
      for (k in c(1, 2, 5)) {
        same_gradient(core_gradient(model, x, k, key, step = k),
                      twin_gradient(model, x, k, key, step = k))
      }
    }
  }
})

test_that("a constant column, no unit on and every unit on are no exceptions", {
  set.seed(2)
  model <- random_model(18, 6)
  x <- random_bits(5, 18)
  x[, 1] <- 1
  x[, 18] <- 0
  for (data in list(x, 0 * x, 0 * x + 1)) {
    same_gradient(core_gradient(model, data, 2, c(3, 4)),
                  twin_gradient(model, data, 2, c(3, 4)))
  }
})

# What CD-k estimates, by enumeration. With x a case, q its law after k sweeps
# and s(v) = (v sigm(c + W'v)', v, sigm(c + W'v)), one case gives the gradient
# s(V) - s(x), V from q. Returns, for each parameter, the mean of that over the
# cases, and the variance of the mean over the cases of one V each.
expected_gradient <- function(model, x, k) {
  v <- all_states(nrow(model$W))
  h <- hidden_mean(model, v)
  products <- h[, rep(seq_len(ncol(h)), each = ncol(v))] *
    v[, rep(seq_len(ncol(v)), ncol(h))]
  s <- cbind(products, v, h)
  step <- transitions(model)
  after <- diag(nrow(v))
  for (sweep in seq_len(k)) {
    after <- after %*% step
  }
  q <- after[state_numbers(x), , drop = FALSE]
  first <- q %*% s
  list(mean = colMeans(first - s[state_numbers(x), , drop = FALSE]),
       variance = colMeans(q %*% s^2 - first^2) / nrow(x))
}

# Bernstein's inequality: the mean of n independent numbers, of mean variance v
# and each within 1 of its own mean, is further than t from what is expected
# with probability at most 2 exp(-n t^2 / (2 v + 2 t / 3)). The t below solves
# that for a probability of `alarm`: some 6 standard errors.
#
# Tested are, at 2 values of k each, a machine of 4 x 3 + 4 + 3 = 19 and one of
# 5 x 6 + 5 + 6 = 41 numbers: 120 numbers at 4e-8 each, so a right gradient
# fails here with probability below 5e-6.
bernstein <- function(n, variance, alarm) {
  l <- log(2 / alarm) / n
  l / 3 + sqrt(l^2 / 9 + 2 * l * variance)
}

test_that("the mean of many CD-k gradients is the exact expectation of CD-k", {
  set.seed(3)
  runs <- 40
  copies <- 500
  for (size in list(c(4, 3), c(5, 6))) {
    model <- random_model(size[1L], size[2L], sd = 1.2)
    x <- random_bits(6, size[1L])
    many <- x[rep(1:6, copies), ]
    for (k in c(1, 3)) {
      key <- harmonium:::draw_key()
      gradients <- vapply(seq_len(runs), function(step) {
        unlist(core_gradient(model, many, k, key, step = step))
      }, numeric(prod(size) + sum(size)))
      exact <- expected_gradient(model, x, k)
      n <- runs * copies * nrow(x)
      # exact$variance is that of one run over the 6 cases.
      within <- bernstein(n, exact$variance * nrow(x), 4e-8)
      miss <- abs(rowMeans(gradients) - exact$mean)
      expect_true(all(miss < within))
      # The bound can tell CD-1 from CD-3.
      other <- expected_gradient(model, x, 4 - k)
      expect_true(any(abs(rowMeans(gradients) - other$mean) > within))
    }
  }
})

test_that("the gradient of CD-k tends to that of the loss", {
  # At k = 1000 the chains have forgotten the data: the expectation is the
  # exact gradient, that of free energy and log Z by differences.
  set.seed(4)
  model <- random_model(4, 3)
  x <- random_bits(5, 4)
  loss <- function(theta) {
    moved <- list(W = matrix(theta[1:12], 4), b = theta[13:16],
                  c = theta[17:19])
    -mean(log_lik(moved, x))
  }
  theta <- unlist(unname(coef(model)))
  numeric_gradient <- vapply(seq_along(theta), function(i) {
    up <- down <- theta
    up[i] <- up[i] + 1e-5
    down[i] <- down[i] - 1e-5
    (loss(up) - loss(down)) / 2e-5
  }, 0)
  expect_near(expected_gradient(model, x, 1000)$mean, numeric_gradient, 1e-8)
})

test_that("same seed, same bits with 1 and with 2 threads", {
  skip_on_one_thread()
  set.seed(5)
  model <- random_model(300, 200, sd = 0.1)
  x <- random_bits(600, 300)
  expect_identical(core_gradient(model, x, 2, c(8, 9), threads = 1L),
                   core_gradient(model, x, 2, c(8, 9), threads = 2L))
})
