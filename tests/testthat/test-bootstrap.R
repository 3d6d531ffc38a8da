# Refits by hand, any map, and how stable hidden units are.

two_classes <- function(n) {
  class <- rbinom(n, 1, 0.5)
  x <- vapply(c(0.9, 0.8, 0.85, 0.9), function(q) {
    rbinom(n, 1, ifelse(class == 1, q, 1 - q))
  }, integer(n))
  colnames(x) <- letters[1:4]
  x
}

class_fit <- function(...) {
  set.seed(1)
  rbm_fit(two_classes(80), 1, starts = 2, weight_decay = 0.01, ...)
}

resampled <- function(..., seed = 2) {
  set.seed(seed)
  rbm_bootstrap(...)
}

test_that("refits are fits to samples of the cases with the fit's settings", {
  fit <- class_fit()
  found <- resampled(fit, times = 4)
  set.seed(2)
  key <- draw_key()
  jobs <- seeded(key[1] %/% 2, lapply(1:4, function(i) {
    list(rows = sample.int(80, replace = TRUE), seed = floor(runif(1) * 2^31))
  }))
  v <- all_states(4)
  for (i in 1:4) {
    twin <- seeded(jobs[[i]]$seed, rbm_fit(
      fit$x[jobs[[i]]$rows, ], 1, starts = 2, weight_decay = 0.01
    ))
    expect_near(log_lik(found$models[[i]], v), log_lik(twin, v), 1e-8)
    expect_near(found$similarity[i, ],
                rbm_align(fit, twin)$units$similarity, 1e-8)
    expect_gt(sum(found$models[[i]]$W * fit$W), 0)
  }
  expect_identical(found$n, 80L)
  expect_identical(rownames(found$models[[1]]$W), letters[1:4])
  expect_draws(rbm_bootstrap(fit, 2), 2)
})

test_that("any map and any process give the same", {
  fit <- class_fit()
  found <- resampled(fit, times = 3)
  backwards <- function(jobs, f) rev(lapply(rev(jobs), f))
  expect_identical(resampled(fit, times = 3, map = backwards), found)
  disturbed <- function(jobs, f) {
    lapply(jobs, function(job) {
      runif(3)
      f(job)
    })
  }
  expect_identical(resampled(fit, times = 3, map = disturbed), found)
  skip_on_os("windows")
  several <- function(jobs, f) parallel::mclapply(jobs, f, mc.cores = 2)
  expect_identical(resampled(fit, times = 3, map = several), found)
})

test_that("data come with the model, or are given, and settings change", {
  fit <- class_fit()
  lean <- class_fit(keep_x = FALSE)
  expect_identical(resampled(lean, times = 2, x = fit$x)$models,
                   resampled(fit, times = 2)$models)
  strong <- resampled(fit, times = 2, weight_decay = 10)
  expect_lt(max(abs(strong$models[[1]]$W)), 0.1)
})

test_that("a fit with a held-out fraction holds out cases not in the sample", {
  set.seed(3)
  x <- two_classes(60)
  fit <- rbm_fit(x, 2, epochs = 4, validation = 0.2, patience = 2,
                 verbose = FALSE)
  found <- resampled(fit, times = 2)
  expect_length(found$models, 2L)
  expect_identical(found$n, 60L)
  # The worker's own fit, looked at from inside.
  seen <- NULL
  spy <- function(jobs, f) {
    lapply(jobs, function(job) {
      out <- f(job)
      seen <<- c(seen, length(unique(job$rows)))
      out
    })
  }
  resampled(fit, times = 2, map = spy)
  expect_true(all(seen < 60))
  real <- rbm_fit(x / 2, 1, epochs = 2, verbose = FALSE)
  expect_length(rbm_bootstrap(real, 2)$models, 2L)
})

test_that("where nothing was learned, refits are independent columns", {
  set.seed(4)
  x <- random_bits(50, 4)
  fit <- rbm_fit(x, 2)
  fit$W[] <- 0
  found <- resampled(fit, times = 3)
  expect_true(all(is.na(found$similarity)))
  expect_true(all(vapply(found$models, function(m) all(m$W == 0), NA)))
  p <- plogis(found$models[[1]]$b) * 51 - 0.5
  expect_near(p, round(p), 1e-9)
  expect_output(print(found), "No hidden unit has weights")
})

test_that("strong units are found again, superfluous ones are not", {
  set.seed(5)
  x <- two_classes(300)
  fit <- rbm_fit(x, 1, starts = 2, weight_decay = 0.003)
  found <- resampled(fit, times = 20)
  expect_gt(min(found$similarity), 0.95)
  more <- rbm_fit(x, 3, starts = 2, weight_decay = 1e-4)
  expect_lt(min(apply(resampled(more, times = 20)$similarity, 2, median)),
            0.9)
})

test_that("print says how stable units are", {
  found <- resampled(class_fit(), times = 5)
  found$similarity[] <- c(0.99, 0.98, 0.97, 0.96, 0.5)
  expect_false(withVisible(print(found))$visible)
  expect_snapshot(print(found))
  expect_snapshot(print(found, digits = 4))
})

test_that("errors say what cannot be fitted again", {
  fit <- class_fit()
  lean <- class_fit(keep_x = FALSE)
  x <- fit$x
  judged <- rbm_fit(x, 1, epochs = 2, validation = x[1:9, ], verbose = FALSE)
  changed <- rbm_bootstrap(fit, 2)
  changed$models[[2]] <- 1
  expect_said(c(
    refused(rbm_bootstrap(), "absent"),
    refused(rbm_bootstrap(rbm(matrix(1, 2, 2))), "untrained"),
    refused(rbm_bootstrap(fit, 1), "count"),
    refused(rbm_bootstrap(lean, 2), "not_kept"),
    refused(rbm_bootstrap(lean, 2, x[1:9, ]), "bootstrap_cases"),
    refused(rbm_bootstrap(fit, 2, x[, 1:3]), "columns"),
    refused(rbm_bootstrap(judged, 2), "bootstrap_held"),
    refused(rbm_bootstrap(fit, 2, epoch = 3), "unknown"),
    refused(rbm_bootstrap(fit, 2, map = 1), "tune_map"),
    refused(print(changed), "object_changed")
  ))
  after <- function(map) {
    tryCatch(rbm_bootstrap(fit, 2, map = map), error = conditionMessage)
  }
  expect_said(c(
    after(function(jobs, f) lapply(jobs[1], f)),
    after(function(jobs, f) list(1, 2)),
    after(function(jobs, f) stop("no workers"))
  ))
})
