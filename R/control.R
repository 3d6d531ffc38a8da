#' Settings of the training
#'
#' All tuning numbers of [rbm_fit()], which takes them directly as well:
#' `rbm_fit(x, 50, epochs = 20)` is `rbm_fit(x, 50, control =
#' rbm_control(epochs = 20))`. What is left at `NULL` is chosen when the data
#' are known; see "Defaults".
#'
#' Texts, here and in all functions, are as shown, in small letters and in full.
#'
#' @param ... Must be empty: arguments are named in full, and unknown names are
#'   errors, so that a slip of the pen does not train with a default.
#' @param estimator How the negative phase of the gradient, the average over the
#'   model, is estimated; [rbm_estimators()] tells what each costs.
#'   * `"cd"`, contrastive divergence: `k` sweeps of block Gibbs sampling from
#'     the data (Hinton 2002).
#'   * `"pcd"`, persistent contrastive divergence: `k` sweeps of `chains` chains
#'     that go on from update to update (Younes 1989; Tieleman 2008).
#'   * `"fpcd"`: the same, and the chains run on the weights plus fast ones,
#'     which drive them on (Tieleman and Hinton 2009).
#'   * `"pt"`, parallel tempering: `chains` ladders of `temperatures` chains
#'     each, which exchange their states (Desjardins et al. 2010; Cho, Raiko and
#'     Ilin 2010).
#'   * `"ucd"`, unbiased contrastive divergence: pairs of coupled chains from
#'     each case, until they meet (Qiu, Zhang and Wang 2020).
#'   * `"mf"`, mean-field contrastive divergence: `k` passes of means in place
#'     of draws (Welling and Hinton 2002).
#'   * `"pl"`, pseudo-likelihood, another loss whose gradient needs no chains
#'     (Besag 1975). For complete cases of 0 and 1, and of columns of finitely
#'     many states.
#'   * `"exact"`, by every state of the smaller layer, of at most 25 units.
#' @param k A whole number from 1. Gibbs sweeps of an update; passes for `"mf"`;
#'   for `"ucd"` the sweep from which differences of the pairs are added up.
#'   More are slower, and less biased or less noisy. `"pl"` and `"exact"` have
#'   no use for it.
#' @param chains How many chains, or for `"pt"` ladders of chains, persist from
#'   update to update, with `"pcd"`, `"fpcd"` and `"pt"`. With one alone there
#'   is no R-hat in the history.
#' @param temperatures For `"pt"`, chains of a ladder, from 2. The first follows
#'   independent units, the last the model; those between move to where all
#'   neighbours exchange their states equally often.
#' @param max_sweeps For `"ucd"`, after how many sweeps a pair of chains that
#'   has not met is given up. What would have followed is missing from the
#'   gradient, so that a number too small makes it biased; the history's `unmet`
#'   tells the share.
#' @param fast_rate,fast_decay For `"fpcd"`, the learning rate of the fast
#'   weights, at least 0, and what is left of them after an update, from 0 to
#'   below 1. They learn from the same gradient.
#' @param parameterisation How steps are made; the model is the same machine in
#'   all of them. `"centred"` makes steps as if each unit had its mean taken off
#'   (Melchior, Fischer and Wiskott 2016), `"enhanced"` as if it had the mean
#'   of data and model (Cho, Raiko and Ilin 2011), and `"plain"` steps in
#'   `W`, `b` and `c` themselves. In the first two it hardly matters which state
#'   of a column is called 1; see [rbm_fit()].
#' @param offset_rate Share of a batch in the running means of `"centred"` and
#'   `"enhanced"`, from 0, where these stay at the start values, to 1.
#' @param epochs How often every case is used.
#' @param batch_size Cases in one step of the optimiser. Where it is larger than
#'   the data, each step uses all cases.
#' @param optimiser The update rule, with \eqn{g} the estimated gradient of the
#'   loss plus `weight_decay` times the weight.
#'   * `"sgd"`, gradient descent with momentum: \eqn{u \leftarrow momentum \cdot
#'     u - rate \cdot g}{u := momentum u - rate g}, \eqn{W \leftarrow W + u}{W
#'     := W + u}.
#'   * `"nesterov"`, Nesterov's momentum: \eqn{u \leftarrow momentum \cdot u -
#'     rate \cdot g}{u := momentum u - rate g}, \eqn{W \leftarrow W + momentum
#'     \cdot u - rate \cdot g}{W := W + momentum u - rate g}. Sutskever et al.
#'     (2013) take the gradient where the momentum is about to lead; `W` here is
#'     that point (Bengio et al. 2013).
#'   * `"adam"`, steps of about `learning_rate` whatever the size of the
#'     gradient (Kingma and Ba 2015): \eqn{m \leftarrow \beta_1 m + (1 -
#'     \beta_1) g}{m := beta1 m + (1 - beta1) g}, \eqn{s \leftarrow \beta_2 s +
#'     (1 - \beta_2) g^2}{s := beta2 s + (1 - beta2) g^2}, \eqn{W \leftarrow W -
#'     rate \cdot \hat m / (\sqrt{\hat s} + \epsilon)}{W := W - rate m^ /
#'     (sqrt(s^) + epsilon)}, where \eqn{\hat m = m / (1 - \beta_1^t)}{m^ = m /
#'     (1 - beta1^t)} and \eqn{\hat s = s / (1 - \beta_2^t)}{s^ = s / (1 -
#'     beta2^t)} at step \eqn{t}. It has no use for `momentum`, and wants a
#'     smaller `learning_rate`, 0.0005 to 0.01.
#'   * `"lbfgs"`, the maximum of the exact penalised log-likelihood, by
#'     [stats::optim()] with `method = "L-BFGS-B"` on all cases at once; see
#'     "Small tables" in [rbm_fit()]. `epochs` is then the largest number of
#'     iterations from each start, 5000 by default; rates, momentum, batches and
#'     chains are not used. For data of 0 and 1 and at most 25 units in the
#'     smaller layer.
#' @param learning_rate Above 0. Typical values are 0.01 to 0.5; halve it when
#'   the pseudo-log-likelihood jumps about, chains are out of equilibrium, or
#'   training diverges.
#' @param schedule How the rate of epoch \eqn{e = 1, 2, \ldots}{e = 1, 2, ...}
#'   comes from `learning_rate`:
#'   * `"constant"`: `learning_rate`;
#'   * `"linear"`: \eqn{learning\_rate \cdot (1 - (e - 1) /
#'     epochs)}{learning_rate (1 - (e - 1) / epochs)}, down to `learning_rate /
#'     epochs` in the last;
#'   * `"exponential"`: \eqn{learning\_rate \cdot \exp(-decay (e -
#'     1))}{learning_rate exp(-decay (e - 1))};
#'   * `"inverse"`: \eqn{learning\_rate / (1 + decay (e - 1))}{learning_rate /
#'     (1 + decay (e - 1))};
#'   * a function of the epoch's number that gives the rate itself, one finite
#'     number above 0; `learning_rate` is then not used. Files of [rbm_save()]
#'     do not hold it, and [rbm_resume()] asks for it.
#' @param decay How fast the rate falls with `"exponential"` and `"inverse"`, at
#'   least 0: `"inverse"` halves it in `1 / decay` epochs, `"exponential"` in
#'   `log(2) / decay`. With 0 the rate stays as it is.
#' @param momentum From 0 (none) to below 1, of `"sgd"` and `"nesterov"`. A
#'   gradient that stays the same moves the weights \eqn{1 / (1 -
#'   momentum)}{1 / (1 - momentum)} times as far as without it.
#' @param beta1,beta2,epsilon For `"adam"`: how much of the running means of the
#'   gradient and of its square is kept at each step, from 0 to below 1; and
#'   what keeps the step finite where gradients are 0, above 0.
#' @param weight_decay Rate at which weights are drawn to 0, at least 0: the
#'   penalty \eqn{weight\_decay \cdot \sum_{ij} W_{ij}^2 / 2}{weight_decay
#'   sum_ij W_ij^2 / 2} on the loss, \eqn{m} times for a column of counts to
#'   \eqn{m}. Biases are left alone. Typical values are 1e-5 to 1e-3. `"auto"`,
#'   for `optimiser = "lbfgs"` alone: chosen by held-out likelihood, see "Small
#'   tables" in [rbm_fit()]. There a positive value also counts each unit half a
#'   time on and half a time off.
#' @param l1 Size of the penalty \eqn{l1 \cdot \sum_{ij} |W_{ij}|}{l1 sum_ij
#'   |W_ij|} on the loss, at least 0; biases are left alone. After each step
#'   every weight is moved towards 0, and no further, by \eqn{rate \cdot l1 / (1
#'   - momentum)}{rate l1 / (1 - momentum)}, or by \eqn{rate \cdot l1 /
#'   (\sqrt{\hat s} + \epsilon)}{rate l1 / (sqrt(s^) + epsilon)} with `"adam"`
#'   (Yun, Lozano and Yang 2021), so that weights the data do not ask for are
#'   exactly 0.
#' @param max_norm The largest Euclidean norm of the weights of a hidden unit, a
#'   column of `W`, above 0; `Inf` for no limit. After each step a column that
#'   is longer is scaled back to it. What is held then, where centred, are not
#'   `b` and `c` but the biases \eqn{b^*}{b*} and \eqn{c^*}{c*} that the steps
#'   are made in (see [rbm_fit()]), so that means stay about where they are.
#' @param sparsity_target,sparsity_cost How often hidden units should be on,
#'   from 0 to 1, and how strongly they are held to it, at least 0; not at all
#'   where the cost is 0. With \eqn{q_j}{q_j} a running mean of \eqn{p(h_j = 1 |
#'   v)}{p(h_j = 1 | v)} over the data, in which a batch has a share of 0.05,
#'   \eqn{sparsity\_cost \cdot (q_j - sparsity\_target)}{sparsity_cost (q_j -
#'   sparsity_target)} is added to the gradient of \eqn{c_j}{c_j}. It is the
#'   slope, by the unit's input, of the cross-entropy between the target and
#'   \eqn{q_j}{q_j} (Hinton 2012, section 11); weights are left alone. A usual
#'   target is 0.01 to 0.1.
#' @param init_sd Standard deviation of the normal start values of `W`. Hidden
#'   biases start at 0, and visible ones at the log odds of the unit's mean. See
#'   `init` of [rbm_fit()] for other start values.
#' @param evaluate_every After how many epochs the log-likelihood of the
#'   training data, and of held-out data, is computed, exactly or by annealed
#'   importance sampling, as [rbm_log_z()] does; and after the last; 0 for
#'   never. For 0/1 data and for tables, where targets are learned that of the
#'   targets given the rest. It takes the time that it takes.
#' @param monitor_every After how many epochs the history has
#'   `reconstruction_error`, `pseudo_log_lik`, `hidden_activity` and the scores
#'   of held-out cases; and after the last. `NULL` stands for every epoch where
#'   there is a `callback` or finite `patience`, or where it takes a twentieth
#'   of a second in all; and else for so many that it takes about a tenth of the
#'   time of training, and at least ten times in all. Training is the same for
#'   any.
#' @param patience How many epochs may pass without a better held-out score
#'   before training ends: the log-likelihood where `evaluate_every` has it
#'   computed, and else the pseudo-log-likelihood. The model is then that of the
#'   epoch with the best. It needs `validation` in [rbm_fit()]; take it larger
#'   than `evaluate_every`. `Inf` goes on to the last epoch, and gives the last
#'   model. Not all columns of a table have a pseudo-likelihood: there it needs
#'   `evaluate_every` too.
#' @param checkpoint_every After how many epochs a file is written, where
#'   [rbm_fit()] has a `checkpoint`; and after the last.
#' @param average Whether to keep the mean of `W`, `b` and `c` over the last
#'   quarter of the epochs, and to return it where the training cases have a
#'   higher log-likelihood under it than under the last parameters.
#' @param starts For `optimiser = "lbfgs"`, from how many random starts, at
#'   least 1. The best maximum is kept, and all are in
#'   `training$maximum$values`.
#' @param threads Threads to use. `NULL` stands for `getOption(
#'   "harmonium.threads")`, then for the environment variable
#'   `HARMONIUM_NUM_THREADS`, then for 2. Never more than OpenMP allows, and 1
#'   where R was built without it. The result is the same, to the bit, for any
#'   number.
#'
#' @return A list of class `rbm_control` with these settings, checked.
#'
#' @section Defaults:
#' Where the data and the smaller layer are small and no setting of training by
#' steps is given, [rbm_fit()] finds the exact maximum; see "Small tables"
#' there. Otherwise what is `NULL` is chosen from the number of cases to train
#' on, for some thousands of updates in all:
#' * `estimator`: `"pcd"`, and `optimiser`: `"sgd"`, without `weight_decay` and
#'   `average`. Where no setting of training by steps is given at all: `"pt"`
#'   with 20 `temperatures` where `"pcd"` fails, `average`, a larger
#'   `learning_rate` unless hidden units are Gaussian or ReLU, and a
#'   `weight_decay` chosen by held-out cases, see "Larger machines" in
#'   [rbm_fit()];
#' * `batch_size`: 20 with fewer than 2000 cases and 100 from there on, or all
#'   cases where there are fewer;
#' * `k`: 1, but 5 for `"pcd"` and `"fpcd"`, and 10 for `"mf"`;
#' * `chains`: as many as there are cases in a batch, and at least 20;
#' * `epochs`: as many as make 5000 updates with fewer than 2000 cases and
#'   10,000 from there on, but from 5 to 2500. Where no setting of training by
#'   steps is given, 20,000 from 10,000 cases on;
#' * `learning_rate`: \eqn{0.1 (batch\_size / 100)^{1/4}}{0.1 (batch_size /
#'   100)^(1/4)}, for `"adam"` a tenth of it; with columns of counts up to
#'   \eqn{m > 10}{m > 10} the share \eqn{\sqrt{10 / m}}{sqrt(10 / m)} of it;
#' * `schedule`: `"linear"`;
#' * `fast_rate`: the `learning_rate`.
#'
#' They were chosen by the held-out log-likelihood, exact or by annealed
#' importance sampling, of fits to the digits of [digits8], whole and in part,
#' to a survey of 16 questions (NLTCS), whole and in part, to binarised MNIST,
#' and to the made data of [rbm_data()], with 12 to 500 hidden units, over grids
#' of the rate, the number of updates and `k`: as what is seldom far from the
#' best, and not as what is best for any. `bench/defaults.R` of the sources
#' compares them with the best of such a grid. In nats per test case, medians of
#' three seeds, the defaults, the best of 12 settings, and independent units
#' reach
#'
#' | data | hidden | default | tuned | independent |
#' |:-----|-------:|--------:|------:|------------:|
#' | `digits8`, 1197 cases | 16 | -18.42 | -18.50 | -24.18 |
#' | NLTCS, 16,181 cases | 20 | -6.00 | -5.99 | -9.23 |
#' | bars and stripes, 4 x 4 | 16 | -3.55 | -3.61 | -11.09 |
#' | Ising, 4 x 4, 1000 cases | 12 | -5.72 | -5.81 | -11.09 |
#' | shifter of 6 | 20 | -5.56 | -5.86 | -10.23 |
#' | binarised MNIST, 50,000 cases | 500 | -87.1 | -88.3 | -205.8 |
#'
#' where NLTCS and MNIST have one seed, and MNIST, judged by annealed importance
#' sampling, one other setting, half the rate for three times the epochs, and
#' one sweep. Those tuned are of training by steps, by "pcd"; the defaults of
#' bars and stripes, Ising and shifter are exact maxima, whose held-out cases
#' for the penalty are few in bars and stripes and shifter. MNIST took 169
#' seconds on two threads. Large machines overfit even with many cases: a little
#' `weight_decay` helps, 2e-4 for 500 hidden units.
#'
#' `fit$training$settings` has the settings in effect, and `summary()` prints
#' those that matter for the estimator and the optimiser at hand.
#'
#' @section Errors:
#' Of class `harmonium_error`, for a setting outside the range above and for an
#' unknown name, where the nearest known name is told. A `schedule` function
#' that fails, or gives anything but one finite number above 0, stops the fit
#' with an error that names the epoch (`harmonium_error_schedule_failed`,
#' `harmonium_error_schedule_rate`).
#'
#' @source
#' Estimators: Besag (1975), Statistical analysis of non-lattice data, *The
#' Statistician* 24, 179-195, \doi{10.2307/2987782}. Younes (1989), Parametric
#' inference for imperfectly observed Gibbsian fields, *Probability Theory and
#' Related Fields* 82, 625-645, \doi{10.1007/BF00341287}. Hinton (2002),
#' Training products of experts by minimizing contrastive divergence, *Neural
#' Computation* 14, 1771-1800, \doi{10.1162/089976602760128018}. Welling and
#' Hinton (2002), A new learning algorithm for mean field Boltzmann machines,
#' *ICANN*, 351-357, \doi{10.1007/3-540-46084-5_57}. Tieleman (2008), Training
#' restricted Boltzmann machines using approximations to the likelihood
#' gradient, *ICML*, 1064-1071, \doi{10.1145/1390156.1390290}. Tieleman and
#' Hinton (2009), Using fast weights to improve persistent contrastive
#' divergence, *ICML*, 1033-1040, \doi{10.1145/1553374.1553506}. Desjardins,
#' Courville, Bengio, Vincent and Delalleau (2010), Tempered Markov chain Monte
#' Carlo for training of restricted Boltzmann machines, *AISTATS*, PMLR 9,
#' 145-152. Cho, Raiko and Ilin (2010), Parallel tempering is efficient for
#' learning restricted Boltzmann machines, *IJCNN*,
#' \doi{10.1109/IJCNN.2010.5596837}. Qiu, Zhang and Wang (2020), Unbiased
#' contrastive divergence algorithm for training energy-based latent variable
#' models, *ICLR*.
#'
#' Parameterisation: Cho, Raiko and Ilin (2011), Enhanced gradient and adaptive
#' learning rate for training restricted Boltzmann machines, *ICML*, 105-112.
#' Melchior, Fischer and Wiskott (2016), How to center deep Boltzmann machines,
#' *Journal of Machine Learning Research* 17(99), 1-61.
#'
#' Optimisers and penalties: Hinton (2012), A practical guide to training
#' restricted Boltzmann machines, \doi{10.1007/978-3-642-35289-8_32}. Sutskever,
#' Martens, Dahl and Hinton (2013), On the importance of initialization and
#' momentum in deep learning, *ICML*, PMLR 28(3), 1139-1147. Bengio,
#' Boulanger-Lewandowski and Pascanu (2013), Advances in optimizing recurrent
#' networks, *ICASSP*, 8624-8628, \doi{10.1109/ICASSP.2013.6639349}. Kingma and
#' Ba (2015), Adam: a method for stochastic optimization, *ICLR*,
#' \doi{10.48550/arXiv.1412.6980}. Yun, Lozano and Yang (2021), Adaptive
#' proximal gradient methods for structured neural networks, *NeurIPS* 34.
#' @seealso [rbm_fit()], [rbm_estimators()]
#' @examples
#' control <- rbm_control(
#'   estimator = "pt", k = 2, chains = 25, temperatures = 5,
#'   parameterisation = "enhanced", offset_rate = 0.02, epochs = 5,
#'   batch_size = 50, optimiser = "nesterov", learning_rate = 0.1,
#'   schedule = "inverse", decay = 0.2, momentum = 0.8, weight_decay = 1e-4,
#'   l1 = 1e-5, max_norm = 5, sparsity_target = 0.2, sparsity_cost = 0.01,
#'   init_sd = 0.02, evaluate_every = 0, monitor_every = 2, average = TRUE,
#'   threads = 1
#' )
#' x <- digits8$x[1:200, ] > 0.5
#' fit <- rbm_fit(x, hidden = 10, control = control)
#' summary(fit)
#'
#' # Fast weights and Adam; and pairs of chains, which have met after a few
#' # sweeps as long as weights are small.
#' fit <- rbm_fit(x, hidden = 10, epochs = 5, estimator = "fpcd",
#'                fast_rate = 0.01, fast_decay = 0.9, optimiser = "adam",
#'                beta1 = 0.8, beta2 = 0.99, epsilon = 1e-6)
#' fit <- rbm_fit(x, hidden = 10, epochs = 5, estimator = "ucd",
#'                max_sweeps = 500)
#' tail(fit$training$history[c("meeting_time", "unmet")], 2)
#'
#' # The exact maximum, from five starts; and the mean of the last epochs.
#' rbm_fit(x[, 1:10 + 20], hidden = 2, optimiser = "lbfgs", starts = 5)
#' fit <- rbm_fit(x, hidden = 10, epochs = 8, average = TRUE)
#'
#' # The number of epochs is up to the held-out cases.
#' file <- tempfile(fileext = ".rbm")
#' fit <- rbm_fit(x, hidden = 10, epochs = 60, validation = 0.2, patience = 3,
#'                schedule = function(epoch) 0.2 / sqrt(epoch),
#'                checkpoint = file, checkpoint_every = 10)
#' fit
#' try(rbm_control(learning_rat = 0.1))
#' @export
rbm_control <- function(..., estimator = NULL, k = NULL, chains = NULL,
                        temperatures = 10, max_sweeps = 1000,
                        fast_rate = NULL, fast_decay = 0.95,
                        parameterisation = c("centred", "enhanced", "plain"),
                        offset_rate = 0.01, epochs = NULL, batch_size = NULL,
                        optimiser = NULL, learning_rate = NULL,
                        schedule = NULL, decay = 0.1, momentum = 0.5,
                        beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8,
                        weight_decay = NULL, l1 = 0, max_norm = Inf,
                        sparsity_target = 0.1, sparsity_cost = 0,
                        init_sd = 0.01, evaluate_every = 0,
                        monitor_every = NULL, patience = Inf,
                        checkpoint_every = 1, average = NULL, starts = NULL,
                        threads = NULL) {
  if (...length()) {
    check_known(names(list(...)), control_names(), "Settings")
  }
  kinds <- .Call(ffi_kinds)
  most <- .Call(ffi_limits)
  optional <- function(value, check, name, ...) {
    if (!is.null(value)) check(value, name, ...)
  }
  structure(
    list(
      estimator = optional(estimator, check_choice, "estimator",
                           choices = kinds$estimator),
      k = optional(k, check_count, "k", max = most$sweeps),
      chains = optional(chains, check_count, "chains", max = most$chains),
      temperatures = check_count(temperatures, "temperatures", min = 2,
                                 max = most$temperatures),
      max_sweeps = check_count(max_sweeps, "max_sweeps", max = most$sweeps),
      fast_rate = optional(fast_rate, check_number, "fast_rate"),
      fast_decay = check_number(fast_decay, "fast_decay", below = 1),
      parameterisation = check_choice(parameterisation,
                                      c("centred", "enhanced", "plain"),
                                      "parameterisation"),
      offset_rate = check_number(offset_rate, "offset_rate", most = 1),
      epochs = optional(epochs, check_count, "epochs"),
      batch_size = optional(batch_size, check_count, "batch_size"),
      optimiser = optional(optimiser, check_choice, "optimiser",
                           choices = c(kinds$optimiser, "lbfgs")),
      learning_rate = optional(learning_rate, check_number, "learning_rate",
                               positive = TRUE),
      schedule = optional(schedule, check_schedule, "schedule"),
      decay = check_number(decay, "decay"),
      momentum = check_number(momentum, "momentum", below = 1),
      beta1 = check_number(beta1, "beta1", below = 1),
      beta2 = check_number(beta2, "beta2", below = 1),
      epsilon = check_number(epsilon, "epsilon", positive = TRUE),
      weight_decay = if (identical(weight_decay, "auto")) {
        "auto"
      } else {
        optional(weight_decay, check_number, "weight_decay")
      },
      l1 = check_number(l1, "l1"),
      max_norm = check_limit(max_norm, "max_norm"),
      sparsity_target = check_number(sparsity_target, "sparsity_target",
                                     most = 1),
      sparsity_cost = check_number(sparsity_cost, "sparsity_cost"),
      init_sd = check_number(init_sd, "init_sd"),
      evaluate_every = check_count(evaluate_every, "evaluate_every", min = 0),
      monitor_every = optional(monitor_every, check_count, "monitor_every"),
      patience = if (identical(patience, Inf)) {
        Inf
      } else {
        check_count(patience, "patience")
      },
      checkpoint_every = check_count(checkpoint_every, "checkpoint_every"),
      average = optional(average, check_flag, "average"),
      starts = optional(starts, check_count, "starts", max = 1e6),
      threads = optional(threads, check_count, "threads")
    ),
    class = "rbm_control"
  )
}

