# How far work is, said where somebody looks on and it takes more than the two
# seconds that cli waits for.

# `open` makes a bar for work of this name and gives a function of the share
# that is done. `tell` is that of the work that goes on, NULL where none does;
# `in_c` what C tells of; `done` counts parts of work where somebody asks. A
# process that was forked off says nothing.
progress <- list2env(list(
  wanted = function() interactive() && identical(the$pid, Sys.getpid()),
  tell = NULL, in_c = NULL, done = NULL,
  open = function(doing, frame) {
    bar <- cli::cli_progress_bar(
      doing, total = 1, clear = TRUE, .envir = frame,
      format = paste("{cli::pb_name}{cli::pb_bar} {cli::pb_percent}",
                     "{cli::pb_eta_str}")
    )
    function(share) cli::cli_progress_update(set = share, id = bar)
  }
), parent = baseenv())

# Does `work`, of which C counts what is done, up to `total` in all. Within
# other work that tells how far it is, that is a part of it.
with_progress <- function(doing, total, work) {
  if (!progress$wanted()) {
    return(work)
  }
  outer <- progress$tell
  tell <- if (is.null(outer)) progress$open(doing, environment()) else outer
  above <- progress$in_c
  on.exit({
    progress$tell <- outer
    tell_from_c(above)
  })
  progress$tell <- tell
  tell_from_c(function(worked) tell(min(worked / total, 1)))
  work
}

tell_from_c <- function(tell) {
  progress$in_c <- tell
  .Call(ffi_tell, tell)
}

# Does `work`, a function, which says how far it is by the one that it is given,
# of the share that is done; nothing within it does.
telling <- function(doing, work) {
  silent <- function(share) NULL
  if (!progress$wanted()) {
    return(work(silent))
  }
  outer <- progress$tell
  tell <- if (is.null(outer)) progress$open(doing, environment()) else outer
  on.exit(progress$tell <- outer)
  progress$tell <- silent
  work(function(share) tell(min(share, 1)))
}

# Does `work` in silence, where that is wanted.
muted <- function(silent, work) {
  outer <- progress$tell
  on.exit(progress$tell <- outer)
  if (silent) {
    progress$tell <- function(share) NULL
  }
  work
}

# lapply() of parts of work of which each says how far it is.
lapply_told <- function(doing, x, do) {
  if (!progress$wanted()) {
    return(lapply(x, do))
  }
  outer <- progress$tell
  tell <- if (is.null(outer)) progress$open(doing, environment()) else outer
  on.exit(progress$tell <- outer)
  lapply(seq_along(x), function(i) {
    progress$tell <- function(share) tell((i - 1 + share) / length(x))
    out <- do(x[[i]])
    tell(i / length(x))
    out
  })
}

# Does `work` of so many parts, each of which calls progress$done() at its end.
with_count <- function(doing, parts, work) {
  done <- 0
  telling(doing, function(tell) {
    before <- progress$done
    on.exit(progress$done <- before)
    progress$done <- function() {
      done <<- done + 1
      tell(done / parts)
    }
    work
  })
}
