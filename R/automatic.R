# What rbm_fit() does where nothing is said of training by steps and the machine
# is too large for the exact maximum. Some cases are held out: a fifth where
# cases are scarce, by which pilots choose the weight decay and the chains
# before all cases are trained on; else a few, which stay out and judge the
# result. Chains are tempered where plain ones did not do.

# Weights up to which a fit is fast enough to be made whole by plain chains and
# again by tempered ones, and up to which ladders are tried where plain chains
# do not mix.
most_made_twice <- 20000
most_tempered <- 200000

# Whether only settings that do not belong to training by steps were given.
is_silent <- function(control, others) {
  untouched <- unclass(rbm_control())
  steps <- setdiff(names(untouched),
                   c("weight_decay", "starts", "threads", "estimator"))
  identical(unclass(control)[steps], untouched[steps]) && !others
}

# Whether weight decay is worth trying, by cases and hidden units.
is_scarce <- function(n, hidden) n <= 1000 || n < 50 * hidden

# Decays times cases: from the first up as long as it helps, and else down.
first_decay <- 4
more_decay <- c(16, 64)

# Where none helps, so many times the epochs, with these. As the rate falls more
# slowly, fewer sweeps an update do: the time is not twice that of the first.
longer <- 3L
longer_sweeps <- 2L
long_decay <- c(1, 0)

# Updates of a pilot that only tells which chains to use.
pilot_updates <- 1000

# Whether held-out cases can say how well a fit does: intensities have no
# likelihood.
can_judge <- function(cases) are_states(cases) && cases$n >= 10

is_large <- function(cases, hidden) {
  as.double(cases$units) * hidden > most_made_twice
}

# The chains of a first fit: tempered ones, which are slower and fail less,
# where no likelihood can tell that plain ones failed.
first_chains <- function(cases, hidden) {
  if (can_judge(cases) || is_large(cases, hidden)) "pcd" else "pt"
}

# Trains by `fit`, a function of the setup.
fit_automatically <- function(setup, fit) {
  muted(isFALSE(setup$verbose), fit_judged(setup, fit))
}

fit_judged <- function(setup, fit) {
  n <- setup$cases$n
  if (!can_judge(setup$cases)) {
    return(fit(setup))
  }
  scarce <- is_scarce(n, setup$hidden) && is.null(setup$given$weight_decay)
  large <- is_large(setup$cases, setup$hidden)
  held <- hold_some_out(setup, if (scarce) n / 5 else min(n / 10, 1000))
  found <- tryCatch(
    {
      against <- baseline_scores(setup, held$cases, held$valid)
      if (scarce || large) {
        run_pilots(setup, held, against, fit, scarce, large)
      }
    },
    harmonium_pilots = function(condition) {
      list(interrupted = unfinished(condition$model, setup))
    },
    interrupt = function(condition) list(interrupted = none_so_far(setup))
  )
  if (!is.null(found$interrupted)) {
    return(found$interrupted)
  }
  if (!is.null(found)) {
    setup$control <- found$control
  }
  if (scarce) {
    setup$pilots <- found$pilots
    if (!found$pilots$kept) {
      setup$control$epochs <- 1L # of a model that is not kept
    }
  } else {
    setup[c("cases", "valid")] <- held[c("cases", "valid")]
    setup$held_out <- held$rows
    setup$fingerprint <- fingerprint(held)
    setup$base_log_odds[] <- start_rates(setup)
    setup$pilots <- c(list(held_out = held$valid$n, automatic = TRUE,
                           refitted = FALSE), against)
    if (!large) {
      return(fit_either_way(setup, fit))
    }
  }
  fit(setup)
}

# By plain chains and, where these did not do, by tempered ones: the model of
# the two that does better on the held-out cases.
fit_either_way <- function(setup, fit) {
  tryCatch({
    plain <- found_by(setup, fit)
    if (!wants_ladders(plain, setup$pilots, setup)) {
      return(plain$model)
    }
    if (setup$verbose) {
      message("Chains do not mix, or simpler models do better: training ",
              "starts again\nwith tempered chains.")
    }
    tempered <- setup
    tempered$control <- with_ladders(setup)
    tempered$pilots$plain <- plain[c("score", "se")]
    if (is.null(plain$model)) {
      return(fit(tempered))
    }
    found <- found_by(tempered, fit)
    if (found$score > plain$score) found$model else plain$model
  }, harmonium_pilots = function(condition) unfinished(condition$model, setup),
  interrupt = function(condition) none_so_far(setup))
}

