# Margins and pairs of columns of every kind, against sums over all states, and
# their intervals.

kinds_table <- function(n = 120) {
  side <- runif(n) < 0.5
  x <- data.frame(
    colour = factor(ifelse(runif(n) < ifelse(side, 0.8, 0.2), "red",
                           sample(c("blue", "green"), n, TRUE))),
    grade = factor(pmin(4, 1 + rpois(n, ifelse(side, 2, 0.5))), 1:4,
                   ordered = TRUE),
    few = factor(pmin(3, 1 + rpois(n, ifelse(side, 2, 0.5))), 1:3,
                 ordered = TRUE),
    size = rnorm(n, ifelse(side, 13, 10), 2),
    weight = rnorm(n, ifelse(side, 1, 5)),
    visits = rpois(n, ifelse(side, 4, 1)),
    seen = pmin(6, rpois(n, ifelse(side, 3, 1))),
    right = rbinom(n, 5, ifelse(side, 0.7, 0.3)),
    member = runif(n) < ifelse(side, 0.8, 0.3),
    old = runif(n) < ifelse(side, 0.6, 0.4)
  )
  x
}

kinds_fit <- function(x = kinds_table(), hidden = 2, ..., units = c(
  visits = "poisson", seen = "count(6)", right = "binomial(5)"
)) {
  suppressMessages(rbm_fit(x, hidden, units = units[names(units) %in% names(x)],
                           starts = 1, weight_decay = 0.003, verbose = FALSE,
                           ...))
}

bootstrap_of <- function(fit, times = 8) {
  set.seed(2)
  rbm_bootstrap(fit, times)
}

# Each column given each hidden state: a list of values in the user's unit or
# indicators of levels, a row a state of the column, and p, a row a hidden
# state.
twin_laws <- function(model, states) {
  columns <- model$columns
  ends <- cumsum(columns$rows)
  extra <- 0
  lapply(seq_len(nrow(columns)), function(i) {
    kind <- columns$kind[i]
    at <- seq.int(ends[i] - columns$rows[i] + 1, ends[i])
    count <- switch(kind, gaussian = 1, ordinal = columns$size[i] - 2, 0)
    column <- list(
      kind = if (kind == "ordinal" && length(at) == 2) "ordinal2" else kind,
      size = columns$size[i], d = model$d[extra + seq_len(count)]
    )
    extra <<- extra + count
    a <- states %*% t(model$W[at, , drop = FALSE]) +
      rep(model$b[at], each = nrow(states))
    if (kind == "gaussian") {
      mean <- drop(a) / exp(column$d)
      log_sum <- drop(a)^2 / exp(column$d) / 2
      return(list(gaussian = TRUE, sd = columns$scale[i] * exp(-column$d / 2),
                  mean = columns$location[i] + columns$scale[i] * mean,
                  log_sum = log_sum))
    }
    codes <- twin_codes(column)
    log_p <- a %*% t(codes) + rep(twin_base(column), each = nrow(a))
    log_sum <- apply(log_p, 1, log_sum_exp)
    levels <- kind %in% c("binary", "categorical", "ordinal")
    list(gaussian = FALSE, p = exp(log_p - log_sum), log_sum = log_sum,
         x = if (levels) diag(nrow(codes)) else codes[, 1, drop = FALSE],
         levels = levels)
  })
}

# E x_i, E x_i^2 and E x_i x_j' as sums over hidden states.
twin_statistics <- function(model, states) {
  laws <- twin_laws(model, states)
  log_w <- drop(states %*% model$c) +
    Reduce(`+`, lapply(laws, `[[`, "log_sum"))
  w <- exp(log_w - log_sum_exp(log_w))
  given <- lapply(laws, function(law) {
    if (law$gaussian) cbind(law$mean) else law$p %*% law$x
  })
  square <- lapply(laws, function(law) {
    if (law$gaussian) cbind(law$mean^2 + law$sd^2) else law$p %*% law$x^2
  })
  list(w = w, given = given, mean = lapply(given, function(g) colSums(w * g)),
       square = lapply(square, function(s) colSums(w * s)),
       levels = vapply(laws, function(law) isTRUE(law$levels), NA))
}

