# Annealed importance sampling of a 784 x 500 model, 100 runs, beside the same
# algorithm in vectorised R with R's own BLAS; forward runs only, since the
# reverse ones cost the same. Both at 1001 temperatures: the time is
# proportional to their number.
library(harmonium)
source("bench/lib/common.R")

x <- digits_like(10000L)
set.seed(1)
fit <- rbm_fit(x, 500, epochs = 3, batch_size = 100, verbose = FALSE)
b0 <- fit$training$base_log_odds
t <- seq(0, 1, length.out = 1001L)
runs <- 100L

sigm <- function(a) 1 / (1 + exp(-a))
softplus <- function(a) pmax(a, 0) + log1p(exp(-abs(a)))
in_r <- function() {
  W <- fit$W
  v <- matrix(as.double(runif(runs * 784) < rep(sigm(b0), each = runs)), runs)
  weight <- numeric(runs)
  for (k in 2:length(t)) {
    a <- v %*% W + rep(fit$c, each = runs)
    weight <- weight + (t[k] - t[k - 1]) * drop(v %*% (fit$b - b0)) +
      rowSums(softplus(t[k] * a) - softplus(t[k - 1] * a))
    h <- (runif(length(a)) < sigm(t[k] * a)) + 0
    a <- t[k] * (h %*% t(W) + rep(fit$b, each = runs)) +
      (1 - t[k]) * rep(b0, each = runs)
    v <- (runif(length(a)) < sigm(a)) + 0
  }
  weight
}
in_c <- function(threads) {
  function() {
    old <- options(harmonium.threads = threads)
    on.exit(options(old))
    below <- harmonium:::independent(b0)
    start <- harmonium:::base_draws(NULL, below, runs, c(1, 2))
    harmonium:::anneal(below, unclass(fit), t, start, c(3, 4), 1)$log_weight
  }
}

describe_machine()
log_mean <- function(w) max(w) + log(mean(exp(w - max(w))))
set.seed(2)
cat("log mean weight: R", round(log_mean(in_r()), 1L), "harmonium",
    round(log_mean(in_c(2)()), 1L), "\n")
report(rounds_of(list(`plain R` = in_r, `1 thread` = in_c(1),
                      `2 threads` = in_c(2)), rounds = 3L))
