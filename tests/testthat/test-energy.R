test_that("energies equal the formula, for every pair of states", {
  set.seed(1)
  for (size in list(c(1, 1), c(1, 4), c(5, 2), c(3, 3))) {
    for (sd in c(0.01, 1, 100)) {
      model <- random_model(size[1L], size[2L], sd)
      joint <- twin_joint(model)
      pairs <- expand.grid(v = seq_len(nrow(joint$v)),
                           h = seq_len(nrow(joint$h)))
      v <- joint$v[pairs$v, , drop = FALSE]
      h <- joint$h[pairs$h, , drop = FALSE]
      energy <- rbm_energy(model, v, h)
      twin <- -drop(v %*% model$b) - drop(h %*% model$c) -
        rowSums((v %*% model$W) * h)
      expect_near(energy, twin)
      expect_near(exp(-energy - rbm_log_z(model)$log_z), c(joint$p))
    }
  }
})

test_that("free energies equal the formula, however many cases and units", {
  set.seed(2)
  # 1100 cases are more than the core takes at once.
  for (shape in list(c(1, 1, 1), c(3, 40, 5), c(40, 3, 5), c(784, 30, 4),
                     c(6, 5, 1100))) {
    model <- random_model(shape[1L], shape[2L])
    v <- random_bits(shape[3L], shape[1L])
    expect_near(rbm_free_energy(model, v), free_energy(model, v))
    h <- random_bits(shape[3L], shape[2L])
    expect_near(rbm_energy(model, v, h), -drop(v %*% model$b) -
                  drop(h %*% model$c) - rowSums((v %*% model$W) * h))
  }
  # Inputs of some +-3000 to a hidden unit, whose exp is out of range.
  model <- random_model(12, 6, sd = 800)
  v <- random_bits(50, 12)
  expect_near(rbm_free_energy(model, v), free_energy(model, v))
})

test_that("exp(-F(v)) is the sum over h of exp(-E(v, h))", {
  set.seed(3)
  model <- random_model(4, 6, sd = 2)
  v <- all_states(4)
  h <- all_states(6)
  by_pairs <- vapply(seq_len(nrow(v)), function(s) {
    log_sum_exp(-rbm_energy(model, v[rep(s, nrow(h)), ], h))
  }, 0)
  expect_near(-rbm_free_energy(model, v), by_pairs)
})

test_that("every form of 0/1 data gives the same, and rows keep their names", {
  set.seed(4)
  model <- rbm(matrix(stats::rnorm(6), 3, 2,
                      dimnames = list(c("p", "q", "r"), c("h1", "h2"))))
  v <- random_bits(4, 3)
  h <- random_bits(4, 2)
  energy <- rbm_energy(model, v, h)
  free <- rbm_free_energy(model, v)
  expect_null(names(energy))
  expect_null(names(free))
  expect_identical(rbm_energy(model, v > 0, array(as.integer(h), dim(h))),
                   energy)
  expect_identical(rbm_energy(model, array(as.raw(v), dim(v)), h), energy)
  rownames(v) <- letters[1:4]
  expect_identical(rbm_energy(model, v, h),
                   stats::setNames(energy, letters[1:4]))
  expect_identical(rbm_free_energy(model, v),
                   stats::setNames(free, letters[1:4]))
  frame <- as.data.frame(v)
  names(frame) <- c("p", "q", "r")
  expect_identical(unname(rbm_free_energy(model, frame)), free)
})

test_that("energies have the same bits with 1 and with 2 threads", {
  skip_on_one_thread()
  set.seed(5)
  model <- random_model(300, 200, sd = 0.2)
  v <- random_bits(700, 300)
  h <- random_bits(700, 200)
  both <- function() list(rbm_energy(model, v, h), rbm_free_energy(model, v))
  expect_identical(with_threads(1, both()), with_threads(2, both()))
})

test_that("nothing is drawn", {
  model <- rbm(matrix(0.1, 3, 2))
  expect_draws(rbm_energy(model, diag(3), matrix(1, 3, 2)), 0)
  expect_draws(rbm_free_energy(model, diag(3)), 0)
})

test_that("wrong arguments are refused", {
  model <- rbm(matrix(0.1, 3, 2, dimnames = list(c("a", "b", "c"), NULL)))
  v <- matrix(0, 2, 3)
  h <- matrix(0, 2, 2)
  changed <- model
  changed$b[2] <- NaN
  infinite <- model
  infinite$W[1] <- Inf
  set.seed(6)
  expect_said(c(
    refused(rbm_energy(), "absent"),
    refused(rbm_energy(model), "absent"),
    refused(rbm_energy(model, v), "absent"),
    refused(rbm_free_energy(), "absent"),
    refused(rbm_free_energy(model), "absent"),
    refused(rbm_energy(coef(model), v, h), "model"),
    refused(rbm_energy(changed, v, h), "model_changed"),
    refused(rbm_free_energy(infinite, v), "model_changed"),
    refused(rbm_energy(model, v + 0.5, h), "not_binary"),
    refused(rbm_energy(model, v, h + 0.25), "not_binary"),
    refused(rbm_free_energy(model, rbind(c(0, 1, 0.5))), "not_binary"),
    refused(rbm_free_energy(model, v - 1), "range"),
    refused(rbm_energy(model, v, h * NA), "missing"),
    refused(rbm_energy(model, v / 0, h), "missing"),
    refused(rbm_free_energy(model, 1 / v), "infinite"),
    refused(rbm_energy(model, h, v), "columns"),
    refused(rbm_energy(model, v, v), "columns"),
    refused(rbm_free_energy(model, c(0, 1, 0)), "data"),
    refused(rbm_free_energy(model, v[0, ]), "empty"),
    refused(rbm_energy(model, v, h[1, , drop = FALSE]), "pairs"),
    refused(rbm_energy(model, v[1, , drop = FALSE], h), "pairs"),
    refused(rbm_free_energy(model, t(c(b = 1, a = 0, c = 1))), "names_order"),
    refused(rbm_free_energy(model, t(c(x = 1, b = 0, c = 1))), "names")
  ))
})
