# Many draws take their time.
testthat::skip_on_cran()

# A mean in the middle between two multiples of 2^-16 may go to either, in both
# phases; an intensity goes to the nearest.
next_on_grid <- 2 * 2^-16
half_a_step <- 2^-17

same_gradient <- function(ours, twin) {
  expect_close(ours$W, twin$W, 2e-6 + next_on_grid)
  expect_close(ours$b, twin$b, 2e-6 + half_a_step)
  expect_close(ours$c, twin$c, 2e-6 + next_on_grid)
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

# Other estimators ------------------------------------------------------------

# Three forms of data: fewer cases than chains, more than a piece of 256, and
# intensities.
forms_of_data <- function(nv) {
  list(random_bits(5, nv), random_bits(300, nv), random_intensities(150, nv))
}

# p(v | h) and p(h | v) in turn, k times.
twin_mean_field <- function(model, x, k) {
  v <- x
  for (pass in seq_len(k)) {
    v <- visible_mean(model, hidden_mean(model, v))
  }
  all_parts(Map("-", grid_phase(model, v), grid_phase(model, x)))
}

test_that("mean field equals its R twin", {
  set.seed(11)
  for (size in list(c(1, 1), c(6, 4), c(5, 40), c(70, 21))) {
    model <- random_model(size[1L], size[2L], sd = 0.5)
    for (x in forms_of_data(size[1L])) {
      for (k in c(1, 4)) {
        found <- rbm_gradient(model, x, "mf", k = k)
        # A pass multiplies errors of means, which are some 1e-7, by at most the
        # norm of W over 4, twice.
        grow <- max(1, norm(model$W, "2") / 4)^(2 * k)
        expect_near(all_parts(found), twin_mean_field(model, x, k),
                    2e-6 * grow + next_on_grid)
        expect_null(found$se)
      }
    }
  }
})

# sum_i r_i (dF(v) - dF(v^i)), r_i = sigm(F(v) - F(v^i)), with v^i the case in
# which unit i is flipped.
twin_pseudo_gradient <- function(model, x) {
  total <- 0
  for (i in seq_len(ncol(x))) {
    flipped <- x
    flipped[, i] <- 1 - x[, i]
    r <- sigm(free_energy(model, x) - free_energy(model, flipped))
    slope <- function(v) {
      h <- hidden_mean(model, v)
      c(crossprod(v, r * h), colSums(r * v), colSums(r * h))
    }
    total <- total + slope(flipped) - slope(x)
  }
  total / nrow(x)
}

test_that("the gradient by pseudo-likelihood equals its R twin", {
  set.seed(12)
  for (size in list(c(1, 1), c(6, 4), c(5, 40), c(70, 21), c(21, 300))) {
    for (sd in c(0.3, 60)) {
      model <- random_model(size[1L], size[2L], sd = sd)
      for (x in list(random_bits(3, size[1L]), random_bits(150, size[1L]),
                     matrix(1, 2, size[1L]), matrix(0, 2, size[1L]))) {
        found <- rbm_gradient(model, x, "pl")
        # The R twin takes differences of free energies, which are some sd nv
        # nh, off by 2^-52 of that; the slope of sigm is 1/4, of nv terms.
        expect_near(all_parts(found), twin_pseudo_gradient(model, x),
                    2^-52 * size[1L] * (10 + sd * prod(size)))
      }
    }
  }
})

test_that("and is the slope of the pseudo-log-likelihood", {
  # A central difference of step d is off by d^2 / 6 times a third derivative
  # of some nv, and by 2^-52 l / d: some 1e-10.
  set.seed(13)
  model <- random_model(7, 5)
  x <- random_bits(20, 7)
  step <- 1e-5
  theta <- all_parts(coef(model))
  loss <- function(theta) {
    moved <- rbm(matrix(theta[1:35], 7), theta[36:42], theta[43:47])
    -mean(predict(moved, x, "pseudo_log_lik"))
  }
  slope <- vapply(seq_along(theta), function(i) {
    d <- step * (seq_along(theta) == i)
    (loss(theta + d) - loss(theta - d)) / (2 * step)
  }, 0)
  found <- rbm_gradient(model, x, "pl")
  expect_near(all_parts(found), slope, 1e-8)
  expect_null(found$se)
  expect_near(all_parts(found$bias),
              all_parts(found) - all_parts(rbm_gradient(model, x)))
})

test_that("unbiased contrastive divergence is unbiased", {
  # A pair that goes on for long counts for much, so that one case a run is far
  # from normal; 300 cases by 40 runs, of meeting times of some 3, are not.
  set.seed(14)
  repeats <- 40
  model <- random_model(5, 4, sd = 1.5)
  for (x in list(random_bits(6, 5)[rep(1:6, 50), ],
                 random_intensities(300, 5))) {
    target <- all_parts(twin_exact_gradient(model, x))
    for (k in c(1, 3)) {
      found <- rbm_gradient(model, x, "ucd", k = k, repeats = repeats)
      expect_lt(misfit(found, target, repeats), 1)
      expect_identical(found$meeting[["unmet"]], 0)
      expect_gt(found$meeting[["longest"]], found$meeting[["mean"]])
      expect_gte(found$meeting[["mean"]], 1)
    }
  }
  # The bound can tell CD-1 from it.
  x <- random_bits(6, 5)[rep(1:6, 50), ]
  biased <- rbm_gradient(model, x, "cd", repeats = repeats)
  expect_gt(misfit(biased, all_parts(twin_exact_gradient(model, x)), repeats),
            1)
})

test_that("chains that are given up are counted", {
  set.seed(15)
  model <- random_model(8, 6, sd = 2)
  x <- random_bits(40, 8)
  found <- rbm_gradient(model, x, "ucd", repeats = 3, max_sweeps = 2)
  expect_lte(found$meeting[["longest"]], 2)
  expect_gt(found$meeting[["unmet"]], 0)
  expect_lte(found$meeting[["unmet"]], 120)
  # With one sweep nothing is put right, which is CD-1.
  key <- c(3, 5)
  rough <- rbm_gradient(model, x, "ucd", repeats = 3, max_sweeps = 1)
  expect_identical(rough$meeting[["longest"]], 1)
  expect_identical(core_gradient(model, x, 1, key, estimator = "ucd"),
                   core_gradient(model, x, 1, key))
  # Fewer sweeps than k are as many as k.
  all <- rbm_gradient(model, x, "ucd", k = 4, repeats = 3, max_sweeps = 1)
  expect_lte(all$meeting[["longest"]], 4)
})

# Chains of their own, 300 of them, with 5, 300 or 150 cases.
at_equilibrium <- function(model, x, estimator, repeats, ...) {
  rbm_gradient(model, x, estimator, repeats = repeats, chains = 300, ...)
}

test_that("persistent chains give the true gradient at equilibrium", {
  # The slowest mode of these machines fades by the factor below in a sweep, so
  # that what is left of the start is far below chance.
  set.seed(16)
  repeats <- 20
  model <- random_model(5, 4, sd = 0.8)
  second <- sort(Mod(eigen(transitions(model))$values), decreasing = TRUE)[2L]
  expect_lt(second^100, 1e-6)
  for (x in forms_of_data(5)) {
    target <- all_parts(twin_exact_gradient(model, x))
    for (estimator in c("pcd", "pt")) {
      found <- at_equilibrium(model, x, estimator, repeats, k = 2, warmup = 49,
                              temperatures = 3)
      expect_lt(misfit(found, target, repeats), 1)
    }
  }
})

test_that("parallel tempering is right where chains cannot cross over", {
  # All units on or all off, and nothing in between: Gibbs chains stay in the
  # half that they started in, while the law wants some 9 to 1.
  set.seed(17)
  repeats <- 20
  W <- matrix(4, 6, 3)
  model <- rbm(W, b = rep(-6, 6), c = rep(-12 + 0.7, 3))
  law <- visible_law(model)
  expect_gt(law[1L] + law[64L], 0.9)
  second <- sort(Mod(eigen(transitions(model))$values), decreasing = TRUE)[2L]
  expect_gt(second^50, 0.5)
  x <- random_bits(10, 6)
  target <- all_parts(twin_exact_gradient(model, x))
  found <- at_equilibrium(model, x, "pt", repeats, warmup = 150,
                          temperatures = 6)
  expect_lt(misfit(found, target, repeats), 1)
  stuck <- at_equilibrium(model, x, "pcd", repeats, warmup = 50)
  expect_gt(misfit(stuck, target, repeats), 1)
})

# The averages over all states under parameters moved by f, minus those over the
# data where the model stands.
fast_gradient <- function(model, f, x) {
  nw <- length(model$W)
  nv <- length(model$b)
  moved <- list(W = model$W + f[seq_len(nw)], b = model$b + f[nw + seq_len(nv)],
                c = model$c + f[-seq_len(nw + nv)])
  v <- all_states(nv)
  h <- hidden_mean(moved, v)
  p <- visible_law(moved)
  c(crossprod(v, p * h), colSums(p * v), colSums(p * h)) -
    all_parts(phase(model, x))
}

test_that("fast weights come to rest where they should", {
  # Fast weights f rest where f is -a g(f), a being fast_rate / (1 -
  # fast_decay), found by going half of the way there again and again. The mean
  # gradient is g(f) but for what f fluctuates with the chains: of the order of
  # fast_rate times the time that chains take to forget over their number, some
  # 4e-4, with standard errors of some 5e-3.
  set.seed(18)
  repeats <- 20
  model <- random_model(5, 4, sd = 0.6)
  for (x in forms_of_data(5)[1:2]) {
    true <- all_parts(twin_exact_gradient(model, x))
    f <- 0 * true
    for (i in 1:200) {
      f <- f / 2 - 0.04 / (1 - 0.9) * fast_gradient(model, f, x) / 2
    }
    expect_near(f, -0.4 * fast_gradient(model, f, x))
    found <- at_equilibrium(model, x, "fpcd", repeats, k = 3, warmup = 100,
                            fast_rate = 0.04, fast_decay = 0.9)
    expect_lt(misfit(found, fast_gradient(model, f, x), repeats), 1)
    # The bound can tell it from the true gradient.
    expect_gt(misfit(found, true, repeats), 1)
    # Without fast weights there is nothing to tell.
    set.seed(19)
    slow <- at_equilibrium(model, x, "fpcd", 2, warmup = 3, fast_rate = 0)
    set.seed(19)
    expect_identical(slow[c("W", "b", "c")],
                     at_equilibrium(model, x, "pcd", 2,
                                    warmup = 3)[c("W", "b", "c")])
  }
})

test_that("fast weights rest at nothing where the true gradient is nothing", {
  # As at the end of a training: cases in the proportions of the model's law, to
  # the nearest of 20,000. A true gradient g then moves f by some -0.4 g.
  set.seed(20)
  repeats <- 20
  model <- random_model(5, 4, sd = 0.6)
  counts <- round(20000 * visible_law(model))
  x <- all_states(5)[rep(seq_along(counts), counts), ]
  true <- all_parts(twin_exact_gradient(model, x))
  expect_lt(max(abs(true)), 1e-3)
  for (estimator in c("fpcd", "pcd", "pt")) {
    found <- at_equilibrium(model, x, estimator, repeats, k = 3, warmup = 100,
                            temperatures = 3, fast_rate = 0.04,
                            fast_decay = 0.9)
    expect_lt(misfit(found, true, repeats), 1)
    # The bound can tell a hundredth of the standard deviation of a unit.
    expect_lt(max(all_parts(found$se)), 0.01)
  }
})

test_that("same seed, same bits with 1 and with 2 threads", {
  skip_on_one_thread()
  set.seed(5)
  model <- random_model(300, 200, sd = 0.1)
  x <- random_bits(600, 300)
  expect_identical(core_gradient(model, x, 2, c(8, 9), threads = 1L),
                   core_gradient(model, x, 2, c(8, 9), threads = 2L))
})
