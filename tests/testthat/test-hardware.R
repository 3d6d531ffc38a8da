# Every level and number of threads takes its time.
testthat::skip_on_cran()

# Large enough for every parallel loop.
large_bits <- function() {
  set.seed(1)
  random_bits(600, 700, 0.3)
}

# `code`, which must not have run yet, at a level of SIMD.
at_level <- function(level, code) {
  before <- Sys.getenv("HARMONIUM_SIMD", NA)
  on.exit({
    if (is.na(before)) {
      Sys.unsetenv("HARMONIUM_SIMD")
    } else {
      Sys.setenv(HARMONIUM_SIMD = before)
    }
  })
  Sys.setenv(HARMONIUM_SIMD = level)
  force(code)
}

# `results()` must be the same at every level that is here, on one thread and on
# more, bit for bit.
expect_same_bits <- function(results) {
  levels <- harmonium_info()$simd_levels
  first <- at_level(levels[1L], with_threads(1, results()))
  for (level in levels) {
    for (threads in c(1, 2, 3)) {
      expect_identical(at_level(level, with_threads(threads, results())), first)
    }
  }
}

untimed <- function(log_z) log_z[setdiff(names(log_z), "seconds")]

# Enough for threads, widths that are and are not whole panels or vectors, one
# unit, no unit on, all on.
shapes <- list(c(600, 700, 320), c(70, 64, 32), c(40, 33, 31), c(9, 1, 1),
               c(3, 130, 7), c(300, 5, 9))

test_that("a fit has the same bits at any level and on any threads", {
  for (shape in shapes) {
    set.seed(1)
    x <- random_bits(shape[1L], shape[2L], 0.3)
    x[1L, ] <- 0
    x[2L, ] <- 1
    expect_same_bits(function() {
      set.seed(2)
      fit <- rbm_fit(x, shape[3L], epochs = 2, batch_size = 200, k = 2,
                     momentum = 0.5, weight_decay = 1e-3)
      results <- setdiff(names(fit$training$history), "seconds")
      list(coef(fit), fit$training$history[results])
    })
  }
})

test_that("parameters fitted to intensities have the same bits likewise", {
  for (shape in shapes) {
    set.seed(7)
    x <- random_intensities(shape[1L], shape[2L])
    expect_same_bits(function() {
      set.seed(8)
      coef(rbm_fit(x, shape[3L], epochs = 2, batch_size = 200, verbose = FALSE))
    })
  }
})

test_that("what a model gives has the same bits likewise", {
  for (shape in shapes) {
    set.seed(3)
    x <- random_bits(shape[1L], shape[2L], 0.3)
    x[1L, ] <- 0
    x[2L, ] <- 1
    model <- random_model(shape[2L], shape[3L], sd = 0.1)
    base <- unclass(random_model(shape[2L], 5, sd = 0.1))
    expect_same_bits(function() {
      set.seed(4)
      h <- rbm_hidden(model, x, "sample")
      list(
        h,
        rbm_hidden(model, x),
        rbm_hidden(model, x, "input"),
        rbm_visible(model, h, "sample"),
        rbm_free_energy(model, x),
        rbm_energy(model, x, h),
        predict(model, x, "pseudo_log_lik"),
        rbm_gradient(model, x, "cd", k = 2),
        rbm_sample(model, nrow(x), steps = 3),
        rbm_sample(model, nrow(x), steps = 2, start = x, type = "probability"),
        harmonium:::anneal(base, unclass(model), seq(0, 1, length.out = 20),
                           harmonium:::as_cases(x), c(7, 8), 0)
      )
    })
  }
})

