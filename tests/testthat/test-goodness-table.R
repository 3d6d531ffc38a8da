# Statistics by loops over a table, expectations by exact moments, how often a
# right model is called wrong, and wrong ones that must be found.

# A column of each kind above one hidden unit, or as many as `W` says.
check_machine <- function(seed = 1, hidden = 2, size = 1) {
  set.seed(seed)
  data <- data.frame(
    sex = factor(c("f", "m"))[rep(1:2, 10)],
    region = factor(rep(c("e", "n", "w"), length.out = 20)),
    grade = factor(rep(c("low", "mid", "high", "top"), 5),
                   c("low", "mid", "high", "top"), ordered = TRUE),
    age = seq(20, 60, length.out = 20), smoker = rep(c(TRUE, FALSE), 10),
    tries = rep(0:3, 5), visits = rep(c(0, 1, 4, 2), 5),
    calls = rep(c(0, 12, 5, 2), 5), drinker = rep(c(FALSE, TRUE), 10)
  )
  units <- rbm_units(data, c(age = "gaussian", tries = "binomial(3)",
                             visits = "poisson", calls = "count(12)"))
  rows <- sum(units$rows)
  extras <- sum(extras_of(units))
  rbm(matrix(rnorm(rows * hidden, 0, size), rows), rnorm(rows, 0, 0.3),
      rnorm(hidden), units = units, d = rnorm(extras, 0, 0.2))
}

with_holes <- function(x, share) {
  x[] <- lapply(x, function(column) {
    column[runif(length(column)) < share] <- NA
    column
  })
  x
}

# A statistic of a table by its name.
twin_statistic <- function(x, set) {
  is <- function(part) {
    part <- strsplit(part, "=", fixed = TRUE)[[1]]
    if (length(part) == 1) return(as.numeric(x[[part]]))
    as.character(x[[part[1]]]) == part[2]
  }
  kind <- sub(".*\\((.*)\\)$", "\\1", set)
  parts <- strsplit(sub(" \\(.*", "", set), ":", fixed = TRUE)[[1]]
  value <- lapply(parts, is)
  whole <- !Reduce(`|`, lapply(value, is.na))
  value <- lapply(value, function(one) one[whole] + 0)
  out <- switch(kind, mean = mean(value[[1]]), sd = sd(value[[1]]),
                correlation = suppressWarnings(cor(value[[1]], value[[2]])),
                mean(Reduce(`*`, value)))
  if (is.na(out)) 0 else out
}

test_that("observed statistics are as on paper, with cells missing too", {
  for (missing in c(0, 0.3)) {
    model <- check_machine(1)
    x <- with_holes(rbm_sample(model, 60), missing)
    set.seed(3)
    found <- rbm_check(model, x, times = 19)
    twin <- vapply(found$table$set, function(set) twin_statistic(x, set), 0)
    expect_near(found$table$observed, twin, 1e-9)
    expect_identical(anyDuplicated(found$table$set), 0L)
    # Levels: 1 3 4 1 1, values 4 1 1, numbers 4 twice; pairs of 14 features;
    # triples of sex, smoker and drinker.
    expect_identical(found$tested, c(column = 24, pair = 91 - 3 - 6,
                                     triple = 1, row_sum = 0))
    expect_identical(found$tested, found$possible)
    expect_identical(nrow(found$table), as.integer(sum(found$tested)))
    expect_identical(
      names(found$table),
      c("kind", "set", "observed", "expected", "z", "p_value", "p_se",
        "p_adjusted")
    )
    expect_false(is.unsorted(-abs(found$table$z)))
    expect_false(is.unsorted(found$table$p_adjusted))
    expect_identical(found$p_value, min(found$table$p_adjusted))
    expect_draws(rbm_check(model, x, times = 19), 2)
  }
})

