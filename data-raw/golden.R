# Writes tests/testthat/fixtures/golden.csv with the version of the package that
# is installed, by tests/testthat/helper-golden.R:
#
#   Rscript data-raw/golden.R
#
# It is run anew only where results are meant to move, and the change says why.
library(harmonium)
source("tests/testthat/helper-golden.R")
Sys.setenv(HARMONIUM_TEST_THREADS = "3")
utils::write.csv(
  transform(golden_table(), sum = format(sum, digits = 17, trim = TRUE),
            size = format(size, digits = 6, trim = TRUE)),
  "tests/testthat/fixtures/golden.csv", row.names = FALSE, quote = FALSE
)
