#' Fit a restricted Boltzmann machine
#'
#' Learns the weights and biases of a machine of binary units from data, by
#' gradient descent on the mean negative log-likelihood. `rbm_fit(x, hidden)`
#' chooses the rest by itself; [rbm_control()] has all settings and says how
#' they are chosen.
#'
#' The loss is \eqn{l(D) = -\sum_v p_D(v) \log \sum_h p(v, h)}{l(D) = - sum_v
#' p_D(v) log sum_h p(v, h)}, where \eqn{p_D(v)} is the share of the cases that
#' equal \eqn{v}. Its gradient is a difference of two averages,
#' \deqn{\frac{\partial l}{\partial W} =
#'   -\langle v\, \mathrm{sigm}(c + W'v)' \rangle_D +
#'    \langle v\, \mathrm{sigm}(c + W'v)' \rangle_p,}{dl/dW = -<v sigm(c +
#'    W'v)'>_D + <v sigm(c + W'v)'>_p,}
#' one over the data and one over the model, and likewise for \eqn{b} and
#' \eqn{c}. The second is out of reach for all but small machines, where
#' `estimator = "exact"` has it. Persistent chains of Gibbs samples, the
#' default, put in its place an average over the states of chains that follow
#' the model as it learns: right as long as the chains mix faster than the
#' parameters move, which the history watches. Contrastive divergence, `"cd"`,
#' takes the states that `k` sweeps reach from the data. That is not the
#' gradient of the likelihood, only close to it while chains forget the data
#' quickly: a falling reconstruction error, for one, does not mean a rising
#' likelihood.
#'
#' @section Small tables:
#' Where the exact log-likelihood takes a hundredth of a second or less, the
#' data are 0 and 1 or counts, and nothing is said of training by steps (no
#' `epochs`, `learning_rate`, `batch_size`, `validation`, `callback` and so on),
#' the fit is the maximum of the penalised log-likelihood, by a quasi-Newton
#' method from several random starts (`optimiser = "lbfgs"`). The cost of one
#' evaluation is the number of states of the smaller layer times the units of
#' the other, plus the distinct cases times the hidden units: at most 1.5
#' million, and 20 units in the smaller layer. For counts it is the number of
#' states of the hidden layer plus three times the cases, times the weights.
#'
#' With \eqn{b^* = b + W 1/2}{b* = b + W 1/2} and \eqn{c^* = c + W'\bar v}{c* =
#' c + W' mean(v)} the penalty, in nats in total, is
#' \deqn{\sum_{ij} W_{ij}^2 / (2 s^2) + \frac12 \sum_x
#'   \{\mathrm{softplus}(x) + \mathrm{softplus}(-x)\},}{sum_ij W_ij^2 / (2 s^2)
#'   + 1/2 sum_x (softplus(x) + softplus(-x)),} the second sum over all elements
#'   of \eqn{b^*}{b*} and \eqn{c^*}{c*}: weights are normal with standard
#'   deviation \eqn{s}, and each unit is seen half a time on and half a time off
#'   besides the data. A column of counts to \eqn{m} is penalised as \eqn{m}
#'   columns with the same weights. \eqn{s} is chosen by the likelihood of
#'   held-out cases: from 0.4 to 100 by 5-fold cross-validation where an
#'   evaluation costs up to 20,000; from five values of 0.5 to 30 up to 100,000;
#'   above that from 0.5, 1, 2 and 5 by one fifth of the cases, and it is 2 for
#'   3000 cases and more.
#'   There are 20 starts, fewer above 25,000. Independent columns take part as
#'   \eqn{s = 0}; where they win, all weights are 0, and `print()` says so.
#'   `weight_decay = 0` gives the plain maximum, and another number \eqn{1 / (N
#'   s^2)}{1 / (N s^2)}.
#'
#' `print()` has the norm of the gradient, how far apart the maxima of the
#' starts lie, and the held-out likelihood beside those of independent columns
#' and, for data of 0 and 1, of a tree of columns (Chow and Liu 1968). The
#' history has a row for each better value on the way. A fit that was
#' interrupted is made again from its first start by [rbm_resume()], which gives
#' what it would have given.
#' The optimiser uses R's linear algebra library: with another one the maximum
#' differs in its last digits, and more where `weight_decay = 0` leaves weights
#' without a bound.
#'
#' @section Tables:
#' A data frame may have columns of every kind of
#' [rbm_units()], and missing values anywhere, as may a matrix of 0 and 1. Each
#' case counts by the probability of what is seen of it, the rest summed out,
#' which is right where values are missing at random. Such tables, weighted
#' cases, categorical hidden units and targets are fitted by the exact
#' likelihood, as small tables are: by enumeration of the hidden layer, of at
#' most 65,536 states. Where that would take too long, or settings of training
#' by steps are given, they are trained by steps, by the estimators that these
#' columns can have, see [rbm_estimators()]. Each missing cell then keeps a
#' draw from update to update, which moves by one Gibbs sweep with all that is
#' seen held, each time that its case comes by: in the long run the gradient is
#' that of the probability of what is seen. Weights multiply what a case, and
#' each draw that started from it, adds to the gradient. A column that varies
#' more than a binary one goes down a smaller share of its gradient; the step
#' of a Gaussian column's precision leaves its means given the hidden units
#' where they are. Pseudo-likelihoods are not found: the history has deviances
#' by kind of column; `evaluate_every` and held-out cases have the
#' log-likelihood, where missing cells of a case are annealed if neither they
#' nor the hidden units can be enumerated. Weights of Gaussian columns are
#' penalised by the shift of the mean in standard deviations, times 2, those of
#' counts times twice their standard deviation, and those of categorical levels
#' about their mean. The standard deviation of a Gaussian column given the
#' hidden units is at least a twentieth of its own, since the likelihood has no
#' bound where it may go to 0; a warning says where it is so small. The model
#' keeps how columns are coded; new data are coded by that. Complete tables of
#' columns with two levels alone are treated as matrices of 0 and 1 and may be
#' as large.
#'
#' @section Larger machines:
#' Where nothing is said of training by steps and the machine is too large for
#' the exact maximum, some cases are held out, and the rest of the settings is
#' chosen by the log-likelihood of these.
#'
#' * Training begins with plain chains (`estimator = "pcd"`). Where these do not
#'   mix (R-hat above 1.1, up to 200,000 weights), as in data of clusters, or do
#'   worse on the held-out cases than independent columns or a tree of columns,
#'   tempered ones (`"pt"`, 20 temperatures, at most 40 ladders) are tried, and
#'   kept where they do better; `print()` says so. Up to 20,000 weights the
#'   whole training is repeated with them, else there are pilots of 1000
#'   updates. Intensities, whose likelihood cannot tell, and fewer than 10 cases
#'   have tempered chains at once up to 20,000 weights.
#' * As parameters are averaged at the end, rates are \eqn{3 \sqrt{20 /
#'   hidden}}{3 sqrt(20 / hidden)} times those of [rbm_control()], but from 1 to
#'   3 times.
#' * Cases are scarce if there are at most 1000 of them, or fewer than 50 for
#'   each hidden unit. A fifth of them is then held out, and the rest is fitted
#'   with weight decays 4 / N, 16 / N and 64 / N as long as the held-out
#'   likelihood rises, and with 0 where 16 / N is worse than 4 / N. Where 0 is
#'   best, and the machine has at most 20,000 weights, three times the epochs
#'   are tried too, with 1 / N and 0 and at most 2 sweeps. All cases are then
#'   fitted with the best, and the fit without the fifth is kept where it
#'   describes the fifth better even so. This avoids overfitting better than an
#'   early end of the training does: the learning rate falls to 0 over the
#'   epochs, and a training that ends before has not settled.
#' * Where cases are not scarce, a tenth of them, at most 1000, stays out to the
#'   end (`training$held_out`): the history has their pseudo-log-likelihood and
#'   the free-energy gap, `print()` their log-likelihood.
#'
#' Of the last parameters and their mean over the last quarter of the epochs the
#' fit returns the one with the higher log-likelihood. `print()` compares the
#' held-out log-likelihood with those of independent columns and of a tree of
#' columns. Where it is worse than independent columns, these are the model,
#' with all weights 0, and `print()` says so.
#'
#' @section Centring:
#' With offsets \eqn{\mu} and \eqn{\lambda} the energy can be written
#' \deqn{E(v, h) = -(v - \mu)'b^* - c^{*\prime}(h - \lambda) - (v - \mu)'W (h -
#'   \lambda), \quad b^* = b + W\lambda, \quad c^* = c + W'\mu,}{E(v, h) = -(v -
#'   mu)'b* - c*'(h - lambda) - (v - mu)'W (h - lambda),  b* = b + W lambda,
#'   c* = c + W'mu,}
#' the same machine up to a constant, which \eqn{Z} takes up. Steps are made in
#' \eqn{W}, \eqn{b^*}{b*} and \eqn{c^*}{c*}: with the gradients \eqn{g_b}{gb}
#' and \eqn{g_c}{gc} of the biases, that of \eqn{W} is \eqn{g_W - \mu g_c' - g_b
#' \lambda'}{gW - mu gc' - gb lambda'}. What is kept, and what the model holds,
#' is \eqn{W}, \eqn{b} and \eqn{c}. The offsets are running means of the units
#' in the data (`parameterisation = "centred"`), or halfway between data and
#' model (`"enhanced"`), and moving them does not change the machine. Without
#' them a weight's gradient is mixed up with those of its biases, the more so
#' the more often a unit is on: data with 0 and 1 exchanged in some columns are
#' then learned at another speed. With `weight_decay` and `l1` these columns are
#' treated alike too, since penalties are on `W`.
#'
#' @section Held-out data and stopping:
#' With `validation`, the model is judged after each epoch by cases that it was
#' not trained on, or by 1000 of these, evenly spread, where there are more. The
#' history has their pseudo-log-likelihood, and the free-energy gap, how much
#' higher \eqn{F(v)} is for them on average than for cases of the training. It
#' is a difference of mean log-likelihoods, since \eqn{\log Z}{log Z} is the
#' same for both: a gap that grows, while the likelihood of the training cases
#' rises, means that these are learned by heart. With `evaluate_every` their
#' log-likelihood is found as well, from all of them.
#'
#' Where `patience` is finite, the fit ends once that many epochs have gone by
#' without a better held-out score, and gives the model of the best epoch, also
#' when it ends for another reason. Training often starts with a plateau, on
#' which the weights are small and the score stands still or falls by chance;
#' `patience` must be longer than that.
#'
#' @section Chains out of equilibrium:
#' Persistent chains are right as long as they stand for the model, and a model
#' that moves can drive them from state to state so that they only seem to mix.
#' They are therefore looked at while it stands still: copies of them run on
#' for 200 sweeps from where they are, each time another two thousand updates
#' are done and when training ends, with random numbers of their own, so
#' that a look changes nothing of what is learned. It takes about a twentieth of
#' the time: where there are many chains, or few updates, only some are copied,
#' at least 20 where there are as many, and at most 1000. Their free energies
#' give `chain_rhat`, which compares the chains with each other and their first
#' halves with their second, as [rbm_diagnose()] does; `chain_ess`, how many
#' independent draws these chains together made in these sweeps; and
#' `chain_autocorrelation`, from one sweep to the next. The last look is in
#' `training$chains`, the others in the history, where other epochs have `NA`;
#' with one chain there is none, and nothing can be told. An R-hat above 1.1
#' means that the chains stay where they are, each in its part of the states:
#' the negative phase is then not the average over the model, and `print()` says
#' so. More sweeps `k`, a smaller `learning_rate` and `estimator = "pt"` help.
#' For `"pt"`, `swap_rate` is how often neighbours on the ladders exchanged
#' their states, where that is rarest, updates long ago counting less; below
#' 0.2, which `print()` calls a gap, more `temperatures` help. For `"ucd"`,
#' `meeting_time` is after how many sweeps pairs of chains met, on average over
#' the epoch, and `unmet` the share that was given up after `max_sweeps`: with
#' none given up the gradient is unbiased, however long the meetings take. But
#' it may be so in a few very long meetings only: where chains hardly move, most
#' pairs meet at once, at the case that they started from, and `meeting_time`
#' comes near 1 while the model gets worse. A smaller `learning_rate` helps.
#'
#' @section Watching and stopping:
#' In an interactive session a progress bar shows the epoch and the time left.
#' Esc or Ctrl-C ends the training within half a second and gives the model so
#' far, with a message; `print()` and `fit$training$stopped` say that it was
#' interrupted, and [rbm_resume()] goes on with it. A `callback` sees every
#' epoch and may end the training.
#'
#' Training that diverges stops with an error of class `harmonium_diverged`,
#' whose fields `epoch` and `model` are the epoch in which it happened and the
#' last model before that: `tryCatch(..., harmonium_diverged = function(e)
#' e$model)`. Divergence means that a parameter is not finite, or beyond 10,000
#' in size, where every probability is 0 or 1. A fit that ends with a
#' pseudo-log-likelihood more than twice as bad as that of independent units
#' comes with a warning of class `harmonium_warning`.
#'
#' @section Repeating a fit:
#' All chance comes from two draws from R's random numbers, and from those of
#' `sample.int()` where `validation` is a fraction, so `set.seed()` before the
#' call fixes the result: the parameters to the bit, for any number of threads
#' and any vectors (see [harmonium_info()]). Looking on, by `evaluate_every`,
#' held-out data of their own or a callback, changes nothing. With intensities
#' the errors in the history come from the linear algebra library, which may
#' round differently from one machine to the next.
#'
#' @param x The data, a case a row: a numeric, integer, logical or raw matrix,
#'   or a data frame of such columns. Values are 0 and 1, or intensities in
#'   between, which stand for probabilities of being on. Data frames may have
#'   other columns and missing values, see below. Names of rows and columns are
#'   carried to what is computed from `x`; other attributes, and classes of
#'   columns, are not looked at. Also a matrix of the Matrix package. Sparse
#'   ones are read as lists of what is on, in memory for these alone, and give
#'   the same bits as dense ones; their values are 0 and 1 only.
#' @param hidden How many hidden units, a whole number from 1; or numbers by
#'   kind, such as `list(binary = 10, categorical = c(4, 4))`, with a number of
#'   levels for each categorical unit. May be left out where `init` says it.
#' @param epochs,learning_rate,batch_size,estimator,k,chains Settings that are
#'   changed most often, see [rbm_control()]; `NULL` leaves them to the package.
#' @param optimiser,weight_decay,average,threads The same.
#' @param ... Other settings, passed on to [rbm_control()].
#' @param control Settings from [rbm_control()], in place of single ones.
#' @param image_dim Where a case is a picture, `c(rows, columns)`; see [rbm()].
#' @param init Where training starts. `NULL`: weights by chance, see `init_sd`,
#'   visible biases by the log odds of each unit's mean, with half a case added
#'   on and off, hidden biases 0. A whole number: the same, with the weights by
#'   this seed of their own, whatever `set.seed()` said. A model, or a list of
#'   `W`, `b` and `c` as [rbm()] takes them (`b` and `c` are 0 where not given):
#'   these parameters, with fresh chains and an optimiser that remembers
#'   nothing; training by steps keeps 48 bits of a weight. Where the model is a
#'   fit, every second persistent chain starts from a 0/1 training case.
#' @param validation Cases to judge by: data like `x`, with the same columns, or
#'   a fraction of the rows of `x`, above 0 and below 1, to be drawn by chance
#'   and left out of the training. `NULL` for none.
#' @param checkpoint The name of a file, which must not exist, to write the fit
#'   to, without the data, after each epoch that `checkpoint_every` of
#'   [rbm_control()] asks for and after the last. The file is whole or not
#'   there, whatever happens; [rbm_resume()] goes on from it. A `schedule` that
#'   is a function is not in the file: give it to [rbm_resume()] again. Where
#'   the file cannot be written, training goes on with a warning.
#' @param callback A function called after each epoch with one argument, a list
#'   of the columns of the history's new row and `model`, a function of no
#'   arguments that gives the model so far. When the callback returns `FALSE`,
#'   training ends; anything else goes on.
#' @param verbose Whether to show progress. Nothing is shown where R is not
#'   interactive.
#' @param keep_x Whether the model keeps `x`, for [fitted()], [residuals()],
#'   [update()] and [rbm_resume()]. It is the same object, not a copy, but is
#'   written with the model by [saveRDS()].
#'
#' @param units Kinds of the columns, as in [rbm_units()], whose answer it may
#'   be: `NULL` for what the columns look like, or such as `c(visits =
#'   "binomial(10)")` for a column of counts from 0 to 10; columns of a matrix
#'   that are not named are binary, and then hold 0 and 1 only. `"binomial"`
#'   alone counts up to the largest value of the column, and a message says so.
#'   With `init`, a model, its own where `units` is `NULL`. Chains mix the worse
#'   the more a column counts: leave the settings of training out, or use
#'   `estimator = "exact"` or `"pt"`.
#'
#' @param weights How often each case counts: a number of at least 0 for each
#'   row, such as the column `Freq` of a table of counts. `NULL`: once each.
#' @param collapse Whether equal rows become one row that counts as often as
#'   there are such. Fits by the exact likelihood do so by themselves. An epoch
#'   by steps then costs what the distinct rows cost, and makes as many fewer
#'   updates: give more `epochs`. The model keeps the distinct rows as its `x`,
#'   and `validation` as a fraction holds out some of these.
#' @param target Names of columns to be predicted by [predict()][predict.rbm].
#' @param objective What is maximised: the likelihood of all columns
#'   (`"joint"`), that of the targets given the other columns
#'   (`"conditional"`), or the latter and a hundredth of the former
#'   (`"hybrid"`). Cases whose targets are missing count where the former does.
#'   By steps the last two are for targets of at most 64 joint states, over
#'   which the gradient is summed; a larger `learning_rate`, about 1, suits
#'   them, with batches of some 20 cases and `average = TRUE` where there are
#'   many.
#' @param missing What is done about missing cells: `"sum"`, they are summed
#'   out, or `"indicator"`, the same, and a 0/1 column for each column that has
#'   any says where it is missing (`"<column> missing"`). These are part of the
#'   likelihood, and serve where values are missing because of what they are.
#'
#' @return A model of class `rbm`, as [rbm()] describes, whose element
#'   `training` is a list of
#'   * `history`, a data frame with a row an epoch, `NA` where a column does not
#'     apply or was not found in that epoch, all likelihoods means over cases in
#'     nats:
#'     - `epoch`; `seconds` since the start; `learning_rate`;
#'     - `reconstruction_error`, the mean over cases and units of the squared
#'       difference between \eqn{v} and \eqn{p(v | p(h | v))};
#'     - `pseudo_log_lik`, the mean of \eqn{\sum_i \log p(v_i | v_{-i})}{sum_i
#'       log p(v_i | all other v)}, every unit counted, and `pseudo_log_lik_se`,
#'       its standard error, 0 where every case is looked at;
#'     - `log_lik` and `log_lik_se`, the log-likelihood and its standard error,
#'       0 where exact, in the epochs that `evaluate_every` asks for;
#'     - `valid_pseudo_log_lik`, `free_energy_gap`, `valid_log_lik` and
#'       `valid_log_lik_se`, of held-out cases, see above; the standard error is
#'       that of \eqn{\log Z}{log Z}, the same as for the training cases;
#'     - `valid_accuracy` and `valid_calibration`, with `objective =
#'       "conditional"` or `"hybrid"` by steps: the share of held-out targets
#'       whose most probable value is the right one, and the mean over ten
#'       groups of cases of the difference between that share and the
#'       probability that the model gives it. The log-likelihoods are then those
#'       of the targets given the rest, found some twenty times, of at most 1000
#'       cases;
#'     - `weight_norm`, the Frobenius norm of `W`; `step_norm`, the mean norm of
#'       a single change of `W`; `hidden_activity`, the mean of \eqn{p(h | v)};
#'     - `chain_rhat`, `chain_ess`, `chain_autocorrelation`, `swap_rate`,
#'       `meeting_time` and `unmet`, of the chains, see above;
#'     - of tables by steps, `deviance_` with the name of each kind of column,
#'       and `valid_deviance_` of held-out cases: the mean over cells of \eqn{-2
#'       \log p(v_i | p(h | v))}{-2 log p(v_i | p(h | v))}, of at most 1000
#'       cases, found some twenty times. Of Gaussian columns it is in standard
#'       deviations and less \eqn{\log 2 \pi}{log(2 pi)}, of Poisson ones less
#'       what each count would have at a mean of its own. Missing cells stand at
#'       their column's mean. `print()` sets them beside those of independent
#'       columns.
#'
#'     Errors and likelihoods are those of the model at the end of the epoch, on
#'     the same cases each time: on all of them, where that is cheap; see
#'     `monitor_every` of [rbm_control()] for the epochs that have them. An
#'     intensity counts as a share of 1 and a share of 0, so the score of
#'     intensities does not compare with that of 0/1 data;
#'   * `stopped`, one of `"epochs"` (all done), `"patience"`, `"callback"`,
#'     `"interrupted"`; in a checkpoint `"checkpoint"`, and `"diverged"` in the
#'     model that comes with that error;
#'   * `chains`, the last look at persistent chains, a list as the history's
#'     columns; `NULL` where there was none, or an interrupt came before it;
#'   * `best_epoch`, the epoch that the model is of, where `patience` is finite,
#'     and else `NULL` for the last;
#'   * `settings`, those in effect, chosen ones filled in, and `control`, as
#'     given;
#'   * `n`, how many cases were trained on; `hidden`; `key` (of the random
#'     numbers); `seconds`; `monitored` (cases behind the history's errors);
#'     `base_log_odds` (log odds of each visible unit in the data, smoothed);
#'     `independent_log_lik` (the pseudo-log-likelihood, which is also the
#'     log-likelihood, of independent units with the means of the data: what a
#'     model must beat); and the `call`;
#'   * `maximum`, for `optimiser = "lbfgs"`, a list of `spread` (\eqn{s}, `NA`
#'     where `weight_decay` was given), `values` (the penalised log-likelihood
#'     of each start, in nats in total), `path` (held-out nats per case by
#'     \eqn{s}, of independent columns as `"0"`, and of the tree), `gradient`
#'     (its norm) and `converged`;
#'   * `pilots`, where cases were held out, a list of `score` and `se`
#'     (their log-likelihood, nats per case, and its standard error), `held_out`
#'     (how many), `refitted` (whether the fit is to all cases, and the scores
#'     those of pilots, whose `decay` and `tempered` are in the list too),
#'     `automatic`,
#'     `independent`, `tree`, and `kept`, `FALSE`
#'     where independent columns were better;
#'   * `held_out`, which rows of `x` were held out by a fraction, `"data"` where
#'     `validation` was such, or `NULL`; `data`, what [rbm_resume()] knows the
#'     data by; and `state`, what it goes on from: chains, offsets and what the
#'     optimiser remembers. These are not meant for reading.
#'
#' @section Errors:
#' All of class `harmonium_error`, and before any work: missing intensities and
#' infinite values (columns and counts are named), values of a matrix outside
#' \[0, 1\], no rows or columns, columns of a table that are no kind of unit
#' (see [rbm_units()]), estimators and objectives that a table cannot have by
#' steps, sparse intensities, a wrong `hidden`, unknown
#' settings; an `init` of another size, or beyond 10,000; held-out data with
#' other columns, or a fraction that leaves none on one side; `patience` without
#' `validation`, `evaluate_every` with intensities, `"pl"` with intensities,
#' `"exact"` with more than 25 units in the smaller layer, or in the hidden one
#' below counts; and a `checkpoint` file that is there already.
#'
#' @source Chow and Liu (1968), Approximating discrete probability distributions
#'   with dependence trees, *IEEE Transactions on Information Theory* 14,
#'   462-467, \doi{10.1109/TIT.1968.1054142}. Byrd, Lu, Nocedal and Zhu (1995),
#'   A limited memory algorithm for bound constrained optimization, *SIAM
#'   Journal on Scientific Computing* 16, 1190-1208, \doi{10.1137/0916069}.
#'   Hinton (2002), Training products of experts by minimizing contrastive
#'   divergence, *Neural Computation* 14, 1771-1800,
#'   \doi{10.1162/089976602760128018}. Tieleman (2008), Training restricted
#'   Boltzmann machines using approximations to the likelihood gradient, *ICML*,
#'   1064-1071, \doi{10.1145/1390156.1390290}. Cho, Raiko and Ilin (2011),
#'   Enhanced gradient and adaptive learning rate for training restricted
#'   Boltzmann machines, *ICML*, 105-112. Melchior, Fischer and Wiskott (2016),
#'   How to center deep Boltzmann machines, *Journal of Machine Learning
#'   Research* 17(99), 1-61. [rbm_control()] has those of each method.
#' @seealso [rbm_resume()] to go on, [rbm_save()] to keep a model;
#'   [rbm_hidden()] for features, [predict.rbm()], [plot.rbm()], [rbm_sample()]
#' @examples
#' set.seed(1)
#' fit <- rbm_fit(digits8$x[1:300, ], hidden = 16, epochs = 10,
#'                image_dim = digits8$image_dim)
#' fit
#' tail(fit$training$history, 3)
#'
#' # Held-out cases, by which the best epoch is kept, and a file to go on from.
#' ink <- digits8$x[1:300, ] > 0.5
#' file <- tempfile(fileext = ".rbm")
#' fit <- rbm_fit(ink, hidden = 8, epochs = 20, validation = 0.25,
#'                patience = 10, evaluate_every = 5, checkpoint = file)
#' fit
#' plot(fit)
#'
#' # Start from the parameters of another fit, with other settings.
#' finer <- rbm_fit(ink, init = fit, epochs = 5, learning_rate = 0.01,
#'                  batch_size = 50, k = 2, chains = 40, threads = 1)
#'
#' # Stop when the step is small beside the weights.
#' small <- function(info) info$step_norm > 0.01 * info$weight_norm
#' fit <- rbm_fit(ink, hidden = 16, callback = small,
#'                control = rbm_control(epochs = 10), verbose = FALSE,
#'                keep_x = FALSE)
#' fit$training$stopped
#'
#' # Counts from 0 to 10 beside a 0/1 column.
#' often <- runif(300) < 0.5
#' x <- data.frame(visits = rbinom(300, 10, ifelse(often, 0.7, 0.2)),
#'                 member = rbinom(300, 1, ifelse(often, 0.8, 0.3)))
#' fit <- rbm_fit(x, hidden = 1, epochs = 50,
#'                units = c(visits = "binomial(10)"))
#' rbm_conditional(fit, given = c(visits = 8))
#'
#' # A table with a factor, and what is missing filled in.
#' air <- transform(airquality[c("Ozone", "Wind", "Temp", "Month")],
#'                  Month = factor(Month))
#' fit <- rbm_fit(air, hidden = 2, target = "Month", objective = "joint",
#'                missing = "sum", starts = 2, weight_decay = 0.003)
#' fit
#' head(rbm_impute(fit, value = "mean"))
#'
#' # Cases with weights.
#' titanic <- as.data.frame(Titanic)
#' rbm_fit(titanic[c("Sex", "Survived")], hidden = 1, weights = titanic$Freq)
#' # The same of rows that are there many times, by steps.
#' people <- titanic[rep(1:32, titanic$Freq), c("Class", "Sex", "Survived")]
#' rbm_fit(people, hidden = 2, estimator = "pcd", epochs = 200,
#'         collapse = TRUE)
#'
#' # Sparse data, here 2000 x 500 with 1 in 100 on.
#' if (requireNamespace("Matrix", quietly = TRUE)) {
#'   x <- Matrix::rsparsematrix(2000, 500, density = 0.01, rand.x = NULL)
#'   rbm_fit(x, hidden = 8, epochs = 2)
#' }
#' @export
rbm_fit <- function(x, hidden, ..., epochs = NULL, learning_rate = NULL,
                    batch_size = NULL, estimator = NULL, k = NULL,
                    chains = NULL, optimiser = NULL, weight_decay = NULL,
                    average = NULL, threads = NULL,
                    control = NULL, image_dim = NULL,
                    init = NULL, validation = NULL, checkpoint = NULL,
                    callback = NULL, verbose = TRUE, keep_x = TRUE,
                    units = NULL, weights = NULL, target = NULL,
                    objective = c("joint", "conditional", "hybrid"),
                    missing = c("sum", "indicator"), collapse = FALSE) {
  call <- match.call()
  # `missing` is an argument here, and might be a function.
  if (!base::missing(x) && is.call(x)) {
    abort(
      "formula",
      "`x` must be the data, not a formula: there is no response.",
      "Give the columns to model, as in rbm_fit(data[c(\"a\", \"b\")], 4)."
    )
  }
  check_settings(...)
  check_given(base::missing(x), "x", "the data, a case a row")
  check_given(base::missing(hidden) && !is_parameters(init), "hidden",
              "the number of hidden units")
  common <- list(epochs = epochs, learning_rate = learning_rate,
                 batch_size = batch_size, estimator = estimator, k = k,
                 chains = chains, optimiser = optimiser,
                 weight_decay = weight_decay, average = average,
                 threads = threads)
  common <- common[!vapply(common, is.null, NA)]
  control <- do.call(resolve_control, c(list(control), list(...), common),
                     quote = TRUE)
  if (base::missing(hidden)) {
    hidden <- hidden_in(init)
  }
  if (check_flag(collapse, "collapse")) {
    once <- collapse_rows(x, weights)
    x <- once$x
    weights <- once$weights
  }
  columns <- NULL
  if (wants_table(x, units, hidden, weights) || !is.null(target) ||
        !identical(objective, eval(formals()$objective)) ||
        !identical(missing, eval(formals()$missing)) ||
        (inherits(init, "rbm") && has_columns(init))) {
    kinds <- check_hidden_kinds(hidden)
    own <- if (inherits(init, "rbm")) check_model(init, "init")
    if (is.null(units) && !is.null(own)) {
      units <- own$columns
    }
    verbose <- check_flag(verbose, "verbose")
    keep_x <- check_flag(keep_x, "keep_x")
    missing <- check_choice(missing, c("sum", "indicator"), "missing")
    data <- table_data(x, units, weights, missing)
    aim <- check_aim(target, objective, data)
    if (!fits_as_units(data, kinds, target)) {
      others <- list(callback = check_function(callback, "callback"),
                     checkpoint = checkpoint, validation = validation,
                     init = check_table_init(init))
      given <- !all(vapply(others, is.null, NA))
      steps <- list(wanted = asks_for_steps(control, given), others = others,
                    given = given)
      return(fit_table(call, data, x, kinds, control, own, image_dim, verbose,
                       keep_x, aim, steps))
    }
    columns <- data$columns
    x <- name_cases(data$cases$reals, data$cases$dimnames[[1L]],
                    data$cases$dimnames[[2L]])
    units <- as.character(units_by_column(list(
      units = replace(default_units(), "visible", units_text(columns))
    )))
    if (!length(units)) units <- NULL
    hidden <- length(kinds$sizes)
    if (is.data.frame(validation)) {
      validation <- code_table(as_table(validation, "validation"), columns,
                               "validation")
    }
  }
  hidden <- check_count(hidden, "hidden")
  callback <- check_function(callback, "callback")
  verbose <- check_flag(verbose, "verbose")
  keep_x <- check_flag(keep_x, "keep_x")
  hardware <- resolve_hardware(control$threads)
  units <- fit_units(units, init, x)
  size <- sizes_of(list(units = units))
  cases <- as_cases(x, hidden = hidden, size = size)
  init <- check_init(init, cases, hidden, units)
  image_dim <- check_image_dim(image_dim, cases$units)
  validation <- check_validation(validation, cases, size)
  check_evaluation(control, cases, validation)
  others <- !is.null(validation) || !is.null(callback) ||
    !is.null(checkpoint) || !is.null(init)
  maximum <- wants_maximum(control, cases, hidden, others)
  silent <- !maximum && is.null(control$estimator) && is_silent(control, others)
  if (maximum) {
    check_maximum(control, cases, hidden)
  }
  settings <- choose_settings(
    control, cases$n - if (is.numeric(validation)) validation else 0, maximum,
    hidden = hidden, automatic = if (silent) first_chains(cases, hidden),
    size = size
  )
  check_estimation(settings, cases, hidden)
  checkpoint <- check_checkpoint(checkpoint)
  tell_of_sides(cases$n, cases$units)

  key <- draw_key()
  held <- hold_out(cases, validation)
  held_out <- if (is.null(held$valid) || !is.null(held$rows)) {
    held$rows
  } else {
    "data"
  }
  names <- list(cases$dimnames[[2L]], paste0("h", seq_len(hidden)))
  setup <- list(
    call = call, given = control, control = settings,
    cases = held$cases, valid = held$valid, held_out = held_out,
    fingerprint = fingerprint(held), hidden = hidden, names = names,
    image_dim = image_dim, key = key, hardware = hardware,
    units = units, x = if (keep_x) x, checkpoint = checkpoint,
    callback = callback, verbose = verbose,
    from_data = is.list(init) && !is.null(init$training)
  )
  with_columns(fit_units_of(setup, init, maximum, silent), columns)
}

