# Models of tables whose hidden layer has too many states to be enumerated: what
# is asked of cases with missing cells, by the states of what is missing where
# these are few, and else by chains in which what is seen is held; and log Z.

# So many joint states of what is missing in a case are visited.
most_missing_states <- 64

# Sweeps before the first of so many draws of each chain, for means; and before
# the one of each that is wanted as such.
clamped_plan <- c(steps = 100L, draws = 100L, alone = 300L)

# Annealing runs of each case, and their temperatures: where a case matters, and
# where the mean of many does.
full_effort <- c(runs = 20L, steps = 500L)
quick_effort <- c(runs = 5L, steps = 100L)

# What chains of this model run on: packed where units are 0 and 1.
chain_cases <- function(object, x, rows = NULL) {
  storage.mode(x) <- "double"
  dimnames(x) <- NULL
  dims <- list(rows, names(object$b))
  if (is_listed(object)) {
    return(new_cases(nrow(x), ncol(x), dims, bits = .Call(ffi_cases_pack, x)))
  }
  table_cases(x, rows, names(object$b))
}

# Whether all visible units are 0 or 1.
is_listed <- function(object) {
  visible <- layer_columns(object$units[["visible"]], nrow(object$W))
  all(visible$kind %in% c("binary", "categorical"))
}

# Whether all visible columns have finitely many states.
is_finite_layer <- function(object) {
  visible <- layer_columns(object$units[["visible"]], nrow(object$W))
  !any(visible$kind %in% c("gaussian", "poisson"))
}

# The answers of observe() where hidden states are too many.
observe_otherwise <- function(object, cases, what, column, key,
                              effort = full_effort) {
  if (is.null(key)) {
    key <- draw_key()
  }
  visible <- layer_columns(object$units[["visible"]], nrow(object$W))
  x <- cases$reals
  first <- cumsum(c(1L, visible$rows))[seq_len(nrow(visible))]
  hidden <- is.na(x[, first, drop = FALSE])
  states <- states_of_columns(visible)
  log_joint <- drop(hidden %*% ifelse(is.finite(states), log(states), 1e6))
  few <- log_joint <= log(most_missing_states) + 1e-9
  out <- list()
  if (any(few)) {
    out <- put_rows(out, which(few), nrow(x), observe_by_cells(
      object, x[few, , drop = FALSE], hidden[few, , drop = FALSE], visible,
      what, column, sub_key(key, "part", 1)
    ))
  }
  if (!all(few)) {
    out <- put_rows(out, which(!few), nrow(x), observe_by_chains(
      object, x[!few, , drop = FALSE], visible, what, column,
      sub_key(key, "part", 2), effort
    ))
  }
  out
}

# How many states a column has.
states_of_columns <- function(columns) {
  size <- columns$size
  ifelse(columns$kind == "binary", 2,
         ifelse(columns$kind %in% c("binomial", "count"), size + 1,
                ifelse(columns$kind %in% c("gaussian", "poisson"), Inf, size)))
}

# Rows of answers where they belong, among `n`.
put_rows <- function(out, rows, n, found) {
  for (name in names(found)) {
    part <- found[[name]]
    if (is.null(out[[name]])) {
      out[[name]] <- if (is.matrix(part)) {
        matrix(0, n, ncol(part))
      } else {
        numeric(n)
      }
    }
    if (is.matrix(part)) {
      out[[name]][rows, ] <- part
    } else {
      out[[name]][rows] <- part
    }
    if (!is.null(attr(part, "each"))) {
      each <- attr(out[[name]], "each")
      each <- if (is.null(each)) numeric(n) else each
      each[rows] <- attr(part, "each")
      attr(out[[name]], "each") <- each
    }
    attr(out[[name]], "se") <- max(0, attr(out[[name]], "se"),
                                   attr(part, "se"))
  }
  out
}

# The codes of each state of a column, a row each.
codes_of_column <- function(kind, size) {
  switch(
    kind,
    binary = matrix(0:1), categorical = diag(size),
    binomial = , count = matrix(0:size),
    ordinal_codes(size, if (kind == "ordinal2") 2L else 1L)
  )
}

