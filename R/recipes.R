# Steps of recipes: hidden units in place of columns, and cells that are missing
# filled in. Generics are those of recipes and generics, registered when these
# are loaded.

#' Steps of recipes
#'
#' `step_rbm()` is a step of a recipe that learns an RBM of the selected columns
#' and puts the means of its hidden units in their place. `step_impute_rbm()`
#' learns one and fills in what is missing in the selected columns.
#'
#' Columns are taken as [rbm_fit()] takes those of a data frame: factors as
#' categorical or ordinal, numbers as Gaussian, others by `units` in `options`.
#' Missing cells are part of the likelihood, in `prep()` and in `bake()`. No
#' centring or scaling is needed before. Frequency weights of a recipe are those
#' of the cases. The model is learned in `prep()` with random numbers of its
#' own, that start from `seed`, and R's stay as they are.
#'
#' @param recipe A recipe, of the package recipes.
#' @param ... Selectors of columns, as in other steps of recipes.
#' @param role For `step_rbm()`, the role of the new columns; not used by
#'   `step_impute_rbm()`.
#' @param trained,columns,model,skip,id Kept by recipes: whether the step is
#'   trained, the columns selected, the model, whether `bake()` skips the step,
#'   and its name.
#' @param num_comp How many hidden units, or [rbm_fit()]'s `hidden` in full,
#'   such as `c(binary = 4, gaussian = 2)`; `tune()` is taken too.
#' @param options A list of more arguments of [rbm_fit()].
#' @param seed A whole number from which training starts.
#' @param prefix The beginning of the names of new columns.
#' @param keep_original_cols Whether the selected columns stay.
#' @param impute_with Columns that the model is learned of besides those that
#'   are filled in, by `recipes::imp_vars()`; by default all predictors.
#' @param value What is filled in: `"mean"`, `"mode"`, `"median"` or `"draw"`,
#'   as in [rbm_impute()].
#' @return The recipe with the step added. `tidy()` of a trained `step_rbm()`
#'   has a row for each weight: `terms` (a visible unit), `value`, `component`
#'   (a hidden unit) and `id`; of a `step_impute_rbm()` a row for each column:
#'   `terms`, `missing` (how many cells of the training data) and `id`.
#' @section Errors:
#' Of class `harmonium_error`: no package recipes; settings that [rbm_fit()]
#' does not take, when the recipe is prepared.
#' @seealso [rbm_hidden()], [rbm_impute()]
#' @examples
#' if (requireNamespace("recipes", quietly = TRUE)) {
#'   x <- data.frame(species = iris$Species, iris[1:4])
#'   x$Petal.Width[c(1, 60, 120)] <- NA
#'   recipe <- recipes::recipe(species ~ ., data = x)
#'   features <- step_rbm(
#'     recipe, recipes::all_numeric_predictors(), role = "predictor",
#'     num_comp = c(gaussian = 2), options = list(starts = 1), seed = 1,
#'     prefix = "H", keep_original_cols = FALSE, trained = FALSE, model = NULL,
#'     columns = NULL, skip = FALSE, id = "features"
#'   )
#'   ready <- recipes::prep(features, training = x)
#'   head(recipes::bake(ready, new_data = NULL))
#'   print(ready$steps[[1]], width = 40)
#'   generics::tidy(x = ready$steps[[1]])
#'   generics::tunable(x = features$steps[[1]])
#'   generics::required_pkgs(x = features$steps[[1]])
#'
#'   filled <- step_impute_rbm(
#'     recipe, Petal.Width, role = NA, num_comp = 2, value = "mean", seed = 1,
#'     impute_with = recipes::imp_vars(recipes::all_predictors()),
#'     options = list(starts = 1), trained = FALSE, model = NULL,
#'     columns = NULL, skip = FALSE, id = "filled"
#'   )
#'   ready <- recipes::prep(filled)
#'   recipes::bake(ready, new_data = x[c(1, 60, 120), ])
#'   print(ready$steps[[1]], width = 40)
#' }
#' @export
step_rbm <- function(recipe, ..., role = "predictor", trained = FALSE,
                     num_comp = 5, options = list(),
                     seed = sample.int(1e5, 1L), model = NULL, columns = NULL,
                     prefix = "RBM", keep_original_cols = FALSE, skip = FALSE,
                     id = recipes::rand_id("rbm")) {
  check_recipe(missing(recipe), recipe, "step_rbm()")
  check_step(options, seed)
  check_flag(keep_original_cols, "keep_original_cols")
  check_text(prefix, "prefix")
  recipes::add_step(recipe, recipes::step(
    subclass = "rbm", terms = rlang::enquos(...), role = role,
    trained = trained, num_comp = num_comp, options = options, seed = seed,
    model = model, columns = columns, prefix = prefix,
    keep_original_cols = keep_original_cols, skip = skip, id = id,
    case_weights = NULL
  ))
}

