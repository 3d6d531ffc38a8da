# A fresh R that has the package where this one has it.

child_setup <- function() {
  c(sprintf(".libPaths(%s)", paste(deparse(.libPaths()), collapse = "")),
    "library(harmonium)")
}

# Runs `script`, lines of R: a list of what it printed, and its exit status.
# `environment` are settings as "NAME=value"; `before` is shell that runs first,
# such as a limit.
run_child <- function(script, environment = character(), before = NULL) {
  file <- tempfile(fileext = ".R")
  on.exit(unlink(file))
  writeLines(c(child_setup(), script), file, useBytes = TRUE)
  command <- paste(c("exec", if (length(environment)) {
    c("env", shQuote(environment))
  }, shQuote(file.path(R.home("bin"), "Rscript")), "--vanilla", shQuote(file)),
  collapse = " ")
  output <- suppressWarnings(system2(
    "sh", c("-c", shQuote(paste(c(before, command), collapse = "; "))),
    stdout = TRUE, stderr = TRUE
  ))
  status <- attr(output, "status")
  list(output = as.vector(output), status = if (is.null(status)) 0L else status)
}
