# The tests need testthat, which is only suggested: without it they are passed
# over, and the message says so.
if (requireNamespace("testthat", quietly = TRUE)) {
  library(testthat)
  library(harmonium)

  test_check("harmonium")
} else {
  message("testthat is not installed: the tests are passed over")
}
