test_that("a model of all kinds has the likelihoods of its definition", {
  twin <- table_machine()
  object <- twin$object
  x <- table_states(twin$columns, 12, 0.4)
  x[1, ] <- NA
  x[2, ] <- table_states(twin$columns, 1, 0)
  log_sum <- twin_log_sum(twin$columns, twin$c, twin$states, x)
  expect_near(-rbm_free_energy(object, x), log_sum)
  expect_near(rbm_log_z(object)$log_z, log_sum[1])
  expect_near(predict(object, x, type = "log_prob"), log_sum - log_sum[1])
  expect_near(as.numeric(logLik(object, x)), sum(log_sum - log_sum[1]))
  # A case of which nothing is seen has the probability 1.
  expect_near(predict(object, x, type = "log_prob")[1], 0)
})

test_that("hidden units are what the definition says, with cells missing too", {
  twin <- table_machine(2)
  x <- table_states(twin$columns, 8, 0.4)
  p <- rbm_hidden(twin$object, x)
  all <- twin_log_sum(twin$columns, twin$c, twin$states, x)
  for (j in 1:5) {
    on <- twin$states[, j] == 1
    some <- twin_log_sum(twin$columns, twin$c, twin$states[on, , drop = FALSE],
                         x)
    expect_near(p[, j], exp(some - all))
  }
  h <- rbm_hidden(twin$object, x, type = "sample")
  expect_true(all(h %in% 0:1))
  expect_identical(as.integer(rowSums(h[, 3:5])), rep(1L, 8))
})

test_that("levels that are seen add up to the column missing", {
  twin <- table_machine(3)
  x <- table_states(twin$columns, 1, 0)
  for (part in list(2:4, 5, 6:7, 1)) {
    gone <- x
    gone[, part] <- NA
    q <- match(part[1], c(1, 2, 5, 6))
    codes <- twin_codes(twin$columns[[q]])
    each <- x[rep(1, nrow(codes)), , drop = FALSE]
    each[, part] <- codes
    expect_near(sum(exp(predict(twin$object, each, type = "log_prob"))),
                exp(predict(twin$object, gone, type = "log_prob")))
  }
})

test_that("the gradient is that of differences, in all parameters", {
  twin <- table_machine(4)
  object <- twin$object
  x <- table_states(twin$columns, 9, 0.3)
  gradient <- rbm_gradient(object, x)
  loss <- function(object) -mean(predict(object, x, type = "log_prob"))
  for (part in c("W", "b", "c", "d")) {
    for (i in seq_along(object[[part]])) {
      moved <- object
      moved[[part]][i] <- object[[part]][i] + 1e-5
      above <- loss(moved)
      moved[[part]][i] <- object[[part]][i] - 1e-5
      expect_near(gradient[[part]][i], (above - loss(moved)) / 2e-5, 1e-8)
    }
  }
})

test_that("moments are the model's averages", {
  twin <- table_machine(5)
  object <- twin$object
  moments <- rbm_moments(object)
  nothing <- matrix(NA_real_, 1, nrow(object$W))
  expect_near(moments$h, drop(rbm_hidden(object, nothing)))
  # A mean is the slope of log Z in its bias.
  slope <- function(part, i) {
    log_z <- function(by) {
      object[[part]][i] <- object[[part]][i] + by
      rbm_log_z(object)$log_z
    }
    (log_z(1e-5) - log_z(-1e-5)) / 2e-5
  }
  for (i in seq_along(object$b)) {
    expect_near(moments$v[i], slope("b", i), 1e-8)
  }
  expect_near(moments$vh[2, 1], slope("W", 2), 1e-8)
})

test_that("draws have the law of the model, given some of it too", {
  twin <- table_machine(6)
  set.seed(1)
  x <- rbm_sample(twin$object, 4000)
  expect_identical(dim(x), c(4000L, 11L))
  p <- rbm_moments(twin$object)$v
  # Five standard errors: 2 false alarms in a million checks.
  for (i in seq_along(p)) {
    expect_lte(abs(mean(x[, i]) - p[i]), 5 * sd(x[, i]) / sqrt(4000))
  }
  given <- x[1, ]
  given[1:4] <- NA
  y <- rbm_sample(twin$object, 2000, given = given)
  expect_near(y[, 5:11], matrix(given[5:11], 2000, 7, byrow = TRUE))
  p <- rbm_conditional(twin$object, given)[1, 1:4]
  for (i in 1:4) {
    expect_lte(abs(mean(y[, i]) - p[i]), 5 * sqrt(p[i] * (1 - p[i]) / 2000))
  }
})