control_names <- function() setdiff(names(formals(rbm_control)), "...")

check_settings <- function(...) {
  if (...length()) {
    check_known(names(list(...)), control_names(), "Settings after `hidden`",
                names(formals(rbm_fit)))
  }
}

# The settings of one fit: from `control` or from `...`, not from both.
resolve_control <- function(control, ...) {
  check_settings(...)
  if (is.null(control)) {
    return(rbm_control(...))
  }
  if (!inherits(control, "rbm_control")) {
    abort(
      "control",
      sprintf("`control` must come from rbm_control(), not be %s.",
              describe(control))
    )
  }
  check_sound(is_plain_list(control, control_names()) &&
                length(control) == length(control_names()), "control",
              "list of settings", "rbm_control()")
  control <- do.call(rbm_control, unclass(control), quote = TRUE)
  if (...length()) {
    abort(
      "control_twice",
      sprintf("Settings came both in `control` and directly: %s.",
              quote_names(names(list(...)))),
      "Put them all inside rbm_control()."
    )
  }
  control
}

# Chains that go on fall behind with one sweep.
default_sweeps <- function(estimator) {
  switch(estimator, mf = 10L, pcd = , fpcd = 5L, 1L)
}

# How much larger the rates of automatic fits are, as parameters are averaged.
bolder <- function(hidden) min(3, max(1, 3 * sqrt(20 / hidden)))

