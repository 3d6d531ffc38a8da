test_that("chains are those of the R twin, their random numbers given", {
  set.seed(1)
  for (shape in list(c(1, 1, 1), c(3, 5, 4), c(17, 16, 6), c(5, 33, 3),
                     c(6, 4, 1100))) {
    model <- random_model(shape[1L], shape[2L])
    n <- shape[3L]
    for (start in list(random_bits(n, shape[1L]),
                       random_intensities(n, shape[1L]))) {
      key <- next_key()
      expect_identical(rbm_sample(model, n, steps = 3, start = start) + 0,
                       twin_chains(model, start, 3, key)$v)
      key <- next_key()
      expect_close(
        rbm_sample(model, n, steps = 2, start = start, type = "probability"),
        twin_chains(model, start, 2, key)$mean
      )
    }
    # One start for all chains, and none: units drawn on their own, given no h.
    key <- next_key()
    expect_identical(
      rbm_sample(model, n, steps = 2, start = start[1L, , drop = FALSE]) + 0,
      twin_chains(model, start[rep(1L, n), , drop = FALSE], 2, key)$v
    )
    key <- next_key()
    alone <- visible_mean(model, matrix(0, n, shape[2L]))
    expect_identical(
      rbm_sample(model, n, steps = 2) + 0,
      twin_chains(model, draw_states(alone, key, "start", 0, 0), 2, key)$v
    )
  }
})

# No drift. Chains that start from exact, independent draws of the law must
# still have it after any number of sweeps: then counts of any event are
# binomial with the probability found by enumeration. False alarms of a right
# sampler, added up over this file:
#   joint laws   3 machines x 2 lengths, chi-square at 5e-7 each      3.0e-6
#   one sweep    3 machines x 2 starts, chi-square at 5e-7 each       3.0e-6
#   later laws   1 + 1 + 3 x 4 chi-squares at 5e-7 each, and 6 means at
#                5.8e-7                                               1.1e-5
#   12 + 12      2 lengths x (24 single + 66 + 66 + 144 pairs + 16 bands of
#                free energy = 316) exact binomial tests at 5e-9      3.2e-6
# which is 2.0e-5. Cells of the chi-square tests have at least 50
# expected, so that its law is close to the limit; rarer states are one cell.

exact_draws <- function(model, n) {
  law <- visible_law(model)
  all_states(nrow(model$W))[sample(length(law), n, TRUE, law), , drop = FALSE]
}

chi_square_p <- function(numbers, law) {
  expected <- law * length(numbers)
  cell <- ifelse(expected < 50, 0L, seq_along(law))
  if (sum(expected[cell == 0L]) < 50) {
    cell[cell == 0L] <- which.min(ifelse(cell == 0L, Inf, expected))
  }
  observed <- tapply(tabulate(numbers, length(law)), cell, sum)
  law <- tapply(law, cell, sum)
  stats::chisq.test(observed, p = law)$p.value
}

# Two-sided exact binomial test of each column of events.
binomial_p <- function(events, p) {
  n <- nrow(events)
  count <- colSums(events)
  tail <- pmin(stats::pbinom(count, n, p),
               stats::pbinom(count - 1, n, p, lower.tail = FALSE))
  pmin(2 * tail, 1)
}

test_that("small machines keep the joint law of v and h", {
  set.seed(2)
  n <- 60000
  for (size in list(c(2, 2), c(3, 4), c(5, 2))) {
    model <- random_model(size[1L], size[2L], sd = 1.5)
    h_given_v <- states_law(hidden_mean(model, all_states(size[1L])))
    joint <- as.vector(visible_law(model) * h_given_v)
    start <- exact_draws(model, n)
    for (steps in c(1, 5)) {
      v <- rbm_sample(model, n, steps = steps, start = start)
      # The chains did move.
      expect_gt(mean(rowSums(v != start) > 0), 0.1)
      h <- rbm_hidden(model, v, type = "sample")
      number <- state_numbers(v) + 2^size[1L] * (state_numbers(h) - 1)
      expect_gt(chi_square_p(number, joint), 5e-7)
    }
  }
})

