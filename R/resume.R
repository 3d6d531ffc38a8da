#' Go on with a fit
#'
#' Training goes on where it stopped: after an interrupt, a callback's or
#' `patience`'s end, from a checkpoint of a process that is no more, or for more
#' epochs than were asked for at first.
#'
#' The model carries all that training depends on: the parameters, what the
#' optimiser remembers, the offsets of centring, the chains, the key of the
#' random numbers and the place within the epoch. So a fit that was stopped and
#' resumed, any number of times, ends with the same parameters, to the bit, as
#' one that was not, whatever the number of threads. One thing depends on how
#' many epochs there are in all: with `schedule = "linear"` the rates of the
#' epochs still to come fall towards the new end.
#'
#' To go on with other data or other settings is another fit, which can start
#' from the parameters of this one: `rbm_fit(x, init = object, ...)`.
#'
#' @param object A model from [rbm_fit()] or [rbm_resume()], or the name of a
#'   file that [rbm_save()] or a fit's `checkpoint` wrote.
#' @param epochs How many epochs more. `NULL` is for those that are still to do
#'   of the number asked for at first.
#' @param x The training data, where the model does not keep them; a checkpoint
#'   never does. They must be the same.
#' @param validation The held-out data, where the fit was given such; a fraction
#'   held out of `x` is found again without.
#' @param checkpoint As in [rbm_fit()]; where `object` is a file, that file.
#' @param callback,verbose As in [rbm_fit()]. A callback is not kept.
#' @param threads Threads from now on; see [rbm_control()].
#' @return A model as from [rbm_fit()], whose history has the earlier epochs
#'   too.
#' @section Errors:
#' Of class `harmonium_error`: a model that was not fitted, or has nothing left
#' to do; other data than before; a file that is not a model, is damaged, or
#' comes from a later version.
#' @seealso [rbm_fit()], [rbm_save()]
#' @examples
#' x <- digits8$x[1:200, ] > 0.5
#' set.seed(1)
#' fit <- rbm_fit(x, hidden = 8, epochs = 3, schedule = "constant")
#' more <- rbm_resume(object = fit, epochs = 2)
#' set.seed(1)
#' whole <- rbm_fit(x, hidden = 8, epochs = 5, schedule = "constant")
#' identical(coef(more), coef(whole))
#'
#' # From a file, as after a crash.
#' file <- tempfile(fileext = ".rbm")
#' set.seed(1)
#' fit <- rbm_fit(x, hidden = 8, epochs = 3, checkpoint = file)
#' rbm_resume(file, epochs = 1, x = x, validation = NULL, checkpoint = NULL,
#'            callback = NULL, verbose = FALSE, threads = 1)
#' @export
rbm_resume <- function(object, epochs = NULL, x = NULL, validation = NULL,
                       checkpoint = NULL, callback = NULL, verbose = TRUE,
                       threads = NULL) {
  check_given(missing(object), "object", "a model or the name of a file")
  if (is.character(object)) {
    if (missing(checkpoint)) {
      checkpoint <- object
    }
    object <- rbm_load(object)
  }
  check_trained(object, "rbm_resume()")
  training <- object$training
  state <- training$state
  control <- training$settings
  if (!is.null(epochs)) {
    control$epochs <- state$epoch + check_count(epochs, "epochs")
  } else if (state$epoch >= control$epochs) {
    abort(
      "resume_done",
      sprintf("All of %s are done.", counted(control$epochs, "epoch")),
      "Say how many more there are to be: `epochs = 10`."
    )
  }
  if (!is.null(threads)) {
    control["threads"] <- list(check_count(threads, "threads"))
  }
  callback <- check_function(callback, "callback")
  verbose <- check_flag(verbose, "verbose")
  checkpoint <- check_checkpoint(checkpoint, training$key)
  held <- same_data(object, x, validation)
  if (is.null(state$theta)) {
    state$theta <- flat_parameters(object)
  }
  rows <- lapply(seq_len(nrow(training$history)), function(i) {
    as.list(training$history[i, ])
  })
  setup <- list(
    call = training$call, given = training$control, control = control,
    cases = held$cases, valid = held$valid, held_out = training$held_out,
    fingerprint = training$data, hidden = training$hidden,
    names = list(names(object$b), names(object$c)),
    image_dim = object$image_dim, key = training$key,
    hardware = resolve_hardware(control$threads),
    base_rates = training$base_rates, x = object$x, checkpoint = checkpoint,
    callback = callback, verbose = verbose
  )
  train(setup, state, rows)
}

