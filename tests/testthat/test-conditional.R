# Sizes on both sides of what the core cuts work into: panels of 16 columns,
# words of 64 units, pieces of 512 cases.
shapes <- list(
  c(nv = 1, nh = 1, n = 1), c(nv = 1, nh = 5, n = 4), c(nv = 6, nh = 1, n = 3),
  c(nv = 15, nh = 16, n = 7), c(nv = 16, nh = 17, n = 3),
  c(nv = 17, nh = 15, n = 5), c(nv = 33, nh = 33, n = 2),
  c(nv = 4, nh = 40, n = 6), c(nv = 64, nh = 3, n = 2),
  c(nv = 65, nh = 31, n = 9), c(nv = 130, nh = 48, n = 4),
  c(nv = 7, nh = 4, n = 1100)
)

test_that("both conditionals and the reconstruction equal their R twins", {
  set.seed(1)
  for (shape in shapes) {
    nv <- shape[["nv"]]
    nh <- shape[["nh"]]
    n <- shape[["n"]]
    model <- random_model(nv, nh)
    for (some in list(random_bits, random_intensities)) {
      x <- some(n, nv)
      h <- some(n, nh)
      expect_near(rbm_hidden(model, x, "input"), hidden_input(model, x))
      expect_near(rbm_hidden(model, x), hidden_mean(model, x))
      expect_near(rbm_visible(model, h, "input"), visible_input(model, h))
      expect_near(rbm_visible(model, h), visible_mean(model, h))
      expect_near(predict(model, x, type = "hidden"), hidden_mean(model, x))
      expect_near(predict(model, x, type = "reconstruction"),
                  reconstruction(model, x))
    }
  }
})

test_that("data all off, all on, and one case on are no exceptions", {
  set.seed(2)
  model <- random_model(70, 18)
  for (x in list(matrix(0, 3, 70), matrix(1, 3, 70), diag(70))) {
    expect_near(rbm_hidden(model, x, "input"), hidden_input(model, x))
  }
})

test_that("samples are the given uniforms against the probabilities", {
  set.seed(3)
  for (shape in shapes) {
    model <- random_model(shape[["nv"]], shape[["nh"]])
    for (some in list(random_bits, random_intensities)) {
      x <- some(shape[["n"]], shape[["nv"]])
      h <- some(shape[["n"]], shape[["nh"]])
      key <- next_key()
      expect_identical(
        rbm_hidden(model, x, "sample") + 0,
        draw_states(hidden_mean(model, x), key, "hidden", step = 0, sweep = 0)
      )
      key <- next_key()
      expect_identical(
        rbm_visible(model, h, "sample") + 0,
        draw_states(visible_mean(model, h), key, "visible", step = 0, sweep = 0)
      )
    }
  }
})

test_that("the first type is the default, and each has its storage type", {
  set.seed(4)
  model <- random_model(5, 3)
  x <- random_bits(4, 5)
  h <- random_bits(4, 3)
  expect_identical(rbm_hidden(model, x), rbm_hidden(model, x, "probability"))
  expect_identical(rbm_visible(model, h), rbm_visible(model, h, "probability"))
  expect_identical(predict(model, x), predict(model, x, type = "hidden"))
  expect_type(rbm_hidden(model, x), "double")
  expect_type(rbm_hidden(model, x, "input"), "double")
  expect_type(rbm_hidden(model, x, "sample"), "integer")
  expect_type(rbm_visible(model, h, "sample"), "integer")
  expect_true(all(rbm_hidden(model, x, "sample") %in% 0:1))
})

test_that("extreme inputs give 0 and 1, never NaN", {
  model <- rbm(matrix(c(1e5, -1e5, 700, -700, 1e299, -1e299), 2),
               c = c(0, 0, 0))
  x <- diag(2)
  expect_identical(rbm_hidden(model, x),
                   rbind(c(1, 1, 1), c(0, exp(-700) / (1 + exp(-700)), 0)))
})

