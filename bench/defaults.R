# What rbm_fit(x, hidden) reaches with nothing else said, and what it reaches
# with the best settings of a grid around that: mean log-likelihood of a test
# case in nats, exact, or by annealed importance sampling where both layers are
# large. The grid's winner is chosen by validation data, with seed 1; what is
# told is the median over seeds of both on test data; `tried` is how many
# settings the winner is the best of. The grid is around the defaults of
# training by steps. SETS=nltcs,digits8 picks sets, ROUNDS=n sets how many seeds
# (of the largest set one), GRID=0 keeps what the grid gave before.
library(harmonium)
source("bench/lib/common.R")

shared <- function(name) file.path("..", "shared", "data", name)

# A list of train, valid, test, hidden units and what a test case can have at
# most (NA: not known); NULL where the data are not here.
read_set <- list(
  bars = function() {
    bars <- rbm_data("bars_and_stripes", size = 4)
    list(train = bars$x, valid = bars$x, test = bars$x, hidden = 16L,
         best = bars$best)
  },
  shifter = function() {
    shifter <- rbm_data("shifter", size = 6)
    list(train = shifter$x, valid = shifter$x, test = shifter$x, hidden = 20L,
         best = shifter$best)
  },
  ising = function() {
    set.seed(1)
    ising <- rbm_data("ising", size = 4, n = 3000)
    part <- rep(1:3, each = 1000)
    list(train = ising$x[part == 1, ], valid = ising$x[part == 2, ],
         test = ising$x[part == 3, ], hidden = 12L,
         best = mean(log(ising$probability[part == 3])))
  },
  digits8 = function() {
    x <- (digits8$x > 0.5) + 0L
    list(train = x[1:1197, ], valid = x[1198:1437, ], test = x[1438:1797, ],
         hidden = 16L, best = NA)
  },
  nltcs = function() {
    if (file.exists(shared("nltcs.rds"))) {
      c(readRDS(shared("nltcs.rds")), hidden = 20L, best = NA)
    }
  },
  mnist = function() {
    if (file.exists(shared("mnist_binarised.rds"))) {
      x <- readRDS(shared("mnist_binarised.rds"))
      list(train = x$train[1:50000, ], valid = x$train[50001:60000, ],
           test = x$test, hidden = 500L, best = NA, large = TRUE)
    }
  }
)

# Other settings: factors of the default rate and epochs, and sweeps. Of a large
# set one other fit is all there is time for.
grid_of <- function(set) {
  if (isTRUE(set$large)) {
    data.frame(rate = 0.5, epochs = 3, k = 1)
  } else {
    expand.grid(rate = c(1 / 3, 1, 3), epochs = c(1, 5), k = c(1, 5))
  }
}

score <- function(fit, x) {
  set.seed(1)
  as.numeric(logLik(fit, x)) / nrow(x)
}

# A fit with another rate, other epochs and sweeps than the defaults'.
fit_with <- function(set, settings, change, seed) {
  set.seed(seed)
  seconds <- system.time(
    fit <- rbm_fit(set$train, set$hidden, keep_x = FALSE, verbose = FALSE,
                   learning_rate = settings$learning_rate * change$rate,
                   epochs = round(settings$epochs * change$epochs),
                   k = change$k)
  )[["elapsed"]]
  list(fit = fit, seconds = seconds)
}

over <- function(fits, set) {
  round(stats::median(vapply(fits, function(f) score(f$fit, set$test), 0)), 3)
}

took <- function(fits) {
  round(stats::median(vapply(fits, `[[`, 0, "seconds")), 1)
}

compare <- function(name, seeds) {
  set <- read_set[[name]]()
  if (is.null(set)) {
    message(name, ": the data are not here")
    return(NULL)
  }
  if (isTRUE(set$large)) seeds <- 1L
  run <- function(seed) {
    set.seed(seed)
    seconds <- system.time(
      fit <- rbm_fit(set$train, set$hidden, keep_x = FALSE, verbose = FALSE)
    )[["elapsed"]]
    list(fit = fit, seconds = seconds)
  }
  plain <- lapply(seeds, run)
  if (!with_grid) {
    row <- known[known$set == name, ]
    row[c("default", "default_seconds")] <- list(over(plain, set), took(plain))
    print_table(row)
    return(row)
  }
  settings <- harmonium:::choose_settings(rbm_control(), nrow(set$train))
  grid <- grid_of(set)
  best <- grid[1L, ]
  if (nrow(grid) > 1L) {
    found <- vapply(seq_len(nrow(grid)), function(row) {
      score(fit_with(set, settings, grid[row, ], 1)$fit, set$valid)
    }, 0)
    best <- grid[which.max(found), ]
  }
  tuned <- lapply(seeds, function(seed) fit_with(set, settings, best, seed))
  on <- colMeans(set$test == 1)
  rates <- (colSums(set$train == 1) + 1) / (nrow(set$train) + 2)
  row <- data.frame(
    set = name, cases = nrow(set$train), columns = ncol(set$train),
    hidden = set$hidden, seeds = length(seeds), tried = nrow(grid),
    independent = round(sum(on * log(rates) + (1 - on) * log(1 - rates)), 3),
    default = over(plain, set), default_seconds = took(plain),
    tuned = over(tuned, set), tuned_seconds = took(tuned),
    best_possible = round(set$best, 3),
    rate = signif(settings$learning_rate * best$rate, 3),
    epochs = round(settings$epochs * best$epochs), k = best$k
  )
  print_table(row)
  row
}

# The batches of small sets are too small to share out.
options(harmonium.threads = 1)
describe_machine()
wanted <- strsplit(Sys.getenv("SETS", paste(names(read_set), collapse = ",")),
                   ",", fixed = TRUE)[[1L]]
before <- file.path("bench", "results", "defaults.csv")
with_grid <- Sys.getenv("GRID", "1") != "0"
known <- if (file.exists(before)) utils::read.csv(before)
rows <- lapply(wanted, compare, seeds = seq_len(count_rounds(3L)))
table <- do.call(rbind, rows)
# Sets that were not asked for keep what they had.
if (!is.null(known)) {
  table <- rbind(known[!known$set %in% table$set, ], table)
}
print_table(table)
write_result(table, "defaults")

# What the issue of learning asks of the defaults, where the data are here.
nltcs <- table[table$set == "nltcs", ]
stopifnot(nltcs$default >= -6.08)
