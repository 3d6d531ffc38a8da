test_that("Philox4x32-10 gives the published known answers", {
  # strtoi() stops at 31 bits: each word in two halves.
  words <- function(hex) {
    hex <- strsplit(hex, " ")[[1L]]
    strtoi(substr(hex, 1L, 4L), 16L) * 2^16 + strtoi(substr(hex, 5L, 8L), 16L)
  }
  expect_identical(philox(c(0, 0, 0, 0), c(0, 0)),
                   words("6627e8d5 e169c58d bc57ac4c 9b00dbd8"))
  expect_identical(philox(rep(2^32 - 1, 4L), rep(2^32 - 1, 2L)),
                   words("408f276d 41c83b0e a20bc7c6 6d5451fd"))
  expect_identical(
    philox(words("243f6a88 85a308d3 13198a2e 03707344"),
           words("a4093822 299f31d0")),
    words("d16cfe09 94fdcceb 5001e420 24126ea1")
  )
})

test_that("32 units take the words of eight blocks in turn", {
  key <- c(123456789, 4000000000)
  u <- uniforms(key, "visible", step = 9, sweep = 70000, cases = 3, units = 70)
  expect_identical(dim(u), c(3L, 70L))
  for (case in 1:3) {
    words <- vapply(0:2, function(panel) {
      panel_words(key, "visible", 9, 70000, case - 1, panel)
    }, numeric(32L))
    expect_identical(u[case, ], (words[1:70] + 0.5) / 2^32)
  }
  # More cases or units never change those that are already there.
  more <- uniforms(key, "visible", 9, 70000, cases = 5, units = 83)
  expect_identical(more[1:3, 1:70], u)
})

test_that("purposes, steps, sweeps, cases and units share no number", {
  # Philox is one to one for a fixed key, so two counters that differ give
  # blocks of four words that differ. Each setting below is one counter for each
  # case and block: all blocks must differ. Those of equal counters would not.
  key <- c(1, 2)
  settings <- expand.grid(purpose = c("hidden", "visible", "start"),
                          step = c(0, 1, 2, 2^24, 2^32 - 1),
                          sweep = c(0, 1, 2, 255, 256, 65536, 2^24 - 1),
                          stringsAsFactors = FALSE)
  blocks <- lapply(seq_len(nrow(settings)), function(i) {
    u <- with(settings[i, ], uniforms(key, purpose, step, sweep, 6, 64))
    apply(array(u, c(6, 8, 4, 2)), c(1, 2, 4), paste, collapse = " ")
  })
  expect_identical(anyDuplicated(unlist(blocks)), 0L)
  # Neither do the purposes of the trainer, which have no border of their own.
  corners <- expand.grid(purpose = names(purposes), step = 0:2,
                         which_case = 0:2, block = 0:2)
  words <- Map(four_words, list(key), corners$purpose, corners$step, 0,
               corners$which_case, corners$block)
  expect_identical(anyDuplicated(words), 0L)
})

# Each of the five tests below fails with probability 1e-6 for a perfect
# generator: 5e-6 in all.
test_that("uniforms look uniform and independent", {
  key <- c(314159265, 2718281828)
  u <- uniforms(key, "hidden", step = 0, sweep = 0, cases = 500, units = 400)
  n <- length(u)
  expect_true(all(u > 0 & u < 1))
  expect_gt(suppressWarnings(stats::ks.test(u, "punif")$p.value), 1e-6)
  # 256 cells of 781 expected.
  expect_gt(stats::chisq.test(tabulate(ceiling(256 * u), 256))$p.value, 1e-6)
  # Pairs next to each other along units, along cases, and from sweep to sweep:
  # 16 x 16 cells each.
  pairs_look_even <- function(a, b) {
    cell <- ceiling(16 * a) + 16 * (ceiling(16 * b) - 1)
    stats::chisq.test(tabulate(cell, 256))$p.value > 1e-6
  }
  odd <- seq(1, 399, by = 2)
  expect_true(pairs_look_even(u[, odd], u[, odd + 1]))
  odd <- seq(1, 499, by = 2)
  expect_true(pairs_look_even(u[odd, ], u[odd + 1, ]))
  expect_true(pairs_look_even(
    u, uniforms(key, "hidden", step = 0, sweep = 1, cases = 500, units = 400)
  ))
})

test_that("every key is two whole numbers below 2^32, and keys differ", {
  set.seed(3)
  keys <- replicate(1000, harmonium:::draw_key())
  expect_true(all(keys == floor(keys) & keys >= 0 & keys < 2^32))
  expect_identical(anyDuplicated(t(keys)), 0L)
})

test_that("set.seed() governs every random result; R's stream moves by two", {
  model <- rbm(matrix(c(1, -1, 2, 0.5, 0, -2), 3))
  x <- matrix(c(0, 1, 1, 1, 0, 1), 2)
  h <- matrix(c(1, 0, 0, 1), 2)
  expect_draws(rbm_fit(x, 2, epochs = 3), 2)
  expect_draws(rbm_fit(x / 2, 2, epochs = 1, k = 3, batch_size = 1), 2)
  expect_draws(rbm_sample(model, 4, steps = 3), 2)
  expect_draws(rbm_sample(model, 1, steps = 1, type = "probability"), 2)
  expect_draws(rbm_hidden(model, x, type = "sample"), 2)
  expect_draws(rbm_visible(model, h, type = "sample"), 2)
  expect_draws(simulate(model, 2, steps = 2), 2)

  repeated <- function(code) {
    code <- substitute(code)
    frame <- parent.frame()
    one <- function(seed) {
      set.seed(seed)
      eval(code, frame)
    }
    expect_identical(one(5), one(5))
    expect_false(identical(one(5), one(6)))
  }
  repeated(rbm_sample(model, 20, steps = 3))
  repeated(rbm_hidden(model, x[rep(1:2, 20), ], type = "sample"))
  repeated(rbm_visible(model, h[rep(1:2, 20), ], type = "sample"))
  repeated(coef(rbm_fit(x, 2, epochs = 2)))
})

test_that("what has no chance in it leaves R's stream alone", {
  x <- matrix(c(0, 1, 1, 1, 0, 1), 2)
  set.seed(1)
  fit <- rbm_fit(x, 2, epochs = 2)
  h <- rbm_hidden(fit, x)
  expect_draws(rbm(fit$W), 0)
  expect_draws(rbm_control(k = 2), 0)
  expect_draws(rbm_hidden(fit, x), 0)
  expect_draws(rbm_hidden(fit, x, type = "input"), 0)
  expect_draws(rbm_visible(fit, h), 0)
  expect_draws(rbm_visible(fit, h, type = "input"), 0)
  expect_draws(predict(fit, x), 0)
  expect_draws(predict(fit, x, type = "reconstruction"), 0)
  expect_draws(fitted(fit), 0)
  expect_draws(residuals(fit), 0)
  expect_draws(coef(fit), 0)
  expect_draws(nobs(fit), 0)
  expect_draws(summary(fit), 0)
  expect_draws(utils::capture.output(print(fit)), 0)
  expect_draws(simulate(fit, 3, seed = 1, steps = 2), 0)
})
