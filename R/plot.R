# Pictures of a model, in base graphics; see plot-page.R for what they are drawn
# on and with.

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
#' forget the data: use a larger `k` or a smaller `learning_rate`. A dashed line
#' across stands where independent units with the means of the data are. Steps
#' are large beside the weights at first, which start near 0; once training is
#' under way, after some epochs, 1/1000 to 1/100 is common and 1/10 too much. A
#' fit that ended before its last epoch says so in orange, and a dashed line
#' stands where it ended.
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
#' that the machine does not tell apart. Gaussian and ReLU hidden units have
#' their means in colours, as weights have, and no bars.
#'
#' `"samples"` draws what the machine expects to see: \eqn{p(v | h)} at the end
#' of chains of Gibbs samples, as greys from 0 to 1. They should look like the
#' data and differ from each other. Where all are the same, or a blur, training
#' was too short, or the chains were too short to leave where they started. Of
#' tables, counts are drawn as shares of their largest value, and numbers from
#' two standard deviations below the mean of their column to two above.
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
#' `"moments"` compares the means of visible units and the correlations of pairs
#' in draws of the model with those in `newdata`: points on the diagonal agree,
#' and the five farthest from it are named. Numbers of all kinds are first put
#' on a scale from 0 to 1, as for `"samples"`. Correlations are of at most 100
#' units, those that vary most, and of at most 5000 cases. What the differences
#' would be by chance alone is written above; see [rbm_check()] for a test.
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
#' @param newdata For `"hidden"`, `"reconstruction"`, `"moments"` and
#'   `"free_energy"`, the cases, in any form that [rbm_fit()] takes; for the
#'   last, each 0 or 1. By default the training data that the model keeps.
#' @param n How many cases or samples to draw: by default 100 for `"hidden"`, 25
#'   for `"samples"` and 10 for `"reconstruction"`; for `"moments"` 2000
#'   samples. Cases are spread evenly over those there are.
#' @param steps For `"samples"` and `"moments"`, Gibbs sweeps in each chain, by
#'   default 1000, as in [rbm_sample()]; without `steps` `"moments"` takes exact
#'   draws where there can be such.
#' @param units For `"weights"`, which hidden units to draw, by number or by
#'   name. By default those whose weights have the largest norm, at most 100.
#' @param image_dim For `"weights"`, `"samples"` and `"reconstruction"`,
#'   `c(rows, columns)` of the picture that a case is, pixels row after row, or
#'   `NA` for a table in place of pictures. By default that of the model, else a
#'   square where the visible units have no names and their number allows it,
#'   else a table. Pictures
#'   that lie on their side have their pixels column after column in the data.
#'
#' @param against For `"free_energy"`, other cases to compare with.
#' @param main A title in place of the picture's own.
#' @param cex How much larger than usual words and points are.
#'
#' @return `x`, invisibly. Graphical parameters are left as they were.
#'   `"samples"` and `"moments"` take two draws from R's random numbers, the
#'   others none.
#' @section Errors:
#' Of class `harmonium_error`: an argument that `type` does not use, no history
#' to trace (a model from [rbm()], or a fit interrupted in its first epoch), a
#' history without likelihoods, no cases (a model that keeps none, and no
#' `newdata`), units that the model does not have, an `image_dim` whose product
#' is not the number of visible units, and a figure too small to draw in.
#' @source Hinton (2012), A practical guide to training restricted Boltzmann
#'   machines, \doi{10.1007/978-3-642-35289-8_32}, on what to watch.
#' @seealso [rbm_fit()] for the history, [rbm_sample()], [predict.rbm()],
#'   [ggplot2::autoplot()][autoplot.rbm]
#' @examples
#' set.seed(1)
#' fit <- rbm_fit(digits8$x[1:300, ], hidden = 16, epochs = 15,
#'                image_dim = digits8$image_dim)
#' plot(x = fit, type = "trace")
#' plot(fit, type = "weights")
#' plot(fit, type = "weights", units = c("h3", "h1"), image_dim = c(4, 16))
#' plot(fit, type = "hidden", newdata = digits8$x[301:400, ], n = 50)
#' plot(fit, type = "samples", n = 12, steps = 100)
#' plot(fit, type = "reconstruction", n = 8, main = "Digits", cex = 0.9)
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
                                 "reconstruction", "moments", "log_lik",
                                 "free_energy"),
                     ..., newdata = NULL, n = NULL, steps = NULL, units = NULL,
                     image_dim = NULL, against = NULL, main = NULL, cex = 1) {
  check_dots_empty(...)
  main <- check_text(main, "main", absent = TRUE)
  cex <- check_number(cex, "cex", min = 0.1, most = 10)
  draw_picture(picture_of(x, type, newdata = newdata, n = n, steps = steps,
                          units = units, image_dim = image_dim,
                          against = against), main, cex)
  invisible(x)
}

# What is drawn, by base graphics or by others, see below.
picture_of <- function(x, type, ...) {
  check_model(x, "x")
  makers <- list(trace = trace_picture, weights = weights_picture,
                 hidden = hidden_picture, samples = samples_picture,
                 reconstruction = reconstruction_picture,
                 moments = moments_picture, log_lik = log_lik_picture,
                 free_energy = free_energy_picture)
  type <- check_choice(type, names(makers), "type")
  make <- makers[[type]]
  used <- names(formals(make))[-1L]
  given <- list(...)
  check_used(given, used, type)
  do.call(make, c(list(x), given[intersect(used, names(given))]),
          quote = TRUE)
}

