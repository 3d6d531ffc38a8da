# Makes data/digits8.rda from the file optdigits.tes of the UCI data set
# "Optical Recognition of Handwritten Digits" (doi:10.24432/C50P49, CC BY 4.0):
#
#   Rscript data-raw/digits8.R path/to/optdigits.tes
#
# A line of that file is 64 counts, 0 to 16, and a label, separated by commas;
# it may be gzipped. Copies that ship with other software hold the same lines.
path <- commandArgs(trailingOnly = TRUE)
if (length(path) != 1L || !file.exists(path)) {
  stop("give the path of optdigits.tes as the one argument")
}
lines <- as.matrix(read.csv(path, header = FALSE))
stopifnot(
  identical(dim(lines), c(1797L, 65L)),
  all(lines == round(lines)),
  all(lines[, -65L] %in% 0:16),
  all(lines[, 65L] %in% 0:9)
)

x <- lines[, -65L] / 16
pixels <- expand.grid(column = 1:8, row = 1:8)
dimnames(x) <- list(NULL, sprintf("r%dc%d", pixels$row, pixels$column))
digits8 <- list(
  x = x,
  y = factor(lines[, 65L], levels = 0:9),
  image_dim = c(8L, 8L)
)
save(digits8, file = "data/digits8.rda", compress = "xz", version = 2)
