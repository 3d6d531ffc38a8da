#' Draw cases as images
#'
#' Draws rows of numbers as small images side by side: digits, draws of a model,
#' means of hidden units, or columns of `W`.
#'
#' Values from 0 to 1 are greys, from white to black, as ink on paper. Where
#' some are outside, all are colours on one scale, blue below 0 and red above,
#' with the scale beside them. Missing values have the colour of the gaps.
#'
#' @param x A matrix or data frame of numbers, an image a row, pixels row after
#'   row. `t(fit$W)` has the weights of hidden units.
#' @param image_dim `c(rows, columns)` of an image; by default a square.
#' @param per_row How many images there are in a row; `NULL`: so many that they
#'   are as large as they can be.
#' @param main A title, or `NULL` for none.
#' @param cex How much larger than usual its words are.
#' @return `x`, invisibly. Graphical parameters are left as they were.
#' @section Errors:
#' Of class `harmonium_error`: what is no matrix of numbers, an `image_dim`
#' whose product is not the number of columns, and a figure too small to draw
#' in.
#' @seealso [plot.rbm()], [rbm_sample()]
#' @examples
#' rbm_tiles(x = digits8$x[1:20, ], image_dim = c(8, 8), per_row = 10,
#'           main = "Digits", cex = 0.9)
#' set.seed(1)
#' fit <- rbm_fit(digits8$x[1:200, ] > 0.5, hidden = 8, epochs = 5)
#' rbm_tiles(t(fit$W))
#' @export
rbm_tiles <- function(x, image_dim = NULL, per_row = NULL, main = NULL,
                      cex = 1) {
  check_given(missing(x), "x", "images, one a row")
  values <- as_plain_matrix(x, "x")
  values <- array(as.double(values), dim(values))
  if (any(is.infinite(values))) {
    abort("tiles_values", "`x` has infinite values, which have no colour.",
          "Give images of finite numbers, one a row.")
  }
  dim <- check_image_dim(image_dim, ncol(values))
  if (is.null(dim)) {
    side <- round(sqrt(ncol(values)))
    if (side^2 != ncol(values)) {
      abort("tiles_square",
            sprintf("Images of %s are not square: give their `image_dim`.",
                    counted(ncol(values), "pixel")),
            "For example image_dim = c(rows, columns).")
    }
    dim <- c(side, side)
  }
  if (!is.null(per_row)) {
    per_row <- check_count(per_row, "per_row")
  }
  check_titling(main, cex)
  plain <- all(is.na(values)) || (min(values, na.rm = TRUE) >= 0 &&
                                    max(values, na.rm = TRUE) <= 1)
  scale <- if (plain) grey_scale() else weight_scale(values[!is.na(values)])
  draw_picture(list(
    title = main, tiled = TRUE,
    draw = function(region) {
      draw_tiles(values, dim, NULL, scale, region, per_row = per_row,
                 with_scale = !plain)
    }
  ), cex = cex)
  invisible(x)
}
