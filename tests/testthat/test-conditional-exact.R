# Exact conditional laws, by the law of all states. Machines of 9 visible units
# with up to 9 free take both ways through the code: few free ones by their
# states, more by a walk.

fitting <- function(row) {
  v <- all_states(length(row))
  colSums(is.na(row) | t(v) == row) == length(row)
}

twin_given <- function(model, row) {
  v <- all_states(length(row))
  law <- visible_law(model) * fitting(row)
  list(mean = colSums(law * v) / sum(law), log_prob = log(sum(law)),
       law = law / sum(law))
}

unname_rows <- function(x) {
  rownames(x) <- NULL
  x
}

random_given <- function(n, units, free) {
  x <- random_bits(n, units)
  for (i in seq_len(n)) {
    x[i, sample(units, free[(i - 1) %% length(free) + 1])] <- NA
  }
  x
}

test_that("probabilities are those of all states", {
  set.seed(1)
  for (shape in list(c(9, 4), c(9, 12), c(1, 3), c(9, 1))) {
    model <- random_model(shape[1L], shape[2L], sd = 1.5)
    free <- if (shape[1L] == 1L) 0:1 else 0:9
    given <- random_given(30, shape[1L], free)
    given <- given[c(1:30, 4:9), , drop = FALSE] # rows that are alike
    twins <- lapply(seq_len(nrow(given)), function(i) {
      twin_given(model, given[i, ])
    })
    p <- rbm_conditional(model, given)
    expect_near(p, do.call(rbind, lapply(twins, `[[`, "mean")), 1e-10)
    expect_identical(p[!is.na(given)], given[!is.na(given)])
    log_prob <- rbm_conditional(model, given, type = "log_prob")
    expect_near(log_prob, vapply(twins, `[[`, 1, "log_prob"), 1e-10)
  }
})

# False alarms: 5 chi-squares at 5e-7.
test_that("samples have the law of the free units together", {
  set.seed(2)
  for (hidden in c(3, 12)) {
    model <- random_model(9, hidden, sd = 1.5)
    for (free in list(c(2, 5), c(1, 2, 3, 5, 6, 7, 9))) {
      row <- drop(random_bits(1, 9))
      row[free] <- NA
      other <- 1 - row # the same pattern, done at the same time
      n <- 20000
      given <- rbind(row, other)[rep(1:2, n), ]
      x <- rbm_conditional(model, given, type = "sample")
      expect_type(x, "integer")
      law <- twin_given(model, row)$law
      expect_gt(law_p_value(state_numbers(x[seq(1, 2 * n, 2), ]), law), 5e-7)
    }
  }
  law <- twin_given(model, other)$law
  expect_gt(law_p_value(state_numbers(x[seq(2, 2 * n, 2), ]), law), 5e-7)
})

test_that("rows of one call are drawn independently", {
  set.seed(3)
  model <- random_model(8, 3)
  # Two rows whose free parts are equally distributed: 1000 pairs that were
  # always equal would be one draw used twice.
  for (free in c(3, 8)) {
    given <- random_bits(1, 8)
    given[seq_len(free)] <- NA
    x <- rbm_conditional(model, given[rep(1, 2000), ], type = "sample")
    same <- rowSums(x[1:1000, ] != x[1001:2000, ]) == 0
    expect_lt(mean(same), 0.9)
  }
})

test_that("a machine of many units is done where few of them are free", {
  set.seed(4)
  model <- random_model(60, 40, sd = 0.2)
  given <- random_given(3, 60, c(1, 5, 8))
  p <- rbm_conditional(model, given)
  for (i in 1:3) {
    free <- which(is.na(given[i, ]))
    v <- given[rep(i, 2^length(free)), ]
    v[, free] <- all_states(length(free))
    weight <- -free_energy(model, v)
    weight <- exp(weight - log_sum_exp(weight))
    expect_near(p[i, free], colSums(weight * v)[free], 1e-10)
  }
  log_z <- rbm_log_z(model, method = "ais", tol = 5, runs = 20)
  found <- rbm_conditional(model, given, type = "log_prob", log_z = log_z)
  expect_identical(attr(found, "method"), "ais")
  expect_identical(attr(found, "se"), log_z$se)
  expect_near(found[1L], log_sum_exp(-free_energy(
    model, rbind(ifelse(is.na(given[1L, ]), 0, given[1L, ]),
                 ifelse(is.na(given[1L, ]), 1, given[1L, ]))
  )) - log_z$log_z, 1e-10)
})

