# Couplings of tables by loops over all joint values of columns, from log p, and
# of models whose couplings are known.

# log p of joint values of columns, `codes` of each; double-centred means.
twin_blocks <- function(object, codes) {
  size <- vapply(codes, nrow, 0L)
  grid <- as.matrix(expand.grid(lapply(size, seq_len)))
  states <- do.call(cbind, lapply(seq_along(codes), function(i) {
    codes[[i]][grid[, i], , drop = FALSE]
  }))
  log_p <- predict(object, unname(states), type = "log_prob")
  ends <- cumsum(size)
  out <- matrix(0, sum(size), sum(size))
  for (i in seq_along(codes)) {
    for (k in setdiff(seq_along(codes), i)) {
      block <- matrix(0, size[i], size[k])
      for (a in seq_len(size[i])) {
        for (b in seq_len(size[k])) {
          block[a, b] <- mean(log_p[grid[, i] == a & grid[, k] == b])
        }
      }
      block <- sweep(block, 1, rowMeans(block))
      block <- sweep(block, 2, colMeans(block))
      out[ends[i] - size[i] + seq_len(size[i]),
          ends[k] - size[k] + seq_len(size[k])] <- block
    }
  }
  out
}

potts <- function(levels, nh, kind = "gaussian") {
  W <- matrix(rnorm(sum(levels) * nh, 0, 0.6), sum(levels))
  rbm(W, rnorm(sum(levels)), rnorm(nh), units = sprintf("categorical(%d)",
                                                        levels),
      hidden = setNames(list(nh), kind))
}

test_that("a Potts model has its own couplings", {
  set.seed(1)
  levels <- c(3, 2, 4)
  object <- potts(levels, 2)
  found <- rbm_couplings(object)
  # The sum over a normal unit of input a is a^2 / 2, up to a constant.
  J <- tcrossprod(object$W)
  column <- rep(1:3, levels)
  for (i in 1:3) {
    for (k in 1:3) {
      block <- J[column == i, column == k]
      block <- sweep(block, 1, rowMeans(block))
      block <- sweep(block, 2, colMeans(block))
      if (i == k) block[] <- 0
      expect_near(found$matrix[column == i, column == k], block)
      if (i < k) {
        pair <- found$pairs[found$pairs$i == i & found$pairs$k == k, ]
        expect_near(pair$coupling, sqrt(sum(block^2)))
        expect_false(pair$signed)
      }
    }
  }
  expect_identical(c(found$method, found$draws), c("exact", "24"))
  expect_true(all(found$se == 0) && all(found$pairs$se == 0))
})

test_that("couplings of all kinds are those of log p", {
  for (seed in 1:2) {
    machine <- table_machine(seed)
    object <- machine$object
    found <- rbm_couplings(object)
    poisson <- as.numeric(sub(".*=", "", grep("^V7=", rownames(found$matrix),
                                              value = TRUE)))
    codes <- lapply(machine$columns, twin_codes)
    codes[[7]] <- cbind(poisson)
    codes[[8]] <- cbind(c(-1, 1))
    expect_identical(found$draws, prod(vapply(codes, nrow, 0L)) + 0)
    # About the model's own mean and standard deviation.
    m <- rbm_moments(object, pairs = TRUE)
    sd <- sqrt(m$vv[10, 10] - m$v[10]^2)
    expect_lte(abs(mean(poisson) - m$v[10]), 1)
    expect_lte(abs(diff(poisson) - 2 * sd), 2)
    expect_near(found$matrix, twin_blocks(object, codes), 1e-10)
    expect_true(isSymmetric(found$matrix))
    expect_identical(rownames(found$matrix)[1:6],
                     c("V1=0", "V1=1", "V2=1", "V2=2", "V2=3", "V3=1"))
  }
})

test_that("hidden units of all kinds are summed out", {
  set.seed(2)
  for (kind in c("gaussian", "relu", "binary", "categorical")) {
    object <- potts(c(2, 3, 2), 3, kind)
    codes <- list(diag(2), diag(3), diag(2))
    expect_near(rbm_couplings(object)$matrix, twin_blocks(object, codes), 1e-10)
  }
})

