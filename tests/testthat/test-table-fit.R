# Fits of tables: what is maximised, messages and refusals.

fit_table <- function(..., seed = 1) {
  set.seed(seed)
  suppressMessages(rbm_fit(..., starts = 1, weight_decay = 0.1))
}

holed <- function(n = 24L) {
  set.seed(2)
  x <- data.frame(
    a = factor(sample(c("p", "q", "r"), n, TRUE)), b = rnorm(n),
    c = runif(n) < 0.5, d = factor(sample(1:4, n, TRUE), ordered = TRUE)
  )
  x$a[c(2, 7)] <- NA
  x$b[3] <- NA
  x$c[c(7, 9)] <- NA
  x
}

test_that("a fit to 0 and 1 with holes has the sum over what is missing", {
  set.seed(3)
  x <- random_bits(40, 3)
  x[sample(120, 20)] <- NA
  fit <- fit_table(x, 2, seed = 4)
  # The likelihood by every state, and its slope along W, b and c.
  log_lik <- function(model) {
    p_v <- rowSums(twin_joint(model)$p)
    v <- all_states(3)
    sum(apply(x, 1L, function(row) {
      log(sum(p_v[colSums(t(v) == row | is.na(row)) == 3]))
    }))
  }
  expect_near(c(logLik(fit)), log_lik(fit), 1e-11)
  gradient <- rbm_gradient(fit, x)
  for (name in c("W", "b", "c")) {
    slope <- vapply(seq_along(fit[[name]]), function(i) {
      moved <- function(by) {
        fit[[name]][i] <- fit[[name]][i] + by
        log_lik(fit)
      }
      -(moved(1e-5) - moved(-1e-5)) / 2e-5 / 40
    }, 0)
    expect_near(c(gradient[[name]]), slope, 1e-8)
  }
  expect_true(fit$training$maximum$converged)
  expect_output(print(fit), "of the cells are missing, in")
})

test_that("weights are how often cases count", {
  x <- holed()
  set.seed(5)
  weights <- sample(0:3, 24, TRUE)
  often <- x[rep(1:24, weights), ]
  weighted <- fit_table(x, 2, weights = weights)
  repeated <- fit_table(often, 2)
  expect_identical(weighted$columns$levels, repeated$columns$levels)
  # As the scale of a Gaussian column is that of the rows, not of the weights,
  # parameters are compared where there is none.
  bits <- x[c("a", "c", "d")]
  weighted <- fit_table(bits, 2, weights = weights)
  repeated <- fit_table(bits[rep(1:24, weights), ], 2)
  for (name in c("W", "b", "c", "d")) {
    expect_near(weighted[[name]], repeated[[name]], 1e-4)
  }
  expect_near(c(logLik(weighted)), c(logLik(repeated)), 1e-4)
  expect_identical(nobs(logLik(weighted)), nobs(logLik(repeated)) + 0)
  expect_output(print(weighted), sprintf("Cases weigh %d in all", sum(weights)))
})

test_that("objectives are of targets given the rest, of all, or of both", {
  x <- holed()
  joint <- fit_table(x, 1, target = "a")
  conditional <- fit_table(x, 1, target = "a", objective = "conditional")
  hybrid <- fit_table(x, 1, target = "a", objective = "hybrid")
  score <- function(fit) {
    seen <- which(!is.na(x$a))
    p <- predict(fit, x, type = "response", target = "a")
    mean(log(p[cbind(seen, as.integer(x$a)[seen])]))
  }
  expect_gt(score(conditional), score(joint) - 1e-6)
  expect_gt(logLik(joint), logLik(conditional))
  expect_output(print(conditional), "Of `a` given the other columns")
  expect_output(print(hybrid), "and 0.01 times that of all")
  expect_identical(predict(joint, x, type = "class"),
                   predict(joint, x, type = "class", target = "a"))
})