# A fit as its setup says.
fit_units_of <- function(setup, init, maximum, silent) {
  theta <- start_values(init, setup)
  setup$base_log_odds <- stats::setNames(start_rates(setup, theta),
                                         setup$names[[1L]])
  if (maximum) {
    return(maximise(setup, if (inherits(init, "rbm")) init))
  }
  if (inherits(init, "rbm")) {
    theta <- flat_parameters(init)
  }
  if (silent) {
    return(fit_automatically(setup, begin))
  }
  begin(setup, theta)
}

# A model of units that stand for the columns of a table.
with_columns <- function(model, columns) {
  if (!is.null(columns)) {
    model$columns <- columns
  }
  model
}

# The hidden units of a model to start from, as `hidden` would say.
hidden_in <- function(init) {
  if (!inherits(init, "rbm") || !is_general(init)) {
    return(ncol(init$W))
  }
  below <- layer_columns(init$units[["hidden"]], ncol(init$W))
  counts <- lapply(c(binary = "binary", gaussian = "normal", relu = "relu"),
                   function(kind) sum(below$kind == kind))
  counts$categorical <- below$rows[below$kind == "categorical"]
  counts <- counts[vapply(counts, function(n) sum(n) > 0, NA)]
  order <- unique(sub("normal", "gaussian", below$kind))
  counts[order]
}

