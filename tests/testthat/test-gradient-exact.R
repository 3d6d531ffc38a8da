test_that("the exact gradient equals its twin over 200 random shapes", {
  set.seed(1)
  gaps <- vapply(random_shapes(200), function(model) {
    x <- random_bits(sample(12L, 1L), nrow(model$W))
    found <- rbm_gradient(model, x)
    twin <- twin_exact_gradient(model, x)
    mapply(gap, found[c("W", "b", "c")], twin)
  }, numeric(3L))
  expect_lte(max(gaps), 1e-10)
})

test_that("and sums over all pairs of states", {
  set.seed(2)
  model <- random_model(4, 3, sd = 2)
  x <- random_bits(6, 4)
  moments <- twin_by_pairs(model)
  data <- phase(model, x)
  found <- rbm_gradient(model, x, estimator = "exact")
  expect_named(found, c("W", "b", "c", "estimator"))
  expect_identical(found$estimator, "exact")
  expect_near(found$W, moments$vh - data$W)
  expect_near(found$b, moments$v - data$b)
  expect_near(found$c, moments$h - data$c)
})

test_that("it is the slope of the exact loss, by central differences", {
  # A central difference of step d is off by d^2 / 6 times a third derivative,
  # which is below 1 for averages of 0/1 units, and by 2^-52 l / d for rounding:
  # some 1e-10, for gradients of some 0.1.
  set.seed(3)
  step <- 2e-5
  for (size in list(c(1, 1), c(6, 3), c(3, 6), c(9, 8))) {
    for (sd in c(0.2, 1.5)) {
      model <- random_model(size[1L], size[2L], sd)
      x <- random_bits(8, size[1L])
      theta <- all_parts(coef(model))
      nw <- prod(size)
      loss <- function(theta) {
        moved <- rbm(matrix(theta[seq_len(nw)], size[1L]),
                     theta[nw + seq_len(size[1L])],
                     theta[nw + size[1L] + seq_len(size[2L])])
        -c(logLik(moved, x)) / 8
      }
      slope <- vapply(seq_along(theta), function(i) {
        d <- step * (seq_along(theta) == i)
        (loss(theta + d) - loss(theta - d)) / (2 * step)
      }, 0)
      found <- all_parts(rbm_gradient(model, x))
      expect_lte(max(abs(found - slope)), 1e-6 * max(abs(slope)))
    }
  }
})

test_that("at the law of the model itself the gradient is 0", {
  # Without weights and visible biases all 8 states are equally likely.
  model <- rbm(matrix(0, 3, 2), c = c(1, -1))
  expect_near(all_parts(rbm_gradient(model, all_states(3))), numeric(11))
  # A machine of independent units, with the rates of its data.
  x <- rbind(c(1, 1, 0), c(1, 0, 1), c(0, 1, 0), c(1, 1, 1))
  rates <- colMeans(x)
  model <- rbm(matrix(0, 3, 2), b = stats::qlogis(rates))
  found <- rbm_gradient(model, x)
  expect_near(found$b, numeric(3))
  expect_near(found$c, numeric(2))
})

test_that("intensities enter the first averages as they are", {
  set.seed(4)
  for (size in list(c(5, 3), c(4, 7))) {
    model <- random_model(size[1L], size[2L])
    x <- random_intensities(600, size[1L])
    found <- rbm_gradient(model, x)
    expect_lte(max(mapply(gap, found[c("W", "b", "c")],
                          twin_exact_gradient(model, x))), 1e-11)
  }
})

test_that("many cases and several blocks of states are no exceptions", {
  set.seed(5)
  for (size in list(c(20, 13), c(13, 30))) {
    model <- random_model(size[1L], size[2L], sd = 0.8)
    x <- random_bits(1500, size[1L])
    found <- rbm_gradient(model, x)
    expect_lte(max(mapply(gap, found[c("W", "b", "c")],
                          twin_exact_gradient(model, x))), 1e-10)
  }
})

test_that("an estimate is a mean over repeats, with its error and its bias", {
  set.seed(6)
  model <- random_model(6, 4, sd = 1.5)
  x <- random_bits(30, 6)
  exact <- all_parts(rbm_gradient(model, x))
  for (k in c(1, 3)) {
    key <- next_key()
    found <- rbm_gradient(model, x, estimator = "cd", k = k, repeats = 7)
    expect_named(found, c("W", "b", "c", "estimator", "se", "bias"))
    expect_identical(found$estimator, "cd")
    each <- vapply(0:6, function(step) {
      all_parts(twin_gradient(model, x, k, key, step = step))
    }, numeric(34L))
    expect_close(all_parts(found), rowMeans(each))
    expect_close(all_parts(found$se), apply(each, 1L, stats::sd) / sqrt(7))
    expect_close(all_parts(found$bias), rowMeans(each) - exact)
    expect_identical(lapply(found$se, dim),
                     lapply(found[c("W", "b", "c")], dim))
    expect_named(found$bias, c("W", "b", "c"))
  }
  # CD-1 is biased, CD with many sweeps is not: each of 34 numbers is within 5.5
  # standard errors but for a chance of 34 x 2 P(t > 5.5) = 4.9e-6, t with 299
  # degrees of freedom.
  rough <- rbm_gradient(model, x, "cd", k = 1, repeats = 300)
  fine <- rbm_gradient(model, x, "cd", k = 200, repeats = 300)
  z <- function(found) all_parts(found$bias) / all_parts(found$se)
  expect_gt(max(abs(z(rough))), 10)
  expect_lt(max(abs(z(fine))), 5.5)
})

