#' Samples from a restricted Boltzmann machine
#'
#' What the machine has learned to expect: visible states from chains of block
#' Gibbs sampling or of parallel tempering or, for a machine with a small layer,
#' independent draws from its very law; of all visible units, or of some given
#' the others.
#'
#' With `method = "gibbs"` a sweep draws \eqn{h} from \eqn{p(h | v)} and then
#' \eqn{v} from \eqn{p(v | h)}. Samples are from the model only as far as
#' `steps` sweeps have made the chains forget where they started. That takes
#' longer the larger the weights are, and can take very long for a well trained
#' machine whose patterns have little in common.
#'
#' With `method = "pt"` each chain is a ladder of `temperatures` replicas, from
#' independent units with the frequencies of the training data (of short chains
#' from all kinds of start, for a model that was not fitted here) at the hot end
#' to the model at the cold one: \eqn{p_\beta(v, h) \propto \exp((1 - \beta)
#' b_0'v + \beta (b'v + c'h + v'Wh))}{p_beta(v, h) ~ exp((1 - beta) b0'v + beta
#' (b'v + c'h + v'Wh))}.
#' After each sweep neighbours on the ladder may change places, and so a pattern
#' that a cold chain cannot leave is left by way of the hot ones. In the first
#' half of `steps` the rungs move to where all pairs refuse equally often; the
#' samples are the cold end's. It costs `temperatures` times as much, and pays
#' where plain chains do not mix.
#'
#' `method = "exact"` picks a state of the smaller layer by its probability,
#' from all states, and then draws the other layer given it. There is nothing to
#' converge.
#'
#' With `given`, units are held at known values, and the rest is drawn from its
#' law given these: chains draw free units only; an exact draw is one of the
#' smaller machine that is left when known units are put in. See
#' [rbm_conditional()] for exact conditional probabilities.
#'
#' @section Have the chains mixed?:
#' Printing the result says so, from the free energies of the draws: R-hat,
#' effective sample size and autocorrelation (see [rbm_diagnose()]), and from
#' R-hat of the visible units together, which shows chains that sit in different
#' patterns of like energy. They take at least 2 chains with 4 draws each. By
#' default every sample is from a chain of its own, and what can be said is
#' whether the chains agreed in the second half of the burn-in, for which an
#' R-hat of 1.2 will do: then they forget where they started some nine times
#' over. Where they have not mixed, take more `steps`, or `method = "pt"`.
#' Nothing can tell of patterns that no chain has visited: start chains in
#' different places, as with `start = "data"`. Where the model keeps its
#' training data, their free energies are compared with those of the draws;
#' print says "the chains have not been where the data are" when the two hardly
#' overlap. For other models, short chains from states that are likely given a
#' hidden unit are looked at. Where some of them stay at lower free energies
#' than any draw has, and may stand for a twentieth of the model or more, print
#' says so; `attr(x, "diagnostics")$unseen` has their states, to start from.
#'
#' @section Precision:
#' Chains add parameters in single precision, so that their probabilities are
#' right to about 1e-6. Exact draws are in double precision.
#'
#' @param object A model from [rbm()] or [rbm_fit()].
#' @param n How many samples, in all.
#' @param steps Sweeps of each chain before its first sample, from 1; with all
#'   others, at most 16,777,215.
#' @param start Where the chains start. `"noise"`, the default: each unit is
#'   drawn on its own, as if all hidden units were off, or for `"pt"` from the
#'   hot end's law. `"data"`: at rows of the training data, where the model
#'   keeps these, drawn by R's random numbers, each at most once if there are
#'   enough. Or visible states, a row for each chain, or one row for all, in any
#'   form that [rbm_fit()] takes; for `"pt"`, each 0 or 1.
#' @param type `"sample"` for states, 0 or 1; `"probability"` for \eqn{p(v | h)}
#'   given the last hidden states, which makes smoother pictures.
#' @param method `"gibbs"`, `"pt"` (parallel tempering), or `"exact"` where the
#'   smaller layer, of the units that are free, has at most 25 units.
#' @param chains How many chains, each of which gives `n / chains` samples. By
#'   default `n`: one sample each.
#' @param thin Sweeps from one sample of a chain to its next.
#' @param temperatures For `"pt"`, replicas in each ladder, at least 2.
#' @param given Units that are held: a vector or a matrix of 0, 1 and `NA` for
#'   free units, with a value or column for each visible unit in their order or,
#'   where both sides have names, by name, free where left out; one row for all
#'   chains (exact draws), or a row for each. Of a model of a table it is some
#'   of its columns; draws are then a table of the same classes, with what is
#'   described below as attributes, and a message where chains have not mixed.
#'   Models of columns of other kinds than 0, 1 and counts of trials are drawn
#'   from exactly, unless chains are asked for or the hidden layer has more than
#'   65,536 states.
#' @param nsim,seed As `n`, and a seed for `set.seed()` or `NULL`, in the manner
#'   of [stats::simulate()]: R's own random numbers are then left as they were.
#' @param x A result of `rbm_sample()`.
#' @param ... For `simulate()`, passed on to `rbm_sample()`; else must be empty.
#'
#' @return An object of class `rbm_sample`: a matrix with `n` rows, those of the
#'   first chain first, and a column a visible unit, named as the model's:
#'   integer 0 and 1, or real probabilities (held units are 0 or 1). Its
#'   attributes are `chain` and `iteration`, the chain of each row and the sweep
#'   after which it was drawn; `free_energy` of each drawn state, in nats (not
#'   for exact probabilities); and `diagnostics`, a list of how it was drawn:
#'   `method`, `steps`, `chains`, `draws` of each, `thin`; `rhat`, `ess` and
#'   `autocorrelation` of the free energy, and `units_rhat`, R-hat of the
#'   visible units together, with their variances added up, `NA` where there are
#'   too few chains or draws; `burn_in`, a list of the same for up to 100 looks
#'   at up to 100 chains in the second half of the burn-in; where the model
#'   keeps its data and no units are held, `beside_data`: the median free
#'   energies of the `draws` and of up to 1000 rows of the `data`, and the share
#'   of each that lies `apart`, outside the middle nine tenths of the other; for
#'   other models, `unseen`, where there are such: likely states, a row each,
#'   from which chains stay where no draw has been; and
#'   for `"pt"`, `beta`, the temperatures; `swap_rate`, the share of changes of
#'   place accepted between each and the next since the rungs stand; and
#'   `trips`, how often a replica came from the hot end of each ladder to its
#'   cold one.
#'
#'   It works as a matrix, see [as.matrix.rbm_sample()]. `simulate()` adds the
#'   attribute `seed`, as [stats::simulate()] does.
#' @section Errors:
#' Of class `harmonium_error`: counts out of range, chains that do not divide
#' `n`, a `start` or `given` that is not as above, a start from data that the
#' model does not keep, exact samples of a machine that is too large for them,
#' and parameters beyond 1e28, which single precision cannot add up.
#' @source Geman and Geman (1984), Stochastic relaxation, Gibbs distributions,
#'   and the Bayesian restoration of images,
#'   \doi{10.1109/TPAMI.1984.4767596}. Swendsen and Wang (1986), Replica Monte
#'   Carlo simulation of spin glasses, \doi{10.1103/PhysRevLett.57.2607}, and
#'   Desjardins, Courville, Bengio, Vincent and Delalleau (2010), Tempered
#'   Markov chain Monte Carlo for training of restricted Boltzmann machines,
#'   AISTATS, for parallel tempering; Syed, Bouchard-Côté, Deligiannidis and
#'   Doucet (2021), Non-reversible parallel tempering,
#'   \doi{10.1111/rssb.12464}, for where the rungs stand and whose turn it is.
#' @seealso [rbm_diagnose()]; [rbm_conditional()]; [plot.rbm()] with `type =
#'   "samples"`
#' @examples
#' machine <- rbm(W = cbind(c(4, 4, -4, -4), c(-4, -4, 4, 4)), c = c(-4, -4))
#' set.seed(1)
#' rbm_sample(object = machine, n = 5, steps = 200)
#' rbm_sample(machine, n = 2, steps = 1, start = matrix(c(1, 1, 0, 0), 1),
#'            type = "probability")
#' rbm_sample(machine, n = 3, method = "exact")
#'
#' # Several draws of each chain, and whether they have mixed.
#' x <- rbm_sample(machine, n = 400, chains = 4, thin = 2, steps = 100)
#' print(x = x)
#' attr(x, "diagnostics")$ess
#' x[1:2, ]
#'
#' # Parallel tempering, with the first unit held on.
#' rbm_sample(machine, n = 200, chains = 4, steps = 100, method = "pt",
#'            temperatures = 5, given = c(1, NA, NA, NA))
#' simulate(object = machine, nsim = 2, seed = 7)
#'
#' # Three draws for each of two rows: a chain each.
#' known <- rbind(c(1, NA, NA, NA), c(0, NA, NA, NA))
#' rbm_sample(machine, n = 6, chains = 2, steps = 100, given = known)
#'
#' # Chains that start at cases of the training.
#' fit <- rbm_fit(digits8$x[1:200, ] > 0.5, hidden = 8, epochs = 10)
#' rbm_sample(fit, n = 40, chains = 4, steps = 100, start = "data")
#' @order 1
#' @export
rbm_sample <- function(object, n, steps = 1000, start = NULL,
                       type = c("sample", "probability"),
                       method = c("gibbs", "pt", "exact"), chains = NULL,
                       thin = 1, temperatures = 10, given = NULL, ...) {
  check_dots_empty(...)
  check_given(missing(object), "object", "a model")
  check_given(missing(n), "n", "the number of samples")
  check_model(object)
  n <- check_count(n, "n")
  of_chains <- c("steps", "start", "chains", "thin")[
    c(!missing(steps), !is.null(start), !is.null(chains), !missing(thin))
  ]
  most <- .Call(ffi_limits)
  steps <- check_count(steps, "steps", max = most$sweeps)
  type <- check_choice(type, c("sample", "probability"), "type")
  if (missing(method) && is_general(object) && !length(of_chains) &&
        hidden_states(object) <= most_hidden_states) {
    method <- "exact"
  }
  method <- check_choice(method, c("gibbs", "pt", "exact"), "method")
  chains <- if (is.null(chains)) n else check_count(chains, "chains")
  thin <- check_count(thin, "thin", max = most$sweeps)
  if (!missing(temperatures)) {
    check_tempered(method)
  }
  temperatures <- check_count(temperatures, "temperatures", min = 2,
                              max = most$temperatures)
  if (is_general(object)) {
    if (method == "exact") {
      check_no_chain(of_chains)
      return(sample_general(object, n, type, given))
    }
    check_chains(chains, n, steps, thin)
    plan <- chain_plan(chains, steps, n %/% chains, thin, looks = 100L)
    return(sample_by_chains(object, plan, start, type, given, method,
                            temperatures))
  }
  given <- as_given(given, object$b, size = sizes_of(object))
  if (method == "exact") {
    check_no_chain(of_chains)
    check_rows_given(given, n, "samples")
    return(sample_exact(object, n, type, given))
  }
  check_chains(chains, n, steps, thin)
  check_rows_given(given, chains, "chains")
  start <- as_start(start, object, chains, method)
  check_single(object)
  if (method == "pt") {
    check_replicas(chains, temperatures)
  }
  resolve_hardware() # what is wrong with it is said before chance is used
  if (is.function(start)) {
    start <- start()
  }
  key <- draw_key()
  plan <- chain_plan(chains, steps, n %/% chains, thin, looks = 100L)
  found <- if (method == "gibbs") {
    run_chains(object, start, plan, key, type, given)
  } else {
    run_ladders(object, start, plan, key, type, given, temperatures)
  }
  if (!is.null(sizes_of(object))) {
    found$sums[] <- NA # squares of counts are not in these sums
  }
  sample <- new_sample(found, plan, method, type, given,
                       row_names(start, given, n), names(object$b))
  attr(sample, "image_dim") <- object$image_dim
  if (is.null(given)) {
    attr(sample, "diagnostics") <- c(
      attr(sample, "diagnostics"),
      look_elsewhere(object, found, type, sub_key(key, "probe"))
    )
  }
  sample
}

