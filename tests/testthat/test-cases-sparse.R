# The same cells as objects of many classes. The coercions say what is stored:
# numbers, TRUE/FALSE or places only; by column, by row or as triplets.
as_class <- function(x, type, storage) {
  as <- methods::as
  as(as(as(Matrix::Matrix(x, sparse = TRUE), paste0(type, "Matrix")),
        "generalMatrix"), paste0(storage, "sparseMatrix"))
}

# Every class that is read from its slots, without coercion.
compressed <- function(x) {
  kinds <- expand.grid(storage = c("C", "R"), type = c("d", "l", "n"))
  all <- Map(function(type, storage) as_class(x, type, storage),
             as.character(kinds$type), as.character(kinds$storage))
  names(all) <- vapply(all, function(one) class(one)[1L], "")
  all
}

# A slot changed by hand, as nothing in Matrix would.
with_slot <- function(x, name, value) {
  attr(x, name) <- value
  x
}

test_that("every compressed class gives the bits of the dense matrix", {
  skip_if_not_installed("Matrix")
  set.seed(1)
  model <- random_model(70, 9, sd = 0.3)
  bits <- random_bits(13, 70, p = 0.2)
  bits[3, ] <- 0
  bits[4, ] <- 1
  bits[, 5] <- 0
  bits[, 6] <- 1
  dimnames(bits) <- list(paste0("case", 1:13), paste0("u", 1:70))
  results <- function(x) {
    set.seed(2)
    fit <- rbm_fit(x, 4, epochs = 2, batch_size = 5, evaluate_every = 1)
    list(
      rbm_hidden(model, x), rbm_hidden(model, x, "sample"),
      predict(model, x, type = "reconstruction"),
      predict(model, x, type = "log_prob"),
      predict(model, x, type = "pseudo_log_lik"), rbm_free_energy(model, x),
      c(logLik(model, x)), coef(fit), fit$training$history[-2L],
      fitted(fit), residuals(fit), summary(fit)$activity,
      coef(update(fit, epochs = 1)),
      rbm_sample(model, 13, steps = 2, start = x),
      rbm_sample(model, 5, steps = 2, start = x[4, , drop = FALSE]),
      rbm_gradient(model, x)[1:3], rbm_gradient(model, x, "cd", repeats = 2)
    )
  }
  expected <- results(bits)
  for (x in compressed(bits)) {
    expect_identical(results(x), expected)
  }
  expect_setequal(names(compressed(bits)), harmonium:::compressed_classes)
})

test_that("hidden states and energies of pairs take sparse states", {
  skip_if_not_installed("Matrix")
  set.seed(3)
  model <- random_model(8, 5)
  v <- random_bits(6, 8)
  h <- random_bits(6, 5)
  for (sparse in compressed(h)) {
    expect_identical(rbm_visible(model, sparse), rbm_visible(model, h))
    expect_identical(rbm_energy(model, as_class(v, "n", "R"), sparse),
                     rbm_energy(model, v, h))
  }
})

test_that("other classes of Matrix are coerced first", {
  skip_if_not_installed("Matrix")
  set.seed(4)
  as <- methods::as
  model <- random_model(6, 3)
  agree <- function(x) {
    dense <- unname(as.matrix(x)) + 0
    expect_identical(rbm_hidden(model, x), rbm_hidden(model, dense))
  }
  bits <- random_bits(9, 6)
  agree(as_class(bits, "d", "T"))
  agree(as_class(bits, "n", "T"))
  square <- Matrix::Matrix(random_bits(6, 6), sparse = TRUE)
  agree(Matrix::forceSymmetric(square))
  agree(Matrix::triu(square))
  agree(as(Matrix::forceSymmetric(square), "RsparseMatrix"))
  agree(Matrix::Diagonal(6))
  agree(Matrix::Diagonal(6, x = c(0, 1, 0, 0, 1, 1)))
  agree(as(c(2L, 5L, 1L, 6L, 3L, 4L), "pMatrix"))
  agree(as(list(c(2L, 2L, 1L), 6L), "indMatrix"))
  agree(as(bits, "denseMatrix"))
  agree(as(bits > 0, "denseMatrix"))
  agree(as(as(bits, "nMatrix"), "denseMatrix"))
  # A place that triplets name twice is there once, in a pattern.
  twice <- methods::new("ngTMatrix", i = c(0L, 0L, 1L), j = c(2L, 2L, 5L),
                        Dim = c(2L, 6L))
  agree(twice)
  # Dense classes may hold intensities.
  agree(as(bits / 2, "denseMatrix"))
})

