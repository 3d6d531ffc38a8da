# What the package remembers from load to unload.
the <- new.env(parent = emptyenv())

# How many threads a call uses: the argument, else the option, else the
# environment variable, else two; never more than the system allows.
resolve_threads <- function(threads = NULL) {
  # A child process inherits none of its parent's threads, and OpenMP would wait
  # for them for ever.
  limit <- if (identical(the$pid, Sys.getpid())) {
    .Call(ffi_thread_limit)
  } else {
    1L
  }
  if (is.null(threads)) {
    threads <- getOption("harmonium.threads")
    name <- "option harmonium.threads"
  } else {
    name <- "threads"
  }
  if (is.null(threads)) {
    setting <- Sys.getenv("HARMONIUM_NUM_THREADS")
    if (nzchar(setting)) {
      name <- "environment variable HARMONIUM_NUM_THREADS"
      number <- suppressWarnings(as.numeric(setting))
      threads <- if (is.na(number)) setting else number
    } else {
      threads <- 2L
    }
  }
  min(check_count(threads, name), limit)
}
