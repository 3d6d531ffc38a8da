# Pictures of W: as tiles or a table, and as a network; see plot.R for what a
# picture is.

weights_picture <- function(x, units = NULL, image_dim = NULL, cluster = TRUE) {
  shape <- picture_shape(x, image_dim)
  all <- ncol(x$W)
  chosen <- if (is.null(units)) {
    utils::head(order(-colSums(x$W^2)), 100L)
  } else {
    check_units(units, x)
  }
  title <- sprintf(
    "Weights of %s%s%s",
    if (length(chosen) < all) paste(big(length(chosen)), "of ") else "",
    counted(all, "hidden unit"),
    if (is.null(units) && all > 1L) ", largest norm first" else ""
  )
  values <- t(effects_of(x)[, chosen, drop = FALSE])
  if (is.null(shape$dim)) {
    return(weights_table(x, values, chosen, title, cluster))
  }
  names <- unit_names(x$c)[chosen]
  list(
    title = title, note = c(shape$note, effects_in_words(x)),
    tiled = TRUE, values = values, names = names, dim = shape$dim,
    data = long_table(values, names, unit_names(x$b),
                      c("hidden", "visible", "weight")),
    draw = function(region) {
      draw_tiles(values, shape$dim, names, weight_scale(values), region)
    }
  )
}

# Where a case is no image: units turned so that their largest weight is
# positive, and columns that have weights in common side by side.
weights_table <- function(x, values, chosen, title, cluster) {
  turned <- is_turned(x, values, chosen)
  values[turned, ] <- -values[turned, , drop = FALSE]
  names <- paste0(ifelse(turned, "-", ""), unit_names(x$c)[chosen])
  if (!is.null(rownames(values))) {
    rownames(values) <- names
  }
  columns <- layer_columns(x$units[["visible"]], nrow(x$W))
  order <- if (cluster) {
    alike_columns(t(values), columns$rows)
  } else {
    seq_len(nrow(columns))
  }
  at <- unlist(units_in_columns(columns$rows)[order])
  values <- values[, at, drop = FALSE]
  visible <- unit_names(x$b)[at]
  list(
    title = title,
    note = paste(c(
      effects_in_words(x),
      if (any(turned)) {
        "units with a minus are turned"
      }
    ), collapse = "; "),
    tiled = FALSE, values = values, names = names, turned = turned,
    data = long_table(values, names, visible, c("hidden", "visible", "weight")),
    draw = function(region) {
      box <- draw_table(t(values),
                        list(names = visible, what = "visible unit",
                             order = if (cluster) "those alike together"),
                        list(names = names, what = "hidden unit"),
                        weight_scale(values), region)
      draw_borders(columns$rows[order], box)
    }
  )
}

# Which hidden units are drawn the other way round: h as 1 - h, or -h. Levels of
# a categorical unit and ReLU units have no other side.
is_turned <- function(x, values, chosen) {
  columns <- layer_columns(x$units[["hidden"]], ncol(x$W))
  kind <- rep(columns$kind, columns$rows)[chosen]
  largest <- values[cbind(seq_len(nrow(values)), max.col(abs(values), "first"))]
  kind %in% c("binary", "normal") & largest < 0
}

# The units of each column.
units_in_columns <- function(rows) {
  unname(split(seq_len(sum(rows)),
               factor(rep(seq_along(rows), rows), seq_along(rows))))
}

# An order of columns of `rows` units each in which those with like effects, a
# row a unit, are neighbours. Of a column of several units the one with the
# largest norm speaks.
alike_columns <- function(effects, rows) {
  norm <- rowSums(effects^2)
  speaks <- vapply(units_in_columns(rows), function(at) {
    at[which.max(norm[at])]
  }, 0L)
  alike_rows(effects[speaks, , drop = FALSE])
}

most_clustered <- 2000L # rows, of which all distances are

# An order of the rows of a matrix in which like ones are neighbours.
alike_rows <- function(x) {
  if (nrow(x) < 3L || nrow(x) > most_clustered) {
    return(seq_len(nrow(x)))
  }
  stats::hclust(stats::dist(x), "average")$order
}

# Weights as they compare: of a Gaussian column the shift of its mean, in
# standard deviations of the column.
effects_of <- function(x) {
  W <- x$W
  at <- gaussian_units(x)
  if (!length(at)) {
    return(W)
  }
  W[at, ] <- W[at, , drop = FALSE] / exp(x$d[gaussian_extras(x)])
  W
}

gaussian_units <- function(x) {
  columns <- layer_columns(x$units[["visible"]], nrow(x$W))
  which(rep(columns$kind == "gaussian", columns$rows))
}

gaussian_extras <- function(x) {
  columns <- layer_columns(x$units[["visible"]], nrow(x$W))
  which(rep(columns$kind == "gaussian", extras_of(columns)))
}

