# Fits of tables by steps: what rbm_fit() does where the exact likelihood of a
# table would take too long, or training by steps is asked for. Missing cells
# are drawn along with the chains, see src/core/fill.h.

# Whether settings that belong to training by steps are given.
asks_for_steps <- function(control, others) {
  untouched <- unclass(rbm_control())
  exact <- c("weight_decay", "starts", "threads", "epochs", "estimator",
             "optimiser")
  steps <- setdiff(names(untouched), exact)
  others || !identical(unclass(control)[steps], untouched[steps]) ||
    !(is.null(control$estimator) || control$estimator == "exact") ||
    !(is.null(control$optimiser) || control$optimiser == "lbfgs")
}

# Cases as the trainer takes them: packed where units are 0 and 1 and all is
# seen, else reals, with lists of what is missing; and weights of mean 1.
step_cases <- function(cases, weights, listed) {
  if (listed && !anyNA(cases$reals)) {
    cases$bits <- .Call(ffi_cases_pack, cases$reals)
    cases["reals"] <- list(NULL)
  }
  if (!all(weights == weights[1L])) {
    cases$weight <- weights / mean(weights)
  }
  lay_by_case(cases)
}

# Reals case by case, and where they have holes, see src/core/cases.h.
lay_by_case <- function(cases) {
  cases["hole_start"] <- cases["hole"] <- cases["by_case"] <- NULL
  if (!is.null(cases$reals)) {
    cases$by_case <- t(cases$reals)
  }
  if (!is.null(cases$reals) && anyNA(cases$reals)) {
    missing <- which(is.na(t(cases$reals)), arr.ind = TRUE)
    counts <- tabulate(missing[, 2L], cases$n)
    cases$hole_start <- c(0L, cumsum(counts))
    cases$hole <- missing[, 1L] - 1L
  }
  cases
}

# What of its gradient each unit goes down, see hm_step: less where it varies
# more than a binary unit can.
unit_shares <- function(problem) {
  pmin(1, 1 / (4 * unit_spread(problem)))
}

# How much units vary: by what they can for those of levels and trials, by the
# data for counts without a limit, and 1 for Gaussian ones given the hidden
# layer, of which the precision is taken into account as it is learned.
unit_spread <- function(problem) {
  x <- problem$cases$reals
  size <- rep(problem$columns$size, problem$columns$rows)
  of_data <- (problem$factor / 2)^2
  ifelse(problem$kind == "gaussian", 1,
         ifelse(problem$kind == "binomial", size / 4,
                ifelse(problem$kind %in% c("count", "poisson"), of_data,
                       1 / 4)))
}

# Where training starts: independent columns, and small weights of one size.
table_start_values <- function(init, setup) {
  nv <- setup$cases$units
  nh <- setup$hidden
  key <- if (is.numeric(init)) c(init, 0) else setup$key
  half <- new_cases(1L, nv, NULL, reals = matrix(0.5, 1L, nv))
  theta <- .Call(ffi_fit_start, half, nh, setup$control$init_sd, key,
                 setup$hardware)
  W <- matrix(theta[seq_len(nv * nh)], nv, nh, byrow = TRUE) / setup$factor
  alone <- setup$alone
  g <- rep(1, nv)
  if (length(alone$d)) {
    g[setup$table$gaussian] <- exp(alone$d[setup$table$gaussian_extra])
  }
  .Call(ffi_model_join, g * W, alone$b, alone$c, alone$d)
}

# The seed of the start values of a table; models to start from are looked at
# elsewhere.
check_table_init <- function(init) {
  if (is.null(init) || inherits(init, "rbm")) {
    return(NULL)
  }
  if (!is_number(init)) {
    abort("init_table",
          sprintf(paste("`init` of a table must be a model or a whole number",
                        "as a seed, not %s."), describe(init)),
          "Make a model of parameters by rbm(), with the table's units.")
  }
  check_count(init, "init", min = 0)
}

# What steps cannot do, or not for these units.
check_steps <- function(control, data, hidden, aim, cost, others) {
  columns <- data$columns
  states <- states_of_columns(columns[columns$column %in% aim$target, ])
  if (aim$objective != "joint" && prod(states) > most_missing_states) {
    abort("steps_objective",
          sprintf(paste("`objective = \"%s\"` sums over %s joint states of the",
                        "targets; training by steps takes at most %d."),
                  aim$objective, format(prod(states), big.mark = ","),
                  most_missing_states),
          "Use `objective = \"joint\"`, fewer targets or fewer hidden units.")
  }
  if (is.finite(control$patience) && control$evaluate_every == 0L) {
    abort("steps_patience",
          paste("`patience` needs a score, and not all columns of a table have",
                "a pseudo-likelihood."),
          "Give `evaluate_every`, after how many epochs there is to be one.")
  }
  if (is.finite(control$patience) && is.null(others$validation)) {
    abort("steps_validation",
          "`patience` of a table needs cases that were not trained on.",
          "Give `validation`, for example `validation = 0.1`.")
  }
  if (identical(control$estimator, "exact")) {
    abort("steps_exact",
          sprintf("`estimator = \"exact\"` is not for training %s.",
                  if (is.null(cost)) {
                    "so many hidden units of a table"
                  } else {
                    "a table with settings of training by steps"
                  }),
          "Use another one, see rbm_estimators(), or leave these settings out.")
  }
  if (!is.null(control$estimator)) {
    check_estimator_of_table(control$estimator, columns$kind[columns$rows > 0L],
                             layer_columns(hidden, 1L)$kind,
                             count_incomplete(data$cases))
  }
}

