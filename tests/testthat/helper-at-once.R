# Four Rs that fit at the same time, two with a checkpoint each in one folder,
# and two with one file between them, which is loaded again and again while they
# write it.

at_once_fit <- function(i, epochs, ...) {
  set.seed(620 + i)
  x <- matrix(as.integer(stats::runif(60 * 12) < 0.4), 60)
  harmonium::rbm_fit(x, 6, epochs = epochs, batch_size = 10, verbose = FALSE,
                     ...)
}

# `status` of the four; how often the shared file was loaded, and was `broken`;
# temporary files that were `left`; whether each got its `own` checkpoint right;
# and whose fit the `shared` one holds in the end.
fit_at_once <- function(epochs) {
  folder <- tempfile("at-once-")
  dir.create(folder)
  on.exit(unlink(folder, recursive = TRUE))
  files <- file.path(folder, c("one.rbm", "two.rbm", "shared.rbm",
                               "shared.rbm"))
  seeds <- c(1L, 2L, 1L, 2L)
  marks <- file.path(folder, sprintf("status-%d", 1:4))
  for (i in 1:4) {
    script <- file.path(folder, sprintf("child-%d.R", i))
    writeLines(c(
      child_setup(), "at_once_fit <-", deparse(at_once_fit),
      sprintf("at_once_fit(%d, %dL, checkpoint = %s)", seeds[i], epochs,
              deparse(files[i])),
      sprintf("writeLines('0', %s)", deparse(marks[i]))
    ), script)
    system2(file.path(R.home("bin"), "Rscript"),
            c("--vanilla", shQuote(script)), wait = FALSE, stdout = FALSE,
            stderr = file.path(folder, sprintf("errors-%d", i)))
  }
  loads <- broken <- 0L
  end <- Sys.time() + 120
  refused <- function(i) {
    any(grepl("checkpoint_exists|is there already",
              readLines(file.path(folder, sprintf("errors-%d", i)),
                        warn = FALSE)))
  }
  while (Sys.time() < end) {
    if (file.exists(files[3L])) {
      got <- tryCatch(harmonium::rbm_load(files[3L]), error = identity)
      loads <- loads + 1L
      broken <- broken + inherits(got, "error")
    }
    over <- file.exists(marks)
    if (all(over[1:2]) && all(over[3:4] | vapply(3:4, refused, NA))) {
      break
    }
    Sys.sleep(0.005)
  }
  whole <- lapply(1:2, function(i) at_once_fit(i, epochs))
  same <- function(file, fit) {
    identical(coef(harmonium::rbm_load(file)), coef(fit))
  }
  list(
    # One that came when the other had written its file was refused, in words.
    status = vapply(1:4, function(i) {
      as.integer(!(file.exists(marks[i]) || (i > 2L && refused(i))))
    }, 0L),
    loads = loads, broken = broken,
    left = list.files(folder, "[.]tmp$"),
    own = c(same(files[1L], whole[[1L]]), same(files[2L], whole[[2L]])),
    shared = which(vapply(whole, same, NA, file = files[3L]))[1L]
  )
}
