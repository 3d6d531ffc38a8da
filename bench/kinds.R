# What an epoch costs by the kind of its columns: categorical ones beside the
# same data as columns of 0 and 1, and Gaussian ones with and without missing
# cells, and beside the five float32 products that a textbook implementation
# needs, where Python has numpy. Contrastive divergence, 500 hidden units,
# batches of 100, one thread; medians of rounds in which all take their turn.
#
#   Rscript bench/kinds.R [ROUNDS]

library(harmonium)
for (part in c("common", "workers")) {
  source(file.path("bench", "lib", paste0(part, ".R")))
}
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

# v W, h W', v W, and v'h twice, for each batch.
products <- "
import numpy, time
v, h = numpy.random.rand(4000, 784), numpy.random.rand(4000, 500)
v, h = v.astype('float32'), h.astype('float32')
W = numpy.random.rand(784, 500).astype('float32')
def epoch():
    begun = time.perf_counter()
    for s in range(0, 4000, 100):
        x, y = v[s:s + 100], h[s:s + 100]
        x @ W; y @ W.T; x @ W; x.T @ y; x.T @ y
    return time.perf_counter() - begun
print(min(epoch() for i in range(5)))
"
Sys.setenv(OPENBLAS_NUM_THREADS = 1, OMP_NUM_THREADS = 1)
python <- find_python("numpy")
data$products <- NA

seconds <- replicate(rounds, vapply(data, function(x) {
  if (!is.data.frame(x) && !is.matrix(x)) {
    if (is.na(python)) return(NA_real_)
    time <- suppressWarnings(system2(
      python, "-", input = products, stdout = TRUE, stderr = FALSE,
      env = paste0("LD_LIBRARY_PATH=", find_blas()[1L])
    ))
    return(if (length(time)) as.numeric(time) else NA_real_)
  }
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
            "10 % missing over none", "Gaussian over five products"),
  value = c(ratio("three", "three_as_binary"), ratio("ten", "ten_as_binary"),
            ratio("gaussian_holed", "gaussian"), ratio("gaussian", "products"))
)
print(ratios)
utils::write.csv(found, "bench/results/kinds.csv", row.names = FALSE)
utils::write.csv(ratios, "bench/results/kinds-ratios.csv", row.names = FALSE)