test_that("zeros that are stored are zeros", {
  skip_if_not_installed("Matrix")
  bits <- rbind(c(0, 1, 1), c(1, 0, 0), c(0, 0, 0), c(0, 1, 0))
  expected <- harmonium:::as_cases(as_class(bits, "n", "R"))
  for (class in c("dgCMatrix", "dgRMatrix", "lgCMatrix", "lgRMatrix")) {
    x <- as_class(bits, substr(class, 1, 1), substr(class, 3, 3))
    full <- as_class(bits + 2, substr(class, 1, 1), substr(class, 3, 3))
    value <- if (is(full, "RsparseMatrix")) t(bits) else bits
    full@x <- if (is.logical(full@x)) c(value) > 0 else c(value)
    if (is.double(full@x)) {
      full@x[full@x == 0] <- rep_len(c(0, -0), sum(full@x == 0))
    }
    expect_gt(length(full@x), length(x@x))
    expect_identical(harmonium:::as_cases(full), expected)
    expect_identical(harmonium:::as_cases(x), expected)
  }
})

test_that("lists by row are the user's own where nothing is to be dropped", {
  skip_if_not_installed("Matrix")
  set.seed(5)
  bits <- random_bits(7, 5)
  cases <- harmonium:::as_cases(as_class(bits, "d", "C"))
  expect_identical(cases$item, which(t(bits) == 1, arr.ind = TRUE)[, 1L] - 1L)
  expect_identical(cases$start, c(0L, as.integer(cumsum(rowSums(bits)))))
  expect_null(cases$bits)
  expect_null(cases$reals)
  by_row <- as_class(bits, "d", "R")
  expect_identical(harmonium:::as_cases(by_row), cases)
})

test_that("names come along, and are checked", {
  skip_if_not_installed("Matrix")
  bits <- matrix(c(0, 1, 1, 0, 0, 1), 2,
                 dimnames = list(c("x", "y"), c("p", "q", "r")))
  x <- as_class(bits, "d", "C")
  fit <- rbm_fit(x, 2, epochs = 1)
  expect_identical(names(fit$b), c("p", "q", "r"))
  expect_identical(dimnames(fitted(fit)), dimnames(bits))
  expect_identical(rownames(rbm_hidden(fit, as_class(bits, "n", "R"))),
                   c("x", "y"))
  expect_said(c(
    refused(rbm_hidden(fit, x[, 3:1]), "names_order"),
    refused(rbm_hidden(fit, with_slot(x, "Dimnames", list(NULL, letters[1:3]))),
            "names"),
    refused(rbm_hidden(fit, x[, 1:2]), "columns"),
    refused(rbm_sample(fit, 3, start = x), "start")
  ))
})

test_that("the edges of sparse data are fine", {
  skip_if_not_installed("Matrix")
  set.seed(6)
  for (dense in list(matrix(0, 5, 4), matrix(1, 5, 4), matrix(0), matrix(1),
                     t(c(0, 1, 1)), matrix(c(0, 1, 1)),
                     cbind(0, 1, random_bits(6, 2)))) {
    for (x in compressed(dense)) {
      fits <- lapply(list(x, dense), function(x) {
        set.seed(7)
        rbm_fit(x, 3, epochs = 2)
      })
      expect_identical(coef(fits[[1L]]), coef(fits[[2L]]))
      expect_identical(residuals(fits[[1L]]), residuals(fits[[2L]]))
    }
  }
  x <- as_class(diag(3), "d", "C")
  expect_said(c(
    refused(rbm_fit(x[0, ], 2), "empty"),
    refused(rbm_fit(x[, 0], 2), "empty"),
    refused(rbm_fit(as_class(diag(3), "n", "R")[0, ], 2), "empty")
  ))
})

test_that("what a fit is given stays as it is, and is kept", {
  skip_if_not_installed("Matrix")
  for (x in compressed(diag(4))) {
    copy <- unserialize(serialize(x, NULL))
    fit <- rbm_fit(x, 2, epochs = 2)
    rbm_sample(fit, 4, steps = 2, start = x)
    expect_identical(x, copy)
    expect_identical(fit$x, copy)
  }
})

test_that("pictures take sparse data", {
  skip_if_not_installed("Matrix")
  set.seed(8)
  bits <- random_bits(30, 9)
  sparse <- as_class(bits, "d", "C")
  dense_fit <- rbm_fit(bits, 4, epochs = 1)
  fit <- dense_fit
  fit$x <- sparse
  shown <- function(maker, ...) {
    picture <- maker(...)
    picture[setdiff(names(picture), "draw")]
  }
  for (maker in list(harmonium:::hidden_picture,
                     harmonium:::reconstruction_picture,
                     harmonium:::free_energy_picture)) {
    expect_identical(shown(maker, fit), shown(maker, dense_fit))
    expect_identical(shown(maker, fit, newdata = sparse),
                     shown(maker, fit, newdata = bits))
  }
  expect_output(print(summary(fit)), "Hidden units are on")
})

