# The trainer's loop over epochs: one call of C each, a row of the history, and
# what the epoch is judged by. C holds the fit while it is under way; what it
# keeps from step to step, with `state`, is all that goes on, so that training
# can be resumed to the bit.

# Epoch after epoch, until all are done or somebody says stop.
train <- function(setup, state, history) {
  run <- new_run(setup, state, history)
  run$progress <- new_progress(setup$control$epochs, setup$verbose, setup$pilot)
  muted(TRUE, {
    tryCatch(
      run_epochs(run),
      interrupt = function(condition) run$stopped <- "interrupted"
    )
    tryCatch(finish(run), interrupt = function(condition) NULL)
  })
  run$progress(NULL)
  model <- so_far(run, run$stopped)
  if (run$stopped == "interrupted") {
    epochs <- run$setup$control$epochs
    message(sprintf(
      paste("Interrupted in epoch %d of %d: this is the model so far.",
            "rbm_resume() goes on."),
      min(run$state$epoch + 1L, epochs), epochs
    ))
  }
  warn_if_lost(model)
}

# A fit under way. `state` is replaced whole, so that an interrupt at any point
# finds it sound, and `kept` is where it stood when the file was written.
new_run <- function(setup, state, history) {
  run <- new.env(parent = emptyenv())
  if (is.null(setup$control$monitor_every)) {
    setup$control$monitor_every <- looks_apart(setup)
  }
  run$setup <- setup
  run$history <- history
  run$start <- proc.time()[["elapsed"]] - state$seconds
  run$inside <- .Call(ffi_fit_open, plan_of(setup), setup$cases,
                      state[core_state], state$epoch)
  run$state <- without_core(state)
  run$stopped <- "epochs"
  run$pace <- new_pace(setup$hardware$threads)
  run
}

without_core <- function(state) state[!names(state) %in% core_state]

# With what C keeps as it is now.
whole_state <- function(run) c(.Call(ffi_fit_state, run$inside), run$state)

run_epochs <- function(run) {
  control <- run$setup$control
  if (isTRUE(run$state$pending)) {
    run$stopped <- look(run)
  } else if (out_of_patience(control, run$state)) {
    run$stopped <- "patience"
  }
  while (run$state$epoch < control$epochs && run$stopped == "epochs") {
    run$stopped <- if (learn(run)) look(run) else "interrupted"
  }
}

# One epoch of training; FALSE where it was interrupted.
learn <- function(run) {
  control <- run$setup$control
  epoch <- run$state$epoch + 1L
  rate <- learning_rate_at(control, epoch)
  begun <- proc.time()[["elapsed"]]
  status <- .Call(ffi_fit_epoch, run$inside, rate, run$pace$threads,
                  is_monitored(control, epoch))
  run$pace <- next_pace(run$pace, proc.time()[["elapsed"]] - begun)
  if (status == "diverged") {
    abort_diverged(epoch, rate, so_far(run, "diverged"),
                   is.function(control$schedule))
  }
  catch_up(run)
  if (status == "interrupted") {
    run$state$seconds <- proc.time()[["elapsed"]] - run$start
  }
  status == "ok"
}

# What C has done since, in state and history: an interrupt may have come before
# anybody asked.
catch_up <- function(run) {
  done <- .Call(ffi_fit_report, run$inside)
  new <- run$state
  if (done$epoch > new$epoch) {
    new$epoch <- done$epoch
    new$seconds <- proc.time()[["elapsed"]] - run$start
    new$pending <- TRUE
    new <- average_along(run$setup$control, new, whole_state(run)$theta)
    run$history[[new$epoch]] <- new_row(run$setup, new, done$report)
    run$state <- new
  }
}

# All that looks at the model after an epoch: an interrupt within leaves a state
# that is still to be judged. Gives "epochs", or why training ends.
look <- function(run) {
  setup <- run$setup
  control <- setup$control
  row <- run$history[[run$state$epoch]]
  if (look_is_due(control, row$epoch, setup$cases$n)) {
    chains <- describe_chains(setup, whole_state(run))
    row[names(chains)] <- chains
  }
  state <- run$state
  if (is_judged(setup, row$epoch)) {
    judged <- judge(setup, whole_state(run), row)
    row <- judged$row
    state <- without_core(judged$state)
  }
  state$pending <- FALSE
  run$history[[row$epoch]] <- row
  run$state <- state
  run$progress(row)
  if (row$epoch %% control$checkpoint_every == 0L) {
    keep(run, "checkpoint")
  }
  if (out_of_patience(control, state)) {
    return("patience")
  }
  if (!is.null(setup$callback) &&
        !goes_on(setup$callback, row, function(why) so_far(run, why))) {
    return("callback")
  }
  "epochs"
}

