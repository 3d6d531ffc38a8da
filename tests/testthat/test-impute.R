# Missing cells that are filled in.

# A table with holes in columns of every class, and a fit of it.
holes <- function() {
  set.seed(1)
  n <- 30L
  x <- data.frame(
    factor = factor(sample(c("p", "q", "r"), n, TRUE)),
    ordered = factor(sample(c("s", "m", "l", "xl"), n, TRUE),
                     c("s", "m", "l", "xl"), ordered = TRUE),
    text = sample(c("u", "v"), n, TRUE), flag = runif(n) < 0.5,
    number = rnorm(n, 10, 3), count = rbinom(n, 5, 0.5),
    events = rpois(n, 2), same = "k", stringsAsFactors = FALSE
  )
  for (name in names(x)) {
    x[[name]][sample(n, 4L)] <- NA
  }
  x
}

fit_of_holes <- function() {
  set.seed(2)
  suppressMessages(rbm_fit(holes(), 2, starts = 1, weight_decay = 0.1,
                           units = c(count = "count(5)", events = "poisson")))
}

test_that("only missing cells are filled in, with values of their class", {
  x <- holes()
  fit <- fit_of_holes()
  for (value in c("draw", "mean", "mode", "median")) {
    set.seed(3)
    filled <- rbm_impute(fit, x, value = value)
    expect_false(anyNA(filled))
    for (name in names(x)) {
      seen <- !is.na(x[[name]])
      expect_identical(filled[[name]][seen], x[[name]][seen])
      expect_identical(class(filled[[name]]), class(x[[name]]))
    }
    expect_true(all(filled$same == "k"))
    expect_true(all(filled$count >= 0 & filled$count <= 5))
    expect_true(all(filled$events >= 0))
  }
  expect_identical(rbm_impute(fit, value = "mode"),
                   rbm_impute(fit, x, value = "mode"))
  # Rows have their names still, and other columns their order.
  rownames(x) <- paste0("case", seq_len(30))
  turned <- rbm_impute(fit, x[8:1], value = "mode")
  expect_identical(dimnames(turned), dimnames(x[8:1]))
  expect_identical(turned$factor, rbm_impute(fit, x, value = "mode")$factor)
})

test_that("best values are those of the distributions given what is seen", {
  x <- holes()
  fit <- fit_of_holes()
  mean <- rbm_impute(fit, x, value = "mean")
  mode <- rbm_impute(fit, x, value = "mode")
  law <- predict(fit, x, type = "response", target = "factor")
  gone <- is.na(x$factor)
  expect_identical(as.integer(mode$factor)[gone], max.col(law)[gone])
  expect_identical(mean$factor, mode$factor)
  number <- predict(fit, x, type = "response", target = "number")
  gone <- is.na(x$number)
  expect_near(mean$number[gone], number$mean[gone])
  expect_identical(mean$number, mode$number)
  law <- predict(fit, x, type = "response", target = "ordered")
  gone <- is.na(x$ordered)
  half <- rowSums(t(apply(law, 1L, cumsum)) < 0.5) + 1
  expect_equal(as.integer(rbm_impute(fit, x, value = "median")$ordered)[gone],
               half[gone])
})

test_that("draws have the law of the model given what is seen", {
  set.seed(4)
  model <- random_model(3, 2)
  p <- rowSums(twin_joint(model)$p)
  v <- all_states(3)
  x <- matrix(c(1, NA, NA), 4000, 3, byrow = TRUE)
  filled <- rbm_impute(model, x)
  expect_true(all(filled[, 1] == 1))
  fits <- v[, 1] == 1
  number <- match(paste(filled[, 2], filled[, 3]),
                  paste(v[fits, 2], v[fits, 3]))
  expect_gt(law_p_value(number, p[fits] / sum(p[fits])), 1e-6)
})

test_that("a matrix stays a matrix, of its type and names", {
  set.seed(5)
  model <- random_model(3, 2)
  x <- matrix(c(TRUE, NA, FALSE, NA, NA, TRUE), 2, 3,
              dimnames = list(c("one", "two"), c("a", "b", "c")))
  filled <- rbm_impute(model, unname(x))
  expect_type(filled, "logical")
  expect_identical(filled[!is.na(x)], x[!is.na(x)])
  filled <- rbm_impute(model, x + 0)
  expect_identical(dimnames(filled), dimnames(x))
  expect_false(anyNA(filled))
  # And a data frame one, with 0 and 1 of its columns.
  frame <- rbm_impute(model, stats::setNames(as.data.frame(unname(x)),
                                             c("V1", "V2", "V3")))
  expect_s3_class(frame, "data.frame")
  expect_false(anyNA(frame))
})

test_that("cells of other classes than the fit's take its values as theirs", {
  x <- holes()
  fit <- fit_of_holes()
  mode <- rbm_impute(fit, x, value = "mode")
  other <- transform(x, factor = as.character(factor), text = factor(text),
                     flag = flag + 0L)
  filled <- rbm_impute(fit, other, value = "mode")
  expect_identical(filled$factor, as.character(mode$factor))
  expect_identical(filled$text, factor(mode$text))
  expect_identical(filled$flag, as.integer(mode$flag))
  # A factor that lacks a level which is filled in, and what is all missing.
  few <- x[is.na(x$factor), ]
  few$factor <- factor(c("p", NA, NA, NA), "p")
  few$text <- NA
  few$number <- NA
  filled <- rbm_impute(fit, few, m = 1)
  expect_s3_class(filled$factor, "factor")
  expect_type(filled$text, "character")
  expect_type(filled$number, "double")
  expect_false(anyNA(filled))
  # Declared missing values of labelled columns, which stay labelled.
  need <- c(2, 0, 9, 1, 1, 0, NA, 2, 2, 0)
  labelled <- data.frame(b = rep(c("x", "y"), 5))
  labelled$need <- structure(need, labels = c(no = 0, some = 1, much = 2),
                             na_values = 9,
                             class = c("haven_labelled", "double"))
  set.seed(9)
  model <- rbm_fit(labelled, 1, starts = 1, weight_decay = 0.1)
  filled <- rbm_impute(model, labelled)
  expect_identical(attributes(filled$need), attributes(labelled$need))
  expect_identical(unclass(filled$need)[-c(3, 7)], need[-c(3, 7)])
  expect_true(all(unclass(filled$need) %in% 0:2))
  # Complete text of two levels, which is fitted as 0 and 1.
  plain <- rbm_fit(labelled["b"], 1, starts = 1, weight_decay = 0.1)
  expect_identical(rbm_impute(plain), labelled["b"])
})

