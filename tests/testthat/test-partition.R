# Gaps are relative to the size of log Z, where that is above 1; moments are
# probabilities.
expect_moments <- function(model, twin, tolerance = 1e-10) {
  expect_lte(max(moment_gaps(model, twin)), tolerance)
}

test_that("log Z and moments equal sums over all pairs of states", {
  set.seed(1)
  sizes <- expand.grid(nv = 1:5, nh = 1:5, sd = c(0.1, 3))
  gaps <- mapply(function(nv, nh, sd) {
    model <- random_model(nv, nh, sd)
    moment_gaps(model, twin_by_pairs(model))
  }, sizes$nv, sizes$nh, sizes$sd)
  expect_identical(dim(gaps), c(6L, 50L))
  expect_lte(max(gaps), 1e-12)
  # The twin of the larger shapes below is held to the same.
  model <- random_model(4, 3)
  expect_near(unlist(twin_by_layer(model)), unlist(twin_by_pairs(model)), 1e-13)
})

test_that("log Z, moments and log p equal the twins over 200 random shapes", {
  set.seed(2)
  models <- random_shapes(200)
  shapes <- vapply(models, function(model) dim(model$W), integer(2L))
  expect_true(any(colSums(shapes) == 2L))
  expect_gt(sum(shapes[1L, ] < shapes[2L, ]), 50)
  expect_gt(sum(shapes[1L, ] > shapes[2L, ]), 50)
  # Sums of sizes beyond 650 go the way without tables of exp(W).
  reach <- vapply(models, function(model) {
    walked <- if (ncol(model$W) <= nrow(model$W)) 1L else 2L
    bias <- if (walked == 1L) model$b else model$c
    max(abs(bias) + apply(abs(model$W), walked, sum))
  }, 0)
  expect_gt(sum(reach > 650), 10)
  expect_gt(sum(reach > 100 & reach < 650), 10)
  gaps <- vapply(models, function(model) {
    twin <- twin_by_layer(model)
    v <- random_bits(5, nrow(model$W))
    log_p <- -free_energy(model, v) - twin$log_z
    c(moment_gaps(model, twin),
      gap(c(predict(model, v, type = "log_prob")), log_p))
  }, numeric(7L))
  expect_lte(max(gaps), 1e-10)
})

# With all weights 0 the layers fall apart. Each of n = nv + nh units adds a
# factor 1 + e to a product, of relative error below 3 units of the last place,
# u = 2^-53: from exp, from the sum and from the product. A log takes that as an
# absolute error; then there are some 10 more roundings of the result itself.
test_that("without weights log Z is a sum of softplus, to the last bits", {
  set.seed(3)
  u <- 2^-53
  for (size in list(c(1, 1), c(8, 3), c(7, 12), c(100, 5), c(20, 13))) {
    for (scale in c(0, 1, 40, 700)) {
      b <- scale * stats::rnorm(size[1L])
      c <- scale * stats::rnorm(size[2L])
      log_z <- rbm_log_z(rbm(matrix(0, size[1L], size[2L]), b, c))$log_z
      exact <- sum(softplus(b)) + sum(softplus(c))
      expect_lte(abs(log_z - exact), u * (3 * sum(size) + 10 * exact))
    }
  }
})

test_that("probabilities of all visible states sum to 1", {
  set.seed(4)
  for (size in list(c(1, 1), c(3, 9), c(10, 4), c(12, 12))) {
    for (sd in c(0.3, 3, 300)) {
      model <- random_model(size[1L], size[2L], sd)
      v <- all_states(size[1L])
      expect_near(sum(exp(predict(model, v, type = "log_prob"))), 1, 1e-11)
    }
  }
  # And p(v) is the sum over h of p(v, h).
  model <- random_model(3, 5, sd = 2)
  log_z <- rbm_log_z(model)$log_z
  h <- all_states(5)
  joint <- apply(all_states(3), 1L, function(v) {
    sum(exp(-rbm_energy(model, matrix(v, 32, 3, byrow = TRUE), h) - log_z))
  })
  expect_near(joint, exp(predict(model, all_states(3), type = "log_prob")))
})

