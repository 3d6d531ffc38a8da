# Columns of counts as binomial units: against sums over all states, and against
# the machine in which each is as many binary units that share a row of W.

counts_machine <- function(size = c(a = 4L, b = 1L, c = 7L), hidden = 2L,
                           sd = 0.7) {
  nv <- length(size)
  W <- matrix(rnorm(nv * hidden, 0, sd), nv, dimnames = list(names(size), NULL))
  rbm(W, rnorm(nv, 0, sd), rnorm(hidden, 0, sd),
      units = paste0("binomial(", size, ")"))
}

# A row for each state of the visible layer, with its log weight.
counts_twin <- function(model, size = sizes_of(model)) {
  v <- as.matrix(expand.grid(lapply(size, seq, from = 0L)))
  dimnames(v) <- list(NULL, rownames(model$W))
  input <- sweep(v %*% model$W, 2L, model$c, "+")
  log_weight <- drop(v %*% model$b) + rowSums(softplus(input)) +
    log_ways(v, size)
  log_z <- log_sum_exp(log_weight)
  list(v = v, log_weight = log_weight, log_z = log_z,
       p = exp(log_weight - log_z), h = stats::plogis(input))
}

# The tied machine, and a case of counts as one of it has it.
tied <- function(model, size = sizes_of(model)) {
  rows <- rep(seq_along(size), size)
  rbm(unname(model$W[rows, , drop = FALSE]), unname(model$b[rows]), model$c)
}

untie <- function(x, size) {
  unname(t(apply(x, 1L, function(row) {
    unlist(Map(function(on, m) rep(1:0, c(on, m - on)), row, size))
  })))
}

test_that("kinds are named by column, and 0/1 columns may stand among counts", {
  W <- matrix(0, 3L, 1L, dimnames = list(c("a", "b", "c"), NULL))
  kinds <- function(units) rbm(W, units = units)$units[["visible"]]
  expect_identical(kinds(c(b = "binomial(10)")), "binomial(1,10,1)")
  expect_identical(kinds(c(c = "binomial(2)", a = "binomial(3)")),
                   "binomial(3,1,2)")
  expect_identical(kinds("binomial(5)"), "binomial(5,5,5)")
  expect_identical(kinds(c("binomial(1000)", "binary", "binary")),
                   "binomial(1000,1,1)")
  for (units in list(NULL, "binary", c(a = "binary"), c(a = "binomial(1)"))) {
    expect_identical(rbm(W, units = units), rbm(W))
  }
  expect_output(print(rbm(W, units = c(b = "binomial(10)"))),
                "visible 1 binomial and 2 binary, hidden binary")
  expect_output(print(rbm(W, units = "binomial(2)")), "visible binomial,")
})

test_that("what is exact equals the sum over all states", {
  set.seed(1)
  for (hidden in c(1L, 2L, 5L)) {
    model <- counts_machine(hidden = hidden)
    twin <- counts_twin(model)
    expect_near(rbm_free_energy(model, twin$v), -twin$log_weight)
    expect_near(rbm_log_z(model)$log_z, twin$log_z)
    found <- rbm_moments(model, pairs = TRUE)
    expect_near(found$v, colSums(twin$p * twin$v))
    expect_near(found$h, colSums(twin$p * twin$h))
    expect_near(found$vh, crossprod(twin$v, twin$p * twin$h))
    expect_near(found$vv, crossprod(twin$v, twin$p * twin$v))
    expect_near(predict(model, twin$v, type = "log_prob"), log(twin$p))
    expect_near(rbm_hidden(model, twin$v), twin$h)
    h <- matrix(runif(3L * hidden) < 0.5, 3L)
    expect_near(rbm_visible(model, h), rep(c(4, 1, 7), each = 3L) *
                  stats::plogis(sweep(h %*% t(model$W), 2L, model$b, "+")))
    energy <- rbm_energy(model, twin$v[1:3, ], h)
    expect_near(energy, -drop(twin$v[1:3, ] %*% model$b) -
                  drop(h %*% model$c) -
                  rowSums((twin$v[1:3, ] %*% model$W) * h) -
                  log_ways(twin$v[1:3, ], c(4, 1, 7)))
  }
})

