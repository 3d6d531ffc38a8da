# What a model must hold, and other objects of ours: they are lists, which are
# easily changed by hand.

changed <- function(object, ...) {
  parts <- list(...)
  for (name in names(parts)) {
    object[name] <- parts[name]
  }
  object
}

test_that("what only says that it is ours is refused by every method", {
  x <- matrix(0:1, 2, 6)
  for (value in list(list(), 1, "a", sum, mean, list(W = 1), x, NULL)) {
    value <- if (is.null(value) || is.primitive(value)) list(value) else value
    of <- function(class) structure(value, class = class)
    refused(coef(of("rbm")), "model_changed")
    refused(print(of("rbm")), "model_changed")
    refused(summary(of("rbm")), "model_changed")
    refused(fitted(of("rbm")), "model_changed")
    refused(nobs(of("rbm")), "model_changed")
    refused(update(of("rbm")), "model_changed")
    refused(plot(of("rbm")), "model_changed")
    refused(rbm_hidden(of("rbm"), x), "model_changed")
    refused(print(of("summary.rbm")), "object_changed")
    refused(print(of("rbm_sample")), "object_changed")
    refused(rbm_diagnose(of("rbm_sample")), "object_changed")
    refused(as.mcmc.rbm_sample(of("rbm_sample")), "object_changed")
    refused(print(of("rbm_log_z")), "object_changed")
    refused(plot(of("rbm_log_z")), "object_changed")
    refused(print(of("rbm_log_lik")), "object_changed")
    refused(print(of("rbm_estimators")), "object_changed")
    refused(print(of("harmonium_info")), "object_changed")
    refused(rbm_fit(x, 2, control = of("rbm_control")), "object_changed")
  }
})

test_that("a training that was changed is told from a valid one", {
  set.seed(1)
  fit <- rbm_fit(matrix(runif(60) < 0.5, 10), 2, epochs = 2)
  expect_output(print(fit), "rbm")
  training <- fit$training
  history <- training$history
  changes <- list(
    list(settings = NULL), list(settings = changed(training$settings, k = -1)),
    list(settings = changed(training$settings, k = NULL)),
    list(history = 1), list(history = history[2:1, ]),
    list(history = history[setdiff(names(history), "log_lik")]),
    list(history = changed(history, pseudo_log_lik = c(NA, 1))),
    list(history = changed(history, log_lik = c(1, 1))),
    list(n = "a"), list(n = NULL), list(hidden = 7), list(stopped = 1:2),
    list(seconds = -1), list(seconds = 1e300), list(call = 1),
    list(key = c(0, 2^32)), list(independent_log_lik = NaN),
    list(best_epoch = 3), list(best_epoch = 1.5),
    list(chains = list(chain_rhat = "a")),
    list(held_out = 3:1), list(data = 1), list(data = c("a", "b")),
    list(data = NA_character_), list(maximum = 1), list(pilots = 1),
    list(control = NULL)
  )
  for (change in changes) {
    fit$training <- do.call(changed, c(list(training), change))
    refused(print(fit), "model_changed")
    refused(summary(fit), "model_changed")
    refused(nobs(fit), "model_changed")
    refused(update(fit, epochs = 1), "model_changed")
    refused(rbm_resume(fit, epochs = 1), "model_changed")
    refused(rbm_save(fit, tempfile()), "save_content")
    expect_identical(dim(rbm_sample(fit, 1, steps = 1)), c(1L, 6L))
  }
  fit$training <- changed(training, base_log_odds = "a")
  refused(rbm_sample(fit, 1), "model_changed")
  fit$training <- 1
  refused(rbm_hidden(fit, matrix(0, 1, 6)), "model_changed")
  fit <- changed(fit, training = training, image_dim = c(4, 4))
  expect_said(refused(rbm_hidden(fit, matrix(0, 1, 6)), "model_changed"))
})

test_that("the schema has a row for each element that fits make", {
  set.seed(2)
  x <- matrix(runif(200) < 0.5, 20)
  fits <- list(
    rbm_fit(x, 2, epochs = 1), rbm_fit(x, 2),
    rbm_fit(x, 30), rbm_fit(x, 2, epochs = 2, estimator = "pt", patience = 1,
                            validation = 0.2, average = TRUE)
  )
  known <- vapply(harmonium:::schema$load, function(row) {
    paste(row$element, collapse = "$")
  }, "")
  expect_identical(anyDuplicated(known), 0L)
  for (fit in fits) {
    expect_null(harmonium:::model_fault(fit, "load"))
    made <- c(names(fit), paste0("training$", names(fit$training)),
              if (!is.null(fit$training$state)) {
                paste0("training$state$", names(fit$training$state))
              })
    expect_identical(setdiff(made, known), character())
  }
  # Each need takes the rows of those before it.
  rows <- lengths(harmonium:::schema)
  expect_identical(names(rows), c("use", "show", "resume", "load"))
  expect_true(all(diff(rows) > 0))
  expect_true(harmonium:::all_finite(c(1e308, 1e308)))
  expect_false(harmonium:::all_finite(c(1, Inf, -Inf)))
  expect_false(harmonium:::all_finite(c(1, NaN)))
})

