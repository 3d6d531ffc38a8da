# A child R saves models to one file, again and again, and is killed at a random
# time after it has begun. Used by test-save.R and tests/faults.

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
