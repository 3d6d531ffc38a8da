as_integers <- function(x) array(as.integer(x), dim(x), dimnames(x))
as_bytes <- function(x) array(as.raw(x), dim(x), dimnames(x))

test_that("all kinds of 0/1 input give identical results", {
  set.seed(1)
  model <- random_model(70, 9, sd = 0.3)
  bits <- random_bits(13, 70)
  colnames(bits) <- paste0("u", 1:70)
  results <- function(x) {
    set.seed(2)
    fit <- rbm_fit(x, 4, epochs = 2, batch_size = 5)
    list(rbm_hidden(model, x), rbm_hidden(model, x, "sample"),
         predict(model, x, type = "reconstruction"), coef(fit),
         fit$training$history[-2L], fitted(fit), residuals(fit),
         rbm_sample(model, 13, steps = 2, start = x))
  }
  expected <- results(bits)
  expect_identical(results(bits > 0), expected)
  expect_identical(results(as_integers(bits)), expected)
  expect_identical(results(as_bytes(bits)), expected)
  expect_identical(results(as.data.frame(bits)), expected)
  expect_identical(results(as.data.frame(bits > 0)), expected)
  expect_identical(results(as.data.frame(as_integers(bits))), expected)
  raws <- as.data.frame(lapply(as.data.frame(bits), as.raw))
  expect_identical(results(raws), expected)
  expect_identical(rbm_hidden(rbm(matrix(1)), raws[1L]),
                   rbm_hidden(rbm(matrix(1)), bits[, 1L, drop = FALSE]),
                   ignore_attr = TRUE)
  mixed <- raws
  mixed[1:20] <- as.data.frame(bits > 0)[1:20]
  expect_identical(results(mixed), expected)
  mixed[21:40] <- as.data.frame(as_integers(bits))[21:40]
  expect_identical(results(mixed), expected)
  mixed[41:60] <- as.data.frame(bits)[41:60]
  expect_identical(results(mixed), expected)
})

test_that("a tibble is a data frame like any other", {
  skip_if_not_installed("tibble")
  set.seed(3)
  bits <- random_bits(6, 5)
  colnames(bits) <- letters[1:5]
  frame <- as.data.frame(bits)
  both <- lapply(list(frame, tibble::as_tibble(frame)), function(x) {
    set.seed(4)
    fit <- rbm_fit(x, 3, epochs = 2)
    list(coef(fit), fitted(fit), rbm_hidden(fit, x))
  })
  expect_identical(both[[2L]], both[[1L]])
})

test_that("all kinds of intensities give identical results", {
  set.seed(5)
  model <- random_model(9, 4)
  x <- random_intensities(6, 9)
  x[, 2] <- x[, 2] > 0.5
  frame <- as.data.frame(x)
  expected <- rbm_hidden(model, x)
  expect_identical(rbm_hidden(model, frame), expected)
  frame[[2L]] <- frame[[2L]] > 0
  expect_identical(rbm_hidden(model, frame), expected)
  frame[[2L]] <- as.raw(frame[[2L]])
  expect_identical(rbm_hidden(model, frame), expected)
})

test_that("packed bits are the data, on both sides of a word and of a tile", {
  set.seed(6)
  for (shape in list(c(1, 1), c(2, 63), c(63, 64), c(64, 65), c(65, 128),
                     c(8193, 3), c(130, 129))) {
    x <- random_bits(shape[1L], shape[2L])
    packed <- harmonium:::as_cases(x)$bits
    expect_type(packed, "raw")
    words <- ceiling(shape[2L] / 64)
    expect_length(packed, 8 * words * shape[1L])
    bits <- matrix(as.integer(rawToBits(packed)), 64 * words)
    if (.Platform$endian == "little") {
      expect_identical(t(bits[seq_len(shape[2L]), , drop = FALSE]) + 0, x)
      expect_true(all(bits[-seq_len(shape[2L]), ] == 0L))
    }
  }
})

test_that("a data frame carries names as a matrix does", {
  set.seed(7)
  frame <- as.data.frame(random_bits(3, 2))
  names(frame) <- c("left", "right")
  row.names(frame) <- c("x", "y", "z")
  fit <- rbm_fit(frame, 2, epochs = 1)
  expect_identical(names(fit$b), c("left", "right"))
  expect_identical(dimnames(fitted(fit)), dimnames(as.matrix(frame)))
  # Numbers that count the rows are not names.
  row.names(frame) <- NULL
  expect_null(rownames(rbm_hidden(fit, frame)))
})

