# What a model must hold. One table for all that check one: an element, a test
# of its value, given the model too, and what it is needed for:
#
#   use     everything: energies, samples, ...
#   show    print(), summary(), plot(), update() and the like, of a fit
#   resume  rbm_resume()
#   load    rbm_load(); what rbm_save() writes must pass too
#
# Each takes the rows of those before it. It finds accidents, as of a list that
# was changed by hand; C checks what it reads for itself.

needs <- c("use", "show", "resume", "load")

model_schema <- function() {
  row <- function(element, need, test) {
    list(element = strsplit(element, "$", fixed = TRUE)[[1L]], need = need,
         test = test)
  }
  list(
    row("W", "use", function(value, model) {
      is.matrix(value) && are_reals(value, length(value)) && length(value) > 0L
    }),
    row("b", "use", function(value, model) {
      is.null(dim(value)) && are_reals(value, nrow(model$W))
    }),
    row("c", "use", function(value, model) {
      is.null(dim(value)) && are_reals(value, ncol(model$W))
    }),
    row("units", "use", function(value, model) {
      are_units(value, nrow(model$W), ncol(model$W))
    }),
    row("d", "use", function(value, model) {
      count <- count_extras(model$units[["visible"]], nrow(model$W))
      length(value) == count && (count == 0L || are_reals(value, count))
    }),
    row("columns", "use", function(value, model) {
      is.null(value) || (is_units_table(value) &&
                           sum(value$rows) == nrow(model$W) &&
                           units_text(value) == model$units[["visible"]])
    }),
    row("image_dim", "use", function(value, model) {
      is.null(value) ||
        (is_finite(value, 2L, min = 1) && prod(value) == nrow(model$W))
    }),
    row("training", "use", function(value, model) {
      is.null(value) || (is_plain_list(value, names(value)) &&
                           !is.object(value) && !is.null(names(value)))
    }),
    row("training$base_log_odds", "use", function(value, model) {
      is_finite(value, nrow(model$W))
    }),
    row("training$weights", "show", function(value, model) {
      held_out <- model$training$held_out
      is.null(value) || (are_bare_reals(value) && all(value >= 0) &&
                           sum(value > 0) == model$training$n +
                             length(held_out) * is.numeric(held_out))
    }),
    row("training$target", "show", function(value, model) {
      is.null(value) ||
        (is.character(value) && all(value %in% model$columns$column))
    }),
    row("training$table", "show", function(value, model) {
      is.null(value) || is_plain_list(value, c("missing", "incomplete",
                                               "objective"))
    }),
    row("training$call", "show", function(value, model) {
      is.call(value) && !is.object(value)
    }),
    row("training$n", "show", function(value, model) is_finite(value, min = 1)),
    row("training$hidden", "show", function(value, model) {
      is_finite(value) && value == ncol(model$W)
    }),
    row("training$control", "show", function(value, model) {
      are_settings(value, chosen = FALSE)
    }),
    row("training$settings", "show", function(value, model) {
      are_settings(value, chosen = TRUE)
    }),
    row("training$history", "show", function(value, model) {
      is_history(value, !is.null(model$training$table))
    }),
    row("training$stopped", "show", function(value, model) is_text(value)),
    row("training$seconds", "show", function(value, model) {
      is_finite(value, min = 0) && value < 2^31
    }),
    row("training$monitored", "show", function(value, model) {
      is_finite(value, min = 0)
    }),
    row("training$key", "show", function(value, model) {
      is_finite(value, 2L, min = 0) && all(value < 2^32)
    }),
    row("training$independent_log_lik", "show", function(value, model) {
      is_finite(value)
    }),
    row("training$best_epoch", "show", function(value, model) {
      is.null(value) || (is_finite(value, min = 1) && value == round(value) &&
                           value <= nrow(model$training$history))
    }),
    row("training$chains", "show", function(value, model) {
      is.null(value) || (is_plain_list(value, look_names) &&
                           are_all(is_known_or_na, value[look_names]))
    }),
    row("training$held_out", "show", function(value, model) {
      is.null(value) || identical(value, "data") ||
        is_held_out(value, model$training$n)
    }),
    row("training$data", "show", function(value, model) {
      is.null(value) ||
        (is.character(value) && is.null(attributes(value)) &&
           length(value) == 2L - is.null(model$training$held_out) &&
           are_all(is_text, value))
    }),
    row("training$maximum", "show", function(value, model) {
      is.null(value) || is_plain_list(value, c("spread", "converged"))
    }),
    row("training$pilots", "show", function(value, model) {
      is.null(value) || is_plain_list(value, names(value))
    }),
    row("training$state", "resume", function(value, model) {
      is.null(value) ||
        (is_plain_list(value, c(core_state, "epoch", "seconds")) &&
           !is.object(value) && all(names(value) %in% state_names))
    }),
    row("training$state$theta", "resume", function(value, model) {
      is.null(value) || are_parameters(value, model)
    }),
    row("training$state$mean", "resume", function(value, model) {
      is.null(value) || are_parameters(value, model)
    }),
    row("training$state$memory", "resume", function(value, model) {
      are_bare_reals(value)
    }),
    row("training$state$offsets", "resume", function(value, model) {
      are_bare_reals(value) && length(value) == sum(dim(model$W) * 1:2)
    }),
    row("training$state$fast", "resume", function(value, model) {
      are_bare_reals(value)
    }),
    row("training$state$filled", "resume", function(value, model) {
      are_bare_reals(value)
    }),
    row("training$state$ladders", "resume", function(value, model) {
      are_bare_reals(value)
    }),
    row("training$state$tally", "resume", function(value, model) {
      are_bare_reals(value) && all(value >= 0)
    }),
    row("training$state$chains", "resume", function(value, model) {
      is.integer(value) && is.null(attributes(value))
    }),
    row("training$state$batch", "resume", function(value, model) {
      is.integer(value) && is_finite(value, min = 0)
    }),
    row("training$state$epoch", "resume", function(value, model) {
      is.integer(value) && is_finite(value, min = 0) &&
        value == nrow(model$training$history)
    }),
    row("training$state$seconds", "resume", function(value, model) {
      is_finite(value, min = 0)
    }),
    row("training$state$pending", "resume", function(value, model) {
      is.null(value) || is_flag(value)
    }),
    row("training$state$best", "resume", function(value, model) {
      is.null(value) == is.null(model$training$best_epoch) &&
        (is.null(value) ||
           (is_plain_list(value, c("score", "epoch", "theta")) &&
              is_finite(value$score) && is_finite(value$epoch, min = 1) &&
              are_parameters(value$theta, model)))
    }),
    row("training$state$since", "resume", function(value, model) {
      is.null(value) || is_finite(value, min = 0)
    }),
    row("training$state$waited", "resume", function(value, model) {
      is.null(value) || is_finite(value, min = 0)
    }),
    row("x", "load", function(value, model) {
      is.null(value) || is_data(value, model)
    })
  )
}