test_that("a machine of counts is the machine of tied binary units", {
  set.seed(2)
  size <- c(a = 4L, b = 1L, c = 6L)
  model <- counts_machine(size)
  binary <- tied(model)
  x <- cbind(a = rbinom(30, 4, 0.5), b = rbinom(30, 1, 0.5),
             c = rbinom(30, 6, 0.3))
  cells <- untie(x, size)
  rows <- rep(seq_along(size), size)
  expect_near(rbm_log_z(model)$log_z, rbm_log_z(binary)$log_z)
  expect_near(rbm_hidden(model, x), rbm_hidden(binary, cells))
  expect_near(rbm_free_energy(model, x),
              rbm_free_energy(binary, cells) - log_ways(x, size))
  mine <- rbm_gradient(model, x)
  theirs <- rbm_gradient(binary, cells)
  expect_near(mine$W, rowsum(theirs$W, rows))
  expect_near(mine$b, drop(rowsum(theirs$b, rows)))
  expect_near(mine$c, theirs$c)
})

test_that("some counts given others, exactly", {
  set.seed(3)
  model <- counts_machine()
  twin <- counts_twin(model)
  for (given in list(c(a = 3), c(a = 0, c = 7), c(b = 1, c = 2, a = 4))) {
    fits <- colSums(t(twin$v[, names(given), drop = FALSE]) == given) ==
      length(given)
    p <- twin$p * fits
    expect_near(drop(rbm_conditional(model, given)),
                colSums(p * twin$v) / sum(p))
    expect_near(rbm_conditional(model, given, type = "log_prob"), log(sum(p)))
    drawn <- rbm_conditional(model, matrix(given, 50L, length(given),
                                           byrow = TRUE,
                                           dimnames = list(NULL, names(given))),
                             type = "sample")
    expect_type(drawn, "integer")
    expect_true(all(t(drawn[, names(given)]) == given))
    expect_true(all(drawn <= rep(c(4, 1, 7), each = 50L)))
  }
})

# The chi-square of states of samples, with five standard deviations to spare.
expect_law <- function(x, twin) {
  key <- function(x) do.call(paste, as.data.frame(unclass(x)[, 1:3]))
  seen <- tabulate(match(key(x), key(twin$v)), nrow(twin$v))
  due <- nrow(x) * twin$p
  rare <- due < 5
  seen <- c(seen[!rare], if (any(rare)) sum(seen[rare]))
  due <- c(due[!rare], if (any(rare)) sum(due[rare]))
  statistic <- sum((seen - due)^2 / due)
  expect_gt(stats::pchisq(statistic, length(due) - 1L, lower.tail = FALSE),
            2.9e-7)
}

test_that("samples of all methods have the distribution of the model", {
  set.seed(4)
  model <- counts_machine(c(a = 3L, b = 1L, c = 2L), sd = 0.4)
  twin <- counts_twin(model)
  start <- twin$v[sample(nrow(twin$v), 4000L, replace = TRUE), ]
  expect_law(rbm_sample(model, 4000, method = "exact"), twin)
  expect_law(rbm_sample(model, 4000, steps = 60), twin)
  expect_law(rbm_sample(model, 4000, steps = 60, start = start), twin)
  expect_law(rbm_sample(model, 4000, steps = 60, method = "pt",
                        temperatures = 3), twin)
  held <- rbm_sample(model, 200, steps = 20, given = c(c = 2, a = 0))
  expect_true(all(held[, "c"] == 2L & held[, "a"] == 0L))
  means <- rbm_sample(model, 50, steps = 20, type = "probability")
  expect_true(all(means >= 0 & means <= rep(c(3, 1, 2), each = 50L)))
  expect_output(print(rbm_sample(model, 3, method = "exact")),
                "1: [0-3] [01] [0-2]")
})

test_that("annealing finds log Z, of counts in columns of any order", {
  set.seed(5)
  model <- counts_machine(c(a = 1L, b = 9L, c = 2L), hidden = 4L)
  found <- rbm_log_z(model, method = "ais", runs = 60, budget = 2e5)
  expect_lte(abs(found$log_z - rbm_log_z(model)$log_z),
             5 * max(found$se, 1e-4))
})

test_that("every estimator learns, to the same bits by any threads", {
  set.seed(6)
  often <- runif(200) < 0.5
  x <- data.frame(visits = rbinom(200, 9, ifelse(often, 0.8, 0.2)),
                  member = rbinom(200, 1, ifelse(often, 0.9, 0.2)),
                  calls = rbinom(200, 3, ifelse(often, 0.2, 0.7)))
  units <- c(visits = "binomial(9)", calls = "binomial(3)")
  for (estimator in rbm_estimators()$name) {
    fits <- lapply(1:2, function(threads) {
      set.seed(7)
      rbm_fit(x, 2, units = units, estimator = estimator, epochs = 60,
              learning_rate = 0.2, batch_size = 20, threads = threads)
    })
    expect_identical(coef(fits[[1L]]), coef(fits[[2L]]))
    fit <- fits[[1L]]
    expect_gt(logLik(fit) / nobs(fit),
              fit$training$independent_log_lik + 0.5)
    expect_near(utils::tail(fit$training$history$pseudo_log_lik, 1L),
                mean(predict(fit, x, type = "pseudo_log_lik")))
  }
  # By its definition, from free energies.
  size <- c(9, 1, 3)
  x <- as.matrix(x)[1:5, ]
  by_states <- vapply(1:5, function(s) {
    sum(vapply(1:3, function(i) {
      all <- x[rep(s, size[i] + 1L), ]
      all[, i] <- 0:size[i]
      f <- -rbm_free_energy(fit, unname(all))
      f[x[s, i] + 1L] - log_sum_exp(f)
    }, 0))
  }, 0)
  expect_near(predict(fit, x, type = "pseudo_log_lik"), by_states)
})

