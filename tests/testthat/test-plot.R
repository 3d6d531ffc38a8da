# A device of the size of a small RStudio pane that leaves no file.
on_device <- function(code, width = 5.5, height = 4.2) {
  grDevices::pdf(NULL, width, height)
  on.exit(grDevices::dev.off())
  force(code)
}

test_that("every picture is drawn for pictures, tables, and one of each", {
  one <- rbm_fit(matrix(1, 1, 1), hidden = 1, epochs = 1)
  for (model in list(fit_picture(), fit_table(), fit_table(1, 1), one)) {
    for (type in picture_types) {
      for (size in page_sizes) {
        on_device(expect_invisible(plot(model, type)), size[1], size[2])
      }
      on_device(expect_identical(plot(model, type), model))
    }
  }
})

test_that("one sample and one sweep are told as such", {
  title <- function(...) samples_picture(fit_picture(), ...)$title
  expect_identical(title(n = 1, steps = 1), "1 sample after 1 Gibbs sweep")
  expect_identical(title(n = 2, steps = 2), "2 samples after 2 Gibbs sweeps")
  expect_identical(title(), "25 samples after 1,000 Gibbs sweeps")
})

test_that("weights are told of one unit, of some and of all", {
  title <- function(hidden, ...) {
    weights_picture(rbm(matrix(1, 4, hidden)), ...)$title
  }
  expect_identical(title(1), "Weights of 1 hidden unit")
  expect_identical(title(3),
                   "Weights of 3 hidden units, largest norm first")
  expect_identical(title(3, units = 2), "Weights of 1 of 3 hidden units")
})

test_that("every picture is one figure and leaves par() as it was", {
  model <- fit_picture()
  on_device({
    graphics::par(mfrow = c(2, 3), mar = c(4, 3, 2, 1), las = 2, cex = 0.7,
                  pty = "s")
    kept <- c("mfrow", "mar", "las", "cex", "pty", "xpd", "oma", "mgp", "new")
    before <- graphics::par(kept)
    for (i in seq_along(picture_types)) {
      plot(model, picture_types[i])
      expect_identical(graphics::par(kept), before)
      expect_identical(graphics::par("mfg")[1:2],
                       c((i - 1L) %/% 3L + 1L, (i - 1L) %% 3L + 1L))
    }
  }, 15, 10)
  on_device({
    before <- graphics::par("mar", "cex", "pty", "xpd")
    expect_error(plot(model, "weights"), class = "harmonium_error_plot_room")
    expect_identical(graphics::par("mar", "cex", "pty", "xpd"), before)
  }, 0.9, 0.9)
})

test_that("pixels run along rows, from the top left, with gaps between", {
  values <- rbind(1:6, 7:12, 13:18)
  expect_identical(
    tile_matrix(values, c(2L, 3L), columns = 2L),
    rbind(NA,
          c(NA, 1, 2, 3, NA, 7, 8, 9, NA),
          c(NA, 4, 5, 6, NA, 10, 11, 12, NA),
          NA,
          c(NA, 13, 14, 15, NA, NA, NA, NA, NA),
          c(NA, 16, 17, 18, NA, NA, NA, NA, NA),
          NA)
  )
  expect_identical(
    tile_matrix(values[1:2, ], c(3L, 2L), columns = 1L, gap = 1L, head = 2L),
    rbind(NA, NA, c(NA, 1, 2, NA), c(NA, 3, 4, NA), c(NA, 5, 6, NA),
          NA, NA, c(NA, 7, 8, NA), c(NA, 9, 10, NA), c(NA, 11, 12, NA), NA)
  )
  expect_identical(
    matrix(enlarge(values, c(2L, 3L), 2)[2, ], 4, byrow = TRUE),
    rbind(7:9, 7:9, 10:12, 10:12)[, c(1, 1, 2, 2, 3, 3)]
  )
})

test_that("cells keep their places and take the colours of the scale", {
  painted <- paint(rbind(c(1, 0, NA), c(0, 0.5, 7)), grey_scale())
  expect_identical(
    as.matrix(painted),
    rbind(c("#000000", "#FFFFFF", style$gap),
          c("#FFFFFF", "#808080", "#000000"))
  )
})

