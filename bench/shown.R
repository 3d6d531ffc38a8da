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
for (part in c("common", "workers", "serve", "rivals")) {
  source(file.path("bench", "lib", paste0(part, ".R")))
}

coin <- function(n, p = 0.5) stats::rbinom(n, 1, p)

# The data in a file, NULL where it is not here.
read_if_here <- function(variable, beside, name) {
  folder <- Sys.getenv(variable, file.path("..", "shared", beside))
  path <- file.path(folder, name)
  if (file.exists(path)) readRDS(path)
}

# Training cases, test cases, and the log-probability of each test case under
# the distribution that made it, where it is known.
parts_of <- function(x, n, truth = NULL) {
  train <- seq_len(n)
  list(train = x[train, , drop = FALSE], test = x[-train, , drop = FALSE],
       truth = truth[-train])
}

halves_of <- function(x) {
  if (!is.null(x)) parts_of(x[sample(nrow(x)), ], floor(nrow(x) / 2))
}

# Rows of a mixture: `on` has a row for each class.
mixed <- function(n, on, weight) {
  class <- sample(nrow(on), n, TRUE, weight)
  x <- matrix(coin(n * ncol(on), on[class, ]), n)
  log_on <- log(pmax(on, 1e-300))
  log_off <- log(pmax(1 - on, 1e-300))
  joint <- sweep(x %*% t(log_on) + (1 - x) %*% t(log_off), 2L,
                 log(weight / sum(weight)), "+")
  most <- apply(joint, 1L, max)
  list(x = x, truth = most + log(rowSums(exp(joint - most))))
}

from_mixture <- function(n, tests, on, weight) {
  made <- mixed(n + tests, on, weight)
  parts_of(made$x, n, made$truth)
}

# Prototypes of which the first comes most often, each column of a case wrong
# with probability `noise`.
clusters <- function(prototypes, noise) {
  force(prototypes)
  force(noise)
  function() {
    on <- matrix(coin(prototypes * 60), prototypes)
    from_mixture(1000, 2000, abs(on - noise), prototypes:1)
  }
}

# Draws from all states of a distribution that is known.
drawn_from <- function(known, n, tests) {
  chosen <- sample(nrow(known$x), n + tests, TRUE, known$probability)
  parts_of(known$x[chosen, ], n, log(known$probability[chosen]))
}

scale_of <- function(items, n, tests) {
  at <- seq(-1.5, 1.5, length.out = items)
  x <- outer(stats::rnorm(n + tests), at, ">") + 0L
  edges <- diff(c(0, stats::pnorm(at), 1))
  parts_of(x, n, log(edges)[rowSums(x) + 1L])
}

sets <- list()
add <- function(name, hidden, make, tune_on = name) {
  sets[[name]] <<- list(hidden = hidden, make = make, tune_on = tune_on)
}