#' @rdname step_rbm
#' @export
step_impute_rbm <- function(recipe, ..., role = NA, trained = FALSE,
                            num_comp = 5, impute_with = NULL,
                            value = c("mean", "mode", "median", "draw"),
                            options = list(), seed = sample.int(1e5, 1L),
                            model = NULL, columns = NULL, skip = FALSE,
                            id = recipes::rand_id("impute_rbm")) {
  check_recipe(missing(recipe), recipe, "step_impute_rbm()")
  check_step(options, seed)
  value <- check_choice(value, c("mean", "mode", "median", "draw"), "value")
  if (is.null(impute_with)) {
    impute_with <- recipes::imp_vars(recipes::all_predictors())
  }
  recipes::add_step(recipe, recipes::step(
    subclass = "impute_rbm", terms = rlang::enquos(...), role = role,
    trained = trained, num_comp = num_comp, impute_with = impute_with,
    value = value, options = options, seed = seed, model = model,
    columns = columns, skip = skip, id = id, case_weights = NULL
  ))
}

check_recipe <- function(absent, recipe, what,
                         installed = requireNamespace("recipes",
                                                      quietly = TRUE)) {
  if (!installed) {
    abort("package_recipes", sprintf("%s needs the package recipes.", what),
          "install.packages(\"recipes\")")
  }
  check_given(absent, "recipe", "a recipe")
  if (!inherits(recipe, "recipe")) {
    abort("step_recipe", sprintf("`recipe` must be a recipe, not %s.",
                                 describe(recipe)),
          "Make one by recipes::recipe(formula, data).")
  }
}

check_step <- function(options, seed) {
  check_count(seed, "seed", min = 0)
  if (!is.list(options) || (length(options) && is.null(names(options)))) {
    abort("step_options",
          sprintf("`options` must be a list of arguments of rbm_fit(), not %s.",
                  describe(options)),
          "For example options = list(epochs = 20, weight_decay = 1e-4).")
  }
  own <- intersect(names(options), c("x", "hidden", "weights", "keep_x"))
  if (length(own)) {
    abort("step_own", sprintf("`options` has %s, which the step sets.",
                              quote_names(own)),
          "The hidden units are `num_comp`.")
  }
}

# The model of a step, of these columns of the training data, and whether cases
# had weights.
learn_step <- function(step, columns, training, info, keep_x) {
  weights <- recipes::get_case_weights(info, training)
  used <- recipes::are_weights_used(weights, unsupervised = TRUE)
  arguments <- c(list(as.data.frame(training[columns]), step$num_comp,
                      keep_x = keep_x), step$options)
  if (isTRUE(used)) {
    arguments$weights <- as.double(weights)
  }
  model <- tryCatch(
    seeded(step$seed, do.call(rbm_fit, arguments, quote = TRUE)),
    harmonium_error = function(error) {
      error$message <- gsub("`hidden`", "`num_comp`", error$message,
                            fixed = TRUE)
      rlang::cnd_signal(error) # by the name that users gave it
    }
  )
  list(model = model, used = used)
}

# nolint start: object_name_linter.

#' @exportS3Method recipes::prep
prep.step_rbm <- function(x, training, info = NULL, ...) {
  columns <- recipes::recipes_eval_select(x$terms, training, info)
  x$columns <- unname(columns)
  x$trained <- TRUE
  if (length(columns)) {
    learned <- learn_step(x, x$columns, training, info, keep_x = FALSE)
    x$model <- learned$model
    x$case_weights <- learned$used
  }
  x
}

