# Fits to tables: columns of every kind, of which cells may be missing. What
# rbm_fit() does where the data are not 0, 1, counts or intensities alone.
#
# The parameters that are optimised are those of the centred form, W, b* = b + W
# l and c* = c + W'm, l and m being means of the hidden units at the start and
# of the columns; and of a Gaussian column its component means: W and b are
# divided by the precision, of which the log is d. The penalty, in nats in
# total, is
#
#   sum_ij (f_i W_ij)^2 / (2 s^2)
#
# and half a case of each state of every column and hidden unit, under its bias
# alone. f makes weights of one size: 1 where a
# unit goes from 0 to 1, twice the standard deviation of counts, twice that of a
# Gaussian column. Levels of a categorical column or unit are taken about their
# mean, and count twice, so that two of them are a binary unit.

# Whether these data are a table, and not what units of 0 and 1 and counts take
# as it is.
wants_table <- function(x, units, hidden, weights) {
  if (inherits(units, "rbm_units") || !is.null(weights) ||
        any(names(hidden) %in% hidden_kinds)) {
    return(TRUE)
  }
  if (isS4(x)) {
    return(FALSE)
  }
  said <- is.character(units) && !anyNA(units)
  if (said && !all(grepl("^(binary|binomial)", units))) {
    return(TRUE)
  }
  if (!is.data.frame(x)) {
    return(is.matrix(x) && is.null(units) && has_missing(x) &&
             all(x %in% c(0, 1, NA, NaN)))
  }
  any(vapply(unclass(x), function(column) {
    is.factor(column) || is.character(column) || is_time(column) ||
      inherits(column, "haven_labelled") || is.list(column) ||
      !is.null(dim(column)) || is.complex(column) || anyNA(column) ||
      (is.null(units) && is.numeric(column) &&
         any(column < 0 | column > 1, na.rm = TRUE))
  }, NA))
}

is_time <- function(x) inherits(x, not_numbers)

# The table of units, the coded cases and their weights.
table_data <- function(x, units, weights, missing = "sum", name = "x") {
  weights <- check_weights_of_cases(weights, NROW(x))
  data <- as_table(x, name)
  patterns <- attr(units, "patterns")
  if (missing == "indicator" && is.null(patterns)) {
    patterns <- names(data)[vapply(unclass(data), anyNA, NA)]
  }
  data <- with_patterns(data, patterns)
  rows <- names_of_rows(data)
  kept <- weights > 0
  if (!all(kept)) {
    data <- structure(lapply(unclass(data), function(column) column[kept]),
                      class = "data.frame", shape = attr(data, "shape"),
                      row.names = attr(data, "row.names")[kept])
  }
  columns <- weigh_columns(rbm_units_of(data, units), data, weights[kept],
                           inherits(units, "rbm_units"))
  attr(columns, "patterns") <- if (length(patterns)) patterns
  coded <- code_table(data, columns, name, fresh = TRUE)
  empty <- sum(rowSums(!is.na(coded)) == 0)
  if (empty > 0 && any(columns$rows > 0L)) {
    message(sprintf("%s of `%s` %s nothing: all is missing there.",
                    counted(empty, "row"), name,
                    if (empty == 1) "tells" else "tell"))
  }
  if (!any(columns$rows > 0L)) {
    abort("table_constant",
          sprintf("All columns of `%s` have one value each.", name),
          "Give columns that differ between cases.")
  }
  list(columns = columns, weights = weights[kept], all_weights = weights,
       cases = table_cases(coded, rows[kept], coded_names(columns)))
}