test_that("a large machine of counts is judged by cases held out", {
  set.seed(11)
  often <- runif(60) < 0.5
  x <- vapply(1:5, function(j) rbinom(60, 30, ifelse(often, 0.8, 0.2)),
              numeric(60))
  fit <- rbm_fit(x, 21, units = "binomial(30)")
  pilots <- fit$training$pilots
  expect_identical(fit$training$settings$estimator, "pt")
  expect_true(pilots$kept)
  expect_gt(max(pilots$score), pilots$independent + 10)
  expect_output(print(fit), "12 cases held out, then all refitted|for good")
  # And by data of the user's own.
  some <- rbm_fit(x[1:40, ], 2, units = "binomial(30)", epochs = 20,
                  validation = x[41:60, ])
  expect_identical(some$training$pilots$held_out, 20L)
  expect_identical(some$training$pilots$tree, NA_real_)
})

test_that("independent columns are what a fit is held against", {
  set.seed(8)
  x <- cbind(rbinom(100, 6, 0.3), rbinom(100, 1, 0.6))
  fit <- rbm_fit(x, 1, units = c("binomial(6)", "binary"), epochs = 1)
  p <- (colSums(x) + 0.5) / (100 * c(6, 1) + 1)
  expect_near(plogis(fit$training$base_log_odds), p)
  expect_near(fit$training$independent_log_lik,
              mean(dbinom(x[, 1], 6, mean(x[, 1]) / 6, log = TRUE) +
                     dbinom(x[, 2], 1, mean(x[, 2]), log = TRUE)))
  against <- rbm_compare(fit, "independent", x)
  expect_s3_class(against, "rbm_compare")
})

test_that("fits go on, judge themselves, are kept in files and made again", {
  set.seed(9)
  x <- cbind(a = rbinom(120, 5, 0.5), b = rbinom(120, 1, 0.5))
  units <- c(a = "binomial(5)")
  fit <- function(epochs, ...) {
    set.seed(10)
    rbm_fit(x, 2, units = units, estimator = "pcd", epochs = epochs,
            learning_rate = 0.01, schedule = "constant", ...)
  }
  whole <- fit(6, validation = 0.2, evaluate_every = 3)
  expect_true(all(is.finite(whole$training$history$valid_log_lik[c(3, 6)])))
  first <- fit(4)
  expect_identical(coef(rbm_resume(first, epochs = 2)), coef(fit(6)))
  file <- tempfile(fileext = ".rbm")
  on.exit(unlink(file))
  rbm_save(first, file)
  again <- rbm_load(file)
  expect_identical(again$units, first$units)
  expect_identical(coef(again), coef(first))
  expect_identical(coef(rbm_resume(again, epochs = 2, x = x)), coef(fit(6)))
  expect_identical(update(first, epochs = 1)$units, first$units)
  expect_identical(rbm_fit(x, init = first, epochs = 1, hidden = 2)$units,
                   first$units)
  expect_near(fitted(first), rbm_visible(first, rbm_hidden(first, x)))
  expect_identical(dim(residuals(first)), dim(x))
})