# Whether the draws have been where they should: where the training data are, or
# for a model that keeps none, where states found by climbing are likely.
look_elsewhere <- function(object, found, type, key) {
  data <- data_energy(object)
  if (is.null(data) && !is.null(sizes_of(object))) {
    return(NULL) # what is elsewhere is looked for among 0 and 1
  }
  if (!is.null(data)) {
    return(list(beside_data = beside_data(found$free_energy, data)))
  }
  unseen <- unseen_states(object, found, type, key)
  if (!is.null(unseen)) list(unseen = unseen)
}

# States where chains stay at lower free energies than any draw has, the likely
# ones first, where these may be a twentieth of the model or more; else NULL.
# What chains near a state stand for is estimated by exp(-F) times the number of
# states, exp of the entropy of independent units, near it.
unseen_states <- function(object, found, type, key) {
  states <- probe_states(object, key)
  states <- states[evenly(nrow(states), most_probed), , drop = FALSE]
  draws <- probe_plan[["draws"]]
  plan <- chain_plan(nrow(states), probe_plan[["steps"]], draws,
                     probe_plan[["thin"]])
  probes <- run_chains(object, as_cases(states), plan, key)
  energy <- matrix(probes$free_energy, draws)
  far <- which(apply(energy, 2L, max) < min(found$free_energy))
  if (!length(far)) {
    return(NULL)
  }
  last <- take_cases(probes$x, far * draws)
  near <- nearby(object, last, "sample", key) - colMeans(energy)[far]
  seen <- nearby(object, found$x, type, key) - found$free_energy
  likely <- near > max(seen) - log(20)
  if (any(likely)) {
    order <- order(-near[likely])
    distinct_states(all_rows(last)[likely, , drop = FALSE][order, ,
                                                           drop = FALSE])
  }
}

