# What the benchmarks share: data, alternating rounds, and a table of ratios.

# 0/1 rows of MNIST's shape: the real digits where they lie beside the checkout,
# else generated ones of the same mean density.
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

# BLAS and versions, without paths.
describe_machine <- function() {
  cat(R.version.string, "; BLAS ", basename(extSoftVersion()[["BLAS"]]), "; ",
      parallel::detectCores(), " cores; harmonium ",
      as.character(utils::packageVersion("harmonium")), "\n", sep = "")
}
