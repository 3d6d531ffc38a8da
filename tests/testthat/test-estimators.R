test_that("the table has a row for each estimator of the core", {
  table <- rbm_estimators()
  expect_s3_class(table, c("rbm_estimators", "data.frame"), exact = TRUE)
  expect_identical(table$name, .Call(harmonium:::ffi_kinds)$estimator)
  expect_named(table, c("name", "negative_phase", "cost", "bias", "use",
                        "source"))
  expect_true(all(vapply(table, is.character, NA)))
  expect_true(all(nzchar(unlist(table))))
})

test_that("every name in it makes settings and a gradient", {
  set.seed(1)
  model <- random_model(4, 3)
  x <- random_bits(6, 4)
  for (name in rbm_estimators()$name) {
    expect_identical(rbm_control(estimator = name)$estimator, name)
    found <- rbm_gradient(model, x, name, repeats = 2, chains = 5, warmup = 1)
    expect_identical(found$estimator, name)
    expect_identical(is.null(found$se), name %in% c("mf", "pl", "exact"))
    expect_identical(is.null(found$bias), name == "exact")
    expect_identical(is.null(found$meeting), name != "ucd")
  }
})

test_that("print() fits a screen, and takes what is left of the table", {
  table <- rbm_estimators()
  lines <- utils::capture.output(returned <- withVisible(print(table)))
  expect_false(returned$visible)
  expect_identical(returned$value, table)
  expect_lte(length(lines), 24L)
  expect_lte(max(nchar(lines)), 80L)
  expect_snapshot_output(print(table))
  few <- utils::capture.output(print(table[5L, ]))
  expect_identical(few, lines[c(1:4, 13:14)])
  expect_match(utils::capture.output(print(table[1L, c("name", "bias")])),
               "towards the data", all = FALSE)
  expect_said(refused(print(table, 3), "dots"))
})
