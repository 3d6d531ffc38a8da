# Means and correlations of visible units in data and in draws of the model; see
# plot.R for what a picture is.

most_in_pairs <- 100L # units, of which all pairs are
most_read <- 5000L # cases

moments_picture <- function(x, newdata = NULL, n = NULL, steps = NULL) {
  cases <- plot_cases(x, newdata, "moments")
  n <- if (is.null(n)) 2000L else check_count(n, "n", min = 10)
  exact <- is.null(steps) && enumerable(x)
  drawn <- if (exact) {
    rbm_sample(x, n, method = "exact")
  } else {
    rbm_sample(x, n, steps = if (is.null(steps)) 1000L else steps)
  }
  weights <- if (is.null(newdata)) x$training$weights
  if (is.null(weights)) weights <- rep(1, cases$n)
  found <- compare_moments(
    x, spread_units(x, cases, most_read),
    spread_units(x, as_visible(x, drawn, "drawn", missing = TRUE), n),
    weights[spread_rows(cases, NULL, most_read)]
  )
  pairs <- found$kind == "correlation"
  apart <- mean(abs(found$data - found$model)[pairs])
  list(
    title = "Means and correlations of data and model",
    note = sprintf(
      "%s of the model%s, %s",
      counted(n, if (exact) "exact draw" else "chain"),
      if (any(pairs)) {
        sprintf("; correlations differ by %.3f on average, %.3f by chance",
                apart, sqrt(2 / pi) * sqrt(1 / n + 1 / sum(weights)))
      } else {
        ""
      },
      cases_in_words(min(cases$n, most_read), cases$n)
    ),
    data = found,
    draw = function(region) {
      halves <- beside(region)
      draw_against(found[!pairs, ], "Mean", halves[[1L]])
      draw_against(found[pairs, ], "Correlation", halves[[2L]])
    }
  )
}

# Units of cases in the model's own scale, some of the rows.
spread_units <- function(x, cases, most) {
  rows <- spread_rows(cases, NULL, most)
  values <- pick_rows(cases, rows)
  out <- array(as.double(values), dim(values))
  shares_of(x, if (is_general(x)) in_user_units(x, out) else out)
}

# A row for each unit's mean and each pair's correlation, of units that vary in
# both; levels of one column are no pair. Cases of the data have weights.
compare_moments <- function(x, data, model, weights) {
  names <- unit_names(x$b)
  column <- if (is_general(x)) {
    rows <- layer_columns(x$units[["visible"]], nrow(x$W))$rows
    rep(seq_along(rows), rows)
  } else {
    seq_len(ncol(data))
  }
  means <- data.frame(kind = "mean", set = names,
                      data = weighted_means(data, weights),
                      model = colMeans(model))
  spread <- sqrt(weighted_means(
    sweep(data, 2L, weighted_means(data, weights))^2, weights
  ))
  varies <- which(is.finite(spread) & spread > 0 &
                    apply(model, 2L, stats::sd) > 0)
  used <- sort(varies[utils::head(order(-spread[varies]), most_in_pairs)])
  at <- which(upper.tri(diag(length(used))) &
                outer(column[used], column[used], "!="), arr.ind = TRUE)
  correlate <- function(v, weights) {
    correlations(v[, used, drop = FALSE], weights)[at]
  }
  pairs <- if (nrow(at)) {
    data.frame(kind = "correlation",
               set = paste(names[used[at[, 1L]]], names[used[at[, 2L]]],
                           sep = " & "),
               data = correlate(data, weights),
               model = correlate(model, rep(1, nrow(model))))
  }
  out <- rbind(means, pairs)
  out$kind <- factor(out$kind, c("mean", "correlation"))
  out <- out[is.finite(out$data) & is.finite(out$model), ]
  rownames(out) <- NULL
  out
}

weighted_means <- function(v, weights) {
  colSums(v * weights, na.rm = TRUE) / colSums((!is.na(v)) * weights)
}

# Correlations of all pairs of columns, each of the cases that have both.
correlations <- function(v, weights) {
  seen <- 1 * !is.na(v)
  v <- sweep(v, 2L, weighted_means(v, weights)) # digits are not lost in sums
  v[is.na(v)] <- 0
  total <- crossprod(seen * weights, seen)
  mean <- crossprod(v * weights, seen) / total # row: of whom, column: with whom
  variance <- crossprod(v^2 * weights, seen) / total - mean^2
  covariance <- crossprod(v * weights, v) / total - mean * t(mean)
  suppressWarnings(covariance / sqrt(variance * t(variance)))
}

# Points that lie on the diagonal where data and model agree, the worst named.
draw_against <- function(table, what, region) {
  inner <- check_box(region)
  range <- spread(c(table$data, table$model), FALSE)
  range <- range + max(0, 0.1 - diff(range)) * c(-0.5, 0.5)
  across <- function(v) place(v, range, inner[1:2])
  up <- function(v) place(v, range, inner[3:4])
  draw_check_axes(inner, region, range, range,
                  paste(what, "in the model"), paste(what, "in the data"))
  graphics::segments(inner[1L], inner[3L], inner[2L], inner[4L], lty = 2L,
                     col = style$frame)
  graphics::points(across(table$model), up(table$data), pch = 19L, cex = 0.6,
                   col = grDevices::adjustcolor(
                     style$line, if (nrow(table) > 200L) 0.4 else 1
                   ))
  worst <- utils::head(table[order(-abs(table$data - table$model)), ], 5L)
  if (nrow(worst)) {
    name_points(across(worst$model), up(worst$data),
                shorten(legible(worst$set), 0.35 * width_of(inner), small),
                worst$data > worst$model, inner)
  }
}
