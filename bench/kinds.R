# What an epoch costs by the kind of its columns: categorical ones beside the
# same data as columns of 0 and 1, and Gaussian ones with and without missing
# cells. Contrastive divergence, 500 hidden units, batches of 100, one thread;
# medians of rounds in which all take their turn.
#
#   Rscript bench/kinds.R [ROUNDS]

library(harmonium)
rounds <- as.integer(c(commandArgs(TRUE), 7L)[1])
set.seed(1)
N <- 4000

# Columns of K levels, 780 units in all, and these as 0 and 1.
categorical <- function(K) {
  as.data.frame(matrix(sample(letters[seq_len(K)], N * (780 %/% K), TRUE), N),
                stringsAsFactors = TRUE)
}
one_hot <- function(x) {
  do.call(cbind, lapply(x, function(column) {
    outer(as.integer(column), seq_len(nlevels(column)), "==")
  }))
}
three <- categorical(3)
ten <- categorical(10)
numbers <- as.data.frame(matrix(rnorm(N * 784), N))
holed <- numbers
holed[matrix(runif(N * 784) < 0.1, N)] <- NA
data <- list(three = three, three_as_binary = one_hot(three), ten = ten,
             ten_as_binary = one_hot(ten), gaussian = numbers,
             gaussian_holed = holed)

seconds <- replicate(rounds, vapply(data, function(x) {
  set.seed(1)
  fit <- suppressMessages(rbm_fit(
    x, 500, estimator = "cd", epochs = 10, learning_rate = 0.05,
    batch_size = 100, threads = 1, monitor_every = 100, keep_x = FALSE
  ))
  fit$training$seconds / 10
}, 0))
found <- data.frame(data = names(data),
                    seconds = round(apply(seconds, 1, median), 4))
print(found)
ratio <- function(one, other) {
  round(median(seconds[one, ] / seconds[other, ]), 2)
}
ratios <- data.frame(
  ratio = c("three levels over 0 and 1", "ten levels over 0 and 1",
            "10 % missing over none"),
  value = c(ratio("three", "three_as_binary"), ratio("ten", "ten_as_binary"),
            ratio("gaussian_holed", "gaussian"))
)
print(ratios)
utils::write.csv(found, "bench/results/kinds.csv", row.names = FALSE)
utils::write.csv(ratios, "bench/results/kinds-ratios.csv", row.names = FALSE)
