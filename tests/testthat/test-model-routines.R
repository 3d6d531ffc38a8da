test_that("routines give the same while everything loose is collected", {
  skip_on_cran() # tools/valgrind does this for all calls
  reached <- new.env()
  tortured <- results_of(routine_calls_by(torturing_call(reached, 2)))
  plain <- results_of(routine_calls())
  for (name in names(plain)) {
    expect_true(
      identical(tortured[[name]], plain[[name]], ignore.environment = TRUE),
      label = name
    )
  }
  missed <- setdiff(all_routines(), ls(reached))
  if (!requireNamespace("Matrix", quietly = TRUE)) {
    missed <- setdiff(missed, c("ffi_cases_fault", "ffi_cases_list",
                                "ffi_cases_scan_sparse"))
  }
  expect_identical(missed, character())
})
