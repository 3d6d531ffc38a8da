# A worker's side, in R: says what it is, then runs the functions in `jobs` by
# the names it reads, and answers with seconds.
serve <- function(jobs, says) {
  cat("ready", Sys.getpid(), extSoftVersion()[["BLAS"]], says, sep = "\t")
  cat("\n")
  flush(stdout())
  input <- file("stdin", "r")
  while (length(job <- readLines(input, 1L)) == 1L) {
    gc(FALSE)
    seconds <- system.time(jobs[[job]](), gcFirst = FALSE)[["elapsed"]]
    gc(FALSE)
    cat("seconds\t", format(seconds, digits = 15L), "\n", sep = "")
    flush(stdout())
  }
}

# Raw bytes as write_cases() left them: case after case.
read_cases <- function(path, rows, columns) {
  bytes <- readBin(path, "raw", as.double(rows) * columns)
  matrix(bytes, rows, columns, byrow = TRUE)
}

write_cases <- function(x, path) {
  writeBin(as.vector(t(x)), path)
}