# A fit that was judged by its held-out cases; none where it diverged.
found_by <- function(setup, fit) {
  model <- fit_quietly(setup, fit)
  judged <- model$training$pilots
  list(model = model, rhat = rhat_of(model),
       score = if (is.null(judged)) -Inf else judged$score,
       se = if (is.null(judged)) 0 else judged$se)
}

none_so_far <- function(setup) {
  message("Interrupted among pilots: the model so far is independent columns.",
          " rbm_resume()\nbegins anew.")
  unfinished(columns_alone(setup), setup)
}

hold_some_out <- function(setup, count) {
  cases <- setup$cases
  u <- drop(.Call(ffi_uniforms, sub_key(setup$key, "split"), "start", 0, 0,
                  cases$n, 1L))
  rows <- sort(order(u)[seq_len(max(1, round(count)))])
  list(cases = take_cases(cases, setdiff(seq_len(cases$n), rows)),
       valid = take_cases(cases, rows), rows = rows)
}

# Pilots that differ by weight decay, where cases are `scarce`, and by chains,
# where plain ones do not do; short ones where the machine is `large`. A list of
# the `control` that did best and of what the `pilots` found.
run_pilots <- function(setup, held, against, fit, scarce, large) {
  n <- setup$cases$n
  pilot <- setup
  pilot$cases <- held$cases
  pilot[c("checkpoint", "x")] <- list(NULL)
  tried <- list()
  attempt <- function(control, times) {
    control$weight_decay <- times / n
    pilot$control <- control
    pilot$key <- sub_key(setup$key, "pilot", length(tried))
    pilot$pilot <- length(tried) + 1L
    found <- run_pilot(if (scarce) pilot else shorter(pilot), held$valid, fit)
    found[c("control", "times")] <- list(control, times)
    tried[[length(tried) + 1L]] <<- found[names(found) != "model"]
    found
  }
  better <- function(one, other) if (other$score > one$score) other else one
  # The best decay for these chains, from the first one up or down.
  walk <- function(control) {
    best <- attempt(control, first_decay)
    for (times in more_decay) {
      found <- attempt(control, times)
      if (found$score <= best$score) break
      best <- found
    }
    if (best$times == first_decay) {
      best <- better(best, attempt(control, 0))
    }
    if (best$times == 0 && !large) {
      control$epochs <- longer * control$epochs
      control$k <- min(control$k, longer_sweeps)
      for (times in long_decay) {
        best <- better(best, attempt(control, times))
      }
    }
    best
  }
  best <- if (scarce) {
    walk(setup$control)
  } else {
    attempt(setup$control, setup$control$weight_decay * n)
  }
  # A decay may win because it makes chains mix that do not with less.
  worst <- list(score = best$score,
                rhat = max(vapply(tried, `[[`, 0, "rhat")))
  if (wants_ladders(worst, against, setup)) {
    ladders <- with_ladders(setup)
    best <- better(best, if (scarce && !large) {
      walk(ladders)
    } else {
      attempt(ladders, best$times)
    })
  }
  pick <- function(name) vapply(tried, `[[`, 0, name)
  control <- best$control
  control$weight_decay <- best$times / n
  list(control = control, pilots = c(
    list(decay = pick("times") / n, score = pick("score"), se = pick("se"),
         tempered = vapply(tried, function(found) {
           found$control$estimator == "pt"
         }, NA), held_out = held$valid$n, automatic = TRUE, refitted = TRUE,
         kept = best$score > against$independent,
         fallback = if (!is.null(best$model)) flat_parameters(best$model)),
    against
  ))
}

# A fit, how held-out cases score under it, and whether its chains mix.
run_pilot <- function(setup, test, fit) {
  model <- fit_quietly(setup, fit)
  if (is.null(model)) {
    return(list(score = -Inf, se = 0, rhat = Inf))
  }
  c(list(model = model, rhat = rhat_of(model)),
    held_out_score(model, setup, test, 1))
}

# NULL where training diverged. An interrupt ends all pilots.
fit_quietly <- function(setup, fit) {
  model <- tryCatch(
    withCallingHandlers(fit(setup), harmonium_warning = function(w) {
      invokeRestart("muffleWarning")
    }),
    harmonium_diverged = function(error) NULL
  )
  if (identical(model$training$stopped, "interrupted")) {
    signalCondition(pilots_interrupted(model))
  }
  model
}

rhat_of <- function(model) {
  rhat <- model$training$chains$chain_rhat
  if (length(rhat)) rhat else NA_real_
}