test_that("tiles are as large as the room allows", {
  wide <- tile_grid(6, c(1, 1), 0, c(0, 6, 0, 1))
  expect_identical(wide, list(columns = 6L, pixel = 1))
  expect_identical(tile_grid(6, c(1, 1), 0, c(0, 3, 0, 2))$columns, 3L)
  expect_identical(tile_grid(6, c(1, 1), 0, c(0, 1, 0, 6))$columns, 1L)
  expect_identical(tile_grid(2, c(1, 1), 0, c(0, 1, 0, 3), head = 0.5)$pixel, 1)
})

test_that("weights come by norm or as asked, on a scale around 0", {
  W <- cbind(a = c(0, 1, 0), b = c(3, 0, -4), c = c(2, 2, 0))
  model <- rbm(W)
  picture <- weights_picture(model)
  # A table, in which the largest weight of each unit is positive.
  turned <- cbind(a = W[, "a"], "-b" = -W[, "b"], c = W[, "c"])
  expect_identical(picture$names, c("-b", "c", "a"))
  expect_match(picture$note, "units with a minus are turned")
  drawn <- as.integer(levels(picture$data$visible))
  expect_setequal(drawn, 1:3)
  expect_identical(picture$values, t(turned[drawn, c("-b", "c", "a")]))
  as_is <- weights_picture(model, units = c("a", "b"), cluster = FALSE)
  expect_identical(as_is$values, t(turned[, c("a", "-b")]))
  # Tiles are as they are.
  image <- weights_picture(rbm(W, image_dim = c(1, 3)), units = c("a", "b"))
  expect_identical(image$values, t(W[, c("a", "b")]))
  expect_identical(weights_picture(model, units = 3)$names, "c")
  expect_match(weights_picture(model, units = 3)$title, "1 of 3 hidden units")
  many <- weights_picture(rbm(matrix(1, 2, 101)))
  expect_identical(many$names, as.character(1:100))
  expect_match(many$title, "100 of 101 hidden units, largest norm first")

  scale <- weight_scale(W)
  expect_identical(scale$limits, c(-4, 4))
  expect_identical(scale$labels, c("-4", "0", "4"))
  scale <- weight_scale(c(rep(1:-1, 100), 50))
  expect_identical(scale$limits, c(-1, 1))
  expect_identical(scale$labels, c("-1", "0", "> 1"))
  expect_identical(weight_scale(0 * W)$limits, c(-1, 1))
  expect_identical(weight_scale(c(numeric(500), -2))$limits, c(-2, 2))
})

test_that("a case is a picture where that is asked for, known, or square", {
  known <- rbm(matrix(0, 16, 2), image_dim = c(2, 8))
  plain <- rbm(matrix(0, 16, 2))
  expect_identical(picture_shape(known, NULL), list(dim = c(2L, 8L)))
  expect_identical(picture_shape(known, c(8, 2)), list(dim = c(8L, 2L)))
  expect_identical(picture_shape(plain, NULL)$dim, c(4L, 4L))
  expect_match(picture_shape(plain, NULL)$note, "4 x 4 pixels")
  expect_null(picture_shape(plain, NA)$dim)
  expect_null(picture_shape(rbm(matrix(0, 15, 2)), NULL)$dim)
  expect_null(picture_shape(rbm(matrix(0, 1, 2)), NULL)$dim)
})

test_that("hidden units are drawn by activity, with the idle ones counted", {
  model <- rbm(matrix(c(0, 0, 8, 0, 0, -8, 0, 0), 2), c = c(-9, 0, 1, 9))
  x <- random_bits(20, 2)
  picture <- hidden_picture(model, newdata = x, n = 5, cluster = FALSE)
  h <- hidden_mean(model, x)
  by_activity <- order(-colMeans(h))
  expect_near(matrix(picture$activity, 1),
              matrix(colMeans(h)[by_activity], 1))
  expect_near(picture$values, h[round(seq(1, 20, length.out = 5)), by_activity])
  # Like cases are neighbours: those of two patterns, in two runs.
  two <- rbind(c(1, 0), c(0, 1))[rep(1:2, 10), ]
  shown <- hidden_picture(model, newdata = two, n = 20)$values
  expect_identical(sum(rowSums(diff(shown)^2) > 0), 1L)
  expect_match(picture$note, "off: 1, nearly always on: 1")
})