most_probed <- 100L

# The entropy of the visible units given hidden ones drawn at each of these
# cases, or of these probabilities themselves.
nearby <- function(object, x, type, key) {
  if (type == "sample") {
    hardware <- resolve_hardware()
    h <- .Call(ffi_conditional, unclass(object), "hidden", x, "sample", key,
               hardware)
    x <- .Call(ffi_conditional, unclass(object), "visible", h, "probability",
               key, hardware)
  }
  p <- pmin(pmax(x, 1e-12), 1 - 1e-12)
  -rowSums(p * log(p) + (1 - p) * log1p(-p))
}

# The free energies of training rows, evenly spread, or NULL where the model
# keeps none.
data_energy <- function(object) {
  rows <- training_states(object)
  if (!is.null(rows)) {
    unname(free_energy(object, visible_states(object, rows)))
  }
}

# How far the draws' free energies are from those of the training rows: medians,
# and the share of each that is on the far side of all of the other but its
# outermost twentieths. A model that fits has its data among its draws.
beside_data <- function(energy, data) {
  apart <- function(x, y) {
    ends <- stats::quantile(y, c(0.05, 0.95), names = FALSE)
    max(mean(x < ends[1L]), mean(x > ends[2L]))
  }
  c(draws = stats::median(energy), data = stats::median(data),
    apart = min(apart(energy, data), apart(data, energy)))
}