# The mean log-likelihood of cases; the rows of the training data are where the
# model has been told to have its states.
held_out_score <- function(model, setup, cases, epoch) {
  if (!is.null(setup$table)) {
    log_z <- log_z_along(model, setup$key, epoch)
    return(list(score = mean_table_log_lik(
      model, setup, cases, log_z$log_z, sub_key(setup$key, "probe")
    ), se = log_z$se))
  }
  model["x"] <- list(some_rows(setup$cases))
  log_z <- log_z_along(model, setup$key, epoch)
  list(score = -mean(free_energy(model, cases)) - log_z$log_z, se = log_z$se)
}

some_rows <- function(cases) {
  few <- spread_cases(cases)
  pick_rows(few, seq_len(few$n))
}

# A setup whose training has so few updates that it only tells how chains do.
shorter <- function(setup) {
  batch <- setup$control$batch_size
  setup$cases <- take_cases(
    setup$cases, evenly(setup$cases$n, pilot_updates * batch)
  )
  updates <- ceiling(setup$cases$n / batch)
  setup$control$epochs <- as.integer(max(1, round(pilot_updates / updates)))
  setup
}

# Whether ladders are worth a pilot, after what a plain one found.
wants_ladders <- function(found, against, setup) {
  worse <- found$score < max(against$independent, against$tree, na.rm = TRUE)
  size <- as.double(setup$cases$units) * setup$hidden
  worse ||
    (size <= most_tempered && !isTRUE(found$rhat <= out_of_step))
}

with_ladders <- function(setup) {
  choose_settings(setup$given, setup$cases$n, hidden = setup$hidden,
                  automatic = "pt", size = setup$cases$size,
                  real = isTRUE(setup$real))
}

pilots_interrupted <- function(model) {
  structure(
    class = c("harmonium_pilots", "condition"),
    list(message = "interrupted", call = NULL, model = model)
  )
}

# The model before any training.
columns_alone <- function(setup) {
  state <- list(theta = independent_theta(setup), epoch = 0L, seconds = 0)
  model_of(setup, state, list(), "interrupted")
}

independent_theta <- function(setup) {
  if (!is.null(setup$table)) {
    alone <- setup$alone
    return(.Call(ffi_model_join, matrix(0, setup$cases$units, setup$hidden),
                 alone$b, numeric(setup$hidden), alone$d))
  }
  .Call(ffi_model_join, matrix(0, setup$cases$units, setup$hidden),
        as.double(setup$base_log_odds), numeric(setup$hidden), NULL)
}

# The model of an interrupted pilot as that of the whole fit, which has still to
# be made.
unfinished <- function(model, setup) {
  model["x"] <- list(setup$x)
  model$training[c("n", "data", "settings")] <-
    list(setup$cases$n, setup$fingerprint, setup$control)
  model$training["state"] <- list(NULL)
  model$training$pilots <- list(unfinished = TRUE)
  model
}

# What held-out cases of the user's own choice say of a fit: their likelihood,
# where it was found on the way or can be exact, beside simpler models.
judge_at_end <- function(setup, model) {
  if (isTRUE(setup$pilots$automatic)) {
    return(setup$pilots)
  }
  if (is.null(setup$valid) || !are_states(setup$valid) ||
        !are_states(setup$cases) || !nrow(model$training$history)) {
    return(NULL)
  }
  row <- row_of_model(model$training)
  found <- list(score = row$valid_log_lik, se = row$valid_log_lik_se)
  if (is.na(found$score)) {
    if (!enumerable(model)) {
      return(NULL)
    }
    found <- held_out_score(model, setup, setup$valid, 1)
  }
  c(list(held_out = setup$valid$n, automatic = FALSE, refitted = FALSE,
         kept = TRUE), found,
    baseline_scores(setup, setup$cases, setup$valid))
}

# Held-out scores of independent columns and, up to a thousand of these, of a
# tree, in nats per case, learned from as many cases as take seconds.
baseline_scores <- function(setup, train, test) {
  if (!is.null(setup$table)) {
    return(table_baseline(setup, train, test))
  }
  train <- take_cases(train, evenly(train$n, max(1000, 4e6 / train$units)))
  list(
    independent = mean(columns_log_prob(column_rates(train), test)),
    tree = if (train$units <= 1000L) {
      tree_score(train, rep(1, train$n), test, rep(1, test$n))
    } else {
      NA_real_
    }
  )
}

