#' Go on with a fit
#'
#' Training goes on where it stopped: after an interrupt, a callback's end or
#' that of `patience`, which begins anew, from a checkpoint of a process that is
#' no more, or for more epochs than were asked for at first.
#'
#' The model carries all that training depends on: the parameters, what the
#' optimiser remembers, the offsets of centring, the chains, the key of the
#' random numbers and the place within the epoch. So a fit that was stopped and
#' resumed, any number of times, ends with the same parameters, to the bit, as
#' one that was not, whatever the number of threads. One thing depends on how
#' many epochs there are in all: with `schedule = "linear"` the rates of the
#' epochs still to come fall towards the new end.
#'
#' A `schedule` that is a function is not saved to files. A fit from a file
#' whose schedule was a function asks for it: give the same function as to
#' [rbm_fit()]. It is called for the epochs that are done, and must give the
#' learning rates in the history. A fit in memory still has its function, and a
#' schedule that is a name is saved: neither needs to be given.
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
#' @param schedule The `schedule` of the fit. Needed only where it was a
#'   function and `object` comes from a file.
#' @param checkpoint As in [rbm_fit()]; where `object` is a file without data,
#'   as a checkpoint is, that file.
#' @param callback,verbose As in [rbm_fit()]. A callback is not kept.
#' @param threads Threads from now on; see [rbm_control()].
#' @return A model as from [rbm_fit()], whose history has the earlier epochs
#'   too.
#' @section Errors:
#' Of class `harmonium_error`: a model that was not fitted, or has nothing left
#' to do, or was changed by hand; other data than before; a `schedule` function
#' that is missing (`harmonium_error_resume_schedule`), gives other rates than
#' those of the fit (`harmonium_error_resume_rate`), or takes the place of a
#' name (`harmonium_error_resume_schedule_other`); a file that is not a model,
#' is damaged, or comes from a later version; a `checkpoint` that is the file of
#' another fit, or cannot be written.
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
#' rate <- function(epoch) 0.1 / sqrt(epoch)
#' fit <- rbm_fit(x, hidden = 8, epochs = 3, schedule = rate, checkpoint = file)
#' rbm_resume(file, epochs = 1, x = x, validation = NULL, schedule = rate,
#'            checkpoint = NULL, callback = NULL, verbose = FALSE, threads = 1)
#' @export
rbm_resume <- function(object, epochs = NULL, x = NULL, validation = NULL,
                       schedule = NULL, checkpoint = NULL, callback = NULL,
                       verbose = TRUE, threads = NULL) {
  check_given(missing(object), "object", "a model or the name of a file")
  if (is.character(object)) {
    file <- object
    object <- rbm_load(file)
    if (missing(checkpoint) && is.null(object$x)) {
      checkpoint <- file
    }
  }
  check_trained(object, "rbm_resume()")
  object$training <- with_schedule(object$training, schedule)
  training <- object$training
  if (identical(training$settings$optimiser, "lbfgs")) {
    return(resume_maximum(object, x, validation, verbose))
  }
  if (isTRUE(training$pilots$unfinished)) {
    return(resume_pilots(object, x, checkpoint, verbose))
  }
  check_state(object)
  state <- training$state
  control <- training$settings
  if (!is.null(epochs)) {
    most <- .Machine$integer.max - state$epoch
    control$epochs <- state$epoch + check_count(epochs, "epochs", max = most)
  } else if (state$epoch >= control$epochs && !isTRUE(state$pending)) {
    abort(
      "resume_done",
      sprintf("The fit has done all that it was asked for, %s.",
              counted(control$epochs, "epoch")),
      "Say how many more there are to be: `epochs = 10`."
    )
  }
  if (!is.null(threads)) {
    control["threads"] <- list(check_count(threads, "threads"))
  }
  callback <- check_function(callback, "callback")
  verbose <- check_flag(verbose, "verbose")
  checkpoint <- check_checkpoint(checkpoint, object)
  held <- same_data(object, x, validation)
  if (is.null(state$theta)) {
    state$theta <- flat_parameters(object)
  }
  if (isTRUE(control$average) && !is.null(epochs)) {
    state["best"] <- NULL # the mean of a quarter that is not the last any more
    state["mean"] <- NULL
  }
  if (training$stopped == "patience") {
    state$since <- state$epoch
    state$waited <- 0L
  }
  rows <- lapply(seq_len(nrow(training$history)), function(i) {
    row <- as.list(training$history[i, ])
    row[setdiff(history_columns, names(row))] <- NA_real_
    row
  })
  setup <- setup_again(object, held, control, verbose)
  setup$checkpoint <- checkpoint
  setup$callback <- callback
  check_shape(state, setup)
  train(setup, state, rows)
}

