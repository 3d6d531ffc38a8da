# A fit that stops and goes on must end as one that does not, to the bit.

estimators <- c("cd", "pcd", "fpcd", "pt", "ucd", "mf", "pl", "exact")
rules <- c("sgd", "nesterov", "adam")

# All of a fit but the time it took and the threads it had.
marks <- function(fit) {
  training <- fit$training
  training$state$seconds <- NULL
  training$state <- training$state[order(names(training$state))]
  training$history$seconds <- NULL
  training$settings$threads <- NULL
  keep <- c("history", "stopped", "best_epoch", "key", "base_log_odds",
            "held_out", "data", "state", "settings")
  list(coef(fit), training[keep])
}

seeded <- function(seed, ...) {
  set.seed(seed)
  rbm_fit(...)
}

small_control <- function(...) {
  settings <- list(epochs = 4, batch_size = 6, chains = 6, temperatures = 3,
                   max_sweeps = 20, learning_rate = 0.05, init_sd = 0.2)
  do.call(rbm_control, utils::modifyList(settings, list(...)))
}

through_file <- function(fit) {
  file <- tempfile(fileext = ".rbm")
  on.exit(unlink(file))
  rbm_save(fit, file)
  rbm_load(file)
}

# Stopped after every epoch, and gone on with by another number of threads.
piecewise <- function(seed, x, hidden, control, ..., on_the_way = identity,
                      schedule = NULL) {
  stop_at_once <- function(info) FALSE
  fit <- seeded(seed, x, hidden, control = control, callback = stop_at_once,
                ...)
  threads <- 1L
  while (nrow(fit$training$history) < control$epochs) {
    threads <- 3L - threads
    before <- random_state()
    fit <- rbm_resume(on_the_way(fit), schedule = schedule,
                      callback = stop_at_once, threads = threads)
    expect_identical(random_state(), before)
  }
  fit
}

test_that("stopped at every epoch, all estimators and rules end the same", {
  set.seed(301)
  x <- random_bits(23, 9)
  for (estimator in estimators) {
    for (rule in rules) {
      control <- small_control(
        estimator = estimator, optimiser = rule, max_norm = 1,
        sparsity_cost = 0.1, l1 = 1e-3, threads = 2,
        parameterisation = sample(c("centred", "enhanced", "plain"), 1)
      )
      whole <- seeded(1, x, 5, control = control)
      pieces <- piecewise(1, x, 5, control)
      # The last callback, too, says stop.
      expect_identical(pieces$training$stopped, "callback")
      pieces$training$stopped <- "epochs"
      expect_identical(marks(pieces), marks(whole))
    }
  }
})

test_that("so they do through files, with held-out cases and other data", {
  set.seed(302)
  bits <- random_bits(40, 12)
  grey <- random_intensities(40, 12)
  kinds <- list(list("pt", bits), list("fpcd", bits), list("ucd", bits),
                list("pcd", grey), list("mf", grey), list("exact", grey))
  rate <- function(epoch) 0.1 / epoch
  for (kind in kinds) {
    control <- small_control(
      estimator = kind[[1L]], optimiser = "adam", patience = 100,
      evaluate_every = if (identical(kind[[2L]], bits)) 2 else 0,
      schedule = rate
    )
    fit <- function(how, ...) {
      how(2, kind[[2L]], 5, control = control, validation = 0.25, ...)
    }
    whole <- fit(seeded)
    # Files hold no functions.
    pieces <- fit(piecewise, on_the_way = through_file, schedule = rate)
    pieces$training$stopped <- "epochs"
    expect_identical(marks(pieces), marks(whole))
  }
})

