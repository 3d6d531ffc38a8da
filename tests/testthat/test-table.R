# Models of tables: against sums over all states, of which some are not seen.

# A categorical column, a binary one and an ordinal one above a binary and a
# categorical hidden unit.
mixed_machine <- function() {
  set.seed(1)
  rbm(matrix(rnorm(18), 6L, 3L), rnorm(6), rnorm(3),
      units = c("categorical(3)", "binary", "ordinal(levels = 4, degree = 2)"),
      hidden = list(binary = 1, categorical = 2), d = rnorm(2))
}

# A row for each state of both layers, with p(v, h).
mixed_twin <- function(model) {
  score <- (0:3) / 3
  bend <- (2 * score - 1)^2 - mean((2 * score - 1)^2)
  at <- expand.grid(a = 1:3, b = 0:1, c = 1:4, g = 0:1, h = 1:2)
  v <- cbind(diag(3)[at$a, ], at$b, score[at$c], bend[at$c])
  h <- cbind(at$g, diag(2)[at$h, ])
  base <- c(0, model$d, 0)[at$c]
  log_p <- drop(v %*% model$b + h %*% model$c) + rowSums((v %*% model$W) * h) +
    base
  log_z <- log_sum_exp(log_p)
  list(v = v, h = h, p = exp(log_p - log_z), log_z = log_z, at = at)
}

test_that("a model of mixed kinds is the sum over its states", {
  model <- mixed_machine()
  twin <- mixed_twin(model)
  expect_near(rbm_log_z(model)$log_z, twin$log_z)
  found <- rbm_moments(model)
  expect_near(found$v, colSums(twin$p * twin$v))
  expect_near(found$h, colSums(twin$p * twin$h))
  expect_near(found$vh, crossprod(twin$v, twin$p * twin$h))
  state <- do.call(paste, twin$at[1:3])
  first <- which(!duplicated(state))
  p_v <- drop(rowsum(twin$p, match(state, state[first])))
  expect_near(predict(model, twin$v[first, ], type = "log_prob"), log(p_v))
  expect_near(c(logLik(model, twin$v[first, ])), sum(log(p_v)), 1e-11)
})

test_that("what is missing is summed out", {
  model <- mixed_machine()
  twin <- mixed_twin(model)
  x <- rbind(c(0, 1, 0, NA, twin$v[30, 5:6]), c(NA, NA, NA, 1, NA, NA),
             c(rep(NA, 3), 0, twin$v[1, 5:6]), NA)
  seen <- lapply(seq_len(4), function(i) {
    colSums(t(twin$v) == x[i, ] | is.na(x[i, ])) == 6
  })
  log_p <- vapply(seen, function(at) log(sum(twin$p[at])), 0)
  h <- t(vapply(seen, function(at) {
    colSums((twin$p * twin$h)[at, , drop = FALSE]) / sum(twin$p[at])
  }, numeric(3)))
  expect_near(predict(model, x, type = "log_prob"), log_p)
  expect_near(rbm_free_energy(model, x), -log_p - twin$log_z)
  expect_near(rbm_hidden(model, x), h)
  # The gradient of a mean is that of all averages.
  gradient <- rbm_gradient(model, x)
  mean_of <- function(f) {
    rowMeans(vapply(seen, function(at) {
      colSums((twin$p * f)[at, , drop = FALSE]) / sum(twin$p[at])
    }, numeric(ncol(f))))
  }
  expect_near(gradient$b, colSums(twin$p * twin$v) - mean_of(twin$v))
  expect_near(gradient$c, colSums(twin$p * twin$h) - mean_of(twin$h))
})

test_that("holes in 0 and 1 are summed out of binary machines", {
  set.seed(2)
  model <- random_model(3, 2)
  joint <- twin_joint(model)
  p_v <- rowSums(joint$p)
  x <- rbind(c(1, NA, 0), c(NA, NA, NA), c(0, 1, 1), c(NaN, 0, NA))
  log_p <- apply(x, 1L, function(row) {
    log(sum(p_v[colSums(t(joint$v) == row | is.na(row)) == 3]))
  })
  expect_near(predict(model, x, type = "log_prob"), log_p)
  expect_near(rbm_free_energy(model, x), -log_p - joint$log_z)
  expect_near(c(logLik(model, x)), sum(log_p), 1e-11)
  expect_near(rbm_free_energy(model, x[2, , drop = FALSE]), -joint$log_z)
  expect_near(rbm_hidden(model, x[2, , drop = FALSE]),
              matrix(rbm_moments(model)$h, 1L))
  gradient <- rbm_gradient(model, x[c(2, 2), ])
  expect_near(unlist(gradient[c("W", "b", "c")]), numeric(11))
})

