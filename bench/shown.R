# rbm_fit(x, hidden) with nothing else said, beside simpler models and another
# program: nats per held-out case, means over seeds. The others are independent
# columns, the tree of Chow and Liu, a mixture of independent columns (latent
# classes) by EM with 1 to 32 components chosen by folds, and scikit-learn's
# BernoulliRBM with as many hidden units, its learning rate and epochs chosen on
# a fifth of the training cases of seed 1, then fitted to all; those of clusters
# are chosen with four prototypes and 2 % noise. Made-up data are
# new for each seed, other tables are cut into new halves, and NLTCS has its own
# test cases. Likelihoods of Boltzmann machines are exact where a layer has at
# most 20 units, else by annealed importance sampling.
#
# SETS=xor,digits8 picks sets, ROUNDS=n sets how many seeds, 5 unless set. Each
# set is written to bench/results/shown.csv when it is done; sets that were not
# asked for keep what they had, and `code` is the last commit of R/ and
# src/ when a row was made. Tables that do not ship are read from the folders
# HARMONIUM_DATA and HARMONIUM_FIXTURES.
library(harmonium)
for (part in c("common", "workers", "serve", "rivals", "sets")) {
  source(file.path("bench", "lib", paste0(part, ".R")))
}

columns_model <- function(train) {
  p <- (colSums(train) + 0.5) / (nrow(train) + 1)
  rbm(matrix(0, ncol(train), 1L), stats::qlogis(p), 0)
}

# What a fit chose, in a word.
chosen_by <- function(fit) {
  training <- fit$training
  if (!is.null(training$maximum)) {
    return(paste0("s=", training$maximum$spread))
  }
  pilots <- training$pilots
  kind <- training$settings$estimator
  if (is.null(pilots$decay)) {
    return(kind)
  }
  paste0(kind, ":", round(pilots$decay[which.max(pilots$score)] * training$n),
         "/n", if (!pilots$kept) "(none)")
}

score_default <- function(set, seed) {
  set.seed(seed)
  seconds <- system.time(
    fit <- rbm_fit(set$train, set$hidden, verbose = FALSE, keep_x = FALSE)
  )[["elapsed"]]
  score <- score_rbm(fit, set$test)
  list(score = score, seconds = seconds, chosen = chosen_by(fit))
}

# Parameters of scikit-learn's machine after each of some numbers of epochs, as
# models, or NULL where they are not finite.
train_sklearn <- function(train, hidden, rate, epochs, seed) {
  data <- tempfile("cases")
  out <- tempfile("parameters")
  on.exit(unlink(c(data, out)))
  write_cases(structure(as.raw(train), dim = dim(train)), data)
  status <- system2(
    python, c("bench/lib/sklearn_rbm.py", data, dim(train), hidden,
              batch_of(nrow(train)), rate, seed, paste(epochs, collapse = ","),
              out),
    env = paste0(c("OMP", "OPENBLAS"), "_NUM_THREADS=1")
  )
  stopifnot(status == 0L)
  size <- c(hidden * ncol(train), ncol(train), hidden)
  file <- file(out, "rb")
  on.exit(close(file), add = TRUE)
  lapply(epochs, function(epoch) {
    # Hidden by visible, row after row, is visible by hidden, column by column.
    W <- matrix(readBin(file, "double", size[1L]), ncol(train))
    b <- readBin(file, "double", size[2L])
    c <- readBin(file, "double", size[3L])
    if (all(is.finite(c(W, b, c)))) rbm(W, b, c)
  })
}

batch_of <- function(n) if (n < 40) 5 else if (n < 5000) 20 else 100

# Each number of updates as epochs.
epochs_of <- function(n, updates = c(300, 1000, 3000, 10000)) {
  as.integer(pmax(1, round(updates / floor(n / batch_of(n)))))
}

# The learning rate and epochs with the best held-out score, for which a rough
# log Z will do.
tune_sklearn <- function(set) {
  # The data, which use random numbers too, are made before the split.
  force(set)
  set.seed(1)
  n <- nrow(set$train)
  held <- sample(n, round(n / 5))
  train <- set$train[-held, , drop = FALSE]
  valid <- set$train[held, , drop = FALSE]
  base <- columns_model(train)
  epochs <- epochs_of(nrow(train))
  rates <- c(0.01, 0.03, 0.1, 0.3)
  scores <- in_parallel(rates, function(rate) {
    models <- train_sklearn(train, set$hidden, rate, epochs, 1)
    vapply(models, function(model) {
      if (is.null(model)) {
        -Inf
      } else {
        mean(score_rbm(model, valid, base = base, tol = 0.5, budget = 2e5))
      }
    }, 0)
  })
  scores <- do.call(rbind, scores)
  best <- which(scores == max(scores), arr.ind = TRUE)[1L, ]
  list(rate = rates[best[[1L]]], epochs = epochs_of(n)[best[[2L]]])
}

# The same, once for all sets that are tuned on the same one.
tuned_on <- list()
settings_of <- function(name) {
  if (is.null(tuned_on[[name]])) {
    tuned_on[[name]] <<- tune_sklearn(make_set(name, 1))
  }
  tuned_on[[name]]
}

in_parallel <- function(jobs, f) {
  cores <- if (.Platform$OS.type == "unix") 2L else 1L
  found <- parallel::mclapply(jobs, f, mc.cores = cores,
                              mc.preschedule = FALSE)
  failed <- vapply(found, inherits, TRUE, "try-error")
  if (any(failed)) stop(found[[which(failed)[1L]]])
  found
}

