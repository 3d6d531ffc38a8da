# Deviances of cells given the hidden layer, by the twin's states one by one.
testthat::skip_on_cran()

test_that("deviances are -2 log p of each cell given the hidden means", {
  machine <- table_machine(1)
  set.seed(2)
  x <- table_states(machine$columns, 40, 0)
  object <- machine$object
  table <- table_shape(
    data.frame(column = letters[1:8], kind = c("binary", "categorical",
                                               "ordinal", "ordinal", "binomial",
                                               "count", "poisson", "gaussian"),
               size = c(1, 3, 4, 5, 3, 6, 1, 1),
               rows = c(1L, 3L, 1L, 2L, 1L, 1L, 1L, 1L)),
    object$units[["hidden"]], 5L
  )
  model <- list(W = unname(object$W), b = unname(object$b),
                c = unname(object$c), d = unname(object$d))
  cases <- table_cases(x, NULL, NULL)
  found <- deviance_by_kind(model, cases, table)
  h <- unname(rbm_hidden(object, x))
  at <- rep(1:8, c(1, 3, 1, 2, 1, 1, 1, 1))
  each <- vapply(1:8, function(q) {
    column <- machine$columns[[q]]
    mean(vapply(seq_len(40), function(s) {
      sent <- drop(column$W %*% h[s, ])
      v <- x[s, at == q]
      saturated <- switch(column$kind,
        gaussian = -log(2 * pi) / 2,
        poisson = dpois(v, v, log = TRUE),
        0
      )
      2 * (saturated + twin_column(column, NA, sent) -
             twin_column(column, v, sent))
    }, 0))
  }, 0)
  kinds <- c("binary", "categorical", "ordinal", "ordinal", "binomial", "count",
             "poisson", "gaussian")
  expect_near(found, c(tapply(each, kinds, mean))[names(found)], 1e-10)
  # Weights count, and holes do not.
  weights <- rep(c(1, 3), 20)
  cases$weight <- weights
  again <- table_cases(x[rep(1:40, weights), ], NULL, NULL)
  expect_near(deviance_by_kind(model, cases, table),
              deviance_by_kind(model, again, table))
})

test_that("hidden means are those of every kind of hidden unit", {
  table <- table_shape(data.frame(column = "a", kind = "binary", size = 1,
                                  rows = 1L),
                       "relu(1)+normal(1)", 2L)
  a <- rbind(c(-40, 2), c(-3, 0), c(5, -1))
  found <- means_given_input(a, table)
  relu <- vapply(a[-1, 1], function(a) {
    weight <- function(x) exp(a * x - x^2 / 2 - max(a, 0)^2 / 2)
    integrate(function(x) x * weight(x), 0, 40)$value /
      integrate(weight, 0, 40)$value
  }, 0)
  expect_near(found[-1, 1], relu, 1e-6)
  expect_near(found[1, 1], 1 / 40, 1e-4)
  expect_identical(found[, 2], a[, 2])
})

test_that("the history of a table has them, and goes on when it is resumed", {
  set.seed(3)
  z <- rbinom(300, 1, 0.5)
  x <- data.frame(a = factor(letters[1 + z + rbinom(300, 1, 0.2)]),
                  n = round(rnorm(300) + 2 * z, 1), k = rpois(300, 1 + z))
  x$n[1:20] <- NA
  fit <- suppressMessages(rbm_fit(
    x, 4, units = c(k = "poisson"), epochs = 20, validation = 0.2,
    learning_rate = 0.05, verbose = FALSE
  ))
  history <- fit$training$history
  kinds <- c("categorical", "gaussian", "poisson")
  wanted <- c(paste0("deviance_", kinds), paste0("valid_deviance_", kinds))
  expect_true(all(wanted %in% names(history)))
  expect_false(anyNA(history[20, wanted]))
  alone <- fit$training$table$deviance
  expect_named(alone, kinds)
  expect_lt(history$deviance_categorical[20], alone[["categorical"]])
  expect_lt(history$deviance_gaussian[20], alone[["gaussian"]])
  expect_output(print(fit), "Deviance per cell given the hidden units")
  more <- suppressMessages(rbm_resume(fit, epochs = 5))$training$history
  expect_identical(more[1:20, wanted], history[, wanted])
  expect_false(anyNA(more[nrow(more), wanted]))
})
