# Bars and stripes of 4 x 4 by each estimator: 32 rows, of which all on and all
# off come twice, 16 hidden units, ten seeds, the exact log-likelihood, summed
# over the rows and in nats. No model can have more than 28 log(1/32) +
# 4 log(2/32) = -108.13. ROUNDS=n sets how many seeds.
#
# The last of them is contrastive divergence as it was first seen to diverge
# (Fischer and Igel 2010, Empirical analysis of the divergence of Gibbs sampling
# based learning algorithms for restricted Boltzmann machines, ICANN): without
# momentum, at a constant rate, on all cases at once, plain parameters. The
# likelihood rises, and then falls.
library(harmonium)
source("bench/lib/common.R")

x <- rbm_data("bars_and_stripes", size = 4, count = "rows")$x
hidden <- 16L

# `copies` of each case make the batch, and with it the chains of "ucd".
ways <- list(
  pcd = list(estimator = "pcd", k = 5, chains = 200, epochs = 4000,
             learning_rate = 0.1, schedule = "linear", copies = 1L),
  pt = list(estimator = "pt", chains = 20, epochs = 3000, learning_rate = 0.2,
            schedule = "linear", copies = 1L),
  ucd = list(estimator = "ucd", k = 20, epochs = 2500, learning_rate = 0.3,
             momentum = 0, schedule = "linear", max_sweeps = 60, init_sd = 0.1,
             copies = 10L),
  `cd, as published` = list(
    estimator = "cd", k = 1, epochs = 20000, learning_rate = 0.1,
    momentum = 0, schedule = "constant", parameterisation = "plain",
    copies = 1L
  )
)

summed <- function(log_lik) nrow(x) * log_lik

# One fit: what it ends with, the best on the way and when, and its seconds.
# Looks at the likelihood are a hundred, and their time is not the trainer's.
run <- function(way, seed) {
  cases <- x[rep(seq_len(nrow(x)), way$copies), ]
  settings <- way[names(way) != "copies"]
  control <- do.call(rbm_control, c(settings, list(
    batch_size = nrow(cases), evaluate_every = settings$epochs / 100,
    threads = 1
  )))
  set.seed(seed)
  seconds <- system.time(
    fit <- rbm_fit(cases, hidden, control = control, verbose = FALSE)
  )[["elapsed"]]
  history <- fit$training$history
  seen <- history[!is.na(history$log_lik), ]
  highest <- which.max(seen$log_lik)
  c(end = summed(tail(seen$log_lik, 1L)), best = summed(seen$log_lik[highest]),
    best_epoch = seen$epoch[highest], seconds = seconds)
}

describe_machine()
seeds <- seq_len(count_rounds(10L))
rows <- lapply(names(ways), function(name) {
  found <- do.call(cbind, lapply(seeds, run, way = ways[[name]]))
  over <- function(what, statistic = stats::median) {
    round(statistic(found[what, ]), 2L)
  }
  with(ways[[name]], data.frame(
    way = sub(",", "", name), k = if (name == "pt") 1 else k,
    chains = if (is.null(ways[[name]]$chains)) nrow(x) * copies else chains,
    epochs = epochs, learning_rate = learning_rate, schedule = schedule,
    seeds = length(seeds), median = over("end"), least = over("end", min),
    most = over("end", max), best = over("best"),
    best_epoch = over("best_epoch"), seconds = over("seconds")
  ))
})
table <- do.call(rbind, rows)
print_table(table)
write_result(table, "estimators")

# What the issue of estimators must show.
stopifnot(
  all(table$median[1:3] >= -115),
  table$median[4L] < table$best[4L] - 10
)