# What print() says of held-out cases.
pilots_in_words <- function(training) {
  pilots <- training$pilots
  if (is.null(pilots)) {
    return(NULL)
  }
  if (isTRUE(pilots$unfinished)) {
    return("rbm_resume() makes this fit anew, from its beginning")
  }
  if (is.null(pilots$score)) {
    return(NULL)
  }
  best <- max(pilots$score)
  se <- pilots$se[which.max(pilots$score)]
  tree <- if (is.na(pilots$tree)) "" else sprintf(", tree %.2f", pilots$tree)
  with <- if (is.null(pilots$decay)) {
    ""
  } else {
    sprintf(" with weight decay %.2g", pilots$decay[which.max(pilots$score)])
  }
  how <- if (pilots$refitted) {
    ", then all refitted"
  } else if (!is.null(pilots$decay) && pilots$kept) {
    " for good, a fit to all being worse"
  } else {
    ""
  }
  c(
    sprintf("%s held out%s, nats per case:", counted(pilots$held_out, "case"),
            how),
    sprintf("  %.2f%s%s; independent %.2f%s", best,
            doubt_in_words(se), with,
            pilots$independent, tree),
    plain_in_words(training),
    if (!pilots$kept) {
      c("  WORSE than independent columns, which are the model here:",
        "  nothing was learned. Use fewer `hidden` units or more cases")
    } else if (best < pilots$independent - 2 * se) {
      c("  WORSE than independent columns: use a `weight_decay`, fewer epochs,",
        "  or leave the settings of training out")
    } else if (!is.na(pilots$tree) && best < pilots$tree - 2 * se) {
      "  WORSE than a tree of columns: try another number of `hidden` units"
    }
  )
}

# Why chains are tempered.
plain_in_words <- function(training) {
  pilots <- training$pilots
  plain <- pilots$plain
  at <- which(!c(pilots$tempered, TRUE))
  if (length(at)) {
    best <- at[which.max(pilots$score[at])]
    plain <- list(score = pilots$score[best], se = pilots$se[best])
  }
  if (is.null(plain) || training$settings$estimator != "pt") {
    return(NULL)
  }
  if (is.finite(plain$score)) {
    sprintf("  Plain chains had %.2f%s there, so these are tempered",
            plain$score, doubt_in_words(plain$se))
  } else {
    "  Plain chains diverged, so these are tempered"
  }
}

# The mean of the parameters over the last quarter of the epochs, kept along.
average_along <- function(control, state, theta) {
  first <- floor(0.75 * control$epochs) + 1
  if (!isTRUE(control$average) || state$epoch < first) {
    return(state)
  }
  count <- state$epoch - first + 1
  if (is.null(state$mean)) {
    count <- 1
    state$mean <- theta
  }
  state$mean <- state$mean + (theta - state$mean) / count
  state
}

# At the end of training, a list of setup and state: the last parameters or
# their mean, by the log-likelihood of the held-out cases, or of those at hand;
# those of the best pilot, where they do better than a fit to all cases on cases
# that only the fit has seen; independent columns where these do better on
# held-out cases.
settle <- function(setup, state) {
  judging <- isTRUE(setup$pilots$automatic) && is.null(setup$pilots$decay)
  likelihood_at <- function(theta, cases) {
    now <- state
    now["best"] <- list(NULL)
    now$theta <- theta
    held_out_score(model_of(setup, now, list(), "epochs"), setup, cases,
                   state$epoch)
  }
  if (are_states(setup$cases) && (judging || !is.null(state$mean))) {
    cases <- spread_cases(if (judging) setup$valid else setup$cases)
    found <- likelihood_at(state$theta, cases)
    if (!is.null(state$mean)) {
      mean <- likelihood_at(state$mean, cases)
      if (mean$score > found$score) {
        found <- mean
        state$best <- list(score = mean$score, epoch = state$epoch,
                           theta = state$mean)
      }
    }
    if (judging) {
      setup$pilots[c("score", "se")] <- found
      setup$pilots$kept <- found$score > setup$pilots$independent
    }
  }
  fallback <- setup$pilots$fallback
  if (!is.null(fallback) && setup$pilots$kept) {
    held <- hold_some_out(setup, setup$cases$n / 5)$valid
    theta <- if (is.null(state$best)) state$theta else state$best$theta
    best <- max(setup$pilots$score)
    setup$pilots$refitted <- likelihood_at(theta, held)$score >= best
    if (!setup$pilots$refitted) {
      state$best <- list(score = best, epoch = state$epoch, theta = fallback)
    }
  }
  if (identical(setup$pilots$kept, FALSE)) {
    state$best <- list(score = setup$pilots$independent, epoch = state$epoch,
                       theta = independent_theta(setup))
  }
  setup$pilots$fallback <- NULL
  list(setup = setup, state = state)
}