test_that("expected values are the model's, and p-values are counts", {
  model <- check_machine(2)
  set.seed(4)
  x <- with_holes(rbm_sample(model, 200), 0.1)
  set.seed(5)
  found <- rbm_check(model, x, times = 99)
  exact <- rbm_moments(model, pairs = TRUE)
  units <- coded_names(model$columns)
  names(exact$v) <- units
  dimnames(exact$vv) <- list(units, units)
  expected <- function(set) found$table$expected[match(set, found$table$set)]
  # Means over 17000 cases or more; 4.5 standard errors: 7e-6 false alarms each.
  near <- function(set, p, n) {
    expect_lt(max(abs(expected(set) - p) / sqrt(p * (1 - p) / n)), 4.5)
  }
  near(c("sex=m", "smoker=TRUE", "region=n"),
       exact$v[c("sex", "smoker", "region:n")], 17000)
  near(c("sex=m:region=e", "sex=m:smoker=TRUE", "region=w:drinker=TRUE"),
       exact$vv[cbind(c("sex", "sex", "region:w"),
                      c("region:e", "smoker", "drinker"))], 15000)
  age <- model$columns[model$columns$column == "age", ]
  sd <- sqrt(exact$vv["age", "age"] - exact$v[["age"]]^2)
  expect_lt(abs(expected("age (mean)") - exact$v[["age"]] * age$scale -
                  age$location), 4.5 * age$scale * sd / sqrt(17000))
  expect_lt(abs(expected("age (sd)") / sd / age$scale - 1), 0.03)

  set.seed(5)
  key <- draw_key()
  cases <- as_cells(model, x, "x")
  seen <- !is.na(cases$reals)
  columns <- described_columns(model)
  plan <- seeded(key[1] %/% 2, plan_statistics(columns, seen, 2500))
  statistics <- function(x) {
    x[!seen] <- NA
    table_statistics(x, columns, plan)
  }
  simulated <- counts_of_draws(model, 200L, 99L, statistics,
                               nrow(plan$table), key)$counts
  observed <- statistics(cases$reals)
  order <- match(found$table$set, plan$table$set)
  all <- cbind(simulated, observed)
  mean <- rowMeans(all)
  n <- plan$table$cases
  sd <- ifelse(plan$table$statistic == "share",
               sqrt(pmax(n * mean * (1 - mean), 5)) / n,
               apply(all, 1, function(row) {
                 sd(row[-which.max(abs(row - mean(row)))])
               }))
  # Some numbers have a floor instead: correlations with rare levels.
  floor <- statistic_sd(observed, simulated, plan)
  expect_true(all(floor >= sd - 1e-9))
  expect_gt(mean(abs(floor / sd - 1) < 1e-6), 0.7)
  off <- abs(all - mean) / floor
  p <- rowMeans(off >= off[, 100] - 1e-9)
  expect_near(found$table$p_value, p[order], 1e-9)
  largest <- apply(off, 2, max)
  adjusted <- vapply(off[, 100], function(one) mean(largest >= one - 1e-9), 0)
  expect_near(found$table$p_adjusted, adjusted[order], 1e-9)
  expect_near(found$table$z, ((observed - rowMeans(simulated)) / floor)[order],
              1e-9)
})

test_that("a right model has uniform p-values", {
  model <- check_machine(6, 1)
  set.seed(6)
  runs <- 120
  p <- replicate(runs, {
    x <- with_holes(rbm_sample(model, 60), 0.15)
    found <- rbm_check(model, x, times = 19)
    one <- function(set) found$table$p_value[found$table$set == set]
    c(found$p_value, one("age (mean)"), one("calls (sd)"),
      one("region=n"), one("age:visits (correlation)"),
      one("region=e:age (correlation)"), one("sex=m:smoker=TRUE"))
  })
  # P(p <= k / 20) is k / 20, or less with ties: 28 exact binomial bounds at
  # 1e-5 each.
  for (cut in c(0.05, 0.1, 0.25, 0.5)) {
    expect_true(all(rowSums(p <= cut + 1e-9) <= qbinom(1 - 1e-5, runs, cut)))
  }
  # Nor are those of numbers too high, which have no ties.
  expect_true(all(rowSums(p[c(1:3, 5:6), ] <= 0.5 + 1e-9) >=
                    qbinom(1e-5, runs, 0.45)))
})