# What the core needs to know of chains: see src/core/draws.h. The second half
# of the burn-in is looked at, up to `looks` times.
chain_plan <- function(chains, steps, draws = 1L, thin = 1L, looks = 0L) {
  half <- steps %/% 2L
  look_every <- max(1, half %/% max(looks, 1L))
  list(chains = as.integer(chains), steps = as.integer(steps),
       looks = as.integer(min(looks, half)),
       look_every = as.integer(look_every),
       draws = as.integer(draws), thin = as.integer(thin),
       looked_at = as.integer(min(chains, 100L)))
}

# Draws of the chains, as cases or means, and what was seen on the way.
run_chains <- function(object, start, plan, key, type = "sample",
                       given = NULL) {
  if (!is.null(given)) {
    storage.mode(given) <- "double"
  }
  hardware <- resolve_hardware()
  found <- with_progress(
    "Sampling", plan$chains * sweeps_of(plan),
    .Call(ffi_sample, unclass(object), start, plan, given, type, key, hardware)
  )
  put_given(found, plan, given)
}

sweeps_of <- function(plan) plan$steps + (plan$draws - 1) * as.double(plan$thin)

# Log odds of the hot end: of the training data, or of short chains from states
# far apart, since a hot end that knows one pattern alone finds no other; drawn
# towards 1/2.
hot_rates <- function(object, key) {
  if (is_general(object)) {
    return(base_biases(object, hidden_means(object, key)))
  }
  known <- object$training$base_log_odds
  if (!is.null(known)) {
    return(as.double(known))
  }
  nv <- nrow(object$W)
  noise <- .Call(ffi_uniforms, key, "start", 0, 0, 200L, nv) < 0.5
  start <- rbind(noise, matrix(FALSE, 200L, nv), matrix(TRUE, 200L, nv))
  size <- sizes_of(object)
  top <- if (is.null(size)) rep(1L, nv) else size
  start <- if (is.null(size)) start else start * rep(size, each = 600L)
  x <- run_chains(object, visible_states(object, start), chain_plan(600L, 100L),
                  key)$x
  stats::qlogis((colSums(all_rows(x)) / top + 62.5) / 725)
}