effects_in_words <- function(x) {
  at <- gaussian_units(x)
  if (!length(at)) {
    return(NULL)
  }
  if (length(at) == nrow(x$W)) {
    return("Shifts of means, in standard deviations of the columns")
  }
  "Gaussian columns: shifts of means in s.d.; others: log odds"
}

# Lines between columns of several units and their neighbours.
draw_borders <- function(rows, box) {
  rows <- rows[rows > 0L]
  ends <- cumsum(rows)[-length(rows)]
  wide <- rows > 1L
  ends <- ends[wide[-1L] | wide[-length(wide)]]
  up <- box[4L] - ends / sum(rows) * (box[4L] - box[3L])
  if (length(up)) {
    graphics::segments(box[1L], up, box[2L], up, col = style$frame)
  }
}

most_linked <- 40L # units in a layer

network_picture <- function(x, units = NULL) {
  chosen <- if (is.null(units)) {
    utils::head(order(-colSums(x$W^2)), most_linked)
  } else {
    check_units(units, x)
  }
  if (nrow(x$W) > most_linked || length(chosen) > most_linked) {
    abort("plot_network",
          sprintf(paste("A network of %s and %s could not be read; at most %d",
                        "of each."), counted(nrow(x$W), "visible unit"),
                  counted(length(chosen), "hidden unit"), most_linked),
          "Use plot(type = \"weights\"), or fewer `units`.")
  }
  effects <- effects_of(x)[, chosen, drop = FALSE]
  columns <- layer_columns(x$units[["visible"]], nrow(x$W))
  at <- unlist(units_in_columns(columns$rows)[
    alike_columns(effects, columns$rows)
  ])
  effects <- effects[at, , drop = FALSE]
  middle <- colSums(abs(effects) * seq_along(at)) / colSums(abs(effects))
  middle[!is.finite(middle)] <- nrow(effects)
  effects <- effects[, order(middle), drop = FALSE]
  names <- list(visible = unit_names(x$b)[at],
                hidden = unit_names(x$c)[chosen][order(middle)])
  links <- long_table(effects, names$visible, names$hidden,
                      c("visible", "hidden", "weight"))
  links <- links[abs(links$weight) >= 0.1 * max(abs(links$weight)) &
                   links$weight != 0, ]
  links <- links[order(abs(links$weight)), ] # strong ones on top
  rownames(links) <- NULL
  list(
    title = sprintf("%s of %s and %s", counted(nrow(links), "weight"),
                    counted(length(at), "visible unit"),
                    counted(length(chosen), "hidden unit")),
    note = paste(c(effects_in_words(x), if (nrow(links) < length(effects)) {
      "those below a tenth of the largest are left out"
    }), collapse = "; "),
    data = links, names = names,
    draw = function(region) draw_network(links, names, region)
  )
}

# Visible units at the left, hidden ones at the right, each side spread over the
# height; lines as wide as weights are large.
draw_network <- function(links, names, region) {
  line <- line_height(small)
  whole <- region
  region[3:4] <- region[3:4] + c(1.6, -1.2) * line
  room <- vapply(names, function(side) {
    min(widest(side, small), 0.3 * width_of(region))
  }, 0)
  across <- region[1:2] + c(1, -1) * (room + 0.8 * line)
  check_room(c(across, region[3:4]))
  up <- lapply(names, function(side) {
    ends <- region[4:3] + c(-0.5, 0.5) * height_of(region) / length(side)
    seq(ends[1L], ends[2L], length.out = length(side))
  })
  if (nrow(links)) {
    positive <- links$weight > 0
    share <- abs(links$weight) / max(abs(links$weight))
    ink <- ifelse(positive, style$alert, style$line)
    graphics::segments(
      across[1L], up$visible[as.integer(links$visible)], across[2L],
      up$hidden[as.integer(links$hidden)], lwd = 0.5 + 4 * share,
      col = mapply(grDevices::adjustcolor, ink, 0.25 + 0.65 * share),
      lty = ifelse(positive, "solid", "42")
    )
  }
  for (side in 1:2) {
    at <- up[[side]]
    each <- height_of(region) / length(at)
    graphics::points(rep(across[side], length(at)), at, pch = 21, bg = "white",
                     col = style$frame, cex = min(1.4, 5 * each))
    graphics::text(across[side] + c(-0.5, 0.5)[side] * line, at,
                   shorten(names[[side]], room[side], small),
                   adj = c(2L - side, 0.5),
                   cex = small * min(1, 1.1 * each / line))
    graphics::text(across[side], region[4L] + 0.5 * line,
                   c("Visible units", "Hidden units")[side],
                   adj = c(if (room[side] > 2 * line) 0.5 else side - 1, 0.5),
                   cex = small)
  }
  draw_sign_key(whole, line)
}