twin_pair <- function(twin, i, j, n) {
  cross <- crossprod(twin$given[[i]], twin$w * twin$given[[j]])
  mean <- twin$mean
  if (twin$levels[i] && twin$levels[j]) {
    p <- cross + 0.5 / n
    out <- NULL
    for (l in 2:ncol(p)) {
      for (k in 2:nrow(p)) {
        out <- c(out, log(p[k, l] * p[1, 1] / p[k, 1] / p[1, l]))
      }
    }
    return(out)
  }
  if (!twin$levels[i] && !twin$levels[j]) {
    sd <- sqrt(c(twin$square[[i]], twin$square[[j]]) -
                 c(mean[[i]], mean[[j]])^2)
    return(drop(cross - mean[[i]] * mean[[j]]) / prod(sd))
  }
  if (twin$levels[j]) {
    cross <- t(cross)
    mean[c(i, j)] <- mean[c(j, i)]
  }
  given <- (drop(cross) + 0.5 / n * mean[[j]]) / (mean[[i]] + 0.5 / n)
  given[-1] - given[1]
}

expect_twin <- function(boot, states) {
  n <- boot$n
  twin <- twin_statistics(boot$object, states)
  binary <- boot$object$columns$kind == "binary"
  margins <- unlist(Map(function(m, b) if (b) m[2] else m, twin$mean, binary))
  expect_near(attr(confint(boot, "margins"), "estimate"), margins, 1e-8)
  pairs <- NULL
  for (j in seq_along(twin$mean)[-1]) {
    for (i in seq_len(j - 1)) {
      pairs <- c(pairs, twin_pair(twin, i, j, n))
    }
  }
  expect_near(attr(confint(boot, "pairs"), "estimate"), pairs, 1e-7)
}

test_that("margins and pairs are sums over all states", {
  set.seed(1)
  x <- kinds_table()
  boot <- bootstrap_of(kinds_fit(x), 2)
  states <- as.matrix(expand.grid(0:1, 0:1))
  expect_twin(boot, states)
  # And of a refit, whose intervals are quantiles.
  found <- confint(boot, "pairs", level = 0.8)
  one <- boot
  one$object <- boot$models[[1]]
  two <- boot
  two$object <- boot$models[[2]]
  ends <- apply(cbind(attr(confint(one, "pairs"), "estimate"),
                      attr(confint(two, "pairs"), "estimate")), 1, quantile,
                c(0.1, 0.9), names = FALSE)
  expect_near(found[, 1], ends[1, ], 1e-10)
  expect_near(found[, 2], ends[2, ], 1e-10)
  expect_near(diag(vcov(boot, "pairs")), drop(diff(ends) / 0.8)^2 / 2, 1e-8)
  expect_identical(rownames(vcov(boot))[1:4],
                   c("colour:blue", "colour:green", "colour:red", "grade:1"))
  expect_true(all(c("colour:green:grade:2", "colour:red:size", "size:weight",
                    "member:old", "size:member") %in% rownames(found)))
  latent <- bootstrap_of(kinds_fit(x, list(categorical = 3)), 2)
  expect_twin(latent, diag(3))
  expect_draws(confint(boot), 0)
})

test_that("real hidden units are integrated over", {
  # One Gaussian hidden unit on a fine grid: the density over it is smooth and
  # falls like that of a normal one, so that the sum is exact to rounding.
  set.seed(3)
  x <- kinds_table()[c("colour", "size", "weight", "member")]
  boot <- bootstrap_of(kinds_fit(x, list(gaussian = 1)), 2)
  h <- seq(-12, 12, by = 0.01)
  fit <- boot$object
  laws <- twin_laws(fit, cbind(h))
  log_w <- h * fit$c - h^2 / 2 + Reduce(`+`, lapply(laws, `[[`, "log_sum"))
  w <- exp(log_w - log_sum_exp(log_w))
  size <- sum(w * laws[[2]]$mean)
  weight <- sum(w * laws[[3]]$mean)
  variance <- function(law) sum(w * (law$mean^2 + law$sd^2))
  correlation <- (sum(w * laws[[2]]$mean * laws[[3]]$mean) - size * weight) /
    sqrt((variance(laws[[2]]) - size^2) * (variance(laws[[3]]) - weight^2))
  margins <- attr(confint(boot, "margins"), "estimate")
  expect_near(margins[c("size", "weight")], c(size, weight), 1e-6)
  expect_near(margins[1:3], colSums(w * laws[[1]]$p), 1e-6)
  expect_near(attr(confint(boot, "pairs"), "estimate")[["size:weight"]],
              correlation, 1e-6)
})

