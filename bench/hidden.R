# rbm_hidden() on 60 000 x 784 with 500 hidden units, for raw bytes and for
# doubles, beside the formula in plain R on doubles with OpenBLAS.
library(harmonium)
for (part in c("common", "workers", "serve")) {
  source(file.path("bench", "lib", paste0(part, ".R")))
}

x <- digits_like(60000L)
data <- tempfile("cases")
write_cases(x, data)
blas <- find_blas()
if (!"OpenBLAS" %in% names(blas)) {
  message("Left out: there is no OpenBLAS here.")
  quit()
}
command <- c(rscript_command("bench/lib/hidden-worker.R"), data, dim(x))
workers <- lapply(1:2, function(threads) {
  start_worker(paste("hidden,", threads, "thread(s)"), c(command, threads),
               "OpenBLAS", threads, blas[["OpenBLAS"]])
})
jobs <- expand.grid(job = c("raw", "doubles", "plain"), threads = 1:2,
                    stringsAsFactors = FALSE)
jobs$worker <- workers[jobs$threads]
jobs$rounds <- count_rounds(5L)
times <- time_jobs(jobs)
invisible(lapply(workers, stop_worker))

names <- c(raw = "harmonium on raw bytes", doubles = "harmonium on doubles",
           plain = "plain R on doubles")
table <- data.frame(program = names[jobs$job], threads = jobs$threads,
                    summarise_rounds(times), row.names = NULL)
plain <- table$median[jobs$job == "plain"]
table$ratio <- round(table$median / plain[jobs$threads], 3L)
describe_machine()
print_table(table)
cat("Seconds; `ratio` to plain R on as many threads\n\n")
write_result(table, "hidden")