test_that("what is computed has the same bits on any number of threads", {
  twin <- table_machine(7)
  x <- table_states(twin$columns, 300, 0.3)
  both <- lapply(1:2, function(threads) {
    .Call(ffi_observed_likelihood, unclass(twin$object),
          table_cases(x, NULL, NULL), rep(1, 300), resolve_hardware(threads))
  })
  expect_identical(both[[1]], both[[2]])
})

test_that("an ordinal column of two levels, and two categories, are binary", {
  W <- c(0.7, -1.2)
  binary <- rbm(rbind(W), b = 0.3, c = c(0.1, 0.2))
  two <- rbm(rbind(0 * W, W), b = c(0, 0.3), c = c(0.1, 0.2),
             units = "categorical(2)")
  ordinal <- rbm(rbind(W), b = 0.3, c = c(0.1, 0.2),
                 units = "ordinal(levels = 2, degree = 1)")
  p <- predict(binary, cbind(0:1), type = "log_prob")
  expect_near(predict(two, diag(2), type = "log_prob"), p)
  expect_near(predict(ordinal, cbind(0:1), type = "log_prob"), p)
})

test_that("answers of an independent program are met", {
  machines <- shared_fixture("mixed.rds")
  for (machine in machines) {
    ours <- from_fixture(machine)
    V <- code_fixture(machine, machine$V)
    seen <- code_fixture(machine, machine$V_na)
    expect_near(rbm_log_z(ours$object)$log_z + ours$constant, machine$log_z,
                1e-9)
    expect_near(predict(ours$object, V, type = "log_prob"), machine$log_p,
                1e-9)
    expect_near(predict(ours$object, seen, type = "log_prob"),
                machine$log_p_na, 1e-9)
    expect_near(rbm_hidden(ours$object, seen), unname(machine$hidden_mean),
                1e-9)
    gradient <- weighted_gradient(ours$object, seen, machine$weights)
    expect_near(gradient$c, machine$gradient_loss_na_weighted$c, 1e-8)
    own <- ours$linear
    if (!length(own)) next
    expect_near(gradient$W[own, ],
                unname(machine$gradient_loss_na_weighted$W[own, ]), 1e-8)
    expect_near(gradient$b[own], machine$gradient_loss_na_weighted$b[own],
                1e-8)
  }
})

test_that("the laws of missing cells are those of an independent program", {
  machine <- shared_fixture("mixed.rds")$all_kinds
  object <- from_fixture(machine)$object
  seen <- table_cases(code_fixture(machine, machine$V_na), NULL, NULL)
  law <- machine$missing_law
  for (q in 1:5) {
    found <- observe(object, seen, "law", column = q)$law
    mine <- law[law$column == q, ]
    if (!nrow(mine)) next
    level <- as.integer(sub("P", "", mine$what))
    expect_near(found[cbind(mine$case, level)], mine$value, 1e-9)
  }
  found <- observe(object, seen, c("v", "square"))
  for (q in 6:8) {
    unit <- machine$columns_of_unit[[q]]
    if (!any(law$column == q)) next
    mean <- law[law$column == q & law$what == "mean", ]
    var <- law[law$column == q & law$what == "var", ]
    if (!nrow(var)) next
    expect_near(found$v[mean$case, unit], mean$value, 1e-9)
    expect_near(found$square[var$case, unit] - found$v[var$case, unit]^2,
                var$value, 1e-9)
  }
})

test_that("targets have the probabilities of an independent program", {
  machine <- shared_fixture("mixed.rds")$class
  object <- from_fixture(machine)$object
  cases <- code_fixture(machine, machine$V)
  cases[, 1:3] <- NA
  law <- observe(object, table_cases(cases, NULL, NULL), "law")$law
  expect_near(law, unname(machine$p_target), 1e-9)
})

