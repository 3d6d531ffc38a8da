# See tests/faults/memory.R for other limits.

test_that("too little memory is an error, after which R goes on", {
  skip_on_cran()
  skip_on_os("windows")
  found <- with_little_memory("R_MAX_VSIZE=100Mb", work = c(
    "fit wide", "fit pt", "fit pl", "sample", "sample pt", "sample exact",
    "moments", "save"
  ))
  expect_identical(attr(found, "status"), 0L)
  expect_identical(nrow(found), 9L)
  expect_true(all(is_memory_error(found$how[1:8])))
  expect_identical(found$how[9L], memory_probe())
})
