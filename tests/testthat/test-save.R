saved_file <- function() tempfile("saved-", fileext = ".rbm")

small_fit <- function(x = random_bits(30, 6), ...) {
  rbm_fit(x, 3, epochs = 2, threads = 1, ...)
}

bytes_of <- function(path) readBin(path, "raw", file.size(path))

read_back <- function(bytes) harmonium:::read_content(bytes, "m.rbm")

# The bytes of a file with this content, whose checksums are right.
bytes_with <- function(content, format = harmonium:::model_format) {
  payload <- if (is.raw(content)) content else serialize(content, NULL,
                                                         version = 2L)
  c(harmonium:::header(format, "plain", length(payload),
                       harmonium:::checksum(payload)), payload)
}

test_that("a checksum is FNV-1a, over all that is given", {
  checksum <- harmonium:::checksum
  expect_identical(checksum(), "cbf29ce484222325")
  expect_identical(checksum(charToRaw("a")), "af63dc4c8601ec8c")
  expect_identical(checksum(charToRaw("foobar")), "85944171f73967e8")
  expect_identical(checksum(charToRaw("foo"), charToRaw("bar")),
                   "85944171f73967e8")
  expect_identical(checksum(1.5, 3L),
                   checksum(as.raw(c(0, 0, 0, 0, 0, 0, 0xf8, 0x3f, 3, 0, 0,
                                     0))))
  long <- as.raw(seq_len(3e6) %% 251)
  expect_identical(checksum(long), checksum(long[1:2e6], long[-(1:2e6)]))
})

test_that("the checksum of the parameters sees each of their bits", {
  model <- rbm(matrix(c(0, 1, 2, 3, 4, 5), 2), c(0, 1), c(1, 2, 3))
  sum <- harmonium:::parameter_checksum(model)
  changed <- list(
    within_W = rbm(model$W * (1 + .Machine$double.eps), model$b, model$c),
    signed = rbm(-model$W * -1 + c(-0, 0), -model$b * c(1, -1), model$c),
    b = rbm(model$W, c(0, 2), model$c), c = rbm(model$W, model$b, c(1, 2, 4)),
    turned = rbm(matrix(model$W, 3), c(0, 1, 1), c(2, 3))
  )
  for (other in changed) {
    expect_false(identical(harmonium:::parameter_checksum(other), sum))
  }
})

test_that("what was saved is loaded, to the bit", {
  path <- saved_file()
  set.seed(101)
  x <- random_bits(30, 6)
  named <- x
  dimnames(named) <- list(paste0("case", 1:30), c(letters[1:5], "\u00e9"))
  models <- list(
    rbm(matrix(c(-0, 1e-310, 1e299, pi), 2)),
    rbm(matrix(0, 2, 3, dimnames = list(c("a", "b"), NULL)), image_dim = 1:2),
    small_fit(x), small_fit(named, image_dim = c(2, 3)),
    small_fit(as.data.frame(named)), small_fit(x > 0, keep_x = FALSE),
    small_fit(matrix(as.raw(x), 30)), small_fit(random_intensities(20, 4)),
    small_fit(x, callback = function(info) FALSE),
    do.call("rbm_fit", list(x = x, hidden = 2, epochs = 1))
  )
  before <- random_state()
  for (model in models) {
    expect_identical(rbm_save(model, path), normalizePath(path))
    expect_identical(rbm_load(path), model)
  }
  expect_identical(random_state(), before)
  expect_identical(list.files(tempdir(), "[.]tmp$"), character())
  expect_false(withVisible(rbm_save(model, path))$visible)

  rbm_save(models[[3]], path, keep_x = FALSE)
  without <- models[[3]]
  without["x"] <- list(NULL)
  expect_identical(rbm_load(path), without)
  # Data that do.call() put into the call are data.
  rbm_save(models[[10]], path, keep_x = FALSE)
  expect_identical(rbm_load(path)$training$call$x, quote(x))
})

