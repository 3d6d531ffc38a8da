# What rbm_fit(x, hidden) does where the machine is too large to be enumerated.

clusters <- function(n) {
  set.seed(1)
  patterns <- matrix(rbinom(500, 1, 0.5), 5)
  kind <- sample(5, n, TRUE, prob = 5:1)
  abs(patterns[kind, ] - matrix(rbinom(n * 100, 1, 0.02), n))
}

test_that("clusters are learned by default", {
  skip_on_cran()
  x <- clusters(2000)
  set.seed(1)
  fit <- rbm_fit(x[1:1000, ], 22, keep_x = FALSE)
  expect_identical(fit$training$settings$estimator, "pt")
  set.seed(2)
  score <- logLik(fit, x[1001:2000, ])
  # The best possible is -11.38, independent columns have -56.97; 0.1.0 ended
  # below these. Seeds 1 to 3 gave -11.4 to -11.9.
  expect_gt(as.numeric(score) / 1000, -13)
  pilots <- fit$training$pilots
  expect_true(pilots$kept)
  expect_gt(max(pilots$score), pilots$tree)
  expect_output(print(fit), "held out, then all refitted")
})

test_that("where nothing is learned the model is that of independent columns", {
  set.seed(4)
  x <- matrix(rbinom(60 * 60, 1, 0.3), 60)
  set.seed(1)
  fit <- rbm_fit(x, 25)
  pilots <- fit$training$pilots
  if (pilots$kept) {
    expect_gt(max(pilots$score), pilots$independent)
  } else {
    expect_true(all(fit$W == 0))
    expect_near(plogis(fit$b), (colSums(x) + 0.5) / 61, 1e-12)
    expect_output(print(fit), "nothing was learned")
  }
  # Held to it, whatever the pilots were.
  settled <- settle(
    list(pilots = list(kept = FALSE, independent = -1), hidden = 2L,
         cases = as_cases(x[, 1:3]), base_log_odds = c(1, 2, 3)),
    list(theta = as.double(1:11), epoch = 4L)
  )
  expect_identical(settled$state$best$theta, c(numeric(6), 1, 2, 3, 0, 0))
})

test_that("the mean is over the last quarter of the epochs", {
  control <- list(average = TRUE, epochs = 8)
  expect_null(average_along(control, list(epoch = 6L), 5)$mean)
  state <- average_along(control, list(epoch = 7L), 2)
  expect_identical(state$mean, 2)
  state$epoch <- 8L
  expect_identical(average_along(control, state, 5)$mean, 3.5)
  last <- average_along(list(average = FALSE, epochs = 8), list(epoch = 8L), 5)
  expect_null(last$mean)
})

test_that("an averaged fit is saved, resumed and the same for any threads", {
  set.seed(3)
  x <- matrix(rbinom(1200 * 6, 1, 0.4), 1200)
  x[, 2] <- x[, 1]
  fit <- function(...) {
    set.seed(5)
    rbm_fit(x, 4, epochs = 4, average = TRUE, ...)
  }
  one <- fit(threads = 1)
  expect_identical(coef(one), coef(fit(threads = 2)))
  more <- rbm_resume(one, epochs = 4)
  expect_identical(nrow(more$training$history), 8L)
  file <- tempfile(fileext = ".rbm")
  on.exit(unlink(file))
  rbm_save(one, file)
  expect_identical(coef(rbm_resume(file, epochs = 4, x = x)), coef(more))
})

test_that("cases are scarce by number and by hidden units", {
  expect_true(is_scarce(1000, 1))
  expect_false(is_scarce(1001, 20))
  expect_true(is_scarce(4999, 100))
  expect_false(is_scarce(5000, 100))
})

# Two pairs of equal columns among 24: 21 hidden units are too many to walk and
# few enough for 1100 cases.
pairs <- function(n = 1100) {
  set.seed(7)
  x <- matrix(rbinom(n * 24, 1, 0.4), n)
  x[, c(2, 4)] <- x[, c(1, 3)]
  x
}