test_that("errors name the column and the size", {
  W <- matrix(0, 2L, 1L, dimnames = list(c("a", "b"), NULL))
  model <- rbm(W, units = c(a = "binomial(3)"))
  x <- cbind(a = 0:4, b = c(0, 1, 0, 1, 0))
  expect_said(c(
    refused(rbm(W, units = 3), "units"),
    refused(rbm(W, units = c(a = "poisson")), "units_named"),
    refused(rbm(W, units = c(a = "poison")), "units_unknown"),
    refused(rbm(W, units = c(a = "binomial(0)")), "units_kind"),
    refused(rbm(W, units = c(a = "binomial(1001)")), "units_kind"),
    refused(rbm(W, units = c(q = "binomial(2)")), "units_names"),
    refused(rbm(W, units = c(a = "binary", a = "binary")), "units_names"),
    refused(rbm(W, units = rep("binary", 3)), "units_count"),
    refused(rbm_hidden(model, x), "counts"),
    refused(rbm_hidden(model, replace(x, 3, NA)), "unit_values"),
    refused(rbm_visible(model, matrix(NA_real_, 1, 1)), "missing"),
    refused(rbm_fit(x[, 1], 1, units = "binomial"), "data"),
    refused(rbm_fit(array(1, c(2, 2, 2)), 1, units = "binomial"), "data"),
    refused(rbm_free_energy(model, x / 2), "counts"),
    refused(rbm_sample(model, 2, given = c(a = 4)), "given_values"),
    refused(rbm_fit(x, 26, units = c(a = "binomial(4)"), optimiser = "lbfgs"),
            "lbfgs_large"),
    refused(rbm_compare(model, rbm(W), x[1:4, ]), "compare_units"),
    refused(rbm_log_z(model, method = "ais", base = rbm(W)), "base_units")
  ))
  skip_if_not_installed("Matrix")
  sparse <- Matrix::Matrix(x[1:4, ], sparse = TRUE)
  expect_said(refused(rbm_hidden(model, sparse), "counts_sparse"))
})

test_that("models whose units were changed by hand are refused", {
  W <- matrix(0, 2L, 1L)
  for (visible in c("binomial(3)", "binomial(3,2,1)", "binomial(0,2)",
                    "binomial(1,1)", "binomial(2,x)", "binomial", "count", NA,
                    "binomial(2,3000)", "binomial(2,2", "poisson",
                    "poisson(1,1)+", "categorical", "count(2)")) {
    model <- rbm(W)
    model$units[["visible"]] <- visible
    refused(rbm_hidden(model, W + 1), "model_changed")
  }
  model <- rbm(W)
  model$units[["hidden"]] <- "binomial(2)"
  refused(rbm_hidden(model, t(W)), "model_changed")
})

test_that("counts without a size go up to the largest value", {
  set.seed(509)
  x <- data.frame(a = c(rbinom(39, 7, 0.4), 7), b = rbinom(40, 1, 0.5),
                  c = rep(0L, 40))
  fit <- function(x, units) {
    set.seed(1)
    rbm_fit(x, 2, units = units, epochs = 2, verbose = FALSE)
  }
  named <- fit(x, c(a = "binomial(7)", c = "binomial(1)"))
  expect_message(
    plain <- fit(x, c(a = "binomial", c = "binomial")), "`a: 7`, `c: 1`"
  )
  expect_identical(coef(plain), coef(named))
  expect_identical(plain$units, named$units)
  bare <- unname(as.matrix(x))
  expect_message(all <- fit(bare, "binomial"), "`1: 7`, `2: 1`, `3: 1`")
  expect_identical(all$units, named$units)
  expect_silent(fit(x, c(a = "binomial(9)")))
  # There are no data to read it from, or none that are counts.
  refused(rbm(matrix(0, 1, 1), units = "binomial"), "units_kind")
  wrong <- function(x) rbm_fit(x, 2, units = c(a = "binomial"))
  expect_message(refused(wrong(-x), "range"))
  expect_message(refused(wrong(x * 1000), "units_kind"))
  refused(wrong(transform(x, a = as.character(a))), "units_suit")
})

test_that("pictures show counts as shares of the most there can be", {
  set.seed(510)
  x <- cbind(a = rbinom(30, 8, 0.4), b = rbinom(30, 1, 0.5))
  fit <- rbm_fit(x, 2, units = c(a = "binomial(8)"), epochs = 3,
                 verbose = FALSE)
  rows <- c(2, 5, 9)
  picture <- reconstruction_picture(fit, x[rows, ])
  expect_equal(picture$values$cases, unname(t(t(x[rows, ]) / c(8, 1))))
  again <- predict(fit, x[rows, ], type = "reconstruction")
  expect_equal(unname(picture$values$reconstructions),
               unname(t(t(again) / c(8, 1))))
  expect_match(picture$note, "shares")
  set.seed(1)
  drawn <- samples_picture(fit, n = 6, steps = 9)
  expect_match(drawn$note, "shares")
  set.seed(1)
  means <- rbm_sample(fit, 6, steps = 9, type = "probability")
  expect_equal(unname(unclass(drawn$values)[, 1]), unname(means[, 1]) / 8)
  # Of binary units nothing is said.
  expect_null(samples_picture(rbm(fit$W), n = 2, steps = 1)$note)
})
