# Exact log Z of 784 x 20 and 784 x 25 units, beside vectorised R; and the exact
# gradient of 10 000 x 784 with 15 hidden units beside its two parts.
library(harmonium)
source("bench/lib/common.R")

machine <- function(nh) {
  set.seed(nh)
  rbm(matrix(rnorm(784 * nh, sd = 0.2), 784), rnorm(784), rnorm(nh))
}
threads <- function(n, code) {
  old <- options(harmonium.threads = n)
  on.exit(options(old))
  code
}

# Blocks of 2^12 hidden states as matrices, softplus and a log-sum-exp.
in_r <- function(object) {
  nh <- ncol(object$W)
  logs <- NULL
  for (block in seq_len(2^(nh - 12)) - 1) {
    index <- block * 2^12 + 0:(2^12 - 1)
    h <- outer(index, 2^(seq_len(nh) - 1), function(i, p) (i %/% p) %% 2)
    a <- h %*% t(object$W) + rep(object$b, each = 2^12)
    f <- rowSums(pmax(a, 0) + log1p(exp(-abs(a)))) + drop(h %*% object$c)
    logs <- c(logs, max(f) + log(sum(exp(f - max(f)))))
  }
  max(logs) + log(sum(exp(logs - max(logs))))
}

describe_machine()
m20 <- machine(20)
stopifnot(all.equal(in_r(m14 <- machine(14)), rbm_log_z(m14)$log_z,
                    tolerance = 1e-12))
cat("784 x 20\n")
report(rounds_of(list(
  `1 thread` = function() threads(1, rbm_log_z(m20)),
  `2 threads` = function() threads(2, rbm_log_z(m20))
)))
cat("784 x 16, against R\n")
m16 <- machine(16)
report(rounds_of(list(
  `1 thread` = function() threads(1, rbm_log_z(m16)),
  `plain R` = function() in_r(m16)
), rounds = 3L))
cat("784 x 25, 2 threads\n")
m25 <- machine(25)
report(rounds_of(list(
  `2 threads` = function() threads(2, rbm_log_z(m25, "exact"))
), rounds = 3L))

cat("Gradient of 10 000 x 784 with 15 hidden units, 1 thread\n")
x <- digits_like(10000L)
m15 <- machine(15)
times <- rounds_of(list(
  `log Z` = function() threads(1, rbm_log_z(m15)),
  `one pass over the data` = function() threads(1, rbm_hidden(m15, x)),
  gradient = function() threads(1, rbm_gradient(m15, x))
), rounds = 7L)
report(times)
cat("gradient over (log Z + one pass): ",
    round(stats::median(times[, 3L] / (times[, 1L] + times[, 2L])), 2L), "\n",
    sep = "")