# What comes after the last epoch.
finish <- function(run) {
  if (run$stopped != "interrupted") {
    run$chains <- describe_chains(run$setup, whole_state(run))
    if (run$stopped == "epochs") {
      settled <- settle(run$setup, whole_state(run))
      run$setup <- settled$setup
      run$state <- without_core(settled$state)
    }
    run$setup$pilots <- judge_at_end(run$setup, so_far(run, run$stopped))
  }
  keep(run, run$stopped)
}

# The model that the fit has come to.
so_far <- function(run, stopped) {
  if (stopped != "diverged") catch_up(run)
  state <- whole_state(run)
  model_of(run$setup, state, run$history[seq_len(state$epoch)], stopped,
           run$chains)
}

# Writes the file, where there is one and it does not hold this already.
keep <- function(run, stopped) {
  if (is.null(run$setup$checkpoint)) {
    return(invisible())
  }
  model <- so_far(run, stopped)
  now <- with(model$training$state, c(epoch, batch))
  if (!identical(now, run$kept) &&
        write_checkpoint(model, run$setup$checkpoint)) {
    run$kept <- now
  }
}

# What C keeps from step to step; see ffi_fit_begin.
core_state <- c("theta", "memory", "offsets", "fast", "filled", "chains",
                "ladders", "tally", "batch")

history_columns <- c(
  "epoch", "seconds", "learning_rate", "reconstruction_error",
  "pseudo_log_lik", "pseudo_log_lik_se", "log_lik", "log_lik_se",
  "valid_pseudo_log_lik", "free_energy_gap", "valid_log_lik",
  "valid_log_lik_se", "valid_accuracy", "valid_calibration", "weight_norm",
  "step_norm", "hidden_activity", "chain_rhat", "chain_ess",
  "chain_autocorrelation", "swap_rate", "meeting_time", "unmet"
)

# What files of format 6 may lack: the first of these are older.
later_columns <- c("valid_accuracy", "valid_calibration")

# The history's row of an epoch, as far as C and the chains tell it.
new_row <- function(setup, state, report) {
  names <- c(history_columns, deviance_columns(setup))
  row <- stats::setNames(as.list(rep(NA_real_, length(names))), names)
  row$epoch <- state$epoch
  row$seconds <- state$seconds
  row$learning_rate <- learning_rate_at(setup$control, state$epoch)
  row[names(report)] <- report
  row
}

# Whether the model is looked at after this epoch.
is_monitored <- function(control, epoch) {
  as.integer(epoch %% control$monitor_every == 0 || epoch == control$epochs)
}

