# A child R saves models to one file, again and again, or keeps a checkpoint of
# a fit there, and is killed at a random time after it has begun. Used by
# test-save.R, test-resume-checkpoint.R and tests/faults.

# Model number `i` of those to save: its first weight is its number, the others
# follow from it.
numbered_model <- function(i) {
  W <- matrix(sin(i + seq_len(40000) / 7), 400)
  W[1L] <- i
  harmonium::rbm(W)
}

child_script <- c(
  "library(harmonium)",
  "for (i in 1:100000) {",
  "  rbm_save(numbered_model(i), path)",
  "  if (i == 1) {",
  "    writeLines(as.character(Sys.getpid()), paste0(pid, '.part'))",
  "    file.rename(paste0(pid, '.part'), pid)",
  "  }",
  "}"
)

wait_for <- function(path, seconds = 60) {
  end <- Sys.time() + seconds
  while (!file.exists(path) && Sys.time() < end) {
    Sys.sleep(0.002)
  }
  file.exists(path)
}

# Not one that is dead, and waits for its parent to take note.
is_running <- function(pid) {
  about <- sprintf("/proc/%d/stat", pid)
  state <- tryCatch(readLines(about), error = function(error) "",
                    warning = function(warning) "")
  !grepl(") Z ", state, fixed = TRUE) && tools::pskill(pid, 0L)
}

# A row a kill: the number of the model that was found, whether it was right,
# and how many temporary files were left behind.
kill_while_saving <- function(kills, most_seconds = 0.2) {
  folder <- tempfile("kill")
  dir.create(folder)
  on.exit(unlink(folder, recursive = TRUE))
  path <- file.path(folder, "model.rbm")
  pid <- file.path(folder, "pid")
  script <- file.path(folder, "child.R")
  writeLines(c(
    sprintf(".libPaths(%s)", paste(deparse(.libPaths()), collapse = "")),
    paste("path <-", deparse(path)), paste("pid <-", deparse(pid)),
    "numbered_model <-", deparse(numbered_model), child_script
  ), script)
  command <- file.path(R.home("bin"), "Rscript")
  found <- lapply(seq_len(kills), function(kill) {
    unlink(pid)
    system2(command, c("--vanilla", shQuote(script)), wait = FALSE,
            stdout = FALSE, stderr = file.path(folder, "errors"))
    if (!wait_for(pid)) {
      stop("the child does not save: ",
           paste(readLines(file.path(folder, "errors")), collapse = "\n"))
    }
    Sys.sleep(stats::runif(1L, 0.001, most_seconds))
    number <- as.integer(readLines(pid))
    killed <- tools::pskill(number, tools::SIGKILL)
    # The signal is under way when pskill() returns; the file is looked at when
    # the child is gone.
    end <- Sys.time() + 10
    while (is_running(number) && Sys.time() < end) {
      Sys.sleep(0.001)
    }
    model <- tryCatch(harmonium::rbm_load(path), error = conditionMessage)
    left <- list.files(folder, "[.]tmp$", full.names = TRUE)
    unlink(left)
    data.frame(
      killed = killed, loaded = !is.character(model),
      number = if (is.character(model)) NA else model$W[1L],
      right = !is.character(model) &&
        identical(model, numbered_model(model$W[1L])),
      left = length(left)
    )
  })
  do.call(rbind, found)
}

# The fit that is killed, number `i` of a few kinds. `x` is given to it too.
killed_x <- function() {
  set.seed(201)
  matrix(as.integer(stats::runif(60 * 12) < 0.4), 60)
}

killed_fit <- function(i, ...) {
  set.seed(202 + i)
  kinds <- c("pcd", "pt", "fpcd", "ucd", "cd")
  rules <- c("sgd", "nesterov", "adam")
  harmonium::rbm_fit(
    killed_x(), 6, estimator = kinds[i %% 5L + 1L],
    optimiser = rules[i %% 3L + 1L], epochs = 60, batch_size = 10, chains = 5,
    temperatures = 3, max_sweeps = 30, validation = 0.2, evaluate_every = 7,
    ...
  )
}

# All that a fit leaves but for what time it took and what it said last.
fit_marks <- function(fit) {
  state <- fit$training$state
  state$seconds <- NULL
  list(coef(fit), state[order(names(state))], fit$training$history[-2L],
       fit$training$best_epoch, fit$training$key)
}

# A row a kill: the epoch of the checkpoint that was found, whether it goes on
# to the end of the fit that was left alone, and whether a temporary file was
# left behind. A kill comes at any time between the first checkpoint and when a
# fit of this kind, which writes as many, ends here.
kill_while_fitting <- function(kills, seed = 1L) {
  folder <- tempfile("kill")
  dir.create(folder)
  on.exit(unlink(folder, recursive = TRUE))
  path <- file.path(folder, "fit.rbm")
  pid <- file.path(folder, "pid")
  script <- file.path(folder, "child.R")
  seconds <- numeric(15)
  whole <- lapply(0:14, function(i) {
    unlink(path)
    took <- system.time(fit <- killed_fit(i, checkpoint = path))
    seconds[i + 1L] <<- took[["elapsed"]]
    fit
  })
  set.seed(if (is.null(seed)) 1L else seed)
  waits <- stats::runif(kills) * seconds[seq_len(kills) %% 15L + 1L]
  command <- file.path(R.home("bin"), "Rscript")
  found <- lapply(seq_len(kills), function(kill) {
    i <- kill %% 15L
    unlink(c(pid, path))
    writeLines(c(
      sprintf(".libPaths(%s)", paste(deparse(.libPaths()), collapse = "")),
      "library(harmonium)",
      "killed_x <-", deparse(killed_x), "killed_fit <-", deparse(killed_fit),
      sprintf("writeLines(as.character(Sys.getpid()), %s)", deparse(pid)),
      sprintf("killed_fit(%d, checkpoint = %s)", i, deparse(path)),
      "Sys.sleep(60)"
    ), script)
    system2(command, c("--vanilla", shQuote(script)), wait = FALSE,
            stdout = FALSE, stderr = file.path(folder, "errors"))
    if (!wait_for(path)) {
      stop("the child does not save: ",
           paste(readLines(file.path(folder, "errors")), collapse = "\n"))
    }
    Sys.sleep(waits[kill])
    number <- as.integer(readLines(pid))
    killed <- tools::pskill(number, tools::SIGKILL)
    end <- Sys.time() + 10
    while (is_running(number) && Sys.time() < end) {
      Sys.sleep(0.001)
    }
    model <- tryCatch(harmonium::rbm_load(path), error = conditionMessage)
    loaded <- !is.character(model)
    epoch <- if (loaded) model$training$state$epoch else NA
    if (loaded && epoch < 60L) {
      model <- harmonium::rbm_resume(model, x = killed_x(),
                                     threads = kill %% 2L + 1L)
    }
    left <- list.files(folder, "[.]tmp$", full.names = TRUE)
    unlink(left)
    data.frame(
      killed = killed, loaded = loaded, epoch = epoch,
      right = loaded &&
        identical(fit_marks(model), fit_marks(whole[[i + 1L]])),
      left = length(left)
    )
  })
  do.call(rbind, found)
}