test_that("models of matrices of the Matrix package, and of tibbles, too", {
  path <- saved_file()
  set.seed(102)
  x <- random_bits(30, 6)
  if (requireNamespace("tibble", quietly = TRUE)) {
    fit <- small_fit(tibble::as_tibble(as.data.frame(x)))
    rbm_save(fit, path)
    expect_identical(rbm_load(path), fit)
  }
  skip_if_not_installed("Matrix")
  sparse <- Matrix::Matrix(x, sparse = TRUE)
  for (x in list(sparse, methods::as(sparse, "TsparseMatrix"))) {
    fit <- small_fit(x)
    rbm_save(fit, path)
    expect_identical(rbm_load(path), fit)
  }
  content <- harmonium:::model_content(fit)
  content$model$x@i[1] <- 1000L
  expect_match(refused(read_back(bytes_with(content)), "load_content"),
               "sound dgTMatrix")
})

test_that("files of format 1 are read for ever", {
  fit <- rbm_load(test_path("fixtures", "format-1.rbm"))
  expect_identical(harmonium:::parameter_checksum(fit), "d53c3e812bfe4e62")
  expect_identical(rownames(fit$W), c("a", "b", "c", "d", "\u00e9"))
  expect_identical(dim(fit$x), c(12L, 5L))
  expect_identical(fit$image_dim, c(1L, 5L))
  expect_identical(fit$training$history$epoch, 1:4)
  expect_identical(fit$training$control$momentum, 0.8)
  expect_identical(dim(fitted(fit)), c(12L, 5L))
  expect_output(print(fit), "4 of 4 epochs")
  expect_s3_class(update(fit, epochs = 1), "rbm")
  expect_true(all(is.na(fit$training$history$chain_rhat)))
})

test_that("files of format 2 are read for ever", {
  fit <- rbm_load(test_path("fixtures", "format-2.rbm"))
  expect_identical(harmonium:::parameter_checksum(fit), "67453771ab64d6e5")
  expect_identical(is.na(fit$training$history$valid_log_lik),
                   c(TRUE, FALSE, TRUE, FALSE))
  expect_true(is.finite(fit$training$chains$chain_rhat))
  expect_output(print(fit), "Held-out cases have log-likelihood")
  expect_identical(nrow(rbm_resume(fit, epochs = 1)$training$history), 5L)
})

test_that("files of format 3 are read for ever", {
  fit <- rbm_load(test_path("fixtures", "format-3.rbm"))
  expect_identical(harmonium:::parameter_checksum(fit), "ba1725890efc4e24")
  # What had other names before.
  for (format in 1:2) {
    file <- test_path("fixtures", sprintf("format-%d.rbm", format))
    training <- rbm_load(file)$training
    expect_true(all(is.finite(training$base_log_odds)))
    expect_true(is.finite(training$independent_log_lik))
    expect_null(training[["base_rates"]])
  }
  expect_identical(nrow(rbm_resume(fit, epochs = 1)$training$history), 5L)
})

test_that("an old content goes through all steps to that of today", {
  steps <- list(function(x) c(x, 1), function(x) c(x, 2), function(x) c(x, 3))
  upgrade <- harmonium:::upgrade
  expect_identical(upgrade(0, 1L, 4L, steps), c(0, 1, 2, 3))
  expect_identical(upgrade(0, 3L, 4L, steps), c(0, 3))
  expect_identical(upgrade(0, 4L, 4L, steps), 0)
  expect_length(harmonium:::converters, harmonium:::model_format - 1L)
  # A file of each format.
  expect_setequal(list.files(test_path("fixtures"), "[.]rbm$"),
                  sprintf("format-%d.rbm", seq_len(harmonium:::model_format)))
})

# Damage ----------------------------------------------------------------------

is_told <- function(bytes) {
  tryCatch(
    {
      read_back(bytes)
      FALSE
    },
    harmonium_error_load_foreign = function(error) TRUE,
    harmonium_error_load_damaged = function(error) TRUE
  )
}

flip <- function(bytes, at, bit) {
  bytes[at] <- xor(bytes[at], as.raw(bitwShiftL(1L, bit)))
  bytes
}

