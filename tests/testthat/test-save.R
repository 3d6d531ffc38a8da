saved_file <- function() tempfile("saved-", fileext = ".rbm")

small_fit <- function(x = random_bits(30, 6), ...) {
  rbm_fit(x, 3, epochs = 2, threads = 1, ...)
}

seeded_call <- function(seed, code) {
  set.seed(seed)
  code
}

bytes_of <- function(path) readBin(path, "raw", file.size(path))

read_back <- function(bytes) harmonium:::read_content(bytes, "m.rbm")

# The bytes of a file with this model, of which nothing is checked.
bytes_with <- function(model) harmonium:::model_to_bytes(model)

# The bytes of a file with this header, the checksum being right: `change` is a
# function of the header's text.
with_header <- function(bytes, change) {
  sealed <- harmonium:::unseal(bytes, "m.rbm")
  text <- rawToChar(sealed$header)
  Encoding(text) <- "UTF-8"
  harmonium:::seal(change(text), bytes[-seq_len(sealed$from)])
}

# As with_header(), of the JSON that describes the model.
with_model <- function(bytes, change) {
  with_header(bytes, function(text) {
    header <- jsonlite::fromJSON(text, simplifyVector = FALSE)
    old <- header$`__metadata__`$model
    quoted <- function(text) {
      as.character(jsonlite::toJSON(text, auto_unbox = TRUE))
    }
    new <- sub(quoted(old), quoted(change(old)), text, fixed = TRUE)
    if (identical(new, text)) stop("nothing was changed")
    new
  })
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
  # Data that do.call() put into the call are not part of it.
  inlined <- models[[10]]
  expect_identical(inlined$training$call$x, x)
  models[[10]]$training$call$x <- quote(x)
  rbm_save(inlined, path)
  expect_identical(rbm_load(path), models[[10]])
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
})

test_that("odd values come back as they were, to the bit", {
  values <- list(
    NULL, TRUE, NA, c(TRUE, NA), c(TRUE, FALSE), logical(), 1L, NA_integer_,
    -2147483647L, 1:3, integer(), 1, -0, 0.1, 1 / 3, 1e300, 5e-324, 2^53,
    NA_real_, NaN, Inf, -Inf, c(-0, NA, NaN, Inf, -Inf, 1e-310), numeric(),
    raw(3), raw(),
    "a", NA_character_, c("a", NA), character(), "\u00e9\u4e2d",
    "\"\\\n\001</a>",
    letters, list(), list(1, NULL), list(a = NULL), list(a = 1, a = 2),
    stats::setNames(list(1, 2), c("", NA)), list(`$list` = 1),
    stats::setNames(list(1, 2:3), c("a b", "\u00e9")), c(a = 1, b = NA),
    c(a = TRUE),
    matrix(1:6 / 7, 2, dimnames = list(NULL, letters[1:3])), matrix(1:6, 2),
    matrix(c(TRUE, FALSE), 1), matrix(c(TRUE, NA), 1), matrix("a", 1, 2),
    matrix(1, 0, 3), matrix(1L, 3, 0), array(1:24, 2:4), array(1:3, 3),
    array(1, 1), matrix(list(1, "a"), 1), matrix(as.raw(1:4), 2),
    data.frame(a = 1:2, b = c(0.5, NA)),
    data.frame(a = 1:3)[c(1, 3), , drop = FALSE],
    data.frame(a = 1:2, row.names = c("p", "q")), data.frame(),
    structure(1:2, note = "a", more = list(1))
  )
  for (value in c(values, list(stats::setNames(values, seq_along(values))))) {
    store <- harmonium:::new_store()
    json <- harmonium:::encode(value, "odd", store)
    bytes <- harmonium:::write_safetensors(store$tensors, c(model = json))
    sealed <- harmonium:::unseal(bytes, "m.rbm")
    found <- harmonium:::read_table(sealed$header, length(bytes) - sealed$from)
    store <- harmonium:::new_store(harmonium:::read_tensors(
      found$tensors, bytes, sealed$from
    ))
    expect_identical(found$metadata$model, json)
    again <- harmonium:::decode(harmonium:::parse_json(json), "odd", store)
    expect_true(identical(again, value, num.eq = FALSE, single.NA = TRUE))
  }
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
  for (x in list(sparse, methods::as(sparse, "TsparseMatrix"),
                 methods::as(sparse, "RsparseMatrix"), sparse > 0)) {
    fit <- small_fit(x)
    rbm_save(fit, path)
    expect_identical(rbm_load(path), fit)
  }
  fit$x@i[1] <- 1000L
  refused(rbm_save(fit, path), "save_content")
  expect_match(refused(read_back(bytes_with(fit)), "load_content"), "`x`")
  bytes <- with_model(bytes_with(small_fit(sparse > 0)), function(text) {
    sub("lgCMatrix", "lgCMatrices", text)
  })
  expect_match(refused(read_back(bytes), "load_content"),
               "no class of the package Matrix")
})

