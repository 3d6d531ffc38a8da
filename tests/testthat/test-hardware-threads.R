# Odd numbers of threads, threads that the system refuses, and forks. More of
# the first are in tests/faults/threads.R.

test_that("odd numbers of threads are sane ones", {
  skip_on_cran()
  skip_on_os(c("windows", "mac"))
  skip_if_not(harmonium_info()$openmp)
  found <- with_odd_threads(list(
    "OMP_NUM_THREADS=0", "OMP_NUM_THREADS=abc", "OMP_THREAD_LIMIT=-1",
    c("OMP_NUM_THREADS=10000", "HARMONIUM_NUM_THREADS=10000")
  ))
  processors <- parallel::detectCores()
  expect_identical(found$status, rep(0L, 4L))
  expect_identical(found$found, rep(memory_probe(), 4L))
  expect_true(all(found$limit >= 1L & found$limit <= processors))
  expect_true(all(found$tasks <= processors + 8L))
})

test_that("forked children give the same bits by every way, and come back", {
  skip_on_cran()
  skip_on_os("windows")
  skip_on_one_thread()
  here <- c(everyday()$results, memory_probe())
  jobs <- lapply(1:2, function(i) {
    parallel::mcparallel(c(everyday()$results, memory_probe()))
  })
  # A child that waits for threads it does not have would wait for ever.
  there <- unlist(lapply(jobs, parallel::mccollect, wait = FALSE, timeout = 60),
                  recursive = FALSE)
  if (length(there) < 2L) {
    lapply(jobs, function(job) tools::pskill(job$pid, tools::SIGKILL))
    suppressWarnings(parallel::mccollect(jobs))
  }
  expect_identical(unname(there), list(here, here))
  expect_identical(c(everyday()$results, memory_probe()), here)
})

# Memory is all taken but for less than the stack of a thread.
test_that("a thread that the system refuses does not end R", {
  skip_on_cran()
  skip_on_os(c("windows", "mac"))
  skip_if(nzchar(Sys.getenv("ASAN_OPTIONS")), "sanitizers take all addresses")
  ran <- run_child(c(
    "memory_probe <-", deparse(memory_probe),
    "hold <- list()",
    "size <- 2^25",
    "while (size >= 2^19) {",
    "  got <- tryCatch(raw(size), error = function(error) NULL)",
    "  if (is.null(got)) size <- size / 2 else hold[[length(hold) + 1]] <- got",
    "}",
    "held <- cumsum(rev(lengths(hold)))",
    "hold <- hold[seq_len(length(hold) - sum(held < 6e6))]",
    "invisible(gc())",
    "got <- .Call(harmonium:::ffi_threads_here, 2L)",
    "cat('granted=', got, '\\n', sep = '')",
    "hold <- NULL",
    "invisible(gc())",
    "cat('found=', memory_probe(), '\\n', sep = '')"
  ), before = "ulimit -v 400000")
  expect_identical(value_of(ran$output, "found"), memory_probe())
  expect_true(value_of(ran$output, "granted") %in% c("1", "2"))
  expect_identical(ran$status, 0L)
})

# A machine large enough for threads to own its units, which wait for each other
# at barriers.
shared_fit <- function(threads, epochs = 2L) {
  set.seed(503)
  x <- matrix(as.raw(stats::runif(1000 * 300) < 0.2), 1000)
  fit <- rbm_fit(x, 400, estimator = "cd", epochs = epochs, batch_size = 100,
                 optimiser = "sgd", threads = threads, verbose = FALSE,
                 keep_x = FALSE)
  harmonium:::checksum(as.double(unlist(coef(fit))))
}

test_that("a fit goes on where it was stopped for a while", {
  skip_on_cran()
  skip_on_os("windows")
  skip_on_one_thread()
  here <- shared_fit(2L, 150L)
  job <- parallel::mcparallel(shared_fit(2L, 150L))
  for (i in 1:3) {
    Sys.sleep(0.1)
    tools::pskill(job$pid, tools::SIGSTOP)
    Sys.sleep(0.2)
    tools::pskill(job$pid, tools::SIGCONT)
  }
  there <- parallel::mccollect(job, wait = FALSE, timeout = 60)
  if (is.null(there)) {
    tools::pskill(job$pid, tools::SIGKILL)
    suppressWarnings(parallel::mccollect(job))
  }
  expect_identical(there[[1L]], here)
})

test_that("threads that share a fit come back where few may run", {
  skip_on_cran()
  skip_on_os(c("windows", "mac"))
  skip_on_one_thread()
  here <- shared_fit(1L)
  expect_identical(shared_fit(2L), here)
  script <- c("shared_fit <-", deparse(shared_fit), "library(harmonium)",
              "cat('sum=', shared_fit(2L), '\\n', sep = '')")
  for (few in c("OMP_THREAD_LIMIT=1", "OMP_DYNAMIC=true",
                "OMP_WAIT_POLICY=active")) {
    ran <- run_child(script, environment = few, before = "ulimit -t 60")
    expect_identical(ran$status, 0L, label = few)
    expect_identical(value_of(ran$output, "sum"), here, label = few)
  }
})
