# The learning rate, epoch by epoch.

schedules <- c("constant", "linear", "exponential", "inverse")

# What a saved model has in place of a schedule that was a function.
own_schedule <- "function"

is_own_schedule <- function(value) {
  is.function(value) || identical(value, own_schedule)
}

# The name of a schedule, or the user's own.
check_schedule <- function(value, name) {
  if (identical(value, own_schedule)) {
    abort(
      "schedule_absent",
      sprintf("`%s` was a function when the model was saved: files hold none.",
              name),
      "Give the function again: `schedule = function(epoch) ...`."
    )
  }
  named <- is.character(value) && length(value) == 1L && value %in% schedules
  if (!named && !is.function(value)) {
    abort(
      "schedule",
      sprintf("`%s` must be one of %s, or a function of the epoch, not %s.",
              name, paste0("\"", schedules, "\"", collapse = ", "),
              describe(value))
    )
  }
  if (named) as.vector(value) else value
}

# The rate of epoch number `epoch`, counted from 1. A linear one goes down in
# equal steps to learning_rate / epochs in the last epoch, and stays there.
learning_rate_at <- function(control, epoch) {
  if (is.function(control$schedule)) {
    return(own_rate(control$schedule, epoch))
  }
  passed <- as.double(epoch) - 1
  share <- switch(control$schedule,
    constant = 1,
    linear = 1 - min(passed, control$epochs - 1) / control$epochs,
    exponential = exp(-control$decay * passed),
    inverse = 1 / (1 + control$decay * passed)
  )
  control$learning_rate * share
}

# What a function of the user's gives for that epoch, checked.
own_rate <- function(schedule, epoch) {
  rate <- tryCatch(schedule(epoch), error = function(error) {
    abort(
      "schedule_failed",
      sprintf("`schedule` failed in epoch %.0f: %s", epoch,
              conditionMessage(error)),
      "It is called with one argument, the number of the epoch from 1.",
      fields = list(epoch = epoch, parent = error)
    )
  })
  if (!is_number(rate) || rate <= 0) {
    abort(
      "schedule_rate",
      sprintf(paste("`schedule` must give the learning rate of epoch %.0f,",
                    "one finite number above 0, not %s."),
              epoch, describe(rate)),
      fields = list(epoch = epoch)
    )
  }
  as.double(rate)
}

# The training of a fit, with its schedule given again: a function is not saved.
# It is known by the rates of the epochs that are done.
with_schedule <- function(training, schedule) {
  before <- training$settings$schedule
  absent <- identical(before, own_schedule) &&
    training$settings$optimiser != "lbfgs" # which has no rates
  if (is.null(schedule) && absent) {
    abort(
      "resume_schedule",
      "`schedule` is missing: it was a function, and files hold no functions.",
      "Give the function of rbm_fit() again: `schedule = function(epoch) ...`."
    )
  }
  if (is.null(schedule)) {
    return(training)
  }
  schedule <- check_schedule(schedule, "schedule")
  if (identical(schedule, before)) {
    return(training)
  }
  if (!is.function(schedule) || !is_own_schedule(before)) {
    abort(
      "resume_schedule_other",
      sprintf("`schedule` cannot change in a fit: it was %s, what came is %s.",
              schedule_in_words(before), schedule_in_words(schedule)),
      "Give the same again, or start a new fit from this one:",
      "rbm_fit(x, init = object, schedule = ...)."
    )
  }
  check_rates(schedule, training$history$learning_rate)
  training$control$schedule <- training$settings$schedule <- schedule
  training
}

# `rates` are those of the epochs so far, NA for "lbfgs".
check_rates <- function(schedule, rates) {
  for (epoch in which(!is.na(rates))) {
    rate <- own_rate(schedule, epoch)
    if (!isTRUE(all.equal(rate, rates[epoch]))) {
      abort(
        "resume_rate",
        sprintf("`schedule` gives the rate %s for epoch %.0f; the fit had %s.",
                format(rate, digits = 10), epoch,
                format(rates[epoch], digits = 10)),
        "Give the same function as to rbm_fit()."
      )
    }
  }
}

schedule_in_words <- function(schedule) {
  if (is_own_schedule(schedule)) "a function" else dQuote(schedule, FALSE)
}