test_that("files of format 6 are read for ever", {
  fit <- rbm_load(test_path("fixtures", "format-6.rbm"))
  expect_identical(harmonium:::parameter_checksum(fit), "ba1725890efc4e24")
  expect_identical(rownames(fit$W), c("a", "b", "c", "d", "\u00e9"))
  expect_identical(dim(fit$x), c(12L, 5L))
  expect_identical(fit$image_dim, c(1L, 5L))
  expect_identical(fit$training$control$momentum, 0.8)
  expect_identical(is.na(fit$training$history$valid_log_lik),
                   c(TRUE, FALSE, TRUE, FALSE))
  expect_true(is.finite(fit$training$chains$chain_rhat))
  expect_output(print(fit), "3 cases held out")
  expect_identical(nrow(rbm_resume(fit, epochs = 1)$training$history), 5L)
  expect_s3_class(update(fit, epochs = 1), "rbm")
  expect_identical(list.files(test_path("fixtures"), "[.]rbm$"),
                   c("format-2.rbm",
                     sprintf("format-%d.rbm", harmonium:::model_format)))
})

test_that("a file of before there were formats to keep is told as one", {
  file <- test_path("fixtures", "format-2.rbm")
  expect_said(refused(rbm_load(file), "load_old"))
  refused(rbm_resume(file), "load_old")
  refused(rbm_fit(diag(2), 1, checkpoint = file), "checkpoint_exists")
})

# Other programs ---------------------------------------------------------------

# What a reader that knows only the format makes of a file: the shape, type and
# numbers of W, b and c, and the names of all arrays.
read_by_python <- function(path, lines) {
  python <- Sys.which(c("python3", "python"))
  python <- c(python[nzchar(python)], "")[[1L]]
  skip_if(!nzchar(python), "there is no Python")
  script <- tempfile(fileext = ".py")
  on.exit(unlink(script))
  writeLines(c("import sys", lines), script)
  suppressWarnings(system2(python, c(shQuote(script), shQuote(path)),
                           stdout = TRUE, stderr = FALSE))
}

saved_for_python <- function() {
  path <- saved_file()
  set.seed(109)
  fit <- small_fit(random_bits(30, 6), image_dim = c(2, 3))
  rbm_save(fit, path)
  list(path = path, fit = fit)
}