# The checksum finds any change within one byte: there is no false alarm, and
# none is missed.
test_that("a flipped bit is told, in any place", {
  set.seed(103)
  for (model in list(small_fit(), rbm(matrix(rnorm(12), 3)))) {
    path <- saved_file()
    rbm_save(model, path)
    bytes <- bytes_of(path)
    expect_identical(read_back(bytes), model)
    head <- match(as.raw(10L), bytes)
    at <- c(rep(seq_len(head), each = 8L),
            seq(head + 1L, length(bytes), by = 7),
            sample(length(bytes), 1000L, replace = TRUE))
    bit <- c(rep(0:7, head), sample(0:7, length(at) - 8L * head, TRUE))
    told <- mapply(function(at, bit) is_told(flip(bytes, at, bit)), at, bit)
    expect_identical(sum(!told), 0L)
  }
})

test_that("a file that was cut short or goes on is told", {
  set.seed(104)
  path <- saved_file()
  rbm_save(small_fit(random_bits(4000, 20)), path)
  bytes <- bytes_of(path)
  expect_gt(length(bytes), 10000)
  cuts <- c(0:200, seq(1024, length(bytes) - 1L, by = 1024), length(bytes) - 1L)
  told <- vapply(cuts, function(n) is_told(bytes[seq_len(n)]), NA)
  expect_identical(cuts[!told], numeric())
  expect_true(is_told(c(bytes, as.raw(0))))
  expect_true(is_told(c(bytes, bytes)))
})

test_that("each way to be no file of ours has its words", {
  path <- "m.rbm"
  bytes <- bytes_with(harmonium:::model_content(rbm(matrix(1))))
  head <- match(as.raw(10L), bytes)
  rds <- serialize(1, NULL)
  line <- function(text) {
    c(charToRaw(paste0(text, harmonium:::checksum(charToRaw(text)), "\n")),
      bytes[-seq_len(head)])
  }
  told <- list(
    charToRaw("a,b,c\n1,2,3\n"), rds,
    as.raw(c(0x1f, 0x8b, 8)), raw(),
    bytes[1:30], bytes[1:400],
    replace(bytes, head, as.raw(11L)),
    replace(bytes, head + -1:500, as.raw(48L)),
    replace(bytes, 30L, as.raw(0L)),
    replace(bytes, 30L, as.raw(0xe9L)),
    flip(bytes, 30L, 0L),
    flip(bytes, 25L, 0L), # a later version, but for the checksum
    flip(bytes, length(bytes) - 3L, 6L),
    line("harmonium model, format 4, who knows, header "),
    line("harmonium model, format 3, who knows, header ")
  )
  ids <- c(rep("load_foreign", 3L), rep("load_damaged", 10), "load_future",
           "load_content")
  expect_said(vapply(seq_along(told), function(i) {
    file <- told[[i]]
    refused(harmonium:::read_content(file, path), ids[i])
  }, ""))
  refused(harmonium:::read_content(told[[14L]], path), "load_future")
})

# Content that was made up ----------------------------------------------------

test_that("a changed parameter is told, whatever else was put right", {
  set.seed(105)
  content <- harmonium:::model_content(small_fit())
  expect_s3_class(read_back(bytes_with(content)), "rbm")
  content$model$W[2] <- content$model$W[2] * (1 + 2^-52)
  expect_match(refused(read_back(bytes_with(content)), "load_content"),
               "do not have the checksum")
})

# `change` is applied to the content of a sound model, and the parameters'
# checksum put right where it was not that which changed.
made_up <- function(content, change) {
  inside <- list2env(content)
  eval(change, inside)
  made <- mget(names(content), envir = inside)
  if (identical(made$parameters, content$parameters)) {
    made$parameters <- tryCatch(harmonium:::parameter_checksum(made$model),
                                error = function(error) "")
  }
  bytes_with(made)
}

