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
#' `"trace"` draws the history, an epoch after the other: the reconstruction
#' error; the pseudo-log-likelihood in nats per case, with a band of two standard
#' errors to either side where it is not known exactly; the norm of a step
#' divided by the norm of `W`, on a log scale; and the mean probability that a
#' hidden unit is on. Training may end when the pseudo-log-likelihood is level.
#' Where it falls while the reconstruction error still falls too, the chains no
#' longer forget the data: use a larger `k` or a smaller `learning_rate`. Steps of
#' around 1/1000 of the weights are common; 1/10 is too much. A fit that was
#' interrupted, stopped or diverged is marked by a line after its last epoch.
#'
#' `"weights"` draws a tile for each hidden unit, the column of `W` laid out as a
#' picture: red pixels turn the unit on, blue pixels turn it off, pale ones do
#' not matter, all on one scale. Look for strokes, edges and spots. Tiles that
#' are noise have learned nothing so far, tiles that look alike do the same work
#' twice. Where a case is no picture, `W` is drawn as a table.
#'
#' `"hidden"` draws \eqn{p(h | v)} as greys from 0 (white) to 1 (black), a row a
#' case and a column a hidden unit, and above it the mean of each column over
#' all cases, largest first. Columns that are white or black all the way down,
#' marked in orange where the mean is below 0.01 or above 0.99, are units that
#' carry nothing: dead, or always on. Rows that look alike are cases that the
#' machine does not tell apart.
#'
#' `"samples"` draws what the machine dreams up: \eqn{p(v | h)} at the end of
#' chains of Gibbs samples, as greys from 0 to 1. They should look like the data
#' and differ from each other. Samples that are all the same, or a blur, tell of
#' too little training, or of chains too short to leave where they started.
#'
#' `"reconstruction"` draws cases and, underneath each, \eqn{p(v | p(h | v))}.
#' What is missing there, the hidden layer cannot say.
#'
#' The order of hidden units means nothing, nor does which of its two states a
#' unit calls 1: units are sorted for the eye only, and a tile with its colours
#' exchanged belongs to an equally good machine.
#'
#' @param x A model from [rbm()] or [rbm_fit()].
#' @param type Which picture, one of the five above.
#' @param ... Must be empty: arguments are named in full.
#' @param newdata For `"hidden"` and `"reconstruction"`, the cases, in any form
#'   that [rbm_fit()] takes. By default the training data that the model keeps.
#' @param n How many cases or samples to draw: by default 100 for `"hidden"`, 25
#'   for `"samples"` and 10 for `"reconstruction"`. Cases are spread evenly over
#'   those there are.
#' @param steps For `"samples"`, Gibbs sweeps in each chain, by default 1000; see
#'   [rbm_sample()].
#' @param units For `"weights"`, which hidden units to draw, by number or by
#'   name. By default the 100 whose weights have the largest norm.
#' @param image_dim For `"weights"`, `"samples"` and `"reconstruction"`,
#'   `c(rows, columns)` of the picture that a case is, pixels row after row, or
#'   `NA` for a table in place of pictures. By default that of the model, and for
#'   a model without, a square where the number of visible units allows it.
#'
#' @return `x`, invisibly. Graphical parameters are left as they were. `"samples"`
#'   takes two draws from R's random numbers, the others none.
#' @section Errors:
#' Of class `harmonium_error`: an argument that `type` does not use, no history to
#' trace (a model from [rbm()], or a fit interrupted in its first epoch), no cases
#' (a model that keeps none, and no `newdata`), units that the model does not
#' have, an `image_dim` whose product is not the number of visible units, and a
#' figure too small to draw in.
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
#' @export
plot.rbm <- function(x, type = c("trace", "weights", "hidden", "samples",
                                 "reconstruction"),
                     ..., newdata = NULL, n = NULL, steps = NULL, units = NULL,
                     image_dim = NULL) {
  check_dots_empty(...)
  check_model(x, "x")
  type <- check_choice(type, names(pictures), "type")
  given <- list(newdata = newdata, n = n, steps = steps, units = units,
                image_dim = image_dim)
  check_used(given, type)
  make <- match.fun(paste0(type, "_picture"))
  picture <- do.call(make, c(list(x), given[pictures[[type]]]))
  old <- graphics::par(cex = graphics::par("cex"), pty = "m", xpd = NA,
                       mar = rep(0, 4L))
  on.exit(graphics::par(old))
  picture$draw(open_figure(picture))
  invisible(x)
}

# The arguments that each type of picture uses.
pictures <- list(
  trace = character(),
  weights = c("units", "image_dim"),
  hidden = c("newdata", "n"),
  samples = c("n", "steps", "image_dim"),
  reconstruction = c("newdata", "n", "image_dim")
)

check_used <- function(given, type) {
  given <- names(given)[!vapply(given, is.null, NA)]
  unused <- setdiff(given, pictures[[type]])
  if (length(unused)) {
    abort(
      "plot_argument",
      sprintf("plot(type = \"%s\") has no use for %s.", type,
              quote_names(unused)),
      if (length(pictures[[type]])) {
        sprintf("It takes %s.", quote_names(pictures[[type]]))
      }
    )
  }
}

# A picture is list(title, note, alert, draw, ...): words above it, the note in
# the colour of alarm where `alert`, and a function that draws it in a region.
# All checks are done when it is made, before a device opens.