test_that("large models are sampled, with a message and a small error", {
  # 2000 chains: 400 numbers, each beyond 6 standard errors with probability
  # 2e-9.
  set.seed(4)
  fit <- kinds_fit(units = c(visits = "poisson", seen = "count(6)",
                             right = "binomial(5)"))
  model <- with_levels(fit)
  exact <- exact_statistics(model, TRUE)
  found <- sampled_statistics(model, c(1, 2))
  spread <- sqrt(diag(exact$vv) - exact$v^2)
  expect_lt(max(abs(found$v - exact$v) / spread), 6 / sqrt(2000))
  column <- rep(1:10, model$columns$rows)
  apart <- outer(column, column, `!=`)
  correlation <- function(of) {
    ((of$vv - outer(of$v, of$v)) / outer(spread, spread))[apart]
  }
  expect_lt(max(abs(correlation(found) - correlation(exact))),
            6 * 2 / sqrt(2000))
  expect_near(diag(found$vv) / diag(exact$vv), rep(1, length(spread)), 0.2)
  x <- kinds_table(60)[c("grade", "size", "right")]
  wide <- suppressMessages(rbm_fit(
    x, 17, estimator = "cd", epochs = 1, verbose = FALSE,
    units = c(right = "binomial(5)")
  ))
  boot <- bootstrap_of(wide, 2)
  expect_message(found <- confint(boot), class = "harmonium_message_sampled")
  expect_identical(rownames(found), c(paste0("grade:", 1:4), "size", "right"))
  expect_draws(suppressMessages(confint(boot, "pairs")), 2)
})

test_that("a margin varies as the share in the sample does", {
  # At a maximum the margin of a column is its share in the sample but for half
  # a case of each level: at most (K - 1) / 2 cases of n, and what is left of
  # the gradient.
  set.seed(5)
  x <- kinds_table(100)[c("colour", "size", "member")]
  fit <- kinds_fit(x)
  boot <- bootstrap_of(fit, 25)
  set.seed(2)
  key <- draw_key()
  shares <- seeded(key[1] %/% 2, vapply(1:25, function(i) {
    floor(runif(1) * 2^31)
  }, 0)) |>
    vapply(function(seed) {
      counts <- seeded(seed, draw_sample(100, NULL))$counts
      drop(rowsum(counts, x$colour)) / 100
    }, numeric(3))
  found <- confint(boot, level = 0.9)[1:3, ]
  twin <- t(apply(shares, 1, quantile, c(0.05, 0.95), names = FALSE))
  expect_lt(max(abs(found - twin)), 1 / 100 + 1e-4)
})

test_that("levels in another order have the same answers in that order", {
  set.seed(6)
  x <- kinds_table(100)[c("colour", "size", "member")]
  other <- x
  other$colour <- factor(x$colour, c("red", "blue", "green"))
  first <- confint(bootstrap_of(kinds_fit(x, 1)))
  second <- confint(bootstrap_of(kinds_fit(other, 1)))
  expect_near(attr(second, "estimate")[rownames(first)],
              attr(first, "estimate"), 1e-4)
  expect_identical(rownames(second)[1:3],
                   paste0("colour:", levels(other$colour)))
  expect_near(second[rownames(first), ], first, 1e-4)
})

test_that("the same seed gives the same with any map", {
  set.seed(7)
  fit <- kinds_fit(kinds_table(50)[c("colour", "size", "visits")], 1)
  ends <- function(map) {
    set.seed(3)
    confint(fit, "pairs", times = 3, map = map)
  }
  found <- ends(lapply)
  expect_identical(ends(function(jobs, f) rev(lapply(rev(jobs), f))), found)
  set.seed(3)
  expect_identical(confint(rbm_bootstrap(fit, 3), "pairs"), found)
})

test_that("a function of a model of a table can be asked", {
  set.seed(8)
  x <- kinds_table(60)[c("colour", "size", "member")]
  aimed <- kinds_fit(x, 1, target = "colour", objective = "conditional")
  boot <- bootstrap_of(aimed, 3)
  row <- x[1, ]
  chance <- function(model) {
    predict(model, row, "response", target = "colour")[1, ]
  }
  found <- confint(boot, chance)
  expect_identical(rownames(found), levels(x$colour))
  values <- vapply(boot$models, chance, numeric(3))
  expect_near(found[, 2], apply(values, 1, quantile, 0.975), 1e-12)
  both <- kinds_fit(x, 1, target = "colour", objective = "hybrid")
  expect_identical(nrow(confint(bootstrap_of(both, 2))), 5L)
})

test_that("errors say what has no margins", {
  set.seed(9)
  x <- kinds_table(40)[c("colour", "size", "member")]
  aimed <- kinds_fit(x, 1, target = "colour", objective = "conditional")
  boot <- bootstrap_of(aimed, 2)
  lone <- suppressMessages(rbm_fit(x["size"], 1, starts = 1,
                                   weight_decay = 0.1))
  lone <- bootstrap_of(lone, 2)
  expect_said(c(
    refused(confint(aimed), "parm_conditional"),
    refused(vcov(aimed, "pairs"), "parm_conditional"),
    refused(confint(boot, "pairs"), "parm_conditional"),
    refused(confint(lone, "pairs"), "parm_pairs")
  ))
})
