# Pictures of likelihoods and what they are made of; see plot.R for what a
# picture is.

log_lik_picture <- function(x) {
  check_trained(x, "plot(type = \"log_lik\")")
  history <- x$training$history
  history <- history[!is.na(history$log_lik), ]
  if (nrow(history) == 0L) {
    abort(
      "plot_log_lik",
      "The history holds no log-likelihood.",
      "Fit with `evaluate_every`, for example rbm_fit(..., evaluate_every = 5)."
    )
  }
  last <- history[nrow(history), ]
  panel <- trace_panel("Nats per training case", history$log_lik,
                       band = 2 * history$log_lik_se)
  list(
    title = "Mean log-likelihood",
    note = sprintf(
      "%s after %s%s; largest %s, after epoch %s",
      format(round(last$log_lik, 2L)), counted(last$epoch, "epoch"),
      if (last$log_lik_se > 0) {
        sprintf(" (s.e. %s)", format(signif(last$log_lik_se, 2L)))
      } else {
        ""
      },
      format(round(max(history$log_lik), 2L)),
      big(history$epoch[which.max(history$log_lik)])
    ),
    data = panel_data(history$epoch, list(panel)),
    draw = function(region) {
      draw_trace(history$epoch, list(panel), region, cut = FALSE)
    }
  )
}

free_energy_picture <- function(x, newdata = NULL, against = NULL) {
  here <- if (is.null(newdata)) "the training cases" else "`newdata`"
  cases <- plot_cases(x, newdata, "free_energy", as_states)
  others <- check_against(against)
  groups <- lapply(names(others), function(name) {
    free_energy(x, as_states(x, others[[name]], gsub("`", "", name),
                             missing = TRUE))
  })
  groups <- c(list(free_energy(x, cases)), groups)
  names(groups) <- c(here, names(others))
  list(
    title = "Free energy F(v) of cases",
    note = if (length(others)) gaps_in_words(groups),
    groups = groups,
    data = data.frame(cases = factor(rep(names(groups), lengths(groups)),
                                     names(groups)),
                      free_energy = unlist(groups, use.names = FALSE)),
    draw = function(region) {
      draw_spreads(groups, "Free energy (nats): the lower, the more probable",
                   region)
    }
  )
}

# Sets of cases with names.
check_against <- function(against) {
  if (is.null(against)) {
    return(NULL)
  }
  if (!is.list(against) || is.data.frame(against)) {
    return(list(`\`against\`` = against))
  }
  sets <- names(against)
  if (!length(sets) || length(sets) > 4L || anyNA(sets) || !all(nzchar(sets)) ||
        anyDuplicated(sets)) {
    abort("plot_against",
          sprintf(paste("`against` must be cases, or a list of one to four",
                        "sets of cases, each with a name of its own, not %s."),
                  describe(against)),
          "For example against = list(\"held out\" = x).")
  }
  against
}

# How far means are above that of the first set, with standard errors.
gaps_in_words <- function(groups) {
  means <- vapply(groups, mean, 0)
  errors <- vapply(groups, function(f) {
    if (length(f) > 1L) stats::var(f) / length(f) else Inf
  }, 0)
  gaps <- means[-1L] - means[1L]
  said <- sprintf("%s lies %.2f nats %s on average (s.e. %.2f)",
                  names(groups)[-1L], abs(gaps),
                  ifelse(gaps >= 0, "higher", "lower"),
                  sqrt(errors[-1L] + errors[1L]))
  paste(said, collapse = "; ")
}