test_that("reconstructions stand beside the cases that they are of", {
  model <- fit_picture()
  rows <- round(seq(1, 40, length.out = 7))
  for (x in list(digits8$x[1:40, ], digits8$x[1:40, ] > 0.5)) {
    picture <- reconstruction_picture(model, newdata = x, n = 7)
    expect_near(picture$values$cases, x[rows, ] + 0)
    expect_near(picture$values$reconstructions,
                reconstruction(model, x[rows, ]))
  }
  kept <- reconstruction_picture(model, n = 40)
  expect_near(kept$values$cases, digits8$x[1:40, ])
  bytes <- matrix(as.raw(c(0, 1)), 3, 64)
  expect_near(reconstruction_picture(model, newdata = bytes)$values$cases,
              matrix(c(0, 1), 3, 64))
})

test_that("samples are those of rbm_sample()", {
  model <- fit_picture()
  set.seed(4)
  drawn <- samples_picture(model, n = 6, steps = 9)$values
  set.seed(4)
  expect_identical(drawn, rbm_sample(model, 6, steps = 9, type = "probability"))
  on_device({
    expect_draws(plot(model, "samples", n = 2, steps = 1), 2L)
    for (type in setdiff(picture_types, "samples")) {
      expect_draws(plot(model, type), 0L)
    }
  })
})

test_that("the trace shows the history, its doubt, and an early end", {
  model <- fit_picture(callback = function(info) info$epoch < 2)
  picture <- trace_picture(model)
  history <- model$training$history
  expect_identical(picture$panels[[1]]$y, history$reconstruction_error)
  expect_true(picture$alert)
  expect_match(picture$note, "2 of 3 epochs, stopped by the callback")
  model$training$history$pseudo_log_lik_se <- c(0.5, 1)
  shown <- trace_picture(model)$panels[[2]]
  expect_equal(shown$high - shown$low, c(2, 4))
  model$training$stopped <- "interrupted"
  expect_match(trace_picture(model)$note, "epochs, interrupted")
  on_device(expect_invisible(plot(model)))
  expect_false(trace_picture(fit_picture())$alert)

  # No logarithm of a step of 0, and no end to the axis of a value that stays.
  model$training$history$step_norm <- 0
  model$training$history$reconstruction_error <- 0.25
  on_device(expect_invisible(plot(model)))
})

test_that("the trace shows what held-out cases and chains tell", {
  titles <- function(model) {
    panels <- Filter(Negate(is.null), trace_picture(model)$panels)
    vapply(panels, `[[`, "", "title")
  }
  basic <- titles(fit_picture(estimator = "cd"))
  expect_length(basic, 4L)

  set.seed(9)
  x <- random_bits(60, 6)
  fit <- rbm_fit(x, 3, estimator = "pt", chains = 10, temperatures = 3,
                 epochs = 40, batch_size = 10, validation = 0.3, patience = 40,
                 evaluate_every = 3)
  history <- fit$training$history
  picture <- trace_picture(fit)
  panels <- stats::setNames(picture$panels[lengths(picture$panels) > 0],
                            titles(fit))
  expect_setequal(names(panels),
                  c(basic, "Log-likelihood", "Free-energy gap",
                    "R-hat of chains", "Rarest swap rate"))
  expect_identical(panels[["Step norm / weight norm"]]$y,
                   history$step_norm / history$weight_norm)
  curves <- function(title) lapply(panels[[title]]$curves, `[[`, "y")
  expect_identical(curves("Pseudo-log-likelihood"),
                   list(history$pseudo_log_lik, history$valid_pseudo_log_lik))
  expect_identical(curves("Log-likelihood"),
                   list(history$log_lik, history$valid_log_lik))
  expect_identical(curves("Free-energy gap"), list(history$free_energy_gap))
  expect_identical(curves("R-hat of chains"),
                   list(c(history$chain_rhat[-nrow(history)],
                          fit$training$chains$chain_rhat)))
  expect_identical(panels[["R-hat of chains"]]$mark, 1.1)
  expect_identical(curves("Rarest swap rate"), list(history$swap_rate))
  expect_identical(panels[["Rarest swap rate"]]$mark, 0.2)
  expect_match(picture$note,
               sprintf("kept %d (dotted)", fit$training$best_epoch),
               fixed = TRUE)
  # All values and marks are within the axes.
  for (panel in panels) {
    values <- c(unlist(lapply(panel$curves, `[`, c("low", "high"))),
                panel$mark)
    values <- values[is.finite(values)]
    expect_true(all(values >= panel$range[1L] & values <= panel$range[2L]))
  }
  # An R-hat far from 1, and a doubtful likelihood.
  known <- !is.na(history$log_lik)
  fit$training$history[c(3L, 9L), c("chain_rhat", "chain_autocorrelation")] <-
    c(40, 40, 0.9, 0.9)
  fit$training$history[known, c("log_lik_se", "valid_log_lik_se")] <- 0.1
  for (size in page_sizes) {
    on_device(expect_invisible(plot(fit)), size[1], size[2])
  }

  ucd <- rbm_fit(x, 3, estimator = "ucd", epochs = 2)
  expect_setequal(titles(ucd), c(basic, "Sweeps until chains met"))
  ucd$training$history$unmet <- c(0, 0.5)
  expect_setequal(titles(ucd), c(basic, "Sweeps until chains met",
                                 "Share of chains that never met"))
  on_device(expect_invisible(plot(ucd)))
})

