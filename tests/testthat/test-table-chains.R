# Chains, annealing and answers without enumeration of models of tables, against
# what enumeration says. False alarms of the statistical checks: at most one in
# ten thousand each.

# Gaps in standard errors, and how large the largest of so many may be.
largest_gap <- function(found, mean, se) max(abs(found - mean) / se)
limit_of <- function(count) qnorm(1 - 1e-4 / (2 * count))

column_se <- function(x) apply(x, 2, sd) / sqrt(nrow(x))

# What chains should come to: means of all units.
exact_means <- function(object) rbm_moments(object)$v

test_that("Gibbs chains and ladders have the law of models of all kinds", {
  skip_on_cran()
  twin <- table_machine(11)
  means <- exact_means(twin$object)
  set.seed(1)
  found <- rbm_sample(twin$object, 8000, steps = 60, method = "gibbs")
  expect_lt(largest_gap(colMeans(found), means, column_se(found)),
            limit_of(length(means)))
  expect_s3_class(found, "rbm_sample")
  expect_output(print(found), "8,000 samples")
  by_mean <- rbm_sample(twin$object, 8000, steps = 60, method = "gibbs",
                        type = "probability")
  expect_lt(largest_gap(colMeans(by_mean), means, column_se(by_mean)),
            limit_of(length(means)))
  tempered <- rbm_sample(twin$object, 3000, steps = 40, method = "pt",
                         temperatures = 4)
  expect_lt(largest_gap(colMeans(tempered), means, column_se(tempered)),
            limit_of(length(means)))
  expect_false(is.integer(found))
  # Squares too, which say that spreads are right.
  square <- drop(harmonium:::observe(
    twin$object, harmonium:::nothing_seen(twin$object), "square"
  )$square)
  expect_lt(largest_gap(colMeans(found^2), square, column_se(found^2)),
            limit_of(length(means)))
})

test_that("real hidden units are drawn as their law says", {
  skip_on_cran()
  set.seed(7)
  W <- matrix(rnorm(8, sd = 0.4), 4)
  for (hidden in list(list(gaussian = 2), list(relu = 2),
                      list(binary = 1, gaussian = 1))) {
    object <- rbm(W, rnorm(4, sd = 0.3), rnorm(2, sd = 0.3),
                  units = c("gaussian", "categorical(2)", "binary"),
                  hidden = hidden, d = 0.5)
    means <- exact_means(object)
    for (found in list(
      rbm_sample(object, 4000, steps = 60, method = "gibbs"),
      rbm_sample(object, 4000, steps = 60, method = "pt", temperatures = 3)
    )) {
      expect_lt(largest_gap(colMeans(found), means, column_se(found)),
                limit_of(4))
    }
    exact <- rbm_log_z(object)
    about <- rbm_log_z(object, method = "ais", tol = 0.3)
    expect_lt(abs(about$log_z - exact$log_z), 4 * about$se + 0.02)
  }
})

test_that("columns that are given are held, and the others have their law", {
  skip_on_cran()
  twin <- table_machine(12)
  set.seed(2)
  known <- table_states(twin$columns, 1, 0)
  known[c(2:4, 6:7, 11)] <- NA
  means <- drop(rbm_conditional(twin$object, known))
  found <- rbm_sample(twin$object, 6000, steps = 60, method = "gibbs",
                      given = known)
  free <- which(is.na(known))
  expect_equal(unname(found[, -free]),
               matrix(rep(known[-free], each = 6000), 6000))
  expect_lt(largest_gap(colMeans(found[, free]), means[free],
                        column_se(found[, free])), limit_of(length(free)))
  known <- table_states(twin$columns, 600, 0.5) # more than run at once
  for (method in c("gibbs", "pt")) {
    several <- rbm_sample(twin$object, 600, steps = 5, method = method,
                          given = known)
    expect_identical(several[!is.na(known)], known[!is.na(known)])
  }
  counts <- rbm(matrix(0, 2, 1), units = c("binomial(9)", "binary"))
  known <- cbind(rep_len(0:9, 600), NA)
  several <- rbm_sample(counts, 600, steps = 5, given = known)
  expect_equal(several[, 1], known[, 1], ignore_attr = TRUE)
})