test_that("what is no sound model is told, without an error from inside", {
  set.seed(106)
  content <- harmonium:::model_content(small_fit())
  changes <- expression(
    model <- 1, model <- list(), model <- model[-1], model <- rev(model),
    class(model) <- "rbm", attr(model, "more") <- 1,
    class(model) <- "data.frame",
    model$W <- as.integer(1), model$W <- "a", model["W"] <- list(NULL),
    model$W <- list(1), model$W[1] <- NaN, model$W[1] <- Inf,
    model$W[1] <- NA, model$W <- model$W[, 0], model$W <- model$W[, 1:2],
    model$W <- c(model$W), model$W <- array(model$W, c(6, 3, 1)),
    model$W <- t(model$W), class(model$W) <- "table",
    class(model$W) <- "numeric_version", attr(model$W, "more") <- 1,
    model$b <- model$b[-1], model$b[1] <- NA, model$b <- matrix(model$b, 1),
    names(model$b) <- letters[1:6], model$b <- as.list(model$b),
    model$c <- 1:3, model$c <- factor(1:3), class(model$c) <- "Date",
    model$units <- c("a", "b"), model$units["visible"] <- "gauss",
    model$units <- NULL, model$image_dim <- 1:3, model$image_dim <- c(-2, -3),
    model$image_dim <- c(2, 3), model$image_dim <- "a",
    model$training <- 1, model$training <- list(), model$training <- unname(
      model$training), class(model$training) <- "lm",
    names(model$training)[2] <- "call", model$training$call <- "rbm_fit(x)",
    model$training$n <- "a", model$training$n <- NaN, model$training$n <- 1:2,
    model$training$n <- -1, model$training$n <- 31L,
    model$training$hidden <- 4L, model$training$hidden <- list(3),
    model$training$control <- NULL, model$training$control <- list(),
    class(model$training$control) <- "lm", model$training$control$k <- -1,
    model$training$control$k <- quote(stop("evaluated")),
    model$training$control$k <- quote(evaluated()),
    model$training$control$k <- factor(1), model$training$control$odd <- 1,
    model$training$control$estimator <- "magic",
    model$training$control$epochs <- 2, names(model$training$control) <- NULL,
    model$training$history <- 1, model$training$history$epoch <- NULL,
    model$training$history$log_lik <- c("a", "b"),
    model$training$history$log_lik <- I(c(1, 2)),
    model$training$history <- unclass(model$training$history),
    model$training$history <- structure(
      c(unclass(model$training$history)[-1], list(epoch = 1:9)),
      class = "data.frame", row.names = 1:2),
    class(model$training$history) <- c("grouped_df", "data.frame"),
    model$training$stopped <- 1, model$training$stopped <- character(),
    model$training$stopped <- NA_character_,
    model$training$seconds <- -1, model$training$seconds <- Inf,
    model$training$monitored <- NULL, model$training$key <- c(1, NA),
    model$training$key <- c(1, 2^32), model$training$key <- "a",
    model$training$base_log_odds[2] <- -Inf, model$training$base_log_odds <- 1,
    model$training$independent_log_lik <- NaN, model$training$odd <- Sys.Date(),
    model$training$odd <- list(list(factor(1))),
    model$training$odd <- quote(evaluated()),
    model$training$odd <- structure(list(formals = 1, body = 2, values = 3),
                                    class = "harmonium_function"),
    model["training"] <- list(NULL),
    model$x <- 1, model$x <- "a", model$x <- model$x[-1, ],
    model$x <- model$x[, -1], model$x[3] <- 2, model$x[3] <- NA,
    class(model$x) <- "table", model$x <- list(1),
    model$x <- structure(as.data.frame(model$x), class = c("odd",
                                                           "data.frame")),
    model$x <- structure(list(a = 1:3, b = 1:30), class = "data.frame",
                         row.names = 1:30),
    class(model$x) <- "Date", model$x <- quote(evaluated()),
    parameters <- 1, harmonium <- NULL
  )
  evaluated <- function() stop("what was in the file was evaluated")
  said <- vapply(changes, function(change) {
    bytes <- made_up(content, change)
    told <- refused(read_back(bytes), "load_content")
    fault <- strsplit(told, "\n")[[1]][3]
    paste(paste(trimws(deparse(change)), collapse = " "), trimws(fault),
          sep = "\n  ")
  }, "")
  expect_said(said)
})

