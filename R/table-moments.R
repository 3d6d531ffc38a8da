# Exact moments of models of tables.

# Averages over the model, by its hidden states. The gradient of any one case is
# the model's averages less those of the case.
general_moments <- function(object, pairs) {
  check_hidden_states(object, "An exact average", most_averaged_states)
  nv <- nrow(object$W)
  nh <- ncol(object$W)
  probed <- if (pairs) which(!is_real_unit(object)) else integer()
  model <- with_probes(object, probed)
  one <- table_cases(matrix(first_state(model), 1L), NULL, NULL)
  h_of_one <- drop(enumerate(model, one, "h")$h)
  found <- with_progress(
    "Enumerating states", 2 * hidden_states(model),
    .Call(ffi_observed_likelihood, unclass(model), one, 1, resolve_hardware())
  )
  found <- parts_from(found$gradient, nv + length(probed), nh)
  v <- found$b + drop(one$reals)
  h <- found$c + h_of_one
  vh <- found$W + outer(drop(one$reals), h_of_one)
  visible <- names(object$b)
  hidden <- names(object$c)
  own <- seq_len(nv)
  out <- list(v = stats::setNames(v[own], visible),
              h = stats::setNames(h, hidden),
              vh = structure(vh[own, , drop = FALSE],
                             dimnames = dimnames(object$W)))
  if (pairs) {
    of_probes <- vh[-own, , drop = FALSE]
    out$vv <- name_cases(visible_pairs(object, out), visible, visible)
    out$hh <- name_cases(hidden_pairs(object, out, probed, of_probes), hidden,
                         hidden)
  }
  out
}

most_averaged_states <- 2^25

# Hidden units that are real numbers.
is_real_unit <- function(object) {
  hidden <- layer_columns(object$units[["hidden"]], ncol(object$W))
  rep(hidden$kind, hidden$rows) %in% c("normal", "relu")
}

# The model with a Gaussian column more for each of these hidden units, which
# are 0 or 1: its mean given h is the unit, so that what it has to do with other
# units is what the unit has. That adds h^2 / 2 to the weight of a state, which
# is h / 2, and taken off the bias.
with_probes <- function(object, units) {
  if (length(units)) {
    visible <- layer_columns(object$units[["visible"]], nrow(object$W))
    one <- diag(ncol(object$W))[units, , drop = FALSE]
    object$W <- rbind(unname(object$W), one)
    object$b <- c(unname(object$b), numeric(length(units)))
    object$c[units] <- object$c[units] - 0.5
    object$units[["visible"]] <- layer_text(
      c(visible$kind, rep("gaussian", length(units))),
      c(visible$size, rep(1L, length(units)))
    )
    object$d <- c(unname(object$d), numeric(length(units)))
  }
  object
}

# <v_i v_k>, by the values of one column. A column of few states is held at each
# of these; the mean of a Gaussian one is linear in h, and that of a Poisson one
# is exp(b + Wh), which tilts the distribution of h as larger biases would.
visible_pairs <- function(object, moments) {
  columns <- layer_columns(object$units[["visible"]], nrow(object$W))
  ends <- cumsum(columns$rows)
  at <- Map(function(end, rows) seq.int(end - rows + 1L, end), ends,
            columns$rows)
  out <- matrix(0, nrow(object$W), nrow(object$W))
  levelled <- which(!columns$kind %in% c("gaussian", "poisson"))
  codes <- lapply(levelled, function(q) {
    code <- codes_of_column(columns$kind[q], columns$size[q])
    code[rowSums(code != 0) > 0, , drop = FALSE] # 0 adds nothing to a product
  })
  held <- hold_levels(object, at[levelled], codes)
  for (i in seq_along(levelled)) {
    own <- at[[levelled[i]]]
    given <- codes[[i]] * held$share[[i]]
    out[own, ] <- crossprod(given, held$v[[i]])
    out[own, own] <- crossprod(given, codes[[i]])
  }
  numbers <- which(columns$kind %in% c("gaussian", "poisson"))
  extra <- cumsum(c(0L, extras_of(columns)))
  for (q in numbers) {
    i <- at[[q]]
    out[i, ] <- if (columns$kind[q] == "gaussian") {
      (object$b[i] * moments$v + drop(moments$vh %*% object$W[i, ])) /
        exp(object$d[extra[q] + 1L])
    } else {
      tilted <- object
      tilted$c <- object$c + object$W[i, ]
      moments$v[i] * drop(enumerate(tilted, nothing_seen(tilted), "v")$v)
    }
    out[i, i] <- held$square[i]
  }
  (out + t(out)) / 2
}