test_that("annealing covers what enumeration says", {
  skip_on_cran()
  missed <- 0
  for (i in 1:12) {
    object <- table_machine(100 + i)$object
    exact <- rbm_log_z(object)$log_z
    set.seed(i)
    found <- rbm_log_z(object, method = "ais", tol = 0.2)
    missed <- missed + (exact < found$interval[1] || exact > found$interval[2])
    expect_lt(found$bound, found$interval[2] + 1e-6)
  }
  # At most 5 of 12, where each has at most 1 in 20: one in ten thousand.
  expect_lte(missed, qbinom(1 - 1e-4, 12, 0.05))
  expect_output(print(found), "Annealed importance sampling")
})

test_that("a case with missing cells is annealed to its own sum", {
  skip_on_cran()
  twin <- table_machine(13)
  set.seed(3)
  x <- table_states(twin$columns, 12, 0.5)
  exact <- twin_log_sum(twin$columns, twin$c, twin$states, x)
  found <- harmonium:::annealed_sums(twin$object, x, c(4, 5))
  expect_lt(max(abs(found - exact) / pmax(attr(found, "each"), 1e-3)), 5)
})

test_that("few states of what is missing are summed, under any hidden layer", {
  twin <- table_machine(14)
  object <- twin$object
  set.seed(4)
  x <- table_states(twin$columns, 10, 0)
  x[1:3, 1] <- NA
  x[3:6, 2:4] <- NA
  x[6:8, 6:7] <- NA
  cases <- harmonium:::table_cases(x, NULL, NULL)
  what <- c("log_sum", "h", "v", "square", "law")
  for (column in c(1, 2, 4)) {
    exact <- harmonium:::observe(object, cases, what, column)
    found <- harmonium:::observe_otherwise(object, cases, what, column, c(1, 2))
    gone <- is.na(x[, c(1, 2, 5, 6)[column]])
    for (name in what) {
      rows <- if (name == "law") which(gone) else 1:10
      part <- function(of) as.vector(as.matrix(of[[name]])[rows, ])
      expect_near(part(found), part(exact), 1e-10)
    }
  }
  drawn <- harmonium:::observe_otherwise(object, cases, "draw", 1, c(1, 2))$draw
  expect_identical(drawn[!is.na(x)], x[!is.na(x)])
  expect_false(anyNA(drawn))
  many <- harmonium:::table_cases(x[rep(4, 4000), ], NULL, NULL)
  drawn <- harmonium:::observe_otherwise(object, many, "draw", 1, c(1, 3))$draw
  exact <- harmonium:::observe(object, harmonium:::take_cases(cases, 4), "v")$v
  expect_lt(largest_gap(colMeans(drawn)[2:4], exact[2:4],
                        column_se(drawn[, 2:4])), limit_of(3))
})

test_that("many states of what is missing are averaged over by chains", {
  skip_on_cran()
  twin <- table_machine(15)
  set.seed(5)
  x <- table_states(twin$columns, 6, 0.6)
  x[, 11] <- NA
  cases <- harmonium:::table_cases(x, NULL, NULL)
  what <- c("h", "v", "law")
  exact <- harmonium:::observe(twin$object, cases, what, 2)
  expect_message(
    found <- harmonium:::observe_otherwise(twin$object, cases, what, 2,
                                           c(7, 7)),
    "averaged over by chains"
  )
  for (name in what) {
    se <- attr(found[[name]], "se")
    expect_lt(se, 0.5)
    expect_lt(max(abs(found[[name]] - exact[[name]])), 5 * max(se, 0.02))
  }
  expect_identical(found$v[!is.na(x)], x[!is.na(x)])
})

test_that("a wide hidden layer answers as a narrow one that is the same", {
  # Hidden units that send nothing change no answer.
  set.seed(6)
  fit <- fit_of_table()
  wide <- fit
  wide$W <- cbind(fit$W, matrix(0, nrow(fit$W), 20))
  wide$c <- c(fit$c, numeric(20))
  colnames(wide$W) <- names(wide$c) <- paste0("h", seq_along(wide$c))
  wide$training <- NULL
  x <- fit$x
  seen <- x
  seen[["b"]][is.na(seen[["b"]])] <- 1
  expect_near(as.vector(predict(wide, seen, type = "log_prob",
                                log_z = rbm_log_z(wide, tol = 0.05))),
              as.vector(predict(fit, seen, type = "log_prob")), 0.2)
  expect_near(as.vector(predict(wide, seen, "response", target = "a")),
              as.vector(predict(fit, seen, "response", target = "a")), 1e-5)
  filled <- suppressMessages(rbm_impute(wide, x))
  expect_false(anyNA(filled))
  expect_identical(lapply(filled, class), lapply(x, class))
})

