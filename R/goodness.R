#' Check a model against data
#'
#' Compares data with what a model expects: how often each column is on, each
#' pair and each triple of columns together, and how many columns are on in a
#' case. The table shows the largest differences first, with p-values.
#'
#' The observed share of cases in which a set of columns is on is compared with
#' its probability p under the model. The standardised difference is
#' \deqn{z = \frac{O - N p}{\sqrt{\max(N p (1 - p), 5)}},}{z = (O - N p) /
#' sqrt(max(N p (1 - p), 5)),}
#' where O is the number of cases in which the set is on, of N. The variance
#' counts as at least 5, so that the many sets which are rarely on, and whose
#' counts are far from normal, do not hide the others.
#'
#' All p-values come from simulation: `times` data sets of N cases are drawn
#' from the model. With r of them at least as far off as the data, by the size
#' of z, the p-value is (r + 1) / (`times` + 1). `p_adjusted` counts the data
#' sets in which the largest of all differences is at least as far off. It holds
#' for the whole table: if the model is right, the probability that any
#' `p_adjusted` is at most 0.05 is at most 0.05. The smallest `p_adjusted` is
#' therefore the p-value of the whole model.
#'
#' The p-values hold for data that the model was not fitted to. They test the
#' model with the parameters that it has: what these are wrong by, since they
#' were estimated from few cases, is misfit too, and many new cases show it. On
#' its training data the p-values are conservative, that is, too high: the fit
#' has made the differences small. A model can pass there and still be wrong.
#' `print()` says where `data` are the training data.
#'
#' Drawn data sets are independent and exact where the smaller layer has at most
#' 20 units. For larger models each of N Gibbs chains gives one case to each
#' data set, after `steps` sweeps and then every 10 sweeps. Chains that have not
#' mixed make all p-values wrong; `print()` says so where R-hat shows it.
#'
#' Expected shares are exact where all states of the smaller layer can be
#' written down, which is up to 14 units. Otherwise they are means over all
#' drawn cases, with an error of 1 / sqrt(`times`) in units of z for independent
#' data sets; p-values are then counted around the mean over drawn cases and
#' `data` together, which makes them right for any `times`.
#'
#' Time grows with `times` times N times the number of sets. Pairs, or triples,
#' of which there are more than `most` are chosen at random before the data are
#' looked at. 1797 cases of 64 columns take some 10 seconds.
#'
#' @section Models of tables:
#' For columns that are not all 0 and 1, and for data with missing values,
#' these statistics are compared:
#'
#' | columns | statistics | names |
#' |:--|:--|:--|
#' | binary, categorical, ordinal | share of each level | `grade=3` |
#' | Gaussian, counts | mean and standard deviation | `age (mean)` |
#' | binomial, count, up to 9 | share of each value as well | `tries=2` |
#' | other counts | share of 0 as well | `visits=0` |
#' | pairs of levels | joint share | `grade=3:sex=f` |
#' | pairs with a number | correlation | `age:score (correlation)` |
#' | triples of columns of two levels | joint share | `sex=f:ill=1:old=1` |
#'
#' Of two levels only the second has a share of its own. In a correlation a
#' level counts as 1 where it is observed, and as 0 elsewhere. Means and
#' standard deviations are in the units of the data. Row sums are not compared.
#'
#' Each statistic uses the cases in which its columns are observed. Simulated
#' data sets have the same cells missing as `data`: the pattern is held fixed,
#' and values are taken to be missing at random given it. p-values are therefore
#' right where the pattern does not depend on the values (missing completely at
#' random). Where it does, what is observed can differ from what the model
#' expects although the model is right.
#'
#' For shares z is as above, with N the cases that are observed. For other
#' statistics z is the difference divided by the standard deviation of the
#' statistic over the data sets, the one that is farthest off left out. For
#' counts and for correlations with levels or counts it has a floor which
#' corresponds to that of shares. Expected values are means over the simulated
#' data sets. Ranks and `p_adjusted` are as above.
#'
#' Drawn data sets are independent and exact where the hidden layer has at most
#' 65,536 states, and states times N times `times` are at most 1e9. Otherwise
#' they come from N Gibbs chains, which start at exact draws where the hidden
#' layer has at most 65,536 states.
#'
#' @param object A model from [rbm()] or [rbm_fit()].
#' @param data Cases in rows, each value 0 or 1. For models of tables a data
#'   frame with the columns of the fit, missing values as `NA`.
#' @param times How many data sets to simulate, at least 19.
#' @param most How many pairs, and how many triples, to compare at most; 0 for
#'   columns and row sums only.
#' @param steps For models that are too large for exact draws, how many sweeps
#'   each chain makes before its first draw.
#' @param x A result of `rbm_check()`.
#' @param n How many rows of the table to print, or how many sets to name in the
#'   plot.
#' @param digits Digits to print.
#' @param main A title in place of the picture's own.
#' @param cex How much larger than usual words and points are.
#' @param ... Must be empty.
#' @return A list of class `rbm_check`:
#'   * `table`: a data frame, the largest differences first, with columns `kind`
#'     (`"column"`, `"pair"`, `"triple"` or `"row_sum"`), `set` (names or
#'     numbers of columns, as `"a:b"`; for row sums the number of columns that
#'     are on, or the first and the last number, as `"4-6"`), `observed` and
#'     `expected` (shares of cases, or the statistics of a table), `z`,
#'     `p_value`, `p_se` (its Monte Carlo standard error) and `p_adjusted`.
#'   * `p_value`: the smallest `p_adjusted`.
#'   * `row_sums`: a data frame with a row for each group of row sums: `from`,
#'     `to`, `observed`, `expected`, and `low` and `high`, which hold 95 % of
#'     the simulated data sets. It has no rows for tables.
#'   * `tested`, `possible`: how many columns, pairs, triples and row sums were
#'     compared, and how many there are; for tables, how many statistics of
#'     these.
#'   * `n`, `times`: the number of cases, and of simulated data sets.
#'   * `draws`: `"exact"` or `"gibbs"`; `expected`, `"exact"` or `"simulated"`.
#'   * `rhat`: R-hat of the chains, the larger of that of the free energy and
#'     that of the visible units together; `NA` for exact draws.
#'   * `fitted`: whether `data` are the training data of the model.
#'
#'   `plot()` draws observed against expected shares, and the distribution of
#'   row sums. Of the `n` largest differences those that are significant are
#'   named, where there is room. For tables the second panel has z of the
#'   largest differences by name, as many as there is room for, with r for a
#'   correlation.
#'
#'   `rbm_check()` uses two numbers from R's random number stream.
#' @section Errors:
#' Of class `harmonium_error`: data that are not 0 and 1, that lack columns of
#' the model or have others; levels that a model of a table does not know; data
#' of which all values are missing; fewer than 19 data sets.
#' @seealso [rbm_compare()], which compares models by held-out likelihood;
#'   [rbm_moments()], [rbm_couplings()]
#' @examples
#' x <- digits8$x[, 19:26] > 0.5
#' set.seed(1)
#' fit <- rbm_fit(x[1:300, ], hidden = 1, starts = 1, weight_decay = 0.01)
#' found <- rbm_check(object = fit, data = x[301:600, ], times = 99, most = 100,
#'                    steps = 1000)
#' print(x = found, n = 5, digits = 2)
#' head(found$table, 3)
#' plot(x = found, n = 3, main = "Data against model", cex = 0.9)
#'
#' # A table. One hidden unit cannot tell three species apart.
#' flowers <- rbm_fit(iris, hidden = 1, starts = 1, weight_decay = 0.01)
#' print(rbm_check(flowers, iris, times = 99), n = 5)
#' @references Gelman, Meng and Stern (1996), Posterior predictive assessment of
#'   model fitness via realized discrepancies, *Statistica Sinica* 6, 733-807.
#'
#'   Westfall and Young (1993), *Resampling-based multiple testing*, Wiley, for
#'   adjustment by the largest difference.
#' @export
rbm_check <- function(object, data, times = 200, most = 2500, steps = 1000) {
  check_given(missing(object), "object", "a model")
  check_given(missing(data), "data", "the cases to check the model with")
  check_model(object)
  times <- check_count(times, "times", min = 19, max = 1e5)
  most <- check_count(most, "most", min = 0, max = 1e5)
  steps <- check_count(steps, "steps", max = 2^24 - 1)
  if (is_checked_as_table(object, data)) {
    return(check_table(object, data, times, most, steps))
  }
  check_columns_there(data, names(object$b))
  cases <- as_binary_cases(data, "data", object$b)
  if (!enumerable(object)) {
    check_single(object)
  }
  key <- draw_key()
  nv <- length(object$b)
  sets <- seeded(key[1L] %/% 2, sets_of(nv, most))
  from <- seq(0, nv, by = ceiling((nv + 1) / most_sums))
  counts <- function(x) count_sets(x, sets, from)
  observed <- counts(pick_rows(cases, seq_len(cases$n)))
  drawn <- if (enumerable(object)) {
    counts_of_draws(object, cases$n, times, counts, length(observed), key)
  } else {
    counts_of_chains(object, cases$n, times, counts, length(observed), key,
                     steps)
  }
  exact <- can_write_states(object)
  expected <- if (exact) {
    expected_shares(object, sets, from)
  } else {
    rowMeans(drawn$counts) / cases$n
  }
  sd <- sqrt(pmax(cases$n * expected * (1 - expected), least_variance))
  z <- (observed - cases$n * expected) / sd
  found <- ranked(observed, drawn$counts, sd, if (exact) cases$n * expected)
  p_value <- found$p_value
  table <- data.frame(
    kind = rep(names(sets), vapply(sets, nrow, 0L)),
    set = unlist(lapply(sets, set_names, names(object$b)), use.names = FALSE)
  )
  to <- c(from[-1L] - 1, nv)
  table <- rbind(table, data.frame(
    kind = "row_sum", set = ifelse(from == to, from, paste0(from, "-", to))
  ))
  table$observed <- observed / cases$n
  table$expected <- expected
  table$z <- z
  table$p_value <- p_value
  table$p_se <- sqrt(p_value * (1 - p_value) / drawn$effective)
  table$p_adjusted <- found$p_adjusted
  sums <- table$kind == "row_sum"
  ends <- apply(drawn$counts[sums, , drop = FALSE], 1L, stats::quantile,
                c(0.025, 0.975), names = FALSE) / cases$n
  row_sums <- data.frame(from = from, to = to, observed = table$observed[sums],
                         expected = expected[sums], low = ends[1L, ],
                         high = ends[2L, ])
  table <- table[order(-abs(z)), ]
  rownames(table) <- NULL
  mark <- fingerprint(list(cases = cases))
  structure(
    list(
      table = table, p_value = min(found$p_adjusted), row_sums = row_sums,
      tested = c(vapply(sets, nrow, 0L), row_sum = length(from)),
      possible = c(column = nv, pair = choose(nv, 2), triple = choose(nv, 3),
                   row_sum = length(from)),
      n = cases$n, times = times,
      draws = if (enumerable(object)) "exact" else "gibbs",
      expected = if (exact) "exact" else "simulated", rhat = drawn$rhat,
      fitted = identical(object$training$data[1L], mark[1L])
    ),
    class = "rbm_check"
  )
}