test_that("one sweep has the law of the transition matrix", {
  set.seed(3)
  n <- 60000
  for (size in list(c(1, 3), c(4, 2), c(4, 5))) {
    model <- random_model(size[1L], size[2L], sd = 1.5)
    step <- transitions(model)
    from <- sample(nrow(step), 1L)
    start <- all_states(size[1L])[from, , drop = FALSE]
    v <- rbm_sample(model, n, steps = 1, start = start)
    expect_gt(chi_square_p(state_numbers(v), step[from, ]), 5e-7)
    # By default, from units drawn on their own.
    first <- states_law(t(sigm(model$b)))
    v <- rbm_sample(model, n, steps = 1)
    expect_gt(chi_square_p(state_numbers(v), drop(first %*% step)), 5e-7)
  }
})

test_that("a machine of 12 + 12 units keeps its law", {
  set.seed(4)
  n <- 40000
  model <- random_model(12, 12, sd = 0.8)
  v_states <- all_states(12)
  law <- visible_law(model)
  mean_h <- hidden_mean(model, v_states)
  pairs <- utils::combn(12, 2)

  # Events: every unit on, every pair of units of either layer or of both on,
  # and free energy in each of 16 bands. Those of the hidden layer average over
  # p(h | v), so the probability of each is exact too.
  first <- function(x) x[, pairs[1L, ]]
  second <- function(x) x[, pairs[2L, ]]
  across <- function(v, h) v[, rep(1:12, 12)] * h[, rep(1:12, each = 12)]
  energy <- free_energy(model, v_states)
  sorted <- order(energy)
  band <- integer(length(law))
  band[sorted] <- ceiling(pmin(cumsum(law[sorted]), 1) * 16)
  bands <- outer(band, 1:16, "==") + 0
  events <- function(v, h, bands) {
    cbind(v, h, first(v) * second(v), first(h) * second(h), across(v, h), bands)
  }
  p <- drop(law %*% events(v_states, mean_h, bands))

  start <- exact_draws(model, n)
  for (steps in c(1, 5)) {
    v <- rbm_sample(model, n, steps = steps, start = start)
    h <- rbm_hidden(model, v, type = "sample")
    seen <- events(v, h, bands[state_numbers(v), ])
    expect_identical(ncol(seen), 316L)
    expect_true(all(binomial_p(seen, p) > 5e-9))
  }
})

test_that("what comes back has the model's names, and those of the start", {
  set.seed(5)
  model <- rbm(matrix(0.1, 2, 3, dimnames = list(c("p", "q"), NULL)))
  out <- rbm_sample(model, 4, steps = 2)
  expect_identical(dim(out), c(4L, 2L))
  expect_identical(dimnames(out), list(NULL, c("p", "q")))
  expect_type(out, "integer")
  expect_true(all(out %in% 0:1))
  start <- matrix(c(TRUE, FALSE), 2, 2, dimnames = list(c("one", "two"), NULL))
  out <- rbm_sample(model, 2, steps = 1, start = start, type = "probability")
  expect_identical(dimnames(out), list(c("one", "two"), c("p", "q")))
  expect_type(out, "double")
  expect_null(dimnames(rbm_sample(rbm(matrix(0.1, 2, 3)), 4, steps = 1)))
  # One start for several chains is no chain's name.
  out <- rbm_sample(model, 2, steps = 1, start = start[1L, , drop = FALSE])
  expect_identical(dimnames(out), list(NULL, c("p", "q")))
})

test_that("a start may come in any form that a fit takes", {
  set.seed(6)
  model <- random_model(7, 4)
  bits <- random_bits(5, 7)
  draw <- function(start) {
    set.seed(7)
    rbm_sample(model, 5, steps = 2, start = start)
  }
  expected <- draw(bits)
  expect_identical(draw(bits > 0), expected)
  expect_identical(draw(array(as.integer(bits), dim(bits))), expected)
  expect_identical(draw(array(as.raw(bits), dim(bits))), expected)
  expect_identical(unname(draw(as.data.frame(bits))), expected)
})