# Every state of what is missing, in cases of one pattern at a time.
observe_by_cells <- function(object, x, hidden, visible, what, column, key) {
  patterns <- distinct_rows(hidden)
  out <- list()
  for (p in seq_along(patterns$first)) {
    rows <- which(patterns$of == p)
    at <- which(hidden[rows[1L], ])
    out <- put_rows(out, rows, nrow(x), observe_pattern(
      object, x[rows, , drop = FALSE], at, visible, what, column, key, rows
    ))
  }
  out
}

observe_pattern <- function(object, x, at, visible, what, column, key, rows) {
  ends <- cumsum(visible$rows)
  units <- lapply(at, function(i) {
    seq.int(ends[i] - visible$rows[i] + 1L, ends[i])
  })
  codes <- lapply(at, function(i) {
    codes_of_column(visible$kind[i], visible$size[i])
  })
  grid <- if (length(at)) {
    as.matrix(expand.grid(lapply(codes, function(code) seq_len(nrow(code)))))
  } else {
    matrix(0L, 1L, 0L)
  }
  filled <- function(g) {
    for (i in seq_along(at)) {
      x[, units[[i]]] <- rep(codes[[i]][grid[g, i], ], each = nrow(x))
    }
    x
  }
  logs <- vapply(seq_len(nrow(grid)), function(g) {
    -free_energy(object, chain_cases(object, filled(g)))
  }, numeric(nrow(x)))
  logs <- matrix(logs, nrow(x))
  largest <- apply(logs, 1L, max)
  share <- exp(logs - largest)
  total <- rowSums(share)
  share <- share / total
  mean_of <- function(of) {
    sum <- 0
    for (g in seq_len(nrow(grid))) {
      sum <- sum + share[, g] * of(g)
    }
    sum
  }
  answers <- list(
    log_sum = function() largest + log(total),
    v = function() mean_of(filled),
    square = function() mean_of(function(g) filled(g)^2),
    h = function() {
      mean_of(function(g) {
        .Call(ffi_conditional, unclass(object), "hidden",
              chain_cases(object, filled(g)), "probability", NULL,
              resolve_hardware())
      })
    },
    draw = function() {
      u <- .Call(ffi_uniforms, key, "start", 0, 0, max(rows), 1L)[rows, 1L]
      pick <- 1L + rowSums(u > t(apply(share, 1L, cumsum)))
      pick <- pmin(pick, nrow(grid))
      for (g in unique(pick)) {
        of <- pick == g
        x[of, ] <- filled(g)[of, , drop = FALSE]
      }
      x
    },
    law = function() {
      i <- match(column, at)
      own <- codes_of_column(visible$kind[column], visible$size[column])
      if (is.na(i)) {
        mine <- seq.int(ends[column] - visible$rows[column] + 1L, ends[column])
        return(1 * (vapply(seq_len(nrow(own)), function(k) {
          rowSums(abs(x[, mine, drop = FALSE] - rep(own[k, ], each = nrow(x))))
        }, numeric(nrow(x))) < 1e-9))
      }
      vapply(seq_len(nrow(own)), function(k) {
        rowSums(share[, grid[, i] == k, drop = FALSE])
      }, numeric(nrow(x)))
    }
  )
  # One case of several draws gives vectors for matrices.
  shaped <- function(name) {
    found <- answers[[name]]()
    if (name == "law") matrix(found, nrow(x)) else found
  }
  stats::setNames(lapply(what, shaped), what)
}

# Means over draws of chains, one for each case, with what is seen held.
observe_by_chains <- function(object, x, visible, what, column, key, effort) {
  out <- list()
  if ("log_sum" %in% what) {
    out$log_sum <- annealed_sums(object, x, sub_key(key, "log_z"), effort)
  }
  if ("draw" %in% what) {
    plan <- chain_plan(nrow(x), clamped_plan[["alone"]])
    drawn <- run_chains(object, NULL, plan, sub_key(key, "part", 3),
                        given = x)$x
    out$draw <- keep_seen(x, all_rows(drawn))
  }
  means <- setdiff(what, c("log_sum", "draw"))
  if (length(means)) {
    out <- c(out, chain_means(object, x, visible, means, column, key))
  }
  out[what]
}