test_that("gradients by every estimator have the same bits likewise", {
  for (shape in list(c(135, 200, 40), c(9, 1, 1), c(3, 130, 7))) {
    set.seed(9)
    bits <- random_bits(shape[1L], shape[2L], 0.3)
    grey <- random_intensities(shape[1L], shape[2L])
    model <- random_model(shape[2L], shape[3L], sd = 0.2)
    names <- setdiff(rbm_estimators()$name,
                     if (min(shape[2:3]) > 10L) "exact")
    expect_same_bits(function() {
      set.seed(10)
      estimate <- function(x) {
        lapply(names, function(name) {
          if (name != "pl" || identical(x, bits)) {
            rbm_gradient(model, x, name, k = 2, repeats = 2, chains = 140,
                         warmup = 1, temperatures = 3,
                         max_sweeps = 5)[c("W", "b", "c")]
          }
        })
      }
      list(estimate(bits), estimate(grey))
    })
  }
})

test_that("exact answers have the same bits likewise", {
  set.seed(5)
  x <- random_bits(50, 37, 0.3)
  model <- random_model(37, 11, sd = 0.3)
  expect_same_bits(function() {
    set.seed(6)
    list(untimed(rbm_log_z(model, "exact")), rbm_moments(model),
         rbm_gradient(model, x, "exact"),
         rbm_sample(model, 20, method = "exact"))
  })
})

test_that("a single case and a few rows do not depend on threads either", {
  skip_on_one_thread()
  set.seed(5)
  for (n in c(1, 3, 31)) {
    x <- random_bits(n, 40)
    fit <- function(threads) {
      set.seed(6)
      coef(rbm_fit(x, 7, epochs = 3, threads = threads))
    }
    expect_identical(fit(1), fit(2))
  }
})

test_that("threads come from the argument, the option, the environment", {
  limit <- .Call(harmonium:::ffi_hardware)$threads
  expect_gte(limit, 1L)
  name <- "HARMONIUM_NUM_THREADS"
  options_before <- options(harmonium.threads = NULL)
  before <- Sys.getenv(name, NA)
  on.exit({
    options(options_before)
    if (is.na(before)) {
      Sys.unsetenv(name)
    } else {
      do.call(Sys.setenv, stats::setNames(list(before), name))
    }
  })
  set_variable <- function(value) {
    do.call(Sys.setenv, stats::setNames(list(value), name))
  }
  Sys.unsetenv(name)
  expect_identical(harmonium:::resolve_threads(), min(2L, limit))
  set_variable("1")
  expect_identical(harmonium:::resolve_threads(), 1L)
  options(harmonium.threads = 1000)
  expect_identical(harmonium:::resolve_threads(), limit)
  expect_identical(harmonium:::resolve_threads(1), 1L)

  model <- rbm(matrix(1, 2, 1))
  x <- diag(2)
  options(harmonium.threads = "many")
  said <- c(
    refused(rbm_hidden(model, x), "count"),
    refused(rbm_hidden(model, x, "sample"), "count"),
    refused(rbm_sample(model, 3), "count"),
    refused(rbm_fit(x, 1), "count")
  )
  options(harmonium.threads = NULL)
  set_variable("0")
  said <- c(said, refused(rbm_sample(model, 3), "count"))
  set_variable("two")
  said <- c(said, refused(rbm_visible(model, t(1), "sample"), "count"))
  expect_said(said)
})

test_that("the environment asks for a level, and gets it or an error", {
  info <- harmonium_info()
  expect_identical(info$simd, info$simd_levels[length(info$simd_levels)])
  for (level in info$simd_levels) {
    expect_identical(at_level(level, harmonium_info()$simd), level)
  }
  said <- at_level("mmx", c(
    refused(harmonium_info(), "simd"),
    refused(rbm_hidden(rbm(matrix(1, 2, 1)), diag(2)), "simd"),
    refused(rbm_fit(diag(2), 1), "simd")
  ))
  # What is here differs from machine to machine.
  expect_said(sub("here are .*", "here are <levels>.", said))
})

