# log Z of a default fit of binarised MNIST with 500 hidden units by default
# settings, for three seeds: how wide the interval is and how long it takes, on
# two threads. FIT in the environment names a saved model in place of a new fit,
# which takes minutes.
library(harmonium)
source(file.path("bench", "lib", "common.R"))

path <- file.path("..", "shared", "data", "mnist_binarised.rds")
saved <- Sys.getenv("FIT")
if (!nzchar(saved) && !file.exists(path)) {
  message("Left out: binarised MNIST is not here.")
  quit()
}
fit <- if (nzchar(saved)) {
  readRDS(saved)
} else {
  set.seed(1)
  rbm_fit(readRDS(path)$train, hidden = 500, threads = 2, verbose = FALSE,
          keep_x = FALSE)
}
options(harmonium.threads = 2)
table <- do.call(rbind, lapply(1:3, function(seed) {
  set.seed(seed)
  found <- rbm_log_z(fit, verbose = FALSE)
  data.frame(
    seed = seed, seconds = signif(found$seconds, 3L),
    log_z = round(found$log_z, 3L), se = signif(found$se, 2L),
    width = signif(diff(found$interval), 2L),
    temperatures = found$temperatures, parts = nrow(found$parts),
    forward_ess = round(found$forward$ess), reverse_ess =
      round(found$reverse$ess)
  )
}))
describe_machine()
print(table)
utils::write.csv(table, "bench/results/log-z.csv", row.names = FALSE)
