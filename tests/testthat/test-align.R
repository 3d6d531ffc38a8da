# Matching by trying all orders and signs, and distributions that stay.

permutations <- function(n) {
  if (n == 1L) {
    return(matrix(1L, 1L, 1L))
  }
  do.call(rbind, lapply(seq_len(n), function(first) {
    rest <- permutations(n - 1L)
    cbind(first, matrix(setdiff(seq_len(n), first)[rest], nrow(rest)))
  }))
}

test_that("assignments are the best of all permutations", {
  set.seed(1)
  for (n in c(1, 2, 5, 6)) {
    orders <- permutations(n)
    for (run in 1:20) {
      cost <- matrix(rnorm(n * n), n)
      if (run %% 4 == 0) {
        cost <- round(cost) # with ties
      }
      sums <- apply(orders, 1, function(order) sum(cost[cbind(1:n, order)]))
      found <- assign_rows(cost)
      expect_identical(sort(found), seq_len(as.integer(n)))
      expect_near(sum(cost[cbind(1:n, found)]), min(sums), 1e-12)
    }
  }
})

test_that("a model with its units mixed up is found again", {
  set.seed(2)
  for (size in list(c(5, 1), c(6, 4), c(30, 40))) {
    a <- random_model(size[1], size[2], sd = 2)
    order <- sample(size[2])
    flipped <- runif(size[2]) < 0.5
    b <- reorder_hidden(a, order, flipped)
    found <- rbm_align(a, b)
    expect_near(found$model$W, a$W)
    expect_near(found$model$b, a$b)
    expect_near(found$model$c, a$c)
    expect_identical(order[found$permutation], seq_len(size[2]),
                     ignore_attr = TRUE)
    expect_identical(found$units$flipped, flipped[found$permutation])
    expect_near(found$units$similarity, rep(1, size[2]))
    expect_lt(found$distance, 1e-10)
  }
  expect_draws(rbm_align(a, b), 0)
})

test_that("the distribution of the aligned model is the same", {
  set.seed(3)
  for (run in 1:5) {
    a <- random_model(6, 4)
    b <- random_model(6, 3 + run %% 3, sd = 3)
    found <- rbm_align(a, b)
    v <- all_states(6)
    expect_near(log_lik(found$model, v), log_lik(b, v), 1e-10)
    expect_near(predict(found$model, v, "log_prob"), log_lik(b, v), 1e-10)
  }
})

test_that("order and signs have the least distance of all", {
  set.seed(4)
  a <- random_model(5, 4)
  b <- random_model(5, 4)
  signs <- 2 * all_states(4) - 1
  least <- min(apply(permutations(4), 1, function(order) {
    apply(signs, 1, function(sign) {
      sqrt(sum((sweep(b$W[, order], 2, sign, "*") - a$W)^2))
    })
  }))
  found <- rbm_align(a, b)
  expect_near(found$distance, least)
  expect_near(sqrt(sum((found$model$W - a$W)^2)), least)
})

test_that("models of different size have units without a partner", {
  set.seed(5)
  large <- random_model(6, 5)
  small <- reorder_hidden(large, c(4, 2, 5), c(FALSE, TRUE, FALSE))
  found <- rbm_align(small, large)
  expect_identical(found$units$a, c(1:3, NA, NA))
  expect_identical(found$units$b[1:3], c(4L, 2L, 5L))
  expect_setequal(found$units$b[4:5], c(1L, 3L))
  expect_near(found$model$W[, 1:3], small$W)
  expect_identical(is.na(found$units$similarity), is.na(found$units$a))
  other <- rbm_align(large, small)
  expect_identical(other$units$a, 1:5)
  expect_identical(other$units$b, c(NA, 2L, NA, 1L, 3L))
  expect_identical(other$permutation, c(2L, 1L, 3L))
  lost <- large$W[, c(1, 3)]
  expect_near(other$distance, sqrt(sum(lost^2)))
  expect_near(found$distance, sqrt(sum(lost^2)))
  flat <- rbm_align(large, rbm(matrix(0, 6, 5)))
  expect_true(all(is.na(flat$units$similarity)))
  expect_near(flat$distance, sqrt(sum(large$W^2)))
})

