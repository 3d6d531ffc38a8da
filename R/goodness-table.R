# rbm_check() of models of tables: shares of levels, means and standard
# deviations of numbers, and what pairs and triples of columns have in common.
# A statistic is of the cells that are seen, and simulated data sets have the
# same cells missing.

# Whether the columns are not all 0 and 1, or some cells are missing.
is_checked_as_table <- function(object, data) {
  if (is_general(object) || !is.null(sizes_of(object))) {
    return(TRUE)
  }
  has_columns(object) && (has_missing(data) || (
    is.data.frame(data) && !all(vapply(unclass(data), function(column) {
      !is.object(column) && (is.numeric(column) || is.logical(column))
    }, NA))
  ))
}

check_table <- function(object, data, times, most, steps) {
  cases <- as_visible(object, data, "data", missing = TRUE)
  mark <- fingerprint(list(cases = cases))
  if (!is_table(cases)) {
    cases <- table_cases(all_rows(cases) + 0, NULL, NULL)
  }
  columns <- described_columns(object)
  seen <- !is.na(cases$reals)
  if (!any(seen)) {
    abort("check_empty", "`data` has only missing values.",
          "Give cases of which some columns are known.")
  }
  if (!enumerable(object)) {
    check_single(object)
  }
  key <- draw_key()
  plan <- seeded(key[1L] %/% 2, plan_statistics(columns, seen, most))
  statistics <- function(x) {
    x[!seen] <- NA
    table_statistics(x, columns, plan)
  }
  observed <- statistics(cases$reals)
  drawn <- table_draws(object, cases$n, times, statistics, length(observed),
                       key, steps)
  expected <- rowMeans(drawn$counts)
  sd <- statistic_sd(observed, drawn$counts, plan)
  found <- ranked(observed, drawn$counts, sd)
  table <- plan$table
  in_users <- function(values) {
    values * table$scale + table$location
  }
  z <- (observed - expected) / sd
  p_value <- found$p_value
  out <- data.frame(
    kind = table$kind, set = table$set, observed = in_users(observed),
    expected = in_users(expected), z = z, p_value = p_value,
    p_se = sqrt(p_value * (1 - p_value) / drawn$effective),
    p_adjusted = found$p_adjusted
  )
  out <- out[order(-abs(z)), ]
  rownames(out) <- NULL
  structure(
    list(
      table = out, p_value = min(found$p_adjusted),
      row_sums = data.frame(from = 0, to = 0, observed = 0, expected = 0,
                            low = 0, high = 0)[0L, ],
      tested = plan$tested, possible = plan$possible, n = cases$n,
      times = times, draws = drawn$draws, expected = "simulated",
      rhat = drawn$rhat,
      fitted = identical(object$training$data[1L], mark[1L])
    ),
    class = "rbm_check"
  )
}

# The columns of the visible layer, without constant ones, in the form of
# rbm_units(); of models that were made without a table by their units.
described_columns <- function(object) {
  if (!is_general(object)) {
    object <- with_own_columns(object)
  }
  if (has_columns(object)) {
    columns <- object$columns
    return(columns[columns$rows > 0L, ])
  }
  layer <- layer_columns(object$units[["visible"]], nrow(object$W))
  first <- cumsum(c(1L, layer$rows))[seq_len(nrow(layer))]
  units <- names(object$b)
  name <- if (is.null(units)) paste0("V", seq_along(first)) else units[first]
  # Levels that are named as a table would: "column:level".
  levels <- lapply(seq_along(first), function(i) {
    own <- units[seq.int(first[i], length.out = layer$rows[i])]
    stem <- sub(":[^:]*$", "", own)
    if (layer$kind[i] == "binary") {
      c("0", "1")
    } else if (layer$kind[i] == "categorical" && !is.null(units) &&
                 length(unique(stem)) == 1L && all(stem != own)) {
      name[i] <<- stem[1L]
      substring(own, nchar(stem) + 2L)
    } else if (layer$kind[i] %in% c("categorical", "ordinal", "ordinal2")) {
      as.character(seq_len(layer$size[i]))
    } else {
      character()
    }
  })
  columns <- data.frame(column = name, kind = sub("2$", "", layer$kind),
                        size = layer$size, rows = layer$rows, location = 0,
                        scale = 1)
  columns$levels <- levels
  columns
}

