# Probabilities of 500 hidden units, by this package and in plain R.
# Arguments: a file of cases, its rows and columns, and threads.
library(harmonium)
source("bench/lib/serve.R")

args <- commandArgs(TRUE)
bytes <- read_cases(args[1L], as.integer(args[2L]), as.integer(args[3L]))
options(harmonium.threads = as.integer(args[4L]))
reals <- matrix(as.double(as.integer(bytes)), nrow(bytes))
set.seed(1)
W <- matrix(stats::rnorm(ncol(bytes) * 500, sd = 0.1), ncol(bytes))
c <- stats::rnorm(500)
machine <- rbm(W, c = c)
plain <- function(x) 1 / (1 + exp(-(x %*% W + rep(c, each = nrow(x)))))

few <- reals[1:100, ]
stopifnot(all.equal(rbm_hidden(machine, few), plain(few), tolerance = 1e-6,
                    check.attributes = FALSE))
serve(list(
  raw = function() rbm_hidden(machine, bytes),
  doubles = function() rbm_hidden(machine, reals),
  plain = function() plain(reals)
), paste("harmonium", utils::packageVersion("harmonium")))
