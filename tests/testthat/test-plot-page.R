# Pictures as they come to stand on a page, read from the page.

test_that("all words can be read, in windows of every shape", {
  one <- rbm_fit(matrix(1, 1, 1), hidden = 1, epochs = 1)
  models <- list(fit_picture(learning_rate = 1), fit_table(),
                 fit_table(1, 1), one)
  for (model in models) {
    for (type in picture_types) {
      for (size in page_sizes) {
        expect_legible(read_page(plot(model, type), size[1L], size[2L]))
      }
    }
  }

  for (model in list(fit_picture(), named_fit())) {
    small <- nrow(model$W) <= 40
    for (type in if (small) more_types else c("biplot", "moments")) {
      for (size in page_sizes) {
        expect_legible(read_page(plot(model, type, n = if (type != "network") {
          20
        }), size[1L], size[2L]))
      }
    }
  }

  set.seed(9)
  x <- random_bits(60, 6)
  fit <- rbm_fit(x, 3, estimator = "pt", chains = 10, temperatures = 3,
                 epochs = 12, batch_size = 10, validation = 0.3, patience = 40,
                 evaluate_every = 3)
  estimate <- rbm_log_z(fit, "ais", tol = 1, runs = 20)
  for (size in page_sizes) {
    for (type in c("trace", "log_lik", "free_energy")) {
      expect_legible(read_page(plot(fit, type), size[1L], size[2L]))
    }
    expect_legible(read_page(
      plot(fit, "free_energy", against = x[c(1:9, 1), ]), size[1L], size[2L]
    ))
    expect_legible(read_page(plot(estimate), size[1L], size[2L]))
  }
})

test_that("the title stands at the top, a little larger than its note", {
  words <- read_page(plot(fit_picture(), "trace"), 12, 9)$words[1:2, ]
  expect_identical(words$size, c(13, 10))
  expect_true(all(abs(72 * 9 - middle(words)$y - c(10, 26)) < 2))
})

test_that("an axis is a line along its box", {
  page <- read_page(plot(fit_picture()), 7, 5)
  lines <- Filter(function(curve) {
    length(curve$x) == 2L && curve$colour == "#737373"
  }, page$curves)
  long <- function(a, b) {
    vapply(lines, function(line) {
      diff(range(line[[a]])) < 0.1 && diff(range(line[[b]])) > 72
    }, NA)
  }
  upright <- long("x", "y")
  flat <- long("y", "x")
  # Five panels, two with a dashed line: where independent units stand, and
  # where R-hat is 1.1.
  expect_identical(c(sum(upright), sum(flat)), c(5L, 7L))
})

test_that("the points of a trace stand at their values by both axes", {
  fit <- fit_picture(learning_rate = 1)
  history <- fit$training$history
  page <- read_page(plot(fit), 7, 5)
  is_number <- grepl("^-?[0-9.]+(e-?[0-9]+)?$", page$words$words)
  labels <- page$words[is_number, ]
  values <- as.numeric(labels$words)
  shown <- list(
    "Reconstruction error" = history$reconstruction_error,
    "Pseudo-log-likelihood" = history$pseudo_log_lik,
    "Hidden activity" = history$hidden_activity
  )
  curves <- Filter(function(curve) {
    length(curve$x) == 3L && curve$colour == "#0072B2"
  }, page$curves)
  expect_length(curves, 4L)
  titles <- page$words[page$words$words %in% names(shown), ]
  for (i in seq_len(nrow(titles))) {
    title <- titles[i, ]
    # The curve that begins nearest below the title.
    below <- vapply(curves, function(curve) {
      centre <- (curve$x[1L] + curve$x[3L]) / 2
      if (max(curve$y) > title$bottom || abs(centre - middle(title)$x) > 40) {
        Inf
      } else {
        title$bottom - max(curve$y)
      }
    }, 0)
    curve <- curves[[which.min(below)]]
    near <- labels$right < curve$x[1L] & labels$right > curve$x[1L] - 40 &
      labels$top < title$top & labels$bottom > title$bottom - 150
    left <- stats::lm.fit(cbind(1, values[near]), middle(labels[near, ])$y)
    expect_lte(max(abs(left$residuals)), 0.6)
    due <- cbind(1, shown[[title$words]]) %*% left$coefficients
    expect_lte(max(abs(due - curve$y)), 1)
    below <- values %in% 1:3 & labels$left > curve$x[1L] - 10 &
      labels$right < curve$x[3L] + 10 &
      labels$top < min(curve$y) & labels$bottom > title$bottom - 175
    expect_identical(sort(values[below]), c(1, 2, 3))
    expect_lte(max(abs(sort(middle(labels[below, ])$x) - curve$x)), 0.6)
  }
})

