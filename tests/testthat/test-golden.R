# Results stay as they were when fixtures/golden.csv was written: see
# helper-golden.R. HARMONIUM_GOLDEN=exact compares all of them bit by bit, which
# holds on the machine that wrote the file, with its BLAS.

golden <- utils::read.csv(test_path("fixtures", "golden.csv"))

expect_golden <- function(name, found) {
  known <- golden[golden$name == name, ]
  row <- golden_row(found)
  expect_identical(row$count, known$count, label = name)
  if (known$kind == "bits" || Sys.getenv("HARMONIUM_GOLDEN") == "exact") {
    expect_identical(row$md5, known$md5, label = paste("the bits of", name))
  } else {
    tolerance <- if (known$kind == "moves") 1e-5 else 1e-9
    expect_lte(abs(row$sum - known$sum), tolerance * known$size,
               label = paste("the distance of", name))
  }
}

test_that("there is a row for each result", {
  results <- golden_results()
  names <- unlist(lapply(results, names), use.names = FALSE)
  expect_identical(golden$name, names)
  expect_identical(golden$kind, rep(names(results), lengths(results)))
})

for (kind in c("bits", "close", "moves")) {
  test_that(paste("results are those of before:", kind), {
    results <- golden_results()[[kind]]
    for (name in names(results)) {
      expect_golden(name, results[[name]]())
    }
  })
}

test_that("results do not depend on threads, nor on a stop between epochs", {
  same <- function(a, b) {
    expect_identical(golden$md5[golden$name == a], golden$md5[golden$name == b])
  }
  same("cd_large_1", "cd_large_2")
  same("pcd_large_1", "pcd_large_2")
  same("pcd", "pcd_resumed")
})
