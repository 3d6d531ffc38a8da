# Classes of handwritten digits by the class that a machine finds most probable:
# MNIST cut at half, 60,000 cases to train on and 10,000 to test, 500 hidden
# units, by the likelihood of the classes given the pixels and by that with a
# hundredth of the joint one. The data are not ours to ship: HARMONIUM_DATA is
# the folder that has mnist_grey.rds.
#
#   Rscript bench/classes.R [THREADS]

library(harmonium)
path <- file.path(Sys.getenv("HARMONIUM_DATA", "../shared/data"),
                  "mnist_grey.rds")
if (!file.exists(path)) {
  message("bench/classes.R needs ", path, ", which is not here")
  quit(status = 0)
}
threads <- as.integer(c(commandArgs(TRUE), 2L)[1])
settings <- data.frame(
  objective = c("hybrid", "conditional", "hybrid", "conditional"),
  epochs = c(40, 40, 40, 30), learning_rate = c(1, 1, 0.5, 2),
  batch_size = c(20, 20, 100, 100), average = c(TRUE, TRUE, FALSE, FALSE),
  weight_decay = c(0, 0, 0, 2e-4)
)

digits <- readRDS(path)
as_digits <- function(part) {
  x <- as.data.frame(part$x > 127)
  names(x) <- paste0("p", seq_along(x))
  x$digit <- factor(part$y)
  x
}
train <- as_digits(digits$train)
test <- as_digits(digits$test)

rows <- lapply(seq_len(nrow(settings)), function(i) {
  this <- settings[i, ]
  set.seed(1)
  fit <- rbm_fit(train, 500, target = "digit", objective = this$objective,
                 epochs = this$epochs, learning_rate = this$learning_rate,
                 batch_size = this$batch_size, average = this$average,
                 weight_decay = this$weight_decay, keep_x = FALSE,
                 monitor_every = 1000, threads = threads, verbose = FALSE)
  class <- predict(fit, test, type = "class")
  row <- cbind(this, hidden = 500, threads = threads,
               seconds = round(fit$training$seconds),
               test_error = mean(class != test$digit))
  print(row)
  row
})
utils::write.csv(do.call(rbind, rows), "bench/results/classes.csv",
                 row.names = FALSE)
