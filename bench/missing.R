# What missing cells cost: 1500 cases of five columns of five kinds, of which
# cells are missing by what a column that is seen says, learned with one hidden
# unit by the exact likelihood of what is seen, by steps that keep a draw of
# what is missing, and from complete cases alone. Mean log-likelihood of what is
# seen, nats per case, of these cases and of 5000 others of the same kind.
#
#   Rscript bench/missing.R

library(harmonium)
linked <- function(n, seed) {
  set.seed(seed)
  u <- rbinom(n, 1, 0.5) * 1.6 - 0.8
  x <- data.frame(
    seen = rbinom(n, 1, plogis(1.5 * u)) == 1,
    kind = factor(ifelse(runif(n) < plogis(2 * u), "a",
                         sample(c("b", "c"), n, TRUE))),
    grade = factor(pmin(5, pmax(1, round(3 + u + rnorm(n)))), 1:5,
                   ordered = TRUE),
    size = u + rnorm(n, sd = 0.6),
    count = rpois(n, exp(0.5 + 0.5 * u))
  )
  for (name in names(x)[-1]) {
    x[[name]][runif(n) < ifelse(x$seen, 0.5, 0.1)] <- NA
  }
  x
}
x <- linked(1500, 1)
others <- linked(5000, 2)
units <- c(count = "poisson")
fit <- function(x, ...) {
  set.seed(1)
  suppressMessages(rbm_fit(x, 1, units = units, ...))
}
fits <- list(
  exact = fit(x, weight_decay = 0, starts = 3),
  pcd = fit(x, estimator = "pcd", epochs = 60),
  pt = fit(x, estimator = "pt", epochs = 60),
  complete_cases = fit(x[stats::complete.cases(x), ], weight_decay = 0,
                       starts = 3)
)
shown <- do.call(rbind, lapply(names(fits), function(name) {
  score <- function(data) {
    as.numeric(logLik(fits[[name]], newdata = data)) / nrow(data)
  }
  data.frame(fit = name, n = fits[[name]]$training$n,
             missing = round(mean(is.na(x)), 3),
             log_lik = round(score(x), 4), others = round(score(others), 4))
}))
print(shown, row.names = FALSE)
utils::write.csv(shown, "bench/results/missing.csv", row.names = FALSE)
