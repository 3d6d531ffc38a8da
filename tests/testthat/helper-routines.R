# Calls that between them go through every registered routine, on objects of a
# few cells, and ways to stand between R and the routines. The fuzzer and the
# memory checks in tools/ read this file too.

# A list of functions without arguments, each of which makes some calls and
# returns what came of them.
routine_calls <- function() {
  set.seed(1)
  x <- matrix(as.integer(runif(72) < 0.5), 12L, 6L)
  real <- matrix(runif(72), 12L, 6L)
  bytes <- x
  storage.mode(bytes) <- "raw"
  small <- rbm(matrix(c(1, -1, 0.5, 0, 2, -2), 6L, 3L))
  wide <- rbm(matrix(-1:1, 40L, 30L) / 4)
  fit_by <- function(estimator) {
    rbm_fit(x, 3, epochs = 2, estimator = estimator, chains = 4,
            temperatures = 3, batch_size = 5, max_sweeps = 20)
  }
  gradient_by <- function(estimator) {
    rbm_gradient(small, x, estimator, repeats = 2, chains = 4, warmup = 2,
                 temperatures = 3, max_sweeps = 20)
  }
  ais_of <- function(...) {
    rbm_log_z(small, method = "ais", runs = 4, budget = 2000, tol = 9, ...)
  }
  estimators <- rbm_estimators()$name
  calls <- list(
    fit = function() lapply(estimators, fit_by),
    gradient = function() lapply(estimators, gradient_by),
    maximum = function() rbm_fit(x, 2, starts = 2),
    resume = function() rbm_resume(fit_by("pcd"), epochs = 1),
    fit_real = function() {
      rbm_fit(real, 3, epochs = 1, optimiser = "adam", batch_size = 5)
    },
    table_steps = function() {
      holed <- data.frame(a = factor(rep_len(c("p", "q", "r"), 12)),
                          b = real[, 1], c = x[, 1] == 1)
      holed$b[1:3] <- NA
      fit <- suppressMessages(rbm_fit(
        holed, 3, estimator = "pt", temperatures = 3, chains = 4, epochs = 2,
        batch_size = 5, target = "a", objective = "hybrid",
        weights = 1 + seq_len(12) %% 2
      ))
      list(fit, suppressMessages(rbm_resume(fit, epochs = 1)),
           rbm_sample(fit, 4, steps = 3, method = "pt", temperatures = 3,
                      given = list(c = TRUE)),
           rbm_log_z(fit, method = "ais", runs = 4, budget = 2000, tol = 9))
    },
    hidden = function() {
      lapply(list(x, x == 1, x + 0), rbm_hidden, object = small,
             type = "sample")
    },
    hidden_raw = function() rbm_hidden(small, bytes, "input"),
    visible = function() rbm_visible(small, real[, 1:3], "sample"),
    energy = function() rbm_energy(small, bytes, bytes[, 1:3]),
    free_energy = function() rbm_free_energy(small, x),
    sample = function() {
      rbm_sample(small, 8, chains = 2, steps = 8, start = x[1:2, ])
    },
    sample_wide = function() {
      rbm_sample(wide, 4, steps = 8, type = "probability")
    },
    sample_given = function() {
      rbm_sample(small, 4, steps = 8, start = real[1, , drop = FALSE],
                 given = c(1, NA, 0, NA, NA, 1))
    },
    sample_pt = function() {
      rbm_sample(small, 8, chains = 2, steps = 8, method = "pt",
                 temperatures = 3, given = rbind(c(1, NA, 0, NA, NA, 1), NA))
    },
    sample_exact = function() rbm_sample(small, 4, method = "exact"),
    counts = function() {
      of <- rbm(matrix(c(1, -1, 0.5), 3L, 2L), units = paste0("binomial(",
                                                              c(4, 1, 9), ")"))
      x <- cbind(0:4, c(0, 1), 5:9)
      list(rbm_hidden(of, x), rbm_visible(of, x[1:2, 2:1] > 0, "sample"),
           rbm_sample(of, 4, steps = 8, given = c(3, NA, NA)),
           rbm_sample(of, 4, steps = 8, method = "pt",
                      start = x[1, , drop = FALSE]),
           rbm_log_z(of, method = "ais", runs = 4, budget = 2000, tol = 9),
           lapply(estimators, function(estimator) {
             rbm_fit(x, 2, units = paste0("binomial(", c(4, 1, 9), ")"),
                     epochs = 2, estimator = estimator, chains = 4,
                     temperatures = 3, max_sweeps = 20)
           }))
    },
    table = function() {
      x <- data.frame(a = factor(c("p", "q", "r", "p", "q")),
                      b = c(0.5, NA, 2, -1, 3),
                      c = c(TRUE, FALSE, NA, TRUE, TRUE))
      fit <- suppressMessages(rbm_fit(x, list(categorical = 2), starts = 1,
                                      weight_decay = 0.1))
      list(fit, rbm_impute(fit), rbm_gradient(fit, x))
    },
    moments = function() rbm_moments(small, pairs = TRUE),
    log_z = function() rbm_log_z(small),
    ais = function() ais_of(),
    ais_base = function() ais_of(base = small),
    pseudo = function() {
      list(predict(small, real, type = "pseudo_log_lik"),
           predict(small, x, type = "pseudo_log_lik"))
    },
    save = function() {
      rbm_load(rbm_save(fit_by("cd"), tempfile(fileext = ".rbm")))
    },
    hardware = function() {
      # The system is only asked until it has granted the threads.
      assign("granted", 0L, harmonium:::the)
      harmonium_info()$threads
    },
    selfcheck = function() {
      vapply(harmonium_info()$simd_levels, function(level) {
        .Call(harmonium:::ffi_selfcheck, level)
      }, character(7L))
    },
    philox = function() {
      .Call(harmonium:::ffi_philox, c(0, 1, 2, 2^32 - 1), c(7, 9))
    },
    tell = function() {
      .Call(harmonium:::ffi_tell, function(worked) worked)
      on.exit(.Call(harmonium:::ffi_tell, NULL))
      rbm_sample(rbm(matrix(0.1, 3, 2)), 20, steps = 5, type = "probability")
    },
    uniforms = function() {
      .Call(harmonium:::ffi_uniforms, c(7, 9), "start", 1, 2, 3L, 40L)
    }
  )
  if (requireNamespace("Matrix", quietly = TRUE)) {
    sparse <- methods::as(x + 0, "CsparseMatrix")
    calls <- c(calls, list(
      fit_sparse = function() rbm_fit(sparse, 3, epochs = 1, batch_size = 5),
      hidden_sparse = function() {
        list(rbm_hidden(small, methods::as(sparse, "RsparseMatrix")),
             rbm_hidden(small, methods::as(sparse, "nMatrix"), "sample"))
      },
      free_energy_sparse = function() rbm_free_energy(small, sparse),
      plot_sparse = function() plot(small, "reconstruction", newdata = sparse)
    ))
  }
  calls
}