# The data of the fit, which `x` and `validation` must be.
same_data <- function(object, x, validation) {
  training <- object$training
  if (is.null(x)) {
    if (is.null(object$x)) {
      abort(
        "resume_x",
        "`x` is missing: this model does not keep its training data.",
        "Give the same data as to rbm_fit()."
      )
    }
    x <- object$x
  }
  cases <- as_cases(x, "x", object$b)
  held <- list(cases = cases)
  if (is.numeric(training$held_out)) {
    if (cases$n != training$n + length(training$held_out)) {
      abort_other_data(cases$n, training$n + length(training$held_out))
    }
    rest <- setdiff(seq_len(cases$n), training$held_out)
    held <- list(cases = take_cases(cases, rest),
                 valid = take_cases(cases, training$held_out))
  } else if (identical(training$held_out, "data")) {
    if (is.null(validation)) {
      abort(
        "resume_validation",
        "`validation` is missing: the fit judged itself by data of their own.",
        "Give the same data as to rbm_fit()."
      )
    }
    held$valid <- as_cases(validation, "validation", object$b)
  }
  if (held$cases$n != training$n) {
    abort_other_data(held$cases$n, training$n)
  }
  if (!identical(fingerprint(held), training$data)) {
    abort(
      "resume_other",
      "These are not the data that the model was trained on.",
      "Give the same `x` (and `validation`), rows in the same order, or start",
      "a new fit from this one: rbm_fit(x, init = object)."
    )
  }
  held
}

abort_other_data <- function(came, wanted) {
  abort(
    "resume_rows",
    sprintf("`x` has %s; the model was trained on %s.", counted(came, "row"),
            big(wanted)),
    "Give the same data, or start from this fit: rbm_fit(x, init = object)."
  )
}

# What data are told apart by: a hash of what is on, or of all numbers.
fingerprint <- function(held) {
  of <- function(cases) {
    content <- cases[c("bits", "reals", "start", "item")]
    content <- content[!vapply(content, is.null, NA)]
    paste(cases$n, cases$units, do.call(checksum, unname(content)))
  }
  c(of(held$cases), if (!is.null(held$valid)) of(held$valid))
}

# NULL, or the name of a file to write: not one that holds the work of another
# fit, whose key differs.
check_checkpoint <- function(checkpoint, key = NULL) {
  if (is.null(checkpoint)) {
    return(NULL)
  }
  file <- check_path(checkpoint, "checkpoint")
  if (!file.exists(file)) {
    return(file)
  }
  there <- tryCatch(read_model(file), harmonium_error = function(e) NULL)
  if (is.null(there) || !identical(there$training$key, key)) {
    abort(
      "checkpoint_exists",
      sprintf("`checkpoint`: there already is a file %s, not of this fit.",
              encodeString(checkpoint, quote = "\"")),
      "Go on with it by rbm_resume(file, x = x), delete it, or take another",
      "name."
    )
  }
  file
}

# A checkpoint that cannot be written must not cost the training.
write_checkpoint <- function(object, file) {
  object["x"] <- list(NULL)
  tryCatch(
    write_model(object, file),
    harmonium_error = function(error) {
      warning(warningCondition(
        paste0("The checkpoint of epoch ", object$training$state$epoch,
               " was not written, and training goes on.\n",
               conditionMessage(error)),
        class = c("harmonium_warning_checkpoint", "harmonium_warning"),
        call = entry_call()
      ))
    }
  )
}