test_that("chains start from noise, or at cases of the training", {
  set.seed(13)
  x <- unique(random_bits(40, 7))
  rownames(x) <- paste0("case", seq_len(nrow(x)))
  fit <- rbm_fit(x, 3, epochs = 1, init = list(W = matrix(0, 7, 3)))
  draw <- function(...) {
    set.seed(14)
    rbm_sample(fit, ...)
  }
  for (method in c("gibbs", "pt")) {
    expect_identical(draw(5, steps = 2, start = "noise", method = method),
                     draw(5, steps = 2, method = method))
    # The rows are drawn first, by R's own numbers, without their names.
    set.seed(14)
    rows <- sample.int(nrow(x), 5)
    from_rows <- rbm_sample(fit, 5, steps = 2, start = unname(x[rows, ]),
                            method = method)
    expect_identical(draw(5, steps = 2, start = "data", method = method),
                     from_rows)
  }
  # Each once, or again where there are too few.
  drawn <- as_start("data", fit, nrow(x), "gibbs")()
  expect_identical(sort(state_numbers(pick_rows(drawn, seq_len(nrow(x))))),
                   sort(unname(state_numbers(x))))
  expect_identical(nrow(draw(99, steps = 1, start = "data")), 99L)
  # Sparse data and intensities too.
  grey <- rbm_fit(x / 2, 3, epochs = 1)
  expect_identical(nrow(rbm_sample(grey, 4, steps = 1, start = "data")), 4L)
  skip_if_not_installed("Matrix")
  sparse <- fit
  sparse$x <- Matrix::Matrix(x, sparse = TRUE)
  set.seed(14)
  expect_identical(rbm_sample(sparse, 5, steps = 2, start = "data"),
                   draw(5, steps = 2, start = "data"))
})

test_that("simulate() is rbm_sample() with a seed of its own", {
  set.seed(8)
  model <- random_model(3, 2)
  before <- random_state()
  one <- simulate(model, nsim = 4, seed = 9, steps = 5)
  expect_identical(random_state(), before)
  set.seed(9)
  expect_equal(one, rbm_sample(model, 4, steps = 5), ignore_attr = "seed")
  expect_equal(attr(one, "seed"), 9, ignore_attr = "kind")
  expect_identical(simulate(model, 4, seed = 9, steps = 5), one)

  # Without a seed, the attribute is the state in which R's numbers were.
  set.seed(10)
  start <- random_state()
  two <- simulate(model, 4, steps = 5)
  expect_identical(attr(two, "seed"), start)
  expect_identical(dim(simulate(model, steps = 1)), c(1L, 3L))
})

# Several draws of a chain --------------------------------------------------

test_that("draws of a chain are its states along the way", {
  set.seed(12)
  model <- random_model(40, 9)
  for (type in c("sample", "probability")) {
    key <- next_key()
    x <- rbm_sample(model, 12, steps = 5, chains = 3, thin = 2, type = type)
    expect_identical(attr(x, "chain"), rep(1:3, each = 4L))
    expect_identical(attr(x, "iteration"), rep(c(5L, 7L, 9L, 11L), 3L))
    alone <- visible_mean(model, matrix(0, 3, 9))
    start <- draw_states(alone, key, "start", 0, 0)
    for (t in 0:3) {
      twin <- twin_chains(model, start, 5 + 2 * t, key)
      rows <- 4 * (0:2) + t + 1
      if (type == "sample") {
        expect_identical(x[rows, ] + 0, twin$v)
      } else {
        expect_close(x[rows, ], twin$mean)
      }
      expect_near(attr(x, "free_energy")[rows], free_energy(model, twin$v),
                  1e-5)
    }
  }
})

