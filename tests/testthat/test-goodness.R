# Expectations by enumeration, p-values by hand from the simulated counts, how
# often a right model is called wrong, and wrong ones that must be found.

named_model <- function(nv, nh, sd = 1) {
  rbm(matrix(rnorm(nv * nh, 0, sd), nv,
             dimnames = list(letters[seq_len(nv)], NULL)),
      rnorm(nv), rnorm(nh))
}

drawn <- function(model, n) {
  v <- all_states(nrow(model$W))
  x <- v[sample.int(nrow(v), n, TRUE, visible_law(model)), , drop = FALSE]
  colnames(x) <- rownames(model$W)
  x
}

# Shares of all sets of a check's table by summing over all states.
twin_shares <- function(model, table) {
  v <- all_states(nrow(model$W))
  law <- visible_law(model)
  names <- rownames(model$W)
  mapply(function(kind, set) {
    if (kind == "row_sum") {
      ends <- as.numeric(strsplit(set, "-")[[1]])
      sum(law[rowSums(v) >= min(ends) & rowSums(v) <= max(ends)])
    } else {
      columns <- match(strsplit(set, ":")[[1]], names)
      sum(law[rowSums(v[, columns, drop = FALSE]) == length(columns)])
    }
  }, table$kind, table$set, USE.NAMES = FALSE)
}

test_that("expected shares are those of the model, either layer the smaller", {
  set.seed(1)
  for (size in list(c(7, 3), c(5, 9), c(1, 1), c(2, 2), c(3, 1))) {
    model <- named_model(size[1], size[2], 1.5)
    found <- rbm_check(model, drawn(model, 40), times = 19)
    expect_identical(found$expected, "exact")
    expect_near(found$table$expected, twin_shares(model, found$table), 1e-12)
    nv <- size[1]
    expect_identical(nrow(found$table),
                     as.integer(nv + choose(nv, 2) + choose(nv, 3) + nv + 1))
    expect_identical(anyDuplicated(found$table[c("kind", "set")]), 0L)
    expect_near(sum(found$row_sums$expected), 1, 1e-12)
    pairs <- found$table[found$table$kind == "pair", ]
    moments <- rbm_moments(model, pairs = TRUE)$vv
    at <- do.call(rbind, strsplit(pairs$set, ":"))
    if (nv > 1) {
      expect_near(pairs$expected, moments[at], 1e-12)
    }
  }
})

test_that("observed shares, z and p-values are as on paper", {
  set.seed(2)
  model <- named_model(5, 2)
  x <- drawn(model, 60)
  sets <- sets_of(5, 100)
  from <- 0:5
  v <- x > 0
  counts <- count_sets(x, sets, from)
  by_hand <- c(
    colSums(v), apply(sets$pair, 1, function(s) sum(v[, s[1]] & v[, s[2]])),
    apply(sets$triple, 1, function(s) sum(rowSums(v[, s]) == 3)),
    tabulate(rowSums(v) + 1, 6)
  )
  expect_identical(counts, by_hand, ignore_attr = TRUE)
  set.seed(3)
  found <- rbm_check(model, x, times = 49)
  set.seed(3)
  key <- draw_key()
  simulated <- counts_of_draws(
    model, 60L, 49L, function(x) count_sets(x, sets, from), length(counts), key
  )$counts
  p <- expected_shares(model, sets, from)
  sd <- sqrt(pmax(60 * p * (1 - p), 5))
  z <- (counts - 60 * p) / sd
  off <- abs(simulated - 60 * p) / sd
  order <- order(-abs(z))
  expect_near(found$table$z, z[order], 1e-12)
  expect_near(found$table$observed, counts[order] / 60, 1e-12)
  p_value <- (rowSums(off >= abs(z)) + 1) / 50
  expect_near(found$table$p_value, p_value[order], 1e-12)
  expect_near(found$table$p_se, sqrt(p_value * (1 - p_value) / 49)[order],
              1e-12)
  largest <- apply(off, 2, max)
  adjusted <- vapply(abs(z), function(z) (sum(largest >= z) + 1) / 50, 0)
  expect_near(found$table$p_adjusted, adjusted[order], 1e-12)
  expect_identical(found$p_value, min(found$table$p_adjusted))
  expect_false(is.unsorted(found$table$p_adjusted))
  expect_draws(rbm_check(model, x, times = 19), 2)
})

