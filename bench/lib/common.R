# What the benchmarks share: data, alternating rounds, tables, results on file.

# 0/1 rows of MNIST's shape: the real digits where they lie beside the checkout,
# else generated ones of about their mean density.
digits_like <- function(rows) {
  path <- file.path("..", "shared", "data", "mnist_binarised.rds")
  if (file.exists(path)) {
    message("Data: binarised MNIST, ", rows, " rows")
    return(readRDS(path)$train[seq_len(rows), ])
  }
  message("Data: generated, of MNIST's shape, ", rows, " rows")
  set.seed(1)
  on <- stats::plogis(stats::rnorm(784, -3, 2))
  matrix(as.raw(stats::runif(rows * 784) < rep(on, each = rows)), rows, 784)
}

# How many rounds: ROUNDS in the environment, else what the script wants.
count_rounds <- function(wanted) {
  given <- suppressWarnings(as.integer(Sys.getenv("ROUNDS")))
  if (is.na(given)) wanted else max(given, 1L)
}

# Seconds of each expression (a named list of functions) in `rounds` rounds,
# one after another in each round, so that a change of the machine's speed hits
# them alike.
rounds_of <- function(programs, rounds = 5L) {
  times <- matrix(NA_real_, rounds, length(programs),
                  dimnames = list(NULL, names(programs)))
  for (round in seq_len(rounds)) {
    for (name in names(programs)) {
      gc(FALSE)
      times[round, name] <- system.time(programs[[name]]())[["elapsed"]]
    }
  }
  times
}

# Medians, spread, and the median over rounds of the ratio to `against`.
report <- function(times, against = colnames(times)[1L]) {
  table <- data.frame(
    seconds = apply(times, 2L, stats::median),
    least = apply(times, 2L, min),
    most = apply(times, 2L, max),
    ratio = apply(times / times[, against], 2L, stats::median)
  )
  print(round(table, 3L))
  cat("ratio: to `", against, "`, median over ", nrow(times), " rounds\n\n",
      sep = "")
  invisible(table)
}

# A row for each column of `times`: median, least and most, of the rounds in
# which it took part.
summarise_rounds <- function(times) {
  over <- function(statistic) {
    signif(apply(times, 2L, statistic, na.rm = TRUE), 4L)
  }
  data.frame(
    median = over(stats::median), min = over(min), max = over(max),
    rounds = colSums(!is.na(times)), row.names = NULL
  )
}

# bench/results/<noun>.csv, which README and the article on performance read.
write_result <- function(table, noun) {
  dir.create(file.path("bench", "results"), showWarnings = FALSE)
  path <- file.path("bench", "results", paste0(noun, ".csv"))
  utils::write.csv(table, path, row.names = FALSE, quote = FALSE)
  cat("Written: ", path, "\n", sep = "")
}

print_table <- function(table) {
  print(table, row.names = FALSE, digits = 3L)
  cat("\n")
}

# BLAS and versions, without paths.
describe_machine <- function() {
  cat(R.version.string, "; BLAS ", blas_name(extSoftVersion()[["BLAS"]]), "; ",
      parallel::detectCores(), " cores; harmonium ",
      as.character(utils::packageVersion("harmonium")), "\n", sep = "")
}

# Debian gives every BLAS the same file name, and a folder of its own.
blas_name <- function(path) {
  path <- normalizePath(path, mustWork = FALSE)
  if (grepl("openblas", path, ignore.case = TRUE)) {
    "OpenBLAS"
  } else if (grepl("mkl", path, ignore.case = TRUE)) {
    "MKL"
  } else {
    "reference"
  }
}
