# A fresh process that reads a data set, trains on it by CD-1 for one epoch, and
# prints what the training added to its memory, in MB, and its seconds.
# Arguments: an .rds file of the data, hidden units, threads. Data that the
# package refuses gives the line "refused" and the reason. Memory is as Linux
# counts it.
suppressPackageStartupMessages(library(harmonium))

args <- commandArgs(TRUE)
x <- readRDS(args[1L])
if (isS4(x)) {
  loadNamespace("Matrix")
}
invisible(gc())

self <- function(file) file.path("", "proc", "self", file)
megabytes <- function(field) {
  line <- grep(paste0("^", field), readLines(self("status")), value = TRUE)
  as.numeric(gsub("[^0-9]", "", line)) / 1024
}
# From here on the peak is that of the training.
try(cat("5", file = self("clear_refs")), silent = TRUE)
before <- megabytes("VmRSS")
start <- proc.time()[["elapsed"]]
fitted <- try(
  rbm_fit(x, as.integer(args[2L]), estimator = "cd", epochs = 1,
          batch_size = 100, threads = as.integer(args[3L]), verbose = FALSE,
          keep_x = FALSE),
  silent = TRUE
)
seconds <- proc.time()[["elapsed"]] - start
if (inherits(fitted, "try-error")) {
  cat("refused", conditionMessage(attr(fitted, "condition")))
} else {
  cat("ok", before, megabytes("VmHWM") - before, seconds)
}
cat("\n")
