# Pictures of how training went: panels of curves over epochs.

trace_picture <- function(x) {
  check_trained(x, "plot(type = \"trace\")")
  history <- x$training$history
  if (nrow(history) == 0L) {
    abort(
      "plot_history",
      "There is no history to draw: no epoch of this fit was finished."
    )
  }
  training <- x$training
  baseline <- training$independent_log_lik
  panels <- c(fit_panels(history, baseline),
              held_out_panels(history, baseline),
              chain_panels(history, training$chains))
  done <- if (is.null(training$maximum)) {
    sprintf("%s, %d of %d epochs", method_in_words(training$settings),
            nrow(history), training$settings$epochs)
  } else {
    sprintf("exact maximum, %s", counted(nrow(history), "step"))
  }
  ending <- switch(training$stopped,
                   epochs = NULL,
                   callback = "stopped by the callback",
                   patience = "no better since",
                   training$stopped)
  # A mean over epochs, or what is not of the training, is of none of them.
  epoch <- if (!isTRUE(training$settings$average)) training$best_epoch
  best <- if (!is.null(epoch)) sprintf("kept %d (dotted)", epoch)
  list(
    title = "Training history",
    note = paste(c(done, best, ending), collapse = ", "),
    alert = !is.null(ending),
    panels = panels, data = panel_data(history$epoch, panels),
    draw = function(region) {
      draw_trace(history$epoch, panels, region, cut = !is.null(ending),
                 best = epoch)
    }
  )
}

# Curves of panels as a data frame, without epochs that have no value.
panel_data <- function(epoch, panels) {
  out <- lapply(Filter(Negate(is.null), panels), function(panel) {
    do.call(rbind, lapply(seq_along(panel$curves), function(i) {
      curve <- panel$curves[[i]]
      data.frame(epoch = epoch, measure = panel$title,
                 cases = c("training", "held out")[i], value = curve$y,
                 low = curve$low, high = curve$high)
    }))
  })
  out <- do.call(rbind, out)
  out <- out[!is.na(out$value), ]
  out$measure <- factor(out$measure, unique(out$measure))
  out$cases <- factor(out$cases, c("training", "held out"))
  rownames(out) <- NULL
  out
}

# What every fit has, with the scores of held-out cases beside their own kind.
fit_panels <- function(history, baseline) {
  if (all(is.na(history$pseudo_log_lik))) {
    return(c(deviance_panels(history),
             list(trace_panel("Weight norm", history$weight_norm))))
  }
  list(
    trace_panel("Reconstruction error", history$reconstruction_error),
    trace_panel("Pseudo-log-likelihood", history$pseudo_log_lik,
                band = 2 * history$pseudo_log_lik_se,
                beside = history$valid_pseudo_log_lik, mark = baseline),
    trace_panel("Step norm / weight norm",
                history$step_norm / history$weight_norm, log = TRUE),
    trace_panel("Hidden activity", history$hidden_activity, range = c(0, 1))
  )
}

# Of training by steps of a table: the deviance of each kind of column.
deviance_panels <- function(history) {
  kinds <- sub("deviance_", "", grep("^deviance_", names(history),
                                     value = TRUE))
  lapply(kinds, function(kind) {
    trace_panel(paste("Deviance,", kind), history[[paste0("deviance_", kind)]],
                beside = history[[paste0("valid_deviance_", kind)]])
  })
}

held_out_panels <- function(history, baseline) {
  list(
    if (!all(is.na(history$log_lik))) {
      trace_panel("Log-likelihood", history$log_lik,
                  band = 2 * history$log_lik_se,
                  beside = history$valid_log_lik,
                  beside_band = 2 * history$valid_log_lik_se,
                  mark = baseline)
    },
    if (!all(is.na(history$free_energy_gap))) {
      trace_panel("Free-energy gap", history$free_energy_gap, mark = 0)
    }
  )
}