test_that("samples and answers that were changed are refused", {
  refused(as.matrix(structure(1:3, class = "rbm_sample")), "object_changed")
  set.seed(2)
  machine <- rbm(matrix(-1:1, 3, 2))
  x <- rbm_sample(machine, 8, chains = 2, steps = 8)
  expect_output(print(x), "rbm_sample")
  found <- attr(x, "diagnostics")
  for (change in list(list(chains = 3L), list(draws = 0L))) {
    attr(x, "diagnostics") <- do.call(changed, c(list(found), change))
    refused(print(x), "object_changed")
    refused(rbm_diagnose(x), "object_changed")
  }
  x <- rbm_log_z(machine)
  for (change in list(list(log_z = NA), list(se = "a"), list(method = NULL))) {
    other <- do.call(changed, c(list(x), change))
    refused(print(other), "object_changed")
    refused(predict(machine, diag(3), "log_prob", log_z = other),
            "object_changed")
  }
  refused(print(x, digits = "a"), "count")
  refused(print(x, digits = 0), "count")
})

test_that("text that is none is told as bytes", {
  bad <- rawToChar(as.raw(c(0x61, 0xff)))
  bytes <- bad
  Encoding(bytes) <- "bytes"
  x <- diag(2)
  expect_said(c(
    refused(rbm_fit(x, hidden = bad), "count"),
    refused(rbm_fit(x, hidden = bytes), "count"),
    refused(rbm_hidden(rbm(x), x, type = bad), "choice"),
    refused(rbm_hidden(rbm(x), x, type = bytes), "choice"),
    refused(rbm_load(bytes), "path"),
    refused(rbm_load(strrep("a", 5000)), "path"),
    refused(rbm_save(file = "a"), "absent")
  ))
})

test_that("a call with a class of its own is not looked into", {
  setClass("call_s4", representation(a = "numeric"), where = globalenv())
  on.exit(removeClass("call_s4", where = globalenv()))
  set.seed(1)
  fit <- rbm_fit(diag(4), 1, epochs = 1)
  fit$training$call <- methods::new("call_s4")
  refused(rbm_save(fit, tempfile()), "save_content")
  refused(print(fit), "model_changed")
})

test_that("names from data and files do not steer the terminal", {
  esc <- "\033]0;title\a"
  x <- matrix(c(0, 2, 0, 1), 2, dimnames = list(NULL, c(esc, "b\n")))
  machine <- rbm(matrix(0, 2, 1, dimnames = list(c("p", "\033[2J"), NULL)))
  frame <- as.data.frame(x)
  frame[[1L]] <- structure(c("a", "b"), class = esc)
  said <- c(
    refused(rbm_fit(x, 2), "range"),
    refused(rbm_hidden(machine, x / 2), "names"),
    refused(rbm_hidden(machine, frame), "frame"),
    refused(rbm_fit(replace(frame, 1L, list(Sys.Date() + 1:2)), 2),
            "column_time"),
    refused(rbm_fit(x / 2, structure(2, class = esc)), "count"),
    refused(rbm_hidden(machine, x / 2, type = esc), "choice"),
    refused(do.call(rbm_control, stats::setNames(list(1), esc)), "unknown")
  )
  expect_false(any(grepl("[\033\a]", said)))
  expect_said(said)
})

test_that("data that are broken inside are refused", {
  machine <- rbm(matrix(0, 2, 1))
  uneven <- structure(list(a = 1:3, b = 1:2), class = "data.frame",
                      row.names = 1:3)
  unnamed <- structure(list(1, 0), class = "data.frame")
  expect_said(c(
    refused(rbm_hidden(machine, uneven), "object_changed"),
    refused(rbm_hidden(machine, unnamed), "object_changed")
  ))
  refused(rbm_hidden(machine, structure(1:6, class = "data.frame")),
          "object_changed")
  refused(rbm_hidden(machine, diag(2), type = structure("input", class = "a")),
          "choice")
  refused(rbm_fit(diag(2), 1, keep_x = structure(TRUE, class = "POSIXct")),
          "flag")
  # What a symbol or a call stands for is not looked up.
  refused(plot(machine, "weights", units = quote(no_such_name)), "plot_units")
})

