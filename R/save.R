#' Save a model to a file, and load it
#'
#' `rbm_save()` writes a model to a file, and `rbm_load()` gives the same model
#' back. The file is in the open format safetensors, which Python, Rust and
#' other languages read. Damaged files are refused. Nothing in a file is
#' executable: a `schedule` that is a function is not saved, and [rbm_resume()]
#' asks for it.
#'
#' @section What a file survives:
#' The model is written to a temporary file in the same folder, which is read
#' back, compared, flushed to the disk, and renamed to `file` in one step. Where
#' the disk is full, or R is killed while it writes, the old file stays as it
#' was; a killed R can leave behind the temporary file, whose name is that of
#' `file` with a few letters and `.tmp`. After a power cut the file is the old
#' one or the new one, where the file system and the disk flush when they are
#' asked to.
#'
#' @section What a file holds:
#' The format is safetensors: eight bytes with the length of a header, the
#' header in JSON, then the data of all arrays. `W` (a row for each visible
#' unit, as in R), `b` and `c` are arrays of type F64. In Python:
#' \preformatted{
#' from safetensors.numpy import load_file
#' arrays = load_file("digits.rbm")
#' arrays["W"].shape
#' }
#' Other arrays are named by their place in the model, such as
#' `training.history.log_lik` and `training.state.memory`, which [rbm_resume()]
#' needs. The training data are the array `x`, or `x.<column>` for a data frame;
#' data of whole numbers from 0 to 255 take one byte each. All else is JSON in
#' the entry `model` of the header's metadata, which also has the version of the
#' format, the version of the package and a checksum (64-bit FNV-1a) of the
#' whole file. The checksum detects damage, not forgery.
#'
#' `rbm_load()` checks the header against the size of the file before it makes
#' any array, then every element of the model. It evaluates nothing. The call of
#' the fit is kept as text, which `rbm_load()` parses: it must be one call, of
#' at most 20,000 bytes. Only [update()] evaluates arguments of this call:
#' `init`, `validation`, `callback`, `verbose` and, where the file has no data,
#' `x`. Inspect `fit$training$call` before you update a model from somebody you
#' do not trust. An argument of more than 2000 bytes is replaced by its name,
#' and so are data and functions that [do.call()] put into the call.
#'
#' Where the `schedule` was a function, `fit$training$settings$schedule` of the
#' loaded model is `"function"`. The model can be used for everything but
#' training. [rbm_resume()], [update()] and [rbm_bootstrap()] stop with an error
#' until they are given `schedule = ` and a function. Functions, environments
#' and pointers among the attributes of the data are not saved. Data of another
#' class than a matrix, a data frame or one of the Matrix package are refused;
#' to load data of the Matrix package, that package must be installed.
#'
#' @param object A model from [rbm()] or [rbm_fit()].
#' @param file The path of the file. One that is there is replaced.
#' @param keep_x Whether to save the data too, where the model keeps them.
#'
#' @return `rbm_save()` gives the full path of the file, invisibly; `rbm_load()`
#'   the model of class `rbm`, as [rbm()] describes, identical but for functions
#'   and values in its call; see above.
#'
#' @section Errors:
#' All of class `harmonium_error`. For `rbm_save()`: a file that cannot be
#' written, with the reason, and an object that is not a valid model. For
#' `rbm_load()`: a file that cannot be read; that `rbm_save()` did not write;
#' that was damaged or cut short; that a later version of this package wrote;
#' that a development version wrote in an earlier format, whose model must be
#' fitted again; and a file whose content is not a valid model.
#'
#' @source The format: <https://github.com/huggingface/safetensors>. The
#'   checksum: Fowler, Noll and Vo, as in the Internet draft draft-eastlake-fnv.
#' @seealso [rbm_fit()], [update.rbm()]
#' @examples
#' fit <- rbm_fit(digits8$x[1:200, ], hidden = 8, epochs = 2)
#' path <- file.path(tempdir(), "digits.rbm")
#' rbm_save(object = fit, file = path)
#' identical(coef(rbm_load(file = path)), coef(fit))
#'
#' # Without the data it is smaller.
#' size <- file.size(path)
#' rbm_save(fit, path, keep_x = FALSE)
#' file.size(path) / size
#' unlink(path)
#' @export
rbm_save <- function(object, file, keep_x = TRUE) {
  check_given(missing(object), "object", "a model")
  check_model(object)
  check_given(missing(file), "file", "the path of a file to write")
  file <- check_path(file, "file")
  if (!check_flag(keep_x, "keep_x")) {
    object["x"] <- list(NULL)
  }
  invisible(write_model(object, file))
}