# All scores of one seed: a column for each model, a row for each test case.
score_seed <- function(name, seed, tuned) {
  set <- make_set(name, seed)
  default <- score_default(set, seed)
  set.seed(seed)
  classes <- choose_classes(set$train)
  scores <- cbind(
    default = default$score,
    independent = score_columns(set$train, set$test),
    tree = score_tree(set$train, set$test),
    mixture = score_classes(classes, set$test)
  )
  se <- c(default = attr(default$score, "se"), sklearn = NA)
  if (!is.null(tuned)) {
    model <- train_sklearn(set$train, set$hidden, tuned$rate, tuned$epochs,
                           seed)[[1L]]
    sklearn <- score_rbm(model, set$test, base = columns_model(set$train))
    scores <- cbind(scores, sklearn = sklearn)
    se[["sklearn"]] <- attr(sklearn, "se")
  }
  means <- colMeans(scores)
  cat(sprintf("%s, seed %d: %s; default chose %s, %.1f s; %d classes\n", name,
              seed, paste(names(means), signif(means, 5), collapse = ", "),
              default$chosen, default$seconds, length(classes$weight)))
  list(scores = scores, se = se, truth = mean(set$truth),
       seconds = default$seconds, chosen = default$chosen,
       cases = nrow(set$train), columns = ncol(set$train))
}

# A row of the table. `lead` is the default's mean lead over the rival with the
# best mean, `lead_se` its standard error: over seeds, or over the cases where
# all seeds have the same; `least_gain` the least lead over independent columns
# of any seed; `log_z_se` the largest standard error of a log Z.
summarise_set <- function(name, seeds) {
  first <- make_set(name, 1)
  if (is.null(first)) {
    message(name, ": the data are not here")
    return(NULL)
  }
  begun <- proc.time()[["elapsed"]]
  tuned <- if (!is.na(python)) settings_of(sets[[name]]$tune_on)
  runs <- in_parallel(seeds, function(seed) score_seed(name, seed, tuned))
  means <- do.call(rbind, lapply(runs, function(run) colMeans(run$scores)))
  mean <- colMeans(means)
  rivals <- setdiff(names(mean), "default")
  best <- rivals[which.max(mean[rivals])]
  lead <- means[, "default"] - means[, best]
  same_cases <- name == "nltcs"
  lead_se <- if (same_cases) {
    paired <- Reduce(`+`, lapply(runs, function(run) {
      run$scores[, "default"] - run$scores[, best]
    })) / length(runs)
    stats::sd(paired) / sqrt(length(paired))
  } else {
    stats::sd(lead) / sqrt(length(lead))
  }
  short <- -mean(lead)
  percent <- 100 * short / abs(mean[[best]])
  gain <- means[, "default"] - means[, "independent"]
  column <- function(model) {
    if (model %in% names(mean)) round(mean[[model]], 4L) else NA
  }
  row <- data.frame(
    set = name, cases = runs[[1L]]$cases, columns = runs[[1L]]$columns,
    hidden = first$hidden, seeds = length(seeds),
    default = column("default"), independent = column("independent"),
    tree = column("tree"), mixture = column("mixture"),
    sklearn = column("sklearn"),
    truth = if (is.null(first$truth)) {
      NA
    } else {
      round(mean(vapply(runs, `[[`, 0, "truth")), 4L)
    },
    best_rival = best, lead = round(mean(lead), 4L),
    lead_se = signif(lead_se, 2L), behind_percent = round(max(percent, 0), 2L),
    least_gain = round(min(gain), 4L),
    log_z_se = signif(max(vapply(runs, function(run) {
      max(run$se, na.rm = TRUE)
    }, 0)), 2L),
    verdict = if (mean(gain) < -0.005) {
      "below independent"
    } else if (short > 0.5) {
      "behind by over 0.5"
    } else if (percent > 3) {
      "behind by over 3 %"
    } else if (min(gain) < -0.005) {
      "a seed below independent"
    } else {
      "holds"
    },
    seconds = round(stats::median(vapply(runs, `[[`, 0, "seconds")), 1L),
    chosen = paste(vapply(runs, `[[`, "", "chosen"), collapse = " "),
    code = code
  )
  cat(sprintf("%s: %s; scikit-learn at rate %g, %d epochs; %.0f s in all\n",
              name, row$verdict, c(tuned$rate, NA)[1L],
              c(tuned$epochs, NA)[1L], proc.time()[["elapsed"]] - begun))
  print_table(row)
  row
}

# Seeds are shared out, not the threads of one fit.
options(harmonium.threads = 1, width = 200)
describe_machine()
python <- find_python("sklearn")
if (is.na(python)) message("Left out: scikit-learn, which no Python has here.")
wanted <- strsplit(Sys.getenv("SETS", paste(names(sets), collapse = ",")), ",",
                   fixed = TRUE)[[1L]]
stopifnot(wanted %in% names(sets))
code <- system2("git", c("log", "-1", "--format=%h", "--", "R", "src"),
                stdout = TRUE)
path <- file.path("bench", "results", "shown.csv")
for (name in wanted) {
  row <- summarise_set(name, seq_len(count_rounds(5L)))
  if (is.null(row)) next
  table <- if (file.exists(path)) utils::read.csv(path)
  table <- rbind(table[table$set != name, ], row)
  table <- table[order(match(table$set, names(sets))), ]
  write_result(table, "shown")
}
