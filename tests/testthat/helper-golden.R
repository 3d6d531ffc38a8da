# Results of many kinds that a change of the code's shape must not move, by
# which test-golden.R compares it with what stood before. The results are kept
# in a table, fixtures/golden.csv, which is written by data-raw/golden.R.
#
# Each is one of three kinds:
#   bits   states and parameters of 0/1 data from start values that are exact:
#          the core alone makes them, so no BLAS and no libm has a part in them,
#          and their bits are the same on every machine
#   close  what logarithms, exponentials and powers of the system's libm, or
#          products of its BLAS, have a part in: the same to rounding
#   moves  likewise, and of intensities, whose results may move in the last
#          digits of single precision

# A model whose parameters are multiples of 1/32.
golden_model <- function(nv, nh) {
  i <- seq_len(nv)
  j <- seq_len(nh)
  rbm(W = outer(i, j, function(i, j) (i * 7 + j * 11 + i * j) %% 17 - 8) / 32,
      b = ((i * 5) %% 9 - 4) / 16, c = ((j * 3) %% 7 - 3) / 8)
}

golden_data <- function(n, nv) {
  groups <- matrix(stats::runif(n * 4L), n) < 0.4
  of <- groups[, rep_len(1:4, nv)]
  (matrix(stats::runif(n * nv), n) < ifelse(of, 0.8, 0.15)) + 0
}

