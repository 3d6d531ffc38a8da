# The page that pictures are drawn on, and what several of them are made of:
# tiles, tables, scales of colour, axes and words. Every picture is one figure
# whose coordinates are inches, so that room for words can be measured before
# anything is drawn, and so that it fits into the layout of whoever calls. A
# region is c(left, right, bottom, top) in these coordinates.

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
  list(colours = ramp_of(grDevices::hcl.colors(201L, "Blue-Red 3")),
       limits = c(-limit, limit), labels = labels)
}

# From white for 0 to black for 1, as ink on paper.
grey_scale <- function() {
  list(colours = ramp_of(grDevices::gray(seq(1, 0, length.out = 201L))),
       limits = c(0, 1), labels = c("0", "0.5", "1"))
}

# These colours, or those between the ones that a user wants.
ramp_of <- function(colours) {
  if (length(style$ramp) < 2L) {
    return(colours)
  }
  grDevices::colorRampPalette(style$ramp)(length(colours))
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
draw_tiles <- function(values, dim, names, scale, region, gap = 1,
                       per_row = NULL, with_scale = TRUE) {
  if (with_scale) {
    region <- beside_scale(scale, region)
  }
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
  if (!is.null(per_row)) {
    grid$columns <- min(per_row, nrow(values))
  }
  cells <- tile_matrix(values, dim, grid$columns, gap, head)
  pixel <- min(width_of(region) / ncol(cells), height_of(region) / nrow(cells))
  left <- mean(region[1:2]) - pixel * ncol(cells) / 2
  top <- mean(region[3:4]) + pixel * nrow(cells) / 2
  box <- c(left, left + pixel * ncol(cells), top - pixel * nrow(cells), top)
  draw_cells(cells, scale, box)
  if (with_scale) {
    draw_scale(scale, box)
  }
  tile <- seq_len(nrow(values)) - 1L
  across <- left + pixel * (tile %% grid$columns * (dim[2L] + gap) + gap)
  down <- top - pixel * (tile %/% grid$columns * (dim[1L] + head))
  if (!is.null(names)) {
    graphics::text(across + pixel * dim[2L] / 2, down - pixel * head / 2, names,
                   cex = small, col = style$text)
  }
  if (pixel * gap < 1 / 40) {
    # Gaps this thin may fall between the dots of a screen.
    graphics::rect(across, down - pixel * (head + dim[1L]),
                   across + pixel * dim[2L], down - pixel * head,
                   border = style$gap)
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
  graphics::rect(box[1L], box[3L], box[2L], box[4L], border = style$frame)
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
  write_numbers(cells, scale, box)
  title <- words_at("ylab", side_title(rows, nrow(cells), row_room > 0))
  graphics::text(region[1L] + 0.6 * line, mean(box[3:4]), title, srt = 90,
                 cex = fitting(title, height_of(region), small))
  write_line(words_at("xlab", side_title(columns, ncol(cells),
                                         column_room > 0)),
             mean(box[1:2]), region[3L] + 0.5 * line, width_of(box), small)
  box
}

# The numbers themselves, where they can be read in their cells.
write_numbers <- function(cells, scale, box) {
  numbers <- format(round(cells, 2L), nsmall = 2L, trim = TRUE)
  high <- height_of(box) / nrow(cells)
  wide <- width_of(box) / ncol(cells)
  if (high < line_height(small) || wide < widest(numbers, small) * 1.15) {
    return(invisible())
  }
  light <- luminance(as.vector(t(as.matrix(paint(cells, scale)))))
  at <- expand.grid(x = seq_len(ncol(cells)), y = seq_len(nrow(cells)))
  known <- !is.na(as.vector(t(cells)))
  graphics::text(place(at$x - 0.5, c(0, ncol(cells)), box[1:2])[known],
                 place(at$y - 0.5, c(0, nrow(cells)), box[4:3])[known],
                 as.vector(t(numbers))[known], cex = small,
                 col = ifelse(light < 0.179, "white", "black")[known])
}

# Relative luminance of colours, which decides what can be read on them.
luminance <- function(colours) {
  rgb <- grDevices::col2rgb(colours) / 255
  linear <- ifelse(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055)^2.4)
  colSums(linear * c(0.2126, 0.7152, 0.0722))
}

side_title <- function(side, count, named) {
  if (!is.null(side$count)) {
    count <- side$count
  }
  words <- paste0(side$what, if (count > 1L) "s")
  words <- if (named) capital(words) else paste(big(count), words)
  paste(c(words, if (count > 1L) side$order), collapse = ", ")
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
  graphics::rect(bar[1L], bar[3L], bar[2L], bar[4L], border = style$frame)
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
  colours[is.na(colours)] <- style$gap
  grDevices::as.raster(matrix(colours, nrow(cells)))
}

# An empty figure with its words, and the region left free under them.
open_figure <- function(picture, cex = 1) {
  graphics::plot.new()
  size <- graphics::par("fin")
  graphics::par(cex = cex * min(1, max(0.8, min(size / c(7, 5)))))
  graphics::plot.window(c(0, size[1L]), c(0, size[2L]), xaxs = "i", yaxs = "i",
                        asp = if (isTRUE(picture$tiled)) 1 else NA)
  line <- line_height()
  middle <- size[1L] / 2
  wide <- size[1L] - 0.4 * line
  top <- size[2L] - 0.4 * line
  if (!is.null(picture$title)) {
    write_line(picture$title, middle, size[2L] - 0.8 * line, wide, 1.05,
               font = 2L)
    top <- size[2L] - 1.6 * line
  }
  if (!is.null(picture$note)) {
    write_line(capital(picture$note), middle, top - 0.3 * line, wide, small,
               col = if (isTRUE(picture$alert)) style$alert else style$text)
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
  graphics::segments(box[1L], box[3L], y1 = box[4L], col = style$frame)
  graphics::segments(box[1L] - tick, at, box[1L], col = style$frame)
  clear <- apart(at, line_height(small))
  graphics::text(box[1L] - 1.6 * tick, at[clear], labels[clear],
                 adj = c(1, 0.5), cex = small)
}

draw_axis_below <- function(at, labels, box) {
  tick <- 0.3 * line_height(small)
  graphics::segments(box[1L], box[3L], box[2L], col = style$frame)
  graphics::segments(at, box[3L] - tick, y1 = box[3L], col = style$frame)
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

# Colours of pictures, and what stands at their axes: NULL for the picture's own
# colours from low to high values, or words. An environment, since what a user
# asks for holds while one picture is made and drawn.
style <- list2env(list(
  line = "#0072B2", band = "#B5D6E8", alert = "#B34700", held_out = "#A0528A",
  more = c("#00805C", "#8A6D00"), mark = "#F2B661", gap = "#D9D4C7",
  frame = "grey45", text = "grey25", ramp = NULL, xlab = NULL, ylab = NULL
))

# What is drawn while `changes` hold.
styled <- function(changes, code) {
  before <- mget(as.character(names(changes)), envir = style)
  on.exit(list2env(before, style))
  list2env(as.list(changes), style)
  force(code)
}

# The changes that a user's colours and words are.
style_of <- function(col, background, xlab, ylab) {
  c(
    if (!is.null(col)) {
      c(list(ramp = col, line = col[1L],
             band = grDevices::adjustcolor(col[1L], 0.3)),
        if (length(col) > 1L) {
          list(alert = col[length(col)], held_out = col[2L], more = col)
        })
    },
    if (!is.null(background)) list(gap = background),
    if (!is.null(xlab)) list(xlab = xlab), if (!is.null(ylab)) list(ylab = ylab)
  )
}

check_colours <- function(x, name, one = FALSE) {
  if (is.null(x)) {
    return(NULL)
  }
  known <- (is.character(x) || is.numeric(x)) && length(x) > 0L && !anyNA(x) &&
    (!one || length(x) == 1L) &&
    !inherits(try(grDevices::col2rgb(x), silent = TRUE), "try-error")
  if (!known) {
    abort("colours",
          sprintf("`%s` must be %s; this is %s.", name,
                  if (one) "a colour" else "one or more colours", describe(x)),
          sprintf("For example %s = %s.", name,
                  if (one) "\"white\"" else "c(\"navy\", \"white\", \"red\")"))
  }
  x
}

# The words of an axis, or of what a user wants there.
words_at <- function(axis, words) {
  own <- get(axis, style)
  if (is.null(own)) words else own
}