# Every way to ask an object of this class something would be noticed.
test_that("a class is refused in any place before a method of it is called", {
  set.seed(108)
  called <- character()
  generics <- c("length", "[", "[[", "$", "format", "print", "dim", "names",
                "dimnames", "levels", "as.character", "as.vector", "as.list",
                "as.double", "is.na", "is.numeric", "unique", "rep", "Ops",
                "Math", "Summary", "xtfrm", "duplicated", "anyNA", "mean")
  for (generic in generics) {
    local({
      name <- generic
      registerS3method(name, "odd_class", function(...) {
        called <<- c(called, name)
        NULL
      })
    })
  }
  names(structure(1, class = "odd_class"))
  expect_identical(called, "names")
  called <- character()
  places <- function(value, at = integer()) {
    inside <- if (is.list(value)) {
      lapply(seq_along(value), function(i) places(value[[i]], c(at, i)))
    }
    c(list(at), unlist(inside, recursive = FALSE))
  }
  with_class <- function(value, at, classes) {
    if (length(at)) {
      parts <- unclass(value)
      parts[at[1L]] <- list(with_class(parts[[at[1L]]], at[-1L], classes))
      attributes(parts) <- attributes(value)
      return(parts)
    }
    value <- if (is.null(value) || is.language(value)) 1 else value
    attr(value, "class") <- c("odd_class", classes)
    value
  }
  fit <- small_fit(as.data.frame(random_bits(30, 6)), validation = 0.2,
                   schedule = function(epoch) 1 / epoch)
  content <- harmonium:::model_content(fit)
  columns <- vapply(places(content), length, 1L) == 3L &
    vapply(places(content), function(at) {
      identical(at[1:2], c(3L, match("x", names(content$model))))
    }, NA)
  expect_identical(sum(columns), 6L)
  for (at in places(content)[!columns]) {
    for (classes in list(NULL, "data.frame", "rbm_control")) {
      bytes <- bytes_with(with_class(content, at, classes))
      expect_match(refused(read_back(bytes), "load_content"), "class")
    }
  }
  expect_identical(called, character())
})

# R's reader would leave its stack.
test_that("a call of very many parts is refused", {
  word <- function(x) rev(writeBin(as.integer(x), raw(), endian = "little"))
  with_parts <- function(n) {
    c(charToRaw("X\n"), word(2), word(0x00040202), word(0x00020300), word(6),
      word(1), word(9), word(1), charToRaw("f"),
      rep(c(word(2), word(254)), n), word(254))
  }
  expect_identical(unserialize(with_parts(2)), quote(f(NULL, NULL)))
  expect_null(.Call(harmonium:::ffi_serial_fault, with_parts(3000)))
  expect_match(refused(read_back(bytes_with(with_parts(1e5))), "load_content"),
               "too deeply")
  call <- as.call(c(quote(rbm_fit), as.list(seq_len(5000))))
  fit <- small_fit()
  fit$training$call <- call
  expect_match(refused(rbm_save(fit, saved_file()), "save_content"),
               "too deeply")
})

test_that("a call with a class is no call", {
  fit <- small_fit()
  class(fit$training$call) <- "odd_class"
  refused(print(fit), "object_changed")
  path <- saved_file()
  rbm_save(fit, path)
  expect_false(is.object(rbm_load(path)$training$call))
})

test_that("what is not plain data is told before R makes anything of it", {
  here <- new.env()
  delayedAssign("W", stop("evaluated"), assign.env = here)
  objects <- list(
    globalenv(), here, function(x) x, sum, expression(a), 1i,
    compiler::compile(quote(x + 1)), asNamespace("stats"), baseenv(),
    list(list(list(globalenv()))), structure(1, a = emptyenv())
  )
  for (object in objects) {
    payload <- serialize(list(model = object), NULL, version = 2L)
    expect_match(refused(read_back(bytes_with(payload)), "load_content"),
                 "other than plain data")
  }
  # Version 3, and its compact vectors; text; nothing.
  for (payload in list(serialize(1:10, NULL), serialize(1, NULL, ascii = TRUE),
                       raw(), as.raw(1:100))) {
    refused(read_back(bytes_with(payload)), "load_content")
  }
  # One element whose dim says more.
  sound <- serialize(matrix(1:6, 2), NULL, version = 2L)
  expect_null(.Call(harmonium:::ffi_serial_fault, sound))
  large <- replace(sound, length(sound) - 4L, as.raw(200L))
  expect_match(refused(read_back(bytes_with(large)), "load_content"),
               "does not fit its object")
})

