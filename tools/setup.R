# The part of tools/setup that R knows best. `missing` prints which of the named
# packages, and of those that DESCRIPTION imports, are not installed or too old;
# `install` takes them from CRAN into build/library; `load` fails unless each
# can be loaded.

args <- commandArgs(TRUE)
task <- args[1]
named <- args[-1]
library_path <- file.path("build", "library")

# name -> least version, "0" where any will do
read_needs <- function(fields) {
  entries <- read.dcf("DESCRIPTION", fields)
  entries <- trimws(unlist(strsplit(entries[!is.na(entries)], ",")))
  name <- sub("[ (\n].*", "", entries)
  has_floor <- grepl(">=", entries, fixed = TRUE)
  floor <- ifelse(has_floor, gsub(".*>=|[ )\n]", "", entries), "0")
  setNames(floor, name)
}

is_missing <- function(package, floor) {
  path <- find.package(package, quiet = TRUE)
  length(path) == 0 || packageVersion(package) < floor
}

check_r <- function() {
  floor <- read_needs("Depends")["R"]
  if (!is.na(floor) && getRversion() < floor) {
    message("R ", floor, " or newer is needed; this is R ", getRversion())
    quit(status = 1)
  }
}

# Packages that another R has built do not load in this one.
renew_library <- function() {
  stamp <- file.path(library_path, ".r-version")
  this_r <- paste(R.version.string, R.version$platform)
  if (!file.exists(stamp) || !identical(readLines(stamp), this_r)) {
    unlink(library_path, recursive = TRUE)
    dir.create(library_path, recursive = TRUE)
    writeLines(this_r, stamp)
  }
}

wanted <- function() {
  imported <- names(read_needs("Imports"))
  unique(c(imported, named))
}

missing_packages <- function() {
  known <- read_needs(c("Imports", "Suggests"))
  floors <- ifelse(wanted() %in% names(known), known[wanted()], "0")
  wanted()[mapply(is_missing, wanted(), floors)]
}

install <- function() {
  repos <- getOption("repos")
  if (length(repos) == 0 || "@CRAN@" %in% repos) {
    utils::chooseCRANmirror(ind = 1, local.only = TRUE)
  }
  options(timeout = 600)
  install.packages(named, lib = library_path, Ncpus = 2)
  left <- intersect(missing_packages(), named)
  if (length(left) > 0) {
    message("not installed: ", toString(left))
    quit(status = 1)
  }
}

load_all <- function() {
  for (package in wanted()) {
    tryCatch(
      suppressPackageStartupMessages(loadNamespace(package)),
      error = function(error) {
        message("R package ", package, " is installed and does not load:\n  ",
                conditionMessage(error))
        quit(status = 1)
      }
    )
  }
}

switch(task,
  missing = {
    check_r()
    renew_library()
    writeLines(missing_packages())
  },
  install = install(),
  load = load_all(),
  stop("no task ", task)
)
