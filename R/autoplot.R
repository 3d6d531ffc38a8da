# The pictures of plot.rbm() by ggplot2, of the same data frames.

#' Pictures by ggplot2
#'
#' The pictures of [plot.rbm()] as objects of ggplot2, to which layers, scales
#' and themes can be added. What they show is in the element `data` of the
#' object, so that other pictures can be made of it.
#'
#' @param object A model from [rbm()] or [rbm_fit()].
#' @param type Which picture, as in [plot.rbm()].
#' @param ... Arguments of that picture, see [plot.rbm()]: `newdata`, `n`,
#'   `steps`, `units`, `image_dim`, `against`, `cluster`.
#' @return An object of class `ggplot`. Its `data` has a row for each
#'   * `"trace"`, `"log_lik"`: `epoch`, `measure` and `cases` (`"training"` or
#'     `"held out"`): `value`, and `low` and `high`, two standard errors around
#'     it;
#'   * `"weights"`: `hidden` and `visible` unit: `weight`; of Gaussian columns
#'     the shift of the mean in standard deviations;
#'   * `"hidden"`: `case` and `hidden` unit: `mean`;
#'   * `"samples"`, `"reconstruction"`: `sample`, or `what` and `case`, and
#'     `visible` unit: `value`, from 0 to 1;
#'   * `"moments"`: `kind` (`"mean"` or `"correlation"`) and `set` (a unit or a
#'     pair): in the `data` and in the `model`;
#'   * `"free_energy"`: case, of which `cases`: `free_energy` in nats;
#'   * `"biplot"`: `"case"` and `"hidden"` unit (`what`) by `name`: its place on
#'     the `first` and `second` principal component;
#'   * `"network"`: drawn pair of `visible` and `hidden` unit: `weight`.
#'
#'   Where a row of values is an image, there are `row` and `column` of each
#'   pixel too. The title and what stands below it are the alt text,
#'   `ggplot2::get_alt_text()`.
#' @section Errors:
#' Of class `harmonium_error`: those of [plot.rbm()].
#' @seealso [plot.rbm()] for base graphics
#' @examples
#' set.seed(1)
#' fit <- rbm_fit(digits8$x[1:200, ], hidden = 9, epochs = 5,
#'                image_dim = digits8$image_dim)
#' if (requireNamespace("ggplot2", quietly = TRUE)) {
#'   ggplot2::autoplot(object = fit, type = "weights")
#'   ggplot2::autoplot(fit, "trace") + ggplot2::theme_minimal()
#' }
#' @name autoplot.rbm
#' @exportS3Method ggplot2::autoplot
autoplot.rbm <- function(object, # nolint: object_name_linter.
                         type = c("trace", "weights", "hidden", "samples",
                                  "reconstruction", "moments", "log_lik",
                                  "free_energy", "biplot", "network"), ...) {
  check_model(object)
  type <- check_choice(type, eval(formals(autoplot.rbm)$type), "type")
  given <- list(...)
  if (length(given)) {
    check_known(names(given), c("newdata", "n", "steps", "units", "image_dim",
                                "against", "cluster"),
                "Arguments of a picture")
  }
  picture <- do.call(picture_of, c(list(object, type), given), quote = TRUE)
  switch(
    type,
    trace = ,
    log_lik = curves_plot(picture),
    weights = grid_plot(picture, "hidden", weight_scale(picture$values)),
    hidden = grid_plot(picture, "case", if (has_real_units(object)) {
      weight_scale(picture$values)
    } else {
      grey_scale()
    }, "hidden"),
    samples = grid_plot(picture, "sample", grey_scale()),
    reconstruction = grid_plot(picture, "case", grey_scale()) +
      ggplot2::labs(subtitle = NULL),
    moments = start_plot(picture, x = "model", y = "data") +
      ggplot2::geom_abline(linetype = 2L, colour = style$frame) +
      ggplot2::geom_point(colour = style$line, size = 1) +
      ggplot2::facet_wrap("kind", scales = "free") +
      ggplot2::labs(x = "In the model", y = "In the data"),
    free_energy = start_plot(picture, x = "free_energy", colour = "cases") +
      ggplot2::geom_density() +
      ggplot2::scale_colour_manual(values = c(style$line, style$alert,
                                              style$held_out, style$more)) +
      ggplot2::labs(x = "Free energy (nats)", y = "Density", colour = NULL),
    biplot = biplot_plot(picture),
    network = network_plot(picture)
  )
}

# The words of a picture, and which columns of its data are what.
start_plot <- function(picture, ...) {
  note <- paste(picture$note, collapse = "; ")
  ggplot2::ggplot(picture$data,
                  do.call(ggplot2::aes, lapply(list(...), as.name))) +
    ggplot2::labs(title = picture$title,
                  subtitle = if (nzchar(note)) capital(note),
                  alt = picture$alt)
}

biplot_plot <- function(picture) {
  of <- function(what) picture$data[picture$data$what == what, ]
  ends <- list(xend = "first", yend = "second")
  start_plot(picture, x = "first", y = "second") +
    ggplot2::geom_point(data = of("case"), colour = style$line, size = 1) +
    ggplot2::geom_segment(
      do.call(ggplot2::aes, c(list(x = 0, y = 0), lapply(ends, as.name))),
      data = of("hidden"), colour = style$alert,
      arrow = ggplot2::arrow(length = ggplot2::unit(0.02, "npc"))
    ) +
    ggplot2::geom_text(
      do.call(ggplot2::aes, list(label = as.name("name"))),
      data = of("hidden"), colour = style$alert, vjust = -0.4,
      check_overlap = TRUE
    ) +
    ggplot2::coord_equal() +
    ggplot2::labs(x = picture$axes[1L], y = picture$axes[2L])
}