test_that("all that R itself writes of plain data is taken", {
  values <- list(
    NULL, TRUE, NA, 1:3, c(a = 1, b = NA), letters, "\u00e9", raw(3), list(),
    matrix(1:6, 2, dimnames = list(NULL, letters[1:3])), array(1:8, c(2, 2, 2)),
    matrix(1, 0, 3), matrix(1, 3, 0), digits8, datasets::iris,
    data.frame(a = 1:2, row.names = c("p", "q")), quote(f(x, , y = 2)[1]),
    as.list(1:1000), quote(x), Sys.time(),
    array(1:3, 3, list(letters[1:3])), factor(c("a", "b")), NA_character_
  )
  for (value in values) {
    payload <- serialize(value, NULL, version = 2L)
    expect_null(.Call(harmonium:::ffi_serial_fault, payload))
  }
})

# Functions -------------------------------------------------------------------

test_that("functions are kept as code, with the vectors they use", {
  through_file <- function(value) {
    bytes <- serialize(harmonium:::plain(value), NULL, version = 2L)
    expect_null(.Call(harmonium:::ffi_serial_fault, bytes))
    read <- unserialize(bytes)
    expect_true(harmonium:::is_plain(read))
    harmonium:::revive(read)
  }
  make <- function(rate, large = numeric(1e6)) {
    unused <- 1
    function(epoch, by = rate, ...) {
      large <- 2
      large * by / epoch
    }
  }
  made <- make(0.5)
  again <- through_file(list(schedule = made, k = 1))
  expect_named(again, c("schedule", "k"))
  expect_identical(again$schedule(4), made(4))
  expect_identical(formals(again$schedule), formals(made))
  expect_identical(ls(environment(again$schedule)), "rate")
  expect_identical(parent.env(environment(again$schedule)), globalenv())
  expect_lt(length(serialize(again, NULL)), 5000)
  expect_identical(through_file(sqrt)(4), 2)
  expect_identical(through_file(sum)(4, 5), 9)
  expect_identical(through_file(function() NULL)(), NULL)
  expect_identical(environment(through_file(function(x) x)), globalenv())
  # A function of a package is called in that package.
  expect_identical(through_file(stats::plogis)(0), 0.5)
  # With notes of the parser, which hold an environment.
  noted <- eval(parse(text = "function(x) {\n x + 1 # comment\n}",
                      keep.source = TRUE))
  expect_identical(through_file(noted)(1), 2)
  call <- parse(text = "f(function(x) { x }, y ~ z, a[, 1])",
                keep.source = TRUE)[[1]]
  plain <- harmonium:::plain(call)
  expect_identical(plain[-2], quote(f(y ~ z, a[, 1])))
  expect_length(plain[[2]], 3)
  expect_null(attributes(plain[[2]][[3]]))
  inside <- as.call(list(as.name("f"), globalenv(), sum, made))
  expect_identical(as.list(harmonium:::plain(inside))[1:3],
                   list(quote(f), quote(`<environment>`), quote(sum)))
  expect_null(harmonium:::plain(list(globalenv()))[[1]])
  # Attributes as well.
  expect_identical(harmonium:::plain(structure(1:2, at = globalenv())), 1:2)
  kept <- harmonium:::plain(structure(list(1), names = "a", by = sum))
  expect_s3_class(attr(kept, "by"), "harmonium_function")
  expect_named(kept, "a")
})

# Files -----------------------------------------------------------------------

