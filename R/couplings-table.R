# rbm_couplings() of models of tables: log p over the values of each pair of
# columns, averaged over those of all others, without the parts of single
# columns. Biases and base measures are such parts, so that only the sums over
# hidden units matter.

couplings_of_table <- function(object, draws) {
  columns <- described_columns(object)
  values <- values_of_columns(object, columns)
  size <- vapply(values, function(of) nrow(of$codes), 0L)
  exact <- sum(log2(size)) <= few_coupled + 1e-9
  least <- max(2L * sum(size - 1L) + 12L, 30L * max(size))
  if (!exact && draws < least) {
    abort(
      "couplings_draws_values",
      sprintf("`draws` is %d: couplings of %s with %s need %d or more.", draws,
              counted(length(size), "column"), counted(sum(size), "value"),
              least),
      "The default is 10000."
    )
  }
  sent <- lapply(seq_along(values), function(i) {
    values[[i]]$codes %*% unname(object$W)[units_of_column(columns, i), ,
                                           drop = FALSE]
  })
  found <- if (exact) {
    table_couplings_exact(object, sent)
  } else {
    table_couplings_sampled(object, sent, draws, draw_key())
  }
  found <- join_blocks(found, lapply(values, `[[`, "score"))
  labels <- unlist(lapply(seq_along(values), function(i) {
    paste0(columns$column[i], "=", values[[i]]$labels)
  }))
  dimnames(found$matrix) <- dimnames(found$se) <- list(labels, labels)
  structure(
    c(found, list(
      columns = columns$column, method = if (exact) "exact" else "monte_carlo",
      draws = if (exact) prod(as.double(size)) else draws
    )),
    class = "rbm_couplings"
  )
}

# Counts of more values have so many of them, evenly spaced.
most_coupled_values <- 101L

# Of each column: `codes`, a row a value; `labels`; and `score`, the values from
# 0 to 1, of columns with an order.
values_of_columns <- function(object, columns) {
  lapply(seq_len(nrow(columns)), function(i) {
    kind <- columns$kind[i]
    size <- columns$size[i]
    if (kind %in% c("binary", "categorical", "ordinal")) {
      codes <- codes_of_column(core_kind(kind, columns$rows[i]), size)
      labels <- columns$levels[[i]]
      score <- if (kind != "categorical") codes[, 1L]
    } else {
      x <- switch(
        kind, gaussian = c(-1, 1),
        poisson = likely_counts(object, units_of_column(columns, i)),
        unique(round(seq(0, size, length.out = min(size + 1L,
                                                   most_coupled_values))))
      )
      codes <- matrix(as.double(x))
      labels <- x * columns$scale[i] + columns$location[i]
      labels <- few_digits(labels)
      score <- (x - x[1L]) / (x[length(x)] - x[1L])
    }
    list(codes = codes, labels = labels, score = score)
  })
}

# Numbers with three digits, or as many as make them differ.
few_digits <- function(x) {
  for (digits in 3:15) {
    text <- formatC(x, digits = digits, format = "fg", width = 1L)
    if (!anyDuplicated(text)) break
  }
  text
}

# The two counts a standard deviation to either side of a Poisson column's mean
# under the model.
likely_counts <- function(object, unit) {
  if (hidden_states(object) <= most_hidden_states) {
    found <- enumerate(object, nothing_seen(object), c("v", "square"))
    mean <- found$v[1L, unit]
    sd <- sqrt(max(found$square[1L, unit] - mean^2, 0))
  } else {
    # By chains with a key of their own: the same counts in each call.
    h <- hidden_means(object, c(0, 0))
    mean <- exp(base_biases(object, h)[[unit]])
    sd <- sqrt(mean)
  }
  low <- max(0, round(mean - sd))
  c(low, max(low + 1, round(mean + sd)))
}

# log of the sum over hidden units as a function of their inputs, a row a state,
# but for a constant.
hidden_sums <- function(object) {
  hidden <- layer_columns(object$units[["hidden"]], ncol(object$W))
  first <- cumsum(c(1L, hidden$rows))
  one <- function(kind) which(rep(hidden$kind, hidden$rows) == kind)
  binary <- one("binary")
  normal <- one("normal")
  relu <- one("relu")
  blocks <- lapply(which(hidden$kind == "categorical"), function(q) {
    seq.int(first[q], length.out = hidden$rows[q])
  })
  function(input) {
    part <- function(at) input[, at, drop = FALSE]
    out <- rowSums(softplus(part(binary))) + rowSums(part(normal)^2) / 2 +
      rowSums(part(relu)^2 / 2 + stats::pnorm(part(relu), log.p = TRUE))
    for (at in blocks) {
      block <- part(at)
      largest <- block[cbind(seq_len(nrow(block)), max.col(block, "first"))]
      out <- out + largest + log(rowSums(exp(block - largest)))
    }
    out
  }
}

centred_both <- function(x) {
  x <- x - rowMeans(x)
  x - rep(colMeans(x), each = nrow(x))
}

# Blocks of all pairs, from every joint value. `sent` is what each value of each
# column sends to the hidden units.
table_couplings_exact <- function(object, sent) {
  size <- vapply(sent, nrow, 0L)
  states <- prod(size)
  stride <- c(1, cumprod(size))
  value <- lapply(seq_along(sent), function(i) {
    (seq_len(states) - 1) %/% stride[i] %% size[i] + 1
  })
  input <- matrix(object$c, states, length(object$c), byrow = TRUE)
  for (i in seq_along(sent)) {
    input <- input + sent[[i]][value[[i]], , drop = FALSE]
  }
  log_p <- hidden_sums(object)(input)
  log_p <- log_p - mean(log_p)
  each_pair(size, function(i, k) {
    joint <- value[[i]] + size[i] * (value[[k]] - 1)
    sums <- rowsum(log_p, joint) / (states / size[i] / size[k])
    block <- centred_both(matrix(sums, size[i]))
    list(block = block, se = 0 * block, se_of = function(weight) 0)
  })
}

