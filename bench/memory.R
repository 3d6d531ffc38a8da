# How far fitting raw bytes raises R's memory over the input: 20 000 x 784
# bytes, 500 hidden units.
library(harmonium)
source("bench/lib/common.R")

x <- digits_like(20000L)
megabytes <- function(work) {
  gc(reset = TRUE)
  before <- sum(gc(FALSE)[, 2L])
  work()
  round(sum(gc(FALSE)[, 6L]) - before)
}
describe_machine()
cat("x itself:", round(length(x) / 2^20), "MB; as doubles",
    round(length(x) * 8 / 2^20), "MB; W", round(784 * 500 * 8 / 2^20, 1),
    "MB\n")
cat("rbm_fit() raises memory by",
    megabytes(function() {
      rbm_fit(x, 500, epochs = 1, batch_size = 100, verbose = FALSE)
    }), "MB\n")