# How many simulated data sets, a column each, are at least as far off as the
# observed one, by each count and by the largest of all. Where what is expected
# is not known it is the mean of all data sets with the observed one among them:
# if the model is right, these can then be exchanged, and p-values are right for
# any number of them. Without it they would be too small.
ranked <- function(observed, simulated, sd, expected = NULL) {
  times <- ncol(simulated)
  if (is.null(expected)) {
    expected <- (rowSums(simulated) + observed) / (times + 1)
  }
  far <- abs(observed - expected) / sd
  distance <- abs(simulated - expected) / sd
  p_of <- function(count) (count + 1) / (times + 1)
  largest <- sort(apply(distance, 2L, max))
  list(p_value = p_of(rowSums(distance >= far)),
       p_adjusted = p_of(times - findInterval(far, largest, left.open = TRUE)))
}

# Columns that the model has and the data have not are named, where both have
# names. Attributes are read as they are, since `data` are not checked yet.
check_columns_there <- function(data, wanted) {
  part <- function(name) attr(data, name, exact = TRUE)
  dimnames <- if (isS4(data)) part("Dimnames") else part("dimnames")
  given <- if (is.data.frame(data)) {
    part("names")
  } else if (is.list(dimnames) && length(dimnames) == 2L) {
    dimnames[[2L]]
  }
  absent <- setdiff(wanted, given)
  if (is.character(given) && length(absent) && !anyNA(given) &&
        any(given %in% wanted)) {
    abort(
      "columns_absent",
      sprintf("`data` has no %s %s, which the model has.",
              if (length(absent) == 1L) "column" else "columns",
              quote_names(absent)),
      "Give the columns that the model was fitted to, in the same order."
    )
  }
}