test_that("wrong margins and dependence that a model lacks are found", {
  set.seed(7)
  n <- 250
  age <- rnorm(n, 40, 10)
  x <- data.frame(
    age = age, score = age / 10 + rnorm(n),
    group = factor(ifelse(runif(n) < 0.7, age > 40, runif(n) < 0.5),
                   labels = c("young", "old")),
    visits = rpois(n, 2), region = factor(sample(c("e", "n", "w"), n, TRUE))
  )
  x$team <- factor(ifelse(runif(n) < 0.6, as.character(x$region),
                          sample(c("e", "n", "w"), n, TRUE)))
  units <- rbm_units(x, c(age = "gaussian", score = "gaussian",
                          visits = "poisson"))
  flat <- rbm(matrix(0, sum(units$rows), 1), c(0, 0, qlogis(mean(x$group ==
    "old")), log(2), 0, 0, 0, 0, 0, 0), 0, units = units, d = c(0, 0))
  found <- rbm_check(flat, with_holes(x, 0.1), times = 99)
  bad <- found$table$set[found$table$p_adjusted <= 0.05]
  expect_true(all(c("age:score (correlation)", "age:group=old (correlation)",
                    "region=e:team=e", "region=w:team=w") %in% bad))
  # Columns that have nothing to do with others are in none of these.
  expect_false(any(grepl("visits", bad)))
  expect_true(all(found$table$kind[found$table$p_adjusted <= 0.05] == "pair"))

  for (name in c("group", "region", "team")) x[[name]] <- sample(x[[name]])
  x$score <- rnorm(n, mean(x$score), sd(x$score))
  many <- flat
  many$b[[4]] <- log(3)
  found <- rbm_check(many, x, times = 99)
  expect_identical(found$table$set[1], "visits (mean)")
  # z is not held back by the number of data sets.
  expect_lt(found$table$z[1], -7)
  wide <- flat
  wide$d[[1]] <- log(1 / 4)
  found <- rbm_check(wide, x, times = 99)
  expect_identical(found$table$set[1], "age (sd)")
  # More zeros than a Poisson distribution has, with the same mean.
  x$visits <- ifelse(runif(n) < 0.4, 0, rpois(n, 2 / 0.6))
  found <- rbm_check(flat, x, times = 99)
  expect_true(all(c("visits=0", "visits (sd)") %in%
                    found$table$set[found$table$p_adjusted <= 0.05]))
})

test_that("more hidden states than are visited leave it to chains", {
  model <- check_machine(8, 18, 0.2)
  set.seed(8)
  x <- rbm_sample(model, 50, steps = 100)
  attributes(x) <- attributes(x)[c("names", "row.names", "class")]
  found <- rbm_check(model, with_holes(x, 0.1), times = 39, steps = 60)
  expect_identical(found$draws, "gibbs")
  expect_lt(found$rhat, 1.1)
  expect_gt(found$p_value, 0.025)
  expect_output(print(found), "Gibbs chains \\(R-hat [01]")
  # The same, by chains that begin at exact draws.
  model <- check_machine(9, 13, 0.3)
  x <- rbm_sample(model, 640)
  chains <- rbm_check(model, x, times = 200, steps = 2)
  exact <- rbm_check(model, x[1:99, ], times = 19)
  expect_identical(c(chains$draws, exact$draws), c("gibbs", "exact"))
  expect_gt(chains$p_value, 0.005)
  both <- merge(chains$table, exact$table, "set")
  share <- is_share(both$set)
  p <- both$expected.y
  error <- sqrt(pmax(p * (1 - p), 1e-3) / 1881)[share]
  # Some 90 comparisons, of which chains are the more precise side.
  expect_lt(max(abs(both$expected.x - p)[share] / error), 5)
})

test_that("models of counts, missing cells and units are checked", {
  set.seed(10)
  counts <- rbm(matrix(rnorm(6), 3), units = c("binomial(4)", "binary",
                                               "binomial(20)"))
  x <- rbm_sample(counts, 80, method = "exact")
  found <- rbm_check(counts, x, times = 19)
  expect_true(all(c("V1=0", "V1=4", "V1 (mean)", "V2=1", "V3=0", "V3 (sd)",
                    "V1:V2=1 (correlation)") %in% found$table$set))
  expect_near(found$table$observed[found$table$set == "V3 (mean)"],
              mean(x[, 3]))

  # Columns of 0 and 1 of a table, cells missing; without these as ever.
  y <- data.frame(a = runif(60) < 0.5, c = sample(0:1, 60, TRUE),
                  b = factor(sample(c("u", "v"), 60, TRUE)))[c("a", "b", "c")]
  fit <- suppressMessages(rbm_fit(y, 1, starts = 1, weight_decay = 0.1))
  found <- rbm_check(fit, with_holes(y, 0.1), times = 19)
  expect_setequal(found$table$set,
                  c("a=TRUE", "b=v", "c=1", "a=TRUE:b=v", "a=TRUE:c=1",
                    "b=v:c=1", "a=TRUE:b=v:c=1"))
  expect_true(rbm_check(fit, y, times = 19)$fitted)

  machine <- table_machine(3)$object
  z <- rbm_sample(machine, 50)
  expect_gt(rbm_check(machine, z, times = 199)$p_value, 0.005)
  z[1:5, 1] <- NA
  z[4:9, 2:4] <- NA
  found <- rbm_check(machine, z, times = 19)
  expect_true(all(c("V1=1", "V2=3", "V8 (mean)") %in% found$table$set))
  named <- machine
  rownames(named$W) <- names(named$b) <-
    c("a", "g:x", "g:y", "g:z", "o", "s", "s^2", letters[20:23])
  named <- rbm(named$W, named$b, named$c, units = c(
    "binary", "categorical(3)", "ordinal(levels = 4, degree = 1)",
    "ordinal(levels = 5, degree = 2)", "binomial(3)", "count(max = 6)",
    "poisson", "gaussian"
  ), hidden = list(binary = 2, categorical = 3), d = named$d)
  found <- rbm_check(named, unname(z), times = 19)
  expect_true(all(c("a=1", "g=z", "s=5", "w (mean)") %in% found$table$set))
})

