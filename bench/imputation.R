# How well cells that were hidden are filled in, on real tables with names,
# ordered answers and numbers: nine data sets, of which 30 % of the cells are
# hidden at random, by a mask that others have been measured with. One fit each,
# by default, with these numbers of hidden units.
#
#   wrong    share of categories that are wrong, by the most probable
#   number   root mean square error of numbers, in standard deviations, by means
#   ordered  mean absolute error of ordered columns, in levels, by medians
#   score    mean log-probability of hidden categories
#
# Needs imputation.rds beside the data; without it nothing is measured.

library(harmonium)

path <- file.path("..", "shared", "fixtures", "imputation.rds")
if (!file.exists(path)) {
  message("No ", path, ": nothing is measured.")
  quit("no")
}
given <- readRDS(path)
hidden <- c(4, 8)

hide <- function(data, mask) {
  n <- nrow(data)
  for (j in seq_along(data)) {
    data[mask[mask > (j - 1) * n & mask <= j * n] - (j - 1) * n, j] <- NA
  }
  is_factor <- vapply(data, is.factor, NA)
  data[is_factor] <- lapply(data[is_factor], droplevels)
  data
}

is_levels <- function(x) is.factor(x) || is.logical(x) || is.character(x)

# The log-probabilities of the hidden cells of a column of levels.
score_cells <- function(fit, holed, data, name, gone) {
  p <- predict(fit, holed[gone, ], type = "response", target = name)
  at <- match(as.character(data[[name]][gone]), colnames(p))
  log(p[cbind(seq_along(at), at)])
}

measure <- function(name, units) {
  data <- given$data[[name]]
  holed <- hide(data, given$mask_mcar30[[name]])
  set.seed(1)
  begun <- proc.time()[["elapsed"]]
  fit <- suppressMessages(suppressWarnings(rbm_fit(holed, units)))
  seconds <- proc.time()[["elapsed"]] - begun
  guess <- lapply(c(mode = "mode", mean = "mean", median = "median"),
                  function(value) rbm_impute(fit, holed, value = value))
  wrong <- number <- ordered <- score <- numeric()
  for (column in names(data)) {
    gone <- is.na(holed[[column]]) & !is.na(data[[column]])
    if (!any(gone)) next
    truth <- data[[column]][gone]
    if (is.ordered(truth)) {
      levels <- levels(holed[[column]])
      ordered <- c(ordered, abs(as.integer(guess$median[[column]][gone]) -
                                  match(as.character(truth), levels)))
    } else if (is_levels(truth)) {
      wrong <- c(wrong, as.character(guess$mode[[column]][gone]) !=
                   as.character(truth))
      score <- c(score, score_cells(fit, holed, data, column, gone))
    } else {
      number <- c(number, (guess$mean[[column]][gone] - truth) /
                    sd(data[[column]], na.rm = TRUE))
    }
  }
  data.frame(data = name, hidden = units, wrong = mean(wrong),
             number = sqrt(mean(number^2)),
             ordered = mean(ordered, na.rm = TRUE),
             score = mean(score, na.rm = TRUE), seconds = seconds)
}

found <- NULL
for (units in hidden) {
  for (name in names(given$data)) {
    row <- measure(name, units)
    print(format(row, digits = 3), row.names = FALSE)
    found <- rbind(found, row)
  }
}
is_number <- vapply(found, is.numeric, NA)
found[is_number] <- lapply(found[is_number], signif, 4)
write.csv(found, "bench/results/imputation.csv", row.names = FALSE,
          quote = FALSE)
