# Couplings by brute force over all states of the other units, from log p.

some_model <- function(nv, nh, sd = 1, names = NULL) {
  rbm(matrix(rnorm(nv * nh, 0, sd), nv, dimnames = list(names, NULL)),
      rnorm(nv), rnorm(nh))
}

twin_couplings <- function(model) {
  nv <- nrow(model$W)
  log_p <- function(v) {
    sum(model$b * v) + sum(log1p(exp(model$c + drop(v %*% model$W))))
  }
  out <- matrix(0, nv, nv)
  for (i in seq_len(nv)) {
    for (k in setdiff(seq_len(nv), i)) {
      others <- as.matrix(expand.grid(rep(list(0:1), nv)))
      others <- others[others[, i] == 0 & others[, k] == 0, , drop = FALSE]
      out[i, k] <- mean(apply(others, 1L, function(v) {
        at <- function(a, b) log_p(replace(v, c(i, k), c(a, b)))
        at(1, 1) - at(1, 0) - at(0, 1) + at(0, 0)
      }))
    }
  }
  out
}

test_that("couplings are mean mixed differences of log p", {
  set.seed(1)
  for (size in list(c(2, 1), c(3, 2), c(6, 4))) {
    model <- some_model(size[1], size[2], 2)
    found <- rbm_couplings(model)
    expect_near(found$matrix, twin_couplings(model), 1e-12)
    expect_identical(found$method, "exact")
    expect_true(all(found$se == 0))
    expect_true(isSymmetric(found$matrix))
    expect_identical(found$draws, as.integer(2^size[1]), ignore_attr = TRUE)
  }
})

test_that("a model of pairs alone has its own couplings", {
  # A hidden unit with two weights couples two units: softplus in closed form.
  model <- rbm(rbind(c(1.5, 0), c(-2, 0), c(0, 3), c(0, 1)), b = 1:4,
               c = c(0.3, -1))
  pair <- function(u, w, c) {
    softplus(c + u + w) - softplus(c + u) - softplus(c + w) + softplus(c)
  }
  twin <- matrix(0, 4, 4)
  twin[1, 2] <- twin[2, 1] <- pair(1.5, -2, 0.3)
  twin[3, 4] <- twin[4, 3] <- pair(3, 1, -1)
  expect_near(rbm_couplings(model)$matrix, twin, 1e-12)
})

test_that("without weights there are no couplings, whatever the biases", {
  found <- rbm_couplings(rbm(matrix(0, 5, 3), 1:5, 1:3))
  expect_identical(found$matrix, matrix(0, 5, 5))
  large <- rbm_couplings(rbm(matrix(0, 20, 3), 1:20, 1:3), draws = 100)
  expect_identical(large$matrix, matrix(0, 20, 20))
  one <- rbm_couplings(rbm(matrix(2, 1, 1)))
  expect_identical(one$matrix, matrix(0, 1, 1))
  expect_identical(nrow(as.data.frame(one)), 0L)
})

test_that("couplings go with their units and do not know hidden ones", {
  set.seed(2)
  for (nv in c(7, 18)) {
    names <- paste0("item", seq_len(nv))
    model <- some_model(nv, 3, names = names)
    set.seed(3)
    found <- rbm_couplings(model, 200)
    expect_identical(dimnames(found$matrix), list(names, names))
    turn <- c(3, 1, 2)
    set.seed(3)
    other <- rbm_couplings(rbm(model$W[, turn], model$b, model$c[turn]), 200)
    expect_near(other$matrix, found$matrix, 1e-10)
  }
  order <- c(4, 2, 7, 1, 3, 6, 5)
  model <- some_model(7, 3, names = letters[1:7])
  turned <- rbm(model$W[order, ], model$b[order], model$c)
  expect_near(rbm_couplings(turned)$matrix,
              rbm_couplings(model)$matrix[order, order], 1e-12)
  # A unit whose meaning is exchanged has couplings of the other sign.
  flipped <- rbm(model$W * c(-1, rep(1, 6)), model$b, model$c + model$W[1, ])
  signs <- outer(c(-1, rep(1, 6)), c(-1, rep(1, 6)))
  expect_near(rbm_couplings(flipped)$matrix,
              rbm_couplings(model)$matrix * signs, 1e-12)
})

