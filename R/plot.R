# Pictures of a model, in base graphics. Every picture is one figure whose
# coordinates are inches, so that room for words can be measured before anything
# is drawn, and so that it fits into the layout of whoever calls. A region is
# c(left, right, bottom, top) in these coordinates.

#' Pictures of a restricted Boltzmann machine
#'
#' Shows how training went, what the hidden units look for, what they do on
#' data, and what the machine expects to see.
#'
#' @section What the pictures show:
#' `"trace"` draws the history, epoch by epoch: the reconstruction error; the
#' pseudo-log-likelihood in nats per case, with a band of two standard errors to
#' either side where it comes from a part of the cases; the norm of a step
#' divided by the norm of `W`, on a log scale; and the mean probability that a
#' hidden unit is on. Training may end when the pseudo-log-likelihood is level.
#' Where it falls while the reconstruction error falls too, the chains no longer
#' forget the data: use a larger `k` or a smaller `learning_rate`. Steps are
#' large beside the weights at first, which start near 0; once training is under
#' way, after some epochs, 1/1000 to 1/100 is common and 1/10 too much. A fit
#' that ended before its last epoch says so in orange, and a dashed line stands
#' where it ended.
#'
#' Where the history has them, there are more panels. The log-likelihood, with a
#' band of two standard errors where it is an estimate. The scores of held-out
#' cases, in purple beside those of the training cases: training should end
#' where these are highest, and a dotted line stands at the epoch that was kept.
#' The free-energy gap, which grows as training cases are learned by heart.
#' R-hat of the chains of the negative phase, which should stay below the dashed
#' line at 1.1; how often ladders of parallel tempering swap, where that is
#' rarest; how many sweeps coupled chains took to meet, and the share that never
#' did. See [rbm_fit()] for what these mean. Where the window is too small for
#' all, the last ones are left out.
#'
#' `"weights"` draws a tile for each hidden unit, its column of `W` laid out as
#' a picture: red pixels turn the unit on, blue ones turn it off, pale ones do
#' not matter. All are on one scale, beyond whose ends 1 weight in 100 may lie.
#' Look for strokes, edges and spots. Tiles of noise have learned nothing so
#' far; tiles that look alike do the same work twice. Where a case is no
#' picture, `W` is drawn as a table with the same colours.
#'
#' `"hidden"` draws \eqn{p(h | v)} as greys from 0 (white) to 1 (black), a row a
#' case and a column a hidden unit, and above it the mean of each column over
#' all cases, largest first. Columns that are white or black from top to bottom
#' carry nothing: such units are dead, or always on. They are marked in orange
#' where the mean is below 0.01 or above 0.99. Rows that look alike are cases
#' that the machine does not tell apart.
#'
#' `"samples"` draws what the machine expects to see: \eqn{p(v | h)} at the end
#' of chains of Gibbs samples, as greys from 0 to 1. They should look like the
#' data and differ from each other. Where all are the same, or a blur, training
#' was too short, or the chains were too short to leave where they started.
#'
#' `"reconstruction"` draws cases and, underneath each, \eqn{p(v | p(h | v))}.
#' What is lost there, the hidden layer has no words for.
#'
#' `"log_lik"` draws the mean log-likelihood of a training case along the
#' training, in the epochs in which `evaluate_every` had it computed, with a
#' band of two standard errors to either side where it is an estimate. This is
#' what training is for; where it falls, stop there, or take a smaller
#' `learning_rate` or a larger `k`.
#'
#' `"free_energy"` draws how \eqn{F(v)} is spread over `newdata` and, where
#' given, over the cases `against` which they are compared: training and
#' held-out cases, say. No \eqn{Z} is needed, since it is the same for both.
#' Where the two spreads move apart as training goes on, the machine learns the
#' training cases by heart. The gap of the means, with its standard error, is
#' written above.
#'
#' The order of hidden units means nothing, nor does which of its two states a
#' unit calls 1. Units are sorted for the eye only, and a tile with its colours
#' exchanged belongs to an equally good machine.
#'
#' Each picture is one figure, so `par(mfrow = c(1, 2))` puts two on a page.
#'
#' @param x A model from [rbm()] or [rbm_fit()].
#' @param type Which picture, one of the above.
#' @param ... Must be empty: arguments are named in full.
#' @param newdata For `"hidden"`, `"reconstruction"` and `"free_energy"`, the
#'   cases, in any form that [rbm_fit()] takes; for the last, each 0 or 1. By
#'   default the training data that the model keeps.
#' @param n How many cases or samples to draw: by default 100 for `"hidden"`, 25
#'   for `"samples"` and 10 for `"reconstruction"`. Cases are spread evenly over
#'   those there are.
#' @param steps For `"samples"`, Gibbs sweeps in each chain, by default 1000, as
#'   in [rbm_sample()].
#' @param units For `"weights"`, which hidden units to draw, by number or by
#'   name. By default those whose weights have the largest norm, at most 100.
#' @param image_dim For `"weights"`, `"samples"` and `"reconstruction"`,
#'   `c(rows, columns)` of the picture that a case is, pixels row after row, or
#'   `NA` for a table in place of pictures. By default that of the model, else a
#'   square where the number of visible units allows it, else a table. Pictures
#'   that lie on their side have their pixels column after column in the data.
#'
#' @param against For `"free_energy"`, other cases to compare with.
#'
#' @return `x`, invisibly. Graphical parameters are left as they were.
#'   `"samples"` takes two draws from R's random numbers, the others none.
#' @section Errors:
#' Of class `harmonium_error`: an argument that `type` does not use, no history
#' to trace (a model from [rbm()], or a fit interrupted in its first epoch), a
#' history without likelihoods, no cases (a model that keeps none, and no
#' `newdata`), units that the model does not have, an `image_dim` whose product
#' is not the number of visible units, and a figure too small to draw in.
#' @source Hinton (2012), A practical guide to training restricted Boltzmann
#'   machines, \doi{10.1007/978-3-642-35289-8_32}, on what to watch.
#' @seealso [rbm_fit()] for the history, [rbm_sample()], [predict.rbm()]
#' @examples
#' set.seed(1)
#' fit <- rbm_fit(digits8$x[1:300, ], hidden = 16, epochs = 15,
#'                image_dim = digits8$image_dim)
#' plot(x = fit, type = "trace")
#' plot(fit, type = "weights")
#' plot(fit, type = "weights", units = c("h3", "h1"), image_dim = c(4, 16))
#' plot(fit, type = "hidden", newdata = digits8$x[301:400, ], n = 50)
#' plot(fit, type = "samples", n = 12, steps = 100)
#' plot(fit, type = "reconstruction", n = 8)
#'
#' # Answers to yes-no questions are no pictures.
#' answers <- digits8$x[1:300, c("r4c3", "r4c4", "r4c5", "r4c6")] > 0.5
#' plot(rbm_fit(answers, hidden = 3, epochs = 5), "weights", image_dim = NA)
#'
#' # The likelihood, which is defined for cases of 0 and 1.
#' ink <- digits8$x > 0.5
#' small <- rbm_fit(ink[1:300, ], hidden = 8, epochs = 8, evaluate_every = 2)
#' plot(small, type = "log_lik")
#' plot(small, type = "free_energy", newdata = ink[1:300, ],
#'      against = ink[301:600, ])
#' @export
plot.rbm <- function(x, type = c("trace", "weights", "hidden", "samples",
                                 "reconstruction", "log_lik", "free_energy"),
                     ..., newdata = NULL, n = NULL, steps = NULL, units = NULL,
                     image_dim = NULL, against = NULL) {
  check_dots_empty(...)
  check_model(x, "x")
  makers <- list(trace = trace_picture, weights = weights_picture,
                 hidden = hidden_picture, samples = samples_picture,
                 reconstruction = reconstruction_picture,
                 log_lik = log_lik_picture,
                 free_energy = free_energy_picture)
  type <- check_choice(type, names(makers), "type")
  make <- makers[[type]]
  used <- names(formals(make))[-1L]
  given <- list(newdata = newdata, n = n, steps = steps, units = units,
                image_dim = image_dim, against = against)
  check_used(given, used, type)
  draw_picture(do.call(make, c(list(x), given[used]), quote = TRUE))
  invisible(x)
}

