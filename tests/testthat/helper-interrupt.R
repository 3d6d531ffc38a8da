# Fresh Rs that are interrupted while they work.

# A script, whose process a shell sends an interrupt. The script prints numbers
# as name=value lines, which the test looks at.
interrupted_run <- function(script) {
  skip_on_os("windows")
  skip_on_cran()
  skip_if(Sys.which("kill") == "" && Sys.which("sh") == "")
  run_child(c(
    "clock <- function() as.numeric(Sys.time())",
    "sent <- tempfile()",
    paste0(
      "interrupt_after <- function(seconds) system(sprintf(",
      "'(sleep %s; date +%%s.%%N > %s; kill -INT %d) &', ",
      "seconds, sent, Sys.getpid()))"
    ),
    "late <- function() clock() - as.numeric(readLines(sent))",
    script
  ))$output
}

# What takes long, by name: functions without arguments, each made by one that
# makes its data first. `cases` is how large the data are.
long_work <- function(cases = 20000L) {
  bits <- function(n = cases, units = 784L, share = 0.2) {
    set.seed(301)
    some <- as.raw(stats::runif(2^20) < share)
    matrix(rep_len(some, as.double(n) * units), n, units)
  }
  reals <- function(n = cases, units = 784L) {
    set.seed(302)
    matrix(rep_len(stats::runif(2^20), as.double(n) * units), n, units)
  }
  machine <- function(nv, nh, sd = 0.05) {
    set.seed(303)
    harmonium::rbm(matrix(stats::rnorm(nv * nh, sd = sd), nv))
  }
  fitting <- function(estimator, x = bits(2000L, 200L), hidden = 50L, ...) {
    force(x)
    function() {
      harmonium::rbm_fit(x, hidden, estimator = estimator, epochs = 1e5, ...)
    }
  }
  of_model <- function(nv, nh, run, ...) {
    force(run)
    function() {
      model <- machine(nv, nh, ...)
      function() run(model)
    }
  }
  of_data <- function(x, run, nh = 500L) {
    force(run)
    function() {
      data <- x()
      model <- machine(784L, nh)
      function() run(model, data)
    }
  }
  fits <- lapply(
    stats::setNames(nm = c("cd", "pcd", "fpcd", "pt", "ucd", "mf", "pl")),
    function(estimator) function() fitting(estimator)
  )
  names(fits) <- paste("fit", names(fits))
  c(fits, list(
    "fit exact" = function() fitting("exact", bits(2000L, 100L), 16L),
    "fit large" = function() fitting("pcd", bits(), 500L, batch_size = cases),
    "fit large pt" = function() {
      fitting("pt", bits(), 500L, chains = 1000, temperatures = 20)
    },
    "fit large pl" = function() fitting("pl", bits(), 500L, batch_size = cases),
    "fit large ucd" = function() {
      fitting("ucd", bits(), 500L, batch_size = 2000)
    },
    "fit intensities" = function() fitting("cd", reals(), 500L),
    "fit judged" = function() {
      fitting("pcd", validation = 0.2, evaluate_every = 1, patience = 1e4)
    },
    "fit checkpoint" = function() {
      x <- bits(2000L, 200L)
      function() {
        file <- tempfile(fileext = ".rbm")
        on.exit(unlink(file))
        harmonium::rbm_fit(x, 50, epochs = 1e5, checkpoint = file)
      }
    },
    "fit start" = function() {
      x <- reals()
      function() {
        harmonium::rbm_fit(x, 500, epochs = 1, batch_size = 1000,
                           validation = 0.1)
      }
    },
    "resume" = function() {
      x <- bits(2000L, 200L)
      fit <- harmonium::rbm_fit(x, 50, epochs = 2, verbose = FALSE)
      function() harmonium::rbm_resume(fit, epochs = 1e5)
    },
    "sample gibbs" = of_model(784L, 500L, function(model) {
      harmonium::rbm_sample(model, 2000, steps = 1e6)
    }),
    "sample probability" = of_model(784L, 500L, function(model) {
      harmonium::rbm_sample(model, cases, steps = 1, type = "probability")
    }),
    "sample thinned" = of_model(784L, 500L, function(model) {
      harmonium::rbm_sample(model, 1e4, steps = 10, chains = 10)
    }),
    "sample pt" = of_model(784L, 500L, function(model) {
      harmonium::rbm_sample(model, 1000, method = "pt", temperatures = 100)
    }),
    "sample exact" = of_model(784L, 20L, function(model) {
      harmonium::rbm_sample(model, cases, method = "exact")
    }),
    "sample given" = of_model(784L, 20L, function(model) {
      given <- matrix(NA, 50, 784)
      given[, 1:100] <- bits(50L, 100L) > 0
      harmonium::rbm_sample(model, 50, method = "exact", given = given)
    }),
    "simulate" = of_model(784L, 500L, function(model) {
      stats::simulate(model, 200)
    }),
    "log_z exact" = of_model(784L, 26L, function(model) {
      harmonium::rbm_log_z(model, "exact")
    }),
    "log_z ais" = of_model(784L, 500L, function(model) {
      harmonium::rbm_log_z(model, "ais", tol = 1e-6, budget = 1e9)
    }, sd = 0.1),
    "log_z ais many" = of_model(784L, 500L, function(model) {
      harmonium::rbm_log_z(model, "ais", runs = 5000, budget = 1e9)
    }, sd = 0.1),
    "logLik" = of_data(bits, function(model, x) {
      stats::logLik(model, x, method = "ais")
    }),
    "gradient exact" = of_data(bits, function(model, x) {
      harmonium::rbm_gradient(model, x)
    }, 22L),
    "gradient exact reals" = of_data(reals, function(model, x) {
      harmonium::rbm_gradient(model, x)
    }, 16L),
    "gradient ucd" = of_data(bits, function(model, x) {
      harmonium::rbm_gradient(model, x, "ucd", repeats = 100)
    }),
    "gradient pl" = of_data(bits, function(model, x) {
      harmonium::rbm_gradient(model, x, "pl")
    }),
    "gradient mf" = of_data(bits, function(model, x) {
      harmonium::rbm_gradient(model, x, "mf")
    }),
    "moments" = of_model(784L, 22L, function(model) {
      harmonium::rbm_moments(model)
    }),
    "moments pairs" = of_model(784L, 18L, function(model) {
      harmonium::rbm_moments(model, pairs = TRUE)
    }),
    "hidden" = of_data(bits, function(model, x) {
      harmonium::rbm_hidden(model, x)
    }),
    "hidden reals" = of_data(reals, function(model, x) {
      harmonium::rbm_hidden(model, x, "sample")
    }),
    "predict reconstruction" = of_data(bits, function(model, x) {
      stats::predict(model, x, "reconstruction")
    }),
    "predict free energy" = of_data(bits, function(model, x) {
      stats::predict(model, x, "free_energy")
    }),
    "predict pseudo_log_lik" = of_data(bits, function(model, x) {
      stats::predict(model, x, "pseudo_log_lik")
    }),
    "predict pseudo_log_lik reals" = of_data(reals, function(model, x) {
      stats::predict(model, x, "pseudo_log_lik")
    }),
    "conditional" = of_data(function() bits(500L), function(model, x) {
      given <- matrix(as.integer(x), nrow(x))
      given[, 1:300] <- NA
      harmonium::rbm_conditional(model, given)
    }, 16L),
    "diagnose" = function() {
      x <- harmonium::rbm_sample(machine(784L, 20L), 2e4, steps = 1,
                                 chains = 10)
      function() harmonium::rbm_diagnose(x)
    },
    "reading" = of_data(reals, function(model, x) {
      harmonium::rbm_free_energy(model, x > 0.5)
    }),
    "reading sparse" = of_data(function() {
      Matrix::rsparsematrix(cases * 5L, 784L, 0.1, rand.x = NULL)
    }, function(model, x) harmonium::rbm_free_energy(model, x), 20L),
    "plot" = function() {
      x <- bits()
      fit <- harmonium::rbm_fit(x, 500, epochs = 1, verbose = FALSE)
      function() {
        grDevices::pdf(NULL, 12, 12)
        on.exit(grDevices::dev.off())
        for (type in c("weights", "hidden", "samples", "reconstruction",
                       "free_energy")) {
          plot(fit, type, newdata = if (type != "weights" &&
                                          type != "samples") x)
        }
      }
    },
    "save" = function() {
      x <- bits()
      fit <- harmonium::rbm_fit(x, 500, epochs = 1, verbose = FALSE)
      file <- tempfile(fileext = ".rbm")
      function() {
        harmonium::rbm_save(fit, file)
        harmonium::rbm_load(file)
      }
    }
  ))
}