test_that("pairs are all there are, or a random choice without repeats", {
  set.seed(11)
  column <- rep(1:6, c(1, 3, 2, 4, 1, 1))
  all <- pairs_of_features(column, 1000)
  expect_identical(nrow(all), as.integer(choose(12, 2) - 3 - 1 - 6))
  expect_identical(attr(all, "possible"), as.double(nrow(all)))
  for (one in list(all, pairs_of_features(column, 9),
                   pairs_of_features(rep(1:700, 3), 30))) {
    expect_true(all(one[, 1] < one[, 2]))
    expect_identical(anyDuplicated(unclass(one)[, 1:2]), 0L)
  }
  expect_identical(dim(pairs_of_features(column, 9)), c(9L, 2L))
  expect_identical(dim(pairs_of_features(column, 0)), c(0L, 2L))
  expect_identical(dim(pairs_of_features(c(1, 1), 5)), c(0L, 2L))
  model <- check_machine(1)
  x <- rbm_sample(model, 30)
  found <- rbm_check(model, x, times = 19, most = 5)
  expect_identical(found$tested[["pair"]], 5)
  expect_output(print(found), "5 of 82 of pairs at random")
  expect_identical(sum(rbm_check(model, x, times = 19, most = 0)$tested[-1]), 0)
})

test_that("odd tables are checked too", {
  model <- check_machine(1)
  set.seed(12)
  x <- rbm_sample(model, 30)
  # One case, a column that is missing throughout, columns that do not vary.
  expect_s3_class(rbm_check(model, x[1, ], times = 19), "rbm_check")
  gone <- x
  gone$age <- NA_real_
  gone$region <- factor(NA, levels(x$region))
  found <- rbm_check(model, gone, times = 19)
  expect_false(any(grepl("age|region", found$table$set)))
  same <- x
  same[] <- lapply(x, function(column) rep(column[1], 30))
  expect_lte(rbm_check(model, same, times = 19)$p_value, 0.05)
})

test_that("print and plot show statistics by name", {
  model <- check_machine(13, 1)
  set.seed(13)
  x <- rbm_sample(model, 80)
  x$visits <- x$visits + 3
  x$smoker <- x$sex == "m"
  found <- rbm_check(model, x, times = 39)
  expect_snapshot(print(found, n = 6))
  for (size in list(c(9, 4.5), c(5, 7), c(4, 4))) {
    page <- read_page(expect_identical(plot(found), found), size[1], size[2])
    expect_legible(page)
    words <- page$words$words
    expect_true(all(c("Data against the model", "columns", "pairs",
                      "Standardised difference z") %in% words))
    expect_true(any(grepl("^MISFIT: ", words)))
  }
  expect_true(all(c("visits (mean)", "sex=m:smoker=TRUE") %in%
                    read_page(plot(found), 9, 5)$words$words))
  numbers <- rbm(matrix(0, 2, 1), units = "gaussian", d = c(0, 0))
  found <- rbm_check(numbers, matrix(rnorm(20), 10), times = 19)
  page <- read_page(plot(found, main = "Two numbers"), 6, 5)
  expect_true("V1:V2 (r)" %in% page$words$words)
  expect_false("Observed" %in% page$words$words)
})

test_that("errors say what cannot be checked", {
  model <- check_machine(1)
  set.seed(14)
  x <- rbm_sample(model, 20)
  other <- x
  levels(other$region)[1] <- "s"
  nothing <- with_holes(x, 1)
  unnamed <- table_machine()$object
  expect_said(c(
    refused(rbm_check(model, x[-1]), "table_absent"),
    refused(rbm_check(model, cbind(x, more = 1)), "table_more"),
    refused(rbm_check(model, other), "levels_unknown"),
    refused(rbm_check(model, 1), "table"),
    refused(rbm_check(model, nothing), "check_empty"),
    refused(rbm_check(model, x, times = 5), "count"),
    refused(rbm_check(unnamed, matrix(2, 1, 11)), "unit_values")
  ))
})