test_that("draws do not depend on threads, nor on what else is drawn", {
  set.seed(13)
  model <- random_model(70, 60, sd = 0.3)
  draw <- function(threads, ...) {
    with_threads(threads, {
      set.seed(14)
      rbm_sample(model, steps = 9, ...)
    })
  }
  for (method in c("gibbs", "pt")) {
    x <- draw(1, n = 120, chains = 40, method = method)
    expect_identical(draw(2, n = 120, chains = 40, method = method), x)
    once <- draw(1, n = 40, method = method)
    expect_identical(once[, ], x[seq(1, 120, 3), ])
  }
})

# A law that is seen in `n` nearly independent draws, at a false alarm of 5e-7.
expect_law <- function(x, law) {
  if (sum(law > 0) == 1L) {
    return(expect_true(all(state_numbers(x) == which(law > 0))))
  }
  expect_gt(law_p_value(state_numbers(x), law), 5e-7)
}

conditional_law <- function(model, row) {
  v <- all_states(length(row))
  fits <- colSums(is.na(row) | t(v) == row) == length(row)
  law <- visible_law(model) * fits
  law / sum(law)
}

test_that("parallel tempering has the model's law", {
  set.seed(15)
  model <- random_model(6, 4, sd = 1.5)
  x <- rbm_sample(model, 30000, steps = 60, method = "pt", temperatures = 4)
  expect_law(x, visible_law(model))
  found <- attr(x, "diagnostics")
  expect_identical(found$beta[c(1, 4)], c(0, 1))
  expect_true(all(found$swap_rate > 0 & found$swap_rate <= 1))
  expect_length(found$trips, 30000L)
  # The probabilities that come with a draw are those of its hidden units: their
  # mean over draws is the marginal law, within 5 standard errors.
  p <- rbm_sample(model, 20000, steps = 60, method = "pt", temperatures = 4,
                  type = "probability")
  exact <- colSums(visible_law(model) * all_states(6))
  error <- apply(p, 2L, stats::sd) / sqrt(nrow(p))
  expect_true(all(abs(colMeans(p) - exact) < 5 * error))
})

# All on or all off: a plain chain does not cross in thousands of sweeps, and
# what it has of one pattern is what was started there.
two_patterns <- function() {
  rbm(cbind(rep(8, 8)), b = rep(-4, 8), c = -32.2)
}

test_that("parallel tempering crosses where plain chains do not", {
  set.seed(16)
  model <- two_patterns()
  start <- matrix(0, 1, 8)
  plain <- rbm_sample(model, 1000, steps = 300, start = start)
  expect_lt(mean(rowSums(plain) > 4), 0.02)
  x <- rbm_sample(model, 1000, steps = 500, start = start, method = "pt")
  expect_law(x, visible_law(model))
})

test_that("given units are held, and the rest has its conditional law", {
  set.seed(17)
  model <- random_model(6, 3, sd = 1.5)
  row <- c(1, NA, 0, NA, NA, 1)
  for (method in c("gibbs", "pt", "exact")) {
    draw <- function(n, given, ...) {
      switch(
        method,
        exact = rbm_sample(model, n, given = given, method = "exact", ...),
        gibbs = rbm_sample(model, n, steps = 40, given = given, ...),
        pt = rbm_sample(model, n, steps = 40, given = given, method = "pt",
                        temperatures = 3, ...)
      )
    }
    x <- draw(20000, row)
    expect_law(x, conditional_law(model, row))
    # A row for each chain, some wholly known and some not at all.
    given <- rbind(row, rep(NA, 6), c(1, 0, 1, 0, 1, 0))[rep(1:3, 8000), ]
    y <- draw(24000, given)
    for (i in 1:3) {
      expect_law(y[seq(i, 24000, 3), ], conditional_law(model, given[i, ]))
    }
    p <- draw(50, row, type = "probability")
    expect_identical(unique(p[, c(1, 3, 6)]), t(c(1, 0, 1)))
    expect_true(all(p[, c(2, 4, 5)] > 0 & p[, c(2, 4, 5)] < 1))
  }
})