# Training from these parameters.
begin <- function(setup, theta = start_values(NULL, setup)) {
  state <- .Call(ffi_fit_begin, plan_of(setup), setup$cases, theta)
  train(setup, c(state, list(epoch = 0L, seconds = 0)), list())
}

# What C is told: settings, and what goes with them.
plan_of <- function(setup, epoch = 1L) {
  plan <- unclass(setup$control)
  plan$learning_rate <- learning_rate_at(setup$control, epoch)
  plan$max_norm <- if (is.finite(plan$max_norm)) plan$max_norm else 0
  c(plan, list(hidden = setup$hidden, key = setup$key,
               units = setup$units, hardware = setup$hardware,
               base = unname(setup$base_log_odds),
               from_data = as.integer(isTRUE(setup$from_data)),
               share = share_of(setup), most_precision = most_precision),
    aim_of(setup))
}

# Which columns of the visible layer are to be predicted from the others, and
# how much of the gradient of all columns is added.
aim_of <- function(setup) {
  table <- setup$table
  if (is.null(table$objective) || table$objective == "joint") {
    return(list(target = integer(), joint_share = 1))
  }
  list(target = sort(match(table$target, table$columns$column)) - 1L,
       joint_share = if (table$objective == "hybrid") hybrid_share else 0)
}