# After how many epochs it is, where that is left to us: every one where
# somebody acts on what is seen, or where all looks take a twentieth of a
# second; else so many that they take a tenth of the time of training, but at
# least ten looks. Times are in nanoseconds, roughly those of one processor of
# 2020.
looks_apart <- function(setup) {
  control <- setup$control
  if (!is.null(setup$callback) || is.finite(control$patience)) {
    return(1L)
  }
  units <- c(setup$cases$units, setup$hidden)
  looked_at <- .Call(ffi_fit_monitored, setup$cases, setup$hidden,
                     setup$units) +
    if (is.null(setup$valid)) 0 else 2 * min(setup$valid$n, 1000)
  size <- if (is.null(setup$table)) sizes_of(setup)
  states <- if (is.null(size)) units[1L] else sum(size + 1)
  one <- states * setup$hidden * looked_at *
    if (is_binary(setup$cases)) 1 else 15
  updates <- ceiling(setup$cases$n / control$batch_size)
  chains <- control$chains *
    if (control$estimator == "pt") control$temperatures else 1
  drawn <- control$k * chains
  training <- updates *
    (prod(units) * (1 + 0.01 * (control$batch_size + 2 * drawn)) +
       (10 * sum(units) + 2 * sum(size)) * drawn)
  if (one * control$epochs < 5e7) {
    return(1L)
  }
  as.integer(max(1, min(ceiling(10 * one / training), control$epochs %/% 10)))
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

# Whether the likelihood is computed after this epoch.
is_evaluated <- function(control, epoch) {
  control$evaluate_every > 0L &&
    (epoch %% control$evaluate_every == 0L || epoch == control$epochs)
}

is_judged <- function(setup, epoch) {
  is_evaluated(setup$control, epoch) || looks_at_table(setup, epoch) ||
    (!is.null(setup$valid) && is_monitored(setup$control, epoch))
}

# What is learned of each kind of column, and of targets, is found some twenty
# times on the way.
looks_at_table <- function(setup, epoch) {
  control <- setup$control
  !is.null(setup$table) &&
    (epoch == control$epochs ||
       epoch %% max(control$monitor_every, ceiling(control$epochs / 20)) == 0)
}

# The row with what held-out cases and the likelihood say, and the state with
# the best model so far, where there is to be one.
judge <- function(setup, state, row) {
  control <- setup$control
  due <- is_evaluated(control, row$epoch)
  model <- model_of(setup, state[names(state) != "best"], list(), "epochs")
  model$x <- NULL
  if (!is.null(setup$table)) {
    return(judge_table(setup, state, row, model, due))
  }
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
  key <- sub_key(key, "log_z", epoch)
  if (is_general(object)) {
    return(general_ais(object, 0.5, 1e6, 100L, 0.95, key))
  }
  ais_log_z(object, NULL, tol = 0.5, budget = 1e6, runs = 100L, level = 0.95,
            key = key)
}

# The model that a state stands for.
model_of <- function(setup, state, history, stopped, chains = NULL) {
  theta <- if (is.null(state$best)) state$theta else state$best$theta
  if (is.null(state$best) && is.null(setup$table)) {
    state["theta"] <- list(NULL) # it is the model's
  }
  parts <- split_parameters(theta, setup$names, setup$cases$units,
                            setup$hidden)
  if (!is.null(setup$table)) {
    state$theta <- if (is.null(state$theta)) theta else state$theta
    parts <- zero_sum(parts, setup$table)
  }
  model <- new_rbm(
    parts$W, parts$b, parts$c, units = setup$units,
    d = if (length(parts$d)) {
      stats::setNames(parts$d, extra_names(setup$columns))
    },
    columns = setup$columns,
    image_dim = setup$image_dim,
    training = list(
      call = setup$call, n = setup$cases$n, hidden = setup$hidden,
      control = setup$given, settings = setup$control,
      history = history_frame(history), stopped = stopped,
      seconds = state$seconds, best_epoch = state$best$epoch,
      monitored = .Call(ffi_fit_monitored, setup$cases, setup$hidden,
                        setup$units),
      key = setup$key, base_log_odds = setup$base_log_odds,
      independent_log_lik = if (is.null(setup$table)) {
        independent_score(setup)
      } else {
        setup$independent_log_lik
      },
      held_out = setup$held_out, data = setup$fingerprint, chains = chains,
      state = state, pilots = setup$pilots
    ),
    x = setup$x
  )
  if (is.null(setup$table)) model else describe_table(model, setup)
}

# A rate too large for this data can end far from anything without any parameter
# leaving its range.
warn_if_lost <- function(model) {
  score <- newest_row(model$training$history, "pseudo_log_lik")$pseudo_log_lik
  baseline <- model$training$independent_log_lik
  if (length(score) &&
        score < 2 * baseline - 1 - 0.5 * length(model$b) / model$training$n) {
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
  # Rows of a fit that an older version began may have fewer columns.
  ends <- rows[intersect(c(1L, length(rows)), seq_along(rows))]
  all <- unique(c(history_columns, unlist(lapply(ends, names))))
  columns <- lapply(all, function(name) {
    vapply(rows, function(row) {
      if (is.null(row[[name]])) NA_real_ else row[[name]]
    }, 0, USE.NAMES = FALSE)
  })
  names(columns) <- all
  columns$epoch <- as.integer(columns$epoch)
  # As as.data.frame() makes it, in a hundredth of the time.
  structure(columns, class = "data.frame",
            row.names = .set_row_names(length(rows)))
}
