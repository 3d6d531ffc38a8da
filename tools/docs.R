# Run by tools/docs: roxygen2 on the copy of the sources that is the first
# argument; the second is an empty library for the package itself. Fails on
# anything that roxygen2 has to remark.

args <- commandArgs(TRUE)
sources <- args[1]

noted <- read.dcf(file.path(sources, "DESCRIPTION"), "RoxygenNote")
this_version <- as.character(packageVersion("roxygen2"))
if (!identical(c(noted), this_version)) {
  message(
    "DESCRIPTION has RoxygenNote: ", noted, ", and roxygen2 here is ",
    this_version, ".\nTo move to it, change that line in DESCRIPTION."
  )
  quit(status = 1)
}

# Installs the package with a NAMESPACE of what it imports and nothing more:
# what it exports is only known once the code has been read.
load_code <- function(path) {
  unlink(file.path(path, "NAMESPACE"))
  blocks <- roxygen2::parse_package(path, env = NULL)
  roxygen2::roclet_preprocess(roxygen2::namespace_roclet(), blocks, path)
  install <- c("CMD", "INSTALL", "--no-docs", "--no-test-load",
               paste0("--library=", args[2]), path)
  log <- suppressWarnings(
    system2(file.path(R.home("bin"), "R"), install, TRUE, TRUE)
  )
  if (!is.null(attr(log, "status"))) {
    writeLines(log, stderr())
    quit(status = 1)
  }
  roxygen2::load_installed(path)
}

remarks <- 0
withCallingHandlers(
  roxygen2::roxygenise(sources, c("namespace", "rd"), load_code),
  warning = function(warning) remarks <<- remarks + 1,
  message = function(message) {
    if (grepl("[.]R:[0-9]+", conditionMessage(message))) {
      remarks <<- remarks + 1
    }
  }
)
if (remarks > 0) {
  message("roxygen2 had ", remarks, " remarks; see above")
  quit(status = 1)
}
