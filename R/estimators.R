#' The estimators of the gradient
#'
#' What stands for the average over the model, the negative phase of
#' [rbm_gradient()] and of every update of [rbm_fit()]: how each estimator gets
#' it, what that costs, how far off it is, and when to use it.
#'
#' With \eqn{s(v) = (v p(h|v)', v, p(h|v))}{s(v) = (v p(h|v)', v, p(h|v))} the
#' gradient of the loss is \eqn{\langle s \rangle_p - \langle s
#' \rangle_D}{<s>_p - <s>_D}. The data give the second term, in all estimators
#' but `"pl"`; the first is a sum over all states of the model, which only small
#' machines allow.
#'
#' * `"cd"`, contrastive divergence: \eqn{s(V)}{s(V)} of the states that `k`
#'   sweeps of block Gibbs sampling reach from the cases.
#' * `"pcd"`, persistent contrastive divergence: chains of its own, `chains` of
#'   them, go on from update to update, so that they need not start over.
#' * `"fpcd"`: the same chains run on the weights plus fast ones, \eqn{f
#'   \leftarrow fast\_decay \cdot f - fast\_rate \cdot g}{f := fast_decay f -
#'   fast_rate g}, which push them away from where they have been.
#' * `"pt"`, parallel tempering: each chain is a ladder of `temperatures`
#'   replicas, from independent units to the model, which change places; the
#'   rungs move to where neighbours refuse equally often.
#' * `"ucd"`, unbiased contrastive divergence: two chains from each case, one a
#'   sweep ahead, run until they meet, \eqn{X_\tau = Y_{\tau - 1}}{X_tau =
#'   Y_(tau - 1)}. Then
#'   \eqn{s(X_k) + \sum_{t = k + 1}^{\tau - 1} (s(X_t) - s(Y_{t - 1}))}{
#'   s(X_k) + the sum over t from k + 1 to tau - 1 of s(X_t) - s(Y_(t - 1))}
#'   has the mean \eqn{\langle s \rangle_p}{<s>_p} exactly. Both chains draw
#'   with the same uniform numbers. Those that have not met after `max_sweeps`
#'   are given up, counted, and bias the answer.
#' * `"mf"`, mean field: `k` times from the cases each layer takes its means
#'   given the other's means, where `"cd"` draws.
#' * `"pl"`, pseudo-likelihood: the gradient of another loss, minus the mean of
#'   \eqn{\sum_i \log p(v_i | v_{-i})}{sum_i log p(v_i | all other v)}, without
#'   log Z and without chance. \eqn{v_i} is a column of a table, or a unit of 0
#'   and 1.
#' * `"exact"`: every state of the smaller layer, of at most 25 units.
#'
#' Models of binary units and counts of trials have all of them. Tables with
#' columns of other kinds, missing cells or case weights have all of them too,
#' with these exceptions, each refused by an error that names what will do:
#' * `"pl"` needs complete cases, and columns of finitely many states: neither
#'   Gaussian nor Poisson ones.
#' * `"ucd"` needs hidden units of finitely many states: neither Gaussian nor
#'   ReLU ones, whose chains never meet.
#' * `"exact"` of a table is the maximum of the likelihood by every state of the
#'   hidden layer, as long as these can be enumerated.
#'
#' `cost` counts Gibbs sweeps of a batch of cases, or of as many chains: what is
#' said of `"mf"` and `"pl"` was measured on machines of 64 x 64 and 784 x 500
#' units, and depends on how many units are on.
#'
#' @param x What `rbm_estimators()` gave.
#' @param ... Not used.
#' @return A data frame of class `rbm_estimators` with a row for each, all of
#'   it text: `name`, for `estimator =` in [rbm_control()] and
#'   [rbm_gradient()]; `negative_phase`; `cost` of an update; `bias`; `use`; and
#'   `source`. `print()` returns it invisibly.
#' @source Hinton (2002), Training products of experts by minimizing
#'   contrastive divergence, \doi{10.1162/089976602760128018}. Younes (1989),
#'   Parametric inference for imperfectly observed Gibbsian fields,
#'   \doi{10.1007/BF00341287}. Tieleman (2008), Training restricted Boltzmann
#'   machines using approximations to the likelihood gradient,
#'   \doi{10.1145/1390156.1390290}. Tieleman and Hinton (2009), Using fast
#'   weights to improve persistent contrastive divergence,
#'   \doi{10.1145/1553374.1553506}. Desjardins, Courville, Bengio, Vincent and
#'   Delalleau (2010), Tempered Markov chain Monte Carlo for training of
#'   restricted Boltzmann machines, *AISTATS*. Cho, Raiko and Ilin (2010),
#'   Parallel tempering is efficient for learning restricted Boltzmann machines,
#'   \doi{10.1109/IJCNN.2010.5596837}. Qiu, Zhang and Wang (2020), Unbiased
#'   contrastive divergence algorithm for training energy-based latent variable
#'   models, *ICLR*. Jacob, O'Leary and Atchade (2020), Unbiased Markov chain
#'   Monte Carlo methods with couplings, \doi{10.1111/rssb.12336}. Welling and
#'   Hinton (2002), A new learning algorithm for mean field Boltzmann machines,
#'   \doi{10.1007/3-540-46084-5_57}. Besag (1975), Statistical analysis of
#'   non-lattice data, \doi{10.2307/2987782}. Marlin, Swersky, Chen and de
#'   Freitas (2010), Inductive principles for restricted Boltzmann machine
#'   learning, *AISTATS*.
#' @seealso [rbm_control()], [rbm_gradient()]
#' @examples
#' print(x = rbm_estimators())
#' rbm_estimators()[, c("name", "bias")]
#' @export
rbm_estimators <- function() {
  row <- function(name, negative_phase, cost, bias, use, source) {
    data.frame(name, negative_phase, cost, bias, use, source)
  }
  table <- rbind(
    row("cd", "k Gibbs sweeps from each case",
        "k sweeps",
        "towards the data; less with more sweeps",
        "a quick look; features more than likelihood",
        "Hinton 2002"),
    row("pcd", "chains that go on from update to update",
        "k sweeps",
        "none once the chains are at equilibrium",
        "the default; small rates keep chains at equilibrium",
        "Younes 1989; Tieleman 2008"),
    row("fpcd", "such chains, on weights plus fast ones",
        "k sweeps",
        "small, of the order of fast_rate / (1 - fast_decay)",
        "where chains of pcd stick",
        "Tieleman and Hinton 2009"),
    row("pt", "chains that go from hot to cold and back",
        "k x temperatures sweeps",
        "none once the ladders are at equilibrium",
        "data of several modes; likelihoods that count",
        "Desjardins et al. 2010; Cho, Raiko and Ilin 2010"),
    row("ucd", "coupled pairs of chains, until they meet",
        "twice the meeting time",
        "none if all pairs meet; can vary widely",
        "proof that a gradient is right; small machines",
        "Qiu, Zhang and Wang 2020; Jacob, O'Leary and Atchade 2020"),
    row("mf", "k passes of means from each case",
        "k passes of 2 to 3 sweeps",
        "large: means forget how units go together",
        "a start without chance",
        "Welling and Hinton 2002"),
    row("pl", "each unit given all others, in each case",
        "that of 10 to 15 sweeps",
        "another loss, with the same best answer for endless data",
        "no chance, no chains; up to some hundred units",
        "Besag 1975; Marlin et al. 2010"),
    row("exact", "every state of the smaller layer, of n <= 25",
        "2^n states of n units",
        "none",
        "small machines, and to judge the others",
        "the definition")
  )
  structure(table, class = c("rbm_estimators", "data.frame"))
}