test_that("Monte Carlo errors are as large as they say", {
  set.seed(4)
  model <- some_model(8, 4, 1.5)
  exact <- couplings_exact(model)$matrix
  upper <- upper.tri(exact)
  runs <- lapply(1:60, function(run) couplings_sampled(model, 500, c(run, 9)))
  values <- vapply(runs, function(run) run$matrix[upper], exact[upper])
  said <- vapply(runs, function(run) run$se[upper], exact[upper])
  off <- (rowMeans(values) - exact[upper]) / apply(values, 1, sd) * sqrt(60)
  expect_lt(max(abs(off)), 4.5)
  ratio <- sqrt(mean(apply(values, 1, var)) / mean(said^2))
  expect_gt(ratio, 0.5)
  expect_lt(ratio, 1.1)
  fine <- couplings_sampled(model, 5e4, c(1, 2))
  expect_lt(max(abs(fine$matrix - exact)), 5 * max(fine$se))
  expect_lt(max(fine$se), 0.2 * max(said))
})

test_that("17 units or more are drawn, and use two random numbers", {
  set.seed(5)
  model <- some_model(17, 2)
  found <- rbm_couplings(model, 300)
  expect_identical(found$method, "monte_carlo")
  expect_true(all(found$se[upper.tri(found$se)] > 0))
  expect_draws(rbm_couplings(model, 100), 2)
  expect_draws(rbm_couplings(rbm(matrix(1, 16, 1))), 0)
})

test_that("as.data.frame() has a row for each pair, strongest first", {
  set.seed(6)
  model <- some_model(5, 2, names = letters[1:5])
  found <- rbm_couplings(model)
  table <- as.data.frame(found)
  expect_identical(names(table), c("first", "second", "coupling", "se"))
  expect_identical(nrow(table), 10L)
  expect_false(is.unsorted(-abs(table$coupling)))
  at <- cbind(table$first, table$second)
  expect_identical(table$coupling, unname(found$matrix[at]))
  expect_identical(anyDuplicated(at), 0L)
  unnamed <- as.data.frame(rbm_couplings(rbm(unname(model$W),
                                             unname(model$b),
                                             model$c)))
  expect_identical(unnamed$first[1], match(table$first[1], letters))
})

test_that("print and plot show the strongest pairs", {
  W <- rbind(c(2, 0), c(1.5, 0), c(0, -3), c(-1, 2))
  rownames(W) <- c("tea", "cup", "salt", "a very long name of a unit")
  found <- rbm_couplings(rbm(W))
  expect_snapshot(found)
  expect_snapshot(print(found, n = 2, digits = 2))
  expect_snapshot(rbm_couplings(rbm(matrix(0, 1, 1))))
  expect_false(withVisible(print(found))$visible)
  set.seed(7)
  drawn <- rbm_couplings(some_model(20, 2), 1000)
  expect_output(print(drawn), "Monte Carlo from 1,000 uniform states, s.e.")
  expect_output(print(drawn), "The 10 strongest:.* s.e. 0.")
  page <- read_page(expect_identical(plot(found), found), 6, 5)
  expect_true(all(c("tea", "cup", "salt", "positive") %in% page$words$words))
  expect_no_error(read_page(plot(drawn, n = 5), 7, 5))
  nothing <- rbm_couplings(rbm(matrix(0, 3, 1)))
  page <- read_page(plot(nothing), 6, 5)
  expect_true("All couplings are 0" %in% page$words$words)
  expect_no_error(read_page(plot(rbm_couplings(rbm(matrix(1, 1, 1)))), 6, 5))
})

test_that("errors say what has no couplings", {
  model <- rbm(matrix(1, 20, 1))
  broken <- rbm_couplings(rbm(matrix(1, 3, 1)))
  broken$se <- broken$se[1:2, ]
  expect_said(c(
    refused(rbm_couplings(), "absent"),
    refused(rbm_couplings(1), "model"),
    refused(rbm_couplings(model, 0), "count"),
    refused(rbm_couplings(model, 49), "couplings_draws"),
    refused(print(broken), "object_changed"),
    refused(plot(broken), "object_changed"),
    refused(as.data.frame(broken), "object_changed"),
    refused(print(rbm_couplings(rbm(matrix(1, 3, 1))), n = 0), "count"),
    refused(plot(rbm_couplings(rbm(matrix(1, 3, 1))), type = "l"), "dots")
  ))
})
