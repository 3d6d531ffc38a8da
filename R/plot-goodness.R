# The picture of rbm_check(): observed against expected shares, and row sums.

#' @rdname rbm_check
#' @export
plot.rbm_check <- function(x, n = 5, main = NULL, cex = 1, ...) {
  check_dots_empty(...)
  check_titling(main, cex)
  check_check(x)
  n <- check_count(n, "n", min = 0)
  draw_picture(list(
    title = "Data against the model",
    note = check_in_words(x),
    alert = any(x$table$p_adjusted <= check_level),
    draw = function(region) draw_check(x, n, region)
  ), main, cex)
  invisible(x)
}

draw_check <- function(x, n, region) {
  halves <- beside(region)
  if (is_table_check(x)) {
    shares <- x$table[is_share(x$table$set), ]
    if (nrow(shares) > 0L) {
      draw_shares(shares, n, halves[[1L]])
      region <- halves[[2L]]
    }
    draw_differences(x$table, region)
    return(invisible())
  }
  draw_shares(x$table[x$table$kind != "row_sum", ], n, halves[[1L]])
  draw_row_sums(x$row_sums, halves[[2L]])
}

# Two regions, side by side where there is room, else one above the other.
beside <- function(region) {
  if (width_of(region) > 1.2 * height_of(region)) {
    middle <- mean(region[1:2])
    list(c(region[1L], middle, region[3:4]), c(middle, region[2L], region[3:4]))
  } else {
    middle <- mean(region[3:4])
    list(c(region[1:2], middle, region[4L]), c(region[1:3], middle))
  }
}

# Room for axes, whose upright one has these labels, their titles and a line of
# legend.
check_box <- function(region, labels = "0.25") {
  line <- line_height(small)
  check_room(region + line * c(2.1, -0.6, 2.6, -1.4) +
               c(max(widest(labels, small), 1.5 * line), 0, 0, 0))
}

draw_check_axes <- function(inner, region, range_x, range_y, title_x, title_y) {
  line <- line_height(small)
  ticks_x <- inside(grDevices::axisTicks(range_x, FALSE, nint = 4L), range_x)
  ticks_y <- inside(grDevices::axisTicks(range_y, FALSE, nint = 5L), range_y)
  draw_axis_below(place(ticks_x, range_x, inner[1:2]),
                  format(ticks_x, trim = TRUE), inner)
  draw_axis_left(place(ticks_y, range_y, inner[3:4]),
                 format(ticks_y, trim = TRUE), inner)
  write_line(words_at("xlab", title_x), mean(inner[1:2]),
             inner[3L] - 2 * line, width_of(inner), small)
  title_y <- words_at("ylab", title_y)
  graphics::text(region[1L] + 0.6 * line, mean(inner[3:4]), title_y, srt = 90,
                 cex = fitting(title_y, height_of(inner), small))
}

inside <- function(values, range) {
  values[values >= range[1L] & values <= range[2L]]
}

draw_shares <- function(table, n, region) {
  inner <- check_box(region)
  line <- line_height(small)
  range <- spread(c(0, table$observed, table$expected), FALSE)
  across <- function(v) place(v, range, inner[1:2])
  up <- function(v) place(v, range, inner[3:4])
  draw_check_axes(inner, region, range, range, "Expected share of cases",
                  "Observed")
  graphics::segments(inner[1L], inner[3L], inner[2L], inner[4L], lty = 2L,
                     col = style$frame)
  marks <- c(column = 15L, pair = 1L, triple = 4L)
  bad <- table$p_adjusted <= check_level
  ink <- ifelse(bad, style$alert, style$line)
  for (i in rev(seq_len(nrow(table)))) {
    graphics::points(across(table$expected[i]), up(table$observed[i]),
                     pch = marks[[table$kind[i]]], col = ink[i], cex = 0.8)
  }
  named <- utils::head(table[bad, ], n)
  if (nrow(named) > 0L) {
    name_points(across(named$expected), up(named$observed),
                shorten(legible(named$set), 0.35 * width_of(inner), small),
                named$observed > named$expected, inner)
  }
  kinds <- intersect(names(marks), table$kind)
  words <- paste0(kinds, "s")
  at <- inner[1L] + line * 0.4 + cumsum(c(0, widths(words, small) + 1.6 * line))
  y <- inner[4L] + 0.6 * line
  for (i in seq_along(kinds)) {
    graphics::points(at[i], y, pch = marks[[kinds[i]]], col = style$line,
                     cex = 0.8)
    graphics::text(at[i] + 0.5 * line, y, words[i], adj = c(0, 0.5),
                   cex = small)
  }
}