test_that("a schedule function is given again after loading, and only then", {
  set.seed(309)
  x <- random_bits(20, 4)
  rate <- function(epoch) 0.1 / epoch
  fit <- seeded(10, x, 3, epochs = 3, schedule = rate)
  named <- seeded(10, x, 3, epochs = 3)
  loaded <- through_file(fit)
  more <- rbm_resume(fit, epochs = 2)
  expect_identical(marks(rbm_resume(loaded, epochs = 2, schedule = rate)),
                   marks(more))
  # A fit in memory has its function, which may be given too.
  expect_identical(marks(rbm_resume(fit, epochs = 2, schedule = rate)),
                   marks(more))
  expect_identical(more$training$control$schedule, rate)
  # The same rates are the same schedule, whatever comes later.
  steps <- function(epoch) if (epoch < 4) 0.1 / epoch else 0.5
  later <- rbm_resume(loaded, epochs = 2, schedule = steps)
  expect_identical(later$training$history$learning_rate[4:5], c(0.5, 0.5))
  expect_identical(later$training$control$schedule, steps)
  expect_identical(later$training$settings$schedule, steps)
  expect_said(c(
    refused(rbm_resume(loaded, epochs = 2), "resume_schedule"),
    refused(rbm_resume(loaded, epochs = 2, schedule = "linear"),
            "resume_schedule_other"),
    refused(rbm_resume(loaded, epochs = 2, schedule = "function"),
            "schedule_absent"),
    refused(rbm_resume(loaded, epochs = 2, schedule = 0.1), "schedule"),
    refused(rbm_resume(loaded, epochs = 2, schedule = function(epoch) 0.1),
            "resume_rate"),
    refused(rbm_resume(loaded, epochs = 2, schedule = function(epoch) -1),
            "schedule_rate"),
    refused(rbm_resume(named, epochs = 2, schedule = rate),
            "resume_schedule_other"),
    refused(rbm_resume(named, epochs = 2, schedule = "constant"),
            "resume_schedule_other"),
    refused(rbm_resume(fit, epochs = 2, schedule = sqrt), "resume_rate")
  ))
  expect_identical(marks(rbm_resume(named, epochs = 2, schedule = "linear")),
                   marks(rbm_resume(named, epochs = 2)))
  # The maximum of the likelihood is found without rates.
  highest <- seeded(10, x, 2, optimiser = "lbfgs", schedule = rate,
                    weight_decay = 0.1)
  highest$training$stopped <- "interrupted"
  expect_identical(coef(rbm_resume(through_file(highest))), coef(highest))
})

test_that("more epochs than were asked for go on as if they had been", {
  set.seed(303)
  x <- random_bits(150, 8)
  for (estimator in c("pcd", "ucd")) {
    fit <- function(epochs) {
      seeded(3, x, 4, estimator = estimator, epochs = epochs, batch_size = 20,
             max_sweeps = 50, schedule = "constant")
    }
    more <- rbm_resume(fit(3), epochs = 4)
    whole <- fit(7)
    expect_identical(more$training$settings$epochs, 7L)
    # Chains are looked at after the last epoch, whichever that was.
    own <- grep("^chain_", names(whole$training$history), value = TRUE)
    more$training$history[3L, own] <- whole$training$history[3L, own]
    expect_identical(marks(more), marks(whole))
  }
  expect_identical(rbm_resume(fit(3), epochs = 1)$training$history$epoch, 1:4)
})

test_that("an interrupt inside a callback goes on to the same end", {
  skip_on_os("windows")
  set.seed(304)
  x <- random_bits(30, 6)
  fit <- function(...) seeded(4, x, 3, epochs = 6, batch_size = 10, ...)
  whole <- fit()
  press <- function(info) {
    if (info$epoch == 3L) {
      tools::pskill(Sys.getpid(), tools::SIGINT)
      Sys.sleep(5)
    }
  }
  expect_message(part <- fit(callback = press), "Interrupted in epoch 4 of 6")
  expect_identical(part$training$stopped, "interrupted")
  expect_identical(nrow(part$training$history), 3L)
  expect_identical(marks(rbm_resume(part)), marks(whole))
})

test_that("an interrupt after the last epoch, in the look, is made good", {
  skip_on_os("windows")
  set.seed(305)
  x <- random_bits(30, 6)
  pressed <- FALSE
  fit <- function(...) {
    seeded(5, x, 3, epochs = 2, batch_size = 10, validation = 0.2, ...)
  }
  whole <- fit()
  # As after an interrupt between the training and the look.
  part <- fit(callback = function(info) info$epoch < 2)
  part$training$state$pending <- TRUE
  part$training$history$valid_pseudo_log_lik[2L] <- NA
  again <- rbm_resume(part)
  expect_identical(marks(again), marks(whole))
})

