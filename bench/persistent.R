# Ten epochs of PCD-5 over 10 000 rows of 784 with 500 hidden units and 100
# chains, in batches of 100, with the looks at chains that a fit takes: this
# package beside PyTorch, each a process of its own that has its data in memory,
# by turns.
library(harmonium)
for (part in c("common", "workers", "serve")) {
  source(file.path("bench", "lib", paste0(part, ".R")))
}

x <- digits_like(10000L)
data <- tempfile("cases")
write_cases(x, data)
shape <- c(data, dim(x))
python <- find_python("torch")
if (is.na(python)) {
  message("Left out: no Python here can load PyTorch.")
  quit()
}
commands <- list(
  harmonium = c(rscript_command("bench/lib/epoch-worker.R"), "pcd", shape),
  "PyTorch float32" = c(python, "bench/lib/epoch_worker.py", "torch-pcd",
                        "float32", shape)
)
programs <- expand.grid(program = names(commands), threads = 1:2, job = "epoch",
                        rounds = count_rounds(7L), stringsAsFactors = FALSE)
folder <- find_blas()[["OpenBLAS"]]
programs$worker <- lapply(seq_len(nrow(programs)), function(row) {
  program <- programs[row, ]
  start_worker(program$program, c(commands[[program$program]], program$threads),
               "OpenBLAS", program$threads, folder)
})
times <- time_jobs(programs)
invisible(lapply(programs$worker, stop_worker))
table <- cbind(programs[c("program", "threads")], summarise_rounds(times))
table$ratio <- table$median /
  table$median[match(paste("PyTorch float32", table$threads),
                     paste(table$program, table$threads))]
table$target <- 0.35
describe_machine()
print_table(table)
cat("Seconds for ten epochs; `ratio` to PyTorch on as many threads\n\n")
write_result(table, "persistent")