test_that("a level is used only where it gives the bits of plain C", {
  levels <- .Call(harmonium:::ffi_hardware)$levels
  checked <- harmonium:::check_levels(levels)
  expect_identical(checked$levels, levels)
  expect_identical(checked$failed, character())
  expect_identical(checked$kernels, character())
  plain <- harmonium:::level_digests("plain")
  expect_gt(length(plain), 5L)
  expect_match(plain, "^[0-9a-f]{16}$")
  expect_identical(anyDuplicated(plain), 0L)
  expect_error(harmonium:::level_digests("mmx"), "`level` is not")
  one_wrong <- function(wrong) {
    function(level) {
      if (level == wrong) plain["panels"] <- "0123456789abcdef"
      plain
    }
  }
  three <- c("plain", "baseline", "avx2")
  for (wrong in three[-1L]) {
    expect_identical(
      harmonium:::check_levels(three, one_wrong(wrong)),
      list(levels = "plain", failed = wrong, kernels = "panels")
    )
  }
  expect_identical(harmonium:::check_levels(three, one_wrong("none")),
                   list(levels = three, failed = character(),
                        kernels = character()))
})

test_that("the check of vectors takes less than 5 milliseconds", {
  levels <- .Call(harmonium:::ffi_hardware)$levels
  taken <- replicate(20, system.time(harmonium:::check_levels(levels))[[3L]])
  expect_lt(stats::median(taken), 0.005)
})

test_that("where vectors are wrong, plain C computes, and a message says so", {
  levels <- harmonium_info()$simd_levels
  skip_if(length(levels) < 2L, "no vectors here")
  probe <- c(
    "set.seed(1)",
    "x <- matrix(stats::rbinom(2000, 1, 0.4), 50)",
    "fit <- rbm_fit(x, 7, epochs = 3, threads = 2, verbose = FALSE)",
    "bits <- c(unlist(coef(fit)), rbm_free_energy(fit, x),",
    "          rbm_sample(fit, 20))",
    "file <- tempfile()",
    "writeBin(as.double(bits), file)",
    "cat('bits=', tools::md5sum(file), '\\n', sep = '')",
    "info <- harmonium_info()",
    "cat('simd=', info$simd, '\\n', sep = '')",
    "cat('failed=', info$simd_failed, '\\n', sep = '')",
    "print(info)"
  )
  widest <- levels[length(levels)]
  failing <- paste0("HARMONIUM_TEST_FAILING_SIMD=", widest)
  unset <- c("-u", "HARMONIUM_SIMD")
  said <- "vectors \\(.*\\) differ from plain C in a check of: sigm[.]"
  ran <- run_child(probe, c(unset, failing))
  expect_identical(ran$status, 0L)
  expect_identical(sum(grepl(said, ran$output)), 1L)
  expect_match(ran$output, "harmonium uses plain C instead", all = FALSE)
  expect_match(ran$output, paste("differ from plain C:", widest), all = FALSE)
  expect_identical(value_of(ran$output, "simd"), "plain")
  expect_identical(value_of(ran$output, "failed"), widest)
  for (level in levels) {
    whole <- run_child(probe, paste0("HARMONIUM_SIMD=", level))
    expect_identical(value_of(whole$output, "simd"), level)
    expect_identical(value_of(whole$output, "failed"), "")
    expect_false(any(grepl("plain C", whole$output)))
    expect_identical(value_of(ran$output, "bits"),
                     value_of(whole$output, "bits"))
  }
})

test_that("a level that failed is refused in words, and its message caught", {
  levels <- harmonium_info()$simd_levels
  skip_if(length(levels) < 2L, "no vectors here")
  hardware <- harmonium:::the$hardware
  on.exit(assign("hardware", hardware, harmonium:::the))
  failed <- list(levels = "plain", failed = "avx2",
                 kernels = c("panels", "energy"))
  assign("hardware", failed, harmonium:::the)
  said <- at_level("avx2", refused(harmonium_info(), "simd"))
  expect_output(print(harmonium_info()), "vectors: plain \\(of plain\\)")
  told <- expect_message(harmonium:::.onAttach("", ""),
                         class = "harmonium_message_simd")
  expect_s3_class(told, "packageStartupMessage")
  expect_said(c(said, conditionMessage(told)))
  expect_silent(suppressPackageStartupMessages(harmonium:::.onAttach("", "")))
  assign("hardware", hardware, harmonium:::the)
  expect_silent(harmonium:::.onAttach("", ""))
})