test_that("a clamp holds in starts, and goes by name", {
  model <- rbm(matrix(0.1, 3, 2, dimnames = list(c("a", "b", "c"), NULL)))
  set.seed(18)
  x <- rbm_sample(model, 6, steps = 1, chains = 2, given = c(c = 1, a = 0),
                  start = matrix(0.5, 1, 3))
  expect_true(all(x[, "a"] == 0) && all(x[, "c"] == 1))
  frame <- data.frame(b = c(1L, NA), c = c(NA, 0L))
  y <- rbm_sample(model, 4, steps = 1, chains = 2, given = frame)
  expect_identical(y[1:2, "b"], c(1L, 1L))
  expect_identical(y[3:4, "c"], c(0L, 0L))
})

# The class -----------------------------------------------------------------

test_that("results are matrices to all else", {
  set.seed(19)
  model <- random_model(4, 2)
  x <- rbm_sample(model, 8, steps = 3, chains = 2)
  plain <- as.matrix(x)
  expect_identical(attributes(plain), list(dim = c(8L, 4L)))
  expect_s3_class(x, c("rbm_sample", "matrix", "array"), exact = TRUE)
  expect_identical(x[, ], plain)
  expect_identical(x[2, ], plain[2, ])
  expect_identical(x[2:3, , drop = FALSE], plain[2:3, , drop = FALSE])
  expect_identical(x[plain == 1], plain[plain == 1])
  expect_identical(x + 0, plain + 0)
  expect_identical(!x, !plain)
  expect_identical(exp(x), exp(plain))
  expect_identical(t(x), t(plain))
  expect_identical(unname(as.data.frame(x)), unname(as.data.frame(plain)))
  expect_identical(rbm_free_energy(model, x), rbm_free_energy(model, plain))
})

test_that("printing says how they were drawn and whether they mixed", {
  set.seed(20)
  model <- random_model(5, 3, sd = 0.3)
  stuck <- rbind(diag(0, 5, 8), matrix(1, 5, 8))
  wide <- rbm(matrix(0, 90, 1), b = rep(20, 90))
  expect_snapshot_output({
    print(rbm_sample(model, 2, method = "exact"))
    print(rbm_sample(model, 4000, steps = 200, chains = 4))
    print(rbm_sample(model, 20, steps = 400))
    print(rbm_sample(model, 1, steps = 4, type = "probability"))
    print(rbm_sample(model, 2, steps = 4))
    print(rbm_sample(two_patterns(), 10, steps = 100, start = stuck))
    print(rbm_sample(two_patterns(), 400, chains = 10, steps = 100,
                     start = stuck))
    print(rbm_sample(model, 40, steps = 200, chains = 4, method = "pt",
                     temperatures = 3))
    print(rbm_sample(wide, 2, steps = 20))
  })
})

test_that("where some neighbours never met, the rates are of those that did", {
  set.seed(26)
  x <- rbm_sample(random_model(5, 3, sd = 0.3), 4, steps = 1, method = "pt")
  rate <- attr(x, "diagnostics")$swap_rate
  expect_identical(is.na(rate), rep_len(c(FALSE, TRUE), 9L))
  known <- rate[!is.na(rate)]
  expect_output(print(x), sprintf("in %.0f to %.0f %% of tries",
                                  100 * min(known), 100 * max(known)),
                fixed = TRUE)
})