test_that("four panels are drawn in any window, more where they fit", {
  grid <- function(count, width, height) {
    unlist(trace_grid(count, c(0, width, 0, height)))
  }
  expect_identical(grid(4L, 5, 3.5), c(count = 4, columns = 2, rows = 2))
  expect_identical(grid(5L, 5, 3.7), c(count = 5, columns = 3, rows = 2))
  expect_identical(grid(8L, 5, 3.7), c(count = 8, columns = 3, rows = 3))
  expect_identical(grid(8L, 2.8, 1.9), c(count = 4, columns = 2, rows = 2))
  expect_identical(grid(8L, 2.3, 6.5), c(count = 5, columns = 1, rows = 5))
  expect_identical(grid(1L, 5, 3.5), c(count = 1, columns = 1, rows = 1))
  expect_identical(grid(10L, 9, 6), c(count = 10, columns = 3, rows = 4))
})

test_that("places, ticks and names keep to their room", {
  expect_identical(place(c(0, 5, 10), c(0, 10), c(1, 3)), c(1, 2, 3))
  expect_equal(place(10, c(1, 100), c(0, 1), log = TRUE), 0.5)
  expect_identical(apart(c(0, 1, 2, 3, 4), 2), c(1L, 3L, 5L))
  on_device({
    graphics::plot.new()
    long <- c("short", "a name far too long for its room", "")
    room <- 2 * widths("short", 1)
    short <- shorten(long, room, 1)
    expect_identical(short[-2], long[-2])
    expect_match(short[2], "^a n.*\\.\\..*oom$")
    expect_lte(widths(short[2], 1), room)
  })
})

test_that("what cannot be drawn is refused before a device opens", {
  fit <- fit_picture(keep_x = FALSE)
  machine <- rbm(matrix(0, 6, 2, dimnames = list(NULL, c("left", "right"))))
  unfinished <- fit
  unfinished$training$history <- fit$training$history[0, ]
  devices <- grDevices::dev.list()
  expect_said(c(
    refused(plot(fit, "weigths"), "choice"),
    refused(plot(fit, "weights", unit = 1), "dots"),
    refused(plot(fit, "weights", 1), "dots"),
    refused(plot(fit, "trace", n = 3), "plot_argument"),
    refused(plot(fit, "weights", n = 3, newdata = digits8$x), "plot_argument"),
    refused(plot(machine, "trace"), "untrained"),
    refused(plot(unfinished, "trace"), "plot_history"),
    refused(plot(fit, "hidden"), "plot_data"),
    refused(plot(machine, "reconstruction"), "plot_data"),
    refused(plot(machine, "hidden", newdata = matrix(2, 1, 6)), "range"),
    refused(plot(machine, "hidden", newdata = matrix(0, 1, 5)), "columns"),
    refused(plot(machine, "weights", units = 3), "plot_units"),
    refused(plot(machine, "weights", units = c("left", "up")), "plot_units"),
    refused(plot(machine, "weights", units = 1.5), "plot_units"),
    refused(plot(machine, "weights", units = integer()), "plot_units"),
    refused(plot(machine, "weights", units = TRUE), "plot_units"),
    refused(plot(machine, "weights", image_dim = c(2, 2)), "image_dim"),
    refused(plot(machine, "weights", image_dim = sum), "image_dim"),
    refused(plot(machine, "weights", image_dim = iris[1:2]), "image_dim"),
    refused(plot(machine, "samples", n = 0), "count"),
    refused(plot(machine, "samples", steps = 0), "count")
  ))
  expect_identical(grDevices::dev.list(), devices)
  expect_said(refused(on_device(plot(machine, "weights"), 1, 1), "plot_room"))
})