# The first element that is not as it should be for this need, or NULL.
model_fault <- function(object, need) {
  found <- unclass(object)
  if (!is_plain_list(found, c("W", "b", "c", "units"))) {
    return("it is not a list of `W`, `b`, `c` and `units`")
  }
  for (row in schema[[need]]) {
    fault <- element_fault(found, row)
    if (!is.null(fault)) {
      return(fault)
    }
  }
}

element_fault <- function(found, row) {
  above <- row$element[-length(row$element)]
  holder <- Reduce(`[[`, above, found)
  if (is.null(holder)) {
    return(NULL) # not trained, or with nothing to resume
  }
  sound <- tryCatch(row$test(holder[[row$element[length(row$element)]]], found),
                    error = function(error) FALSE)
  if (!isTRUE(sound)) {
    sprintf("its element `%s` is not as it should be",
            paste(row$element, collapse = "$"))
  }
}

has_sound_parameters <- function(object) is.null(model_fault(object, "use"))

# Checks of an argument --------------------------------------------------------

check_model <- function(object, name = "object", need = "use") {
  if (!inherits(object, "rbm")) {
    abort(
      "model",
      sprintf("`%s` must be a model from rbm() or rbm_fit(), not %s.", name,
              describe(object))
    )
  }
  fault <- model_fault(object, need)
  if (!is.null(fault)) {
    abort(
      "model_changed",
      sprintf("`%s` is not a valid model: %s.", name, fault),
      "Was it changed by hand? Make it anew with rbm() or rbm_fit()."
    )
  }
  object
}