test_that("diagnostics tell chains that differ from chains that do not", {
  set.seed(21)
  start <- rbind(diag(0, 5, 8), matrix(1, 5, 8))
  stuck <- attr(rbm_sample(two_patterns(), 400, chains = 10, steps = 100,
                           start = start), "diagnostics")
  # The two patterns have the same energies: only the units show it.
  expect_lt(stuck$rhat, 1.1)
  expect_gt(stuck$units_rhat, 2)
  expect_gt(stuck$burn_in$units_rhat, 2)
  model <- random_model(5, 3, sd = 0.3)
  mixed <- attr(rbm_sample(model, 4000, chains = 4, steps = 200), "diagnostics")
  expect_lt(mixed$rhat, 1.01)
  expect_lt(mixed$units_rhat, 1.01)
  expect_gt(mixed$ess, 1500)
  few <- attr(rbm_sample(model, 6, chains = 2, steps = 3), "diagnostics")
  expect_identical(few$rhat, NA_real_)
  expect_identical(few$units_rhat, NA_real_)
  one <- attr(rbm_sample(model, 40, chains = 1, steps = 3), "diagnostics")
  expect_identical(one$units_rhat, NA_real_)
})

test_that("R-hat of units together is that of their summed variances", {
  set.seed(22)
  x <- rbm_sample(random_model(5, 3), 33, chains = 3, steps = 50)
  draws <- harmonium:::sample_array(x)
  halves <- lapply(1:5, function(i) harmonium:::split_chains(draws[, , i]))
  within <- sum(vapply(halves, function(h) mean(apply(h, 2L, var)), 1))
  between <- sum(vapply(halves, function(h) var(colMeans(h)), 1))
  expect_near(attr(x, "diagnostics")$units_rhat,
              sqrt(4 / 5 + between / within))
})

test_that("posterior and coda take the draws", {
  set.seed(23)
  model <- rbm(matrix(0.1, 3, 2, dimnames = list(c("a", "b", "c"), NULL)))
  x <- rbm_sample(model, 30, chains = 3, steps = 6, thin = 2)
  if (requireNamespace("posterior", quietly = TRUE)) {
    draws <- posterior::as_draws_array(x)
    expect_identical(dim(draws), c(10L, 3L, 3L))
    expect_identical(posterior::variables(draws), c("a", "b", "c"))
    expect_identical(posterior::as_draws(x), draws)
    for (chain in 1:3) {
      expect_identical(unname(unclass(draws)[, chain, ]),
                       unname(x[attr(x, "chain") == chain, ]))
    }
    frame <- posterior::as_draws_df(x)
    expect_equal(frame$b, x[, "b"])
    expect_equal(frame$.chain, attr(x, "chain"))
    expect_equal(unname(as.vector(posterior::as_draws_matrix(x)[, "c"])),
                 unname(x[, "c"]))
  }
  skip_if_not_installed("coda")
  list <- coda::as.mcmc.list(x)
  expect_length(list, 3L)
  expect_identical(coda::varnames(list), c("a", "b", "c"))
  expect_identical(attr(list[[1L]], "mcpar"), c(6, 24, 2))
  expect_equal(as.vector(list[[2L]]), as.vector(x[11:20, ]))
  one <- coda::as.mcmc(rbm_sample(model, 5, chains = 1, steps = 2))
  expect_s3_class(one, "mcmc")
  expect_identical(dim(one), c(5L, 3L))
  expect_identical(attr(one, "mcpar"), c(2, 6, 1))
  exact <- rbm_sample(model, 5, method = "exact")
  expect_identical(attr(coda::as.mcmc(exact), "mcpar"), c(1, 5, 1))
  expect_said(refused(coda::as.mcmc(x), "many_chains"))
})

test_that("parameters that single precision cannot add up are refused", {
  huge <- rbm(matrix(c(1e39, 1, 1, 1), 2))
  set.seed(24)
  expect_said(c(
    refused(rbm_sample(huge, 3), "single"),
    refused(rbm_sample(huge, 3, method = "pt"), "single"),
    refused(rbm_log_z(huge, method = "ais"), "single"),
    refused(rbm_log_z(rbm(matrix(1, 2, 2)), method = "ais", base = huge),
            "single")
  ))
  expect_identical(as.matrix(rbm_sample(huge, 2, method = "exact"))[, 1],
                   c(1L, 1L))
  large <- rbm(matrix(c(9e27, 1, 1, 1), 2))
  expect_identical(rbm_sample(large, 2, steps = 5)[, 1], c(1L, 1L))
})

