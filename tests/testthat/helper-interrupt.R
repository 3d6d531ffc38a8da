# Scripts for a fresh R, to which a shell sends an interrupt while it works. The
# script prints numbers as name=value lines, which the test looks at.

interrupted_run <- function(script) {
  skip_on_os("windows")
  skip_on_cran()
  skip_if(Sys.which("kill") == "" && Sys.which("sh") == "")
  file <- tempfile(fileext = ".R")
  on.exit(unlink(file))
  setup <- c(
    sprintf(".libPaths(%s)", paste(deparse(.libPaths()), collapse = "")),
    "library(harmonium)",
    "clock <- function() as.numeric(Sys.time())",
    "sent <- tempfile()",
    paste0(
      "interrupt_after <- function(seconds) system(sprintf(",
      "'(sleep %s; date +%%s.%%N > %s; kill -INT %d) &', ",
      "seconds, sent, Sys.getpid()))"
    ),
    "late <- function() clock() - as.numeric(readLines(sent))"
  )
  writeLines(c(setup, script), file)
  command <- file.path(R.home("bin"), "Rscript")
  system2(command, c("--vanilla", shQuote(file)), stdout = TRUE, stderr = TRUE)
}

value_of <- function(output, name) {
  line <- grep(paste0("^", name, "="), output, value = TRUE)
  if (length(line) != 1L) {
    stop("no `", name, "` in:\n", paste(output, collapse = "\n"))
  }
  sub("^[^=]*=", "", line)
}