test_that("binary columns have their log odds ratios, others those of ends", {
  set.seed(3)
  W <- matrix(rnorm(12), 4)
  binary <- rbm_couplings(rbm(W, rnorm(4), rnorm(3)))$matrix
  # The same of a model in which a column without weights makes it a table.
  more <- rbm(rbind(W, 0, 0), rnorm(6), units = c(rep("binary", 4),
                                                  "categorical(2)"))
  more$c <- rep(0, 3)
  plain <- rbm_couplings(rbm(W, c = rep(0, 3)))$matrix
  found <- as.data.frame(rbm_couplings(more))
  for (p in seq_len(nrow(found))) {
    pair <- as.numeric(sub("V", "", c(found$first[p], found$second[p])))
    twin <- if (5 %in% pair) 0 else plain[pair[1], pair[2]]
    expect_near(found$coupling[p], twin)
  }
  # Numbers over a normal unit are coupled by w_i w_k x_i x_k.
  w <- c(0.3, -0.4, 0.2, 0.5)
  object <- rbm(cbind(w), numeric(4), 0, units = c(
    "gaussian", "count(max = 4)", "binomial(3)", "binary"
  ), hidden = list(gaussian = 1), d = 0.5)
  found <- rbm_couplings(object)
  ends <- w * c(2, 4, 3, 1)
  twin <- outer(ends, ends)
  expect_near(found$pairs$coupling, twin[cbind(found$pairs$i, found$pairs$k)])
  expect_true(all(found$pairs$signed))
})

test_that("Monte Carlo errors are as large as they say", {
  set.seed(4)
  machine <- table_machine(4)$object
  columns <- described_columns(machine)
  values <- values_of_columns(machine, columns)
  sent <- lapply(seq_along(values), function(i) {
    values[[i]]$codes %*% machine$W[units_of_column(columns, i), , drop = FALSE]
  })
  score <- lapply(values, `[[`, "score")
  exact <- join_blocks(table_couplings_exact(machine, sent), score)
  runs <- lapply(1:40, function(run) {
    join_blocks(table_couplings_sampled(machine, sent, 600, c(run, 9)), score)
  })
  upper <- upper.tri(exact$matrix) & exact$matrix != 0
  values <- vapply(runs, function(run) run$matrix[upper], exact$matrix[upper])
  said <- vapply(runs, function(run) run$se[upper], exact$matrix[upper])
  spread <- apply(values, 1, sd)
  off <- (rowMeans(values) - exact$matrix[upper]) / spread * sqrt(40)
  # Some 300 entries at 5 standard errors with 39 degrees of freedom: 4e-3.
  expect_lt(max(abs(off)), 5)
  ratio <- sqrt(mean(spread^2) / mean(said^2))
  expect_gt(ratio, 0.5)
  expect_lt(ratio, 1.1)
  # Couplings of pairs: signed ones are unbiased, norms too large by noise.
  order <- order(exact$pairs$i, exact$pairs$k)
  by_pair <- function(run, name) {
    run$pairs[[name]][order(run$pairs$i, run$pairs$k)]
  }
  couplings <- vapply(runs, by_pair, exact$pairs$se, name = "coupling")
  said <- vapply(runs, by_pair, exact$pairs$se, name = "se")
  signed <- exact$pairs$signed[order]
  spread <- apply(couplings, 1, sd)
  off <- (rowMeans(couplings) - exact$pairs$coupling[order]) / spread *
    sqrt(40)
  expect_lt(max(abs(off[signed])), 5)
  ratio <- sqrt(mean(spread[signed]^2) / mean(said[signed, ]^2))
  expect_gt(ratio, 0.5)
  expect_lt(ratio, 1.1)
  # One run of many draws: blocks add up to 0, and errors are a tenth.
  fine <- join_blocks(table_couplings_sampled(machine, sent, 6e4, c(1, 2)),
                      score)
  error <- abs(fine$matrix - exact$matrix)
  expect_true(all(error <= 5 * fine$se))
  expect_lt(max(abs(fine$pairs$coupling[match(
    paste(exact$pairs$i, exact$pairs$k), paste(fine$pairs$i, fine$pairs$k)
  )] - exact$pairs$coupling)), 5 * max(fine$pairs$se))
  expect_near(rowSums(fine$matrix[, 3:5]), numeric(nrow(fine$matrix)), 1e-10)
})

