# What one epoch adds to the memory of a fresh process that holds the data, at
# its peak: raw bytes of 784 columns, 500 hidden units, batches of 100. The
# target is 64 MB and six copies of the weights.
library(harmonium)
for (part in c("common", "workers", "fresh")) {
  source(file.path("bench", "lib", paste0(part, ".R")))
}

stop_without_proc()
x <- digits_like(60000L)
file <- tempfile(fileext = ".rds")
measure <- function(cases, threads) {
  saveRDS(x[seq_len(cases), ], file, compress = FALSE)
  found <- fit_afresh(file, 500, threads)
  data.frame(cases, threads, input = cases * 784 / 2^20,
             as_doubles = cases * 784 * 8 / 2^20, added = found$added,
             seconds = found$seconds)
}
table <- rbind(
  do.call(rbind, lapply(c(7500, 15000, 30000, 60000), measure, threads = 1)),
  measure(60000, threads = 2)
)
table$target <- 64 + 6 * 784 * 500 * 8 / 2^20
table <- round(table, 2L)
describe_machine()
print_table(table)
cat("MB; `added` at the peak, `as_doubles` what a copy of the input as doubles",
    "would take.\nLargest over the target:",
    round(max(table$added / table$target), 2L), "\n\n")
write_result(table, "memory")
