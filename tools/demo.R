# Run by tools/demo: fits an RBM to `digits8`, prints it, and writes one picture
# for each type of plot to the folder named on the command line.

library(harmonium)

folder <- commandArgs(TRUE)[1]

# The devices that draw a PNG file without a display, best first. Where R has
# none of them the pictures are PDF files.
png_type <- function() {
  built <- capabilities(c("cairo", "aqua", "X11"))
  types <- c(cairo = "cairo", aqua = "quartz", X11 = "Xlib")[names(built)]
  types <- types[built]
  for (type in types) {
    file <- tempfile(fileext = ".png")
    works <- tryCatch(
      {
        png(file, type = type)
        plot.new()
        dev.off()
        file.exists(file)
      },
      error = function(error) FALSE,
      warning = function(warning) FALSE
    )
    if (works) {
      return(type)
    }
  }
  NULL
}

open_picture <- function(name, type, width = 7, height = 5) {
  if (is.null(type)) {
    file <- file.path(folder, paste0(name, ".pdf"))
    pdf(file, width = width, height = height)
  } else {
    file <- file.path(folder, paste0(name, ".png"))
    png(file, width, height, units = "in", res = 120, type = type)
  }
  file
}

type <- png_type()
if (is.null(type)) {
  cli::cat_line("This R draws no PNG files: the pictures are PDF files.")
}

set.seed(1986)
cli::cat_rule("Fitting 64 hidden units to 1797 handwritten digits")
fit <- rbm_fit(digits8$x, hidden = 64, epochs = 40, batch_size = 20,
               image_dim = digits8$image_dim)
cli::cat_rule("print(fit)")
print(fit)
cli::cat_rule("summary(fit)")
print(summary(fit))
cli::cat_rule("plot(fit, type = ...)")
pictures <- c(
  trace = "how training went, epoch by epoch",
  weights = "what each hidden unit looks for",
  samples = "digits that the machine dreams up",
  reconstruction = "digits, and what the machine makes of them"
)
for (picture in names(pictures)) {
  file <- open_picture(picture, type)
  plot(fit, type = picture)
  invisible(dev.off())
  cli::cat_line(format(file, width = 34), pictures[[picture]])
}