draw_picture <- function(picture, main = NULL, cex = 1) {
  force(picture) # its checks come before a device opens
  if (!is.null(main)) {
    picture$title <- main
  }
  old <- graphics::par(cex = graphics::par("cex"), pty = "m", xpd = NA,
                       mar = rep(0, 4L))
  on.exit(graphics::par(old))
  picture$draw(open_figure(picture, cex))
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

# A picture is list(title, note, alert, tiled, data, draw, ...): words above it,
# the note in the colour of alarm where `alert`; whether pixels must stay square
# when a window changes; a data frame of what it shows; and a function that
# draws it in a region. Its maker has
# the arguments of plot.rbm() that the type uses, and does all checks, before a
# device opens.

weights_picture <- function(x, units = NULL, image_dim = NULL) {
  shape <- picture_shape(x, image_dim)
  all <- ncol(x$W)
  chosen <- if (is.null(units)) {
    utils::head(order(-colSums(x$W^2)), 100L)
  } else {
    check_units(units, x)
  }
  values <- t(effects_of(x)[, chosen, drop = FALSE])
  title <- sprintf(
    "Weights of %s%s%s",
    if (length(chosen) < all) paste(big(length(chosen)), "of ") else "",
    counted(all, "hidden unit"),
    if (is.null(units) && all > 1L) ", largest norm first" else ""
  )
  names <- unit_names(x$c)[chosen]
  list(
    title = title, note = c(shape$note, effects_in_words(x)),
    tiled = !is.null(shape$dim), values = values, names = names,
    dim = shape$dim,
    data = long_table(values, names, unit_names(x$b),
                      c("hidden", "visible", "weight")),
    draw = function(region) {
      box <- draw_cases(values, names, "hidden unit", x, shape,
                        weight_scale(values), region)
      if (has_columns(x) && is.null(shape$dim)) {
        draw_borders(x$columns$rows, box)
      }
    }
  )
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
  paste("Gaussian columns: shifts of means, in standard deviations;",
        "others: log odds")
}

# Lines between columns of several units and their neighbours.
draw_borders <- function(rows, box) {
  rows <- rows[rows > 0L]
  ends <- cumsum(rows)[-length(rows)]
  wide <- rows > 1L
  ends <- ends[wide[-1L] | wide[-length(wide)]]
  up <- box[4L] - ends / sum(rows) * (box[4L] - box[3L])
  if (length(up)) {
    graphics::segments(box[1L], up, box[2L], up, col = inks$frame)
  }
}

hidden_picture <- function(x, newdata = NULL, n = NULL) {
  cases <- plot_cases(x, newdata, "hidden")
  rows <- spread_rows(cases, n, 100L)
  h <- conditional(x, "hidden", cases, "probability")
  if (has_real_units(x)) {
    return(real_hidden_picture(x, cases, rows, h))
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
        h, list(names = case_names(cases, rows), what = "case"),
        list(names = unit_names(x$c)[order], what = "hidden unit",
             order = "most active first"),
        grey_scale(), region
      )
      draw_activity(activity, c(box[1:2], top[3:4]))
    }
  )
}

# Units whose states are real numbers are not on or off.
real_hidden_picture <- function(x, cases, rows, h) {
  order <- order(-colSums(sweep(h, 2L, colMeans(h))^2))
  h <- h[rows, order, drop = FALSE]
  list(
    title = sprintf("Means of %s in %s", counted(ncol(h), "hidden unit"),
                    cases_in_words(nrow(h), cases$n)),
    values = h,
    data = long_table(h, case_names(cases, rows), unit_names(x$c)[order],
                      c("case", "hidden", "mean")),
    draw = function(region) {
      draw_table(h, list(names = case_names(cases, rows), what = "case"),
                 list(names = unit_names(x$c)[order], what = "hidden unit",
                      order = "largest spread first"),
                 weight_scale(h), region)
    }
  )
}

# A matrix as a data frame of what its rows are, what its columns are, and the
# values.
long_table <- function(values, rows, columns, names) {
  out <- data.frame(factor(rep(rows, ncol(values)), unique(rows)),
                    factor(rep(columns, each = nrow(values)), unique(columns)),
                    as.vector(values))
  names(out) <- names
  out
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
  if (!is.null(image_dim) || side == 1 || side^2 != units ||
        !is.null(names(x$b))) {
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

plot_cases <- function(x, newdata, type, read = as_visible) {
  if (is.null(newdata) && is.null(x$x)) {
    abort(
      "plot_data",
      sprintf("plot(type = \"%s\") needs cases, and this model keeps none.",
              type),
      "Give them as `newdata`, or fit with `keep_x = TRUE`."
    )
  }
  read(x, if (is.null(newdata)) x$x else newdata, "newdata",
       missing = type %in% c("free_energy", "hidden", "reconstruction",
                           "moments"))
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

# "10 cases", or "10 of 50 cases" where not all are shown.
cases_in_words <- function(shown, all) {
  if (shown < all) {
    sprintf("%s of %s", big(shown), counted(all, "case"))
  } else {
    counted(all, "case")
  }
}