# What of its gradient each visible unit goes down; NULL where it is all.
share_of <- function(setup) {
  if (is.null(setup$table)) {
    size <- sizes_of(setup)
    return(if (!is.null(size)) 1 / size)
  }
  setup$share
}

is_parameters <- function(init) is.list(init) && is.matrix(init$W)

# Start values: NULL, a seed of their own, or parameters.
check_init <- function(init, cases, hidden, units = default_units()) {
  if (is.null(init)) {
    return(NULL)
  }
  if (is_number(init)) {
    return(check_count(init, "init", min = 0))
  }
  if (inherits(init, "rbm_coef")) {
    init <- unclass(init)
  }
  if (inherits(init, "rbm")) {
    check_model(init, "init")
  } else if (is.list(init) && !is.object(init)) {
    check_known(names(init), c("W", "b", "c"), "Parts of `init`")
    init <- new_rbm_like(init, units)
  } else {
    abort(
      "init",
      sprintf(paste("`init` must be a model, a list of W, b and c, or a whole",
                    "number as a seed, not %s."), describe(init))
    )
  }
  if (nrow(init$W) != cases$units || ncol(init$W) != hidden) {
    abort(
      "init_size",
      sprintf("`init` is %d x %d; the data and `hidden` ask for %d x %d.",
              nrow(init$W), ncol(init$W), cases$units, hidden),
      if (nrow(init$W) == cases$units) {
        sprintf("Use `hidden = %d`, or leave it out.", ncol(init$W))
      } else {
        "Give parameters of a machine with a visible unit for each column."
      }
    )
  }
  own <- rownames(init$W)
  names <- cases$dimnames[[2L]]
  if (!is.null(own) && !is.null(names) && !identical(own, names)) {
    at <- which(own != names)[1L]
    abort(
      "init_names",
      sprintf(paste("`init` has other visible units than `x` has columns:",
                    "number %d is \"%s\", not \"%s\"."),
              at, own[at], names[at]),
      "Put the columns of `x` in the order of `init`, or take away its names."
    )
  }
  largest <- .Call(ffi_limits)$parameter
  if (max(abs(init$W), abs(init$b), abs(init$c)) > largest) {
    abort(
      "init_large",
      "`init` has parameters beyond 10,000 in size, which count as diverged."
    )
  }
  init
}

