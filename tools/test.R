# Run by tools/test: runs the tests in the folder that is the first argument on
# the installed package, and writes "passed failed skipped" to the file that is
# the second. FILTER in the environment picks files.

args <- commandArgs(TRUE)
filter <- Sys.getenv("FILTER")
results <- testthat::test_dir(
  args[1],
  filter = if (nzchar(filter)) filter,
  package = "harmonium",
  load_package = "installed",
  reporter = testthat::ProgressReporter$new(
    show_praise = FALSE,
    max_failures = Inf,
    update_interval = 1e6
  ),
  stop_on_failure = FALSE
)
results <- as.data.frame(results)
untested <- if (!nzchar(filter)) setdiff(
  list.files(args[1], "^test-.*[.][rR]$"),
  results$file
)
for (file in untested) {
  message("FAILED: ", file, " holds no test")
}
counts <- c(
  sum(results$passed),
  sum(results$failed) + sum(results$error) + length(untested),
  sum(results$skipped)
)
writeLines(paste(counts, collapse = " "), args[2])