# Heights as in the picture of base graphics: each side from the top down.
network_plot <- function(picture) {
  heights <- lapply(picture$names, function(side) {
    stats::setNames(1 - (seq_along(side) - 0.5) / length(side), side)
  })
  links <- picture$data
  links$from <- heights$visible[as.character(links$visible)]
  links$to <- heights$hidden[as.character(links$hidden)]
  links$sign <- factor(ifelse(links$weight > 0, "positive", "negative"),
                       c("positive", "negative"))
  links$size <- abs(links$weight)
  nodes <- data.frame(x = rep(0:1, lengths(heights)),
                      y = unlist(heights, use.names = FALSE),
                      name = unlist(picture$names, use.names = FALSE))
  picture$data <- links
  start_plot(picture) +
    ggplot2::geom_segment(
      do.call(ggplot2::aes, c(
        list(x = 0, xend = 1),
        lapply(c(y = "from", yend = "to", colour = "sign", linetype = "sign",
                 alpha = "size"), as.name)
      )), linewidth = 1
    ) +
    ggplot2::geom_point(
      do.call(ggplot2::aes, lapply(c(x = "x", y = "y"), as.name)), data = nodes
    ) +
    ggplot2::geom_text(
      do.call(ggplot2::aes, lapply(c(x = "x", y = "y", label = "name"),
                                   as.name)),
      data = nodes, hjust = ifelse(nodes$x == 0, 1.2, -0.2)
    ) +
    ggplot2::scale_colour_manual(values = c(positive = style$alert,
                                            negative = style$line)) +
    ggplot2::scale_alpha(range = c(0.25, 0.9), guide = "none") +
    ggplot2::scale_x_continuous(breaks = 0:1,
                                labels = c("Visible units", "Hidden units"),
                                limits = c(-0.4, 1.4)) +
    ggplot2::scale_y_continuous(breaks = NULL) +
    ggplot2::labs(x = NULL, y = NULL, colour = NULL, linetype = NULL)
}

curves_plot <- function(picture) {
  curve <- paste(picture$data$measure, picture$data$cases)
  curves <- picture$data[curve %in% curve[duplicated(curve)], ] # of two points
  start_plot(picture, x = "epoch", y = "value", colour = "cases") +
    ggplot2::geom_ribbon(
      do.call(ggplot2::aes, lapply(c(ymin = "low", ymax = "high",
                                     fill = "cases"), as.name)),
      alpha = 0.2, colour = NA
    ) +
    ggplot2::geom_line(data = curves) + ggplot2::geom_point(size = 0.7) +
    ggplot2::facet_wrap("measure", scales = "free_y") +
    ggplot2::scale_colour_manual(values = c(style$line, style$held_out),
                                 aesthetics = c("colour", "fill"),
                                 guide = if (all(levels(picture$data$cases) %in%
                                                   picture$data$cases)) {
                                   "legend"
                                 } else {
                                   "none"
                                 }) +
    ggplot2::labs(x = "Epoch", y = NULL, colour = NULL, fill = NULL)
}

# Values of visible units, or of `across`, a tile each: as a table, or each
# `item` an image.
grid_plot <- function(picture, item, scale, across = "visible") {
  value <- utils::tail(names(picture$data), 1L)
  coloured <- list(
    ggplot2::scale_fill_gradientn(colours = scale$colours,
                                  limits = scale$limits, na.value = style$gap,
                                  oob = function(x, range, ...) {
                                    pmin(pmax(x, range[1L]), range[2L])
                                  })
  )
  if (!is.null(picture$dim)) {
    pixel <- as.integer(picture$data$visible) - 1L
    picture$data$row <- pixel %/% picture$dim[2L] + 1L
    picture$data$column <- pixel %% picture$dim[2L] + 1L
    return(
      start_plot(picture, x = "column", y = "row", fill = value) +
        ggplot2::geom_raster() + coloured + ggplot2::scale_y_reverse() +
        ggplot2::coord_equal(expand = FALSE) +
        ggplot2::facet_wrap(c(item, if ("what" %in% names(picture$data)) {
          "what"
        })) +
        ggplot2::theme(axis.text = ggplot2::element_blank(),
                       axis.ticks = ggplot2::element_blank()) +
        ggplot2::labs(x = NULL, y = NULL)
    )
  }
  sides <- if (across == "visible") c(item, across) else c(across, item)
  start_plot(picture, x = sides[1L], y = sides[2L], fill = value) +
    ggplot2::geom_tile() + coloured +
    ggplot2::scale_y_discrete(
      limits = rev, guide = ggplot2::guide_axis(check.overlap = TRUE)
    ) +
    (if ("what" %in% names(picture$data)) ggplot2::facet_wrap("what")) +
    ggplot2::labs(x = noun_of(sides[1L]), y = noun_of(sides[2L]))
}

noun_of <- function(name) {
  switch(name, hidden = "Hidden unit", visible = "Visible unit", capital(name))
}
