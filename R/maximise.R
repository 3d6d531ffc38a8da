# The maximum of the exact penalised log-likelihood, by a quasi-Newton method
# from several starts, and the strength of the penalty by cross-validation: what
# rbm_fit() does where the machine and the table are small.
#
# The parameters are those of the centred form, W, b* = b + W / 2 and c* = c +
# W'm, m being the means of the columns. The penalty, in nats in total, is
#
#   sum_ij W_ij^2 / (2 s^2) + (1 / 2) sum (softplus(x) + softplus(-x))
#
# the second sum over all b* and c*: weights are normal with standard deviation
# s, and each unit is counted half a time on and half a time off besides. A unit
# that counts to m is penalised as m tied units of 0 and 1: m W_ij^2.

# One evaluation visits so many numbers: states of the walk and inputs of cases,
# whose zeros cost nothing. Counts have few, and a layer of them is not walked.
evaluation_cost <- function(cases, hidden) {
  units <- c(cases$units, hidden)
  if (!is.null(cases$size)) {
    return((2^hidden + 3 * as.double(cases$n)) * cases$units * hidden)
  }
  2^min(units) * max(units) + as.double(cases$n) * hidden
}

# An evaluation takes no more than a hundredth of a second or so.
most_evaluated <- 1.5e6

# The standard deviations of weights that are tried, in a path of fits that go
# on from each other. 0 stands for independent columns.
first_spread <- 2
spread_paths <- list(wider = c(3, 5, 10, 30, 100),
                     narrower = c(1.5, 1, 0.7, 0.4))

# Iterations of fits that are only compared.
most_compared <- 1000L

# Equal cases as one, with how often they come, or the sum of their weights; and
# which of them each case is.
distinct_cases <- function(cases, weights = NULL) {
  rows <- pick_rows(cases, seq_len(cases$n))
  key <- do.call(paste, lapply(seq_len(ncol(rows)), function(i) rows[, i]))
  first <- which(!duplicated(key))
  of <- match(key, key[first])
  weights <- if (is.null(weights)) rep(1, cases$n) else weights
  list(cases = take_cases(cases, first), of = of, weights = weights,
       counts = as.double(rowsum(weights, of)))
}

# Cases one by one for folds: where weights are numbers of cases, each of these.
spread_out <- function(distinct) {
  weights <- distinct$weights
  if (all(weights == round(weights)) && sum(weights) <= 1e6) {
    return(list(row = rep(seq_along(distinct$counts), distinct$counts),
                weight = rep(1, sum(weights))))
  }
  list(row = distinct$of, weight = weights)
}

# A problem to be maximised: weighted distinct cases and a number of hidden
# units, and a law: functions of its parameters theta, which are those of units
# of 0, 1 and counts here, and of tables in R/table-fit.R. `counts` may have
# zeros.
likelihood_problem <- function(distinct, counts, setup) {
  if (is_table(distinct$cases)) {
    return(table_problem(distinct, counts, setup))
  }
  kept <- which(counts > 0)
  cases <- take_cases(distinct$cases, kept)
  counts <- counts[kept]
  list(cases = cases, counts = counts, n = sum(counts), hidden = setup$hidden,
       units = cases$units, mean = column_means(cases, counts),
       size = most_of(cases), kinds = setup$units, hardware = setup$hardware,
       law = plain_law())
}

# What a law has: the model of theta, and theta of a model; the penalised loss,
# and what theta is scaled by and bounded by; random starts; and how probable
# cases are, under independent columns, a model and a tree.
plain_law <- function() {
  list(model = plain_model, theta = plain_theta, loss = plain_loss,
       scale = plain_scale, upper = function(problem) 1e3, start = plain_start,
       alone_log_prob = plain_alone_log_prob, log_prob = plain_log_prob,
       tree_score = function(train, test) {
         tree_score(train$cases, train$counts, test$cases, test$counts)
       })
}

# The parts of the model of theta.
uncentred <- function(theta, problem) problem$law$model(theta, problem)

# theta of a model.
centred <- function(model, problem) problem$law$theta(model, problem)

# The mean loss with the penalty over n, and its gradient by theta. `decay` is
# the weight decay per case, 1 / (n s^2); 0 leaves the biases alone too.
penalised_loss <- function(theta, problem, decay) {
  problem$law$loss(theta, problem, decay)
}

# Start number `start`.
start_of <- function(start, problem, key) {
  problem$law$start(start, problem, key)
}