# What is seen as it is: chains have it in single precision.
keep_seen <- function(x, drawn) {
  x[is.na(x)] <- drawn[is.na(x)]
  x
}

chain_means <- function(object, x, visible, what, column, key) {
  draws <- clamped_plan[["draws"]]
  plan <- chain_plan(nrow(x), clamped_plan[["steps"]], draws)
  v <- run_chains(object, NULL, plan, sub_key(key, "part", 4), given = x)$x
  v <- keep_seen(x[rep(seq_len(nrow(x)), each = draws), , drop = FALSE],
                 all_rows(v))
  case <- rep(seq_len(nrow(x)), each = draws)
  half <- 2L * case + rep(rep(0:1, each = draws / 2), nrow(x))
  average <- function(of) {
    found <- rowsum(of, case) / draws
    parts <- rowsum(of, half) / (draws / 2)
    odd <- parts[seq(1L, nrow(parts), 2L), , drop = FALSE]
    even <- parts[seq(2L, nrow(parts), 2L), , drop = FALSE]
    dimnames(found) <- NULL
    structure(found, se = sqrt(max(colMeans((odd - even)^2)) / 4))
  }
  complete <- function() chain_cases(object, v)
  answers <- list(
    h = function() {
      average(.Call(ffi_conditional, unclass(object), "hidden", complete(),
                    "probability", NULL, resolve_hardware()))
    },
    v = function() average(v),
    square = function() average(v^2),
    law = function() {
      # Given all other columns of a draw the law of one is exact.
      one <- v
      ends <- cumsum(visible$rows)
      one[, seq.int(ends[column] - visible$rows[column] + 1L,
                    ends[column])] <- NA_real_
      average(observe_pattern(object, one, column, visible, "law", column, key,
                              seq_len(nrow(one)))$law)
    }
  )
  out <- stats::setNames(lapply(what, function(name) answers[[name]]()), what)
  tell_of_chains(out, nrow(x), draws)
  out
}

tell_of_chains <- function(out, n, draws) {
  se <- max(vapply(out, function(part) attr(part, "se"), 0))
  message(structure(
    class = c("harmonium_message_chains", "simpleMessage", "message",
              "condition"),
    list(message = sprintf(
      paste0("Missing cells of %s were averaged over by chains, %d draws each:",
             "\nstandard errors of single means are up to some %.2g.\n"),
      counted(n, "case"), draws, se
    ), call = NULL)
  ))
}

# Draws by chains, with some columns held, as rbm_sample() has them.
sample_by_chains <- function(object, plan, start, type, given, method,
                             temperatures) {
  check_single(object)
  if (method == "pt") {
    check_replicas(plan$chains, temperatures)
  }
  known <- if (!is.null(given)) {
    known_rows(object, given, plan$chains, "chains")$reals
  }
  start <- general_start(object, start, plan$chains)
  resolve_hardware() # what is wrong with it is said before chance is used
  if (is.function(start)) {
    start <- start()
  }
  key <- draw_key()
  found <- if (method == "gibbs") {
    run_chains(object, start, plan, key, type, known)
  } else {
    run_ladders(object, start, plan, key, type, known, temperatures)
  }
  found$sums[] <- NA # squares of values are not in these sums
  if (type == "probability") {
    found$x <- in_user_units(object, found$x)
  } else if (!is.null(known)) {
    each <- rep(seq_len(plan$chains), each = plan$draws)
    found$x <- chain_cases(object, keep_seen(known[each, , drop = FALSE],
                                             all_rows(found$x)))
  }
  out <- new_sample(found, plan, method, type, given, NULL, names(object$b))
  if (type == "probability" || !has_columns(object)) {
    return(out)
  }
  about <- attributes(out)[c("chain", "iteration", "free_energy",
                             "diagnostics")]
  lines <- mixed_in_words(about$diagnostics)
  if (any(grepl("NOT MIXED", lines))) {
    message(structure(
      class = c("harmonium_message_mixing", "simpleMessage", "message",
                "condition"),
      list(message = paste0(paste(lines, collapse = "\n"), "\n"), call = NULL)
    ))
  }
  table <- decode_table(all_rows(found$x), object$columns)
  attributes(table) <- c(attributes(table), about)
  table
}

