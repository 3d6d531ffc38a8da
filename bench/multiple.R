# Whether intervals from multiple imputation hold the truth: 1000 cases of a
# known machine, of which a number and a 0/1 column are missing at random, more
# often where another column is on. m tables from fits of their own, pooled by
# Rubin's rules; 95 % intervals of a mean and of log odds. Beside them complete
# cases alone. RUNS=n sets how many data sets, 400 unless set.

library(harmonium)

runs <- as.integer(Sys.getenv("RUNS", "400"))
m <- 20
n <- 1000

machine <- rbm(
  rbind(c(1.5, -1), c(-2, 1), c(1.2, 0.8), c(-0.5, 1.5)),
  b = c(-0.5, 0.8, 0.2, -0.4), c = c(0.2, -0.3), d = log(c(1.2, 0.8)),
  units = c("binary", "binary", "gaussian", "gaussian")
)
expected <- rbm_moments(machine)$v
truth <- c(mean = expected[3], odds = qlogis(expected[2]))

draw <- function() {
  x <- rbm_sample(machine, n)
  x <- data.frame(a = x[, 1] == 1, b = x[, 2] == 1, g = x[, 3], e = x[, 4])
  often <- ifelse(x$a, 0.5, 0.1)
  x$b[runif(n) < often] <- NA
  x$g[runif(n) < often] <- NA
  x
}

# An estimate and its variance.
estimates <- function(table) {
  p <- mean(table$b)
  c(mean = mean(table$g), odds = qlogis(p),
    mean_var = var(table$g) / nrow(table),
    odds_var = 1 / (nrow(table) * p * (1 - p)))
}

# Rubin (1987), with his degrees of freedom.
pooled <- function(found, what) {
  q <- found[, what]
  within <- mean(found[, paste0(what, "_var")])
  between <- (1 + 1 / m) * var(q)
  freedom <- (m - 1) * (1 + within / between)^2
  mean(q) + c(-1, 1) * qt(0.975, freedom) * sqrt(within + between)
}

holds <- function(interval, what) {
  interval[1] < truth[[what]] && truth[[what]] < interval[2]
}

one_run <- function(seed) {
  set.seed(seed)
  x <- draw()
  fit <- suppressMessages(rbm_fit(x, 2, weight_decay = 1e-4, starts = 2))
  tables <- rbm_impute(fit, m = m, refit = TRUE)
  found <- do.call(rbind, with(tables, estimates(data.frame(b = b, g = g))))
  whole <- estimates(x[complete.cases(x), ])
  plain <- function(what) {
    whole[[what]] + c(-1, 1) * 1.96 * sqrt(whole[[paste0(what, "_var")]])
  }
  c(mean = holds(pooled(found, "mean"), "mean"),
    odds = holds(pooled(found, "odds"), "odds"),
    mean_complete = holds(plain("mean"), "mean"),
    odds_complete = holds(plain("odds"), "odds"))
}

options(harmonium.threads = 1)
found <- vapply(seq_len(runs), one_run, logical(4))
cover <- rowMeans(found)
print(round(100 * cover, 1))
write.csv(data.frame(what = names(cover), runs = runs,
                     coverage = signif(cover, 4)),
          "bench/results/multiple.csv", row.names = FALSE, quote = FALSE)