# Weights by chance, visible biases by the data, as one flat vector.
start_values <- function(init, setup) {
  if (!is.null(setup$table)) {
    return(table_start_values(init, setup))
  }
  key <- if (is.numeric(init)) c(init, 0) else setup$key
  theta <- .Call(ffi_fit_start, setup$cases, setup$hidden,
                 setup$control$init_sd, key, setup$hardware)
  size <- sizes_of(setup)
  if (!is.null(size)) {
    weights <- seq_len(length(size) * setup$hidden)
    # As the mean of so many binary units starts.
    theta[weights] <- theta[weights] / rep(sqrt(size), each = setup$hidden)
    theta[length(weights) + seq_along(size)] <-
      stats::qlogis(column_rates(setup$cases))
  }
  theta
}

# The kinds of unit of a fit: as said, or of the model that it starts from.
fit_units <- function(units, init, x) {
  if (is.null(units) && inherits(init, "rbm")) {
    check_model(init, "init")
    return(init$units)
  }
  if (is.null(units)) {
    return(default_units())
  }
  columns <- if (is.data.frame(x)) names(x) else colnames(x)
  count <- if (is.data.frame(x)) length(x) else NCOL(x)
  resolve_units(units_by_data(units, x, columns, count), columns, count)
}

# A model of given parameters and these units.
new_rbm_like <- function(parts, units) {
  model <- rbm(parts$W, parts$b, parts$c)
  model$units <- units
  model
}