test_that("where cases are many a tenth stays out and judges the result", {
  skip_on_cran()
  x <- pairs()
  fit <- function(...) {
    set.seed(8)
    rbm_fit(x, 21, ...)
  }
  one <- fit(threads = 1)
  expect_identical(coef(fit(threads = 2)), coef(one))
  expect_identical(nobs(one), 990L)
  out <- one$training$held_out
  expect_length(out, 110)
  pilots <- one$training$pilots
  expect_false(pilots$refitted)
  expect_true(pilots$kept)
  # Their mean log-likelihood, by an answer of another seed.
  set.seed(9)
  again <- logLik(one, x[out, ])
  expect_near(pilots$score, as.numeric(again) / 110,
              5 * pilots$se + 5 * attr(again, "se") / 110 + 1e-6)
  rows <- x[-out, ]
  p <- (colSums(rows) + 0.5) / 991
  alone <- x[out, ] %*% log(p) + (1 - x[out, ]) %*% log1p(-p)
  expect_near(pilots$independent, mean(alone), 1e-12)
  expect_gt(pilots$score, pilots$independent + 0.5)
  expect_output(print(one), "110 cases held out, nats per case")
  # A fit that was stopped goes on to the same end, its judge with it.
  file <- tempfile(fileext = ".rbm")
  on.exit(unlink(file))
  rbm_save(one, file)
  more <- rbm_resume(file, epochs = 1)
  expect_identical(more$training$pilots[c("held_out", "independent", "tree")],
                   pilots[c("held_out", "independent", "tree")])
})

test_that("a fit interrupted among its pilots is made anew", {
  skip_on_cran()
  x <- pairs(120)
  set.seed(8)
  whole <- rbm_fit(x, 21, threads = 1)
  held <- list(cases = as_cases(x))
  control <- choose_settings(whole$training$control, 120, hidden = 21,
                             automatic = "pcd")
  stopped <- unfinished(whole, setup_again(whole, held, control, FALSE))
  expect_output(print(stopped), "makes this fit anew")
  file <- tempfile(fileext = ".rbm")
  on.exit(unlink(file))
  rbm_save(stopped, file)
  expect_identical(coef(rbm_resume(rbm_load(file))), coef(whole))
})

# A fit that costs nothing: how strong its one pair is tells how well it does.
pretend <- function(strength, rhat) {
  function(setup) {
    control <- setup$control
    w <- strength(control)
    made <- rbm(matrix(c(w, abs(w), 0), 3, 1))
    made$b <- -rowSums(made$W) / 2
    made$c <- -colSums(made$W) / 2
    made$training <- list(
      stopped = "epochs",
      chains = list(chain_rhat = if (is.function(rhat)) rhat(control) else rhat,
                    chain_ess = 100)
    )
    made
  }
}

test_that("pilots choose the decay and the chains that score best", {
  set.seed(1)
  x <- matrix(rbinom(300, 1, 0.5), 100)
  x[, 2] <- x[, 1]
  control <- choose_settings(rbm_control(), 100, hidden = 1, automatic = "pcd")
  setup <- list(cases = as_cases(x), hidden = 1L, given = rbm_control(),
                units = default_units(), control = control, key = c(1, 2),
                verbose = FALSE)
  held <- hold_some_out(setup, 20)
  expect_identical(sort(c(held$rows, setdiff(1:100, held$rows))), 1:100)
  against <- baseline_scores(setup, held$cases, held$valid)
  against$tree <- NA
  run <- function(strength, rhat, scarce = TRUE, large = TRUE) {
    run_pilots(setup, held, against, pretend(strength, rhat), scarce, large)
  }
  # Chains that mix, and a decay in the middle.
  found <- run(function(control) {
    c(`4` = 3, `16` = 4, `64` = 1)[[as.character(control$weight_decay * 100)]]
  }, 1, large = FALSE)
  expect_equal(found$control$weight_decay, 0.16)
  expect_identical(found$control$estimator, "pcd")
  expect_equal(found$pilots$decay, c(0.04, 0.16, 0.64))
  expect_false(any(found$pilots$tempered))
  expect_true(found$pilots$kept)
  # Chains that do not: ladders are tried, and kept where better.
  strength <- function(control) if (control$estimator == "pt") 5 else 4
  found <- run(strength, 2)
  expect_identical(found$control$estimator, "pt")
  expect_identical(found$control$temperatures, 20L)
  expect_identical(found$pilots$tempered, c(FALSE, FALSE, FALSE, TRUE))
  # So they are where only a strong decay makes chains mix.
  found <- run(function(control) {
    strength(control) - abs(control$weight_decay - 0.64)
  }, function(control) if (control$weight_decay < 0.1) 1.2 else 1)
  expect_identical(found$control$estimator, "pt")
  expect_equal(found$control$weight_decay, 0.64)
  # Small machines try all decays with them.
  found <- run(function(control) {
    strength(control) - abs(control$weight_decay - 0.16)
  }, 2, large = FALSE)
  expect_equal(found$pilots$decay, c(4, 16, 64, 4, 16, 64) / 100)
  expect_identical(found$pilots$tempered, rep(c(FALSE, TRUE), each = 3))
  expect_equal(found$control$weight_decay, 0.16)
  found <- run(function(control) 5 - strength(control), 2)
  expect_identical(found$control$estimator, "pcd")
  # Where no decay helps, a longer training is tried.
  found <- run(function(control) {
    4 - 100 * control$weight_decay + (control$epochs > 1000)
  }, 1, large = FALSE)
  expect_equal(found$pilots$decay, c(4, 16, 0, 1, 0) / 100)
  expect_identical(found$control$epochs, 3L * setup$control$epochs)
  expect_identical(found$control$k, 2L)
  expect_equal(found$control$weight_decay, 0)
  # Only chains are at issue where cases are many.
  found <- run(strength, 2, scarce = FALSE)
  expect_identical(found$control$estimator, "pt")
  expect_equal(found$control$weight_decay, 0)
  # Worse than independent columns, whatever is tried.
  found <- run(function(control) -4, 1)
  expect_false(found$pilots$kept)
  # A pilot that diverges is out.
  diverges <- function(setup) {
    if (setup$control$weight_decay < 0.1) abort_diverged(2, 1, NULL)
    pretend(function(control) 4, 1)(setup)
  }
  found <- run_pilots(setup, held, against, diverges, TRUE, FALSE)
  expect_equal(found$control$weight_decay, 0.16)
})

