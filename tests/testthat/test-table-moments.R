# Moments of pairs by sums over all hidden states, or over a fine grid of them.

# Weighted states of the hidden layer to all moments: `log_base` is B(h).
twin_moments <- function(columns, c, states, log_base = 0) {
  given <- lapply(columns, function(column) {
    a <- outer(rep(1, nrow(states)), column$b) + states %*% t(column$W)
    if (column$kind == "gaussian") {
      g <- exp(column$d)
      return(list(A = a[, 1]^2 / (2 * g) + log(2 * pi / g) / 2, mean = a / g,
                  square = array(a^2 / g^2 + 1 / g, c(nrow(a), 1, 1))))
    }
    codes <- twin_codes(column)
    logs <- a %*% t(codes) + rep(twin_base(column), each = nrow(a))
    largest <- apply(logs, 1, max)
    p <- exp(logs - largest)
    A <- largest + log(rowSums(p))
    p <- p / rowSums(p)
    square <- apply(p, 1, function(p) crossprod(codes * p, codes))
    list(A = A, mean = p %*% codes,
         square = array(t(matrix(square, ncol = nrow(a))),
                        c(nrow(a), ncol(codes), ncol(codes))))
  })
  logs <- drop(states %*% c) + log_base +
    Reduce(`+`, lapply(given, `[[`, "A"))
  p <- exp(logs - max(logs))
  p <- p / sum(p)
  mean <- do.call(cbind, lapply(given, `[[`, "mean"))
  vv <- crossprod(mean * p, mean)
  last <- 0
  for (one in given) {
    at <- last + seq_len(ncol(one$mean))
    vv[at, at] <- apply(one$square * p, 2:3, sum)
    last <- max(at)
  }
  list(v = colSums(mean * p), h = colSums(states * p),
       vh = crossprod(mean * p, states), vv = unname(vv),
       hh = crossprod(states * p, states))
}

some_column <- function(kind, size, rows, extras, nh, sd = 0.6) {
  list(kind = kind, size = size, b = rnorm(rows, sd = 0.5),
       W = matrix(rnorm(nh * rows, sd = sd), rows), d = rnorm(extras, sd = 0.3))
}

as_machine <- function(columns, c, units, hidden) {
  pick <- function(name) unlist(lapply(columns, `[[`, name))
  d <- pick("d")
  rbm(do.call(rbind, lapply(columns, `[[`, "W")), pick("b"), c, units = units,
      hidden = hidden, d = if (length(d)) d)
}

expect_pairs <- function(object, twin, tolerance = 1e-10) {
  found <- rbm_moments(object, pairs = TRUE)
  for (name in names(twin)) {
    expect_near(unname(found[[name]]), unname(twin[[name]]),
                tolerance * max(1, abs(twin[[name]])))
  }
  expect_true(isSymmetric(found$vv) && isSymmetric(found$hh))
  alone <- rbm_moments(object)
  for (name in names(alone)) expect_near(alone[[name]], found[[name]])
}

kinds <- list(
  c("binary", 1, 1, 0), c("categorical", 3, 3, 0), c("ordinal", 4, 1, 2),
  c("ordinal2", 5, 2, 3), c("binomial", 3, 1, 0), c("count", 6, 1, 0),
  c("poisson", 1, 1, 0), c("gaussian", 1, 1, 1)
)
said <- c("binary", "categorical(3)", "ordinal(levels = 4, degree = 1)",
          "ordinal(levels = 5, degree = 2)", "binomial(3)", "count(max = 6)",
          "poisson", "gaussian")

test_that("pairs of a mixed machine are sums over its hidden states", {
  for (seed in 1:3) {
    twin <- table_machine(seed)
    expect_pairs(twin$object, twin_moments(twin$columns, twin$c, twin$states))
  }
})

test_that("pairs of each kind with itself and with binary units are exact", {
  set.seed(2)
  states <- unname(as.matrix(expand.grid(0:1, 0:1, 0:1)))
  for (k in seq_along(kinds)[-1]) {
    one <- function() {
      of <- kinds[[k]]
      some_column(of[1], as.numeric(of[2]), as.numeric(of[3]),
                  as.numeric(of[4]), 3)
    }
    columns <- list(one(), some_column("binary", 1, 1, 0, 3), one())
    c <- rnorm(3)
    object <- as_machine(columns, c, c(said[k], "binary", said[k]), 3)
    expect_pairs(object, twin_moments(columns, c, states))
  }
})

