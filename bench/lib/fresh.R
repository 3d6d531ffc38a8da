# One epoch on the data in an .rds file, in a fresh process: a list of `before`
# and `added`, both in MB, and `seconds`; or of `refused`, the reason why the
# package does not take the data.
fit_afresh <- function(path, hidden, threads) {
  command <- rscript_command("bench/lib/fit-worker.R")
  says <- system2(command[1L], c(command[-1L], shQuote(path), hidden, threads),
                  stdout = TRUE)
  says <- says[cumsum(grepl("^(ok|refused) ", says)) > 0]
  if (length(says) == 0L) {
    stop("the process that should train ended without a word")
  }
  if (startsWith(says[1L], "refused ")) {
    return(list(refused = sub("^refused ", "", paste(says, collapse = "\n"))))
  }
  numbers <- as.numeric(strsplit(says[1L], " ")[[1L]][-1L])
  list(before = numbers[1L], added = numbers[2L], seconds = numbers[3L])
}

stop_without_proc <- function() {
  if (!file.exists(file.path("", "proc", "self", "status"))) {
    message("Left out: memory is read as Linux tells it, and this is not Linux")
    quit()
  }
}