start_rates <- function(setup, theta = start_values(NULL, setup)) {
  if (!is.null(setup$table)) {
    return(setup$alone$b)
  }
  .Call(ffi_model_split, theta, setup$cases$units, setup$hidden)$b
}

# The core's flat vector [W by rows | b | c | d] of a model.
flat_parameters <- function(object) {
  .Call(ffi_model_join, object$W, object$b, object$c, object$d)
}

# The cases to judge by: none, how many of `x`, or data of their own.
check_validation <- function(validation, cases, size = NULL) {
  if (is.null(validation)) {
    return(NULL)
  }
  if (!is_number(validation)) {
    valid <- as_cases(validation, "validation", size = size)
    units <- stats::setNames(numeric(cases$units), cases$dimnames[[2L]])
    check_columns(valid$units, valid$dimnames[[2L]], units, "validation", "x")
    return(valid)
  }
  count <- round(as.double(validation) * cases$n)
  if (count < 1 || count >= cases$n) {
    abort(
      "validation",
      sprintf(paste("`validation` must be data, or the fraction of `x` to hold",
                    "out, which of %s must leave some on both sides, not %s."),
              counted(cases$n, "case"), describe(validation))
    )
  }
  count
}

# The cases to train on and those to judge by, and which rows of `x` these are.
hold_out <- function(cases, validation) {
  if (!is.numeric(validation)) {
    return(list(cases = cases, valid = validation))
  }
  rows <- sort(sample.int(cases$n, validation))
  list(cases = take_cases(cases, setdiff(seq_len(cases$n), rows)),
       valid = take_cases(cases, rows), rows = rows)
}

