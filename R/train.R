# The trainer's loop over epochs: one call of C each, a row of the history, and
# what the epoch is judged by. All that goes on from one epoch to the next is in
# `state`, so that training can be resumed to the bit.

# Epoch after epoch, until all are done or somebody says stop.
train <- function(setup, state, history) {
  control <- setup$control
  epochs <- control$epochs
  start <- proc.time()[["elapsed"]] - state$seconds
  stopped <- "epochs"
  # Both are only ever replaced whole, the history first, so that an interrupt
  # at any point finds the two in step.
  chains <- NULL
  so_far <- function(stopped) {
    model_of(setup, state, history[seq_len(state$epoch)], stopped, chains)
  }
  progress <- new_progress(epochs, setup$verbose)
  pace <- new_pace(setup$hardware$threads)
  # One epoch of training, and then, apart from it, all that looks at the model:
  # an interrupt between the two leaves a state that is still to be judged.
  learn <- function() {
    epoch <- state$epoch + 1L
    setup$hardware$threads <- pace$threads
    begun <- proc.time()[["elapsed"]]
    done <- .Call(ffi_fit_epoch, plan_of(setup, epoch), setup$cases,
                  state$epoch, state[core_state])
    pace <<- next_pace(pace, proc.time()[["elapsed"]] - begun)
    if (done$status == "diverged") {
      abort_diverged(epoch, learning_rate_at(control, epoch),
                     so_far("diverged"), is.function(control$schedule))
    }
    new <- state
    new[core_state] <- done$state
    new$seconds <- proc.time()[["elapsed"]] - start
    if (done$status == "ok") {
      new$epoch <- epoch
      new$pending <- TRUE
      new <- average_along(control, new)
      history[[epoch]] <<- new_row(setup, new, done$report)
    }
    state <<- new
    done$status
  }
  look <- function() {
    judged <- judge(setup, state, history[[state$epoch]])
    judged$state$pending <- FALSE
    row <- judged$row
    history[[row$epoch]] <<- row
    state <<- judged$state
    progress(row)
    if (row$epoch %% control$checkpoint_every == 0L) {
      keep("checkpoint")
    }
    if (out_of_patience(control, state)) {
      return("patience")
    }
    if (!is.null(setup$callback) && !goes_on(setup$callback, row, so_far)) {
      return("callback")
    }
    "epochs"
  }
  # What the file holds need not be written again.
  kept <- NULL
  keep <- function(stopped) {
    now <- c(state$epoch, state$batch)
    if (!is.null(setup$checkpoint) && !identical(now, kept) &&
          write_checkpoint(so_far(stopped), setup$checkpoint)) {
      kept <<- now
    }
  }
  run <- function() {
    if (isTRUE(state$pending)) {
      stopped <<- look()
    } else if (out_of_patience(control, state)) {
      stopped <<- "patience"
    }
    while (state$epoch < epochs && stopped == "epochs") {
      if (learn() == "interrupted") {
        stopped <<- "interrupted"
        return()
      }
      stopped <<- look()
    }
  }
  tryCatch(run(), interrupt = function(condition) stopped <<- "interrupted")
  tryCatch(
    {
      if (stopped != "interrupted") {
        chains <- describe_chains(setup, state)
      }
      if (stopped == "epochs") {
        settled <- settle(setup, state)
        setup <- settled$setup
        state <- settled$state
      }
      if (stopped != "interrupted") {
        setup$pilots <- judge_at_end(setup, so_far(stopped))
      }
      keep(stopped)
    },
    interrupt = function(condition) NULL
  )
  progress(NULL)
  if (stopped == "interrupted") {
    message(sprintf(
      "Interrupted in epoch %d of %d: this is the model so far.",
      min(state$epoch + 1L, epochs), epochs
    ))
  }
  warn_if_lost(so_far(stopped))
}