trace_picture <- function(x) {
  check_trained(x, "plot(type = \"trace\")")
  history <- x$training$history
  if (nrow(history) == 0L) {
    abort(
      "plot_history",
      "There is no history to draw: no epoch of this fit was finished."
    )
  }
  panels <- list(
    trace_panel("Reconstruction error", history$reconstruction_error),
    trace_panel("Pseudo-log-likelihood", history$pseudo_log_lik,
                band = 2 * history$pseudo_log_lik_se),
    trace_panel("Step norm / weight norm",
                history$step_norm / history$weight_norm, log = TRUE),
    trace_panel("Hidden activity", history$hidden_activity, range = c(0, 1))
  )
  done <- sprintf("%s, %d of %d epochs", method_in_words(x$training$control),
                  nrow(history), x$training$control$epochs)
  ending <- switch(x$training$stopped,
                   epochs = NULL,
                   callback = "stopped by the callback",
                   x$training$stopped)
  list(
    title = "Training history",
    note = paste(c(done, ending), collapse = ", "),
    alert = !is.null(ending),
    panels = panels,
    draw = function(region) {
      draw_trace(history$epoch, panels, region, cut = !is.null(ending))
    }
  )
}

# What one panel of the trace shows: a curve, where it is known only roughly a
# band around it, and the ticks of its axis.
trace_panel <- function(title, y, band = 0, range = NULL, log = FALSE) {
  log <- log && all(is.finite(y) & y > 0)
  low <- y - band
  high <- y + band
  if (is.null(range)) {
    range <- spread(c(low, high)[is.finite(c(low, high))], log)
  }
  ticks <- grDevices::axisTicks(if (log) log10(range) else range, log,
                                nint = 4L)
  if (log && length(ticks) < 2L) {
    ticks <- pretty(range, 3L)
  }
  ticks <- ticks[ticks >= range[1L] & ticks <= range[2L]]
  list(
    title = title, y = y, low = low, high = high, banded = any(band > 0),
    range = range, log = log, ticks = ticks,
    labels = if (log) {
      vapply(ticks, format, "")
    } else {
      format(ticks, trim = TRUE)
    }
  )
}

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

draw_trace <- function(epoch, panels, region, cut) {
  columns <- if (width_of(region) < 0.8 * height_of(region)) 1L else 2L
  rows <- length(panels) / columns
  line <- line_height(small)
  left <- widest(unlist(lapply(panels, `[[`, "labels")), small) + 0.8 * line
  for (i in seq_along(panels)) {
    across <- (i - 1L) %% columns
    up <- rows - 1L - (i - 1L) %/% columns
    cell <- c(region[1L] + width_of(region) * (across + 0:1) / columns,
              region[3L] + height_of(region) * (up + 0:1) / rows)
    inner <- check_room(cell + line * c(0, -1, 2.2, -1.5) + c(left, 0, 0, 0))
    graphics::text(mean(inner[1:2]), inner[4L] + 0.8 * line, panels[[i]]$title,
                   cex = small, font = 2L)
    graphics::text(mean(inner[1:2]), inner[3L] - 1.7 * line, "Epoch",
                   cex = small)
    draw_trace_panel(epoch, panels[[i]], inner, cut)
  }
}

draw_trace_panel <- function(epoch, panel, inner, cut) {
  epochs <- range(epoch) + c(-0.5, 0.5)
  across <- function(at) place(at, epochs, inner[1:2])
  up <- function(y) place(y, panel$range, inner[3:4], panel$log)
  known <- is.finite(panel$low) & is.finite(panel$high)
  if (panel$banded && length(epoch) > 1L) {
    graphics::polygon(across(c(epoch[known], rev(epoch[known]))),
                      up(c(panel$low[known], rev(panel$high[known]))),
                      col = inks$band, border = NA)
  } else if (panel$banded) {
    graphics::segments(across(epoch), up(panel$low), y1 = up(panel$high),
                       col = inks$band, lwd = 6)
  }
  graphics::lines(across(epoch), up(panel$y), col = inks$line, lwd = 2)
  if (length(epoch) <= 20L) {
    graphics::points(across(epoch), up(panel$y), col = inks$line, pch = 19L,
                     cex = 0.7)
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

weights_picture <- function(x, units = NULL, image_dim = NULL) {
  shape <- picture_shape(x, image_dim)
  sizes <- sqrt(colSums(x$W^2))
  chosen <- if (is.null(units)) {
    utils::head(order(-sizes), 100L)
  } else {
    check_units(units, x)
  }
  weights <- x$W[, chosen, drop = FALSE]
  names <- unit_names(x$c)[chosen]
  limit <- max(abs(weights))
  if (limit == 0) {
    limit <- 1
  }
  scale <- list(
    limits = c(-limit, limit),
    colours = grDevices::hcl.colors(201L, "Blue-Red 3"),
    labels = c(format(-limit, digits = 2L), "0", format(limit, digits = 2L))
  )
  list(
    title = sprintf(
      "Weights of %s hidden unit%s%s",
      if (length(chosen) < ncol(x$W)) {
        paste(length(chosen), "of", big(ncol(x$W)))
      } else {
        "all" # replaced below for a single unit
      }, "s", if (is.null(units)) ", largest norm first" else ""
    ),
    draw = NULL
  )
}
