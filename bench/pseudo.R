# Pseudo-log-likelihood of 0/1 cases, every unit counted: by products of tabled
# factors, and by two softplus for each pair of units, which is the definition.
library(harmonium)
source("bench/lib/common.R")

x <- digits_like(100L)
set.seed(1)
object <- rbm(matrix(rnorm(784 * 500, sd = 0.1), 784), rnorm(784), rnorm(500))
cases <- harmonium:::as_cases(x)
score <- function(tabled) {
  function() {
    .Call(harmonium:::ffi_pseudo_log_lik, unclass(object), cases, tabled, 1L)
  }
}

describe_machine()
stopifnot(all.equal(score(TRUE)(), score(FALSE)(), tolerance = 1e-10))
report(rounds_of(list(products = score(TRUE), softplus = score(FALSE))))
