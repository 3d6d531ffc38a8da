# How often 95 % intervals of rbm_log_z(method = "ais") hold the exact log Z.
# Reverse runs start at the ends of chains, as they must for large models,
# though all of these are small enough to be enumerated. RUNS in the environment
# sets how many intervals for each family (300), FAMILIES which (all, by
# semicolons).
library(harmonium)
source("bench/lib/common.R")

per_family <- as.integer(Sys.getenv("RUNS", "300"))
machines_each <- 10L
budget <- 2e5

# Fits of 20 hidden units to data that ship with the package.
fitted_to <- function(x, seed, hidden = 20, epochs = 200, ...) {
  set.seed(seed)
  rbm_fit(x, hidden, epochs = epochs, verbose = FALSE, ...)
}
digits <- function(seed) {
  fitted_to(digits8$x[seq_len(1000) + 70 * seed, ] > 0.5, seed, epochs = 50)
}
toy <- function(set, side, ...) {
  function(seed) {
    set.seed(100 + seed)
    fitted_to(rbm_data(set, size = side, ...)$x, seed)
  }
}
times <- function(make, by) {
  function(seed) {
    fit <- make(seed)
    fit$W <- by * fit$W
    fit$b <- by * fit$b
    fit$c <- by * fit$c
    fit
  }
}
constant <- function(seed) {
  x <- cbind(digits8$x[1:500, ] > 0.5, matrix(TRUE, 500, 8),
             matrix(FALSE, 500, 8))
  fitted_to(x[, sample(ncol(x))], seed, epochs = 50)
}
# Patterns far apart, of random weights, and a broad background.
far <- function(seed) {
  set.seed(200 + seed)
  nv <- sample(30:80, 1L)
  count <- sample(2:8, 1L)
  a <- stats::runif(1L, 3, 6)
  pattern <- matrix(stats::rbinom(count * nv, 1, stats::runif(1L, 0.3, 0.7)),
                    count)
  above <- stats::rnorm(count, 0, 2) + stats::runif(1L, -2, 4)
  rbm(t(a * (2 * pattern - 1)), numeric(nv),
      -a * rowSums(pattern) + nv * log(2) + above)
}
clusters <- function(seed) {
  set.seed(300 + seed)
  count <- c(2, 3, 5, 8)[seed %% 4 + 1]
  noise <- c(0.01, 0.02, 0.05)[seed %% 3 + 1]
  prototype <- matrix(stats::rbinom(count * 100, 1, 0.5), count)
  which <- sample(count, 1000, TRUE, prob = count:1)
  flip <- matrix(stats::rbinom(1e5, 1, noise), 1000)
  fitted_to(abs(prototype[which, , drop = FALSE] - flip), seed,
            hidden = c(12, 16, 20)[seed %% 3 + 1], epochs = 100,
            estimator = "pt")
}

families <- list(
  `digits8` = digits,
  `digits8, parameters times 2` = times(digits, 2),
  `bars and stripes` = toy("bars_and_stripes", 4),
  `bars and stripes, times 2` = times(toy("bars_and_stripes", 4), 2),
  `shifter` = toy("shifter", 6),
  `Ising` = toy("ising", 4, n = 1000, beta = 0.4),
  `Ising, times 2` = times(toy("ising", 4, n = 1000, beta = 0.4), 2),
  `constant columns` = constant,
  `far modes, made by hand` = far,
  `clusters, fitted` = clusters
)
wanted <- Sys.getenv("FAMILIES")
if (nzchar(wanted)) {
  families <- families[strsplit(wanted, ";")[[1L]]]
}

answer <- function(object, seed) {
  set.seed(seed)
  harmonium:::ais_log_z(object, NULL, 0.1, budget, 100L, 0.95,
                        harmonium:::draw_key(), draws = "chains")
}

measure <- function(name) {
  each <- ceiling(per_family / machines_each)
  found <- do.call(rbind, lapply(seq_len(machines_each), function(seed) {
    object <- families[[name]](seed)
    truth <- rbm_log_z(object, "exact", verbose = FALSE)$log_z
    do.call(rbind, lapply(seq_len(each), function(run) {
      ais <- answer(object, 1000 * seed + run)
      data.frame(
        machine = seed, off = truth - ais$log_z, width = diff(ais$interval),
        out = max(ais$interval[1L] - truth, truth - ais$interval[2L], 0),
        parts = nrow(ais$parts),
        seconds = ais$seconds
      )
    }))
  }))
  file <- paste0("coverage-", make.names(name), ".rds")
  saveRDS(found, file.path("build", "bench", file))
  data.frame(
    family = name, machines = machines_each, runs = nrow(found),
    covered = round(100 * mean(found$out == 0), 1L),
    far_misses = sum(found$out > 3 * found$width),
    median_width = signif(stats::median(found$width), 2L),
    widest = signif(max(found$width), 2L),
    median_error = signif(stats::median(abs(found$off)), 2L),
    seconds = signif(stats::median(found$seconds), 2L)
  )
}

describe_machine()
dir.create(file.path("build", "bench"), FALSE, TRUE)
table <- do.call(rbind, lapply(names(families), function(name) {
  row <- measure(name)
  print(row)
  row
}))
if (!nzchar(wanted)) {
  utils::write.csv(table, "bench/results/coverage.csv", row.names = FALSE)
}