test_that("rows, columns and units that say nothing are told of", {
  x <- holed()
  x[5, ] <- NA
  x$same <- "k"
  x$same[5] <- NA
  set.seed(6)
  said <- function(code) {
    texts <- character()
    withCallingHandlers(code, message = function(message) {
      texts <<- c(texts, conditionMessage(message))
      invokeRestart("muffleMessage")
    })
    texts
  }
  one <- said(rbm_fit(x, 1, starts = 1, weight_decay = 0.1))
  x[6, 1:4] <- NA
  two <- said(fit <- rbm_fit(x, 1, starts = 1, weight_decay = 0.1))
  expect_said(c(one, two))
  expect_identical(fit$columns$kind[5], "constant")
  expect_identical(names(fit$b), c("a:p", "a:q", "a:r", "b", "c", "d", "d^2"))
})

test_that("a standard deviation that would go to 0 is held, with a warning", {
  set.seed(7)
  x <- data.frame(a = rep(c(0, 10), 200), b = rep(c("x", "y"), c(150, 250)))
  expect_warning(
    fit <- rbm_fit(x, 1, starts = 1, weight_decay = 1e-6,
                   units = c(a = "gaussian")),
    "standard deviation of `a`.*2 distinct values, all whole.*ordinal",
    class = "harmonium_warning_floor"
  )
  expect_output(print(fit), "Columns at the least standard deviation: `a`")
})

test_that("complete tables of two levels are fitted as 0 and 1 are", {
  set.seed(8)
  bits <- random_bits(30, 3)
  x <- data.frame(a = c("no", "yes")[bits[, 1] + 1], b = bits[, 2] == 1,
                  c = bits[, 3])
  fit <- fit_table(x, 1)
  same <- fit_table(`colnames<-`(bits, c("a", "b", "c")), 1)
  expect_identical(fit$W, same$W)
  expect_identical(rbm_hidden(fit, x), rbm_hidden(same, bits))
})

test_that("a fit starts from another of the same columns, and is made again", {
  x <- holed()
  fit <- fit_table(x, list(binary = 1, categorical = 3))
  again <- fit_table(x, init = fit)
  expect_identical(again$units, fit$units)
  expect_near(c(logLik(again)), c(logLik(fit)), 1e-4)
  expect_identical(names(fit$c), c("h1", "h2:1", "h2:2", "h2:3"))
  set.seed(1)
  expect_identical(coef(suppressMessages(update(fit))), coef(fit))
  path <- tempfile(fileext = ".rbm")
  rbm_save(fit, path)
  back <- rbm_load(path)
  expect_identical(coef(back), coef(fit))
  expect_identical(rbm_hidden(back, x), rbm_hidden(fit, x))
})

test_that("weights that are none are refused", {
  x <- holed()
  with <- function(value) rbm_fit(x, 1, weights = value)
  expect_said(c(
    refused(with(1:3), "weights_cases"),
    refused(with("a"), "weights_cases"),
    refused(with(factor(1:24)), "weights_cases"),
    refused(with(rep(TRUE, 24)), "weights_cases"),
    refused(with(c(NA, 1:23)), "weights_values"),
    refused(with(c(-1, -2, 1:22)), "weights_values"),
    refused(with(c(Inf, 1:23)), "weights_values"),
    refused(with(numeric(24)), "weights_values")
  ))
})

test_that("targets and objectives that do not go together are refused", {
  x <- holed()
  x$same <- "k"
  quiet <- function(...) suppressMessages(rbm_fit(x, 1, ...))
  expect_said(c(
    refused(quiet(target = "z"), "target_unknown"),
    refused(quiet(target = c("a", NA)), "target_unknown"),
    refused(quiet(target = 1), "target_unknown"),
    refused(quiet(target = character()), "target_unknown"),
    refused(quiet(target = "same"), "target_constant"),
    refused(quiet(target = "b", objective = "conditional"), "target_kind"),
    refused(quiet(target = c("a", "b"), objective = "hybrid"), "target_kind"),
    refused(quiet(target = c("a", "b", "c", "d")), "target_all"),
    refused(quiet(objective = "conditional"), "objective_target"),
    refused(quiet(objective = "best", target = "a"), "choice")
  ))
})