check_evaluation <- function(control, cases, validation) {
  binary <- are_states(cases) &&
    (!is.list(validation) || are_states(validation))
  if (control$evaluate_every > 0L && !binary) {
    abort(
      "evaluate",
      "`evaluate_every` needs data of 0 and 1: intensities have no likelihood.",
      "Set it to 0, or cut the data in two, x > 0.5."
    )
  }
  if (is.finite(control$patience) && is.null(validation)) {
    abort(
      "patience",
      "`patience` needs cases to judge by, which were not trained on.",
      "Give `validation`, for example `validation = 0.1`."
    )
  }
}

# Estimators that this data or this machine cannot have.
check_estimation <- function(control, cases, hidden) {
  if (control$estimator == "exact" &&
        fewest_walked(cases, hidden) > most_averaged()) {
    abort(
      "exact_fit",
      sprintf(paste("`estimator = \"exact\"` enumerates %s, of",
                    "at most %d units; this machine has %d visible and %d",
                    "hidden units."), layer_walked(cases), most_averaged(),
              cases$units, hidden),
      "Use \"pcd\" or \"pt\"."
    )
  }
  if (control$estimator == "pl" && !are_states(cases)) {
    abort(
      "pl_intensities",
      "`estimator = \"pl\"` needs data of 0 and 1, not intensities.",
      "Use another estimator, or cut the data in two, x > 0.5."
    )
  }
}

# Mean log-likelihood of the training cases under independent units with their
# own means: the highest that independent units can have. The log odds were
# smoothed by half a case on and half a case off.
independent_score <- function(setup) {
  n <- setup$cases$n
  most <- most_of(setup$cases)
  p <- stats::plogis(unname(setup$base_log_odds))
  mean <- pmin(pmax((p * (n * most + 1) - 0.5) / (n * most), 0), 1)
  entropy <- function(p) ifelse(p > 0, p * log(p), 0)
  sum(most * (entropy(mean) + entropy(1 - mean))) +
    if (is.null(setup$cases$size)) {
      0
    } else {
      mean(log_ways(setup$cases$reals, most))
    }
}

# FALSE where the callback asks for the end. Its own errors carry the model.
goes_on <- function(callback, row, so_far) {
  info <- c(row, list(model = function() so_far("callback")))
  answer <- tryCatch(callback(info), error = function(error) {
    abort(
      "callback",
      sprintf("The callback failed in epoch %d: %s", row$epoch,
              conditionMessage(error)),
      "The model so far is the `model` of this condition.",
      fields = list(epoch = row$epoch, model = so_far("callback"),
                    parent = error)
    )
  })
  !isFALSE(answer)
}

abort_diverged <- function(epoch, learning_rate, model, own = FALSE) {
  abort(
    "diverged",
    sprintf("Training diverged in epoch %d with learning rate %s.", epoch,
            format(learning_rate)),
    "A parameter passed 10,000 in size, or was no longer a number.",
    if (own) {
      "The rate is what `schedule` gives for that epoch: make it smaller."
    } else {
      "Use a smaller `learning_rate`, for example a tenth of this one."
    },
    if (epoch == 1L) {
      "Before it were only the start values, the `model` of this condition."
    } else {
      "The last finite model is the `model` of this condition."
    },
    fields = list(epoch = epoch, model = model),
    class = "harmonium_diverged"
  )
}