parts_of <- function(theta, problem) {
  nv <- problem$units
  nh <- problem$hidden
  list(W = matrix(theta[seq_len(nv * nh)], nv, nh),
       b = theta[nv * nh + seq_len(nv)], c = theta[nv * nh + nv + seq_len(nh)])
}

# From the centred parameters, W by columns, to those of the model.
plain_model <- function(theta, problem) {
  parts <- parts_of(theta, problem)
  list(W = parts$W, b = parts$b - rowSums(parts$W) / 2,
       c = parts$c - drop(crossprod(parts$W, problem$mean)),
       units = problem$kinds)
}

plain_loss <- function(theta, problem, decay) {
  nv <- problem$units
  nh <- problem$hidden
  found <- .Call(ffi_likelihood, plain_model(theta, problem), problem$cases,
                 problem$counts, problem$hardware)
  slopes <- .Call(ffi_model_split, found$gradient, nv, nh)
  gradient <- c(slopes$W - slopes$b / 2 - outer(problem$mean, slopes$c),
                slopes$b, slopes$c)
  value <- -found$log_lik
  if (decay > 0) {
    weights <- seq_len(nv * nh)
    bias <- theta[-weights]
    value <- value + decay * sum(problem$size * theta[weights]^2) / 2 +
      sum(softplus(bias) + softplus(-bias)) / 2 / problem$n
    gradient <- gradient +
      c(decay * problem$size * theta[weights],
        (stats::plogis(bias) - 0.5) / problem$n)
  }
  list(value = value, gradient = gradient, log_lik = found$log_lik)
}

# From one start to a maximum. optim() asks for value and gradient one after the
# other, of the same parameters, and works on what the square roots of sizes
# multiply: the more a unit counts, the more its parameters weigh. `path` has a
# row for each better value on the way, which `note` is told of.
to_maximum <- function(theta, problem, decay, iterations, note = NULL,
                       tolerance = 1e-11) {
  last <- NULL
  best <- Inf
  path <- list()
  weights <- seq_len(problem$units * problem$hidden)
  look <- function(theta) {
    if (is.null(last) || !identical(theta, last$theta)) {
      last <<- c(penalised_loss(theta, problem, decay), list(theta = theta))
      if (last$value < best) {
        best <<- last$value
        path[[length(path) + 1L]] <<-
          c(log_lik = last$log_lik, weight_norm = sqrt(sum(theta[weights]^2)),
            seconds = proc.time()[["elapsed"]])
        if (!is.null(note)) note(last)
      }
    }
    last
  }
  out <- stats::optim(
    theta, function(theta) look(theta)$value,
    function(theta) look(theta)$gradient, method = "L-BFGS-B",
    lower = -1e3, upper = problem$law$upper(problem),
    control = list(lmm = 20L, factr = tolerance / .Machine$double.eps,
                   pgtol = 0, maxit = iterations,
                   parscale = problem$law$scale(problem))
  )
  found <- look(out$par)
  if (!is.null(progress$done)) progress$done()
  list(theta = out$par, value = found$value,
       gradient = sqrt(sum(found$gradient^2)),
       converged = out$convergence == 0L, path = do.call(rbind, path))
}

plain_scale <- function(problem) {
  scale <- 1 / sqrt(problem$size)
  c(rep(scale, problem$hidden), scale, rep(1, problem$hidden))
}

# Normal weights, the log odds of the columns, c* = 0.
plain_start <- function(start, problem, key) {
  weights <- .Call(ffi_fit_start, problem$cases, problem$hidden, 1,
                   sub_key(key, "part", start), problem$hardware)
  W <- .Call(ffi_model_split, weights, problem$units, problem$hidden)$W
  c(W / sqrt(problem$size), stats::qlogis(column_rates(problem$cases,
                                                   problem$counts)),
    numeric(problem$hidden))
}

# The best of several starts, with all their values.
best_start <- function(problem, decay, starts, key, iterations, own = NULL,
                       note = NULL, tolerance = 1e-11) {
  from <- lapply(seq_len(starts), start_of, problem, key)
  found <- lapply(c(if (!is.null(own)) list(own), from), to_maximum, problem,
                  decay, iterations, note, tolerance)
  values <- vapply(found, `[[`, 0, "value")
  c(found[[which.min(values)]], list(values = values))
}