# Tests of values --------------------------------------------------------------

are_reals <- function(value, count) {
  is.double(value) && !is.object(value) && length(value) == count &&
    all_finite(value)
}

# A sum that is finite has only finite terms, and takes a fraction of the time.
all_finite <- function(value) is.finite(sum(value)) || all(is.finite(value))

are_bare_reals <- function(value) {
  is.null(attributes(value)) && are_reals(value, length(value))
}

are_parameters <- function(value, model) {
  are_bare_reals(value) &&
    length(value) == sum(lengths(unclass(model)[c("W", "b", "c", "d")])) &&
    all(abs(value) <= .Call(ffi_limits)$parameter)
}

# Rows of x, in order, of which `n` are others.
is_held_out <- function(rows, n) {
  is.integer(rows) && is.null(attributes(rows)) && length(rows) > 0L &&
    !anyNA(rows) && !is.unsorted(rows, strictly = TRUE) && rows[1L] >= 1L &&
    rows[length(rows)] <= n + length(rows)
}

# Whether rbm_control() takes them; `chosen` ones leave nothing to us but what
# cannot change a result.
are_settings <- function(control, chosen) {
  if (!identical(class(control), "rbm_control") || !is.list(control) ||
        anyDuplicated(names(control))) {
    return(FALSE)
  }
  given <- unclass(control)
  if (identical(given$schedule, own_schedule)) {
    given$schedule <- schedules[1L] # the function was not saved
  }
  made <- unclass(do.call(rbm_control, given, quote = TRUE))
  identical(made[names(given)], given) &&
    (!chosen ||
       !any(vapply(given[setdiff(names(made), c("monitor_every", "threads"))],
                   is.null, NA)))
}

# A data frame of numbers, a row an epoch, in order.
is_history <- function(history, of_table = FALSE) {
  is_known <- function(column) {
    is.numeric(column) && !is.object(column) && is.null(dim(column)) &&
      all(is.finite(column) | is.na(column))
  }
  identical(class(history), "data.frame") && is_frame(history) &&
    all(setdiff(history_columns, later_columns) %in% names(history)) &&
    !anyDuplicated(names(history)) &&
    are_all(is_known, unclass(history)) &&
    all(history$epoch == seq_len(nrow(history))) &&
    are_all(function(pair) {
      identical(is.na(history[[pair[1L]]]), is.na(history[[pair[2L]]]))
    }, known_together) &&
    # Not all columns of a table have a pseudo-likelihood.
    ((of_table && all(is.na(history$pseudo_log_lik))) ||
       identical(is.na(history$reconstruction_error),
                 is.na(history$pseudo_log_lik)))
}

known_together <- list(c("pseudo_log_lik", "pseudo_log_lik_se"),
                       c("log_lik", "log_lik_se"),
                       c("valid_log_lik", "valid_log_lik_se"),
                       c("meeting_time", "unmet"),
                       c("chain_rhat", "chain_autocorrelation"))

look_names <- c("chain_rhat", "chain_autocorrelation")

# What train() adds to what C keeps.
state_names <- c("theta", "memory", "offsets", "fast", "filled", "chains",
                 "ladders", "tally", "batch", "epoch", "seconds", "pending",
                 "best", "since", "waited", "mean")

# Data of a class that rbm_fit() takes, in as many rows as there were.
is_data <- function(x, model) {
  classes <- list("data.frame", c("tbl_df", "tbl", "data.frame"),
                  c("data.table", "data.frame"))
  known <- if (isS4(x)) {
    is_from_matrix(class(x))
  } else if (is.object(x)) {
    list(class(x)) %in% classes && is_frame(x)
  } else {
    is.atomic(x)
  }
  held_out <- model$training$held_out
  weights <- model$training$weights
  known && !is.null(model$training) &&
    as_visible(model, x, "x", missing = TRUE)$n ==
      (if (is.null(weights)) {
        model$training$n + length(held_out) * is.numeric(held_out)
      } else {
        length(weights)
      })
}

schema <- lapply(stats::setNames(needs, needs), function(need) {
  Filter(function(row) match(row$need, needs) <= match(need, needs),
         model_schema())
})