test_that("Python's own modules read the arrays, by rows", {
  saved <- saved_for_python()
  out <- read_by_python(saved$path, c(
    "import json, struct",
    "f = open(sys.argv[1], 'rb').read()",
    "n = struct.unpack('<Q', f[:8])[0]",
    "h = json.loads(f[8:8 + n].decode('utf-8'))",
    "assert all(type(v) is str for v in h.pop('__metadata__').values())",
    "at = 0",
    "for k, v in h.items():",
    "    assert v['data_offsets'][0] == at",
    "    at = v['data_offsets'][1]",
    "assert 8 + n + at == len(f)",
    "for k in 'Wbc':",
    "    a, z = h[k]['data_offsets']",
    "    x = struct.unpack('<%dd' % ((z - a) // 8), f[8 + n + a:8 + n + z])",
    "    print(k, h[k]['dtype'], *h[k]['shape'], *[y.hex() for y in x])",
    "print('x', h['x']['dtype'], *h['x']['shape'])"
  ))
  line <- function(name, value) {
    paste(c(name, "F64", if (is.matrix(value)) dim(value) else length(value),
            sprintf("%a", if (is.matrix(value)) t(value) else value)),
          collapse = " ")
  }
  hex <- function(line) {
    words <- strsplit(line, " ")[[1L]]
    numbers <- grepl("0x", words)
    words[numbers] <- sprintf("%.17g", as.numeric(words[numbers]))
    words
  }
  fit <- saved$fit
  for (i in 1:3) {
    name <- c("W", "b", "c")[i]
    expect_identical(hex(out[i]), hex(line(name, fit[[name]])))
  }
  expect_identical(out[4L], "x U8 30 6")
})

test_that("safetensors.numpy.load_file() reads W, b and c", {
  saved <- saved_for_python()
  out <- read_by_python(saved$path, c(
    "try:",
    "    from safetensors.numpy import load_file",
    "except ImportError:",
    "    print('absent')",
    "    sys.exit()",
    "f = load_file(sys.argv[1])",
    "for k in 'Wbc':",
    "    x = ['%.17g' % y for y in f[k].ravel()]",
    "    print(k, f[k].dtype, *f[k].shape, *x)"
  ))
  skip_if(identical(out, "absent"), "Python's safetensors is not installed")
  line <- function(name, value) {
    paste(c(name, "float64", if (is.matrix(value)) dim(value) else
              length(value),
            sprintf("%.17g", if (is.matrix(value)) t(value) else value)),
          collapse = " ")
  }
  fit <- saved$fit
  expect_identical(out, c(line("W", fit$W), line("b", fit$b),
                          line("c", fit$c)))
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
    head <- 200L # the length, and the beginning of the header
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
  bytes <- bytes_with(rbm(matrix(1)))
  in_format <- function(format) {
    with_header(bytes, function(text) {
      sub("\"format\":\"6\"", sprintf("\"format\":\"%s\"", format), text)
    })
  }
  told <- list(
    charToRaw("a,b,c\n1,2,3\n"), serialize(1, NULL),
    as.raw(c(0x1f, 0x8b, 8)),
    c(as.raw(c(2, 0, 0, 0, 0, 0, 0, 0)), charToRaw("{}")),
    raw(), bytes[1:7], bytes[1:30], bytes[1:200], bytes[-length(bytes)],
    replace(bytes, 40L, as.raw(0L)), flip(bytes, length(bytes) - 3L, 6L),
    flip(bytes, 1L, 6L), replace(bytes, 5:8, as.raw(255L)),
    in_format("7"), in_format("5"), in_format("none")
  )
  ids <- c(rep("load_foreign", 4L), rep("load_damaged", 9L), "load_future",
           "load_old", "load_content")
  expect_said(vapply(seq_along(told), function(i) {
    file <- told[[i]]
    refused(read_back(file), ids[i])
  }, ""))
  refused(read_back(in_format("7")), "load_future")
  refused(read_back(in_format("4")), "load_old")
})

# Content that was made up ----------------------------------------------------

# `change` is applied to a sound model.
made_up <- function(model, change) {
  inside <- list2env(list(model = unclass(model)))
  eval(change, inside)
  bytes_with(inside$model)
}