# The columns to be predicted, and what of the likelihood is maximised.
check_aim <- function(target, objective, data) {
  objective <- check_choice(objective, c("joint", "conditional", "hybrid"),
                            "objective")
  if (is.null(target)) {
    if (objective != "joint") {
      abort("objective_target",
            sprintf("`objective = \"%s\"` needs a `target`.", objective),
            "Name the columns to be predicted.")
    }
    return(list(target = NULL, objective = objective))
  }
  columns <- data$columns
  if (!is.character(target) || !length(target) || anyNA(target) ||
        !all(target %in% columns$column)) {
    abort("target_unknown",
          sprintf("`target` must name columns of `x`, not %s.",
                  describe_names(target, columns$column)),
          sprintf("The columns are %s.", quote_names(columns$column)))
  }
  kind <- columns$kind[match(target, columns$column)]
  if (any(kind == "constant")) {
    abort("target_constant",
          sprintf("Target %s has one value.",
                  quote_names(target[kind == "constant"])),
          "Leave it out: nothing is to be predicted.")
  }
  if (objective != "joint" && any(kind %in% c("gaussian", "poisson"))) {
    abort("target_kind",
          sprintf(paste("`objective = \"%s\"` needs targets of classes or",
                        "counts; %s is %s."), objective, quote_names(target[
                          kind %in% c("gaussian", "poisson")][1L]),
                  kind[kind %in% c("gaussian", "poisson")][1L]),
          "Use `objective = \"joint\"`, or another kind in `units`.")
  }
  if (all(columns$column[columns$rows > 0L] %in% target)) {
    abort("target_all",
          "`target` names all columns: nothing is left to predict from.",
          "Name fewer columns.")
  }
  list(target = target, objective = objective)
}

# Whether the units of a table are binary or binomial, and all is seen: then
# what is there for these will do.
fits_as_units <- function(data, kinds, target) {
  all(data$columns$kind %in% c("binary", sized_kind())) &&
    !anyNA(data$cases$reals) && all(data$weights == 1) && is.null(target) &&
    all(kinds$kinds == "binary")
}

# Gaussian columns by weighted means and standard deviations, where nobody has
# said them.
weigh_columns <- function(columns, data, weights, said) {
  for (i in which(columns$kind == "gaussian" & !said & any(weights != 1))) {
    x <- data[[columns$column[i]]]
    w <- weights[!is.na(x)]
    x <- x[!is.na(x)]
    columns$location[i] <- sum(w * x) / sum(w)
    spread <- sqrt(sum(w * (x - columns$location[i])^2) / sum(w))
    columns$scale[i] <- if (spread > 0) spread else 1
  }
  columns
}

# The distinct rows of `x`, where each stood first, and what they count in all.
collapse_rows <- function(x, weights) {
  if (!is.data.frame(x) && !(is.matrix(x) && is.atomic(x))) {
    abort("collapse_data",
          sprintf("`collapse` needs a matrix or a data frame, not %s.",
                  describe(x)),
          "Sparse data are kept as they are: use `collapse = FALSE`.")
  }
  weights <- check_weights_of_cases(weights, nrow(x))
  columns <- if (is.data.frame(x)) unclass(x) else asplit(unname(x), 2L)
  code <- rep("", nrow(x))
  for (column in columns) {
    if (!is.atomic(column) || length(column) != nrow(x)) {
      return(list(x = x, weights = weights)) # refused later, by name
    }
    code <- paste(code, match(column, unique(column)))
  }
  first <- which(!duplicated(code))
  times <- rowsum(weights, match(code, code[first]), reorder = TRUE)
  list(x = x[first, , drop = FALSE], weights = drop(unname(times)))
}

rbm_units_of <- function(data, units) {
  shape <- attr(data, "shape")
  columns <- rbm_units(structure(data, shape = NULL), units)
  attr(columns, "shape") <- shape
  columns
}

check_weights_of_cases <- function(weights, n) {
  if (is.null(weights)) {
    return(rep(1, n))
  }
  if (!is.numeric(weights) || is.object(weights) || length(weights) != n) {
    abort(
      "weights_cases",
      sprintf("`weights` must be a number for each of %s, not %s.",
              counted(n, "row"), describe(weights))
    )
  }
  if (anyNA(weights) || any(weights < 0 | is.infinite(weights)) ||
        sum(weights) == 0) {
    abort(
      "weights_values",
      sprintf("`weights` has %s.", if (anyNA(weights)) {
        counted(sum(is.na(weights)), "missing value")
      } else if (any(weights < 0)) {
        counted(sum(weights < 0), "negative number")
      } else if (any(is.infinite(weights))) {
        counted(sum(is.infinite(weights)), "infinite value")
      } else {
        "no number above 0"
      }),
      "Weights say how often a case counts: numbers of at least 0."
    )
  }
  as.double(weights)
}

