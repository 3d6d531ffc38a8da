# A twin of models of tables in plain R: states of a column one by one, from the
# definitions. `column` is a list of kind, size, b, W (a row a unit) and d.

twin_codes <- function(column) {
  K <- column$size
  switch(
    column$kind,
    binary = cbind(0:1),
    categorical = diag(K),
    ordinal = cbind((seq_len(K) - 1) / (K - 1)),
    ordinal2 = {
      s <- (seq_len(K) - 1) / (K - 1)
      cbind(s, (2 * s - 1)^2 - mean((2 * s - 1)^2))
    },
    binomial = , count = cbind(0:K),
    poisson = cbind(0:200)
  )
}

twin_base <- function(column) {
  x <- twin_codes(column)
  switch(
    column$kind,
    ordinal = , ordinal2 = c(0, column$d, 0),
    binomial = lchoose(column$size, x), count = , poisson = -lfactorial(x),
    numeric(nrow(x))
  )
}

# log of the sum over the states of a column, of which x is what is seen or NA,
# given what the hidden units send.
twin_column <- function(column, x, sent) {
  a <- column$b + sent
  if (column$kind == "gaussian") {
    g <- exp(column$d)
    return(if (anyNA(x)) {
      a^2 / (2 * g) + log(2 * pi / g) / 2
    } else {
      a * x - g * x^2 / 2
    })
  }
  codes <- twin_codes(column)
  weights <- drop(codes %*% a) + twin_base(column)
  if (!anyNA(x)) {
    weights <- weights[rowSums(abs(codes - rep(x, each = nrow(codes)))) < 1e-9]
  }
  max(weights) + log(sum(exp(weights - max(weights))))
}

# log of the sum over h and what is missing, a case a row of x.
twin_log_sum <- function(columns, c, states, x) {
  at <- rep(seq_along(columns), vapply(columns, function(column) {
    length(column$b)
  }, 0L))
  apply(x, 1L, function(row) {
    weights <- apply(states, 1L, function(h) {
      sum(c * h) + sum(vapply(seq_along(columns), function(q) {
        column <- columns[[q]]
        twin_column(column, row[at == q], drop(column$W %*% h))
      }, 0))
    })
    max(weights) + log(sum(exp(weights - max(weights))))
  })
}

# One of each kind, above two binary hidden units and one of three levels.
table_machine <- function(seed = 1) {
  set.seed(seed)
  kind <- c("binary", "categorical", "ordinal", "ordinal2", "binomial", "count",
            "poisson", "gaussian")
  size <- c(1, 3, 4, 5, 3, 6, 1, 1)
  rows <- c(1, 3, 1, 2, 1, 1, 1, 1)
  extras <- c(0, 0, 2, 3, 0, 0, 0, 1)
  columns <- lapply(seq_along(kind), function(q) {
    list(kind = kind[q], size = size[q], b = rnorm(rows[q], sd = 0.4),
         W = matrix(rnorm(5 * rows[q], sd = 0.5), rows[q]),
         d = rnorm(extras[q], sd = 0.3))
  })
  c <- rnorm(5, sd = 0.5)
  pick <- function(name) unlist(lapply(columns, `[[`, name))
  states <- as.matrix(expand.grid(0:1, 0:1, 1:3))
  states <- cbind(states[, 1:2], diag(3)[states[, 3], ])
  object <- rbm(
    do.call(rbind, lapply(columns, `[[`, "W")), pick("b"), c,
    units = c("binary", "categorical(3)", "ordinal(levels = 4, degree = 1)",
              "ordinal(levels = 5, degree = 2)", "binomial(3)",
              "count(max = 6)", "poisson", "gaussian"),
    hidden = list(binary = 2, categorical = 3), d = pick("d")
  )
  list(object = object, columns = columns, c = c, states = unname(states))
}

# States of each column, of which a share is missing.
table_states <- function(columns, n, missing) {
  do.call(cbind, lapply(columns, function(column) {
    x <- if (column$kind == "gaussian") {
      matrix(rnorm(n))
    } else {
      codes <- twin_codes(column)
      few <- min(nrow(codes), 6L)
      codes[sample.int(few, n, TRUE), , drop = FALSE]
    }
    x[runif(n) < missing, ] <- NA
    unname(x)
  }))
}

# Answers of an independent program, or a skip where they are not here.
shared_fixture <- function(name) {
  folder <- Sys.getenv("HARMONIUM_DATA")
  path <- file.path(dirname(folder), "fixtures", name)
  if (!nzchar(folder) || !file.exists(path)) {
    testthat::skip(paste("needs", name))
  }
  readRDS(path)
}