test_that("draws of a table have the law of the model, and its classes", {
  model <- mixed_machine()
  twin <- mixed_twin(model)
  set.seed(3)
  drawn <- rbm_sample(model, 5000)
  key <- function(v) paste(max.col(v[, 1:3]), v[, 4], round(3 * v[, 5]))
  states <- unique(key(twin$v))
  law <- vapply(states, function(state) sum(twin$p[key(twin$v) == state]), 0)
  expect_gt(law_p_value(match(key(unclass(drawn)), states), law), 1e-6)
  given <- twin$v[5, ]
  given[4] <- NA
  held <- rbm_sample(model, 50, given = given)
  expect_near(held[, -4], matrix(given[-4], 50L, 5L, byrow = TRUE))
})

test_that("targets are predicted by Bayes' rule from the others", {
  fit <- fit_of_table()
  p <- predict(fit, fit$x, type = "response")
  expect_identical(colnames(p), levels(fit$x$a))
  expect_near(rowSums(p), rep(1, 60))
  each <- vapply(levels(fit$x$a), function(level) {
    x <- fit$x
    x$a[] <- level
    predict(fit, x, type = "log_prob")
  }, numeric(60))
  expect_near(p, exp(each) / rowSums(exp(each)), 1e-11)
  class <- predict(fit, fit$x[c("c", "b")], type = "class")
  expect_identical(class, factor(levels(fit$x$a)[max.col(p, "first")],
                                 levels(fit$x$a)))
  both <- predict(fit, fit$x["b"], type = "class", target = c("a", "c"))
  expect_s3_class(both, "data.frame")
  expect_type(both$c, "logical")
  number <- predict(fit, fit$x[c("a", "c")], type = "response", target = "b")
  expect_named(number, c("mean", "sd"))
  expect_identical(nrow(number), 60L)
})

test_that("columns of new data go by name, and must be those of the fit", {
  fit <- fit_of_table()
  x <- fit$x
  expected <- rbm_hidden(fit, x)
  expect_identical(rbm_hidden(fit, x[3:1]), expected)
  expect_identical(rbm_hidden(fit, transform(x, a = as.character(a))), expected)
  expect_identical(rbm_hidden(fit, transform(x, c = c + 0)), expected)
  same <- data.frame(one = "k", u = c("v", "w", "w", "v"))
  set.seed(5)
  constant <- suppressMessages(rbm_fit(same, 1, starts = 1, weight_decay = 0.1))
  counts <- suppressMessages(
    rbm_fit(data.frame(n = c(0, 4, 1, 5), a = c("x", "y", "y", "z")), 1,
            starts = 1, weight_decay = 0.1, units = c(n = "count(5)"))
  )
  expect_said(c(
    refused(rbm_hidden(fit, x[-2]), "table_absent"),
    refused(rbm_hidden(fit, x["b"]), "table_absent"),
    refused(rbm_hidden(fit, cbind(x, z = 1)), "table_more"),
    refused(rbm_hidden(fit, cbind(x, b = 1)), "table_names"),
    refused(rbm_hidden(fit, transform(x, a = "s")), "levels_unknown"),
    refused(rbm_hidden(fit, transform(x, c = 2)), "levels_unknown"),
    refused(rbm_hidden(fit, transform(x, b = "1")), "column_kind"),
    refused(rbm_hidden(fit, transform(x, b = 1 / 0)), "column_infinite"),
    refused(rbm_hidden(fit, as.list(x)), "table"),
    refused(rbm_hidden(constant, transform(same, one = "l")),
            "column_constant"),
    refused(rbm_hidden(counts, data.frame(n = 6, a = "x")), "counts_new"),
    refused(rbm_hidden(counts, data.frame(n = -1, a = "x")), "counts_new"),
    refused(rbm_hidden(counts, data.frame(n = 0.5, a = "x")), "counts_new")
  ))
})

