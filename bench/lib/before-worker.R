# Seconds of an epoch after the first, by the difference of two fits. Arguments:
# a library folder, units of both layers, batch, estimator, k, density, cases
# and threads.
args <- commandArgs(TRUE)
library(harmonium, lib.loc = args[1L])
number <- as.numeric(args[-c(1L, 5L)])
names(number) <- c("nv", "nh", "batch", "k", "density", "cases", "threads")
set.seed(1)
cells <- number[["cases"]] * number[["nv"]]
x <- matrix(as.raw(stats::runif(cells) < number[["density"]]),
            number[["cases"]])
fit <- function(epochs) {
  system.time(rbm_fit(
    x, number[["nh"]], estimator = args[5L], k = number[["k"]], chains = 100,
    epochs = epochs, batch_size = number[["batch"]], monitor_every = 100,
    threads = number[["threads"]], verbose = FALSE, keep_x = FALSE
  ))[["elapsed"]]
}
few <- 1
many <- if (number[["nv"]] * number[["nh"]] > 5e6) 3 else 6
invisible(fit(few))
cat((fit(many) - fit(few)) / (many - few), "\n")