test_that("real hidden units are integrated over, beside others too", {
  set.seed(3)
  gaussian <- seq(-14, 14, by = 0.2)
  # Nodes of Gauss and Legendre in panels, by the eigenvalues of Jacobi.
  k <- 1:11
  jacobi <- matrix(0, 12, 12)
  jacobi[cbind(k, k + 1)] <- jacobi[cbind(k + 1, k)] <- k / sqrt(4 * k^2 - 1)
  found <- eigen(jacobi)
  at <- (found$values + 1) / 2
  weight <- found$vectors[1, ]^2
  relu <- c(outer(at, 0:11, `+`))
  rule <- list(gaussian = rep(1, length(gaussian)), relu = rep(weight, 12))
  nodes <- list(gaussian = gaussian, relu = relu)
  for (kind in names(nodes)) {
    for (with in list(NULL, list(binary = 1), list(categorical = 3))) {
      if (kind == "relu" && is.null(with)) next # the others have all it has
      others <- if (is.null(with)) {
        matrix(0, 1, 0)
      } else if (is.null(with$binary)) {
        diag(3)
      } else {
        cbind(0:1)
      }
      n <- length(nodes[[kind]])
      grid <- as.matrix(expand.grid(seq_len(n), seq_len(n),
                                    seq_len(nrow(others))))
      h <- cbind(others[grid[, 3], , drop = FALSE], nodes[[kind]][grid[, 1]],
                 nodes[[kind]][grid[, 2]])
      first <- ncol(others) + 1
      log_base <- log(rule[[kind]][grid[, 1]] * rule[[kind]][grid[, 2]]) -
        rowSums(h[, first + 0:1]^2) / 2
      nh <- ncol(h)
      of <- if (kind == "gaussian") c(1, 2, 4, 6, 8) else c(1, 2, 4, 8)
      columns <- lapply(kinds[of], function(of) {
        some_column(of[1], as.numeric(of[2]), as.numeric(of[3]),
                    as.numeric(of[4]), nh, 0.3)
      })
      c <- rnorm(nh, sd = 0.5)
      object <- as_machine(columns, c, said[of],
                           c(with, setNames(list(2), kind)))
      expect_pairs(object, twin_moments(columns, c, h, log_base))
    }
  }
})

test_that("one column and one hidden unit are enough", {
  set.seed(4)
  for (k in seq_along(kinds)[-1]) {
    of <- kinds[[k]]
    column <- some_column(of[1], as.numeric(of[2]), as.numeric(of[3]),
                          as.numeric(of[4]), 1)
    object <- as_machine(list(column), 0.3, said[k], 1)
    expect_pairs(object, twin_moments(list(column), 0.3, cbind(0:1)))
  }
})

test_that("moments of a fitted table are named by its units", {
  fit <- fit_of_table()
  found <- rbm_moments(fit, pairs = TRUE)
  units <- c("a:p", "a:q", "a:r", "b", "c")
  expect_identical(dimnames(found$vv), list(units, units))
  expect_identical(names(found$v), units)
  expect_near(found$vv[1:3, 1:3], diag(found$v[1:3]))
  expect_draws(rbm_moments(fit, pairs = TRUE), 0)
})

test_that("more hidden states than chains would start at are enumerated", {
  set.seed(5)
  W <- matrix(rnorm(4 * 17, sd = 0.3), 4)
  units <- rep("categorical(2)", 2)
  object <- rbm(W, rnorm(4), rnorm(17), units = units)
  found <- rbm_moments(object, pairs = TRUE)
  v <- rbind(c(1, 0, 1, 0), c(1, 0, 0, 1), c(0, 1, 1, 0), c(0, 1, 0, 1))
  p <- exp(predict(object, v, type = "log_prob"))
  expect_near(found$vv, crossprod(v, v * p))
  h <- plogis(rep(object$c, each = 4) + v %*% W)
  hh <- crossprod(h, h * p)
  diag(hh) <- colSums(h * p)
  expect_near(found$hh, hh)
  large <- rbm(matrix(0, 4, 26), units = units)
  expect_error(rbm_moments(large, pairs = TRUE),
               class = "harmonium_error_hidden_states")
})