# The law of tables, see R/maximise.R. There is no tree of such columns.
table_law <- function() {
  list(model = table_model, theta = table_theta, loss = table_loss,
       scale = function(problem) problem$scale,
       upper = function(problem) problem$upper, start = table_start,
       alone_log_prob = function(train, test) {
         table_log_prob(table_model(train$alone, train), test)
       },
       log_prob = table_log_prob,
       tree_score = function(train, test) NA_real_)
}

# The log-probability of each case of a problem, or where targets are learned
# that of these given the rest.
table_log_prob <- function(model, problem) {
  if (problem$objective != "joint") {
    return(table_free_energy(model, problem$without) -
             table_free_energy(model, problem$cases))
  }
  -table_free_energy(model, problem$cases) - table_log_z(model) -
    log_scale(problem, problem$cases)
}

# A problem of a table.
table_problem <- function(distinct, counts, setup) {
  kept <- which(counts > 0)
  problem <- c(setup$table, list(law = table_law()))
  problem$cases <- take_cases(distinct$cases, kept)
  problem$counts <- counts[kept]
  problem$n <- sum(problem$counts)
  problem$hardware <- setup$hardware
  problem$offset <- 0
  if (problem$objective == "joint") {
    problem$offset <- sum(log_scale(setup, problem$cases) * problem$counts) /
      problem$n
  } else {
    problem$without <- without_targets(problem$cases, problem)
  }
  x <- problem$cases$reals
  seen <- !is.na(x)
  x[!seen] <- 0
  total <- pmax(colSums(seen * problem$counts), 1e-12)
  problem$mean <- colSums(x * problem$counts) / total
  problem$seen <- total
  square <- colSums(x^2 * problem$counts) / total
  spread <- sqrt(pmax(square - problem$mean^2, 0.01))
  kind <- problem$kind
  problem$mean[kind == "gaussian"] <- 0
  problem$factor <- ifelse(kind %in% c("count", "poisson", "binomial"),
                           2 * spread, ifelse(kind == "gaussian", 2, 1))
  problem$alone <- table_alone(problem)
  nh <- problem$hidden
  problem$scale <- c(rep(1 / problem$factor, nh), 1 / pmax(problem$factor, 1),
                     rep(1, nh + length(problem$extra)))
  problem$upper <- c(rep(1e3, length(problem$scale) - length(problem$extra)),
                     ifelse(problem$gaussian_extra, most_precision, 1e3))
  problem
}

# The least standard deviation of a Gaussian column given the hidden units,
# where that of the column is 1.
least_sigma <- 0.05
most_precision <- -2 * log(least_sigma)

# What of a problem does not depend on its cases.
table_shape <- function(columns, hidden_text, hidden) {
  used <- columns[columns$rows > 0L, ]
  of <- rep(seq_len(nrow(used)), used$rows)
  extra <- rep(seq_len(nrow(used)), extras_of(used))
  below <- layer_columns(hidden_text, hidden)
  blocks <- function(kinds, rows) {
    ends <- cumsum(rows)
    lapply(which(kinds == "categorical"),
           function(i) seq.int(ends[i] - rows[i] + 1L, ends[i]))
  }
  list(
    columns = used, units = length(of), hidden = hidden, of = of,
    kind = used$kind[of], extra = extra,
    gaussian_extra = used$kind[extra] == "gaussian",
    gaussian = which(used$kind[of] == "gaussian"),
    blocks = blocks(used$kind, used$rows),
    hidden_blocks = blocks(below$kind, below$rows),
    lambda = rep(ifelse(below$kind == "binary", 0.5,
                        ifelse(below$kind == "categorical", 1 / below$rows, 0)),
                 below$rows),
    real = which(rep(below$kind %in% c("normal", "relu"), below$rows)),
    layers = list(visible = data.frame(
      kind = core_kind(used$kind, used$rows), size = used$size, rows = used$rows
    ), hidden = below),
    texts = c(visible = units_text(columns), hidden = hidden_text)
  )
}