test_that("row and column names are carried", {
  set.seed(5)
  x <- random_bits(3, 4)
  dimnames(x) <- list(c("ann", "bob", "cy"), c("p", "q", "r", "s"))
  fit <- rbm_fit(x, 2, epochs = 1)
  expect_identical(dimnames(rbm_hidden(fit, x)),
                   list(rownames(x), c("h1", "h2")))
  expect_identical(dimnames(predict(fit, x, type = "reconstruction")),
                   dimnames(x))
  expect_identical(dimnames(fitted(fit)), dimnames(x))
  expect_identical(dimnames(residuals(fit)), dimnames(x))
  h <- rbm_hidden(fit, x, "sample")
  expect_identical(dimnames(h), list(rownames(x), c("h1", "h2")))
  expect_identical(dimnames(rbm_visible(fit, h)), dimnames(x))
  # Names of the units come from the model where the data have none.
  expect_identical(dimnames(predict(fit, unname(x), type = "reconstruction")),
                   list(NULL, colnames(x)))
  # No names at all give none.
  plain <- rbm(unname(fit$W))
  expect_null(dimnames(rbm_hidden(plain, unname(x))))
  expect_identical(dimnames(rbm_hidden(plain, x)), list(rownames(x), NULL))
})

test_that("fitted() and residuals() are about the training data", {
  set.seed(6)
  bits <- random_bits(9, 5)
  kinds <- list(bits, random_intensities(9, 5), bits > 0,
                array(as.raw(bits), dim(bits)),
                array(as.integer(bits), dim(bits)), as.data.frame(bits))
  for (x in kinds) {
    fit <- rbm_fit(x, 3, epochs = 2)
    plain <- if (is.raw(x)) bits else unname(as.matrix(x) + 0)
    expect_near(fitted(fit), reconstruction(fit, plain))
    expect_near(residuals(fit), plain - reconstruction(fit, plain))
    expect_identical(predict(fit), rbm_hidden(fit, x))
    expect_identical(predict(fit, type = "reconstruction"), fitted(fit))
  }
})

test_that("wrong input is refused", {
  named <- rbm(matrix(0.5, 3, 2, dimnames = list(c("a", "b", "c"), NULL)))
  plain <- rbm(matrix(0.5, 3, 2))
  x <- matrix(c(0, 1, 1), 1, 3, dimnames = list(NULL, c("a", "b", "c")))
  expect_said(c(
    refused(rbm_hidden(), "absent"),
    refused(rbm_hidden(plain), "absent"),
    refused(rbm_visible(h = x), "absent"),
    refused(rbm_visible(plain), "absent"),
    refused(rbm_hidden(coef(plain), x), "model"),
    refused(rbm_visible(NULL, x), "model"),
    refused(rbm_hidden(plain, x, type = "mean"), "choice"),
    refused(rbm_hidden(plain, x, type = NA), "choice"),
    refused(rbm_visible(plain, x, type = c("sample", "input")), "choice"),
    refused(predict(plain, x, type = "visible"), "choice"),
    refused(predict(plain, x, response = TRUE), "dots"),
    refused(predict(plain, x, "hidden", 5), "dots"),
    refused(rbm_hidden(plain, x[, 1:2, drop = FALSE]), "columns"),
    refused(rbm_hidden(plain, c(0, 1, 1)), "data"),
    refused(rbm_visible(plain, x), "columns"),
    refused(predict(plain, cbind(x, x)), "columns"),
    refused(predict(named, x[, 3:1, drop = FALSE]), "names_order"),
    refused(predict(named, cbind(a = 1, B = 0, c = 1)), "names"),
    refused(predict(named, as.data.frame(cbind(w = 1, x = 1, y = 1))), "names"),
    refused(predict(plain, x + NA, "pseudo_log_lik"), "missing"),
    refused(predict(plain, x / 0, "pseudo_log_lik"), "missing"),
    refused(rbm_hidden(plain, (x + 1) / 0), "infinite"),
    refused(rbm_visible(plain, matrix(c(2, -1), 1)), "range"),
    refused(predict(plain), "untrained"),
    refused(fitted(plain), "untrained"),
    refused(residuals(plain), "untrained")
  ))
})

test_that("a model without its data says so", {
  set.seed(7)
  fit <- rbm_fit(random_bits(5, 3), 2, epochs = 1, keep_x = FALSE)
  expect_said(c(
    refused(predict(fit), "not_kept"),
    refused(fitted(fit), "not_kept"),
    refused(residuals(fit), "not_kept"),
    refused(fitted(fit, x = 1), "dots"),
    refused(residuals(fit, "raw"), "choice")
  ))
})

