# How columns of a table become units, and back.

# A column of each class, with holes.
every_class <- function() {
  data.frame(
    factor = factor(c("low", "mid", "high", "mid", NA, "low", "high", "mid")),
    ordered = factor(c(1, 2, 3, 4, 4, NA, 2, 1), labels = letters[1:4],
                     ordered = TRUE),
    short = factor(c("s", "m", "l", "m", "s", "l", NA, "s"),
                   c("s", "m", "l"), ordered = TRUE),
    text = c("x", "y", "z", NA, "x", "y", "z", "x"),
    flag = c(TRUE, NA, FALSE, TRUE, TRUE, FALSE, FALSE, TRUE),
    two = factor(c("no", "yes", "no", NA, "yes", "no", "no", "yes")),
    zero_one = c(0, 1, 1, NA, 0, 0, 1, 1),
    whole = c(0L, 1L, NA, 1L, 0L, 0L, 1L, 0L),
    number = c(1.5, 2, NA, -4, 8, 1 / 3, 2, 7),
    binomial = c(0L, 3L, 5L, NA, 2L, 2L, 1L, 4L),
    count = c(0, 3, 7, 1, NA, 2, 1, 4),
    poisson = c(0L, 30L, 5L, NA, 2L, 2L, 1L, 4L),
    same = c("a", "a", NA, "a", "a", "a", "a", "a"),
    stringsAsFactors = FALSE
  )
}

kinds_of_every <- c(binomial = "binomial(6)", count = "count(max = 9)",
                    poisson = "poisson")

quiet_units <- function(...) suppressMessages(rbm_units(...))

code <- function(x, units, name = "x") {
  harmonium:::code_table(harmonium:::as_table(x, name), units, name)
}

test_that("each class of column has its kind, size and rows", {
  units <- quiet_units(every_class(), units = kinds_of_every)
  expect_s3_class(units, c("rbm_units", "data.frame"), exact = TRUE)
  expect_identical(units$column, names(every_class()))
  expect_identical(
    units$kind, c("categorical", "ordinal", "ordinal", "categorical", "binary",
                  "binary", "binary", "binary", "gaussian", "binomial", "count",
                  "poisson", "constant")
  )
  expect_equal(units$rows, c(3, 2, 1, 3, 1, 1, 1, 1, 1, 1, 1, 1, 0))
  expect_equal(units$size[c(1:4, 10, 11)], c(3, 4, 3, 3, 6, 9))
  seen <- na.omit(every_class()$number)
  expect_equal(units$location[9], mean(seen))
  expect_equal(units$scale[9], sqrt(mean((seen - mean(seen))^2)))
  expect_identical(units$levels[[3]], c("s", "m", "l"))
  expect_identical(units$levels[[4]], c("x", "y", "z"))
  expect_said(utils::capture.output(print(units)))
})

test_that("columns of every class come back from their units as they were", {
  x <- every_class()
  units <- quiet_units(x, units = kinds_of_every)
  coded <- code(x, units)
  expect_identical(dim(coded), c(8L, 17L))
  for (name in names(x)) {
    i <- match(name, names(x))
    at <- harmonium:::units_of_column(units, i)
    seen <- !is.na(x[[name]])
    expect_true(all(is.na(coded[, at]) == !seen))
    back <- harmonium:::decode_column(coded[seen, at, drop = FALSE], units, i)
    if (name == "number") {
      expect_equal(back, x[[name]][seen])
    } else {
      expect_identical(back, x[[name]][seen])
    }
  }
})

test_that("levels are 0 and 1, scores from 0 to 1, numbers in deviations", {
  x <- every_class()
  units <- quiet_units(x, units = kinds_of_every)
  coded <- code(x, units)
  expect_identical(coded[1, 1:3], c(0, 1, 0)) # levels are high, low, mid
  expect_equal(coded[, 4], (as.integer(x$ordered) - 1) / 3)
  # About its mean over the levels.
  square <- (2 * coded[, 4] - 1)^2
  expect_equal(coded[, 5], square - mean((2 * (0:3) / 3 - 1)^2))
  expect_equal(coded[, 6], (as.integer(x$short) - 1) / 2)
  number <- coded[, harmonium:::units_of_column(units, 9L)]
  expect_equal(c(mean(number, na.rm = TRUE), mean(number^2, na.rm = TRUE)),
               c(0, 1))
})