test_that("values that are no states of their units are refused", {
  model <- mixed_machine()
  v <- rbind(c(0, 1, 0, 1, 0, 1 - mean((2 * (0:3) / 3 - 1)^2)))
  with <- function(at, value) {
    v[at] <- value
    v
  }
  numbers <- rbm(matrix(0, 3, 1), units = c("poisson", "count(4)", "gaussian"))
  expect_length(rbm_free_energy(model, v), 1L)
  expect_said(c(
    refused(rbm_free_energy(model, with(4, 2)), "unit_values"),
    refused(rbm_free_energy(model, with(1, 1)), "unit_values"),
    refused(rbm_free_energy(model, with(1, NA)), "unit_values"),
    refused(rbm_free_energy(model, with(5, 0.5)), "unit_values"),
    refused(rbm_free_energy(model, with(5, 4 / 3)), "unit_values"),
    refused(rbm_free_energy(model, with(6, 0)), "unit_values"),
    refused(rbm_free_energy(numbers, rbind(c(-1, 0, 0))), "unit_values"),
    refused(rbm_free_energy(numbers, rbind(c(0, 5, 0))), "unit_values"),
    refused(rbm_free_energy(numbers, rbind(c(0, 1, Inf))), "unit_values"),
    refused(rbm_free_energy(rbm(diag(2)), rbind(c(NA, 0.5))), "unit_values")
  ))
})

test_that("what a model of a table cannot do is refused", {
  set.seed(6)
  model <- mixed_machine()
  v <- mixed_twin(model)$v[1:2, ]
  hole <- v
  hole[1, 4] <- NA
  fit <- fit_of_table()
  torn <- fit
  torn$x$b[] <- NA
  wide <- random_model(3, 17)
  expect_said(c(
    refused(sizes_of(model), "units_general"),
    refused(rbm_hidden(model, hole, "input"), "missing_input"),
    refused(predict(model, hole, "pseudo_log_lik"), "missing_cells"),
    refused(rbm_visible(model, matrix(2, 1, 3)), "hidden_values"),
    refused(rbm_visible(model, matrix(NA_real_, 1, 3)), "hidden_values"),
    refused(rbm_gradient(wide, rbind(c(1, NA, 0))), "hidden_states"),
    refused(rbm_sample(model, 2, chains = 2, start = v[c(1, 1, 1), ]),
            "start_rows"),
    refused(rbm_sample(model, 2, steps = 10, method = "exact"), "no_chain"),
    refused(rbm_sample(torn, 2, start = "data"), "start_incomplete"),
    refused(rbm_sample(fit, 5, given = fit$x[1:2, ]), "given_rows_many"),
    refused(rbm_sample(fit, 5, given = list(z = 1)), "given_unknown"),
    refused(rbm_conditional(fit, list(z = 1, y = 2)), "given_unknown"),
    refused(predict(fit, fit$x, type = "class", target = "b"), "target_class"),
    refused(predict(fit, fit$x, type = "class", target = "z"), "target_names"),
    refused(predict(fit, fit$x, type = "response", target = 1), "target_names"),
    refused(predict(fit, fit$x, type = "response", target = character()),
            "target_names"),
    refused(predict(model, v, type = "class", target = "a"), "impute_columns"),
    refused(predict(wide, v[, 1:3] > 0, type = "class"), "target_missing")
  ))
})

test_that("parameters and kinds of a model that do not fit are refused", {
  W <- matrix(0, 4, 3)
  expect_said(c(
    refused(rbm(W, units = c("gaussian", "categorical")), "units_size"),
    refused(rbm(W, units = c("gaussian", "count")), "units_size"),
    refused(rbm(W, units = c("gaussian", "categorical(2)")), "units_rows"),
    refused(rbm(W, units = c(a = "gaussian", b = "categorical(3)")),
            "units_named"),
    refused(rbm(W, units = c("gaussian", "categorical(101)")), "units_range"),
    refused(rbm(W, units = c("gaussian", "categorical(3)"), d = 1:2), "extras"),
    refused(rbm(W, units = "gaussian", d = c(0, 0, 0, NA)), "extras"),
    refused(rbm(W, hidden = "three"), "hidden_kind"),
    refused(rbm(W, hidden = list(3)), "hidden_kind"),
    refused(rbm(W, hidden = list(binary = 1, binary = 2)), "hidden_kind"),
    refused(rbm(W, hidden = list(categorical = 1)), "hidden_levels"),
    refused(rbm(W, hidden = list(categorical = c(3, 101))), "hidden_levels"),
    refused(rbm(W, hidden = list(categorical = "a")), "hidden_levels"),
    refused(rbm(W, hidden = list(binary = 2)), "hidden_columns"),
    refused(rbm(W, hidden = list(categorical = 4)), "hidden_columns"),
    refused(rbm(W, hidden = list(binary = 0)), "count")
  ))
})