test_that("draws by chains are a table of the user's classes", {
  fit <- fit_of_table()
  set.seed(8)
  found <- suppressMessages(rbm_sample(fit, 40, steps = 30, chains = 4,
                                       start = "data"))
  expect_identical(lapply(found, class), lapply(fit$x, class))
  expect_length(attr(found, "chain"), 40L)
  expect_identical(attr(found, "diagnostics")$method, "gibbs")
  held <- rbm_sample(fit, 3, steps = 30, method = "gibbs",
                     given = list(a = levels(factor(fit$x$a))[1]))
  expect_identical(as.character(held$a), rep(levels(factor(fit$x$a))[1], 3))
  torn <- fit
  torn$x[] <- lapply(torn$x, function(column) {
    column[seq_along(column)] <- NA
    column
  })
  refused(rbm_sample(torn, 2, start = "data"), "start_incomplete")
})

test_that("an exact log Z is one beyond the states of a case with holes", {
  set.seed(2)
  nh <- 18
  model <- rbm(matrix(rnorm(4 * nh, 0, 0.6), 4), rnorm(4), rnorm(nh), d = 0,
               units = c("binomial(3)", "binary", "count(max = 4)",
                         "gaussian"))
  h <- as.matrix(expand.grid(rep(list(0:1), nh)))
  input <- h %*% t(model$W) + rep(model$b, each = nrow(h))
  counts <- vapply(0:4, function(k) exp(k * input[, 3]) / factorial(k),
                   input[, 3])
  log_p <- drop(h %*% model$c) + 3 * log1p(exp(input[, 1])) +
    log1p(exp(input[, 2])) + log(rowSums(counts)) + log(2 * pi) / 2 +
    input[, 4]^2 / 2
  log_z <- max(log_p) + log(sum(exp(log_p - max(log_p))))
  for (method in c("exact", "auto")) {
    found <- rbm_log_z(model, method = method)
    expect_identical(found$method, "exact")
    expect_equal(found$log_z, log_z, tolerance = 1e-12)
  }
})

test_that("cases with holes to be judged by take no random numbers of R", {
  set.seed(3)
  model <- rbm(matrix(rnorm(3 * 18), 3), rnorm(3), rnorm(18))
  x <- matrix(c(1, NA, 0, NA, NA, 1), 2)
  cases <- as_states(model, x, "x", missing = TRUE)
  before <- .Random.seed
  found <- quick_energy(model, cases, c(1, 2))
  expect_identical(.Random.seed, before)
  expect_identical(quick_energy(model, cases, c(1, 2)), found)
})

test_that("many Gaussian hidden units are annealed to the normal law", {
  # v is normal with the precision diag(exp(d)) - WW'.
  set.seed(4)
  nv <- 20
  nh <- 12
  W <- matrix(rnorm(nv * nh, sd = 0.12), nv)
  model <- rbm(W, rnorm(nv, sd = 0.3), rnorm(nh, sd = 0.3),
               d = rnorm(nv, sd = 0.2), units = "gaussian",
               hidden = list(gaussian = nh))
  P <- diag(exp(model$d)) - tcrossprod(W)
  a <- model$b + drop(W %*% model$c)
  log_z <- sum(model$c^2) / 2 + nh * log(2 * pi) / 2 + nv * log(2 * pi) / 2 -
    as.numeric(determinant(P)$modulus) / 2 + sum(a * solve(P, a)) / 2
  found <- rbm_log_z(model)
  expect_identical(found$method, "ais")
  # An interval of 95 % that is off by three times its width is a fault.
  expect_lt(abs(found$log_z - log_z), 6 * found$se)
  expect_lt(found$se, 0.2)
  x <- matrix(rnorm(5 * nv), 5)
  log_p <- -0.5 * rowSums((x %*% P) * x) + drop(x %*% a)
  expect_near(-rbm_free_energy(model, x),
              log_p + sum(model$c^2) / 2 + nh * log(2 * pi) / 2)
  # Chains have the mean and variance of each column.
  drawn <- rbm_sample(model, n = 4000, steps = 200)
  S <- solve(P)
  off <- (colMeans(drawn) - drop(S %*% a)) / sqrt(diag(S) / 4000)
  expect_lt(max(abs(off)), qnorm(1 - 1e-6 / nv / 2))
  # Variances of squares of normals are 2; chains are independent.
  spread <- colMeans(sweep(unclass(drawn), 2, drop(S %*% a))^2) / diag(S)
  expect_lt(max(abs(spread - 1)), qnorm(1 - 1e-6 / nv / 2) * sqrt(2 / 4000))
})
