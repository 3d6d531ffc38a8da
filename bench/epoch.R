# One epoch of CD-1 over 10 000 rows of 784 with 500 hidden units, in batches of
# 100: this package beside others, and beside the five dense products that a
# textbook implementation needs. Every program is a process of its own that has
# its data in memory; all run one after another in each round, and the others
# sleep. Ours and deepnet shuffle their cases, PyTorch and scikit-learn take
# them as they come. ROUNDS in the environment sets how many rounds, 7 unless
# set; deepnet, which is slow, takes part in 3 at most.
library(harmonium)
for (part in c("common", "workers", "serve", "targets", "machine")) {
  source(file.path("bench", "lib", paste0(part, ".R")))
}

row_of <- function(program, command, threads = 1:2, blas = "OpenBLAS",
                   most = Inf) {
  table <- expand.grid(program = program, blas = blas, threads = threads,
                       most = most, stringsAsFactors = FALSE)
  table$command <- rep(list(command), nrow(table))
  table
}

rounds <- count_rounds(7L)
x <- digits_like(10000L)
data <- tempfile("cases")
write_cases(x, data)
shape <- c(data, dim(x))
in_r <- function(program) {
  c(rscript_command("bench/lib/epoch-worker.R"), program, shape)
}
in_python <- function(program, dtype, module) {
  c(find_python(module), "bench/lib/epoch_worker.py", program, dtype, shape)
}

both <- c("OpenBLAS", "reference")
programs <- rbind(
  row_of("harmonium", in_r("binary"), blas = both),
  row_of("harmonium intensities", in_r("intensities")),
  do.call(rbind, lapply(c("float32", "float64"), function(dtype) {
    named <- function(name) paste(name, dtype)
    rbind(
      row_of(named("PyTorch"), in_python("torch", dtype, "torch")),
      row_of(named("five products"), in_python("products", dtype, "numpy")),
      row_of(named("scikit-learn"), in_python("sklearn", dtype, "sklearn"))
    )
  })),
  row_of("deepnet", in_r("deepnet"), 1L, both, most = 3)
)

blas <- find_blas()
start <- function(row) {
  program <- programs[row, ]
  command <- program$command[[1L]]
  name <- sprintf("%s, %s, %d thread(s)", program$program, program$blas,
                  program$threads)
  missing <- if (!program$blas %in% names(blas)) {
    paste("there is no", program$blas, "BLAS here")
  } else if (is.na(command[1L])) {
    "no Python here can load it"
  } else if (program$program == "deepnet" &&
               !requireNamespace("deepnet", quietly = TRUE)) {
    "it is not installed"
  }
  if (!is.null(missing)) {
    message("Left out: ", name, ", since ", missing, ".")
    return(NULL)
  }
  start_worker(name, c(command, program$threads), program$blas,
               program$threads, blas[[program$blas]])
}
programs$worker <- lapply(seq_len(nrow(programs)), start)
programs <- programs[lengths(programs$worker) > 0L, ]
programs$job <- "epoch"
programs$rounds <- pmin(rounds, programs$most)

times <- time_jobs(programs)
invisible(lapply(programs$worker, stop_worker))
table <- cbind(
  programs[c("program", "blas", "threads")], summarise_rounds(times)
)
print_table(table)
cat("Seconds; deepnet ran in no more than 3 rounds\n\n")
write_result(table, "epoch")
cat("\nOurs over theirs, by medians, on as many threads\n")
print_table(hold_epoch(table))
write_machine(programs$worker, blas)
