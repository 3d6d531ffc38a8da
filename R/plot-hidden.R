# Pictures of hidden units on data; see plot.R for what a picture is.

hidden_picture <- function(x, newdata = NULL, n = NULL, cluster = TRUE) {
  cases <- plot_cases(x, newdata, "hidden")
  rows <- spread_rows(cases, n, 100L)
  h <- conditional(x, "hidden", cases, "probability")
  if (cluster) {
    rows <- rows[alike_rows(h[rows, , drop = FALSE])]
  }
  if (has_real_units(x)) {
    return(real_hidden_picture(x, cases, rows, h, cluster))
  }
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
    data = long_table(h, case_names(cases, rows), unit_names(x$c)[order],
                      c("case", "hidden", "mean")),
    draw = function(region) {
      top <- region
      top[3L] <- region[4L] - 0.3 * height_of(region)
      region[4L] <- top[3L] - 0.5 * line_height(small)
      box <- draw_table(
        h, case_side(cases, rows, cluster),
        list(names = unit_names(x$c)[order], what = "hidden unit",
             order = "most active first"),
        grey_scale(), region
      )
      draw_activity(activity, c(box[1:2], top[3:4]))
    }
  )
}

# Units whose states are real numbers are not on or off.
real_hidden_picture <- function(x, cases, rows, h, cluster) {
  order <- order(-colSums(sweep(h, 2L, colMeans(h))^2))
  h <- h[rows, order, drop = FALSE]
  list(
    title = sprintf("Means of %s in %s", counted(ncol(h), "hidden unit"),
                    cases_in_words(nrow(h), cases$n)),
    values = h,
    data = long_table(h, case_names(cases, rows), unit_names(x$c)[order],
                      c("case", "hidden", "mean")),
    draw = function(region) {
      draw_table(h, case_side(cases, rows, cluster),
                 list(names = unit_names(x$c)[order], what = "hidden unit",
                      order = "largest spread first"),
                 weight_scale(h), region)
    }
  )
}

case_side <- function(cases, rows, cluster) {
  list(names = case_names(cases, rows), what = "case",
       order = if (cluster) "those alike together")
}

# Bars that stand on the columns of the table below them.
draw_activity <- function(activity, box) {
  edges <- place(0:length(activity), c(0, length(activity)), box[1:2])
  from <- edges[-length(edges)]
  to <- edges[-1L]
  idle <- activity < 0.01 | activity > 0.99
  graphics::rect(from, box[3L], to, box[4L], border = NA,
                 col = ifelse(idle, style$mark, NA))
  graphics::rect(from, box[3L], to, place(activity, c(0, 1), box[3:4]),
                 col = ifelse(idle, style$alert, style$line),
                 border = if (to[1L] - from[1L] > 0.05) "white" else NA)
  draw_axis_left(box[3:4], c("0", "1"), box)
  graphics::text(box[1L] - 0.9 * line_height(small), mean(box[3:4]), "Mean",
                 srt = 90, cex = small)
}

most_in_biplot <- 500L # cases

biplot_picture <- function(x, newdata = NULL, n = NULL) {
  cases <- plot_cases(x, newdata, "biplot")
  rows <- spread_rows(cases, n, most_in_biplot)
  h <- unname(conditional(x, "hidden", cases, "probability"))
  found <- stats::prcomp(h)
  if (length(found$sdev) < 2L || !(found$sdev[2L] > 1e-12)) {
    abort("plot_biplot",
          paste("A biplot needs hidden units with means that differ between",
                "cases in two or more directions."),
          "Use plot(type = \"hidden\").")
  }
  scores <- unname(found$x[rows, 1:2])
  arrows <- unname(sweep(found$rotation[, 1:2], 2L, found$sdev[1:2], "*"))
  arrows <- arrows * (0.9 * max(abs(scores)) / max(abs(arrows)))
  axes <- sprintf("%s component (%.0f %% of the variance)",
                  c("First", "Second"),
                  100 * found$sdev[1:2]^2 / sum(found$sdev^2))
  names <- list(case = case_names(cases, rows), hidden = unit_names(x$c))
  list(
    title = sprintf("%s by %s", cases_in_words(length(rows), cases$n),
                    counted(ncol(h), "hidden unit")),
    note = "principal components of the means of hidden units, the arrows",
    data = data.frame(
      what = rep(c("case", "hidden"), c(length(rows), ncol(h))),
      name = unlist(names, use.names = FALSE),
      first = c(scores[, 1L], arrows[, 1L]),
      second = c(scores[, 2L], arrows[, 2L])
    ),
    axes = axes,
    draw = function(region) {
      draw_biplot(scores, arrows, names, axes, !is.null(cases$dimnames[[1L]]),
                  region)
    }
  )
}

# Both axes on one scale, since distances between cases are what counts.
draw_biplot <- function(scores, arrows, names, axes, named, region) {
  inner <- check_box(region, "-0.0025")
  line <- line_height(small)
  range_x <- spread(c(scores[, 1L], arrows[, 1L]), FALSE)
  range_y <- spread(c(scores[, 2L], arrows[, 2L]), FALSE)
  unit <- max(diff(range_x) / width_of(inner),
              diff(range_y) / height_of(inner))
  range_x <- mean(range_x) + c(-0.5, 0.5) * unit * width_of(inner)
  range_y <- mean(range_y) + c(-0.5, 0.5) * unit * height_of(inner)
  across <- function(v) place(v, range_x, inner[1:2])
  up <- function(v) place(v, range_y, inner[3:4])
  draw_check_axes(inner, region, range_x, range_y, axes[1L], axes[2L])
  labelled <- named && nrow(scores) <= 40L
  if (labelled) {
    graphics::text(across(scores[, 1L]), up(scores[, 2L]),
                   shorten(names$case, 0.2 * width_of(inner), small),
                   cex = small, col = style$line)
  } else {
    graphics::points(across(scores[, 1L]), up(scores[, 2L]), pch = 19,
                     cex = 0.6, col = grDevices::adjustcolor(
                       style$line, if (nrow(scores) > 200L) 0.4 else 0.8
                     ))
  }
  graphics::arrows(across(0), up(0), across(arrows[, 1L]), up(arrows[, 2L]),
                   length = 0.5 * line, col = style$alert)
  long <- order(-rowSums(arrows^2))
  name_arrows(across(arrows[long, 1L]), up(arrows[long, 2L]),
              names$hidden[long], c(across(0), up(0)), inner)
}

# Names beyond the tips of arrows, the long ones first; one that would run into
# another is left out.
name_arrows <- function(across, up, names, from, inner) {
  line <- line_height(small)
  wide <- widths(names, small)
  length <- pmax(sqrt((across - from[1L])^2 + (up - from[2L])^2), 1e-9)
  x <- across + (across - from[1L]) / length * (0.3 * line + wide / 2)
  y <- up + (up - from[2L]) / length * 0.6 * line
  x <- pmin(pmax(x, inner[1L] + wide / 2), inner[2L] - wide / 2)
  y <- pmin(pmax(y, inner[3L] + 0.4 * line), inner[4L] - 0.4 * line)
  boxes <- cbind(x - wide / 2, x + wide / 2, y - 0.45 * line, y + 0.45 * line)
  for (i in clear_of_each_other(boxes)) {
    graphics::text(x[i], y[i], names[i], cex = small, col = style$alert,
                   font = 2L)
  }
}

#' @rdname plot.rbm
#' @importFrom stats biplot
#' @export
biplot.rbm <- function(x, ...) plot(x, "biplot", ...)