table_parts <- function(theta, problem) {
  nv <- problem$units
  nh <- problem$hidden
  size <- nv * nh
  list(W = matrix(theta[seq_len(size)], nv, nh), b = theta[size + seq_len(nv)],
       c = theta[size + nv + seq_len(nh)],
       d = theta[size + nv + nh + seq_along(problem$extra)])
}

# Precisions by unit: 1 but of Gaussian columns.
precisions <- function(d, problem) {
  out <- rep(1, problem$units)
  out[problem$gaussian] <- exp(d[problem$gaussian_extra])
  out
}

# The model of these parameters, and back.
table_model <- function(theta, problem) {
  parts <- table_parts(theta, problem)
  g <- precisions(parts$d, problem)
  W <- g * parts$W
  list(W = W, b = g * (parts$b - drop(parts$W %*% problem$lambda)),
       c = parts$c - drop(crossprod(W, problem$mean)),
       units = problem$texts, d = if (length(parts$d)) parts$d)
}

table_theta <- function(model, problem) {
  d <- if (is.null(model$d)) numeric() else model$d
  g <- precisions(d, problem)
  W <- model$W / g
  c(W, model$b / g + drop(W %*% problem$lambda),
    model$c + drop(crossprod(model$W, problem$mean)), d, use.names = FALSE)
}

table_loss <- function(theta, problem, decay) {
  model <- table_model(theta, problem)
  if (length(problem$real) && !has_few_nodes(model, problem)) {
    # No model: what the line search steps back from.
    return(list(value = 1e10, gradient = numeric(length(theta)),
                log_lik = -1e10))
  }
  found <- objective_of(model, problem)
  slope <- parts_from(found$gradient, problem$units, problem$hidden)
  parts <- table_parts(theta, problem)
  g <- precisions(parts$d, problem)
  of_weights <- slope$W - outer(problem$mean, slope$c)
  by_d <- slope$d
  at <- problem$gaussian
  by_d[problem$gaussian_extra] <- by_d[problem$gaussian_extra] +
    rowSums(model$W[at, , drop = FALSE] * of_weights[at, , drop = FALSE]) +
    model$b[at] * slope$b[at]
  gradient <- c(g * (of_weights - outer(slope$b, problem$lambda)), g * slope$b,
                slope$c, by_d)
  value <- -found$log_lik
  if (decay > 0) {
    added <- table_penalty(parts, problem, decay)
    value <- value + added$value
    gradient <- gradient + added$gradient
  }
  list(value = value, gradient = gradient,
       log_lik = found$log_lik - problem$offset)
}

# How close to having no Z a model of real hidden units may come, and how many
# nodes it may take.
most_eigenvalue <- 0.9999
most_nodes <- 2^20

has_few_nodes <- function(model, problem) {
  cases <- if (is.null(problem$without)) problem$cases else problem$without
  largest_eigenvalue(model$W, model$d, problem$layers$visible,
                     problem$real) <= most_eigenvalue &&
    hidden_states(model, cases) <= most_nodes
}

# The mean log-likelihood that is maximised, and the gradient of minus it: of
# the cases, or of their targets given the rest, which is that of the cases less
# that of what is left without the targets, or both.
objective_of <- function(model, problem) {
  likelihood <- function(cases) {
    .Call(ffi_observed_likelihood, model, cases, problem$counts,
          problem$hardware)
  }
  found <- likelihood(problem$cases)
  if (problem$objective == "joint") {
    return(found)
  }
  rest <- likelihood(problem$without)
  share <- if (problem$objective == "hybrid") hybrid_share else 0
  list(log_lik = (1 + share) * found$log_lik - rest$log_lik,
       gradient = (1 + share) * found$gradient - rest$gradient)
}

# How much of the joint log-likelihood a hybrid objective adds.
hybrid_share <- 0.01

# Cases without their targets.
without_targets <- function(cases, problem) {
  target <- match(problem$target, problem$columns$column)
  cases$reals[, problem$of %in% target] <- NA_real_
  cases
}

# About the mean of each block of rows.
about_mean <- function(W, blocks) {
  for (at in blocks) {
    W[at, ] <- W[at, , drop = FALSE] -
      rep(colMeans(W[at, , drop = FALSE]), each = length(at))
  }
  W
}