test_that("a small machine is trained again where plain chains fail", {
  x <- matrix(rep(c(0, 1, 1), 10), 10, byrow = TRUE)
  control <- choose_settings(rbm_control(), 10, hidden = 1, automatic = "pcd")
  setup <- list(cases = as_cases(x), hidden = 1L, given = rbm_control(),
                control = control, verbose = TRUE, units = default_units(),
                pilots = list(independent = -2, tree = -1.9))
  # Fits whose scores are made up, of plain and of tempered chains.
  either <- function(plain, tempered, rhat) {
    fit_either_way(setup, function(setup) {
      ladders <- setup$control$estimator == "pt"
      if (is.na(plain) && !ladders) abort_diverged(2, 1, NULL)
      made <- pretend(function(control) 1, rhat)(setup)
      made$training$settings <- setup$control
      made$training$pilots <-
        c(setup$pilots, score = if (ladders) tempered else plain, se = 0.1)
      made
    })$training
  }
  expect_silent(found <- either(-1.5, -1, 1.05))
  expect_identical(found$settings$estimator, "pcd")
  expect_message(found <- either(-1.5, -1, 1.2), "starts again")
  expect_identical(found$settings$estimator, "pt")
  expect_identical(found$pilots$plain, list(score = -1.5, se = 0.1))
  expect_match(plain_in_words(found), "Plain chains had -1.50 (s.e. 0.1) there",
               fixed = TRUE)
  setup$verbose <- FALSE
  expect_silent(found <- either(-1, -1.5, 1.2))
  expect_identical(found$settings$estimator, "pcd")
  expect_null(plain_in_words(found))
  # Worse than the tree, though chains seem to mix; or than any number.
  expect_identical(either(-1.95, -1.5, 1)$settings$estimator, "pt")
  found <- either(NA, -1.5, 1)
  expect_match(plain_in_words(found), "Plain chains diverged")
})

test_that("ladders are tried where plain chains fail and time allows", {
  against <- list(independent = -10, tree = -8)
  setup <- function(units) list(cases = list(units = units), hidden = 100)
  found <- function(score, rhat) list(score = score, rhat = rhat)
  expect_false(wants_ladders(found(-7, 1.05), against, setup(300)))
  expect_true(wants_ladders(found(-7, 1.2), against, setup(300)))
  expect_true(wants_ladders(found(-7, NA), against, setup(300)))
  expect_false(wants_ladders(found(-7, 1.2), against, setup(3000)))
  expect_true(wants_ladders(found(-9, 1), against, setup(3000)))
  expect_true(wants_ladders(found(-11, 1),
                            list(independent = -10, tree = NA), setup(3000)))
})