test_that("what has but the name of a class of Matrix is read as a matrix", {
  set.seed(31)
  model <- random_model(5, 3)
  x <- matrix(c(0, 1, 1, 0, 1), 1L)
  expect_identical(rbm_hidden(model, structure(x, class = "dgCMatrix")),
                   rbm_hidden(model, x))
})

test_that("values that are not 0 or 1 are refused, counted and named", {
  skip_if_not_installed("Matrix")
  dense <- matrix(c(0, 1, 0, 1), 4, 3, dimnames = list(NULL, c("p", "q", "r")))
  cells <- function(type, at, value, x = dense) {
    x[at] <- value
    as_class(x, type, "C")
  }
  counts <- cells("d", c(2, 4, 6), c(2, 3, 17))
  expect_said(c(
    refused(rbm_fit(cells("d", 2, NA), 2), "missing"),
    refused(rbm_fit(cells("d", c(2, 4, 10), NaN), 2), "missing"),
    refused(rbm_fit(cells("l", 6, NA), 2), "missing"),
    refused(rbm_fit(as(cells("l", 6, NA), "RsparseMatrix"), 2), "missing"),
    refused(rbm_fit(cells("d", 9:10, c(Inf, -Inf)), 2), "infinite"),
    refused(rbm_fit(counts, 2), "range"),
    refused(rbm_fit(as(counts, "RsparseMatrix"), 2), "range"),
    refused(rbm_fit(cells("d", 3, -1e-300, unname(dense)), 2), "range"),
    refused(rbm_fit(cells("d", c(1, 11, 12), 0.5), 2), "sparse_between"),
    refused(rbm_fit(as_class(dense / 2, "d", "R"), 2), "sparse_between"),
    # In the order in which dense data are told of.
    refused(rbm_fit(cells("d", 1:4, c(0.5, 2, Inf, NA)), 2), "missing"),
    refused(rbm_fit(cells("d", 1:2, c(0.5, 2)), 2), "range"),
    refused(rbm_fit(cells("d", 1:2, c(0.5, 1)), 2, evaluate_every = 1),
            "sparse_between")
  ))
  # What the messages advise works.
  missing <- cells("d", 6, NA)
  whole <- missing[!is.na(Matrix::rowSums(missing)), , drop = FALSE]
  expect_identical(nrow(rbm_hidden(random_model(3, 2), whole)), 3L)
  expect_identical(harmonium:::as_cases(counts > 0),
                   harmonium:::as_cases(counts != 0))
  expect_identical(harmonium:::as_cases(counts > 0)$start,
                   c(0L, 0L, 3L, 3L, 6L))
})

test_that("slots with a class of their own are refused", {
  skip_if_not_installed("Matrix")
  sound <- as_class(rbind(c(1, 0), c(1, 1), c(0, 1)), "d", "C")
  model <- random_model(2, 2)
  for (slot in c("Dim", "p", "i", "x", "Dimnames")) {
    for (class in c("Date", "integer64", "data.frame", "foo")) {
      value <- `oldClass<-`(methods::slot(sound, slot), class)
      expect_match(refused(predict(model, with_slot(sound, slot, value)),
                           "sparse_damaged"),
                   paste0("slot ", slot, " is of class `", class, "`"))
    }
  }
})