test_that("wrong arguments are refused", {
  model <- rbm(matrix(0.1, 3, 2, dimnames = list(c("a", "b", "c"), NULL)))
  x <- matrix(0, 2, 3)
  set.seed(11)
  bare <- rbm_fit(x, 2, epochs = 1, keep_x = FALSE)
  grey <- rbm_fit(x + 0.5, 2, epochs = 1)
  expect_said(c(
    refused(rbm_sample(), "absent"),
    refused(rbm_sample(model), "absent"),
    refused(rbm_sample(list(), 3), "model"),
    refused(rbm_sample(model, 0), "count"),
    refused(rbm_sample(model, 2.5), "count"),
    refused(rbm_sample(model, c(1, 2)), "count"),
    refused(rbm_sample(model, NA), "count"),
    refused(rbm_sample(model, 3, steps = 0), "count"),
    refused(rbm_sample(model, 3, steps = 2^24), "count"),
    refused(rbm_sample(model, 3, type = "input"), "choice"),
    refused(rbm_sample(model, 3, method = "metropolis"), "choice"),
    refused(rbm_sample(model, 3, steps = 5, method = "exact"), "no_chain"),
    refused(rbm_sample(model, 2, start = x, method = "exact"), "no_chain"),
    refused(rbm_sample(model, 3, 2, NULL, "sample", "gibbs", 3, 1, 2, NULL, 5),
            "dots"),
    refused(rbm_sample(model, 3, burnin = 5), "dots"),
    refused(rbm_sample(model, 3, start = x), "start"),
    refused(rbm_sample(model, 2, start = x[, 1:2]), "columns"),
    refused(rbm_sample(model, 1, start = x), "start"),
    refused(rbm_sample(model, 1, start = 1:3), "data"),
    refused(rbm_sample(model, 1, start = "cases"), "choice"),
    refused(rbm_sample(model, 1, start = "data"), "untrained"),
    refused(rbm_sample(bare, 1, start = "data"), "not_kept"),
    refused(rbm_sample(grey, 1, start = "data", method = "pt"), "not_binary"),
    refused(rbm_sample(model, 2, start = x - 1), "range"),
    refused(rbm_sample(model, 1, start = t(c(a = 1, c = 1, b = 0))),
            "names_order"),
    refused(rbm_sample(model, 4, chains = 3), "chains"),
    refused(rbm_sample(model, 4, chains = 5), "chains"),
    refused(rbm_sample(model, 4, chains = 0), "count"),
    refused(rbm_sample(model, 4, thin = 0), "count"),
    refused(rbm_sample(model, 4, chains = 1, thin = 2^23), "sweeps"),
    refused(rbm_sample(model, 4, temperatures = 5), "not_tempered"),
    refused(rbm_sample(model, 4, method = "pt", temperatures = 1), "count"),
    refused(rbm_sample(model, 2e5, method = "pt"), "replicas"),
    refused(rbm_sample(model, 2, method = "pt", start = x + 0.5),
            "not_binary"),
    refused(rbm_sample(model, 2, method = "exact", chains = 2, thin = 1),
            "no_chain"),
    refused(rbm_sample(model, 2, given = c(1, NA)), "given_columns"),
    refused(rbm_sample(model, 2, given = c(1, NA, 0.5)), "given_values"),
    refused(rbm_sample(model, 2, given = c(a = 1, d = 0)), "given_names"),
    refused(rbm_sample(model, 2, given = c(a = 1, a = 0)), "given_twice"),
    refused(rbm_sample(model, 2, given = matrix(1, 3, 3)), "given_rows"),
    refused(rbm_sample(model, 2, given = letters[1:3]), "data"),
    refused(rbm_sample(model, 2, given = matrix(NA, 0, 3)), "empty"),
    refused(simulate(model, nsim = 0), "count"),
    refused(simulate(model, nsim = "a"), "count"),
    refused(simulate(model, seed = "a"), "count"),
    refused(simulate(model, seed = NA), "count"),
    refused(simulate(model, seed = 1, steps = -1), "count"),
    refused(simulate(model, burnin = 1), "dots")
  ))
})