# The last look at the chains stands where training ended.
chain_panels <- function(history, last) {
  if (!is.null(last)) {
    history$chain_rhat[nrow(history)] <- last$chain_rhat
  }
  list(
    if (!all(is.na(history$chain_rhat))) {
      trace_panel("R-hat of chains", history$chain_rhat, mark = out_of_step,
                  log = max(history$chain_rhat, na.rm = TRUE) > 3)
    },
    if (!all(is.na(history$swap_rate))) {
      trace_panel("Rarest swap rate", history$swap_rate, mark = rare_swaps,
                  range = c(0, 1))
    },
    if (!all(is.na(history$meeting_time))) {
      trace_panel("Sweeps until chains met", history$meeting_time, log = TRUE)
    },
    if (any(history$unmet > 0, na.rm = TRUE)) {
      trace_panel("Share of chains that never met", history$unmet,
                  range = c(0, 1))
    }
  )
}

# What one panel of the trace shows: a curve, where it is known only roughly a
# band around it, `beside` it that of held-out cases, a line across at `mark`,
# and the ticks of its axis. Beside a line far from 0, less than one per cent of
# it is not drawn large: noise would look like progress.
trace_panel <- function(title, y, band = 0, range = NULL, log = FALSE,
                        beside = NULL, beside_band = 0, mark = NULL) {
  curves <- list(trace_curve(y, band))
  if (!all(is.na(beside))) {
    curves[[2L]] <- trace_curve(beside, beside_band)
  }
  values <- c(unlist(curves), mark)
  values <- values[is.finite(values)]
  log <- log && all(values > 0)
  if (is.null(range)) {
    range <- spread(values, log)
    if (!is.null(mark) && !log) {
      short <- max(0.01 * abs(mark) - diff(range), 0)
      range <- range + short * c(-0.5, 0.5)
    }
  }
  ticks <- grDevices::axisTicks(if (log) log10(range) else range, log,
                                nint = 4L)
  if (log && length(ticks) < 2L) {
    ticks <- pretty(range, 3L)
  }
  ticks <- ticks[ticks >= range[1L] & ticks <= range[2L]]
  c(curves[[1L]], list(
    title = title, curves = curves, mark = mark, range = range, log = log,
    ticks = ticks,
    labels = if (log) {
      vapply(ticks, format, "")
    } else {
      format(ticks, trim = TRUE)
    }
  ))
}

trace_curve <- function(y, band) list(y = y, low = y - band, high = y + band)

# The range to draw, with a little room, and some even where all are the same.
spread <- function(values, log) {
  if (!length(values)) {
    return(c(0, 1))
  }
  values <- range(values)
  if (log) {
    return(values * c(0.8, 1.25))
  }
  width <- diff(values)
  if (width == 0) {
    width <- max(abs(values[1L]), 1)
  }
  values + 0.05 * width * c(-1, 1)
}

draw_trace <- function(epoch, panels, region, cut, best = NULL) {
  panels <- panels[!vapply(panels, is.null, NA)]
  grid <- trace_grid(length(panels), region)
  left_out <- panels[-seq_len(grid$count)]
  panels <- panels[seq_len(grid$count)]
  line <- line_height(small)
  if (length(left_out)) {
    write_line(sprintf("%d more in a larger window", length(left_out)),
               mean(region[1:2]), region[3L] + 0.4 * line, width_of(region),
               small)
    region[3L] <- region[3L] + line
  }
  left <- widest(unlist(lapply(panels, `[[`, "labels")), small) + 0.8 * line
  for (i in seq_along(panels)) {
    across <- (i - 1L) %% grid$columns
    up <- grid$rows - 1L - (i - 1L) %/% grid$columns
    cell <- c(region[1L] + width_of(region) * (across + 0:1) / grid$columns,
              region[3L] + height_of(region) * (up + 0:1) / grid$rows)
    inner <- check_room(cell + line * c(0, -1, 2.2, -1.5) + c(left, 0, 0, 0))
    write_line(panels[[i]]$title, mean(inner[1:2]), inner[4L] + 0.8 * line,
               width_of(inner) + left / 2, small, font = 2L)
    graphics::text(mean(inner[1:2]), inner[3L] - 1.7 * line,
                   words_at("xlab", "Epoch"), cex = small)
    draw_trace_panel(epoch, panels[[i]], inner, cut, best)
  }
}