# Of a count, when it is made a z.
least_variance <- 5

# The most groups that row sums are counted in.
most_sums <- 40L

# Sets of columns, a row each: all where there are at most `most`, else a random
# choice of them.
sets_of <- function(nv, most) {
  sets_of_size <- function(size) {
    total <- choose(nv, size)
    if (total == 0 || most == 0) {
      return(matrix(0L, 0L, size))
    }
    if (total <= 2 * most) {
      all <- t(utils::combn(nv, size))
      return(all[sort(sample.int(total, min(total, most))), , drop = FALSE])
    }
    chosen <- matrix(0L, 0L, size)
    while (nrow(chosen) < most) {
      more <- sort_rows(
        matrix(sample.int(nv, 2L * most * size, TRUE), ncol = size)
      )
      rising <- rowSums(more[, -1L, drop = FALSE] <=
                          more[, -size, drop = FALSE]) == 0
      chosen <- unique(rbind(chosen, more[rising, , drop = FALSE]))
    }
    chosen <- utils::head(chosen, most)
    chosen[do.call(order, as.data.frame(chosen)), , drop = FALSE]
  }
  list(column = matrix(seq_len(nv)), pair = sets_of_size(2L),
       triple = sets_of_size(3L))
}

sort_rows <- function(x) {
  t(matrix(x[order(row(x), x)], ncol(x)))
}

