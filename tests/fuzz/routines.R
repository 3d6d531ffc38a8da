# Throws random R objects straight at each registered routine:
#
#   Rscript tests/fuzz/routines.R [calls [seed [name]]]
#
# in the checkout's top folder, with harmonium installed: `calls` for each one,
# or for those whose name matches `name`. Arguments are those that the package
# itself was seen to give, with something in them broken, or anything at all. A
# call may work or be an R error. The calls are made in a child process, which
# is started anew after one that R did not survive or that would not end: each
# such call is printed with what makes it again, and makes the script fail.

given <- commandArgs(trailingOnly = TRUE)
child <- identical(Sys.getenv("FUZZ_CHILD"), "yes")
calls <- if (length(given)) as.numeric(given[1L]) else 2000
seed <- if (length(given) > 1L) as.numeric(given[2L]) else 1
wanted <- if (length(given) > 2L) given[3L] else ""
source("tests/testthat/helper-routines.R")
routines <- sort(grep(wanted, all_routines(), value = TRUE))

# Real arguments: those of all calls that these uses of the package make.
record <- function() {
  found <- list()
  calls <- routine_calls_by(function(.NAME, ...) { # nolint: object_name_linter.
    name <- .NAME$name
    if (length(found[[name]]) < 60L) {
      found[[name]] <<- c(found[[name]], list(list(...)))
    }
    base::.Call(.NAME, ...)
  })
  results_of(calls)
  found
}

make_arguments <- function(routine, known, count) {
  one <- if (length(known)) pick(known) else rep(list(NULL), count)
  how <- runif(1L)
  if (how < 0.05 || !length(known)) {
    for (i in seq_len(count)) one[i] <- list(any_value())
  } else if (how < 0.15) {
    # Parts of one call in another.
    other <- pick(known)
    i <- sample.int(count, 1L)
    one[i] <- other[i]
  } else if (how < 0.97) {
    for (time in seq_len(sample(1:3, 1L, prob = c(6, 2, 1)))) {
      i <- sample.int(count, 1L)
      one[i] <- list(damage_somewhere(one[[i]]))
    }
  }
  one
}

run <- function(routine, from, known, log) {
  space <- asNamespace("harmonium")
  symbol <- get(routine, space)
  counts <- c(worked = 0, refused = 0, other = 0, slow = 0)
  words <- character()
  for (number in seq(from, length.out = max(calls - from + 1, 0))) {
    set.seed((seed * 1e6 + number * 7919) %% 2^31)
    arguments <- make_arguments(routine, known[[routine]],
                                symbol$numParameters)
    writeLines(format(number, scientific = FALSE), log)
    seek(log, 0, rw = "write")
    setTimeLimit(elapsed = 1, transient = TRUE)
    said <- tryCatch(
      {
        suppressWarnings(do.call(.Call, c(list(symbol), arguments),
                                 quote = TRUE))
        ""
      },
      error = conditionMessage
    )
    setTimeLimit()
    kind <- if (said == "") {
      "worked"
    } else if (startsWith(said, "harmonium internal")) {
      "refused"
    } else if (grepl("elapsed time limit", said)) {
      "slow"
    } else {
      words <- unique(c(words, gsub("[0-9.]+", "#", said)))
      "other"
    }
    counts[kind] <- counts[kind] + 1
  }
  cat(sprintf("%-24s %s\n", routine,
              paste(names(counts), counts, collapse = ", ")))
  for (word in words) cat("   other:", word, "\n")
}

if (child) {
  suppressPackageStartupMessages(library(harmonium))
  source("tests/fuzz/values.R")
  known <- record()
  routine <- Sys.getenv("FUZZ_ROUTINE")
  log <- file(Sys.getenv("FUZZ_LOG"), "wb")
  run(routine, as.numeric(Sys.getenv("FUZZ_FROM")), known, log)
  quit(status = 0L)
}

log <- tempfile("fuzz-", fileext = ".log")
lost <- 0
began <- proc.time()[["elapsed"]]
# Far more than sound calls take: what still runs then does not ask whether it
# should stop.
limit <- 300 + calls * 0.03
for (routine in routines) {
  from <- 1
  deaths <- 0
  repeat {
    status <- system2(
      file.path(R.home("bin"), "Rscript"),
      c("--no-init-file", "tests/fuzz/routines.R", format(calls), format(seed)),
      env = c("FUZZ_CHILD=yes", paste0("FUZZ_ROUTINE=", routine),
              paste0("FUZZ_LOG=", log), paste0("FUZZ_FROM=", from)),
      stderr = if (deaths < 2) "" else FALSE, timeout = limit
    )
    if (status == 0L) {
      break
    }
    at <- suppressWarnings(as.numeric(readLines(log, 1L, warn = FALSE)))
    lost <- lost + 1
    deaths <- deaths + 1
    cat(sprintf("%-24s call %s of seed %g: %s\n", routine, format(at), seed,
                if (status == 124L) "DID NOT END" else "CRASHED"))
    if (deaths >= 5 || !length(at) || is.na(at)) {
      break
    }
    from <- at + 1
  }
}
unlink(log)
cat(sprintf("%d routines, %g calls each: %d lost, in %.0f s\n",
            length(routines), calls, lost,
            proc.time()[["elapsed"]] - began))
quit(status = as.integer(lost > 0))