#' Weights of annealed importance sampling
#'
#' Shows what an estimate of \eqn{\log Z}{log Z} rests on: the log weight of
#' every run, forward and reverse, each put as the \eqn{\log Z}{log Z} that this
#' run alone would give. The dashed lines are the two answers and the grey band
#' is the interval.
#'
#' Good runs make two narrow heaps that overlap, with the answers between them.
#' Where one heap has a long tail towards the other, a few runs carry the answer
#' and the standard error is not to be trusted; where the heaps are apart,
#' neither way has seen what the other has. More temperatures, a larger
#' `budget`, help with both.
#'
#' @param x An estimate from [rbm_log_z()] by `"ais"`.
#' @param main A title in place of the picture's own.
#' @param cex How much larger than usual words and points are.
#' @param ... Must be empty.
#' @return `x`, invisibly.
#' @section Errors:
#' Of class `harmonium_error`, for an exact \eqn{\log Z}{log Z}, which has no
#' weights.
#' @seealso [rbm_log_z()]
#' @examples
#' fit <- rbm_fit(digits8$x > 0.5, hidden = 12, epochs = 5)
#' set.seed(1)
#' plot(x = rbm_log_z(fit, method = "ais", tol = 1), main = "Runs", cex = 0.9)
#' @export
plot.rbm_log_z <- function(x, main = NULL, cex = 1, ...) {
  check_dots_empty(...)
  check_titling(main, cex)
  check_log_z(x)
  if (x$method == "exact") {
    abort("plot_exact", "An exact log Z has no weights to draw.")
  }
  groups <- list(forward = x$forward$log_weights,
                 reverse = x$reverse$log_weights)
  draw_picture(list(
    title = "Weights of annealed importance sampling",
    note = sprintf("Answer %s, s.e. %s; %s each way, effective %.0f and %.0f",
                   format(x$log_z, digits = 6L), format(signif(x$se, 2L)),
                   counted(x$runs, "run"), x$forward$ess, x$reverse$ess),
    draw = function(region) {
      draw_spreads(groups, "log Z by one run alone (nats)", region,
                   marks = c(x$forward$log_z, x$reverse$log_z),
                   band = x$interval)
    }
  ), main, cex)
  invisible(x)
}

# Histograms of groups of numbers on common cells, drawn as outlines of their
# shares, so that groups of different size compare.
draw_spreads <- function(groups, title, region, marks = NULL, band = NULL) {
  values <- unlist(groups, use.names = FALSE)
  range <- spread(c(values, band), FALSE)
  cells <- min(40, max(8, ceiling(sqrt(min(lengths(groups))) * 1.5)))
  edges <- seq(range[1L], range[2L], length.out = cells + 1L)
  shares <- lapply(groups, function(group) {
    tabulate(findInterval(group, edges, all.inside = TRUE), cells) /
      length(group)
  })
  top <- max(unlist(shares))
  line <- line_height(small)
  inner <- check_room(region + line * c(2.2, -0.5, 2.4, -1.2))
  across <- function(at) place(at, range, inner[1:2])
  up <- function(y) place(y, c(0, 1.08 * top), inner[3:4])
  if (!is.null(band)) {
    graphics::rect(across(band[1L]), inner[3L], across(band[2L]), inner[4L],
                   col = style$gap, border = NA)
  }
  colours <- rep_len(c(style$line, style$alert, style$held_out, style$more),
                     length(groups))
  if (length(style$ramp)) {
    colours <- rep_len(style$ramp, length(groups))
  }
  for (i in seq_along(shares)) {
    outline <- rep(c(0, shares[[i]], 0), each = 2L)
    steps <- rep(edges, each = 2L)
    y <- outline[-c(1L, length(outline))]
    graphics::polygon(across(steps), up(y), border = colours[i], lwd = 2,
                      col = grDevices::adjustcolor(colours[i], 0.2))
  }
  for (i in seq_along(marks)) {
    graphics::segments(across(marks[i]), inner[3L], y1 = inner[4L],
                       col = colours[i], lwd = 2, lty = 2L)
  }
  ticks <- grDevices::axisTicks(range, FALSE, nint = 5L)
  draw_axis_below(across(ticks), format(ticks, trim = TRUE), inner)
  write_line(words_at("xlab", title), mean(inner[1:2]), inner[3L] - 1.9 * line,
             width_of(inner), small)
  graphics::text(inner[1L] - 0.9 * line, mean(inner[3:4]),
                 words_at("ylab", "Share"), srt = 90, cex = small)
  legend <- sprintf("%s (%s)", names(groups), vapply(lengths(groups), big, ""))
  room <- width_of(inner) / length(legend) - 1.2 * line
  cex <- fitting(legend, room, small)
  ahead <- 0
  for (i in seq_along(groups)) {
    from <- inner[1L] + ahead
    graphics::rect(from, inner[4L] + 0.25 * line, from + 0.6 * line,
                   inner[4L] + 0.85 * line, col = colours[i], border = NA)
    graphics::text(from + 0.9 * line, inner[4L] + 0.55 * line, legend[i],
                   adj = c(0, 0.5), cex = cex)
    ahead <- ahead + widths(legend[i], cex) + 2.2 * line
  }
}
