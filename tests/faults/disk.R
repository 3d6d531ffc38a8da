# A small file system that gets full while a fit writes checkpoints and a model
# is saved, and one that may only be read: needs a user who may mount one.
#
#   Rscript tests/faults/disk.R
if (.Platform$OS.type != "unix" || system2("id", "-u", stdout = TRUE) != "0") {
  cat("left out: only root may mount file systems\n")
  quit()
}
folder <- tempfile("disk-")
dir.create(folder)
mount <- function(...) {
  system2("mount", c(..., shQuote(folder)), stdout = FALSE, stderr = FALSE)
}
if (mount("-t", "tmpfs", "-o", "size=256k", "tmpfs") != 0L) {
  cat("left out: no file system can be mounted here\n")
  quit()
}
unmount <- function() system2("umount", shQuote(folder))
path <- file.path(folder, "m.rbm")
right <- logical()
check <- function(what, code) {
  ok <- tryCatch(isTRUE(code), error = function(error) {
    message(conditionMessage(error))
    FALSE
  })
  cat(sprintf("%-50s %s\n", what, if (ok) "yes" else "NO"))
  right[[what]] <<- ok
}
told <- function(code, id) {
  class <- paste0("harmonium_error_", id)
  tryCatch(
    {
      code
      FALSE
    },
    error = function(error) {
      cat("  ", conditionMessage(error), "\n")
      inherits(error, class)
    }
  )
}
model <- function(n) harmonium::rbm(matrix(sin(seq_len(n * 100)), 100))
small <- model(50)
harmonium::rbm_save(small, path)
check("a model too large for the disk is told",
      told(harmonium::rbm_save(model(400), path), "save"))
check("the old file is as it was",
      identical(harmonium::rbm_load(path), small))
check("nothing else is left", identical(list.files(folder), "m.rbm"))

set.seed(1)
x <- matrix(as.integer(stats::runif(60 * 100) < 0.4), 60)
checkpoint <- file.path(folder, "fit.rbm")
warned <- 0L
filler <- file.path(folder, "filler")
fit <- withCallingHandlers(
  harmonium::rbm_fit(x, 20, epochs = 20, checkpoint = checkpoint,
                     verbose = FALSE, callback = function(info) {
                       if (info$epoch == 10) {
                         suppressWarnings(try(writeBin(raw(2^20), filler),
                                              silent = TRUE))
                       }
                     }),
  harmonium_warning_checkpoint = function(warning) {
    warned <<- warned + 1L
    invokeRestart("muffleWarning")
  }
)
check("a full disk costs checkpoints, with a warning each",
      warned %in% 1:11 && nrow(fit$training$history) == 20L)
unlink(filler)
there <- harmonium::rbm_load(checkpoint)
check("the last checkpoint before that is whole",
      nrow(there$training$history) %in% 10:19)
check("and goes on to the same end",
      identical(coef(harmonium::rbm_resume(there, x = x)), coef(fit)))
check("no temporary file is left",
      setequal(list.files(folder), c("m.rbm", "fit.rbm")))

invisible(mount("-o", "remount,ro"))
check("a file system that may only be read is told",
      told(harmonium::rbm_save(small, path), "save"))
check("also by a new file",
      told(harmonium::rbm_save(small, paste0(path, "2")), "save"))
check("also by a fit, before it begins",
      told(harmonium::rbm_fit(x, 3, checkpoint = paste0(path, "2")), "save"))
check("what is there is read", identical(harmonium::rbm_load(path), small))
invisible(unmount())
unlink(folder, recursive = TRUE)
cat(sprintf("%d of %d as they should be\n", sum(right), length(right)))
quit(status = as.integer(!all(right)))
