# Time to quality: binarised MNIST, 500 hidden units, by PCD-5 with a weight
# decay of 2e-4 and 120 epochs, on 2 threads from a cold start: seconds until
# the model is there, and the mean log-likelihood of the test data by annealed
# importance sampling with its interval. The target is what Salakhutdinov and
# Murray (2008) give for their machine of 500 hidden units, trained by CD-25:
# -86.34 nats, here within 150 seconds.
library(harmonium)
source(file.path("bench", "lib", "common.R"))

path <- file.path("..", "shared", "data", "mnist_binarised.rds")
if (!file.exists(path)) {
  message("Left out: binarised MNIST is not here.")
  quit()
}
digits <- readRDS(path)
set.seed(1)
seconds <- system.time(
  fit <- rbm_fit(digits$train, hidden = 500, k = 5, epochs = 120,
                 weight_decay = 2e-4, threads = 2, verbose = FALSE,
                 keep_x = FALSE)
)[["elapsed"]]
print(fit)
took <- system.time(
  log_z <- rbm_log_z(fit, "ais", tol = 0.1, budget = 8e6, verbose = FALSE)
)[["elapsed"]]
print(log_z)
nats <- function(x) -mean(rbm_free_energy(fit, x)) - log_z$log_z
interval <- nats(digits$test) + c(-1, 1) * diff(log_z$interval) / 2
table <- data.frame(
  seconds, log_z_seconds = took, test = nats(digits$test), se = log_z$se,
  lower = interval[1L], upper = interval[2L],
  train = nats(digits$train[seq(1, 60000, 6), ]), target = -86.34,
  epochs = 120, k = 5, weight_decay = 2e-4
)
table[1:7] <- round(table[1:7], 2L)
describe_machine()
print_table(table)
write_result(table, "quality")