# What must not grow, and a fit on two threads that must not change.
vital_signs <- function() {
  heap <- sum(gc()[, 2L])
  self <- file.path("", "proc", "self")
  resident <- grep("^VmRSS", readLines(file.path(self, "status")), value = TRUE)
  c(
    probe = memory_probe(),
    heap = format(heap, digits = 15L),
    resident = format(as.numeric(gsub("[^0-9]", "", resident)) / 1024,
                      digits = 15L),
    open = length(list.files(file.path(self, "fd"))),
    threads = length(list.files(file.path(self, "task"))),
    files = length(list.files(tempdir()))
  )
}

# The child's side: does the work whose name it reads, again and again, until
# it is interrupted, and says when it was; and tells its vital signs.
serve_interrupts <- function(work) {
  say <- function(...) {
    cat(..., sep = "\t")
    cat("\n")
    flush(stdout())
  }
  silent <- function(code) suppressWarnings(suppressMessages(code))
  was_kept <- function(result) {
    inherits(result, "rbm") &&
      identical(result$training$stopped, "interrupted")
  }
  say("ready", Sys.getpid())
  input <- file("stdin", "r")
  made <- list(name = "")
  # Work that ends in an error may be interrupted too late.
  next_name <- function() {
    tryCatch(readLines(input, 1L), interrupt = function(condition) next_name())
  }
  while (length(name <- next_name()) == 1L) {
    if (name == "signs") {
      made <- list(name = "")
      say("signs", vital_signs())
      next
    }
    if (name != made$name) {
      made <- list(name = name, run = silent(work[[name]]()))
      gc()
    }
    outcome <- tryCatch(
      {
        say("begun")
        repeat {
          if (was_kept(silent(made$run()))) break
        }
        "kept"
      },
      interrupt = function(condition) "left",
      error = function(error) paste("error:", conditionMessage(error))
    )
    at <- format(as.numeric(Sys.time()), digits = 20L)
    say("answer", at, sub("\n.*", "", outcome))
  }
}

