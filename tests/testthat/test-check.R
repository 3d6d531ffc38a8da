# Every call of abort() in the package: the id it gives.
abort_ids <- function() {
  ids <- character()
  look <- function(code) {
    if (is.call(code) && identical(code[[1L]], quote(abort))) {
      ids <<- c(ids, code[[2L]])
    }
    if (is.call(code) || is.pairlist(code)) {
      for (part in as.list(code)) {
        if (!missing(part)) look(part)
      }
    }
  }
  package <- asNamespace("harmonium")
  for (name in ls(package, all.names = TRUE)) {
    value <- get(name, package)
    if (is.function(value)) {
      look(formals(value))
      look(body(value))
    }
  }
  ids
}

test_that("every error has an id of its own, and is triggered in a test", {
  skip_on_cran() # the tarball has not all tests
  ids <- abort_ids()
  expect_gt(length(ids), 25L)
  expect_identical(ids[duplicated(ids)], character())
  lines <- unlist(lapply(list.files(test_path(), "^test-.*[.]R$",
                                    full.names = TRUE), readLines))
  tested <- vapply(ids, function(id) {
    any(grepl(sprintf("[\"_]%s\"", id), lines))
  }, NA)
  expect_identical(ids[!tested], character())
})

test_that("an error has its classes and the call of the user's function", {
  error <- tryCatch(rbm_fit(diag(2), hidden = 0), error = identity)
  expect_s3_class(
    error,
    c("harmonium_error_count", "harmonium_error", "error", "condition"),
    exact = TRUE
  )
  expect_identical(conditionCall(error), quote(rbm_fit()))
  error <- tryCatch(rbm_control(k = 0), error = identity)
  expect_identical(conditionCall(error), quote(rbm_control()))
  error <- tryCatch(harmonium::rbm(NULL), error = identity)
  expect_s3_class(error, "harmonium_error_weights")
  # Data are not in it, however they came.
  error <- tryCatch(do.call(rbm_fit, list(diag(50), 0)), error = identity)
  expect_lt(utils::object.size(conditionCall(error)), 1000)
})

test_that("`hidden` is one whole number from 1", {
  x <- diag(2)
  set.seed(1)
  expect_identical(ncol(rbm_fit(x, hidden = 3L, epochs = 1)$W), 3L)
  expect_identical(ncol(rbm_fit(x, hidden = c(n = 3), epochs = 1)$W), 3L)
  expect_said(c(
    refused(rbm_fit(x), "absent"),
    refused(rbm_fit(x, hidden = 0), "count"),
    refused(rbm_fit(x, hidden = -3), "count"),
    refused(rbm_fit(x, hidden = 1.5), "count"),
    refused(rbm_fit(x, hidden = c(1, 2)), "count"),
    refused(rbm_fit(x, hidden = numeric()), "count"),
    refused(rbm_fit(x, hidden = "a"), "count"),
    refused(rbm_fit(x, hidden = "a\n\"b\""), "count"),
    refused(rbm_fit(x, hidden = NA), "count"),
    refused(rbm_fit(x, hidden = NaN), "count"),
    refused(rbm_fit(x, hidden = NULL), "count"),
    refused(rbm_fit(x, hidden = Inf), "count"),
    refused(rbm_fit(x, hidden = 1e10), "count"),
    refused(rbm_fit(x, hidden = TRUE), "count"),
    refused(rbm_fit(x, hidden = factor(3)), "count"),
    refused(rbm_fit(x, hidden = list(3)), "count"),
    refused(rbm_fit(x, hidden = diag(2)), "count"),
    refused(rbm_fit(x, hidden = sum), "count"),
    refused(rbm_fit(x, hidden = quote(a + b)), "count")
  ))
})

test_that("the other arguments of rbm_fit() are checked", {
  x <- diag(2)
  expect_said(c(
    refused(rbm_fit(x, 2, verbose = NA), "flag"),
    refused(rbm_fit(x, 2, verbose = "yes"), "flag"),
    refused(rbm_fit(x, 2, keep_x = 1), "flag"),
    refused(rbm_fit(x, 2, keep_x = c(TRUE, FALSE)), "flag"),
    refused(rbm_fit(x, 2, callback = "stop"), "function"),
    refused(rbm_fit(x, 2, callback = 5), "function"),
    refused(rbm_fit(x, 2, image_dim = c(2, 2)), "image_dim"),
    refused(rbm_fit(x, 2, image_dim = "square"), "image_dim")
  ))
})

test_that("messages are in words, without the data", {
  expect_said(vapply(
    list(NULL, 5, 1e10, 0.1 + 0.2, "text", NA, NA_character_, TRUE, 1:3, mean,
         list(1, 2), diag(3), factor(c("a", "b")), data.frame(a = 1:2),
         as.raw(7), strrep("long", 30), quote(x), as.Date("2020-01-01")),
    harmonium:::describe, ""
  ))
})

test_that("the nearest name is one that could have been meant", {
  known <- c(harmonium:::control_names(), names(formals(rbm_fit)))
  meant <- c(lr = "learning_rate", learn_rate = "learning_rate",
             wd = "weight_decay", bs = "batch_size", batch = "batch_size",
             epoch = "epochs", epoc = "epochs", Epochs = "epochs",
             optimizer = "optimiser", moment = "momentum", mom = "momentum",
             sd = "init_sd", n_threads = "threads",
             keepx = "keep_x", keep = "keep_x", imagedim = "image_dim",
             callbacks = "callback", verb = "verbose", hiden = "hidden")
  for (given in names(meant)) {
    expect_identical(harmonium:::nearest(given, known), meant[[given]])
  }
})

# What a default is for is tested where it matters; here, that it is what its
# users read.
test_that("defaults are those that the help pages show", {
  skip_if(length(tools::Rd_db("harmonium")) == 0L, "installed without help")
  expect_length(tools::codoc("harmonium"), 0L)
})
