test_that("digits8 is what its help page says", {
  expect_named(digits8, c("x", "y", "image_dim"))
  expect_identical(dim(digits8$x), c(1797L, 64L))
  expect_type(digits8$x, "double")
  expect_true(all(digits8$x >= 0 & digits8$x <= 1))
  expect_identical(digits8$x * 16, round(digits8$x * 16))
  expect_identical(
    colnames(digits8$x),
    paste0("r", rep(1:8, each = 8), "c", rep(1:8, times = 8))
  )
  expect_s3_class(digits8$y, "factor")
  expect_identical(levels(digits8$y), as.character(0:9))
  # The counts that come with the data set.
  expect_identical(
    as.vector(table(digits8$y)),
    c(178L, 182L, 177L, 183L, 181L, 182L, 181L, 179L, 174L, 180L)
  )
  expect_equal(digits8$image_dim, c(8, 8))
})

test_that("pixels run row after row: the first digit is a 0 with a hole", {
  expect_identical(as.character(digits8$y[1:10]), as.character(0:9))
  picture <- matrix(16 * digits8$x[1, ], 8, 8, byrow = TRUE)
  expect_equal(picture[1, ], c(0, 0, 5, 13, 9, 1, 0, 0))
  expect_equal(picture[4, ], c(0, 4, 12, 0, 0, 8, 8, 0))
})

test_that("digits8 goes into a fit as it is", {
  set.seed(1)
  fit <- rbm_fit(digits8$x, 8, epochs = 3, image_dim = digits8$image_dim)
  expect_identical(fit$image_dim, c(8L, 8L))
  expect_identical(rownames(fit$W), colnames(digits8$x))
  expect_lt(fit$training$history$reconstruction_error[3L],
            mean(sweep(digits8$x, 2, colMeans(digits8$x))^2))
})