# A child that does long work, and what to ask it by.
start_interruptible <- function(cases) {
  answers <- tempfile("answers")
  log <- tempfile("log")
  script <- tempfile(fileext = ".R")
  system2("mkfifo", shQuote(answers))
  writeLines(c(
    child_setup(), "long_work <-", deparse(long_work),
    "memory_probe <-", deparse(memory_probe),
    "vital_signs <-", deparse(vital_signs),
    "serve_interrupts <-", deparse(serve_interrupts),
    sprintf("serve_interrupts(long_work(%dL))", cases)
  ), script)
  to <- pipe(paste("exec", shQuote(file.path(R.home("bin"), "Rscript")),
                   "--vanilla", shQuote(script), ">", shQuote(answers), "2>",
                   shQuote(log)), "w")
  from <- fifo(answers, "r", blocking = TRUE)
  answer <- function(word) {
    repeat {
      line <- readLines(from, 1L)
      if (length(line) == 0L) {
        stop("the child is gone:\n", paste(readLines(log), collapse = "\n"))
      }
      parts <- strsplit(line, "\t")[[1L]]
      if (identical(parts[1L], word)) {
        return(parts[-1L])
      }
    }
  }
  pid <- as.integer(answer("ready"))
  list(
    pid = pid, answer = answer,
    ask = function(line) {
      writeLines(line, to)
      flush(to)
    },
    close = function() {
      tools::pskill(pid, tools::SIGKILL)
      close(to)
      close(from)
      unlink(c(answers, log, script))
    }
  )
}

# Sends `times` interrupts while each `work` runs, each at a random time of up
# to `most_seconds` from its start. `table` has a row each: the work, when it
# was interrupted, the seconds until it answered, and how. `signs` has a row
# before all, and two for each work: early and at its end.
interrupt_work <- function(work = names(long_work()), times = 1L,
                           most_seconds = 0.4, cases = 20000L,
                           tell = function(row) invisible()) {
  child <- start_interruptible(cases)
  on.exit(child$close())
  look <- function(work) {
    child$ask("signs")
    told <- child$answer("signs")
    data.frame(
      work = work, probe = told[1L], heap = as.numeric(told[2L]),
      resident = as.numeric(told[3L]), open = as.integer(told[4L]),
      threads = as.integer(told[5L]), files = as.integer(told[6L])
    )
  }
  rows <- list()
  signs <- list(look(""))
  for (name in work) {
    for (time in seq_len(times)) {
      child$ask(name)
      child$answer("begun")
      after <- stats::runif(1L, 0.001, most_seconds)
      Sys.sleep(after)
      sent <- as.numeric(Sys.time())
      tools::pskill(child$pid, tools::SIGINT)
      found <- child$answer("answer")
      row <- data.frame(work = name, after = after,
                        late = as.numeric(found[1L]) - sent, how = found[2L])
      tell(row)
      rows[[length(rows) + 1L]] <- row
      if (time == 2L && time < times) {
        signs[[length(signs) + 1L]] <- look(name)
      }
    }
    signs[[length(signs) + 1L]] <- look(name)
  }
  list(table = do.call(rbind, rows), signs = do.call(rbind, signs))
}

value_of <- function(output, name) {
  line <- grep(paste0("^", name, "="), output, value = TRUE)
  if (length(line) != 1L) {
    stop("no `", name, "` in:\n", paste(output, collapse = "\n"))
  }
  sub("^[^=]*=", "", line)
}