# The penalty of weights and of biases, per case.
table_penalty <- function(parts, problem, decay) {
  doubled <- rep(1, problem$units)
  doubled[unlist(problem$blocks)] <- 2
  below <- rep(1, problem$hidden)
  below[unlist(problem$hidden_blocks)] <- 2
  W <- problem$factor * parts$W
  W <- t(about_mean(t(about_mean(W, problem$blocks)), problem$hidden_blocks))
  weight <- outer(doubled, below)
  bias <- bias_penalty(parts, problem)
  list(
    value = decay * sum(weight * W^2) / 2 + bias$value / problem$n,
    gradient = c(decay * problem$factor * weight * W,
                 c(bias$b, bias$c, bias$d) / problem$n)
  )
}

# Half a case of each state, under the biases alone; of counts half a case of
# their mean, of a Gaussian column half a case at one standard deviation.
bias_penalty <- function(parts, problem) {
  columns <- problem$columns
  b <- numeric(problem$units)
  c <- numeric(problem$hidden)
  d <- numeric(length(problem$extra))
  value <- 0
  for (i in seq_len(nrow(columns))) {
    at <- which(problem$of == i)
    extra <- which(problem$extra == i)
    a <- parts$b[at]
    if (columns$kind[i] == "gaussian") {
      tau <- parts$d[extra]
      value <- value + 0.25 * (exp(tau) - tau)
      d[extra] <- 0.25 * (exp(tau) - 1)
    } else if (columns$kind[i] == "poisson") {
      mean <- problem$mean[at] + 0.5 / problem$seen[at]
      value <- value + 0.5 * (exp(a) - mean * a)
      b[at] <- 0.5 * (exp(a) - mean)
    } else if (columns$kind[i] == "count") {
      law <- count_law(a, columns$size[i])
      mean <- (problem$mean[at] * problem$seen[at] + 0.25 * columns$size[i]) /
        (problem$seen[at] + 0.5)
      value <- value + 0.5 * (law$log_sum - mean * a)
      b[at] <- 0.5 * (law$mean - mean)
    } else if (columns$kind[i] %in% c("binary", "binomial")) {
      value <- value + 0.5 * (softplus(a) + softplus(-a))
      b[at] <- stats::plogis(a) - 0.5
    } else {
      codes <- level_codes(columns, i)
      base <- c(0, if (length(extra)) parts$d[extra], 0)
      log_p <- drop(codes %*% a) + if (length(extra)) base else 0
      log_p <- log_p - log_sum_exp(log_p)
      p <- exp(log_p)
      value <- value - 0.5 * sum(log_p)
      b[at] <- 0.5 * (nrow(codes) * drop(crossprod(codes, p)) - colSums(codes))
      inner <- seq_along(extra) + 1L
      d[extra] <- 0.5 * (nrow(codes) * p[inner] - 1)
    }
  }
  loose <- setdiff(seq_along(c), c(unlist(problem$hidden_blocks), problem$real))
  value <- value + 0.25 * sum(parts$c[problem$real]^2)
  c[problem$real] <- 0.5 * parts$c[problem$real]
  value <- value +
    0.5 * sum(softplus(parts$c[loose]) + softplus(-parts$c[loose]))
  c[loose] <- stats::plogis(parts$c[loose]) - 0.5
  for (at in problem$hidden_blocks) {
    log_p <- parts$c[at] - log_sum_exp(parts$c[at])
    value <- value - 0.5 * sum(log_p)
    c[at] <- 0.5 * (length(at) * exp(log_p) - 1)
  }
  list(value = value, b = b, c = c, d = d)
}

# The states of a categorical or ordinal column as its units, a row a level.
level_codes <- function(columns, i) {
  K <- columns$size[i]
  if (columns$kind[i] == "categorical") {
    return(diag(K))
  }
  ordinal_codes(K, columns$rows[i])
}

# A truncated Poisson column alone.
count_law <- function(a, size) {
  x <- 0:size
  log_p <- a * x - lfactorial(x)
  log_sum <- log_sum_exp(log_p)
  list(log_sum = log_sum, mean = sum(exp(log_p - log_sum) * x))
}