test_that("a very large log Z, and very small probabilities, come out right", {
  set.seed(5)
  # exp(5000) and exp(-5000) are beyond the range of a double.
  for (size in list(c(20, 6), c(6, 20), c(20, 13))) {
    model <- random_model(size[1L], size[2L], sd = 2)
    model$b <- model$b + 4600 / size[1L]
    model$c <- model$c + 400 / size[2L]
    expect_gt(rbm_log_z(model)$log_z, 4900)
    expect_moments(model, twin_by_layer(model))
    # The state in which all units are off has energy 0, so log Z is never below
    # 0. Where it is that, log weights of others go down to -5000.
    model$b <- -model$b
    model$c <- -model$c
    twin <- twin_by_layer(model)
    expect_moments(model, twin)
    v <- matrix(1, 1, size[1L])
    expect_lt(predict(model, v, type = "log_prob"), -4300)
    expect_near(predict(model, v, type = "log_prob"),
                -free_energy(model, v) - twin$log_z)
  }
})

test_that("parameters of +-800 neither overflow nor cancel", {
  set.seed(6)
  for (size in list(c(1, 1), c(5, 9), c(9, 5), c(13, 14))) {
    for (i in 1:3) {
      signs <- function(n) sample(c(-800, 0, 800), n, replace = TRUE)
      model <- rbm(matrix(signs(prod(size)), size[1L]), signs(size[1L]),
                   signs(size[2L]))
      expect_moments(model, twin_by_layer(model))
    }
  }
  # 650, the border, on both sides.
  for (w in c(649, 651, -649, -651)) {
    model <- rbm(matrix(c(w / 2, w / 4, w / 4, 0.1), 2), c(1, w / 4), c(0, 1))
    expect_moments(model, twin_by_pairs(model))
  }
})

test_that("a machine and the same one turned about give the same answer", {
  set.seed(7)
  for (size in list(c(1, 3), c(10, 10), c(14, 13), c(4, 70), c(784, 9))) {
    for (sd in c(0.1, 2, 60)) {
      model <- random_model(size[1L], size[2L], sd)
      expect_near(rbm_log_z(turned(model))$log_z, rbm_log_z(model)$log_z, 1e-10)
      one <- rbm_moments(model)
      other <- rbm_moments(turned(model))
      expect_near(other$v, one$h, 1e-10)
      expect_near(other$h, one$v, 1e-10)
      expect_near(t(other$vh), one$vh, 1e-10)
    }
  }
})

test_that("several blocks of states make one sum, without drift", {
  # A block has 2^12 states: the larger of these take 2 to 16 of them. Sums over
  # blocks are made in 8 parts, so 16 units are the first to have 2 in a part.
  set.seed(8)
  for (size in list(c(12, 12), c(24, 13), c(14, 30), c(15, 15))) {
    for (sd in c(0.2, 1.5)) {
      model <- random_model(size[1L], size[2L], sd)
      expect_moments(model, twin_by_layer(model))
    }
  }
  for (sd in c(0.05, 0.5, 5)) {
    model <- random_model(40, 16, sd)
    expect_near(rbm_log_z(model)$log_z, twin_by_layer(model)$log_z, 1e-12)
    expect_identical(rbm_log_z(model)$states, 2^16)
  }
  # One block, an early or a late one, has nearly all the mass.
  for (on in list(14, c(12, 15, 16))) {
    model <- random_model(18, 16, 0.5)
    model$c[12:16] <- -40
    model$c[on] <- 40
    expect_moments(model, twin_by_layer(model))
  }
})

test_that("answers have the same bits with 1 and with 2 threads", {
  skip_on_one_thread()
  set.seed(9)
  for (size in list(c(30, 14), c(14, 30), c(784, 10))) {
    model <- random_model(size[1L], size[2L], sd = 0.4)
    results <- function() {
      set.seed(10)
      list(rbm_log_z(model)$log_z, rbm_moments(model, pairs = TRUE),
           rbm_sample(model, 700, method = "exact"),
           rbm_sample(model, 700, method = "exact", type = "probability"))
    }
    expect_identical(with_threads(1, results()), with_threads(2, results()))
  }
})