test_that("a model that was changed by hand is refused before C sees it", {
  model <- rbm(matrix(0.5, 3, 2))
  x <- matrix(1, 1, 3)
  changed <- function(element, value) {
    model[[element]] <- value
    model
  }
  for (bad in list(
    changed("b", c(0, 0)), changed("c", c(0, NaN)), changed("c", NULL),
    changed("b", integer(3)), changed("b", list(0, 0, 0)),
    changed("W", matrix(1L, 3, 2)), changed("W", matrix(Inf, 3, 2)),
    changed("W", matrix(0, 2, 3)), changed("W", numeric(6)),
    changed("W", NULL), changed("units", c("binary", "binary")),
    changed("units", "gaussian")
  )) {
    refused(rbm_hidden(bad, x), "model_changed")
    refused(rbm_visible(bad, x[, 1:2]), "model_changed")
    refused(rbm_sample(bad, 2), "model_changed")
    refused(predict(bad, x, type = "reconstruction"), "model_changed")
  }
  expect_said(refused(rbm_hidden(changed("c", 1), x), "model_changed"))
  empty <- changed("W", matrix(0, 0, 2))
  empty$b <- numeric()
  refused(rbm_hidden(empty, matrix(0, 1, 0)), "model_changed")
})

test_that("residuals are scaled by what units are given the hidden layer", {
  set.seed(6)
  x <- data.frame(b = rbinom(60, 1, 0.4) == 1, g = rnorm(60, 10, 3),
                  p = rpois(60, 2), m = rbinom(60, 5, 0.3),
                  k = factor(sample(c("u", "v", "w"), 60, TRUE)))
  fit <- suppressMessages(rbm_fit(x, 2, starts = 1, weight_decay = 0.01,
                                  units = c(p = "poisson", m = "binomial(5)")))
  mean <- fitted(fit)
  pearson <- residuals(fit, "pearson")
  off <- residuals(fit)
  expect_identical(dimnames(pearson), dimnames(mean))
  expect_near(pearson[, "b"], off[, "b"] / sqrt(mean[, "b"] *
                                                  (1 - mean[, "b"])))
  expect_near(pearson[, "p"], off[, "p"] / sqrt(mean[, "p"]))
  expect_near(pearson[, "g"], off[, "g"] / (fit$columns$scale[2] *
                                              exp(-fit$d[["g"]] / 2)))
  expect_near(pearson[, "m"], off[, "m"] /
                sqrt(mean[, "m"] * (1 - mean[, "m"] / 5)))
  deviance <- residuals(fit, "deviance")
  families <- list(
    b = function(x, m) stats::binomial()$dev.resids(x, m, 1),
    p = function(x, m) stats::poisson()$dev.resids(x, m, 1),
    m = function(x, m) stats::binomial()$dev.resids(x / 5, m / 5, 5),
    "k:v" = function(x, m) stats::binomial()$dev.resids(x, m, 1)
  )
  seen <- cbind(b = x$b, p = x$p, m = x$m, "k:v" = x$k == "v")
  for (name in names(families)) {
    expect_near(unname(deviance[, name]^2),
                families[[name]](seen[, name] + 0, unname(mean[, name])))
    expect_identical(sign(deviance[, name]), sign(off[, name]))
  }
  plain <- rbm_fit(digits8$x[1:50, ], 4, epochs = 2)
  p <- fitted(plain)
  expect_near(residuals(plain, "pearson"), (digits8$x[1:50, ] - p) /
                sqrt(p * (1 - p)))
  expect_true(all(is.finite(residuals(plain, "deviance"))))
  x$o <- factor(sample(1:4, 60, TRUE), ordered = TRUE)
  other <- suppressMessages(rbm_fit(x[c("b", "o")], 1, starts = 1))
  expect_error(residuals(other, "pearson"), "of the kind `ordinal`",
               class = "harmonium_error_residual_kinds")
  expect_identical(dim(residuals(other)), dim(fitted(other)))
})