test_that("a picture stands under its name, in the colours of the scale", {
  model <- rbm(matrix(sin(1:192), 64L, 3L,
                      dimnames = list(NULL, c("red", "green", "blue"))),
               image_dim = c(8L, 8L))
  for (size in page_sizes) {
    page <- read_page(plot(model, "weights"), size[1L], size[2L])
    for (name in colnames(model$W)) {
      word <- page$words[page$words$words == name, ]
      under <- middle(word)
      # From the name down to the picture, and through it to its edges.
      y <- under$y - seq(0, page$size[2L], 0.25)
      inside <- colour_at(page, rep(under$x, length(y)), y) != style$gap
      top <- y[which(inside)[1L]]
      first <- which(inside)[1L]
      last <- first + which(!inside[-seq_len(first)])[1L] - 1L
      side <- top - y[last]
      x <- under$x + ((1:8) - 4.5) / 8 * side
      y <- top - ((1:8) - 0.5) / 8 * side
      shown <- colour_at(page, rep(x, 8L), rep(y, each = 8L))
      expect_same_colours(shown, colour_of(page, model$W[, name]), 12)
      # The name stands in the middle, close above.
      expect_lte(word$bottom - top, 1.1 * word$size)
      expect_gt(word$bottom - top, 0)
    }
  }
})

test_that("a table's cells stand at the names of their row and column", {
  W <- matrix(cos(1:12), 4L, 3L, dimnames = list(
    c("one", "two", "three", "four"), c("left", "centre", "right")
  ))
  W[, "left"] <- abs(W[, "left"])
  W[, "right"] <- -abs(W[, "right"])
  W["one", "centre"] <- 2
  model <- rbm(W, b = 1:4 / 4, c = c(-1, 0, 1))
  turned <- W
  turned[, "right"] <- -W[, "right"]
  colnames(turned)[3L] <- "-right"
  for (size in page_sizes) {
    page <- read_page(plot(model, "weights", image_dim = NA), size[1L],
                      size[2L])
    word_at <- function(names) {
      middle(page$words[match(names, page$words$words), ])
    }
    shown <- colour_at(page, rep(word_at(colnames(turned))$x, each = 4L),
                       rep(word_at(rownames(turned))$y, 3L))
    expect_same_colours(shown, colour_of(page, c(turned)))
    # The number of each cell, where there is one, stands in its middle.
    number <- page$words[grepl("^-?[0-9]+\\.[0-9]{2}$", page$words$words) &
                           page$words$right < page$images$right[1L], ]
    expect_true(nrow(number) %in% c(0L, 12L))
    if (nrow(number)) {
      across <- vapply(middle(number)$x, function(x) {
        which.min(abs(x - word_at(colnames(turned))$x))
      }, 0L)
      up <- vapply(middle(number)$y, function(y) {
        which.min(abs(y - word_at(rownames(turned))$y))
      }, 0L)
      expect_identical(number$words,
                       sprintf("%.2f", turned[cbind(up, across)]))
    }
  }
})

test_that("bars of mean activity are as high as their axis says", {
  model <- rbm(matrix(0, 2L, 4L), c = c(-9, stats::qlogis(c(0.2, 0.7)), 9))
  page <- read_page(plot(model, "hidden", newdata = random_bits(9, 2)), 7, 5)
  bars <- page$boxes[page$boxes$fill %in% c("#0072B2", "#B34700"), ]
  bars <- bars[order(bars$left), ]
  expect_identical(nrow(bars), 4L)
  height <- bars$top - bars$bottom
  axis <- page$words[page$words$words %in% c("0", "1") &
                       page$words$right < min(bars$left) &
                       page$words$bottom > min(bars$bottom) - 6, ]
  axis <- axis[order(axis$words), ]
  full <- diff(middle(axis)$y)
  expect_equal(height / full, stats::plogis(sort(model$c, decreasing = TRUE)),
               tolerance = 0.02)
  expect_identical(bars$fill, c("#B34700", "#0072B2", "#0072B2", "#B34700"))
  # Each stands on the column of its unit, which has one value throughout.
  table <- page$images[1L, ]
  expect_equal(c(bars$left, table$right), c(table$left, bars$right),
               tolerance = 1e-3)
  x <- (bars$left + bars$right) / 2
  expect_same_colours(
    colour_at(page, x, rep((table$top + table$bottom) / 2, 4L)),
    colour_of(page, stats::plogis(sort(unname(model$c), decreasing = TRUE)))
  )
})

curve_page <- function(epoch, curve) {
  read_page({
    graphics::plot.new()
    graphics::plot.window(c(0, max(epoch)), c(0, 3))
    graphics::text(1, 2:3, c("some", "words"))
    draw_curve(epoch, curve, identity, identity, "#000000", "#0072B2",
               "solid")
  }, 7, 5)
}