# A list with an element for each kind, itself a list of functions without
# arguments that give numbers, by name.
golden_results <- function() {
  set.seed(20260801)
  small <- golden_data(60L, 20L)
  middle <- golden_data(150L, 70L)
  large <- golden_data(260L, 150L)
  real <- round(matrix(stats::runif(80L * 20L, -0.2, 1.2), 80L), 2)
  real[] <- pmin(pmax(real, 0), 1)
  sparse <- middle
  sparse[] <- sparse * (stats::runif(length(sparse)) < 0.1)
  of_small <- golden_model(20L, 6L)
  of_middle <- golden_model(70L, 40L)
  of_large <- golden_model(150L, 120L)
  fit <- function(x, init, ...) {
    given <- list(
      estimator = "cd", k = 1, chains = 30, temperatures = 4, max_sweeps = 50,
      fast_rate = 1 / 128, epochs = 3, batch_size = 32, optimiser = "sgd",
      learning_rate = 1 / 16, schedule = "constant", weight_decay = 0,
      average = FALSE, verbose = FALSE
    )
    given[names(list(...))] <- list(...)
    set.seed(7)
    # A fit that is lost is as good a witness.
    withCallingHandlers(
      do.call(rbm_fit, c(list(x, hidden = ncol(init$W), init = init), given)),
      harmonium_warning_lost = function(w) invokeRestart("muffleWarning")
    )
  }
  parameters <- function(model) unlist(coef(model), use.names = FALSE)
  trained <- function(...) {
    force(list(...))
    function() parameters(fit(...))
  }
  gradient <- function(estimator, ...) {
    force(list(estimator, ...))
    function() {
      set.seed(8)
      found <- rbm_gradient(of_middle, middle, estimator, repeats = 2,
                            chains = 20, warmup = 3, temperatures = 4,
                            max_sweeps = 50, ...)
      unlist(found[c("W", "b", "c")], use.names = FALSE)
    }
  }
  draws <- function(...) {
    force(list(...))
    function() {
      set.seed(9)
      as.vector(unclass(rbm_sample(of_middle, n = 40, steps = 30, ...)))
    }
  }
  with_trace <- function(...) {
    force(list(...))
    function() {
      set.seed(9)
      found <- rbm_sample(of_middle, n = 40, steps = 30, ...)
      about <- attr(found, "diagnostics")
      c(attr(found, "free_energy"), about$rhat, about$burn_in$units_rhat,
        about$swap_rate)
    }
  }
  held <- c(1, NA, 0, rep(NA, 67))
  resumed <- function() {
    model <- fit(middle, of_middle, estimator = "pcd", epochs = 2)
    parameters(rbm_resume(model, epochs = 1, verbose = FALSE))
  }
  chains <- function(estimator) {
    force(estimator)
    function() {
      # Chains are looked at once 2000 updates have passed.
      model <- fit(small, of_small, estimator = estimator, epochs = 35,
                   batch_size = 1, chains = 8, learning_rate = 1 / 128)
      history <- model$training$history
      unlist(utils::tail(history[c("hidden_activity", "weight_norm",
                                   "step_norm", "reconstruction_error",
                                   "pseudo_log_lik")], 1L))
    }
  }
  list(
    bits = list(
      cd = trained(middle, of_middle),
      cd_sparse = trained(sparse, of_middle, k = 3),
      cd_small = trained(small, of_small, batch_size = 7),
      cd_one = trained(small, of_small, batch_size = 1, epochs = 1),
      cd_whole = trained(middle, of_middle, batch_size = 150, epochs = 10),
      cd_plain = trained(middle, of_middle, parameterisation = "plain"),
      cd_enhanced = trained(middle, of_middle, parameterisation = "enhanced"),
      cd_nesterov = trained(middle, of_middle, optimiser = "nesterov"),
      cd_limits = trained(middle, of_middle, max_norm = 1, sparsity_cost = 0.25,
                          weight_decay = 1 / 256),
      cd_l1 = trained(middle, of_middle, l1 = 1 / 512, momentum = 0),
      cd_large_1 = trained(large, of_large, batch_size = 130, threads = 1),
      cd_large_2 = trained(large, of_large, batch_size = 130, threads = 2),
      pcd = trained(middle, of_middle, estimator = "pcd"),
      pcd_resumed = resumed,
      pcd_many = trained(middle, of_middle, estimator = "pcd", chains = 200),
      pcd_large_1 = trained(large, of_large, estimator = "pcd", k = 2,
                            chains = 100, threads = 1),
      pcd_large_2 = trained(large, of_large, estimator = "pcd", k = 2,
                            chains = 100, threads = 2),
      fpcd = trained(middle, of_middle, estimator = "fpcd"),
      fpcd_limits = trained(middle, of_middle, estimator = "fpcd", max_norm = 1,
                            parameterisation = "plain"),
      ucd = trained(middle, of_middle, estimator = "ucd"),
      mf = trained(middle, of_middle, estimator = "mf", k = 2),
      gradient_cd = gradient("cd", k = 2),
      gradient_pcd = gradient("pcd"),
      gradient_fpcd = gradient("fpcd", fast_rate = 1 / 128),
      gradient_ucd = gradient("ucd"),
      gradient_mf = gradient("mf"),
      hidden = function() {
        set.seed(10)
        as.vector(rbm_hidden(of_middle, middle, type = "sample"))
      },
      visible = function() {
        set.seed(10)
        as.vector(rbm_visible(of_middle, middle[, 1:40], type = "sample"))
      },
      input = function() {
        as.vector(rbm_hidden(of_middle, middle, type = "input"))
      },
      sample = draws(),
      sample_many = function() {
        set.seed(9)
        start <- round(matrix(stats::runif(20), 1L), 1)
        found <- rbm_sample(of_small, n = 1200, chains = 600, steps = 9,
                            start = start)
        as.vector(unclass(found))
      },
      sample_thinned = draws(chains = 4, thin = 3, start = middle[1:4, ]),
      sample_mean = draws(chains = 8, type = "probability"),
      sample_given = draws(chains = 4, given = held),
      sample_given_each = draws(chains = 40, start = middle[3, , drop = FALSE],
                                given = rbind(held, 1 - held)[rep(1:2, 20), ])
    ),
    close = list(
      pt = trained(middle, of_middle, estimator = "pt"),
      pl = trained(middle, of_middle, estimator = "pl"),
      exact = trained(small, of_small, estimator = "exact"),
      cd_adam = trained(middle, of_middle, optimiser = "adam"),
      gradient_pt = gradient("pt"),
      gradient_pl = gradient("pl"),
      gradient_exact = function() {
        unlist(rbm_gradient(of_small, small)[c("W", "b", "c")],
               use.names = FALSE)
      },
      chains_pcd = chains("pcd"),
      sample_pt = draws(chains = 8, method = "pt", temperatures = 5),
      sample_pt_given = draws(chains = 8, method = "pt", temperatures = 5,
                              given = held),
      trace = with_trace(chains = 8),
      trace_given = with_trace(chains = 8, given = held),
      trace_pt = with_trace(chains = 8, method = "pt", temperatures = 5),
      sample_exact = function() {
        set.seed(11)
        as.vector(unclass(rbm_sample(of_small, n = 50, method = "exact")))
      },
      hidden_mean = function() as.vector(rbm_hidden(of_middle, middle)),
      energy = function() {
        rbm_energy(of_middle, middle, middle[, 1:40])
      },
      free_energy = function() rbm_free_energy(of_middle, middle),
      pseudo_log_lik = function() {
        predict(of_middle, middle, type = "pseudo_log_lik")
      },
      log_z = function() rbm_log_z(of_small)$log_z,
      moments = function() {
        found <- rbm_moments(of_small, pairs = TRUE)
        unlist(found[c("v", "h", "vh", "vv", "hh")], use.names = FALSE)
      },
      ais = function() {
        set.seed(12)
        found <- rbm_log_z(of_middle, method = "ais", runs = 20, budget = 1e4,
                           tol = 9)
        unlist(found[c("log_z", "se")], use.names = FALSE)
      },
      log_lik = function() {
        rowSums(cbind(predict(of_small, small, type = "log_prob")))
      },
      start = function() {
        set.seed(13)
        parameters(rbm_fit(middle, 12, epochs = 1, batch_size = 50,
                           estimator = "cd", learning_rate = 1e-3, k = 1,
                           optimiser = "sgd", average = FALSE,
                           schedule = "constant", verbose = FALSE))
      }
    ),
    moves = list(
      real_cd = trained(real, of_small, batch_size = 20),
      real_pcd = trained(real, of_small, estimator = "pcd"),
      real_mf = trained(real, of_small, estimator = "mf"),
      real_ucd = trained(real, of_small, estimator = "ucd"),
      real_exact = trained(real, of_small, estimator = "exact"),
      real_gradient = function() {
        unlist(rbm_gradient(of_small, real)[c("W", "b", "c")],
               use.names = FALSE)
      },
      real_pseudo = function() {
        predict(of_small, real, type = "pseudo_log_lik")
      }
    )
  )
}

# What is kept of numbers: how many, a checksum of their bits, and two sums that
# tell whether they are close.
golden_row <- function(x) {
  file <- tempfile()
  on.exit(unlink(file))
  # 0 and -0 are one number.
  writeBin(as.double(x) + 0, file, endian = "little")
  weight <- (seq_along(x) * 37) %% 101 / 101
  data.frame(count = length(x), md5 = unname(tools::md5sum(file)),
             sum = sum(x * weight), size = sum(abs(x) * weight))
}

golden_table <- function() {
  results <- golden_results()
  rows <- lapply(names(results), function(kind) {
    rows <- lapply(results[[kind]], function(compute) golden_row(compute()))
    cbind(name = names(rows), kind = kind, do.call(rbind, unname(rows)))
  })
  do.call(rbind, rows)
}
