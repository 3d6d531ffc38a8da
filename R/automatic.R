# What rbm_fit() does where nothing is said of training by steps and the machine
# is too large for the exact maximum: tempered chains where they are affordable,
# a weight decay that is chosen by held-out cases where there are few, and the
# mean of the last parameters where that is better than the last.

# Weights up to which ladders of temperatures are affordable.
most_tempered <- 20000

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

# Trains by `fit`, a function of the setup, on all cases; before that, where
# cases are scarce, on four fifths of them for each decay that is tried.
fit_automatically <- function(setup, fit) {
  n <- setup$cases$n
  if (!is_binary(setup$cases) || !is_scarce(n, setup$hidden) || n < 10 ||
        !is.null(setup$given$weight_decay)) {
    return(fit(setup))
  }
  u <- drop(.Call(ffi_uniforms, move_key(setup$key, 2^29), "start", 0, 0, n,
                  1L))
  held <- sort(order(u)[seq_len(round(n / 5))])
  pilot_setup <- setup
  pilot_setup$cases <- take_cases(setup$cases, setdiff(seq_len(n), held))
  pilot_setup["checkpoint"] <- list(NULL)
  pilot_setup["x"] <- list(NULL)
  pilot_setup$verbose <- FALSE
  test <- take_cases(setup$cases, held)
  tried <- list()
  interrupted <- NULL
  try_decay <- function(times) {
    pilot_setup$control$weight_decay <- times / n
    pilot_setup$key <- move_key(setup$key, 2^28 + length(tried))
    model <- tryCatch(
      withCallingHandlers(fit(pilot_setup), harmonium_warning = function(w) {
        invokeRestart("muffleWarning")
      }),
      harmonium_diverged = function(error) NULL
    )
    if (is.null(model)) {
      tried[[length(tried) + 1L]] <<- c(times = times, score = -Inf, se = 0)
      return(-Inf)
    }
    if (model$training$stopped == "interrupted") {
      interrupted <<- model
      return(-Inf)
    }
    log_z <- log_z_along(model, pilot_setup$key, 1)
    score <- -mean(free_energy(model, test)) - log_z$log_z
    tried[[length(tried) + 1L]] <<- c(times = times, score = score,
                                      se = log_z$se)
    score
  }
  best <- try_decay(first_decay)
  for (times in more_decay) {
    if (!is.null(interrupted)) break
    score <- try_decay(times)
    if (score <= best) break
    best <- score
  }
  if (is.null(interrupted) && length(tried) == 2L) {
    try_decay(0)
  }
  if (!is.null(interrupted)) {
    interrupted["x"] <- list(setup$x)
    return(interrupted)
  }
  baselines <- baseline_scores(pilot_setup$cases, test)
  tried <- do.call(rbind, tried)
  top <- tried[which.max(tried[, "score"]), ]
  setup$pilots <- list(
    decay = tried[, "times"] / n, score = tried[, "score"],
    se = tried[, "se"], held_out = length(held),
    independent = baselines[["independent"]], tree = baselines[["tree"]],
    kept = top[["score"]] > baselines[["independent"]]
  )
  setup$control$weight_decay <- top[["times"]] / n
  fit(setup)
}

move_key <- function(key, by) c(key[1L], (key[2L] + by) %% 2^32)

# Held-out scores of independent columns and, up to a thousand of these, of a
# tree, in nats per case.
baseline_scores <- function(train, test) {
  rows <- pick_rows(train, seq_len(train$n))
  held <- pick_rows(test, seq_len(test$n))
  p <- (colSums(rows) + 0.5) / (train$n + 1)
  mean <- colMeans(held)
  c(independent = sum(mean * log(p) + (1 - mean) * log1p(-p)),
    tree = if (ncol(rows) <= 1000L) {
      tree_log_lik(chow_liu(rows, rep(1, train$n)), held, rep(1, test$n))
    } else {
      NA_real_
    })
}

# What print() says of the decays that were tried.
pilots_in_words <- function(training) {
  pilots <- training$pilots
  if (is.null(pilots)) {
    return(NULL)
  }
  best <- max(pilots$score)
  at <- which.max(pilots$score)
  tree <- if (is.na(pilots$tree)) "" else sprintf(", tree %.2f", pilots$tree)
  c(
    sprintf("%s held out, then all refitted, nats per case:",
            counted(pilots$held_out, "case")),
    sprintf("  %.2f%s with weight decay %.2g; independent %.2f%s", best,
            if (pilots$se[at] > 0) sprintf(" (s.e. %.2g)", pilots$se[at]) else
              "", pilots$decay[at], pilots$independent, tree),
    if (!pilots$kept) {
      c("  WORSE than independent columns, which are the model here:",
        "  nothing was learned. Use fewer `hidden` units or more cases")
    } else if (!is.na(pilots$tree) && best < pilots$tree - 2 *
                 pilots$se[at]) {
      "  WORSE than a tree of columns: try another number of `hidden` units"
    }
  )
}

# The mean of the parameters over the last quarter of the epochs, kept along.
average_along <- function(control, state) {
  first <- floor(0.75 * control$epochs) + 1
  if (!isTRUE(control$average) || state$epoch < first) {
    return(state)
  }
  count <- state$epoch - first + 1
  if (is.null(state$mean)) {
    count <- 1
    state$mean <- state$theta
  }
  state$mean <- state$mean + (state$theta - state$mean) / count
  state
}

# The last parameters or their mean, by the log-likelihood of the cases at hand;
# independent columns where these did better on held-out cases.
settle <- function(setup, state) {
  if (identical(setup$pilots$kept, FALSE)) {
    theta <- numeric(length(state$theta))
    theta[as.double(setup$cases$units) * setup$hidden +
            seq_len(setup$cases$units)] <- setup$base_rates
    state$best <- list(score = setup$pilots$independent, epoch = state$epoch,
                       theta = theta)
    return(state)
  }
  if (is.null(state$mean) || !is_binary(setup$cases)) {
    return(state)
  }
  cases <- spread_cases(setup$cases)
  score <- function(theta) {
    state$best <- NULL
    state$theta <- theta
    model <- model_of(setup, state, list(), "epochs")
    log_z <- log_z_along(model, setup$key, state$epoch)
    -mean(free_energy(model, cases)) - log_z$log_z
  }
  last <- score(state$theta)
  mean <- score(state$mean)
  if (mean > last) {
    state$best <- list(score = mean, epoch = state$epoch, theta = state$mean)
  }
  state
}
