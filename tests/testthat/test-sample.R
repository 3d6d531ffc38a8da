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
#   12 + 12      2 lengths x (24 single + 66 + 66 + 144 pairs + 16 bands of
#                free energy = 316) exact binomial tests at 5e-9      3.2e-6
# which is 9.2e-6, below 1e-5. Cells of the chi-square tests have at least 50
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

test_that("wrong arguments are refused", {
  model <- rbm(matrix(0.1, 3, 2, dimnames = list(c("a", "b", "c"), NULL)))
  x <- matrix(0, 2, 3)
  set.seed(11)
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
    refused(rbm_sample(model, 3, 2, NULL, "sample", "gibbs", 5), "dots"),
    refused(rbm_sample(model, 3, burnin = 5), "dots"),
    refused(rbm_sample(model, 3, start = x), "start"),
    refused(rbm_sample(model, 2, start = x[, 1:2]), "columns"),
    refused(rbm_sample(model, 1, start = 1:3), "data"),
    refused(rbm_sample(model, 2, start = x - 1), "range"),
    refused(rbm_sample(model, 1, start = t(c(a = 1, c = 1, b = 0))),
            "names_order"),
    refused(simulate(model, nsim = 0), "count"),
    refused(simulate(model, nsim = "a"), "count"),
    refused(simulate(model, seed = "a"), "count"),
    refused(simulate(model, seed = NA), "count"),
    refused(simulate(model, seed = 1, steps = -1), "count"),
    refused(simulate(model, burnin = 1), "dots")
  ))
})