test_that("damaged objects are refused", {
  skip_if_not_installed("Matrix")
  by_column <- as_class(rbind(c(1, 0), c(1, 1), c(0, 1)), "d", "C")
  by_row <- as_class(rbind(c(1, 0), c(1, 1), c(0, 1)), "l", "R")
  pattern <- as_class(rbind(c(1, 0), c(1, 1), c(0, 1)), "n", "C")
  triplets <- as_class(rbind(c(1, 0), c(1, 1), c(0, 1)), "d", "T")
  damaged <- function(x, name, value) {
    said <- refused(rbm_fit(with_slot(x, name, value), 2), "sparse_damaged")
    changed <- paste0(class(x), "@", name, " <- ", deparse(value))
    sub("^[^\n]*", changed, said)
  }
  expect_said(c(
    damaged(by_column, "p", c(0L, 3L, 2L)),
    damaged(by_column, "p", c(1L, 2L, 4L)),
    damaged(by_column, "p", c(0L, 2L, 5L)),
    damaged(by_column, "p", c(0L, NA, 4L)),
    damaged(by_column, "p", c(0L, 4L)),
    damaged(by_column, "p", c(0L, 2L, 4L, 4L)),
    damaged(by_column, "p", c(0, 2, 4)),
    damaged(by_column, "p", NULL),
    damaged(by_column, "i", c(0L, 1L, 1L, 3L)),
    damaged(by_column, "i", c(0L, 1L, -1L, 2L)),
    damaged(by_column, "i", c(0L, NA, 1L, 2L)),
    damaged(by_column, "i", c(1L, 0L, 1L, 2L)),
    damaged(by_column, "i", c(0L, 1L, 1L, 1L)),
    damaged(by_column, "i", c(0L, 1L)),
    damaged(by_column, "i", NULL),
    damaged(by_column, "x", c(1, 1, 1)),
    damaged(by_column, "x", c(1L, 1L, 1L, 1L)),
    damaged(by_column, "x", NULL),
    damaged(by_column, "Dim", c(2L, 2L)),
    damaged(by_column, "Dim", c(3L, 3L)),
    damaged(by_column, "Dim", c(3L, -2L)),
    damaged(by_column, "Dim", c(3L, NA)),
    damaged(by_column, "Dim", c(3, 2)),
    damaged(by_column, "Dim", 3L),
    damaged(by_column, "Dim", NULL),
    damaged(by_column, "Dimnames", list(NULL, c("a", "b", "c"))),
    damaged(by_column, "Dimnames", list(1:3, NULL)),
    damaged(by_column, "Dimnames", list(NULL)),
    damaged(by_column, "Dimnames", NULL),
    damaged(by_row, "p", c(0L, 1L, 3L)),
    damaged(by_row, "j", c(0L, 0L, 1L, 2L)),
    damaged(by_row, "x", c(1, 1, 1, 1)),
    damaged(pattern, "i", c(0L, 1L, 1L, 1000000L))
  ))
  # Here Matrix says what is wrong, in words that differ between its versions.
  damaged(triplets, "i", c(0L, 1L, 1L, 100L))
  damaged(triplets, "x", 1)
  damaged(triplets, "j", NULL)
  damaged(triplets, "Dim", 3L)
})

test_that("a Matrix without the package to read it is refused", {
  skip_if_not_installed("Matrix")
  x <- as_class(diag(2), "d", "T")
  expect_said(refused(harmonium:::from_matrix_package(x, "x", FALSE),
                      "matrix_package"))
  vector <- methods::as(c(1, 0, 1), "sparseVector")
  expect_said(refused(rbm_fit(vector, 2), "data"))
})

test_that("compressed data need nothing of Matrix", {
  skip_if_not_installed("Matrix")
  file <- tempfile(fileext = ".rds")
  on.exit(unlink(file))
  saveRDS(compressed(random_bits(6, 4)), file)
  code <- c(
    sprintf(".libPaths(%s)", paste(deparse(.libPaths()), collapse = "")),
    sprintf("for (x in readRDS(%s)) {", deparse(file)),
    "  fit <- harmonium::rbm_fit(x, 2, epochs = 1)",
    "  harmonium::rbm_sample(fit, 6, steps = 1, start = x)",
    "  residuals(fit)",
    "}",
    "cat(\"Matrix\" %in% loadedNamespaces())"
  )
  script <- tempfile(fileext = ".R")
  on.exit(unlink(script), add = TRUE)
  writeLines(code, script)
  said <- system2(file.path(R.home("bin"), "Rscript"),
                  c("--vanilla", shQuote(script)), TRUE, TRUE)
  expect_identical(said, "FALSE")
})

test_that("memory goes with what is on, not with the number of cells", {
  skip_if_not_installed("Matrix")
  n <- 50000L
  units <- 50000L # more cells than an integer can count
  set.seed(9)
  on <- 200000L
  x <- Matrix::sparseMatrix(sample.int(n, on, TRUE),
                            sample.int(units, on, TRUE),
                            x = 1, dims = c(n, units), use.last.ij = TRUE)
  model <- rbm(matrix(0.01, units, 2))
  peak <- function(code) {
    before <- sum(gc(reset = TRUE)[, "used"] * c(56, 8))
    force(code)
    sum(gc()[, "max used"] * c(56, 8)) - before
  }
  # A bit a cell would be 312 MB.
  expect_lt(peak(cases <- harmonium:::as_cases(x)), 1e7)
  expect_identical(diff(cases$start), as.integer(Matrix::rowSums(x)))
  expect_identical(tabulate(cases$item + 1L, units),
                   as.integer(Matrix::colSums(x)))
  rows <- c(1L, n)
  hardware <- harmonium:::resolve_hardware()
  h <- rbm_hidden(model, x)
  expect_identical(h[rows, ], rbm_hidden(model, as.matrix(x[rows, ])))
  expect_lt(peak(.Call(harmonium:::ffi_fit_start, cases, 2L, 0.01, c(1, 2),
                       hardware)),
            1e7)
  start <- .Call(harmonium:::ffi_fit_start, cases, 2L, 0.01, c(1, 2), hardware)
  sums <- Matrix::colSums(x)
  expect_near(start[2 * units + seq_len(units)],
              unname(log((sums + 0.5) / (n - sums + 0.5))))
})
