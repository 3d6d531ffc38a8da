# How often intervals of log Z by annealing hold the exact value: random
# machines of columns of all kinds under binary and categorical hidden units.
#
#   Rscript bench/mixed.R [MACHINES]

library(harmonium)
machines <- as.integer(c(commandArgs(TRUE), 200L)[1])
kinds <- c("binary", "categorical(3)", "ordinal(levels = 4, degree = 1)",
           "ordinal(levels = 5, degree = 2)", "binomial(3)", "count(max = 6)",
           "poisson", "gaussian")
rows <- c(1, 3, 1, 2, 1, 1, 1, 1)
extras <- c(0, 0, 2, 3, 0, 0, 0, 1)

one <- function(i, size) {
  set.seed(i)
  columns <- sample(length(kinds), 8, TRUE)
  nv <- sum(rows[columns])
  object <- rbm(matrix(rnorm(nv * 7, sd = size), nv), rnorm(nv, sd = 0.5),
                rnorm(7, sd = 0.5), units = kinds[columns],
                hidden = list(binary = 4, categorical = 3),
                d = rnorm(sum(extras[columns]), sd = 0.3))
  exact <- rbm_log_z(object)$log_z
  found <- rbm_log_z(object, method = "ais", tol = 0.2)
  data.frame(size = size, held = exact >= found$interval[1] &
               exact <= found$interval[2], width = diff(found$interval),
             off = abs(found$log_z - exact))
}

all <- do.call(rbind, lapply(c(0.5, 1), function(size) {
  do.call(rbind, lapply(seq_len(machines / 2), one, size = size))
}))
shown <- do.call(rbind, lapply(split(all, all$size), function(part) {
  data.frame(weights_sd = part$size[1], machines = nrow(part),
             held = round(mean(part$held), 3),
             median_width = signif(median(part$width), 2),
             largest_error = signif(max(part$off), 2))
}))
print(shown, row.names = FALSE)
utils::write.csv(shown, "bench/results/mixed.csv", row.names = FALSE)
