# Worker processes: each loads its data once, then runs the jobs it is told on
# its standard input, one a line, and answers each with the seconds it took by
# its own clock. Between jobs it sleeps in a read.

# The folders that hold a libblas of each kind, by what the system's packages
# say. Put first in a process's library path, they choose its BLAS and leave the
# system's choice alone. Elsewhere there is one, the one R has.
find_blas <- function() {
  packages <- c(OpenBLAS = "libopenblas0-pthread", reference = "libblas3")
  folders <- vapply(packages, function(package) {
    files <- suppressWarnings(tryCatch(
      system2("dpkg", c("-L", package), stdout = TRUE, stderr = FALSE),
      error = function(error) character()
    ))
    dirname(c(grep("/libblas[.]so[.]3$", files, value = TRUE), NA)[1L])
  }, "")
  folders <- folders[!is.na(folders) & folders != "NA"]
  own <- blas_name(extSoftVersion()[["BLAS"]])
  if (!own %in% names(folders)) {
    folders[[own]] <- ""
  }
  folders
}

# The first Python that can load a module; NA where none can.
find_python <- function(module) {
  candidates <- unique(c(Sys.getenv("PYTHON"), Sys.which("python3"),
                         file.path("", "usr", "bin", "python3")))
  for (python in candidates[file.exists(candidates)]) {
    import <- c("-c", shQuote(paste("import", module)))
    if (system2(python, import, stdout = FALSE, stderr = FALSE) == 0L) {
      return(python)
    }
  }
  NA_character_
}

rscript_command <- function(script) {
  c(file.path(R.home("bin"), "Rscript"), "--no-init-file", script)
}

# Starts a worker, and waits until it has its data. Its list holds two ends of
# pipes and what it says of itself; NULL, with a message, where it does not
# come up, or has another BLAS than was asked for.
start_worker <- function(name, command, blas, threads, blas_folder = "") {
  answers <- tempfile("answers")
  log <- tempfile("log")
  system2("mkfifo", shQuote(answers))
  settings <- paste0(c("OMP", "OPENBLAS", "MKL"), "_NUM_THREADS=", threads)
  if (nzchar(blas_folder)) {
    # R puts the second of these before the first.
    settings <- c(
      settings, paste0("LD_LIBRARY_PATH=", blas_folder),
      paste0("R_LD_LIBRARY_PATH=", blas_folder, ":", R.home("lib"))
    )
  }
  line <- paste(c("exec env", shQuote(c(settings, command)), ">",
                  shQuote(answers), "2>", shQuote(log)), collapse = " ")
  to <- pipe(line, "w")
  worker <- list(name = name, to = to, log = log,
                 from = fifo(answers, "r", blocking = TRUE))
  ready <- strsplit(read_answer(worker, "ready"), "\t")[[1L]]
  unlink(answers)
  if (length(ready) < 3L) {
    return(leave_out(worker, "it does not start", readLines(log)))
  }
  worker$pid <- as.integer(ready[1L])
  worker$blas <- ready[2L]
  worker$says <- ready[3L]
  if (blas_name(worker$blas) != blas) {
    return(leave_out(worker, paste("its BLAS is not", blas)))
  }
  worker
}

leave_out <- function(worker, reason, log = character()) {
  message("Left out: ", worker$name, ", since ", reason, ".")
  message(paste(utils::tail(log, 3L), collapse = "\n"))
  stop_worker(worker)
  NULL
}

# The rest of the next line that begins with `word`; "" at the end.
read_answer <- function(worker, word) {
  repeat {
    line <- readLines(worker$from, 1L)
    if (length(line) == 0L) {
      return("")
    }
    if (startsWith(line, paste0(word, "\t"))) {
      return(substring(line, nchar(word) + 2L))
    }
  }
}

# Seconds of one job; an error where the worker is gone.
run_job <- function(worker, job) {
  writeLines(job, worker$to)
  flush(worker$to)
  seconds <- suppressWarnings(as.numeric(read_answer(worker, "seconds")))
  if (is.na(seconds)) {
    log <- paste(readLines(worker$log), collapse = "\n")
    stop(worker$name, " stopped: ", log)
  }
  seconds
}

stop_worker <- function(worker) {
  close(worker$to)
  close(worker$from)
}

# Seconds in rounds: `jobs` is a data frame with the columns `worker`, a list,
# `job`, and `rounds`, how many it takes part in. Each runs once before, to warm
# up.
time_jobs <- function(jobs) {
  run <- function(row) run_job(jobs$worker[[row]], jobs$job[row])
  for (row in seq_len(nrow(jobs))) {
    run(row)
  }
  check_idle(jobs$worker)
  times <- matrix(NA_real_, max(jobs$rounds), nrow(jobs))
  for (round in seq_len(nrow(times))) {
    for (row in which(jobs$rounds >= round)) {
      times[round, row] <- run(row)
    }
  }
  times
}

# A worker that has nothing to do must not take time from the one that has.
check_idle <- function(workers, seconds = 2) {
  used <- function() {
    sum(vapply(workers, function(worker) {
      stat <- readLines(file.path("", "proc", worker$pid, "stat"))
      sum(as.numeric(strsplit(sub(".*[)] ", "", stat), " ")[[1L]][12:13]))
    }, 0)) / 100
  }
  if (dir.exists(file.path("", "proc", "self"))) {
    Sys.sleep(1)
    before <- used()
    Sys.sleep(seconds)
    cat(length(workers), " idle jobs' workers used ",
        format(used() - before, digits = 2L), " s of processor time in ",
        seconds, " s\n", sep = "")
  }
}

# The library folder of another build, which the command line names; without it
# there is nothing to compare with.
other_library <- function() {
  named <- commandArgs(TRUE)
  if (length(named) == 0L) {
    message("Left out: no library of another build was named")
    quit()
  }
  named[1L]
}