# What is compared ------------------------------------------------------------

# Counts up to this one have their values compared one by one.
most_values <- 9L

# Indicators of levels and of values, and numbers: which column each is of.
# Those that say the rest of two levels are left out.
features_of <- function(columns) {
  one <- function(i) {
    levels <- columns$levels[[i]]
    name <- columns$column[i]
    switch(
      columns$kind[i],
      binary = , categorical = , ordinal = {
        level <- seq_along(levels)
        if (length(level) == 2L) level <- 2L
        data.frame(column = i, type = "level", value = level,
                   name = paste0(name, "=", levels[level]))
      },
      {
        value <- if (columns$kind[i] == "gaussian") {
          numeric()
        } else if (columns$kind[i] != "poisson" &&
                     columns$size[i] <= most_values) {
          if (columns$size[i] == 1L) 1 else 0:columns$size[i]
        } else {
          0
        }
        data.frame(column = i, type = rep(c("value", "number"),
                                          c(length(value), 1L)),
                   value = c(value, NA),
                   name = c(if (length(value)) paste0(name, "=", value), name))
      }
    )
  }
  do.call(rbind, lapply(seq_len(nrow(columns)), one))
}

# The features as a matrix, NA where they are missing.
feature_matrix <- function(x, columns, features) {
  out <- matrix(0, nrow(x), nrow(features))
  for (i in unique(features$column)) {
    own <- x[, units_of_column(columns, i), drop = FALSE]
    level <- level_of(own, columns, i)
    for (f in which(features$column == i)) {
      out[, f] <- switch(features$type[f], level = level == features$value[f],
                         value = own[, 1L] == features$value[f], own[, 1L])
    }
  }
  out
}

# The statistics with their names, which features they are of, and how many
# cases show these. Pairs and triples are chosen at random where they are many.
plan_statistics <- function(columns, seen, most) {
  features <- features_of(columns)
  shown <- vapply(seq_len(nrow(columns)), function(i) {
    seen[, units_of_column(columns, i)[1L]]
  }, logical(nrow(seen)))
  shown <- matrix(shown, nrow(seen))[, features$column, drop = FALSE]
  share <- which(features$type != "number")
  number <- which(features$type == "number")
  paired <- which(features$type != "value")
  pairs <- pairs_of_features(features$column[paired], most)
  possible_pairs <- attr(pairs, "possible")
  pairs <- matrix(paired[pairs], ncol = 2L)
  mixed <- rowSums(matrix(features$type[pairs] == "number", ncol = 2L)) > 0
  alone <- features$column[features$type == "level"]
  alone <- which(features$type == "level" &
                   features$column %in% names(which(table(alone) == 1L)))
  triples <- sets_of(length(alone), most)$triple
  possible_triples <- choose(length(alone), 3)
  triples <- matrix(alone[triples], ncol = 3L)
  names <- features$name
  together <- crossprod(shown + 0)
  of_three <- count_sets(shown, list(triple = triples), 0)[
    seq_len(nrow(triples))]
  row <- function(kind, statistic, set, cases, location = 0, scale = 1) {
    if (length(set)) {
      data.frame(kind = kind, statistic = statistic, set = set, cases = cases,
                 location = location, scale = scale)
    }
  }
  of_number <- features$column[number]
  joined <- do.call(paste, c(lapply(1:2, function(side) names[pairs[, side]]),
                             sep = ":"))
  table <- rbind(
    row("column", "share", names[share], colSums(shown)[share]),
    row("column", "mean", sprintf("%s (mean)", names[number]),
        colSums(shown)[number], columns$location[of_number],
        columns$scale[of_number]),
    row("column", "sd", sprintf("%s (sd)", names[number]),
        colSums(shown)[number], 0, columns$scale[of_number]),
    row("pair", "share", joined[!mixed],
        together[pairs[!mixed, , drop = FALSE]]),
    row("pair", "correlation", sprintf("%s (correlation)", joined[mixed]),
        together[pairs[mixed, , drop = FALSE]]),
    row("triple", "share", set_names(triples, names), of_three)
  )
  # Of these few cases nothing can be said.
  kept <- table$cases >= ifelse(table$statistic %in% c("share", "mean"), 1, 3)
  count <- function(kind) sum(table$kind == kind & kept)
  list(
    table = table[kept, ], kept = kept, features = features, shown = shown,
    share = share, number = number, pairs = pairs[!mixed, , drop = FALSE],
    mixed = pairs[mixed, , drop = FALSE], triples = triples,
    whole = columns$kind[features$column] != "gaussian",
    tested = c(column = count("column"), pair = count("pair"),
               triple = count("triple"), row_sum = 0),
    possible = c(column = count("column"),
                 pair = possible_pairs - sum(table$kind == "pair" & !kept),
                 triple = possible_triples -
                   sum(table$kind == "triple" & !kept), row_sum = 0)
  )
}