add("latent_class", 4, function() {
  on <- c(0.95, 0.75, 0.6, 0.8, 0.9)
  from_mixture(1000, 4000, rbind(on, on - 0.22), c(0.4, 0.6))
})
add("xor", 4, function() {
  a <- coin(2400)
  b <- coin(2400)
  parts_of(cbind(a, b, as.integer(a != b)), 400, rep(log(0.25), 2400))
})
add("guttman_10", 4, function() scale_of(10, 300, 4000))
add("guttman_40", 20, function() scale_of(40, 500, 2000))
add("rare_pair", 4, function() {
  on <- coin(20000, 0.002)
  parts_of(cbind(on, on), 5000, log(ifelse(on == 1, 0.002, 0.998)))
})
# Four events, each in one case of fifty, that switch on columns that are else
# off but in one case of two hundred.
rare <- function() {
  event <- rbind(rep(0.005, 24), 0.005 + 0.795 * (diag(4) %x% t(rep(1, 6))))
  from_mixture(1000, 4000, event, c(0.92, rep(0.02, 4)))
}
add("rare_groups", 8, rare)
add("rare_groups_more", 24, rare)
add("complementary", 4, function() {
  a <- coin(2200)
  parts_of(cbind(a, 1L - a), 200, rep(log(0.5), 2200))
})
add("lsat", 4, function() {
  halves_of(read_if_here("HARMONIUM_FIXTURES", "fixtures", "lsat.rds"))
})
independent <- function(n, columns, p) {
  function() {
    p <- rep_len(p, columns)
    from_mixture(n, 4000, rbind(p), 1)
  }
}
add("independent_10", 4, independent(250, 10, 0.5))
add("independent_60", 20, independent(500, 60, c(0.05, 0.2, 0.5, 0.7)))
add("independent_wide", 10, independent(20, 300, 0.03))
# Three classes; each of six columns twice, two that are always on, two off.
add("duplicated_16", 8, function() {
  on <- matrix(c(0.9, 0.9, 0.2, 0.2, 0.7, 0.5, 0.1, 0.8, 0.8, 0.1, 0.3, 0.5,
                 0.2, 0.1, 0.9, 0.9, 0.1, 0.5), 3, byrow = TRUE)
  made <- from_mixture(500, 4000, on, c(3, 2, 1))
  widen <- function(x) cbind(x, x, 1, 1, 0, 0)
  list(train = widen(made$train), test = widen(made$test), truth = made$truth)
})
# Twenty columns of four clusters twice, ten coins, five columns always on, five
# always off.
add("duplicated_60", 20, function() {
  on <- matrix(coin(80), 4)
  made <- from_mixture(1000, 2000, cbind(abs(on - 0.05), matrix(0.5, 4, 10)),
                       rep(1, 4))
  widen <- function(x) {
    n <- nrow(x)
    cbind(x, x[, 1:20], matrix(1, n, 5), matrix(0, n, 5))
  }
  list(train = widen(made$train), test = widen(made$test), truth = made$truth)
})
add("bars", 16, function() {
  drawn_from(rbm_data("bars_and_stripes", size = 4), 500, 4000)
})
add("shifter", 20, function() {
  drawn_from(rbm_data("shifter", size = 6), 1000, 4000)
})
ising <- function(size) {
  function() {
    made <- rbm_data("ising", size = size, n = 3000)
    parts_of(made$x, 1000, log(made$probability))
  }
}
add("ising_16", 12, ising(4))
add("ising_36", 36, ising(6))
for (hidden in c(16, 64)) {
  add(paste0("digits8_", hidden), hidden, function() {
    halves_of((digits8$x > 0.5) + 0L)
  })
}
for (hidden in c(20, 60)) {
  for (noise in c(1, 2, 5)) {
    for (prototypes in c(2, 4, 8)) {
      add(sprintf("clusters_%d_%d%%_%d", prototypes, noise, hidden), hidden,
          clusters(prototypes, noise / 100),
          tune_on = sprintf("clusters_4_2%%_%d", hidden))
    }
  }
}
add("nltcs", 20, function() {
  both <- read_if_here("HARMONIUM_DATA", "data", "nltcs.rds")
  if (!is.null(both)) both[c("train", "test")]
})
# Ten normal factors.
add("wide", 100, function() {
  n <- 400 + 1000
  factors <- matrix(stats::rnorm(n * 10), n)
  loading <- matrix(stats::rnorm(5000, 0, 0.5), 10)
  base <- rep(stats::rnorm(500, -1), each = n)
  x <- matrix(coin(n * 500, stats::plogis(base + factors %*% loading)), n)
  parts_of(x, 400)
})

make_set <- function(name, seed) {
  set.seed(seed)
  set <- sets[[name]]$make()
  if (is.null(set)) {
    return(NULL)
  }
  for (part in c("train", "test")) {
    set[[part]] <- unname(as.matrix(set[[part]])) + 0
  }
  c(set, hidden = sets[[name]]$hidden)
}

columns_model <- function(train) {
  p <- (colSums(train) + 0.5) / (nrow(train) + 1)
  rbm(matrix(0, ncol(train), 1L), stats::qlogis(p), 0)
}

# Log-probabilities of the test cases under a Boltzmann machine.
score_rbm <- function(model, test, ...) {
  log_z <- rbm_log_z(model, verbose = FALSE, ...)
  structure(-rbm_free_energy(model, test) - log_z$log_z, se = log_z$se)
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