test_that("names and very large weights stay what they are", {
  W <- matrix(c(1, 2, 3, -3, 0, 1), 3,
              dimnames = list(letters[1:3], c("one", "two")))
  a <- rbm(W, image_dim = c(1, 3))
  b <- reorder_hidden(a, 2:1, c(TRUE, FALSE))
  expect_identical(names(b$c), c("two", "one"))
  found <- rbm_align(a, b)$model
  expect_identical(dimnames(found$W), dimnames(W))
  expect_identical(found$image_dim, c(1L, 3L))
  huge <- rbm(W * 1e290)
  expect_near(rbm_align(huge, huge)$units$similarity, c(1, 1))
  expect_output(print(rbm_align(huge, rbm(W * -1e290))), "exchanged")
})

test_that("print shows the pairs", {
  W <- cbind(c(1, 2, 3), c(-3, 0, 1))
  a <- rbm(W)
  b <- rbm(cbind(c(3, 0.5, -1), c(1, 2, 2.5), c(1, 0, 0)))
  shown <- withVisible(print(rbm_align(a, b)))
  expect_false(shown$visible)
  expect_snapshot(rbm_align(a, b))
  expect_snapshot(print(rbm_align(b, a), digits = 4))
  expect_snapshot(rbm_align(a, rbm(0 * W)))
  many <- random_model(3, 25)
  expect_output(print(rbm_align(many, many)), "and 5 more, see `units`")
})

test_that("errors say what cannot be matched", {
  a <- rbm(matrix(1, 3, 2))
  named <- function(names) rbm(matrix(1, 3, 2, dimnames = list(names, NULL)))
  changed <- rbm_align(a, a)
  changed$units$b <- NULL
  expect_said(c(
    refused(rbm_align(b = a), "absent"),
    refused(rbm_align(a), "absent"),
    refused(rbm_align(a, 1), "model"),
    refused(rbm_align(a, rbm(matrix(1, 4, 2))), "compare_columns"),
    refused(rbm_align(named(letters[1:3]), named(letters[2:4])),
            "compare_names"),
    refused(rbm_align(a, rbm(matrix(1, 3, 2), hidden = c(gaussian = 2))),
            "align_hidden"),
    refused(rbm_align(a, rbm(matrix(1, 3, 2), units = "poisson")),
            "compare_units"),
    refused(print(changed), "object_changed"),
    refused(print(rbm_align(a, a), digits = -1), "count")
  ))
})

test_that("models of tables are matched, and what is seen keeps its law", {
  set.seed(4)
  units <- c("gaussian", "categorical(3)", "poisson", "binomial(4)")
  visible <- list(list(1.5, c(0, 1, 0), 2, 3), list(-0.3, c(0, 0, 1), 0, 4))
  v <- do.call(rbind, lapply(visible, unlist))
  for (kind in c("binary", "gaussian", "relu")) {
    some <- if (kind == "binary") units else setdiff(units, "poisson")
    at <- if (kind == "binary") 1:6 else c(1:4, 6)
    make <- function(W, b, c) {
      rbm(W, b, c, units = some, hidden = stats::setNames(3, kind), d = 0.5)
    }
    W <- matrix(rnorm(3 * length(at), sd = 0.3), length(at))
    b <- rnorm(length(at))
    c <- rnorm(3)
    a <- make(W, b, c)
    order <- c(2, 3, 1)
    sign <- if (kind == "relu") c(1, 1, 1) else c(-1, 1, -1)
    turned <- sweep(W[, order], 2, sign, "*")
    moved <- if (kind == "binary") rowSums(W[, order[sign < 0]]) else 0
    other <- make(turned, b + moved, c[order] * sign)
    found <- rbm_align(a, other)
    expect_near(unname(found$model$W), unname(a$W))
    expect_near(unname(found$model$b), unname(a$b))
    expect_near(unname(found$model$c), unname(a$c))
    expect_identical(found$model$d, a$d)
    expect_lt(found$distance, 1e-12)
    if (kind == "binary") {
      expect_near(rbm_free_energy(found$model, v) -
                    rbm_free_energy(other, v), rep(diff(
                      c(rbm_log_z(found$model)$log_z,
                        rbm_log_z(other)$log_z)), 2), 1e-9)
    }
  }
  x <- data.frame(a = factor(rep(c("x", "y", "z"), 30)), b = rnorm(90))
  fit <- suppressMessages(rbm_fit(x, 2, starts = 1, weight_decay = 0.01))
  again <- rbm_align(fit, fit)$model
  expect_identical(again$columns, fit$columns)
  expect_near(rbm_hidden(again, x), rbm_hidden(fit, x))
})