# What C keeps from step to step; see ffi_fit_begin.
core_state <- c("theta", "memory", "offsets", "fast", "words", "numbers",
                "tally", "batch")

history_columns <- c(
  "epoch", "seconds", "learning_rate", "reconstruction_error",
  "pseudo_log_lik", "pseudo_log_lik_se", "log_lik", "log_lik_se",
  "valid_pseudo_log_lik", "free_energy_gap", "valid_log_lik",
  "valid_log_lik_se", "weight_norm", "step_norm", "hidden_activity",
  "chain_rhat", "chain_ess", "chain_autocorrelation", "swap_rate",
  "meeting_time", "unmet"
)

# The history's row of an epoch, as far as C and the chains tell it.
new_row <- function(setup, state, report) {
  row <- stats::setNames(as.list(rep(NA_real_, length(history_columns))),
                         history_columns)
  row$epoch <- state$epoch
  row$seconds <- state$seconds
  row$learning_rate <- learning_rate_at(setup$control, state$epoch)
  row[names(report)] <- report
  if (look_is_due(setup$control, state$epoch, setup$cases$n)) {
    chains <- describe_chains(setup, state)
    row[names(chains)] <- chains
  }
  row
}

# Whether persistent chains stand for the model: copies of them run on for 200
# sweeps while the model stands still.
describe_chains <- function(setup, state) {
  trace <- look_at_chains(setup, state)
  if (NCOL(trace) >= least_chains) {
    about <- chain_diagnostics(trace)
    list(chain_rhat = about$rhat, chain_ess = about$ess,
         chain_autocorrelation = about$autocorrelation)
  }
}

# Free energies of the chains along the way, a column each, or NULL where there
# are none: with numbers of chance of their own.
look_at_chains <- function(setup, state) {
  if (state$epoch > 0L) {
    .Call(ffi_fit_look, plan_of(setup, state$epoch), setup$cases,
          state[core_state], count_looked_at(setup, state$epoch), look_sweeps,
          sub_key(setup$key, "look", state$epoch))
  }
}

look_sweeps <- 200L

# So few of the chains that a look moves them a tenth as often as the last two
# thousand updates did, or all updates where these are fewer: some twentieth of
# the time. All are as good as one another.
count_looked_at <- function(setup, epoch) {
  control <- setup$control
  updates <- min(2000, epoch * ceiling(setup$cases$n / control$batch_size))
  share <- updates * control$k / 10 / look_sweeps
  as.integer(min(control$chains, 1000L, max(20, share * control$chains)))
}

# Whether two thousand updates have passed since the last look.
look_is_due <- function(control, epoch, n) {
  looks <- c(epoch - 1, epoch) * ceiling(n / control$batch_size) / 2000
  diff(floor(looks)) > 0
}

# The row with what held-out cases and the likelihood say, and the state with
# the best model so far, where there is to be one.
judge <- function(setup, state, row) {
  control <- setup$control
  due <- control$evaluate_every > 0L &&
    (row$epoch %% control$evaluate_every == 0L || row$epoch == control$epochs)
  if (is.null(setup$valid) && !due) {
    return(list(row = row, state = state))
  }
  model <- model_of(setup, state[names(state) != "best"], list(), "epochs")
  model$x <- NULL
  if (!is.null(setup$valid)) {
    few <- spread_cases(setup$valid)
    row$valid_pseudo_log_lik <- mean(pseudo_log_lik(model, few))
    if (are_states(setup$valid) && are_states(setup$cases)) {
      row$free_energy_gap <- mean(free_energy(model, few)) -
        mean(free_energy(model, spread_cases(setup$cases)))
    }
  }
  if (due) {
    log_z <- log_z_along(model, setup$key, row$epoch)
    score <- function(cases) -mean(free_energy(model, cases)) - log_z$log_z
    row[c("log_lik", "log_lik_se")] <- list(score(setup$cases), log_z$se)
    if (!is.null(setup$valid)) {
      row[c("valid_log_lik", "valid_log_lik_se")] <-
        list(score(setup$valid), log_z$se)
    }
  }
  list(row = row, state = keep_best(control, state, row))
}