# The parameters of independent columns, with half a case of each state.
table_alone <- function(problem) {
  columns <- problem$columns
  b <- numeric(problem$units)
  d <- numeric(length(problem$extra))
  x <- problem$cases$reals
  for (i in seq_len(nrow(columns))) {
    at <- which(problem$of == i)
    n <- problem$seen[at[1L]]
    mean <- problem$mean[at]
    kind <- columns$kind[i]
    size <- columns$size[i]
    if (kind == "gaussian") {
      seen <- !is.na(x[, at])
      v <- x[seen, at]
      w <- problem$counts[seen]
      center <- sum(w * v) / n
      spread <- sum(w * (v - center)^2) / n
      b[at] <- center
      d[problem$extra == i] <- -log(max((n * spread + 0.5) / (n + 0.5),
                                        least_sigma^2))
    } else if (kind %in% c("binary", "binomial")) {
      m <- if (kind == "binary") 1 else size
      b[at] <- stats::qlogis((mean * n + 0.5) / (m * n + 1))
    } else if (kind == "poisson") {
      b[at] <- log(mean + 0.5 / n)
    } else if (kind == "count") {
      mean <- (mean * n + 0.25 * size) / (n + 0.5)
      b[at] <- stats::uniroot(function(a) count_law(a, size)$mean - mean,
                              c(-50, 50), tol = 1e-10)$root
    } else {
      codes <- level_codes(columns, i)
      seen <- !is.na(x[, at[1L]])
      level <- max.col(-abs(outer(x[seen, at[1L]], codes[, 1L], `-`)), "first")
      if (kind == "categorical") {
        level <- max.col(x[seen, at, drop = FALSE], "first")
      }
      share <- vapply(seq_len(size), function(k) {
        sum(problem$counts[seen][level == k]) + 0.5
      }, 0)
      log_p <- log(share / sum(share))
      if (kind == "categorical") {
        b[at] <- log_p - mean(log_p)
      } else {
        rise <- log_p[size] - log_p[1L]
        b[at[1L]] <- rise
        inner <- seq_len(size - 2L) + 1L
        d[problem$extra == i] <- (log_p - log_p[1L] - rise * codes[, 1L])[inner]
      }
    }
  }
  c(numeric(problem$units * problem$hidden), b, numeric(problem$hidden), d)
}

# Start number `start`: normal weights, and independent columns.
table_start <- function(start, problem, key) {
  size <- problem$units * problem$hidden
  u <- .Call(ffi_uniforms, sub_key(key, "part", start), "start", 0, 0,
             problem$units, problem$hidden)
  theta <- problem$alone
  W <- stats::qnorm(u) / problem$factor
  if (length(problem$real)) {
    theta[seq_len(size)] <- W
    model <- table_model(theta, problem)
    largest <- largest_eigenvalue(model$W, model$d, problem$layers$visible,
                                  problem$real)
    W[, problem$real] <- W[, problem$real] / sqrt(max(1, 2 * largest))
  }
  theta[seq_len(size)] <- W
  theta
}

# So many numbers are visited by an evaluation.
table_cost <- function(cases, hidden, states) {
  x <- cases$reals
  incomplete <- rowSums(is.na(x)) > 0
  units <- as.double(ncol(x))
  states * units * (hidden + 20) + nrow(x) * units * hidden / 2 +
    sum(incomplete) * states * (hidden / 2 + units / 4 + 15)
}

most_table_cost <- 3e8

# How much is spent on a table, by what one evaluation costs.
table_effort <- function(cost, n) {
  if (cost <= 2e4) {
    return(effort_of(cost, n))
  }
  few <- list(wider = 5, narrower = c(1, 0.5))
  if (cost <= 3e5) {
    return(list(starts = 10L, fold_starts = 2L, folds = 5L, used = 5L,
                paths = list(wider = c(5, 30), narrower = c(1, 0.5)),
                rough = 1e-6))
  }
  list(starts = if (cost <= 5e6) 5L else if (cost <= 4e7) 2L else 1L,
       fold_starts = 1L, folds = 5L,
       used = if (cost <= 4e7 && n < 3000) 1L else 0L, paths = few,
       rough = 1e-6)
}

