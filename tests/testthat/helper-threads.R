# Tests of threads ask for up to three, also where there are fewer processors.
# On CRAN there may be no more than two.
if (identical(Sys.getenv("NOT_CRAN"), "true") && harmonium_info()$openmp &&
      harmonium_info()$threads_limit < 3L) {
  Sys.setenv(HARMONIUM_TEST_THREADS = "3")
}

# A child R for each of `settings`, environments that ask for odd numbers of
# threads: its exit status, what a fit gave on as many threads as it then has,
# or the class of the error, the limit that it sees, and how many threads it has
# in the end.
with_odd_threads <- function(settings) {
  unset <- c("-u", "OMP_NUM_THREADS", "-u", "OMP_THREAD_LIMIT", "-u",
             "HARMONIUM_NUM_THREADS", "-u", "HARMONIUM_TEST_THREADS")
  script <- c(
    "memory_probe <-", deparse(memory_probe),
    "say <- function(...) cat(..., '\\n', sep = '')",
    "found <- tryCatch(memory_probe(NULL),",
    "                  harmonium_error = function(error) class(error)[1])",
    "say('found=', found)",
    "say('limit=', .Call(harmonium:::ffi_hardware)$threads)",
    "say('tasks=', length(list.files(file.path('', 'proc', 'self', 'task'))))"
  )
  rows <- lapply(settings, function(setting) {
    ran <- run_child(script, c(unset, setting))
    value <- function(name) {
      line <- grep(paste0("^", name, "="), ran$output, value = TRUE)
      if (length(line) == 1L) sub("^[^=]*=", "", line) else NA
    }
    data.frame(
      setting = paste(setting, collapse = " "), status = ran$status,
      found = value("found"), limit = as.integer(value("limit")),
      tasks = as.integer(value("tasks"))
    )
  })
  do.call(rbind, rows)
}