test_that("harmonium_info() tells and prints what is in use", {
  info <- harmonium_info()
  expect_s3_class(info, "harmonium_info", exact = TRUE)
  expect_identical(info$version,
                   as.character(utils::packageVersion("harmonium")))
  expect_true("plain" %in% info$simd_levels)
  expect_lte(info$threads, info$threads_limit)
  lines <- utils::capture.output(returned <- withVisible(print(info)))
  expect_false(returned$visible)
  expect_identical(returned$value, info)
  expect_length(lines, 5L)
  expect_match(lines[2L], paste0("vectors: ", info$simd, " "), fixed = TRUE)
  expect_match(lines[3L], sprintf("threads: %d", info$threads), fixed = TRUE)
  info$openmp <- FALSE
  info$blas <- ""
  lines <- utils::capture.output(print(info))
  expect_match(lines[3L], "without OpenMP", fixed = TRUE)
  expect_match(lines[4L], "not known", fixed = TRUE)
})

test_that("a child process works after its parent used threads", {
  skip_on_os("windows")
  x <- large_bits()
  fit <- function() {
    set.seed(7)
    coef(rbm_fit(x, 320, epochs = 1, batch_size = 200, threads = 2))
  }
  here <- fit()
  job <- parallel::mcparallel(fit())
  # A child that waits for threads it does not have would wait for ever.
  there <- parallel::mccollect(job, wait = FALSE, timeout = 60)
  if (is.null(there)) {
    tools::pskill(job$pid, tools::SIGKILL)
    suppressWarnings(parallel::mccollect(job))
  }
  expect_identical(there[[1L]], here)
  expect_identical(
    parallel::mclapply(1:2, function(i) fit(), mc.cores = 2),
    list(here, here)
  )
})

# Epochs that take so many seconds on all threads and on one: on how many each
# of them ran.
paces <- function(many, one, epochs, threads = 2L) {
  pace <- harmonium:::new_pace(threads)
  taken <- integer(epochs)
  for (epoch in seq_len(epochs)) {
    taken[epoch] <- pace$threads
    seconds <- if (pace$threads == 1L) one(epoch) else many(epoch)
    pace <- harmonium:::next_pace(pace, seconds)
  }
  taken
}

test_that("epochs take as many threads as are fast, and try the others", {
  quick <- function(epoch) 0.1
  slow <- function(epoch) 0.4
  free <- paces(quick, slow, 500)
  expect_identical(free[1:5], rep(2L, 5L))
  expect_gt(mean(free == 2L), 0.97)
  expect_gt(sum(free == 1L), 3)
  crowded <- paces(slow, quick, 500)
  expect_identical(crowded[1:2], rep(2L, 2L))
  expect_gt(mean(crowded == 1L), 0.97)
  expect_gt(sum(crowded[-(1:10)] == 2L), 3)
  # One that is slow now and then does not count, if another is not.
  expect_gt(mean(paces(function(epoch) if (epoch %% 3L) 0.1 else 1, slow,
                       500) == 2L), 0.94)
  # A machine that is crowded from the 200th on, and free again from the 400th.
  changing <- paces(function(epoch) if (epoch %in% 200:400) 0.5 else 0.1,
                    function(epoch) 0.15, 1000)
  expect_gt(mean(changing[300:400] == 1L), 0.9)
  expect_gt(mean(changing[500:1000] == 2L), 0.9)
  # Epochs of no time at all, and of minutes.
  expect_gt(mean(paces(function(epoch) 0, function(epoch) 0, 100) == 2L), 0.9)
  expect_identical(sum(paces(function(epoch) 60, function(epoch) 100,
                             20) == 1L), 1L)
  expect_identical(unique(paces(quick, slow, 100, threads = 1L)), 1L)
})