test_that("kinds that are asked for are those that come", {
  x <- data.frame(a = c(1, 2, 3, 4, 2, 1, 3, 4), b = c(0, 1),
                  c = c("u", "v", "w", "u", "v", "w", "u", "u"))
  kind <- function(text) {
    units <- quiet_units(x, units = text)
    c(units$kind[1], units$size[1], units$rows[1])
  }
  expect_identical(kind(c(a = "ordinal")), c("ordinal", "4", "2"))
  expect_identical(kind(c(a = "ordinal(1)")), c("ordinal", "4", "1"))
  expect_identical(kind(c(a = "ordinal(degree = 1)")), c("ordinal", "4", "1"))
  expect_identical(kind(c(a = "categorical")), c("categorical", "4", "4"))
  expect_identical(kind(c(a = "gaussian")), c("gaussian", "1", "1"))
  expect_identical(kind(c(a = "poisson")), c("poisson", "1", "1"))
  expect_identical(kind(c(a = "count(20)")), c("count", "20", "1"))
  expect_identical(kind(c(a = "binomial")), c("binomial", "4", "1"))
  flags <- rbm_units(data.frame(a = c(TRUE, FALSE, NA)),
                     units = c(a = "categorical"))
  expect_identical(flags$kind, "categorical")
  expect_identical(flags$levels[[1]], c("FALSE", "TRUE"))
  # For all columns, in order.
  all <- quiet_units(x[1:2], units = c("count(5)", "binary"))
  expect_identical(all$kind, c("count", "binary"))
})

test_that("a table of units that was changed is applied to the data", {
  x <- data.frame(a = c(1, 2, 3, 9), b = c(0, 1, 0, 1))
  units <- quiet_units(x)
  units$location[1] <- 0
  units$scale[1] <- 10
  expect_silent(same <- rbm_units(x, units = units))
  expect_identical(same, units)
  expect_equal(code(x, units)[, 1], x$a / 10)
})

test_that("the text of a numeric level is its own, whatever is beside it", {
  x <- data.frame(a = c(1 / 3, 0.00123456789012345, 2, 1e6, 1 / 3, 2))
  units <- rbm_units(x, units = c(a = "ordinal(1)"))
  expect_equal(code(x, units)[, 1], c(1, 0, 2, 3, 1, 2) / 3)
  for (i in 1:6) {
    expect_identical(code(x[i, , drop = FALSE], units)[, 1],
                     code(x, units)[i, 1])
  }
  expect_equal(units$levels[[1]][3:4], c("2", "1000000"))
})

test_that("labels of haven's columns are levels, and declared values missing", {
  labelled <- function(x, ...) {
    structure(x, ..., class = c("haven_labelled", "vctrs_vctr", "double"))
  }
  labels <- c(none = 0, some = 1, much = 2, refused = 9)
  # haven_labelled_spss columns have the class of haven_labelled too.
  x <- data.frame(id = 1:8)
  x$need <- labelled(c(2, 0, 9, 1, 1, 0, NA, 2), labels = labels, na_values = 9)
  x$range <- labelled(c(5.5, 1, 98, 2, 3, 1.25, NA, 4), labels = c(none = 99),
                      na_range = c(90, 99))
  x$code <- labelled(c(1, 0, 1, 1, 0, 1, NA, 0), labels = c(top = 1))
  units <- quiet_units(x[-1])
  expect_identical(units$kind, c("categorical", "gaussian", "binary"))
  expect_identical(units$levels[[1]], c("none", "some", "much"))
  coded <- code(x[-1], units)
  expect_identical(which(is.na(coded[, 1])), c(3L, 7L))
  expect_identical(which(is.na(coded[, 4])), c(3L, 7L))
  expect_identical(coded[1, 1:3], c(0, 0, 1))
  expect_identical(coded[, 5], c(1, 0, 1, 1, 0, 1, NA, 0))
})

test_that("what is done to columns is said in one message", {
  x <- data.frame(
    size = c(1, 2, 3, 4, 5, 9), length = c(0.5, 1, 2, 4, 8, 9),
    unused = factor(c("a", "b", "c", "a", "b", "c"), letters),
    same = 4, blank = c("", "NA", "x", "x", "", "NA"), most = c(0:4, 2)
  )
  expect_said(tryCatch(rbm_units(x, units = c(most = "count")),
                       message = conditionMessage))
  # Nothing is said of what was asked for, or is as it seems.
  expect_silent(rbm_units(x[1:2], units = c(size = "poisson",
                                            length = "gaussian")))
  expect_silent(rbm_units(data.frame(a = c(TRUE, FALSE), b = c("x", "y"))))
})