#' @rdname rbm_save
#' @export
rbm_load <- function(file) {
  check_given(missing(file), "file", "the path of a file from rbm_save()")
  read_model(check_path(file, "file"))
}

parameter_checksum <- function(object) {
  do.call(checksum, c(list(dim(object$W), object$W, object$b, object$c),
                      if (!is.null(object$d)) list(object$d)))
}

# Writing ----------------------------------------------------------------------

write_model <- function(object, file) {
  path <- writable_path(file)
  bytes <- model_bytes(object)
  # Not from R's random numbers, and not one that is there.
  temporary <- tempfile(paste0(basename(path), "-"), dirname(path), ".tmp")
  on.exit(unlink(temporary, expand = FALSE))
  fault <- fault_of(write_bytes(bytes, temporary))
  if (is.null(fault)) {
    fault <- fault_of(put_in_place(bytes, temporary, path))
  }
  if (!is.null(fault)) {
    abort_save(file, fault)
  }
  path
}

# NULL, or what is wrong, and then `path` is as it was.
put_in_place <- function(bytes, temporary, path) {
  if (file.exists(path)) {
    Sys.chmod(temporary, file.mode(path), use_umask = FALSE)
  }
  if (!identical(read_bytes(temporary), bytes)) {
    "What was written does not read back: is the disk full?"
  } else if (!.Call(ffi_flush_file, temporary)) {
    "The system could not bring it to the disk: is the disk full?"
  } else if (!file.rename(temporary, path)) {
    "It could not take the place of the old file."
  }
}

# What `code` gives, or the message of its first warning or error. Warnings are
# noted and not jumped out of: a connection whose close() warns of a full disk
# would stay open, and the space of its file taken.
fault_of <- function(code) {
  faults <- NULL
  note <- function(condition) {
    faults <<- c(faults, conditionMessage(condition))
  }
  value <- tryCatch(
    withCallingHandlers(code, warning = function(warning) {
      note(warning)
      invokeRestart("muffleWarning")
    }),
    error = note
  )
  if (is.null(faults)) value else faults[1L]
}

abort_save <- function(file, fault) {
  abort(
    "save",
    sprintf("The model could not be written to \"%s\".", file),
    fault,
    if (file.exists(file)) "What was there before is as it was."
  )
}

# The path from the top, through links, so that the new file lies where the old
# one is.
writable_path <- function(file) {
  folder <- dirname(file)
  if (dir.exists(file)) {
    abort_save(file, "It is a folder: give the path of a file.")
  }
  if (!dir.exists(folder)) {
    abort_save(file, sprintf("There is no folder \"%s\": make it first.",
                             folder))
  }
  path <- fault_of(if (file.exists(file)) {
    list(normalizePath(file))
  } else {
    list(file.path(normalizePath(folder), basename(file)))
  })
  if (!is.list(path)) {
    abort_save(file, "Its folder is gone: give a path from the top.")
  }
  path <- path[[1L]]
  if (file.exists(path) && !.Call(ffi_is_plain_file, path)) {
    abort_save(file, "It is a device or a pipe: give the path of a file.")
  }
  if (file.exists(path) && file.access(path, 2L) != 0L) {
    abort_save(file, "The file that is there may not be written to.")
  }
  if (file.access(dirname(path), 2L) != 0L) {
    abort_save(file, "You may not write to its folder.")
  }
  path
}