# Names beside their points, away from the diagonal, along which most points
# lie. One that has no room there, or would run into another, is left out.
name_points <- function(across, up, names, above, inner) {
  line <- line_height(small)
  wide <- widths(names, small)
  from <- across + ifelse(above, -0.5 * line - wide, 0.5 * line)
  boxes <- cbind(from, from + wide, up - 0.45 * line, up + 0.45 * line)
  roomy <- which(from >= inner[1L] & from + wide <= inner[2L])
  for (i in roomy[clear_of_each_other(boxes[roomy, , drop = FALSE])]) {
    graphics::text(from[i], up[i], names[i], adj = c(0, 0.5), cex = small,
                   col = style$alert)
  }
}

# Of boxes, left, right, bottom and top in a row each, those that overlap none
# before them that is taken.
clear_of_each_other <- function(boxes) {
  taken <- integer()
  for (i in seq_len(nrow(boxes))) {
    others <- boxes[taken, , drop = FALSE]
    clear <- all(others[, 1L] >= boxes[i, 2L] | others[, 2L] <= boxes[i, 1L] |
                   others[, 3L] >= boxes[i, 4L] | others[, 4L] <= boxes[i, 3L])
    if (clear) {
      taken <- c(taken, i)
    }
  }
  taken
}

# The largest differences by name, as many as there is room for.
draw_differences <- function(table, region) {
  line <- line_height(small)
  all <- check_box(region)
  shown <- utils::head(table, max(1L, floor(height_of(all) / (1.3 * line))))
  names <- legible(sub("(correlation)", "(r)", shown$set, fixed = TRUE))
  room <- min(widest(names, small), 0.5 * width_of(region))
  inner <- check_room(region + line * c(1.2, -0.6, 2.6, -1.4) +
                        c(room, 0, 0, 0))
  range <- spread(c(0, shown$z), FALSE)
  across <- function(z) place(z, range, inner[1:2])
  up <- place(-seq_len(nrow(shown)), c(-nrow(shown) - 0.5, -0.5), inner[3:4])
  ticks <- inside(grDevices::axisTicks(range, FALSE, nint = 4L), range)
  draw_axis_below(across(ticks), format(ticks, trim = TRUE), inner)
  write_line(words_at("xlab", "Standardised difference z"), mean(inner[1:2]),
             inner[3L] - 2 * line, width_of(inner), small)
  ink <- ifelse(shown$p_adjusted <= check_level, style$alert, style$line)
  graphics::segments(across(0), inner[3L], across(0), inner[4L],
                     col = style$frame, lty = 2L)
  graphics::segments(across(0), up, across(shown$z), up, col = ink)
  graphics::points(across(shown$z), up, pch = 19, cex = 0.8, col = ink)
  graphics::text(inner[1L] - 0.5 * line, up, shorten(names, room, small),
                 adj = c(1, 0.5), cex = small)
}

draw_row_sums <- function(sums, region) {
  inner <- check_box(region)
  line <- line_height(small)
  seen <- range(which(sums$observed > 0 | sums$high > 0))
  sums <- sums[max(seen[1L] - 1L, 1L):min(seen[2L] + 1L, nrow(sums)), ]
  middle <- (sums$from + sums$to) / 2
  range_x <- range(sums$from, sums$to) + c(-0.5, 0.5)
  range_y <- spread(c(0, sums$observed, sums$high), FALSE)
  range_y[1L] <- 0
  across <- function(v) place(v, range_x, inner[1:2])
  up <- function(v) place(v, range_y, inner[3:4])
  draw_check_axes(inner, region, range_x, range_y, "Columns on in a case",
                  "Share of cases")
  graphics::polygon(across(c(middle, rev(middle))),
                    up(c(sums$low, rev(sums$high))), border = NA,
                    col = style$band)
  graphics::lines(across(middle), up(sums$expected), col = style$line, lwd = 2)
  outside <- sums$observed < sums$low | sums$observed > sums$high
  graphics::points(across(middle), up(sums$observed), pch = 19, cex = 0.8,
                   col = ifelse(outside, style$alert, style$text))
  y <- inner[4L] + 0.6 * line
  left <- inner[1L] + 0.4 * line
  graphics::points(left, y, pch = 19, col = style$text, cex = 0.8)
  graphics::text(left + 0.5 * line, y, "data", adj = c(0, 0.5), cex = small)
  left <- left + widths("data", small) + 1.4 * line
  graphics::rect(left, y - 0.3 * line, left + 1.4 * line, y + 0.3 * line,
                 col = style$band, border = NA)
  graphics::segments(left, y, left + 1.4 * line, col = style$line, lwd = 2)
  words <- "model, 95 % of data sets"
  graphics::text(left + 1.7 * line, y, words, adj = c(0, 0.5),
                 cex = fitting(words, inner[2L] - left - 1.7 * line, small))
}
