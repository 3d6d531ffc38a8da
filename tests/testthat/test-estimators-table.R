# Estimators of models of tables against twins by free energies and means. Many
# draws take their time.
testthat::skip_on_cran()

# Columns of finitely many states, of which the parameters are one vector.
finite_machine <- function(nh, hidden, spread = 0.4) {
  set.seed(11)
  list(
    theta = rnorm(9 * nh + 13, sd = spread),
    build = function(theta) {
      rbm(matrix(theta[seq_len(8 * nh)], 8), b = theta[8 * nh + 1:8],
          c = theta[8 * nh + 8 + seq_len(nh)], d = theta[9 * nh + 8 + 1:5],
          units = c("binary", "categorical(3)",
                    "ordinal(levels = 4, degree = 1)",
                    "ordinal(levels = 5, degree = 2)", "count(max = 3)"),
          hidden = hidden)
    }
  )
}

finite_codes <- function() {
  list(cbind(0:1), diag(3), twin_codes(list(kind = "ordinal", size = 4)),
       unname(twin_codes(list(kind = "ordinal2", size = 5))), cbind(0:3))
}

finite_states <- function(n) {
  do.call(cbind, lapply(finite_codes(), function(codes) {
    codes[sample.int(nrow(codes), n, TRUE), , drop = FALSE]
  }))
}

# The mean of sum_i log p(column i | all others), by free energies of the cases
# with all states of each column in turn.
twin_pseudo <- function(object, x, weights) {
  at <- split(1:8, rep(1:5, c(1, 3, 1, 2, 1)))
  codes <- finite_codes()
  now <- -rbm_free_energy(object, x)
  each <- vapply(1:5, function(q) {
    all <- apply(codes[[q]], 1L, function(code) {
      x[, at[[q]]] <- rep(code, each = nrow(x))
      -rbm_free_energy(object, x)
    })
    -log(rowSums(exp(all - now)))
  }, numeric(nrow(x)))
  sum(weights * rowSums(each)) / sum(weights)
}

test_that("\"pl\" is the slope of the pseudo-likelihood of columns", {
  for (hidden in list(list(binary = 3), list(gaussian = 2),
                      list(binary = 1, categorical = 3))) {
    nh <- sum(unlist(hidden))
    machine <- finite_machine(nh, hidden)
    x <- finite_states(40)
    weights <- rep(c(0.5, 2, 0.5, 1), 10) # of mean 1, exact in 16 bits
    slope <- vapply(seq_along(machine$theta), function(i) {
      step <- replace(numeric(length(machine$theta)), i, 1e-5)
      score <- function(sign) {
        twin_pseudo(machine$build(machine$theta + sign * step), x, weights)
      }
      (score(-1) - score(1)) / 2e-5
    }, 0)
    found <- rbm_gradient(machine$build(machine$theta), x, "pl",
                          weights = weights)
    # Differences are off by 1e-10 times a third derivative, and by 1e-16 / 1e-5
    # for rounding.
    expect_near(all_parts(found), slope, 1e-8)
  }
})

test_that("\"pl\" has the same bits on one thread and on two", {
  # Enough for 16 cases at a time to be shared out.
  machine <- finite_machine(1600, list(binary = 1600), 0.05)
  object <- machine$build(machine$theta)
  x <- finite_states(40)
  once <- function(threads) with_threads(threads, rbm_gradient(object, x, "pl"))
  expect_identical(once(1)[c("W", "b", "c", "d")],
                   once(2)[c("W", "b", "c", "d")])
})

test_that("the pseudo-log-likelihood of columns is that of free energies", {
  machine <- finite_machine(3, list(binary = 3))
  object <- machine$build(machine$theta)
  x <- finite_states(20)
  expect_near(mean(predict(object, x, type = "pseudo_log_lik")),
              twin_pseudo(object, x, rep(1, 20)))
})

# dB/dd of each extra parameter in complete cases.
twin_slopes <- function(columns, x) {
  at <- rep(seq_along(columns), vapply(columns, function(column) {
    length(column$b)
  }, 0L))
  extra <- which(lengths(lapply(columns, `[[`, "d")) > 0)
  do.call(cbind, lapply(extra, function(q) {
    column <- columns[[q]]
    v <- x[, at == q, drop = FALSE]
    if (column$kind == "gaussian") {
      return(-0.5 * exp(column$d) * v^2)
    }
    far <- abs(outer(v[, 1L], twin_codes(column)[, 1L], `-`))
    outer(max.col(-far, "first"), seq_along(column$d) + 1, `==`) + 0
  }))
}

test_that("\"mf\" goes by means, and its extra parameters by their law", {
  machine <- table_machine(1)
  object <- machine$object
  set.seed(2)
  x <- table_states(machine$columns, 25, 0)
  hidden <- function(v) { # two binary units and three levels
    a <- v %*% object$W + rep(object$c, each = 25)
    levels <- exp(a[, 3:5])
    unname(cbind(stats::plogis(a[, 1:2]), levels / rowSums(levels)))
  }
  p <- h2 <- hidden(x)
  for (pass in 1:2) {
    h <- h2
    v <- rbm_visible(object, h, type = "probability")
    h2 <- hidden(v)
  }
  # The slope of A with its input held.
  slope <- unlist(lapply(seq_along(machine$columns), function(q) {
    column <- machine$columns[[q]]
    vapply(seq_along(column$d), function(e) {
      mean(apply(h, 1L, function(row) {
        side <- function(sign) {
          column$d[e] <- column$d[e] + sign * 1e-5
          twin_column(column, NA, drop(column$W %*% row))
        }
        (side(1) - side(-1)) / 2e-5
      }))
    }, 0)
  }))
  found <- rbm_gradient(object, x, "mf", k = 2)
  expect_near(found$W, (crossprod(v, h2) - crossprod(x, p)) / 25, 2e-5)
  expect_near(found$b, colMeans(v) - colMeans(x), 2e-5)
  expect_near(found$c, colMeans(h2) - colMeans(p), 2e-5)
  expect_near(found$d, slope - colMeans(twin_slopes(machine$columns, x)), 2e-5)
})

