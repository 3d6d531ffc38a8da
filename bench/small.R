# Small tables of 0 and 1: nats per held-out case of rbm_fit(x, hidden) with
# nothing else said, against the plain maximum (`weight_decay = 0`), training by
# steps (`estimator = "pcd"`), independent columns smoothed by half a case, the
# tree of Chow and Liu, and a mixture of independent columns by EM with one to
# six components, chosen on a third of the training half. All models are fitted
# to one half of a table and scored exactly on the other. ROUNDS=n sets how many
# random halves, TABLES=guttman,xor picks tables. Tables that do not ship are
# read from the folders HARMONIUM_DATA and HARMONIUM_FIXTURES.
library(harmonium)
source(file.path("bench", "lib", "common.R"))

folder_of <- function(variable, beside) {
  Sys.getenv(variable, file.path("..", "shared", beside))
}

# The data in a file, NULL where it is not here.
read_if_here <- function(folder, name) {
  path <- file.path(folder, name)
  if (file.exists(path)) readRDS(path)
}

# One column for each factor of two levels, else one for each level.
indicators <- function(counts) {
  cells <- as.data.frame(counts)
  row <- rep(seq_len(nrow(cells)), cells$Freq)
  factors <- cells[row, names(cells) != "Freq"]
  columns <- lapply(factors, function(f) {
    kept <- if (nlevels(f) == 2L) levels(f)[2L] else levels(f)
    outer(as.character(f), kept, "==") + 0L
  })
  do.call(cbind, unname(columns))
}

# Numbers and codes of levels, 1 where above the column's median.
above_medians <- function(data) {
  vapply(data, function(column) {
    value <- as.numeric(column)
    as.integer(value > stats::median(value))
  }, integer(nrow(data)))
}

coin <- function(n, p = 0.5) stats::rbinom(n, 1, p)

# Each with seed 1 unless it sets its own.
tables <- list(
  latent_class = function() {
    set.seed(11)
    class <- coin(1000, 0.4)
    vapply(c(0.95, 0.75, 0.6, 0.8, 0.9), function(q) {
      coin(1000, ifelse(class == 1, q, q - 0.22))
    }, integer(1000))
  },
  xor = function() {
    a <- coin(400)
    b <- coin(400)
    cbind(a, b, as.integer(a != b))
  },
  guttman = function() {
    ability <- stats::rnorm(300)
    outer(ability, seq(-1.5, 1.5, length.out = 10), ">") + 0L
  },
  rare_together = function() {
    on <- as.integer(seq_len(5000) <= 10)
    cbind(on, on)
  },
  complementary = function() {
    a <- coin(200)
    cbind(a, 1L - a)
  },
  independent = function() matrix(coin(5000), 500),
  lsat = function() {
    read_if_here(folder_of("HARMONIUM_FIXTURES", "fixtures"), "lsat.rds")
  },
  nltcs = function() {
    read_if_here(folder_of("HARMONIUM_DATA", "data"),
                 "nltcs.rds")$train[seq_len(2000), ]
  },
  titanic = function() indicators(datasets::Titanic),
  admissions = function() indicators(datasets::UCBAdmissions),
  hair_eye = function() indicators(datasets::HairEyeColor),
  mtcars = function() above_medians(datasets::mtcars),
  infert = function() {
    above_medians(datasets::infert[setdiff(
      names(datasets::infert), c("stratum", "pooled.stratum")
    )])
  },
  esoph = function() above_medians(datasets::esoph),
  warpbreaks = function() above_medians(datasets::warpbreaks),
  bars_once = function() rbm_data("bars_and_stripes", size = 3)$x,
  bars_drawn = function() {
    rbm_data("bars_and_stripes", size = 3)$x[sample(16, 200, TRUE), ]
  },
  ising = function() rbm_data("ising", size = 3, n = 1000)$x
)
hidden_of <- function(name) if (name == "nltcs") 8L else 4L

# Mean log-probability of rows under each component, weighted: a column each.
joint_log <- function(mixture, rows) {
  sweep(rows %*% log(mixture$on) + (1 - rows) %*% log1p(-mixture$on), 2L,
        log(mixture$weight), "+")
}

log_sum <- function(joint) {
  most <- apply(joint, 1L, max)
  most + log(rowSums(exp(joint - most)))
}

# EM from one start. Each component is smoothed by half a case on and half a
# case off, so that one component is independent columns as smoothed here.
run_em <- function(rows, components, sweeps = 300L) {
  n <- nrow(rows)
  share <- matrix(stats::rexp(n * components), n)
  share <- share / rowSums(share)
  last <- -Inf
  for (sweep in seq_len(sweeps)) {
    size <- colSums(share)
    on <- (crossprod(rows, share) + 0.5) / rep(size + 1, each = ncol(rows))
    mixture <- list(on = on, weight = (size + 0.5) / (n + components / 2))
    joint <- joint_log(mixture, rows)
    per_row <- log_sum(joint)
    value <- sum(per_row) + sum(log(on) + log1p(-on)) / 2 +
      sum(log(mixture$weight)) / 2
    if (value - last < 1e-6 * n) break
    last <- value
    share <- exp(joint - per_row)
  }
  c(mixture, value = value)
}

