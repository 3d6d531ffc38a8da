# What a picture puts on its page, read from the file that the pdf device makes:
# words with their boxes, the boxes of images and rectangles, and lines through
# points, in points from the bottom left.

read_page <- function(code, width, height) {
  file <- tempfile(fileext = ".pdf")
  on.exit(unlink(file))
  grDevices::pdf(file, width, height, compress = FALSE, useKerning = FALSE)
  tryCatch(code, finally = grDevices::dev.off())
  lines <- readLines(file, warn = FALSE, encoding = "latin1")
  drawn <- lines[seq(match("stream", lines), match("endstream", lines))]
  list(size = 72 * c(width, height), words = page_words(drawn),
       images = page_images(drawn), pixels = page_pixels(lines),
       boxes = page_boxes(drawn), curves = page_curves(drawn),
       dots = sum(grepl("^.* c$", drawn)) / 4) # of four arcs each
}

page_numbers <- function(lines, pattern) {
  found <- regmatches(lines, regexec(pattern, lines))
  found <- lapply(found[lengths(found) > 0L], function(x) as.numeric(x[-1L]))
  matrix(unlist(found), length(found), byrow = TRUE)
}

number <- "(-?[0-9.]+)"

# The colour that was last set by `operator`, at each line.
page_colours <- function(lines, operator) {
  at <- cumsum(grepl(paste0(" ", operator, "$"), lines))
  set <- grep(paste0(" ", operator, "$"), lines, value = TRUE)
  rgb <- vapply(strsplit(set, " "), function(x) {
    x <- as.numeric(x[1:3])
    grDevices::rgb(x[1L], x[2L], x[3L])
  }, "")
  c(NA, rgb)[at + 1L]
}

# Words from the left of their first letter to the right of their last, and from
# the line that they stand on up to the height of a capital letter; `upright`
# where they run from left to right.
page_words <- function(lines) {
  pattern <- paste0("^/F([0-9]+) 1 Tf ", paste(rep(number, 6L), collapse = " "),
                    " Tm \\((.*)\\) Tj$")
  found <- regmatches(lines, regexec(pattern, lines))
  is_word <- lengths(found) > 0L
  colour <- page_colours(lines, "scn")[is_word]
  found <- do.call(rbind, found[is_word])
  tm <- matrix(as.numeric(found[, 3:8]), nrow(found))
  words <- gsub("\\\\(.)", "\\1", found[, 9L])
  size <- sqrt(tm[, 1L]^2 + tm[, 2L]^2)
  font <- as.integer(found[, 2L]) - 1L
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  graphics::plot.new()
  long <- mapply(function(words, size, font) {
    72 * graphics::strwidth(words, "inches", cex = size / 12, font = font)
  }, words, size, font)
  upright <- tm[, 1L] > 0
  data.frame(
    words = words, colour = colour, size = size, upright = upright,
    left = tm[, 5L] - ifelse(upright, 0, 0.72 * size),
    right = tm[, 5L] + ifelse(upright, long, 0),
    bottom = tm[, 6L], top = tm[, 6L] + ifelse(upright, 0.72 * size, long),
    row.names = NULL
  )
}

as_boxes <- function(x) {
  data.frame(left = x[, 1L], right = x[, 1L] + x[, 3L],
             bottom = x[, 2L], top = x[, 2L] + x[, 4L])
}

page_images <- function(lines) {
  at <- grep("Do$", lines)
  if (length(at) == 0L) {
    return(NULL)
  }
  moved <- page_numbers(lines[at - 3L],
                        paste0("^1 0 0 1 ", number, " ", number))
  sized <- page_numbers(lines[at - 1L], paste0("^", number, " 0 0 ", number))
  as_boxes(cbind(moved, sized))
}

# The colours of each image, row 1 at the top.
page_pixels <- function(lines) {
  lapply(grep("/Subtype /Image", lines, fixed = TRUE), function(at) {
    rows <- as.integer(sub(".* ", "", lines[at + 2L]))
    hex <- lines[at + match("stream", lines[-seq_len(at)]) + 1L]
    starts <- seq(1L, by = 6L, length.out = (nchar(hex) - 1L) / 6L)
    matrix(toupper(paste0("#", substring(hex, starts, starts + 5L))), rows,
           byrow = TRUE)
  })
}

# The colours of an image of the page at places on it, NA beside it.
colour_at <- function(page, x, y, image = 1L) {
  box <- page$images[image, ]
  pixels <- page$pixels[[image]]
  across <- ceiling((x - box$left) / (box$right - box$left) * ncol(pixels))
  down <- ceiling((box$top - y) / (box$top - box$bottom) * nrow(pixels))
  across[across < 1 | across > ncol(pixels)] <- NA
  down[down < 1 | down > nrow(pixels)] <- NA
  pixels[cbind(down, across)]
}

page_boxes <- function(lines) {
  pattern <- paste0("^", paste(rep(number, 4L), collapse = " "), " re")
  is_box <- grepl(pattern, lines)
  if (!any(is_box)) {
    return(NULL)
  }
  boxes <- as_boxes(page_numbers(lines, pattern))
  boxes$fill <- page_colours(lines, "scn")[is_box]
  boxes
}

