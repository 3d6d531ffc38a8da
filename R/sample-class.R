# The class rbm_sample: how it prints, as a plain matrix in arithmetic, and for
# posterior and coda.

check_sample <- function(x) {
  found <- attr(x, "diagnostics", exact = TRUE)
  check_sound(
    is.numeric(x) && !isS4(x) && length(dim(x)) == 2L &&
      is_plain_list(found, c("method", "type", "steps", "thin")) &&
      is_finite(found$chains, min = 1) && is_finite(found$draws, min = 1) &&
      nrow(x) == found$chains * found$draws,
    "x", "result of rbm_sample()", "rbm_sample()"
  )
}

plain_sample <- function(x) {
  check_sound(is.atomic(x) && !isS4(x) && length(dim(x)) == 2L, "x",
              "result of rbm_sample()", "rbm_sample()")
  array(as.vector(unclass(x)), dim(x), dimnames(x))
}

#' @rdname rbm_sample
#' @order 2
#' @export
print.rbm_sample <- function(x, ...) {
  check_dots_empty(...)
  check_sample(x)
  found <- attr(x, "diagnostics")
  what <- if (found$type == "sample") "sample" else "probability"
  cat(sprintf("<rbm_sample> %s of %s\n",
              if (what == "sample") counted(nrow(x), what) else
                paste(counted(nrow(x), "row"), "of probabilities"),
              counted(ncol(x), "visible unit")))
  cat(drawn_in_words(found), mixed_in_words(found), data_in_words(found),
      sep = "\n")
  show_rows(x)
  invisible(x)
}

drawn_in_words <- function(found) {
  if (found$method == "exact") {
    return("Independent draws from the exact law")
  }
  tempered <- found$method == "pt"
  c(
    sprintf("%s: %s%s, %s of each%s",
            if (tempered) "Parallel tempering" else "Block Gibbs sampling",
            counted(found$chains, "chain"),
            if (tempered) {
              sprintf(" of %d temperatures", length(found$beta))
            } else {
              ""
            }, counted(found$draws, "draw"),
            if (found$draws > 1L) sprintf(", %d apart", found$thin) else ""),
    sprintf("%s before the first draw", counted(found$steps, "sweep")),
    if (tempered) {
      rate <- found$swap_rate
      sprintf(paste0("Neighbours changed places in %s of tries; replicas came ",
                     "from the hot end\nto the cold one %s"),
              if (all(is.na(rate))) "an unknown share" else
                sprintf("%.0f to %.0f %%", 100 * min(rate, na.rm = TRUE),
                        100 * max(rate, na.rm = TRUE)),
              counted(sum(found$trips), "time"))
    }
  )
}

# R-hat of draws, and of looks at a burn-in. A chain of which but one draw is
# taken need not be long, only forget: sqrt(1 + 1 / m) is 1.2 where each quarter
# of the burn-in has m = 2.3 independent draws, and all of it 9.
most_rhat <- 1.05
most_rhat_looks <- 1.2
few_effective <- 100

mixed_in_words <- function(found) {
  if (found$method == "exact") {
    return(NULL)
  }
  enough <- found$chains >= least_chains && found$draws >= least_draws
  seen <- if (enough) found else found$burn_in
  over <- if (enough) "Free energy" else "Free energy, second half of burn-in"
  if (is.na(seen$rhat)) {
    return(c(
      if (found$chains < least_chains) {
        "Whether one chain has mixed cannot be told: use 4, chains = 4"
      } else if (enough || found$burn_in$looks >= least_draws) {
        "The free energy never changed: nothing can be told from it"
      } else {
        "Too few sweeps to tell whether the chains have mixed: use more `steps`"
      }
    ))
  }
  most <- if (enough) most_rhat else most_rhat_looks
  worst <- max(seen$rhat, seen$units_rhat, na.rm = TRUE)
  c(
    sprintf("%s: R-hat %s, autocorrelation %.2f%s", over,
            rhat_in_words(seen$rhat), seen$autocorrelation,
            if (enough) {
              sprintf(", effective sample size %.0f", seen$ess)
            } else {
              ""
            }),
    sprintf("Visible units together: R-hat %s", rhat_in_words(seen$units_rhat)),
    if (worst > most) {
      c(sprintf("NOT MIXED: chains differ, or are too short (R-hat above %g)",
                most),
        if (found$method == "gibbs") {
          "Use more `steps`, some ten times as many, or method = \"pt\""
        } else {
          "Use more `steps`, or more `temperatures` if few swaps are accepted"
        })
    } else if (enough && seen$ess < few_effective) {
      c("The chains agree, but are worth few independent draws",
        "Use a larger `thin`, or more draws")
    } else {
      if (is.null(found$unseen)) {
        "The chains agree: no sign that they have not mixed"
      } else {
        "The chains agree with each other"
      }
    }
  )
}