test_that("a table's sides are counted or named, in one or many", {
  side <- list(what = "case", order = "in order")
  expect_identical(side_title(side, 1, FALSE), "1 case")
  expect_identical(side_title(side, 2, FALSE), "2 cases, in order")
  expect_identical(side_title(side, 2, TRUE), "Cases, in order")
  side$count <- 1
  expect_identical(side_title(side, 9, TRUE), "Case")
})

test_that("columns with like weights are neighbours, levels together", {
  W <- rbind(a = c(3, 0), "k:x" = c(0, 2), "k:y" = c(0, -2), "k:z" = c(0, 0.1),
             b = c(2.9, 0.1), c = c(0.1, 2.1))
  model <- rbm(W, units = c("binary", "categorical(3)", "binary", "binary"))
  order <- levels(weights_picture(model)$data$visible)
  expect_identical(abs(diff(match(c("a", "b"), order))), 1L)
  at <- match(c("k:x", "k:y", "k:z"), order)
  expect_identical(diff(at), c(1L, 1L))
  expect_identical(alike_rows(W[1:2, ]), 1:2)
})

test_that("hidden units are turned where they have another side", {
  turned <- function(hidden) {
    model <- rbm(matrix(-0.1, 3, 2), units = "gaussian", hidden = hidden)
    is_turned(model, t(model$W), 1:2)
  }
  expect_identical(turned(list(binary = 2)), c(TRUE, TRUE))
  expect_identical(turned(list(gaussian = 2)), c(TRUE, TRUE))
  expect_identical(turned(list(relu = 2)), c(FALSE, FALSE))
  expect_identical(turned(list(categorical = 2)), c(FALSE, FALSE))
})

test_that("a biplot has the principal components of hidden means", {
  fit <- named_fit()
  picture <- biplot_picture(fit, n = 20)
  h <- unname(rbm_hidden(fit, fit$x))
  found <- prcomp(h)
  cases <- picture$data[picture$data$what == "case", ]
  expect_equal(nrow(cases), 20L)
  rows <- as.integer(cases$name)
  expect_equal(cases$first, unname(found$x[rows, 1L]))
  arrows <- picture$data[picture$data$what == "hidden", ]
  expect_identical(arrows$name, names(fit$c))
  # Directions of arrows are those in which a unit's mean grows.
  slope <- stats::cor(h, found$x[, 1:2])
  expect_true(all(sign(slope[, 1L]) == sign(arrows$first)))
  share <- found$sdev^2 / sum(found$sdev^2)
  expect_match(picture$axes[1L], sprintf("%.0f %%", 100 * share[1L]))
  on_device(expect_invisible(biplot(fit)))
  one <- rbm(matrix(1, 3, 1))
  x <- random_bits(9, 3)
  expect_error(plot(one, "biplot", newdata = x),
               class = "harmonium_error_plot_biplot")
  expect_error(plot(rbm(matrix(0, 3, 2)), "biplot", newdata = x),
               class = "harmonium_error_plot_biplot")
})

test_that("a network has the weights that matter, and only small machines", {
  W <- cbind(left = c(3, -2, 0.1), right = c(0, 0.2, -1))
  rownames(W) <- c("a", "b", "c")
  picture <- network_picture(rbm(W))
  expect_identical(picture$data$weight, c(-1, -2, 3))
  expect_identical(as.character(picture$data$hidden),
                   c("right", "left", "left"))
  expect_match(picture$title, "3 weights of 3 visible units and 2 hidden units")
  expect_match(picture$note, "left out")
  expect_error(plot(rbm(matrix(1, 41, 2)), "network"),
               "41 visible units and 2 hidden units",
               class = "harmonium_error_plot_network")
  expect_silent(network_picture(rbm(matrix(1, 40, 60))))
  on_device(expect_invisible(plot(rbm(0 * W), "network")))
})