# A fit of a table by steps, of the setup of fit_table().
fit_by_steps <- function(setup, problem, own, steps) {
  setup <- table_setup(setup, problem)
  others <- steps$others
  setup$callback <- others$callback
  setup$checkpoint <- steps$checkpoint
  setup <- hold_table_out(setup, steps$valid)
  if (steps$silent && is.null(own)) {
    return(fit_automatically(setup, begin))
  }
  begin(setup, if (is.null(own)) {
    start_values(others$init, setup)
  } else {
    flat_parameters(own)
  })
}

# What training by steps needs to know of a table, for a first time or again.
table_setup <- function(setup, problem) {
  listed <- all(problem$columns$kind %in% c("binary", "categorical"))
  setup$facts <- table_summary(setup, NULL, problem)
  setup$cases <- step_cases(setup$cases, setup$weights, listed)
  setup$share <- unit_shares(problem)
  alone <- table_model(problem$alone, problem)
  setup$alone <- alone[c("b", "c", "d")]
  setup$factor <- problem$factor
  setup$table$listed <- listed
  setup$base_log_odds <- stats::setNames(alone$b, setup$names[[1L]])
  setup$independent_log_lik <- alone_score(alone, problem)
  setup$facts$alone_d <- alone$d
  setup$facts$deviance <-
    deviance_by_kind(alone, spread_cases(setup$cases), setup$table)
  setup
}

# Cases to judge by: none, how many of `cases`, or others coded as these.
read_validation <- function(validation, data) {
  if (is.null(validation) || is_number(validation)) {
    return(check_validation(validation, data$cases))
  }
  coded <- code_table(as_table(validation, "validation"), data$columns,
                      "validation")
  table_cases(coded, NULL, data$cases$dimnames[[2L]])
}

hold_table_out <- function(setup, valid) {
  if (is.null(valid)) {
    return(setup)
  }
  if (is.numeric(valid)) {
    return(put_aside(setup, sort(sample.int(setup$cases$n, valid))))
  }
  setup$valid <- step_cases(valid, rep(1, valid$n), setup$table$listed)
  setup$held_out <- "data"
  setup$fingerprint <- c(setup$fingerprint, fingerprint(list(cases = valid)))
  setup
}

# These rows for judging, the others for training.
put_aside <- function(setup, rows) {
  held <- list(cases = take_cases(setup$cases,
                                  setdiff(seq_len(setup$cases$n), rows)),
               valid = take_cases(setup$cases, rows))
  setup[c("cases", "valid")] <- held
  setup$held_out <- rows
  setup$fingerprint <- fingerprint(held)
  setup
}

# What a fit of a table began with, again, of its model and its data.
table_again <- function(setup, object, held) {
  training <- object$training
  weights <- training$weights
  setup$all_weights <- if (is.null(weights)) rep(1, held$all$n) else weights
  setup$weights <- setup$all_weights[setup$all_weights > 0]
  setup$columns <- object$columns
  setup$table <- c(
    table_shape(object$columns, object$units[["hidden"]], ncol(object$W)),
    list(target = training$target, objective = training$table$objective)
  )
  setup$cases <- held$all
  problem <- likelihood_problem(list(cases = held$all), setup$weights, setup)
  setup <- table_setup(setup, problem)
  if (is.numeric(training$held_out)) {
    rows <- training$held_out
    setup <- put_aside(setup, rows)
  } else if (!is.null(held$valid)) {
    setup$valid <- step_cases(held$valid, rep(1, held$valid$n),
                              setup$table$listed)
  }
  setup
}

# Columns alone, of so many cases, and how probable others are by them.
table_baseline <- function(setup, train, test) {
  problem <- likelihood_problem(list(cases = as_reals(train)),
                                case_weights(train), setup)
  alone <- table_model(problem$alone, problem)
  problem$cases <- as_reals(test)
  problem$counts <- case_weights(test)
  problem$offset <- mean_log_scale(setup, test)
  list(independent = alone_score(alone, problem), tree = NA_real_)
}

case_weights <- function(cases) {
  if (is.null(cases$weight)) rep(1, cases$n) else cases$weight
}

# Packed cases of a table as reals again.
as_reals <- function(cases) {
  if (is.null(cases$reals)) {
    cases$reals <- all_rows(cases) + 0
    cases["bits"] <- list(NULL)
  }
  cases
}