# The registered routines by name.
all_routines <- function() {
  dll <- library.dynam("harmonium", "harmonium", .libPaths())
  names(getDLLRegisteredRoutines(dll)$.Call)
}

# routine_calls() on copies of the package's functions, in which `call` stands
# in place of .Call().
routine_calls_by <- function(call) {
  space <- asNamespace("harmonium")
  copy <- new.env(parent = space)
  for (name in ls(space, all.names = TRUE)) {
    value <- get(name, space)
    if (is.function(value) && !is.primitive(value)) {
      environment(value) <- copy
      assign(name, value, copy)
    }
  }
  copy$.Call <- call
  environment(routine_calls) <- copy
  routine_calls()
}

without_times <- function(x) {
  if (is.list(x)) {
    x[] <- lapply(unclass(x), without_times) # keeps what `x` is
    x[names(x) == "seconds"] <- list(0)
  }
  x
}

# What came of all of them, without times; chance is as at the start of each.
results_of <- function(calls) {
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  lapply(calls, function(call) {
    set.seed(2)
    without_times(suppressWarnings(call()))
  })
}

# .Call() with a garbage collection at each allocation that the routine makes,
# in the first `most` calls of each one; `reached`, an environment, has how many
# there were.
torturing_call <- function(reached, most = Inf) {
  function(.NAME, ...) { # nolint: object_name_linter.
    arguments <- list(.NAME, ...)
    name <- .NAME$name
    reached[[name]] <- sum(reached[[name]], 1)
    if (reached[[name]] <= most) {
      gctorture(TRUE)
      on.exit(gctorture(FALSE))
    }
    do.call(base::.Call, arguments, quote = TRUE)
  }
}