test_that("any key of two words gives ladders", {
  model <- rbm(matrix(1, 2, 2))
  found <- run_ladders(model, NULL, chain_plan(2, 3), c(5, 2^32 - 1), "sample",
                       NULL, 3L)
  expect_identical(found$x[c("n", "units")], list(n = 2L, units = 2L))
})

test_that("draws are set beside the data, where the model keeps them", {
  set.seed(34)
  x <- random_bits(200, 8, p = rep(c(0.1, 0.9), each = 800))
  fit <- rbm_fit(x, 4, epochs = 20)
  near <- rbm_sample(fit, 200, chains = 50, steps = 50)
  energy <- attr(near, "free_energy")
  found <- attr(near, "diagnostics")$beside_data
  expect_near(found[["draws"]], stats::median(energy))
  expect_lt(found[["apart"]], 0.9)
  text <- capture.output(print(near))
  expect_true(any(grepl("of the training data", text)))
  expect_false(any(grepl("have not been", text)))
  # A model with a second mode, far from all data, which chains do not leave.
  far <- fit
  far$W[] <- 0
  far$b[] <- c(rep(-1, 4), rep(1, 4))
  far$W[, 1L] <- 20
  far$c[1L] <- -60
  draws <- rbm_sample(far, 200, chains = 50, steps = 20,
                      start = matrix(1, 1, 8))
  expect_gt(attr(draws, "diagnostics")$beside_data[["apart"]], 0.9)
  expect_true(any(grepl("have not been where the data are",
                        capture.output(print(draws)))))
  fit$x <- NULL
  expect_null(attr(rbm_sample(fit, 4), "diagnostics")$beside_data)
})

# Five patterns in 60 units beside a broad background; `above` is how much
# higher their log-probabilities are than for about a third of the model each.
far_patterns <- function(above) {
  set.seed(5)
  pattern <- matrix(rbinom(300, 1, 0.5), 5)
  W <- cbind(t(4 * (2 * pattern - 1)), matrix(0, 60, 16))
  c <- -4 * rowSums(pattern) + 60 * log(2) + c(4, 3, 2, 1, -1) + above
  rbm(W, numeric(60), c(c, numeric(16)))
}

test_that("parts of a model without data that no chain has seen are told", {
  for (method in c("gibbs", "pt")) {
    set.seed(1)
    draws <- rbm_sample(far_patterns(0), 200, method = method)
    unseen <- attr(draws, "diagnostics")$unseen
    expect_true(is.matrix(unseen) && nrow(unseen) >= 1L)
    # The heaviest pattern first.
    expect_lt(mean(unseen[1L, ] != (far_patterns(0)$W[, 1L] > 0)), 0.2)
    expect_output(print(draws), "HAVE NOT BEEN near")
  }
  # Started at what was not seen, chains have been there.
  there <- rbm_sample(far_patterns(0), 200, start = unseen[1L, , drop = FALSE])
  expect_null(attr(there, "diagnostics")$unseen)
  # Patterns of a millionth of the model are not missed.
  set.seed(1)
  draws <- rbm_sample(far_patterns(-14), 200)
  expect_null(attr(draws, "diagnostics")$unseen)
  expect_false(any(grepl("HAVE NOT BEEN", capture.output(print(draws)))))
})

test_that("no part is said to be unseen where all were", {
  set.seed(3)
  alarms <- vapply(1:20, function(i) {
    machine <- rbm(matrix(rnorm(120, 0, 0.5), 20), rnorm(20), rnorm(6))
    !is.null(attr(rbm_sample(machine, 100, steps = 200), "diagnostics")$unseen)
  }, NA)
  expect_false(any(alarms))
})
