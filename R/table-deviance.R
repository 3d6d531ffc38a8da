# How well training by steps has each kind of column: the deviance of cells
# given the hidden layer, which for a table stands in for a pseudo-likelihood.

# For each kind the mean over its columns and seen cells of -2 log p(x | h), h
# being the means of the hidden units given the case; of a Gaussian cell, in
# standard deviations of its column, less log(2 pi), and of a Poisson one less
# what a mean of its own would leave. Missing cells stand at their column's mean
# for this: it is a look, and has no chance.
deviance_by_kind <- function(model, cases, table) {
  x <- all_rows(as_reals(cases))
  weights <- case_weights(cases)
  hole <- is.na(x)
  filled <- x
  filled[hole] <- rep(colMeans(x, na.rm = TRUE), colSums(hole))
  filled[is.nan(filled)] <- 0
  input <- filled %*% model$W + rep(model$c, each = nrow(x))
  h <- means_given_input(input, table)
  a <- h %*% t(model$W) + rep(model$b, each = nrow(x))
  columns <- table$columns
  each <- vapply(seq_len(nrow(columns)), function(i) {
    at <- which(table$of == i)
    seen <- !hole[, at[1L]]
    d <- model$d[table$extra == i]
    cells <- cell_deviance(columns, i, x[seen, at, drop = FALSE],
                           a[seen, at, drop = FALSE], d)
    c(sum(weights[seen] * cells), sum(weights[seen]))
  }, numeric(2L))
  sums <- rowsum(t(each), columns$kind)
  stats::setNames(sums[, 1L] / sums[, 2L], rownames(sums))
}

# The means of hidden units given their inputs, a row a case.
means_given_input <- function(a, table) {
  kind <- rep(table$layers$hidden$kind, table$layers$hidden$rows)
  out <- stats::plogis(a)
  out[, kind == "normal"] <- a[, kind == "normal"]
  at <- kind == "relu"
  # phi(a) / Phi(a) by logs, which does not end at large -a.
  out[, at] <- a[, at] +
    exp(stats::dnorm(a[, at], log = TRUE) - stats::pnorm(a[, at], log.p = TRUE))
  for (at in table$hidden_blocks) {
    out[, at] <- exp(a[, at] - row_log_sums(a[, at, drop = FALSE]))
  }
  out
}

row_log_sums <- function(a) {
  most <- a[cbind(seq_len(nrow(a)), max.col(a, "first"))]
  most + log(rowSums(exp(a - most)))
}

# Deviances of the cells x of column i, given the inputs a of its units.
cell_deviance <- function(columns, i, x, a, d) {
  size <- columns$size[i]
  codes <- switch(columns$kind[i],
    gaussian = return(exp(d) * (x[, 1L] - a[, 1L] * exp(-d))^2 - d),
    poisson = return(2 * (ifelse(x == 0, 0, x * log(x)) - x -
                            a * x + exp(a))[, 1L]),
    binary = return(2 * (softplus(a) - a * x)[, 1L]),
    binomial = , count = cbind(0:size),
    level_codes(columns, i)
  )
  base <- switch(columns$kind[i],
    binomial = lchoose(size, 0:size), count = -lfactorial(0:size),
    categorical = numeric(size), c(0, d, 0)
  )
  of_states <- a %*% t(codes) + rep(base, each = nrow(a))
  here <- max.col(-abs(outer(x[, 1L], codes[, 1L], `-`)), "first")
  if (columns$kind[i] == "categorical") {
    here <- max.col(x, "first")
  }
  2 * (row_log_sums(of_states) - of_states[cbind(seq_along(here), here)])
}

# What the history has of it after an epoch, of training cases and of held-out
# ones.
deviance_row <- function(model, setup) {
  of <- function(cases, prefix) {
    if (!is.null(cases)) {
      found <- deviance_by_kind(model, spread_cases(cases), setup$table)
      stats::setNames(as.list(found), paste0(prefix, names(found)))
    }
  }
  c(of(setup$cases, "deviance_"), of(setup$valid, "valid_deviance_"))
}

deviance_columns <- function(setup) {
  if (is.null(setup$table)) {
    return(NULL)
  }
  kinds <- sort(unique(setup$table$columns$kind))
  c(paste0("deviance_", kinds),
    if (!is.null(setup$valid)) paste0("valid_deviance_", kinds))
}

# Deviances for print(): of the model, and of independent columns.
deviance_in_words <- function(row, alone) {
  kinds <- names(alone)
  at <- paste0("deviance_", kinds)
  if (!length(kinds) || !all(at %in% names(row)) || anyNA(row[at])) {
    return(NULL)
  }
  each <- paste(sprintf("%s %.3g (%.3g)", kinds, unlist(row[at]), alone),
                collapse = ", ")
  c("Deviance per cell given the hidden units (of independent columns):",
    strwrap(each, 78, indent = 2L, exdent = 2L))
}
