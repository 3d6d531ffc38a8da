# Pictures by ggplot2, of the same data as those by base graphics.

mixed_fit <- function() {
  set.seed(1)
  u <- rnorm(150)
  x <- data.frame(kind = factor(ifelse(u > 0.5, "a", "b")),
                  visits = rpois(150, exp(0.3 * u)), size = 5 + u,
                  part = factor(sample(c("x", "y", "z"), 150, TRUE)))
  x$size[1:9] <- NA
  suppressMessages(rbm_fit(x, 2, units = c(visits = "poisson"), starts = 1,
                           weight_decay = 0.01))
}

test_that("every picture has a data frame of what it shows", {
  fit <- mixed_fit()
  weights <- picture_of(fit, "weights")
  expect_named(weights$data, c("hidden", "visible", "weight"))
  at <- cbind(as.character(weights$data$visible),
              as.character(weights$data$hidden))
  turned <- startsWith(at[, 2L], "-")
  at[, 2L] <- sub("^-", "", at[, 2L])
  expect_equal(weights$data$weight, ifelse(turned, -1, 1) * effects_of(fit)[at])
  h <- rbm_hidden(fit, fit$x)
  hidden <- picture_of(fit, "hidden", n = 150)$data
  expect_equal(hidden$mean, h[cbind(as.integer(as.character(hidden$case)),
                                    match(hidden$hidden, colnames(h)))])
  again <- picture_of(fit, "reconstruction", n = 5)$data
  expect_identical(levels(again$what), c("case", "reconstruction"))
  expect_true(all(again$value >= 0 & again$value <= 1, na.rm = TRUE))
  expect_identical(sum(is.na(again$value)), 1L) # a case without size
  trace <- picture_of(fit, "trace")$data
  expect_equal(trace$value[trace$measure == "Log-likelihood"],
               fit$training$history$log_lik)
})

test_that("moments are those of the data and of draws of the model", {
  set.seed(2)
  model <- rbm(matrix(c(2, -2, 2, 0), 4), c(-1, 1, -1, 0), 0,
               units = c("binary", "binomial(3)", "binary", "binary"))
  x <- rbm_sample(model, 3000, method = "exact")
  found <- picture_of(model, "moments", newdata = x, n = 20000)$data
  means <- found[found$kind == "mean", ]
  expect_equal(means$data, unname(colMeans(x)) / c(1, 3, 1, 1))
  exact <- rbm_moments(model, pairs = TRUE)
  expect_lt(max(abs(means$model * c(1, 3, 1, 1) - exact$v)), 0.04)
  pairs <- found[found$kind == "correlation", ]
  expect_equal(pairs$data, unname(cor(unclass(x))[upper.tri(diag(4))]))
  expect_lt(max(abs(pairs$data - pairs$model)), 0.1)
  expect_match(picture_of(model, "moments", newdata = x)$note, "2,000 exact")
  # Levels of a column are no pair, and what never varies has no correlation.
  fit <- mixed_fit()
  fit$x$kind <- "a"
  found <- picture_of(fit, "moments", newdata = fit$x)$data
  pairs <- found$set[found$kind == "correlation"]
  expect_false("part:x & part:y" %in% pairs)
  expect_true("size & part:x" %in% pairs)
  expect_false(any(grepl("kind", pairs)))
  expect_true(all(is.finite(c(found$data, found$model))))
})

test_that("moments of data count cases by their weights and what is seen", {
  set.seed(7)
  v <- matrix(rnorm(120), 30)
  v[cbind(1:8, rep(1:4, 2))] <- NA
  expect_equal(correlations(v, rep(1, 30)),
               cor(v, use = "pairwise.complete.obs"))
  times <- rep(1:3, 10)
  expect_equal(correlations(v, times),
               cor(v[rep(1:30, times), ], use = "pairwise.complete.obs"))
  table <- as.data.frame(Titanic)
  fit <- rbm_fit(table[1:4], 2, weights = table$Freq, starts = 1,
                 weight_decay = 0.001)
  found <- picture_of(fit, "moments")$data
  people <- table[rep(seq_len(32), table$Freq), ]
  expect_equal(found$data[found$set == "Survived"],
               mean(people$Survived == "Yes"))
  pair <- found$set == "Sex & Survived"
  expect_equal(found$data[pair], cor(people$Sex == "Female",
                                     people$Survived == "Yes"))
  expect_lt(abs(found$data[pair] - found$model[pair]), 0.1)
})

test_that("hidden units that are real numbers are not on or off", {
  set.seed(3)
  z <- rnorm(100)
  fit <- suppressMessages(rbm_fit(data.frame(a = z + rnorm(100), b = z),
                                  c(gaussian = 1), starts = 1))
  picture <- picture_of(fit, "hidden")
  expect_match(picture$title, "^Means of 1 hidden unit")
  expect_null(picture$activity)
  expect_gt(diff(range(picture$values)), 1)
})

test_that("titles and sizes of words can be chosen", {
  fit <- mixed_fit()
  pdf(NULL)
  on.exit(dev.off())
  size <- par("cex")
  expect_silent(plot(fit, "weights", main = "Mine", cex = 0.7))
  expect_silent(plot(fit, "moments", main = "", n = 50))
  expect_silent(plot(fit, "samples", n = 5, steps = 10))
  expect_silent(plot(fit, "reconstruction", n = 5))
  expect_identical(par("cex"), size)
  expect_error(plot(fit, main = 3), "`main` must be one text",
               class = "harmonium_error_text")
  expect_error(plot(fit, cex = 0), "`cex`", class = "harmonium_error_number")
})

test_that("autoplot() draws every picture", {
  skip_if_not_installed("ggplot2")
  pdf(NULL)
  on.exit(dev.off())
  digits <- rbm_fit(digits8$x[1:200, ] > 0.5, 4, epochs = 4, evaluate_every = 2,
                    validation = 0.1, image_dim = digits8$image_dim)
  types <- eval(formals(autoplot.rbm)$type)
  for (fit in list(mixed_fit(), digits)) {
    for (type in setdiff(types, if (nrow(fit$W) > 40) "network")) {
      expect_silent(p <- ggplot2::autoplot(fit, type))
      expect_s3_class(p, "ggplot")
      expect_silent(print(p))
      expect_match(ggplot2::get_alt_text(p), "[a-z]")
    }
  }
  pixels <- ggplot2::autoplot(digits, "weights", units = 2)$data
  expect_identical(matrix(pixels$weight, 8, byrow = TRUE),
                   matrix(unname(digits$W[, 2]), 8, byrow = TRUE))
  expect_identical(pixels$row, rep(1:8, each = 8L))
  expect_identical(pixels$column, rep(1:8, 8))
  expect_error(ggplot2::autoplot(digits, "weights", unit = 1),
               "Did you mean `units`", class = "harmonium_error_unknown")
  expect_error(ggplot2::autoplot(digits, "weights", n = 1),
               class = "harmonium_error_plot_argument")
  expect_error(ggplot2::autoplot(digits, "circles"),
               class = "harmonium_error_choice")
})