draw_picture <- function(picture) {
  force(picture) # its checks come before a device opens
  old <- graphics::par(cex = graphics::par("cex"), pty = "m", xpd = NA,
                       mar = rep(0, 4L))
  on.exit(graphics::par(old))
  picture$draw(open_figure(picture))
}

check_used <- function(given, used, type) {
  given <- names(given)[!vapply(given, is.null, NA)]
  unused <- setdiff(given, used)
  if (length(unused)) {
    abort(
      "plot_argument",
      sprintf("plot(type = \"%s\") has no use for %s.", type,
              quote_names(unused)),
      if (length(used)) sprintf("It takes %s.", quote_names(used))
    )
  }
}

# A picture is list(title, note, alert, tiled, draw, ...): words above it, the
# note in the colour of alarm where `alert`; whether pixels must stay square
# when a window changes; and a function that draws it in a region. Its maker has
# the arguments of plot.rbm() that the type uses, and does all checks, before a
# device opens.

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
  panels <- c(fit_panels(history), held_out_panels(history),
              chain_panels(history, training$chains))
  done <- sprintf("%s, %d of %d epochs", method_in_words(training$settings),
                  nrow(history), training$settings$epochs)
  ending <- switch(training$stopped,
                   epochs = NULL,
                   callback = "stopped by the callback",
                   patience = "no better since",
                   training$stopped)
  best <- if (!is.null(training$best_epoch)) {
    sprintf("kept %d (dotted)", training$best_epoch)
  }
  list(
    title = "Training history",
    note = paste(c(done, best, ending), collapse = ", "),
    alert = !is.null(ending),
    panels = panels,
    draw = function(region) {
      draw_trace(history$epoch, panels, region, cut = !is.null(ending),
                 best = training$best_epoch)
    }
  )
}