# Nine tenths of each on one side of the other's middle.
most_apart <- 0.9

data_in_words <- function(found) {
  of <- found$beside_data
  if (is.null(of)) {
    return(unseen_in_words(found$unseen))
  }
  c(
    sprintf("Free energy: median %.1f of the draws, %.1f of the training data",
            of[["draws"]], of[["data"]]),
    if (of[["apart"]] > most_apart) {
      c(paste("The chains have not been where the data are, or the model does",
              "not fit"),
        "Start there, start = \"data\", or use method = \"pt\"")
    }
  )
}

unseen_in_words <- function(unseen) {
  if (!is.null(unseen)) {
    c(sprintf("The chains HAVE NOT BEEN near %s that may be a good part of the",
              counted(nrow(unseen), "state")),
      "model. They are in attr(x, \"diagnostics\")$unseen, to give as `start`")
  }
}

rhat_in_words <- function(rhat) {
  if (is.finite(rhat)) sprintf("%.3f", rhat) else tolower(format(rhat))
}

# The first rows, as far as they fit.
show_rows <- function(x, rows = 6L, width = 68L) {
  shown <- plain_sample(x)[seq_len(min(rows, nrow(x))), , drop = FALSE]
  digits <- !is.double(shown)
  columns <- min(ncol(x), if (digits) width else width %/% 5L)
  cells <- shown[, seq_len(columns), drop = FALSE]
  lines <- if (digits) {
    apply(cells, 1L, paste, collapse = if (any(cells > 1)) " " else "")
  } else {
    apply(cells, 1L, function(p) paste(sprintf("%.2f", p), collapse = " "))
  }
  cut <- if (columns < ncol(x)) " ..." else ""
  cat(sprintf("%*d: %s%s", nchar(nrow(shown)), seq_len(nrow(shown)), lines,
              cut), sep = "\n")
  if (nrow(shown) < nrow(x)) {
    cat(sprintf("... and %s\n", counted(nrow(x) - nrow(shown), "more row")))
  }
}

#' Samples as matrices, and for other packages
#'
#' Draws from [rbm_sample()] can be used as the matrix that they are. Whatever
#' is made of them is a plain matrix, without the class and without what was
#' known of the chains, which might not hold of the result.
#'
#' `posterior::as_draws()` and its like for an array, a matrix or a data frame,
#' and `coda::as.mcmc.list()`, give the draws to those packages, where they are
#' installed: visible units are the variables, by their names or `v[1]`, `v[2]`
#' and so on; exact draws are one chain. `coda::as.mcmc()` is for draws of one
#' chain. `as.data.frame()`, and `tibble::as_tibble()`, have a plain column for
#' each visible unit; `summary()` a row for each, with its mean and standard
#' deviation.
#'
#' @param x,object A result of [rbm_sample()].
#' @param e1,e2 Two of which one is such a result.
#' @param ... For `x[...]`, what is picked; for `Math` functions such as
#'   `round()` and for those of posterior, their further arguments; else must be
#'   empty.
#' @return `x[...]`, `t()`, `as.matrix()`, arithmetic and the like give what
#'   they give of a plain matrix; the others an object of that package.
#' @section Errors:
#' Of class `harmonium_error`: several chains for `coda::as.mcmc()`.
#' @examples
#' machine <- rbm(W = cbind(c(4, 4, -4, -4), c(-4, -4, 4, 4)), c = c(-4, -4))
#' set.seed(1)
#' x <- rbm_sample(machine, n = 20, chains = 2, steps = 100)
#' as.matrix(x)[1:2, ]
#' as.data.frame(x)[1:2, ]
#' summary(object = x)
#' if (requireNamespace("tibble", quietly = TRUE)) {
#'   tibble::as_tibble(x = x)
#' }
#' x[1:2, ] + 0
#' dim(t(x))
#' if (requireNamespace("posterior", quietly = TRUE)) {
#'   print(posterior::as_draws(x))
#'   dim(posterior::as_draws_array(x))
#'   dim(posterior::as_draws_matrix(x))
#'   dim(posterior::as_draws_df(x))
#' }
#' if (requireNamespace("coda", quietly = TRUE)) {
#'   print(length(coda::as.mcmc.list(x)))
#'   one <- rbm_sample(machine, n = 5, chains = 1, steps = 100)
#'   coda::as.mcmc(one)
#' }
#' @export
as.matrix.rbm_sample <- function(x, ...) {
  check_dots_empty(...)
  plain_sample(x)
}