# dB/dd of each extra parameter in complete cases.
twin_slopes <- function(columns, x) {
  at <- rep(seq_along(columns), vapply(columns, function(column) {
    length(column$b)
  }, 0L))
  do.call(cbind, lapply(which(lengths(lapply(columns, `[[`, "d")) > 0),
                        function(q) {
    column <- columns[[q]]
    v <- x[, at == q, drop = FALSE]
    if (column$kind == "gaussian") {
      return(-0.5 * exp(column$d) * v^2)
    }
    level <- max.col(-abs(outer(v[, 1L], twin_codes(column)[, 1L], `-`)),
                     "first")
    outer(level, seq_along(column$d) + 1, `==`) + 0
  }))
}

test_that("means of weighted cases are those of repeated ones", {
  machine <- table_machine(1)
  set.seed(3)
  x <- table_states(machine$columns, 12, 0)
  weights <- rep(c(1, 3, 2), 4)
  expect_near(
    all_parts(rbm_gradient(machine$object, x, "mf", weights = weights)),
    all_parts(rbm_gradient(machine$object, x[rep(1:12, weights), ], "mf")),
    1e-5
  )
})

test_that("\"ucd\" has the exact gradient in the mean, of weighted cases too", {
  machine <- table_machine(1)
  set.seed(4)
  x <- table_states(machine$columns, 30, 0)
  weights <- rep(c(0.5, 1, 3), 10)
  target <- all_parts(rbm_gradient(machine$object, x, weights = weights))
  found <- rbm_gradient(machine$object, x, "ucd", weights = weights,
                        repeats = 40, k = 1)
  expect_lt(misfit(found, target, 40), 1)
  expect_identical(found$meeting[["unmet"]], 0)
  # Holes are drawn.
  x[cbind(1:10, 1:10)] <- NA
  x[is.na(x[, 2]) | is.na(x[, 3]) | is.na(x[, 4]), 2:4] <- NA
  x[is.na(x[, 6]) | is.na(x[, 7]), 6:7] <- NA
  target <- all_parts(rbm_gradient(machine$object, x))
  found <- rbm_gradient(machine$object, x, "ucd", repeats = 40, warmup = 20)
  expect_lt(misfit(found, target, 40), 1)
})

test_that("one sweep from weighted cases is one from repeated ones", {
  machine <- table_machine(1)
  set.seed(5)
  x <- table_states(machine$columns, 20, 0)
  weights <- rep(c(1, 6), 10)
  repeats <- 100
  weighted <- rbm_gradient(machine$object, x, "cd", weights = weights,
                           repeats = repeats)
  again <- rbm_gradient(machine$object, x[rep(1:20, weights), ], "cd",
                        repeats = repeats)
  z <- (all_parts(weighted) - all_parts(again)) /
    sqrt(all_parts(weighted$se)^2 + all_parts(again$se)^2)
  # The probability that one of so many is beyond is 1e-6.
  expect_lt(max(abs(z)), stats::qt(1 - 1e-6 / 2 / length(z), repeats - 1))
})

test_that("tables are trained by these estimators", {
  set.seed(6)
  a <- factor(sample(letters[1:3], 300, TRUE))
  x <- data.frame(
    a, b = factor(ifelse(runif(300) < 0.85, as.character(a), "a")),
    n = ordered(pmin(as.integer(a) + rbinom(300, 1, 0.2), 3))
  )
  for (estimator in c("pl", "mf", "ucd")) {
    set.seed(7)
    fit <- suppressMessages(rbm_fit(
      x, 4, estimator = estimator, epochs = 60, learning_rate = 0.1,
      batch_size = 20, verbose = FALSE
    ))
    expect_identical(fit$training$settings$estimator, estimator)
    learned <- as.numeric(logLik(fit)) / 300
    expect_gt(learned, fit$training$independent_log_lik + 0.3)
  }
})

test_that("errors say which columns and units an estimator is for", {
  machine <- table_machine(1)
  set.seed(8)
  x <- table_states(machine$columns, 3, 0)
  finite <- finite_machine(2, list(gaussian = 2))
  object <- finite$build(finite$theta)
  v <- finite_states(3)
  expect_said(c(
    refused(predict(machine$object, x, type = "pseudo_log_lik"),
            "pseudo_kinds"),
    refused(rbm_gradient(machine$object, x, "pl"), "table_estimator"),
    refused(rbm_gradient(object, v, "ucd"), "table_estimator"),
    refused(rbm_gradient(object, replace(v, 1, NA), "pl"), "table_estimator"),
    refused(rbm_fit(data.frame(n = c(0.5, 1.5, 2.5, 4), f = factor(1:4 > 2)), 2,
                    units = c(n = "gaussian"), estimator = "pl",
                    verbose = FALSE), "table_estimator")
  ))
})