test_that("SIGINT within epochs, again and again, changes nothing", {
  output <- interrupted_run(c(
    "x <- matrix(as.integer(runif(120000) < 0.3), 1200)",
    "for (estimator in c('pcd', 'pt', 'ucd', 'pl')) {",
    "  fit <- function(...) { set.seed(9); rbm_fit(x, 80, epochs = 3,",
    "    estimator = estimator, max_sweeps = 20, batch_size = 20, k = 5,",
    "    chains = 20, temperatures = 5, optimiser = 'adam', threads = 2,",
    "    ...) }",
    "  seconds <- system.time(whole <- fit())[['elapsed']]",
    "  presses <- 0; inside <- 0",
    "  press <- function() interrupt_after(seconds * runif(1, 0.1, 0.6))",
    "  press()",
    "  part <- tryCatch(fit(), interrupt = function(i) fit())",
    "  while (part$training$stopped == 'interrupted') {",
    "    presses <- presses + 1",
    "    inside <- inside + (part$training$state$batch > 0)",
    "    if (presses < 4) press()",
    "    part <- tryCatch(rbm_resume(part, threads = presses %% 2 + 1),",
    "                     interrupt = function(i) part)",
    "  }",
    "  tryCatch(Sys.sleep(seconds + 1), interrupt = function(i) NULL)",
    "  h <- function(fit) fit$training$history[-2]",
    "  s <- function(fit) { s <- fit$training$state; s$seconds <- NULL",
    "                       s[order(names(s))] }",
    "  cat(estimator, '=', identical(coef(part), coef(whole)) &&",
    "      identical(h(part), h(whole)) && identical(s(part), s(whole)),",
    "      '\\n', sep = '')",
    "  cat(estimator, '_inside=', inside, '\\n', sep = '')",
    "}"
  ))
  inside <- 0
  for (estimator in c("pcd", "pt", "ucd", "pl")) {
    expect_identical(value_of(output, estimator), "TRUE")
    inside <- inside + as.integer(value_of(output, paste0(estimator,
                                                          "_inside")))
  }
  expect_gt(inside, 0)
})

test_that("a fit that ran out of patience is patient anew", {
  set.seed(306)
  x <- random_bits(30, 6)
  set.seed(6)
  fit <- rbm_fit(x, 6, epochs = 60, batch_size = 5, learning_rate = 0.5,
                 validation = 0.3, patience = 4)
  expect_identical(fit$training$stopped, "patience")
  at <- nrow(fit$training$history)
  expect_identical(at, fit$training$best_epoch + 4L)
  more <- rbm_resume(fit)
  expect_gte(nrow(more$training$history), at + 4L)
  # One that a process left before it saw that patience was out does not go on.
  left <- fit
  left$training$stopped <- "checkpoint"
  same <- rbm_resume(left)
  expect_identical(same$training$stopped, "patience")
  expect_identical(marks(same), marks(fit))
})