#' @exportS3Method recipes::bake
bake.step_rbm <- function(object, new_data, ...) {
  if (!length(object$columns)) {
    return(new_data)
  }
  check_step_columns(object, new_data)
  h <- rbm_hidden(object$model, as.data.frame(new_data[object$columns]))
  names <- recipes::names0(ncol(h), object$prefix)
  taken <- intersect(names, setdiff(names(new_data), object$columns))
  if (length(taken)) {
    abort("step_names", sprintf("The data have a column %s already.",
                                quote_names(taken)),
          "Choose another `prefix`.")
  }
  if (!object$keep_original_cols) {
    new_data <- new_data[setdiff(names(new_data), object$columns)]
  }
  new_data[names] <- lapply(seq_along(names), function(j) unname(h[, j]))
  new_data
}

check_step_columns <- function(object, new_data) {
  absent <- setdiff(object$columns, names(new_data))
  if (length(absent)) {
    abort("step_columns", sprintf("The data lack %s, which the step needs.",
                                  quote_names(absent)))
  }
}

#' @exportS3Method recipes::prep
prep.step_impute_rbm <- function(x, training, info = NULL, ...) {
  columns <- unname(recipes::recipes_eval_select(x$terms, training, info))
  with <- unname(recipes::recipes_eval_select(x$impute_with, training, info))
  x$trained <- TRUE
  x$columns <- union(columns, with)
  x$filled <- colSums(is.na(training[columns]))
  if (length(columns)) {
    learned <- learn_step(x, x$columns, training, info, keep_x = FALSE)
    x$model <- learned$model
    x$case_weights <- learned$used
  }
  x
}

#' @exportS3Method recipes::bake
bake.step_impute_rbm <- function(object, new_data, ...) {
  columns <- names(object$filled)
  if (!length(columns)) {
    return(new_data)
  }
  check_step_columns(object, new_data)
  if (anyNA(new_data[columns])) {
    filled <- rbm_impute(object$model,
                         as.data.frame(new_data[object$columns]),
                         value = object$value)
    new_data[columns] <- filled[columns]
  }
  new_data
}

#' @export
print.step_rbm <- function(x, width = max(20, getOption("width") - 30), ...) {
  print_a_step(x, x$columns, "RBM hidden units of ", width)
}

#' @export
print.step_impute_rbm <- function(x, width = max(20, getOption("width") - 30),
                                  ...) {
  print_a_step(x, names(x$filled), "Imputation by an RBM for ", width)
}

print_a_step <- function(x, columns, title, width) {
  recipes::print_step(columns, x$terms, x$trained, title, width,
                      case_weights = x$case_weights)
  invisible(x)
}

#' @exportS3Method generics::tidy
tidy.step_rbm <- function(x, ...) {
  found <- if (x$trained && !is.null(x$model)) {
    W <- x$model$W
    tibble::tibble(terms = rep(rownames(W), ncol(W)), value = as.vector(W),
                   component = rep(recipes::names0(ncol(W), x$prefix),
                                   each = nrow(W)))
  } else {
    terms <- if (x$trained) character() else recipes::sel2char(x$terms)
    tibble::tibble(terms = terms, value = NA_real_, component = NA_character_)
  }
  found$id <- rep(x$id, nrow(found))
  found
}

#' @exportS3Method generics::tidy
tidy.step_impute_rbm <- function(x, ...) {
  found <- if (x$trained) {
    tibble::tibble(terms = as.character(names(x$filled)),
                   missing = as.integer(x$filled))
  } else {
    tibble::tibble(terms = recipes::sel2char(x$terms), missing = NA_integer_)
  }
  found$id <- rep(x$id, nrow(found))
  found
}

#' @exportS3Method generics::tunable
tunable.step_rbm <- function(x, ...) {
  tibble::tibble(
    name = "num_comp",
    call_info = list(list(pkg = "dials", fun = "num_comp", range = c(1L, 20L))),
    source = "recipe", component = class(x)[1L], component_id = x$id
  )
}

#' @exportS3Method generics::tunable
tunable.step_impute_rbm <- tunable.step_rbm

#' @exportS3Method generics::required_pkgs
required_pkgs.step_rbm <- function(x, ...) "harmonium"

#' @exportS3Method generics::required_pkgs
required_pkgs.step_impute_rbm <- required_pkgs.step_rbm

# nolint end
