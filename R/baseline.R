# What a model is held against: independent columns and a tree of columns.

# The most that each column can count: 1 but for counts.
most_of <- function(cases) {
  if (is.null(cases$size)) rep(1L, cases$units) else cases$size
}

column_means <- function(cases, counts = rep(1, cases$n)) {
  colSums(all_rows(cases) * counts) / sum(counts)
}

# The share of the most that columns can count which they do count, half a case
# added on and off.
column_rates <- function(cases, counts = rep(1, cases$n)) {
  n <- sum(counts)
  (column_means(cases, counts) * n + 0.5) / (most_of(cases) * n + 1)
}

# The log-probability of each case under independent columns of these rates.
columns_log_prob <- function(rates, cases) {
  rows <- all_rows(cases)
  most <- most_of(cases)
  drop(rows %*% log(rates) + (rep(most, each = cases$n) - rows) %*%
         log1p(-rates)) +
    if (is.null(cases$size)) 0 else log_ways(rows, most)
}

# Chow and Liu (1968): the tree over the columns with the largest mutual
# information. `rows` is a 0/1 matrix, `counts` how often each row comes. Pairs
# are smoothed by an eighth of a case in each of their four cells, so that the
# margins have a quarter on and off.
chow_liu <- function(rows, counts) {
  n <- sum(counts)
  nv <- ncol(rows)
  both <- (crossprod(rows, rows * counts) + 0.125) / (n + 0.5)
  on <- (colSums(rows * counts) + 0.25) / (n + 0.5)
  diag(both) <- on
  cells <- list(both, on - both, t(on - both), 1 - outer(on, on, "+") + both)
  margins <- list(outer(on, on), outer(on, 1 - on), outer(1 - on, on),
                  outer(1 - on, 1 - on))
  information <- Reduce(`+`, Map(function(p, q) {
    p <- pmax(p, 0)
    ifelse(p > 0, p * log(p / q), 0)
  }, cells, margins))
  parent <- integer(nv)
  best <- information[1L, ]
  from <- rep(1L, nv)
  left <- seq_len(nv)[-1L]
  while (length(left)) {
    new <- left[which.max(best[left])]
    parent[new] <- from[new]
    left <- setdiff(left, new)
    closer <- left[information[new, left] > best[left]]
    best[closer] <- information[new, closer]
    from[closer] <- new
  }
  at <- cbind(parent, seq_len(nv))[-1L, , drop = FALSE]
  list(parent = parent, on = on,
       given_on = c(NA, both[at] / on[parent[-1L]]),
       given_off = c(NA, (on[-1L] - both[at]) / (1 - on[parent[-1L]])))
}

# The mean log-probability of held-out cases under the tree of others; NA for
# counts, whose trees are not learned here.
tree_score <- function(train, counts, test, test_counts) {
  if (!is_binary(train)) {
    return(NA_real_)
  }
  tree_log_lik(chow_liu(all_rows(train), counts), all_rows(test), test_counts)
}

# The mean log-probability of weighted rows under a tree.
tree_log_lik <- function(tree, rows, counts) {
  log_p <- function(p, x) x * log(p) + (1 - x) * log1p(-p)
  sums <- log_p(tree$on[1L], rows[, 1L])
  for (i in seq_along(tree$parent)[-1L]) {
    above <- rows[, tree$parent[i]]
    p <- ifelse(above == 1, tree$given_on[i], tree$given_off[i])
    sums <- sums + log_p(p, rows[, i])
  }
  sum(sums * counts) / sum(counts)
}