# What print() says of the data.
table_summary <- function(setup, d, problem) {
  columns <- setup$columns
  x <- setup$cases$reals
  first <- vapply(which(columns$rows > 0L),
                  function(i) units_of_column(columns, i)[1L], 0)
  missing <- is.na(x[, first, drop = FALSE])
  list(columns = as.list(table(columns$kind)), target = problem$target,
       objective = problem$objective,
       missing = mean(missing), incomplete = sum(rowSums(missing) > 0),
       weight = if (!all(setup$weights == 1)) sum(setup$weights),
       floored = columns_at_floor(d, problem))
}

# Gaussian columns whose standard deviation given the hidden units is as small
# as it may be.
columns_at_floor <- function(d, problem) {
  at <- problem$gaussian_extra & (length(d) > 0L & d >= most_precision - 1e-6)
  problem$columns$column[problem$extra[at]]
}

tell_of_floors <- function(floored, setup) {
  if (!length(floored)) {
    return(invisible())
  }
  first <- match(floored[1L], setup$columns$column)
  x <- setup$cases$reals[, units_of_column(setup$columns, first)]
  x <- x[!is.na(x)] * setup$columns$scale[first] + setup$columns$location[first]
  distinct <- length(unique(x))
  whole <- all(abs(x - round(x)) < 1e-9)
  warn(
    "floor",
    sprintf(paste("The standard deviation of %s given the hidden units is as",
                  "small as it may be, %.2g of that of the column."),
            quote_names(floored), least_sigma),
    sprintf("Column `%s` has %s%s.%s", legible(floored[1L]),
            counted(distinct, "distinct value"),
            if (whole) ", all whole" else "",
            if (distinct <= 20L) {
              sprintf(" Is it ordered? units = c(%s = \"ordinal\")",
                      legible(floored[1L]))
            } else {
              ""
            })
  )
}

# Real hidden units whose weights training by steps kept as small as Z asks, see
# hm_step in src/core/step.h.
tell_of_spread <- function(model, problem) {
  if (!length(problem$real)) {
    return(invisible())
  }
  largest <- largest_eigenvalue(model$W, model$d, problem$layers$visible,
                                problem$real)
  if (largest > 0.97) {
    message(structure(
      class = c("harmonium_message_spread", "simpleMessage", "message",
                "condition"),
      list(message = paste0(
        "The weights of real hidden units are as large as they may be: beyond,",
        "\nGaussian columns over them have no distribution. Fewer of these ",
        "units, a\n`weight_decay` or a smaller `learning_rate` may help.\n"
      ), call = NULL)
    ))
  }
}

# What print() says of a table's cells and weights.
table_in_words <- function(table) {
  if (is.null(table)) {
    return(NULL)
  }
  c(
    if (!identical(table$objective, "joint")) {
      sprintf("Of %s given the other columns%s", quote_names(table$target),
              if (table$objective == "hybrid") {
                sprintf(", and %g times that of all", hybrid_share)
              } else {
                ""
              })
    },
    if (!is.null(table$weight)) {
      sprintf("Cases weigh %s in all", format(table$weight, big.mark = ","))
    },
    if (table$missing > 0) {
      sprintf("%.1f %% of the cells are missing, in %s", 100 * table$missing,
              counted(table$incomplete, "case"))
    },
    if (length(table$floored)) {
      sprintf("  Columns at the least standard deviation: %s",
              quote_names(table$floored))
    }
  )
}