test_that("what a fit is given stays as it is", {
  set.seed(8)
  bits <- random_bits(6, 5)
  for (x in list(bits, bits > 0, as_bytes(bits), as_integers(bits), bits / 2,
                 as.data.frame(bits))) {
    copy <- unserialize(serialize(x, NULL))
    fit <- rbm_fit(x, 2, epochs = 2)
    rbm_hidden(fit, x, "sample")
    rbm_sample(fit, 6, steps = 2, start = x)
    expect_identical(x, copy)
    expect_identical(fit$x, copy)
  }
})

# Bytes that `code` takes at its peak, above what was there before.
peak_growth <- function(code) {
  before <- sum(gc(reset = TRUE)[, "used"] * c(56, 8))
  force(code)
  sum(gc()[, "max used"] * c(56, 8)) - before
}

test_that("raw, logical and integer data are never copied whole as double", {
  n <- 20000
  units <- 500
  double_copy <- 8 * n * units
  pattern <- c(0L, 1L, 1L, 0L, 0L, 0L, 1L)
  model <- rbm(matrix(0.01, units, 4))
  fit <- function(x) {
    rbm_fit(x, 4, epochs = 1, batch_size = 1000, estimator = "cd", threads = 1)
  }
  # With an integer copy, or one of two bytes a cell, the peak would pass this.
  most <- double_copy / 4
  x <- matrix(rep_len(pattern, n * units), n)
  expect_lt(peak_growth(rbm_hidden(model, x)), most)
  storage.mode(x) <- "logical"
  expect_lt(peak_growth(rbm_hidden(model, x)), most)
  x <- matrix(as.raw(rep_len(pattern, n * units)), n)
  expect_lt(peak_growth(rbm_hidden(model, x)), most)
  expect_lt(peak_growth(fit(x)), most)
  # Intensities are read where they are.
  x <- matrix(rep_len(pattern / 2, n * units), n)
  expect_lt(peak_growth(rbm_hidden(model, x)), most)
  expect_lt(peak_growth(fit(x)), most)
})

test_that("one row, one column and constant columns are fine", {
  set.seed(9)
  constant <- cbind(0, 1, random_bits(6, 2))
  for (x in list(t(c(0, 1, 1)), matrix(c(0, 1, 1)), matrix(0), matrix(1),
                 matrix(0.5), constant, constant / 2, matrix(1, 4, 3))) {
    for (hidden in c(1, 9)) {
      fit <- rbm_fit(x, hidden, epochs = 3)
      expect_true(all(is.finite(unlist(coef(fit)))))
      history <- fit$training$history
      known <- !grepl("log_lik$|log_lik_se|^valid|gap|^chain|rate$|meet|unmet",
                      names(history))
      expect_true(all(is.finite(as.matrix(history[known]))))
      expect_true(all(is.finite(history$pseudo_log_lik)))
      expect_true(all(is.finite(fitted(fit))))
      expect_true(all(rbm_sample(fit, 3, steps = 5) %in% 0:1))
      expect_identical(dim(rbm_hidden(fit, x)), c(nrow(x), as.integer(hidden)))
    }
  }
})

test_that("what is no matrix of numbers is refused", {
  m <- diag(2)
  sparse <- structure(list(), class = c("dgCMatrix", "Matrix"))
  expect_said(c(
    refused(rbm_fit(hidden = 2), "absent"),
    refused(rbm_fit(NULL, 2), "data"),
    refused(rbm_fit(c(1, 0), 2), "data"),
    refused(rbm_fit(as.raw(1), 2), "data"),
    refused(rbm_fit("a", 2), "data"),
    refused(rbm_fit(factor(c("a", "b")), 2), "data"),
    refused(rbm_fit(list(1, 0), 2), "data"),
    refused(rbm_fit(mean, 2), "data"),
    refused(rbm_fit(quote(x), 2), "data"),
    refused(rbm_fit(array(0, c(2, 2, 2)), 2), "data"),
    refused(rbm_fit(matrix(c("0", "1"), 1), 2), "data"),
    refused(rbm_fit(matrix(as.complex(0), 1, 2), 2), "data"),
    refused(rbm_fit(matrix(list(0, 1), 1), 2), "data"),
    refused(rbm_fit(sparse, 2), "data"),
    refused(rbm_fit(m[0, ], 2), "empty"),
    refused(rbm_fit(m[, 0], 2), "empty"),
    refused(rbm_fit(as.data.frame(m)[0, ], 2), "empty"),
    refused(rbm_fit(as.data.frame(m)[0], 2), "empty"),
    refused(rbm_fit(data.frame(), 2), "empty")
  ))
})