test_that("many columns are drawn, and use two random numbers", {
  set.seed(5)
  object <- potts(rep(3, 12), 2)
  found <- rbm_couplings(object, draws = 2000)
  expect_identical(found$method, "monte_carlo")
  expect_identical(found$draws, 2000L, ignore_attr = TRUE)
  J <- tcrossprod(object$W)
  column <- rep(1:12, each = 3)
  center <- diag(36) - outer(column, column, `==`) / 3
  J <- center %*% J %*% center
  J[outer(column, column, `==`)] <- 0
  # Pairs are all that there is: the regression has no residuals.
  expect_near(found$matrix, J, 1e-8)
  expect_draws(rbm_couplings(object, 500), 2)
  small <- potts(c(2, 3), 1)
  expect_draws(rbm_couplings(small), 0)
  flat <- rbm(matrix(0, 36, 2), units = rep("categorical(3)", 12))
  expect_identical(unname(rbm_couplings(flat, 300)$matrix), matrix(0, 36, 36))
  expect_identical(unname(rbm_couplings(flat, 300)$pairs$coupling),
                   numeric(66))
  # Hidden layers too large for an exact mean of a Poisson column.
  wide <- rbm(matrix(rnorm(40, 0, 0.1), 2), units = c("poisson", "binary"))
  set.seed(6)
  before <- rbm_couplings(wide)
  expect_identical(rbm_couplings(wide), before)
})

test_that("models of counts and of one column have couplings", {
  counts <- rbm(cbind(c(0.5, -0.3)), units = c("binomial(4)", "binomial(150)"))
  found <- rbm_couplings(counts)
  expect_identical(dim(found$matrix), c(106L, 106L))
  expect_identical(rownames(found$matrix)[c(1, 5, 6, 106)],
                   c("V1=0", "V1=4", "V2=0", "V2=150"))
  expect_lt(found$pairs$coupling, 0)
  one <- rbm_couplings(potts(3, 1))
  expect_identical(nrow(as.data.frame(one)), 0L)
  expect_output(print(one), "1 column, 0 pairs")
  expect_no_error(read_page(plot(one), 6, 5))
})

test_that("print, plot and data frames are of columns", {
  fit <- fit_of_table()
  found <- rbm_couplings(fit)
  values <- rownames(found$matrix)
  expect_identical(values[c(1:3, 6:7)], c("a=p", "a=q", "a=r", "c=FALSE",
                                          "c=TRUE"))
  b <- as.numeric(sub("b=", "", values[4:5]))
  at <- fit$columns$location[2] + c(-1, 1) * fit$columns$scale[2]
  expect_lt(max(abs(b / at - 1)), 0.01)
  table <- as.data.frame(found)
  expect_identical(names(table), c("first", "second", "coupling", "se"))
  expect_identical(nrow(table), 3L)
  expect_true(all(c(table$first, table$second) %in% c("a", "b", "c")))
  expect_false(is.unsorted(-abs(table$coupling)))
  W <- rbind(diag(3), c(1, 0, -1), c(2, 0, 0), c(0.5, 1, 0.5))
  named <- rbm(W, units = c("categorical(3)", "binary", "gaussian", "binary"),
               d = 0)
  found <- rbm_couplings(named)
  expect_snapshot(found)
  expect_snapshot(print(found, n = 2, digits = 2))
  page <- read_page(expect_identical(plot(found), found), 6, 5)
  expect_true(all(c("V1", "V4", "positive", "negative", "without sign",
                    "Effective couplings of columns") %in% page$words$words))
  numbers <- rbm_couplings(rbm(W, units = rep("gaussian", 6), d = numeric(6)))
  page <- read_page(plot(numbers), 6, 5)
  expect_false("without sign" %in% page$words$words)
})

test_that("numbers are named by as many digits as make them differ", {
  expect_identical(few_digits(c(29.34, 49.81)), c("29.3", "49.8"))
  expect_identical(few_digits(c(1000.1, 1000.2)), c("1000.1", "1000.2"))
  expect_identical(few_digits(0:2), c("0", "1", "2"))
  expect_identical(few_digits(c(-1, 1)), c("-1", "1"))
})

test_that("errors say what has no couplings", {
  set.seed(7)
  object <- potts(rep(3, 12), 2)
  broken <- rbm_couplings(potts(c(2, 2), 1))
  broken$pairs$i <- 7L
  expect_said(c(
    refused(rbm_couplings(object, 89), "couplings_draws_values"),
    refused(rbm_couplings(object, 0), "count"),
    refused(print(broken), "object_changed"),
    refused(plot(broken), "object_changed"),
    refused(as.data.frame(broken), "object_changed")
  ))
})