test_that("draws of all three kinds have the model's shares", {
  set.seed(4)
  sets <- sets_of(6, 100)
  counts <- function(x) count_sets(x, sets, 0:6)
  size <- 6 + 15 + 20 + 7
  # The sum of 40 data sets of 250 cases; 144 z-scores beyond 4.5: 1e-3.
  for (shape in list(c(6, 3), c(6, 8))) {
    model <- named_model(shape[1], shape[2])
    p <- expected_shares(model, sets, 0:6)
    far <- function(found) {
      max(abs(rowSums(found$counts) - 1e4 * p) / sqrt(pmax(1e4 * p, 5)))
    }
    expect_lt(far(counts_of_draws(model, 250L, 40L, counts, size, c(1, 2))),
              4.5)
    # Chains have their own draws ten sweeps apart, which may be correlated.
    chains <- counts_of_chains(model, 250L, 40L, counts, size, c(1, 2), 200L)
    expect_lt(far(chains), 9)
    expect_lt(chains$rhat, 1.05)
    expect_gt(chains$effective, 5)
  }
})

test_that("a right model has uniform p-values", {
  set.seed(5)
  model <- named_model(6, 2)
  runs <- 150
  p <- replicate(runs, {
    found <- rbm_check(model, drawn(model, 100), times = 39)
    first <- found$table
    c(all = found$p_value, column = first$p_value[first$set == "c"],
      pair = first$p_value[first$set == "a:b"])
  })
  # P(p <= k / 40) is k / 40, or less with ties: exact binomial, four cuts and
  # three p-values at 1e-5 each: 1.2e-4 false alarms.
  for (cut in c(0.05, 0.1, 0.25, 0.5)) {
    expect_true(all(rowSums(p <= cut + 1e-9) <= qbinom(1 - 1e-5, runs, cut)))
  }
  # Nor are they too high: the largest difference hardly ever has ties.
  expect_gte(sum(p["all", ] <= 0.5 + 1e-9), qbinom(1e-5, runs, 0.4))
})

test_that("p-values are uniform where what is expected is simulated too", {
  set.seed(14)
  runs <- 2000
  p <- replicate(runs, {
    counts <- matrix(rpois(40 * 20, 30), 40)
    ranked(counts[, 1], counts[, -1], rep(sqrt(30), 40))$p_adjusted
  })
  least <- apply(p, 2, min)
  # 6 exact binomial bounds at 1e-5 each.
  for (cut in c(0.05, 0.2, 0.5)) {
    events <- sum(least <= cut + 1e-9)
    expect_lte(events, qbinom(1 - 1e-5, runs, cut))
    expect_gte(events, qbinom(1e-5, runs, 0.8 * cut))
  }
})

test_that("data of other models are found, and where", {
  set.seed(6)
  # Clusters, under independent columns with the right means.
  class <- rbinom(200, 1, 0.5)
  x <- matrix(rbinom(200 * 6, 1, ifelse(class == 1, 0.8, 0.2)), 200,
              dimnames = list(NULL, letters[1:6]))
  flat <- rbm(matrix(0, 6, 1, dimnames = list(letters[1:6], NULL)),
              qlogis(colMeans(x)), 0)
  found <- rbm_check(flat, x, times = 99)
  expect_identical(found$p_value, 0.01)
  expect_gt(found$table$p_adjusted[found$table$kind == "column"][1], 0.5)
  expect_lte(found$table$p_adjusted[found$table$kind == "pair"][1], 0.01)
  wide <- found$row_sums$observed > found$row_sums$high
  expect_true(wide[1] && wide[7])

  # Parity: all columns and pairs are independent, one triple is not.
  y <- random_bits(200, 5)
  y[, 4] <- (y[, 1] + y[, 2]) %% 2
  fair <- rbm(matrix(0, 5, 1), numeric(5), 0)
  found <- rbm_check(fair, y, times = 99)
  expect_identical(found$table$set[1], "1:2:4")
  bad <- found$table$kind[found$table$p_adjusted <= 0.05]
  expect_identical(setdiff(bad, "row_sum"), "triple")

  # One column with another mean.
  z <- random_bits(200, 5)
  z[, 2] <- rbinom(200, 1, 0.8)
  expect_identical(rbm_check(fair, z, times = 99)$table$set[1], "2")
})