set_names <- function(sets, names) {
  if (is.null(names)) {
    names <- as.character(seq_len(max(sets, 0L)))
  }
  do.call(paste, c(lapply(seq_len(ncol(sets)), function(i) names[sets[, i]]),
                   sep = ":"))
}

# How many cases have all columns of each set on, and how many have a number of
# columns on that is in each group. Columns are packed, eight cases a byte.
count_sets <- function(x, sets, from) {
  filled <- rbind(x, matrix(0L, -nrow(x) %% 8, ncol(x)))
  packed <- matrix(packBits(as.raw(filled)), ncol = ncol(x))
  joint <- lapply(sets, function(set) {
    on <- packed[, set[, 1L], drop = FALSE]
    for (i in seq_len(ncol(set))[-1L]) {
      on <- on & packed[, set[, i], drop = FALSE]
    }
    colSums(matrix(bits_on[as.integer(on) + 1L], nrow(packed)))
  })
  sums <- tabulate(findInterval(rowSums(x), from), length(from))
  c(unlist(joint, use.names = FALSE), sums)
}

# How many bits of each byte are on.
bits_on <- as.integer(rowSums(outer(0:255, 2^(0:7), function(byte, bit) {
  byte %/% bit %% 2
})))

# A column of counts for each of `times` data sets of n cases drawn from the
# model; R-hat of what drew them, and how many independent ones they are worth.
# So many are drawn at a time that they take some tens of megabytes.
counts_of_draws <- function(object, n, times, counts, size, key) {
  out <- matrix(0L, size, times)
  at_once <- max(1, 5e6 %/% (as.double(n) * length(object$b)))
  for (first in seq(1, times, by = at_once)) {
    these <- first:min(first + at_once - 1, times)
    x <- independent_rows(object, n * length(these),
                          sub_key(key, "part", first))
    for (i in seq_along(these)) {
      rows <- (i - 1L) * n + seq_len(n)
      out[, these[i]] <- counts(x[rows, , drop = FALSE])
    }
  }
  list(counts = out, rhat = NA_real_, effective = times)
}

# Sweeps from one draw of a chain to the next.
check_thin <- 10L

# As many chains as cases, each with a case in every data set. Up to a hundred
# of them tell, by free energies and by visible units, whether they mix.
counts_of_chains <- function(object, n, times, counts, size, key, steps,
                             states = NULL) {
  out <- matrix(0L, size, times)
  watched <- seq_len(min(n, 100L))
  trace <- matrix(0, times, length(watched))
  half <- times %/% 2L
  sums <- list(matrix(0, length(watched), length(object$b)))[c(1L, 1L)]
  squares <- sums
  lapply_told("Simulating", seq_len(times), function(i) {
    plan <- chain_plan(n, if (i == 1L) steps else check_thin)
    found <- run_chains(object, states, plan, sub_key(key, "part", i))
    x <- all_rows(found$x)
    states <<- if (is_general(object)) chain_cases(object, x) else found$x
    out[, i] <<- counts(x)
    trace[i, ] <<- found$free_energy[watched]
    part <- if (i <= half) 1L else if (i > times - half) 2L
    if (!is.null(part)) {
      sums[[part]] <<- sums[[part]] + x[watched, , drop = FALSE]
      squares[[part]] <<- squares[[part]] + x[watched, , drop = FALSE]^2
    }
  })
  about <- chain_diagnostics(trace)
  rhat <- c(about$rhat, together(do.call(rbind, sums), do.call(rbind, squares),
                                 half, times, length(watched)))
  effective <- about$ess / ncol(trace)
  list(counts = out,
       rhat = if (all(is.na(rhat))) NA_real_ else max(rhat, na.rm = TRUE),
       effective = if (is.na(effective)) times else
         min(max(effective, 1), times))
}