test_that("bias needs a model that can be enumerated", {
  set.seed(7)
  x <- random_bits(5, 21)
  large <- random_model(21, 21, 0.1)
  expect_null(rbm_gradient(large, x, "cd", repeats = 2)$bias)
  found <- rbm_gradient(random_model(21, 3, 0.1), x, "cd", repeats = 2)
  expect_identical(dim(found$bias$W), c(21L, 3L))
})

test_that("names are the model's, and chance is R's", {
  W <- matrix(c(2, -1, 0.5, 1, 0, -2), 3,
              dimnames = list(c("p", "q", "r"), c("s", "t")))
  model <- rbm(W)
  x <- diag(3)
  found <- rbm_gradient(model, x, "cd", repeats = 3)
  for (part in list(found, found$se, found$bias, rbm_gradient(model, x))) {
    expect_identical(dimnames(part$W), dimnames(W))
    expect_named(part$b, c("p", "q", "r"))
    expect_named(part$c, c("s", "t"))
  }
  expect_null(dimnames(rbm_gradient(rbm(unname(W)), x)$W))
  expect_draws(rbm_gradient(model, x), 0)
  expect_draws(rbm_gradient(model, x, "cd", repeats = 9), 2)
  draw <- function() {
    set.seed(8)
    rbm_gradient(model, x, "cd", k = 2)
  }
  expect_identical(draw(), draw())
})

test_that("without chance there is one answer, and no error bar", {
  set.seed(12)
  model <- random_model(6, 4, sd = 1.5)
  x <- random_bits(30, 6)
  for (estimator in c("mf", "pl")) {
    found <- rbm_gradient(model, x, estimator)
    expect_draws(rbm_gradient(model, x, estimator), 0)
    expect_named(found, c("W", "b", "c", "estimator", "bias"))
    expect_near(all_parts(found$bias),
                all_parts(found) - all_parts(rbm_gradient(model, x)))
  }
  expect_named(rbm_gradient(model, x, "ucd", repeats = 2),
               c("W", "b", "c", "estimator", "se", "bias", "meeting"))
  large <- random_model(21, 21, 0.1)
  few <- random_bits(3, 21)
  expect_null(rbm_gradient(large, few, "pl")$bias)
  expect_null(rbm_gradient(large, few, "pcd", repeats = 2, warmup = 1)$bias)
})

test_that("chains start anew in each repeat, and chance is R's", {
  set.seed(13)
  model <- random_model(6, 4)
  x <- random_bits(30, 6)
  for (estimator in c("pcd", "fpcd", "pt", "ucd")) {
    draw <- function(repeats) {
      set.seed(14)
      rbm_gradient(model, x, estimator, repeats = repeats, chains = 20,
                   warmup = 3)
    }
    expect_identical(draw(4), draw(4))
    expect_draws(rbm_gradient(model, x, estimator, repeats = 2, warmup = 1), 2)
    two <- draw(2)
    expect_true(all(all_parts(two$se) < 1) && any(all_parts(two$se) > 0))
  }
})

test_that("gradients have the same bits with 1 and with 2 threads", {
  skip_on_one_thread()
  set.seed(9)
  model <- random_model(200, 12, sd = 0.2)
  x <- random_bits(900, 200)
  both <- function() {
    set.seed(10)
    list(rbm_gradient(model, x), rbm_gradient(model, x, "cd", repeats = 2))
  }
  expect_identical(with_threads(1, both()), with_threads(2, both()))
})

test_that("wrong arguments are refused", {
  set.seed(11)
  model <- rbm(matrix(0.1, 3, 2))
  x <- matrix(0, 2, 3)
  changed <- model
  changed$c[1] <- Inf
  large <- rbm(matrix(0, 30, 26))
  expect_said(c(
    refused(rbm_gradient(), "absent"),
    refused(rbm_gradient(model), "absent"),
    refused(rbm_gradient(x, x), "model"),
    refused(rbm_gradient(changed, x), "model_changed"),
    refused(rbm_gradient(model, t(x)), "columns"),
    refused(rbm_gradient(model, x - 1), "range"),
    refused(rbm_gradient(model, x * NA, "pl"), "table_estimator"),
    refused(rbm_gradient(model, x, "pcd1"), "choice"),
    refused(rbm_gradient(model, x, k = 0), "count"),
    refused(rbm_gradient(model, x, "cd", k = 1.5), "count"),
    refused(rbm_gradient(model, x, "cd", repeats = 1), "count"),
    refused(rbm_gradient(model, x, "pcd", chains = 0), "count"),
    refused(rbm_gradient(model, x, "pcd", warmup = -1), "count"),
    refused(rbm_gradient(model, x, "pt", temperatures = 1), "count"),
    refused(rbm_gradient(model, x, "ucd", max_sweeps = 0), "count"),
    refused(rbm_gradient(model, x, "fpcd", fast_rate = -1), "number"),
    refused(rbm_gradient(model, x, "fpcd", fast_decay = 1), "number"),
    refused(rbm_gradient(model, x + 0.5, "pl"), "pl_intensities"),
    refused(rbm_gradient(large, matrix(0, 1, 30)), "exact_fit")
  ))
})