# Fits a table. Arguments have the names of rbm_fit().
fit_table <- function(call, data, x, kinds, control, own, image_dim, verbose,
                      keep_x, aim, steps) {
  count <- sum(kinds$sizes)
  shape <- c(table_shape(data$columns, kinds$text, count), aim)
  check_size(shape$units, count)
  image_dim <- check_image_dim(image_dim, shape$units)
  real <- any(kinds$kinds %in% c("gaussian", "relu"))
  if (real && any(data$columns$kind == "poisson")) {
    check_exists(matrix(0, shape$units, count), NULL, shape$texts)
  }
  if (!is.null(own) && !(identical(own$units, shape$texts) &&
                           identical(dim(own$W), c(shape$units, count)))) {
    abort("init_units", "`init` is a model of other columns or hidden units.",
          "Give a fit of the same columns with the same `hidden`, or none.")
  }
  cost <- table_cost_of(data$cases, kinds)
  steps$wanted <- steps$wanted || is.null(cost)
  if (steps$wanted) {
    check_steps(control, data, kinds$text, aim, cost, steps$others)
    steps["valid"] <- list(read_validation(steps$others$validation, data))
    steps["checkpoint"] <- list(check_checkpoint(steps$others$checkpoint))
  }
  tell_of_sides(data$cases$n, nrow(data$columns))
  key <- draw_key()
  steps$silent <- steps$wanted && is_silent(control, steps$given) &&
    is.null(control$estimator) && aim$objective == "joint"
  if (steps$wanted && aim$objective == "conditional" &&
        is.null(control$estimator)) {
    control$estimator <- "cd" # there are no chains
  }
  settings <- choose_settings(control, data$cases$n, !steps$wanted,
                              hidden = count,
                              automatic = if (steps$silent) "pcd", real = real)
  names <- list(coded_names(data$columns), paste0("h", seq_len(count)))
  if (any(kinds$kinds == "categorical")) {
    names[[2L]] <- hidden_names(kinds)
  }
  setup <- list(
    call = call, given = control, control = settings, cases = data$cases,
    valid = NULL, held_out = NULL, fingerprint = fingerprint(data),
    hidden = count, names = names, image_dim = image_dim, key = key,
    hardware = resolve_hardware(control$threads), units = shape$texts,
    x = if (keep_x) x, verbose = verbose, table = shape, weights = data$weights,
    all_weights = data$all_weights,
    columns = data$columns, real = real
  )
  problem <- if (steps$wanted) {
    likelihood_problem(list(cases = setup$cases), setup$weights, setup)
  } else {
    distinct <- distinct_cases(setup$cases, setup$weights)
    likelihood_problem(distinct, distinct$counts, setup)
  }
  if (steps$wanted) {
    model <- fit_by_steps(setup, problem, own, steps)
    tell_of_spread(model, problem)
  } else {
    alone <- table_model(problem$alone, problem)
    setup$base_log_odds <- stats::setNames(alone$b, names[[1L]])
    setup$independent_log_lik <-
      penalised_loss(problem$alone, problem, 0)$log_lik
    setup$effort <- table_effort(cost, sum(data$weights))
    model <- zero_sum(maximise(setup, own), problem)
    model$training$table <- table_summary(setup, model$d, problem)
    model$training$table$alone_d <- alone$d
    model$training$target <- aim$target
  }
  if (!all(data$all_weights == 1)) {
    model$training$weights <- data$all_weights
  }
  tell_of_floors(model$training$table$floored, setup)
  model
}

# What an evaluation costs, NULL where that is more than can be waited for; real
# hidden units have some tens of nodes each.
table_cost_of <- function(cases, kinds) {
  states <- prod(c(binary = 2, gaussian = 64, relu = 100,
                   categorical = 1)[kinds$kinds] * kinds$sizes)
  cost <- table_cost(cases, sum(kinds$sizes), states)
  if (cost <= most_table_cost && states <= most_hidden_states) cost
}

# The same model with levels about 0: what all units of a block send is moved to
# the bias of who gets it.
zero_sum <- function(model, problem) {
  for (at in problem$blocks) {
    middle <- colMeans(model$W[at, , drop = FALSE])
    model$W[at, ] <- model$W[at, , drop = FALSE] -
      rep(middle, each = length(at))
    model$c <- model$c + middle
    model$b[at] <- model$b[at] - mean(model$b[at])
  }
  for (at in problem$hidden_blocks) {
    middle <- rowMeans(model$W[, at, drop = FALSE])
    model$W[, at] <- model$W[, at, drop = FALSE] - middle
    model$b <- model$b + middle
    model$c[at] <- model$c[at] - mean(model$c[at])
  }
  model
}

hidden_names <- function(kinds) {
  unlist(lapply(seq_along(kinds$kinds), function(i) {
    name <- paste0("h", i)
    if (kinds$kinds[i] != "categorical") name else
      paste0(name, ":", seq_len(kinds$sizes[i]))
  }))
}