#' @rdname rbm_estimators
#' @export
print.rbm_estimators <- function(x, ...) {
  check_dots_empty(...)
  check_sound(is_frame(x), "x", "result of rbm_estimators()",
              "rbm_estimators()")
  wanted <- c("name", "negative_phase", "cost", "use")
  if (!all(wanted %in% names(x))) {
    print(as.data.frame(unclass(x)))
    return(invisible(x))
  }
  line <- function(...) {
    paste0(trimws(sprintf("%-6s %-45s %s", ...), "right"), "\n")
  }
  cat("Estimators of the negative phase, and the Gibbs sweeps of one update.\n",
      "Sources and more: ?rbm_estimators.\n\n",
      line("", "what it is, and when to use it", "cost"),
      rbind(line(x$name, x$negative_phase, x$cost),
            line("", paste0("  ", x$use), "")),
      sep = "")
  invisible(x)
}

# Whether it has chains of its own.
is_persistent <- function(estimator) {
  kinds <- .Call(ffi_kinds)
  kinds$persistent[match(estimator, kinds$estimator)]
}

# That an estimator is for columns and hidden units of these kinds, and cases of
# which `missing` are known in part.
check_estimator_of_table <- function(estimator, visible, hidden, missing) {
  kinds <- .Call(ffi_kinds)
  is_one_of <- function(which) estimator %in% kinds$estimator[kinds[[which]]]
  endless <- intersect(c("gaussian", "poisson"), visible)
  real <- intersect(c("normal", "relu"), hidden)
  why <- if (is_one_of("finite") && missing > 0) {
    sprintf("complete cases; %s %s a cell", counted(missing, "case"),
            if (missing == 1) "lacks" else "lack")
  } else if (is_one_of("finite") && length(endless)) {
    sprintf("columns of finitely many states, not %s ones",
            c(gaussian = "Gaussian", poisson = "Poisson")[[endless[1L]]])
  } else if (is_one_of("meets") && length(real)) {
    sprintf("hidden units of finitely many states, not %s ones",
            c(normal = "Gaussian", relu = "rectified")[[real[1L]]])
  }
  if (!is.null(why)) {
    abort("table_estimator",
          sprintf("`estimator = \"%s\"` is for %s.", estimator, why),
          sprintf("Use one of %s.", quote_names(
            kinds$estimator[!(kinds$counts | kinds$finite | kinds$meets)]
          )))
  }
}