test_that("columns that are not numbers are refused by name", {
  good <- c(0, 1)
  frame <- function(...) data.frame(good, ..., stringsAsFactors = FALSE)
  nested <- frame(a = good)
  nested$a <- list(0, 1)
  square <- frame(a = good)
  square$a <- diag(2)
  model <- rbm(matrix(0.1, 2, 1))
  expect_said(c(
    refused(rbm_hidden(model, frame(word = c("a", "b"))), "frame"),
    refused(rbm_hidden(model, frame(kind = factor(good))), "frame"),
    refused(rbm_hidden(model, frame(day = as.Date("2020-01-01") + good)),
            "frame"),
    refused(rbm_hidden(model,
                       frame(time = as.POSIXct(good, origin = "1970-01-01"))),
            "frame"),
    refused(rbm_hidden(model, frame(wait = as.difftime(good, units = "secs"))),
            "frame"),
    refused(rbm_hidden(model, frame(z = as.complex(good))), "frame"),
    refused(rbm_hidden(model, nested), "frame"),
    refused(rbm_hidden(model, square), "frame"),
    refused(rbm_hidden(model, frame(a = letters[1:2], b = factor(good))),
            "frame"),
    # Those of which a fit makes no units of a table.
    refused(rbm_fit(frame(day = as.Date("2020-01-01") + good), 2),
            "column_time"),
    refused(rbm_fit(frame(time = as.POSIXct(good, origin = "1970-01-01")), 2),
            "column_time"),
    refused(rbm_fit(frame(wait = as.difftime(good, units = "secs")), 2),
            "column_time"),
    refused(rbm_fit(frame(z = as.complex(good)), 2), "column_class"),
    refused(rbm_fit(nested, 2), "column_class"),
    refused(rbm_fit(square, 2), "column_class")
  ))
  # Text and factors are fitted, as the same table of 0 and 1 is.
  fit <- function(x) {
    set.seed(9)
    rbm_fit(x, 2, starts = 1, weight_decay = 0.1)
  }
  by_number <- fit(frame(a = good))
  for (a in list(c("a", "b"), factor(good), good == 1)) {
    expect_identical(unname(fit(frame(a = a))$W), unname(by_number$W))
  }
})

test_that("classes of matrices, frames and columns are looked through", {
  set.seed(8)
  model <- random_model(4, 2)
  bits <- random_bits(5, 4)
  frame <- as.data.frame(bits)
  expected <- rbm_hidden(model, bits)
  registerS3method("dim", "odd_data", function(x) NULL)
  registerS3method("[[", "odd_data", function(x, i) stop("not to be asked"))
  registerS3method("length", "odd_data", function(x) 0L)
  for (class in c("table", "noquote", "odd_data")) {
    expect_identical(rbm_hidden(model, structure(bits, class = class)),
                     expected)
  }
  odd <- frame
  class(odd) <- c("odd_data", "data.frame")
  expect_identical(rbm_hidden(model, odd), rbm_hidden(model, frame))
  # As the columns of the packages units, haven and vctrs are made.
  columns <- frame
  columns[] <- lapply(frame, structure, units = "m", class = "odd_data")
  expect_identical(rbm_hidden(model, columns), rbm_hidden(model, frame))
  columns[] <- lapply(frame, I)
  expect_identical(rbm_hidden(model, columns), rbm_hidden(model, frame))
})

