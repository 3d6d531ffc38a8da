# What objects of our classes hold is as easily changed by hand as any list: the
# faces look here before they read it.

# Stops where `sound`, a test of `object`, is FALSE, or cannot even be made.
check_sound <- function(sound, name, class, instead) {
  if (!isTRUE(tryCatch(sound, error = function(error) FALSE))) {
    abort(
      "object_changed",
      sprintf("`%s` is no sound %s: its parts do not fit together.", name,
              class),
      sprintf("Was it changed by hand? Make it anew with %s.", instead)
    )
  }
}

is_plain_list <- function(value, names) {
  own <- attr(value, "names", exact = TRUE)
  is.list(value) && !isS4(value) && !inherits(value, "data.frame") &&
    all(names %in% own) && !anyDuplicated(own)
}

# A number, which may be missing, but is not infinite.
is_known_or_na <- function(value) {
  is.numeric(value) && !is.object(value) && length(value) == 1L &&
    is.null(dim(value)) && (is.finite(value) || is.na(value))
}

are_all <- function(test, values) all(vapply(values, test, NA))

# Those parts of a trained model that are read where it is shown or goes on.
check_training <- function(object, name = "object") {
  check_sound(is_training(object), name, "model of a fit", "rbm_fit()")
}

is_training <- function(object) {
  training <- object$training
  is.call(training$call) && !is.object(training$call) &&
    is_finite(training$n, min = 1) &&
    is_finite(training$hidden) && training$hidden == ncol(object$W) &&
    are_settings(training$control, chosen = FALSE) &&
    are_settings(training$settings) && is_told(training$history) &&
    is_text(training$stopped) && is_finite(training$seconds, min = 0) &&
    training$seconds < 2^31 &&
    is_finite(training$monitored, min = 0) &&
    is_finite(training$key, 2L, min = 0) && all(training$key < 2^32) &&
    is_finite(training$base_log_odds, nrow(object$W)) &&
    is_finite(training$independent_log_lik) &&
    is_best_epoch(training$best_epoch, training$history) &&
    (is.null(training$chains) || is_look(training$chains)) &&
    (is.null(training$data) ||
       (is.character(training$data) && is.null(attributes(training$data)) &&
          length(training$data) == 2L - is.null(training$held_out) &&
          all(vapply(training$data, is_text, NA)))) &&
    (is.null(training$held_out) || identical(training$held_out, "data") ||
       is_held_out(training$held_out, training$n))
}

# Whether rbm_control() takes them; `chosen` ones leave nothing to us.
are_settings <- function(control, chosen = TRUE) {
  if (!identical(class(control), "rbm_control") || !is.list(control) ||
        anyDuplicated(names(control))) {
    return(FALSE)
  }
  given <- unclass(control)
  ours <- setdiff(names(given), "threads")
  made <- unclass(do.call(rbm_control, given, quote = TRUE))
  identical(made[names(given)], given) &&
    (!chosen || !any(vapply(given[ours], is.null, NA)))
}

# A history whose rows are those of epochs, in order.
is_told <- function(history) {
  always <- c("reconstruction_error", "pseudo_log_lik", "pseudo_log_lik_se")
  together <- list(c("log_lik", "log_lik_se"),
                   c("valid_log_lik", "valid_log_lik_se"),
                   c("meeting_time", "unmet"),
                   c("chain_rhat", "chain_autocorrelation"))
  is_history(history) && !anyDuplicated(names(history)) &&
    isTRUE(all.equal(as.double(history$epoch),
                     as.double(seq_len(nrow(history))), tolerance = 0)) &&
    all(vapply(history[always], function(y) {
      all(is.finite(y)) || all(is.na(y))
    }, NA)) &&
    all(vapply(unclass(history), function(y) all(is.finite(y) | is.na(y)),
               NA)) &&
    all(vapply(together, function(pair) {
      identical(is.na(history[[pair[1L]]]), is.na(history[[pair[2L]]]))
    }, NA))
}

is_best_epoch <- function(best, history) {
  is.null(best) || (is_finite(best, min = 1) && best == round(best) &&
                      best <= nrow(history))
}

is_look <- function(chains) {
  is_plain_list(chains, c("chain_rhat", "chain_autocorrelation")) &&
    are_all(is_known_or_na, unclass(chains)) &&
    is.na(chains$chain_rhat) == is.na(chains$chain_autocorrelation)
}

check_summary <- function(x) {
  check_sound(is_summary(x), "x", "summary of a model", "summary()")
}

is_summary <- function(x) {
  is_plain_list(x, c("sizes", "parameters", "words")) &&
    is.character(x$words) && is_finite(x$sizes[["parameters"]]) &&
    is.numeric(x$parameters) && identical(dim(x$parameters), c(3L, 5L)) &&
    (is.null(x$activity) ||
       (is_finite(x$activity, length(x$activity)) && length(x$activity))) &&
    (is.null(x$training) ||
       (is_plain_list(x$training, "settings") && !is.object(x$training) &&
          are_settings(x$training$settings)))
}

# A matrix, whatever else is known of it.
check_sample_matrix <- function(x) {
  check_sound(is.atomic(x) && !isS4(x) && length(dim(x)) == 2L, "x",
              "result of rbm_sample()", "rbm_sample()")
}

check_sample <- function(x) {
  check_sound(is_sample(x), "x", "result of rbm_sample()", "rbm_sample()")
}