fit_mixture <- function(rows, components, starts = 5L) {
  if (components == 1L) starts <- 1L
  found <- lapply(seq_len(starts), function(start) run_em(rows, components))
  found[[which.max(vapply(found, `[[`, 0, "value"))]]
}

score_mixture <- function(mixture, rows) mean(log_sum(joint_log(mixture, rows)))

choose_mixture <- function(rows) {
  held <- sample(nrow(rows), round(nrow(rows) / 3))
  scores <- vapply(1:6, function(components) {
    score_mixture(fit_mixture(rows[-held, , drop = FALSE], components),
                  rows[held, , drop = FALSE])
  }, 0)
  fit_mixture(rows, which.max(scores))
}

score_independent <- function(train, test) {
  p <- (colSums(train) + 0.5) / (nrow(train) + 1)
  on <- colMeans(test)
  sum(on * log(p) + (1 - on) * log1p(-p))
}

score_tree <- function(train, test) {
  tree <- harmonium:::chow_liu(train, rep(1, nrow(train)))
  harmonium:::tree_log_lik(tree, test, rep(1, nrow(test)))
}

# All scores of one half.
score_half <- function(x, hidden, half) {
  set.seed(1000 + half)
  chosen <- sample(nrow(x), floor(nrow(x) / 2))
  train <- x[chosen, , drop = FALSE]
  test <- x[-chosen, , drop = FALSE]
  fit <- function(...) {
    set.seed(half)
    rbm_fit(train, hidden, ..., verbose = FALSE, keep_x = FALSE)
  }
  score <- function(model) as.numeric(logLik(model, test)) / nrow(test)
  seconds <- system.time(default <- fit())[["elapsed"]]
  set.seed(half)
  c(default = score(default), maximum = score(fit(weight_decay = 0)),
    steps = score(fit(estimator = "pcd")),
    independent = score_independent(train, test),
    tree = score_tree(train, test),
    mixture = score_mixture(choose_mixture(train), test),
    nothing = max(abs(default$W)) < 0.01,
    said = any(grepl("Nothing was learned", utils::capture.output(default))),
    seconds = seconds)
}

others <- c("maximum", "steps", "independent", "tree", "mixture")

# The default's mean, and its mean lead over each other with the standard error
# over halves; `nothing` is in how many halves no weight was above 0.01, and
# `said` in how many print() said that nothing was learned. Halves of one table
# overlap, so that standard errors are too small for other tables of its kind.
summarise_table <- function(name, halves) {
  set.seed(1)
  x <- tables[[name]]()
  if (is.null(x)) {
    message(name, ": the data are not here")
    return(NULL)
  }
  x <- unname(as.matrix(x))
  storage.mode(x) <- "integer"
  scores <- parallel::mclapply(halves, function(half) {
    score_half(x, hidden_of(name), half)
  }, mc.cores = if (.Platform$OS.type == "unix") 2L else 1L)
  scores <- do.call(rbind, scores)
  stopifnot(is.numeric(scores), all(is.finite(scores)))
  lead <- scores[, "default"] - scores[, others, drop = FALSE]
  mean_lead <- colMeans(lead)
  se <- apply(lead, 2L, stats::sd) / sqrt(length(halves))
  row <- data.frame(
    table = name, cases = floor(nrow(x) / 2), columns = ncol(x),
    hidden = hidden_of(name), halves = length(halves),
    default = mean(scores[, "default"]),
    stats::setNames(as.list(rbind(mean_lead, se)),
                    rbind(others, paste0(others, "_se"))),
    nothing = sum(scores[, "nothing"]), said = sum(scores[, "said"])
  )
  numbers <- c("default", others, paste0(others, "_se"))
  row[numbers] <- round(row[numbers], 4L)
  cat(name, ": a default fit takes ",
      signif(stats::median(scores[, "seconds"]), 2L), " s\n", sep = "")
  row
}

# Halves are shared out, not the threads of one fit.
options(harmonium.threads = 1)
describe_machine()
wanted <- strsplit(Sys.getenv("TABLES", paste(names(tables), collapse = ",")),
                   ",", fixed = TRUE)[[1L]]
rows <- lapply(wanted, summarise_table, halves = seq_len(count_rounds(10L)))
table <- do.call(rbind, rows)
options(width = 200)
print_table(table)
if (setequal(wanted, names(tables))) write_result(table, "small")