test_that("values that are no probability are refused, counted and named", {
  x <- matrix(0, 4, 3, dimnames = list(NULL, c("p", "q", "r")))
  with_value <- function(at, value, x) {
    x[at] <- value
    x
  }
  plain <- unname(x)
  wide <- matrix(0, 2, 40)
  # Hidden states must be complete; of data 0 and 1 may have holes.
  visible <- function(h) rbm_visible(rbm(matrix(0, 1, ncol(h))), h)
  grey <- with_value(9, 0.5, x)
  expect_said(c(
    refused(visible(with_value(1, NA, plain)), "missing"),
    refused(rbm_fit(with_value(1, NA, grey), 2), "missing"),
    refused(rbm_fit(with_value(c(1, 2, 12), NaN, grey), 2), "missing"),
    refused(visible(with_value(5, NA, x == 1)), "missing"),
    refused(visible(with_value(5, NA, as_integers(plain))), "missing"),
    refused(visible(as.data.frame(with_value(5, NA, x))), "missing"),
    refused(visible(wide + NA), "missing"),
    refused(visible(matrix(NA_real_, 2000, 1)), "missing"),
    refused(rbm_fit(wide + NA, 2), "column_empty"),
    refused(rbm_fit(matrix(NA_real_, 2000, 1), 2), "column_empty"),
    refused(rbm_fit(with_value(9:10, c(Inf, -Inf), x), 2), "infinite"),
    refused(rbm_fit(as.data.frame(with_value(1, -Inf, x)), 2),
            "column_infinite"),
    refused(rbm_fit(with_value(3, 1 + 1e-9, x), 2), "range"),
    refused(rbm_fit(with_value(3, -1e-300, plain), 2), "range"),
    refused(rbm_fit(with_value(1:12, 16, x), 2), "range"),
    refused(rbm_fit(with_value(4, 2L, as_integers(x)), 2), "range"),
    refused(rbm_fit(with_value(4, -1L, as_integers(x)), 2), "range"),
    refused(rbm_fit(with_value(8, as.raw(255), as_bytes(x)), 2), "range"),
    refused(rbm_fit(as.data.frame(with_value(8, 3, x)), 2), "column_few"),
    # Missing values are told of first.
    refused(rbm_fit(with_value(1:3, c(2, Inf, NA), x), 2), "missing")
  ))
  # Holes in 0 and 1 are summed out, in whatever they come.
  set.seed(13)
  x[] <- random_bits(4, 3)
  fit <- function(x) {
    set.seed(14)
    fitted <- rbm_fit(x, 1, starts = 1, weight_decay = 0.1)
    fitted[c("W", "b", "c")]
  }
  first <- fit(with_value(c(2, 12), NA, x))
  expect_identical(fit(with_value(c(2, 12), NaN, x)), first)
  expect_identical(fit(with_value(c(2, 12), NA, x == 1)), first)
  expect_identical(fit(with_value(c(2, 12), NA, as_integers(x))), first)
  expect_identical(fit(as.data.frame(with_value(c(2, 12), NA, x))), first)
})

test_that("sizes that cannot be indexed are refused before memory is asked", {
  x <- matrix(as.raw(0), 1, 50000)
  wide <- matrix(as.raw(0), 1, 2^26)
  memory <- peak_growth(
    said <- c(
      refused(rbm_fit(x, 50000), "size"),
      refused(rbm_fit(x, 42950), "size"),
      refused(rbm_fit(x[, 1:2, drop = FALSE], .Machine$integer.max), "size"),
      refused(rbm_fit(wide, 1), "size")
    )
  )
  expect_lt(memory, 1e8)
  expect_said(said)
})

test_that("only what has dimensions is a matrix", {
  for (name in c("dims", "dimension", "dim2")) {
    refused(rbm_fit(`attr<-`(c(0, 1, 1, 0), name, c(2L, 2L)), 2), "data")
  }
})

test_that("a matrix whose class says that its bits are no numbers is refused", {
  x <- matrix(c(0, 1, 1, 0), 2)
  of <- function(class) structure(x, class = class)
  expect_said(c(
    refused(rbm_fit(of("integer64"), 1), "class_of_numbers"),
    refused(rbm_fit(of("difftime"), 1), "class_of_numbers"),
    refused(rbm_hidden(rbm(diag(2)), of("Date")), "class_of_numbers")
  ))
})

test_that("advice on values out of range goes by what they are", {
  set.seed(1)
  advice <- function(x) {
    lines <- tryCatch(as_cases(x), error = conditionMessage)
    sub("[^\n]*\n", "", lines)
  }
  two <- matrix(sample(1:2, 40, TRUE), 20)
  expect_identical(advice(two),
                   "Two values are TRUE and FALSE: x == 2.")
  expect_match(advice(2 * two - 3), "x == 1", fixed = TRUE)
  expect_identical(two == 2, 2 * two - 3 == 1)
  genes <- matrix(rep(0:2, 8), 12)
  expect_match(advice(genes), "Counts up to m: units = \"binomial(m)\"",
               fixed = TRUE)
  expect_match(advice(genes - 1), "^Categories")
  # Only columns that are out of range are looked at.
  expect_match(advice(cbind(genes[, 1] / 2, two[1:12, ])), "x[, 2] == 2",
               fixed = TRUE)
  expect_match(advice(matrix(rnorm(40), 20)), "Divide measurements")
  # Rows that are whole are counted before they are advised.
  holes <- two - 1
  holes[3:5, 1] <- NA
  expect_match(advice(holes), "which keeps 17 of 20")
  holes[, 2] <- NA
  expect_match(advice(holes), "No row is complete")
  expect_match(tryCatch(as_cases(matrix(2, 2, 9)), error = conditionMessage),
               "and 4 more columns")
  expect_match(tryCatch(as_cases(matrix(2, 2, 6)), error = conditionMessage),
               "and 1 more column[.]")
})
