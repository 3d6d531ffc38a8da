# Run by tests/mutation/package.R in an R of its own: a test file on the
# functions in a folder R/, in the place of those that are installed.
#
#   Rscript tests/mutation/trial.R R-FOLDER TESTS-FOLDER SEEN FILE
#
# Ends with status 1 at the first test that fails. Where SEEN is not "", the
# names of all functions that were called are written there.

arguments <- commandArgs(TRUE)
sources <- list.files(arguments[1L], "[.]R$", full.names = TRUE)
seen_file <- arguments[3L]

# All of R/ is read anew, so that what a file computes as it is read is as its
# functions say. What is attached later is copied from here.
space <- loadNamespace("harmonium")
invisible(lapply(ls(space, all.names = TRUE), unlockBinding, space))
for (file in sources) {
  sys.source(file, space)
}

harmonium_seen <- new.env()
if (nzchar(seen_file)) {
  for (name in ls(space, all.names = TRUE)) {
    value <- get(name, space)
    if (is.function(value) && !is.primitive(value)) {
      body(value) <- bquote({
        assign(.(name), TRUE, globalenv()[["harmonium_seen"]])
        .(body(value))
      })
      assign(name, value, space)
    }
  }
}

# Methods were registered as they were.
methods <- space[[".__NAMESPACE__."]][["S3methods"]]
for (i in seq_len(nrow(methods))) {
  home <- if (is.na(methods[i, 4L])) space else asNamespace(methods[i, 4L])
  registerS3method(methods[i, 1L], methods[i, 2L], get(methods[i, 3L], space),
                   envir = home)
}
space[[".onLoad"]](dirname(find.package("harmonium")), "harmonium")

suppressPackageStartupMessages({
  library(harmonium)
  library(testthat)
})
test_file(
  file.path(arguments[2L], arguments[4L]),
  package = "harmonium",
  reporter = ProgressReporter$new(show_praise = FALSE, max_failures = 0L),
  stop_on_failure = TRUE
)
if (nzchar(seen_file)) {
  writeLines(ls(harmonium_seen, all.names = TRUE), seen_file)
}