# What densities of cases are less in the user's units.
mean_log_scale <- function(setup, cases) {
  if (is.null(cases$reals)) {
    return(0)
  }
  stats::weighted.mean(log_scale(setup, cases) + numeric(cases$n),
                       case_weights(cases))
}

# The mean log-likelihood of a table's cases, or that of their targets given the
# rest. There are many cases, so that each need not be annealed for long.
mean_table_log_lik <- function(model, setup, cases, log_z, key) {
  weights <- case_weights(cases)
  if (setup$table$objective == "joint") {
    return(-stats::weighted.mean(quick_energy(model, cases, key), weights) -
             log_z - mean_log_scale(setup, cases))
  }
  cases <- as_reals(cases)
  rest <- without_targets(cases, setup$table)
  stats::weighted.mean(
    quick_energy(model, rest, key) - quick_energy(model, cases, key), weights
  )
}

quick_energy <- function(model, cases, key) {
  if (is.null(cases$reals) || !anyNA(cases$reals) ||
        hidden_states(model, cases) <= most_hidden_states) {
    return(free_energy(model, cases))
  }
  -observe_otherwise(model, cases, "log_sum", 1L, key, quick_effort)$log_sum
}

# The mean log-likelihood of independent columns, nats per case in the user's
# units, as a machine of one hidden unit that sends nothing has it; or that of
# the targets, where they are learned.
alone_score <- function(alone, problem) {
  columns <- columns_of(alone, alone$b)
  log_lik <- function(cases) {
    .Call(ffi_observed_likelihood, columns, cases, problem$counts,
          problem$hardware)$log_lik
  }
  if (problem$objective == "joint") {
    return(log_lik(problem$cases) - problem$offset)
  }
  log_lik(problem$cases) - log_lik(without_targets(problem$cases, problem))
}

# What only models of tables tell of their training.
describe_table <- function(model, setup) {
  model$training$table <- setup$facts
  model$training$table$floored <- columns_at_floor(model$d, setup$table)
  model$training$target <- setup$table$target
  if (!all(setup$all_weights == 1)) {
    model$training$weights <- setup$all_weights
  }
  model
}

# The row of the history with what held-out cases and the likelihood say, where
# that is due: not all columns have a pseudo-likelihood.
judge_table <- function(setup, state, row, model, due) {
  aims <- learns_targets(setup$table)
  looks <- looks_at_table(setup, row$epoch)
  if (looks) {
    found <- deviance_row(model, setup)
    row[names(found)] <- found
  }
  complete <- !aims && is.null(setup$cases$hole_start) &&
    is.null(setup$valid$hole_start)
  if (!is.null(setup$valid) && complete) {
    few <- function(cases) mean(free_energy(model, spread_cases(cases)))
    row$free_energy_gap <- few(setup$valid) - few(setup$cases)
  }
  if (due || (aims && looks)) {
    log_z <- if (aims) {
      list(log_z = 0, se = 0) # of targets given the rest none is needed
    } else {
      log_z_along(model, setup$key, row$epoch)
    }
    score <- function(cases) {
      mean_table_log_lik(model, setup, if (due) cases else spread_cases(cases),
                         log_z$log_z, sub_key(setup$key, "probe"))
    }
    row[c("log_lik", "log_lik_se")] <- list(score(setup$cases), log_z$se)
    if (!is.null(setup$valid)) {
      row[c("valid_log_lik", "valid_log_lik_se")] <-
        list(score(setup$valid), log_z$se)
      if (aims) {
        row[c("valid_accuracy", "valid_calibration")] <-
          judge_classes(model, setup, setup$valid)
      }
    }
  }
  list(row = row, state = keep_best(setup$control, state, row))
}

learns_targets <- function(table) {
  !is.null(table) && !identical(table$objective, "joint")
}

# How often the most probable value of a target is the right one, and how far
# what the model says of that is from how often it is, over ten groups by what
# it says: a mean over the targets.
judge_classes <- function(model, setup, cases) {
  cases <- as_reals(spread_cases(cases))
  rest <- without_targets(cases, setup$table)
  found <- vapply(match(setup$table$target, model$columns$column), function(i) {
    at <- units_of_column(model$columns, i)
    seen <- which(!is.na(cases$reals[, at[1L]]))
    if (!length(seen)) {
      return(c(NA_real_, NA_real_))
    }
    law <- law_of(model, take_cases(rest, seen), i)
    x <- cases$reals[seen, at, drop = FALSE]
    right <- level_of(x, model$columns, i)
    if (is.null(right)) right <- x[, 1L] + 1 # of a count
    class_scores(law, right, case_weights(cases)[seen])
  }, numeric(2L))
  list(mean(found[1L, ], na.rm = TRUE), mean(found[2L, ], na.rm = TRUE))
}

class_scores <- function(law, right, weights) {
  best <- max.col(law, "first")
  says <- law[cbind(seq_along(best), best)]
  group <- pmin(floor(10 * says), 9)
  apart <- rowsum(weights * ((best == right) - says), group)
  c(stats::weighted.mean(best == right, weights),
    sum(abs(apart)) / sum(weights))
}