# NULL for draws given no hidden unit on, cases, or a function that draws some
# complete rows of the training data.
general_start <- function(object, start, chains) {
  if (is.character(start) && is.null(dim(start))) {
    start <- check_choice(start, c("noise", "data"), "start")
  }
  if (is.null(start) || identical(start, "noise")) {
    return(NULL)
  }
  if (identical(start, "data")) {
    check_kept(object, "`start = \"data\"`", "give states to `start`")
    cases <- as_cells(object, object$x, "object$x")
    whole <- which(rowSums(is.na(cases$reals)) == 0)
    if (!length(whole)) {
      abort("start_incomplete",
            "No row of the training data is complete.",
            "Give complete rows to `start`, or none.")
    }
    cases <- chain_cases(object, cases$reals[whole, , drop = FALSE])
    return(function() random_cases(cases, chains))
  }
  cases <- as_visible(object, start, "start")
  if (!cases$n %in% c(1L, chains)) {
    abort("start_rows",
          sprintf("`start` has %s; there are %s.", counted(cases$n, "row"),
                  counted(chains, "chain")),
          "Give one row for all chains, or a row for each.")
  }
  chain_cases(object, all_rows(cases))
}

# log Z -----------------------------------------------------------------------

# Independent columns that have the model's extra parameters and the means that
# it gives given `h`, means of hidden units: a base for annealing and tempering.
base_biases <- function(object, h) object$b + drop(object$W %*% h)

# Means of the hidden units over short chains.
hidden_means <- function(object, key) {
  x <- run_chains(object, NULL, chain_plan(200L, 100L), key)$x
  colMeans(.Call(ffi_conditional, unclass(object), "hidden", x, "probability",
                 NULL, resolve_hardware()))
}

# Columns alone, as a model with a hidden unit that knows nothing of them.
columns_of <- function(object, b) {
  list(W = matrix(0, length(b), 1L), b = b, c = 0,
       units = c(visible = object$units[["visible"]], hidden = "binary"),
       d = object$d)
}

# log of the sum over states of the hidden units without any input.
hidden_alone <- function(object) {
  columns <- layer_columns(object$units[["hidden"]], ncol(object$W))
  half <- 0.5 * log(2 * pi)
  sum(c(binary = log(2), normal = half, relu = half + log(0.5),
        categorical = NA)[columns$kind], na.rm = TRUE) +
    sum(log(columns$rows[columns$kind == "categorical"]))
}

# Annealed log weights of runs from these base biases to the model, with what is
# seen in the rows of `x` held, `runs` runs for each row; and log Z of the base.
annealed_runs <- function(object, x, b, runs, steps, key) {
  below <- columns_of(object, b)
  each <- rep(seq_len(nrow(x)), each = runs)
  known <- table_cases(unname(x[each, , drop = FALSE]), NULL, NULL)
  drawn <- .Call(ffi_observed, below, known, c("draw", "log_sum"), 1L, key,
                 resolve_hardware())
  base <- below
  base$W <- matrix(0, length(b), 0L)
  base$c <- numeric()
  found <- with_progress("Annealing", length(each) * as.double(steps), .Call(
    ffi_ais, base, unclass(object), ladder(steps),
    chain_cases(object, drawn$draw), sub_key(key, "part"), 1,
    if (anyNA(x)) known$reals, resolve_hardware()
  ))
  list(log_weight = matrix(found$log_weight + drawn$log_sum - log(2) +
                             hidden_alone(object), runs),
       last = found$last)
}

# log of the sum over hidden units and missing cells of exp(-E), of each row,
# with standard errors.
annealed_sums <- function(object, x, key, effort = full_effort) {
  runs <- effort[["runs"]]
  steps <- effort[["steps"]]
  b <- base_biases(object, hidden_means(object, sub_key(key, "part", 1)))
  found <- annealed_runs(object, x, b, runs, steps, sub_key(key, "part", 2))
  each <- apply(found$log_weight, 2L, function(weights) {
    about <- log_mean_weight(weights)
    c(about$log_mean, about$se)
  })
  structure(each[1L, ], se = max(each[2L, ]), each = each[2L, ])
}