# The held-out score that decides is the log-likelihood, where that is found.
# Patience runs out only where there is a score: `waited` is how many epochs it
# has been the same best by then, counted from `since`.
keep_best <- function(control, state, row) {
  score <- if (control$evaluate_every > 0L) {
    row$valid_log_lik
  } else {
    row$valid_pseudo_log_lik
  }
  if (!is.finite(control$patience) || is.na(score)) {
    return(state)
  }
  if (is.null(state$best) || score > state$best$score) {
    state$best <- list(score = score, epoch = row$epoch, theta = state$theta)
    state$since <- row$epoch
  }
  state$waited <- row$epoch - state$since
  state
}

out_of_patience <- function(control, state) {
  !is.null(state$waited) && state$waited >= control$patience
}

# At most 1000 cases, evenly spread: the same ones in every epoch.
spread_cases <- function(cases) {
  if (cases$n <= 1000L) {
    return(cases)
  }
  take_cases(cases, floor(seq(1, cases$n, length.out = 1000L)))
}

# log Z by numbers of its own: training must not depend on whether somebody
# looks.
log_z_along <- function(object, key, epoch) {
  if (enumerable(object)) {
    return(exact_log_z(object))
  }
  ais_log_z(object, NULL, tol = 0.5, budget = 1e6, runs = 100L, level = 0.95,
            key = sub_key(key, "log_z", epoch))
}

# The model that a state stands for.
model_of <- function(setup, state, history, stopped, chains = NULL) {
  theta <- if (is.null(state$best)) state$theta else state$best$theta
  if (is.null(state$best)) {
    state["theta"] <- list(NULL) # it is the model's
  }
  parts <- split_parameters(theta, setup$names, setup$cases$units,
                            setup$hidden)
  new_rbm(
    parts$W, parts$b, parts$c, units = setup$units,
    image_dim = setup$image_dim,
    training = list(
      call = setup$call, n = setup$cases$n, hidden = setup$hidden,
      control = setup$given, settings = setup$control,
      history = history_frame(history), stopped = stopped,
      seconds = state$seconds, best_epoch = state$best$epoch,
      monitored = .Call(ffi_fit_monitored, setup$cases, setup$hidden),
      key = setup$key, base_log_odds = setup$base_log_odds,
      independent_log_lik = independent_score(setup$base_log_odds,
                                              setup$cases$n, setup),
      held_out = setup$held_out, data = setup$fingerprint, chains = chains,
      state = state, pilots = setup$pilots
    ),
    x = setup$x
  )
}

# A rate too large for this data can end far from anything without any parameter
# leaving its range.
warn_if_lost <- function(model) {
  score <- utils::tail(model$training$history$pseudo_log_lik, 1L)
  baseline <- model$training$independent_log_lik
  if (length(score) && score < 2 * baseline - 1) {
    warning(warningCondition(
      paste(sprintf(
        paste("The model is much worse than independent units: its",
              "pseudo-log-likelihood is %.1f nats per case, theirs %.1f."),
        score, baseline
      ), "Use a smaller `learning_rate`.", sep = "\n"),
      class = c("harmonium_warning_lost", "harmonium_warning"),
      call = entry_call()
    ))
  }
  model
}

# A list of rows, each a named list, as a data frame.
history_frame <- function(rows) {
  columns <- lapply(history_columns, function(name) {
    vapply(rows, `[[`, 0, name, USE.NAMES = FALSE)
  })
  names(columns) <- history_columns
  columns$epoch <- as.integer(columns$epoch)
  # As as.data.frame() makes it, in a hundredth of the time.
  structure(columns, class = "data.frame",
            row.names = .set_row_names(length(rows)))
}
