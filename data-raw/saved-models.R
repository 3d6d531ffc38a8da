# Makes tests/testthat/fixtures/format-<n>.rbm with the version of the package
# that is installed, for the format <n> that it writes:
#
#   Rscript data-raw/saved-models.R tests/testthat/fixtures
#
# Run once for each format, before a version that writes it is released. From
# then on the file stays as it is, and tests/testthat/test-save.R loads it.
folder <- commandArgs(trailingOnly = TRUE)
if (length(folder) != 1L || !dir.exists(folder)) {
  stop("give the folder to write to as the one argument")
}
library(harmonium)
set.seed(20240229)
x <- matrix(as.double(runif(60) < 0.4), 12,
            dimnames = list(NULL, c("a", "b", "c", "d", "\u00e9")))
fit <- rbm_fit(x, hidden = 3, epochs = 4, batch_size = 5, momentum = 0.8,
               validation = 0.25, evaluate_every = 2,
               image_dim = c(1, 5))
fit$training$seconds <- 0.5
fit$training$history$seconds <- (1:4) / 8
format <- harmonium:::model_format
path <- file.path(folder, sprintf("format-%d.rbm", format))
if (file.exists(path)) {
  stop(path, " is there: it stays as it is, or is removed by hand")
}
rbm_save(fit, path)
# What the tests compare with.
cat("parameters", harmonium:::parameter_checksum(fit), "\n")