#' @rdname as.matrix.rbm_sample
#' @param row.names,optional As for [as.data.frame()].
#' @export
as.data.frame.rbm_sample <- function(x, row.names = NULL, # nolint
                                     optional = FALSE, ...) {
  optional <- check_flag(optional, "optional")
  as.data.frame(plain_sample(x), row.names = row.names, optional = optional,
                ...)
}

#' @rdname as.matrix.rbm_sample
#' @exportS3Method tibble::as_tibble
as_tibble.rbm_sample <- function(x, ...) { # nolint: object_name_linter.
  tibble::as_tibble(as.data.frame(x), ...)
}

#' @rdname as.matrix.rbm_sample
#' @export
summary.rbm_sample <- function(object, ...) {
  check_dots_empty(...)
  check_sample(object)
  rows <- plain_sample(object)
  units <- colnames(rows)
  data.frame(
    mean = unname(colMeans(rows)), sd = unname(apply(rows, 2L, stats::sd)),
    row.names = if (is.null(units)) sprintf("v[%d]", seq_len(ncol(rows))) else
      make.unique(units)
  )
}

#' @rdname as.matrix.rbm_sample
#' @export
`[.rbm_sample` <- function(x, ...) {
  x <- plain_sample(x)
  NextMethod()
}

#' @rdname as.matrix.rbm_sample
#' @export
t.rbm_sample <- function(x) t(plain_sample(x))

#' @rdname as.matrix.rbm_sample
#' @export
Ops.rbm_sample <- function(e1, e2) {
  plain <- function(x) if (inherits(x, "rbm_sample")) plain_sample(x) else x
  if (missing(e2)) {
    get(.Generic)(plain(e1))
  } else {
    get(.Generic)(plain(e1), plain(e2))
  }
}

#' @rdname as.matrix.rbm_sample
#' @export
Math.rbm_sample <- function(x, ...) get(.Generic)(plain_sample(x), ...)

# Draws by chains by units.
sample_array <- function(x) {
  check_sample(x)
  found <- attr(x, "diagnostics")
  units <- colnames(x)
  if (is.null(units)) {
    units <- sprintf("v[%d]", seq_len(ncol(x)))
  }
  array(as.vector(unclass(x)), c(found$draws, found$chains, ncol(x)),
        list(NULL, NULL, units))
}

posterior_array <- function(x) {
  draws <- sample_array(x)
  names(dimnames(draws)) <- c("iteration", "chain", "variable")
  dimnames(draws)[1:2] <- list(as.character(seq_len(dim(draws)[1L])),
                               as.character(seq_len(dim(draws)[2L])))
  posterior::as_draws_array(draws)
}

#' @rdname as.matrix.rbm_sample
#' @exportS3Method posterior::as_draws
as_draws.rbm_sample <- function(x, ...) { # nolint: object_name_linter.
  posterior_array(x)
}

#' @rdname as.matrix.rbm_sample
#' @exportS3Method posterior::as_draws_array
as_draws_array.rbm_sample <- function(x, ...) { # nolint: object_name_linter.
  posterior_array(x)
}

#' @rdname as.matrix.rbm_sample
#' @exportS3Method posterior::as_draws_matrix
as_draws_matrix.rbm_sample <- function(x, ...) { # nolint: object_name_linter.
  posterior::as_draws_matrix(posterior_array(x), ...)
}

#' @rdname as.matrix.rbm_sample
#' @exportS3Method posterior::as_draws_df
as_draws_df.rbm_sample <- function(x, ...) { # nolint: object_name_linter.
  posterior::as_draws_df(posterior_array(x), ...)
}

#' @rdname as.matrix.rbm_sample
#' @exportS3Method coda::as.mcmc.list
as.mcmc.list.rbm_sample <- function(x, ...) { # nolint: object_name_linter.
  draws <- sample_array(x)
  found <- attr(x, "diagnostics")
  coda::mcmc.list(lapply(seq_len(found$chains), function(chain) {
    one <- array(draws[, chain, ], dim(draws)[c(1L, 3L)],
                 list(NULL, dimnames(draws)[[3L]]))
    coda::mcmc(one, start = max(found$steps, 1L), thin = found$thin)
  }))
}

#' @rdname as.matrix.rbm_sample
#' @exportS3Method coda::as.mcmc
as.mcmc.rbm_sample <- function(x, ...) { # nolint: object_name_linter.
  check_sample(x)
  chains <- attr(x, "diagnostics")$chains
  if (chains != 1L) {
    abort(
      "many_chains",
      sprintf("`x` has %d chains; coda::as.mcmc() takes one.", chains),
      "Use coda::as.mcmc.list()."
    )
  }
  coda::as.mcmc.list(x)[[1L]]
}
