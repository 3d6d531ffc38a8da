# Pseudo-log-likelihood of 0/1 cases, every unit counted: by products of tabled
# factors, and by two softplus for each pair of units, which is the definition.
library(harmonium)
source("bench/lib/common.R")

x <- digits_like(100L)
set.seed(1)
object <- rbm(matrix(rnorm(784 * 500, sd = 0.1), 784), rnorm(784), rnorm(500))
packed <- harmonium:::as_cases(x)
# As intensities, which are scored from the definition.
real <- harmonium:::new_cases(packed$n, packed$units, packed$dimnames,
                              reals = matrix(as.double(as.integer(x)), nrow(x)))
score <- function(cases) {
  function() {
    .Call(harmonium:::ffi_pseudo_log_lik, unclass(object), cases,
          harmonium:::resolve_hardware(1))
  }
}

describe_machine()
stopifnot(all.equal(score(packed)(), score(real)(), tolerance = 1e-10))
report(rounds_of(list(products = score(packed), softplus = score(real))))