# Whether the states of the smaller layer can be written down, with the
# distribution of row sums given each.
can_write_states <- function(object) {
  walked(object) <= 14L &&
    2^walked(object) * (length(object$b) + 1)^2 <= 2e8
}

# The model as a mixture of independent columns, one for each state of the
# smaller layer: weights, and a row of p(v_i = 1 | state) for each.
as_mixture <- function(object) {
  states <- all_visible_states(walked(object))
  W <- unname(object$W)
  if (ncol(W) <= nrow(W)) {
    input <- sweep(tcrossprod(states, W), 2L, object$b, "+")
    log_weight <- drop(states %*% object$c) + rowSums(softplus(input))
    mean <- stats::plogis(input)
  } else {
    log_weight <- -unname(free_energy(object, as_cases(states)))
    mean <- states + 0
  }
  list(weight = exp(log_weight - log_sum_exp(log_weight)), mean = unname(mean))
}

expected_shares <- function(object, sets, from) {
  mixture <- as_mixture(object)
  mean <- mixture$mean
  joint <- lapply(sets, function(set) {
    vapply(seq_len(nrow(set)), function(k) {
      on <- mixture$weight
      for (i in set[k, ]) on <- on * mean[, i]
      sum(on)
    }, 0)
  })
  sums <- row_sum_shares(mixture)
  group <- findInterval(seq_along(sums) - 1, from)
  shares <- c(unlist(joint, use.names = FALSE),
              as.vector(tapply(sums, group, sum)))
  pmin(pmax(shares, 0), 1)
}

# The probability of each number of columns on: columns are added one by one.
row_sum_shares <- function(mixture) {
  nv <- ncol(mixture$mean)
  share <- matrix(0, nrow(mixture$mean), nv + 1L)
  share[, 1L] <- mixture$weight
  for (i in seq_len(nv)) {
    on <- mixture$mean[, i]
    before <- seq_len(i)
    moved <- share[, before, drop = FALSE] * on
    share[, before] <- share[, before] * (1 - on)
    share[, before + 1L] <- share[, before + 1L] + moved
  }
  colSums(share)
}

is_check <- function(x) {
  kinds <- c("column", "pair", "triple", "row_sum")
  is_numbers <- function(frame, names) {
    are_all(function(name) is_finite(frame[[name]], nrow(frame)), names)
  }
  is_plain_list(x, c("table", "p_value", "row_sums", "tested", "possible", "n",
                     "times", "draws", "expected", "rhat", "fitted")) &&
    is_frame(x$table) && nrow(x$table) > 0L && is.character(x$table$kind) &&
    all(x$table$kind %in% kinds) && is.character(x$table$set) &&
    is.null(attributes(x$table$kind)) && is.null(attributes(x$table$set)) &&
    is_numbers(x$table, c("observed", "expected", "z", "p_value", "p_se",
                          "p_adjusted")) &&
    is_finite(x$p_value, min = 0) && is_frame(x$row_sums) &&
    nrow(x$row_sums) != 1L &&
    is_numbers(x$row_sums, c("from", "to", "observed", "expected", "low",
                             "high")) &&
    is_finite(x$tested, 4L, min = 0) && identical(names(x$tested), kinds) &&
    is_finite(x$possible, 4L, min = 0) &&
    identical(names(x$possible), kinds) &&
    is_finite(x$n, min = 1) && is_finite(x$times, min = 1) &&
    is_text(x$draws) && x$draws %in% c("exact", "gibbs") &&
    is_text(x$expected) && is.double(x$rhat) && length(x$rhat) == 1L &&
    !is.object(x$rhat) && !is.nan(x$rhat) && is_flag(x$fitted)
}

