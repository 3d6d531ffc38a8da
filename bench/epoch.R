# One epoch of CD-1: 10 000 rows of 784, 500 hidden units, batches of 100.
# Beside it the five dense matrix products that a textbook implementation needs
# for the same epoch, in R's own BLAS.
library(harmonium)
source("bench/lib/common.R")

x <- digits_like(10000L)
reals <- matrix(as.double(x != as.raw(0L)), nrow(x))
grey <- reals * 0.98 + 0.01
W <- matrix(stats::rnorm(784 * 500, sd = 0.01), 784, 500)

products <- function() {
  for (batch in 0:99) {
    v <- reals[batch * 100L + 1:100, ]
    h <- v %*% W
    again <- h %*% t(W)
    h_again <- again %*% W
    crossprod(v, h)
    crossprod(again, h_again)
  }
}
epoch <- function(data, threads) {
  force(data)
  function() {
    rbm_fit(data, 500, epochs = 1, batch_size = 100, threads = threads,
            verbose = FALSE, keep_x = FALSE)
  }
}

describe_machine()
report(rounds_of(list(
  `five products` = products,
  `0/1, 1 thread` = epoch(x, 1),
  `0/1, 2 threads` = epoch(x, 2),
  `intensities, 1 thread` = epoch(grey, 1),
  `intensities, 2 threads` = epoch(grey, 2)
)))