test_that("what is no valid model is told, without an error from inside", {
  set.seed(106)
  fit <- small_fit()
  changes <- expression(
    model <- list(a = 1), model <- model[-1], model <- rev(model),
    model$W <- as.integer(1), model$W <- "a", model["W"] <- list(NULL),
    model$W <- list(1), model$W[1] <- NaN, model$W[1] <- Inf,
    model$W[1] <- NA, model$W <- model$W[, 0], model$W <- model$W[, 1:2],
    model$W <- c(model$W), model$W <- array(model$W, c(6, 3, 1)),
    model$W <- t(model$W), model$W <- as.data.frame(model$W),
    model$b <- model$b[-1], model$b[1] <- NA, model$b <- matrix(model$b, 1),
    model$b <- as.list(model$b), model$c <- 1:3, model$c <- letters[1:3],
    model$units <- c("a", "b"), model$units["visible"] <- "gauss",
    model$units <- NULL, model$image_dim <- 1:3, model$image_dim <- c(-2, -3),
    model$image_dim <- c(2, 4), model$image_dim <- "a",
    model$training <- list(1), model$training <- list(),
    model$training <- unname(model$training),
    names(model$training)[2] <- "call", model$training$call <- "rbm_fit(x",
    model$training$call <- "evaluated(); rbm_fit(x)",
    model$training$call <- "", model$training$call <- "evaluated",
    model$training$call <- c("rbm_fit(x)", "rbm_fit(x)"),
    model$training$call <- strrep("(", 1000),
    model$training$call <- strrep("f(x)+", 1e4), model$training$call <- NULL,
    model$training$n <- "a", model$training$n <- NaN, model$training$n <- 1:2,
    model$training$n <- -1, model$training$n <- 31L,
    model$training$hidden <- 4L, model$training$hidden <- list(3),
    model$training$control <- NULL, model$training$control <- list(),
    model$training$control$k <- -1,
    model$training$control$k <- "evaluated()",
    model$training$control$schedule <- "evaluated()",
    model$training$settings$schedule <- "evaluated",
    model$training$control$odd <- 1,
    model$training$control$estimator <- "magic",
    model$training$control$epochs <- 2, names(model$training$control) <- NULL,
    model$training$settings$k <- NULL,
    model$training$history <- 1, model$training$history$epoch <- NULL,
    model$training$history$log_lik <- c("a", "b"),
    model$training$history <- unclass(model$training$history),
    model$training$history <- structure(
      c(unclass(model$training$history)[-1], list(epoch = 1:9)),
      class = "data.frame", row.names = 1:2),
    model$training$stopped <- 1, model$training$stopped <- character(),
    model$training$stopped <- NA_character_,
    model$training$seconds <- -1, model$training$seconds <- Inf,
    model$training$monitored <- NULL, model$training$key <- c(1, NA),
    model$training$key <- c(1, 2^32), model$training$key <- "a",
    model$training$base_log_odds[2] <- -Inf, model$training$base_log_odds <- 1,
    model$training$independent_log_lik <- NaN,
    model$training$state$chains <- "a", model$training$state$odd <- 1,
    model$training$state$epoch <- 7L,
    model["training"] <- list(NULL),
    model$x <- 1, model$x <- "a", model$x <- model$x[-1, ],
    model$x <- model$x[, -1], model$x[3] <- 2, model$x[3] <- Inf,
    model$x <- list(1), class(model$x) <- "table",
    model$x <- structure(as.data.frame(model$x), class = c("odd",
                                                           "data.frame")),
    model$x <- structure(list(a = 1:3, b = 1:30), class = "data.frame",
                         row.names = 1:30),
    class(model$x) <- "Date", model$x <- "evaluated()"
  )
  evaluated <- function() stop("what was in the file was evaluated")
  said <- vapply(changes, function(change) {
    bytes <- made_up(fit, change)
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
  fit <- small_fit(as.data.frame(random_bits(30, 6)), validation = 0.2,
                   schedule = function(epoch) 1 / epoch)
  bytes <- bytes_with(fit)
  tree <- jsonlite::fromJSON(rawToChar(harmonium:::unseal(bytes, "m")$header),
                             simplifyVector = FALSE)
  tree <- jsonlite::fromJSON(tree$`__metadata__`$model, simplifyVector = FALSE)
  # Everything, and what holds it, but for the data.
  places <- function(node, at = character()) {
    if (!is.list(node) || "x" %in% at) {
      return(list())
    }
    inside <- lapply(names(node), function(name) {
      places(node[[name]], c(at, name))
    })
    c(if (!is.null(names(node)) && !identical(at[length(at)], "$attributes")) {
      list(at)
    }, unlist(inside, recursive = FALSE))
  }
  with_class <- function(node, at, classes) {
    if (length(at)) {
      node[at[1L]] <- list(with_class(node[[at[1L]]], at[-1L], classes))
      return(node)
    }
    list(`$value` = node, `$attributes` = list(class = as.list(classes)))
  }
  found <- places(tree)
  expect_gt(length(found), 40)
  for (at in found) {
    for (also in list(NULL, "data.frame", "rbm_control")) {
      changed <- with_class(tree, at, c("odd_class", also))
      made <- with_model(bytes, function(text) {
        as.character(jsonlite::toJSON(changed, auto_unbox = TRUE, digits = NA,
                                      null = "null", always_decimal = TRUE))
      })
      expect_match(refused(read_back(made), "load_content"), "class")
    }
  }
  expect_identical(called, character())
})

test_that("an object of a class that a model has no use for is not saved", {
  fit <- small_fit()
  for (value in list(Sys.Date(), list(list(factor(1))), globalenv())) {
    fit$training$odd <- value
    if (is.environment(value)) {
      path <- saved_file()
      rbm_save(fit, path)
      expect_null(rbm_load(path)$training$odd)
    } else {
      expect_match(refused(rbm_save(fit, saved_file()), "save_content"),
                   "is of class")
    }
  }
})

test_that("JSON that is nested too deeply is refused", {
  bytes <- bytes_with(rbm(matrix(1)))
  for (depth in c(300, 1e6)) {
    brackets <- paste0(strrep("[", depth), strrep("]", depth))
    deep <- with_header(bytes, function(text) {
      sub("\"W\"", paste0("\"V\":", brackets, ",\"W\""), text, fixed = TRUE)
    })
    expect_match(refused(read_back(deep), "load_content"), "too deeply")
    deep <- with_model(bytes, function(text) {
      sub("null", brackets, text, fixed = TRUE)
    })
    expect_match(refused(read_back(deep), "load_content"), "too deeply")
  }
  # Brackets in strings are none.
  model <- rbm(matrix(1, dimnames = list(strrep("[\"\\", 500), NULL)))
  expect_identical(read_back(bytes_with(model)), model)
  fit <- small_fit()
  fit$training$odd <- Reduce(function(inside, i) list(inside), 1:400, 1)
  expect_match(refused(rbm_save(fit, saved_file()), "save_content"),
               "too deeply")
})

test_that("a call with a class is no call", {
  fit <- small_fit()
  class(fit$training$call) <- "odd_class"
  refused(print(fit), "model_changed")
  refused(rbm_save(fit, saved_file()), "save_content")
})

# Functions and code ----------------------------------------------------------

test_that("the call is kept as text, and is the same call after", {
  calls <- list(
    quote(rbm_fit(x = x, hidden = 3)), quote(harmonium::rbm_fit(d[, 1:4], 2)),
    quote(rbm_fit(x, 3, schedule = function(epoch, by = 2) by / epoch)),
    quote(rbm_fit(x = d$"\u00e9", init = -1, image_dim = c(2L, 3L))),
    quote(rbm_fit(x = if (a) b else c, callback = function(info) {
      info$epoch < 5
    }, threads = NULL, patience = Inf))
  )
  for (call in calls) {
    text <- harmonium:::call_to_text(call)
    expect_type(text, "character")
    again <- harmonium:::text_to_call(text)
    expect_identical(deparse(again), deparse(call))
    expect_identical(harmonium:::call_to_text(again), text)
  }
  # With notes of the parser, which hold an environment.
  noted <- parse(text = "f(function(x) { x }, y ~ z, a[, 1])",
                 keep.source = TRUE)[[1]]
  plain <- harmonium:::text_to_call(harmonium:::call_to_text(noted))
  expect_identical(plain[-2], quote(f(y ~ z, a[, 1])))
  expect_null(attributes(plain[[2]][[3]]))
})

test_that("a call with letters that a locale does not have is read there", {
  old <- Sys.getlocale("LC_CTYPE")
  on.exit(Sys.setlocale("LC_CTYPE", old))
  Sys.setlocale("LC_CTYPE", "C")
  expect_identical(harmonium:::text_to_call("rbm_fit(x = a\u00e9, y = \"b\")"),
                   quote(rbm_fit(x = aXX, y = "b")))
})

test_that("values in a call, and long code, become the argument's name", {
  text_of <- function(...) harmonium:::call_to_text(as.call(list(...)))
  make <- function(rate) function(epoch) rate / epoch
  long <- as.call(c(list(quote(c)), as.list(1:900)))
  expect_identical(
    text_of(rbm_fit, x = matrix(1:4, 2), hidden = 3, init = list(W = 1),
            schedule = make(0.1), callback = sum, validation = long,
            epochs = 2L, patience = NULL),
    paste0("rbm_fit(x = x, hidden = 3, init = init, schedule = schedule, ",
           "callback = callback, validation = validation, epochs = 2L, ",
           "patience = NULL)")
  )
  expect_identical(text_of(quote(rbm_fit), numeric(1e6), x = 1:3),
                   "rbm_fit(..., x = 1:3)")
  odd <- call("g", globalenv())
  expect_identical(text_of(odd, x = odd, y = stats::runif(100)),
                   "rbm_fit(x = x, y = y)")
  empty <- formals(function(x) NULL)
  expect_identical(do.call(text_of, c(list(quote(f)), empty, quote(y ~ z)),
                           quote = TRUE), "f(x = x, y ~ z)")
  fit <- small_fit()
  fit$training$call <- as.call(c(list(quote(rbm_fit)), rep(list(
    as.call(c(list(quote(c)), as.list(1:300 + 0)))
  ), 20)))
  expect_match(refused(rbm_save(fit, saved_file()), "save_content"),
               "call is too long")
})

test_that("calls as long as may be, and deep, do no harm", {
  most <- harmonium:::most_call
  deep <- function(text, part) {
    paste0(text, strrep(part, (most - nchar(text)) %/% nchar(part)))
  }
  bytes <- bytes_with(small_fit())
  with_call <- function(text) {
    with_model(bytes, function(json) {
      sub("\"call\":\"[^\"]*\"", sprintf("\"call\":\"%s\"", text), json)
    })
  }
  for (text in c(deep("f", "()"), deep("x", "+x"), deep("x", "$x"))) {
    model <- read_back(with_call(text))
    expect_true(is.call(model$training$call))
    expect_identical(model, unserialize(serialize(model, NULL)))
    expect_output(print(model), "rbm")
  }
  for (text in c(deep("f", "()()"), paste0(strrep("-", 15000), "x"))) {
    expect_match(refused(read_back(with_call(paste0(text, "+xxxxx"))),
                         "load_content"), "call")
  }
})

test_that("a file holds no functions, and code in one is plain text", {
  path <- saved_file()
  set.seed(110)
  x <- random_bits(30, 6)
  rate <- 0.1
  fit <- small_fit(x, schedule = function(epoch) rate / epoch,
                   callback = function(info) TRUE)
  loaded <- rbm_load(rbm_save(fit, path))
  expect_identical(loaded$training$settings$schedule, "function")
  expect_identical(loaded$training$control$schedule, "function")
  expect_identical(rbm_load(rbm_save(loaded, path)), loaded)
  loaded$training$settings$schedule <- fit$training$settings$schedule
  loaded$training$control$schedule <- fit$training$control$schedule
  expect_identical(loaded, fit)
  # Attributes of data too.
  attr(x, "odd") <- sum
  attr(x, "code") <- quote(stop("evaluated"))
  expect_null(attr(rbm_load(rbm_save(small_fit(x), path))$x, "odd"))
  expect_null(attr(rbm_load(path)$x, "code"))

  evaluated <- FALSE
  assign("evaluate_it", function(...) evaluated <<- TRUE, globalenv())
  on.exit(rm("evaluate_it", envir = globalenv()))
  bytes <- bytes_with(fit)
  with_json <- function(from, to) {
    with_model(bytes, function(json) sub(from, to, json, fixed = TRUE))
  }
  kept <- sprintf("\"call\":%s", harmonium:::json_strings(
    harmonium:::call_to_text(fit$training$call)
  ))
  # The call of a file is a call, and nothing runs it.
  model <- read_back(with_json(
    kept, "\"call\":\"evaluate_it(x = evaluate_it())\""
  ))
  expect_identical(model$training$call, quote(evaluate_it(x = evaluate_it())))
  expect_output(print(model), "rbm")
  expect_output(print(summary(model)), "schedule = a function (not saved)",
                fixed = TRUE)
  grDevices::pdf(NULL)
  plot(model, "trace")
  grDevices::dev.off()
  coef(model)
  # Forms of code that an earlier format had, in any place.
  for (code in c(
    "{\"$call\":[{\"$symbol\":\"evaluate_it\"}]}",
    "{\"$symbol\":\"evaluate_it\"}",
    "{\"$function\":{\"formals\":null,\"body\":null,\"values\":null}}",
    "{\"$pairlist\":[]}"
  )) {
    for (place in c("\"call\":", "\"schedule\":", "\"momentum\":")) {
      from <- if (place == "\"call\":") {
        kept
      } else if (place == "\"schedule\":") {
        "\"schedule\":\"function\""
      } else {
        "\"momentum\":0.5"
      }
      expect_match(refused(read_back(with_json(from, paste0(place, code))),
                           "load_content"), "not known")
    }
  }
  expect_false(evaluated)
})

test_that("a model whose schedule was a function asks for it", {
  path <- saved_file()
  set.seed(111)
  rate <- function(epoch) 0.1 / epoch
  fit <- small_fit(schedule = rate)
  loaded <- rbm_load(rbm_save(fit, path))
  expect_said(c(
    refused(update(loaded), "schedule_absent"),
    refused(rbm_bootstrap(loaded, 2), "schedule_absent")
  ))
  control <- loaded$training$control
  refused(rbm_fit(fit$x, 3, control = control), "schedule_absent")
  expect_identical(coef(seeded_call(1, update(loaded, schedule = rate))),
                   coef(seeded_call(1, update(fit))))
  expect_s3_class(rbm_bootstrap(loaded, 2, schedule = rate), "rbm_bootstrap")
  expect_identical(logLik(loaded), logLik(fit))
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

test_that("a file is flushed to the disk, whatever it is", {
  path <- saved_file()
  rbm_save(rbm(matrix(1)), path)
  flush <- function(path) .Call(harmonium:::ffi_flush_file, path)
  expect_true(flush(path))
  expect_true(flush(tempdir()))
  expect_true(flush(file.path(tempdir(), "none")))
  expect_error(flush(1), "`path` is not one text")
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

test_that("a file of saveRDS() is told as one, however it is packed", {
  file <- tempfile(fileext = ".rds")
  on.exit(unlink(file))
  for (packing in list(FALSE, "gzip", "bzip2", "xz")) {
    saveRDS(rbm(matrix(1, 2, 2)), file, compress = packing)
    expect_match(refused(rbm_load(file), "load_foreign"), "use readRDS()",
                 fixed = TRUE)
  }
})