# Lines through points, a list with their colour.
page_curves <- function(lines) {
  # Lines between two points stand in one line of the file.
  lines <- unlist(strsplit(sub("^(.* m) (.* l) .*S$", "\\1\n\\2", lines), "\n"))
  point <- paste0("^ *", number, " ", number, " [ml] *$")
  is_point <- grepl(point, lines)
  if (!any(is_point)) {
    return(list())
  }
  run <- cumsum(grepl(" m *$", lines))[is_point]
  colour <- page_colours(lines, "SCN")[is_point]
  points <- page_numbers(lines, point)
  curves <- lapply(split(seq_along(run), run), function(rows) {
    list(x = points[rows, 1L], y = points[rows, 2L], colour = colour[rows[1L]])
  })
  Filter(function(curve) length(curve$x) > 1L, unname(curves))
}

# How far two boxes overlap, the lesser of both ways, for all pairs of rows.
overlap <- function(a, b) {
  across <- outer(a$right, b$right, pmin) - outer(a$left, b$left, pmax)
  up <- outer(a$top, b$top, pmin) - outer(a$bottom, b$bottom, pmax)
  pmin(across, up)
}

middle <- function(words) {
  list(x = (words$left + words$right) / 2, y = (words$bottom + words$top) / 2)
}

# Nothing is said outside the page, over other words, or over what an image
# shows, if it is not in its gaps or the number of a cell, which has the
# contrast to be read.
expect_legible <- function(page) {
  words <- page$words[nzchar(page$words$words), ]
  testthat::expect_true(all(
    words$left >= 0 & words$bottom >= 0 &
      words$right <= page$size[1L] & words$top <= page$size[2L]
  ))
  among <- overlap(words, words)
  diag(among) <- -1
  testthat::expect_lte(max(among, -1), 0.5)
  for (i in seq_along(page$pixels)) {
    under <- c(
      colour_at(page, words$left, words$bottom, i),
      colour_at(page, words$right, words$bottom, i),
      colour_at(page, words$left, words$top, i),
      colour_at(page, words$right, words$top, i)
    )
    inside <- !is.na(under) & under != "#D9D4C7"
    testthat::expect_true(all(
      grepl("^-?[0-9]+\\.[0-9]{2}$", rep(words$words, 4L)[inside])
    ))
    testthat::expect_gt(
      min(contrast(rep(words$colour, 4L)[inside], under[inside]), Inf), 4.5
    )
  }
}

# The ratio of luminances that readers of pages ask for.
contrast <- function(a, b) {
  light <- cbind(luminance(a), luminance(b)) + 0.05
  pmax(light[, 1L], light[, 2L]) / pmin(light[, 1L], light[, 2L])
}

# The colours that the scale at the right, which is the second image, has for
# values; read by its labels, which stand beside its two ends.
colour_of <- function(page, values) {
  bar <- page$images[2L, ]
  labels <- page$words[page$words$left > bar$right, ]
  labels <- labels[order(labels$bottom), ]
  ends <- as.numeric(sub("[<>] ", "", labels$words[c(1L, nrow(labels))]))
  testthat::expect_lte(max(labels$top) - bar$top, 0.5)
  testthat::expect_gte(min(labels$bottom) - bar$bottom, -0.5)
  testthat::expect_equal(middle(labels[2L, ])$y, (bar$bottom + bar$top) / 2,
                         tolerance = 1e-3)
  share <- pmin(pmax((values - ends[1L]) / diff(ends), 0), 1)
  inside <- 0.001 + 0.998 * share
  colour_at(page, rep((bar$left + bar$right) / 2, length(values)),
            bar$bottom + inside * (bar$top - bar$bottom), 2L)
}

# Two sets of colours are the same, but for a step or two of the scale, whose
# labels are rounded.
expect_same_colours <- function(shown, due, within = 6) {
  testthat::expect_false(anyNA(shown))
  testthat::expect_lte(
    max(abs(grDevices::col2rgb(shown) - grDevices::col2rgb(due))), within
  )
}

# The sizes of page, the pictures and the models that tests of pictures go
# through: cases that are pictures, and a table with long names.

page_sizes <- list(c(5.5, 4.2), c(12, 9), c(2.5, 7), c(3, 2.4))

picture_types <- c("trace", "weights", "hidden", "samples", "reconstruction")

# Of models of at least two units in each layer.
more_types <- c("biplot", "network", "moments")

fit_picture <- function(...) {
  set.seed(1)
  rbm_fit(digits8$x[1:40, ], hidden = 5, epochs = 3,
          image_dim = digits8$image_dim, ...)
}

fit_table <- function(hidden = 3, epochs = 3) {
  set.seed(1)
  answers <- as.data.frame(random_bits(30, 12) > 0)
  names(answers) <- paste("An answer to a rather long question, number", 1:12)
  rbm_fit(answers, hidden = hidden, epochs = epochs)
}

# Answers with names, few enough for every picture.
named_fit <- function() {
  set.seed(3)
  x <- random_bits(30, 5) > 0
  colnames(x) <- c("sweet", "sour", "salt", "bitter", "hot")
  rbm_fit(x, hidden = 3, epochs = 3)
}