is_sample <- function(x) {
  found <- attr(x, "diagnostics", exact = TRUE)
  energy <- attr(x, "free_energy", exact = TRUE)
  looked <- c("rhat", "ess", "autocorrelation", "units_rhat")
  is_looked_at <- function(list, more = NULL) {
    is_plain_list(list, c(looked, more)) && are_all(function(value) {
      is.numeric(value) && !is.object(value) && length(value) == 1L
    }, list[c(looked, more)]) &&
      is.na(list$rhat) == is.na(list$autocorrelation) &&
      (is.na(list$rhat) || !is.na(list$ess))
  }
  is.numeric(x) && !isS4(x) && length(dim(x)) == 2L && ncol(x) > 0L &&
    all(is.finite(x)) && (is.double(x) || is.integer(x)) &&
    is_plain_list(found, c("method", "type", "steps", "chains", "draws",
                           "thin")) &&
    found$type %in% c("sample", "probability") && is_text(found$type) &&
    is_text(found$method) && found$method %in% c("gibbs", "pt", "exact") &&
    are_all(function(count) {
      is_finite(count, min = 0) && count == round(count) && count < 2^31
    }, found[c("steps", "chains", "draws", "thin")]) &&
    found$thin >= 1 && found$chains >= 1 && found$draws >= 1 &&
    nrow(x) == found$chains * found$draws &&
    (is.null(energy) || is_finite(energy, nrow(x))) &&
    (found$method == "exact" ||
       (is_looked_at(found) && !is.null(energy) &&
          (is.null(found$beside_data) ||
             (is_finite(found$beside_data, 3L) &&
                identical(names(found$beside_data),
                          c("draws", "data", "apart")))) &&
          (is.null(found$unseen) || is_binary_matrix(found$unseen, ncol(x))) &&
          is_finite(found$burn_in$looks, min = 0) &&
          is_looked_at(found$burn_in))) &&
    (found$method != "pt" || is_tempered(found))
}

is_binary_matrix <- function(x, columns) {
  is.integer(x) && !is.object(x) && length(dim(x)) == 2L &&
    ncol(x) == columns && nrow(x) > 0L && all(x %in% 0:1)
}

is_tempered <- function(found) {
  rungs <- length(found$beta)
  rungs > 1L && is_finite(found$beta, rungs) && is.double(found$swap_rate) &&
    !is.object(found$swap_rate) && length(found$swap_rate) == rungs - 1L &&
    all(is.na(found$swap_rate) | is.finite(found$swap_rate)) &&
    is_finite(found$trips, found$chains, min = 0)
}

check_log_z <- function(log_z, name = "x") {
  check_sound(is_log_z(log_z), name, "result of rbm_log_z()", "rbm_log_z()")
}

is_log_z <- function(x) {
  is_way <- function(way) {
    is_plain_list(way, c("log_z", "se", "ess", "log_weights")) &&
      is_finite(way$log_z) && is_finite(way$se, min = 0) &&
      is_finite(way$ess, min = 0) &&
      is_finite(way$log_weights, if (nrow(x$parts) == 1L) x$runs else
                  length(way$log_weights)) &&
      length(way$log_weights) > 0L && is.null(dim(way$log_weights))
  }
  is_plain_list(x, c("log_z", "se", "interval", "method", "seconds")) &&
    is_finite(x$log_z) && is_finite(x$se, min = 0) &&
    is_finite(x$interval, 2L) && is_text(x$method) &&
    is_finite(x$seconds, min = 0) && x$seconds < 2^31 &&
    x$method %in% c("exact", "ais") && is_text(x$model) &&
    if (x$method == "exact") {
      is_finite(x$states, min = 1)
    } else {
      is_finite(x$level, min = 0) && is_finite(x$runs, min = 2) &&
        x$runs == round(x$runs) && x$runs < 2^31 &&
        is_finite(x$temperatures, min = 1) && is_finite(x$tol, min = 0) &&
        is_finite(x$interval[2L] - x$interval[1L], min = 0) &&
        is_frame(x$parts) && nrow(x$parts) > 0L &&
        is_finite(x$parts$runs, nrow(x$parts), min = 1) &&
        is_finite(x$parts$share, nrow(x$parts), min = 0) &&
        is_way(x$forward) && is_way(x$reverse) && is_text(x$draws) &&
        is_flag(x$reached) && is_flag(x$below_bound) && is_finite(x$bound)
    }
}

check_log_lik <- function(x) {
  sound <- is.numeric(x) && !isS4(x) && length(x) == 1L && is.finite(x) &&
    is_finite(attr(x, "nobs", exact = TRUE), min = 1) &&
    is_finite(attr(x, "df", exact = TRUE), min = 0) &&
    is_finite(attr(x, "se", exact = TRUE), min = 0) &&
    is_text(attr(x, "method", exact = TRUE))
  check_sound(sound, "x", "log-likelihood of a model", "logLik()")
}

check_info <- function(x) {
  texts <- c("version", "R", "simd", "blas", "lapack")
  check_sound(
    is_plain_list(x, c(texts, "simd_levels", "simd_failed", "threads",
                       "threads_limit", "openmp")) &&
      are_all(is_text, x[texts]) && is.character(x$simd_levels) &&
      are_all(is_text, x$simd_levels) && is.character(x$simd_failed) &&
      are_all(is_text, x$simd_failed) &&
      are_all(function(count) {
        is_finite(count, min = 0) && count == round(count) && count < 2^31
      },
              x[c("threads", "threads_limit")]) &&
      is_flag(x$openmp),
    "x", "result of harmonium_info()", "harmonium_info()"
  )
}

check_estimators <- function(x) {
  check_sound(is_frame(x) && !anyDuplicated(names(x)) &&
                are_all(is.atomic, unclass(x)),
              "x", "result of rbm_estimators()", "rbm_estimators()")
}

# How many digits a number is printed with.
check_digits <- function(digits) check_count(digits, "digits", max = 15)