test_that("tables that cannot be fitted are refused", {
  x <- holed()
  fit <- fit_table(x, 1)
  quiet <- function(...) suppressMessages(rbm_fit(...))
  path <- tempfile()
  expect_said(c(
    refused(quiet(data.frame(a = c("x", "x"), b = c(5, NA)), 1),
            "table_constant"),
    refused(quiet(x, 2, init = fit), "init_units"),
    refused(quiet(x[1:3], init = fit), "units_columns"),
    refused(quiet(x, 1, image_dim = c(3, 3)), "image_dim"),
    refused(quiet(x, 0), "count"),
    refused(quiet(x, list(categorical = 1)), "hidden_levels"),
    refused(quiet(x, "two"), "hidden_kind"),
    refused(quiet(x, 1, verbose = NA), "flag"),
    refused(quiet(x, 1, keep_x = 2), "flag"),
    refused(quiet(x, 1, init = list(W = 1)), "init_table"),
    refused(quiet(x, 1, estimator = "pl"), "table_estimator"),
    refused(quiet(x, 17, estimator = "exact"), "steps_exact"),
    refused(quiet(x, 1, patience = 3), "steps_patience"),
    refused(quiet(x, 1, patience = 3, evaluate_every = 1), "steps_validation")
  ))
  expect_false(file.exists(path))
})

test_that("settings that a table cannot have by steps are refused", {
  x <- holed()
  x$other <- factor(rep_len(letters[1:9], nrow(x)))
  x$many <- factor(rep_len(LETTERS[1:9], nrow(x)))
  own <- function(...) suppressMessages(rbm_fit(x, 17, ...))
  expect_said(c(
    refused(own(validation = 2), "validation"),
    refused(own(validation = x[1:2]), "table_absent"),
    refused(own(callback = 5), "function"),
    refused(own(estimator = "pl"), "table_estimator"),
    refused(own(target = c("many", "other"), objective = "conditional"),
            "steps_objective")
  ))
})

test_that("a fit uses two random numbers, whatever the columns hold", {
  x <- data.frame(a = factor(c("p", "q", "r", "q", "r", "r")),
                  b = factor(c(1, 3, 2, 3, 1, 2), ordered = TRUE))
  expect_draws(rbm_fit(x, 1, starts = 1, weight_decay = 0.1), 2)
  expect_draws(rbm_fit(x[6:1, ], 1, estimator = "cd", epochs = 1), 2)
})

test_that("equal rows become one that counts as often", {
  titanic <- as.data.frame(Titanic)
  people <- titanic[rep(1:32, titanic$Freq), 1:4]
  fit <- function(...) {
    set.seed(1)
    suppressMessages(rbm_fit(..., hidden = 2, estimator = "pcd", epochs = 3,
                             verbose = FALSE))
  }
  seen <- titanic$Freq > 0
  once <- fit(people, collapse = TRUE)
  weighed <- fit(titanic[seen, 1:4], weights = titanic$Freq[seen])
  expect_identical(once$W, weighed$W)
  expect_identical(once$training$n, 24L)
  expect_output(print(once), "Cases weigh 2,201 in all")
  # Weights of equal rows add up; missing cells are equal, and rows of a matrix.
  x <- rbind(c(1, NA), c(0, 1), c(1, NA), c(0, 1), c(1, 0))
  found <- collapse_rows(x, c(1, 2, 3, 0.5, 4))
  expect_identical(found, list(x = x[c(1, 2, 5), ], weights = c(4, 2.5, 4)))
  expect_said(c(
    refused(rbm_fit(x, 1, missing = function(...) NULL), "choice"),
    refused(rbm_fit(x, 1, collapse = NA), "flag"),
    refused(rbm_fit(list(1), 1, collapse = TRUE), "collapse_data"),
    refused(rbm_fit(x, 1, collapse = TRUE, weights = 1), "weights_cases")
  ))
})
