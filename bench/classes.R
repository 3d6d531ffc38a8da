# Classes of handwritten digits by the class that a machine finds most probable:
# MNIST cut at half, 60,000 cases to train on and 10,000 to test, 500 hidden
# units, by the likelihood of the classes given the pixels and by that with a
# tenth of the joint one. The data are not ours to ship: HARMONIUM_DATA is the
# folder that has mnist_grey.rds.
#
#   Rscript bench/classes.R [EPOCHS] [RATE]

library(harmonium)
path <- file.path(Sys.getenv("HARMONIUM_DATA", "../shared/data"),
                  "mnist_grey.rds")
if (!file.exists(path)) {
  message("bench/classes.R needs ", path, ", which is not here")
  quit(status = 0)
}
arguments <- as.numeric(commandArgs(TRUE))
epochs <- if (length(arguments)) arguments[1] else 40
rate <- if (length(arguments) > 1) arguments[2] else 0.5

digits <- readRDS(path)
as_digits <- function(part) {
  x <- as.data.frame(part$x > 127)
  names(x) <- paste0("p", seq_along(x))
  x$digit <- factor(part$y)
  x
}
train <- as_digits(digits$train)
test <- as_digits(digits$test)

rows <- lapply(c("conditional", "hybrid"), function(objective) {
  set.seed(1)
  fit <- rbm_fit(train, 500, target = "digit", objective = objective,
                 epochs = epochs, learning_rate = rate, keep_x = FALSE,
                 monitor_every = 1000)
  class <- predict(fit, test, type = "class")
  row <- data.frame(objective = objective, hidden = 500, epochs = epochs,
                    learning_rate = rate, seconds = fit$training$seconds,
                    test_error = mean(class != test$digit))
  print(row)
  row
})
utils::write.csv(do.call(rbind, rows), "bench/results/classes.csv",
                 row.names = FALSE)
