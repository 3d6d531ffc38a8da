# Throws random R objects straight at each registered routine:
#
#   Rscript tests/fuzz/routines.R [calls [seed [name]]]
#
# in the checkout's top folder, with harmonium installed: `calls` for each one,
# or for those whose name matches `name`. Arguments are those that the package
# itself was seen to give, with something in them broken, or anything at all. A
# call may work or be an R error. Calls come in batches, which draw what is
# broken once and mix it in many ways. They are made in a child process, which
# is started anew after a call that R did not survive or that would not end:
# each such call is printed with its number, and makes the script fail. With
# FUZZ_ONLY=yes in the environment the call of number `calls` alone is shown and
# made. R may have 70 MB for vectors: what asks for more is refused soon.

given <- commandArgs(trailingOnly = TRUE)
child <- identical(Sys.getenv("FUZZ_CHILD"), "yes")
only <- identical(Sys.getenv("FUZZ_ONLY"), "yes")
calls <- if (length(given)) as.numeric(given[1L]) else 2000
seed <- if (length(given) > 1L) as.numeric(given[2L]) else 1
wanted <- if (length(given) > 2L) given[3L] else ""
batch_size <- 2000
source("tests/testthat/helper-routines.R")
routines <- sort(grep(wanted, all_routines(), value = TRUE))

# Real arguments: those of all calls that these uses of the package make, made
# short: without the many chains of a plot, and at five temperatures.
record <- function() {
  found <- list()
  calls <- routine_calls_by(function(.NAME, ...) { # nolint: object_name_linter.
    name <- .NAME$name
    short <- list(...)
    if (name == "ffi_ais") {
      short[[3L]] <- seq(0, 1, length.out = 5L)
    }
    long <- name == "ffi_sample" && short[[3L]]$chains > 100
    if (length(found[[name]]) < 60L && !long) {
      found[[name]] <<- c(found[[name]], list(short))
    }
    base::.Call(.NAME, ...)
  })
  results_of(calls)
  found
}

# As an argument that do.call() does not evaluate.
as_argument <- function(value) {
  if (is.language(value)) call("quote", value) else value
}

# What `n` calls are given: for each a known call, up to three places in which
# it is changed, and by which of the place's values.
draw_batch <- function(n, known, count) {
  known <- if (length(known)) known else list(rep(list(NULL), count))
  values <- lapply(seq_len(count), function(place) {
    lapply(seq_len(150L), function(i) {
      one <- pick(known)[[place]]
      how <- runif(1L)
      as_argument(if (how < 0.1) {
        any_value()
      } else if (how < 0.2) {
        one
      } else {
        damage_somewhere(one)
      })
    })
  })
  changes <- sample(c(0:3, count), n, TRUE, c(3, 60, 20, 10, 5))
  list(
    known = lapply(known, lapply, as_argument), values = values,
    from = sample.int(length(known), n, TRUE), changes = pmin(changes, count),
    places = matrix(sample.int(max(count, 1L), 3L * n, TRUE), 3L),
    which = matrix(sample.int(150L, max(count, 3L) * n, TRUE), ncol = n)
  )
}

arguments_of <- function(batch, at) {
  one <- batch$known[[batch$from[at]]]
  changes <- batch$changes[at]
  places <- if (changes > 3L) {
    seq_len(changes)
  } else {
    batch$places[seq_len(changes), at]
  }
  for (i in seq_along(places)) {
    one[places[i]] <- batch$values[[places[i]]][batch$which[i, at]]
  }
  one
}

run <- function(routine, from, known, log) {
  symbol <- get(routine, asNamespace("harmonium"))
  start <- proc.time()[["elapsed"]]
  counts <- c(worked = 0, refused = 0, memory = 0, slow = 0, other = 0)
  words <- character()
  in_batch <- -1
  for (number in seq(from, length.out = max(calls - from + 1, 0))) {
    if ((number - 1) %/% batch_size != in_batch) {
      in_batch <- (number - 1) %/% batch_size
      set.seed((seed * 1e6 + in_batch * 7919) %% 2^31)
      batch <- draw_batch(batch_size, known, symbol$numParameters)
    }
    arguments <- arguments_of(batch, (number - 1) %% batch_size + 1)
    writeBin(number, log)
    seek(log, 0, rw = "write")
    if (only) {
      str(c(list(routine), arguments))
    }
    setTimeLimit(elapsed = 0.3, transient = TRUE)
    said <- tryCatch(
      {
        said <- tryCatch(
          {
            do.call(.Call, c(list(symbol), arguments))
            ""
          },
          error = conditionMessage
        )
        setTimeLimit()
        said
      },
      error = conditionMessage # where the limit comes after the call
    )
    kind <- if (said == "") {
      "worked"
    } else if (startsWith(said, "harmonium internal")) {
      "refused"
    } else if (grepl("cannot allocate|memory exhausted", said)) {
      "memory"
    } else if (grepl("elapsed time limit", said)) {
      "slow"
    } else {
      words <- unique(c(words, gsub("[0-9.]+", "#", said)))
      "other"
    }
    counts[kind] <- counts[kind] + 1
  }
  cat(sprintf("%-24s %s, in %.0f s\n", routine,
              paste(names(counts), counts, collapse = ", "),
              proc.time()[["elapsed"]] - start))
  for (word in words) cat("   other:", word, "\n")
}

if (child) {
  suppressPackageStartupMessages(library(harmonium))
  source("tests/fuzz/values.R")
  options(warn = -1)
  known <- record()
  log <- file(Sys.getenv("FUZZ_LOG"), "wb")
  for (routine in routines) {
    run(routine, as.numeric(Sys.getenv("FUZZ_FROM")), known[[routine]], log)
  }
  quit(status = 0L)
}

log <- tempfile("fuzz-", fileext = ".log")
errors <- tempfile("fuzz-", fileext = ".txt")
lost <- 0
began <- proc.time()[["elapsed"]]
# Far more than sound calls take: what still runs then does not ask whether it
# should stop.
limit <- 300 + calls * 0.03
# Where memory is full to the last byte, R cannot even hand on its own error.
gave_up <- c("Error: vector memory exhausted (limit reached?)",
             "Execution halted")
for (routine in routines) {
  from <- if (only) calls else 1
  deaths <- 0
  repeat {
    status <- system2(
      file.path(R.home("bin"), "Rscript"),
      c("--no-init-file", "tests/fuzz/routines.R", format(calls), format(seed),
        paste0("'^", routine, "$'")),
      env = c("FUZZ_CHILD=yes", "R_MAX_VSIZE=70M", paste0("FUZZ_LOG=", log),
              paste0("FUZZ_FROM=", format(from, scientific = FALSE))),
      stderr = errors, timeout = limit
    )
    if (status == 0L) {
      break
    }
    at <- if (file.exists(log)) readBin(log, "double")
    said <- readLines(errors)
    if (length(at) && identical(said, gave_up)) {
      from <- at + 1
      next
    }
    if (deaths < 2) {
      writeLines(said, stderr())
    }
    lost <- lost + 1
    deaths <- deaths + 1
    cat(sprintf("%-24s call %s of seed %g: %s\n", routine,
                paste(format(at, scientific = FALSE), collapse = ""), seed,
                if (status == 124L) "DID NOT END" else "CRASHED"))
    if (deaths >= 5 || !length(at)) {
      break
    }
    from <- at + 1
  }
}
unlink(c(log, errors))
cat(sprintf("%d routines, %s calls each: %d lost, in %.0f s\n",
            length(routines), format(calls, scientific = FALSE), lost,
            proc.time()[["elapsed"]] - began))
quit(status = as.integer(lost > 0))