# Its machines as ours. Scores of ordinal columns are others there, so that
# parameters differ by what is linear in these; `linear` are units for which
# they do not, and `constant` is what log Z is more.
from_fixture <- function(machine) {
  W <- machine$W
  b <- machine$b
  c <- machine$c
  d <- numeric()
  constant <- 0
  units <- character()
  linear <- seq_len(nrow(W))
  for (q in seq_along(machine$units)) {
    unit <- machine$units[[q]]
    at <- machine$columns_of_unit[[q]]
    K <- unit$L
    units[q] <- switch(
      unit$kind, binary = , gaussian = , poisson = unit$kind,
      categorical = sprintf("categorical(%d)", K),
      ordinal = sprintf("ordinal(levels = %d, degree = %d)", K, length(at)),
      binomial = sprintf("binomial(%d)", K - 1L),
      tpoisson = sprintf("count(%d)", K - 1L)
    )
    if (unit$kind == "gaussian") {
      d <- c(d, log(machine$gamma[q]))
    }
    if (unit$kind == "ordinal") {
      linear <- setdiff(linear, at)
      s <- (seq_len(K) - 1) / (K - 1)
      codes <- cbind(1, s, (2 * s - 1)^2 - mean((2 * s - 1)^2))
      codes <- codes[, seq_len(length(at) + 1L)]
      into <- qr.solve(codes, unit$S)
      c <- c + drop(crossprod(W[at, , drop = FALSE], into[1L, ]))
      constant <- constant + sum(into[1L, ] * b[at])
      b[at] <- drop(into[-1L, , drop = FALSE] %*% b[at])
      W[at, ] <- into[-1L, , drop = FALSE] %*% W[at, ]
      field <- machine$a[[q]]
      rise <- field[K] - field[1L]
      b[at[1L]] <- b[at[1L]] + rise
      constant <- constant + field[1L]
      d <- c(d, (field - field[1L] - rise * s)[seq_len(K - 2L) + 1L])
    }
  }
  binary <- sum(vapply(machine$hidden, identical, NA, "binary"))
  levels <- unlist(Filter(is.numeric, machine$hidden))
  first <- if (identical(machine$hidden[[1L]], "binary")) {
    c("binary", "categorical")
  } else {
    c("categorical", "binary")
  }
  hidden <- list(binary = if (binary > 0L) binary, categorical = levels)
  object <- rbm(unname(W), unname(b), unname(c), units = units,
                hidden = Filter(length, hidden[first]),
                d = if (length(d)) unname(d))
  list(object = object, constant = constant, linear = linear)
}

code_fixture <- function(machine, V) {
  unname(do.call(cbind, lapply(seq_along(machine$units), function(q) {
    unit <- machine$units[[q]]
    v <- V[, q]
    K <- unit$L
    s <- (seq_len(max(K, 1L)) - 1) / (max(K, 2L) - 1)
    bend <- (2 * s - 1)^2 - mean((2 * s - 1)^2)
    switch(
      unit$kind, gaussian = , poisson = cbind(v),
      categorical = outer(v, seq_len(K), `==`) + 0,
      ordinal = cbind(s, bend)[v, seq_along(machine$columns_of_unit[[q]])],
      cbind(v - 1)
    )
  })))
}

weighted_gradient <- function(object, x, weights) {
  found <- .Call(ffi_observed_likelihood, unclass(object),
                 table_cases(x, NULL, NULL), weights, resolve_hardware())
  parts_from(found$gradient, nrow(object$W), ncol(object$W))
}

fit_of_table <- function() {
  set.seed(4)
  x <- data.frame(a = factor(rep(c("p", "q", "r"), 20)), b = rnorm(60),
                  c = runif(60) < 0.5)
  suppressMessages(rbm_fit(x, 2, starts = 1, weight_decay = 0.1,
                           target = "a"))
}

# Estimates of gradients ------------------------------------------------------

all_parts <- function(gradient) {
  unlist(unname(gradient[intersect(names(gradient), c("W", "b", "c", "d"))]))
}

# The largest distance from a target in standard errors, as a share of what one
# of so many numbers exceeds by chance with probability 1e-6. Each estimate is a
# mean over many chains, and so nearly normal.
misfit <- function(found, target, repeats) {
  z <- (all_parts(found) - target) / all_parts(found$se)
  max(abs(z)) / stats::qt(1 - 1e-6 / 2 / length(z), repeats - 1)
}
