# What the package remembers from load to unload.
the <- new.env(parent = emptyenv())

# What a call may use: a number of threads, and the widest vectors, by the name
# of their level.
resolve_hardware <- function(threads = NULL) {
  list(threads = resolve_threads(threads), level = resolve_level())
}

# The levels that can be used, of those that this machine has: all of them where
# each gives the bits of plain C on the numbers of selfcheck.c, and otherwise
# plain C alone, since nobody knows what else is wrong. `failed` are the levels
# that gave others, and `kernels` the checks in which they did.
check_levels <- function(levels, digests = level_digests) {
  plain <- digests("plain")
  differ <- lapply(levels, function(level) {
    names(plain)[digests(level) != plain]
  })
  failed <- levels[lengths(differ) > 0L]
  list(
    levels = if (length(failed) > 0L) "plain" else levels,
    failed = failed,
    kernels = unique(as.character(unlist(differ)))
  )
}

# The environment variable is for tests: a level that it names fails.
level_digests <- function(level) {
  digests <- .Call(ffi_selfcheck, level)
  if (level == Sys.getenv("HARMONIUM_TEST_FAILING_SIMD")) {
    digests[["sigm"]] <- "changed"
  }
  digests
}

# Says which levels failed, if any did: a startup message, with a class of its
# own.
report_levels <- function(hardware) {
  if (length(hardware$failed) == 0L) {
    return(invisible())
  }
  text <- c(
    sprintf("harmonium: vectors (%s) differ from plain C in a check of: %s.",
            paste(hardware$failed, collapse = ", "),
            paste(hardware$kernels, collapse = ", ")),
    "harmonium uses plain C instead. Results are correct; it is slower.",
    "Please report this, with the output of harmonium_info()."
  )
  message(structure(
    list(message = paste0(paste(text, collapse = "\n"), "\n"), call = NULL),
    class = c("harmonium_message_simd", "packageStartupMessage",
              "simpleMessage", "message", "condition")
  ))
}

# How many threads: the argument, else the option, else the environment
# variable, else two; never more than the system allows or has processors.
resolve_threads <- function(threads = NULL) {
  # A child process inherits none of its parent's threads, and OpenMP would wait
  # for them for ever.
  limit <- if (identical(the$pid, Sys.getpid())) {
    .Call(ffi_hardware)$threads
  } else {
    1L
  }
  if (is.null(threads)) {
    threads <- getOption("harmonium.threads")
    name <- "option harmonium.threads"
  } else {
    name <- "threads"
  }
  if (is.null(threads)) {
    setting <- Sys.getenv("HARMONIUM_NUM_THREADS")
    if (nzchar(setting)) {
      name <- "environment variable HARMONIUM_NUM_THREADS"
      number <- suppressWarnings(as.numeric(setting))
      threads <- if (is.na(number)) setting else number
    } else {
      threads <- 2L
    }
  }
  granted_threads(min(check_count(threads, name), limit))
}

# As many as the system grants, which is asked until it has granted that many.
granted_threads <- function(threads) {
  if (threads > the$granted) {
    the$granted <- .Call(ffi_threads_here, threads)
  }
  min(threads, the$granted)
}

# The widest level that can be used, or that which the environment asks for.
resolve_level <- function() {
  here <- the$hardware$levels
  level <- Sys.getenv("HARMONIUM_SIMD")
  if (!nzchar(level)) {
    return(here[length(here)])
  }
  if (!level %in% here) {
    abort(
      "simd",
      sprintf("Environment variable HARMONIUM_SIMD is \"%s\"; here are %s.",
              level, paste0("\"", here, "\"", collapse = ", ")),
      if (level %in% the$hardware$failed) {
        "This level differs from plain C on this machine, so it is not used."
      },
      "Set it to one of these, or unset it to use the last."
    )
  }
  level
}

# How many threads the next epoch takes. Threads wait for one another actively,
# so where other programs want the cores, several are much slower than one.
# Whether they are is tried now and then, for one part in twenty of the time.
# The bits are the same either way.
new_pace <- function(threads) {
  list(threads = threads, most = threads, trial = FALSE, least = Inf,
       other = Inf, left = 0.5)
}

