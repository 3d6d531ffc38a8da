# Rows of numbers as images.

test_that("images stand in rows, as they are", {
  pdf(NULL)
  on.exit(dev.off())
  size <- par("mar")
  x <- digits8$x[1:6, ]
  expect_identical(withVisible(rbm_tiles(x, per_row = 3)),
                   list(value = x, visible = FALSE))
  expect_identical(par("mar"), size)
  expect_silent(rbm_tiles(as.data.frame(x > 0.5), c(8, 8), main = "Digits"))
  expect_silent(rbm_tiles(matrix(rnorm(24), 4), c(2, 3), cex = 0.5))
  expect_silent(rbm_tiles(matrix(NA_real_, 1, 4)))
})

test_that("what is no image is refused", {
  expect_said(c(
    refused(rbm_tiles(), "absent"),
    refused(rbm_tiles(matrix("a", 2, 4)), "data"),
    refused(rbm_tiles(matrix(Inf, 2, 4)), "tiles_values"),
    refused(rbm_tiles(matrix(0, 0, 4)), "empty"),
    refused(rbm_tiles(matrix(0, 2, 5)), "tiles_square"),
    refused(rbm_tiles(matrix(0, 2, 4), c(3, 2)), "image_dim"),
    refused(rbm_tiles(matrix(0, 2, 4), per_row = 0), "count"),
    refused(rbm_tiles(matrix(0, 2, 4), main = 1), "text")
  ))
})