# For columns, units `at` of the layer, how probable each of their `codes` is,
# and the means of all units given it; and the mean squares of all units.
hold_levels <- function(object, at, codes) {
  if (any(is_real_unit(object))) {
    return(hold_by_biases(object, at, codes))
  }
  column <- rep(seq_along(at), vapply(codes, nrow, 0L))
  x <- matrix(NA_real_, length(column) + 1L, nrow(object$W))
  for (i in seq_along(at)) {
    x[which(column == i), at[[i]]] <- codes[[i]]
  }
  found <- enumerate(object, table_cases(x, NULL, NULL),
                     c("log_sum", "v", "square"))
  share <- exp(found$log_sum - found$log_sum[nrow(x)])
  rows <- lapply(seq_along(at), function(i) which(column == i))
  list(share = lapply(rows, function(rows) share[rows]),
       v = lapply(rows, function(rows) found$v[rows, , drop = FALSE]),
       square = found$square[nrow(x), ])
}

# The same where hidden units are real: what a level sends goes into the biases,
# so that nodes go only as far as the model without the column wants.
hold_by_biases <- function(object, at, codes) {
  columns <- layer_columns(object$units[["visible"]], nrow(object$W))
  nothing <- nothing_seen(object)
  first <- vapply(at, `[`, 0, 1L)
  column <- match(first, cumsum(c(1L, columns$rows)))
  share <- lapply(seq_along(at), function(i) {
    law <- drop(enumerate(object, nothing, "law", column = column[i])$law)
    utils::tail(law, nrow(codes[[i]])) # without the level whose code is 0
  })
  v <- lapply(seq_along(at), function(i) {
    own <- at[[i]]
    alone <- object
    alone$W[own, ] <- 0
    do.call(rbind, lapply(seq_len(nrow(codes[[i]])), function(k) {
      alone$c <- object$c +
        drop(crossprod(object$W[own, , drop = FALSE], codes[[i]][k, ]))
      enumerate(alone, nothing, "v")$v
    }))
  })
  list(share = share, v = v,
       square = drop(enumerate(object, nothing, "square")$square))
}

# <h_j h_k>. Those of 0 and 1 have probes. A normal unit's mean is its input
# a_j = c_j + W_j'v, so that <h_j h_k> = <a_j h_k>, and <h_j^2> = 1 + <a_j h_j>.
# So has a rectified one, but that the density at h_j = 0 adds to its mean.
hidden_pairs <- function(object, moments, probed, of_probes) {
  nh <- ncol(object$W)
  hidden <- layer_columns(object$units[["hidden"]], nh)
  kind <- rep(hidden$kind, hidden$rows)
  out <- matrix(0, nh, nh)
  out[probed, ] <- of_probes
  out[, probed] <- t(of_probes)
  inputs <- outer(unname(object$c), unname(moments$h)) +
    crossprod(unname(object$W), unname(moments$vh))
  normal <- which(kind == "normal")
  out[normal, ] <- inputs[normal, ]
  out[, normal] <- t(inputs[normal, , drop = FALSE])
  relu <- which(kind == "relu")
  for (j in if (length(relu) > 1L) relu) {
    less <- without_hidden(object, j)
    found <- enumerate(less, nothing_seen(less), c("log_sum", "h"))
    density <- exp(found$log_sum - table_log_z(object))
    others <- setdiff(relu, j)
    out[j, others] <- inputs[j, others] +
      density * drop(found$h)[match(others, seq_len(nh)[-j])]
  }
  real <- c(normal, relu)
  out[cbind(real, real)] <- 1 + inputs[cbind(real, real)]
  # One of 0 and 1 is its own square, one level excludes the others.
  first <- cumsum(c(1L, hidden$rows))
  for (q in which(!hidden$kind %in% c("normal", "relu"))) {
    own <- seq.int(first[q], length.out = hidden$rows[q])
    out[own, own] <- diag(unname(moments$h[own]), length(own))
  }
  (out + t(out)) / 2
}

# The model without real hidden unit j.
without_hidden <- function(object, j) {
  hidden <- layer_columns(object$units[["hidden"]], ncol(object$W))
  hidden <- hidden[-match(j, cumsum(c(1L, hidden$rows))), ]
  object$W <- object$W[, -j, drop = FALSE]
  object$c <- object$c[-j]
  object$units[["hidden"]] <- layer_text(hidden$kind, hidden$size)
  object
}
