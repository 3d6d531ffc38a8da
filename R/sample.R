#' Samples from a restricted Boltzmann machine
#'
#' What the machine has learned to expect: the last visible states of `n`
#' independent chains of block Gibbs sampling or, for a machine with a small
#' layer, `n` independent draws from its very law.
#'
#' `method = "exact"` picks a state of the smaller layer by its probability,
#' from all states, and then draws the other layer given it. There is nothing to
#' converge.
#'
#' With `method = "gibbs"` a sweep draws \eqn{h} from \eqn{p(h | v)} and then
#' \eqn{v} from \eqn{p(v | h)}. Samples are from the model only as far as
#' `steps` sweeps have made the chains forget where they started. That takes
#' longer the larger the weights are, and can take very long for a well trained
#' machine whose patterns have little in common; compare chains of different
#' length, and from different starts.
#'
#' @param object A model from [rbm()] or [rbm_fit()].
#' @param n How many samples: as many chains are run.
#' @param method `"gibbs"`, or `"exact"` where the smaller layer has at most 25
#'   units.
#' @param steps Gibbs sweeps in each chain, from 1 to 16,777,215.
#' @param start Where the chains start: visible states, a row for each chain, or
#'   one row for all, in any form that [rbm_fit()] takes. By default each unit
#'   is drawn on its own, as if all hidden units were off.
#' @param type `"sample"` for states, 0 or 1; `"probability"` for \eqn{p(v | h)}
#'   given the last hidden states, which makes smoother pictures.
#' @param nsim,seed As `n`, and a seed for `set.seed()` or `NULL`, in the manner
#'   of [stats::simulate()]: R's own random numbers are then left as they were.
#' @param ... For `simulate()`, passed on to `rbm_sample()`; else must be empty.
#'
#' @return A matrix with `n` rows and a column a visible unit, named as the
#'   model's: integer 0 and 1, or real probabilities. `simulate()` adds the
#'   attribute `seed`, as [stats::simulate()] does.
#' @section Errors:
#' Of class `harmonium_error`: counts out of range, a `start` that is not as
#' above, and exact samples of a machine that is too large for them.
#' @source Geman and Geman (1984), Stochastic relaxation, Gibbs distributions,
#'   and the Bayesian restoration of images,
#'   \doi{10.1109/TPAMI.1984.4767596}.
#' @seealso [plot.rbm()] with `type = "samples"`
#' @examples
#' machine <- rbm(W = cbind(c(4, 4, -4, -4), c(-4, -4, 4, 4)), c = c(-4, -4))
#' set.seed(1)
#' rbm_sample(object = machine, n = 5, steps = 200)
#' rbm_sample(machine, n = 2, steps = 1, start = matrix(c(1, 1, 0, 0), 1),
#'            type = "probability")
#' rbm_sample(machine, n = 3, method = "exact")
#' simulate(object = machine, nsim = 2, seed = 7)
#' @export
rbm_sample <- function(object, n, steps = 1000, start = NULL,
                       type = c("sample", "probability"),
                       method = c("gibbs", "exact"), ...) {
  check_dots_empty(...)
  check_given(missing(object), "object", "a model")
  check_given(missing(n), "n", "the number of samples")
  check_model(object)
  n <- check_count(n, "n")
  of_chains <- !missing(steps) || !is.null(start)
  steps <- check_count(steps, "steps", max = 2^24 - 1)
  type <- check_choice(type, c("sample", "probability"), "type")
  method <- check_choice(method, c("gibbs", "exact"), "method")
  if (method == "exact") {
    if (of_chains) {
      abort(
        "no_chain",
        "`steps` and `start` are for chains; exact draws have none.",
        "Leave them out, or use `method = \"gibbs\"`."
      )
    }
    check_walk(object, 25L, "method = \"gibbs\"")
    return(name_cases(exact_draws(object, n, draw_key(), type), NULL,
                      names(object$b)))
  }
  rows <- NULL
  if (!is.null(start)) {
    start <- as_cases(start, "start", object$b)
    if (!start$n %in% c(1L, n)) {
      abort(
        "start",
        sprintf("`start` has %d rows; %d are wanted, or one for all chains.",
                start$n, n)
      )
    }
    rows <- if (start$n == n) start$dimnames[[1L]]
  }
  hardware <- resolve_hardware()
  out <- .Call(ffi_sample, unclass(object), start, n, steps, type, draw_key(),
               hardware)
  name_cases(out, rows, names(object$b))
}

#' @rdname rbm_sample
#' @importFrom stats simulate
#' @export
simulate.rbm <- function(object, nsim = 1, seed = NULL, ...) {
  nsim <- check_count(nsim, "nsim")
  if (!exists(".Random.seed", envir = globalenv(), inherits = FALSE)) {
    stats::runif(1L)
  }
  before <- get(".Random.seed", envir = globalenv(), inherits = FALSE)
  if (is.null(seed)) {
    used <- before
  } else {
    seed <- check_count(seed, "seed", min = -.Machine$integer.max)
    used <- structure(seed, kind = as.list(RNGkind()))
    on.exit(assign(".Random.seed", before, envir = globalenv()))
    set.seed(seed)
  }
  out <- rbm_sample(object, n = nsim, ...)
  attr(out, "seed") <- used
  out
}