test_that("several tables differ where cells were missing, and there only", {
  x <- holes()
  fit <- fit_of_holes()
  set.seed(6)
  tables <- rbm_impute(fit, x, m = 3)
  expect_s3_class(tables, "rbm_imputations")
  expect_length(tables, 3L)
  for (table in unclass(tables)[1:3]) {
    expect_identical(dim(table), dim(x))
    expect_true(all(table == x, na.rm = TRUE))
  }
  expect_false(identical(tables[[1]], tables[[2]]))
  set.seed(6)
  expect_identical(rbm_impute(fit, x, m = 3), tables)
  expect_said(utils::capture.output(print(tables)))
  means <- with(tables, mean(number))
  expect_equal(means, lapply(1:3, function(i) mean(tables[[i]]$number)))
  long <- as.data.frame(tables)
  expect_identical(long$.imp, rep(1:3, each = 30L))
  expect_identical(long$.id, rep(1:30, 3))
  expect_identical(long$number[31:60], tables[[2]]$number)
  all <- as.data.frame(tables, include = TRUE)
  expect_identical(all$.imp, rep(0:3, each = 30L))
  expect_identical(all$text[1:30], x$text)
})

test_that("each table may come from a fit of its own", {
  fit <- fit_of_holes()
  set.seed(7)
  tables <- rbm_impute(fit, m = 2, refit = TRUE)
  expect_output(print(tables), "from a fit of its own")
  expect_false(anyNA(tables[[1]]))
  expect_false(identical(tables[[1]], tables[[2]]))
})

test_that("what cannot be filled in is refused", {
  x <- holes()
  fit <- fit_of_holes()
  set.seed(8)
  tables <- rbm_impute(fit, x, m = 2)
  bare <- fit
  bare["x"] <- list(NULL)
  mixed <- rbm(matrix(0, 4, 1), units = c("categorical(3)", "binary"))
  plain <- rbm_fit(diag(3), 2, epochs = 1)
  expect_said(c(
    refused(rbm_impute(), "absent"),
    refused(rbm_impute(5), "model"),
    refused(rbm_impute(fit, x, m = 0), "count"),
    refused(rbm_impute(fit, x, value = "best"), "choice"),
    refused(rbm_impute(fit, x, refit = NA), "flag"),
    refused(rbm_impute(fit, x, m = 2, value = "mean"), "impute_value"),
    refused(rbm_impute(bare), "not_kept"),
    refused(rbm_impute(bare, x, refit = TRUE), "not_kept"),
    refused(rbm_impute(plain, diag(3), refit = TRUE), "impute_refit"),
    refused(rbm_impute(mixed, matrix(NA_real_, 1, 4)), "impute_columns"),
    refused(rbm_impute(fit, x[-1]), "table_absent"),
    refused(rbm_impute(fit, transform(x, factor = "z")), "levels_unknown"),
    refused(print(tables, n = 1), "dots"),
    refused(print(structure(list(), class = class(tables))), "object_changed"),
    refused(with(tables, mean(number), 3), "dots"),
    refused(as.data.frame(tables, action = "wide"), "choice"),
    refused(as.data.frame(tables, include = 2), "flag"),
    refused(as.data.frame(tables, all = TRUE), "dots")
  ))
})

test_that("values that are no draws are the same each time", {
  set.seed(9)
  h <- runif(80) < 0.5
  x <- data.frame(n = rpois(80, ifelse(h, 6, 1)), a = rnorm(80, 3 * h))
  x$n[1:20] <- NA
  x$a[15:40] <- NA
  fit <- suppressMessages(rbm_fit(x, 1, units = c(n = "poisson"), starts = 1,
                                  weight_decay = 0.01))
  # By the probability of each count beside what is seen.
  p <- vapply(0:40, function(k) {
    exp(predict(fit, transform(x[1:20, ], n = k), type = "log_prob"))
  }, numeric(20))
  mode <- rbm_impute(fit, x, value = "mode")
  expect_identical(mode$n[1:20], max.col(p, "first") - 1L)
  median <- rbm_impute(fit, x, value = "median")
  half <- rowSums(t(apply(p / rowSums(p), 1, cumsum)) < 0.5)
  expect_equal(median$n[1:20], half)
  expect_identical(rbm_impute(fit, x, value = "median"), median)
  set.seed(10)
  many <- vapply(1:400, function(i) rbm_impute(fit, x)$a[15:40], numeric(26))
  # Medians of 201 and of 400 draws: six standard errors of both.
  gap <- abs(median$a[15:40] - apply(many, 1, stats::median))
  expect_lte(max(gap / apply(many, 1, stats::sd)), 6 * 1.26 * 0.087)
})

test_that("with() wants code", {
  fit <- fit_of_table()
  tables <- rbm_impute(fit, m = 2)
  expect_said(refused(with(tables), "absent"))
})
