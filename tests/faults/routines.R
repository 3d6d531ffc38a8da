# Every registered routine with a garbage collection at each allocation that it
# makes, which takes away whatever it does not protect:
#
#   Rscript tests/faults/routines.R [most]
#
# in the checkout's top folder, with harmonium installed: in the first `most`
# calls of each routine, 1 where none is given, Inf for all. tools/valgrind runs
# it under valgrind. Fails where a result is not that of the same call without,
# or where a routine is not called.

suppressPackageStartupMessages(library(harmonium))
source("tests/testthat/helper-routines.R")

given <- commandArgs(trailingOnly = TRUE)
most <- if (length(given)) as.numeric(given[1L]) else 1
reached <- new.env()
tortured <- results_of(routine_calls_by(torturing_call(reached, most)))
plain <- results_of(routine_calls())
differ <- names(plain)[!mapply(identical, tortured, plain,
                               MoreArgs = list(ignore.environment = TRUE))]
missed <- setdiff(all_routines(), ls(reached))
cat(sprintf("%d routines in %.0f calls: %d not called, %d results differ\n",
            length(all_routines()), sum(unlist(as.list(reached))),
            length(missed), length(differ)))
writeLines(c(differ, missed))
quit(status = as.integer(length(c(differ, missed)) > 0))
