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
#' picture, `W` is drawn as a table with the same colours, and with the numbers
#' where they can be read. Columns with like weights are neighbours there, in
#' the order of a clustering; units whose largest weight is negative are turned
#' (\eqn{h_j \to 1 - h_j}{h_j -> 1 - h_j}) and have a minus before their name.
#'
#' `"hidden"` draws \eqn{p(h | v)} as greys from 0 (white) to 1 (black), a row a
#' case and a column a hidden unit, and above it the mean of each column over
#' all cases, largest first. Columns that are white or black from top to bottom
#' carry nothing: such units are dead, or always on. They are marked in orange
#' where the mean is below 0.01 or above 0.99. Rows that look alike are cases
#' that the machine does not tell apart; a clustering makes them neighbours.
#' Gaussian and ReLU hidden units have
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
#' `"biplot"` draws cases as points and hidden units as arrows, by the first two
#' principal components of the means of hidden units: cases at the tip of an
#' arrow have that unit on more than others have. Up to 40 cases with names have
#' these in place of points. `biplot(x)` draws it too.
#'
#' `"network"` draws a small machine as a graph, visible units at the left and
#' hidden ones at the right, with lines as wide as weights are large, red ones
#' positive and blue dashed ones negative.
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
#' @param newdata For `"hidden"`, `"reconstruction"`, `"moments"`, `"biplot"`
#'   and `"free_energy"`, the cases, in any form that [rbm_fit()] takes; for the
#'   last, no intensities between 0 and 1. By default the training data that the
#'   model keeps.
#' @param n How many cases or samples to draw: by default 100 for `"hidden"`, 25
#'   for `"samples"`, 10 for `"reconstruction"` and 500 for `"biplot"`; for
#'   `"moments"` 2000 samples. Cases are spread evenly over those there are.
#' @param steps For `"samples"` and `"moments"`, Gibbs sweeps in each chain, by
#'   default 1000, as in [rbm_sample()]; without `steps` `"moments"` takes exact
#'   draws where there can be such.
#' @param units For `"weights"` and `"network"`, which hidden units to draw, by
#'   number or by name. By default those whose weights have the largest norm, at
#'   most 100 or 40.
#' @param image_dim For `"weights"`, `"samples"` and `"reconstruction"`,
#'   `c(rows, columns)` of the picture that a case is, pixels row after row, or
#'   `NA` for a table in place of pictures. By default that of the model, else a
#'   square where the visible units have no names and their number allows it,
#'   else a table. Pictures
#'   that lie on their side have their pixels column after column in the data.
#'
#' @param against For `"free_energy"`, other cases to compare with, or a list of
#'   up to four sets with names, which the picture then has: `list("held out" =
#'   x)`.
#' @param cluster For `"hidden"`, and `"weights"` of tables, whether like rows
#'   are made neighbours, the default; else they stand in their own order.
#' @param main,xlab,ylab A title, and words at the axes, in place of the
#'   picture's own; not for axes of tiles, or of several panels that differ.
#' @param cex How much larger than usual words and points are.
#' @param col Colours in place of the picture's own: of tables and tiles two or
#'   more, from low to high values; of curves and spreads one for each.
#' @param background A colour for the gaps between tiles, `"white"` for print,
#'   say.
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
#'      against = list("held out" = ink[301:600, ]), xlab = "F(v) in nats",
#'      ylab = "Share of cases", col = c("black", "red"))
#' plot(small, "weights", background = "white")
#' plot(small, "hidden", n = 30, cluster = FALSE)
#'
#' # Cases by hidden units, and a machine as a graph.
#' few <- rbm_fit(answers, hidden = 3, epochs = 5)
#' biplot(few)
#' plot(few, type = "network")
#' @export
plot.rbm <- function(x, type = c("trace", "weights", "hidden", "samples",
                                 "reconstruction", "moments", "log_lik",
                                 "free_energy", "biplot", "network"),
                     ..., newdata = NULL, n = NULL, steps = NULL, units = NULL,
                     image_dim = NULL, against = NULL, cluster = NULL,
                     main = NULL, xlab = NULL, ylab = NULL, cex = 1,
                     col = NULL, background = NULL) {
  check_dots_empty(...)
  check_titling(main, cex)
  xlab <- check_text(xlab, "xlab", absent = TRUE)
  ylab <- check_text(ylab, "ylab", absent = TRUE)
  col <- check_colours(col, "col")
  background <- check_colours(background, "background", one = TRUE)
  styled(style_of(col, background, xlab, ylab), {
    picture <- picture_of(x, type, newdata = newdata, n = n, steps = steps,
                          units = units, image_dim = image_dim,
                          against = against, cluster = cluster)
    check_axes(picture, list(xlab = xlab, ylab = ylab))
    draw_picture(picture, main, cex)
  })
  invisible(x)
}

picture_makers <- function() {
  list(trace = trace_picture, weights = weights_picture,
       hidden = hidden_picture, samples = samples_picture,
       reconstruction = reconstruction_picture, moments = moments_picture,
       log_lik = log_lik_picture, free_energy = free_energy_picture,
       biplot = biplot_picture, network = network_picture)
}

# What is drawn, by base graphics or by others, see below.
picture_of <- function(x, type, ...) {
  check_model(x, "x")
  makers <- picture_makers()
  type <- check_choice(type, names(makers), "type")
  make <- makers[[type]]
  used <- names(formals(make))[-1L]
  given <- list(...)
  check_used(given, used, type)
  given <- given[!vapply(given, is.null, NA)]
  if (!is.null(given$cluster)) {
    check_flag(given$cluster, "cluster")
  }
  picture <- do.call(make, c(list(x), given), quote = TRUE)
  picture$type <- type
  note <- capital(paste(picture$note, collapse = "; "))
  picture$alt <- paste(Filter(nzchar, c(picture$title, note)), collapse = ". ")
  picture
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

check_titling <- function(main, cex) {
  check_text(main, "main", absent = TRUE)
  check_number(cex, "cex", min = 0.1, most = 10)
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

# Words at axes are for pictures that have one of each.
check_axes <- function(picture, words) {
  own <- switch(picture$type,
                trace = , log_lik = "xlab", moments = , network = character(),
                c("xlab", "ylab"))
  check_used(words, if (isTRUE(picture$tiled)) character() else own,
             picture$type)
}

# A picture is list(title, note, alert, tiled, data, draw, ...): words above it,
# the note in the colour of alarm where `alert`; whether pixels must stay square
# when a window changes; a data frame of what it shows; and a function that
# draws it in a region. Its maker has the arguments of plot.rbm() that the type
# uses, and does all checks, before a device opens.

# A matrix as a data frame of what its rows are, what its columns are, and the
# values.
long_table <- function(values, rows, columns, names) {
  out <- data.frame(factor(rep(rows, ncol(values)), unique(rows)),
                    factor(rep(columns, each = nrow(values)), unique(columns)),
                    as.vector(values))
  names(out) <- names
  out
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
       missing = TRUE)
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
