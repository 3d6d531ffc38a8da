# What a fit leaves in a file while it trains.

marks <- function(fit) {
  training <- fit$training
  training$state$seconds <- NULL
  training$history$seconds <- NULL
  list(coef(fit), training[c("history", "best_epoch", "key", "data")],
       training$state[order(names(training$state))])
}

seeded <- function(seed, ...) {
  set.seed(seed)
  rbm_fit(...)
}

test_that("a checkpoint is written when it should be, without the data", {
  set.seed(401)
  x <- random_bits(30, 6)
  file <- tempfile(fileext = ".rbm")
  on.exit(unlink(file))
  seen <- list()
  look <- function(info) {
    seen[[info$epoch]] <<- if (file.exists(file)) {
      there <- rbm_load(file)
      expect_null(there$x)
      expect_identical(there$training$stopped, "checkpoint")
      nrow(there$training$history)
    } else {
      0L
    }
  }
  fit <- seeded(1, x, 3, epochs = 8, checkpoint_every = 3, checkpoint = file,
                callback = look)
  expect_identical(unlist(seen), c(0L, 0L, 3L, 3L, 3L, 6L, 6L, 6L))
  expect_identical(marks(rbm_load(file)), marks(fit))
  expect_identical(rbm_load(file)$training$stopped, "epochs")
  expect_identical(marks(fit), marks(seeded(1, x, 3, epochs = 8,
                                            checkpoint_every = 3)))
  # An end by the callback is an end too.
  unlink(file)
  short <- seeded(1, x, 3, epochs = 8, checkpoint_every = 3, checkpoint = file,
                  callback = function(info) info$epoch < 5)
  expect_identical(marks(rbm_load(file)), marks(short))
  # From the file, whose place the new one takes.
  more <- rbm_resume(file, x = x)
  expect_identical(marks(more), marks(fit))
  expect_identical(marks(rbm_load(file)), marks(fit))
  # A saved model that holds its data is left as it is.
  rbm_save(fit, file)
  rbm_resume(file, epochs = 1)
  expect_identical(rbm_load(file)$x, x)
  expect_identical(nobs(rbm_load(file)), 30L)
  # It need not be the same file.
  other <- tempfile(fileext = ".rbm")
  on.exit(unlink(other), add = TRUE)
  rbm_resume(file, epochs = 1, checkpoint = other)
  expect_identical(nrow(rbm_load(other)$training$history), 9L)
})

test_that("a file of something else is refused before any work", {
  set.seed(402)
  x <- random_bits(20, 4)
  folder <- tempfile("place-")
  dir.create(folder)
  old <- setwd(folder) # nolint: undesirable_function_linter.
  on.exit(setwd(old)) # nolint: undesirable_function_linter.
  on.exit(unlink(folder, recursive = TRUE), add = TRUE)
  fit <- seeded(2, x, 3, epochs = 2, checkpoint = "fit.rbm")
  rbm_save(rbm(fit$W), "plain.rbm")
  rbm_save(seeded(2, x, 4, epochs = 2), "wider.rbm")
  rbm_save(seeded(2, 1 - x, 3, epochs = 2), "flipped.rbm")
  rbm_save(seeded(2, x, 3, epochs = 2, k = 2), "set.rbm")
  rbm_save(seeded(2, x, 3, epochs = 2, schedule = function(epoch) 0.1),
           "rate.rbm")
  rbm_save(seeded(2, x, 3, epochs = 2, validation = x), "judged.rbm")
  rbm_save(seeded(3, x, 3, epochs = 2), "other.rbm")
  writeLines("a shopping list", "list.txt")
  before <- tools::md5sum(list.files())
  expect_said(c(
    refused(rbm_fit(x, 3, checkpoint = "fit.rbm"), "checkpoint_exists"),
    refused(rbm_fit(x, 3, checkpoint = "plain.rbm"), "checkpoint_exists"),
    refused(rbm_fit(x, 3, checkpoint = "list.txt"), "checkpoint_exists"),
    refused(rbm_resume(fit, 1, checkpoint = "list.txt"), "checkpoint_exists"),
    refused(rbm_resume(fit, 1, checkpoint = "plain.rbm"), "checkpoint_exists"),
    # The same seed, and yet others.
    refused(rbm_resume(fit, 1, checkpoint = "wider.rbm"), "checkpoint_other"),
    refused(rbm_resume(fit, 1, checkpoint = "flipped.rbm"),
            "checkpoint_other"),
    refused(rbm_resume(fit, 1, checkpoint = "set.rbm"), "checkpoint_other"),
    refused(rbm_resume(fit, 1, checkpoint = "rate.rbm"), "checkpoint_other"),
    refused(rbm_resume(fit, 1, checkpoint = "judged.rbm"),
            "checkpoint_other"),
    refused(rbm_resume(fit, 1, checkpoint = "other.rbm"), "checkpoint_other"),
    refused(rbm_resume("fit.rbm", 1, x = 1 - x), "resume_other"),
    refused(rbm_resume("list.txt", 1), "load_foreign"),
    refused(rbm_fit(x, 3, checkpoint = "."), "save"),
    refused(rbm_fit(x, 3, checkpoint = "none/fit.rbm"), "save"),
    refused(rbm_fit(x, 3, checkpoint = ""), "path")
  ))
  expect_identical(tools::md5sum(list.files()), before)
})