# Fits along the path of spreads, each from the one before; a list by spread.
# They are only compared, so they need not be as close to their maxima.
spread_path <- function(problem, effort, key, iterations) {
  at <- function(s) 1 / (problem$n * s^2)
  first <- best_start(problem, at(first_spread), effort$fold_starts, key,
                      iterations, tolerance = effort$rough)
  path <- stats::setNames(list(first), first_spread)
  for (spreads in effort$paths) {
    last <- first
    for (s in spreads) {
      last <- to_maximum(last$theta, problem, at(s), iterations,
                         tolerance = effort$rough)
      path[[as.character(s)]] <- last
    }
  }
  path
}

# Mean held-out log-likelihoods of the fits along the path, each fold fitted
# afresh, of independent columns ("0") and of a tree ("tree"), and the standard
# errors of what the fits gain over independent columns, case by case. Only the
# first `effort$used` folds are held out.
cross_validate <- function(distinct, setup, effort, key, iterations) {
  single <- spread_out(distinct)
  row <- single$row
  n <- length(row)
  folds <- min(effort$folds, n)
  u <- drop(.Call(ffi_uniforms, sub_key(key, "split"), "start", 0, 0, n, 1L))
  fold <- integer(n)
  fold[order(u)] <- rep_len(seq_len(folds), n)
  scores <- lapply(seq_len(min(effort$used, folds)), function(k) {
    mine <- fold == k
    held <- numeric(length(distinct$counts))
    sums <- rowsum(single$weight[mine], row[mine])
    held[as.integer(rownames(sums))] <- sums
    left <- pmax(distinct$counts - held, 0)
    left[left < 1e-9 * distinct$counts] <- 0
    train <- likelihood_problem(distinct, left, setup)
    test <- likelihood_problem(distinct, held, setup)
    path <- spread_path(train, effort, key, iterations)
    alone <- train$law$alone_log_prob(train, test)
    by_case <- do.call(cbind, lapply(path, function(fit) {
      test$law$log_prob(uncentred(fit$theta, train), test)
    }))
    list(
      sums = colSums(cbind("0" = alone, by_case) * test$counts),
      tree = train$law$tree_score(train, test) * test$n,
      squares = colSums((by_case - alone)^2 * test$counts), n = test$n
    )
  })
  total <- function(part) Reduce(`+`, lapply(scores, `[[`, part))
  n <- total("n")
  mean <- total("sums") / n
  gain <- mean[-1L] - mean[[1L]]
  list(path = c(tree = total("tree") / n, mean),
       se = sqrt(pmax(total("squares") / n - gain^2, 0) / n), n = n)
}

# That of the cases of a problem under independent columns of another.
plain_alone_log_prob <- function(train, test) {
  columns_log_prob(column_rates(train$cases, train$counts), test$cases)
}

# The log-probability of each distinct case of a problem.
plain_log_prob <- function(model, problem) {
  rising <- -free_energy(model, problem$cases)
  mean <- .Call(ffi_likelihood, model, problem$cases, problem$counts,
                problem$hardware)$log_lik
  rising - sum(rising * problem$counts) / problem$n + mean
}

# How much is spent on an answer, by what one evaluation costs.
effort_of <- function(cost, n) {
  if (cost <= 2e4) {
    return(list(starts = 20L, fold_starts = 5L, folds = 5L, used = 5L,
                paths = spread_paths, rough = 1e-8))
  }
  starts <- as.integer(max(1, min(20, floor(5e5 / cost))))
  if (cost <= 1e5) {
    return(list(starts = starts, fold_starts = 2L, folds = 5L, used = 5L,
                paths = list(wider = c(5, 30), narrower = c(1, 0.5)),
                rough = 1e-6))
  }
  list(starts = starts, fold_starts = 1L, folds = 5L,
       used = if (n < 3000) 1L else 0L,
       paths = list(wider = 5, narrower = c(1, 0.5)), rough = 1e-6)
}

# Whether the settings of a fit ask for the maximum: said so, or with nothing
# said of training by steps, and at a cost that nobody minds.
wants_maximum <- function(control, cases, hidden, others) {
  if (!is.null(control$optimiser)) {
    return(control$optimiser == "lbfgs")
  }
  is_silent(control, others) &&
    (is.null(control$estimator) || control$estimator == "exact") &&
    are_states(cases) &&
    fewest_walked(cases, hidden) <= few_walked() &&
    evaluation_cost(list(units = cases$units, n = min(cases$n, 20000),
                         size = cases$size), hidden) <= most_evaluated &&
    cases$n <= 1e5
}

