# Pictures of visible units as the model draws and reconstructs them; see plot.R
# for what a picture is.

samples_picture <- function(x, n = NULL, steps = NULL, image_dim = NULL) {
  shape <- picture_shape(x, image_dim)
  n <- if (is.null(n)) 25L else check_count(n, "n")
  steps <- if (is.null(steps)) 1000L else steps
  values <- shares_of(x, rbm_sample(x, n, steps = steps, type = "probability"))
  names <- as.character(seq_len(n))
  list(
    title = sprintf("%s after %s", counted(n, "sample"),
                    counted(steps, "Gibbs sweep")),
    note = c(shape$note, shares_in_words(x)), tiled = !is.null(shape$dim),
    values = values, dim = shape$dim,
    data = long_table(values, names, unit_names(x$b),
                      c("sample", "visible", "value")),
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
  shown <- take_cases(cases, rows)
  again <- unname(reconstruct(x, shown))
  shown <- array(as.double(pick_rows(shown, seq_len(shown$n))), dim(again))
  shares <- shares_of(x, rbind(in_user_units(x, shown), again))
  half <- seq_along(rows)
  shown <- shares[half, , drop = FALSE]
  again <- shares[-half, , drop = FALSE]
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
      if (!is.null(shape$note)) sprintf(" (%s)", shape$note),
      if (!is.null(shares_in_words(x))) paste0("; ", shares_in_words(x))
    ),
    tiled = !is.null(shape$dim), dim = shape$dim,
    values = list(cases = shown, reconstructions = again),
    data = cbind(
      what = factor(rep(c("case", "reconstruction"), each = length(shown)),
                    c("case", "reconstruction")),
      rbind(long_table(shown, names, unit_names(x$b),
                       c("case", "visible", "value")),
            long_table(again, names, unit_names(x$b),
                       c("case", "visible", "value")))
    ),
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

# Values of visible units, cases in rows, on a scale from 0 to 1: counts as
# shares of the most that each column can count; 0/1 data as they are; numbers
# of a table by where they are between two standard deviations below the mean
# and two above, and what has no bound between the least and the most shown.
shares_of <- function(x, values) {
  if (!is_general(x)) {
    size <- sizes_of(x)
    return(if (is.null(size)) values else sweep(values, 2L, size, "/"))
  }
  columns <- layer_columns(x$units[["visible"]], nrow(x$W))
  middle <- spread <- rep(NA_real_, ncol(values))
  kind <- rep(columns$kind, columns$rows)
  if (has_columns(x)) {
    used <- x$columns[x$columns$rows > 0L, ]
    middle <- rep(used$location, used$rows)
    spread <- rep(used$scale, used$rows)
  }
  size <- rep(columns$size, columns$rows)
  second <- c(FALSE, diff(rep(seq_len(nrow(columns)), columns$rows)) == 0)
  for (i in seq_len(ncol(values))) {
    value <- values[, i]
    values[, i] <- if (kind[i] == "gaussian" && is.finite(spread[i])) {
      pmin(1, pmax(0, (value - middle[i]) / (4 * spread[i]) + 0.5))
    } else if (kind[i] %in% c("gaussian", "poisson") ||
                 (second[i] && kind[i] == "ordinal2")) {
      range_share(value)
    } else if (kind[i] %in% c("binomial", "count")) {
      value / size[i]
    } else {
      value
    }
  }
  values
}

range_share <- function(value) {
  ends <- range(value, na.rm = TRUE, finite = TRUE)
  if (ends[1L] == ends[2L]) {
    return(ifelse(is.na(value), NA_real_, 0.5))
  }
  (value - ends[1L]) / (ends[2L] - ends[1L])
}

shares_in_words <- function(x) {
  if (!is_general(x)) {
    return(if (!is.null(sizes_of(x))) {
      "counts as shares of the most there can be"
    })
  }
  kind <- layer_columns(x$units[["visible"]], nrow(x$W))$kind
  said <- c(
    if (any(kind %in% c("count", "binomial"))) {
      "counts as shares of the most there can be"
    },
    if (any(kind == "gaussian") && has_columns(x)) {
      "numbers from 2 s.d. below the mean to 2 above"
    },
    if (any(kind == "poisson")) "Poisson counts up to the largest shown"
  )
  if (length(said)) paste(said, collapse = ", ")
}

#' Pictures of samples
#'
#' `"samples"` draws rows of samples, as images or as a table; `"trace"` the
#' free energy of the draws of each chain, one after the other: chains that have
#' mixed lie on top of each other and do not drift.
#'
#' @param x A result of [rbm_sample()] that is a matrix.
#' @param type Which picture.
#' @param n How many samples to draw, spread evenly over all.
#' @param image_dim,main,cex,background As in [plot.rbm()]; images are those of
#'   the model that was drawn from.
#' @param ... Must be empty.
#' @return `x`, invisibly.
#' @section Errors:
#' Of class `harmonium_error`: a trace of chains of one draw each, or of samples
#' without free energies, and a figure too small to draw in.
#' @seealso [rbm_sample()], [rbm_diagnose()], [plot.rbm()]
#' @examples
#' set.seed(1)
#' fit <- rbm_fit(digits8$x[1:200, ] > 0.5, hidden = 8, epochs = 5,
#'                image_dim = digits8$image_dim)
#' x <- rbm_sample(fit, n = 200, chains = 4, steps = 100)
#' plot(x = x, type = "samples", n = 9, background = "white")
#' plot(x, "trace", main = "Free energy", cex = 0.9)
#' plot(x, n = 4, image_dim = NA)
#' @export
plot.rbm_sample <- function(x, type = c("samples", "trace"), n = 25,
                            image_dim = NULL, main = NULL, cex = 1,
                            background = NULL, ...) {
  check_dots_empty(...)
  check_sample(x)
  type <- check_choice(type, c("samples", "trace"), "type")
  n <- check_count(n, "n")
  check_titling(main, cex)
  background <- check_colours(background, "background", one = TRUE)
  styled(style_of(NULL, background, NULL, NULL), {
    picture <- if (type == "samples") {
      drawn_picture(x, n, image_dim)
    } else {
      chains_picture(x)
    }
    draw_picture(picture, main, cex)
  })
  invisible(x)
}

drawn_picture <- function(x, n, image_dim) {
  values <- plain_sample(x)
  about <- list(W = matrix(0, ncol(values), 1L),
                image_dim = attr(x, "image_dim"),
                b = stats::setNames(numeric(ncol(values)), colnames(values)))
  shape <- picture_shape(about, image_dim)
  rows <- round(seq(1, nrow(values), length.out = min(n, nrow(values))))
  names <- rownames(values)
  names <- if (is.null(names)) as.character(rows) else names[rows]
  shown <- values[rows, , drop = FALSE]
  plain <- min(shown) >= 0 && max(shown) <= 1
  scale <- if (plain) grey_scale() else weight_scale(shown)
  list(
    title = if (length(rows) < nrow(values)) {
      sprintf("%s of %s", big(length(rows)), counted(nrow(values), "sample"))
    } else {
      counted(nrow(values), "sample")
    },
    note = shape$note, tiled = !is.null(shape$dim),
    draw = function(region) {
      draw_cases(shown, names, "sample", about, shape, scale, region)
    }
  )
}

chains_picture <- function(x) {
  found <- attr(x, "diagnostics")
  energy <- attr(x, "free_energy")
  if (is.null(energy) || found$draws < 2L) {
    abort("plot_chains",
          sprintf("There is nothing to trace: %s.", if (is.null(energy)) {
            "these samples have no free energies"
          } else {
            paste("one draw of each of", counted(found$chains, "chain"))
          }),
          "Draw several of each, as in rbm_sample(fit, n = 400, chains = 4).")
  }
  energy <- matrix(energy, found$draws)
  shown <- seq_len(min(ncol(energy), 20L))
  sweep <- matrix(attr(x, "iteration"), found$draws)[, 1L]
  list(
    title = sprintf("Free energy of %s", counted(ncol(energy), "chain")),
    note = paste(c(
      if (found$method == "exact") {
        "exact draws, which are independent"
      } else if (!is.na(found$rhat)) {
        sprintf("R-hat %s, effective sample size %.0f",
                rhat_in_words(found$rhat), found$ess)
      },
      if (length(shown) < ncol(energy)) {
        sprintf("the first %d are drawn", length(shown))
      }
    ), collapse = "; "),
    draw = function(region) {
      range_x <- spread(range(sweep), FALSE)
      range_y <- spread(range(energy[, shown]), FALSE)
      inner <- check_box(region, format(grDevices::axisTicks(range_y, FALSE)))
      of <- if (found$method == "exact") "Draw" else "Sweep"
      draw_check_axes(inner, region, range_x, range_y, of, "Free energy (nats)")
      inks <- grDevices::hcl.colors(max(length(shown), 2L), "Dark 3")
      for (chain in shown) {
        graphics::lines(place(sweep, range_x, inner[1:2]),
                        place(energy[, chain], range_y, inner[3:4]),
                        col = inks[chain])
      }
    }
  )
}