test_that("a fit with a schedule function goes on from its checkpoint", {
  set.seed(403)
  x <- random_bits(20, 4)
  file <- tempfile(fileext = ".rbm")
  on.exit(unlink(file))
  rate <- 0.1
  for (schedule in list(function(epoch) rate / epoch, stats::dexp)) {
    unlink(file)
    fit <- seeded(3, x, 3, epochs = 2, schedule = schedule, checkpoint = file)
    refused(rbm_resume(file, 1, x = x), "resume_schedule")
    more <- rbm_resume(file, 1, x = x, schedule = schedule)
    expect_identical(coef(more), coef(rbm_resume(fit, 1)))
    rbm_resume(fit, 1, checkpoint = file)
    expect_identical(coef(rbm_load(file)), coef(more))
  }
})

test_that("a fit by update() does not write where the first one did", {
  set.seed(404)
  x <- random_bits(20, 4)
  file <- tempfile(fileext = ".rbm")
  on.exit(unlink(file))
  fit <- rbm_fit(x, 3, epochs = 2, checkpoint = file, validation = 0.2,
                 patience = 9)
  before <- tools::md5sum(file)
  again <- update(fit, epochs = 3)
  expect_identical(tools::md5sum(file), before)
  expect_length(again$training$held_out, 4L)
  expect_null(update(fit, evaluate = FALSE)$checkpoint)
})

test_that("a thousand flipped bits are all found", {
  set.seed(405)
  file <- tempfile(fileext = ".rbm")
  on.exit(unlink(file))
  seeded(5, random_bits(20, 4), 3, epochs = 2, estimator = "pt", chains = 4,
         temperatures = 3, checkpoint = file)
  bytes <- readBin(file, "raw", file.size(file))
  accepted <- 0L
  for (bit in sample(8 * length(bytes), 1000) - 1) {
    byte <- bit %/% 8 + 1
    changed <- replace(bytes, byte, xor(bytes[byte],
                                        as.raw(2^(bit %% 8))))
    told <- tryCatch(harmonium:::read_content(changed, file),
                     harmonium_error = function(error) "told")
    accepted <- accepted + !identical(told, "told")
  }
  expect_identical(accepted, 0L)
})

test_that("a killed fit leaves a checkpoint that goes on to the same end", {
  skip_on_os("windows")
  skip_on_cran()
  found <- kill_while_fitting(5)
  expect_true(all(found$killed))
  expect_true(all(found$right))
  expect_lt(min(found$epoch), 60)
})

# See test-save.R on how a disk is made full: here by a limit that the growing
# history passes.
test_that("a full disk costs checkpoints, but not the training", {
  skip_on_os("windows")
  skip_if(Sys.which("sh") == "")
  folder <- tempfile("full-")
  dir.create(folder)
  on.exit(unlink(folder, recursive = TRUE))
  path <- file.path(folder, "fit.rbm")
  script <- file.path(folder, "child.R")
  writeLines(c(
    sprintf(".libPaths(%s)", paste(deparse(.libPaths()), collapse = "")),
    "library(harmonium)",
    "x <- diag(6)[rep(1:6, 5), ]",
    "warned <- 0",
    "set.seed(1)",
    sprintf("fit <- withCallingHandlers(rbm_fit(x, 3, epochs = 300,"),
    "  batch_size = 30, checkpoint_every = 10,",
    sprintf("  checkpoint = %s), harmonium_warning_checkpoint =",
            deparse(path)),
    "  function(w) { if (warned == 0) cat(conditionMessage(w), '\\n')",
    "                warned <<- warned + 1; invokeRestart('muffleWarning') })",
    "cat('warned=', warned, '\\n', sep = '')",
    "cat('epochs=', nrow(fit$training$history), '\\n', sep = '')",
    "cat('sum=', sprintf('%.17g', sum(fit$W)), '\\n', sep = '')"
  ), script)
  command <- sprintf("trap '' XFSZ; ulimit -f %d; exec %s --vanilla %s", 64,
                     shQuote(file.path(R.home("bin"), "Rscript")),
                     shQuote(script))
  output <- system2("sh", c("-c", shQuote(command)), stdout = TRUE,
                    stderr = TRUE)
  expect_identical(value_of(output, "epochs"), "300")
  expect_gt(as.integer(value_of(output, "warned")), 0)
  expect_false(any(grepl("unused connection", output)))
  expect_true(any(grepl("was not written, and training goes on", output)))
  expect_setequal(list.files(folder), c("child.R", "fit.rbm"))
  there <- rbm_load(path)
  epoch <- nrow(there$training$history)
  expect_true(epoch %in% seq(10, 290, 10))
  x <- diag(6)[rep(1:6, 5), ]
  whole <- seeded(1, x, 3, epochs = 300, batch_size = 30)
  expect_identical(sprintf("%.17g", sum(whole$W)), value_of(output, "sum"))
  expect_identical(marks(rbm_resume(there, x = x)), marks(whole))
})