# A fit to the maximum is made again with its own random numbers.
resume_maximum <- function(object, x, validation, verbose) {
  training <- object$training
  if (training$stopped != "interrupted") {
    abort(
      "resume_maximum",
      "This fit is at a maximum of the likelihood: nothing is left to do.",
      "Start another from its parameters: rbm_fit(x, init = object)."
    )
  }
  held <- same_data(object, x, validation)
  control <- choose_settings(training$control, held$cases$n, maximum = TRUE)
  maximise(setup_again(object, held, control, verbose))
}

# So is one that was interrupted while weight decays and chains were tried.
resume_pilots <- function(object, x, checkpoint, verbose) {
  held <- same_data(object, x, NULL)
  setup <- setup_again(object, held, object$training$settings, verbose)
  setup["pilots"] <- list(NULL)
  setup$checkpoint <- check_checkpoint(checkpoint, object)
  fit_automatically(setup, begin)
}

# What a fit began with, of its model and its data.
setup_again <- function(object, held, control, verbose) {
  training <- object$training
  setup <- list(
    call = training$call, given = training$control, control = control,
    cases = held$cases, valid = held$valid, held_out = training$held_out,
    fingerprint = training$data, hidden = training$hidden,
    names = list(names(object$b), names(object$c)), units = object$units,
    image_dim = object$image_dim, key = training$key,
    hardware = resolve_hardware(control$threads),
    base_log_odds = training$base_log_odds, x = object$x, verbose = verbose,
    pilots = training$pilots
  )
  if (is.null(training$table) || training$settings$optimiser == "lbfgs") {
    setup
  } else {
    table_again(setup, object, held)
  }
}

# What training goes on from is there, and as it should be.
check_state <- function(object) {
  fault <- if (is.null(object$training$data) ||
                 is.null(object$training$state)) {
    "it does not hold the state of its training"
  } else {
    model_fault(object, "resume")
  }
  if (!is.null(fault)) {
    abort_state(sprintf("%s%s.", toupper(substr(fault, 1L, 1L)),
                        substring(fault, 2L)))
  }
}

abort_state <- function(fault) {
  abort(
    "resume_state",
    sprintf("This model cannot go on training. %s", fault),
    "Start a new fit from its parameters: rbm_fit(x, init = object)."
  )
}

# Arrays of the lengths that C begins with, for these data and settings.
check_shape <- function(state, setup) {
  if (!is.null(.Call(ffi_fit_fault, plan_of(setup), setup$cases, state))) {
    abort_state("What it holds of its training is not of its sizes.")
  }
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
  of_table <- !is.null(training$table)
  cases <- as_visible(object, x, "x", missing = of_table)
  if (!is.null(training$weights)) {
    if (cases$n != length(training$weights)) {
      abort_other_data(cases$n, length(training$weights))
    }
    cases <- take_cases(cases, which(training$weights > 0))
  }
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
    held$valid <- as_visible(object, validation, "validation",
                             missing = of_table)
  }
  if (held$cases$n != training$n) {
    abort_other_data(held$cases$n, training$n)
  }
  held$all <- cases
  now <- fingerprint(held)
  if (!identical(now, training$data)) {
    other <- which(now != training$data)[1L]
    abort(
      "resume_other",
      sprintf(paste("`%s` is not the data of this fit: what came is %s;",
                    "the fit had %s."),
              if (other == 2L && !is.numeric(training$held_out)) {
                "validation"
              } else {
                "x"
              }, now[other], training$data[other]),
      "Give the same data, rows in the same order, or start a new fit from",
      "this one: rbm_fit(x, init = object)."
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
    if (!is.null(cases)) {
      if (is_table(cases)) {
        cases <- as_reals(cases)
      }
      parts <- cases[c("bits", "reals", "start", "item")]
      parts <- unname(Filter(Negate(is.null), parts))
      sprintf("%d x %d, checksum %s", cases$n, cases$units,
              do.call(checksum, parts))
    }
  }
  c(of(held$cases), if (!is.null(held$valid)) of(held$valid))
}