# What every fit has, with the scores of held-out cases beside their own kind.
fit_panels <- function(history) {
  list(
    trace_panel("Reconstruction error", history$reconstruction_error),
    trace_panel("Pseudo-log-likelihood", history$pseudo_log_lik,
                band = 2 * history$pseudo_log_lik_se,
                beside = history$valid_pseudo_log_lik),
    trace_panel("Step norm / weight norm",
                history$step_norm / history$weight_norm, log = TRUE),
    trace_panel("Hidden activity", history$hidden_activity, range = c(0, 1))
  )
}

held_out_panels <- function(history) {
  list(
    if (!all(is.na(history$log_lik))) {
      trace_panel("Log-likelihood", history$log_lik,
                  band = 2 * history$log_lik_se,
                  beside = history$valid_log_lik,
                  beside_band = 2 * history$valid_log_lik_se)
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
# and the ticks of its axis.
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
    graphics::text(mean(inner[1:2]), inner[3L] - 1.7 * line, "Epoch",
                   cex = small)
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
                 font = 2L, col = c(inks$line, inks$held_out))
}

draw_trace_panel <- function(epoch, panel, inner, cut, best = NULL) {
  epochs <- range(epoch) + c(-0.5, 0.5)
  across <- function(at) place(at, epochs, inner[1:2])
  up <- function(y) place(y, panel$range, inner[3:4], panel$log)
  if (!is.null(panel$mark)) {
    graphics::segments(inner[1L], up(panel$mark), inner[2L], col = inks$frame,
                       lty = 2L)
  }
  if (!is.null(best)) {
    graphics::segments(across(best), inner[3L], y1 = inner[4L],
                       col = inks$frame, lwd = 1.5, lty = 3L)
  }
  lines <- c(inks$line, inks$held_out)
  bands <- c(inks$band, grDevices::adjustcolor(inks$held_out, 0.25))
  for (i in seq_along(panel$curves)) {
    draw_curve(epoch, panel$curves[[i]], across, up, lines[i], bands[i])
  }
  if (length(panel$curves) > 1L) {
    ends <- vapply(panel$curves, function(curve) {
      utils::tail(curve$y[is.finite(curve$y)], 1L)
    }, 0)
    write_legend(inner, up(ends))
  }
  if (cut) {
    graphics::segments(inner[2L], inner[3L], y1 = inner[4L], col = inks$alert,
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
draw_curve <- function(epoch, curve, across, up, line, band) {
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
  graphics::lines(at, up(curve$y[known]), col = line, lwd = 2)
  if (sum(known) <= 20L) {
    graphics::points(at, up(curve$y[known]), col = line, pch = 19L, cex = 0.7)
  }
}

weights_picture <- function(x, units = NULL, image_dim = NULL) {
  shape <- picture_shape(x, image_dim)
  all <- ncol(x$W)
  chosen <- if (is.null(units)) {
    utils::head(order(-colSums(x$W^2)), 100L)
  } else {
    check_units(units, x)
  }
  values <- t(x$W[, chosen, drop = FALSE])
  title <- sprintf(
    "Weights of %s%s hidden unit%s%s",
    if (length(chosen) < all) paste(big(length(chosen)), "of ") else "",
    big(all), if (all > 1L) "s" else "",
    if (is.null(units) && all > 1L) ", largest norm first" else ""
  )
  names <- unit_names(x$c)[chosen]
  list(
    title = title, note = shape$note, tiled = !is.null(shape$dim),
    values = values, names = names,
    draw = function(region) {
      draw_cases(values, names, "hidden unit", x, shape, weight_scale(values),
                 region)
    }
  )
}

hidden_picture <- function(x, newdata = NULL, n = NULL) {
  cases <- plot_cases(x, newdata, "hidden")
  rows <- spread_rows(cases, n, 100L)
  h <- conditional(x, "hidden", cases, "probability")
  activity <- colMeans(h)
  order <- order(-activity)
  activity <- activity[order]
  h <- h[rows, order, drop = FALSE]
  off <- sum(activity < 0.01)
  on <- sum(activity > 0.99)
  list(
    title = sprintf("p(h | v) of %s in %s", counted(ncol(h), "hidden unit"),
                    cases_in_words(nrow(h), cases$n)),
    note = sprintf("Nearly always off: %d, nearly always on: %d%s", off, on,
                   if (off + on > 0L) " (orange)" else ""),
    values = h, activity = activity,
    draw = function(region) {
      top <- region
      top[3L] <- region[4L] - 0.3 * height_of(region)
      region[4L] <- top[3L] - 0.5 * line_height(small)
      box <- draw_table(
        h, list(names = case_names(cases, rows), what = "case"),
        list(names = unit_names(x$c)[order], what = "hidden unit",
             order = "most active first"),
        grey_scale(), region
      )
      draw_activity(activity, c(box[1:2], top[3:4]))
    }
  )
}

# Bars that stand on the columns of the table below them.
draw_activity <- function(activity, box) {
  edges <- place(0:length(activity), c(0, length(activity)), box[1:2])
  from <- edges[-length(edges)]
  to <- edges[-1L]
  idle <- activity < 0.01 | activity > 0.99
  graphics::rect(from, box[3L], to, box[4L], border = NA,
                 col = ifelse(idle, inks$mark, NA))
  graphics::rect(from, box[3L], to, place(activity, c(0, 1), box[3:4]),
                 col = ifelse(idle, inks$alert, inks$line),
                 border = if (to[1L] - from[1L] > 0.05) "white" else NA)
  draw_axis_left(box[3:4], c("0", "1"), box)
  graphics::text(box[1L] - 0.9 * line_height(small), mean(box[3:4]), "Mean",
                 srt = 90, cex = small)
}

samples_picture <- function(x, n = NULL, steps = NULL, image_dim = NULL) {
  shape <- picture_shape(x, image_dim)
  n <- if (is.null(n)) 25L else check_count(n, "n")
  steps <- if (is.null(steps)) 1000L else steps
  values <- rbm_sample(x, n, steps = steps, type = "probability")
  names <- as.character(seq_len(n))
  list(
    title = sprintf("%s sample%s after %s Gibbs sweep%s", big(n),
                    if (n > 1L) "s" else "", big(steps),
                    if (steps > 1L) "s" else ""),
    note = shape$note, tiled = !is.null(shape$dim), values = values,
    draw = function(region) {
      draw_cases(values, if (is.null(shape$dim)) names, "sample", x, shape,
                 grey_scale(), region)
    }
  )
}

reconstruction_picture <- function(x, newdata = NULL, n = NULL,
                                   image_dim = NULL) {
  shape <- picture_shape(x, image_dim)
  cases <- plot_cases(x, newdata, "reconstruction")
  rows <- spread_rows(cases, n, 10L)
  shown <- pick_rows(cases, rows)
  again <- reconstruct(x, as_cases(shown))
  shown <- array(as.double(shown), dim(shown))
  names <- case_names(cases, rows)
  list(
    title = sprintf("%s and %s", cases_in_words(length(rows), cases$n),
                    if (length(rows) > 1L) {
                      "their reconstructions"
                    } else {
                      "its reconstruction"
                    }),
    note = paste0(
      if (is.null(shape$dim)) {
        "Left: the cases, right: what comes back"
      } else {
        "Above: the case, below: what comes back"
      },
      if (!is.null(shape$note)) sprintf(" (%s)", shape$note)
    ),
    tiled = !is.null(shape$dim),
    values = list(cases = shown, reconstructions = again),
    draw = function(region) {
      if (is.null(shape$dim)) {
        draw_table(cbind(t(shown), NA, t(again)),
                   list(names = unit_names(x$b), what = "visible unit"),
                   list(names = c(names, "", names), what = "case",
                        count = length(rows)),
                   grey_scale(), region)
      } else {
        gap <- matrix(NA_real_, nrow(shown), shape$dim[2L])
        draw_tiles(cbind(shown, gap, again), shape$dim * c(2L, 1L) + c(1L, 0L),
                   names, grey_scale(), region, gap = 2)
      }
    }
  )
}

# Cases or other things with a value a visible unit, a row each: as pictures, or
# as the columns of a table.
draw_cases <- function(values, names, what, x, shape, scale, region) {
  if (is.null(shape$dim)) {
    draw_table(t(values), list(names = unit_names(x$b), what = "visible unit"),
               list(names = names, what = what), scale, region)
  } else {
    draw_tiles(values, shape$dim, names, scale, region)
  }
}

# The rows and columns of a case as a picture, or NULL, and what to say of it.
picture_shape <- function(x, image_dim) {
  units <- nrow(x$W)
  if (is.atomic(image_dim) && identical(is.na(image_dim), TRUE)) {
    return(list(dim = NULL))
  }
  if (is.null(image_dim)) {
    image_dim <- x$image_dim
  }
  side <- round(sqrt(units))
  if (!is.null(image_dim) || side == 1 || side^2 != units) {
    return(list(dim = check_image_dim(image_dim, units)))
  }
  list(
    dim = as.integer(c(side, side)),
    note = sprintf("taken as %.0f x %.0f pixels; image_dim = NA for a table",
                   side, side)
  )
}

check_units <- function(units, x) {
  plain <- is.atomic(units) && !is.object(units)
  found <- if (plain && is.character(units)) {
    match(units, names(x$c))
  } else if (plain && is.numeric(units)) {
    match(units, seq_along(x$c))
  } else {
    NA
  }
  if (length(found) == 0L || anyNA(found)) {
    abort(
      "plot_units",
      sprintf("`units` must be names or numbers of hidden units, 1 to %d%s.",
              length(x$c),
              if (plain && length(found) == length(units) && length(found)) {
                sprintf("; not found: %s", quote_names(units[is.na(found)]))
              } else {
                ""
              })
    )
  }
  found
}

plot_cases <- function(x, newdata, type, read = as_cases) {
  if (is.null(newdata) && is.null(x$x)) {
    abort(
      "plot_data",
      sprintf("plot(type = \"%s\") needs cases, and this model keeps none.",
              type),
      "Give them as `newdata`, or fit with `keep_x = TRUE`."
    )
  }
  read(if (is.null(newdata)) x$x else newdata, "newdata", x$b)
}

spread_rows <- function(cases, n, default) {
  n <- if (is.null(n)) default else check_count(n, "n")
  round(seq(1, cases$n, length.out = min(n, cases$n)))
}

case_names <- function(cases, rows) {
  names <- cases$dimnames[[1L]]
  if (is.null(names)) as.character(rows) else names[rows]
}

unit_names <- function(bias) {
  if (is.null(names(bias))) as.character(seq_along(bias)) else names(bias)
}

# From blue for negative weights to red for positive ones, with 0 in the middle.
# The largest 1 in 100 may lie beyond the ends, so that a few do not make all
# others pale.
weight_scale <- function(weights) {
  sizes <- abs(weights)
  limit <- stats::quantile(sizes, 0.99, names = FALSE, type = 1L)
  if (limit == 0) {
    limit <- if (any(sizes > 0)) max(sizes) else 1
  }
  labels <- format(c(-limit, 0, limit), digits = 2L, trim = TRUE)
  beyond <- range(weights) * c(-1, 1) > limit
  labels[c(beyond[1L], FALSE, beyond[2L])] <-
    paste(c("<", ">"), labels[c(1L, 3L)])[beyond]
  list(colours = grDevices::hcl.colors(201L, "Blue-Red 3"),
       limits = c(-limit, limit), labels = labels)
}

# From white for 0 to black for 1, as ink on paper.
grey_scale <- function() {
  list(colours = grDevices::gray(seq(1, 0, length.out = 201L)),
       limits = c(0, 1), labels = c("0", "0.5", "1"))
}

# Pictures side by side in one matrix, row 1 at the top. Each row of `values` is
# a picture of `dim` rows and columns, pixels row after row. `gap` cells of NA
# stand between pictures and around them all, `head` above each.
tile_matrix <- function(values, dim, columns, gap = 1L, head = gap) {
  down <- dim[1L] + head
  across <- dim[2L] + gap
  rows <- ceiling(nrow(values) / columns)
  out <- matrix(NA_real_, rows * down + gap, columns * across + gap)
  for (i in seq_len(nrow(values))) {
    top <- (i - 1L) %/% columns * down + head
    left <- (i - 1L) %% columns * across + gap
    out[top + seq_len(dim[1L]), left + seq_len(dim[2L])] <-
      matrix(values[i, ], dim[1L], dim[2L], byrow = TRUE)
  }
  out
}

# How many tiles to put in a row, and the side of a pixel in inches, so that
# tiles are as large as they can be. `head` is in inches here.
tile_grid <- function(count, dim, gap, region, head = 0) {
  columns <- seq_len(count)
  rows <- ceiling(count / columns)
  wide <- width_of(region) / (columns * (dim[2L] + gap) + gap)
  high <- (height_of(region) - rows * head) / (rows * (dim[1L] + gap) + gap)
  pixel <- pmin(wide, high)
  list(columns = which.max(pixel), pixel = max(pixel))
}

# The same pictures with each pixel made `zoom` x `zoom` cells.
enlarge <- function(values, dim, zoom) {
  pixels <- matrix(seq_len(prod(dim)), dim[1L], dim[2L], byrow = TRUE)
  pixels <- pixels[rep(seq_len(dim[1L]), each = zoom),
                   rep(seq_len(dim[2L]), each = zoom), drop = FALSE]
  values[, t(pixels), drop = FALSE]
}

# Tiles carry their names where these can be read. Pictures of few pixels are
# enlarged, so that the gap, about a 12th of their side, can be thin.
draw_tiles <- function(values, dim, names, scale, region, gap = 1) {
  region <- beside_scale(scale, region)
  zoom <- ceiling(24 / sqrt(prod(dim)))
  values <- enlarge(values, dim, zoom)
  dim <- dim * zoom
  gap <- gap * floor(sqrt(prod(dim)) / 12)
  line <- line_height(small)
  head <- gap
  grid <- tile_grid(nrow(values), dim, gap, region)
  if (!is.null(names)) {
    named <- tile_grid(nrow(values), dim, gap, region, head = line)
    if (named$pixel * dim[1L] > 2 * line &&
          named$pixel * (dim[2L] + gap) > widest(names, small) + 0.5 * line) {
      grid <- named
      head <- max(gap, ceiling(line / grid$pixel))
    } else {
      names <- NULL
    }
  }
  cells <- tile_matrix(values, dim, grid$columns, gap, head)
  pixel <- min(width_of(region) / ncol(cells), height_of(region) / nrow(cells))
  left <- mean(region[1:2]) - pixel * ncol(cells) / 2
  top <- mean(region[3:4]) + pixel * nrow(cells) / 2
  box <- c(left, left + pixel * ncol(cells), top - pixel * nrow(cells), top)
  draw_cells(cells, scale, box)
  draw_scale(scale, box)
  tile <- seq_len(nrow(values)) - 1L
  across <- left + pixel * (tile %% grid$columns * (dim[2L] + gap) + gap)
  down <- top - pixel * (tile %/% grid$columns * (dim[1L] + head))
  if (!is.null(names)) {
    graphics::text(across + pixel * dim[2L] / 2, down - pixel * head / 2, names,
                   cex = small, col = inks$text)
  }
  if (pixel * gap < 1 / 40) {
    # Gaps this thin may fall between the dots of a screen.
    graphics::rect(across, down - pixel * (head + dim[1L]),
                   across + pixel * dim[2L], down - pixel * head,
                   border = inks$gap)
  }
}

# `rows` and `columns` are lists of `names`, `what` one of them is, and where
# these matter the `order` and the `count`. Names are left out where they would
# not fit. Gives the box of the cells.
draw_table <- function(cells, rows, columns, scale, region) {
  region <- beside_scale(scale, region)
  line <- line_height(small)
  box <- region + line * c(1.8, 0, 1.5, 0)
  row_room <- 0
  if (height_of(box) / nrow(cells) > 0.9 * line) {
    row_room <- min(widest(rows$names, small), 0.4 * width_of(region)) +
      0.3 * line
  }
  box[1L] <- box[1L] + row_room
  wide <- width_of(box) / ncol(cells)
  flat <- widest(columns$names, small) + 0.5 * line < wide
  column_room <- 0
  if (flat) {
    column_room <- line
  } else if (wide > 0.9 * line) {
    column_room <- min(widest(columns$names, small), 0.3 * height_of(region)) +
      0.3 * line
  }
  if (row_room > 0 &&
        (height_of(box) - column_room) / nrow(cells) <= 0.9 * line) {
    column_room <- 0
  }
  box[3L] <- box[3L] + column_room
  check_room(box)
  draw_cells(cells, scale, box)
  draw_scale(scale, box)
  graphics::rect(box[1L], box[3L], box[2L], box[4L], border = inks$frame)
  if (row_room > 0) {
    at <- place(seq_len(nrow(cells)) - 0.5, c(0, nrow(cells)), box[4:3])
    graphics::text(box[1L] - 0.3 * line, at,
                   shorten(rows$names, row_room - 0.3 * line, small),
                   adj = c(1, 0.5), cex = small)
  }
  if (column_room > 0) {
    at <- place(seq_len(ncol(cells)) - 0.5, c(0, ncol(cells)), box[1:2])
    graphics::text(at, box[3L] - 0.3 * line - (if (flat) 0.3 * line else 0),
                   shorten(columns$names, max(wide, column_room), small),
                   adj = if (flat) c(0.5, 0.5) else c(1, 0.5),
                   srt = if (flat) 0 else 90, cex = small)
  }
  graphics::text(region[1L] + 0.6 * line, mean(box[3:4]),
                 side_title(rows, nrow(cells), row_room > 0), srt = 90,
                 cex = small)
  graphics::text(mean(box[1:2]), region[3L] + 0.5 * line,
                 side_title(columns, ncol(cells), column_room > 0), cex = small)
  box
}

side_title <- function(side, count, named) {
  if (!is.null(side$count)) {
    count <- side$count
  }
  words <- paste0(side$what, if (count > 1L) "s")
  words <- if (named) capital(words) else paste(big(count), words)
  paste(c(words, if (count > 1L) side$order), collapse = ", ")
}

# "10 cases", or "10 of 50 cases" where not all are shown.
cases_in_words <- function(shown, all) {
  if (shown < all) {
    sprintf("%s of %s", big(shown), counted(all, "case"))
  } else {
    counted(all, "case")
  }
}

capital <- function(words) {
  paste0(toupper(substr(words, 1L, 1L)), substring(words, 2L))
}

# What is left of a region beside the bar that draw_scale() puts at its right.
beside_scale <- function(scale, region) {
  room <- widest(scale$labels, small) + 1.9 * line_height(small)
  check_room(region - c(0, room, 0, 0))
}

# A bar of the colours at the right of a box, as high as the box.
draw_scale <- function(scale, box) {
  line <- line_height(small)
  half <- max(height_of(box) / 2, 2 * line)
  bar <- c(box[2L] + c(0.8, 1.5) * line, mean(box[3:4]) + c(-half, half))
  draw_cells(matrix(seq(scale$limits[2L], scale$limits[1L],
                        length.out = length(scale$colours))), scale, bar)
  graphics::rect(bar[1L], bar[3L], bar[2L], bar[4L], border = inks$frame)
  inside <- c(0.4, 0, -0.4) * line
  graphics::text(bar[2L] + 0.3 * line,
                 c(bar[3L], mean(bar[3:4]), bar[4L]) + inside, scale$labels,
                 adj = c(0, 0.5), cex = small)
}

draw_cells <- function(cells, scale, box) {
  graphics::rasterImage(paint(cells, scale), box[1L], box[3L], box[2L], box[4L],
                        interpolate = FALSE)
}

# A raster of the cells' colours, those of the scale's ends for values beyond.
paint <- function(cells, scale) {
  step <- (cells - scale$limits[1L]) / diff(scale$limits)
  step <- pmin(pmax(step, 0), 1)
  colours <- scale$colours[1 + round(step * (length(scale$colours) - 1))]
  colours[is.na(colours)] <- inks$gap
  grDevices::as.raster(matrix(colours, nrow(cells)))
}

# An empty figure with its words, and the region left free under them.
open_figure <- function(picture) {
  graphics::plot.new()
  size <- graphics::par("fin")
  graphics::par(cex = min(1, max(0.8, min(size / c(7, 5)))))
  graphics::plot.window(c(0, size[1L]), c(0, size[2L]), xaxs = "i", yaxs = "i",
                        asp = if (isTRUE(picture$tiled)) 1 else NA)
  line <- line_height()
  middle <- size[1L] / 2
  wide <- size[1L] - 0.4 * line
  write_line(picture$title, middle, size[2L] - 0.8 * line, wide, 1.05,
             font = 2L)
  top <- size[2L] - 1.6 * line
  if (!is.null(picture$note)) {
    write_line(capital(picture$note), middle, top - 0.3 * line, wide, small,
               col = if (isTRUE(picture$alert)) inks$alert else inks$text)
    top <- top - 0.9 * line
  }
  check_room(c(0.4 * line, size[1L] - 0.4 * line, 0.4 * line, top))
}

# A line of words around a place, smaller where it would not fit.
write_line <- function(words, x, y, width, cex, font = 1L, ...) {
  cex <- fitting(words, width, cex, font)
  graphics::text(x, y, words, cex = cex, font = font, ...)
}

# The size at which words fit. Some devices have letters in whole points only,
# so that words are not as wide as their size says.
fitting <- function(words, width, cex, font = 1L) {
  while (widest(words, cex, font) > width && cex > 0.1) {
    cex <- 0.95 * cex
  }
  cex
}

check_room <- function(region) {
  if (width_of(region) < 0.3 || height_of(region) < 0.3) {
    abort(
      "plot_room",
      sprintf("The figure is only %s inches: too small to draw in.",
              paste(format(graphics::par("fin"), digits = 2L),
                    collapse = " x ")),
      "Make the window larger, or draw fewer figures on a page."
    )
  }
  region
}

draw_axis_left <- function(at, labels, box) {
  tick <- 0.3 * line_height(small)
  graphics::segments(box[1L], box[3L], y1 = box[4L], col = inks$frame)
  graphics::segments(box[1L] - tick, at, box[1L], col = inks$frame)
  clear <- apart(at, line_height(small))
  graphics::text(box[1L] - 1.6 * tick, at[clear], labels[clear],
                 adj = c(1, 0.5), cex = small)
}

draw_axis_below <- function(at, labels, box) {
  tick <- 0.3 * line_height(small)
  graphics::segments(box[1L], box[3L], box[2L], col = inks$frame)
  graphics::segments(at, box[3L] - tick, y1 = box[3L], col = inks$frame)
  clear <- apart(at, widest(labels, small) + tick)
  graphics::text(at[clear], box[3L] - 2.6 * tick, labels[clear], cex = small)
}

# Which of these rising places to take, so that those taken lie `room` apart.
apart <- function(at, room) {
  taken <- 1L
  for (i in seq_along(at)[-1L]) {
    if (at[i] - at[taken[length(taken)]] >= room) {
      taken <- c(taken, i)
    }
  }
  taken
}

# Where values of a range come to lie between two edges.
place <- function(values, range, edges, log = FALSE) {
  if (log) {
    values <- log10(values)
    range <- log10(range)
  }
  edges[1L] + (values - range[1L]) / diff(range) * diff(edges)
}

# Long names keep their two ends, which is where names differ.
shorten <- function(names, width, cex) {
  short <- names
  keep <- nchar(names)
  repeat {
    long <- keep > 2L & widths(short, cex) > width
    if (!any(long)) {
      return(short)
    }
    keep[long] <- keep[long] - 1L
    front <- ceiling(keep / 2)
    back <- substring(names, nchar(names) - (keep - front) + 1L)
    short[long] <- paste0(substr(names, 1L, front), "..", back)[long]
  }
}

widths <- function(words, cex, font = 1L) {
  graphics::strwidth(words, units = "inches", cex = cex, font = font)
}

widest <- function(words, cex, font = 1L) max(widths(words, cex, font))

line_height <- function(cex = 1) {
  1.2 * cex * graphics::par("cex") * graphics::par("ps") / 72
}

width_of <- function(region) unname(region[2L] - region[1L])

height_of <- function(region) unname(region[4L] - region[3L])

# The size of words beside a title, as a part of the size of the figure's text.
small <- 0.85

inks <- list(line = "#0072B2", band = "#B5D6E8", alert = "#B34700",
             held_out = "#A0528A", mark = "#F2B661", gap = "#D9D4C7",
              frame = "grey45",
             text = "grey25")