# log Z by annealing both ways, as ais_log_z() has it for units of 0 and 1, from
# independent columns alone. Where the hidden layer can be enumerated reverse
# runs begin at exact draws.
general_ais <- function(object, tol, budget, runs, level, key) {
  telling("Annealing, at most", function(tell) {
    anneal_tables(object, tol, budget, runs, level, key, tell)
  })
}

anneal_tables <- function(object, tol, budget, runs, level, key, tell) {
  start <- proc.time()[["elapsed"]]
  stage <- 0
  other <- function() {
    stage <<- stage + 1
    sub_key(key, "part", stage)
  }
  free <- matrix(NA_real_, 1L, nrow(object$W))
  exact <- hidden_states(object) <= most_hidden_states
  draws <- if (exact) "exact" else "chains"
  b <- base_biases(object, hidden_means(object, other()))
  steps <- as.double(first_temperatures)
  spent <- 0
  weighed <- NULL
  bound <- -Inf
  repeat {
    up <- annealed_runs(object, free, b, runs, steps, other())
    up$log_weight <- drop(up$log_weight)
    up$last <- all_rows(up$last)
    tell((spent + runs * steps) / budget)
    if (is_finite_layer(object)) {
      seen <- chain_cases(object, distinct_states(up$last))
      bound <- max(bound, log_sum_exp(-free_energy(object, seen)))
    }
    cold <- if (exact) {
      chain_cases(object, observe(object, nothing_seen(object, runs), "draw",
                                  key = other())$draw)
    } else if (is.null(weighed)) {
      general_chain_draws(object, up, runs, steps, other())
    } else {
      spent <- spent + runs * steps
      tempered_draws(object, up$last, steps, other())
    }
    down <- annealed_down(object, cold, b, steps, other())
    spent <- spent + 2 * runs * steps
    tell(spent / budget)
    forward <- one_way(up$log_weight, 1)
    reverse <- one_way(down, -1)
    both <- bennett(up$log_weight, -down)
    weighed <- weigh_ways(weighed$path, steps, forward, reverse, level, draws,
                          if (both$ess >= few_count) both)
    further <- next_temperatures(weighed, tol, runs, budget - spent, steps,
                                 runs * if (exact) 2 else 3)
    if (is.null(further)) {
      break
    }
    steps <- further
  }
  new_log_z(weighed, bound, tol, list(
    level = level, seconds = proc.time()[["elapsed"]] - start,
    forward = forward, reverse = reverse, runs = runs, temperatures = steps,
    sweeps = spent, draws = draws,
    parts = data.frame(runs = as.integer(runs), share = 1),
    model = parameter_checksum(object)
  ))
}

# Runs from these cases down to independent columns: log weights whose mean exp
# is unbiased for 1 / Z.
annealed_down <- function(object, cold, b, steps, key) {
  base <- columns_of(object, b)
  log_z <- observe(base, nothing_seen(base), "log_sum")$log_sum - log(2)
  base$W <- matrix(0, length(b), 0L)
  base$c <- numeric()
  found <- .Call(ffi_ais, base, unclass(object), rev(ladder(steps)), cold, key,
                 1, NULL, resolve_hardware())
  found$log_weight - log_z - hidden_alone(object)
}

# Ends of forward runs, resampled by weight, and moved on by Gibbs sweeps.
general_chain_draws <- function(object, up, n, sweeps, key) {
  weight <- exp(up$log_weight - max(up$log_weight))
  u <- .Call(ffi_uniforms, key, "start", 0, 0, 1L, 1L)
  pick <- findInterval((seq_len(n) - 1 + drop(u)) / n,
                       cumsum(weight) / sum(weight)) + 1L
  start <- up$last[pmin(pick, length(weight)), , drop = FALSE]
  run_chains(object, chain_cases(object, start), chain_plan(n, sweeps), key)$x
}