test_that("columns that are no units are refused by name", {
  n <- 12L
  x <- data.frame(a = seq_len(n) / 7)
  with <- function(b) {
    x$b <- b
    x
  }
  expect_said(c(
    refused(rbm_units(), "absent"),
    refused(rbm_units(1:3), "table"),
    refused(rbm_units(letters), "table"),
    refused(rbm_units(matrix("a", 2, 2)), "table"),
    refused(rbm_units(x[0, , drop = FALSE]), "empty"),
    refused(rbm_units(cbind(x, x)), "table_names"),
    refused(rbm_units(with(as.Date("2020-01-01") + 1:n)), "column_time"),
    refused(rbm_units(with(as.POSIXct(18000 + 1:n, origin = "1970-01-01"))),
            "column_time"),
    refused(rbm_units(with(as.POSIXlt("2020-01-01") + 1:n)), "column_time"),
    refused(rbm_units(with(as.difftime(1:n, units = "mins"))), "column_time"),
    refused(rbm_units(with(as.list(1:n))), "column_class"),
    refused(rbm_units(with(matrix(1:24, n))), "column_class"),
    refused(rbm_units(with(as.complex(1:n))), "column_class"),
    refused(rbm_units(with(c(Inf, 1:10, -Inf))), "column_infinite"),
    refused(rbm_units(with(NA)), "column_empty"),
    refused(rbm_units(with(NA_character_)), "column_empty"),
    refused(rbm_units(with(c(NaN, rep(NA, 11)))), "column_empty"),
    refused(rbm_units(with(letters[1:n])), "column_levels"),
    refused(rbm_units(data.frame(b = rep(1:101, 5)),
                      units = c(b = "ordinal")), "column_levels"),
    refused(rbm_units(with(rep(1:3, 4))), "column_few"),
    refused(rbm_units(with(rep(c(1, 2), 6))), "column_few")
  ))
})

test_that("kinds that do not suit a column are refused", {
  x <- data.frame(a = c(0.5, 1, 2, 4, 8, -1), b = c(TRUE, FALSE),
                  c = c("x", "y", "z"), n = c(0, 1, 2, 30, 4, 5))
  of <- function(...) rbm_units(x, units = c(...))
  expect_said(c(
    refused(rbm_units(x, units = 3), "units"),
    refused(of(q = "poisson"), "units_names"),
    refused(of("binary", "poisson"), "units_count"),
    refused(of(n = "poison"), "units_unknown"),
    refused(of(n = "count(a)"), "units_unknown"),
    refused(of(n = "count(trials = 5)"), "units_unknown"),
    refused(of(n = "poisson(5)"), "units_unknown"),
    refused(of(n = "count(5.5)"), "units_unknown"),
    refused(of(n = "count(0)"), "units_range"),
    refused(of(n = "binomial(1001)"), "units_range"),
    refused(of(a = "binary"), "units_suit"),
    refused(of(b = "gaussian"), "units_suit"),
    refused(of(c = "gaussian"), "units_suit"),
    refused(of(c = "binary"), "units_suit"),
    refused(of(a = "poisson"), "column_counts"),
    refused(of(n = "count(20)"), "column_most"),
    refused(rbm_units(data.frame(n = c(0, 1, 5000)), units = c(n = "count")),
            "column_most")
  ))
})

test_that("a table of units that does not fit is refused", {
  x <- data.frame(a = c(0.5, 1, 2, 4), b = c("x", "y", "z", "x"))
  units <- quiet_units(x)
  changed <- function(name, i, value) {
    units[[name]][i] <- value
    units
  }
  bare <- units
  bare$kind <- NULL
  expect_said(c(
    refused(rbm_units(x, units = bare), "object_changed"),
    refused(rbm_units(x[2:1], units = units), "units_columns"),
    refused(rbm_units(x, units = changed("kind", 1, "normal")), "units_row"),
    refused(rbm_units(x, units = changed("scale", 1, 0)), "units_row"),
    refused(rbm_units(x, units = changed("location", 1, NA)), "units_row"),
    refused(rbm_units(x, units = changed("size", 2, 1L)), "units_row"),
    refused(rbm_units(x, units = changed("rows", 2, 2L)), "units_row"),
    # Numbers have no levels, of which these would be made.
    refused(rbm_units(x, units = changed("kind", 1, "binary")), "units_row"),
    refused(print(units, digits = 3), "dots")
  ))
})

test_that("a matrix is a table of its columns", {
  x <- matrix(c(0, 1, NA, 1, 1, 0), 3)
  expect_identical(rbm_units(x)$column, c("V1", "V2"))
  colnames(x) <- c("p", "q")
  expect_identical(rbm_units(x)$column, c("p", "q"))
  bytes <- matrix(as.raw(c(0, 1, 1, 0)), 2)
  expect_identical(rbm_units(bytes)$kind, c("binary", "binary"))
})