test_that("real hidden units are integrated over, to the last digits", {
  set.seed(8)
  W <- matrix(rnorm(8, sd = 0.8), 4)
  b <- rnorm(4)
  c <- rnorm(2)
  v <- as.matrix(expand.grid(rep(list(0:1), 4)))
  a <- rep(c, each = 16) + v %*% W
  A <- list(gaussian = a^2 / 2 + log(2 * pi) / 2,
            relu = a^2 / 2 + log(2 * pi) / 2 + pnorm(a, log.p = TRUE))
  mean <- list(gaussian = a, relu = a + exp(dnorm(a, log = TRUE) -
                                              pnorm(a, log.p = TRUE)))
  for (kind in names(A)) {
    object <- rbm(W, b, c, hidden = setNames(list(2), kind))
    log_p <- drop(v %*% b) + rowSums(A[[kind]])
    expect_near(rbm_log_z(object)$log_z, log(sum(exp(log_p))))
    expect_near(-rbm_free_energy(object, unname(v)), log_p)
    expect_near(rbm_hidden(object, unname(v)), unname(mean[[kind]]))
    p <- exp(log_p - log(sum(exp(log_p))))
    moments <- rbm_moments(object)
    expect_near(moments$v, colSums(p * v))
    expect_near(moments$h, colSums(p * mean[[kind]]))
    expect_near(moments$vh, crossprod(v, p * mean[[kind]]))
    expect_near(predict(object, cbind(1, 0, NA, NA), type = "log_prob"),
                log(sum(p[v[, 1] == 1 & v[, 2] == 0])))
    set.seed(9)
    h <- rbm_hidden(object, unname(v)[rep(6, 4000), ], type = "sample")
    expect_lte(max(abs(colMeans(h) - mean[[kind]][6, ])), 5 / sqrt(4000))
  }
})

test_that("Gaussian columns over Gaussian units are normal together", {
  W <- rbind(c(0.5, 0.3), c(-0.4, 0.6), c(0.8, 0.1))
  gamma <- c(1.3, 0.9, 2)
  b <- c(0.2, -0.5, 1)
  c <- c(0.3, -0.2)
  object <- rbm(W, b, c, units = "gaussian", hidden = list(gaussian = 2),
                d = log(gamma))
  precision <- diag(gamma) - tcrossprod(W)
  sigma <- solve(precision)
  mu <- drop(sigma %*% (b + W %*% c))
  density <- function(x, at) {
    gap <- x - mu[at]
    part <- sigma[at, at, drop = FALSE]
    -(length(at) * log(2 * pi) + as.numeric(determinant(part)$modulus) +
        sum(gap * solve(part, gap))) / 2
  }
  x <- c(0.7, -2, 1.5)
  for (at in list(1:3, 1, 2:3, c(1, 3))) {
    row <- matrix(NA_real_, 1, 3)
    row[at] <- x[at]
    expect_near(predict(object, row, type = "log_prob"), density(x[at], at))
  }
  expect_near(rbm_moments(object)$v, mu)
})

test_that("hidden kinds of an independent program are met", {
  machines <- shared_fixture("hidden_kinds.rds")
  for (kind in c("gaussian", "relu")) {
    m <- machines[[paste0("binary_", kind)]]
    object <- rbm(m$W, m$b, m$c, hidden = setNames(list(2), kind))
    V <- matrix(as.double(m$V), nrow(m$V))
    expect_near(rbm_log_z(object)$log_z, m$log_z, 1e-9)
    expect_near(predict(object, V, type = "log_prob"), m$log_p, 1e-9)
    expect_near(rbm_hidden(object, V), unname(m$hidden_mean), 1e-9)
    expect_near(rbm_gradient(object, V)$W, unname(m$gradient_loss$W), 1e-8)
  }
  m <- machines$gaussian_gaussian
  object <- rbm(m$W, m$b, m$c, units = "gaussian", hidden = list(gaussian = 2),
                d = log(m$gamma))
  expect_near(rbm_log_z(object)$log_z, m$log_z, 1e-9)
  expect_near(predict(object, unname(m$V), type = "log_prob"), m$log_p, 1e-9)
  expect_near(rbm_moments(object)$v, m$mean, 1e-9)
})

test_that("models without a distribution are refused", {
  expect_said(c(
    refused(rbm(matrix(1.2, 2, 1), units = "gaussian",
                hidden = list(gaussian = 1)), "z_improper"),
    refused(rbm(matrix(0.1, 2, 1), units = "poisson",
                hidden = list(relu = 1)), "z_poisson")
  ))
})

test_that("reconstructions of incomplete cases are by what is seen", {
  twin <- table_machine(9)
  x <- table_states(twin$columns, 5, 0.4)
  expect_identical(predict(twin$object, x, type = "reconstruction"),
                   rbm_visible(twin$object, rbm_hidden(twin$object, x)))
})

test_that("weights of cases are not for rbm_tune()", {
  expect_said(refused(rbm_tune(airquality[1:4], 1, weights = 1:153),
                      "tune_weights"))
})
