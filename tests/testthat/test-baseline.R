# The tree of columns, against all trees of a few columns.

test_that("the tree is the best of all trees over four columns", {
  set.seed(1)
  x <- matrix(rbinom(400, 1, 0.5), 100)
  x[, 2] <- ifelse(runif(100) < 0.8, x[, 1], x[, 2])
  x[, 4] <- ifelse(runif(100) < 0.7, x[, 2], x[, 4])
  counts <- rep(1, 100)
  tree <- chow_liu(x, counts)
  expect_identical(sort(which(tree$parent == 0L)), 1L)
  # Any other parents that make a tree are no better where nothing is held out.
  score <- function(parent) {
    made <- tree
    made$parent <- parent
    for (i in 2:4) {
      both <- (sum(x[, parent[i]] * x[, i]) + 0.125) / 100.5
      made$given_on[i] <- both / tree$on[parent[i]]
      made$given_off[i] <- (tree$on[i] - both) / (1 - tree$on[parent[i]])
    }
    tree_log_lik(made, x, counts)
  }
  expect_near(score(tree$parent), tree_log_lik(tree, x, counts), 1e-12)
  best <- tree_log_lik(tree, x, counts)
  for (parents in list(c(0, 1, 1, 1), c(0, 1, 2, 3), c(0, 1, 2, 1),
                       c(0, 4, 1, 1), c(0, 1, 1, 3), c(0, 3, 1, 2))) {
    expect_lte(score(as.integer(parents)), best + 0.01)
  }
})

test_that("a tree's probabilities sum to 1, and one column is its own tree", {
  set.seed(2)
  x <- matrix(rbinom(60, 1, 0.3), 20)
  tree <- chow_liu(x, rep(1, 20))
  all <- as.matrix(expand.grid(0:1, 0:1, 0:1))
  p <- vapply(seq_len(8), function(i) {
    exp(tree_log_lik(tree, all[i, , drop = FALSE], 1))
  }, 0)
  expect_near(sum(p), 1, 1e-12)
  one <- chow_liu(x[, 1, drop = FALSE], rep(1, 20))
  expect_near(one$on, (sum(x[, 1]) + 0.25) / 20.5, 1e-12)
})

test_that("counts are held against independent columns, and have no tree", {
  set.seed(3)
  x <- cbind(rbinom(30, 12, 0.3), rbinom(30, 1, 0.5))
  size <- c(12L, 1L)
  train <- as_cases(x[1:20, ], size = size)
  test <- as_cases(x[21:30, ], size = size)
  found <- baseline_scores(list(), train, test)
  p <- (colSums(x[1:20, ]) + 0.5) / (20 * size + 1)
  expect_near(found$independent, mean(
    dbinom(x[21:30, 1], 12, p[1], log = TRUE) +
      dbinom(x[21:30, 2], 1, p[2], log = TRUE)
  ))
  expect_identical(found$tree, NA_real_)
})

test_that("constant columns have finite scores", {
  x <- cbind(1, rep(0:1, 5), 0)
  tree <- chow_liu(x, rep(1, 10))
  expect_true(is.finite(tree_log_lik(tree, x, rep(1, 10))))
})