test_that("what cannot go on is told, and why", {
  set.seed(307)
  x <- random_bits(20, 4)
  held <- random_bits(5, 4)
  fit <- seeded(7, x, 3, epochs = 2)
  bare <- seeded(7, x, 3, epochs = 2, keep_x = FALSE)
  with_own <- seeded(7, x, 3, epochs = 2, validation = held)
  with_part <- seeded(7, x, 3, epochs = 2, validation = 0.25, keep_x = FALSE)
  other <- replace(x, 3, 1 - x[3])
  named <- x
  colnames(named) <- letters[1:4]
  from_named <- seeded(7, named, 3, epochs = 2, keep_x = FALSE)
  old <- fit
  old$training$state <- NULL
  expect_said(c(
    refused(rbm_resume(), "absent"),
    refused(rbm_resume(1), "model"),
    refused(rbm_resume(rbm(fit$W)), "untrained"),
    refused(rbm_resume(old), "resume_state"),
    refused(rbm_resume(fit), "resume_done"),
    refused(rbm_resume(fit, epochs = 0), "count"),
    refused(rbm_resume(fit, epochs = 2^31 - 2), "count"),
    refused(rbm_resume(fit, epochs = 1, threads = 0), "count"),
    refused(rbm_resume(fit, epochs = 1, callback = 1), "function"),
    refused(rbm_resume(fit, epochs = 1, verbose = NA), "flag"),
    refused(rbm_resume(fit, epochs = 1, checkpoint = 1), "path"),
    refused(rbm_resume(bare, epochs = 1), "resume_x"),
    refused(rbm_resume(bare, epochs = 1, x = x[-1, ]), "resume_rows"),
    refused(rbm_resume(bare, epochs = 1, x = x[, -1]), "columns"),
    refused(rbm_resume(bare, epochs = 1, x = other), "resume_other"),
    refused(rbm_resume(bare, epochs = 1, x = x[20:1, ]), "resume_other"),
    refused(rbm_resume(from_named, epochs = 1, x = named[, 4:1]),
            "names_order"),
    refused(rbm_resume(with_own, epochs = 1), "resume_validation"),
    refused(rbm_resume(with_own, epochs = 1, validation = 1 - held),
            "resume_other"),
    refused(rbm_resume(with_part, epochs = 1, x = x[1:15, ]), "resume_rows"),
    refused(rbm_resume(with_part, epochs = 1, x = other), "resume_other"),
    refused(rbm_resume("none.rbm"), "load")
  ))
  expect_draws(rbm_resume(fit, epochs = 1), 0)
  # Other types and storage of the same data are the same data.
  expect_identical(marks(rbm_resume(bare, epochs = 1, x = x > 0)),
                   marks(rbm_resume(fit, epochs = 1)))
})

test_that("sparse rows that only end elsewhere are other data", {
  skip_if_not_installed("Matrix")
  one <- Matrix::sparseMatrix(c(1, 2, 2), 1:3, x = 1, dims = c(2, 3))
  two <- Matrix::sparseMatrix(c(1, 1, 2), 1:3, x = 1, dims = c(2, 3))
  fit <- seeded(8, one, 2, epochs = 1, keep_x = FALSE)
  refused(rbm_resume(fit, epochs = 1, x = two), "resume_other")
  expect_s3_class(rbm_resume(fit, epochs = 1, x = one), "rbm")
})

test_that("a state that was changed by hand never reaches the core", {
  set.seed(308)
  x <- random_bits(20, 4)
  fit <- seeded(9, x, 3, epochs = 2, estimator = "pt", temperatures = 3,
                chains = 4, validation = 0.2, patience = 50)
  changes <- expression(
    theta <- 1, theta[2] <- NaN, theta[2] <- 1e5, theta <- letters,
    memory <- memory[-1], memory[1] <- Inf, memory <- as.integer(memory),
    offsets <- offsets[-1], offsets[1] <- NA, fast <- 1, chains <- chains[-1],
    chains <- as.double(chains), ladders <- ladders[-1], ladders[1] <- 0.5,
    ladders[2] <- 2, ladders[3] <- 0.5, ladders[4] <- -1, ladders[6] <- -1,
    ladders[8] <- 3, ladders[8] <- 0.5, ladders[8] <- 1e9,
    ladders[8:10] <- c(9, 1, 2),
    ladders[length(ladders)] <- -1, tally <- tally[-1], tally[2] <- -1,
    batch <- -1L, batch <- 99L, batch <- NA_integer_, batch <- 1,
    epoch <- 3L, epoch <- -1L, epoch <- 1.5, seconds <- -1, seconds <- "a",
    pending <- NA, trace <- 1, best <- NULL, best <- list(),
    best$theta <- best$theta[-1], best$theta[1] <- Inf, best$score <- NaN,
    since <- "a", waited <- NaN, odd <- 1
  )
  for (change in changes) {
    state <- list2env(fit$training$state)
    eval(change, state)
    made <- fit
    made$training$state <- mget(ls(state), envir = state)
    refused(rbm_resume(made, epochs = 1), "resume_state")
  }
  expect_said(refused(rbm_resume(made, epochs = 1), "resume_state"))
  fit$training["data"] <- list(NULL)
  refused(rbm_resume(fit, epochs = 1), "resume_state")
})