run_ladders <- function(object, start, plan, key, type, given, temperatures) {
  base <- hot_rates(object, sub_key(key, "part", 1))
  if (!is.null(given)) {
    storage.mode(given) <- "double"
  }
  hardware <- resolve_hardware()
  found <- with_progress(
    "Sampling", plan$chains * sweeps_of(plan),
    .Call(ffi_temper, unclass(object), base, temperatures, start, plan, given,
          type, key, hardware)
  )
  put_given(found, plan, given)
}

# Means of held units are what they are held at.
put_given <- function(found, plan, given) {
  if (!is.null(given) && is.double(found$x)) {
    each <- given[rep_len(seq_len(nrow(given)), plan$chains), , drop = FALSE]
    each <- each[rep(seq_len(plan$chains), each = plan$draws), , drop = FALSE]
    found$x[!is.na(each)] <- each[!is.na(each)]
  }
  found
}

sample_exact <- function(object, n, type, given) {
  resolve_hardware()
  if (is.null(given)) {
    check_walk(object, most_averaged(), "method = \"gibbs\"")
    x <- exact_draws(object, n, draw_key(), type)
  } else {
    check_walks_given(object, given)
    x <- draws_given(object, given[rep_len(seq_len(nrow(given)), n), ,
                                   drop = FALSE], draw_key(), type)
    x <- if (type == "sample") visible_states(object, x) else x
  }
  found <- list(x = x)
  if (type == "sample") {
    found$free_energy <- unname(free_energy(object, x))
  }
  sample <- new_sample(found, chain_plan(1L, 0L, n), "exact", type, given,
                       row_names(NULL, given, n), names(object$b))
  attr(sample, "image_dim") <- object$image_dim
  sample
}

new_sample <- function(found, plan, method, type, given, rows, units) {
  x <- if (type == "sample") all_rows(found$x) else found$x
  if (type == "sample" && all(x == round(x))) {
    storage.mode(x) <- "integer"
  }
  x <- name_cases(x, rows, units)
  diagnostics <- list(
    method = method, type = type, steps = plan$steps, chains = plan$chains,
    draws = plan$draws, thin = plan$thin
  )
  if (method != "exact") {
    energy <- matrix(found$free_energy, plan$draws)
    diagnostics <- c(
      diagnostics, chain_diagnostics(energy),
      list(units_rhat = units_rhat(x, plan),
           burn_in = c(list(looks = plan$looks),
                       chain_diagnostics(found$trace),
                       list(units_rhat = looks_rhat(found$sums, plan))))
    )
  }
  if (method == "pt") {
    diagnostics$beta <- found$tempering$beta
    diagnostics$swap_rate <- 1 - found$tempering$refused
    diagnostics$trips <- found$tempering$trips
  }
  structure(
    x, chain = rep(seq_len(plan$chains), each = plan$draws),
    iteration = rep(
      max(plan$steps, 1L) + plan$thin * (seq_len(plan$draws) - 1L), plan$chains
    ),
    free_energy = found$free_energy, diagnostics = diagnostics,
    class = c("rbm_sample", "matrix", "array")
  )
}

# R-hat of all visible units together, of draws: with the sums over units of
# the variance between halves of chains and of that within.
units_rhat <- function(x, plan) {
  half <- plan$draws %/% 2L
  at <- (seq_len(plan$chains * plan$draws) - 1L) %% plan$draws
  kept <- at < half | at >= plan$draws - half
  x <- matrix(as.vector(x)[rep(kept, ncol(x))], ncol = ncol(x))
  part <- rep(seq_len(2L * plan$chains), each = half)
  together(rowsum(x, part), rowsum(x^2, part), half, plan$draws, plan$chains)
}

# The same of the looks at the burn-in, where x^2 is x; `sums` has a column for
# each half.
looks_rhat <- function(sums, plan) {
  sums <- t(sums)
  together(sums, sums, plan$looks %/% 2L, plan$looks, plan$looked_at)
}

# From sums of x and of x^2, a row for each half of `half` draws.
together <- function(sums, squares, half, draws, chains) {
  if (chains < least_chains || draws < least_draws) {
    return(NA_real_)
  }
  means <- sums / half
  within <- mean(rowSums(squares / half - means^2)) * half / (half - 1)
  between <- sum(sweep(means, 2L, colMeans(means))^2) / (nrow(means) - 1)
  rhat <- sqrt((half - 1) / half + between / within)
  if (is.nan(rhat)) NA_real_ else rhat
}