check_maximum <- function(control, cases, hidden) {
  if (!are_states(cases)) {
    abort(
      "lbfgs_intensities",
      "`optimiser = \"lbfgs\"` needs data of 0 and 1, not intensities.",
      "Use \"sgd\", or cut the data in two, x > 0.5."
    )
  }
  if (!is.null(control$estimator) && control$estimator != "exact") {
    abort(
      "lbfgs_estimator",
      sprintf(paste("`optimiser = \"lbfgs\"` needs the exact gradient, not",
                    "`estimator = \"%s\"`."), control$estimator),
      "Leave `estimator` out, or use `optimiser = \"sgd\"`."
    )
  }
  if (fewest_walked(cases, hidden) > most_averaged()) {
    abort(
      "lbfgs_large",
      sprintf(paste("`optimiser = \"lbfgs\"` enumerates %s, of",
                    "at most %d units; this machine has %d visible and %d",
                    "hidden units."), layer_walked(cases), most_averaged(),
              cases$units, hidden),
      "Leave `optimiser` out."
    )
  }
}

# The spread with the best held-out score, or independent columns where it gains
# no more over these than half the standard error of that gain, or almost
# nothing in total: a narrow penalty whose maximum is at weights of almost 0 has
# their score but for the smoothing.
choose_spread <- function(held_out) {
  scores <- held_out$path[names(held_out$path) != "tree"]
  best <- names(which.max(scores))
  gain <- scores[[best]] - scores[["0"]]
  if (best == "0" || gain <= 0.5 * held_out$se[[best]] ||
        gain * held_out$n < 0.01) {
    return(0)
  }
  as.numeric(best)
}

# The centred parameters of a model.
plain_theta <- function(model, problem) {
  c(model$W, model$b + rowSums(model$W) / 2,
    model$c + drop(crossprod(model$W, problem$mean)), use.names = FALSE)
}

# The fit: strength of the penalty, starts, the best of them. Esc ends it with
# the best parameters so far.
maximise <- function(setup, init = NULL) {
  begun <- proc.time()[["elapsed"]]
  control <- setup$control
  key <- setup$key
  hidden <- setup$hidden
  distinct <- distinct_cases(setup$cases, setup$weights)
  problem <- likelihood_problem(distinct, distinct$counts, setup)
  own <- if (!is.null(init)) centred(init, problem)
  effort <- if (is.null(setup$effort)) {
    effort_of(evaluation_cost(distinct$cases, hidden), problem$n)
  } else {
    setup$effort
  }
  if (!is.null(setup$given$starts)) effort$starts <- control$starts
  iterations <- control$epochs
  seconds <- function() proc.time()[["elapsed"]] - begun
  best <- list(theta = start_of(1, problem, key), value = Inf)
  path <- NULL
  about <- list(spread = NA_real_, values = numeric(), path = NULL,
                gradient = NA_real_, converged = FALSE)
  stopped <- "epochs"
  note <- function(found) {
    if (found$value < best$value) best <<- found
  }
  choose <- function() {
    if (identical(control$weight_decay, "auto")) {
      spread <- first_spread
      if (effort$used > 0L && problem$n >= 2) {
        held_out <- cross_validate(distinct, setup, effort, key,
                                   min(iterations, most_compared))
        about$path <<- held_out$path
        spread <- choose_spread(held_out)
      }
      about$spread <<- spread
      control$weight_decay <<-
        if (spread > 0) 1 / (problem$n * spread^2) else 0
    }
  }
  run <- function() {
    choose()
    if (identical(about$spread, 0)) {
      theta <- start_of(1, problem, key)
      theta[seq_len(problem$units * hidden)] <- 0
      found <- penalised_loss(theta, problem, 0)
      best <<- c(found, list(theta = theta))
      path <<- rbind(c(log_lik = found$log_lik, weight_norm = 0,
                       seconds = proc.time()[["elapsed"]]))
      about$converged <<- TRUE
      about$gradient <<- 0
      return()
    }
    decay <- control$weight_decay
    found <- best_start(problem, decay, effort$starts, key, iterations, own,
                        note)
    best <<- found
    path <<- found$path
    about$values <<- -found$values * problem$n
    about[c("gradient", "converged")] <<- found[c("gradient", "converged")]
  }
  parts <- effort$starts + !is.null(own) + effort$used *
    (effort$fold_starts + sum(lengths(effort$paths)))
  tryCatch(
    muted(!setup$verbose, with_count("Fitting", parts, run())),
    interrupt = function(condition) stopped <<- "interrupted"
  )
  if (stopped == "interrupted") {
    message("Interrupted: this is the model so far. rbm_resume() begins anew.")
    if (identical(control$weight_decay, "auto")) control$weight_decay <- 0
  }
  parts <- uncentred(best$theta, problem)
  history <- lapply(seq_len(NROW(path)), function(i) {
    row <- stats::setNames(as.list(rep(NA_real_, length(history_columns))),
                           history_columns)
    row[c("epoch", "log_lik_se")] <- c(i, 0)
    row[colnames(path)] <- path[i, ]
    row$seconds <- row$seconds - begun
    row
  })
  control$starts <- effort$starts
  model <- new_rbm(
    matrix(parts$W, problem$units, dimnames = setup$names),
    stats::setNames(parts$b, setup$names[[1L]]),
    stats::setNames(parts$c, setup$names[[2L]]), units = setup$units,
    image_dim = setup$image_dim,
    training = list(
      call = setup$call, n = setup$cases$n, hidden = hidden,
      control = setup$given, settings = control,
      history = history_frame(history), stopped = stopped,
      seconds = seconds(), best_epoch = NULL,
      monitored = setup$cases$n, key = key, base_log_odds = setup$base_log_odds,
      independent_log_lik = if (is.null(setup$independent_log_lik)) {
        independent_score(setup)
      } else {
        setup$independent_log_lik
      },
      held_out = setup$held_out, data = setup$fingerprint, chains = NULL,
      state = NULL, maximum = about
    ),
    x = setup$x, d = if (length(parts$d)) {
      stats::setNames(parts$d, extra_names(setup$columns))
    },
    columns = setup$columns
  )
  if (!is.null(setup$valid) && length(history)) {
    last <- length(history)
    model$training$history$valid_log_lik[last] <-
      -mean(free_energy(model, setup$valid)) - exact_log_z(model)$log_z
    model$training$history$valid_log_lik_se[last] <- 0
    model$training$pilots <- judge_at_end(setup, model)
  }
  model
}

