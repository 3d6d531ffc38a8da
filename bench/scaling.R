# Seconds of CD-1 for one case, over sizes of both layers and shares of ones in
# generated data, on one thread in batches of 100; and a linear model of it:
#   a + u (nv + nh) + s S + w nv nh / 100,
# S being the additions of the five sums of CD-1: a row of W or of the other
# layer's states for every unit that is on, or for every four units where a
# layer is dense. The largest ratio of measured to fitted shows a cliff; the
# target is 1.5. Sizes in place of the five may be given as arguments.
library(harmonium)
source("bench/lib/common.R")

sizes <- as.integer(commandArgs(TRUE))
if (length(sizes) == 0L) {
  sizes <- 2^(8:12)
}
grid <- expand.grid(nv = sizes, nh = sizes, density = c(0.01, 0.1, 0.5))
batch <- 100

# Additions for one case, with on_v and on_h units on. From three units in eight
# on their rows are added by fours, from 16 sums each that a batch makes once.
additions <- function(on_v, on_h, nv, nh) {
  rows <- function(on, n) if (on < 3 / 8 * n) on else n / 4 * (1 + 16 / batch)
  2 * on_v * nh + 2 * rows(on_v, nv) * nh + rows(on_h, nh) * nv
}

# The seconds of one epoch after the first; where that is quick, the lesser of
# two.
epoch_of <- function(x, nh) {
  epochs <- if (as.double(ncol(x)) * nh > 2e6) 2 else 3
  fit <- rbm_fit(x, nh, estimator = "cd", epochs = epochs, batch_size = batch,
                 threads = 1, verbose = FALSE, keep_x = FALSE)
  list(seconds = min(diff(fit$training$history$seconds)),
       on_h = nh * utils::tail(fit$training$history$hidden_activity, 1L))
}

# An epoch has costs of its own, such as the monitor's, which looks at no more
# than a fixed number of cases. The difference to an epoch over that many is
# free of them.
measure <- function(nv, nh, density) {
  # About enough cases for a tenth of a second, and batches for an average.
  guess <- 1e-10 * additions(density * nv, nh / 2, nv, nh) + 4e-9 * (nv + nh)
  few <- batch * ceiling(5e7 / (nv * nh) / batch)
  cases <- batch * max(8, ceiling(0.1 / guess / batch))
  x <- matrix(as.raw(stats::runif((few + cases) * nv) < density), few + cases)
  short <- epoch_of(x[seq_len(few), , drop = FALSE], nh)
  long <- epoch_of(x, nh)
  on_v <- mean(x != as.raw(0L)) * nv
  data.frame(
    nv, nh, density, cases,
    additions = additions(on_v, long$on_h, nv, nh),
    measured = (long$seconds - short$seconds) / cases
  )
}

# All sizes are gone through in each round, and the median of a size's times is
# taken: what slows the machine down for some seconds meets different sizes.
set.seed(1)
rounds <- as.integer(Sys.getenv("ROUNDS", "3"))
invisible(measure(256, 256, 0.1))
passes <- lapply(seq_len(rounds), function(round) {
  do.call(rbind, Map(measure, grid$nv, grid$nh, grid$density))
})
table <- passes[[1L]]
times <- vapply(passes, `[[`, table$measured, "measured")
table$measured <- apply(times, 1L, stats::median)

# Where other work disturbs the clock, a difference can come out below 0.
if (any(table$measured <= 0)) {
  message("Left out: ", sum(table$measured <= 0), " sizes, too noisy to time")
  table <- table[table$measured > 0, ]
}

# Least squares of log ratios; each cost is the exponential of what is sought,
# and so above 0. Begins with equal shares of the mean.
terms <- cbind(
  case = 1, unit = table$nv + table$nh, addition = table$additions,
  weight = table$nv * table$nh / batch
)
miss <- function(log_cost) {
  sum(log(table$measured / drop(terms %*% exp(log_cost)))^2)
}
start <- log(mean(table$measured) / ncol(terms) / colMeans(terms))
found <- stats::optim(start, miss, method = "BFGS",
                      control = list(maxit = 500))
cost <- exp(found$par)
table$fitted <- drop(terms %*% cost)
table$ratio <- table$measured / table$fitted

describe_machine()
print_table(table[order(-table$ratio), ])
cat("Seconds: ", paste(signif(cost, 3L), "for each", colnames(terms),
                       collapse = ", "), "\n", sep = "")
cat("Largest ratio of measured to fitted:", round(max(table$ratio), 2L),
    "(target: 1.5)\n\n")
columns <- c("measured", "fitted", "ratio", "additions")
table[columns] <- signif(table[columns], 4L)
write_result(table, "scaling")
