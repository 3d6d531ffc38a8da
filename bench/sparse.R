# One epoch on a sparse matrix of 100 000 x 20 000 cells, one in a thousand 1,
# with 50 hidden units in batches of 100: seconds, and what it adds to the
# memory of a fresh process that holds the matrix.
library(harmonium)
for (part in c("common", "workers", "fresh")) {
  source(file.path("bench", "lib", paste0(part, ".R")))
}

stop_without_proc()
if (!requireNamespace("Matrix", quietly = TRUE)) {
  message("Left out: the R package Matrix is not here.")
  quit()
}
shape <- c(100000, 20000)
cells <- 0.001 * prod(shape)
set.seed(1)
at <- unique(floor(stats::runif(cells, 0, prod(shape))))
x <- Matrix::sparseMatrix(i = at %% shape[1L] + 1, j = at %/% shape[1L] + 1,
                          x = 1, dims = shape)
file <- tempfile(fileext = ".rds")
saveRDS(x, file, compress = FALSE)
input <- as.numeric(utils::object.size(x)) / 2^20
measure <- function(threads) {
  found <- fit_afresh(file, 50, threads)
  if (!is.null(found$refused)) {
    message("Left out: this version takes no sparse matrix. It says:\n",
            found$refused)
    quit()
  }
  data.frame(rows = shape[1L], columns = shape[2L], ones = length(at),
             threads, input, weights = shape[2L] * 50 * 8 / 2^20,
             added = found$added, seconds = found$seconds)
}
table <- rbind(measure(1), measure(2))
table[-(1:4)] <- round(table[-(1:4)], 2L)
describe_machine()
print_table(table)
cat("MB; `added` at the peak. As doubles the input is",
    round(prod(shape) * 8 / 2^20), "MB.\n\n")
write_result(format(table, scientific = FALSE, trim = TRUE), "sparse")
