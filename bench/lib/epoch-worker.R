# Programs in R that train for one epoch. Arguments: the program, a file of
# cases, its rows and columns, and threads.
source("bench/lib/serve.R")

args <- commandArgs(TRUE)
x <- read_cases(args[2L], as.integer(args[3L]), as.integer(args[4L]))
threads <- as.integer(args[5L])

fit_ours <- function(x) {
  function() {
    harmonium::rbm_fit(x, 500, estimator = "cd", k = 1, epochs = 1,
                       batch_size = 100, threads = threads, verbose = FALSE,
                       keep_x = FALSE)
  }
}
fit_by_chains <- function(x) {
  function() {
    harmonium::rbm_fit(x, 500, estimator = "pcd", k = 5, epochs = 10,
                       batch_size = 100, chains = 100, threads = threads,
                       verbose = FALSE, keep_x = FALSE)
  }
}
version <- function(package) {
  paste(package, utils::packageVersion(package))
}

switch(args[1L],
  binary = serve(list(epoch = fit_ours(x)), version("harmonium")),
  pcd = serve(list(epoch = fit_by_chains(x)), version("harmonium")),
  intensities = {
    grey <- matrix(0.01 + 0.98 * as.integer(x), nrow(x))
    serve(list(epoch = fit_ours(grey)), version("harmonium"))
  },
  deepnet = {
    reals <- matrix(as.double(as.integer(x)), nrow(x))
    serve(list(epoch = function() {
      deepnet::rbm.train(reals, 500, numepochs = 1, batchsize = 100, cd = 1)
    }), version("deepnet"))
  },
  stop("no program ", args[1L])
)
