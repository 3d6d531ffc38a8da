# Data at the ends of what there is: one cell, very many cases, very many
# columns, MNIST, and more cells than 2^31. For each, one epoch in a fresh
# process that holds the data: what it adds to memory at its peak, beside the
# input, and its seconds.
library(harmonium)
for (part in c("common", "workers", "fresh")) {
  source(file.path("bench", "lib", paste0(part, ".R")))
}

stop_without_proc()
# 0/1 bytes of mean 0.3, one run of which stands again and again.
bytes_of <- function(rows, columns) {
  set.seed(1)
  some <- as.raw(stats::runif(2^20) < 0.3)
  matrix(rep_len(some, as.double(rows) * columns), rows, columns)
}
shapes <- list(
  list(1, 1, 1), list(1e6, 10, 10), list(10, 1e5, 10),
  list(60000, 784, 500), list(1.2e8, 18, 4),
  list(2, 1.1e9, 1)
)
file <- tempfile(fileext = ".rds")
measure <- function(shape, threads = 2) {
  rows <- shape[[1L]]
  columns <- shape[[2L]]
  x <- if (columns == 784) digits_like(rows) else bytes_of(rows, columns)
  cells <- length(x)
  saveRDS(x, file, compress = FALSE)
  rm(x)
  invisible(gc())
  found <- fit_afresh(file, shape[[3L]], threads)
  unlink(file)
  refused <- !is.null(found$refused)
  if (refused) {
    cat(found$refused, "\n", sep = "")
  }
  data.frame(
    cases = rows, columns, hidden = shape[[3L]], cells,
    input = cells / 2^20,
    added = if (refused) NA else found$added,
    seconds = if (refused) NA else found$seconds,
    outcome = if (refused) "refused" else "fitted"
  )
}
table <- do.call(rbind, lapply(shapes, measure))
table[c("input", "added")] <- round(table[c("input", "added")], 1L)
table$seconds <- signif(table$seconds, 3L)
table[c("cases", "columns", "cells")] <-
  lapply(table[c("cases", "columns", "cells")], format, scientific = FALSE,
         trim = TRUE)
describe_machine()
print_table(table)
cat("Seconds of one epoch in batches of 100 on 2 threads; MB of raw input, and",
    "`added` at the peak.\n\n")
write_result(table, "big")