# Up to three panels side by side, about as wide as high; the last ones are left
# out where all would be too small to read. Four always go in.
trace_grid <- function(count, region) {
  columns <- if (width_of(region) < 0.8 * height_of(region)) {
    1L
  } else if (count > 4L && width_of(region) > 4.5) {
    3L
  } else {
    2L
  }
  columns <- min(columns, count)
  most <- columns * max(floor(height_of(region) / 1.2), ceiling(4 / columns))
  count <- min(count, most)
  list(count = count, columns = columns, rows = ceiling(count / columns))
}

# Which curve is which, in their colours, at the right where they do not end.
write_legend <- function(inner, ends) {
  line <- line_height(small)
  high <- mean(ends) > mean(inner[3:4])
  first <- if (high) inner[3L] + 1.5 * line else inner[4L] - 0.5 * line
  graphics::text(inner[2L], first - c(0, 0.9) * line,
                 c("training", "held-out"), adj = c(1, 0.5), cex = small,
                 font = 2L, col = c(style$line, style$held_out))
}

draw_trace_panel <- function(epoch, panel, inner, cut, best = NULL) {
  epochs <- range(epoch) + c(-0.5, 0.5)
  across <- function(at) place(at, epochs, inner[1:2])
  up <- function(y) place(y, panel$range, inner[3:4], panel$log)
  if (!is.null(panel$mark)) {
    graphics::segments(inner[1L], up(panel$mark), inner[2L], col = style$frame,
                       lty = 2L)
  }
  if (!is.null(best)) {
    graphics::segments(across(best), inner[3L], y1 = inner[4L],
                       col = style$frame, lwd = 1.5, lty = 3L)
  }
  lines <- c(style$line, style$held_out)
  bands <- c(style$band, grDevices::adjustcolor(style$held_out, 0.25))
  for (i in seq_along(panel$curves)) {
    draw_curve(epoch, panel$curves[[i]], across, up, lines[i], bands[i],
               c("solid", "82")[i])
  }
  if (length(panel$curves) > 1L) {
    ends <- vapply(panel$curves, function(curve) {
      utils::tail(curve$y[is.finite(curve$y)], 1L)
    }, 0)
    write_legend(inner, up(ends))
  }
  if (cut) {
    graphics::segments(inner[2L], inner[3L], y1 = inner[4L], col = style$alert,
                       lwd = 2, lty = 2L)
  }
  ticks <- grDevices::axisTicks(epochs, FALSE, nint = 4L)
  ticks <- ticks[ticks == round(ticks) & ticks >= epoch[1L]]
  if (length(ticks) == 0L) {
    ticks <- epoch[1L]
  }
  draw_axis_below(across(ticks), format(ticks, trim = TRUE), inner)
  draw_axis_left(up(panel$ticks), panel$labels, inner)
}

# A curve through the epochs in which it is known.
draw_curve <- function(epoch, curve, across, up, line, band, type) {
  known <- is.finite(curve$low) & is.finite(curve$high)
  banded <- any(curve$high[known] > curve$low[known])
  at <- across(epoch[known])
  low <- up(curve$low[known])
  high <- up(curve$high[known])
  if (banded && sum(known) > 1L) {
    graphics::polygon(c(at, rev(at)), c(low, rev(high)), col = band,
                      border = NA)
  } else if (banded) {
    graphics::segments(at, low, y1 = high, col = band, lwd = 6)
  }
  known <- is.finite(curve$y)
  at <- across(epoch[known])
  graphics::lines(at, up(curve$y[known]), col = line, lwd = 2, lty = type)
  if (sum(known) <= 20L) {
    graphics::points(at, up(curve$y[known]), col = line, pch = 19L, cex = 0.7)
  }
}
