# Many draws take their time.
testthat::skip_on_cran()

# The largest sum of log-probabilities that any law gives to these rows: that of
# the law in which each distinct row has its share.
best_sum <- function(x) {
  counts <- table(apply(x, 1L, paste, collapse = ""))
  sum(counts * log(counts / nrow(x)))
}

# The parts of a set that holds all rows of its law: x 0/1 and whole, the law
# sums to 1 and is the one that gives these rows most.
expect_whole <- function(data, rows, units) {
  expect_named(data, c("x", "image_dim", "best", "best_sum", "probability"))
  expect_type(data$x, "integer")
  expect_identical(dim(data$x), as.integer(c(rows, units)))
  expect_true(all(data$x %in% 0:1))
  expect_near(sum(data$probability[!duplicated(data$x)]), 1, 1e-12)
  expect_near(data$best_sum, best_sum(data$x), 1e-12)
  expect_near(data$best_sum, sum(log(data$probability)), 1e-12)
  expect_near(data$best, data$best_sum / rows, 1e-12)
}

test_that("bars and stripes are that, in all three ways of counting", {
  # Every picture whose rows, or whose columns, are each on or off as a whole.
  # The pixels of a picture run row after row.
  all_pictures <- function(size) {
    x <- all_states(size^2)
    drawn <- apply(x, 1L, function(pixels) {
      picture <- matrix(pixels, size, byrow = TRUE)
      across <- all(picture == picture[, 1L])
      down <- all(t(picture) == picture[1L, ])
      across || down
    })
    x[drawn, ]
  }
  in_order <- function(x) unname(x[do.call(order, as.data.frame(x)), ])
  for (size in 2:4) {
    pictures <- all_pictures(size)
    rows <- rbm_data("bars_and_stripes", size)
    distinct <- rbm_data("bars_and_stripes", size, count = "distinct")
    proper <- rbm_data("bars_and_stripes", size, count = "proper")
    expect_whole(rows, 2 * 2^size, size^2)
    expect_whole(distinct, 2^(size + 1) - 2, size^2)
    expect_whole(proper, 2^(size + 1) - 4, size^2)
    expect_equal(in_order(distinct$x), in_order(pictures))
    both <- c(rep(0, size^2), rep(1, size^2))
    expect_equal(in_order(rows$x),
                 in_order(rbind(pictures, matrix(both, 2, byrow = TRUE))))
    expect_equal(in_order(proper$x),
                 in_order(pictures[!rowSums(pictures) %in% c(0, size^2), ]))
    expect_identical(rows$image_dim, c(size, size))
  }
  expect_identical(rbm_data(), rbm_data("bars_and_stripes", 4, count = "rows"))
  expect_identical(dim(rbm_data(size = 12)$x), c(8192L, 144L))
})

test_that("the best attainable likelihoods are those of the literature", {
  expect_near(rbm_data(size = 3)$best_sum, -41.588831, 1e-8)
  distinct <- rbm_data(size = 4, count = "distinct")
  expect_near(distinct$best_sum, -102.035921, 1e-8)
  expect_near(rbm_data(size = 4)$best_sum, -108.130960, 1e-8)
})

test_that("the shifter shows a pattern, the same one moved, and which way", {
  for (size in c(2, 3, 6)) {
    data <- rbm_data("shifter", size)
    rows <- 3 * 2^size
    expect_whole(data, rows, 2 * size + 3)
    expect_false(any(duplicated(data$x)))
    expect_near(data$best, -log(rows))
    expect_null(data$image_dim)
    # The label's first unit says left, its second not moved, its third right.
    ring <- function(k) (k - 1) %% size + 1
    moved <- vapply(seq_len(rows), function(row) {
      way <- which(data$x[row, 2 * size + 1:3] == 1)
      place <- ring(seq_len(size) + c(-1, 0, 1)[way])
      length(way) == 1L &&
        identical(data$x[row, size + place], data$x[row, seq_len(size)])
    }, NA)
    expect_true(all(moved))
  }
  # Which way is independent of every other unit alone.
  label <- data$x[, 13:15]
  expect_near(crossprod(label, data$x[, 1:12]) / rows, matrix(1 / 6, 3, 12))
  expect_identical(dim(rbm_data("shifter", 12)$x), c(12288L, 27L))
})

test_that("parity has the rows with an even number on", {
  for (size in c(2, 5, 8)) {
    data <- rbm_data("parity", size)
    expect_whole(data, 2^(size - 1), size)
    expect_true(all(rowSums(data$x) %% 2 == 0))
    # Whichever unit is left out, the others take each of their states once.
    for (unit in seq_len(size)) {
      expect_false(any(duplicated(data$x[, -unit])))
    }
    expect_near(data$best, -(size - 1) * log(2))
  }
  expect_identical(nrow(rbm_data("parity", 20)$x), 524288L)
})

# Ising
# -------------------------------------------------------------------------

# Sum of the products of all neighbours: each spin with the next one in its row
# and in its column, the last with the first. With 2 x 2 spins each pair of
# neighbours is joined twice, and counts twice.
neighbour_sum <- function(x, size) {
  spins <- array(t(2 * x - 1), c(size, size, nrow(x)))
  following <- c(seq_len(size)[-1L], 1L)
  apply(spins * (spins[following, , , drop = FALSE] +
                   spins[, following, , drop = FALSE]), 3L, sum)
}