test_that("models too large to enumerate are checked by chains", {
  set.seed(7)
  flat <- rbm(matrix(rnorm(22 * 21, 0, 0.05), 22), rnorm(22), numeric(21))
  x <- rbm_sample(flat, 60, steps = 50)
  found <- rbm_check(flat, x, times = 39, most = 50, steps = 50)
  expect_identical(found$draws, "gibbs")
  expect_identical(found$expected, "simulated")
  expect_lt(found$rhat, 1.05)
  expect_gt(found$p_value, 0.025)
  expect_identical(found$tested, c(column = 22L, pair = 50L, triple = 50L,
                                   row_sum = 23L))
  expect_near(found$possible, c(22, 231, 1540, 23))
  expect_output(print(found), "Gibbs chains \\(R-hat [01]")
  expect_output(print(found), "50 of 1,540 triples at\\s+random")
  x[, 5] <- x[, 6]
  worst <- rbm_check(flat, x, times = 39, steps = 50)$table$set[1]
  expect_match(worst, "^5:6")
  # Two modes that no chain leaves, with the same free energies and row sums.
  half <- rep(c(1, -1), each = 11)
  for (size in c(0.5, 6)) {
    W <- outer(half, rep_len(c(1, -1), 22)) * size
    found <- rbm_check(rbm(W), x, times = 19, most = 0, steps = 20)
    expect_gt(found$rhat, 1.1)
    expect_output(print(found), "CHAINS HAVE NOT MIXED")
  }
  expect_draws(rbm_check(flat, x, times = 19, most = 0, steps = 5), 2)
  # 15 to 20 units: independent draws, expected shares from these.
  middle <- rbm(matrix(rnorm(18 * 16, 0, 0.5), 18), rnorm(18), numeric(16))
  found <- rbm_check(middle, rbm_sample(middle, 50, method = "exact"),
                     times = 59, most = 40)
  expect_identical(c(found$draws, found$expected), c("exact", "simulated"))
  pairs <- found$table[found$table$kind == "pair", ]
  at <- apply(do.call(rbind, strsplit(pairs$set, ":")), 2, as.numeric)
  due <- rbm_moments(middle, pairs = TRUE)$vv[at]
  error <- sqrt(due * (1 - due) / 50 / 59)
  expect_lt(max(abs(pairs$expected - due) / error), 4.5)
})

test_that("sets are all there are, or a random choice without repeats", {
  set.seed(8)
  all <- sets_of(6, 100)
  expect_identical(vapply(all, nrow, 0L), c(column = 6L, pair = 15L,
                                            triple = 20L))
  for (most in c(1, 7, 20)) {
    some <- sets_of(12, most)
    for (size in 2:3) {
      set <- some[[size]]
      expect_identical(dim(set), c(as.integer(most), as.integer(size)))
      expect_identical(anyDuplicated(set), 0L)
      expect_true(all(set[, -1] > set[, -size]))
      expect_true(all(set >= 1 & set <= 12))
    }
  }
  expect_identical(vapply(sets_of(5, 0), nrow, 0L), c(column = 5L, pair = 0L,
                                                      triple = 0L))
  # Each of 220 triples equally often: chi-square, false alarms 1e-6.
  number <- replicate(400, {
    set <- sets_of(12, 20)$triple
    set[, 1] * 169 + set[, 2] * 13 + set[, 3]
  })
  counts <- table(number)
  expect_length(counts, 220L)
  expect_lt(sum((counts - 400 * 20 / 220)^2 / (400 * 20 / 220)),
            qchisq(1 - 1e-6, 219))
})

test_that("many columns have their row sums in groups", {
  set.seed(9)
  model <- rbm(matrix(rnorm(100, 0, 0.3), 100), rnorm(100), 0)
  found <- rbm_check(model, rbm_sample(model, 50, method = "exact"),
                     times = 19, most = 10)
  sums <- found$row_sums
  expect_lte(nrow(sums), 40L)
  expect_identical(sums$from[-1], sums$to[-nrow(sums)] + 1)
  expect_identical(c(sums$from[1], sums$to[nrow(sums)]), c(0, 100))
  expect_near(sum(sums$observed), 1)
  expect_true("48-50" %in% found$table$set)
})

