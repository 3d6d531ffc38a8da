# What a model of 0/1 rows is held against, fitted in plain R: independent
# columns, the tree of Chow and Liu, and a mixture of independent columns by EM,
# which is the latent class model. Scores are log-probabilities of single cases.

# Columns smoothed by half a case on and half a case off.
score_columns <- function(train, test) {
  p <- (colSums(train) + 0.5) / (nrow(train) + 1)
  drop(test %*% log(p) + (1 - test) %*% log1p(-p))
}

score_tree <- function(train, test) {
  tree <- harmonium:::chow_liu(train, rep(1, nrow(train)))
  log_p <- function(p, x) x * log(p) + (1 - x) * log1p(-p)
  score <- log_p(tree$on[1L], test[, 1L])
  for (column in seq_along(tree$parent)[-1L]) {
    above <- test[, tree$parent[column]] == 1
    p <- ifelse(above, tree$given_on[column], tree$given_off[column])
    score <- score + log_p(p, test[, column])
  }
  score
}

# Equal rows as one, with how often they come.
count_rows <- function(rows) {
  key <- apply(rows, 1L, paste, collapse = "")
  first <- which(!duplicated(key))
  list(rows = rows[first, , drop = FALSE],
       counts = tabulate(match(key, key[first]), length(first)))
}

# Mean log-probability of rows under each class, weighted: a column each.
joint_classes <- function(classes, rows) {
  sweep(rows %*% log(classes$on) + (1 - rows) %*% log1p(-classes$on), 2L,
        log(classes$weight), "+")
}

score_classes <- function(classes, rows) {
  joint <- joint_classes(classes, rows)
  most <- apply(joint, 1L, max)
  most + log(rowSums(exp(joint - most)))
}

# EM from given classes to a maximum. Each class has half a case on and half a
# case off besides, in each column, so that one class is independent columns.
climb <- function(classes, table, sweeps = 500L) {
  n <- sum(table$counts)
  last <- -Inf
  for (sweep in seq_len(sweeps)) {
    joint <- joint_classes(classes, table$rows)
    most <- apply(joint, 1L, max)
    per_row <- most + log(rowSums(exp(joint - most)))
    value <- sum(per_row * table$counts) +
      sum(log(classes$on) + log1p(-classes$on)) / 2 +
      sum(log(classes$weight)) / 2
    if (value - last < 1e-6 * n) break
    last <- value
    share <- exp(joint - per_row) * table$counts
    size <- colSums(share)
    classes <- list(
      on = (crossprod(table$rows, share) + 0.5) /
        rep(size + 1, each = ncol(table$rows)),
      weight = (size + 0.5) / (n + length(size) / 2)
    )
  }
  c(classes, value = value)
}

# The best of several starts, each with classes halfway between rows of the
# table, drawn at random, and the means of the columns.
fit_classes <- function(table, classes, starts) {
  means <- (colSums(table$rows * table$counts) + 0.5) / (sum(table$counts) + 1)
  found <- lapply(seq_len(if (classes == 1L) 1L else starts), function(start) {
    chosen <- sample(length(table$counts), classes,
                     replace = classes > length(table$counts),
                     prob = table$counts)
    on <- (t(table$rows[chosen, , drop = FALSE]) + means) / 2
    if (classes == 1L) on[] <- means
    jitter <- stats::runif(length(on), -0.05, 0.05)
    on <- pmin(pmax(on + jitter, 0.01), 0.99)
    climb(list(on = on, weight = rep(1 / classes, classes)), table)
  })
  found[[which.max(vapply(found, `[[`, 0, "value"))]]
}

# The number of classes with the best held-out score over folds of the training
# cases, and the fit with as many to all of them. Of many cases one fold is held
# out, since each start takes long.
choose_classes <- function(train, tried = 2^(0:5), folds = 3L) {
  large <- nrow(train) > 5000
  starts <- if (large) c(1L, 4L) else c(3L, 10L)
  fold <- sample(rep_len(seq_len(folds), nrow(train)))
  tried <- tried[tried <= nrow(train) / 2]
  scores <- vapply(tried, function(classes) {
    mean(vapply(seq_len(if (large) 1L else folds), function(k) {
      table <- count_rows(train[fold != k, , drop = FALSE])
      mean(score_classes(fit_classes(table, classes, starts[1L]),
                         train[fold == k, , drop = FALSE]))
    }, 0))
  }, 0)
  fit_classes(count_rows(train), tried[which.max(scores)], starts[2L])
}