test_that("what is no path, no folder or no place to write is refused", {
  model <- rbm(matrix(0, 2, 2))
  folder <- tempfile("place-")
  dir.create(folder)
  on.exit(unlink(folder, recursive = TRUE))
  file.create(file.path(folder, "file"))
  old <- setwd(folder) # nolint: undesirable_function_linter.
  on.exit(setwd(old), add = TRUE, after = FALSE) # nolint
  damaged <- model
  damaged$W[1] <- NA
  changed <- small_fit()
  changed$training$n <- "many"
  expect_said(c(
    refused(rbm_save(model), "absent"),
    refused(rbm_save(1, "m.rbm"), "model"),
    refused(rbm_save(damaged, "m.rbm"), "model_changed"),
    refused(rbm_save(changed, "m.rbm"), "save_content"),
    refused(rbm_save(model, 1), "path"),
    refused(rbm_save(model, NULL), "path"),
    refused(rbm_save(model, NA_character_), "path"),
    refused(rbm_save(model, ""), "path"),
    refused(rbm_save(model, c("a", "b")), "path"),
    refused(rbm_save(model, stdout()), "path"),
    refused(rbm_save(model, "m.rbm", keep_x = NA), "flag"),
    refused(rbm_save(model, "."), "save"),
    refused(rbm_save(model, "none/m.rbm"), "save"),
    refused(rbm_save(model, "file/m.rbm"), "save"),
    refused(rbm_load(), "absent"),
    refused(rbm_load(1), "path"),
    refused(rbm_load("."), "load"),
    refused(rbm_load("none.rbm"), "load"),
    refused(rbm_load("file"), "load_damaged")
  ))
  long <- strrep("n", 300)
  refused(rbm_save(model, long), "save")
  expect_identical(list.files(), "file")
})

test_that("names of files and settings of R make no difference", {
  folder <- tempfile("odd [a]* $x 'q' \u00e9 ")
  dir.create(folder)
  on.exit(unlink(folder, recursive = TRUE, expand = FALSE))
  path <- file.path(folder, "m[1]?*.rbm")
  neighbour <- file.path(folder, "m1xx.rbm")
  file.create(neighbour)
  model <- rbm(matrix(1.5, 2, 2))
  old <- options(warn = 2, OutDec = ",", scipen = -20)
  on.exit(options(old), add = TRUE)
  rbm_save(model, path)
  rbm_save(rbm(matrix(2, 2, 2)), path)
  expect_identical(rbm_load(path), rbm(matrix(2, 2, 2)))
  expect_setequal(list.files(folder), basename(c(path, neighbour)))
})

test_that("a link stays one, and a file's permissions what they were", {
  skip_on_os("windows")
  folder <- tempfile("link-")
  dir.create(folder)
  on.exit(unlink(folder, recursive = TRUE))
  path <- file.path(folder, "m.rbm")
  link <- file.path(folder, "link.rbm")
  rbm_save(rbm(matrix(1)), path)
  Sys.chmod(path, "0640", use_umask = FALSE)
  file.symlink(path, link)
  rbm_save(rbm(matrix(2)), link)
  expect_identical(Sys.readlink(link), path)
  expect_identical(rbm_load(path), rbm(matrix(2)))
  expect_identical(format(file.mode(path)), "640")
})

test_that("a folder and a file that may only be read are left alone", {
  skip_on_os("windows")
  folder <- tempfile("locked-")
  dir.create(folder)
  on.exit({
    Sys.chmod(folder, "0700")
    unlink(folder, recursive = TRUE)
  })
  path <- file.path(folder, "m.rbm")
  rbm_save(rbm(matrix(1)), path)
  Sys.chmod(path, "0400")
  skip_if(file.access(path, 2L) == 0L, "this user may write to any file")
  expect_match(refused(rbm_save(rbm(matrix(2)), path), "save"),
               "may not be written")
  Sys.chmod(path, "0600")
  Sys.chmod(folder, "0500")
  expect_match(refused(rbm_save(rbm(matrix(2)), path), "save"), "its folder")
  expect_identical(rbm_load(path), rbm(matrix(1)))
})