# Names of rows where each is a chain of its own.
row_names <- function(start, given, n) {
  if (!is.null(start) && start$n == n) {
    return(start$dimnames[[1L]])
  }
  if (!is.null(given) && nrow(given) == n) rownames(given)
}

# Checks -----------------------------------------------------------------------

check_no_chain <- function(named) {
  if (length(named)) {
    abort(
      "no_chain",
      sprintf("%s %s for chains; exact draws have none.", quote_names(named),
              if (length(named) == 1L) "is" else "are"),
      "Draw without, or use `method = \"gibbs\"`."
    )
  }
}

check_tempered <- function(method) {
  if (method != "pt") {
    abort(
      "not_tempered",
      sprintf("`temperatures` are for method = \"pt\", not \"%s\".", method)
    )
  }
}

check_chains <- function(chains, n, steps, thin) {
  if (n %% chains != 0L) {
    abort(
      "chains",
      sprintf(paste("%d samples cannot be shared out evenly to %d chains: `n`",
                    "must be a multiple of `chains`."), n, chains),
      if (chains < n) {
        sprintf("Ask for n = %.0f.", ceiling(n / chains) * chains)
      } else {
        sprintf("Ask for n = %d, or fewer chains.", chains)
      }
    )
  }
  sweeps <- steps + (n %/% chains - 1) * as.double(thin)
  if (sweeps > .Call(ffi_limits)$sweeps) {
    abort(
      "sweeps",
      sprintf(paste("Each chain would make %s sweeps, for %s samples; at most",
                    "16,777,215 can be told apart."),
              big(sweeps), big(n %/% chains)),
      "Use more `chains`, a smaller `thin`, or fewer `steps`."
    )
  }
}

check_replicas <- function(chains, temperatures) {
  replicas <- as.double(chains) * temperatures
  if (replicas > .Call(ffi_limits)$replicas) {
    abort(
      "replicas",
      sprintf(paste("%s chains of %d temperatures are %s replicas; at most",
                    "1,000,000 run at a time."), big(chains), temperatures,
              big(replicas)),
      "Take several draws of each of fewer chains: chains = 100, say."
    )
  }
}

# NULL for noise, cases, or a function that draws some of the training data.
as_start <- function(start, object, chains, method) {
  if (is.character(start) && is.null(dim(start))) {
    start <- check_choice(start, c("noise", "data"), "start")
  }
  if (is.null(start) || identical(start, "noise")) {
    return(NULL)
  }
  read <- if (method == "pt") as_binary_cases else as_cases
  if (identical(start, "data")) {
    check_kept(object, "`start = \"data\"`", "give states to `start`")
    cases <- read(object$x, "object$x", object$b, size = sizes_of(object))
    return(function() random_cases(cases, chains))
  }
  start <- read(start, "start", object$b, size = sizes_of(object))
  if (!start$n %in% c(1L, chains)) {
    abort(
      "start",
      sprintf("`start` has %s; %s.", counted(start$n, "row"),
              if (chains == 1L) {
                "1 is wanted"
              } else {
                paste(big(chains), "are wanted, or one for all chains")
              })
    )
  }
  start
}

# So many of these cases, without their names.
random_cases <- function(cases, count) {
  rows <- sample.int(cases$n, count, replace = count > cases$n)
  drawn <- take_cases(cases, rows)
  drawn$dimnames[1L] <- list(NULL)
  drawn
}

# How several draws for each row are asked for.
several_in_words <- function(rows, of) {
  if (of == "chains") {
    sprintf(paste("For several draws of each row let each be a chain: chains =",
                  "%d, and an `n`\nthat is a multiple of it."), rows)
  } else {
    sprintf(paste0("For several draws of each row repeat it, or let each be a ",
                   "chain:\nmethod = \"gibbs\", chains = %d."), rows)
  }
}

check_rows_given <- function(given, wanted, of) {
  if (!is.null(given) && !nrow(given) %in% c(1L, wanted)) {
    abort(
      "given_rows",
      sprintf(paste("`given` has %d rows; %d are wanted, one for each of the",
                    "%s, or one for all."), nrow(given), wanted, of),
      several_in_words(nrow(given), of)
    )
  }
}

#' @rdname rbm_sample
#' @importFrom stats simulate
#' @order 3
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