# The pace after an epoch that took so many seconds. `least` is what one took on
# this number of threads since it was chosen, `other` what one took on the other
# before, and `left` is how long it is until the next choice.
next_pace <- function(pace, seconds) {
  if (pace$most == 1L) {
    return(pace)
  }
  turn <- function(pace) {
    pace$threads <- if (pace$threads == 1L) pace$most else 1L
    pace
  }
  pace$least <- min(pace$least, seconds)
  pace$left <- pace$left - seconds
  if (pace$left > 0) {
    return(pace)
  }
  if (pace$trial) {
    pace$left <- 20 * max(pace$least, pace$other, 0.05)
    if (pace$least > pace$other) {
      pace <- turn(pace)
    }
  } else {
    pace <- turn(pace)
    pace$other <- pace$least
    pace$left <- 0.05
  }
  pace$trial <- !pace$trial
  pace$least <- Inf
  pace
}

#' What the package makes use of here
#'
#' For a report of a problem or of a timing: the version, the vectors and
#' threads that computations use, and the linear algebra library behind R.
#'
#' Sums over units that are on, chances and their logarithms are computed in the
#' widest vectors that the machine has, chosen when a function is called. The
#' environment variable `HARMONIUM_SIMD` asks for another level: `"plain"` (no
#' vectors), `"baseline"` (those that every machine of this kind has), `"avx2"`
#' or `"avx512"`. For 0/1 data all levels, and all numbers of threads, give the
#' same bits.
#'
#' This is checked when the package is loaded: each level runs on some numbers,
#' and its results are compared with those of plain C. The check takes less than
#' a millisecond. If any level differs, the package uses plain C only;
#' `library(harmonium)` says so in a message of class `harmonium_message_simd`,
#' and `simd_failed` names the level.
#'
#' Threads are set by the argument `threads` of [rbm_control()], by
#' `options(harmonium.threads = )`, or by the environment variable
#' `HARMONIUM_NUM_THREADS`, whichever comes first, and are 2 otherwise; never
#' more than OpenMP allows (`OMP_NUM_THREADS`, `OMP_THREAD_LIMIT`), than there
#' are processors, or than the system grants. Small computations stay on one
#' thread, and so does a process forked from another. [rbm_fit()] tries now and
#' then whether its epochs are faster on one thread, as they are where other
#' programs are at work, and then stays with it for a while.
#'
#' @param x What `harmonium_info()` gave.
#' @param ... Not used.
#' @return A list of class `harmonium_info`: `version` of the package; `simd`,
#'   the level in use, and `simd_levels`, those that can be used here, widest
#'   last; `simd_failed`, levels of this machine that differ from plain C,
#'   usually none; `threads` in use, `threads_limit` and `openmp`, whether there
#'   is any; `blas` and `lapack`, the files of these libraries, where R knows
#'   them; and `R`, its version. `print()` returns it invisibly.
#' @section Errors:
#' Of class `harmonium_error`, where the option or an environment variable above
#' is set to something that cannot be.
#' @examples
#' print(x = harmonium_info())
#' harmonium_info()$threads
#' @export
harmonium_info <- function() {
  hardware <- resolve_hardware()
  limits <- .Call(ffi_hardware)
  structure(
    list(
      version = as.character(utils::packageVersion("harmonium")),
      simd = hardware$level,
      simd_levels = the$hardware$levels,
      simd_failed = the$hardware$failed,
      threads = hardware$threads,
      threads_limit = limits$threads,
      openmp = limits$openmp,
      blas = extSoftVersion()[["BLAS"]],
      lapack = La_library(),
      R = as.character(getRversion())
    ),
    class = "harmonium_info"
  )
}

#' @rdname harmonium_info
#' @export
print.harmonium_info <- function(x, ...) {
  check_dots_empty(...)
  check_sound(is_plain_list(x, c("version", "simd", "threads", "openmp")), "x",
              "result of harmonium_info()", "harmonium_info()")
  known <- function(path) if (nzchar(path)) path else "not known"
  cat(
    sprintf("harmonium %s, R %s\n", x$version, x$R),
    sprintf("vectors: %s (of %s)\n", x$simd,
            paste(x$simd_levels, collapse = ", ")),
    if (length(x$simd_failed) > 0L) {
      sprintf("         not used, since they differ from plain C: %s\n",
              paste(x$simd_failed, collapse = ", "))
    },
    if (x$openmp) {
      sprintf("threads: %d (at most %d)\n", x$threads, x$threads_limit)
    } else {
      "threads: 1 (built without OpenMP)\n"
    },
    sprintf("BLAS:    %s\n", known(x$blas)),
    sprintf("LAPACK:  %s\n", known(x$lapack)),
    sep = ""
  )
  invisible(x)
}