# The core's flat vector [W by rows | b | c | d] as a list, with names.
split_parameters <- function(theta, names, nv, nh) {
  parts <- .Call(ffi_model_split, theta, nv, nh)
  parts$W <- name_cases(parts$W, names[[1L]], names[[2L]])
  parts$b <- stats::setNames(parts$b, names[[1L]])
  parts$c <- stats::setNames(parts$c, names[[2L]])
  parts
}

# A function to call with each new row of the history, and with NULL at the end;
# does nothing where nobody looks on.
new_progress <- function(epochs, verbose, pilot = NULL) {
  if (!verbose || !progress$wanted()) {
    return(function(row) invisible())
  }
  score <- ""
  bar <- cli::cli_progress_bar(
    total = epochs, clear = TRUE, .envir = parent.frame(),
    format = paste0(if (!is.null(pilot)) sprintf("Pilot %d, epoch", pilot) else
                      "Epoch",
                    " {cli::pb_current} of {cli::pb_total} ",
                    "{cli::pb_bar} {cli::pb_eta_str} {score}")
  )
  function(row) {
    if (is.null(row)) {
      return(cli::cli_progress_done(id = bar))
    }
    if (!is.na(row$pseudo_log_lik)) {
      score <<- sprintf("pseudo-log-likelihood %.2f", row$pseudo_log_lik)
    }
    cli::cli_progress_update(set = row$epoch, id = bar)
  }
}

#' Refit with changed arguments
#'
#' Fits again with the arguments of the first fit, some of them changed: on the
#' data that the model keeps, or on the call's `x` where it keeps none. Training
#' starts anew, without the `checkpoint` of the first fit; to go on with that
#' fit, for more epochs, say, use [rbm_resume()].
#'
#' A model from [rbm_load()] does not have a `schedule` that was a function:
#' give it again, `update(fit, schedule = ...)`. Arguments such as `init` are
#' evaluated as they stand in the call, which for a loaded model is text from
#' the file.
#'
#' @param object A model from [rbm_fit()].
#' @param ... Named arguments of [rbm_fit()] or [rbm_control()] to change. A new
#'   `control` takes the place of all settings of the first fit.
#' @param evaluate Whether to fit; otherwise the changed call is returned.
#' @return A new model of class `rbm`, or a call.
#' @section Errors:
#' Of class `harmonium_error`, for a model that was not fitted here, for unknown
#' or unnamed arguments, and for a `schedule` function that was not saved
#' (`harmonium_error_schedule_absent`).
#' @examples
#' fit <- rbm_fit(digits8$x[1:200, ], hidden = 8, epochs = 3)
#' update(object = fit, hidden = 12, learning_rate = 0.1)
#' update(fit, epochs = 5, evaluate = FALSE)
#' @export
update.rbm <- function(object, ..., evaluate = TRUE) {
  check_trained(object, "update()")
  evaluate <- check_flag(evaluate, "evaluate")
  changes <- as.list(match.call(expand.dots = FALSE)$...)
  settings <- control_names()
  known <- setdiff(c(settings, names(formals(rbm_fit))), "...")
  if (length(changes)) {
    check_known(names(changes), known, "Changes")
  }
  call <- object$training$call
  if ("control" %in% names(changes)) {
    call[settings] <- NULL
  } else if (!is.null(call$control) && any(names(changes) %in% settings)) {
    call$control <- NULL
    stored <- unclass(object$training$control)
    call[names(stored)] <- stored
  }
  call$checkpoint <- NULL # that file is the first fit's
  call[names(changes)] <- changes
  if (!evaluate) {
    return(call)
  }
  # What the model knows is taken from it; only the rest of the call is looked
  # up where update() was called.
  values <- list(...)
  from_call <- function(name) {
    if (name %in% names(call)) eval(call[[name]], parent.frame(2L))
  }
  arguments <- list(
    x = if (is.null(object$x)) from_call("x") else object$x,
    hidden = object$training$hidden,
    image_dim = object$image_dim,
    init = from_call("init"),
    validation = from_call("validation"),
    callback = from_call("callback"),
    verbose = if (is.null(from_call("verbose"))) TRUE else from_call("verbose"),
    keep_x = !is.null(object$x),
    units = if (is.null(object$training$table)) units_by_column(object)
  )
  if (!is.null(object$training$table)) {
    same <- !"x" %in% names(values)
    arguments$hidden <- hidden_in(object)
    arguments$units <- if (same) object$columns else from_call("units")
    arguments$weights <- if (same) object$training$weights
    arguments$target <- object$training$target
    arguments$objective <- object$training$table$objective
  }
  own <- setdiff(names(values), c(settings, "control"))
  arguments[own] <- values[own]
  arguments$control <- if ("control" %in% names(values)) {
    do.call(resolve_control, values[setdiff(names(values), own)], quote = TRUE)
  } else {
    changed <- unclass(object$training$control)
    changed[intersect(names(values), settings)] <-
      values[intersect(names(values), settings)]
    do.call(rbm_control, changed, quote = TRUE)
  }
  fit <- do.call(rbm_fit, arguments, quote = TRUE)
  fit$training$call <- call
  fit
}

check_trained <- function(object, what) {
  check_model(object, need = "show")
  if (is.null(object$training)) {
    abort(
      "untrained",
      sprintf("%s needs a model from rbm_fit(); this one was made by rbm().",
              what)
    )
  }
}

check_kept <- function(object, what, or = "give the data to predict()") {
  check_trained(object, what)
  if (is.null(object$x)) {
    abort(
      "not_kept",
      sprintf("%s needs the training data, which this model does not keep.",
              what),
      sprintf("Fit with `keep_x = TRUE`, or %s.", or)
    )
  }
}

#' Number of cases a model was fitted to
#'
#' @param object A model from [rbm_fit()].
#' @param ... Not used.
#' @return A count of rows.
#' @section Errors:
#' Of class `harmonium_error`, for a model that was not fitted here.
#' @examples
#' nobs(object = rbm_fit(digits8$x[1:100, ], hidden = 4, epochs = 1))
#' @importFrom stats nobs
#' @export
nobs.rbm <- function(object, ...) {
  check_dots_empty(...)
  check_trained(object, "nobs()")
  object$training$n
}