write_bytes <- function(bytes, path) {
  connection <- file(path, "wb")
  on.exit(close(connection))
  # writeBin() takes less than 2^31 bytes at a time.
  for (from in seq(1, length(bytes), by = 2^30)) {
    part <- if (length(bytes) <= 2^30) {
      bytes
    } else {
      bytes[from:min(length(bytes), from + 2^30 - 1)]
    }
    writeBin(part, connection)
  }
  invisible()
}

model_bytes <- function(object) {
  fault <- model_fault(object, "load")
  bytes <- if (is.null(fault)) {
    tryCatch(model_to_bytes(object), error = conditionMessage)
  }
  if (!is.raw(bytes)) {
    abort(
      "save_content",
      "`object` is a model that could not be loaded again:",
      sentence(c(fault, bytes)),
      "Was it changed by hand? `keep_x = FALSE` leaves out its data."
    )
  }
  bytes
}

# Reading ----------------------------------------------------------------------

read_model <- function(file) {
  if (!file.exists(file) || dir.exists(file)) {
    abort_load(file, if (dir.exists(file)) {
      "It is a folder: give the path of a file."
    } else {
      "There is no such file."
    })
  }
  if (!.Call(ffi_is_plain_file, file)) {
    abort_load(file, "It is a device or a pipe: give the path of a file.")
  }
  bytes <- fault_of(read_bytes(normalizePath(file)))
  if (is.character(bytes)) {
    abort_load(file, bytes)
  }
  read_content(bytes, file)
}

abort_load <- function(file, fault) {
  abort("load", sprintf("\"%s\" could not be read.", file), fault)
}

abort_broken <- function(file, fault) {
  abort(
    "load_damaged",
    sprintf("\"%s\" is damaged, and was not loaded.", file),
    fault,
    "Use another copy of it."
  )
}

# To the end, wherever that is: the file may be replaced while it is read.
read_bytes <- function(path) {
  connection <- file(path, "rb")
  on.exit(close(connection))
  parts <- list()
  size <- min(max(file.size(path), 2^16, na.rm = TRUE), 2^30)
  repeat {
    part <- readBin(connection, "raw", size)
    if (length(part) == 0L) {
      break
    }
    parts[[length(parts) + 1L]] <- part
  }
  if (length(parts) == 1L) parts[[1L]] else do.call(c, c(list(raw()), parts))
}

# The model in the bytes of a file.
read_content <- function(bytes, file) {
  sealed <- unseal(bytes, file)
  room <- length(bytes) - sealed$from
  found <- or_abort_content(read_table(sealed$header, room), file)
  format <- found$metadata[["format"]]
  if (!isTRUE(grepl("^[1-9][0-9]{0,4}$", format))) {
    abort_content(file, "it does not say what format it has")
  }
  if (as.integer(format) > model_format) {
    abort(
      "load_future",
      sprintf("\"%s\" has format %s; this version of harmonium reads up to %d.",
              file, format, model_format),
      "Use the version that wrote it, or a later one."
    )
  }
  if (as.integer(format) < model_format) {
    abort_old(file, format)
  }
  or_abort_content(
    parts_to_model(found$metadata[["model"]],
                   read_tensors(found$tensors, bytes, sealed$from)),
    file
  )
}

or_abort_content <- function(code, file) {
  tryCatch(code, error = function(error) {
    abort_content(file, conditionMessage(error))
  })
}

abort_content <- function(file, fault) {
  abort(
    "load_content",
    sprintf("\"%s\" holds no valid model, and was not loaded:", file),
    sentence(fault),
    "It is not as rbm_save() wrote it."
  )
}

# The first line of a message, with an end.
sentence <- function(message) {
  line <- sub("\n.*", "", message)
  if (grepl("[.?!]$", line)) line else paste0(line, ".")
}