test_that("up to 20 epochs have a dot each", {
  dots <- vapply(c(1L, 3L, 20L, 21L), function(n) {
    y <- rep(c(1, 2), length.out = n)
    curve_page(seq_len(n), list(low = y, high = y, y = y))$dots
  }, 0)
  expect_identical(dots, c(1, 3, 20, 0))
})

test_that("the doubt of a single epoch is an upright line", {
  curve <- list(low = c(NA, 1, NA), high = c(NA, 2, NA), y = c(NA, 1.5, NA))
  page <- curve_page(1:3, curve)
  doubt <- Filter(function(curve) curve$colour == "#0072B2", page$curves)
  expect_length(doubt, 1L)
  expect_length(unique(doubt[[1L]]$x), 1L)
  expect_gt(diff(range(doubt[[1L]]$y)), 50)
})

test_that("a legend's keys are squares beside their names", {
  fit <- rbm_fit(random_bits(40, 6), hidden = 3, epochs = 1)
  page <- read_page(plot(fit, "free_energy", against = random_bits(20, 6)),
                    7, 5)
  colours <- c("#0072B2", "#B34700")
  keys <- page$boxes[match(colours, page$boxes$fill), ]
  expect_equal(keys$right - keys$left, keys$top - keys$bottom, tolerance = 0.01)
  names <- page$words[vapply(keys$right, function(right) {
    which.min(abs(page$words$left - right) +
                abs(middle(page$words)$y - middle(keys)$y[1L]))
  }, 1L), ]
  expect_true(all(grepl("[(](40|20)[)]$", names$words)))
})

test_that("weights of an estimate stand on their axis", {
  set.seed(5)
  model <- rbm(matrix(stats::rnorm(48), 8L, 6L))
  estimate <- rbm_log_z(model, "ais", tol = 9, runs = 30, budget = 2e4)
  page <- read_page(plot(estimate), 7, 5)
  words <- page$words
  title <- words[words$words == "log Z by one run alone (nats)", ]
  ticks <- words[grepl("^-?[0-9.]+$", words$words) & words$bottom > title$top, ]
  axis <- stats::lm.fit(cbind(1, as.numeric(ticks$words)), middle(ticks)$x)
  expect_lte(max(abs(axis$residuals)), 0.3)
  at <- function(values) c(cbind(1, values) %*% axis$coefficients)

  band <- page$boxes[page$boxes$fill == style$gap, ]
  expect_equal(c(band$left, band$right), at(estimate$interval),
               tolerance = 1e-3)
  answers <- c("#0072B2" = estimate$forward$log_z,
               "#B34700" = estimate$reverse$log_z)
  weights <- list("#0072B2" = estimate$forward$log_weights,
                  "#B34700" = estimate$reverse$log_weights)
  heights <- numeric()
  for (colour in names(answers)) {
    own <- Filter(function(curve) curve$colour == colour, page$curves)
    lines <- Filter(function(curve) length(curve$x) == 2L, own)
    expect_length(lines, 1L)
    expect_equal(lines[[1L]]$x, rep(at(answers[[colour]]), 2L),
                 tolerance = 1e-3)
    # The outline holds each run once: its steps are shares of the cells.
    outline <- Filter(function(curve) length(curve$x) > 4L, own)[[1L]]
    steps <- seq(2L, length(outline$x) - 1L, by = 2L)
    edges <- c(outline$x[steps], outline$x[length(outline$x)])
    base <- min(outline$y)
    share <- (outline$y[steps] - base) / sum(outline$y[steps] - base)
    counts <- tabulate(findInterval(at(weights[[colour]]), edges,
                                    all.inside = TRUE), length(steps))
    expect_equal(share, counts / 30, tolerance = 0.02)
    expect_equal(base, band$bottom, tolerance = 1e-3)
    heights <- c(heights, max(outline$y) - base)
  }
  # The higher of the two nearly fills the frame.
  expect_equal(max(heights) / (band$top - band$bottom), 1 / 1.08,
               tolerance = 1e-3)
  expect_match(words$words, "Answer", all = FALSE)
})

test_that("small pictures close together have frames, others none", {
  frames <- function(units) {
    set.seed(1)
    model <- rbm(matrix(rnorm(64 * units), 64), image_dim = c(8, 8))
    read_page(plot(model, "weights"), 5, 4)$boxes[-1L, ] # of the scale
  }
  expect_identical(nrow(frames(4)), 0L)
  many <- frames(100)
  expect_identical(nrow(many), 100L)
  expect_near(many$right - many$left, many$top - many$bottom, 0.02)
})