test_that("print says in words whether there is misfit", {
  set.seed(10)
  x <- random_bits(80, 4)
  colnames(x) <- c("tea", "cup", "salt", "\033[31m")
  flat <- rbm(matrix(0, 4, 1, dimnames = list(colnames(x), NULL)),
              qlogis(colMeans(x)), 0)
  found <- rbm_check(flat, x, times = 39)
  expect_snapshot(print(found, n = 3))
  x[, 1] <- x[, 2]
  found <- rbm_check(flat, x, times = 39, most = 3)
  expect_snapshot(print(found, n = 4, digits = 2))
  expect_false(withVisible(print(found))$visible)
  colnames(x) <- letters[1:4]
  fit <- rbm_fit(x, 2, starts = 1, weight_decay = 0.01)
  expect_output(print(rbm_check(fit, x, times = 19, most = 0)),
                "training data: p-values are too high")
  expect_true(rbm_check(fit, x, times = 19)$fitted)
  expect_false(rbm_check(fit, x[-1, ], times = 19)$fitted)
})

test_that("p-values on training data are too high", {
  set.seed(11)
  truth <- named_model(4, 1)
  p <- replicate(40, {
    x <- drawn(truth, 80)
    fit <- rbm_fit(x, 2, starts = 1, weight_decay = 1e-3)
    c(rbm_check(fit, x, times = 39)$p_value,
      rbm_check(fit, drawn(truth, 80), times = 39)$p_value)
  })
  expect_gt(mean(p[1, ]), mean(p[2, ]))
  expect_gt(mean(p[1, ]), 0.6)
})

test_that("the picture shows both panels, wide or tall, and names misfits", {
  set.seed(12)
  x <- random_bits(150, 5)
  colnames(x) <- c("tea", "cup", "salt", "spoon", "plate")
  x[, 1] <- x[, 2]
  flat <- rbm(matrix(0, 5, 1, dimnames = list(colnames(x), NULL)))
  found <- rbm_check(flat, x, times = 39)
  for (size in list(c(9, 4.5), c(5, 7), c(4, 4))) {
    page <- read_page(expect_identical(plot(found), found), size[1], size[2])
    expect_legible(page)
    words <- page$words$words
    expect_true(all(c("Data against the model", "columns", "pairs", "triples",
                      "data", "tea:cup", "Columns on in a case") %in% words))
    expect_true(any(grepl("^MISFIT: ", words)))
  }
  expect_false("tea:cup" %in%
                 read_page(plot(found, n = 0), 9, 4.5)$words$words)
  good <- rbm_check(flat, random_bits(50, 5), times = 19, most = 0)
  page <- read_page(plot(good), 7, 5)
  expect_true("columns" %in% page$words$words)
  expect_false("pairs" %in% page$words$words)
  one <- rbm(matrix(1, 1, 1))
  expect_no_error(read_page(plot(rbm_check(one, matrix(1, 5, 1), times = 19)),
                            7, 5))
})

test_that("errors say what cannot be checked", {
  set.seed(13)
  model <- named_model(3, 1)
  x <- drawn(model, 20)
  sound <- rbm_check(model, x, times = 19)
  broken <- sound
  broken$table$z <- NULL
  missing <- x
  missing[2, "b"] <- NA
  expect_said(c(
    refused(rbm_check(), "absent"),
    refused(rbm_check(model), "absent"),
    refused(rbm_check(1, x), "model"),
    refused(rbm_check(model, x[, c("a", "c")]), "columns_absent"),
    refused(rbm_check(model, cbind(x[, 1:2], d = 1)), "columns_absent"),
    refused(rbm_check(model, as.data.frame(x)[1]), "columns_absent"),
    refused(rbm_check(model, cbind(x, d = 1)), "columns"),
    refused(rbm_check(model, x[, 3:1]), "names_order"),
    refused(rbm_check(model, unname(x[, 1:2])), "columns"),
    refused(rbm_check(model, missing), "missing"),
    refused(rbm_check(model, x / 2), "not_binary"),
    refused(rbm_check(model, x, times = 18), "count"),
    refused(rbm_check(model, x, most = -1), "count"),
    refused(rbm_check(model, x, steps = 0), "count"),
    refused(rbm_check(rbm(matrix(1e30, 21, 21)), matrix(1, 2, 21)), "single"),
    refused(print(broken), "object_changed"),
    refused(plot(broken), "object_changed"),
    refused(plot(sound, type = "b"), "dots"),
    refused(print(sound, n = 0), "count")
  ))
})