# NULL, or the name of a file to write: not one that holds the work of another
# fit than `object`, which is NULL for one that is yet to begin.
check_checkpoint <- function(checkpoint, object = NULL) {
  if (is.null(checkpoint)) {
    return(NULL)
  }
  file <- check_path(checkpoint, "checkpoint")
  writable_path(file)
  if (file.exists(file)) {
    there <- tryCatch(read_model(file), harmonium_error = function(e) NULL)
    check_own_checkpoint(file, there$training, object$training)
  }
  file
}

# `there` is the training in the file, or NULL; `here` that of the fit.
check_own_checkpoint <- function(file, there, here) {
  shown <- sprintf("`checkpoint`: the file %s",
                   encodeString(file, quote = "\""))
  advice <- "Go on with it by rbm_resume(file, x = x), or take another name."
  if (is.null(there) || is.null(here)) {
    abort(
      "checkpoint_exists",
      sprintf("%s is there already, and is not replaced:", shown),
      if (is.null(there)) {
        c("it does not hold a fit.", "Take another name.")
      } else {
        c(sprintf("it holds %s after %s, trained on %s.",
                  counted(there$hidden, "hidden unit"),
                  counted(nrow(there$history), "epoch"),
                  legible(there$data[1L])),
          advice)
      }
    )
  }
  there <- marks_of_fit(there)
  here <- marks_of_fit(here)
  if (!identical(there, here)) {
    abort(
      "checkpoint_other",
      sprintf("%s holds another fit than this one:", shown),
      difference_in_words(there, here), advice
    )
  }
}

# What a fit is known by, from its training to the end.
marks_of_fit <- function(training) {
  settings <- unclass(training$settings)
  settings[c("epochs", "threads")] <- NULL
  if (is.function(settings$schedule)) {
    settings$schedule <- own_schedule # as in the file
  }
  c(training[c("hidden", "data", "key")], list(settings = settings))
}

# The first thing by which two fits are not the same.
difference_in_words <- function(there, here) {
  differ <- function(that, this) {
    sprintf("that one has %s, this one %s.", that, this)
  }
  if (there$hidden != here$hidden) {
    return(differ(counted(there$hidden, "hidden unit"), big(here$hidden)))
  }
  if (!identical(there$data, here$data)) {
    data <- lapply(list(there$data, here$data), paste, collapse = " and ")
    return(differ(paste("data of", legible(data[[1L]])), data[[2L]]))
  }
  names <- names(here$settings)
  other <- names[!mapply(identical, there$settings[names], here$settings)][1L]
  if (is.na(other)) {
    return("they have the same settings, but not the same random numbers.")
  }
  differ(setting_in_words(there$settings[[other]], other),
         setting_in_words(here$settings[[other]], other))
}

setting_in_words <- function(value, name) {
  sprintf("%s = %s", name, if (name == "schedule") {
    schedule_in_words(value)
  } else if (is.character(value)) {
    encodeString(value, quote = "\"")
  } else {
    format(value)
  })
}

# A checkpoint that cannot be written must not cost the training. Returns
# whether it was.
write_checkpoint <- function(object, file) {
  object["x"] <- list(NULL)
  tryCatch(
    {
      write_model(object, file)
      TRUE
    },
    harmonium_error = function(error) {
      warning(warningCondition(
        paste0("The checkpoint of epoch ", object$training$state$epoch,
               " was not written, and training goes on.\n",
               conditionMessage(error)),
        class = c("harmonium_warning_checkpoint", "harmonium_warning"),
        call = entry_call()
      ))
      FALSE
    }
  )
}