test_that("moments are named, and pairs come where they are asked for", {
  W <- matrix(c(2, -1, 0.5, 1, 0, -2), 3,
              dimnames = list(c("p", "q", "r"), c("s", "t")))
  model <- rbm(W)
  found <- rbm_moments(model)
  expect_named(found, c("v", "h", "vh"))
  expect_named(found$v, c("p", "q", "r"))
  expect_named(found$h, c("s", "t"))
  expect_identical(dimnames(found$vh), dimnames(W))
  found <- rbm_moments(model, pairs = TRUE)
  expect_named(found, c("v", "h", "vh", "vv", "hh"))
  expect_identical(dimnames(found$vv), list(c("p", "q", "r"), c("p", "q", "r")))
  expect_identical(dimnames(found$hh), list(c("s", "t"), c("s", "t")))
  expect_identical(diag(found$vv), found$v)
  expect_identical(diag(found$hh), found$h)
  expect_null(dimnames(rbm_moments(rbm(unname(W)), TRUE)$vv))
  expect_null(names(rbm_moments(rbm(unname(W)))$v))
})

test_that("an exact log Z says what it is", {
  zero <- rbm_log_z(rbm(matrix(0, 3, 2)))
  expect_s3_class(zero, "rbm_log_z")
  expect_named(zero, c("log_z", "se", "interval", "method", "seconds",
                       "states", "model"))
  expect_near(zero$log_z, 5 * log(2), 1e-15)
  expect_identical(zero$se, 0)
  expect_identical(zero$interval, rep(zero$log_z, 2L))
  expect_identical(zero$method, "exact")
  expect_identical(zero$states, 4)
  expect_gte(zero$seconds, 0)
  expect_said(mask_seconds(capture.output(shown <- print(zero))))
  expect_identical(shown, zero)
  expect_identical(capture.output(print(zero, digits = 3))[1L],
                   sub("3.46574", "3.47", capture.output(print(zero))[1L]))

  # "auto" is exact up to 20 units of the smaller layer.
  wide <- rbm(matrix(0.01, 20, 22))
  expect_identical(rbm_log_z(wide)$method, "exact")
  expect_identical(rbm_log_z(wide)$states, 2^20)
  expect_identical(rbm_log_z(rbm(matrix(0, 21, 21)), "exact")$states, 2^21)
})

test_that("exact answers draw nothing, an exact sample takes its key", {
  model <- rbm(matrix(0.1, 3, 2))
  expect_draws(rbm_log_z(model), 0)
  expect_draws(rbm_moments(model, TRUE), 0)
  expect_draws(rbm_sample(model, 9, method = "exact"), 2)
  expect_draws(rbm_sample(turned(model), 9, method = "exact",
                          type = "probability"), 2)
})

# Exact samples
# -----------------------------------------------------------------
#
# Draws are independent, so counts of states are multinomial with the law found
# by enumeration. A right sampler fails in these with probability below 1e-6:
#   10 chi-square tests at 5e-8 each                                    5e-7
#   3 machines x least of at most 250 exact binomial tests, 6e-10 each  4.5e-7

test_that("exact samples have the model's law, whichever layer is walked", {
  set.seed(11)
  n <- 60000
  for (size in list(c(1, 1), c(2, 1), c(5, 3), c(3, 5), c(4, 4))) {
    model <- random_model(size[1L], size[2L], sd = 1.5)
    x <- rbm_sample(model, n, method = "exact")
    expect_type(x, "integer")
    expect_identical(dim(x), c(as.integer(n), as.integer(size[1L])))
    expect_gt(law_p_value(state_numbers(x), visible_law(model)), 5e-8)

    # The probabilities are p(v | h) of a hidden state, which has its own law.
    p <- rbm_sample(model, n, method = "exact", type = "probability")
    possible <- visible_mean(model, all_states(size[2L]))
    expect_false(anyDuplicated(signif(possible[, 1L], 9)) > 0)
    h <- match(signif(p[, 1L], 9), signif(possible[, 1L], 9))
    expect_false(anyNA(h))
    expect_near(p, possible[h, , drop = FALSE])
    expect_gt(law_p_value(h, visible_law(turned(model))), 5e-8)
  }
})