# Pairs of features of different columns, a row each, and how many there are.
pairs_of_features <- function(column, most) {
  sizes <- tabulate(column)
  possible <- (sum(sizes)^2 - sum(sizes^2)) / 2
  pairs <- matrix(0L, 0L, 2L)
  if (most > 0 && possible > 0) {
    n <- length(column)
    if (n <= 2000L) {
      before <- rep(seq_len(n), rev(seq_len(n)) - 1L)
      pairs <- cbind(before, sequence(rev(seq_len(n)) - 1L, seq_len(n) + 1L))
      pairs <- pairs[column[pairs[, 1L]] != column[pairs[, 2L]], , drop = FALSE]
      if (nrow(pairs) > most) {
        pairs <- pairs[sort(sample.int(nrow(pairs), most)), , drop = FALSE]
      }
    } else {
      while (nrow(pairs) < most) {
        more <- matrix(sample.int(n, 4L * most, TRUE), ncol = 2L)
        more <- more[more[, 1L] < more[, 2L] &
                       column[more[, 1L]] != column[more[, 2L]], ]
        pairs <- unique(rbind(pairs, more))
      }
      pairs <- utils::head(pairs, most)
      pairs <- pairs[order(pairs[, 1L], pairs[, 2L]), , drop = FALSE]
    }
  }
  structure(unname(pairs), possible = possible)
}

# The statistics of a data set, in the order of the plan.
table_statistics <- function(x, columns, plan) {
  value <- feature_matrix(x, columns, plan$features)
  value[!plan$shown] <- 0
  n <- colSums(plan$shown)
  number <- plan$number
  sums <- colSums(value)
  mean <- sums / n
  square <- colSums(value[, number, drop = FALSE]^2)
  sd <- sqrt(pmax(square - n[number] * mean[number]^2, 0) / (n[number] - 1))
  joint <- crossprod(value)
  out <- c(mean[plan$share], mean[number], sd)
  if (nrow(plan$pairs)) {
    out <- c(out, joint[plan$pairs] / count_pairs(plan, plan$pairs))
  }
  if (nrow(plan$mixed)) {
    out <- c(out, pair_correlations(value, joint, plan))
  }
  if (nrow(plan$triples)) {
    sets <- list(triple = plan$triples)
    counts <- function(x) {
      count_sets(x, sets, 0)[seq_len(nrow(plan$triples))]
    }
    used <- sort(unique(c(plan$triples)))
    on <- matrix(0, nrow(x), ncol(value))
    on[, used] <- value[, used]
    out <- c(out, counts(on) / counts(plan$shown))
  }
  out[plan$kept]
}

count_pairs <- function(plan, pairs) {
  if (all(plan$shown)) nrow(plan$shown) else crossprod(plan$shown + 0)[pairs]
}