test_that("cases held out by the user are set beside simpler models too", {
  x <- pairs(300)[, 1:8]
  set.seed(1)
  fit <- rbm_fit(x[1:200, ], 4, epochs = 30, validation = x[201:300, ])
  judged <- fit$training$pilots
  expect_near(judged$score, as.numeric(logLik(fit, x[201:300, ])) / 100, 1e-10)
  p <- (colSums(x[1:200, ]) + 0.5) / 201
  test <- x[201:300, ]
  expect_near(judged$independent,
              mean(test %*% log(p) + (1 - test) %*% log1p(-p)), 1e-12)
  expect_output(print(fit), "100 cases held out, nats per case")
  # It stays a fit of the user's settings, however bad it is.
  set.seed(1)
  noise <- matrix(rbinom(40 * 8, 1, 0.5), 40)
  bad <- rbm_fit(noise[1:20, ], 12, epochs = 400, learning_rate = 0.2,
                 validation = noise[21:40, ], verbose = FALSE)
  expect_true(any(bad$W != 0))
  expect_output(print(bad), "WORSE than independent columns")
  more <- rbm_resume(bad, epochs = 1, validation = noise[21:40, ])
  expect_true(any(more$W != 0))
  # Its likelihood may be known from the way.
  set.seed(1)
  seen <- rbm_fit(x[1:200, ], 4, epochs = 4, evaluate_every = 2,
                  validation = x[201:300, ])
  expect_identical(seen$training$pilots$score,
                   seen$training$history$valid_log_lik[4L])
})

test_that("a fit to all cases gives way to a pilot that is better without", {
  set.seed(1)
  x <- matrix(rbinom(300, 1, 0.5), 100)
  x[, 2] <- x[, 1]
  strong <- pretend(function(control) 4, 1)(list())
  weak <- pretend(function(control) 0.1, 1)(list())
  control <- choose_settings(rbm_control(), 100, hidden = 1, automatic = "pt")
  setup <- list(cases = as_cases(x), hidden = 1L, given = rbm_control(),
                units = default_units(), control = control, key = c(1, 2),
                names = NULL,
                base_log_odds = c(0, 0, 0),
                pilots = list(automatic = TRUE, decay = 0.01, score = -1.8,
                              se = 0, kept = TRUE, independent = -2,
                              fallback = flat_parameters(strong)))
  state <- list(epoch = 4L, theta = flat_parameters(weak))
  settled <- settle(setup, state)
  expect_identical(settled$state$best$theta, flat_parameters(strong))
  expect_false(settled$setup$pilots$refitted)
  expect_null(settled$setup$pilots$fallback)
  state$theta <- flat_parameters(strong)
  settled <- settle(setup, state)
  expect_null(settled$state$best)
  expect_true(settled$setup$pilots$refitted)
  # What print() says of it.
  setup$pilots[c("held_out", "tree", "refitted")] <- list(20L, -1.4, FALSE)
  expect_match(pilots_in_words(setup), "20 cases held out for good",
               all = FALSE)
})

test_that("an interrupt among pilots leaves a model to resume", {
  x <- pairs(60)
  setup <- list(
    call = quote(rbm_fit(x, 21)), cases = as_cases(x), hidden = 21L,
    given = rbm_control(), key = c(1, 2), names = list(NULL, paste0("h", 1:21)),
    control = choose_settings(rbm_control(), 60, hidden = 21, automatic = "pt"),
    base_log_odds = rep(0, 24), units = default_units(), fingerprint = "x",
    verbose = FALSE
  )
  stops <- function(setup) {
    signalCondition(structure(class = c("interrupt", "condition"), list()))
  }
  expect_message(fit <- fit_automatically(setup, stops), "Interrupted")
  expect_true(all(fit$W == 0))
  expect_true(fit$training$pilots$unfinished)
  expect_identical(fit$training$n, 60L)
  expect_output(print(fit), "rbm_resume")
})

test_that("print tells of what is kept, not of what was trained", {
  set.seed(2)
  x <- matrix(rbinom(30 * 24, 1, 0.5), 30)
  fit <- NULL
  for (seed in 1:5) {
    set.seed(seed)
    fit <- rbm_fit(x, 21)
    if (!fit$training$pilots$kept) break
  }
  expect_false(fit$training$pilots$kept)
  expect_identical(nrow(fit$training$history), 1L)
  lines <- capture.output(print(fit))
  expect_false(any(grepl("Pseudo-log-likelihood|Chains", lines)))
  expect_true(any(grepl("which are the model here", lines)))
})
