# Sets of data that a fit is tried on: `sets`, a list with the number of hidden
# units and a function that makes the data, and make_set(), which calls it.
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

# Log-probabilities of the test cases under a Boltzmann machine.
score_rbm <- function(model, test, ...) {
  log_z <- rbm_log_z(model, verbose = FALSE, ...)
  structure(-rbm_free_energy(model, test) - log_z$log_z, se = log_z$se)
}
