# Classes of small tables, five folds: the share of wrong ones and the log loss
# (minus the mean log-probability of the right one, in nats), beside
# multinomial regression (nnet::multinom), a network of 8 hidden units
# (nnet::nnet, decay 0.1) and a random forest (ranger). Missing cells are summed
# out here, with columns that say where they are ("indicator"); the others take
# them as a level of its own. The tables are those of bench/imputation.R, by the
# defaults with 8 hidden units; and the digits that ship with the package, as
# counts from 0 to 16, by settings that bench/classes.R has.
#
#   Rscript bench/classes-small.R [TABLE...]

library(harmonium)
source(file.path("bench", "lib", "common.R"))
path <- file.path("..", "shared", "fixtures", "imputation.rds")
tables <- if (file.exists(path)) readRDS(path)$data
tables <- list(
  votes = list(x = tables$votes, target = "Class"),
  breast = list(x = tables$breast, target = "Class"),
  chile = list(x = tables$chile, target = "vote"),
  digits8 = list(x = data.frame(round(16 * digits8$x),
                                digit = factor(digits8$y)),
                 target = "digit", hidden = 100,
                 units = stats::setNames(rep("binomial(16)", 64),
                                         colnames(digits8$x)),
                 settings = list(epochs = 60, learning_rate = 1,
                                 batch_size = 20, average = TRUE))
)
tables <- Filter(function(table) is.data.frame(table$x), tables)
wanted <- commandArgs(TRUE)
if (length(wanted)) tables <- tables[wanted]

# Others have no way with missing cells.
filled <- function(x) {
  for (name in names(x)) {
    missing <- is.na(x[[name]])
    if (any(missing) && is.numeric(x[[name]])) {
      x[[paste0(name, "_missing")]] <- factor(missing)
      x[[name]][missing] <- mean(x[[name]], na.rm = TRUE)
    } else if (any(missing)) {
      x[[name]] <- factor(ifelse(missing, "(missing)",
                                 as.character(x[[name]])))
    }
    if (is.ordered(x[[name]])) {
      x[[name]] <- factor(x[[name]], ordered = FALSE)
    }
  }
  x
}

methods <- list(
  harmonium = function(train, test, target, hidden = 8, units = NULL,
                       settings = list()) {
    missing <- anyNA(train[names(train) != target])
    fit <- suppressMessages(do.call(rbm_fit, c(list(
      train, hidden, target = target, objective = "hybrid", units = units,
      missing = if (missing) "indicator" else "sum", verbose = FALSE,
      keep_x = FALSE
    ), settings), quote = TRUE))
    predict(fit, test, type = "response", unseen = "missing")
  },
  multinom = function(train, test, target, ...) {
    fit <- nnet::multinom(stats::reformulate(".", target), train, trace = FALSE,
                          MaxNWts = 1e5, maxit = 300)
    p <- stats::predict(fit, test, type = "probs")
    if (is.matrix(p)) p else cbind(1 - p, p)
  },
  nnet = function(train, test, target, ...) {
    fit <- nnet::nnet(stats::reformulate(".", target), train, size = 8,
                      decay = 0.1, maxit = 300, trace = FALSE, MaxNWts = 1e5)
    p <- stats::predict(fit, test)
    if (ncol(p) > 1) p else cbind(1 - p, p)
  },
  ranger = function(train, test, target, ...) {
    fit <- ranger::ranger(dependent.variable.name = target, data = train,
                          probability = TRUE, num.threads = 2, seed = 1)
    stats::predict(fit, test)$predictions
  }
)

judge <- function(name) {
  x <- tables[[name]]$x
  target <- tables[[name]]$target
  x <- x[!is.na(x[[target]]), ]
  x[[target]] <- factor(x[[target]])
  plain <- filled(x)
  set.seed(3001)
  fold <- sample(rep_len(1:5, nrow(x)))
  do.call(rbind, lapply(names(methods), function(method) {
    data <- if (method == "harmonium") x else plain
    took <- system.time(parts <- lapply(1:5, function(k) {
      set.seed(k)
      more <- tables[[name]][c("hidden", "units", "settings")]
      p <- do.call(methods[[method]], c(
        list(data[fold != k, ], data[fold == k, ], target),
        Filter(Negate(is.null), more)
      ), quote = TRUE)
      at <- cbind(seq_len(nrow(p)), as.integer(x[[target]][fold == k]))
      cbind(max.col(p, "first") != at[, 2L], -log(pmax(p[at], 1e-6)))
    }))[["elapsed"]]
    found <- colMeans(do.call(rbind, parts))
    data.frame(table = name, cases = nrow(x), method,
               wrong = round(found[1], 4), log_loss = round(found[2], 3),
               seconds = signif(took, 2))
  }))
}

describe_machine()
table <- do.call(rbind, lapply(names(tables), function(name) {
  row <- judge(name)
  print(row, row.names = FALSE)
  row
}))
if (!length(wanted)) {
  utils::write.csv(table, "bench/results/classes-small.csv", row.names = FALSE)
}
