# Steps of recipes.

flowers <- function() {
  x <- data.frame(species = iris$Species, iris[1:4],
                  tall = factor(ifelse(iris$Sepal.Length > 6, "yes", "no")))
  x$Petal.Width[c(1, 60, 120)] <- NA
  x$tall[3] <- NA
  x
}

# Where a machine does not know its time zone, loading recipes would warn of it.
if (!nzchar(Sys.getenv("TZ"))) {
  Sys.setenv(TZ = "UTC")
}

quietly <- function(code) suppressMessages(suppressWarnings(code))

test_that("step_rbm() puts hidden units in place of columns", {
  skip_if_not_installed("recipes")
  x <- flowers()
  recipe <- recipes::recipe(species ~ ., data = x)
  step <- step_rbm(recipe, recipes::all_predictors(), num_comp = 3, seed = 4,
                   options = list(starts = 1), prefix = "H", id = "one")
  set.seed(9)
  before <- .Random.seed
  ready <- quietly(recipes::prep(step, x))
  expect_identical(.Random.seed, before)
  set.seed(4)
  fit <- quietly(rbm_fit(x[-1], 3, starts = 1))
  h <- rbm_hidden(fit, x[-1])
  baked <- recipes::bake(ready, new_data = NULL)
  expect_named(baked, c("species", "H1", "H2", "H3"))
  expect_equal(unname(as.matrix(baked[-1])), unname(h))
  part <- recipes::bake(ready, new_data = x[5:3, ])
  expect_equal(part$H2, unname(h[5:3, 2]))

  weights <- generics::tidy(ready, number = 1)
  expect_equal(weights$value, as.vector(fit$W))
  expect_identical(unique(weights$component), c("H1", "H2", "H3"))
  expect_identical(generics::tidy(step, number = 1)$id, "one")
  expect_identical(generics::tunable(step$steps[[1]])$name, "num_comp")
  expect_identical(generics::required_pkgs(step$steps[[1]]), "harmonium")
  expect_output(print(ready), "RBM hidden units of Sepal.Length.*\\[trained\\]")
  expect_error(bake.step_rbm(ready$steps[[1]], x[-2]), "lack `Sepal.Length`",
               class = "harmonium_error_step_columns")
  expect_error(bake.step_rbm(ready$steps[[1]], cbind(x, H2 = 1)),
               "`H2` already", class = "harmonium_error_step_names")
  kept <- quietly(recipes::prep(
    step_rbm(recipe, Petal.Length, Petal.Width, num_comp = 1, seed = 1,
             options = list(starts = 1), keep_original_cols = TRUE), x
  ))
  expect_named(recipes::bake(kept, x), c(names(x)[-1], "species", "RBM1"))
  none <- recipes::prep(step_rbm(recipe, recipes::has_role("none")), x)
  expect_named(recipes::bake(none, x), c(names(x)[-1], "species"))
  expect_identical(nrow(generics::tidy(none, number = 1)), 0L)
})

test_that("cases have the frequency weights of a recipe", {
  skip_if_not_installed("recipes")
  x <- flowers()
  times <- rep(1:2, 75)
  weights <- getExportedValue("hardhat", "frequency_weights")
  recipe <- recipes::recipe(species ~ ., data = cbind(x, w = weights(times)))
  ready <- quietly(recipes::prep(
    step_rbm(recipe, recipes::all_numeric_predictors(), num_comp = 1, seed = 1,
             options = list(starts = 1, weight_decay = 0.01))
  ))
  set.seed(1)
  fit <- quietly(rbm_fit(x[2:5], 1, weights = times, starts = 1,
                         weight_decay = 0.01))
  expect_equal(ready$steps[[1]]$model$W, fit$W)
  expect_output(print(ready), "weighted")
})

test_that("step_impute_rbm() fills in what is missing", {
  skip_if_not_installed("recipes")
  x <- flowers()
  recipe <- recipes::recipe(species ~ ., data = x)
  step <- step_impute_rbm(recipe, Petal.Width, tall, num_comp = 2, seed = 3,
                          options = list(starts = 1))
  ready <- quietly(recipes::prep(step, x))
  baked <- recipes::bake(ready, x)
  expect_false(anyNA(baked))
  expect_s3_class(baked$tall, "factor")
  seen <- !is.na(x$Petal.Width)
  expect_identical(baked$Petal.Width[seen], x$Petal.Width[seen])
  expect_lt(max(abs(baked$Petal.Width - iris$Petal.Width)), 0.6)
  columns <- c("Petal.Width", "tall", names(x)[2:4])
  set.seed(3)
  fit <- quietly(rbm_fit(x[columns], 2, starts = 1))
  expect_equal(baked$Petal.Width,
               rbm_impute(fit, x[columns], value = "mean")$Petal.Width)
  expect_identical(generics::tidy(ready, number = 1)$missing, c(3L, 1L))
  expect_identical(recipes::bake(ready, x[4:9, ])$tall, x$tall[4:9])
  expect_output(print(ready), "Imputation by an RBM for Petal.Width, tall")
  expect_identical(nrow(generics::tidy(step, number = 1)), 2L)
})

test_that("steps refuse what they cannot take", {
  expect_error(check_recipe(FALSE, NULL, "step_rbm()", installed = FALSE),
               "needs the package recipes",
               class = "harmonium_error_package_recipes")
  skip_if_not_installed("recipes")
  recipe <- recipes::recipe(Species ~ ., data = iris)
  expect_error(step_rbm(), class = "harmonium_error_absent")
  expect_error(step_rbm(iris), "must be a recipe",
               class = "harmonium_error_step_recipe")
  expect_error(step_rbm(recipe, options = 3), "`options` must be a list",
               class = "harmonium_error_step_options")
  expect_error(step_rbm(recipe, options = list(hidden = 3)), "`num_comp`",
               class = "harmonium_error_step_own")
  expect_error(step_rbm(recipe, prefix = 1:2), "`prefix` must be one text",
               class = "harmonium_error_text")
  few <- step_rbm(recipe, recipes::all_predictors(), num_comp = "a", seed = 1)
  error <- tryCatch(recipes::prep(few), error = identity)
  expect_match(conditionMessage(error$parent), "`num_comp` must be a number")
  expect_error(step_rbm(recipe, seed = -1), class = "harmonium_error_count")
  expect_error(step_impute_rbm(recipe, value = "best"),
               class = "harmonium_error_choice")
})

test_that("imputations become those of mice", {
  skip_if_not_installed("mice")
  x <- flowers()
  set.seed(1)
  fit <- quietly(rbm_fit(x, 2, starts = 1))
  filled <- rbm_impute(fit, x, m = 3)
  mids <- mice::as.mids(as.data.frame(filled, action = "long", include = TRUE))
  expect_s3_class(mids, "mids")
  expect_identical(mids$m, 3)
  expect_equal(mice::complete(mids, 2)$Petal.Width, filled[[2]]$Petal.Width)
  expect_identical(unname(mids$where[, "tall"]), is.na(x$tall))
})