test_that("a checkpoint with states of units that are not there is refused", {
  set.seed(4)
  fit <- rbm_fit(matrix(runif(60) < 0.5, 10), 2, epochs = 1, chains = 3)
  fit$training$state$words[2L] <- bitwShiftL(1L, 6L)
  refused(rbm_resume(fit, epochs = 1), "resume_state")
  fit$training$state$words[2L] <- NA
  refused(rbm_resume(fit, epochs = 1), "resume_state")
})

test_that("a routine refuses what it cannot read", {
  hardware <- harmonium:::resolve_hardware()
  machine <- unclass(rbm(matrix(0, 2, 1)))
  cases <- harmonium:::as_cases(diag(2))
  hidden <- function(model = machine, layer = "hidden", x = cases,
                     type = "sample", key = c(1, 2), hw = hardware) {
    .Call(harmonium:::ffi_conditional, model, layer, x, type, key, hw)
  }
  expect_identical(hidden()[c("n", "units")], list(n = 2L, units = 1L))
  expect_error(hidden(model = NULL), "no element `W`")
  expect_error(hidden(changed(machine, b = 1)), "`b` is not")
  expect_error(hidden(changed(machine, W = 1:2)), "`W` is not")
  expect_error(hidden(changed(machine, units = "binary")), "`units` is not")
  expect_error(hidden(layer = "visible"), "`cases` is not of as many units")
  expect_error(hidden(layer = 1), "`layer` is not one text")
  expect_error(hidden(x = changed(cases, n = 3L)), "`cases` is not packed")
  expect_error(hidden(x = changed(cases, n = -1)), "`n` is not")
  expect_error(hidden(x = changed(cases, bits = as.raw(255 + integer(16)))),
               "`cases` is not packed as")
  expect_error(hidden(key = c(1, NaN)), "`key` is not")
  expect_error(hidden(key = 1), "`key` is not")
  expect_error(hidden(hw = list(threads = 1, level = "a")), "`level` is not")
  expect_error(hidden(hw = changed(hardware, threads = 0)), "`threads` is not")
  expect_identical(hidden(hw = changed(hardware, threads = 1e6)), hidden())
  lists <- list(n = 2L, units = 2L, bits = NULL, reals = NULL,
                start = c(0L, 1L, 2L), item = c(0L, 2L))
  expect_error(hidden(x = lists), "sound lists")
  expect_error(hidden(x = changed(lists, start = c(0L, 3L, 2L))),
               "sound lists")
  expect_error(hidden(x = changed(lists, start = 0L)), "`start` is not")
  tall <- unclass(rbm(matrix(0, 40, 40)))
  expect_error(.Call(harmonium:::ffi_moments, tall, FALSE, hardware),
               "small enough")
  expect_error(.Call(harmonium:::ffi_partition_blocks, machine, 1, 1, hardware),
               "`first` is not")
  expect_error(.Call(harmonium:::ffi_cases_scan, 1:4), "`x` is not a matrix")
  parts <- list(W = matrix(c(1, 3, 2, 4), 2), b = c(9, 8), c = c(7, 6))
  theta <- c(1, 2, 3, 4, 9, 8, 7, 6)
  expect_identical(.Call(harmonium:::ffi_model_split, theta, 2, 2), parts)
  expect_identical(.Call(harmonium:::ffi_model_join, parts$W, parts$b, parts$c,
                         NULL), theta)
  more <- .Call(harmonium:::ffi_model_split, c(theta, 5, 4), 2, 2)
  expect_identical(more, c(parts, list(d = c(5, 4))))
  expect_identical(.Call(harmonium:::ffi_model_join, parts$W, parts$b, parts$c,
                         more$d), c(theta, 5, 4))
  expect_error(.Call(harmonium:::ffi_model_split, theta, 2, 3),
               "`theta` is not")
  expect_error(.Call(harmonium:::ffi_model_join, parts$W, 1, parts$c, NULL),
               "`b` is not")
})

test_that("a number may be missing, but is one, and not infinite", {
  known <- harmonium:::is_known_or_na
  for (value in list(1, -2L, NA_real_, NA_integer_)) {
    expect_true(known(value))
  }
  for (value in list(1:2, numeric(), Inf, "a", NA, NULL, list(1), matrix(1),
                     factor(1), Sys.time())) {
    expect_false(known(value))
  }
})