test_that("what is given goes by name where there are names", {
  W <- matrix(stats::rnorm(6), 3, dimnames = list(c("a", "b", "c"), NULL))
  model <- rbm(W)
  full <- rbind(one = c(1, NA, 0), two = c(NA, NA, 1))
  p <- rbm_conditional(model, full)
  expect_identical(dimnames(p), list(c("one", "two"), c("a", "b", "c")))
  named <- full[, c(3, 1)]
  colnames(named) <- c("c", "a")
  expect_identical(rbm_conditional(model, named), p)
  expect_identical(rbm_conditional(model, c(c = 0, a = 1)),
                   unname_rows(p[1L, , drop = FALSE]))
  expect_identical(rbm_conditional(model, as.data.frame(named)), p)
  # Where some have no name, all stand at their place.
  expect_identical(rbm_conditional(model, c(1, NA, c = 0)),
                   unname_rows(p[1L, , drop = FALSE]))
  expect_identical(rbm_conditional(model, full == 1), p)
  set.seed(5)
  expect_draws(rbm_conditional(model, full, type = "sample"), 2L)
  expect_draws(rbm_conditional(model, full), 0L)
})

test_that("wrong arguments are refused", {
  model <- rbm(matrix(0.1, 3, 2, dimnames = list(c("a", "b", "c"), NULL)))
  large <- rbm(matrix(0.01, 40, 30))
  set.seed(6)
  expect_said(c(
    refused(rbm_conditional(), "absent"),
    refused(rbm_conditional(model), "absent"),
    refused(rbm_conditional(list(), c(1, 0, 1)), "model"),
    refused(rbm_conditional(model, NULL), "given_null"),
    refused(rbm_conditional(model, c(1, 0)), "given_columns"),
    refused(rbm_conditional(model, c(1, 2, NaN)), "given_values"),
    refused(rbm_conditional(model, rbind(c(a = 1, z = 0, y = 1))),
            "given_names"),
    refused(rbm_conditional(model, c(b = 1, b = 0)), "given_twice"),
    refused(rbm_conditional(model, c(1, 0, a = 0)), "given_twice"),
    refused(rbm_conditional(model, c(1, b = 0)), "given_columns"),
    refused(rbm_conditional(model, "a"), "data"),
    refused(rbm_conditional(model, c(1, 0, 1), type = "mean"), "choice"),
    refused(rbm_conditional(model, c(1, 0, 1), log_z = 3), "dots"),
    refused(rbm_conditional(large, rep(NA, 40)), "too_free"),
    refused(rbm_sample(large, 2, method = "exact", given = rep(NA, 40)),
            "too_free")
  ))
})

test_that("what is given may be sparse, and names must be of one unit", {
  skip_if_not_installed("Matrix")
  model <- rbm(matrix(1:8 / 4, 4, 2, dimnames = list(letters[1:4], NULL)))
  given <- Matrix::Matrix(c(1, 0, 0, 1), 1, sparse = TRUE,
                          dimnames = list(NULL, c("d", "a", "b", "c")))
  expect_identical(rbm_conditional(model, given),
                   rbm_conditional(model, as.matrix(given)))
  twice <- rbm(matrix(1:6 / 4, 3, 2, dimnames = list(c("a", "a", "b"), NULL)))
  expect_error(rbm_conditional(twice, c(a = 1)), "several units of the model",
               class = "harmonium_error_given_shared")
  expect_error(rbm_sample(twice, 1, given = c(a = 1, b = 0)), "in their order",
               class = "harmonium_error_given_shared")
  whole <- c(a = 1, a = NA, b = 0)
  expect_identical(unname(rbm_conditional(twice, whole)),
                   unname(rbm_conditional(twice, unname(whole))))
  expect_no_error(rbm_conditional(twice, c(b = 1)))
})

test_that("several draws for each row are asked for by chains", {
  model <- rbm(matrix(0, 3, 2))
  known <- rbind(c(1, NA, NA), c(0, NA, NA))
  expect_error(rbm_sample(model, 6, given = known), "chains = 2",
               class = "harmonium_error_given_rows")
  drawn <- rbm_sample(model, 6, chains = 2, steps = 2, given = known)
  expect_identical(drawn[, 1], rep(1:0, each = 3L))
})