# log Z of a lattice of size x size, in closed form (Kaufman 1949).
kaufman_log_z <- function(size, beta) {
  l <- 0:(2 * size - 1)
  gamma <- acosh(cosh(2 * beta)^2 / sinh(2 * beta) - cos(pi * l / size))
  gamma[1L] <- 2 * beta + log(tanh(beta))
  odd <- gamma[l %% 2 == 1] * size / 2
  even <- gamma[l %% 2 == 0] * size / 2
  products <- prod(2 * cosh(odd)) + prod(2 * sinh(odd)) +
    prod(2 * cosh(even)) + prod(2 * sinh(even))
  size^2 / 2 * log(2 * sinh(2 * beta)) + log(products / 2)
}

test_that("entropy and law of a lattice are those of all its states", {
  set.seed(1)
  for (size in 2:4) {
    sums <- neighbour_sum(all_states(size^2), size)
    for (beta in c(0, 0.1, 0.4407, 1, 20)) {
      log_p <- beta * sums - log_sum_exp(beta * sums)
      data <- rbm_data("ising", size, n = 30, beta = beta)
      expect_near(data$best, sum(exp(log_p) * log_p), 1e-11)
      expect_near(data$best_sum, 30 * data$best)
      expect_near(data$probability, exp(log_p[state_numbers(data$x)]), 1e-11)
      expect_identical(data$image_dim, c(size, size))
      expect_type(data$x, "integer")
      expect_identical(dim(data$x), c(30L, as.integer(size^2)))
    }
  }
})

test_that("larger lattices agree with the closed form", {
  set.seed(2)
  for (size in c(3, 5, 8)) {
    for (beta in c(0.05, 0.3, 0.4407, 0.7)) {
      data <- rbm_data("ising", size, n = 3, beta = beta)
      log_z <- kaufman_log_z(size, beta)
      d <- 1e-4
      slope <- (kaufman_log_z(size, beta + d) - kaufman_log_z(size, beta - d)) /
        (2 * d)
      # The slope is off by d^2 / 6 times the third derivative.
      expect_near(data$best, beta * slope - log_z, 1e-6)
      expect_near(log(data$probability),
                  beta * neighbour_sum(data$x, size) - log_z, 1e-10)
    }
  }
  # No coupling, and so much of it that all spins agree.
  expect_near(rbm_data("ising", 8, n = 1, beta = 0)$best, -64 * log(2))
  cold <- rbm_data("ising", 8, n = 50, beta = 99)
  expect_near(cold$best, -log(2))
  expect_true(all(rowSums(cold$x) %in% c(0, 64)))
})

# A right sampler fails here with probability below 1e-6: 6 chi-square tests at
# 5e-8, 9 binomial tests at 1e-8 and 3 means beyond 5.5 standard errors at
# 3.8e-8.
test_that("samples have the law of the lattice", {
  set.seed(3)
  n <- 60000
  for (size in 2:3) {
    law <- function(beta) {
      log_weight <- beta * neighbour_sum(all_states(size^2), size)
      exp(log_weight - log_sum_exp(log_weight))
    }
    for (beta in c(0, 0.15, 0.4)) {
      x <- rbm_data("ising", size, n = n, beta = beta)$x
      expect_gt(law_p_value(state_numbers(x), law(beta)), 5e-8)
    }
  }
  # Larger ones by the mean log-probability, whose expectation is `best`, and by
  # single spins, which are on with probability 1/2, all of them alike.
  for (size in c(4, 6, 8)) {
    data <- rbm_data("ising", size, n = 5000, beta = 0.42)
    log_p <- log(data$probability)
    expect_lt(abs(mean(log_p) - data$best),
              5.5 * stats::sd(log_p) / sqrt(5000))
    some <- c(1L, size + 2L, size^2)
    expect_gt(least_binomial_p(data$x[, some], rep(0.5, 3)), 1e-8)
  }
})

test_that("set.seed() repeats a sample, and other sets draw nothing", {
  draw <- function() {
    set.seed(4)
    rbm_data("ising", 4, n = 20)
  }
  expect_identical(draw(), draw())
  expect_draws(rbm_data("shifter", 3), 0)
  expect_draws(rbm_data("parity", 3), 0)
  expect_draws(rbm_data("bars_and_stripes", 3), 0)
})

test_that("no model is better than the law of a set, and that law is as good", {
  # No other model comes up to it.
  data <- rbm_data("parity", 3)
  set.seed(5)
  fit <- rbm_fit(data$x, 6, epochs = 3)
  expect_lt(logLik(fit), data$best_sum)
  # Independent fair coins are the law of a lattice without coupling.
  coins <- rbm_data("ising", 3, n = 40, beta = 0)
  model <- rbm(matrix(0, 9, 1))
  expect_near(c(logLik(model, coins$x)), coins$best_sum)
  expect_near(exp(predict(model, coins$x, type = "log_prob")),
              coins$probability)
})

test_that("wrong arguments are refused", {
  set.seed(6)
  expect_said(c(
    refused(rbm_data("mnist"), "choice"),
    refused(rbm_data(c("parity", "ising")), "choice"),
    refused(rbm_data("parity", size = 1), "count"),
    refused(rbm_data("parity", size = 21), "count"),
    refused(rbm_data("bars_and_stripes", size = 13), "count"),
    refused(rbm_data("shifter", size = 13), "count"),
    refused(rbm_data("ising", size = 9), "count"),
    refused(rbm_data("ising", size = 2.5), "count"),
    refused(rbm_data("bars_and_stripes", count = "all"), "choice"),
    refused(rbm_data("ising", n = 0), "count"),
    refused(rbm_data("ising", n = "many"), "count"),
    refused(rbm_data("ising", beta = -0.1), "number"),
    refused(rbm_data("ising", beta = NA), "number"),
    refused(rbm_data("ising", beta = 1e308), "number")
  ))
})
