# Expectations of this package's tests.

# Equal to `tolerance`, relative to the largest number where that is above 1.
expect_near <- function(object, twin, tolerance = 1e-12) {
  object <- unname(object)
  twin <- unname(twin)
  expect_identical(dim(object), dim(twin))
  expect_true(all(is.finite(object)))
  expect_lte(max(abs(object - twin)), tolerance * max(1, abs(twin)))
}

# The same for what sums in single precision lead to.
expect_close <- function(object, twin, tolerance = 2e-6) {
  expect_near(object, twin, tolerance)
}

# `code` must stop with the error `id` of this package and leave R's random
# numbers as they were. Returns what was said, for a snapshot.
refused <- function(code, id) {
  shown <- paste(trimws(deparse(substitute(code))), collapse = " ")
  before <- random_state()
  error <- tryCatch(
    {
      code
      NULL
    },
    error = identity
  )
  expect_s3_class(error, paste0("harmonium_error_", id))
  expect_s3_class(error, "harmonium_error")
  expect_identical(random_state(), before)
  paste0(shown, "\n  ", gsub("\n", "\n  ", conditionMessage(error)))
}

expect_said <- function(texts) {
  force(texts)
  expect_snapshot_output(cat(texts, sep = "\n"))
}

random_state <- function() {
  get0(".Random.seed", envir = globalenv(), inherits = FALSE)
}

# `code` moves R's random numbers by exactly `draws` draws.
expect_draws <- function(code, draws) {
  set.seed(20)
  expected <- stats::runif(draws + 1L)[draws + 1L]
  set.seed(20)
  force(code)
  expect_identical(stats::runif(1L), expected)
}

# With OpenMP there always are more, see helper-threads.R; not on CRAN.
skip_on_one_thread <- function() {
  skip_if(.Call(harmonium:::ffi_hardware)$threads < 2L, "one thread only")
}

# Seconds in printed text differ from run to run.
mask_seconds <- function(lines) gsub("in [0-9.]+ s\\b", "in <time> s", lines)