# What print() says of it.
maximum_in_words <- function(training) {
  about <- training$maximum
  history <- training$history
  n <- training$n
  values <- sort(about$values, decreasing = TRUE)
  c(
    sprintf("Exact maximum likelihood (L-BFGS) on %s: %s in %s",
            counted(n, "case"), counted(nrow(history), "step"),
            seconds_in_words(training$seconds)),
    table_in_words(training$table),
    if (training$stopped == "interrupted") {
      "INTERRUPTED: this is the model at that moment"
    } else if (identical(about$spread, 0)) {
      "Nothing was learned: columns are best described as independent"
    } else if (about$converged) {
      sprintf("Converged: the norm of the gradient is %.1g nats per case",
              about$gradient)
    } else {
      c(sprintf("NOT CONVERGED: the norm of the gradient is %.1g nats per case",
                about$gradient), "  Use a larger `epochs`")
    },
    if (length(values) > 1L) {
      sprintf(paste("Best of %s: %d within 0.1 nats of it, the worst %.3g nats",
                    "below"), counted(length(values), "start"),
              sum(values > values[1L] - 0.1),
              values[1L] - values[length(values)])
    },
    if (nrow(history)) {
      last <- history[nrow(history), ]
      c(sprintf("Log-likelihood %.4f nats per case (exact)%s", last$log_lik,
                if (identical(about$spread, 0)) {
                  ""
                } else {
                  sprintf("; independent columns %.4f",
                          training$independent_log_lik)
                }),
        if (is.null(training$pilots)) held_out_in_words(last))
    },
    penalty_in_words(about, training$settings$weight_decay),
    pilots_in_words(training)
  )
}

penalty_in_words <- function(about, weight_decay) {
  if (is.na(about$spread)) {
    return(if (weight_decay == 0) {
      "No penalty: the plain maximum, which can overfit small tables"
    } else {
      sprintf("Weight decay %.3g, as given", weight_decay)
    })
  }
  chosen <- if (about$spread == 0) {
    "weights 0"
  } else {
    sprintf("weights normal with s.d. %g", about$spread)
  }
  if (is.null(about$path)) {
    return(sprintf("Penalty: %s, as for all tables of so many cases", chosen))
  }
  tree <- about$path[["tree"]]
  c(sprintf("Penalty: %s, chosen by held-out likelihood", chosen),
    sprintf("Held out, nats per case: %.4f; independent %.4f%s",
            about$path[[as.character(about$spread)]], about$path[["0"]],
            if (is.na(tree)) "" else sprintf(", tree %.4f", tree)),
    if (isTRUE(tree > about$path[[as.character(about$spread)]] + 0.01)) {
      "  WORSE than a tree of columns: use more `hidden` units"
    })
}