# The system lets no file of the child grow beyond some blocks of 512 or 1024
# bytes; what is beyond fails to be written, as on a full disk.
test_that("a full disk leaves the old file, and nothing else", {
  skip_on_os("windows")
  skip_if(Sys.which("sh") == "")
  folder <- tempfile("full-")
  dir.create(folder)
  on.exit(unlink(folder, recursive = TRUE))
  # A name that means itself, not all that it would match.
  path <- file.path(folder, "m[1]*.rbm")
  old <- rbm(matrix(1))
  rbm_save(old, path)
  script <- file.path(folder, "child.R")
  writeLines(c(
    sprintf(".libPaths(%s)", paste(deparse(.libPaths()), collapse = "")),
    "library(harmonium)",
    sprintf("path <- %s", deparse(path)),
    # Beyond the limit by a part of a buffer, which shows when the file is
    # closed, and by more.
    "for (n in c(20, 32, 64, 70, 100, 1000)) {",
    "  model <- rbm(matrix(sin(1:(n * 128)), 128))",
    "  got <- tryCatch(rbm_save(model, path), harmonium_error_save = identity)",
    "  cat(n, inherits(got, 'condition'), '\\n')",
    "  if (n == 1000) cat(conditionMessage(got), '\\n')",
    "}",
    "options(warn = 1)",
    "invisible(gc())"
  ), script)
  command <- sprintf("trap '' XFSZ; ulimit -f %d; exec %s --vanilla %s", 64,
                     shQuote(file.path(R.home("bin"), "Rscript")),
                     shQuote(script))
  output <- system2("sh", c("-c", shQuote(command)), stdout = TRUE,
                    stderr = TRUE)
  expect_true("1000 TRUE " %in% output)
  expect_true("100 TRUE " %in% output)
  expect_true("20 FALSE " %in% output)
  expect_true(any(grepl("disk full|problem writing", output)))
  # No file that is gone was still open, with the space that it takes.
  expect_false(any(grepl("unused connection", output)))
  expect_identical(list.files(folder), c("child.R", "m[1]*.rbm"))
  fitted <- max(as.integer(sub(" FALSE $", "",
                               grep("FALSE", output, value = TRUE))))
  expect_identical(rbm_load(path), rbm(matrix(sin(1:(fitted * 128)), 128)))
})

test_that("a killed R leaves a file that loads, and is what it meant to save", {
  skip_on_os("windows")
  skip_on_cran()
  set.seed(107)
  found <- kill_while_saving(5)
  expect_true(all(found$killed))
  expect_true(all(found$right))
})

test_that("what is packed in pieces is unpacked, and nothing else is", {
  pack <- harmonium:::pack
  unpack <- harmonium:::unpack
  set.seed(108)
  bytes <- as.raw(sample(0:255, 1000, replace = TRUE))
  for (n in c(1, 99, 100, 101, 1000)) {
    expect_identical(unpack(pack(bytes[seq_len(n)], 100)), bytes[seq_len(n)])
  }
  packed <- pack(bytes, 100)
  for (n in c(0:5, length(packed) - 1:5)) {
    expect_null(tryCatch(unpack(packed[seq_len(n)]),
                         error = function(error) NULL))
  }
  expect_null(unpack(c(packed, as.raw(1))))
  expect_null(unpack(as.raw(c(0xff, 0xff, 0xff, 0xff, 1))))
  made_up <- c(harmonium:::header(harmonium:::model_format, "pieces", 3,
                                  harmonium:::checksum(as.raw(1:3))),
               as.raw(1:3))
  expect_match(refused(read_back(made_up), "load_content"),
               "cannot be unpacked")
})

test_that("a file of saveRDS() is told as one, however it is packed", {
  file <- tempfile(fileext = ".rds")
  on.exit(unlink(file))
  for (packing in list(FALSE, "gzip", "bzip2", "xz")) {
    saveRDS(rbm(matrix(1, 2, 2)), file, compress = packing)
    expect_match(refused(rbm_load(file), "load_foreign"), "use readRDS()",
                 fixed = TRUE)
  }
})