# Of a model of a table: columns are not all 0 and 1, and have no sums of rows.
is_table_check <- function(x) nrow(x$row_sums) == 0L

is_share <- function(set) !grepl(" \\((mean|sd|correlation)\\)$", set)

check_check <- function(x) {
  check_sound(is_check(x), "x", "result of rbm_check()", "rbm_check()")
}

# Where misfit begins.
check_level <- 0.05

check_in_words <- function(x) {
  bad <- sum(x$table$p_adjusted <= check_level)
  total <- counted(nrow(x$table), "difference")
  if (bad > 0L) {
    sprintf("MISFIT: %s of %s %s larger than the model explains (p = %s)",
            big(bad), total, if (bad == 1L) "is" else "are",
            format(x$p_value, digits = 2L))
  } else {
    sprintf("No sign of misfit: the largest of %s has adjusted p = %s", total,
            format(x$p_value, digits = 2L))
  }
}

tested_in_words <- function(x) {
  words <- c(column = "column", pair = "pair", triple = "triple",
             row_sum = "row sum")
  some <- x$tested < x$possible
  told <- vapply(names(words), function(kind) {
    if (is_table_check(x)) {
      sprintf("%s%s of %ss%s", big(x$tested[[kind]]),
              if (some[[kind]]) paste(" of", big(x$possible[[kind]])) else "",
              words[[kind]], if (some[[kind]]) " at random" else "")
    } else if (some[[kind]]) {
      sprintf("%s of %s at random", big(x$tested[[kind]]),
              counted(x$possible[[kind]], words[[kind]]))
    } else {
      counted(x$tested[[kind]], words[[kind]])
    }
  }, "")
  told <- told[x$tested > 0]
  strwrap(paste(if (is_table_check(x)) "Statistics compared:" else "Compared:",
                paste(told, collapse = ", ")), 79L, exdent = 2L)
}

#' @rdname rbm_check
#' @export
print.rbm_check <- function(x, n = 10, digits = 3, ...) {
  check_dots_empty(...)
  check_check(x)
  n <- check_count(n, "n")
  digits <- check_digits(digits)
  cat(check_in_words(x), "\n", sep = "")
  cat(sprintf("%s against %s simulated from the model, %s\n",
              counted(x$n, "case"), counted(x$times, "data set"),
              if (x$draws == "exact") "independent draws" else
                sprintf("Gibbs chains (R-hat %s)",
                        format(x$rhat, digits = 3L))))
  cat(tested_in_words(x), sep = "\n")
  if (isTRUE(x$rhat > out_of_step)) {
    cat("CHAINS HAVE NOT MIXED: do not trust these p-values.",
        "Use more `steps`\n")
  }
  if (x$fitted) {
    cat("These are training data: p-values are too high, see ?rbm_check\n")
  }
  shown <- utils::head(x$table, n)
  cat(if (nrow(shown) < nrow(x$table)) {
    sprintf("The %s of largest difference:\n", counted(nrow(shown), "set"))
  } else {
    "Largest difference first:\n"
  })
  share <- function(values) {
    number <- is_table_check(x) & grepl(" \\((mean|sd)\\)$", shown$set)
    ifelse(number, formatC(values, digits = digits + 1L, format = "fg"),
           formatC(values, digits = digits, format = "f"))
  }
  p <- function(values) formatC(values, digits = 3L, format = "f")
  columns <- list(
    c("", sub("_", " ", shown$kind)), c("", legible(shown$set)),
    c("observed", share(shown$observed)),
    c("expected", share(shown$expected)),
    c("z", formatC(shown$z, digits = 2L, format = "f")),
    c("p", p(shown$p_value)), c("adjusted", p(shown$p_adjusted))
  )
  left <- c(TRUE, TRUE, rep(FALSE, 5L))
  text <- Map(function(column, left) {
    formatC(column, width = max(nchar(column)) * if (left) -1 else 1)
  }, columns, left)
  cat(sub(" +$", "", paste0("  ", do.call(paste, c(text, sep = "  ")))),
      sep = "\n")
  cat(sprintf(paste("Monte Carlo error of p: s.e. up to %.2g here; the least",
                    "possible is %.2g\n"),
              max(shown$p_se), 1 / (x$times + 1)))
  if (x$expected == "simulated") {
    cat(sprintf("Expected %s are means of the simulated data sets\n",
                if (is_table_check(x)) "values" else "shares"))
  }
  invisible(x)
}
