# Exact mean log-likelihoods of test digits under machines of 16 hidden units,
# for bench/learning.R. Arguments: the library folder, the estimator, and how
# many seeds.
args <- commandArgs(TRUE)
library(harmonium, lib.loc = args[1L])
digits <- readRDS(file.path("..", "shared", "data", "mnist_binarised.rds"))
for (seed in seq_len(as.integer(args[3L]))) {
  set.seed(seed)
  fit <- rbm_fit(digits$train[1:10000, ], 16, estimator = args[2L], k = 1,
                 epochs = 20, batch_size = 100, threads = 2, verbose = FALSE,
                 keep_x = FALSE)
  log_z <- rbm_log_z(fit, "exact", verbose = FALSE)$log_z
  cat(format(-mean(rbm_free_energy(fit, digits$test[1:2000, ])) - log_z,
             digits = 15L), "\n")
}