# Correlations of pairs over the cases that show both; 0 where one of them does
# not vary.
pair_correlations <- function(value, joint, plan) {
  pairs <- plan$mixed
  n <- count_pairs(plan, pairs)
  turned <- pairs[, 2:1, drop = FALSE]
  if (all(plan$shown)) {
    sum <- matrix(colSums(value)[pairs], ncol = 2L)
    square <- matrix(colSums(value^2)[pairs], ncol = 2L)
  } else {
    first <- crossprod(value, plan$shown)
    second <- crossprod(value^2, plan$shown)
    sum <- cbind(first[pairs], first[turned])
    square <- cbind(second[pairs], second[turned])
  }
  within <- n * square - sum^2
  within[within < 1e-9 * pmax(1, n * square)] <- 0
  out <- (n * joint[pairs] - sum[, 1L] * sum[, 2L]) /
    sqrt(within[, 1L] * within[, 2L])
  out[!is.finite(out)] <- 0
  pmin(pmax(out, -1), 1)
}

# Standard deviations of statistics, by the observed data set and all simulated
# ones alike, so that p-values are right. Shares have those of their probability
# with a least variance of counts; others those over data sets, without the one
# that is farthest off, which the observed one may be. Counts of rare events are
# as far from normal as shares, and have the same least variance.
statistic_sd <- function(observed, simulated, plan) {
  all <- cbind(observed, simulated, deparse.level = 0)
  cases <- plan$table$cases
  statistic <- plan$table$statistic
  mean <- rowMeans(all)
  sd <- sqrt(pmax(cases * mean * (1 - mean), least_variance)) / cases
  rest <- statistic != "share"
  if (any(rest)) {
    least <- sqrt(least_variance) / cases * natural_step(mean, plan)
    sd[rest] <- pmax(spread_without_farthest(all[rest, , drop = FALSE]),
                     least[rest], 1e-12)
  }
  sd
}

spread_without_farthest <- function(values) {
  values <- values - rowMeans(values)
  values[cbind(seq_len(nrow(values)), max.col(abs(values), "first"))] <- NA
  centred <- values - rowMeans(values, na.rm = TRUE)
  sqrt(rowSums(centred^2, na.rm = TRUE) / (ncol(values) - 2))
}

# By how much one case more or less moves the sum that a statistic is of: 1 for
# a count, its size in standard deviations for correlations; 0 where all cases
# matter, as in means of Gaussian columns.
natural_step <- function(mean, plan) {
  features <- plan$features
  all <- rep(NA_real_, length(plan$kept))
  all[plan$kept] <- mean
  of_share <- all[seq_along(plan$share)]
  of_number <- all[length(plan$share) + length(plan$number) +
                     seq_along(plan$number)]
  spread <- rep(1, nrow(features))
  spread[plan$share] <- sqrt(of_share * (1 - of_share))
  spread[plan$number] <- of_number
  whole <- plan$whole
  size <- ifelse(whole, 1 / pmax(spread, 0.01, na.rm = TRUE), 1)
  step <- c(
    rep(0, length(plan$share)), ifelse(whole[plan$number], 1, 0),
    ifelse(whole[plan$number], size[plan$number] / 2, 0),
    rep(0, nrow(plan$pairs)),
    size[plan$mixed[, 1L]] * size[plan$mixed[, 2L]],
    rep(0, nrow(plan$triples))
  )
  step[plan$kept]
}

# Draws -----------------------------------------------------------------------

# The most hidden states that are visited for all draws together.
most_visits <- 1e9

# As counts_of_draws(), where this takes seconds; else chains, which begin at
# exact draws where there are any.
table_draws <- function(object, n, times, statistics, size, key, steps) {
  exact <- enumerable(object)
  visits <- if (!is_general(object)) 0 else hidden_states(object)
  if (exact && visits * n * times <= most_visits) {
    return(c(counts_of_draws(object, n, times, statistics, size, key),
             draws = "exact"))
  }
  start <- if (exact) {
    chain_cases(object, independent_rows(object, n, sub_key(key, "pilot")))
  }
  c(counts_of_chains(object, n, times, statistics, size, key, steps, start),
    draws = "gibbs")
}

# Independent draws of the visible layer, a row each.
independent_rows <- function(object, n, key) {
  if (is_general(object)) {
    observe(object, nothing_seen(object, n), "draw", key = key)$draw
  } else {
    all_rows(exact_draws(object, as.integer(n), key))
  }
}