# What was left to us, for n cases: the maximum, where it is wanted, and else
# some ten thousand updates in all, whose rate grows with the root of the batch
# as their noise falls. `automatic` is the estimator where that is left to us
# with all else, and `hidden` then the number of hidden units. `size` has the
# most that columns can count: the inputs of hidden units grow with it. `real`
# hidden units have no largest state, and so have gradients.
choose_settings <- function(control, n, maximum = FALSE, hidden = NULL,
                            automatic = NULL, size = NULL, real = FALSE) {
  tempered <- identical(automatic, "pt")
  fill <- function(name, value) {
    if (is.null(control[[name]])) control[[name]] <<- value
  }
  if (maximum) {
    fill("estimator", "exact")
    fill("optimiser", "lbfgs")
    fill("epochs", 5000L)
    fill("weight_decay", "auto")
    fill("batch_size", as.integer(n))
  }
  if (!is.null(automatic)) {
    control$estimator <- automatic
    if (tempered) {
      control$temperatures <- 20L
    }
    control$average <- TRUE
  }
  fill("estimator", "pcd")
  fill("optimiser", "sgd")
  fill("weight_decay", 0)
  fill("average", FALSE)
  fill("starts", 1L)
  check_decay(control)
  fill("batch_size", if (n < 2000) 20L else 100L)
  control$batch_size <- as.integer(min(control$batch_size, n))
  updates <- ceiling(n / control$batch_size)
  fill("k", default_sweeps(control$estimator))
  most_chains <- if (tempered) 40L else control$batch_size
  fill("chains", max(min(control$batch_size, most_chains), 20L))
  wanted <- if (n < 2000) 5000 else 10000
  if (!is.null(automatic) && n >= 10000) wanted <- 2 * wanted
  fill("epochs", as.integer(min(max(ceiling(wanted / updates), 5), 2500)))
  fill("learning_rate", (control$batch_size / 100)^0.25 *
         (if (control$optimiser == "adam") 0.01 else 0.1) *
         (if (is.null(automatic) || real) 1 else bolder(hidden)) *
         min(1, sqrt(10 / max(1, size))))
  fill("schedule", "linear")
  fill("fast_rate", control$learning_rate)
  control
}

check_decay <- function(control) {
  if (identical(control$weight_decay, "auto") &&
        control$optimiser != "lbfgs") {
    abort(
      "decay_auto",
      sprintf(paste("`weight_decay = \"auto\"` needs `optimiser = \"lbfgs\"`,",
                    "not \"%s\"."), control$optimiser),
      "Give a number, for example `weight_decay = 1e-4`."
    )
  }
}