test_that("sets to compare free energies with have their names", {
  fit <- rbm_fit(random_bits(40, 6), hidden = 3, epochs = 1)
  picture <- free_energy_picture(fit, against = list(
    "held out" = random_bits(20, 6), noise = 1 * (random_bits(10, 6) > 2)
  ))
  expect_identical(levels(picture$data$cases),
                   c("the training cases", "held out", "noise"))
  expect_match(picture$note, "held out lies .* on average .*; noise lies")
  on_device(expect_invisible(plot(
    fit, "free_energy", against = list("held out" = random_bits(20, 6))
  )))
  for (bad in list(list(random_bits(2, 6)), list(), list(a = 1, a = 2),
                   stats::setNames(rep(list(1), 5), letters[1:5]))) {
    expect_error(plot(fit, "free_energy", against = bad), "each with a name",
                 class = "harmonium_error_plot_against")
  }
  expect_error(plot(fit, "free_energy", against = list(new = matrix(2, 1, 6))),
               "`new`", class = "harmonium_error_range")
})

test_that("colours and words of axes are the user's for one picture", {
  fit <- named_fit()
  before <- as.list(style)
  page <- read_page(plot(fit, "weights", xlab = "Factors", ylab = "Items",
                         col = c("navy", "white", "darkred")), 7, 5)
  expect_true(all(c("Factors", "Items") %in% page$words$words))
  expect_setequal(intersect(c("#000080", "#8B0000"), page$pixels[[2L]]),
                  c("#000080", "#8B0000"))
  tiles <- read_page(plot(fit_picture(), "weights", background = "white"), 7, 5)
  expect_false(style$gap %in% tiles$pixels[[1L]])
  spread <- read_page(plot(fit, "free_energy", col = "#123456",
                           xlab = "F", ylab = "Part"), 7, 5)
  expect_true(all(c("F", "Part") %in% spread$words$words))
  trace <- read_page(plot(fit, "trace", xlab = "Sweep of all data"), 7, 5)
  expect_true("Sweep of all data" %in% trace$words$words)
  expect_error(plot(fit, "moments", xlab = "x"),
               class = "harmonium_error_plot_argument")
  expect_error(plot(fit_picture(), "weights", xlab = "x"),
               class = "harmonium_error_plot_argument")
  expect_error(plot(fit, "weights", col = "no colour"), "`col` must be",
               class = "harmonium_error_colours")
  expect_error(plot(fit, "weights", background = c("red", "blue")),
               "`background` must be a colour",
               class = "harmonium_error_colours")
  expect_identical(as.list(style)[names(before)], before)
})

test_that("samples are drawn as images, as a table and along their chains", {
  model <- rbm(matrix(sin(1:32), 16, 2), image_dim = c(4, 4))
  set.seed(2)
  x <- rbm_sample(model, 40, chains = 4, steps = 20)
  expect_identical(attr(x, "image_dim"), c(4L, 4L))
  expect_null(attr(as.matrix(x), "image_dim"))
  for (type in c("samples", "trace")) {
    for (size in page_sizes) {
      expect_legible(read_page(plot(x, type), size[1L], size[2L]))
    }
  }
  expect_match(chains_picture(x)$note, "R-hat .*, effective sample size")
  expect_identical(drawn_picture(x, 9, NULL)$title, "9 of 40 samples")
  table <- rbm_sample(rbm(matrix(0, 3, 1)), 5, method = "exact")
  on_device(expect_invisible(plot(table, main = "Mine", background = "white")))
  on_device(expect_invisible(plot(table, "trace")))
  alone <- rbm_sample(model, 4, steps = 5)
  expect_error(plot(alone, "trace"), "one draw of each of 4 chains",
               class = "harmonium_error_plot_chains")
  means <- rbm_sample(model, 8, method = "exact", type = "probability")
  expect_error(plot(means, "trace"), "no free energies",
               class = "harmonium_error_plot_chains")
  expect_error(plot(x, "circles"), class = "harmonium_error_choice")
})