test_that("exact samples have the model's moments where blocks are drawn too", {
  set.seed(12)
  n <- 40000
  for (size in list(c(14, 13), c(13, 15), c(16, 14))) {
    model <- random_model(size[1L], size[2L], sd = 0.8)
    # Blocks of very different weight.
    if (size[2L] <= size[1L]) {
      model$c[13] <- model$c[13] - 4
    } else {
      model$b[13] <- model$b[13] + 4
    }
    x <- rbm_sample(model, n, method = "exact")
    pairs <- utils::combn(size[1L], 2L)
    found <- rbm_moments(model, pairs = TRUE)
    # Free energy in 16 bands, of probability some 1/16 each.
    states <- all_states(size[1L])
    energy <- free_energy(model, states)
    law <- exp(-energy - log_sum_exp(-energy))
    band <- integer(length(law))
    band[order(energy)] <- ceiling(pmin(cumsum(law[order(energy)]), 1) * 16)
    bands <- outer(band, 1:16, "==")
    events <- cbind(x, x[, pairs[1L, ]] * x[, pairs[2L, ]],
                    bands[state_numbers(x), ])
    p <- c(found$v, found$vv[t(pairs)], drop(law %*% bands))
    expect_lte(length(p), 250)
    expect_gt(least_binomial_p(events, p), 6e-10)
  }
})

test_that("exact samples repeat, and are named as the model", {
  model <- rbm(matrix(c(1, -1, 2, 0, 1, 1), 3, 2,
                      dimnames = list(c("p", "q", "r"), NULL)))
  draw <- function(...) {
    set.seed(13)
    rbm_sample(model, 5, method = "exact", ...)
  }
  expect_identical(draw(), draw())
  expect_identical(dimnames(draw()), list(NULL, c("p", "q", "r")))
  expect_true(all(draw() %in% 0:1))
  expect_type(draw(type = "probability"), "double")
  expect_identical(dimnames(draw(type = "probability")),
                   list(NULL, c("p", "q", "r")))
  expect_identical(dim(rbm_sample(turned(model), 1, method = "exact")),
                   c(1L, 2L))
  # A law of one state.
  certain <- rbm(matrix(0, 3, 2), b = c(800, -800, 800))
  expect_true(all(t(rbm_sample(certain, 50, method = "exact")) == c(1, 0, 1)))
  expect_equal(simulate(model, 5, seed = 13, method = "exact"), draw(),
               ignore_attr = "seed")
})

test_that("the second of two words fills the cell of the first", {
  cells <- c(0, 1, 2^31, 2^32 - 1)
  first <- (cells + 0.5) / 2^32
  expect_identical(harmonium:::finer(first, 0), cells / 2^32)
  expect_identical(harmonium:::finer(first, 1), (cells + 1) / 2^32)
})

test_that("wrong arguments are refused", {
  model <- rbm(matrix(0.1, 3, 2))
  changed <- model
  changed$W[2] <- NA
  set.seed(14)
  expect_said(c(
    refused(rbm_log_z(), "absent"),
    refused(rbm_log_z(3), "model"),
    refused(rbm_log_z(changed), "model_changed"),
    refused(rbm_log_z(model, "sum"), "choice"),
    refused(rbm_log_z(model, verbose = NA), "flag"),
    refused(rbm_log_z(rbm(matrix(0, 31, 31)), "exact"), "too_large"),
    refused(rbm_log_z(rbm(matrix(0, 60, 784)), "exact"), "too_large"),
    refused(rbm_moments(), "absent"),
    refused(rbm_moments(coef(model)), "model"),
    refused(rbm_moments(model, pairs = "all"), "flag"),
    refused(rbm_moments(rbm(matrix(0, 26, 40))), "too_large"),
    refused(rbm_sample(rbm(matrix(0, 784, 26)), 3, method = "exact"),
            "too_large"),
    refused(rbm_log_z(rbm(matrix(0, 1100, 1100)), "exact"), "too_large"),
    refused(rbm_sample(model, 3, method = "magic"), "choice"),
    refused(rbm_sample(model, 3, steps = 5, method = "exact"), "no_chain"),
    refused(rbm_sample(model, 3, start = diag(3), method = "exact"),
            "no_chain"),
    refused(rbm_sample(model, 0, method = "exact"), "count")
  ))
  options(harmonium.threads = "a")
  expect_said(c(
    refused(rbm_log_z(model), "count"),
    refused(rbm_moments(model), "count"),
    refused(rbm_sample(model, 3, method = "exact"), "count")
  ))
  options(harmonium.threads = NULL)
})

test_that("long times are told in words", {
  times <- vapply(c(0.2, 1, 90, 7300, 3e5, 1e8, 1e16),
                  harmonium:::time_in_words, "")
  expect_identical(times, c("some 1 second", "some 1 second",
                            "some 1.5 minutes", "some 2 hours", "some 3.5 days",
                            "some 3.2 years",
                            "longer than anybody has"))
})