each_pair <- function(size, do) {
  pairs <- which(upper.tri(diag(length(size))), arr.ind = TRUE)
  list(size = size, i = unname(pairs[, 1L]), k = unname(pairs[, 2L]),
       found = Map(do, pairs[, 1L], pairs[, 2L]))
}

# Blocks of all pairs, from uniform states. For column i, log p of each of its
# values less the mean over these is regressed on the values of the others, as
# effects that add up to 0: a column of the block for each value of the other
# one. A pair has two such answers, whose mean is taken. Their errors may be
# correlated, at most by 1.
table_couplings_sampled <- function(object, sent, draws, key) {
  size <- vapply(sent, nrow, 0L)
  u <- .Call(ffi_uniforms, key, "start", 0, 0, as.integer(draws), length(size))
  value <- lapply(seq_along(size), function(i) {
    pmin(floor(u[, i] * size[i]) + 1, size[i])
  })
  input <- matrix(object$c, draws, length(object$c), byrow = TRUE)
  for (i in seq_along(sent)) {
    input <- input + sent[[i]][value[[i]], , drop = FALSE]
  }
  sums <- hidden_sums(object)
  contrast <- lapply(size, stats::contr.sum)
  design <- do.call(cbind, c(list(1), lapply(seq_along(size), function(k) {
    contrast[[k]][value[[k]], , drop = FALSE]
  })))
  last <- cumsum(c(1L, size - 1L))
  at <- lapply(seq_along(size), function(k) {
    seq.int(last[k] + 1L, length.out = size[k] - 1L)
  })
  inverse <- chol2inv(chol(crossprod(design)))
  spread <- lapply(seq_along(size), function(k) {
    contrast[[k]] %*% tcrossprod(inverse[at[[k]], at[[k]], drop = FALSE],
                                 contrast[[k]])
  })
  one_way <- lapply_told("Couplings", seq_along(size), function(i) {
    others <- input - sent[[i]][value[[i]], , drop = FALSE]
    gain <- vapply(seq_len(size[i]), function(a) {
      sums(others + rep(sent[[i]][a, ], each = draws))
    }, numeric(draws))
    gain <- gain - rowMeans(gain)
    slope <- inverse %*% crossprod(design, gain)
    residual <- gain - design %*% slope
    list(slope = slope,
         residual = crossprod(residual) / (draws - ncol(design)))
  })
  each_pair(size, function(i, k) {
    from <- function(i, k) {
      effects <- contrast[[k]] %*% one_way[[i]]$slope[at[[k]], , drop = FALSE]
      left <- one_way[[i]]$residual
      list(block = t(effects), se = sqrt(outer(diag(left), diag(spread[[k]]))),
           se_of = function(weight) {
             sqrt(max(sum((left %*% weight %*% spread[[k]]) * weight), 0))
           })
    }
    one <- from(i, k)
    other <- from(k, i)
    list(block = centred_both((one$block + t(other$block)) / 2),
         se = (one$se + t(other$se)) / 2,
         se_of = function(weight) {
           (one$se_of(weight) + other$se_of(t(weight))) / 2
         })
  })
}

# One matrix of all blocks, and a number for each pair, strongest first. Of two
# columns with an order it is the slope of the block in the product of their
# scores, of others the norm of the block.
join_blocks <- function(found, scores) {
  last <- cumsum(c(0L, found$size))
  own <- function(i) seq.int(last[i] + 1L, last[i + 1L])
  joined <- se <- matrix(0, sum(found$size), sum(found$size))
  pairs <- data.frame(i = found$i, k = found$k,
                      coupling = numeric(length(found$i)),
                      se = numeric(length(found$i)),
                      signed = logical(length(found$i)))
  for (p in seq_along(found$i)) {
    i <- found$i[p]
    k <- found$k[p]
    one <- found$found[[p]]
    joined[own(i), own(k)] <- one$block
    joined[own(k), own(i)] <- t(one$block)
    se[own(i), own(k)] <- one$se
    se[own(k), own(i)] <- t(one$se)
    pairs$signed[p] <- !is.null(scores[[i]]) && !is.null(scores[[k]])
    if (pairs$signed[p]) {
      x <- scores[[i]] - mean(scores[[i]])
      y <- scores[[k]] - mean(scores[[k]])
      weight <- outer(x, y) / (sum(x^2) * sum(y^2))
      pairs$coupling[p] <- sum(weight * one$block)
    } else {
      pairs$coupling[p] <- sqrt(sum(one$block^2))
      weight <- one$block / max(pairs$coupling[p], .Machine$double.xmin)
    }
    pairs$se[p] <- one$se_of(weight)
  }
  pairs <- pairs[order(-abs(pairs$coupling)), ]
  rownames(pairs) <- NULL
  list(matrix = joined, se = se, pairs = pairs)
}

# Of the parts that only couplings of tables have.
are_coupled_columns <- function(x) {
  is.null(x$columns) && is.null(x$pairs) || (
    is.character(x$columns) && is.null(attributes(x$columns)) &&
      is_frame(x$pairs) &&
      are_all(function(name) {
        is_finite(x$pairs[[name]], choose(length(x$columns), 2))
      }, c("i", "k", "coupling", "se")) &&
      are_all(function(name) {
        all(x$pairs[[name]] %in% seq_along(x$columns))
      }, c("i", "k")) &&
      is.logical(x$pairs$signed) && !anyNA(x$pairs$signed) &&
      all(is_legible(x$columns))
  )
}
