#' Handwritten digits, 8 x 8
#'
#' 1797 handwritten digits from 13 people, the test part of the "Optical
#' Recognition of Handwritten Digits" data set. Each picture was scanned at 32 x
#' 32 black or white pixels and reduced to 8 x 8 by counting the black pixels in
#' each 4 x 4 block.
#'
#' @format A list:
#' * `x`, a 1797 x 64 real matrix, a digit a row, pixels row after row from the
#'   top left, columns named `r1c1` to `r8c8`: the count of black pixels divided
#'   by its largest value 16, so from 0 (paper) to 1 (ink);
#' * `y`, a factor of the 1797 labels, `0` to `9`;
#' * `image_dim`, `c(8, 8)`, the rows and columns of a picture.
#'
#' @source Alpaydin and Kaynak (1998), Optical Recognition of Handwritten
#'   Digits, UCI Machine Learning Repository, \doi{10.24432/C50P49}, licence CC
#'   BY 4.0. The script that made it is `data-raw/digits8.R` in the source.
#' @references Kaynak (1995), *Methods of combining multiple classifiers and
#'   their applications to handwritten digit recognition*, MSc thesis, Bogazici
#'   University.
#' @examples
#' table(digits8$y)
#' picture <- matrix(digits8$x[1, ], 8, 8, byrow = TRUE)
#' round(16 * picture)
"digits8"
